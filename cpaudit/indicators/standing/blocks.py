"""Answers as dense arrays, one block per form of an indicator system, and the scores computed from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.expression.frames import LEVELS, SCALE, Prepared

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REPORTED, MISSING, DECLINED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Form:
    """What one form of a system asks, as arrays over its indicators (length i) and groups (length g).

    ``table``: its rows of the indicator table, ``rows``: the same as plain values; ``bounds``: 3 × i, the smallest signed
    value that meets a level; ``shares``: i × g, weight of the indicator in its group (0 elsewhere).
    """

    table: pd.DataFrame
    rows: list[dict[str, Any]]
    rule: dict[str, Any]
    sign: np.ndarray
    bounds: np.ndarray
    known: np.ndarray
    composite: np.ndarray
    counts: np.ndarray
    limits: np.ndarray
    asks: np.ndarray
    shares: np.ndarray
    total: np.ndarray
    counted: np.ndarray
    group_weight: np.ndarray
    bonus: np.ndarray
    shared: np.ndarray

    @cached_property
    def position(self) -> dict[str, int]:
        """Indicator id → position."""
        return {row["indicator"]: at for at, row in enumerate(self.rows)}

    def empty(self, off: np.ndarray) -> np.ndarray:
        """Return which groups count for nothing, where ``off`` is the weight of what doesn't apply (… × groups)."""
        gone: np.ndarray = (off >= self.counted) & (self.counted > 0) & ~self.bonus
        return gone

    @cached_property
    def quantities(self) -> list[int]:
        """Positions of the quantitative indicators."""
        return [at for at, row in enumerate(self.rows) if row["quantitative"]]

    @cached_property
    def categories(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """The categories outside bonus groups: names, positions of their indicators one after another, where each begins.

        ``hazardous_waste``: the indicators marked so, which also count in their own category.
        """
        import numpy as np

        found: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            if not row["bonus"]:
                for name in (row["category"], *(["hazardous_waste"] if row["hazardous_waste"] else [])):
                    found.setdefault(name, []).append(at)
        ends = np.cumsum([len(positions) for positions in found.values()], dtype=np.intp)
        places = np.array([at for positions in found.values() for at in positions], dtype=np.intp)
        return list(found), places, np.concatenate([[0], ends[:-1]]).astype(np.intp)


class Category(NamedTuple):
    """The level of a category, the level over what is reported only (None: nothing is), and how much is missing."""

    level: int
    known_level: int | None
    n_missing: int


@dataclass(frozen=True, eq=False)
class Block:
    """All units of one form: ``units`` (their keys), ``values`` (n × i, signed; what isn't reported is -inf), ``states`` (n × i).

    ``hopes``: the best that each answer could be if it is missing (n × i, signed).
    """

    form: Form
    units: list[tuple[str, str, str, str]]
    values: np.ndarray
    states: np.ndarray
    hopes: np.ndarray

    def scores(self) -> dict[str, np.ndarray]:
        """Return index_1 … index_3 (1/100 points), limiting_1 … limiting_3, level (0: none), n_missing, n_declined; length n.

        What is missing is not met here: a level 4 is one only where :func:`proved` says so.
        """
        return _scores(self.form, self.met, self.states)

    @cached_property
    def answers(self) -> list[list[float | None]]:
        """The values as they were reported, as plain numbers, None where nothing is (n × i)."""
        values = (self.values * self.form.sign).astype(object)
        values[self.states != REPORTED] = None
        found: list[list[float | None]] = values.tolist()
        return found

    @cached_property
    def met(self) -> np.ndarray:
        """Whether each value meets level I, II, III (3 × n × i)."""
        return self.values >= self.form.bounds[:, None]

    @cached_property
    def level_met(self) -> np.ndarray:
        """The best level that each value meets, 1 … 4; 0 where the indicator doesn't apply or can't be scored (n × i)."""
        import numpy as np

        return np.asarray(np.where(self.applies, 4 - self.met.sum(axis=0, dtype=np.int8), 0))

    def declined(self, row: int, at: int) -> bool:
        """Whether an indicator is marked as not applicable to a unit."""
        return bool(self.states[row, at] == DECLINED)

    @cached_property
    def applies(self) -> np.ndarray:
        """Whether each indicator counts (n × i)."""
        import numpy as np

        return np.asarray((self.states != DECLINED) & (self.form.counts == 1))

    @cached_property
    def categories(self) -> dict[str, list[list[int]]]:
        """Category → level, known level and number of missing answers of each unit, as in :class:`Category`; 0: no level."""
        import numpy as np

        names, at, starts = self.form.categories
        levels = self.level_met[:, at]
        missing = (self.states[:, at] == MISSING) & (levels > 0)
        columns = (levels, np.maximum), (np.where(missing, 0, levels), np.maximum), (missing.astype(np.int64), np.add)
        found = [how.reduceat(values, starts, axis=1).T.tolist() if names else [] for values, how in columns]
        return {name: list(each) for name, *each in zip(names, *found, strict=True)}

    def questionable(self, most: float) -> np.ndarray:
        """Return which answers marked 不适用 must be confirmed (n × i); ``most``: the share of the weight that may be so marked.

        Limiting indicators, those of a category of which all that counts is so marked, and all of a unit where more than
        ``most`` of the weight (of the number, where a system has no weights) is. Bonus groups only add points: never theirs.
        """
        import numpy as np

        form = self.form
        counts = np.array([not row["bonus"] for row in form.rows], bool) & (form.counts == 1)
        declined = (self.states == DECLINED) & counts
        names = sorted({row["category"] for row in form.rows})
        inside = np.array([[row["category"] == name for name in names] for row in form.rows], bool) & counts[:, None]
        gone = (declined.astype(int) @ inside.astype(int) == inside.sum(axis=0)).astype(int) @ inside.T.astype(int) > 0
        whole = form.group_weight / np.maximum(form.total, 1)
        share = (form.shares @ whole if form.rule["weighted"] else np.ones(len(counts))) * counts
        over = declined @ share > (most + 1e-9) * share.sum()
        limiting = np.array([row["limiting"] for row in form.rows], bool)
        return np.asarray(declined & (limiting | gone | over[:, None]))

    def unanswered(self, where: np.ndarray) -> Block:
        """Return the block with some answers missing, whatever they might turn out to be."""
        import numpy as np

        values, hopes = np.where(where, -np.inf, self.values), np.where(where, np.inf, self.hopes)
        return replace(self, values=values, states=np.where(where, MISSING, self.states), hopes=hopes)

    def at_best(self) -> Block:
        """Return the block with every missing answer taken as the best there could be."""
        import numpy as np

        missing = self.states == MISSING
        values = np.where(missing, self.hopes, self.values)
        return replace(self, values=values, states=np.where(missing, REPORTED, self.states))

    def ends(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return :meth:`scores` as the answers are, and :meth:`at_best`; both at once, for little more than one of them."""
        import numpy as np

        best, n = self.at_best(), len(self.values)
        values, states = np.concatenate([self.values, best.values]), np.concatenate([self.states, best.states])
        both = replace(self, values=values, states=states).scores()
        return {name: column[:n] for name, column in both.items()}, {name: column[n:] for name, column in both.items()}

    @cached_property
    def proved(self) -> np.ndarray:
        """The level of each unit that its answers prove; 0: none, or what is missing decides whether level III is reached."""
        import numpy as np

        lowest, highest = (scores["level"] for scores in self.ends())
        return np.asarray(np.where((lowest == 4) & (highest < 4), 0, lowest))

    def pick(self, rows: Any) -> Block:
        """Return the block of some of its units (positions; one may come several times)."""
        units = [self.units[at] for at in rows]
        return replace(self, units=units, values=self.values[rows], states=self.states[rows], hopes=self.hopes[rows])

    def changed(self, rows: Any, at: Any, values: Any) -> Block:
        """Return the block with other values at some places (unit and indicator), as reported; NaN: as if it didn't apply.

        Not for answers that conditions or ranges decide: theirs are levels (see :meth:`~.scorer.Scorer.changed`).
        """
        import numpy as np

        new, states = self.values.copy(), self.states.copy()
        signed = np.asarray(values, dtype="float64") * self.form.sign[at]
        # A number says nothing where the parameters that it is judged by aren't answered.
        told = np.where(self.form.known[at] & np.isfinite(signed), REPORTED, MISSING)
        states[rows, at] = np.where(np.isnan(signed), DECLINED, told)
        new[rows, at] = np.where(states[rows, at] == REPORTED, signed, -np.inf)
        return replace(self, values=new, states=states)


def _scores(form: Form, met: np.ndarray, states: np.ndarray) -> dict[str, np.ndarray]:
    """The computation of :func:`~cpaudit.indicators.expression.scoring.scored`, on arrays; all three levels at once."""
    import numpy as np

    declined, rule = states == DECLINED, form.rule
    # Products of whole numbers below 2^53 are exact as doubles, and BLAS multiplies doubles.
    off = (declined.astype(float) @ form.shares).astype(np.int64)
    left = form.total - off * form.shared
    empty = form.empty(off) @ form.group_weight
    whole = rule["whole"] - (empty if rule["empty_group"] == "drop" else 0)
    judged = (whole > 0) & rule["weighted"] & ((empty == 0) | (rule["empty_group"] != "refuse"))
    won = form.group_weight * (met.astype(float) @ form.shares).astype(np.int64) * SCALE
    parts, rest = np.divmod(won, np.maximum(left, 1))
    slack = (rest != 0).sum(axis=-1)
    full = (10_000 * (parts.sum(axis=-1) + slack) - (slack > 0)) // (np.maximum(whole, 1) * SCALE)
    index = np.minimum(full, rule["index_cap"])
    unmet = ~met & ~declined
    short = {"limiting": unmet @ form.limits, "others": unmet @ form.asks}
    level = np.full(len(states), 4)
    for k in reversed(LEVELS):
        holds = index[k - 1] >= rule[f"min_index_{k}"]
        for kind, counts in short.items():
            if need := rule[f"{kind}_at_{k}"]:
                holds = holds & (counts[need - 1] == 0)
        level = np.where(holds, k, level)
    found = {f"index_{k}": index[k - 1] for k in LEVELS}
    found |= {f"limiting_{k}": short["limiting"][k - 1] == 0 for k in LEVELS}
    found["level"] = np.where(judged, level, 0)
    found["n_missing"] = (states == MISSING) @ form.counts
    found["n_declined"] = declined @ form.counts
    return found


@lru_cache(maxsize=64)
def forms_of(known: Prepared) -> dict[str, Form]:
    """Return the forms of the prepared tables as arrays: name → :class:`Form`."""
    import numpy as np

    heads = {row["g"]: row for row in known.groups.to_dicts()}
    rule = {row["form"]: row for row in known.rules.to_dicts()}
    found = {}
    for (name,), mine in known.table.partition_by("form", as_dict=True, maintain_order=True).items():
        numbers = list(dict.fromkeys(mine["g"].to_list()))
        shares = np.zeros((len(mine), len(numbers)))
        for at, (g, weight) in enumerate(zip(mine["g"], mine["weight"], strict=True)):
            shares[at, numbers.index(g)] = weight
        mine_groups = [heads[g] for g in numbers]
        found[str(name)] = Form(
            table=mine.to_pandas(),
            rows=mine.to_dicts(),
            rule=rule[name],
            bounds=mine.select(f"bound_{k}" for k in LEVELS).to_numpy().T,
            shares=shares,
            **{n: mine[n].to_numpy() for n in ("sign", "known", "composite", "counts", "limits", "asks")},
            **{n: np.array([g[n] for g in mine_groups], dtype=np.int64) for n in ("total", "counted", "group_weight", "shared")},
            bonus=np.array([g["bonus"] for g in mine_groups], dtype=bool),
        )
    return found
