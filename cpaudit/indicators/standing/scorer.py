"""Measurements prepared once for every question about standings: scores, explanations, what is open, ways up, what-if.

The expression in :mod:`~cpaudit.indicators.expression.scoring` defines the scores, for frames of any size wherever they live;
what the scorer says from dense arrays in a few milliseconds is held equal to it, number by number, by a test.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.fields import codes
from cpaudit.indicators.expression.engine import Engine, engine
from cpaudit.indicators.expression.frames import COLUMNS, KEYS, LEVELS
from cpaudit.indicators.standing.blocks import DECLINED, MISSING, REPORTED, Block, forms_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_CELL = [*KEYS, "indicator"]


class Scorer:
    """评分的准备：实测值按评价指标体系排成数组，级别、逐项解释、差距和试算都由它得出，只准备一次。

    ``blocks``: form of an indicator system → its units (plant, system, process, period) with their answers.
    """

    def __init__(self, measurements: Any, indicators: Any = None) -> None:
        """Take any frame that :func:`~cpaudit.indicators.score` takes, and the same indicators."""
        import numpy as np

        self._given = measurements, indicators
        self._changes: tuple[pd.DataFrame, ...] = ()
        made = engine(measurements, indicators)
        units, cells = _cells(made)
        row, column, state, value, hope = (cells[n].to_numpy() for n in ("row", "at", "code", "value", "hope"))
        self.blocks: dict[str, Block] = {}
        forms, keys, end = forms_of(made.known), units.select(KEYS).rows(), 0
        for name, length in Counter(units["form"].to_list()).items():  # sorted: the units of a form stand together
            start, end = end, end + length
            form, mine = forms[name], slice(*np.searchsorted(row, (start, end)))
            cell = (row[mine] - start, column[mine])
            values = np.full((end - start, len(form.rows)), -np.inf)
            states = np.full(values.shape, MISSING, dtype=np.int8)
            hopes = np.full(values.shape, np.inf)
            states[cell] = state[mine]
            values[cell] = np.where(state[mine] == REPORTED, value[mine] * form.sign[column[mine]], -np.inf)
            # A composite answer is a level: the smaller the better, like every signed value the larger the better.
            hopes[cell] = np.where(np.isnan(hope[mine]), np.inf, -hope[mine])
            self.blocks[name] = Block(form, keys[start:end], values, states, hopes)

    def of(self, plant_id: str | None = None, period: str | None = None) -> Scorer:
        """Return the scorer of one plant, of one period, or both; nothing is prepared again.

        The period may be told in words (审核前).
        """
        said = {label: code for code, label in codes("measurements", "period").items()}
        period = said.get(period, period) if period else period

        def wanted(unit: tuple[str, str, str, str]) -> bool:
            return plant_id in (None, unit[0]) and period in (None, unit[3])

        picked = {name: [at for at, unit in enumerate(block.units) if wanted(unit)] for name, block in self.blocks.items()}
        return self._with({name: self.blocks[name].pick(rows) for name, rows in picked.items() if rows}, self._changes)

    def changed(self, changes: pd.DataFrame) -> Scorer:
        """Return what the scorer would be if other values had been reported.

        Only what conditions, ranges or parameters decide is prepared again; a number by itself changes its place in the arrays.

        Args:
            changes: plant_id, system, process, period, indicator, value (null: as if it didn't apply). Parts of composite
                indicators and parameters can be changed like indicators.

        Raises:
            UsageError: a cell is changed twice.
        """
        if changes.duplicated(_CELL).any():
            raise UsageError("同一个数值改了两次，请每个指标只写一行。")
        every = (*self._changes, changes)
        found = {unit: (name, row) for name, block in self.blocks.items() for row, unit in enumerate(block.units)}
        cells: dict[str, list[tuple[int, int, float]]] = {}
        for *unit, indicator, value in changes[[*_CELL, "value"]].itertuples(index=False, name=None):
            name, row = found.get(tuple(unit), ("", 0))
            at = self.blocks[name].form.position.get(indicator) if name else None
            if at is None or self.blocks[name].form.composite[at]:
                return self._prepared_with(every)
            cells.setdefault(name, []).append((row, at, value))
        new = {name: self.blocks[name].changed(*map(list, zip(*mine, strict=True))) for name, mine in cells.items()}
        return self._with({**self.blocks, **new}, every)

    def scores(self) -> pd.DataFrame:
        """Return the table of :func:`~cpaudit.indicators.score`."""
        import numpy as np
        import pandas as pd

        frames = []
        for block in self.blocks.values():
            rule = block.form.rule
            found, best = block.ends()
            frame, none = pd.DataFrame(block.units, columns=KEYS), found["level"] == 0
            for k in LEVELS:
                frame[f"index_{k}"] = np.where(none, np.nan, found[f"index_{k}"] / 100)
            frame = frame.assign(**{f"limiting_{k}": found[f"limiting_{k}"] for k in LEVELS})
            for name, levels in (("level", block.proved), ("highest", best["level"])):
                frame[name] = pd.Series(levels, dtype="Int64").where(levels > 0)
            frame["n_indicators"] = rule["n_indicators"]
            frame["n_not_applicable"] = rule["n_indicators"] - rule["n_scorable"] + found["n_declined"]
            frames.append(frame.assign(n_missing=found["n_missing"], status=rule["status"]))
        return together(frames, _SCORES).sort_values(KEYS, ignore_index=True)

    def _with(self, blocks: dict[str, Block], changes: tuple[pd.DataFrame, ...]) -> Scorer:
        new = Scorer.__new__(Scorer)
        new._given, new._changes, new.blocks = self._given, changes, blocks
        return new

    def _prepared_with(self, changes: tuple[pd.DataFrame, ...]) -> Scorer:
        """Return the scorer of its units with the values of ``changes`` in place of theirs; of several, the last counts."""
        import narwhals as nw
        import pandas as pd

        measurements, indicators = self._given
        given = nw.from_native(measurements).lazy().select(COLUMNS).collect("pandas").to_native()
        mine = pd.DataFrame([unit for block in self.blocks.values() for unit in block.units], columns=KEYS)
        new = pd.concat(changes, ignore_index=True)[[*_CELL, "value"]].drop_duplicates(_CELL, keep="last")
        new["state"] = new["value"].notna().map({True: "reported", False: "not_applicable"}).astype("str")
        kept = given.merge(pd.concat([mine, new[KEYS]]).drop_duplicates(), on=KEYS)
        replaced = kept.merge(new[_CELL], on=_CELL, how="left", indicator=True)["_merge"].eq("both").to_numpy()
        return Scorer(pd.concat([kept.loc[~replaced, COLUMNS], new[COLUMNS]], ignore_index=True), indicators)


#: The columns of :meth:`Scorer.scores`, as an empty table has them.
_SCORES = {
    **dict.fromkeys(KEYS, "str"),
    **{f"index_{k}": "float64" for k in LEVELS},
    **{f"limiting_{k}": "bool" for k in LEVELS},
    "level": "Int64",
    "highest": "Int64",
    **dict.fromkeys(["n_indicators", "n_not_applicable", "n_missing"], "int64"),
    "status": "str",
}


def together(frames: list[pd.DataFrame], types: dict[str, str]) -> pd.DataFrame:
    """Return the frames as one, with these columns and types where there are none too."""
    import pandas as pd

    every = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(types))
    return every[list(types)].astype(types)


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
