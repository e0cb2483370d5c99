"""The parameters of a report, checked before a kernel starts: papermill itself only warns of an unknown name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from cpaudit.errors import UsageError
from cpaudit.programme import find_unit, load_programme
from cpaudit.selection import parse_date

_LABELS = {"unit": "上报单位", "as_of": "数据日期", "programme": "批次", "warehouse": "快照目录"}


class ReportParameters(BaseModel):
    """What the cell tagged ``parameters`` holds: exactly these names."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    unit: str
    as_of: str
    programme: str
    warehouse: str

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        return find_unit(value).name

    @field_validator("as_of", mode="before")
    @classmethod
    def _real_date(cls, value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        return parse_date(value).isoformat() if isinstance(value, str) and value else value

    @field_validator("programme")
    @classmethod
    def _known_programme(cls, value: str) -> str:
        return load_programme(value).id

    @field_validator("warehouse", mode="before")
    @classmethod
    def _absolute(cls, value: Any) -> Any:
        # A kernel runs in another folder, so a relative path would mean something else there.
        return str(Path(value).resolve()) if isinstance(value, str | Path) else value


def check(**given: Any) -> ReportParameters:
    """Return the parameters in their one spelling: the unit by its full name, the date as ISO 8601, the path absolute.

    An ``as_of`` of '' means the newest snapshot's own day.

    >>> check(unit="石家庄", as_of="2022-11-15", programme="hebei-2021-2", warehouse="/data").unit
    '石家庄市'

    Raises:
        UsageError: an unknown unit or programme, a date that is none, a name that is no parameter, one that is missing.
    """
    try:
        return ReportParameters.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
    name = str(first["loc"][0])
    known = "、".join(ReportParameters.model_fields)
    if first["type"] == "extra_forbidden":
        raise UsageError(f"报告没有名为“{name}”的参数；可用的参数是：{known}。")
    if first["type"] == "missing":
        raise UsageError(f"报告缺少参数 {name}（{_LABELS[name]}）；需要的参数是：{known}。")
    raise UsageError(f"报告参数 {name}（{_LABELS[name]}）应为文本，现为 {first['input']!r}；请改正后重试。")
