"""One's own page: texts, tables and figures of one's own, with the stamp and the caveats that every page has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import called, dataset_of, text_of
from cpaudit.views import parts
from cpaudit.views.page import Block, Figure, Page, Text
from cpaudit.views.tables.own import table

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from cpaudit.dataset import Dataset

    Shown: TypeAlias = pd.DataFrame | pd.Series | go.Figure

#: How a part is written.
_PART = '("标题", 表或图)'
_HOW = f'每项写成一段文字、{_PART}、("标题", 表或图, "说明")，或其他页的内容（如 *cp.views.progress_page(ds).blocks）'


def page(
    title: str, ds: Dataset, *contents: str | Block | tuple[str, Shown] | tuple[str, Shown, str], subtitle: str = ""
) -> Page:
    """把自己的文字、表和图排成一页，页首注明批次、日期、快照，示范数据注明“示范数据”。

    ``contents`` in order: a text is a paragraph; ``("标题", frame)`` a table (labelled as :func:`cpaudit.labelled` does) and
    ``("标题", figure)`` a plotly figure, each under a title that says what is found; blocks of other pages
    (``cp.views.progress_page(ds).blocks``) stand as they are. Show it with :func:`cpaudit.show`.

    What a figure of one's own counts, and where its numbers come from, nobody but its author knows: a third text says it below,
    ``("标题", figure, "n＝12 家；来源：……")``; without one nothing is said. A table's stands below its rows.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.page("辛集的企业", ds, "共两节。", ("名单", ds.select(unit="辛集").labelled("plants")[["企业名称", "行业"]])).title
    '辛集的企业'

    Raises:
        UsageError: ``ds`` is no data set, or a part is none of these; the sentence says which and how to write it.
    """
    text_of(title, "页的标题（第一个参数）")
    dataset_of(ds, "第二个参数 ds ")
    text_of(subtitle, "副标题（subtitle）")
    blocks = [_block(content, ds, at) for at, content in enumerate(contents, start=1)]
    return Page("own", title, subtitle, parts.stamp(ds), (*parts.demonstration(ds), *blocks))


def heading(title: str, ds: Dataset) -> Page:
    """返回只有页首的一页：标题、批次、日期、快照；内容由笔记本自己显示。

    >>> import cpaudit as cp
    >>> heading("一页", cp.example()).blocks
    ()
    """
    return Page("own", title, "", parts.stamp(ds), ())


def _block(content: object, ds: Dataset, at: int) -> Block:
    import pandas as pd
    import plotly.graph_objects as go

    if isinstance(content, str):
        return Text(content)
    if isinstance(content, Block):
        return content
    if isinstance(content, pd.DataFrame | pd.Series | go.Figure):
        raise UsageError(f"第 {at} 项是{called(content)}，没有标题，请写成 {_PART}。")
    if not isinstance(content, tuple) or len(content) not in (2, 3):
        many = f" {len(content)} 项的" if isinstance(content, tuple) else ""
        raise UsageError(f"第 {at} 项不能是{many}{called(content)}；{_HOW}。")
    title, what, note = content if len(content) == 3 else (*content, "")
    text_of(title, f"第 {at} 项的标题")
    text_of(note, f"第 {at} 项的说明")
    if isinstance(what, pd.DataFrame | pd.Series):
        return table(f"own_{at}", what, title, ds, note)[0]
    if not isinstance(what, go.Figure):
        raise UsageError(f"第 {at} 项“{title}”的内容不能是{called(what)}；{_HOW}。")
    return Figure(f"own_{at}", title, what, f"{title}。", 0, note, int(what.layout.height or 400))
