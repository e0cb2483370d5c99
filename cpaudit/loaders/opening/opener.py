"""Any file that is read → its sheets as grids: :func:`read` in a process of its own, :func:`here` in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import documents, files, flat, ruled, workbooks

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid


def here(source: Source) -> list[Grid]:
    """Return the sheets of a file; what it is shows in its content, not in its name. Damage may end this process.

    Raises:
        OtherFormatError: a kind that isn't read.
        ReadError: the file is damaged, protected, too large or no table, in one sentence.
    """
    readers = {"xlsx": workbooks.xlsx, "xls": workbooks.xls, "docx": documents.read, "pdf": ruled.read, "text": flat.read}
    try:
        return readers[files.kind(source)](source)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # a damaged file fails inside the libraries in many ways
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error


def read(source: Source) -> list[Grid]:
    """Return the sheets of a file, opened in a process with bounds.

    Raises:
        ReadError: it can't be read, or not within the bounds, in one sentence.
    """
    from cpaudit.loaders.opening import formats, workers

    try:
        return workers.read(source)
    except files.OtherFormatError as error:
        kind = error.kind or formats.suffixed(source.path.suffix.lower()) or "other"
        raise files.OtherFormatError(kind, formats.formats()[kind].sentence(source.name)) from None
