// The JSON API. Paths are below /api/v1: get("/runs").

const BASE = "/api/v1";

/** What went wrong: `status` 0 when the server did not answer; `report` is the command line's text. */
export class ApiError extends Error {
  constructor(status, { message, help = null, report = null }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.help = help;
    this.report = report;
  }
}

/** The address of `path` in the API, for links and downloads. */
export function address(path) {
  return BASE + path;
}

/** Tells the page that the server does not answer; the error to throw. */
export function gone() {
  document.dispatchEvent(new CustomEvent("server-gone"));
  return new ApiError(0, {
    message: "The server does not answer.",
    help: "Start it again with `headwater serve`; this page goes on by itself once it is back.",
  });
}

/** The error that an answer of the server tells. */
function told(status, text) {
  try {
    const { error } = JSON.parse(text);
    if (error?.message) return new ApiError(status, error);
  } catch { /* not the API's own error: say what is known */ }
  const known = {
    401: ["This server asks for a token.", "Open the address that `headwater serve` printed, with ?token= in it."],
    404: ["There is no such thing on this server.", "It may have been deleted: go back to the list."],
    413: ["The file is larger than this server takes.", null],
  }[status];
  return new ApiError(status, { message: known?.[0] ?? `The server answered ${status}.`, help: known?.[1] ?? null });
}

async function ask(method, path, { body, type = "application/json", signal } = {}) {
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      signal,
      headers: method === "GET" ? {} : { "Content-Type": type },
      body: body === undefined ? undefined : type === "application/json" ? JSON.stringify(body) : body,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw gone();
  }
  const text = await response.text();
  if (!response.ok) throw told(response.status, text);
  return text === "" ? null : JSON.parse(text);
}

export const get = (path, options) => ask("GET", path, options);
export const post = (path, body = {}, options) => ask("POST", path, { ...options, body });
export const put = (path, body = {}, options) => ask("PUT", path, { ...options, body });
export const patch = (path, body = {}, options) => ask("PATCH", path, { ...options, body });
export const del = (path, options) => ask("DELETE", path, options);

/** Sends a file as a new dataset; `onprogress` hears the share sent, 0 to 1. */
export function upload(file, onprogress = () => {}) {
  // fetch tells nothing about how far an upload is.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${BASE}/datasets?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => { if (event.lengthComputable) onprogress(event.loaded / event.total); };
    request.onload = () => (request.status < 300
      ? resolve(JSON.parse(request.responseText))
      : reject(told(request.status, request.responseText)));
    request.onerror = () => reject(gone());
    request.send(file);
  });
}

/**
 * Listens to server-sent events: `handlers` maps an event's name to a function of its data.
 * Returns the function that stops; an aborted `signal` stops as well.
 */
export function subscribe(path, handlers, { signal } = {}) {
  const source = new EventSource(BASE + path);
  for (const [name, handler] of Object.entries(handlers)) {
    if (name === "error") source.onerror = handler;
    else source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  const stop = () => source.close();
  signal?.addEventListener("abort", stop);
  return stop;
}
