//! What both stages leave unexplained.

use headwater::analysis::Analysis;
use headwater::analysis::views::{ErrorDistribution, Residuals, StageResiduals};
use headwater::finding::{Finding, Status};
use headwater::words::listed;

use super::actual_predicted::source;
use super::panel::places;
use super::weekly::{amounts, measured};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, Scale, Shape};

/// The residuals of both stages in four views: how many of which size, beside a normal distribution,
/// from one week to the next, and by size of the prediction.
pub fn residuals(residuals: &Residuals, analysis: &Analysis) -> Figure {
    let stages = [&residuals.mediator, &residuals.outcome];
    let views = [histogram, quantiles, autocorrelations, against_fitted];
    let panels = views.iter().flat_map(|view| stages.map(view));
    let found: Vec<&Finding> = residuals
        .judged_by
        .iter()
        .filter_map(|id| analysis.findings.iter().find(|finding| finding.id == *id))
        .collect();
    Figure {
        id: "residuals".into(),
        title: claim(&found),
        caption: format!(
            "Actual minus fitted, over the weeks that the model learned from. Points off the line mark tails \
             unlike a normal distribution; bars beyond the band, errors that last from week to week; a \
             fan of points, errors that grow with what is predicted. The checks examine the least-squares \
             regression of each stage where it has one, and so may see less or more than these residuals of the model \
             itself. {}{}",
            doubts(&found),
            source(analysis)
        ),
        alt: format!(
            "Four views of the residuals of {} and {}: histogram, normal quantiles, autocorrelations and residuals \
             against fitted values. {}.",
            stages[0].target,
            stages[1].target,
            claim(&found)
        ),
        width: 960.0,
        height: 1300.0,
        content: Content::Panels {
            columns: 2,
            panels: panels.collect(),
        },
    }
}

/// What the checks of the errors found.
fn claim(found: &[&Finding]) -> String {
    let with = |status: fn(Status) -> bool| -> Vec<&str> {
        let found = found.iter().filter(|finding| status(finding.status));
        found.map(|finding| subject(&finding.id)).collect()
    };
    let doubted = with(|status| matches!(status, Status::Warning | Status::Failed));
    if !doubted.is_empty() {
        return format!(
            "What the model leaves unexplained: the checks warn of {}",
            listed(&doubted)
        );
    }
    let missing = with(|status| status == Status::NotAssessed);
    match (found.is_empty(), missing.is_empty()) {
        (false, true) => "No check finds a pattern in what the model leaves unexplained".into(),
        (false, false) if missing.len() < found.len() => format!(
            "No check finds a pattern in what the model leaves unexplained; {} could not be assessed",
            listed(&missing)
        ),
        _ => "What the model leaves unexplained; its checks could not be assessed".into(),
    }
}

/// What a check asks about, in words.
fn subject(id: &str) -> &str {
    match id {
        "diagnostics.normality" => "errors that are not normal",
        "diagnostics.autocorrelation" => "errors that last for weeks",
        "diagnostics.heteroskedasticity" => "uneven errors",
        "diagnostics.influence" => "single weeks that decide",
        other => other,
    }
}

/// What the warnings say.
fn doubts(found: &[&Finding]) -> String {
    let warned = found
        .iter()
        .filter(|finding| matches!(finding.status, Status::Warning | Status::Failed));
    warned
        .map(|finding| format!("{}: {}. ", finding.id, finding.summary))
        .collect()
}

/// A view of a stage whose residuals vary; else why there is none.
fn view(
    stage: &StageResiduals,
    title: &str,
    (x, y): (Axis, Axis),
    marks: impl FnOnce(&ErrorDistribution) -> Vec<Mark>,
) -> Panel {
    let title = format!("{}: {title}", stage.target);
    match &stage.distribution {
        Some(distribution) => Panel::new(x, y, marks(distribution)).titled(title),
        None => {
            let why = stage.not_assessed.as_deref().unwrap_or_default();
            Panel::new(x, y, Vec::new()).titled(title).empty(why)
        }
    }
}

