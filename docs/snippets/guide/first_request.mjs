import { createHmac } from "node:crypto";

const { OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE, OKX_API_BASE_URL } = process.env;
const path = "/api/v5/account/balance?ccy=BTC";
const timestamp = new Date().toISOString();
const signature = createHmac("sha256", OKX_SECRET_KEY)
  .update(timestamp + "GET" + path)
  .digest("base64");
const response = await fetch(OKX_API_BASE_URL + path, {
  headers: {
    "OK-ACCESS-KEY": OKX_API_KEY,
    "OK-ACCESS-SIGN": signature,
    "OK-ACCESS-TIMESTAMP": timestamp,
    "OK-ACCESS-PASSPHRASE": OKX_PASSPHRASE,
    "x-simulated-trading": "1", // a demo key; leave it out with a live key
  },
  redirect: "manual", // a redirect would take the headers to another host
  signal: AbortSignal.timeout(10_000),
});
const { code } = await response.json();
console.log(response.status, code);
