// The parts of every page that are this guide's own: the button that copies a page as Markdown,
// tables that can be scrolled with the keyboard, the line that says when a page was checked, and
// what loads the Run buttons.

for (const button of document.querySelectorAll("[data-copy-markdown]")) {
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      // The Markdown file of a page lies beside it.
      const response = await fetch(button.dataset.copyMarkdown);
      if (!response.ok) throw new Error(response.statusText);
      await navigator.clipboard.writeText(await response.text());
      status.textContent = "Copied";
    } catch {
      status.textContent = "Not copied: open the Markdown instead";
    }
  });
}

// A table that is wider than the page scrolls; with a tab stop, the arrow keys scroll it too.
const tables = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
// By then Material has put a frame around each table.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) tables.observe(table);
});

// What has aged since the page was written: the reader's day decides, in UTC as in okx_guide.facts.
const DAY = 86_400_000;
// MAX_AGE_DAYS of okx_guide.facts; overrides/partials/page-dates.html says it in words.
const MAX_AGE_DAYS = 90;
const passed = (day) => Math.floor((Date.now() - Date.parse(day)) / DAY);

for (const checked of document.querySelectorAll("[data-checked]")) {
  const aged = checked.parentElement.querySelector("[data-aged]");
  aged.hidden = passed(checked.dataset.checked) <= MAX_AGE_DAYS;
}
for (const end of document.querySelectorAll("[data-ends]")) {
  end.hidden = passed(end.dataset.ends) < 0;
}

// The picker of hosts stands on one page only.
const picker = document.querySelector(".picker");
if (picker) import("./hosts.js").then(({ start }) => start(picker));

// The Run buttons come with the first block that is seen: the first view of a page stays light.
const python = new URL("../run/python/", import.meta.url);
const seen = new IntersectionObserver(async (entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  seen.disconnect();
  (await import("../run/run.js")).start(python);
});
// The page of the debugger may fetch nothing, so its blocks have no buttons.
const blocks = document.querySelector(".debugger")
  ? []
  : document.querySelectorAll(".language-python");
for (const block of blocks) seen.observe(block);

// The key page of the practice exchange, which comes with a click.
const keys = document.querySelector(".key-page");
if (keys) import("../run/door.js").then(({ start }) => start(keys, python));
