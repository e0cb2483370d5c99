"""The catalogue of all indicator systems that ship or were imported."""

from __future__ import annotations

from pathlib import Path

from cpaudit import reference
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.indicators.definition.model import IndicatorSystem
from cpaudit.reference import read_definition, shown
from cpaudit.workspace.caches import cache


@cache
def systems() -> dict[str, IndicatorSystem]:
    """返回全部评价指标体系，按编号。

    Return every indicator system and limit of energy (``data/reference/indicator_systems``, ``energy_limits``): id → system.

    >>> import cpaudit as cp
    >>> len(cp.indicators.systems()) > 10
    True

    Raises:
        DefinitionError: a file is faulty, or its name differs from the id inside.
    """
    found = {}
    for path in files():
        system = read_definition(path, IndicatorSystem)
        if system.id != path.stem:
            raise DefinitionError(f"{shown(path)}：字段 id 为“{system.id}”，应与文件名一致，写作“{path.stem}”。")
        found[system.id] = system
    return found


def files() -> list[Path]:
    """Return the files of the systems, then those of the limits of energy."""
    return [*reference.files("indicator_systems"), *reference.files("energy_limits")]


def read_system(path: str | Path) -> IndicatorSystem:
    """读取一个评价指标体系文件（YAML），任何不符合格式之处都会报错。

    What it returns can be given to :func:`cpaudit.indicators.score`; it need not lie among the definitions.

    >>> import cpaudit as cp
    >>> from cpaudit.reference import root
    >>> cp.indicators.read_system(root() / "indicator_systems" / "cement_2014.yaml").id
    'cement_2014'

    Raises:
        UsageError: there is no such file.
        DefinitionError: it is faulty; every fault with line and field.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise UsageError(f"没有文件 {path}，请检查路径。")
    return read_definition(path, IndicatorSystem)


def find_system(system_id: str) -> IndicatorSystem:
    """返回一个评价指标体系，按编号。

    Return one indicator system.

    >>> import cpaudit as cp
    >>> cp.indicators.find_system("demo_cement").id
    'demo_cement'

    Raises:
        UsageError: there is none of that id; the sentence lists those that exist.
    """
    known = systems()
    if system_id not in known:
        raise UsageError.among(f"没有编号为“{system_id}”的评价指标体系", known)
    return known[system_id]
