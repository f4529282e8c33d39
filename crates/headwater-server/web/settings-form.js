// The settings of an analysis as a form: which fields there are, and the way between them and the
// JSON of headwater.toml. Defaults come from the server; a field left empty keeps the default.

import { field, sentence } from "./components.js";
import { fill, h } from "./dom.js";

const ESTIMATORS = {
  ridge: "ridge: linear; controls are shrunk, effects are not",
  ols: "ols: linear, nothing shrunk",
  lasso: "lasso: linear; drops controls that do not help",
  elastic_net: "elastic net: between ridge and lasso",
  boosting: "boosting: trees that bend",
};

const number = (path, label, rest) => ({ path, label, type: "number", ...rest });
const choice = (path, label, options, rest) => ({ path, label, type: "choice", options, ...rest });
const switched = (path, label, rest) => ({ path, label, type: "switch", ...rest });
// A word, or a number of one's own.
const auto = (path, label, word, wordLabel, rest) => ({ path, label, type: "auto", word, wordLabel, ...rest });

function stage(name) {
  const at = `stages.${name}`;
  const is = (...kinds) => (settings) => kinds.includes(read(settings, `${at}.kind`));
  const penalised = is("ridge", "lasso", "elastic_net");
  const boosting = is("boosting");
  return [
    auto(`${at}.penalty`, "Penalty", "cross_validated", "chosen on later weeks", { min: 0, step: "any", start: 1, help: "0 or more; more shrinks the controls further.", when: penalised }),
    number(`${at}.l1_ratio`, "Lasso's part", { min: 0, max: 1, step: 0.05, help: "0 to 1; more makes more slopes exactly 0.", when: is("elastic_net") }),
    switched(`${at}.penalize_causal`, "Shrink the effects too", { help: "Their intervals are then no confidence intervals.", when: penalised, advanced: true }),
    number(`${at}.learning_rate`, "Learning rate", { min: 0.001, max: 1, step: "any", help: "Above 0, at most 1; less needs more rounds.", when: boosting }),
    number(`${at}.max_depth`, "Depth of a tree", { unit: "levels", min: 1, max: 16, step: 1, help: "1 to 16; depth d sees interactions of d columns.", when: boosting }),
    auto(`${at}.rounds`, "Rounds", "early_stopping", "stop when it no longer helps", { unit: "trees", min: 1, step: 1, start: 200, help: "The number of trees, at least 1.", when: boosting }),
    number(`${at}.reg_lambda`, "Penalty on squared leaves", { min: 0, step: "any", help: "0 or more; pulls leaves towards 0.", when: boosting }),
    number(`${at}.reg_alpha`, "Penalty on absolute leaves", { min: 0, step: "any", help: "0 or more; makes leaves exactly 0.", when: boosting }),
    number(`${at}.subsample`, "Share of weeks per tree", { min: 0.05, max: 1, step: "any", help: "Above 0, at most 1.", when: boosting, advanced: true }),
    number(`${at}.colsample_bytree`, "Share of columns per tree", { min: 0.05, max: 1, step: "any", help: "Above 0, at most 1.", when: boosting, advanced: true }),
    number(`${at}.min_child_weight`, "Least weeks in a leaf", { unit: "weeks", min: 0, step: "any", help: "More keeps single odd weeks from a leaf of their own.", when: boosting, advanced: true }),
    switched(`${at}.monotone`, "More spend never lowers the outcome", { help: "Keeps the sign of effects.", when: boosting, advanced: true }),
  ];
}

