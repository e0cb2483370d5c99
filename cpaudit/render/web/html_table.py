"""A table as HTML: the rows that are listed as cells, those that are not as compact JSON, which page.js shows and saves."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from cpaudit.fields import measure
from cpaudit.views.page import ROW, Column, Origin, Table
from cpaudit.views.parts import digits
from cpaudit.views.yes_no import Answer
from cpaudit.vocabulary import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LEVEL_CLASSES = {label: f"cp-level-{level}" for level, label in LEVELS.items()}
#: Tables of so few rows are not split between sheets of paper.
_SHORT = 15
#: What an empty cell shows, and how screen readers should not spell it out.
_NONE = '<span class="cp-none">—</span>'
_CLASSES = {
    "integer": "cp-num",
    "number": "cp-num",
    "percent": "cp-num",
    "date": "cp-date",
    "level": "cp-date",
    "text": "cp-words",
}


def script_json(content: Any) -> str:
    """Return JSON that is safe inside a script element: neither "</script>" nor "<!--" may appear, whatever a plant is called."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def table_html(block: Table) -> str:
    """Return the table; one without rows says so instead."""
    notes = [block.note] if block.note and len(block.frame) else []
    rest = ""
    if not len(block.frame):
        body = f'<p class="cp-empty"><strong>{escape(block.title)}</strong>　{escape(block.empty)}</p>\n'
    else:
        columns = list(block.columns.values())
        rows = _rows(block, columns)
        shown, hidden = (rows, []) if block.limit is None else (rows[: block.limit], rows[block.limit :])
        if hidden:
            notes.insert(0, f"列出前 {len(shown):,} 行，另有 {len(hidden):,} 行未列出。")
            rest = f'<script type="application/json" class="cp-rest">{script_json(hidden)}</script>\n'
        head = "".join(f'<th scope="col"{_kind(c)}>{escape(c.heading)}</th>' for c in columns)
        told = block.measures or ("",) * len(block.frame)
        said = {id: known.definition for id, known in block.told.items()}
        lines = "".join(_line(row, columns, id, said) for row, id in zip(shown, told, strict=False))
        body = (
            f'<div class="cp-scroll" role="region" aria-label="{escape(block.title)}" tabindex="0">'
            f"<table><caption><span>{escape(block.title)}</span></caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>{_foot(block, columns)}</table></div>\n"
        )
    note = f'<p class="cp-note">{escape("".join(notes))}</p>\n' if notes else ""
    short = "" if len(block.frame) > _SHORT else " cp-short"
    about = f'id="t-{escape(block.id)}" data-table="{escape(block.id)}" data-rows="{len(block.frame)}"'
    return f'<div class="cp-table{short}" {about}>\n{body}{rest}{note}</div>\n'


def cell_text(value: Any, column: Column) -> str:
    """Return a value as a table shows it, unescaped; '' where it is missing."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, Answer):
        return value.word
    match column.kind:
        case "integer":
            return f"{int(value):,}"
        case "number":
            return digits(value) if column.decimals is None else f"{value:,.{column.decimals}f}"
        case "percent":
            return f"{value:,.{column.decimals}f}" + ("" if column.unit else "%")
        case "date":
            return value if isinstance(value, str) else f"{value:%Y-%m-%d}"
        case "text" | "level":
            return str(value)


def _rows(block: Table, columns: list[Column]) -> list[list[Any]]:
    """Return each row as [cells, plant, place]; a cell is its text, or [text, number] where the text is not the exact number."""
    each = [[_cell(value, column) for value in block.frame[name]] for name, column in zip(block.columns, columns, strict=True)]
    plants = block.plants or (None,) * len(block.frame)
    places = block.places or (None,) * len(block.frame)
    return [[list(cells), p, w] for cells, p, w in zip(zip(*each, strict=True), plants, places, strict=True)]


def _foot(block: Table, columns: list[Column]) -> str:
    """Return the line of all rows together; below the body, whose rows alone are sorted, searched and saved."""
    cells = [_cell(value, column) for value, column in zip(block.line(), columns, strict=False)]
    return f"\n<tfoot>\n{_line((cells, None, None), columns, '', {})}</tfoot>" if cells else ""


def _cell(value: Any, column: Column) -> Any:
    text = cell_text(value, column)
    if not text or column.kind not in ("number", "percent") or isinstance(value, Answer):
        return text
    return text if float(text.rstrip("%").replace(",", "")) == float(value) else [text, float(value)]


def _line(row: Sequence[Any], columns: list[Column], counted: str, said: Mapping[str, str]) -> str:
    values, plant, place = row
    cells = []
    for at, (value, column) in enumerate(zip(values, columns, strict=True)):
        text, exact = value if isinstance(value, list) else (value, None)
        shown = escape(text) or _NONE
        if column.kind == "level" and text in _LEVEL_CLASSES:
            shown = f'<span class="cp-level {_LEVEL_CLASSES[text]}">{shown}</span>'
        if column.plant and plant and text:
            shown = f'<a class="cp-plant" data-plant="{escape(plant)}">{shown}</a>'
        more = "" if exact is None else f' data-v="{exact!r}"'
        tag, scope = ("th", ' scope="row"') if at == 0 else ("td", "")
        cells.append(f'<{tag}{scope} class="{_CLASSES[column.kind]}"{more}>{shown}</{tag}>')
    about = ""
    if counted:
        about = f' data-measure="{escape(counted)}" title="{escape(said.get(counted) or definition(counted))}"'
    return f"<tr{_place(place)}{about}>{''.join(cells)}</tr>\n"


def _place(place: Origin | None) -> str:
    return f' data-place="{escape(json.dumps(place, ensure_ascii=False))}"' if place else ""


def _kind(column: Column) -> str:
    plant = ' data-plants=""' if column.plant else ""
    said = f' data-measure="{escape(column.measure)}"' if column.measure else ""
    said += (
        f' title="{escape(column.said.definition if column.said else definition(column.measure))}"'
        if column.measure not in ("", ROW)
        else ""
    )
    return f' class="{_CLASSES[column.kind]}" data-kind="{column.kind}"{plant}{said}'


def definition(id: str) -> str:
    """Return what a measure says, as readers are told who point at it."""
    return measure(id).definition
