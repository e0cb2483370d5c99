"""Text of others for a terminal, a log, a file's name: what would command it, turn it around or lead elsewhere doesn't."""

from __future__ import annotations

import hashlib
import re

#: Everything of C0 and C1 but tab and line end, and the marks that reorder text.
_COMMANDS = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
#: What no file system takes in a name, or no terminal shows; how many bytes of a text a name has room for, of 255 in all.
_UNSAFE = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')
_MOST_BYTES = 150
_PATHS = re.compile(r"[\\/:\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    r"""把控制终端的字符换成看得见的写法。

    >>> visible("唐山\x1b[2J示例厂")
    '唐山\\x1b[2J示例厂'
    """
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)


def named(text: str, most: int = _MOST_BYTES) -> str:
    """Return a text as a part of a file's name: without what no system takes, shortened and told apart by its hash if long.

    >>> named("进度/达标：甲 厂"), named("../../别处"), len(named("长" * 999).encode()) <= 150
    ('进度达标：甲厂', '别处', True)
    """
    said = _UNSAFE.sub("", text).lstrip(".")
    if len(whole := said.encode()) > most:
        said = f"{whole[: most - 9].decode(errors='ignore')}_{hashlib.sha256(whole).hexdigest()[:8]}"
    return said


def plain(name: str) -> bool:
    """Return whether a text can stand in a file's name as it is: it leads nowhere, is not hidden, and not too long.

    >>> [plain(name) for name in ("唐山市", "a b", "../x", "/x", "C:x", ".x", "", "x" * 999)]
    [True, True, False, False, False, False, False, False]
    """
    return bool(name) and not name.startswith(".") and not _PATHS.search(name) and len(name.encode()) <= _MOST_BYTES
