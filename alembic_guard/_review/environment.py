"""What env.py does: autogenerate on or off, hooks, asynchronous or not, and what becomes of the application's loggers."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from alembic_guard._history.sources import KNOWN_LIBRARIES, Sources, is_standard
from alembic_guard._review.env_source import EnvSource, keyword, last
from alembic_guard._review.hiding import said
from alembic_guard._review.values import Configure, Environment, Metadata, Place

_TEMPLATES = frozenset(
    [
        "connection",
        "url",
        "target_metadata",
        "literal_binds",
        "dialect_opts",
        "compare_type",
        "render_as_batch",
        "output_buffer",
        "upgrade_token",
        "downgrade_token",
    ]
)
"""Keywords of ``context.configure`` in Alembic's own templates, and those that ``run_migrations`` has on by itself."""

_FUNCTIONS = frozenset(["run_migrations_offline", "run_migrations_online", "run_async_migrations", "do_run_migrations"])
"""Functions of Alembic's own templates (alembic/templates of 1.18 - 1.20)."""


def read_environment(env: EnvSource, conventions: tuple[Place, ...], databases: Sequence[str] = ()) -> Environment:
    """Read off the syntax tree what env.py does.

    Args:
        databases: Their names in the layout ``multidb``.
    """
    guard = next(env.named("Guard"), None)
    configures = tuple(_configures(env))
    loggings = list(env.named("fileConfig", "dictConfig"))
    logging = next((each for each in loggings if _logging(each) == "silences"), next(iter(loggings), None))
    is_async = next(
        env.named("async_engine_from_config", "create_async_engine", "run_async_migrations", "run_sync"), None
    )
    each_metadata = [metadata_of(env, name) for name in databases] or [metadata_of(env, None)]
    metadata = _together(databases, each_metadata) if databases else each_metadata[0]
    imports = tuple(sorted(_imports(env)))
    return Environment(
        path=env.place(env.tree).path,
        metadata=metadata,
        configures=configures,
        asynchronous=env.place(is_async) if is_async is not None else None,
        logging="keeps" if logging is None and any(env.named("run_migrations")) and guard else _logging(logging),
        logging_place=env.place(logging) if logging is not None else None,
        guarded=env.place(guard) if guard is not None else None,
        framework="Flask-Migrate" if "extensions['migrate']" in ast.unparse(env.tree) else "",
        conventions=conventions,
        imports=imports,
        simple=_is_simple(env, configures, each_metadata, imports),
        why_unread=env.why_unread,
    )


def _configures(env: EnvSource) -> Iterator[Configure]:
    for call in env.configures():
        options, more = env.options(call)
        yield Configure(env.place(call), {name: said(value) for name, value in options.items()}, more)


def _together(databases: Sequence[str], each_metadata: Sequence[Metadata]) -> Metadata:
    """What autogenerate compares several databases with, in one line."""
    states = {each.state for each in each_metadata}
    told = ", ".join(f"{name}: {each.said}" for name, each in zip(databases, each_metadata, strict=True))
    return Metadata(states.pop() if len(states) == 1 else "unknown", told, each_metadata[0].place)


def metadata_of(env: EnvSource, database: str | None) -> Metadata:
    """What autogenerate compares a database with; of the only one under None."""
    if env.why_unread:
        return Metadata("unknown", env.why_unread)
    guard = env.guards.get(database)
    if guard is not None:
        given = guard.args[0] if guard.args else keyword(guard, "metadata")
        text = given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None
        return Metadata("on", text or said(given), env.place(guard), text)
    options = [env.options(each) for each in env.configures()]
    several = [each["target_metadata"] for each, _ in options if "target_metadata" in each]
    if not options:
        return Metadata("unknown", "no call of context.configure() stands in env.py")
    if not several and any(more for _, more in options):
        return Metadata("unknown", "more keywords come in ** of context.configure()")
    if not several:
        return Metadata("off", "no call of context.configure() gives target_metadata")
    written = several[-1]
    value = env.resolved(written)
    if database is not None and (by_name := _by_name(env, value)) is not None:
        keys = [getattr(key, "value", None) for key in by_name.keys]
        if database not in keys:
            said_of = ast.unparse(written).partition("[")[0].partition(".get")[0]
            return Metadata("off", f"{said_of} has nothing for {database}", env.place(by_name))
        written = by_name.values[keys.index(database)]
        value = env.resolved(written)
    if isinstance(value, ast.Constant) and value.value is None:
        return Metadata("off", "target_metadata = None", _assignment(env, written, value))
    if isinstance(value, (ast.Attribute, ast.Name, ast.List, ast.Tuple)) and not _reassigned(env, value):
        return Metadata("on", said(value), env.place(value), spec_of(env, value))
    return Metadata("on" if isinstance(value, ast.Call) else "unknown", said(value), env.place(value))


