"""What a notebook's cell shows that is no page of ours, a frame, a plotly figure, a text, as stored blocks of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.errors import CpauditError
from cpaudit.render.notebook.stored_cells import table_json

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Plotly's own type.
_PLOTLY = "application/vnd.plotly.v1+json"
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


def blocks_json(output: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the blocks of an output without our data; errors and standard error are for whoever runs the notebook.

    Raises:
        CpauditError: a picture, which no document can hold; the sentence says what can be shown instead.
    """
    if output["output_type"] == "stream":
        if output.get("name") == "stdout":
            yield from _lines(output["text"])
        return
    data = output.get("data", {})
    if output.get("metadata", {}).get("cpaudit", {}).get("role") == "style" or not data:
        return
    if _PLOTLY in data:
        layout = dict(data[_PLOTLY].get("layout", {}))
        title = layout.pop("title", {})
        title = title.get("text", "") if isinstance(title, dict) else str(title)
        figure = {"is": "plotly", "data": data[_PLOTLY]["data"], "layout": layout}
        yield {"is": "Figure", "id": "own", "title": title, "figure": figure, "alt": title or "图", "n": 0}
    elif any(kind in data for kind in _PICTURES):
        raise CpauditError("笔记本显示了图片，报告中不能放图片；请改用 plotly 的图，如 cp.bars(…)，或写成文字。")
    elif "text/html" in data and (tables := _tables(_text(data["text/html"]))):
        yield from tables
    elif "text/markdown" in data:
        from cpaudit.render.notebook import prose

        yield from prose.blocks_json(_text(data["text/markdown"]))
    else:
        yield from _lines(data.get("text/plain", ""))


def _lines(said: Any) -> Iterator[dict[str, Any]]:
    if text := _text(said).strip():
        yield {"is": "Text", "text": text}


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _tables(source: str) -> list[dict[str, Any]]:
    """Return the tables in HTML, as pandas writes frames: the column of row numbers without a heading is left out."""
    import lxml.html

    root = lxml.html.fragment_fromstring(source, create_parent="div")
    found = []
    for table in root.iter("table"):
        rows = [[" ".join(cell.text_content().split()) for cell in row if cell.tag in ("th", "td")] for row in table.iter("tr")]
        rows = [row for row in rows if row]
        if rows:
            heading, *body = rows
            if not heading[0] and len(heading) > 1:
                heading, body = heading[1:], [row[1:] for row in body]
            found.append(table_json(heading, body))
    return found
