//! Many brands in one command: what is printed, what is written, how the program ends.

use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use crate::workbench::{Workbench, words};

/// A folder with `sales.csv`, so many brands of 60 weeks.
fn with_brands(brands: usize) -> Workbench {
    let bench = Workbench::new();
    bench.done(&format!(
        "simulate --brands {brands} --weeks 60 --out sales.csv --truth truth.json"
    ));
    bench
}

#[test]
fn every_brand_is_a_run_and_a_row() {
    let bench = with_brands(3);
    assert!(bench.json("truth.json")["brand-2"]["search_return"].is_f64());
    let said = bench.run("fit sales.csv --by brand --bootstrap 40");
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(
        words(&said.stderr).contains("3 brands go to sales-run; the same command with --resume"),
        "{}",
        said.stderr
    );
    for part in [
        "sales.csv by brand: 3 brands, 60 weeks each",
        "3 of 3 brands fitted.",
        "nothing is pooled",
        "CHANNELS AND REVENUE",
        "Everything is in sales-run",
    ] {
        assert!(
            words(&said.stdout).contains(part),
            "{part} is not in:\n{}",
            said.stdout
        );
    }
    assert!(bench.read("sales-run/run.log").contains("--by brand"));
    assert!(
        bench
            .read("sales-run/brands.csv")
            .starts_with("brand,folder,status,")
    );
    // A brand is a run like any other, and the folder says so.
    bench.run("validate sales-run/brands/brand-2");
    bench.done("timing sales-run/brands/brand-2");
    for command in ["validate", "report", "timing", "figures", "recommend"] {
        let said = bench.refused(&format!("{command} sales-run"));
        assert!(
            said.contains("name the folder of one brand, such as sales-run/brands/brand-1"),
            "{command}: {said}"
        );
    }
    let json = bench.done("fit sales.csv --by brand --bootstrap 40 --json --quiet");
    assert_eq!(json, bench.read("sales-run-2/brands.json"));
    assert_eq!(json, bench.read("sales-run/brands.json"));
}

#[test]
fn a_panel_key_in_the_settings_is_the_same_as_by() {
    let bench = with_brands(2);
    bench.done(
        "fit sales.csv --by brand --bootstrap 0 --direct tiktok_spend --ignore followers --out by",
    );
    bench.write("mine.toml", "[columns]\nbrand = { role = 'panel' }\n");
    bench.done("fit sales.csv --config mine.toml --bootstrap 0 --direct tiktok_spend --ignore followers --out key");
    assert_eq!(bench.read("by/brands.json"), bench.read("key/brands.json"));
    let settings = bench.read("by/headwater.toml");
    assert_eq!(settings, bench.read("key/headwater.toml"));
    assert!(
        settings.contains("tiktok_spend = { role = \"exposure\", direct = true"),
        "{settings}"
    );
    // Those of the folder make the same runs again, and those of a brand its own.
    bench.done("fit sales.csv --config by/headwater.toml --out again");
    assert_eq!(bench.read("by/brands.csv"), bench.read("again/brands.csv"));
    let rows = bench.read("sales.csv");
    let rows = rows.lines().filter(|line| !line.starts_with("brand-2,"));
    let rows: Vec<&str> = rows.collect();
    bench.write("sales.csv, brand brand-1", &(rows.join("\n") + "\n"));
    let mut alone = bench.command("fit");
    alone.arg("sales.csv, brand brand-1");
    alone.args("--config by/brands/brand-1/headwater.toml --out alone".split(' '));
    assert!(alone.output().unwrap().status.success());
    for file in [
        "analysis.json",
        "headwater.toml",
        "dataset.csv",
        "models/stage2.json",
    ] {
        let of_brand = bench.read(&format!("by/brands/brand-1/{file}"));
        assert_eq!(bench.read(&format!("alone/{file}")), of_brand, "{file}");
    }
}

