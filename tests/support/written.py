"""Everything that the workbench writes of a warehouse, as files in a folder: answers, pages, reports, letters, notebooks, export.

What a file is of, its path says: the command and its options, or the page and the unit; the ending is the format.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator
from itertools import chain, cycle
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.outputs import answers, calls, invoked, name_of, opened_once
from tests.support.paths import NOTEBOOKS
from tests.support.silent import CASES, UNITS, silenced

DAYS = ("2022-10-01", "2022-11-15")
#: The forms that a unit gets, filled in with its plants.
FORMS = ("roster", "progress", "measurements", "options", "unit_work")


def shelve(folder: Path, *, demonstration: bool, units: tuple[str, ...] = UNITS) -> Path:
    """Write a warehouse of some units of the sample where something of each kind never came, with an earlier day.

    ``demonstration``: whether it is one; else nothing that invented systems or parameters ask is in it either.
    """
    import cpaudit as cp
    from cpaudit import snapshots
    from cpaudit.fields import TABLES

    for day in DAYS:
        part = silenced(cp.example().select(unit=units, as_of=day))
        frames = {name: getattr(part, name) for name in TABLES}
        if not demonstration:
            frames["measurements"] = scored_by_drafts(part)
        snapshots.write(folder, part.programme.id, part.as_of, frames, demonstration=demonstration, program_version="0")
    return folder


def scored_by_drafts(ds: Any) -> Any:
    """The values that nothing invented judges: of published systems, and of plants that missed their level before the audit.

    Of those that had it the notice asks a clear improvement, and how much that is the workbench has made up.
    """
    import cpaudit as cp

    published = ds.measurements[~ds.measurements["system"].str.startswith("demo_")]
    before = cp.indicators.score(published[published["period"] == "before"]).groupby("plant_id")["level"].max()
    asked = ds.plants.set_index("plant_id")["stricter_level"].fillna(3)
    missed = before.index[before > asked.reindex(before.index)]
    return published[published["plant_id"].isin(missed)].reset_index(drop=True)


def write(warehouse: Path, folder: Path, *, every_format: bool = True) -> None:
    """Write all there is; in every format that it comes in, or else in one of them, which take turns."""
    from cpaudit.dataset import Dataset
    from cpaudit.serving.static import contents

    folder.mkdir(exist_ok=True)
    every = contents.tasks
    some = mock.patch.object(contents, "tasks", lambda *of: [t for t in every(*of) if not t.trade])  # all, and by unit
    with opened_once(warehouse), some:
        ds = Dataset.open(warehouse)
        there = set(ds.plants["unit"])
        cases = {case: (unit, take) for case, (unit, take) in CASES.items() if unit in there}
        cases = cases or {"whole": (min(there), lambda mine: mine["plant_id"].tolist())}
        plant, asked = example(ds), "demo_cement" if ds.demonstration else "hw_incineration_draft"
        (write_answers if every_format else write_some_answers)(folder, plant)
        write_pages(folder / "pages", chain(pages(ds, ds.before(warehouse), cases), notebooks()), every_format)
        for arguments in files(folder, [unit for unit, _ in cases.values()], asked):
            invoked(arguments)


def write_answers(folder: Path, plant: str) -> None:
    """Write every answer in every format, and all of them as the tests take them up again."""
    found = answers(plant, workbooks=folder / "commands")
    (folder / "answers.pickle").write_bytes(pickle.dumps(found))
    for each in found:
        for ending, content in (("csv", each.csv), ("json", each.json), ("txt", each.screen)):
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            path_of(folder, each.call, ending).write_text(text, encoding="utf-8")


def write_some_answers(folder: Path, plant: str) -> None:
    (folder / "commands").mkdir()
    for arguments, (kind, ending) in zip(calls(plant), cycle((("csv", "csv"), ("json", "json"), ("table", "txt"))), strict=False):
        path = path_of(folder, name_of(arguments, plant), ending)
        path.write_text(invoked([*arguments, "--format", kind]), encoding="utf-8")
        if arguments[-1] == "unit":
            invoked([*arguments, "--format", "xlsx", "--out", str(path.with_suffix(".xlsx"))])


def write_pages(folder: Path, made: Iterable[tuple[str, Any, bool]], every_format: bool) -> None:
    """Write pages, what offices get on paper in their formats too."""
    from cpaudit.render.formats import FORMATS
    from cpaudit.render.web import html

    turn = cycle(FORMATS.values())
    for name, page, printed in made:
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html.page_document(page, assets=None), encoding="utf-8")
        for form in () if not printed else FORMATS.values() if every_format else (next(turn),):
            path.with_suffix(form.suffix).write_bytes(form.write(page, {}))


def example(ds: Any) -> str:
    """A plant that has values: before and after the audit, where any has."""
    return str(ds.measurements.groupby("plant_id")["period"].nunique().idxmax())


def path_of(folder: Path, call: str, ending: str) -> Path:
    """Where an answer's file lies."""
    return folder / "commands" / f"{call.replace(' ', '_')}.{ending}"


