//! What would change the answer: returns under three stories, and how much it takes.

use headwater::mediation::Link;
use headwater::validation::sensitivity::{
    Coefficient, Judged, Return, RhoPoint, Sensitivity, Slope, Stories, UnmeasuredDemand,
};

use crate::number::{NOTHING, amount, percent, ratio};
use crate::terminal::style::Style;
use crate::terminal::table::{Align, Footnotes, Table};

/// More channels than this are counted, not listed: all are in `analysis.json`.
const MOST_ROWS: usize = 10;

/// The correlations of the sweep that the screen shows.
const SHOWN: [f64; 5] = [-0.6, -0.3, 0.0, 0.3, 0.6];

/// The block of the fit screen: at most 25 lines at full width.
pub(crate) fn sensitivity(style: &Style, sensitivity: &Sensitivity, mediator: &str) -> String {
    let mut text = style.heading("What would change the answer");
    if let Some(stories) = &sensitivity.stories {
        let mut notes = Footnotes::default();
        text += &returns(sensitivity, stories, MOST_ROWS, &mut notes).on(style);
        if let Some(more) = stories.channels.len().checked_sub(MOST_ROWS + 1) {
            text += &style.paragraph(2, &format!("and {} more channels", more + 1));
        }
        text += &notes.list(style);
        text += &style.dim(&style.paragraph(2, &returns_words(stories, mediator)));
    }
    if let Some(demand) = &sensitivity.unmeasured_demand {
        let said = sweep(demand, sensitivity.link, mediator);
        text += &style.hanging("  Hidden demand  ", 17, &said);
    }
    text
}

/// The table of the three stories, of so many channels at most.
pub(crate) fn returns(
    sensitivity: &Sensitivity,
    stories: &Stories,
    most: usize,
    notes: &mut Footnotes,
) -> Table {
    let judged = |value: &Return| stories.judged.pick(value);
    let cell = |value: Option<f64>| value.map_or(NOTHING.into(), ratio);
    // Without the worth of an induced unit only one of the stories has figures.
    let path_is_known = stories.b_ind.is_some();
    let rows = stories.channels.iter().take(most).map(|row| {
        let verdicts = sensitivity.direct_share.iter().flat_map(|it| &it.verdicts);
        let verdict = verdicts.into_iter().find(|it| it.channel == row.channel);
        let (least, most) = (
            judged(&row.quarter_direct_least),
            judged(&row.quarter_direct_most),
        );
        let mut name = row.channel.clone();
        if let Some(why) = &row.why {
            name += &format!(" {}", notes.mark(why));
        }
        let hidden_cause = total(sensitivity, &row.channel)
            .map_or(NOTHING.into(), |total| percent(total.robustness_value));
        let mut cells = vec![name, cell(judged(&row.no_hidden_demand)), hidden_cause];
        if path_is_known {
            cells.extend([
                cell(judged(&row.no_direct_path)),
                match (least, most) {
                    (Some(least), Some(most)) => format!("{} to {}", ratio(least), ratio(most)),
                    _ => NOTHING.into(),
                },
                match verdict.map(|verdict| verdict.share) {
                    Some(Some(share)) => percent(share),
                    Some(None) => "never".into(),
                    None => NOTHING.into(),
                },
            ]);
        }
        cells
    });
    let mut header = vec![
        ("channel", Align::Left),
        ("no hidden demand", Align::Right),
        ("hidden cause", Align::Right),
    ];
    if path_is_known {
        header.extend([
            ("no direct path", Align::Right),
            ("25% direct", Align::Right),
            ("crosses at", Align::Right),
        ]);
    }
    let rows = rows.collect();
    if let Some(why) = &stories.why {
        notes.mark(why);
    }
    Table::new(&header, rows)
}

/// What the columns of that table are.
pub(crate) fn returns_words(stories: &Stories, mediator: &str) -> String {
    let kind = match stories.judged {
        Judged::Loaded => "loaded",
        Judged::Gross => "gross",
    };
    let mut legend = format!(
        "ROAS {kind}, least squares. Hidden cause: what it would have to explain of both sides to \
         erase the total effect."
    );
    if stories.b_ind.is_some() {
        legend += &format!(
            " 25% direct: a quarter of some one channel's effect around {mediator}. Crosses at: the \
             smallest such share that moves the channel across {}.",
            ratio(stories.bound)
        );
    }
    legend
}

