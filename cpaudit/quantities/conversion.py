"""How far two units lie apart, exactly: pint is the registry, its numbers are fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cpaudit.quantities.spellings import meant, measure_units, per_year
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pint


@cache
def registry() -> pint.UnitRegistry[Any]:
    """Return the registry of these units only: in pint's own, “a” is the are and the year is “yr”."""
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(None, non_int_type=Fraction)
    made.load_definitions([f"{name} = {unit.is_}" for name, unit in measure_units().units.items()])
    return made


@cache
def parsed(unit: str, *, exact: bool = True) -> pint.Unit | None:
    """Return a printed unit; None where it isn't known.

    >>> parsed("kgce/t钢") == parsed("kgce/t"), parsed("kgec/t") is None
    (True, True)
    """
    found = meant(unit, exact=exact)
    return None if found is None else registry().parse_units(found or "dimensionless")


@cache
def ratio(written: str, wanted: str) -> Fraction | None:
    """Return what one ``written`` is in ``wanted``; None where they measure different things or aren't known.

    >>> ratio("千元", "万元"), ratio("吨/吨", "kg/t"), ratio("kWh/t", "kgce/t")
    (Fraction(1, 10), Fraction(1000, 1), None)
    """
    one, other = meant(written), meant(wanted)
    if one is None or other is None or ("" in (one, other) and not {one, other} <= {"", "ratio"}):
        return None  # no unit is no unit: nobody wrote that a bare number is kg/t
    return _between(one, other)


def of_water(written: str, wanted: str) -> Fraction | None:
    """Return :func:`ratio`; where it is none, that of two units of water, of which a cubic metre is a ton.

    >>> of_water("m³/t", "t/t"), of_water("kg/(kW·h)", "m³/MWh"), of_water("m³/t", "m³/kL")
    (Fraction(1, 1), Fraction(1, 1), None)
    """
    one, other = meant(written), meant(wanted)
    if (found := ratio(written, wanted)) is not None or not one or not other:
        return found
    (water, _, product), (wanted_water, _, wanted_product) = one.partition("/"), other.partition("/")
    tops = (_between(f"({water})*t/m3", wanted_water), _between(f"({water})*m3/t", wanted_water))
    top, below = (
        next((t for t in tops if t is not None), None),
        _between(product.replace("/", "*"), wanted_product.replace("/", "*")),
    )
    return None if top is None or below is None else top / below


def yearly(written: str, wanted: str, also: Mapping[str, str] | None = None) -> Fraction | None:
    """Return what one ``written`` is in a column's unit ``wanted``, both with or without “per year”; None where it isn't one.

    ``also``: other units of which one is one of another kind in this column (water: m³ → t). Nobody says how many days or
    months a year a plant runs: t/d and t/月 are no t/a.

    >>> yearly("元", "万元/a"), yearly("万m³/年", "t/a", {"m3": "t"}), yearly("t/月", "t/a")
    (Fraction(1, 10000), Fraction(10000, 1), None)
    """
    one, other = meant(written), meant(wanted)
    if not one or other is None:
        return None
    one, other = per_year(one), per_year(other)
    if (found := _between(one, other)) is not None:
        return found
    for source, target in (also or {}).items():
        to, on = _between(one, meant(source) or ""), _between(meant(target) or "", other)
        if to is not None and on is not None:
            return to * on
    return None


@cache
def _between(one: str, other: str) -> Fraction | None:
    """Return the ratio of two units as :func:`meant` gives them."""
    if one == other:
        return Fraction(1)  # without pint
    source, target = registry().parse_units(one or "dimensionless"), registry().parse_units(other or "dimensionless")
    if source.dimensionality != target.dimensionality:
        return None
    return Fraction(registry().convert(Fraction(1), source, target))


def converted(number: float, times: Fraction) -> float:
    """Return a number times a ratio, exact to the last digit that is printed.

    >>> converted(1.1, Fraction(1, 10)), 1.1 * 0.1
    (0.11, 0.11000000000000001)
    """
    return float(Fraction(repr(float(number))) * times) if math.isfinite(number) else number


def told(times: Fraction) -> str:
    """Return a ratio as a message says it.

    >>> told(Fraction(1, 10000)), told(Fraction(10000)), told(Fraction(2, 3))
    ('0.0001', '10000', '0.666666666667')
    """
    return f"{float(times):.12f}".rstrip("0").rstrip(".") if 1e-9 < abs(times) < 10**15 else f"{float(times):.12g}"
