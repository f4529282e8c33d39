//! A table as Arrow columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use pyo3_arrow::PyTable;
use serde::{Deserialize, Serialize};
use serde_arrow::schema::{SchemaLike, TracingOptions};

use crate::errors::PyAnswer;
use crate::values::{array, list};

/// A table that any Arrow library reads without a copy.
#[pyclass(frozen, from_py_object, module = "headwater._native")]
#[derive(Clone)]
pub struct Frame {
    batch: RecordBatch,
}

impl Frame {
    /// A table with a row for each of `rows` and a column for each field; fields named `week`, `first`
    /// and `last` are days.
    pub fn of<'de, Row: Serialize + Deserialize<'de>>(rows: &[Row]) -> Self {
        let options = TracingOptions::default();
        let traced = Vec::<FieldRef>::from_type::<Row>(options)
            .expect("a row is a flat struct of plain values");
        let fields: Vec<FieldRef> = traced.into_iter().map(typed).collect();
        let batch = serde_arrow::to_record_batch(&fields, &rows)
            .expect("rows have the types that their struct says");
        Frame { batch }
    }

    /// Columns of numbers beside a first one of days.
    pub fn columns(columns: Vec<(String, ArrayRef)>) -> Self {
        let schema: Vec<FieldRef> = columns
            .iter()
            .map(|(name, array)| Arc::new(Field::new(name, array.data_type().clone(), true)))
            .collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(schema)), arrays)
            .expect("columns have the same length");
        Frame { batch }
    }
}

/// Days as days, text as text that every reader knows.
fn typed(field: FieldRef) -> FieldRef {
    let kind = match (field.name().as_str(), field.data_type()) {
        ("week" | "first" | "last", _) => DataType::Date32,
        (_, DataType::LargeUtf8) => DataType::Utf8,
        (_, DataType::UInt64) => DataType::Int64,
        (_, kind) => kind.clone(),
    };
    Arc::new(Field::new(field.name(), kind, field.is_nullable()))
}

/// A column for pickle: its name, the type of its values, whether any may be missing, the values.
type Kept<'py> = (String, String, bool, Bound<'py, PyList>);

#[pymethods]
impl Frame {
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Vec<Kept<'py>>,))> {
        let kept = py.get_type::<Frame>().getattr("from_kept")?;
        let schema = self.batch.schema();
        let columns = schema.fields().iter().zip(self.batch.columns());
        let columns = columns.map(|(field, array)| {
            let (name, kind) = (field.name().clone(), field.data_type().to_string());
            Ok((name, kind, field.is_nullable(), list(py, array)?))
        });
        Ok((kept, (columns.collect::<PyResult<_>>()?,)))
    }

    /// A table as pickle kept it.
    #[staticmethod]
    fn from_kept(columns: Vec<Kept<'_>>) -> PyAnswer<Self> {
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for (name, kind, nullable, values) in columns {
            let array = array(&kind, &values)?;
            fields.push(Field::new(name, array.data_type().clone(), nullable));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
        let batch = batch.map_err(|why| PyValueError::new_err(why.to_string()))?;
        Ok(Frame { batch })
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let table = PyTable::try_new(vec![self.batch.clone()], self.batch.schema())?;
        let table = table.into_pyobject(py)?;
        table.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of the columns.
    fn column_names(&self) -> Vec<String> {
        let schema = self.batch.schema();
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    /// Every column as a list; days are `datetime.date`, what is missing is `None`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let lists = PyDict::new(py);
        for (name, array) in self.column_names().into_iter().zip(self.batch.columns()) {
            lists.set_item(name, list(py, array)?)?;
        }
        Ok(lists)
    }
}
