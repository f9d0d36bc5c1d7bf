// What the first run loads. A page says it until the visit has loaded it.

const NAME = "okx-guide-loaded";

export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

export const sum = (files) => Object.values(files).reduce((total, { packed }) => total + packed, 0);

// `folder` is where the files lie; its name changes with what is in them.
export function describeCost(folder, files) {
  return isLoaded(folder) ? "" : `The first run loads Python: ${megabytes(sum(files))} MB, once.`;
}

export function keepLoaded(folder) {
  try {
    sessionStorage.setItem(NAME, folder.pathname);
  } catch {
    // This browser keeps nothing for pages: the next one says it again.
  }
}

function isLoaded(folder) {
  try {
    return sessionStorage.getItem(NAME) === folder.pathname;
  } catch {
    return false;
  }
}
