"""What a service would leave open to whom, in words: ``cpaudit dashboards --check``, and the addresses it may listen at."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.programme import units
from cpaudit.serving.doors.access import SECRET_VARIABLE, ProxyDoor, Rules, door_for
from cpaudit.serving.doors.loopback import ADDRESS

if TYPE_CHECKING:
    from pathlib import Path

_WORD = re.compile(r"[A-Za-z0-9_-]+")


def listened_at(address: str) -> str:
    """Return the IP address meant by ``--address``; a name could lead elsewhere tomorrow, so only ``localhost`` is one.

    Raises:
        UsageError: it is no address.
    """
    if address == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise UsageError(
            f"--address 应为本机的一个 IP 地址，如 127.0.0.1、0.0.0.0，不能是 {address!a}；名字请先换成地址。"
        ) from None


def reached_under(path: str) -> str:
    """Return the part of the address meant by ``--base-url``, with a slash before and behind.

    Raises:
        UsageError: it is no path, or one that browsers and proxies would write in another way.
    """
    words = path.strip("/").split("/") if path.strip("/") else []
    if not all(_WORD.fullmatch(word) for word in words):
        raise UsageError(f"--base-url 应为网址中的路径，如 /cpaudit/，只用字母、数字、- 和 _，不能是 {path!a}。")
    return "".join(f"/{word}" for word in words) + "/"


def described(address: str, access: Path | None, token: str, health: int | None = None) -> list[str]:
    """用文字说明谁能看什么、相信哪些地址和请求头、什么是敞开的；不启动服务。

    ``health`` is the port of the operator's address, None where there is none.

    Raises:
        UsageError, DefinitionError: as the service itself would refuse to start.
    """
    place = listened_at(address)
    door = door_for(place, access, token)
    reach = ipaddress.ip_address(place)
    lines = [f"监听地址：{place}（{_reach(reach)}）"]
    if isinstance(door, ProxyDoor) and door.rules is not None and access is not None:
        lines += _behind_proxy(door.rules, access)
    else:
        lines += [
            "谁能看：凡有启动时所示链接的人，都看全部单位；口令" + ("由 --token 给定" if token else "每次启动新生成"),
            "相信的地址和请求头：无；说自己是谁都不起作用",
        ]
    lines += [
        "不经认证即可取得：看板所用的脚本、样式和字体（/s/…），其中没有数据",
        "健康地址：" + ("未开" if health is None else f"{ADDRESS}:{health}，只限本机的程序，不需口令；只有计数，没有名称和数值"),
        "其余地址、方法和内核消息：一律拒绝",
    ]
    return lines


def _reach(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if place.is_loopback:
        return "只限本机"
    return "本机的所有网卡，凡能连到本机的都能连到" if place.is_unspecified else "凡能连到这个地址的都能连到"


def _behind_proxy(rules: Rules, access: Path) -> list[str]:
    names = {unit.id: unit.name for unit in units().values()}
    lines = ["谁能看什么："]
    for user, seen in rules.users.items():
        lines.append(f"  {user}：{'全部单位' if seen == 'all' else '、'.join(names[each] for each in seen)}")
    lines.append("  其他人：什么都看不到")
    many = sum(ipaddress.ip_network(each).num_addresses for each in rules.trusted)
    lines += [
        f"相信的地址：{'、'.join(rules.trusted)}" + ("（只限本机）" if _local(rules) else f"（共 {many} 个）"),
        f"相信的请求头：{rules.header}（用户名），须同时带有 {rules.secret_header}"
        f"（口令，取自环境变量 {SECRET_VARIABLE}，已设）；缺一个、出现两次，都不相信",
    ]
    if many > 1 and not _local(rules):
        lines.append(f"注意：这 {many} 个地址上凡知道口令的程序都能冒称任何用户，请只写代理自己的地址。")
    if os.name == "posix" and access.stat().st_mode & (stat.S_IWOTH | stat.S_IWGRP):
        lines.append(f"注意：权限文件 {access} 别的系统用户也能改写，请用 chmod 640 收回。")
    return lines


def _local(rules: Rules) -> bool:
    return all(ipaddress.ip_network(each).is_loopback for each in rules.trusted)
