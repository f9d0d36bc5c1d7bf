// From a rejected signature to the mistakes that made it: okx_guide/diagnose/search.py in JavaScript.
// The words are in mistakes.json, which both read. Digests come from WebCrypto.

import { quote, unquote } from "./bodies.js";
import { hmacMd5, md5 } from "./md5.js";
import { fromBase64, fromHex, inPairs, moments, ofOnePart, right, single, toBase64, toHex, utf16 } from "./variants.js";

const CLOCK_READS_OF_AT_MOST = 8192;
const PAIRS_OF_AT_MOST = 1024;
const SHOWN_AT_MOST = 200;
// WebCrypto answers later; so many questions are on their way at once.
const AT_ONCE = 512;
const HASHES = new Map([[32, "SHA-256"], [20, "SHA-1"], [64, "SHA-512"], [48, "SHA-384"], [16, "MD5"]]);
const FIELDS = ["timestamp", "method", "path", "query", "body"];

const encoder = new TextEncoder();

/** Return the text that should be signed. */
export function prehash({ timestamp, method, request_path, body }) {
  return timestamp + method + request_path + body;
}

/** Return the signature of a text: Base64 of the raw HMAC-SHA256. */
export async function sign(secretKey, text) {
  return toBase64(await new Digests(secretKey).make("SHA-256", "hmac", encoder.encode(text)));
}

/**
 * Return the fewest mistakes that together produce exactly the signature.
 *
 * @param request What arrived: timestamp, method, request_path, body, signature, perhaps host.
 * @param keys The secret_key, perhaps passphrase and api_key.
 * @param catalogue What is in mistakes.json.
 * @param atMost How many mistakes may come together.
 * @returns {{verdict: string, mistakes: object[], signed: string}} as `okx-guide diagnose --json`.
 */
export async function search(request, keys, catalogue, atMost = 2) {
  const digests = new Digests(keys.secret_key);
  const possible = readings(request.signature);
  for (let number = 0; number <= atMost; number++) {
    for (const [name, known] of possible) {
      const told = name === "SHA-256" ? [] : [["wrong-hash", name.toLowerCase().replace("-", "")]];
      for (let level = 0; level + told.length <= number; level++) {
        const ids = new Map([...known].filter(([, ids]) => ids.length === number - told.length - level));
        if (!ids.size) continue;
        const made = await first(attempts(request, keys, catalogue.tables, level), ids, digests, name);
        if (made) {
          const all = [...made.told, ...told.map(asTold), ...ids.get(made.digest).map((id) => asTold([id, ""]))];
          return finding(all, made.message, keys, catalogue);
        }
      }
    }
    if (number === 1) {
      const message = encoder.encode(prehash(request));
      const lost = nearly(request.signature, toBase64(await digests.make("SHA-256", "hmac", message)));
      if (lost) return finding([asTold(lost)], message, keys, catalogue);
    }
  }
  return { verdict: "unknown", mistakes: [], signed: "" };
}

/**
 * Return the single mistakes that a signature can be compared with when only its owner has
 * the secret: the texts, one per line of a command, and what each stands for.
 */
export function texts(request, catalogue) {
  const start = right(request);
  const found = [{ message: encoder.encode(prehash(request)), told: [] }];
  for (const variant of single(request, { secret_key: "" }, catalogue.tables)) {
    if (variant.secret || variant.parts.use) continue;
    found.push({ message: message({ ...start, ...variant.parts }), told: variant.told });
  }
  return found;
}

/** Return what a signature is, given the digests that its owner made of `texts`. */
export function compare(request, made, catalogue) {
  const possible = readings(request.signature).get("SHA-256") ?? new Map();
  let best = null;
  made.forEach(({ digest, message, told }) => {
    const ids = possible.get(digest);
    if (!ids || (best && best.told.length <= told.length + ids.length)) return;
    best = { told: [...told, ...ids.map((id) => asTold([id, ""]))], message };
  });
  const lost = made.length && nearly(request.signature, toBase64(fromHex(made[0].digest)));
  if (!best && lost) best = { told: [asTold(lost)], message: made[0].message };
  if (!best) return { verdict: "unknown", mistakes: [], signed: "" };
  return finding(best.told, best.message, { secret_key: "" }, catalogue);
}

const asTold = ([id, signed]) => [id, { signed }];

function finding(told, signed, keys, catalogue) {
  const order = catalogue.mistakes.map((row) => row.id);
  const sorted = [...told].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return {
    verdict: told.length ? "found" : "correct",
    mistakes: sorted.map(([id, fields]) => inWords(id, fields, keys, catalogue)),
    signed: new TextDecoder("utf-8", { ignoreBOM: true }).decode(signed),
  };
}

