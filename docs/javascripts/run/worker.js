// The worker in which Python runs: it loads Python with the practice exchange, and runs blocks.
//
// It is told an order and tells what happens: `progress`, `ready` or `failed`, then
// `print` and `done` or `crashed`.

const resolveName = (name) => new URL(name, import.meta.url).href;
const { fetch } = self;

// Loads a file, and counts what has arrived as the bytes that went over the wire.
async function load(name, { bytes, packed }, count) {
  const response = await fetch(resolveName(name));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const parts = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    count((value.length * packed) / bytes);
  }
  if (size !== bytes) throw new Error(`${name}: ${size} bytes of ${bytes}`);
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}

async function start(files) {
  const total = Object.values(files).reduce((sum, { packed }) => sum + packed, 0);
  let loaded = 0;
  const count = (size) => {
    loaded += size;
    postMessage({ kind: "progress", loaded: Math.round(loaded), total });
  };
  const names = Object.keys(files);
  const blobs = await Promise.all(names.map((name) => load(name, files[name], count)));
  const content = Object.fromEntries(names.map((name, index) => [resolveName(name), blobs[index]]));
  // Pyodide asks for what is here already.
  self.fetch = async (address, options) => {
    const blob = content[new URL(address, resolveName("./")).href];
    const type = String(address).endsWith(".wasm") ? "application/wasm" : blob?.type;
    return blob
      ? new Response(blob, { headers: { "Content-Type": type } })
      : fetch(address, options);
  };
  const { loadPyodide } = await import(resolveName("pyodide.mjs"));
  const python = await loadPyodide({
    indexURL: resolveName("./"),
    stdLibURL: resolveName("library.zip"),
    enableRunUntilComplete: false,
    // Python's module `js` is empty: a block reaches nothing of the browser.
    jsglobals: { setTimeout, clearTimeout, Object, Array },
  });
  const packages = await content[resolveName("packages.zip")].arrayBuffer();
  python.unpackArchive(packages, "zip", { extractDir: "/lib/python3.14/site-packages" });
  const visit = python.runPython(`
    import warnings
    # requests would like to have a package that guesses encodings; JSON needs none.
    warnings.filterwarnings("ignore", module="requests")
    from scripts.page.visit import Visit, answer
    warnings.resetwarnings()
    visit = Visit()
    visit.install()
    lambda order, emit: answer(visit, order, emit)
  `);
  return visit;
}

// What a host's headers forbid, and what on a host without headers nobody needs any more.
function close() {
  for (const name of [
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "WebTransport",
    "EventSource",
    "BroadcastChannel",
    "Worker",
    "importScripts",
    "indexedDB",
    "caches",
  ]) {
    Object.defineProperty(self, name, { value: undefined });
  }
}

let run;

self.onmessage = async ({ data }) => {
  if (data.kind === "start") {
    try {
      run = await start(data.files);
      close();
      postMessage({ kind: "ready" });
    } catch (error) {
      postMessage({ kind: "failed", reason: String(error) });
    }
    return;
  }
  try {
    const outcome = run(JSON.stringify(data.order), (text) => postMessage({ kind: "print", text }));
    postMessage({ kind: "done", outcome: JSON.parse(outcome) });
  } catch (error) {
    postMessage({ kind: "crashed", reason: String(error) });
  }
};
