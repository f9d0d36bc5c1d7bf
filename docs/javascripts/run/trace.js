// "What the exchange saw": under a block that has run, each request as it arrived, the text that
// its signature must fit, and how each check ended.

import { isWhole, writePowerShell, writeShell } from "./curl.js";
import { element, frame } from "./element.js";

// What a check looks at, by the name that the exchange gives it.
const CHECKS = {
  headers: "the four headers are there",
  timestamp: "the form of the timestamp",
  age: "the age of the timestamp",
  key: "the key exists here",
  address: "the caller's address",
  environment: "live or demo",
  signature: "the signature",
  passphrase: "the passphrase",
  permission: "the permission",
  rate: "the rate limit",
  body: "the body can be read",
  endpoint: "what was asked for",
};
// Beside the words, so that nothing depends on a colour or a sign alone.
const SIGNS = { passed: "✓", failed: "✗", "not reached": "·", "not needed": "–" };

// In the prehash a space and what stands for a byte that cannot be printed are set off.
function mark(prehash) {
  return prehash
    .split(/( |\\x[0-9a-f]{2}|\\[nrt\\])/)
    .map((part, index) => (index % 2 ? element("mark", { textContent: part }) : part));
}

function name({ kind, method, target }) {
  return kind === "login" ? `login at ${target}` : `${method} ${target}`;
}

function answer({ status, code, message, fault }) {
  const words = [status && `HTTP ${status}`, code && `code ${code}`, message];
  // A network fault has a name, which the answer does not say; a refusal has a code, which it does.
  if (fault && fault !== code) words.push(`fault ${fault}`);
  return words.filter(Boolean).join(", ");
}

function listChecks({ checks }) {
  const items = checks.map(({ check, result, hint }) => {
    const sign = element("span", { textContent: `${SIGNS[result]} ` });
    sign.setAttribute("aria-hidden", "true");
    const text = `${CHECKS[check] ?? check}: ${result}${hint && `. ${hint}`}`;
    const item = element("li", {}, sign, text);
    item.dataset.result = result;
    return item;
  });
  return element("ol", { className: "trace__checks" }, ...items);
}

const COPIED =
  "Copied. It reads the five variables of your shell; its signature holds for 30 seconds.";
const NOT_COPIED = "The browser did not let it be copied. Here it is:";

// Buttons that copy the request as a command; without a clipboard they show it.
function offer(request, heading) {
  const status = element("span", { className: "run__status" });
  status.setAttribute("role", "status");
  const shown = element("div");
  const button = (text, write) => {
    const made = element("button", { type: "button", textContent: text, className: "run__button" });
    made.setAttribute("aria-label", `${text}: ${heading}`);
    made.addEventListener("click", async () => {
      shown.replaceChildren();
      try {
        await navigator.clipboard.writeText(write(request));
        status.textContent = COPIED;
      } catch {
        status.textContent = NOT_COPIED;
        const code = element("code", { textContent: write(request) });
        shown.append(frame(`Command of ${heading}`, code));
      }
    });
    return made;
  };
  const bar = element("div", { className: "run" });
  bar.append(
    button("Copy as curl", writeShell),
    button("Copy for PowerShell", writePowerShell),
    status,
  );
  return [bar, shown];
}

function isRefused({ code, status, fault }) {
  if (fault) return true;
  return code ? code !== "0" : status >= 400;
}

function showRequest(request, isOpen, label) {
  const { kind, method, target, headers, body, body_bytes: size, prehash, hint } = request;
  const lines = kind === "login" ? [] : [`${method} ${target}`];
  lines.push(...headers.map(([header, value]) => `${header}: ${value}`));
  const arrived = [lines.join("\n"), body].filter(Boolean).join("\n\n");
  const heading = `${name(request)}, ${label}`;
  const parts = [
    element("p", { textContent: `As it arrived from ${request.client}, at ${request.at}` }),
    frame(`Request ${heading}`, element("code", { textContent: arrived })),
  ];
  if (body) parts.push(element("p", { textContent: `The body has ${size} bytes.` }));
  if (isWhole(request)) parts.push(...offer(request, heading));
  if (prehash === null) {
    parts.push(
      element("p", { textContent: "It has no timestamp, so there is no signature to check." }),
    );
  } else {
    const legend = "What the signature must fit, byte for byte";
    const bytes = element("code", {}, ...mark(prehash));
    parts.push(element("p", { textContent: legend }), frame(`Prehash of ${heading}`, bytes));
  }
  parts.push(element("p", { textContent: "The checks, in their order" }), listChecks(request));
  const isSaid = request.checks.some((one) => one.hint === hint);
  if (hint && !isSaid) parts.push(element("p", { textContent: hint }));
  const code = element("code", { textContent: name(request) });
  const summary = element("summary", {}, code, ` ${answer(request)}`);
  const made = element("details", { open: isOpen }, summary, ...parts);
  made.dataset.refused = isRefused(request);
  return made;
}

const count = (number) => (number === 1 ? "1 request" : `${number} requests`);

// Returns what is shown under a block: closed, and made only when a reader opens it.
//
// `requests` are the last ones, the oldest first, and `dropped` is how many came before them.
export function show({ requests, dropped }, label) {
  const refused = requests.filter(isRefused).length;
  const words = [count(requests.length + dropped), refused && `${refused} refused`];
  const text = words.filter(Boolean).join(", ");
  const summary = element("summary", { textContent: `What the exchange saw: ${text}` });
  const whole = element("details", { className: "trace" }, summary);
  const fill = () => {
    if (dropped)
      whole.append(element("p", { textContent: `The last ${requests.length} of them:` }));
    const isOpen = (request) => requests.length === 1 || isRefused(request);
    whole.append(...requests.map((request) => showRequest(request, isOpen(request), label)));
  };
  whole.addEventListener("toggle", fill, { once: true });
  return whole;
}
