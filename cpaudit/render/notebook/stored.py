"""A page stored in a notebook's outputs as data, so that every document is made from the executed notebook alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from cpaudit.errors import CpauditError
from cpaudit.render.notebook.stored_cells import cell_json, cell_of, column_json, column_of
from cpaudit.views import answers as answers_module
from cpaudit.views import page as page_module
from cpaudit.views.page import Block, Figure, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The media type of a block, or of a page's header, among an output's data.
MEDIA = "application/vnd.cpaudit.block+json"
#: Plotly's own type, which JupyterLab draws; a stored figure lies there once.
PLOTLY = "application/vnd.plotly.v1+json"
#: A cell with this tag speaks to whoever works in the notebook and stays out of every document.
REMOVE_TAG = "remove-cell"


# -- a block as JSON and back


def block_json(block: Block) -> dict[str, Any]:
    """Return a block as plain JSON, from which :func:`block_of` makes it again: a table's types and missing cells too.

    >>> block_json(page_module.Heading("进度"))
    {'is': 'Heading', 'text': '进度', 'level': 2}

    A table's index carries nothing that is shown and isn't kept.
    """
    content: dict[str, Any] = _json(block)
    return content


def block_of(content: dict[str, Any]) -> Block:
    """Return the block that :func:`block_json` stored.

    Raises:
        KeyError: it is of no known kind.
    """
    block: Block = _value(content)
    return block


def header_of(content: dict[str, Any]) -> Page:
    """Return the page without blocks that :func:`header_json` stored."""
    page: Page = _value(content)
    return page


def header_json(page: Page) -> dict[str, Any]:
    """Return what a page says of itself besides its blocks."""
    content: dict[str, Any] = _json(replace(page, blocks=()))
    return content


def _json(value: Any) -> Any:
    """Return any value of a page as JSON: what JSON has no type for says its kind.

    Whoever writes a notebook sorts the keys of its objects, so what has an order, as a table's columns, is a list of pairs.
    """
    import pandas as pd
    import plotly.graph_objects as go

    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **{f.name: _json(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, go.Figure):
        content = json.loads(value.to_json())
        return {"is": "plotly", "data": content["data"], "layout": content["layout"]}
    if isinstance(value, pd.DataFrame):
        return {"is": "frame", "of": [[str(name), column_json(value[name])] for name in value]}
    if isinstance(value, Mapping):
        return {"is": "map", "of": [[key, _json(of)] for key, of in value.items()]}
    if isinstance(value, tuple | list):
        return [_json(of) for of in value]
    return cell_json(value)


def _value(stored: Any) -> Any:
    if isinstance(stored, list):  # a page's fields are frozen
        return tuple(_value(of) for of in stored)
    if not isinstance(stored, dict) or "is" not in stored:
        return cell_of(stored)
    match stored["is"]:
        case "plotly":
            import plotly.graph_objects as go

            # It was valid when it was stored; checking every value again would take longer than drawing it.
            return go.Figure({"data": stored["data"], "layout": stored["layout"]}, _validate=False)
        case "frame":
            import pandas as pd

            return pd.DataFrame({name: column_of(of) for name, of in stored["of"]})
        case "map":
            return {key: _value(of) for key, of in stored["of"]}
    made = _KINDS[stored["is"]]
    return made(**{name: _value(of) for name, of in stored.items() if name != "is"})


#: Every part of a page, by its name.
_KINDS: dict[str, Any] = {
    name: kind for module in (page_module, answers_module) for name, kind in vars(module).items() if is_dataclass(kind)
}


# -- a figure in JupyterLab


def lab_bundle(block: Figure) -> dict[str, Any]:
    """Return a figure as two media types that share its data: plotly's, titled for JupyterLab, and what undoes the title."""
    content = block_json(block)
    figure = content.pop("figure")
    layout = figure["layout"]
    margin = layout.get("margin", {})
    # Plotly reads a few tags in titles: a "<" of the data must not become one.
    title = block.title.replace("&", "&amp;").replace("<", "&lt;")
    shown = {
        "title": {"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}, "automargin": True, "yref": "container"},
        "height": block.height + 40,
        "margin": {**margin, "t": margin.get("t", 40) + 40},
    }
    # plotly.js has a button of its own that uploads the figure to its maker.
    config = {"displaylogo": False, "responsive": True, "modeBarButtons": [["toImage"]], "plotlyServerURL": ""}
    content["figure"] = {name: layout[name] for name in shown if name in layout}
    return {PLOTLY: {"data": figure["data"], "layout": {**layout, **shown}, "config": config}, MEDIA: content}


def _untitled(content: dict[str, Any], lab: dict[str, Any]) -> dict[str, Any]:
    """Return the whole block of a :func:`lab_bundle`."""
    layout = {name: value for name, value in lab["layout"].items() if name not in ("title", "height", "margin")}
    return {**content, "figure": {"is": "plotly", "data": lab["data"], "layout": layout | content["figure"]}}


# -- a page from an executed notebook


def page_of(notebook: dict[str, Any]) -> Page:
    """Return the page that an executed notebook (its JSON) shows: the first header, then every block in order.

    Markdown cells without the tag ``remove-cell`` are paragraphs and headings between them, so that a sentence which an
    analyst adds stands in every document; so are frames, figures and texts that a cell shows without a page.

    Raises:
        CpauditError: no output of it holds a page.
    """
    header: Page | None = None
    blocks: list[Block] = []
    for content in _contents(notebook):
        if content["is"] != "Page":
            blocks.append(block_of(content))
        elif header is None:
            header = _value(content)
    if header is None:
        raise CpauditError("笔记本中没有页面数据，不能生成报告；请确认笔记本用 cp.show 显示了页面，并重新运行。")
    return replace(header, blocks=tuple(blocks))


def _contents(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from cpaudit.render.notebook import foreign
    from cpaudit.render.notebook.prose import blocks_json

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and REMOVE_TAG not in cell["metadata"].get("tags", []):
            source = cell["source"]
            yield from blocks_json(source if isinstance(source, str) else "".join(source))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if MEDIA in data:
                yield whole(data)
            else:
                yield from foreign.blocks_json(output)


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an output's bundle holds of ours, a figure put together again."""
    content: dict[str, Any] = data[MEDIA]
    return _untitled(content, data[PLOTLY]) if PLOTLY in data else content
