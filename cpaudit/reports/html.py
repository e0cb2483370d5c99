"""A report's page as a document that links its notebook and the list of reports, beside shared assets or in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from cpaudit.render.web import html

if TYPE_CHECKING:
    from cpaudit.views.page import Page


def report_document(page: Page, notebook_name: str, *, one_file: bool = False) -> str:
    """Return the document; ``notebook_name`` is the file that it links to.

    With ``one_file`` it carries style, script and plotly.js itself (5 MB) and links nothing, so that it can be sent alone.
    """
    if one_file:
        return html.whole_document(page)
    body = html.body_html(page)
    link = f'<p class="cp-note"><a href="{quote(notebook_name)}">运行过的笔记本</a>　<a href="index.html">报告目录</a></p>\n'
    return html.document(page.title, body + link)
