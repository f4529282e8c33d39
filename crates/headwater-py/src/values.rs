//! Values between Python, cells and Arrow.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
};
use arrow_schema::DataType;
use headwater::data::Cell;
use headwater::error::Error;
use jiff::civil::{Date, date};
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyFloat, PyList, PyString};

use crate::errors::PyAnswer;

/// The value of a row of a column as a cell: text as text, days as days, what makes a float as a number;
/// `None`, `NaN`, `NaT` and `NA` as missing.
///
/// # Errors
/// Names the data, the row (the header being row 1), the column and the type that is none of these.
pub fn cell(value: &Bound<'_, PyAny>, name: &str, column: &str, row: usize) -> PyAnswer<Cell> {
    if value.is_none() {
        return Ok(missing());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Cell::Text(text.to_cow()?.into_owned()));
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(measured(number.value()));
    }
    if value.hasattr("start_time")? {
        // A pandas period is the week that begins on its first day.
        return cell(&value.getattr("start_time")?, name, column, row);
    }
    let kind = value.get_type().name()?.to_string();
    if kind == "MaskedConstant" {
        return Ok(missing());
    }
    let moment = match kind.as_str() {
        "datetime64" => Some(value.str()?),
        // Spans of time have that as well, and begin with a P.
        _ if value.hasattr("isoformat")? => Some(value.call_method0("isoformat")?.str()?),
        _ => None,
    };
    if let Some(moment) = moment {
        let moment = moment.to_cow()?;
        // A moment begins with its day, in its own time zone.
        match moment.get(..10).and_then(|day| day.parse::<Date>().ok()) {
            Some(day) => return Ok(Cell::Date(day)),
            None if moment == "NaT" => return Ok(missing()),
            None => {}
        }
    } else if kind != "timedelta64"
        && let Ok(number) = value.extract::<f64>()
    {
        return Ok(measured(number));
    } else if value.str()?.to_cow()? == "<NA>" {
        return Ok(missing());
    }
    Err(Error::input(
        format!(
            "{name}, row {row}, column {column}: a value of type {kind} is no number, date or text"
        ),
        "convert the column, or leave it out",
    )
    .into())
}

fn missing() -> Cell {
    Cell::Text(String::new())
}

fn measured(number: f64) -> Cell {
    if number.is_nan() {
        missing()
    } else {
        Cell::Number(number)
    }
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

/// A column of a list, the way back of [`list`]; `kind` is the name of its Arrow type.
pub fn array(kind: &str, values: &Bound<'_, PyList>) -> PyResult<ArrayRef> {
    Ok(match kind {
        "Float64" => Arc::new(Float64Array::from(values.extract::<Vec<Option<f64>>>()?)),
        "Int64" => Arc::new(Int64Array::from(values.extract::<Vec<Option<i64>>>()?)),
        "Boolean" => Arc::new(BooleanArray::from(values.extract::<Vec<Option<bool>>>()?)),
        "Date32" => {
            let days = values.iter().map(|day| arrow_day(&day));
            Arc::new(Date32Array::from(days.collect::<PyResult<Vec<_>>>()?))
        }
        _ => Arc::new(StringArray::from(values.extract::<Vec<Option<String>>>()?)),
    })
}

/// A `datetime.date` as days since 1970-01-01.
fn arrow_day(day: &Bound<'_, PyAny>) -> PyResult<Option<i32>> {
    const EPOCH: i32 = 719_163;
    if day.is_none() {
        return Ok(None);
    }
    let ordinal: i32 = day.call_method0("toordinal")?.extract()?;
    Ok(Some(ordinal - EPOCH))
}

/// Days since 1970-01-01 as a `datetime.date`.
fn python_day(py: Python<'_>, days: i32) -> PyResult<Bound<'_, PyDate>> {
    let day = date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
    PyDate::new(py, day.year().into(), day.month() as u8, day.day() as u8)
}

/// The word that stands for a choice of the library, as JSON has it.
pub fn word(choice: &impl serde::Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a choice is a word: {other:?}"),
    }
}
