"""What the cells of one's own notebook show, as HTML of the house: pages, figures, frames, pictures, text; nothing that runs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What draws a widget; those have their own way onto the page.
WIDGET = "application/vnd.jupyter.widget-view+json"
#: What a frame, or anything else that calls itself HTML, may consist of; all else goes, what is in these goes with them.
_TAGS = frozenset(
    "table thead tbody tfoot tr th td caption p div span b i em strong br hr ul ol li pre code h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
)
_GONE = frozenset(
    "script style template iframe object embed svg math noscript textarea title head form select button".split()  # noqa: SIM905
)
#: More columns or rows no table of anybody's has.
_SPANS, _MOST_DIGITS = ("colspan", "rowspan"), 4
_BROKEN = '<p class="cp-caveat">这里有一项内容不完整，不能显示；请在笔记本中检查这一格。</p>\n'

_PICTURES = ("image/png", "image/jpeg", "image/gif")


def drawn(outputs: Iterable[Any]) -> str:
    """Return what a cell's outputs (nbformat's) show, '' where they show nothing; errors are for the caller to tell."""
    parts: list[str] = []
    for output in outputs:
        if output["output_type"] == "stream":
            parts.append(_plain(output["text"]) if output["name"] == "stdout" else "")
        elif output["output_type"] != "error" and WIDGET not in output["data"]:
            try:
                parts.append(_shown(output["data"], output.get("metadata", {})))
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # a notebook may say anything
                parts.append(_BROKEN)
    return "".join(parts)


def fault(outputs: Iterable[Any]) -> tuple[str, str] | None:
    """Return the kind and the words of the error that a cell ended with, None where it didn't."""
    return next(((o["ename"], str(o["evalue"])) for o in outputs if o["output_type"] == "error"), None)


def _shown(data: dict[str, Any], about: dict[str, Any]) -> str:
    from cpaudit.render.notebook import stored

    role = about.get("cpaudit", {}).get("role", "")
    if role == "style":  # the page has it
        return ""
    if stored.MEDIA in data:
        return _block(data)
    if stored.PLOTLY in data:
        return _figure(data[stored.PLOTLY])
    for kind in _PICTURES:
        if kind in data:
            source = "".join(_text(data[kind]).split())
            return f'<p><img alt="" src="data:{kind};base64,{escape(source)}"></p>\n'
    if "text/html" in data:
        return _cleaned(_text(data["text/html"]))
    if "text/markdown" in data:
        return written(_text(data["text/markdown"]))
    return _plain(data.get("text/plain", ""))


def _block(data: dict[str, Any]) -> str:
    """Return a block of ours, or a page's header, that lies in the notebook as data."""
    from cpaudit.render.notebook import stored
    from cpaudit.render.web import html

    content = stored.whole(data)
    if content["is"] != "Page":
        return html.block_html(stored.block_of(content))
    return html.header_html(stored.header_of(content), directory=False)


def _figure(content: dict[str, Any]) -> str:
    """Return a figure of plotly's own: its title stands above, as those of our pages do."""
    import plotly.graph_objects as go

    from cpaudit.render.web import html
    from cpaudit.views.page import Figure

    figure = go.Figure({"data": content["data"], "layout": content.get("layout", {})}, _validate=False)
    title = figure.layout.title.text or ""
    figure.update_layout(title=None)
    height = int(figure.layout.height or 0) or 360
    return html.block_html(Figure("own", title, figure, title or "图", 0, height=height))


def written(source: str) -> str:
    """Return Markdown as HTML."""
    from nbconvert.filters.markdown import markdown2html

    return _cleaned(markdown2html(source))


def _plain(text: Any) -> str:
    said = _text(text).strip("\n")
    return f'<pre class="cp-plain">{escape(said)}</pre>\n' if said.strip() else ""


def _text(value: Any) -> str:
    said = "".join(value) if isinstance(value, list) else str(value)
    return said.encode(errors="replace").decode()  # halves of characters can be written nowhere


def _cleaned(source: str) -> str:
    """Return HTML without anything that runs, loads, or changes how the page looks."""
    import lxml.html

    root = lxml.html.fragment_fromstring(_text(source), create_parent="div")
    return f'<div class="cp-own">{_inside(root)}</div>\n'


def _is_span(value: str) -> bool:
    return value.isdecimal() and len(value) <= _MOST_DIGITS


def _inside(node: Any) -> str:
    parts = [escape(node.text or "")]
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _TAGS:
            spans = "".join(f' {name}="{int(value)}"' for name in _SPANS if _is_span(value := child.get(name, "")))
            parts.append(f"<{tag}{spans}>" if tag in ("br", "hr") else f"<{tag}{spans}>{_inside(child)}</{tag}>")
        elif tag and tag not in _GONE and "anchor-link" not in child.get("class", ""):  # its text stays
            parts.append(_inside(child))
        parts.append(escape(child.tail or ""))
    return "".join(parts)
