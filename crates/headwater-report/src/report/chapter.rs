//! What a report says, before it is laid out: HTML and Markdown are two views of this value, so they
//! cannot disagree.

use headwater::finding::Finding;

use crate::explain::Page;
use crate::figures::Figure;
use crate::said::Said;
use crate::terminal::table::Table;

/// A part of a report under a heading of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chapter {
    /// The name that links to it lead to.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// A piece of a chapter. Text is plain: two backticks enclose code, the id of a finding that the report
/// explains becomes a link, everything else stands for itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// The sentences that a reader in a hurry reads.
    Answer(Vec<String>),
    /// A sentence under a topic, with the status of the check it rests on.
    Said(Said),
    /// A heading within the chapter.
    Heading(String),
    /// Words in the body.
    Paragraph(String),
    /// Words that step back: how to read what stands above.
    Note(String),
    /// Sentences in a row.
    List(Vec<String>),
    /// A table with what it shows, and the reasons behind the marks in its cells.
    Table {
        /// What it shows.
        caption: String,
        /// Its cells.
        table: Table,
        /// The reasons, in the order of their marks.
        notes: Vec<String>,
    },
    /// A picture.
    Figure(Box<Figure>),
    /// Assumptions.
    Cards(Vec<Card>),
    /// Checks that answer one question.
    Findings(Vec<Finding>),
    /// Text to copy, unbroken.
    Code(String),
    /// The explanation of a finding.
    Page(Page),
}

impl Block {
    /// A table without marks.
    pub(crate) fn table(caption: impl Into<String>, table: Table) -> Self {
        Block::noted(caption, table, &[])
    }

    /// A table with the reasons behind its marks.
    pub(crate) fn noted(caption: impl Into<String>, table: Table, notes: &[String]) -> Self {
        Block::Table {
            caption: caption.into(),
            table,
            notes: notes.to_vec(),
        }
    }

    /// A heading within the chapter.
    pub(crate) fn heading(text: &str) -> Self {
        Block::Heading(text.into())
    }

    /// A sentence under a topic; the first letter is written large, as it starts a line of its own.
    pub(crate) fn said(said: Said) -> Self {
        let sentence = crate::summary::capital(&said.sentence);
        Block::Said(Said { sentence, ..said })
    }
}

/// An assumption: what must hold, and what was looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Card {
    /// `A1` to `A5`.
    pub id: String,
    /// What must hold.
    pub statement: String,
    /// What needs it and what was checked about it.
    pub notes: Vec<String>,
}
