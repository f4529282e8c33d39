// What to do next: moves the data support, those they do not, and the experiment to run.

import { answered, legend, pathNotice } from "../answer.js";
import { post } from "../api.js";
import { chart } from "../chart.js";
import { estimateCell, notice, sentence, table } from "../components.js";
import { h } from "../dom.js";
import { percent, ratio } from "../format.js";
import { query, queryString, theme } from "../state.js";
import { question } from "./question.js";

/** The tab of recommendations; they are for the question of the budget tab. */
export function next({ run, analysis, names, signal, waiting }) {
  return answered({
    signal,
    waiting: `${waiting}; each move is asked by itself`,
    ask: () => post(`/runs/${run.id}/recommend?theme=${theme()}`, question(), { signal }),
    draw: (found) => draw(found, analysis, names),
  }).place;
}

function draw({ path, answer: advice, figures }, analysis, names) {
  const { moves, not_supported: unsupported, nothing_through: nothing } = advice;
  const sure = moves.length > 0 || (unsupported.length === 0 && !nothing);
  return [
    pathNotice(path, names.mediator, names.direct.length > 0),
    h("section", { class: "card" },
      h("h2", null, "What to do"),
      notice({ kind: sure ? "good" : "doubt", text: sentence(advice.summary) }),
      nothing ? notice({ kind: "doubt", text: sentence(nothing) }) : null,
      moves.length ? h("ol", { class: "moves" }, moves.map((move) => h("li", null,
        h("p", null, move.sentence),
        h("p", { class: "help" }, [
          typeof move.move.better === "number" ? `Better in ${percent(move.move.better)} of the replicates; ` : "",
          `if ${move.assumption}`])))) : null),
    h("section", { class: "card experiment" },
      h("h2", null, "Try next"),
      h("p", null, advice.experiment.sentence)),
    unsupported.length ? h("section", { class: "card" },
      h("h2", null, "Not supported"),
      h("p", { class: "help" }, "The best plan within the bounds would also do this, but the data do not carry it."),
      h("ul", { class: "moves" }, unsupported.map((move) => h("li", null,
        h("p", null, move.sentence),
        move.why_not ? h("p", { class: "help" }, `Not supported: ${move.why_not}.`) : null)))) : null,
    h("section", { class: "stack" },
      advice.ranking.length ? table({
        caption: "The next dollar",
        columns: [
          { key: "channel", label: "channel" },
          { key: "loaded", label: "loaded ROAS of the next dollar", numeric: true },
          { key: "best", label: "comes first in so many replicates", numeric: true },
        ],
        rows: advice.ranking.map(({ channel, loaded, best }) => ({
          channel, loaded: estimateCell(loaded, ratio), best: percent(best),
        })),
      }) : h("h2", null, "The next dollar"),
      legend(sentence(advice.ranking_note), advice.ranking.length ? ` Loaded: the ${names.mediator} that the dollar sets off is part of the bill.` : "")),
    h("section", { class: "card" },
      h("h2", null, "What not to conclude"),
      h("ul", { class: "moves" }, advice.do_not_conclude.map((note) => h("li", null, note)))),
    h("div", { class: "pictures" }, (figures ?? []).map(chart)),
    legend(found(advice, analysis), " ", h("a", { href: location.pathname + queryString({ ...query(), tab: "budget" }) }, "The whole plan and its question")),
  ];
}

/** How the moves were found. */
function found({ allocation: { settings, stories, replicates } }, { bootstrap }) {
  const names = [...new Set(stories.map(({ name }) => name))];
  return `The best plan for the ${settings.horizon} weeks after the data${settings.max_change === "none" ? "" : ` within ${settings.max_change} around current spend`}, taken apart into moves; each is asked of the model and ${replicates} replicates by itself, intervals are ${percent(bootstrap.level)}, and a move is supported when the 80% interval of its worth excludes 0, every story agrees and it stays inside what the data have seen. ${names.length ? `The stories: ${names.join("; ")}.` : "The stories that the data cannot tell apart could not be told here."}`;
}
