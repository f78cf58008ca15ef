"""pgqueuer, by `pgq install`."""

import asyncio

import asyncpg
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries


async def main() -> None:
    connection = await asyncpg.connect()  # PGHOST, PGUSER and so on
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


asyncio.run(main())
