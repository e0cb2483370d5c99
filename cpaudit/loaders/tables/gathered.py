"""What one load has gathered so far: rows by table, what rows claim, problems, the plants known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.plants.identity import Registry
from cpaudit.loaders.problems import Problems
from cpaudit.loaders.sheets.forms import forms
from cpaudit.loaders.tables.arrivals import Arrivals
from cpaudit.loaders.tables.claims import Claims

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.programme import Programme


@dataclass
class Load:
    """Everything that one load has gathered: rows by table, problems, the plants known."""

    programme: Programme
    as_of: dt.date
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    problems: Problems = field(default_factory=Problems)
    registry: Registry = field(default_factory=Registry)
    claims: Claims = field(default_factory=Claims)
    arrivals: Arrivals = field(default_factory=Arrivals)
    #: (name, unit) → the plant that a roster lists under that name with a code.
    listed: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Rostered plants of which the lists disagree whose they are.
    disputed: set[str] = field(default_factory=set)
    #: (plant, option's class, its name) → the number given to an option without one.
    unnumbered: dict[tuple[str, str, str], str] = field(default_factory=dict)
    #: (sheet, row) → the note that the row says again what another one says: told where nothing else of it is disputed.
    repeats: dict[tuple[int, int], tuple[str, str, str | None, dict[str, Any]]] = field(default_factory=dict)
    demonstration: bool = False
    #: Where amounts stand whose cell says its own unit: that is no slip.
    said: set[tuple[str, str, str]] = field(default_factory=set)
    _plants: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def form(self) -> str:
        """What tells the programme's layouts from others'."""
        return forms(self.programme)["roster"].form

    def plant(self, plant_id: str) -> dict[str, Any]:
        """Return the row of a rostered plant."""
        if not self._plants:  # rosters are read whole before anything asks
            self._plants = {p["plant_id"]: p for p in self.tables["plants"]}
        return self._plants[plant_id]
