// What people sign instead of the right text, and with what instead of the secret:
// okx_guide/diagnose/variants.py in JavaScript. The tables are in mistakes.json, which both read.

import { asQuery, byCodePoint, dump, otherBodies, parseQuery, quote, unquote, urlencode } from "./bodies.js";

const TWO_CLOCK_READS_MS = 2000;
const TWO_CLOCK_READS_OF_A_PAIR_MS = 25;
const ORDERS_OF_AT_MOST = 4;
const LOGIN_PATH = "/users/self/verify";
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|\+00:?00)?$/;
const EPOCH = /^(\d{9,10})(?:\.?(\d{3}))?$/;
const SPACED = [", ", ": "];

const encoder = new TextEncoder();

/**
 * Return every part of a signature as it should be.
 *
 * @param {{timestamp: string, method: string, request_path: string, body: string}} sent
 */
export function right(sent) {
  const [path, query] = cutQuery(sent.request_path);
  return {
    timestamp: sent.timestamp,
    method: sent.method,
    path,
    query,
    body: sent.body,
    order: "",
    separator: "",
    end: "",
    encoding: "",
    use: "hmac",
  };
}

/** Yield every known mistake once, but for the thousands of `moments`. */
export function* single(sent, keys, tables) {
  const start = right(sent);
  const known = new Set();
  const groups = [queries(sent), paths(sent, tables), bodies(sent, tables), methods(sent, tables),
    times(sent), formulas(sent, tables)];
  for (const group of groups) {
    for (const variant of group) {
      const changed = Object.entries(variant.parts).filter(([name, text]) => start[name] !== text);
      const name = JSON.stringify(changed);
      if (changed.length && !known.has(name)) {
        known.add(name);
        yield variant;
      }
    }
  }
  yield* secrets(keys, tables);
  yield one("no-hmac", { use: "text" }, "of the text");
  yield one("no-hmac", { use: "text+secret" }, "of text and secret");
  yield one("no-hmac", { use: "secret+text" }, "of secret and text");
  yield one("key-and-message", { use: "swapped" });
}

/** Return the mistakes that are tried two at a time. */
export function inPairs(sent, keys, tables) {
  return [...single(sent, keys, tables), ...clockReads(sent, TWO_CLOCK_READS_OF_A_PAIR_MS)];
}

/** Yield pairs of mistakes that change the same part. */
export function* ofOnePart(sent, tables) {
  for (const method of tables.methods) {
    if (method === sent.method) continue;
    const fields = { signed: method, received: sent.method };
    for (const written of [method.toLowerCase(), capitalized(method)]) {
      const again = { signed: written, received: sent.method };
      yield { told: [["method-other", fields], ["method-case", again]], parts: { method: written } };
    }
  }
  const known = new Set([sent.timestamp]);
  for (const group of [timeZones(sent), clockReads(sent, TWO_CLOCK_READS_OF_A_PAIR_MS)]) {
    for (const moved of group) {
      for (const [text, id] of forms(moved.parts.timestamp, sent.request_path === LOGIN_PATH, true)) {
        if (known.has(text)) continue;
        known.add(text);
        const fields = { signed: text, received: sent.timestamp, more: unixNote(id) };
        yield { told: [...moved.told, [id, fields]], parts: { timestamp: text } };
      }
    }
  }
}

/** Yield the thousands of times that a clock can have shown. */
export function* moments(sent) {
  yield* clockReads(sent, TWO_CLOCK_READS_MS);
  yield* loginMilliseconds(sent);
}

function one(id, parts, signed = "", received = "", more = "") {
  return { told: [[id, { signed, received, more }]], parts };
}

const quoted = (text) => `'${text}'`;
const capitalized = (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
const withoutStart = (text, start) => (text.startsWith(start) ? text.slice(start.length) : text);

function cutQuery(requestPath) {
  const at = requestPath.indexOf("?");
  return at < 0 ? [requestPath, ""] : [requestPath.slice(0, at), requestPath.slice(at)];
}

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]));
}

// --- the path ----------------------------------------------------------------------------

function* queries(sent) {
  const [path, query] = cutQuery(sent.request_path);
  for (const [id, other] of otherQueries(query)) {
    yield one(id, { query: other }, path + other, sent.request_path);
  }
  if (query.length > 1) {
    const asBody = dump(new Map(parseQuery(query.slice(1))), SPACED);
    yield one("query-in-body", { query: "", body: asBody }, path, sent.request_path);
    if (!sent.body) yield one("query-also-in-body", { body: asBody }, quoted(asBody), quoted(""));
  }
  if (sent.body && !query) {
    for (const other of [...asQuery(sent.body), sent.body]) {
      yield one("body-as-query", { query: `?${other}`, body: "" }, `${path}?${other}`, sent.request_path);
    }
  }
}

