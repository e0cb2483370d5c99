"""The same scores from dense arrays: a few milliseconds for all plants, for what-if and for looking at one unit closely.

The expression in :mod:`.scoring` defines the scores; a test holds this kernel equal to it, number by number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.engine import Engine, engine
from cpaudit.indicators.frames import KEYS, LEVELS, Prepared
from cpaudit.indicators.scoring import SCALE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl

REPORTED, MISSING, DECLINED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Form:
    """What one form of a system asks, as arrays over its indicators (length i) and groups (length g).

    ``rows``: its rows of the indicator table as plain values; ``bounds``: 3 × i, the smallest signed value that meets a
    level; ``shares``: i × g, weight of the indicator in its group (0 elsewhere).
    """

    rows: list[dict[str, Any]]
    rule: dict[str, Any]
    sign: np.ndarray
    bounds: np.ndarray
    counts: np.ndarray
    limits: np.ndarray
    asks: np.ndarray
    shares: np.ndarray
    total: np.ndarray
    group_weight: np.ndarray
    bonus: np.ndarray
    shared: np.ndarray

    @cached_property
    def position(self) -> dict[str, int]:
        """Indicator id → position."""
        return {row["indicator"]: at for at, row in enumerate(self.rows)}

    @cached_property
    def quantities(self) -> list[int]:
        """Positions of the quantitative indicators."""
        return [at for at, row in enumerate(self.rows) if row["quantitative"]]

    @cached_property
    def categories(self) -> dict[str, np.ndarray]:
        """Category → positions of its indicators outside bonus groups; ``hazardous_waste``: those marked so."""
        import numpy as np

        found: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            if not row["bonus"]:
                for name in (row["category"], *(["hazardous_waste"] if row["hazardous_waste"] else [])):
                    found.setdefault(name, []).append(at)
        return {name: np.array(positions) for name, positions in found.items()}


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
        """Return index_1 … index_3 (1/100 points), limiting_1 … limiting_3, level (0: none), n_missing, n_declined; length n."""
        return _scores(self.form, self.met, self.states)

    @cached_property
    def answers(self) -> list[list[float | None]]:
        """The values as they were reported, as plain numbers, None where nothing is (n × i)."""
        values = (self.values * self.form.sign).astype(object)
        values[self.states != REPORTED] = None
        found: list[list[float | None]] = values.tolist()
        return found

    @cached_property
    def met(self) -> list[np.ndarray]:
        """Whether each value meets level I, II, III: three times n × i."""
        return [self.values >= self.form.bounds[k - 1] for k in LEVELS]

    @cached_property
    def level_met(self) -> np.ndarray:
        """The best level that each value meets, 1 … 4; 0 where the indicator doesn't apply or can't be scored (n × i)."""
        import numpy as np

        level = 4 - np.add.reduce([m.astype(np.int8) for m in self.met])
        return np.asarray(np.where(self.applies, level, 0))

    @cached_property
    def applies(self) -> np.ndarray:
        """Whether each indicator counts (n × i)."""
        import numpy as np

        return np.asarray((self.states != DECLINED) & (self.form.counts == 1))

    @cached_property
    def categories(self) -> dict[str, list[Category | None]]:
        """Category → where it stands in each unit."""
        import numpy as np

        found: dict[str, list[Category | None]] = {}
        for name, at in self.form.categories.items():
            levels = self.level_met[:, at]
            missing = (self.states[:, at] == MISSING) & (levels > 0)
            known = np.where(missing, 0, levels).max(axis=1).tolist()
            rows = zip(levels.max(axis=1).tolist(), known, missing.sum(axis=1).tolist(), strict=True)
            found[name] = [Category(level, k or None, n) if level else None for level, k, n in rows]
        return found

    def at_best(self) -> Block:
        """Return the block with every missing answer taken as the best there could be."""
        import numpy as np

        missing = self.states == MISSING
        values = np.where(missing, self.hopes, self.values)
        return replace(self, values=values, states=np.where(missing, REPORTED, self.states))

    def changed(self, values: dict[str, Any]) -> Block:
        """Return the block with other values of some indicators (id → number or array over the units; reported from then on)."""
        import numpy as np

        new, states = self.values.copy(), self.states.copy()
        for indicator, value in values.items():
            at = self.form.position[indicator]
            new[:, at] = np.asarray(value, dtype="float64") * self.form.sign[at]
            states[:, at] = REPORTED
        return replace(self, values=new, states=states)


def _scores(form: Form, met: list[np.ndarray], states: np.ndarray) -> dict[str, np.ndarray]:
    """The computation of :func:`~cpaudit.indicators.scoring.scored`, on arrays."""
    import numpy as np

    declined = (states == DECLINED).astype(np.int64)
    rule, found = form.rule, {}
    # Products of whole numbers below 2^53 are exact as doubles, and BLAS multiplies doubles.
    off = (declined @ form.shares).astype(np.int64)
    left = form.total - off * form.shared
    some = np.maximum(left, 1)
    empty = ((left <= 0) & (form.total > 0) & ~form.bonus) @ form.group_weight
    whole = rule["whole"] - (empty if rule["empty_group"] == "drop" else 0)
    judged = (whole > 0) & rule["weighted"] & ((empty == 0) | (rule["empty_group"] != "refuse"))
    short: dict[str, list[np.ndarray]] = {"limiting": [], "others": []}
    for k in LEVELS:
        won = form.group_weight * (met[k - 1] @ form.shares).astype(np.int64) * SCALE
        slack = (won % some != 0).sum(axis=1)
        index = (10_000 * ((won // some).sum(axis=1) + slack) - (slack > 0)) // (np.maximum(whole, 1) * SCALE)
        found[f"index_{k}"] = np.minimum(index, rule["index_cap"])
        unmet = ~met[k - 1] & (states != DECLINED)
        short["limiting"].append(unmet @ form.limits)
        short["others"].append(unmet @ form.asks)
        found[f"limiting_{k}"] = short["limiting"][-1] == 0
    level = np.full(len(states), 4)
    for k in reversed(LEVELS):
        holds = found[f"index_{k}"] >= rule[f"min_index_{k}"]
        for kind, counts in short.items():
            if need := rule[f"{kind}_at_{k}"]:
                holds = holds & (counts[need - 1] == 0)
        level = np.where(holds, k, level)
    found["level"] = np.where(judged, level, 0)
    found["n_missing"] = ((states == MISSING) & (form.counts == 1)).sum(axis=1)
    found["n_declined"] = (declined * form.counts).sum(axis=1)
    return found


class Kernel:
    """Measurements as dense arrays, one :class:`Block` per form of an indicator system."""

    def __init__(self, measurements: Any, indicators: Any = None) -> None:
        """Take any frame that :func:`~cpaudit.indicators.score` takes, and the same indicators."""
        import numpy as np

        made = engine(measurements, indicators)
        units, cells = _cells(made)
        row, column, state, value, hope = (cells[n].to_numpy() for n in ("row", "at", "code", "value", "hope"))
        self.blocks: dict[str, Block] = {}
        forms, keys, end = forms_of(made.known), units.select(KEYS).rows(), 0
        for name, length in Counter(units["form"].to_list()).items():  # sorted: the units of a form stand together
            start, end = end, end + length
            form, mine = forms[name], slice(*np.searchsorted(row, (start, end)))
            place = (row[mine] - start, column[mine])
            values = np.full((end - start, len(form.rows)), -np.inf)
            states = np.full(values.shape, MISSING, dtype=np.int8)
            hopes = np.full(values.shape, np.inf)
            states[place] = state[mine]
            values[place] = np.where(state[mine] == REPORTED, value[mine] * form.sign[column[mine]], -np.inf)
            # A composite answer is a level: the smaller the better, like every signed value the larger the better.
            hopes[place] = np.where(np.isnan(hope[mine]), np.inf, -hope[mine])
            self.blocks[name] = Block(form, keys[start:end], values, states, hopes)

    def scores(self) -> pd.DataFrame:
        """Return plant_id, system, process, period, index_1 … index_3 (points), limiting_1 … limiting_3, level, n_missing as
        :func:`~cpaudit.indicators.score` does."""
        import pandas as pd

        frames = []
        for block in self.blocks.values():
            found = block.scores()
            frame = pd.DataFrame(block.units, columns=KEYS)
            none = found["level"] == 0
            for k in LEVELS:
                frame[f"index_{k}"] = pd.Series(found[f"index_{k}"] / 100).where(~none)
            frame = frame.assign(**{f"limiting_{k}": found[f"limiting_{k}"] for k in LEVELS})
            frame["level"] = pd.Series(found["level"], dtype="Int64").where(~none)
            frames.append(frame.assign(n_missing=found["n_missing"]))
        columns = [*KEYS, *(f"{n}_{k}" for n in ("index", "limiting") for k in LEVELS), "level", "n_missing"]
        every = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
        return every.sort_values(KEYS, ignore_index=True)


def _cells(made: Engine) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the units (form, keys), sorted, and their answers in the same order.

    Answers: row (of the unit), at (position in its form), code (of the state), value, hope (NaN: it's no composite answer).
    """
    import polars as pl

    c = pl.col
    long = made.long.collect("polars").to_native().lazy()
    if "hope" not in long.collect_schema():
        long = long.with_columns(hope=pl.lit(None, pl.Float64))
    places = made.known.table.lazy().select("form", "indicator", "known", at=pl.int_range(pl.len()).over("form"))
    answers = ["indicator", "value", "state", "hope"]
    # A unit's answers side by side: its texts are hashed and sorted once, not once for every answer.
    units = long.group_by("form", *KEYS).agg(answers).sort("form", *KEYS).collect()
    numbered = units.lazy().select("form", *answers, row=pl.int_range(pl.len())).explode(answers)
    reported = (c("state") == "reported") & c("value").is_finite().fill_null(False) & c("known")
    code = pl.when(reported).then(REPORTED).when(c("state") == "not_applicable").then(DECLINED).otherwise(MISSING)
    cells = numbered.join(places, on=["form", "indicator"], maintain_order="left")
    cells = cells.select("row", "at", "value", c("hope").fill_null(float("nan")), code=code.cast(pl.Int8)).collect()
    # Units none of whose answers belong to the form are no units of it.
    used = cells["row"].unique(maintain_order=True)
    return units.select("form", *KEYS)[used], cells.with_columns(row=c("row").rle_id())


@lru_cache(maxsize=4)
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
            rows=mine.to_dicts(),
            rule=rule[name],
            bounds=mine.select(f"bound_{k}" for k in LEVELS).to_numpy().T,
            shares=shares,
            **{n: mine[n].to_numpy() for n in ("sign", "counts", "limits", "asks")},
            **{n: np.array([g[n] for g in mine_groups], dtype=np.int64) for n in ("total", "group_weight", "shared")},
            bonus=np.array([g["bonus"] for g in mine_groups], dtype=bool),
        )
    return found
