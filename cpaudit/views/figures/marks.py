"""Which plants a mark of a figure stands for: marks go by short Chinese keys, the first element of their customdata."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def key(*names: str) -> str:
    """Return the key of a mark: what it stands for, as the list of its plants is headed.

    >>> key("唐山市", "已验收")
    '唐山市 · 已验收'
    """
    return " · ".join(names)


def behind(plant_ids: Iterable[str], keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return key → plants from a plant and a key per row; a plant counts once per key.

    >>> behind(["a", "b", "a"], ["酿造", "水泥", "酿造"])
    {'酿造': ('a',), '水泥': ('b',)}
    """
    found: dict[str, dict[str, None]] = {}
    for plant, name in zip(plant_ids, keys, strict=True):
        found.setdefault(name, {})[plant] = None
    return {name: tuple(plants) for name, plants in found.items()}
