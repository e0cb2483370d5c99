"""What if one plant's values were others: its sliders, and level, index, obstacles and targets for any position of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis.attainment import VERDICTS
from cpaudit.analysis.basis.standing import scorer
from cpaudit.analysis.judging.verdicts import Judge, Standings, stand
from cpaudit.errors import UsageError
from cpaudit.indicators.definition.catalogue import find_system
from cpaudit.indicators.expression.frames import KEYS
from cpaudit.indicators.standing.blocks import DECLINED
from cpaudit.indicators.standing.ways import ways_up
from cpaudit.views import parts, readings
from cpaudit.views.pages.plant import only_plant
from cpaudit.views.pages.sliders import Control, over_numbers
from cpaudit.vocabulary import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.dataset import Dataset
    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer
    from cpaudit.indicators.standing.standings import Standing

_NO_VALUES = "没有填报指标实测值，不能试算。"


class Obstacle(NamedTuple):
    """An indicator that doesn't meet the next level, or has no value (``missing``), with the points that it would bring there."""

    name: str
    limiting: bool
    points: float
    missing: bool


class Process(NamedTuple):
    """Where a process stands: level (None: no index, or what is missing decides), Y_I … Y_III and what the rules ask of them,
    the level above, and what keeps it from there."""

    name: str
    level: int | None
    points: tuple[float, float, float] | None
    needed: tuple[float, float, float]
    above: int | None
    obstacles: tuple[Obstacle, ...]


class Outcome(NamedTuple):
    """What the values come to. ``met``: the level that each slider's indicator meets (0: it has no value, or doesn't count by
    itself)."""

    level: int | None
    processes: tuple[Process, ...]
    met: tuple[int, ...]
    targets: tuple[dict[str, str], ...]


class WhatIf:
    """One plant's values of one period, to be tried out."""

    def __init__(self, ds: Dataset, plant: str = "") -> None:
        """Take the values of the plant that ``plant`` names ('': the first on the list), after the audit where there are any.

        Raises:
            UsageError: none or several are meant, or the plant has no values.
        """
        if ds.plants.empty:
            raise UsageError("没有列入名单的企业，请先读取名单。")
        self.plant_id = parts.find_plant(ds, plant) if plant.strip() else str(ds.plants["plant_id"].iloc[0])
        mine = only_plant(ds, self.plant_id)
        self._record = parts.records(mine.plants.astype(object).where(mine.plants.notna(), None))[0]
        self._ds, self.name = mine, str(self._record["name"])
        known = mine.measurements
        self.period = "after" if (known["period"] == "after").any() else "before"
        self._values = known[known["period"] == self.period].reset_index(drop=True)
        ready = scorer(mine)
        self._scorer = ready.of(period=self.period)
        every = stand(mine, ready)
        self._others = Standings(*({key: found for key, found in each.items() if key[1] != self.period} for each in every))
        if not self._scorer.blocks:
            raise UsageError(f"{self.name}：{_NO_VALUES}")
        rows = ds.measurements
        seen = rows[rows["system"].isin(self._values["system"].unique()) & (rows["state"] == "reported")]
        ends = seen.groupby(["system", "indicator"])["value"].agg(["min", "max"])
        self._seen: dict[Any, list[float]] = dict(zip(ends.index, ends.to_numpy().tolist(), strict=True))

    @cached_property
    def controls(self) -> tuple[Control, ...]:
        """One slider per indicator, or part of one, that counts for the plant; process by process, in printing order.

        What depends on the plant (parameters) stays as it was reported.
        """
        found: list[Control] = []
        for _, block, row in self._blocks():
            found += self._of_process(block, row)
        return tuple(found)

    @property
    def reported(self) -> tuple[float | None, ...]:
        """The values as they were reported."""
        return tuple(c.value for c in self.controls)

    @property
    def note(self) -> str:
        """What a reader of the result must know."""
        said = "滑块越靠右越好，▼ 为实测值；最左为同类企业的最差值，最右略好于Ⅰ级。不适用的指标、工况参数按填报不变。"
        unchecked = readings.unchecked(find_system(c.system).status for c in self.controls)
        return said + (f"{unchecked}，不作为正式结论。" if unchecked else "")

    def evaluate(self, values: Sequence[float | None]) -> Outcome:
        """Return what the values, one per slider (None: as if it had not been filled in), come to."""
        found = stand(self._ds, self._with(values))
        mine = found.marked[(self.plant_id, self.period)]
        judge = Judge(self._ds, self._others | found)
        of = {(s.process, s.system): s for s in mine}
        met = tuple(_met(of[c.process, c.system], c.indicator) for c in self.controls)
        targets = [
            {
                "label": each.target.label,
                "clause": each.target.clause,
                "verdict": each.verdict,
                "said": VERDICTS[each.verdict],
                "reason": each.reason,
            }
            for each in judge.plant(self._record)
        ]
        processes = tuple(_process(s) for s in mine)
        return Outcome(judge.whole(self.plant_id, self.period), processes, met, tuple(targets))

    def way_up(self, values: Sequence[float | None]) -> tuple[float | None, ...] | None:
        """Return the values after the cheapest way from here to the level above; None where there is none.

        See :func:`~cpaudit.indicators.ways_up`.
        """
        level = self.evaluate(values).level
        if level is None or level == 1:
            return None
        found = ways_up(self._with(values), level - 1)
        if found.units["reached"].isna().any() or (found.units["reached"] > level - 1).any():
            return None
        places = {(c.process, c.system, c.indicator): at for at, c in enumerate(self.controls)}
        new = list(values)
        for step in parts.records(found.steps):
            at = places.get((step["process"], step["system"], step["indicator"]))
            if at is None or self.controls[at].between:
                return None  # several values, or two bounds, decide this one: which to move, nobody can say
            new[at] = self.controls[at].reaching(int(step["to_level"]), parts.number(step["target"]))
        return tuple(new)

    def _with(self, values: Sequence[float | None]) -> Scorer:
        import pandas as pd

        rows = [
            (self.plant_id, c.system, c.process, self.period, c.indicator, value)
            for c, value in zip(self.controls, values, strict=True)
            if value != c.value and value is not None
        ]
        if not rows:
            return self._scorer
        changes = pd.DataFrame(rows, columns=[*KEYS, "indicator", "value"]).astype({"value": "float64"})
        return self._scorer.changed(changes)

    def _blocks(self) -> list[tuple[str, Block, int]]:
        found = [(u[2], block, row) for block in self._scorer.blocks.values() for row, u in enumerate(block.units)]
        return sorted(found, key=lambda f: (f[1].units[f[2]][1], f[0]))

    def _of_process(self, block: Block, row: int) -> list[Control]:
        _, system, process, _ = block.units[row]
        mine = self._values[(self._values["system"] == system) & (self._values["process"] == process)]
        reported = {r["indicator"]: r["value"] for r in parts.records(mine[mine["state"] == "reported"])}
        declined = set(mine.loc[mine["state"] == "not_applicable", "indicator"])
        found = []
        for indicator in find_system(system).indicators():
            at = block.form.position[indicator.id]
            told = block.form.rows[at]
            if block.states[row, at] == DECLINED or not block.form.counts[at] or not told["known"]:
                continue
            for asked in indicator.inputs():
                if asked.id in declined:
                    continue
                value = parts.number(reported.get(asked.id))
                common: dict[str, Any] = {"process": process, "system": system, "indicator": asked.id, "name": asked.name}
                common |= {"unit": asked.unit, "limiting": indicator.limiting, "value": value}
                if asked.answer == "level":
                    texts = [told[f"text_{k}"] if asked.id == indicator.id else "" for k in (1, 2, 3)]
                    words = (LEVELS[4], *(LEVELS[k] + (f"：{t}" if (t := texts[k - 1]) else "") for k in (3, 2, 1)))
                    found.append(Control(**common, start=4.0, step=-1.0, count=3, digits=0, labels=words))
                elif asked.answer == "yes_no":
                    found.append(Control(**common, start=0.0, step=1.0, count=1, digits=0, labels=("否", "是")))
                else:
                    found.append(over_numbers(common, told, self._seen.get((system, asked.id), [])))
        return found


