"""A page as a paper document sees it: numbered headings, figures and tables, the annex apart, widths of table columns."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cpaudit.fields import measure
from cpaudit.render.web.html import cell_text
from cpaudit.views.page import Block, Caveat, Figure, Heading, KeyFigures, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cpaudit.views.page import Column, Page, Said

#: The section whose tables stand on pages of their own, across the paper.
ANNEX = "附表"
_NUMERALS = "一二三四五六七八九十"
_NUMBERED = re.compile(rf"^[{_NUMERALS}（]")
#: Screens set a space between figures and Chinese; official papers don't.
_SPACES = re.compile(r"(?<=[\d%）]) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff，。；：、（]) (?=\d)")
#: Points of the text of a table, from the usual to the smallest that can be read.
_SIZES = (10.5, 9.0, 8.0, 7.5)
#: In characters: the margins of a cell, what is never wrapped, and the width at which a text is read with ease.
_CELL, _SHORT, _COMFORT = 0.9, 5.0, 8.0
#: Latin letters as wide as Chinese characters.
_WIDE = "MWmw"
#: A social credit code with some of these, in characters; longer words are broken.
_CODE = 13.0
#: So many times the fewest lines that a smaller text makes possible are too many.
_LINES = 1.4
#: A table that is no higher (points) stands on one page: less than half of it may stay empty for that.
_HIGH = 300.0
#: Points between the margins: upright and across (millimetres × 72 / 25.4).
UPRIGHT, ACROSS = 156 / 25.4 * 72, 237 / 25.4 * 72


@dataclass(frozen=True, slots=True)
class Item:
    """A block with what a document writes before it: ``label`` is 图1, 表1 or 附表1 for what is counted, else ''.

    ``closing``: a note at the very end, behind whoever signs.
    """

    block: Block
    label: str = ""
    annex: bool = False
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it is printed: texts, widths in shares of the whole, the size of its text in points.

    ``whole``: it is so low that it isn't split between pages.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aligned: tuple[str, ...]
    widths: tuple[float, ...]
    size: float
    left_out: int
    whole: bool


def outline(page: Page) -> Iterator[Item]:
    """Return the page's blocks in order, headings numbered as official papers do (一、 and （一）), what is counted labelled."""
    counts = {"图": 0, "表": 0, ANNEX: 0, "section": 0, "part": 0}
    annex = False

    def label(kind: str) -> str:
        counts[kind] += 1
        return f"{kind}{counts[kind]}"

    for block in page.blocks:
        match block:
            case Heading(text=text, level=2):
                annex = text == ANNEX
                counts["section"], counts["part"] = counts["section"] + (not annex), 0
                bare = annex or _NUMBERED.match(text)
                yield Item(Heading(text if bare else f"{numeral(counts['section'])}、{text}", 2), annex=annex)
            case Heading(text=text):
                counts["part"] += 1
                numbered = text if _NUMBERED.match(text) else f"（{numeral(counts['part'])}）{close(text)}"
                yield Item(Heading(numbered, 3), annex=annex)
            case Figure():
                yield Item(block, label("图"), annex)
            case Table() if len(block.frame):
                yield Item(block, label(ANNEX if annex else "表"), annex)
            case _:
                yield Item(block, annex=annex)
    if said := definitions(page.measures(), page.told()):
        yield Item(Caveat(said, "plain"), annex=annex, closing=True)


def definitions(ids: Iterable[str], own: Mapping[str, Said]) -> str:
    """Return what measures say, as a document has it at its end and a sheet below its rows; '' for none.

    ``own``: those in the words of a programme.
    """
    told = "".join(f"{m.label}：{m.definition}" for m in (own.get(id) or measure(id) for id in ids))
    return f"指标口径——{told}" if told else ""


def numeral(n: int) -> str:
    """Return a number up to 19 in Chinese.

    >>> numeral(3), numeral(10), numeral(12)
    ('三', '十', '十二')
    """
    return _NUMERALS[n - 1] if n <= 10 else f"十{_NUMERALS[n - 11]}"


def close(text: str) -> str:
    """Return text without the spaces that screens set between figures and Chinese.

    >>> close("共 3 家，占 50.0%，NOx 削减 2 t")
    '共3家，占50.0%，NOx 削减2 t'
    """
    return _SPACES.sub("", text)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text: a document has no line breaks inside one."""
    return [close(line.strip()) for line in text.split("\n") if line.strip()]


def key_figures(block: KeyFigures) -> list[tuple[str, str]]:
    """Return label and text of each key figure, with its denominator."""
    said = []
    for item in block.items:
        shown = "—" if item.value is None else f"{item.value:,.{item.decimals}f} {item.unit}"
        if item.of and item.value is not None:
            shown += f"（{item.value / item.of:.1%}）"
        said.append((item.label, close(shown)))
    return said


def subtitle(page: Page) -> list[str]:
    """Return the lines of the subtitle: its parts stand on lines of their own where they don't fit on one."""
    whole = close(page.subtitle)
    return ([whole] if ems(whole) <= 26 else whole.split("　")) if whole else []


def stamp(page: Page) -> str:
    """Return the line that says where and when the numbers come from; '' for a page without data."""
    if not page.stamp:
        return ""
    where = page.stamp
    return f"数据日期{where.day}　依据{where.document}　快照版本{where.version}　企业{where.plants:,}家"


def printed(table: Table, label: str, width: float) -> Iterator[tuple[str, Grid, str]]:
    """Return what a document sets for a table, part by part: caption, grid, note below."""
    for caption, part in captioned(table, label, width):
        shown = grid(part, width)
        yield caption, shown, left_out(shown) + close(part.note)


