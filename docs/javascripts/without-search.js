// The search fetches its index, and this page may fetch nothing: take the search away
// before Material looks for it.
document.forms.namedItem("search")?.closest(".md-search").remove();
for (const label of document.querySelectorAll("[for=__search]")) label.remove();
