"""What every page must be, whatever it is about: Chinese, no holes, tables of their columns, figures with a finding."""

from __future__ import annotations

import re

from cpaudit.indicators import indicator_table
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, Page, Table, Text

#: Latin words that Chinese offices write: substances, units, codes, file types, names of commands and of q values.
_SAID = "COD SO CO NOx VOCs t a kg tce kWh kgce DB T GB HJ n q SHA cpaudit trace Sheet WD ZG A Benjamini Hochberg"
ALLOWED = set(_SAID.split(" "))


def words(page: Page) -> list[str]:
    """Every text that the page shows."""
    found = [page.title, page.subtitle]
    for block in page.blocks:
        match block:
            case Text() | Heading() | Caveat():
                found.append(block.text)
            case Figure():
                found += [block.title, block.alt, block.note, *_drawn(block)]
            case Table():
                found += [block.title, block.note, block.empty, *(c.heading for c in block.columns.values())]
                text = [name for name, c in block.columns.items() if c.kind in ("text", "level")]
                found += [str(v) for name in text for v in block.frame[name].dropna()]
            case Answers():
                found += [block.lead, *(w for a in block.items for w in (a.question, a.text, *a.points))]
            case _:
                found += [w for item in block.items for w in (item.label, item.unit, item.note)]
    return found


def _drawn(block: Figure) -> list[str]:
    layout = block.figure.layout
    found = [str(t.name or "") for t in block.figure.data] + [str(a.text or "") for a in layout.annotations]
    found += [str(axis.title.text or "") for axis in (layout.xaxis, layout.yaxis)]
    for trace in block.figure.data:
        for axis in ("x", "y"):
            values = getattr(trace, axis, None)
            found += [v for v in (values if values is not None else ()) if isinstance(v, str)]
    return found


def assert_readable(page: Page) -> None:
    """Fail where the page shows English, a hole (nan, None …), an empty figure, or a table that isn't what it says."""
    table = indicator_table()
    allowed = ALLOWED | set(re.findall(r"[A-Za-z]+", " ".join([*table["unit"], *table["name"], *table["system"]])))
    for text in words(page):
        plain = re.sub(r"“[^”]*”|`[^`]*`|</?b>|<br>|[0-9A-Z]{18}\w*|\b[A-Z]{1,3}\d+\b|name:\S+|\b[0-9.]+e[+-]?\d+\b", " ", text)
        plain = re.sub(r"#N/A|快照 \w+|p\d|\S+\.(?:xlsx|xls|csv|yaml|ipynb)|cpaudit [^。；，）]*|data/\S+", " ", plain)
        assert not set(re.findall(r"[A-Za-z]+", plain)) - allowed, text
        assert not re.search(r"\b(?:nan|NaT|None|<NA>|inf)\b", text), text
    ids = [b.id for b in page.blocks if isinstance(b, Figure | Table)]
    assert len(ids) == len(set(ids)), ids
    for block in page.blocks:
        if isinstance(block, Table):
            assert list(block.frame.columns) == list(block.columns)
        elif isinstance(block, Figure):
            assert block.n > 0, block.id
            assert "n＝" in block.note, block.id
            assert "数据日期" in block.note, block.id
            assert block.title, block.id
            assert len(block.figure.data) > 0, block.id
