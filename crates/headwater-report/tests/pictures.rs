//! Every kind of figure is drawn in both themes and looked at, pixel by pixel and word by word.

use std::sync::Arc;

use headwater_report::drawing::{Theme, png, svg};
use headwater_report::figures::{Content, Figure};
use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Group, Node, Options, Tree, fontdb::Database};

use crate::figures;

const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

fn all() -> Vec<Figure> {
    figures::ordinary()
        .into_iter()
        .chain(figures::awkward())
        .collect()
}

/// `HEADWATER_PICTURES=folder cargo test ...` keeps the pictures, to be looked at.
#[test]
fn every_figure_has_ink_in_its_middle_and_none_at_its_edge() {
    let folder = std::env::var_os("HEADWATER_PICTURES").map(std::path::PathBuf::from);
    for figure in all() {
        for theme in THEMES {
            let bytes = png(&figure, theme, 1.0).unwrap();
            if let Some(folder) = &folder {
                let name = format!("{}-{theme:?}.png", figure.id).to_lowercase();
                std::fs::write(folder.join(name), &bytes).unwrap();
            }
            let picture = Pixmap::decode_png(&bytes).unwrap();
            let (width, height) = (picture.width(), picture.height());
            let ground = picture.pixel(0, 0).unwrap();
            let inked = |x: u32, y: u32| picture.pixel(x, y).unwrap() != ground;
            let edge = (0..width)
                .flat_map(|x| [(x, 0), (x, height - 1)])
                .chain((0..height).flat_map(|y| [(0, y), (width - 1, y)]));
            for (x, y) in edge {
                assert!(!inked(x, y), "{} {theme:?}: clipped at {x}, {y}", figure.id);
            }
            let middle = (width / 5..4 * width / 5)
                .flat_map(|x| (height / 4..3 * height / 4).map(move |y| (x, y)));
            let count = middle.clone().count() as f64;
            let share = middle.filter(|(x, y)| inked(*x, *y)).count() as f64 / count;
            // A thin line over few grid lines is half a percent; a heat map nearly everything.
            let bare = figure.id == "no_marks" || figure.id == "one_point";
            let least = if bare { 0.001 } else { 0.005 };
            // A panel of words has a ground of its own.
            let most = if figure.id == "empty_panel" {
                1.1
            } else {
                0.999
            };
            assert!(
                (least..most).contains(&share),
                "{} {theme:?}: {share:.4} of the middle is inked",
                figure.id
            );
        }
    }
}

/// A line of text and the space it takes: left, top, right, bottom.
type Words = (String, [f32; 4]);

fn words(group: &Group, found: &mut Vec<Words>) {
    for node in group.children() {
        match node {
            Node::Group(group) => words(group, found),
            Node::Text(text) => {
                let space = text.abs_bounding_box();
                let said: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                let sides = [space.left(), space.top(), space.right(), space.bottom()];
                found.push((said, sides));
            }
            _ => {}
        }
    }
}

fn tree(figure: &Figure, theme: Theme) -> Tree {
    let mut fonts = Database::new();
    fonts.load_font_data(notosans::REGULAR_TTF.to_vec());
    fonts.load_font_data(notosans::BOLD_TTF.to_vec());
    let options = Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    Tree::from_str(&svg(figure, theme), &options).unwrap()
}

#[test]
fn every_word_stands_inside_and_none_upon_another() {
    let mut faults = Vec::new();
    for figure in all() {
        let tree = tree(&figure, Theme::Light);
        let mut found = Vec::new();
        words(tree.root(), &mut found);
        assert!(found.len() > 2, "{}: {found:?}", figure.id);
        let (width, height) = (tree.size().width(), tree.size().height());
        // Tilted words have boxes that meet although the words do not.
        let tilted = matches!(figure.id.as_str(), "twenty_upright");
        for (i, (said, [left, top, right, bottom])) in found.iter().enumerate() {
            if *left < 0.0 || *top < 0.0 || *right > width || *bottom > height {
                faults.push(format!("{}: `{said}` leaves the picture", figure.id));
            }
            for (other, [l, t, r, b]) in &found[..i] {
                let wide = right.min(*r) - left.max(*l);
                let high = bottom.min(*b) - top.max(*t);
                // Boxes hold ascenders and descenders, which neighbouring lines share.
                if !tilted && wide > 1.0 && high > 3.0 {
                    faults.push(format!("{}: `{said}` stands on `{other}`", figure.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_word_is_smaller_than_eleven_pixels_and_no_number_is_missing() {
    for figure in all() {
        for theme in THEMES {
            let text = svg(&figure, theme);
            for size in text.split("font-size=\"").skip(1) {
                let size: f64 = size.split('"').next().unwrap().parse().unwrap();
                assert!(size >= 11.0, "{}: {size}", figure.id);
            }
            for wrong in ["NaN", "inf", "None", "null"] {
                let attributes = text.split('>').filter(|part| part.contains('<'));
                for tag in attributes.filter_map(|part| part.split('<').nth(1)) {
                    assert!(!tag.contains(wrong), "{}: {tag}", figure.id);
                }
            }
            assert_eq!(
                text,
                svg(&figure, theme),
                "{}: twice, two pictures",
                figure.id
            );
        }
    }
}

#[test]
fn a_picture_tells_who_cannot_see_it_what_it_shows() {
    let mut figure = figures::effects();
    figure.alt = "Bars of <effects> & \"intervals\"".into();
    let text = svg(&figure, Theme::Dark);
    assert!(text.contains(r#"role="img""#));
    assert!(text.contains(
        "<desc id=\"effects-dark-desc\">Bars of &lt;effects&gt; &amp; &quot;intervals&quot;</desc>"
    ));
    assert!(text.contains("facebook_spend, through Google: $420k"));
    Tree::from_str(&text, &Options::default()).unwrap();
}

#[test]
fn a_picture_too_low_for_its_panels_grows() {
    let figure = figures::awkward()
        .into_iter()
        .find(|figure| figure.id == "twenty_panels")
        .unwrap();
    assert!(matches!(&figure.content, Content::Panels { panels, .. } if panels.len() == 20));
    let size = tree(&figure, Theme::Light).size();
    assert_eq!(f64::from(size.width()), figure.width);
    assert!(f64::from(size.height()) > 2.0 * figure.height);
}

#[test]
fn a_scale_out_of_range_is_refused() {
    let error = png(&figures::effects(), Theme::Light, 0.0).unwrap_err();
    assert!(error.to_string().contains("0 times its size"), "{error}");
}