/** Return the first attempt with one of the wanted digests, many at once. */
async function first(batches, wanted, digests, name) {
  let waiting = [];
  for (const attempt of batches) {
    waiting.push(attempt);
    if (waiting.length === AT_ONCE) {
      const found = await among(waiting);
      if (found) return found;
      waiting = [];
    }
  }
  return among(waiting);

  async function among(some) {
    const made = await Promise.all(some.map(({ message, use, secret }) => digests.make(name, use, message, secret)));
    const at = made.findIndex((digest) => wanted.has(toHex(digest)));
    return at < 0 ? null : { ...some[at], digest: toHex(made[at]) };
  }
}

/** Yield what is tried with so many mistakes, in the order of okx_guide/diagnose/search.py. */
function* attempts(request, keys, tables, level) {
  const start = right(request);
  const size = request.body.length + request.request_path.length;
  const attempt = (...variants) => {
    const parts = Object.assign({}, start, ...variants.map((each) => each.parts));
    return {
      message: message(parts),
      use: parts.use,
      secret: variants.find((each) => each.secret)?.secret,
      told: variants.flatMap((each) => each.told),
    };
  };
  if (level === 0) {
    yield attempt();
  } else if (level === 1) {
    for (const each of single(request, keys, tables)) yield attempt(each);
    if (size > CLOCK_READS_OF_AT_MOST) return;
    for (const each of moments(request)) yield attempt(each);
  } else if (size <= PAIRS_OF_AT_MOST) {
    for (const [each, other] of pairs(inPairs(request, keys, tables))) yield attempt(each, other);
    for (const both of ofOnePart(request, tables)) yield attempt(both);
  }
}

/** Yield each two variants that do not change the same part. */
function* pairs(variants) {
  const simple = FIELDS.map(() => []);
  const others = [];
  for (const each of variants) {
    const names = Object.keys(each.parts);
    const at = names.length === 1 ? FIELDS.indexOf(names[0]) : -1;
    (at < 0 ? others : simple[at]).push(each);
  }
  for (let i = 0; i < FIELDS.length; i++) {
    for (let j = i + 1; j < FIELDS.length; j++) {
      for (const each of simple[i]) for (const other of simple[j]) yield [each, other];
    }
  }
  for (const other of others) {
    for (const each of simple.flat()) if (differ(each, other)) yield [each, other];
  }
  for (let i = 0; i < others.length; i++) {
    for (const other of others.slice(i + 1)) if (differ(others[i], other)) yield [others[i], other];
  }
}

function differ(each, other) {
  if (each.secret && other.secret) return false;
  return !Object.keys(each.parts).some((name) => name in other.parts);
}

function message(parts) {
  let fields = [parts.timestamp, parts.method, parts.path + parts.query, parts.body];
  if (parts.order) fields = [...parts.order].map((at) => fields[at]);
  if (parts.separator) fields = fields.filter((field) => field);
  const text = fields.join(parts.separator) + parts.end;
  if (parts.encoding === "utf-16-le") return utf16(text);
  if (parts.encoding === "latin-1") return Uint8Array.from([...text], (letter) => (letter > "\u00ff" ? 63 : letter.charCodeAt(0)));
  return encoder.encode(text);
}

class Digests {
  #secret;
  #keys = new Map();

  constructor(secretKey) {
    this.#secret = encoder.encode(secretKey);
  }

  /** Return the digest of a text: with a hash, a use of it, a secret. */
  async make(name, use, text, secret = this.#secret) {
    if (use === "hmac") return this.#hmac(name, secret, text);
    if (use === "swapped") return this.#hmac(name, text, secret, true);
    const whole = { text: [text], "text+secret": [text, secret], "secret+text": [secret, text] }[use];
    const joined = new Uint8Array(whole.reduce((size, part) => size + part.length, 0));
    whole.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
    if (name === "MD5") return md5(joined);
    return new Uint8Array(await crypto.subtle.digest(name, joined));
  }

  async #hmac(name, key, text, once = false) {
    if (name === "MD5") return hmacMd5(key, text);
    const id = name + toHex(key);
    let imported = this.#keys.get(id);
    if (!imported) {
      // An empty key and one zero byte are the same to HMAC, but not to WebCrypto.
      const bytes = key.length ? key : Uint8Array.of(0);
      imported = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: name }, false, ["sign"]);
      if (!once) this.#keys.set(id, imported);
    }
    return new Uint8Array(await crypto.subtle.sign("HMAC", await imported, text));
  }
}

