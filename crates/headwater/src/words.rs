//! Words that findings and errors share: names in a row, p values, the nearest known name.

/// `a`, `a and b`, `a, b and c`; empty without names.
///
/// ```
/// assert_eq!(headwater::words::listed(&["tv", "radio", "print"]), "tv, radio and print");
/// ```
pub fn listed(names: &[impl AsRef<str>]) -> String {
    joined(names, "and")
}

/// `a`, `a or b`, `a, b or c`; empty without names.
pub fn either(names: &[impl AsRef<str>]) -> String {
    joined(names, "or")
}

/// `a is`, `a and b are`: the names with the verb that agrees; empty without names.
///
/// ```
/// assert_eq!(headwater::words::agreeing(&["tv"], "is", "are"), "tv is");
/// ```
pub fn agreeing(names: &[impl AsRef<str>], one: &str, many: &str) -> String {
    match names {
        [] => String::new(),
        [_] => format!("{} {one}", listed(names)),
        _ => format!("{} {many}", listed(names)),
    }
}

/// `p 0.012`, or `p below 0.001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p below 0.001".into()
    } else {
        format!("p {p:.3}")
    }
}

/// The known name that `name` is most like, if it may be meant.
///
/// ```
/// use headwater::words::closest;
/// assert_eq!(closest("facebok_spend", &["tiktok_spend", "facebook_spend"]), Some("facebook_spend"));
/// assert_eq!(closest("tv", &["tiktok_spend", "facebook_spend"]), None);
/// ```
pub fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let alike = |known: &str| strsim::jaro_winkler(known, name);
    let best = known
        .iter()
        .max_by(|one, other| alike(one).total_cmp(&alike(other)));
    best.copied().filter(|best| alike(best) > 0.8)
}

/// What a serde message calls unknown, a `key` or a `value`, and the known one nearest to it.
pub(crate) fn nearest(message: &str) -> Option<(&'static str, String, String)> {
    let what = if message.starts_with("unknown field") {
        "key"
    } else if message.starts_with("unknown variant") {
        "value"
    } else {
        return None;
    };
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    let known = quoted.min_by_key(|known| strsim::damerau_levenshtein(unknown, known))?;
    Some((what, unknown.to_string(), known.to_string()))
}

fn joined(names: &[impl AsRef<str>], word: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => name.to_string(),
        [names @ .., last] => format!("{} {word} {last}", names.join(", ")),
    }
}
