"""Measures: every figure that can be shown, defined once, by the name of the column or key figure that holds it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    from cpaudit.programme import Programme

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

    def clauses(self, programme: Programme) -> tuple[str, ...]:
        """Return the clauses of a programme's notice that it rests on; none where the programme has no such milestone."""
        steps = {m.id: (m.clause,) for m in programme.milestones}
        known = {
            "rosters": tuple(r.clause for r in programme.rosters),
            "targets": tuple(t.clause for t in programme.targets),
            "summary": (programme.summary.clause,),
        }
        return tuple(dict.fromkeys(c for name in self.clause_of for c in (known | steps).get(name, ())))


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
def measures() -> dict[str, Measure]:
    """Return the measures by id.

    >>> measures()["accepted"].label, measures()["accepted_pct"].out_of
    ('已验收', 'listed')

    Raises:
        DefinitionError: the file is faulty.
    """
    return read_definition(root() / "measures.yaml", _Measures).measures
