"""DBOS, by launching an application, as `dbos migrate` does it."""

import os

from dbos import DBOS

DBOS(config={"name": "app", "system_database_url": os.environ["SQLALCHEMY_URL"], "run_admin_server": False})
DBOS.launch()
DBOS.destroy()
