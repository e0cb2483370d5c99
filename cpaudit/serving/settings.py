"""How many viewers the service takes, and how long it waits for whom: dashboards/service.yaml."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from cpaudit.reference import Definition, read_definition, shipped


class Settings(Definition):
    """Limits of the service; counts of pages (each has a kernel), times in seconds, use per viewer."""

    pages: int = Field(ge=1)
    pages_per_viewer: int = Field(ge=1)
    pages_at_once: int = Field(ge=1)
    spare_kernels: int = Field(ge=0)
    idle_s: float = Field(gt=0)
    left_s: float = Field(gt=0)
    cell_s: int = Field(gt=0)
    check_s: float = Field(gt=0)
    requests_per_s: float = Field(gt=0)
    files_per_s: float = Field(gt=0)
    messages_per_s: float = Field(gt=0)
    kb_per_s: float = Field(gt=0)
    sent_kb_per_s: float = Field(gt=0)
    burst_s: float = Field(ge=1)
    message_kb: int = Field(ge=1)
    kernel_s_per_minute: float = Field(gt=0)
    slow_s: float = Field(gt=0)
    frozen_s: float = Field(gt=0)


@cache
def settings() -> Settings:
    """Return the shipped settings.

    Raises:
        DefinitionError: the file is wrong.
    """
    return read_definition(shipped("dashboards") / "service.yaml", Settings)
