//! A report as Markdown, readable as it stands.

use headwater::finding::{Finding, Status};

use super::Report;
use super::chapter::{Block, Chapter};
use super::html::sentence;
use super::pages;
use super::text::{Explained, Piece, pieces};
use crate::summary::{capital, mark, word};
use crate::terminal::table::{Align, Table};
use crate::terminal::validate::figure;

/// The whole file.
pub(super) fn markdown(report: &Report, figures: Option<&str>) -> String {
    let mut text = format!("# {}\n\n", escape(&report.title));
    for line in &report.about {
        text += &format!("{}\n\n", escape(line));
    }
    for chapter in &report.chapters {
        text += &self::chapter(chapter, figures, &report.explained);
    }
    text + &format!(
        "---\n\nMade by Headwater {}. Every number is in `analysis.json` of the run or was asked of it.\n",
        escape(&report.version)
    )
}

fn chapter(chapter: &Chapter, figures: Option<&str>, explained: &Explained) -> String {
    let mut text = format!(
        "<a id=\"{}\"></a>\n\n## {}\n\n",
        chapter.id,
        escape(&chapter.title)
    );
    for block in &chapter.blocks {
        let block = self::block(block, figures, explained);
        if !block.is_empty() {
            text += &format!("{}\n\n", block.trim_end());
        }
    }
    text
}

fn block(block: &Block, figures: Option<&str>, explained: &Explained) -> String {
    let inline = |text: &str| inline(text, explained);
    match block {
        Block::Answer(sentences) => {
            let sentences = sentences.iter();
            sentences
                .map(|sentence| format!("**{}**\n\n", inline(sentence)))
                .collect()
        }
        Block::Said(said) => format!(
            "**{}** ({} {}): {}",
            escape(&said.topic),
            mark(said.status),
            word(said.status),
            inline(&said.sentence)
        ),
        Block::Heading(text) => format!("### {}", escape(text)),
        Block::Paragraph(text) | Block::Note(text) => inline(text),
        Block::List(lines) => {
            let lines = lines.iter().map(|line| format!("- {}\n", inline(line)));
            lines.collect()
        }
        Block::Table {
            caption,
            table,
            notes,
        } => {
            let notes = notes.iter().enumerate();
            let notes = notes.map(|(at, note)| format!("\n\\[{}\\] {}\n", at + 1, inline(note)));
            let notes: String = notes.collect();
            format!("{}:\n\n{}{notes}", escape(caption), self::table(table))
        }
        Block::Figure(figure) => match figures {
            // What stands in the picture is said beside it, for who cannot see it.
            Some(folder) => format!("![{}]({folder}/{}.png)", escape(&figure.alt), figure.id),
            None => String::new(),
        },
        Block::Cards(cards) => {
            let cards = cards.iter().map(|card| {
                let notes = card.notes.iter();
                let notes: String = notes.map(|note| format!(" {}.", inline(note))).collect();
                let statement = inline(&sentence(&card.statement));
                format!("- **{}** {statement}{notes}\n", escape(&card.id))
            });
            cards.collect()
        }
        Block::Findings(findings) => findings
            .iter()
            .map(|found| finding(found, explained))
            .collect(),
        Block::Code(text) => {
            // Longer than any row of backticks in the text, so that nothing within ends it.
            let rows = text.split(|c| c != '`').map(str::len);
            let longest = rows.max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            format!("{fence}text\n{}\n{fence}", text.trim_end())
        }
        Block::Page(page) => format!(
            "<a id=\"{}\"></a>\n\n### {}\n\n`{}`\n\n{}",
            pages::anchor(page.id),
            escape(&capital(page.title)),
            page.id,
            pages::markdown(page)
        ),
    }
}

fn finding(finding: &Finding, explained: &Explained) -> String {
    let measured = match (&finding.measure, finding.status) {
        // What was not assessed was not decided by a figure.
        (Some(measure), Status::Passed | Status::Warning | Status::Failed) => {
            format!("; {}", escape(&figure(measure)))
        }
        _ => String::new(),
    };
    format!(
        "- {} **{}**: {} ({}{measured})\n",
        mark(finding.status),
        word(finding.status),
        inline(&sentence(&capital(&finding.summary)), explained),
        inline(&finding.id, explained),
    )
}

fn table(table: &Table) -> String {
    let cell = |text: &str| match text.split_once('\n') {
        Some((figure, more)) => format!("{} ({})", escape(figure), escape(more)),
        None => escape(text),
    };
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let titles = table.header.iter();
    let titles = titles.map(|(title, _)| escape(&title.replace('\n', " ")));
    let rule = table.header.iter().map(|(_, align)| match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    });
    let rows = table.rows.iter();
    let rows: String = rows
        .map(|cells| row(cells.iter().map(|text| cell(text)).collect()))
        .collect();
    row(titles.collect()) + &row(rule.collect()) + &rows
}

/// Plain text with its code and its links.
fn inline(text: &str, explained: &Explained) -> String {
    let pieces = pieces(text, explained).into_iter();
    let written = pieces.map(|piece| match piece {
        Piece::Words(words) => escape(words),
        Piece::Code(code) => format!("`{code}`"),
        Piece::Link(id) => format!("[{}](#{})", escape(id), pages::anchor(id)),
    });
    written.collect()
}

/// Text that stands for itself. An underscore within a word needs no mark, and names of columns are
/// better read without.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(c) = letters.next() {
        let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '\n' | '\r' => escaped.push(' '),
            '_' if within(before) && within(letters.peek().copied()) => escaped.push('_'),
            '\\' | '*' | '_' | '[' | ']' | '|' | '`' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
        before = Some(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_stand_for_themselves() {
        assert_eq!(escape("facebook_spend"), "facebook_spend");
        assert_eq!(escape("_a_ |*b*"), "\\_a\\_ \\|\\*b\\*");
        assert_eq!(escape("<script>"), "&lt;script&gt;");
    }
}
