// A Prisma project whose engine is the WASM one in the package, so that nothing is downloaded.
import { mkdirSync, writeFileSync } from "node:fs";

// These name engines that are never loaded, for otherwise the command line fetches them.
export const prismaEnvironment = () => {
  writeFileSync("no_engine", "");
  return { ...process.env, PRISMA_QUERY_ENGINE_LIBRARY: "no_engine", PRISMA_SCHEMA_ENGINE_BINARY: "no_engine" };
};

const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "../generated"
}

datasource db {
  provider = "postgresql"
  url      = env("URL")
}

model Article {
  id    Int    @id @default(autoincrement())
  title String
MORE}
`;

// The adapter does not know PostgreSQL's types name (19) and "char" (18), which its catalogue is made of: text (25).
const CONFIG = `import { defineConfig } from "prisma/config";
import { PrismaPg } from "@prisma/adapter-pg";
import { Result } from "pg";

const addFields = Result.prototype.addFields;
Result.prototype.addFields = function (fields) {
  for (const field of fields) if ([18, 19].includes(field.dataTypeID)) field.dataTypeID = 25;
  return addFields.call(this, fields);
};
export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  adapter: async () => new PrismaPg({ connectionString: process.env.URL! }),
});
`;

export function prismaFiles(more = "") {
  mkdirSync("prisma/migrations", { recursive: true });
  writeFileSync("prisma/schema.prisma", SCHEMA.replace("MORE", more));
  writeFileSync("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n');
  writeFileSync("prisma.config.ts", CONFIG);
}
