//! The data before anything is fitted to them: every column, where the money went, what moves together.

use headwater::data::role::{Role, Unit};
use headwater::data::{ColumnDescription, Correlation, Dataset, Description};

use super::panel::{alone, height_of, places};
use super::weekly::{amounts, line};
use super::{Axis, Content, Figure, Ink, Mark, NumberFormat, Panel};
use crate::number::{amount, percent, ratio};

/// The most columns that one picture shows.
const MOST: usize = 24;

/// The order in which roles are shown.
const ROLES: [Role; 5] = [
    Role::Exposure,
    Role::Mediator,
    Role::Outcome,
    Role::Lever,
    Role::Control,
];

/// Every column that has a part in the model over time, by role; at most 24 of them.
pub fn series(data: &Dataset) -> Figure {
    let description = data.describe();
    let columns = by_role(&description);
    let shown = &columns[..columns.len().min(MOST)];
    let panels: Vec<Panel> = shown
        .iter()
        .map(|column| small(&description, column))
        .collect();
    let across = if shown.len() > 8 { 4 } else { 3 };
    let rows = panels.len().div_ceil(across);
    let constant: Vec<&str> = columns
        .iter()
        .filter(|column| column.constant)
        .map(|column| column.name.as_str())
        .collect();
    let constant = match constant.len() {
        0 => String::new(),
        _ => format!(
            "Nothing can be learned from what never varies: {}. ",
            constant.join(", ")
        ),
    };
    Figure {
        id: "series".into(),
        title: format!("The data week by week: {}", counted(columns.len())),
        caption: format!(
            "Each column in its own unit and on its own scale. Missing values were filled where the settings say so (finding data.filled). {constant}{}{}",
            not_shown(columns.len()),
            source(data, &description)
        ),
        alt: format!(
            "Small line charts of {} over {} weeks: {}.",
            counted(shown.len()),
            description.weeks.len(),
            shown
                .iter()
                .map(|column| extremes(column))
                .collect::<Vec<_>>()
                .join("; ")
        ),
        width: 1100.0,
        height: 180.0 + 205.0 * rows.max(1) as f64,
        content: Content::Panels {
            columns: across.min(panels.len().max(1)),
            panels,
        },
    }
}

/// Where the money of the exposures went, the largest first.
pub fn spend_share(data: &Dataset) -> Figure {
    let description = data.describe();
    let mut spend: Vec<_> = description.spend.iter().collect();
    spend.sort_by(|a, b| b.spend.total_cmp(&a.spend));
    let axes = || {
        (
            Axis::numbers(
                "share of spend on exposures, over all weeks",
                NumberFormat::Percent,
            ),
            Axis::categories(spend.iter().map(|share| share.exposure.as_str())),
        )
    };
    let known = spend.iter().any(|share| share.share.is_some());
    let (x, y) = axes();
    let panel = if known {
        let bars = Mark::Bars {
            name: String::new(),
            at: places(spend.len()),
            base: Vec::new(),
            length: spend.iter().map(|share| share.share).collect(),
            whiskers: Vec::new(),
            labels: spend
                .iter()
                .map(|share| {
                    let of_all = share.share.map_or(String::new(), percent);
                    format!("{of_all} ({})", amount(share.spend))
                })
                .collect(),
            ink: Ink::Nth(0),
            lying: true,
            stack: None,
            width: 0.6,
        };
        Panel::new(x, y, vec![bars])
    } else {
        Panel::new(x, y, Vec::new()).empty("no money was spent on an exposure in any week")
    };
    let first = spend.first().and_then(|share| Some((share, share.share?)));
    let title = match first {
        Some((first, share)) if spend.len() > 1 => format!(
            "{} had the most of the money: {} of spend on {} exposures",
            first.exposure,
            percent(share),
            spend.len()
        ),
        Some((first, _)) => format!("All spend on exposures is {}", first.exposure),
        None => "No exposure has spend to share out".into(),
    };
    let counted = match description.not_in_money.len() {
        0 => String::new(),
        _ => format!(
            "Not in money, so without a share: {}. ",
            description.not_in_money.join(", ")
        ),
    };
    let said: Vec<String> = spend
        .iter()
        .map(|share| {
            let of_all = share.share.map_or("no share".into(), percent);
            format!("{} {of_all}", share.exposure)
        })
        .collect();
    Figure {
        id: "spend_share".into(),
        title,
        caption: format!(
            "Shares of what was spent on exposures, and the spend itself in money over all weeks; the mediator's spend \
             is not among them. A large share is no large effect. {counted}{}",
            source(data, &description)
        ),
        alt: format!("Lying bars of shares of spend: {}.", said.join("; ")),
        width: 960.0,
        height: height_of(spend.len()),
        content: alone(panel),
    }
}

