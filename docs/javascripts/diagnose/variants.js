// What people sign instead of the right text, and with what instead of the secret:
// okx_guide/diagnose/variants.py in JavaScript. Tables and limits are in mistakes.json, which
// both read.
//
// A variant is one mistake, or two that change the same part:
//   mistakes  [id, fields] of each; the fields fill the gaps of its explanation
//   parts     what is signed instead, by the name of the part; see `rightParts`
//   secret    the bytes that were used as the HMAC key instead, if they differ

import {
  capitalize,
  compareCodePoints,
  dump,
  listBodies,
  listObjects,
  listQueries,
  Numeral,
  parseQuery,
  permute,
  quote,
  raiseFirst,
  toPython,
  toSnake,
  unquote,
  urlencode,
} from "./bodies.js";
import { fromBase64, toBase64, toBinary, toBytes, toHex } from "./bytes.js";
import catalogue from "./catalogue.js";
import { sha256 } from "./hashes.js";
import { listOtherSecrets } from "./secret.js";

const { limits, tables } = catalogue;
const ISO = /^(\d{4})(-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|\+00:?00)?$/;
const THREE_DIGITS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const EPOCH = /^(\d{9,10})(?:\.?(\d{3}))?$/;
const SPACED = [", ", ": "];
const COMPACT = [",", ":"];
// What two floats of this century are apart.
const FLOAT_STEP = 2 ** -22;

/**
 * Return every part of a signature as it should be.
 *
 * @param {{timestamp: string, method: string, request_path: string, body: string}} request
 */
export function rightParts(request) {
  const [path, query] = cutQuery(request.request_path);
  return {
    timestamp: request.timestamp,
    method: request.method,
    path,
    query,
    body: request.body,
    order: "",
    separator: "",
    end: "",
    encoding: "",
    use: "hmac",
  };
}

/** Yield every known mistake once, but for the thousands of `listMoments`. */
export function* listSingles(request, keys) {
  const start = rightParts(request);
  const known = new Set();
  const groups = [
    changeQuery(request),
    changePath(request),
    changeBody(request),
    changeMethod(request),
    changeTime(request),
    changeFormula(request),
    changeExtras(request, keys),
  ];
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
  yield* changeAsKraken(request, keys);
  yield* changeAsVersion1(request, keys);
  yield* changeSecret(keys);
  yield vary("no-hmac", { use: "text" }, "of the text");
  yield vary("no-hmac", { use: "text+secret" }, "of text and secret");
  yield vary("no-hmac", { use: "secret+text" }, "of secret and text");
  yield vary("key-and-message", { use: "swapped" });
  yield vary("hashed-again", { use: "hmac+hash" });
  yield vary("hashed-again", { use: "hmac+hex+hash" });
}

/**
 * Return, twice, the mistakes that are tried with each other, and those tried beside one of them:
 * the frequent ones with the rare ones, and the few most frequent with the many of a kind.
 */
export function listPairs(request, keys) {
  const all = [...listSingles(request, keys)];
  const many = all.filter(({ mistakes }) => isIn("alone", mistakes));
  const single = all.filter(({ mistakes }) => !isIn("alone", mistakes));
  const [often, others] = splitFrequent(single, tables.frequent);
  const [rare, left] = splitFrequent(others, tables.rare_in_pairs, true);
  const companions = splitFrequent(often, tables.companions)[0];
  const beside = splitFrequent([...many, ...left], tables.beside_companions, true)[0];
  const reads = listClockReads(request, limits.two_clock_reads_in_pair_ms);
  return [
    [often, [...rare, ...reads]],
    [companions, beside],
  ];
}

/** Return the mistakes that are tried three at a time: those that beginners make together. */
export function listThrees(request, keys) {
  return splitFrequent(listSingles(request, keys), tables.in_threes)[0];
}

/**
 * Return the first variants of each mistake, as many as the table has, and the others; of a
 * mistake that is not in the table they are all others, or with `unnamed` none.
 */
function splitFrequent(variants, most, unnamed = false) {
  const left = { ...most };
  const [often, others] = [[], []];
  for (const variant of variants) {
    const [[id]] = variant.mistakes;
    const isNamed = id in left;
    if (isNamed) left[id] -= 1;
    ((isNamed ? left[id] >= 0 : unnamed) ? often : others).push(variant);
  }
  return [often, others];
}

/** Return the mistakes that are tried two at a time on a long request: the common ones. */
export function listCommonPairs(request, keys) {
  return [...listSingles(request, keys)].filter(({ mistakes }) => isIn("common", mistakes));
}

const isIn = (table, [[id]]) => tables[table].includes(id);

/** Yield pairs of mistakes that change the same part. */
export function* listSameParts(request) {
  for (const method of tables.methods) {
    if (method === request.method) continue;
    const fields = { signed: method, received: request.method };
    for (const written of [method.toLowerCase(), capitalize(method)]) {
      const mistakes = [
        ["method-other", fields],
        ["method-case", { signed: written, received: request.method }],
      ];
      yield { mistakes, parts: { method: written } };
    }
  }
  const known = new Set([request.timestamp]);
  for (const group of [
    listTimeZones(request),
    listClockReads(request, limits.two_clock_reads_in_pair_ms),
  ]) {
    for (const moved of group) {
      for (const [text, id] of listForms(moved.parts.timestamp, isLogin(request), true)) {
        if (known.has(text)) continue;
        known.add(text);
        const fields = {
          signed: text,
          received: request.timestamp,
          more: tables.time_notes[id] ?? "",
        };
        yield { mistakes: [...moved.mistakes, [id, fields]], parts: { timestamp: text } };
      }
    }
  }
}

