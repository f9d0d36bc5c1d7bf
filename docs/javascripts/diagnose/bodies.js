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
const { limits, tables } = catalogue;

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
  yield* listJsonBodies(body);
  yield [body.replaceAll('"', "'"), "body-print"];
}

function* listJsonBodies(body) {
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  const isShort = body.length <= limits.short_body_characters;
  yield* isShort ? listJson(parsed, body) : listLongJson(parsed);
}

/** Yield what languages print for an object whose class is named after the path. */
export function* listObjects(body, path) {
  let parsed;
  try {
    parsed = parse(body);
  } catch {
    return;
  }
  if (!(parsed instanceof Map) || body.length > limits.short_body_characters) return;
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
  if (body.length <= limits.short_body_characters) {
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
    yield urlencode([...parsed].map(([name, value]) => [name, toPython(value, true)]));
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
    for (const writeText of common) {
      for (const change of [toText, toNumeral, stripZeros]) {
        yield [dump(mapValues(parsed, change), separators, { writeText }), "body-numbers"];
      }
      const floats = mapValues(parsed, toNumeral);
      for (const writeNumber of [toPythonFloat, toPythonNumber, toJavascriptNumber]) {
        yield [dump(floats, separators, { writeNumber, writeText }), "body-numbers"];
      }
    }
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
  for (const style of tables.prints) yield [print(parsed, style), style.id ?? "body-print"];
  if (Array.isArray(parsed)) {
    yield [parsed.map(() => "[object Object]").join(","), "body-object"];
  }
  yield* listMembers(parsed);
}

/** Return JSON put into a text once more, or into a text of another language. */
function escapeQuotes(text) {
  return [toAscii(text), text.replaceAll('"', '\\"'), text.replaceAll('"', '""')];
}

/** Yield the body with other members: one left out, added, moved, or written otherwise. */
function* listMembers(parsed) {
  if (!(parsed instanceof Map) || !parsed.size) return;
  const isPlain = !/[\u0080-\uffff]/.test(dump(parsed, COMPACT, { writeText: toUtf8 }));
  for (const writeText of isPlain ? [toAscii] : [toAscii, toUtf8]) {
    for (const separators of [SPACED, COMPACT]) {
      const write = (value) => dump(value, separators, { writeText });
      const member = (name, written) => writeText(name) + separators[1] + written;
      const rows = new Map([...parsed].map(([name, value]) => [name, member(name, write(value))]));
      for (const group of [
        leaveOut(parsed, rows),
        addMembers(rows, member, separators === COMPACT),
        renameMembers(parsed, write, member),
        moveMembers([...rows.values()]),
        rewriteValues(parsed, rows, write, member),
      ]) {
        for (const [members, id] of group) yield [`{${members.join(separators[0])}}`, id];
      }
    }
  }
}

function* leaveOut(parsed, rows) {
  const names = [...parsed.keys()];
  const without = (...missing) => names.filter((name) => !missing.includes(name));
  const pick = (kept) => [kept.map((name) => rows.get(name)), "body-member"];
  for (const missing of names) yield pick(without(missing));
  yield pick(names.filter((name) => parsed.get(name) !== null));
  yield pick(names.filter((name) => parsed.get(name) !== null && parsed.get(name) !== ""));
  for (const [at, first] of names.entries()) {
    for (const second of names.slice(at + 1)) yield pick(without(first, second));
  }
  for (let size = 1; size < names.length - 2; size++) yield pick(names.slice(0, size));
}

function* addMembers(rows, member, isCompact) {
  const known = [...rows.values()];
  const names = tables.optional_members.filter((name) => !rows.has(name));
  for (const name of names) {
    for (const written of ["null", '""', "false"]) {
      yield [[...known, member(name, written)], "body-member"];
    }
  }
  for (const [name, written] of tables.added_members) {
    if (!rows.has(name)) yield [[...known, member(name, written)], "body-member"];
  }
  if (!isCompact) return;
  for (const name of names) {
    for (const at of known.keys()) {
      for (const written of ["null", '""']) {
        const members = [...known.slice(0, at), member(name, written), ...known.slice(at)];
        yield [members, "body-member"];
      }
    }
  }
  const empty = names.slice(0, limits.unset_members).map((name) => member(name, "null"));
  for (const [i, first] of empty.entries()) {
    for (const [j, second] of empty.entries()) {
      if (i !== j) yield [[...known, first, second], "body-member"];
    }
  }
}

function* renameMembers(parsed, write, member) {
  const written = [...parsed].map(([name, value]) => [name, write(value)]);
  const lower = (name) => name.toLowerCase();
  const upper = (name) => name.toUpperCase();
  for (const change of [toSnake, raiseFirst, lower, upper]) {
    const changed = written.map(([name, value]) => member(change(name), value));
    yield [changed, "body-member"];
    yield [[...changed].sort(compareCodePoints), "body-member"];
  }
  for (const [name] of written) {
    // A member may have the name of something that every object has.
    const others = Object.hasOwn(tables.renamed_members, name) ? tables.renamed_members[name] : "";
    for (const another of others.split(" ").filter(Boolean)) {
      const members = written.map(([each, value]) => member(each === name ? another : each, value));
      yield [members, "body-member"];
    }
  }
  yield [written.map(([name, value]) => member(name, `[${value}]`)), "body-member"];
}

/** Yield the members in other orders: backwards, one moved, or two that changed places. */
function* moveMembers(known) {
  yield [known.toReversed(), "body-reserialised"];
  if (known.length <= limits.ordered_parameters) {
    for (const order of permute(known)) yield [order, "body-reserialised"];
  }
  for (const [at, row] of known.entries()) {
    const others = known.filter((_, i) => i !== at);
    for (const place of known.keys()) {
      yield [[...others.slice(0, place), row, ...others.slice(place)], "body-reserialised"];
    }
  }
  for (const first of known.keys()) {
    for (let second = first + 1; second < known.length; second++) {
      const swapped = [...known];
      [swapped[first], swapped[second]] = [known[second], known[first]];
      yield [swapped, "body-reserialised"];
    }
  }
  const byLetter = (a, b) => compareCodePoints(a.toLowerCase(), b.toLowerCase());
  yield [[...known].sort(byLetter), "body-reserialised"];
  yield [[...known].sort((a, b) => compareCodePoints(b, a)), "body-reserialised"];
}

/** Return the items in every order. */
export function permute(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) =>
    permute(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]),
  );
}

