"""The notebooks that ship: thin, clean, and they run."""

from __future__ import annotations

import ast
import csv
import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cpaudit import reports
from cpaudit.serving.lab import folder as desk
from tests.support.notebook_lint import KERNEL, code, faults
from tests.support.paths import NOTEBOOKS, ROOT

EVERY = sorted(p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
#: How long each took, for whoever wants to know: not kept in git.
TIMES = ROOT / "output" / "notebook-times.csv"


def named(path: Path) -> str:
    return path.relative_to(NOTEBOOKS).as_posix()


def test_there_are_notebooks() -> None:
    assert {p.name for p in EVERY} >= {"01_progress.ipynb", "city.ipynb"}


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_a_notebook_keeps_the_rules(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def book(*cells: str, **metadata: Any) -> dict[str, Any]:
    """A notebook that keeps all rules, and the given code cells."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}, **metadata})
    made.cells = [nbformat.v4.new_markdown_cell("# 问题"), *map(nbformat.v4.new_code_cell, cells)]
    return json.loads(nbformat.writes(made))  # type: ignore[no-any-return]


def told(notebook: dict[str, Any]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults(nbformat.writes(nbformat.from_dict(notebook)) + "\n")}


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        ("logic", "for unit in units:\n    cp.show(unit)"),
        ("logic", "while True:\n    pass"),
        ("logic", "pages = [cp.show(u) for u in units]"),
        ("logic", "def page(a):\n    b = a\n    c = b\n    d = c\n    e = d\n    return e"),
        ("logic", "late = lambda ds: ds.events"),
        ("logic", "if late:\n    cp.show(page)"),
        ("tables", "ds.plants.merge(ds.events)"),
        ("tables", 'ds.events.groupby("unit").size()'),
        ("tables", 'cp.read_csv("")'),
        ("imports", "import pandas as pd"),
        ("imports", "from cpaudit import views"),
        ("paths", 'cp.open(warehouse="/srv/audit")'),
        ("paths", 'cp.show("数据/名单")'),
        ("paths", 'name = "名单.xlsx"'),
        ("language", "# the newest day\nds = cp.open()"),
        ("plain", "!ls"),
        ("plain", "%matplotlib inline"),
    ],
)
def test_the_lint_finds_what_a_cell_must_not_hold(rule: str, cell: str) -> None:
    assert told(book("import cpaudit as cp")) == set()
    assert told(book("import cpaudit as cp", cell)) == {rule}


def test_the_lint_lets_a_short_function_and_any_choice_pass() -> None:
    assert told(book('unit = "唐山市"  # 上报单位', "def chosen(unit):\n    return cp.Selection.of(unit=unit)")) == set()


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("results", lambda b: b["cells"][1].update(execution_count=3)),
        ("results", lambda b: b["cells"][1].update(outputs=[nbformat.v4.new_output("stream", text="446")])),
        ("results", lambda b: b["cells"][1]["metadata"].update(execution={})),
        ("results", lambda b: b["metadata"].update(widgets={})),
        ("kernel", lambda b: b["metadata"].update(kernelspec={**KERNEL, "name": "conda-audit"})),
        ("kernel", lambda b: b["metadata"].update(language_info={"name": "python", "version": "3.11.7"})),
        ("language", lambda b: b["cells"][0].update(source="# 问题\n\n## Method")),
        ("title", lambda b: b["cells"][0].update(source="看一看。")),
        ("title", lambda b: b["cells"].pop(0)),
        ("parameters", lambda b: b["cells"][1].update(source="unit = units[0]", metadata={"tags": ["parameters"]})),
        ("parameters", lambda b: [c["metadata"].update(tags=["parameters"]) for c in b["cells"][1:]]),
    ],
)
def test_the_lint_finds_what_a_notebook_must_not_keep(rule: str, spoil: Callable[[dict[str, Any]], object]) -> None:
    spoilt = book('unit = ""', 'day = ""')
    assert told(spoilt) == set()
    spoil(spoilt)
    assert told(spoilt) == {rule}


def test_a_notebook_saved_on_the_desk_of_a_checkout_stays_as_it_is_in_git() -> None:
    path = NOTEBOOKS / "02_benchmarking.ipynb"
    kept = path.read_text(encoding="utf-8")
    ran = json.loads(kept)
    ran["metadata"].update(widgets={"state": {}}, language_info={"name": "python", "version": "3.11.7"})
    for cell in ran["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=1, outputs=[nbformat.v4.new_output("stream", text="446")])
    model = {"type": "notebook", "content": ran}
    desk.without_results(model)
    assert nbformat.writes(nbformat.from_dict(model["content"])) + "\n" == kept
    assert desk.in_checkout(NOTEBOOKS)


def test_a_folder_of_ones_own_gets_copies_and_keeps_what_is_changed_there(tmp_path: Path) -> None:
    place, copied = desk.prepare(tmp_path / "笔记本")
    assert copied == len(EVERY)
    assert not desk.in_checkout(place)
    assert desk.first(place) == EVERY[0].name
    mine = place / EVERY[0].name
    mine.write_text("mine")
    (place / EVERY[1].name).unlink()
    assert desk.prepare(place) == (place, 1)
    assert mine.read_text() == "mine"


def test_installed_from_a_wheel_the_desk_copies_its_notebooks_to_where_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(NOTEBOOKS, tmp_path / "site/_notebooks")  # as the wheel lays them out
    monkeypatch.setattr(desk, "shipped", lambda name: tmp_path / f"site/_{name}")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    place, copied = desk.prepare()
    assert (place, copied) == (tmp_path / "empty/notebooks", len(EVERY))
    assert desk.first(place) == EVERY[0].name
    assert not desk.in_checkout(place)


@pytest.mark.parametrize("path", sorted((NOTEBOOKS / "reports").glob("*.ipynb")), ids=lambda path: path.stem)
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


@pytest.mark.parametrize("path", [p for p in EVERY if p.parent == NOTEBOOKS], ids=named)
@pytest.mark.slow
def test_a_notebook_runs_on_the_sample_and_shows_its_page(path: Path, executed: Callable[[Path], dict[str, Any]]) -> None:
    """In the kernel and by the cells that users run; how long it took is written down. Reports have their own runner's tests."""
    from docs.pictures import page

    ran = executed(path)
    outputs = [o for c in ran["cells"] for o in c.get("outputs", ())]
    assert [o for o in outputs if o["output_type"] == "error"] == []
    shown = page(ran, path.name)
    assert "<h1>" in shown
    assert "示范数据" in shown
    _note(named(path), ran["metadata"]["seconds"])


def _note(name: str, seconds: float) -> None:
    TIMES.parent.mkdir(exist_ok=True)
    with TIMES.open("a+", encoding="utf-8", newline="") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        rows = {row[0]: row[1] for row in csv.reader(file)} | {"notebook": "seconds", name: f"{seconds:.2f}"}
        file.truncate(0)
        csv.writer(file).writerows(sorted(rows.items(), key=lambda row: (row[0] != "notebook", row[0])))


@pytest.mark.parametrize("path", [p for p in EVERY if p.name[:2] not in ("00", "08", "09", "11", "ci")], ids=named)
def test_a_notebook_has_an_answer_where_little_is_known(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run cell by cell in this process, with a roster of one plant of which nothing is measured."""
    import cpaudit as cp
    from cpaudit.render.notebook import show as shown
    from cpaudit.render.widgets import page as widgets
    from tests.support.builders import dataset, plant

    found = dataset(plants=[plant(industry="cement")])
    monkeypatch.setattr(cp, "open", lambda *_, **__: found)
    monkeypatch.setattr(cp, "open_batches", lambda *_, **__: (found,))
    texts: list[str] = []
    pages: list[widgets.Explorer] = []
    monkeypatch.setattr(shown, "_publish", lambda content, *_, **__: texts.append(content["text/html"]))
    monkeypatch.setattr(cp, "explore", lambda *given, **more: pages.append(widgets.explore(*given, **more)))
    known: dict[str, Any] = {}
    for cell in code(json.loads(path.read_text(encoding="utf-8"))):
        exec(cell, known)
    assert [p.view.message for p in pages if p.view.message] == []
    everything = "".join([*texts, *(p.view.html for p in pages)])
    assert "<h1>" in everything
    assert "示范数据" in everything
