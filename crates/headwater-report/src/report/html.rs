//! A report as one HTML file: semantic, without a script, and nothing loaded from elsewhere.

use std::fmt::Write as _;

use headwater::finding::{Finding, Status};

use super::Report;
use super::chapter::{Block, Card, Chapter};
use super::pages;
use super::text::{Explained, Piece, pieces};
use crate::drawing::{Theme, svg};
use crate::explain;
use crate::figures::Figure;
use crate::said::Said;
use crate::summary::{mark, word};
use crate::terminal::table::{Align, Table};
use crate::terminal::validate::figure;

/// How it looks, on a screen and on paper.
const STYLE: &str = include_str!("report.css");

/// The whole file.
pub(super) fn html(report: &Report) -> String {
    let title = escape(&report.title);
    let mut writer = Writer {
        text: String::new(),
        explained: &report.explained,
    };
    for chapter in &report.chapters {
        writer.chapter(chapter);
    }
    let about = format!("<p>{}</p>\n", escape(&report.about.join(" · ")));
    let contents = report.chapters.iter();
    let contents: String = contents
        .map(|chapter| {
            let heading = escape(&chapter.title);
            format!("<li><a href=\"#{}\">{heading}</a></li>\n", chapter.id)
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"Headwater {version}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}@page {{ @top-left {{ content: {running}; }} }}\n</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#answer\">To the answer</a>\n\
         <header>\n<h1>{title}</h1>\n{about}</header>\n\
         <nav aria-label=\"Contents\">\n<ul>\n{contents}</ul>\n</nav>\n<main>\n{chapters}</main>\n\
         <footer>\n<p>Made by Headwater {version}. Every number is in <code>analysis.json</code> of the run or \
         was asked of it.</p>\n</footer>\n</body>\n</html>\n",
        version = escape(&report.version),
        running = css_string(&report.title),
        chapters = writer.text,
    )
}

/// A chapter on its own, with the looks of the page for itself alone: for a notebook, whose other cells
/// must stay as they are.
pub(super) fn fragment(chapter: &Chapter) -> String {
    let mut writer = Writer {
        text: String::new(),
        explained: &Explained::new(),
    };
    writer.chapter(chapter);
    let style = STYLE.replace(":root {", "& {").replace("body {", "& {");
    format!(
        "<div class=\"headwater-page\">\n<style>\n.headwater-page {{\n{style}\
         & {{ padding-bottom: 8px; }}\nsection {{ margin-bottom: 0; }}\n}}\n</style>\n{}</div>\n",
        writer.text
    )
}

/// The text of the page so far.
struct Writer<'a> {
    text: String,
    explained: &'a Explained,
}

