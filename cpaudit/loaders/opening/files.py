"""What a file is by its content, and the one sentence for each that cannot be read at all."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cpaudit.errors import ReadError
from cpaudit.zips import directories

if TYPE_CHECKING:
    import zipfile
    from contextlib import ExitStack

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".et", ".csv", ".docx")
#: What goes by its content, whatever its suffix says; a file of another suffix is said and not read.
READ = (*SUFFIXES, ".pdf", ".zip", ".tsv", ".txt")
#: Larger files are no returns; they are refused before a byte is read.
LIMIT_MB = 100
#: What a small file may unfold to: a workbook is a zip archive.
_UNFOLDED_MB = 300
_MB = 1_000_000
_MOST_PARTS = 5_000
#: Suffixes that no workbook, document or PDF has by right: one that does was renamed by mistake.
_NEVER_OFFICE = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".html", ".htm", ".txt", ".tsv")
#: Suffixes of other programs' files, which a workbook or a document of today may bear by mistake.
_OF_OTHERS = (".doc", ".wps", ".ppt", ".dps", ".rtf", ".bak", ".old", ".tmp", ".xml", ".ofd", ".dat")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The stream in which Office keeps an encrypted workbook, as a directory of an OLE file names it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: The streams that hold an .xls: since 1997, before.
_BOOKS = ("Workbook\0".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
#: Where one sign in so many isn't readable, the encoding is right and those signs are damaged.
_DAMAGED = 6
#: Of a text in UTF-16 at least one byte in so many is the empty half of a digit, a separator, the end of a line.
_NARROW = 20
_RESEND = "请重新导出后再报送"

Kind = Literal["xlsx", "xls", "docx", "pdf", "text"]

#: How files begin that aren't read → their kind in unread_formats.yaml.
_HEADS = {
    b"\xff\xd8\xff": "picture",
    b"\x89PNG": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"II*\0": "picture",
    b"MM\0*": "picture",
    b"RIFF": "picture",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
    b"{\\rtf": "prose",
    b"MIME-Version:": "web_page",
}
_XML_TABLE = b"urn:schemas-microsoft-com:office:spreadsheet"
#: Parts of an archive that say which document it is.
_PARTS = {
    "xl/workbook.bin": "workbook_binary",
    "ppt/presentation.xml": "slides",
    "ofd.xml": "ofd",
    "content.xml": "open_document",
}
#: Streams of an OLE file that say so.
_STREAMS = {"WordDocument": "word_old", "PowerPoint Document": "slides"}


class OtherFormatError(ReadError):
    """A file of a kind that isn't read; its sentence is made from :mod:`cpaudit.loaders.opening.formats`."""

    def __init__(self, kind: str = "", sentence: str = "") -> None:
        super().__init__(sentence or kind)
        self.kind = kind


class Source(NamedTuple):
    """A file and the name it goes by in problems and sources; ``home`` is the folder that it (or its folder) was named in."""

    path: Path
    name: str
    home: str = ""


def decode(content: bytes) -> str | None:
    """Return text in UTF-8, UTF-16 or GB18030, which holds GBK; None where it is none of them.

    Where a few signs of it are damaged, they are U+FFFD.

    >>> decode("企业名称".encode("gbk")), decode("企业名称，示例".encode() + b"\\xe4")
    ('企业名称', '企业名称，示例\ufffd')
    """
    wide = _wide(content)
    for encoding in (wide,) if wide else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            damaged = content.decode(encoding, "replace")
            if 0 < damaged.count("\ufffd") * _DAMAGED <= sum(not c.isascii() for c in damaged):
                return damaged
    return None


def _wide(content: bytes) -> str:
    """Return which UTF-16 a text is in, by its mark, or without one by the half of its narrow signs that is zero; else ""."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = content[::2].count(0), content[1::2].count(0)
    if min(first, second) * 3 <= max(first, second) > len(content) / _NARROW:  # 一 has an empty half too, the other one
        return "utf-16-le" if second > first else "utf-16-be"
    return ""


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


def too_large(size: int) -> bool:
    """Return whether a file of so many bytes isn't read."""
    return size > LIMIT_MB * _MB


def fault(source: Source) -> str | None:
    """Return the sentence that says why a file can't be read; None where its outside is sound."""
    name = source.name
    try:
        size = source.path.stat().st_size
        if size == 0:
            return f"{name} 是空文件，{_RESEND}。"
        if too_large(size):
            return f"{name} 有 {size / _MB:.0f} MB，超过 {LIMIT_MB} MB 的上限，请删去图片等无关内容后再报送。"
        with source.path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"{name} 无法打开（{error.strerror or error}），请检查文件权限。"
    return None


