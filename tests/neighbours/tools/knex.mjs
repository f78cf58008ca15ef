// knex, by `knex migrate:latest`, with one migration that makes a table.
import knex from "knex";

const migration = {
  up: (schema) => schema.schema.createTable("knex_books", (table) => table.increments()),
  down: (schema) => schema.schema.dropTable("knex_books"),
};
const migrationSource = {
  getMigrations: async () => ["0001_books"],
  getMigrationName: (name) => name,
  getMigration: async () => migration,
};
const database = knex({ client: "pg", connection: process.env.URL });
await database.migrate.latest({ migrationSource });
await database.destroy();
