// What every answer of the model shows, whatever was asked: the notice on its path, its sentence, its
// table of estimates, its doubts and what it rests on.

import { errorNotice, field, findingItem, loading, notice } from "./components.js";
import { fill, h } from "./dom.js";
import { amount, estimate } from "./format.js";
import { onTheme } from "./state.js";

const known = (value) => typeof value === "number" && Number.isFinite(value);

/** Whether an interval leaves 0 out; null without one. */
export function clear({ lower, upper }) {
  return known(lower) && known(upper) ? lower > 0 || upper < 0 : null;
}

/** Whether a change is exactly none, by the point and by the interval where there is one. */
export const none = ({ point, lower, upper }) => point === 0 && (known(lower) && known(upper) ? lower === 0 && upper === 0 : true);

/** A number with the sign that says which way it goes. */
export const signed = (value, write = amount) => (value > 0 ? `+${write(value)}` : write(value));

/** A word with a capital. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** `a, b and c`. */
export function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** That something moves, as far as its interval says; `past` for weeks that were. */
export function moved(change, name, past = true) {
  const would = past ? "would have" : "would";
  if (!known(change.point)) return `${capital(name)} is not assessed: ${change.why ?? "no reason given"}.`;
  const sure = clear(change);
  if (none(change)) {
    return `${capital(name)} ${would} ${past ? "stayed" : "stay"} exactly as it ${past ? "was" : "is"}.`;
  }
  if (sure === null) {
    return `${capital(name)} ${would} ${past ? "changed" : "change"} by ${signed(change.point)} as a point: there is no interval, so nothing says how sure that is.`;
  }
  if (!sure) {
    return `Whether ${name} ${would} ${past ? "risen or fallen" : "rise or fall"} is not clear: ${estimate(change)}.`;
  }
  return `${capital(name)} ${would} ${past ? "been" : "be"} ${change.point < 0 ? "lower" : "higher"}: ${estimate(change)}.`;
}

/** The names of the run's columns by what they are. */
export function columns(analysis) {
  const entries = Object.entries(analysis.roles);
  const named = (...roles) => entries.filter(([, column]) => roles.includes(column.role)).map(([name]) => name);
  return {
    mediator: analysis.stages.mediator.target,
    outcome: analysis.stages.outcome.target,
    exposures: named("exposure"),
    paid: entries.filter(([, column]) => column.role === "exposure" && column.unit === "money").map(([name]) => name),
    levers: named("lever"),
    controls: named("control"),
    direct: entries.filter(([, column]) => column.direct).map(([name]) => name),
    unit: (name) => (entries.find(([other]) => other === name)?.[1].unit === "count" ? "count" : "money"),
  };
}

/** How a status is shown as a notice. */
export const kindOf = (status) => ({ passed: "good", failed: "bad" })[status] ?? "doubt";

/**
 * That the data do not support the path, and what of an answer rests on it; null where they do.
 * `part`: something of the answer goes around the mediator.
 */
export function pathNotice(path, mediator, part) {
  if (!path || path.status === "passed") return null;
  const rests = part ? "Only what goes around it does not rest on that." : "All of the answer below rests on it.";
  const verdict = path.evidence?.verdict;
  return h("div", { class: "path-notice" }, notice({
    kind: kindOf(path.status),
    title: `Do not move money on this${verdict ? `: ${verdict}` : ""}`,
    text: `The data do not support what goes through ${mediator}. ${rests}`,
  }), h("details", { class: "why" }, h("summary", null, "Why, and what would settle it"), h("ul", { class: "findings" }, findingItem(path))));
}

/** The doubts of an answer, those that passed behind a count. */
export function doubts(findings, title = "Checks of this answer") {
  if (!findings?.length) return null;
  const gravity = ["failed", "warning", "not_assessed"];
  const open = gravity.flatMap((status) => findings.filter((finding) => finding.status === status));
  const passed = findings.filter((finding) => finding.status === "passed");
  return h("section", { class: "doubts" },
    h("h3", null, title),
    open.length ? h("ul", { class: "findings" }, open.map(findingItem)) : null,
    passed.length
      ? h("details", null,
        h("summary", null, passed.length === 1 ? "1 check passed" : `${passed.length} checks passed`),
        h("ul", { class: "findings" }, passed.map(findingItem)))
      : null);
}

