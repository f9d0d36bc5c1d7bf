// A request that the exchange saw, as a curl command to paste.

// What curl works out for itself.
const OWN = ["accept-encoding", "connection", "content-length", "host", "transfer-encoding"];
const PASSPHRASE = "ok-access-passphrase";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const quotePowerShell = (text) => `'${text.replaceAll("'", "''")}'`;

// The headers as they were sent. The exchange shows no secret: the passphrase is the variable, any
// other hidden one is left out. curl would add a Content-Type where there was none.
function list({ headers, body }) {
  const kept = headers.filter(([name, value]) => {
    return !OWN.includes(name) && (name === PASSPHRASE || !/^\*+$/.test(value));
  });
  const hasType = kept.some(([name]) => name === "content-type");
  return { kept, without: body && !hasType ? ["Content-Type:"] : [] };
}

// Says whether the exchange kept every byte, so that a command can send the same. Double quotes in
// a header do not survive Windows PowerShell.
export function isWhole({ kind, target, headers, body, body_bytes: size }) {
  const lines = [target, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const bytes = new TextEncoder().encode(body).length;
  return kind === "rest" && bytes === size && !/"\*+"/.test(body) && !/["\\…]/.test(lines.join(""));
}

export function writeShell(request) {
  const { method, target, body } = request;
  const { kept, without } = list(request);
  const options = kept.map(([name, value]) =>
    name === PASSPHRASE
      ? `--header "${name}: $OKX_PASSPHRASE"`
      : `--header ${quote(`${name}: ${value}`)}`,
  );
  options.push(...without.map((name) => `--header ${quote(name)}`));
  if (body) options.push(`--data-raw ${quote(body)}`);
  const first = `curl --globoff --request ${method} "$OKX_API_BASE_URL"${quote(target)}`;
  return [first, ...options].join(" \\\n  ");
}

// The body goes through a file: each PowerShell has its own way to pass double quotes on.
export function writePowerShell(request) {
  const { method, target, body } = request;
  const { kept, without } = list(request);
  const options = kept.map(([name, value]) =>
    name === PASSPHRASE
      ? `--header "${name}: $env:OKX_PASSPHRASE"`
      : `--header ${quotePowerShell(`${name}: ${value}`)}`,
  );
  options.push(...without.map((name) => `--header ${quotePowerShell(name)}`));
  if (body) options.push("--data-binary '@body.json'");
  const address = `($env:OKX_API_BASE_URL + ${quotePowerShell(target)})`;
  const command = [`curl.exe --globoff --request ${method} ${address}`, ...options].join(" `\n  ");
  const file = `[IO.File]::WriteAllText("$PWD/body.json", ${quotePowerShell(body)})\n`;
  return (body ? file : "") + command;
}
