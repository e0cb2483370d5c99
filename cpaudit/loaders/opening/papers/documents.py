"""Tables in a Word document → grids: one per table, with the paragraphs above it as its title rows.

The document's XML is walked whole: content controls, tracked changes, text boxes and wrappers of all kinds stand in the way of
python-docx, which passes by what it doesn't know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from cpaudit.errors import ReadError
from cpaudit.loaders.opening.books.runs import COVERED, CROSSED, DELETED, HIDDEN, LOWEST, NOTE, TINY, compose, parts
from cpaudit.loaders.opening.grids import Grid, LeftOut, check_size
from cpaudit.loaders.opening.papers.letters import TWIPS, Looks, attribute, name_of, value_of
from cpaudit.loaders.opening.papers.paragraphs import cells_of, comments, drop_prompts, is_table, rows_of, text_of, within

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    from cpaudit.loaders.opening.books.runs import Run
    from cpaudit.loaders.opening.files import Source

#: Paragraphs above a table that can be its title; the rest of the document is prose.
_TITLES = 5
#: More columns than this are skipped by no cell of a table that someone drew.
_WIDEST = 100


def read(source: Source, archive: zipfile.ZipFile) -> list[Grid]:
    """Return the tables of a .docx, called 表1, 表2 …; rows count from the first paragraph kept above the table.

    A merged cell stands once, at its first place. A table inside a cell is read as that cell's text where it is one column or one
    row, else as a table of its own, after the one that it stands in.

    Raises:
        ReadError: a table is too large, or another file is embedded.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    body = etree.fromstring(archive.read("word/document.xml"), parser)
    styles, remarks = (
        etree.fromstring(archive.read(part), parser) if part in archive.namelist() else None
        for part in ("word/styles.xml", "word/comments.xml")
    )
    looks, said = Looks(styles), comments(remarks)
    if next(body.iter("{*}altChunk"), None) is not None:
        raise ReadError(f"{source.name} 内嵌了另一份文档，其中的内容无法读取，请在 Word 中打开并另存后再报送。")
    drop_prompts(body)
    grids: list[Grid] = []
    above: list[_Title] = []
    for block in _blocks(body, looks):
        if isinstance(block, _Title):
            above = [*above, block][-_TITLES:]
            continue
        for table, titles in _nested(block, looks, above):
            grids.append(_grid(source, f"表{len(grids) + 1}", table, titles, looks))
            grids[-1].comments.update(_commented(table, len(titles), said))
        above = []
    return grids


class _Title(NamedTuple):
    """A paragraph: what is read of it, and what isn't."""

    text: str
    left: LeftOut | None


def _blocks(parent: etree._Element, looks: Looks) -> Iterator[_Title | etree._Element]:
    """Yield the paragraphs that say anything, and the tables, in the order in which they stand, those in text boxes included."""
    for child in within(parent):
        if name_of(child) == "tbl" and not _lays_out(child):
            yield child
        elif name_of(child) == "tbl":
            for cell in (cell for row in rows_of(child) for cell in cells_of(row)):
                yield from _blocks(cell, looks)
        elif name_of(child) == "p":
            said, left = compose(text_of(child, looks, boxes=False))
            left = left if left and left.how != NOTE else None  # its sign in a title says nothing
            if said or left:
                yield _Title(said, left)
            for box in _boxes(child):
                yield from _blocks(box, looks)


def _lays_out(table: etree._Element) -> bool:
    """Whether a table is but a frame of one column around other tables."""
    cells = [cells_of(row) for row in rows_of(table)]
    nested = (one for row in cells for cell in row for one in cell.iter("{*}tbl"))
    return all(len(row) < 2 for row in cells) and any(map(is_table, nested))