/** Yield the members with one value, or each of a kind, written otherwise. */
function* rewriteValues(parsed, rows, write, member) {
  const members = [...parsed];
  for (const [id, others] of [
    ["body-numbers", new Map(members.map(([name, value]) => [name, listNumerals(value)]))],
    ["body-member", new Map(members.map(([name, value]) => [name, listWords(name, value)]))],
  ]) {
    const replace = (changes) => {
      const changed = new Map(rows);
      for (const [name, value] of changes) changed.set(name, member(name, write(value)));
      return [[...changed.values()], id];
    };
    for (const [name, values] of others) {
      for (const value of values) yield replace([[name, value]]);
    }
    const most = Math.max(...Array.from(others.values(), (values) => values.length));
    const pickEvery = (at) => [...others].filter(([, values]) => at < values.length);
    for (let at = 0; at < most; at++) {
      yield replace(pickEvery(at).map(([name, values]) => [name, values[at]]));
    }
    if (id !== "body-numbers") continue;
    for (const at of [0, 1]) {
      for (const isDecimal of [true, false]) {
        const kind = pickEvery(at).filter(([name]) => hasPoint(parsed.get(name)) === isDecimal);
        yield replace(kind.map(([name, values]) => [name, values[at]]));
      }
    }
  }
}

const hasPoint = (value) => (value instanceof Numeral ? value.text : value).includes(".");

/** Return a numeral as a number and as other texts; nothing for what is none. */
function listNumerals(value) {
  const written = value instanceof Numeral ? value.text : value;
  if (typeof written !== "string" || !/^-?\d{1,18}(\.\d{1,15})?$/.test(written)) return [];
  const short = stripZeros(written);
  const every = short.includes(".") ? short : `${short}.0`;
  const [whole, digits = ""] = written.split(".");
  const fixed = Array.from({ length: 9 }, (_, size) => fixDigits(whole, digits, size));
  for (const size of [...digits].keys()) fixed.push(roundUp(whole, digits, size));
  const spare = digits ? [`${whole}.${digits}0`, `${whole}.${digits}00`] : [];
  const texts = [written, short, every, ...fixed, ...spare, writeExponent(short)];
  const numbers = texts.map((text) => new Numeral(text));
  const grouped = String(BigInt(whole)).replace(/\B(?=(\d{3})+$)/g, ",");
  texts.push(grouped + (digits && `.${digits}`), written.replaceAll(".", ","));
  texts.push(`+${written}`, ` ${written}`, `${written} `, `${every}f`, `${short}m`, `'${written}'`);
  return value instanceof Numeral ? [...texts, ...numbers] : [...numbers, ...texts];
}

