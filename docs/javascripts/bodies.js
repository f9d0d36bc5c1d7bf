// The texts that people sign in place of the body that they send: okx_guide/diagnose/bodies.py in
// JavaScript. Numbers are kept as they are written, because 2.0 and 2 are two texts.

const LONG = 2048;
const COMPACT = [",", ":"];
const SPACED = [", ", ": "];

class Numeral {
  constructor(written) {
    this.written = written;
  }
}

/** Yield [text, mistake] for texts that people sign in place of a body that is not empty. */
export function* otherBodies(body) {
  yield ["", "body-missing"];
  yield [trim(body), "body-whitespace"];
  const form = parseQuery(body);
  if (form.length) {
    yield [dump(new Map(form), SPACED), "form-sent"];
    yield [dump(new Map(form), COMPACT), "form-sent"];
  }
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  yield* body.length <= LONG ? otherJson(parsed, body) : otherLong(parsed);
}

/** Yield the parameters of a JSON body as a query. */
export function* asQuery(body) {
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  if (parsed instanceof Map && parsed.size) {
    yield urlencode([...parsed].map(([name, value]) => [name, python(value, true)]));
  }
}

function* otherLong(parsed) {
  for (const sort of [false, true]) {
    for (const text of [ascii, utf8]) {
      for (const separators of [SPACED, COMPACT]) {
        yield [dump(parsed, separators, sort, pythonNumber, text), "body-reserialised"];
      }
    }
  }
  yield [python(parsed), "body-str-of-dict"];
}

function* otherJson(parsed, body) {
  const plain = /^[^\/\\<>&'+`\u007f-\uffff]*$/.test(body);
  const texts = plain ? [ascii] : [ascii, utf8, php, go, upper, dotnet];
  const few = texts.slice(0, 2);
  for (const sort of [false, true]) {
    for (const text of texts) {
      for (const separators of [SPACED, COMPACT]) {
        yield [dump(parsed, separators, sort, asWritten, text), "body-reserialised"];
      }
    }
    for (const text of few) {
      for (const indent of ["  ", "    ", "\t"]) {
        yield [dump(parsed, [",", ": "], sort, asWritten, text, indent), "body-reserialised"];
      }
    }
    if (!holdsNumeral(parsed)) continue;
    for (const text of few) {
      for (const separators of [SPACED, COMPACT]) {
        yield [dump(parsed, separators, sort, pythonNumber, text), "body-numbers"];
      }
    }
    yield [dump(parsed, COMPACT, sort, javascriptNumber, few.at(-1)), "body-numbers"];
  }
  for (const separators of [SPACED, COMPACT]) {
    for (const other of [allText, noText]) {
      yield [dump(change(parsed, other), separators), "body-numbers"];
    }
  }
  yield [ascii(body), "body-encoded-twice"];
  if (parsed instanceof Map) {
    yield [`[${body}]`, "body-list"];
  } else if (Array.isArray(parsed) && parsed.length === 1) {
    for (const separators of [SPACED, COMPACT]) yield [dump(parsed[0], separators), "body-list"];
  }
  yield [python(parsed), "body-str-of-dict"];
  for (const query of asQuery(body)) yield [query, "body-form"];
}

// --- reading JSON ------------------------------------------------------------------------

const TOKEN = /[ \t\n\r]*("(?:[^"\\\u0000-\u001f]|\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|[\[\]{},:]|true|false|null|-?Infinity|NaN)[ \t\n\r]*/y;

/** Return JSON with its objects as maps and its numbers as they are written. */
function parse(body) {
  TOKEN.lastIndex = 0;
  let token = next();
  const value = read();
  if (token !== "") throw new SyntaxError("more after the end");
  return value;

  function next() {
    if (TOKEN.lastIndex === body.length) return "";
    const match = TOKEN.exec(body);
    if (!match) throw new SyntaxError("no JSON");
    return match[1];
  }
  function take(expected) {
    if (token !== expected) throw new SyntaxError(`no ${expected}`);
    token = next();
  }
  function read() {
    const first = token;
    if (first === "") throw new SyntaxError("nothing more");
    token = next();
    if (first === "{") {
      const read_ = new Map();
      while (token !== "}") {
        if (read_.size) take(",");
        if (token[0] !== '"') throw new SyntaxError("no name");
        const name = JSON.parse(token);
        token = next();
        take(":");
        const value = read();
        read_.set(name, value);
        if (token !== "}" && token !== ",") throw new SyntaxError("no comma");
      }
      token = next();
      return read_;
    }
    if (first === "[") {
      const items = [];
      while (token !== "]") {
        if (items.length) take(",");
        items.push(read());
      }
      token = next();
      return items;
    }
    if (first[0] === '"') return JSON.parse(first);
    if (first === "true") return true;
    if (first === "false") return false;
    if (first === "null") return null;
    if (/^(-?\d|-?Infinity|NaN)/.test(first)) return new Numeral(first);
    throw new SyntaxError(`${first} is no value`);
  }
}

function holdsNumeral(value) {
  if (value instanceof Map) return [...value.values()].some(holdsNumeral);
  return Array.isArray(value) ? value.some(holdsNumeral) : value instanceof Numeral;
}

// --- writing JSON ------------------------------------------------------------------------

