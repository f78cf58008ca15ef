// pg-boss, by `boss.start()`, with one queue.
import PgBoss from "pg-boss";

const boss = new PgBoss(process.env.URL);
await boss.start();
await boss.createQueue("mail");
await boss.stop({ graceful: false });
