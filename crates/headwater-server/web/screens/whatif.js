// What if: sliders for every channel, and what the model says of it while they move.

import { capital, clear, columns, doubts, legend, listed, moved, none, onlyTrueIf, pathNotice, policyField, signed, waiting } from "../answer.js";
import { get, post } from "../api.js";
import { chart } from "../chart.js";
import { empty, errorNotice, estimateCell, field, head, levelNote, loading, lookAt, notice, statusWord, table } from "../components.js";
import { announce, fill, h } from "../dom.js";
import { amount, day, percent, ratio } from "../format.js";
import { onTheme, setQuery, theme } from "../state.js";
import { Beside } from "../whatif/beside.js";
import { fromQuery, parse, toQuery, written } from "../whatif/plan_text.js";
import { Shelf } from "../whatif/shelf.js";

/** So long after the last move of a slider the full answer is asked for, in milliseconds. */
const REST = 300;
/** The pause between an answer and the next question while a slider moves, in milliseconds: twenty
 * answers a second look like one motion, and leave room for others on the same server. */
const PAUSE = 50;
/** The ends of the sliders, in percent of what was spent. */
const LEAST = -50;
const MOST = 100;

/** The screen of `/runs/{id}/what-if`. */
export async function render(main, { params, query, signal }) {
  const run = await get(`/runs/${params.run}`, { signal });
  lookAt(run);
  if (run.state !== "done") {
    fill(main, head("What if"), empty({
      title: "This run has no answers yet",
      text: `It is ${run.state}. Questions can be asked once it is done.`,
      action: { label: "See how far it is", href: `/runs/${run.id}` },
    }));
    return;
  }
  const [analysis, saved] = await Promise.all([
    get(`/runs/${run.id}/analysis`, { signal }),
    get(`/runs/${run.id}/plans`, { signal }),
  ]);
  new Desk(run, analysis, saved, fromQuery(query), signal).open(main);
}

/** The controls at the left, the answer at the right, and the one request between them. */
class Desk {
  constructor(run, analysis, saved, plan, signal) {
    Object.assign(this, { run, analysis, signal });
    this.names = columns(analysis);
    this.beside = new Beside(run, analysis, this.names, signal);
    this.shelf = new Shelf(run, saved, { present: () => this.plan(), load: (name, kept) => this.load(name, kept) });
    this.choose(plan);
  }

  /** Takes a saved plan over, if sliders can show it. */
  load(name, plan) {
    const twice = plan.set.find(({ column }, at) => plan.set.slice(at + 1).some((other) => other.column === column));
    const strange = plan.set.find(({ column, by }) => !this.analysis.roles[column] || !parse(by));
    if (twice || strange) {
      announce(`${name} cannot be shown here`);
      fill(this.answer, notice({
        kind: "doubt",
        title: `${name} cannot be shown with sliders`,
        text: twice ? `It changes ${twice.column} more than once; this screen holds one change of a column.` : `It changes ${strange.column} by ${strange.by}, which this screen does not know.`,
        help: "Ask it on the command line: headwater scenario",
      }));
      return;
    }
    this.choose(plan);
    this.drawControls();
    this.ask(false);
    announce(`Loaded ${name}`);
  }

  /** Takes over a plan. */
  choose(plan) {
    this.changes = new Map();
    for (const { column, by } of plan.set ?? []) {
      const change = parse(by);
      if (change && this.analysis.roles[column]) this.changes.set(column, change);
    }
    this.from = plan.from ?? "";
    this.to = plan.to ?? "";
    this.policy = plan.mediator ?? "free";
    this.margin = plan.margin ?? null;
    this.beyond = Boolean(plan.allow_extrapolation);
  }

  /** The plan as the API takes it. */
  plan() {
    const set = [...this.changes].map(([column, change]) => ({ column, by: written(change) }));
    const plan = { set: set.filter(({ by }) => by !== null), mediator: this.policy };
    if (this.from) plan.from = this.from;
    if (this.to) plan.to = this.to;
    if (this.margin !== null) plan.margin = this.margin;
    if (this.beyond) plan.allow_extrapolation = true;
    return plan;
  }

  open(main) {
    this.rows = [];
    this.controls = h("form", { class: "desk-controls", "aria-label": "The plan", onsubmit: (event) => event.preventDefault() });
    this.headline = h("div", { class: "headline", "aria-busy": "true" }, loading(waiting(this.run)));
    this.answer = h("div", { class: "answer" });
    this.pictures = h("div", { class: "pictures" });
    this.drawControls();
    fill(main,
      head("What if", `Move a channel and see what ${this.names.outcome} would have been in the weeks of the data, all else as it was.`),
      h("div", { class: "desk" },
        h("div", { class: "desk-answer" }, h("h2", { class: "unseen" }, "The answer"), this.headline, this.answer),
        h("div", { class: "desk-left" }, this.controls, this.shelf.element)),
      this.pictures,
      this.beside.element);
    onTheme(() => this.ask(false), this.signal);
    this.ask(false);
  }

