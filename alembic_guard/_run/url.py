"""The database's URL: from the Guard, from the configuration, or from a named variable; never through ConfigParser."""

from __future__ import annotations

import os

from alembic.config import Config
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from alembic_guard._configuration import PLACEHOLDER, configured_url
from alembic_guard._rules import age104_no_url, age105_bad_url
from alembic_guard._stop import stop

_VARIABLE = "env:"


def database_url(config: Config, given: str | URL | None, section: str | None = None) -> URL:
    """The URL to connect to.

    Args:
        section: One of the configuration's, of a database among several; None for the main one.
        given: The Guard's ``url``. A string that starts with ``env:`` names a variable; the same form is understood
            in ``sqlalchemy.url``.

    Raises:
        GuardError: AGE104 when nothing says which database, AGE105 when the text is no URL.
    """
    if isinstance(given, URL):
        return given
    of = f"[{section}] of " if section else ""
    where = "Guard(url=...)" if given else f"sqlalchemy.url in {of}{config.config_file_name or 'the configuration'}"
    text = given or configured_url(config, section)
    if text and text.startswith(_VARIABLE):
        where = f"the variable {text[len(_VARIABLE) :]}"
        text = os.environ.get(text[len(_VARIABLE) :], "")
    if not text:
        stop(age104_no_url.no_url(where, "it is not set or empty; expected a database URL"))
    if text.startswith(PLACEHOLDER):
        stop(age104_no_url.no_url(where, f"it is still the template's {PLACEHOLDER}"))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or _splits_password(url):
        # The text is not shown, and neither is SQLAlchemy's error: either may hold the password.
        stop(
            age105_bad_url.bad_url(
                where,
                "the text is not a database URL; expected dialect+driver://user:password@host:port/database",
                "Characters like @ : / % in a password are written in percent form: urllib.parse.quote(password, safe='').",
            )
        )
    return url


def _splits_password(url: URL) -> bool:
    """Whether an @ that is not in percent form may have put the rest of a password into the host or the database's name;
    one in the user's name (app@tenant) is read right."""
    return url.get_backend_name() != "sqlite" and "@" in f"{url.host}{url.database}"
