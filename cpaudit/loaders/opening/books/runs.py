"""Text in runs of several looks → what is read of it: struck and hidden runs left out, raised digits told from the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.opening.grids import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.loaders.opening.books.colours import Colour

STRUCK, HIDDEN, DELETED, MOVED, COVERED = "划去的", "隐藏的", "修订中已删除的", "修订中已移走的", "被合并单元格遮住的"
RAISED, NOTE, UNSEEN, MUTE, TINY = "上标的", "脚注引用的", "与底色相同、看不见的", "格式不显示的", "小得看不见的"
#: Lower letters (points) nobody reads.
LOWEST = 3.0
#: A column narrower (digits) shows nothing.
NARROWEST = 0.5
#: A line from corner to corner of a cell.
CROSSED = "斜线划过的"

_UP = str.maketrans("0123456789+-=()niabcde", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉ")
_DOWN = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
#: What is a mark by itself, raised or not.
_MARK = re.compile(r"[⁰¹²³⁴-⁹⁺⁻⁼⁽⁾ⁿⁱᵃ-ᶻ①-⒛❶-➓*＊∗※★☆†‡\s]*")
#: Words are no marks, but for those that name a note: 注2, （注）.
_WORD, _NOTED = re.compile("[\u4e00-\u9fff]"), re.compile(r"[(（\[【]?(?:备|附|脚)?[注註]\s*[:：]?\s*\S{0,3}?[)）\]】]?")


def parts(text: str) -> bool:
    r"""Whether a text has two parts, as a heading that a line from corner to corner parts has.

    >>> parts("项目  企业"), parts("项目\n企业"), parts("示例公司")
    (True, True, False)
    """
    return len(text.split()) > 1


class Run(NamedTuple):
    """A piece of text of one look; ``gone`` says how it is set apart from what is read, None that its cell decides."""

    text: str
    gone: str | None = ""
    #: 1 above the line, -1 below it.
    level: int = 0
    #: Of its letters, where that may be its ground's.
    colour: Colour | None = None


def compose(runs: Iterable[Run], gone: str = "") -> tuple[str, LeftOut | None]:
    """Return what is read of a cell and what isn't; ``gone`` is how the cell as a whole is set apart.

    >>> compose([Run("10"), Run("3", level=1)]), compose([Run("12.5", STRUCK), Run("13")])
    (('10³', None), ('13', LeftOut(how='划去的', text='12.5')))
    """
    runs = [run._replace(gone=gone) if run.gone is None else run for run in runs if run.text]
    level_ground = any(run.text.strip() and not run.gone and not run.level for run in runs)
    read, left, how = list[str](), list[str](), ""
    for run in runs:
        text, reason = run.text, run.gone or ""
        if not reason and level_ground and run.level:
            text = text.translate(_UP if run.level > 0 else _DOWN)
            if _WORD.search(text) and not _NOTED.fullmatch(text.strip()):
                text = f"〔{'上标' if run.level > 0 else '下标'}：{text.strip()}〕"  # it may turn the rest round (未 above 通过)
            else:
                reason = RAISED if run.level > 0 and not _MARK.fullmatch(text) else ""
        if not reason:
            read.append(text)
        elif run.text.strip():
            left.append(run.text)
            how = how or reason
    return "".join(read).strip(), LeftOut(how, "".join(left).strip()) if left else None
