"""The kinds of report: one entry carries all that makes one, and is all that index, commands, help and tests read."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model, model_validator

from cpaudit import workspace
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.programme import find_unit, industries, industry_named, load_programme
from cpaudit.reference import shipped
from cpaudit.reports import own
from cpaudit.reports.own import Book, Value
from cpaudit.selection import parse_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.views.page import Page


def _real_date(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return parse_date(value).isoformat() if isinstance(value, str) and value else value


def _absolute(value: Any) -> Any:
    # A kernel runs in another folder, so a relative path would mean something else there. '' is the environment's.
    return str(Path(value).resolve()) if isinstance(value, Path) or (isinstance(value, str) and value) else value


def _known_trade(value: str) -> str:
    return industries()[industry_named(value)].label


Trade = Annotated[str, AfterValidator(_known_trade)]
Plant = Annotated[str, AfterValidator(str.strip)]
Day = Annotated[str, BeforeValidator(_real_date)]
Programme = Annotated[str, AfterValidator(lambda value: load_programme(value).id)]
Warehouse = Annotated[str, BeforeValidator(_absolute)]


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="after")
    def _of_the_programme(self) -> Self:
        said: dict[str, Any] = dict(self)
        if "unit" not in said:
            return self
        own = load_programme(said["programme"]).units if "programme" in said else ()
        return self.model_copy(update={"unit": find_unit(said["unit"], own).name})


class CityParameters(_Parameters):
    """The parameters of ``city.ipynb``."""

    unit: str
    as_of: Day
    programme: Programme
    warehouse: Warehouse


class ProvinceParameters(_Parameters):
    """The parameters of ``province.ipynb`` and ``bulletin.ipynb``, which show the whole province."""

    as_of: Day
    programme: Programme
    warehouse: Warehouse


class TradeParameters(_Parameters):
    """The parameters of ``trade.ipynb``."""

    trade: Trade
    as_of: Day
    programme: Programme
    warehouse: Warehouse


class BatchesParameters(_Parameters):
    """The parameters of ``batches.ipynb``; ``batches``: programmes, each with ``/`` and its day, blanks between."""

    batches: str
    as_of: Day
    programme: Programme
    warehouse: Warehouse


class PlantParameters(_Parameters):
    """The parameters of ``plant.ipynb``; ``plant`` is an id, code, name or part of a name, '' the first on the list."""

    plant: Plant
    as_of: Day
    programme: Programme
    warehouse: Warehouse


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report.

    ``title`` begins the files' names. ``subject``: the parameter that says what a report is about ('' for the province as a
    whole). ``parameters`` are checked before anything runs: papermill itself only warns of an unknown name. ``builder``
    (``module:function``) makes the page that the kind's notebook (``notebooks/reports/<id>.ipynb``) shows. ``bare``: lists
    name its reports by their subject alone. ``own``: the notebook of a workspace that makes it.
    """

    id: str
    label: str
    title: str
    subject: str
    parameters: type[_Parameters]
    builder: str
    bare: bool = False
    own: Book | None = None

    @property
    def notebook(self) -> Path:
        """The notebook that papermill runs."""
        return self.own.path if self.own else shipped("notebooks") / "reports" / f"{self.id}.ipynb"

    @property
    def sections(self) -> tuple[str, ...]:
        """The headings of its page, in their order."""
        found: tuple[str, ...] = import_module(self.builder.partition(":")[0]).SECTIONS
        return found

    def build(self) -> Callable[..., Page]:
        """Return the function that makes its page."""
        module, _, name = self.builder.partition(":")
        found: Callable[..., Page] = getattr(import_module(module), name)
        return found

    def described(self, name: str) -> str:
        """Return what a parameter is called."""
        mine = {p.name: p.label for p in self.own.parameters} if self.own else {}
        return LABELS.get(name) or mine[name]

    def listed(self, name: str) -> str:
        """Return how lists call its report about ``name``."""
        return name if self.bare or not self.subject else f"{self.label}：{name}"


