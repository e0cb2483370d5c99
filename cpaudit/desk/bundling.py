"""What a machine without a registry needs to install this program: the locked wheels for it, and what installs them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import startup
from cpaudit.errors import CpauditError, ReadError, UsageError
from cpaudit.reference import shipped
from cpaudit.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from packaging.metadata import RawMetadata

NAME = "cpaudit"
#: What each platform is called by pip, and what programs see of it: ``sys.platform``, ``os.name``, ``platform.machine()``.
PLATFORMS = {
    "win_amd64": (("win_amd64",), "win32", "nt", "AMD64", "Windows"),
    "linux_x86_64": (
        (*(f"manylinux_2_{n}_x86_64" for n in range(28, 4, -1)), "manylinux2014_x86_64", "manylinux1_x86_64"),
        "linux", "posix", "x86_64", "Linux",
    ),
    "linux_aarch64": (
        (*(f"manylinux_2_{n}_aarch64" for n in range(28, 16, -1)), "manylinux2014_aarch64"),
        "linux", "posix", "aarch64", "Linux",
    ),
    "macosx_arm64": (("macosx_14_0_arm64",), "darwin", "posix", "arm64", "Darwin"),
    "macosx_x86_64": (("macosx_14_0_x86_64",), "darwin", "posix", "x86_64", "Darwin"),
}  # fmt: skip
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: What can be left out; the rest is what reads, reckons, reports and exports.
EXTRAS = ("lab", "print", "service")


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that a bundle is for."""

    platform: str
    python: str

    def environment(self) -> dict[str, str]:
        """Return what a requirement's marker is held against there: what fits the first of a Python fits those after it."""
        _, system, name, machine, called = PLATFORMS[self.platform]
        return {
            "sys_platform": system, "os_name": name, "platform_machine": machine, "platform_system": called,
            "python_version": self.python, "python_full_version": f"{self.python}.0", "implementation_name": "cpython",
            "platform_python_implementation": "CPython", "implementation_version": f"{self.python}.0", "extra": "",
        }  # fmt: skip

    def options(self) -> list[str]:
        """Return how pip is told of it."""
        tags = [option for tag in PLATFORMS[self.platform][0] for option in ("--platform", tag)]
        return [*tags, "--python-version", self.python, "--implementation", "cp"]


