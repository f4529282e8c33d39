//! The chapters of a report, in the order of a reader's questions.

use headwater::analysis::{Advisor, Analysis, Checks, Settings, validate};
use headwater::data::role::{Fill, Role, Unit};
use headwater::finding::Status;

use super::chapter::{Block, Card, Chapter};
use super::decisions;
use super::pictures::Pictures;
use crate::explain;
use crate::figures;
use crate::said::Said;
use crate::summary::{
    Channels, Summary, capital, chance, gaps, sentence, whatever_path, without_rule, word,
};
use crate::terminal::assumptions::{checked, needed};
use crate::terminal::effects::{
    contrast, proviso, returns_words, through_path, totals, worth_and_returns,
};
use crate::terminal::screen::{accuracy_table, graph, models, scored};
use crate::terminal::sensitivity::{returns, returns_words as stories_words, sweep};
use crate::terminal::table::{Align, Footnotes, Table};
use crate::terminal::validate::{conclusion, counts};

/// The groups of checks that stand in a chapter of their own subject.
const SENSITIVITY: &str = "sensitivity";
const DIAGNOSTICS: &str = "diagnostics";
const DATA: &str = "data quality";
const ELSEWHERE: [&str; 3] = [SENSITIVITY, DIAGNOSTICS, DATA];

/// The width of a picture beside words, in pixels.
const BESIDE_WORDS: f64 = 700.0;

/// Every chapter but the explanations.
pub(super) fn chapters(
    analysis: &Analysis,
    advisor: &Advisor,
    settings: &Settings,
    mut pictures: Pictures<'_>,
) -> Vec<Chapter> {
    let checks = validate(analysis, &settings.validation.bounds);
    let answer = answer(analysis, &mut pictures);
    let assumed = assumed(analysis);
    let tested = tested(&checks, &mut pictures);
    let changes = changes(analysis, &checks, &mut pictures);
    let decisions = decisions::chapter(analysis, advisor, &mut pictures);
    let data = data(analysis, settings, &checks, &mut pictures);
    // What has no other place shows how the model behaves.
    let diagnostics = diagnostics(analysis, &checks, pictures);
    let reproduction = reproduction(analysis);
    vec![
        answer,
        assumed,
        tested,
        changes,
        decisions,
        diagnostics,
        data,
        reproduction,
    ]
}

/// The answer before any figure of it: three sentences, the verdict on the path, the forecasts.
fn opening(analysis: &Analysis) -> Vec<Block> {
    let summary = Summary::of(analysis);
    let mediator = &analysis.stages.mediator.target;
    let reason = match summary.reason.is_empty() {
        true => String::new(),
        false => format!(": {}", summary.reason),
    };
    let path = format!("{}{reason}.", capital(&summary.verdict));
    vec![
        Block::Answer(summary.answer),
        Block::Said(Said::new(
            summary.path,
            &format!("The path through {mediator}"),
            path,
        )),
        Block::said(Said::new(
            summary.forecast,
            "Forecasts beside naive ones",
            summary.skill,
        )),
    ]
}

/// The answer and the graph, without what follows them on the page.
pub(super) fn first_screen(analysis: &Analysis) -> Chapter {
    let mut blocks = opening(analysis);
    blocks.push(beside_words(Block::Figure(Box::new(figures::graph(
        analysis,
    )))));
    let data = &analysis.data;
    let title = format!(
        "{}: {} weeks, {} to {}",
        data.source, data.weeks, data.first_week, data.last_week
    );
    Chapter {
        id: "answer",
        title,
        blocks,
    }
}

