// A page with a box of its own answers `?q=` in the box: Material would open its search over it.
//
// A classic script, because it must run before Material's own; a module would run after it.
{
  const address = new URL(location);
  const question = address.searchParams.get("q");
  if (question) {
    document.querySelector("#explain, #filter").dataset.question = question;
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    // By then Material has looked; the address stays one that can be sent to others.
    addEventListener("DOMContentLoaded", () => {
      address.searchParams.set("q", question);
      history.replaceState(history.state, "", address);
    });
  }
}
