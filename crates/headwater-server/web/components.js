// The pieces that screens share.

import { get } from "./api.js";
import { h, fill, openDialog } from "./dom.js";
import { amount, estimate as writeEstimate, percent, words, NOTHING } from "./format.js";
import { context } from "./state.js";

/**
 * A table in a box that scrolls by itself. `columns`: {key, label, numeric}; `rows`: objects whose
 * values are text or nodes, or with `cells` functions: column.cell(row). The first column heads its row.
 */
export function table({ caption, columns, rows, hideCaption = false, className = "" }) {
  const cell = (column, row, first) => h(first ? "th" : "td", {
    scope: first ? "row" : null,
    class: column.numeric ? "number" : null,
    // On a phone a stacked table shows the heading of its column beside each cell.
    "data-label": column.label || null,
  }, (column.cell ? column.cell(row) : row[column.key]) ?? NOTHING);
  return h("div", { class: `table-box ${className}`, tabindex: "0", role: "region", "aria-label": caption },
    h("table", null,
      h("caption", { class: hideCaption ? "unseen" : null }, caption),
      h("thead", null, h("tr", null, columns.map((column) =>
        h("th", { scope: "col", class: column.numeric ? "number" : null }, column.label)))),
      h("tbody", null, rows.map((row) => h("tr", null,
        columns.map((column, index) => cell(column, row, index === 0)))))));
}

