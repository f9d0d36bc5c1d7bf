// The box "paste your error". What is typed stays in this page: nothing is sent or stored.

const UNKNOWN =
  "No cause is known for this. Paste the whole answer: its HTTP status, and the body with code and msg.";
const HIDDEN = "Your text without what looks secret. Read it before you post it.";

const root = new URL("../", import.meta.url);
const box = document.getElementById("explain");
const label = element("label", "Paste your error");
const input = element("textarea");
const result = element("div");

label.htmlFor = input.id = "explain-text";
input.rows = 4;
input.spellcheck = false;
input.autocomplete = "off";
input.placeholder = '50113, or {"code":"50102","msg":"…"}, or the last lines of your log';
result.setAttribute("role", "status");
input.addEventListener("input", show);
// What it knows is larger than the page, and is loaded when somebody is about to ask.
const knowledge = () => import("./explain.mjs");
input.addEventListener("focus", knowledge, { once: true });
box.replaceChildren(label, input, result);

async function show() {
  const { explain, mask, meaning } = await knowledge();
  const text = input.value;
  if (!text.trim()) {
    result.replaceChildren();
    return;
  }
  const { codes, causes } = explain(text);
  const told = codes.map((code) => element("p", `${code} ${meaning(code)}`));
  const list = element("ol");
  list.append(...causes.map(item));
  if (!causes.length && codes[0] !== "0") told.push(element("p", UNKNOWN));
  result.replaceChildren(...told, list, ...hidden(text, mask(text)));
}

function item({ cause, check, fix, page }) {
  const link = element("a", "More");
  link.href = new URL(page.slice(1), root);
  link.setAttribute("aria-label", `More: ${cause}`);
  const shown = element("li");
  shown.append(element("strong", cause), element("br"));
  shown.append(element("em", "Check: "), check, element("br"));
  shown.append(element("em", "Do: "), fix, " ", link);
  return shown;
}

// Only if something was hidden: then this is the text that can be shown to others.
function hidden(text, masked) {
  if (masked === text) return [];
  const details = element("details");
  details.append(element("summary", HIDDEN), element("pre", masked));
  return [details];
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
