"""The notebook for analysts: it runs from its first cell to its last, and is kept without output."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from flows.etl import etl
from sample_lake.simulation import LakeSpec, write_lake
from tests.stages import bare_stages
from tests.state import forget_everything
from tests.tree import ROOT

NOTEBOOK = ROOT / "reports/analysis.ipynb"
FRAME, CHART = "text/html", "image/png"
SHOWN = [None, FRAME, FRAME, FRAME, FRAME, FRAME, FRAME, CHART, FRAME]
"""What each cell of code shows."""


def read() -> nbformat.NotebookNode:
    """Read the notebook, and hold it against the format's schema."""
    notebook: nbformat.NotebookNode = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    return notebook


def test_it_is_kept_without_output() -> None:
    cells = [cell for cell in read().cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(SHOWN)


@pytest.mark.slow
def test_it_answers_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    forget_everything()
    write_lake(tmp_path / "lake", LakeSpec(events=2_000, songs=40, users=30, days=14, seed=7))
    with bare_stages():
        etl(events=str(tmp_path / "lake/log_data"), songs=str(tmp_path / "lake/song_data"))
    notebook = read()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    kinds = [{kind for output in outputs for kind in output.get("data", {})} for outputs in shown]
    assert [next((each for each in (CHART, FRAME) if each in kind), None) for kind in kinds] == SHOWN
    assert [output for outputs in shown for output in outputs if output.output_type == "stream"] == []  # no warning
    frames = [output.data[FRAME] for outputs in shown for output in outputs if FRAME in output.get("data", {})]
    assert [frame for frame in frames if frame.count("<tr>") < 2] == []  # a head and a row
