// The parts of every page that are this guide's own: the button that copies a page as Markdown,
// and tables that can be scrolled with the keyboard.

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
