// Budget: the plan of most worth for the weeks after the data, beside the current one.

import { answered, capital, doubts, legend, lines, onlyTrueIf, pathNotice, policyField, signed } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { field, notice, table } from "../components.js";
import { announce, h } from "../dom.js";
import { amount, day, estimate, NOTHING, percent, ratio } from "../format.js";
import { query, setQuery, theme } from "../state.js";
import { bounds, question } from "./question.js";

/** The tab of the optimiser. */
export function budget({ run, analysis, names, signal, waiting }) {
  const { place, again } = answered({
    signal,
    waiting: `${waiting}; the plan is asked of every replicate`,
    ask: () => post(`/runs/${run.id}/optimize?theme=${theme()}`, question(), { signal }),
    draw: (found) => {
      announce(answer(found.answer, analysis, names).text);
      return draw(found, analysis, names);
    },
  });
  return h("div", { class: "stack" }, form(names, again), place);
}

/** The question: nothing is asked before the button is pressed. */
function form(names, again) {
  const asked = query();
  const input = (key, props) => h("input", { type: "number", step: "any", value: asked[key] ?? "", ...props });
  const controls = {
    budget: input("budget", { min: "0", placeholder: "what the current plan costs" }),
    weeks: input("weeks", { min: "1", max: "52", step: "1", placeholder: "8" }),
    margin: input("margin", { min: "0.01", max: "1", step: "0.01", placeholder: "0.4" }),
    max_change: h("input", { type: "text", inputmode: "decimal", pattern: "none|[0-9.]+", placeholder: "30", value: asked.max_change ?? "" }),
    hurdle: input("hurdle", { min: "0", placeholder: "1.5" }),
    objective: select(asked.objective, [["", names.outcome], ["profit", "profit (needs a margin)"]]),
    risk: select(asked.risk, [["", "the mean of the replicates"], ["cvar:0.2", "the worst fifth of the replicates"], ["cvar:0.05", "the worst twentieth"]]),
  };
  const beyond = h("input", { type: "checkbox", id: "budget-beyond", checked: asked.extrapolate === "1" });
  let policy = asked.mediator ?? "free";
  const given = new Map(bounds().map((bound) => [bound.channel, bound]));
  const ends = names.paid.map((channel) => ({
    channel,
    least: h("input", { type: "number", min: "0", step: "any", value: given.get(channel)?.least ?? "", "aria-label": `Least of ${channel}`, placeholder: "least" }),
    most: h("input", { type: "number", min: "0", step: "any", value: given.get(channel)?.most ?? "", "aria-label": `Most of ${channel}`, placeholder: "most" }),
  }));
  const submit = (event) => {
    event.preventDefault();
    // an upper end alone starts at nothing; a lower end alone has no upper one to go with it
    const lone = ends.find(({ least, most }) => least.value !== "" && most.value === "");
    for (const { most } of ends) most.setCustomValidity("");
    if (lone) {
      lone.most.setCustomValidity(`Give the most that ${lone.channel} may get as well.`);
      lone.most.reportValidity();
      return;
    }
    const bound = ends.filter(({ most }) => most.value !== "").map(({ channel, least, most }) => `${channel}:${least.value || 0}..${most.value}`);
    setQuery({
      ...Object.fromEntries(Object.entries(controls).map(([key, control]) => [key, control.value || null])),
      mediator: policy === "free" ? null : policy,
      extrapolate: beyond.checked ? "1" : null,
      bound: bound.length ? bound : null,
    });
    again();
  };
  return h("form", { class: "card", onsubmit: submit, "aria-label": "The question" },
    h("div", { class: "fields" },
      field({ id: "budget-budget", label: "Budget", control: controls.budget, help: `For all planned weeks, with the ${names.mediator} that the channels set off.` }),
      field({ id: "budget-weeks", label: "Weeks ahead", control: controls.weeks, help: "1 to 52, from the week after the data." }),
      field({ id: "budget-margin", label: "Margin", control: controls.margin, help: `What is left of a unit of ${names.outcome}, 0 to 1.` }),
      field({ id: "budget-objective", label: "Make as large as possible", control: controls.objective }),
      field({ id: "budget-change", label: "Largest change of a channel", unit: "%", control: controls.max_change, help: "Of its spend now, either way; none for no limit." })),
    h("details", { open: given.size > 0 },
      h("summary", null, "Bounds of single channels"),
      table({
        caption: "Least and most over all planned weeks, in place of the largest change",
        columns: [{ key: "channel", label: "channel" }, { key: "least", label: "least" }, { key: "most", label: "most" }],
        rows: ends,
      })),
    h("details", { open: Boolean(asked.hurdle || asked.risk || asked.mediator || asked.extrapolate) },
      h("summary", null, `Risk, ${names.mediator} and other terms`),
      h("div", { class: "fields" },
        field({ id: "budget-risk", label: "Plan for", control: controls.risk, help: "The worst replicates make a cautious plan." }),
        field({ id: "budget-hurdle", label: "In place of a budget: spend until the last unit brings", control: controls.hurdle, help: `So much ${names.outcome} for a unit of money.` }),
        policyField(names.mediator, policy, (value) => { policy = value; })),
      h("div", { class: "check" }, beyond, h("label", { for: "budget-beyond" }, "Plan beyond what the data have seen"))),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Find the best plan")));
}

function select(chosen, options) {
  return h("select", null, options.map(([value, label]) => h("option", { value, selected: (chosen ?? "") === value }, label)));
}

function draw({ path, answer: plan, figures }, analysis, names) {
  const said = answer(plan, analysis, names);
  return [
    pathNotice(path, names.mediator, names.direct.length > 0),
    h("section", { class: "card" },
      h("h2", null, `A plan for ${plan.settings.horizon} weeks, ${day(plan.weeks[0])} to ${day(plan.weeks[1])}`),
      notice(said)),
    channels(plan, names),
    h("div", { class: "pictures" }, (figures ?? []).map(chart)),
    h("section", { class: "card" }, h("h2", null, "How far to trust it"), trust(plan)),
    doubts(plan.findings.filter(({ id }) => id !== "decisions.allocation_gain")),
    onlyTrueIf(analysis),
    legend(asked(plan, names)),
  ];
}

const ends = ({ lower, upper }) => (typeof lower === "number" ? `${amount(lower)} to ${amount(upper)}` : NOTHING);

/** The answer in a sentence, with how it is to be shown. */
function answer(plan, analysis, { outcome }) {
  const { gain, verdict, settings } = plan;
  const what = settings.objective === "profit" ? "profit"
    : typeof settings.hurdle === "number" ? `${outcome} less ${ratio(settings.hurdle)} times the bill` : outcome;
  const change = estimate(gain.objective);
  const money = `for a bill of ${amount(plan.planned.bill)} (now ${amount(plan.current.bill)})`;
  const experiment = plan.experiment ? ` Run an experiment on ${plan.experiment}: its effect is worth most to know.` : "";
  const supported = analysis.path.verdict === "path_supported";
  return {
    better: supported
      ? { kind: "good", title: "Move as below", text: `${capital(what)} changes by ${change}, ${money}.` }
      : { kind: "doubt", title: "Only if the path were supported", text: `The plan below would change ${what} by ${change}, ${money}.` },
    noise: {
      kind: "doubt",
      title: "Do nothing",
      text: `The best plan changes ${what} by ${change}, ${money}, and that may be noise: the 80% interval (${ends(gain.narrow)}) covers 0.${experiment}`,
    },
    worse: { kind: "doubt", title: "The best plan that is allowed loses", text: `${capital(what)} changes by ${change}, ${money}.` },
    current: { kind: "good", title: "Keep the current plan", text: "None within budget and bounds is worth more." },
    not_assessed: {
      kind: "info",
      title: "Not assessed",
      text: `The best plan changes ${what} by ${change} as a point, ${money}. Without replicates this may be noise: train with bootstrap replicates.`,
    },
  }[verdict];
}

/** What each channel gets, now and by the plan. */
function channels(plan, { mediator }) {
  const stories = new Set(plan.stories.map(({ name }) => name));
  const mark = { least: "at its least", most: "at its most", both: "no room" };
  const why = { support: "the edge of what was seen", max_change: "largest change", asked: "as asked", budget: "the budget" };
  const under = (main, ...small) => h("span", { class: "estimate" }, main, small.filter(Boolean).map((text) => h("span", { class: "interval" }, text)));
  const rows = plan.channels.map((channel) => ({
    channel: channel.channel,
    now: under(amount(channel.current), `${amount(channel.current_weekly)} a week`),
    plan: under(amount(channel.planned), `${amount(channel.planned_weekly)} a week`, mark[channel.at_bound]),
    change: changed(channel.change),
    spread: channel.spread ? `${amount(channel.spread[0])} to ${amount(channel.spread[1])}` : NOTHING,
    allowed: under(`${amount(channel.bounds.least)} to ${amount(channel.bounds.most)}`, why[channel.bounded_by]),
    marginal: typeof channel.marginal === "number" ? ratio(channel.marginal) : NOTHING,
    stories: `${channel.agreeing_stories} of ${stories.size}`,
  }));
  const all = (name, of, change = "") => ({ channel: name, now: amount(of(plan.current)), plan: amount(of(plan.planned)), change, spread: "", allowed: "", marginal: "", stories: "" });
  rows.push(all("spend on channels", ({ spend }) => spend, changed(plan.gain.spend)));
  if (plan.current.induced !== 0 || plan.planned.induced !== 0) {
    rows.push(all(`induced ${mediator}`, ({ induced }) => induced), all("bill", ({ bill }) => bill));
  }
  return h("div", { class: "stack" },
    table({
      caption: "The plan against the current one, over all planned weeks",
      className: "compact stacked",
      columns: [
        { key: "channel", label: "channel" },
        { key: "now", label: "now", numeric: true },
        { key: "plan", label: "plan", numeric: true },
        { key: "change", label: "change", numeric: true },
        ...(plan.replicates > 0 ? [{ key: "spread", label: "best plan in 80% of replicates", numeric: true }] : []),
        { key: "allowed", label: "allowed", numeric: true },
        { key: "marginal", label: "next unit brings", numeric: true },
        ...(stories.size ? [{ key: "stories", label: "stories that agree", numeric: true }] : []),
      ],
      rows,
    }),
    legend(`Next unit: what one more unit of the bill on the channel brings in ${plan.settings.objective}. Induced: ${mediator} that follows, which the budget pays as well.`,
      stories.size ? ` Stories in which the channel moves the same way: ${[...stories].join("; ")}.` : ""));
}

/** A change of spend; what rounding of the solver leaves is none. */
const changed = (value) => (Math.abs(value) < 1e-6 ? "0" : signed(value));

/** How often it is better, what optimism and not knowing cost, and why no small step betters it. */
function trust(plan) {
  const { gain, certificate } = plan;
  const learn = plan.channels.filter(({ information }) => information > 0).sort((one, other) => other.information - one.information)[0];
  return lines([
    typeof gain.better === "number" ? ["Better than now", `In ${percent(gain.better)} of ${plan.replicates} replicates.`] : null,
    typeof gain.narrow.lower === "number" ? ["Do-nothing zone", `The 80% interval of the gain is ${ends(gain.narrow)}; where it covers 0, leave spend as it is.`] : null,
    gain.halves ? ["Optimism", `The best of many plans looks better than it is: believe the interval more than the figure. Chosen on half of the replicates a plan gains ${amount(gain.halves.chosen)} by those, ${amount(gain.halves.judged)} by the rest.`] : null,
    typeof plan.regret === "number" ? ["Not knowing", `Costs ${amount(plan.regret)} on average: so much more the best plan would gain if every effect were known.`] : null,
    learn ? ["To learn first", `The effect of ${learn.channel}: knowing it is worth up to ${amount(learn.information)}.`] : null,
    ["Next unit of budget", `Brings ${ratio(plan.shadow_price)}.`],
    typeof gain.profit.point === "number" && plan.settings.objective !== "profit" ? ["Profit", `${estimate(gain.profit)}.`] : null,
    ["Certificate", certified(certificate, plan.method)],
    plan.binding_groups.length ? ["Groups that bind", `${plan.binding_groups.join(", ")}.`] : null,
    typeof gain.objective.lower === "number"
      ? ["Intervals", `${percent(gain.objective.level)} unless it says 80%, of the effects, counted to ${day(plan.counted_to)}; the weeks themselves will scatter by more around either plan.`] : null,
  ]);
}

const party = (who) => (typeof who === "string" ? "money not spent" : who.channel);

/** Why no small step betters the plan, as far as that was shown. */
function certified({ best, step }, { kind, why }) {
  const solved = kind === "exact" ? "solved exactly on the mean of the models" : `solved on a surrogate, since ${why}`;
  if (!best) return `No step of ${amount(step)} is left to take within the bounds; ${solved}.`;
  const move = `the best step left, ${amount(best.dollars)} of the bill from ${party(best.from)} to ${party(best.to)}`;
  return best.gain > 0
    ? `${capital(move)}, would still gain ${amount(best.gain)}; ${solved}.`
    : `No small step betters it: ${move}, changes it by ${amount(best.gain)}; ${solved}.`;
}

/** The question with all that was filled in. */
function asked({ settings }, { mediator }) {
  const money = typeof settings.budget === "number" ? `budget ${amount(settings.budget)}`
    : typeof settings.hurdle === "number" ? `hurdle ${ratio(settings.hurdle)}` : "no budget";
  return `Asked: ${money}, objective ${settings.objective}, ${typeof settings.margin === "number" ? `margin ${percent(settings.margin)}` : "no margin"}, ${settings.max_change === "none" ? "no largest change" : `change at most ${settings.max_change} where no bounds are given`}, ${settings.allow_extrapolation ? "beyond what the data have seen as well" : "within what the data have seen"}, ${mediator} ${settings.mediator}, risk ${settings.risk}.`;
}
