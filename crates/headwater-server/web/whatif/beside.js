// Half of a plan, the plan and twice the plan beside each other.

import { capital, clear, legend, listed, signed } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { errorNotice, estimateCell, loading, table } from "../components.js";
import { fill, h } from "../dom.js";
import { amount, estimate, percent, ratio } from "../format.js";
import { theme } from "../state.js";
import { changes, scaled } from "./plan_text.js";

const ABOUT = { conservative: "half of each change", plan: "the plan", aggressive: "twice each change" };

/** The section of a run in which three plans stand beside each other. */
export class Beside {
  constructor(run, analysis, names, signal) {
    Object.assign(this, { run, analysis, names, signal });
    this.element = h("section", { class: "beside", "aria-label": "Side by side" });
  }

  /** Asks for half of `plan`, `plan` and twice `plan`; an older question that comes later is left. */
  async ask(plan) {
    const here = this.newest = Symbol("the newest question");
    if (!plan.set.length) {
      this.tell(h("p", { class: "hint" }, "Once a slider is moved, half of the plan, the plan and twice the plan stand here beside each other."));
      return;
    }
    const plans = { conservative: scaled(plan, 0.5), plan, aggressive: scaled(plan, 2) };
    if (!this.element.querySelector("table")) this.tell(loading("Comparing three plans"));
    this.element.setAttribute("aria-busy", "true");
    try {
      const { answer, figures } = await post(`/runs/${this.run.id}/scenarios?theme=${theme()}`, { plans }, { signal: this.signal });
      if (here === this.newest) this.show(plans, answer, figures);
    } catch (error) {
      if (error.name !== "AbortError" && here === this.newest) this.tell(errorNotice(error, () => this.ask(plan)));
    } finally {
      if (here === this.newest) this.element.setAttribute("aria-busy", "false");
    }
  }

  /** Leaves the section empty: there is no plan to stand beside. */
  clear() {
    this.newest = null;
    fill(this.element);
  }

  tell(...content) {
    fill(this.element, h("h2", null, "Side by side"), content);
  }

  show(plans, { scenarios, differences }, figures) {
    const { mediator, outcome } = this.names;
    const priced = scenarios.some(({ returns }) => typeof returns.profit.point === "number");
    this.tell(
      table({
        caption: "Conservative, plan and aggressive",
        className: "compact stacked",
        columns: [
          { key: "name", label: "plan" },
          { key: "spend", label: "spend", numeric: true },
          { key: "mediator", label: mediator, numeric: true },
          { key: "outcome", label: outcome, numeric: true },
          { key: "loaded", label: "loaded ROAS", numeric: true },
          ...(priced ? [{ key: "profit", label: "profit", numeric: true }] : []),
          { key: "outside", label: "beyond what was seen" },
        ],
        rows: scenarios.map((scenario) => row(scenario, plans[scenario.name])),
      }),
      differences.map((difference) => h("p", { class: "said" }, compared(difference, outcome))),
      legend(this.note(plans.plan, scenarios)),
      (figures ?? []).map(chart));
  }

  /** How to read the table. */
  note(plan, scenarios) {
    const levels = plan.set.filter(({ by }) => by.startsWith("=")).map(({ column }) => column);
    return [
      "Changes against the weeks as they were. Each difference is taken within the same replicates, so what is uncertain in both alike cancels: intervals that overlap above may still differ.",
      this.analysis.stages.outcome.reading === "two_slope" ? "The figures are without one slope, the more careful reading." : "",
      scenarios.some(({ outside }) => outside.length) && !plan.allow_extrapolation
        ? "What lies beyond what was seen is left out, so twice the plan need not bring twice as much." : "",
      levels.length ? `${listed(levels)} ${levels.length === 1 ? "is" : "are"} set to a level, which is the same in all three.` : "",
    ].filter(Boolean).join(" ");
  }
}

function row(scenario, plan) {
  return {
    name: h("span", null, scenario.name, h("span", { class: "under" }, `${ABOUT[scenario.name] ?? ""}: ${changes(plan)}`)),
    spend: signed(scenario.returns.spend),
    mediator: estimateCell(scenario.total.mediator, amount),
    outcome: estimateCell(scenario.total.outcome, amount),
    loaded: estimateCell(scenario.returns.loaded_roas, ratio),
    profit: estimateCell(scenario.returns.profit, amount),
    outside: scenario.outside.length ? listed(scenario.outside.map(({ column, share }) => `${percent(share)} of ${column}`)) : "nothing",
  };
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
  return `${said}, for ${signed(spend)} of spend on channels.${typeof profit.point === "number" ? ` Profit ${estimate(profit)}.` : ""}`;
}
