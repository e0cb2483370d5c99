"""Everything that a load is given, file by file: its sheets, or the sentence that says why it has none."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, folders, formats, grids, opener, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid


#: How many places, and characters of text, all files of a load may have: they are held together, to the end.
_MOST_CELLS, _MOST_TEXT = 20_000_000, 200_000_000
#: So long opening them may take; a province's takes a minute.
_MOST_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Received:
    """A file: ``grids``, or None with ``why`` (a whole sentence; "" of an archive, whose files follow) and its problem's code."""

    source: Source
    sha256: str | None
    grids: list[Grid] | None = None
    why: str = ""
    code: str = ""


def receive(paths: Sequence[Path], decisions: Path | None, progress: Callable[[str], None]) -> list[Received]:
    """Open every file named or lying under the folders named, but the file of ``decisions``.

    Raises:
        ReadError: a path doesn't exist, a folder is empty, or not one file can be read; one sentence each.
    """
    with folders.found(paths) as found:
        sources = [s for s in found.sources if not (decisions and decisions.exists() and s.path.samefile(decisions))]

        held, spent = _Held(), _Spent()

        def take(source: Source) -> Received:
            progress(source.name)
            return spent.on(source, _take)

        opened = [held.with_one_more(one) for one in workers.each(sources, take)]
        shut = [Received(u.source, _digest(u.source.path), None, u.why, u.code) for u in found.unread]
        archives = [Received(s, _digest(s.path)) for s in found.archives]
    if found.wrong or not any(one.grids is not None for one in opened):
        wrong = [*found.wrong, *(one.why for one in (*opened, *shut) if one.why)]
        raise ReadError("\n".join(wrong) or "没有可读取的文件，请检查路径。")
    return [*opened, *archives, *shut]


def as_read(path: Path, prefix: str) -> Received:
    """Return a file that another reader has read, under a name that begins with ``prefix``."""
    return Received(files.Source(path, f"{prefix}{files.printable(path.name)}"), _digest(path), [])


class _Held:
    """What the files read so far hold together."""

    def __init__(self) -> None:
        self._cells = self._text = 0

    def with_one_more(self, one: Received) -> Received:
        """Return a file as it is, or without its sheets where all together would be too much: small files can hold much."""
        rows = [row for grid in one.grids or () for row in grid.rows]
        cells = self._cells + sum(map(len, rows))
        text = self._text + sum(len(value) for row in rows for value in row if type(value) is str)
        if cells <= _MOST_CELLS and text <= _MOST_TEXT:
            self._cells, self._text = cells, text
            return one
        most = f"{_MOST_CELLS // 10_000} 万格或 {_MOST_TEXT // 100_000_000} 亿字"
        why = f"{one.source.name} 未读取：本次读取的文件合计超过 {most}的上限，请删去各文件中多余的内容后再读取。"
        return Received(one.source, one.sha256, None, why, "file_unopened")


class _Spent:
    """How long opening the files of a load has taken so far, by the clock: thousands of them, each slow, would take days."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def on(self, source: Source, take: Callable[[Source], Received]) -> Received:
        """Return what a file is, or that it isn't opened any more."""
        if self._seconds > _MOST_SECONDS:
            told = f"打开前面的文件已用去 {_MOST_SECONDS // 60} 分钟，其余不再打开；请分几次读取，或删去打开很慢的文件。"
            why = f"{source.name} 未读取：{told}"
            return Received(source, None, None, why, "file_unopened")
        begun = time.monotonic()
        try:
            return take(source)
        finally:
            self._seconds += time.monotonic() - begun


def _take(source: Source) -> Received:
    why, code = files.fault(source) or "", "file_unopened"
    if not why:
        try:
            return Received(source, _digest(source.path), [grids.shortened(grid) for grid in opener.read(source)])
        except files.OtherFormatError as error:
            why = str(error)
            note = formats.formats()[error.kind].severity == "note"
            code = "file_ignored" if note else "file_unread"
        except ReadError as error:
            why = str(error)
    return Received(source, _digest(source.path), None, why, code)


def _digest(path: Path) -> str | None:
    """Return a file's SHA-256; None of what is no file, larger than any that is read, or can't be opened."""
    try:
        if not path.is_file() or files.too_large(path.stat().st_size):  # that takes a disk of nothing, or days
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # which is told in the file's own sentence
        return None
