// Log in to the WebSocket of OKX, and see an order of yours arrive.
import { createHmac } from "node:crypto";
import WebSocket from "ws";

/** Returns Base64 of the raw HMAC-SHA256. */
function sign(secretKey, text) {
  return createHmac("sha256", secretKey).update(text).digest("base64");
}

/** Returns an environment variable that must be set. */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set the environment variable ${name}.`);
  return value;
}

/** Returns the three strings of the key. */
function credentials() {
  return {
    apiKey: setting("OKX_API_KEY"),
    secretKey: setting("OKX_SECRET_KEY"),
    passphrase: setting("OKX_PASSPHRASE"),
  };
}

/** Returns the login message; it is valid for 30 seconds. */
function login({ apiKey, secretKey, passphrase }) {
  const timestamp = Math.floor(Date.now() / 1000).toString(); // Unix seconds
  const signature = sign(secretKey, timestamp + "GET/users/self/verify");
  return { op: "login", args: [{ apiKey, passphrase, timestamp, sign: signature }] };
}

/** Sends one signed POST over REST and returns the first row of the answer. */
async function post({ apiKey, secretKey, passphrase }, path, order) {
  const timestamp = new Date().toISOString();
  const body = JSON.stringify(order);
  const text = timestamp + "POST" + path + body;
  const response = await fetch(setting("OKX_API_BASE_URL") + path, {
    method: "POST",
    body,
    headers: {
      "OK-ACCESS-KEY": apiKey,
      "OK-ACCESS-SIGN": sign(secretKey, text),
      "OK-ACCESS-TIMESTAMP": timestamp,
      "OK-ACCESS-PASSPHRASE": passphrase,
      "Content-Type": "application/json",
      "x-simulated-trading": "1", // a demo key; leave it out with a live key
    },
    redirect: "manual", // a redirect would take the headers to another host
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  const row = answer.data?.[0];
  if (answer.code !== "0") {
    // An order is refused in its own row, anything else at the top.
    throw new Error(`OKX error ${row?.sCode ?? answer.code}: ${row?.sMsg ?? answer.msg}`);
  }
  return row;
}

/** Connects, logs in, subscribes; calls `changed` with each order that is pushed. */
function watchOrders(key, changed) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(setting("OKX_WS_URL") + "/private", { handshakeTimeout: 10_000 });
    const send = (message) => ws.send(JSON.stringify(message));
    // When nothing has come for a while, ask for a sign of life; without one, hang up.
    let silence;
    const ask = () => {
      ws.send("ping");
      silence = setTimeout(() => ws.terminate(), 10_000);
    };
    ws.on("open", () => send(login(key)));
    ws.on("message", (data) => {
      clearTimeout(silence);
      silence = setTimeout(ask, 20_000);
      const text = data.toString();
      if (text === "pong") return;
      const message = JSON.parse(text);
      if (message.event === "error") {
        reject(new Error(`OKX error ${message.code}: ${message.msg}`));
        ws.close();
      } else if (message.event === "login") {
        send({ op: "subscribe", args: [{ channel: "orders", instType: "SPOT" }] });
      } else if (message.event === "subscribe") {
        resolve(ws);
      } else if (message.data) {
        message.data.forEach(changed);
      }
    });
    ws.on("error", reject);
    ws.on("close", (code, reason) => {
      clearTimeout(silence);
      reject(new Error(`The connection was closed: ${code} ${reason}`));
    });
  });
}

async function main() {
  const key = credentials();
  let done;
  const cancelled = new Promise((resolve) => (done = resolve));
  const ws = await watchOrders(key, ({ ordId, state }) => {
    console.log("pushed:", ordId, state);
    if (state === "canceled") done();
  });
  const instId = "BTC-USDT";
  const { ordId } = await post(key, "/api/v5/trade/order", {
    instId,
    tdMode: "cash",
    side: "buy",
    ordType: "limit",
    px: "1000",
    sz: "0.001",
  });
  console.log("placed:", ordId);
  await post(key, "/api/v5/trade/cancel-order", { instId, ordId });
  await cancelled;
  ws.close();
}

try {
  await main();
} catch (error) {
  console.error(error.cause?.message || error.message);
  process.exit(1);
}
