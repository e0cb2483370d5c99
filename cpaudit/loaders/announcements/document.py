"""The tables of a Word document: merged cells, powers, symbols, tracked changes, and the text around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.papers.printed import UNREADABLE, Announcement, Cell, PrintedTable, raised, readable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
#: What is in the file but not on paper: deleted text, field codes, what stands behind an alternative.
_HIDDEN = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText"}


def read(path: Path) -> Announcement:
    """Return the document's lines and tables in reading order; tables are counted from 1."""
    import docx

    found = Announcement(path.name, "")
    caption: list[str] = []
    for block in _blocks(docx.Document(str(path)).element.body):
        if block.tag == f"{_W}p":
            if line := _text(block).strip():
                caption.append(line)
                found.lines.append(line)
        elif block.tag == f"{_W}tbl":
            if found.tables:
                found.tables[-1].notes += caption
            table = _table(block, f"第{len(found.tables) + 1}个表")
            table.caption = "\n".join(caption)
            caption = []
            found.tables.append(table)
    if found.tables:
        found.tables[-1].notes += caption
    return found


def _blocks(parent: Any) -> Iterator[Any]:
    """The children, those of content controls and of accepted insertions in their place."""
    for child in parent:
        if child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"):
            yield from _blocks(child)
        elif child.tag not in _HIDDEN:
            yield child


def _table(table: Any, label: str) -> PrintedTable:
    rows: list[list[Cell]] = []
    for row in _blocks(table):
        if row.tag != f"{_W}tr" or row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells: list[Cell] = [Cell("", "")] * _number(row.find(f"{_W}trPr/{_W}gridBefore"), 0)
        for cell in _blocks(row):
            if cell.tag != f"{_W}tc":
                continue
            at, properties = len(cells), cell.find(f"{_W}tcPr")
            merge = properties.find(f"{_W}vMerge") if properties is not None else None
            above = rows[-1][at] if rows and at < len(rows[-1]) else None
            span = _number(properties.find(f"{_W}gridSpan") if properties is not None else None, 1)
            if merge is not None and merge.get(f"{_W}val", "continue") == "continue" and above is not None:
                cells += [above] * span
            else:
                place = f"{label} 第{len(rows) + 1}行第{at + 1}列"
                cells += [Cell(_cell_text(cell), place, _bold(cell))] * span
        rows.append(cells)
    return PrintedTable(label, rows, [f"{label} 第{n}行" for n in range(1, len(rows) + 1)])


def _number(element: Any, default: int) -> int:
    # A span beyond what Word itself allows would only be there to exhaust the reader.
    return default if element is None else min(max(int(element.get(f"{_W}val", default)), 0), 63)


def _cell_text(cell: Any) -> str:
    lines = []
    for block in _blocks(cell):
        if block.tag == f"{_W}p":
            lines.append(_text(block).strip())
        elif block.tag == f"{_W}tbl":
            lines.append(UNREADABLE.format("嵌套表格"))
    return "\n".join(filter(None, lines))


def _text(element: Any) -> str:
    return "".join(_pieces(element))


#: What stands for itself, whatever is inside.
_SIGNS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-"}
_SIGNS |= {f"{_W}{name}": UNREADABLE.format("图") for name in ("drawing", "pict", "object")}
_SIGNS |= {f"{_M}{name}": UNREADABLE.format("公式") for name in ("rad", "nary", "func", "m")}
_SIGNS |= {f"{_W}tbl": "", f"{_W}pPr": "", f"{_W}rPr": "", **dict.fromkeys(_HIDDEN, "")}
_SIGNS["{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"] = UNREADABLE.format("图")


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag in _SIGNS:
            yield _SIGNS[tag]
        elif tag in (f"{_W}t", f"{_M}t"):
            yield readable(child.text or "")
        elif tag == f"{_W}r":
            yield _run(child)
        elif tag == f"{_W}sym":
            # Symbol's own places are offered twice: as F0A3, and as A3.
            yield readable(chr(0xF000 | int(child.get(f"{_W}char", "0"), 16) & 0xFFF))
        elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            yield raised(child.get(f"{_W}id", ""))
        elif tag == f"{_M}f":
            over, under = (_text(child.find(part)) for part in (f"{_M}num", f"{_M}den"))
            yield f"{over}/{under}" if over.replace(".", "").isdigit() else f"({over})/{under}"
        elif tag == f"{_M}sSup":
            yield _text(child.find(f"{_M}e")) + raised(_text(child.find(f"{_M}sup")))
        elif isinstance(tag, str):  # a comment has none
            yield from _pieces(child)


def _run(run: Any) -> str:
    properties = run.find(f"{_W}rPr")
    if properties is None:
        return _text(run)
    if _on(properties.find(f"{_W}vanish")):
        return ""
    place = properties.find(f"{_W}vertAlign")
    high = place is not None and place.get(f"{_W}val") == "superscript"
    return raised(_text(run)) if high else _text(run)


def _on(element: Any) -> bool:
    return element is not None and element.get(f"{_W}val", "true") not in ("0", "false", "off")


def _bold(cell: Any) -> bool:
    """Whether all that is written in a cell is bold."""
    runs = [r for r in cell.iter(f"{_W}r") if "".join(_pieces(r)).strip()]
    return bool(runs) and all(_on(r.find(f"{_W}rPr/{_W}b")) for r in runs)
