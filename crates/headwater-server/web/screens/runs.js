// Runs: every run on this server, to open, compare, name, download or delete.

import { address, del, get, patch } from "../api.js";
import { empty, errorNotice, head, sentence, statusWord, table } from "../components.js";
import { announce, confirmDialog, fill, h, openDialog } from "../dom.js";
import { duration, estimate, moment, NOTHING, ratio, words } from "../format.js";
import { isOver } from "../progress.js";
import { context, navigate, setQuery } from "../state.js";

const FILES = [
  ["report.html", "Report (web page)"], ["report.md", "Report (Markdown)"], ["analysis.json", "Analysis (JSON)"],
  ["stage1.json", "Model of stage 1"], ["stage2.json", "Model of stage 2"], ["headwater.toml", "Settings"], ["dataset.csv", "Data as trained on"],
];

/** The out-of-sample skill, however a run tells it. */
export function skill(value) {
  if (typeof value === "number") return ratio(value);
  if (typeof value === "string") return value;
  return value ? estimate(value, ratio) : NOTHING;
}

/** The verdict on the path as a word of status; its sentence on hover and for a screen reader. */
export function verdictWord(verdict) {
  if (!verdict) return NOTHING;
  const status = verdict.status ?? "not_assessed";
  return h("span", { title: verdict.summary ?? null }, statusWord(status, sentence(words(verdict.verdict ?? "")).replace(/\.$/, "") || null));
}

