"""The rule applied: whether one plant reaches one target of the notice (part 一), and the sentence that says why."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis.basis.standing import scorer
from cpaudit.analysis.judging.demands import Asked, if_bound, judged, split
from cpaudit.analysis.judging.evidence import (
    NAMED,
    Evidence,
    Verdict,
    evidence_of,
    holds_for,
    is_open,
    missed_whatever,
    named,
    plain,
    wholes,
    worst,
)
from cpaudit.analysis.judging.improvement import improved
from cpaudit.indicators import find_system
from cpaudit.indicators.standing.standings import confirmed, standings
from cpaudit.programme import industries
from cpaudit.programme.targets import BY_SYSTEM
from cpaudit.vocabulary import LEVELS, weakest
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Collection

    from cpaudit.dataset import Dataset
    from cpaudit.indicators.standing.scorer import Scorer
    from cpaudit.indicators.standing.standings import Answer, Standing
    from cpaudit.programme import Target
    from cpaudit.programme.targets import Requirement

_WORDS = {True: "attained", False: "not_attained", None: "cannot_judge"}


class Judged(NamedTuple):
    """One target held against one plant: the columns of :func:`~cpaudit.analysis.attainment.targets` that are not the plant's.

    ``certain``: whether the target is known to bind; ``verification``: the least verified system or parameter that decided
    (a key of VERIFICATIONS; None: nothing did).
    """

    target: Target
    certain: bool
    required_level: int | None
    level_before: int | None
    level_after: int | None
    verdict: str
    reason: str
    verification: str | None


class Standings(NamedTuple):
    """Where processes stand: ``marked``, as reported; ``confirmed``, what is marked 不适用 and to be confirmed not answered.

    Levels are those of the first, verdicts those of the second.
    """

    marked: dict[tuple[str, str], list[Standing]]
    confirmed: dict[tuple[str, str], list[Standing]]

    def __or__(self, other: Standings) -> Standings:
        """Return both, the other's where both have a plant's period."""
        return Standings(self.marked | other.marked, self.confirmed | other.confirmed)


def stand(ds: Dataset, ready: Scorer) -> Standings:
    """Return where the processes of a scorer stand, by the interpretations of the data set's programme."""
    marked = standings(ready)
    most = ds.programme.interpretations.not_applicable.max_weight_pct / 100
    return Standings(marked, confirmed(ready, marked, most, _settled(ds)))


def _settled(ds: Dataset) -> frozenset[tuple[str, ...]]:
    """Return what a person confirmed to be not applicable (plant, system, process, period, indicator), as loads note it.

    An indicator of several parts is confirmed with all of its parts that are so marked.
    """
    place = ["plant_id", "file", "sheet", "cell"]
    noted = ds.problems.loc[ds.problems["code"] == "na_confirmed", place].drop_duplicates()
    if noted.empty:
        return frozenset()
    marked = ds.measurements[ds.measurements["state"] == "not_applicable"].astype(object)
    marked = marked.merge(noted.astype(object).assign(noted=True), on=place, how="left")
    found: dict[tuple[str, ...], bool] = {}
    columns = ["plant_id", "system", "process", "period", "indicator", "noted"]
    for *unit, part, known in marked[columns].itertuples(index=False, name=None):
        key = (*unit, _whole(unit[1]).get(part, part))
        found[key] = found.get(key, True) and known is True
    return frozenset(key for key, every in found.items() if every)


@cache
def _whole(system: str) -> dict[str, str]:
    """Return what plants fill in → the indicator that it belongs to."""
    return {part: indicator.id for part, indicator in find_system(system).owners().items()}


#: What is said of values after the audit that aren't there, by what the ledger says of their return.
_ABSENT = {x: f"审核后的实测数据{y}" for x, y in {"unread": "收到而未能读取", "blank": "报来而未填", "nothing": "未报送"}.items()}


