// What a signature can stand for, however badly it is written: okx_guide/diagnose/encodings.py in
// JavaScript.

import { trim, unquote } from "./bodies.js";
import {
  decodeUtf8,
  fromBase64,
  fromHex,
  isHex,
  toBase64,
  toBinary,
  toBytes,
  toHex,
  toLatin1,
} from "./bytes.js";
import catalogue from "./catalogue.js";

const { limits, tables } = catalogue;
const HASHES = new Map(Object.entries(tables.hash_bytes).map(([name, size]) => [size, name]));

const LABELLED =
  /^\s*(?:(?:[A-Za-z0-9-]{0,20}\([^()]{0,40}\)|\(stdin\))= ?([0-9a-fA-F]{32,128})|([0-9a-fA-F]{32,128}) [ *](?:-|\*?stdin|[\w./-]{1,40}))\s*$/;
// Between two numbers something must stand, or a row of digits could be cut in endless ways.
const NUMBERS = /^(?:<<|\[)?-?\d{1,3}(?:(?:, ?| )-?\d{1,3}){15,63}(?:, ?| )?(?:>>|\])?$/;
const SEPARATED =
  /^(?:(?:0x)?[0-9a-fA-F]{32,128}|(?:(?:0x|\\x)?[0-9a-fA-F]{2}(?:[:-]|, ?| )?){16,64})$/;
const BASE32 = /^(?:[A-Z2-7]{32,103}={0,6}|[a-z2-7]{32,103}={0,6})$/;

