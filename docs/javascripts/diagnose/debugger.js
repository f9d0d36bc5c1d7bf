// The two panels of the signature debugger. Nothing is sent, and nothing is kept.

import { findTitle } from "../theme/title.js";
import { fromBase64, toBytes, toHex } from "./bytes.js";
import { readings } from "./encodings.js";
import { diagnose, endForms, groupForms, isToFill, judge, splitUrl } from "./form.js";
import { mask } from "./mask.js";
import { compare, listTexts, prehash, sign } from "./search.js";
import { showControls } from "./words.js";

const site = new URL("../..", import.meta.url);

// --- small parts -------------------------------------------------------------------------

/** Return a new element with text or elements in it. Text is never read as HTML. */
function makeElement(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return a text in which every byte can be seen: escapes, and a sign for the space. */
function showBytes(text) {
  const show = (letter) => {
    if (letter === " ") return "␣";
    if (letter < "\u0080") return letter;
    return Array.from(toBytes(letter), (byte) => `\\x${toHex([byte])}`).join("");
  };
  return Array.from(showControls(text), show).join("");
}

/** Return the bytes of a text as rows of hex, with the letters beside them. */
function dumpHex(text) {
  const bytes = toBytes(text);
  const rows = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const part = [...bytes.slice(at, at + 8)];
    const hex = part.map((byte) => toHex([byte])).join(" ");
    const letters = part.map((byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : "."));
    rows.push(`${hex.padEnd(23)}  ${letters.join("")}`);
  }
  return rows.join("\n");
}

const quoteForShell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const DIGEST = 'openssl dgst -sha256 -hmac "$OKX_SECRET_KEY" -binary | openssl base64 -A; echo';

/** Return the command that signs one text. */
function writeCommand(text) {
  return `printf '%s' ${quoteForShell(text)} | ${DIGEST}`;
}

/** Return the command that signs many texts, one a line. */
function writeCommands(messages) {
  const writeByte = (byte) =>
    byte > 31 && byte < 127 && byte !== 92
      ? String.fromCharCode(byte)
      : `\\0${byte.toString(8).padStart(3, "0")}`;
  const lines = messages.map((bytes) => Array.from(bytes, writeByte).join(""));
  return [
    `while IFS= read -r text; do printf '%b' "$text" | ${DIGEST}`,
    "done <<'TEXTS'",
    ...lines,
    "TEXTS",
  ].join("\n");
}

