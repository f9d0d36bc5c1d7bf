"""Load tests, fuzzing and benchmarks."""
