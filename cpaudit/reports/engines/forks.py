"""Reports in forked processes: what their warm parent loads beforehand, and the pool that they run in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cpaudit.errors import CpauditError
from cpaudit.processes import warm
from cpaudit.processes.pool import ForkingPool

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

#: What reports need besides what every page needs.
_MODULES = ("papermill", "nbformat.v4", "cpaudit.reports.tasks", "cpaudit.reports.cells.inprocess", "cpaudit.reports.html")


def pool(
    jobs: int,
    seconds: float,
    modules: Sequence[str] = (),
    look_up: tuple[str, dt.date, str] | None = None,
    told: Mapping[str, str] | None = None,
) -> ForkingPool:
    """Return a pool for reports. ``modules`` are loaded beforehand too; what :func:`~inheritance.gather` returns for
    ``look_up`` is there for whatever starts after it is done; ``told`` is in its processes' environment too.
    """
    from cpaudit.reports.engines import inheritance
    from cpaudit.reports.tasks import environment

    # What goes wrong with the look-up is told by the reports, which look themselves then.
    adopt = f"{inheritance.__name__}:{inheritance.adopt.__name__}"
    first = (adopt, inheritance.gather, *look_up) if look_up else ()
    where = f"{__name__}:{prepare.__name__}"
    return ForkingPool(jobs, seconds, where, modules, work="生成报告", first=first, environment={**environment(), **(told or {})})


def prepare(*modules: str) -> None:
    """Load what reports need, in their warm parent, and make one of nothing."""
    warm.preload(*_MODULES, *modules)
    warm.plain_texts()
    definitions()
    from cpaudit.reports.engines.rehearsal import rehearse

    rehearse()


def definitions() -> None:
    """Read what every report reads, none of it with Polars: definition files, and plotly's own validators at first use."""
    from cpaudit import fields, indicators
    from cpaudit.programme import divisions, industries, units
    from cpaudit.programme.conventions import conventions
    from cpaudit.views import theme

    # A faulty file is told by the report that needs it.
    for read in (fields.tables, units, divisions, industries, conventions, indicators.systems, theme.figure):
        with suppress(CpauditError):
            read()
