"""A page in a notebook: one output per block, so that JupyterLab draws it and documents are made from what was shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cpaudit.errors.arguments import unfit
from cpaudit.render.notebook import stored, wording
from cpaudit.render.web import html
from cpaudit.views.page import Figure, Heading, Page, Text

if TYPE_CHECKING:
    from cpaudit.views.page import Block

#: The key of each output's metadata; its ``role`` is style, header or block.
METADATA = "cpaudit"


def show(page: Page, *, header: bool = True) -> None:
    """在笔记本中显示一页（把页写在格子的最后一行效果相同）。

    Display the page in the notebook at hand; without ``header`` its blocks alone, as a section after the first is shown.

    Outputs, in order, each with ``metadata["cpaudit"]["role"]``: the style sheet (``style``; where the notebook is open in
    JupyterLab, what makes tables live too), title and stamp (``header``), then every block (``block``, with its kind).
    Header and blocks carry themselves as data too (:mod:`cpaudit.render.notebook.stored`), which is what reports are made of. A
    figure is stored once, as plotly's own type, which JupyterLab draws; its HTML is what it shows in words.

    >>> import cpaudit as cp
    >>> cp.show(cp.page("一页", cp.example(), "一段文字。"))  # doctest: +ELLIPSIS
    <BLANKLINE>
    一页
    示范数据：...
    一段文字。

    Raises:
        UsageError: ``page`` is none.
    """
    if not isinstance(page, Page):
        raise unfit("这里", page, '请给一页，如 cp.views.progress_page(ds) 或 cp.page("标题", ds, …)')
    page = wording.reworded(page)
    if header:
        live = html.live_html(page) if "JPY_SESSION_NAME" in os.environ else ""  # a notebook that is open, not one that is run
        _publish({"text/html": f"<style>{html.style()}</style>{live}", "text/plain": ""}, "style")
        head = _wrap(html.header_html(page, directory=False))  # the page's data hold the directory already
        shown = {"text/html": head, "text/plain": page.title, stored.MEDIA: stored.header_json(page)}
        _publish(shown, "header", page=page.id)
    for block in map(wording.reworded, page.blocks):
        _publish(bundle(block), "block", kind=type(block).__name__)


def bundle(block: Block) -> dict[str, Any]:
    """Return one block as a bundle of media types: text/html, text/plain, its data and, for figures, plotly's JSON."""
    if isinstance(block, Figure):
        words = [html.block_html(Text(text)) for text in (block.title, block.alt, block.note)]
        return {"text/html": _wrap("".join(words)), "text/plain": _plain(block), **stored.lab_bundle(block)}
    return {"text/html": _wrap(html.block_html(block)), "text/plain": _plain(block), stored.MEDIA: stored.block_json(block)}


def _publish(content: dict[str, Any], role: str, **more: str) -> None:
    from IPython.display import publish_display_data

    publish_display_data(content, {METADATA: {"role": role, **more}})  # type: ignore[no-untyped-call]


def _wrap(fragment: str) -> str:
    return f'<div class="cp mathjax_ignore">\n{fragment}</div>'


def _plain(block: Block) -> str:
    match block:
        case Text() | Heading():
            return block.text
        case Figure():
            return f"{block.title}\n{block.alt}"
    return str(getattr(block, "title", getattr(block, "text", "")))