fn answer(analysis: &Analysis, pictures: &mut Pictures<'_>) -> Chapter {
    let mediator = &analysis.stages.mediator.target;
    let mut blocks = opening(analysis);
    let mut notes = Footnotes::default();
    let outcome = &analysis.stages.outcome.target;
    let caption = format!("Effects on {outcome}");
    if whatever_path(analysis) {
        let table = totals(analysis);
        blocks.push(Block::table(format!("{caption}, whatever path"), table));
        blocks.push(Block::Note(capital(&format!(
            "{}.",
            without_rule(analysis)
        ))));
        blocks.push(Block::Note(contrast(analysis)));
        blocks.extend(pictures.take("graph").map(beside_words));
        blocks.extend(channels(analysis));
        blocks.push(Block::Paragraph(proviso(analysis.path.verdict, mediator)));
        let table = through_path(analysis, &mut notes);
        let caption = format!("{caption}, under the rule");
        blocks.push(Block::noted(caption, table, notes.reasons()));
    } else {
        let [worth, returns] = worth_and_returns(analysis, &mut notes);
        blocks.push(Block::noted(caption, worth, notes.reasons()));
        blocks.push(Block::Note(contrast(analysis)));
        blocks.extend(pictures.take("graph").map(beside_words));
        blocks.extend(channels(analysis));
        let caption = format!("What a unit of spend returns in {outcome}");
        blocks.push(Block::noted(caption, returns, notes.reasons()));
        blocks.push(Block::Note(returns_words(mediator)));
    }
    for id in ["effects", "returns"] {
        blocks.extend(pictures.take(id));
    }
    Chapter {
        id: "answer",
        title: "The answer".into(),
        blocks,
    }
}

/// A picture that stands beside words on a wide screen: drawn narrower, so that its letters stay as
/// large as theirs.
fn beside_words(block: Block) -> Block {
    match block {
        Block::Figure(mut figure) => {
            figure.width = figure.width.min(BESIDE_WORDS);
            Block::Figure(figure)
        }
        other => other,
    }
}

/// Each channel in a sentence, and what speaks against reading it.
fn channels(analysis: &Analysis) -> Vec<Block> {
    let channels = Channels::of(analysis);
    let outcome = &analysis.stages.outcome.target;
    let clear = channels.clear.iter();
    let mut lines: Vec<String> = clear.map(|reading| sentence(reading, outcome)).collect();
    lines.extend(channels.others());
    lines.extend(gaps(analysis));
    let mut blocks = vec![Block::heading("Channel by channel")];
    if channels.clear.is_empty() {
        blocks.push(Block::Paragraph(
            "Nothing is clear enough to move money on.".into(),
        ));
    } else {
        blocks.push(Block::Paragraph(
            "If the assumptions of the next chapter hold:".into(),
        ));
    }
    blocks.push(Block::List(lines));
    if let Some((status, said)) = chance(analysis) {
        blocks.push(Block::Said(Said::new(status, "Chance", said)));
    }
    blocks
}

fn assumed(analysis: &Analysis) -> Chapter {
    let mut blocks = vec![Block::Paragraph(
        "No fit can show these. The numbers mean what they say only as far as they hold.".into(),
    )];
    if whatever_path(analysis) {
        blocks.push(Block::Paragraph(format!(
            "Totals whatever path they take need A1 and A5 alone; effects through {} need what is said here.",
            analysis.stages.mediator.target
        )));
    }
    let cards = analysis.assumptions.iter().map(|assumption| {
        let mut notes: Vec<String> = needed(assumption).into_iter().collect();
        notes.push(checked(&assumption.id, &analysis.findings));
        Card {
            id: assumption.id.clone(),
            statement: capital(&assumption.statement),
            notes: notes.iter().map(|note| capital(note)).collect(),
        }
    });
    let cards: Vec<Card> = cards.collect();
    match cards.is_empty() {
        true => blocks.push(Block::Note("This run names no assumption.".into())),
        false => blocks.push(Block::Cards(cards)),
    }
    if !analysis.path.blind_spot.is_empty() {
        blocks.push(Block::Note(format!(
            "What no test sees: {}.",
            analysis.path.blind_spot
        )));
    }
    Chapter {
        id: "assumed",
        title: "What was assumed".into(),
        blocks,
    }
}

