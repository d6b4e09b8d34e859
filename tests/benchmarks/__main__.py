"""Run every benchmark; `--quick` runs them once, on small lakes."""

import sys

from tests.benchmarks import bench_copy, bench_insights, bench_startup

sys.exit(bench_copy.main(sys.argv[1:]) or bench_insights.main(sys.argv[1:]) or bench_startup.main(sys.argv[1:]))
