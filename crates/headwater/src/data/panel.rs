//! A panel: one file with the weeks of many brands, split by the column that names them.
//!
//! Of a text file the text is kept, once, and where each brand's rows lie in it; a brand becomes a
//! [`Table`] when it is asked for. So thousands of brands take little more memory than their file.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use indexmap::IndexMap;

use super::table::{self, Format, Row, Table, Text};
use super::{DataSettings, Source, csv};
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::words::closest;

/// The rows of many brands, each a table of its own: the header of the file with this brand's rows, in
/// the order and under the numbers that they have in the file.
///
/// Brands are told by the text of their cell without the spaces around it; case and spelling make a
/// difference. They stand in the order in which the file first names them.
///
/// ```
/// use headwater::data::{DataSettings, Panel};
/// let folder = tempfile::tempdir().expect("a folder");
/// let path = folder.path().join("sales.csv");
/// let text = "brand,week,spend\nAcme,2024-01-01,5\nBolt,2024-01-01,7\nAcme,2024-01-08,6\n";
/// std::fs::write(&path, text).expect("a file");
/// let panel = Panel::read(&path, &DataSettings::default(), "brand")?;
/// assert_eq!(panel.brands().collect::<Vec<_>>(), ["Acme", "Bolt"]);
/// let acme = panel.table(0)?;
/// assert_eq!((acme.len(), acme.row_number(1)), (2, 4));
/// assert_eq!(acme.source().name, "sales.csv, brand Acme");
/// # Ok::<(), headwater::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Panel {
    source: Source,
    by: String,
    contents: Contents,
}

/// The file, and which of its rows each brand has.
#[derive(Debug, Clone)]
enum Contents {
    Text(TextPanel),
    /// Workbooks and Parquet files are whole tables before they can be split.
    Cells(Table, IndexMap<String, Vec<usize>>),
}

/// A text with the places of its records.
#[derive(Debug, Clone)]
struct TextPanel {
    text: String,
    delimiter: u8,
    header: Place,
    brands: IndexMap<String, Vec<Place>>,
    finding: Option<Finding>,
}

/// Where a record lies in the text, and its number as a person counts rows in the file.
#[derive(Debug, Clone)]
struct Place {
    bytes: Range<usize>,
    number: usize,
}

impl Panel {
    /// Reads a CSV, Excel or Parquet file and notes which rows belong to which value of the column `by`.
    ///
    /// # Errors
    /// Those of [`Table::read`] about the whole file; when there is no column `by`, naming those there
    /// are; and for a row with values but without a brand, naming the row. What is wrong with the rows
    /// of one brand is said when its [table](Panel::table) is asked for.
    pub fn read(path: &Path, settings: &DataSettings, by: &str) -> Result<Panel> {
        match Panel::open(path, settings, by)? {
            Ok(panel) => Ok(panel),
            Err(columns) => Err(unknown_column(&table::name_of(path), by, &columns)),
        }
    }

    /// As [`Panel::read`]; none where there is no column `by`.
    ///
    /// # Errors
    /// Those of [`Panel::read`] but this one.
    pub fn find(path: &Path, settings: &DataSettings, by: &str) -> Result<Option<Panel>> {
        Ok(Panel::open(path, settings, by)?.ok())
    }

    /// The names of the columns where none is called `by`.
    fn open(path: &Path, settings: &DataSettings, by: &str) -> Result<Result<Panel, Vec<String>>> {
        let name = table::name_of(path);
        let bytes = table::bytes_of(path, &name)?;
        let source = Source {
            name: name.clone(),
            sha256: table::sha256(&bytes),
        };
        let contents = match Format::of(&bytes) {
            Format::Text => TextPanel::read(&name, bytes, by)?.map(Contents::Text),
            // Read once: the file may change meanwhile.
            _ => split(Table::from_bytes(&name, bytes, settings)?, by)?,
        };
        Ok(contents.map(|contents| Panel {
            source,
            by: by.into(),
            contents,
        }))
    }

