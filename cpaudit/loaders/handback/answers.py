"""The answer to a file, made from it in a process with bounds: its own workbook marked, or one made of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.loaders.handback import marks, plain
from cpaudit.loaders.opening import readers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cpaudit.loaders.handback.listing import Problem
    from cpaudit.loaders.opening.files import Source


def marked(path: Path, problems: list[Problem], remarks: list[str], labels: Mapping[str, str]) -> bytes | None:
    """Return the file's own workbook with its problems marked; None where it can't be edited part by part."""
    try:
        return marks.mark(path.read_bytes(), problems, remarks, labels)
    except MemoryError:
        raise
    except Exception:  # Unfit, or built as no standard says: its cells were read all the same
        return None


def anew(source: Source, problems: list[Problem], remarks: list[str], labels: Mapping[str, str]) -> bytes:
    """Return a workbook made of the cells that are read of a file, with its problems marked.

    Raises:
        ReadError: the file can't be read any more.
    """
    bare, names = plain.workbook(readers.read(source), source.path.stem)
    renamed = [p._replace(sheet=names.get(p.sheet, p.sheet)) for p in problems]
    return marks.mark(bare, renamed, remarks, labels)


def listed(sheet: str, problems: list[Problem], remarks: list[str], labels: Mapping[str, str]) -> bytes:
    """Return a workbook of the list alone, and an empty sheet called ``sheet`` that stands for the file's."""
    return marks.mark(plain.workbook([], sheet)[0], problems, remarks, labels)
