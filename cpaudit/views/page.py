"""A page: frozen blocks of text, key figures, figures, tables and caveats; every medium renders the same one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from cpaudit import above
from cpaudit.errors import UsageError
from cpaudit.labels import day_said
from cpaudit.views.answers import Answers

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Kind = Literal["text", "integer", "number", "percent", "date", "level"]
Tone = Literal["plain", "good", "warn", "bad"]

#: A column whose numbers are of another measure in each row.
ROW = "row"
#: Where a value was read: file, sheet ('' for a CSV file) and cell.
Origin = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph in the notice's terms; plain text, a blank line starts a new paragraph.

    ``role``: what it is of an official paper's own parts: whom it goes to (``to``), who signs, and on the last line when
    (``signed``); a letterhead has places for them.
    """

    text: str
    role: Literal["", "to", "signed"] = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title."""

    text: str
    level: Literal[2, 3] = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What a measure is called and says in the words of a programme."""

    label: str
    definition: str


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number with its denominator. ``id`` names it across all media, so that tests can compare them.

    ``measure``: which measure of measures.yaml it is, '' for none; every medium tells what that says (``said``: in the words
    of the programme, where they aren't the usual ones).
    """

    id: str
    label: str
    value: float | int | None
    unit: str = "家"
    of: int | None = None
    decimals: int = 0
    note: str = ""
    tone: Tone = "plain"
    measure: str = ""
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A row of key figures."""

    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A plotly figure with a title that says the finding, and what stands below it.

    ``min_width`` (CSS pixels): narrower screens scroll the figure in a box of its own.
    ``behind``: the plants (plant_id) that a mark stands for, and ``places``: where its value was read, both by the mark's
    key, a short Chinese name that is the first element of the mark's customdata.
    """

    id: str
    title: str
    figure: go.Figure
    alt: str
    n: int
    note: str = ""
    height: int = 360
    min_width: int = 0
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """How a table column is shown: ``kind`` sets alignment and format; ``unit`` stands in the header.

    ``decimals`` None: each number has the digits that it was given with. ``plant``: its cells name the row's plant and lead
    to its file. ``measure``: which measure its numbers are; ``ROW``: of the table's ``measures``, the row's; ``said``: in the
    words of the programme, where they aren't the usual ones.
    """

    label: str
    kind: Kind = "text"
    unit: str = ""
    decimals: int | None = 1
    plant: bool = False
    measure: str = ""
    said: Said | None = None

    @property
    def heading(self) -> str:
        """The header text."""
        return f"{self.label}（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table ready to show: ``frame`` has exactly the columns of ``columns``, codes already turned into labels.

    ``frame`` may be empty: then ``empty`` is shown in its place. ``limit`` rows are shown at first.
    ``plants`` (plant_id), ``places`` (where the row was read) and ``measures``, where given, have an entry per row; ``told``:
    measures in the words of the programme, where they aren't the usual ones. ``total``: what the last line says below the rows,
    of all of them together, by column; it is shown and printed, and is no row of what is handed on as data.
    """

    id: str
    title: str
    frame: pd.DataFrame
    columns: dict[str, Column]
    note: str = ""
    empty: str = "没有符合条件的记录。"
    limit: int | None = None
    plants: tuple[str | None, ...] = ()
    places: tuple[Origin | None, ...] = ()
    measures: tuple[str, ...] = ()
    told: Mapping[str, Said] = field(default_factory=dict)
    total: Mapping[str, Any] = field(default_factory=dict)

    def measured(self) -> tuple[str, ...]:
        """Return the measures that its columns and rows are of, each once."""
        found = dict.fromkeys((*(c.measure for c in self.columns.values()), *self.measures))
        return tuple(id for id in found if id and id != ROW)

    def line(self) -> tuple[Any, ...]:
        """Return the values of ``total`` in the order of the columns; none where there is no such line."""
        return tuple(self.total.get(name) for name in self.columns) if self.total else ()


@dataclass(frozen=True, slots=True)
class Caveat:
    """What a reader must know before using the numbers: 示范数据, an interpretation, data that are missing."""

    text: str
    tone: Tone = "warn"


Block = Text | Heading | KeyFigures | Answers | Figure | Table | Caveat


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where and when the numbers come from, and how complete they are; shown on every page.

    ``answers_required``: the answers owed by the day (:mod:`cpaudit.analysis.completeness`), 0 where that isn't said;
    ``plants_answering``: those of the ``plants_active`` (that didn't leave) that have values after the audit.
    ``snapshot_day``: the day of the data where ``as_of`` is looked at by another day's snapshot; None is the same.
    """

    as_of: dt.date
    programme: str
    document: str
    version: str
    plants: int
    demonstration: bool
    answers_given: int = 0
    answers_required: int = 0
    plants_answering: int = 0
    plants_active: int = 0
    snapshot_day: dt.date | None = None

    @property
    def day(self) -> str:
        """The day of the numbers and, where the snapshot is of another, its day."""
        return day_said(self.as_of, self.snapshot_day or "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A plant in a page's directory, in words: what a reader needs to know before opening its file."""

    id: str
    name: str
    uscc: str
    unit: str
    county: str
    industry: str
    level: str
    verdict: str
    advance: str


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """一页：标题、数据的日期和来源，以及文字、关键数字、图、表；在笔记本中写在格子最后一行就直接显示。

    A pure function's answer to (Dataset, Selection); every medium shows the same. ``stamp`` is None where no data set is
    behind it. ``directory`` has an entry for every plant that a figure or table of the page leads to. ``formal``: on paper it is
    an official letter, under the office's letterhead.

    >>> import cpaudit as cp
    >>> page = cp.views.progress_page(cp.example())
    >>> page.key_figures()["listed"]
    446
    """

    id: str
    title: str
    subtitle: str
    stamp: Stamp | None
    blocks: tuple[Block, ...] = field(default=())
    directory: tuple[Entry, ...] = field(default=())
    formal: bool = False

    def section(self, heading: str) -> Page:
        """返回只剩一个二级标题及其内容的一页。

        >>> import cpaudit as cp
        >>> page = cp.views.progress_page(cp.example())
        >>> page.section(page.headings()[0]).headings() == page.headings()[:1]
        True

        Raises:
            UsageError: the page has no such heading; its last line lists those that it has.
        """
        found: list[Block] = []
        for block in self.blocks:
            if isinstance(block, Heading) and block.level == 2:
                if found:
                    break
                if block.text == heading:
                    found.append(block)
            elif found:
                found.append(block)
        if not found:
            raise UsageError.among(f"“{self.title}”没有“{heading}”一节", self.headings())
        return replace(self, blocks=tuple(found))

    def headings(self) -> list[str]:
        """返回各二级标题，按顺序。"""
        return [block.text for block in self.blocks if isinstance(block, Heading) and block.level == 2]

    def __repr__(self) -> str:
        return f"<Page {self.id}：{self.title}，{len(self.blocks)} 块内容>"

    def _ipython_display_(self) -> None:
        above.ask("show", self)

    def measures(self) -> tuple[str, ...]:
        """返回这一页的关键数字和各表用到的指标口径的编号，按出现的次序。"""
        found: dict[str, None] = {}
        for block in self.blocks:
            if isinstance(block, KeyFigures):
                found |= dict.fromkeys(item.measure for item in block.items)
            elif isinstance(block, Table) and len(block.frame):
                found |= dict.fromkeys(block.measured())
        return tuple(id for id in found if id)

    def told(self) -> dict[str, Said]:
        """返回这一页用批次自己的词语说明的指标口径：编号 → 口径。"""
        found: dict[str, Said] = {}
        for block in self.blocks:
            if isinstance(block, KeyFigures):
                found |= {item.measure: item.said for item in block.items if item.said}
            elif isinstance(block, Table):
                found |= block.told
        return found

    def key_figures(self) -> dict[str, float | int | None]:
        """返回这一页的各项关键数字：编号 → 数值。"""
        return {item.id: item.value for block in self.blocks if isinstance(block, KeyFigures) for item in block.items}
