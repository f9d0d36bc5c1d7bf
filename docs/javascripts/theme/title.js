/** Return the name that the navigation gives the page of an address, for the text of a link. */
export function findTitle(address) {
  const [page] = address.split("#");
  const links = document.querySelectorAll(".md-nav--primary a.md-nav__link");
  const found = [...links].find(({ href }) => href.split("#")[0] === page);
  return found?.textContent.trim() || "the page";
}