class Judge:
    """Where every plant stands, and the targets judged on it."""

    def __init__(self, ds: Dataset, found: Standings | None = None) -> None:
        """Take where every plant's processes stand, before and after the audit; None computes it."""
        self.programme, self.ds = ds.programme, ds
        every = found or stand(ds, scorer(ds))
        self.standings, self.confirmed = (split(part, limits=False) for part in every)
        #: Where processes stand against the limits of energy that were in force: no part of a plant's level. That a plant
        #: doesn't make most of a standard's products is no claim to be confirmed.
        self.limits = split(every.marked, limits=True, on=ds.as_of)

    def plant(self, plant: dict[str, Any]) -> list[Judged]:
        """Return what becomes of every target that binds the plant, or may.

        ``plant``: its columns as conditions ask about them (:data:`~cpaudit.programme.targets.Facts`), plant_id and
        stricter_level; None where missing.
        """
        before, after = (self.confirmed.get((plant["plant_id"], period), []) for period in ("before", "after"))
        found = []
        for target, certain in self.programme.bound(plant):
            if target.requires.kind in BY_SYSTEM:
                found.append(self._judged(plant, target, certain, before, after))
                continue
            asked = Asked(plant, target, before, after, self.limits.get((plant["plant_id"], "after"), []))
            verdict, status = judged(self.ds, asked)
            verdict = verdict if certain else if_bound(verdict, target, plant)
            found.append(
                Judged(target, certain, target.requires.level, None, None, _WORDS[verdict.holds], verdict.reason, status)
            )
        return found

    def whole(self, plant_id: str, period: str) -> int | None:
        """Return the level of a plant as a whole: its worst process; None where one of them is unknown."""
        if period == "after" and self._silent(plant_id):
            return None
        return worst(wholes(self.standings.get((plant_id, period), [])))

    def _silent(self, plant_id: str) -> list[str]:
        """Return the processes that have values before the audit and none after it."""
        before, after = (
            {(s.system, s.process) for s in self.standings.get((plant_id, period), ()) if s.reported}
            for period in ("before", "after")
        )
        return [process for _, process in sorted(before - after)]

    def _unjudged(self, plant: dict[str, Any], after: list[Standing]) -> Verdict | None:
        """Say why a plant can't be judged by any target, if so: no system for its trade, or no data by one of them."""
        trade = industries().get(plant["industry"])
        if trade and not trade.systems:
            return Verdict(None, f"{trade.label}行业没有可用的评价指标体系，无法判定。")
        if not after:
            return Verdict(None, f"{self._returned.get(plant['plant_id'], '没有审核后的实测数据')}，无法判定。")
        if trade and not any(s.system in trade.systems for s in after):
            return Verdict(None, f"实测数据所用的评价指标体系不是{trade.label}行业的，无法判定。")
        return None

    @cached_property
    def _returned(self) -> dict[str, str]:
        """What the ledger says of each plant's values after the audit that didn't come, or came to nothing."""
        rows = self.ds.returns.query("kind == 'measurements' and period == 'after' and plant_id.notna()")
        return {plant: _ABSENT[state] for plant, state in zip(rows["plant_id"], rows["state"], strict=True) if state in _ABSENT}

    def category(self, name: str) -> dict[tuple[str, str], int | None]:
        """Return (plant_id, period) → level in one category: its worst process; None where none applies or one is unknown."""
        found: dict[tuple[str, str], int | None] = {}
        for key, several in self.standings.items():
            each = [c for s in several if (c := s.category(name))]
            levels = [c.known_level if not c.n_missing or c.known_level == max(LEVELS) else None for c in each]
            silent = key[1] == "after" and self._silent(key[0])
            found[key] = None if not levels or None in levels or silent else max(filter(None, levels))
        return found

    def stopping(self, plant_id: str, target: Target, required: int) -> list[Answer]:
        """Return what a target looks at, is reported after the audit and doesn't meet a level; process by process."""
        after = self.standings.get((plant_id, "after"), ())
        found = (a for s in after for a in s.short(required) if a.state == "reported")
        return [a for a in found if _looked_at(a, target.requires)]

    def _judged(
        self, plant: dict[str, Any], target: Target, certain: bool, before: list[Standing], after: list[Standing]
    ) -> Judged:
        stricter, asked = plant["stricter_level"], target.requires.level
        assert asked  # kinds that are judged by a system ask for one
        required = min(asked, int(stricter)) if stricter else asked
        earlier, evidence = evidence_of(before, target), evidence_of(after, target)
        verdict = self._unjudged(plant, after) or _verdict(evidence, target, required)
        silent = self._silent(plant["plant_id"])
        if verdict.holds and silent:
            said = "、".join(dict.fromkeys(silent))
            verdict = Verdict(None, f"{said}有审核前的实测数据，没有审核后的，无法判定。")
        rules, asked_to_improve = self.programme.interpretations, False
        if verdict.holds and target.if_met_before:
            met = holds_for(earlier, asked if rules.stricter_level.choice == "keeps_duty" else required)
            if met:
                verdict, asked_to_improve = improved(before, after, target, rules.clear_improvement), True
            elif met is None:
                verdict = Verdict(None, "审核前的实测数据不足，无法判定是否须明显提升。")
        unread = (plant["unread_fields"] or "").split(";")
        if verdict.holds and required > 1 and "stricter_level" in unread:
            verdict = Verdict(None, "从严级别填写了而未读懂，不知道须达到哪一级，无法判定。")
        if not certain:
            verdict = if_bound(verdict, target, plant)
        used = [s.status for s in (*before, *after)] + ([rules.clear_improvement.status] if asked_to_improve else [])
        first, last = (worst(evidence_of(self.standings.get((plant["plant_id"], p), []), target)) for p in ("before", "after"))
        levels = first, None if silent else last
        return Judged(target, certain, required, *levels, _WORDS[verdict.holds], verdict.reason, weakest(used))


