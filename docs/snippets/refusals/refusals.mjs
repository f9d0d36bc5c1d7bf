// One mistake, sent the wrong way and the right way: node refusals.mjs query
import { createHmac } from "node:crypto";

const { OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE, OKX_API_BASE_URL, OKX_WS_URL } = process.env;

function sign(text) {
  return createHmac("sha256", OKX_SECRET_KEY).update(text).digest("base64");
}

/** Sends one request and prints the code of the answer. */
async function send(method, path, timestamp, signature, body) {
  const response = await fetch(OKX_API_BASE_URL + path, {
    method,
    body,
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
  console.log((await response.json()).code);
}

/** Logs in on a new connection and prints the code of the answer. */
function logIn(timestamp) {
  const login = {
    apiKey: OKX_API_KEY,
    passphrase: OKX_PASSPHRASE,
    timestamp,
    sign: sign(timestamp + "GET/users/self/verify"),
  };
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`${OKX_WS_URL}/private`);
    ws.onopen = () => ws.send(JSON.stringify({ op: "login", args: [login] }));
    ws.onmessage = ({ data }) => {
      console.log(JSON.parse(data).code);
      ws.close();
    };
    ws.onclose = resolve;
    ws.onerror = () => reject(new Error("No connection."));
  });
}

const mistakes = {
  async query() {
    const timestamp = new Date().toISOString();
    // --8<-- [start:query]
    const url = new URL(`${OKX_API_BASE_URL}/api/v5/account/balance?ccy=BTC`);
    // Wrong: the query is sent, but not signed.
    const wrong = sign(timestamp + "GET" + url.pathname);
    // Right: sign the path with its query.
    const right = sign(timestamp + "GET" + url.pathname + url.search);
    // --8<-- [end:query]
    await send("GET", url.pathname + url.search, timestamp, wrong);
    await send("GET", url.pathname + url.search, timestamp, right);
  },

  async body() {
    const timestamp = new Date().toISOString();
    // --8<-- [start:body]
    const path = "/api/v5/account/set-leverage";
    const leverage = { instId: "BTC-USDT", lever: "5", mgnMode: "cross" };
    const body = JSON.stringify(leverage); // what is sent
    // Wrong: JavaScript turns the object into "[object Object]".
    const wrong = sign(timestamp + "POST" + path + leverage);
    // Right: sign the text that is sent.
    const right = sign(timestamp + "POST" + path + body);
    // --8<-- [end:body]
    await send("POST", path, timestamp, wrong, body);
    await send("POST", path, timestamp, right, body);
  },

  async encoding() {
    const timestamp = new Date().toISOString();
    const path = "/api/v5/account/config";
    const prehash = timestamp + "GET" + path;
    // --8<-- [start:encoding]
    // Wrong: 64 hexadecimal digits.
    const wrong = createHmac("sha256", OKX_SECRET_KEY).update(prehash).digest("hex");
    // Right: 44 characters of Base64.
    const right = createHmac("sha256", OKX_SECRET_KEY).update(prehash).digest("base64");
    // --8<-- [end:encoding]
    await send("GET", path, timestamp, wrong);
    await send("GET", path, timestamp, right);
  },

  async timestamp() {
    // --8<-- [start:timestamp]
    // Wrong, 50102: Unix milliseconds.
    const milliseconds = Date.now().toString();
    // Wrong, 50112: another form.
    const words = new Date().toUTCString();
    // Right: ISO 8601 in UTC, with milliseconds.
    const right = new Date().toISOString();
    // --8<-- [end:timestamp]
    const path = "/api/v5/account/config";
    for (const timestamp of [milliseconds, words, right]) {
      await send("GET", path, timestamp, sign(timestamp + "GET" + path));
    }
  },

  async login() {
    // --8<-- [start:login]
    // Wrong, 60006: Unix milliseconds.
    const milliseconds = Date.now().toString();
    // Wrong, 60004: the timestamp of REST.
    const iso = new Date().toISOString();
    // Right: Unix seconds.
    const right = Math.floor(Date.now() / 1000).toString();
    // --8<-- [end:login]
    for (const timestamp of [milliseconds, iso, right]) await logIn(timestamp);
  },
};

const mistake = mistakes[process.argv[2]];
if (mistake) {
  await mistake();
} else {
  console.error(`Say which mistake: ${Object.keys(mistakes).join(", ")}.`);
  process.exitCode = 2;
}
