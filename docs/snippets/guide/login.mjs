import { createHmac } from "node:crypto";

const { OKX_API_KEY, OKX_SECRET_KEY, OKX_PASSPHRASE, OKX_WS_URL } = process.env;
const timestamp = Math.floor(Date.now() / 1000).toString(); // Unix seconds
const sign = createHmac("sha256", OKX_SECRET_KEY)
  .update(timestamp + "GET/users/self/verify")
  .digest("base64");
const login = { apiKey: OKX_API_KEY, passphrase: OKX_PASSPHRASE, timestamp, sign };

const ws = new WebSocket(`${OKX_WS_URL}/private`);
ws.onopen = () => ws.send(JSON.stringify({ op: "login", args: [login] }));
ws.onmessage = ({ data }) => {
  const answer = JSON.parse(data);
  console.log(answer.event, answer.code);
  ws.close();
};
ws.onerror = () => {
  console.error("No connection.");
  process.exitCode = 1;
};
