"""A page as PDF by typst: laid out as official papers, fonts embedded, tagged for screen readers, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Literal, assert_never

from cpaudit.render.paper import formal, outline
from cpaudit.render.stationery import typesetting
from cpaudit.render.stationery.chosen import PLAIN
from cpaudit.views import theme
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, KeyFigures, Table, Text
from cpaudit.views.tables.handover import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.render.paper.images import Picture
    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.views.page import Page

_TONES = {
    "plain": theme.PRINTED_QUIET,
    "good": theme.VERDICT_COLOURS["attained"],
    "warn": theme.PRINTED_RED,
    "bad": theme.PRINTED_RED,
}


def write(page: Page, images: Mapping[str, Picture], on: Stationery = PLAIN) -> bytes:
    """Return the page as a PDF on the paper chosen; a figure without a picture is told by its text.

    Raises:
        CpauditError: this machine has no Chinese font.
    """
    day = page.stamp.as_of if page.stamp else dt.date(2000, 1, 1)
    said, listed = formal.parts(page, list(outline.outline(page)))
    items: dict[str, list[dict[str, Any]]] = {"items": [], "annex": [], "closing": []}
    for item in listed:
        items["annex" if item.annex else "closing" if item.closing else "items"] += _item(item, images)
    content = {
        "title": page.title,
        "subtitle": outline.subtitle(page),
        "stamp": outline.stamp(page),
        "badge": "示范数据" if page.stamp and page.stamp.demonstration else "",
        "date": [day.year, day.month, day.day],
        "fonts": typesetting.fonts()[1],
        "logo": on.logo.decode() if on.logo else "",
        **items,
        "formal": _formal(said, open_=bool(on.page)) if page.formal else None,
    }
    when = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return _compiled(json.dumps(content, ensure_ascii=False), on, when)


def _formal(said: formal.Parts, *, open_: bool) -> dict[str, str]:
    """Return an official paper's parts; ``open_``: what the page doesn't say has its place too, to be filled in."""
    known = {"number": "", "to": said.to, "signers": "　　".join(said.signers), "date": said.date, "copies": ""}
    asked = {
        "number": "发文字号",
        "to": "主送机关",
        "signers": "发文机关署名",
        "date": "成文日期",
        "copies": "抄送机关，没有的删去",
    }
    return {name: text or (EMPTY.format(asked[name]) if open_ else "") for name, text in known.items()}


def _compiled(content: str, on: Stationery, when: dt.datetime) -> bytes:
    """Return the document by the standard for accessible PDF; one with a character that no font has can't claim that."""
    import typst

    accessible: list[Literal["ua-1"]] = ["ua-1"]
    try:
        return typesetting.compiled(content, dict(on.page), timestamp=when, pdf_standards=accessible)
    except typst.TypstError:
        return typesetting.compiled(content, dict(on.page), timestamp=when)


def _item(item: outline.Item, images: Mapping[str, Picture]) -> list[dict[str, Any]]:
    match item.block:
        case Heading(text=text, level=level):
            return [{"kind": "heading", "text": text, "level": level - 1}]
        case Text(text=text) | Answers(text=text):
            return [{"kind": "text", "text": p} for p in outline.paragraphs(text)]
        case Caveat(text=text, tone=tone):
            return [{"kind": "caveat", "text": outline.close(text), "colour": _TONES[tone]}]
        case KeyFigures() as block:
            cells = outline.key_figures(block)
            return [{"kind": "keys", "cells": [list(c) for c in cells] + [["", ""]] * (len(cells) % 2)}]
        case Figure() as block:
            return _figure(block, item.label, images)
        case Table() as block:
            return _table(block, item)
        case _:
            assert_never(item.block)


def _figure(block: Figure, label: str, images: Mapping[str, Picture]) -> list[dict[str, Any]]:
    title = f"{label}　{outline.close(block.title)}"
    if block.id not in images:
        return [{"kind": "text", "text": f"{title}。{outline.close(block.alt)}"}]
    svg = images[block.id].svg
    return [{"kind": "figure", "title": title, "alt": block.alt, "svg": svg, "note": outline.close(block.note)}]


def _table(block: Table, item: outline.Item) -> list[dict[str, Any]]:
    if block.frame.empty:
        return [{"kind": "text", "text": outline.close(f"{block.title}：{block.empty}")}]
    room = outline.ACROSS if item.annex else outline.UPRIGHT
    made = []
    for caption, shown, note in outline.printed(block, item.label, room):
        form = {name: getattr(shown, name) for name in ("head", "rows", "aligned", "widths", "size", "whole")}
        made.append({"kind": "table", "title": caption, "note": note, **form})
    return made