export const GROUPS = [
  { title: "Stage 1: exposures to paid search", stage: "mediator", fields: stage("mediator") },
  { title: "Stage 2: paid search to the outcome", stage: "outcome", fields: stage("outcome") },
  { title: "How spend works", fields: [
    auto("features.adstock.decay", "Carry-over (adstock)", "cross_validated", "chosen from a grid", { min: 0, max: 0.99, step: "any", start: 0.5, help: "0 to below 1: the share of a week's effect that is left a week later." }),
    choice("features.saturation", "Saturation", [
      ["none", "none: in proportion"], ["log1p", "log: levels off"],
      [{ hill: { half_saturation: 1, slope: 1.5 } }, "Hill, slope 1.5"],
      [{ michaelis_menten: { half_saturation: 1 } }, "Michaelis-Menten"],
      [{ logistic: { rate: 1 } }, "logistic, rate 1"], [{ tanh: { scale: 1 } }, "tanh, scale 1"],
    ], { help: "Whether twice the spend has twice the effect; scales are those of a usual active week." }),
    choice("mediation.link", "Link", [["identity", "identity: effects add up"], ["log", "log: effects multiply"]], { help: "Log needs an outcome above zero in every week." }),
    choice("mediation.reading", "Reading of paid search", [
      ["two_slope", "two slopes: induced, rest"], ["predicted", "predicted by stage 1 alone"], ["observed", "observed, one slope"],
    ], { help: "Which part of paid search stage 2 learns from." }),
    choice("mediation.cross_fit", "Cross-fitting", [["auto", "for trees"], ["always", "always"], ["never", "never"]], { help: "Stage 2 learns from predictions for weeks stage 1 had not seen.", advanced: true }),
    switched("features.trend", "A trend", { help: "Slow growth that no channel explains.", advanced: true }),
    number("features.fourier_pairs", "Seasonal waves", { unit: "pairs", min: 0, max: 12, step: 1, help: "0 to 12; more follows the year more closely.", advanced: true }),
    choice("features.country", "Retail events of", [[null, "none"], ["US", "United States"], ["GB", "United Kingdom"], ["DE", "Germany"], ["FR", "France"], ["IN", "India"]], { help: "Adds that country's sales days.", advanced: true }),
    choice("features.interactions", "Interactions", [[[], "none"], ["auto", "those that improve forecasts"]], { help: "Products of two columns as columns; not with the log link.", advanced: true }),
    switched("features.per_channel", "Carry-over per channel", { help: "Chosen for each exposure by itself; needs longer data.", advanced: true }),
    switched("features.zero_flags", "Flag weeks without spend", { help: "A term of its own for weeks at zero.", advanced: true }),
  ] },
  { title: "How sure it is", fields: [
    number("validation.folds", "Folds", { min: 3, max: 10, step: 1, help: "3 to 10 stretches of weeks the model had not seen." }),
    number("bootstrap.replicates", "Bootstrap replicates", { min: 0, step: 1, placeholder: "1000, trees 200", help: "0 for no intervals; more take longer." }),
    number("seed", "Seed", { min: 0, step: 1, help: "The same data, settings and seed give the same result." }),
    number("sensitivity.margin", "Gross margin", { unit: "share", min: 0.01, max: 1, step: "any", placeholder: "not set", help: "Above 0, at most 1, such as 0.4: what is left of a unit of revenue. A channel pays above 1 / margin." }),
    choice("validation.scheme", "Folds learn from", [["expanding", "all weeks before"], ["rolling", "the last weeks before"], ["blocked", "both sides of a block"]], { help: "Blocked scores are of interpolation, not of forecasts.", advanced: true }),
    number("validation.test_weeks", "Test weeks in a fold", { unit: "weeks", min: 1, step: 1, placeholder: "chosen from the length", help: "At least 1.", advanced: true }),
    number("validation.gap", "Weeks left out before a test", { unit: "weeks", min: 0, step: 1, placeholder: "0", help: "0 or more.", advanced: true }),
    number("validation.holdout_weeks", "Holdout", { unit: "weeks", min: 0, step: 1, help: "The last weeks, kept out of every fold and scored once.", advanced: true }),
    number("validation.placebos", "Placebo refits", { min: 0, step: 1, help: "Of each kind; 0 for none.", advanced: true }),
    number("bootstrap.level", "Level of intervals", { min: 0.5, max: 0.99, step: "any", help: "0.95 for 95%.", advanced: true }),
    auto("bootstrap.block_length", "Bootstrap blocks", "auto", "chosen from the data", { unit: "weeks", min: 1, step: 1, start: 8, help: "Neighbouring weeks that stay together.", advanced: true }),
    choice("bootstrap.resampling", "Resampling", [["auto", "auto"], ["pairs", "whole weeks"], ["residual", "residuals"]], { help: "What is drawn anew in each replicate.", advanced: true }),
    choice("validation.interval_method", "Prediction intervals", [["split", "split"], ["adaptive", "adaptive: widen after misses"]], { help: "How forecasts get their intervals.", advanced: true }),
  ] },
];

