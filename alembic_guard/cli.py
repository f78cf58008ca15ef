"""``python -m alembic_guard``: our commands on Alembic's own command line, with its ``-c``, ``-n`` and ``-x``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from difflib import get_close_matches
from textwrap import indent

import alembic
from alembic.config import CommandLine, Config
from alembic.util import err

from alembic_guard import __version__
from alembic_guard._adopt.command import adopt
from alembic_guard._configuration import check_configuration
from alembic_guard._drift.command import drift
from alembic_guard._errors import GuardError
from alembic_guard._linting.command import add_options as add_lint_options
from alembic_guard._linting.command import lint
from alembic_guard._protect.command import add_options as add_protect_options
from alembic_guard._protect.command import protect
from alembic_guard._pull import pull
from alembic_guard._review.command import FORMATS, review
from alembic_guard._rules import age108_bad_guard, all_rules
from alembic_guard._rules._rule import Rule
from alembic_guard._stop import stop


def explain(config: Config, code: str | None = None) -> None:
    """Say what a diagnostic code means, why it matters, and how it is mended."""
    rules = {rule.code: rule for rule in all_rules()}
    if code is None:
        for rule in rules.values():
            config.print_stdout("%s  %-8s %s", rule.code, rule.severity.value, rule.title)
        return
    asked = code.strip()
    by_slug = {rule.slug: rule for rule in rules.values()}
    found = rules.get(asked.upper()) or by_slug.get(asked.lower())
    if found is None:
        near = [name for name in rules if asked and name.startswith(asked.upper())]
        near = near or get_close_matches(asked.upper(), rules) or get_close_matches(asked.lower(), by_slug)
        hint = "python -m alembic_guard explain  # lists all" + (f"; near it: {', '.join(near)}" if near else "")
        stop(age108_bad_guard.bad_value("explain", code, "a code, AGO103, or its name, undeclared-table", hint))
    config.print_stdout("%s", _page(found))


def _page(rule: Rule) -> str:
    parts = [
        f"{rule.code} {rule.slug} ({rule.severity.value})",
        rule.title + ".",
        rule.why,
        "Found:\n" + indent(rule.bad, "    "),
        "Mended:\n" + indent(rule.good, "    "),
    ]
    if rule.switchable:
        parts.append(f"Guard(..., rules={{{rule.code!r}: 'error'}}) changes its weight; 'off' turns it off.")
    return "\n\n".join(parts)


class _CommandLine(CommandLine):
    """Alembic's, whose commands take a configuration that can be read for granted. ``lint`` does without one, and ``drift``
    says in its own way that it cannot tell."""

    def run_cmd(self, config: Config, options: Namespace) -> None:
        if options.cmd[0] in (review, adopt, protect, pull):
            try:
                check_configuration(config)
            except GuardError as error:
                if options.raiseerr:
                    raise
                err(str(error), **config.messaging_opts)
        super().run_cmd(config, options)


def command_line() -> CommandLine:
    """Alembic's command line with our commands added."""
    commands = _CommandLine(prog="python -m alembic_guard")
    for action in commands.parser._actions:
        if action.dest == "version":  # Alembic's own alone would pass for ours
            action.version = f"alembic_guard {__version__}, Alembic {alembic.__version__}"  # type: ignore[attr-defined]
    commands.register_command(explain)
    # register_command makes options only for keywords that Alembic knows.
    commands.subparsers.choices["explain"].add_argument(
        "code", nargs="?", help="AGO103, or undeclared-table; all codes without one"
    )
    commands.register_command(review)
    options = commands.subparsers.choices["review"]
    options.add_argument("--format", choices=[*FORMATS], default="text", help="text (default), markdown, json")
    options.add_argument("--url", metavar="env:NAME", help="the database, where env.py computes its URL")
    options.add_argument("--static", action="store_true", help="leave the database alone")
    commands.register_command(lint)
    add_lint_options(commands.subparsers.choices["lint"])
    commands.register_command(adopt)
    commands.subparsers.choices["adopt"].add_argument(
        "--output", metavar="FILE", help="the file to write, app/models.py; must not exist. Default: print"
    )
    commands.register_command(drift)
    commands.subparsers.choices["drift"].add_argument(
        "--format", choices=["text", "json"], default="text", help="text for people (default), json for programs"
    )
    commands.register_command(protect)
    add_protect_options(commands.subparsers.choices["protect"])
    commands.register_command(pull)
    _pull_options(commands.subparsers.choices["pull"])
    return commands


def _pull_options(parser: ArgumentParser) -> None:
    # register_command has added the owner, which has no default.
    parser.add_argument(
        "table", metavar="TABLE", nargs="*", help="names, and patterns with * and ?; those of the file without any"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="the contract file, contracts/better_auth.json. Default: print"
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--update", action="store_true", help="write over the file, and show what changed")
    either.add_argument(
        "--check", action="store_true", help="write nothing; fail where the database differs from the file"
    )
    parser.add_argument("--migrate", metavar="COMMAND", help="what runs the owner's migrator, for hints")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command."""
    command_line().main(argv)