def collect(
    folder: Path,
    target: Target,
    extras: Iterable[str] = EXTRAS,
    *,
    fetch: Callable[[list[str], Target, Path], None] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[int, int]:
    """Write a bundle into a folder that isn't there yet, or is empty; return the bytes of its wheels, and once installed.

    What is needed is read from the wheels themselves, which are fetched in rounds; each is the locked one.

    Raises:
        UsageError: the folder has something in it.
        CpauditError: a wheel can't be had for that machine, or the folder can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} 已存在且不是空目录，没有写入任何内容；请换一个目录。")
    known = pins(shipped("requirements.lock").read_text(encoding="utf-8"), target.environment())
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder.parent) as draft:
            made = Path(draft) / folder.name
            wheels = made / "wheels"
            wheels.mkdir(parents=True)
            own_wheel(wheels)
            lines = _gathered(wheels, known, target, tuple(extras), fetch or download, progress)
            packed, installed = _sizes(wheels)
            for name, text in _texts(target, lines, packed, installed).items():
                (made / name).write_bytes(text.encode())
            if (script := made / "install.sh").exists():
                script.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            made.replace(folder)
    except OSError as error:
        raise CpauditError(f"安装包无法写入 {folder}（{error.strerror or error}），请检查路径、写入权限和磁盘空间。") from error
    return packed, installed


def pins(text: str, environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return what a lock says for an environment: name → (``name==version``, its hashes as pip reads them)."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found = {}
    for line in text.replace("\\\n", " ").splitlines():
        if not line[:1].isalnum():
            continue
        said, _, hashes = line.partition(" --hash=")
        requirement = Requirement(said.strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned = f"{requirement.name}{requirement.specifier}"
            found[str(canonicalize_name(requirement.name))] = (pinned, f"--hash={hashes.strip()}")
    return found


def needed(about: RawMetadata, extras: Iterable[str], environment: dict[str, str]) -> dict[str, set[str]]:
    """Return what a wheel needs in an environment: name → the extras of it."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    wanted: dict[str, set[str]] = {}
    for said in about.get("requires_dist", []):
        requirement = Requirement(said)
        if requirement.marker is None or any(requirement.marker.evaluate({**environment, "extra": e}) for e in ("", *extras)):
            wanted.setdefault(str(canonicalize_name(requirement.name)), set()).update(requirement.extras)
    return wanted


def _gathered(
    wheels: Path,
    known: dict[str, tuple[str, str]],
    target: Target,
    extras: tuple[str, ...],
    fetch: Callable[[list[str], Target, Path], None],
    progress: Callable[[str], None],
) -> list[str]:
    """Fetch all that is needed; return the lines that install it, with the hash of each wheel."""
    from packaging.utils import canonicalize_name, parse_wheel_filename

    asked: dict[str, set[str]] = {NAME: set(extras)}
    done: dict[str, set[str]] = {}
    while asked != done:
        missing = [name for name in asked if name != NAME and name not in done]
        if unknown := [name for name in missing if name not in known]:
            raise CpauditError(f"锁定文件中没有 {'、'.join(unknown)}（{target.platform}，Python {target.python}），不能收集。")
        if missing:
            progress(f"{len(asked)} 个")
            fetch([" ".join(known[name]) for name in missing], target, wheels)
        done = {name: set(extra) for name, extra in asked.items()}
        there = {str(canonicalize_name(parse_wheel_filename(path.name)[0])): path for path in wheels.glob("*.whl")}
        if absent := [name for name in done if name not in there]:
            raise CpauditError(f"没有取得 {'、'.join(absent)} 的安装包，没有写入任何内容。")
        for name, extra in done.items():
            for other, more in needed(_about(there[name]), extra, target.environment()).items():
                asked.setdefault(other, set()).update(more)
    lines = []
    for path in sorted(wheels.glob("*.whl")):
        called, version, *_ = parse_wheel_filename(path.name)
        lines.append(f"{called}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")
    return lines


def download(lines: list[str], target: Target, folder: Path) -> None:
    """Have pip fetch wheels, each the locked one, from where this machine's pip is told to look.

    Raises:
        CpauditError: one can't be had.
    """
    with tempfile.TemporaryDirectory(prefix="cpaudit-") as place:
        wanted = Path(place) / "wanted.txt"
        wanted.write_text("\n".join((*lines, "")), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", *target.options(), "--dest", str(folder), "-r", str(wanted)]
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
    if ran.returncode:
        told = next((line for line in reversed(ran.stderr.splitlines()) if line.startswith("ERROR")), ran.stderr.strip()[-200:])
        raise CpauditError(
            f"不能下载安装包（{target.platform}、Python {target.python}；pip：{told}），没有写入任何内容；请检查网络和 pip 设置。"
        )


def own_wheel(folder: Path) -> Path:
    """Put this program's own wheel into a folder: built from the checkout, else made again of what is installed.

    Raises:
        ReadError: there is neither.
    """
    checkout = Path(startup.HOME)
    if (checkout / "pyproject.toml").is_file():
        command = [sys.executable, "-P", "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder.resolve())]
        ran = subprocess.run(command, cwd=checkout, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        if ran.returncode:
            raise ReadError(f"不能由源代码制作安装包（{ran.stderr.strip()[-200:]}）；请先运行 make setup。")
        return next(folder.glob(f"{NAME}-*.whl"))
    try:
        installed = metadata.distribution(NAME)
        files = {str(path).replace("\\", "/"): Path(str(installed.locate_file(path))) for path in installed.files or ()}
    except metadata.PackageNotFoundError:
        files = {}
    info = f"{NAME}-{VERSION}.dist-info/"
    kept = {name: path for name, path in files.items() if name.startswith((f"{NAME}/", info)) and not name.endswith(".pyc")}
    about = {name: kept.pop(info + name, None) for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")}
    if not about["RECORD"]:
        raise ReadError("cpaudit 不是由安装包装上的，不能再制成安装包；请用 pip 安装后重试。")
    return _repacked(folder / f"{NAME}-{VERSION}-py3-none-any.whl", kept, f"{info}RECORD")


def _repacked(target: Path, files: dict[str, Path], record: str) -> Path:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, path in sorted(files.items()):
            content = path.read_bytes()
            writer.writerow((name, f"sha256={_digest(content)}", len(content)))
            wheel.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        writer.writerow((record, "", ""))
        wheel.writestr(zipfile.ZipInfo(record), rows.getvalue(), zipfile.ZIP_DEFLATED)
    return target


def _digest(content: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def _about(wheel: Path) -> RawMetadata:
    from packaging.metadata import parse_email

    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return parse_email(archive.read(name))[0]


def _sizes(wheels: Path) -> tuple[int, int]:
    packed = installed = 0
    for path in wheels.glob("*.whl"):
        packed += path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            installed += sum(each.file_size for each in archive.infolist())
    return packed, installed


def _texts(target: Target, lines: list[str], packed: int, installed: int) -> dict[str, str]:
    """Return what stands beside the wheels: what installs them, and what this is."""
    source = shipped("data/bundle")
    windows = target.platform.startswith("win")
    script = "install.bat" if windows else "install.sh"
    told = {
        "<script>": script, "<platform>": target.platform, "<python>": target.python, "<version>": VERSION,
        "<count>": str(len(lines)), "<packed>": str(round(packed / 1e6)), "<installed>": str(round(installed / 1e6)),
    }  # fmt: skip

    def filled(name: str) -> str:
        text = (source / name).read_text(encoding="utf-8")
        for hole, said in told.items():
            text = text.replace(hole, said)
        return text.replace("\n", "\r\n") if windows else text

    return {script: filled(script), "说明.txt": filled("about.txt"), "requirements.txt": "\n".join((*lines, ""))}
