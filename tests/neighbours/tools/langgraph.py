"""LangGraph's checkpoints and its store, with an index of vectors on PostgreSQL, by `setup()`."""

import os


def embed(texts: list[str]) -> list[list[float]]:
    return [[0.0, 0.0] for _ in texts]


if os.environ["DIALECT"] == "sqlite":
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.store.sqlite import SqliteStore

    with SqliteSaver.from_conn_string(os.environ["FILE"]) as saver:
        saver.setup()
    with SqliteStore.from_conn_string(os.environ["FILE"]) as store:
        store.setup()
else:
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.postgres.shallow import ShallowPostgresSaver  # noqa: F401  # makes the same tables
    from langgraph.store.postgres import PostgresStore

    with PostgresSaver.from_conn_string(os.environ["URL"]) as saver:
        saver.setup()
    with PostgresStore.from_conn_string(os.environ["URL"], index={"dims": 2, "embed": embed}) as store:
        store.setup()
