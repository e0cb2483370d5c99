"""Lists of codes that the field dictionary names instead of spelling them out: units, counties, milestones, levels …"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import Field, tables
from cpaudit.reference import read_yaml, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What stands between several labels in one cell.
SEVERAL = "、"


def codes(known: Field, own: Mapping[str, str] | None = None) -> Mapping[Any, str]:
    """Return the labels of a field's codes; ``own``: a programme's labels of its milestones."""
    labels = known.codes if isinstance(known.codes, dict) else named(known.codes)
    return {**labels, **own} if own and known.codes == "milestones" else labels


@cache
def named(name: str | None) -> dict[Any, str]:
    """Return the codes of a list with their labels, in their order.

    Raises:
        KeyError: there is no such list.
    """
    from cpaudit import vocabulary
    from cpaudit.fields import labels

    match name:
        case "units":
            from cpaudit.programme import units
            from cpaudit.programme.places import places

            return {u.id: u.name for u in units().values()} | {id: p.name for id, p in places().items() if id not in own_units()}
        case "counties":
            from cpaudit.programme.units import county_names

            return county_names()
        case "counties_told_apart":  # 桥西区 is in 石家庄市 and in 张家口市
            from collections import Counter

            from cpaudit.programme.units import county_names, divisions

            city = {d.code: d.parent_name for d in divisions() if d.status == "in_use"}
            many = Counter(name for code, name in county_names().items() if code in city)
            return {
                code: f"{city[code]}{name}" if code in city and many[name] > 1 else name for code, name in county_names().items()
            }
        case "industries":
            from cpaudit.programme import industries

            return {key: i.label for key, i in industries().items()}
        case "systems":
            from cpaudit.indicators.definition.catalogue import systems

            return {s.id: s.title for s in systems().values()}
        case "milestones":
            return {**labels("stage", "listed"), **_milestones()}
        case "levels":  # from the least to the furthest
            return dict(reversed(vocabulary.LEVELS.items()))
        case "categories" | "verifications":
            return dict(vocabulary.CATEGORIES if name == "categories" else vocabulary.VERIFICATIONS)
        case "tables":
            return {key: t.label for key, t in tables().items()}
        case "amounts":
            options = tables()["options"].columns
            return {key: f.heading for key, f in options.items() if f.benefit or key == "investment_wan_yuan"}
        case "measures":  # a stage's row of the funnel, or a status by which plants leave
            from cpaudit.fields import UNREAD, choices
            from cpaudit.measures import measures

            leaving = {code: label for code, label in choices("plants", "status").items() if code not in ("active", UNREAD)}
            return {**leaving, **{key: m.label for key, m in measures().items()}}
        case "leads" | "strengths":
            rules = read_yaml(root() / "plausibility.yaml")
            return {key: kind["label"] for key, kind in rules["kinds" if name == "leads" else "strengths"].items()}
    raise KeyError(name)


@cache
def own_units() -> frozenset[str]:
    """Return the ids of units.csv."""
    from cpaudit.programme import units

    return frozenset(dict.keys(units()))


def _milestones() -> dict[str, str]:
    """Return the milestones of every programme; one that programmes call differently has no label here."""
    from cpaudit.errors import DefinitionError
    from cpaudit.programme import load_programme, programme_ids

    said: dict[str, set[str]] = {}
    for programme in programme_ids():
        try:
            milestones = load_programme(programme).milestones
        except DefinitionError:
            continue  # whoever loads it is told
        for milestone in milestones:
            said.setdefault(milestone.id, set()).add(milestone.label)
    return {key: next(iter(labels)) for key, labels in said.items() if len(labels) == 1}
