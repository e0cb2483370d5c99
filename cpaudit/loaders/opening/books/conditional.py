"""Conditional formats that strike a cell out or hide it: whether they do can be said where they ask for a plain value."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.runs import MUTE, STRUCK, UNSEEN
from cpaudit.loaders.opening.grids import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cpaudit.loaders.opening.books.looks import Styles

#: A rectangle: its first row and column and its last, from 0.
Area = tuple[int, int, int, int]

_NUMBER, _TEXT = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"), re.compile(r'"((?:[^"]|"")*)"')
_CORNERS = re.compile(r"\$?([A-Z]{0,3})\$?(\d*)(?::\$?([A-Z]{0,3})\$?(\d*))?")
_LAST = (1_048_576, 16_384)
#: The look of a rule that brings its own.
_NONE = "-"
#: Where the rules of a sheet end.
_ELSE = frozenset(("dataValidations", "sparklineGroups", "hyperlinks", "pageMargins"))
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "lessThan": operator.lt,
    "lessThanOrEqual": operator.le,
    "equal": operator.eq,
    "notEqual": operator.ne,
    "greaterThanOrEqual": operator.ge,
    "greaterThan": operator.gt,
}
_WORDS: dict[str, Callable[[str, str], bool]] = {
    "containsText": lambda said, word: word in said,
    "notContainsText": lambda said, word: word not in said,
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
}


@dataclass(slots=True)
class Rule:
    """One rule: where it holds, what it asks (its kind and its attributes), and the look that it gives ("" of none by number)."""

    areas: list[str]
    kind: str = ""
    look: str = ""
    operator: str = ""
    text: str = ""
    #: The texts of its formulas, in pieces.
    formulas: list[list[str]] = field(default_factory=list)
    #: Which rules win where several hold: the lower number.
    priority: int = 0
    #: How its look sets a cell apart, where the rule itself says so.
    how: str = ""


class Rules:
    """Gathers the rules of a sheet from its XML, element by element: Excel's own, and those that its later versions add."""

    def __init__(self, looks: Styles) -> None:
        self._colour = looks.colour
        self.found: list[Rule] = []
        self._areas: list[str] = []
        self._later: list[Rule] = []
        self._pieces: list[str] | None = None
        self._inside = self._letters = False

    def start(self, name: str, attributes: dict[str, str], *, own: bool) -> bool:
        """Take the start of an element; whether the text in it is wanted. ``own``: it isn't an extension's."""
        self._end()
        if name == "conditionalFormatting":
            self._areas, self._inside, self._later = attributes.get("sqref", "").split(), True, []
        elif not self._inside or name in _ELSE:
            self._inside = False
        elif name == "cfRule":
            given = attributes.get
            rank = int(said) if (said := given("priority", "")).isdecimal() else 0
            self.found.append(Rule(self._areas, given("type", ""), given("dxfId", ""), given("operator", ""), priority=rank))
            self.found[-1].text = given("text", "")
            if not own:  # its areas and its look follow
                self._later.append(self.found[-1])
                self.found[-1].look = _NONE
        elif name in ("dataBar", "iconSet") and attributes.get("showValue", "1") in ("0", "false") and self.found:
            self.found[-1].how = MUTE
        elif name in ("formula", "f") and self.found:
            self._pieces = []
            self.found[-1].formulas.append(self._pieces)
        elif name == "sqref":
            self._pieces = []
        elif self.found and self.found[-1].look == _NONE:
            self._look(self.found[-1], name, attributes)
        return self._pieces is not None

    def text(self, said: str) -> None:
        """Take a piece of the text that is wanted."""
        if self._pieces is not None:
            self._pieces.append(said)

    def _end(self) -> None:
        if self._pieces and self._later and not any(self._pieces is one for one in self.found[-1].formulas):
            for rule in self._later:
                rule.areas = "".join(self._pieces).split()
        self._pieces = None

    def close(self) -> list[Rule]:
        """Return the rules at the sheet's end; one that doesn't say where it holds, nor how it looks, is none."""
        self._end()
        return [rule for rule in self.found if rule.areas and (rule.look != _NONE or rule.how)]

    def _look(self, rule: Rule, name: str, attributes: dict[str, str]) -> None:
        """Take what an extension says of a rule's look."""
        if name in ("font", "fill", "border"):
            self._letters = name == "font"
        if name == "fill" and rule.how == UNSEEN:
            rule.how = ""
        elif name == "strike" and attributes.get("val", "1") not in ("0", "false"):
            rule.how = STRUCK
        elif name == "color" and self._letters and colours.alike(self._colour(attributes), colours.WHITE):
            rule.how = rule.how or UNSEEN


