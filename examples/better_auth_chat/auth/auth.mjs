// The real Better Auth beside the Python application, as its TypeScript frontend runs it.
//   node auth.mjs migrate URL            create or complete Better Auth's tables
//   node auth.mjs sql URL                print the SQL by which `migrate` would do so
//   node auth.mjs signup URL EMAIL       sign a user up, print {"id", "email"}
//   node auth.mjs delete URL EMAIL       sign in and delete that user through Better Auth's own API
// URL: postgresql://..., mysql://... (MariaDB too) or sqlite:/path/to/file (by WebAssembly, so that nothing is compiled;
// it locks by a directory beside the file, which no other SQLite looks at: let nothing else have the file open).
// GENERATE_ID=uuid or serial makes ids of that type (advanced.database.generateId); without it they are text.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";

const PASSWORD = "correct horse battery staple";
const [command, url, email] = process.argv.slice(2);

async function open() {
  if (url.startsWith("postgres")) {
    const { default: pg } = await import("pg");
    const pool = new pg.Pool({ connectionString: url });
    return { database: pool, close: () => pool.end() };
  }
  if (url.startsWith("mysql")) {
    const { createPool } = await import("mysql2/promise");
    const pool = createPool({ uri: url, timezone: "Z" });
    return { database: pool, close: () => pool.end() };
  }
  const { default: wasm } = await import("node-sqlite3-wasm");
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

const { database, close } = await open();
const options = {
  database,
  secret: "8f1d6c0b5a94e7723fd1c6b2a0e85947",
  baseURL: "http://localhost:3000",
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true } },
  advanced: { database: process.env.GENERATE_ID ? { generateId: process.env.GENERATE_ID } : {} },
  telemetry: { enabled: false },
  logger: { level: "error" },
};

if (command === "migrate") {
  const { toBeCreated, toBeAdded, runMigrations } = await getMigrations(options);
  await runMigrations();
  console.log(JSON.stringify({ created: toBeCreated.map((t) => t.table), altered: toBeAdded.map((t) => t.table) }));
} else if (command === "sql") {
  const { compileMigrations } = await getMigrations(options);
  console.log(JSON.stringify({ sql: await compileMigrations() }));
} else if (command === "signup") {
  const { user } = await betterAuth(options).api.signUpEmail({ body: { email, password: PASSWORD, name: "Test User" } });
  console.log(JSON.stringify({ id: user.id, email: user.email }));
} else if (command === "delete") {
  const { api } = betterAuth(options);
  const signedIn = await api.signInEmail({ body: { email, password: PASSWORD }, asResponse: true });
  const cookie = signedIn.headers.getSetCookie().map((each) => each.split(";")[0]).join("; ");
  const { success } = await api.deleteUser({ body: { password: PASSWORD }, headers: new Headers({ cookie }) });
  console.log(JSON.stringify({ success }));
} else {
  console.error("usage: node auth.mjs migrate|sql|signup|delete URL [EMAIL]");
  process.exitCode = 2;
}
await close();
