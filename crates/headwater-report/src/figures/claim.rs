//! What a title may claim and what a caption rests on: no picture writes these words itself.

use headwater::analysis::Analysis;
use headwater::data::role::Unit;
use headwater::validation::assumption::Verdict;
use headwater::words::{agreeing, listed};

use crate::number::percent;
use crate::terminal::answer::{Standing, readings, whatever_path};
use crate::terminal::path_doubt::supported;

/// The most names that a title lists.
const MOST_NAMES: usize = 3;

/// What the data say of the path.
pub(super) fn path(analysis: &Analysis) -> String {
    let mediator = &analysis.stages.mediator.target;
    let outcome = &analysis.stages.outcome.target;
    match analysis.path.verdict {
        Verdict::PathSupported => format!(
            "Path supported: the channels move {mediator}, {outcome} follows, and no test finds a way around"
        ),
        Verdict::NotSeparable => format!(
            "Not separable: the data cannot tell what goes through {mediator} from demand that nobody measured"
        ),
        Verdict::DirectPathFound => {
            let direct = analysis.path.direct_path.as_ref();
            match direct.filter(|direct| direct.verified && !direct.channels.is_empty()) {
                Some(direct) => format!(
                    "Direct path found: {} {outcome} around {mediator}",
                    agreeing(&direct.channels, "reaches", "reach")
                ),
                None => format!(
                    "Direct path found: some channel reaches {outcome} around {mediator}, and the data cannot \
                     say which"
                ),
            }
        }
        Verdict::TooWeakToSay => format!(
            "Too weak to say: the data cannot show whether anything reaches {outcome} through {mediator}"
        ),
        Verdict::NotAssessed => {
            format!("Not assessed: whether anything reaches {outcome} through {mediator}")
        }
    }
}

/// `claim` where the data support the path; else that they do not, and what the picture is about.
pub(super) fn unless_doubted(analysis: &Analysis, subject: &str, claim: String) -> String {
    if supported(analysis) {
        return claim;
    }
    format!(
        "{subject}: not to be acted on, the path through {} is not supported ({})",
        analysis.stages.mediator.target,
        analysis.path.verdict.words()
    )
}

/// What the channels did, as far as intervals and the path allow to say so.
pub(super) fn effects(analysis: &Analysis) -> String {
    let outcome = &analysis.stages.outcome.target;
    let mut raised = Vec::new();
    let mut lowered = Vec::new();
    let (mut unclear, mut pathless, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for reading in readings(analysis) {
        let names = match reading.standing(analysis) {
            Standing::Clear if reading.total.point < Some(0.0) => &mut lowered,
            Standing::Clear => &mut raised,
            Standing::Unclear => &mut unclear,
            Standing::Pathless => &mut pathless,
            Standing::Unknown => &mut unknown,
        };
        names.push(reading.channel);
    }
    let said: Vec<String> = [
        (raised, format!("raised {outcome}")),
        (lowered, format!("lowered {outcome}")),
    ]
    .into_iter()
    .filter(|(names, _)| !names.is_empty())
    .map(|(names, verb)| format!("{} {verb}", few(&names)))
    .collect();
    if said.is_empty() {
        return match (unclear.is_empty(), pathless.is_empty()) {
            (false, _) => format!("No channel has a clear effect on {outcome}"),
            (true, false) => format!(
                "Effects on {outcome}: all rest on a path through {} that is not supported",
                analysis.stages.mediator.target
            ),
            (true, true) => {
                format!("Effects on {outcome}: without intervals nothing says how sure they are")
            }
        };
    }
    let mut said = said.join(", ");
    unclear.extend(unknown);
    unclear.extend(pathless);
    if !unclear.is_empty() {
        let have = if unclear.len() == 1 { "has" } else { "have" };
        said += &format!("; {} {have} no clear effect", few(&unclear));
    }
    if whatever_path(analysis) {
        said += ", by whatever path";
    } else if !supported(analysis) {
        said += &format!(
            ", if the path through {} holds ({})",
            analysis.stages.mediator.target,
            analysis.path.verdict.words()
        );
    }
    said
}

/// `a, b and c`, or `a, b, c and 4 more`.
pub(super) fn few(names: &[&str]) -> String {
    if names.len() <= MOST_NAMES + 1 {
        return listed(names);
    }
    format!(
        "{} and {} more",
        names[..MOST_NAMES].join(", "),
        names.len() - MOST_NAMES
    )
}

/// The end of every caption: which weeks, how intervals were made, the source.
pub(super) fn rests_on(analysis: &Analysis) -> String {
    let data = &analysis.data;
    let bootstrap = &analysis.bootstrap;
    let intervals = match bootstrap.replicates {
        0 => "No intervals were asked for.".into(),
        replicates => format!(
            "Intervals hold {} of {replicates} bootstrap replicates (blocks of {} weeks, seed {}).",
            percent(bootstrap.level),
            bootstrap.block_length,
            analysis.seed
        ),
    };
    format!(
        "{} weeks, {} to {}. {intervals} Source: {}; Headwater {}.",
        data.weeks, data.first_week, data.last_week, data.source, analysis.headwater_version
    )
}

/// A column with what it is measured in: `revenue, in money`.
pub(super) fn measured(analysis: &Analysis, column: &str) -> String {
    match analysis
        .roles
        .columns
        .get(column)
        .map(|variable| variable.unit)
    {
        Some(Unit::Money) => format!("{column}, in money"),
        Some(Unit::Count) => format!("{column}, as counted"),
        None => column.into(),
    }
}

/// A sentence of a screen as a title: without the full stop, and with a capital unless it begins with
/// the name of a column.
pub(super) fn title(analysis: &Analysis, sentence: &str) -> String {
    let sentence = sentence.trim().trim_end_matches('.');
    let mut columns = analysis.roles.columns.keys();
    if columns.any(|column| sentence.starts_with(column.as_str())) {
        return sentence.into();
    }
    capital(sentence)
}

/// A sentence with a capital.
pub(super) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
