"""What is written can be read: contrast of text and ground by WCAG 2.2, in the light and in the dark style."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import cpaudit
from cpaudit import views
from cpaudit.dataset import Dataset
from cpaudit.render.web import html
from cpaudit.selection import Selection
from cpaudit.views import theme
from cpaudit.views.page import Figure

pytestmark = pytest.mark.together

ASSETS = Path(cpaudit.__file__).parent / "render" / "assets"
CSS = (ASSETS / "page.css").read_text(encoding="utf-8")
#: Which colours of a figure the dark style replaces, by which variable.
NEUTRAL = dict(re.findall(r'"(#[0-9a-f]{6})": "--cp-([\w-]+)"', (ASSETS / "figures.js").read_text(encoding="utf-8")))
STYLES = {"light": r"^\.cp \{(.*?)\}", "dark": r"^\s*\.cp\.cp-dark \{(.*?)\}"}

#: Which colour is written on which grounds.
TEXT = {
    "ink": ("ground", "soft", "head", "stripe", "hover", "tile", "warn-ground", "good-ground", "bad-ground"),
    "quiet": ("ground", "soft", "stripe", "hover"),
    "accent": ("ground", "soft", "hover"),
    "on-accent": ("accent",),
    "good": ("ground",),
    "warn": ("ground",),
    "bad": ("ground", "soft"),
    **{f"level-{level}": ("ground", "stripe", "hover") for level in (1, 2, 3, 4)},
}
MARKS = {
    **{f"level {level}": colour for level, colour in theme.LEVEL_COLOURS.items()},
    **theme.VERDICT_COLOURS,
    **theme.STATE_COLOURS,
    **{f"share {at}": colour for at, (_, colour) in enumerate(theme.SHARE_SCALE)},
}


def colours(style: str) -> dict[str, str]:
    """The variables of a style; the dark one changes some of the light one's."""
    found = {}
    for name in ("light", style):
        for block in re.findall(STYLES[name], CSS, re.M | re.S):
            found |= dict(re.findall(r"--cp-([\w-]+): (#[0-9a-f]{6})", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("style", STYLES)
def test_text_stands_out_from_its_ground(style: str) -> None:
    known = colours(style)
    pairs = [(text, ground) for text, grounds in TEXT.items() for ground in grounds]
    faint = {f"{t} on {g}": round(contrast(known[t], known[g]), 2) for t, g in pairs if contrast(known[t], known[g]) < 4.5}
    assert faint == {}


def test_a_style_of_its_own_is_dark() -> None:
    assert luminance(colours("dark")["ground"]) < 0.05
    assert luminance(colours("light")["ground"]) > 0.9


@pytest.mark.parametrize("name", MARKS)
def test_what_is_written_on_a_mark_can_be_read(name: str) -> None:
    assert contrast(theme.on(MARKS[name]), MARKS[name]) >= 4.5


def test_numbers_in_the_cells_of_a_map_can_be_read_at_every_share() -> None:
    """plotly.js writes #444 on what it takes for light (a brightness of 128 and more), else white."""
    faint = {}
    for (low, start), (high, end) in pairwise(theme.SHARE_SCALE):
        for share in range(round(low * 100), round(high * 100) + (high > low)):
            part = (share / 100 - low) / (high - low)
            rgb = [round((1 - part) * int(start[i : i + 2], 16) + part * int(end[i : i + 2], 16)) for i in (1, 3, 5)]
            cell = "#" + "".join(f"{v:02x}" for v in rgb)
            text = "#444444" if 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] >= 128 else "#ffffff"
            faint |= {share: (cell, text)} if contrast(cell, text) < 4.5 else {}
    assert faint == {}


@pytest.fixture(scope="module")
def figures(ds: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Every figure of every page, as a browser gets it; those of a unit's pages too, as they differ."""
    pages = [spec.build(ds, Selection.of(unit="唐山")) for spec in views.PAGES.values() if spec.one != "industry"]
    pages += [views.progress_page(ds), views.attainment_page(ds), views.benchmarking_page(ds, Selection.of(industry="钢铁"))]
    return [(b.id, json.loads(html.figure_json(b.figure))) for page in pages for b in page.blocks if isinstance(b, Figure)]


@pytest.mark.parametrize("style", STYLES)
def test_what_is_drawn_stands_out_from_its_ground(style: str, figures: list[tuple[str, dict[str, Any]]]) -> None:
    """A mark is seen by its fill or its outline; cells of a map have their number in them. Paper is as the light style."""
    known = colours(style)

    def seen(colour: str) -> bool:
        colour = known[NEUTRAL[colour]] if style == "dark" and colour in NEUTRAL else colour
        return contrast(colour, known["ground"]) >= 3

    drawn = [(id, mark) for id, figure in figures for mark in marks(figure)]
    assert len(drawn) > 100
    assert sorted({f"{id}: {mark}" for id, mark in drawn if not any(map(seen, mark))}) == []


def marks(figure: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the colours by one of which each mark is seen: fill and outline, or the line itself."""
    usual = theme.template()["data"]
    for trace in figure["data"]:
        kind = trace.get("type", "scatter")
        mode = trace.get("mode", "lines") if kind == "scatter" else ""
        if kind == "heatmap":
            assert trace.get("texttemplate") or len(figure["layout"]["annotations"]) >= sum(
                z is not None for r in trace["z"] for z in r
            )
        elif kind == "sankey":
            yield from ((fill, trace["node"]["line"]["color"]) for fill in trace["node"]["color"])
        if "lines" in mode and trace.get("line", {}).get("width", 2):
            yield (trace["line"]["color"],)
        if kind == "bar" or "markers" in mode:
            marker, line = trace["marker"], usual[kind][0]["marker"]["line"] | trace["marker"].get("line", {})
            assert marker.get("opacity", 1) == 1
            for fill in marker["color"] if isinstance(marker["color"], list) else [marker["color"]]:
                yield (fill, line["color"]) if line["width"] else (fill,)
    yield from ((s["line"]["color"],) for s in figure["layout"].get("shapes", []) if s["type"] == "line")
