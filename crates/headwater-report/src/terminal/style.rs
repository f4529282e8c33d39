//! How text looks: its width and whether it has colour.

use headwater::finding::Status;

/// The width of the screen and whether ANSI colours are written.
///
/// ```
/// use headwater_report::Style;
/// assert_eq!(Style::plain().width(), 100);
/// assert_eq!(Style::new(false, 300).width(), 100);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
    width: usize,
}

impl Style {
    /// A style for a terminal of `columns` columns; text is never wider than 100 columns nor
    /// asked to be narrower than 60.
    pub fn new(colour: bool, columns: usize) -> Self {
        Style {
            colour,
            width: columns.clamp(60, 100),
        }
    }

    /// No colour, 100 columns: files and pipes.
    pub fn plain() -> Self {
        Style::new(false, 100)
    }

    /// The number of columns that text may use.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A heading in capitals, with a light rule to the full width.
    pub(crate) fn heading(&self, text: &str) -> String {
        let text = text.to_uppercase();
        let rule = "─".repeat(self.width.saturating_sub(text.chars().count() + 1));
        format!(
            "\n{} {}\n",
            self.paint("1;36", &text),
            self.paint("2", &rule)
        )
    }

    /// Words that stand out.
    pub(crate) fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Words that step back.
    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Words in the colour of a status.
    pub(crate) fn status(&self, status: Status, text: &str) -> String {
        let code = match status {
            Status::Passed => "32",
            Status::NotAssessed => "36",
            Status::Warning => "33",
            Status::Failed => "31",
        };
        self.paint(code, text)
    }

    /// `text` broken to the width, each line indented by `indent` spaces.
    pub(crate) fn paragraph(&self, indent: usize, text: &str) -> String {
        self.hanging(&" ".repeat(indent), indent, text)
    }

    /// `text` broken to the width after `mark`, which stands in the first line only; the
    /// following lines are indented by `indent` spaces.
    pub(crate) fn hanging(&self, mark: &str, indent: usize, text: &str) -> String {
        let following = " ".repeat(indent);
        let options = textwrap::Options::new(self.width)
            .initial_indent(mark)
            .subsequent_indent(&following)
            // Column names, paths and commands are never cut.
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let mut filled = textwrap::fill(text, options);
        filled.push('\n');
        filled
    }

    /// Colours each line by itself, so that a line cut out of the text keeps its colour.
    fn paint(&self, code: &str, text: &str) -> String {
        if !self.colour {
            return text.into();
        }
        let painted = text.split('\n').map(|line| match line {
            "" => String::new(),
            line => format!("\u{1b}[{code}m{line}\u{1b}[0m"),
        });
        painted.collect::<Vec<_>>().join("\n")
    }
}
