"""The notice itself: its number, title, issuers and day, and how it and its clauses are cited."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from cpaudit.reference import Definition

#: A document number that isn't one.
_UNSEEN = ("", "未见", "无")
#: What stands for a clause that a draft leaves to be filled in.
UNFILLED = "未填"
#: Where something stands; what stands for no clause cites none.
Clause = Annotated[str, AfterValidator(lambda text: "" if text.strip() in (UNFILLED, *_UNSEEN) else text.strip())]
#: How a clause of the notice itself begins; others name what they are (报道).
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]|第|附件|附表|正文")


class Document(Definition):
    """The notice itself."""

    number: str = Field(description="文号；没有见到的写 未见")
    title: str = Field(description="通知的名称")
    issuers: tuple[str, ...] = Field(description="印发单位")
    published: dt.date | None = Field(default=None, description="印发日期；没有写明的为 null")
    legal_basis: tuple[str, ...] = Field(default=(), description="法律依据")
    technical_basis: tuple[str, ...] = Field(default=(), description="技术依据")

    @property
    def reference(self) -> str:
        """What the notice goes by in a line: its number, or where nobody has seen that, its title."""
        return f"《{self.title}》" if self.number in _UNSEEN else self.number

    @property
    def cited(self) -> str:
        """What the notice is called in a sentence: its title, with its number where that is known."""
        return f"《{self.title}》" if self.number in _UNSEEN else f"《{self.title}》（{self.number}）"


def of_notice(clause: str) -> bool:
    """Whether a clause is one of the notice, by its number."""
    return bool(_NUMBERED.match(clause)) and not re.match(r"\d{4}", clause)


def by_clauses(*clauses: str) -> str:
    """Return what clauses are called in a sentence; the notice as a whole where none is known.

    >>> by_clauses("二（二）3", "", "附件1", "二（二）3"), by_clauses("报道"), by_clauses("")
    ('通知二（二）3、附件1', '报道', '通知')
    """
    known = dict.fromkeys(clause for clause in clauses if clause)
    own = "、".join(clause for clause in known if of_notice(clause))
    return "、".join([*([f"通知{own}"] if own else []), *(clause for clause in known if not of_notice(clause))]) or "通知"
