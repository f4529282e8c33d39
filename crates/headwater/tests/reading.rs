//! Files as people export them: what they mean is told from the whole file, and what cannot be
//! told is asked.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use std::fmt::Write as _;

use headwater::data::role::{Fill, Role, Roles, Unit};
use headwater::data::{
    Daily, DataSettings, Dataset, DateFormat, Decimal, Loaded, Table, assemble, complete_roles,
    infer_roles, load, to_csv,
};
use headwater::error::{Error, Result};
use headwater::finding::{Finding, Status};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use miette::Diagnostic;
use proptest::prelude::*;

use crate::common::{fixture, shared};

fn help_of(error: &Error) -> String {
    match error {
        Error::Input(input) => input.help.clone(),
        other => other
            .help()
            .map(|help| help.to_string())
            .unwrap_or_default(),
    }
}

fn cell_of(error: &Error) -> Option<String> {
    let Error::Input(input) = error else {
        return None;
    };
    let (source, span) = (input.source_text.as_ref()?, input.span?);
    Some(source.inner()[span.offset()..span.offset() + span.len()].to_string())
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_path() {
    let error = load(
        "nowhere/market.csv".as_ref(),
        &DataSettings::default(),
        None,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("nowhere/market.csv: the file cannot be read")
    );
}

/// Everything but the source.
fn content(dataset: &Dataset) -> (Vec<Date>, Vec<(String, Vec<u64>)>) {
    let columns = dataset.columns().map(|(name, values)| {
        (
            name.to_string(),
            values.iter().map(|v| v.to_bits()).collect(),
        )
    });
    (dataset.weeks().to_vec(), columns.collect())
}

fn find<'a>(findings: &'a [Finding], id: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.id == id).collect()
}

fn read(text: &str) -> Result<Loaded> {
    read_with(text, &DataSettings::default())
}

fn read_with(text: &str, settings: &DataSettings) -> Result<Loaded> {
    let table = Table::from_csv_bytes("market.csv", text.as_bytes())?;
    assemble(&table, settings, &infer_roles(&table, settings)?.roles)
}

/// A market of weeks (or other steps of days) with the named columns; `cell` writes them.
fn market(
    header: &str,
    rows: usize,
    first: Date,
    step: i64,
    cell: impl Fn(usize, usize) -> String,
) -> String {
    let mut text = format!("week,{header}\n");
    for t in 0..rows {
        write!(text, "{}", first + (step * t as i64).days()).unwrap();
        for column in 0..header.split(',').count() {
            write!(text, ",{}", cell(t, column)).unwrap();
        }
        text.push('\n');
    }
    text
}

/// Numbers without a pattern that a check could mistake for one.
fn plain(t: usize, column: usize) -> String {
    format!("{}", 100 * (column + 1) + (t * (7 + column)) % 23)
}

const HEADER: &str = "facebook_spend,google_spend,price,revenue";

#[test]
fn one_market_is_read_alike_from_every_spelling() {
    let read = |file: &str| load(&fixture(file), &DataSettings::default(), None).unwrap();
    let plain = read("market.csv");
    assert_eq!(
        plain.dataset.column("facebook_spend")[..2],
        [1000.5, 1185.5]
    );
    assert_eq!(
        find(&plain.findings, "data.encoding"),
        Vec::<&Finding>::new()
    );
    for (file, encoding) in [
        (
            "market_german_windows1252.csv",
            Some((Status::Warning, "windows-1252")),
        ),
        ("market_us_utf16.csv", Some((Status::Passed, "UTF-16LE"))),
        ("market.xlsx", None),
    ] {
        let other = read(file);
        assert_eq!(content(&other.dataset), content(&plain.dataset), "{file}");
        let said = find(&other.findings, "data.encoding");
        let said = said
            .first()
            .map(|f| (f.status, f.evidence["encoding"].as_str().unwrap()));
        assert_eq!(said, encoding, "{file}");
    }
}

