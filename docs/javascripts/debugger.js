// The two panels of the signature debugger. Nothing is sent, and nothing is kept.

import { compare, mask, prehash, readings, search, sign, texts, visible } from "./mistakes.js";
import { fromBase64, toHex } from "./variants.js";

const catalogue = JSON.parse(document.getElementById("mistakes").textContent);
const root = new URL("..", import.meta.url);
const encoder = new TextEncoder();

// --- small parts -------------------------------------------------------------------------

/** Return a new element with text or elements in it. Text is never read as HTML. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return a text in which every byte can be seen: escapes, and a sign for the space. */
export function everyByte(text) {
  return [...visible(text)].map((letter) => {
    if (letter === " ") return "␣";
    if (letter < "\u0080") return letter;
    return Array.from(encoder.encode(letter), (byte) => `\\x${byte.toString(16)}`).join("");
  }).join("");
}

/** Return the bytes of a text as rows of hex, with the letters beside them. */
export function hexRows(text) {
  const bytes = encoder.encode(text);
  const rows = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const part = [...bytes.slice(at, at + 8)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : "."));
    rows.push(`${hex.padEnd(23)}  ${letters.join("")}`);
  }
  return rows.join("\n");
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const DIGEST = 'openssl dgst -sha256 -hmac "$OKX_SECRET_KEY" -binary | openssl base64 -A; echo';

/** Return the command that signs one text. */
export function command(text) {
  return `printf '%s' ${quoted(text)} | ${DIGEST}`;
}

