"""Attainment: which of the notice's targets (part 一) each plant reaches, and the sentence that says why."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis import progress
from cpaudit.programme import industries, units
from cpaudit.vocabulary import CATEGORIES, LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Target

#: The verdicts, from good to bad; “cannot be judged” is an answer of its own.
VERDICTS = {"attained": "达标", "cannot_judge": "无法判定", "not_attained": "未达标"}

_NAMES = {**CATEGORIES, "hazardous_waste": "危险废物"}
_KEYS = ["plant_id", "system", "process"]
#: What reasons are made of; nobody falls short by an indicator that meets level I.
_EXPLAINED = [*_KEYS, "category", "name", "unit", "value", "state", "level_met", "baseline_1", "baseline_2", "baseline_3"]
_EXPLAINED += ["limiting", "hazardous_waste", "quantitative", "lower_is_better", "bonus"]
_CHANGES = ["plant_id", "name", "category", "hazardous_waste", "unit", "before", "after", "change_pct"]
#: How many indicators a reason names before it says 等.
_NAMED = 3


class _Answer(NamedTuple):
    """Whether something holds (None: cannot be judged), and why."""

    holds: bool | None
    reason: str


def targets(ds: Dataset) -> pd.DataFrame:
    """Return every target that binds a plant, with its verdict.

    Columns: plant_id, name, unit, industry, roster, target, label, clause, required_level, level_before, level_after (of what
    the target asks for: the worst of its categories and processes; null unknown), verdict (a key of ``VERDICTS``), reason (one
    Chinese sentence), demonstration (whether an indicator system or parameter without an official source decided it).

    Several targets may bind one plant (一、1 to 4); a stricter level that another rule asks of it replaces the target's.
    A level counts as missed only if it would be missed whatever the missing answers are; else the plant cannot be judged.
    """
    return _targets(ds).copy()


def plants(ds: Dataset) -> pd.DataFrame:
    """Return each plant's verdict: all targets that bind it must be attained.

    Columns: plant_id, name, unit, industry, roster, level_before, level_after (of the plant as a whole: its worst process; null
    unknown), verdict, reason, n_targets, demonstration, left (whether it left the programme without acceptance).
    """
    import pandas as pd

    each = _targets(ds)
    rank = each["verdict"].map({v: n for n, v in enumerate(VERDICTS)})
    worst = each.assign(_rank=rank).sort_values("_rank", ascending=False, kind="stable").drop_duplicates("plant_id")
    worst = worst.set_index("plant_id")
    frame = ds.plants[["plant_id", "name", "unit", "industry", "roster"]].copy()
    for period in ("before", "after"):
        processes = _scores(ds)[period].groupby("plant_id")["level"]
        whole = processes.max().where(processes.count() == processes.size())  # one unknown process: the whole is unknown
        frame[f"level_{period}"] = whole.reindex(frame["plant_id"]).astype("Int64").array
    unbound = {"verdict": "cannot_judge", "reason": "通知没有为该行业规定目标，无法判定。"}
    for column, otherwise in unbound.items():
        frame[column] = worst[column].reindex(frame["plant_id"]).fillna(otherwise).to_numpy()
    several = each.groupby("plant_id")["reason"].agg(lambda reasons: "".join(dict.fromkeys(reasons)))
    same = each.groupby("plant_id")["verdict"].agg("nunique") == 1
    joined = several[same].reindex(frame["plant_id"]).to_numpy()
    frame["reason"] = pd.Series(joined, index=frame.index).fillna(frame["reason"])
    counted = each.groupby("plant_id").agg(n=("target", "count"), demonstration=("demonstration", "max"))
    frame["n_targets"] = counted["n"].reindex(frame["plant_id"]).fillna(0).astype(int).to_numpy()
    frame["demonstration"] = counted["demonstration"].reindex(frame["plant_id"]).eq(True).to_numpy()
    accepted = progress.plants(ds)["accepted_on"].notna()
    frame["left"] = (ds.plants["status"] != "active").to_numpy() & ~accepted.to_numpy()
    return frame


def summary(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """Return how many plants attain, in all or by unit, industry or roster.

    Columns: the grouping (none: one row), plants, left (left without acceptance: not counted further), judged, attained,
    not_attained, cannot_judge, attained_pct (of those judged; null over nothing).
    """
    import pandas as pd

    each = plants(ds)
    staying = ~each["left"]
    flags = {"plants": pd.Series(1, index=each.index), "left": each["left"].astype(int)}
    flags |= {v: ((each["verdict"] == v) & staying).astype(int) for v in VERDICTS}
    counts = pd.DataFrame(flags)
    if by is None:
        frame = pd.DataFrame([counts.sum()])
    else:
        frame = counts.groupby(each[by], sort=False).sum()
        order = {"unit": list(units()), "industry": list(industries())}.get(by)
        if order:
            frame = frame.reindex([k for k in order if k in frame.index])
        frame = frame.reset_index(names=by)
    frame["judged"] = frame["attained"] + frame["not_attained"]
    frame["attained_pct"] = (frame["attained"] / frame["judged"].where(frame["judged"] > 0) * 100).astype(float)
    first = [] if by is None else [by]
    return frame[[*first, "plants", "left", "judged", "attained", "not_attained", "cannot_judge", "attained_pct"]]


@lru_cache(maxsize=4)  # a data set is frozen and compared by identity: the pages ask several times
def _targets(ds: Dataset) -> pd.DataFrame:
    import pandas as pd

    judge = _Judge(ds)
    rows = [row for plant in _records(ds.plants) for row in judge.plant(plant)]
    columns = ["plant_id", "name", "unit", "industry", "roster", "target", "label", "clause", "required_level"]
    frame = pd.DataFrame(rows, columns=[*columns, "level_before", "level_after", "verdict", "reason", "demonstration"])
    levels = ["required_level", "level_before", "level_after"]
    return frame.astype({**dict.fromkeys(levels, "Int64"), "demonstration": bool})


@lru_cache(maxsize=4)
def _scores(ds: Dataset) -> dict[str, pd.DataFrame]:
    from cpaudit import indicators

    scored = indicators.score(ds.measurements)
    return {period: scored[scored["period"] == period] for period in ("before", "after")}


class _Judge:
    """The evidence of all plants, by plant and period, and the rules applied to one plant after the other."""

    def __init__(self, ds: Dataset) -> None:
        from cpaudit import indicators

        self.programme = ds.programme
        self.scores = {p: _by_plant(frame) for p, frame in _scores(ds).items()}
        # with every missing answer taken as the best: what is missed even so is missed for certain
        best = indicators.score(_at_best(ds.measurements))
        self.best = {p: _by_plant(best[best["period"] == p]) for p in ("before", "after")}
        categories = indicators.category_levels(ds.measurements)
        self.categories = {p: _by_plant(categories[categories["period"] == p]) for p in ("before", "after")}
        explained = indicators.explain(ds.measurements[ds.measurements["period"] == "after"])
        self.explained = _by_plant(explained.loc[(explained["level_met"] > 1).eq(True), _EXPLAINED])
        self.changes = _by_plant(indicators.improvement(ds.measurements)[_CHANGES])

    def plant(self, plant: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a row per target that binds the plant."""
        binding = self.programme.targets_for(plant["industry"], _number(plant["hazardous_waste_t"]))
        return [self._row(plant, target) for target in binding]

    def _row(self, plant: dict[str, Any], target: Target) -> dict[str, Any]:
        stricter = _number(plant["stricter_level"])
        required = min(target.requires.level, int(stricter)) if stricter else target.requires.level
        plant_id = plant["plant_id"]
        answer = self._after(plant, target, required)
        improved = False
        if answer.holds and target.if_met_before:
            before = self._reached(plant_id, "before", target, required)
            if before.holds:
                answer, improved = self._improved(plant_id, target), True
            elif before.holds is None:
                answer = _Answer(None, "审核前的实测数据不足，无法判定是否须明显提升。")
        verdict = {True: "attained", False: "not_attained", None: "cannot_judge"}[answer.holds]
        used = {r["status"] for period in ("before", "after") for r in self.scores[period].get(plant_id, ())}
        meaning = self.programme.interpretations.clear_improvement
        return {
            **{k: plant[k] for k in ("plant_id", "name", "unit", "industry", "roster")},
            "target": target.id,
            "label": target.label,
            "clause": target.clause,
            "required_level": required,
            "level_before": self._level(plant_id, "before", target),
            "level_after": self._level(plant_id, "after", target),
            "verdict": verdict,
            "reason": answer.reason,
            "demonstration": bool(used - {"official"}) or (improved and meaning.status == "demonstration"),
        }

    def _after(self, plant: dict[str, Any], target: Target, required: int) -> _Answer:
        trade = industries().get(plant["industry"])
        if trade and not trade.systems:
            return _Answer(None, f"{trade.label}行业没有可用的评价指标体系，无法判定。")
        measured = {r["system"] for r in self.scores["after"].get(plant["plant_id"], ())}
        if not measured:
            return _Answer(None, "没有审核后的实测数据，无法判定。")
        if trade and not measured & set(trade.systems):
            return _Answer(None, f"实测数据所用的评价指标体系不是{trade.label}行业的，无法判定。")
        return self._reached(plant["plant_id"], "after", target, required)

    def _evidence(self, plant_id: str, period: str, target: Target) -> list[dict[str, Any]]:
        """Return what the target looks at, each with level and best (the level if missing answers turned out well)."""
        if target.requires.kind == "overall":
            best = {tuple(r[k] for k in _KEYS): r["level"] for r in self.best[period].get(plant_id, ())}
            found = self.scores[period].get(plant_id, ())
            return [{**r, "what": "企业整体", "best": best[tuple(r[k] for k in _KEYS)]} for r in found]
        wanted = target.requires.categories if target.requires.kind == "categories" else ("hazardous_waste",)
        found = [r for r in self.categories[period].get(plant_id, ()) if r["category"] in wanted and r["n_indicators"]]
        return [{**r, "what": f"{_NAMES[r['category']]}指标", "best": r["known_level"]} for r in found]

    def _level(self, plant_id: str, period: str, target: Target) -> int | None:
        levels = [r["level"] for r in self._evidence(plant_id, period, target)]
        return None if not levels or None in levels else max(levels)

    def _reached(self, plant_id: str, period: str, target: Target, required: int) -> _Answer:
        evidence = self._evidence(plant_id, period, target)
        several = len({(r["system"], r["process"]) for r in evidence}) > 1
        if not evidence:
            return _Answer(
                None, f"没有可判定的{'涉及危险废物的' if target.requires.kind == 'hazardous_waste' else ''}指标，无法判定。"
            )
        missed = [r for r in evidence if r["best"] is not None and r["best"] > required]
        unknown = [r for r in evidence if r["level"] is None or (r["level"] > required and r not in missed)]
        wanted = "Ⅰ级" if required == 1 else f"{LEVELS[required]}及以上"
        if missed:
            said = "、".join(dict.fromkeys(_stands(r, several) for r in missed))
            short = [_shortfall(r, required) for r in self._short(plant_id, missed, target, required)]
            return _Answer(False, f"{said}，未达到{wanted}{f'：{_named(short)}不满足' if short else ''}。")
        if unknown:
            lacking = sum(r["n_missing"] for r in unknown)
            said = "、".join(dict.fromkeys(f"{_where(r, several)}{r['what']}" for r in unknown))
            names = [r["name"] for r in self._short(plant_id, unknown, target, required) if r["state"] == "missing"]
            why = f"缺 {lacking} 项实测值{f'（{_named(names)}）' if names else ''}" if lacking else "评价指标体系没有权重"
            return _Answer(None, f"{said}{why}，无法判定是否达到{wanted}。")
        said = "、".join(dict.fromkeys(_stands(r, several) for r in evidence))
        return _Answer(True, f"{said}，达到{wanted}。")

    def _short(self, plant_id: str, missed: list[dict[str, Any]], target: Target, required: int) -> list[dict[str, Any]]:
        """Return the indicators that keep the plant from the level after the audit: limiting ones first."""
        kind, places = target.requires.kind, {(r["system"], r["process"]) for r in missed}
        categories = {r.get("category") for r in missed}

        def counts(r: dict[str, Any]) -> bool:
            if (r["system"], r["process"]) not in places or r["level_met"] is None or r["level_met"] <= required:
                return False
            if kind == "overall" or r["bonus"]:
                return not r["bonus"]  # a bonus only adds points: nobody misses a level by it
            return r["category"] in categories if kind == "categories" else bool(r["hazardous_waste"])

        found = [r for r in self.explained.get(plant_id, ()) if counts(r)]
        return sorted(found, key=lambda r: not r["limiting"])

    def _improved(self, plant_id: str, target: Target) -> _Answer:
        assert target.if_met_before
        wanted, rule = set(target.if_met_before.improve), self.programme.interpretations.clear_improvement
        changes = [
            r
            for r in self.changes.get(plant_id, ())
            if r["change_pct"] is not None
            and (r["category"] in wanted or (r["hazardous_waste"] and "hazardous_waste" in wanted))
            # a share that is whole can't grow; that it hasn't is no shortcoming
            and not (r["unit"] == "%" and r["before"] == r["after"] == 100)
        ]
        if not changes:
            return _Answer(None, "审核前已达到要求级别，但没有可比的定量指标（前后均为 100% 的不计），无法判定是否明显提升。")
        slack = 1e-9  # a change of exactly 5 % must not fail by a rounding of doubles
        worse = [r for r in changes if r["change_pct"] < -rule.tolerance_pct - slack]
        better = [r for r in changes if r["change_pct"] >= rule.min_change_pct - slack]
        facts = f"{len(changes)} 项可比指标中 {len(better)} 项改善 {rule.min_change_pct:g}% 及以上"
        start = "审核前已达到要求级别，须明显提升："
        if worse:
            first = min(worse, key=lambda r: r["change_pct"])
            several = f"等 {len(worse)} 项" if len(worse) > 1 else ""
            return _Answer(False, f"{start}{first['name']}{several}变差（最多 {-first['change_pct']:.1f}%），未达到。")
        enough = len(better) >= rule.min_share * len(changes)
        return _Answer(enough, f"{start}{facts}，{'达到' if enough else '未达到'}。")


