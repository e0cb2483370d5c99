"""What functions of a data set gave, kept in the data set's memo."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset.data import Dataset

_F = TypeVar("_F", bound="Callable[..., Any]")


def remembered(compute: _F) -> _F:
    """Keep what a function of a data set gives in the data set's memo, by the function and its other arguments.

    Tables are handed out as copies, which the caller may change; anything else is shared. What is no data set is refused here,
    once for all of them.
    """
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def found(ds: Dataset, *args: Any, **kwargs: Any) -> Any:
        import pandas as pd

        dataset_of(ds)
        key = (name, args, tuple(sorted(kwargs.items())))
        try:
            hash(key)
        except TypeError:  # lists are for the function itself to refuse
            return compute(ds, *args, **kwargs)
        value = ds.memo(key, lambda: compute(ds, *args, **kwargs))
        return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value  # pandas copies what is written to

    return cast(_F, found)
