"""The rule applied: whether one plant reaches one target of the notice (part 一), and the sentence that says why."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis.basis.standing import scorer
from cpaudit.indicators.standing.standings import standings
from cpaudit.programme import industries
from cpaudit.vocabulary import CATEGORIES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Collection

    from cpaudit.dataset import Dataset
    from cpaudit.indicators.standing.standings import Answer, Change, Standing
    from cpaudit.programme import Target

_NAMES = {category: f"{name}指标" for category, name in {**CATEGORIES, "hazardous_waste": "危险废物"}.items()}
#: How many indicators a reason names before it says 等.
_NAMED = 3
_WORST = max(LEVELS)
_WORDS = {True: "attained", False: "not_attained", None: "cannot_judge"}


class Verdict(NamedTuple):
    """Whether something holds (None: cannot be judged), and why."""

    holds: bool | None
    reason: str


class Judged(NamedTuple):
    """One target held against one plant: the columns of :func:`~cpaudit.analysis.attainment.targets` that are not the plant's."""

    target: Target
    required_level: int
    level_before: int | None
    level_after: int | None
    verdict: str
    reason: str
    demonstration: bool


class _Evidence(NamedTuple):
    """One thing that a target looks at: a process as a whole, or one of its categories."""

    standing: Standing
    what: str
    category: str
    level: int | None
    best: int | None
    n_missing: int


class Judge:
    """Where every plant stands, and the targets judged on it."""

    def __init__(self, ds: Dataset, found: dict[tuple[str, str], list[Standing]] | None = None) -> None:
        """Take the standing of every plant's processes, before and after the audit; None computes it."""
        self.programme = ds.programme
        self.standings = standings(scorer(ds)) if found is None else found

    def plant(self, plant: dict[str, Any]) -> list[Judged]:
        """Return what becomes of every target that binds the plant.

        ``plant``: its plant_id, industry, hazardous_waste_t and stricter_level, None where missing.
        """
        before, after = (self.standings.get((plant["plant_id"], period), []) for period in ("before", "after"))
        binding = self.programme.targets_for(plant["industry"], _number(plant["hazardous_waste_t"]))
        return [self._judged(plant, target, before, after) for target in binding]

    def whole(self, plant_id: str, period: str) -> int | None:
        """Return the level of a plant as a whole: its worst process; None where one of them is unknown."""
        levels = [s.level for s in self.standings.get((plant_id, period), ())]
        return None if not levels or None in levels else max(filter(None, levels))

    def category(self, name: str) -> dict[tuple[str, str], int | None]:
        """Return (plant_id, period) → level in one category: its worst process; None where none applies or one is unknown."""
        found: dict[tuple[str, str], int | None] = {}
        for key, several in self.standings.items():
            each = [c for s in several if (c := s.category(name))]
            levels = [c.known_level if not c.n_missing or c.known_level == _WORST else None for c in each]
            found[key] = None if not levels or None in levels else max(filter(None, levels))
        return found

    def stopping(self, plant_id: str, target: Target, required: int) -> list[Answer]:
        """Return what a target looks at, is reported after the audit and doesn't meet a level; process by process."""
        after = self.standings.get((plant_id, "after"), ())
        found = (a for s in after for a in s.short(required) if a.state == "reported")
        return [a for a in found if _looked_at(a, target.requires.kind, target.requires.categories)]

    def _judged(self, plant: dict[str, Any], target: Target, before: list[Standing], after: list[Standing]) -> Judged:
        stricter = _number(plant["stricter_level"])
        required = min(target.requires.level, int(stricter)) if stricter else target.requires.level
        earlier, evidence = _evidence(before, target), _evidence(after, target)
        verdict = _unjudged(plant, after) or _verdict(evidence, target, required)
        improved = False
        if verdict.holds and target.if_met_before:
            met = _holds(earlier, required)
            if met:
                verdict, improved = self._improved(before, after, target), True
            elif met is None:
                verdict = Verdict(None, "审核前的实测数据不足，无法判定是否须明显提升。")
        official = all(s.status == "official" for s in (*before, *after))
        meaning = self.programme.interpretations.clear_improvement
        demonstration = not official or (improved and meaning.status == "demonstration")
        levels = _worst(earlier), _worst(evidence)
        return Judged(target, required, *levels, _WORDS[verdict.holds], verdict.reason, demonstration)

    def _improved(self, before: list[Standing], after: list[Standing], target: Target) -> Verdict:
        assert target.if_met_before
        wanted, rule = set(target.if_met_before.improve), self.programme.interpretations.clear_improvement
        first = {(s.system, s.process): s for s in before}
        pairs = [(s, first[s.system, s.process]) for s in after if (s.system, s.process) in first]
        changes = [c for now, then in pairs for c in now.changes(then) if _counts(c, wanted)]
        if not changes:
            return Verdict(None, "审核前已达到要求级别，但没有可比的定量指标（前后均为 100% 的不计），无法判定是否明显提升。")
        slack = 1e-9  # a change of exactly 5 % must not fail by a rounding of doubles
        worse = [c for c in changes if c.change_pct < -rule.tolerance_pct - slack]
        better = [c for c in changes if c.change_pct >= rule.min_change_pct - slack]
        facts = f"{len(changes)} 项可比指标中 {len(better)} 项改善 {rule.min_change_pct:g}% 及以上"
        start = "审核前已达到要求级别，须明显提升："
        if worse:
            most = min(worse, key=lambda c: c.change_pct)
            several = f"等 {len(worse)} 项" if len(worse) > 1 else ""
            return Verdict(False, f"{start}{most.indicator['name']}{several}变差（最多 {-most.change_pct:.1f}%），未达到。")
        enough = len(better) >= rule.min_share * len(changes)
        return Verdict(enough, f"{start}{facts}，{'达到' if enough else '未达到'}。")


