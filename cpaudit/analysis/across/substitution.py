"""A new indicator system in place of a present one: which reported values it can use, and the levels that come of them."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators import Scorer, bounds, score, systems
from cpaudit.indicators.expression.frames import KEYS
from cpaudit.quantities.conversion import converted, ratio

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.indicators import Indicator, IndicatorSystem

#: What becomes of a new system's indicator; in all but the first two its answer is missing.
USES = {
    "taken": "采用",
    "converted": "换算后采用",
    "absent": "现行体系没有这一项",
    "unit": "单位不同，不能换算",
    "answer": "填报方式不同，须重新填报",
    "texts": "各级文字不同，须重新填报",
    "composite": "按条件判定，须重新填报",
}


class Substitution(NamedTuple):
    """``matches``: one row per indicator of the new system; ``levels``: one row per plant, process and period.

    matches: indicator, name, group, unit, limiting, present (id of the present system's indicator; null), present_unit, use (a
    key of ``USES``), factor (value × factor is in the new unit), n_plants (with a reported value).
    levels: plant_id, process, period, present and new (Int64, 1 … 4; null: no index; what is missing counts as not met),
    best (Int64: the new level if all that is missing were as good as can be), n_missing (of the new system).
    """

    matches: pd.DataFrame
    levels: pd.DataFrame


def closest(ds: Dataset, new: IndicatorSystem) -> str | None:
    """返回现有体系中与新体系同名指标最多的一个，没有时为 None。

    Return the system in use that shares most indicators' names with ``new``; None where none shares any.
    """
    names = {_plain(i.name) for i in new.indicators()}
    used = [s for s in ds.measurements["system"].value_counts().index if s in systems() and s != new.id]
    shared = {s: len(names & {_plain(i.name) for i in systems()[s].indicators()}) for s in used}
    best = max(shared, key=lambda s: shared[s], default=None)
    return best if best is not None and shared[best] else None


def substitute(ds: Dataset, new: IndicatorSystem, present: IndicatorSystem) -> Substitution:
    """用新体系重算按现有体系填报的企业，看级别怎样变。

    Score what plants reported for ``present`` by ``new``.

    An indicator takes the values of the present system's indicator of the same name if both are filled in alike: numbers in
    the same unit, or one that converts; yes or no; levels whose texts are the same. Everything else is missing until asked for.
    """
    import pandas as pd

    mine = ds.measurements[ds.measurements["system"] == present.id]
    known = {_plain(i.name): i for i in present.indicators()}
    reported = mine[mine["state"] == "reported"].groupby("indicator")["plant_id"].nunique()
    rows = []
    for group in new.groups:
        for indicator in group.indicators:
            old = known.get(_plain(indicator.name))
            use, factor = _use(indicator, old)
            told: dict[str, Any] = {"indicator": indicator.id, "name": indicator.name, "group": group.name}
            told |= {
                "unit": indicator.unit,
                "limiting": indicator.limiting,
                "present": old.id if old else None,
                "present_unit": old.unit if old else "",
            }
            rows.append(told | {"use": use, "factor": factor, "n_plants": int(reported.get(old.id, 0)) if old else 0})
    matches = pd.DataFrame(rows)
    return Substitution(matches, _levels(mine, matches, new, present))


def translated(measurements: pd.DataFrame, matches: pd.DataFrame, new: IndicatorSystem) -> pd.DataFrame:
    """把按现有体系填报的实测值换成新体系的。

    Return the measurements of a present system as those of ``new``; units of measurements that can be used, no others.
    """
    usable = matches[matches["use"].isin(["taken", "converted"])]
    pairs = usable[["present", "indicator", "factor"]].rename(columns={"indicator": "to", "present": "indicator"})
    frame = measurements.merge(pairs, on="indicator")
    frame["value"] = [converted(value, Fraction(repr(by))) for value, by in zip(frame["value"], frame["factor"], strict=True)]
    return frame.assign(system=new.id, indicator=frame["to"])[[*KEYS, "indicator", "value", "state"]]


def _levels(measurements: pd.DataFrame, matches: pd.DataFrame, new: IndicatorSystem, present: IndicatorSystem) -> pd.DataFrame:
    keys = ["plant_id", "process", "period"]
    moved = translated(measurements, matches, new)
    now = score(measurements, [present])[[*keys, "level"]].rename(columns={"level": "present"})
    ready = Scorer(moved, [new])
    then = ready.scores()[[*keys, "level", "n_missing"]].rename(columns={"level": "new"})
    best = bounds(ready)[[*keys, "highest"]].rename(columns={"highest": "best"})
    return now.merge(then, on=keys, how="left").merge(best, on=keys, how="left")


def _use(new: Indicator, old: Indicator | None) -> tuple[str, float]:
    if old is None:
        return "absent", 1.0
    if "conditions" in (new.answer, old.answer):
        return "composite", 1.0
    if new.answer != old.answer:
        return "answer", 1.0
    if new.answer == "level":
        texts = [tuple(map(_plain, (i.texts.I, i.texts.II, i.texts.III))) for i in (new, old)]
        return ("taken" if texts[0] == texts[1] else "texts"), 1.0
    if new.answer == "yes_no" or _plain(new.unit) == _plain(old.unit):
        return "taken", 1.0
    factor = ratio(old.unit, new.unit)
    return ("unit", 1.0) if factor is None else ("taken" if factor == 1 else "converted", float(factor))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
