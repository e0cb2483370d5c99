"""A short page as text, Markdown, a mail's draft, and the JSON that the webhooks of chat programs take."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, assert_never

from cpaudit.render.messages import calendar
from cpaudit.render.web import markdown
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, KeyFigures, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.views.page import Page
    from cpaudit.views.report.digest import Deadline

_CUT = "（以下略，全文见工作提示文本）"


def text(page: Page) -> str:
    """Return the page's words, a paragraph a line."""
    lines = [page.title, *([page.subtitle] if page.subtitle else [])]
    for block in page.blocks:
        match block:
            case Heading(text=said):
                lines += ["", f"【{said}】"]
            case Text(text=said) | Caveat(text=said) | Answers(text=said):
                lines += [line for line in said.split("\n") if line.strip()]
            case KeyFigures() | Figure() | Table():
                raise TypeError(f"no place for {type(block).__name__} in a message")
            case _:
                assert_never(block)
    return "\n".join(lines) + "\n"


def mail(page: Page, deadlines: Sequence[Deadline], key: str) -> bytes:
    """Return the page as the draft of a mail, the deadlines with it as a calendar; whom it goes to is left to the sender."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = " ".join(page.title.split())
    letter["X-Unsent"] = "1"  # mail programs open it to be completed and sent
    letter.set_content(text(page), cte="base64")
    if deadlines:
        content = calendar.ics(page, deadlines, key)
        letter.add_attachment(content, maintype="text", subtype="calendar", filename="期限.ics")
        letter.set_boundary("cpaudit-digest")
    return letter.as_bytes()


def chat(page: Page, most: int) -> dict[str, object]:
    """Return the message that WeCom and DingTalk take, of so many bytes at most: whole lines, the first ones."""
    return {"msgtype": "text", "text": {"content": _within(_harmless(text(page)), most)}}


def feishu(page: Page, most: int) -> dict[str, object]:
    """Return the message that Feishu takes."""
    return {"msg_type": "text", "content": {"text": _within(_harmless(text(page)), most)}}


def _harmless(said: str) -> str:
    """Return text in which nothing calls people: chat programs read ``<at …>`` as one who is meant."""
    return said.translate({ord("<"): "＜", ord(">"): "＞", ord("@"): "＠"})


def _within(said: str, most: int) -> str:
    if len(said.encode()) <= most:
        return said
    kept, room = list[str](), most - len(_CUT.encode())
    for line in said.splitlines(keepends=True):
        room -= len(line.encode())
        if room < 0:
            break
        kept.append(line)
    return "".join(kept) + _CUT


@dataclass(frozen=True, slots=True)
class Form:
    """What a digest can be written as: its name, how its files end, and how it is made of page, deadlines and a unit's id."""

    label: str
    suffix: str
    write: Callable[[Page, Sequence[Deadline], str], bytes]


def _json(message: dict[str, object]) -> bytes:
    return (json.dumps(message, ensure_ascii=False, indent=1) + "\n").encode()


#: The limits are those that the programs' makers state for a text, with room to spare.
FORMS = {
    "text": Form("文本", ".txt", lambda page, _d, _k: text(page).encode()),
    "md": Form("Markdown", ".md", lambda page, _d, _k: markdown.page(page).encode()),
    "eml": Form("邮件草稿", ".eml", mail),
    "ics": Form("日历", ".ics", calendar.ics),
    "wecom": Form("企业微信", ".wecom.json", lambda page, _d, _k: _json(chat(page, 2000))),
    "dingtalk": Form("钉钉", ".dingtalk.json", lambda page, _d, _k: _json(chat(page, 18_000))),
    "feishu": Form("飞书", ".feishu.json", lambda page, _d, _k: _json(feishu(page, 18_000))),
}
