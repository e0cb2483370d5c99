"""A report's page as a document that links its notebook and the list of reports, beside shared assets or in one file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cpaudit.render.web import html

if TYPE_CHECKING:
    from cpaudit.views.page import Page


def report_document(page: Page, notebook_name: str, *, one_file: bool = False) -> str:
    """Return the document; ``notebook_name`` is the file that it links to.

    With ``one_file`` it carries style, script and plotly.js itself (5 MB) and links nothing, so that it can be sent alone.
    """
    body = html.header_html(page) + html.contents_html(page) + html.blocks_html(page)
    if one_file:
        with tempfile.TemporaryDirectory() as folder:
            html.write_assets(folder)
            scripts = [_script((Path(folder) / name).read_text(encoding="utf-8")) for name in ("plotly.min.js", "page.js")]
        return html.document(page.title, body + "".join(scripts), assets=None)
    link = f'<p class="cp-note"><a href="{quote(notebook_name)}">运行过的笔记本</a>　<a href="index.html">报告目录</a></p>\n'
    return html.document(page.title, body + link)


def _script(source: str) -> str:
    # Inside a script element only its own end tag ends it.
    return "<script>" + source.replace("</script", "<\\/script") + "</script>\n"