/**
 * Yield the numbers beside a time that is a float, as Python's time.time() is: a clock that is
 * read twice shows two of them, a millisecond apart at the most.
 */
export function* listFloatReads({ timestamp }) {
  if (!/^\d{10}\.\d{5,7}$/.test(timestamp)) return;
  const start = Number(timestamp);
  for (let step = 1; step <= limits.float_reads; step++) {
    for (const read of [start - step * FLOAT_STEP, start + step * FLOAT_STEP]) {
      const text = String(read).includes(".") ? String(read) : `${read}.0`;
      yield vary("clock-read-twice", { timestamp: text }, text, timestamp);
    }
  }
}

/** Return the mistakes that are tried beside the second reading of a float. */
export function listBesideFloatReads(request, keys) {
  const few = splitFrequent(listSingles(request, keys), tables.beside_float_reads)[0];
  return few.filter(({ parts }) => !("timestamp" in parts));
}

/** Yield the thousands of times that a clock can have shown. */
export function* listMoments(request) {
  yield* listFloatReads(request);
  yield* listClockReads(request, limits.two_clock_reads_ms);
  yield* listMilliseconds(request);
  yield* listFarReads(request);
  yield* listOffsets(request);
  yield* listMicroseconds(request);
  yield* listPrints(request);
}

function vary(id, parts, signed = "", received = "", more = "") {
  return { mistakes: [[id, { signed, received, more }]], parts };
}

const enclose = (text) => `'${text}'`;
const isLogin = (request) => request.request_path === tables.login_path;
const removeStart = (text, start) => (text.startsWith(start) ? text.slice(start.length) : text);

function cutQuery(requestPath) {
  const at = requestPath.indexOf("?");
  return at < 0 ? [requestPath, ""] : [requestPath.slice(0, at), requestPath.slice(at)];
}

// --- the path ----------------------------------------------------------------------------

function* changeQuery(request) {
  const [path, query] = cutQuery(request.request_path);
  const lower = { path: path.toLowerCase(), query: query.toLowerCase() };
  yield vary("path-case", lower, lower.path + lower.query, request.request_path);
  if (query.length > 1) {
    yield vary("path-case", { query: lower.query }, path + lower.query, request.request_path);
  }
  for (const group of [listOtherQueries(query), stampQuery(request, query.slice(1))]) {
    for (const [id, other] of group) {
      yield vary(id, { query: other }, path + other, request.request_path);
    }
  }
  if (query.length > 1) {
    for (const text of writeQueryAsBody(query.slice(1))) {
      yield vary("query-in-body", { query: "", body: text }, path, request.request_path);
      if (request.body) continue;
      yield vary("query-also-in-body", { body: text }, enclose(text), enclose(""));
    }
  }
  if (request.body && !query) {
    for (const other of [...listQueries(request.body), request.body]) {
      const parts = { query: `?${other}`, body: "" };
      yield vary("body-as-query", parts, `${path}?${other}`, request.request_path);
    }
  }
}

/** Yield the query with the time in it, as other exchanges have it. */
function* stampQuery({ timestamp }, query) {
  const moment = readMoment(timestamp);
  if (moment === null) return;
  const fields = {
    t: timestamp,
    ms: String(moment),
    s: String(Math.floor(moment / 1000)),
    quoted: quote(timestamp),
  };
  for (const template of tables.query_stamps) {
    const stamp = fillIn(template, fields);
    yield ["query-member", query ? `?${query}&${stamp}` : `?${stamp}`];
    if (query) yield ["query-member", `?${stamp}&${query}`];
  }
}

function writeQueryAsBody(query) {
  const parameters = new Map(parseQuery(query));
  const numerals = new Map(
    Array.from(parameters, ([name, value]) => [
      name,
      /^[1-9][0-9]{0,14}$/.test(value) ? new Numeral(value) : value,
    ]),
  );
  return [
    dump(parameters, SPACED),
    dump(parameters, COMPACT),
    dump(parameters, COMPACT, { sort: true }),
    dump(numerals, COMPACT),
    toPython(parameters),
    query,
    dump(parameters, SPACED, { sort: true }),
    dump(numerals, SPACED),
    toPython(numerals),
  ];
}

function* listOtherQueries(markAndQuery) {
  const query = markAndQuery.slice(1);
  if (!query) {
    yield ["question-mark", markAndQuery ? "" : "?"];
    for (const text of tables.unfilled_queries) yield ["query-member", text];
    return;
  }
  yield ["query-missing", ""];
  yield ["question-mark", query];
  for (const before of ["&", "??", "?&", "%3F"]) yield ["question-mark", before + query];
  yield ["query-encoding", `?${query.replaceAll("&", "&amp;")}`];
  const pairs = query.split("&");
  yield ["query-sorted", `?${[...pairs].sort(compareCodePoints).join("&")}`];
  yield ["query-order", `?${[...pairs].reverse().join("&")}`];
  yield ["query-encoding", `?${unquote(query)}`];
  const parsed = parseQuery(query, true);
  const ways = [
    [true, ""],
    [false, ""],
    [true, ",:/"],
    [false, "!'()*"],
    [false, ",:/"],
  ];
  for (const [plus, safe] of ways) {
    const again = urlencode(parsed, safe, plus);
    yield ["query-encoding", `?${again}`];
    yield ["query-encoding", `?${again.replace(/%../g, (match) => match.toLowerCase())}`];
  }
  yield ["query-encoding", `?${quote(query, "=&")}`];
  if (pairs.length <= limits.ordered_parameters) {
    for (const order of permute(pairs)) yield ["query-order", `?${order.join("&")}`];
  }
  yield* listOtherMembers(pairs);
  yield* listOtherValues(pairs);
}

