//! Numbers as people write them: thousands separators, decimal commas, currencies, percent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{Cell, Table};
use crate::error::{Error, Result};

/// How a decimal fraction is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// Told from the numbers themselves.
    #[default]
    Auto,
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

/// One number as written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Numeral {
    value: f64,
    percent: bool,
}

/// What a column holds, as far as its cells tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Only missing cells.
    Empty,
    /// Mostly text that is no number.
    Text,
    /// Words for yes and no, read as 1 and 0.
    Flags,
    /// Numbers, whose fractions are written in that way; [`Decimal::Auto`] when every number
    /// reads the same both ways.
    Numbers(Decimal),
    /// Numbers that read differently both ways, while nothing in the file decides; the row of
    /// the first such number.
    Ambiguous(usize),
}

/// Looks at every column, and at all of them together where one alone does not decide.
pub(super) fn contents(table: &Table, setting: Decimal) -> Vec<Content> {
    let mut contents: Vec<_> = (0..table.column_names().len())
        .map(|column| content(table, column, setting))
        .collect();
    let decided = |decimal| contents.contains(&Content::Numbers(decimal));
    let evidence = match (decided(Decimal::Point), decided(Decimal::Comma)) {
        (true, false) => Some(Decimal::Point),
        (false, true) => Some(Decimal::Comma),
        _ => None,
    };
    if let Some(decimal) = evidence {
        for content in &mut contents {
            if matches!(content, Content::Ambiguous(_)) {
                *content = Content::Numbers(decimal);
            }
        }
    }
    contents
}

fn content(table: &Table, column: usize, setting: Decimal) -> Content {
    let (mut known, mut points, mut commas, mut flags, mut infinite) = (0, 0, 0, 0, 0);
    let mut differs = None;
    for (row, cell) in table
        .cells(column)
        .enumerate()
        .filter(|(_, cell)| !cell.is_missing())
    {
        known += 1;
        match cell {
            Cell::Date(_) => {}
            Cell::Number(_) => {
                points += 1;
                commas += 1;
            }
            Cell::Text(text) => {
                let point = parse(text, Decimal::Point);
                let comma = parse(text, Decimal::Comma);
                points += usize::from(point.is_some());
                commas += usize::from(comma.is_some());
                flags += usize::from(flag(text).is_some());
                infinite += usize::from(is_infinite(text));
                if let (Some(point), Some(comma)) = (point, comma)
                    && point != comma
                {
                    differs.get_or_insert(row);
                }
            }
        }
    }
    if known == 0 {
        return Content::Empty;
    } else if flags == known {
        return Content::Flags;
    } else if (points.max(commas) + infinite) * 2 < known || points.max(commas) == 0 {
        return Content::Text;
    }
    match (setting, points.cmp(&commas), differs) {
        (Decimal::Point | Decimal::Comma, ..) => Content::Numbers(setting),
        (_, std::cmp::Ordering::Greater, _) => Content::Numbers(Decimal::Point),
        (_, std::cmp::Ordering::Less, _) => Content::Numbers(Decimal::Comma),
        (_, _, Some(row)) => Content::Ambiguous(row),
        (_, _, None) => Content::Numbers(Decimal::Auto),
    }
}

/// The largest number of a cell, either way: the sums of squares and of products that are made of it stay
/// far from where numbers end, and a billion billion is more than anybody sells in a week, in any currency.
pub(super) const LARGEST: f64 = 1e18;

const TOO_LARGE: &str = "a number too large to compute with (beyond 1e18)";

/// A cell that is not a number, in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NotANumber {
    pub row: usize,
    pub why: &'static str,
}

/// The numbers of one column.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    /// One a row; `None` where the cell says that there is no value.
    pub values: Vec<Option<f64>>,
    /// Whether percent signs were read: `15%` is 0.15.
    pub percent: bool,
    /// The cells that cannot be used; their value is `None` too.
    pub faults: Vec<NotANumber>,
}

