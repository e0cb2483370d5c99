"""XML of a workbook's parts, element by element. Document types are refused: entities can't be declared, let alone unfold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable


class Forbidden(ValueError):
    """The XML declares a document type, which no workbook needs."""


def elements(archive: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    """Call ``start`` with the plain name and the attributes of each element of a part."""
    with archive.open(part) as file:
        new_parser(lambda name, attributes: start(name.rpartition(":")[2], attributes)).ParseFile(file)


def new_parser(start: Callable[[str, dict[str, str]], None] | None) -> expat.XMLParserType:
    """Return a parser that refuses document types."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _forbid
    parser.StartElementHandler = start
    return parser


def _forbid(*_: Any) -> None:
    raise Forbidden