  // The controls.

  drawControls() {
    this.rows = [];
    const { exposures, levers, controls, mediator } = this.names;
    const { first_week: first, last_week: last } = this.analysis.data;
    const date = (key, label) => {
      const input = h("input", { type: "date", min: first, value: this[key], oninput: () => { this[key] = input.value; this.changed(); } });
      return field({ id: `plan-${key}`, label, control: input });
    };
    const margin = h("input", {
      type: "number", min: "0.01", max: "1", step: "0.01", value: this.margin ?? "", placeholder: "0.4",
      oninput: () => { this.margin = margin.value === "" ? null : Number(margin.value); this.changed(); },
    });
    const beyond = h("input", { type: "checkbox", id: "beyond", checked: this.beyond, onchange: () => { this.beyond = beyond.checked; this.changed(); } });
    const others = [...levers, ...controls];
    fill(this.controls,
      h("fieldset", { class: "sliders" },
        h("legend", null, "Channels"),
        exposures.map((name) => this.row(name, true)),
        h("button", { type: "button", class: "quiet", onclick: () => this.reset() }, "All back to 0")),
      h("fieldset", { class: "pair" },
        h("legend", null, "Weeks of the plan"),
        date("from", "From"), date("to", "To"),
        h("p", { class: "help" }, `Left empty: all ${this.analysis.data.weeks} weeks, ${day(first)} to ${day(last)}.`)),
      policyField(mediator, this.policy, (policy) => { this.policy = policy; this.changed(); }),
      field({ id: "margin", label: "Margin", control: margin, help: `What is left of a unit of ${this.names.outcome} before marketing, 0 to 1. Makes a profit of the change.` }),
      others.length
        ? h("details", { class: "others", open: others.some((name) => this.changes.has(name)) },
          h("summary", null, "Prices, promotions, emails and other columns"),
          others.map((name) => this.row(name, false)))
        : null,
      h("div", { class: "check" }, beyond, h("label", { for: "beyond" }, "Compute beyond what the data have seen")),
      h("p", { class: "help" }, "Off: a plan counts up to the edge of what was ever spent. On: the shape of the model speaks there, not the data."));
  }

  /** One column: a slider for a channel, a number and what it means. */
  row(name, withSlider) {
    const change = () => this.changes.get(name) ?? { kind: "percent", value: 0 };
    const id = `set-${this.rows.length}`;
    const kinds = [["percent", "%"], ["amount", "more a week"], ["level", "to, a week"]];
    const kind = h("select", { "aria-label": `How ${name} changes` },
      kinds.map(([value, label]) => h("option", { value, selected: change().kind === value }, label)));
    const number = h("input", { type: "number", id: `${id}-number`, step: "any", "aria-label": `Change of ${name}` });
    const slider = withSlider
      ? h("input", { type: "range", id, min: LEAST, max: MOST, step: "1", list: "slider-marks" })
      : null;
    const put = (value) => { this.changes.set(name, value); show(); this.changed(); };
    const show = () => {
      const { kind: which, value } = change();
      if (document.activeElement !== number) number.value = value ?? "";
      kind.value = which;
      reset.disabled = written(change()) === null;
      if (!slider) return;
      slider.disabled = which !== "percent";
      slider.value = which === "percent" ? value : 0;
      slider.setAttribute("aria-valuetext", which === "percent" ? `${signed(value ?? 0, String)}%${this.spendOf(name)}` : written(change()) ?? "no change");
      slider.style.setProperty("--at", `${(100 * (Math.min(Math.max(value ?? 0, LEAST), MOST) - LEAST)) / (MOST - LEAST)}%`);
    };
    const reset = h("button", { type: "button", class: "quiet reset", "aria-label": `Reset ${name}`, title: "Back to 0", onclick: () => put({ kind: "percent", value: 0 }) }, "↺");
    slider?.addEventListener("input", () => put({ kind: "percent", value: Number(slider.value) }));
    number.addEventListener("input", () => put({ ...change(), value: number.value === "" ? null : Number(number.value) }));
    kind.addEventListener("change", () => put({ kind: kind.value, value: kind.value === "level" ? null : 0 }));
    this.rows.push(show);
    show();
    return h("div", { class: "slider-row" },
      h("label", { for: withSlider ? id : `${id}-number`, title: name }, name),
      h("span", { class: "spent" }, this.spent(name)),
      slider,
      h("span", { class: "slider-number" }, number, kind, reset));
  }

