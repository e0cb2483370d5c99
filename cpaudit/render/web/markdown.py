"""A page of texts and tables as Markdown."""

from __future__ import annotations

from cpaudit.render.web.html import cell_text
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Heading, KeyFigures, Page, Table, Text


def page(page: Page) -> str:
    """Return the page; figures have no place in it.

    Raises:
        TypeError: the page has another kind of block.
    """
    parts = [f"# {page.title}", *([page.subtitle] if page.subtitle else [])]
    for block in page.blocks:
        match block:
            case Heading(text=text, level=level):
                parts.append(f"{'#' * level} {text}")
            case Text(text=text) | Answers(text=text):
                parts.append(text)
            case Caveat(text=text):
                parts.append(f"> {text}")
            case Table():
                parts.append(_table(block))
            case KeyFigures(items=items):
                parts.append("\n".join(f"- {i.label}：{'—' if i.value is None else i.value:,} {i.unit}" for i in items))
            case _:
                raise TypeError(f"no place for {type(block).__name__} in Markdown")
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    if table.frame.empty:
        return f"**{table.title}**\n\n{table.empty}"
    columns = list(table.columns.values())
    lines = [[c.heading for c in columns], ["---:" if c.kind in ("integer", "number", "percent") else "---" for c in columns]]
    rows = list(table.frame[list(table.columns)].itertuples(index=False, name=None))
    for row in [*rows, *([table.line()] if table.total else [])]:
        lines.append([(cell_text(v, c) or "—").replace("|", "\\|") for v, c in zip(row, columns, strict=True)])
    grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{table.title}**\n\n{grid}" + (f"\n\n{table.note}" if table.note else "")
