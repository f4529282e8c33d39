"""Five checks that nobody here wrote: those of the evaluation suite `mmm-eval`.

`mmm-eval` (github.com/mutinex/mmm-eval, Apache 2.0) asks every marketing mix model the same:
does it forecast (holdout accuracy, cross-validation), does its answer stay when weeks are added
(refresh stability) or spend is blurred (perturbation), and does it find nothing in a channel that
did nothing (placebo). The suite itself could not be installed where this was written: the package
index has no such name, its own installation page names its repository alone, and that could not be
reached. So the checks are written here anew from what the suite documents; no code of it is used.

Where the definitions are from, all in that repository:

- `docs/user-guide/tests.md` at commit 1179854 (six tests, with the placebo): what each check does,
  that a return is `100 * (revenue / spend - 1)`, that a placebo passes at -50% or below.
- `mmm_eval/core/base_validation_test.py`, `mmm_eval/core/constants.py` as after version 0.8.0
  (2025-07-17): the last 8 weeks are held out; 3 folds of 4 weeks from the end backwards, trained on
  all weeks before; noise of standard deviation 0.05; seed 42.
- `mmm_eval/core/validation_tests.py` at commits 2fbfce9 and 0ed9995: what a refresh compares, that
  one draw of noise blurs all media columns of a week alike.
- `mmm_eval/metrics/metric_models.py`, `accuracy_functions.py` (commit 76c8b2b): the metrics.
- `mmm_eval/metrics/threshold_constants.py` as after version 0.11.0 (2025-07-21): the thresholds.

Where two places disagree, the thresholds in the code are taken, because they decide there: the page
on tests speaks of 10% for a refresh and 5% for noise, the code of 15% and 8%. For the placebo the
page (-50%) is taken: an older file says 0.2, from before returns were percentages.

Left out: in-sample accuracy, which the suite has as a sixth test and which Headwater does not give
as evidence, and CRPS, which a later version adds and which asks for a distribution of forecasts.

The adapter, :class:`evaluation.headwater_adapter.HeadwaterAdapter`, has the methods of the suite's
own adapters and subclasses their base where `mmm_eval` is installed.

Run all of it with ``python -m evaluation`` in this folder's parent.
"""
