// node-pg-migrate, by `node-pg-migrate up`, with one migration that makes a table.
import { mkdirSync, writeFileSync } from "node:fs";
import { runner } from "node-pg-migrate";

mkdirSync("pgmigrate", { recursive: true });
writeFileSync("pgmigrate/1761955200000_books.sql", "-- Up Migration\nCREATE TABLE pgm_books (id integer);\n");
const log = () => {};
await runner({ databaseUrl: process.env.URL, dir: "pgmigrate", direction: "up", migrationsTable: "pgmigrations", log });
