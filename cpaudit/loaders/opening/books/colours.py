"""Colours of letters and of what they stand on: as red, green and blue, and whether anybody can tell two of them apart."""

from __future__ import annotations

import colorsys
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Red, green and blue, each from 0 to 1.
Colour = tuple[float, float, float]

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
#: Colours that differ by less in red, green or blue, nobody tells apart.
_ALIKE = 0.1
#: The colours that spreadsheets know by number, from 8 on; those from 0 on are the first eight of them. [MS-XLS] 2.5.161.
_INDEXED = bytes.fromhex(
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 800000 008000 000080 808000 800080 008080 C0C0C0 808080 "
    "9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF 000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF "
    "00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 "
    "003366 339966 003300 333300 993300 993366 333399 333333"
)
_FIRST, _LETTERS, _GROUND = 8, 64, 65
_INKS = (
    ("black", "黑色"),
    ("white", "白色"),
    ("red", "红色"),
    ("green", "绿色"),
    ("blue", "蓝色"),
    ("yellow", "黄色"),
    ("magenta", "洋红"),
    ("cyan", "青色"),
)
_INK = re.compile(r"(?:color|颜色) ?(\d{1,2})")
#: A theme's colours by the number that cells know them by; dark and light have changed places.
THEME = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")


def alike(one: Colour | None, other: Colour | None) -> bool:
    """Return whether nobody can tell two colours apart; of one that isn't known nobody knows.

    >>> alike(of_hex("FFFFFF"), of_hex("FCFCFA")), alike(of_hex("FFFF00"), WHITE), alike(None, None)
    (True, False, False)
    """
    return one is not None and other is not None and max(abs(a - b) for a, b in zip(one, other, strict=True)) < _ALIKE


def of_hex(said: str) -> Colour | None:
    """Return the colour of six digits, or eight that begin with what shines through.

    >>> of_hex("FF003366"), of_hex("auto")
    ((0.0, 0.2, 0.4), None)
    """
    try:
        red, green, blue = bytes.fromhex(said[-6:])
    except ValueError:
        return None
    return red / 255, green / 255, blue / 255


def indexed(number: int, own: Mapping[int, Colour | None]) -> Colour | None:
    """Return the colour of a number; ``own``: what the workbook says in its place.

    >>> indexed(9, {}) == indexed(1, {}) == indexed(65, {}) == WHITE, indexed(0x7FFF, {}) == BLACK
    (True, True)
    """
    if number in own:
        return own[number]
    if number == _GROUND:
        return WHITE
    at = number - _FIRST if number >= _FIRST else number
    known = of_hex(_INDEXED[3 * at : 3 * at + 3].hex())
    return known or (BLACK if number == _LETTERS or number > 0xFF else None)


def ink(said: str, own: Mapping[int, Colour | None]) -> Colour | None:
    """Return the colour that a number format names, in English, Chinese or by number, counted from 1; None where it names none.

    >>> ink("White", {}) == ink("白色", {}) == ink("Color2", {}) == WHITE, ink("<0", {})
    (True, None)
    """
    found = _INK.fullmatch(said.lower())
    number = int(found[1]) if found else next((n for n, names in enumerate(_INKS, start=1) if said.lower() in names), 0)
    return indexed(number - 1 + _FIRST, own) if number else None


def named(attributes: Mapping[str, str], theme: Mapping[str, Colour | None], own: Mapping[int, Colour | None]) -> Colour | None:
    """Return the colour that an element of an .xlsx names, by its digits, its number or its place in the theme."""
    if "rgb" in attributes:
        colour = of_hex(attributes["rgb"])
    elif "indexed" in attributes and attributes["indexed"].isdecimal():
        colour = indexed(int(attributes["indexed"]), own)
    elif (at := attributes.get("theme", "")).isdecimal() and int(at) < len(THEME):
        colour = theme.get(THEME[int(at)])
    else:
        colour = BLACK if attributes.get("auto") in ("1", "true") else None
    return _tinted(colour, attributes.get("tint", "0"))


def _tinted(colour: Colour | None, tint: str) -> Colour | None:
    """Return a colour made lighter (up to 1) or darker (down to -1). ECMA-376 18.8.19."""
    try:
        by = max(-1.0, min(1.0, float(tint)))
    except ValueError:
        return None
    if colour is None or not by:
        return colour
    hue, light, strength = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, light * (1 + by) if by < 0 else light * (1 - by) + by, strength)
