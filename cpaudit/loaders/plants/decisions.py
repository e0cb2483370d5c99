"""What a person decided about doubtful rows, in a CSV file that is filled in once and read by every later load."""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cpaudit import durable
from cpaudit.errors import ReadError, UsageError
from cpaudit.loaders.cells.texts import key, text
from cpaudit.loaders.plants.matching import loose
from cpaudit.programme import find_unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cpaudit.loaders.plants.matching import Known

#: The file's name where a command isn't told another.
NAME = "decisions.csv"
UNIT, WRITTEN, CODE, DECISION, DECIDED_ON, NOTE = "上报单位", "企业名称", "信用代码", "决定", "判定日期", "备注"
#: What stands only in a row about an indicator that is marked 不适用: which, of which process and time.
INDICATOR, PROCESS, PERIOD = "指标", "工序", "时期"
#: What an indicator that is marked 不适用 is decided to be: not applicable indeed, or owed.
TRUE, OWED = "不适用", "应填"
#: The heading of the n-th candidate.
CANDIDATE = "候选{}"
#: What says that a row is about no rostered plant.
NONE = "无"
_NEEDED = (UNIT, WRITTEN, CODE, DECISION)
_CODE = re.compile(r"[0-9A-Z]{18}(@.+)?")
#: A plant that isn't on the roster any more (decisions outlast a batch): its rows are open again.
_GONE = ""
_ID = re.compile(r"〔([^〔〕]+)〕")


def kept(warehouse: Path) -> Path | None:
    """Return the decisions kept beside snapshots, None where there are none; a link that leads nowhere is to be told."""
    own = warehouse / NAME
    return own if os.path.lexists(own) else None


class Decision(NamedTuple):
    """What a doubtful pair was decided to be: a plant, or (None) none of the roster's."""

    plant_id: str | None
    decided_on: str


class Claim(NamedTuple):
    """What 不适用 at an indicator was decided to be: ``holds``, or an answer is owed."""

    holds: bool
    decided_on: str


def quoted(code: str) -> str:
    """Return a code in brackets, which keep spreadsheets from making a number of it.

    >>> quoted("911398010000000017")
    '〔911398010000000017〕'
    """
    return f"〔{code}〕" if code else ""


