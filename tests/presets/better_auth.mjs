// The field model of the real Better Auth, as the data of alembic_guard.presets.better_auth().
//   (cd tests/presets/1.7 && npm install) && node tests/presets/better_auth.mjs tests/presets/1.7 2026-11-25
// prints alembic_guard/presets/data/better-auth-1.7.json. The words are Better Auth's own (DBFieldAttribute); a field is
// NOT NULL unless "required" is false. "default": "now" where it gives dates a function; "mysqlLength" where its migrator
// shortens a column for an index of several columns.
import { readFileSync } from "node:fs";

import { PLUGINS, load, manifest, plugin } from "./plugins.mjs";

const date = process.argv[3];
const { getSchema } = await load("better-auth/db");
const lengthOf = await load("@better-auth/core/db/internal").then((m) => m.getDatabaseIndexStringLength, () => null);

function tables(plugins, more = {}) {
  const found = {};
  for (const [name, table] of Object.entries(getSchema({ plugins, ...more }))) {
    const indexes = (table.indexes ?? []).map(({ columns, unique }) => ({ columns, unique: unique ?? false }));
    const fields = {};
    for (const [field, said] of Object.entries(table.fields)) fields[field] = attributes(field, said, table, indexes);
    found[name] = { fields, indexes };
  }
  return found;
}

function attributes(columnName, said, { fields }, indexes) {
  const kept = { type: Array.isArray(said.type) ? "string" : said.type };
  if (said.required === false) kept.required = false;
  for (const flag of ["unique", "index", "sortable", "bigint"]) if (said[flag]) kept[flag] = true;
  if (said.type === "date" && typeof said.defaultValue === "function") kept.default = "now";
  if (said.references) {
    const { model, field, onDelete = "cascade" } = said.references;
    kept.references = { model, field, onDelete };
  }
  const length = indexes.length && lengthOf?.({ columnName, dialect: "mysql", fields, indexes });
  if (length) kept.mysqlLength = length;
  return kept;
}

// What the second has beyond the first; a field that only says more of itself counts.
function beyond(base, whole) {
  const more = {};
  for (const [name, { fields, indexes }] of Object.entries(whole)) {
    const known = base[name] ?? { fields: {}, indexes: [] };
    const added = Object.entries(fields).filter(([f, said]) => JSON.stringify(said) !== JSON.stringify(known.fields[f]));
    const drawn = indexes.filter((each) => !known.indexes.some((old) => String(old.columns) === String(each.columns)));
    if (!base[name] || added.length || drawn.length) more[name] = { fields: Object.fromEntries(added), indexes: drawn };
  }
  return more;
}

const core = tables([]);
const plugins = {};
for (const name of Object.keys(PLUGINS)) {
  const [base, option] = name.split(".");
  const one = await plugin(name);
  if (!one) continue;
  const beside = await Promise.all((PLUGINS[name].beside ?? []).map(async (each) => (await plugin(each)).made));
  const before = option ? [...beside, (await plugin(base)).made] : beside;
  const more = beyond(tables(before), tables([...beside, one.made]));
  if (option && !Object.keys(more).length) continue; // an option that this version does not know
  plugins[name] = { package: one.source, tables: more };
}
plugins.rateLimit = { package: "better-auth", tables: beyond(core, tables([], { rateLimit: { storage: "database" } })) };

const { dependencies } = JSON.parse(readFileSync(manifest, "utf8"));
const sorted = Object.fromEntries(Object.entries(plugins).sort(([a], [b]) => (a < b ? -1 : 1)));
for (const driver of ["pg", "node-sqlite3-wasm", "stripe", "zod"]) delete dependencies[driver];
const data = { source: dependencies, generated: date, core, plugins: sorted };
console.log(written(data, ""));

// One field and one index a line.
function written(value, indent, depth = 0) {
  const flat = value === null || typeof value !== "object" || Array.isArray(value) === false && ("type" in value || "columns" in value);
  if (flat || !Object.keys(value).length) return JSON.stringify(value);
  const inner = indent + " ";
  const items = Array.isArray(value)
    ? value.map((each) => inner + written(each, inner, depth + 1))
    : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${written(each, inner, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.join(",\n")}\n${indent}${close}`;
}
