"""The folder of a batch: whole files only, a manifest of what each was made from, the index and one archive for sending."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable
from cpaudit.errors import ReportError, UsageError
from cpaudit.reports.identity import digest
from cpaudit.reports.index import index_page
from cpaudit.reports.manifest import FORMAT, MANIFEST, file_name
from cpaudit.reports.manifest import entries as entries_of
from cpaudit.reports.tasks import Made

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.reports.tasks import Task

#: How long one run waits for another that is writing into the folder; a report's files take milliseconds.
_PATIENCE_S = 60


class Folder:
    """Where the reports of one run go. Several runs may write into one folder at the same time.

    Raises:
        ReportError: it can't be written; nothing was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.entries: dict[str, dict[str, Any]] = {}
        with _writing(self.path) as draft:
            self._assets = self._put_assets(draft)
        self._before = entries_of(self.path)

    def check_places(self, tasks: Sequence[Task]) -> None:
        """See that no report takes the place of another programme's, or of another kind's, that is called the same.

        Raises:
            UsageError: one would.
        """
        for task in tasks:
            before = self._before.get(task.stem, {"parameters": {}, "kind": task.about["kind"]})
            if before["kind"] != task.about["kind"]:
                raise UsageError(
                    f"{self.path} 中已有另一种报告（{before['kind']}）的“{task.stem}”，与 {task.about['kind']} 的同名，没有生成；"
                    "请改笔记本的标题，或用 --out 写到另一个目录。"
                )
            there = before["parameters"].get("programme")
            if there and there != task.parameters["programme"]:
                raise UsageError(
                    f"{self.path} 中已有批次 {there} 的“{task.stem}”，与批次 {task.parameters['programme']} 的同名，没有生成；"
                    "请用 --out 写到另一个目录。"
                )

    def unchanged(self, task: Task, key: str) -> dict[str, Any] | None:
        """Return the entry of a report that is there already, made from the same and not altered since; else None."""
        entry = self._before.get(task.stem)
        if entry is None or entry["key"] != key or entry["status"] != "ok" or not self._lies_there(entry):
            return None
        self.entries[task.stem] = entry
        return entry

    def files(self, entry: dict[str, Any]) -> dict[str, Path]:
        """Return an entry's files by format."""
        return {kind: self.path / file["name"] for kind, file in entry["files"].items()}

    def made(self, entry: dict[str, Any]) -> Made:
        """Return what a report that is there had left."""
        facts: dict[str, Any] = {name: entry[name] for name in ("key_figures", "demonstration", "formal") if name in entry}
        return Made({kind: path.read_bytes() for kind, path in self.files(entry).items()}, facts=facts)

    def current(self, entry: dict[str, Any], on: Stationery) -> set[str]:
        """Return the formats of an entry that are there as they would be made now: with the templates that are in force."""
        formal = entry.get("formal", False)
        return {kind for kind, file in entry["files"].items() if file.get("templates", {}) == on.used(kind, formal=formal)}

    def put(self, task: Task, key: str, made: Made, on: Stationery) -> dict[str, Path]:
        """Write a report's files, each in one step; return their paths by format."""
        before = self._before.get(task.stem, {"key": "", "files": {}})
        older = {kind: file for kind, file in before["files"].items() if kind != "failed"}
        contents = made.files if not made.error else {"failed": made.failed} if made.failed else {}
        names = {kind: file_name(task.stem, kind) for kind in contents}
        written = {}
        with _writing(self.path) as draft:
            for kind, name in names.items():
                _write(self.path / name, contents[kind], draft)
                written[kind] = self.path / name
            if not made.error:
                (self.path / file_name(task.stem, "failed")).unlink(missing_ok=True)
                if before["key"] != key:
                    # In formats that nobody asked for now, what was made of other data would be taken for today's.
                    for name in {file["name"] for file in older.values()} - set(names.values()):
                        (self.path / name).unlink(missing_ok=True)
                    older = {}
        files: dict[str, Any] = {}
        for kind, name in names.items():
            files[kind] = {"name": name, "sha256": digest(contents[kind]), "bytes": len(contents[kind])}
            if templates := on.used(kind, formal=made.facts.get("formal", False)):
                files[kind]["templates"] = templates
        self.entries[task.stem] = {
            "stem": task.stem,
            "name": task.name,
            "kind": task.about["kind"],
            "as_of": task.about["as_of"],
            "status": "failed" if made.error else "ok",
            "error": made.error,
            "key": key,
            "parameters": task.parameters,
            "snapshot": task.version,
            "snapshots": task.about["snapshots"],
            "program": task.about["program"],
            "notebook": digest(task.notebook),
            **made.facts,
            "files": older | files,
        }
        return written

    def close(self, archive: str = "") -> None:
        """Write manifest, index and, where a name is given, the archive, over this run's reports and all earlier ones."""

        with _writing(self.path) as draft:
            # Another run may have made some of the same reports in the meantime: what lies there is described.
            entries = entries_of(self.path)
            entries |= {stem: entry for stem, entry in self.entries.items() if self._lies_there(entry)}
            entries = {stem: entry for stem, entry in sorted(entries.items()) if self._lies_there(entry)}
            assets = {name: digest((self.path / "assets" / name).read_bytes()) for name in self._assets}
            said = {"format": FORMAT, "assets": assets, "reports": list(entries.values())}
            manifest = json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            _write(self.path / MANIFEST, manifest.encode(), draft)
            _write(self.path / "index.html", index_page(list(entries.values()), archive).encode(), draft)
            if archive:
                _write(self.path / archive, self._archive(list(entries.values())), draft)

    def _archive(self, entries: list[dict[str, Any]]) -> bytes:
        """Return one ZIP of everything that the index links, the same bytes for the same files."""
        names = [MANIFEST, "index.html", *(f"assets/{name}" for name in self._assets)]
        names += sorted(file["name"] for entry in entries for file in entry["files"].values())
        year, month, day = map(int, max((e["as_of"] for e in entries), default="1980-01-01").split("-"))
        year = min(max(year, 1980), 2107)  # what a ZIP has room for
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for name in names:
                about = zipfile.ZipInfo(name, (year, month, day, 0, 0, 0))
                packed = name.endswith((".docx", ".xlsx", ".pdf"))
                about.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                about.external_attr, about.create_system = 0o644 << 16, 3
                archive.writestr(about, (self.path / name).read_bytes(), compresslevel=1)
        return whole.getvalue()

    def _put_assets(self, draft: Path) -> list[str]:
        """Return the names of the files that all pages load, put in their folder."""
        from cpaudit.render.web.html import write_assets

        new, assets = draft / "assets", self.path / "assets"
        write_assets(new)
        durable.folder_inside(self.path, "assets")
        names = sorted(file.name for file in new.iterdir())
        for name in names:
            (new / name).replace(assets / name)
        return names

    def _lies_there(self, entry: dict[str, Any]) -> bool:
        return all(self._hash(file["name"]) == file["sha256"] for file in entry["files"].values())

    def _hash(self, name: str) -> str:
        path = self.path / name
        try:
            return digest(path.read_bytes()) if path.is_file() and not path.is_symlink() else ""
        except OSError:
            return ""


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """Give the only writer of the folder a draft of its own; turn what the system refuses into one sentence."""
    try:
        with durable.draft(path, _PATIENCE_S) as draft:
            yield draft
    except durable.Busy:
        raise ReportError(f"另一个 cpaudit report 一直在写 {path}，请等它结束后再试。") from None
    except OSError as error:
        raise ReportError(f"报告目录 {path} 无法写入（{durable.reason(error)}），请检查路径、写入权限和磁盘空间。") from error


def _write(path: Path, content: bytes, draft: Path) -> None:
    """Put a file in its place in one step."""
    (draft / path.name).write_bytes(content)
    (draft / path.name).replace(path)
