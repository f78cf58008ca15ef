"""The Guard: one frozen value that holds all that the user wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from sqlalchemy import MetaData
from sqlalchemy.engine import URL

from alembic_guard._allow import Allow
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._external import ExternalTables
from alembic_guard._models import load_metadata
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard, all_rules
from alembic_guard._stop import stop

Undeclared = Literal["keep", "fail", "drop"]
DropPolicy = Literal["ask", "write"]
Locks = Literal["note", "split"]
Policy = Literal["error", "warning", "info", "off"]


@dataclass(frozen=True, slots=True)
class Guard:
    """What we own, what we leave alone, and how migrations are written and run.

    Args:
        metadata: The models: an import string (``"app.models:Base.metadata"``, so that a failing import becomes a
            diagnostic), a MetaData, or several of either.
        external: Tables of other owners that no key and no ``attach()`` mentions.
        ours: Names of tables that are ours though no revision shows it: a squashed chain, ``create_all`` and ``stamp``.
            With ``*`` and ``?`` a name is a pattern, matched with case: ``"shadow_*"``.
        undeclared: What becomes of a table that is in the database and in no model, and that nobody declared:
            ``"keep"`` it and say so, ``"fail"``, or ``"drop"`` it as bare Alembic does.
        drops: What becomes of a table that is ours and in no model: ``"ask"`` stops the command (AGO104) until it is
            adopted, declared external, or named with ``-x drop=name``; ``"write"`` writes the drop as bare Alembic does.
        locks: How a key into another owner's table is added to a table of ours that exists (PostgreSQL): ``"note"`` writes
            a comment above the operation that says what it locks; ``"split"`` writes two revisions, of which the first
            adds the key NOT VALID and the second validates it, so that nobody waits while rows are read. One is written
            where they would not commit one by one: ``transaction_per_migration=False``, several databases.
        url: The database: a URL, or ``"env:DATABASE_URL"`` for a variable; else ``sqlalchemy.url`` of the configuration.
        schema: The schema where unqualified names live in this run (PostgreSQL), for one schema for each tenant: a name,
            or ``"x:tenant"`` for what ``-x tenant=...`` says. ``run_migrations`` sets search_path to it alone; an env.py
            with ``configure_options`` has to, and is stopped where it has not.
        rules: Severity by code, ``{"AGR105": "error", "AGO103": "off"}``.
        lock: Whether a run that changes the database keeps all others out of it. None: yes, unless a Connection was
            handed in; True: then too. SQLite in memory has no others.
        lock_wait: How many seconds to wait for another run to end.
        lock_timeout: How many seconds a migration waits for a lock of the database's own; None: as the database is set.
            ``lock_timeout = 10`` in a revision's file goes before it.
        statement_timeout: How many seconds a statement of a migration may run (PostgreSQL, MariaDB); in the same way.
        retry_for: For how many seconds a migration that got no lock is tried again, where it is rolled back as a whole.
        fence: Whether a migration that changes a table of another owner is stopped: refused, rolled back, or where that
            cannot be, reported.
        allow: What one revision may do there all the same, each with a reason: ``Allow("a1f4", "user", reason="...")``.
        rewriters: Your own ``process_revision_directives`` functions or Rewriters, run after ours.
        configure: Further keywords for Alembic's ``context.configure()``.

    Raises:
        GuardError: AGE108 when a value makes no sense.

    .. versionadded:: 0.1
    """

    metadata: str | MetaData | Sequence[str | MetaData]
    external: Sequence[ExternalTables] = field(default=(), kw_only=True)
    ours: Sequence[str | TableName] = field(default=(), kw_only=True)
    undeclared: Undeclared = field(default="keep", kw_only=True)
    drops: DropPolicy = field(default="ask", kw_only=True)
    locks: Locks = field(default="note", kw_only=True)
    # repr=False: a URL given as text holds its password.
    url: str | URL | None = field(default=None, kw_only=True, repr=False)
    schema: str | None = field(default=None, kw_only=True)
    rules: Mapping[str, Policy] = field(default_factory=dict, kw_only=True)
    lock: bool | None = field(default=None, kw_only=True)
    lock_wait: float = field(default=300.0, kw_only=True)
    lock_timeout: float | None = field(default=None, kw_only=True)
    statement_timeout: float | None = field(default=None, kw_only=True)
    retry_for: float = field(default=60.0, kw_only=True)
    fence: bool = field(default=True, kw_only=True)
    allow: Sequence[Allow] = field(default=(), kw_only=True)
    rewriters: Sequence[Callable[..., None]] = field(default=(), kw_only=True)
    configure: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        given: object = self.external
        if not isinstance(given, (list, tuple)) or any(not isinstance(each, ExternalTables) for each in given):
            stop(
                age108_bad_guard.bad_value(
                    "Guard(external=...)", given, "ExternalTables in a list", "external=[better_auth()]"
                )
            )
        if self.undeclared not in get_args(Undeclared):
            stop(age108_bad_guard.bad_value("Guard(undeclared=...)", self.undeclared, f"one of {get_args(Undeclared)}"))
        if self.drops not in get_args(DropPolicy):
            stop(age108_bad_guard.bad_value("Guard(drops=...)", self.drops, f"one of {get_args(DropPolicy)}"))
        if self.locks not in get_args(Locks):
            stop(age108_bad_guard.bad_value("Guard(locks=...)", self.locks, f"one of {get_args(Locks)}"))
        self._check_kinds()
        self._check_run()
        if self.rules:
            _check_rules(self.rules)

    def _check_kinds(self) -> None:
        url, rewriters, rules, configure = _untyped(self.url, self.rewriters, self.rules, self.configure)
        schema: object = self.schema
        bad = age108_bad_guard.bad_value
        ours: object = self.ours
        several = [] if isinstance(ours, TableName) or not isinstance(ours, (list, tuple)) else ours
        if several is not ours or any(not isinstance(each, (str, TableName)) for each in several):
            stop(bad("Guard(ours=...)", ours, "names of tables in a list", "ours=['users', 'reporting.facts']"))
        if not isinstance(url, (str, URL, type(None))):
            # The type, not the value: it may hold a password.
            stop(bad("Guard(url=...)", type(url), "a URL or 'env:NAME'", "url='env:DATABASE_URL'"))
        if schema is not None and not (isinstance(schema, str) and schema.removeprefix("x:")):
            stop(bad("Guard(schema=...)", schema, "the name of a schema or 'x:NAME'", "schema='x:tenant'"))
        if not isinstance(rewriters, (list, tuple)) or not all(callable(each) for each in rewriters):
            stop(bad("Guard(rewriters=...)", rewriters, "functions in a list", "rewriters=[my_rewriter]"))
        if not isinstance(rules, Mapping):
            stop(bad("Guard(rules=...)", rules, "a dict of codes", "rules={'AGO103': 'off'}"))
        if not isinstance(configure, Mapping):
            given = type(configure)
            stop(bad("Guard(configure=...)", given, "a dict of keywords", "configure={'compare_server_default': True}"))

    def _check_run(self) -> None:
        bad = age108_bad_guard.bad_value
        if self.lock not in (None, True, False):
            stop(bad("Guard(lock=...)", self.lock, "True, False or None", "lock=True, lock_wait=60"))
        for name, value in (("lock_wait", self.lock_wait), ("retry_for", self.retry_for)):
            if not is_seconds(value):
                stop(bad(f"Guard({name}=...)", value, "a number of seconds", f"{name}=60"))
        for name, limit in (("lock_timeout", self.lock_timeout), ("statement_timeout", self.statement_timeout)):
            if limit is not None and not is_seconds(limit):
                stop(bad(f"Guard({name}=...)", limit, "a number of seconds, or None", f"{name}=0.5"))
        allow: object = self.allow
        if not isinstance(allow, (list, tuple)) or any(not _is_consent(each) for each in allow):
            example = "allow=[Allow('a1f4c7d20b35', 'user', reason='agreed with its owner, #123')]"
            stop(bad("Guard(allow=...)", allow, "Allow(revision, table, reason=...) in a list, with a reason", example))

    def load(self) -> tuple[MetaData, ...]:
        """Import the models.

        Raises:
            GuardError: AGE101 or AGE102, with the user's own line.
        """
        given: object = self.metadata
        several = given if isinstance(given, (list, tuple)) and given else [given]
        return tuple(load_metadata(each) for each in several)

    @property
    def spec(self) -> str:
        """The metadata as the user wrote it, for messages."""
        return self.metadata if isinstance(self.metadata, str) else "Guard(metadata)"

    def judged(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings with the user's severities, without those that are off."""
        kept = []
        for each in diagnostics:
            policy = self.rules.get(each.code)
            if policy is None:
                kept.append(each)
            elif policy != "off":
                kept.append(replace(each, severity=Severity(policy)))
        return kept


def is_seconds(value: object) -> bool:
    """Whether a value is a number of seconds."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def _is_consent(value: object) -> bool:
    return isinstance(value, Allow) and all(
        isinstance(each, str) and each.strip() for each in (value.revision, value.table, value.reason)
    )


def _untyped(*values: object) -> tuple[object, ...]:
    """The same values, not yet believed to have the types they are annotated with."""
    return values


def _check_rules(rules: Mapping[str, Policy]) -> None:
    known = {rule.code: rule for rule in all_rules()}
    for code, policy in rules.items():
        if code not in known:
            stop(age108_bad_guard.bad_value("Guard(rules=...)", code, f"a code ({', '.join(known)})"))
        if policy not in get_args(Policy):
            stop(age108_bad_guard.bad_value(f"Guard(rules={{{code!r}: ...}})", policy, f"one of {get_args(Policy)}"))
        if not known[code].switchable:
            why = f"a rule that can be switched; {code} ({known[code].slug}) decides whether the run has a meaning"
            stop(age108_bad_guard.bad_value("Guard(rules=...)", code, why))
