"""The fictitious firms that carry out audits for plants: where they work, how well, and for how many."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from cpaudit.sample.world.facts import province

_FORMS = ("环保科技有限公司", "节能环保科技有限公司", "清洁生产咨询有限公司", "环境工程有限公司", "低碳技术服务有限公司")
_FIRST = "青白碧苍澄朗清明远博"
_SECOND = "源衡谷林禾川泽岸境维"


@dataclass(frozen=True)
class Consultant:
    """A consulting firm; ``skill``: above 0 its plants take longer and miss more."""

    name: str
    home: str
    size: float
    skill: float


def consultants(count: int, units: dict[str, int], rng: random.Random) -> list[Consultant]:
    """Return the firms that work in a province of so many plants, the largest first."""
    facts = province().consultants
    wanted = max(6, min(90, round(facts.per_hundred * (count**0.75) / 446**0.75 * 4.46)))
    marks = rng.sample([a + b for a in _FIRST for b in _SECOND], wanted)
    homes = rng.choices(list(units), list(units.values()), k=wanted)
    return [
        Consultant(
            f"{'河北' if rng.random() < 0.8 else '华北'}示例{mark}{rng.choice(_FORMS)}",
            home,
            1 / (n + 2),
            rng.gauss(0, facts.spread),
        )
        for n, (mark, home) in enumerate(zip(marks, homes, strict=True))
    ]


class Market:
    """Which firm a plant of a unit hires."""

    def __init__(self, firms: list[Consultant], units: Iterable[str]) -> None:
        home = province().consultants.at_home
        self.firms = firms
        self._sizes = {u: list(accumulate(f.size * (home if f.home == u else 1) for f in firms)) for u in units}

    def chosen(self, unit: str, rng: random.Random) -> Consultant | None:
        """Return the firm that a plant of the unit hires; None where it audits itself."""
        if rng.random() < province().consultants.self_audit:
            return None
        return rng.choices(self.firms, cum_weights=self._sizes[unit])[0]
