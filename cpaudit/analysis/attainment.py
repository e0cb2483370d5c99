"""Attainment: which of the notice's targets (part 一) each plant reaches, and the sentence that says why."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import progress
from cpaudit.analysis.verdicts import Judge
from cpaudit.programme import industries, units

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: The verdicts, from good to bad; “cannot be judged” is an answer of its own.
VERDICTS = {"attained": "达标", "cannot_judge": "无法判定", "not_attained": "未达标"}


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
    judge = _judge(ds)
    for period in ("before", "after"):
        frame[f"level_{period}"] = pd.array([judge.whole(p, period) for p in frame["plant_id"]], dtype="Int64")
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


def category(ds: Dataset, name: str) -> pd.DataFrame:
    """Return each plant's level in one category of indicators: its worst process.

    Columns: plant_id, before, after (Int64, 1 … 4; null where no indicator applies, or a missing answer could change it).
    """
    import pandas as pd

    judge = _judge(ds)
    frame = ds.plants[["plant_id"]].copy()
    for period in ("before", "after"):
        frame[period] = pd.array([judge.category(p, period, name) for p in frame["plant_id"]], dtype="Int64")
    return frame


@lru_cache(maxsize=4)  # a data set is frozen and compared by identity: the pages ask several times
def _targets(ds: Dataset) -> pd.DataFrame:
    import pandas as pd

    judge = _judge(ds)
    asked = ds.plants[["plant_id", "name", "unit", "industry", "roster", "hazardous_waste_t", "stricter_level"]]
    rows = [row for plant in _records(asked) for row in judge.plant(plant)]
    columns = ["plant_id", "name", "unit", "industry", "roster", "target", "label", "clause", "required_level"]
    frame = pd.DataFrame(rows, columns=[*columns, "level_before", "level_after", "verdict", "reason", "demonstration"])
    levels = ["required_level", "level_before", "level_after"]
    return frame.astype({**dict.fromkeys(levels, "Int64"), "demonstration": bool})


@lru_cache(maxsize=4)
def _judge(ds: Dataset) -> Judge:
    return Judge(ds)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, None where missing."""
    names = [str(c) for c in frame]
    columns = [[None if n else v for v, n in zip(frame[c].tolist(), frame[c].isna().tolist(), strict=True)] for c in frame]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
