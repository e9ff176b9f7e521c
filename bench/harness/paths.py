"""Where things are. Everything the benchmarks make is under artifacts/bench."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
ARTIFACTS = ROOT / "artifacts" / "bench"
RESULTS = ARTIFACTS / "results"
PEERS = ARTIFACTS / "peers"
CLIPS = ARTIFACTS / "clips"
SCRATCH = pathlib.Path(os.environ.get("BENCH_SCRATCH", ARTIFACTS / "scratch"))
