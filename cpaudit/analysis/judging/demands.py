"""What targets ask besides levels by an indicator system: a change, a measure carried out, a limit of energy, a person's word."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis.judging.evidence import Verdict, evidence_of, holds_for, is_open, missed_whatever, named, plain, worst
from cpaudit.dataset import remembered
from cpaudit.fields import UNREAD, benefits, codes, field
from cpaudit.indicators import systems
from cpaudit.vocabulary import weakest

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.dataset import Dataset
    from cpaudit.indicators.standing.standings import Standing
    from cpaudit.programme import Target
    from cpaudit.programme.targets import AppliesTo, Facts

#: Doubles of a change of exactly 5 % may lie a hair beside it.
_SLACK = 1e-9


class Asked(NamedTuple):
    """A target asked of a plant: where its processes stand before and after the audit, and against limits of energy."""

    plant: Facts
    target: Target
    before: list[Standing]
    after: list[Standing]
    limits: list[Standing]


def judged(ds: Dataset, asked: Asked) -> tuple[Verdict, str | None]:
    """Return whether it holds and why, and how far verified what decided it is (None: nothing that is verified did)."""
    need = asked.target.requires
    match need.kind:
        case "change":
            assert need.of
            if need.of.benefit:
                return _total(ds, asked), None
            status = weakest(s.status for s in (*asked.before, *asked.after))
            return _moved(asked), status
        case "measure":
            return _done(ds, asked), None
        case "energy_limit":
            return _limited(asked), weakest(s.status for s in asked.limits)
    return Verdict(None, f"{need.text}——不能由数据计算，由人判定。"), None


def if_bound(verdict: Verdict, target: Target, plant: Facts) -> Verdict:
    """Return the verdict where nobody knows whether the target binds: only reaching it anyway settles it."""
    said = f"{'、'.join(_open(target.applies_to, plant))}，是否适用“{target.clause or target.label}”不明"
    if verdict.holds:
        return Verdict(True, f"{said}；如适用，{verdict.reason}")
    return Verdict(None, f"{said}，无法判定。")


def _open(rule: AppliesTo, plant: Facts) -> list[str]:
    """Return what is blank or unread of a plant so that a condition stays open."""
    unread, own = set((plant.get("unread_fields") or "").split(";")), plant.get("attributes") or {}
    found: dict[str, str] = {}
    for part in rule.parts():
        asked = {"hazardous_waste_t": part.hazardous_waste_t_min is not None, "reasons": bool(part.reasons)}
        asked |= {"county": bool(part.counties), "roster": bool(part.rosters), "unit": bool(part.units)}
        for column, yes in asked.items():
            if yes and plant.get(column) in (None, UNREAD):
                how = "填写了而未读懂" if column in unread or plant.get(column) == UNREAD else "未填"
                found[column] = f"{field('plants', column).label}{how}"
        for name in part.attributes:
            if own.get(name) in (None, UNREAD):
                found[name] = f"“{name}”一栏{'填写了而未读懂' if own.get(name) == UNREAD else '未填'}"
    return list(found.values())


# -- a change


def _moved(asked: Asked) -> Verdict:
    """Return whether values changed as asked since before the audit: each that the target names, in each process."""
    need = asked.target.requires
    assert need.of
    assert need.pct is not None
    names, category = {need.of.indicator}, need.of.category
    earlier = {(s.system, s.process): s for s in asked.before}
    missed: list[str] = []
    unknown: list[str] = []
    met: list[str] = []
    for now in asked.after:
        then = earlier.get((now.system, now.process))
        for at, row in enumerate(now.block.form.rows):
            wanted = bool({row["indicator"], row["name"]} & names)
            if category:  # what must fall is what is better the lower, what must rise the rest
                wanted = row["category"] == category and row["quantitative"] and row["lower_is_better"] == (need.pct < 0)
            if not wanted or row["bonus"]:
                continue
            new = now.block.answers[now.row][at]
            old = then and then.block.answers[then.row][then.block.form.position[row["indicator"]]]
            what, change = f"{now.process}{row['name']}", _change(old, new)
            if old is None and new is None and now.block.declined(now.row, at) and category:
                continue
            if change is None:
                unknown.append(what)
            elif _reaches(change, need.pct):
                met.append(f"{what}{_said(change)}")
            else:
                missed.append(f"{what}{_said(change)}")
    wish = f"{'下降' if need.pct < 0 else '上升'} {abs(need.pct):g}% 及以上"
    if missed:
        return Verdict(False, f"{named(missed)}，未达到{wish}。")
    if unknown or not met:
        why = f"{named(unknown)}没有审核前后可比的数值" if unknown else "没有目标所列指标的实测值"
        return Verdict(None, f"{why}，无法判定是否{wish}。")
    return Verdict(True, f"{named(met)}，达到{wish}。")


def _change(old: float | None, new: float | None) -> float | None:
    """Return by how many per cent a value changed; None where nobody can say: one is missing, or it was 0 and isn't now."""
    if old is None or new is None or old == 0:
        return None
    return (new - old) / abs(old) * 100


def _reaches(change: float, pct: float) -> bool:
    return change <= pct + _SLACK if pct < 0 else change >= pct - _SLACK