#[test]
fn day_first_and_iso_files_of_one_market_are_the_same_dataset() {
    let (Some(iso), Some(day_first)) = (
        shared("assignment/mmm_weekly_iso.csv"),
        shared("assignment/mmm_weekly_dayfirst.csv"),
    ) else {
        return;
    };
    let settings = DataSettings::default();
    let iso = load(&iso, &settings, None).unwrap();
    let day_first = load(&day_first, &settings, None).unwrap();
    assert_eq!(content(&iso.dataset), content(&day_first.dataset));
    assert_eq!(iso.dataset.roles(), day_first.dataset.roles());
    assert_eq!(
        (iso.dataset.weeks()[0], iso.dataset.len()),
        (date(2023, 9, 17), 104)
    );
    assert_eq!(iso.dataset.weeks()[103], date(2025, 9, 7));
    // Facts of the shared data's README.
    let zeros = |name: &str| {
        iso.dataset
            .column(name)
            .iter()
            .filter(|v| **v == 0.0)
            .count()
    };
    assert_eq!((zeros("google_spend"), zeros("instagram_spend")), (59, 63));
    assert_eq!(
        iso.dataset.outcome().iter().filter(|v| **v == 1.0).count(),
        8
    );
}

#[test]
fn a_month_first_reading_that_scrambles_the_weeks_is_refused_even_when_asked_for() {
    let text = market(HEADER, 10, date(2024, 1, 1), 7, plain);
    let mut scrambled = String::new();
    for line in text.lines() {
        let (day, rest) = line.split_once(',').unwrap();
        let day = day.parse::<Date>().map_or(day.into(), |d| {
            format!("{}/{}/{}", d.day(), d.month(), d.year())
        });
        writeln!(scrambled, "{day},{rest}").unwrap();
    }
    let settings = DataSettings {
        date_format: DateFormat::MonthFirst,
        ..Default::default()
    };
    let error = read_with(&scrambled, &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "market.csv, row 4, column week: \"15/1/2024\" is not a date in the format month_first (and 4 more: rows 5, 6, 9, 10)"
    );
    assert_eq!(
        read(&scrambled).unwrap().dataset.weeks()[9],
        date(2024, 3, 4)
    );
}

#[test]
fn the_synthetic_market_reports_its_three_missing_emails() {
    let Some(path) = shared("synthetic_mediation/weekly_seed42.csv") else {
        return;
    };
    let loaded = load(&path, &DataSettings::default(), None).unwrap();
    let filled = find(&loaded.findings, "data.filled");
    assert_eq!(filled.len(), 1);
    assert_eq!(filled[0].evidence["column"], "email_sends");
    assert_eq!(filled[0].evidence["policy"], "seasonal_median");
    assert_eq!(
        filled[0].evidence["weeks"],
        serde_json::json!(["2022-01-31", "2023-07-10", "2023-07-17"])
    );
    assert_eq!(
        loaded.dataset.roles().only(Role::Mediator),
        Some("google_spend")
    );
    let spikes = find(&loaded.findings, "data.spikes");
    assert!(
        spikes
            .iter()
            .any(|finding| finding.evidence["column"] == "facebook_spend")
    );
}

#[test]
fn the_roles_of_a_robyn_file_are_told_and_what_is_left_out_is_said() {
    let Some(path) = shared("robyn/dt_simulated_weekly.csv") else {
        return;
    };
    let settings = DataSettings::default();
    let inference = infer_roles(&Table::read(&path, &settings).unwrap(), &settings).unwrap();
    let roles = &inference.roles;
    assert_eq!(
        roles.exposures(),
        ["tv_S", "ooh_S", "print_S", "facebook_S"]
    );
    assert_eq!(roles.only(Role::Mediator), Some("search_S"));
    assert_eq!(roles.only(Role::Outcome), Some("revenue"));
    assert_eq!(roles.covariates(), ["newsletter", "competitor_sales_B"]);
    assert_eq!(inference.findings.len(), 1);
    assert_eq!(
        inference.findings[0].evidence["reasons"],
        serde_json::json!({
            "facebook_I": "another column measures the same channel",
            "search_clicks_P": "search activity, but not its spend",
            "events": "it holds text, not numbers",
        })
    );
}

/// The role that a column of numbers with that name is given beside a complete market.
fn role_of(name: &str) -> (Role, Fill, Unit) {
    let text = market(&format!("{HEADER},{name}"), 10, date(2024, 1, 1), 7, plain);
    let table = Table::from_csv_bytes("market.csv", text.as_bytes()).unwrap();
    let roles = infer_roles(&table, &DataSettings::default()).unwrap().roles;
    let variable = &roles.columns[name];
    (variable.role, variable.fill, variable.unit)
}

