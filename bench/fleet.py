#!/usr/bin/python3
"""Plays workloads through the policies of scaling: the product's own rules in simulated time, the same on any machine."""
from harness import dotnet, paths, results

SEEDS = 5 if results.QUICK else 40


def main():
    data = dotnet.BenchProgram().run("fleet", paths.BENCH / "fleet", SEEDS)
    results.say(f"fleet: {SEEDS} seeds took {data['seconds']:.0f} s")
    results.save("fleet", data)


if __name__ == "__main__":
    main()
