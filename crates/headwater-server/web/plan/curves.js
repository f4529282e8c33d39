// Response curves: what a channel returns at other levels of spend.

import { alike, answered, clear, doubts, legend, onlyTrueIf, pathNotice } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { estimateCell, field, levelNote, table } from "../components.js";
import { h } from "../dom.js";
import { amount, estimate, percent, ratio } from "../format.js";
import { query, setQuery, theme } from "../state.js";

/** Levels of spend on a curve, and the greatest as a multiple of what was spent. */
const LEVELS = { points: 21, most: 1.5 };

/** The tab of response curves. */
export function curves({ run, analysis, names, signal, waiting }) {
  const margin = h("input", { type: "number", min: "0.01", max: "1", step: "0.01", placeholder: "0.4", value: query().margin ?? "" });
  const { place, again } = answered({
    signal,
    waiting,
    ask: () => post(`/runs/${run.id}/curves?theme=${theme()}`, margin.value === "" ? LEVELS : { ...LEVELS, margin: Number(margin.value) }, { signal }),
    draw: (found) => draw(found, analysis, names),
  });
  margin.addEventListener("change", () => {
    setQuery({ margin: margin.value || null }, { replace: true });
    again();
  });
  return h("div", { class: "stack" },
    h("div", { class: "fields" }, field({
      id: "curves-margin", label: "Margin", control: margin,
      help: `What is left of a unit of ${names.outcome}, 0 to 1. Says up to where the next unit of spend pays for itself.`,
    })),
    place);
}

const now = (curve) => curve.points.find(({ scale }) => scale === 1);

function draw({ path, answer, figures }, analysis, names) {
  const known = answer.channels.filter(now);
  const level = levelNote(known.map((curve) => now(curve).total)[0]);
  return [
    pathNotice(path, answer.mediator, names.direct.length > 0),
    h("section", { class: "card" },
      h("h2", null, "What the data say of saturation"),
      alike(answer.channels.map((curve) => [curve.channel, sentences(curve)]))),
    table({
      caption: `Returns at the spend as it was, over ${answer.weeks} weeks${level ? ` (${level})` : ""}`,
      className: "compact stacked",
      columns: [
        { key: "channel", label: "channel" },
        { key: "spend", label: "spend", numeric: true },
        { key: "total", label: answer.outcome, numeric: true },
        { key: "gross", label: "average return", numeric: true },
        { key: "loaded", label: "average, loaded", numeric: true },
        { key: "marginal", label: "next unit", numeric: true },
        { key: "marginalLoaded", label: "next unit, loaded", numeric: true },
        { key: "induces", label: `${answer.mediator} per unit`, numeric: true },
      ],
      rows: known.map((curve) => ({
        channel: curve.channel,
        spend: amount(curve.spend),
        total: estimateCell(now(curve).total, amount),
        gross: estimateCell(now(curve).gross, ratio),
        loaded: estimateCell(now(curve).loaded, ratio),
        marginal: estimateCell(now(curve).marginal, ratio),
        marginalLoaded: estimateCell(now(curve).marginal_loaded, ratio),
        induces: estimateCell(curve.amplification.induced_rate, ratio),
      })),
    }),
    legend(`Average return: ${answer.outcome} against no spend, by the spend. Next unit: what one more unit of spend returns. Loaded: by what it costs together with the ${answer.mediator} that it induces.`),
    h("div", { class: "pictures" }, (figures ?? []).map(chart)),
    h("section", { class: "stack" },
      h("h2", null, "Every level of spend"),
      answer.channels.map((curve) => levels(curve, answer, names))),
    doubts(answer.findings),
    onlyTrueIf(analysis),
  ];
}

/** The points of one curve. */
function levels(curve, { outcome, mediator }, names) {
  const direct = names.direct.includes(curve.channel);
  return h("details", null,
    h("summary", null, curve.channel),
    table({
      caption: `${curve.channel}: every week's spend times a factor, the other channels as they were`,
      columns: [
        { key: "scale", label: "times" },
        { key: "spend", label: "spend", numeric: true },
        { key: "total", label: outcome, numeric: true },
        ...(direct ? [{ key: "through", label: `through ${mediator}`, numeric: true }] : []),
        { key: "loaded", label: "average, loaded", numeric: true },
        { key: "marginal", label: "next unit, loaded", numeric: true },
        { key: "seen", label: "seen in the data" },
      ],
      rows: curve.points.map((point) => ({
        scale: ratio(point.scale),
        spend: amount(point.spend),
        total: estimateCell(point.total, amount),
        through: estimateCell(point.through, amount),
        loaded: estimateCell(point.loaded, ratio),
        marginal: estimateCell(point.marginal_loaded, ratio),
        seen: point.seen ? "yes" : `${percent(point.outside)} of it beyond`,
      })),
    }));
}

/** The answer for one channel, as far as it is supported. */
function sentences(curve) {
  const total = now(curve)?.total;
  if (!total || clear(total) === false) return "the total effect cannot be told from 0, and neither can the curve.";
  const said = [curve.break_even && breakEven(curve.break_even), saturation(curve)];
  const { search } = curve.amplification;
  if (typeof search.point === "number") said.push(`The total effect is ${estimate(search, ratio)} times the one around the mediator.`);
  return said.filter(Boolean).join(" ");
}

const sure = (share) => (typeof share === "number"
  ? `; so say ${percent(share)} of the replicates` : "; without replicates there is no saying how surely");

/** Up to where the next unit pays for itself. */
function breakEven({ bound, place, spend, stays_above: above, starts_below: below }) {
  const worth = ratio(bound);
  const share = (value) => (typeof value === "number" ? ` in ${percent(value)} of replicates` : "");
  if (place === "crosses") {
    return `The next unit pays its way (loaded return above ${worth}) up to a spend of ${estimate(spend)}; within the levels seen it pays throughout${share(above)}, nowhere${share(below)}.`;
  }
  if (place === "stays_above") return `The next unit pays its way (loaded return above ${worth}) in the whole range seen${sure(above)}.`;
  if (place === "starts_below") return `The next unit does not pay its way (loaded return below ${worth}) anywhere in the range seen${sure(below)}.`;
  return `Where the next unit stops paying its way is not assessed: ${spend.why ?? "no value"}.`;
}

function saturation({ half_saturation: half, linear_by_assumption: line }) {
  if (half.place === "crosses") return `Half saturated at a spend of ${estimate(half.spend)}, where the next unit returns half of the average.`;
  if (half.place === "stays_above") return `No saturation visible in the range seen${sure(half.stays_above)}.`;
  if (half.place === "starts_below") return `More than half saturated in the whole range seen${sure(half.starts_below)}.`;
  if (line) return "No saturation visible: the model is a straight line in this spend by assumption.";
  return `Saturation is not assessed: ${half.spend.why ?? "no value"}.`;
}
