"""What to do next, in order, as commands and code to paste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from alembic_guard._review.models import Spec
from alembic_guard._review.new_env import NewEnv
from alembic_guard._review.values import Database, Environment, Reference, Sources, Step

BASE = """from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        }
    )
"""


def next_steps(
    environment: Environment,
    databases: Sequence[Database],
    sources: Sources,
    specs: Mapping[str | None, Spec | None],
    env: NewEnv | None,
) -> Iterator[Step]:
    """The plan."""
    for each in databases:
        yield from _owners_first(each)
    for each in databases:
        yield from _types(each.references)
    chain = databases[0].chain
    if len(chain.heads) > 1 and not chain.apart:
        yield Step(
            "Give the chain one head", "Unless the branches are meant to be apart.", ("alembic merge heads -m merge",)
        )
    behind = [each for each in databases if each.chain.heads and _is_behind(each)]
    if behind:
        yield Step(
            "Bring the database to the head" if databases[0].name is None else "Bring the databases to the head",
            " ".join(map(_behind, behind)),
            ("alembic upgrade heads" if chain.apart else "alembic upgrade head",),
        )
    if env is not None:
        new = {spec.text.partition(":")[0]: name for name, spec in specs.items() if spec is not None and spec.is_new}
        for module, name in new.items():
            yield Step(
                "Give the models a place" if name is None else f"Give the models of {name} a place",
                "There is no model yet. A naming convention lets every key and index be dropped by its name.",
                file=f"{module.replace('.', '/')}.py",
                code=BASE,
            )
        why = " ".join([_why_env(env, databases), *_imports(specs)])
        yield Step("Turn autogenerate on", why, file=environment.path, code=env.text)
        for each in databases:
            yield from _without_model(each, sources, specs[each.name])
    elif environment.guarded is not None:
        for each in databases:
            yield from _without_model(each, sources, specs[each.name])
    elif environment.configures and len(specs) > 1:
        yield from _unassigned(databases, specs)
    yield Step("See that models and database agree", "Before the next change, and in CI.", ("alembic check",))


def _unassigned(databases: Sequence[Database], specs: Mapping[str | None, Spec | None]) -> Iterator[Step]:
    """Databases of which nothing says which models are their own."""
    names = [each.name or "" for each in databases if specs[each.name] is None and each.metadata.state == "off"]
    if names:
        yield Step(
            "Say which models belong to which database",
            f"Nothing that is read says so of {', '.join(names)}. A base, or a MetaData, for each; then in env.py:",
            code=_by_name(databases, specs),
        )


def _by_name(databases: Sequence[Database], specs: Mapping[str | None, Spec | None]) -> str:
    lines = [
        f'        "{each.name}": Guard("{spec.text if (spec := specs[each.name]) else "...:Base.metadata"}"),'
        for each in databases
    ]
    return "\n".join(["run_migrations(", "    {", *lines, "    }", ")", ""])


def _is_behind(database: Database) -> bool:
    live = database.live
    return live.identity is None or bool(live.pending) or set(live.current) != set(database.chain.heads)


def _without_model(database: Database, sources: Sources, spec: Spec | None) -> Iterator[Step]:
    """What the revisions made and no model declares: of a project that has begun with models, only where no file has one."""
    unmodelled = [each for each in database.tables if each.kind == "ours" and " declares it" not in each.why]
    declared = {each.table for each in sources.models}
    missing = sorted(str(each.name) for each in unmodelled if each.name not in declared)
    if missing and (database.metadata.state == "off" or not sources.models):
        yield from _adopt(missing, spec, database.name)


def _owners_first(database: Database) -> Iterator[Step]:
    for each in database.owners:
        theirs = [table for table in database.tables if table.owner == each.name]
        if any(table.live for table in theirs) and not any(need.live is False for need in database.requirements):
            continue
        needed = ", ".join(str(need.table) for need in database.requirements if need.owner == each.name)
        why = (
            f"Our keys refer to {needed}, which only its migrator makes."
            if needed
            else "Only its migrator makes its tables."
        )
        where = f" in {database.name}" if database.name else ""
        yield Step(f"Let {each.name} migrate first{where}", why, (each.migrate,) if each.migrate else ())


def _types(references: Sequence[Reference]) -> Iterator[Step]:
    for each in references:
        if each.fits is False and each.where != "the database":
            target = each.refers_to
            yield Step(
                f"Give {each.table}.{each.column} the type of {target}",
                f"{each.place}: it is {each.type}, {target} is {each.target_type}; {each.verdict}. "
                "Only the key: primary keys of ours stay as they are.",
                code=f'sa.Column("{each.column}", {_sa_type(each.target_type)}, ...)\n',
            )


def _sa_type(written: str) -> str:
    return {"TEXT": "sa.Text()", "UUID": "sa.Uuid()", "INTEGER": "sa.Integer()"}.get(
        written.upper(),
        f"sa.String({written.partition('(')[2].rstrip(')')})" if "CHAR(" in written.upper() else written,
    )


def _behind(database: Database) -> str:
    live = database.live
    if live.identity is None:
        return f"{database.name or 'The database'} was not asked at which revision it is."
    current, pending = ", ".join(live.current) or "no revision", ", ".join(live.pending) or "nothing"
    return f"{database.name or 'It'} is at {current}; to run: {pending}."


def _imports(specs: Mapping[str | None, Spec | None]) -> Iterator[str]:
    for spec in specs.values():
        if spec is not None and spec.others:
            module = spec.text.partition(":")[0]
            yield f"See that {module} imports {', '.join(spec.others)} too: a model that nobody imports is not compared."


def _why_env(env: NewEnv, databases: Sequence[Database]) -> str:
    several = databases[0].name is not None
    whole = (
        ("One call does all that the old file did." if several else "Three lines do all that the old file did.")
        if env.short
        else f"The old file, with a Guard{' for each database' if several else ''}."
    )
    owners = dict.fromkeys(owner.name for each in databases for owner in each.owners)
    theirs = f" Tables of {', '.join(owners)} are left alone." if owners else ""
    hidden = ' "***" stands for a text of yours that may be a secret: keep what is there.' if env.hides else ""
    return f"{whole}{theirs} Tables that nobody declared are left alone too.{hidden}"


def _adopt(missing: Sequence[str], spec: Spec | None, database: str | None) -> Iterator[Step]:
    why = f"No model declares {', '.join(missing)}: without one each would be a drop, which the guard asks about (AGO104)."
    if database is not None:  # adopt connects to what env.py connects to, which has to be one
        yield Step(f"Write models for what the revisions made in {database}", why)
        return
    module = (spec.text if spec else "").partition(":")[0]
    package = module.rpartition(".")[0]
    adopted = f"{package}.adopted" if package else "adopted"
    yield Step(
        "Have the models written for what the revisions made",
        why,
        (
            "pip install 'alembic-guard-hooks[adopt]'",
            f"python -m alembic_guard adopt --output {adopted.replace('.', '/')}.py",
            f"echo 'import {adopted}  # noqa: E402, F401' >> {module.replace('.', '/')}.py",
        ),
    )
