// What OKX refuses whatever the signature is: okx_guide/diagnose/form.py in JavaScript. Patterns
// and words are in mistakes.json, which both read.

import catalogue from "./catalogue.js";
import { search } from "./search.js";
import { explain } from "./words.js";

const { forms, forms_covered: covered, login_path: loginPath } = catalogue.tables;

/**
 * Return the verdict on a request: its form first, then its signature.
 *
 * @returns {{verdict: string, forms: object[], mistakes: object[], signed: string}}
 */
export async function diagnose(request, keys) {
  return judge(await search(request, keys), request, keys);
}

/** Return what a search found, with what OKX refuses before it looks at the signature. */
export function judge(found, request, keys) {
  let faults = checkForm(request, keys);
  if (found.verdict !== "unknown") {
    const ids = found.mistakes.map((mistake) => mistake.id);
    faults = faults.filter((fault) => !ids.includes(covered[fault.id]));
    if (!ids.length && !faults.length) faults = checkKey(keys);
  }
  const isRefused = found.verdict === "correct" && faults.length > 0;
  return { ...found, verdict: isRefused ? "found" : found.verdict, forms: faults };
}

/** Return a path without the scheme and host before it, and these. */
export function splitUrl(url) {
  const match = /^(https?:\/\/[^/?#]*)([^#]*)/is.exec(url);
  return match ? [match[1], match[2] || "/"] : ["", url];
}

/** Return whether a field still holds the name of a variable, or of what belongs there. */
export function isToFill(text) {
  return new RegExp(forms.to_fill).test(text);
}

function checkForm(request, keys) {
  return Array.from(findFaults(request), ([id, received]) => explain(id, { received }, keys));
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
