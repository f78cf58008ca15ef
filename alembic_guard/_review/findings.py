"""What is wrong or worth knowing, as diagnostics; each says where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from alembic.config import Config

from alembic_guard._database import describe_url
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._models import shown
from alembic_guard._review.configuration import listed_databases
from alembic_guard._review.database import Said
from alembic_guard._review.env_source import EnvSource
from alembic_guard._review.one_database import Read
from alembic_guard._review.values import (
    Chain,
    Database,
    Environment,
    Metadata,
    Owned,
    Place,
    Reference,
    UrlSource,
)
from alembic_guard._rules import (
    agc102_table_missing,
    age104_no_url,
    age108_bad_guard,
    age133_unknown_revision,
    age135_pooler,
    age140_autogenerate_off,
    age141_loggers_silenced,
    age142_password_in_file,
    age143_several_heads,
    age144_not_reversible,
    age145_not_read,
    ago103_undeclared,
    ago109_touched,
    ago110_unread,
    agr101_key_type,
    agr110_no_on_delete,
)
from alembic_guard._run.right_database import pooler_in


def findings(
    config: Config,
    env: EnvSource,
    environment: Environment,
    databases: Sequence[Read],
    script_folder: str,
    unreadable: Mapping[str, str],
) -> Iterator[Diagnostic]:
    """All of them, in no order; what is said of several databases alike stands there once for each."""
    yield from _of_environment(environment)
    yield from _of_names(config, env)
    for read in databases:
        database = read.database
        yield from _of_url(database.url, environment, read)
        yield from _of_metadata(database.metadata, environment)
        yield from _of_chain(database, read.said, script_folder, unreadable)
        yield from _of_tables(database.chain, database.tables)
        owners = {each.name: each.owner for each in database.tables if each.kind == "external"}
        for each in database.references:
            yield from _of_reference(each, owners.get(each.target))
        told = read.said.identity.url if read.said.identity else ""
        for needed in database.requirements:
            if needed.live is False and needed.owner:
                yield agc102_table_missing.table_missing(
                    needed.table, needed.owner, told, needed.migrate or None, needed_by="a key of ours"
                )


def _of_names(config: Config, env: EnvSource) -> Iterator[Diagnostic]:
    """Guards by names that alembic.ini does not list, on which ``run_migrations`` stops."""
    guards = [name for name in env.guards if name is not None]
    listed = listed_databases(config)
    if guards and sorted(guards) != sorted(listed):
        written = f"databases = {', '.join(guards)}"
        where = f"databases in {config.config_file_name or 'the configuration'}"
        yield age108_bad_guard.bad_value(where, ", ".join(listed), f"the names of the Guards ({written})", written)


def _at(found: Diagnostic, place: Place | None) -> Diagnostic:
    return found if place is None else found.at(place.path, place.line or None)


def _of_url(source: UrlSource, environment: Environment, read: Read) -> Iterator[Diagnostic]:
    if source.holds_password:
        yield _at(age142_password_in_file.in_file(), source.place)
    connects = environment.configures or environment.guarded is not None
    if source.kind == "none" and connects and not environment.framework:
        where = str(source.place) if source.place else _nowhere(read.database.name)
        what = "it is still the template's driver://" if source.place else "no database URL is named"
        yield replace(age104_no_url.no_url(where, what), severity=Severity.WARNING)
    if source.kind == "computed":
        yield _at(age145_not_read.url_computed(source.said), source.place)
    if read.url is not None and (found := pooler_in(read.url)):
        yield age135_pooler.pooler(describe_url(read.url), found)
    if read.said.unreachable is not None:
        yield replace(read.said.unreachable, severity=Severity.WARNING)


def _nowhere(database: str | None) -> str:
    return f"[{database}] of the configuration, and env.py" if database else "the configuration and env.py"


def _of_environment(environment: Environment) -> Iterator[Diagnostic]:
    if environment.why_unread:
        yield age145_not_read.not_told(f"env.py: {environment.why_unread}").at(environment.path, None)
    if environment.logging == "silences" and environment.guarded is None:
        yield _at(age141_loggers_silenced.silenced(), environment.logging_place)


def _of_metadata(metadata: Metadata, environment: Environment) -> Iterator[Diagnostic]:
    if environment.why_unread:
        return
    if metadata.state == "off":
        yield _at(age140_autogenerate_off.off(metadata.said), metadata.place or Place(environment.path))
    elif metadata.state == "unknown":
        told = f"what autogenerate compares with is computed: {metadata.said}"
        yield _at(age145_not_read.not_told(told), metadata.place or Place(environment.path))


def _of_chain(database: Database, said: Said, folder: str, unreadable: Mapping[str, str]) -> Iterator[Diagnostic]:
    chain = database.chain
    if chain.broken:
        yield ago110_unread.unread("(none)", folder, 0, f"the chain is broken: {chain.broken}")
    for warning in chain.warnings:
        yield ago110_unread.unread("(none)", folder, 0, f"Alembic warns: {warning}")
    for path, why in unreadable.items():
        yield age145_not_read.not_told(f"the file is no Python: {why}").at(shown(path), None)
    if len(chain.heads) > 1 and not chain.apart:
        yield age143_several_heads.several(chain.heads, folder)
    known = {each.id for each in chain.revisions}
    strangers = [each for each in said.current if each not in known]
    if strangers and not chain.broken and said.identity is not None:
        yield age133_unknown_revision.unknown(said.identity.url, "the version table", strangers, folder, chain.heads)
    changing = [each for each in chain.revisions if each.origin != "empty"]
    without = [each for each in changing if each.downgrade in ("missing", "empty")]
    if len(without) == len(changing) > 1:
        yield age144_not_reversible.none_of_all(len(changing), folder, database.name)
    else:
        for each in without:
            yield _at(age144_not_reversible.none(each.id, each.downgrade, database.name), each.place)
    for line in chain.history.unread:
        yield ago110_unread.unread(line.place.revision, shown(line.place.path), line.place.line, line.message)


def _of_tables(chain: Chain, tables: Sequence[Owned]) -> Iterator[Diagnostic]:
    for each in tables:
        if each.kind == "touched":
            place = chain.history.touched[each.name].place
            found = ago109_touched.touched_as_read(each.name, f"revision {place.revision}")
            yield found.at(shown(place.path), place.line)
        elif each.kind == "undeclared" and each.live:
            yield ago103_undeclared.undeclared_kept(each.name, each.why.partition("; ")[2])


def _of_reference(each: Reference, owner: str | None) -> Iterator[Diagnostic]:
    key, target = f"{each.table}.{each.column}", each.refers_to
    if each.fits is False:
        kind = "sa.Text()" if each.target_type.upper() == "TEXT" else each.target_type
        line = (
            f'sa.Column("{each.column}", {kind}, ...)'
            if each.where == "a migration"
            else f"the type of {target}: {kind}"
        )
        found = agr101_key_type.refused_in_file(key, each.type, target, each.target_type, each.verdict, line)
        yield _at(found, each.place)
    if owner and not each.on_delete and each.where != "the database":
        cascade = f'ForeignKey("{target}", ondelete="CASCADE")'
        found = agr110_no_on_delete.no_on_delete(key, target, owner, cascade, None)
        yield _at(found.of_what_stands(), each.place)
