"""pgqueuer, by `pgq install`."""

import asyncio
import os

import asyncpg
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries


async def main() -> None:
    connection = await asyncpg.connect(host=os.environ["PGHOST"], database=os.environ["PGDATABASE"])
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


asyncio.run(main())