const BASE85 =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const ASCII85 = String.fromCharCode(...Array.from({ length: 85 }, (_, i) => 33 + i));
const REPR = /^(?:b|bytearray\(b)?(['"])((?:\\x[0-9a-fA-F]{2}|\\[ -wy-~]|[ -[\]-~])+)\1\)?$/;
const REPR_PART = /\\x[0-9a-fA-F]{2}|\\[ -wy-~]|[ -[\]-~]/g;
const ESCAPES = { n: 10, r: 13, t: 9, a: 7, b: 8, v: 11, f: 12, e: 27 };

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
  const damaged = toBase64(toBytes(decodeUtf8(fromBase64(right))));
  if (signature.replace(/=+$/, "") === damaged.replace(/=+$/, "")) {
    return ["signature-reencoded", ""];
  }
  if (signature.toLowerCase() === right.toLowerCase()) return ["signature-case", ""];
  return listUnevenHex(fromBase64(right)).includes(signature) ? ["hex-digest", ""] : null;
}

/** Return whether a signature is what a language prints for an object. */
export function isObject(signature) {
  return tables.signature_objects.some((each) => new RegExp(`^(?:${each})$`).test(signature));
}

/** Return hex as programs write it that drop zeros, or take a byte for a number with a sign. */
function listUnevenHex(bytes) {
  const write = (byte) => byte.toString(16);
  return [
    BigInt(`0x${toHex(bytes)}`).toString(16),
    Array.from(bytes, write).join(""),
    Array.from(bytes, (byte) => write(byte < 128 ? byte : byte + 0xffffff00)).join(""),
  ];
}

function* decode(text, ids) {
  if (ids.length > limits.signature_encodings || text.length > limits.signature_characters) return;
  yield* decodeOther(text, ids);
  const bytes = isHex(text) && text.length >= 32 ? null : fromBase64(text);
  if (bytes) {
    const more = [...ids];
    if (/[-_]/.test(text)) more.push("base64-urlsafe");
    if (text.length % 4) more.push("base64-padding");
    yield [bytes, more];
    const narrow = narrowBytes(bytes);
    if (narrow && narrow.length !== bytes.length) yield [narrow, [...more, "signature-reencoded"]];
    const inner = trim(toBinary(bytes));
    if (isHex(inner)) yield [fromHex(inner), [...more, "base64-of-hex"]];
    else if (stripLabel(inner) !== inner) {
      yield [fromHex(stripLabel(inner)), [...more, "signature-label"]];
    } else if (fromBase64(inner)) yield* decode(inner, [...more, "base64-twice"]);
  }
  for (const [id, other] of [
    ["bytes-repr", text.replace(/^b(['"])(.*)\1$/s, "$2")],
    ["signature-quoted", text.replace(/^(['"])(.*)\1$/s, "$2")],
    ["signature-whitespace", text.replace(/[ \t\r\n]|\\n$/g, "")],
    ["signature-html", unescapeHtml(text)],
    ["signature-percent", unquote(unquote(text))],
    ["signature-prefix", stripPrefix(text)],
    ["signature-plus", text.replaceAll(" ", "+")],
  ]) {
    if (other !== text && !ids.includes(id)) yield* decode(other, [...ids, id]);
  }
}

/** Yield what a signature stands for that is not Base64. */
function* decodeOther(text, ids) {
  if (isHex(text)) yield [fromHex(text), [...ids, "hex-digest"]];
  for (const [id, bare] of [
    ["signature-label", stripLabel(text)],
    ["signature-separators", stripSeparators(text)],
  ]) {
    if (bare !== text && isHex(bare)) yield [fromHex(bare), [...ids, id]];
  }
  if (NUMBERS.test(text)) {
    const numbers = text.match(/-?\d+/g).map(Number);
    yield [Uint8Array.from(numbers), [...ids, "signature-separators"]];
  }
  if (BASE32.test(text) && ![1, 3, 6].includes(text.replace(/=+$/, "").length % 8))
    yield [fromBase32(text), [...ids, "signature-base32"]];
  const printed = readRepr(text);
  if (printed) yield [printed, [...ids, "signature-separators"]];
  // Letters of Base64 alone are a signature that was cut.
  if (/[^\w+/=-]/.test(text) && text.length % 5 === 0 && HASHES.has((text.length / 5) * 4)) {
    for (const letters of [BASE85, ASCII85]) {
      const decoded = fromBase85(text, letters);
      if (decoded) yield [decoded, [...ids, "signature-base85"]];
    }
  }
}

/** Return the bytes that were taken for Latin-1 and written as UTF-8; null if they were not. */
function narrowBytes(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\u0100-\uffff]/.test(text) ? null : toLatin1(text);
  } catch {
    return null;
  }
}

/** Return the hex of what openssl and sha256sum print around it. */
function stripLabel(text) {
  const match = LABELLED.exec(text);
  return match ? (match[1] ?? match[2]) : text;
}

/** Return a signature without the words that name it, such as `sign:`. */
function stripPrefix(text) {
  const lower = text.toLowerCase();
  const words = tables.around_signature.find((each) => lower.startsWith(each.toLowerCase()));
  return words ? text.slice(words.length).replace(/^ +| +$/g, "") : text;
}

/** Return hex without what stands between its bytes, or before all of them. */
function stripSeparators(text) {
  const bare = text.replace(/^<Buffer (.*)>$/s, "$1");
  return SEPARATED.test(bare) ? bare.replace(/0x|\\x|[:\- ,]/g, "") : bare;
}

function unescapeHtml(text) {
  const letters = { "&#43;": "+", "&#61;": "=", "&#x2B;": "+", "&#x3D;": "=" };
  return text
    .replace(/&#(?:43|61|x2B|x3D);/g, (written) => letters[written])
    .replace(/&#(?:47|x2F);/g, "/");
}

/** Return the bytes that a language printed between quotes; null if it is none. */
function readRepr(text) {
  const printed = REPR.exec(text);
  if (!printed) return null;
  return Uint8Array.from(printed[2].match(REPR_PART), (part) => {
    if (part.startsWith("\\x")) return Number.parseInt(part.slice(2), 16);
    const letter = part.at(-1);
    return (part.length > 1 && ESCAPES[letter]) || letter.charCodeAt(0);
  });
}

/** Return the bytes of groups of five letters; null if they are none. */
function fromBase85(text, letters) {
  const groups = (text.match(/.{5}/gs) ?? []).map((group) =>
    [...group].map((letter) => letters.indexOf(letter)),
  );
  const numbers = groups.map((digits) => digits.reduce((sum, digit) => sum * 85 + digit, 0));
  if (groups.flat().includes(-1) || numbers.some((number) => number >= 2 ** 32)) return null;
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [at, number] of numbers.entries()) view.setUint32(at * 4, number);
  return new Uint8Array(view.buffer);
}

function fromBase32(text) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(text.replace(/=+$/, "").toUpperCase(), (letter) =>
    letters.indexOf(letter).toString(2).padStart(5, "0"),
  ).join("");
  const bytes = bits.match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
}
