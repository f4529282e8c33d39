// A run that waits or works: where it stands, the time left, and the button that cancels it.

import { get, post, subscribe } from "./api.js";
import { announce, confirmDialog, fill, h } from "./dom.js";
import { errorNotice, statusWord } from "./components.js";
import { duration, words } from "./format.js";

/** Whether a run is over. */
export function isOver(run) {
  return run.state !== "queued" && run.state !== "running";
}

function standing(run) {
  if (run.state === "queued") {
    const before = run.position ?? 0;
    return before > 0 ? `Waiting: number ${before} in the queue` : "Waiting for its turn";
  }
  const { progress } = run;
  if (!progress) return "Starting";
  const step = progress.steps ? `Step ${progress.step} of ${progress.steps}: ` : "";
  return step + words(progress.what) + (progress.total > 0 ? `, ${progress.done} of ${progress.total}` : "");
}

function left(run) {
  const seconds = run.progress?.seconds_left;
  return run.state === "running" && typeof seconds === "number" ? `about ${duration(Math.ceil(seconds))} left in this step` : "";
}

/**
 * A run as it goes on, until `signal` is aborted. `ondone` hears the Run once it is over.
 * Nothing is lost when the page closes: the run belongs to the server.
 */
export function runProgress(run, { signal, ondone = () => {} } = {}) {
  const place = h("div", { class: "card run-progress" });
  let stop = null;
  let timer = null;
  let step = null;

  const cancel = async () => {
    const sure = await confirmDialog({
      title: "Cancel this run?",
      text: `“${run.name}” stops and keeps no result. Its settings stay in the list of runs.`,
      action: "Cancel the run",
    });
    if (!sure) return;
    try {
      take(await post(`/runs/${run.id}/cancel`));
    } catch (error) {
      place.append(errorNotice(error));
    }
  };

  // The pieces stay in the page, so that a button keeps its focus while the numbers move.
  const state = h("span");
  const text = h("span");
  const time = h("span", { class: "help" });
  const bar = h("progress", { max: 1, "aria-label": `Progress of ${run.name}` });
  const over = h("div");
  const button = h("button", { type: "button", class: "small at-end", "aria-label": `Cancel ${run.name}`, onclick: cancel }, "Cancel");
  fill(place,
    h("div", { class: "row" }, h("h3", null, run.name), state, button),
    bar,
    h("div", { class: "row" }, text, time),
    over);

  function draw() {
    fill(state, statusWord(run.state));
    const { progress } = run;
    text.textContent = isOver(run) ? "" : standing(run);
    time.textContent = left(run);
    if (run.state === "running" && progress?.total > 0) bar.value = progress.done / progress.total;
    else bar.removeAttribute("value");
    bar.hidden = run.state !== "running";
    button.hidden = isOver(run);
    if (progress && progress.what !== step && run.state === "running") {
      step = progress.what;
      announce(`${run.name}: ${standing(run)}`);
    }
    if (!isOver(run)) return;
    fill(over, {
      done: h("p", null, `Took ${duration(run.seconds)}. `, h("a", { href: `/runs/${run.id}` }, "See the result")),
      failed: errorNotice(run.error ?? { message: "The run failed, and left no reason." }),
      cancelled: h("p", null, "Cancelled. It left no result."),
      interrupted: h("p", null, "The server stopped while this ran. Start it again with the same settings: the result will be the same."),
    }[run.state]);
  }

  function listen() {
    stop?.();
    clearTimeout(timer);
    if (isOver(run) || signal?.aborted) return;
    const ask = async () => {
      try {
        take(await get(`/runs/${run.id}`, { signal }));
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error.status === 404) return fill(place, h("p", null, "This run was deleted."));
      }
      if (!isOver(run)) timer = setTimeout(ask, 2000);
    };
    if (run.state === "running") {
      stop = subscribe(`/runs/${run.id}/events`, {
        run: take,
        // A stream that broke off is taken up by asking: no progress is better than a frozen one.
        error: () => { stop?.(); timer = setTimeout(ask, 1000); },
      }, { signal });
    } else {
      // A browser opens six connections at a time: those that wait in the queue do not hold one.
      timer = setTimeout(ask, 1000);
    }
  }

  function take(next) {
    if (signal?.aborted || isOver(run)) return;
    const began = run.state !== next.state;
    run = next;
    draw();
    if (isOver(run)) {
      stop?.();
      clearTimeout(timer);
      announce(`${run.name}: ${run.state === "done" ? "done" : words(run.state)}`);
      ondone(run);
    } else if (began) {
      listen();
    }
  }

  signal?.addEventListener("abort", () => clearTimeout(timer));
  draw();
  listen();
  return place;
}
