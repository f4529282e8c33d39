//! The worked recipe "A figure" of CONTRIBUTING.md: the picture and what it says. That nothing of it is
//! cut or covered is looked at with the pictures of `figures::ordinary`, where it has its line.
//! CONTRIBUTING.md quotes this file; `recipes.rs` compares the two.
#![allow(clippy::unwrap_used)] // a test may panic

use headwater::analysis::Analysis;
use headwater::estimate::Estimate;
use headwater::finding::{Finding, Status};
use headwater_report::drawing::{Theme, plotly, svg};
use headwater_report::figures::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel, Scale};

use crate::made;

/// What each channel set off in the mediator, with its interval.
pub fn induced_spend(analysis: &Analysis) -> Figure {
    let mediator = &analysis.stages.mediator.target;
    let induced = || {
        analysis
            .effects
            .iter()
            .map(|effect| &effect.induced_mediator_spend)
    };
    let known = induced().any(|estimate| estimate.point.is_some());
    let marks = vec![Mark::Bars {
        name: format!("{mediator} set off"),
        at: (0..analysis.effects.len()).map(|nth| nth as f64).collect(),
        base: Vec::new(),
        length: induced().map(|estimate| estimate.point).collect(),
        whiskers: induced().map(ends).collect(),
        labels: Vec::new(),
        ink: Ink::Through,
        lying: true,
        stack: None,
        width: 0.6,
    }];
    let panel = Panel {
        title: None,
        x: Axis {
            title: format!("{mediator}, over all weeks"),
            scale: Scale::Number(NumberFormat::Amount),
            from_zero: true,
        },
        y: Axis {
            title: String::new(),
            scale: Scale::Categories(names(analysis)),
            from_zero: false,
        },
        marks: if known { marks } else { Vec::new() },
        empty: (!known).then(|| "What the channels set off could not be computed.".into()),
    };
    Figure {
        id: "induced_spend".into(),
        title: title(analysis),
        caption: format!(
            "What {mediator} would have lost without each channel's spend, the others as they were. \
             Whiskers are the interval of the bootstrap; bars whose whiskers cross 0 may be nothing."
        ),
        alt: format!(
            "Lying bars of the {mediator} that {} set off, with their intervals.",
            names(analysis).join(", ")
        ),
        width: 960.0,
        height: 210.0 + 44.0 * analysis.effects.len().max(2) as f64,
        content: Content::Panels {
            columns: 1,
            panels: vec![panel],
        },
    }
}

/// No more than the finding behind it: that spend moves the mediator is what `mediation.strength`
/// tests.
fn title(analysis: &Analysis) -> String {
    let mediator = &analysis.stages.mediator.target;
    let mut findings = analysis.findings.iter();
    let strength = findings.find(|finding| finding.id == "mediation.strength");
    match strength.map(|finding| finding.status) {
        Some(Status::Passed) => format!("The channels move {mediator}"),
        _ => format!(
            "What the channels may have set off in {mediator}: that they move it is not shown"
        ),
    }
}

fn names(analysis: &Analysis) -> Vec<String> {
    let effects = analysis.effects.iter();
    effects.map(|effect| effect.channel.clone()).collect()
}

fn ends(estimate: &Estimate) -> Option<(f64, f64)> {
    let interval = estimate.interval()?;
    Some((interval.lower, interval.upper))
}

#[test]
fn bars_and_whiskers_stand_where_the_analysis_says() {
    let analysis = made::good();
    let figure = induced_spend(&analysis);
    let Content::Panels { panels, .. } = &figure.content else {
        panic!("no panels")
    };
    let Mark::Bars {
        length, whiskers, ..
    } = &panels[0].marks[0]
    else {
        panic!("no bars")
    };
    for (nth, effect) in analysis.effects.iter().enumerate() {
        let induced = &effect.induced_mediator_spend;
        assert_eq!(length[nth], induced.point);
        assert_eq!(whiskers[nth], ends(induced));
    }
    assert!(svg(&figure, Theme::Light).contains("facebook_spend"));
    let plot = plotly(&figure, Theme::Light);
    assert_eq!(plot["data"][0]["type"], "bar");
}

#[test]
fn the_title_claims_what_the_finding_says_and_no_more() {
    assert!(induced_spend(&made::good()).title.ends_with("is not shown"));
    for (status, shown) in [
        (Status::Passed, true),
        (Status::Warning, false),
        (Status::Failed, false),
        (Status::NotAssessed, false),
    ] {
        let mut analysis = made::good();
        let strength = Finding::new("mediation.strength", status, "as it is");
        analysis.findings.push(strength);
        let title = induced_spend(&analysis).title;
        assert_eq!(title == "The channels move google_spend", shown, "{title}");
    }
}

#[test]
fn without_intervals_there_are_bars_and_without_values_there_are_words() {
    let mut analysis = made::without_bootstrap();
    let text = |analysis: &Analysis| svg(&induced_spend(analysis), Theme::Dark);
    assert!(!text(&analysis).contains("could not be computed"));
    for effect in &mut analysis.effects {
        effect.induced_mediator_spend = Estimate::not_assessed("it was held at zero", 0.95);
    }
    assert!(text(&analysis).contains("could not be computed"));
}
