// What people sign instead of the right text, and with what instead of the secret:
// okx_guide/diagnose/variants.py in JavaScript. Tables and limits are in mistakes.json, which
// both read.
//
// A variant is one mistake, or two that change the same part:
//   mistakes  [id, fields] of each; the fields fill the gaps of its explanation
//   parts     what is signed instead, by the name of the part; see `rightParts`
//   secret    the bytes that were used as the HMAC key instead, if they differ

import {
  compareCodePoints,
  dump,
  listBodies,
  listObjects,
  listQueries,
  Numeral,
  parseQuery,
  quote,
  toPython,
  unquote,
  urlencode,
} from "./bodies.js";
import { fromBase64, fromHex, isHex, toBase64, toBytes, toHex, toUtf16 } from "./bytes.js";
import catalogue from "./catalogue.js";
import { md5, sha256 } from "./hashes.js";

const { limits, tables } = catalogue;
const ISO = /^(\d{4})(-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|\+00:?00)?$/;
const THREE_DIGITS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const EPOCH = /^(\d{9,10})(?:\.?(\d{3}))?$/;
const SPACED = [", ", ": "];
const COMPACT = [",", ":"];

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
  yield* changeSecret(keys);
  yield vary("no-hmac", { use: "text" }, "of the text");
  yield vary("no-hmac", { use: "text+secret" }, "of text and secret");
  yield vary("no-hmac", { use: "secret+text" }, "of secret and text");
  yield vary("key-and-message", { use: "swapped" });
  yield vary("hashed-again", { use: "hmac+hash" });
  yield vary("hashed-again", { use: "hmac+hex+hash" });
}

/** Return the mistakes that are tried with each other, and those tried beside one of them. */
export function listPairs(request, keys) {
  const single = [...listSingles(request, keys)].filter(({ mistakes }) => !isIn("alone", mistakes));
  const [often, others] = splitFrequent(single, tables.frequent);
  return [often, [...others, ...listClockReads(request, limits.two_clock_reads_in_pair_ms)]];
}

/** Return the mistakes that are tried three at a time: those that beginners make together. */
export function listThrees(request, keys) {
  return splitFrequent(listSingles(request, keys), tables.in_threes)[0];
}

/** Return the first variants of each mistake, as many as the table has, and the others. */
function splitFrequent(variants, most) {
  const left = { ...most };
  const [often, others] = [[], []];
  for (const variant of variants) {
    const [[id]] = variant.mistakes;
    left[id] = (left[id] ?? 0) - 1;
    (left[id] >= 0 ? often : others).push(variant);
  }
  return [often, others];
}

/** Return those of `listPairs` that are tried on a long request too: the common ones. */
export function listCommonPairs(request, keys) {
  const common = [...listSingles(request, keys)].filter(({ mistakes }) => isIn("common", mistakes));
  return splitFrequent(common, tables.frequent);
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

/** Yield the thousands of times that a clock can have shown. */
export function* listMoments(request) {
  yield* listClockReads(request, limits.two_clock_reads_ms);
  yield* listMilliseconds(request);
  yield* listFarReads(request);
  yield* listOffsets(request);
  yield* listMicroseconds(request);
  yield* listPrints(request);
}

/** Return a variant of one mistake, with what fills the gaps of its explanation. */
export function vary(id, parts, signed = "", received = "", more = "") {
  return { mistakes: [[id, { signed, received, more }]], parts };
}

const enclose = (text) => `'${text}'`;
const capitalize = (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
const isLogin = (request) => request.request_path === tables.login_path;
const removeStart = (text, start) => (text.startsWith(start) ? text.slice(start.length) : text);

function cutQuery(requestPath) {
  const at = requestPath.indexOf("?");
  return at < 0 ? [requestPath, ""] : [requestPath.slice(0, at), requestPath.slice(at)];
}

function permute(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) =>
    permute(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]),
  );
}

// --- the path ----------------------------------------------------------------------------

