// The texts that people sign in place of the body that they send: okx_guide/diagnose/bodies.py in
// JavaScript. Numbers are kept as they are written, because 2.0 and 2 are two texts.

import { decodeUtf8, fromHex, toBase64, toBinary, toBytes, toHex } from "./bytes.js";
import catalogue from "./catalogue.js";

const COMPACT = [",", ":"];
const SPACED = [", ", ": "];
// One blank only.
const HALF_SPACED = [
  [", ", ":"],
  [",", ": "],
];
const { tables } = catalogue;

/** A number of a JSON text, as it is written. */
export class Numeral {
  constructor(text) {
    this.text = text;
  }
}

/** Yield [text, mistake] for texts that people sign in place of a body that is not empty. */
export function* listBodies(body) {
  yield ["", "body-missing"];
  yield [trim(body), "body-whitespace"];
  for (const missing of tables.missing_bodies) yield [missing, "body-missing"];
  for (const [before, after] of tables.around_body) {
    const inner = before.endsWith('("') ? body.replace(/[\\"]/g, "\\$&") : body;
    yield [before + inner + after, "body-print"];
  }
  for (const text of tables.printed_objects) yield [text, "body-object"];
  yield [quote(body), "body-encoded-twice"];
  yield [toBase64(toBytes(body)), "body-encoded-twice"];
  yield [toHex(toBytes(body)), "body-encoded-twice"];
  yield [`\n${body}`, "body-whitespace"];
  yield [` ${body}`, "body-whitespace"];
  yield* listBytes(body);
  const form = parseQuery(body);
  if (form.length) {
    yield [dump(new Map(form), SPACED), "form-sent"];
    yield [dump(new Map(form), COMPACT), "form-sent"];
  }
  let parsed;
  try {
    parsed = parse(body);
  } catch {}
  // JSON text that was sent as a text of JSON.
  if (typeof parsed === "string") yield [parsed, "body-encoded-twice"];
  const isShort = body.length <= catalogue.limits.short_body_characters;
  if (parsed !== undefined) yield* isShort ? listJson(parsed, body) : listLongJson(parsed);
  // After str(), which makes the same of a body with blanks.
  yield [body.replaceAll('"', "'"), "body-print"];
}

/** Yield what languages print for an object whose class is named after the path. */
export function* listObjects(body, path) {
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  if (!(parsed instanceof Map) || body.length > catalogue.limits.short_body_characters) return;
  const last = path.slice(path.lastIndexOf("/") + 1);
  const named = last.split("-").map(raiseFirst).join("");
  for (const template of tables.class_names) {
    const name = template.replace("{name}", () => named);
    for (const style of tables.class_prints) {
      yield [print(parsed, style).replace("{name}", () => name), "body-print"];
    }
    for (const text of tables.class_objects) {
      yield [text.replace("{name}", () => name), "body-object"];
    }
  }
}

function* listBytes(body) {
  const raw = toBytes(body);
  if (body.length <= catalogue.limits.short_body_characters) {
    yield [`[${[...raw].join(" ")}]`, "body-print"];
    yield [`[${[...raw].join(", ")}]`, "body-print"];
  }
  yield [`${raw.length} bytes`, "body-print"];
  yield [`\ufeff${body}`, "body-bytes"];
  yield [body.replace(/^\ufeff/, ""), "body-bytes"];
  yield [body.replaceAll("\r\n", "\n"), "body-bytes"];
  yield [body.replaceAll("\n", "\r\n"), "body-bytes"];
  if (/[\u0080-\uffff]/.test(body)) {
    yield [body.normalize("NFC"), "body-bytes"];
    yield [body.normalize("NFD"), "body-bytes"];
    yield [toBinary(toBytes(body)), "body-bytes"];
  }
}

/** Yield the parameters of a JSON body as a query. */
export function* listQueries(body) {
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  if (parsed instanceof Map && parsed.size) {
    const pairs = [...parsed].map(([name, value]) => [name, toPython(value, true)]);
    const sorted = [...pairs].sort(([a], [b]) => compareCodePoints(a, b));
    yield urlencode(pairs);
    for (const each of [pairs, sorted]) yield each.map((pair) => pair.join("=")).join("&");
    yield urlencode(sorted);
  }
}

function* listLongJson(parsed) {
  for (const sort of [false, true]) {
    for (const writeText of [toAscii, toUtf8]) {
      for (const separators of [SPACED, COMPACT]) {
        const text = dump(parsed, separators, { sort, writeNumber: toPythonNumber, writeText });
        yield [text, "body-reserialised"];
      }
    }
  }
  yield [toPython(parsed), "body-str-of-dict"];
}

function* listJson(parsed, body) {
  // Most bodies have no letter that anybody escapes.
  const isPlain = /^[^/\\<>&'+`\u007f-\uffff]*$/.test(body);
  const writers = isPlain
    ? [toAscii]
    : [toAscii, toUtf8, toPhp, toPhpUtf8, toGo, toGson, toJava, toDotnet];
  const common = writers.slice(0, 2);
  for (const sort of [false, true]) {
    for (const writeText of writers) {
      for (const separators of [SPACED, COMPACT]) {
        yield [dump(parsed, separators, { sort, writeText }), "body-reserialised"];
      }
    }
    for (const writeText of common) {
      for (const separators of HALF_SPACED) {
        yield [dump(parsed, separators, { sort, writeText }), "body-reserialised"];
      }
    }
    for (const writeText of common) {
      for (const indent of ["  ", "    ", "\t"]) {
        yield [dump(parsed, [",", ": "], { sort, writeText, indent }), "body-reserialised"];
      }
    }
    if (!hasNumeral(parsed)) continue;
    for (const writeText of common) {
      for (const separators of [SPACED, COMPACT]) {
        const text = dump(parsed, separators, { sort, writeNumber: toPythonNumber, writeText });
        yield [text, "body-numbers"];
      }
    }
    const writeText = common.at(-1);
    const text = dump(parsed, COMPACT, { sort, writeNumber: toJavascriptNumber, writeText });
    yield [text, "body-numbers"];
  }
  for (const separators of [SPACED, COMPACT]) {
    for (const change of [toText, toNumeral, stripZeros]) {
      yield [dump(mapValues(parsed, change), separators), "body-numbers"];
    }
  }
  for (const separators of [SPACED, COMPACT]) {
    const floats = mapValues(parsed, toNumeral);
    yield [dump(floats, separators, { writeNumber: toPythonFloat }), "body-numbers"];
  }
  const indented = dump(parsed, [",", ": "], { writeText: common.at(-1), indent: "  " });
  yield [indented.replaceAll("\n", "\r\n"), "body-reserialised"];
  yield [print(parsed, tables.padded), "body-reserialised"];
  yield [toAscii(body), "body-encoded-twice"];
  for (const again of [dump(parsed, COMPACT, { writeText: common.at(-1) }), body]) {
    for (const text of escapeQuotes(again)) yield [text, "body-encoded-twice"];
  }
  if (parsed instanceof Map) {
    yield [`[${body}]`, "body-list"];
  } else if (Array.isArray(parsed) && parsed.length) {
    for (const separators of [SPACED, COMPACT]) {
      yield [dump(parsed[0], separators), "body-list"];
      yield [dump(parsed.at(-1), separators), "body-list"];
    }
    yield [trim(body).slice(1, -1), "body-list"];
  }
  yield [toPython(parsed), "body-str-of-dict"];
  for (const query of listQueries(body)) yield [query, "body-form"];
  for (const style of tables.prints) yield [print(parsed, style), "body-print"];
  if (Array.isArray(parsed)) {
    yield [parsed.map(() => "[object Object]").join(","), "body-object"];
  }
  yield* listMembers(parsed);
}

/** Return JSON put into a text once more, or into a text of another language. */
function escapeQuotes(text) {
  return [toAscii(text), text.replaceAll('"', '\\"'), text.replaceAll('"', '""')];
}

/** Yield the body with other members: one left out, added, or named otherwise. */
function* listMembers(parsed) {
  if (!(parsed instanceof Map)) return;
  const members = [...parsed];
  const rename = (change) => new Map(members.map(([name, value]) => [change(name), value]));
  const others = members.map(([missing]) => new Map(members.filter(([name]) => name !== missing)));
  others.push(
    new Map(members.filter(([, value]) => value !== null)),
    new Map(members.filter(([, value]) => value !== null && value !== "")),
    rename(toSnake),
    rename(raiseFirst),
    rename((name) => name.toLowerCase()),
    new Map(members.map(([name, value]) => [name, [value]])),
  );
  for (const name of tables.optional_members) {
    if (parsed.has(name)) continue;
    for (const value of ["", null, false]) others.push(new Map([...members, [name, value]]));
  }
  others.push(...listEnums(parsed));
  const isPlain = !/[\u0080-\uffff]/.test(dump(parsed, COMPACT, { writeText: toUtf8 }));
  const texts = isPlain ? [toAscii] : [toAscii, toUtf8];
  const named = others.map((other) => [other, "body-member"]);
  for (const [other, id] of [...named, ...listOrders(parsed), ...listNumbers(parsed)]) {
    for (const separators of [SPACED, COMPACT]) {
      for (const writeText of texts) yield [dump(other, separators, { writeText }), id];
    }
  }
}

/** Yield the body with its fixed words as an enum prints them: one or all, with capitals. */
function* listEnums(parsed) {
  const words = [...parsed].filter(
    ([name, value]) => tables.enum_members.includes(name) && typeof value === "string",
  );
  for (const change of [raiseAll, raiseOnlyFirst]) {
    const changed = words.map(([name, value]) => [name, change(value)]);
    yield new Map([...parsed, ...changed]);
    for (const row of changed) yield new Map([...parsed, row]);
  }
}

const raiseAll = (word) => word.toUpperCase();
const raiseOnlyFirst = (word) => raiseFirst(word.toLowerCase());

/** Yield the members in other orders: backwards, or one of them first or last. */
function* listOrders(parsed) {
  const members = [...parsed];
  yield [new Map(members.toReversed()), "body-reserialised"];
  for (const moved of members) {
    const others = members.filter((member) => member !== moved);
    yield [new Map([...others, moved]), "body-reserialised"];
    yield [new Map([moved, ...others]), "body-reserialised"];
  }
}

/** Yield the members with one numeral as a number, or written as a float. */
function* listNumbers(parsed) {
  const [every, numerals, shortest] = [new Map(parsed), new Map(parsed), new Map(parsed)];
  for (const [name, value] of parsed) {
    if (typeof value !== "string" || !/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) continue;
    const short = stripZeros(value);
    every.set(name, short.includes(".") ? short : `${short}.0`);
    numerals.set(name, new Numeral(value));
    shortest.set(name, new Numeral(short));
    for (const other of [new Numeral(value), new Numeral(short), short, every.get(name)]) {
      yield [new Map(parsed).set(name, other), "body-numbers"];
    }
  }
  for (const changed of [every, numerals, shortest]) yield [changed, "body-numbers"];
  yield [mapValues(mapValues(parsed, toNumeral), stripZeros), "body-numbers"];
}

/** Write a value as a language prints it. */
function print(value, style) {
  if (value instanceof Map) {
    const items = [...value];
    if (style.sort) items.sort(([a], [b]) => compareCodePoints(a, b));
    const rows = items.map(([name, item]) => printName(name, style) + print(item, style));
    return style.open + rows.join(style.comma) + style.close;
  }
  if (Array.isArray(value)) {
    const [opening, closing] = style.list;
    return opening + value.map((item) => print(item, style)).join(style.comma) + closing;
  }
  const isTyped = style.text === "String";
  if (value instanceof Numeral) return isTyped ? `Number(${value.text})` : value.text;
  if (typeof value === "string") {
    if (isTyped) return `String(${toUtf8(value)})`;
    return { bare: value, single: `'${value}'`, json: toUtf8(value) }[style.text];
  }
  if (value === null) return style.null;
  return isTyped ? `Bool(${value})` : String(value);
}

function printName(name, { key, colon }) {
  const names = {
    none: "",
    bare: name,
    json: toUtf8(name),
    symbol: `:${name}`,
    single: `'${name}'`,
    capital: raiseFirst(name),
    bracket: `[${name}]`,
    snake: toSnake(name),
  };
  return names[key] + colon;
}

const toSnake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function raiseFirst(name) {
  const [first = "", ...rest] = name;
  return first.toUpperCase() + rest.join("");
}

// --- reading JSON ------------------------------------------------------------------------

const TOKENS = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none in a text.
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/,
  /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/,
  /[[\]{},:]|true|false|null|-?Infinity|NaN/,
];
const TOKEN = new RegExp(
  `[ \\t\\n\\r]*(${TOKENS.map(({ source }) => source).join("|")})[ \\t\\n\\r]*`,
  "y",
);
const CONSTANTS = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Return JSON with its objects as maps and its numbers as they are written. */
function parse(body) {
  return new Reader(body).parse();
}

/** Reads JSON one token after the other; an empty token is the end. */
class Reader {
  #body;
  #place = 0;
  #token = "";

  constructor(body) {
    this.#body = body;
  }

  parse() {
    this.#advance();
    const value = this.#readValue();
    if (this.#token) throw new SyntaxError("There is more after the end.");
    return value;
  }

  #advance() {
    if (this.#place === this.#body.length) {
      this.#token = "";
      return;
    }
    TOKEN.lastIndex = this.#place;
    const match = TOKEN.exec(this.#body);
    if (!match) throw new SyntaxError("This is not JSON.");
    this.#place = TOKEN.lastIndex;
    this.#token = match[1];
  }

  #expect(token) {
    if (this.#token !== token) throw new SyntaxError(`There is no ${token} where it belongs.`);
    this.#advance();
  }

  #readValue() {
    const token = this.#token;
    if (!token) throw new SyntaxError("There is nothing more.");
    this.#advance();
    if (token === "{") return this.#readObject();
    if (token === "[") return this.#readList();
    if (token[0] === '"') return JSON.parse(token);
    if (CONSTANTS.has(token)) return CONSTANTS.get(token);
    if (/^(-?\d|-?Infinity|NaN)/.test(token)) return new Numeral(token);
    throw new SyntaxError(`${token} is no value.`);
  }

  #readObject() {
    const object = new Map();
    while (this.#token !== "}") {
      if (object.size) this.#expect(",");
      if (this.#token[0] !== '"') throw new SyntaxError("A name is missing.");
      const name = JSON.parse(this.#token);
      this.#advance();
      this.#expect(":");
      object.set(name, this.#readValue());
      if (this.#token !== "}" && this.#token !== ",") throw new SyntaxError("A comma is missing.");
    }
    this.#advance();
    return object;
  }

  #readList() {
    const items = [];
    while (this.#token !== "]") {
      if (items.length) this.#expect(",");
      items.push(this.#readValue());
    }
    this.#advance();
    return items;
  }
}

function hasNumeral(value) {
  if (value instanceof Map) return [...value.values()].some(hasNumeral);
  return Array.isArray(value) ? value.some(hasNumeral) : value instanceof Numeral;
}

// --- writing JSON ------------------------------------------------------------------------

const keep = (text) => text;

/**
 * Write JSON as Python's json.dumps does.
 *
 * @param value What `parse` returns.
 * @param separators What stands between two items, and between a name and its value.
 * @param options Whether names are sorted, how numbers and texts are written, the indent.
 * @param margin The line break and the indent of the value itself.
 */
export function dump(value, separators, options = {}, margin = "\n") {
  const { sort = false, writeNumber = keep, writeText = toAscii, indent = "" } = options;
  const [comma, colon] = separators;
  const inner = indent ? margin + indent : "";
  const write = (item) => dump(item, separators, options, inner);
  let rows;
  if (value instanceof Map) {
    const items = sort ? [...value].sort(([a], [b]) => compareCodePoints(a, b)) : [...value];
    rows = items.map(([name, item]) => writeText(name) + colon + write(item));
  } else if (Array.isArray(value)) {
    rows = value.map(write);
  } else if (value instanceof Numeral) {
    return writeNumber(value.text);
  } else {
    return typeof value === "string" ? writeText(value) : String(value);
  }
  const [opening, closing] = value instanceof Map ? "{}" : "[]";
  if (!rows.length || !indent) return opening + rows.join(comma) + closing;
  return opening + inner + rows.join(comma + inner) + margin + closing;
}

/** Compare two texts as Python does. */
export function compareCodePoints(a, b) {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i].codePointAt(0) - right[i].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

const hexUnit = (unit) => unit.charCodeAt(0).toString(16).padStart(4, "0");
const escapeUnit = (unit) => `\\u${hexUnit(unit)}`;
const toUtf8 = (text) =>
  JSON.stringify(text).replace(/\\u([dD][89a-fA-F]..)/g, (_, unit) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
const toAscii = (text) => toUtf8(text).replace(/[\u007f-\uffff]/g, escapeUnit);
const toPhp = (text) => toAscii(text).replaceAll("/", "\\/");
const toGo = (text) => toUtf8(text).replace(/[<>&\u2028\u2029]/g, escapeUnit);
const toPhpUtf8 = (text) => toUtf8(text).replaceAll("/", "\\/");
const toGson = (text) => toGo(text).replace(/[=']/g, escapeUnit);
// Java libraries write the escapes in capitals.
const toJava = (text) => escapeUnits(text, "");
const toDotnet = (text) => escapeUnits(text, "\"'<>&+`");

function escapeUnits(text, others) {
  const units = text.split("").map((unit) => {
    if (unit > "~" || others.includes(unit)) return `\\u${hexUnit(unit).toUpperCase()}`;
    return JSON.stringify(unit).slice(1, -1);
  });
  return `"${units.join("")}"`;
}

function toPythonNumber(text) {
  if (/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split("e");
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const plain = Object.is(value, -0) ? "-0" : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

function toPythonFloat(text) {
  return /^-?\d{1,15}$/.test(text) ? `${text}.0` : toPythonNumber(text);
}

function toJavascriptNumber(text) {
  const value = Number(text);
  return Number.isFinite(value) ? String(value) : "null";
}

function mapValues(value, change) {
  if (value instanceof Map) {
    return new Map([...value].map(([name, item]) => [name, mapValues(item, change)]));
  }
  return Array.isArray(value) ? value.map((item) => mapValues(item, change)) : change(value);
}

/** Return a number as a text, and everything else as it is. */
function toText(value) {
  return value instanceof Numeral ? value.text : value;
}

/** Return a decimal, in a text or not, without the zeros at its end. */
function stripZeros(value) {
  const text = value instanceof Numeral ? value.text : value;
  if (typeof text !== "string" || !/^-?\d+\.\d*$/.test(text)) return value;
  const short = text.replace(/0+$/, "").replace(/\.+$/, "");
  return value instanceof Numeral ? new Numeral(short) : short;
}

/** Return a text that is written like a number as that number, and everything else as it is. */
function toNumeral(value) {
  if (typeof value !== "string" || value !== value.trim()) return value;
  try {
    const parsed = parse(value);
    return parsed instanceof Numeral ? parsed : value;
  } catch {
    return value;
  }
}

/** Write Python's str() of a value; with `isBare`, a text without its quotes. */
export function toPython(value, isBare = false) {
  if (value instanceof Map) {
    const items = [...value].map(([name, item]) => `${toPython(name)}: ${toPython(item)}`);
    return `{${items.join(", ")}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => toPython(item)).join(", ")}]`;
  if (value instanceof Numeral) return toPythonNumber(value.text);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (isBare) return value;
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escapes = {
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    [mark]: `\\${mark}`,
  };
  const inner = value.replace(/[\\'"]|(?! )[\p{C}\p{Z}]/gu, (letter) => {
    if (letter === "'" || letter === '"') return letter === mark ? escapes[mark] : letter;
    return escapes[letter] ?? escapeCodePoint(letter.codePointAt(0));
  });
  return mark + inner + mark;
}

function escapeCodePoint(code) {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Return a text without the white space around it, as Python's strip() does. */
export function trim(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts four as white space.
  return text.replace(/^[\s\u001c-\u001f\u0085]+|[\s\u001c-\u001f\u0085]+$/g, "");
}

// --- queries -----------------------------------------------------------------------------

/** Percent-encode a text as Python's quote() does. */
export function quote(text, safe = "", plus = false) {
  let quoted = "";
  for (const byte of toBytes(text)) {
    const letter = String.fromCharCode(byte);
    const isSafe = /[A-Za-z0-9_.~-]/.test(letter) || (byte < 128 && safe.includes(letter));
    if (plus && letter === " ") quoted += "+";
    else quoted += isSafe ? letter : `%${toHex([byte]).toUpperCase()}`;
  }
  return quoted;
}

/** Decode every %XX of a text, bytes that are no UTF-8 as U+FFFD. */
export function unquote(text) {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) =>
    decodeUtf8(fromHex(escapes.replaceAll("%", ""))),
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
    if (!value && !keepBlank) continue;
    pairs.push([name, value].map((part) => unquote(part.replaceAll("+", " "))));
  }
  return pairs;
}

/** Write parameters as a query. */
export function urlencode(pairs, safe = "", plus = true) {
  return pairs.map((pair) => pair.map((part) => quote(part, safe, plus)).join("=")).join("&");
}
