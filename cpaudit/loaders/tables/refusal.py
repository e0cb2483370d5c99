"""Why no roster was read: the column that is missing or the value that isn't understood, for the one sentence of a refusal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cpaudit.loaders.sheets.forms import forms

if TYPE_CHECKING:
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Sheet

#: Causes that are named.
_MOST = 3


def no_roster(load: Load, sheets: list[Sheet]) -> str:
    """Return the sentence that says why there is no roster, and what to do."""
    lists = [s for s in sheets if s.what.layout.table == "plants"]
    if not lists:
        return _none_found(load)
    rows = sum(len(s.data()) for s in lists)
    where = "、".join(dict.fromkeys(f"“{s.file}”" for s in lists))
    if not rows:
        return f"没有读到企业名单：名单{where}只有表头，没有企业，请补填后再读。"
    places = {(s.file, s.grid.sheet) for s in lists}
    told = [p for p in load.problems.rows if p["severity"] == "error" and (p["file"], p["sheet"]) in places]
    causes, first = Counter(p["message"] for p in told), {p["message"]: p for p in reversed(told)}
    named = [
        f"{message}（{count} 处，首处 {first[message]['cell']}；{first[message]['hint']}）"
        for message, count in causes.most_common(_MOST)
    ]
    return f"没有读到企业名单：名单{where}共 {rows} 行，都未采用。{'；'.join(named)}。请改正后再读。"


def _none_found(load: Load) -> str:
    known = forms(load.programme)
    lists = [layout for layout in known.values() if layout.table == "plants"]
    told = [
        p for p in load.problems.rows if p["code"] == "table_incomplete" and any(f"“{x.label}”" in p["message"] for x in lists)
    ]
    if told:
        return "没有读到企业名单：" + "；".join(f"“{p['file']}”的{p['message']}" for p in told[:_MOST]) + "。请改正表头后再读。"
    needed = "、".join(known["roster"].columns[column].headings[0] for column in known["roster"].required)
    return f"没有读到企业名单：所给文件中没有名单（表头须有“{needed}”），请把名单文件一并给出。"