export async function render(main, { query, signal }) {
  let runs = await get("/runs", { signal });
  const chosen = new Set([query.pick ?? []].flat().filter((id) => runs.some((run) => run.id === id)).slice(0, 2));
  const list = h("div");
  const trouble = h("div", { "aria-live": "polite" });
  const compare = h("button", { type: "button", class: "primary", onclick: () => {
    const [a, b] = [...chosen];
    navigate(`/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
  } }, "Compare");

  function pick(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
    // Two are compared: a third takes the place of the first.
    while (chosen.size > 2) chosen.delete(chosen.values().next().value);
    setQuery({ pick: [...chosen] }, { replace: true });
    for (const box of list.querySelectorAll("input[data-run]")) box.checked = chosen.has(box.dataset.run);
    drawCompare();
  }

  function drawCompare() {
    compare.disabled = chosen.size !== 2;
    compare.textContent = chosen.size === 2 ? "Compare the two" : `Compare (pick ${2 - chosen.size} more)`;
  }

  function downloads(run) {
    openDialog({
      title: `Download ${run.name}`,
      side: true,
      content: [
        h("p", null, h("a", { class: "button primary", href: address(`/runs/${run.id}/run.zip`), download: true }, "The run to keep or pass on (run.zip)")),
        h("h3", null, "Files"),
        h("ul", { class: "files" }, FILES.map(([file, label]) => h("li", null, h("a", { href: address(`/runs/${run.id}/files/${file}`), download: true }, label), h("span", { class: "help mono" }, ` ${file}`)))),
        h("h3", null, "Figures"), figuresOf(run),
      ],
    });
  }

  function figuresOf(run) {
    const place = h("div", null, "Loading…");
    get(`/runs/${run.id}/figures`).then((figures) => fill(place, figures.length === 0 ? "This run has no figures." : h("ul", { class: "files" }, figures.map((item) => h("li", null,
      `${sentence(item.about)} `,
      h("a", { href: address(`/runs/${run.id}/figures/${item.id}.png`), download: true, "aria-label": `${item.id} as PNG` }, "PNG"), " ",
      h("a", { href: address(`/runs/${run.id}/figures/${item.id}.svg`), download: true, "aria-label": `${item.id} as SVG` }, "SVG"))))),
    (error) => fill(place, errorNotice(error)));
    return place;
  }

  function rename(run) {
    const input = h("input", { type: "text", id: "new-name", value: run.name, required: true, maxlength: 80 });
    const wrong = h("div");
    const dialog = openDialog({
      title: "Rename the run",
      content: h("form", { class: "stack", onsubmit: async (event) => {
        event.preventDefault();
        try {
          const next = await patch(`/runs/${run.id}`, { name: input.value.trim() });
          if (context().run?.id === run.id) context({ run: { id: run.id, name: next.name, state: next.state } });
          dialog.close();
          await refresh();
          announce(`Renamed to ${next.name}`);
        } catch (error) {
          fill(wrong, errorNotice(error));
        }
      } }, h("div", { class: "field" }, h("label", { for: "new-name" }, "Name"), input), wrong, h("div", null, h("button", { type: "submit", class: "primary" }, "Rename"))),
    });
    input.select();
  }

  async function remove(run) {
    const sure = await confirmDialog({
      title: `Delete ${run.name}?`,
      text: [
        `Its result, models, report, figures, saved scenarios and its copy of the data go from this server${isOver(run) ? "" : "; it stops training"}. This cannot be undone.`,
        "The data it was trained on stay on the data screen. The same data, settings and seed give the same result again.",
      ],
      action: "Delete the run",
    });
    if (!sure) return;
    try {
      await del(`/runs/${run.id}`);
      if (context().run?.id === run.id) context({ run: null });
      chosen.delete(run.id);
      await refresh();
      announce(`${run.name} is deleted`);
    } catch (error) {
      fill(trouble, errorNotice(error));
    }
  }

  const under = (text) => h("span", { class: "interval block" }, text);
  const started = (run) => {
    const [date, time] = moment(run.started ?? run.created).split(", ");
    return [h("span", { class: "day" }, date), under([time, run.seconds === null ? null : `took ${duration(run.seconds)}`].filter(Boolean).join(", "))];
  };
  const act = (run, label, then) => h("button", { type: "button", class: "link", "data-key": `${label}:${run.id}`, "aria-label": `${label} ${run.name}`, onclick: () => then(run) }, label);

  function draw() {
    const focused = document.activeElement?.dataset?.key;
    if (runs.length === 0) {
      fill(list, empty({ title: "No run yet", text: "A run is one training on one file. Start with data; the sample market takes a minute.", action: { label: "Go to the data", href: "/data" } }));
      compare.hidden = true;
      return;
    }
    compare.hidden = runs.length < 2;
    fill(list, table({
      caption: "Runs, newest first", hideCaption: true, rows: runs, className: "runs stacked",
      columns: [
        { label: "Run", cell: (run) => h("div", null, h("a", { href: `/runs/${run.id}`, "data-key": `open:${run.id}` }, run.name),
          h("div", { class: "row-actions" },
            run.state === "done" ? act(run, "Download", downloads) : null, act(run, "Rename", rename), act(run, "Delete", remove))) },
        { label: "State", cell: (run) => [statusWord(run.state), run.state === "running" && run.progress ? under(words(run.progress.what) + (run.progress.total > 0 ? `, ${run.progress.done} of ${run.progress.total}` : ""))
          : run.state === "queued" && run.position ? under(`number ${run.position}`) : null,
        run.state === "failed" && run.error ? h("span", { class: "interval block wrap" }, run.error.message) : null] },
        { label: "Path", cell: (run) => verdictWord(run.verdict) },
        { label: "Skill against naive", numeric: true, cell: (run) => skill(run.skill) },
        { label: "Trained on", cell: (run) => [run.dataset?.name ?? NOTHING, under([run.weeks ? `${run.weeks} weeks` : null, words(run.estimator), `seed ${run.seed}`].filter(Boolean).join(", "))] },
        { label: "Started", cell: (run) => started(run) },
        { label: "Compare", cell: (run) => h("input", { type: "checkbox", "data-run": run.id, "data-key": `pick:${run.id}`, "aria-label": `Compare ${run.name}`, checked: chosen.has(run.id), disabled: run.state !== "done", onchange: (event) => pick(run.id, event.currentTarget.checked) }) },
      ],
    }));
    if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    drawCompare();
  }

  let timer = null;
  async function refresh() {
    clearTimeout(timer);
    try {
      const next = await get("/runs", { signal });
      if (JSON.stringify(next) !== JSON.stringify(runs)) {
        runs = next;
        draw();
      }
      fill(trouble);
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(trouble, errorNotice(error, refresh));
    }
    if (runs.some((run) => !isOver(run))) timer = setTimeout(refresh, 2000);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));

  fill(main, head("Runs", "Every training on this server. Pick two that are done to see what differs.", compare), trouble, list);
  draw();
  if (runs.some((run) => !isOver(run))) timer = setTimeout(refresh, 2000);
}
