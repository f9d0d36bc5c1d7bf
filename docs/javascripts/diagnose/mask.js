// Hide secrets in a text that is shown, and leave every other character where it is:
// okx_guide/diagnose/mask.py in JavaScript.

import { quote, unquote } from "./bodies.js";
import { toBase64, toBytes, toHex } from "./bytes.js";

// One character, however it is written: as JSON or as a URL escapes it, or as it is.
const UNIT = /\\u[0-9a-fA-F]{4}|(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]|\\.|./gs;

// What means something else than itself in a regular expression.
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/**
 * Return the text with an asterisk for each character of a secret.
 *
 * A secret is recognised in any case, percent-encoded, with JSON escapes, as hex and as Base64.
 * The text keeps its length, so that a place in it stays the same place.
 */
export function mask(text, secrets) {
  const hidden = new Set();
  const hide = (from, to) => {
    for (let at = from; at < to; at++) hidden.add(at);
  };
  const [letters, starts] = readUnits(text);
  for (const secret of secrets.filter(Boolean)) {
    const bytes = toBytes(secret);
    const forms = [secret, toHex(bytes), toBase64(bytes).replace(/=+$/, ""), quote(secret, "/")];
    for (const form of forms) {
      // toLowerCase() of the whole text would shift the places behind a letter such as İ.
      const pattern = new RegExp(form.replace(SPECIAL, "\\$&"), "gi");
      for (const { index, 0: match } of text.matchAll(pattern)) hide(index, index + match.length);
    }
    for (const at of findPlaces(letters, secret.toLowerCase())) {
      hide(starts[at], starts[at + secret.length]);
    }
  }
  return text
    .split("")
    .map((unit, at) => (hidden.has(at) ? "*" : unit))
    .join("");
}

function* findPlaces(text, part) {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) yield at;
}

/** Return the letters that are meant, and where each starts in the text; one start more. */
function readUnits(text) {
  let letters = "";
  const starts = [];
  for (const { 0: unit, index } of text.matchAll(UNIT)) {
    const meaning = readUnit(unit).toLowerCase();
    letters += meaning;
    starts.push(...Array(meaning.length).fill(index));
  }
  return [letters, [...starts, text.length]];
}

function readUnit(unit) {
  if (/^\\u.{4}$/s.test(unit)) return String.fromCharCode(Number.parseInt(unit.slice(2), 16));
  if (unit[0] === "\\") return unit.slice(1) || unit;
  return unit[0] === "%" && unit.length > 1 ? unquote(unit) : unit;
}
