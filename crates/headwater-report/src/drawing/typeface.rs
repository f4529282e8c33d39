//! How wide words are.

use std::sync::LazyLock;

use resvg::usvg::fontdb::Database;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

/// The family that pictures are set in; a browser without it takes one that is narrower.
pub(super) const FAMILY: &str = "Noto Sans";

/// A face of Noto Sans at a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Face {
    /// The size in pixels.
    pub size: f64,
    /// Whether it is bold.
    pub bold: bool,
}

/// The fonts as they are embedded, for a renderer of text.
pub(super) fn database() -> Database {
    let mut database = Database::new();
    database.load_font_data(notosans::REGULAR_TTF.to_vec());
    database.load_font_data(notosans::BOLD_TTF.to_vec());
    database.set_sans_serif_family(FAMILY);
    database
}

struct Advances {
    font: FontRef<'static>,
    metrics: GlyphMetrics<'static>,
}

impl Advances {
    fn of(data: &'static [u8]) -> Self {
        let font = FontRef::new(data).expect("the embedded font is a font");
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        Self { font, metrics }
    }

    /// The width in ems; kerning, which mostly narrows, is left out.
    fn width(&self, text: &str) -> f64 {
        let glyphs = self.font.charmap();
        text.chars()
            .map(|character| {
                let glyph = glyphs.map(character);
                // A character that the font does not have comes from another, as wide as an em at most.
                glyph
                    .and_then(|glyph| self.metrics.advance_width(glyph))
                    .map_or(1.0, f64::from)
            })
            .sum()
    }
}

static REGULAR: LazyLock<Advances> = LazyLock::new(|| Advances::of(notosans::REGULAR_TTF));
static BOLD: LazyLock<Advances> = LazyLock::new(|| Advances::of(notosans::BOLD_TTF));

impl Face {
    pub const fn regular(size: f64) -> Self {
        Self { size, bold: false }
    }

    pub const fn bold(size: f64) -> Self {
        Self { size, bold: true }
    }

    /// The width of a line in pixels.
    pub fn width(self, text: &str) -> f64 {
        let advances = if self.bold { &*BOLD } else { &*REGULAR };
        self.size * advances.width(text)
    }

    /// The distance between lines in pixels.
    pub fn leading(self) -> f64 {
        (1.35 * self.size).round()
    }

    /// Broken into lines no wider than `most` pixels: at spaces, else after underscores, else anywhere.
    pub fn wrap(self, text: &str, most: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let mut pieces = self.pieces(word, most).into_iter();
                let first = pieces.next().unwrap_or_default();
                let longer = format!("{line} {first}");
                if line.is_empty() {
                    line = first;
                } else if self.width(&longer) <= most {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, first));
                }
                for piece in pieces {
                    lines.push(std::mem::replace(&mut line, piece));
                }
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }

    /// A word in pieces that fit.
    fn pieces(self, word: &str, most: f64) -> Vec<String> {
        if self.width(word) <= most {
            return vec![word.into()];
        }
        let mut pieces = vec![String::new()];
        for part in word.split_inclusive(['_', '-', '/']) {
            let last = pieces.last_mut().expect("begins with one");
            if self.width(&format!("{last}{part}")) <= most {
                last.push_str(part);
                continue;
            }
            if !last.is_empty() {
                pieces.push(String::new());
            }
            for character in part.chars() {
                let last = pieces.last_mut().expect("begins with one");
                if !last.is_empty() && self.width(&format!("{last}{character}")) > most {
                    pieces.push(String::new());
                }
                pieces.last_mut().expect("begins with one").push(character);
            }
        }
        pieces
    }

    /// The text, or as much of its two ends as fits into `most` pixels around an ellipsis: long names of
    /// columns often differ in their last letters only.
    pub fn shorten(self, text: &str, most: f64) -> String {
        if self.width(text) <= most {
            return text.into();
        }
        let letters: Vec<char> = text.chars().collect();
        let around = |kept: usize| -> String {
            let (first, last) = (kept - 2 * kept / 5, 2 * kept / 5);
            let start: String = letters[..first].iter().collect();
            let end: String = letters[letters.len() - last..].iter().collect();
            format!("{}…{}", start.trim_end(), end.trim_start())
        };
        (0..letters.len())
            .rev()
            .map(around)
            .find(|short| self.width(short) <= most)
            .unwrap_or_else(|| "…".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // Noto Sans has 1000 units an em; its zero is 572 wide, its space 260.
        let face = Face::regular(100.0);
        assert!((face.width("0") - 57.2).abs() < 0.1, "{}", face.width("0"));
        assert!((face.width("0 0") - 140.4).abs() < 0.1);
        assert!(Face::bold(100.0).width("Google") > face.width("Google"));
    }

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let face = Face::regular(12.0);
        let text = "Spend on instagram_followers_new_and_a_name_that_never_ends moves search";
        for most in [40.0, 90.0, 200.0, 1_000.0] {
            let lines = face.wrap(text, most);
            assert!(
                lines.iter().all(|line| face.width(line) <= most),
                "{lines:?}"
            );
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text));
        }
    }

    #[test]
    fn shortened_names_fit_and_can_still_be_told_apart() {
        let face = Face::regular(12.0);
        assert_eq!(face.shorten("google", 200.0), "google");
        let [one, two] =
            ["instagram_followers_1", "instagram_followers_2"].map(|name| face.shorten(name, 80.0));
        assert!(one.contains('…') && face.width(&one) <= 80.0, "{one}");
        assert_ne!(one, two);
        assert_eq!(face.shorten("google", 0.0), "…");
    }
}
