//! Colours on paper and on a dark screen.

use serde::{Deserialize, Serialize};

use crate::figures::Ink;

/// What a picture is drawn on.
///
/// Every [`Ink`] stands out from its background by a contrast of at least 3 to 1 and every text by
/// at least 4.5 to 1 (WCAG 2.2); inks that meet in one picture stay apart for readers who do not
/// see red or green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// White paper.
    #[default]
    Light,
    /// A dark screen.
    Dark,
}

/// Colours of several of a kind, told apart with any colour vision.
const MANY_LIGHT: [&str; 8] = [
    "#0072b2", "#d55e00", "#009e73", "#332288", "#661100", "#00838f", "#56524e", "#004c6d",
];
const MANY_DARK: [&str; 8] = [
    "#56b4e9", "#ff7a45", "#f0e442", "#cc79a7", "#7fd6e8", "#ffb59e", "#9c6ade", "#e8626a",
];

impl Theme {
    /// The colour of an ink, `#rrggbb`. After eight of a kind the colours begin again.
    pub fn ink(self, ink: Ink) -> &'static str {
        let (light, dark) = match ink {
            Ink::Actual => ("#222831", "#e8eaed"),
            Ink::Model => ("#0072b2", "#56b4e9"),
            Ink::Through => ("#2b4c9b", "#6fa8ff"),
            Ink::Direct => ("#d55e00", "#ff9b54"),
            Ink::Good => ("#00875f", "#2fc49a"),
            Ink::Bad => ("#a8201a", "#ff6b6b"),
            Ink::Doubt => ("#b07a00", "#f0d060"),
            Ink::Quiet => ("#8a8f98", "#868d98"),
            Ink::Nth(n) => (MANY_LIGHT[n % 8], MANY_DARK[n % 8]),
        };
        self.of(light, dark)
    }

    /// The background.
    pub fn background(self) -> &'static str {
        self.of("#ffffff", "#14181f")
    }

    /// Titles and figures.
    pub fn text(self) -> &'static str {
        self.of("#222831", "#e8eaed")
    }

    /// Captions, axes and legends.
    pub fn quiet_text(self) -> &'static str {
        self.of("#5a616b", "#a9b1bc")
    }

    /// Lines of the grid, which must not compete with the data.
    pub fn grid(self) -> &'static str {
        self.of("#e6e8eb", "#2b313b")
    }

    /// The line at zero and the foot of an axis.
    pub fn axis(self) -> &'static str {
        self.of("#9aa0a8", "#6c7480")
    }

    /// The ground of a box.
    pub(super) fn surface(self) -> &'static str {
        self.of("#f5f6f8", "#1e242d")
    }

    /// The colour of a cell whose value is `share` of the deepest, -1 to 1: blue above 0, orange
    /// below, through the colour of a grid.
    pub(super) fn cell(self, share: f64) -> String {
        let middle = self.of("#eff1f3", "#262c35");
        let deepest = if share < 0.0 {
            self.of("#b34700", "#ff9b54")
        } else {
            self.of("#005a92", "#56b4e9")
        };
        let share = share.abs().clamp(0.0, 1.0);
        let (from, to) = (channels(middle), channels(deepest));
        let mixed: Vec<String> = (0..3)
            .map(|i| {
                format!(
                    "{:02x}",
                    (from[i] + share * (to[i] - from[i])).round() as u8
                )
            })
            .collect();
        format!("#{}", mixed.concat())
    }

    fn of(self, light: &'static str, dark: &'static str) -> &'static str {
        match self {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }
}

/// Of black and white, the one that is easier to read on `ground`.
pub(super) fn readable_on(ground: &str) -> &'static str {
    if contrast(ground, "#000000") >= contrast(ground, "#ffffff") {
        "#000000"
    } else {
        "#ffffff"
    }
}

/// `colour` at an opacity, for renderers that take `rgba(...)`.
pub(super) fn faint(colour: &str, opacity: f64) -> String {
    let [red, green, blue] = channels(colour);
    format!("rgba({red},{green},{blue},{opacity})")
}

