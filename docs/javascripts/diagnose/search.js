// From a rejected signature to the mistakes that made it: okx_guide/diagnose/search.py in
// JavaScript.

import { decodeUtf8, fromHex, toBase64, toBytes, toHex, toLatin1, toUtf16 } from "./bytes.js";
import catalogue from "./catalogue.js";
import { findLoss, isObject, readings } from "./encodings.js";
import { hmac, md5, prepareHmac, sha224, sha256 } from "./hashes.js";
import {
  listCommonPairs,
  listMoments,
  listPairs,
  listSameParts,
  listSingles,
  listThrees,
  rightParts,
} from "./variants.js";
import { explain } from "./words.js";

const { limits } = catalogue;
// WebCrypto answers later: so many texts wait for it at once.
const QUESTIONS = 512;
const FIELDS = ["timestamp", "method", "path", "query", "body"];
const OWN_HASHES = { md5, sha224, sha256 };
const UNKNOWN = { verdict: "unknown", mistakes: [], signed: "" };

/** Return the text that should be signed. */
export function prehash({ timestamp, method, request_path, body }) {
  return timestamp + method + request_path + body;
}

/** Return the signature of a text: Base64 of the raw HMAC-SHA256. */
export async function sign(secretKey, text) {
  return toBase64(await new Digests(secretKey).make("sha256", "hmac", toBytes(text)));
}

/**
 * Return the fewest mistakes that together produce exactly the signature.
 *
 * @param sent What arrived: timestamp, method, request_path, body, signature, perhaps host.
 * @param keys The secret_key, perhaps passphrase and api_key.
 * @param most How many mistakes may come together.
 * @returns {{verdict: string, mistakes: object[], signed: string}} as `okx-guide diagnose --json`.
 */
export async function search(sent, keys, most = limits.mistakes_at_once) {
  const request = { ...sent, hashes: await hashBody(sent.body) };
  const digests = new Digests(keys.secret_key);
  const possible = readings(request.signature);
  for (let number = 0; number <= most; number++) {
    for (const [hash, known] of possible) {
      const found = await searchHash(request, keys, digests, hash, known, number);
      if (found) return found;
    }
    if (number === 1 && isObject(request.signature)) {
      const printed = fill(["signature-object", request.signature]);
      return report([printed], toBytes(prehash(request)), keys);
    }
    if (number === 1) {
      const message = toBytes(prehash(request));
      const right = toBase64(await digests.make("sha256", "hmac", message));
      const loss = findLoss(request.signature, right);
      if (loss) return report([fill(loss)], message, keys);
    }
  }
  return UNKNOWN;
}

/** Return what makes the signature with one hash and so many mistakes, or null. */
async function searchHash(request, keys, digests, hash, known, number) {
  const wrong = hash === "sha256" ? [] : [fill(["wrong-hash", hash])];
  const most = Math.min(number - wrong.length, limits.texts_at_once);
  for (let level = 0; level <= most; level++) {
    const size = number - wrong.length - level;
    const wanted = new Map([...known].filter(([, ids]) => ids.length === size));
    if (!wanted.size) continue;
    const hit = await findFirst(listAttempts(request, keys, level), wanted, digests, hash);
    if (hit) {
      const mistakes = hit.variants.flatMap((variant) => variant.mistakes);
      const written = wanted.get(hit.digest).map((id) => fill([id, ""]));
      return report([...mistakes, ...wrong, ...written], hit.message, keys);
    }
  }
  return null;
}

/**
 * Return the texts that a command can sign when only its owner has the secret, and the mistakes
 * that each stands for; the right text comes first.
 */
export function listTexts(request) {
  const start = rightParts(request);
  const texts = [{ message: toBytes(prehash(request)), mistakes: [] }];
  for (const { mistakes, parts, secret } of listSingles(request, { secret_key: "" })) {
    if (secret || parts.use) continue;
    texts.push({ message: join({ ...start, ...parts }), mistakes });
  }
  return texts;
}

/** Return what a signature is, given the digests that its owner made of `listTexts`. */
export function compare(request, texts) {
  const possible = readings(request.signature).get("sha256") ?? new Map();
  let best = null;
  for (const { digest, message, mistakes } of texts) {
    const ids = possible.get(digest);
    if (!ids || (best && best.mistakes.length <= mistakes.length + ids.length)) continue;
    best = { mistakes: [...mistakes, ...ids.map((id) => fill([id, ""]))], message };
  }
  if (best) return report(best.mistakes, best.message, { secret_key: "" });
  const loss = texts.length && findLoss(request.signature, toBase64(fromHex(texts[0].digest)));
  return loss ? report([fill(loss)], texts[0].message, { secret_key: "" }) : UNKNOWN;
}

