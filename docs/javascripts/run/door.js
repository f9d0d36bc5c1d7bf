// The button that opens the key page in a page of the guide. What it opens comes with the click.

import { describeCost } from "./cost.js";

const FROM_DISK =
  "The key page opens in the published guide. In a page that is read from disk a browser starts " +
  "no Python.";

function add(place, name, properties) {
  const made = Object.assign(document.createElement(name), properties);
  place.append(made);
  return made;
}

// Puts the button into a place, which names in `data-label` what it opens. `base` is the folder
// with files.json.
export async function start(place, base) {
  if (location.protocol === "file:") {
    add(place, "p", { textContent: FROM_DISK });
    return;
  }
  const response = await fetch(new URL("files.json", base));
  if (!response.ok) return;
  const { files, folder } = await response.json();
  const bar = add(place, "div", { className: "run" });
  const button = add(bar, "button", { type: "button", className: "run__button" });
  button.textContent = place.dataset.label;
  const note = add(bar, "span", { className: "run__note" });
  note.textContent = describeCost(new URL(`${folder}/`, base), files);
  button.addEventListener("click", async () => {
    try {
      const { openKeys } = await import("./run.js");
      await openKeys(place, base);
    } catch {
      note.textContent = "The key page did not load. Try again.";
    }
  });
}
