import { RestClient, WebsocketClient } from "okx-api";
import { check, show, wait } from "./steps.mjs";

const places = {
  practice() {
    const { env } = process;
    const keys = {
      apiKey: env.OKX_API_KEY,
      apiSecret: env.OKX_SECRET_KEY,
      apiPass: env.OKX_PASSPHRASE,
    };
    const okx = new RestClient({ ...keys, baseUrl: env.OKX_API_BASE_URL, demoTrading: true });
    const wsUrl = `${env.OKX_WS_URL}/private`;
    const socket = new WebsocketClient({ accounts: [keys], wsUrl, demoTrading: true });
    return { okx, socket };
  },
  demo() {
    const { env } = process;
    const keys = {
      apiKey: env.OKX_API_KEY,
      apiSecret: env.OKX_SECRET_KEY,
      apiPass: env.OKX_PASSPHRASE,
    };
    const okx = new RestClient({ ...keys, market: "OPENAPI_GLOBAL", demoTrading: true });
    const wsUrl = "wss://wspap.okx.com/ws/v5/private";
    const socket = new WebsocketClient({ accounts: [keys], wsUrl, demoTrading: true });
    return { okx, socket };
  },
  live() {
    const { env } = process;
    const keys = {
      apiKey: env.OKX_API_KEY,
      apiSecret: env.OKX_SECRET_KEY,
      apiPass: env.OKX_PASSPHRASE,
    };
    const okx = new RestClient({ ...keys, market: "OPENAPI_GLOBAL" });
    const wsUrl = "wss://ws.okx.com/ws/v5/private";
    const socket = new WebsocketClient({ accounts: [keys], wsUrl });
    return { okx, socket };
  },
};
const order = {
  instId: "BTC-USDT",
  tdMode: "cash",
  side: "buy",
  ordType: "limit",
  px: "1000",
  sz: "0.001",
};

const { okx, socket } = places[process.argv[2] ?? "practice"]();
if (process.argv[2]) {
  await show("config", () => okx.getAccountConfiguration());
  process.exit(0);
}
await show("clock", async () => (await okx.getSystemTime())[0].ts);
await show("config", async () => (await okx.getAccountConfiguration())[0].uid);
await show("balance", async () => {
  const [{ details }] = await okx.getBalance();
  return details.find((row) => row.ccy === "USDT").availBal;
});
const name = await show("order", async () => (await okx.submitOrder(order))[0].ordId);
await show(
  "cancel",
  async () => (await okx.cancelOrder({ instId: "BTC-USDT", ordId: name }))[0].ordId,
);

const happened = (event, is) =>
  new Promise((resolve) => {
    socket.on(event, (message) => is(message) && resolve(message));
  });
const isSubscribed = happened("response", (message) => message.event === "subscribe");
const isPushed = happened("update", (message) => message.data?.length);
const isLoggedIn = happened("authenticated", () => true);
await show("ws_login", async () => {
  socket.subscribe([{ channel: "orders", instType: "SPOT" }]);
  await wait(isLoggedIn);
  return "logged in";
});
await show("ws_push", async () => {
  await wait(isSubscribed);
  const [placed] = await okx.submitOrder(order);
  const pushed = await wait(isPushed);
  check(pushed.data[0].ordId === placed.ordId, `pushed ${pushed.data[0].ordId}`);
  return placed.ordId;
});
socket.closeAll(true);
process.exit(0);
