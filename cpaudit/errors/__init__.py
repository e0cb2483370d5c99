"""The errors that cpaudit raises on purpose: one Chinese sentence each, saying what, where and what to do."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """What a command ends with; docs/operations.md says it in users' words."""

    FINE = 0
    #: The data have errors; what could be written is.
    DATA = 1
    #: The call is wrong: no such option, unit, date or programme, no snapshot there.
    USAGE = 2
    #: Nothing was written, or there is nothing to show: a file is damaged or missing, a folder empty.
    NOTHING = 3
    #: A fault of the program.
    FAULT = 70
    INTERRUPTED = 130


class CpauditError(Exception):
    """A failure that the user can act on; ``str(error)`` is one whole Chinese sentence."""

    exit_code = ExitCode.NOTHING

    @property
    def sentence(self) -> str:
        """The whole as a terminal, a log or another sentence shows it."""
        return str(self)

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback (IPython asks for it)."""
        return [str(self)]


class DefinitionError(CpauditError):
    """A reference file (notice, indicator system, layout, field) is not what its schema asks for."""


class ReadError(CpauditError):
    """A file cannot be opened at all; the sentence names the file and the way out."""


class SnapshotError(CpauditError):
    """A snapshot is missing, incomplete or damaged."""


class NoSnapshotError(SnapshotError):
    """There is no snapshot where one was asked for."""

    exit_code = ExitCode.USAGE


class ReportError(CpauditError):
    """At least one report could not be made."""


class UsageError(CpauditError):
    """The call itself is wrong: an unknown unit, a date that is none, a parameter that does not exist."""

    exit_code = ExitCode.USAGE
    _choices = ""

    @classmethod
    def among(cls, wrong: str, choices: Iterable[str]) -> UsageError:
        """Return the error that says what is ``wrong`` and, on its last line, what can be written instead."""
        said = "、".join(choices)
        made = cls(f"{wrong}，请从下列中选择：\n{said}")
        made._choices = said
        return made

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        return str(self).removesuffix(f"\n{self._choices}") + f"{self._choices}。" if self._choices else str(self)


class ProgramFault(CpauditError):
    """The program contradicts itself: its own account doesn't balance. Nothing is written."""

    exit_code = ExitCode.FAULT

    def __init__(self, what: str) -> None:
        super().__init__(f"程序出错：{what}没有写入任何内容，报送的原文件未改动；请把报送文件和这句话交给维护人员。")
