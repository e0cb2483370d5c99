"""How far two units of measure lie apart, so that a wrong one can be named with its factor."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from cpaudit.loaders.values import text
from cpaudit.reference import root

if TYPE_CHECKING:
    import pint

#: What a unit is written with: names, at most an exponent of one digit, and signs; nothing that a parser could work on for long.
_UNIT = re.compile(r"(?!.*\*\*)(?!.*\d\d)[\w%/*()²³.-]{1,30}")
#: The product that a unit is per, such as 钢 in kg/t钢, changes nothing.
_PRODUCT = re.compile(r"(?<=[a-zA-Z吨克])(?:产品|钢|铁|焦|矿|玻璃液|熟料|水泥)$")


@cache
def factor(written: str, expected: str) -> float | None:
    """Return what one ``written`` is in ``expected``; None where they measure different things or aren't known.

    >>> factor("t/t", "kg/t"), factor("吨/吨", "t/t"), factor("kWh/t", "kgce/t")
    (1000.0, 1.0, None)
    """
    if not _UNIT.fullmatch(_spelled(written)):
        return None
    import pint

    try:
        return round(float(_units().Quantity(1, _spelled(written)).to(_spelled(expected)).magnitude), 12)
    # its parser fails in many ways over what isn't meant for it
    except (pint.PintError, ValueError, TypeError, AttributeError, SyntaxError, ArithmeticError, AssertionError):
        return None


@cache
def _units() -> pint.UnitRegistry[float]:
    import pint

    return pint.UnitRegistry(str(root() / "measure_units.txt"), cache_folder=None)


def _spelled(unit: str) -> str:
    said = re.sub(r"\s+", "", text(unit)).replace("·", "*").replace("%", "percent").replace("每", "/")
    return _PRODUCT.sub("", said)
