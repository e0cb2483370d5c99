"""Everything that a workspace says, checked: settings, each of its definitions, what they name, its pages and reports."""

from __future__ import annotations

import itertools
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from cpaudit import workspace
from cpaudit.errors import CpauditError, UsageError
from cpaudit.findings import Finding, line_of
from cpaudit.reference import compose, files, read_csv, read_definition, root, shown
from cpaudit.workspace import overlay
from cpaudit.workspace.current import files as definition_files

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Who reads a dictionary or a table, with what ships and what is laid over it: ``module:function``.
READERS = {
    "answers.yaml": "loaders.cells.answers:definitions",
    "checks.yaml": "loaders.tables.doubts.plausible:limits",
    "contradictions.yaml": "loaders.tables.versions:rules",
    "conventions.yaml": "programme.conventions:conventions",
    "county_slips.csv": "loaders.cells.places:_slips",
    "county_words.yaml": "loaders.cells.places:_words",
    "days_and_scores.yaml": "loaders.tables.doubts.days:limits",
    "divisions.csv": "programme.units:divisions",
    "energy_factors.yaml": "analysis.options.energy:factors",
    "fields.yaml": "fields:tables",
    "handover.yaml": "analysis.basis.lists:definitions",
    "headings.yaml": "loaders.sheets.words:words",
    "import_words.yaml": "loaders.announcements.words:words",
    "industries.yaml": "programme.industries:industries",
    "measure_units.yaml": "quantities.conversion:registry",
    "measures.yaml": "measures:measures",
    "places.csv": "programme.places:places",
    "plausibility.yaml": "analysis.doubts.leads:rules",
    "problems.yaml": "loaders.problems:catalogue",
    "provinces.csv": "programme.places:provinces",
    "returns.yaml": "programme.owed:kinds_of_layouts",
    "sample/options.yaml": "sample.world.facts:measures",
    "sample/processes.yaml": "sample.world.facts:_processes",
    "sample/province.yaml": "sample.world.facts:province",
    "step_words.yaml": "desk.drafting:_words",
    "units.csv": "programme.units:units",
    "unread_formats.yaml": "loaders.opening.formats:formats",
    "unseen.yaml": "loaders.cells.unseen:_words",
    "wording.yaml": "render.notebook.wording:sentences",
}


def check() -> dict[str, list[Finding]]:
    """Return what is found in each of the workspace's files: name → findings.

    Raises:
        UsageError: there is no workspace.
    """
    home = workspace.current()
    if home is None:
        raise UsageError("这里不是工作区；请在工作区中运行，或写明 --project，用 cpaudit init 建立一个。")
    folder = home.place("definitions")
    mine = definition_files(folder) if folder.is_dir() else {}
    if unknown := {name: path for name, path in mine.items() if not overlay.known(name)}:
        # With one of them there nothing may be read, so that nobody believes it counts.
        return {n: [Finding("error", shown(p), None, "", f"不会起作用：{overlay.reason(n)}")] for n, p in unknown.items()}
    found = {name: list(_found(name, path)) for name, path in mine.items()}
    return found | {name: list(faults) for name, faults in _own(home)}


def _own(home: workspace.Workspace) -> Iterator[tuple[str, Iterator[Finding]]]:
    """Yield what the settings name, the list of pages, the templates, and each report."""
    from cpaudit.programme import load_programme
    from cpaudit.render.stationery import chosen
    from cpaudit.reports.own import books
    from cpaudit.serving import definitions

    settings, listed = home.folder / workspace.FILE, home.place("dashboards") / definitions.LIST
    if home.settings.programme:
        yield workspace.FILE, _refused(settings, lambda: _nothing(load_programme(home.settings.programme)))
    if os.path.lexists(listed) or listed.parent.is_symlink():
        yield shown(listed), _refused(listed, lambda: _nothing(definitions.own()))
    if home.place("templates").is_dir() and any(home.place("templates").glob("*.*")):
        yield shown(home.place("templates")), _refused(home.place("templates"), lambda: _nothing(chosen.current()))
    for book in books(home.place("reports")):
        yield shown(book.path), iter([Finding("error", shown(book.path), None, "", book.fault)] if book.fault else [])