function* otherQueries(markAndQuery) {
  const query = markAndQuery.slice(1);
  if (!query) {
    yield ["question-mark", markAndQuery ? "" : "?"];
    return;
  }
  yield ["query-missing", ""];
  yield ["question-mark", query];
  const pairs = query.split("&");
  yield ["query-sorted", `?${[...pairs].sort(byCodePoint).join("&")}`];
  yield ["query-order", `?${[...pairs].reverse().join("&")}`];
  yield ["query-encoding", `?${unquote(query)}`];
  const parsed = parseQuery(query, true);
  const ways = [[true, ""], [false, ""], [true, ",:/"], [false, "!'()*"], [false, ",:/"]];
  for (const [plus, safe] of ways) {
    const again = urlencode(parsed, safe, plus);
    yield ["query-encoding", `?${again}`];
    yield ["query-encoding", `?${again.replace(/%../g, (match) => match.toLowerCase())}`];
  }
  yield ["query-encoding", `?${quote(query, "=&")}`];
  if (pairs.length <= ORDERS_OF_AT_MOST) {
    for (const order of permutations(pairs)) yield ["query-order", `?${order.join("&")}`];
  }
}

function* paths(sent, tables) {
  const [path, query] = cutQuery(sent.request_path);
  for (const [id, other] of otherPaths(path, sent.host ?? "", tables)) {
    yield one(id, { path: other }, other + query, sent.request_path);
  }
}

function* otherPaths(path, host, tables) {
  for (const start of [host, ...tables.hosts]) {
    yield ["full-url", start + path];
    yield ["full-url", start.slice(start.includes("://") ? start.indexOf("://") + 3 : start.length) + path];
  }
  if (path === LOGIN_PATH) {
    for (const address of tables.websocket_paths) yield ["path-of-address", address];
  }
  yield ["no-slash", withoutStart(path, "/")];
  for (const missing of ["/api", "/api/v5", "/api/"]) yield ["api-missing", withoutStart(path, missing)];
  const match = /^\/api\/v5\/([^/]+)\//.exec(path);
  if (match) {
    for (const older of tables.versions) {
      yield ["old-path", older.replace("{section}", match[1]) + path.slice(match[0].length)];
    }
  }
}

// --- the body and the method -------------------------------------------------------------

function* bodies(sent, tables) {
  const others = sent.body ? otherBodies(sent.body) : tables.empty_bodies.map((text) => [text, "empty-body"]);
  for (const [text, id] of others) yield one(id, { body: text }, quoted(text), quoted(sent.body));
}

function* methods({ method }, tables) {
  for (const other of [method.toLowerCase(), capitalized(method), method.toUpperCase()]) {
    yield one("method-case", { method: other }, other, method);
  }
  for (const other of tables.methods) yield one("method-other", { method: other }, other, method);
  yield one("method-missing", { method: "" }, "", method);
}

// --- the time ----------------------------------------------------------------------------

function* times(sent) {
  for (const [text, id] of forms(sent.timestamp, sent.request_path === LOGIN_PATH)) {
    yield one(id, { timestamp: text }, text, sent.timestamp, unixNote(id));
  }
  yield* timeZones(sent);
}

function unixNote(id) {
  const notes = {
    "epoch-signed": "; Unix time is for the WebSocket login",
    "rest-formula": "; ISO 8601 is for REST",
  };
  return notes[id] ?? "";
}

const three = (milliseconds) => String(milliseconds).padStart(3, "0");
const isoSecond = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19);