def captioned(table: Table, label: str, width: float) -> list[tuple[str, Table]]:
    """Return the table with its caption; one too wide for ``width`` points in parts, each with the first column."""
    caption = f"{label}　{close(table.title)}"
    names, (_, _, least) = list(table.columns), _measured(table)
    needs = [need + _CELL for need in least]
    room = width / _SIZES[-1]
    if sum(needs) <= room:
        return [(caption, table)]
    share = sum(needs[1:]) / math.ceil(sum(needs[1:]) / (width / _SIZES[1] - needs[0]))
    groups: dict[int, list[str]] = {}
    for at, name in enumerate(names[1:], 1):
        groups.setdefault(int((sum(needs[1:at]) + needs[at] / 2) / share), []).append(name)
    parts = [replace(table, columns={n: table.columns[n] for n in (names[0], *group)}, note="") for group in groups.values()]
    parts[-1] = replace(parts[-1], note=table.note)
    return [(caption.replace(label, f"{label}（续）", 1) if at else caption, part) for at, part in enumerate(parts)]


def _measured(table: Table) -> tuple[list[list[str]], list[float], list[float]]:
    """Return the texts of every column, the width that it wants and the least that it needs, in characters."""
    columns = list(table.columns.values())
    shown = table.frame[list(table.columns)].head(table.limit if table.limit is not None else len(table.frame))
    below = table.line() if len(shown) == len(table.frame) else ()
    texts = [[cell_text(v, c) or "—" for v in shown[n]] for n, c in zip(shown, columns, strict=True)]
    for column, each, value in zip(columns, texts, below, strict=False):
        each.append(cell_text(value, column) or "—")
    least = [_least(c, each) for c, each in zip(columns, texts, strict=True)]
    wanted = [max(_wanted(c, each), m) for c, each, m in zip(columns, texts, least, strict=True)]
    return texts, wanted, least


def grid(table: Table, width: float) -> Grid:
    """Return the table fitted to ``width`` points: the largest text at which words and dates aren't broken.

    A smaller one is taken where long texts would else run down the page in a column of a few characters.
    """
    columns = list(table.columns.values())
    texts, wanted, least = _measured(table)
    head, rows = tuple(c.heading for c in columns), tuple(zip(*texts, strict=True))
    comfort = sum(max(m, min(w, _COMFORT)) + _CELL for w, m in zip(wanted, least, strict=True))
    fits = []
    for size in [s for s in _SIZES if comfort <= width / s] or _SIZES[-1:]:
        shares = _shares(wanted, least, width / size - _CELL * len(columns))
        fits.append((size, shares, _lines((head, *rows[:40]), [share * width / size - _CELL for share in shares])))
    fewest = min(lines for *_, lines in fits)
    size, shares, lines = next(fit for fit in fits if fit[-1] <= _LINES * fewest)
    return Grid(
        head,
        rows,
        tuple(
            "right" if c.kind in ("integer", "number", "percent") else "center" if c.kind in ("date", "level") else "left"
            for c in columns
        ),
        shares,
        size,
        max(len(table.frame) - len(rows), 0),
        len(rows) <= 40 and (1.35 * lines + 0.3 * len(rows)) * size <= _HIGH,
    )


def _lines(rows: Sequence[Sequence[str]], widths: Sequence[float]) -> int:
    """Return how many lines rows have in columns of these widths."""
    return sum(max(math.ceil(ems(text) / w) for text, w in zip(row, widths, strict=True)) for row in rows)


def left_out(grid: Grid) -> str:
    """Return the sentence about the rows that a document leaves out; '' where none are."""
    return f"列出前{len(grid.rows):,}行，另有{grid.left_out:,}行未列出。" if grid.left_out else ""


def ems(text: str) -> float:
    """Return how wide text is, in the width of a Chinese character."""
    return sum(1.0 if ord(c) > 255 or c in _WIDE else 0.65 for c in text)


def _wanted(column: Column, texts: Sequence[str]) -> float:
    lengths = sorted(map(ems, texts))
    most = lengths[-1] if lengths[-1] <= _COMFORT else lengths[math.ceil(0.95 * len(lengths)) - 1]  # a few are wrapped
    return max(most, min(ems(column.heading), max(ems(column.heading) / 2, 3)))


def _least(column: Column, texts: Sequence[str]) -> float:
    """Return below which width something is broken that must not be: a number, a date, a code, a few characters."""
    if column.kind == "text":
        longest = max(map(ems, texts))
        words = max((ems(w) for text in texts for w in re.findall(r"[\x21-\x7e]+", text)), default=0)
        return longest if longest <= _SHORT else max(min(words, _CODE), _SHORT - 1)
    return max(*map(ems, texts), 2.4) + (0.5 if column.kind == "date" else 0)


def _shares(wanted: list[float], least: list[float], room: float) -> tuple[float, ...]:
    """Return the widths as shares: narrow columns get what they want, wide ones share what is left evenly."""
    widths = list(least)
    spare = max(room - sum(widths), 0.0)
    hungry = [at for at, w in enumerate(wanted) if w > widths[at]]
    while spare > 0.01 and hungry:
        lowest = min(widths[at] for at in hungry)
        lower = [at for at in hungry if widths[at] <= lowest + 0.001]
        # Up to the next wider column, to what one of them wants, or to what is left.
        steps = [widths[at] - lowest for at in hungry if at not in lower] + [wanted[at] - lowest for at in lower]
        step = min(*steps, spare / len(lower))
        for at in lower:
            widths[at] += step
        spare -= step * len(lower)
        hungry = [at for at in hungry if wanted[at] > widths[at] + 0.001]
    whole = [w + _CELL for w in widths]
    return tuple(w / sum(whole) for w in whole)
