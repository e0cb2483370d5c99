"""XML of a workbook's parts, element by element. Document types are refused: entities can't be declared, let alone unfold."""

from __future__ import annotations

import posixpath
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from xml.parsers import expat

from cpaudit.loaders.opening.books.runs import LOWEST

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., Any]")
#: Bytes of a part that may be kept, and how many are.
_SMALL, _MANY = 200_000, 32


def is_tiny(size: str | None) -> bool:
    """Whether letters of a size (points) are so low that nobody reads them.

    >>> is_tiny("1"), is_tiny("10.5"), is_tiny(None)
    (True, False, False)
    """
    try:
        return size is not None and float(size) < LOWEST
    except ValueError:
        return False


class Forbidden(ValueError):
    """The XML declares a document type, which no workbook needs."""


def elements(archive: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    """Call ``start`` with the plain name and the attributes of each element of a part."""
    with archive.open(part) as file:
        new_parser(lambda name, attributes: start(name.rpartition(":")[2], attributes)).ParseFile(file)


def parse(content: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    """Do as :func:`elements` with what a part holds."""
    new_parser(lambda name, attributes: start(name.rpartition(":")[2], attributes)).Parse(content, True)


def kept(read: _F) -> _F:
    """Keep what a function finds in small parts: files of one program have the same styles. What is found is never changed."""
    known = lru_cache(_MANY)(read)

    @wraps(read)
    def found(*contents: bytes) -> Any:
        return (known if sum(map(len, contents)) <= _SMALL else read)(*contents)

    return cast(_F, found)


def new_parser(start: Callable[[str, dict[str, str]], None] | None) -> expat.XMLParserType:
    """Return a parser that refuses document types."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _forbid
    parser.StartElementHandler = start
    return parser


def _forbid(*_: Any) -> None:
    raise Forbidden


def related(archive: zipfile.ZipFile, part: str, kind: str) -> list[str]:
    """Return the parts of an archive that one of its parts names as of a kind (comments, table)."""
    folder, name = posixpath.split(part)
    relations, found = f"{folder}/_rels/{name}.rels", list[str]()

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}"):
            found.append(posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/"))

    if relations in archive.namelist():
        elements(archive, relations, relation)
    return [one for one in found if one in archive.namelist()]
