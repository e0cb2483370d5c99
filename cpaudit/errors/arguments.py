"""What a call was given, checked before it is used: one Chinese sentence where it can't be meant."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What people confuse with one another, as sentences call it.
_CALLED = {
    "DataFrame": "一张表（DataFrame）",
    "Series": "一列数据（Series）",
    "Dataset": "一份数据（Dataset）",
    "Selection": "筛选条件（Selection）",
    "Scorer": "评分的准备（Scorer）",
    "Figure": "一张图",
    "Page": "一页",
    "dict": "字典",
    "list": "列表",
    "tuple": "元组",
    "set": "集合",
    "NoneType": "空值（None）",
    "NaTType": "空值（NaT）",
}
#: A longer text is cut short in a sentence.
_LONGEST = 24


def called(given: object) -> str:
    """Return what a value is, as a sentence says it.

    >>> called("石家庄"), called({}), called(5)
    ('文字“石家庄”', '字典', '数 5')
    """
    if isinstance(given, str):
        return f"文字“{given if len(given) <= _LONGEST else given[:_LONGEST] + '……'}”"
    if isinstance(given, int | float) and not isinstance(given, bool):
        return f"数 {given}"
    name = type(given).__name__
    return _CALLED.get(name, f"“{name}”类型的值")


def unfit(what: str, given: object, instead: str) -> UsageError:
    """Return the error that says what was given as ``what``, and what is to be written ``instead``."""
    return UsageError(f"{what}不能是{called(given)}，{instead}。")


def dataset_of(given: object, what: str = "数据") -> None:
    """Refuse what is no data set, which layers below it know by what only it can do.

    Raises:
        UsageError: it is none.
    """
    if not hasattr(type(given), "rewound"):
        raise unfit(what, given, "请给一份数据，如 ds = cp.example() 或 ds = cp.open() 得到的 ds")


def text_of(given: object, what: str) -> None:
    """Refuse what is no text.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(given, str):
        raise unfit(what, given, "请写成文字")


def path_of(given: object, what: str, like: str) -> Path:
    """Return a path that was given as text or as what stands for a path; ``like`` is an example.

    Raises:
        UsageError: it is neither, or no system has files that are called so.
    """
    if not isinstance(given, str | os.PathLike):
        raise unfit(what, given, f'请写成 "{like}" 的样子')
    path = Path(given)
    if "\0" in str(path):
        raise UsageError(f"{what}不能含有空字符（U+0000），请改正。")
    return path


def number_of(
    given: object, what: str, instead: str, *, least: float = 0.0, most: float | None = None, whole: bool = False
) -> float:
    """Return what was given as a number in its bounds (``whole``: a whole one); a text that is plainly one is taken.

    >>> number_of("30", "天数", "请写整数", whole=True), number_of(0.06, "年利率", "请写小数")
    (30.0, 0.06)

    Raises:
        UsageError: it is none, or outside the bounds.
    """
    import math

    try:
        number = math.nan if isinstance(given, bool) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    fits = math.isfinite(number) and number >= least and (most is None or number <= most) and not (whole and number % 1)
    if not fits:
        raise unfit(what, given, instead)
    return number


def frame_of(given: object, instead: str, *, series: bool = True) -> None:
    """Refuse what is no frame of pandas, nor (``series``) a series.

    Raises:
        UsageError: it is none.
    """
    import pandas as pd

    if not isinstance(given, pd.DataFrame | pd.Series if series else pd.DataFrame):
        raise unfit("表", given, instead)


def no_others(others: Mapping[str, object], known: Iterable[str], meant: Mapping[str, str]) -> None:
    """Refuse keywords that a call doesn't have; ``meant``: what is to be written in place of those that people mix up.

    Raises:
        UsageError: there is one.
    """
    for name in others:
        instead = f"请写 {meant[name]}" if name in meant else f"可以写：{'、'.join(known)}"
        raise UsageError(f"没有名为 {name} 的参数，{instead}。")


def one_of(what: str, given: object, choices: Iterable[str]) -> str:
    """Return which of the choices is given, by the choice itself or, where ``choices`` maps them to labels, by its label.

    ``what`` says what was asked, with the place of the word: 不能按“{}”分组.

    >>> one_of("没有“{}”", "石家庄市", {"shijiazhuang": "石家庄市"})
    'shijiazhuang'

    Raises:
        UsageError: it is none; its last line lists them.
    """
    labels = dict(choices) if isinstance(choices, Mapping) else {one: one for one in choices}
    if isinstance(given, str):
        if given in labels:
            return given
        found = [key for key, label in labels.items() if label == given.strip()]
        if len(found) == 1:
            return found[0]
    said = [key if label == key else f"{key}（{label}）" for key, label in labels.items()]
    raise UsageError.among(what.format(given if isinstance(given, str | int | float) else called(given)), said)
