"""What is found, as data, as an exception, as text, as JSON."""

from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError

import pytest
from alembic.util import CommandError

from alembic_guard import Diagnostic, GuardError, Location, Severity
from alembic_guard._report import as_json, as_text

EMAIL = Diagnostic(
    "AGC101",
    Severity.ERROR,
    Location("public.user.email"),
    "better-auth declares TEXT;\nthe database has INTEGER",
    "Let the live table decide.",
    "external-column-type",
)
UNDECLARED = [
    Diagnostic(
        "AGO103", Severity.INFO, Location(name), "in no model; left alone", "Name its owner.", "undeclared-table"
    )
    for name in ("public.store", "public.jobs")
]
KEY = Diagnostic(
    "AGR105", Severity.WARNING, Location("chats.user_id", "app/models.py", 12), "no model declares it", slug="key-lost"
)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (Location("public.user.email"), "public.user.email"),
        (Location(path="app/models.py", line=12), "app/models.py:12"),
        (Location(path="app/models.py"), "app/models.py"),
        (Location("chats.user_id", "app/models.py", 12), "chats.user_id (app/models.py:12)"),
        (Location(), "(nowhere)"),
    ],
)
def test_a_location_reads_as_an_object_a_line_or_both(location: Location, shown: str) -> None:
    assert str(location) == shown


def test_a_diagnostic_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        EMAIL.code = "AGC102"  # type: ignore[misc]


def test_two_findings_of_the_same_are_equal_whatever_the_rule_is_called_in_words() -> None:
    first, second = (
        Diagnostic("AGC101", Severity.ERROR, Location("a"), "wrong", slug=slug) for slug in ("before", "after")
    )

    assert first == second
    assert len({first, second}) == 1


def test_a_line_is_added_to_a_finding_that_has_none() -> None:
    found = EMAIL.at("app/models.py", 12)

    assert found.location == Location("public.user.email", "app/models.py", 12)
    assert EMAIL.location.path is None


def test_a_line_that_a_finding_has_is_not_replaced_and_no_line_is_no_change() -> None:
    assert KEY.at("other.py", 1) is KEY
    assert EMAIL.at(None, None) is EMAIL


# The exception


def test_an_error_is_alembics_own_and_one_line_with_the_first_error_and_its_hint() -> None:
    error = GuardError([KEY, EMAIL])

    assert isinstance(error, CommandError)
    assert str(error) == (
        "AGC101 public.user.email: better-auth declares TEXT; the database has INTEGER | hint: Let the live table decide."
    )


def test_an_error_of_several_counts_the_other_errors_and_not_the_warnings() -> None:
    other = Diagnostic("AGC102", Severity.ERROR, Location("public.session"), "it is not there")

    assert "has INTEGER (and 1 more, see the report above) | hint: " in str(GuardError([EMAIL, other, KEY]))


def test_an_error_carries_every_finding_errors_first() -> None:
    assert GuardError([KEY, *UNDECLARED, EMAIL]).diagnostics == (EMAIL, KEY, *UNDECLARED)


def test_an_error_of_warnings_only_names_the_first_and_one_of_nothing_still_says_who_stopped() -> None:
    assert str(GuardError([KEY])) == "AGR105 chats.user_id (app/models.py:12): no model declares it"
    assert str(GuardError([])) == "alembic_guard stopped the command"


def test_an_error_comes_back_from_pickle_with_its_findings() -> None:
    error = GuardError(iter([KEY, EMAIL]))

    again = pickle.loads(pickle.dumps(error))

    assert type(again) is GuardError
    assert again.diagnostics == error.diagnostics
    assert str(again) == str(error)


# The reports


def test_a_single_finding_as_text() -> None:
    assert as_text([EMAIL]) == (
        "AGC101 error  public.user.email\n"
        "  better-auth declares TEXT;\n"
        "  the database has INTEGER\n"
        "  hint: Let the live table decide."
    )


def test_a_finding_without_a_hint_as_text_has_no_hint_line() -> None:
    assert as_text([KEY]) == "AGR105 warning  chats.user_id (app/models.py:12)\n  no model declares it"


def test_a_hint_of_two_lines_as_text_is_indented_as_one_block() -> None:
    found = Diagnostic("AGO102", Severity.ERROR, Location("account"), "wrong", "class Account(Base):\n    x = 1")

    assert as_text([found]) == (
        "AGO102 error  account\n"
        "  wrong\n"
        "  hint: class Account(Base):\n"
        "            x = 1"
    )  # fmt: skip


def test_findings_that_share_code_and_hint_stand_under_one_head() -> None:
    assert as_text(UNDECLARED) == (
        "AGO103 info  2 x undeclared-table\n"
        "  public.jobs: in no model; left alone\n"
        "  public.store: in no model; left alone\n"
        "  hint: Name its owner."
    )


def test_findings_of_one_code_with_other_hints_stand_alone() -> None:
    first, second = (Diagnostic("AGC102", Severity.ERROR, Location(each), "gone", f"Make {each}.") for each in "ab")

    assert as_text([second, first]) == (
        "AGC102 error  a\n  gone\n  hint: Make a.\n"
        "AGC102 error  b\n  gone\n  hint: Make b."
    )  # fmt: skip


def test_the_whole_report_begins_with_errors_then_warnings_then_the_rest() -> None:
    assert as_text([*UNDECLARED, KEY, EMAIL]) == (
        "AGC101 error  public.user.email\n"
        "  better-auth declares TEXT;\n"
        "  the database has INTEGER\n"
        "  hint: Let the live table decide.\n"
        "AGR105 warning  chats.user_id (app/models.py:12)\n"
        "  no model declares it\n"
        "AGO103 info  2 x undeclared-table\n"
        "  public.jobs: in no model; left alone\n"
        "  public.store: in no model; left alone\n"
        "  hint: Name its owner."
    )


def test_one_code_at_two_severities_is_two_blocks() -> None:
    old, new = (Diagnostic("AGR101", each, Location("t.c"), "type") for each in (Severity.WARNING, Severity.ERROR))

    assert as_text([old, new]) == "AGR101 error  t.c\n  type\nAGR101 warning  t.c\n  type"


def test_no_finding_as_text_is_no_text() -> None:
    assert as_text([]) == ""


def test_the_json_report_says_its_version_and_each_finding_in_full() -> None:
    assert json.loads(as_json([KEY, EMAIL])) == {
        "version": 1,
        "diagnostics": [
            {
                "code": "AGC101",
                "severity": "error",
                "slug": "external-column-type",
                "object": "public.user.email",
                "path": None,
                "line": None,
                "message": "better-auth declares TEXT;\nthe database has INTEGER",
                "hint": "Let the live table decide.",
            },
            {
                "code": "AGR105",
                "severity": "warning",
                "slug": "key-lost",
                "object": "chats.user_id",
                "path": "app/models.py",
                "line": 12,
                "message": "no model declares it",
                "hint": "",
            },
        ],
    }


def test_the_json_report_of_no_finding_keeps_its_shape_and_other_letters_stay_readable() -> None:
    german = Diagnostic("AGO103", Severity.INFO, Location("größe"), "übrig")

    assert json.loads(as_json([])) == {"version": 1, "diagnostics": []}
    assert "größe" in as_json([german])
