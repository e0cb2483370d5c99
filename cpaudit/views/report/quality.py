"""The section 数据质量与线上线下一致性: how complete the data are, what is wrong in the files, where both sides differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis import completeness, reconcile
from cpaudit.fields import codes
from cpaudit.programme.document import by_clauses
from cpaudit.views import parts, unheard
from cpaudit.views.measured import told
from cpaudit.views.report.scope import Scope, each, said
from cpaudit.views.tables import annexes
from cpaudit.views.tables import base as tables
from cpaudit.views.tables import reconcile as reconcile_tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Block, Table


def quality(scope: Scope) -> list[Block]:
    """Write the section."""
    mine = scope.mine
    if untold := parts.left_out(mine):
        return untold
    blocks: list[Block] = [*said(complete(mine), problems(mine), agreement(mine))]
    if len(mine.problems):
        several = mine.problems["unit"].nunique() > 1 and scope.mine is scope.whole
        by_unit = [replace(tables.problems_by_unit(mine.problems), id="problems_by_unit", title="各单位的数据问题")]
        blocks += [*(by_unit if several else []), annexes.problem_kinds(mine)]
    differ = differences(mine)
    return [*blocks, differ] if len(differ.frame) else blocks


def differences(ds: Dataset) -> Table:
    """Return where online and offline differ, with both cells; the unit only where there are several."""
    whole = reconcile_tables.reconcile(ds, "item")
    shown = {name: c for name, c in whole.columns.items() if name != "unit" or ds.plants["unit"].nunique() > 1}
    return replace(whole, title="线上线下不一致之处", columns=shown, frame=whole.frame[list(shown)], limit=30)


def complete(ds: Dataset) -> str:
    """Say how many plants have which data, and how many of the indicators that apply are filled in."""
    counts = ["plants", "with_before", "with_after", "with_options", "answers_required", "answers_given"]
    row = {name: int(n) for name, n in completeness.completeness(ds)[counts].sum().items()}
    if not row["plants"]:
        return ""
    if missing := unheard.unsent(ds, "measurements") if row["with_before"] + row["with_after"] == 0 else "":
        return missing
    labels = {"with_before": "审核前实测数据", "with_after": "审核后实测数据", "with_options": "清洁生产方案"}
    if row["plants"] == 1:
        has, lacks = ([t for k, t in labels.items() if bool(row[k]) == given] for given in (True, False))
        words = [f"已填报{'、'.join(has)}"] * bool(has) + [f"没有填报{'、'.join(lacks)}"] * bool(lacks)
        text = f"该企业{'，'.join(words)}。"
    elif all(row[k] == row["plants"] for k in labels):
        text = f"{row['plants']} 家企业均已填报{'、'.join(labels.values())}。"
    else:
        of = each([(f"有{t}的", row[k]) for k, t in labels.items()], between="，")
        text = f"列入名单的 {row['plants']} 家企业（含停产、搬迁等的）中，{of}。"
    if not row["answers_required"]:
        return text
    rate = row["answers_given"] / row["answers_required"] * 100
    there, active = completeness.with_values(ds)
    return (
        f"{text}{told('answers_required', row['answers_required'])}，{told('answers_given', row['answers_given'])}，"
        f"{told('given_pct', rate)}；{told('reporting_plants', active)}，其中{told('answering_plants', there, '的')}，"
        f"占 {parts.share(there, active)}。"
    )


def problems(ds: Dataset) -> str:
    """Say how many problems the files have, by severity."""
    found = ds.problems["severity"].value_counts()
    counts = [(label, int(found[key])) for key, label in codes("problems", "severity").items() if key in found]
    return f"名单、系统导出和上报文件中发现的问题有{each(counts, '处')}。" if counts else "没有发现数据问题。"


def agreement(ds: Dataset) -> str:
    """Say how far online and offline agree."""
    row = reconcile.agreement(ds)[["comparable", "same", "differ", "only_online", "only_offline"]].sum()
    if not row.sum():
        return "没有线上和线下的节点记录，无从核对一致性。"
    clause = f"（{by_clauses(asked)}）" if (asked := reconcile.clause(ds)) else ""
    one = [(label, int(row[k])) for k, label in (("only_online", "只有线上记录的"), ("only_offline", "只有线下记录的")) if row[k]]
    if not row["comparable"]:
        return f"线上线下没有可比的数据，其中{each(one, '项')}，须补齐后核对{clause}。"
    text = f"线上线下可比的数据 {row['comparable']:,} 项，"
    if row["differ"]:
        text += f"一致 {row['same']:,} 项，一致率 {row['same'] / row['comparable']:.1%}；"
        text += f"不一致 {row['differ']} 项，须核对后统一{clause}"
    else:
        text += "全部一致"
    return text + (f"；另有{each(one, '项')}" if one else "") + "。"