def _met(standing: Standing, indicator: str) -> int:
    at = standing.block.form.position.get(indicator)
    block, row = standing.block, standing.row
    return 0 if at is None or block.answers[row][at] is None else int(block.level_met[row, at])


def _process(standing: Standing) -> Process:
    """Return where one process stands, and what keeps it from the level above: limiting indicators first, then by points."""
    import numpy as np

    block, row, level = standing.block, standing.row, standing.level
    scores = block.scores()
    first, second, third = (float(scores[f"index_{k}"][row]) / 100 for k in (1, 2, 3))
    index = None if level is None else (first, second, third)
    first, second, third = (block.form.rule[f"min_index_{k}"] / 100 for k in (1, 2, 3))
    needed = (first, second, third)
    if level is None or level == 1:
        return Process(standing.process, level, index, needed, None, ())
    proved = int(block.proved[row]) or None
    above, form = level - 1, block.form
    short = [a for a in standing.short(above) if not a.indicator["bonus"]]
    places = [form.position[a.indicator["indicator"]] for a in short]
    # One copy of the process per obstacle, each with that one out of the way: the points are what the index gains.
    values, states = np.repeat(block.values[[row]], len(short), axis=0), np.repeat(block.states[[row]], len(short), axis=0)
    one = np.arange(len(short))
    values[one, places], states[one, places] = form.bounds[above - 1, places], 0
    freed: Any = replace(block, units=[], values=values, states=states).scores()[f"index_{above}"] if short else []
    gains = [max(0.0, float(f) - float(scores[f"index_{above}"][row])) / 100 for f in freed]
    found = [
        Obstacle(a.indicator["name"], bool(a.indicator["limiting"]), g, a.value is None)
        for a, g in zip(short, gains, strict=True)
    ]
    found.sort(key=lambda o: (not o.limiting, -o.points))
    return Process(standing.process, proved, index, needed, above, tuple(found))
