// The Run buttons: each Python block of a page runs against the practice exchange in this page.

import { describeCost } from "./cost.js";
import { element, frame } from "./element.js";
import { copy, KeyPage } from "./keys.js";
import { Meter } from "./meter.js";
import { Python } from "./python.js";
import { show } from "./trace.js";
import { announce, controls, describe, follow, perform, read } from "./visit.js";

export { copy, Python };

// Why a block has no button: what `data-away` says after its fence.
const REASONS = {
  machine: "It works on files and programs of your machine. Run it there.",
  client: "It needs a client that this page does not load. Run it on your machine.",
  server: "It starts a server or pytest, which no page can. Run it on your machine.",
};
export const FROM_DISK =
  "Blocks run in the published guide. In a page that is read from disk a browser starts no Python.";
const NOT_LOADED = "Not loaded: the way to the site broke off. Choose Run to try again.";
const ENDS = {
  StoppedError: "Stopped. The next run starts Python anew.",
  CrashError: "The block broke Python itself. The next run starts it anew.",
};
const DELETED =
  "Refused with 50119: the exchange of your visit does not know this key. Start over, or create a key.";
const NEW = "The page shows what a new exchange answers.";
const NO_KEY = "This is a practice exchange. A real key has no business here.";

function button(text, label, act) {
  const made = element("button", { type: "button", textContent: text, className: "run__button" });
  made.setAttribute("aria-label", `${text} ${label}`);
  made.addEventListener("click", act);
  return made;
}

// In the block: beside it, all that follows in the page would have to be worked out again.
function place(block, ...parts) {
  block.classList.add("has-run");
  block.append(...parts);
}

// The text block that follows a block, which says what it prints.
function findExample(block, blocks) {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.matches(".language-text") ? next : null;
}

// What the page says a block prints, or nothing. Null is for a program that prints something else
// each time.
function readExample(block, example) {
  if (block.dataset.output === "any") return null;
  return example?.querySelector("code").textContent ?? "";
}

// The blocks of a page that run, each with why if it does not.
export function list(page) {
  const blocks = [...page.querySelectorAll(".highlight")];
  // What documents a name is a signature, or an example that shows its prompt. The playground
  // makes its own block.
  const python = blocks.filter(
    (one) => one.matches(".language-python") && !one.closest(".doc, #bench"),
  );
  return python.map((block, index) => ({
    block,
    example: findExample(block, blocks),
    reason: REASONS[block.dataset.away],
    label: block.querySelector(".filename")?.textContent ?? `block ${index + 1}`,
    name: block.querySelector(".filename")?.textContent ?? "block.py",
    start: block.dataset.start ?? "",
    published: block.querySelector("code").textContent,
    shown: readExample(block, findExample(block, blocks)),
  }));
}

// The order to run a block: what it needs of the site is fetched from its root.
export async function order({ goal, name, published, shown, start }, code, starts, root) {
  const files = {};
  for (const file of Object.values(starts[start].files)) {
    const response = await fetch(new URL(file, root));
    if (!response.ok) throw new Error(file);
    files[file] = await response.text();
  }
  return { code, files, goal, name, published, shown, start };
}

// The code of the refusal that a reader did not expect: it ended the block, or changed its output.
function findCause({ error, is_same: isSame, requests }) {
  const code = requests.findLast((request) => request.code && request.code !== "0")?.code ?? "";
  return error?.includes(code) || (!error && isSame === false) ? code : "";
}

function verdict({ advice, error, is_same: isSame, printed, requests, visit }) {
  if (advice) return advice;
  const refused = visit && requests.findLast(({ code }) => code && code !== "0");
  if (isSame && !error) return "The same as the page shows.";
  if (refused?.code === "50119") return DELETED;
  if (error) return "It ended with an error.";
  if (isSame === false && refused) return `Refused with ${refused.code}. ${NEW}`;
  if (isSame === false && visit) return `Done. ${NEW}`;
  if (isSame === false) return "It differs from what the page shows.";
  return printed ? "Done." : "Done. It printed nothing.";
}

export class Block {
  #editor = null;

  constructor(listed, page) {
    const { block, label, start } = listed;
    this.listed = listed;
    this.code = block.querySelector("code");
    this.page = page;
    this.start = page.starts[start];
    this.run = button("Run", label, () => this.execute());
    this.edit = button("Edit", label, () => this.open());
    this.stop = button("Stop", label, () => page.python.stop());
    this.reset = button("Reset", label, () => this.close());
    this.note = element("span", { className: "run__note" });
    follow(this.note, () => {
      const parts = this.isOwn ? describe(this.start.profiles) : [this.start.summary];
      if (listed.hasCost && !page.python.isReady) parts.push(page.cost);
      this.note.textContent = parts.filter(Boolean).join(". ");
    });
    this.status = element("span", { className: "run__status" });
    this.status.setAttribute("role", "status");
    this.meter = new Meter(this.status);
    this.output = element("div", { className: "run__output", hidden: true });
    this.bar = element("div", { className: "run" });
    this.bar.append(
      ...[this.run, this.stop, this.edit, this.reset],
      ...[this.note, this.meter.bar, this.meter.count, this.status],
    );
    this.stop.hidden = this.reset.hidden = true;
    place(block, this.bar, this.output);
  }

  // Whether it runs on the reader's own exchange, if there is one; scripts/page/visit.py decides the
  // same.
  get isOwn() {
    const { goal, start } = this.listed;
    if (goal) return false;
    const made = read()?.profiles ?? [];
    const { isReplaceable, profiles } = this.start;
    if (isReplaceable) return made.length > 0;
    return !start || (profiles.length > 0 && profiles.every((name) => made.includes(name)));
  }

