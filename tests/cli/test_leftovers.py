"""What a command that was killed left among the system's temporary files goes with the next one; what lives stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from cpaudit import durable
from tests.support.service import until

_LOAD = [sys.executable, "-P", "-m", "cpaudit", "load"]


def _folders(place: Path) -> set[Path]:
    return {p for p in place.glob("cpaudit-*") if (p / ".lock").exists()}


def _old(folder: Path) -> None:
    """As it is a minute later."""
    before = time.time() - 120
    os.utime(folder, (before, before))


def test_what_a_killed_load_unpacked_goes_with_the_next_load(tmp_path: Path) -> None:
    place, sent = tmp_path / "tmp", tmp_path / "sent"
    place.mkdir()
    sent.mkdir()
    with zipfile.ZipFile(sent / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(300):
            archive.writestr(f"{n}.csv", "企业名称,统一社会信用代码\n" + "甲,乙\n" * 2000)
    env = {**os.environ, "TMPDIR": str(place), "PYTHONUTF8": "1"}
    command = [*_LOAD, str(sent), "--as-of", "2022-11-15", "--warehouse", str(tmp_path / "wh")]
    killed = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: any(place.glob("cpaudit-*/*/*.csv")) or killed.poll() is not None, 60)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    (left,) = _folders(place)
    assert any(left.rglob("*.csv"))
    _old(left)
    (sent / "all.zip").unlink()
    (sent / "a.csv").write_text("企业名称\n甲\n", encoding="utf-8")
    subprocess.run(command, env=env, capture_output=True, check=False)
    assert list(place.glob("cpaudit-*")) == []


def test_nothing_of_who_lives_and_nothing_that_is_not_ours_goes(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = "from cpaudit import durable; import time\nwith durable.scratch() as f: print(f, flush=True); time.sleep(600)"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True) as alive:
        assert alive.stdout
        theirs = Path(alive.stdout.readline().strip())
        for name in ("cpaudit-bare", "cpaudit-pipe", "cpaudit-new", "cpaudit-dead", "mine"):
            (tmp_path / name).mkdir()
        (tmp_path / "mine" / ".lock").touch()
        os.mkfifo(tmp_path / "cpaudit-pipe" / ".lock")
        for name in ("new", "dead"):
            (tmp_path / f"cpaudit-{name}" / ".lock").touch()
        (tmp_path / "cpaudit-link").symlink_to(tmp_path / "mine")
        for folder in tmp_path.iterdir():
            if folder.name != "cpaudit-new":
                _old(folder)
        durable._swept.clear()
        with durable.scratch() as own:
            there = {p.name for p in tmp_path.iterdir()}
        assert there == {theirs.name, own.name, "cpaudit-bare", "cpaudit-pipe", "cpaudit-new", "cpaudit-link", "mine"}
        assert not own.exists()
        alive.kill()
