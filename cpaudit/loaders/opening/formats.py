"""Formats that aren't read: what each is called in the sentence that refuses it, and how to get a readable copy."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache


class Format(Definition):
    """One kind of file that isn't read; ``names`` are patterns of whole names."""

    suffixes: tuple[str, ...]
    names: tuple[str, ...] = ()
    says: str
    do: str
    severity: Literal["warning", "note"]

    def sentence(self, name: str) -> str:
        """Return the sentence that refuses a file."""
        return f"{name} {self.says}，未读取；{self.do}。"


class _Formats(Definition):
    formats: dict[str, Format]


@cache
def formats() -> dict[str, Format]:
    """Return every kind of file that isn't read."""
    return read_definition(root() / "unread_formats.yaml", _Formats).formats


def named(name: str) -> str | None:
    """Return the kind that a file or folder is by its name alone: what systems and programs leave behind.

    >>> named("~$石家庄市.xlsx"), named("石家庄市.xlsx")
    ('system', None)
    """
    kinds = formats().items()
    return next((kind for kind, each in kinds if any(fnmatchcase(name, pattern) for pattern in each.names)), None)


def suffixed(suffix: str) -> str | None:
    """Return the kind that a suffix (in small letters, with its dot) stands for; None where it isn't in the list."""
    return next((kind for kind, each in formats().items() if suffix in each.suffixes), None)