/// How the columns move together, at most 24 of them.
pub fn correlation(data: &Dataset) -> Figure {
    let description = data.describe();
    let columns = by_role(&description);
    let shown = &columns[..columns.len().min(MOST)];
    let names: Vec<&str> = shown.iter().map(|column| column.name.as_str()).collect();
    let heat = Mark::Heat {
        values: names
            .iter()
            .map(|row| {
                let cells = names.iter();
                cells
                    .map(|column| cell(&description.correlation, row, column))
                    .collect()
            })
            .collect(),
        format: NumberFormat::Ratio,
        most: 1.0,
    };
    let title = match &description.correlation.strongest {
        Some((a, b, r)) => format!("{a} and {b} move together the most: r = {}", ratio(*r)),
        None => "No two columns vary, so none move together".into(),
    };
    Figure {
        id: "correlation".into(),
        alt: format!(
            "A table of correlations between {}. {title}.",
            counted(shown.len())
        ),
        title,
        caption: format!(
            "Pearson's correlation over all weeks, -1 to 1; empty where a column never varies. It is no effect: a \
             trend, a season or a promotion moves columns together that have nothing to do with each other. \
             Exposures that move together are hard to tell apart. {}{}",
            not_shown(columns.len()),
            source(data, &description)
        ),
        width: 960.0,
        height: 260.0 + 36.0 * shown.len() as f64,
        content: alone(Panel::new(
            Axis::categories(names.iter().copied()),
            Axis::categories(names.iter().copied()),
            vec![heat],
        )),
    }
}

/// The columns in the order of their roles, in file order within each.
fn by_role(description: &Description) -> Vec<&ColumnDescription> {
    let of = |role: Role| {
        let columns = description.columns.iter();
        columns.filter(move |column| column.role == role)
    };
    ROLES.into_iter().flat_map(of).collect()
}

fn small(description: &Description, column: &ColumnDescription) -> Panel {
    let (role, ink) = match column.role {
        Role::Exposure => ("exposure", Ink::Nth(0)),
        Role::Mediator => ("mediator", Ink::Through),
        Role::Outcome => ("outcome", Ink::Actual),
        Role::Lever => ("lever", Ink::Quiet),
        _ => ("control", Ink::Quiet),
    };
    // levers and controls may be measured in anything: only their column knows
    let unit = match (column.role, column.unit) {
        (Role::Lever | Role::Control, _) => "a week, as in the file",
        (_, Unit::Money) => "a week, in money",
        (_, Unit::Count) => "a week, as counted",
    };
    let marks = vec![line("", &column.values, ink)];
    Panel::new(Axis::weeks(&description.weeks), amounts(unit), marks)
        .titled(format!("{} ({role})", column.name))
}

fn cell(correlation: &Correlation, row: &str, column: &str) -> Option<f64> {
    let place = |name: &str| correlation.columns.iter().position(|other| other == name);
    correlation.values[place(row)?][place(column)?]
}

fn counted(columns: usize) -> String {
    match columns {
        1 => "1 column".into(),
        more => format!("{more} columns"),
    }
}

/// How many columns are left out, where some are.
fn not_shown(columns: usize) -> String {
    match columns.saturating_sub(MOST) {
        0 => String::new(),
        1 => "1 more column is not shown. ".into(),
        more => format!("{more} more columns are not shown. "),
    }
}

fn extremes(column: &ColumnDescription) -> String {
    match (column.min, column.max) {
        (Some(min), Some(max)) => {
            format!("{} from {} to {}", column.name, amount(min), amount(max))
        }
        _ => column.name.clone(),
    }
}

fn source(data: &Dataset, description: &Description) -> String {
    let weeks = &description.weeks;
    match (weeks.first(), weeks.last()) {
        (Some(first), Some(last)) => format!(
            "{} weeks, {first} to {last}. Source: {}.",
            weeks.len(),
            data.source().name
        ),
        _ => format!("There are no weeks in {}.", data.source().name),
    }
}
