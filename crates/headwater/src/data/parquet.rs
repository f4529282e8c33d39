//! Parquet files, with the feature `parquet`.

use super::table::Table;
use crate::error::{Error, Result};

/// Says how to read the file: the readers take minutes to build, so they are off by default.
#[cfg(not(feature = "parquet"))]
pub(super) fn read(name: &str, _bytes: Vec<u8>) -> Result<Table> {
    Err(Error::File {
        path: name.into(),
        message: "this is a Parquet file, which this build of headwater cannot read".into(),
        help: "build headwater with `--features parquet`, or save the data as CSV or .xlsx".into(),
    })
}

/// Reads all columns: numbers as numbers, dates and timestamps as dates, the rest as text.
#[cfg(feature = "parquet")]
pub(super) fn read(name: &str, bytes: Vec<u8>) -> Result<Table> {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let bytes = bytes::Bytes::from(bytes);
    // The reader trusts what a file says of itself.
    let read = catch_unwind(AssertUnwindSafe(|| columns(name, bytes.clone())));
    let columns =
        read.unwrap_or_else(|_| Err(broken(name, &"a part of it is not as it should be")))?;
    Table::of_columns(name, Some(&bytes), columns)
}

#[cfg(feature = "parquet")]
fn columns(name: &str, bytes: bytes::Bytes) -> Result<Vec<(String, Vec<super::table::Cell>)>> {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::table::MOST_CELLS;

    let builder =
        ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|why| broken(name, &why))?;
    let metadata = builder.metadata().file_metadata();
    let rows = usize::try_from(metadata.num_rows()).unwrap_or(usize::MAX);
    let columns = metadata.schema_descr().num_columns();
    if rows.saturating_mul(columns.max(1)) > MOST_CELLS {
        return Err(Error::input(
            format!(
                "{name} says that it has {rows} rows of {columns} columns, more than can be read"
            ),
            "leave out rows and columns that the model does not need, and write it again",
        ));
    }
    let schema = std::sync::Arc::clone(builder.schema());
    let batches = builder.build().map_err(|why| broken(name, &why))?;
    super::arrow::columns(name, &schema, batches)
}

#[cfg(feature = "parquet")]
fn broken(name: &str, why: &dyn std::fmt::Display) -> Error {
    Error::File {
        path: name.into(),
        message: format!("the Parquet file cannot be read: {why}"),
        help: "write it again, or save the data as CSV".into(),
    }
}

#[cfg(all(test, feature = "parquet"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::super::table::Cell;
    use super::*;
    use ::parquet::arrow::ArrowWriter;
    use arrow_array::{
        ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    };
    use jiff::civil::date;

    #[test]
    fn dates_numbers_and_text_are_read_as_such() {
        let moments =
            TimestampMicrosecondArray::from(vec![1_704_672_000_000_000, 0]).with_timezone("UTC");
        let batch = RecordBatch::try_from_iter([
            (
                "week",
                Arc::new(Date32Array::from(vec![Some(19737), None])) as ArrayRef,
            ),
            ("time", Arc::new(moments) as ArrayRef),
            (
                "spend",
                Arc::new(Int64Array::from(vec![Some(3), None])) as ArrayRef,
            ),
            (
                "region",
                Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef,
            ),
        ])
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("market.parquet");
        let mut writer =
            ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None)
                .unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let table = read("market.parquet", std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(table.column_names(), ["week", "time", "spend", "region"]);
        let rows: Vec<Vec<Cell>> = (0..4)
            .map(|column| table.cells(column).cloned().collect())
            .collect();
        let none = Cell::Text(String::new());
        // 19737 days after 1970-01-01, and 19730 days in microseconds.
        assert_eq!(rows[0], [Cell::Date(date(2024, 1, 15)), none.clone()]);
        assert_eq!(
            rows[1],
            [Cell::Date(date(2024, 1, 8)), Cell::Date(date(1970, 1, 1))]
        );
        assert_eq!(rows[2], [Cell::Number(3.0), none]);
        assert_eq!(rows[3], [Cell::Text("a".into()), Cell::Text("b".into())]);
    }
}
