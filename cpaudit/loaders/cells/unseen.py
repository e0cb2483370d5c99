"""Characters that nobody sees, or that only look like others: found, and named for the person who removes them."""

from __future__ import annotations

import unicodedata

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

#: Letters and marks by their class that are as invisible as the format characters.
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u034f\ufffc"


class _Words(Definition):
    names: dict[str, str]
    scripts: dict[str, str]


@cache
def _words() -> _Words:
    return read_definition(root() / "unseen.yaml", _Words)


def unseen(said: str) -> str:
    """Return the characters of a text that nobody sees, each once; blanks and line ends are none.

    >>> [f"{ord(c):04X}" for c in unseen("9113\\u200e0100")]
    ['200E']
    """
    if said.isascii() and said.isprintable():
        return ""
    return "".join(dict.fromkeys(c for c in said if is_unseen(c)))


def is_unseen(character: str) -> bool:
    """Whether a character is seen by no one."""
    if character.isspace():
        return False
    return character in _BLANK_LETTERS or unicodedata.category(character) in ("Cf", "Cc")


def told(characters: str) -> str:
    """Return characters as a message names them.

    >>> told("\\u200bА")
    'U+200B（零宽空格）、“А”（U+0410，西里尔字母）'
    """
    return "、".join(map(_told, characters))


def _told(character: str) -> str:
    code = f"{ord(character):04X}"
    if name := _words().names.get(code):
        return f"U+{code}（{name}）"
    if is_unseen(character):
        return f"U+{code}（看不见的字符）"
    script = _words().scripts.get(unicodedata.name(character, "").split(" ")[0])
    return f"“{character}”（U+{code}{f'，{script}' if script else ''}）"
