"""Targets: whom one binds (any combination of conditions, answered yes, no or nobody knows) and what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cpaudit.fields import UNREAD
from cpaudit.programme.document import Clause
from cpaudit.reference import Definition
from cpaudit.vocabulary import Category

#: A plant as conditions ask about it: its columns, None where missing; ``attributes`` by id; ``reasons`` joined by “;”.
Facts = Mapping[str, Any]
#: Kinds that ask for a level.
LEVELLED = ("categories", "hazardous_waste", "overall", "indicators", "energy_limit")
#: Kinds that are judged on measurements by an indicator system.
BY_SYSTEM = ("categories", "hazardous_waste", "overall", "indicators")


class Bounds(Definition):
    """A number between bounds, both included."""

    min: float | None = Field(default=None, description="不小于")
    max: float | None = Field(default=None, description="不大于")


class AppliesTo(Definition):
    """Which plants a target binds: all the conditions that are written must hold; in a list any one."""

    industries: tuple[str, ...] = Field(default=(), description="行业的编号，符合其一")
    rosters: tuple[str, ...] = Field(default=(), description="名单的编号，符合其一")
    units: tuple[str, ...] = Field(default=(), description="上报单位的编号，符合其一")
    counties: tuple[str, ...] = Field(default=(), description="区县的名称或代码，符合其一")
    reasons: tuple[str, ...] = Field(default=(), description="列入原因的编号，符合其一")
    attributes: dict[str, bool | Bounds | float | str | tuple[str, ...]] = Field(
        default_factory=dict, description="名单自有的列：编号 → true、false、一个值、几个值之一或 {min, max}"
    )
    hazardous_waste_t_min: float | None = Field(default=None, description="年产危废能力（吨）不小于")
    other_industries: bool = Field(default=False, description="其他目标没有点名的行业")
    all_plants: bool = Field(default=False, description="全部企业")
    all: tuple[AppliesTo, ...] = Field(default=(), description="各条件都符合")
    any: tuple[AppliesTo, ...] = Field(default=(), description="各条件符合其一")
    not_: AppliesTo | None = Field(default=None, alias="not", description="不符合这一条件")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: Any) -> Any:
        if isinstance(content, Mapping) and isinstance(content.get("list"), str):
            rest = {name: value for name, value in content.items() if name != "list"}
            return rest | {"attributes": {**(rest.get("attributes") or {}), content["list"]: True}}
        return content

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(getattr(self, name) not in ((), {}, None, False) for name in type(self).model_fields):
            raise ValueError(
                "须写条件：industries、rosters、units、counties、reasons、attributes、hazardous_waste_t_min、other_industries、"
                "all_plants，或用 all、any、not 组合；至少一个条件"
            )
        return self

    def parts(self) -> tuple[AppliesTo, ...]:
        """Return it and every condition inside it."""
        inner = (*self.all, *self.any, *([self.not_] if self.not_ else []))
        return (self, *(part for each in inner for part in each.parts()))

    def named(self) -> frozenset[str]:
        """Return the trades that it names to bind them."""
        inner = (*self.all, *self.any)
        return frozenset(self.industries).union(*(part.named() for part in inner))

    def binds(self, plant: Facts, named: frozenset[str], other: bool | None = True) -> bool | None:
        """Return whether it holds of a plant; None where what is written of the plant leaves that open.

        ``named``: the trades that any target names; ``other``: what “other trades” says of a plant of none of them.
        """
        unread = set((plant.get("unread_fields") or "").split(";"))

        def of(value: Any, wanted: Iterable[str]) -> bool | None:
            return None if value is None else value in wanted

        found: list[bool | None] = []
        if self.industries:
            found.append(plant.get("industry") in self.industries)
        if self.other_industries:
            found.append(False if plant.get("industry") in named else other)
        for column, wanted in (("roster", self.rosters), ("unit", self.units), ("county", self.counties)):
            if wanted:
                value = plant.get(column)
                found.append(of(None if value == UNREAD else value, wanted))
        if self.reasons:
            value = plant.get("reasons")
            found.append(None if value is None else bool(set(value.split(";")) & set(self.reasons)))
        if (least := self.hazardous_waste_t_min) is not None:
            value = plant.get("hazardous_waste_t")
            found.append(None if value is None or "hazardous_waste_t" in unread else value >= least)
        found += [_attribute((plant.get("attributes") or {}).get(name), wanted) for name, wanted in self.attributes.items()]
        if self.all_plants:
            found.append(True)
        found += [part.binds(plant, named, other) for part in self.all]
        if self.any:
            found.append(_any(part.binds(plant, named, other) for part in self.any))
        if self.not_:
            inner = self.not_.binds(plant, named, other)
            found.append(None if inner is None else not inner)
        return False if False in found else None if None in found else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    each = list(answers)
    return True if True in each else None if None in each else False


def _attribute(value: Any, wanted: Any) -> bool | None:
    """Return whether a column of the notice's own says what is wanted; blank and unread say nothing."""
    if value is None or value == UNREAD:
        return None
    if isinstance(wanted, Bounds):
        low, high = wanted.min, wanted.max
        return (low is None or value >= low) and (high is None or value <= high)
    if isinstance(wanted, tuple):
        return value in wanted
    return bool(value == wanted)


