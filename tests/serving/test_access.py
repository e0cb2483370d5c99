"""Who may see what: the access file, whose word counts, and a data set that holds a viewer's units and nothing else."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tornado.httputil import HTTPHeaders

from cpaudit import dataset as dataset_module
from cpaudit.cli import run
from cpaudit.dataset import Dataset, offer_only, offered
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.serving import definitions
from cpaudit.serving.doors.access import ProxyDoor, TokenDoor, Viewer, read_rules
from tests.support.builders import dataset, event, plant

FILE = "users: {leader: all, tangshan: [唐山市], two: [雄安新区, dingzhou]}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "access.yaml"
    made.write_text(FILE, encoding="utf-8")
    return made


def test_units_may_be_written_by_any_of_their_names(path: Path) -> None:
    assert read_rules(path).users == {"leader": "all", "tangshan": ("tangshan",), "two": ("xiongan", "dingzhou")}


def test_the_example_file_can_be_used_and_trusts_one_address() -> None:
    rules = read_rules(definitions.home() / "access.example.yaml")
    assert all(name.endswith("-demo") for name in rules.users)
    assert [ipaddress.ip_network(each).num_addresses for each in rules.trusted] == [1]


def test_in_the_shipped_deployment_one_address_is_to_be_trusted_and_the_service_has_no_port_outside() -> None:
    text = (definitions.home() / "deploy/compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    address = services["nginx"]["networks"]["inside"]["ipv4_address"]
    assert f"trusted: [{address}]" in text
    assert f"[{address}]" in (definitions.home() / "access.example.yaml").read_text(encoding="utf-8")
    assert "ports" not in services["cpaudit"]
    assert list(services["cpaudit"]["networks"]) == ["inside"]
    # A file that is mounted by itself stays the old one when it is replaced: rights taken away would not count.
    edited = ("access.yaml", "users")
    assert not [mount for each in services.values() for mount in each["volumes"] if mount.split(":")[0].endswith(edited)]
    for each in services.values():
        assert each["environment"]["CPAUDIT_PROXY_SECRET"].startswith("${CPAUDIT_PROXY_SECRET:?"), "no start without it"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("users: {a: [某市]}", "某市"),
        ("users: {a: []}", "用户 a 没有辖区"),
        ("users: {}", "至少"),
        ("users: {a: all}\nheaders: X", "headers"),
        ("users: {a: all}\nheader: 'X: y'", "header"),
        ("users: {a: all}\ntrusted: [everybody]", "everybody"),
        ("users: {a: some}", "users"),
        ("users: {a: all}\ntrusted: []", "trusted"),
        ("users: {a: all}\ntrusted: [10.0.0.0/8]", "太宽"),
        ("users: {a: all}\ntrusted: [0.0.0.0/0]", "太宽"),
        ("users: {a: all}\ntrusted: [10.0.0.0/24, 10.0.1.0/24]", "共有 512 个地址"),
        ("users:\n  a: all\n  2022-13-45: all", "第 3 行有不存在的日期"),
        ("users:\n  <<: {a: all}\n  b: [唐山市, 2022-02-31]", "第 3 行有不存在的日期"),
        (f"users:\n  a: all\n  b: [{'9' * 5000}]", "第 3 行有"),
        (f"# {'x' * (9 << 20)}\nusers: {{a: all}}", "超过 8 MB"),
        ("users: {a: all}\ntrusted: ['::/0']", "太宽"),
        ("users: {a: all}\ntrusted: ['fd00::/64']", "太宽"),
        ("users: {a: all}\ntrusted: [0.0.0.0]", "太宽"),
        ("users: {a: all}\ntrusted: ['::ffff:10.0.0.8']", "请写成 IPv4"),
        ("users: {a: all}\ntrusted: [10.0.0.8/24]", "10.0.0.8/24"),
        ("users: {a: all}\nheader: X-Who\nsecret_header: x-who", "不能是同一个"),
        ("users: {a: all}\nheader: User-Agent", "User-Agent"),
        ("users: {a: all}\nsecret_header: Cookie", "Cookie"),
        ("users: {a: 唐山市}", "用户 a 的辖区请写 all 或方括号中的上报单位"),
        ("users: {a: {唐山市: all}}", "用户 a 的辖区请写 all"),
        ("users: {a: [1]}", "用户 a 的辖区请写 all"),
        ("users: {13800000000: all}", "用户名 13800000000 请加引号"),
        ("users: {yes: all}", "请加引号"),
        ("users: {'': all}", "不可用"),
        ("users: {' a': all}", "不可用"),
        ("users: {'a,b': all}", "不可用"),
        ('users: {"a\\e[2J": all}', r"a\x1b[2J"),
        ("users:\n  a: [唐山市]\n  a: all", "第 3 行：“a”写了两次"),
        ("users: {a: [唐山市]}\nusers: {a: all}", "“users”写了两次"),
        ("users:\n  a: [唐山市]\n  <<: {a: all}", "第 3 行：“a”写了两次"),
        ('users: {a: all}\nheader: "\x07"', "字符"),
    ],
)
def test_a_wrong_access_file_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "access.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(says)) as caught:
        read_rules(path)
    assert "access.yaml" in str(caught.value)
    assert not re.search(r"literal|tuple|\[key\]", str(caught.value)), "an operator doesn't speak Python"


def test_a_missing_access_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="找不到看板权限文件"):
        read_rules(tmp_path / "none.yaml")


def headers(*given: tuple[str, str]) -> HTTPHeaders:
    made = HTTPHeaders()
    for name, value in given:
        made.add(name, value)
    return made


SECRET = ("X-Cpaudit-Secret", "open-sesame-4711")
TANGSHAN, LEADER = ("X-Forwarded-User", "tangshan"), ("X-Forwarded-User", "leader")


@pytest.fixture
def door(path: Path) -> ProxyDoor:
    return ProxyDoor(path, SECRET[1])


def test_only_the_proxy_s_word_counts(door: ProxyDoor) -> None:
    assert door.who("127.0.0.1", headers(TANGSHAN, SECRET), False) == Viewer("tangshan", ("tangshan",))
    assert door.who("10.1.2.3", headers(TANGSHAN, SECRET), False) is None, "from elsewhere"
    assert door.who("127.0.0.1", headers(TANGSHAN), False) is None, "without the secret"
    assert door.who("127.0.0.1", headers(TANGSHAN, (SECRET[0], "no")), False) is None
    assert door.who("127.0.0.1", headers(TANGSHAN, (SECRET[0], "")), False) is None
    assert door.who("127.0.0.1", headers(SECRET), True) is None, "a cookie says nothing about the user"
    assert door.who("127.0.0.1", headers(SECRET, ("X-Forwarded-User", "nobody")), False) is None
    for nowhere in ("not an address", "", "0.0.0.0"):
        assert door.who(nowhere, headers(TANGSHAN, SECRET), False) is None


def test_an_address_counts_however_it_is_written(door: ProxyDoor) -> None:
    for here in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert door.who(here, headers(TANGSHAN, SECRET), False)
    for elsewhere in ("::ffff:10.0.0.1", "::2", "fe80::1%eth0", "::127.0.0.1"):
        assert door.who(elsewhere, headers(TANGSHAN, SECRET), False) is None


def test_a_name_in_chinese_is_the_one_that_the_proxy_sends(path: Path, door: ProxyDoor) -> None:
    path.write_text("users: {张三: [唐山市]}\n", encoding="utf-8")
    sent = "张三".encode().decode("latin-1")  # as the server reads the bytes of a header
    assert door.who("127.0.0.1", headers(("X-Forwarded-User", sent), SECRET), False) == Viewer("张三", ("tangshan",))
    assert door.who("127.0.0.1", headers(("X-Forwarded-User", "\xff\xfe"), SECRET), False) is None


@pytest.mark.parametrize(
    "sent",
    [(TANGSHAN, LEADER, SECRET), (LEADER, LEADER, SECRET), (LEADER, SECRET, SECRET), (LEADER, ("x-forwarded-user", ""), SECRET)],
)
def test_a_header_that_comes_twice_counts_for_nothing(door: ProxyDoor, sent: tuple[tuple[str, str], ...]) -> None:
    assert door.who("127.0.0.1", headers(*sent), False) is None


def test_a_changed_access_file_counts_at_once(path: Path, door: ProxyDoor) -> None:
    kept = path.stat()
    path.write_text(FILE.replace("[唐山市]", "[保定市]"), encoding="utf-8")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))  # as a copy that keeps its date
    assert door.who("127.0.0.1", headers(TANGSHAN, SECRET), False) == Viewer("tangshan", ("baoding",))


def _cut(path: Path) -> None:
    path.write_text("users: {tangsh", encoding="utf-8")


def _write_a_day_that_is_none(path: Path) -> None:
    path.write_text("users:\n  tangshan: [2022-13-32]\n", encoding="utf-8")


def _write_a_number_without_end(path: Path) -> None:
    path.write_text(f"users:\n  tangshan: {'1' * 5000}\n", encoding="utf-8")


def _nest_without_end(path: Path) -> None:
    path.write_text(f"users: {'[' * 600}{']' * 600}\n", encoding="utf-8")


def _turn_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a way to a file that has lost its name")
def test_a_file_that_was_mounted_by_itself_and_replaced_since_lets_nobody_in(path: Path) -> None:
    """Whoever mounts the file alone sees the old one for ever; the new one may have taken rights away."""
    with path.open("rb") as held:
        mounted = ProxyDoor(Path(f"/proc/self/fd/{held.fileno()}"), SECRET[1])
        assert mounted.viewer("leader")
        replaced = path.with_name("new.yaml")
        replaced.write_text("users: {somebody: all}", encoding="utf-8")
        replaced.rename(path)
        assert mounted.viewer("leader") is None
        assert not mounted.believes("127.0.0.1")


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, _cut, _turn_into_a_folder, _write_a_day_that_is_none, _write_a_number_without_end, _nest_without_end],
)
def test_while_the_access_file_can_not_be_read_nobody_gets_in_and_the_log_says_so_once_without_names(
    path: Path, door: ProxyDoor, spoil: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(path)
    for _ in range(3):
        assert door.who("127.0.0.1", headers(LEADER, SECRET), False) is None
    assert door.viewer("leader") is None, "nor does an open page stay"
    assert len(caplog.messages) == 1
    assert "谁也不能进入" in caplog.text
    assert "tangsh" not in caplog.text
    if path.is_dir():
        path.rmdir()
    path.write_text(FILE, encoding="utf-8")
    assert door.who("127.0.0.1", headers(LEADER, SECRET), False) == Viewer("leader", None)


def test_a_fault_of_ours_while_reading_the_access_file_leaves_no_old_rules(
    path: Path, door: ProxyDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("cpaudit.serving.doors.access.read_rules", fail)
    path.write_text(FILE + "#", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        door.who("127.0.0.1", headers(LEADER, SECRET), False)
    assert door.who("127.0.0.1", headers(LEADER, SECRET), False) is None


def test_an_access_file_that_may_not_be_read_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", no)
    monkeypatch.setattr(Path, "is_file", no)
    with pytest.raises(DefinitionError, match=r"access\.yaml 无法读取"):
        read_rules(path)


# -- starting


def start(*arguments: str) -> int:
    return run(["dashboards", "--warehouse", "no-such-warehouse", *arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence with which the service refuses to start, and --check to describe it."""
    assert start(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert start("--check", *arguments) == 2
    assert capsys.readouterr().err == said.err
    return said.err


@pytest.mark.parametrize(
    "secret",
    [None, "", "   ", " " * 40, "short", "a" * 40, "一长串随机字符一长串随机字符一长串", "with space 0123456789", "x\n" * 20],
)
def test_with_an_access_file_and_no_good_secret_the_service_does_not_start(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], secret: str | None
) -> None:
    monkeypatch.delenv("CPAUDIT_PROXY_SECRET", raising=False)
    if secret is not None:
        monkeypatch.setenv("CPAUDIT_PROXY_SECRET", secret)
    assert "CPAUDIT_PROXY_SECRET" in refused(capsys, "--access", str(path))


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.2.3", "192.168.1.5", "fd00::1", "::ffff:127.0.0.1", "128.0.0.1"])
def test_beyond_this_machine_the_service_does_not_start_without_an_access_file(
    capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert "--access" in refused(capsys, "--address", address)


@pytest.mark.parametrize(
    "address", ["*", "0", "127.1", "localhost.example", "unix:/tmp/socket", "/tmp/socket", "[::1]", "127.0.0.1:80"]
)
def test_what_is_no_address_is_refused(capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert "IP 地址" in refused(capsys, "--address", address)


@pytest.mark.parametrize("path", ["/(/", "/.*/", "/../", "/a b/", "x?y", "/x#y/", "/x\n/", "/快报/"])
def test_what_is_no_part_of_an_address_is_refused(capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert "/cpaudit/" in refused(capsys, "--base-url", path)


@pytest.mark.parametrize("option", [("--check",), ("--warehouse", "elsewhere"), ("--access", "access.yaml")])
def test_an_option_that_would_count_for_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: tuple[str, ...]
) -> None:
    """Before its subcommand, it would be another warehouse that is exported."""
    assert start(*option, "export", str(tmp_path / "out")) == 2
    assert option[0] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_on_this_machine_a_link_is_enough(capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert start("--check", "--address", address) == 0
    said = capsys.readouterr().out
    assert "只限本机" in said
    assert "凡有启动时所示链接的人，都看全部单位" in said


@pytest.mark.parametrize("token", ["a", "1234567", "        ", "with a space"])
def test_a_token_that_can_be_guessed_is_refused(capsys: pytest.CaptureFixture[str], token: str) -> None:
    assert "--token" in refused(capsys, "--token", token)


def test_a_token_beside_an_access_file_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CPAUDIT_PROXY_SECRET", SECRET[1])
    assert "--token" in refused(capsys, "--access", str(path), "--token", "long-enough")


def test_check_tells_who_sees_what_whom_the_service_believes_and_what_is_open(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CPAUDIT_PROXY_SECRET", SECRET[1])
    path.write_text(f"{FILE}trusted: [10.9.8.7, 10.9.8.8]\nheader: X-Who\nsecret_header: X-Word\n", encoding="utf-8")
    path.chmod(0o666)
    assert start("--check", "--access", str(path), "--address", "0.0.0.0") == 0
    said = capsys.readouterr().out
    for line in ("leader：全部单位", "tangshan：唐山市", "two：雄安新区、定州市", "其他人：什么都看不到"):
        assert line in said
    for word in ("10.9.8.7、10.9.8.8", "X-Who", "X-Word", "所有网卡", "不经认证即可取得", "chmod 640"):
        assert word in said
    assert SECRET[1] not in said
    path.chmod(0o640)
    start("--check", "--access", str(path))
    assert "chmod" not in capsys.readouterr().out


def test_a_new_token_makes_old_cookies_worthless() -> None:
    assert TokenDoor("a").cookie_secret != TokenDoor("b").cookie_secret
    assert TokenDoor().token != TokenDoor().token
    assert TokenDoor("a").knows("a")
    assert not TokenDoor("a").knows("")


@pytest.fixture
def two_units() -> Dataset:
    plants = [plant("t1", unit="tangshan"), plant("t2", unit="tangshan"), plant("s1", unit="shijiazhuang")]
    problem = {"severity": "error", "code": "x", "message": "m", "hint": "h", "value": ""}
    return dataset(
        plants=plants,
        events=[event("t1", "notified", "2022-01-05", unit="tangshan"), event("s1", "notified", "2022-01-05")],
        problems=[
            {**problem, "unit": "tangshan", "plant_id": None},
            {**problem, "unit": "shijiazhuang", "plant_id": None},
            {**problem, "unit": "shijiazhuang", "plant_id": "t1"},
            {**problem, "unit": None, "plant_id": "t2"},
            {**problem, "unit": None, "plant_id": None},
        ],
        sources=[
            {"path": "tangshan.xlsx", "sha256": "1", "unit": "tangshan"},
            {"path": "other.xlsx", "sha256": "2", "unit": "shijiazhuang"},
            {"path": "province.xlsx", "sha256": "3", "unit": None},
        ],
    )


def test_what_is_cut_down_to_a_unit_holds_nothing_of_others(two_units: Dataset) -> None:
    mine = two_units.only(["tangshan"])
    assert set(mine.plants["plant_id"]) == {"t1", "t2"}
    assert set(mine.events["plant_id"]) == {"t1"}
    assert list(mine.sources["path"]) == ["tangshan.xlsx"]
    assert mine.problems["unit"].fillna("").tolist() == ["tangshan", ""]
    for frame in (mine.plants, mine.events, mine.sources, mine.problems):
        assert "shijiazhuang" not in frame.to_string()


def test_a_process_that_was_offered_a_data_set_opens_no_other(
    two_units: Dataset, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "only", [])
    mine = two_units.only(["tangshan"])
    offer_only(mine)
    assert Dataset.open() is mine
    assert Dataset.open(warehouse) is mine
    assert set(dataset_module.open_dataset("2022-06-01").plants["plant_id"]) == {"t1", "t2"}
    with pytest.raises(UsageError, match="只提供当前快照"):
        Dataset.snapshot("2022-11-15", warehouse)


def test_a_city_leader_s_session_holds_the_city_only(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.serving import session

    monkeypatch.setattr(offered, "only", [])
    monkeypatch.setattr(session, "_held", [])
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("QUERY_STRING", "")
    version = session.begin("unit=baoding", ["tangshan"])
    assert os.environ["QUERY_STRING"] == "unit=baoding"
    opened = dataset_module.open_dataset()
    assert opened.version == version
    assert set(opened.plants["unit"]) == {"tangshan"}
