//! One page for each finding: what it checks, why it matters, how to read it, what to do.
//!
//! The pages are the files of `docs/explain`, embedded when the program is built.

use headwater::error::{Error, Result};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde::Serialize;

use crate::terminal::style::Style;
use crate::terminal::table::{Align, table};

/// The files of `docs/explain`: id and text, sorted by id.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// What there is to know about one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The finding's id.
    pub id: &'static str,
    /// Its subject in a few words.
    pub title: &'static str,
    /// The page, in Markdown.
    pub markdown: &'static str,
}

/// Every page, sorted by id.
pub fn pages() -> impl Iterator<Item = Page> {
    FILES.iter().map(|&(id, markdown)| {
        let first = markdown.lines().next().unwrap_or_default();
        let first = first.trim_start_matches('#').trim();
        let title = first.strip_prefix(id).unwrap_or(first);
        Page {
            id,
            title: title.trim_start_matches(':').trim(),
            markdown,
        }
    })
}

/// The page of a finding.
///
/// ```
/// use headwater_report::explain::page;
/// assert_eq!(page("mediation.path").unwrap().id, "mediation.path");
/// assert_eq!(page("mediation.paht"), None);
/// ```
pub fn page(id: &str) -> Option<Page> {
    pages().find(|page| page.id == id)
}

/// The page of a finding.
///
/// # Errors
/// Names the nearest ones where there is none of that name.
pub fn find(id: &str) -> Result<Page> {
    let unknown = || {
        let nearest = nearest(id);
        let help = match nearest.is_empty() {
            true => "`headwater explain` lists every finding".into(),
            false => format!(
                "did you mean {}? `headwater explain` lists every finding",
                nearest.join(" or ")
            ),
        };
        Error::setting(format!("there is no finding \"{id}\""), help)
    };
    page(id).ok_or_else(unknown)
}

/// The ids nearest to one that has no page, the likeliest first, at most three: those whose
/// subject is contained in it or the other way round, then those spelt alike.
///
/// ```
/// use headwater_report::explain::nearest;
/// assert_eq!(nearest("mediation.paht")[0], "mediation.path");
/// ```
pub fn nearest(id: &str) -> Vec<&'static str> {
    let asked = id.to_lowercase();
    let likeness = |id: &str| {
        let subject = id.split_once('.').map_or(id, |(_, subject)| subject);
        let alike = strsim::jaro_winkler(&asked, id).max(strsim::jaro_winkler(&asked, subject));
        let part = asked.len() > 2 && id.contains(&asked);
        if part { 1.0 } else { alike }
    };
    let mut likely: Vec<(f64, &str)> = pages()
        .map(|page| (likeness(page.id), page.id))
        .filter(|(likeness, _)| *likeness > 0.7)
        .collect();
    likely.sort_by(|a, b| b.0.total_cmp(&a.0));
    likely.into_iter().take(3).map(|(_, id)| id).collect()
}

/// The page as `headwater explain` prints it.
pub fn page_screen(page: &Page, style: Style) -> String {
    markdown(page.markdown, &style)
}

/// Every page by its title, grouped by room.
pub fn list_screen(style: Style) -> String {
    let mut text = style.paragraph(
        0,
        "Every finding has a page: what it checks, why it matters, how to read it and what to do.",
    );
    let width = pages().map(|page| page.id.len()).max().unwrap_or(0) + 2;
    let mut room = "";
    for page in pages() {
        let of = page.id.split('.').next().unwrap_or_default();
        if of != room {
            text += &style.heading(of);
            room = of;
        }
        let mark = format!("  {:<width$}", page.id);
        text += &style.hanging(&mark, width + 2, page.title);
    }
    text
}

/// Markdown as a terminal shows it: headings with a rule, paragraphs and lists broken to the
/// width, tables drawn, code as it stands.
fn markdown(source: &str, style: &Style) -> String {
    let mut writer = Writer {
        style,
        text: String::new(),
        words: String::new(),
        lists: Vec::new(),
        mark: None,
        code: false,
        rows: Vec::new(),
        link: String::new(),
    };
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        writer.take(event);
    }
    writer.text
}

/// What has been written, and where in the page the writer stands.
struct Writer<'a> {
    style: &'a Style,
    text: String,
    /// The words of the block that is not written yet.
    words: String,
    /// The next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    /// The mark of an item whose first line is not written yet.
    mark: Option<String>,
    code: bool,
    rows: Vec<Vec<String>>,
    link: String,
}

impl Writer<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.words += &text,
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.words += &text;
            }
            Event::SoftBreak => self.words.push(' '),
            Event::HardBreak => self.words.push('\n'),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Rule | Event::Html(_) | Event::InlineHtml(_) => {}
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.paragraph();
                if self.lists.is_empty() {
                    self.blank();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".into(),
                };
                self.mark = Some(mark);
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.paragraph();
                self.code = true;
            }
            Tag::Link { dest_url, .. } => self.link = dest_url.to_string(),
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let words = std::mem::take(&mut self.words);
                if level == pulldown_cmark::HeadingLevel::H1 {
                    self.text += &self.style.strong(&self.style.paragraph(0, &words));
                } else {
                    self.text += &self.style.heading(&words);
                }
            }
            TagEnd::Paragraph | TagEnd::Item => self.paragraph(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                self.blank();
                for line in std::mem::take(&mut self.words).lines() {
                    self.text += &format!("      {line}\n");
                }
                self.code = false;
            }
            TagEnd::Link => {
                let link = std::mem::take(&mut self.link);
                if link.starts_with("http") && !self.words.ends_with(&link) {
                    self.words += &format!(" ({link})");
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.words);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                let mut rows = std::mem::take(&mut self.rows);
                let header = rows.remove(0);
                let header: Vec<_> = header.iter().map(|cell| (&**cell, Align::Left)).collect();
                self.blank();
                self.text += &table(self.style, &header, rows);
            }
            _ => {}
        }
    }

    /// Writes the words of a paragraph or of an item's first lines.
    fn paragraph(&mut self) {
        let words = std::mem::take(&mut self.words);
        if self.code || words.trim().is_empty() {
            return;
        }
        let depth = 2 * self.lists.len().max(1);
        match self.mark.take() {
            Some(mark) => {
                let indent = depth + mark.chars().count();
                let mark = format!("{}{mark}", " ".repeat(depth));
                self.text += &self.style.hanging(&mark, indent, &words);
            }
            None => {
                self.blank();
                let indent = if self.lists.is_empty() { 2 } else { depth + 2 };
                self.text += &self.style.paragraph(indent, &words);
            }
        }
    }

    /// An empty line, unless a heading or another stands right above.
    fn blank(&mut self) {
        let last = self.text.lines().last().unwrap_or_default();
        if !(last.is_empty() || last.contains("──")) {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_reads_as_plain_words_on_a_terminal() {
        let source = "# data.weeks: regular weeks\n\n## What it checks\nThat `a` is **not** [b](http://c.d).\n\n- one\n- two\n  lines\n\n1. first\n\n```\nx = 1\n```\n\n| p | says |\n|---|---|\n| 1 | no |\n";
        let text = markdown(source, &Style::new(false, 60));
        assert_eq!(
            text,
            "data.weeks: regular weeks\n\nWHAT IT CHECKS ─────────────────────────────────────────────\n  That a is not b (http://c.d).\n\n  - one\n  - two lines\n\n  1. first\n\n      x = 1\n\n  p  says\n  ────────\n  1  no\n"
        );
    }
}
