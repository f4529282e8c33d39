// Compare: two runs side by side: what differs in data, settings, scores and effects.

import { get } from "../api.js";
import { empty, errorNotice, estimateCell, head, levelNote, loading, table } from "../components.js";
import { announce, fill, h } from "../dom.js";
import { amount, moment, NOTHING, ratio, words } from "../format.js";
import { setQuery } from "../state.js";
import { skill, verdictWord } from "./runs.js";

/** A value of a comparison as text: it may be a number, an estimate, a list or a word. */
function shown(value) {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : amount(value);
  if (typeof value === "object" && "point" in value) return estimateCell(value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** Returns on spend are read to two decimals, revenue as an amount. */
function writer(what) {
  return /roas|return/i.test(what) ? ratio : amount;
}

export async function render(main, { query, signal }) {
  const runs = (await get("/runs", { signal })).filter((run) => run.state === "done");
  let { a, b } = query;
  if (runs.length < 2) {
    fill(main, head("Compare", "Two runs side by side."), empty({
      title: "Two finished runs are needed",
      text: "Train once more with other settings or newer data, then come back.", action: { label: "Go to the runs", href: "/runs" },
    }));
    return;
  }
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const select = (id, label, chosen, other) => h("div", { class: "field" }, h("label", { for: id }, label),
    h("select", { id, onchange: (event) => { other(event.currentTarget.value); show(); } },
      chosen && runs.some((run) => run.id === chosen) ? null : h("option", { value: "", selected: true, disabled: true }, "Choose a run"),
      runs.map((run) => h("option", { value: run.id, selected: run.id === chosen }, `${run.name}, ${moment(run.created)}`))));

  async function show() {
    setQuery({ a, b }, { replace: true });
    if (!a || !b) return fill(place, h("p", { class: "help" }, "Choose two runs."));
    fill(place, loading("Comparing"));
    try {
      const found = await get(`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`, { signal });
      draw(found);
      announce(`${found.a.name} beside ${found.b.name}`);
    } catch (error) {
      if (error.name !== "AbortError") fill(place, errorNotice(error, show));
    }
  }

  function section(title, rows, columns, nothing) {
    return h("section", { class: "stack" }, h("h2", null, title), rows?.length
      ? table({ caption: title, hideCaption: true, columns, rows, className: "stacked" }) : h("p", { class: "help" }, nothing));
  }

  function draw(found) {
    const names = found.a.name === found.b.name ? [`${found.a.name} (A)`, `${found.b.name} (B)`] : [found.a.name, found.b.name];
    const pair = (write = (row, side) => shown(row[side]), numeric = false) => [
      { label: names[0], numeric, cell: (row) => write(row, "a") },
      { label: names[1], numeric, cell: (row) => write(row, "b") },
    ];
    const what = { label: "What", cell: (row) => row.what };
    const level = levelNote(found.effects?.map((row) => row.a).find((one) => typeof one?.lower === "number"));
    const trees = [found.a, found.b].some((run) => String(run.estimator).includes("boosting"));
    // A channel without an edge of its own to the outcome in either run has no direct effect to compare.
    const none = (estimate) => estimate?.point === 0 && (estimate.lower ?? 0) === 0 && (estimate.upper ?? 0) === 0;
    const effects = (found.effects ?? []).filter((row) => row.what !== "direct" || !none(row.a) || !none(row.b));
    fill(place,
      section("At a glance", [
        { what: "verdict on the path", a: verdictWord(found.a.verdict), b: verdictWord(found.b.verdict) },
        { what: "skill against naive", a: skill(found.a.skill), b: skill(found.b.skill) },
        { what: "data", a: found.a.dataset?.name, b: found.b.dataset?.name },
        { what: "weeks", a: shown(found.a.weeks), b: shown(found.b.weeks) },
        { what: "estimator", a: words(found.a.estimator), b: words(found.b.estimator) },
        { what: "seed", a: shown(found.a.seed), b: shown(found.b.seed) },
        { what: "result", a: h("a", { href: `/runs/${found.a.id}` }, "Open"), b: h("a", { href: `/runs/${found.b.id}` }, "Open") },
      ], [what, ...pair((row, side) => row[side])], ""),
      section("What differs in the data", (found.data ?? []).filter((row) => row.a !== row.b), [what, ...pair()], "Nothing: both were trained on the same data."),
      section("What differs in the settings", found.settings, [what, ...pair()], "Nothing: both have the same settings."),
      section("Scores on weeks they had not seen", found.scores, [what, ...pair(undefined, true)], "Neither run was scored out of sample."),
      h("section", { class: "stack" }, h("h2", null, "Effects"),
        h("p", { class: "help" }, `${level ? `${level} in grey. ` : ""}Effects are in the unit of the outcome, returns in outcome per unit spent. Two intervals that overlap do not show that the runs agree, nor that they differ.${trees ? " Those of boosted trees show stability, not coverage." : ""}`),
        effects.length ? table({
          caption: "Effects of both runs", hideCaption: true, rows: effects, className: "stacked",
          columns: [{ label: "Channel", cell: (row) => row.channel }, { label: "What", cell: (row) => words(row.what) },
            ...pair((row, side) => (row[side] ? estimateCell(row[side], writer(row.what)) : NOTHING), true)],
        }) : h("p", { class: "help" }, "The two runs have no channel in common.")));
  }

  fill(main, head("Compare", "What changed between two runs, in what went in and in what came out.", h("a", { class: "button", href: "/runs" }, "All runs")),
    h("div", { class: "fields wide" }, select("run-a", "First run", a, (id) => { a = id; }), select("run-b", "Second run", b, (id) => { b = id; })),
    place);
  await show();
}
