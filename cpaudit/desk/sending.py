"""Messages handed to a chat program's webhook: the one place that speaks to the network, and only when it is told to."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cpaudit import durable
from cpaudit.errors import CpauditError, ReadError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

#: The address holds the key of a group: it is in no file, no option and no sentence.
VARIABLE = "CPAUDIT_WEBHOOK"
_LARGEST, _SECONDS, _ANSWER = 64 << 10, 15, 64 << 10
_SHAPES = ({"msgtype", "text"}, {"msg_type", "content"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a file, as it will be sent."""

    file: Path
    content: bytes
    words: str


def read(file: Path) -> Message:
    """Return the message that ``cpaudit digest`` wrote into a file.

    Raises:
        ReadError: there is none in it.
    """
    try:
        content = durable.within(file, _LARGEST) if file.is_file() else None
        said: Any = json.loads(content) if content is not None else None
    except (OSError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or set(said) not in _SHAPES:
        raise ReadError(f"{file} 不是 cpaudit digest 写出的企业微信、钉钉或飞书消息，没有发送任何内容；请检查路径。")
    body = said.get("text", said.get("content"))
    words = body.get("content", body.get("text")) if isinstance(body, dict) else None
    if not isinstance(words, str) or not words.strip():
        raise ReadError(f"{file} 中的消息没有内容，没有发送任何内容；请重新用 cpaudit digest 生成。")
    return Message(file, json.dumps(said, ensure_ascii=False).encode(), words)


def address() -> str:
    """Return the webhook's address, which the environment alone says.

    Raises:
        UsageError: it doesn't, or it isn't one by https.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        raise UsageError(f"没有设置环境变量 {VARIABLE}（群机器人的地址），没有发送任何内容；地址只从环境变量读取。")
    try:
        parts = urlsplit(said)
        sound = parts.scheme == "https" and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(c.isspace() or ord(c) < 33 or ord(c) > 126 for c in said):
        raise UsageError(f"环境变量 {VARIABLE} 应为 https:// 开头的完整地址，没有发送任何内容；请改正。")
    return said


def host(url: str) -> str:
    """Return whom an address belongs to, without its key."""
    return urlsplit(url).hostname or ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: a message, and the key in the address, are for the host that was named."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(message: Message, url: str) -> None:
    """Send a message.

    Raises:
        CpauditError: it didn't arrive; one sentence without the address's key.
    """
    request = urllib.request.Request(url, message.content, {"Content-Type": "application/json; charset=utf-8"}, method="POST")  # noqa: S310 - https, see address()
    where = host(url)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=_SECONDS) as answer:
            said = json.loads(answer.read(_ANSWER))
    except urllib.error.HTTPError as error:
        moved = "要求转到别的地址，没有照办" if 300 <= error.code < 400 else f"回答 {error.code}"
        raise CpauditError(f"{message.file} 没有发出：{where} {moved}；请检查群机器人的地址。") from None
    except (OSError, ValueError) as error:
        why = "证书不可信" if "CERTIFICATE" in str(error) else "连接不上或回答读不懂"
        raise CpauditError(f"{message.file} 没有发出：{where} {why}；请检查网络和群机器人的地址。") from None
    code = next((said[k] for k in ("errcode", "code", "StatusCode") if k in said), None) if isinstance(said, dict) else None
    if code != 0:
        raise CpauditError(f"{message.file} 没有发出：{where} 没有接受（代码 {code}）；请检查群机器人的设置，如关键词、频率。")
