"""Strokes across the text of a PDF page that aren't level, and marks of the same: a value, a row, a page is struck out so."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.papers import notes

if TYPE_CHECKING:
    from collections.abc import Iterator

Char = dict[str, Any]
Point = tuple[float, float]
Stroke = tuple[Point, Point]
Box = tuple[float, float, float, float]

#: Of a stroke that isn't level, each of its extents (points); how wide one may be that is drawn as an area; its corners.
_SLANTED, _WIDE, _CORNERS = 1.5, 3.0, (4, 5)
#: The share of a character at each side that a stroke may touch without going through it.
_EDGE = 0.25
#: Points by which a stroke may end short of what it strikes out.
_ROOM = 1.0
#: A stroke by hand: how high it may be (points), in how many pieces.
_HIGH, _PIECES = 15.0, 60
#: Points by which a stroke may miss a corner.
_NEAR = 3.0


def crossed(page: Any, boxes: list[Box]) -> set[int]:
    """Return the characters of a page (by identity) that are struck out by a stroke across them, or by a mark.

    A stroke that goes through a character strikes out all that it runs across: from where it begins to where it ends. One
    that goes through none parts a heading, or says that a cell is blank; from corner to corner of one of the ``boxes``, with
    text on one side alone, it is neither.
    """
    found = set[int]()
    for pieces in (*_by_hand(page), *notes.strokes(page)):
        near = [char for char in page.chars if char["text"].strip() and _between(char, *_around(pieces))]
        if any(_through(char, piece) for char in near for piece in pieces):
            found |= set(map(id, near))
    for stroke in _strokes(page):
        near = [char for char in page.chars if char["text"].strip() and _between(char, *_box(stroke))]
        if any(_through(char, stroke) for char in near):
            found |= set(map(id, near))
        for box in boxes:
            if _joins_corners(stroke, box):
                inside = [char for char in page.chars if char["text"].strip() and _between(char, *box)]
                found |= set(map(id, inside)) if len({_above(char, stroke) for char in inside}) == 1 else set()
    for box in notes.struck(page):
        found |= {id(char) for char in page.chars if _between(char, *box)}
    return found


def _by_hand(page: Any) -> Iterator[list[Stroke]]:
    """Yield the lines of several pieces that are wide and low, as a stroke drawn by hand through a text is."""
    for one in page.curves:
        points = [(float(x), float(y)) for x, y in one.get("pts") or ()]
        low = one["bottom"] - one["top"] < min(_HIGH, (one["x1"] - one["x0"]) / 2)
        if not one.get("fill") and 2 < len(points) <= _PIECES and low:
            yield list(pairwise(points))


def _around(pieces: list[Stroke]) -> Box:
    boxes = [_box(piece) for piece in pieces] or [(0.0, 0.0, -1.0, -1.0)]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _joins_corners(stroke: Stroke, box: Box) -> bool:
    """Whether a stroke goes from one corner of a cell to the other."""
    return all(abs(one - other) < _NEAR for one, other in zip(_box(stroke, 0.0), box, strict=True))


def _above(char: Char, stroke: Stroke) -> bool:
    """Whether a character stands on one side of a stroke, or on the other."""
    (x0, y0), (x1, y1) = sorted(stroke)
    across, down = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(down < y0 + (y1 - y0) * (across - x0) / (x1 - x0))


def _strokes(page: Any) -> Iterator[Stroke]:
    for one in (*page.lines, *page.curves):
        points = [(float(x), float(y)) for x, y in one.get("pts") or ()]
        if len(points) == 2 and _is_slanted(stroke := (points[0], points[1])):
            yield stroke
        elif one.get("fill") and len(points) in _CORNERS:  # a thick line is an area with four corners
            sides = sorted(pairwise([*points, points[0]]), key=_length)
            if _length(sides[-1]) > 3 * _WIDE and _area(points) < _WIDE * _length(sides[-1]) and _is_slanted(sides[-1]):
                yield sides[-1]


def _length(stroke: Stroke) -> float:
    return hypot(stroke[1][0] - stroke[0][0], stroke[1][1] - stroke[0][1])


def _area(points: list[Point]) -> float:
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise([*points, points[0]]))) / 2


def _is_slanted(stroke: Stroke) -> bool:
    return all(abs(one - other) > _SLANTED for one, other in zip(*stroke, strict=True))


def _box(stroke: Stroke, room: float = _ROOM) -> Box:
    (x0, y0), (x1, y1) = stroke
    return min(x0, x1) - room, min(y0, y1) - room, max(x0, x1) + room, max(y0, y1) + room


def _between(char: Char, left: float, top: float, right: float, bottom: float) -> bool:
    across, down = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(left <= across <= right and top <= down <= bottom)


def _through(char: Char, stroke: Stroke) -> bool:
    """Whether a stroke goes through the inner part of a character."""
    (x0, y0), (x1, y1) = stroke
    width, height = char["x1"] - char["x0"], char["bottom"] - char["top"]
    first, last = 0.0, 1.0
    for start, by, low, high in (
        (x0, x1 - x0, char["x0"] + _EDGE * width, char["x1"] - _EDGE * width),
        (y0, y1 - y0, char["top"] + _EDGE * height, char["bottom"] - _EDGE * height),
    ):
        if not by:  # level, or upright
            if not low <= start <= high:
                return False
            continue
        entry, leave = sorted(((low - start) / by, (high - start) / by))
        first, last = max(first, entry), min(last, leave)
    return first <= last
