"""What is spelled in many ways without being wrong: dates, thousands, widths of digits and brackets, trailing spaces, blanks."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks.sheets import Cell, Sheet

_DATES: tuple[Callable[[dt.date], Cell], ...] = (
    lambda d: d,
    lambda d: d.isoformat(),
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
)
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_NARROW = str.maketrans("（）", "()")
_BLANKS = ("-", "—", "无")


def vary(mistakes: Mistakes, rng: random.Random) -> None:
    """Spell the cells that carry no planted mistake as different offices would."""
    for sheet in mistakes.sheets:
        usual = rng.choice(_DATES) if sheet.layout == "progress" else _DATES[0]
        for row in sheet.rows:
            for key, value in row.cells.items():
                if not mistakes.kept(row, key):
                    row.cells[key] = spelled = _spelled(sheet, key, value, usual, rng)
                    if spelled != value and not isinstance(value, dt.date):
                        mistakes.alone.append((sheet, row, key))


def _spelled(sheet: Sheet, key: str, value: Cell, usual: Callable[[dt.date], Cell], rng: random.Random) -> Cell:
    if isinstance(value, dt.date):
        return rng.choice(_DATES)(value) if sheet.layout == "progress" and rng.random() < 0.08 else usual(value)
    if isinstance(value, float) and sheet.layout in ("measurements", "options") and rng.random() < 0.02:
        return _number(value, rng)
    if isinstance(value, str) and key in ("name", "name_of_plant", "unit", "county") and sheet.layout != "unit_work":
        return _name(value, rng)
    empty = value is None or (key == "hazardous_waste_t" and type(value) is int)  # what a small plant might as well leave out
    if empty and key in ("hazardous_waste_t", "proof", "stricter_level") and rng.random() < 0.1:
        return rng.choice(_BLANKS)
    return value


def _number(value: float, rng: random.Random) -> str:
    text = f"{value:,}" if abs(value) >= 1000 else str(value)
    return text.translate(_FULL_WIDTH) if "," not in text and rng.random() < 0.5 else text + rng.choice(("", " "))


def _name(value: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.04:
        return value + " "
    return value.translate(_NARROW) if chance < 0.3 else value
