//! Arrow record batches as a table: what data frames and Parquet files hold.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema};
use jiff::{ToSpan, civil::date};

use super::table::{Cell, Table, Wording};
use crate::error::{Error, Result};

impl Table {
    /// Reads Arrow record batches, as every data frame library hands them over: numbers and booleans as
    /// numbers, dates and timestamps as days (in their own time zone), categories and all else as text,
    /// nulls as missing. `name` is used in messages; rows count from 1, the header being row 1.
    ///
    /// The same values make the same table whatever their types and chunks, down to the
    /// [source](Table::source)'s hash.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    /// use headwater::data::Table;
    ///
    /// let week: ArrayRef = Arc::new(StringArray::from(vec!["2024-01-01", "2024-01-08"]));
    /// let spend: ArrayRef = Arc::new(Float64Array::from(vec![Some(10.0), None]));
    /// let batch = RecordBatch::try_from_iter([("week", week), ("spend", spend)])?;
    /// let table = Table::from_arrow("frame", &batch.schema(), [Ok(batch)])?;
    /// assert_eq!(table.len(), 2);
    /// assert!(table.cells(1).last().is_some_and(|cell| cell.is_missing()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Names the column whose type is no number, date or text, and those of [`Table::from_columns`].
    pub fn from_arrow(
        name: &str,
        schema: &Schema,
        batches: impl IntoIterator<Item = std::result::Result<RecordBatch, ArrowError>>,
    ) -> Result<Table> {
        let read = batches.into_iter().map(|batch| {
            batch.map_err(|why| unreadable(name, &format!("the data cannot be read: {why}")))
        });
        Table::from_columns(name, columns(name, schema, read)?)
    }
}

/// The cells of every column, named.
pub(super) fn columns(
    name: &str,
    schema: &Schema,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<Vec<(String, Vec<Cell>)>> {
    let fields = schema.fields().iter();
    let mut columns: Vec<(String, Vec<Cell>)> = fields
        .map(|field| (field.name().clone(), Vec::new()))
        .collect();
    let mut wording = Wording::default();
    for batch in batches {
        for ((column, cells), array) in columns.iter_mut().zip(batch?.columns()) {
            let more = self::cells(array).map_err(|why| {
                unreadable(name, &format!("column {column} cannot be read: {why}"))
            })?;
            let Some(more) = more else {
                let kind = array.data_type();
                return Err(unreadable(
                    name,
                    &format!("column {column} is of type {kind}, which is no number, date or text"),
                ));
            };
            for cell in more {
                wording.add(&cell, name)?;
                cells.push(cell);
            }
        }
    }
    Ok(columns)
}

fn unreadable(name: &str, message: &str) -> Error {
    Error::input(
        format!("{name}: {message}"),
        "give each column numbers, dates or text, without nested values",
    )
}

/// The cells of an array; none where its type is no number, date or text.
fn cells(array: &dyn Array) -> std::result::Result<Option<Cells<'_>>, ArrowError> {
    let kind = array.data_type();
    Ok(Some(match kind {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let Some(values) = cells(dictionary.values())? else {
                return Ok(None);
            };
            let values: Vec<Cell> = values.collect();
            let keys = cast(dictionary.keys(), &DataType::Int64)?;
            let keys: Vec<Option<i64>> = keys.as_primitive::<Int64Type>().iter().collect();
            // Word by word: a dictionary is short and what is said with it may be long.
            let said = move |key| values.get(usize::try_from(key).ok()?).cloned();
            Box::new(
                keys.into_iter()
                    .map(move |key| or_missing(key.and_then(&said))),
            )
        }
        DataType::RunEndEncoded(_, values) => {
            let flat = cast(array, values.data_type())?;
            let Some(cells) = cells(&flat)? else {
                return Ok(None);
            };
            Box::new(cells.collect::<Vec<Cell>>().into_iter())
        }
        DataType::Null => Box::new((0..array.len()).map(|_| or_missing(None))),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            let days = cast(array, &DataType::Date32)?;
            let days: Vec<Option<i32>> = days.as_primitive::<Date32Type>().iter().collect();
            let date = |day: i32| date(1970, 1, 1).checked_add(day.days()).ok();
            Box::new(
                days.into_iter()
                    .map(move |day| or_missing(day.and_then(date).map(Cell::Date))),
            )
        }
        kind if kind.is_numeric() || *kind == DataType::Boolean => {
            let numbers = cast(array, &DataType::Float64)?;
            let numbers: Vec<Option<f64>> = numbers.as_primitive::<Float64Type>().iter().collect();
            // Half of the libraries say null for what is missing, the other half NaN.
            let known = |number: &f64| !number.is_nan();
            Box::new(
                numbers
                    .into_iter()
                    .map(move |number| or_missing(number.filter(known).map(Cell::Number))),
            )
        }
        DataType::Utf8 => texts(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array.as_string_view().iter()),
        _ => return Ok(None),
    }))
}

