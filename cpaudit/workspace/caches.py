"""What was computed from definitions is kept until other definitions are in force: the one way to cache such a thing."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cpaudit.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., Any]")
#: What to do when other definitions come into force: first everything is forgotten, then what others hold is renewed.
_FORGET: list[Callable[[], object]] = []
_RENEW: list[Callable[[], object]] = []


def cache(compute: _F) -> _F:
    """Keep what a function gives for its arguments, as ``functools.cache`` does, while the same definitions are in force."""
    return lru_cache(None)(compute)


def lru_cache(maxsize: int | None) -> Callable[[_F], _F]:
    """Keep the latest ``maxsize`` results, as ``functools.lru_cache`` does, while the same definitions are in force."""

    def kept(compute: _F) -> _F:
        found = functools.lru_cache(maxsize)(compute)
        _FORGET.append(found.cache_clear)
        return cast(_F, found)

    return kept


def forgotten(clear: Callable[[], object]) -> None:
    """Have ``clear`` called when other definitions come into force: for what is kept in another way."""
    _FORGET.append(clear)


def renewed(renew: Callable[[], object]) -> None:
    """Have ``renew`` called then: for a constant that modules hold. It is called only where its module is loaded."""
    _RENEW.append(renew)


def held(compute: _F) -> _F:
    """Hand out one dictionary for the same arguments, filled anew when other definitions come into force."""
    known: dict[Any, dict[Any, Any]] = {}

    @functools.wraps(compute)
    def found(*args: Any) -> dict[Any, Any]:
        if args not in known:
            known[args] = dict(compute(*args))
        return known[args]

    def renew() -> None:
        for args, one in known.items():
            new = compute(*args)
            one.clear()
            one.update(new)

    renewed(renew)
    return cast(_F, found)


def turn() -> None:
    """Forget all that rests on the definitions which were in force, and renew what is held."""
    for clear in _FORGET:
        clear()
    for renew in _RENEW:
        with contextlib.suppress(DefinitionError):  # told to whoever reads the definition next
            renew()
