"""The forecast, measured: what was said and what came, by milestone and days ahead, in worlds that it wasn't built on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cpaudit.bench.common import Result, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from cpaudit.dataset import Dataset

#: The seeds that the forecast was built on, and those that it is measured on.
BUILT_ON = range(1, 35)
MEASURED_ON = range(101, 107)
OTHERS = range(201, 204)
MILESTONES = ("assessed", "implemented", "accepted")
AHEAD = (45, 30, 21, 14, 7, 5, 3, 1)
_OVER = dt.date(2023, 1, 31)


def measure(scratch: Scratch) -> list[Result]:
    """Measure both worlds; the value is what was said less what came, in points."""
    from cpaudit.bench import made

    found = []
    worlds = (("sample", made.sample_history, MEASURED_ON), ("other", made.other_history, OTHERS))
    for world, history, seeds in worlds:
        for r in table(history, seeds).to_dict("records"):
            how = f"种子 {seeds[0]}—{seeds[-1]}；给出推算的 {r['told']}/{r['asked']} 次，{r['n']} 家；"
            how += f"推算 {r['expected_pct']:.1f}%，实际 {r['made_pct']:.1f}%；不论是否给出，相差 {r['off_all']:.1f}"
            found.append(
                Result(f"calibration.{world}.{r['milestone']}.{r['days_ahead']}", float(r["off_pct"]), "百分点", "|·| ≤ 5", how)
            )
    return found


def table(
    history: Callable[[int, dt.date], Dataset], seeds: Sequence[int], milestones: Sequence[str] = MILESTONES,
    ahead: Sequence[int] = AHEAD,
) -> pd.DataFrame:  # fmt: skip
    """Return, by milestone and days ahead, what forecasts said and what came.

    Columns: milestone, days_ahead, asked (data sets), told (of them with a forecast), n (plants with a chance), expected_pct,
    made_pct, off_pct (of what was told), off_all (held back or not).
    """
    import pandas as pd

    from cpaudit.analysis import forecast

    rows = []
    for seed in seeds:
        ds = history(seed, _OVER)
        for m in milestones:
            for days in ahead:
                due = ds.programme.fixed_day(ds.programme.milestone(m))
                assert due
                then = ds.at(due - dt.timedelta(days)).reduced(ds.plants["plant_id"])
                both = forecast.compared(ds, m, days)
                told = bool(len(both)) and bool(forecast.forecast(then, m)["chance_pct"].notna().any())
                rows.append((m, days, told, len(both), both["chance_pct"].sum(), both["made"].sum() * 100))
    frame = pd.DataFrame(rows, columns=["milestone", "days_ahead", "told", "n", "expected", "made"])
    groups = frame.groupby(["milestone", "days_ahead"], sort=False)
    whole, asked = groups[["n", "expected", "made"]].sum(), groups.size()
    some = frame[frame["told"]].groupby(["milestone", "days_ahead"])[["n", "expected", "made"]].sum().reindex(whole.index)
    found = pd.DataFrame({"asked": asked, "told": groups["told"].sum(), "n": some["n"].fillna(0).astype(int)})
    found["expected_pct"], found["made_pct"] = some["expected"] / some["n"], some["made"] / some["n"]
    found["off_pct"] = found["expected_pct"] - found["made_pct"]
    found["off_all"] = (whole["expected"] - whole["made"]) / whole["n"]
    return found.reset_index()