type Cells<'a> = Box<dyn Iterator<Item = Cell> + 'a>;

fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>> + 'a) -> Cells<'a> {
    Box::new(texts.map(|text| or_missing(text.map(|text| Cell::Text(text.into())))))
}

fn or_missing(cell: Option<Cell>) -> Cell {
    cell.unwrap_or(Cell::Text(String::new()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
        Float64Array, Int64Array, ListArray, NullArray, StringArray, Time64MicrosecondArray,
        TimestampMicrosecondArray,
    };

    use super::*;

    fn read(column: ArrayRef) -> Result<Vec<Cell>> {
        let row: ArrayRef = Arc::new(Int64Array::from_iter_values(0..column.len() as i64));
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("row", row, true),
            ("column", column, true),
        ])
        .unwrap();
        let table = Table::from_arrow("frame", &batch.schema(), [Ok(batch)])?;
        Ok(table.cells(1).cloned().collect())
    }

    fn missing() -> Cell {
        Cell::Text(String::new())
    }

    #[test]
    fn numbers_dates_and_text_are_read_as_such() {
        let numbers = [
            Arc::new(Int64Array::from(vec![Some(3), None])) as ArrayRef,
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            Arc::new(
                Decimal128Array::from(vec![Some(125), None])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ];
        for (column, number) in numbers.into_iter().zip([3.0, 1.0, 1.25]) {
            assert_eq!(read(column).unwrap(), [Cell::Number(number), missing()]);
        }
        // 19737 days after 1970-01-01.
        let day = Cell::Date(date(2024, 1, 15));
        let days = Arc::new(Date32Array::from(vec![Some(19737), None]));
        assert_eq!(read(days).unwrap(), [day, missing()]);
        let text: DictionaryArray<Int8Type> =
            vec![Some("a"), None, Some("a")].into_iter().collect();
        let a = Cell::Text("a".into());
        assert_eq!(read(Arc::new(text)).unwrap(), [a.clone(), missing(), a]);
        assert_eq!(read(Arc::new(NullArray::new(1))).unwrap(), [missing()]);
    }

    #[test]
    fn a_timestamp_is_the_day_in_its_own_zone() {
        // Midnight of 2024-01-08 in Berlin is 23:00 of the day before in Greenwich.
        let moment = 1_704_672_000_000_000 - 3_600_000_000;
        let of = |zone: Option<&str>| {
            let moments = TimestampMicrosecondArray::from(vec![moment]);
            match zone {
                Some(zone) => moments.with_timezone(zone),
                None => moments,
            }
        };
        let days = [
            (Some("Europe/Berlin"), 8),
            (Some("+01:00"), 8),
            (Some("UTC"), 7),
            (None, 7),
        ];
        for (zone, day) in days {
            let read = read(Arc::new(of(zone))).unwrap();
            assert_eq!(read, [Cell::Date(date(2024, 1, day))], "{zone:?}");
        }
    }

    #[test]
    fn a_nested_column_is_refused_by_name() {
        let nested = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]);
        let refused = read(Arc::new(nested)).unwrap_err().to_string();
        assert!(
            refused.starts_with("frame: column column is of type List"),
            "{refused}"
        );
    }

    #[test]
    fn bytes_and_times_of_day_are_refused_and_not_taken_for_text() {
        let bytes = Arc::new(BinaryArray::from_vec(vec![b"ab"])) as ArrayRef;
        let noon = Arc::new(Time64MicrosecondArray::from(vec![43_200_000_000]));
        for column in [bytes, noon] {
            let refused = read(column).unwrap_err().to_string();
            assert!(refused.contains("is no number, date or text"), "{refused}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_missing() {
        let numbers = Float64Array::from(vec![f64::NAN, 1.0]);
        let cells = [missing(), Cell::Number(1.0)];
        assert_eq!(read(Arc::new(numbers)).unwrap(), cells);
    }

    #[test]
    fn the_same_values_make_the_same_source_whatever_their_types_and_chunks() {
        let whole = Int64Array::from(vec![1, 2, 3]);
        let week = StringArray::from(vec!["2024-01-01", "2024-01-08", "2024-01-15"]);
        let batch = |spend: ArrayRef| {
            RecordBatch::try_from_iter([
                ("week", Arc::new(week.clone()) as ArrayRef),
                ("spend", spend),
            ])
            .unwrap()
        };
        let one = batch(Arc::new(whole.clone()));
        let float = batch(cast(&(Arc::new(whole) as ArrayRef), &DataType::Float64).unwrap());
        let read = |batches: Vec<RecordBatch>| {
            let schema = batches[0].schema();
            let table = Table::from_arrow("frame", &schema, batches.into_iter().map(Ok)).unwrap();
            table.source().sha256.clone()
        };
        let chunks = vec![one.slice(0, 1), one.slice(1, 2)];
        assert_eq!(read(vec![one.clone()]), read(chunks));
        assert_eq!(read(vec![one]), read(vec![float]));
    }
}