/** Text in which `code` stands between backticks, as the command line writes it. */
export function coded(text) {
  if (typeof text !== "string" || !text.includes("`")) return text;
  return text.split(/(`[^`]+`)/).map((piece) => (/^`.+`$/.test(piece) ? h("code", null, piece.slice(1, -1)) : piece));
}

const SIGNS = { info: "i", good: "✓", doubt: "!", bad: "✕" };

/** A message: `kind` is info, good, doubt or bad; said by sign and words, not by colour alone. */
export function notice({ kind = "info", title, text, help, children = [] }) {
  return h("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind] ?? "i"),
    h("div", { class: "notice-body" },
      title ? h("p", { class: "notice-title" }, coded(title)) : null,
      text ? h("p", null, coded(text)) : null,
      help ? h("p", { class: "help" }, coded(help)) : null,
      children));
}

/** Something is on its way. */
export function loading(text = "Loading") {
  return h("p", { class: "loading", role: "status" }, h("span", { class: "dots", "aria-hidden": "true" }), `${text}…`);
}

/** Nothing here yet, and what to do about it; `action` is a node or {label, href | onclick}. */
export function empty({ title, text, action }) {
  const button = !action || action instanceof Node ? action
    : action.href ? h("a", { class: "button primary", href: action.href }, action.label)
      : h("button", { type: "button", class: "primary", onclick: action.onclick }, action.label);
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), text ? h("p", null, text) : null, button);
}

/** An error with its remedy, the command line's text of it, and a button that tries again. */
export function errorNotice(error, retry = null) {
  const element = notice({
    kind: "bad",
    title: error.message,
    help: error.help,
    children: [
      error.report ? h("details", { open: true }, h("summary", null, "As the command line says it"),
        h("pre", { class: "report", tabindex: "0" }, error.report)) : null,
      retry ? h("button", { type: "button", onclick: (event) => { event.currentTarget.disabled = true; retry(); } }, "Try again") : null,
    ],
  });
  if (error.status === 0) element.dataset.gone = "";
  return element;
}

const STATUS = {
  passed: ["good", "✓", "Passed"],
  not_assessed: ["info", "?", "Not assessed"],
  warning: ["doubt", "!", "Warning"],
  failed: ["bad", "✕", "Failed"],
  queued: ["info", "…", "Waiting"],
  running: ["info", "▸", "Running"],
  done: ["good", "✓", "Done"],
  cancelled: ["doubt", "–", "Cancelled"],
  interrupted: ["doubt", "!", "Interrupted"],
};

/** The status of a finding or a run: a sign, a word and a colour. */
export function statusWord(status, word = null) {
  const [kind, sign, name] = STATUS[status] ?? ["info", "?", words(status)];
  return h("span", { class: `status ${kind}` }, h("span", { class: "sign", "aria-hidden": "true" }, sign), word ?? name);
}

/** Opens the explanation of a finding at the side. */
export async function explain(id) {
  const content = h("div", { class: "prose" }, loading("Fetching the explanation"));
  openDialog({ title: "What this finding means", content, side: true });
  const show = async () => {
    try {
      const { html } = await get(`/findings/${encodeURIComponent(id)}`);
      // Written by this server from its own pages; the content policy lets no script run in it.
      content.innerHTML = html;
    } catch (error) {
      fill(content, error.status === 404
        ? h("p", null, "There is no longer explanation of this finding.") : errorNotice(error, show));
    }
  };
  await show();
}

/** A finding: status, sentence, the figure that decided beside its bound, and its explanation. */
export function findingItem(finding) {
  const { measure } = finding;
  const bound = measure && ("at_least" in measure.bound
    ? `should be at least ${amount(measure.bound.at_least)}` : `should be at most ${amount(measure.bound.at_most)}`);
  return h("li", { class: "finding" },
    statusWord(finding.status),
    h("div", null,
      h("p", null, coded(sentence(finding.summary))),
      measure ? h("p", { class: "help" }, `${measure.name} ${amount(measure.value)}, ${bound}`) : null),
    h("button", { type: "button", class: "link", "aria-label": `Explain: ${words(finding.id.split(".").pop())}`,
      onclick: () => explain(finding.id) }, "Explain"));
}

/** A summary as a sentence: capital first, full stop last. */
export function sentence(text) {
  const trimmed = String(text ?? "").trim();
  return trimmed === "" ? "" : trimmed[0].toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? "" : ".");
}

const GRAVITY = ["failed", "warning", "not_assessed", "passed"];

/** Findings, the gravest first. */
export function findingList(findings) {
  const sorted = [...findings].sort((a, b) => GRAVITY.indexOf(a.status) - GRAVITY.indexOf(b.status));
  return h("ul", { class: "findings" }, sorted.map(findingItem));
}

/** An estimate in a table: the point, its interval below, or why there is none. */
export function estimateCell(value, write = amount) {
  if (typeof value?.point !== "number") {
    return h("span", { class: "estimate", title: value?.why ?? "" }, NOTHING,
      value?.why ? h("span", { class: "interval" }, value.why) : null);
  }
  const whole = writeEstimate(value, write);
  const point = write(value.point);
  return h("span", { class: "estimate" }, point,
    h("span", { class: "interval" }, whole === point ? "no interval" : whole.slice(point.length + 2, -1)));
}

/** What `estimateCell` leaves out of each cell: the level of the intervals, once for a table. */
export function levelNote(value) {
  return typeof value?.lower === "number" ? `${percent(value.level)} intervals` : "";
}

/**
 * Tabs by the usual keys (arrows, Home, End). `tabs`: {id, label, panel: () => node or a promise};
 * a panel is made when it is first shown. `onselect` hears the id.
 */
export function tabs({ label, tabs: list, selected, onselect = () => {} }) {
  const panels = new Map();
  const stage = h("div", { class: "tab-panels" });
  const buttons = list.map((tab) => h("button", {
    type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, onclick: () => choose(tab.id, true),
  }, tab.label));
  const row = h("div", { role: "tablist", class: "tabs", "aria-label": label, onkeydown: (event) => {
    const at = list.findIndex((tab) => tab.id === current);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const to = (next + list.length) % list.length;
    choose(list[to].id, true);
    buttons[to].focus();
  } }, buttons);
  let current = null;
  function choose(id, told) {
    current = list.some((tab) => tab.id === id) ? id : list[0].id;
    list.forEach((tab, index) => {
      const on = tab.id === current;
      buttons[index].setAttribute("aria-selected", String(on));
      buttons[index].tabIndex = on ? 0 : -1;
      if (on && !panels.has(tab.id)) {
        const panel = h("div", { role: "tabpanel", id: `panel-${tab.id}`, "aria-labelledby": `tab-${tab.id}`, tabindex: "0" }, loading());
        panels.set(tab.id, panel);
        stage.append(panel);
        Promise.resolve().then(tab.panel).then(
          (content) => fill(panel, content),
          (error) => { if (error.name !== "AbortError") fill(panel, errorNotice(error)); },
        );
      }
      if (panels.has(tab.id)) panels.get(tab.id).hidden = !on;
    });
    if (told) onselect(current);
  }
  choose(selected, false);
  return h("div", { class: "tab-set" }, row, stage);
}

/** The head of a screen: its h1, a sentence, and what one can do. */
export function head(title, lead = null, ...actions) {
  return h("div", { class: "head" },
    h("div", null, h("h1", { tabindex: "-1" }, title), lead ? h("p", { class: "lead" }, lead) : null),
    actions.length ? h("div", { class: "actions" }, actions) : null);
}

/** A field with its label, unit, range or help below, and a place for its error. */
export function field({ id, label, unit = null, help = null, control }) {
  control.id = id;
  const described = [help ? `${id}-help` : null, `${id}-error`].filter(Boolean).join(" ");
  control.setAttribute("aria-describedby", described);
  return h("div", { class: "field", "data-field": id },
    h("label", { for: id }, label, unit ? h("span", { class: "unit" }, ` ${unit}`) : null),
    control,
    help ? h("p", { class: "help", id: `${id}-help` }, help) : null,
    h("p", { class: "field-error", id: `${id}-error`, hidden: true }));
}

/** A button that copies what `text()` gives. */
export function copyButton(text, label = "Copy") {
  const button = h("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Without a secure page there is no clipboard: the text can be selected by hand.
      button.textContent = "Select it and copy";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}

/** Remembers in the header which dataset and run a Run is about. */
export function lookAt(run) {
  context({ dataset: run.dataset, run: { id: run.id, name: run.name, state: run.state } });
}
