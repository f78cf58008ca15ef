// Prisma, by `prisma migrate diff` and `prisma migrate deploy`, with a table of its own.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { prismaEnvironment, prismaFiles } from "./prisma_files.mjs";

prismaFiles();
const env = prismaEnvironment();
const prisma = (...given) => execFileSync(process.execPath, ["node_modules/prisma/build/index.js", ...given], { env });
const folder = "prisma/migrations/20261101000000_articles";
mkdirSync(folder);
const model = ["--to-schema-datamodel", "prisma/schema.prisma"];
prisma("migrate", "diff", "--from-empty", ...model, "--script", "-o", `${folder}/migration.sql`);
prisma("migrate", "deploy");
