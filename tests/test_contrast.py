"""What is written can be read: contrast of text and ground by WCAG 2.2, in the light and in the dark style."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cpaudit
from cpaudit.views import theme

CSS = (Path(cpaudit.__file__).parent / "render" / "assets" / "page.css").read_text(encoding="utf-8")
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
    **{f"share {share:g}": colour for share, colour in theme.SHARE_SCALE},
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
