"""What an operator learns of a running service, and who else doesn't: counts on this machine only, no names, no cost."""

from __future__ import annotations

import configparser
import http.client
import json
import re
import shlex
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from cpaudit.cli import run
from cpaudit.errors import UsageError
from cpaudit.serving import definitions
from cpaudit.serving.doors.access import Viewer as Viewed
from cpaudit.serving.doors.allowance import Account
from cpaudit.serving.health import Health
from cpaudit.serving.processes.kernels import Kernel, Session
from tests.support.builders import dataset, event, plant
from tests.support.service import SECRET, Service, Viewer, free_port, running, until

pytestmark = pytest.mark.together

#: What no answer may hold: users, plants, units, the secret.
NAMES = ("tangshan", "leader", "唐山", "示例厂", SECRET)
RULES = "users: {leader: all, tangshan: [tangshan]}\n"
#: Less patient than the shipped ones.
HASTY = """
from cpaudit.serving import settings as module
read = module.read_definition
module.read_definition = lambda path, kind: read(path, kind).model_copy(update={"slow_s": 3.0, "check_s": 0.5})
"""


class Watched(Service):
    """A service and the port of its health address."""

    health: int


def _write(folder: Path) -> None:
    from cpaudit import snapshots
    from cpaudit.fields import TABLES

    plants = [plant(f"p{i}", unit="tangshan", name=f"唐山示例厂{i}") for i in range(3)]
    ds = dataset(plants=plants, events=[event(p["plant_id"], "notified", "2022-01-05", unit=p["unit"]) for p in plants])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder, port = tmp_path_factory.mktemp("health"), free_port()
    _write(folder / "warehouse")
    (folder / "access.yaml").write_text(RULES, encoding="utf-8")
    given = {"access": str(folder / "access.yaml"), "token": ""}
    with running(folder / "warehouse", folder / "log", prelude=HASTY, health=port, **given) as started:  # type: ignore[arg-type]
        watched = Watched(started.url, started.process, started.log)
        watched.health = port
        until(lambda: ask(watched, "/health")[0] == 200, 60, every=0.2)
        yield watched


def ask(service: Watched, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", service.health, timeout=60)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with connection.getresponse() as answer:
        return answer.status, answer.read().decode()


def counts(service: Watched) -> dict[str, float]:
    """The counts by name and label, read by the rules of the format: a name, labels, a number."""
    status, text = ask(service, "/metrics")
    assert status == 200
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"(\w+(?:\{[^}]*\})?) (\S+)", line) for line in lines]
    assert all(found), text
    return {match[1]: float(match[2]) for match in found if match}


class Alive:
    """A process that runs."""

    def poll(self) -> None:
        return None


def user(service: Service, name: str) -> Viewer:
    return Viewer(service, {"X-Forwarded-User": name, "X-Cpaudit-Secret": SECRET})


def test_pages_kernels_memory_queue_and_the_snapshot_s_date_are_told(service: Watched) -> None:
    before = counts(service)
    assert before["cpaudit_pages"] == before["cpaudit_pages_waiting"] == 0
    page = user(service, "leader").ask("progress")
    assert page.status == 200
    now = counts(service)
    assert (now["cpaudit_pages"], now["cpaudit_viewers"], now["cpaudit_pages_waiting"]) == (1, 1, 0)
    assert now['cpaudit_kernels{use="page"}'] == 1
    assert now["cpaudit_pages_limit"] == 60
    assert now['cpaudit_memory_bytes{of="service"}'] > 20e6
    assert now['cpaudit_memory_bytes{of="kernels"}'] > 20e6
    assert now["cpaudit_open_files"] > 10
    assert now["cpaudit_warm_parent_ready"] == now["cpaudit_snapshot_readable"] == now["cpaudit_access_readable"] == 1
    assert time.strftime("%F", time.gmtime(now["cpaudit_snapshot_date_seconds"])) == "2022-07-01"
    assert now['cpaudit_answers_total{code="200"}'] == before.get('cpaudit_answers_total{code="200"}', 0) + 1
    until(lambda: counts(service)['cpaudit_kernels{use="spare"}'] == 2, 60, every=0.3)


def test_a_page_that_waits_for_its_turn_is_in_the_queue_and_has_no_kernel_yet() -> None:
    account = Account()
    sessions = [Session(Viewed("唐山", None), "cookie", account) for _ in range(3)]
    sessions[0].kernel = Kernel("0", SimpleNamespace(provisioner=SimpleNamespace(process=Alive())), None, 0)
    kernels = SimpleNamespace(sessions=sessions, alive=lambda s: s.kernel.process is not None, spares=lambda: 2)
    nursery = SimpleNamespace(ready=True, holding=True, frozen=0)
    service: Any = SimpleNamespace(kernels=kernels, nursery=nursery, newest="x", door=None, answers={})
    found = {s.name: s.value for metric in Health(service).collect() for s in metric.samples if not s.labels}
    assert (found["cpaudit_pages"], found["cpaudit_pages_waiting"], found["cpaudit_viewers"]) == (3, 2, 1)


def test_no_name_and_nothing_of_a_user_is_told(service: Watched) -> None:
    user(service, "tangshan").ask("progress?unit=tangshan")
    user(service, "nobody-唐山".encode().decode("latin-1")).ask(quote("唐山示例厂"))
    for path in ("/metrics", "/health"):
        _, text = ask(service, path)
        assert not [name for name in NAMES if name in text]
        assert "warehouse" not in text