    /// The whole file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The column that names the brands.
    pub fn by(&self) -> &str {
        &self.by
    }

    /// The brands, in the order in which the file first names them.
    pub fn brands(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|brand| self.brand(brand))
    }

    /// The name of the `brand`-th brand.
    ///
    /// # Panics
    /// When there are not as many brands.
    pub fn brand(&self, brand: usize) -> &str {
        let name = match &self.contents {
            Contents::Text(text) => text.brands.get_index(brand).map(|(name, _)| name),
            Contents::Cells(_, brands) => brands.get_index(brand).map(|(name, _)| name),
        };
        name.expect("a brand of the panel")
    }

    /// The number of brands.
    pub fn len(&self) -> usize {
        match &self.contents {
            Contents::Text(text) => text.brands.len(),
            Contents::Cells(_, brands) => brands.len(),
        }
    }

    /// Whether there is no brand; a panel that was read has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The table of the `brand`-th brand, as if a file held its rows alone. Its source is named for file
    /// and brand; the hash of a text is that of the header and these rows as they are written, in UTF-8.
    ///
    /// # Errors
    /// Those of [`Table::read`].
    ///
    /// # Panics
    /// When there are not as many brands.
    pub fn table(&self, brand: usize) -> Result<Table> {
        let name = format!("{}, {} {}", self.source.name, self.by, self.brand(brand));
        match &self.contents {
            Contents::Text(text) => text.table(&name, &text.brands[brand]),
            Contents::Cells(table, brands) => table.part(&name, brands[brand].iter().copied()),
        }
    }
}

impl TextPanel {
    /// The names of the columns where none is called `by`.
    fn read(name: &str, bytes: Vec<u8>, by: &str) -> Result<Result<TextPanel, Vec<String>>> {
        let (text, finding) = csv::decode(name, &bytes)?;
        let copy = match text {
            // UTF-8 without a mark: the bytes are the text, and are not held twice.
            Cow::Borrowed(text) if text.len() == bytes.len() => None,
            text => Some(text.into_owned()),
        };
        let text = match copy {
            Some(text) => text,
            None => String::from_utf8(bytes).expect("decoded as it stands"),
        };
        let (start, delimiter) = csv::layout(name, &text)?;
        let mut header: Option<(Place, Vec<String>)> = None;
        let mut position = None;
        let mut brands: IndexMap<String, Vec<Place>> = IndexMap::new();
        csv::each_record(name, &text, start, delimiter, |record| {
            if record.cells.iter().all(|cell| cell.trim().is_empty()) {
                return Ok(());
            }
            let place = Place {
                bytes: record.bytes.clone(),
                number: record.number,
            };
            let Some((header, _)) = &header else {
                let names = record.cells.iter().map(|cell| cell.trim().to_string());
                let names: Vec<String> = names.collect();
                position = names.iter().position(|name| name == by);
                header = Some((place, names));
                return Ok(());
            };
            let Some(column) = position else {
                return Ok(());
            };
            let brand = record.cells.get(column).unwrap_or_default().trim();
            if brand.is_empty() {
                let lines = format!("{}{}", &text[header.bytes.clone()], &text[place.bytes]);
                let shown = shown(name, lines, delimiter, [header.number, record.number])?;
                return Err(unnamed(&shown, 0, column));
            }
            match brands.get_mut(brand) {
                Some(rows) => rows.push(place),
                None => {
                    brands.insert(brand.to_string(), vec![place]);
                }
            }
            Ok(())
        })?;
        let Some((header, names)) = header else {
            return Err(Table::from_csv_bytes(name, b"").expect_err("an empty table is refused"));
        };
        if position.is_none() {
            return Ok(Err(names));
        }
        if brands.is_empty() {
            let header = text[header.bytes].as_bytes();
            return Err(Table::from_csv_bytes(name, header).expect_err("it has no rows"));
        }
        Ok(Ok(TextPanel {
            text,
            delimiter,
            header,
            brands,
            finding,
        }))
    }

