"""procrastinate, by `procrastinate schema --apply`."""

import os

from procrastinate import App, SyncPsycopgConnector

with App(connector=SyncPsycopgConnector(conninfo=os.environ["URL"])).open() as app:
    app.schema_manager.apply_schema()
