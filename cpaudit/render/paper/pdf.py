"""A page as PDF by typst: laid out as official papers, fonts embedded, tagged for screen readers, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_never

from cpaudit.errors import CpauditError
from cpaudit.errors.absent import require
from cpaudit.render.paper import outline
from cpaudit.views import theme
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, KeyFigures, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.render.paper.images import Picture
    from cpaudit.views.page import Page

_TEMPLATE = Path(__file__).parents[1] / "assets" / "report.typ"
#: What each part of a paper is set in, best first; the first ones are on offices' machines, the others come with Linux.
_FONTS = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "Source Han Serif SC", "Noto Serif CJK SC", "SimSun"),
    "head": ("SimHei", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei"),
    "body": ("FangSong", "FangSong_GB2312", "STFangsong", "Source Han Serif SC", "Noto Serif CJK SC", "SimSun"),
}
_TONES = {
    "plain": theme.PRINTED_QUIET,
    "good": theme.VERDICT_COLOURS["attained"],
    "warn": theme.PRINTED_RED,
    "bad": theme.PRINTED_RED,
}


def write(page: Page, images: Mapping[str, Picture]) -> bytes:
    """Return the page as a PDF; a figure without a picture is told by its text.

    Raises:
        CpauditError: this machine has no Chinese font.
    """
    fonts, chosen = _fonts()
    day = page.stamp.as_of if page.stamp else dt.date(2000, 1, 1)
    items: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for item in outline.outline(page):
        items[item.annex] += _item(item, images)
    content = {
        "title": page.title,
        "subtitle": outline.subtitle(page),
        "stamp": outline.stamp(page),
        "badge": "示范数据" if page.stamp and page.stamp.demonstration else "",
        "date": [day.year, day.month, day.day],
        "fonts": chosen,
        "items": items[False],
        "annex": items[True],
    }
    return _compiled(json.dumps(content, ensure_ascii=False), fonts, dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC))


def _compiled(content: str, fonts: Any, when: dt.datetime) -> bytes:
    """Return the document by the standard for accessible PDF; one with a character that no font has can't claim that."""
    import typst

    tries: tuple[list[Literal["ua-1"]], ...] = (["ua-1"], [])
    for standards in tries:
        compiler = typst.Compiler(_TEMPLATE.read_bytes(), font_paths=fonts, sys_inputs={"page": content})
        try:
            made = compiler.compile(format="pdf", timestamp=when, pdf_standards=[*standards])
        except typst.TypstError:
            if not standards:
                raise
            continue
        assert isinstance(made, bytes)
        return made
    raise AssertionError("a document is made or the reason raised")


@cache
def _fonts() -> tuple[Any, dict[str, list[str]]]:
    """Return the machine's fonts and, for each part of a paper, those of its list that are there."""
    require("print", "typst")
    import typst

    fonts = typst.Fonts()
    known = set(fonts.families())
    chosen = {part: [f for f in wanted if f in known][:1] for part, wanted in _FONTS.items()}
    found = [family for families in chosen.values() for family in families]
    if not found:
        raise CpauditError("这台机器没有中文字体，不能生成 PDF；请安装 fonts-noto-cjk（思源字体）后重试。")
    return fonts, {part: families or found[:1] for part, families in chosen.items()}


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
