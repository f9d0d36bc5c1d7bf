// The picker of hosts: it shows what belongs to a site and an environment, and writes the two
// addresses into the lines below it that set the variables.

const ADDRESS = /(https|wss):\/\/[\w.-]+(?:\/ws\/v5)?/g;

// The texts of the blocks that follow a section in which an address stands.
function listTexts(section) {
  const blocks = [...document.querySelectorAll(".tabbed-set")].filter(
    (one) =>
      section.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING &&
      one.textContent.includes("OKX_API_BASE_URL"),
  );
  const walker = document.createTreeWalker(blocks[0], NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    if (walker.currentNode.data.match(ADDRESS)) texts.push(walker.currentNode);
  }
  return texts;
}

export function start(section) {
  const texts = listTexts(section);
  const show = () => {
    const { rest, live, demo, evidence } = section.querySelector("[name=site]:checked").dataset;
    const isDemo = section.querySelector("[name=environment]:checked").value === "demo";
    const ws = `${isDemo ? demo : live}/ws/v5`;
    const words = {
      rest,
      public: `${ws}/public`,
      private: `${ws}/private`,
      business: `${ws}/business`,
      header: isDemo ? "x-simulated-trading: 1" : "none",
      evidence,
    };
    for (const part of section.querySelectorAll("[data-part]")) {
      part.textContent = words[part.dataset.part];
    }
    for (const text of texts) {
      text.data = text.data.replace(ADDRESS, (_, scheme) => (scheme === "wss" ? ws : rest));
    }
  };
  section.addEventListener("change", show);
  section.hidden = false;
  show();
}
