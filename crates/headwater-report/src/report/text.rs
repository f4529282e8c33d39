//! Plain text as pieces: words, code, and links to the explanations of findings.

use std::collections::BTreeSet;

/// The ids of the findings that a report explains.
pub(crate) type Explained = BTreeSet<String>;

/// A piece of a plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Words as they stand.
    Words(&'a str),
    /// A command, a setting or a name, without its backticks.
    Code(&'a str),
    /// The id of a finding with an explanation.
    Link(&'a str),
}

/// Takes a text apart. Backticks count in pairs only, so one alone in a column's name stands for itself.
pub(crate) fn pieces<'a>(text: &'a str, explained: &Explained) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, behind)) = after.split_once('`') else {
            break;
        };
        linked(before, explained, &mut pieces);
        pieces.push(match explained.contains(code) {
            true => Piece::Link(code),
            false => Piece::Code(code),
        });
        rest = behind;
    }
    linked(rest, explained, &mut pieces);
    pieces
}

/// Takes words and the ids among them apart.
fn linked<'a>(text: &'a str, explained: &Explained, pieces: &mut Vec<Piece<'a>>) {
    let of_id = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let mut words = 0;
    let mut at = 0;
    while at < text.len() {
        let ends = text[at..].find(|c| !of_id(c));
        let end = ends.map_or(text.len(), |length| at + length);
        let id = text[at..end].trim_end_matches('.');
        if explained.contains(id) {
            if words < at {
                pieces.push(Piece::Words(&text[words..at]));
            }
            pieces.push(Piece::Link(id));
            words = at + id.len();
        }
        let next = text[end..].find(of_id);
        at = next.map_or(text.len(), |length| end + length);
    }
    if words < text.len() {
        pieces.push(Piece::Words(&text[words..]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_ids_are_found_and_everything_else_stands_for_itself() {
        let explained = Explained::from(["a.b".to_owned()]);
        assert_eq!(
            pieces("see a.b. Then `run it`, x.a.b and 1 ` alone", &explained),
            [
                Piece::Words("see "),
                Piece::Link("a.b"),
                Piece::Words(". Then "),
                Piece::Code("run it"),
                Piece::Words(", x.a.b and 1 ` alone"),
            ]
        );
        assert_eq!(pieces("", &explained), []);
        assert_eq!(pieces("a.b", &explained), [Piece::Link("a.b")]);
    }
}