#[test]
fn names_are_read_in_every_spelling() {
    use Fill::{CarryForward, Error, SeasonalMedian};
    use Unit::{Count, Money};
    for (names, expected) in [
        (
            "TikTok Spend;tik-tok-spend;tiktokSpend;TIKTOK_SPEND;youtube_cost;YouTubeCost;x_ads_spend;TVSpend;spend_TV;tv_S;linkedin investment;meta_ads_budget;Radio;OOH;influencer_spend;programmatic_spend;podcast_cost",
            (Role::Exposure, Error, Money),
        ),
        (
            "tiktok_impressions;display_views;tv_grps;tiktok_I",
            (Role::Exposure, Error, Count),
        ),
        (
            "email_sends;Emails Sent;sms_send;push_sends",
            (Role::Lever, SeasonalMedian, Count),
        ),
        (
            "newsletter;email;Push;SMS",
            (Role::Lever, SeasonalMedian, Money),
        ),
        (
            "avg_price;Average Price;priceIndex;price_per_unit;ctl_Price",
            (Role::Control, CarryForward, Money),
        ),
        (
            "promotions;promo_flag;discount;followers;facebook_followers;social_followers;competitor_sales_B;holiday;event_1;temperature;unemployment_rate;sentiment_score_control",
            (Role::Control, SeasonalMedian, Money),
        ),
        (
            "total_spend;facebook_revenue;facebook_clicks;attributed revenue;revenue_per_conversion;facebook_adstock;google_trends;google_clicks;orders;conversions;x1;email_revenue;conversion_rate;average_order_value;cost_per_click",
            (Role::Ignore, Error, Money),
        ),
    ] {
        for name in names.split(';') {
            let (role, fill, unit) = role_of(name);
            let unit = if expected.0 == Role::Ignore {
                Money
            } else {
                unit
            };
            assert_eq!((role, fill, unit), expected, "{name}");
        }
    }
}

#[test]
fn one_line_answers_a_question_and_the_rest_is_inferred() {
    let path = fixture("faulty/two_mediators.csv");
    let settings = DataSettings::default();
    let table = Table::read(&path, &settings).unwrap();
    let given: Roles = serde_json::from_value(serde_json::json!({
        "google_spend": { "role": "mediator", "fill": "error", "unit": "money" }
    }))
    .unwrap();
    let inference = complete_roles(&table, &settings, &given).unwrap();
    assert_eq!(inference.roles.only(Role::Mediator), Some("google_spend"));
    assert_eq!(
        inference.roles.columns["paid_search_cost"].role,
        Role::Ignore
    );
    assert_eq!(
        inference.reasons["paid_search_cost"],
        "another column is the mediator"
    );
    assert_eq!(
        inference.findings[0].evidence["columns"],
        serde_json::json!(["paid_search_cost"])
    );
    assert_eq!(
        assemble(&table, &settings, &inference.roles)
            .unwrap()
            .dataset
            .len(),
        12
    );
}

#[test]
fn a_channel_counts_once_also_beside_a_given_column() {
    let header = "awareness_spend,branded_spend,branded_impressions,awareness_impressions,revenue";
    let text = market(header, 10, date(2024, 1, 1), 7, plain);
    let table = Table::from_csv_bytes("market.csv", text.as_bytes()).unwrap();
    let given: Roles = serde_json::from_value(serde_json::json!({
        "branded_spend": { "role": "mediator", "fill": "error", "unit": "money" }
    }))
    .unwrap();
    let roles = complete_roles(&table, &DataSettings::default(), &given)
        .unwrap()
        .roles;
    assert_eq!(roles.exposures(), ["awareness_spend"]);
}

#[test]
fn a_misspelt_column_in_the_settings_is_named_with_the_nearest_one() {
    let table = Table::read(&fixture("market.csv"), &DataSettings::default()).unwrap();
    let mut roles = infer_roles(&table, &DataSettings::default()).unwrap().roles;
    let variable = roles.columns.shift_remove("facebook_spend").unwrap();
    roles.columns.insert("facebok_spend".into(), variable);
    let error = assemble(&table, &DataSettings::default(), &roles).unwrap_err();
    assert_eq!(
        error.to_string(),
        "market.csv has no column facebok_spend, which has a role in headwater.toml"
    );
    assert!(help_of(&error).starts_with("did you mean facebook_spend?"));
}