def judged(
    rules: Iterable[Rule], rows: list[list[Any]], hiding: Mapping[str, str], grounded: Callable[[int, int], bool]
) -> tuple[dict[tuple[int, int], str], list[str]]:
    """Return the cells that are struck out or that nobody sees, and how; and the areas of which that can't be said.

    ``grounded``: whether a cell may stand on another ground than white. A zero that is shown as nothing is no loss.
    """
    found: dict[tuple[int, int], str] = {}
    asked: list[str] = []
    every = list(rules)
    showing = [one for one in every if one.look not in (*hiding, "") and not one.how]
    for rule in every:
        how = rule.how or hiding.get(rule.look, "")
        if not how:
            continue
        cells = [(at, column, rows[at][column]) for area in rule.areas for at, column in _cells(area, rows)]
        holds = _asks(rule, [value for *_, value in cells])
        open_ = holds is None
        first = [corners(area) for one in showing if one.priority < rule.priority for area in one.areas]

        def uncertain(at: int, column: int, how: str = how, first: list[Area] = first) -> bool:
            shown = any(top <= at <= bottom and left <= column <= right for top, left, bottom, right in first)
            return shown or (how == UNSEEN and grounded(at, column))

        for at, column, value in cells if holds else ():
            said = holds(value) if holds and (value != 0 or how == STRUCK) else False
            open_ = open_ or said is None or (bool(said) and uncertain(at, column))
            if said and not uncertain(at, column):
                found.setdefault((at, column), how)
        if open_:
            asked += rule.areas
    return found, asked


def _cells(said: str, rows: list[list[Any]]) -> Iterator[tuple[int, int]]:
    top, left, bottom, right = corners(said)
    for at in range(top, min(bottom + 1, len(rows))):
        for column in range(left, min(right + 1, len(rows[at]))):
            if filled(rows[at][column]):
                yield at, column


def corners(said: str) -> Area:
    """Return the corners of an area; of whole columns or rows the sheet's.

    >>> corners("$B$2:C9"), corners("D4"), corners("A:B")
    ((1, 1, 8, 2), (3, 3, 3, 3), (0, 0, 1048575, 1))
    """
    found = _CORNERS.fullmatch(said.upper())
    if not found or not said:
        return (0, 0, -1, -1)
    first, top, last, bottom = found.groups()
    last, bottom = (last, bottom) if ":" in said else (first, top)
    left, right = (_column(letters) for letters in (first, last))
    return int(top or 1) - 1, max(left, 0), int(bottom or _LAST[0]) - 1, right if right >= 0 else _LAST[1] - 1


def _column(letters: str | None) -> int:
    number = 0
    for letter in letters or "":
        number = number * 26 + ord(letter) - 64
    return number - 1


def _asks(rule: Rule, values: list[Any]) -> Callable[[Any], bool | None] | None:
    """Return what a rule asks of a cell's value; None where that takes more than the value and the rule."""
    said = ["".join(pieces).strip() for pieces in rule.formulas]
    if rule.kind == "cellIs":
        constants = [_constant(one) for one in said]
        return None if None in constants or not constants else lambda value: _compared(rule.operator, value, constants)
    if rule.kind in _WORDS and rule.text:
        return lambda value: _WORDS[rule.kind](_shown(value), rule.text.casefold())
    if rule.kind in ("duplicateValues", "uniqueValues"):
        counted = Counter(map(_shown, values))
        return lambda value: (counted[_shown(value)] > 1) == (rule.kind == "duplicateValues")
    if rule.kind in ("containsBlanks", "notContainsBlanks"):
        return lambda value: (not _shown(value).strip()) == (rule.kind == "containsBlanks")
    if rule.kind in ("containsErrors", "notContainsErrors"):  # what shows an error is no value
        return lambda _: rule.kind == "notContainsErrors"
    if rule.kind in ("dataBar", "iconSet"):
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    return None


def _constant(said: str) -> float | str | None:
    """Return the number or the text that a formula is; None where it is more."""
    said = said.removeprefix("=").strip()
    if _NUMBER.fullmatch(said):
        return float(said)
    if found := _TEXT.fullmatch(said):
        return found[1].replace('""', '"').casefold()
    return None


def _compared(how: str, value: Any, constants: list[Any]) -> bool | None:
    """Return whether a value stands to constants as a rule asks; None where nobody knows. Numbers come before texts."""
    if isinstance(value, (bool, dt.date, dt.time, dt.timedelta)):
        return None
    own, bounds = _ordered(value), [_ordered(one) for one in constants]
    if how in ("between", "notBetween"):
        low, high = min(bounds), max(bounds)
        return (low <= own <= high) == (how == "between")
    return _COMPARED[how](own, bounds[0]) if how in _COMPARED else None


def _ordered(value: Any) -> tuple[int, Any]:
    return (1, value.casefold()) if isinstance(value, str) else (0, float(value))


def _shown(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value).casefold()