const VALUE_CHANGES = [
  ...[(value) => value.toLowerCase(), (value) => value.toUpperCase(), capitalize, writeFloat],
  (value) => (/^\d{13}$/.test(value) ? value.slice(0, -3) : value),
  (value) => (/^\d{10}$/.test(value) ? `${value}000` : value),
  (value) => value.replace(/[-._~]/g, (mark) => `%${toHex(toBytes(mark)).toUpperCase()}`),
  ...[(value) => value.replaceAll(",", "%2C"), (value) => value + value],
  ...[(value) => value.replaceAll("-", "_"), (value) => value.replaceAll("-", "")],
  ...[(value) => value.replaceAll("-", "/"), (value) => value.replaceAll(",", ", ")],
  ...[(value) => value.replaceAll("%2C", ","), (value) => value.replaceAll(",", "%2C%20")],
  ...[(value) => `[${value}]`, (value) => `"${value}"`, (value) => `'${value}'`],
  ...[(value) => ` ${value}`, (value) => `+${value}`],
  ...[(value) => value.replace(/-SWAP$/, ""), (value) => `${value}-SWAP`],
  ...[(value) => quote(quote(unquote(value))), (value) => `${value}L`],
  ...[(value) => `["${value}"]`, (value) => `['${value}']`, (value) => `%22${value}%22`],
];

/** Yield queries with other names or values: other letters, escapes, more parameters. */
function* listOtherValues(pairs) {
  const rows = splitRows(pairs);
  const write = (others) => ["query-member", `?${others.join("&")}`];
  for (const [name, value] of tables.extra_parameters) {
    if (rows.some(([known]) => known === name)) continue;
    yield write([...pairs, `${name}=${value}`]);
    yield write([`${name}=${value}`, ...pairs]);
  }
  const lower = (name) => name.toLowerCase();
  const upper = (name) => name.toUpperCase();
  for (const change of [lower, upper, capitalize, toSnake, raiseFirst]) {
    yield write(rows.map(([name, value]) => `${change(name)}=${value}`));
  }
  for (const change of VALUE_CHANGES) {
    const every = rows.map(([name, value]) => `${name}=${change(value)}`);
    yield write(every);
    for (const [at, changed] of every.entries()) yield write(pairs.with(at, changed));
  }
  for (const [at, [name, value]] of rows.entries()) {
    const unfilled = tables.unfilled_values.map((each) => each.replace("{name}", () => name));
    const unset = [...tables.unset_values, name, ...unfilled];
    for (const other of unset) yield write(pairs.with(at, `${name}=${other}`));
    for (const ending of ["", "[]", "%5B%5D", "[0]"]) {
      const again = value.split(/,|%2C/).map((part) => `${name}${ending}=${part}`);
      yield write(pairs.toSpliced(at, 1, ...again));
    }
    if (/^\d{1,4}$/.test(value)) {
      for (const number of tables.round_numbers) yield write(pairs.with(at, `${name}=${number}`));
    }
    yield write(pairs.toSpliced(at, 0, pairs[at]));
  }
  yield write([...pairs, ...pairs]);
}

function writeFloat(value) {
  return /^[0-9]{1,9}$/.test(value) ? `${value}.0` : value;
}

/** Return the parameters as names and values, as they are written. */
function splitRows(pairs) {
  return pairs.map((pair) => {
    const [name] = pair.split("=");
    return [name, pair.slice(name.length + 1)];
  });
}

/** Yield queries with other parameters: one left out, the empty ones left out, and so on. */
function* listOtherMembers(pairs) {
  for (const at of pairs.keys()) {
    const others = pairs.filter((_, i) => i !== at);
    yield ["query-member", others.length ? `?${others.join("&")}` : ""];
  }
  for (const name of tables.optional_parameters) {
    if (pairs.some((pair) => pair.split("=")[0] === name)) continue;
    for (const value of tables.unset_values) {
      for (let at = pairs.length; at >= 0; at--) {
        yield [
          "query-member",
          `?${[...pairs.slice(0, at), `${name}=${value}`, ...pairs.slice(at)].join("&")}`,
        ];
      }
    }
  }
  const rows = splitRows(pairs);
  const absent = tables.optional_parameters
    .filter((name) => rows.every(([known]) => known !== name))
    .slice(0, limits.unset_members);
  for (const [i, first] of absent.entries()) {
    for (const [j, second] of absent.entries()) {
      for (const value of i === j ? [] : ["", "undefined"]) {
        const others = [...pairs, `${first}=${value}`, `${second}=${value}`];
        yield ["query-member", `?${others.join("&")}`];
      }
    }
  }
  for (const [start, middle, between, end] of tables.query_prints) {
    const printed = rows.map(([name, value]) => name + middle + value).join(between);
    yield ["query-member", start + printed + end];
  }
  for (const text of tables.unfilled_queries) yield ["query-member", text];
  const filled = pairs.filter((pair) => !/^[^=]*(?:=|=undefined|=null|=None)?$/.test(pair));
  yield ["query-member", filled.length ? `?${filled.join("&")}` : ""];
  for (const words of [
    Object.entries({ true: "True", false: "False" }),
    Object.entries({ True: "true", False: "false" }),
  ]) {
    const changed = pairs.map((pair) =>
      pair.replace(
        /^([^=]*=)(.*)$/s,
        (_, start, value) => start + (new Map(words).get(value) ?? value),
      ),
    );
    yield ["query-member", `?${changed.join("&")}`];
  }
}

