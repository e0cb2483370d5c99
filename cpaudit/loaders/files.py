"""Which files a load reads, and the one sentence for each that cannot be read at all."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv")
#: Larger files are no returns; they are refused before a byte is read.
LIMIT_MB = 100
#: What a small file may unfold to: a workbook is a zip archive.
_UNFOLDED_MB = 500
_MB = 1_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The stream in which Office keeps an encrypted workbook, as a directory of an OLE file names it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_RESEND = "请重新导出后再报送"


class Source(NamedTuple):
    """A file and the name it goes by in problems and sources."""

    path: Path
    name: str


def find(paths: list[Path]) -> tuple[list[Source], list[str]]:
    """Return the workbooks and CSV files named or lying under the folders named, in a fixed order; and what is wrong.

    The second list has one sentence per path that doesn't exist, folder called like a workbook, or folder without any.
    """
    found: dict[Path, Source] = {}
    wrong = []
    several = len(paths) > 1
    for path in paths:
        if not path.exists():
            wrong.append(f"找不到 {path}，请检查路径。")
        elif path.is_file():
            found[path.resolve()] = Source(path, path.name)
        else:
            folders = _folders_named_like_files(path)
            wrong += [f"{f.relative_to(path)} 是文件夹，不是工作簿，请改名或移走。" for f in folders]
            inside = [f for f in sorted(path.rglob("*")) if f.is_file() and _wanted(f.relative_to(path))]
            # Files of several folders are told apart by their folder.
            home = path.parent if several else path
            found |= {f.resolve(): Source(f, f.relative_to(home).as_posix()) for f in inside}
            if not inside and not folders:
                wrong.append(f"文件夹 {path} 中没有可读取的文件（{'、'.join(SUFFIXES)}），请检查路径。")
    return list(found.values()), wrong


def _folders_named_like_files(folder: Path) -> list[Path]:
    named = [folder] if folder.suffix.lower() in SUFFIXES else []
    return named + [f for f in sorted(folder.rglob("*")) if f.is_dir() and f.suffix.lower() in SUFFIXES]


def _wanted(path: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.parts)
    return not hidden and path.suffix.lower() in SUFFIXES


def fault(source: Source) -> str | None:
    """Return the sentence that says why a file can't be read; None where its outside is sound."""
    name, suffix = source.name, source.path.suffix.lower()
    if suffix not in SUFFIXES:
        return f"{name} 不是可读取的文件类型，请报送 {'、'.join(SUFFIXES)} 文件。"
    try:
        size = source.path.stat().st_size
        if size == 0:
            return f"{name} 是空文件，{_RESEND}。"
        if size > LIMIT_MB * _MB:
            return f"{name} 有 {size / _MB:.0f} MB，超过 {LIMIT_MB} MB 的上限，请删去图片等无关内容后再报送。"
        with source.path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        return f"{name} 无法打开（{error.strerror or error}），请检查文件权限。"
    if head.lstrip()[:1] == b"<":
        return f"{name} 实际是网页而不是工作簿，请用表格软件打开后另存为 .xlsx 再报送。"
    if suffix == ".csv":
        return f"{name} 不是文本文件，{_RESEND}。" if b"\0" in head else None
    if head.startswith(_OLE):
        return f"{name} 设有打开密码，请取消密码后再报送。" if _ENCRYPTED in source.path.read_bytes() else None
    if head.startswith(b"PK"):
        return _zip_fault(source)
    return f"{name} 不是有效的工作簿，文件可能已损坏，{_RESEND}。"


def _zip_fault(source: Source) -> str | None:
    try:
        with zipfile.ZipFile(source.path) as archive:
            unfolded = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return f"{source.name} 已损坏，无法打开，{_RESEND}。"
    if unfolded > _UNFOLDED_MB * _MB:
        return f"{source.name} 展开后有 {unfolded / _MB:.0f} MB，超过上限，请删去多余的空行和格式后再报送。"
    return None
