// Pricing: what prices and promotions do, within the prices that were seen.

import { answered, clear, doubts, legend, lines, pathNotice } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { empty, estimateCell, field, sentence, table } from "../components.js";
import { h } from "../dom.js";
import { amount, estimate, percent, ratio } from "../format.js";
import { query, setQuery, theme } from "../state.js";

/** The tab of prices and promotions. */
export function pricing({ run, names, signal, waiting }) {
  const asked = query();
  const columns = [...names.controls, ...names.levers];
  const choice = (key, label) => h("select", null,
    h("option", { value: "" }, label),
    columns.map((name) => h("option", { value: name, selected: asked[key] === name }, name)));
  const price = choice("price", "found by its name");
  const promotion = choice("promotion", "found by its name");
  const cost = h("input", { type: "number", min: "0", step: "any", placeholder: "24.50", value: asked.cost ?? "" });
  const question = () => ({
    ...(price.value ? { price: price.value } : {}),
    ...(promotion.value ? { promotion: promotion.value } : {}),
    ...(cost.value === "" ? {} : { cost: { per_unit: Number(cost.value) } }),
  });
  const { place, again } = answered({
    signal,
    waiting,
    ask: async () => {
      try {
        return await post(`/runs/${run.id}/pricing?theme=${theme()}`, question(), { signal });
      } catch (error) {
        // data without a price are no fault
        if (error.status === 422 && !price.value) return { none: error };
        throw error;
      }
    },
    draw: (found) => (found.none
      ? [empty({ title: "No prices to ask about", text: `${sentence(found.none.message)} If another column holds prices, choose it above.` })]
      : draw(found, names)),
  });
  const change = () => {
    setQuery({ price: price.value || null, promotion: promotion.value || null, cost: cost.value || null }, { replace: true });
    again();
  };
  for (const control of [price, promotion, cost]) control.addEventListener("change", change);
  return h("div", { class: "stack" },
    h("div", { class: "fields" },
      field({ id: "price", label: "Price", control: price }),
      field({ id: "promotion", label: "Promotions", control: promotion }),
      field({ id: "cost", label: "Cost of a unit", control: cost, help: "In the unit of the price. Makes a profit of revenue." })),
    place);
}

function draw({ path, answer, figures }, { mediator }) {
  const { curve, promotion } = answer;
  return [
    pathNotice(path, mediator, true),
    h("section", { class: "card" },
      h("h2", null, "At what price"),
      lines(curve ? said(answer) : [["Prices", `${answer.prices.column} hardly varies, so the data cannot say what another price would do.`]])),
    elasticities(answer),
    h("div", { class: "pictures" }, (figures ?? []).map(chart)),
    curve ? prices(answer) : null,
    h("section", { class: "card" },
      h("h2", null, "Promotions"),
      promotion ? promoted(answer) : h("p", null, "No lever or control has \"promo\" in its name; choose the column above.")),
    doubts(answer.findings),
  ];
}

function said(answer) {
  const { curve, unit_cost: cost, prices: { now } } = answer;
  const given = cost && (typeof cost.margin === "number"
    ? ` at a unit cost of ${ratio(cost.cost)}, from a margin of ${percent(cost.margin)} at the mean price now, ${ratio(now)}`
    : ` at a unit cost of ${ratio(cost.cost)}`);
  return [
    cost && curve.best_profit ? ["Profit", best(answer, curve.best_profit, given)] : null,
    ["Revenue", best(answer, curve.best_revenue, "")],
    ["1% more", onePercent(answer)],
  ];
}

/** The band of the best price, or that there is none to be had. */
function best({ prices: { column, least, most }, replicates }, { band, why, best_at_lowest: low, best_at_highest: high }, given) {
  if (band) return `Within 1% of its best at ${column} from ${ratio(band.lower)} to ${ratio(band.upper)} in at least half of the replicates${given}.`;
  const edges = replicates > 0 && (low > 0 || high > 0)
    ? `; best at the lowest of them in ${percent(low)} of replicates, at the highest in ${percent(high)}` : "";
  return `Best price ${why ?? "not assessed"}, ${ratio(least)} to ${ratio(most)}${given}${edges}.`;
}

/** What 1% of price does, as far as the interval says. */
function onePercent({ prices: { column }, outcome, elasticity, findings }) {
  const revenue = elasticity.revenue.total;
  if (typeof revenue.point !== "number") return `Not assessed: ${revenue.why ?? "unknown"}.`;
  const figures = `${column} higher by 1% changes ${outcome} by ${estimate(revenue, ratio)} percent and units sold by ${estimate(elasticity.demand.total, ratio)} percent`;
  const sure = clear(revenue);
  if (sure === null) return `${figures} in the fitted model; there is no interval, so nothing says how sure that is.`;
  if (!sure) return `Nothing is clear enough to say whether a higher price raises or lowers ${outcome}: ${figures}.`;
  const doubted = findings.some(({ id, status }) => id === "decisions.demand_slope" && status === "warning");
  return `${figures}.${doubted ? " Do not set prices by this: see the checks below." : ""}`;
}

