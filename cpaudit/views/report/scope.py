"""What a work report is about, and the turns of phrase that its sections share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.views import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Block, Text


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The plants that a report is about (``mine``) among all (``whole``), and both as of the snapshot before, if there is one.

    ``unit`` is the unit's id in a city report, ``trade`` the trade's in a trade report.
    """

    name: str
    mine: Dataset
    whole: Dataset
    before: Dataset | None = None
    whole_before: Dataset | None = None
    unit: str = ""
    trade: str = ""

    @property
    def listed(self) -> int:
        """How many plants it is about."""
        return len(self.mine.plants)

    @property
    def compared(self) -> bool:
        """Whether percentages stand beside the province's: it is a part of it, and not too small for them."""
        return self.part and self.listed > parts.small_unit()

    @property
    def part(self) -> bool:
        """Whether there are others than its plants: a unit or trade that is all there is isn't held against itself."""
        return self.listed < len(self.whole.plants)

    @property
    def nobody(self) -> str:
        """The sentence in the place of a section that has nobody to speak of."""
        return f"{'本行业' if self.trade else '本辖区'}没有列入名单的企业，本节无内容。"


def each(pairs: Iterable[tuple[str, int]], unit: str = "家", between: str = "、") -> str:
    """Return labels with their counts.

    >>> each([("制药", 18), ("陶瓷", 9)])
    '制药 18 家、陶瓷 9 家'
    """
    return between.join(f"{label} {n:,} {unit}" for label, n in pairs)


def beside(value: float | None, other: float | None, name: str = "全省") -> str:
    """Say a percentage beside the whole's; the difference is that of the figures as printed.

    >>> beside(30.64, 39.46), beside(50.0, 50.0)
    ('30.6%，比全省（39.5%）低 8.9 个百分点', '50.0%，与全省持平')
    """
    if parts.percent(value) == parts.percent(None) or parts.percent(other) == parts.percent(None):
        return parts.percent(value)
    assert value is not None
    assert other is not None
    gap = round(round(value, 1) - round(other, 1), 1)
    if not gap:
        return f"{value:.1f}%，与{name}持平"
    return f"{value:.1f}%，比{name}（{other:.1f}%）{'高' if gap > 0 else '低'} {abs(gap):.1f} 个百分点"


def change(n: int, unit: str = "家") -> str:
    """Say a change.

    >>> change(3), change(-1), change(0, "项")
    ('增加 3 家', '减少 1 家', '持平')
    """
    return f"增加 {n} {unit}" if n > 0 else f"减少 {-n} {unit}" if n else "持平"


def split(n: int, good: int, word: str, no: str) -> str:
    """Say how many of ``n`` judged plants are ``word`` and how many ``no``, as one does of one, of none and of all.

    >>> split(45, 26, "达标", "未达标"), split(3, 3, "达标", "未达标"), split(1, 0, "达标", "未达标")
    ('45 家中达标 26 家、未达标 19 家', '3 家全部达标', '1 家未达标')
    """
    if good in (0, n):
        return f"{n} 家{'' if n == 1 else '全部' if good else '均'}{word if good else no}"
    return f"{n} 家中{word} {good} 家、{no} {n - good} 家"


def nothing(scope: Scope) -> list[Block]:
    """Return what stands in the place of a section that rests on values or options; empty where it can be written."""
    return [*said(scope.nobody)] if scope.mine.plants.empty else parts.left_out(scope.mine)


def said(*sentences: str) -> list[Text]:
    """Return the paragraphs that are not empty as one block; nothing where all are."""
    from cpaudit.views.page import Text

    kept = [s for s in sentences if s]
    return [Text("\n\n".join(kept))] if kept else []
