import { createHmac } from "node:crypto";

const { OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE, OKX_API_BASE_URL } = process.env;

/** Sends a signed request, `path` with its query, and returns the first row of the answer. */
async function request(method, path, row) {
  const body = row ? JSON.stringify(row) : "";
  const timestamp = new Date().toISOString();
  const signature = createHmac("sha256", OKX_SECRET_KEY)
    .update(timestamp + method + path + body)
    .digest("base64");
  const response = await fetch(OKX_API_BASE_URL + path, {
    method,
    body: body || undefined,
    headers: {
      "OK-ACCESS-KEY": OKX_API_KEY,
      "OK-ACCESS-SIGN": signature,
      "OK-ACCESS-TIMESTAMP": timestamp,
      "OK-ACCESS-PASSPHRASE": OKX_PASSPHRASE,
      "Content-Type": "application/json",
      "x-simulated-trading": "1", // a demo key; leave it out with a live key
    },
    redirect: "manual", // a redirect would take the headers to another host
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  const [first] = answer.data ?? [];
  // An order is refused in its own row, anything else at the top.
  if (answer.code !== "0") throw new Error(JSON.stringify(first ?? answer));
  return first;
}

const instId = "BTC-USDT";
const { ordId } = await request("POST", "/api/v5/trade/order", {
  instId,
  tdMode: "cash",
  side: "buy",
  ordType: "limit",
  px: "1000",
  sz: "0.001",
});
const path = `/api/v5/trade/order?instId=${instId}&ordId=${ordId}`;
console.log((await request("GET", path)).state);
await request("POST", "/api/v5/trade/cancel-order", { instId, ordId });
console.log((await request("GET", path)).state);
