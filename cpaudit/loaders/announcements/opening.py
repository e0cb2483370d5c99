"""Opens an announcement of any kind: refuses what is damaged, hostile or none, each in one sentence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import workers
from cpaudit.loaders.opening.worker import Bounds
from cpaudit.zips import directories

if TYPE_CHECKING:
    from cpaudit.loaders.opening.papers.printed import Announcement

SUFFIXES = (".xlsx", ".docx", ".pdf")
_MB = 1_000_000
_LIMIT_MB, _UNFOLDED_MB = 50, 200
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADS = {".xlsx": b"PK", ".docx": b"PK", ".pdf": b"%PDF"}
#: What reading one may take; a PDF of two hundred pages takes a minute.
_BOUNDS = Bounds(seconds=180)
#: An office file never declares a document type; who does so means to have entities expanded.
_DOCTYPE = re.compile(rb"<\s*!\s*(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O\0C|E\0N\0T)|\0<\0!\0(?:D\0O\0C|E\0N\0T)")


def open_announcement(path: Path) -> Announcement:
    """Return what a file holds.

    Raises:
        ReadError: one sentence: the file is missing, of another kind, protected, damaged, a scan, or holds active content.
    """
    _refuse(path)
    try:
        found: Announcement = workers.run(path.name, _BOUNDS, read, path.absolute())
    except ReadError as error:  # where the file has ended the process, it is said as of one that a unit has sent
        raise ReadError(str(error).replace("再报送", "再导入")) from error
    found.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def read(path: Path) -> Announcement:
    """Return what a file holds, read in the process that asks. Damage may end it.

    Raises:
        ReadError: as :func:`open_announcement` does.
    """
    suffix = path.suffix.lower()
    if suffix != ".pdf":
        _refuse_archive(path)
    try:
        if suffix == ".xlsx":
            from cpaudit.loaders.announcements.workbook import read
        elif suffix == ".docx":
            from cpaudit.loaders.announcements.document import read
        else:
            from cpaudit.loaders.opening.papers.pdf import read
        found = read(path)
        for table in found.tables:
            table.doubted()
        return found
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # a damaged file fails in the libraries in many ways
        raise ReadError(f"{path.name} 已损坏或结构异常，无法读取，请重新下载或另存后再导入。") from error


def _refuse(path: Path) -> None:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ReadError(f"找不到文件 {path}，请检查路径。")
    if suffix not in SUFFIXES:
        other = "，旧的 .doc、.xls 请先另存为新格式" if suffix in (".doc", ".xls", ".wps", ".et") else ""
        raise ReadError(f"{path.name} 不能导入，请提供 {'、'.join(SUFFIXES)} 文件{other}。")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise ReadError(f"{path.name} 无法打开（{error.strerror or error}），请检查文件权限。") from error
    if size == 0:
        raise ReadError(f"{path.name} 是空文件，请重新下载后再导入。")
    if size > _LIMIT_MB * _MB:
        raise ReadError(f"{path.name} 有 {size / _MB:.0f} MB，超过 {_LIMIT_MB} MB 的上限，请只保留有表格的几页再导入。")
    if head.startswith(_OLE):
        raise ReadError(f"{path.name} 设有密码或是旧格式，请取消密码、另存为 {suffix} 后再导入。")
    if not head.lstrip().startswith(_HEADS[suffix]):
        raise ReadError(f"{path.name} 的内容不是 {suffix} 格式，请重新下载或另存后再导入。")


def _refuse_archive(path: Path) -> None:
    try:
        with directories.opened(path) as archive:
            items = archive.infolist()
            unfolded = sum(i.file_size for i in items)
            if unfolded > _UNFOLDED_MB * _MB:
                raise ReadError(f"{path.name} 展开后有 {unfolded / _MB:.0f} MB，超过上限，请只保留表格后再导入。")
            if any(i.filename.lower().endswith("vbaproject.bin") for i in items):
                raise ReadError(f"{path.name} 带有宏，请另存为不带宏的 {path.suffix.lower()} 后再导入。")
            for item in items:
                if item.filename.lower().endswith((".xml", ".rels")) and _DOCTYPE.search(archive.read(item)):
                    raise ReadError(f"{path.name} 含有外部实体声明，不是办公软件生成的文件，未导入，请重新从官方网站下载。")
    except (ReadError, MemoryError):
        raise
    except Exception as error:  # zipfile raises many kinds
        raise ReadError(f"{path.name} 已损坏，无法打开，请重新下载或另存后再导入。") from error
