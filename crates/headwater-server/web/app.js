// The router: the path chooses the screen, the query string holds the rest of the state.

import { announce, fill, h, s } from "./dom.js";
import { errorNotice, loading, statusWord } from "./components.js";
import { get, gone } from "./api.js";
import { context, navigate, query, switchTheme, theme } from "./state.js";

const SCREENS = [
  [/^\/$/, "data", []],
  [/^\/data$/, "data", []],
  [/^\/data\/([^/]+)$/, "data", ["dataset"]],
  [/^\/train$/, "train", []],
  [/^\/train\/([^/]+)$/, "train", ["dataset"]],
  [/^\/runs$/, "runs", []],
  [/^\/runs\/([^/]+)$/, "result", ["run"]],
  [/^\/runs\/([^/]+)\/what-if$/, "whatif", ["run"]],
  [/^\/runs\/([^/]+)\/plan$/, "plan", ["run"]],
  [/^\/compare$/, "compare", []],
];

// Paths of 24 by 24 strokes.
const ICONS = {
  data: "M4 6c0-3 16-3 16 0s-16 3-16 0v12c0 3 16 3 16 0V6M4 12c0 3 16 3 16 0",
  train: "M4 19h16M6 15l4-5 4 3 5-8",
  result: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4",
  whatif: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4v6M9 14v6",
  plan: "M12 3v18M3 12h18M12 12l6-6",
  runs: "M4 6h16M4 12h16M4 18h16",
};

const main = document.getElementById("main");
let leaving = new AbortController();
let first = true;
let anew = false;

function links() {
  const { dataset, run } = context();
  return [
    { screen: "data", label: "Data", href: dataset ? `/data/${dataset.id}` : "/data" },
    { screen: "train", label: "Train", href: dataset ? `/train/${dataset.id}` : "/train" },
    { screen: "result", label: "Result", href: run ? `/runs/${run.id}` : null },
    { screen: "whatif", label: "What if", href: run ? `/runs/${run.id}/what-if` : null },
    { screen: "plan", label: "Plan", href: run ? `/runs/${run.id}/plan` : null },
    { screen: "runs", label: "Runs", href: "/runs" },
  ];
}

function drawFrame(screen) {
  const here = screen === "compare" ? "runs" : screen;
  fill(document.getElementById("rail"), h("ul", null, links().map(({ screen: name, label, href }) =>
    h("li", null, h("a", {
      // Without a run these three have nothing to show: the list of runs says how to get one.
      href: href ?? "/runs",
      class: href ? null : "waiting",
      "aria-current": name === here ? "page" : null,
      title: href ? null : "Needs a run",
    }, s("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
      s("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" })),
    h("span", null, label))))));
  drawContext();
}

function drawContext() {
  const { dataset, run } = context();
  fill(document.getElementById("context"),
    dataset ? [h("span", { class: "what" }, "Data "), h("a", { href: `/data/${dataset.id}` }, dataset.name)] : h("span", { class: "what" }, "No data chosen yet"),
    run ? [h("span", { class: "what" }, " Run "), h("a", { href: `/runs/${run.id}` }, run.name),
      run.state && run.state !== "done" ? [" ", statusWord(run.state)] : null] : null);
}

function drawTheme() {
  document.getElementById("theme").textContent = theme() === "dark" ? "☀ Light" : "☾ Dark";
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const found = SCREENS.map(([pattern, name, keys]) => ({ match: location.pathname.match(pattern), name, keys }))
    .find(({ match }) => match);
  if (!found) {
    drawFrame(null);
    fill(main, h("h1", { tabindex: "-1" }, "There is no such page"), h("p", null, h("a", { href: "/data" }, "Go to the data")));
    return arrive();
  }
  const params = Object.fromEntries(found.keys.map((key, index) => [key, decodeURIComponent(found.match[index + 1])]));
  if (params.dataset && context().dataset?.id !== params.dataset) context({ dataset: null });
  if (params.run && context().run?.id !== params.run) context({ run: null });
  drawFrame(found.name);
  document.body.dataset.screen = found.name;
  const stage = h("div", { class: "screen", id: "screen" });
  const soon = setTimeout(() => { if (!stage.hasChildNodes()) fill(stage, loading()); }, 150);
  fill(main, stage);
  if (!first) scrollTo(0, 0);
  try {
    const screen = await import(`/assets/screens/${found.name}.js`).catch((error) => {
      // A browser may keep a module that failed to come as failed: only a new page asks again.
      if (error instanceof TypeError) anew = true;
      throw error instanceof TypeError ? gone() : error;
    });
    if (signal.aborted) return;
    await screen.render(stage, { params, query: query(), signal });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    // What was deleted elsewhere is no longer what one looks at.
    if (error.status === 404 && params.run) context({ run: null });
    else if (error.status === 404 && params.dataset) context({ dataset: null });
    fill(stage, h("h1", { tabindex: "-1" }, error.status === 404 ? "Not found" : "This screen could not be shown"),
      errorNotice(error, show));
  } finally {
    clearTimeout(soon);
  }
  if (!signal.aborted) arrive();
}

/** The title of the screen, and the focus on its heading: not on the first page, which reads itself. */
function arrive() {
  const heading = main.querySelector("h1");
  const { dataset, run } = context();
  const about = location.pathname.startsWith("/runs/") ? run?.name : /^\/(data|train)\//.test(location.pathname) ? dataset?.name : null;
  document.title = [...new Set([heading?.textContent, about, "Headwater"].filter(Boolean))].join(" · ");
  drawFrame(document.body.dataset.screen);
  if (!first && heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  first = false;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (!SCREENS.some(([pattern]) => pattern.test(url.pathname))) return;
  event.preventDefault();
  link.closest("dialog")?.close();
  navigate(url.pathname + url.search);
});
let shown = location.pathname + location.search;
addEventListener("popstate", () => {
  // A jump to #main within the page is no other screen.
  if (location.pathname + location.search === shown && location.hash) return;
  shown = location.pathname + location.search;
  show();
});
document.addEventListener("navigate", () => { shown = location.pathname + location.search; show(); });
document.addEventListener("context", drawContext);
document.addEventListener("theme", drawTheme);
document.getElementById("theme").addEventListener("click", switchTheme);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

// While the server is away, ask every three seconds; once it is back, a screen that failed is drawn anew.
let asking = null;
document.addEventListener("server-gone", () => {
  if (asking) return;
  const banner = document.getElementById("gone");
  fill(banner, "The server does not answer. Trying again every 3 seconds. Finished runs are kept; one that was under way may have to be started again.");
  banner.hidden = false;
  asking = setInterval(async () => {
    try {
      await get("/status");
    } catch (error) {
      if (error.status === 0) return;
    }
    clearInterval(asking);
    asking = null;
    banner.hidden = true;
    announce("The server is back.");
    document.dispatchEvent(new CustomEvent("server-back"));
    if (anew) location.reload();
    else if (main.querySelector("[data-gone]")) show();
  }, 3000);
});

drawTheme();
show();
