"""Who may see what: the access file, whose word counts, and a data set that holds a viewer's units and nothing else."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cpaudit import dataset as dataset_module
from cpaudit.dataset import Dataset, offer_only
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.serving import definitions
from cpaudit.serving.access import ProxyDoor, TokenDoor, Viewer, read_rules
from tests.support.builders import dataset, event, plant

FILE = "users: {leader: all, tangshan: [唐山市], two: [雄安新区, dingzhou]}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "access.yaml"
    made.write_text(FILE, encoding="utf-8")
    return made


def test_units_may_be_written_by_any_of_their_names(path: Path) -> None:
    assert read_rules(path).users == {"leader": "all", "tangshan": ("tangshan",), "two": ("xiongan", "dingzhou")}


def test_the_example_file_can_be_used() -> None:
    rules = read_rules(definitions.home() / "access.example.yaml")
    assert all(name.endswith("-demo") for name in rules.users)


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
    ],
)
def test_a_wrong_access_file_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "access.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(says)) as caught:
        read_rules(path)
    assert "access.yaml" in str(caught.value)


def test_a_missing_access_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="找不到看板权限文件"):
        read_rules(tmp_path / "none.yaml")


def test_only_the_proxy_s_word_counts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAUDIT_PROXY_SECRET", "open sesame")
    door = ProxyDoor(path)
    user, secret = {"X-Forwarded-User": "tangshan"}, {"X-Cpaudit-Secret": "open sesame"}
    assert door.who("127.0.0.1", user | secret, False) == Viewer("tangshan", ("tangshan",))
    assert door.who("10.1.2.3", user | secret, False) is None, "from elsewhere"
    assert door.who("127.0.0.1", user, False) is None, "without the secret"
    assert door.who("127.0.0.1", user | {"X-Cpaudit-Secret": "no"}, False) is None
    assert door.who("127.0.0.1", secret, True) is None, "a cookie says nothing about the user"
    assert door.who("127.0.0.1", secret | {"X-Forwarded-User": "nobody"}, False) is None
    assert door.who("not an address", user | secret, False) is None


def test_a_changed_access_file_counts_at_once_and_a_broken_one_changes_nothing(path: Path) -> None:
    door = ProxyDoor(path)
    user = {"X-Forwarded-User": "tangshan"}
    path.write_text("users: {tangshan: [保定市]}\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert door.who("127.0.0.1", user, False) == Viewer("tangshan", ("baoding",))
    path.write_text("users: {tangsh", encoding="utf-8")
    os.utime(path, ns=(2, 2))
    assert door.who("127.0.0.1", user, False) == Viewer("tangshan", ("baoding",))


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
    monkeypatch.setattr(dataset_module, "_offered", [])
    mine = two_units.only(["tangshan"])
    offer_only(mine)
    assert Dataset.open() is mine
    assert Dataset.open(warehouse) is mine
    assert set(dataset_module.open_dataset("2022-06-01").plants["plant_id"]) == {"t1", "t2"}
    with pytest.raises(UsageError, match="只提供当前快照"):
        Dataset.snapshot("2022-11-15", warehouse)


def test_a_city_leader_s_session_holds_the_city_only(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.serving import session

    monkeypatch.setattr(dataset_module, "_offered", [])
    monkeypatch.setattr(session, "_held", [])
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(warehouse))
    monkeypatch.setenv("QUERY_STRING", "")
    version = session.begin("unit=baoding", ["tangshan"])
    assert os.environ["QUERY_STRING"] == "unit=baoding"
    opened = dataset_module.open_dataset()
    assert opened.version == version
    assert set(opened.plants["unit"]) == {"tangshan"}
