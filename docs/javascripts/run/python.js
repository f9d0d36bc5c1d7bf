// Python in a worker: started by the first run, ended by Stop, and started anew by the next run.

export class StoppedError extends Error {}

export class Python {
  #worker = null;
  #ready = null;
  #answer = null;

  // `folder` is where all of it lies, `files` are those that are loaded first, with their bytes.
  constructor(folder, files) {
    this.folder = folder;
    this.files = files;
  }

  get isReady() {
    return this.#ready === true;
  }

  get isBusy() {
    return this.#answer !== null;
  }

  // Runs a block and returns its outcome. `watch` has `progress(loaded, total)` and `print(text)`.
  async run(order, watch) {
    const outcome = new Promise((resolve, reject) => {
      this.#answer = { resolve, reject, ...watch };
    });
    if (!this.#worker) this.#start();
    if (this.isReady) this.#worker.postMessage({ kind: "run", order });
    else this.#ready = order;
    try {
      return await outcome;
    } finally {
      this.#answer = null;
    }
  }

  stop() {
    this.#end(new StoppedError());
  }

  #start() {
    this.#worker = new Worker(new URL("worker.js", this.folder), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(event.message || "the worker did not load"));
    };
    this.#worker.postMessage({ kind: "start", files: this.files });
  }

  #take({ kind, ...data }) {
    if (kind === "progress") this.#answer?.progress(data.loaded, data.total);
    if (kind === "print") this.#answer?.print(data.text);
    if (kind === "done") this.#answer?.resolve(data.outcome);
    if (kind === "failed") this.#end(new Error(data.reason));
    if (kind === "ready") {
      const order = this.#ready;
      this.#ready = true;
      this.#worker.postMessage({ kind: "run", order });
    }
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
    this.#answer?.reject(error);
  }
}
