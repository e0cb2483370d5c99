"""A report of nothing, made once in the warm parent: what first uses cost is paid there and not by every report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cpaudit.reports.tasks import Task, make_here

if TYPE_CHECKING:
    from cpaudit.reports.tasks import Made
    from cpaudit.views.page import Page


def rehearse() -> Made:
    """Make a report that shows one block of each kind; neither data nor Polars' threads take part, so a fork may follow."""
    return make_here(Task("", "", json.dumps(_NOTEBOOK), "", {"name": ""}, "", "", {}, seconds=60))


def page() -> Page:
    """Return the page of the rehearsal."""
    import sys

    import narwhals as nw
    import pandas as pd

    from cpaudit.views import theme
    from cpaudit.views.page import Column, Figure, Heading, Page, Table, Text

    frame = pd.DataFrame({"a": ["x"], "b": [1.5]})
    natives: list[Any] = [frame]
    if pl := sys.modules.get("polars"):  # which the warm parent leaves to its children where it would start threads
        natives += [pl.DataFrame(), pl.LazyFrame()]
    for native in natives:
        nw.from_native(native)
    marker = {"color": "red", "line": {"width": 1}}
    traces = [{"type": "bar", "x": ["a"], "marker": marker}, {"type": "scatter", "x": ["a"], "marker": marker}]
    figure = Figure("figure", "", theme.figure(*traces), "", 1)
    table = Table("table", "", frame, {"a": Column("a"), "b": Column("b", "number")})
    return Page("rehearsal", "", "", None, (Heading(""), Text(""), figure, table))


def _cell(name: str, source: str) -> dict[str, Any]:
    metadata = {"tags": [name]}
    return {"cell_type": "code", "id": name, "metadata": metadata, "execution_count": None, "outputs": [], "source": source}


_NOTEBOOK = {
    "cells": [
        _cell("parameters", 'name = ""'),
        _cell("page", "import cpaudit as cp\nfrom cpaudit.reports.engines.rehearsal import page\n\ncp.show(page())"),
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
