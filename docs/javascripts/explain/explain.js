// From an error to its cause: okx_guide/explain/engine.py in JavaScript. Both read the same
// clues and causes, and give the same answer to every report in tests/explain/reports.json.

import data from "./causes.js";
import { clues } from "./clues.js";

const { kinds } = data;
const { numbers } = clues;
const catalogue = { ...data.codes };
for (const { codes, causes } of data.families) {
  for (const code of codes.split(" ")) catalogue[code] = { causes };
}
// What OKX says with each code that has no fact of its own.
const texts = Object.fromEntries(
  Object.entries(data.texts).flatMap(([codes, text]) =>
    codes.split(" ").map((code) => [code, text]),
  ),
);
// Made when a text without a code comes first.
let phrases;
const NOTHING = { causes: [], guesses: [], isTied: false };
const compiled = new Map();

let quotes;

/**
 * Return {codes, causes, line, doubt, question, guesses} for a code, a response or a log. Nothing
 * leaves the page.
 */
export function explain(text) {
  const excerpt = shorten(text);
  const plain = normalize(excerpt);
  const safe = mask(excerpt);
  const numbered = findCodes(plain, normalize(safe));
  const conflict = findContradiction(plain, numbered);
  const named = keepLast([...conflict, ...numbered]);
  // A success, of the login perhaps, says nothing of what was refused after it, and 1 and 2
  // nothing of what was refused inside.
  const isSilent = named.every((code) => clues.levels.includes(code));
  const phrases = isSilent ? findPhrases(plain) : [];
  const codes = phrases.length ? phrases : named;
  const statuses = codes.length ? [] : findStatuses(plain);
  const entries = listEntries(codes, statuses, findStates(plain), conflict);
  const { causes, guesses, isTied } = rankCauses(entries, codes, plain, conflict);
  const shown = codes.length ? codes : statuses;
  const doubt = nameDoubt(entries, causes, isTied, conflict);
  const question = chooseQuestion(doubt, causes, plain);
  return { codes: shown, causes, line: findLine(safe, shown), doubt, question, guesses };
}

/** Return a text without API keys, secrets, signatures, passphrases and addresses. */
export function mask(text) {
  return clues.masks.reduce(
    (safe, [name, pattern]) => safe.replace(new RegExp(pattern, "gi"), `$1<${name}>`),
    text,
  );
}

/** Return the sentence that says why there is a doubt. */
export function describeDoubt(doubt) {
  return clues.doubts[doubt];
}

export const unsupported = clues.unsupported;

/** Return what a code means in one sentence, or nothing. */
export function describe(code) {
  return data.meanings[code]?.[0] || findText(code);
}

/** Return what OKX says with a code, or nothing. */
function findText(code) {
  return data.meanings[code]?.[1] ?? texts[code] ?? "";
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
  const readable = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\\u(?!d[89a-f])([0-9a-f]{4})/g, decodeUnit)
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'");
  // JSON in a query has its quotes encoded.
  const isEncoded = readable.includes("%22");
  return (isEncoded ? readable.replace(/%([2-7][0-9a-f])/g, decodeUnit) : readable)
    .replace(new RegExp(clues.slip, "g"), repairSlip)
    .replace(/[ \t\r\f\v\u00a0]+/g, " ");
}

function decodeUnit(_, unit) {
  return String.fromCharCode(`0x${unit}`);
}

/** Return a number in which a picture's reader took 0 for O, or 1 for l. */
function repairSlip(number) {
  const letters = number.replace(/[^ol]/g, "").length;
  return letters <= 2 ? number.replaceAll("o", "0").replaceAll("l", "1") : number;
}

/** Return a pattern that was compiled once, since each key press needs all of them. */
function compile(pattern) {
  if (!compiled.has(pattern)) compiled.set(pattern, new RegExp(pattern));
  return compiled.get(pattern);
}

/** Return each [place, code] that a pattern finds. */
function findAll(pattern, text) {
  return Array.from(text.matchAll(new RegExp(pattern, "dg")), (match) => [
    match.indices[1][0],
    match[1],
  ]);
}

const has = (pattern, text) => compile(pattern).test(text);
const isWhole = (pattern, text) => has(`^(?:${pattern})$`, text);
const isLong = (code) => code.length >= numbers.long_code_digits;
const unique = (items) => [...new Set(items)];

