// The box above the table of codes: it hides the rows that lack one of the words. Until somebody
// types, the codes that are met most often are enough.

const SHOWN = 40;

const box = document.getElementById("filter");
const table = document.querySelector("article table");
const label = document.createElement("label");
const input = document.createElement("input");
const count = document.createElement("p");
const more = document.createElement("button");
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
more.type = "button";
more.className = "md-button";
more.textContent = `Show all ${rows.length} codes`;
input.addEventListener("input", show);
more.addEventListener("click", () => {
  more.remove();
  show();
});
// A link to a row shows it.
addEventListener("hashchange", show);
box.replaceChildren(label, input, count);
table.closest(".table, .md-typeset__scrollwrap, table").after(more);
show();

function show() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const linked = rows.some(([row]) => row.querySelector(":target"));
  const few = more.isConnected && !words.length && !linked;
  rows.forEach(([row, text], index) => {
    row.hidden = !words.every((word) => text.includes(word)) || (few && index >= SHOWN);
  });
  more.hidden = !few;
  const left = rows.filter(([row]) => !row.hidden).length;
  count.textContent = `${left} of ${rows.length} codes`;
}
