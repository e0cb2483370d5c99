"""Public names that are loaded when first used, so that importing a package costs nothing and shows only what is public."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def public(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of ``package``; ``names``: public name → module, or ``module:attribute``."""

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, attribute = names[name].partition(":")
        loaded = importlib.import_module(module)
        found = getattr(loaded, attribute) if attribute else loaded
        setattr(sys.modules[package], name, found)
        return found

    return get, lambda: sorted(names)