function elasticities({ prices: { column }, elasticity, outcome, mediator, unpenalised }) {
  const row = (what, { total, direct }) => ({ what, total: estimateCell(total, ratio), direct: estimateCell(direct, ratio) });
  return h("div", { class: "stack" },
    table({
      caption: `Elasticity: change in percent for 1% of ${column}`,
      columns: [
        { key: "what", label: "of" },
        { key: "total", label: "total", numeric: true },
        { key: "direct", label: `around ${mediator}`, numeric: true },
      ],
      rows: [row(outcome, elasticity.revenue), row("units sold", elasticity.demand)],
    }),
    legend(`From prices ${percent(elasticity.step)} lower and higher in the ${elasticity.weeks} of ${elasticity.of_weeks} weeks in which both stay inside the observed range. ${outcome} is read as price times units sold, so units change by that less 1. In the total ${mediator} follows the price; around it, ${mediator} stays as it was.`,
      unpenalised ? " Fitted with price and promotions left out of the penalty, which would shrink them: figures differ from those of the run." : ""));
}

function prices({ curve, prices: range, outcome, mediator, unit_cost: cost }) {
  return h("details", null,
    h("summary", null, "Every price of the curve"),
    table({
      caption: `An average week of the last year at each ${range.column}`,
      columns: [
        { key: "price", label: range.column },
        { key: "revenue", label: outcome, numeric: true },
        { key: "change", label: "change", numeric: true },
        { key: "through", label: `through ${mediator}`, numeric: true },
        { key: "units", label: "units", numeric: true },
        ...(cost ? [{ key: "profit", label: "profit", numeric: true }] : []),
      ],
      rows: curve.points.map((point) => ({
        price: ratio(point.price),
        revenue: estimateCell(point.revenue, amount),
        change: estimateCell(point.change, amount),
        through: estimateCell(point.through, amount),
        units: estimateCell(point.demand, percent),
        profit: estimateCell(point.profit, amount),
      })),
    }),
    legend(`Change: from the mean price now, ${ratio(range.now)}, where units are 100%. The lowest and highest prices are the 5% and 95% quantiles of those observed: nothing is said beyond them.`,
      curve.straight ? ` ${outcome} is a straight line in price in this model.` : ""));
}

function promoted({ promotion, prices: { column: price }, outcome, mediator }) {
  const { total, column } = promotion;
  if (typeof total.point !== "number") return lines([["Lift", `Not assessed: ${total.why ?? "unknown"}.`]]);
  const figures = `${estimate(total)} of ${outcome}, ${estimate(promotion.share_of_baseline, percent)} of what these weeks would have had without; through ${mediator} ${estimate(promotion.through)}, around it ${estimate(promotion.direct)}`;
  const weeks = `${promotion.weeks} weeks with ${column}`;
  const sure = clear(total);
  const lift = sure
    ? `${weeks} brought ${figures}.`
    : sure === false
      ? `What ${weeks} brought cannot be told from nothing: ${figures}.`
      : `${weeks} brought ${figures} in the fitted model; there is no interval.`;
  return [
    lines([
      ["Lift", lift],
      ["Moved", pulled(promotion.pull_forward)],
      promotion.by_price.why ? ["By price", `Not assessed: ${promotion.by_price.why}.`] : null,
      promotion.by_price.alike_by_construction && !promotion.by_price.why
        ? ["By price", `The model gives a promotion the same lift at any ${price}; train with their product to let it differ.`] : null,
    ]),
    promotion.by_price.why || promotion.by_price.alike_by_construction ? null : table({
      caption: "Lift of a week with a promotion, by price",
      columns: [{ key: "price", label: price }, { key: "weeks", label: "weeks", numeric: true }, { key: "lift", label: "lift", numeric: true }],
      rows: promotion.by_price.levels.map(({ least, most, weeks: number, lift: gained }) => ({
        price: `${ratio(least)} to ${ratio(most)}`, weeks: number, lift: estimateCell(gained, amount),
      })),
    }),
  ];
}

/** What the weeks around promotions lost. */
function pulled({ in_model: inModel, after, before, net_lift: net }) {
  if (inModel) return "The model has lags of the promotion: the lift counts what later weeks lost.";
  const seen = [after, before].some(clear);
  const part = (when, value) => (typeof value.point === "number" ? `${when} ${estimate(value)}` : `${when} not assessed, ${value.why ?? "unknown"}`);
  const said = seen ? "Sales that promotions took from other weeks are seen" : "No sales visibly taken from other weeks";
  return `${said}; what the model leaves unexplained, over all promotions: ${part("the four weeks after", after)}; ${part("the week before", before)}.${typeof net.point === "number" ? ` The lift with what is clear of that: ${amount(net.point)}.` : ""}`;
}
