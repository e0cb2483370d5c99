"""A data set in a few lines: as text and as a small card for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cpaudit.dataset.cuts import UNDATED
from cpaudit.dataset.dated import behind, undated
from cpaudit.fields import field, tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_STYLE = "border:1px solid;border-radius:4px;padding:.5em .8em;display:inline-block;max-width:48em;line-height:1.6"


def text(ds: Dataset) -> str:
    """Return programme, day, version, rows of each table and problems by weight, a line each."""
    return "\n".join(_lines(ds))


def html(ds: Dataset) -> str:
    """Return the same as a card."""
    first, *rest = (escape(line) for line in _lines(ds))
    return f'<div style="{_STYLE}"><strong>{first}</strong><br>{"<br>".join(rest)}</div>'


def _lines(ds: Dataset) -> list[str]:
    day = f"截至 {ds.as_of}"
    if ds.snapshot_day and ds.snapshot_day != ds.as_of:
        day += f"（快照为 {ds.snapshot_day}）"
    kept = [t for t in tables() if t != "problems"]
    unsaid = UNDATED if undated(ds) else ()
    rows = [f"{tables()[name].label} {'未列出' if name in unsaid else f'{len(getattr(ds, name)):,}'}" for name in kept]
    weights = field("problems", "severity").codes
    assert isinstance(weights, dict)
    found = ds.problems["severity"].value_counts()
    told = "、".join(f"{label} {found[code]:,}" for code, label in weights.items() if code in found.index)
    return [
        f"{ds.programme.title}（{ds.programme.id}）",
        f"{day}，版本 {ds.version}，{'示范数据' if ds.demonstration else '实际数据'}",
        " · ".join(rows),
        *filter(None, (undated(ds), behind(ds))),
        f"数据问题 {len(ds.problems):,}{f'：{told}' if told else ''}",
    ]
