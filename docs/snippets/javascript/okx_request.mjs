// Two signed requests to OKX: read a balance, place a demo order.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

/** Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256. */
function sign(secretKey, timestamp, method, requestPath, body = "") {
  return createHmac("sha256", secretKey)
    .update(timestamp + method + requestPath + body)
    .digest("base64");
}

/** Returns an environment variable that must be set. */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set the environment variable ${name}.`);
  return value;
}

/** Returns the HTTP status and the JSON, or null if there is none. */
async function read(response) {
  const answer = await response.json().catch(() => null);
  return { status: response.status, answer };
}

/** Sends one signed request, `path` with its query, `body` as it is signed. */
async function request(method, path, body) {
  const secretKey = setting("OKX_SECRET_KEY");
  const timestamp = new Date().toISOString();
  const signal = AbortSignal.timeout(10_000);
  // Node.js 18 can forget to abort a fetch, so this listens as well.
  const late = new Promise((_, reject) => {
    signal.onabort = () => reject(signal.reason);
  });
  const sent = fetch(setting("OKX_API_BASE_URL") + path, {
    method,
    body,
    headers: {
      "OK-ACCESS-KEY": setting("OKX_API_KEY"),
      "OK-ACCESS-SIGN": sign(secretKey, timestamp, method, path, body),
      "OK-ACCESS-TIMESTAMP": timestamp,
      "OK-ACCESS-PASSPHRASE": setting("OKX_PASSPHRASE"),
      "Content-Type": "application/json",
      "x-simulated-trading": "1", // a demo key; leave it out with a live key
    },
    redirect: "manual", // a redirect would take the headers to another host
    signal,
  });
  const { status, answer } = await Promise.race([sent.then(read), late]);
  if (!answer) throw new Error(`HTTP ${status}, no JSON: is the host right?`);
  const rows = [answer.data ?? []].flat();
  // An order is refused in its own row, anything else at the top.
  const row = rows.find(({ sCode }) => (sCode ?? "0") !== "0");
  const code = row?.sCode ?? answer.code;
  const message = row?.sMsg ?? answer.msg;
  if (code !== "0") throw new Error(`OKX error ${code}: ${message}`);
  return rows;
}

async function main() {
  const [account] = await request("GET", "/api/v5/account/balance?ccy=BTC");
  console.log("balance:", JSON.stringify(account.details));

  const body = JSON.stringify({
    instId: "BTC-USDT",
    tdMode: "cash",
    side: "buy",
    ordType: "limit",
    px: "1000",
    sz: "0.001",
  });
  const [order] = await request("POST", "/api/v5/trade/order", body);
  console.log("ordId:", order.ordId);
}

/** Signs each line of standard input, to compare with the test vectors. */
function signLines() {
  const lines = readFileSync(0, "utf8").replace(/\n$/, "").split("\n");
  for (const line of lines) console.log(sign(...line.split("\t")));
}

try {
  if (process.argv[2] === "sign") signLines();
  else await main();
} catch (error) {
  console.error(error.cause?.message || error.message);
  process.exit(1);
}
