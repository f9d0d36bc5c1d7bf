// From an error to its cause: okx_guide/explain/engine.py in JavaScript. Both read the same
// clues and causes, and give the same answer to every report in tests/explain/reports.json.

import data from "./causes.js";

const { clues, kinds, codes: catalogue } = data;
const { numbers } = clues;

/** Return {codes, causes, line, question} for a code, a response or a log. Nothing leaves the page. */
export function explain(text) {
  const excerpt = shorten(text);
  const plain = normalize(excerpt);
  const safe = mask(excerpt);
  const numbered = findCodes(plain, normalize(safe));
  const codes = numbered.length ? numbered : findPhrases(plain);
  const statuses = codes.length ? [] : findStatuses(plain);
  const entries = listEntries(codes, statuses, findStates(plain));
  const isUnknown = codes.length > 0 && !entries.length;
  const causes = isUnknown ? [] : rankCauses(entries, codes, plain);
  const shown = codes.length ? codes : statuses;
  const question = causes.length && !entries.length ? chooseQuestion(plain) : "";
  return { codes: shown, causes, line: findLine(safe, shown), question };
}

/** Return a text without API keys, secrets, signatures, passphrases and addresses. */
export function mask(text) {
  return clues.masks.reduce(
    (safe, [name, pattern]) => safe.replace(new RegExp(pattern, "gi"), `$1<${name}>`),
    text,
  );
}

/** Return what a code means in one sentence, or nothing. */
export function describe(code) {
  return data.meanings[code]?.[0] ?? "";
}

// --- what the text says ------------------------------------------------------------------

function shorten(text) {
  if (text.length <= numbers.characters_read) return text;
  const trouble = new RegExp(clues.trouble);
  // A line that never ends counts as many lines.
  const part = new RegExp(`.{1,${numbers.line_characters}}`, "gs");
  return text
    .split("\n")
    .flatMap((line) => line.match(part) ?? [])
    .filter((line) => trouble.test(line.toLowerCase()))
    .join("\n")
    .slice(-numbers.characters_read);
}

function normalize(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\\u(?!d[89a-f])([0-9a-f]{4})/g, (_, unit) => String.fromCharCode(`0x${unit}`))
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replace(new RegExp(clues.slip, "g"), repairSlip)
    .replace(/[ \t\r\f\v\u00a0]+/g, " ");
}

/** Return a number in which a picture's reader took 0 for O, or 1 for l. */
function repairSlip(number) {
  const letters = number.replace(/[^ol]/g, "").length;
  return letters <= 2 ? number.replaceAll("o", "0").replaceAll("l", "1") : number;
}

/** Return each [place, code] that a pattern finds. */
function findAll(pattern, text) {
  return Array.from(text.matchAll(new RegExp(pattern, "dg")), (match) => [
    match.indices[1][0],
    match[1],
  ]);
}

const has = (pattern, text) => new RegExp(pattern).test(text);
const isWhole = (pattern, text) => has(`^(?:${pattern})$`, text);
const isLong = (code) => code.length >= numbers.long_code_digits;
const unique = (items) => [...new Set(items)];

function findCodes(plain, safe) {
  const whole = safe.trim();
  const isClosed = has(clues.closed, plain) || isWhole("[0-9]+", whole);
  let codes = [
    ...findAll(clues.code, plain).filter(([, code]) => findEntry(code)),
    ...findAll(clues.leading, plain).filter(([, code]) => findEntry(code)),
    ...findAll(clues.number, plain).filter(
      ([at, code]) =>
        Object.hasOwn(catalogue, code) && (isLong(code) || isClosed) && !isAmount(plain, at),
    ),
  ];
  if (!codes.length) codes = findAll(clues.code, safe).filter(([, code]) => isLong(code));
  // 1 and 2 say that the code is one level down, so they count if it is not there.
  if (!codes.length) codes = findAll(clues.level, plain);
  if (!codes.length && isWhole(clues.bare_code, whole)) codes = [[0, whole]];
  const found = keepLast(codes.sort(([a], [b]) => a - b).map(([, code]) => code));
  return keepLast([...findContradiction(plain, found), ...found]);
}

/** Return each code once, where it stood last. */
function keepLast(codes) {
  return unique(codes.toReversed()).toReversed();
}

/** Return whether what stands before a number makes it a price, a port or the like. */
function isAmount(plain, at) {
  return has(clues.amount, plain.slice(Math.max(0, at - 40), at));
}

/** Return the code whose words the last msg has, if another number stands beside them. */
function findContradiction(plain, codes) {
  const message = findAll(clues.message, plain).at(-1)?.[1];
  const last = codes.at(-1);
  if (!message || !last || !findEntry(last)) return [];
  const row = clues.said.find(([, pattern]) => has(pattern, message));
  if (!row) return [];
  const [code, , ...others] = row;
  const isSame = [code, ...others].some((name) => codes.includes(name)) || !/^[56]0/.test(last);
  return isSame ? [] : [code];
}

