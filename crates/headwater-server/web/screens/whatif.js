// What if: sliders for every channel, and what the model says of it while they move.

import { capital, clear, columns, doubts, legend, listed, moved, none, onlyTrueIf, pathNotice, policyField, signed } from "../answer.js";
import { del, get, post, put } from "../api.js";
import { chart } from "../chart.js";
import { empty, errorNotice, estimateCell, field, head, levelNote, loading, lookAt, notice, statusWord, table } from "../components.js";
import { announce, confirmDialog, fill, h } from "../dom.js";
import { amount, day, estimate, percent, ratio } from "../format.js";
import { onTheme, setQuery, theme } from "../state.js";

/** So long after the last move of a slider the full answer is asked for, in milliseconds. */
const REST = 300;
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
  new Desk(run.id, analysis, saved, fromQuery(query), signal).open(main, run);
}

/** A change as a plan writes it, taken apart: `+20%`, `+500`, `=3000`. */
function parse(by) {
  const [, sign, number, share] = /^([=+-])\s*([\d.eE+-]+)\s*(%?)$/.exec(String(by).trim()) ?? [];
  if (sign === undefined || !Number.isFinite(Number(number))) return null;
  if (sign === "=") return share ? null : { kind: "level", value: Number(number) };
  return { kind: share ? "percent" : "amount", value: Number(sign + number) };
}

/** A change as a plan writes it; null where it changes nothing. */
function written({ kind, value }) {
  if (value === null || !Number.isFinite(value) || (kind !== "level" && value === 0)) return null;
  const sign = value < 0 ? "" : "+";
  return { percent: `${sign}${value}%`, amount: `${sign}${value}`, level: `=${value}` }[kind];
}

/** The plan that the query string holds. */
function fromQuery(query) {
  const set = [query.set ?? []].flat().map((text) => {
    const at = text.lastIndexOf(":");
    return { column: text.slice(0, at), by: text.slice(at + 1) };
  });
  return {
    set,
    from: query.from,
    to: query.to,
    mediator: query.mediator,
    margin: query.margin === undefined ? undefined : Number(query.margin),
    allow_extrapolation: query.extrapolate === "1",
  };
}

/** The plan in which percentages and amounts are `factor` times as large; levels stay. */
function scaled(plan, factor) {
  const set = plan.set.map(({ column, by }) => {
    const change = parse(by);
    return { column, by: change.kind === "level" ? by : written({ ...change, value: change.value * factor }) };
  });
  return { ...plan, set };
}

/** The changes of a plan in words: `facebook_spend +20%`. */
const changes = (plan) => (plan.set.length ? listed(plan.set.map(({ column, by }) => `${column} ${by}`)) : "no change");