fn residual_axis(stage: &StageResiduals) -> Axis {
    amounts(format!(
        "residual of {}",
        measured(&stage.target, stage.unit)
    ))
}

fn histogram(stage: &StageResiduals) -> Panel {
    let axes = (
        residual_axis(stage),
        Axis::numbers("weeks", NumberFormat::Count),
    );
    view(stage, "how many of which size", axes, |distribution| {
        let histogram = &distribution.histogram;
        let counts = histogram.counts.iter();
        vec![
            Mark::Bars {
                name: "weeks".into(),
                at: histogram.middles.clone(),
                base: Vec::new(),
                length: counts.map(|count| Some(*count as f64)).collect(),
                whiskers: Vec::new(),
                labels: Vec::new(),
                ink: Ink::Model,
                lying: false,
                stack: None,
                width: 1.0,
            },
            Mark::Line {
                name: "normal distribution".into(),
                x: histogram.middles.clone(),
                y: histogram.normal.iter().copied().map(Some).collect(),
                ink: Ink::Actual,
                dashed: true,
            },
        ]
    })
}

fn quantiles(stage: &StageResiduals) -> Panel {
    let standard = Axis {
        title: "normal quantile, standard deviations".into(),
        scale: Scale::Number(NumberFormat::Ratio),
        from_zero: false,
    };
    let axes = (standard, residual_axis(stage));
    view(
        stage,
        "beside a normal distribution",
        axes,
        |distribution| {
            let normal = &distribution.normal;
            vec![
                Mark::Line {
                    name: "normal distribution".into(),
                    x: normal.theoretical.clone(),
                    y: normal.line.iter().copied().map(Some).collect(),
                    ink: Ink::Actual,
                    dashed: true,
                },
                points(&normal.theoretical, &normal.residual),
            ]
        },
    )
}

fn autocorrelations(stage: &StageResiduals) -> Panel {
    let axes = (
        Axis::numbers("weeks between", NumberFormat::Count),
        Axis::numbers("autocorrelation", NumberFormat::Ratio),
    );
    view(stage, "from week to week", axes, |distribution| {
        let values = &distribution.autocorrelations;
        let lags: Vec<f64> = (1..=values.len()).map(|lag| lag as f64).collect();
        let reach = places(values.len() + 2);
        vec![
            Mark::Band {
                name: "95 of 100 lags of noise".into(),
                lower: vec![Some(-distribution.band); reach.len()],
                upper: vec![Some(distribution.band); reach.len()],
                x: reach,
                ink: Ink::Quiet,
            },
            Mark::Bars {
                name: String::new(),
                at: lags,
                base: Vec::new(),
                // a series without variance has NaN here
                length: values
                    .iter()
                    .map(|r| Some(*r).filter(|r| r.is_finite()))
                    .collect(),
                whiskers: Vec::new(),
                labels: Vec::new(),
                ink: Ink::Model,
                lying: false,
                stack: None,
                width: 0.4,
            },
        ]
    })
}

fn against_fitted(stage: &StageResiduals) -> Panel {
    let fitted = format!("fitted {}", measured(&stage.target, stage.unit));
    let axes = (amounts(fitted), residual_axis(stage));
    view(stage, "by size of the prediction", axes, |_| {
        vec![
            Mark::Reference {
                label: String::new(),
                at: 0.0,
                upright: false,
                ink: Ink::Actual,
                dashed: true,
            },
            points(&stage.fitted, &stage.residual),
        ]
    })
}

fn points(x: &[f64], y: &[f64]) -> Mark {
    Mark::Points {
        name: String::new(),
        x: x.to_vec(),
        y: y.iter().copied().map(Some).collect(),
        whiskers: Vec::new(),
        labels: Vec::new(),
        ink: Ink::Model,
        shape: Shape::Circle,
        lying: false,
    }
}