function* forms(sent, login, common = false) {
  const moment = momentOf(sent);
  if (moment === null) return;
  const names = sent.includes("-") ? ["timestamp-form", "epoch-signed"] : ["epoch-sent", "timestamp-form"];
  const [forIso, forEpoch] = login ? ["rest-formula", "milliseconds-signed"] : names;
  const seconds = Math.floor(moment / 1000);
  const milliseconds = three(moment % 1000);
  for (const fraction of [`.${milliseconds}`, milliseconds, ""]) yield [`${seconds}${fraction}`, forEpoch];
  if (common) {
    const at = isoSecond(seconds);
    for (const fraction of [`.${milliseconds}`, "", `.${milliseconds}000`]) {
      for (const text of [at + fraction, at.replace("T", " ") + fraction]) {
        yield [text, forIso];
        yield [`${text}Z`, forIso];
      }
    }
    return;
  }
  yield [`${seconds}.${milliseconds}`.replace(/0+$/, "").replace(/\.$/, ""), forEpoch];
  yield [`${seconds}.0`, forEpoch];
  yield [`${moment}000`, forEpoch];
  yield [`${moment}000000`, forEpoch];
  yield [`${Math.floor((moment + 500) / 1000)}`, forEpoch];
  for (const text of isoForms(seconds, milliseconds)) {
    yield [text, forIso];
    yield [text.replaceAll("T", " "), forIso];
  }
}

function* isoForms(seconds, milliseconds) {
  const second = isoSecond(seconds);
  const fractions = [
    `.${milliseconds}`, "", `.${milliseconds.replace(/0+$/, "") || 0}`, `.${milliseconds.replace(/^0+/, "") || 0}`,
    ".000", `.${milliseconds}000`, `.${milliseconds}000000`, `:${milliseconds}`,
  ];
  for (const written of fractions) {
    for (const end of ["Z", "", "+00:00", "+0000", "+00", " UTC"]) yield second + written + end;
  }
  yield new Date(seconds * 1000).toUTCString();
  yield second.replace(/[-T:]/g, "");
  yield second.slice(0, 10);
}

function* timeZones(sent) {
  const moment = momentOf(sent.timestamp);
  if (moment === null) return;
  const write = writer(sent.timestamp);
  for (let quarter = -48; quarter < 57; quarter++) {
    if (!quarter) continue;
    const text = write(moment + quarter * 900_000);
    const hours = quarter / 4;
    const more = ` (${hours > 0 ? "+" : ""}${hours} hours: local time, not UTC)`;
    yield one("local-time", { timestamp: text }, text, sent.timestamp, more);
  }
}

function* clockReads(sent, atMost) {
  const moment = momentOf(sent.timestamp);
  if (moment === null) return;
  const write = writer(sent.timestamp);
  const [step, unit] = /^\d{9,10}$/.test(sent.timestamp) ? [1000, "s"] : [1, "ms"];
  for (let offset = step; offset <= Math.max(atMost, step); offset += step) {
    for (const [moved, side] of [[-offset, "earlier"], [offset, "later"]]) {
      const text = write(moment + moved);
      yield one("clock-read-twice", { timestamp: text }, text, sent.timestamp, ` (${offset / step} ${unit} ${side})`);
    }
  }
}

function* loginMilliseconds(sent) {
  if (!/^\d{9,10}$/.test(sent.timestamp)) return;
  const login = sent.request_path === LOGIN_PATH;
  const [forIso, forEpoch] = login ? ["rest-formula", "milliseconds-signed"] : ["epoch-sent", "timestamp-form"];
  const iso = isoSecond(Number(sent.timestamp));
  for (let millisecond = 0; millisecond < 1000; millisecond++) {
    const fraction = three(millisecond);
    for (const [text, id] of [
      [`${iso}.${fraction}Z`, forIso],
      [sent.timestamp + fraction, forEpoch],
      [`${sent.timestamp}.${fraction}`, forEpoch],
    ]) {
      yield one(id, { timestamp: text }, text, sent.timestamp, unixNote(id));
    }
  }
}

/** Return a time as Unix milliseconds, or null if it is in none of the forms that are sent. */
function momentOf(written) {
  const epoch = EPOCH.exec(written);
  if (epoch) return Number(epoch[1]) * 1000 + Number(epoch[2] ?? 0);
  const iso = ISO.exec(written);
  if (!iso || iso[1] < "1971" || iso[1] >= "2200") return null;
  const seconds = Date.parse(`${iso[1]}T${iso[2]}Z`);
  // Some dates that do not exist, such as the 30th of February, are taken for others.
  if (Number.isNaN(seconds) || isoSecond(seconds / 1000) !== `${iso[1]}T${iso[2]}`) return null;
  return seconds + Number((iso[3] ?? "0").padEnd(3, "0").slice(0, 3));
}