/** What must hold for an answer about totals to mean what it says. */
export function onlyTrueIf(analysis) {
  const needed = analysis.assumptions.filter((card) => card.needed_by.includes("total"));
  if (!needed.length) return null;
  return h("details", { class: "only-if" },
    h("summary", null, `Only true if ${needed.length} things hold that no data can show`),
    h("dl", { class: "cards" }, needed.flatMap((card) => [h("dt", null, card.id), h("dd", null, `${capital(card.statement)}.`)])));
}

/** Lines of a topic and what is said of it. */
export function lines(rows) {
  return h("dl", { class: "lines" }, rows.filter(Boolean).flatMap(([topic, ...said]) => [h("dt", null, topic), h("dd", null, said)]));
}

/** What is said while the first answer of a run is on its way. */
export const waiting = (run) => (run.estimator?.includes("boosting")
  ? "Fitting the trees again for the first question: this can take half a minute, later answers are quick" : "Asking the model");

/** A small paragraph that says how to read what stands above. */
export const legend = (...text) => h("p", { class: "legend" }, text);

const POLICIES = {
  free: (mediator) => `${mediator} follows what the channels set off; all that follows is paid for and counts in the bill.`,
  cap: () => "It follows up to this much a week; what the channels would set off beyond is lost. A week that stood higher stays where it was.",
  fixed: () => "Its budget stays as it was, so nothing goes through it: only what goes around it is left.",
};

/**
 * What the owner of the mediator's budget does: a select, the cap, and a sentence for each choice.
 * `value` as a plan writes it (`free`, `cap:5000`, `fixed`); `onchange` hears the new one.
 */
export function policyField(mediator, value, onchange) {
  const [kind, limit = ""] = (value || "free").split(":");
  const select = h("select", null,
    ["free", "cap", "fixed"].map((name) => h("option", { value: name, selected: name === kind },
      { free: "may follow (free)", cap: "may follow up to a cap", fixed: "stays as it was (fixed)" }[name])));
  const cap = h("input", { type: "number", min: "0", step: "any", value: limit, placeholder: "5000" });
  const capField = field({ id: "policy-cap", label: `Most ${mediator} a week`, control: cap });
  const said = h("p", { class: "help" });
  const show = () => {
    capField.hidden = select.value !== "cap";
    fill(said, POLICIES[select.value](mediator));
  };
  const tell = () => {
    show();
    // a cap that is not typed yet is no answer
    if (select.value !== "cap") onchange(select.value);
    else if (cap.value !== "") onchange(`cap:${cap.value}`);
  };
  select.addEventListener("change", tell);
  cap.addEventListener("input", tell);
  show();
  return h("div", { class: "policy" }, field({ id: "policy", label: `Budget of ${mediator}`, control: select }), said, capField);
}

/**
 * The place of an answer: asks, shows that it waits, draws what comes, and asks again when the theme
 * changes, because figures come drawn for one. `draw` gives nodes; `again()` asks anew.
 */
export function answered({ ask, draw, waiting, signal }) {
  const place = h("div", { class: "stack", "aria-live": "off" });
  let newest = 0;
  const again = async () => {
    const here = ++newest;
    place.setAttribute("aria-busy", "true");
    if (!place.firstChild || place.querySelector(".notice.bad")) fill(place, loading(waiting));
    try {
      const answer = await ask();
      if (here === newest) fill(place, draw(answer));
    } catch (error) {
      if (error.name === "AbortError" || here !== newest) return;
      fill(place, errorNotice(error, again));
    } finally {
      if (here === newest) place.setAttribute("aria-busy", "false");
    }
  };
  onTheme(again, signal);
  again();
  return { place, again };
}

/** What is said of each channel, once for those of which the same is said. */
export function alike(said) {
  const groups = new Map();
  for (const [channel, text] of said) groups.set(text, [...(groups.get(text) ?? []), channel]);
  return h("ul", { class: "alike" }, [...groups].map(([text, channels]) =>
    h("li", null, h("strong", null, `${listed(channels)}: `), text)));
}
