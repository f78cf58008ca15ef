"""The env.py that turns autogenerate on: three lines where they do all that the old one did, else the old one with a Guard."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from alembic_guard._review.env_source import EnvSource
from alembic_guard._review.environment import silences
from alembic_guard._review.hiding import without_secrets
from alembic_guard._review.values import Configuration, Environment, Owner


@dataclass(frozen=True, slots=True)
class NewEnv:
    """Its text; ``hides`` where ``"***"`` stands for a text of the old one that may be a secret."""

    text: str
    hides: bool = False


def new_env(
    env: EnvSource, environment: Environment, configuration: Configuration, owners: Iterable[Owner], spec: str | None
) -> NewEnv | None:
    """The whole file; None where there is nothing to change, or nothing that could be written without guessing.

    Args:
        spec: The import string of the models, for an env.py that has none.
    """
    if environment.guarded is not None or environment.metadata.state == "unknown" or not environment.configures:
        return None
    if environment.simple and spec and configuration.url.kind in ("variable", "ini", "none"):
        return NewEnv(_short(configuration, list(owners), spec))
    edited = _edited(env, environment, list(owners), spec)
    if edited is None:
        return None
    text, hides = without_secrets(edited)
    return NewEnv(text if hides else edited, hides)


def _short(configuration: Configuration, owners: list[Owner], spec: str) -> str:
    lines = ["from alembic_guard import Guard, run_migrations", *dict.fromkeys(each.imports for each in owners)]
    arguments = [f'"{spec}"']
    if owners:
        arguments.append(f"external=[{', '.join(each.code for each in owners)}]")
    in_ini = any(each.name == "sqlalchemy.url" and each.value.startswith("env:") for each in configuration.settings)
    if configuration.url.kind in ("variable", "none") and not in_ini:
        arguments.append(f'url="env:{configuration.url.said or "DATABASE_URL"}"')
    return "\n".join([*lines, "", f"run_migrations(Guard({', '.join(arguments)}))", ""])


def _edited(env: EnvSource, environment: Environment, owners: list[Owner], spec: str | None) -> str | None:
    """The old text with a Guard, ``configure_options`` around the keywords of each ``configure``, and the loggers alive."""
    calls = env.configures()
    given = next((value for each in calls if (value := env.options(each)[0].get("target_metadata")) is not None), None)
    if environment.metadata.state == "off":
        if not spec:
            return None
        models = f'"{spec}"'
    elif isinstance(given, ast.Name):
        models = given.id
    elif environment.metadata.spec:
        models = f'"{environment.metadata.spec}"'
    else:
        return None
    external = f", external=[{', '.join(each.code for each in owners)}]" if owners else ""
    where = _after(env, given if environment.metadata.state != "off" else None)
    if where is None:
        return None
    edits = [(call, _call(env.text, call)) for call in calls]
    edits += [(call, _logging(env.text, call)) for call in env.named("fileConfig") if silences(call)]
    text = env.text
    # From the end on, so that what is above keeps its place.
    for call, new in sorted(edits, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
        text = _replaced(text, call, new)
    lines = StringIO(text).readlines()
    lines.insert(where, f"\nguard = Guard({models}{external})\n")
    first = _last_import(env)
    imports = ["from alembic_guard import Guard, configure_options", *dict.fromkeys(each.imports for each in owners)]
    lines.insert(first, "".join(f"{each}\n" for each in imports))
    return "".join(lines)


def _call(text: str, call: ast.Call) -> str:
    inner = []
    for each in call.keywords:
        if each.arg == "target_metadata":
            continue
        value = _segment(text, each.value)
        inner.append(f"**{value}" if each.arg is None else f"{each.arg}={value}")
    function = _segment(text, call.func)
    first = f"{function}(**configure_options(guard"
    if len(first) + sum(map(len, inner)) < 90:
        return ", ".join([first, *inner]) + "))"
    indent = " " * _indent(text, call)
    body = "".join(f"{indent}        {each},\n" for each in inner)
    return f"{function}(\n{indent}    **configure_options(\n{indent}        guard,\n{body}{indent}    )\n{indent})"


def _indent(text: str, node: ast.expr) -> int:
    line = StringIO(text).readlines()[node.lineno - 1]
    return len(line) - len(line.lstrip())


def _segment(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ast.unparse(node)


def _replaced(text: str, node: ast.expr, new: str) -> str:
    """Positions of a syntax tree count bytes of UTF-8."""
    lines = StringIO(text).readlines()
    first, last_ = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last_].encode()[node.end_col_offset or 0 :].decode()
    lines[first : last_ + 1] = [f"{head}{new}{tail}"]
    return "".join(lines)


def _logging(text: str, call: ast.Call) -> str:
    """``fileConfig(fname, defaults, disable_existing_loggers, encoding)``, whose third is False."""
    inner = [_segment(text, each) for each in call.args[:2]]
    inner += [f"encoding={_segment(text, each)}" for each in call.args[3:]]
    inner += [f"{each.arg}={_segment(text, each.value)}" for each in call.keywords if each.arg != _KEPT]
    return f"{_segment(text, call.func)}({', '.join([*inner, f'{_KEPT}=False'])})"


_KEPT = "disable_existing_loggers"


def _last_import(env: EnvSource) -> int:
    """The line behind the imports that env.py begins with."""
    found = [each.end_lineno or 0 for each in env.tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    return max(found, default=0)


def _after(env: EnvSource, metadata: ast.expr | None) -> int | None:
    """The line behind which the Guard can be made: where the metadata's name is known in the module; None where it is
    not."""
    line = _last_import(env)
    if not isinstance(metadata, ast.Name):
        return line
    given = [each.end_lineno or 0 for each in env.tree.body if metadata.id in _targets(each)]
    if not given and metadata.id not in env.imports:
        return None
    return max([line, *given])


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [getattr(each, "id", "") for each in targets]
