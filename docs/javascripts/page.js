// Copy the page as Markdown: the file that stands beside it, to the clipboard.
for (const button of document.querySelectorAll("[data-copy-markdown]")) {
  const said = button.parentElement.querySelector("[role=status]")
  button.hidden = false
  button.addEventListener("click", async () => {
    try {
      const answer = await fetch(button.dataset.copyMarkdown)
      if (!answer.ok) throw new Error(answer.statusText)
      await navigator.clipboard.writeText(await answer.text())
      said.textContent = "Copied"
    } catch {
      said.textContent = "Not copied: open the Markdown instead"
    }
  })
}

// A table that is wider than the page scrolls: let the keyboard scroll it too.
const scrolling = new ResizeObserver(entries => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
    else target.removeAttribute("tabindex")
  }
})
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) scrolling.observe(table)
})
