// Rarer mistakes, each tried alone: okx_guide/diagnose/rare.py in JavaScript. There are thousands
// of them; how many is bound by the size of the request.

import {
  dump,
  parseMembers,
  quote,
  toPython,
  toPythonFloat,
  toPythonNumber,
  toUtf8,
  unquote,
} from "./bodies.js";
import { toBase64, toBinary, toBytes, toHex, toUtf16 } from "./bytes.js";
import catalogue from "./catalogue.js";
import { sha256 } from "./hashes.js";
import { readMoment, vary } from "./variants.js";

const { limits, tables } = catalogue;
const SPACED = [", ", ": "];
const COMPACT = [",", ":"];
const NOTHING = { method: "", path: "", query: "", body: "" };
const NUMERAL = /^-?\d{1,15}(\.\d{1,15})?$/;

const fillIn = (template, name) => template.replace("{name}", () => name);
const splitAt = (text, mark) => {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
};
const replaceAt = (items, at, ...others) => [
  ...items.slice(0, at),
  ...others,
  ...items.slice(at + 1),
];

/** Yield mistakes that are tried alone, after all of `listSingles`. */
export function* listRare(request, keys) {
  yield* changeSecret(keys.secret_key);
  yield* changePath(request);
  yield* changeHost(request);
  yield* changeTime(request.timestamp);
  if (request.body.length + request.request_path.length > limits.characters_for_pairs) return;
  yield* changeText(request, keys.secret_key);
  const [path, query] = splitAt(request.request_path, "?");
  for (const text of listQueries(query)) {
    if (text === `?${query}`) continue;
    yield vary("query-member", { query: text }, path + text, request.request_path);
  }
  for (const [text, id] of listBodies(request.body)) {
    if (text !== request.body) yield vary(id, { body: text }, `'${text}'`, `'${request.body}'`);
  }
}

// --- path and query ----------------------------------------------------------------------

function* changePath({ request_path: received }) {
  const [path] = splitAt(received, "?");
  const query = received.slice(path.length);
  for (const other of [`${path}s`, path.replace(/s$/, ""), ...tables.paths]) {
    if (other === path) continue;
    for (const rest of new Set([query, ""])) {
      yield vary("path-other", { path: other, query: rest }, other + rest, received);
    }
  }
}

/** Yield the base URL without the path. */
function* changeHost({ request_path: received, host = "" }) {
  const query = received.slice(splitAt(received, "?")[0].length);
  for (const url of new Set([host, ...tables.hosts, ...tables.other_hosts])) {
    for (const other of url ? [url, `${url}/`, `${url}/api/v5`, splitAt(url, "://")[1]] : []) {
      for (const rest of new Set([query, ""])) {
        yield vary("full-url", { path: other, query: rest }, other + rest, received);
      }
    }
  }
}

function* listQueries(query) {
  const pairs = query.split("&");
  if (!query || pairs.length > limits.changed_members) return;
  const rows = pairs.map((pair) => splitAt(pair, "="));
  const known = new Map(rows.map(([name, value]) => [name, unquote(value)]));
  yield `?${query}&${query}`;
  for (const text of [toPython(known), dump(known, SPACED), dump(known, COMPACT)]) {
    yield `?${text}`;
    yield `?${quote(text, "/")}`;
  }
  for (const kept of listWithoutTwo(pairs)) if (kept.length) yield `?${kept.join("&")}`;
  for (const [at, [name, value]] of rows.entries()) {
    const text = unquote(value);
    for (const change of [...changeValue(name, text), ...splitList(name, text)]) {
      const isWhole = change.startsWith(`${name}[`) || change.includes("&");
      yield `?${replaceAt(pairs, at, isWhole ? change : `${name}=${change}`).join("&")}`;
    }
  }
  for (const template of tables.unfilled_values) {
    yield `?${rows.map(([name]) => `${name}=${fillIn(template, name)}`).join("&")}`;
  }
}

function* listWithoutTwo(items) {
  for (let left = 0; left < items.length; left++) {
    for (let right = left + 1; right < items.length; right++) {
      yield items.filter((_, at) => at !== left && at !== right);
    }
  }
}

/** Yield a list of values as languages and libraries write it in a query. */
function* splitList(name, value) {
  const items = value.split(",");
  if (items.length === 1) {
    yield* [`${name}[]=${value}`, `${name}[0]=${value}`, `['${value}']`, `["${value}"]`];
    return;
  }
  for (const [start, end] of [
    [name, ""],
    [name, "[]"],
    [name, "%5B%5D"],
  ]) {
    yield items.map((item) => `${start}${end}=${item}`).join("&");
  }
  yield items.map((item, at) => `${name}[${at}]=${item}`).join("&");
  for (const text of [
    toPython(items),
    dump(items, COMPACT),
    dump(items, SPACED),
    items.join(", "),
    items.join(" "),
    items.join("|"),
  ]) {
    yield text;
    yield quote(text, "/");
  }
}

