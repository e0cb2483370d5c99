"""One's own page: texts, tables and figures of one's own, with the stamp and the caveats that every page has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.views import parts
from cpaudit.views.page import Figure, Page, Text
from cpaudit.views.tables.own import table

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Block


def page(
    title: str, ds: Dataset, *contents: str | Block | tuple[str, pd.DataFrame | pd.Series | go.Figure], subtitle: str = ""
) -> Page:
    """把自己的文字、表和图排成一页，页首注明批次、日期、快照，示范数据注明“示范数据”。

    ``contents`` in order: a text is a paragraph; ``("标题", frame)`` a table (labelled as :func:`cpaudit.labelled` does) and
    ``("标题", figure)`` a plotly figure, each under a title that says what is found; blocks of other pages
    (``cp.views.progress_page(ds).blocks``) stand as they are. Show it with :func:`cpaudit.show`.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.page("辛集的企业", ds, "共两节。", ("名单", ds.select(unit="辛集").labelled("plants")[["企业名称", "行业"]])).title
    '辛集的企业'
    """
    blocks = [_block(content, ds, at) for at, content in enumerate(contents, start=1)]
    return Page("own", title, subtitle, parts.stamp(ds), (*parts.demonstration(ds), *blocks))


def _block(content: str | Block | tuple[str, pd.DataFrame | pd.Series | go.Figure], ds: Dataset, at: int) -> Block:
    import pandas as pd

    if isinstance(content, str):
        return Text(content)
    if not isinstance(content, tuple):
        return content
    title, what = content
    if isinstance(what, pd.DataFrame | pd.Series):
        return table(f"own_{at}", what, title, ds)[0]
    height = what.layout.height or 400
    return Figure(f"own_{at}", title, what, f"{title}。", len(ds.plants), parts.source_note(ds, len(ds.plants)), int(height))
