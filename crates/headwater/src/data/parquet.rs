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
    use std::sync::Arc;

    use arrow_schema::ArrowError;

    use super::parquet_pages::Pages;
    use super::table::MOST_CELLS;
    use ::parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    };

    let damaged = |why| broken(name, &why);
    let options = ArrowReaderOptions::new();
    let written = ArrowReaderMetadata::load(&bytes, options.clone()).map_err(damaged)?;
    let metadata = Arc::clone(written.metadata());
    let rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(usize::MAX);
    let columns = metadata.file_metadata().schema_descr().num_columns();
    if rows.saturating_mul(columns.max(1)) > MOST_CELLS {
        return Err(Error::input(
            format!(
                "{name} says that it has {rows} rows of {columns} columns, more than can be read"
            ),
            "leave out rows and columns that the model does not need, and write it again",
        ));
    }
    let schema = Arc::new(text_as_views(written.schema()));
    let as_views = options.with_schema(Arc::clone(&schema));
    let wanted = ArrowReaderMetadata::try_new(metadata, as_views).map_err(damaged)?;
    let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(Pages::new(bytes), wanted)
        .build()
        .map_err(damaged)?;
    let read = batches.map(|batch| {
        batch.map_err(|why| match why {
            ArrowError::ParquetError(why) => broken(name, &why),
            why => broken(name, &why),
        })
    });
    super::arrow::columns(name, &schema, read)
}

/// The schema that has text share what the file wrote once, in whatever form it was before.
#[cfg(feature = "parquet")]
fn text_as_views(schema: &arrow_schema::Schema) -> arrow_schema::Schema {
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Schema};

    fn is_text(kind: &DataType) -> bool {
        match kind {
            DataType::Dictionary(_, values) => is_text(values),
            DataType::RunEndEncoded(_, values) => is_text(values.data_type()),
            kind => matches!(kind, DataType::Utf8 | DataType::LargeUtf8),
        }
    }
    let field = |field: &Arc<Field>| match is_text(field.data_type()) {
        true => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        false => Arc::clone(field),
    };
    let fields: Vec<Arc<Field>> = schema.fields().iter().map(field).collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
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
    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, Date32Array, DictionaryArray, Int64Array, LargeStringArray, RecordBatch,
        StringArray, TimestampMicrosecondArray,
    };
    use jiff::civil::date;

    #[test]
    fn dates_numbers_and_text_are_read_as_such() {
        let moments =
            TimestampMicrosecondArray::from(vec![1_704_672_000_000_000, 0]).with_timezone("UTC");
        let kind: DictionaryArray<Int8Type> = vec![Some("x"), None].into_iter().collect();
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
            ("kind", Arc::new(kind) as ArrayRef),
            (
                "note",
                Arc::new(LargeStringArray::from(vec![None, Some("c")])) as ArrayRef,
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
        let names = ["week", "time", "spend", "region", "kind", "note"];
        assert_eq!(table.column_names(), names);
        let rows: Vec<Vec<Cell>> = (0..names.len())
            .map(|column| table.cells(column).cloned().collect())
            .collect();
        let none = Cell::Text(String::new());
        // 19737 days after 1970-01-01, and 19730 days in microseconds.
        assert_eq!(rows[0], [Cell::Date(date(2024, 1, 15)), none.clone()]);
        assert_eq!(
            rows[1],
            [Cell::Date(date(2024, 1, 8)), Cell::Date(date(1970, 1, 1))]
        );
        assert_eq!(rows[2], [Cell::Number(3.0), none.clone()]);
        assert_eq!(rows[3], [Cell::Text("a".into()), Cell::Text("b".into())]);
        assert_eq!(rows[4], [Cell::Text("x".into()), none.clone()]);
        assert_eq!(rows[5], [none, Cell::Text("c".into())]);
    }
}
