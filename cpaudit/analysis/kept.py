"""Tables that a page asks for several times are computed once per data set."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_P = ParamSpec("_P")


def kept(compute: Callable[_P, pd.DataFrame]) -> Callable[_P, pd.DataFrame]:
    """Keep the last tables of ``compute`` by its arguments, and hand out copies, which the caller may change.

    A data set is frozen and compared by identity, so it may be among the arguments; all must be hashable.
    """
    keep = lru_cache(maxsize=8)(compute)

    @wraps(compute)
    def table(*args: _P.args, **kwargs: _P.kwargs) -> pd.DataFrame:
        return keep(*args, **kwargs).copy(deep=False)  # type: ignore[arg-type]  # pandas copies what is written to

    return table
