"""Indicator systems as data: the model of one file, and the catalogue of all files."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from cpaudit.errors import DefinitionError, UsageError
from cpaudit.reference import Definition, read_definition, root, shown
from cpaudit.vocabulary import Category, Verification

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

#: Weights are counted in ten-thousandths, so that sums and comparisons are exact.
WEIGHT_UNIT = 10_000

Comparator = Literal["<=", "<", ">=", ">"]


class Baselines(Definition):
    """The benchmark of each level, as printed; a level left out asks for nothing where ``blank`` says so."""

    I: float | None = None  # noqa: E741
    II: float | None = None
    III: float | None = None

    def at(self, level: int) -> float | None:
        """Return the benchmark of level 1, 2 or 3."""
        return (self.I, self.II, self.III)[level - 1]


class Texts(Definition):
    """What the system prints at each level: for a qualitative indicator, or as the level's name."""

    I: str = ""  # noqa: E741
    II: str = ""
    III: str = ""


class Indicator(Definition):
    """A secondary indicator (二级指标).

    ``answer`` tells how a qualitative indicator is filled in: ``level`` takes the level whose text is met
    (Ⅰ级 … 未达Ⅲ级, stored as 1 … 4), ``yes_no`` takes 是/否 (stored as 1/0). Both then compare like numbers.
    ``blank`` says what an empty benchmark means: the level asks for nothing (always met), or the source gives
    no benchmark, and then the indicator cannot be scored and leaves its group like one that doesn't apply.
    """

    id: str
    name: str
    unit: str = ""
    weight: Decimal | None = None
    limiting: bool = False
    hazardous_waste: bool = False
    comparator: Comparator = "<="
    baselines: Baselines = Baselines()
    answer: Literal["number", "level", "yes_no"] = "number"
    texts: Texts = Texts()
    blank: Literal["no_requirement", "not_scorable"] = "not_scorable"
    source: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _answers_imply_baselines(cls, data: object) -> object:
        if isinstance(data, dict) and "baselines" not in data:
            if data.get("answer") == "level":
                return {**data, "comparator": "<=", "baselines": {"I": 1, "II": 2, "III": 3}}
            if data.get("answer") == "yes_no":
                return {**data, "comparator": ">=", "baselines": {"I": 1, "II": 1, "III": 1}}
        return data

    @model_validator(mode="after")
    def _levels_in_order(self) -> Self:
        # Meeting level I must imply meeting II and III: membership is cumulative.
        asked = [b for b in (self.baselines.at(k) for k in (1, 2, 3)) if b is not None]
        if asked != sorted(asked, reverse=not self.lower_is_better):
            raise ValueError(f"指标“{self.name}”的基准值次序有误：Ⅰ级应不宽于Ⅱ级，Ⅱ级应不宽于Ⅲ级")
        if self.blank == "no_requirement" and asked != [self.baselines.at(k) for k in range(1, len(asked) + 1)]:
            raise ValueError(f"指标“{self.name}”的基准值缺了较严的级别：只有较宽的级别可以不作要求")
        return self

    @property
    def scorable(self) -> bool:
        """Whether every level's benchmark is known, or known to ask for nothing."""
        return self.blank == "no_requirement" or None not in (self.baselines.I, self.baselines.II, self.baselines.III)

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is a better one."""
        return self.comparator in ("<=", "<")

    @property
    def quantitative(self) -> bool:
        """Whether the value is a measured number (and so can improve by so many per cent)."""
        return self.answer == "number"


class Group(Definition):
    """A primary indicator (一级指标) with the category that the notice's targets refer to."""

    id: str
    name: str
    category: Category
    weight: Decimal | None = None
    bonus: bool = False
    indicators: tuple[Indicator, ...]


class LevelRule(Definition):
    """What one level asks for: the composite index, the limiting indicators and, in some systems, all others."""

    min_index: Decimal = Field(ge=0, le=100, decimal_places=2)
    limiting: Literal[1, 2, 3] | None = None
    others: Literal[1, 2, 3] | None = None


class LevelRules(Definition):
    """The rule of each level; the first that holds, from I to III, is the plant's level."""

    I: LevelRule = LevelRule(min_index=Decimal(85), limiting=1)  # noqa: E741
    II: LevelRule = LevelRule(min_index=Decimal(85), limiting=2)
    III: LevelRule = LevelRule(min_index=Decimal(100), limiting=3)

    def at(self, level: int) -> LevelRule:
        """Return the rule of level 1, 2 or 3."""
        return (self.I, self.II, self.III)[level - 1]


class SystemDocument(Definition):
    """The publication that the file renders, and where it was seen."""

    title: str
    number: str = ""
    issued: str = ""
    seen_at: tuple[str, ...] = ()
    completeness: str = ""


