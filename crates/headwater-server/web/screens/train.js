// Train: the settings, the command line that does the same, and the runs as they go on.

import { get, post } from "../api.js";
import { copyButton, empty, errorNotice, field, head, loading, notice } from "../components.js";
import { announce, fill, h } from "../dom.js";
import { count, day } from "../format.js";
import { isOver, runProgress } from "../progress.js";
import { FIELDS, differences, settingsForm, undifferenced, withoutNulls, write } from "../settings-form.js";
import { context, navigate, setQuery } from "../state.js";

export async function render(main, { params, query, signal }) {
  if (!params.dataset) return renderChoice(main, signal);
  const [dataset, known, runs] = await Promise.all([
    get(`/datasets/${params.dataset}`, { signal }), get("/settings", { signal }), get("/runs", { signal }),
  ]);
  context({ dataset: { id: dataset.id, name: dataset.name } });

  // Presets and estimators come with their settings, or by name alone.
  const named = (list) => Object.fromEntries((list ?? []).map((item) => (typeof item === "string" ? [item, {}] : [item.name, item.settings ?? {}])));
  const presets = named(known.presets);
  const estimators = named(known.estimators);
  const presetOf = (name) => withoutNulls(structuredClone(Object.keys(presets[name] ?? {}).length ? presets[name] : known.settings));

  // The URL holds what differs from the preset, so that a link or a reload keeps it.
  let preset = query.preset in presets ? query.preset : "default";
  let base = presetOf(preset);
  let settings = structuredClone(base);
  for (const { path } of FIELDS) {
    if (!(path in query)) continue;
    const value = undifferenced([query[path]].flat()[0]);
    const stage = path.match(/^stages\.(\w+)\.kind$/);
    if (!stage) write(settings, path, value);
    else if (value in estimators) settings.stages[stage[1]] = { ...structuredClone(estimators[value]), kind: value };
  }

  const command = h("pre", { tabindex: "0", "aria-label": "The command line that does the same" });
  const toml = h("pre", { class: "code", tabindex: "0", "aria-label": "headwater.toml" });
  const refused = h("div", { "aria-live": "polite" });
  const name = h("input", { type: "text", maxlength: 80, placeholder: "given by the server", value: query.name ?? "", oninput: () => setQuery({ name: name.value }, { replace: true }) });
  const start = h("button", { type: "submit", class: "primary" }, "Start training");
  const going = h("section", { class: "stack", "aria-labelledby": "going", hidden: true });
  let asked = 0;
  let timer = null;

  async function askCommand() {
    const ticket = ++asked;
    try {
      const answer = await post("/settings/command", { dataset: dataset.id, settings: withoutNulls(settings) }, { signal });
      if (ticket !== asked) return;
      command.textContent = answer.command;
      toml.textContent = answer.toml;
      form.refuse(null);
      fill(refused);
      start.disabled = Boolean(dataset.problem);
    } catch (error) {
      if (error.name === "AbortError" || ticket !== asked) return;
      command.textContent = "";
      form.refuse(error);
      fill(refused, errorNotice(error, error.status === 0 ? askCommand : null));
      start.disabled = error.status === 422;
    }
  }

  function changed() {
    setQuery({ ...differences(settings, base, estimators), preset: preset === "default" ? null : preset }, { replace: true });
    clearTimeout(timer);
    timer = setTimeout(askCommand, 250);
  }

  const form = settingsForm({ settings, estimators, onchange: changed });
  const presetSelect = h("select", { onchange: (event) => {
    preset = event.currentTarget.value;
    base = presetOf(preset);
    settings = structuredClone(base);
    form.take(settings);
    changed();
  } }, Object.keys(presets).map((option) => h("option", { value: option, selected: option === preset },
    { default: "default: two linear stages", seed: "seed: the founding system's two stages exactly" }[option] ?? option)));

  const active = new Set();
  function showRun(run, mine) {
    active.add(run.id);
    going.hidden = false;
    going.append(runProgress(run, {
      signal,
      ondone: (over) => {
        active.delete(over.id);
        // One goes on to the result of what one started here, unless another still runs or one is
        // writing in the form.
        const busy = document.activeElement?.matches?.("input, select, textarea");
        if (mine && over.state === "done" && active.size === 0 && !busy) navigate(`/runs/${over.id}`);
      },
    }));
  }
  fill(going, h("h2", { id: "going" }, "Training now"), h("p", { class: "help" }, "You may close this page: the runs go on, and are here when you come back."));

  async function begin(event) {
    event.preventDefault();
    const wrong = form.wrong();
    if (wrong) {
      wrong.closest("details")?.setAttribute("open", "");
      wrong.focus();
      return;
    }
    start.disabled = true;
    try {
      const title = name.value.trim();
      const run = await post("/runs", { dataset: dataset.id, settings: withoutNulls(settings), ...(title ? { name: title } : {}) });
      context({ run: { id: run.id, name: run.name, state: run.state } });
      showRun(run, true);
      announce(`${run.name} ${run.state === "queued" ? "waits in the queue" : "has started"}`);
      going.scrollIntoView({ block: "nearest" });
      fill(refused);
    } catch (error) {
      form.refuse(error);
      fill(refused, errorNotice(error));
      refused.scrollIntoView({ block: "nearest" });
    } finally {
      start.disabled = false;
    }
  }

  fill(main,
    head("Train", `${dataset.name}: ${dataset.weeks === null ? "not readable yet" : `${count(dataset.weeks)} weeks, ${day(dataset.first_week)} to ${day(dataset.last_week)}`}. The defaults suit most data.`),
    dataset.problem ? notice({ kind: "bad", title: dataset.problem.message, help: dataset.problem.help, children: [h("a", { href: `/data/${dataset.id}` }, "Settle it on the data screen")] }) : null,
    going,
    h("form", { class: "train-form", novalidate: true, onsubmit: begin },
      h("div", { class: "stack" },
        h("div", { class: "card" }, h("div", { class: "fields" },
          field({ id: "preset", label: "Preset", help: "Where the settings start from; changing it discards changes below.", control: presetSelect }),
          field({ id: "run-name", label: "Name of the run", help: "To find it again; it may be changed later.", control: name }))),
        form.element),
      h("div", { class: "train-side" }, h("div", { class: "card" },
        h("h2", null, "Start"),
        refused,
        h("p", { class: "help" }, "The command line that does the same:"),
        h("div", { class: "stack" }, h("div", { class: "command" }, command), h("div", null, copyButton(() => command.textContent, "Copy the command"))),
        h("details", null, h("summary", null, "headwater.toml"), h("div", { class: "stack" }, toml, h("div", null, copyButton(() => toml.textContent)))),
        start))));
  start.disabled = Boolean(dataset.problem);
  for (const run of runs.filter((one) => !isOver(one)).reverse()) showRun(run, false);
  command.textContent = "…";
  await askCommand();
}

async function renderChoice(main, signal) {
  fill(main, loading());
  const datasets = (await get("/datasets", { signal })).filter((dataset) => !dataset.problem);
  fill(main, head("Train", "Choose the data to train on."), datasets.length
    ? h("ul", { class: "choices" }, datasets.map((dataset) => h("li", null, h("a", { class: "card", href: `/train/${dataset.id}` },
      h("strong", null, dataset.name), h("span", { class: "help" }, `${count(dataset.weeks)} weeks, ${day(dataset.first_week)} to ${day(dataset.last_week)}`)))))
    : empty({ title: "No data to train on yet", text: "Drop a file, or try the sample market.", action: { label: "Go to the data", href: "/data" } }));
}
