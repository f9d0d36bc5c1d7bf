// Measure pages in a browser that is already open: node run.mjs PORT URL...
// Prints, for each page, its scores and the audits that cost it points.
import lighthouse from "lighthouse"

const [port, ...urls] = process.argv.slice(2)
const onlyCategories = ["performance", "accessibility", "best-practices", "seo"]

for (const url of urls) {
  const { lhr } = await lighthouse(url, { port: Number(port), onlyCategories, logLevel: "error" })
  const scores = {}
  const lost = []
  for (const [name, { score, auditRefs }] of Object.entries(lhr.categories)) {
    scores[name] = score
    for (const { id, weight } of auditRefs) {
      const { title, score, displayValue } = lhr.audits[id]
      if (weight && score !== null && score < 1) {
        lost.push(`${name}: ${title} (${displayValue ?? score})`)
      }
    }
  }
  const bytes = lhr.audits["total-byte-weight"].numericValue
  console.log(JSON.stringify({ url, scores, lost, bytes }))
}
