"""What ``cpaudit.toml`` can say, read strictly: an unknown key or a wrong type is one sentence that names file and key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from cpaudit import durable
from cpaudit.errors import DefinitionError
from cpaudit.findings import faults_of

_LARGEST = 1 << 20


def _path(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("应为路径，相对于本文件所在的目录，不能为空")
    try:
        Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"的“{text.partition('/')[0]}”不是本机的用户，请写明路径") from None
    return text


_Path = Annotated[str, AfterValidator(_path)]


class Places(BaseModel):
    """Where things lie, from the workspace's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    definitions: _Path = "definitions"
    incoming: _Path = "incoming"
    warehouse: _Path = "warehouse"
    output: _Path = "output"
    notebooks: _Path = "notebooks"
    dashboards: _Path = "dashboards"
    reports: _Path = "reports"
    templates: _Path = "templates"


class Settings(BaseModel):
    """The whole file; '' is what the program does without."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    programme: str = ""
    title: str = ""
    places: Places = Places()


def read(file: Path) -> Settings:
    """Return what a file says.

    Raises:
        DefinitionError: it can't be read, is no TOML, or says something unknown or of the wrong type; one sentence.
    """
    try:
        content = durable.within(file, _LARGEST)
        if content is None:
            raise DefinitionError(f"{file} 超过 {_LARGEST >> 20} MB，不像工作区的设置，未读取；请检查。")
        said: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise DefinitionError(f"{file} 不是 UTF-8 编码，请另存为 UTF-8。") from None
    except OSError as error:
        raise DefinitionError(f"{file} 无法读取（{durable.reason(error)}），请检查读取权限。") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{file} {_where(error)}不是合法的 TOML，请检查等号、引号和方括号；路径请用单引号或 /。") from None
    except (ValueError, RecursionError):
        raise DefinitionError(f"{file} 中有过长的数字或过深的嵌套，请改正。") from None
    try:
        return Settings.model_validate(said)
    except ValidationError as error:
        fault = faults_of(error)[0]
        known = (Places if fault.field.startswith("places.") else Settings).model_fields
        choice = f"；可用的键：{'、'.join(known)}" if error.errors()[0]["type"] == "extra_forbidden" else ""
        raise DefinitionError(f"{file}：键 {fault.field} {fault.reason}{choice}。") from None


def _where(error: tomllib.TOMLDecodeError) -> str:
    import re

    found = re.search(r"at line (\d+), column (\d+)", str(error))
    return f"第 {found[1]} 行第 {found[2]} 列" if found else "末尾"
