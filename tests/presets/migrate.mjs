// The real Better Auth's migrator, with any of its plugins.
//   node tests/presets/migrate.mjs FOLDER URL '{"plugins": ["organization", "organization.teams"], "ids": "uuid"}'
// FOLDER is tests/presets/1.7 with its packages; "options" are Better Auth's own. Prints what was left to do, and does it.
import { PLUGINS, load, plugin } from "./plugins.mjs";

const [, , , url, said] = process.argv;

async function open() {
  if (url.startsWith("postgres")) {
    const { default: pg } = await load("pg");
    const pool = new pg.Pool({ connectionString: url });
    return { database: pool, close: () => pool.end() };
  }
  const { default: wasm } = await load("node-sqlite3-wasm");
  const file = new wasm.Database(url.replace(/^sqlite:\/*/, "/"));
  file.exec("PRAGMA foreign_keys = ON"); // as better-sqlite3 has it by default
  return { database: likeBetterSqlite3(file), close: () => file.close() };
}

// Kysely speaks to SQLite through better-sqlite3's interface.
function likeBetterSqlite3(file) {
  const bound = (values = []) => values.map((v) => (v === undefined ? null : typeof v === "boolean" ? Number(v) : v));
  return {
    aggregate() {},
    close() {},
    prepare: (sql) => ({
      reader: /^\s*(select|with|pragma)/i.test(sql) || /\breturning\b/i.test(sql),
      all: (values) => file.all(sql, bound(values)),
      run: (values) => {
        const { changes, lastInsertRowId } = file.run(sql, bound(values));
        return { changes, lastInsertRowid: lastInsertRowId };
      },
      *iterate(values) {
        yield* file.all(sql, bound(values));
      },
    }),
  };
}

// An option's plugin is made with the options of all of them.
async function plugins(names) {
  const bases = [...new Set(names.map((name) => name.split(".")[0]))].filter((base) => base !== "rateLimit");
  return Promise.all(bases.map((base) => plugin(base, names.filter((name) => name.startsWith(`${base}.`)))));
}

const { plugins: names = [], ids, options = {} } = JSON.parse(said);
const { database, close } = await open();
const { getMigrations } = await load("better-auth/db/migration");
const { toBeCreated, toBeAdded, toBeAddedIndexes, schemaProblems, runMigrations } = await getMigrations({
  database,
  secret: "8f1d6c0b5a94e7723fd1c6b2a0e85947",
  baseURL: "http://localhost:3000",
  telemetry: { enabled: false },
  logger: { level: "error" },
  advanced: { database: ids ? { generateId: ids } : {} },
  ...(names.includes("rateLimit") ? { rateLimit: { storage: "database" } } : {}),
  ...options,
  plugins: (await plugins(names)).map(({ made }) => made),
});
await runMigrations();
console.log(
  JSON.stringify({
    created: toBeCreated.map((t) => t.table),
    altered: toBeAdded.map((t) => t.table),
    indexes: toBeAddedIndexes.map((i) => i.name),
    problems: schemaProblems,
  }),
);
await close();
