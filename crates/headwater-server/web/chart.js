// Charts: Plotly draws what the server's figure specification says.

import { get } from "./api.js";
import { h, fill } from "./dom.js";
import { theme } from "./state.js";
import { errorNotice, loading } from "./components.js";
import { columns, squeeze } from "./squeeze.js";

let loaded = null;

/** Plotly, fetched when the first chart comes. */
function plotly() {
  loaded ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/assets/plotly.min.js" });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loaded = null;
      script.remove();
      reject(new Error("The chart library could not be loaded from this server."));
    };
    document.head.append(script);
  });
  return loaded;
}

/** The views that are drawn, by their box: a box of another width has its view drawn anew. */
const drawn = new WeakMap();
const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const known = drawn.get(target);
    if (known && contentRect.width > 0 && Math.abs(contentRect.width - known.width) >= 1) draw(target, known.view);
  }
});

/** How many pixels a text of Plotly takes, by its lines. */
function heightOf(text, size, around) {
  const lines = String(text ?? "").replace(/<\/?b>/g, "");
  return lines === "" ? 0 : lines.split("<br>").length * size * 1.3 + around;
}

/** The least share of its own width to which a picture of several plots a row is made narrower. */
const LEAST = 0.8;
/** The least pixels across of a picture of one plot a row. */
const NARROWEST = 460;

/**
 * The layout in the page. Title and caption stand beside the plot as text, where they wrap, can be
 * selected and are read aloud: their room inside the picture goes. A picture that would be too
 * narrow to read keeps a width of its own and scrolls in its box.
 */
function layoutOf(view, room) {
  const layout = structuredClone(view.plotly.layout ?? {});
  const caption = layout.annotations?.find((note) => note.name === "caption");
  const above = heightOf(layout.title?.text, layout.title?.font?.size ?? 17, 12);
  const below = heightOf(caption?.text, caption?.font?.size ?? 13, 6);
  const { t = 32, b = 40 } = layout.margin ?? {};
  const margin = { ...layout.margin, t: Math.max(t - above, 8), b: Math.max(b - below, 24) };
  const natural = layout.width ?? view.width ?? room;
  // a picture of a fixed width is laid out as a whole: it is made smaller as one
  const width = layout.width ?? Math.max(room, columns(layout) > 1 ? LEAST * natural : NARROWEST);
  delete layout.title;
  layout.annotations = layout.annotations?.filter((note) => note !== caption);
  return {
    ...(width === natural ? layout : squeeze(layout, natural, width)),
    margin,
    width,
    autosize: false,
    height: (layout.height ?? view.height ?? 360) - (t - margin.t) - (b - margin.b),
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
  };
}

async function draw(box, view) {
  try {
    const Plotly = await plotly();
    const room = box.clientWidth || 800;
    const layout = layoutOf(view, room);
    drawn.set(box, { view, width: room });
    await Plotly.react(box.firstChild, view.plotly.data, layout, {
      displaylogo: false, ...view.plotly.config, responsive: false, displayModeBar: false,
    });
    // What is a little too wide is made smaller as a whole; the letters stay large enough to read.
    const scale = layout.width > room && room >= 0.75 * layout.width ? room / layout.width : 1;
    box.firstChild.style.transform = scale < 1 ? `scale(${scale})` : "";
    box.style.height = scale < 1 ? `${Math.ceil(scale * layout.height)}px` : "";
    const scrolls = scale === 1 && layout.width > room;
    box.classList.toggle("scrolls", scrolls);
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    observer.observe(box);
  } catch (error) {
    fill(box, errorNotice(error));
  }
}

/** A figure as the server describes it. It follows its box's width. */
export function chart(view) {
  const box = h("div", { class: "plot", role: "img", "aria-label": view.alt || view.title }, h("div", { class: "drawing" }));
  const element = h("figure", { class: "chart" },
    view.title ? h("h3", { class: "chart-title" }, view.title) : null,
    box,
    view.caption ? h("figcaption", null, view.caption) : null);
  // Plotly measures its box, which has a width only in the page.
  requestAnimationFrame(() => draw(box, view));
  return element;
}

/**
 * Fetches a figure, for instance "/runs/ID/figures/effects", when it comes near the screen, and
 * again when the theme changes.
 */
export function figure(path, { signal } = {}) {
  const place = h("div", { class: "figure", "aria-busy": "true" }, loading("Drawing"));
  const show = async () => {
    place.setAttribute("aria-busy", "true");
    try {
      const joint = path.includes("?") ? "&" : "?";
      const view = await get(`${path}${joint}theme=${theme()}`, { signal });
      fill(place, chart(view));
    } catch (error) {
      if (error.name === "AbortError") return;
      // A figure that a run cannot have (no price column) is no fault: say why, calmly.
      fill(place, error.status === 422 || error.status === 404
        ? h("p", { class: "not-drawn" }, error.message)
        : errorNotice(error, show));
    } finally {
      place.setAttribute("aria-busy", "false");
    }
  };
  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      near.disconnect();
      show();
      const again = () => (place.isConnected ? show() : document.removeEventListener("theme", again));
      document.addEventListener("theme", again);
    }
  }, { rootMargin: "600px" });
  near.observe(place);
  return place;
}