export const FIELDS = GROUPS.flatMap((group) => [
  ...(group.stage ? [{ path: `stages.${group.stage}.kind`, label: "Estimator", type: "choice" }] : []), ...group.fields]);

/** The value at a dotted path; undefined where there is none. */
export function read(settings, path) {
  return path.split(".").reduce((at, key) => at?.[key], settings);
}

/** Sets the value at a dotted path; null and undefined remove it, so that the default holds. */
export function write(settings, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  const at = keys.reduce((inner, key) => (inner[key] ??= {}), settings);
  if (value === null || value === undefined) delete at[last];
  else at[last] = value;
}

/** Settings without nulls: JSON writes infinity and "not set" alike as null. */
export function withoutNulls(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null).map(([key, inner]) => [key, withoutNulls(inner)]));
}

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const idOf = (path) => `set-${path.replaceAll(".", "-")}`;

/**
 * Where `settings` differ from `base`, for the query string: {path: text}, null where they do not.
 * A stage with another estimator is held against that estimator's own defaults.
 */
export function differences(settings, base, estimators) {
  const usual = structuredClone(base);
  for (const [name, chosen] of Object.entries(settings.stages)) {
    if (chosen.kind !== usual.stages[name]?.kind) usual.stages[name] = { ...estimators[chosen.kind], kind: null };
  }
  return Object.fromEntries(FIELDS.map(({ path }) => {
    const value = read(settings, path);
    if (same(value, read(usual, path))) return [path, null];
    return [path, typeof value === "string" ? value : JSON.stringify(value ?? null)];
  }));
}