/** Return what writes other moments in the form of this one. */
function writer(written) {
  const epoch = EPOCH.exec(written);
  if (epoch) {
    const point = written.includes(".") ? "." : "";
    return (moment) => Math.floor(moment / 1000) + (epoch[2] ? point + three(moment % 1000) : "");
  }
  const [, , , fraction, zone] = ISO.exec(written);
  const tail = (fraction ?? "").slice(3) + (zone ?? "");
  return (moment) => {
    const text = isoSecond(Math.floor(moment / 1000)).replace("T", written[10]);
    return text + (fraction || moment % 1000 ? `.${three(moment % 1000)}` : "") + tail;
  };
}

// --- the formula -------------------------------------------------------------------------

function* formulas(sent, tables) {
  const moment = momentOf(sent.timestamp);
  if (moment !== null && sent.request_path !== LOGIN_PATH) {
    const login = { method: "GET", path: LOGIN_PATH, query: "", body: "" };
    yield one("ws-formula", { timestamp: String(Math.floor(moment / 1000)), ...login });
    yield one("ws-formula", login);
  }
  yield one("timestamp-missing", { timestamp: "" }, "", sent.timestamp);
  yield one("path-missing", { path: "", query: "" }, "", sent.request_path);
  for (const separator of tables.separators) yield one("separators", { separator }, quoted(separator));
  for (const end of tables.ends) yield one("newline-at-end", { end }, quoted(end));
  const words = ["timestamp", "method", "path", ...(sent.body ? ["body"] : [])];
  for (const order of permutations(words.map((_, at) => at)).slice(1)) {
    yield one("parts-order", { order: [...order, 3].slice(0, 4).join("") }, order.map((at) => words[at]).join(" + "));
  }
  yield one("text-encoding", { encoding: "utf-16-le" }, "utf-16-le");
  if (/[^\u0000-\u007f]/.test(sent.body)) yield one("text-encoding", { encoding: "latin-1" }, "latin-1");
}

// --- the secret --------------------------------------------------------------------------

function* secrets(keys, tables) {
  const known = new Set([toHex(encoder.encode(keys.secret_key))]);
  for (const [id, key, signed] of otherSecrets(keys, tables)) {
    const name = toHex(key);
    if (!known.has(name)) {
      known.add(name);
      yield { told: [[id, { signed }]], parts: {}, secret: key };
    }
  }
}

function* otherSecrets({ secret_key: secret, passphrase = "", api_key: apiKey = "" }, tables) {
  const bytes = (text) => encoder.encode(text);
  if (passphrase) yield ["passphrase-as-secret", bytes(passphrase), ""];
  if (apiKey) yield ["key-as-secret", bytes(apiKey), ""];
  for (const missing of tables.no_secret) yield ["secret-missing", bytes(missing), quoted(missing)];
  for (const [id, table] of [["secret-whitespace", "around_secret"], ["secret-quoted", "quotes"]]) {
    for (const [before, after] of tables[table]) yield [id, bytes(before + secret + after), ""];
  }
  yield ["secret-case", bytes(secret.toLowerCase()), ""];
  yield ["secret-case", bytes(secret.toUpperCase()), ""];
  const letters = [...secret];
  yield ["secret-cut", bytes(letters.slice(1).join("")), "first"];
  yield ["secret-cut", bytes(letters.slice(0, -1).join("")), "last"];
  yield ["secret-encoded", bytes(toBase64(bytes(secret))), "Base64"];
  yield ["secret-encoded", bytes(toHex(bytes(secret))), "hex"];
  yield ["secret-encoded", utf16(secret), "UTF-16"];
  if (/^([0-9a-fA-F]{2})+$/.test(secret)) yield ["secret-decoded", fromHex(secret), ""];
  const decoded = fromBase64(secret.replace(/=+$/, ""));
  if (decoded) yield ["secret-decoded", decoded, ""];
}

// --- bytes -------------------------------------------------------------------------------

/** Return the bytes of a text as UTF-16, the low byte first. */
export function utf16(text) {
  return Uint8Array.from(text.split("").flatMap((unit) => [unit.charCodeAt(0) & 255, unit.charCodeAt(0) >> 8]));
}

/** Return bytes as hex. */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the bytes of a hex text. */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Return bytes as Base64. */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Decode Base64 of either alphabet, with or without its end; null if it is none. */
export function fromBase64(text) {
  const bare = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (text.length - bare.length > 2 || !/^[0-9A-Za-z+/]+$/.test(bare) || bare.length % 4 === 1) return null;
  return Uint8Array.from(atob(bare), (letter) => letter.charCodeAt(0));
}
