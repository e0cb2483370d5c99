"""A page stored in a notebook's outputs as data, so that every document is made from the executed notebook alone."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, assert_never

from cpaudit.errors import CpauditError
from cpaudit.views.page import Block, Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Stamp, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

#: The media type of a block, or of a page's header, among an output's data.
MEDIA = "application/vnd.cpaudit.block+json"
#: Plotly's own type, which JupyterLab draws; a stored figure lies there once.
PLOTLY = "application/vnd.plotly.v1+json"
#: A cell with this tag speaks to whoever works in the notebook and stays out of every document.
REMOVE_TAG = "remove-cell"
_PLAIN: dict[str, type[Text] | type[Heading] | type[Caveat]] = {"Text": Text, "Heading": Heading, "Caveat": Caveat}


# -- a block as JSON and back


def block_json(block: Block) -> dict[str, Any]:
    """Return a block as plain JSON, from which :func:`block_of` makes it again: a table's types and missing cells too.

    >>> block_json(Heading("进度"))
    {'kind': 'Heading', 'text': '进度', 'level': 2}

    A table's index carries nothing that is shown and isn't kept.
    """
    kind = type(block).__name__
    match block:
        case Text() | Heading() | Caveat():
            return {"kind": kind, **asdict(block)}
        case KeyFigures():
            return {"kind": kind, "items": [asdict(item) for item in block.items]}
        case Figure():
            return {"kind": kind, **_own(block, "figure"), "figure": figure_json(block)}
        case Table():
            columns = {name: asdict(column) for name, column in block.columns.items()}
            frame = {str(name): _column_json(block.frame[name]) for name in block.frame}
            return {"kind": kind, **_own(block, "frame", "columns"), "columns": columns, "frame": frame}
        case _:
            assert_never(block)


def block_of(content: dict[str, Any]) -> Block:
    """Return the block that :func:`block_json` stored.

    Raises:
        KeyError: it is of no known kind.
    """
    # A page's fields are tuples, which JSON writes as lists.
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in content.items() if name != "kind"}
    match content["kind"]:
        case "KeyFigures":
            return KeyFigures(tuple(KeyFigure(**item) for item in given["items"]))
        case "Figure":
            import plotly.graph_objects as go

            # It was valid when it was stored; checking every value again would take longer than drawing it.
            return Figure(**{**given, "figure": go.Figure(given["figure"], _validate=False)})
        case "Table":
            import pandas as pd

            frame = pd.DataFrame({name: _column_of(stored) for name, stored in given["frame"].items()})
            columns = {name: Column(**column) for name, column in given["columns"].items()}
            return Table(**{**given, "frame": frame, "columns": columns})
        case kind:
            return _PLAIN[kind](**given)


def header_json(page: Page) -> dict[str, Any]:
    """Return what a page says of itself besides its blocks."""
    stamp = None if page.stamp is None else {**asdict(page.stamp), "as_of": page.stamp.as_of.isoformat()}
    return {"kind": "Page", "id": page.id, "title": page.title, "subtitle": page.subtitle, "stamp": stamp}


def figure_json(block: Figure) -> dict[str, Any]:
    """Return the figure as plotly's JSON: data and layout."""
    content = json.loads(block.figure.to_json())
    return {"data": content["data"], "layout": content["layout"]}


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
    content["layout"] = {name: layout[name] for name in shown if name in layout}
    return {PLOTLY: {"data": figure["data"], "layout": {**layout, **shown}, "config": config}, MEDIA: content}


def _untitled(content: dict[str, Any], lab: dict[str, Any]) -> dict[str, Any]:
    """Return the whole block of a :func:`lab_bundle`."""
    own = content["layout"]
    layout = {name: value for name, value in lab["layout"].items() if name not in ("title", "height", "margin")} | own
    rest = {name: value for name, value in content.items() if name != "layout"}
    return {**rest, "figure": {"data": lab["data"], "layout": layout}}


# -- a page from an executed notebook


def page_of(notebook: dict[str, Any]) -> Page:
    """Return the page that an executed notebook (its JSON) shows: the first header, then every block in order.

    Markdown cells without the tag ``remove-cell`` are paragraphs and headings between them, so that a sentence which an
    analyst adds stands in every document.

    Raises:
        CpauditError: no output of it holds a page.
    """
    header: dict[str, Any] | None = None
    blocks: list[Block] = []
    for content in _contents(notebook):
        if content["kind"] == "Page":
            header = header or content
        else:
            blocks.append(block_of(content))
    if header is None:
        raise CpauditError("笔记本中没有页面数据，不能生成报告；请确认笔记本用 cp.show 显示了页面，并重新运行。")
    stamp = header["stamp"]
    if stamp is not None:
        stamp = Stamp(**{**stamp, "as_of": dt.date.fromisoformat(stamp["as_of"])})
    return Page(header["id"], header["title"], header["subtitle"], stamp, tuple(blocks))


def _contents(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from cpaudit.render.prose import blocks_json

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and REMOVE_TAG not in cell["metadata"].get("tags", []):
            source = cell["source"]
            yield from blocks_json(source if isinstance(source, str) else "".join(source))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if MEDIA in data:
                yield _untitled(data[MEDIA], data[PLOTLY]) if PLOTLY in data else data[MEDIA]


# -- cells of a table


def _own(block: Figure | Table, *but: str) -> dict[str, Any]:
    return {f.name: getattr(block, f.name) for f in fields(block) if f.name not in but}


def _column_json(column: pd.Series) -> dict[str, Any]:
    """Return a column's type and its values, None where missing."""
    import pandas as pd

    kind = str(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = [_cell_json(value) for value in column.cat.categories]
        return {"dtype": "category", "of": categories, "ordered": column.cat.ordered, "values": column.cat.codes.tolist()}
    if kind.startswith("datetime64["):
        return {"dtype": kind, "values": [None if pd.isna(day) else day.isoformat() for day in column]}
    if kind == "object":
        return {"dtype": kind, "values": [_cell_json(value) for value in column]}
    values = column.astype(object).where(column.notna(), None).tolist()
    if column.dtype.kind == "f":
        values = [str(value) if value in (float("inf"), float("-inf")) else value for value in values]
    return {"dtype": kind, "values": values}


def _column_of(stored: dict[str, Any]) -> pd.Series:
    import pandas as pd

    kind, values = stored["dtype"], stored["values"]
    if kind == "category":
        categories = pd.Index([_cell_of(value) for value in stored["of"]])
        return pd.Series(pd.Categorical.from_codes(values, categories=categories, ordered=stored["ordered"]))
    if kind.startswith("datetime64["):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601")).astype(kind)
    if kind == "object":
        return pd.Series([_cell_of(value) for value in values], dtype=object)
    return pd.Series(values, dtype=object).astype(kind) if values else pd.Series(values, dtype=kind)


def _cell_json(value: Any) -> Any:
    """Return a cell of a column of mixed types; what JSON has no type for says its own."""
    import numpy as np
    import pandas as pd

    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return {"missing": "NaT" if value is pd.NaT else "NA" if value is pd.NA else "nan"}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        return {"time": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a table's cell of type {type(value).__name__} has no place in a notebook")


def _cell_of(stored: Any) -> Any:
    import pandas as pd

    match stored:
        case {"missing": which}:
            return {"NaT": pd.NaT, "NA": pd.NA, "nan": float("nan")}[which]
        case {"time": text}:
            return pd.Timestamp(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
    return stored
