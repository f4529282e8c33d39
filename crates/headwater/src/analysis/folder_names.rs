//! Names of folders for names of brands: safe on every disk, and no two alike.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

/// The most characters of a brand that its folder shows.
const LONGEST: usize = 40;

/// Names that Windows keeps for devices, whatever follows a dot behind them.
const DEVICES: &str = "con prn aux nul com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 \
                       lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9";

/// A folder's name for each brand, no two of which any disk takes for one: Windows and macOS tell
/// neither `Acme` from `acme` nor two spellings of `é` apart.
///
/// A name of ASCII letters, digits, `-`, `_` and inner dots stays as it is, but for a device of Windows,
/// which `_` sets off; other characters become `-`. Where that may not be one of a kind (cut short,
/// beyond ASCII, alike but for case, nothing left) the start of the SHA-256 of the brand is added.
pub(super) fn folder_names<'a>(brands: impl Iterator<Item = &'a str>) -> Vec<String> {
    let brands: Vec<&str> = brands.collect();
    let shown: Vec<String> = brands.iter().map(|brand| legible(brand)).collect();
    let mut alike: HashMap<String, usize> = HashMap::new();
    for name in &shown {
        *alike.entry(name.to_lowercase()).or_default() += 1;
    }
    let mut taken = HashSet::new();
    let plain = |brand: &str, name: &str| {
        let whole = brand.len() <= LONGEST && brand.contains(char::is_alphanumeric);
        brand.is_ascii() && whole && alike[&name.to_lowercase()] == 1
    };
    let both = brands.iter().zip(&shown);
    for (_, name) in both.clone().filter(|(brand, name)| plain(brand, name)) {
        taken.insert(name.to_lowercase());
    }
    let names = both.map(|(brand, name)| {
        if plain(brand, name) {
            return name.clone();
        }
        let hash = Sha256::digest(brand.as_bytes());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        // Eight digits are enough unless a brand is named so on purpose.
        let long = [8, 16, 64].map(|digits| format!("{name}-{}", &hash[..digits]));
        let mut long = long.into_iter();
        let free = long.find(|name| taken.insert(name.to_lowercase()));
        free.expect("no legible name is as long as a hash, and no two brands have one")
    });
    names.collect()
}

/// The brand in characters that every disk takes.
fn legible(brand: &str) -> String {
    let mut name = String::new();
    for c in brand.chars().take(LONGEST) {
        match c {
            c if c.is_alphanumeric() || matches!(c, '_' | '.') => name.push(c),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    match name.trim_matches(['-', '.']) {
        "" => "brand".into(),
        device if is_device(device) => format!("_{device}"),
        name => name.into(),
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    DEVICES.split(' ').any(|device| device == stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(brands: &[&str]) -> Vec<String> {
        folder_names(brands.iter().copied())
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(
            names(&[
                "Acme",
                "brand_07",
                "a.b",
                "1001",
                "Smith & Sons",
                "../etc/x"
            ]),
            ["Acme", "brand_07", "a.b", "1001", "Smith-Sons", "etc-x"]
        );
    }

    #[test]
    fn names_that_a_disk_may_confuse_are_told_apart() {
        let long = "x".repeat(300);
        let longer = "x".repeat(301);
        let brands = [
            "acme",
            "ACME",
            "A/B",
            "A B",
            "Caf\u{e9}",
            "Cafe\u{301}",
            "nul",
            "COM1.txt",
            "...",
            "?",
            "日本",
            &long,
            &longer,
            "straße",
            "strasse",
            ".",
            "-",
        ];
        let names = names(&brands);
        let mut lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        lower.sort();
        lower.dedup();
        assert_eq!(lower.len(), brands.len(), "{names:?}");
        for name in &names {
            assert!(
                name.len() <= 255 && name.chars().count() <= LONGEST + 9,
                "{name}"
            );
            assert!(
                !name.starts_with(['.', '-']) && !name.ends_with('.'),
                "{name}"
            );
            assert!(
                !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', ' ']),
                "{name}"
            );
        }
        assert_eq!(names[0], "acme-822b33ad");
        assert_eq!(names[6..8], ["_nul", "_COM1.txt"]);
        assert_eq!(names[14], "strasse");
    }

    #[test]
    fn a_brand_named_like_the_folder_of_another_takes_nothing_from_it() {
        let names = names(&["acme", "ACME", "acme-822b33ad"]);
        assert_eq!(names[2], "acme-822b33ad");
        assert!(
            names[0].starts_with("acme-822b33ad") && names[0] != names[2],
            "{names:?}"
        );
    }

    #[test]
    fn names_do_not_depend_on_the_order_of_the_brands() {
        let forth = names(&["a", "A", "b/", "b"]);
        let mut back = names(&["b", "b/", "A", "a"]);
        back.reverse();
        assert_eq!(forth, back);
    }
}