/// Reads a column.
///
/// # Errors
/// When its numbers can be read two ways.
pub(super) fn read(table: &Table, column: usize, content: Content) -> Result<Numbers> {
    let decimal = match content {
        Content::Ambiguous(row) => return Err(ambiguous(table, column, row)),
        Content::Numbers(Decimal::Comma) => Decimal::Comma,
        _ => Decimal::Point,
    };
    let mut faults = Vec::new();
    let mut percents = vec![None; table.len()];
    let values = table
        .cells(column)
        .enumerate()
        .map(|(row, cell)| {
            let why = match cell {
                _ if cell.is_missing() => return None,
                Cell::Number(number) if number.abs() <= LARGEST => return Some(*number),
                Cell::Number(number) if number.is_infinite() => "an infinite number",
                Cell::Number(_) => TOO_LARGE,
                Cell::Date(_) => "a date, not a number",
                Cell::Text(text) if content == Content::Flags => return flag(text),
                Cell::Text(text) if is_infinite(text) => "an infinite number",
                Cell::Text(text) => match parse(text, decimal) {
                    Some(numeral) if numeral.value.abs() <= LARGEST => {
                        // 0 is the same with a percent sign and without.
                        percents[row] = (numeral.value != 0.0).then_some(numeral.percent);
                        return Some(numeral.value);
                    }
                    Some(_) => TOO_LARGE,
                    None => "text, not a number",
                },
            };
            faults.push(NotANumber { row, why });
            None
        })
        .collect();
    let percent = percents.contains(&Some(true));
    if percent {
        // The fewer are the odd ones out.
        let count = |sign| {
            percents
                .iter()
                .filter(|other| **other == Some(sign))
                .count()
        };
        let (odd, why) = if count(true) < count(false) {
            (
                true,
                "with a percent sign, while most cells of the column have none",
            )
        } else {
            (
                false,
                "without a percent sign, while other cells of the column have one",
            )
        };
        let odd = (0..percents.len()).filter(|&row| percents[row] == Some(odd));
        faults.extend(odd.map(|row| NotANumber { row, why }));
    }
    Ok(Numbers {
        values,
        percent,
        faults,
    })
}

fn ambiguous(table: &Table, column: usize, row: usize) -> Error {
    let text = table
        .cells(column)
        .nth(row)
        .map(Cell::to_string)
        .unwrap_or_default();
    let value = |decimal| parse(&text, decimal).map_or(f64::NAN, |numeral| numeral.value);
    table.error_at(
        row,
        column,
        format!(
            "{}, row {}, column {}: the numbers can be read two ways: \"{text}\" is {} with a decimal point and {} with a decimal comma",
            table.source().name,
            table.row_number(row),
            table.column_names()[column],
            value(Decimal::Point),
            value(Decimal::Comma),
        ),
        "write `decimal = \"point\"` or `decimal = \"comma\"` under [data] in headwater.toml",
        "which of the two?",
    )
}

fn flag(text: &str) -> Option<f64> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(1.0),
        "false" | "no" => Some(0.0),
        _ => None,
    }
}

fn is_infinite(text: &str) -> bool {
    let text = text
        .trim()
        .trim_start_matches(['+', '-', '−'])
        .to_ascii_lowercase();
    matches!(text.as_str(), "inf" | "infinity" | "∞")
}

/// Currency signs and codes that may stand before or after a number. Longer ones first.
const CURRENCIES: &[&str] = &[
    "US$", "CA$", "AU$", "A$", "C$", "R$", "$", "£", "€", "¥", "₹", "₺", "₽", "₩", "zł", "kr.",
    "kr", "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "BRL", "MXN", "ZAR", "SGD", "HKD",
];

fn strip_currency(text: &str) -> Option<&str> {
    let bare = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-');
    if text.bytes().all(bare) {
        return None; // most numbers, at once
    }
    CURRENCIES.iter().find_map(|currency| {
        let start = text
            .get(..currency.len())
            .filter(|start| start.eq_ignore_ascii_case(currency));
        if start.is_some() {
            return text.get(currency.len()..);
        }
        let cut = text.len().checked_sub(currency.len())?;
        let end = text.get(cut..)?;
        end.eq_ignore_ascii_case(currency).then(|| &text[..cut])
    })
}

