//! The screen over many brands, for a table made by hand.

use headwater::analysis::{
    BrandFailure, BrandFit, BrandResult, BrandSummary, ChannelSummary, PanelSummary, Span, Standing,
};
use headwater::data::Source;
use headwater::validation::assumption::Verdict;
use headwater_report::{Style, panel_screen};

fn span(point: f64) -> Span {
    Span {
        point: Some(point),
        lower: Some(point - 1.0),
        upper: Some(point + 1.0),
    }
}

fn channel(name: &str, standing: Standing, roas: f64) -> ChannelSummary {
    ChannelSummary {
        channel: name.into(),
        spend: 1000.0,
        standing,
        total: span(1000.0 * roas),
        direct: span(0.0),
        indirect: span(1000.0 * roas),
        roas_gross: span(roas),
        roas_loaded: span(roas / 2.0),
        total_whatever_path: span(900.0 * roas),
        roas_whatever_path: span(0.9 * roas),
    }
}

fn fitted(
    verdict: Verdict,
    skill: Option<f64>,
    failed: &[&str],
    standing: Standing,
) -> BrandResult {
    let roas = skill.unwrap_or(0.0) * 4.0;
    BrandResult::Fitted(Box::new(BrandFit {
        weeks: 104,
        first_week: "2022-01-03".into(),
        last_week: "2023-12-25".into(),
        mediator: "google_spend".into(),
        outcome: "revenue".into(),
        replicates: 200,
        verdict,
        whatever_path: verdict.needs_totals(),
        skill,
        failed_checks: failed.iter().map(|check| check.to_string()).collect(),
        warnings: 3,
        not_assessed: 1,
        channels: vec![
            channel("facebook_spend", standing, roas),
            channel("tiktok_spend", Standing::Unclear, roas / 3.0),
        ],
    }))
}

fn failed(error: &str, help: &str) -> BrandResult {
    BrandResult::Failed(BrandFailure {
        error: error.into(),
        help: Some(help.into()),
    })
}

fn table(results: Vec<(&str, BrandResult)>) -> PanelSummary {
    let brands = results.into_iter().map(|(brand, result)| BrandSummary {
        brand: brand.into(),
        folder: format!("brands/{brand}"),
        result,
    });
    PanelSummary {
        schema_version: 1,
        headwater_version: "0.1.0".into(),
        source: Source {
            name: "sales.csv".into(),
            sha256: "0".repeat(64),
        },
        by: "brand".into(),
        seed: 42,
        level: 0.95,
        brands: brands.collect(),
    }
}

fn mixed() -> PanelSummary {
    let missing = |brand: &str, row: usize| {
        failed(
            &format!(
                "sales.csv, brand {brand}, row {row}, column tiktok_spend, week 2022-05-02: the value is missing, and a missing spend is not a zero"
            ),
            "complete the cell",
        )
    };
    table(vec![
        (
            "Acme",
            fitted(Verdict::PathSupported, Some(0.41), &[], Standing::Clear),
        ),
        (
            "Bolt",
            fitted(
                Verdict::TooWeakToSay,
                Some(-0.2),
                &["mediation.path", "validation.outcome_path"],
                Standing::Unclear,
            ),
        ),
        ("Cord", missing("Cord", 211)),
        (
            "Dent",
            fitted(
                Verdict::PathSupported,
                Some(0.22),
                &["diagnostics.breaks"],
                Standing::Clear,
            ),
        ),
        ("Echo", missing("Echo", 4711)),
        (
            "Fizz",
            failed(
                "the file has 10 weeks; 4 unpenalised columns need at least 20",
                "add weeks",
            ),
        ),
        (
            "Gale",
            fitted(
                Verdict::DirectPathFound,
                None,
                &["mediation.path", "a.b", "c.d", "e.f", "g.h"],
                Standing::Pathless,
            ),
        ),
    ])
}

#[test]
fn many_brands_stand_on_one_screen() {
    insta::assert_snapshot!(panel_screen(&mixed(), "sales-run", Style::plain()));
}

#[test]
fn many_brands_fit_a_narrow_terminal() {
    let text = panel_screen(&mixed(), "sales-run", Style::new(false, 80));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn where_no_brand_was_fitted_there_is_only_why() {
    let none = table(vec![("Acme", failed("it is empty", "fill it"))]);
    let text = panel_screen(&none, "sales-run", Style::plain());
    assert!(text.contains("✗ 0 of 1 brand fitted."), "{text}");
    assert!(
        text.contains("✗ 1 not (Acme): it is empty; fill it."),
        "{text}"
    );
    for heading in ["FORECASTS", "CHANNELS", "THE PATH", "LOOK AT"] {
        assert!(!text.contains(heading), "{heading} is in:\n{text}");
    }
}