/** Yield what a program signs for a value before it is filled in or put into OKX's form. */
function* changeValue(name, value) {
  for (const template of tables.unfilled_values) yield fillIn(template, name);
  if (value.includes("-")) {
    for (const mark of ["/", "", "_"]) {
      const changed = value.replaceAll("-", mark);
      yield changed;
      yield changed.toLowerCase();
    }
    yield value.slice(0, value.lastIndexOf("-"));
  } else {
    yield `${value}-USDT`;
  }
  yield value.toLowerCase();
  yield value.toUpperCase();
  yield `"${value}"`;
  yield `'${value}'`;
}

// --- the body ----------------------------------------------------------------------------

/** Yield [body, mistake]; only those of an object are many. */
function* listBodies(body) {
  if (!body) return;
  for (const [before, after] of tables.around_body_rarely)
    yield [before + body + after, "body-print"];
  const members = parseMembers(body);
  if (!members.length || members.length > limits.changed_members) return;
  for (const [comma, colon] of [COMPACT, SPACED]) {
    for (const [rows, id] of listMembers(members, comma, colon))
      yield [`{${rows.join(comma)}}`, id];
  }
  yield [printNumbers(members, toPythonNumber), "body-str-of-dict"];
  yield [printNumbers(members, toPythonFloat), "body-str-of-dict"];
  const order = orderLikeJava(members.map(([name]) => name));
  const printed = order.map((at) => `${members[at][0]}=${members[at][2]}`);
  yield [`{${printed.join(", ")}}`, "body-print"];
}

/** Yield the members that are written instead, each as JSON, with the mistake. */
function* listMembers(members, comma, colon) {
  const write = (name, value) => toUtf8(name) + colon + value;
  const rows = members.map(([name, written]) => write(name, written));
  const names = members.map(([name]) => name);
  yield [orderLikeJava(names).map((at) => rows[at]), "body-reserialised"];
  if (names.length <= limits.ordered_members) {
    for (const order of permute(rows)) yield [order, "body-reserialised"];
  }
  for (const kept of listWithoutTwo(rows)) yield [kept, "body-member"];
  const added = [...listAdded(names, colon, comma)];
  for (let at = 0; at <= rows.length; at++) {
    for (const each of added)
      yield [[...rows.slice(0, at), each, ...rows.slice(at)], "body-member"];
  }
  for (const [at, [name, , text]] of members.entries()) {
    for (const [value, id] of listValues(name, text)) {
      yield [replaceAt(rows, at, write(name, value)), id];
    }
  }
  for (const template of tables.unfilled_values) {
    yield [names.map((name) => write(name, toUtf8(fillIn(template, name)))), "body-member"];
  }
}

function* permute(items) {
  if (items.length < 2) yield items;
  else {
    for (const [at, item] of items.entries()) {
      for (const rest of permute(replaceAt(items, at))) yield [item, ...rest];
    }
  }
}

/** Return the order in which a HashMap of Java gives its keys. */
function orderLikeJava(names) {
  let size = 16;
  while (names.length > Math.floor((size * 3) / 4)) size *= 2;
  const buckets = names.map((name) => {
    let number = 0;
    for (let at = 0; at < name.length; at++) {
      number = (Math.imul(number, 31) + name.charCodeAt(at)) >>> 0;
    }
    return (number ^ (number >>> 16)) & (size - 1);
  });
  return [...names.keys()].sort((a, b) => buckets[a] - buckets[b] || a - b);
}

function* listAdded(names, colon, comma) {
  const write = (name, value) => `"${name}"${colon}${value}`;
  for (const name of tables.optional_members) {
    if (names.includes(name)) continue;
    for (const value of ['""', "null", "false"]) yield write(name, value);
  }
  for (const [first, second] of tables.optional_pairs) {
    if (names.includes(first) || names.includes(second)) continue;
    for (const value of ['""', "null"]) yield write(first, value) + comma + write(second, value);
  }
}

