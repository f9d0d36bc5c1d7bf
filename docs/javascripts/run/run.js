// The Run buttons: each Python block of a page runs against the practice exchange in this page.

import { Python, StoppedError } from "./python.js";

// Why a block has no button: what `data-away` says after its fence.
const REASONS = {
  client: "It needs a client that this page does not load. Run it on your machine.",
  server: "It starts a server or pytest, which no page can. Run it on your machine.",
};
const FROM_DISK =
  "Blocks run in the published guide. In a page that is read from disk a browser starts no Python.";
const NO_KEY = "This is a practice exchange. A real key has no business here.";

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(text, label, act) {
  const made = element("button", { type: "button", textContent: text, className: "run__button" });
  made.setAttribute("aria-label", `${text} ${label}`);
  made.addEventListener("click", act);
  return made;
}

// What the page says a block prints: the text block that follows it.
function shownAfter(block, blocks) {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.matches(".language-text") ? next.querySelector("code").textContent : null;
}

function verdict({ advice, error, is_same: isSame, printed }, isEdited) {
  if (advice) return advice;
  if (error) return "It ended with an error.";
  if (isSame) return "The same as the page shows.";
  if (isSame === false) return isEdited ? "Other than the page shows." : "Not what the page shows:";
  return printed ? "Done." : "Done. It printed nothing.";
}

class Block {
  #editor = null;

  constructor(block, label, shown, page) {
    this.block = block;
    this.code = block.querySelector("code");
    this.published = this.code.textContent;
    this.label = label;
    this.shown = shown;
    this.page = page;
    this.start = page.starts[block.dataset.start ?? ""];
    this.run = button("Run", label, () => this.execute());
    this.edit = button("Edit", label, () => this.open());
    this.stop = button("Stop", label, () => page.python.stop());
    this.reset = button("Reset", label, () => this.close());
    this.note = element("span", { className: "run__note", textContent: this.start.summary });
    this.progress = element("progress", { hidden: true, max: 1 });
    this.progress.setAttribute("aria-label", "Loading Python");
    this.status = element("span", { className: "run__status" });
    this.status.setAttribute("role", "status");
    this.output = element("div", { className: "run__output", hidden: true });
    this.bar = element("div", { className: "run" });
    this.bar.append(
      ...[this.run, this.stop, this.edit, this.reset],
      ...[this.note, this.progress, this.status],
    );
    this.stop.hidden = this.reset.hidden = true;
    block.after(this.bar, this.output);
  }

  get text() {
    return this.#editor ? this.#editor.text() : this.published;
  }

  async execute() {
    const { python } = this.page;
    if (python.isBusy) {
      this.status.textContent = "Another block is running: wait, or stop it.";
      return;
    }
    this.#show(true);
    const printed = element("code");
    const lines = element("pre", {}, printed);
    lines.tabIndex = 0;
    lines.setAttribute("role", "region");
    lines.setAttribute("aria-label", `Output of ${this.label}`);
    this.output.replaceChildren(lines);
    this.output.hidden = lines.hidden = true;
    const print = (text) => {
      printed.append(text);
      this.output.hidden = lines.hidden = false;
    };
    try {
      const outcome = await python.run(await this.#order(), {
        print,
        progress: (loaded, total) => this.#load(loaded, total),
      });
      const isEdited = this.text !== this.published;
      if (outcome.error) print(outcome.error);
      this.status.textContent = verdict(outcome, isEdited);
      this.status.dataset.verdict = outcome.is_same ? "same" : "other";
      if (outcome.difference) this.#compare(outcome.difference, isEdited);
    } catch (error) {
      this.status.textContent =
        error instanceof StoppedError
          ? "Stopped. The next run starts Python anew."
          : "Not loaded: the way to the site broke off. Choose Run to try again.";
    }
    this.#show(false);
  }

  async #order() {
    const files = {};
    for (const name of Object.values(this.start.files)) {
      const response = await fetch(new URL(name, this.page.root));
      if (!response.ok) throw new Error(name);
      files[name] = await response.text();
    }
    const start = this.block.dataset.start ?? "";
    const name = this.block.querySelector(".filename")?.textContent ?? "block.py";
    const { published, shown } = this;
    return { code: this.text, published, shown, start, files, name };
  }

  #show(isRunning) {
    const hadFocus = [this.run, this.stop].includes(document.activeElement);
    this.run.hidden = isRunning;
    this.stop.hidden = !isRunning;
    if (hadFocus) (isRunning ? this.stop : this.run).focus();
    this.progress.hidden = true;
    if (isRunning) {
      this.status.textContent = this.page.python.isReady ? "Running" : "Loading Python";
      delete this.status.dataset.verdict;
    } else {
      this.page.say("");
    }
  }

  #load(loaded, total) {
    this.progress.hidden = false;
    this.progress.value = loaded / total;
    // Only now and then: a screen reader says each.
    const text =
      loaded < total
        ? `Loading Python: ${megabytes(total)} MB`
        : "Starting Python";
    if (this.status.textContent !== text) this.status.textContent = text;
    this.progress.title = `${megabytes(loaded)} of ${megabytes(total)} MB`;
  }

  #compare(difference, isEdited) {
    const lines = element("pre", {}, element("code", { textContent: difference }));
    lines.tabIndex = 0;
    lines.setAttribute("role", "region");
    lines.setAttribute("aria-label", `Difference of ${this.label}`);
    const legend = element("summary", { textContent: "− in the page, + printed now" });
    this.output.append(element("details", { open: !isEdited }, legend, lines));
    this.output.hidden = false;
  }

  async open() {
    if (this.#editor) return;
    this.edit.disabled = true;
    try {
      const { edit } = await import(new URL("editor.js", this.page.python.folder));
      this.host ??= element("div", { className: "run__editor" });
      this.code.parentElement.after(this.host);
      this.#editor = edit(this.host, this.published, `Code of ${this.label}`, () => this.execute());
      this.code.parentElement.hidden = true;
      this.edit.hidden = true;
      this.reset.hidden = false;
      this.status.textContent = NO_KEY;
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

// Puts the buttons under the Python blocks of the page. `base` is the folder with files.json.
export async function start(base) {
  const blocks = [...document.querySelectorAll(".highlight")];
  const code = blocks.filter((block) => block.matches(".language-python"));
  const away = (block, text) => block.after(element("p", { className: "run", textContent: text }));
  if (location.protocol === "file:") {
    for (const block of code) away(block, FROM_DISK);
    return;
  }
  const response = await fetch(new URL("files.json", base));
  if (!response.ok) return;
  const { folder, files, starts } = await response.json();
  const inner = new URL(`${folder}/`, base);
  document.head.append(
    element("link", { rel: "stylesheet", href: new URL("run.css", inner).href }),
  );
  const python = new Python(inner, files);
  const root = new URL("../../../", base);
  const page = { python, root, starts, say };
  const made = code.flatMap((block, number) => {
    const reason = REASONS[block.dataset.away];
    if (reason) away(block, reason);
    const name = block.querySelector(".filename")?.textContent ?? `block ${number + 1}`;
    return reason ? [] : [new Block(block, name, shownAfter(block, blocks), page)];
  });
  function say(text) {
    if (made[0]) made[0].note.textContent = text || made[0].start.summary;
  }
  const total = Object.values(files).reduce((sum, { packed }) => sum + packed, 0);
  say(
    [made[0]?.start.summary, `The first run loads Python: ${megabytes(total)} MB, once.`]
      .filter(Boolean)
      .join(". "),
  );
}
