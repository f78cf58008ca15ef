"""An API that says why its schema is not the models': at its start, at /health, and in the answer that fails."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.database import engine, session
from core.models import Base, Project, Run
from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from alembic_guard import SchemaReport, check_schema, explain_errors, explanation_of

ALEMBIC = Path(__file__).parent.parent / "alembic.ini"
log = logging.getLogger("uvicorn.error")


async def check() -> SchemaReport:
    # In a thread: the loop serves other requests meanwhile.
    return await asyncio.to_thread(check_schema, engine, Base.metadata, config=ALEMBIC)


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    explain_errors(engine, Base.metadata, config=ALEMBIC)
    report = await check()
    if not report.ok:
        log.error("%s", report)
    if os.environ.get("STRICT_SCHEMA"):  # where the deployment waits for a start that works
        report.raise_for_errors()
    yield
    await engine.dispose()


api = FastAPI(lifespan=lifespan)


@api.exception_handler(DBAPIError)
async def say_why(request: Request, error: DBAPIError) -> JSONResponse:
    why = explanation_of(error)
    if why is None:  # an error of another kind
        raise error
    log.error("%s %s: %s\n%s", request.method, request.url.path, error.orig, why)
    return JSONResponse({"error": str(error.orig), "why": why.splitlines()}, status_code=503)


@api.get("/health")
async def health() -> JSONResponse:
    report = await check()
    if report.ok:
        return JSONResponse({"status": "ok", "database": str(report.database)})
    cause = report.cause
    found = {"errors": [str(each.location) for each in report.errors], "database": str(report.database)}
    if cause is not None:
        found |= {"kind": cause.kind, "cause": cause.sentence, "next_step": cause.next_step}
    return JSONResponse({"status": "schema", **found}, status_code=503)


@api.get("/projects/{id}/runs/summary")
async def summary(id: int) -> dict[str, object]:
    async with session() as database:
        project = await database.get(Project, id)
        if project is None:
            raise HTTPException(404, f"there is no project {id}")
        rows = await database.execute(
            select(Run.status, func.count(), func.count(Run.chat_session_id))
            .where(Run.project_id == id)
            .group_by(Run.status)
            .order_by(Run.status)
        )
        found = {status: {"runs": runs, "in_chats": chats} for status, runs, chats in rows}
    return {"project": project.name, "runs": found}


# Around the whole application and not add_middleware(): there the answer to an unhandled error comes from outside of it,
# has no CORS headers, and a browser reports "blocked by CORS policy" instead of the error.
app = CORSMiddleware(api, allow_origins=["http://localhost:3000"], allow_methods=["*"], allow_headers=["*"])
