// Material starts its search with every page: a worker, and the whole index. Here both wait until
// somebody searches, so that a page loads little more than what it shows.
//
// A classic script, because it must run before Material's own; a module would run after it.
{
  const queue = [];
  let isSearching = /[?&][hq]=/.test(location.search);
  // Another theme has no such field, and a search that must not be held up.
  const mayWait = () => !isSearching && document.querySelector("input[name=query]");

  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).endsWith("/search/search_index.json")) this.searchIndex = url;
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    const start = () => {
      if (this.searchIndex && mayFetchNothing()) loadIndex(this);
      else send.apply(this, body);
    };
    if (this.searchIndex && mayWait()) queue.push(start);
    else start();
  };

  // The page of the debugger: see overrides/debugger.html. It may run the site's own scripts, and
  // one of them is the index, made by scripts/site/search.py.
  function mayFetchNothing() {
    return document.querySelector("meta[content^=\"connect-src 'none'\"]");
  }

  function loadIndex(request) {
    const script = document.createElement("script");
    script.src = request.searchIndex.replace(/json$/, "js");
    script.addEventListener("load", () => {
      const index = new Blob([JSON.stringify(window.__index)]);
      Object.defineProperties(request, { status: { value: 200 }, response: { value: index } });
      request.dispatchEvent(new ProgressEvent("load"));
    });
    script.addEventListener("error", () => request.dispatchEvent(new ProgressEvent("error")));
    document.head.append(script);
  }

  const Worker = window.Worker;
  // biome-ignore lint/complexity/useArrowFunction: Material calls it with `new`, and an arrow function cannot be.
  window.Worker = function (...options) {
    if (!mayWait() || !/workers.search/.test(options[0])) return new Worker(...options);
    // Only as much of a worker as Material uses.
    const placeholder = new EventTarget();
    placeholder.postMessage = (message) => queue.push(() => placeholder.postMessage(message));
    queue.push(() => {
      const worker = new Worker(...options);
      worker.onmessage = ({ data }) =>
        placeholder.dispatchEvent(new MessageEvent("message", { data }));
      placeholder.postMessage = (message) => worker.postMessage(message);
    });
    return placeholder;
  };

  document.addEventListener("focusin", (event) => {
    if (event.target.name !== "query") return;
    isSearching = true;
    for (const start of queue.splice(0)) start();
  });
}
