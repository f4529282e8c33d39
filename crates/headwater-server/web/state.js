// The state of the page: the URL, the theme, and which dataset and run one is looking at.

/** The query string as an object; a key that comes twice gives an array. */
export function query() {
  const found = {};
  for (const [key, value] of new URLSearchParams(location.search)) {
    found[key] = key in found ? [found[key], value].flat() : value;
  }
  return found;
}

/** A query string, `?` included; null, undefined and "" leave a key out, an array repeats it. */
export function queryString(object) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(object)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") search.append(key, one);
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/**
 * Changes the keys given, keeps the others (null removes), and does not draw the screen again.
 * `replace` takes the place of the present history entry: for sliders, not for steps one goes back.
 */
export function setQuery(object, { replace = false } = {}) {
  const url = location.pathname + queryString({ ...query(), ...object });
  if (url === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
}

/** Goes to a path of the dashboard. */
export function navigate(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  document.dispatchEvent(new CustomEvent("navigate"));
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** "light" or "dark": what was chosen, else what the system prefers. */
export function theme() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

/** Switches to the other theme and remembers it. */
export function switchTheme() {
  const other = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = other;
  localStorage.setItem("theme", other);
  document.dispatchEvent(new CustomEvent("theme"));
}

dark.addEventListener("change", () => document.dispatchEvent(new CustomEvent("theme")));

/** Calls `then` at every change of theme, until `signal` is aborted. */
export function onTheme(then, signal) {
  document.addEventListener("theme", () => then(theme()), { signal });
}

let looking = { dataset: null, run: null };

/** Which dataset and run one is looking at: `{id, name}` each; what is left out stays. */
export function context(change) {
  if (change) {
    looking = { ...looking, ...change };
    // Another tab may look at another run: this is remembered for the tab alone.
    sessionStorage.setItem("looking", JSON.stringify(looking));
    document.dispatchEvent(new CustomEvent("context"));
  }
  return looking;
}

try {
  looking = { ...looking, ...JSON.parse(sessionStorage.getItem("looking") ?? "{}") };
} catch { /* nothing remembered */ }
