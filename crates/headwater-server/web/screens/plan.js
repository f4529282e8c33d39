// Plan: what to do next, where to put the budget, what the next dollar returns, when, and at what price.

import { columns, waiting } from "../answer.js";
import { get } from "../api.js";
import { empty, head, lookAt, tabs } from "../components.js";
import { h } from "../dom.js";
import { setQuery } from "../state.js";
import { budget } from "../plan/budget.js";
import { curves } from "../plan/curves.js";
import { next } from "../plan/next.js";
import { pricing } from "../plan/pricing.js";
import { timing } from "../plan/timing.js";

const TABS = [
  ["next", "What to do next", next],
  ["budget", "Budget", budget],
  ["curves", "Response curves", curves],
  ["timing", "Timing", timing],
  ["pricing", "Pricing", pricing],
];

/** The screen of `/runs/{id}/plan?tab=`. */
export async function render(main, { params, query, signal }) {
  const run = await get(`/runs/${params.run}`, { signal });
  lookAt(run);
  const title = head("Plan", "Where the next money should go, when, and at what price: as far as the data say.");
  if (run.state !== "done") {
    main.replaceChildren(title, empty({
      title: "This run has no answers yet",
      text: `It is ${run.state}. Plans can be made once it is done.`,
      action: { label: "See how far it is", href: `/runs/${run.id}` },
    }));
    return;
  }
  const analysis = await get(`/runs/${run.id}/analysis`, { signal });
  const desk = {
    run,
    analysis,
    names: columns(analysis),
    signal,
    waiting: waiting(run),
  };
  main.replaceChildren(title, h("div", null, tabs({
    label: "Plan",
    selected: query.tab,
    onselect: (tab) => setQuery({ tab }),
    tabs: TABS.map(([id, label, panel]) => ({ id, label, panel: () => panel(desk) })),
  })));
}
