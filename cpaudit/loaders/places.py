"""Counties: which one a text means inside its reporting unit, by name in use, former name or likely slip of the pen."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cpaudit.loaders.values import key
from cpaudit.programme.units import Division, divisions, units
from cpaudit.reference import read_csv, root


class County(NamedTuple):
    """What was found: the code, and the problem that it was found by (None: the name in use)."""

    code: str | None
    problem: str | None = None


def county_name(code: str) -> str:
    """Return the name in use of a county's code."""
    return next(d.name for d in divisions() if d.code == code and d.status == "in_use")


@cache
def find_county(text: str, unit: str) -> County:
    """Return the county that ``text`` means in a unit; its code is None where there is no such county there.

    A name in use, or its stem without 县/市/区, wins; then a former name, followed to its successor; then a slip known from
    real files; then a name that differs by one character, unless that is a county elsewhere. Names are looked for in the
    unit alone: 桥西区 exists twice in the province.
    """
    wanted, mine = key(text), [d for d in divisions() if d.unit == unit]
    wanted = wanted.removeprefix(key(units()[unit].name)) or wanted
    now = [d for d in mine if d.status == "in_use" and (d.level != "city" or units()[unit].kind != "city")]
    exact = [d for d in now if key(d.name) == wanted] or [d for d in now if len(wanted) > 1 and _stem(d.name) == wanted]
    exact = exact or _zones(wanted, now)
    if exact:
        return County(exact[0].code)
    for former in mine:
        if former.status != "in_use" and key(former.name) == wanted and (heir := _heir(former, now)):
            return County(heir, "county_former")
    meant = _slips().get((unit, wanted))
    elsewhere = any(key(d.name) == wanted for d in divisions() if d.status == "in_use")
    close = [d for d in now if d.name == meant or (not meant and not elsewhere and _one_off(key(d.name), wanted))]
    return County(close[0].code, "county_corrected") if len(close) == 1 else County(None, "county_unknown")


def own_unit(text: str) -> str | None:
    """Return the unit beside the cities (定州, 辛集, 雄安) that a county is or belongs to; None for every other county."""
    wanted = key(text)
    return next((d.unit for d in divisions() if key(d.name) == wanted and units()[d.unit].kind != "city"), None)


def _zones(wanted: str, now: list[Division]) -> list[Division]:
    """Return the one zone that a short name such as 高新区 or 经开区 means, if there is one."""
    for words, sign in (({"高新区", "高新技术开发区"}, "高新"), ({"经开区", "开发区", "经济开发区", "经济技术开发区"}, "经济")):
        found = [d for d in now if d.level == "functional_zone" and sign in d.name]
        if wanted in words and len(found) == 1:
            return found
    found = [d for d in now if d.level == "functional_zone" and len(wanted) > 2 and wanted in key(d.name)]
    return found if len(found) == 1 else []


@cache
def _slips() -> dict[tuple[str, str], str]:
    return {(r["unit"], key(r["written"])): r["meant"] for r in read_csv(root() / "county_slips.csv")}


def _stem(name: str) -> str:
    said = key(name)
    return said[:-1] if len(said) > 2 and said[-1] in "县市区" else said


def _heir(former: Division, now: list[Division]) -> str | None:
    """The successor in use: the one of the same stem, else the only one."""
    heirs = [d for d in now if d.code in former.successors or (d.code == former.code and d.name != former.name)]
    same = [d for d in heirs if _stem(d.name) == _stem(former.name)]
    return same[0].code if same else heirs[0].code if len(heirs) == 1 else None


def _one_off(name: str, wanted: str) -> bool:
    return len(name) == len(wanted) and len(name) > 1 and sum(a != b for a, b in zip(name, wanted, strict=True)) == 1