  /** What a channel spent in the data, for whoever sees. */
  spent(name) {
    const effect = this.analysis.effects.find(({ channel }) => channel === name);
    if (!effect) return "";
    return effect.unit === "money" ? `${amount(effect.spend)} spent` : `${amount(effect.spend)} in all`;
  }

  /** The same for whoever hears a slider. */
  spendOf(name) {
    const spent = this.spent(name);
    return spent && ` of ${spent}`;
  }

  reset() {
    this.changes.clear();
    this.rows.forEach((show) => show());
    this.changed();
  }

  // The question: one request at a time, and always the newest after it.

  changed() {
    this.ask(true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(false), REST);
  }

  ask(brief) {
    this.wanted = { plan: this.plan(), brief };
    if (!brief) setQuery(toQuery(this.wanted.plan), { replace: true });
    this.pump();
  }

  async pump() {
    if (this.flying) return;
    this.flying = true;
    this.headline.setAttribute("aria-busy", "true");
    while (this.wanted && !this.signal.aborted) {
      const { plan, brief } = this.wanted;
      this.wanted = null;
      try {
        const path = `/runs/${this.run.id}/scenario?${brief ? "brief=true" : `theme=${theme()}`}`;
        const answer = await post(path, { name: "plan", ...plan }, { signal: this.signal });
        if (this.wanted && !brief) continue;
        this.show(answer, brief);
        if (brief) await new Promise((resume) => setTimeout(resume, PAUSE));
        else this.beside.ask(plan);
      } catch (error) {
        if (error.name === "AbortError") return;
        if (!this.wanted) this.fail(error);
      }
    }
    this.flying = false;
    this.headline.setAttribute("aria-busy", "false");
  }

  // The answer.

  fail(error) {
    fill(this.headline, errorNotice(error, () => this.ask(false)));
    fill(this.answer);
    fill(this.pictures);
    this.beside.clear();
  }

  show({ path, answer: scenario, figures }, brief) {
    const { mediator, outcome, unit } = this.names;
    const best = scenario.pooled ?? scenario;
    const said = moved(best.total.outcome, outcome);
    const sure = [best, scenario].every(({ total }) => none(total.outcome) || clear(total.outcome));
    fill(this.headline,
      h("p", { class: "headline-what" }, `${capital(outcome)}, ${unit(outcome) === "money" ? "in the file's money" : "counted"}`),
      h("p", { class: `headline-number${sure ? "" : " unsure"}` }, signed(best.total.outcome.point)),
      h("p", { class: "headline-interval" }, interval(best.total.outcome)),
      h("p", { class: "headline-spend" }, `for ${signed(best.returns.spend)} of spend on channels`),
      h("p", { class: "headline-doubts" },
        path && path.status !== "passed" ? statusWord(path.status, "Path not supported: do not move money on this") : null,
        sure ? null : this.unsure(best, scenario),
        // what is left out is no reason to say nothing of the rest, but reason to say so beside it
        scenario.outside.length ? statusWord("warning", `Beyond what was seen: ${listed(scenario.outside.map(({ column, share }) => `${percent(share)} of ${column}`))}`) : null));
    fill(this.answer,
      pathNotice(path, mediator, scenario.total.direct.point !== 0),
      outside(scenario),
      h("p", { class: "said" }, said, " ", scenario.pooled && !none(scenario.total.outcome) ? this.twoReadings(scenario) : null),
      this.totals(scenario),
      this.profit(scenario, best),
      doubts(scenario.findings.filter(({ id }) => id !== "decisions.support"), "Checks of the plan"),
      onlyTrueIf(this.analysis));
    // pictures are of the answer before until the slider rests
    this.pictures.classList.toggle("stale", brief);
    if (brief) return;
    fill(this.pictures, (figures ?? []).map(chart), this.weeks(scenario));
    announce(said);
  }

  /** Why the sign of the headline is not to be leaned on. */
  unsure(best, careful) {
    if (clear(best.total.outcome) === null) return statusWord("not_assessed", "A point without an interval");
    return statusWord("warning", clear(best.total.outcome) && !clear(careful.total.outcome) ? "Clear only by one slope" : "The sign is not clear");
  }

  /** Which of two readings the headline is, and what the other one says. */
  twoReadings(scenario) {
    const { mediator, outcome } = this.names;
    const weak = this.analysis.path.verdict === "too_weak_to_say";
    return `That is by one slope for every unit of ${mediator}, which ${weak ? "these data are too weak to" : "the checks of this run do not"} contradict. Without it, more carefully: ${clear(scenario.total.outcome) === null ? `${signed(scenario.total.outcome.point)}.` : moved(scenario.total.outcome, outcome)}`;
  }

