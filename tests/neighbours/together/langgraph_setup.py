"""LangGraph's `setup()`: of the checkpoints, and in round 2 of a store too."""

import os
import sys

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.store.postgres import PostgresStore

with PostgresSaver.from_conn_string(os.environ["URL"]) as saver:
    saver.setup()
if sys.argv[1] == "2":
    with PostgresStore.from_conn_string(os.environ["URL"]) as store:
        store.setup()
