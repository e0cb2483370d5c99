"""An export on disk: put in place file by file, the start page last; what is ours is known by a manifest."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from pathlib import Path, PurePosixPath

from cpaudit import durable

MANIFEST = "manifest.json"
_INDEX = "index.html"
_PATIENCE_S = 10.0


def ready(target: Path) -> None:
    """Ask before the work is done, not after it, whether the folder can be written; nothing is made.

    Raises:
        OSError: it surely can't be.
    """
    there = next(p for p in (target.absolute(), *target.absolute().parents) if os.path.lexists(p))
    if not stat.S_ISDIR(there.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))


def put(files: dict[str, bytes], target: Path) -> None:
    """Write ``files`` (path inside ``target`` → content) and the manifest; remove what an earlier manifest names besides.

    A file of an earlier export that somebody has changed since is left alone.

    Raises:
        Busy: another export into the folder goes on.
        OSError: the folder can't be written.
    """
    if strange := next((name for name in files if not _inside(name)), None):
        raise OSError(errno.EINVAL, f"“{strange}”不能作文件名，请改正定义中的编号", strange)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = json.dumps({"made_by": "cpaudit dashboards export", "files": hashes}, ensure_ascii=False, indent=1) + "\n"
    with durable.draft(target, _PATIENCE_S) as draft:
        for name, content in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)
        (draft / MANIFEST).write_bytes(manifest.encode())
        earlier = _earlier(target)
        for folder in sorted({PurePosixPath(name).parent for name in files}):
            durable.folder_inside(target, folder.as_posix())
        # What pages lead to comes before the pages, the start page after all.
        for name in sorted(files, key=lambda n: (n == _INDEX, n.endswith(".html"), n)):
            durable.replace(draft / name, target / name)
        for name, value in earlier.items():
            if name not in files:
                _remove(target, name, value)
        durable.move(draft / MANIFEST, target / MANIFEST)


def _earlier(target: Path) -> dict[str, str]:
    """Return the files that an earlier export left, with their hashes; nothing where the manifest can't be trusted."""
    try:
        found = json.loads(durable.small(target / MANIFEST))["files"]
        return {str(name): str(value) for name, value in found.items() if _inside(str(name))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _remove(target: Path, name: str, value: str) -> None:
    path = target / name
    linked = any(folder.is_symlink() for folder in (path, *path.parents[: len(PurePosixPath(name).parts) - 1]))
    if not path.is_file() or linked or hashlib.sha256(path.read_bytes()).hexdigest() != value:
        return
    path.unlink()
    for folder in path.parents:
        if folder == target or any(folder.iterdir()):
            break
        folder.rmdir()
