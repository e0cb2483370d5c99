"""What a unit is told in a few lines, in every form; and that nothing is sent unless somebody says so, and then nowhere else."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import snapshots
from cpaudit.analysis import bulletin, progress
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.desk import sending
from cpaudit.errors import CpauditError, UsageError
from cpaudit.programme import units
from cpaudit.render.messages.forms import FORMS
from cpaudit.views.page import Caveat, Page, Stamp, Text
from cpaudit.views.report.digest import Deadline, deadlines, digest_page
from tests.support.silent import without

Told = pytest.CaptureFixture[str]
SECRET = "key=0f9e8d7c"


@pytest.fixture(scope="module")
def ds() -> Dataset:
    return cp.example()


def told(ds: Dataset, unit: str, form: str = "text", before: Dataset | None = None) -> str:
    return FORMS[form].write(digest_page(ds, unit, before), deadlines(ds, unit), f"p-{unit}").decode()


def silenced(ds: Dataset, unit: str) -> Dataset:
    return without(ds, ds.plants.loc[ds.plants["unit"] == unit, "plant_id"])


# -- what is told


@pytest.mark.parametrize("unit", ["xinji", "shijiazhuang", "xiongan"])
def test_a_unit_is_told_what_to_do_who_is_late_and_what_it_owes(ds: Dataset, unit: str) -> None:
    said = told(ds, unit)
    mine = ds.select(unit=unit)
    late = bulletin.laggards(mine)
    assert said.startswith(f"{units()[unit].name}清洁生产审核工作提示\n")
    assert f"有逾期的企业 {len(late)} 家" in said if len(late) else "没有企业逾期" in said or "没有逾期" in said
    for row in late.nlargest(1, "days").itertuples():
        assert f"最长 {row.days} 天" in said
    for row in progress.to_do(mine).itertuples():
        assert row.label in said
    assert len(said) < 2500


def test_what_changed_since_the_last_snapshot_is_told(tmp_path: Path, ds: Dataset, capsys: Told) -> None:
    few = ds.reduced(ds.plants.loc[ds.plants["unit"] == "xinji", "plant_id"])
    for day in (dt.date(2022, 6, 30), ds.as_of):
        part = few.at(day)
        snapshots.write(tmp_path, ds.programme.id, day, part.tables(), demonstration=True, program_version="0")
    capsys.readouterr()
    assert run(["digest", "--unit", "辛集", "--warehouse", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"【比上期】\n与上期（2022年6月30日.*）相比，.*已验收的企业增加 \d+ 家", said)


def test_a_silent_unit_is_called_neither_late_nor_in_time(ds: Dataset) -> None:
    for quiet in (silenced(ds, "xinji"), silenced(ds, "xinji").at("2022-10-01")):
        said = told(quiet, "xinji") + told(quiet, "xinji", "ics").replace("\r\n ", "")
        assert "未报送进度" in said
        assert not re.search(r"逾期|没有立即办理|已完成|尚有", said), said
    assert "完成验收" in told(silenced(ds, "xinji"), "xinji", "ics")
    assert "进度表 8 家" in told(silenced(ds, "xinji"), "xinji")


def test_every_form_says_that_data_are_invented_and_real_ones_are_not_called_so(ds: Dataset) -> None:
    real = replace(ds, demonstration=False)
    for form in FORMS:
        said = [told(each, "xinji", form) for each in (ds, real)]
        if form == "eml":
            said = [_body(each) for each in said]
        assert "示范数据" in said[0], form
        assert "示范数据：" not in said[1], form
        assert "【示范数据】" not in said[1], form


def _body(letter: str) -> str:
    found = email.message_from_string(letter, policy=email.policy.default).get_body()
    assert found is not None
    return str(found.get_content())


def test_a_mail_is_a_draft_with_the_calendar(ds: Dataset) -> None:
    content = FORMS["eml"].write(digest_page(ds, "xinji"), deadlines(ds, "xinji"), "k")
    letter = email.message_from_bytes(content, policy=email.policy.default)
    assert letter["Subject"] == "辛集市清洁生产审核工作提示"
    assert letter["To"] is letter["From"] is None
    assert letter["X-Unsent"] == "1"
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_filename() == "期限.ics"
    assert content == FORMS["eml"].write(digest_page(ds, "xinji"), deadlines(ds, "xinji"), "k")


# -- the calendar


def events(content: str) -> list[dict[str, str]]:
    """The events of a calendar, read by the standard's rules: lines unfolded, text unescaped."""
    assert content.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))
    assert "\n" not in content.replace("\r\n", "")
    lines = content.replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            found[-1].setdefault(name.partition(";")[0], re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value))
    return found


