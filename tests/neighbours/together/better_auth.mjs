// Better Auth: `better_auth.mjs ROUND`; round 2 has a plugin more. Prints what its migrator had to do.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { organization } from "better-auth/plugins";
import pg from "pg";

const database = new pg.Pool({ connectionString: process.env.URL });
const options = {
  database,
  secret: "8f1d6c0b5a94e7723fd1c6b2a0e85947",
  baseURL: "http://localhost:3000",
  plugins: process.argv[2] === "2" ? [organization()] : [],
  telemetry: { enabled: false },
  logger: { level: "error" },
};
betterAuth(options);
const { toBeCreated, toBeAdded, runMigrations } = await getMigrations(options);
await runMigrations();
console.log(JSON.stringify({ created: toBeCreated.map((t) => t.table), altered: toBeAdded.map((t) => t.table) }));
await database.end();
