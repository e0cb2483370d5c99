"""The tables of a PDF that has text: ruled cells, powers by size and height, and the lines around."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ReadError
from cpaudit.loaders.opening.books.runs import STRUCK, TINY, UNSEEN
from cpaudit.loaders.opening.papers import notes, seen, strikes
from cpaudit.loaders.opening.papers.printed import Announcement, Cell, PrintedTable, raised, readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cpaudit.loaders.opening.papers.inks import Ink

_MOST_PAGES = 200
#: How text is set apart that stands otherwise than the page's.
SIDEWAYS = "横排以外的"
#: Edges closer than this (points) are one.
_NEAR = 3.0
#: The bottom of a small sign on the line is higher by more (points): its tail is shorter. Digits below the line are written so.
_LEVEL, _DIGITS_BELOW = 0.1, str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
#: What is no higher (points) is a line.
_THIN = 1.5


class ScanError(ReadError):
    """The file has no text at all, only pictures of it."""


def read(path: Path, name: str = "", again: str = "导入") -> Announcement:
    """Return the lines and ruled tables page by page; ``name`` and ``again`` (what is to be done again) are for messages.

    Raises:
        ScanError: it has no text at all.
        ReadError: it is protected or too long.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    from cpaudit.loaders.opening.papers import inks

    name = name or path.name
    found, texts = Announcement(path.name, ""), 0
    try:
        with pdfplumber.open(path) as book:
            if len(book.pages) > _MOST_PAGES:
                raise ReadError(f"{name} 有 {len(book.pages)} 页，超过 {_MOST_PAGES} 页的上限，请只保留有表格的几页再{again}。")
            for page in book.pages:
                upright = seen.upright(page)
                ink = inks.inks(upright)
                drawn = sum(one != inks.NONE for one in ink)
                texts += drawn
                if not drawn and page.images:  # text without ink is what a scanner took the picture for
                    found.unread.append(f"第{page.page_number}页（没有文字，可能是扫描图）")
                else:
                    _page(upright, ink, found)
                upright.close()
                page.close()
    except PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise ReadError(f"{name} 设有打开密码，请取消密码后再{again}。") from error
        raise
    if not texts:
        raise ScanError(f"{name} 没有文字层（是扫描件），读不出表格，请换用文字版，或填写 cpaudit systems template 生成的模板。")
    return found


def _page(page: Any, ink: list[Ink], found: Announcement) -> None:
    _raise_powers(page.chars)
    tables = sorted(_tables(page), key=lambda t: (t.bbox[1], t.bbox[0]))
    grounds = seen.grounds(page)
    drawn = zip(page.chars, ink, strict=True)
    hidden = {id(c) for c, one in drawn if seen.unseen(c, one, grounds, page.images)}
    around = page.filter(lambda o: o["object_type"] != "char" or not any(_inside(o, t.bbox) for t in tables))
    lines = _lines(around, lambda char: id(char) not in hidden)
    unseen = _lines(around, lambda char: id(char) in hidden) if hidden else []
    found.lines += [text for _, text in lines]
    top = 0.0
    for n, table in enumerate(tables, start=1):
        above = [text for at, text in lines if top <= at < table.bbox[1]]
        if (n == 1 and found.tables) or n > 1:
            found.tables[-1].notes += above
        printed = _table(page, table, f"第{page.page_number}页第{n}个表", hidden)
        printed.caption = "\n".join(above)
        printed.unseen = [text for at, text in unseen if top <= at < table.bbox[1]]
        found.tables.append(printed)
        top = table.bbox[3]
    if found.tables:
        found.tables[-1].notes += [text for at, text in lines if at >= top] if tables else [text for _, text in lines]


def _tables(page: Any) -> list[Any]:
    """Return the ruled tables of a page; where there are rules, an area of colour without a rim (a marker's) is no cell."""
    areas = {id(one) for one in page.rects if one.get("fill") and not one.get("stroke") and _is_area(one)}
    ruled = page.filter(lambda one: id(one) not in areas).find_tables() if areas else []
    return list(ruled or page.find_tables())


def _is_area(one: dict[str, Any]) -> bool:
    return bool(one["bottom"] - one["top"] > 2 * _THIN and one["x1"] - one["x0"] > 2 * _THIN)


def _lines(page: Any, seen: Callable[[dict[str, Any]], bool]) -> list[tuple[float, str]]:
    """Return the lines of some characters of a page, and how far down each stands."""
    kept = page.filter(lambda one: one["object_type"] != "char" or seen(one))
    return [(line["top"], readable(line["text"])) for line in kept.extract_text_lines(return_chars=False)]


