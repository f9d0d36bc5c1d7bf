// Measure pages in a browser that is already open: node run.js PORT CATEGORY,... URL...
// Prints, for each page, its scores and the audits that cost it points.
import lighthouse from "lighthouse";
import { pageFunctions } from "lighthouse/core/lib/page-functions.js";

const [port, categories, ...urls] = process.argv.slice(2);
const options = {
  port: Number(port),
  onlyCategories: categories.split(","),
  logLevel: "error",
  // The screenshot is for the report that people read.
  disableFullPageScreenshot: true,
};

// Lighthouse makes the processor four times slower, to be like a telephone. A machine that is
// busy with other tests is slow already, and Lighthouse's advice is to slow it by less. Its
// benchmark said how fast the machine was at the last page; 1,600 is one to slow by four.
// Only the score for speed depends on it.
const timed = categories.includes("performance");
let slowdown = timed ? 4 : 1;
// Before each page the benchmark keeps a processor busy for a second.
if (!timed) pageFunctions.computeBenchmarkIndex = () => 1600;

for (const url of urls) {
  // robots.txt is the site's, so the home page speaks for it. It cannot be read from a page whose
  // policy forbids every connection: "Network.loadNetworkResource: CSP violation".
  const skipAudits = new URL(url).pathname === "/" ? [] : ["robots-txt"];
  // These two need a trace, for which Chromium takes five seconds on most pages. The first is
  // checked on every page by tests/site/test_html.py; the second gives no points.
  if (!timed) skipAudits.push("doctype", "baseline");
  const throttling = { cpuSlowdownMultiplier: slowdown };
  const { lhr } = await lighthouse(url, { ...options, skipAudits, throttling });
  const scores = {};
  const lost = [];
  for (const [name, { score, auditRefs }] of Object.entries(lhr.categories)) {
    scores[name] = score;
    for (const { id, weight } of auditRefs) {
      const { title, score, displayValue } = lhr.audits[id];
      if (weight && score !== null && score < 1) {
        lost.push(`${name}: ${title} (${displayValue ?? score})`);
      }
    }
  }
  const { benchmarkIndex } = lhr.environment;
  console.log(JSON.stringify({ url, scores, lost, benchmarkIndex, slowdown }));
  if (timed) slowdown = Math.min(4, Math.max(1, (4 * benchmarkIndex) / 1600));
}
