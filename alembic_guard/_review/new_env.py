"""The env.py that turns autogenerate on: three lines where they do all that the old one did, else the old one with a Guard."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from alembic_guard._review.env_source import EnvSource
from alembic_guard._review.environment import silences
from alembic_guard._review.hiding import without_secrets
from alembic_guard._review.models import Spec
from alembic_guard._review.values import Configuration, Database, Environment


@dataclass(frozen=True, slots=True)
class NewEnv:
    """Its text.

    Args:
        hides: Whether ``"***"`` stands for a text of the old one that may be a secret.
        short: Whether one call does all that the old one did.
    """

    text: str
    hides: bool = False
    short: bool = False


def new_env(
    env: EnvSource,
    environment: Environment,
    configuration: Configuration,
    databases: Sequence[Database],
    specs: Mapping[str | None, Spec | None],
) -> NewEnv | None:
    """The whole file; None where there is nothing to change, or nothing that could be written without guessing.

    Args:
        specs: The models of each database.
    """
    unknown = any(each.metadata.state == "unknown" for each in databases)
    if environment.guarded is not None or unknown or not environment.configures:
        return None
    known = all(each.url.kind in ("variable", "ini", "none") for each in databases)
    if environment.simple and known and all(specs.values()):
        return NewEnv(_short(configuration, databases, specs), short=True)
    edited = _edited(env, databases, specs)
    if edited is None:
        return None
    text, hides = without_secrets(edited)
    return NewEnv(text if hides else edited, hides)


def _short(configuration: Configuration, databases: Sequence[Database], specs: Mapping[str | None, Spec | None]) -> str:
    guards = {each.name: _with_url(configuration, each, specs[each.name]) for each in databases}
    lines = ["from alembic_guard import Guard, run_migrations", *_presets(databases), ""]
    if None in guards:
        return "\n".join([*lines, f"run_migrations({guards[None]})", ""])
    entries = [f'        "{name}": {guard},' for name, guard in guards.items()]
    return "\n".join([*lines, "run_migrations(", "    {", *entries, "    }", ")", ""])


def _with_url(configuration: Configuration, database: Database, spec: Spec | None) -> str:
    url = database.url
    in_file = url.place is not None and url.place.path in configuration.files
    if url.kind == "ini" or (url.kind == "variable" and in_file):
        return _guard(_quoted(spec), database)
    name = "DATABASE_URL" if database.name is None else re.sub(r"\W", "_", f"{database.name}_URL").upper()
    return _guard(_quoted(spec), database, f'url="env:{url.said or name}"')


def _guard(models: str, database: Database, *more: str) -> str:
    codes = ", ".join(each.code for each in database.owners)
    return f"Guard({', '.join([models, *([f'external=[{codes}]'] if codes else []), *more])})"


def _quoted(spec: Spec | None) -> str:
    return f'"{spec.text}"' if spec is not None else ""


def _presets(databases: Iterable[Database]) -> list[str]:
    return list(dict.fromkeys(owner.imports for each in databases for owner in each.owners))


def _edited(env: EnvSource, databases: Sequence[Database], specs: Mapping[str | None, Spec | None]) -> str | None:
    """The old text with a Guard, ``configure_options`` around the keywords of each ``configure``, and the loggers alive."""
    calls = env.configures()
    written = [env.options(each)[0].get("target_metadata") for each in calls]
    given = next((each for each in written if each is not None), None)
    several = databases[0].name is not None
    keys = [_key(each) for each in written] if several else []
    if several and (not keys or None in keys):
        return None  # which database a call is for is not known
    models = [_models(each, given, specs[each.name]) for each in databases]
    is_off = all(each.metadata.state == "off" for each in databases)
    where = _after(env, None if is_off else _looked_up_in(given) if several else given)
    if where is None or not all(models):
        return None
    guards = [_guard(str(name), each) for name, each in zip(models, databases, strict=True)]
    if several:
        entries = [f'    "{each.name}": {guard},' for each, guard in zip(databases, guards, strict=True)]
        made = "\n".join(["guards = {", *entries, "}"])
        of_calls = [f"guards[{_segment(env.text, key)}]" for key in keys if key is not None]
    else:
        made, of_calls = f"guard = {guards[0]}", ["guard"] * len(calls)
    edits = [(call, _call(env.text, call, of)) for call, of in zip(calls, of_calls, strict=True)]
    edits += [(call, _logging(env.text, call)) for call in env.named("fileConfig") if silences(call)]
    text = env.text
    # From the end on, so that what is above keeps its place.
    for call, new in sorted(edits, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
        text = _replaced(text, call, new)
    lines = StringIO(text).readlines()
    lines.insert(where, f"\n{made}\n")
    imports = ["from alembic_guard import Guard, configure_options", *_presets(databases)]
    lines.insert(_last_import(env), "".join(f"{each}\n" for each in imports))
    return "".join(lines)


def _models(database: Database, given: ast.expr | None, spec: Spec | None) -> str | None:
    """What the Guard of a database is given first."""
    if database.name is None and database.metadata.state != "off" and isinstance(given, ast.Name):
        return given.id
    if spec is not None:
        return _quoted(spec)
    by_name = _looked_up_in(given)
    return f'{by_name.id}["{database.name}"]' if database.metadata.state == "on" and by_name is not None else None


def _looked_up_in(node: ast.expr | None) -> ast.Name | None:
    """``target_metadata`` of ``target_metadata.get(name)`` and ``target_metadata[name]``."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as of, attr="get")) | ast.Subscript(value=ast.Name() as of):
            return of
    return None


def _key(node: ast.expr | None) -> ast.expr | None:
    """``name`` of the same."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]) | ast.Subscript(slice=key):
            return key
    return None


def _call(text: str, call: ast.Call, guard: str) -> str:
    inner = []
    for each in call.keywords:
        if each.arg == "target_metadata":
            continue
        value = _segment(text, each.value)
        inner.append(f"**{value}" if each.arg is None else f"{each.arg}={value}")
    function = _segment(text, call.func)
    first = f"{function}(**configure_options({guard}"
    if len(first) + sum(map(len, inner)) < 90:
        return ", ".join([first, *inner]) + "))"
    indent = " " * _indent(text, call)
    body = "".join(f"{indent}        {each},\n" for each in inner)
    return f"{function}(\n{indent}    **configure_options(\n{indent}        {guard},\n{body}{indent}    )\n{indent})"


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
