"""What rows say of one thing, kept until all are read: a claim per row, and the one fate in which each data row ends."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row

#: ``stored``: something of it is in the tables; ``repeated``: another row says the same; ``rejected``: a problem stands at its
#: row, or at its table where that isn't used at all; ``held``: it contradicts another row, a problem stands at both.
Fate = Literal["stored", "repeated", "rejected", "held"]
FATES: tuple[Fate, ...] = ("stored", "repeated", "rejected", "held")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one row says of one thing: the rows of a tidy table that it would become, none where its cells are blank."""

    row: Row
    records: tuple[dict[str, Any], ...]


@dataclass
class Claims:
    """All claims of a load: table → the thing (whatever tells it from others) → the claims, in the order of reading."""

    of: dict[str, dict[tuple[Any, ...], list[Claim]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, table: str, about: tuple[Any, ...], row: Row, records: tuple[dict[str, Any], ...]) -> None:
        """Note what a row says of a thing."""
        self.of[table][about].append(Claim(row, records))