// --- what is tried -----------------------------------------------------------------------

/** Return the first attempt that makes one of the wanted digests; many are tried at once. */
async function findFirst(attempts, wanted, digests, hash) {
  // Of thousands of digests, hardly one begins like one that is wanted.
  const starts = new Set(Array.from(wanted.keys(), (hex) => Number.parseInt(hex.slice(0, 8), 16)));
  const isWanted = (digest) => starts.has(readStart(digest)) && wanted.has(toHex(digest));
  let batch = [];
  for (const attempt of attempts) {
    batch.push(attempt);
    if (batch.length === QUESTIONS) {
      const hit = await tryBatch(batch, isWanted, digests, hash);
      if (hit) return hit;
      batch = [];
    }
  }
  return tryBatch(batch, isWanted, digests, hash);
}

async function tryBatch(batch, isWanted, digests, hash) {
  const made = batch.map(({ message, use, secret }) => digests.make(hash, use, message, secret));
  const results = hash in OWN_HASHES ? made : await Promise.all(made);
  const at = results.findIndex(isWanted);
  return at < 0 ? null : { ...batch[at], digest: toHex(results[at]) };
}

/** Return the first four bytes as a number. */
function readStart(bytes) {
  return ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
}

/** Yield what is tried with so many mistakes, in the order of okx_guide/diagnose/search.py. */
function* listAttempts(request, keys, level) {
  const start = rightParts(request);
  const size = request.body.length + request.request_path.length;
  const attempt = (...variants) => {
    const parts = { ...start };
    let secret;
    for (const variant of variants) {
      Object.assign(parts, variant.parts);
      secret ??= variant.secret;
    }
    return { message: join(parts), use: parts.use, secret, variants };
  };
  if (level === 0) {
    yield attempt();
  } else if (level === 1) {
    for (const variant of listSingles(request, keys)) yield attempt(variant);
    if (size > limits.characters_for_clock_reads) return;
    for (const variant of listMoments(request)) yield attempt(variant);
  } else if (level === 3 && size <= limits.characters_for_pairs) {
    for (const three of combineThree(listThrees(request, keys))) yield attempt(...three);
  } else if (level === 2 && size <= limits.characters_for_pairs) {
    for (const pair of combine(...listPairs(request, keys))) yield attempt(...pair);
    for (const variant of listSameParts(request)) yield attempt(variant);
  } else if (level === 2 && size <= limits.characters_for_common_pairs) {
    for (const pair of combine(...listCommonPairs(request, keys))) yield attempt(...pair);
  }
}

/** Yield each two variants that do not change the same part, at least one of them frequent. */
function* combine(frequent, rest) {
  const [simple, others] = groupByField(frequent);
  const [rare, otherRare] = groupByField(rest);
  for (const [i, group] of simple.entries()) {
    for (let j = i + 1; j < FIELDS.length; j++) {
      yield* pair(group, [...simple[j], ...rare[j]]);
      yield* pair(rare[i], simple[j]);
    }
  }
  const [common, seldom] = [simple.flat(), rare.flat()];
  for (const other of others) yield* pair([...common, ...seldom], [other]);
  for (const other of otherRare) yield* pair(common, [other]);
  for (const [i, one] of others.entries()) yield* pair([one], others.slice(i + 1));
  for (const one of others) yield* pair([one], otherRare);
}

/** Yield each three variants that do not change the same part. */
function* combineThree(variants) {
  const [simple, others] = groupByField(variants);
  for (const [i, group] of simple.entries()) {
    for (let j = i + 1; j < FIELDS.length; j++) {
      for (let k = j + 1; k < FIELDS.length; k++) {
        for (const one of group) for (const two of pair(simple[j], simple[k])) yield [one, ...two];
      }
    }
  }
  for (const other of others) {
    for (const [i, group] of simple.entries()) {
      for (let j = i + 1; j < FIELDS.length; j++) {
        for (const two of pair(group, simple[j])) {
          if (two.every((one) => canCombine(one, other))) yield [...two, other];
        }
      }
    }
  }
}

function* pair(ones, others) {
  for (const one of ones) {
    for (const other of others) if (canCombine(one, other)) yield [one, other];
  }
}

