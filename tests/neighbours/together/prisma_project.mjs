// A Prisma project: `prisma_project.mjs ROUND migrate|status`; round 2 has a model more.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { prismaEnvironment, prismaFiles } from "./prisma_files.mjs";

const [round, command] = process.argv.slice(2);
const env = prismaEnvironment();
const prisma = (...given) =>
  execFileSync(process.execPath, ["node_modules/prisma/build/index.js", ...given], { env, stdio: ["ignore", "pipe", "inherit"] });
const schema = "prisma/schema.prisma";
const more = "}\n\nmodel Remark {\n  id   Int    @id @default(autoincrement())\n  text String\n";
prismaFiles(round === "2" ? more : "");
if (command === "migrate") {
  const folder = `prisma/migrations/2026110100000${round}_round`;
  const from = existsSync("before.prisma") ? ["--from-schema-datamodel", "before.prisma"] : ["--from-empty"];
  mkdirSync(folder, { recursive: true });
  prisma("migrate", "diff", ...from, "--to-schema-datamodel", schema, "--script", "-o", `${folder}/migration.sql`);
  prisma("migrate", "deploy");
  cpSync(schema, "before.prisma");
} else {
  process.stdout.write(prisma("migrate", "status"));
}
