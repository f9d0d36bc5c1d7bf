// The search fetches its index, and the page that loads this script may fetch nothing. So the
// search goes before Material looks for it.
//
// A classic script, because it must run before Material's own; a module would run after it.
document.forms.namedItem("search")?.closest(".md-search").remove();
for (const label of document.querySelectorAll("[for=__search]")) label.remove();
