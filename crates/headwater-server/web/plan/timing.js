// Timing: how the effect of a channel spreads over the weeks after the spend.

import { alike, answered, doubts, legend, listed, onlyTrueIf, pathNotice } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { estimateCell, table } from "../components.js";
import { h } from "../dom.js";
import { amount, estimate, NOTHING, ratio } from "../format.js";
import { theme } from "../state.js";

/** The weeks of the response that the table shows; the figure shows all. */
const WEEKS = 6;

const whole = (value) => (Number.isFinite(value) ? value.toFixed(0) : NOTHING);
const tenths = (value) => (Number.isFinite(value) ? value.toFixed(1) : NOTHING);

/** The tab of the timing of effects. */
export function timing({ run, analysis, names, signal, waiting }) {
  return answered({
    signal,
    waiting,
    ask: () => post(`/runs/${run.id}/timing?theme=${theme()}`, {}, { signal }),
    draw: (found) => draw(found, analysis, names),
  }).place;
}

function draw({ path, answer, figures }, analysis, names) {
  const { outcome, mediator } = names;
  return [
    pathNotice(path, mediator, names.direct.length > 0),
    h("section", { class: "card" },
      h("h2", null, "When effects come"),
      alike(answer.channels.map((channel) => [channel.channel, sentence(channel, mediator)]))),
    table({
      caption: "Lags in weeks; week 0 is the week of the spend",
      columns: [
        { key: "channel", label: "channel" },
        { key: "effect", label: `${outcome} per unit`, numeric: true },
        { key: "mean", label: "mean lag", numeric: true },
        { key: "half", label: "half by week", numeric: true },
        { key: "most", label: "90% by week", numeric: true },
        { key: "mediator", label: `mean lag to ${mediator}`, numeric: true },
      ],
      rows: answer.channels.map(({ channel, effect, lag, mediator_lag: lead }) => ({
        channel,
        effect: estimateCell(effect, ratio),
        mean: estimateCell(lag.mean, tenths),
        half: estimateCell(lag.half, whole),
        most: estimateCell(lag.nine_tenths, whole),
        mediator: estimateCell(lead.mean, tenths),
      })),
    }),
    h("div", { class: "pictures" }, (figures ?? []).map(chart)),
    h("details", null,
      h("summary", null, "The response week by week"),
      table({
        caption: `${outcome} per unit of spend, by weeks after it`,
        columns: [{ key: "channel", label: "channel" }, ...Array.from({ length: WEEKS }, (_, week) => ({ key: week, label: `week ${week}`, numeric: true }))],
        rows: answer.channels.flatMap((channel) => parts(channel, mediator)),
      })),
    legend(contrast(answer)),
    doubts(answer.findings),
    onlyTrueIf(analysis),
  ];
}

/** The rows of one channel: the whole, and its parts where an edge is drawn. */
function parts({ channel, response }, mediator) {
  const row = (name, of) => ({
    channel: name,
    ...Object.fromEntries(response.slice(0, WEEKS).map((week, at) => [at, estimateCell(of(week), ratio)])),
  });
  const direct = response.some((week) => week.direct.point);
  return [
    row(channel, (week) => week.total),
    ...(direct ? [row("around it", (week) => week.direct), row(`through ${mediator}`, (week) => week.mediated)] : []),
  ];
}

/** How fast one channel works, and when it should start. */
function sentence({ lag, effect, clear, lead, mediator_lag: ahead, carry_over_set: set }, mediator) {
  if (typeof lag.half.point !== "number" || typeof lag.nine_tenths.point !== "number") {
    return `not assessed: ${lag.half.why ?? effect.why ?? "no value"}.`;
  }
  const lags = `half of the effect has come ${after(lag.half)}, 90% ${after(lag.nine_tenths)}`;
  if (clear === false) return `the size of the effect is not distinguishable from 0, so its timing means little: by the model ${lags}.`;
  const start = {
    weeks: `To work through a campaign on ${mediator}, start it ${estimate(ahead.half, whole)} weeks before: half of what it moves there has come by then.`,
    same_week: `The effect on ${mediator} is not distinguishable from the same week: the data give no reason to start earlier.`,
  }[lead] ?? `When to start it before ${mediator} is not assessed.`;
  return [
    clear === true ? `${lags}.` : `${lags}; there is no interval, so how sure this is cannot be said.`,
    start,
    set ? "The carry-over was set, not learned: the intervals do not show how little is known of it." : "",
  ].filter(Boolean).join(" ");
}

function after(lag) {
  const range = typeof lag.lower === "number" ? ` (${whole(lag.lower)} to ${whole(lag.upper)})` : "";
  const week = whole(lag.point);
  return { 0: `by the end of the same week${range}`, 1: `1 week later${range}` }[week] ?? `${week} weeks later${range}`;
}

/** What was compared, and what is assumed of the shape. */
function contrast({ channels, followed, starts }) {
  return [
    `The contrast: a little more spend in one week (${listed(channels.map(({ channel, pulse }) => `${channel} ${amount(pulse)}`))}) against the spend as it was, followed ${followed} weeks and averaged over ${starts.length} start weeks.`,
    channels.some((channel) => channel.carry_over_shared)
      ? "One carry-over was chosen for all channels, so they hardly differ here; to let them, train with a carry-over for each channel." : "",
    channels.some((channel) => channel.peak_assumed)
      ? "Carry-over fades from the first week on by assumption." : "",
  ].filter(Boolean).join(" ");
}
