// TypeORM, by `typeorm migration:run`, with one migration that makes a table.
import "reflect-metadata";
import { DataSource } from "typeorm";

class Books1761955200000 {
  name = "Books1761955200000";
  up = (runner) => runner.query("CREATE TABLE typeorm_books (id integer)");
  down = (runner) => runner.query("DROP TABLE typeorm_books");
}
const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const source = new DataSource({
  type: "postgres", host: PGHOST, port: Number(PGPORT), username: PGUSER, password: PGPASSWORD, database: PGDATABASE,
  migrations: [Books1761955200000],
});
await source.initialize();
await source.runMigrations();
await source.destroy();