/** Return the codes whose words stand in a text without their number. */
function findPhrases(plain) {
  let place = 0;
  if (has(clues.older, plain)) place = 2;
  else if (has(clues.websocket, plain)) place = 1;
  return clues.said
    .filter(([, pattern]) => has(pattern, plain))
    .map(([code, , ...others]) => [code, ...others][place] || code);
}

function findStatuses(plain) {
  const statuses = clues.status.flatMap((pattern) => findAll(pattern, plain));
  return unique(statuses.map(([, status]) => status).filter(findEntry));
}

/** Return the first way of getting no answer that a text speaks of. */
function findStates(plain) {
  const states = clues.states.filter(([, pattern]) => has(pattern, plain));
  return states.slice(0, 1).map(([name]) => name);
}

/** Return the question whose answer decides most, where the causes are only guessed. */
function chooseQuestion(plain) {
  return clues.questions.find(([pattern]) => has(pattern, plain))[1];
}

/** Return the line that shows the last code, cut to what is read. */
function findLine(safe, codes) {
  const code = codes.at(-1);
  const last = safe.split("\n").findLast((line) => code && line.includes(code)) ?? "";
  const line = last.replace(/[\p{C}\p{Z}\s]+/gu, " ").trim();
  const size = numbers.characters_shown;
  if (line.length <= size) return line;
  const start = Math.max(0, line.indexOf(code) - size / 2);
  const end = start + size;
  return `${start ? "…" : ""}${line.slice(start, end)}${end < line.length ? "…" : ""}`;
}

// --- what it means -----------------------------------------------------------------------

/** Return the name under which the catalogue has a code or status; "" if it has none. */
function findEntry(code) {
  const group = { 3: `${code[0]}xx`, 5: `${code.slice(0, 2)}xxx` }[code.length] ?? "";
  const older = isWhole(clues.older_code, code) ? "older" : "";
  return [code, group, older].find((name) => Object.hasOwn(catalogue, name)) ?? "";
}

/** Return the lists of causes that count, with their weight: most of all the last code. */
function listEntries(codes, statuses, states) {
  const names = (codes.length ? codes : statuses).map(findEntry).filter(Boolean);
  if (!names.length) return codes.length ? [] : states.map((state) => [state, 1]);
  // A code is an answer, so the connection was made: a closed port is not behind it.
  const open = states.filter((state) => !clues.alone.includes(state));
  const aside = [...names.slice(0, -1), ...open].map((name) => [name, numbers.aside_weight]);
  return [...aside, [names.at(-1), 1]];
}

function rankCauses(entries, codes, plain) {
  const causes = new Map(Object.keys(kinds).map((id) => [id, fillCause(id, { id })]));
  const factors = weighClues(codes, plain);
  let weights = new Map();
  for (const [name, weight] of entries) {
    for (const [row, share] of shareReports(name)) {
      weights.set(row.id, (weights.get(row.id) ?? 0) + weight * share);
      causes.set(row.id, fillCause(name, row));
    }
  }
  if (codes.length >= numbers.several_codes) weights.set("multiple", numbers.several_weight);
  if (!weights.size) {
    const strongest = Math.max(0, ...factors.values());
    if (strongest < numbers.strong_factor && !has(clues.context, plain)) return [];
    const likely = has(clues.denied, plain) ? Object.keys(kinds) : [...factors.keys()];
    weights = new Map(likely.map((id) => [id, kinds[id].reports / data.reports]));
  }
  // A status alone says little, so the words count for more.
  const unexpected = codes.length ? numbers.unexpected_weight : numbers.unexpected_beside_status;
  const score = (id) => (weights.get(id) ?? unexpected) * (factors.get(id) ?? 1);
  const suggested = [...factors.keys()].filter((id) => factors.get(id) >= 1);
  return unique([...weights.keys(), ...suggested])
    .sort((a, b) => score(b) - score(a))
    .slice(0, numbers.causes_listed)
    .map((id) => causes.get(id));
}

/** Return a cause in words; what a row of the catalogue leaves out is that of its kind. */
function fillCause(code, row) {
  const { cause, check, fix, page } = { ...kinds[row.id], ...row };
  const message = data.meanings[code]?.[1] ?? "";
  return { id: row.id, cause: cause.replaceAll("{message}", () => message), check, fix, page };
}

/** Return the rows of an entry with the share of its reports that each has. */
function shareReports(name) {
  const rows = catalogue[name].causes;
  const counts = rows.map((row, index) => row.reports || numbers.uncounted_weight / (index + 1));
  const sum = counts.reduce((total, count) => total + count, 0);
  return rows.map((row, index) => [row, counts[index] / sum]);
}

/** Return how many times likelier the text makes each kind of cause. */
function weighClues(codes, plain) {
  const factors = new Map();
  const known = [...codes, ...codes.map(findEntry)];
  for (const [id, factor, pattern, only] of clues.clues) {
    if (only && !only.split(" ").some((code) => known.includes(code))) continue;
    if (!has(pattern, plain)) continue;
    factors.set(id, Math.min((factors.get(id) ?? 1) * factor, numbers.highest_factor));
  }
  if (codes.length < numbers.several_codes) factors.delete("multiple");
  return factors;
}