#[test]
fn columns_the_settings_do_not_mention_are_reported() {
    let table = Table::read(&fixture("market.csv"), &DataSettings::default()).unwrap();
    let mut roles = infer_roles(&table, &DataSettings::default()).unwrap().roles;
    roles.columns.shift_remove("tiktok_spend");
    let loaded = assemble(&table, &DataSettings::default(), &roles).unwrap();
    let unassigned = find(&loaded.findings, "data.unassigned_columns");
    assert_eq!(
        unassigned[0].evidence["columns"],
        serde_json::json!(["tiktok_spend"])
    );
    let empty = load(
        &fixture("faulty/empty_column.csv"),
        &DataSettings::default(),
        None,
    )
    .unwrap();
    assert_eq!(
        empty.findings[0].evidence["columns"],
        serde_json::json!(["average_price"])
    );
}

#[test]
fn an_outcome_may_not_be_filled_and_only_an_exposure_may_be_direct() {
    let table = Table::read(&fixture("market.csv"), &DataSettings::default()).unwrap();
    let roles = infer_roles(&table, &DataSettings::default()).unwrap().roles;
    let mut filled = roles.clone();
    filled.columns["revenue"].fill = Fill::Zero;
    let error = assemble(&table, &DataSettings::default(), &filled).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a filled outcome would be invented")
    );
    let mut direct = roles;
    direct.columns["google_spend"].direct = true;
    let error = assemble(&table, &DataSettings::default(), &direct).unwrap_err();
    assert!(error.to_string().contains("only an exposure can have"));
}

#[test]
fn a_spend_that_may_be_zero_is_filled_on_request_and_reported() {
    let path = fixture("faulty/missing_spend.csv");
    let settings = DataSettings::default();
    let table = Table::read(&path, &settings).unwrap();
    let mut roles = infer_roles(&table, &settings).unwrap().roles;
    roles.columns["facebook_spend"].fill = Fill::Zero;
    let loaded = assemble(&table, &settings, &roles).unwrap();
    let spend = loaded.dataset.column("facebook_spend");
    assert_eq!((spend[3], spend[7]), (0.0, 0.0));
    let filled = find(&loaded.findings, "data.filled");
    assert_eq!(
        filled[0].evidence["weeks"],
        serde_json::json!(["2024-01-28", "2024-02-25"])
    );
    assert_eq!(filled[0].evidence["count"], 2);
}

#[test]
fn appending_weeks_never_changes_an_earlier_fill() {
    let cell = |t: usize, column: usize| match column {
        2 if t % 9 == 4 => String::new(),
        4 if t % 7 == 1 => "NA".into(),
        _ => plain(t, column),
    };
    let header = format!("{HEADER},email_sends");
    let read = |weeks| {
        read(&market(&header, weeks, date(2022, 1, 3), 7, cell))
            .unwrap()
            .dataset
    };
    let (short, long) = (read(70), read(150));
    for (name, values) in short.columns() {
        assert_eq!(values[..], long.column(name)[..70], "{name}");
    }
}

#[test]
fn newest_first_is_sorted_quietly_and_disorder_with_a_warning() {
    let text = market(HEADER, 10, date(2024, 1, 1), 7, plain);
    let ordered = read(&text).unwrap().dataset;
    let lines: Vec<&str> = text.lines().collect();
    let mut reversed = vec![lines[0]];
    reversed.extend(lines[1..].iter().rev());
    let mut swapped = lines.clone();
    swapped.swap(4, 5);
    for (lines, status) in [(reversed, Status::Passed), (swapped, Status::Warning)] {
        let loaded = read(&lines.join("\n")).unwrap();
        assert_eq!(content(&loaded.dataset), content(&ordered));
        assert_eq!(find(&loaded.findings, "data.sorted")[0].status, status);
    }
}

