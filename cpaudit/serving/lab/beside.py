"""Modules beside a notebook: found for the notebook's own imports, never for those of Jupyter or of any library."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType


class Beside:
    """The last finder of a kernel: looks in the notebook's folder, after everything installed has been looked through.

    Only what a cell imports, or a module that was found so. A library that tries for something optional doesn't get it
    from a folder which others may write to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return where a module is, None where it isn't ours to find."""
        if path is not None or not self._own(sys._getframe(1)):
            return None
        return PathFinder.find_spec(name, [str(self._folder)], target)

    def _own(self, frame: FrameType | None) -> bool:
        while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("importlib", "_frozen_importlib"):
            frame = frame.f_back
        if frame is None:
            return False
        asking = frame.f_globals
        return asking.get("__name__") == "__main__" or self._folder in Path(asking.get("__file__") or "").parents


def find_beside(folder: Path) -> None:
    """Have this process find modules in ``folder`` for what is run as ``__main__``."""
    sys.meta_path.append(Beside(folder))