def test_the_address_of_the_dashboards_knows_nothing_of_it(service: Watched) -> None:
    for path in ("metrics", "health"):
        for viewer in (user(service, "leader"), Viewer(service)):
            answer = viewer.ask(path)
            assert answer.status == 404
            assert "cpaudit_" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "dashboards.example.invalid"},
        {"Host": "127.0.0.1.example.invalid"},
        {"Host": "10.99.0.3:8868"},
        {"X_Forwarded_For": "10.1.2.3"},
        {"X_Forwarded_User": "leader"},
        {"X_Forwarded_Proto": "http"},
        {"X_Real_IP": "10.1.2.3"},
        {"Forwarded": "for=10.1.2.3"},
        {"Via": "1.1 proxy"},
        {"X_Cpaudit_Secret": SECRET},
        {"Origin": "http://elsewhere.invalid"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_what_comes_through_a_proxy_or_another_site_s_page_is_refused(service: Watched, headers: dict[str, str]) -> None:
    for path in ("/health", "/metrics", "/other"):
        status, text = ask(service, path, **headers)
        assert (status, text) == (403, "只答本机的程序。\n")


def test_it_listens_on_loopback_only_and_answers_nothing_else(service: Watched) -> None:
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert [each for each in listening if each.endswith(f":{service.health:04X}")] == [f"0100007F:{service.health:04X}"]
    listening = [line.split()[1] for line in Path("/proc/net/tcp6").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert not [each for each in listening if each.endswith(f":{service.health:04X}")]
    for path in ("/", "/metrics/", "/api/kernels", "/progress", "/../health"):
        assert ask(service, path)[0] == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(service, "/metrics", method)[0] in (404, 405)
    assert ask(service, "/metrics", "POST", Content_Length="0")[0] == 405


def test_a_flood_of_questions_waits_outside_and_pages_are_answered(service: Watched) -> None:
    flood = [socket.socket() for _ in range(300)]
    try:
        for each in flood:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", service.health))
        assert user(service, "leader").ask("progress").status == 200
        # Of those that say nothing only a few were ever taken, so that no file is taken from others.
        files = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
        assert files < 250
    finally:
        for each in flood:
            each.close()
    until(lambda: ask(service, "/health")[0] == 200, 60, every=0.2)


def test_what_keeps_readers_out_is_said(service: Watched) -> None:
    access = service.log.parent / "access.yaml"
    pointer = next(service.log.parent.glob("warehouse/*/*/current"))
    version = pointer.read_text(encoding="utf-8")
    access.write_text("users: {a: [nowhere]}\n", encoding="utf-8")
    status, text = ask(service, "/health")
    assert (status, text) == (503, "权限文件读不出来或有误，谁也不能进入。\n")
    access.write_text(RULES, encoding="utf-8")
    pointer.write_text("nonsense\n", encoding="utf-8")
    until(lambda: "没有可用的快照" in ask(service, "/health")[1], 60, every=0.2)
    assert counts(service)["cpaudit_healthy"] == counts(service)["cpaudit_snapshot_readable"] == 0
    pointer.write_text(version, encoding="utf-8")
    until(lambda: ask(service, "/health") == (200, "正常。\n"), 60, every=0.2)


def test_it_is_closed_unless_asked_for_and_never_at_the_dashboards_port(tmp_path: Path) -> None:
    from cpaudit import serving

    _write(tmp_path / "warehouse")
    port = free_port()
    with pytest.raises(UsageError, match="--health 和 --port 不能是同一个端口"):
        serving.serve(port, tmp_path / "warehouse", health=port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="请用 --health 换一个"):
            serving.serve(port, tmp_path / "warehouse", health=taken.getsockname()[1])


def test_check_says_whether_it_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dashboards", "--check"]) == 0
    assert "健康地址：未开" in capsys.readouterr().out
    assert run(["dashboards", "--check", "--health", "8868"]) == 0
    assert "健康地址：127.0.0.1:8868，只限本机的程序" in capsys.readouterr().out


def test_the_shipped_deployments_ask_on_loopback_and_bound_their_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy = definitions.home() / "deploy"
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(deploy / "cpaudit.service", encoding="utf-8")
    compose = yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))["services"]
    docker = re.search(r"^CMD (.*)$", (deploy / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert docker
    monkeypatch.setenv("CPAUDIT_PROXY_SECRET", SECRET)
    (tmp_path / "access.yaml").write_text(RULES, encoding="utf-8")
    for command in (shlex.split(unit["Service"]["ExecStart"]), json.loads(docker[1])):
        arguments = [str(tmp_path / "access.yaml") if each == "/etc/cpaudit/access.yaml" else each for each in command[1:]]
        assert run([*arguments, "--check"]) == 0
        assert "健康地址：127.0.0.1:8868" in capsys.readouterr().out
    asked = compose["cpaudit"]["healthcheck"]["test"]
    assert asked[0] == "CMD"
    assert "'http://127.0.0.1:8868/health'" in asked[-1]
    for template in deploy.glob("*.template"):
        assert "8868" not in template.read_text(encoding="utf-8"), "no proxy leads there"
    # Logs make room for themselves, and hold no link.
    namespace = unit["Service"]["LogNamespace"]
    assert unit["Service"]["StandardOutput"] == "null"
    assert re.search(r"^SystemMaxUse=\d+M$", (deploy / f"journald@{namespace}.conf").read_text(encoding="utf-8"), re.MULTILINE)
    for each in compose.values():
        assert each["logging"]["driver"] == "local"
        assert {"max-size", "max-file"} <= set(each["logging"]["options"])
