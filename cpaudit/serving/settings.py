"""How many viewers the service takes, and how long it waits for whom: dashboards/service.yaml."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from cpaudit.reference import Definition, read_definition, shipped


class Settings(Definition):
    """Limits of the service; counts of pages (each has a kernel), times in seconds."""

    pages: int = Field(ge=1)
    pages_per_viewer: int = Field(ge=1)
    spare_kernels: int = Field(ge=0)
    idle_s: float = Field(gt=0)
    left_s: float = Field(gt=0)
    cell_s: int = Field(gt=0)
    check_s: float = Field(gt=0)


@cache
def settings() -> Settings:
    """Return the shipped settings.

    Raises:
        DefinitionError: the file is wrong.
    """
    return read_definition(shipped("dashboards") / "service.yaml", Settings)
