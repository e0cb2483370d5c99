"""click in Chinese: help pages, parameter types and the sentence for each kind of wrong usage."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import click

from cpaudit.cli.terminal.layout import Context
from cpaudit.errors import UsageError


class Date(click.ParamType["dt.date"]):
    """A date as 2022-06-01."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Return the date."""
        if isinstance(value, dt.date):
            return value
        from cpaudit.selection import parse_date

        return parse_date(value)


class Whole(click.ParamType["int"]):
    """A whole number not below a minimum."""

    name = "整数"

    def __init__(self, minimum: int = 0) -> None:
        self.minimum = minimum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            number = int(value)
        except ValueError:
            number = self.minimum - 1
        if number < self.minimum:
            self.fail(f"“{value}”应为不小于 {self.minimum} 的整数", param, ctx)
        return number


class Number(click.ParamType["float"]):
    """A number above nought."""

    name = "数"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number < math.inf:
            self.fail(f"“{value}”应为大于 0 的数", param, ctx)
        return number


class OneOf(click.ParamType["str"]):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.name = "|".join(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word."""
        if value not in self.words:
            self.fail(f"“{value}”不可用，可选 {'、'.join(self.words)}", param, ctx)
        return str(value)


class _House:
    """The help page, no option in silence, and which command an error is about; mixed into command and group."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed.

        Raises:
            UsageError: an option that holds one value is given several: click would take the last and say nothing. One is empty,
                as where a shell's variable is: nothing would be taken for everything.
        """
        try:
            self._each_once(ctx, args)
            return super().parse_args(ctx, args)  # type: ignore[misc, no-any-return]
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click leaves it out where an option is without its value
            raise

    def _each_once(self, ctx: click.Context, args: list[str]) -> None:
        if ctx.resilient_parsing:
            return
        opts, _, order = self.make_parser(ctx).parse_args(list(args))  # type: ignore[attr-defined]
        if empty := next((given for given in order if _empty(opts.get(given.name))), None):
            raise UsageError(f"{_name(empty)} 后面是空的，请写明，或去掉；请用 {ctx.command_path} --help 查看用法。")
        for option in order:
            single = isinstance(option, click.Option) and not (option.multiple or option.is_flag or option.count)
            if single and (n := order.count(option)) > 1:
                raise UsageError(f"选项 {option.opts[0]} 给了 {n} 次，只能给一次，请用 {ctx.command_path} --help 查看用法。")

    context_class: type[click.Context] = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option:
            option.help = "显示本说明"
        return option  # type: ignore[no-any-return]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), "用法：")  # type: ignore[attr-defined]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [r for p in self.get_params(ctx) if (r := p.get_help_record(ctx))]  # type: ignore[attr-defined]
        if records:
            with formatter.section("选项"):
                formatter.write_dl([(left, re.sub(r" *\[required\]$", "（必填）", right)) for left, right in records])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Command(_House, click.Command):
    """A command with a Chinese help page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the workspace first, wherever it stands: a help page may tell of what is in it."""
        end = args.index("--") if "--" in args else len(args)
        for at, said in enumerate(args[:end]):
            if said == "--project" or said.startswith("--project="):
                behind = at + 1 + (said == "--project")
                if behind <= end:
                    args = [*args[at:behind], *args[:at], *args[behind:]]
                break
        return super().parse_args(ctx, args)


class Group(_House, click.Group):
    """A group of commands with a Chinese help page."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 …", **kwargs})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of work, not of the alphabet."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("命令"):
            formatter.write_dl([(name, command.get_short_help_str(200)) for name, command in self.commands.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named first.

        Raises:
            UsageError: there is none of that name.
        """
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise UsageError(f"没有命令“{args[0]}”；可用命令：{'、'.join(self.commands)}。")
        return super().resolve_command(ctx, args)


Group.group_class = Group


def _empty(given: Any) -> bool:
    """Return whether what was typed is blank, or one of several is."""
    return any(isinstance(each, str) and not each.strip() for each in (given if isinstance(given, list | tuple) else [given]))


def sentence(error: click.ClickException) -> str:
    """Return one Chinese sentence for wrong usage."""
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "cpaudit"
    see = f"请用 {path} --help 查看用法。"
    match error:
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}，{see}"
        case click.BadOptionUsage():
            flags = [p for p in error.ctx.command.params if getattr(p, "is_flag", False)] if error.ctx else []
            bare = any(error.option_name in p.opts for p in flags)
            return f"选项 {error.option_name} {'不带值' if bare else '后面应有一个值'}，{see}"
        case click.MissingParameter(param=param) if param is not None:
            return f"缺少{_name(param)}，{see}"
        case click.BadParameter(param=param) if param is not None:
            return f"{_name(param)}：{error.message}，{see}"
    extra = re.search(r"\((.*)\)", error.message)
    return f"多余的参数 {extra[1]}，{see}" if extra else f"用法不正确，{see}"


def _name(param: click.Parameter) -> str:
    return (
        f"参数 {param.make_metavar(click.Context(click.Command('')))}"
        if isinstance(param, click.Argument)
        else f"选项 {param.opts[0]}"
    )
