"""Rosters on which one code has two names, one name two codes, or a name says that its plant has left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.loaders.cells import texts
from cpaudit.loaders.cells.answers import codes
from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.plants.identity import site, split_former
from cpaudit.loaders.sheets.contacts import without
from cpaudit.loaders.sheets.words import words

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row

#: What stands behind a firm's name, in brackets or not.
_BEHIND = re.compile(r"（([^（）]{2,8})）$|公司([^（）]{2,8})$")


def ask(rows: list[Row]) -> None:
    """Ask about codes with two names, names with two codes, and names that say what a status should."""
    _two_names(rows)
    _two_codes(rows)
    nameless = set(map(texts.key, words().nameless))
    for row in rows:
        name = name_of(row)
        if texts.key(name) in nameless:
            row.tell("name_is_none", "name", None, value=name)
        said = _BEHIND.search(split_former(name)[0])
        if said and (_has_left(said[1] or said[2]) or any(word in (said[1] or "") for word in words().off_lists)):
            row.tell("name_says_status", "name", None, value=name, status=said[1] or said[2])


def _has_left(said: str) -> bool:
    return codes("plants", "status").get(texts.key(said), "active") != "active"


def name_of(row: Row) -> str:
    """Return the name of a row's plant without the contacts that people write behind it."""
    return texts.name(without(texts.text(row["name"])))


def _two_names(rows: list[Row]) -> None:
    """Ask about a code that stands beside two names, unless a bracket tells them apart as sites of one firm."""
    first: dict[str, tuple[str, Row]] = {}
    for row in rows:
        name = split_former(name_of(row))[0]
        code = read_code(row["uscc"]).code
        firm = name.removesuffix(f"（{site(name)}）") if site(name) else name
        if code is None:
            continue
        other, where = first.setdefault(code, (firm, row))
        if texts.key(other) != texts.key(firm):
            at = where.place("name")
            row.tell(
                "code_two_names",
                "uscc",
                None,
                value=code,
                name=name,
                other=where.text("name"),
                at=f"{at.file} {at.sheet} {at.cell}",
            )


def _two_codes(rows: list[Row]) -> None:
    """Ask about a name that stands beside two codes in one unit: who reports by name alone can't be told apart."""
    first: dict[tuple[str, str], tuple[str, Row]] = {}
    for row in rows:
        if (code := read_code(row["uscc"]).code) is None:
            continue
        other, where = first.setdefault((texts.key(name_of(row)), texts.key(row.text("unit"))), (code, row))
        if other != code:
            at = where.place("uscc")
            holes = {"uscc": code, "other": other, "at": f"{at.file} {at.sheet} {at.cell}"}
            row.tell("name_two_codes", "name", None, value=name_of(row), **holes)