/** Write JSON as Python's json.dumps does, with another hand for numbers and for texts. */
export function dump(value, separators, sort = false, number = asWritten, text = ascii, indent = "", margin = "\n") {
  const [comma, colon] = separators;
  const inner = indent ? margin + indent : "";
  const again = (item) => dump(item, separators, sort, number, text, indent, inner);
  let rows;
  if (value instanceof Map) {
    const items = sort ? [...value].sort(([a], [b]) => byCodePoint(a, b)) : [...value];
    rows = items.map(([name, item]) => text(name) + colon + again(item));
  } else if (Array.isArray(value)) {
    rows = value.map(again);
  } else if (value instanceof Numeral) {
    return number(value.written);
  } else {
    return typeof value === "string" ? text(value) : String(value);
  }
  const [opened, closed] = value instanceof Map ? "{}" : "[]";
  if (!rows.length || !indent) return opened + rows.join(comma) + closed;
  return opened + inner + rows.join(comma + inner) + margin + closed;
}

/** Compare two texts as Python does. */
export function byCodePoint(a, b) {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i].codePointAt(0) - right[i].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

const hex = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
const asWritten = (written) => written;
const utf8 = (text) =>
  JSON.stringify(text).replace(/\\u([dD][89a-fA-F]..)/g, (_, unit) => String.fromCharCode(parseInt(unit, 16)));
const ascii = (text) => utf8(text).replace(/[\u007f-\uffff]/g, hex);
const php = (text) => ascii(text).replaceAll("/", "\\/");
const go = (text) => utf8(text).replace(/[<>&\u2028\u2029]/g, hex);
const upper = (text) => escaped(text, "");
const dotnet = (text) => escaped(text, "\"'<>&+`");

function escaped(text, more) {
  const units = text.split("").map((unit) => {
    if (unit > "~" || more.includes(unit)) return `\\u${hex(unit).slice(2).toUpperCase()}`;
    return JSON.stringify(unit).slice(1, -1);
  });
  return `"${units.join("")}"`;
}

function pythonNumber(written) {
  if (/^-?\d+$/.test(written)) return written;
  const value = Number(written);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split("e");
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const shown = Object.is(value, -0) ? "-0" : String(value);
  return shown.includes(".") ? shown : `${shown}.0`;
}

function javascriptNumber(written) {
  const value = Number(written);
  return Number.isFinite(value) ? String(value) : "null";
}

function change(value, other) {
  if (value instanceof Map) return new Map([...value].map(([name, item]) => [name, change(item, other)]));
  return Array.isArray(value) ? value.map((item) => change(item, other)) : other(value);
}

const allText = (value) => (value instanceof Numeral ? value.written : value);

function noText(value) {
  if (typeof value !== "string" || value !== value.trim()) return value;
  try {
    const again = parse(value);
    return again instanceof Numeral ? again : value;
  } catch {
    return value;
  }
}

/** Write Python's str() of a value; with `bare`, a text without its quotes. */
function python(value, bare = false) {
  if (value instanceof Map) {
    return `{${[...value].map(([name, item]) => `${python(name)}: ${python(item)}`).join(", ")}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => python(item)).join(", ")}]`;
  if (value instanceof Numeral) return pythonNumber(value.written);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (bare) return value;
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const named = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [quote]: `\\${quote}` };
  const inner = value.replace(/[\\'"]|(?! )[\p{C}\p{Z}]/gu, (letter) => {
    if (letter === "'" || letter === '"') return letter === quote ? named[quote] : letter;
    const code = letter.codePointAt(0);
    const [mark, digits] = code < 256 ? ["x", 2] : code < 65536 ? ["u", 4] : ["U", 8];
    return named[letter] ?? `\\${mark}${code.toString(16).padStart(digits, "0")}`;
  });
  return quote + inner + quote;
}

/** Return a text without the white space around it, as Python's strip() does. */
export function trim(text) {
  return text.replace(/^[\s\u001c-\u001f\u0085]+|[\s\u001c-\u001f\u0085]+$/g, "");
}

// --- queries -----------------------------------------------------------------------------

const encoder = new TextEncoder();

/** Percent-encode a text as Python's quote() does. */
export function quote(text, safe = "", plus = false) {
  let written = "";
  for (const byte of encoder.encode(text)) {
    const letter = String.fromCharCode(byte);
    if (plus && letter === " ") written += "+";
    else if (/[A-Za-z0-9_.~-]/.test(letter) || (byte < 128 && safe.includes(letter))) written += letter;
    else written += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return written;
}

/** Decode every %XX of a text, bytes that are no UTF-8 as U+FFFD. */
export function unquote(text) {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(run.slice(1).split("%"), (pair) => parseInt(pair, 16)),
    ),
  );
}

/** Return the parameters of a query as Python's parse_qsl() does. */
export function parseQuery(query, keepBlank = false) {
  const pairs = [];
  for (const field of query.split("&")) {
    const at = field.indexOf("=");
    if (!field || (at < 0 && !keepBlank)) continue;
    const name = at < 0 ? field : field.slice(0, at);
    const value = at < 0 ? "" : field.slice(at + 1);
    if (value || keepBlank) pairs.push([name, value].map((part) => unquote(part.replaceAll("+", " "))));
  }
  return pairs;
}

/** Write parameters as a query. */
export function urlencode(pairs, safe = "", plus = true) {
  return pairs.map((pair) => pair.map((part) => quote(part, safe, plus)).join("=")).join("&");
}
