// What is asked of the optimiser, as the address of the page holds it.

import { query } from "../state.js";

const number = (text) => (text === undefined || text === "" || !Number.isFinite(Number(text)) ? undefined : Number(text));

/** The bounds of single channels in the address: `bound=facebook_spend:0..8000`. */
export function bounds() {
  return [query().bound ?? []].flat().flatMap((text) => {
    const [, channel, least, most] = /^(.*):([^:]*)\.\.([^:]*)$/.exec(text) ?? [];
    return channel && number(least) !== undefined && number(most) !== undefined
      ? [{ channel, least: Number(least), most: Number(most) }] : [];
  });
}

/** The settings for the optimiser; what is left out takes the default of the command line. */
export function question() {
  const asked = query();
  const settings = {
    budget: number(asked.budget),
    hurdle: number(asked.hurdle),
    horizon: number(asked.weeks),
    margin: number(asked.margin),
    objective: asked.objective,
    max_change: asked.max_change === undefined ? undefined : asked.max_change === "none" ? "none" : `${asked.max_change}%`,
    risk: asked.risk,
    mediator: asked.mediator,
    allow_extrapolation: asked.extrapolate === "1" ? true : undefined,
    bounds: bounds(),
  };
  if (!settings.bounds.length) delete settings.bounds;
  return settings;
}
