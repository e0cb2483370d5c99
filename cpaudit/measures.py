"""Measures: every figure that can be shown, defined once, by the name of the column or key figure that holds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What stands in the holes of labels and sentences where no programme is in question: what steps are mostly called.
USUAL = {
    "last": "验收",
    "reached": "通过验收",
    "then": "已通过评估但尚未",
    "judged": "评估或验收",
    "counted": "验收结果为通过且有日期",
    "before": "评估通过、",
    "notification": "告知书送达",
    "registration": "登录系统填报",
    "assessment": "评估",
    "implementation": "方案实施",
}


def filled(text: str, words: Mapping[str, str] | None = None) -> str:
    """Return a text with its holes filled by the words of a programme (:attr:`Programme.words`), else by the usual ones.

    >>> filled("已<last>"), filled("已<last>", {"last": "评估"})
    ('已验收', '已评估')
    """
    said = {**USUAL, **(words or {})}
    return re.sub(r"<(\w+)>", lambda hole: said[hole[1]], text) if "<" in text else text


Thing = Literal[
    "plants", "milestones", "units", "targets", "options", "amounts", "answers", "returns", "problems", "days", "years"
]  # fmt: skip
#: What can be counted, in words.
THINGS: dict[Thing, str] = {
    "plants": "企业",
    "milestones": "企业的节点",
    "units": "上报单位",
    "targets": "企业的目标",
    "options": "清洁生产方案",
    "amounts": "金额或实物量",
    "answers": "指标的填报",
    "returns": "应报的表",
    "problems": "数据问题",
    "days": "自然日",
    "years": "年",
}

Sentence = Annotated[str, Field(pattern="。$")]


class Measure(Definition):
    """One figure: its word, what it says in a Chinese sentence, what is counted out of what, and what wins over what.

    ``out_of``: the measure of which it is a part. A rate (unit %) also has ``share_of``, the measure that is divided by it.
    ``clause_of``: milestones, or ``rosters``, ``targets``, ``summary``: whose clause of the notice it rests on.
    ``each``: it stands for a column each of the options' table, which say label and unit.
    """

    label: str
    sentence: Sentence
    counts: Thing
    unit: str
    decimals: int = 0
    share_of: str = ""
    out_of: str = ""
    clause_of: tuple[str, ...] = ()
    wins: Sentence | Literal[""] = ""
    each: Literal["benefits", ""] = ""

    @property
    def definition(self) -> str:
        """What a reader is told: the sentence, then what wins over what."""
        return self.sentence + self.wins

    def called(self, words: Mapping[str, str] | None = None) -> Measure:
        """Return the measure with the holes of its texts filled: what steps are called differs from notice to notice."""
        said = {name: filled(getattr(self, name), words) for name in ("label", "sentence", "wins")}
        return self.model_copy(update=said)


class _Measures(Definition):
    measures: dict[str, Measure]

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        labels: dict[str, str] = {}
        for name, m in self.measures.items():
            if m.label in labels:
                raise ValueError(f"{labels[m.label]} 和 {name} 的 label 相同（{m.label}）；口径不同的两个数应有两个名称")
            labels[m.label] = name
            for key, other in (("out_of", m.out_of), ("share_of", m.share_of)):
                if other and other not in self.measures:
                    raise ValueError(f"{name} 的 {key} 引用了没有定义的 {other}")
            if (m.unit == "%") != bool(m.share_of and m.out_of):
                raise ValueError(f"{name}：单位为 % 的应有 share_of 和 out_of，其他的没有 share_of")
        return self


@cache
def templates() -> dict[str, Measure]:
    """Return the measures by id, their texts with holes for what a programme calls its steps.

    Raises:
        DefinitionError: the file is faulty.
    """
    return read_definition(root() / "measures.yaml", _Measures).measures


@cache
def measures() -> dict[str, Measure]:
    """Return the measures by id, in the usual words.

    >>> measures()["accepted"].label, measures()["accepted_pct"].out_of
    ('已验收', 'listed')

    Raises:
        DefinitionError: the file is faulty.
    """
    return {id: one.called() for id, one in templates().items()}