#[test]
fn daily_rows_are_summed_on_request_and_partial_edge_weeks_are_left_out_with_a_finding() {
    // 2024-01-05 is a Friday: 3 days, then 10 full weeks, then 2 days.
    let cell = |t: usize, column: usize| {
        if column == 2 {
            format!("{}", t % 7)
        } else {
            format!("{}", t + column)
        }
    };
    let text = market(HEADER, 75, date(2024, 1, 5), 1, cell);
    let settings = DataSettings {
        daily: Daily::Sum,
        ..Default::default()
    };
    let loaded = read_with(&text, &settings).unwrap();
    let data = &loaded.dataset;
    assert_eq!((data.len(), data.weeks()[0]), (10, date(2024, 1, 8)));
    // Days 3 to 9: their sum is 42; the price takes every value of 0 to 6 once a week.
    assert_eq!(data.column("facebook_spend")[..2], [42.0, 42.0 + 49.0]);
    assert_eq!(data.column("price")[..2], [3.0, 3.0]);
    let summed = find(&loaded.findings, "data.daily_summed")[0];
    assert_eq!(summed.evidence["averaged"], serde_json::json!(["price"]));
    assert_eq!(
        summed.evidence["summed"],
        serde_json::json!(["facebook_spend", "google_spend", "revenue"])
    );
    let partial = find(&loaded.findings, "data.partial_week")[0];
    assert_eq!(
        partial.evidence["weeks"],
        serde_json::json!(["2024-01-01", "2024-03-18"])
    );
    assert_eq!(partial.evidence["days"], serde_json::json!([3, 2]));
}

#[test]
fn a_last_week_far_below_its_medians_is_flagged_and_kept() {
    let cell = |t: usize, column: usize| {
        if t == 19 {
            "10".into()
        } else {
            plain(t, column)
        }
    };
    let loaded = read(&market(HEADER, 20, date(2024, 1, 1), 7, cell)).unwrap();
    let partial = find(&loaded.findings, "data.partial_week")[0];
    assert_eq!(partial.evidence["weeks"], serde_json::json!(["2024-05-13"]));
    assert_eq!(loaded.dataset.len(), 20);
}

#[test]
fn a_constant_control_is_reported_and_a_spike_is_named_but_not_clipped() {
    let cell = |t: usize, column: usize| match column {
        2 => "9.99".into(),
        0 if t == 12 => "9000".into(),
        _ => plain(t, column),
    };
    let loaded = read(&market(HEADER, 40, date(2024, 1, 1), 7, cell)).unwrap();
    let constant = find(&loaded.findings, "data.constant_column")[0];
    assert_eq!(
        (
            constant.evidence["column"].as_str(),
            constant.evidence["value"].as_f64()
        ),
        (Some("price"), Some(9.99))
    );
    let spikes = find(&loaded.findings, "data.spikes");
    assert_eq!(spikes.len(), 1);
    assert_eq!(
        spikes[0].evidence["weeks"],
        serde_json::json!(["2024-03-25"])
    );
    assert_eq!(loaded.dataset.column("facebook_spend")[12], 9000.0);
}

#[test]
fn percent_signs_make_fractions_and_are_reported() {
    let cell = |t: usize, column: usize| {
        if column == 4 {
            format!("{}%", t % 3 * 5)
        } else {
            plain(t, column)
        }
    };
    let loaded = read(&market(
        &format!("{HEADER},discount"),
        10,
        date(2024, 1, 1),
        7,
        cell,
    ))
    .unwrap();
    assert_eq!(
        loaded.dataset.column("discount")[..4],
        [0.0, 0.05, 0.1, 0.0]
    );
    assert_eq!(
        find(&loaded.findings, "data.percent")[0].evidence["column"],
        "discount"
    );
}

#[test]
fn excel_habits_are_understood_sep_line_blank_lines_and_empty_margins() {
    let mut text =
        String::from("\u{feff}sep=;\r\nWeek ; Facebook Spend;Google Spend;Revenue;;\r\n\r\n");
    for t in 0..10 {
        write!(
            text,
            "2024-W{:02};{}\u{a0}000,5;{};{};;\r\n",
            t + 1,
            t + 1,
            7 + t * t % 5,
            90 + t
        )
        .unwrap();
    }
    text += ";;;;;\r\n\r\n";
    let data = read(&text).unwrap().dataset;
    assert_eq!(data.weeks()[0], date(2024, 1, 1));
    assert_eq!(data.column("Facebook Spend")[..2], [1000.5, 2000.5]);
    assert_eq!(data.columns().count(), 3);
}

