"""What the benchmarks share: processes, servers, clips, peers, results."""
