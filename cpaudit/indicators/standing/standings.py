"""Where one unit stands, as plain values read off the scorer's arrays: levels, categories, what falls short, what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.standing.blocks import Category

if TYPE_CHECKING:
    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer


class Standing(NamedTuple):
    """One unit (plant, process, period) as plain values; ``block`` and ``row`` say where its answers are."""

    system: str
    process: str
    status: str
    level: int | None
    best: int | None
    n_missing: int
    block: Block
    row: int

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
        """Return how each quantitative value moved since ``before`` (positive: it got better; nothing where it was 0)."""
        form, earlier = self.block.form, before.block.form
        first, last, found = before.block.answers[before.row], self.block.answers[self.row], []
        for at in form.quantities:
            row, new = form.rows[at], last[at]
            old = first[at if earlier is form else earlier.position[row["indicator"]]]
            if new is not None and old:
                better = old - new if row["lower_is_better"] else new - old
                found.append(Change(row, old, new, better / abs(old) * 100 + 0.0))
        return found

    def _answer(self, at: int, level: int) -> Answer:
        value = self.block.answers[self.row][at]
        return Answer(self.block.form.rows[at], value, "missing" if value is None else "reported", level)


class Change(NamedTuple):
    """A value before and after the audit; ``change_pct`` is positive where it got better."""

    indicator: dict[str, Any]
    before: float
    after: float
    change_pct: float


class Answer(NamedTuple):
    """An indicator's row of the indicator table, with the plant's value, its state and the level it meets."""

    indicator: dict[str, Any]
    value: float | None
    state: str
    level_met: int


def standings(scorer: Scorer) -> dict[tuple[str, str], list[Standing]]:
    """Return (plant_id, period) → where each of its processes stands."""
    found: dict[tuple[str, str], list[Standing]] = {}
    for block in scorer.blocks.values():
        scores, best = block.ends()
        columns = zip(block.units, scores["level"].tolist(), best["level"].tolist(), scores["n_missing"].tolist(), strict=True)
        for row, ((plant, system, process, period), level, most, missing) in enumerate(columns):
            one = Standing(system, process, block.form.rule["status"], level or None, most or None, missing, block, row)
            found.setdefault((plant, period), []).append(one)
    for several in found.values():
        several.sort(key=lambda s: (s.system, s.process))
    return found
