"""Milestones as a notice names them, free in number and name; by its role the workbench knows what one is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from cpaudit.programme.deadlines import Deadline
from cpaudit.programme.document import Clause
from cpaudit.reference import Definition

Role = Literal[
    "notification",
    "registration",
    "disclosure",
    "permit",
    "permit_report",
    "plan",
    "assessment_application",
    "assessment",
    "implementation",
    "acceptance_application",
    "acceptance",
    "results",
    "summary",
]


class RoleWords(NamedTuple):
    """What a role means: its label, and the id that a milestone of it usually has, by which columns and stages are called."""

    label: str
    usual: str
    stage: bool = False


#: role → its words; a stage is a step of the funnel.
ROLES: dict[str, RoleWords] = {
    "notification": RoleWords("告知企业", "notified", True),
    "registration": RoleWords("登录系统填报", "registered", True),
    "disclosure": RoleWords("信息公开", "disclosed"),
    "permit": RoleWords("纳入排污许可证", "permit_written"),
    "permit_report": RoleWords("许可落实情况上报", "permit_reported"),
    "plan": RoleWords("方案制定", "plan_ready"),
    "assessment_application": RoleWords("提出评估申请", "assessment_applied"),
    "assessment": RoleWords("评估", "assessed", True),
    "implementation": RoleWords("方案实施", "implemented", True),
    "acceptance_application": RoleWords("提出验收申请", "acceptance_applied"),
    "acceptance": RoleWords("验收", "accepted", True),
    "results": RoleWords("审核结果上报", "results_reported"),
    "summary": RoleWords("工作总结", "summary_sent"),
}
_BY_ID = {words.usual: role for role, words in ROLES.items()}
assert set(ROLES) == set(get_args(Role))
#: What stands around the noun of a step in its label.
_AROUND = re.compile(r"^(?:正式|按期|书面|全部)*(?:完成|通过|开展|组织)?(?:本轮|本次)?|(?:工作|完成|并(?:报送|上报|提交).*)$")


class Milestone(Definition):
    """A step with its deadline, who acts, and the plants that it binds."""

    id: str = Field(description="编号，小写英文，一份通知内不重复")
    label: str = Field(description="名称，用通知的原词，如 完成评估")
    actor: str = Field(description="由谁办理")
    scope: Literal["plant", "unit"] = Field(description="plant 由企业（逐家）完成；unit 由上报单位完成")
    deadline: Deadline = Field(description="期限，各种写法见 docs/next-programme.md")
    clause: Clause = Field(description="出处：通知的条款")
    duty: str = Field(description="通知要求办的事，一句话")
    role: Role | None = Field(
        default=None, description="它是哪一类节点（告知、评估、验收……）；编号是常用编号的可以不写，都不是的留空"
    )
    after: tuple[str, ...] = Field(default=(), description="须先完成的节点的编号")
    permit_classes: tuple[str, ...] = Field(
        default=(), description="只约束这些排污许可管理类别的企业：key、simplified、registered"
    )
    has_result: bool = Field(default=False, description="有没有通过、未通过之分")
    final: bool = Field(default=False, description="是不是企业审核的最后一个节点；须有且只有一个")
    stage: bool | None = Field(
        default=None, description="是否列入阶段漏斗；不写的，告知、登录填报、评估、方案实施、验收和没有类别的列入"
    )
    heading: str = Field(default="", description="报表中这一节点的表头（日期一列），不写为“名称＋日期”")
    word: str = Field(default="", description="句子里怎样简称，如 评估；不写的取名称去掉“完成”“通过”")
    note: str = Field(default="", description="说明")

    @model_validator(mode="before")
    @classmethod
    def _usual_role(cls, content: Any) -> Any:
        if isinstance(content, Mapping) and "role" not in content and content.get("id") in _BY_ID:
            return {**content, "role": _BY_ID[content["id"]]}
        return content

    @model_validator(mode="after")
    def _fits_its_scope(self) -> Self:
        if self.final and self.scope != "plant":
            raise ValueError("最后的节点（final）须由企业完成（scope: plant）")
        if self.scope == "unit":
            wrong = [part.form for part in self.deadline.parts() if part.form in ("listing", "after", "column")]
            if wrong or self.deadline.by in ("roster", "industry"):
                raise ValueError("上报单位的节点（scope: unit）没有名单日期和企业的列，期限只能写 date、every、by: unit 或 none")
        return self

    @property
    def noun(self) -> str:
        """What sentences call it.

        >>> at = {"id": "a", "actor": "", "scope": "plant", "deadline": {"none": ""}, "clause": "", "duty": ""}
        >>> Milestone.model_validate(at | {"label": "通过验收"}).noun
        '验收'
        >>> Milestone.model_validate(at | {"label": "完成本轮审核并报送报告"}).noun
        '审核'
        """
        return self.word or _AROUND.sub("", self.label) or self.label

    @property
    def date_heading(self) -> str:
        """The heading of its date in the units' form."""
        return self.heading or f"{self.label}日期"

    @property
    def in_funnel(self) -> bool:
        """Whether it is a stage of a plant's way."""
        usual = self.role is None or ROLES[self.role].stage or self.final
        return self.scope == "plant" and (usual if self.stage is None else self.stage)
