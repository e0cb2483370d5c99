"""Plants matched: sound codes and whole names merge, doubtful ones are proposed once, a person's decision is kept."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from cpaudit import loaders
from cpaudit.analysis.judging.claims import unconfirmed
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import ReadError
from cpaudit.loaders.cells.credit_codes import organisation_digit, read_code, region
from cpaudit.loaders.plants.decisions import Decisions
from cpaudit.loaders.plants.identity import Registry
from cpaudit.loaders.plants.matching import Known, candidates
from cpaudit.loaders.plants.proposals import proposals
from tests.support.builders import credit_code
from tests.support.workbooks import AS_OF, PROGRESS, ROSTER, book

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
A, B = credit_code(1), credit_code(2)


def whole(kind: str, region_: str, body: str) -> str:
    stem = kind + region_ + body + organisation_digit(body)
    return stem + str(uscc.calc_check_digit(stem))


codes = st.builds(
    whole,
    st.sampled_from(["91", "92", "93", "12", "51", "A1", "N2", "Y1"]),
    st.from_regex(r"\A13[0-9]{4}\Z"),
    st.text(ALPHABET, min_size=8, max_size=8),
)


# -- codes


@given(codes)
def test_any_sound_code_is_accepted_as_it_stands(code: str) -> None:
    assert read_code(code)[:3] == (code, None, False)


@given(codes, st.integers(0, 17), st.sampled_from(string.digits + string.ascii_uppercase))
def test_a_code_with_one_character_changed_is_never_taken_for_sound(code: str, at: int, wrong: str) -> None:
    changed = code[:at] + wrong + code[at + 1 :]
    assert changed == code or read_code(changed).problem is not None


@given(codes, st.integers(0, 16))
def test_two_neighbours_exchanged_are_found_too(code: str, at: int) -> None:
    changed = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert changed == code or read_code(changed).problem is not None


@given(codes)
def test_a_code_that_only_its_last_digit_was_made_to_fit_is_refused(code: str) -> None:
    stem = code[:16] + next(d for d in string.digits if d != code[16])
    assert read_code(stem + str(uscc.calc_check_digit(stem))).problem == "uscc_organisation_digit"


def test_the_organisations_digit_is_that_of_the_standards_own_example() -> None:
    assert organisation_digit("D2143569") == "X"  # GB 11714


@pytest.mark.parametrize(("letter", "meant"), [("O", "0"), ("I", "1"), ("Z", "2"), ("S", "5")])
def test_a_letter_that_no_code_has_is_named_with_what_it_was_meant_for(tmp_path: Path, letter: str, meant: str) -> None:
    at = A.rindex("0")
    frames = read(tmp_path, [["示例甲化工有限公司", A[:at] + letter + A[at + 1 :]]])
    problem = frames["problems"].iloc[0]
    assert problem["code"] == "uscc_letters"
    assert f"是否把“{meant}”写成了字母“{letter}”" in problem["hint"]


def test_the_region_in_a_code_is_only_a_hint() -> None:
    assert region("911301020000000000") == "长安区"
    assert region("911399990000000000") == ""
    assert read_code(whole("91", "139999", "MA000000")).problem is None


# -- names


NAMES = (
    "河北示例甲子化工有限公司",
    "河北示例乙丑水泥有限公司",
    "示例丙寅（河北）热电有限公司",
    "河北示例丁卯集团有限公司（一厂）",
    "河北示例丁卯集团有限公司（二厂）",
)


def registry() -> Registry:
    known = Registry()
    for n, name in enumerate(NAMES, start=1):
        known.add(Known(f"p{n}", credit_code(min(n, 4)), name, "shijiazhuang", "示例旧化工厂" if n == 1 else None))
    return known


def spellings(name: str) -> st.SearchStrategy[str]:
    """What people make of a name: other brackets, blanks, cut off at either end, a character wrong or lost."""
    cut = st.integers(4, len(name)).map(lambda n: name[:n])
    tail = st.integers(0, len(name) - 4).map(lambda n: name[n:])
    wrong = st.tuples(st.integers(0, len(name) - 1), st.sampled_from("某乾坎艮")).map(
        lambda c: name[: c[0]] + c[1] + name[c[0] + 1 :]
    )
    lost = st.integers(0, len(name) - 1).map(lambda n: name[:n] + name[n + 1 :])
    same = st.sampled_from([name, name.replace("（", "(").replace("）", ")"), f" {name}\u200b", " ".join(name), f"{name[:-3]}.."])
    return st.one_of(same, cut, tail, wrong, lost)


@given(st.sampled_from(NAMES).flatmap(lambda n: st.tuples(st.just(n), spellings(n))))
def test_a_name_finds_its_plant_or_is_doubtful_but_never_finds_another(case: tuple[str, str]) -> None:
    name, written = case
    found = registry().match(written, read_code(None), "shijiazhuang")
    if isinstance(found, Known):
        assert found.name == name
    # a single character lost or wrong leaves the plant among those proposed
    elif abs(len(written) - len(name)) <= 1 and len(found.candidates) < 3:
        assert name in [c.plant.name for c in found.candidates]


@given(st.sampled_from(NAMES[:3]).flatmap(lambda n: st.tuples(st.just(n), spellings(n))))
def test_beside_its_code_any_spelling_of_a_name_finds_the_plant(case: tuple[str, str]) -> None:
    name, written = case
    found = registry().match(written, read_code(credit_code(NAMES.index(name) + 1)), None)
    assert isinstance(found, Known)
    assert found.name == name


@pytest.mark.parametrize(
    "name", [*NAMES[:4], "示例旧化工厂", "河北示例新名有限公司（原示例旧化工厂）", "示例丙寅河北热电有限公司"]
)
def test_whole_names_are_certain_former_ones_and_lost_brackets_too(name: str) -> None:
    assert isinstance(registry().match(name, read_code("-"), "shijiazhuang"), Known)


def test_a_firm_of_two_sites_is_never_guessed() -> None:
    found = registry().match("河北示例丁卯集团有限公司", read_code(credit_code(4)), "shijiazhuang")
    assert not isinstance(found, Known)
    assert found.kind == "plant_ambiguous"
    assert {c.plant.plant_id for c in found.candidates} == {"p4", "p5"}


def test_candidates_are_the_senders_own_where_it_has_any() -> None:
    plants = [Known("here", None, "河北示例甲子化工厂", "xingtai"), Known("there", None, "河北示例甲子化工有限公司", "handan")]
    assert [c.plant.plant_id for c in candidates("示例甲某化工", "", "xingtai", plants)] == ["here"]
    assert [c.plant.plant_id for c in candidates("示例甲某化工", "", "baoding", plants)] != []
    assert candidates("毫不相干陶瓷有限公司", "", "xingtai", plants) == []


def test_a_code_with_a_slip_points_to_its_plant() -> None:
    slip = A[:10] + ("7" if A[10] != "7" else "8") + A[11:]
    best = candidates("河北示例改名实业有限公司", slip, "xingtai", [Known("a", A, "河北示例甲子化工有限公司", "xingtai")])[0]
    assert best.plant.plant_id == "a"
    assert "代码差 1 位" in best.why


@pytest.mark.parametrize("spell", [str, lambda c: f"{c[:8]}-{c[8]}", lambda c: f" {c[:8]}－{c[8].lower()}", int])
def test_an_organisation_code_of_nine_characters_names_the_plant_and_is_no_wrong_credit_code(tmp_path: Path, spell: Any) -> None:
    frames = read(tmp_path, [["示例甲化工公司", spell(A[8:17])]])
    assert frames["events"]["plant_id"].tolist() == [A]
    assert sorted(frames["problems"]["code"]) == ["name_differs", "organisation_code"]


def test_an_organisation_code_with_a_slip_names_nobody(tmp_path: Path) -> None:
    wrong = f"{A[8:16]}{'1' if A[16] != '1' else '2'}"
    frames = read(tmp_path, [["示例甲化工有限公司", wrong]])
    assert frames["problems"]["code"].tolist() == ["organisation_code_digit"]
    assert frames["events"]["plant_id"].tolist() == [A]  # by its name


@pytest.mark.parametrize("also", [[], [[2, "石家庄市", "长安区", "示例甲化工有限公司（南厂区）", A, "化工"]]])
def test_a_plant_keeps_its_id_when_the_firms_other_plant_leaves_the_list(tmp_path: Path, also: list[Any]) -> None:
    north = [1, "石家庄市", "长安区", "示例甲化工有限公司（北厂区）", A, "化工"]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, north, *also]})
    plants = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"]
    assert plants.loc[0, ["plant_id", "site"]].tolist() == [f"{A}@北厂区", "北厂区"]


def test_a_bracket_that_belongs_to_the_firms_name_is_no_site(tmp_path: Path) -> None:
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, [1, "石家庄市", "长安区", "示例化工（河北）", A, "化工"]]})
    plants = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"]
    assert plants["plant_id"].tolist() == [A]


# -- decisions

LISTED = [[1, "石家庄市", "长安区", "示例甲化工有限公司", A, "化工"], [2, "石家庄市", "长安区", "示例乙水泥有限公司", B, "水泥"]]


def read(folder: Path, rows: list[list[Any]], decisions: Path | None = None) -> dict[str, Any]:
    book(folder / "raw" / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED]})
    table = [PROGRESS, *([*r, "2021-12-25", None, None, None, "正常推进"] for r in rows)]
    book(folder / "raw" / "石家庄市.xlsx", {"进度": table})
    return loaders.read([folder / "raw"], programme="hebei-2021-2", as_of=AS_OF, decisions=decisions).frames


DOUBTFUL = [["示例甲化工", None], ["示例乙某泥有限公司", None]]


def decide(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:  # as spreadsheets save it
        writer = csv.DictWriter(file, ["上报单位", "企业名称", "信用代码", "决定", "判定日期", "备注", "候选1"])
        writer.writeheader()
        writer.writerows({"上报单位": "石家庄市", "企业名称": "示例甲化工"} | r for r in rows)
    return path


def test_a_doubtful_row_is_not_adopted_and_names_the_plants_it_may_mean(tmp_path: Path) -> None:
    frames = read(tmp_path, DOUBTFUL[:1])
    problem = frames["problems"].iloc[0]
    assert (problem["code"], problem["cell"]) == ("plant_doubtful", "A2")
    assert "示例甲化工有限公司" in problem["message"]
    assert frames["events"].empty


@pytest.mark.parametrize("decision", [A, "示例甲化工有限公司", "1"])
def test_what_a_person_decided_is_applied_and_told(tmp_path: Path, decision: str) -> None:
    one = {"决定": decision, "判定日期": "2022-11-01", "候选1": f"示例甲化工有限公司〔{A}〕 90，名称不全"}
    frames = read(tmp_path, DOUBTFUL[:1], decide(tmp_path / "d.csv", one))
    assert frames["events"]["plant_id"].tolist() == [A]
    assert frames["problems"]["code"].tolist() == ["plant_decided"]
    assert "2022-11-01" in frames["problems"]["message"].iloc[0]


def test_a_row_decided_to_be_none_is_left_out_without_an_error(tmp_path: Path) -> None:
    frames = read(tmp_path, DOUBTFUL[:1], decide(tmp_path / "d.csv", {"决定": "无"}))
    assert frames["events"].empty
    assert frames["problems"][["code", "severity"]].to_numpy().tolist() == [["plant_decided_none", "note"]]


def test_a_decision_never_overrides_a_certain_match(tmp_path: Path) -> None:
    one = {"企业名称": "示例甲化工有限公司", "决定": B}
    frames = read(tmp_path, [["示例甲化工有限公司", None]], decide(tmp_path / "d.csv", one))
    assert frames["events"]["plant_id"].tolist() == [A]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"决定": "不存在的企业"}, "第 2 行"),
        ({"决定": "2"}, "第 2 行"),
        ({"决定": "无", "企业名称": ""}, "没有企业名称"),
        ({"决定": "无", "上报单位": "外省"}, "外省"),
    ],
)
def test_a_faulty_decision_is_named_by_its_line(tmp_path: Path, row: dict[str, str], said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read(tmp_path, DOUBTFUL[:1], decide(tmp_path / "d.csv", row))


def test_two_decisions_about_one_pair_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"第 3 行.*不同的决定"):
        read(tmp_path, DOUBTFUL[:1], decide(tmp_path / "d.csv", {"决定": "无"}, {"决定": A}))


def test_a_file_of_decisions_that_is_none_or_isnt_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="无法读取"):
        Decisions.read(tmp_path / "none.csv", {})
    twice = "上报单位,企业名称,信用代码,决定,决定\n石家庄市,示例甲,,1,无\n".encode()
    for content in (b"a,b\n1,2\n", b"\xff\xff\xff", b'"a', twice):
        (tmp_path / "d.csv").write_bytes(content)
        with pytest.raises(ReadError, match="判定文件"):
            Decisions.read(tmp_path / "d.csv", {})


HEADINGS = ["上报单位", "企业名称", "信用代码", "决定", "候选1"]


def decided(folder: Path, *rows: list[str]) -> Path:
    with (folder / "decisions.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADINGS, *rows])
    return folder / "decisions.csv"


def test_the_file_of_decisions_is_a_source_with_its_hash(tmp_path: Path) -> None:
    path = decided(tmp_path, ["石家庄市", "示例甲化工", "", A, ""])
    sources = read(tmp_path, DOUBTFUL, path)["sources"].set_index("path")
    about = sources.loc["判定文件/decisions.csv"]
    assert about["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (about["layout"], about["rows_read"]) == ("decisions", 1)
    path.write_text(path.read_text(encoding="utf-8-sig").replace(A, ""), encoding="utf-8-sig")
    assert "判定文件/decisions.csv" not in set(read(tmp_path, DOUBTFUL, path)["sources"]["path"])  # nothing is decided


def test_decisions_that_cannot_be_reached_are_told_and_never_left_out_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(tmp_path, DOUBTFUL)
    store = tmp_path / "warehouse"
    store.mkdir()
    (store / "decisions.csv").symlink_to(tmp_path / "disk that is not there" / "decisions.csv")
    assert run(["load", str(tmp_path / "raw"), "--as-of", AS_OF.isoformat(), "--warehouse", str(store)]) == 3
    assert "decisions.csv 无法读取" in capsys.readouterr().err
    assert [p.name for p in store.iterdir()] == ["decisions.csv"]


def test_decisions_lying_among_the_returns_are_no_unknown_table(tmp_path: Path) -> None:
    read(tmp_path, DOUBTFUL)
    found = read(tmp_path, DOUBTFUL, decided(tmp_path / "raw", ["石家庄市", "示例甲化工", "", A, ""]))
    assert "table_unknown" not in set(found["problems"]["code"])


@pytest.mark.parametrize(("said", "candidate"), [("1", f"示例丙有限公司〔{credit_code(77)}〕 95"), (credit_code(77), "")])
def test_a_decision_for_a_plant_of_an_earlier_batch_leaves_the_row_open(tmp_path: Path, said: str, candidate: str) -> None:
    path = decided(tmp_path, ["石家庄市", "示例甲化工", "", said, candidate])
    assert read(tmp_path, DOUBTFUL, path)["problems"].equals(read(tmp_path, DOUBTFUL)["problems"])


def test_a_trial_and_a_check_keep_to_the_warehouses_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read(tmp_path, DOUBTFUL)
    store, sent = tmp_path / "warehouse", tmp_path / "raw" / "石家庄市.xlsx"
    decided(tmp_path, ["石家庄市", "示例甲化工", "", A, ""], ["石家庄市", "示例乙某泥有限公司", "", "无", ""])
    options = ["--as-of", AS_OF.isoformat(), "--warehouse", str(store)]
    assert run(["load", str(tmp_path / "raw"), *options]) == 1
    (tmp_path / "decisions.csv").rename(store / "decisions.csv")
    assert run(["load", str(tmp_path / "raw"), *options, "--dry-run"]) == 0
    assert run(["check", str(sent), *options, "--out", str(tmp_path / "out.xlsx")]) == 0
    assert "判定" in capsys.readouterr().out


def test_filling_in_one_column_of_the_proposals_settles_every_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way: load, match, fill in 决定, save beside the snapshots, load again."""
    read(tmp_path, DOUBTFUL)
    store, as_of = tmp_path / "warehouse", AS_OF.isoformat()
    assert run(["load", str(tmp_path / "raw"), "--as-of", as_of, "--warehouse", str(store)]) == 1
    assert len(proposals(Dataset.open(store), unconfirmed(Dataset.open(store)))) == 2
    assert run(["match", "--warehouse", str(store), "--out", str(tmp_path / "p.csv")]) == 0
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["决定"] = "1" if row["候选1"] else "无"
    with (store / "decisions.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    assert run(["load", str(tmp_path / "raw"), "--as-of", as_of, "--warehouse", str(store)]) == 0
    ds = Dataset.open(store, dt.date.fromisoformat(as_of))
    assert set(ds.problems["code"]) <= {"plant_decided", "plant_decided_none"}
    assert A in set(ds.events["plant_id"])
    assert proposals(ds, unconfirmed(ds)).empty
    capsys.readouterr()
    assert run(["match", "--warehouse", str(store)]) == 0
    assert "没有待判定的企业" in capsys.readouterr().out


def test_of_very_many_names_that_fit_none_no_more_likenesses_are_looked_for_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpaudit.loaders.plants.identity._MOST_DOUBTS", 3)
    foreign = [[f"外省{letter}建材有限公司", None] for letter in "甲乙丙丁戊"]
    found = read(tmp_path, foreign)["problems"]
    told = found.loc[found["code"].str.startswith("plant_"), "code"].tolist()
    assert told == ["plant_not_on_roster"] * 3 + ["plant_unsearched"] * 2, "none is left out"
