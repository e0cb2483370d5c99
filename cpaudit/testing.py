"""给工作区自己的测试用：检查定义文件有没有错误。

What a workspace's own tests assert: that its definition files are valid.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def assert_valid_definitions(folder: str | os.PathLike[str]) -> None:
    """检查目录（含下级目录）中的全部定义文件，有错误时一次列出：文件、行、字段、问题。

    ``folder`` holds YAML files: indicator systems (they have ``groups`` or ``stub``) and programmes (they have
    ``milestones``), told apart by their keys. Remarks that are no errors are left alone.

    >>> from cpaudit.reference import root
    >>> assert_valid_definitions(root() / "programmes")

    Raises:
        AssertionError: a file has an error, is none of both kinds, or there is no file at all; a line per fault.
    """
    faults = [fault for file in _files(Path(folder)) for fault in _faults(file)]
    if faults:
        raise AssertionError("\n".join([f"定义文件有 {len(faults)} 处错误：", *faults]))


def _files(folder: Path) -> list[Path]:
    found = sorted(file for pattern in ("*.yaml", "*.yml") for file in folder.rglob(pattern))
    if not found:
        raise AssertionError(f"{folder} 中没有定义文件（*.yaml），请检查路径。")
    return found


def _faults(file: Path) -> list[str]:
    from cpaudit.errors import DefinitionError
    from cpaudit.findings import Finding
    from cpaudit.indicators.checking import checker as systems
    from cpaudit.programme import checker as programmes
    from cpaudit.reference import read_yaml, shown

    try:
        content = read_yaml(file)
    except DefinitionError as error:
        return [str(error)]
    keys = set(content) if isinstance(content, dict) else set()
    if "milestones" in keys:
        found = programmes.check(file)
    elif keys & {"groups", "stub"}:
        found = systems.check(file)
    else:
        said = "看不出是哪种定义：评价指标体系应有字段 groups，批次应有字段 milestones"
        found = [Finding("error", shown(file), None, "", said)]
    return [str(fault) for fault in found if fault.severity == "error"]
