//! The dashboard as people use it: a file comes in, roles are drawn, a model is trained, its verdict
//! read, sliders moved, money planned, runs compared. Every screen is put to axe-core on the way.
#![allow(clippy::unwrap_used)]

mod page;
mod served;

use std::path::{Path, PathBuf};

use page::Page;
use served::Served;

/// The headline of What if.
const CHANGE: &str = ".headline-number";

/// Runs a story in a browser of its own.
fn in_browser<F: AsyncFnOnce(&Page, &Served)>(story: F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let served = Served::start();
        let Some(page) = Page::open(&served.address).await else {
            return;
        };
        story(&page, &served).await;
        page.close().await;
    });
}

/// A file of the data that the project does not redistribute.
fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let file = root.join(name);
    if !file.exists() {
        println!("skipped: ../shared/data/{name} is not here");
        return None;
    }
    Some(file.canonicalize().unwrap())
}

/// Starts training with what the form says, and waits for the result.
async fn train(page: &Page, name: &str) -> String {
    let field = page.find("#run-name").await;
    page.set(&field, name).await;
    page.press("Start training").await;
    page.until(
        "/^\\/runs\\/[^/]+$/.test(location.pathname)",
        "training never ends",
    )
    .await;
    page.says("The path through").await;
    page.path().await
}

/// Waits until What if shows an answer that is up to date, and returns the change of the outcome.
async fn change(page: &Page) -> String {
    let settled = format!(
        "document.querySelector('.headline[aria-busy=false] {CHANGE}') && !document.querySelector('.stale')"
    );
    page.until(&settled, "What if never answers").await;
    page.find(CHANGE).await.text().await.unwrap()
}

/// Moves the first slider, and waits until the headline has left 0 or come back to exactly that.
async fn slide(page: &Page, percent: &str) {
    let slider = page.find("input[type=range]").await;
    page.set(&slider, percent).await;
    let compares = if percent == "0" { "===" } else { "!==" };
    page.until(
        &format!("document.querySelector('{CHANGE}').textContent {compares} '0'"),
        "the answer does not follow the slider",
    )
    .await;
}

#[test]
fn the_whole_story_on_the_sample_market() {
    in_browser(async |page, served| {
        page.go("/").await;
        page.says("Drop your weekly data here").await;
        page.inspect("data_empty").await;
        page.go("/runs").await;
        page.says("No run yet").await;
        page.inspect("runs_empty").await;

        page.go("/data").await;
        page.press("Try the sample market").await;
        page.says("Ready to train").await;
        let data = page.path().await;
        page.inspect("data").await;
        page.read_on("#charts").await;
        page.until(
            "document.querySelectorAll('.js-plotly-plot').length > 0",
            "no chart comes",
        )
        .await;
        page.inspect("data_charts").await;

        // roles: by the menu on a chip, and back by dragging the chip
        let role = page.find("select[aria-label='Role of tiktok_spend']").await;
        page.set(&role, "ignore").await;
        let moved = |zone: &str| {
            format!(
                "document.querySelector('.zone-{zone} [data-name=tiktok_spend]') && document.body.innerText.includes('Ready to train')"
            )
        };
        page.until(&moved("ignore"), "the chip does not move").await;
        page.reload().await;
        page.until(&moved("ignore"), "the role is not remembered")
            .await;
        page.drag("[data-name=tiktok_spend] .grip", ".zone-exposure h3")
            .await;
        page.until(&moved("exposure"), "the chip cannot be dragged")
            .await;

        page.press("Train on these data").await;
        page.says("The command line that does the same").await;
        page.says("headwater fit").await;
        page.inspect("train").await;
        let ridge = train(page, "ridge").await;
        page.says("supported").await;
        page.says("Does it forecast?").await;
        page.inspect("result").await;

        // a slider moves the number, and takes it back to exactly 0
        page.press("What if").await;
        assert_eq!(change(page).await, "0");
        slide(page, "20").await;
        let raised = change(page).await;
        assert!(raised.starts_with('+'), "{raised}");
        assert!(
            page.path().await.contains("facebook_spend"),
            "{}",
            page.path().await
        );
        page.inspect("what_if").await;
        page.reload().await;
        assert_eq!(change(page).await, raised, "a reload loses the plan");
        slide(page, "0").await;
        assert_eq!(change(page).await, "0");

        page.go(&format!("{ridge}/plan?tab=budget")).await;
        page.press("Find the best plan").await;
        page.says("The plan against the current one").await;
        page.inspect("plan_budget").await;
        for (tab, says) in [
            ("curves", "Response curves"),
            ("timing", "half"),
            ("pricing", "elasticity"),
            ("next", "not to conclude"),
        ] {
            page.go(&format!("{ridge}/plan?tab={tab}")).await;
            page.until(
                &format!(
                    "document.body.innerText.toLowerCase().includes('{}')",
                    says.to_lowercase()
                ),
                says,
            )
            .await;
            page.inspect(&format!("plan_{tab}")).await;
        }
        page.press("Timing").await;
        page.until(
            "location.search.includes('timing')",
            "a tab is not in the URL",
        )
        .await;
        page.back().await;
        page.until(
            "location.search.includes('next')",
            "back does not take back a tab",
        )
        .await;

        // a second run, and both side by side
        page.go(&data.replace("/data/", "/train/")).await;
        let estimator = page
            .find("select[id*='outcome'][id*='kind'], select[id*='kind']")
            .await;
        page.set(&estimator, "ols").await;
        page.says("--").await;
        train(page, "least squares").await;
        page.go("/runs").await;
        page.says("least squares").await;
        page.inspect("runs").await;
        for name in ["ridge", "least squares"] {
            let pick = page
                .find(&format!("input[aria-label='Compare {name}']"))
                .await;
            page.click(&pick).await;
        }
        page.press("Compare").await;
        page.until("location.pathname === '/compare'", "there is no comparison")
            .await;
        page.says("ridge").await;
        page.says("ols").await;
        page.inspect("compare").await;
        page.back().await;
        page.until("location.pathname === '/runs'", "back does not go back")
            .await;

        // a file that cannot be read is refused with its cell, as on the command line
        let mut weeks: Vec<String> = (1..=20)
            .map(|week| {
                format!(
                    "2024-W{week:02},{},{},{}",
                    10 + week,
                    20 + week % 7,
                    30 + week
                )
            })
            .collect();
        weeks[2] = "2024-W03,ten,22,32".into();
        let text = format!(
            "week,facebook_spend,google_spend,revenue\n{}\n",
            weeks.join("\n")
        );
        let broken = served.file("broken.csv", &text);
        page.go("/data").await;
        let input = page.find("#file").await;
        input.send_keys(broken.to_str().unwrap()).await.unwrap();
        page.says("row 4, column facebook_spend").await;
        page.says("facebook_spend").await;
        page.inspect("data_refused").await;

        // on a phone nothing is wider than the window and nothing is lost
        page.resize(390, 844).await;
        for (name, path) in [
            ("phone_data", data.clone()),
            ("phone_train", data.replace("/data/", "/train/")),
            ("phone_result", ridge.clone()),
            (
                "phone_what_if",
                format!("{ridge}/what-if?set=facebook_spend:%2B20%25"),
            ),
            ("phone_plan", format!("{ridge}/plan?tab=budget")),
            ("phone_runs", "/runs".into()),
        ] {
            page.go(&path).await;
            page.until(
                "document.querySelector('main h1') && document.querySelector('main .card, main .notice, main table')",
                &path,
            )
            .await;
            page.inspect(name).await;
        }
    });
}