function* changePath(request) {
  const [path, query] = cutQuery(request.request_path);
  for (const [id, other] of listOtherPaths(path, request.host ?? "")) {
    yield vary(id, { path: other }, other + query, request.request_path);
  }
  for (const other of tables.sibling_paths) {
    if (other === path) continue;
    yield vary("path-other", { path: other }, other + query, request.request_path);
    if (query) yield vary("path-other", { path: other, query: "" }, other, request.request_path);
  }
  for (const start of new Set([request.host ?? "", ...tables.hosts, ...tables.other_hosts])) {
    const host = start.includes("://") ? start.slice(start.indexOf("://") + 3) : "";
    for (const base of [start, `${start}/`, host].filter(Boolean)) {
      yield vary("full-url", { path: base, query: "" }, base, request.request_path);
    }
  }
  const whole = quote(request.request_path);
  yield vary("query-encoding", { path: whole, query: "" }, whole, request.request_path);
}

function* listOtherPaths(path, called) {
  for (const start of [called, ...tables.hosts, ...tables.other_hosts]) {
    yield ["full-url", start + path];
    const host = start.includes("://") ? start.slice(start.indexOf("://") + 3) : "";
    yield ["full-url", host + path];
  }
  for (const start of tables.hosts) {
    yield ["full-url", `${start}:443${path}`];
    yield ["full-url", `${start}/${path}`];
  }
  for (const start of tables.unfilled_hosts) yield ["full-url", start + path];
  if (path === tables.login_path) {
    for (const address of tables.websocket_paths) yield ["path-of-address", address];
    for (const start of tables.websocket_hosts) {
      yield ["full-url", start + path];
      yield ["full-url", start.slice(start.indexOf("://") + 3) + path];
    }
  }
  yield ["api-twice", `/api/v5${path}`];
  yield [path.startsWith("//") ? "path-slashes" : "no-slash", removeStart(path, "/")];
  const single = path.replace(/\/+/g, "/");
  yield ["path-slashes", `/${path}`];
  yield ["path-slashes", `${path}/`];
  yield ["path-slashes", path.replace(/\/+$/, "")];
  yield ["path-slashes", single];
  yield ["path-slashes", single.replace(/\/+$/, "")];
  yield ["path-case", path.toLowerCase()];
  for (const missing of ["/api", "/api/v5", "/api/"]) {
    yield ["api-missing", removeStart(path, missing)];
  }
  for (const other of [path.replaceAll("-", "_"), path.replaceAll("/", "\\")]) {
    yield ["old-path", other];
  }
  yield ["query-encoding", quote(path)];
  yield ["api-missing", removeStart(path, "/api/v5/")];
  for (const [before, after] of tables.around_path) yield ["path-slashes", before + path + after];
  const words = path.split("/");
  for (const at of [...words.keys()].slice(1)) {
    yield ["path-slashes", words.toSpliced(at, 0, "").join("/")];
    yield ["old-path", words.toSpliced(at, 1).join("/")];
  }
  yield ["api-missing", words.at(-1)];
  yield ["api-missing", `/${words.at(-1)}`];
  yield ["old-path", path.replaceAll("-", "")];
  yield ["old-path", path.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())];
  yield ["path-case", path.toUpperCase()];
  yield ["path-case", capitalize(path)];
  const match = /^\/api\/v5\/([^/]+)\//.exec(path);
  if (match) {
    yield ["api-missing", removeStart(path, match[0].slice(0, -1))];
    yield ["api-missing", removeStart(path, match[0])];
    for (const older of tables.versions) {
      yield [
        "old-path",
        older.replaceAll("{section}", () => match[1]) + path.slice(match[0].length),
      ];
    }
  }
}

// --- the body and the method -------------------------------------------------------------

function* changeBody(request) {
  const others = request.body
    ? [...listBodies(request.body), ...listObjects(request.body, cutQuery(request.request_path)[0])]
    : tables.empty_bodies.map((text) => [text, "empty-body"]);
  for (const [text, id] of others) {
    yield vary(id, { body: text }, enclose(text), enclose(request.body));
  }
}

function* changeMethod({ method }) {
  for (const other of [method.toLowerCase(), capitalize(method), method.toUpperCase()]) {
    yield vary("method-case", { method: other }, other, method);
  }
  for (const other of tables.methods) yield vary("method-other", { method: other }, other, method);
  for (const [before, after] of tables.around_method) {
    for (const written of [method, method.toLowerCase()]) {
      const around = before + written + after;
      yield vary("method-case", { method: around }, around, method);
    }
  }
  for (const missing of tables.missing_methods) {
    yield vary("method-missing", { method: missing }, missing, method);
  }
  const names = {
    lower: method.toLowerCase(),
    upper: method.toUpperCase(),
    title: capitalize(method),
  };
  for (const template of tables.printed_methods) {
    const printed = fillIn(template, names);
    yield vary("method-case", { method: printed }, printed, method);
  }
  yield vary("method-missing", { method: "" }, "", method);
}

