//! The drawing of two small figures and of one of each kind, to the letter: a change of it is looked at.

use headwater_report::drawing::{Theme, svg};
use headwater_report::figures::*;

use crate::figures::{self, categories, figure, number, panel, reference};

fn small() -> Figure {
    let bars = Mark::Bars {
        name: "effect".into(),
        at: vec![0.0, 1.0],
        base: vec![],
        length: vec![Some(1.2e6), Some(-3e5)],
        whiskers: vec![Some((8e5, 1.6e6)), None],
        labels: vec!["$1.2M".into(), "-$300k".into()],
        ink: Ink::Through,
        lying: true,
        stack: None,
        width: 0.6,
    };
    let x = number("Revenue, $", NumberFormat::Money, true);
    let marks = vec![bars, reference("", 0.0, true)];
    let mut small = figure(
        "small",
        "Google & friends",
        1,
        vec![panel(None, x, categories(&["google", "tiktok"]), marks)],
    );
    small.width = 420.0;
    small.height = 240.0;
    small
}

fn chain() -> Figure {
    let node = |id: &str, column| Node {
        id: id.into(),
        lines: vec![id.into()],
        column,
        ink: Ink::Model,
        aside: false,
    };
    let edge = Edge {
        from: "social".into(),
        to: "google".into(),
        label: "0.40 (0.20 to 0.60)".into(),
        weight: 0.5,
        ink: Ink::Through,
        dashed: false,
    };
    let mut chain = figure("chain", "Social spend moves Google", 1, vec![]);
    chain.width = 420.0;
    chain.height = 200.0;
    chain.content = Content::Graph(Graph {
        nodes: vec![node("social", 0), node("google", 1)],
        edges: vec![edge],
    });
    chain
}

#[test]
fn lying_bars_are_drawn_as_they_were() {
    insta::assert_snapshot!(svg(&small(), Theme::Light));
}

#[test]
fn every_kind_of_picture_is_drawn_as_it_was() {
    for figure in figures::ordinary() {
        insta::assert_snapshot!(format!("drawn_{}", figure.id), svg(&figure, Theme::Light));
    }
}

#[test]
fn a_chain_of_causes_is_drawn_as_it_was() {
    insta::assert_snapshot!(svg(&chain(), Theme::Dark));
}