def _said(change: float) -> str:
    return f"{'下降' if change < 0 else '上升'} {abs(change):.1f}%" if change else "没有变化"


@remembered
def _options(ds: Dataset) -> dict[str, list[dict[str, Any]]]:
    """Return the options of each plant as plain rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ds.options.astype(object).where(ds.options.notna(), None).to_dict("records"):
        found.setdefault(row["plant_id"], []).append({str(key): value for key, value in row.items()})
    return found


def _total(ds: Dataset, asked: Asked) -> Verdict:
    """Return whether implemented options cut a plant's yearly total as asked."""
    need = asked.target.requires
    assert need.of
    assert need.of.benefit
    assert need.pct is not None
    known = benefits()[need.of.benefit]
    base = (asked.plant.get("attributes") or {}).get(need.of.base or "")
    if not isinstance(base, int | float) or isinstance(base, bool) or base <= 0:
        return Verdict(None, f"没有审核前的年总量，无法判定{known.label}是否达到 {abs(need.pct):g}%。")
    mine = _options(ds).get(asked.plant["plant_id"], [])
    given = [o[need.of.benefit] for o in mine if o["status"] == "implemented" and o[need.of.benefit] is not None]
    cut = sum(given) / base * 100
    said = f"已实施方案{known.label} {plain(sum(given))} {known.unit}，占审核前 {plain(base)} 的 {cut:.1f}%"
    if need.pct < 0 and cut >= -need.pct - _SLACK:
        return Verdict(True, f"{said}，达到 {abs(need.pct):g}%。")
    if not given or any(o["status"] == UNREAD for o in mine) or need.pct > 0:
        return Verdict(None, f"{said}，另有没有填报或未读懂的，无法判定是否达到 {abs(need.pct):g}%。")
    return Verdict(False, f"{said}，未达到 {abs(need.pct):g}%。")


# -- a measure


def _done(ds: Dataset, asked: Asked) -> Verdict:
    """Return whether a technology or measure is carried out, by its evidence; what no evidence speaks of nobody knows."""
    need, name = asked.target.requires, str(asked.target.requires.name)
    if need.evidence == "file":
        return Verdict(None, f"“{name}”须查验证明材料，由人判定。")
    if need.evidence == "column":
        column = next((a for a in ds.programme.columns if (need.column or name) in (a.id, a.label)), None)
        said = (asked.plant.get("attributes") or {}).get(column.id) if column else None
        heading = column.label if column else need.column or name
        if isinstance(said, bool):
            return Verdict(said, f"名单“{heading}”一栏为{'是' if said else '否'}，{'已' if said else '未'}完成“{name}”。")
        return Verdict(None, f"名单“{heading}”一栏{'未填' if said is None else '不是“是”或“否”'}，无法判定“{name}”。")
    words = codes("options", "status")
    found = [o for o in _options(ds).get(asked.plant["plant_id"], []) if _folded(name) in _folded(o["name"] or "")]
    if done := [o for o in found if o["status"] == "implemented"]:
        return Verdict(True, f"方案“{done[0]['name']}”已实施，完成“{name}”。")
    if not found:
        return Verdict(None, f"所报的方案中没有名称含“{name}”的，无法判定。")
    if any(o["status"] == UNREAD for o in found):
        return Verdict(None, f"方案“{found[0]['name']}”的实施情况未读懂，无法判定“{name}”。")
    return Verdict(False, f"方案“{found[0]['name']}”{words[found[0]['status']]}，“{name}”没有完成。")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


# -- a limit of energy


def _limited(asked: Asked) -> Verdict:
    """Return whether the energy of each process lies within the level of the limits in force."""
    required = asked.target.requires.level
    assert required
    evidence = evidence_of(asked.limits, asked.target)
    wish = f"能耗限额标准的 {required} 级"
    if not evidence:
        return Verdict(None, f"没有按现行能耗限额标准填报的审核后实测值，无法判定是否达到{wish}。")
    holds = holds_for(evidence, required)
    if holds is None:
        said = "、".join(dict.fromkeys(e.standing.process for e in evidence if is_open(e, required)))
        return Verdict(None, f"{said}的单位产品能耗没有填全，无法判定是否达到{wish}。")
    if holds:
        return Verdict(True, f"单位产品能耗为限额标准的 {worst(evidence)} 级，达到{wish}。")
    names = dict.fromkeys(
        str(a.indicator["name"]) for e in evidence if missed_whatever(e, required) for a in e.standing.short(required)
    )
    return Verdict(False, f"{named(list(names))}超过{wish}的限额，未达到。")


def split(
    found: dict[tuple[str, str], list[Standing]], *, limits: bool, on: dt.date | None = None
) -> dict[tuple[str, str], list[Standing]]:
    """Return the standings by indicator systems, or those by limits of energy in force on a day, alone."""
    known = {key: [s for s in several if _fits(s.system, limits, on)] for key, several in found.items()}
    return {key: several for key, several in known.items() if several}


def _fits(system: str, limits: bool, on: dt.date | None) -> bool:
    found = systems().get(system)
    if found is None or not found.limits:
        return not limits
    return limits and (on is None or found.in_force(on))