function* changeQuery(request) {
  const [path, query] = cutQuery(request.request_path);
  for (const [id, other] of listOtherQueries(query)) {
    yield vary(id, { query: other }, path + other, request.request_path);
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
}

/** Yield queries with other parameters: one left out, the empty ones left out, and so on. */
function* listOtherMembers(pairs) {
  if (pairs.length > limits.varied_parameters) return;
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
  const rows = pairs.map((pair) => {
    const [name] = pair.split("=");
    return [name, pair.slice(name.length + 1)];
  });
  for (const [start, middle, between, end] of tables.query_prints) {
    const printed = rows.map(([name, value]) => name + middle + value).join(between);
    yield ["query-member", start + printed + end];
  }
  for (const text of tables.unfilled_queries) yield ["query-member", text];
  for (const change of [
    (value) => value.toUpperCase(),
    (value) => (/^[0-9]{1,9}$/.test(value) ? `${value}.0` : value),
  ]) {
    const changed = rows.map(([name, value]) => `${name}=${change(value)}`);
    yield ["query-member", `?${changed.join("&")}`];
  }
  const filled = pairs.filter((pair) => !/^[^=]*(?:=|=undefined|=null|=None)?$/.test(pair));
  yield ["query-member", filled.length ? `?${filled.join("&")}` : ""];
  for (const words of [
    new Map([
      ["true", "True"],
      ["false", "False"],
    ]),
    new Map([
      ["True", "true"],
      ["False", "false"],
    ]),
  ]) {
    const changed = pairs.map((pair) =>
      pair.replace(/^([^=]*=)(.*)$/s, (_, start, value) => start + (words.get(value) ?? value)),
    );
    yield ["query-member", `?${changed.join("&")}`];
  }
}

function* changePath(request) {
  const [path, query] = cutQuery(request.request_path);
  const lower = { path: path.toLowerCase(), query: query.toLowerCase() };
  yield vary("path-case", lower, lower.path + lower.query, request.request_path);
  for (const [id, other] of listOtherPaths(path, request.host ?? "")) {
    yield vary(id, { path: other }, other + query, request.request_path);
  }
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
  }
  yield ["api-twice", `/api/v5${path}`];
  // Of two slashes, the one that is missing is no missing slash.
  if (!path.startsWith("//")) yield ["no-slash", removeStart(path, "/")];
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
    const around = before + method + after;
    yield vary("method-case", { method: around }, around, method);
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
  for (const minutes of tables.time_zones_minutes) {
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
 * milliseconds, which nobody sent, each is tried. With a long request they are left out.
 */
function* listPrints(request) {
  const moment = readMoment(request.timestamp);
  const size = request.body.length + request.request_path.length;
  if (size > limits.characters_for_time_prints) return;
  if (moment === null || !request.timestamp.includes("-")) return;
  const write = (text) => vary("timestamp-form", { timestamp: text }, text, request.timestamp);
  const printed = [0, ...tables.time_zones_minutes].flatMap((minutes) => {
    const fields = nameFields(moment, minutes);
    return tables.time_prints.map((template) => fillIn(template, fields));
  });
  // One without the minute is the same in several time zones.
  for (const text of new Set(printed)) yield write(text);
  for (const [minutes, zone] of tables.zone_names) {
    const fields = { ...nameFields(moment, minutes), zone };
    for (const template of tables.zone_prints) yield write(fillIn(template, fields));
  }
  const fields = nameFields(moment, 0);
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
    e: String(Math.floor(moment / 1000)),
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
  for (const minutes of tables.time_zones_minutes) {
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
export function readMoment(timestamp) {
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
  if (moment === null || isLogin(request)) return null;
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

// --- the secret --------------------------------------------------------------------------

function* changeSecret(keys) {
  const known = new Set([toHex(toBytes(keys.secret_key))]);
  for (const [id, key, signed] of listOtherSecrets(keys)) {
    const name = toHex(key);
    if (!known.has(name)) {
      known.add(name);
      yield { mistakes: [[id, { signed }]], parts: {}, secret: key };
    }
  }
  for (const [signed, change] of [
    ["sha256 in hex", (hex) => hex],
    ["sha256 in hex, in capitals", (hex) => hex.toUpperCase()],
  ]) {
    const secret = toBytes(change(toHex(sha256(toBytes(keys.secret_key)))));
    yield { mistakes: [["secret-hashed", { signed }]], parts: {}, secret };
  }
}

function* listOtherSecrets({ secret_key: secret, passphrase = "", api_key: apiKey = "" }) {
  if (passphrase) yield ["passphrase-as-secret", toBytes(passphrase), ""];
  if (apiKey) yield ["key-as-secret", toBytes(apiKey), ""];
  for (const missing of tables.no_secret)
    yield ["secret-missing", toBytes(missing), enclose(missing)];
  for (const [id, table] of [
    ["secret-whitespace", "around_secret"],
    ["secret-quoted", "quotes"],
  ]) {
    for (const [before, after] of tables[table]) yield [id, toBytes(before + secret + after), ""];
  }
  for (const [before, after] of tables.beside_secret) {
    const both = `${before} before and ${after} after it`;
    yield [
      "secret-extra",
      toBytes(before + secret + after),
      before && after ? both : before || after,
    ];
  }
  yield ["secret-twice", toBytes(secret + secret), ""];
  yield ["secret-hashed", toBytes(toHex(md5(toBytes(secret)))), "md5 in hex"];
  const capitals = toHex(md5(toBytes(secret))).toUpperCase();
  yield ["secret-hashed", toBytes(capitals), "md5 in hex, in capitals"];
  yield ["secret-case", toBytes(secret.toLowerCase()), ""];
  yield ["secret-case", toBytes(secret.toUpperCase()), ""];
  const letters = [...secret];
  for (let size = 1; size <= letters.length - limits.cut_secret_characters; size++) {
    const lost = size === 1 ? "character" : `${size} characters`;
    yield ["secret-cut", toBytes(letters.slice(size).join("")), `its first ${lost}`];
    yield ["secret-cut", toBytes(letters.slice(0, -size).join("")), `its last ${lost}`];
  }
  if (passphrase) {
    yield ["secret-extra", toBytes(secret + passphrase), "the passphrase"];
    yield ["secret-extra", toBytes(passphrase + secret), "the passphrase"];
  }
  if (apiKey) {
    yield ["secret-extra", toBytes(`${apiKey}:${secret}`), "the API key"];
    yield ["secret-extra", toBytes(`${secret}:${apiKey}`), "the API key"];
    yield ["secret-extra", toBytes(apiKey + secret), "the API key"];
    yield ["secret-extra", toBytes(secret + apiKey), "the API key"];
  }
  yield ["secret-encoded", toBytes(toBase64(toBytes(secret))), "Base64"];
  yield ["secret-encoded", toBytes(toHex(toBytes(secret))), "hex"];
  for (const [before, after] of tables.mangled_encodings) {
    yield ["secret-encoded", toBytes(toBase64(toBytes(before + secret + after))), "Base64"];
  }
  yield ["secret-encoded", toUtf16(secret), "UTF-16"];
  if (isHex(secret)) yield ["secret-decoded", fromHex(secret), ""];
  const decoded = fromBase64(secret.replace(/=+$/, ""));
  if (decoded) yield ["secret-decoded", decoded, ""];
}
