"""What a call asks for, checked before anything runs or is written: one task per report."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots, workspace
from cpaudit.dataset import Dataset
from cpaudit.errors import NoSnapshotError, UsageError
from cpaudit.programme import find_unit, industries, industry_named, load_programme
from cpaudit.programme import units as all_units
from cpaudit.reports.identity import program
from cpaudit.reports.kinds import LABELS, Kind, check, find_kind
from cpaudit.reports.tasks import Task
from cpaudit.selection import batch_named
from cpaudit.visible import named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cpaudit.reports.order import Order
    from cpaudit.reports.own import Parameter, Value

#: How many bytes of a title a file's name has room for, beside its subject.
_MOST_TITLE = 60


def file_stem(kind: Kind, subject: str, as_of: dt.date | str) -> str:
    """Return a report's file name without its ending; ``subject`` also says what parameters it has that others haven't.

    >>> file_stem(find_kind("city"), "唐山市", "2022-11-15")
    '清洁生产审核报告_唐山市_2022-11-15'
    """
    title = named(kind.title, _MOST_TITLE) or named(kind.id, _MOST_TITLE)  # a notebook's heading, where it is one's own
    return "_".join(filter(None, (title, named(subject), str(as_of))))


def _told_apart(value: str) -> str:
    """Return a parameter's value for a file's name; two that only differ in what a name leaves out keep different names."""
    said = named(value)
    return said if said == value else f"{said}_{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def plan(order: Order) -> list[Task]:
    """Return a task for every subject (units, trades or plants by any of their names; none given means all of them), once each.

    Raises:
        UsageError: an unknown kind, subject, programme or notebook, a subject where there is none to name, or several programmes
            and none named.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    about, as_of, programme = find_kind(order.kind), order.as_of, order.programme
    subjects = _asked(about, order.subjects)
    source, more = order.notebook or about.notebook, _own_parameters(about, order)
    if programme:
        load_programme(programme)  # one that doesn't exist is told from one that isn't the snapshot's
    home = order.warehouse.resolve()
    beside = _batches(home, subjects, as_of) if about.subject == "batches" else {}
    if beside:
        programme = max(beside, key=lambda its: beside[its][0])
        as_of = beside[programme][0]
    manifest = snapshots.in_force(home, as_of, programme or "")
    own = load_programme(manifest.programme).units
    if about.subject == "unit":
        subjects = [find_unit(text, own).name for text in subjects]
    try:
        text = source.read_text(encoding="utf-8")
    except OSError:
        raise UsageError(f"找不到{about.label}的笔记本 {source}，请检查名称和路径。") from None
    text = with_heading(text, about.title, about.own.parameters) if about.own else text
    day = as_of or manifest.as_of
    if day != manifest.as_of and "as_of" not in about.parameters.model_fields:
        raise UsageError(
            f"{about.label}的笔记本没有参数 as_of，只能按 {manifest.as_of} 的快照生成；请在参数单元中加上，或去掉日期。"
        )
    if day < manifest.as_of:  # one before anything was listed is told now, not by every report
        Dataset.open(home, day, programme=manifest.programme)
    # A report speaks of the snapshot that serves the day and of the one before.
    earlier = snapshots.before(snapshots.dates(home, manifest.programme), day, manifest.as_of)
    said: dict[str, Any] = {
        "kind": about.id,
        "as_of": day.isoformat(),
        "program": program(),
        "snapshots": [snapshots.version_folder(home, manifest.programme, d).name for d in (earlier, manifest.as_of) if d],
    }
    if beside:
        said["snapshots"] = [version for _, version in beside.values()]

    def task(value: str, name: str, stem: str) -> Task:
        given: dict[str, Any] = {about.subject: value} if about.subject else {}
        always = {"as_of": day, "programme": manifest.programme, "warehouse": ""}
        asked = {key: said for key, said in always.items() if key in about.parameters.model_fields}
        differ = [
            str(more[p.name]) for p in (about.own.parameters if about.own else ()) if more.get(p.name, p.default) != p.default
        ]
        return Task(
            stem=file_stem(about, "_".join([*filter(None, [stem]), *map(_told_apart, differ)]), day),
            name="，".join([name, *differ]),
            notebook=text,
            notebook_name=source.name,
            parameters=check(about.id, **given, **more, **asked),
            warehouse=str(home),
            version=manifest.version,
            about=said,
            seconds=order.seconds,
            one_file=order.one_file,
            programme=manifest.programme,
            definitions=tuple(workspace.written().items()) if order.engine == "dask" else (),
        )

    if not about.subject:
        return [task("", about.label, "")]
    if beside:
        given = " ".join(f"{its}/{day}" for its, (day, _) in beside.items())
        return [task(given, f"批次对照：{'、'.join(beside)}", "_".join(beside))]
    if about.subject == "plant":
        return [
            task(plant, name, f"{name}_{plant}")
            for plant, name in _plants(subjects, Dataset.open(home, day, programme=manifest.programme)).items()
        ]
    known = [all_units()[u].name for u in own]
    if about.subject == "trade" and not subjects:
        listed = set(Dataset.open(home, day, programme=manifest.programme).plants["industry"])
        known = [i.label for key, i in industries().items() if key in listed]
    return [task(name, name, name) for name in dict.fromkeys(subjects or known)]


