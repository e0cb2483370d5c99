"""Marks in a workbook: colours and notes at the cells, and the list of problems; everything else stays as it was."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.handback import listing, notes
from cpaudit.loaders.handback.cells import Cells, Spot, spot
from cpaudit.loaders.handback.listing import plain
from cpaudit.loaders.handback.package import RELATIONS, Package, Unfit, insert, tag
from cpaudit.loaders.handback.styles import COLOURS, Styles
from cpaudit.loaders.sheets.own import LISTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cpaudit.loaders.handback.listing import Problem

_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_WORKBOOKS = ("spreadsheetml.sheet.main+xml", "ms-excel.sheet.macroEnabled.main+xml")
#: The children of a workbook in the order of the schema.
ORDER = (
    *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups"),
    *("externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr"),
    *("smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst"),
)
_WORST_FIRST = tuple(COLOURS)


def mark(content: bytes, problems: Iterable[Problem], remarks: list[str], labels: Mapping[str, str] | None = None) -> bytes:
    """Return a workbook with its problems marked and listed; marks and list of an earlier check are replaced.

    ``remarks`` are sentences above the list; ``labels`` name the severities, as the definition of fields does, which isn't read
    then. What isn't marked is kept; parts that needn't change, byte for byte.

    Raises:
        Unfit: ``content`` isn't a workbook that can be edited part by part.
    """
    labels = labels or severities()
    package = Package(content)
    book = package.related("", kind="officeDocument")
    if book is None or not package.content_type(book).endswith(_WORKBOOKS):
        raise Unfit("not a workbook")
    if package.edit(book).tag != tag("workbook"):
        raise Unfit("strict Open XML")
    styles = Styles(package, book)
    parts = {
        s.get("name"): package.related(book, identifier=s.get(tag("id", RELATIONS)))
        for s in package.edit(book).find(tag("sheets"))
    }
    notes.check_apart(package, {part for part in parts.values() if part})
    former = listing.former(content, list(parts))
    order = {name: at for at, name in enumerate(parts)}
    listed = sorted(problems, key=lambda p: (_WORST_FIRST.index(p.severity), order.get(p.sheet, -1), spot(p.cell or "A1")))
    by_sheet: dict[str, list[int]] = defaultdict(list)
    for at, problem in enumerate(listed):
        if problem.cell:
            by_sheet[problem.sheet].append(at)
    for name, part in parts.items():
        if part is None or part not in package or (former and name == former.name):
            continue
        earlier = former.on(name) if former else {}
        if by_sheet[name] or earlier or notes.ours(package, part):
            _mark_sheet(package, part, styles, earlier, listed, by_sheet[name], labels)
    content_of_list, header = listing.sheet(listed, remarks, styles, labels, set(parts))
    _put_list(package, book, former.name if former else None, content_of_list, header, len(listed))
    return package.content()


def severities() -> Mapping[str, str]:
    """Return what the definition of fields calls each severity."""
    from cpaudit.fields import field

    labels = field("problems", "severity").codes
    assert isinstance(labels, dict)
    return labels


def _mark_sheet(
    package: Package,
    part: str,
    styles: Styles,
    earlier: dict[int, tuple[str, str]],
    listed: list[Problem],
    mine: list[int],
    labels: Mapping[str, str],
) -> None:
    """Take off the earlier marks of a sheet and put on those of the problems ``mine``, which then know the former fill."""
    root = package.edit(part)
    if root.tag != tag("worksheet"):
        return
    cells, noted = Cells(root), notes.Notes(package, part, root)
    moved = noted.remove()  # notes go with their cells where rows were put in
    before = {spot(cell): fill for cell, fill in earlier.values()}
    before |= {at: earlier.get(number, ("", ""))[1] for at, number in moved.items()}
    for at, fill in before.items():
        cells.set_style(at, styles.restored(cells.style(at), fill))
    at_cell: dict[Spot, list[int]] = defaultdict(list)
    for number in mine:
        at_cell[cells.shown(spot(listed[number].cell))].append(number)
    for at, numbers in at_cell.items():
        style = cells.style(at)
        for number in numbers:
            listed[number] = listed[number]._replace(fill=styles.fill(style))
        cells.set_style(at, styles.marked(style, listed[numbers[0]].severity))
    noted.add({at: [_entry(n, listed[n], labels) for n in numbers] for at, numbers in at_cell.items()}, cells)


def _entry(at: int, problem: Problem, labels: Mapping[str, str]) -> notes.Entry:
    return notes.Entry(at + 1, f"{labels[problem.severity]}：{plain(problem.message)}", plain(problem.hint))


def _put_list(package: Package, book: str, present: str | None, content: bytes, header: int, rows: int) -> None:
    """Put the list of problems into the workbook: in the place of the earlier one, else as its last sheet."""
    from lxml import etree

    sheets = package.edit(book).find(tag("sheets"))
    names = [s.get("name") for s in sheets]
    if present is None:
        name = next(n for k in range(1, len(names) + 2) if (n := LISTING + (f"（{k}）" if k > 1 else "")) not in names)
        part = package.unused("xl/worksheets/sheet{}.xml")
        package.put(part, content, _WORKSHEET)
        attributes = {
            "name": name,
            "sheetId": str(max((int(s.get("sheetId")) for s in sheets), default=0) + 1),
            tag("id", RELATIONS): package.relate(book, "worksheet", part),
        }
        etree.SubElement(sheets, tag("sheet"), attributes)
        at = len(names)
    else:
        name, at = present, names.index(present)
        home = package.related(book, identifier=sheets[at].get(tag("id", RELATIONS)))
        assert home
        package.put(home, content)
        package.unrelate(home)
    _name_areas(package.edit(book), name, at, header, rows)


def _name_areas(book: Any, name: str, at: int, header: int, rows: int) -> None:
    """Define what spreadsheet programs call the list's filter and the rows that are printed on every page."""
    from lxml import etree

    home = book.find(tag("definedNames"))
    if home is None:
        home = etree.Element(tag("definedNames"))
        insert(book, home, ORDER)
    for defined in list(home):
        if defined.get("localSheetId") == str(at):
            home.remove(defined)
    areas = {"_xlnm.Print_Titles": f"'{name}'!${header}:${header}"}
    if rows:
        areas["_xlnm._FilterDatabase"] = f"'{name}'!$A${header}:$H${header + rows}"
    for title, area in areas.items():
        hidden = {"hidden": "1"} if title.endswith("Database") else {}
        etree.SubElement(home, tag("definedName"), {"name": title, "localSheetId": str(at), **hidden}).text = area