/** Yield what is written for a value in its place, with the mistake. */
function* listValues(name, text) {
  for (const bare of ["null", "undefined", "None", "NaN", "{}", "[]", text]) {
    yield [bare, "body-member"];
  }
  for (const value of changeValue(name, text)) yield [toUtf8(value), "body-member"];
  const words = { true: ["True", "true"], false: ["False", "false"] };
  const lower = text.toLowerCase();
  for (const value of Object.hasOwn(words, lower) ? words[lower] : []) {
    yield [value, "body-member"];
    yield [toUtf8(value), "body-member"];
  }
  if (NUMERAL.test(text)) {
    const short = toPythonFloat(text);
    for (const value of [short, short.replaceAll("e-0", "e-"), short.replaceAll("e-", "E-")]) {
      yield [value, "body-numbers"];
      yield [toUtf8(value), "body-numbers"];
    }
  }
}

/** Return a dict with its numerals as numbers, as Python prints it. */
function printNumbers(members, writeNumber) {
  const words = { true: "True", false: "False", null: "None" };
  const rows = members.map(([name, written, text]) => {
    const isText = written.startsWith('"');
    let value = isText ? toPython(text) : written;
    if (NUMERAL.test(isText ? text : written)) value = writeNumber(isText ? text : written);
    else if (!isText && Object.hasOwn(words, written)) value = words[written];
    return `${toPython(name)}: ${value}`;
  });
  return `{${rows.join(", ")}}`;
}

// --- the time ----------------------------------------------------------------------------

function* changeTime(sent) {
  for (const text of tables.rare_placeholders) {
    if (text !== sent) yield vary("timestamp-form", { timestamp: text }, text, sent);
  }
  for (const [text, more] of [...readDigits(sent), ...readFloat(sent)]) {
    yield vary("clock-read-twice", { timestamp: text }, text, sent, more);
  }
  const moment = readMoment(sent);
  if (moment === null || !new RegExp(`^${tables.forms.iso_three}$`).test(sent)) return;
  const reads = limits.clock_reads_in_zone_ms;
  for (let hours = -12; hours <= 14; hours++) {
    const zone = ` (${hours > 0 ? "+" : ""}${hours} hours: local time, not UTC)`;
    for (let offset = -reads; hours && offset <= reads; offset++) {
      if (!offset) continue;
      const text = toIso(moment + hours * 3_600_000 + offset);
      const side = ` (${Math.abs(offset)} ms ${offset < 0 ? "earlier" : "later"})`;
      yield varyTwice(["local-time", zone], ["clock-read-twice", side], text, sent);
    }
  }
  for (const seconds of [-3, -2, -1, 1, 2, 3]) {
    const side = ` (${Math.abs(seconds)} s ${seconds < 0 ? "earlier" : "later"})`;
    const second = Math.floor(moment / 1000) + seconds;
    const iso = toIso(second * 1000).slice(0, 19);
    for (const [text, id] of [
      [`${iso}Z`, "timestamp-form"],
      [`${iso}.000Z`, "timestamp-form"],
      [iso, "timestamp-form"],
      [`${iso}+00:00`, "timestamp-form"],
      [String(second), "epoch-signed"],
    ]) {
      // A time without milliseconds was read twice and nothing else: `listMoments`.
      if (text.endsWith(".000Z") && moment % 1000 === 0) continue;
      const note = tables.time_notes[id] ?? "";
      yield varyTwice([id, note], ["clock-read-twice", side], text, sent);
    }
  }
}

function varyTwice(first, second, text, sent) {
  const mistakes = [first, second].map(([id, more]) => [
    id,
    { signed: text, received: sent, more },
  ]);
  return { mistakes, parts: { timestamp: text } };
}

const toIso = (moment) => new Date(moment).toISOString();

/** Yield times close to one with six or seven digits, and how far away they are. */
function* readDigits(sent) {
  const parts = /^(.+[T ]\d\d:\d\d:\d\d)\.(\d{6,7})(Z|\+00:00)?$/.exec(sent);
  const moment = parts && readMoment(`${parts[1].slice(0, 10)}T${parts[1].slice(11)}.000Z`);
  if (moment === null) return;
  const size = parts[2].length;
  for (let offset = 1; offset <= limits.fine_clock_reads; offset++) {
    const micro = size === 6 ? offset : Number((offset / 10).toPrecision(6));
    for (const [change, side] of [
      [-offset, "earlier"],
      [offset, "later"],
    ]) {
      const ticks = Number(parts[2]) + change;
      const second = Math.floor(ticks / 10 ** size);
      const text = toIso(moment + second * 1000).slice(0, 19);
      const fraction = String(ticks - second * 10 ** size).padStart(size, "0");
      const written = text.replace("T", parts[1][10]);
      yield [`${written}.${fraction}${parts[3] ?? ""}`, ` (${micro} µs ${side})`];
    }
  }
}