def _asked(kind: Kind, subjects: Sequence[str]) -> Sequence[str]:
    """Return what reports of a kind are asked about; a wrong name that no file is needed to know is told before any is opened."""
    if subjects and not kind.subject:
        raise UsageError(f"{kind.label}是全省一份，不分单位、行业和企业；请去掉“{subjects[0]}”。")
    return [industries()[industry_named(text)].label for text in subjects] if kind.subject == "trade" else subjects


def _batches(home: Path, named: Sequence[str], as_of: dt.date | None) -> dict[str, tuple[dt.date, str]]:
    """Return the batches that stand side by side, all there are where none is named: programme → day and version."""
    found: dict[str, tuple[dt.date, str]] = {}
    for text in named or snapshots.programmes(home):
        its, day = batch_named(text, as_of)
        manifest = snapshots.in_force(home, day, its)
        if manifest.programme in found:
            raise UsageError(f"批次 {manifest.programme} 给了两次；一个批次只取一份快照。")
        found[manifest.programme] = (day or manifest.as_of, manifest.version)
    if not found:
        raise NoSnapshotError(f"在 {home} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    return found


def _own_parameters(kind: Kind, order: Order) -> dict[str, Value]:
    """Return the values of a workspace's kind's own parameters: those given, else as its notebook says.

    Raises:
        UsageError: it has no such parameter, or the value is of another type.
    """
    mine = {p.name: p for p in kind.own.parameters if p.name not in LABELS} if kind.own else {}
    if foreign := [name for name in order.parameters if name not in mine]:
        known = "、".join(f"{p.name}（{p.label}）" for p in mine.values()) or "没有"
        raise UsageError(f"{kind.label}没有名为“{foreign[0]}”的参数；可另外给出的参数：{known}。")
    return {name: p.read(order.parameters.get(name, p.default)) for name, p in mine.items()}


def with_heading(notebook: str, title: str, parameters: Sequence[Parameter]) -> str:
    """Return a notebook that ends with the house's header, for one that shows none itself: with what its numbers come from."""
    names = {p.name for p in parameters}
    asked = ", ".join(f"{name}={name}" for name in ("as_of", "programme", "warehouse") if name in names)
    source = "# 没有自己的页首时，用这一页首\nimport cpaudit as cp\nfrom cpaudit.views.pages.own import heading\n\n"
    source += f"cp.show(heading({title!r}, cp.open({asked})))"
    book = json.loads(notebook)
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {"tags": ["heading"]}, "source": source}
    cell |= {"outputs": [], "execution_count": None}
    book["cells"].append({**cell, "id": "heading"} if book.get("nbformat_minor", 0) >= 5 else cell)
    return json.dumps(book, ensure_ascii=False)


def _plants(subjects: Sequence[str], ds: Dataset) -> dict[str, str]:
    """Return the plants meant: id → name."""
    from cpaudit.views.parts import find_plant

    names = dict(zip(ds.plants["plant_id"].astype(str), ds.plants["name"].astype(str), strict=True))
    return {plant: names[plant] for plant in dict.fromkeys(find_plant(ds, text) for text in subjects)} if subjects else names
