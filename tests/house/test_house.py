"""The house keeps its own rules: quick import, arrows, offline files, thin notebooks, true documentation."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from cpaudit import cli
from tests.support.paths import ROOT

commands = cli.commands()
MODULES = sorted((ROOT / "cpaudit").rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "README.en.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
HEAVY = {"pandas", "numpy", "polars", "narwhals", "plotly", "pydantic", "yaml", "openpyxl", "ipywidgets", "papermill", "IPython"}

# Written in pieces, so that this file doesn't hold what it forbids.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian"]
CDNS = ["cdn" + ".", "js" + "delivr", "un" + "pkg", "cdn" + "js", "google" + "apis"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def kept_files() -> list[Path]:
    """What is in git, or would be with the next commit."""
    run = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    return [p for name in run.stdout.decode().split("\0") if name and (p := ROOT / name).is_file()]


def texts(*folders: str) -> Iterator[tuple[str, str]]:
    for path in kept_files():
        if folders and path.relative_to(ROOT).parts[0] not in folders:
            continue
        try:
            yield named(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue


def imported_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}


def test_importing_cpaudit_loads_no_heavy_library() -> None:
    assert imported_by("import cpaudit") & (HEAVY | {"click", "rich"}) == set()


def test_the_help_of_the_command_line_loads_no_heavy_library() -> None:
    assert imported_by("from cpaudit.cli import run\nrun(['load', '--help'])") & HEAVY == set()


@pytest.mark.slow
def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python 3.11 before its fifth release, which Debian 12 has, reads such patterns wrongly: marks stayed on numbers."""
    patterns = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+|\(\?>")
    for path in (ROOT / "cpaudit").rglob("*.py"):
        assert not patterns.search(path.read_text(encoding="utf-8")), path


def test_the_arrows_between_the_layers_run_one_way() -> None:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    run = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_no_file_names_a_package_registry() -> None:
    assert [(name, host) for name, text in texts() for host in REGISTRIES if host in text] == []


def test_what_ships_reaches_for_nothing_outside() -> None:
    shipped = texts("cpaudit", "dashboards", "notebooks", "data", "docs", "mkdocs.yml")
    assert [(name, host) for name, text in shipped for host in CDNS if host in text] == []


@pytest.mark.parametrize("cluster", [False, True], ids=["all", "cluster"])
def test_every_dependency_is_locked_at_a_fitting_version_with_hashes(cluster: bool) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = project["project"]["dependencies"] + [
        each for name in extras if name not in ("all", "cluster") for each in extras[name]
    ]
    wanted += [*project["build-system"]["requires"], "editables"]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    if cluster:
        wanted = project["project"]["optional-dependencies"]["cluster"]
        locked = (ROOT / "requirements-cluster.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^([\w.-]+)==([^\s;\\]+)(.*(?:\n +--hash=sha256:[0-9a-f]{64}.*)*)", locked, re.M)
    assert [name for name, _, rest in entries if "--hash=" not in rest] == []
    pins: dict[str, list[str]] = {}
    for name, version, _ in entries:
        pins.setdefault(canonicalize_name(name), []).append(version)
    for requirement in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not locked"
        assert all(Version(v) in requirement.specifier for v in versions), f"{requirement} is locked at {versions}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_says_why_it_exists_and_is_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    assert len(re.findall(r"[a-zA-Z]+|[\u4e00-\u9fff]", first)) > 2, "no docstring that says what the module is for"
    assert len(source.splitlines()) <= 300


@pytest.mark.parametrize("room", sorted({path.parent for path in MODULES}), ids=named)
def test_a_room_of_the_house_can_be_taken_in_at_a_glance(room: Path) -> None:
    # __init__ and __main__ are the door of a room, no things in it.
    assert len([path.name for path in MODULES if path.parent == room and not path.name.startswith("__")]) <= 15


def test_what_is_shown_has_its_colours_from_one_place() -> None:
    """Only theme.py says what a colour is; the forms that offices fill in lie below it and have the colours of their sheets."""
    rooms = ("views", "render", "reports", "serving", "analysis", "labels", "desk", "cli")
    shown = [p for p in MODULES if p.relative_to(ROOT / "cpaudit").parts[0] in rooms and p.name != "theme.py"]
    colour = re.compile(r"""["']#?[0-9a-fA-F]{6}["']|#[0-9a-fA-F]{6}\b|\brgba?\(\d""")
    assert [
        (named(p), found[0]) for p in shown for found in colour.finditer(p.read_text("utf-8")) if not found[0][1:-1].isdigit()
    ] == []
    assert len(shown) > 200


def written_labels(source: str) -> Iterator[tuple[int, str]]:
    """Give line and text of what a module writes as the label of a column or of a key figure."""
    at = {"Column": 0, "KeyFigure": 1, "replace": 9}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (called := getattr(node.func, "id", getattr(node.func, "attr", ""))) in at:
            named = [k.value for k in node.keywords if k.arg == "label"]
            for text in (*node.args[at[called] : at[called] + 1], *named):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield node.lineno, text.value


def mapped_labels(source: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give line and content of what maps names to texts, or to tuples that begin with one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            firsts = [t.elts[0] if isinstance(t, ast.Tuple) and t.elts else t for t in node.values]
            pairs = [(k, t) for k, t in zip(node.keys, firsts, strict=True) if isinstance(k, ast.Constant)]
            yield (
                node.lineno,
                {str(k.value): t.value for k, t in pairs if isinstance(t, ast.Constant) and isinstance(t.value, str)},
            )


def repeated_labels(source: str) -> list[tuple[int, str]]:
    """What a module writes though fields.yaml or measures.yaml says it: a label, or most of a list of labels by their columns."""
    from cpaudit.fields import columns, meanings
    from cpaudit.measures import measures

    known = {name: {m.label for m in meanings(name)} for name in columns()}
    every = {label for said in known.values() for label in said} | {m.label for m in measures().values()}
    found = [(line, text) for line, text in written_labels(source) if text in every]
    for line, texts in mapped_labels(source):
        same = [text for name, text in texts.items() if text in known.get(name, ())]
        found += [(line, text) for text in same if 2 * len(same) > len(texts)]
    return found


def test_a_label_is_written_in_the_dictionary_alone() -> None:
    """A table writes out only what is its own; whatever is a field or a measure is asked for by its name."""
    rooms = ("views", "render", "reports", "serving", "analysis", "desk", "cli")
    shown = [p for p in MODULES if p.relative_to(ROOT / "cpaudit").parts[0] in rooms]
    assert [(named(p), *found) for p in shown for found in repeated_labels(p.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "line",
    [
        'Column("区县")',
        'cols |= {"place": page.Column("区县", "text")}',
        'Column(label="已验收")',
        'KeyFigure("mine", "已验收", 3)',
        'replace(column, label="区县")',
        '{"county": "区县"}',
        '{"steps_left": ("剩余", "步")}',
    ],
)
def test_a_label_that_the_dictionary_has_is_found_wherever_it_is_written(line: str) -> None:
    assert len(repeated_labels(line)) == 1


@pytest.mark.parametrize("line", ['Column("首处")', 'columns("county")', '{"own": "区县"}', 'KeyFigure("accepted", label, 3)'])
def test_a_label_of_one_table_alone_may_be_written_there(line: str) -> None:
    assert repeated_labels(line) == []


def test_scripts_of_pages_run_in_every_browser_that_the_manual_names() -> None:
    """ES2020, which Edge, Chrome, Firefox and Safari have known since 2020; the linter of ``make check`` sees to the rest."""
    newer = re.compile(r"\?\?=|\|\|=|&&=|\.(?:replaceAll|at|toSorted)\(|structuredClone|Object\.hasOwn|static \{|this\.#")
    scripts = [(name, text) for name, text in texts("cpaudit", "dashboards") if name.endswith(".js")]
    assert len(scripts) > 10
    assert [(name, found[0]) for name, text in scripts if (found := newer.search(text))] == []
    classic = [name for name, text in scripts if '"use strict"' not in text and not re.search(r"^export ", text, re.M)]
    assert classic == []


def test_every_definition_that_ships_is_valid() -> None:
    from cpaudit import fields, programme
    from cpaudit.indicators import systems
    from cpaudit.reference import read_yaml, root

    for path in root().rglob("*.yaml"):
        assert isinstance(read_yaml(path), dict), path
    assert set(fields.tables()) == set(fields.TABLES)
    found = systems()
    assert {system.id for system in found.values()} == set(found)
    assert {s for trade in programme.industries().values() for s in trade.systems} <= set(found)
    for programme_id in programme.programme_ids():
        loaded = programme.load_programme(programme_id)
        assert loaded.id == programme_id
        assert all(unit in programme.units() for unit in loaded.units)


def mentions() -> list[tuple[str, str]]:
    pattern = re.compile(r"(?:`|-m |^)cpaudit ([a-z][^`\n#|]*)", re.M)
    return [(named(p), m.strip()) for p in PAGES for m in pattern.findall(p.read_text(encoding="utf-8"))]


def wrong_usage(mention: str) -> str:
    """What the command line would not know in a mention such as ``report --unit 石家庄市``; '' where it knows all."""
    command: click.Command = commands
    words = mention.split()
    while words and isinstance(command, click.Group):
        if words[0] not in command.commands:
            if command.invoke_without_command and words[0].startswith("--"):
                break
            return words[0]
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return " ".join(w for w in words if w.startswith("--") and w not in known)


@pytest.mark.parametrize(("page", "mention"), mentions())
def test_the_documentation_names_only_commands_that_exist(page: str, mention: str) -> None:
    assert wrong_usage(mention) == ""


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_the_readme_names_every_command(readme: str) -> None:
    said = {m.split()[0] for page, m in mentions() if page == readme}
    assert said == set(commands.commands)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_make_targets_that_the_documentation_names_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    said = {t for p in PAGES for t in re.findall(r"(?:`|^)make ([a-z]+)", p.read_text(encoding="utf-8"), re.M)}
    assert said
    assert said <= targets


@pytest.mark.slow
def test_the_documentation_builds_and_asks_for_nothing_outside(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    run = subprocess.run(build, check=False, cwd=ROOT, capture_output=True, text=True, env=quiet)
    assert run.returncode == 0, run.stderr
    pages = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.glob("*.html")}
    loads = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc="?(?:https?:)?//|<link[^>]*rel="?(?:stylesheet|preconnect)[^>]*//""")
    assert [name for name, text in pages.items() if loads.search(text)] == []
    assert "冀环科宣函" in pages["rules.html"]
    assert "<!-- table" not in "".join(pages.values())


def test_no_test_needs_another_test_and_each_lies_in_its_layers_folder() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [named(p) for p in tests if p.name.startswith("test_") and p.parent == ROOT / "tests"] == []
    needed = re.compile(r"^\s*(?:from tests\S*\.test_|from tests\S* import test_|import tests\S*\.test_|from \S*conftest)", re.M)
    assert [named(p) for p in tests if needed.search(p.read_text(encoding="utf-8"))] == []


def test_what_rests_on_definitions_is_forgotten_with_them() -> None:
    """A cache of functools lives as long as the process: one workspace's definitions would answer for another's.

    Listed are the modules whose caches know nothing of definitions.
    """
    free = {
        "dataset/search.py", "indicators/definition/benchmarks.py", "indicators/standing/blocks.py", "loaders/cells/marks.py",
        "loaders/handback/cells.py", "loaders/opening/books/number_formats.py", "loaders/opening/books/streams.py",
        "loaders/opening/grids.py", "render/stationery/house.py", "render/stationery/logo.py",
        "render/stationery/typesetting.py", "serving/settings.py", "snapshots/content.py",
        "views/theme.py", "workspace/caches.py", "workspace/overlay.py",
    }  # fmt: skip
    package = ROOT / "cpaudit"
    cached = re.compile(r"from functools import .*\bcache\b|from functools import .*\blru_cache\b|functools\.(?:lru_)?cache\b")
    found = {p.relative_to(package).as_posix() for p in MODULES if package in p.parents and cached.search(p.read_text("utf-8"))}
    assert found <= free, f"use cpaudit.workspace.caches in {sorted(found - free)}"
