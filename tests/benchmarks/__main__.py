"""Run every benchmark; `--quick` runs them once, on small lakes."""

import sys

from tests.benchmarks.bench_copy import main

sys.exit(main(sys.argv[1:]))
