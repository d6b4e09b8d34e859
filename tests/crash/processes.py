"""Processes of their own for runs and readers: started in no time, since what they import has been imported before."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

PROCESSES: ForkServerContext = get_context("forkserver")
PROCESSES.set_forkserver_preload(["flows.etl", "expectations.running.session", "tests.crash.conftest"])
