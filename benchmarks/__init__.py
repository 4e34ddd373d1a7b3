"""Speed and quality tables: ``make bench``, or ``python -m benchmarks NAME``."""

import os

# Tables count CPU time of one core: threads of BLAS that spin would be counted, too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