/** Yield the floats next to a Unix time that a language prints with all its digits. */
function* readFloat(sent) {
  const value = Number(sent);
  if (!/^1\d{9}\.\d{4,7}$/.test(sent) || String(value) !== sent) return;
  const step = 2 ** (Math.floor(Math.log2(value)) - 52);
  for (let offset = 1; offset <= limits.fine_clock_reads; offset++) {
    const micro = Math.round(offset * step * 1_000_000);
    yield [String(value - offset * step), ` (${micro} µs earlier)`];
    yield [String(value + offset * step), ` (${micro} µs later)`];
  }
}

// --- the text ----------------------------------------------------------------------------

/** Yield what is done with the whole text before it is signed. */
function* changeText(request, secret) {
  const { timestamp, method, request_path: path, body } = request;
  const text = timestamp + method + path + body;
  const bytes = toBytes(text);
  const digest = sha256(bytes);
  for (const [other, signed] of [
    [text.toUpperCase(), "the text in capitals"],
    [text.toLowerCase(), "the text in small letters"],
    [quote(text), "the text with percent signs"],
    [quote(text, "/"), "the text with percent signs"],
    [toBase64(bytes), "the text as Base64"],
    [toHex(bytes), "the text as hex"],
    [toHex(digest), "the SHA-256 of the text in hex"],
    [toBase64(digest), "the SHA-256 of the text as Base64"],
    ...Array.from(writeParts([timestamp, method, path, body]), (each) => [
      each,
      "JSON of the four parts",
    ]),
  ]) {
    if (other !== text) yield vary("other-formula", { timestamp: other, ...NOTHING }, signed);
  }
  yield signBytes("other-formula", digest, "the SHA-256 of the text");
  const swap = (pairs) => pairs.map((_, at) => pairs[at ^ 1]);
  const [little, key] = [toUtf16(text), toUtf16(secret)];
  yield signBytes("text-encoding", little, "UTF-16", key);
  yield signBytes("text-encoding", swap(little), "UTF-16", swap(key));
  yield signBytes("text-encoding", swap(little), "UTF-16");
  yield signBytes("text-encoding", [254, 255, ...swap(little)], "UTF-16");
}

/** Return a variant that signs bytes: each is a letter of Latin-1. */
function signBytes(id, bytes, signed, secret) {
  const parts = { timestamp: toBinary(bytes), ...NOTHING, encoding: "latin-1" };
  return { mistakes: [[id, { signed }]], parts, secret };
}

function* writeParts(values) {
  for (const separators of [COMPACT, SPACED]) {
    for (const names of tables.names_of_parts) {
      const parts = names.map((name, at) => [name, values[at]]);
      yield dump(new Map(parts), separators, { writeText: toUtf8 });
      const filled = parts.filter(([, value]) => value);
      yield dump(new Map(filled), separators, { writeText: toUtf8 });
    }
    yield dump(values, separators, { writeText: toUtf8 });
  }
}

// --- the secret --------------------------------------------------------------------------

/** Yield the secret with one slip of somebody who typed it, or of a program that read it. */
function* changeSecret(secret) {
  const letters = [...secret];
  if (letters.length > limits.typed_secret_characters) return;
  for (const [text, slip] of listSlips(secret, letters)) {
    if (text !== secret) {
      yield { mistakes: [["secret-typo", { signed: slip }]], parts: {}, secret: toBytes(text) };
    }
  }
}

function* listSlips(secret, letters) {
  for (const [right, wrong] of tables.confused_letters) {
    yield [secret.replaceAll(right, wrong), "a letter was taken for another, throughout"];
  }
  yield [[...letters].reverse().join(""), "the letters are in reverse order"];
  for (const [at, letter] of letters.entries()) {
    const replace = (...others) => replaceAt(letters, at, ...others).join("");
    const place = `character ${at + 1}`;
    yield [replace(), `${place} is missing`];
    yield [replace(letter, letter), `${place} is there twice`];
    const [next = "", ...rest] = letters.slice(at + 1);
    const swapped = [...letters.slice(0, at), next, letter, ...rest].join("");
    yield [swapped, `${place} and the next changed places`];
    for (const [mark, name] of [
      [" ", "a blank"],
      ["\n", "a line end"],
      ["-", "a hyphen"],
    ]) {
      yield [replace(mark, letter), `${name} stands before ${place}`];
    }
    for (const other of tables.letters) yield [replace(other), `${place} is another`];
  }
}