def kind(source: Source, held: ExitStack) -> tuple[Kind, zipfile.ZipFile | None]:
    """Return what a file is by its content (many an .xls is an .xlsx renamed, or plain text), and its archive, if it is one.

    The archive stays open as long as ``held``.

    Raises:
        OtherFormatError: a kind that isn't read; "" where only its suffix can tell.
        ReadError: nothing that can be read, in one sentence.
    """
    suffix = source.path.suffix.lower()
    with source.path.open("rb") as file:
        head = file.read(4096)
    if suffix not in SUFFIXES and suffix not in (".pdf", ".zip"):
        wrong = suffix in _NEVER_OFFICE and head.startswith((b"PK", _OLE, b"%PDF"))
        wrong = wrong or (suffix in _OF_OTHERS and _is_workbook(source, head))
        if wrong or suffix not in READ:
            raise OtherFormatError("renamed" if wrong else "")
    said = next((kind for begin, kind in _HEADS.items() if head.startswith(begin)), None)
    if said:
        raise OtherFormatError(said)
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        raise OtherFormatError("xml_table" if _XML_TABLE in head else "web_page")
    if b"%PDF-" in head[:1024]:
        return "pdf", None
    if head.startswith(b"PK"):
        return _in_archive(source, held)
    return _in_ole(source) if head.startswith(_OLE) else _in_text(source, head, suffix), None


def _is_workbook(source: Source, head: bytes) -> bool:
    """Whether a file is a workbook, or a document that is read, whatever its name says."""
    if head.startswith(_OLE):
        content = source.path.read_bytes()
        return any(stream in content for stream in _BOOKS) and "WordDocument".encode("utf-16-le") not in content
    if not head.startswith(b"PK"):
        return False
    try:
        with directories.opened(source.path) as archive:
            return bool({"xl/workbook.xml", "word/document.xml"} & set(archive.namelist()))
    except Exception:  # damaged: what its name says is as good as anything
        return False


def _in_text(source: Source, head: bytes, suffix: str) -> Kind:
    name = source.name
    text = bool(_wide(head)) or head.rstrip(b"\0").count(b"\0") * _DAMAGED <= len(head)  # a few cost their rows, more are no text
    if suffix == ".csv":
        if not text:
            raise ReadError(f"{name} 不是文本文件，{_RESEND}。")
        return "text"
    said = (decode(source.path.read_bytes()) or "") if text else ""
    if suffix in (".txt", ".tsv"):
        if _tabled(said):
            return "text"
        raise OtherFormatError("prose")
    if suffix not in (".pdf", ".zip") and any(c in said for c in ",\t"):
        return "text"
    if suffix == ".et":
        raise ReadError(_et(name))
    what = "PDF" if suffix == ".pdf" else "压缩包" if suffix == ".zip" else "工作簿"
    raise ReadError(f"{name} 不是有效的{what}，文件可能已损坏，{_RESEND}。")


def _tabled(text: str) -> bool:
    """Whether most lines of a text have equally many separators.

    >>> _tabled("企业\\t代码\\n甲\\t1"), _tabled("说明：见附件, 请核对")
    (True, False)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    for separator in "\t,;|":
        counts = [line.count(separator) for line in lines]
        most = max(set(counts), key=counts.count, default=0)
        if most and len(lines) > 1 and counts.count(most) * 2 > len(lines):
            return True
    return False


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
    for stream, kind in _STREAMS.items():
        if stream.encode("utf-16-le") in content:
            raise OtherFormatError(kind)
    raise ReadError(f"{source.name} 不是工作簿（可能是其他文档，或已损坏），请报送 {'、'.join(SUFFIXES)} 文件。")


def _in_archive(source: Source, held: ExitStack) -> tuple[Kind, zipfile.ZipFile]:
    damaged = f"{source.name} 已损坏，无法打开，{_RESEND}。"
    try:
        archive = held.enter_context(directories.opened(source.path, kept=True))
        items = archive.infolist()
        if len(items) > _MOST_PARTS:
            raise ReadError(f"{source.name} 内有 {len(items)} 个部件，不是正常的工作簿，未读取；{_RESEND}。")
        unfolded = sum(item.file_size for item in items)
        if unfolded > _UNFOLDED_MB * _MB:
            raise ReadError(f"{source.name} 展开后有 {unfolded / _MB:.0f} MB，超过上限，请删去多余的空行和格式后再报送。")
        if any(item.flag_bits & 1 for item in items):
            raise ReadError(f"{source.name} 设有打开密码，请取消密码后再报送。")
        if archive.testzip():  # also where a part is larger than it says
            raise ReadError(damaged)
        called = [name.replace("\\", "/").lstrip("/").lower() for name in archive.namelist()]
        names = set(called)
        if len(names) < len(called):
            twice = printable(next(name for name in called if called.count(name) > 1))
            raise ReadError(f"{source.name} 内有两个同名的部件（{twice}），不知以哪个为准，未读取；{_RESEND}。")
    except (ReadError, MemoryError):
        raise
    except directories.CrowdedError as error:
        most = directories.MOST_ENTRIES
        raise ReadError(f"{source.name} 内有超过 {most} 个部件，不是正常的工作簿，未读取；{_RESEND}。") from error
    except Exception as error:  # zipfile fails in many ways on damage
        raise ReadError(damaged) from error
    return _document(source, names), archive


def _document(source: Source, names: set[str]) -> Kind:
    """Return what an archive is by the names of its parts."""
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    for part, kind in _PARTS.items():
        if part in names:
            raise OtherFormatError(kind)
    if "[content_types].xml" in names:
        raise ReadError(f"{source.name} 已损坏，无法打开，{_RESEND}。")
    raise ReadError(f"{source.name} 是压缩包或其他格式的文档，不是 .xlsx 工作簿，请打开后另存为 .xlsx 再报送。")
