"""What of a source file may be shown: expressions without their texts, files without their secrets."""

from __future__ import annotations

import ast

import pytest

from alembic_guard._review.hiding import said, without_secrets


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('os.environ["DATABASE_URL"]', "os.environ['DATABASE_URL']"),
        ('os.getenv("A", "postgresql://u:p@h/d")', "os.getenv('A', '...')"),
        ('os.environ.get("A") or "x"', "os.environ.get('A') or '...'"),
        ('f"postgresql://{user}:{password}@h/d"', "'...'"),
        ('b"secret".decode()', "'...'.decode()"),
        ("settings.database.url", "settings.database.url"),
        ('config.get_section("a", {})', "config.get_section('...', {})"),
        ("True", "True"),
    ],
)
def test_an_expression_is_said_without_its_texts_but_with_its_variables(source: str, shown: str) -> None:
    assert said(ast.parse(source, mode="eval").body) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('url = "postgresql://u:p@h/d"  # é', 'url = "***"  # é'),
        ('é = "ü"; url = f"postgresql://{a}:p@h/d" + "x"', 'é = "ü"; url = "***" + "x"'),
        ('connect(password="p", host="h")', 'connect(password="***", host="h")'),
        ('{"PASSWORD": "p", "host": "h"}', '{"PASSWORD": "***", "host": "h"}'),
        ('SECRET = os.environ["A"]', 'SECRET = os.environ["A"]'),
        ('URL.create("postgresql", "u", "p")', 'URL.create("***", "***", "***")'),
        ('a = "# token of a string"', 'a = "# token of a string"'),
        (
            '"""See https://alembic.sqlalchemy.org"""  # and http://a/b',
            '"""See https://alembic.sqlalchemy.org"""  # and http://a/b',
        ),
        ('a = "https://u:p@h"', 'a = "***"'),
        ('password: str = "p"', 'password: str = "***"'),
        ('if (pw := "p"): pass', 'if (pw := "***"): pass'),
        ('def connect(host="h", *, password="p"): ...', 'def connect(host="h", *, password="***"): ...'),
        ('a = lambda token="p": token', 'a = lambda token="***": token'),
        ('a = os.getenv("DB_PASSWORD", "p")', 'a = os.getenv("DB_PASSWORD", "***")'),
        ('os.environ.setdefault("PGPASSWORD", "p")', 'os.environ.setdefault("PGPASSWORD", "***")'),
        ('config.set_section_option("a", "password", "p")', 'config.set_section_option("a", "password", "***")'),
        ('dsn = "host=h user=u password=p"', 'dsn = "***"'),
        ('connect(f"Driver=x;PWD={p}q")', 'connect("***")'),
        ("connect(password=1234)", 'connect(password="***")'),
        ('connect(password=None, token=os.environ["A"])', 'connect(password=None, token=os.environ["A"])'),
        ('a = os.getenv("DB_HOST", "h")', 'a = os.getenv("DB_HOST", "h")'),
        ("a = 1  # the password is p", "a = 1  # ***"),
        ('url = ("postgresql://u:"\n       "p@h/d")\nb = 1', 'url = ("***")\nb = 1'),
    ],
)
def test_a_file_is_shown_without_what_may_be_a_secret(source: str, shown: str) -> None:
    text, hides = without_secrets(source)

    assert text == shown
    assert hides == (source != shown)
    ast.parse(text)
