// Read texts as JSON, and print for each what the page's script explains and masks.
import { readFileSync } from "node:fs";

import { explain, mask } from "../../docs/troubleshooting/explain.mjs";

const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => ({ ...explain(text), masked: mask(text) }))));
