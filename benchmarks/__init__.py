"""Speed and quality tables: ``make bench``, or ``python -m benchmarks NAME``."""
