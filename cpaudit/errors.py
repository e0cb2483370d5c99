"""The errors that cpaudit raises on purpose: one Chinese sentence each, saying what, where and what to do."""

from __future__ import annotations


class CpauditError(Exception):
    """A failure that the user can act on; ``str(error)`` is one whole Chinese sentence."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback (IPython asks for it)."""
        return [str(self)]


class DefinitionError(CpauditError):
    """A reference file (notice, indicator system, layout, field) is not what its schema asks for."""


class ReadError(CpauditError):
    """A file cannot be opened at all; the sentence names the file and the way out."""


class SnapshotError(CpauditError):
    """A snapshot is missing, incomplete or damaged."""


class ReportError(CpauditError):
    """At least one report could not be made."""


class UsageError(CpauditError):
    """The call itself is wrong: an unknown unit, a date that is none, a parameter that does not exist."""

    exit_code = 2
