"""A page as HTML: semantic, escaped, without any request to another host."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from cpaudit.fields import measure
from cpaudit.render.web.html_answers import answers_html
from cpaudit.render.web.html_table import cell_text, definition, script_json, table_html
from cpaudit.views import theme
from cpaudit.views.answers import Answers
from cpaudit.views.page import Block, Caveat, Entry, Figure, Heading, KeyFigure, KeyFigures, Page, Stamp, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_ASSETS = Path(__file__).parents[1] / "assets"
#: The parts of page.js, in the order in which they need each other.
_PARTS = ("locale", "figures", "workbook", "tables", "plants", "page")


__all__ = [
    "block_html",
    "blocks_html",
    "body_html",
    "cell_text",
    "contents_html",
    "directory_json",
    "document",
    "figure_json",
    "header_html",
    "live_html",
    "page_document",
    "plotly_bundle",
    "script",
    "style",
    "whole_document",
    "write_assets",
]


def document(page_title: str, body: str, *, assets: str | None = "assets", head: str = "", above: str = "") -> str:
    """Return a whole document around ``body`` (HTML already, like ``head`` and what stands ``above`` the main part).

    ``assets`` is the link to the folder of :func:`write_assets`; None for a page without figures that stands by itself.
    """
    base = escape((assets or "").rstrip("/"))
    linked = (
        f'<link rel="stylesheet" href="{base}/page.css">\n'
        f'<script defer src="{base}/plotly.min.js"></script>\n<script defer src="{base}/page.js"></script>\n'
    )
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(page_title)}</title>\n<link rel="icon" href="data:,">\n'
        f"{linked if assets is not None else f'<style>{style()}</style>' + chr(10)}{head}"
        f'</head>\n<body class="cp">\n{above}<main class="cp-main">\n{body}\n</main>\n</body>\n</html>\n'
    )


def page_document(page: Page, *, assets: str | None = "assets") -> str:
    """返回一页的完整网页（HTML 文本），写进文件即可用浏览器打开。

    Return the page as a whole document. ``assets`` links the folder of style and scripts that :func:`write_assets` writes
    beside it; None for a page without figures, which stands by itself: to send one with figures, use ``cp.save``.

    >>> import cpaudit as cp
    >>> page = cp.views.returns_page(cp.example(), cp.Selection.of(unit="辛集"))
    >>> page_document(page, assets=None).startswith("<!DOCTYPE html>")
    True
    """
    return document(page.title, body_html(page), assets=assets)


def whole_document(page: Page) -> str:
    """Return the page as a document that carries style, scripts and plotly.js itself (5 MB) and links nothing."""
    sources = plotly_bundle().read_text(encoding="utf-8"), script()
    # Inside a script element only its own end tag ends it.
    scripts = "".join("<script>" + source.replace("</script", "<\\/script") + "</script>\n" for source in sources)
    return document(page.title, body_html(page) + scripts, assets=None)


def body_html(page: Page, *, directory: bool = True) -> str:
    """Return all of a page, without the document around it; ``directory`` as for :func:`header_html`."""
    return header_html(page, directory=directory) + contents_html(page) + blocks_html(page)


def header_html(page: Page, *, directory: bool = True) -> str:
    """Return title, subtitle and stamp, and the page's directory of plants for page.js (``directory``: unless told not to)."""
    subtitle = f'<p class="cp-subtitle">{escape(page.subtitle)}</p>\n' if page.subtitle else ""
    title = f"<h1>{escape(page.title)}</h1>\n"
    head = f'<header class="cp-header">\n{title}{subtitle}{_stamp(page.stamp) if page.stamp else ""}</header>\n'
    return head + _directory(page) if page.directory and directory else head


def _directory(page: Page) -> str:
    return f'<script type="application/json" class="cp-directory">{directory_json(page.directory)}</script>\n'


def _stamp(stamp: Stamp) -> str:
    said = [
        f"数据日期 {stamp.day}",
        f"通知 {escape(stamp.document)}",
        f"快照版本 {escape(stamp.version)}",
        f"企业 {stamp.plants:,} 家",
    ]
    items = "".join(f"<li>{part}</li>" for part in said)
    if stamp.answers_required:
        share = f"{stamp.answers_given / stamp.answers_required:.1%}"
        items += _of("given_pct", share, f"（{stamp.answers_given:,}/{stamp.answers_required:,} 项）")
        items += _of("answering_plants", f"{stamp.plants_answering:,}", f"/{stamp.plants_active:,} 家")
    badge = '<li class="cp-badge">示范数据</li>' if stamp.demonstration else ""
    return f'<ul class="cp-stamp">{badge}{items}</ul>\n'


def _of(id: str, value: str, rest: str) -> str:
    """Return a measure of the stamp with what stands behind its value."""
    known = measure(id)
    return f'<li title="{escape(known.definition)}">{known.label} <span data-measure="{id}">{value}</span>{rest}</li>'


def contents_html(page: Page) -> str:
    """Return the links to the sections; nothing where a page has fewer than three."""
    titles = [b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2]
    if len(titles) < 3:
        return ""
    links = "".join(f'<li><a href="#{_anchor(t)}">{escape(t)}</a></li>' for t in titles)
    return f'<nav class="cp-toc" aria-label="目录"><ul>{links}</ul></nav>\n'


def blocks_html(page: Page) -> str:
    """Return every block of the page, a ``section`` per level-2 heading."""
    out, inside = [], False
    for block in page.blocks:
        if isinstance(block, Heading) and block.level == 2:
            out.append(("</section>\n" if inside else "") + f'<section aria-labelledby="{_anchor(block.text)}">\n')
            inside = True
        out.append(block_html(block))
    return "".join(out) + ("</section>\n" if inside else "")


