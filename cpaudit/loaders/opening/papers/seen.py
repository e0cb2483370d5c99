"""What a reader of a PDF page sees: its text turned upright, text in the colour of its ground, text that runs over rules."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.runs import LOWEST

if TYPE_CHECKING:
    from cpaudit.loaders.opening.books.colours import Colour
    from cpaudit.loaders.opening.papers.inks import Ink

Char = dict[str, Any]
Box = tuple[float, float, float, float]

#: The share of a character's width and height that may stand beyond its cell: fonts leave room around their signs.
_ACROSS, _DOWN = 0.25, 0.35
#: Characters closer than this share of their size belong to one text; edges of a line closer than this (points) are one.
_NEXT, _STRAIGHT = 0.25, 0.05
#: Signs that cover more of each other are written one upon the other; of a longer text only the beginning is held against itself.
_UPON, _MOST = 0.25, 200
#: Of the usual height, of its height: what is lower, or narrower, nobody reads.
_LOW, _THIN = 0.4, 0.05
#: What a page has to be turned by, with the clock, so that text of a direction stands upright.
_TURNS = {"right": 0, "up": 90, "left": 180, "down": 270}


def upright(page: Any) -> Any:
    """Return a page, turned where most of its text runs another way than from left to right."""
    ways = Counter(map(_way, page.chars))
    turn = _TURNS[ways.most_common(1)[0][0]] if ways else 0
    if turn:
        from pdfplumber.page import Page

        at = page.page_obj
        at.rotate = at.attrs["Rotate"] = (page.rotation + turn) % 360
        page = Page(page.pdf, at, page.page_number, page.initial_doctop)
        for line in page.lines:  # turning leaves them a hair askew
            for low, high in (("top", "bottom"), ("x0", "x1")):
                if line[high] - line[low] < _STRAIGHT:
                    line[high] = line[low]
    return page


def sideways(char: Char) -> bool:
    """Whether a character stands otherwise than upright."""
    return _way(char) != "right"


def _way(char: Char) -> str:
    across, down = char["matrix"][:2]
    return ("right" if across > 0 else "left") if abs(across) >= abs(down) else "up" if down > 0 else "down"


def unseen(char: Char, ink: Ink, grounds: list[Char], pictures: list[Char]) -> bool:
    """Whether a character is drawn with no ink, or in the colour of what it stands on; on a picture nobody knows."""
    drawn = [(char.get(f"{how}stroking_color"), share) for how, share in zip(("non_", ""), ink, strict=True) if share is not None]
    if all(not share for _, share in drawn):
        return True
    if any(_within(char, one) for one in pictures):
        return False
    ground = next((one for one in reversed(grounds) if _within(char, one)), None)
    behind = colours.WHITE if ground is None else _colour(ground.get("non_stroking_color"))
    return all(colours.alike(_mixed(_colour(said), behind, share), behind) for said, share in drawn)


def _mixed(own: Colour | None, behind: Colour | None, share: float) -> Colour | None:
    """Return the colour that is seen where so much of a colour is laid over another."""
    if own is None or behind is None or share >= 1:
        return own
    red, green, blue = (b + share * (o - b) for o, b in zip(own, behind, strict=True))
    return red, green, blue


def tiny(char: Char, usual: float) -> bool:
    """Whether a character is too low or too narrow to be read beside those of a page; blanks may be."""
    low = char["size"] < LOWEST and char["size"] < _LOW * usual
    return bool(char["text"].strip() and (low or (char["x1"] - char["x0"]) < _THIN * char["size"]))


def holds(box: Box, across: float, down: float) -> bool:
    """Whether a point lies in an area."""
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def grounds(page: Any) -> list[Char]:
    """Return the filled areas of a page, the uppermost last."""
    return [one for one in (*page.rects, *page.curves) if one.get("fill")]


def _colour(said: Any) -> Colour | None:
    """Return a colour as red, green and blue; None where it is a pattern. Nothing said is black."""
    parts = said if isinstance(said, (tuple, list)) else (0.0,) if said is None else (said,)
    if not all(isinstance(part, (int, float)) for part in parts) or len(parts) not in (1, 3, 4):
        return None
    if len(parts) == 4:
        cyan, magenta, yellow, black = map(float, parts)
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    red, green, blue = map(float, parts if len(parts) == 3 else parts * 3)
    return red, green, blue


def _within(char: Char, area: Char) -> bool:
    across, down = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(area["x0"] <= across <= area["x1"] and area["top"] <= down <= area["bottom"])


def over(chars: list[Char], boxes: list[Box], cell_of: list[int]) -> set[int]:
    """Return the places of the cells whose text runs over their rules; ``cell_of``: the place of each character's cell, or -1."""
    found = set[int]()
    for char, at in zip(chars, cell_of, strict=True):
        if at < 0 or not char["text"].strip():
            continue
        x0, top, x1, bottom = boxes[at]
        room, height = _ACROSS * (char["x1"] - char["x0"]), _DOWN * (char["bottom"] - char["top"])
        beyond = (
            char["x0"] < x0 - room or char["x1"] > x1 + room or char["top"] < top - height or char["bottom"] > bottom + height
        )
        if beyond:
            found.add(at)
    for (one, here), (other, there) in pairwise(zip(chars, cell_of, strict=True)):
        gap, size = other["x0"] - one["x1"], min(one["size"], other["size"])
        level = abs(one["bottom"] - other["bottom"]) < _NEXT * size
        blank = not (one["text"].strip() and other["text"].strip())
        if here != there and level and not blank and -size < gap < _NEXT * size:
            found |= {here, there} - {-1}  # one text goes on in the cell beside, or beyond the table
    held: dict[int, list[Char]] = {}
    for char, at in zip(chars, cell_of, strict=True):
        held.setdefault(at, []).append(char)
    return found | {at for at, those in held.items() if at >= 0 and any(_upon(a, b) for a, b in combinations(those[:_MOST], 2))}


def _upon(one: Char, other: Char) -> bool:
    """Whether two signs are written one upon the other, as where a text falls into another cell; bold is too."""
    across = min(one["x1"], other["x1"]) - max(one["x0"], other["x0"])
    if across <= _UPON * min(one["x1"] - one["x0"], other["x1"] - other["x0"]):
        return False
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    again = one["text"] == other["text"]
    return bool(down > _UPON * min(one["size"], other["size"]) and not again and one["text"].strip() and other["text"].strip())