def _inside(char: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    across, down = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(box[0] <= across <= box[2] and box[1] <= down <= box[3])


def _raise_powers(chars: list[dict[str, Any]]) -> None:
    """Write small characters that stand high as powers, low digits as such: else 0.35 with a footnote's 1 would read 0.351."""
    for before, char in pairwise(chars):
        near = abs(char["x0"] - before["x1"]) < before["size"]
        small = char["size"] < 0.85 * before["size"]
        again = before.get("raised") and abs(char["size"] - before["size"]) < 0.5 and abs(char["bottom"] - before["bottom"]) < 1
        if near and (again or (small and char["bottom"] < before["bottom"] - 0.15 * before["size"])):
            char["raised"] = True
        elif near and small and char["bottom"] > before["bottom"] - _LEVEL and before["text"].isdecimal():
            char["lowered"] = True
        elif near and before.get("lowered") and abs(char["size"] - before["size"]) < 0.5:
            char["lowered"] = abs(char["bottom"] - before["bottom"]) < 1
    for char in chars:
        if char.get("lowered"):
            char["text"] = char["text"].translate(_DIGITS_BELOW)
        if char.get("raised"):
            char["text"] = raised(char["text"])


def _table(page: Any, table: Any, label: str, hidden: set[int]) -> PrintedTable:
    """Lay the ruled cells on the grid of all their edges, so that merged cells stand at each position they cover."""
    boxes = table.cells
    strokes = [one for one in (*page.lines, *page.rects, *page.curves) if one["bottom"] - one["top"] <= _THIN]
    crossed = strikes.crossed(page, boxes)
    usual = median([c["size"] for c in page.chars] or [0.0])
    filled = notes.filled(page)
    xs, ys = _edges([x for b in boxes for x in (b[0], b[2])]), _edges([y for b in boxes for y in (b[1], b[3])])
    rows: list[list[Cell]] = [[Cell("", "")] * (len(xs) - 1) for _ in ys[1:]]
    shown = [c for c in page.chars if id(c) not in hidden and not seen.sideways(c)]
    over = seen.over(shown, boxes, [next((n for n, b in enumerate(boxes) if _inside(c, b)), -1) for c in shown])
    for n, box in enumerate(boxes):
        (left, right), (top, bottom) = _span(xs, box[0], box[2]), _span(ys, box[1], box[3])
        chars = [c for c in page.chars if _inside(c, box)]
        drawn = [one for one in strokes if _inside(one, box)]
        apart = {
            TINY: [c for c in chars if seen.tiny(c, usual)],
            STRUCK: [c for c in chars if id(c) in crossed or any(_crosses(one, c) for one in drawn)],
            UNSEEN: [c for c in chars if id(c) in hidden],
            SIDEWAYS: [c for c in chars if seen.sideways(c)],
        }
        how = next((how for how, those in apart.items() if any(c["text"].strip() for c in those)), "")
        kept = {id(c) for c in chars} - {id(c) for those in apart.values() for c in those}
        gone, chars = [c for c in chars if id(c) not in kept], [c for c in chars if id(c) in kept]
        place = f"{label} 第{top + 1}行第{left + 1}列"
        said = [said for said, *middle in filled if seen.holds(box, *middle)]
        unread, how = (_text(gone), how) if how else (" ".join(said), notes.FILLED if said else "")
        cell = Cell(_text(chars), place, _bold(chars), unread, how, n in over)
        for r in range(top, bottom):
            for c in range(left, right):
                rows[r][c] = cell
    return PrintedTable(label, rows, [f"{label} 第{n}行" for n in range(1, len(rows) + 1)])


def _crosses(stroke: dict[str, Any], char: dict[str, Any]) -> bool:
    """Whether a thin line goes through a character's middle: it is struck out."""
    middle, across = (stroke["top"] + stroke["bottom"]) / 2, (char["x0"] + char["x1"]) / 2
    height = char["bottom"] - char["top"]
    within = char["top"] + 0.25 * height <= middle <= char["bottom"] - 0.25 * height
    return bool(within and stroke["x0"] - 1 <= across <= stroke["x1"] + 1)


def _edges(values: list[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _NEAR:
            found.append(value)
    return found


def _span(edges: list[float], low: float, high: float) -> tuple[int, int]:
    nearest = [min(range(len(edges)), key=lambda n: abs(edges[n] - v)) for v in (low, high)]
    return nearest[0], max(nearest[1], nearest[0] + 1)


def _text(chars: list[dict[str, Any]]) -> str:
    from pdfplumber.utils.text import extract_text

    if not chars:
        return ""
    text = extract_text(chars, x_tolerance=max(1.5, median(c["size"] for c in chars) * 0.25))
    return readable(str(text)).strip()


def _bold(chars: list[dict[str, Any]]) -> bool:
    seen = [c for c in chars if c["text"].strip()]
    return bool(seen) and all(re.search(r"Bold|Black|Heavy|SimHei|黑体", c["fontname"]) for c in seen)
