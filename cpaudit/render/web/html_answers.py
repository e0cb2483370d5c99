"""The answers that a page opens with as HTML, what they name marked for links."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpaudit.views.answers import Answer, Answers


def answers_html(block: Answers) -> str:
    """Return the sentence on top and the answers; page.js makes links of the units and plants that they name."""
    items = "".join(_answer(item) for item in block.items)
    return f'<p class="cp-lead">{escape(block.lead)}</p>\n<dl class="cp-answers">\n{items}</dl>\n'


def _answer(item: Answer) -> str:
    text = f"<dd>{_linked(item.text, item)}</dd>" if item.text else ""
    points = "".join(f"<li>{_linked(point, item)}</li>" for point in item.points)
    listed = f"<dd><ol>{points}</ol></dd>" if points else ""
    return f'<div class="cp-answer cp-{item.tone}" data-answer="{item.id}"><dt>{escape(item.question)}</dt>{text}{listed}</div>\n'


def _linked(text: str, item: Answer) -> str:
    """Return a text with what its links name marked, wherever it stands; page.js makes links of units and plants."""
    known = {link.text: link for link in item.links}
    if not known:
        return escape(text)
    words = re.compile("|".join(re.escape(word) for word in sorted(known, key=len, reverse=True)))
    out, at = [], 0
    for found in words.finditer(text):
        link, word = known[found[0]], escape(found[0])
        out.append(escape(text[at : found.start()]))
        if link.table:
            out.append(f'<a href="#t-{escape(link.table)}">{word}</a>')
        elif link.plant:
            out.append(f'<a class="cp-plant" data-plant="{escape(link.plant)}">{word}</a>')
        else:
            out.append(f'<span class="cp-unit-name" data-unit="{escape(link.unit)}">{word}</span>')
        at = found.end()
    return "".join(out) + escape(text[at:])
