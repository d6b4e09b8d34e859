"""Run every benchmark; `--quick` runs them once, on small lakes."""

import sys

from tests.benchmarks import bench_copy, bench_insights

sys.exit(bench_copy.main(sys.argv[1:]) or bench_insights.main(sys.argv[1:]))
