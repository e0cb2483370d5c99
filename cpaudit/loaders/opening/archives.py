"""A .zip of returns, opened like a folder: names as Windows writes them, one archive within another, bombs bounded."""

from __future__ import annotations

import errno
import stat
import struct
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.files import LIMIT_MB, Source, printable
from cpaudit.zips import directories

if TYPE_CHECKING:
    from collections.abc import Iterator

_MB = 1_000_000
#: What all archives of a load may unfold to, and how many files they may hold.
_UNFOLDED_MB, _MOST_FILES = 500, 5_000
#: How many entries all their directories together may have; each is looked at twice, and folders are entries too.
_MOST_LISTED = 50_000
_DAMAGE = (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error)
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: Parts that make an archive a document: it is opened as one.
_DOCUMENTS = ("xl/workbook.xml", "xl/workbook.bin", "word/document.xml", "ppt/presentation.xml", "ofd.xml", "content.xml")
_UTF8 = 0x800
_PIECE = 1 << 20


class Unpacked:
    """Files from archives, each unpacked into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files, self._bytes, self._listed = folder, 0, 0, 0

    def is_archive(self, path: Path) -> bool:
        """Whether a file holds files as an archive does: no document, whatever its name; one that is damaged holds none.

        One whose directory is too large, or that comes after too many, isn't looked into: it is one, and :meth:`members` says so.
        """
        if self._listed > _MOST_LISTED:
            return True
        try:
            with directories.opened(path) as archive:
                self._listed += len(archive.namelist())
                return not {n.replace("\\", "/").lower() for n in archive.namelist()}.intersection(_DOCUMENTS)
        except directories.CrowdedError:
            return True
        except _DAMAGE:
            return _mended(path) is not None

    def members(self, source: Source, depth: int = 0) -> Iterator[tuple[Source, str]]:
        """Yield an archive's files as ``包.zip/石家庄市.xlsx``; and why one can't be read: a sentence or a kind of format.

        A sentence about the archive itself comes with ``source``.
        """
        try:
            if self._listed > _MOST_LISTED:
                raise directories.CrowdedError
            with _opened(source.path) as archive:
                self._listed += len(archive.namelist())
                for item in archive.infolist():
                    name = _name(item)
                    if item.filename.endswith(("/", "\\")):  # nor is one without a name, which is_dir() stumbles over
                        continue
                    if self._files >= _MOST_FILES:
                        yield source, f"{source.name} 内的文件超过 {_MOST_FILES} 个，其余未读取；请只压缩报表后再报送。"
                        return
                    self._files += 1
                    member = Source(self._place(name), f"{source.name}/{name}", source.home)
                    if "__MACOSX/" in name:
                        yield member, "system"
                        continue
                    why = self._why(archive, item, member)
                    if not why and member.path.suffix.lower() == ".zip" and self.is_archive(member.path):
                        if depth:
                            yield member, f"{member.name} 是压缩包里的压缩包里的压缩包，未读取；请解压后再报送。"
                        else:
                            yield from self.members(member, depth + 1)
                        continue
                    yield member, why
        except directories.CrowdedError:
            most = f"{directories.MOST_ENTRIES // 10_000} 万项，或连同其他压缩包超过 {_MOST_LISTED // 10_000} 万项"
            yield source, f"{source.name} 的目录异常庞大（超过 {most}），未读取；请只压缩报表后再报送。"
        except _DAMAGE:
            yield source, f"{source.name} 已损坏，无法解压，请重新压缩后再报送。"

    def _place(self, name: str) -> Path:
        """Return where a file is unpacked to: under its own name, as far as any system allows it, and never elsewhere."""
        own = PurePosixPath(name)
        stem = "".join("_" if c in '<>:"|?*\\/' else c for c in own.stem)[:60].rstrip(". ") or "_"
        suffix = own.suffix if own.suffix[1:].isalnum() and len(own.suffix) < 12 else ""
        return self._folder / str(self._files) / f"{stem}{suffix}"

    def _why(self, archive: zipfile.ZipFile, item: zipfile.ZipInfo, member: Source) -> str:
        """Unpack a file; return why that can't be, or nothing."""
        name = member.name
        if stat.S_ISLNK(item.external_attr >> 16):
            return f"{name} 是链接，未读取；请换成文件本身。"
        if item.flag_bits & 1:
            return f"{name} 设有解压密码，请取消密码后再报送。"
        if item.compress_type not in _WAYS:
            return f"{name} 的压缩方式不能读取，请用系统自带的 .zip 压缩后再报送。"
        if item.file_size > LIMIT_MB * _MB or self._bytes + item.file_size > _UNFOLDED_MB * _MB:
            return f"{name} 解压后过大（{item.file_size / _MB:.0f} MB），未读取；请只压缩报表后再报送。"
        member.path.parent.mkdir()
        written = 0
        try:
            with archive.open(item) as content, member.path.open("wb") as target:
                while piece := content.read(_PIECE):
                    written += len(piece)
                    if written > item.file_size:
                        raise zipfile.BadZipFile
                    target.write(piece)
        except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            at_fault = "磁盘已满" if isinstance(error, OSError) and error.errno == errno.ENOSPC else "在压缩包内已损坏"
            return f"{name} {at_fault}，无法解压，请重新压缩后再报送。"
        finally:
            self._bytes += written
        return ""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with ExitStack() as held:
        try:
            archive = held.enter_context(directories.opened(path))
        except UnicodeDecodeError:
            mended = _mended(path)
            if mended is None:
                raise
            archive = held.enter_context(directories.opened(mended))
        yield archive


def _mended(path: Path) -> BytesIO | None:
    """Return an archive whose names say they are UTF-8 and aren't, so that they come as the bytes they are."""
    content = bytearray(path.read_bytes() if path.stat().st_size <= LIMIT_MB * _MB else b"")
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or len(content) < end + 20:
        return None
    count, _, at = struct.unpack_from("<HII", content, end + 10)
    for _ in range(count):
        if content[at : at + 4] != b"PK\x01\x02" or len(content) < at + 46:
            return None
        own = struct.unpack_from("<I", content, at + 42)[0]
        for flags in (at + 8, own + 6):  # here, and at the file itself
            if flags + 2 <= len(content):
                struct.pack_into("<H", content, flags, struct.unpack_from("<H", content, flags)[0] & ~_UTF8)
        at += 46 + sum(struct.unpack_from("<3H", content, at + 28))
    mended = BytesIO(content)
    try:
        with directories.opened(mended):
            return mended
    except directories.CrowdedError:  # as whoever opens it finds
        return mended
    except _DAMAGE:
        return None


def _name(item: zipfile.ZipInfo) -> str:
    """Return a file's name in its archive; Windows writes GBK bytes, which archives take for code page 437.

    >>> _name(zipfile.ZipInfo("石家庄市.xlsx".encode("gbk").decode("cp437")))
    '石家庄市.xlsx'
    """
    said = item.orig_filename
    try:
        written = said.encode("cp437")
    except UnicodeEncodeError:  # which shows that it is a name in Chinese as it is
        written = b""
    for encoding in ("utf-8", "gb18030"):
        try:
            said = written.decode(encoding) or said
            break
        except UnicodeDecodeError:
            continue
    parts = [part for part in said.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return printable("/".join(parts)) or "_"
