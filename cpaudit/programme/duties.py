"""What a notice orders besides: lists handed to others, other duties, the summary, and what follows for whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cpaudit.programme.deadlines import Deadline
from cpaudit.programme.document import Clause
from cpaudit.programme.targets import AppliesTo
from cpaudit.reference import Definition

#: Why a plant goes onto the next list.
Cause = Literal["failed", "overdue", "deferred", "rolled_over", "suspended", "relocated"]


class Handover(Definition):
    """A list that must be handed to another authority."""

    id: str = Field(description="清单的编号：energy_supervision、permit_authority 或 enforcement")
    receiver: str = Field(description="移交给谁")
    content: str = Field(description="移交什么")
    clause: Clause = Field(description="出处：通知的条款")


class Duty(Definition):
    """Another duty of the notice; one that comes round again says when."""

    id: str = Field(description="编号")
    label: str = Field(description="要办的事")
    clause: Clause = Field(description="出处：通知的条款")
    actor: str = Field(default="", description="由谁办理")
    deadline: Deadline | None = Field(default=None, description="期限，如 {every: quarter}；没有的不写")

    @model_validator(mode="after")
    def _of_no_plant(self) -> Self:
        parts = self.deadline.parts() if self.deadline else ()
        if any(part.form not in ("date", "every", "none") for part in parts):
            raise ValueError("duties 的期限只能写 date、every 或 none；逐家计算的请写成节点")
        return self


class Summary(Definition):
    """What the yearly summary must hold, in the notice's order."""

    clause: Clause = Field(description="出处：通知的条款；没有要求总结的写 无")
    contents: tuple[str, ...] = Field(description="总结须含的内容，按通知的次序；没有规定的为空")


class Audited(Definition):
    """Plants that count as having finished this round without its last step, as those inside a pilot that was accepted."""

    label: str = Field(description="什么企业算作已完成一轮审核，用原话，如 通过验收的试点项目所含企业")
    applies_to: AppliesTo | None = Field(
        default=None, description="哪些企业，写法同目标的 applies_to，如 {attributes: {pilot: true}}；不写的由人判定"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: Any) -> Any:
        return {"label": content} if isinstance(content, str) else content


class Consequences(Definition):
    """What the notice says follows: who goes onto the next list, what counts as audited, how often plants are due again."""

    clause: Clause = Field(default="", description="出处；没有的为工作台的约定")
    rolls_over: tuple[Cause, ...] | None = Field(default=None, description="哪些企业转入下一批；不写的用工作台的约定")
    counts_as_audited: tuple[Audited, ...] = Field(default=(), description="什么算作已完成一轮审核，不转入下一批")
    repeat_years: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        default=None,
        description="重新审核的周期：列入原因的编号 → 年数，如 {toxic: 5}；不写的用 conventions.yaml 的约定，没有周期的写 {}",
    )
    told: tuple[str, ...] = Field(default=(), description="转入下一批的名单除报印发单位外还告知谁，函上列为抄送")
