// The box "Paste your error". What is typed stays in this page: nothing is sent or stored.

const UNKNOWN =
  "No cause is known for this. Paste the whole answer: its HTTP status, and the body with code and msg.";
const SAFE = "Your text without what looks secret. Read it before you post it.";

const site = new URL("../../", import.meta.url);
const box = document.getElementById("explain");
const label = makeElement("label", "Paste your error");
// It stands in the page, so that a browser that comes back to the page brings its text.
const input = box.querySelector("textarea");
const result = makeElement("div");

// The causes are larger than the page, and are loaded when somebody is about to ask.
const load = () => import("./explain.js");

label.htmlFor = input.id;
input.placeholder = '50113, or {"code":"50102","msg":"…"}, or the last lines of your log';
result.setAttribute("role", "status");
input.addEventListener("input", show);
input.addEventListener("focus", load, { once: true });
input.before(label);
input.after(result);
box.hidden = false;
// docs/javascripts/theme/question.js keeps what a link asks, `?q=50113`.
if (box.dataset.question) input.value = box.dataset.question;
show();
// Some browsers bring the text back only now.
addEventListener("pageshow", show);

async function show() {
  const text = input.value;
  if (!text.trim()) {
    result.replaceChildren();
    return;
  }
  const { describe, describeDoubt, explain, mask, unsupported } = await load();
  // A later key press has its own answer.
  if (text !== input.value) return;
  const { codes, causes, doubt, question, guesses } = explain(text);
  const lines = codes.map((code) => makeElement("p", `${code} ${describe(code)}`));
  if (doubt) lines.push(makeElement("p", `${describeDoubt(doubt)} To decide it: ${question}`));
  const list = makeElement("ol");
  list.append(...causes.map((cause) => makeItem(cause, guesses, unsupported)));
  if (!causes.length && codes[0] !== "0") lines.push(makeElement("p", UNKNOWN));
  result.replaceChildren(...lines, list, ...showSafe(text, mask(text)));
}

function makeItem({ id, cause, check, fix, page }, guesses, unsupported) {
  const link = makeElement("a");
  link.href = new URL(page.slice(1), site);
  link.textContent = `Read: ${findTitle(link.href)}`;
  const item = makeElement("li");
  item.append(makeElement("strong", cause), makeElement("br"));
  if (guesses.includes(id)) item.append(unsupported, makeElement("br"));
  item.append(makeElement("em", "Check: "), check, makeElement("br"));
  item.append(makeElement("em", "Do: "), fix, " ", link);
  return item;
}

/** Return the name that the navigation gives a page. */
function findTitle(address) {
  const [page] = address.split("#");
  const links = document.querySelectorAll(".md-nav--primary a.md-nav__link");
  const found = [...links].find(({ href }) => href.split("#")[0] === page);
  return found?.textContent.trim() || "the cause";
}

/** Return the text that others may see, if it is not the text itself. */
function showSafe(text, safe) {
  if (safe === text) return [];
  const details = makeElement("details");
  details.append(makeElement("summary", SAFE), makeElement("pre", safe));
  return [details];
}

function makeElement(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