_REPORT = "cpaudit.views.report"
KINDS = {
    kind.id: kind
    for kind in (
        Kind("city", "市级工作报告", "清洁生产审核报告", "unit", CityParameters, f"{_REPORT}.city:city_report", bare=True),
        Kind("province", "全省工作报告", "全省清洁生产审核报告", "", ProvinceParameters, f"{_REPORT}.province:province_report"),
        Kind("trade", "行业报告", "行业清洁生产审核报告", "trade", TradeParameters, f"{_REPORT}.trade:trade_report"),
        Kind("plant", "一企一档", "一企一档", "plant", PlantParameters, f"{_REPORT}.plant_file:plant_file"),
        Kind("batches", "批次对照", "批次对照", "batches", BatchesParameters, f"{_REPORT}.batches:batches_report", bare=True),
        Kind("bulletin", "通报", "清洁生产审核通报", "", ProvinceParameters, f"{_REPORT}.bulletin:bulletin_report"),
    )
}
#: The parameters that every kind has.
COMMON = tuple(ProvinceParameters.model_fields)
LABELS = {
    "unit": "上报单位",
    "trade": "行业",
    "plant": "企业",
    "batches": "批次",
    "as_of": "数据日期",
    "programme": "批次",
    "warehouse": "快照目录",
}


#: What a report can be about, one of each or all.
_SUBJECTS = ("unit", "trade", "plant")
_CHECKED: dict[str, Any] = {
    "trade": Trade, "plant": Plant, "as_of": Day, "programme": Programme, "warehouse": Warehouse
}  # fmt: skip


def kinds() -> dict[str, Kind]:
    """Return every kind: those that ship, and the workspace's notebooks; one of the same name stands for the shipped one."""
    folder = workspace.place("reports")
    mine = own.books(folder) if folder else []
    return KINDS | {book.id: _of(book) for book in mine}


def _of(book: Book) -> Kind:
    known = KINDS.get(book.id)
    subject = next((p.name for p in book.parameters if p.name in _SUBJECTS), "")
    declared: dict[str, Any] = {p.name: (_CHECKED.get(p.name, p.type), ...) for p in book.parameters}
    with warnings.catch_warnings():  # a parameter may be called copy or json, as a method that nobody uses here
        warnings.simplefilter("ignore", UserWarning)
        model = create_model(f"Parameters of {book.id}", __base__=_Parameters, **declared)
    if known:
        return replace(known, parameters=model, subject=subject, own=book)
    return Kind(book.id, book.label, book.label, subject, model, "", own=book)


def find_kind(text: str) -> Kind:
    """Return the kind of report called ``text`` (its id or label).

    Raises:
        UsageError: there is none.
        DefinitionError: it is the workspace's, and its notebook can't be understood.
    """
    every = kinds()
    for kind in every.values():
        if text in (kind.id, kind.label):
            if kind.own and kind.own.fault:
                raise DefinitionError(kind.own.fault)
            return kind
    known = "、".join(f"{kind.id}（{kind.label}）" for kind in every.values())
    raise UsageError(f"没有“{text}”这种报告；可选 {known}。")


def check(report: str, **given: Any) -> dict[str, Value]:
    """Return a report's parameters in their one spelling: units and trades by their full names, the date as ISO 8601.

    An ``as_of`` of '' means the newest snapshot's own day, a ``warehouse`` of '' the environment's; another is made absolute.

    >>> check("city", unit="石家庄", as_of="2022-11-15", programme="hebei-2021-2", warehouse="")["unit"]
    '石家庄市'

    Raises:
        UsageError: an unknown kind, unit, trade or programme, a date that is none, a name that is no parameter, one that is
            missing.
    """
    kind = find_kind(report)
    try:
        return kind.parameters.model_validate(given).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
    name = str(first["loc"][0])
    known = "、".join(f"{p}（{kind.described(p)}）" for p in kind.parameters.model_fields)
    if first["type"] == "extra_forbidden":
        raise UsageError(f"{kind.label}没有名为“{name}”的参数；可用的参数是：{known}。")
    known = known or "没有"
    if first["type"] == "missing":
        raise UsageError(f"{kind.label}缺少参数 {name}（{kind.described(name)}）；需要的参数是：{known}。")
    raise UsageError(f"报告参数 {name}（{kind.described(name)}）应为文本，现为 {first['input']!r}；请改正后重试。")
