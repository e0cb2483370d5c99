"""The catalogue of problems, and the collector that turns what a reader noticed into rows of the problems table."""

from __future__ import annotations

import string
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.loaders.grids import Value

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

_LIMIT = 40


class Kind(Definition):
    """One kind of problem: how grave, what is said, what to do."""

    severity: Severity
    message: str
    hint: str


class _Catalogue(Definition):
    problems: dict[str, Kind]


@cache
def catalogue() -> dict[str, Kind]:
    """Return the kinds of problem that a file can have: code → :class:`Kind`.

    >>> catalogue()["date_order"].severity
    'error'
    """
    return read_definition(root() / "problems.yaml", _Catalogue).problems


class _Trimming(string.Formatter):
    """Fills the holes of a message; what comes from a file is cut to a length that a page can show."""

    def format_field(self, value: Any, format_spec: str) -> str:
        filled = str(value)
        return filled if len(filled) <= _LIMIT else filled[: _LIMIT - 1] + "…"


class Problems:
    """Collects problems while files are read."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._formatter = _Trimming()

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        code: str,
        where: tuple[str, str, str],
        *,
        value: Value = None,
        unit: str | None = None,
        plant_id: str | None = None,
        holes: Any = (),
    ) -> None:
        """Note a problem at ``where`` (file, sheet, cell); ``holes`` fill its message and hint."""
        from cpaudit.loaders.values import shown

        kind = catalogue()[code]
        filled = dict(holes)
        hint = kind.hint.format(**filled) if "{" in kind.hint else kind.hint
        self._rows.append(
            {
                "severity": kind.severity,
                "code": code,
                "file": where[0],
                "sheet": where[1],
                "cell": where[2],
                "unit": unit,
                "plant_id": plant_id,
                "value": shown(value) or None,
                "message": self._formatter.vformat(kind.message, (), filled),
                "hint": hint,
            }
        )

    def frame(self) -> pd.DataFrame:
        """Return the problems table."""
        from cpaudit.fields import tables

        return tables()["problems"].coerce(self._rows)


def problem_summary(problems: pd.DataFrame) -> pd.DataFrame:
    """Count problems by reporting unit.

    Returns:
        One row per unit in official order, the unattributed last: unit (label), error, warning, note (counts).
    """
    import pandas as pd

    from cpaudit.programme import units

    labels = {key: u.name for key, u in units().items()}
    named = problems["unit"].map(labels).fillna("未归属")
    counts = pd.crosstab(named, problems["severity"]).reindex(columns=list(SEVERITIES), fill_value=0)
    order = [n for n in [*labels.values(), "未归属"] if n in counts.index]
    return counts.reindex(order).rename_axis(index="unit", columns=None).reset_index()
