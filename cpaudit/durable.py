"""Writing that survives a crash: one writer at a time, everything synced before it counts, leftovers of dead writers swept."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAFT = ".writing-"
_SCRATCH = "cpaudit-"
#: Seconds within which a scratch folder gets its lock, whatever else the machine does.
_NEW_S = 60.0
#: Whether this process has looked for what others left.
_swept: list[bool] = []
_PAUSES_S = (0.05, 0.1, 0.2, 0.4)
#: Far more than a list of decisions or a manifest takes.
SMALL = 64 << 20
_REASONS = {
    errno.ENOSPC: "磁盘空间不足",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件超过系统允许的大小",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "目录是只读的",
}
#: What else systems answer where a path is at fault.
_OTHER_REASONS = {
    errno.EEXIST: "已有同名的文件",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.ENOENT: "没有这个文件或目录",
    errno.ENOTEMPTY: "目录不是空的",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ELOOP: "链接绕回了自己",
    errno.EINVAL: "系统不接受这样的文件名或文件",
    errno.EBUSY: "正被占用",
    errno.ETXTBSY: "正被占用",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "打开的文件太多",
    errno.ENOMEM: "内存不足",
    errno.EIO: "磁盘读写出错",
    errno.ENXIO: "不是普通文件",
    errno.ENODEV: "没有这个设备",
    errno.EXDEV: "不在同一个磁盘上",
    errno.ESTALE: "网络磁盘已断开",
    errno.ETIMEDOUT: "等待超时",
    errno.ECONNREFUSED: "对方拒绝连接",
    errno.EHOSTUNREACH: "连接不到对方的机器",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


class Busy(Exception):
    """Another writer holds the folder for longer than one is willing to wait."""


@contextmanager
def draft(home: Path, patience_s: float, inherit: str = "") -> Iterator[Path]:
    """Give the only writer of ``home`` an empty folder beside what is there already; it is gone afterwards.

    A lock that the system frees with its process keeps other writers out. So any other draft was left by one that is dead; a
    file in it of the name ``inherit`` goes over to the new one.

    Raises:
        Busy: another process was writing all the time.
        OSError: the folder can't be written.
    """
    import filelock

    _make(home)
    lock = filelock.FileLock(home / ".lock", timeout=patience_s)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise Busy from error
    try:
        # First its own, then away with those of the dead: at no moment are there things half done and no draft.
        folder = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=home))
        try:
            for left in drafts(home):
                if left != folder:
                    if inherit and (left / inherit).exists():
                        replace(left / inherit, folder / inherit)
                    shutil.rmtree(left, ignore_errors=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


@contextmanager
def successor(file: Path) -> Iterator[Path]:
    """Give a path beside a file to write its new content to, before that takes the file's place; it is gone afterwards.

    What is left there by those who died at the same file, whose lock the system has freed, is swept.

    Raises:
        OSError: the folder can't be written.
    """
    import filelock

    name = f"{_DRAFT}{hashlib.sha256(file.name.encode()).hexdigest()[:12]}-"
    for left in file.parent.glob(f"{name}*"):
        if left.is_dir() and not left.is_symlink():
            with suppress(filelock.Timeout, OSError):
                filelock.FileLock(left / ".lock", timeout=0).acquire().lock.release()  # nobody takes up a dead one's draft
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=name, dir=file.parent))
    try:
        with filelock.FileLock(folder / ".lock"):
            yield folder / file.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch(place: str | None = None) -> Iterator[Path]:
    """Give an empty folder among the system's temporary ones, or in ``place``; it is gone afterwards.

    So is, at a process's first time, what was left there by this user's processes that were killed: the system has freed their
    locks. A folder that was made a moment ago may not have its lock yet.
    """
    import filelock

    if not _swept:
        _swept.append(True)
        _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=place))
    try:
        with filelock.FileLock(folder / ".lock"):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(place: Path) -> None:
    import filelock

    me = getattr(os, "getuid", lambda: 0)()
    for left in place.glob(f"{_SCRATCH}*"):
        with suppress(filelock.Timeout, OSError):
            about = left.lstat()
            ours = stat.S_ISDIR(about.st_mode) and about.st_uid == me and time.time() - about.st_mtime > _NEW_S
            if ours and stat.S_ISREG((left / ".lock").lstat().st_mode):
                with filelock.FileLock(left / ".lock", timeout=0):
                    shutil.rmtree(left, ignore_errors=True)


def drafts(home: Path) -> list[Path]:
    """Return the drafts beside what is in ``home``: of the writer at work, of writers that died. A link leads elsewhere."""
    return [left for left in home.glob(f"{_DRAFT}*") if left.is_dir() and not left.is_symlink()]


def folder_inside(home: Path, name: str) -> None:
    """Make a folder in ``home`` (``name`` may be several, ``a/b``); a link there would have all be written elsewhere.

    Raises:
        OSError: one of them is a link, or no folder.
    """
    for part in (*reversed(PurePosixPath(name).parents), PurePosixPath(name)):
        folder = home / part
        if folder != home and folder.is_symlink():
            raise OSError(errno.ELOOP, f"{folder} 是链接，不经它写到别处", str(folder))
        folder.mkdir(parents=True, exist_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def move(source: Path, target: Path) -> None:
    """Put a file or folder in its place at once, and wait until the disk knows."""
    replace(source, target)
    sync(target.parent)


def replace(source: Path, target: Path) -> None:
    """Put a file or folder in its place at once."""
    for pause in (*_PAUSES_S, None):
        try:
            source.replace(target)
            break
        except PermissionError:  # Windows, while a reader or a virus scanner has it open
            if pause is None:
                raise
            time.sleep(pause)


def sync(folder: Path) -> None:
    """Wait until the disk knows a folder's entries (Windows does so by itself)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def reason(error: OSError) -> str:
    """Return in Chinese why the system refused.

    >>> reason(OSError(errno.ENOSPC, "No space left on device")), reason(OSError(errno.EISDIR, "Is a directory"))
    ('磁盘空间不足', '是目录，不是文件')
    """
    said = (error.strerror or str(error)).rstrip("。")
    if not said.isascii():  # in our own words, or in those of a Chinese Windows
        return said
    code = error.errno or 0
    return known(error) or _OTHER_REASONS.get(code) or f"系统错误 {errno.errorcode.get(code, code) or said}"


def no_path(error: Exception) -> str:
    """Return in Chinese why there can be no file of that name; '' where it is something else."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"文件名过长：{str(error.filename or '')[:40]}……"
    # What pathlib makes of a link that leads back to itself, until Python 3.13.
    if (isinstance(error, OSError) and error.errno == errno.ELOOP) or "Symlink loop" in str(error):
        return f"链接绕回了自己：{getattr(error, 'filename', '') or str(error).partition(' from ')[2]}"
    return ""


def small(path: Path) -> bytes:
    """Return the content of a file that people or this program keep small.

    Raises:
        OSError: it can't be read, or is so large (EFBIG) that it is no such file: reading on would fill the memory.
    """
    if (content := within(path, SMALL)) is None:
        raise OSError(errno.EFBIG, f"超过 {SMALL >> 20} MB", str(path))
    return content


def within(path: Path, most: int) -> bytes | None:
    """Return the content of a file of at most so many bytes; of a larger one None, and no more of it is read."""
    with path.open("rb") as file:
        content = file.read(most + 1)
    return content if len(content) <= most else None


def known(error: OSError) -> str:
    """Return in Chinese what there is no room or right to write for; '' where it is something else."""
    return _REASONS.get(error.errno or 0, "")


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