/** The controls at the left, the answer at the right, and the one request between them. */
class Desk {
  constructor(id, analysis, saved, plan, signal) {
    Object.assign(this, { id, analysis, saved, signal });
    this.names = columns(analysis);
    this.choose(plan);
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

  open(main, run) {
    this.rows = [];
    this.controls = h("form", { class: "desk-controls", "aria-label": "The plan", onsubmit: (event) => event.preventDefault() });
    this.headline = h("div", { class: "headline", "aria-busy": "true" }, loading(run.estimator === "boosting"
      ? "Fitting the trees again for the first question: about ten seconds, then answers are quick"
      : "Asking the model"));
    this.answer = h("div", { class: "answer" });
    this.beside = h("section", { class: "beside" });
    this.shelf = h("section", { class: "shelf" });
    this.drawControls();
    fill(main,
      head("What if", `Move a channel and see what ${this.names.outcome} would have been in the weeks of the data, all else as it was.`),
      h("div", { class: "desk" },
        h("div", { class: "desk-answer" }, this.headline, this.answer),
        h("div", { class: "desk-left" }, this.controls, this.shelf)),
      this.beside);
    this.drawShelf();
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
    if (!brief) this.remember(this.wanted.plan);
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
        const path = `/runs/${this.id}/scenario?${brief ? "brief=true" : `theme=${theme()}`}`;
        const answer = await post(path, { name: "plan", ...plan }, { signal: this.signal });
        if (this.wanted && !brief) continue;
        this.show(answer, brief);
        if (!brief) this.compare(plan);
      } catch (error) {
        if (error.name === "AbortError") return;
        if (!this.wanted) this.fail(error);
      }
    }
    this.flying = false;
    this.headline.setAttribute("aria-busy", "false");
  }

  /** Writes the plan into the address. */
  remember(plan) {
    setQuery({
      set: plan.set.length ? plan.set.map(({ column, by }) => `${column}:${by}`) : null,
      from: plan.from ?? null,
      to: plan.to ?? null,
      mediator: plan.mediator === "free" ? null : plan.mediator,
      margin: plan.margin ?? null,
      extrapolate: plan.allow_extrapolation ? "1" : null,
    }, { replace: true });
  }

  // The answer.

  fail(error) {
    fill(this.headline, errorNotice(error, () => this.ask(false)));
    fill(this.answer);
    fill(this.beside);
  }

  show({ path, answer: scenario, figures }, brief) {
    const { mediator, outcome, unit } = this.names;
    const best = scenario.pooled ?? scenario;
    const said = moved(best.total.outcome, outcome);
    const sure = [best, scenario].every(({ total }) => none(total.outcome) || clear(total.outcome) !== false);
    fill(this.headline,
      h("p", { class: "headline-what" }, `${capital(outcome)}, ${unit(outcome) === "money" ? "in the file's money" : "counted"}`),
      h("p", { class: `headline-number${sure ? "" : " unsure"}` }, signed(best.total.outcome.point)),
      h("p", { class: "headline-interval" }, interval(best.total.outcome)),
      h("p", { class: "headline-spend" }, `for ${signed(best.returns.spend)} of spend on channels`),
      h("p", { class: "headline-doubts" },
        path && path.status !== "passed" ? statusWord(path.status, "Path not supported: do not move money on this") : null,
        sure ? null : statusWord("warning", "The sign is not clear"),
        // what is left out is no reason to say nothing of the rest, but reason to say so beside it
        scenario.outside.length ? statusWord("warning", `Beyond what was seen: ${listed(scenario.outside.map(({ column, share }) => `${percent(share)} of ${column}`))}`) : null));
    fill(this.answer,
      pathNotice(path, mediator, scenario.total.direct.point !== 0),
      outside(scenario),
      h("p", { class: "said" }, said, " ", scenario.pooled ? this.twoReadings(scenario) : null),
      this.totals(scenario),
      this.profit(scenario, best),
      brief ? null : doubts(scenario.findings.filter(({ id }) => id !== "decisions.support"), "Checks of the plan"),
      brief ? null : onlyTrueIf(this.analysis),
      // pictures are of the answer before until the slider rests
      brief ? this.pictures : null);
    if (brief) {
      this.pictures?.classList.add("stale");
      return;
    }
    this.pictures = h("div", { class: "pictures" }, (figures ?? []).map(chart), this.weeks(scenario));
    this.answer.append(this.pictures);
    announce(said);
  }

  /** Which of two readings the headline is, and what the other one says. */
  twoReadings(scenario) {
    const { mediator, outcome } = this.names;
    const weak = this.analysis.path.verdict === "too_weak_to_say";
    return `That is by one slope for every unit of ${mediator}, which ${weak ? "these data are too weak to" : "the checks of this run do not"} contradict. Without it, more carefully: ${moved(scenario.total.outcome, outcome)}`;
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

  // Conservative, plan, aggressive.

  async compare(plan) {
    if (!plan.set.length) {
      fill(this.beside, h("h2", null, "Side by side"),
        h("p", { class: "hint" }, "Once a slider is moved, half of the plan, the plan and twice the plan stand here beside each other."));
      return;
    }
    const plans = { conservative: scaled(plan, 0.5), plan, aggressive: scaled(plan, 2) };
    const here = this.compared = Symbol("the newest comparison");
    if (!this.beside.firstChild) fill(this.beside, h("h2", null, "Side by side"), loading("Comparing three plans"));
    this.beside.setAttribute("aria-busy", "true");
    try {
      const { answer, figures } = await post(`/runs/${this.id}/scenarios?theme=${theme()}`, { plans }, { signal: this.signal });
      if (here === this.compared) this.showBeside(plans, answer, figures);
    } catch (error) {
      if (error.name !== "AbortError" && here === this.compared) {
        fill(this.beside, h("h2", null, "Side by side"), errorNotice(error, () => this.compare(plan)));
      }
    } finally {
      if (here === this.compared) this.beside.setAttribute("aria-busy", "false");
    }
  }

  showBeside(plans, { scenarios, differences }, figures) {
    const { mediator, outcome } = this.names;
    const levels = plans.plan.set.filter(({ by }) => by.startsWith("=")).map(({ column }) => column);
    const about = { conservative: "half of each change", plan: "the plan", aggressive: "twice each change" };
    const rows = scenarios.map((scenario) => ({
      name: [h("strong", null, scenario.name), h("span", { class: "under" }, `${about[scenario.name]}: ${changes(plans[scenario.name])}`)],
      spend: signed(scenario.returns.spend),
      mediator: estimateCell(scenario.total.mediator, amount),
      outcome: estimateCell(scenario.total.outcome, amount),
      loaded: estimateCell(scenario.returns.loaded_roas, ratio),
      profit: estimateCell(scenario.returns.profit, amount),
      outside: scenario.outside.length ? listed(scenario.outside.map(({ column, share }) => `${percent(share)} of ${column}`)) : "nothing",
    })).map((row) => ({ ...row, name: h("div", null, row.name) }));
    const priced = scenarios.some(({ returns }) => Number.isFinite(returns.profit.point));
    fill(this.beside,
      h("h2", null, "Side by side"),
      table({
        caption: "Conservative, plan and aggressive",
        columns: [
          { key: "name", label: "plan" },
          { key: "spend", label: "spend", numeric: true },
          { key: "mediator", label: mediator, numeric: true },
          { key: "outcome", label: outcome, numeric: true },
          { key: "loaded", label: "loaded ROAS", numeric: true },
          ...(priced ? [{ key: "profit", label: "profit", numeric: true }] : []),
          { key: "outside", label: "beyond what was seen" },
        ],
        rows,
      }),
      differences.map((difference) => h("p", { class: "said" }, compared(difference, outcome))),
      legend("Each difference is taken within the same replicates, so what is uncertain in both alike cancels: intervals that overlap above may still differ.",
        this.analysis.stages.outcome.reading === "two_slope" ? " Figures without one slope, the more careful reading." : "",
        scenarios.some(({ outside }) => outside.length) && !this.beyond ? " What lies beyond what was seen is left out, so twice the plan need not bring twice as much." : "",
        levels.length ? ` ${listed(levels)} ${levels.length === 1 ? "is" : "are"} set to a level, which is the same in all three.` : ""),
      (figures ?? []).map(chart));
  }

  // Saved plans.

  drawShelf() {
    const name = h("input", { type: "text", maxlength: "60", required: true, placeholder: "spring push" });
    const said = h("p", { class: "help", role: "status" });
    const keep = async (event) => {
      event.preventDefault();
      const wanted = name.value.trim();
      if (!wanted) return;
      if (this.saved[wanted] && !(await confirmDialog({ title: `Replace ${wanted}?`, text: `A plan of this name is saved: ${changes(this.saved[wanted])}.`, action: "Replace" }))) return;
      try {
        this.saved = await put(`/runs/${this.id}/plans/${encodeURIComponent(wanted)}`, this.plan());
        this.drawShelf();
        announce(`Saved ${wanted}`);
      } catch (error) {
        fill(said, [error.message, error.help].filter(Boolean).join(" "));
      }
    };
    const entries = Object.entries(this.saved);
    fill(this.shelf,
      h("h2", null, "Saved plans"),
      h("form", { class: "save", onsubmit: keep },
        field({ id: "plan-name", label: "Name", control: name }),
        h("button", { type: "submit" }, "Save this plan"), said),
      entries.length
        ? h("ul", { class: "plans" }, entries.map(([title, plan]) => this.savedPlan(title, plan)))
        : h("p", { class: "hint" }, "None yet. A saved plan stays with the run, for everyone who opens it here."));
  }

  savedPlan(title, plan) {
    const load = () => {
      const twice = plan.set.find(({ column }, at) => plan.set.slice(at + 1).some((other) => other.column === column));
      const strange = plan.set.find(({ column, by }) => !this.analysis.roles[column] || !parse(by));
      if (twice || strange) {
        announce(`${title} cannot be shown here`);
        fill(this.answer, notice({
          kind: "doubt",
          title: `${title} cannot be shown with sliders`,
          text: twice ? `It changes ${twice.column} more than once; this screen holds one change of a column.` : `It changes ${strange.column} by ${strange.by}, which this screen does not know.`,
          help: "Ask it on the command line: headwater scenario",
        }));
        return;
      }
      this.choose(plan);
      this.drawControls();
      this.ask(false);
      announce(`${title} loaded`);
    };
    const drop = async () => {
      if (!(await confirmDialog({ title: `Delete ${title}?`, text: "The saved plan goes; the run stays.", action: "Delete" }))) return;
      try {
        await del(`/runs/${this.id}/plans/${encodeURIComponent(title)}`);
        delete this.saved[title];
        this.drawShelf();
        announce(`${title} deleted`);
      } catch (error) {
        this.shelf.append(errorNotice(error));
      }
    };
    return h("li", null,
      h("span", null, h("strong", null, title), h("span", { class: "under" }, changes(plan))),
      h("button", { type: "button", class: "quiet", onclick: load, "aria-label": `Load ${title}` }, "Load"),
      h("button", { type: "button", class: "quiet", onclick: drop, "aria-label": `Delete ${title}` }, "Delete"));
  }
}

