"""What is measured, one part per file: `measure_part` prints each figure as it comes, and returns the part of benchmark.json."""
