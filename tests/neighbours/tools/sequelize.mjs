// Sequelize, by umzug with its SequelizeStorage, as `sequelize-cli db:migrate` does it, with one migration.
import { Sequelize, DataTypes } from "sequelize";
import { Umzug, SequelizeStorage } from "umzug";

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const sequelize = new Sequelize(PGDATABASE, PGUSER, PGPASSWORD, {
  dialect: "postgres", host: PGHOST, port: PGPORT, logging: false,
});
const context = sequelize.getQueryInterface();
const books = { id: { type: DataTypes.INTEGER, primaryKey: true } };
const migrations = [{ name: "0001-books.js", up: () => context.createTable("SequelizeBooks", books) }];
await new Umzug({ migrations, context, storage: new SequelizeStorage({ sequelize }), logger: undefined }).up();
await sequelize.close();
