"""A definition file from anywhere: read, or refused in one sentence; none fills the memory or takes the process with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cpaudit.errors import DefinitionError
from cpaudit.reference import compose, read_yaml

#: What doubles with each line (as lists, as merged mappings), what holds itself, what is nested beyond any loader.
ENDLESS = {
    "lists.yaml": "a0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
    "merged.yaml": "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)),
    "itself.yaml": "a: &a [*a]\n",
    "itself_merged.yaml": "a: &a\n  <<: *a\n  k: 1\n",
    "itself_inside.yaml": "a: &a {b: {c: *a}}\n",
    "brackets.yaml": "[" * 1_000_000,
    "both_brackets.yaml": "[{" * 300_000,
    "dashes.yaml": "- " * 300_000 + "a",
    "questions.yaml": "? " * 300_000 + "a",
    "steps.yaml": "".join(" " * n + "a:\n" for n in range(3000)),
    "closed.yaml": "[" * 100_000 + "]" * 100_000,
}
TRY = """
import resource, sys
from pathlib import Path
from cpaudit.errors import DefinitionError
from cpaudit.reference import compose, read_yaml
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
for path in sorted(Path(sys.argv[1]).iterdir()):
    for read in (read_yaml, compose):
        try:
            read(path)
        except DefinitionError as error:
            print(path.name, str(error).count("\\n"), path.name in str(error))
"""


def test_a_file_that_grows_without_end_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for name, content in ENDLESS.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-P", "-c", TRY, str(tmp_path)], check=True, capture_output=True, text=True, timeout=600
    )
    assert run.stdout.splitlines() == [f"{name} 0 True" for name in sorted(ENDLESS) for _ in range(2)]


def test_names_for_parts_are_read_where_somebody_could_have_written_them(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: [2, 2]}\n", encoding="utf-8")
    assert read_yaml(path) == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": [2, 2]}}
    assert compose(path) is not None


def test_long_flat_files_and_long_texts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("[" + "[1], " * 20_000 + "'" + "[" * 20_000 + "']", encoding="utf-8")
    assert len(read_yaml(path)) == 20_001


@pytest.mark.parametrize("content", ["a: 1\n---\nb: 2\n", "a: [", "\ta: 1"])
def test_what_is_no_yaml_is_refused_with_its_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"第 \d 行第 \d+ 列"):
        read_yaml(path)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("# nothing\n", encoding="utf-8")
    assert read_yaml(tmp_path / "own.yaml") is None
