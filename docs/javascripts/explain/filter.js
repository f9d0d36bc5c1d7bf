// The box above the table of codes: it hides the rows that lack one of the words.

const box = document.getElementById("filter");
const table = document.querySelector("article table");
const label = document.createElement("label");
const input = document.createElement("input");
const count = document.createElement("p");
const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);

label.htmlFor = input.id = "filter-text";
label.textContent = "Filter the codes";
input.type = "search";
input.autocomplete = "off";
input.spellcheck = false;
input.placeholder = "50113, or: timestamp, passphrase, login";
// docs/javascripts/theme/question.js keeps it.
input.value = box.dataset.question ?? "";
count.setAttribute("role", "status");
input.addEventListener("input", show);
box.replaceChildren(label, input, count);
show();

function show() {
  const words = input.value.toLowerCase().split(/\s+/);
  for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
  const left = rows.filter(([row]) => !row.hidden).length;
  count.textContent = `${left} of ${rows.length} codes`;
}
