// The reader's own practice exchange, kept from page to page of a visit: in session storage, which
// every tab has for itself. As long as it is as it was at first, nothing is kept.

import { element } from "./element.js";

const NAME = "okx-guide-visit";
// How far the exchange's clock may be turned, in seconds.
const CLOCKS = [
  [0, "right"],
  [-60, "1 minute slow"],
  [60, "1 minute fast"],
  [-600, "10 minutes slow"],
  [600, "10 minutes fast"],
];
const NOT_STORED = "This browser keeps nothing for pages, so it lasts until you leave this one";

// A browser may keep nothing for pages; then it is what this page knows.
let held = null;
let isStored = true;

// What scripts.page.visit.Visit.describe has returned; null for a new exchange.
export function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? held;
  } catch {
    return held;
  }
}

export function keep(visit) {
  held = null;
  try {
    sessionStorage.removeItem(NAME);
    if (visit) sessionStorage.setItem(NAME, JSON.stringify(visit));
  } catch {
    held = visit;
    isStored = false;
  }
  announce();
}

// Lets what shows something of the visit show it anew: see `follow`.
export function announce() {
  for (const shown of document.querySelectorAll("[data-visit]")) {
    shown.dispatchEvent(new Event("visit"));
  }
}

// Fills an element now, and each time that the visit has changed.
export function follow(shown, fill) {
  shown.dataset.visit = "";
  shown.addEventListener("visit", fill);
  fill();
  return shown;
}

function measure(skew) {
  const seconds = Math.abs(skew);
  const [number, unit] = seconds < 60 ? [seconds, "second"] : [Math.round(seconds / 60), "minute"];
  return `${number} ${unit}${number === 1 ? "" : "s"} ${skew < 0 ? "slow" : "fast"}`;
}

// With what a block runs, as sentences without their last full stop. A block that needs several
// keys names those that the reader has made.
export function describe(names = []) {
  const visit = read();
  if (!visit) return [];
  const parts = [];
  const kind = visit.is_demo ? "your key" : "your live key";
  if (names.length) parts.push(`with your keys ${["practice", ...names].join(" and ")}`);
  else if (visit.is_made) parts.push(`with ${kind} …${visit.key}`);
  if (visit.skew) {
    parts.push(`The exchange's clock is ${measure(visit.skew)}`);
  }
  if (!isStored) parts.push(NOT_STORED);
  return parts;
}

// Lets Python do what an order says, on the exchange of this visit.
export async function perform(python, order, watch) {
  const answer = await python.run({ ...order, kept: read()?.rows ?? null }, watch);
  if ("visit" in answer) keep(answer.visit);
  return answer;
}

// What a reader may do with the exchange: turn its clock, and start over. There is one clock, so a
// block that runs takes this from the one before.
export function controls({ python }, leave = () => {}) {
  const clock = element("select");
  clock.append(...CLOCKS.map(([value, textContent]) => element("option", { value, textContent })));
  const label = element("label", {}, "The exchange's clock is ", clock);
  const restart = element("button", { type: "button", className: "run__button" }, "Start over");
  const status = element("span", { className: "run__status" });
  status.setAttribute("role", "status");
  const say = (text) => {
    status.textContent = text;
  };
  const isFree = () => {
    if (python.isBusy) say("A block is running: wait, or stop it.");
    return !python.isBusy;
  };
  const set = () => {
    clock.value = read()?.skew ?? 0;
  };
  clock.addEventListener("change", async () => {
    if (!isFree()) return set();
    try {
      await perform(python, { act: "turn", seconds: Number(clock.value) }, WATCH);
      say("The clock is turned. Run the block again.");
    } catch {
      set();
      say("The clock was not turned. Try again.");
    }
  });
  restart.addEventListener("click", () => {
    if (!isFree()) return;
    keep(null);
    say("The exchange is new again, with its ready key.");
    leave();
  });
  return follow(element("div", { className: "run" }, label, restart, status), set);
}

const WATCH = { print() {}, progress() {} };
