// The playground: programs with a mistake in them, to try and to repair.

import { element, frame } from "./element.js";
import { Block, FROM_DISK, open } from "./run.js";
import { follow } from "./visit.js";

const SOLVED = "okx-guide-solved";
const OWN = {
  name: "own",
  title: "A program of your own",
  ask: "An empty bench: write what you like. The key and the address are in the variables.",
  program: `from okx_guide import OkxSession

okx = OkxSession.from_env(demo=True)
print(okx.get("/api/v5/account/balance").json())
`,
  start: "",
};
const NOT_LOADED = "The mistakes did not load. Load the page again.";

const place = document.getElementById("bench");
const base = new URL("./python/", import.meta.url);

// What was solved in this visit. A browser may keep nothing for pages; then it is what this page saw.
function readSolved() {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(SOLVED) ?? "[]"));
  } catch {
    return new Set();
  }
}

function keepSolved(solved) {
  try {
    sessionStorage.setItem(SOLVED, JSON.stringify([...solved]));
  } catch {
    // It stays in this page.
  }
}

// What the page says when a program with a mistake has run.
function judge({ advice, error, is_solved: isSolved, requests }, { request }) {
  if (advice) return advice;
  if (isSolved) return "Solved: the exchange has accepted the request.";
  const refused = requests.filter(({ code }) => code !== "0").at(-1);
  if (refused) return `Refused with ${refused.code}. Look at what the exchange saw.`;
  if (error) return "It ended with an error before the exchange could accept anything.";
  return `The exchange must accept ${request}.`;
}

class Playground {
  #block = null;
  #drafts = {};
  #isEditing = false;

  constructor(page, mistakes) {
    this.page = page;
    this.mistakes = mistakes;
    this.solved = readSolved();
    this.choice = element("select", { id: "bench-choice" });
    this.choice.append(...[...mistakes, OWN].map(({ name }) => element("option", { value: name })));
    this.choice.addEventListener("change", () => this.show(this.choice.value));
    const label = element("label", { htmlFor: this.choice.id, textContent: "Mistake" });
    this.count = element("span", { className: "playground__count" });
    this.next = element("button", { type: "button", className: "run__button" }, "Next mistake");
    this.next.addEventListener("click", () => this.#go());
    this.cost = element("p", { className: "playground__cost" });
    follow(this.cost, () => {
      this.cost.textContent = page.python.isReady ? "" : page.cost;
    });
    this.ask = element("p");
    this.bench = element("div");
    this.repair = element("div");
    const bar = element("div", { className: "playground__bar" });
    bar.append(label, this.choice, this.count);
    place.replaceChildren(bar, this.ask, this.bench, this.cost, this.repair, this.next);
    this.#write();
    this.follow();
  }

  // Shows what the address names, or the first mistake.
  follow() {
    const name = decodeURIComponent(location.hash.slice(1));
    const found = this.mistakes.find((one) => one.name === name);
    this.show(found || name === OWN.name ? name : this.mistakes[0].name);
  }

  show(name) {
    if (this.#block) {
      this.#drafts[this.#block.listed.key] = this.#block.text;
      this.#isEditing = this.#block.isEditing;
    }
    const one = this.mistakes.find((other) => other.name === name) ?? OWN;
    this.choice.value = name;
    if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
    const { ask, program, request, start, title } = one;
    this.ask.replaceChildren(
      ask,
      ...(request ? [" The exchange must accept ", code(request)] : []),
    );
    if (request) this.ask.append(".");
    // It scrolls; with a tab stop, the arrow keys scroll it too.
    const pre = element("pre", {}, Object.assign(code(program), { tabIndex: 0 }));
    const block = element("div", { className: "highlight language-python" }, pre);
    this.bench.replaceChildren(block);
    this.#block = new Block(
      {
        block,
        draft: this.#drafts[name],
        goal: request,
        judge: request && ((outcome) => this.#judge(outcome, one)),
        key: name,
        label: title,
        name: "program.py",
        published: program,
        shown: null,
        start,
      },
      this.page,
    );
    if (this.#isEditing || (this.#drafts[name] ?? program) !== program) this.#block.open();
    this.repair.replaceChildren(...(request ? [this.#explain(one)] : []));
  }

  #judge(outcome, one) {
    if (outcome.is_solved) {
      this.solved.add(one.name);
      keepSolved(this.solved);
      this.#write();
    }
    return judge(outcome, one);
  }

  #explain({ lines: [wrong, right], page, why }) {
    const link = element("a", { href: new URL(page, this.page.root) }, "Read more");
    link.setAttribute("aria-label", `Read more: ${why}`);
    return element(
      "details",
      {},
      element("summary", { textContent: "Show the repair" }),
      element("p", {}, why, " ", link),
      element("p", { textContent: "Wrong" }),
      frame("Wrong", code(wrong)),
      element("p", { textContent: "Right" }),
      frame("Right", code(right)),
    );
  }

  // To the next mistake, and back up to where it begins.
  #go() {
    this.show(this.#after());
    this.choice.focus({ preventScroll: true });
    place.scrollIntoView();
  }

  // The name of the next mistake that is not solved, in a circle.
  #after() {
    const names = this.mistakes.map(({ name }) => name);
    const index = names.indexOf(this.choice.value);
    const following = [...names.slice(index + 1), ...names.slice(0, index + 1)];
    return following.find((name) => !this.solved.has(name)) ?? OWN.name;
  }

  #write() {
    const all = this.mistakes.length;
    const solved = this.mistakes.filter(({ name }) => this.solved.has(name)).length;
    this.count.textContent = `${solved} of ${all} solved`;
    for (const option of this.choice.options) {
      const one = this.mistakes.find(({ name }) => name === option.value);
      const sign = this.solved.has(option.value) ? "✓ " : "";
      option.textContent = one ? `${sign}${one.code} ${one.title}` : OWN.title;
    }
  }
}

function code(text) {
  return element("code", { textContent: text });
}

async function start() {
  if (location.protocol === "file:") {
    place.textContent = FROM_DISK;
    return;
  }
  try {
    const page = await open(base);
    const response = await fetch(new URL("mistakes.json", page.python.folder));
    if (!response.ok) throw new Error(response.statusText);
    const playground = new Playground(page, await response.json());
    addEventListener("hashchange", () => playground.follow());
  } catch {
    place.textContent = NOT_LOADED;
  }
}

start();
