// Charts: Plotly draws what the server's figure specification says.

import { get } from "./api.js";
import { h, fill } from "./dom.js";
import { theme } from "./state.js";
import { errorNotice, loading } from "./components.js";

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

/** A picture is never made smaller than this: its letters of 12 pixels stay above 9. */
const SMALLEST = 0.78;

/**
 * The layout in the page, `width` pixels across. Title and caption stand beside the plot as text,
 * where they wrap, can be selected and are read aloud: their room inside the picture goes.
 */
function layoutOf(view, width) {
  const layout = structuredClone(view.plotly.layout ?? {});
  const caption = layout.annotations?.find((note) => note.name === "caption");
  const above = heightOf(layout.title?.text, layout.title?.font?.size ?? 17, 12);
  const below = heightOf(caption?.text, caption?.font?.size ?? 13, 6);
  const { t = 32, b = 40 } = layout.margin ?? {};
  const margin = { ...layout.margin, t: Math.max(t - above, 8), b: Math.max(b - below, 8) };
  delete layout.title;
  return {
    ...layout,
    annotations: layout.annotations?.filter((note) => note !== caption),
    margin,
    width,
    autosize: false,
    height: (layout.height ?? view.height ?? 360) - (t - margin.t) - (b - margin.b),
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
  };
}

/**
 * Draws a picture at the width its labels were given room for, or wider. Where that is too wide it is
 * made smaller as a whole, and where its letters would become too small it scrolls in its box.
 */
async function draw(box, view) {
  try {
    const Plotly = await plotly();
    const room = box.clientWidth || 800;
    const fixed = view.plotly.layout?.width;
    const layout = layoutOf(view, fixed ?? Math.max(room, view.width ?? 0));
    drawn.set(box, { view, width: room });
    await Plotly.react(box.firstChild, view.plotly.data, layout, {
      displaylogo: false, ...view.plotly.config, responsive: false, displayModeBar: false,
    });
    const scale = Math.min(1, Math.max(room / layout.width, SMALLEST));
    const scrolls = scale * layout.width > room + 1;
    box.firstChild.style.transform = scale < 1 ? `scale(${scale})` : "";
    // what is made smaller still takes its old room, unless told otherwise
    box.firstChild.style.width = `${Math.floor(scale * layout.width)}px`;
    box.firstChild.style.height = `${Math.ceil(scale * layout.height)}px`;
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