def _found(name: str, path: Path) -> Iterator[Finding]:
    from cpaudit.indicators.checking import checker as systems
    from cpaudit.programme import checker as programmes

    kind = name.partition("/")[0]
    if kind == "programmes":
        yield from programmes.check(path)
    elif kind in ("indicator_systems", "energy_limits"):
        yield from systems.check(path)
    elif kind == "layouts":
        yield from _refused(path, lambda: _layout(path))
    elif kind == "holidays":
        yield from _refused(path, lambda: _called("programme.calendar:holiday_years"))
    else:
        named = {"industries.yaml": _systems_there, "divisions.csv": _units_there}.get(name)
        yield from _refused(path, lambda: itertools.chain(_called(READERS[name]), named(path) if named else ()))


def _nothing(_read: object) -> Iterator[Finding]:
    """Return that there is nothing to remark on: what was read is sound."""
    return iter(())


def _called(reader: str) -> Iterator[Finding]:
    """Have a definition read by whoever reads it, which refuses what is wrong; there is nothing to remark on else."""
    module, _, name = reader.partition(":")
    return _nothing(getattr(import_module(f"cpaudit.{module}"), name)())


def _refused(path: Path, read: object) -> Iterator[Finding]:
    """Yield what a reader refuses, as findings."""
    assert callable(read)
    try:
        yield from read()
    except CpauditError as error:
        for line in str(error).splitlines():
            yield Finding("error", shown(path), None, "", line)


def _layout(path: Path) -> Iterator[Finding]:
    """Yield columns that nothing knows, after a layout has been read."""
    from cpaudit.fields import TABLES, tables
    from cpaudit.loaders.sheets.layouts import Layout, layouts

    layouts()
    layout, tree = read_definition(path, Layout), compose(path)
    if layout.table not in TABLES:
        said = f"没有叫“{layout.table}”的表，可选 {'、'.join(TABLES)}"
        yield Finding("error", shown(path), line_of(tree, ("table",)), "table", said)
        return
    shipped = [read_definition(p, Layout) for p in sorted((root() / "layouts").glob("*.yaml"))]
    known = {c for t in tables().values() for c in t.columns} | {c for each in shipped for c in each.columns}
    for name, heading in layout.columns.items():
        at = line_of(tree, ("columns", name))
        table, _, column = heading.field.partition(".")
        if heading.field and not (table in tables() and column in tables()[table].columns):
            yield Finding("error", shown(path), at, f"columns.{name}", f"没有字段 {heading.field}，写作“表.列”，如 plants.name")
        elif not heading.field and ":" not in name and not heading.unused and name not in known:
            yield Finding("error", shown(path), at, f"columns.{name}", "没有这个字段；报表里有而不采用的列，请写 unused: true")
    for name in layout.required:
        if name not in layout.columns:
            yield Finding("error", shown(path), line_of(tree, ("required",)), "required", f"columns 中没有 {name}")


def _systems_there(path: Path) -> Iterator[Finding]:
    known = {p.stem for p in files("indicator_systems")}
    said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    tree = compose(path)
    for id, industry in (said.get("industries") or {}).items():
        for system in industry.get("systems") or ():
            if system not in known:
                at = line_of(tree, ("industries", id, "systems"))
                yield Finding("error", shown(path), at, f"industries.{id}.systems", f"没有编号为“{system}”的评价指标体系")


def _units_there(path: Path) -> Iterator[Finding]:
    from cpaudit.programme import units

    for row in read_csv(root() / "divisions.csv"):
        if row["unit"] not in units():
            said = f"{row['name']} 的 unit“{row['unit']}”不是上报单位，请改正，或先写入 units.csv"
            yield Finding("error", shown(path), None, "unit", said)
