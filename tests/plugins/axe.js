// Looks at a page with axe-core, at no element that is like one it has looked at.

// Of all elements of which the same is said, the one that ends furthest to the left: of a wide
// block of code, it is in sight.
const choose = (elements, describe) => {
  const chosen = new Map();
  for (const element of elements) {
    const key = describe(element);
    const { right } = element.getBoundingClientRect();
    if (!(chosen.get(key)?.right <= right)) chosen.set(key, { element, right });
  }
  return new Set([...chosen.values()].map(({ element }) => element));
};

// In a block of code, the tokens of one kind differ by nothing that a rule asks for.
const thin = () => {
  for (const block of document.querySelectorAll("pre")) {
    const tokens = [...block.querySelectorAll("span[class]")].filter(
      (token) => token.attributes.length === 1,
    );
    const path = (token) =>
      token === block ? "" : `${path(token.parentElement)}/${token.className}`;
    const chosen = choose(tokens, path);
    for (const token of tokens) if (!chosen.has(token)) token.replaceWith(...token.childNodes);
  }
};

// What is behind the words of an element: the same for all that lie in the same parents, and in
// parents that add nothing. What is out of the flow may lie on something else, and what can be
// scrolled may be out of sight: they are like nothing.
const describeGround = (element, grounds) => {
  if (!element) return "";
  if (!grounds.has(element)) {
    const style = getComputedStyle(element);
    const apart =
      style.overflow !== "visible" ||
      /absolute|fixed|sticky/.test(style.position) ||
      style.float !== "none" ||
      style.transform !== "none" ||
      /-\d/.test(style.margin + style.inset);
    const own = [
      style.backgroundColor === "rgba(0, 0, 0, 0)" ? "" : style.backgroundColor,
      style.backgroundImage === "none" ? "" : style.backgroundImage,
      style.opacity === "1" ? "" : style.opacity,
      style.filter === "none" ? "" : style.filter,
      style.mixBlendMode === "normal" ? "" : style.mixBlendMode,
      apart ? `apart ${grounds.size}` : "",
    ].join("");
    grounds.set(element, describeGround(element.parentElement, grounds) + (own && `/${own}`));
  }
  return grounds.get(element);
};

const WORDS = ["color", "fontSize", "fontWeight", "textShadow", "webkitTextStroke"];

// Mark an element of each colour, size and ground, of those that are looked at.
const mark = (without, within) => {
  const grounds = new Map();
  const shown = [...document.body.querySelectorAll("*")].filter(
    (element) =>
      element.closest(within) &&
      !without.some((part) => element.closest(part)) &&
      (element.matches("input, select, textarea, button") ||
        [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim())) &&
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
  );
  const chosen = choose(shown, (element) => {
    const style = getComputedStyle(element);
    return [describeGround(element, grounds), ...WORDS.map((name) => style[name])].join("|");
  });
  for (const element of shown) element.toggleAttribute("data-contrast", chosen.has(element));
};

const { axe } = globalThis;

globalThis.listViolations = async ({ rules, without, within }) => {
  // What is not looked at would still be walked, and entered on axe's map of the page. Nearly all
  // of it is lists of links, and nothing of the theme asks for them.
  for (const part of without) {
    for (const list of document.querySelectorAll(`:is(${part}) ul`)) list.replaceChildren();
  }
  thin();
  mark(without, within);
  axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
  const { violations } = await axe.run(
    { include: [[within]], exclude: without.map((part) => [part]) },
    {
      runOnly: rules,
      // No rule that runs here reads style sheets, and nobody here reads selectors. To make both
      // takes a quarter of the time.
      preload: { assets: ["media"] },
      resultTypes: ["violations"],
      selectors: false,
    },
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html}`),
  );
};
