"""A sample's files put into a folder: what others have put there is neither replaced nor removed, no link is followed."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def put(folder: Path, files: Mapping[str, bytes], known: Mapping[str, str] | None = None) -> None:
    """Write ``files`` (path inside ``folder`` → content), all or none.

    ``known`` are the files that an earlier run has left (path → SHA-256): what isn't written again goes.

    Raises:
        UsageError: a file is in the way that no run has written, or that was changed since, or a link.
    """
    known = known or {}
    stale = []
    for name in {**known, **files}:
        path = folder / name
        if any((folder / above).is_symlink() for above in list(PurePosixPath(name).parents)[:-1]):
            raise in_the_way(path)
        if not path.exists() and not path.is_symlink():
            continue
        made = files.get(name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        if made is not None and digest == hashlib.sha256(made).hexdigest():
            continue
        if not digest or digest != known.get(name):
            raise in_the_way(path)
        if made is None:
            stale.append(path)
    for path in stale:
        path.unlink()
    for name, made in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(made)


def in_the_way(path: Path) -> UsageError:
    """Return the error that something else has a file's place."""
    return UsageError(f"{path} 不是本命令写的（或写出后改过），不能覆盖，没有写出任何文件；请换一个目录，或先移走这个文件。")
