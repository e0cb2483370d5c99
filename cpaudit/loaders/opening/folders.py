"""The files of a load: everything in the folders named, at any depth, is to be read or is said with why it isn't."""

from __future__ import annotations

import os
import stat
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpaudit import durable
from cpaudit.loaders.opening import archives, formats
from cpaudit.loaders.opening.files import READ, Source, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Unread(NamedTuple):
    """A file (or folder) that isn't read and the whole sentence that says why; ``code`` is the kind of problem."""

    source: Source
    why: str
    code: str = "file_unopened"


@dataclass
class Found:
    """What a load finds: files to read in a fixed order, archives opened, what isn't read, and calls that are wrong."""

    sources: list[Source] = field(default_factory=list)
    archives: list[Source] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    #: One sentence per path named that doesn't exist, or folder without any file: nothing is loaded then.
    wrong: list[str] = field(default_factory=list)


@contextmanager
def found(paths: Iterable[Path]) -> Iterator[Found]:
    """Find the files named or lying under the folders named; what archives hold lies unpacked while the context lasts."""
    with durable.scratch() as unpacked:
        search = _Search(unpacked)
        named = list(paths)
        for path in named:
            search.named(path, several=len(named) > 1)
        yield _apart(search.found)


def refused(source: Source, kind: str) -> Unread:
    """Return what is said of a file of a kind that isn't read."""
    about = formats.formats()[kind]
    return Unread(source, about.sentence(source.name), "file_unread" if about.severity == "warning" else "file_ignored")


class _Search:
    def __init__(self, unpacked: Path) -> None:
        self.found = Found()
        self._unpacked = archives.Unpacked(unpacked)
        self._seen: dict[Path, str] = {}

    def named(self, path: Path, *, several: bool) -> None:
        """Take a path that was named."""
        if path.is_dir():
            # Files of several folders are told apart by their folder.
            before = self._count()
            self._folder(path, path.parent if several else path, printable(path.resolve().name))
            if self._count() == before:
                self.found.wrong.append(f"文件夹 {printable(path)} 中没有文件，请检查路径。")
        elif os.path.lexists(path):
            self._file(path, Source(path, printable(path.name), printable(path.resolve().parent.name)), path.parent)
        else:
            self.found.wrong.append(f"找不到 {printable(path)}，请检查路径。")

    def _count(self) -> int:
        return len(self.found.sources) + len(self.found.unread) + len(self.found.archives)

    def _folder(self, folder: Path, base: Path, home: str) -> None:
        def about(path: Path) -> Source:
            return Source(path, printable(path.relative_to(base).as_posix()), home)

        def shut(error: OSError) -> None:
            one = about(Path(error.filename))
            name = printable(folder) if one.path == folder else one.name
            self._say(one._replace(name=name), f"文件夹 {name} 不让进入或读取，请检查目录权限（须可读、可进入）。")

        for at, folders, files in os.walk(folder, onerror=shut):
            here = Path(at)
            if not os.access(here, os.X_OK):
                name = about(here).name if here != folder else printable(folder)
                self._say(about(here)._replace(name=name), f"文件夹 {name} 不让进入或读取，请检查目录权限（须可读、可进入）。")
                folders.clear()
                continue
            for name in sorted(folders):
                inside = here / name
                if kind := formats.named(printable(name)):
                    self.found.unread.append(refused(about(inside), kind))
                    folders.remove(name)
                elif inside.is_symlink():
                    self._link(inside, about(inside), folder)
                    folders.remove(name)
                elif inside.suffix.lower() in READ:
                    self._say(about(inside), f"{about(inside).name} 是文件夹，不是工作簿，请改名或移走。")
            folders.sort()
            for name in sorted(files):
                self._file(here / name, about(here / name), folder)

    def _file(self, path: Path, source: Source, folder: Path) -> None:
        """Take a file as it lies in a folder: a link, a pipe and the like are said."""
        if kind := formats.named(printable(path.name)):
            self.found.unread.append(refused(source, kind))
        elif path.is_symlink() and not self._within(path, folder):
            self._link(path, source, folder)
        else:
            try:
                form = path.stat().st_mode
            except OSError as error:
                self._say(source, f"{source.name} 无法打开（{durable.reason(error)}），请检查文件权限。")
                return
            real = path.resolve()
            if not stat.S_ISREG(form):
                self._say(source, f"{source.name} 不是普通文件（是管道、套接字或设备），未读取；请换成文件本身。")
            elif real in self._seen:
                why = f"{source.name} 与 {self._seen[real]} 是同一个文件，只读取一次。"
                if not any(s.path == path for s in self.found.sources):  # the same path named twice is one file
                    self.found.unread.append(Unread(source, why, "file_ignored"))
            else:
                self._seen[real] = source.name
                self._take(source)

    def _take(self, source: Source) -> None:
        suffix = source.path.suffix.lower()
        if suffix != ".zip" or not self._unpacked.is_archive(source.path):
            self.found.sources.append(source)
            return
        before = self._count()
        for member, why in self._unpacked.members(source):
            if why and why not in formats.formats():
                self._say(member, why)
            elif kind := why or formats.named(Path(member.name).name):
                self.found.unread.append(refused(member, kind))
            else:
                self.found.sources.append(member)
        if self._count() == before:
            self._say(source, f"{source.name} 是空的压缩包，里面没有文件，请重新压缩后再报送。")
        elif not any(u.source == source for u in self.found.unread):
            self.found.archives.append(source)

    def _within(self, link: Path, folder: Path) -> bool:
        try:
            return link.resolve(strict=True).is_relative_to(folder.resolve())
        except (OSError, RuntimeError):  # a link to nothing, a ring of links
            return False

    def _link(self, path: Path, source: Source, folder: Path) -> None:
        name = source.name
        if not path.exists():
            self._say(source, f"{name} 是失效的链接（所指的文件不存在），未读取；请换成文件本身。")
        elif self._within(path, folder):
            self.found.unread.append(Unread(source, f"{name} 是指向目录中另一处的链接，内容在原处读取。", "file_ignored"))
        else:
            self._say(source, f"{name} 是指向目录之外的链接，未读取；请换成文件本身。")

    def _say(self, source: Source, why: str) -> None:
        self.found.unread.append(Unread(source, why))


def _apart(all_of: Found) -> Found:
    """Give names that tell the files apart: those that share one get as many of their folders as it takes, else a number."""
    sources = [*all_of.sources, *all_of.archives, *(u.source for u in all_of.unread)]
    counted = Counter(s.name for s in sources)
    names: dict[Path, str] = {}
    for name in (n for n, count in counted.items() if count > 1):
        same, depth = [s.path for s in sources if s.name == name], len(Path(name).parts)
        most = max(len(p.absolute().parts) for p in same)
        while depth < most and len({p.absolute().parts[-depth:] for p in same}) < len(same):
            depth += 1
        said = [printable("/".join(p.absolute().parts[-depth:])) for p in same]
        if len(set(said)) < len(same):
            said = [f"{name}（{n}）" for n in range(1, len(same) + 1)]
        names |= dict(zip(same, said, strict=True))

    def apart(source: Source) -> Source:
        return source._replace(name=names.get(source.path, source.name))

    all_of.sources = [apart(s) for s in all_of.sources]
    all_of.archives = [apart(s) for s in all_of.archives]
    all_of.unread = [_called(u, apart(u.source)) for u in all_of.unread]
    return all_of


def _called(unread: Unread, source: Source) -> Unread:
    return unread._replace(source=source, why=unread.why.replace(unread.source.name, source.name))
