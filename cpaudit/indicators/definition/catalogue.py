"""The catalogue of all indicator systems that ship or were imported."""

from __future__ import annotations

from functools import cache

from cpaudit.errors import DefinitionError, UsageError
from cpaudit.indicators.definition.model import IndicatorSystem
from cpaudit.reference import read_definition, root, shown


@cache
def systems() -> dict[str, IndicatorSystem]:
    """Return every indicator system under ``data/reference/indicator_systems``: id → system.

    Raises:
        DefinitionError: a file is faulty, or its name differs from the id inside.
    """
    found = {}
    for path in sorted((root() / "indicator_systems").glob("*.yaml")):
        system = read_definition(path, IndicatorSystem)
        if system.id != path.stem:
            raise DefinitionError(f"{shown(path)}：字段 id 为“{system.id}”，应与文件名一致，写作“{path.stem}”。")
        found[system.id] = system
    return found


def find_system(system_id: str) -> IndicatorSystem:
    """Return one indicator system.

    Raises:
        UsageError: there is none of that id; the sentence lists those that exist.
    """
    known = systems()
    if system_id not in known:
        raise UsageError(f"没有编号为“{system_id}”的评价指标体系；现有：{'、'.join(known)}。")
    return known[system_id]
