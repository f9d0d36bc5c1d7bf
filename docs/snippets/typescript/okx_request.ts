// Two signed requests to OKX: read a balance, place a demo order.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

interface Row {
  details?: unknown;
  ordId?: string;
  sCode?: string;
  sMsg?: string;
}

interface Answer {
  code: string;
  msg: string;
  data?: Row[]; // not there if the key or the signature is refused
}

/** Returns the OK-ACCESS-SIGN header: Base64 of the raw HMAC-SHA256. */
function sign(
  secretKey: string,
  timestamp: string,
  method: string,
  requestPath: string,
  body = "",
): string {
  return createHmac("sha256", secretKey)
    .update(timestamp + method + requestPath + body)
    .digest("base64");
}

/** Returns an environment variable that must be set. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set the environment variable ${name}.`);
  return value;
}

/** Sends one signed request, `path` with its query, `body` as it is signed. */
async function request(
  method: string,
  path: string,
  body?: string,
): Promise<Row[]> {
  const secretKey = setting("OKX_SECRET_KEY");
  const timestamp = new Date().toISOString();
  // AbortSignal.timeout() is shorter, but Node.js 18 may forget it.
  const patience = new AbortController();
  const late = new Error("No answer within ten seconds.");
  setTimeout(() => patience.abort(late), 10_000).unref();
  const response = await fetch(setting("OKX_API_BASE_URL") + path, {
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
    signal: patience.signal,
  });
  const { status } = response;
  const answer = (await response.json().catch(() => {
    throw new Error(`HTTP ${status} without JSON: is the host right?`);
  })) as Answer;
  const rows = [answer.data ?? []].flat();
  // An order is refused in its own row, anything else at the top.
  const row = rows.find(({ sCode }) => (sCode ?? "0") !== "0");
  const code = row?.sCode ?? answer.code;
  const message = row?.sMsg ?? answer.msg;
  if (code !== "0") throw new Error(`OKX error ${code}: ${message}`);
  return rows;
}

async function main(): Promise<void> {
  const [account] = await request("GET", "/api/v5/account/balance?ccy=BTC");
  console.log("balance:", JSON.stringify(account?.details));

  const body = JSON.stringify({
    instId: "BTC-USDT",
    tdMode: "cash",
    side: "buy",
    ordType: "limit",
    px: "1000",
    sz: "0.001",
  });
  const [order] = await request("POST", "/api/v5/trade/order", body);
  console.log("ordId:", order?.ordId);
}

/** Signs each line of standard input, to compare with the test vectors. */
function signLines(): void {
  const lines = readFileSync(0, "utf8").replace(/\n$/, "").split("\n");
  for (const line of lines) {
    console.log(sign(...(line.split("\t") as Parameters<typeof sign>)));
  }
}

try {
  if (process.argv[2] === "sign") signLines();
  else await main();
} catch (error) {
  const { cause, message } = error as Error;
  console.error((cause instanceof Error && cause.message) || message);
  process.exitCode = 1;
}