impl Writer<'_> {
    fn chapter(&mut self, chapter: &Chapter) {
        let pictured = chapter
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Figure(_)));
        let class = if pictured { " class=\"pictured\"" } else { "" };
        self.put(&format!(
            "<section id=\"{id}\"{class} aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>\n",
            escape(&chapter.title),
            id = chapter.id,
        ));
        for block in &chapter.blocks {
            self.block(block);
        }
        self.put("</section>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Answer(sentences) => {
                let sentences = sentences.iter().map(|sentence| {
                    let sentence = self.inline(sentence);
                    format!("<p>{sentence}</p>\n")
                });
                let sentences: String = sentences.collect();
                self.put(&format!("<div class=\"answer\">\n{sentences}</div>\n"));
            }
            Block::Said(said) => self.said(said),
            Block::Heading(text) => self.put(&format!("<h3>{}</h3>\n", escape(text))),
            Block::Paragraph(text) => {
                let text = self.inline(text);
                self.put(&format!("<p>{text}</p>\n"));
            }
            Block::Note(text) => {
                let text = self.inline(text);
                self.put(&format!("<p class=\"note\">{text}</p>\n"));
            }
            Block::List(lines) => {
                let lines = lines
                    .iter()
                    .map(|line| format!("<li>{}</li>\n", self.inline(line)));
                let lines: String = lines.collect();
                self.put(&format!("<ul>\n{lines}</ul>\n"));
            }
            Block::Table {
                caption,
                table,
                notes,
            } => self.table(caption, table, notes),
            Block::Figure(figure) => self.figure(figure),
            Block::Cards(cards) => self.cards(cards),
            Block::Findings(findings) => self.findings(findings),
            Block::Code(text) => self.put(&format!(
                "<pre tabindex=\"0\"><code>{}</code></pre>\n",
                escape(text)
            )),
            Block::Page(page) => self.page(page),
        }
    }

    fn said(&mut self, said: &Said) {
        let sentence = self.inline(&said.sentence);
        self.put(&format!(
            "<div class=\"said {}\">\n<p class=\"topic\">{} {}</p>\n<p>{sentence}</p>\n</div>\n",
            class(said.status),
            escape(&said.topic),
            chip(said.status),
        ));
    }

    fn table(&mut self, caption: &str, table: &Table, notes: &[String]) {
        let class = |align: Align| match align {
            Align::Left => "",
            Align::Right => " class=\"number\"",
        };
        let caption = escape(caption);
        let mut text = format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n\
             <caption>{caption}</caption>\n<thead>\n<tr>"
        );
        for (title, align) in &table.header {
            let title = escape(&title.replace('\n', " "));
            // An empty header would be read as one without a name.
            let (tag, scope) = match title.is_empty() {
                true => ("td", ""),
                false => ("th", " scope=\"col\""),
            };
            text += &format!("<{tag}{scope}{}>{title}</{tag}>", class(*align));
        }
        text += "</tr>\n</thead>\n<tbody>\n";
        for row in &table.rows {
            text += "<tr>";
            for (at, (cell, (_, align))) in row.iter().zip(&table.header).enumerate() {
                let (tag, scope) = match at {
                    0 => ("th", " scope=\"row\""),
                    _ => ("td", ""),
                };
                let cell = match cell.split_once('\n') {
                    Some((figure, more)) => format!(
                        "{} <span class=\"interval\">{}</span>",
                        escape(figure),
                        escape(more)
                    ),
                    None => escape(cell),
                };
                text += &format!("<{tag}{scope}{}>{cell}</{tag}>", class(*align));
            }
            text += "</tr>\n";
        }
        text += "</tbody>\n</table>\n</div>\n";
        for (at, note) in notes.iter().enumerate() {
            text += &format!("<p class=\"note\">[{}] {}</p>\n", at + 1, self.inline(note));
        }
        self.put(&text);
    }

    fn figure(&mut self, figure: &Figure) {
        let drawn = svg(figure, Theme::Light);
        // What stands before the picture in a file of its own has no place within a page.
        let drawn = drawn.find("<svg").map_or("", |start| &drawn[start..]);
        let label = escape(&figure.title);
        self.put(&format!(
            "<figure id=\"figure-{}\" aria-label=\"{label}\">\n<div class=\"scroll\" role=\"region\" \
             aria-label=\"{label}\" tabindex=\"0\">\n{}\n</div>\n</figure>\n",
            escape(&figure.id),
            drawn.trim_end(),
        ));
    }

    fn cards(&mut self, cards: &[Card]) {
        let mut text = String::from("<dl class=\"cards\">\n");
        for card in cards {
            let notes = card.notes.iter();
            let notes: String = notes
                .map(|note| format!("<dd class=\"note\">{}.</dd>\n", self.inline(note)))
                .collect();
            let _ = write!(
                text,
                "<div class=\"card\">\n<dt>{}</dt>\n<dd>{}</dd>\n{notes}</div>\n",
                escape(&card.id),
                self.inline(&sentence(&card.statement)),
            );
        }
        self.put(&(text + "</dl>\n"));
    }

    fn findings(&mut self, findings: &[Finding]) {
        let mut text = String::from("<ul class=\"findings\">\n");
        for finding in findings {
            let name = escape(&finding.id);
            let name = match self.explained.contains(&finding.id) {
                true => format!(
                    "<a href=\"#{}\">{name}</a>",
                    escape(&pages::anchor(&finding.id))
                ),
                false => format!("<code>{name}</code>"),
            };
            let measured = match (&finding.measure, finding.status) {
                // What was not assessed was not decided by a figure.
                (Some(measure), Status::Passed | Status::Warning | Status::Failed) => {
                    format!(" · {}", escape(&figure(measure)))
                }
                _ => String::new(),
            };
            let summary = sentence(&crate::summary::capital(&finding.summary));
            let _ = writeln!(
                text,
                "<li class=\"{}\">{}<div><p>{}</p><p class=\"note\">{name}{measured}</p></div></li>",
                class(finding.status),
                chip(finding.status),
                self.inline(&summary),
            );
        }
        self.put(&(text + "</ul>\n"));
    }

    fn page(&mut self, page: &explain::Page) {
        let body = pages::html(page, self.explained);
        self.put(&format!(
            "<article id=\"{}\">\n<h3>{}</h3>\n<p class=\"note\"><code>{}</code></p>\n{body}</article>\n",
            escape(&pages::anchor(page.id)),
            escape(&crate::summary::capital(page.title)),
            escape(page.id),
        ));
    }

    /// Plain text with its code and its links.
    fn inline(&self, text: &str) -> String {
        let pieces = pieces(text, self.explained).into_iter();
        let written = pieces.map(|piece| match piece {
            Piece::Words(words) => escape(words),
            Piece::Code(code) => format!("<code>{}</code>", escape(code)),
            Piece::Link(id) => format!(
                "<a href=\"#{}\">{}</a>",
                escape(&pages::anchor(id)),
                escape(id)
            ),
        });
        written.collect()
    }

    fn put(&mut self, text: &str) {
        self.text += text;
    }
}

/// A status in words, so that colour is not the only difference.
fn chip(status: Status) -> String {
    format!(
        "<span class=\"chip\"><span aria-hidden=\"true\">{}</span> {}</span>",
        mark(status),
        word(status)
    )
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::NotAssessed => "open",
        Status::Warning => "warning",
        Status::Failed => "failed",
    }
}

/// With a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    match text.ends_with(['.', '!', '?']) {
        true => text.into(),
        false => format!("{text}."),
    }
}

/// Text that stands for itself, also within an attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text as a string of a style sheet that stands within a page: neither can end early.
fn css_string(text: &str) -> String {
    let mut string = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '\n' | '\r' | '\u{c}' => {
                let _ = write!(string, "\\{:x} ", u32::from(c));
            }
            c => string.push(c),
        }
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_user_names_ends_a_tag_an_attribute_or_a_style() {
        assert_eq!(
            escape("<a b=\"c\">'&"),
            "&lt;a b=&quot;c&quot;&gt;&#39;&amp;"
        );
        assert_eq!(
            css_string("a\"b</style>\\"),
            r#""a\22 b\3c /style\3e \5c ""#
        );
    }
}