#[test]
fn an_error_points_at_its_cell_behind_quotes_and_line_breaks() {
    let mut text = market(HEADER, 10, date(2024, 1, 1), 7, |t, column| {
        if t == 6 && column == 1 {
            "\" -1,5\"".into()
        } else {
            plain(t, column)
        }
    });
    text = text.replacen("price", "\"price,\nof \"\"all\"\"\"", 1);
    let settings = DataSettings {
        decimal: Decimal::Comma,
        ..Default::default()
    };
    let error = read_with(&text, &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "market.csv, row 8, column google_spend, week 2024-02-12: -1,5 is negative, and spend cannot be"
    );
    assert_eq!(cell_of(&error).as_deref(), Some("\" -1,5\""));
}

#[test]
fn numbers_that_one_column_leaves_open_are_decided_by_another() {
    let cell = |t: usize, column: usize| match column {
        0 => format!("\"{},{:03}\"", 1 + t % 4, 100 + 37 * t),
        3 => format!("{}.5", 90 + t),
        _ => plain(t, column),
    };
    let data = read(&market(HEADER, 10, date(2024, 1, 1), 7, cell))
        .unwrap()
        .dataset;
    assert_eq!(data.column("facebook_spend")[..2], [1100.0, 2137.0]);
    let ambiguous = fixture("faulty/thousands_or_decimals.csv");
    for (decimal, value) in [(Decimal::Point, 1500.0), (Decimal::Comma, 1.5)] {
        let settings = DataSettings {
            decimal,
            ..Default::default()
        };
        let data = load(&ambiguous, &settings, None).unwrap().dataset;
        assert_eq!(data.column("facebook_spend")[0], value);
    }
}

#[test]
fn settings_answer_what_a_file_leaves_open() {
    let sheet = DataSettings {
        sheet: Some("old".into()),
        ..Default::default()
    };
    let data = load(&fixture("faulty/two_sheets.xlsx"), &sheet, None)
        .unwrap()
        .dataset;
    assert_eq!(data.len(), 12);
    let absent = DataSettings {
        sheet: Some("new".into()),
        ..Default::default()
    };
    let error = load(&fixture("faulty/two_sheets.xlsx"), &absent, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two_sheets.xlsx has no sheet \"new\"; it has \"weeks\", \"old\""
    );
    let weeks = DataSettings {
        date_format: DateFormat::IsoWeek,
        ..Default::default()
    };
    let data = load(&fixture("faulty/month_or_week_number.csv"), &weeks, None)
        .unwrap()
        .dataset;
    assert_eq!(
        (data.weeks()[0], data.weeks()[11]),
        (date(2024, 1, 1), date(2024, 3, 18))
    );
}

#[test]
fn rows_shorter_than_the_header_are_taken_as_missing_and_reported() {
    let text = market(
        "google_spend,facebook_spend,revenue,price",
        10,
        date(2024, 1, 1),
        7,
        |t, c| {
            if t == 4 && c == 3 {
                "cut".into()
            } else {
                plain(t, c)
            }
        },
    );
    let loaded = read(&text.replace(",cut", "")).unwrap();
    assert_eq!(
        find(&loaded.findings, "data.short_rows")[0].evidence["rows"],
        serde_json::json!([6])
    );
    assert_eq!(
        find(&loaded.findings, "data.filled")[0].evidence["policy"],
        "carry_forward"
    );
    assert_eq!(
        loaded.dataset.column("price")[4],
        loaded.dataset.column("price")[3]
    );
}

#[test]
fn a_column_of_months_beside_the_weeks_is_no_second_date() {
    let text = market(
        &format!("{HEADER},month"),
        10,
        date(2024, 1, 1),
        7,
        |t, c| {
            if c == 4 {
                format!("2024-{:02}", 1 + t / 5)
            } else {
                plain(t, c)
            }
        },
    );
    assert_eq!(
        read(&text).unwrap().dataset.roles().only(Role::Date),
        Some("week")
    );
}

