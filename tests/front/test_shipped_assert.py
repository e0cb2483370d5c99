"""The assert for a workspace's own definitions: everything wrong at once, with file, line and field."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cpaudit.reference import root
from cpaudit.testing import assert_valid_definitions


def test_what_ships_is_valid() -> None:
    assert_valid_definitions(root() / "indicator_systems")
    assert_valid_definitions(root() / "programmes")


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    system = (root() / "indicator_systems" / "demo_cement.yaml").read_text(encoding="utf-8")
    lines = system.splitlines()
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "demo_cement.yaml").write_text("\n".join([*lines, "extra: 1", "more: 2"]), encoding="utf-8")
    shutil.copy(root() / "programmes" / "hebei-2021-2.yaml", tmp_path / "hebei-2021-2.yaml")
    (tmp_path / "other.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "torn.yaml").write_text("a: [1\n", encoding="utf-8")
    with pytest.raises(AssertionError) as told:
        assert_valid_definitions(tmp_path)
    said = str(told.value)
    assert "4 处错误" in said
    assert f"demo_cement.yaml 第 {len(lines) + 1} 行：错误：字段 extra：没有这个字段" in said
    assert f"demo_cement.yaml 第 {len(lines) + 2} 行：错误：字段 more：没有这个字段" in said
    assert "other.yaml" in said
    assert "torn.yaml" in said
    assert "hebei" not in said


def test_a_folder_without_definitions_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="没有定义文件"):
        assert_valid_definitions(tmp_path)
