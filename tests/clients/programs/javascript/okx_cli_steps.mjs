import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { show } from "./steps.mjs";

const name = "@okx_ai/okx-trade-cli";
const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
const home = `${process.env.HOME}/.okx`;
mkdirSync(home, { recursive: true });
// Or it would look for a newer version of itself.
const current = { [name]: { latestVersion: version, checkedAt: 10 ** 15 } };
writeFileSync(`${home}/update-check.json`, JSON.stringify(current));

function okx(...args) {
  const command = [`node_modules/${name}/dist/index.js`, "--demo", "--json", ...args];
  return JSON.parse(
    execFileSync(process.execPath, command, { encoding: "utf8", stdio: "pipe" }),
  )[0];
}

await show("config", () => okx("account", "config").uid);
await show("balance", () => okx("account", "balance", "USDT").details[0].availBal);
const order = ["--side", "buy", "--ordType", "limit", "--sz", "0.001", "--px", "1000"];
const placed = await show(
  "order",
  () => okx("spot", "place", "--instId", "BTC-USDT", ...order).ordId,
);
await show("cancel", () => okx("spot", "cancel", "BTC-USDT", "--ordId", placed).ordId);
