"""The workbench's own conventions, which no notice lays down: bands and small units of a bulletin, limits of a forecast."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

Percent = Annotated[float, Field(ge=0, le=100)]


class Band(Definition):
    """A band of units: those whose percentage is at least ``min_pct``."""

    label: str
    min_pct: Percent


class BulletinRules(Definition):
    """How a bulletin sorts units: bands from high to low; units of up to ``small_unit`` plants stand apart, and those of
    more than ``max_silent_pct`` of whose plants nothing came.
    """

    small_unit: int = Field(ge=0)
    max_silent_pct: Percent = 10
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bands_fall_to_zero(self) -> Self:
        limits = [b.min_pct for b in self.bands]
        if limits != sorted(set(limits), reverse=True) or limits[-1] != 0:
            raise ValueError("bands 的 min_pct 须从高到低、互不相同，最后一档为 0")
        return self


class ForecastRules(Definition):
    """When a forecast is given, and how sure its interval is; see ``analysis.forecast``."""

    window: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(min_length=1)
    short: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(min_length=1)
    brief: int = Field(ge=1)
    follow: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    late: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    min_seen: int = Field(ge=1)
    min_group: int = Field(ge=1)
    confidence: float = Field(ge=0.5, le=0.999)
    max_error: Percent
    near: int = Field(ge=0)
    look_back: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    bands: tuple[Percent, ...] = Field(min_length=2)
    days_ahead: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.bands) != sorted(set(self.bands)) or (self.bands[0], self.bands[-1]) != (0, 100):
            raise ValueError("bands 须从 0 到 100，由低到高、互不相同")
        for name in ("window", "short", "follow", "late", "look_back"):
            cuts = getattr(self, name)
            if list(cuts) != sorted(set(cuts)):
                raise ValueError(f"{name} 须由小到大、互不相同")
        return self


class RepeatRules(Definition):
    """How often plants are due again where the notice doesn't say: reason of being listed → years."""

    repeat_years: dict[str, Annotated[int, Field(ge=1)]]


class Conventions(Definition):
    """``data/reference/conventions.yaml``."""

    consequences: RepeatRules

    bulletin: BulletinRules
    forecast: ForecastRules


@cache
def conventions() -> Conventions:
    """Return the conventions in use.

    Raises:
        DefinitionError: the file is faulty.
    """
    return read_definition(root() / "conventions.yaml", Conventions)
