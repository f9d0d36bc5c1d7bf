// The key page of the practice exchange in a page of the guide: what its application answers to
// links and forms is shown in a shadow tree, where its own names and styles disturb nothing.

import { element } from "./element.js";
import { Meter } from "./meter.js";
import { controls, describe, follow, perform, read } from "./visit.js";

const NAMES =
  "a b br button code dd div dl dt fieldset form h1 h2 h3 header input label legend li main nav " +
  "option p pre section select span strong textarea ul";
const ATTRIBUTES =
  "aria-current aria-describedby aria-invalid aria-label autocomplete checked class for id " +
  "inputmode method name readonly role rows selected spellcheck tabindex type value";
const KNOWN = new Set(NAMES.split(" "));
const ALLOWED = new Set(ATTRIBUTES.split(" "));
// The page has its own first heading, and the panel stands in a section of it.
const HEADINGS = { h1: "h3", h2: "h4", h3: "h5" };
const ASSET = "/account/page.css";
// The colours of the page; its theme makes a rem larger than the key page expects.
const COLOURS = `
:host {
  --page: var(--guide-paper);
  --text: var(--guide-ink);
  --muted: var(--guide-muted);
  --line: var(--guide-muted);
  --accent: var(--guide-sea);
  --on-accent: var(--guide-paper);
  --wrong: var(--guide-stop);
  --on-wrong: var(--guide-paper);
  --mark: var(--guide-warm-soft);
  --on-mark: var(--guide-ink);
  overflow-wrap: anywhere;
}
.practice { margin: 0; }
h3 { font-size: 1.4em; }
h4, h5 { margin: 1.25em 0 0.5em; font-size: 1.15em; }
`;
const UNCHANGED =
  "Until you change something here, each block starts with a new exchange: no key counts as used.";
// Where the guide explains what the panel shows. Step 1 has the whole page in its panel.
const STEPS = [
  [/\/new\b/, "guide/configure/", "Step 2 explains each field."],
  [/\/(waiting|inbox)\b/, "guide/activate/", "Step 3 explains the code, and what to save."],
];
const FAILED = "Not loaded: the way to the site broke off, or Python broke. Try again.";

// Returns a copy of what the application answers, with nothing in it but what it is known to send.
//
// Addresses go to `data-to`: a link leads to this panel and not to a page of the site.
export function copy(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (!KNOWN.has(node.localName)) return "";
  const made = element(HEADINGS[node.localName] ?? node.localName);
  for (const { name, value } of node.attributes) {
    if (ALLOWED.has(name)) made.setAttribute(name, value);
    if (name === "href" || name === "action") made.dataset.to = value;
  }
  if (node.localName === "a") made.href = "#key-page";
  made.append(...[...node.childNodes].map(copy));
  return made;
}

function save(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

// What the script of the key page does on its own page: templates/page.js.
function addButtons(root) {
  const add = (input, verb, act) => {
    const button = element("button", { type: "button", className: "quiet" });
    const name = (text) => {
      button.textContent = text;
      button.setAttribute("aria-label", `${text}: ${input.labels[0].textContent}`);
    };
    name(verb);
    button.addEventListener("click", async () => name(await act(input)));
    input.after(button);
  };
  for (const input of root.querySelectorAll(".with-button input[readonly]")) {
    // On an address that the browser does not trust there is no clipboard.
    if (navigator.clipboard) add(input, "Copy", write);
  }
  for (const input of root.querySelectorAll(".with-button input[type=password]")) {
    add(input, "Show", turn);
  }
}

async function write(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return "Copied";
  } catch {
    input.select();
    return "Copy the marked text";
  }
}

function turn(input) {
  const isHidden = input.type === "password";
  input.type = isHidden ? "text" : "password";
  return isHidden ? "Hide" : "Show";
}

export class KeyPage {
  #isOpen = false;
  #last = Promise.resolve();