/** The interval of an estimate in words. */
function interval(value) {
  if (!Number.isFinite(value.lower)) return "no interval: nothing says how sure this is";
  return `${amount(value.lower)} to ${amount(value.upper)} (${percent(value.level)} interval)`;
}

/** What of a plan lies beyond what the data have seen, loudly. */
function outside(scenario) {
  const found = scenario.findings.find(({ id, status }) => id === "decisions.support" && status !== "passed");
  if (!found && !scenario.outside.length) return null;
  const where = scenario.outside.map(({ column, share, weeks, least, most }) =>
    `${column}: ${percent(share)} of its change, in ${weeks} ${weeks === 1 ? "week" : "weeks"}; seen were ${amount(least)} to ${amount(most)} a week`);
  return notice({
    kind: "doubt",
    title: "Part of this plan lies beyond what the data have seen",
    text: [found ? `${capital(found.summary)}. ` : "", where.length ? `${where.join(". ")}.` : ""].join(""),
  });
}

/** A sentence for a difference of two plans. */
function compared({ name, from, total, spend, profit }, outcome) {
  const size = estimate(total.outcome);
  const sure = clear(total.outcome);
  const said = sure === null
    ? `${capital(name)} against ${from}: ${outcome} ${size} as a point; nothing says how sure that is`
    : sure
      ? `${capital(name)} brings ${total.outcome.point < 0 ? "less" : "more"} ${outcome} than ${from}: ${size}`
      : `${capital(name)} and ${from} cannot be told apart by ${outcome}: ${size}`;
  return `${said}, for ${signed(spend)} of spend on channels.${Number.isFinite(profit.point) ? ` Profit ${estimate(profit)}.` : ""}`;
}
