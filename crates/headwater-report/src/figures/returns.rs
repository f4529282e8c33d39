//! What a unit of spend returned, with and without the mediator's bill.

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::effects::ChannelEffects;
use headwater::estimate::Estimate;

use super::panel::{alone, height_of, lying};
use super::{Axis, Figure, Ink, Mark, NumberFormat, Panel, Shape, claim};
use crate::number::{ratio, with_interval};
use crate::terminal::answer::whatever_path;

/// Gross and loaded return of every channel in money, beside the return at which spend pays. Where the
/// checks say to read totals without the path, their returns stand beside them.
pub fn returns(analysis: &Analysis) -> Figure {
    let (paid, counted): (Vec<&ChannelEffects>, Vec<&ChannelEffects>) = analysis
        .effects
        .iter()
        .partition(|effect| effect.unit == Unit::Money);
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    let bound = analysis.sensitivity.as_ref();
    let bound = bound.and_then(|found| Some(found.stories.as_ref()?.bound));
    let loaded = analysis.roles.mediator_in_money();
    let judged = |effect: &'_ ChannelEffects| -> Estimate {
        match loaded {
            true => effect.roas.loaded.clone(),
            false => effect.roas.gross.clone(),
        }
    };
    let gross: Vec<&Estimate> = paid.iter().map(|effect| &effect.roas.gross).collect();
    let mut marks = vec![lying(
        "gross",
        &gross,
        -0.15,
        Ink::Quiet,
        Shape::Circle,
        None,
    )];
    if loaded {
        let loaded: Vec<&Estimate> = paid.iter().map(|effect| &effect.roas.loaded).collect();
        let name = format!("loaded with the {mediator} that it sets off");
        marks.push(lying(
            &name,
            &loaded,
            0.15,
            Ink::Model,
            Shape::Diamond,
            Some(ratio),
        ));
    }
    if whatever_path(analysis) {
        let free: Vec<&Estimate> = paid
            .iter()
            .filter_map(|effect| {
                let mut rows = analysis.path.totals.iter();
                Some(&rows.find(|row| row.channel == effect.channel)?.roas)
            })
            .collect();
        if free.len() == paid.len() {
            let name = "gross, by whatever path (read this)";
            marks.push(lying(
                name,
                &free,
                0.38,
                Ink::Doubt,
                Shape::Square,
                Some(ratio),
            ));
        }
    }
    marks.extend(bound.map(|bound| Mark::Reference {
        label: format!("break-even {}", ratio(bound)),
        at: bound,
        upright: true,
        ink: Ink::Bad,
        dashed: true,
    }));
    let x = Axis::numbers(
        format!("{outcome} for each unit of money spent, over all weeks"),
        NumberFormat::Ratio,
    );
    let y = Axis::categories(paid.iter().map(|effect| effect.channel.as_str()));
    let panel = Panel::new(x, y, marks);
    let said: Vec<String> = paid
        .iter()
        .map(|effect| {
            format!(
                "{} {}",
                effect.channel,
                with_interval(&judged(effect), ratio)
            )
        })
        .collect();
    let kind = if loaded { "loaded" } else { "gross" };
    let without = match counted.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<&str> = counted
                .iter()
                .map(|effect| effect.channel.as_str())
                .collect();
            format!(
                "Not in money, so without a return: {}. ",
                claim::few(&names)
            )
        }
    };
    Figure {
        id: "returns".into(),
        title: claim::unless_doubted(
            analysis,
            "Returns by channel",
            match bound {
                Some(bound) => pays(&paid, judged, bound, kind),
                None => format!("What a unit of spend returned, {kind}"),
            },
        ),
        caption: format!(
            "Points with intervals. Gross: effect by spend. Loaded: by spend and the {mediator} spend that it sets \
             off. Break-even is 1 / margin; without a margin 1, where {outcome} equals cost. {without}{}",
            claim::rests_on(analysis)
        ),
        alt: format!(
            "Points with whiskers of {kind} returns: {}.",
            said.join("; ")
        ),
        width: 960.0,
        height: height_of(paid.len()),
        content: alone(match paid.is_empty() {
            true => panel.empty("no channel is measured in money"),
            false => panel,
        }),
    }
}

/// Which channels return clearly more and clearly less than what pays.
fn pays(
    paid: &[&ChannelEffects],
    judged: impl Fn(&ChannelEffects) -> Estimate,
    bound: f64,
    kind: &str,
) -> String {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for effect in paid {
        let estimate = judged(effect);
        match (estimate.excludes(bound), estimate.point) {
            (Some(true), Some(point)) if point > bound => above.push(effect.channel.as_str()),
            (Some(true), Some(_)) => below.push(effect.channel.as_str()),
            _ => {}
        }
    }
    let bound = ratio(bound);
    let said: Vec<String> = [(above, "more"), (below, "less")]
        .into_iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, how)| {
            format!(
                "{}: clearly {how} than {bound} returned, {kind}",
                claim::few(&names)
            )
        })
        .collect();
    match said.is_empty() {
        true => format!(
            "No channel's {kind} return is clearly above or below the break-even of {bound}"
        ),
        false => said.join("; "),
    }
}