def block_html(block: Block) -> str:
    """Return one block."""
    match block:
        case Text():
            paragraphs = (p.strip() for p in block.text.split("\n\n"))
            return "".join(f'<p class="cp-text">{escape(p).replace(chr(10), "<br>")}</p>\n' for p in paragraphs if p)
        case Heading():
            return f'<h{block.level} id="{_anchor(block.text)}">{escape(block.text)}</h{block.level}>\n'
        case Caveat():
            return f'<p class="cp-caveat cp-{block.tone}" role="note">{escape(block.text)}</p>\n'
        case Answers():
            return answers_html(block)
        case KeyFigures():
            return f'<dl class="cp-kpis">\n{"".join(_key_figure(item) for item in block.items)}</dl>\n'
        case Figure():
            return _figure(block)
        case Table():
            return table_html(block)
        case _:
            assert_never(block)


def write_assets(folder: str | Path) -> None:
    """把网页共用的样式、脚本和 plotly.js 写进一个目录，供 page_document 的网页链接。

    plotly.js is the plotly package's own; a folder that isn't there is made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_assets(folder)
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['page.css', 'page.js', 'plotly.min.js']
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for source in (_ASSETS / "page.css", plotly_bundle()):
        shutil.copyfile(source, target / source.name)
    (target / "page.js").write_bytes(script().encode())


def plotly_bundle() -> Path:
    """Return the file of plotly.js, which the plotly package carries."""
    import plotly

    return Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def style(name: str = "page") -> str:
    """Return the text of a style sheet, ``page`` or ``page_view`` (the bar of filters); no rule touches what isn't ours."""
    return (_ASSETS / f"{name}.css").read_text(encoding="utf-8")


def script() -> str:
    """Return the text of page.js, put together of its parts; it brings the template that figures share."""
    shared = f"globalThis.cpaudit = globalThis.cpaudit || {{}};\nglobalThis.cpaudit.template = {script_json(theme.template())};"
    return "\n".join([shared, *((_ASSETS / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)])


def live_html(page: Page) -> str:
    """Return what makes the tables live that stand in a notebook's outputs: page.js, once, and the page's directory."""
    code = f"globalThis.cpaudit?.draw || (() => {{\n{script()}\n}})();"
    return f"{_directory(page)}<script>{code}</script>"


def figure_json(figure: Any) -> str:
    """Return ``{"data": …, "layout": …}`` of a plotly figure, safe inside a script element; page.js has the usual template."""
    content = json.loads(figure.to_json())
    layout = {k: v for k, v in content["layout"].items() if k != "template" or v != theme.template()}
    return script_json({"data": content["data"], "layout": layout})


def directory_json(entries: Sequence[Entry]) -> str:
    """Return the plants of a page for page.js, safe inside a script element: {"columns": […], "rows": [[…], …]}."""
    names = [f.name for f in fields(Entry)]
    return script_json({"columns": names, "rows": [[getattr(e, n) for n in names] for e in entries]})


def _key_figure(item: KeyFigure) -> str:
    shown = "—" if item.value is None else f"{item.value:,.{item.decimals}f}"
    raw = (
        ""
        if item.value is None
        else f"{item.value:g}"
        if float(item.value).is_integer() and abs(item.value) < 1e6
        else repr(item.value)
    )
    told = item.said.definition if item.said else definition(item.measure) if item.measure else ""
    said = f' data-measure="{escape(item.measure)}" title="{escape(told)}"' if item.measure else ""
    unit = "" if item.value is None else f'<span class="cp-unit">{escape(item.unit)}</span>'
    of = ""
    if item.of is not None:
        share = f"，占 {item.value / item.of:.1%}" if item.of and item.value is not None else ""
        of = f'<dd class="cp-of">共 {item.of:,} {escape(item.unit)}{share}</dd>'
    note = f'<dd class="cp-kpi-note">{escape(item.note)}</dd>' if item.note else ""
    return (
        f'<div class="cp-kpi cp-{item.tone}"{said}><dt>{escape(item.label)}</dt>'
        f'<dd><span class="cp-value" data-key="{escape(item.id)}" data-value="{raw}">{shown}</span>'
        f"{unit}</dd>{of}{note}</div>\n"
    )


def _figure(block: Figure) -> str:
    note = f'<p class="cp-note">{escape(block.note)}</p>\n' if block.note else ""
    style = f"height:{block.height:d}px" + (f";min-width:{block.min_width:d}px" if block.min_width else "")
    return (
        f'<figure class="cp-figure" data-figure="{escape(block.id)}" data-n="{block.n}">\n'
        f"<figcaption>{escape(block.title)}</figcaption>\n"
        f'<div class="cp-canvas"><div class="cp-plot" role="img" aria-label="{escape(block.alt)}" style="{style}"></div></div>\n'
        f'<script type="application/json">{figure_json(block.figure)}</script>\n{_behind(block)}'
        f"<noscript><p>{escape(block.alt)}</p></noscript>\n{note}</figure>\n"
    )


def _behind(block: Figure) -> str:
    """Return what page.js shows of a mark: the plants behind it, the place its value was read from."""
    if not block.behind and not block.places:
        return ""
    content = script_json({"plants": dict(block.behind), "places": dict(block.places)})
    return f'<script type="application/json" class="cp-behind">{content}</script>\n'


def _anchor(text: str) -> str:
    return "s-" + escape("".join(c for c in text if c.isalnum()))
