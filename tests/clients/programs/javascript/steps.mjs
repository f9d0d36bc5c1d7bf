// What the programs beside this one share.

/** Run a step and print what it saw, or the error, as one line of JSON. */
export async function show(step, run) {
  try {
    const value = String(await run());
    console.log(JSON.stringify({ step, value }));
    return value;
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
    console.log(JSON.stringify({ step, error: text }));
  }
}

/** Wait for a promise, but not for ever. */
export function wait(promise) {
  const limit = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("nothing came in 30 seconds")), 30_000).unref();
  });
  return Promise.race([promise, limit]);
}

export function check(truth, message) {
  if (!truth) throw new Error(message);
}