def _by_name(env: EnvSource, value: ast.expr) -> ast.Dict | None:
    """The dict that ``target_metadata.get(name)`` and ``target_metadata[name]`` are looked up in."""
    match value:
        case ast.Call(func=ast.Attribute(value=of, attr="get")) | ast.Subscript(value=of):
            found = env.resolved(of)
            return found if isinstance(found, ast.Dict) and all(found.keys) else None
    return None


def _reassigned(env: EnvSource, value: ast.expr) -> bool:
    """A name that is given several values: which one holds is not known."""
    return isinstance(value, ast.Name) and len(env.assigned.get(value.id, [])) > 1


def _assignment(env: EnvSource, written: ast.expr, value: ast.expr) -> Place:
    return env.place(value if isinstance(written, ast.Name) else written)


def spec_of(env: EnvSource, node: ast.expr) -> str | None:
    """``Base.metadata`` after ``from app.models import Base`` is ``app.models:Base.metadata``."""
    parts = ast.unparse(node).split(".")
    if not all(each.isidentifier() for each in parts) or parts[0] not in env.imports:
        return None
    dotted = [*env.imports[parts[0]].split("."), *parts[1:]]
    if not dotted[0]:
        return None
    sources = Sources()
    # The longest beginning that is a module; the name itself is none.
    for length in range(len(dotted) - 1, 0, -1):
        found = sources.find(".".join(dotted[:length]))
        if found is not None and found.path:
            return f"{'.'.join(dotted[:length])}:{'.'.join(dotted[length:])}"
    return None


def _logging(call: ast.Call | None) -> str:
    if call is None:
        return "none"
    return "silences" if silences(call) else "keeps"


def silences(call: ast.Call) -> bool:
    """Whether a call of ``fileConfig`` disables the loggers that are there; what a ``dictConfig`` does its dict says."""
    if last(call.func) == "dictConfig":
        return False
    kept = keyword(call, "disable_existing_loggers") or (call.args[2] if len(call.args) > 2 else None)
    return not (isinstance(kept, ast.Constant) and kept.value is False)


def _imports(env: EnvSource) -> Iterator[str]:
    """Modules that env.py imports and that are the project's own."""
    for name in env.modules:
        top = name.partition(".")[0]
        if top and not is_standard(name) and top not in KNOWN_LIBRARIES and top != "alembic_guard":
            yield name


def _is_simple(
    env: EnvSource, configures: tuple[Configure, ...], each_metadata: Sequence[Metadata], imports: tuple[str, ...]
) -> bool:
    """Whether ``run_migrations`` does all that this env.py does, so that it can be replaced by three lines."""
    functions = {each.name for each in env.tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    classes = any(isinstance(each, ast.ClassDef) for each in env.tree.body)
    listens = any(env.named("listen", "listens_for", "get_x_argument", "execution_options", "EnvironmentContext"))
    modules = {each.spec.partition(":")[0] for each in each_metadata if each.spec}
    two_phase = env.assigned.get("USE_TWOPHASE", [])
    return (
        bool(configures)
        and not any(getattr(each, "value", True) for each in two_phase)
        and functions <= _FUNCTIONS
        and not classes
        and not listens
        and all(not each.more and set(each.options) <= _TEMPLATES for each in configures)
        and all(each.state == "off" or each.spec is not None for each in each_metadata)
        and set(imports) <= modules
        and len(configures) <= 2
    )
