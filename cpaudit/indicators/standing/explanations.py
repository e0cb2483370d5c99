"""Every indicator of every unit: its answer, the level it meets, the points it brings; and what keeps a unit from a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.details import EXPLAINED, with_gaps
from cpaudit.indicators.expression.frames import KEYS, LEVELS
from cpaudit.indicators.standing.asked import level_of, scorer_of
from cpaudit.indicators.standing.blocks import DECLINED, REPORTED
from cpaudit.indicators.standing.scorer import together

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer


def explanations(scorer: Scorer) -> pd.DataFrame:
    """逐项解释：各单元每项指标的实测值、达到的级别和得分，与 explain 的表相同。

    Returns:
        as :func:`~cpaudit.indicators.explain`.

    Raises:
        UsageError: ``scorer`` is none.
    """
    scorer_of(scorer)
    frame = together([_explained(block) for block in scorer.blocks.values()], EXPLAINED)
    return with_gaps(frame.sort_values([*KEYS, "order"], ignore_index=True))


def obstacles(scorer: Scorer, level: int | str) -> pd.DataFrame:
    """未达到某一级的原因：先列未达到的限定性指标，再列没有实测值的，再按少得的分数从多到少列其余指标。

    Only units that have a composite index and aren't known to reach the level have rows.

    Returns:
        plant_id, system, process, period; kind (``limiting``: a limiting indicator below the level; ``missing``: one without a
        value, of which nobody can say; ``points``: another that doesn't meet it); indicator, name, unit, limiting, value, state,
        level_met, baseline (of the level), text, gap, gap_pct,
        lost (points of the index of that level that it doesn't bring). Sorted by the keys, kind, lost (most first).

    >>> import cpaudit as cp
    >>> mine = cp.example().plant("霁丑特种水泥").measurements
    >>> after = cp.indicators.Scorer(mine[mine["period"] == "after"])
    >>> obstacles(after, 1)["kind"].isin(["limiting", "missing", "points"]).all().item()
    True

    Raises:
        UsageError: ``scorer`` is none, or ``level`` not 1, 2 or 3 (nor Ⅰ级, Ⅱ级, Ⅲ级).
    """
    scorer_of(scorer)
    level = level_of(level)
    scores = scorer.scores()
    reached = (scores["level"] <= level).fillna(False) | scores["highest"].isna()
    rows = explanations(scorer).merge(scores.loc[~reached, KEYS], on=KEYS)
    missing = rows["counts"] & (rows["state"] == "missing")
    rows = rows[((rows["level_met"] > level).fillna(False) | missing) & ~rows["bonus"]].copy()
    rows["kind"] = rows["limiting"].map({True: "limiting", False: "points"}).astype("str")
    rows["kind"] = rows["kind"].where(rows["state"] != "missing", "missing")
    rows["lost"] = rows["weight"] * 100 - rows[f"contribution_{level}"]
    rows = rows.rename(columns={f"{name}_{level}": name for name in ("baseline", "text", "gap", "gap_pct")})
    order = [True] * (len(KEYS) + 1)
    rows = rows.sort_values([*KEYS, "kind", "lost", "order"], ascending=[*order, False, True])
    told = ["indicator", "name", "unit", "limiting", "value", "state", "level_met", "baseline", "text", "gap", "gap_pct", "lost"]
    return rows[[*KEYS, "kind", *told]].reset_index(drop=True)


def _explained(block: Block) -> pd.DataFrame:
    """Return the rows of a block's units, one per indicator, without the gaps."""
    import numpy as np
    import pandas as pd

    form, (n, length) = block.form, block.values.shape
    told = form.table.iloc[np.tile(np.arange(length), n)].reset_index(drop=True)
    units = pd.DataFrame(block.units, columns=KEYS).iloc[np.repeat(np.arange(n), length)].reset_index(drop=True)
    reported, weights = block.states == REPORTED, _weights(block)
    level = pd.Series(block.level_met.ravel(), dtype="Int64")
    columns: dict[str, Any] = {
        "value": np.where(reported, block.values * form.sign, np.nan).ravel(),
        "state": np.where(reported, "reported", np.where(block.states == DECLINED, "not_applicable", "missing")).ravel(),
        "level_met": level.where((block.applies & reported).ravel()),
        "counts": block.applies.ravel(),
        "weight": weights.ravel(),
    }
    met = block.met & (form.counts == 1)
    columns |= {f"contribution_{k}": (met[k - 1] * (weights * 100)).ravel() for k in LEVELS}
    return told.assign(**{name: units[name] for name in KEYS}, **columns)


def _weights(block: Block) -> np.ndarray:
    """Return the effective share of each indicator in the whole, after what doesn't apply was shared out (n × i)."""
    import numpy as np

    form = block.form
    if not form.rule["weighted"]:
        return np.full(block.values.shape, np.nan)
    off = ((block.states == DECLINED).astype(float) @ form.shares).astype(np.int64)
    left = form.total - off * form.shared
    gone = form.empty(off) & (form.rule["empty_group"] == "drop")
    rest = form.rule["whole"] - gone @ form.group_weight
    group = form.shares.argmax(axis=1)
    own = form.shares.max(axis=1, initial=0).astype(np.int64) * block.applies
    some = np.maximum(left[:, group] * rest[:, None], 1)
    return np.where(own > 0, form.group_weight[group] * own / some, 0.0)
