"""Finding the raw files under given paths, and refusing what cannot be opened: one Chinese sentence per file."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cpaudit.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["xlsx", "xls", "csv"]

#: What raw files are called; other files in a folder (descriptions, pictures) are none of ours.
SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv")

#: A return has some hundred rows; what is larger than this is not one, and would fill the memory.
MAX_BYTES = 100 * 1024**2
MAX_UNPACKED = 500 * 1024**2

_ZIP = b"PK\x03\x04"
_OLE2 = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_RESAVE = "请在 Excel 或 WPS 中打开后另存为 .xlsx，再重新读取"


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file that looks like a workbook; ``name`` is its path as users see it: relative to the folder given."""

    path: Path
    name: str
    kind: Kind
    sha256: str


def find(paths: Sequence[Path]) -> list[RawFile]:
    """Return the raw files that ``paths`` (files and folders) name, rosters or not, in the order of their names.

    Skipped silently: hidden files, the lock files of Excel (``~$…``) and, in folders, what isn't called a workbook.

    Raises:
        ReadError: with one sentence per path or file that cannot be read, all of them at once.
    """
    found: list[RawFile] = []
    refused: list[str] = []
    seen: set[Path] = set()
    for root in paths:
        for path, name in _candidates(root, refused):
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            try:
                found.append(_inspect(path, _unique(name, root, found)))
            except ReadError as error:
                refused.append(str(error))
    if refused:
        raise ReadError("\n".join(refused))
    return found


def _candidates(root: Path, refused: list[str]) -> Iterator[tuple[Path, str]]:
    if not root.exists():
        refused.append(f"找不到 {root}，请检查路径是否写对。")
    elif root.is_file():
        if root.suffix.lower() in SUFFIXES:
            yield root, root.name
        else:
            refused.append(f"{root.name} 不是表格文件，请给出 .xlsx、.xls 或 .csv 文件，或它们所在的文件夹。")
    elif root.suffix.lower() in SUFFIXES:
        refused.append(_is_folder(root.name))
    else:
        inside = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and not _hidden(p.relative_to(root)))
        if not inside:
            refused.append(f"文件夹 {root.name or root} 里没有 .xlsx、.xls 或 .csv 文件，请检查是否选错了文件夹。")
        for path in inside:
            name = path.relative_to(root).as_posix()
            if path.is_dir():
                refused.append(_is_folder(name))
            else:
                yield path, name


def _is_folder(name: str) -> str:
    return f"{name} 是名称像表格的文件夹，不是文件，请改掉文件夹名称中的扩展名，或把里面的文件移出来。"


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in relative.parts)


def _unique(name: str, root: Path, found: list[RawFile]) -> str:
    return f"{root.name}/{name}" if any(f.name == name for f in found) else name


def _inspect(path: Path, name: str) -> RawFile:
    try:
        size = path.stat().st_size
        if size == 0:
            raise ReadError(f"{name} 是空文件（0 字节），请向报送单位重新索取。")
        if size > MAX_BYTES:
            raise ReadError(f"{name} 有 {size / 1024**2:.0f} MB，超过 100 MB 的上限，请删去无关的工作表和图片后重新报送。")
        content = path.read_bytes()
    except OSError as error:
        raise ReadError(f"{name} 打不开（{error.strerror or error}），请检查读取权限，或关闭正在使用它的程序。") from None
    return RawFile(path, name, _sniff(path, name, content), hashlib.sha256(content).hexdigest())


def _sniff(path: Path, name: str, content: bytes) -> Kind:
    """Tell the kind by the first bytes: a suffix says what somebody hoped."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if content.startswith(_ZIP):
        _check_zip(path, name)
        return "xlsx"
    if content.startswith(_OLE2):
        if _ENCRYPTED in content:
            raise ReadError(f"{name} 设有打开密码，无法读取，请取消密码保护后重新报送。")
        return "xls"
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<head", b"<meta", b"<?xml", b"<script", b"<style", b"<div")):
        raise ReadError(f"{name} 其实是网页（或 XML）格式，只是扩展名像表格，{_RESAVE}。")
    if path.suffix.lower() != ".csv":
        raise ReadError(f"{name} 已损坏，或不是 Excel 工作簿，请向报送单位重新索取，或{_RESAVE[1:]}。")
    return "csv"


def _check_zip(path: Path, name: str) -> None:
    broken = ReadError(f"{name} 已损坏（文件不完整），请向报送单位重新索取。")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError):
        raise broken from None
    if not any(m.filename == "xl/workbook.xml" for m in members):
        raise ReadError(f"{name} 是压缩包，不是 Excel 工作簿，请解压或{_RESAVE[1:]}。")
    unpacked = sum(m.file_size for m in members)
    if unpacked > MAX_UNPACKED:
        raise ReadError(f"{name} 解开后有 {unpacked / 1024**2:.0f} MB，超过 500 MB 的上限，请删去无关的内容后重新报送。")