/** Return a decimal with so many digits after the point, rounded down. */
function fixDigits(whole, digits, size) {
  return size ? `${whole}.${digits.slice(0, size).padEnd(size, "0")}` : whole;
}

/** Return a decimal with fewer digits after the point, rounded away from zero. */
function roundUp(whole, digits, size) {
  const kept = whole.replace(/^-+/, "") + digits.slice(0, size);
  const raised = String(BigInt(kept) + 1n).padStart(kept.length, "0");
  const sign = whole.startsWith("-") ? "-" : "";
  const at = raised.length - size;
  return size ? `${sign}${raised.slice(0, at)}.${raised.slice(at)}` : sign + raised;
}

/** Return a decimal as Java and Python write a small one, with an exponent. */
function writeExponent(text) {
  const match = /^0\.(0*)([1-9])(\d*)$/.exec(text);
  if (!match) return text;
  const exponent = String(match[1].length + 1).padStart(2, "0");
  return `${match[2]}${match[3] && `.${match[3]}`}e-${exponent}`;
}

/** Return a text in other letters, unset, or with something around it. */
function listWords(name, value) {
  if (typeof value !== "string") return [];
  const raised = raiseFirst(name);
  const partners = new Map(Object.entries(tables.enum_partners));
  return [
    ...[value.toLowerCase(), value.toUpperCase(), raiseOnlyFirst(value), "", null],
    ...[value.replaceAll("-", "_"), value.replaceAll("-", "/"), value.replaceAll("-", "")],
    ...[` ${value}`, `${value} `, `${value}\n`, `'${value}'`, `"${value}"`, `[${value}]`],
    ...[`${value}-SWAP`, value.replace(/-SWAP$/, ""), "undefined", "None", "null"],
    ...[`${raised}.${value.toUpperCase()}`, `${raised}.${value}`, [value]],
    ...[partners.get(value) ?? value, name],
    ...tables.unfilled_values.map((template) => template.replace("{name}", () => name)),
  ];
}

const raiseOnlyFirst = (word) => raiseFirst(word.toLowerCase());

/** Write a value as a language prints it. */
function print(value, style) {
  if (value instanceof Map) {
    const items = [...value];
    if (style.sort) items.sort(([a], [b]) => compareCodePoints(a, b));
    const rows = items.map(([name, item]) => printName(name, style) + printItem(name, item, style));
    const opening = style.open.replace("{n}", () => String(rows.length));
    return opening + rows.join(style.comma) + style.close;
  }
  if (Array.isArray(value)) {
    const [opening, closing] = style.list;
    return opening + value.map((item) => print(item, style)).join(style.comma) + closing;
  }
  const isTyped = style.text === "String";
  if (value instanceof Numeral) return isTyped ? `Number(${value.text})` : value.text;
  if (typeof value === "string") {
    if (isTyped) return `String(${toUtf8(value)})`;
    const texts = {
      bare: value,
      single: `'${value}'`,
      json: toUtf8(value),
      binary: `<<${toUtf8(value)}>>`,
      serialized: serialize(value),
    };
    return texts[style.text] ?? "";
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
    binary: `<<${toUtf8(name)}>>`,
    serialized: serialize(name),
  };
  return names[key] + colon;
}

/** Write a member's value; with a style for enums, a fixed word as the name of one. */
function printItem(name, item, style) {
  if (style.enums && tables.enum_members.includes(name) && typeof item === "string") {
    return item.split("_").map(raiseFirst).join("");
  }
  return print(item, style);
}

/** Return a text as PHP's `serialize` writes it. */
const serialize = (text) => `s:${toBytes(text).length}:"${text}";`;

export const toSnake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Return a text with a capital at its beginning, and all else in small letters. */
export const capitalize = (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();

/** Return a name with a capital at its beginning, and all else as it is. */
export function raiseFirst(name) {
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
