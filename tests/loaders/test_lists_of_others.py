"""Plants that left, passed or failed stand on lists too: nobody is put on the roster by them, and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import credit_code
from tests.support.workbooks import LISTED, ROSTER, A, B, book, loaders_read, roster, told_in

NOTICE = "关于公布2021年第二批强制性清洁生产审核企业名单的通知"
THIRD = [1, "石家庄市", "长安区", "示例丙有限公司", credit_code(3), "化工"]


@pytest.mark.parametrize(
    "above",
    [
        *(["调出"], ["一、调出（1家）"], ["附件2：调出"], ["（退出）"], ["强制类", "二、退出"], ["移出情况"], ["【注销】"]),
        *(["强制类", "暂缓审核："], [f"{NOTICE} 调出"], [f"{NOTICE}（已关停）"]),
    ],
    ids="，".join,
)  # fmt: skip
def test_a_bare_heading_behind_a_notice_lists_nobody(tmp_path: Path, above: list[str]) -> None:
    roster(tmp_path)
    titles = above if above[0].startswith("关于") else [NOTICE, *above]
    book(tmp_path / "附件.xlsx", {"表": [*([said] for said in titles), ROSTER, THIRD]})
    frames = loaders_read(tmp_path).frames
    assert sorted(frames["plants"]["plant_id"]) == sorted([A, B])
    assert frames["problems"]["code"].tolist() == ["roster_of_others"]


@pytest.mark.parametrize("group", ["调出", "二、退出企业（1家）", "（二）移出强制类", "关停：", "三、暂缓", "不再实施审核企业"])
def test_a_group_of_plants_that_left_is_told_row_by_row(tmp_path: Path, group: str) -> None:
    roster(tmp_path)
    book(tmp_path / "附件.xlsx", {"表": [[NOTICE], ROSTER, ["一、强制类"], LISTED[0], [group], THIRD]})
    frames = loaders_read(tmp_path).frames
    assert sorted(frames["plants"]["plant_id"]) == sorted([A, B])
    assert ("roster_row_of_others", "D6") in told_in(frames)


@pytest.mark.parametrize("kind", ["调出", "退出", "已注销", "核减"])
def test_a_kind_of_list_that_says_a_plant_left_lists_it_not(tmp_path: Path, kind: str) -> None:
    roster(tmp_path)
    book(tmp_path / "附件.xlsx", {"表": [[NOTICE], [*ROSTER, "名单类别"], [*THIRD, kind], [*LISTED[0], "强制类"]]})
    frames = loaders_read(tmp_path).frames
    assert sorted(frames["plants"]["plant_id"]) == sorted([A, B])
    assert ("roster_row_of_others", "D3") in told_in(frames)


@pytest.mark.parametrize(
    "above",
    [["强制类"], ["强制类（新增）"], ["强制类", "不含已退出企业"], ["强制类（调整后）"], ["强制类（2022年底前完成验收）"]],
    ids="，".join,
)
def test_a_heading_that_names_who_is_to_be_audited_lists_them(tmp_path: Path, above: list[str]) -> None:
    roster(tmp_path)
    book(tmp_path / "附件.xlsx", {"表": [[NOTICE], *([said] for said in above), ROSTER, THIRD]})
    assert credit_code(3) in set(loaders_read(tmp_path).frames["plants"]["plant_id"])
