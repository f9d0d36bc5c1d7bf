// A mistake of the catalogue in words, without any secret.

import catalogue from "./catalogue.js";
import { mask } from "./mask.js";

const ROWS = [...catalogue.mistakes, ...catalogue.forms];

/** Return a mistake in words; `fields` fill the gaps of its texts. */
export function explain(id, fields, keys) {
  const row = ROWS.find((mistake) => mistake.id === id);
  const secrets = [keys.secret_key, keys.passphrase ?? "", keys.api_key ?? ""];
  const complete = (template) =>
    template.replace(/{(\w+)}/g, (_, name) =>
      shorten(showControls(mask(fields[name] ?? "", secrets))),
    );
  return { id, explanation: complete(row.explanation), fix: complete(row.fix), page: row.page };
}

function shorten(text) {
  const letters = [...text];
  const size = catalogue.limits.characters_shown;
  if (letters.length <= size) return text;
  return `${letters.slice(0, size).join("")}… (${letters.length} characters)`;
}

const ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Return a text in which control characters are written as escapes. */
export function showControls(text) {
  return text.replace(
    /\p{Cc}/gu,
    (letter) => ESCAPES[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
