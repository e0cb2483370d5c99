"""Tables that a page asks for several times are computed once per data set."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import pandas as pd

_P = ParamSpec("_P")
#: The last tables by function and arguments, the newest last.
_tables: dict[Hashable, pd.DataFrame] = {}
_MOST = 64


def kept(compute: Callable[_P, pd.DataFrame]) -> Callable[_P, pd.DataFrame]:
    """Keep the last tables of ``compute`` by its arguments, and hand out copies, which the caller may change.

    A data set is frozen and compared by identity, so it may be among the arguments; all must be hashable.
    """
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def table(*args: _P.args, **kwargs: _P.kwargs) -> pd.DataFrame:
        key = (name, args, tuple(sorted(kwargs.items())))
        found = _tables.pop(key, None)
        if found is None:
            found = compute(*args, **kwargs)
        _tables[key] = found
        if len(_tables) > _MOST:
            _tables.pop(next(iter(_tables)), None)
        return found.copy(deep=False)  # pandas copies what is written to

    return table


def tables() -> dict[Any, pd.DataFrame]:
    """Return what is kept, to be handed to another process (:func:`inherit`) together with the data sets that it is of."""
    return dict(_tables)


def inherit(ready: Mapping[Any, pd.DataFrame]) -> None:
    """Keep tables that another process has computed."""
    _tables.update(ready)
