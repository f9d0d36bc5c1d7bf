// Elements of a page, as the scripts of this folder make them.

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Code or output: it wraps, and scrolls up and down, also by keyboard.
export function frame(label, code) {
  const made = element("pre", { className: "frame", tabIndex: 0 }, code);
  made.setAttribute("role", "region");
  made.setAttribute("aria-label", label);
  return made;
}