class Change(Definition):
    """Of what a change is asked: of the indicators of a category, of one indicator, or of a plant's yearly total."""

    category: Category | None = Field(default=None, description="一类指标：其中每项可比的定量指标都须改变")
    indicator: str | None = Field(default=None, description="一项指标的编号或名称")
    benefit: str | None = Field(default=None, description="企业的年总量，用效益一栏的编号，如 cod_t；须同写 base")
    base: str | None = Field(default=None, description="审核前年总量所在的列（attributes 的编号），与 benefit 同写")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(x is not None for x in (self.category, self.indicator, self.benefit)) != 1:
            raise ValueError("of 须且只须写 category、indicator、benefit 之一")
        if self.base and not self.benefit:
            raise ValueError("base 只与 benefit 同写")
        return self


class Requirement(Definition):
    """What must be reached."""

    kind: Literal["categories", "hazardous_waste", "overall", "indicators", "change", "measure", "energy_limit", "text"] = Field(
        description="categories 几类指标、hazardous_waste 涉及危废的指标、overall 企业整体、indicators 几项指标达到某级；"
        "change 改变百分之几；measure 完成一项技术或措施；energy_limit 单位产品能耗达到限额标准的某级；text 须由人判定"
    )
    level: Literal[1, 2, 3] | None = Field(default=None, description="须达到的级别：1、2、3")
    categories: tuple[Category, ...] = Field(default=(), description="kind: categories 的指标类别")
    indicators: tuple[str, ...] = Field(default=(), description="kind: indicators 的指标，编号或名称")
    of: Change | None = Field(default=None, description="kind: change 的对象")
    pct: float | None = Field(default=None, description="kind: change 的百分数：-5 为下降 5% 及以上，5 为上升 5% 及以上")
    name: str | None = Field(default=None, description="kind: measure 的技术或措施，如 干熄焦")
    evidence: Literal["option", "column", "file"] | None = Field(
        None,
        description="kind: measure 的证据：option 已实施的方案名称中有它；column 名单的一列；file 报来的证明材料（由人判定）",
    )
    column: str | None = Field(
        default=None, description="evidence: column 的列（attributes 的编号），不写为表头与 name 相同的一列"
    )
    text: str | None = Field(default=None, description="kind: text 的原话，须由人判定")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        said = dict(content)
        if said.get("kind") == "technology":
            said["kind"] = "measure"
            if "technology" in said:
                said["name"] = said.pop("technology")
        if said.get("kind") == "measure":
            said.setdefault("evidence", "option")
        return said

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        needs: dict[str, tuple[str, ...]] = {
            "categories": ("level", "categories"),
            "hazardous_waste": ("level",),
            "overall": ("level",),
            "indicators": ("level", "indicators"),
            "change": ("of", "pct"),
            "measure": ("name", "evidence"),
            "energy_limit": ("level",),
            "text": ("text",),
        }
        own = {*needs[self.kind], *(["column"] if self.kind == "measure" else [])}
        for name in ("level", "categories", "indicators", "of", "pct", "name", "evidence", "column", "text"):
            given = getattr(self, name) not in (None, ())
            if name in needs[self.kind] and not given:
                raise ValueError(f"kind: {self.kind} 须写明 {name}")
            if given and name not in own:
                raise ValueError(f"kind: {self.kind} 不能写 {name}")
        if self.pct == 0:
            raise ValueError("pct 不能为 0：下降写负数，上升写正数")
        if self.column and self.evidence != "column":
            raise ValueError("column 只与 evidence: column 同写")
        return self


class IfMetBefore(Definition):
    """Where the level was reached before the audit already: which indicators must clearly improve."""

    improve: Annotated[tuple[Category | Literal["hazardous_waste"], ...], Field(min_length=1)] = Field(
        description="须明显提升的指标类别"
    )


class Target(Definition):
    """One of the notice's target shapes."""

    id: str = Field(description="编号")
    label: str = Field(description="一句话，用通知的原词")
    clause: Clause = Field(description="出处：通知的条款")
    applies_to: AppliesTo = Field(description="约束哪些企业")
    requires: Requirement = Field(description="须达到什么")
    if_met_before: IfMetBefore | None = Field(default=None, description="审核前已达到的还须怎样；通知没有规定的不写")

    @model_validator(mode="after")
    def _improves_a_level(self) -> Self:
        if self.if_met_before and self.requires.kind not in ("categories", "hazardous_waste", "overall"):
            raise ValueError(f"kind: {self.requires.kind} 不能写 if_met_before")
        return self