    fn table(&self, name: &str, places: &[Place]) -> Result<Table> {
        let places: Vec<&Place> = std::iter::once(&self.header).chain(places).collect();
        let lines = places.iter().map(|place| &self.text[place.bytes.clone()]);
        let lines: String = lines.collect();
        let numbers = places.iter().map(|place| place.number);
        let findings = self.finding.iter().cloned().collect();
        of_lines(name, lines, self.delimiter, numbers, findings)
    }
}

/// A table of the header and some rows, alone.
fn shown(name: &str, lines: String, delimiter: u8, numbers: [usize; 2]) -> Result<Table> {
    of_lines(name, lines, delimiter, numbers.into_iter(), Vec::new())
}

/// A table of lines that bear the numbers that they have in the file.
fn of_lines(
    name: &str,
    text: String,
    delimiter: u8,
    mut numbers: impl Iterator<Item = usize>,
    findings: Vec<Finding>,
) -> Result<Table> {
    let mut rows: Vec<Row> = Vec::new();
    csv::each_record(name, &text, 0, delimiter, |record| {
        let row = record.row();
        let number = numbers.next().unwrap_or(row.number);
        rows.push(Row { number, ..row });
        Ok(())
    })?;
    csv::refuse_odd(name, &text, delimiter, &rows)?;
    let bytes = text.clone();
    let text = Some(Text { text, delimiter });
    Table::new(name, bytes.as_bytes(), text, rows, findings)
}

/// The rows of each brand of a table; the names of the columns where none is called `by`.
fn split(table: Table, by: &str) -> Result<Result<Contents, Vec<String>>> {
    let Some(column) = table.position(by) else {
        return Ok(Err(table.column_names().to_vec()));
    };
    let mut brands: IndexMap<String, Vec<usize>> = IndexMap::new();
    for (row, cell) in table.cells(column).enumerate() {
        let brand = cell.to_string();
        if brand.is_empty() {
            return Err(unnamed(&table, row, column));
        }
        brands.entry(brand).or_default().push(row);
    }
    Ok(Ok(Contents::Cells(table, brands)))
}

fn unnamed(table: &Table, row: usize, column: usize) -> Error {
    let by = &table.column_names()[column];
    let message = format!(
        "{}, row {}, column {by}: the row does not say which {by} it belongs to",
        table.source().name,
        table.row_number(row)
    );
    let help = format!("write the {by} into the cell, or delete the row");
    table.error_at(row, column, message, help, "empty")
}

