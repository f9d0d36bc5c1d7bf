// The commands of the home page name addresses of this site: where it is read, not where it was
// meant to be.

const home = document.querySelector("[data-site]");
const { site } = home.dataset;
const folder = new URL("./", location.href).href;

if (location.protocol !== "file:" && folder !== site) {
  for (const code of home.querySelectorAll("code")) {
    code.textContent = code.textContent.replaceAll(site, folder);
  }
}
