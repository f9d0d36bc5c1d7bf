// Material starts a search with every page: a worker, and the whole index. Here both wait until
// you search: nobody should load more for a search that never comes than for the page itself.
(() => {
  const waiting = []
  let asked = /[?&][hq]=/.test(location.search)
  // Another theme's search has no such field, and its own ways.
  const mayWait = () => !asked && document.querySelector("input[name=query]")

  const { open, send } = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.isSearchIndex = String(url).endsWith("/search/search_index.json")
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.isSearchIndex && mayWait()) waiting.push(() => send.apply(this, body))
    else send.apply(this, body)
  }

  const Worker = window.Worker
  window.Worker = function (...given) {
    if (!mayWait()) return new Worker(...given)
    // As much of a worker as Material uses.
    const late = new EventTarget()
    late.postMessage = message => waiting.push(() => late.postMessage(message))
    waiting.push(() => {
      const worker = new Worker(...given)
      worker.onmessage = ({ data }) => late.dispatchEvent(new MessageEvent("message", { data }))
      late.postMessage = message => worker.postMessage(message)
    })
    return late
  }

  document.addEventListener("focusin", event => {
    if (event.target.name !== "query") return
    asked = true
    waiting.splice(0).forEach(start => start())
  })
})()