def _unjudged(plant: dict[str, Any], after: list[Standing]) -> Verdict | None:
    """Say why a plant can't be judged by any target, if so: no system for its trade, or no data by one of them."""
    trade = industries().get(plant["industry"])
    if trade and not trade.systems:
        return Verdict(None, f"{trade.label}行业没有可用的评价指标体系，无法判定。")
    if not after:
        return Verdict(None, "没有审核后的实测数据，无法判定。")
    if trade and not any(s.system in trade.systems for s in after):
        return Verdict(None, f"实测数据所用的评价指标体系不是{trade.label}行业的，无法判定。")
    return None


def _evidence(standings: list[Standing], target: Target) -> list[_Evidence]:
    """Return what the target looks at, each with level and best (the level if missing answers turned out well)."""
    if target.requires.kind == "overall":
        return [_Evidence(s, "企业整体", "", s.level, s.best, s.n_missing) for s in standings]
    wanted = sorted(target.requires.categories) if target.requires.kind == "categories" else ["hazardous_waste"]
    return [
        _Evidence(s, _NAMES[name], name, c.level, c.known_level, c.n_missing)
        for s in standings
        for name in wanted
        if (c := s.category(name))
    ]


def _counts(change: Change, wanted: set[Any]) -> bool:
    row = change.indicator
    if row["category"] not in wanted and not (row["hazardous_waste"] and "hazardous_waste" in wanted):
        return False
    # a share that is whole can't grow; that it hasn't is no shortcoming
    return not (row["unit"] == "%" and change.before == change.after == 100)


def _worst(evidence: list[_Evidence]) -> int | None:
    levels = [e.level for e in evidence]
    return None if not levels or None in levels else max(filter(None, levels))


def _missed(evidence: _Evidence, required: int) -> bool:
    """Whether the level is missed whatever the missing answers are."""
    return evidence.best is not None and evidence.best > required


def _unknown(evidence: _Evidence, required: int) -> bool:
    """Whether it hangs on missing answers (or weights) if the level is reached."""
    return evidence.level is None or (evidence.level > required and not _missed(evidence, required))


def _holds(evidence: list[_Evidence], required: int) -> bool | None:
    """Return whether all that a target looks at reaches a level; None: cannot be judged."""
    if any(_missed(e, required) for e in evidence):
        return False
    return None if not evidence or any(_unknown(e, required) for e in evidence) else True


