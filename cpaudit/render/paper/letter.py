"""Cover notes (函) as Word documents: under the office's letterhead, else on a page that has its head printed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cpaudit.render.paper import word
from cpaudit.render.paper.outline import close
from cpaudit.render.stationery.chosen import PLAIN
from cpaudit.render.stationery.letterhead import like

if TYPE_CHECKING:
    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.views.tables.handover import Letter


def letter(note: Letter, on: Stationery = PLAIN) -> bytes:
    """Return a cover note as a document: one page on the house's paper."""
    many = len(note.attachments) > 1
    enclosed = [f"{n}. {said}" if many else said for n, said in enumerate(note.attachments, start=1)]
    values = {
        "标题": [note.title],
        "发文机关": list(note.signers) if len(note.signers) == 1 else None,
        "发文字号": [close(note.number)],
        "主送": [note.to] if note.to else None,
        "附件": [close(said) for said in enclosed],
        "署名": ["　　".join(note.signers)],
        "成文日期": [close(note.date)],
        "抄送": ["、".join(note.copies)] if note.copies else ([] if not on.letterhead else None),
    }
    paper = word.under_letterhead(note.title, dt.date(2000, 1, 1), "", on, values, plain=True)
    since = len(paper.body) - 1
    for paragraph in note.paragraphs:
        paper.body[-1].addprevious(like(paper.place, word.clean(close(paragraph))))
    word.put_in_place(paper, since)
    if note.badge:
        paper.body.insert(0, word.line(paper, note.badge, "警示")._p)
    return word.saved(paper)
