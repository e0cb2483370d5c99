"""The review page of an imported indicator system: each printed cell beside what it was read as, doubtful ones first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.fields import field
from cpaudit.findings import SEVERITIES
from cpaudit.labels import usual
from cpaudit.views.columns import columns
from cpaudit.views.page import Block, Caveat, Column, Heading, KeyFigure, KeyFigures, Page, Table, Text, Tone
from cpaudit.views.tables import systems as system_tables
from cpaudit.vocabulary import LEVELS, VERIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.findings import Finding
    from cpaudit.indicators import IndicatorSystem

_LEVELS = {level: LEVELS[level] for level in (1, 2, 3)}


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """An imported system. ``rows``: one per indicator, all texts.

    Columns: place, group, category, group_weight, group_weight_read, name, marks; unit, weight, level_1 … level_3 (as
    printed); unit_read, weight_read, read_1 … read_3 (as read); doubt ('' where none). ``doubts`` are those of the whole
    and of groups; ``unread``: what stands in the source and was not read.
    """

    title: str
    process: str
    file: str
    source: str
    rows: pd.DataFrame
    doubts: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def system_review(found: Reviewed) -> Page:
    """Return the page that a person goes through before the system is confirmed."""
    doubtful = found.rows[found.rows["doubt"] != ""]
    count = len(doubtful) + len(found.doubts)
    blocks: list[Block] = [
        KeyFigures(
            (
                KeyFigure("indicators", "读出指标", len(found.rows), "项"),
                KeyFigure(
                    "doubts", usual("doubt").label, count, "处", note="改正或确认后从草稿中删去", tone="bad" if count else "good"
                ),
                KeyFigure("limiting", "限定性指标", int(found.rows["marks"].str.contains("限定性").sum()), "项"),
            )
        ),
        Caveat("草稿：由程序从文件中读出，未经核对，不得用于判定。"),
        Heading("怎样核对"),
        Text(
            f"1. 打开原文（{found.source}），对照下面各表：每一级左边是原文，右边是读作的值。\n"
            f"2. 用文本编辑器改正 {found.file}；每处存疑核对清楚后，删去该处的“存疑：……”。没有标存疑的也请逐项过目。\n"
            f"3. cpaudit systems check {found.file}：检查字段、权重和基准值。\n"
            f"4. cpaudit systems confirm {found.file}：没有存疑、检查通过的，状态改为 official；由谁、何时确认以提交记录为准。\n"
            "5. 把文件放进 data/reference/indicator_systems/，并在 industries.yaml 里写明哪个行业用它。"
        ),
        Heading("存疑之处"),
        *(Caveat(d, "bad") for d in found.doubts),
        _doubts(doubtful),
        Heading("逐项对照"),
        *(_group(str(name), rows) for name, rows in found.rows.groupby("group", sort=False)),
    ]
    if found.unread:
        blocks += [Heading("没有读取的内容"), Text("\n".join(found.unread))]
    return Page("system_review", f"核对：{found.title}", f"{found.process}，来源 {found.source}", None, tuple(blocks))


def reviewed_systems(
    file: str,
    systems: list[tuple[str, IndicatorSystem | None, list[Finding], Page | None]],
    written: list[str],
) -> Page:
    """Return the page on a file's systems: id, definition (None: faulty), what the checker found, and the review of a draft.

    ``written``: the files that the drafts were written to.
    """
    blocks: list[Block] = []
    if written:
        blocks.append(Caveat(f"草稿和核对页已写入：{'、'.join(written)}。", "good"))
    for name, system, findings, review in systems:
        if len(systems) > 1:
            blocks.append(Heading(f"{name}　{system.title if system else ''}"))
        blocks += review.blocks if review else _definition(name, system)
        blocks += [Heading("检查结果"), _findings(findings)]
    title = systems[0][1].title if len(systems) == 1 and systems[0][1] else "新的评价指标体系"
    return Page("new_system", f"核对：{title}", f"来源 {file}", None, tuple(blocks))


def no_system(sentence: str) -> Page:
    """Return the page that says in one sentence why there is nothing to review."""
    return Page("new_system", "新的评价指标体系", "", None, (Caveat(sentence, "bad"),))


def _definition(name: str, system: IndicatorSystem | None) -> list[Block]:
    if system is None:
        return [Caveat(f"{name}.yaml 有错误，改正下列各处后再试。", "bad")]
    tone: Tone = "good" if system.status == "official" else "warn"
    said = f"{name}：{system.title}（{system.process}），核对状态：{VERIFICATIONS[system.status]}。"
    return [Caveat(said, tone), system_tables.printed(system)]


def _findings(findings: list[Finding]) -> Table:
    import pandas as pd

    rows = [(SEVERITIES[f.severity], f.line, f.field, f.message) for f in findings]
    frame = pd.DataFrame(rows, columns=["severity", "line", "field", "message"]).astype({"line": "Int64"})
    cols = {**columns("severity"), "line": Column("行", "integer"), **columns("field", "message")}
    note = "行号是定义文件（草稿）里的；错误须改正，疑问和提示请核对。"
    return Table("findings", "定义文件的检查结果", frame, cols, note, "检查通过，没有错误、疑问和提示。")


def _doubts(rows: pd.DataFrame) -> Table:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "name": rows["name"],
            "doubt": rows["doubt"],
            "printed": [" ｜ ".join(r[f"level_{n}"] or "（空白）" for n in _LEVELS) for _, r in rows.iterrows()],
            "read": [" ｜ ".join(r[f"read_{n}"] or "（空白）" for n in _LEVELS) for _, r in rows.iterrows()],
            "place": rows["place"],
        },
        columns=["name", "doubt", "printed", "read", "place"],
    )
    cols = {
        **columns(name=field("measurements", "indicator"), doubt="doubt"),
        "printed": Column("原文（Ⅰ ｜ Ⅱ ｜ Ⅲ）"),
        "read": Column("读作"),
        "place": Column("出处"),
    }
    return Table("doubts", "存疑的指标", frame, cols, empty="没有存疑的指标。")


def _group(name: str, rows: pd.DataFrame) -> Table:
    frame = rows.assign(
        name=[("⚠ " if r["doubt"] else "") + r["name"] + (f"【{r['marks']}】" if r["marks"] else "") for _, r in rows.iterrows()],
        unit=[_side_by_side(r["unit"], r["unit_read"]) for _, r in rows.iterrows()],
        weight=[_side_by_side(r["weight"], r["weight_read"]) for _, r in rows.iterrows()],
    )
    cols = {"name": Column("指标（⚠ 为存疑）"), **columns(unit="measure"), "weight": Column("权重")}
    for n, label in _LEVELS.items():
        cols |= {f"level_{n}": Column(f"{label}原文"), f"read_{n}": Column(f"{label}读作")}
    cols["place"] = Column("出处")
    first = rows.iloc[0]
    weight = _side_by_side(first["group_weight"], first["group_weight_read"])
    title = f"{name}（类别：{first['category'] or '待填写'}{f'；权重 {weight}' if weight else ''}）"
    return Table(f"group_{name}", title, frame[list(cols)].reset_index(drop=True), cols)


def _side_by_side(printed: str, read: str) -> str:
    return read if printed == read else f"{printed or '（空白）'} → {read or '（未读出）'}"