/// The robustness of a channel's total effect.
fn total<'s>(sensitivity: &'s Sensitivity, channel: &str) -> Option<&'s Coefficient> {
    let all = sensitivity
        .robustness
        .iter()
        .flat_map(|it| &it.coefficients);
    all.into_iter()
        .find(|it| it.slope == Slope::Total && it.column == channel)
}

/// What a unit of the mediator is worth by the strength of hidden demand.
pub(crate) fn sweep(demand: &UnmeasuredDemand, link: Link, mediator: &str) -> String {
    let at =
        |rho: f64| -> Option<&RhoPoint> { demand.points.iter().find(|point| point.rho == rho) };
    let shown: Vec<String> = SHOWN
        .iter()
        .filter_map(|rho| Some(format!("{} at {rho}", amount(at(*rho)?.b.point?))))
        .collect();
    let needs = match demand.no_direct_path.point {
        Some(needed) => format!("; no direct path needs {}", ratio(needed)),
        None => String::new(),
    };
    let worth = match link {
        Link::Identity => "is worth",
        Link::Log => "adds to the log outcome",
    };
    let zero = demand.zero_crossing.point.map_or(NOTHING.into(), ratio);
    format!(
        "by the correlation of what is unexplained in both stages, a unit of {mediator} {worth} {}; nothing at \
         {zero}{needs}.",
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use headwater::analysis::{Settings, run};
    use headwater::progress::Silent;
    use headwater::simulate::{MarketSettings, simulate};
    use headwater::validation::linear_twin::LinearTwin;
    use headwater::validation::sensitivity::{Resamples, SensitivitySettings, sensitivity as ask};

    use super::*;

    fn asked(channels: usize) -> Sensitivity {
        let mut market = MarketSettings::default();
        if channels != market.channels.len() {
            market.weeks = 156;
            market.first_stage_r2 = 0.8;
            let one = market.channels[0].clone();
            market.channels = (0..channels)
                .map(|i| headwater::simulate::Channel {
                    name: format!("channel_{i}_spend"),
                    ..one.clone()
                })
                .collect();
        }
        let market = simulate(&market).unwrap();
        let mut settings = Settings::default();
        settings.bootstrap.replicates = Some(0);
        let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
        let twin = LinearTwin::of(&fit.model, &market.dataset).unwrap();
        let resamples = Resamples {
            replicates: 0,
            block_length: 8,
            seed: 42,
            level: 0.95,
        };
        let settings = SensitivitySettings::default();
        ask(&twin, market.dataset.roles(), &settings, &resamples)
            .0
            .unwrap()
    }

    #[test]
    fn the_screen_repeats_the_figures_and_stays_short() {
        let found = asked(4);
        let text = sensitivity(&Style::plain(), &found, "google_spend");
        let stories = found.stories.as_ref().unwrap();
        for row in &stories.channels {
            let line = text
                .lines()
                .find(|line| line.contains(&row.channel))
                .unwrap();
            let said = ratio(row.no_direct_path.loaded.unwrap());
            assert!(line.contains(&said), "{said} is not in: {line}");
        }
        let needed = found
            .unmeasured_demand
            .unwrap()
            .no_direct_path
            .point
            .unwrap();
        assert!(text.contains(&format!("no direct path needs {}", ratio(needed))));
        println!("{text}");
        assert!(text.lines().count() <= 25, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }

    #[test]
    fn many_channels_are_counted_and_missing_parts_are_left_out() {
        let mut found = asked(14);
        let text = sensitivity(&Style::plain(), &found, "google_spend");
        assert!(text.contains("and 4 more channels"), "{text}");
        assert!(text.lines().count() <= 25, "{text}");
        found.direct_share = None;
        found.stories = None;
        let text = sensitivity(&Style::plain(), &found, "google_spend");
        assert!(
            text.contains("Hidden demand") && !text.contains("crosses"),
            "{text}"
        );
    }
}