  totals(scenario) {
    const { mediator, outcome } = this.names;
    const readings = scenario.pooled ? [scenario.pooled, scenario] : [scenario];
    const titles = scenario.pooled ? ["by one slope", "without that"] : ["change"];
    const row = (what, of, write = amount) => ({
      what,
      ...Object.fromEntries(readings.map((reading, at) => [`r${at}`, estimateCell(of(reading), write)])),
    });
    const spend = { what: "spend on channels", ...Object.fromEntries(readings.map(({ returns }, at) => [`r${at}`, signed(returns.spend)])) };
    const rows = [
      spend,
      row(`induced spend of ${mediator}`, ({ returns }) => returns.induced),
      row(outcome, ({ total }) => total.outcome),
      row(`through ${mediator}`, ({ total }) => total.through),
      row("around it", ({ total }) => total.direct),
      row("gross ROAS", ({ returns }) => returns.gross_roas, ratio),
      row("loaded ROAS", ({ returns }) => returns.loaded_roas, ratio),
      this.margin === null && scenario.plan.margin === undefined ? null : row("profit", ({ returns }) => returns.profit),
    ].filter(Boolean);
    const level = levelNote(scenario.total.outcome);
    return h("div", { class: "totals" },
      table({
        caption: `What the plan changes, in total${level ? ` (${level})` : ""}`,
        columns: [{ key: "what", label: "change of" }, ...titles.map((label, at) => ({ key: `r${at}`, label, numeric: true }))],
        rows,
      }),
      legend(`Counted to the week of ${day(scenario.counted_to)}, until the carry-over has faded. Gross ROAS: ${outcome} by spend; loaded: by spend and the ${mediator} it induces.`,
        scenario.pooled ? ` One slope: a unit of ${mediator} is worth the same whatever set it off. Without that, only what spend set off says what it is worth, which is the more careful figure.` : "",
        scenario.unpenalised ? " Fitted with the levers and controls of the plan left out of the penalty, which would shrink them: figures differ from those of the run." : ""));
  }

  profit(scenario, best) {
    const { margin } = scenario.plan;
    if (margin === undefined || margin === null) {
      return legend("Profit is not assessed: set a margin at the left.");
    }
    const other = scenario.pooled ? ` Without one slope: ${moved(scenario.returns.profit, "profit")}` : "";
    return h("p", { class: "said" }, `At a margin of ${percent(margin)}: ${moved(best.returns.profit, "profit")}${other}`);
  }

  /** The change in blocks of weeks. */
  weeks(scenario) {
    const { mediator, outcome } = this.names;
    if (!scenario.blocks?.length) return null;
    return h("details", null,
      h("summary", null, "The change by weeks"),
      table({
        caption: `What changes when${scenario.pooled ? ", without one slope" : ""}`,
        columns: [
          { key: "weeks", label: "weeks" },
          { key: "spend", label: "spend", numeric: true },
          { key: "mediator", label: mediator, numeric: true },
          { key: "outcome", label: outcome, numeric: true },
        ],
        rows: scenario.blocks.map((block) => ({
          weeks: `${day(block.first)}, ${block.weeks} ${block.weeks === 1 ? "week" : "weeks"}${block.beyond_data ? ", after the data" : ""}`,
          spend: signed(block.spend),
          mediator: estimateCell(block.mediator, amount),
          outcome: estimateCell(block.outcome, amount),
        })),
      }),
      scenario.blocks.some(({ beyond_data }) => beyond_data)
        ? legend("After the data, average weeks of the last year stand in.") : null);
  }
}

/** The interval of an estimate in words. */
function interval(value) {
  if (typeof value.lower !== "number") return "nothing says how sure this is";
  return `${amount(value.lower)} to ${amount(value.upper)} (${percent(value.level)} interval)`;
}

/** What of a plan lies beyond what the data have seen, loudly, with what this page can do about it. */
function outside({ outside: beyond, plan, findings }) {
  const found = findings.find(({ id, status }) => id === "decisions.support" && status !== "passed");
  if (!beyond.length) return found ? notice({ kind: "doubt", title: capital(found.summary) }) : null;
  const where = beyond.map(({ column, share, weeks, least, most }) =>
    `${column}: ${percent(share)} of its change, in ${weeks} ${weeks === 1 ? "week" : "weeks"}; seen were ${amount(least)} to ${amount(most)} a week.`);
  return notice({
    kind: "doubt",
    title: "Part of this plan lies beyond what the data have seen",
    text: where.join(" "),
    help: plan.allow_extrapolation
      ? "It is counted: there the shape of the model speaks, not the data."
      : "It is left out: the plan is computed up to the edge. Plan less, or tick “Compute beyond what the data have seen” to see the whole of it.",
  });
}
