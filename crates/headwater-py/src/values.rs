//! Values between Python, cells and Arrow.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use headwater::data::Cell;
use headwater::error::Error;
use jiff::civil::{Date, date};
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyList, PyString};

use crate::errors::PyAnswer;

/// The value of a row of a column as a cell: text as text, days as days, what makes a float as a number;
/// `None`, `NaN`, `NaT` and `NA` as missing.
///
/// # Errors
/// Names the column, the row (the header being row 1) and the type that is none of these.
pub fn cell(value: &Bound<'_, PyAny>, column: &str, row: usize) -> PyAnswer<Cell> {
    let missing = Cell::Text(String::new());
    if value.is_none() {
        return Ok(missing);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Cell::Text(text.to_cow()?.into_owned()));
    }
    if value.hasattr("start_time")? {
        // A pandas period is the week that begins on its first day.
        return cell(&value.getattr("start_time")?, column, row);
    }
    if value.hasattr("isoformat")? {
        let text: String = value.call_method0("isoformat")?.extract()?;
        // A moment begins with its day, in its own time zone; `NaT` is no day.
        let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
        return Ok(day.map_or(missing, Cell::Date));
    }
    if let Ok(number) = value.extract::<f64>() {
        return Ok(Cell::Number(number));
    }
    if value.str()?.to_cow()? == "<NA>" {
        return Ok(missing);
    }
    let kind = value.get_type().name()?;
    Err(Error::input(
        format!("column {column}, row {row}: a value of type {kind} is no number, date or text"),
        "convert the column, or leave it out",
    )
    .into())
}

/// A column as a list: days as `datetime.date`, what is missing as `None`.
pub fn list<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Bound<'py, PyList>> {
    match array.data_type() {
        DataType::Float64 => PyList::new(py, array.as_primitive::<Float64Type>().iter()),
        DataType::Int64 => PyList::new(py, array.as_primitive::<Int64Type>().iter()),
        DataType::Boolean => PyList::new(py, array.as_boolean().iter()),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().iter();
            let days = days.map(|day| day.map(|day| python_day(py, day)).transpose());
            PyList::new(py, days.collect::<PyResult<Vec<_>>>()?)
        }
        _ => PyList::new(py, array.as_string::<i32>().iter()),
    }
}

/// Days since 1970-01-01 as a `datetime.date`.
fn python_day(py: Python<'_>, days: i32) -> PyResult<Bound<'_, PyDate>> {
    let day = date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
    PyDate::new(py, day.year().into(), day.month() as u8, day.day() as u8)
}
