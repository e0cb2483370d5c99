"""Where one unit stands, as plain values read off the scorer's arrays: levels, categories, what falls short, what moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.standing.blocks import DECLINED, Category

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer


class Standing(NamedTuple):
    """One unit (plant, process, period) as plain values; ``block`` and ``row`` say where its answers are.

    ``asked``: positions of indicators marked 不适用 that are to be confirmed, and count as missing here; ``settled``: of those
    that are confirmed.
    """

    system: str
    process: str
    status: str
    level: int | None
    best: int | None
    n_missing: int
    block: Block
    row: int
    asked: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()

    def category(self, name: str) -> Category | None:
        """Return where the indicators of a category stand (``hazardous_waste``: those marked so); None where none applies.

        The level is the worst over the category's indicators that apply, a missing one counting as not met: that is how the
        notice's targets (主要污染物、主要资源能源消耗指标达到…级; 涉及危废的指标达到…级) are read here. Bonus groups (加分)
        only add points and count in no category.
        """
        found = self.block.categories.get(name)
        if not found:
            return None
        levels, known, missing = found
        level = levels[self.row]
        return Category(level, known[self.row] or None, missing[self.row]) if level else None

    def short(self, level: int) -> list[Answer]:
        """Return the indicators that count and don't meet a level, in printing order."""
        levels = self.block.level_met[self.row].tolist()
        return [self._answer(at, met) for at, met in enumerate(levels) if met > level]

    def changes(self, before: Standing) -> list[Change]:
        """Return how each quantitative value moved since ``before`` (positive: it got better)."""
        pairs = self._pairs(before)
        return [Change(row, old, new, _gain(row, old, new)) for row, old, new in pairs if old is not None and new is not None]

    def lost(self, before: Standing) -> list[dict[str, Any]]:
        """Return the quantitative indicators that had a value ``before`` and have none now: blank, or marked 不适用.

        What is confirmed to be not applicable isn't lost.
        """
        settled = {self.block.form.rows[at]["indicator"] for at in self.settled}
        pairs = self._pairs(before)
        return [row for row, old, new in pairs if old is not None and new is None and row["indicator"] not in settled]

    def gained(self, before: Standing) -> list[dict[str, Any]]:
        """Return the quantitative indicators that have a value now and had none ``before``: the other way about."""
        settled = {before.block.form.rows[at]["indicator"] for at in before.settled}
        pairs = self._pairs(before)
        return [row for row, old, new in pairs if old is None and new is not None and row["indicator"] not in settled]

    def _pairs(self, before: Standing) -> Iterator[tuple[dict[str, Any], float | None, float | None]]:
        form, earlier = self.block.form, before.block.form
        first, last = before.block.answers[before.row], self.block.answers[self.row]
        for at in form.quantities:
            row = form.rows[at]
            yield row, first[at if earlier is form else earlier.position[row["indicator"]]], last[at]

    def _answer(self, at: int, level: int) -> Answer:
        value = self.block.answers[self.row][at]
        return Answer(self.block.form.rows[at], value, "missing" if value is None else "reported", level, at in self.asked)

    @property
    def reported(self) -> bool:
        """Whether any value of it is reported."""
        return any(value is not None for value in self.block.answers[self.row])


class Change(NamedTuple):
    """A value before and after the audit; ``change_pct`` is positive where it got better (± infinity: it was 0)."""

    indicator: dict[str, Any]
    before: float
    after: float
    change_pct: float

    @property
    def kept(self) -> bool:
        """Whether nothing was left to gain and nothing was lost: a share of 100 %, or a consumption or emission of 0."""
        row = self.indicator
        best = 0 if row["lower_is_better"] else 100 if row["unit"] == "%" else None
        return self.before == self.after == best


def _gain(row: dict[str, Any], old: float, new: float) -> float:
    """Return by how much (%) a value got better: of what it was; a share that grows, of what was left if that is less."""
    better = old - new if row["lower_is_better"] else new - old
    of = abs(old)
    if row["unit"] == "%" and not row["lower_is_better"] and better > 0 and 0 <= old < 100:
        of = 100 - old if old == 0 else min(old, 100 - old)
    if of:
        return better / of * 100 + 0.0
    return 0.0 if better == 0 else math.copysign(math.inf, better)


class Answer(NamedTuple):
    """An indicator's row of the indicator table, with the plant's value, its state and the level it meets.

    ``asked``: it is marked 不适用, which is to be confirmed.
    """

    indicator: dict[str, Any]
    value: float | None
    state: str
    level_met: int
    asked: bool = False


def standings(scorer: Scorer) -> dict[tuple[str, str], list[Standing]]:
    """Return (plant_id, period) → where each of its processes stands."""
    found: dict[tuple[str, str], list[Standing]] = {}
    for block in scorer.blocks.values():
        for key, one in _standings(block):
            found.setdefault(key, []).append(one)
    for several in found.values():
        several.sort(key=_place)
    return found


def confirmed(
    scorer: Scorer, found: dict[tuple[str, str], list[Standing]], most: float, settled: frozenset[tuple[str, ...]]
) -> dict[tuple[str, str], list[Standing]]:
    """Return :func:`standings` with what is marked 不适用 and must be confirmed (:meth:`Block.questionable`) not answered.

    Until it is confirmed it may turn out to be anything. ``found``: the standings as marked; ``most``: a share of the weight;
    ``settled``: what is confirmed: plant, system, process, period, indicator.
    """
    import numpy as np

    again = dict(found)
    for block in scorer.blocks.values():
        asked = block.questionable(most)
        sure = np.zeros_like(asked)
        if settled:
            ids = [row["indicator"] for row in block.form.rows]
            for row, at in np.argwhere(block.states == DECLINED).tolist():
                sure[row, at] = (*block.units[row], ids[at]) in settled
        asked &= ~sure
        rows = np.flatnonzero((asked | sure).any(axis=1))
        if len(rows):
            told = _standings(block.unanswered(asked).pick(rows))
            for (key, one), mine, known in zip(told, asked[rows], sure[rows], strict=True):
                rest = [s for s in again[key] if _place(s) != _place(one)]
                marked = one._replace(asked=_positions(mine), settled=_positions(known))
                again[key] = sorted([*rest, marked], key=_place)
    return again


def _positions(where: np.ndarray) -> tuple[int, ...]:
    return tuple(at for at, yes in enumerate(where.tolist()) if yes)


def _place(one: Standing) -> tuple[str, str]:
    return one.system, one.process


def _standings(block: Block) -> Iterator[tuple[tuple[str, str], Standing]]:
    scores, best = block.ends()
    columns = zip(block.units, scores["level"].tolist(), best["level"].tolist(), scores["n_missing"].tolist(), strict=True)
    for row, ((plant, system, process, period), level, most, missing) in enumerate(columns):
        one = Standing(system, process, block.form.rule["status"], level or None, most or None, missing, block, row)
        yield (plant, period), one
