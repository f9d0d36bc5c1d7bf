// The search loads its index when somebody searches, and the page that loads this script may load
// nothing once it is there. So its search is a link: it opens on another page, in a tab of its own,
// and what is typed here stays.
//
// A classic script, because it must run before Material's own; a module would run after it.
{
  const { address } = document.currentScript.dataset;
  const label = document.querySelector("label[for=__search].md-header__button");
  const link = document.createElement("a");
  link.className = "md-header__button search-elsewhere";
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.append(label.querySelector("svg"), " Search in a new tab");
  label.before(link);
  document.forms.namedItem("search").closest(".md-search").remove();
  for (const each of document.querySelectorAll("[for=__search]")) each.remove();
}