/// Reads one number: an optional sign (also `−`, trailing, or accounting parentheses), an
/// optional currency and percent sign, digits with or without thousands separators, a
/// fraction, an exponent.
fn parse(text: &str, decimal: Decimal) -> Option<Numeral> {
    const SIGNS: [char; 3] = ['-', '−', '–'];
    let mut rest = text.trim();
    let (mut negative, mut signed, mut currency, mut percent) = (false, false, false, false);
    loop {
        let before = rest;
        if !signed {
            let inner = rest
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'));
            let minus = rest
                .strip_prefix(SIGNS)
                .or_else(|| rest.strip_suffix(SIGNS));
            if let Some(inner) = inner.or(minus) {
                (rest, negative, signed) = (inner.trim(), true, true);
            } else if let Some(plus) = rest.strip_prefix('+') {
                (rest, signed) = (plus.trim(), true);
            }
        }
        if !currency && let Some(bare) = strip_currency(rest) {
            (rest, currency) = (bare.trim(), true);
        }
        if !percent && let Some(bare) = rest.strip_suffix('%') {
            (rest, percent) = (bare.trim(), true);
        }
        if rest == before {
            break;
        }
    }
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let mark = if decimal == Decimal::Comma { ',' } else { '.' };
    let (whole, fraction) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
    if exponent != 0 && !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None; // nobody groups the digits of scientific notation
    }
    let whole = ungroup(whole, mark)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || whole.len() + fraction.len() == 0 {
        return None;
    }
    // Parsed once from decimal text, so that `15%` is the double nearest to 0.15.
    let exponent = exponent.checked_sub(if percent { 2 } else { 0 })?;
    let value: f64 = format!("{whole}.{fraction}e{exponent}").parse().ok()?;
    Some(Numeral {
        value: if negative { -value } else { value },
        percent,
    })
}

/// The digits of a whole number: plain, or in groups of three behind one to three digits that
/// do not start with 0, all separated by the same sign, which is not the decimal mark.
fn ungroup(whole: &str, mark: char) -> Option<String> {
    let is_separator =
        |c: char| matches!(c, ',' | '.' | '\'' | '’' | '_') && c != mark || c.is_whitespace();
    let mut separators = whole.chars().filter(|c| is_separator(*c));
    let groups: Vec<&str> = match separators.next() {
        None => vec![whole],
        Some(first) if separators.all(|other| other == first) => whole.split(first).collect(),
        Some(_) => return None,
    };
    let digits = groups.concat();
    let grouped = groups.len() == 1
        || (matches!(groups[0].len(), 1..=3)
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|group| group.len() == 3));
    (grouped && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(text: &str) -> Option<f64> {
        parse(text, Decimal::Point).map(|numeral| numeral.value)
    }

    fn comma(text: &str) -> Option<f64> {
        parse(text, Decimal::Comma).map(|numeral| numeral.value)
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value) in [
            ("1,234.56", 1234.56),
            ("$1,234.56", 1234.56),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("($1,200)", -1200.0),
            ("(12)", -12.0),
            ("−12.5", -12.5),
            ("12-", -12.0),
            ("+3", 3.0),
            ("1'234.5", 1234.5),
            ("1\u{a0}234.5", 1234.5),
            ("1\u{202f}234", 1234.0),
            ("USD 12", 12.0),
            ("12 eur", 12.0),
            ("15%", 0.15),
            ("1.426697e+06", 1_426_697.0),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(point(text), Some(value), "{text}");
        }
        for (text, value) in [
            ("1.234,56", 1234.56),
            ("1 234,56", 1234.56),
            ("0,5 €", 0.5),
            ("1.234.567", 1_234_567.0),
        ] {
            assert_eq!(comma(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_number_is_refused() {
        for text in [
            "",
            "abc",
            "1,23,4",
            "1.2.3",
            "12 34",
            "0,123",
            "1,234 567",
            "--5",
            "e5",
            "$",
            "%",
        ] {
            assert_eq!(point(text), None, "{text}");
        }
        assert_eq!(comma("0.123"), None, "no thousand starts with 0");
    }
}
