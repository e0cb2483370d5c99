"""What a plant reports of its indicators by a day: before the audit once its plan is ready, after it once that is carried out."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from cpaudit.indicators import Indicator, IndicatorSystem
from cpaudit.sample.world.aims import figures
from cpaudit.sample.world.plants import Plant

#: What stands in a cell: a number, a word such as 是 or 不适用, or nothing.
Value = float | int | str | None

#: How a level is written.
_LEVELS = ("Ⅰ级", "Ⅱ级", "Ⅲ级", "未达Ⅲ级")
NOT_APPLICABLE = "不适用"


@dataclass(eq=False)
class Measured:
    """One indicator of one process of a plant; ``after`` is None until the options are carried out."""

    plant: Plant
    system: IndicatorSystem
    process: str
    indicator: Indicator
    before: Value
    after: Value


def measured_of(plant: Plant, day: dt.date) -> list[Measured]:
    """Return the plant's values in printing order."""
    reached = plant.by(day)
    if not plant.measured or "plan_ready" not in reached:
        return []
    after = "implemented" in reached
    found = []
    for line in plant.lines:
        system = line.physics.system
        first = figures(line, line.base, line.answers)
        last = figures(line, line.after, line.after_answers) if after else {}
        # a few figures of the year after aren't at hand yet, whoever asks
        late = random.Random(f"{plant.uscc} {plant.site} {line.process}")  # noqa: S311 - a game, not a secret
        for indicator in system.indicators():
            if indicator.id in line.inapplicable:
                before: Value = NOT_APPLICABLE
                then: Value = NOT_APPLICABLE if after else None
            else:
                before, then = _written(indicator, first.get(indicator.id)), _written(indicator, last.get(indicator.id))
                if late.random() < 0.006 and not indicator.limiting:
                    then = None
            found.append(Measured(plant, system, line.process, indicator, before, then))
    return found


def _written(indicator: Indicator, value: float | None) -> Value:
    if value is None:
        return None
    if indicator.answer == "level":
        return _LEVELS[int(value) - 1]
    if indicator.answer == "yes_no":
        return "是" if value else "否"
    return value
