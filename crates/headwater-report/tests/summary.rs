//! What stands first on every face: no sentence claims more than the finding or the interval behind it.
#![allow(clippy::unwrap_used)] // a test may panic

use std::collections::BTreeSet;

use headwater::analysis::Analysis;
use headwater::finding::{Bound, Finding, Status};
use headwater::number::{amount, percent, ratio};
use headwater::validation::assumption::Verdict;
use headwater_report::summary::Summary;
use serde_json::Value;

use crate::made;

/// An analysis of each kind, with what it is.
fn analyses() -> Vec<(&'static str, Analysis)> {
    let mut not_separable = made::good();
    not_separable.path.verdict = Verdict::NotSeparable;
    made::replace(
        &mut not_separable,
        Finding::new(
            "mediation.path",
            Status::Warning,
            "not separable: these data cannot say which",
        ),
    );
    let mut harmful = made::good();
    harmful.effects[0].total = made::around(-1.21e6, 4.0e5);
    let mut by_chance = made::good();
    by_chance.findings.push(
        Finding::new(
            "placebo.outcome",
            Status::Warning,
            "fake outcomes show as much",
        )
        .measured("share as large as the real one", 0.31, Bound::AtMost(0.05)),
    );
    vec![
        ("by chance", by_chance),
        ("good", made::good()),
        ("worse than naive", made::worse_than_naive()),
        ("direct path found", made::direct_path_found()),
        ("nothing assessed", made::nothing_assessed()),
        ("without bootstrap", made::without_bootstrap()),
        ("not separable", not_separable),
        ("harmful", harmful),
    ]
}

/// Everything that a summary says.
fn said(summary: &Summary) -> String {
    let answer = summary.answer.join(" ");
    format!(
        "{answer} {} {} {}",
        summary.verdict, summary.reason, summary.skill
    )
}

#[test]
fn the_answer_is_three_sentences_whatever_was_found() {
    for (name, analysis) in analyses() {
        let summary = Summary::of(&analysis);
        assert_eq!(summary.answer.len(), 3, "{name}");
        for sentence in &summary.answer {
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
            assert!(!sentence.contains(".."), "{name}: {sentence}");
        }
    }
}

#[test]
fn no_word_promises_or_proves() {
    for (name, analysis) in analyses() {
        let answer = Summary::of(&analysis).answer.join(" ").to_lowercase();
        let words: Vec<&str> = answer
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for word in [
            "drives",
            "proves",
            "proven",
            "works",
            "will",
            "guarantees",
            "caused by",
        ] {
            assert!(!words.contains(&word), "{name}: {word} in {answer}");
        }
        // Only to say that there is none.
        let proofs = words.iter().filter(|word| **word == "proof").count();
        assert_eq!(
            proofs,
            answer.matches("not a proof").count(),
            "{name}: {answer}"
        );
    }
}

#[test]
fn an_effect_whose_interval_covers_0_is_never_called_a_gain() {
    for (name, analysis) in analyses() {
        let answer = Summary::of(&analysis).answer.join(" ");
        for effect in &analysis.effects {
            if effect.total.excludes(0.0) != Some(true) && !analysis.path.use_totals {
                for verb in ["raised", "lowered"] {
                    let claim = format!("{} {verb}", effect.channel);
                    assert!(!answer.contains(&claim), "{name}: {answer}");
                }
            }
        }
    }
    let harmful = analyses().pop().unwrap().1;
    let answer = Summary::of(&harmful).answer.join(" ");
    assert!(
        answer.contains("facebook_spend lowered revenue by 1.2M (810k to 1.6M)"),
        "{answer}"
    );
}

#[test]
fn a_clear_effect_that_fake_outcomes_show_as_well_is_doubted_in_the_same_sentence() {
    let by_chance = analyses().remove(0).1;
    let first = &Summary::of(&by_chance).answer[0];
    assert!(first.contains("raised revenue"), "{first}");
    assert!(
        first.contains("but 31% of fake outcomes show as large an effect"),
        "{first}"
    );
}

#[test]
fn the_path_is_called_supported_only_where_it_is() {
    for (name, analysis) in analyses() {
        let summary = Summary::of(&analysis);
        let supported = analysis.path.verdict == Verdict::PathSupported;
        let claims = summary.answer[1].contains("support that path");
        // Where the finding is missing, the verdict is not shown as passed.
        assert_eq!(claims, supported, "{name}: {}", summary.answer[1]);
        if summary.path != Status::Passed {
            assert!(!summary.verdict.contains("supported"), "{name}");
        }
    }
}

#[test]
fn forecasts_are_praised_only_where_they_beat_naive_ones() {
    for (name, analysis) in analyses() {
        let summary = Summary::of(&analysis);
        let find = |id: &str| analysis.findings.iter().find(|finding| finding.id == id);
        let skill = find("validation.outcome_path").map(|finding| finding.status);
        let last = &summary.answer[2];
        assert_eq!(
            last.contains("speaks for planning"),
            skill == Some(Status::Passed),
            "{name}: {last}"
        );
        if skill != Some(Status::Passed) && skill != Some(Status::Warning) {
            assert!(last.contains("do not plan with"), "{name}: {last}");
        }
    }
}

#[test]
fn every_number_in_the_summary_is_in_the_analysis() {
    for (name, analysis) in analyses() {
        let value = serde_json::to_value(&analysis).unwrap();
        let mut known = BTreeSet::new();
        numbers(&value, &mut known);
        let said = said(&Summary::of(&analysis));
        for token in tokens(&said) {
            assert!(known.contains(&token), "{name}: {token} of {said}");
        }
    }
}

/// Every number of a value as it may be written, and those within its words.
fn numbers(value: &Value, known: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            for number in [number, -number] {
                for written in [amount(number), ratio(number), percent(number)] {
                    known.extend(tokens(&written));
                }
            }
        }
        Value::String(text) => known.extend(tokens(text)),
        Value::Array(values) => values.iter().for_each(|value| numbers(value, known)),
        Value::Object(values) => values.iter().for_each(|(key, value)| {
            known.extend(tokens(key));
            numbers(value, known);
        }),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The numbers of a text with their suffixes.
fn tokens(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '%')))
        .map(|token| token.trim_end_matches('.'))
        .filter(|token| token.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}
