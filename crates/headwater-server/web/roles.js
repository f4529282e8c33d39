// The roles of columns as a graph: exposure -> mediator -> outcome, levers and controls below.
// A chip is dragged by its grip, or moved with the menu on it; a direct edge is drawn from an
// exposure's button to the outcome, or toggled by pressing that button.

import { fill, h, s } from "./dom.js";
import { count, words } from "./format.js";

const ZONES = [
  { role: "exposure", title: "Exposures", about: "Spend whose effect is asked for" },
  { role: "mediator", title: "Mediator", about: "What exposures move on the way: paid search" },
  { role: "outcome", title: "Outcome", about: "What is sold" },
  { role: "lever", title: "Levers", about: "Own marketing held fixed: emails, SMS" },
  { role: "control", title: "Controls", about: "What else moves sales: price, promotions" },
  { role: "date", title: "Date", about: "The week of each row" },
  { role: "panel", title: "Panel key", about: "Brand or region, if several" },
  { role: "ignore", title: "Not used", about: "Plays no part" },
];

const spelled = (role) => (role === "panel_key" ? "panel" : role);

/**
 * The editor. `columns`: as in DatasetDetail; `onchange(columns)` hears the whole list after each
 * change. `update(columns)` takes what the server answered.
 */
export function rolesEditor({ columns, onchange, signal }) {
  let list = columns;
  const graph = h("div", { class: "roles-graph" });
  const edges = s("svg", { class: "roles-edges", "aria-hidden": "true" });
  const zones = new Map();

  for (const zone of ZONES) {
    const chips = h("ul", { class: "chips" });
    const element = h("section", { class: `zone zone-${zone.role}`, "data-role": zone.role, "aria-label": zone.title },
      h("h3", null, zone.title), h("p", { class: "help" }, zone.about), chips);
    zones.set(zone.role, { element, chips });
    graph.append(element);
  }
  graph.append(edges);

  function change(name, what) {
    list = list.map((column) => {
      if (column.name !== name) return column;
      const next = { ...column, ...what };
      // Only an exposure has an edge of its own to the outcome.
      return spelled(next.role) === "exposure" ? next : { ...next, direct: false };
    });
    draw();
    onchange(list);
  }

  function outcomeName() {
    return list.find((column) => column.role === "outcome")?.name ?? "the outcome";
  }

  function chip(column) {
    const role = spelled(column.role);
    const exposure = role === "exposure";
    const grip = h("span", { class: "grip", "aria-hidden": "true", title: "Drag to another role" }, "⠿");
    const direct = exposure ? h("button", {
      type: "button",
      class: "direct small",
      "data-key": `direct:${column.name}`,
      "aria-pressed": String(Boolean(column.direct)),
      "aria-label": `Direct path from ${column.name} to ${outcomeName()}`,
      title: "Press, or drag to the outcome, to draw an effect that does not pass through search",
      onclick: () => change(column.name, { direct: !column.direct }),
    }, h("span", { "aria-hidden": "true" }, column.direct ? "✓ " : "+ "), "direct path") : null;
    const unit = exposure || role === "mediator" ? h("select", {
      class: "small",
      "data-key": `unit:${column.name}`,
      "aria-label": `Unit of ${column.name}`,
      value: null,
      onchange: (event) => change(column.name, { unit: event.currentTarget.value }),
    }, ["money", "count"].map((unit) => h("option", { value: unit, selected: (column.unit ?? "money") === unit }, unit))) : null;
    const select = h("select", {
      class: "small",
      "data-key": `role:${column.name}`,
      "aria-label": `Role of ${column.name}`,
      onchange: (event) => change(column.name, { role: event.currentTarget.value }),
    }, ZONES.map((zone) => h("option", { value: zone.role, selected: zone.role === role }, words(zone.role === "ignore" ? "not used" : zone.role === "panel" ? "panel key" : zone.role))));
    // With many columns the reasons would bury the graph: they stay a hover away.
    const crowded = list.length > 20;
    const element = h("li", { class: "chip", "data-name": column.name, title: crowded ? column.why : null },
      h("div", { class: "chip-name" }, grip, h("span", null, column.name)),
      column.missing > 0 ? h("span", { class: "help" }, `${count(column.missing)} missing`) : null,
      column.why && !crowded ? h("p", { class: "help why" }, column.why === "given" ? "as you chose" : column.why) : null,
      h("div", { class: "chip-controls" }, select, unit, direct));
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.target.closest("select, button")) return;
      // A finger scrolls the page, except on the grip.
      if (event.pointerType !== "mouse" && !event.target.closest(".grip")) return;
      event.preventDefault();
      drag(event, element, column);
    });
    direct?.addEventListener("pointerdown", (event) => {
      if (event.button === 0) drawEdge(event, direct, column);
    });
    return element;
  }

  function zoneAt(x, y) {
    return document.elementFromPoint(x, y)?.closest?.(".zone") ?? null;
  }

  /** Follows the pointer until it is let go; `moved` hears each place, `dropped` the last. */
  function follow(event, source, moved, dropped) {
    const start = { x: event.clientX, y: event.clientY };
    let far = false;
    const end = new AbortController();
    const stop = (at) => {
      end.abort();
      if (far) dropped(at);
    };
    const options = { signal: end.signal };
    document.addEventListener("pointermove", (move) => {
      if (move.pointerId !== event.pointerId) return;
      far ||= Math.hypot(move.clientX - start.x, move.clientY - start.y) > 6;
      if (!far) return;
      move.preventDefault();
      // Zones may lie beyond the window: the page scrolls where the pointer nears its edge.
      if (move.clientY > innerHeight - 72) scrollBy(0, 12);
      else if (move.clientY < 96) scrollBy(0, -12);
      moved(move);
    }, options);
    document.addEventListener("pointerup", (up) => { if (up.pointerId === event.pointerId) stop(up); }, options);
    document.addEventListener("pointercancel", () => stop(null), options);
    document.addEventListener("keydown", (key) => { if (key.key === "Escape") stop(null); }, options);
    signal?.addEventListener("abort", () => stop(null), options);
    // A drag that ends on its own button is no press of it.
    source.addEventListener("click", (click) => { if (far) { click.preventDefault(); click.stopImmediatePropagation(); } },
      { capture: true, once: true });
  }

  function mark(zone) {
    for (const { element } of zones.values()) element.classList.toggle("over", element === zone);
  }

  function drag(event, element, column) {
    const box = element.getBoundingClientRect();
    let ghost = null;
    follow(event, element, (move) => {
      ghost ??= document.body.appendChild(h("div", { class: "chip ghost", "aria-hidden": "true" }, column.name));
      element.classList.add("dragged");
      ghost.style.transform = `translate(${move.clientX - Math.min(24, box.width / 2)}px, ${move.clientY - 20}px)`;
      mark(zoneAt(move.clientX, move.clientY));
    }, (at) => {
      ghost?.remove();
      element.classList.remove("dragged");
      mark(null);
      const zone = at && zoneAt(at.clientX, at.clientY);
      if (zone && zone.dataset.role !== spelled(column.role)) change(column.name, { role: zone.dataset.role });
    });
  }

  function drawEdge(event, button, column) {
    const line = s("path", { class: "edge direct pending", "marker-end": "url(#arrow-direct)" });
    follow(event, button, (move) => {
      const base = graph.getBoundingClientRect();
      const from = button.getBoundingClientRect();
      if (!line.isConnected) edges.append(line);
      const [x1, y1] = [from.right - base.left, (from.top + from.bottom) / 2 - base.top];
      const [x2, y2] = [move.clientX - base.left, move.clientY - base.top];
      line.setAttribute("d", `M${x1},${y1} C${x1 + 60},${y1} ${x2 - 60},${y2} ${x2},${y2}`);
      const zone = zoneAt(move.clientX, move.clientY);
      mark(zone?.dataset.role === "outcome" ? zone : null);
    }, (at) => {
      line.remove();
      mark(null);
      const zone = at && zoneAt(at.clientX, at.clientY);
      if (zone?.dataset.role === "outcome" && !column.direct) change(column.name, { direct: true });
    });
  }

  function arrow(id) {
    return s("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
      s("path", { d: "M0,0 L10,5 L0,10 z", class: id }));
  }

  function drawEdges() {
    const base = graph.getBoundingClientRect();
    if (base.width === 0) return;
    const rect = (element) => {
      const box = element.getBoundingClientRect();
      return { left: box.left - base.left, right: box.right - base.left, top: box.top - base.top, bottom: box.bottom - base.top };
    };
    const [from, through, to] = ["exposure", "mediator", "outcome"].map((role) => rect(zones.get(role).element));
    const paths = [];
    const beside = through.left >= from.right;
    const main = (a, b) => {
      if (beside) {
        const y = (through.top + through.bottom) / 2;
        return `M${a.right + 4},${y} L${b.left - 4},${y}`;
      }
      const x = (a.left + a.right) / 2;
      return `M${x},${a.bottom + 3} L${x},${b.top - 3}`;
    };
    paths.push(s("path", { class: "edge", d: main(from, through), "marker-end": "url(#arrow)" }));
    paths.push(s("path", { class: "edge", d: main(through, to), "marker-end": "url(#arrow)" }));
    const direct = list.filter((column) => spelled(column.role) === "exposure" && column.direct);
    direct.forEach((column, index) => {
      const element = [...zones.get("exposure").chips.children].find((item) => item.dataset.name === column.name);
      if (!element) return;
      const box = rect(element);
      const y = (box.top + box.bottom) / 2;
      let d;
      if (beside) {
        // Below the mediator, side by side, and into the outcome.
        const room = Math.max(to.bottom - through.bottom - 24, 12);
        const under = through.bottom + 12 + (room * (index + 1)) / (direct.length + 1);
        const gap = through.left - box.right;
        d = `M${box.right + 2},${y} C${box.right + gap * 0.7},${y} ${through.left - gap * 0.5},${under} ${through.left + 8},${under} L${to.left - 4},${under}`;
      } else {
        const x = Math.min(from.right + 6 + 5 * (index + 1), base.width - 3);
        const end = to.top + 24 + 10 * index;
        d = `M${box.right + 2},${y} C${x},${y} ${x},${y} ${x},${y + 16} L${x},${end - 12} Q${x},${end} ${to.right + 3},${end}`;
      }
      paths.push(s("path", { class: "edge direct", d, "marker-end": "url(#arrow-direct)" }));
    });
    edges.setAttribute("width", base.width);
    edges.setAttribute("height", base.height);
    edges.replaceChildren(s("defs", null, arrow("arrow"), arrow("arrow-direct")), ...paths);
  }

  function draw() {
    const key = document.activeElement?.dataset?.key;
    for (const zone of ZONES) {
      const { chips, element } = zones.get(zone.role);
      const members = list.filter((column) => spelled(column.role) === zone.role);
      fill(chips, members.map(chip), members.length ? null : h("li", { class: "nothing help" }, "Drop a column here"));
      element.classList.toggle("bare", members.length === 0);
    }
    if (key) graph.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    drawEdges();
  }

  const watch = new ResizeObserver(drawEdges);
  watch.observe(graph);
  signal?.addEventListener("abort", () => watch.disconnect());
  draw();
  return {
    element: graph,
    update(columns) {
      list = columns;
      draw();
    },
  };
}
