// What a signature can stand for, however badly it is written: okx_guide/diagnose/encodings.py in
// JavaScript.

import { unquote } from "./bodies.js";
import { fromBase64, fromHex, isHex, toBinary, toHex } from "./bytes.js";
import catalogue from "./catalogue.js";

const { limits, tables } = catalogue;
const HASHES = new Map(Object.entries(tables.hash_bytes).map(([name, size]) => [size, name]));

/** Return every digest, in hex, that a signature can stand for: by hash, a map to mistakes. */
export function readings(signature) {
  const found = new Map();
  for (const [bytes, ids] of decode(signature, [])) {
    const hash = HASHES.get(bytes.length);
    if (!hash) continue;
    if (!found.has(hash)) found.set(hash, new Map());
    const digests = found.get(hash);
    const digest = toHex(bytes);
    if (!digests.has(digest) || ids.length < digests.get(digest).length) digests.set(digest, ids);
  }
  return found;
}

/** Return [mistake, what to say about it] for a right signature that lost something; or null. */
export function findLoss(signature, right) {
  const size = signature.length;
  const whole = right.replace(/=+$/, "").length;
  if (size >= limits.cut_signature_characters && size < whole && right.startsWith(signature)) {
    return ["signature-cut", String(size)];
  }
  return signature.toLowerCase() === right.toLowerCase() ? ["signature-case", ""] : null;
}

function* decode(text, ids) {
  if (ids.length > limits.signature_encodings || text.length > limits.signature_characters) return;
  if (isHex(text)) yield [fromHex(text), [...ids, "hex-digest"]];
  const bytes = fromBase64(text);
  if (bytes) {
    const more = [...ids];
    if (/[-_]/.test(text)) more.push("base64-urlsafe");
    if (text.length % 4) more.push("base64-padding");
    yield [bytes, more];
    const inner = toBinary(bytes);
    if (isHex(inner)) yield [fromHex(inner), [...more, "base64-of-hex"]];
    else if (fromBase64(inner)) yield* decode(inner, [...more, "base64-twice"]);
  }
  for (const [id, other] of [
    ["bytes-repr", text.replace(/^b(['"])(.*)\1$/s, "$2")],
    ["signature-quoted", text.replace(/^(['"])(.*)\1$/s, "$2")],
    ["signature-whitespace", text.replace(/[ \t\r\n]|\\n$/g, "")],
    ["signature-percent", unquote(text)],
    ["signature-plus", text.replaceAll(" ", "+")],
  ]) {
    if (other !== text && !ids.includes(id)) yield* decode(other, [...ids, id]);
  }
}