def _verdict(evidence: list[_Evidence], target: Target, required: int) -> Verdict:
    """Return whether a target holds, and why."""
    holds = _holds(evidence, required)
    several = len({(e.standing.system, e.standing.process) for e in evidence}) > 1
    wanted = "Ⅰ级" if required == 1 else f"{LEVELS[required]}及以上"
    if not evidence:
        kind = "涉及危险废物的" if target.requires.kind == "hazardous_waste" else ""
        return Verdict(None, f"没有可判定的{kind}指标，无法判定。")
    if holds is None:
        unknown = [e for e in evidence if _unknown(e, required)]
        said = "、".join(dict.fromkeys(f"{_where(e, several)}{e.what}" for e in unknown))
        return Verdict(None, f"{said}{_lacking(unknown, target, required)}，无法判定是否达到{wanted}。")
    if holds:
        said = "、".join(dict.fromkeys(_stands(e, several) for e in evidence))
        return Verdict(True, f"{said}，达到{wanted}。")
    missed = [e for e in evidence if _missed(e, required)]
    said = "、".join(dict.fromkeys(_stands(e, several) for e in missed))
    short = _short(missed, target, required)
    named = _named([_shortfall(a, required) for a in short[:_NAMED]], len(short))
    return Verdict(False, f"{said}，未达到{wanted}{f'：{named}不满足' if short else ''}。")


def _lacking(unknown: list[_Evidence], target: Target, required: int) -> str:
    """Say what is missing for a verdict."""
    forms = [e.standing.block.form for e in unknown if target.requires.kind == "overall"]
    for form in forms:
        if not form.rule["weighted"]:
            own = any(row["form"] != row["system"] for row in form.rows)  # the plant's parameters give the weights
            return f"没有级别（{'缺确定权重所需的企业参数' if own else '评价指标体系没有权重'}）"
    missing = [a.indicator for a in _short(unknown, target, required) if a.state == "missing"]
    names = [row["name"] if row["known"] else f"{row['name']}所需的企业参数" for row in missing]
    number = sum(e.n_missing for e in unknown)
    if not number:
        return "没有级别（有一级指标全部不适用，评价指标体系规定不予评级）"
    what = "实测值" if all(row["known"] for row in missing) else "实测值或企业参数"
    return f"缺 {number} 项{what}{f'（{_named(names, len(names))}）' if names else ''}"


def _short(missed: list[_Evidence], target: Target, required: int) -> list[Answer]:
    """Return the indicators that keep a plant from the level: limiting ones first."""
    kind, categories = target.requires.kind, {e.category for e in missed}
    places = {id(e.standing): e.standing for e in missed}.values()
    found = [a for s in places for a in s.short(required) if _looked_at(a, kind, categories)]
    return sorted(found, key=lambda a: not a.indicator["limiting"])


def _looked_at(answer: Answer, kind: str, categories: Collection[str]) -> bool:
    """Whether a requirement of a kind looks at an indicator."""
    row = answer.indicator
    if kind == "overall" or row["bonus"]:
        return not row["bonus"]  # a bonus only adds points: nobody misses a level by it
    return row["category"] in categories if kind == "categories" else bool(row["hazardous_waste"])


def _where(evidence: _Evidence, several: bool) -> str:
    return evidence.standing.process if several else ""


def _stands(evidence: _Evidence, several: bool) -> str:
    level = evidence.level
    assert level is not None  # what is missed or reached has one
    return f"{_where(evidence, several)}{evidence.what}{'为' if level <= 3 else ''}{LEVELS[level]}"


def _named(names: list[str], number: int) -> str:
    return "、".join(names[:_NAMED]) + (f"等 {number} 项" if number > _NAMED else "")


def _shortfall(answer: Answer, required: int) -> str:
    row = answer.indicator
    if answer.value is None:
        return f"{row['name']}未填报"
    if not row["quantitative"]:
        return str(row["name"])
    bound = ("＜≤" if row["lower_is_better"] else "＞≥")[not row["strict"]]
    limit = _plain(row[f"baseline_{required}"])
    return f"{row['name']} {_plain(answer.value)} {row['unit']}（{LEVELS[required]}基准值{bound}{limit}）".replace(" （", "（")


def _plain(value: float) -> str:
    """Return a number with the digits it was given with, never as a power of ten.

    >>> _plain(1234567.0), _plain(0.00002), _plain(292.0004)
    ('1234567', '0.00002', '292.0004')
    """
    return f"{Decimal(f'{value:.12g}'):f}"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
