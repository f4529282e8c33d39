// Data: a file comes in, its columns get their roles, and one looks at it before any fit.

import { del, get, post, put, upload } from "../api.js";
import { figure } from "../chart.js";
import { copyButton, empty, errorNotice, findingList, head, loading, notice, statusWord, table } from "../components.js";
import { announce, confirmDialog, fill, h } from "../dom.js";
import { bytes, count, day, moment } from "../format.js";
import { rolesEditor } from "../roles.js";
import { context, navigate } from "../state.js";

export async function render(main, { params, signal }) {
  if (params.dataset) await renderDataset(main, params.dataset, signal);
  else await renderStart(main, signal);
}

async function renderStart(main, signal) {
  const trouble = h("div", { "aria-live": "polite" });
  const busy = h("div");
  const [status, datasets] = await Promise.all([get("/status", { signal }), get("/datasets", { signal })]);
  const kinds = ["CSV", status.parquet ? "Parquet" : null, "Excel (.xlsx)"].filter(Boolean);

  async function take(work, text) {
    fill(trouble);
    fill(busy, loading(text));
    try {
      const dataset = await work();
      context({ dataset: { id: dataset.id, name: dataset.name }, run: null });
      navigate(`/data/${dataset.id}`);
    } catch (error) {
      fill(busy);
      fill(trouble, errorNotice(error));
    }
  }

  function send(file) {
    if (!file) return;
    if (status.limits?.bytes && file.size > status.limits.bytes) {
      return fill(trouble, notice({ kind: "bad", title: `${file.name} has ${bytes(file.size)}; this server takes at most ${bytes(status.limits.bytes)}.`, help: "Keep one row a week and the columns that the model needs; a weekly file is small." }));
    }
    const bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    take(() => {
      busy.append(bar);
      return upload(file, (share) => { bar.value = share; });
    }, `Reading ${file.name}`);
  }

  const input = h("input", {
    type: "file", id: "file", accept: [".csv", ".tsv", ".txt", ".xlsx", status.parquet ? ".parquet" : null].filter(Boolean).join(","),
    onchange: (event) => { send(event.currentTarget.files[0]); event.currentTarget.value = ""; },
  });
  const limits = [status.limits?.bytes ? `at most ${bytes(status.limits.bytes)}` : null,
    status.limits?.rows ? `${count(status.limits.rows)} rows` : null].filter(Boolean).join(" and ");
  const drop = h("label", { class: "drop", for: "file" }, input,
    h("span", { class: "drop-title" }, "Drop your weekly data here"),
    h("span", { class: "button primary" }, "Choose a file"),
    h("span", { class: "help" }, `${kinds.join(", ")}; one row a week${limits ? `; ${limits}` : ""}. It is kept on this server alone.`));
  // Anywhere on the page will do: a file that misses the box would else replace the page.
  for (const [name, on] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", on);
      if (name === "drop") send(event.dataTransfer.files[0]);
    }, { signal });
  }

  fill(main,
    head("Data", "Weekly spend by channel, paid search, and revenue. Headwater reads which column is which; you correct it."),
    h("div", { class: "start" },
      drop,
      h("div", { class: "card" },
        h("h2", null, "No file at hand?"),
        h("p", null, "A simulated market of 104 weeks whose true effects are known: see every screen in a minute."),
        h("div", null, h("button", { type: "button", onclick: () => take(() => post("/datasets/sample"), "Simulating the sample market") }, "Try the sample market")))),
    busy, trouble);

  const list = h("section", { class: "stack", "aria-labelledby": "datasets" });
  main.append(list);
  const draw = (rows) => fill(list, h("h2", { id: "datasets" }, "Your data"), rows.length === 0
    ? empty({ title: "Nothing here yet", text: "Files that you drop above are listed here until you delete them." })
    : table({
      caption: "Data on this server", hideCaption: true, rows, className: "stacked",
      columns: [
        { label: "Name", cell: (row) => h("a", { href: `/data/${row.id}` }, row.name) },
        { label: "Weeks", numeric: true, cell: (row) => (row.weeks === null ? null : count(row.weeks)) },
        { label: "From", cell: (row) => (row.first_week ? h("span", { class: "day" }, day(row.first_week)) : null) },
        { label: "To", cell: (row) => (row.last_week ? h("span", { class: "day" }, day(row.last_week)) : null) },
        { label: "Columns", numeric: true, cell: (row) => count(row.columns) },
        { label: "State", cell: (row) => (row.problem ? statusWord("warning", "Needs a look") : statusWord("passed", "Ready")) },
        { label: "Uploaded", cell: (row) => moment(row.uploaded) },
        { label: "", cell: (row) => h("button", { type: "button", class: "small", "aria-label": `Delete ${row.name}`, onclick: () => remove(row) }, "Delete") },
      ],
    }));
  async function remove(dataset) {
    const sure = await confirmDialog({
      title: `Delete ${dataset.name}?`,
      text: ["The file and the roles of its columns go from this server.", "Runs that were trained on it stay: each keeps its own copy of the data."],
      action: "Delete the data",
    });
    if (!sure) return;
    try {
      await del(`/datasets/${dataset.id}`);
      if (context().dataset?.id === dataset.id) context({ dataset: null });
      draw(await get("/datasets"));
      announce(`${dataset.name} is deleted`);
    } catch (error) {
      fill(trouble, errorNotice(error));
    }
  }
  draw(datasets);
}

function span(dataset) {
  if (dataset.weeks === null) return `${dataset.columns.length} columns · ${bytes(dataset.bytes)}`;
  return `${count(dataset.weeks)} weeks, ${day(dataset.first_week)} to ${day(dataset.last_week)} · ${dataset.columns.length} columns · ${bytes(dataset.bytes)}`;
}

async function renderDataset(main, id, signal) {
  let dataset = await get(`/datasets/${id}`, { signal });
  context({ dataset: { id: dataset.id, name: dataset.name } });

  const state = h("div", { "aria-live": "polite", class: "stack" });
  const findings = h("section", { class: "card", "aria-labelledby": "findings" });
  const train = h("button", { type: "button", class: "primary", onclick: () => navigate(`/train/${id}`) }, "Train on these data");
  const toml = h("pre", { tabindex: "0", class: "code", "aria-label": "The roles in headwater.toml" });
  const charts = h("section", { class: "card", "aria-labelledby": "charts" });
  let figures = [];

  function draw() {
    train.disabled = Boolean(dataset.problem);
    fill(state, dataset.problem
      ? notice({
        kind: "bad", title: dataset.problem.message, help: dataset.problem.help,
        text: "Until this is settled the data cannot be trained on.",
        children: dataset.problem.report ? [h("details", { open: true }, h("summary", null, "As the command line says it"), h("pre", { class: "report", tabindex: "0" }, dataset.problem.report))] : [],
      })
      : dataset.findings.some((finding) => finding.status === "failed")
        ? notice({ kind: "doubt", title: "These data can be trained on, but a check failed", text: "Read the findings below before you believe the result." })
        : notice({ kind: "good", title: "Ready to train", text: "Check that each column has its role, then train." }));
    fill(findings, h("h2", { id: "findings" }, "What the data say about themselves"), dataset.findings.length
      ? findingList(dataset.findings)
      : h("p", { class: "help" }, dataset.problem ? "Not assessed: the columns cannot be put together yet." : "No doubts were found."));
    toml.textContent = dataset.toml;
  }

  function drawCharts() {
    fill(charts, h("h2", { id: "charts" }, "How the columns move"), figures.length
      ? figures.map((item) => figure(`/datasets/${id}/figures/${item.id}`, { signal }))
      : h("p", { class: "help" }, "No charts for these data."));
  }

  // Changes made while one is under way are sent together after it.
  let sending = false;
  let waiting = null;
  async function send(columns) {
    waiting = columns;
    if (sending) return;
    sending = true;
    while (waiting) {
      // What was told by name stays told by name: only what differs was chosen by the user.
      const before = new Map(dataset.columns.map((column) => [column.name, column]));
      const changed = waiting.filter((column) => ["role", "direct", "unit"].some((key) => column[key] !== before.get(column.name)?.[key]));
      const roles = Object.fromEntries(changed.map(({ name, role, direct, unit }) => [name, { role, direct: Boolean(direct), ...(unit ? { unit } : {}) }]));
      waiting = null;
      try {
        const answer = await put(`/datasets/${id}/roles`, { columns: roles });
        if (waiting) continue;
        dataset = answer;
        editor.update(dataset.columns);
        draw();
        drawCharts();
        announce(dataset.problem ? `Saved, but: ${dataset.problem.message}` : "Saved. The data are ready to train on.");
      } catch (error) {
        if (waiting) continue;
        // What was not saved is not shown as if it were.
        editor.update(dataset.columns);
        fill(state, errorNotice(error, () => { draw(); send(columns); }));
      }
    }
    sending = false;
  }

  const editor = rolesEditor({ columns: dataset.columns, onchange: send, signal });
  const { preview } = dataset;
  fill(main,
    head(dataset.name, span(dataset), h("a", { class: "button", href: "/data" }, "All data"), train),
    state,
    h("section", { class: "card", "aria-labelledby": "roles" },
      h("h2", { id: "roles" }, "What each column is"),
      h("p", { class: "help" }, "Drag a column by its grip to another box, or choose its role in the menu on it. ",
        h("span", { class: "legend-line" }), "always in the model ", h("span", { class: "legend-line dashed" }), "a direct path, around search. Every change is saved at once."),
      editor.element,
      h("details", null, h("summary", null, "The same in headwater.toml"), h("div", { class: "stack" }, toml, h("div", null, copyButton(() => toml.textContent))))),
    findings,
    h("section", { class: "card", "aria-labelledby": "preview" },
      h("h2", { id: "preview" }, "The first rows, as in the file"),
      table({
        caption: `The first ${preview.rows.length} rows of ${dataset.name}`, hideCaption: true, className: "tall preview",
        columns: preview.header.map((label, index) => ({ label, numeric: index > 0, cell: (row) => row[index] })),
        rows: preview.rows,
      }),
      h("p", { class: "help mono" }, `SHA-256 ${dataset.sha256}`)),
    charts);
  draw();
  try {
    figures = await get(`/datasets/${id}/figures`, { signal });
    drawCharts();
  } catch (error) {
    if (error.name !== "AbortError") fill(charts, h("h2", { id: "charts" }, "How the columns move"), errorNotice(error));
  }
}
