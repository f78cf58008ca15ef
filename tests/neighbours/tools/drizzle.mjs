// Drizzle, by `drizzle-kit generate` and `drizzle-kit migrate`, with a table of its own.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

writeFileSync(
  "drizzle_schema.mjs",
  `import { pgTable, serial, text } from "drizzle-orm/pg-core";
export const invoice = pgTable("invoice", { id: serial().primaryKey(), title: text().notNull() });
`,
);
writeFileSync(
  "drizzle.config.mjs",
  `export default { dialect: "postgresql", schema: "./drizzle_schema.mjs", out: "./drizzle",
  dbCredentials: { url: process.env.URL } };
`,
);
for (const command of ["generate", "migrate"]) {
  execFileSync(process.execPath, ["node_modules/drizzle-kit/bin.cjs", command, "--config=drizzle.config.mjs"]);
}
