"""The forecast, measured: what was said and what came, by milestone and days ahead, in worlds that it wasn't built on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from cpaudit.bench.common import Result, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    from cpaudit.dataset import Dataset

#: The seeds that the forecast was built on, and those that it is measured on, in both worlds.
BUILT_ON = (*range(1, 35), *range(301, 333))
MEASURED_ON = range(341, 353)
MILESTONES = ("registered", "assessed", "implemented", "accepted")
AHEAD = (60, 30, 14, 7, 3, 1)
_OVER = dt.date(2023, 1, 31)


def measure(scratch: Scratch) -> list[Result]:
    """Measure both worlds; the value is what was said less what came, in points."""
    from cpaudit.bench import made

    found = []
    for world, history in (("sample", made.sample_history), ("other", made.other_history)):
        for r in table(history, MEASURED_ON).to_dict("records"):
            how = f"种子 {MEASURED_ON[0]}—{MEASURED_ON[-1]}；给出推算的 {r['told']}/{r['asked']} 次，{r['n']} 家；"
            how += f"推算 {r['expected_pct']:.1f}%，实际 {r['made_pct']:.1f}%；每次平均相差 {r['error']:.1f}，"
            how += f"区间含实际 {r['covered']}/{r['told']} 次；不论是否给出，相差 {r['off_all']:.1f}"
            found.append(
                Result(f"calibration.{world}.{r['milestone']}.{r['days_ahead']}", float(r["off_pct"]), "百分点", "|·| ≤ 4", how)
            )
    return found


def table(
    history: Callable[[int, dt.date], Dataset], seeds: Sequence[int], milestones: Sequence[str] = MILESTONES,
    ahead: Sequence[int] = AHEAD,
) -> pd.DataFrame:  # fmt: skip
    """Return, by milestone and days ahead, what forecasts said and what came.

    Columns: milestone, days_ahead, asked (data sets), told (of them with a forecast), n (plants with a chance), expected_pct,
    made_pct, off_pct (means over what was told of each data set's), error (mean of its size), covered (how often the number that
    came lay in the interval), off_all (off_pct, held back or not).
    """
    return summed(row for seed in seeds for row in _of(history(seed, _OVER), milestones, ahead))


def summed(each: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return the table of what was said and what came of each data set, milestone and lead."""
    import pandas as pd

    frame, rows = pd.DataFrame(list(each)), []
    for (milestone, days), all_ in frame.groupby(["milestone", "days_ahead"], sort=False):
        told = all_[all_["told"]]
        row = {"milestone": milestone, "days_ahead": days, "asked": len(all_), "told": len(told), "n": int(told["n"].sum())}
        row |= {name: told[name].mean() for name in ("expected_pct", "made_pct", "off_pct")}
        row |= {"error": told["off_pct"].abs().mean(), "covered": int(told["covered"].sum()), "off_all": all_["off_pct"].mean()}
        rows.append(row)
    return pd.DataFrame(rows)


def _of(ds: Dataset, milestones: Sequence[str], ahead: Sequence[int]) -> Iterator[dict[str, Any]]:
    from cpaudit.analysis import forecast

    for m in milestones:
        due = ds.programme.fixed_day(ds.programme.milestone(m))
        assert due
        for days in ahead:
            then = ds.at(due - dt.timedelta(days)).reduced(ds.plants["plant_id"])
            both, said = forecast.compared(ds, m, days), forecast.forecast(then, m)
            said = said[said["plant_id"].isin(both["plant_id"])]
            row: dict[str, Any] = {"milestone": m, "days_ahead": days, "n": len(both), "told": False, "covered": False}
            row |= {"expected_pct": both["chance_pct"].mean(), "made_pct": both["made"].mean() * 100}
            if said["chance_pct"].notna().any():
                all_ = forecast.together(said, forecast.checks(then, m, days))
                assert all_
                row |= {"told": True, "covered": all_.lower <= both["made"].sum() <= all_.upper}
            yield row | {"off_pct": row["expected_pct"] - row["made_pct"]}


def printed(sample: pd.DataFrame, other: pd.DataFrame) -> str:
    """Return the two worlds' tables as ``docs/analyses.md`` has them."""
    from cpaudit.programme import load_programme

    labels = {m.id: m.label for m in load_programme("hebei-2021-2").milestones}
    heads = ["给出", "推算", "实际", "相差", "每次相差", "区间含实际", "不论是否给出，相差"]
    named = [f"{world}：{h}" if h == heads[0] else h for world in ("示范数据", "另一模拟") for h in heads]
    lines = [f"| 节点 | 提前 | {' | '.join(named)} |"]
    lines.append("| --- " * (2 + 2 * len(heads)) + "|")
    for one, two in zip(sample.to_dict("records"), other.to_dict("records"), strict=True):
        cells = [labels[one["milestone"]], f"{one['days_ahead']} 天"]
        for r in (one, two):
            off = "—" if r["off_all"] != r["off_all"] else f"{r['off_all']:+.1f}"
            figures = [f"{r['expected_pct']:.1f}%", f"{r['made_pct']:.1f}%", f"{r['off_pct']:+.1f}", f"{r['error']:.1f}"]
            told = [*figures, f"{r['covered']}/{r['told']}"] if r["told"] else ["—"] * 5
            cells += [f"{r['told']}/{r['asked']}", *told, off]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    from cpaudit.bench import made

    print(printed(table(made.sample_history, MEASURED_ON), table(made.other_history, MEASURED_ON)))
