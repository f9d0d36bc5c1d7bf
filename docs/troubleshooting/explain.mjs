// From an error to its cause: what okx_guide/explain/engine.py does, for the page. Both read the same
// data and give the same answer to every report in tests/reports.json.

import data from "./causes.mjs";

const ENOUGH = 100_000;
const SHOWN = 160;
const LISTED = 5;
const UNEXPECTED = 0.01;
const UNCOUNTED = 0.6;
const MOST = 40;
const ASIDE = 0.4;
const SEVERAL = 3;
const STRONG = 10;

const { clues, kinds, codes: known } = data;

/** Return {codes, causes, line} for a code, a response or a log. Nothing leaves the page. */
export function explain(text) {
  text = excerpt(text);
  const seen = normal(text);
  const masked = mask(text);
  const numbers = numbersIn(seen, normal(masked));
  const codes = numbers.length ? numbers : saidIn(seen);
  const statuses = codes.length ? [] : statusesIn(seen);
  const entries = entriesOf(codes, statuses, statesIn(seen));
  const unknown = codes.length > 0 && entries.length === 0;
  const causes = unknown ? [] : ranked(entries, codes, seen);
  const found = codes.length ? codes : statuses;
  return { codes: found, causes, line: lineOf(masked, found) };
}

/** Return a text without API keys, secrets, signatures, passphrases and addresses. */
export function mask(text) {
  for (const [name, pattern] of clues.masks) {
    text = text.replace(new RegExp(pattern, "gi"), `$1<${name}>`);
  }
  return text;
}

/** Return what a code means in one sentence, or nothing. */
export function meaning(code) {
  return data.meanings[code]?.[0] ?? "";
}

function excerpt(text) {
  if (text.length <= ENOUGH) return text;
  const trouble = new RegExp(clues.trouble);
  // A line that never ends is many lines.
  const lines = text.split("\n").flatMap((line) => line.match(/[^]{1,2000}/g) ?? []);
  return lines.filter((line) => trouble.test(line.toLowerCase())).join("\n").slice(-ENOUGH);
}

function normal(text) {
  return text.normalize("NFKC").toLowerCase().replace(/[ \t\r\f\v\u00a0]+/g, " ");
}

function matches(pattern, text) {
  return [...text.matchAll(new RegExp(pattern, "dg"))].map((found) => [found.indices[1][0], found[1]]);
}

function has(pattern, text) {
  return new RegExp(pattern).test(text);
}

function numbersIn(seen, masked) {
  const whole = masked.trim();
  const closed = has(clues.closed, seen) || /^[0-9]+$/.test(whole);
  let found = matches(clues.code, seen).filter(([, code]) => entry(code));
  found.push(
    ...matches(clues.number, seen).filter(
      ([, code]) => Object.hasOwn(known, code) && (code.length > 4 || closed),
    ),
  );
  if (!found.length) found = matches(clues.code, masked).filter(([, code]) => code.length > 4);
  if (!found.length) found = matches(clues.level, seen);
  if (!found.length && /^([012]|[0-9]{4,6})$/.test(whole)) found = [[0, whole]];
  return unique(found.sort(([a], [b]) => a - b).map(([, code]) => code));
}

function saidIn(seen) {
  let place = 0;
  if (has(clues.older, seen)) place = 2;
  else if (has(clues.websocket, seen)) place = 1;
  return clues.said
    .filter(([, pattern]) => has(pattern, seen))
    .map(([code, , ...other]) => [code, ...other][place] || code);
}

function statusesIn(seen) {
  const found = clues.status.flatMap((pattern) => matches(pattern, seen).map(([, status]) => status));
  return unique(found.filter(entry));
}

function statesIn(seen) {
  return clues.states.filter(([, pattern]) => has(pattern, seen)).map(([name]) => name).slice(0, 1);
}

function entry(code) {
  const older = /^(100|20[0-9]|3[0-9]{2})[0-9]{2}$/.test(code) ? "older" : "";
  const group = code.length === 3 ? `${code[0]}xx` : "";
  return [code, group, older].find((name) => Object.hasOwn(known, name)) ?? "";
}

function entriesOf(codes, statuses, states) {
  const names = (codes.length ? codes : statuses).map(entry).filter(Boolean);
  if (!names.length) return codes.length ? [] : states.map((state) => [state, 1]);
  // A code is an answer, so the connection was made: a closed port is not behind it.
  const open = states.filter((state) => state !== "closed-port");
  const aside = [...names.slice(0, -1), ...open].map((name) => [name, ASIDE]);
  return [...aside, [names.at(-1), 1]];
}

function ranked(entries, codes, seen) {
  const told = new Map(Object.keys(kinds).map((name) => [name, cause(name, { id: name })]));
  const times = timesOf(codes, seen);
  let weights = new Map();
  for (const [name, weight] of entries) {
    for (const [row, share] of shares(name)) {
      weights.set(row.id, (weights.get(row.id) ?? 0) + weight * share);
      told.set(row.id, cause(name, row));
    }
  }
  if (codes.length >= SEVERAL) weights.set("multiple", MOST);
  if (!weights.size) {
    if (Math.max(0, ...times.values()) < STRONG && !has(clues.context, seen)) return [];
    const likely = has(clues.denied, seen) ? Object.keys(kinds) : [...times.keys()];
    weights = new Map(likely.map((name) => [name, kinds[name].reports / data.reports]));
  }
  const score = (name) => (weights.get(name) ?? UNEXPECTED) * (times.get(name) ?? 1);
  return unique([...weights.keys(), ...times.keys()])
    .sort((a, b) => score(b) - score(a))
    .slice(0, LISTED)
    .map((name) => told.get(name));
}

function cause(code, row) {
  const { cause, check, fix, page } = { ...kinds[row.id], ...row };
  const said = data.meanings[code]?.[1] ?? "";
  return { id: row.id, cause: cause.replaceAll("{message}", () => said), check, fix, page };
}

function shares(name) {
  const rows = known[name].causes;
  const counts = rows.map((row, index) => row.reports || UNCOUNTED / (index + 1));
  const sum = counts.reduce((all, count) => all + count, 0);
  return rows.map((row, index) => [row, counts[index] / sum]);
}

function timesOf(codes, seen) {
  const times = new Map();
  for (const [name, factor, pattern, only] of clues.clues) {
    if (only && !only.split(" ").some((code) => codes.includes(code))) continue;
    if (has(pattern, seen)) times.set(name, Math.min((times.get(name) ?? 1) * factor, MOST));
  }
  return times;
}

function lineOf(masked, codes) {
  if (!codes.length) return "";
  const lines = masked.split("\n").filter((line) => line.includes(codes.at(-1)));
  const plain = (lines.at(-1) ?? "").replace(/[\p{C}\p{Z}\s]+/gu, " ").trim();
  if (plain.length <= SHOWN) return plain;
  const start = Math.max(0, plain.indexOf(codes.at(-1)) - SHOWN / 2);
  const end = start + SHOWN;
  return `${start ? "…" : ""}${plain.slice(start, end)}${end < plain.length ? "…" : ""}`;
}

function unique(items) {
  return [...new Set(items)];
}
