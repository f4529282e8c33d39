//! The demo's terminal screen as an SVG, for the README.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use crate::cargo;

/// The advance of one character and the height of one line, in pixels.
const CHARACTER: f64 = 8.4;
const LINE: f64 = 19.0;
const MARGIN: f64 = 24.0;
const TITLE_BAR: f64 = 34.0;

/// Runs the demo and draws what it prints to `docs/images/demo.svg`.
pub fn run(root: &Path) -> Result<(), String> {
    let out = root.join("target/picture");
    let demo = cargo(root)
        .args([
            "run",
            "--release",
            "--quiet",
            "--package",
            "headwater-cli",
            "--",
        ])
        .args([
            "demo",
            "--color",
            "always",
            "--force",
            "--out",
            "headwater-demo",
        ])
        .current_dir({
            std::fs::create_dir_all(&out).map_err(|why| format!("{}: {why}", out.display()))?;
            &out
        })
        .stderr(Stdio::inherit())
        .output()
        .map_err(|why| format!("the demo could not be started: {why}"))?;
    if !demo.status.success() {
        return Err(format!("the demo failed ({})", demo.status));
    }
    let screen = String::from_utf8(demo.stdout).map_err(|why| format!("the demo: {why}"))?;
    let picture = root.join("docs/images/demo.svg");
    std::fs::write(&picture, draw("cargo run --release -- demo", &screen))
        .map_err(|why| format!("{}: {why}", picture.display()))?;
    println!("{}", picture.display());
    Ok(())
}

/// A dark window with the lines of `screen`, colours taken from its ANSI codes.
///
/// Every run of characters is given its length, so that columns stand straight in any font.
fn draw(title: &str, screen: &str) -> String {
    let lines: Vec<&str> = screen.trim_end().lines().collect();
    let columns = lines
        .iter()
        .map(|line| runs(line).iter().map(|run| run.text.chars().count()).sum())
        .max()
        .unwrap_or(0)
        .max(60);
    let width = (columns as f64 * CHARACTER + 2.0 * MARGIN).ceil();
    let height = (lines.len() as f64 * LINE + TITLE_BAR + 1.5 * MARGIN).ceil();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>The screen of {title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#16191f\"/>\n\
         <circle cx=\"22\" cy=\"19\" r=\"6\" fill=\"#ff5f57\"/>\
         <circle cx=\"42\" cy=\"19\" r=\"6\" fill=\"#febc2e\"/>\
         <circle cx=\"62\" cy=\"19\" r=\"6\" fill=\"#28c840\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', \
         monospace\" font-size=\"14\" fill=\"#d7dae0\">\n\
         <text x=\"{}\" y=\"24\" text-anchor=\"middle\" fill=\"#8b919c\">{}</text>\n",
        width / 2.0,
        escape(title),
    );
    for (row, line) in lines.iter().enumerate() {
        let y = TITLE_BAR + MARGIN + row as f64 * LINE;
        let mut column = 0;
        for run in runs(line) {
            let before = run.text.chars().take_while(|c| *c == ' ').count();
            let length = run.text.chars().count();
            let text = run.text.trim();
            if !text.is_empty() {
                write!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{y:.1}\" textLength=\"{:.1}\" \
                     xml:space=\"preserve\"{}>{}</text>",
                    MARGIN + (column + before) as f64 * CHARACTER,
                    text.chars().count() as f64 * CHARACTER,
                    run.style,
                    escape(text),
                )
                .expect("writing to a string cannot fail");
            }
            column += length;
        }
        svg.push('\n');
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Characters with one style, as SVG attributes.
struct Run {
    text: String,
    style: String,
}

/// A line cut where its ANSI codes change the style.
fn runs(line: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut codes: Vec<u8> = Vec::new();
    for (at, part) in line.split("\u{1b}[").enumerate() {
        let mut text = part;
        if at > 0
            && let Some((code, rest)) = part.split_once('m')
        {
            text = rest;
            for code in code.split(';') {
                match code.parse() {
                    Ok(0) | Err(_) => codes.clear(),
                    Ok(code) => codes.push(code),
                }
            }
        }
        if !text.is_empty() {
            runs.push(Run {
                text: text.into(),
                style: codes.iter().map(|code| attribute(*code)).collect(),
            });
        }
    }
    runs
}

fn attribute(code: u8) -> &'static str {
    match code {
        1 => " font-weight=\"bold\"",
        2 => " opacity=\"0.62\"",
        31 => " fill=\"#ff7b72\"",
        32 => " fill=\"#7ee787\"",
        33 => " fill=\"#f2cc60\"",
        36 => " fill=\"#79c0ff\"",
        _ => "",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn colours_become_fills_and_text_is_escaped() {
        let svg = draw("t", "\u{1b}[1;31mfailed\u{1b}[0m  a < b & c");
        assert!(svg.contains(" font-weight=\"bold\" fill=\"#ff7b72\">failed</text>"));
        assert!(svg.contains(">a &lt; b &amp; c</text>"));
        assert!(
            svg.contains("x=\"91.2\""),
            "the second run starts at column 8: {svg}"
        );
        assert!(!svg.contains('\u{1b}'));
    }
}
