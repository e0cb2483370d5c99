"""Where one unit stands, as plain values read off the kernel's arrays: levels, categories, what falls short, what moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.kernel import MISSING, REPORTED

if TYPE_CHECKING:
    from cpaudit.indicators.kernel import Block, Category, Kernel


@dataclass(frozen=True, slots=True)
class Standing:
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

        See :func:`~cpaudit.indicators.category_levels`.
        """
        found = self.block.categories.get(name)
        return found[self.row] if found else None

    def short(self, level: int) -> list[Answer]:
        """Return the indicators that count and don't meet a level, in printing order."""
        levels = self.block.level_met[self.row]
        return [self._answer(int(at), int(levels[at])) for at in (levels > level).nonzero()[0]]

    def changes(self, before: Standing) -> list[Change]:
        """Return how each quantitative value moved since ``before``, as :func:`~cpaudit.indicators.improvement` counts it."""
        import numpy as np

        form, earlier = self.block.form, before.block.form
        at = np.flatnonzero((self.block.states[self.row] == REPORTED) & form.quantitative)
        there = at if earlier is form else np.array([earlier.position[form.rows[i]["indicator"]] for i in at], dtype=int)
        old, new = before.block.values[before.row, there], self.block.values[self.row, at]
        known = (before.block.states[before.row, there] == REPORTED) & (old != 0)
        at, old, new = at[known], old[known], new[known]
        sign, change = form.sign[at], (new - old) / np.abs(old) * 100 + 0.0
        columns = (at, old * sign, new * sign, change)
        return [Change(form.rows[i], *moved) for i, *moved in zip(*(c.tolist() for c in columns), strict=True)]

    def _answer(self, at: int, level: int) -> Answer:
        form = self.block.form
        missing = self.block.states[self.row, at] == MISSING
        value = None if missing else float(self.block.values[self.row, at] * form.sign[at])
        return Answer(form.rows[at], value, "missing" if missing else "reported", level)


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


def standings(kernel: Kernel) -> dict[tuple[str, str], list[Standing]]:
    """Return (plant_id, period) → where each of its processes stands."""
    found: dict[tuple[str, str], list[Standing]] = {}
    for block in kernel.blocks.values():
        scores, best = block.scores(), block.at_best().scores()["level"].tolist()
        columns = zip(block.units, scores["level"].tolist(), best, scores["n_missing"].tolist(), strict=True)
        for row, ((plant, system, process, period), level, most, missing) in enumerate(columns):
            one = Standing(system, process, block.form.rule["status"], level or None, most or None, missing, block, row)
            found.setdefault((plant, period), []).append(one)
    for several in found.values():
        several.sort(key=lambda s: (s.system, s.process))
    return found
