"""Who may see what: the access file, whom a request comes from, and the units that this viewer is given."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from cpaudit import durable
from cpaudit.errors import CpauditError, DefinitionError, UsageError
from cpaudit.findings import said_twice
from cpaudit.programme import find_unit
from cpaudit.reference import Definition, compose, read_definition, shown

if TYPE_CHECKING:
    from tornado.httputil import HTTPHeaders

#: Holds the secret that the proxy sends along; not in the file, which is read by more people.
SECRET_VARIABLE = "CPAUDIT_PROXY_SECRET"  # noqa: S105 - a variable's name
_LOOPBACK = ("127.0.0.0/8", "::1/128")
#: A proxy has one address or a few: whole networks would let everybody in them say who they are.
_MOST_ADDRESSES = 256
_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")
_LEAST_DISTINCT = 8
_SHORTEST_TOKEN = 8
#: Headers that browsers send of themselves or that say something else: nobody's name, nobody's secret.
_NOT_OURS = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length", "content-type"),
        *("cookie", "host", "origin", "referer", "upgrade", "user-agent"),
        *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"),
    }
)
_HEADER = r"^[A-Za-z][A-Za-z0-9-]*$"
#: After the access file couldn't be read it is tried again so often, not at each request.
_RETRY_S = 1.0
_log = logging.getLogger(__name__)


class Rules(Definition):
    """The access file: which header names the user, whose word for it counts, and the units of each user."""

    header: str = Field(default="X-Forwarded-User", pattern=_HEADER)
    trusted: tuple[str, ...] = Field(default=_LOOPBACK, min_length=1)
    secret_header: str = Field(default="X-Cpaudit-Secret", pattern=_HEADER)
    users: dict[str, Literal["all"] | tuple[str, ...]] = Field(min_length=1)

    @field_validator("header", "secret_header")
    @classmethod
    def _own(cls, given: str) -> str:
        if given.lower() in _NOT_OURS:
            raise ValueError(f"{given} 是浏览器或代理另有用处的请求头，请换一个，如 X-Forwarded-User")
        return given

    @model_validator(mode="after")
    def _two_headers(self) -> Rules:
        if self.header.lower() == self.secret_header.lower():
            raise ValueError("header 和 secret_header 不能是同一个请求头")
        return self

    @field_validator("trusted")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            try:
                network = ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(f"“{each}”不是地址或网段，请写成 10.0.0.8 或 10.0.0.8/32 的样子") from None
            if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
                raise ValueError(f"“{each}”是 IPv4 地址的另一种写法，请写成 IPv4")
            if network.network_address.is_unspecified or (network.num_addresses > _MOST_ADDRESSES and not network.is_loopback):
                raise ValueError(
                    f"“{each}”太宽（{network.num_addresses} 个地址，最多 {_MOST_ADDRESSES} 个），请只写代理自己的地址"
                )
        many = sum(network.num_addresses for network in map(ipaddress.ip_network, given) if not network.is_loopback)
        if many > _MOST_ADDRESSES:
            raise ValueError(f"共有 {many} 个地址，最多 {_MOST_ADDRESSES} 个，请只写代理自己的地址")
        return given

    @field_validator("users", mode="before")
    @classmethod
    def _written(cls, given: object) -> object:
        """Say in the file's own words what pydantic would say in those of its types."""
        for user, units in given.items() if isinstance(given, dict) else ():
            if not isinstance(user, str):
                raise ValueError(f"用户名 {user} 请加引号（数字、日期、yes、no 不加引号就不是文字）")
            if units != "all" and not (isinstance(units, list) and all(isinstance(unit, str) for unit in units)):
                raise ValueError(f"用户 {user} 的辖区请写 all 或方括号中的上报单位，如 [唐山市, 定州市]")
        return given

    @field_validator("users")
    @classmethod
    def _units(cls, given: dict[str, Literal["all"] | tuple[str, ...]]) -> dict[str, Literal["all"] | tuple[str, ...]]:
        found: dict[str, Literal["all"] | tuple[str, ...]] = {}
        for user, units in given.items():
            if not user.strip() or user != user.strip() or not user.isprintable() or "," in user:
                raise ValueError(f"用户名 {user!a} 不可用：不能为空，首尾不能有空格，不能含逗号和控制字符")
            if not units:
                raise ValueError(f"用户 {user} 没有辖区，请写 all 或至少一个上报单位")
            try:
                found[user] = "all" if units == "all" else tuple(find_unit(u).id for u in units)
            except CpauditError as error:
                raise ValueError(f"用户 {user}：{error.sentence}") from None
        return found


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a user's name and the units that this user may see, None for all."""

    name: str
    units: tuple[str, ...] | None


class TokenDoor:
    """Lets in whoever has the link that was shown when the service started; all see the whole programme."""

    def __init__(self, token: str = "") -> None:
        self.token = token or secrets.token_urlsafe(24)
        # The cookie is worth no more than the token: a new token ends all sessions.
        self.cookie_secret = hashlib.sha256(b"cookie" + self.token.encode()).digest()

    def knows(self, token: str) -> bool:
        """Return whether a link's token is ours."""
        return hmac.compare_digest(token.encode(errors="replace"), self.token.encode())

    def who(self, _address: str, _headers: HTTPHeaders, has_cookie: bool) -> Viewer | None:
        """Return the viewer, None without the cookie that the token buys."""
        return Viewer("viewer", None) if has_cookie else None


