// What OKX refuses whatever the signature is: okx_guide/diagnose/form.py in JavaScript. Patterns
// and words are in mistakes.json, which both read.

import catalogue from "./catalogue.js";
import { isObject } from "./encodings.js";
import { search } from "./search.js";
import { readMoment } from "./variants.js";
import { explain } from "./words.js";

const { limits } = catalogue;
const {
  forms,
  forms_covered: covered,
  forms_disputed: disputed,
  forms_headings: headings,
  forms_endings: endings,
  local_time: localTime,
  login_path: loginPath,
} = catalogue.tables;
const QUARTER = 15 * 60_000;
const WINDOW = limits.window_seconds * 1000;

/**
 * Return the verdict on a request: its form first, then its signature.
 *
 * @param now The time of this computer in Unix milliseconds, if it is to be looked at.
 * @returns {{verdict: string, forms: object[], mistakes: object[], signed: string}}
 */
export async function diagnose(request, keys, now) {
  return judge(await search(request, keys), request, keys, now);
}

/** Return what a search found, with what OKX refuses before it looks at the signature. */
export function judge(found, request, keys, now) {
  let faults = checkForm(request, keys);
  if (found.verdict !== "unknown") {
    const ids = found.mistakes.map((mistake) => mistake.id);
    faults = faults.filter((fault) => !ids.includes(covered[fault.id]));
    if (!ids.length && !faults.length) faults = checkKey(keys);
  }
  faults.push(...checkAge(request, now));
  const isRefused = found.verdict === "correct" && faults.length > 0;
  return { ...found, verdict: isRefused ? "found" : found.verdict, forms: faults };
}

/** Return faults of form under their headings: those that OKX refuses, and the disputed ones. */
export function groupForms(faults) {
  const isDisputed = ({ id }) => disputed.includes(id);
  return [
    [headings.refused, faults.filter((fault) => !isDisputed(fault))],
    [headings.disputed, faults.filter(isDisputed)],
  ].filter(([, group]) => group.length);
}

/** Return what is said of a request of which nothing but the form is at fault. */
export function endForms(faults) {
  return faults.every(({ id }) => disputed.includes(id)) ? endings.disputed : endings.refused;
}

/** Return a path without the scheme and host before it, and these. */
export function splitUrl(url) {
  const match = /^(https?:\/\/[^/?#]*)([^#]*)/is.exec(url);
  return match ? [match[1], match[2] || "/"] : ["", url];
}

/** Return whether a field holds the name of a variable; an object in brackets was sent. */
export function isToFill(text) {
  return new RegExp(forms.to_fill).test(text) && !isObject(text);
}

function checkForm(request, keys) {
  return Array.from(findFaults(request), ([id, received]) => {
    return explain(id, { received, digits: countDigits(received) }, keys);
  });
}

/** Return whether the time of a request is still to come: it is pasted later than it was sent. */
function checkAge(request, now) {
  const moment = now === undefined ? null : findMoment(request);
  if (moment === null) return [];
  const ahead = moment - now;
  if (ahead <= WINDOW + limits.age_slack_seconds * 1000) return [];
  const isZone =
    ahead >= QUARTER - WINDOW && ahead <= limits.last_time_zone_minutes * 60_000 + WINDOW;
  const fields = {
    received: request.timestamp,
    apart: describeSpan(ahead),
    guess: isZone ? localTime : "",
  };
  return [explain("timestamp-ahead", fields, { secret_key: "" })];
}

/** Return when a request says that it was sent; null if its form is another. */
function findMoment({ timestamp, request_path: requestPath }) {
  const isLogin = requestPath.split("?", 1)[0] === loginPath;
  const isKnown = isLogin
    ? matches("unix", timestamp) && !matches("unix_milliseconds", timestamp)
    : matches("iso", timestamp) || matches("iso_seconds", timestamp);
  return isKnown ? readMoment(timestamp) : null;
}

/** Return a span in words; one that is near to a whole quarter of an hour as hours. */
function describeSpan(span) {
  const quarters = Math.round(span / QUARTER);
  if (quarters && Math.abs(span - quarters * QUARTER) <= WINDOW) {
    return `${quarters / 4} hour${quarters === 4 ? "" : "s"}`;
  }
  const total = Math.floor(span / 1000);
  const [hours, minutes, seconds] = [
    Math.floor(total / 3600),
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${seconds} s` : `${seconds} s`;
}

function countDigits(timestamp) {
  const number = timestamp.split(".").slice(1).join(".").replace(/Z$/, "").length;
  return `${number} digit${number === 1 ? "" : "s"}`;
}

function checkKey(keys) {
  const key = keys.api_key ?? "";
  if (!key || matches("uuid", key) || new RegExp(forms.masked).test(key)) return [];
  return [explain("key-form", { received: String([...key].length) }, keys)];
}

function* findFaults({ timestamp, request_path: requestPath }) {
  const path = requestPath.split("?", 1)[0];
  if (path === loginPath) {
    if (matches("unix_milliseconds", timestamp)) yield ["login-milliseconds", timestamp];
    else if (!matches("unix", timestamp)) yield ["login-timestamp", timestamp];
    return;
  }
  if (matches("unix", timestamp)) yield ["timestamp-unix", timestamp];
  else if (matches("iso_seconds", timestamp) && isDate(timestamp)) {
    yield ["timestamp-seconds", timestamp];
  } else if (!(matches("iso", timestamp) && isDate(timestamp))) {
    yield ["timestamp-text", timestamp];
  } else if (!matches("iso_three", timestamp)) {
    yield ["timestamp-fraction", timestamp];
  }
  if (!path.startsWith("/api/")) yield ["path-unknown", path];
}

function matches(name, text) {
  return new RegExp(`^(?:${forms[name]})$`).test(text);
}

function isDate(text) {
  const second = text.slice(0, 19);
  const moment = Date.parse(`${second}Z`);
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(second);
}
