// graphile-worker, by `runMigrations()`, which `graphile-worker --schema-only` calls.
import { runMigrations, Logger } from "graphile-worker";

await runMigrations({ connectionString: process.env.URL, logger: new Logger(() => () => {}) });
