//! Parquet files, with the feature `parquet`.

use std::path::Path;

use super::table::Table;
use crate::error::{Error, Result};

/// Says how to read the file: the readers take minutes to build, so they are off by default.
#[cfg(not(feature = "parquet"))]
pub(super) fn read(name: &str, _path: &Path, _bytes: &[u8]) -> Result<Table> {
    Err(Error::File {
        path: name.into(),
        message: "this is a Parquet file, which this build of headwater cannot read".into(),
        help: "build headwater with `--features parquet`, or save the data as CSV or .xlsx".into(),
    })
}

/// Reads all columns: numbers as numbers, dates and timestamps as dates, the rest as text.
#[cfg(feature = "parquet")]
pub(super) fn read(name: &str, path: &Path, bytes: &[u8]) -> Result<Table> {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use arrow::datatypes::Schema;

    use super::table::{Cell, Row};

    let broken = |error: &dyn std::fmt::Display| Error::File {
        path: name.into(),
        message: format!("the Parquet file cannot be read: {error}"),
        help: "write it again without nested columns, or save the data as CSV".into(),
    };
    let file = std::fs::File::open(path).map_err(|error| broken(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(&error))?;
    let schema: &Schema = builder.schema();
    let header = schema
        .fields()
        .iter()
        .map(|field| Cell::Text(field.name().clone()))
        .collect();
    let mut rows = vec![Row {
        number: 1,
        start: 0,
        cells: header,
    }];
    for batch in builder.build().map_err(|error| broken(&error))? {
        let batch = batch.map_err(|error| broken(&error))?;
        let columns = batch
            .columns()
            .iter()
            .map(|array| cells(array))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| broken(&error))?;
        for row in 0..batch.num_rows() {
            rows.push(Row {
                number: rows.len() + 1,
                start: 0,
                cells: columns.iter().map(|column| column[row].clone()).collect(),
            });
        }
    }
    Table::new(name, bytes, None, rows, Vec::new())
}

#[cfg(feature = "parquet")]
fn cells(
    array: &arrow::array::ArrayRef,
) -> std::result::Result<Vec<super::table::Cell>, arrow::error::ArrowError> {
    use arrow::array::{Array, AsArray};
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Date32Type, Float64Type};
    use jiff::{ToSpan, civil::date};

    use super::table::Cell;

    let kind = array.data_type();
    let missing = || Cell::Text(String::new());
    Ok(if kind.is_numeric() || *kind == DataType::Boolean {
        let numbers = cast(array, &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        numbers
            .iter()
            .map(|number| number.map_or_else(missing, Cell::Number))
            .collect()
    } else if matches!(
        kind,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
    ) {
        let days = cast(array, &DataType::Date32)?;
        let days = days.as_primitive::<Date32Type>();
        days.iter()
            .map(|day| {
                day.and_then(|day| date(1970, 1, 1).checked_add(day.days()).ok())
                    .map_or_else(missing, Cell::Date)
            })
            .collect()
    } else {
        let texts = cast(array, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        texts
            .iter()
            .map(|text| text.map_or_else(missing, |text| Cell::Text(text.into())))
            .collect()
    })
}
