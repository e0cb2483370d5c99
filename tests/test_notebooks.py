"""The notebooks that ship: thin, clean, and they run."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cpaudit import reports

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.relative_to(FOLDER).as_posix())
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads(request.param.read_text(encoding="utf-8"))


def code(notebook: dict[str, Any]) -> list[str]:
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert {p.name for p in NOTEBOOKS} >= {"01_progress.ipynb", "city.ipynb"}


def test_a_notebook_is_saved_without_results(notebook: dict[str, Any]) -> None:
    nbformat.validate(notebook)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_a_notebook_only_chooses_data_and_calls_pages(notebook: dict[str, Any]) -> None:
    tree = ast.parse("\n".join(code(notebook)))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.For | ast.While), ast.unparse(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert ast.unparse(node) == "import cpaudit as cp"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("groupby", "merge", "pivot_table", "join", "apply"), ast.unparse(node)


def test_a_notebook_speaks_chinese(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert any("\u4e00" <= c <= "\u9fff" for c in "".join(cell["source"]))


@pytest.mark.parametrize("path", sorted((FOLDER / "reports").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_report_notebook_has_exactly_the_parameters_that_are_checked(path: Path) -> None:
    tagged = [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if "parameters" in cell["metadata"].get("tags", [])
    ]
    assert len(tagged) == 1
    given = {n.targets[0].id: ast.literal_eval(n.value) for n in ast.parse(tagged[0]).body}  # type: ignore[attr-defined]
    assert list(given) == list(reports.find_kind(path.stem).parameters.model_fields)
    assert reports.check(path.stem, **given)  # the defaults are valid as they stand


def test_the_progress_notebook_runs_and_shows_the_page(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient

    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(warehouse))
    notebook = nbformat.read(FOLDER / "01_progress.ipynb", nbformat.NO_CONVERT)
    NotebookClient(notebook, shutdown_kernel="immediate", timeout=120).execute()
    outputs = [o for c in notebook.cells for o in c.get("outputs", ())]
    assert "application/vnd.jupyter.widget-view+json" in outputs[-1]["data"]
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    pages = [s["state"]["html"] for s in states if "html" in s["state"]]
    assert len(pages) == 1
    assert 'data-key="accepted"' in pages[0]


@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p.name[:2] not in ("01", "ci")], ids=lambda path: path.stem)
@pytest.mark.parametrize("data", ["sample", "roster"])
def test_an_analysts_notebook_shows_its_page(
    path: Path, data: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run cell by cell in this process, with the whole sample and with a roster of one plant of which nothing is measured."""
    import cpaudit as cp
    from cpaudit.render import notebook as shown
    from tests.builders import dataset, plant

    found = request.getfixturevalue("ds") if data == "sample" else dataset(plants=[plant(industry="cement")])
    monkeypatch.setattr(cp, "open", lambda *_, **__: found)
    texts: list[str] = []
    monkeypatch.setattr(shown, "_publish", lambda content, *_, **__: texts.append(content["text/html"]))
    known: dict[str, Any] = {}
    for cell in code(json.loads(path.read_text(encoding="utf-8"))):
        exec(cell, known)
    assert "<h1>" in texts[1]
    assert len(texts) > 3
    assert any("示范数据" in text for text in texts)
