//! Pictures of a run: what they draw is what the analysis and the answers hold, and their titles claim
//! no more than the verdict on the path and the intervals.
#![allow(clippy::unwrap_used)] // a test may panic

use std::sync::LazyLock;

use headwater::analysis::{Advisor, Analysis, Settings, run};
use headwater::decisions::{BudgetSettings, CurveQuestion, PricingQuestion};
use headwater::estimate::Estimate;
use headwater::finding::Status;
use headwater::number::{ratio, with_interval};
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::Verdict;
use headwater_report::figures::{
    CATALOGUE, Content, Figure, Mark, Panel, budget, cross_validation, effects, feature_importance,
    graph, half_to_twice, impulse_responses, price_curve, response_curves, returns,
    scenario_analysis, sensitivity, waterfall,
};

use crate::made;

/// A small market, analysed with so many replicates.
fn analysed(replicates: usize) -> (Analysis, Advisor) {
    let market = simulate(&MarketSettings::default()).unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(replicates);
    settings.validation.placebos = 0;
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
    let advisor = Advisor::of(&fit, &Silent).unwrap();
    (fit.analysis, advisor)
}

static MARKET: LazyLock<(Analysis, Advisor)> = LazyLock::new(|| analysed(40));

/// The market with another verdict on the path.
fn judged(verdict: Verdict) -> Analysis {
    let mut analysis = MARKET.0.clone();
    analysis.path.verdict = verdict;
    analysis
}

fn panels(figure: &Figure) -> &[Panel] {
    match &figure.content {
        Content::Panels { panels, .. } => panels,
        Content::Graph(_) => panic!("{} is a graph", figure.id),
    }
}

fn interval(estimate: &Estimate) -> Option<(f64, f64)> {
    estimate.interval().map(|it| (it.lower, it.upper))
}

fn drawn(id: &str, analysis: &Analysis) -> Figure {
    let entry = CATALOGUE.iter().find(|entry| entry.id == id).unwrap();
    (entry.draw)(analysis, &MARKET.1).unwrap()
}

#[test]
fn every_picture_says_what_it_shows_on_what_it_rests_and_in_what_unit() {
    let (analysis, advisor) = &*MARKET;
    for entry in CATALOGUE {
        let figure = (entry.draw)(analysis, advisor).unwrap();
        let id = entry.id;
        assert_eq!(figure.id, id);
        assert!(
            !figure.title.is_empty() && !figure.title.ends_with('.'),
            "{id}"
        );
        assert!(
            figure.title.chars().count() <= 240,
            "{id}: {}",
            figure.title
        );
        assert!(
            !figure.alt.is_empty() && figure.alt.ends_with('.'),
            "{id}: {}",
            figure.alt
        );
        assert!(
            figure.caption.contains(&analysis.data.source),
            "{id}: {}",
            figure.caption
        );
        if let Content::Panels { panels, .. } = &figure.content {
            for panel in panels {
                assert_eq!(panel.marks.is_empty(), panel.empty.is_some(), "{id}");
                for mark in &panel.marks {
                    assert_paired(id, mark);
                }
            }
        }
    }
}

/// That what belongs together is equally long.
fn assert_paired(id: &str, mark: &Mark) {
    let fits = |length: usize, of: usize| length == of || length == 0;
    match mark {
        Mark::Line { x, y, .. } => assert_eq!(x.len(), y.len(), "{id}"),
        Mark::Band {
            x, lower, upper, ..
        } => {
            assert_eq!((x.len(), x.len()), (lower.len(), upper.len()), "{id}");
        }
        Mark::Bars {
            at,
            base,
            length,
            whiskers,
            labels,
            ..
        } => {
            assert_eq!(at.len(), length.len(), "{id}");
            let others = [base.len(), whiskers.len(), labels.len()];
            assert!(others.iter().all(|other| fits(*other, at.len())), "{id}");
        }
        Mark::Points {
            x,
            y,
            whiskers,
            labels,
            ..
        } => {
            assert_eq!(x.len(), y.len(), "{id}");
            assert!(
                fits(whiskers.len(), x.len()) && fits(labels.len(), x.len()),
                "{id}"
            );
        }
        Mark::Heat { .. } | Mark::Reference { .. } | Mark::Span { .. } => {}
    }
}

#[test]
fn effects_are_those_of_the_analysis_with_their_intervals() {
    let analysis = &MARKET.0;
    let figure = effects(analysis);
    let marks = &panels(&figure)[0].marks;
    let Mark::Bars { length, .. } = &marks[0] else {
        panic!("{marks:?}")
    };
    let indirect = analysis.effects.iter().map(|effect| effect.indirect.point);
    assert_eq!(*length, indirect.collect::<Vec<_>>());
    let Mark::Points { x, whiskers, .. } = &marks[1] else {
        panic!("{marks:?}")
    };
    let totals = || analysis.effects.iter().map(|effect| &effect.total);
    assert_eq!(
        *x,
        totals().filter_map(|total| total.point).collect::<Vec<_>>()
    );
    assert_eq!(*whiskers, totals().map(interval).collect::<Vec<_>>());
}