#[test]
fn a_brand_that_cannot_be_fitted_ends_with_status_1() {
    let bench = with_brands(3);
    let text = bench.read("sales.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let first = rows.lines().next().unwrap();
    let broken = first.replacen("2022-01-03,", "2022-01-03,x", 1);
    bench.write(
        "sales.csv",
        &format!("{header}\n{}", rows.replacen(first, &broken, 1)),
    );
    let said = bench.run("fit sales.csv --by brand --bootstrap 0 --out run");
    assert_eq!(said.status, 1, "{}", said.stderr);
    let screen = words(&said.stdout);
    assert!(screen.contains("2 of 3 brands fitted."), "{screen}");
    assert!(
        screen.contains("1 not (brand-1): sales.csv, brand brand-1, row 2, column facebook_spend"),
        "{screen}"
    );
    let table: Value = bench.json("run/brands.json");
    assert_eq!(table["brands"][0]["status"], "failed");
    assert_eq!(table["brands"][1]["status"], "fitted");
}

#[test]
fn what_cannot_be_split_is_refused_before_anything_is_written() {
    let bench = with_brands(2);
    for (arguments, said) in [
        (
            "--by brands",
            "sales.csv has no column \"brands\" to split its rows by help: did you mean brand?",
        ),
        (
            "--by brand --report",
            "--report writes the report of one run, and this is one for each brand",
        ),
        ("--resume", "--resume goes on with the brands of --by"),
        (
            "--by brand --resume",
            "there is no run over brands to go on with",
        ),
        (
            "--by brand --direct tiktok",
            "--direct tiktok: there is no exposure of that name",
        ),
        (
            "--by brand --ignore moods",
            "--ignore moods: there is no column of that name",
        ),
        ("--by brand --level 2", "level"),
        (
            "",
            "fit each by itself with `headwater fit FILE --by brand`",
        ),
    ] {
        let refused = bench.refused(&format!("fit sales.csv {arguments}"));
        assert!(refused.contains(said), "{arguments}: {refused}");
    }
    bench.write(
        "sales.csv",
        &bench.read("sales.csv").replacen("\nbrand-1,", "\n ,", 1),
    );
    let refused = bench.refused("fit sales.csv --by brand");
    assert!(
        refused.contains("row 2, column brand: the row does not say which brand it belongs to"),
        "{refused}"
    );
    assert_eq!(bench.names(), ["sales.csv", "truth.json"]);
}

/// A command that is killed again and again while brands are written, and gone on with until it is done.
#[test]
fn a_killed_run_over_brands_goes_on_where_it_stopped() {
    let bench = with_brands(8);
    let started = Instant::now();
    bench.done("fit sales.csv --by brand --bootstrap 40 --threads 2 --out whole");
    let duration = started.elapsed();
    let fit = "fit sales.csv --by brand --bootstrap 40 --threads 2";
    let mut kills = 0;
    for moment in 1..=6 {
        // Before the first kill that leaves a folder there is nothing to go on with.
        let resume = match bench.path("sales-run").exists() {
            true => " --resume",
            false => "",
        };
        let mut work = bench
            .command(&format!("{fit}{resume}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(duration * moment / 8);
        kills += usize::from(work.try_wait().unwrap().is_none());
        work.kill().unwrap(); // SIGKILL: no code of the program runs after it
        work.wait().unwrap();
    }
    assert!(kills > 0, "every run ended before it could be killed");
    let resume = match bench.path("sales-run").exists() {
        true => " --resume",
        false => "",
    };
    bench.done(&format!("{fit}{resume}"));
    for file in ["brands.json", "brands.csv", "headwater.toml"] {
        let whole = bench.read(&format!("whole/{file}"));
        assert_eq!(bench.read(&format!("sales-run/{file}")), whole, "{file}");
    }
    let mut names: Vec<String> = std::fs::read_dir(bench.path("sales-run/brands"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        (1..=8)
            .map(|brand| format!("brand-{brand}"))
            .collect::<Vec<_>>()
    );
}
