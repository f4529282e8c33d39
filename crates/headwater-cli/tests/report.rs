//! The report from the command line: where it is written, and what it does not overwrite.
#![allow(clippy::unwrap_used)] // a test may panic

use serde_json::Value;

use crate::workbench::Workbench;

#[test]
fn a_report_goes_into_the_run_or_where_it_is_sent_and_replaces_nothing_unasked() {
    let bench = Workbench::with_market();
    let run = "fit data.csv --bootstrap 40 --out run --quiet";
    assert!(bench.done(run).contains("headwater report run"));

    let said = bench.done("report run");
    let mut lines = said.lines();
    assert!(
        lines.next().unwrap().starts_with("wrote run/report.html ("),
        "{said}"
    );
    assert!(
        lines.next().unwrap().starts_with("wrote run/report.md ("),
        "{said}"
    );
    let page = bench.read("run/report.html");
    assert!(page.starts_with("<!doctype html>"));
    let analysis = bench.json("run/analysis.json");
    assert!(page.contains(analysis["data"]["sha256"].as_str().unwrap()));
    // The same run gives the same report, and its own report may be made anew.
    bench.done("report run --threads 1");
    assert_eq!(bench.read("run/report.html"), page);

    // The name says the format.
    bench.done("report run --out board.html");
    assert_eq!(bench.read("board.html"), page);
    let refusal = bench.refused("report run --out board.html");
    assert!(
        refusal.contains("already exists") && refusal.contains("--force"),
        "{refusal}"
    );
    bench.done("report run --out board.html --force");
    let json = bench.done("report run --out sent/july --format md --json");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["written"][0]["path"], "sent/july/report.md");
    let bytes = json["written"][0]["bytes"].as_u64().unwrap();
    assert_eq!(bench.read("sent/july/report.md").len() as u64, bytes);
    assert_eq!(json["written"].as_array().unwrap().len(), 1);

    // Somebody's file in the run stays as it is.
    bench.write("run/report.md", "my notes");
    let refusal = bench.refused("report run");
    assert!(
        refusal.contains("run/report.md") && refusal.contains("already exists"),
        "{refusal}"
    );
    assert_eq!(bench.read("run/report.md"), "my notes");
    bench.done("report run --format html");
}

#[test]
fn a_name_that_fits_no_format_is_refused_before_anything_is_asked() {
    let bench = Workbench::with_market();
    bench.done("fit data.csv --bootstrap 0 --out run --report --quiet");
    assert!(bench.read("run/report.md").contains("## The answer"));
    let refusal = bench.refused("report run --out page.html --format md");
    assert!(refusal.contains("not of the format"), "{refusal}");
    let refusal = bench.refused("report run --out data.csv");
    assert!(refusal.contains("neither in .html nor in .md"), "{refusal}");
    let refusal = bench.refused("report nothing");
    assert!(refusal.contains("no such folder"), "{refusal}");
}
