//! The report as a reader's browser takes it: well formed, loading nothing, every link with its target,
//! what users name escaped, the same numbers in both renderings, and no advice that the path does not
//! carry.
#![allow(clippy::unwrap_used)] // a test may panic

use std::collections::BTreeSet;
use std::sync::LazyLock;

use headwater::analysis::{Advisor, Fit, Settings, run};
use headwater::decisions::BudgetSettings;
use headwater::progress::Silent;
use headwater::simulate::{MarketSettings, simulate};
use headwater::validation::assumption::Verdict;
use headwater_report::report::Report;

/// The name of a channel that must not reach a browser as it is.
const HOSTILE: &str = "<script>alert('1')</script> & \"spend\"";
const LONG: &str = "a_channel_with_a_very_long_name_that_no_table_was_made_for_spend";

fn fitted(replicates: usize, names: &[&str]) -> (Fit, Advisor) {
    let mut market = MarketSettings::default();
    market.channels.truncate(names.len());
    for (channel, name) in market.channels.iter_mut().zip(names) {
        channel.name = (*name).into();
    }
    let market = simulate(&market).unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(replicates);
    settings.validation.placebos = 0;
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
    let advisor = Advisor::of(&fit, &Silent).unwrap();
    (fit, advisor)
}

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let (fit, advisor) = fitted(40, &["facebook_spend", HOSTILE, LONG]);
    Report::of(&fit.analysis, &advisor, &fit.settings)
});
static HTML: LazyLock<String> = LazyLock::new(|| REPORT.html());

/// The tags of a page: name, attributes, whether it closes, whether it closes itself.
fn tags(html: &str) -> Vec<(String, String, bool, bool)> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, behind) = after.split_once('>').expect("a tag ends");
        rest = behind;
        if tag.starts_with('!') {
            continue;
        }
        let closes = tag.starts_with('/');
        let itself = tag.ends_with('/');
        let tag = tag.trim_matches('/');
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        if name == "style" && !closes {
            let (_, behind) = rest.split_once("</style>").expect("a style ends");
            rest = behind;
            continue;
        }
        tags.push((name.to_owned(), attributes.to_owned(), closes, itself));
    }
    tags
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = attributes.split_once(&format!("{name}=\""))?;
    Some(after.split_once('"')?.0)
}

#[test]
fn every_tag_that_opens_closes_in_its_place() {
    assert_closed(&HTML);
}