@pytest.mark.parametrize("day", ["2022-01-10", "2022-05-20", "2022-11-15"])
def test_the_calendar_has_every_deadline_ahead_once_and_none_that_is_over(ds: Dataset, day: str) -> None:
    then = ds.at(day)
    found = events(told(then, "xinji", "ics"))
    assert len({e["UID"] for e in found}) == len(found)
    days = {pd.Timestamp(e["DTSTART"]) for e in found}
    assert min(days) >= pd.Timestamp(day)
    states = progress.milestone_states(then.select(unit="xinji"))
    own = progress.unit_states(then)
    own = own[own["unit"] == "xinji"]
    ahead = {d for f in (states, own) for d in f.loc[f["state"].isin(["due_soon", "not_due"]), "deadline"]}
    assert ahead <= days
    assert all(pd.Timestamp(e["DTEND"]) - pd.Timestamp(e["DTSTART"]) == pd.Timedelta(days=1) for e in found)


HOSTILE = '一,二;三\\四\n五\r\nBEGIN:VEVENT<at user_id="all">所有人</at> @all [点](http://example.invalid)\x07'


def test_a_name_calls_nobody_and_breaks_no_format() -> None:
    stamp = Stamp(dt.date(2022, 11, 15), HOSTILE, "文", "v", 1, False)
    page = Page("digest", HOSTILE, HOSTILE, stamp, (Caveat(HOSTILE), Text(HOSTILE)))
    ahead = (Deadline("a", dt.date(2022, 12, 1), HOSTILE, HOSTILE),)
    (event,) = events(FORMS["ics"].write(page, ahead, "k").decode())
    assert event["SUMMARY"].startswith("一,二;三\\四\n五")
    for form in ("wecom", "dingtalk", "feishu"):
        said = json.loads(FORMS[form].write(page, ahead, "k"))
        words = said.get("text", said.get("content"))
        assert not set("<>@") & set("".join(words.values()))
        assert said.get("msgtype", said.get("msg_type")) == "text"
    letter = email.message_from_bytes(FORMS["eml"].write(page, ahead, "k"), policy=email.policy.default)
    assert "BEGIN:VEVENT" in letter["Subject"]
    assert letter.get_content_type() == "multipart/mixed"


