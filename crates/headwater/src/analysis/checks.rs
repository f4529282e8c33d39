//! Every check of a finished analysis, in groups, with the figures held against their bounds.

use schemars::JsonSchema;
use serde::Serialize;

use super::Analysis;
use crate::finding::{Finding, Status};
use crate::validation::Bounds;

/// The checks of one analysis.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Checks {
    /// The file that was fitted.
    pub source: String,
    /// The number of checks that failed.
    pub failed: usize,
    /// The number of warnings.
    pub warnings: usize,
    /// The number of checks that could not be made.
    pub not_assessed: usize,
    /// The number of checks that passed.
    pub passed: usize,
    /// The checks, in groups that answer one question each; none is empty.
    pub groups: Vec<CheckGroup>,
}

impl Checks {
    /// Whether a check failed; when `strict`, whether one failed or warns.
    pub fn fail(&self, strict: bool) -> bool {
        self.failed > 0 || (strict && self.warnings > 0)
    }
}

/// Checks that answer one question.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheckGroup {
    /// The question, in a few words.
    pub name: String,
    /// The checks. A question that the analysis holds no check for has one that is not assessed.
    pub findings: Vec<Finding>,
}

/// A question, and which findings answer it: those of `rooms` (of any room when empty) whose
/// subject holds one of `words` (any subject when empty). One that must be answered is shown as not
/// assessed where nothing does.
struct Question {
    name: &'static str,
    rooms: &'static [&'static str],
    words: &'static [&'static str],
    must_be_answered: bool,
}

const fn question(
    name: &'static str,
    rooms: &'static [&'static str],
    words: &'static [&'static str],
    must_be_answered: bool,
) -> Question {
    Question {
        name,
        rooms,
        words,
        must_be_answered,
    }
}

/// In the order of the screen. Words decide before rooms, so that findings of rooms to come find
/// their place.
const QUESTIONS: [Question; 11] = [
    question("data quality", &["data", "analysis"], &[], true),
    question(
        "performance within bounds",
        &["validation", "bounds"],
        &[],
        true,
    ),
    question(
        "cross-validation stable",
        &["validation", "bounds"],
        &["fold", "stable", "short_training"],
        true,
    ),
    question("importances consistent", &[], &["importance"], true),
    question("path", &["mediation", "path", "assumption"], &[], true),
    question("effects", &["effects"], &[], false),
    question("features", &["features"], &[], false),
    question("diagnostics", &["diagnostics"], &[], true),
    question("sensitivity", &["sensitivity"], &[], false),
    question("placebos", &["placebo"], &[], true),
    question("other checks", &[], &[], false),
];

/// Holds the figures of `analysis` against `bounds` and puts every check beside the question that
/// it answers.
///
/// ```
/// use headwater::analysis::{Settings, run, validate};
/// use headwater::progress::Silent;
/// use headwater::simulate::{MarketSettings, simulate};
/// use headwater::validation::Bounds;
///
/// let market = simulate(&MarketSettings::default())?;
/// let mut settings = Settings::default();
/// settings.bootstrap.replicates = Some(40);
/// let fit = run(&market.dataset, Vec::new(), &settings, &Silent)?;
/// let demanding = Bounds { path_skill: 0.999, ..Bounds::default() };
/// let checks = validate(&fit.analysis, &demanding);
/// assert!(checks.failed >= 1);
/// # Ok::<(), headwater::error::Error>(())
/// ```
pub fn validate(analysis: &Analysis, bounds: &Bounds) -> Checks {
    let outcome = &analysis.stages.outcome;
    let mut findings = analysis.findings.clone();
    findings.extend(bounds.check(&outcome.target, &outcome.out_of_sample.path));
    let count = |status: Status| {
        let of_status = findings.iter().filter(|finding| finding.status == status);
        of_status.count()
    };
    let (failed, warnings) = (count(Status::Failed), count(Status::Warning));
    let passed = count(Status::Passed);
    let groups: Vec<CheckGroup> = QUESTIONS
        .iter()
        .enumerate()
        .filter_map(|(index, question)| {
            let mine = findings
                .iter()
                .filter(|finding| question_of(&finding.id) == index);
            let mut mine: Vec<Finding> = mine.cloned().collect();
            if mine.is_empty() && question.must_be_answered {
                mine.push(unanswered(question.name));
            }
            (!mine.is_empty()).then(|| CheckGroup {
                name: question.name.into(),
                findings: mine,
            })
        })
        .collect();
    let not_assessed = groups
        .iter()
        .flat_map(|group| &group.findings)
        .filter(|finding| finding.status == Status::NotAssessed)
        .count();
    Checks {
        source: analysis.data.source.clone(),
        failed,
        warnings,
        not_assessed,
        passed,
        groups,
    }
}

/// The position of the question that a finding answers.
fn question_of(id: &str) -> usize {
    let (room, subject) = id.split_once('.').unwrap_or((id, ""));
    let fit = |question: &Question| {
        let of_room = question.rooms.contains(&room);
        let of_subject = question.words.iter().any(|word| subject.contains(word));
        let answers =
            (of_room || question.rooms.is_empty()) && (of_subject || question.words.is_empty());
        answers.then_some((of_subject, of_room))
    };
    (0..QUESTIONS.len())
        .max_by_key(|&position| fit(&QUESTIONS[position]))
        .expect("there are questions")
}

fn unanswered(question: &str) -> Finding {
    Finding::new(
        "checks.not_in_run",
        Status::NotAssessed,
        format!("this run holds no check of this kind: {question}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_answers_one_question_also_those_of_rooms_to_come() {
        for (id, name) in [
            ("data.weeks", "data quality"),
            ("bounds.path_skill", "performance within bounds"),
            ("bounds.fold_spread", "cross-validation stable"),
            ("validation.outcome_path", "performance within bounds"),
            ("diagnostics.white", "diagnostics"),
            ("diagnostics.importance_stability", "importances consistent"),
            ("placebo.mediator", "placebos"),
            ("mediation.path", "path"),
            ("weather.rain", "other checks"),
        ] {
            assert_eq!(QUESTIONS[question_of(id)].name, name, "{id}");
        }
    }
}