#[test]
fn the_arrows_of_the_graph_carry_what_a_unit_of_spend_sets_off() {
    let analysis = &MARKET.0;
    let Content::Graph(drawn) = graph(analysis).content else {
        panic!("no graph")
    };
    for effect in &analysis.effects {
        let edge = drawn
            .edges
            .iter()
            .find(|edge| edge.from == effect.channel)
            .unwrap();
        let induced = effect.induced_per_unit();
        assert_eq!(edge.label, with_interval(&induced, ratio));
        assert_eq!(edge.dashed, induced.excludes(0.0) != Some(true));
        let sum = effect.induced_mediator_spend.point.unwrap();
        assert!((induced.point.unwrap() * effect.spend - sum).abs() <= 1e-9 * sum.abs());
    }
}

#[test]
fn a_found_direct_path_is_a_broken_arrow_and_the_title() {
    let figure = graph(&made::direct_path_found());
    assert_eq!(
        figure.title,
        "Direct path found: tiktok_spend reaches revenue around google_spend"
    );
    let Content::Graph(drawn) = figure.content else {
        panic!("no graph")
    };
    let found = drawn
        .edges
        .iter()
        .find(|edge| edge.from == "tiktok_spend" && edge.to == "revenue");
    assert!(found.unwrap().dashed);
}

#[test]
fn the_parts_of_the_waterfall_follow_each_other_to_the_whole() {
    let (analysis, advisor) = &*MARKET;
    let attribution = advisor.attribution().unwrap();
    let figure = waterfall(&attribution, analysis);
    let mut bars: Vec<(f64, f64, f64)> = Vec::new();
    for mark in &panels(&figure)[0].marks {
        if let Mark::Bars {
            at, base, length, ..
        } = mark
        {
            for (nth, at) in at.iter().enumerate() {
                bars.push((
                    *at,
                    base.get(nth).copied().unwrap_or(0.0),
                    length[nth].unwrap(),
                ));
            }
        }
    }
    bars.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (_, whole_from, whole) = bars.pop().unwrap();
    assert_eq!((whole_from, whole), (0.0, attribution.total));
    let mut reached = 0.0;
    for ((_, from, length), row) in bars.iter().zip(&attribution.rows) {
        assert_eq!((*from, Some(*length)), (reached, row.amount.point));
        reached += length;
    }
    assert!((reached - whole).abs() <= 1e-9 * whole.abs());
}

#[test]
fn a_response_curve_passes_through_the_total_effect_at_the_spend_as_it_was() {
    let (analysis, advisor) = &*MARKET;
    let curves = advisor.response_curves(&CurveQuestion::default()).unwrap();
    let figure = response_curves(&curves, analysis);
    for (panel, curve) in panels(&figure).iter().zip(&curves.channels) {
        let now = curve
            .points
            .iter()
            .find(|point| point.scale == 1.0)
            .unwrap();
        let point = panel.marks.iter().find_map(|mark| match mark {
            Mark::Points { x, y, whiskers, .. } => Some((x[0], y[0], whiskers[0])),
            _ => None,
        });
        assert_eq!(
            point,
            Some((curve.spend, now.total.point, interval(&now.total)))
        );
        // every point is on the whole or on the broken line, and where they meet on both
        let lines: Vec<&Vec<Option<f64>>> = panel
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Line { y, .. } => Some(y),
                _ => None,
            })
            .collect();
        for (nth, at) in curve.points.iter().enumerate() {
            let on = lines
                .iter()
                .filter_map(|line| line[nth])
                .collect::<Vec<_>>();
            assert!(!on.is_empty() && on.iter().all(|value| Some(*value) == at.total.point));
        }
    }
}

#[test]
fn folds_plans_timing_and_importances_are_drawn_as_they_were_answered() {
    let (analysis, advisor) = &*MARKET;
    let bars = |panel: &Panel, nth: usize| -> Vec<Option<f64>> {
        let mut all = panel.marks.iter().filter_map(|mark| match mark {
            Mark::Bars { length, .. } => Some(length.clone()),
            _ => None,
        });
        all.nth(nth).unwrap()
    };
    let figure = cross_validation(analysis);
    let folds = analysis.stages.outcome.out_of_sample.path.folds.iter();
    let errors: Vec<Option<f64>> = folds.map(|fold| Some(fold.metrics.rmse)).collect();
    assert_eq!(bars(&panels(&figure)[0], 0), errors);

    let plan = advisor.optimize(&BudgetSettings::default()).unwrap();
    let figure = budget(&plan, analysis);
    let planned: Vec<Option<f64>> = plan.channels.iter().map(|it| Some(it.planned)).collect();
    assert_eq!(bars(&panels(&figure)[0], 1), planned);

    let timing = advisor.timing().unwrap();
    let figure = impulse_responses(&timing, analysis);
    for (panel, channel) in panels(&figure).iter().zip(&timing.channels) {
        let weeks: Vec<Option<f64>> = channel.response.iter().map(|it| it.total.point).collect();
        assert_eq!(bars(panel, 0), weeks);
    }

    let importances = advisor.importances().unwrap();
    let figure = feature_importance(&importances, analysis);
    let drawn = bars(&panels(&figure)[0], 0);
    let causal = importances
        .mediator
        .columns
        .iter()
        .filter(|column| column.causal);
    let causal: Vec<Option<f64>> = causal.map(|column| Some(column.importance)).collect();
    assert!(!drawn.is_empty() && causal.starts_with(&drawn));
}