fn tested(checks: &Checks, pictures: &mut Pictures<'_>) -> Chapter {
    let (status, said) = conclusion(checks, false);
    let mut blocks = vec![
        Block::Said(Said::new(status, "All checks together", said)),
        Block::Paragraph(format!("{}.", counts(checks))),
    ];
    let groups = checks.groups.iter();
    let groups = groups.filter(|group| !ELSEWHERE.contains(&&*group.name));
    let mut all: Vec<_> = groups.collect();
    all.sort_by_key(|group| group.name != "path");
    for group in all {
        blocks.push(Block::heading(&capital(&group.name)));
        blocks.push(Block::Findings(group.findings.clone()));
    }
    blocks.push(Block::Note(
        "Checks of the data, of what would change the answer and of the errors stand in the chapters on these."
            .into(),
    ));
    blocks.extend(pictures.take("cross_validation"));
    Chapter {
        id: "tested",
        title: "What was tested".into(),
        blocks,
    }
}

fn changes(analysis: &Analysis, checks: &Checks, pictures: &mut Pictures<'_>) -> Chapter {
    let mediator = &analysis.stages.mediator.target;
    let mut blocks = Vec::new();
    match &analysis.sensitivity {
        None => blocks.push(Block::Paragraph(
            "What would change the answer could not be assessed for this run.".into(),
        )),
        Some(found) => {
            if let Some(stories) = &found.stories {
                blocks.push(Block::Paragraph(
                    "The data cannot tell these stories apart. What holds in all of them is safer than what holds \
                     in one."
                        .into(),
                ));
                let mut notes = Footnotes::default();
                let table = returns(found, stories, stories.channels.len(), &mut notes);
                let caption = "Returns by what is supposed";
                blocks.push(Block::noted(caption, table, notes.reasons()));
                blocks.push(Block::Note(stories_words(stories, mediator)));
            }
            if let Some(demand) = &found.unmeasured_demand {
                blocks.push(Block::heading("Hidden demand"));
                blocks.push(Block::Paragraph(capital(&sweep(
                    demand, found.link, mediator,
                ))));
            }
        }
    }
    blocks.extend(pictures.take("sensitivity"));
    blocks.extend(findings_of(checks, SENSITIVITY));
    Chapter {
        id: "changes",
        title: "What would change the answer".into(),
        blocks,
    }
}

fn diagnostics(analysis: &Analysis, checks: &Checks, pictures: Pictures<'_>) -> Chapter {
    let mut blocks = vec![
        Block::table("Accuracy", accuracy_table(analysis)),
        Block::Note(scored(analysis)),
    ];
    let (drawn, missing) = pictures.rest();
    blocks.extend(drawn);
    blocks.extend(findings_of(checks, DIAGNOSTICS));
    if !missing.is_empty() {
        blocks.push(Block::heading("Pictures that this run cannot have"));
        blocks.push(Block::List(missing));
    }
    Chapter {
        id: "diagnostics",
        title: "How the model behaves".into(),
        blocks,
    }
}

fn data(
    analysis: &Analysis,
    settings: &Settings,
    checks: &Checks,
    pictures: &mut Pictures<'_>,
) -> Chapter {
    let about = &analysis.data;
    let mut blocks = vec![
        Block::Paragraph(format!(
            "{}: {} weeks, {} to {}.",
            about.source, about.weeks, about.first_week, about.last_week
        )),
        Block::Paragraph(format!("{}.", graph(analysis))),
        Block::table("The part of each column", roles(analysis)),
    ];
    for id in ["series", "spend_share", "correlation"] {
        blocks.extend(pictures.take(id));
    }
    blocks.extend(findings_of(checks, DATA));
    blocks.push(Block::heading("Settings"));
    blocks.push(Block::Paragraph(format!("{}.", capital(&models(analysis)))));
    blocks.push(Block::Paragraph(
        "Every setting, as `headwater.toml` in the folder of the run:".into(),
    ));
    blocks.push(Block::Code(settings.to_toml(&analysis.roles)));
    Chapter {
        id: "data",
        title: "Data and settings".into(),
        blocks,
    }
}

