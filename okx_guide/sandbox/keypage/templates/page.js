// Comfort only: every page works without this.

function say(button, input, verb) {
  button.textContent = verb;
  button.setAttribute("aria-label", `${verb}: ${input.labels[0].textContent}`);
}

function addButton(input, verb, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  say(button, input, verb);
  button.addEventListener("click", () => act(button));
  input.after(button);
}

for (const input of document.querySelectorAll(".with-button input[readonly]")) {
  if (!navigator.clipboard) break; // on an address that the browser does not trust
  addButton(input, "Copy", async (button) => {
    await navigator.clipboard.writeText(input.value);
    say(button, input, "Copied");
  });
}

for (const input of document.querySelectorAll(".with-button input[type=password]")) {
  addButton(input, "Show", (button) => {
    input.type = input.type === "password" ? "text" : "password";
    say(button, input, input.type === "password" ? "Show" : "Hide");
  });
}
