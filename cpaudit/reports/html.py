"""An executed report notebook as a page: its outputs in order under one header, with figures that draw themselves."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from cpaudit.render.html import document
from cpaudit.render.notebook import METADATA

#: A cell with this tag speaks to whoever works in the notebook and stays out of the page.
REMOVE_TAG = "remove-cell"


def report_document(notebook: dict[str, Any], notebook_name: str) -> str:
    """Return the page of an executed notebook (its JSON); ``notebook_name`` is the file that the page links to.

    Kept: the first header, every other text/html output, and markdown cells not tagged ``remove-cell``.
    """
    header, parts, title = "", [], "清洁生产审核报告"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and REMOVE_TAG not in cell["metadata"].get("tags", []):
            parts.append(_markdown(_text(cell["source"])))
        for output in cell.get("outputs", ()):
            html = _text(output.get("data", {}).get("text/html", ""))
            role = output.get("metadata", {}).get(METADATA, {}).get("role", "block")
            if role == "header" and not header:
                header, title = html, _text(output["data"].get("text/plain", title))
            elif role == "block" and html:
                parts.append(html + "\n")
    body = "".join(parts)
    link = f'<p class="cp-note"><a href="{quote(notebook_name)}">运行过的笔记本</a>　<a href="index.html">报告目录</a></p>\n'
    return document(title, header + _contents(body) + body + link)


class ReportFacts(HTMLParser):
    """What a report's page says of itself: ``stamp`` (its items), ``badge`` and ``key_figures`` (id → value, None unknown)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stamp: dict[str, str] = {}
        self.badge = False
        self.key_figures: dict[str, float | None] = {}
        self._in_stamp = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a key figure, or that the stamp begins."""
        given = {name: value or "" for name, value in attrs}
        if tag == "ul" and "cp-stamp" in given.get("class", "").split():
            self._in_stamp = True
        if self._in_stamp and "cp-badge" in given.get("class", "").split():
            self.badge = True
        if "data-key" in given:
            value = given.get("data-value", "")
            self.key_figures.setdefault(given["data-key"], float(value) if value else None)

    def handle_endtag(self, tag: str) -> None:
        """Note that the stamp ends."""
        self._in_stamp = self._in_stamp and tag != "ul"

    def handle_data(self, data: str) -> None:
        """Take an item of the stamp: “快照版本 a1b2”."""
        name, space, value = data.strip().partition(" ")
        if self._in_stamp and space:
            self.stamp[name] = value


def _contents(body: str) -> str:
    found = re.findall(r'<h2 id="([^"]*)">(.*?)</h2>', body)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title in found)
    return f'<nav class="cp-toc" aria-label="目录"><ul>{links}</ul></nav>\n' if len(found) > 2 else ""


def _markdown(source: str) -> str:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        """Headings stand below those of the page."""

        def heading(self, text: str, level: int, **attrs: Any) -> str:
            return f"<h{max(level, 3)}>{text}</h{max(level, 3)}>\n"

    return f'<div class="cp-text">{mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table"])(source)}</div>\n'


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)
