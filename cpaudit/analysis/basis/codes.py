"""Texts as numbers: Arrow looks texts up where pandas keeps them, NumPy counts and sums numbers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors.arguments import one_of
from cpaudit.fields import UNREAD, tables
from cpaudit.labels import usual
from cpaudit.programme.model import titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What plants can be grouped by.
PLANT_GROUPS = ("unit", "industry", "roster", "county", "consultant", "cohort")


def grouping(by: object, choices: Iterable[str] = PLANT_GROUPS) -> str | None:
    """Return the column that is grouped by, which may be told in words (上报单位); None is no grouping.

    Raises:
        UsageError: the table has no such grouping; its last line lists them.
    """
    return None if by is None else one_of("不能按“{}”分组", by, in_words(choices))


def groups(ds: Dataset, by: str) -> pd.Series:
    """Return the group of each plant, in the order of ``ds.plants``; a cohort as :func:`cohorts` does.

    >>> import cpaudit as cp
    >>> groups(cp.example(), "cohort").isna().any().item()
    False
    """
    return cohorts(ds) if by == "cohort" else ds.plants[by]


def cohorts(ds: Dataset) -> pd.Series:
    """Return the batch that listed each plant first, by its id or as the list has it; ``unread`` where that isn't understood.

    A blank is read as the programme says (``interpretations.first_listed``): this batch, or null.

    >>> import cpaudit as cp
    >>> set(cohorts(cp.example())) <= {"hebei-2021-2"}
    True
    """
    known = {title: id for id, title in titles().items()}  # a list of those carried over may say either
    said = ds.plants["cohort"].replace(known)
    if ds.programme.interpretations.first_listed.choice == "this_batch":
        said = said.fillna(ds.programme.id)
    unread = ds.plants["unread_fields"].fillna("").str.split(";").map(lambda columns: "cohort" in columns)
    return said.mask(unread.astype(bool), UNREAD).astype("str")


def in_words(columns: Iterable[str]) -> dict[str, str]:
    """Return columns with what they are called, to be chosen by either."""
    return {column: usual(column).label for column in columns}


def amounts() -> dict[str, str]:
    """Return the investment and every benefit with what they are called."""
    options = tables()["options"].columns
    return {name: f.label for name, f in options.items() if f.benefit or name == "investment_wan_yuan"}


def places(rows: pd.DataFrame) -> pd.Series:
    """Return where rows stand, as text: file, sheet (where a file has sheets) and cell."""
    where = rows["file"] + " " + rows["sheet"].fillna("") + " " + rows["cell"].fillna("")
    return where.str.replace("  ", " ", regex=False)


def positions(texts: pd.Series, known: Sequence[str] | pd.Series | pd.Index) -> np.ndarray:
    """Return where each text stands in ``known``, in which each stands once; -1 for others and for what is missing.

    >>> import pandas as pd
    >>> positions(pd.Series(["b", None, "c", "b"], dtype="str"), ["a", "b"]).tolist()
    [1, -1, -1, 1]
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.large_string()  # what pandas keeps texts in
    found = pc.index_in(pa.array(texts, kind), value_set=pa.array(known, kind))
    places: np.ndarray = found.fill_null(-1).to_numpy().astype(np.int64)
    return places


def sums(columns: Mapping[str, np.ndarray], by: pd.Series | None = None) -> pd.DataFrame:
    """Return the sums of columns of numbers, truths or counts (whole numbers), in all (one row) or by group.

    The index holds the groups in the order in which they occur; missing is a group too.

    >>> import numpy as np, pandas as pd
    >>> sums({"n": np.array([1, 2, 4])}, pd.Series(["y", "x", "y"], dtype="str"))["n"].to_dict()
    {'y': 5, 'x': 2}
    """
    import numpy as np
    import pandas as pd

    if by is None:
        return pd.DataFrame({name: [int(values.sum())] for name, values in columns.items()})
    code, groups = by.factorize(use_na_sentinel=False)
    found = {name: np.bincount(code, weights=values, minlength=len(groups)).astype(int) for name, values in columns.items()}
    return pd.DataFrame(found, index=groups)


def percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return percentages, null over nothing.

    >>> import pandas as pd
    >>> percent(pd.Series([1, 0]), pd.Series([4, 0])).tolist()
    [25.0, nan]
    """
    import numpy as np
    import pandas as pd

    of, parts = (numbers.to_numpy(dtype=float, na_value=np.nan) for numbers in (whole, part))
    return pd.Series(parts / np.where(of > 0, of, np.nan) * 100, index=part.index)


def crossed(rows: pd.Series, columns: pd.Series) -> pd.DataFrame:
    """Return how often each pair of values occurs, both sorted; missing ones don't count. pandas.crosstab is ten times as slow.

    >>> import pandas as pd
    >>> crossed(pd.Series(["b", "a", "b"]), pd.Series(["x", "y", "x"])).loc["b"].to_dict()
    {'x': 2, 'y': 0}
    """
    import numpy as np
    import pandas as pd

    (down, index), (across, heads) = rows.factorize(sort=True), columns.factorize(sort=True)
    both = (down >= 0) & (across >= 0)
    shape = len(index), len(heads)
    counts = np.bincount(down[both] * shape[1] + across[both], minlength=shape[0] * shape[1]).reshape(shape)
    return pd.DataFrame(counts, index=pd.Index(index, name=rows.name), columns=heads)
