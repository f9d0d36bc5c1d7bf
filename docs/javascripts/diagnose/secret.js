// What people use as the key of the HMAC in place of the secret: okx_guide/diagnose/secret.py in
// JavaScript. Tables are in mistakes.json, which both read.

import { capitalize, permute, quote } from "./bodies.js";
import { fromBase64, fromHex, isHex, toBase64, toBytes, toHex, toUtf16 } from "./bytes.js";
import catalogue from "./catalogue.js";

const { limits, tables } = catalogue;

/** Return what people note behind a secret in a file of settings, such as ` # main account`. */
function listComments() {
  const { comment_marks: marks, comment_words: labels, note_words: words } = tables;
  const notes = marks.flatMap((mark) => labels.map((label) => mark + label));
  const pairs = words.flatMap((first) =>
    words.filter((second) => second !== first).map((second) => `${first} ${second}`),
  );
  for (const mark of [" # ", "  # "]) {
    for (const note of [...words, ...pairs]) notes.push(mark + note);
  }
  return [...new Set(notes)];
}

/** Return what examples write where the secret belongs, such as `YOUR_SECRET_KEY`. */
function listPlaceholders() {
  const found = new Set();
  for (const owner of tables.placeholder_owners) {
    for (const name of tables.placeholder_names) {
      const words = `${owner} ${name}`.trim().split(" ");
      const capitals = words.map(capitalize);
      const snake = words.join("_");
      const camel = words[0] + capitals.slice(1).join("");
      for (const text of [snake, snake.toUpperCase(), words.join("-"), camel]) {
        for (const [before, after] of tables.placeholder_marks) {
          if (!owner || !before) found.add(before + text + after);
        }
      }
      found.add(words.join("-").toUpperCase()).add(words.join(""));
      found.add(words.join("").toUpperCase()).add(words.join(" "));
      found.add(words.join(" ").toUpperCase()).add(capitals.join("")).add(capitals.join(" "));
    }
  }
  return found;
}

/** Yield the secret with one slip: a character too many, too few, or another one. */
function* mistypeSecret(secret) {
  const alike = new Map(Object.entries(tables.lookalikes));
  const isHexadecimal = /^(?:[0-9A-F]+|[0-9a-f]+)$/.test(secret);
  const isSmall = secret === secret.toLowerCase() && secret !== secret.toUpperCase();
  const letters = [...secret];
  for (const [at, letter] of letters.entries()) {
    let others = alike.get(letter) ?? "";
    if (isHexadecimal) others += `0123456789${isSmall ? "abcdef" : "ABCDEF"}`;
    const slips = [
      "",
      letter + letter,
      ...[" ", "-", "\n"].map((mark) => mark + letter),
      ...others,
    ];
    for (const slip of slips) {
      yield ["secret-mistyped", toBytes(letters.with(at, slip).join("")), String(at + 1)];
    }
    if (at + 1 < letters.length) {
      const swapped = letters.with(at, letters[at + 1]).with(at + 1, letter);
      yield ["secret-mistyped", toBytes(swapped.join("")), String(at + 1)];
    }
  }
}

const SEPARATORS = ["", ":", ",", "\n", "|", ";", "&", " "];

