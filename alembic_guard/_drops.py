"""Which tables of ours, that no model declares, a diff may drop: only those that somebody named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._neighbours import looks_like
from alembic_guard._ownership import Kind, Ownership
from alembic_guard._rules import age108_bad_guard, ago104_no_model, ago107_too_many_drops


@dataclass(frozen=True, slots=True)
class Drops:
    """The answer for one compare.

    Args:
        meant: Tables whose drop is written.
        findings: What is asked, and what is refused.
    """

    meant: frozenset[TableName] = frozenset()
    findings: tuple[Diagnostic, ...] = ()


def decide(
    ownership: Ownership,
    policy: str,
    named: Sequence[str],
    metadata: str,
    left_out: Callable[[TableName], bool],
) -> Drops:
    """Hold what was named with ``-x drop=`` against what is ours and in no model.

    Args:
        policy: ``"ask"``, or ``"write"`` for Alembic's own behaviour.
        named: The values of ``-x drop=``: names, or ``*`` for all of them.
        metadata: How the user names the models.
        left_out: Whether env.py's own filters keep a table out of the compare: then nobody is asked about it.
    """
    default = ownership.catalogue.default_schema
    orphans = {name: why for name, why in ownership.in_no_model().items() if not left_out(_as_written(name, default))}
    given = {_meant(text, ownership, orphans): text for text in named if text != "*"}
    findings = [_cannot_drop(text, name, ownership, orphans) for name, text in given.items() if name not in orphans]
    everything = policy == "write" or "*" in named
    sure = [name for name in orphans if everything and not _doubtful(name, ownership)]
    meant = frozenset(sure) | (frozenset(given) & frozenset(orphans))
    ours = len(orphans) + sum(name in ownership.catalogue.tables for name in ownership.ours)
    if everything and 2 * len(orphans) > ours:
        too_many = ago107_too_many_drops.too_many(sorted(orphans), ours, metadata, ownership.catalogue.database)
        findings.append(too_many if "*" in named else replace(too_many, severity=Severity.WARNING))
    left = {name: why for name, why in orphans.items() if name not in meant}
    if left:
        findings.append(ago104_no_model.in_no_model(left, ownership.catalogue.database))
    return Drops(meant, tuple(findings))


def _doubtful(name: TableName, ownership: Ownership) -> bool:
    """What was created under a condition may be a neighbour's that was there before, and what has the name of another
    tool's table may have been created for that tool (``better_auth(created_by="alembic")``): it has to be named."""
    return ownership.is_conditional(name) or looks_like(name) is not None


def _as_written(name: TableName, default_schema: str | None) -> TableName:
    return TableName(None, name.name) if name.schema == default_schema else name


def _meant(text: str, ownership: Ownership, orphans: Iterable[TableName]) -> TableName:
    """The table that ``-x drop=`` names: with its schema or without, and a dot may be a part of either."""
    same: Callable[[str], str] = str.lower if ownership.catalogue.ignores_case else str
    for name in orphans:
        if same(text) in (same(str(name)), same(name.name)):
            return name
    return TableName.parse(text).within(ownership.catalogue.default_schema)


def _cannot_drop(text: str, name: TableName, ownership: Ownership, orphans: Iterable[TableName]) -> Diagnostic:
    answer = ownership.of(name)
    found = answer.kind.value + (f", {answer.owner}" if answer.owner else "")
    if name in ownership.ours:
        found += " and has a model: take the model out first"
    elif answer.kind is Kind.OURS:
        found += "; autogenerate does not look there: env.py's filters leave it out, or no model uses its schema"
    listed = ", ".join(map(str, orphans)) or "there is none"
    expected = f"a table in {ownership.catalogue.database} that is ours and in no model ({listed})"
    hint = "To drop another table, write op.drop_table() in a revision of your own."
    return age108_bad_guard.bad_value("-x drop=", f"{text} ({found})", expected, hint)