  // `place` names in `data-path` where the application begins, and in `data-label` what for.
  constructor(place, page) {
    this.page = page;
    this.path = place.dataset.path;
    this.status = element("span", { className: "run__status" });
    this.status.setAttribute("role", "status");
    this.meter = new Meter(this.status);
    this.button = element("button", { type: "button", className: "run__button" });
    this.button.textContent = place.dataset.label;
    this.button.addEventListener("click", () => this.ask("GET", this.path));
    this.host = element("div", { className: "key-page__frame", hidden: true });
    this.root = this.host.attachShadow({ mode: "open" });
    this.root.addEventListener("click", (event) => this.#follow(event));
    this.root.addEventListener("submit", (event) => this.#submit(event));
    const key = element("p");
    follow(key, () => {
      const [first] = describe();
      const isNew = read() === null;
      key.hidden = !isNew && !first?.startsWith("with");
      const link = element(
        "a",
        { href: new URL("guide/validate/", page.root) },
        "Use it in step 4",
      );
      const parts = [`From now on the blocks of every page run ${first}. `, link, "."];
      key.replaceChildren(...(isNew ? [UNCHANGED] : parts));
    });
    this.more = element("div", { hidden: true }, key);
    this.more.append(controls(page, () => this.ask("GET", this.path)));
    this.step = element("p", { hidden: true });
    const bar = element("div", { className: "run" }, this.button);
    bar.append(this.meter.bar, this.meter.count, this.status);
    place.id = "key-page";
    place.replaceChildren(bar, this.step, this.host, this.more);
  }

  // Sends what was chosen, after what was chosen before.
  ask(...request) {
    this.#last = this.#last.then(() => this.#send(...request));
    return this.#last;
  }

  async #send(method, path, body = "") {
    const { python } = this.page;
    if (python.isBusy) {
      this.status.textContent = "A block is running: wait, or stop it.";
      return;
    }
    const watch = { print() {}, progress: (loaded, total) => this.meter.show(loaded, total) };
    this.status.textContent = python.isReady ? "" : "Loading Python";
    try {
      if (!this.#isOpen) await this.#dress(watch);
      const answer = await perform(python, { act: "ask", method, path, body }, watch);
      this.status.textContent = answer.advice ?? "";
      if (answer.file) save(answer.file, answer.html);
      else if (!answer.advice) this.#show(answer);
    } catch {
      this.status.textContent = FAILED;
    }
    this.meter.hide();
  }

  // Gives the shadow tree the styles of the application.
  async #dress(watch) {
    const order = { act: "ask", method: "GET", path: ASSET, body: "" };
    const { html } = await perform(this.page.python, order, watch);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(html.replaceAll(":root", ":host").replaceAll("rem", "em") + COLOURS);
    this.root.adoptedStyleSheets = [sheet];
  }

  #show({ html, path }) {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const parts = [body.querySelector("header"), body.querySelector("main")].map(copy);
    this.at = path;
    this.#isOpen = true;
    this.root.replaceChildren(...parts);
    this.#nameStep(path);
    addButtons(this.root);
    this.host.hidden = this.more.hidden = false;
    this.button.hidden = true;
    const heading = this.root.querySelector(".summary") ?? this.root.querySelector("h3");
    heading.tabIndex = -1;
    heading.focus();
  }

  // Leads to the step that is about this form, from any other page.
  #nameStep(path) {
    const [, address, words] = STEPS.find(([pattern]) => pattern.test(path)) ?? [];
    const href = address && new URL(address, this.page.root).href;
    this.step.hidden = !href || href === location.href.split(/[?#]/)[0];
    if (!this.step.hidden) this.step.replaceChildren(element("a", { href }, words));
  }

  #follow(event) {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    const to = link.dataset.to;
    if (to.startsWith("#")) this.root.getElementById(to.slice(1))?.focus();
    else this.ask("GET", to);
  }

  #submit(event) {
    event.preventDefault();
    const form = event.target;
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    this.ask("POST", form.dataset.to, fields.toString());
  }
}
