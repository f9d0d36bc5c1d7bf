// Python in a worker: started by the first run, ended by Stop, and started anew by the next run.

import { keepLoaded } from "./cost.js";

class StoppedError extends Error {
  name = "StoppedError";
}

class LoadError extends Error {
  name = "LoadError";
}

class CrashError extends Error {
  name = "CrashError";
}

export class Python {
  #worker = null;
  #isReady = false;
  #order = null;
  #answer = null;

  // `folder` is where all of it lies, `files` are those that are loaded first, with their bytes.
  constructor(folder, files) {
    this.folder = folder;
    this.files = files;
  }

  get isReady() {
    return this.#isReady;
  }

  get isBusy() {
    return this.#answer !== null;
  }

  // Runs a block and returns its outcome. `watch` has `progress(loaded, total)` and `print(text)`.
  //
  // Throws an error named StoppedError, LoadError or CrashError; the next run works all the same.
  async run(order, watch) {
    this.#order = order;
    try {
      return await new Promise((resolve, reject) => {
        this.#answer = { resolve, reject, ...watch };
        if (this.#isReady) this.#send();
        else this.#start();
      });
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
      this.#end(new LoadError(event.message));
    };
    this.#worker.postMessage({ kind: "start", files: this.files });
  }

  #send() {
    this.#worker.postMessage({ kind: "run", order: this.#order });
  }

  #take({ kind, loaded, total, text, outcome, reason }) {
    if (kind === "progress") this.#answer?.progress(loaded, total);
    if (kind === "print") this.#answer?.print(text);
    if (kind === "done") this.#answer?.resolve(outcome);
    if (kind === "failed") this.#end(new LoadError(reason));
    if (kind === "crashed") this.#end(new CrashError(reason));
    if (kind === "ready") {
      this.#isReady = true;
      keepLoaded(this.folder);
      this.#send();
    }
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isReady = false;
    this.#answer?.reject(error);
  }
}
