"""How far two units of measure lie apart, so that a wrong one can be named with its factor."""

from __future__ import annotations

import re
from functools import cache

from cpaudit.indicators.measure_units import parsed, registry
from cpaudit.loaders.cells.texts import text

#: What a unit is written with: names, at most an exponent of one digit, and signs; nothing that a parser could work on for long.
_UNIT = re.compile(r"(?!.*\*\*)(?!.*\d\d)[\w%/*()²³·.-]{1,30}")


@cache
def factor(written: str, expected: str) -> float | None:
    """Return what one ``written`` is in ``expected``; None where they measure different things or aren't known.

    >>> factor("t/t", "kg/t"), factor("吨/吨", "t/t"), factor("kWh/t", "kgce/t")
    (1000.0, 1.0, None)
    """
    said = re.sub(r"\s+", "", text(written)).replace("每", "/")
    one, other = parsed(said) if _UNIT.fullmatch(said) else None, parsed(expected)
    if one is None or other is None or one.dimensionality != other.dimensionality:
        return None
    return round(float(registry().Quantity(1, one).to(other).magnitude), 12)
