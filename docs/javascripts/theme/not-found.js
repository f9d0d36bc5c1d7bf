// The page "not here" names the pages that somebody may have meant. The navigation knows them all.

import { guess } from "./guess.js";

const links = [...document.querySelectorAll(".md-nav--primary a.md-nav__link")];
const pages = links.map((link) => ({ href: link.pathname, title: link.textContent.trim() }));
let asked = location.pathname;
try {
  asked = decodeURIComponent(asked);
} catch {
  // Not an address that anybody wrote; what can be read of it will do.
}
const meant = guess(asked, pages);
if (meant.length) {
  const list = document.getElementById("meant");
  for (const { href, title } of meant) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = title;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.parentElement.hidden = false;
}
