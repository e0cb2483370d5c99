"""Printed weights as shares: per cent or not, of the group or of the whole, told by their sums; what doesn't fit is doubtful."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from cpaudit.loaders.announcements import amounts
from cpaudit.loaders.announcements.words import narrow, tidy, words

if TYPE_CHECKING:
    from cpaudit.loaders.announcements.amounts import Printed
    from cpaudit.loaders.announcements.sections import Section
    from cpaudit.loaders.opening.papers.printed import Cell

Convention = Literal["share_of_group", "share_of_whole", "none"]


@dataclass(slots=True)
class Weight:
    """One weight: what it is in the file (None: not known), the letters it depends on, and what is doubtful."""

    definition: object = None
    parameters: set[str] = field(default_factory=set)
    shown: str = ""
    doubts: list[str] = field(default_factory=list)

    @property
    def fixed(self) -> Decimal | None:
        """The number, where it is the same for every plant."""
        return self.definition if isinstance(self.definition, Decimal) else None


@dataclass(slots=True)
class Weights:
    """The weights of a section in printing order, how they are printed, and doubts of the whole and of each group."""

    convention: Convention = "none"
    groups: list[Weight] = field(default_factory=list)
    indicators: list[list[Weight]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    group_doubts: list[list[str]] = field(default_factory=list)


def settle(section: Section, declared: Convention | None, letters: frozenset[str]) -> Weights:
    """Return the weights of a section; ``declared`` is what the template's head block says of them."""
    primary = [g.weights[:1] for g in section.groups]
    secondary = [[[r.cells["weight"]] if "weight" in r.cells else [] for r in g.rows] for g in section.groups]
    found = Weights(group_doubts=[[] for _ in section.groups])
    found.groups = _scaled([_read(c, letters) for c in primary])
    flat = _scaled([_read(c, letters) for some in secondary for c in some])
    cut = iter(flat)
    found.indicators = [[next(cut) for _ in some] for some in secondary]
    printed = any(w.shown for w in (*found.groups, *flat))
    if declared == "none" or not printed:
        if printed:
            found.doubts.append("已注明没有权重，但表中填有权重，未采用")
        elif declared != "none" and ("weight" in section.columns.roles or "group_weight" in section.columns.roles):
            found.doubts.append("权重各栏都是空白，按没有权重的体系处理")
        found.groups = [Weight() for _ in found.groups]
        found.indicators = [[Weight() for _ in some] for some in found.indicators]
        return found
    _same_cells(section, found)
    _check_groups(section, found)
    _choose(section, found, declared)
    return found


def _read(cells: list[Cell], letters: frozenset[str]) -> Weight:
    said = tidy(cells[0].text) if cells else ""
    if amounts.blank(said):
        return Weight(doubts=["权重空白"])
    printed: Printed | None = amounts.read(cells[0].text, "%" if narrow(said).endswith("%") else "", letters)
    usable = printed and printed.low is None and not printed.sign and printed.unit in ("", "%")
    if not printed or not usable:
        return Weight(shown=said, doubts=[f"权重“{said}”不能读成数"])
    value = printed.definition()
    if isinstance(value, Decimal) and printed.unit == "%":
        value = value / 100
    return Weight(value, printed.parameters, said, list(printed.doubts))


def _scaled(weights: list[Weight]) -> list[Weight]:
    """Turn weights printed as 25 into 0.25, all of a column alike."""
    numbers = [w.fixed for w in weights if w.fixed is not None]
    if numbers and max(numbers) > 1 and not any("%" in narrow(w.shown) for w in weights):
        for weight in weights:
            if weight.fixed is not None:
                weight.definition = weight.fixed / 100
            elif weight.parameters:
                weight.doubts.append("其他权重按百分数读，这一项的公式未换算")
    for weight in weights:
        if weight.fixed is not None and (weight.fixed < 0 or weight.fixed * 10_000 % 1):
            weight.doubts.append("权重应为不超过四位小数的正数")
    return weights


def _same_cells(section: Section, found: Weights) -> None:
    """A weight printed once for several rows may hold for each, or for all together."""
    for group, weights in zip(section.groups, found.indicators, strict=True):
        cells = [r.cells.get("weight") for r in group.rows]
        for cell, weight in zip(cells, weights, strict=True):
            if cell is not None and weight.shown and sum(c is cell for c in cells) > 1:
                weight.doubts.append("权重是几项指标的合并单元格，暂按每项各占此数")


def _check_groups(section: Section, found: Weights) -> None:
    total = Decimal(0)
    for group, weight, doubts in zip(section.groups, found.groups, found.group_doubts, strict=True):
        doubts += [f"一级指标{d}" for d in weight.doubts]
        if len({narrow(c.text).strip() for c in group.weights}) > 1:
            doubts.append(f"一级指标权重有几个写法：{'、'.join(c.text for c in group.weights)}，暂取第一个")
        if not any(w in group.name for w in words().bonus_words):
            total += weight.fixed or 0
    if total != 1 and not any(w.parameters for w in found.groups):
        found.doubts.append(f"一级指标权重之和为 {total.normalize():f}，应为 1")


def _choose(section: Section, found: Weights, declared: Convention | None) -> None:
    """Tell shares of the group from shares of the whole by their sums, group by group."""
    sums: list[tuple[int, Decimal, Decimal]] = []
    for n, weights in enumerate(found.indicators):
        if any(w.parameters for w in weights) or found.groups[n].parameters:
            continue
        sums.append((n, sum((w.fixed or Decimal(0) for w in weights), Decimal(0)), found.groups[n].fixed or Decimal(0)))
    of_group = sum(s == 1 for _, s, _ in sums)
    of_whole = sum(s == w for _, s, w in sums)
    if declared:
        found.convention = declared
    else:
        found.convention = "share_of_whole" if of_whole > of_group else "share_of_group"
        if of_group == of_whole and of_group < len(sums):
            found.doubts.append("二级指标权重是占组内份额还是占总体份额，由合计看不出，暂按占组内份额")
        elif not sums:
            found.doubts.append("权重都由参数决定，不能由合计看出是占组内份额还是占总体份额，暂按占组内份额")
    for n, inside, whole in sums:
        wanted = Decimal(1) if found.convention == "share_of_group" else whole
        if inside != wanted:
            found.group_doubts[n].append(
                f"“{section.groups[n].name}”内二级指标权重之和为 {inside.normalize():f}，应为 {wanted.normalize():f}"
            )
