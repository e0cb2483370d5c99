"""Cover notes (函) as Word documents of one page, in official style."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from cpaudit.render.paper import word
from cpaudit.render.paper.outline import close

if TYPE_CHECKING:
    from cpaudit.views.tables.handover import Letter

#: A cover note is one page: its lines stand closer, and its signers side by side.
_LINE = 24


def letter(note: Letter) -> bytes:
    """Return a cover note as a document of one page."""
    document = word.new(note.title, dt.date(2000, 1, 1))
    if note.badge:
        badge = word.line(document, note.badge, word.SMALL, alignment=1)
        word.coloured(badge.runs[0], word.RED)
    line = partial(word.line, document, line_spacing=_LINE)
    line(close(note.number), "Normal", alignment=1)
    word.line(document, note.title, "Title", line_spacing=word.TITLE_SIZE * 1.3)
    if note.to:
        line(f"{note.to}：", "Normal")
    for paragraph in note.paragraphs:
        line(close(paragraph))
    for n, attachment in enumerate(note.attachments, start=1):
        number = f"{n}. " if len(note.attachments) > 1 else ""
        said = f"{'附件：' if n == 1 else '　　　'}{number}{attachment}"
        line(close(said), space_before=_LINE / 2 if n == 1 else 0)
    line("　　".join(note.signers), "Normal", alignment=2, space_before=_LINE)
    line(close(note.date), "Normal", alignment=2)
    if note.copies:
        line(f"抄送：{'、'.join(note.copies)}", "Normal", space_before=_LINE)
    return word.saved(document)