function findCodes(plain, safe) {
  const whole = safe.trim();
  const isClosed = has(clues.closed, plain) || isWhole("[0-9]+", whole);
  const stated = findAll(clues.stated, plain).map(([at]) => at);
  let codes = [
    ...findAll(clues.code, plain).filter(([, code]) => findEntry(code)),
    ...findAll(clues.leading, plain).filter(([, code]) => findEntry(code)),
    ...findAll(clues.number, plain).filter(
      ([at, code]) =>
        Object.hasOwn(catalogue, code) &&
        (isLong(code) || isClosed) &&
        !isAmount(plain, at) &&
        // Most of OKX's codes are rarer than a price of that size.
        (!Object.hasOwn(texts, code) || stated.includes(at)),
    ),
  ];
  if (!codes.length) codes = findAll(clues.code, safe).filter(([, code]) => isLong(code));
  // 1 and 2 say that the code is one level down, so they count if it is not there.
  if (!codes.length) codes = findAll(clues.level, plain);
  if (!codes.length && isWhole(clues.bare_code, whole)) codes = [[0, whole]];
  return keepLast(codes.sort(([a], [b]) => a - b).map(([, code]) => code));
}

/** Return each code once, where it stood last. */
function keepLast(codes) {
  return unique(codes.toReversed()).toReversed();
}

/** Return whether what stands before a number makes it a price, a port or the like. */
function isAmount(plain, at) {
  return has(clues.amount, plain.slice(Math.max(0, at - 40), at));
}

/**
 * Return the code whose words stand beside the last code, if they are not that code's own. These
 * are the words of the last msg, or else those that follow the number.
 */
function findContradiction(plain, codes) {
  const last = codes.at(-1);
  if (!last || !findEntry(last) || !/^[56]0/.test(last)) return [];
  const messages = findAll(clues.message, plain);
  const beside = () => findAll(clues.beside, plain.slice(plain.lastIndexOf(last)));
  const [, words] = (messages.length ? messages : beside()).at(-1) ?? [];
  if (!words) return [];
  const rows = clues.said
    .filter(([, pattern]) => has(pattern, words))
    .map(([code, , ...others]) => [code, ...others]);
  const isSame = rows.some((row) => row.some((code) => codes.includes(code)));
  if (isSame || !rows.length) return [];
  // Two codes of one cause are no contradiction.
  const [code] = rows[0];
  const likely = [code, last].map((name) => shareReports(findEntry(name))[0][0].id);
  return likely[0] === likely[1] ? [] : [code];
}

/** Return the codes whose words stand in a text without their number. */
function findPhrases(plain) {
  let place = 0;
  if (has(clues.older, plain)) place = 2;
  else if (has(clues.websocket, plain)) place = 1;
  const quoted = clues.said
    .filter(([, pattern]) => has(pattern, plain))
    .map(([code, , ...others]) => [code, ...others][place] || code);
  const codes = [...quoted, ...findQuotes(plain)];
  const inner = codes.filter((code) => !clues.levels.includes(code));
  const rare = inner.length ? [] : findMessage(plain);
  return keepLast([inner, rare, codes].find((list) => list.length) ?? []);
}

/** Return the codes whose text at OKX is quoted, and not as a part of a longer text. */
function findQuotes(plain) {
  quotes ??= listQuotes();
  const quoted = quotes
    .filter(([, opening]) => plain.includes(opening))
    .map(([code, , pattern]) => ({ code, match: pattern.exec(plain) }))
    .filter(({ match }) => match)
    .map(({ code, match }) => ({ code, start: match.index, end: match.index + match[0].length }));
  const isPart = ({ start, end }) =>
    quoted.some((row) => row.start <= start && end <= row.end && row.end - row.start > end - start);
  return quoted
    .filter((row) => !isPart(row))
    .sort((a, b) => a.start - b.start || a.end - b.end || (a.code < b.code ? -1 : 1))
    .map(({ code }) => code);
}

/**
 * Return each code with the first words of its text at OKX, and the pattern of its sentence. Texts
 * that `said` tells are not among them.
 */
function listQuotes() {
  const rows = new Map();
  for (const [code, [, message]] of Object.entries(data.meanings)) {
    const text = cutSentence(message);
    const matches = clues.said.map(([, pattern]) => compile(pattern).exec(text)?.[0] ?? "");
    const isTold = matches.some((match) => match.length >= numbers.covered_share * text.length);
    const pieces = text
      .split("{}")
      .map((piece) => piece.trim())
      .filter(Boolean);
    if (rows.has(text) || isTold || pieces.join("").length < numbers.long_text_characters) continue;
    const words = pieces
      .map((piece) => piece.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&").replaceAll("'", "['’]"))
      .join(`[^\\n]{1,${numbers.gap_characters}}?`);
    rows.set(text, [code, pieces[0].split("'")[0], new RegExp(`(?<![a-z])${words}`)]);
  }
  return [...rows.values()];
}

/** Return the first sentence of a message that is long enough to be looked for. */
function cutSentence(message) {
  const sentences = normalize(message)
    .replace(/\{[^}]*\}/g, "{}")
    .replaceAll("’", "'")
    .split(". ")
    .map((sentence) => sentence.replace(/[. ]+$/, ""));
  const isLong = (text) => text.length >= numbers.long_text_characters;
  return sentences.find((text) => isLong(text) && !text.startsWith("please ")) ?? "";
}