def _verdict(evidence: list[Evidence], target: Target, required: int) -> Verdict:
    """Return whether a target holds, and why."""
    holds = holds_for(evidence, required)
    several = len({(e.standing.system, e.standing.process) for e in evidence}) > 1
    wanted = "Ⅰ级" if required == 1 else f"{LEVELS[required]}及以上"
    if not evidence:
        kind = {"hazardous_waste": "涉及危险废物的", "indicators": "目标所列的"}.get(target.requires.kind, "")
        return Verdict(None, f"没有可判定的{kind}指标，无法判定。")
    if holds is None:
        unknown = [e for e in evidence if is_open(e, required)]
        said = "、".join(dict.fromkeys(f"{_where(e, several)}{e.what}" for e in unknown))
        return Verdict(None, f"{said}{_lacking(unknown, target, required)}，无法判定是否达到{wanted}。")
    if holds:
        said = "、".join(dict.fromkeys(_stands(e, several) for e in evidence))
        return Verdict(True, f"{said}，达到{wanted}。")
    missed = [e for e in evidence if missed_whatever(e, required)]
    said = "、".join(dict.fromkeys(_stands(e, several) for e in missed))
    short = [a for a in _short(missed, target, required) if a.state == "reported"]
    shown = named([_shortfall(a, required) for a in short[:NAMED]], len(short))
    return Verdict(False, f"{said}，未达到{wanted}{f'：{shown}不满足' if short else ''}。")


def _lacking(unknown: list[Evidence], target: Target, required: int) -> str:
    """Say what is missing for a verdict."""
    forms = [e.standing.block.form for e in unknown if target.requires.kind == "overall"]
    for form in forms:
        if not form.rule["weighted"]:
            own = any(row["form"] != row["system"] for row in form.rows)  # the plant's parameters give the weights
            return f"没有级别（{'缺确定权重所需的企业参数' if own else '评价指标体系没有权重'}）"
    short = [a for a in _short(unknown, target, required) if a.state == "missing"]
    missing = [a.indicator for a in short if not a.asked]
    names = [row["name"] if row["known"] else f"{row['name']}所需的企业参数" for row in missing]
    confirm = [a.indicator["name"] for a in short if a.asked]
    number = sum(e.n_missing for e in unknown) - len(confirm)
    if not number and not confirm:
        return "没有级别（有一级指标全部不适用，评价指标体系规定不予评级）"
    what = "实测值" if all(row["known"] for row in missing) else "实测值或企业参数"
    said = [f"缺 {number} 项{what}{f'（{named(names)}）' if names else ''}"] if number else []
    said += [f"有 {len(confirm)} 项标为不适用待确认（{named(confirm)}）"] if confirm else []
    return "、".join(said)


def _short(missed: list[Evidence], target: Target, required: int) -> list[Answer]:
    """Return the indicators that keep a plant from the level: limiting ones first."""
    categories = {e.category for e in missed}
    places = {id(e.standing): e.standing for e in missed}.values()
    found = [a for s in places for a in s.short(required) if _looked_at(a, target.requires, categories)]
    return sorted(found, key=lambda a: not a.indicator["limiting"])


def _looked_at(answer: Answer, need: Requirement, categories: Collection[str] | None = None) -> bool:
    """Whether a requirement looks at an indicator; ``categories``: of which alone it is asked."""
    row = answer.indicator
    if need.kind == "overall" or row["bonus"]:
        return not row["bonus"]  # a bonus only adds points: nobody misses a level by it
    if need.kind == "indicators":
        return bool({row["indicator"], row["name"]} & set(need.indicators))
    if need.kind == "categories":
        return row["category"] in (need.categories if categories is None else categories)
    return bool(row["hazardous_waste"])


def _where(evidence: Evidence, several: bool) -> str:
    return evidence.standing.process if several else ""


def _stands(evidence: Evidence, several: bool) -> str:
    level = evidence.level
    assert level is not None  # what is missed or reached has one
    if evidence.best and evidence.best < level == max(LEVELS):  # that no level is reached isn't proved
        return f"{_where(evidence, several)}{evidence.what}最高可能为{LEVELS[evidence.best]}"
    return f"{_where(evidence, several)}{evidence.what}{'为' if level <= 3 else ''}{LEVELS[level]}"


def _shortfall(answer: Answer, required: int) -> str:
    row = answer.indicator
    if answer.value is None or not row["quantitative"]:
        return str(row["name"])
    bound = ("＜≤" if row["lower_is_better"] else "＞≥")[not row["strict"]]
    limit = plain(row[f"baseline_{required}"])
    return f"{row['name']} {plain(answer.value)} {row['unit']}（{LEVELS[required]}基准值{bound}{limit}）".replace(" （", "（")