fn unknown_column(file: &str, by: &str, columns: &[String]) -> Error {
    let known: Vec<&str> = columns.iter().map(String::as_str).collect();
    let meant = match closest(by, &known) {
        Some(name) => format!("did you mean {name}? The columns are "),
        None => "choose one of ".into(),
    };
    Error::setting(
        format!("{file} has no column \"{by}\" to split its rows by"),
        format!("{meant}{}", known.join(", ")),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::table::Cell;
    use super::*;

    fn panel(text: &[u8]) -> Result<Panel> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        std::fs::write(&path, text).unwrap();
        Panel::read(&path, &DataSettings::default(), "brand")
    }

    fn cells(table: &Table) -> Vec<Vec<Cell>> {
        let columns = 0..table.column_names().len();
        columns
            .map(|column| table.cells(column).cloned().collect())
            .collect()
    }

    /// Whatever a file's line ends, quotes, separator, blank lines or first line are: each brand's table
    /// is that of a file with its rows alone, under the numbers of the whole.
    #[test]
    fn a_brand_is_read_as_if_its_rows_were_a_file() {
        for (whole, a, numbers) in [
            ("brand,x\na,1\nb,2\na,3\n", "brand,x\na,1\na,3\n", [2, 4]),
            (
                "brand;x\r\n a ;1\r\n\r\nb;2\r\na;3",
                "brand;x\r\n a ;1\r\na;3",
                [2, 5],
            ),
            (
                "sep=|\nbrand|x\nb|2\na|1\na|3\n",
                "brand|x\na|1\na|3\n",
                [4, 5],
            ),
            (
                "\n\nbrand,x\na,\"1\n2\"\n,,\nb,0\n\"a\",3\n",
                "brand,x\na,\"1\n2\"\n\"a\",3\n",
                [4, 7],
            ),
            (
                "brand\tx\ra\t1\rb\t2\ra\t3\r",
                "brand\tx\ra\t1\ra\t3\r",
                [2, 4],
            ),
        ] {
            let panel = panel(whole.as_bytes()).unwrap();
            let brands: Vec<&str> = panel.brands().collect();
            let at = brands.iter().position(|brand| *brand == "a").unwrap();
            let table = panel.table(at).unwrap();
            let alone = Table::from_csv_bytes("p.csv, brand a", a.as_bytes()).unwrap();
            assert_eq!(cells(&table), cells(&alone), "{whole:?}");
            assert_eq!(table.source(), alone.source(), "{whole:?}");
            let found = [table.row_number(0), table.row_number(1)];
            assert_eq!(found, numbers, "{whole:?}");
        }
    }

    #[test]
    fn a_guessed_encoding_is_told_of_every_brand() {
        let panel = panel(b"brand,x\nCaf\xe9,1\nb,2\n").unwrap();
        assert_eq!(panel.brands().collect::<Vec<_>>(), ["Café", "b"]);
        for brand in 0..2 {
            let table = panel.table(brand).unwrap();
            assert_eq!(table.findings()[0].id, "data.encoding");
        }
    }

    #[test]
    fn what_is_wrong_with_one_brand_is_not_wrong_with_another() {
        let panel = panel(b"brand,x\na,1\nb,2,3\nb,4\n").unwrap();
        assert!(panel.table(0).is_ok());
        let refused = panel.table(1).unwrap_err().to_string();
        assert_eq!(
            refused,
            "p.csv, brand b, row 3: the row has 3 cells but the header names 2 columns"
        );
    }

    #[test]
    fn a_row_without_a_brand_is_shown() {
        let refused = panel(b"week,brand,x\n1,a,1\n2, ,1\n").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "p.csv, row 3, column brand: the row does not say which brand it belongs to"
        );
        let Error::Input(refused) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            refused.help,
            "write the brand into the cell, or delete the row"
        );
        let shown = refused.source_text.unwrap();
        assert_eq!(shown.inner(), "week,brand,x\n2, ,1\n");
        assert_eq!(refused.span.unwrap().offset(), "week,brand,x\n2,".len());
    }

    #[test]
    fn files_without_the_column_or_without_rows_are_refused() {
        let refused = |text: &str| {
            use miette::Diagnostic;
            let refused = panel(text.as_bytes()).unwrap_err();
            let help = refused.help().map(|help| help.to_string());
            format!("{refused}; {}", help.unwrap_or_default())
        };
        assert_eq!(
            refused("brands,x\na,1\n"),
            "p.csv has no column \"brand\" to split its rows by; did you mean brands? The columns are brands, x"
        );
        assert!(refused("brand,x\n").starts_with("p.csv has a header but no rows of data"));
        assert!(refused("").starts_with("p.csv is empty"));
    }

    #[test]
    fn cells_of_a_workbook_are_split_under_their_numbers() {
        let text = |text: &str| Cell::Text(text.into());
        let columns = vec![
            (
                "brand".into(),
                vec![Cell::Number(7.0), text(" b"), text("7")],
            ),
            (
                "x".into(),
                vec![Cell::Number(1.0), text("2"), Cell::Number(3.0)],
            ),
        ];
        let table = Table::from_columns("book", columns).unwrap();
        let Contents::Cells(table, brands) = split(table, "brand").unwrap().unwrap() else {
            panic!("a table is split as cells");
        };
        assert_eq!(brands.keys().collect::<Vec<_>>(), ["7", "b"]);
        let seven = table.part("seven", brands["7"].iter().copied()).unwrap();
        assert_eq!(seven.row_number(1), 4);
        assert_eq!(cells(&seven)[1], [Cell::Number(1.0), Cell::Number(3.0)]);
    }
}