// --- what a signature can stand for: okx_guide/diagnose/encodings.py -------------------------------

/** Return every digest, in hex, that a signature can stand for: a map of maps to mistakes. */
export function readings(signature) {
  const found = new Map();
  for (const [raw, ids] of decoded(signature, [])) {
    const name = HASHES.get(raw.length);
    if (!name) continue;
    if (!found.has(name)) found.set(name, new Map());
    const known = found.get(name);
    const digest = toHex(raw);
    if (!known.has(digest) || ids.length < known.get(digest).length) known.set(digest, ids);
  }
  return found;
}

function nearly(signature, right) {
  const bare = right.replace(/=+$/, "");
  if (signature.length >= 8 && signature.length < bare.length && right.startsWith(signature)) {
    return ["signature-cut", String(signature.length)];
  }
  return signature.toLowerCase() === right.toLowerCase() ? ["signature-case", ""] : null;
}

const isHex = (text) => /^([0-9a-fA-F]{2})+$/.test(text);

function* decoded(text, ids) {
  if (ids.length > 2 || text.length > 1024) return;
  if (isHex(text)) yield [fromHex(text), [...ids, "hex-digest"]];
  const raw = fromBase64(text);
  if (raw) {
    let told = /[-_]/.test(text) ? [...ids, "base64-urlsafe"] : ids;
    if (text.length % 4) told = [...told, "base64-padding"];
    yield [raw, told];
    const inner = Array.from(raw, (byte) => String.fromCharCode(byte)).join("");
    if (isHex(inner)) yield [fromHex(inner), [...told, "base64-of-hex"]];
    else if (fromBase64(inner)) yield* decoded(inner, [...told, "base64-twice"]);
  }
  for (const [id, other] of [
    ["bytes-repr", text.replace(/^b(['"])(.*)\1$/s, "$2")],
    ["signature-quoted", text.replace(/^(['"])(.*)\1$/s, "$2")],
    ["signature-whitespace", text.replace(/[ \t\r\n]|\\n$/g, "")],
    ["signature-percent", unquote(text)],
    ["signature-plus", text.replaceAll(" ", "+")],
  ]) {
    if (other !== text && !ids.includes(id)) yield* decoded(other, [...ids, id]);
  }
}

// --- in words ----------------------------------------------------------------------------

function inWords(id, fields, keys, catalogue) {
  const row = catalogue.mistakes.find((each) => each.id === id);
  const secrets = [keys.secret_key, keys.passphrase ?? "", keys.api_key ?? ""];
  const filled = (template) =>
    template.replace(/{(\w+)}/g, (_, name) => short(visible(mask(fields[name] ?? "", secrets))));
  return { id, explanation: filled(row.explanation), fix: filled(row.fix), page: row.page };
}

function short(text) {
  const letters = [...text];
  if (letters.length <= SHOWN_AT_MOST) return text;
  return `${letters.slice(0, SHOWN_AT_MOST).join("")}… (${letters.length} characters)`;
}

const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Return a text in which control characters are written as escapes. */
export function visible(text) {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (letter) => ESCAPES[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Return the text with an asterisk for each character of a secret: okx_guide/diagnose/mask.py. */
export function mask(text, secrets) {
  const hidden = new Set();
  const hide = (from, to) => {
    for (let at = from; at < to; at++) hidden.add(at);
  };
  const [letters, starts] = units(text);
  for (const secret of secrets.filter((each) => each)) {
    const raw = encoder.encode(secret);
    for (const form of [secret, toHex(raw), toBase64(raw).replace(/=+$/, ""), quote(secret, "/")]) {
      for (const at of places(text.toLowerCase(), form.toLowerCase())) hide(at, at + form.length);
    }
    for (const at of places(letters, secret.toLowerCase())) hide(starts[at], starts[at + secret.length]);
  }
  return text.split("").map((unit, at) => (hidden.has(at) ? "*" : unit)).join("");
}

function* places(text, part) {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) yield at;
}

function units(text) {
  let letters = "";
  const starts = [];
  for (const match of text.matchAll(/\\u[0-9a-fA-F]{4}|(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]|\\.|./gs)) {
    const unit = match[0];
    let meant = unit;
    if (/^\\u.{4}$/s.test(unit)) meant = String.fromCharCode(parseInt(unit.slice(2), 16));
    else if (unit[0] === "\\") meant = unit.slice(1) || unit;
    else if (unit[0] === "%" && unit.length > 1) meant = unquote(unit);
    for (const letter of meant.toLowerCase()) {
      letters += letter;
      for (const _ of letter) starts.push(match.index);
    }
  }
  return [letters, [...starts, text.length]];
}
