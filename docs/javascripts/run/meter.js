// How far the loading of Python is, in bytes.

import { megabytes } from "./cost.js";
import { element } from "./element.js";

export class Meter {
  // `status` says it in words.
  constructor(status) {
    this.status = status;
    this.bar = element("progress", { hidden: true, max: 1 });
    this.bar.setAttribute("aria-label", "Loading Python");
    this.count = element("span", { hidden: true });
  }

  show(loaded, total) {
    this.bar.hidden = this.count.hidden = false;
    this.bar.value = loaded / total;
    this.count.textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
    // A screen reader says each change of it.
    const text = loaded < total ? "Loading Python" : "Starting Python";
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  hide() {
    this.bar.hidden = this.count.hidden = true;
    this.count.textContent = "";
  }
}