@dataclass
class Decisions:
    """The decisions of one file: on pairs, by unit, name and code as written, and on what is marked 不适用, by plant."""

    _made: dict[tuple[str, str, str], Decision] = field(default_factory=dict)
    _claims: dict[tuple[str, str, str, str], Claim] = field(default_factory=dict)
    #: Decisions on an indicator that name no process: where they stand in the file, and the plant's lines that are asked it.
    _unnamed: dict[tuple[str, str], tuple[str, dict[str, str]]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many things are decided on."""
        return len(self._made) + len(self._claims)

    def claim(self, plant_id: str, process: str, indicator: str, period: str) -> Claim | None:
        """Return the decision on an indicator that is marked 不适用, None where there is none; all are as forms word them."""
        mine = (plant_id, key(process), key(indicator), key(period))
        return self._claims.get(mine) or self._claims.get((plant_id, "", *mine[2:]))

    def asked(self, plant_id: str, process: str, indicator: str) -> None:
        """Note that a return has an indicator for one of the plant's lines; all are as forms word them."""
        if found := self._unnamed.get((plant_id, key(indicator))):
            found[1].setdefault(key(process), process)

    def check_lines(self) -> None:
        """See that every decision without a process is about a plant with one line: what holds on one may not on another.

        Raises:
            ReadError: a plant has several lines that are asked the indicator; the sentence names file, line and lines.
        """
        for where, lines in self._unnamed.values():
            if len(lines) > 1:
                said = "、".join(lines.values())
                raise ReadError(f"{where}：这家企业有 {len(lines)} 条线填报这项指标（{said}），请填{PROCESS}，每条线各填一行。")

    def of(self, unit: str | None, name: str, code: str) -> Decision | None:
        """Return the decision on a pair, None where there is none."""
        return self._made.get((unit or "", loose(name), code))

    @classmethod
    def read(cls, path: Path, plants: Mapping[str, Known]) -> Decisions:
        """Read a file of decisions; rows whose 决定 is blank are undecided and left alone.

        ``plants``: the rostered plants by id. A decision is the number of a candidate (1, 2, 3), a plant's id or full
        name, or 无.

        Raises:
            ReadError: there is no such file, it has not the columns needed, or a row is faulty; the sentence names the line.
        """
        try:
            if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
                raise ReadError(f"判定文件 {path} 不是普通文件（是管道、套接字或设备），未读取；请换成文件本身。")
            content = durable.small(path)
        except OSError as error:
            raise ReadError(f"判定文件 {path} 无法读取（{error.strerror or error}），请检查路径。") from error
        try:
            lines = csv.DictReader(io.StringIO(_decoded(content), newline=""), strict=True)
            missing = [c for c in _NEEDED if c not in (lines.fieldnames or ())]
            if missing:
                raise ReadError(f"判定文件 {path} 缺少“{'、'.join(missing)}”列，请用 cpaudit match --out 导出的表填写。")
            if twice := [c for c in _NEEDED if (lines.fieldnames or ()).count(c) > 1]:
                raise ReadError(f"判定文件 {path} 有几列都叫“{'、'.join(twice)}”，不能确定以哪一列为准；请只留一列。")
            found = cls()
            for row in lines:
                found._add(row, f"判定文件 {path} 第 {lines.line_num} 行", plants)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ReadError(f"判定文件 {path} 不是有效的 CSV，请用表格软件另存为 CSV 后再用。") from error
        return found

    def _add(self, row: Mapping[str, str | None], where: str, plants: Mapping[str, Known]) -> None:
        said = text(row[DECISION])
        if not said:
            return
        unit, name = text(row[UNIT]), text(row[WRITTEN])
        if not name:
            raise ReadError(f"{where}：没有{WRITTEN}，请补填或删去这一行。")
        if text(row.get(INDICATOR)):
            self._add_claim(row, said, where, plants)
            return
        try:
            about = (find_unit(unit).id if unit else "", loose(name), text(row[CODE]).strip("〔〕"))
        except UsageError as error:
            raise ReadError(f"{where}：{error.sentence}") from error
        plant = None if said == NONE else _plant(said, row, where, plants)
        if plant == _GONE:
            return
        decision = Decision(plant, text(row.get(DECIDED_ON)) or "未注明日期")
        if self._made.setdefault(about, decision).plant_id != decision.plant_id:
            raise ReadError(f"{where}：“{name}”前面已有不同的决定，请只保留一个。")

    def _add_claim(self, row: Mapping[str, str | None], said: str, where: str, plants: Mapping[str, Known]) -> None:
        if said not in (TRUE, OWED):
            raise ReadError(f"{where}：对指标的决定“{said}”无法识别，请填“{TRUE}”（确实不适用）或“{OWED}”。")
        period = text(row.get(PERIOD))
        if not period:
            raise ReadError(f"{where}：没有{PERIOD}，请填审核前或审核后。")
        name, code = text(row[WRITTEN]), text(row[CODE]).strip("〔〕")
        mine = [p for p in plants.values() if (code in (p.plant_id, p.uscc) if code else loose(p.name) == loose(name))]
        if len(mine) > 1:
            raise ReadError(f"{where}：名单中有几家“{name}”，请填{CODE}（企业编号）。")
        for plant in mine:  # none: it isn't on this roster, and decisions outlast a batch
            about = (plant.plant_id, key(text(row.get(PROCESS))), key(text(row[INDICATOR])), key(period))
            claim = Claim(said == TRUE, text(row.get(DECIDED_ON)) or "未注明日期")
            if self._claims.setdefault(about, claim).holds != claim.holds:
                raise ReadError(f"{where}：“{name}”的这项指标前面已有不同的决定，请只保留一个。")
            if not about[1]:
                self._unnamed.setdefault((plant.plant_id, about[2]), (where, {}))


def _plant(said: str, row: Mapping[str, str | None], where: str, plants: Mapping[str, Known]) -> str:
    chosen = said
    if re.fullmatch(r"\d", said):
        found = _ID.search(text(row.get(CANDIDATE.format(said))))
        chosen = found[1] if found else said
    named = [p.plant_id for p in plants.values() if p.plant_id == chosen or loose(p.name) == loose(chosen)]
    if not named and (chosen != said or _CODE.fullmatch(chosen)):
        return _GONE
    if len(named) != 1:
        raise ReadError(f"{where}：决定“{said}”不是候选的序号，也不是名单中企业的编号或全称；请改正，不属于名单的填“{NONE}”。")
    return named[0]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")