/** Return, as a list, the code whose message stands last in a text, whatever OKX filled in. */
function findMessage(plain) {
  const simple = ` ${simplify(plain)} `;
  phrases ??= listPhrases();
  let best = { place: -1, size: 0, codes: [] };
  for (const [code, parts] of phrases) {
    const place = findLast(simple, parts);
    const size = parts.join("").length;
    if (place > best.place || (place === best.place && place >= 0 && size > best.size)) {
      best = { place, size, codes: [code] };
    }
  }
  return best.codes;
}

/** Return each code with how its message begins, the lowest code first. */
function listPhrases() {
  return Object.keys(texts)
    .flatMap((code) =>
      findText(code)
        .split(" / ")
        .map((text) => [code, cutMessage(text)]),
    )
    .filter(([, parts]) => parts.length);
}

/** Return the first words of a message, cut where OKX fills something in; none if they are few. */
function cutMessage(message) {
  const parts = [];
  let room = numbers.message_letters;
  for (const part of message.toLowerCase().split(/\{[^}]*\}/)) {
    const words = simplify(part);
    if (!words || room <= 0) continue;
    // Up to the end of a word.
    const end = words.indexOf(" ", room);
    parts.push(end < 0 ? words : words.slice(0, end));
    room -= parts.at(-1).length;
  }
  const telling = parts.join(" ").replace(new RegExp(clues.idle, "g"), "").match(/\S+/g) ?? [];
  const isTelling =
    telling.join(" ").length >= numbers.message_least_letters &&
    telling.length >= numbers.message_least_words;
  return isTelling ? parts : [];
}

