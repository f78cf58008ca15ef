// A Drizzle project: `drizzle_project.mjs ROUND COMMAND...` of drizzle-kit; round 2 has a table more.
// SETTINGS are further lines of its configuration.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const [round, ...command] = process.argv.slice(2);
const second = round === "2" ? 'export const receipt = pgTable("receipt", { id: serial().primaryKey() });\n' : "";
writeFileSync(
  "drizzle_schema.mjs",
  `import { pgTable, serial, text } from "drizzle-orm/pg-core";
export const invoice = pgTable("invoice", { id: serial().primaryKey(), title: text().notNull() });
${second}`,
);
writeFileSync(
  "drizzle.config.mjs",
  `export default { dialect: "postgresql", schema: "./drizzle_schema.mjs", out: "./drizzle",
  ${process.env.SETTINGS ?? ""}
  dbCredentials: { url: process.env.URL } };
`,
);
const given = [...command, "--config=drizzle.config.mjs"];
process.stdout.write(execFileSync(process.execPath, ["node_modules/drizzle-kit/bin.cjs", ...given]));