#[track_caller]
fn assert_closed(html: &str) {
    let mut open: Vec<String> = Vec::new();
    for (name, attributes, closes, itself) in tags(html) {
        let void = ["meta", "br", "hr", "img", "link"].contains(&&*name);
        if closes {
            assert_eq!(open.pop().as_deref(), Some(&*name), "</{name}>");
        } else if !void && !itself {
            assert_eq!(
                attributes.matches('"').count() % 2,
                0,
                "<{name} {attributes}>"
            );
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn headings_follow_each_other_and_every_table_names_its_columns() {
    let mut last = 0;
    for (name, _, closes, _) in tags(&HTML) {
        let level = name.strip_prefix('h').and_then(|level| level.parse().ok());
        let Some(level) = level.filter(|_| !closes) else {
            continue;
        };
        let level: usize = level;
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    let tables = tags(&HTML);
    let open = |name: &str| {
        let named = tables.iter().filter(|tag| tag.0 == name && !tag.2);
        named.count()
    };
    assert!(open("table") >= 5);
    for (name, attributes, closes, _) in &tables {
        if name == "th" && !closes {
            assert!(attributes.contains("scope="), "<th {attributes}>");
        }
    }
    for landmark in ["header", "nav", "main", "footer"] {
        assert_eq!(open(landmark), 1, "{landmark}");
    }
}

#[test]
fn nothing_is_loaded_and_no_script_is_needed() {
    for (name, attributes, _, _) in tags(&HTML) {
        assert_ne!(name, "script");
        assert_ne!(name, "link");
        assert_eq!(
            attribute(&attributes, " src"),
            None,
            "<{name} {attributes}>"
        );
        if let Some(link) = attribute(&attributes, "href") {
            let to_read = name == "a" && link.starts_with("https://");
            assert!(link.starts_with('#') || to_read, "<{name} {attributes}>");
        }
        assert!(!attributes.contains("onload"), "<{name} {attributes}>");
    }
    let lower = HTML.to_lowercase();
    for loads in ["@import", "url(http", "@font-face"] {
        assert!(!lower.contains(loads), "{loads}");
    }
    assert!(HTML.len() < 8_000_000, "{} bytes", HTML.len());
}

#[test]
fn every_link_within_the_page_has_its_target() {
    let mut ids = BTreeSet::new();
    for (name, attributes, closes, _) in tags(&HTML) {
        if let Some(id) = attribute(&format!(" {attributes}"), " id").filter(|_| !closes) {
            assert!(ids.insert(id.to_owned()), "two elements are {id}: <{name}>");
        }
    }
    let mut links = 0;
    for (_, attributes, _, _) in tags(&HTML) {
        if let Some(target) = attribute(&attributes, "href").and_then(|to| to.strip_prefix('#')) {
            assert!(ids.contains(target), "nothing is {target}");
            links += 1;
        }
    }
    assert!(links > 10, "{links} links");
    let markdown = REPORT.markdown(None);
    for part in markdown.split("](#").skip(1) {
        let target = part.split_once(')').unwrap().0;
        let anchor = format!("<a id=\"{target}\"></a>");
        assert!(markdown.contains(&anchor), "nothing is {target}");
    }
}

#[test]
fn a_check_that_warns_leads_to_its_explanation_and_one_that_passed_is_named() {
    let (mut explained, mut named) = (0, 0);
    for finding in HTML.split("<li class=\"").skip(1) {
        let (status, finding) = finding.split_once('"').unwrap();
        let (_, name) = finding.split_once("<p class=\"note\">").unwrap();
        let doubted = matches!(status, "warning" | "failed");
        let start = if doubted {
            "<a href=\"#explain-"
        } else {
            "<code>"
        };
        assert!(name.starts_with(start), "{status}: {name:.80}");
        *(if doubted { &mut explained } else { &mut named }) += 1;
    }
    assert!(explained > 1 && named > 5, "{explained} and {named}");
}

/// Markdown without its fences and its code, in which every letter stands for itself.
fn prose(markdown: &str) -> String {
    let mut fence: Option<String> = None;
    let mut text = String::new();
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let line = line.replace("\\`", "");
                text.extend(line.split('`').step_by(2));
                text.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence does not end");
    text
}

#[test]
fn a_hostile_file_name_stands_for_itself() {
    let (mut fit, advisor) = fitted(0, &["facebook_spend"]);
    fit.analysis.data.source =
        "</style></title><img src=x onerror=alert(1)>\"';`rm *`|[a](b)```.csv".into();
    let report = Report::of(&fit.analysis, &advisor, &fit.settings);
    let html = report.html();
    assert_closed(&html);
    assert!(!html.contains("<img"));
    for element in ["title", "style"] {
        let opened = html.matches(&format!("<{element}")).count();
        assert_eq!(html.matches(&format!("</{element}>")).count(), opened);
    }
    let markdown = report.markdown(Some("figures"));
    let prose = prose(&markdown);
    assert!(!prose.contains("<img"), "not escaped in Markdown");
    assert!(prose.contains("&lt;img src=x"));
    assert!(!prose.contains("[a](b)"), "a link in Markdown");
    // The command to get it again is one that a shell takes as it is meant.
    assert!(markdown.contains(r#"onerror=alert(1)>"'\'';`rm *`|[a](b)```.csv' --config"#));
}

/// A text with its numbers masked, as they are another matter than its words.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        if c.is_ascii_digit() && !before.is_alphanumeric() && before != '_' {
            masked.push('#');
            while letters
                .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '%'))
                .is_some()
            {}
        } else {
            masked.push(c);
        }
        before = c;
    }
    masked
}

#[test]
fn nothing_is_recommended_where_the_path_is_not_supported() {
    let mut market = MarketSettings::default();
    market.channels[0].direct = 8.0;
    let market = simulate(&market).unwrap();
    let mut settings = Settings::default();
    settings.bootstrap.replicates = Some(40);
    settings.validation.placebos = 0;
    let fit = run(&market.dataset, Vec::new(), &settings, &Silent).unwrap();
    assert_eq!(fit.analysis.path.verdict, Verdict::DirectPathFound);
    let advisor = Advisor::of(&fit, &Silent).unwrap();
    let report = Report::of(&fit.analysis, &advisor, &fit.settings).markdown(None);
    let (_, decisions) = report.split_once("## What to do with it\n").unwrap();
    let (decisions, _) = decisions.split_once("\n## ").unwrap();
    // The doubt stands before any answer.
    let doubt = decisions.find("Not supported (direct path found)").unwrap();
    assert!(doubt < decisions.find("### What to do").unwrap());
    let advice = advisor.recommend(&BudgetSettings::default()).unwrap();
    assert!(advice.moves.is_empty() && advice.nothing_through.is_some());
    assert!(!decisions.contains("Move as below"), "{decisions}");
    let (first, _) = decisions.split_once("### The next dollar").unwrap();
    insta::assert_snapshot!(masked(first));
}

#[test]
fn the_report_has_the_same_parts_in_the_same_order() {
    let markdown = REPORT.markdown(Some("figures"));
    let parts = markdown
        .lines()
        .filter_map(|line| match line.rsplit_once("](figures/") {
            Some((_, file)) => Some(format!("picture {}", file.trim_end_matches(')'))),
            None => line.starts_with("##").then(|| line.to_owned()),
        });
    let parts: Vec<String> = parts.collect();
    insta::assert_snapshot!(parts.join("\n"));
}

#[test]
fn what_a_user_names_stands_for_itself() {
    assert!(!HTML.contains("<script"));
    assert!(
        HTML.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;spend&quot;")
    );
    let markdown = REPORT.markdown(None);
    let prose = prose(&markdown);
    assert!(!prose.contains("<script"), "not escaped in Markdown");
    assert!(prose.contains("&lt;script&gt;"));
}

/// The numbers of a text.
fn numbers(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '%')))
        .map(|token| token.trim_matches('.'))
        .filter(|token| token.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// The words of a page without its pictures and its explanations.
fn words(html: &str) -> String {
    let (page, _) = html.split_once("<section id=\"explanations\"").unwrap();
    let (_, mut rest) = page.split_once("<main>").unwrap();
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('<') {
        text += before;
        text.push(' ');
        let end = match after.starts_with("svg") {
            true => "</svg>",
            false => ">",
        };
        rest = after.split_once(end).unwrap().1;
    }
    for (entity, letter) in [
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ] {
        text = text.replace(entity, letter);
    }
    text
}

#[test]
fn both_renderings_hold_the_same_numbers() {
    let markdown = REPORT.markdown(None);
    let (markdown, _) = markdown.split_once("<a id=\"explanations\">").unwrap();
    let (_, markdown) = markdown.split_once("<a id=\"answer\">").unwrap();
    let (html, markdown) = (numbers(&words(&HTML)), numbers(markdown));
    assert!(html.len() > 100, "{} numbers", html.len());
    let apart: Vec<_> = html.symmetric_difference(&markdown).collect();
    assert!(apart.is_empty(), "in one of them only: {apart:?}");
}

#[test]
fn the_first_chapter_is_the_answer_and_every_chapter_is_there() {
    let markdown = REPORT.markdown(Some("figures"));
    let chapters: Vec<&str> = markdown
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert_eq!(
        chapters,
        [
            "The answer",
            "What was assumed",
            "What was tested",
            "What would change the answer",
            "What to do with it",
            "How the model behaves",
            "Data and settings",
            "How to reproduce it",
            "Warnings explained",
        ]
    );
    for figure in REPORT.figures() {
        assert!(markdown.contains(&format!("](figures/{}.png)", figure.id)));
        assert!(HTML.contains(&format!("id=\"figure-{}\"", figure.id)));
        assert!(!figure.alt.is_empty());
    }
    assert!(!REPORT.markdown(None).contains(".png"));
}

#[test]
fn one_channel_without_intervals_is_reported_without_claims() {
    let (fit, advisor) = fitted(0, &["facebook_spend"]);
    let report = Report::of(&fit.analysis, &advisor, &fit.settings);
    let text = report.markdown(None);
    assert!(
        !text.contains("facebook_spend raised"),
        "a claim without an interval"
    );
    assert!(text.contains("no bootstrap"), "the reason is said");
    assert!(report.html().contains("<h2 id=\"answer-title\">"));
}