/** Return the command that signs many texts, one per line. */
export function commands(messages) {
  const lines = messages.map((bytes) =>
    Array.from(bytes, (byte) =>
      byte > 31 && byte < 127 && byte !== 92 ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, "0")}`,
    ).join(""),
  );
  return [`while IFS= read -r text; do printf '%b' "$text" | ${DIGEST}`, "done <<'TEXTS'", ...lines, "TEXTS"].join("\n");
}

/** Return whether a signature is a string of the key, in quotes, encoded or as it is. */
function isIn(signature, string) {
  // Stars that are there already were put by somebody else, over a signature.
  return !signature.includes("*") && /^\*+$/.test(mask(signature, [string]).replaceAll(/[\s"'=]/g, ""));
}

function copyButton(text) {
  const button = make("button", { type: "button" }, "Copy the command");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select the text and copy it";
    }
  });
  return button;
}

// --- a panel -----------------------------------------------------------------------------

class Panel {
  constructor(id) {
    this.element = document.getElementById(id);
    this.bytes = this.find("bytes");
    for (const field of this.element.querySelectorAll("input, select, textarea")) {
      field.addEventListener("input", () => this.changed(field));
    }
    this.find("now")?.addEventListener("click", () => {
      this.field("timestamp").value = new Date().toISOString();
      this.changed(this.field("timestamp"));
    });
  }

  find(part) {
    return this.element.querySelector(`[data-part="${part}"]`);
  }

  field(name) {
    return this.element.querySelector(`[data-field="${name}"]`);
  }

  request() {
    const value = (name) => this.field(name)?.value ?? "";
    return {
      timestamp: value("timestamp"),
      method: value("method"),
      request_path: value("request_path"),
      body: value("body"),
      signature: value("signature"),
    };
  }

  keys() {
    const value = (name) => this.field(name)?.value ?? "";
    return { secret_key: value("secret_key"), passphrase: value("passphrase"), api_key: value("api_key") };
  }

  get here() {
    return this.element.querySelector("input[type=radio]:checked").value === "here";
  }

  /** Show the text of the request, with every byte, and which parts it has. */
  showText() {
    const request = this.request();
    const text = prehash(request);
    const count = encoder.encode(text).length;
    const shown = make("pre", { tabIndex: 0 }, everyByte(text));
    shown.setAttribute("aria-label", "The text that is signed");
    const hex = make("pre", { tabIndex: 0, className: "bytes" }, hexRows(text));
    hex.setAttribute("aria-label", "The same text as bytes");
    const open = this.bytes.querySelector("details")?.open ?? false;
    const details = make("details", { open }, make("summary", {}, "Every byte in hex"), hex);
    this.bytes.replaceChildren(
      make("p", {}, `The text that is signed, ${count} bytes:`), shown, details,
    );
    for (const part of this.element.querySelectorAll("[data-mode]")) {
      part.hidden = (part.dataset.mode === "here") !== this.here;
    }
  }
}

class SignPanel extends Panel {
  async changed() {
    this.showText();
    const text = prehash(this.request());
    this.find("command").textContent = command(text);
    const secret = this.keys().secret_key;
    const signature = this.here && secret ? await sign(secret, text) : "";
    // A slower answer must not overwrite a later one.
    if (text !== prehash(this.request()) || secret !== this.keys().secret_key) return;
    this.find("signature").textContent = signature || "(no secret)";
  }
}

class VerifyPanel extends Panel {
  #run = 0;
  #asked = [];

  changed(field) {
    const request = this.request();
    if (field?.dataset.field === "made") {
      // Emptied to make room for the next output: what was said stays.
      if (field.value.trim()) this.compare(request);
      return;
    }
    this.showText();
    this.#run++;
    this.#asked = [];
    this.field("made").value = "";
    this.find("command").textContent = command(prehash(request));
    this.find("step").textContent = "Run this where OKX_SECRET_KEY is set, and paste what it prints:";
    this.find("verdict").replaceChildren();
  }

  /** Say what a signature is, with the digests that a command printed. */
  compare(request) {
    if (!this.complete(request)) return;
    const lines = this.field("made").value.trim().split(/\s+/);
    const asked = this.#asked.length ? this.#asked : texts(request, catalogue).slice(0, 1);
    const digests = lines.map((line) => fromBase64(line));
    if (lines.length !== asked.length || digests.some((digest) => digest?.length !== 32)) {
      this.say(`Paste exactly what the command printed: ${asked.length} ` +
        `${asked.length === 1 ? "signature" : "signatures"} of 44 characters, one per line.`);
      return;
    }
    const result = compare(request, asked.map((each, at) => ({ ...each, digest: toHex(digests[at]) })), catalogue);
    if (result.verdict !== "unknown") {
      this.tell(result, request, { secret_key: "" });
    } else if (!this.#asked.length) {
      this.askForAll(request);
    } else {
      this.unknown("None of these texts was signed. Not tried: two changed texts at once, and mistakes with the secret itself. " +
        "The command okx-guide diagnose tries those too, and so does this page if you type a secret.");
    }
  }

  askForAll(request) {
    this.#asked = texts(request, catalogue);
    this.find("command").textContent = commands(this.#asked.map((each) => each.message));
    this.find("step").textContent =
      `This signs the ${this.#asked.length} texts that people sign by mistake. Run it, and paste what it prints:`;
    this.field("made").value = "";
    this.say("Your signature is not the right one. To find out what was signed, run the next command.");
    this.field("made").focus();
  }

  complete(request) {
    const words = { timestamp: "the timestamp", request_path: "the path", signature: "the signature" };
    const lacking = Object.keys(words).filter((name) => !request[name]);
    if (lacking.length) {
      this.say(`Fill in ${lacking.map((name) => words[name]).join(" and ")}.`);
    }
    return !lacking.length;
  }

  async verify() {
    const request = this.request();
    const keys = this.keys();
    if (!this.complete(request)) return;
    if (!keys.secret_key) {
      this.say("Type a secret, or let openssl sign on your machine.");
      return;
    }
    const given = { "secret key": keys.secret_key, passphrase: keys.passphrase, "API key": keys.api_key };
    const other = Object.keys(given).find((name) => given[name] && isIn(request.signature, given[name]));
    if (other) {
      this.say(`What is given as the signature is the ${other}. Give what was sent as OK-ACCESS-SIGN; if it is that, sign with the secret key instead.`);
      return;
    }
    const run = ++this.#run;
    this.say("Searching …");
    const result = await search(request, keys, catalogue);
    if (run !== this.#run) return;
    if (result.verdict !== "unknown") this.tell(result, request, keys);
    else if (!readings(request.signature).size) this.say(`This is no signature: it has ${request.signature.length} characters, a signature has 44. Was it cut or masked?`);
    else this.unknown("The likeliest cause is the secret: another key's, or copied with a fault. Or timestamp, method, path or body were not exactly these when they were sent.");
  }

  say(text) {
    this.find("verdict").replaceChildren(make("p", { className: "verdict" }, text));
  }

  unknown(text) {
    this.find("verdict").replaceChildren(
      make("p", { className: "verdict" }, "No known mistake makes this signature."), make("p", {}, text),
    );
  }

  tell(result, request, keys) {
    if (result.verdict === "correct") {
      this.say("The signature is right: the secret makes it from exactly this request.");
      return;
    }
    const number = result.mistakes.length;
    const told = [make("p", { className: "verdict" }, number === 1
      ? "This mistake makes exactly your signature:"
      : `These ${number} mistakes together make exactly your signature:`)];
    for (const mistake of result.mistakes) {
      const link = make("a", { href: new URL(`.${mistake.page}`, root).href }, "Read more");
      told.push(
        make("p", {}, make("strong", {}, make("code", {}, mistake.id)), `: ${mistake.explanation}`),
        make("p", {}, `Fix: ${mistake.fix} `, link),
      );
    }
    told.push(...this.difference(prehash(request), result.signed, keys));
    this.find("verdict").replaceChildren(...told);
  }

  difference(expected, signed, keys) {
    if (expected === signed) return [make("p", {}, "The text that was signed is right.")];
    const [right, wrong] = [[...expected], [...signed]];
    let at = 0;
    while (at < right.length && right[at] === wrong[at]) at++;
    const secrets = [keys.secret_key, keys.passphrase ?? "", keys.api_key ?? ""];
    const line = (letters, label) => {
      const hidden = [...mask(letters.join(""), secrets)];
      const shown = make("pre", { tabIndex: 0 }, everyByte(hidden.slice(0, at).join("")),
        make("mark", {}, everyByte(hidden[at] ?? "") || "(end)"), everyByte(hidden.slice(at + 1).join("")));
      shown.setAttribute("aria-label", label);
      return shown;
    };
    return [
      make("p", {}, `To be signed; the first difference is character ${at + 1}:`), line(right, "To be signed"),
      make("p", {}, "Was signed:"), line(wrong, "Was signed"),
    ];
  }
}

// --- the page ----------------------------------------------------------------------------

const signing = new SignPanel("panel-sign");
const verifying = new VerifyPanel("panel-verify");
for (const panel of [signing, verifying]) {
  const shown = panel.find("command");
  shown.after(copyButton(() => shown.textContent));
  panel.changed();
  panel.element.hidden = false;
}
verifying.find("run").addEventListener("click", () => verifying.verify());
document.getElementById("needs-javascript").hidden = true;