class ProxyDoor:
    """Believes a proxy that has authenticated the user; reads the access file again when it has changed.

    As long as the file can't be read nobody gets in: which rules are meant isn't ours to guess.
    """

    def __init__(self, path: Path, secret: str) -> None:
        self._path = path
        self._secret = secret
        self.cookie_secret = secrets.token_bytes(32)
        self._changed, self._tried = self._stamp(), time.monotonic()
        self.rules: Rules | None = read_rules(path)

    def who(self, address: str, headers: HTTPHeaders, _has_cookie: bool) -> Viewer | None:
        """Return the viewer, None where the request comes past the proxy or the user has no units."""
        rules = self._now()
        if rules is None or not trusts(rules, address):
            return None
        secret, name = _only(headers, rules.secret_header), _only(headers, rules.header)
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return None
        return self.viewer(_as_sent(name))

    def believes(self, address: str) -> bool:
        """Return whether an address is the proxy's."""
        rules = self._now()
        return rules is not None and trusts(rules, address)

    def viewer(self, name: str) -> Viewer | None:
        """Return the user with the units of the file as it is now; None for a user who isn't in it."""
        rules = self._now()
        units = rules.users.get(name) if rules else None
        if units is None:
            return None
        return Viewer(name, None if units == "all" else tuple(units))

    @property
    def readable(self) -> bool:
        """Whether the access file says who may see what; nobody gets in while it doesn't."""
        return self._now() is not None

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        # A file that was mounted by itself and replaced since has no name left: nobody would see the new one from here.
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino) if found.st_nlink else ()

    def _now(self) -> Rules | None:
        """Return the rules of the file as it is now, None while it can't be read."""
        stamp, now = self._stamp(), time.monotonic()
        if stamp == self._changed and (self.rules is not None or now - self._tried < _RETRY_S):
            return self.rules
        could, self._changed, self._tried = self.rules is not None, stamp, now
        self.rules = None  # whatever fails now: the old rules may be the ones to be taken away
        try:
            if not stamp:
                raise DefinitionError("it isn't there")
            self.rules = read_rules(self._path)
        except DefinitionError:
            if could:  # its sentence may hold names of users: it is for --check to tell
                _log.error(
                    "看板权限文件读不出来或有误，现在谁也不能进入，已打开的页面断开；"
                    "请用 cpaudit dashboards --check --access 查明并改正。"
                )
        else:
            if not could:
                _log.error("看板权限文件又能读出，各人可按它进入。")
        return self.rules


Door = TokenDoor | ProxyDoor


def door_for(address: str, access: Path | None, token: str) -> Door:
    """Return the door of a service at ``address`` (an IP address).

    Raises:
        UsageError: it would let in whom nobody vouches for: no access file beyond this machine, no secret of the proxy.
        DefinitionError: the access file can't be read or is wrong.
    """
    if access is None:
        if not ipaddress.ip_address(address).is_loopback:
            raise UsageError(f"没有权限文件时看板只能在本机打开；要用 {address} 对外服务，请用 --access 给出权限文件。")
        if token and (len(token) < _SHORTEST_TOKEN or not token.isprintable() or " " in token):
            raise UsageError(f"--token 的口令至少要 {_SHORTEST_TOKEN} 个字符，不含空格；不给则每次启动新生成一个。")
        return TokenDoor(token)
    if token:
        raise UsageError("--token 和 --access 不能同时使用：有权限文件时由代理认证，请去掉 --token。")
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret:
        raise UsageError(f"使用权限文件须同时设环境变量 {SECRET_VARIABLE}（代理带来的口令），否则谁都能冒称用户；请设好再启动。")
    if not _SECRET.fullmatch(secret) or len(set(secret)) < _LEAST_DISTINCT:
        raise UsageError(
            f"环境变量 {SECRET_VARIABLE} 的口令太弱或含不能用的字符：请用至少 16 个随机的字母、数字或 . _ ~ + / = -，"
            "如 openssl rand -hex 24 的结果。"
        )
    return ProxyDoor(access, secret)


def trusts(rules: Rules, address: str) -> bool:
    """Return whether requests from ``address`` come from the proxy."""
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(place, ipaddress.IPv6Address) and place.ipv4_mapped:
        place = place.ipv4_mapped
    return any(place in ipaddress.ip_network(each) for each in rules.trusted)


def read_rules(path: Path) -> Rules:
    """Read an access file.

    Raises:
        DefinitionError: it can't be read; the sentence names line and field.
    """
    try:
        if not path.is_file():
            raise DefinitionError(f"找不到看板权限文件 {shown(path)}，请检查文件名。")
        rules = read_definition(path, Rules)
        if twice := said_twice(compose(path)):
            raise DefinitionError(f"看板权限文件 {shown(path)} 第 {twice[0]} 行：“{twice[1]}”写了两次，只能写一次。")
    except OSError as error:
        raise DefinitionError(f"看板权限文件 {shown(path)} 无法读取（{durable.reason(error)}），请检查权限。") from None
    except yaml.YAMLError:  # what the strict reader names no line for: bytes that YAML doesn't know
        raise DefinitionError(f"看板权限文件 {shown(path)} 含有 YAML 不允许的字符，请删去后再用。") from None
    return rules


def _only(headers: HTTPHeaders, name: str) -> str:
    """Return a header that is there once, else '': of two, one may have come past the proxy."""
    found = headers.get_list(name)
    return found[0] if len(found) == 1 else ""


def _as_sent(name: str) -> str:
    """Return a name as the proxy sent it: in UTF-8, while a header's bytes are read as Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name