/** Yield [mistake, bytes, note]: what is used as the key in place of the secret, the likeliest first. */
export function* listOtherSecrets(keys) {
  const { secret_key: secret, passphrase = "", api_key: apiKey = "", digests = {} } = keys;
  if (passphrase) yield ["passphrase-as-secret", toBytes(passphrase), ""];
  if (apiKey) yield ["key-as-secret", toBytes(apiKey), ""];
  for (const missing of [...tables.no_secret, ...listPlaceholders()]) {
    yield ["secret-missing", toBytes(missing), `'${missing}'`];
  }
  for (const [id, table] of [
    ["secret-whitespace", "around_secret"],
    ["secret-quoted", "quotes"],
  ]) {
    for (const [before, after] of tables[table]) yield [id, toBytes(before + secret + after), ""];
  }
  const comments = listComments().map((comment) => ["", comment]);
  for (const [before, after] of [...tables.beside_secret, ...comments]) {
    const both = `${before} before and ${after} after it`;
    yield [
      "secret-extra",
      toBytes(before + secret + after),
      before && after ? both : before || after,
    ];
  }
  for (const separator of ["", "\n", " ", ","]) {
    yield ["secret-twice", toBytes(secret + separator + secret), ""];
  }
  for (const [name, digest] of Object.entries(digests)) {
    const hex = toHex(digest);
    yield ["secret-hashed", toBytes(hex), `${name} in hex`];
    yield ["secret-hashed", toBytes(hex.toUpperCase()), `${name} in hex, in capitals`];
    yield ["secret-hashed", digest, `${name}, as bytes`];
    yield ["secret-hashed", toBytes(toBase64(digest)), `${name} in Base64`];
  }
  yield ["secret-case", toBytes(secret.toLowerCase()), ""];
  yield ["secret-case", toBytes(secret.toUpperCase()), ""];
  const letters = [...secret];
  for (let size = 1; size <= letters.length - limits.cut_secret_characters; size++) {
    const lost = size === 1 ? "character" : `${size} characters`;
    yield ["secret-cut", toBytes(letters.slice(size).join("")), `its first ${lost}`];
    yield ["secret-cut", toBytes(letters.slice(0, -size).join("")), `its last ${lost}`];
  }
  yield* joinSecret(secret, passphrase, apiKey);
  if (keys.derived) {
    const { derived } = keys;
    yield ["secret-hashed", toBytes(toBase64(derived)), "HMAC of the passphrase, in Base64"];
    yield ["secret-hashed", derived, "HMAC of the passphrase, as bytes"];
    yield ["secret-hashed", toBytes(toHex(derived)), "HMAC of the passphrase, in hex"];
  }
  yield* recodeSecret(secret);
  yield* mistypeSecret(secret);
}

/** Yield the secret together with one of the other strings, or with both. */
function* joinSecret(secret, passphrase, apiKey) {
  const others = [
    [passphrase, "the passphrase"],
    [apiKey, "the API key"],
  ];
  for (const separator of SEPARATORS) {
    for (const [string, what] of others) {
      if (!string) continue;
      yield ["secret-extra", toBytes(secret + separator + string), what];
      yield ["secret-extra", toBytes(string + separator + secret), what];
    }
  }
  if (!passphrase || !apiKey) return;
  for (const separator of SEPARATORS) {
    for (const three of permute([apiKey, secret, passphrase])) {
      yield ["secret-extra", toBytes(three.join(separator)), "the other two strings"];
    }
  }
}

function* recodeSecret(secret) {
  const bytes = toBytes(secret);
  const encoded = toBase64(bytes);
  yield ["secret-encoded", toBytes(encoded), "Base64"];
  yield ["secret-encoded", toBytes(toHex(bytes)), "hex"];
  for (const [before, after] of tables.mangled_encodings) {
    yield ["secret-encoded", toBytes(toBase64(toBytes(before + secret + after))), "Base64"];
  }
  yield ["secret-encoded", toBytes(toHex(bytes).toUpperCase()), "hex"];
  yield ["secret-encoded", toBytes(encoded.replace(/=+$/, "")), "Base64"];
  yield ["secret-encoded", toBytes(toBase64(toBytes(encoded))), "Base64, twice"];
  const wide = toUtf16(secret);
  yield ["secret-encoded", wide, "UTF-16"];
  yield ["secret-encoded", wide.map((_, at) => wide[at ^ 1]), "UTF-16"];
  yield ["secret-encoded", Uint8Array.of(0xff, 0xfe, ...wide), "UTF-16"];
  yield ["secret-encoded", toBytes(quote(secret)), "percent signs"];
  if (isHex(secret)) yield ["secret-decoded", fromHex(secret), ""];
  const decoded = fromBase64(secret.replace(/=+$/, ""));
  if (decoded) yield ["secret-decoded", decoded, ""];
}