/** Return the variants that change one field, by the field, and the others. */
function groupByField(variants) {
  const simple = FIELDS.map(() => []);
  const others = [];
  for (const variant of variants) {
    const names = Object.keys(variant.parts);
    const at = names.length === 1 ? FIELDS.indexOf(names[0]) : -1;
    (at < 0 ? others : simple[at]).push(variant);
  }
  return [simple, others];
}

function canCombine(one, other) {
  if (one.secret && other.secret) return false;
  return !Object.keys(one.parts).some((name) => name in other.parts);
}

/** Return the bytes that are signed. */
function join(parts) {
  let fields = [parts.timestamp, parts.method, parts.path + parts.query, parts.body];
  if (parts.order) fields = [...parts.order].map((at) => fields[at]);
  if (parts.separator) fields = fields.filter(Boolean);
  const text = fields.join(parts.separator) + parts.end;
  if (parts.encoding === "utf-16-le") return toUtf16(text);
  return parts.encoding === "latin-1" ? toLatin1(text) : toBytes(text);
}

// --- digests -----------------------------------------------------------------------------

/** Return the name that WebCrypto has for a hash of Python. */
function cryptoName(hash) {
  return hash.toUpperCase().replace("SHA", "SHA-");
}

/** Return the hash of bytes, as bytes; of a hash of WebCrypto, a promise of it. */
function hashBytes(hash, bytes) {
  return hash in OWN_HASHES ? OWN_HASHES[hash](bytes) : askCrypto(hash, bytes);
}

async function askCrypto(hash, bytes) {
  return new Uint8Array(await crypto.subtle.digest(cryptoName(hash), bytes));
}

/** Return what is signed of a body in place of it: its hashes, in hex, by their names. */
async function hashBody(body) {
  const names = ["md5", "sha1", "sha256", "sha512"];
  const digests = await Promise.all(names.map((name) => hashBytes(name, toBytes(body))));
  return Object.fromEntries(names.map((name, at) => [name, toHex(digests[at])]));
}

/** Digests of many texts with few secrets: each secret is prepared once. */
class Digests {
  #secret;
  #prepared = new Map();

  constructor(secretKey) {
    this.#secret = toBytes(secretKey);
  }

  /** Return the digest of a text, or a promise of it: with a hash, a use of it, a secret. */
  make(hash, use, text, secret = this.#secret) {
    if (use === "hmac") return this.#hmac(hash, secret, text);
    if (use.startsWith("hmac+")) {
      const again = (digest) =>
        hashBytes(hash, use === "hmac+hash" ? digest : toBytes(toHex(digest)));
      const digest = this.#hmac(hash, secret, text);
      return hash in OWN_HASHES ? again(digest) : digest.then(again);
    }
    if (use === "swapped") return makeSigner(hash, text)(secret);
    const sources = {
      text: [text],
      "text+secret": [text, secret],
      "secret+text": [secret, text],
    };
    const whole = Uint8Array.from(sources[use].flatMap((part) => [...part]));
    return hashBytes(hash, whole);
  }

  #hmac(hash, secret, text) {
    const known = this.#prepared.get(hash) ?? new Map();
    this.#prepared.set(hash, known);
    let sign = known.get(secret);
    if (!sign) {
      sign = makeSigner(hash, secret);
      known.set(secret, sign);
    }
    return sign(text);
  }
}

/** Return a function that makes the HMAC of a text with one key, or a promise of it. */
function makeSigner(hash, key) {
  if (hash === "sha256") return prepareHmac(key);
  if (hash in OWN_HASHES) return (text) => hmac(OWN_HASHES[hash], key, text);
  // An empty key and one zero byte are the same to HMAC, but not to WebCrypto.
  const bytes = key.length ? key : Uint8Array.of(0);
  const algorithm = { name: "HMAC", hash: cryptoName(hash) };
  const imported = crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return async (text) => new Uint8Array(await crypto.subtle.sign("HMAC", await imported, text));
}

// --- in words ----------------------------------------------------------------------------

/** Return a mistake with the one text that its explanation needs. */
function fill([id, signed]) {
  return [id, { signed }];
}

function report(mistakes, message, keys) {
  const order = catalogue.mistakes.map((row) => row.id);
  const rows = [...mistakes].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return {
    verdict: mistakes.length ? "found" : "correct",
    mistakes: rows.map(([id, fields]) => explain(id, fields, keys)),
    signed: decodeUtf8(message),
  };
}