def _boxes(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield the contents of the text boxes anchored in a paragraph, each once."""
    for child in within(parent):
        if name_of(child) == "txbxContent":
            yield child
        elif name_of(child) not in ("p", "tbl"):
            yield from _boxes(child)


class _Cell(NamedTuple):
    """A cell of a table: how many columns it covers, its place among those merged downwards, its element."""

    span: int
    merge: str
    element: etree._Element


def _nested(table: etree._Element, looks: Looks, titles: list[_Title]) -> Iterator[tuple[etree._Element, list[_Title]]]:
    """Yield a table and those inside its cells that are tables themselves, each with its titles."""
    yield table, titles
    for row in rows_of(table):
        for cell in _cells(row):
            for block in _blocks(cell.element, looks):
                if not isinstance(block, _Title) and is_table(block):
                    yield from _nested(block, looks, [])


def _cells(row: etree._Element) -> Iterator[_Cell]:
    """Yield a row's cells, wherever they are wrapped."""
    for cell in cells_of(row):
        span = value_of(cell, "tcPr", "gridSpan") or "1"
        down, across = value_of(cell, "tcPr", "vMerge"), value_of(cell, "tcPr", "hMerge")
        merge = "across" if across is not None and across != "restart" else "" if down is None else down or "continue"
        yield _Cell(min(int(span) if span.isdecimal() else 1, _WIDEST) or 1, merge, cell)


def _grid(source: Source, name: str, table: etree._Element, titles: list[_Title], looks: Looks) -> Grid:
    rows: list[list[str | None]] = [[title.text or None] for title in titles]
    left_out = {(at, 0): title.left for at, title in enumerate(titles) if title.left}
    merged: list[tuple[int, int, int, int]] = []
    open_: dict[int, int] = {}
    for at, row in enumerate(rows_of(table), start=len(rows)):
        before = value_of(row, "trPr", "gridBefore") or "0"
        cells: list[str | None] = [None] * min(int(before) if before.isdecimal() else 0, _WIDEST)
        gone = _row_gone(row)
        for cell in _cells(row):
            column = len(cells)
            covered = cell.merge in ("continue", "across")
            said, left = compose(run._replace(gone=gone or run.gone) for run in _content(cell.element, looks))
            if said and (covered or _is_crossed(cell.element, said)):
                left, said = LeftOut(COVERED if covered else CROSSED, said), ""
            cells += [None if covered else said, *[None] * (cell.span - 1)]
            if left:
                left_out[at, column] = left
            if cell.merge == "restart":
                open_[column] = len(merged)
                merged.append((at, column, at, column))
            elif cell.merge == "continue" and column in open_:
                first = merged[open_[column]]
                merged[open_[column]] = (first[0], column, at, column)
            else:
                open_.pop(column, None)
        rows.append(cells)
    width = max(map(len, rows), default=0)
    check_size(source, name, len(rows), width)
    rows = [row + [None] * (width - len(row)) for row in rows]
    return Grid(name, rows, merged=tuple(merged), left_out=left_out)


def _commented(table: etree._Element, first: int, said: dict[str, str]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield (row, column) and what the comments there say; ``first`` is the table's first row."""
    for at, row in enumerate(rows_of(table), start=first):
        before = value_of(row, "trPr", "gridBefore") or "0"
        column = min(int(before) if before.isdecimal() else 0, _WIDEST)
        for cell in _cells(row):
            if numbers := [attribute(one, "id") or "" for one in cell.element.iter("{*}commentReference")]:
                yield (at, column), "\n".join(said.get(number, "") for number in numbers)
            column += cell.span


def _is_crossed(cell: etree._Element, said: str) -> bool:
    """Whether a line goes from corner to corner of a cell, and doesn't part what it says."""
    lines = [one for way in ("tl2br", "tr2bl") for one in cell.iterfind(f"{{*}}tcPr/{{*}}tcBorders/{{*}}{way}")]
    return not parts(said) and any(attribute(one, "val") not in (None, "nil", "none") for one in lines)


def _row_gone(row: etree._Element) -> str:
    """Return how a whole row is set apart from what is read."""
    if value_of(row, "trPr", "del") is not None:
        return DELETED
    if value_of(row, "trPr", "hidden") not in (None, "0", "false"):
        return HIDDEN
    height = next((one for one in row.iterfind("{*}trPr/{*}trHeight") if attribute(one, "hRule") == "exact"), None)
    said = "" if height is None else attribute(height, "val") or ""
    return TINY if said.isdecimal() and int(said) < LOWEST * TWIPS else ""


def _content(cell: etree._Element, looks: Looks) -> Iterator[Run]:
    """Yield the runs of a cell, its paragraphs on lines of their own, without the tables in it that are read as tables."""
    deleted = value_of(cell, "tcPr", "cellDel") is not None
    for run in _lines(cell, looks):
        yield run._replace(gone=DELETED) if deleted else run


def _lines(parent: etree._Element, looks: Looks) -> Iterator[Run]:
    for child in within(parent):
        if name_of(child) == "p":
            yield from text_of(child, looks, boxes=True)
            yield looks.line
        elif name_of(child) == "tbl" and not is_table(child):
            for row in rows_of(child):
                gone = _row_gone(row)
                for cell in _cells(row):
                    yield from (run._replace(gone=gone or run.gone) for run in _content(cell.element, looks))
