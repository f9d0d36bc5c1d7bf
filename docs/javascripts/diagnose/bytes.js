// Texts as bytes, and bytes as hex and Base64.

const encoder = new TextEncoder();

/** Return the bytes of a text as UTF-8. */
export function toBytes(text) {
  return encoder.encode(text);
}

/** Return the text of UTF-8 bytes; bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(bytes) {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Return the bytes of a text as UTF-16, the low byte first. */
export function toUtf16(text) {
  return Uint8Array.from(
    text.split("").flatMap((unit) => [unit.charCodeAt(0) & 255, unit.charCodeAt(0) >> 8]),
  );
}

/** Return the bytes of a text as Latin-1, with a question mark for what Latin-1 lacks. */
export function toLatin1(text) {
  return Uint8Array.from([...text], (letter) => (letter > "\u00ff" ? 63 : letter.charCodeAt(0)));
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Return bytes as hex. */
export function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

/** Return the bytes of a hex text. */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Return whether a text is hex. */
export function isHex(text) {
  return /^([0-9a-fA-F]{2})+$/.test(text);
}

/** Return bytes as Base64. */
export function toBase64(bytes) {
  return btoa(toBinary(bytes));
}

/** Return the bytes of Base64 in either alphabet, with or without padding; null if it is none. */
export function fromBase64(text) {
  const bare = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  const isBase64 =
    text.length - bare.length <= 2 && /^[0-9A-Za-z+/]+$/.test(bare) && bare.length % 4 !== 1;
  return isBase64 ? Uint8Array.from(atob(bare), (letter) => letter.charCodeAt(0)) : null;
}

/** Return a text with one character for each byte. */
export function toBinary(bytes) {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
