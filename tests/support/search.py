"""The search of the built site, without a browser: Material's own worker and index, run by Node."""

from pathlib import Path

from tests.support.javascript import run_node

_PROGRAM = """
const { readFileSync } = await import("node:fs");
const { runInThisContext } = await import("node:vm");
let receive;
Object.assign(globalThis, {
  self: globalThis,
  addEventListener: (_, listener) => { receive = listener; },
});
runInThisContext(readFileSync(given.worker, "utf8"));
const ask = (data) => new Promise((resolve) => {
  globalThis.postMessage = resolve;
  receive({ data });
});
// The numbers are those of Material's messages: set up, and query.
const index = JSON.parse(readFileSync(given.index, "utf8"));
await ask({ type: 0, data: { ...index, options: { suggest: false } } });
const found = [];
for (const query of given.queries) {
  const { data } = await ask({ type: 2, data: query });
  found.push(data.items.map(([{ location }]) => location.split("#")[0]));
}
console.log(JSON.stringify(found));
"""


def search(site: Path, queries: list[str]) -> list[list[str]]:
    """Return the pages that the site's search shows for each query, the first one first.

    Args:
        site: The folder of the built site.
        queries: What somebody types.
    """
    [worker] = site.glob("assets/javascripts/workers/search.*.min.js")
    index = site / "search/search_index.json"
    query = {"worker": str(worker), "index": str(index), "queries": queries}
    hits: list[list[str]] = run_node(_PROGRAM, query)
    return hits
