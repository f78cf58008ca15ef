// Kysely's Migrator, with one migration that makes a table.
import { Kysely, Migrator, PostgresDialect } from "kysely";
import pg from "pg";

const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.URL }) }) });
const up = (schema) => schema.schema.createTable("kysely_books").addColumn("id", "integer").execute();
const provider = { getMigrations: async () => ({ "0001_books": { up } }) };
const { error } = await new Migrator({ db, provider }).migrateToLatest();
await db.destroy();
if (error) throw error;