/** Return the words of a text with one blank between them. */
function simplify(text) {
  return text
    .replace(/\\*['\u2019]/g, "")
    .replace(/[^a-z0-9]+/g, " ")
    .trim();
}

/** Return where parts stand for the last time, one soon after the other; -1 if they do not. */
function findLast(simple, [first, ...others]) {
  if (!simple.includes(` ${first}`)) return -1;
  let place = simple.lastIndexOf(` ${first}`);
  while (place >= 0) {
    let end = place + 1 + first.length;
    for (const part of others) {
      const at = simple.slice(end, end + numbers.filled_letters + part.length).indexOf(part);
      end = at < 0 ? Number.NaN : end + at + part.length;
    }
    if (end) return place;
    place = place ? simple.lastIndexOf(` ${first}`, place - 1) : -1;
  }
  return -1;
}

function findStatuses(plain) {
  const statuses = clues.status.flatMap((pattern) => findAll(pattern, plain));
  return unique(statuses.map(([, status]) => status).filter(findEntry));
}

/** Return the first two ways of getting no answer that a text speaks of. */
function findStates(plain) {
  const states = clues.states.filter(([, pattern]) => has(pattern, plain));
  return states.slice(0, 2).map(([name]) => name);
}

/** Return the question whose answer decides most; "" if there is no doubt. */
function chooseQuestion(doubt, causes, plain) {
  if (doubt === "tie") {
    const pair = causes.slice(0, 2).map(({ id }) => id);
    const [kind, question] = clues.decisive.find(([id]) => pair.includes(id));
    const answer = pair.indexOf(kind) + 1;
    return `${question} Yes: cause ${answer}. No: cause ${3 - answer}.`;
  }
  const questions = clues.questions[doubt] ?? [];
  return questions.find(([pattern]) => has(pattern, plain))?.[1] ?? "";
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
function listEntries(codes, statuses, states, conflict) {
  const names = (codes.length ? codes : statuses).map(findEntry).filter(Boolean);
  if (!names.length) {
    const weights = [1, numbers.aside_weight];
    return codes.length ? [] : states.map((state, place) => [state, weights[place]]);
  }
  // A code is an answer, so the connection was made: a closed port is not behind it.
  const open = states.slice(0, 1).filter((state) => !clues.alone.includes(state));
  // The code whose words stand beside another number counts as much as that number.
  const equal = conflict.map(findEntry);
  const aside = [...names.slice(0, -1), ...open].map((name) => [
    name,
    equal.includes(name) ? 1 : numbers.aside_weight,
  ]);
  return [...aside, [names.at(-1), 1]];
}

function rankCauses(entries, codes, plain, conflict) {
  const causes = new Map(Object.keys(kinds).map((id) => [id, fillCause(id, { id })]));
  const factors = weighClues(codes, plain);
  const isStrong = Math.max(0, ...factors.values()) >= numbers.strong_factor;
  // A code that nobody knows, and no words that say what it is.
  if (codes.length && !entries.length && !isStrong) return NOTHING;
  let weights = new Map();
  for (const [name, weight] of entries) {
    for (const [row, share] of shareReports(name)) {
      weights.set(row.id, (weights.get(row.id) ?? 0) + weight * share);
      causes.set(row.id, fillCause(name, row));
    }
  }
  if (codes.length >= numbers.several_codes) weights.set("multiple", numbers.several_weight);
  if (!weights.size) {
    if (!isStrong && !has(clues.context, plain)) return NOTHING;
    // Whoever says no more than that something fails gets the most frequent, as a guess.
    const suggested = [...factors.keys()].filter((id) => factors.get(id) >= 1);
    const reasons = suggested.length || codes.length ? [clues.denied] : [clues.denied, clues.vague];
    const isOpen = reasons.some((pattern) => has(pattern, plain));
    const likely = isOpen ? Object.keys(kinds) : suggested;
    weights = new Map(likely.map((id) => [id, kinds[id].reports / data.reports]));
  }
  // A status alone says little, so the words count for more.
  const unexpected = codes.length ? numbers.unexpected_weight : numbers.unexpected_beside_status;
  const score = (id) => (weights.get(id) ?? unexpected) * (factors.get(id) ?? 1);
  const suggested = [...factors.keys()].filter((id) => factors.get(id) >= 1);
  let order = unique([...weights.keys(), ...suggested]).sort((a, b) => score(b) - score(a));
  if (conflict.length) order = putFirst(order, [codes.at(-1), ...conflict], factors);
  const supported = findSupported(entries, factors);
  if (!isWhole("[0-9]+", plain.trim())) order = fillOrder(order, factors, codes);
  const listed = order.slice(0, numbers.causes_listed);
  return {
    causes: listed.map((id) => causes.get(id)),
    guesses: listed.filter((id) => !supported.has(id)),
    isTied: isTied(order.slice(0, 2), supported, score, weights, factors),
  };
}

/** Return causes with the likeliest of each code before all others. */
function putFirst(order, codes, factors) {
  const first = [];
  for (const code of codes) {
    const own = shareReports(findEntry(code)).map(([{ id }, share]) => [id, share]);
    const score = ([id, share]) => share * (factors.get(id) ?? 1);
    const open = own.filter(([id]) => !first.includes(id)).sort((a, b) => score(b) - score(a));
    first.push(...open.slice(0, 1).map(([id]) => id));
  }
  return unique([...first, ...order]);
}

/**
 * Return causes with those behind them that often look the same, up to a small number. What the
 * words or an answer rule out is left out.
 */
function fillOrder(order, factors, codes) {
  const isOpen = (id) => (factors.get(id) ?? 1) >= 1 && !(codes.length && id === clues.unanswered);
  const filling = order.flatMap((id) => clues.companions[id]).filter(isOpen);
  return unique([...order, ...filling]).slice(0, Math.max(numbers.causes_filled, order.length));
}

/**
 * Return the causes that the words speak of, or that belong to a code or status. What was never
 * reported with a code belongs to it only if it is its first cause, and what a code's family has
 * is a guess.
 */
function findSupported(entries, factors) {
  const belonging = entries
    .filter(([name]) => !name.endsWith("xxx"))
    .flatMap(([name]) =>
      catalogue[name].causes.filter(({ reports }, place) => reports || !place).map(({ id }) => id),
    );
  const suggested = [...factors.keys()].filter((id) => factors.get(id) > 1);
  return new Set([...belonging, ...suggested]);
}

/**
 * Return whether two causes are equally likely, or the words speak strongly for both. Words do
 * not make a cause equal that the code does not suggest.
 */
function isTied(pair, supported, score, weights, factors) {
  if (pair.length < 2 || !pair.every((id) => supported.has(id))) return false;
  const isStrong = (id) => weights.has(id) && (factors.get(id) ?? 1) >= numbers.strong_factor;
  return pair.every(isStrong) || score(pair[1]) >= numbers.equal_share * score(pair[0]);
}

function nameDoubt(entries, causes, tied, conflict) {
  if (conflict.length) return "contradiction";
  if (tied) return "tie";
  return causes.length && !entries.length ? "guess" : "";
}

/** Return a cause in words; what a row of the catalogue leaves out is that of its kind. */
function fillCause(code, row) {
  const { cause, check, fix, page } = { ...kinds[row.id], ...row };
  return {
    id: row.id,
    cause: cause.replaceAll("{message}", () => findText(code)),
    check,
    fix,
    page,
  };
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
  if (!codes.length && has(clues.context, plain)) known.push("none");
  for (const [id, factor, pattern, only] of clues.clues) {
    if (only && !only.split(" ").some((code) => known.includes(code))) continue;
    if (!has(pattern, plain)) continue;
    factors.set(id, Math.min((factors.get(id) ?? 1) * factor, numbers.highest_factor));
  }
  if (codes.length < numbers.several_codes) factors.delete("multiple");
  return factors;
}
