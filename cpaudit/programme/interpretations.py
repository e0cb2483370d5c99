"""How a programme reads what its notice leaves open: entries with defaults of the workbench's own, each said where it acts."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cpaudit.reference import Definition

Percent = Annotated[float, Field(ge=0, le=100)]
#: What an entry acts on: verdicts on targets, deadlines and what is late, or lists of plants.
About = Literal["verdicts", "deadlines", "lists"]


def _choice(meanings: dict[str, str]) -> Any:
    """Return the field of a choice, which tells what each means; the first is the workbench's own."""
    return Field(
        default=next(iter(meanings)), description="；".join(f"{choice} {meaning}" for choice, meaning in meanings.items())
    )


def _entry(default: Any) -> Any:
    """Return the field of an entry, called as the words that it reads."""
    return Field(default=default, description=f"怎样理解“{default.term}”，不写的用工作台的取法")


class Interpretation(Definition):
    """How a term that the notice leaves open is read here."""

    about: ClassVar[About] = "verdicts"
    term: str = Field(description="通知没有说清的说法")
    meaning: str = Field(description="工作台怎样取定，一句话")


class ClearImprovement(Interpretation):
    """The parameters of 明显提升, which the notice doesn't define."""

    term: str = Field(default="明显提升", description="通知没有说清的说法")
    meaning: str = Field(
        default=(
            "所列类别的定量指标无一变差（允许 0.5% 以内的波动，原为 0 的不得变差），且至少半数改善 5% 及以上；"
            "比率的改善按原值和尚可改善的部分（距 100%）中较小的一方计；"
            "前后均已无可改善的（100% 的比率、为 0 的消耗和排放）算作保持，不计入项数；审核前已达Ⅰ级的，保持Ⅰ级且无一变差即可；"
            "审核前有数值、审核后未填或标为不适用的，不知有没有变差，无法判定"
        ),
        description="工作台怎样取定，一句话",
    )
    min_change_pct: float = Field(default=5, description="改善多少（%）算改善")
    min_share: float = Field(default=0.5, description="改善的项数至少占几成，0.5 为半数")
    tolerance_pct: float = Field(default=0.5, description="变差不超过多少（%）不算变差")
    at_level_1: Literal["keep", "improve"] = Field(
        default="keep", description="审核前已达Ⅰ级的：keep 保持即可，improve 同样须明显提升"
    )
    status: Literal["official", "demonstration"] = Field(
        default="demonstration", description="参数是 official 主管部门确认的，还是 demonstration 示范的"
    )


class NotApplicable(Definition):
    """When indicators marked 不适用 are a question: until they are confirmed they count as not answered."""

    about: ClassVar[About] = "verdicts"
    max_weight_pct: Percent = Field(default=50, description="标为不适用的权重合计超过多少（%）须确认")

    @property
    def term(self) -> str:
        """The words in question."""
        return "标为不适用的指标"

    @property
    def meaning(self) -> str:
        """How they are read."""
        return (
            f"限定性指标、一个一级指标的全部指标或合计超过 {self.max_weight_pct:g}% 权重标为不适用的，待确认；"
            "确认以前在达标判定中视同未填，综合评价指数照常计算"
        )


class Reading(Definition):
    """A choice among the readings that the workbench can follow; the choice says what it means."""

    about: ClassVar[About] = "verdicts"
    term: ClassVar[str]
    meanings: ClassVar[dict[str, str]]
    choice: str

    @property
    def meaning(self) -> str:
        """How the term is read."""
        return self.meanings[self.choice]


class SeveralTargets(Reading):
    """Whether a plant bound by its hazardous waste is one of the “other trades” too."""

    term: ClassVar[str] = "同时符合危废一条和其它行业一条的企业"
    meanings: ClassVar[dict[str, str]] = {
        "all_bind": "两条同时适用，须全部满足",
        "waste_only": "只适用危废一条，不再按其它行业判定",
    }
    choice: Literal["all_bind", "waste_only"] = _choice(meanings)


class StricterLevel(Reading):
    """Whose clear improvement is asked for where another rule asks for a stricter level."""

    term: ClassVar[str] = "其他规定要求更严级别的企业是否仍须明显提升"
    meanings: ClassVar[dict[str, str]] = {
        "keeps_duty": "审核前已达到通知所定级别的，除达到更严级别外仍须明显提升",
        "moves_duty": "审核前已达到更严级别的才须明显提升",
    }
    choice: Literal["keeps_duty", "moves_duty"] = _choice(meanings)


class Rounding(Reading):
    """How values are compared with benchmarks."""

    term: ClassVar[str] = "与基准值比较前的修约"
    meanings: ClassVar[dict[str, str]] = {"none": "不修约，按填报的数值比较"}
    choice: Literal["none"] = _choice(meanings)


class Holidays(Reading):
    """What becomes of a deadline on a day off."""

    about: ClassVar[About] = "deadlines"
    term: ClassVar[str] = "期限遇节假日"
    meanings: ClassVar[dict[str, str]] = {
        "as_printed": "按通知所写日期，不顺延",
        "next_working_day": "顺延至其后第一个工作日",
    }
    choice: Literal["as_printed", "next_working_day"] = _choice(meanings)


class Suspension(Reading):
    """What becomes of milestones that were overdue when a plant stopped or left."""

    about: ClassVar[About] = "deadlines"
    term: ClassVar[str] = "停产、搬迁、关闭等企业此前已逾期的节点"
    meanings: ClassVar[dict[str, str]] = {
        "left": "退出后不再算逾期",
        "overdue_stays": "退出前已逾期的仍算逾期，逾期天数计至退出之日",
    }
    choice: Literal["left", "overdue_stays"] = _choice(meanings)


class FirstListed(Reading):
    """Which batch listed a plant first where its list leaves that open."""

    about: ClassVar[About] = "lists"
    term: ClassVar[str] = "名单上“首次列入批次”空着的企业"
    meanings: ClassVar[dict[str, str]] = {
        "unsaid": "按未填单列，不算作任何批次首次列入",
        "this_batch": "算作本批次首次列入",
    }
    choice: Literal["unsaid", "this_batch"] = _choice(meanings)


class Interpretations(Definition):
    """What the notice leaves open; a programme says only what it reads differently."""

    main_indicators: Interpretation = _entry(
        Interpretation(
            term="主要污染物指标和主要资源能源消耗指标",
            meaning="评价指标体系中“污染物产生（排放）”与“资源能源消耗”两类的全部适用指标",
        )
    )
    several_processes: Interpretation = _entry(
        Interpretation(
            term="一家企业含几道工序",
            meaning="各工序分别判定，须全部满足；整体级别取最低一道；审核前已填报的工序审核后没有数值的，无法判定",
        )
    )
    clear_improvement: ClearImprovement = _entry(ClearImprovement())
    not_applicable: NotApplicable = _entry(NotApplicable())
    several_targets: SeveralTargets = _entry(SeveralTargets())
    stricter_level: StricterLevel = _entry(StricterLevel())
    rounding: Rounding = _entry(Rounding())
    holidays: Holidays = _entry(Holidays())
    suspension: Suspension = _entry(Suspension())
    first_listed: FirstListed = _entry(FirstListed())

    def said(self, about: About | None = None) -> tuple[tuple[str, str, str], ...]:
        """Return key, term and meaning of every entry, or of those that act on something; in the order of a programme's file."""
        entries = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, each.term, each.meaning) for name, each in entries if about in (None, each.about))