  get text() {
    return this.#editor ? this.#editor.text() : this.listed.published;
  }

  get isEditing() {
    return this.#editor !== null;
  }

  async execute() {
    const { python, root, starts } = this.page;
    if (python.isBusy) {
      this.status.textContent = "Another block is running: wait, or stop it.";
      return;
    }
    this.#show(true);
    const printed = element("code");
    const lines = frame(`Output of ${this.listed.label}`, printed);
    const caption = element("p", { className: "run__caption", textContent: "Printed now" });
    // Columns are read across, as in the page.
    lines.classList.toggle("columns", Boolean(this.listed.example?.matches(".columns")));
    const part = element("div", { hidden: true }, caption, lines);
    this.output.replaceChildren(part);
    this.output.hidden = true;
    const print = (text) => {
      printed.append(text);
      this.output.hidden = part.hidden = false;
      this.#nameExample();
    };
    try {
      const outcome = await perform(python, await order(this.listed, this.text, starts, root), {
        print,
        progress: (loaded, total) => this.meter.show(loaded, total),
      });
      const isEdited = this.text !== this.listed.published;
      if (outcome.error) print(outcome.error);
      this.status.textContent = (this.listed.judge ?? verdict)(outcome);
      this.status.dataset.verdict = outcome.is_same || outcome.is_solved ? "same" : "other";
      if (outcome.difference) this.#compare(outcome.difference, isEdited || outcome.visit);
      const cause = findCause(outcome);
      if (cause) this.#add(this.#explain(cause));
      if (outcome.requests.length) this.#add(show(outcome, this.listed.label));
      if (this.isOwn && (outcome.requests.length || outcome.visit)) {
        this.page.controls?.remove();
        this.page.controls = controls(this.page);
        this.#add(this.page.controls);
      }
    } catch (error) {
      this.status.textContent = ENDS[error.name] ?? NOT_LOADED;
    }
    this.#show(false);
  }

  #show(isRunning) {
    const hadFocus = [this.run, this.stop].includes(document.activeElement);
    this.run.hidden = isRunning;
    this.stop.hidden = !isRunning;
    if (hadFocus) (isRunning ? this.stop : this.run).focus();
    this.meter.hide();
    if (isRunning) {
      this.status.textContent = this.page.python.isReady ? "Running" : "Loading Python";
      delete this.status.dataset.verdict;
    } else {
      announce();
    }
  }

  #explain(code) {
    const href = new URL(`troubleshooting/codes/#${code}`, this.page.root).href;
    const textContent = `What ${code} means, and what to do`;
    return element("p", {}, element("a", { href, textContent }));
  }

  // Two boxes of output need a name each.
  #nameExample() {
    const { example } = this.listed;
    if (!example || example.querySelector(".filename")) return;
    example.prepend(element("span", { className: "filename", textContent: "The page shows" }));
  }

  #compare(difference, isExpected) {
    const code = element("code", { textContent: difference });
    const lines = frame(`Difference of ${this.listed.label}`, code);
    const legend = element("summary", { textContent: "− in the page, + printed now" });
    this.#add(element("details", { open: !isExpected }, legend, lines));
  }

  #add(part) {
    this.output.append(part);
    this.output.hidden = false;
  }

  async open() {
    if (this.#editor) return;
    this.edit.disabled = true;
    try {
      const { edit } = await import(new URL("editor.js", this.page.python.folder));
      const host = element("div");
      const warning = element("p", { textContent: NO_KEY });
      this.host = element("div", { className: "run__editor" }, host, warning);
      this.code.parentElement.after(this.host);
      const { draft, label, published } = this.listed;
      this.#editor = edit(host, draft ?? published, `Code of ${label}`, () => this.execute());
      this.code.parentElement.hidden = true;
      this.edit.hidden = true;
      this.reset.hidden = false;
      this.status.textContent = "";
    } catch {
      this.status.textContent = "The editor did not load. Choose Edit to try again.";
    }
    this.edit.disabled = false;
  }

  close() {
    this.#editor?.remove();
    this.#editor = null;
    this.host.remove();
    this.code.parentElement.hidden = false;
    this.reset.hidden = true;
    this.edit.hidden = false;
    this.edit.focus();
    this.output.hidden = true;
    this.status.textContent = "";
  }
}

let opened = null;

// What the blocks of a page share; null where there is no Python to load. `base` is the folder with
// files.json.
export function open(base) {
  opened ??= load(base).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

async function load(base) {
  const response = await fetch(new URL("files.json", base));
  if (!response.ok) return null;
  const { folder, files, starts } = await response.json();
  const inner = new URL(`${folder}/`, base);
  return {
    cost: describeCost(inner, files),
    python: new Python(inner, files),
    root: new URL("../../../", base),
    starts,
  };
}

// Opens the key page of the practice exchange in its place.
export async function openKeys(keys, base) {
  new KeyPage(keys, await open(base)).ask("GET", keys.dataset.path);
}

// Puts the buttons under the Python blocks of the page.
export async function start(base) {
  const listed = list(document);
  const away = (block, text) => place(block, element("p", { className: "run", textContent: text }));
  if (location.protocol === "file:") {
    for (const { block } of listed) away(block, FROM_DISK);
    return;
  }
  const page = await open(base);
  if (!page) return;
  // The key page says it too.
  let hasCost = !document.querySelector(".key-page");
  for (const one of listed) {
    if (one.reason) away(one.block, one.reason);
    else new Block({ ...one, hasCost }, page);
    if (!one.reason) hasCost = false;
  }
}
