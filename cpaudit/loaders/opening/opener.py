"""Any file that is read → its sheets as grids, opened in a process with bounds: damage costs that process alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.loaders.opening import files, formats, workers

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid


def read(source: Source) -> list[Grid]:
    """Return the sheets of a file, opened in a process with bounds.

    Raises:
        ReadError: it can't be read, or not within the bounds, in one sentence.
    """
    try:
        return workers.read(source)
    except files.OtherFormatError as error:
        kind = error.kind or formats.suffixed(source.path.suffix.lower()) or "other"
        raise files.OtherFormatError(kind, formats.formats()[kind].sentence(source.name)) from None