#[test]
fn half_to_twice_the_spend_rises_and_falls_with_the_change() {
    let (analysis, advisor) = &*MARKET;
    let answer = advisor
        .scenarios(&half_to_twice(&["facebook_spend"]))
        .unwrap();
    let figure = scenario_analysis(&answer, analysis);
    let line = panels(&figure)[0].marks.iter().find_map(|mark| match mark {
        Mark::Line { x, y, .. } => Some((x.clone(), y.clone())),
        _ => None,
    });
    let (x, y) = line.unwrap();
    assert_eq!(x, [-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(y[2], Some(0.0));
    let asked: Vec<Option<f64>> = answer
        .scenarios
        .iter()
        .map(|scenario| scenario.total.outcome.point)
        .collect();
    assert_eq!(y, asked);
}

#[test]
fn titles_of_pictures_that_rest_on_the_path_claim_nothing_where_it_is_not_supported() {
    let resting = [
        "returns",
        "response_curves",
        "scenario_analysis",
        "scenario",
        "scenarios",
        "budget",
        "impulse_responses",
        "waterfall",
        "price_curve",
    ];
    for verdict in [
        Verdict::TooWeakToSay,
        Verdict::NotSeparable,
        Verdict::DirectPathFound,
        Verdict::NotAssessed,
    ] {
        let analysis = judged(verdict);
        let doubt = format!("is not supported ({})", verdict.words());
        for id in resting {
            let title = drawn(id, &analysis).title;
            assert!(title.ends_with(&doubt), "{id}: {title}");
        }
        let title = graph(&analysis).title.to_lowercase();
        assert!(title.starts_with(verdict.words()), "{title}");
    }
}

#[test]
fn effects_through_a_path_that_failed_are_not_called_clear() {
    let mut analysis = MARKET.0.clone();
    analysis.path.verdict = Verdict::DirectPathFound;
    analysis.path.use_totals = false;
    let path = analysis
        .findings
        .iter_mut()
        .find(|it| it.id == "mediation.path");
    path.unwrap().status = Status::Failed;
    let title = effects(&analysis).title;
    assert!(
        !title.contains("raised") && !title.contains("lowered"),
        "{title}"
    );
}

#[test]
fn intervals_that_cover_0_are_no_clear_effect() {
    let mut analysis = judged(Verdict::PathSupported);
    analysis.path.use_totals = false;
    for effect in &mut analysis.effects {
        effect.total = made::around(1_000.0, 2_000.0);
        effect.roas.loaded = made::around(1.0, 3.0);
    }
    assert_eq!(
        effects(&analysis).title,
        "No channel has a clear effect on revenue"
    );
    let title = returns(&analysis).title;
    assert!(
        title.starts_with("No channel's loaded return is clearly"),
        "{title}"
    );
}

#[test]
fn without_replicates_no_title_sounds_sure() {
    let (mut analysis, advisor) = analysed(0);
    analysis.path.verdict = Verdict::PathSupported;
    analysis.path.use_totals = false;
    let title = effects(&analysis).title;
    assert!(title.contains("without intervals"), "{title}");
    let plan = advisor.optimize(&BudgetSettings::default()).unwrap();
    let title = budget(&plan, &analysis).title;
    assert!(title.starts_with("Not assessed"), "{title}");
    let pricing = advisor.pricing(&PricingQuestion::default()).unwrap();
    let title = price_curve(&pricing, &analysis).title;
    assert!(title.contains("nothing says how sure"), "{title}");
    assert!(
        effects(&analysis)
            .caption
            .contains("No intervals were asked for")
    );
}

#[test]
fn sensitivity_that_was_not_assessed_is_an_error_with_the_reason() {
    let mut analysis = MARKET.0.clone();
    assert!(sensitivity(&analysis).is_ok());
    analysis.sensitivity = None;
    let error = sensitivity(&analysis).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("sensitivity was not assessed"),
        "{error}"
    );
}

#[test]
fn sums_a_billion_times_as_large_are_written_short() {
    let mut analysis = MARKET.0.clone();
    for effect in &mut analysis.effects {
        for estimate in [&mut effect.total, &mut effect.direct, &mut effect.indirect] {
            for value in [
                &mut estimate.point,
                &mut estimate.lower,
                &mut estimate.upper,
            ] {
                *value = value.map(|value| value * 1e9);
            }
        }
    }
    let figure = effects(&analysis);
    let Some(Mark::Points { labels, .. }) = panels(&figure)[0].marks.last() else {
        panic!("no totals")
    };
    assert!(labels.iter().all(|label| label.len() <= 30), "{labels:?}");
}
