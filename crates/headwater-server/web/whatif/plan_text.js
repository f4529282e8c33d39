// A plan as text: its changes, the address that holds it, half and twice of it.

import { listed } from "../answer.js";

/** A change as a plan writes it, taken apart: `+20%`, `+500`, `=3000`. */
export function parse(by) {
  const [, sign, number, share] = /^([=+-])\s*([\d.eE+-]+)\s*(%?)$/.exec(String(by).trim()) ?? [];
  if (sign === undefined || !Number.isFinite(Number(number))) return null;
  if (sign === "=") return share ? null : { kind: "level", value: Number(number) };
  return { kind: share ? "percent" : "amount", value: Number(sign + number) };
}

/** A change as a plan writes it; null where it changes nothing. */
export function written({ kind, value }) {
  if (value === null || !Number.isFinite(value) || (kind !== "level" && value === 0)) return null;
  const sign = value < 0 ? "" : "+";
  return { percent: `${sign}${value}%`, amount: `${sign}${value}`, level: `=${value}` }[kind];
}

/** The plan that the query string holds. */
export function fromQuery(query) {
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

/** What the query string says of a plan; null leaves a key out. */
export function toQuery(plan) {
  return {
    set: plan.set.length ? plan.set.map(({ column, by }) => `${column}:${by}`) : null,
    from: plan.from ?? null,
    to: plan.to ?? null,
    mediator: plan.mediator === "free" ? null : plan.mediator,
    margin: plan.margin ?? null,
    extrapolate: plan.allow_extrapolation ? "1" : null,
  };
}

/** The plan in which percentages and amounts are `factor` times as large; levels stay. */
export function scaled(plan, factor) {
  const set = plan.set.map(({ column, by }) => {
    const change = parse(by);
    return { column, by: change.kind === "level" ? by : written({ ...change, value: change.value * factor }) };
  });
  return { ...plan, set };
}

/** The changes of a plan in words: `facebook_spend +20%`. */
export const changes = (plan) => (plan.set.length ? listed(plan.set.map(({ column, by }) => `${column} ${by}`)) : "no change");
