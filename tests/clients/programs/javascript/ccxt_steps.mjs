import ccxt from "ccxt";
import { check, show, wait } from "./steps.mjs";

const places = {
  practice() {
    const okx = new ccxt.pro.okx({
      apiKey: process.env.OKX_API_KEY,
      secret: process.env.OKX_SECRET_KEY,
      password: process.env.OKX_PASSPHRASE,
      urls: { api: { rest: process.env.OKX_API_BASE_URL, ws: process.env.OKX_WS_URL } },
      headers: { "x-simulated-trading": "1" },
    });
    return okx;
  },
  demo() {
    const okx = new ccxt.pro.okx({
      apiKey: process.env.OKX_API_KEY,
      secret: process.env.OKX_SECRET_KEY,
      password: process.env.OKX_PASSPHRASE,
      hostname: "openapi.okx.com",
    });
    okx.setSandboxMode(true);
    okx.urls.api.ws = "wss://wspap.okx.com/ws/v5";
    return okx;
  },
  live() {
    const okx = new ccxt.pro.okx({
      apiKey: process.env.OKX_API_KEY,
      secret: process.env.OKX_SECRET_KEY,
      password: process.env.OKX_PASSPHRASE,
      hostname: "openapi.okx.com",
    });
    okx.urls.api.ws = "wss://ws.okx.com/ws/v5";
    return okx;
  },
};
const pair = "BTC/USDT";

const okx = places[process.argv[2] ?? "practice"]();
if (process.argv[2]) {
  const { port } = new URL(okx.getUrl("orders", "private"));
  check(port === "", `the WebSocket address has the port ${port}, which OKX has closed`);
  okx.httpsProxy = process.env.HTTPS_PROXY;
  await show("config", () => okx.fetchAccounts());
  process.exit(0);
}
await show("clock", () => okx.fetchTime());
await show("config", async () => (await okx.fetchAccounts())[0].id);
await show("balance", async () => (await okx.fetchBalance()).USDT.free);
const name = await show(
  "order",
  async () => (await okx.createOrder(pair, "limit", "buy", 0.001, 1000)).id,
);
await show("cancel", async () => (await okx.cancelOrder(name, pair)).id);

okx.enableRateLimit = false;
await okx.loadMarkets();
await show("ws_login", async () => {
  await okx.loadHttpProxyAgent(); // without it ccxt refuses an address that begins with ws://
  await wait(okx.authenticate());
  return "logged in";
});
await show("ws_push", async () => {
  const pushed = okx.watchOrders(pair);
  let hasFailed = false;
  pushed.catch(() => {
    hasFailed = true;
  });
  const isSent = () =>
    Object.values(okx.clients).some((client) => "orders:BTC-USDT" in client.subscriptions);
  while (!isSent() && !hasFailed) await new Promise((resolve) => setImmediate(resolve));
  // Its first push comes after the answer to the subscription before it.
  await wait(okx.watchBalance());
  const placed = await okx.createOrder(pair, "limit", "buy", 0.001, 1000);
  const [order] = await wait(pushed);
  check(order.id === placed.id, `pushed ${order.id}, placed ${placed.id}`);
  return order.id;
});
await okx.close();
