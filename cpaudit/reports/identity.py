"""What a report is made with: the program down to its sources, and the libraries that have a say in the bytes."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cpaudit import workspace
from cpaudit.reference import root
from cpaudit.version import VERSION
from cpaudit.workspace.caches import cache

_LIBRARIES = ("narwhals", "numpy", "pandas", "papermill", "plotly", "polars")


def digest(content: bytes | str) -> str:
    """Return the SHA-256 of a content."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


@cache
def program() -> dict[str, Any]:
    """Return version, ``sources`` (one hash over code, assets and definitions), Python and libraries.

    In a checkout the version stays while the code changes; the hash doesn't.
    """
    whole = hashlib.sha256()
    for folder in (Path(__file__).parents[1], root()):
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            whole.update(f"{path.relative_to(folder).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    own = {"definitions": workspace.digest()} if workspace.digest() else {}
    return {
        **own,
        "version": VERSION,
        "sources": whole.hexdigest()[:16],
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }
