// Result: what a run found. The answer, then how far to believe it, then everything behind it.

import { capital, clear, columns, doubts, kindOf, legend, listed, pathNotice } from "../answer.js";
import { address, get, post } from "../api.js";
import { chart, figure } from "../chart.js";
import {
  copyButton, empty, errorNotice, estimateCell, explain, findingItem, head, levelNote, loading, lookAt, notice, sentence,
  statusWord, table,
} from "../components.js";
import { fill, h } from "../dom.js";
import { amount, day, duration, estimate, NOTHING, percent, ratio, words } from "../format.js";
import { navigate, onTheme, theme } from "../state.js";
import { runProgress } from "../progress.js";

/** The screen of `/runs/{id}`. */
export async function render(main, { params, signal }) {
  const run = await get(`/runs/${params.run}`, { signal });
  lookAt(run);
  if (run.state !== "done") return unfinished(main, run, signal);
  const [summary, analysis, pictures] = await Promise.all([
    get(`/runs/${run.id}/summary`, { signal }),
    get(`/runs/${run.id}/analysis`, { signal }),
    // a run is read without its pictures as well
    get(`/runs/${run.id}/figures`, { signal }).catch((error) => {
      if (error.name === "AbortError") throw error;
      return [];
    }),
  ]);
  const names = columns(analysis);
  const shown = new Set();
  const picture = (id) => {
    if (!pictures.some((entry) => entry.id === id)) return null;
    shown.add(id);
    return figure(`/runs/${run.id}/figures/${id}`, { signal });
  };
  const sections = [
    ["answer", "Answer", answer(run, analysis, summary, names, picture)],
    ["effects", "Effects", effects(analysis, names, picture)],
    ["worth", `Where ${names.outcome} came from`, attribution(run, names, signal)],
    ["fit", "Fit", fit(analysis, names, picture)],
    ["sensitivity", "What would change the answer", sensitivity(analysis, picture)],
    ["checks", "Checks", checks(analysis)],
    ["assumptions", "Only true if", assumptions(analysis, names)],
    ["made", "How it was made", made(run, analysis, names)],
  ];
  const elsewhere = new Set(["response_curves", "impulse_responses", "budget", "price_curve", "scenario", "waterfall", "series", "spend_share", "correlation"]);
  const others = pictures.filter(({ id }) => !shown.has(id) && !elsewhere.has(id));
  if (others.length) sections.push(["pictures", "More pictures", more(run, others, signal)]);
  fill(main,
    head(run.name, facts(run, analysis),
      h("a", { class: "button primary", href: `/runs/${run.id}/what-if` }, "What if"),
      h("a", { class: "button", href: `/runs/${run.id}/plan?tab=next` }, "What to do next"),
      h("a", { class: "button", href: address(`/runs/${run.id}/files/report.html`), download: "report.html" }, "Report")),
    sections[0][2],
    h("nav", { class: "contents", "aria-label": "On this page" }, h("ul", null, sections.slice(1).map(([id, title]) =>
      h("li", null, h("a", { href: `#${id}`, onclick: (event) => jump(event, id) }, title))))),
    sections.slice(1).map(([id, title, content]) => h("section", { class: "stack", id, tabindex: "-1", "aria-labelledby": `${id}-title` },
      h("h2", { id: `${id}-title` }, title), content)));
}

/** Goes to a section without another entry in the history. */
function jump(event, id) {
  event.preventDefault();
  const section = document.getElementById(id);
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}

/** A run that waits, works, or came to no result. */
function unfinished(main, run, signal) {
  const going = run.state === "queued" || run.state === "running";
  fill(main,
    head(run.name, going ? "The result stands here as soon as it is there. The page may be closed meanwhile: the run goes on." : null),
    runProgress(run, { signal, ondone: (over) => { if (over.state === "done") navigate(location.pathname, { replace: true }); } }),
    going ? null : empty({
      title: "There is no result",
      text: "Train again with other settings, or look at another run.",
      action: { label: "Train again", href: `/train/${run.dataset.id}` },
    }));
}

const facts = (run, { data, seed }) =>
  `${data.weeks} weeks, ${day(data.first_week)} to ${day(data.last_week)}. ${capital(words(run.estimator))}, seed ${seed}${typeof run.seconds === "number" ? `, trained in ${duration(run.seconds)}` : ""}.`;

const found = (analysis, id) => analysis.findings.find((finding) => finding.id === id);

// The first screen.

/** What a status says of a forecast. */
const FORECAST = { passed: "Beats naive", failed: "Worse than naive", warning: "Not by every measure" };

function answer(run, analysis, summary, names, picture) {
  const path = found(analysis, "mediation.path");
  const status = path?.status ?? "not_assessed";
  const graph = picture("graph");
  return h("section", { class: "stack", "aria-label": "The answer" },
    h("div", { class: `card verdict ${kindOf(status)}` },
      h("div", { class: "said-first" }, summary.answer.map((text) => h("p", null, sentence(text)))),
      h("div", { class: "verdict-word" },
        h("p", { class: "verdict-about" }, `The path through ${names.mediator}`),
        h("h2", null, statusWord(status, capital(summary.verdict))),
        h("p", null, reason(summary)),
        h("button", { type: "button", class: "link", onclick: () => explain("mediation.path") }, "What this means, and what would settle it"),
        summary.skill ? [
          h("p", { class: "verdict-about" }, `The forecast of ${names.outcome}`),
          h("p", null, statusWord(summary.forecast ?? "not_assessed", FORECAST[summary.forecast] ?? null), " ", sentence(summary.skill)),
        ] : null)),
    graph,
    skill(analysis, names),
    drawEdge(run, analysis));
}

/** Why the verdict is what it is, without the verdict said again. */
function reason({ verdict, reason: why }) {
  return sentence(why.startsWith(`${verdict}: `) ? why.slice(verdict.length + 2) : why);
}

/** How to draw an edge that was found. */
function drawEdge(run, { path }) {
  if (!path.config.length) return null;
  const text = path.config.join("\n");
  return h("div", { class: "card" },
    h("h2", null, "To draw the edge that was found"),
    h("p", null, "Mark the channel as having a direct path, ", h("a", { href: `/data/${run.dataset.id}` }, "on the screen of the data"), ", and train again; or write under [columns] in headwater.toml:"),
    h("div", { class: "command" }, h("pre", { tabindex: "0" }, text), copyButton(() => text)));
}

/** Accuracy in weeks the model had not seen, beside the best naive forecast. */
function skill(analysis, { mediator, outcome }) {
  const { mediator: first, outcome: second } = analysis.stages;
  const row = (what, id, out, inside) => {
    const finding = found(analysis, id);
    const { naive_rmse: naive, naive_by_rmse: by } = finding?.evidence ?? {};
    return {
      what: h("span", { class: "stage" }, what[0], h("span", { class: "under" }, what[1])),
      judged: finding ? statusWord(finding.status, FORECAST[finding.status]) : statusWord("not_assessed"),
      rmse: amount(out.pooled.rmse),
      naive: h("span", { class: "estimate" }, amount(naive), by ? h("span", { class: "interval" }, by) : null),
      r2: ratio(out.pooled.r2),
      inside: h("span", { class: "quietly" }, ratio(inside.r2)),
    };
  };
  return h("div", { class: "card" },
    h("h2", null, "Does it forecast?"),
    table({
      caption: `Over ${second.out_of_sample.path.pooled.weeks} weeks the model had not seen`,
      className: "skill stacked",
      columns: [
        { key: "what", label: "forecast of" },
        { key: "judged", label: "verdict" },
        { key: "rmse", label: "typical error (RMSE)", numeric: true },
        { key: "naive", label: "best naive forecast", numeric: true },
        { key: "r2", label: "R²", numeric: true },
        { key: "inside", label: "R² in sample", numeric: true },
      ],
      rows: [
        row([mediator, "stage 1, from the channels"], "validation.mediator", first.out_of_sample, first.in_sample),
        row([outcome, `stage 2, ${mediator} forecast too`], "validation.outcome_path", second.out_of_sample.path, second.in_sample),
      ],
    }),
    legend(`RMSE in the unit of ${mediator} and ${outcome}. In sample: the weeks the model learned from, which say little of how well it forecasts.`));
}

// Effects.

function effects(analysis, names, picture) {
  const { effects: all, path, bootstrap } = analysis;
  const { outcome, mediator, direct } = names;
  const whatever = path.use_totals && path.totals.length > 0;
  const level = levelNote(all[0]?.total);
  const rows = all.map((effect) => ({
    channel: effect.channel,
    spend: effect.unit === "money" ? amount(effect.spend) : `${amount(effect.spend)} units`,
    total: estimateCell(effect.total, amount),
    through: estimateCell(effect.indirect, amount),
    direct: direct.includes(effect.channel) || effect.direct.point !== 0
      ? estimateCell(effect.direct, amount)
      : h("span", { class: "estimate" }, "0", h("span", { class: "interval" }, "no edge drawn")),
    induced: estimateCell(effect.induced_mediator_spend, amount),
    gross: estimateCell(effect.roas.gross, ratio),
    loaded: estimateCell(effect.roas.loaded, ratio),
    unclear: clear(effect.total) === false,
  }));
  return [
    whatever ? [
      table({
        caption: `Total effects on ${outcome}, whatever path they take${levelNote(path.totals[0].unrestricted) ? ` (${levelNote(path.totals[0].unrestricted)})` : ""}`,
        className: "compact stacked",
        columns: [
          { key: "channel", label: "channel" },
          { key: "spend", label: "spend", numeric: true },
          { key: "total", label: `total, in ${outcome}`, numeric: true },
          { key: "roas", label: "ROAS", numeric: true },
        ],
        rows: path.totals.map(({ channel, unrestricted, roas }) => ({
          channel,
          spend: amount(all.find((effect) => effect.channel === channel)?.spend),
          total: estimateCell(unrestricted, amount),
          roas: estimateCell(roas, ratio),
        })),
      }),
      legend("By least squares, without the rule that all goes through the mediator."),
      notice({
        kind: "doubt",
        title: "What stands below rests on a path that the data do not support",
        text: `It holds only if all goes through ${mediator} where no edge is drawn, which ${path.verdict === "direct_path_found" ? "was rejected" : "could not be checked"}.`,
      }),
    ] : null,
    table({
      caption: `What each channel did to ${outcome} over ${analysis.data.weeks} weeks${level ? ` (${level})` : ""}`,
      className: "compact stacked",
      columns: [
        { key: "channel", label: "channel" },
        { key: "spend", label: "spend", numeric: true },
        { key: "total", label: "total", numeric: true },
        { key: "through", label: `through ${mediator}`, numeric: true },
        { key: "direct", label: "around it", numeric: true },
        { key: "induced", label: `induced ${mediator}`, numeric: true },
        { key: "gross", label: "ROAS gross", numeric: true },
        { key: "loaded", label: "ROAS loaded", numeric: true },
      ],
      rows,
    }),
    rows.some((row) => row.unclear)
      ? h("p", { class: "said" }, `Total effects that may be 0: ${listed(rows.filter((row) => row.unclear).map((row) => row.channel))}.`) : null,
    legend(`The contrast: ${analysis.contrast}. Totals in the unit of ${outcome}. ROAS gross: total by spend; loaded: total by spend and the ${mediator} it induces.`,
      bootstrap.replicates > 0
        ? ` Intervals from ${bootstrap.replicates} bootstrap replicates in blocks of ${bootstrap.block_length} weeks.`
        : " No bootstrap replicates were asked for, so there are no intervals."),
    picture("effects"),
    picture("returns"),
  ];
}

/** The parts of the outcome, adding up to all of it; asked when it comes into view. */
function attribution(run, { outcome, mediator, direct }, signal) {
  const place = h("div", { class: "stack" }, loading("Taking the outcome apart"));
  const ask = async () => {
    try {
      const { path, answer: found, figures } = await post(`/runs/${run.id}/attribution?theme=${theme()}`, {}, { signal });
      const name = (part) => {
        if (part === "autonomous") return `${mediator} that no channel set off`;
        if (part.through) return `${part.through} through ${mediator}`;
        return part.direct ? `${part.direct} around ${mediator}` : part;
      };
      fill(place,
        pathNotice(path, mediator, direct.length > 0),
        h("p", null, `Of ${amount(found.total)} ${outcome}, all channels together brought ${estimate(found.together)}.`),
        table({
          caption: `Parts of ${outcome}`,
          columns: [{ key: "part", label: "part" }, { key: "amount", label: outcome, numeric: true }, { key: "share", label: "share", numeric: true }],
          rows: found.rows.map((row) => ({
            part: name(row.part), amount: estimateCell(row.amount, amount), share: estimateCell(row.share, percent),
          })),
        }),
        legend(`The rows add up to all of ${outcome}. What a channel set off of ${mediator} stands in the channel's row, so nothing is counted twice. The base is season, trend, prices, promotions, emails and what nothing explains.`),
        (figures ?? []).map(chart),
        doubts(found.findings.filter(({ status }) => status !== "passed"), "Checks of these parts"));
    } catch (error) {
      if (error.name !== "AbortError") fill(place, errorNotice(error, ask));
    }
  };
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    ask();
    onTheme(ask, signal);
  }, { rootMargin: "400px" });
  near.observe(place);
  return place;
}

// Fit.

function fit(analysis, names, picture) {
  const { mediator, outcome } = analysis.stages;
  return [
    h("div", { class: "columns" },
      stage(`${names.mediator}, from the channels`, [["This model", mediator.out_of_sample.pooled]], mediator.out_of_sample.naive, mediator.in_sample),
      stage(names.outcome, [
        [`This model, ${names.mediator} forecast`, outcome.out_of_sample.path.pooled],
        [`This model, ${names.mediator} known`, outcome.out_of_sample.conditional.pooled],
      ], outcome.out_of_sample.path.naive, outcome.in_sample)),
    legend("RMSE and MAE in the unit of the column; wMAPE: the sum of the errors by the sum of the values. Naive: what one would guess without a model."),
    picture("actual_predicted"),
    picture("cross_validation"),
    folds(analysis, names),
    picture("feature_importance"),
    terms(analysis, names),
    picture("residuals"),
  ];
}

/** The scores of one stage: the model, the naive forecasts, and in sample last. */
function stage(name, models, naive, inside) {
  const row = (what, metrics, quiet) => {
    const cell = (text) => (quiet ? h("span", { class: "quietly" }, text) : text);
    return { what, r2: cell(ratio(metrics.r2)), rmse: cell(amount(metrics.rmse)), mae: cell(amount(metrics.mae)), wmape: cell(percent(metrics.wmape)) };
  };
  return table({
    caption: `${name}: ${models[0][1].weeks} weeks not seen`,
    columns: [
      { key: "what", label: "forecast" },
      { key: "r2", label: "R²", numeric: true },
      { key: "rmse", label: "RMSE", numeric: true },
      { key: "mae", label: "MAE", numeric: true },
      { key: "wmape", label: "wMAPE", numeric: true },
    ],
    rows: [
      ...models.map(([what, metrics]) => row(what, metrics)),
      ...Object.entries(naive).filter(([, metrics]) => metrics).map(([what, metrics]) => row(`Naive: ${words(what)}`, metrics)),
      row(`In sample, ${inside.weeks} weeks it learned from: no forecast`, inside, true),
    ],
  });
}

/** The folds of the cross-validation. */
function folds({ stages }, { mediator, outcome }) {
  const second = stages.outcome.out_of_sample.path.folds;
  const rows = stages.mediator.out_of_sample.folds.map((fold, at) => ({
    weeks: `${day(fold.test_first)} to ${day(fold.test_last)}`,
    train: fold.train_weeks,
    first: amount(fold.metrics.rmse),
    second: amount(second[at]?.metrics.rmse),
  }));
  return h("details", null,
    h("summary", null, "Cross-validation by fold"),
    table({
      caption: "Error (RMSE) in each fold: trained on the weeks before, tested on the weeks named",
      columns: [
        { key: "weeks", label: "tested on" },
        { key: "train", label: "weeks before", numeric: true },
        { key: "first", label: mediator, numeric: true },
        { key: "second", label: outcome, numeric: true },
      ],
      rows,
    }));
}

/** What was learned about each column, in the words of the estimator. */
function terms({ stages }, { mediator, outcome }) {
  const rows = [[mediator, stages.mediator.terms], [outcome, stages.outcome.terms]].flatMap(([target, all]) =>
    all.map((term) => ({ target, ...term })));
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== "target" && key !== "name");
  return h("details", null,
    h("summary", null, "What was learned about each column"),
    table({
      caption: "By stage; sizes depend on the unit of the column",
      columns: [
        { key: "name", label: "column" },
        { key: "target", label: "acts on" },
        ...keys.map((key) => ({ key, label: words(key), numeric: true })),
      ],
      rows: rows.map((row) => ({
        ...row,
        ...Object.fromEntries(keys.map((key) => [key, amount(row[key])])),
      })),
    }));
}

// What would change the answer.

function sensitivity(analysis, picture) {
  const said = analysis.findings.filter(({ id }) => id.startsWith("sensitivity."));
  const stories = analysis.sensitivity?.stories;
  return [
    analysis.sensitivity ? null : h("p", null, "What would change the answer could not be assessed for this run."),
    stories ? storyTable(stories) : null,
    said.length ? h("ul", { class: "findings" }, said.map(findingItem)) : null,
    picture("sensitivity"),
  ];
}

/** The return of each channel under the stories that the data cannot tell apart. */
function storyTable({ channels, judged, bound }) {
  const value = (one) => ratio(one?.[judged]);
  const known = (one) => typeof one?.[judged] === "number";
  const anyDirect = channels.some((row) => known(row.quarter_direct_least));
  return [
    table({
      caption: `ROAS ${judged} under stories the data cannot tell apart (least squares)`,
      columns: [
        { key: "channel", label: "channel" },
        { key: "path", label: "no direct path", numeric: true },
        { key: "demand", label: "no hidden demand", numeric: true },
        ...(anyDirect ? [{ key: "quarter", label: "a quarter of one effect is direct", numeric: true }] : []),
        { key: "same", label: `same side of ${ratio(bound)}?` },
      ],
      rows: channels.map((row) => ({
        channel: row.channel,
        path: value(row.no_direct_path),
        demand: value(row.no_hidden_demand),
        quarter: known(row.quarter_direct_least) ? `${value(row.quarter_direct_least)} to ${value(row.quarter_direct_most)}` : NOTHING,
        same: row.same_side === true ? statusWord("passed", "yes") : row.same_side === false ? statusWord("warning", "depends on the story") : statusWord("not_assessed"),
      })),
    }),
    legend("These are points without intervals: they show how far the answer moves with what is assumed, not how sure it is."),
  ];
}

// Checks.

const ROOMS = [
  ["mediation", "The path"],
  ["validation", "The forecast"],
  ["effects", "The effects"],
  ["data", "The data"],
  ["features", "The columns made from them"],
  ["placebo", "Placebos"],
  ["diagnostics", "The model's errors"],
];

function checks(analysis) {
  const rest = analysis.findings.filter(({ id }) => !id.startsWith("sensitivity."));
  const known = new Set(ROOMS.map(([room]) => room));
  const groups = [
    ...ROOMS.map(([room, title]) => [title, rest.filter(({ id }) => id.split(".")[0] === room)]),
    ["Others", rest.filter(({ id }) => !known.has(id.split(".")[0]))],
  ].filter(([, findings]) => findings.length);
  return h("div", { class: "card groups" }, groups.map(([title, findings]) => {
    const open = findings.filter(({ status }) => status !== "passed");
    const order = ["failed", "warning", "not_assessed"];
    open.sort((one, other) => order.indexOf(one.status) - order.indexOf(other.status));
    const passed = findings.filter(({ status }) => status === "passed");
    return h("section", null,
      h("h3", null, title),
      open.length ? h("ul", { class: "findings" }, open.map(findingItem)) : null,
      passed.length ? h("details", null,
        h("summary", null, statusWord("passed", passed.length === 1 ? "1 check passed" : `${passed.length} checks passed`)),
        h("ul", { class: "findings" }, passed.map(findingItem))) : null);
  }));
}

// Assumptions.

/** The findings that say something of an assumption. */
const LOOKED_AT = {
  A1: ["diagnostics.hidden_demand", "sensitivity.robustness"],
  A2: ["mediation.two_slope", "sensitivity.unmeasured_demand"],
  A3: ["mediation.direct_path"],
  A5: ["diagnostics.feedback"],
};

function assumptions(analysis) {
  const { path } = analysis;
  return [
    h("ul", { class: "assumptions" }, analysis.assumptions.map((card) => {
      const looked = (LOOKED_AT[card.id] ?? []).map((id) => found(analysis, id)).filter(Boolean);
      const needed = card.needed_by.length === 0 ? "Not needed by the effects above."
        : card.needed_by.includes("total") ? "Every effect above needs it." : "Needed by the split of effects only.";
      return h("li", { class: "card" },
        h("h3", null, h("span", { class: "card-id" }, card.id), " ", sentence(card.statement)),
        h("p", { class: "help" }, needed, " ", looked.length ? "" : "It cannot be tested."),
        looked.length ? h("details", null, h("summary", null, "What was looked at"), h("ul", { class: "findings" }, looked.map(findingItem))) : null);
    })),
    path.blind_spot ? notice({ kind: "info", title: "What no test sees", text: sentence(path.blind_spot) }) : null,
  ];
}

// How it was made.

function made(run, analysis, names) {
  const { data, bootstrap, stages } = analysis;
  const file = (name, what) => h("li", null, h("a", { href: address(`/runs/${run.id}/files/${name}`), download: name }, name), ` ${what}`);
  return h("div", { class: "columns" },
    h("div", { class: "card" },
      h("h3", null, "What it rests on"),
      h("dl", { class: "lines" }, [
        ["File", `${data.source}, SHA-256 ${data.sha256.slice(0, 12)}…`],
        ["Weeks", `${data.weeks}, ${day(data.first_week)} to ${day(data.last_week)}`],
        ["Stage 1", `${names.exposures.join(", ")} to ${names.mediator}, ${words(stages.mediator.estimator)}`],
        ["Stage 2", `${names.mediator}${names.direct.length ? ` and ${names.direct.join(", ")} directly` : ""} to ${names.outcome}, ${words(stages.outcome.estimator)}, ${words(stages.outcome.reading)} reading, ${stages.outcome.link} link`],
        ["Intervals", bootstrap.replicates ? `${bootstrap.replicates} replicates, ${bootstrap.resampling}, blocks of ${bootstrap.block_length} weeks` : "none: no replicates"],
        ["Made by", `Headwater ${analysis.headwater_version}, seed ${analysis.seed}: the same again gives the same to the last digit`],
      ].flatMap(([topic, text]) => [h("dt", null, topic), h("dd", null, text)]))),
    h("div", { class: "card" },
      h("h3", null, "To take along"),
      h("ul", { class: "files" },
        file("report.html", "the whole report, one file"),
        file("report.md", "the same as text"),
        file("analysis.json", "every number"),
        file("headwater.toml", "every setting, to run it again"),
        file("dataset.csv", "the weeks as they were used"),
        h("li", null, h("a", { href: address(`/runs/${run.id}/run.zip`), download: "" }, "run.zip"), " the run to keep or pass on: settings, data, models, every number"))));
}

/** Pictures that stand nowhere else, behind one disclosure. */
function more(run, entries, signal) {
  return entries.map(({ id, about }) => {
    const details = h("details", { ontoggle: () => {
      if (details.open && details.children.length === 1) details.append(figure(`/runs/${run.id}/figures/${id}`, { signal }));
    } }, h("summary", null, capital(about || words(id))));
    return details;
  });
}
