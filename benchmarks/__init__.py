"""Measures what the package costs, beside what people would use instead. README.md tells what is where."""