@pytest.mark.parametrize(("form", "most"), [("wecom", 2048), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_a_long_message_is_cut_at_a_line_and_says_so(form: str, most: int) -> None:
    lines = tuple(Text(f"{n}．" + "事项" * 40) for n in range(200))
    said = json.loads(FORMS[form].write(Page("digest", "题", "", None, (Caveat("示范数据：虚构。"), *lines)), (), ""))
    words = next(iter(said.get("text", said.get("content")).values()))
    assert len(words.encode()) <= most
    assert words.endswith("事项\n（以下略，全文见工作提示文本）")
    assert "示范数据" in words


# -- the command


def test_files_of_all_units_and_forms_are_written_beside_each_other(tmp_path: Path, capsys: Told) -> None:
    ds = cp.example()
    few = ds.reduced(ds.plants.groupby("unit").head(1)["plant_id"])
    snapshots.write(tmp_path / "w", ds.programme.id, ds.as_of, few.tables(), demonstration=True, program_version="0")
    home = ["digest", "--warehouse", str(tmp_path / "w")]
    assert run([*home, "--format", ",".join(FORMS), "--out", str(tmp_path / "提示")]) == 0
    made = {p.name for p in (tmp_path / "提示").iterdir()}
    assert len(made) == 14 * len(FORMS)
    assert {f"提示-辛集市{form.suffix}" for form in FORMS.values()} <= made
    capsys.readouterr()
    for wrong, sentence in (
        (["--format", "text,md"], "几种格式须用 --out"),
        (["--format", "ics"], "一次只能输出一个单位"),
        (["--format", "sms"], "没有“sms”这种格式"),
    ):
        assert run([*home, *wrong]) == 2
        assert sentence in capsys.readouterr().err
    assert run([*home, "--unit", "辛集", "--format", "ics"]) == 0
    assert capsys.readouterr().out.startswith("BEGIN:VCALENDAR")


# -- sending


class Answers(BaseHTTPRequestHandler):
    """A chat program: answers as it is told, remembers what came."""

    answer: ClassVar[tuple[int, bytes, dict[str, str]]] = (200, b'{"errcode": 0}', {})
    came: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.came.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        code, body, headers = self.answer
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[str]:
    """The address of a chat program on this machine."""
    Answers.came.clear()
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/send?{SECRET}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "提示-辛集市.wecom.json"
    path.write_bytes(FORMS["wecom"].write(Page("digest", "题", "", None, (Text("话"),)), (), ""))
    return path


def test_nothing_is_sent_unless_it_is_said(message: Path, chat: str, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setattr(sending, "address", lambda: chat)
    assert run(["digest-send", str(message)]) == 0
    said = capsys.readouterr().out
    assert "试运行，没有发送：共 1 条，将发到 127.0.0.1" in said
    assert "题\n话" in said
    assert SECRET not in said
    assert Answers.came == []


def test_a_message_goes_to_the_address_of_the_environment_and_nowhere_else(
    message: Path, chat: str, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.setattr(sending, "address", lambda: chat)
    monkeypatch.setattr(Answers, "answer", (200, b'{"errcode": 0}', {}))
    assert run(["digest-send", str(message), "--send"]) == 0
    ((path, body),) = Answers.came
    assert path == f"/send?{SECRET}"
    assert json.loads(body) == json.loads(message.read_text(encoding="utf-8"))
    Answers.came.clear()
    for code in (301, 302, 307, 308):
        monkeypatch.setattr(Answers, "answer", (code, b"", {"Location": chat.replace("send", "elsewhere")}))
        capsys.readouterr()
        assert run(["digest-send", str(message), "--send"]) == 3
        said = capsys.readouterr().err
        assert "要求转到别的地址，没有照办" in said
        assert SECRET not in said
    assert {path for path, _ in Answers.came} == {f"/send?{SECRET}"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, b'{"errcode": 310000, "errmsg": "keywords"}', {}), "没有接受（代码 310000）"),
        ((200, b'{"code": 19001}', {}), "没有接受（代码 19001）"),
        ((200, b"[]", {}), "没有接受"),
        ((200, b"<html>", {}), "回答读不懂"),
        ((500, b"", {}), "回答 500"),
        ((403, b"", {}), "回答 403"),
    ],
)
def test_what_was_not_taken_is_told_and_the_rest_is_not_sent(
    answer: tuple[int, bytes, dict[str, str]],
    sentence: str,
    message: Path,
    chat: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Told,
) -> None:
    monkeypatch.setattr(sending, "address", lambda: chat)
    monkeypatch.setattr(Answers, "answer", answer)
    assert run(["digest-send", str(message), str(message), "--send"]) == 3
    said = capsys.readouterr().err
    assert sentence in said
    assert "已发 0 条" in said
    assert SECRET not in said
    assert len(Answers.came) == 1


def test_a_part_that_was_sent_is_told(message: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    def send(one: sending.Message, _url: str, sent: list[int] = []) -> None:  # noqa: B006 - counts the calls
        sent.append(1)
        if len(sent) > 1:
            raise CpauditError(f"{one.file} 没有发出：连接不上；请检查。")

    monkeypatch.setenv(sending.VARIABLE, f"https://example.invalid/?{SECRET}")
    monkeypatch.setattr(sending, "send", send)
    assert run(["digest-send", str(message), str(message), "--send"]) == 1
    assert "已发 1 条" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    ["", " ", "http://example.invalid/x", "ftp://example.invalid", "https://", "https://u:p@example.invalid/", "example.invalid",
     "https://example.invalid/ x", "https://exa\nmple.invalid/", "https://example.invalid:99999/", "file:///etc/passwd", "https://[::1/"],
)  # fmt: skip
def test_an_address_that_is_none_or_not_https_is_refused(address: str, message: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sending.VARIABLE, address)
    with pytest.raises(UsageError, match=rf"{sending.VARIABLE}.*没有发送任何内容.*。$"):
        sending.address()
    assert run(["digest-send", str(message), "--send"]) == 2


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(message: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", refuse)
    with pytest.raises(CpauditError, match="证书不可信"):
        sending.send(sending.read(message), f"https://example.invalid/?{SECRET}")


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "[]", '{"msgtype": "text"}', '{"msgtype": "text", "text": {"content": ""}}', "[" * 9000, "x" * 70_000),
        *('{"msgtype": "text", "text": "x"}', '{"a": 1, "text": {"content": "x"}}'),
    ],
)
def test_only_what_digest_wrote_is_sent(content: str, message: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(sending.VARIABLE, "https://example.invalid/")
    monkeypatch.setattr(sending, "send", lambda *_: pytest.fail("nothing is sent"))
    other = tmp_path / "other.json"
    other.write_text(content, encoding="utf-8")
    assert run(["digest-send", str(message), str(other), "--send"]) == 3