/** Return whether a signature is a string of the key, in quotes, encoded or as it is. */
function isKeyString(signature, string) {
  // Stars that are there already hide a signature, which somebody else has masked.
  if (signature.includes("*")) return false;
  return /^\*+$/.test(mask(signature, [string]).replaceAll(/[\s"'=]/g, ""));
}

function makeCopyButton(text) {
  const button = makeElement("button", { type: "button" }, "Copy the command");
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

/** A form for the parts of a request, and what is shown of it. */
class Panel {
  constructor(id) {
    this.element = document.getElementById(id);
    this.text = this.find("bytes");
    for (const field of this.element.querySelectorAll("input, select, textarea")) {
      field.addEventListener("input", () => this.update(field));
    }
    this.find("now")?.addEventListener("click", () => {
      this.field("timestamp").value = new Date().toISOString();
      this.update(this.field("timestamp"));
    });
  }

  find(part) {
    return this.element.querySelector(`[data-part="${part}"]`);
  }

  field(name) {
    return this.element.querySelector(`[data-field="${name}"]`);
  }

  read(...names) {
    return Object.fromEntries(names.map((name) => [name, this.field(name)?.value ?? ""]));
  }

  /** Return the request; of a whole URL, the path is taken, as every client sends it. */
  request() {
    const request = this.read("timestamp", "method", "request_path", "body", "signature");
    const [host, path] = splitUrl(request.request_path);
    return { ...request, request_path: path, host };
  }

  keys() {
    return this.read("secret_key", "passphrase", "api_key");
  }

  /** Whether the secret is typed into this page. */
  get isLocal() {
    return this.element.querySelector("input[type=radio]:checked").value === "here";
  }

  /** Show the text of the request, with every byte, and which parts it has. */
  showText() {
    const request = this.request();
    const text = prehash(request);
    const count = toBytes(text).length;
    const plain = makeElement("pre", { tabIndex: 0 }, showBytes(text));
    plain.setAttribute("aria-label", "The text that is signed");
    const hex = makeElement("pre", { tabIndex: 0, className: "bytes" }, dumpHex(text));
    hex.setAttribute("aria-label", "The same text as bytes");
    const open = this.text.querySelector("details")?.open ?? false;
    const details = makeElement(
      "details",
      { open },
      makeElement("summary", {}, "Every byte in hex"),
      hex,
    );
    this.text.replaceChildren(
      makeElement("p", {}, `The text that is signed, ${count} bytes:`),
      plain,
      details,
    );
    for (const part of this.element.querySelectorAll("[data-mode]")) {
      part.hidden = (part.dataset.mode === "here") !== this.isLocal;
    }
  }
}

class SignPanel extends Panel {
  async update() {
    this.showText();
    const text = prehash(this.request());
    this.find("command").textContent = writeCommand(text);
    const secret = this.keys().secret_key;
    const signature = this.isLocal && secret ? await sign(secret, text) : "";
    // A slow answer must not overwrite a later one.
    if (text !== prehash(this.request()) || secret !== this.keys().secret_key) return;
    this.find("signature").textContent = signature || "(no secret)";
  }
}

class VerifyPanel extends Panel {
  #run = 0;
  // The texts that the command signs, if it signs more than the right one.
  #texts = [];

  update(field) {
    const request = this.request();
    if (field?.dataset.field === "made") {
      // Emptied for the next output: the verdict stays.
      if (field.value.trim()) this.compare(request);
      return;
    }
    this.showText();
    this.#run++;
    this.#texts = [];
    this.field("made").value = "";
    this.find("command").textContent = writeCommand(prehash(request));
    this.find("step").textContent =
      "Run this where OKX_SECRET_KEY is set, and paste what it prints:";
    this.find("verdict").replaceChildren();
  }

  /** Say what a signature is, with the digests that a command printed. */
  compare(request) {
    if (!this.checkFields(request)) return;
    const lines = this.field("made").value.trim().split(/\s+/);
    const texts = this.#texts.length ? this.#texts : listTexts(request).slice(0, 1);
    const digests = lines.map((line) => fromBase64(line));
    if (lines.length !== texts.length || digests.some((digest) => digest?.length !== 32)) {
      const noun = texts.length === 1 ? "signature" : "signatures";
      this.show(
        `Paste exactly what the command printed: ${texts.length} ${noun} of 44 characters, one per line.`,
      );
      return;
    }
    const signed = texts.map((text, at) => ({ ...text, digest: toHex(digests[at]) }));
    const result = judge(compare(request, signed), request, { secret_key: "" }, Date.now());
    if (result.verdict !== "unknown") {
      this.showResult(result, request, { secret_key: "" });
    } else if (!this.#texts.length) {
      this.askForAll(request);
    } else {
      this.showUnknown(
        result,
        "None of these texts was signed. Not tried: two changed texts at once, and mistakes with the secret itself. " +
          "The command okx-guide diagnose tries those too, and so does this page if you type a secret.",
      );
    }
  }

  askForAll(request) {
    this.#texts = listTexts(request);
    this.find("command").textContent = writeCommands(this.#texts.map((text) => text.message));
    this.find("step").textContent =
      `This signs the ${this.#texts.length} texts that people sign by mistake. Run it, and paste what it prints:`;
    this.field("made").value = "";
    this.show(
      "Your signature is not the right one. To find out what was signed, run the next command.",
    );
    this.field("made").focus();
  }

  /** Return whether the request has what a search needs; if not, say what is missing. */
  checkFields(request) {
    const words = {
      timestamp: "the timestamp",
      request_path: "the path",
      signature: "the signature",
    };
    const missing = Object.keys(words).filter((name) => !request[name]);
    if (missing.length) {
      this.show(`Fill in ${missing.map((name) => words[name]).join(" and ")}.`);
      return false;
    }
    const variables = Object.keys(words).filter((name) => isToFill(request[name]));
    if (variables.length) {
      const names = variables.map((name) => words[name]).join(" and ");
      this.show(`Not filled in yet: ${names}. Give what was sent.`);
      return false;
    }
    if (!request.request_path.startsWith("/")) {
      this.show("The path does not begin with a slash: give all of it, from /api/v5 on.");
      return false;
    }
    return true;
  }

  async verify() {
    const request = this.request();
    const keys = this.keys();
    if (!this.checkFields(request)) return;
    if (!keys.secret_key) {
      this.show("Type a secret, or let openssl sign on your machine.");
      return;
    }
    const strings = {
      "secret key": keys.secret_key,
      passphrase: keys.passphrase,
      "API key": keys.api_key,
    };
    const other = Object.keys(strings).find(
      (name) => strings[name] && isKeyString(request.signature, strings[name]),
    );
    if (other) {
      this.show(
        `What is given as the signature is the ${other}. Give what was sent as OK-ACCESS-SIGN; if it is that, sign with the secret key instead.`,
      );
      return;
    }
    const run = ++this.#run;
    this.show("Searching …");
    const result = await diagnose(request, keys, Date.now());
    if (run !== this.#run) return;
    if (result.verdict !== "unknown") this.showResult(result, request, keys);
    else if (!readings(request.signature).size)
      this.show(
        `This is no signature: it has ${request.signature.length} characters, a signature has 44. Was it cut or masked?`,
      );
    else
      this.showUnknown(
        result,
        "The likeliest cause is the secret: another key's, or copied with a fault. Or timestamp, method, path or body were not exactly these when they were sent. The command okx-guide diagnose tries rarer mistakes as well.",
      );
  }

  show(text) {
    this.find("verdict").replaceChildren(makeElement("p", { className: "verdict" }, text));
  }

  showUnknown(result, text) {
    this.find("verdict").replaceChildren(
      ...this.listForms(result),
      makeElement("p", { className: "verdict" }, "No known mistake makes this signature."),
      makeElement("p", {}, text),
    );
  }

  showResult(result, request, keys) {
    if (result.verdict === "correct") {
      this.show("The signature is right: the secret makes it from exactly this request.");
      return;
    }
    const number = result.mistakes.length;
    const heading =
      number === 1
        ? "This mistake makes exactly your signature:"
        : `These ${number} mistakes together make exactly your signature:`;
    const parts = this.listForms(result);
    if (number) {
      parts.push(
        makeElement("p", { className: "verdict" }, heading),
        ...this.listMistakes(result.mistakes),
        ...this.showDifference(prehash(request), result.signed, keys),
      );
    } else {
      parts.push(makeElement("p", {}, endForms(result.forms)));
    }
    this.find("verdict").replaceChildren(...parts);
  }

  /** Return what is wrong with the form of a request, under its headings. */
  listForms({ forms }) {
    return groupForms(forms).flatMap(([heading, group]) => [
      makeElement("p", { className: "verdict" }, heading),
      ...this.listMistakes(group),
    ]);
  }

  listMistakes(mistakes) {
    return mistakes.flatMap((mistake) => {
      const { href } = new URL(`.${mistake.page}`, site);
      const link = makeElement("a", { href }, `Read: ${findTitle(href)}`);
      const name = makeElement("strong", {}, makeElement("code", {}, mistake.id));
      return [
        makeElement("p", {}, name, `: ${mistake.explanation}`),
        makeElement("p", {}, `Fix: ${mistake.fix} `, link),
      ];
    });
  }

  showDifference(expected, signed, keys) {
    if (expected === signed) return [makeElement("p", {}, "The text that was signed is right.")];
    const [right, wrong] = [[...expected], [...signed]];
    let at = 0;
    while (at < right.length && right[at] === wrong[at]) at++;
    const secrets = [keys.secret_key, keys.passphrase ?? "", keys.api_key ?? ""];
    const line = (letters, label) => {
      const hidden = [...mask(letters.join(""), secrets)];
      const row = makeElement(
        "pre",
        { tabIndex: 0 },
        showBytes(hidden.slice(0, at).join("")),
        makeElement("mark", {}, showBytes(hidden[at] ?? "") || "(end)"),
        showBytes(hidden.slice(at + 1).join("")),
      );
      row.setAttribute("aria-label", label);
      return row;
    };
    return [
      makeElement("p", {}, `To be signed; the first difference is character ${at + 1}:`),
      line(right, "To be signed"),
      makeElement("p", {}, "Was signed:"),
      line(wrong, "Was signed"),
    ];
  }
}

// --- the page ----------------------------------------------------------------------------

const signing = new SignPanel("panel-sign");
const verifying = new VerifyPanel("panel-verify");
for (const panel of [signing, verifying]) {
  const command = panel.find("command");
  command.after(makeCopyButton(() => command.textContent));
  panel.update();
  panel.element.hidden = false;
}
verifying.find("run").addEventListener("click", () => verifying.verify());
document.getElementById("needs-javascript").hidden = true;

// Before somebody types here, the page loads nothing more: what is typed could leave in an address,
// be it that of a picture, of a style sheet or of a script, and be it on this very site.
let isLocked = false;
function lock() {
  if (isLocked) return;
  isLocked = true;
  const content = "default-src 'none'; img-src data:";
  document.head.append(makeElement("meta", { httpEquiv: "Content-Security-Policy", content }));
  // The search loads its index when it is first used, and now it cannot.
  const query = document.querySelector("input[name=query]");
  if (query && !window.__index) query.placeholder = "Reload the page to search";
}
for (const { element } of [signing, verifying]) {
  for (const event of ["focusin", "input"]) element.addEventListener(event, lock);
}
