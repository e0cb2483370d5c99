"""A file → its sheets as grids, in the process that asks: by what it is, the reader for it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, flat
from cpaudit.loaders.opening.books import workbooks
from cpaudit.loaders.opening.grids import check_whole
from cpaudit.loaders.opening.papers import documents, ruled

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid


def read(source: Source) -> list[Grid]:
    """Return the sheets of a file; what it is shows in its content, not in its name. Damage may end the process.

    Raises:
        OtherFormatError: a kind that isn't read.
        ReadError: the file is damaged, protected, too large or no table, in one sentence.
    """
    of_archives = {"xlsx": workbooks.xlsx, "docx": documents.read}
    others = {"xls": workbooks.xls, "pdf": ruled.read, "text": flat.read}
    try:
        with ExitStack() as held:
            kind, archive = files.kind(source, held)
            found = of_archives[kind](source, archive) if archive else others[kind](source)
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # a damaged file fails inside the libraries in many ways
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error
    check_whole(source, found)
    return found
