"""The notice itself: its number, title, issuers and day, and how it is cited."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from cpaudit.reference import Definition

#: A document number that isn't one.
_UNSEEN = ("", "未见", "无")


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