#[test]
fn a_day_missing_in_daily_rows_leaves_its_week_to_the_fill_policy() {
    let cell = |t: usize, c: usize| {
        if c == 4 && t == 20 {
            String::new()
        } else {
            plain(t, c)
        }
    };
    let text = market(
        &format!("{HEADER},email_sends"),
        70,
        date(2024, 1, 1),
        1,
        cell,
    );
    let settings = DataSettings {
        daily: Daily::Sum,
        ..Default::default()
    };
    let loaded = read_with(&text, &settings).unwrap();
    let sends = loaded.dataset.column("email_sends");
    // The third week is filled with the median of the two before it.
    assert_eq!(sends[2], (sends[0] + sends[1]) / 2.0);
    assert_eq!(
        find(&loaded.findings, "data.filled")[0].evidence["weeks"],
        serde_json::json!(["2024-01-15"])
    );
}

#[test]
fn a_thousand_columns_are_read() {
    let names: Vec<String> = (0..1000).map(|i| format!("channel_{i}_spend")).collect();
    let header = format!("{},google_spend,revenue", names.join(","));
    let cell = |t: usize, column: usize| format!("{}", 1 + (31 * t + 17 * column) % 101);
    let data = read(&market(&header, 104, date(2022, 1, 3), 7, cell))
        .unwrap()
        .dataset;
    assert_eq!(data.roles().exposures().len(), 1000);
    assert_eq!(
        data.column("channel_999_spend")[3].to_string(),
        cell(3, 999)
    );
}

#[test]
fn settings_refuse_unknown_keys_and_default_to_auto() {
    let read = |text: &str| toml::from_str::<DataSettings>(text);
    assert_eq!(read("").unwrap(), DataSettings::default());
    let settings =
        read("date_format = \"day_first\"\ndaily = \"sum\"\ndecimal = \"comma\"").unwrap();
    assert_eq!(
        (settings.date_format, settings.daily, settings.decimal),
        (DateFormat::DayFirst, Daily::Sum, Decimal::Comma)
    );
    assert!(
        read("dateformat = \"iso\"")
            .unwrap_err()
            .to_string()
            .contains("unknown field")
    );
}

