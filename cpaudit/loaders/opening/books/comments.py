"""Comments of an .xlsx's cells, as others wrote them: what a template explains, and what a check wrote, is left out."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books import markup

if TYPE_CHECKING:
    import zipfile

#: Who writes the explanations of templates, and how what a check writes begins.
_OURS, _CHECKED = "填表说明", re.compile(r"(?:^|\n)【检查 \d+】.*", re.DOTALL)


def read(archive: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    """Return (row, column) → the text of a sheet's comments."""
    folder, name = posixpath.split(part)
    relations, homes = f"{folder}/_rels/{name}.rels", list[str]()
    if relations not in archive.namelist():
        return {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/comments"):
            homes.append(posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/"))

    markup.elements(archive, relations, relation)
    found: dict[tuple[int, int], str] = {}
    for home in homes:
        if home in archive.namelist():
            found |= _comments(archive, home)
    return found


def _comments(archive: zipfile.ZipFile, home: str) -> dict[tuple[int, int], str]:
    authors, found, at = list[list[str]](), dict[tuple[int, int], tuple[int, list[str]]](), (-1, -1)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at
        parser.CharacterDataHandler = None
        if name.endswith("author"):
            authors.append([])
            parser.CharacterDataHandler = authors[-1].append
        elif name.endswith("comment"):
            at = markup.place_of(attributes.get("ref", "").upper())
            found[at] = (int(attributes.get("authorId", "0")), [])
        elif name.rpartition(":")[2] == "t" and at in found:
            parser.CharacterDataHandler = found[at][1].append

    def end(_: str) -> None:
        parser.CharacterDataHandler = None

    parser = markup.new_parser(start)
    parser.EndElementHandler = end
    with archive.open(home) as file:
        parser.ParseFile(file)
    names = ["".join(said) for said in authors]
    texts = {at: _CHECKED.sub("", "".join(said)).strip() for at, (by, said) in found.items() if names[by : by + 1] != [_OURS]}
    return {at: text for at, text in texts.items() if text and min(at) >= 0}