def pages(ds: Any, before: Any, cases: dict[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Give every page and report: of all, of each unit that something is missing of, of one plant of each case.

    The third says whether offices get it on paper.
    """
    from cpaudit import views
    from cpaudit.selection import Selection
    from cpaudit.views.report.work_summary import work_summary_page

    trade = ds.plants["industry"].mode().iloc[0]
    for spec in views.PAGES.values():
        if spec.one != "unit":
            yield f"all/{spec.id}", built(spec.id, ds, Selection(industries=(trade,) if spec.one else ())), False
    yield "all/province", views.province_report(ds, before), True
    yield "all/bulletin", views.bulletin_report(ds, before), True
    yield "all/trade", views.trade_report(ds, trade, before), True
    seen = set[str]()
    for case, (unit, take) in cases.items():
        mine = Selection(units=(unit,))
        if unit not in seen:
            seen.add(unit)
            for id in ("returns", "quality"):  # the others' pages of a unit are in the static export
                yield f"{case}/{id}", built(id, ds, mine), False
            yield f"{case}/city", views.city_report(ds, unit, before), True
            yield f"{case}/summary", work_summary_page(ds, unit), True
        silent = take(ds.plants[ds.plants["unit"] == unit])[0]
        yield f"{case}/plant", views.plant_file(ds, silent), case == "plant"
        yield f"{case}/plant_page", built("plant", ds, mine, plant=silent), False


_BUILT: dict[Any, Any] = {}


def built(id: str, ds: Any, selection: Any, **extras: str) -> Any:
    """Build a page, once for all that show it."""
    from cpaudit import views

    key = (id, ds.version, ds.as_of, selection, *extras.items())
    if key not in _BUILT:
        _BUILT[key] = views.PAGES[id].build(ds, selection, **extras)
    return _BUILT[key]


def notebooks() -> Iterator[tuple[str, Any, bool]]:
    """Give the pages that the desk's notebooks show, cell by cell as they are written."""
    import cpaudit as cp
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection

    shown: list[Any] = []

    def explore(page_id: str, ds: Dataset, selection: Selection | None = None, **extras: str) -> None:
        extras = {key: value for key, value in extras.items() if value}
        shown.append(built(page_id, ds, selection or Selection(), **extras))

    def show(page: Any, **_: Any) -> None:
        shown.append(page)

    given = {"explore": explore, "show": show, "what_if": lambda *_: None}
    for path in sorted([*NOTEBOOKS.glob("*.ipynb"), *(NOTEBOOKS / "templates").glob("*.ipynb")]):
        cells = [c["source"] for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
        before, names = len(shown), dict[str, Any]()
        with mock.patch.dict(vars(cp), given):
            for cell in cells:
                exec("".join(cell), names)
        for at, page in enumerate(shown[before:]):
            yield f"notebooks/{path.stem}_{at}", page, False


def files(folder: Path, units: list[str], system: str) -> Iterator[list[str]]:
    """Give the commands that write files of their own."""
    out = folder / "files"
    yield ["handover", "--out", str(out / "handover")]
    yield ["digest", "--format", "md", "--out", str(out / "digest")]
    yield ["returns", "--remind", str(out / "remind")]
    yield ["match", "--out", str(out / "match.csv")]
    yield ["dashboards", "export", str(out / "export"), "--no-plants", "--jobs", "1"]
    for unit in units[:2]:
        yield ["handover", "--unit", unit, "--out", str(out / unit / "handover")]
        yield ["summary", "--unit", unit, "--out", str(out / unit / "summary.md")]
        yield ["summary", "--unit", unit, "--format", "docx", "--out", str(out / unit / "summary.docx")]
    for form in FORMS:
        more = ["--system", system] if form == "measurements" else []
        yield ["template", form, "--unit", units[-1], *more, "--out", str(out / "forms" / f"{form}.xlsx")]
    yield ["check", str(out / "forms" / "progress.xlsx"), "--as-of", DAYS[1], "--out", str(out / "checked" / "progress.xlsx")]
