// These tests start whole systems with short time-outs; side by side they would disturb each other's clocks.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
