"""Answers to yes-or-no questions among numbers: they are shown as 是 and 否, and stay 1 and 0 where they are data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Answer(float):
    """1 or 0, which is shown as a word."""

    @property
    def word(self) -> str:
        """The answer as people say it."""
        return "是" if self else "否"


def asked() -> set[tuple[str, str]]:
    """Return the (system, indicator) that are answered by yes or no."""
    from cpaudit import indicators

    return {(s.id, i.id) for s in indicators.systems().values() for i in s.indicators() if i.answer == "yes_no"}


def answered(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a frame with columns ``system`` and ``indicator`` whose numbers are answers where the indicator asks for one."""
    import pandas as pd

    wanted = asked()
    mine = [pair in wanted for pair in zip(frame["system"], frame["indicator"], strict=True)]
    if not any(mine):
        return frame
    made = {}
    for name in columns:
        values = [Answer(v) if flag and pd.notna(v) else v for v, flag in zip(frame[name], mine, strict=True)]
        made[name] = pd.Series(values, frame.index, dtype=object)
    return frame.assign(**made)
