"""Which files a load reads, what they are by their first bytes, and the one sentence for each that cannot be read at all."""

from __future__ import annotations

import codecs
import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

from cpaudit.errors import ReadError

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".et", ".csv", ".docx")
#: Files that may hold a return in a form that isn't read: told, not passed over in silence.
UNREAD = (".doc", ".wps", ".xlsb", ".ods", ".pdf", ".zip", ".rar", ".7z")
#: Larger files are no returns; they are refused before a byte is read.
LIMIT_MB = 100
#: What a small file may unfold to: a workbook is a zip archive.
_UNFOLDED_MB = 300
_MB = 1_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The stream in which Office keeps an encrypted workbook, as a directory of an OLE file names it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: The streams that hold an .xls: since 1997, before.
_BOOKS = ("Workbook\0".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
#: Where one sign in so many isn't readable, the encoding is right and those signs are damaged.
_DAMAGED = 6
_RESEND = "请重新导出后再报送"

Kind = Literal["xlsx", "xls", "docx", "text"]


class Source(NamedTuple):
    """A file and the name it goes by in problems and sources; ``home`` is the folder that it (or its folder) was named in."""

    path: Path
    name: str
    home: str = ""


def find(paths: list[Path]) -> tuple[list[Source], list[str]]:
    """Return the workbooks, CSV files and documents named or lying under the folders named, in a fixed order; and what is wrong.

    The second list has one sentence per path that doesn't exist, folder called like a workbook, folder without any, and link
    that leads out of its folder.
    """
    found: dict[Path, Source] = {}
    wrong = []
    several = len(paths) > 1
    for path in paths:
        if closed := _closed(path):
            wrong += [f"文件夹 {printable(f)} 不让进入或读取，请检查目录权限（须可读、可进入）。" for f in closed]
        elif not path.exists():
            wrong.append(f"找不到 {printable(path)}，请检查路径。")
        elif path.is_file():
            found[path.resolve()] = Source(path, printable(path.name), printable(path.resolve().parent.name))
        else:
            inside, astray = _inside(path)
            folders = [f for f in inside if f.is_dir()]
            wrong += [f"{printable(f.relative_to(path))} 是文件夹，不是工作簿，请改名或移走。" for f in folders]
            wrong += [f"{printable(f.relative_to(path))} 是指向目录之外的链接，未读取，请换成文件本身。" for f in astray]
            # Files of several folders are told apart by their folder.
            home = path.parent if several else path
            files = [f for f in inside if f.is_file()]
            called = printable(path.resolve().name)
            found |= {f.resolve(): Source(f, printable(f.relative_to(home).as_posix()), called) for f in files}
            if not inside and not astray:
                wrong.append(f"文件夹 {printable(path)} 中没有可读取的文件（{'、'.join(SUFFIXES)}），请检查路径。")
    return _apart(list(found.values())), wrong


def _apart(sources: list[Source]) -> list[Source]:
    """Return the sources under names that tell them apart: those that share one get as many of their folders as it takes."""
    counted = Counter(s.name for s in sources)
    names = {s.path: s.name for s in sources}
    for name in (n for n, count in counted.items() if count > 1):
        same, depth = [s.path for s in sources if s.name == name], len(Path(name).parts)
        while len({p.resolve().parts[-depth:] for p in same}) < len(same):
            depth += 1
        names |= {p: printable("/".join(p.resolve().parts[-depth:])) for p in same}
    return [s._replace(name=names[s.path]) for s in sources]


def unread(paths: list[Path]) -> list[str]:
    """Return the files in the folders named that may be returns, but in a form that isn't read."""
    folders = [p for p in paths if p.is_dir()]
    return [printable(f.relative_to(p)) for p in folders for f in sorted(p.rglob("*")) if f.suffix.lower() in UNREAD]


def _inside(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return what is called like a file to read, and the links among it that lead out of the folder (or nowhere)."""
    home, inside, astray = folder.resolve(), [folder] if folder.suffix.lower() in SUFFIXES else [], []
    for path in sorted(folder.rglob("*")):
        if any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts):
            continue
        wanted = path.suffix.lower() in SUFFIXES
        if path.is_symlink() and (wanted or path.is_dir()) and not _within(path, home):
            astray.append(path)
        elif wanted and (path.is_file() or path.is_dir()):
            inside.append(path)
    return inside, astray


def _closed(path: Path) -> list[Path]:
    """Return the folders at or under ``path`` that may not be listed or entered: what lies in them would be passed over."""
    if not path.is_dir():
        return []
    shut: list[OSError] = []
    seen = [Path(folder) for folder, *_ in os.walk(path, onerror=shut.append)]
    shut_out = [Path(error.filename) for error in shut] + [f for f in seen if not os.access(f, os.X_OK)]
    return sorted(f for f in shut_out if not any(part.startswith(".") for part in f.relative_to(path).parts))


def _within(link: Path, home: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(home)
    except (OSError, RuntimeError):  # a link to nothing, a ring of links
        return False


def decode(content: bytes) -> str | None:
    """Return text in UTF-8 or UTF-16 (the latter only with its mark) or GB18030, which holds GBK; None where it is none of them.

    Where a few signs of it are damaged, they are U+FFFD.

    >>> decode("企业名称".encode("gbk")), decode("企业名称，示例".encode() + b"\\xe4")
    ('企业名称', '企业名称，示例\ufffd')
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ("utf-16",) if wide else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            damaged = content.decode(encoding, "replace")
            if 0 < damaged.count("\ufffd") * _DAMAGED <= sum(not c.isascii() for c in damaged):
                return damaged
    return None


def printable(path: Path | str) -> str:
    """Return a name that can be shown and stored: archives from Windows leave GBK bytes in names.

    >>> printable("石家庄.xlsx".encode("gbk").decode("utf-8", "surrogateescape"))
    '石家庄.xlsx'
    """
    said = str(path)
    try:
        said.encode()
    except UnicodeEncodeError:
        said = os.fsencode(said).decode("gb18030", "replace")
    return "".join(c if c.isprintable() else "�" for c in said)


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
            file.read(1)
    except OSError as error:
        return f"{name} 无法打开（{error.strerror or error}），请检查文件权限。"
    return None


def kind(source: Source) -> Kind:
    """Return what a file is by its content: many an .xls is an .xlsx renamed, or plain text.

    Raises:
        ReadError: nothing that can be read, in one sentence.
    """
    name, suffix = source.name, source.path.suffix.lower()
    with source.path.open("rb") as file:
        head = file.read(4096)
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        raise ReadError(f"{name} 实际是网页而不是工作簿，请用表格软件打开后另存为 .xlsx 再报送。")
    if head.startswith(b"PK"):
        return _in_archive(source)
    if head.startswith(_OLE):
        return _in_ole(source)
    text = b"\0" not in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if suffix == ".csv" and not text:
        raise ReadError(f"{name} 不是文本文件，{_RESEND}。")
    if suffix == ".csv" or (text and any(c in (decode(source.path.read_bytes()) or "") for c in ",\t")):
        return "text"
    if suffix == ".et":
        raise ReadError(_et(name))
    raise ReadError(f"{name} 不是有效的工作簿，文件可能已损坏，{_RESEND}。")


def _et(name: str) -> str:
    return f"{name} 是 WPS 表格的专有格式，无法读取，请在 WPS 中另存为 .xlsx 再报送。"


def _in_ole(source: Source) -> Kind:
    content = source.path.read_bytes()
    if _ENCRYPTED in content:
        raise ReadError(f"{source.name} 设有打开密码，请取消密码后再报送。")
    if any(stream in content for stream in _BOOKS):
        return "xls"
    if source.path.suffix.lower() == ".et":
        raise ReadError(_et(source.name))
    raise ReadError(f"{source.name} 不是工作簿（可能是 Word 等其他文档，或已损坏），请报送 {'、'.join(SUFFIXES)} 文件。")


def _in_archive(source: Source) -> Kind:
    damaged = f"{source.name} 已损坏，无法打开，{_RESEND}。"
    try:
        with zipfile.ZipFile(source.path) as archive:
            unfolded = sum(item.file_size for item in archive.infolist())
            if unfolded > _UNFOLDED_MB * _MB:
                raise ReadError(f"{source.name} 展开后有 {unfolded / _MB:.0f} MB，超过上限，请删去多余的空行和格式后再报送。")
            if archive.testzip():  # also where a part is larger than it says
                raise ReadError(damaged)
            names = set(archive.namelist())
    except ReadError:
        raise
    except Exception as error:  # zipfile fails in many ways on damage
        raise ReadError(damaged) from error
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if names & {"[Content_Types].xml"} and not names & {"xl/workbook.bin"}:
        raise ReadError(damaged)
    raise ReadError(f"{source.name} 是压缩包或其他格式的文档，不是 .xlsx 工作簿，请打开后另存为 .xlsx 再报送。")