class IndicatorSystem(Definition):
    """An evaluation indicator system (清洁生产评价指标体系) for one process of a trade.

    ``weights`` says how the file's secondary weights are printed: as shares of their group (sum 1), of the
    whole (sum = the group's weight), or not at all (HJ/T standards: levels by indicator, no composite index).
    ``empty_group`` says what happens to a group without an applicable indicator: ``drop`` divides by the rest.
    """

    id: str
    title: str
    process: str
    status: Verification
    document: SystemDocument
    level_names: Texts = Texts()
    weights: Literal["share_of_group", "share_of_whole", "none"] = "share_of_group"
    level_rules: LevelRules = LevelRules()
    empty_group: Literal["drop"] = "drop"
    index_cap: Decimal = Decimal(100)
    groups: tuple[Group, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        # Reporting tables name an indicator by id or by name, so both must be unambiguous.
        for what, keys in (("编号", [i.id for i in self.indicators()]), ("名称", [i.name for i in self.indicators()])):
            twice = sorted({k for k in keys if keys.count(k) > 1})
            if twice:
                raise ValueError(f"指标{what}重复：{'、'.join(twice)}")
        if self.weights != "none":
            self._check_weights()
        return self

    def _check_weights(self) -> None:
        total = sum((g.weight or Decimal(0) for g in self.groups if not g.bonus), Decimal(0))
        if total != 1:
            raise ValueError(f"一级指标权重之和为 {total}，应为 1")
        for group in self.groups:
            whole = Decimal(1) if self.weights == "share_of_group" else group.weight
            inside = sum((i.weight or Decimal(0) for i in group.indicators), Decimal(0))
            if inside != (whole or Decimal(0)):
                raise ValueError(f"一级指标“{group.name}”内二级指标权重之和为 {inside}，应为 {whole}")
        for weight in [g.weight for g in self.groups] + [i.weight for i in self.indicators()]:
            if weight is not None and (weight < 0 or weight * WEIGHT_UNIT % 1):
                raise ValueError(f"权重 {weight} 应为不超过四位小数的正数")

    def indicators(self) -> tuple[Indicator, ...]:
        """Return all indicators in printing order."""
        return tuple(i for g in self.groups for i in g.indicators)

    @property
    def scorable(self) -> bool:
        """Whether a composite index can be computed (the file has weights)."""
        return self.weights != "none"


@cache
def systems() -> dict[str, IndicatorSystem]:
    """Return every indicator system under ``data/reference/indicator_systems``: id → system.

    Raises:
        DefinitionError: a file is faulty, or its name differs from the id inside.
    """
    found = {}
    for path in sorted((root() / "indicator_systems").glob("*.yaml")):
        system = read_definition(path, IndicatorSystem)
        if system.id != path.stem:
            raise DefinitionError(f"{shown(path)}：字段 id 为“{system.id}”，应与文件名一致，写作“{path.stem}”。")
        found[system.id] = system
    return found


def find_system(system_id: str) -> IndicatorSystem:
    """Return one indicator system.

    Raises:
        UsageError: there is none of that id; the sentence lists those that exist.
    """
    known = systems()
    if system_id not in known:
        raise UsageError(f"没有编号为“{system_id}”的评价指标体系；现有：{'、'.join(known)}。")
    return known[system_id]


def indicator_table(chosen: Iterable[IndicatorSystem] | None = None) -> pd.DataFrame:
    """Return every indicator of the ``chosen`` systems (all, if not given) as one table, as the engine joins it.

    The rules of the system stand in every row, so that a changed copy of the table is a complete what-if.

    Columns: system, status, group, category, indicator (ids); name, unit, group_name; group_weight and weight
    (integers, 1/10000; inside a group only the proportions of weight count, so shares of group and of whole score
    alike); bonus, limiting, hazardous_waste, quantitative, lower_is_better, strict, scorable, weighted (booleans;
    weighted: the system has a composite index); baseline_1 … baseline_3 (floats, null where the level asks for
    nothing or, if not scorable, where the source has none); min_index_1 … min_index_3 and index_cap (integers,
    1/100 points); need_1 … need_3 (the level that this indicator itself must meet before the plant can have level
    I, II, III; 0: none); order (printing order over all systems).
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    for system in systems().values() if chosen is None else chosen:
        for group in system.groups:
            rows += [_row(system, group, indicator, len(rows) + i) for i, indicator in enumerate(group.indicators)]
    return pd.DataFrame(rows)


def _row(system: IndicatorSystem, group: Group, indicator: Indicator, order: int) -> dict[str, object]:
    row: dict[str, object] = {
        "system": system.id,
        "status": system.status,
        "group": group.id,
        "group_name": group.name,
        "category": group.category,
        "indicator": indicator.id,
        "name": indicator.name,
        "unit": indicator.unit,
        "group_weight": int((group.weight or Decimal(0)) * WEIGHT_UNIT),
        "weight": int((indicator.weight or Decimal(0)) * WEIGHT_UNIT),
        "bonus": group.bonus,
        "limiting": indicator.limiting,
        "hazardous_waste": indicator.hazardous_waste,
        "quantitative": indicator.quantitative,
        "lower_is_better": indicator.lower_is_better,
        "strict": indicator.comparator in ("<", ">"),
        "scorable": indicator.scorable,
        "weighted": system.scorable,
        "index_cap": int(system.index_cap * 100),
        "order": order,
    }
    for level in (1, 2, 3):
        rule = system.level_rules.at(level)
        row[f"baseline_{level}"] = indicator.baselines.at(level)
        row[f"min_index_{level}"] = int(rule.min_index * 100)
        row[f"need_{level}"] = 0 if group.bonus else (rule.limiting if indicator.limiting else rule.others) or 0
    return row
