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

    let broken = |error: &dyn std::fmt::Display| Error::File {
        path: name.into(),
        message: format!("the Parquet file cannot be read: {error}"),
        help: "write it again, or save the data as CSV".into(),
    };
    let file = std::fs::File::open(path).map_err(|error| broken(&error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(&error))?;
    let schema = std::sync::Arc::clone(builder.schema());
    let batches = builder.build().map_err(|error| broken(&error))?;
    let columns = super::arrow::columns(name, &schema, batches)?;
    Table::of_columns(name, Some(bytes), columns)
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
        let table = read("market.parquet", &path, &std::fs::read(&path).unwrap()).unwrap();
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