/// What each column is taken for.
fn roles(analysis: &Analysis) -> Table {
    let rows = analysis.roles.columns.iter().map(|(name, variable)| {
        let role = match variable.role {
            Role::Date => "week",
            Role::Exposure if variable.direct => "exposure, edge to the outcome drawn",
            Role::Exposure => "exposure",
            Role::Mediator => "mediator",
            Role::Lever => "lever",
            Role::Control => "control",
            Role::Outcome => "outcome",
            Role::Panel => "panel",
            Role::Ignore => "not used",
        };
        let unit = match (variable.role, variable.unit) {
            (Role::Exposure | Role::Mediator, Unit::Money) => "money",
            (Role::Exposure | Role::Mediator, Unit::Count) => "count",
            _ => "",
        };
        let fill = match (variable.role, variable.fill) {
            (Role::Date | Role::Ignore | Role::Panel, _) => "",
            (_, Fill::Error) => "refused",
            (_, Fill::Zero) => "0",
            (_, Fill::CarryForward) => "the last known value",
            (_, Fill::SeasonalMedian) => "the median of the season",
        };
        [name, role, unit, fill].map(str::to_owned).into()
    });
    let header = [
        ("column", Align::Left),
        ("role", Align::Left),
        ("unit", Align::Left),
        ("where it is missing", Align::Left),
    ];
    Table::new(&header, rows.collect())
}

fn reproduction(analysis: &Analysis) -> Chapter {
    let about = &analysis.data;
    let row = |what: &str, value: &str| vec![what.to_owned(), value.to_owned()];
    let mut rows = vec![
        row("Headwater", &analysis.headwater_version),
        row("seed", &analysis.seed.to_string()),
        row("data", &about.source),
        row("SHA-256 of the data", &about.sha256),
    ];
    if let Some(sha256) = &about.dataset_sha256 {
        rows.push(row("SHA-256 of dataset.csv", sha256));
    }
    let header = [("what", Align::Left), ("value", Align::Left)];
    let blocks = vec![
        Block::Paragraph(
            "The same data, settings and seed give the same numbers, to the last digit, on any number of threads. \
             With the file and `headwater.toml` of the run in the current folder:"
                .into(),
        ),
        Block::Code(format!(
            "headwater fit {} --config headwater.toml\n",
            quoted(&about.source)
        )),
        Block::table("What was run", Table::new(&header, rows)),
    ];
    Chapter {
        id: "reproduction",
        title: "How to reproduce it".into(),
        blocks,
    }
}

/// A file name as a shell takes it for one word.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    match name.chars().all(plain) {
        true => name.into(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}

/// The explanations of what these chapters warn of; none where nothing does. What passed and what was not
/// assessed says all there is in its own sentence: a page for each would make half of the report an
/// appendix.
pub(super) fn explanations(chapters: &[Chapter]) -> Option<Chapter> {
    let blocks = chapters.iter().flat_map(|chapter| &chapter.blocks);
    let findings = blocks.flat_map(|block| match block {
        Block::Findings(findings) => &findings[..],
        _ => &[],
    });
    let doubts =
        findings.filter(|finding| matches!(finding.status, Status::Warning | Status::Failed));
    let ids: std::collections::BTreeSet<&str> = doubts.map(|finding| &*finding.id).collect();
    let pages: Vec<Block> = ids
        .into_iter()
        .filter_map(explain::page)
        .map(Block::Page)
        .collect();
    if pages.is_empty() {
        return None;
    }
    let about = "Every check that warned or failed. `headwater explain` and the name of a check explain it and \
                 any other.";
    let mut blocks = vec![Block::Paragraph(about.into())];
    blocks.extend(pages);
    Some(Chapter {
        id: "explanations",
        title: "Warnings explained".into(),
        blocks,
    })
}

/// The checks of a group under a heading.
fn findings_of(checks: &Checks, name: &str) -> Vec<Block> {
    let group = checks.groups.iter().find(|group| group.name == name);
    group.map_or(Vec::new(), |group| {
        vec![
            Block::heading("Checks"),
            Block::Findings(group.findings.clone()),
        ]
    })
}

/// A status with its word, for a chapter that has no check to show.
pub(super) fn not_assessed(topic: &str, why: String) -> Block {
    let said = format!("{}: {why}", word(Status::NotAssessed));
    Block::said(Said::new(Status::NotAssessed, topic, said))
}
