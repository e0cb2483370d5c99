"""A model of a province: its plants, what they are built with, what their audits change and when; no files, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.sample.world.plants import Plant
    from cpaudit.sample.world.province import plants_of
    from cpaudit.sample.world.steps import LISTED_ON

__all__ = ["LISTED_ON", "Plant", "plants_of"]

__getattr__, __dir__ = lazy.public(
    __name__,
    {
        "LISTED_ON": "cpaudit.sample.world.steps:LISTED_ON",
        "Plant": "cpaudit.sample.world.plants:Plant",
        "plants_of": "cpaudit.sample.world.province:plants_of",
    },
)
