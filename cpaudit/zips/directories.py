"""Zip archives opened with bounds: Python makes an object of every entry that a directory has before it can be asked how many."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cpaudit.zips.unfolded import Unfolded

if TYPE_CHECKING:
    from collections.abc import Iterator

#: More entries than this, or bytes of a directory, has no archive of returns and no workbook.
MOST_ENTRIES, _MOST_BYTES = 20_000, 4_000_000
_ENTRY = b"PK\x01\x02"


class CrowdedError(Exception):
    """An archive's directory is larger than any that is read."""


@contextmanager
def opened(
    file: Path | IO[bytes], entries: int = MOST_ENTRIES, size: int = _MOST_BYTES, *, kept: bool = False
) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose directory has so many entries and bytes at most; ``kept``: its parts are unfolded once.

    Raises:
        CrowdedError: its directory is too large.
        OSError, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error: as :class:`zipfile.ZipFile` does.
    """
    if isinstance(file, Path):
        with file.open("rb") as content, opened(content, entries, size, kept=kept) as archive:
            yield archive
        return
    watched = _Watched(file, entries, size)
    with Unfolded(watched) if kept else zipfile.ZipFile(watched) as archive:
        watched.listed()
        yield archive


class _Watched:
    """A file that gives out so much and no more until its archive's directory is listed.

    What is counted is what is read, never what the archive says of itself: its end record may say few and have many.
    """

    def __init__(self, file: Any, entries: int, size: int) -> None:
        self._file = file
        self._bytes, self._entries, self._listing = size, entries, True
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def listed(self) -> None:
        self._listing = False

    def read(self, size: int = -1) -> bytes:
        if not self._listing:
            return bytes(self._file.read(size))
        most = self._bytes + 1
        content = bytes(self._file.read(most if size < 0 else min(size, most)))
        self._bytes -= len(content)
        self._entries -= content.count(_ENTRY)
        if self._bytes < 0 or self._entries < 0:
            raise CrowdedError
        return content
