"""A page in a notebook: one output per block, so that JupyterLab draws it and a report can collect it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cpaudit.render import html
from cpaudit.views.page import Figure, Heading, Text

if TYPE_CHECKING:
    from cpaudit.views.page import Block, Page

#: The key of each output's metadata; its ``role`` is style, header or block.
METADATA = "cpaudit"


def show(page: Page, *, header: bool = True) -> None:
    """Display the page in the notebook at hand; without ``header`` its blocks alone, as a section after the first is shown.

    Outputs, in order, each with ``metadata["cpaudit"]["role"]``: the style sheet (``style``; documents that link
    page.css leave it out), title and stamp (``header``), then every block (``block``, with its kind). The HTML of a
    header or block is :func:`cpaudit.render.html.header_html` or ``block_html`` inside ``<div class="cp">``; a figure
    comes as plotly's own type too, which JupyterLab prefers.
    """
    if header:
        _publish({"text/html": f"<style>{html.style()}</style>", "text/plain": ""}, "style")
        _publish({"text/html": _wrap(html.header_html(page)), "text/plain": page.title}, "header", page=page.id)
    for block in page.blocks:
        _publish(bundle(block), "block", kind=type(block).__name__)


def bundle(block: Block) -> dict[str, Any]:
    """Return one block as a bundle of media types: text/html, text/plain and, for figures, plotly's JSON."""
    content: dict[str, Any] = {"text/html": _wrap(html.block_html(block)), "text/plain": _plain(block)}
    if isinstance(block, Figure):
        content["application/vnd.plotly.v1+json"] = _lab_figure(block)
    return content


def _publish(content: dict[str, Any], role: str, **more: str) -> None:
    from IPython.display import publish_display_data

    publish_display_data(content, {METADATA: {"role": role, **more}})  # type: ignore[no-untyped-call]


def _wrap(fragment: str) -> str:
    return f'<div class="cp">\n{fragment}</div>'


def _plain(block: Block) -> str:
    match block:
        case Text() | Heading():
            return block.text
        case Figure():
            return f"{block.title}\n{block.alt}"
    return str(getattr(block, "title", getattr(block, "text", "")))


def _lab_figure(block: Figure) -> dict[str, Any]:
    """Return the figure with its title inside, since JupyterLab shows it without the HTML around."""
    content: dict[str, Any] = json.loads(block.figure.to_json())
    layout = content["layout"]
    # Plotly reads a few tags in titles: a "<" of the data must not become one.
    title = block.title.replace("&", "&amp;").replace("<", "&lt;")
    layout["title"] = {"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}, "automargin": True, "yref": "container"}
    layout["height"] = block.height + 40
    layout["margin"] = {**layout.get("margin", {}), "t": layout.get("margin", {}).get("t", 40) + 40}
    # plotly.js has a button of its own that uploads the figure to its maker.
    config = {"displaylogo": False, "responsive": True, "modeBarButtons": [["toImage"]], "plotlyServerURL": ""}
    return {"data": content["data"], "layout": layout, "config": config}
