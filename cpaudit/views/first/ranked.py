"""What the page of units opens with: who leads and who is last, and who moved since the last snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import bulletin
from cpaudit.views import measured, parts, unheard
from cpaudit.views.answers import Answer, Answers, Link

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_NAMED = 3


def of_units(ds: Dataset, before: Dataset | None) -> Answers:
    """Return who is first and last of those ranked, ties in full, and whose rank changed most."""
    frame = bulletin.bulletin(ds, before)
    ranked, day = frame[frame["group"] == "ranked"], parts.day_text(ds.as_of)
    counts = {str(group): n for group, n in frame["group"].value_counts().items() if group != "ranked"}
    apart = [f"“{bulletin.GROUPS[group]}” {n} 个" for group, n in counts.items()]
    rest = f"不参加排名的：{'、'.join(apart)}。" if apart else ""
    if len(ranked) < 2:
        return Answers(f"截至{day}，参加排名的单位不足两个，不排名次。{rest}{unheard.silence(ds)}", ())
    best, worst = ranked[ranked["rank"] == ranked["rank"].min()], ranked[ranked["rank"] == ranked["rank"].max()]
    if len(best) == len(ranked):
        same = measured.told("nodes_done_pct", best["pct"].iloc[0])
        return Answers(f"截至{day}，参加排名的 {len(ranked)} 个单位并列，{same}。{rest}", ())
    lead = f"截至{day}，参加排名的 {len(ranked)} 个单位中，第一名是{_who(best)}，最后一名是{_who(worst)}。"
    items = [Answer("apart", "谁没有参加排名", rest or "都参加了排名。")]
    if before is not None:
        items.insert(0, _moved(ranked, before))
    return Answers(lead, tuple(items))


def _who(rows: pd.DataFrame) -> str:
    names = [parts.unit_name(u) for u in rows["unit"]]
    many = f" 等 {len(names)} 个单位并列" if len(names) > _NAMED else "并列" if len(names) > 1 else ""
    return f"{'、'.join(names[:_NAMED])}{many}（{measured.told('nodes_done_pct', rows['pct'].iloc[0])}）"


def _moved(ranked: pd.DataFrame, before: Dataset) -> Answer:
    known = ranked[ranked["rank_before"].notna()]
    steps = (known["rank_before"] - known["rank"]).astype(int)
    said, links = [], []
    for word, gone in (("上升", steps[steps > 0]), ("下降", -steps[steps < 0])):
        if len(gone):
            mine = known.loc[gone.index[gone == gone.max()], "unit"]
            names = [parts.unit_name(u) for u in mine]
            said.append(f"{word}最多的是{'、'.join(names)}，{word} {gone.max()} 位")
            links += [Link(name, unit=u) for name, u in zip(names, mine, strict=True)]
    text = f"与上期（{parts.day_text(before.as_of)}）相比，名次{'；'.join(said) if said else '没有变化'}。"
    return Answer("moved", "比上期名次怎样", text, links=tuple(links))