def _at_best(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the measurements with every missing answer replaced by the best there could be."""
    import pandas as pd

    from cpaudit.indicators import indicator_table

    table = indicator_table()
    sign = table["lower_is_better"].map({True: -1.0, False: 1.0})
    ideal = table[["system", "indicator"]].assign(_ideal=sign * 1e300)
    keys = ["plant_id", "system", "process", "period"]
    every = measurements[keys].drop_duplicates().merge(ideal, on="system")
    frame = every.merge(measurements[[*keys, "indicator", "value", "state"]], on=[*keys, "indicator"], how="left")
    missing = ~(frame["state"] == "not_applicable") & ~((frame["state"] == "reported") & frame["value"].notna())
    frame["value"] = frame["value"].where(~missing, frame["_ideal"])
    frame["state"] = pd.Series(frame["state"].where(~missing, "reported"), dtype="str")
    return frame


def _by_plant(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each plant as plain values, None where missing: plant_id → rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _records(frame):
        found.setdefault(row["plant_id"], []).append(row)
    return found


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(c) for c in frame]
    columns = [frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in frame]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _where(row: dict[str, Any], several: bool) -> str:
    return str(row["process"]) if several else ""


def _stands(row: dict[str, Any], several: bool) -> str:
    return f"{_where(row, several)}{row['what']}{'为' if row['level'] <= 3 else ''}{LEVELS[row['level']]}"


def _named(names: list[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"等 {len(names)} 项" if len(names) > _NAMED else "")


def _shortfall(row: dict[str, Any], required: int) -> str:
    if row["state"] == "missing":
        return f"{row['name']}未填报"
    if not row["quantitative"]:
        return str(row["name"])
    bound = "≤" if row["lower_is_better"] else "≥"
    limit = row[f"baseline_{required}"]
    return f"{row['name']} {row['value']:g} {row['unit']}（{LEVELS[required]}基准值{bound}{limit:g}）".replace(" （", "（")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
