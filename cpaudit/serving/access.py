"""Who may see what: whom a request comes from, and the units that this viewer is given."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from cpaudit.errors import CpauditError, DefinitionError
from cpaudit.programme import find_unit
from cpaudit.reference import Definition, read_definition, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Holds the secret that the proxy sends along; not in the file, which is read by more people.
SECRET_VARIABLE = "CPAUDIT_PROXY_SECRET"  # noqa: S105 - a variable's name
_LOOPBACK = ("127.0.0.0/8", "::1/128")


class Rules(Definition):
    """The access file: which header names the user, whose word for it counts, and the units of each user."""

    header: str = Field(default="X-Forwarded-User", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    trusted: tuple[str, ...] = _LOOPBACK
    secret_header: str = Field(default="X-Cpaudit-Secret", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    users: dict[str, Literal["all"] | tuple[str, ...]] = Field(min_length=1)

    @field_validator("trusted")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for each in given:
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(f"“{each}”不是网段，请写成 10.0.0.0/8 的样子") from None
        return given

    @field_validator("users")
    @classmethod
    def _units(cls, given: dict[str, Literal["all"] | tuple[str, ...]]) -> dict[str, Literal["all"] | tuple[str, ...]]:
        found: dict[str, Literal["all"] | tuple[str, ...]] = {}
        for user, units in given.items():
            if not units:
                raise ValueError(f"用户 {user} 没有辖区，请写 all 或至少一个上报单位")
            try:
                found[user] = "all" if units == "all" else tuple(find_unit(u).id for u in units)
            except CpauditError as error:
                raise ValueError(f"用户 {user}：{error}") from None
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
        return hmac.compare_digest(token.encode(), self.token.encode())

    def who(self, _address: str, _headers: Mapping[str, str], has_cookie: bool) -> Viewer | None:
        """Return the viewer, None without the cookie that the token buys."""
        return Viewer("viewer", None) if has_cookie else None


class ProxyDoor:
    """Believes a proxy that has authenticated the user; reads the access file again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._secret = os.environ.get(SECRET_VARIABLE, "")
        self.cookie_secret = secrets.token_bytes(32)
        self._changed = self._stamp()
        self.rules = read_rules(path)

    def who(self, address: str, headers: Mapping[str, str], _has_cookie: bool) -> Viewer | None:
        """Return the viewer, None where the request comes past the proxy or the user has no units."""
        self._refresh()
        if not self.trusts(address) or not hmac.compare_digest(
            headers.get(self.rules.secret_header, "").encode(), self._secret.encode()
        ):
            return None
        return self.viewer(headers.get(self.rules.header, ""))

    def viewer(self, name: str) -> Viewer | None:
        """Return the user with the units of the file as it is now; None for a user who isn't in it."""
        units = self.rules.users.get(name)
        if units is None:
            return None
        return Viewer(name, None if units == "all" else tuple(units))

    def trusts(self, address: str) -> bool:
        """Return whether requests from ``address`` come from the proxy."""
        try:
            place = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(place in ipaddress.ip_network(each) for each in self.rules.trusted)

    def _stamp(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0

    def _refresh(self) -> None:
        now = self._stamp()
        if now != self._changed:
            self._changed = now
            try:
                self.rules = read_rules(self._path)
            except DefinitionError:  # half written: nobody loses or gets anything until it can be read
                self._changed = -1


Door = TokenDoor | ProxyDoor


def read_rules(path: Path) -> Rules:
    """Read an access file.

    Raises:
        DefinitionError: it can't be read; the sentence names line and field.
    """
    if not path.is_file():
        raise DefinitionError(f"找不到看板权限文件 {shown(path)}，请检查文件名。")
    return read_definition(path, Rules)
