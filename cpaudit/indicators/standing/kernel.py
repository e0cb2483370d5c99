"""The same scores from dense arrays: a few milliseconds for all plants, for what-if and for looking at one unit closely.

The expression in :mod:`.scoring` defines the scores; a test holds this kernel equal to it, number by number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.expression.engine import Engine, engine
from cpaudit.indicators.expression.frames import KEYS, LEVELS, Prepared
from cpaudit.indicators.expression.scoring import SCALE

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
    def categories(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """The categories outside bonus groups: names, positions of their indicators one after another, where each begins.

        ``hazardous_waste``: the indicators marked so.
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
    def met(self) -> np.ndarray:
        """Whether each value meets level I, II, III (3 × n × i)."""
        return self.values >= self.form.bounds[:, None]

    @cached_property
    def level_met(self) -> np.ndarray:
        """The best level that each value meets, 1 … 4; 0 where the indicator doesn't apply or can't be scored (n × i)."""
        import numpy as np

        return np.asarray(np.where(self.applies, 4 - self.met.sum(axis=0, dtype=np.int8), 0))

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

    def at_best(self) -> Block:
        """Return the block with every missing answer taken as the best there could be."""
        import numpy as np

        missing = self.states == MISSING
        values = np.where(missing, self.hopes, self.values)
        return replace(self, values=values, states=np.where(missing, REPORTED, self.states))

    def ends(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return :meth:`scores` as the answers are, and :meth:`at_best`; both at once, for little more than one of them."""
        import numpy as np

        best, n = self.at_best(), len(self.units)
        values, states = np.concatenate([self.values, best.values]), np.concatenate([self.states, best.states])
        both = replace(self, values=values, states=states).scores()
        return {name: column[:n] for name, column in both.items()}, {name: column[n:] for name, column in both.items()}

    def changed(self, values: dict[str, Any]) -> Block:
        """Return the block with other values of some indicators (id → number or array over the units; reported from then on)."""
        import numpy as np

        new, states = self.values.copy(), self.states.copy()
        for indicator, value in values.items():
            at = self.form.position[indicator]
            new[:, at] = np.asarray(value, dtype="float64") * self.form.sign[at]
            states[:, at] = REPORTED
        return replace(self, values=new, states=states)


def _scores(form: Form, met: np.ndarray, states: np.ndarray) -> dict[str, np.ndarray]:
    """The computation of :func:`~cpaudit.indicators.expression.scoring.scored`, on arrays; all three levels at once."""
    import numpy as np

    declined, rule = states == DECLINED, form.rule
    # Products of whole numbers below 2^53 are exact as doubles, and BLAS multiplies doubles.
    off = (declined.astype(float) @ form.shares).astype(np.int64)
    left = form.total - off * form.shared
    empty = ((left <= 0) & (form.total > 0) & ~form.bonus) @ form.group_weight
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
    long = made.long.collect("polars").to_native()
    if "hope" not in long.columns:
        long = long.with_columns(hope=pl.lit(None, pl.Float64))
    answers = ["indicator", "value", "state", "hope"]
    # A unit's answers side by side: its texts are hashed and sorted once, not once for every answer. A form is of one system.
    unit = ["form", "plant_id", "process", "period"]
    units = long.group_by(unit).agg(c("system").first(), *answers).sort(unit)
    numbered = units.select("form", *answers, row=pl.int_range(pl.len())).explode(answers)
    reported = (c("state") == "reported") & c("value").is_finite().fill_null(False) & c("known")
    code = pl.when(reported).then(REPORTED).when(c("state") == "not_applicable").then(DECLINED).otherwise(MISSING)
    places = made.known.table.select("form", "indicator", "known", "at")
    cells = numbered.join(places, on=["form", "indicator"], how="left", maintain_order="left").filter(c("at").is_not_null())
    cells = cells.select("row", "at", "value", c("hope").fill_null(float("nan")), code=code.cast(pl.Int8))
    # Units none of whose answers belong to the form are no units of it.
    used = cells["row"].unique(maintain_order=True)
    return units.select("form", *KEYS)[used], cells.with_columns(row=c("row").rle_id())


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
            rows=mine.to_dicts(),
            rule=rule[name],
            bounds=mine.select(f"bound_{k}" for k in LEVELS).to_numpy().T,
            shares=shares,
            **{n: mine[n].to_numpy() for n in ("sign", "counts", "limits", "asks")},
            **{n: np.array([g[n] for g in mine_groups], dtype=np.int64) for n in ("total", "group_weight", "shared")},
            bonus=np.array([g["bonus"] for g in mine_groups], dtype=bool),
        )
    return found
