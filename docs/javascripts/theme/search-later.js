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
    this.isSearchIndex = String(url).endsWith("/search/search_index.json");
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.isSearchIndex && mayWait()) queue.push(() => send.apply(this, body));
    else send.apply(this, body);
  };

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
