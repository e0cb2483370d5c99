"""An archive whose parts are unfolded once: who reads a workbook asks for them again and again."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import IO, Any

#: Bytes of an archive's parts that are kept; what is beyond is unfolded whenever it is asked for.
_MOST = 40_000_000


class Unfolded(zipfile.ZipFile):
    """A zip archive that keeps what it has unfolded, each part as it was checked the first time."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self._kept: dict[int, bytes] = {}
        self._room = _MOST

    def open(
        self, name: str | zipfile.ZipInfo, mode: Any = "r", pwd: bytes | None = None, *, force_zip64: bool = False
    ) -> IO[bytes]:
        """Return a part as a file of its own."""
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        at = part.header_offset  # two parts may have one name
        if at not in self._kept:
            if part.file_size > self._room:
                return super().open(part, mode, pwd, force_zip64=force_zip64)
            with super().open(part, mode, pwd, force_zip64=force_zip64) as content:
                self._kept[at] = content.read()
            self._room -= part.file_size
        return BytesIO(self._kept[at])