/// The contrast of two colours, 1 to 21 (WCAG 2.2).
fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: &str) -> f64 {
    let [red, green, blue] = channels(colour).map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Light of a channel in 0 to 255, as a share.
fn linear(channel: f64) -> f64 {
    let share = channel / 255.0;
    if share <= 0.04045 {
        share / 12.92
    } else {
        ((share + 0.055) / 1.055).powf(2.4)
    }
}

/// Red, green and blue in 0 to 255.
fn channels(colour: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| {
        u8::from_str_radix(&colour[at..at + 2], 16)
            .expect("every colour here is written #rrggbb")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];
    const NAMED: [Ink; 8] = [
        Ink::Actual,
        Ink::Model,
        Ink::Through,
        Ink::Direct,
        Ink::Good,
        Ink::Bad,
        Ink::Doubt,
        Ink::Quiet,
    ];

    /// Machado, Oliveira and Fernandes (2009), severity 1: what remains of linear red, green and blue.
    const VISIONS: [(&str, [[f64; 3]; 3]); 3] = [
        (
            "full colour",
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        ),
        (
            "deuteranopia",
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
        ),
        (
            "protanopia",
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
        ),
    ];

    /// CIE L*a*b* under D65 of what is seen.
    fn seen(colour: &str, vision: &[[f64; 3]; 3]) -> [f64; 3] {
        let light = channels(colour).map(linear);
        let [r, g, b] = [0, 1, 2].map(|i| {
            (0..3)
                .map(|j| vision[i][j] * light[j])
                .sum::<f64>()
                .clamp(0.0, 1.0)
        });
        let bend = |t: f64| {
            if t > 216.0 / 24389.0 {
                t.cbrt()
            } else {
                t * 841.0 / 108.0 + 4.0 / 29.0
            }
        };
        let x = bend((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
        let y = bend(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
        let z = bend((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn assert_apart(theme: Theme, inks: &[Ink], least: f64) {
        for (i, a) in inks.iter().enumerate() {
            for b in &inks[..i] {
                for (name, vision) in &VISIONS {
                    let (p, q) = (seen(theme.ink(*a), vision), seen(theme.ink(*b), vision));
                    let apart = (0..3).map(|k| (p[k] - q[k]).powi(2)).sum::<f64>().sqrt();
                    assert!(
                        apart >= least,
                        "{theme:?}: {a:?} and {b:?} are {apart:.1} apart with {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_ink_stands_out_and_every_text_can_be_read() {
        for theme in THEMES {
            let inks = NAMED.into_iter().chain((0..8).map(Ink::Nth));
            for ink in inks {
                let contrast = contrast(theme.ink(ink), theme.background());
                assert!(contrast >= 3.0, "{theme:?} {ink:?}: {contrast:.2}");
            }
            for text in [theme.text(), theme.quiet_text()] {
                for ground in [theme.background(), theme.surface()] {
                    let contrast = contrast(text, ground);
                    assert!(
                        contrast >= 4.5,
                        "{theme:?} {text} on {ground}: {contrast:.2}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_value_in_a_cell_can_be_read_on_every_colour() {
        for theme in THEMES {
            for step in -20..=20 {
                let ground = theme.cell(f64::from(step) / 20.0);
                let contrast = contrast(&ground, readable_on(&ground));
                assert!(contrast >= 4.5, "{theme:?} {ground}: {contrast:.2}");
            }
        }
    }

    // A just noticeable difference is 2.3; thin lines and small points need several of them.
    #[test]
    fn inks_that_meet_stay_apart_without_red_or_green() {
        for theme in THEMES {
            assert_apart(
                theme,
                &[Ink::Actual, Ink::Model, Ink::Direct, Ink::Quiet],
                15.0,
            );
            assert_apart(theme, &[Ink::Through, Ink::Direct, Ink::Quiet], 15.0);
            assert_apart(theme, &[Ink::Good, Ink::Bad, Ink::Doubt], 12.0);
            let many: Vec<Ink> = (0..8).map(Ink::Nth).collect();
            assert_apart(theme, &many, 15.0);
        }
    }
}
