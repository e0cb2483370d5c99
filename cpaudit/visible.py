"""Text for a terminal or a log: characters that command it, or that turn text around, are shown instead of obeyed."""

from __future__ import annotations

import re

#: Everything of C0 and C1 but tab and line end, and the marks that reorder text.
_COMMANDS = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""把控制终端的字符换成看得见的写法。

    >>> visible("唐山\x1b[2J示例厂")
    '唐山\\x1b[2J示例厂'
    """
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)
