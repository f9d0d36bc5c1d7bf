// Material fetches the whole search index with every page. Here it waits until you search:
// nobody should load more for a search that never comes than for the page itself.
(() => {
  const waiting = []
  let wanted = /[?&][hq]=/.test(location.search)
  const { open, send } = XMLHttpRequest.prototype

  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.isSearchIndex = String(url).endsWith("/search/search_index.json")
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.isSearchIndex && !wanted) waiting.push(() => send.apply(this, body))
    else send.apply(this, body)
  }
  document.addEventListener("focusin", event => {
    if (event.target.name !== "query") return
    wanted = true
    waiting.splice(0).forEach(start => start())
  })
})()