/** The value of a text that `differences` wrote. */
export function undifferenced(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The form of `settings`, which it changes in place. `estimators`: name -> default settings of that
 * estimator; `onchange()` hears every change.
 */
export function settingsForm({ settings, estimators, onchange }) {
  const controls = new Map();

  function changed(path, value) {
    write(settings, path, value);
    onchange();
  }

  function numberOf(input) {
    return input.value.trim() === "" || Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber;
  }

  /** The browser knows the range; it is said in words at the field. */
  function judge(input, item) {
    const place = document.getElementById(`${input.id}-error`);
    const wrong = !input.validity.valid;
    input.setAttribute("aria-invalid", String(wrong));
    if (place) {
      place.hidden = !wrong;
      place.textContent = !wrong ? "" : input.validity.badInput ? "Write a number."
        : input.validity.stepMismatch ? "Write a whole number."
          : `Write ${item.min !== undefined && item.max !== undefined ? `a number from ${item.min} to ${item.max}` : `a number of at least ${item.min}`}.`;
    }
    return !wrong;
  }

  function control(item) {
    const value = read(settings, item.path);
    const limits = { min: item.min ?? null, max: item.max ?? null, step: item.step ?? "any", inputmode: "decimal" };
    const id = idOf(item.path);
    if (item.type === "choice") {
      const at = item.options.findIndex(([option]) => same(option, value));
      const select = h("select", { onchange: (event) => changed(item.path, item.options[event.currentTarget.value][0]) },
        item.options.map(([, label], index) => h("option", { value: String(index), selected: index === at }, label)),
        at < 0 ? h("option", { value: "", selected: true, disabled: true }, "as in the settings") : null);
      return field({ id, ...item, control: select });
    }
    if (item.type === "switch") {
      const box = h("input", { type: "checkbox", id, checked: Boolean(value), "aria-describedby": `${id}-help`, onchange: (event) => changed(item.path, event.currentTarget.checked) });
      return h("div", { class: "field" }, h("div", { class: "check" }, box, h("label", { for: id }, item.label)),
        h("p", { class: "help", id: `${id}-help` }, item.help), h("p", { class: "field-error", id: `${id}-error`, hidden: true }));
    }
    const input = h("input", {
      type: "number", ...limits, placeholder: item.placeholder ?? "default",
      value: typeof value === "number" ? String(value) : "",
      oninput: (event) => { if (judge(event.currentTarget, item)) changed(item.path, numberOf(event.currentTarget) ?? (item.type === "auto" ? item.word : null)); },
    });
    if (item.type === "number") return field({ id, ...item, control: input });
    // A word or a number: the menu decides, and the number appears with it.
    const fixed = typeof value === "number";
    input.hidden = !fixed;
    input.id = `${id}-number`;
    input.setAttribute("aria-label", `${item.label}, a number`);
    const error = h("p", { class: "field-error", id: `${id}-number-error`, hidden: true });
    const select = h("select", { onchange: (event) => {
      const own = event.currentTarget.value === "own";
      input.hidden = !own;
      if (own && input.value === "") input.value = String(item.start);
      changed(item.path, own ? numberOf(input) : item.word);
    } }, h("option", { value: "word", selected: !fixed }, item.wordLabel), h("option", { value: "own", selected: fixed }, "a number of my own"));
    const whole = field({ id, ...item, control: select });
    select.after(input, error);
    return whole;
  }

  function shown(items, advanced) {
    return items.filter((item) => Boolean(item.advanced) === advanced && (!item.when || item.when(settings))).map(control);
  }

  function group(part) {
    const element = h("fieldset", { class: "card settings-group" });
    const open = () => element.querySelector("details")?.open ?? false;
    const draw = () => {
      const wasOpen = open();
      const advanced = shown(part.fields, true);
      fill(element, h("legend", { class: "unseen" }, part.title), h("h2", { "aria-hidden": "true" }, part.title),
        part.stage ? estimator(part.stage, draw) : null,
        h("div", { class: "fields" }, shown(part.fields, false)),
        advanced.length ? h("details", { open: wasOpen }, h("summary", null, "Advanced"), h("div", { class: "fields" }, advanced)) : null);
    };
    draw();
    controls.set(part, draw);
    return element;
  }

  function estimator(name, redraw) {
    const path = `stages.${name}.kind`;
    const kind = read(settings, path);
    const select = h("select", { onchange: (event) => {
      const chosen = event.currentTarget.value;
      // The settings of one estimator mean nothing to another.
      settings.stages[name] = { ...structuredClone(estimators[chosen]), kind: chosen };
      onchange();
      redraw();
      document.getElementById(idOf(path))?.focus();
    } }, Object.keys(estimators).map((option) => h("option", { value: option, selected: option === kind }, ESTIMATORS[option] ?? option)));
    return field({ id: idOf(path), label: "Estimator", help: name === "mediator" ? "What predicts paid search from the exposures." : "What predicts the outcome from paid search.", control: select });
  }

  const element = h("div", { class: "stack" }, GROUPS.map(group));
  return {
    element,
    /** Takes other settings: a preset. */
    take(next) {
      settings = next;
      for (const draw of controls.values()) draw();
    },
    /** Shows the server's refusal at the field it names, where there is one; says whether it did. */
    refuse(error) {
      this.clear();
      if (!error) return false;
      const said = `${error.message} ${error.help ?? ""}`;
      const item = FIELDS.find(({ path }) => new RegExp(`(^|[^a-z_])${path.split(".").pop()}([^a-z_]|$)`).test(said) && document.getElementById(idOf(path)));
      if (!item) return false;
      const place = document.getElementById(`${idOf(item.path)}-error`);
      place.textContent = [sentence(error.message), error.help ? sentence(error.help) : ""].join(" ").trim();
      place.hidden = false;
      place.dataset.refused = "";
      document.getElementById(idOf(item.path)).setAttribute("aria-invalid", "true");
      place.closest("details")?.setAttribute("open", "");
      return true;
    },
    clear() {
      for (const place of element.querySelectorAll("[data-refused]")) {
        delete place.dataset.refused;
        place.hidden = true;
        document.getElementById(place.id.replace(/-error$/, ""))?.setAttribute("aria-invalid", "false");
      }
    },
    /** The first field that the browser finds out of range. */
    wrong() {
      return [...element.querySelectorAll("input[type=number]")].find((input) => !input.hidden && !input.validity.valid) ?? null;
    },
  };
}
