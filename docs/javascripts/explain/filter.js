// The box above the codes: it hides the rows that lack one of the words, and opens the families
// in which rows are left.

const box = document.getElementById("filter");
const label = document.createElement("label");
const input = document.createElement("input");
const count = document.createElement("p");
// From the box to the next heading: the common codes, then a fold for each family.
const parts = [];
for (let part = box.nextElementSibling; part.tagName !== "H2"; part = part.nextElementSibling) {
  const rows = [...part.querySelectorAll("tbody tr")];
  parts.push({ part, rows: rows.map((row) => [row, row.textContent.toLowerCase()]) });
}
const every = parts.flatMap(({ rows }) => rows).length;
const opened = new Set();

label.htmlFor = input.id = "filter-text";
label.textContent = "Filter the codes";
input.type = "search";
input.autocomplete = "off";
input.spellcheck = false;
input.placeholder = "50113 or: timestamp, login";
// docs/javascripts/theme/question.js keeps it.
input.value = box.dataset.question ?? "";
count.setAttribute("role", "status");
input.addEventListener("input", show);
box.replaceChildren(label, input, count);
show();

function show() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const { part, rows } of parts) {
    for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
    const matches = rows.filter(([row]) => !row.hidden).length;
    part.hidden = !matches;
    left += matches;
    fold(part, words.length && matches);
  }
  count.textContent = `${left} of ${every} codes`;
  if (!left) count.textContent += ". For an HTTP status, see “An answer without a code” below.";
}

// What a reader opened stays open; what the filter opened closes with it.
function fold(part, isWanted) {
  if (!part.matches("details")) return;
  if (isWanted && !part.open) opened.add(part);
  if (isWanted) part.open = true;
  else if (opened.delete(part)) part.open = false;
}
