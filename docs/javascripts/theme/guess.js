// Which pages somebody may have meant who asked for an address where no page is.

const SHOWN = 3;
// How much two words must have in common: `creat` and `create`, not `create` and `clients`.
const ALIKE = 0.6;
// `sign` and `signature` are alike too.
const PREFIX = 4;
// What addresses of pages end with, and say nothing.
const NO_WORDS = new Set(["html", "htm", "index", "md", "php", "www", "docs", "en"]);

/**
 * Return the pages that are nearest to an address, the nearest first.
 *
 * @param {string} address The path that was asked for.
 * @param {{href: string, title: string}[]} pages Path and title of each page of the site.
 */
export function guess(address, pages) {
  const asked = [...split(address)];
  const known = pages.map(({ href, title }) => [...split(href).union(split(title))]);
  const names = pages.map(({ href }) => split(href));
  const counts = new Map();
  for (const word of known.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  // A word of every page says nothing, a word of one page much.
  const weigh = (word) => Math.log(pages.length / counts.get(word));
  const score = (index) => {
    // What is in the address counts twice as much as what is in the title only.
    const weights = known[index].map((word) => weigh(word) * (names[index].has(word) ? 2 : 1));
    return asked
      .map((one) =>
        Math.max(0, ...known[index].map((word, place) => compare(one, word) * weights[place])),
      )
      .reduce((sum, value) => sum + value, 0);
  };
  return pages
    .map((page, index) => ({ page, score: score(index) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, SHOWN)
    .map(({ page }) => page);
}

function split(text) {
  const words = text.toLowerCase().match(/\p{L}{3,}|\d+/gu) ?? [];
  return new Set(words.filter((word) => !NO_WORDS.has(word)));
}

/** Return how alike two words are, from 0 to 1: the pairs of letters that they share. */
function compare(one, other) {
  if (one === other) return 1;
  if (/\d/.test(one + other)) return 0;
  const shorter = Math.min(one.length, other.length);
  if (shorter >= PREFIX && one.slice(0, shorter) === other.slice(0, shorter)) return ALIKE;
  const [pairs, others] = [listPairs(one), listPairs(other)];
  const shared = pairs.filter((pair) => others.includes(pair)).length;
  const alike = (2 * shared) / (pairs.length + others.length);
  return alike >= ALIKE ? alike : 0;
}

function listPairs(word) {
  return [...word.slice(1)].map((letter, index) => word[index] + letter);
}