// --- the time ----------------------------------------------------------------------------

function* changeTime(request) {
  for (const [text, id] of listForms(request.timestamp, isLogin(request))) {
    yield vary(id, { timestamp: text }, text, request.timestamp, tables.time_notes[id] ?? "");
  }
  yield* listTimeZones(request);
}

const toThreeDigits = (milliseconds) => String(milliseconds).padStart(3, "0");
const toIsoSecond = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19);

function* listForms(timestamp, login, common = false) {
  const moment = readMoment(timestamp);
  if (moment === null) return;
  const names = timestamp.includes("-")
    ? ["timestamp-form", "epoch-signed"]
    : ["epoch-sent", "timestamp-form"];
  const [forIso, forEpoch] = login ? ["rest-formula", "milliseconds-signed"] : names;
  const seconds = Math.floor(moment / 1000);
  const milliseconds = toThreeDigits(moment % 1000);
  for (const fraction of [`.${milliseconds}`, milliseconds, ""]) {
    yield [`${seconds}${fraction}`, forEpoch];
  }
  if (common) {
    const at = toIsoSecond(seconds);
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
  for (const text of listIsoForms(seconds, milliseconds)) {
    yield [text, forIso];
    yield [text.replace("T", " "), forIso];
  }
}

function* listIsoForms(seconds, milliseconds) {
  const second = toIsoSecond(seconds);
  const fractions = [
    `.${milliseconds}`,
    "",
    `.${milliseconds.replace(/0+$/, "") || 0}`,
    `.${milliseconds.replace(/^0+/, "") || 0}`,
    ".000",
    `.${milliseconds}000`,
    `.${milliseconds}000000`,
    `:${milliseconds}`,
    `,${milliseconds}`,
  ];
  const common = [
    `.${milliseconds}`,
    "Z",
    "",
    `.${milliseconds}+00:00`,
    `.${milliseconds}000Z`,
    `.${milliseconds}000`,
  ];
  for (const text of common) yield second + text;
  const ends = ["Z", "", "+00:00", "+0000", "+00", " UTC", " +0000 UTC", "z", "GMT", " GMT"];
  for (const written of fractions) for (const end of ends) yield second + written + end;
  yield `${second}.${milliseconds}Z`.toLowerCase();
  const moment = new Date(seconds * 1000);
  const [, day, month, year, clock] = moment.toUTCString().split(" ");
  const weekday = moment.toUTCString().slice(0, 3);
  yield moment.toUTCString();
  yield `${weekday} ${month} ${day} ${year} ${clock} GMT+0000 (Coordinated Universal Time)`;
  yield `${weekday} ${month} ${day} ${clock} UTC ${year}`;
  yield `${second}.${milliseconds}0000Z`;
  if (moment.getUTCMonth() > 0) {
    const before = String(moment.getUTCMonth()).padStart(2, "0");
    yield `${year}-${before}${second.slice(7)}.${milliseconds}Z`;
  }
  const hour = String(moment.getUTCHours() % 12 || 12).padStart(2, "0");
  yield `${second.slice(0, 11)}${hour}${second.slice(13)}.${milliseconds}Z`;
  yield second.replace(/[-T:]/g, "");
  yield second.slice(0, 10);
}

function* listTimeZones(request) {
  const moment = readMoment(request.timestamp);
  if (moment === null) return;
  const write = makeWriter(request.timestamp);
  for (const minutes of tables.time_zones) {
    const text = write(moment + minutes * 60_000);
    const hours = minutes / 60;
    const more = ` (${hours > 0 ? "+" : ""}${hours} hours: local time, not UTC)`;
    yield vary("local-time", { timestamp: text }, text, request.timestamp, more);
  }
}

function* listClockReads(request, most) {
  const moment = readMoment(request.timestamp);
  if (moment === null) return;
  const write = makeWriter(request.timestamp);
  const [step, unit] = /^\d{9,10}$/.test(request.timestamp) ? [1000, "s"] : [1, "ms"];
  for (let offset = step; offset <= Math.max(most, step); offset += step) {
    for (const side of ["earlier", "later"]) {
      const text = write(side === "earlier" ? moment - offset : moment + offset);
      const more = ` (${offset / step} ${unit} ${side})`;
      yield vary("clock-read-twice", { timestamp: text }, text, request.timestamp, more);
    }
  }
}

/**
 * Yield the moment as languages print it, in UTC and in each time zone; of the digits after the
 * milliseconds, which nobody sent, each is tried.
 */
function* listPrints(request) {
  const moment = readMoment(request.timestamp);
  if (moment === null || !request.timestamp.includes("-")) return;
  const write = (text, id = "timestamp-form") =>
    vary(id, { timestamp: text }, text, request.timestamp, tables.time_notes[id] ?? "");
  const known = new Set();
  const fields = nameFields(moment, 0);
  for (const minutes of [0, ...tables.time_zones]) {
    const named = minutes ? nameFields(moment, minutes) : fields;
    for (const template of tables.time_prints) {
      const isEpoch = template.includes("{e");
      if (minutes && isEpoch) continue;
      const text = fillIn(template, named);
      if (known.has(text)) continue; // one without the minute is the same in four time zones
      known.add(text);
      yield write(text, isEpoch ? "epoch-signed" : "timestamp-form");
    }
  }
  for (const [minutes, zone] of tables.zone_names) {
    const named = { ...nameFields(moment, minutes), zone };
    for (const template of tables.zone_prints) yield write(fillIn(template, named));
  }
  for (const { text, digits } of tables.time_digits) {
    const [start, end] = text.split("{x}").map((part) => fillIn(part, fields));
    for (let number = 0; number < 10 ** digits; number++) {
      yield write(start + String(number).padStart(digits, "0") + end);
    }
  }
}

const fillIn = (template, fields) => template.replace(/\{(\w+)\}/g, (_, name) => fields[name]);

/** Return the parts of a moment in a time zone, by the names that the templates have. */
function nameFields(moment, minutes) {
  const at = new Date(Math.floor(moment / 1000) * 1000 + minutes * 60_000);
  const two = (number) => String(number).padStart(2, "0");
  const hour = at.getUTCHours() % 12 || 12;
  const day = Math.floor((at - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const [weekday, , month] = at.toUTCString().split(/,? /);
  const away = Math.abs(minutes);
  const seconds = Math.floor(moment / 1000);
  const fraction = toThreeDigits(moment % 1000);
  const { year_1_to_1970_seconds: year1, year_1601_to_1970_seconds: year1601 } = limits;
  const ticks = seconds + minutes * 60 + year1;
  return {
    Y: String(at.getUTCFullYear()),
    M: two(at.getUTCMonth() + 1),
    D: two(at.getUTCDate()),
    h: two(at.getUTCHours()),
    m: two(at.getUTCMinutes()),
    s: two(at.getUTCSeconds()),
    f: toThreeDigits(moment % 1000),
    M1: String(at.getUTCMonth() + 1),
    D1: String(at.getUTCDate()),
    h1: String(at.getUTCHours()),
    m1: String(at.getUTCMinutes()),
    s1: String(at.getUTCSeconds()),
    I: two(hour),
    I1: String(hour),
    p: at.getUTCHours() < 12 ? "AM" : "PM",
    J: toThreeDigits(day),
    A: weekday,
    B: month,
    e: String(seconds),
    y: two(at.getUTCFullYear() % 100),
    Yb: String(at.getUTCFullYear() + 543), // the Buddhist calendar
    Dp: String(at.getUTCDate()).padStart(2),
    f1: fraction[0],
    f2: fraction.slice(0, 2),
    f3: String(moment % 1000),
    x: seconds.toString(16),
    xm: moment.toString(16),
    net: `${ticks}${fraction}0000`,
    file: `${seconds + year1601}${fraction}0000`,
    web: `${seconds + year1601}${fraction}000`,
    mac: String(seconds - limits.year_1970_to_2001_seconds),
    em: String(Math.floor(seconds / 60) * 60),
    open: "{",
    close: "}",
    z: `${minutes < 0 ? "-" : "+"}${two(Math.floor(away / 60))}${two(away % 60)}`,
  };
}

/** Yield moments whole seconds apart, up to the window in which OKX takes a request. */
function* listFarReads(request) {
  const moment = readMoment(request.timestamp);
  if (moment === null) return;
  const write = makeWriter(request.timestamp);
  const isInSeconds = /^\d{9,10}$/.test(request.timestamp);
  const first = Math.floor(limits.two_clock_reads_ms / 1000) + 1;
  for (let second = first; second <= limits.window_seconds; second++) {
    const size = isInSeconds ? `${second} s` : `${second * 1000} ms`;
    for (const side of ["earlier", "later"]) {
      const text = write(moment + (side === "earlier" ? -1000 : 1000) * second);
      const more = ` (${size} ${side})`;
      yield vary("clock-read-twice", { timestamp: text }, text, request.timestamp, more);
    }
  }
}

/** Yield the moment with the offset of each time zone written out. */
function* listOffsets(request) {
  const moment = readMoment(request.timestamp);
  if (moment === null || !request.timestamp.endsWith("Z")) return;
  const write = makeWriter(request.timestamp);
  for (const minutes of tables.time_zones) {
    const text = write(moment + minutes * 60_000).replace(/Z$/, "");
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) =>
      String(part).padStart(2, "0"),
    );
    const side = minutes > 0 ? "+" : "-";
    const starts = Array.from(new Set([text, text.slice(0, 19)]), (start) => start + side + hours);
    for (const signed of starts.flatMap((start) => [`${start}:${rest}`, start + rest])) {
      yield vary("local-time", { timestamp: signed }, signed, request.timestamp);
    }
  }
}

/** Yield every time whose first three digits after the second are those that were sent. */
function* listMicroseconds(request) {
  const moment = readMoment(request.timestamp);
  if (moment === null || !THREE_DIGITS.test(request.timestamp)) return;
  const start = request.timestamp.slice(0, -1);
  const epoch = `${Math.floor(moment / 1000)}.${toThreeDigits(moment % 1000)}`;
  for (let micro = 1; micro < 1000; micro++) {
    const digits = toThreeDigits(micro);
    for (const [text, id] of [
      [`${start}${digits}Z`, "timestamp-form"],
      [`${start}${digits}+00:00`, "timestamp-form"],
      [start + digits, "timestamp-form"],
      [epoch + digits, "epoch-signed"],
    ]) {
      yield vary(id, { timestamp: text }, text, request.timestamp, tables.time_notes[id] ?? "");
    }
  }
}

function* listMilliseconds(request) {
  if (!/^\d{9,10}$/.test(request.timestamp)) return;
  const [forIso, forEpoch] = isLogin(request)
    ? ["rest-formula", "milliseconds-signed"]
    : ["epoch-sent", "timestamp-form"];
  const iso = toIsoSecond(Number(request.timestamp));
  for (let millisecond = 0; millisecond < 1000; millisecond++) {
    const fraction = toThreeDigits(millisecond);
    for (const [text, id] of [
      [`${iso}.${fraction}Z`, forIso],
      [request.timestamp + fraction, forEpoch],
      [`${request.timestamp}.${fraction}`, forEpoch],
    ]) {
      yield vary(id, { timestamp: text }, text, request.timestamp, tables.time_notes[id] ?? "");
    }
  }
}

/** Return a time as Unix milliseconds, or null if it is in none of the known forms. */
function readMoment(timestamp) {
  const epoch = EPOCH.exec(timestamp);
  if (epoch) return Number(epoch[1]) * 1000 + Number(epoch[2] ?? 0);
  const iso = ISO.exec(timestamp);
  if (!iso || iso[1] < limits.first_year || iso[1] > limits.last_year) return null;
  const second = `${iso[1]}${iso[2]}T${iso[3]}`;
  const moment = Date.parse(`${second}Z`);
  // Some dates that do not exist, such as the 30th of February, are taken for others.
  if (Number.isNaN(moment) || toIsoSecond(moment / 1000) !== second) return null;
  return moment + Number((iso[4] ?? "0").padEnd(3, "0").slice(0, 3));
}

/** Return what writes other moments in the form of this one. */
function makeWriter(timestamp) {
  const epoch = EPOCH.exec(timestamp);
  if (epoch) {
    const point = timestamp.includes(".") ? "." : "";
    return (moment) =>
      Math.floor(moment / 1000) + (epoch[2] ? point + toThreeDigits(moment % 1000) : "");
  }
  const [, , , , fraction, zone] = ISO.exec(timestamp);
  const tail = (fraction ?? "").slice(3) + (zone ?? "");
  return (moment) => {
    const text = toIsoSecond(Math.floor(moment / 1000)).replace("T", timestamp[10]);
    return text + (fraction || moment % 1000 ? `.${toThreeDigits(moment % 1000)}` : "") + tail;
  };
}

// --- the formula -------------------------------------------------------------------------

function* changeFormula(request) {
  const moment = readMoment(request.timestamp);
  if (moment !== null && !isLogin(request)) {
    const login = { method: "GET", path: tables.login_path, query: "", body: "" };
    yield vary("ws-formula", { timestamp: String(Math.floor(moment / 1000)), ...login });
    yield vary("ws-formula", login);
  }
  yield* changeFormulaOfOthers(request, moment);
  yield vary("timestamp-missing", { timestamp: "" }, "", request.timestamp);
  yield vary("path-missing", { path: "", query: "" }, "", request.request_path);
  for (const text of tables.placeholders) {
    yield vary("timestamp-form", { timestamp: text }, text, request.timestamp);
  }
  for (const separator of tables.separators) {
    yield vary("separators", { separator }, enclose(separator));
  }
  for (const end of tables.ends) yield vary("newline-at-end", { end }, enclose(end));
  const words = ["timestamp", "method", "path", ...(request.body ? ["body"] : [])];
  for (const order of permute(words.map((_, at) => at)).slice(1)) {
    const parts = { order: [...order, 3].slice(0, 4).join("") };
    yield vary("parts-order", parts, order.map((at) => words[at]).join(" + "));
  }
  yield vary("text-encoding", { encoding: "utf-16-le" }, "utf-16-le");
  if (/[\u0080-\uffff]/.test(request.body))
    yield vary("text-encoding", { encoding: "latin-1" }, "latin-1");
  yield* fillFormulas(request, {});
}

/** Yield the sorted parameters with the secret at their end, hashed without HMAC. */
function* changeAsVersion1(request, { secret_key: secret, api_key: apiKey = "" }) {
  const query = cutQuery(request.request_path)[1].slice(1);
  const form = unquote(query || (listQueries(request.body).next().value ?? ""));
  const pairs = form ? form.split("&") : [];
  const nothing = { method: "", path: "", query: "", body: "", use: "text" };
  for (const more of [[], [`api_key=${apiKey}`], [`apiKey=${apiKey}`]]) {
    for (const name of ["secret_key", "secret", "secretKey", "apiSecret"]) {
      const sorted = [...pairs, ...more].sort(compareCodePoints);
      const timestamp = [...sorted, `${name}=${secret}`].join("&");
      const signed = "as version 1 of the API: the sorted parameters and the secret";
      yield vary("other-exchange", { timestamp, ...nothing }, signed);
    }
  }
}

/** Yield the path with the raw SHA-256 of time and parameters, as Kraken has it. */
function* changeAsKraken(request, keys) {
  const moment = readMoment(request.timestamp);
  if (moment === null || isLogin(request)) return;
  const [path, markAndQuery] = cutQuery(request.request_path);
  const form = markAndQuery.slice(1) || (listQueries(request.body).next().value ?? request.body);
  const decoded = fromBase64(keys.secret_key.replace(/=+$/, ""));
  const nothing = { method: "", path: "", query: "", body: "", encoding: "latin-1" };
  const signed = "as Kraken: path and SHA-256 of time and parameters";
  for (const nonce of [`${moment}`, `${moment}000`, `${Math.floor(moment / 1000)}`]) {
    for (const parameters of new Set([request.body, form, `nonce=${nonce}&${form}`])) {
      const timestamp = path + toBinary(sha256(toBytes(nonce + parameters)));
      const variant = vary("other-exchange", { timestamp, ...nothing }, signed);
      yield variant;
      if (decoded) yield { ...variant, secret: decoded };
    }
  }
}

/** Yield the whole texts that others sign, from the templates that need these strings. */
function* fillFormulas(request, { api_key: apiKey = "", passphrase = "" }) {
  const fields = nameFormulaFields(request, apiKey, passphrase);
  if (!fields) return;
  for (const { id, signed, texts, times } of tables.formulas) {
    for (const text of texts) {
      for (const time of times.length ? times : [""]) {
        const template = text.replaceAll("{at}", `{${time}}`);
        const gaps = Array.from(template.matchAll(/\{(\w+)\}/g), ([, gap]) => gap);
        const isOfKey = gaps.some((gap) => ["key", "pass", "signed_all"].includes(gap));
        if (isOfKey !== Boolean(apiKey) || gaps.some((gap) => !(gap in fields))) continue;
        const timestamp = fillIn(template, fields);
        yield vary(id, { timestamp, method: "", path: "", query: "", body: "" }, signed);
      }
    }
  }
}

/** Return what a template of a formula can name; null for a time in an unknown form. */
function nameFormulaFields(request, apiKey, passphrase) {
  const moment = readMoment(request.timestamp);
  if (moment === null) return null;
  const [path, markAndQuery] = cutQuery(request.request_path);
  const query = markAndQuery.slice(1);
  const { body } = request;
  const seconds = Math.floor(moment / 1000);
  const form = query || (listQueries(body).next().value ?? body);
  const pairs = form ? form.split("&") : [];
  const sorted = [...pairs].sort(compareCodePoints);
  const stamped = [...pairs, `timestamp=${moment}`];
  const iso = toIsoSecond(seconds);
  const fields = {
    t: request.timestamp,
    ms: String(moment),
    us: `${moment}000`,
    s: String(seconds),
    iso,
    quoted: iso.replaceAll(":", "%3A"),
    METHOD: request.method,
    method: request.method.toLowerCase(),
    path,
    short: removeStart(path, "/api/v5/"),
    full: request.request_path,
    query,
    body,
    params: query || body,
    form,
    sorted: sorted.join("&"),
    and_sorted: sorted.map((pair) => `&${pair}`).join(""),
    form_and: form && `${form}&`,
    sorted_and: sorted.map((pair) => `${pair}&`).join(""),
    host: "www.okx.com",
    b64: toBase64(toBytes(body)),
    length: String(toBytes(body).length),
    stamped: [...stamped].sort(compareCodePoints).join("&"),
    ...request.hashes,
  };
  for (const late of [5, 10, 30, 60, 300, 3600]) fields[`s${late}`] = String(seconds + late);
  if (passphrase) fields.pass = passphrase;
  if (apiKey) {
    fields.key = apiKey;
    fields.signed_all = [...stamped, `api_key=${apiKey}`].sort(compareCodePoints).join("&");
  }
  return fields;
}

function* changeFormulaOfOthers(request, moment) {
  const query = cutQuery(request.request_path)[1].slice(1);
  const { timestamp, method, body, request_path: path } = request;
  const parameters = { timestamp: "", method: "", path: "", query, body };
  if (query || body) yield vary("other-exchange", parameters, "the parameters alone");
  const later = { timestamp: "", method, path, query: "", body: timestamp + body };
  yield vary("other-exchange", later, "method + path + timestamp + body");
  if (moment !== null && !isLogin(request)) {
    const parts = { ...parameters, timestamp: String(moment) };
    yield vary("other-exchange", parts, "timestamp + parameters");
    const stamped = { ...parameters, end: `${query ? "&" : ""}timestamp=${moment}` };
    yield vary("other-exchange", stamped, "parameters + timestamp");
  }
}

/** Yield what is signed with one of the strings of the key in the text, or with quotes. */
function* changeExtras(request, { passphrase = "", api_key: apiKey = "" }) {
  const { timestamp, body } = request;
  for (const mark of [`'`, `"`]) {
    yield vary("text-extra", { timestamp: mark + timestamp, end: mark }, "quotes");
  }
  if (passphrase) yield vary("text-extra", { end: passphrase }, "the passphrase");
  if (!apiKey) return;
  for (const parts of [
    { timestamp: apiKey + timestamp },
    { timestamp: timestamp + apiKey },
    { end: apiKey },
  ]) {
    yield vary("text-extra", parts, "the API key");
  }
  const moment = readMoment(timestamp);
  if (moment === null) return;
  const query = cutQuery(request.request_path)[1].slice(1);
  const others = { method: "", path: "", query, body };
  const start = { timestamp: `${moment}${apiKey}5000` };
  yield vary("other-exchange", { ...start, ...others }, "time + key + 5000 + parameters");
  yield* fillFormulas(request, { api_key: apiKey, passphrase });
}

// --- the secret -------------------------------------------------------------------------

function* changeSecret(keys) {
  const known = new Set([toHex(toBytes(keys.secret_key))]);
  for (const [id, key, signed] of listOtherSecrets(keys)) {
    const name = toHex(key);
    if (!known.has(name)) {
      known.add(name);
      yield { mistakes: [[id, { signed }]], parts: {}, secret: key };
    }
  }
}