/// A number in a convention: thousands separator (or none) and decimal mark.
fn write_number(value: f64, group: &str, mark: &str, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped += group;
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let mark = if fraction.is_empty() { "" } else { mark };
    format!("{sign}{grouped}{mark}{fraction}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Either the very numbers that were written, or a question: never others.
    #[test]
    fn numbers_in_any_convention_are_read_back_or_asked_about(
        cents in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 10),
        (group, mark) in prop::sample::select(vec![
            ("", "."), (",", "."), ("'", "."), ("\u{a0}", "."), ("", ","), (".", ","), (" ", ","), ("\u{202f}", ","),
        ]),
        decimals in 0_usize..4,
        (before, after) in prop::sample::select(vec![("", ""), ("$", ""), ("", " €"), ("USD ", "")]),
    ) {
        let values: Vec<f64> = cents.iter().map(|c| *c as f64 / 1000.0).collect();
        let written: Vec<String> = values.iter().map(|v| write_number(*v, group, mark, decimals)).collect();
        let cell = |t: usize, column: usize| match column {
            3 => format!("\"{before}{}{after}\"", written[t]),
            _ => plain(t, column),
        };
        match read(&market(HEADER, 10, date(2024, 1, 1), 7, cell)) {
            Ok(loaded) => {
                for (t, value) in values.iter().enumerate() {
                    // The referee: the standard library's own decimal text, without grouping.
                    let expected: f64 = format!("{value:.decimals$}").parse().unwrap();
                    prop_assert_eq!(loaded.dataset.outcome()[t], expected, "{}", &written[t]);
                }
            }
            Err(error) => {
                let message = error.to_string();
                prop_assert!(message.contains("can be read two ways"), "{}", message);
                prop_assert!(decimals == 3 || decimals == 0 && (group == "," || group == "."), "{}", message);
            }
        }
    }

    /// Either the very dates that were written, or a question: never others.
    #[test]
    fn regular_weeks_in_any_format_are_read_back_or_asked_about(
        offset in 0_i64..5844, // the days of 2015 to 2030
        weeks in 10_usize..=160,
        format in 0_usize..12,
    ) {
        let mut first = date(2015, 1, 1) + offset.days();
        if format == 11 {
            // A bare ISO week names its Monday.
            first = first - i64::from(first.weekday().to_monday_zero_offset()).days();
        }
        let dates: Vec<Date> = (0..weeks as i64).map(|t| first + (7 * t).days()).collect();
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let spell = |d: Date| {
            let (y, m, d, week) = (d.year(), d.month(), d.day(), d.iso_week_date());
            let name = months[m as usize - 1];
            match format {
                0 => format!("{y}-{m:02}-{d:02}"),
                1 => format!("{y}/{m}/{d}"),
                2 => format!("{d:02}-{m:02}-{y}"),
                3 => format!("{d}/{m}/{y}"),
                4 => format!("{d:02}.{m:02}.{:02}", y % 100),
                5 => format!("{m}/{d}/{y}"),
                6 => format!("{m:02}-{d:02}-{:02}", y % 100),
                7 => format!("{d} {name} {y}"),
                8 => format!("{d:02}-{name}-{:02}", y % 100),
                9 => format!("\"{name} {d}, {y}\""),
                10 => format!("{y}-{m:02}-{d:02}T00:00:00Z"),
                _ => format!("{}-W{:02}", week.year(), week.week()),
            }
        };
        let mut text = format!("week,{HEADER}\n");
        for (t, day) in dates.iter().enumerate() {
            writeln!(text, "{},{},{},{},{}", spell(*day), plain(t, 0), plain(t, 1), plain(t, 2), plain(t, 3)).unwrap();
        }
        match read(&text) {
            Ok(loaded) => prop_assert_eq!(loaded.dataset.weeks(), dates),
            Err(error) => prop_assert!(error.to_string().contains("can be read two ways"), "{}", error),
        }
    }

    /// Nothing that a file may hold makes the program fail, and what is pointed at is there.
    #[test]
    fn any_bytes_are_a_table_or_an_error(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\",;\t\n\r|-17a".to_vec())], 0..400),
    ) {
        let table = Table::from_csv_bytes("any.csv", &bytes);
        if let Err(error) = table.and_then(|table| infer_roles(&table, &DataSettings::default())) {
            cell_of(&error);
        }
    }

    /// The same for any text in any one cell of a market.
    #[test]
    fn any_text_in_a_cell_is_a_value_a_missing_value_or_an_error_that_shows_it(
        text in "[^\",;\t|\r\n\\x00-\\x1f\\x7f]{0,12}",
        (row, column) in (0_usize..10, 0_usize..4),
    ) {
        let cell = |t: usize, c: usize| if (t, c) == (row, column) { text.clone() } else { plain(t, c) };
        if let Err(error) = read(&market(HEADER, 10, date(2024, 1, 1), 7, cell)) {
            prop_assert_eq!(cell_of(&error), Some(text), "{}", error);
            let place = format!("market.csv, row {}, column {}", row + 2, HEADER.split(',').nth(column).unwrap());
            prop_assert!(error.to_string().starts_with(&place), "{}", error);
        }
    }

    /// `dataset.csv` is the dataset: the same bits, weeks and parts, without any setting.
    #[test]
    fn a_written_dataset_reads_back_to_the_same_bits(
        numbers in prop::collection::vec(prop_oneof![
            0.0..1e9,
            (1_000_u32..9_999_999).prop_map(|n| f64::from(n) / 1000.0),
            1e-300..1e-290,
            1e14..1e15,
        ], 36),
    ) {
        let cell = |t: usize, column: usize| match column {
            2 => "5.125".into(),
            _ => f64::to_string(&numbers[t * 3 + column.min(2)]),
        };
        let Ok(loaded) = read(&market(HEADER, 12, date(2024, 1, 7), 7, cell)) else {
            return Err(TestCaseError::reject("a constant column"));
        };
        let text = to_csv(&loaded.dataset);
        let table = Table::from_csv_bytes("dataset.csv", text.as_bytes()).unwrap();
        let again = assemble(&table, &DataSettings::default(), loaded.dataset.roles()).unwrap();
        prop_assert_eq!(content(&again.dataset), content(&loaded.dataset));
        prop_assert_eq!(to_csv(&again.dataset), text);
    }
}
