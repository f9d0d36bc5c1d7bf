// How a pasted text is read: okx_guide/explain/clues.py in JavaScript.

import data from "./causes.js";

const { words, between, ...rest } = data.clues;

/** The patterns with the words that they name. */
export const clues = expand(rest);

/** Return data with each name in its texts replaced by the pattern of its words. */
function expand(value) {
  // {a} is a word in all its languages; {a>b} two words in one clause, {a&b} two in either order.
  if (typeof value === "string") {
    return value.replace(/\{([a-z]+)(?:([>&])([a-z]+))?\}/g, joinWords);
  }
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, expand(item)]));
}

function joinWords(_, first, order, second) {
  if (!second) return words[first];
  const near = `${words[first]}${between}${words[second]}`;
  return order === ">" ? near : `${near}|${words[second]}${between}${words[first]}`;
}
