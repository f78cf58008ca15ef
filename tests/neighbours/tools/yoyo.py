"""yoyo, with one migration that makes a table."""

import os
from pathlib import Path

from yoyo import get_backend, read_migrations

folder = Path("yoyo_migrations")
folder.mkdir()
(folder / "0001.books.sql").write_text("CREATE TABLE books (id INTEGER PRIMARY KEY)")
if os.environ["DIALECT"] == "sqlite":
    url = f"sqlite:///{os.environ['FILE']}"
else:
    password = f":{os.environ['PGPASSWORD']}" if os.environ["PGPASSWORD"] else ""
    where = f"{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}&port={os.environ['PGPORT']}"
    url = f"postgresql+psycopg://{os.environ['PGUSER']}{password}@/{where}"
backend = get_backend(url)
with backend.lock():
    backend.apply_migrations(backend.to_apply(read_migrations(str(folder))))
