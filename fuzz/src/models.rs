//! Fitted models, as files of a run or of XGBoost.

use headwater::design::{Column, Design};
use headwater::estimators;

use super::promises;

/// The text is a model. One that was accepted predicts, explains itself and is the same once written and
/// read again, or says why not.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let model = match estimators::load(text) {
        Ok(model) => model,
        Err(error) => return promises::of_error(&error),
    };
    let design = design(&serde_json::from_str(text).expect("a model is JSON"));
    match model.predict(&design) {
        Ok(predictions) => assert_eq!(predictions.len(), design.weeks()),
        Err(error) => promises::of_error(&error),
    }
    match model.terms(&design) {
        Ok(terms) => assert!(terms.len() >= design.width()),
        Err(error) => promises::of_error(&error),
    }
    model.tuned();
    match model.to_json() {
        Ok(written) => {
            let again = estimators::load(&written).unwrap_or_else(|error| {
                panic!("what was written cannot be read: {error}\n{written}")
            });
            let written_again = again.to_json().expect("what was written once is again");
            assert_eq!(written_again, written);
        }
        Err(error) => promises::of_error(&error),
    }
}

/// Three weeks of the columns that the model names.
fn design(model: &serde_json::Value) -> Design {
    let linear = model["linear"]["slopes"].as_array();
    let names: Vec<String> = match linear {
        Some(slopes) => slopes.iter().map(|slope| text(&slope[0])).collect(),
        None => {
            let names = model["learner"]["feature_names"].as_array();
            names.into_iter().flatten().map(text).collect()
        }
    };
    let columns = names.into_iter();
    Design::new(
        3,
        columns
            .map(|name| Column::control(name, vec![-1.0, 0.0, 250.5]))
            .collect(),
    )
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().into()
}