#[test]
fn the_whole_story_on_a_file_with_the_day_first() {
    let Some(file) = shared("assignment/mmm_weekly_dayfirst.csv") else {
        return;
    };
    in_browser(async |page, _| {
        page.dark().await;
        page.go("/data").await;
        let input = page.find("#file").await;
        input.send_keys(file.to_str().unwrap()).await.unwrap();
        page.says("104 weeks, 17 Sep").await;
        page.says("train").await;
        page.inspect("dark_data").await;
        let data = page.path().await;
        page.press("Train on these data").await;
        page.inspect("dark_train").await;
        let without = train(page, "no edge").await;
        page.says("irect path found").await;
        page.says("instagram_spend").await;
        page.inspect("dark_result").await;

        page.go(&format!("{without}/what-if")).await;
        assert_eq!(change(page).await, "0");
        slide(page, "20").await;
        change(page).await;
        page.says("do not move money on this").await;
        page.inspect("dark_what_if").await;
        slide(page, "0").await;

        // the edge that the checks found is drawn from its channel to the outcome
        page.go(&data).await;
        page.says("What each column is").await;
        page.drag(
            "[data-name=instagram_spend] button.direct",
            ".zone-outcome h3",
        )
        .await;
        let drawn = "document.querySelector('[data-name=instagram_spend] button.direct[aria-pressed=true]')";
        page.until(drawn, "the edge cannot be drawn").await;
        page.reload().await;
        page.until(drawn, "the edge is not remembered").await;
        page.press("Train on these data").await;
        let with = train(page, "instagram edge").await;
        page.go(&format!("{with}/plan?tab=next")).await;
        page.until(
            "document.body.innerText.toLowerCase().includes('not to conclude')",
            "nothing is recommended or refused",
        )
        .await;
        page.inspect("dark_plan_next").await;
        page.go(&format!("{with}/plan?tab=budget")).await;
        page.press("Find the best plan").await;
        page.says("The plan against the current one").await;
        page.inspect("dark_plan_budget").await;
        let id = |path: &str| path.trim_start_matches("/runs/").to_string();
        page.go(&format!("/compare?a={}&b={}", id(&without), id(&with)))
            .await;
        page.says("instagram edge").await;
        page.says("direct").await;
        page.inspect("dark_compare").await;
        page.go("/runs").await;
        page.says("no edge").await;
        page.inspect("dark_runs").await;
    });
}

#[test]
fn everything_can_be_done_with_the_keyboard_alone() {
    in_browser(async |page, _| {
        page.go("/data").await;
        page.says("Drop your weekly data here").await;
        // the first stop is the way past the navigation
        page.type_keys("\u{E004}").await;
        let first = page
            .script("return document.activeElement.textContent")
            .await;
        assert!(
            first.as_str().unwrap().to_lowercase().contains("skip"),
            "{first}"
        );
        let sample = page.control("Try the sample market").await;
        page.focus(&sample).await;
        page.type_keys("\u{E007}").await;
        page.says("Ready to train").await;
        // a new screen is announced by its heading
        let focused = page.script("return document.activeElement.tagName").await;
        assert_eq!(focused, "H1");
        let role = page.find("select[aria-label='Role of tiktok_spend']").await;
        page.focus(&role).await;
        page.type_keys("n").await;
        page.until(
            "document.querySelector('.zone-ignore [data-name=tiktok_spend]')",
            "the menu has no keys",
        )
        .await;
    });
}
