//! Trees in XGBoost's own JSON, which every version of it since 1.0 reads.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::MOST_LEVELS;
use super::trees::{Node, Tree, Trees};

/// What XGBoost writes for the parent of a root.
const NO_PARENT: i32 = i32::MAX;

const OBJECTIVE: &str = "reg:squarederror";
const BOOSTER: &str = "gbtree";

/// A model as XGBoost writes it. Its numbers are 32-bit and written as such, with as many digits as tell
/// them apart; parameters are texts.
#[derive(Serialize)]
struct Document<'a> {
    version: [u32; 3],
    learner: Learner<'a>,
}

#[derive(Serialize)]
struct Learner<'a> {
    attributes: Map<String, Value>,
    feature_names: &'a [Arc<str>],
    feature_types: Vec<&'static str>,
    gradient_booster: Booster,
    learner_model_param: Value,
    objective: Value,
}

#[derive(Serialize)]
struct Booster {
    name: &'static str,
    model: Forest,
}

#[derive(Serialize)]
struct Forest {
    gbtree_model_param: Value,
    iteration_indptr: Vec<usize>,
    tree_info: Vec<u32>,
    trees: Vec<Nodes>,
}

/// One tree: a value a node in each list.
#[derive(Serialize)]
struct Nodes {
    id: usize,
    tree_param: Value,
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    parents: Vec<i32>,
    split_indices: Vec<usize>,
    split_conditions: Vec<f32>,
    base_weights: Vec<f32>,
    loss_changes: Vec<f32>,
    sum_hessian: Vec<f32>,
    default_left: Vec<u8>,
    split_type: Vec<u8>,
    categories: [u8; 0],
    categories_nodes: [u8; 0],
    categories_segments: [u8; 0],
    categories_sizes: [u8; 0],
}

/// The text of `trees` over the columns of these names, with attributes of our own.
pub(super) fn write(
    trees: &Trees,
    names: &[Arc<str>],
    attributes: Map<String, Value>,
) -> serde_json::Result<String> {
    let of_trees = trees.iter().enumerate();
    let document = Document {
        version: [3, 2, 0],
        learner: Learner {
            attributes,
            feature_names: names,
            feature_types: vec!["float"; names.len()],
            gradient_booster: Booster {
                name: BOOSTER,
                model: Forest {
                    gbtree_model_param: json!({
                        "num_parallel_tree": "1",
                        "num_trees": trees.len().to_string(),
                    }),
                    iteration_indptr: (0..=trees.len()).collect(),
                    tree_info: vec![0; trees.len()],
                    trees: of_trees
                        .map(|(id, tree)| nodes(id, &tree, names.len()))
                        .collect(),
                },
            },
            learner_model_param: json!({
                "base_score": format!("[{}]", trees.base),
                "boost_from_average": "0",
                "num_class": "0",
                "num_feature": names.len().to_string(),
                "num_target": "1",
            }),
            objective: json!({
                "name": OBJECTIVE,
                "reg_loss_param": { "scale_pos_weight": "1" },
            }),
        },
    };
    serde_json::to_string(&document)
}

fn nodes(id: usize, tree: &Tree, columns: usize) -> Nodes {
    let nodes = tree.nodes;
    let mut parents = vec![NO_PARENT; nodes.len()];
    for (place, node) in nodes.iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
        parents[node.left()] = place as i32;
        parents[node.left() + 1] = place as i32;
    }
    let child = |side: usize| -> Vec<i64> {
        let child = |node: &Node| match node.is_leaf() {
            true => -1,
            false => (node.left() + side) as i64,
        };
        nodes.iter().map(child).collect()
    };
    let leaf = |node: &Node| match node.is_leaf() {
        true => node.value(),
        false => 0.0,
    };
    let mut gains = tree.gains.iter();
    let gain = |node: &Node| match node.is_leaf() {
        true => 0.0,
        false => *gains.next().expect("one gain a split"),
    };
    Nodes {
        id,
        tree_param: json!({
            "num_deleted": "0",
            "num_feature": columns.to_string(),
            "num_nodes": nodes.len().to_string(),
            "size_leaf_vector": "0",
        }),
        left_children: child(0),
        right_children: child(1),
        parents,
        split_indices: nodes.iter().map(|node| node.column()).collect(),
        split_conditions: nodes.iter().map(|node| node.value()).collect(),
        base_weights: nodes.iter().map(leaf).collect(),
        loss_changes: nodes.iter().map(gain).collect(),
        sum_hessian: tree.covers.to_vec(),
        default_left: vec![1; nodes.len()],
        split_type: vec![0; nodes.len()],
        categories: [],
        categories_nodes: [],
        categories_segments: [],
        categories_sizes: [],
    }
}

/// The trees of a document and the number of their columns.
///
/// # Errors
/// What is missing, or what these trees cannot be: another objective, several targets, categories,
/// dropped trees.
pub(super) fn read(document: &Value) -> Result<(Trees, usize), String> {
    let learner = &document["learner"];
    let booster = &learner["gradient_booster"];
    let parameters = &learner["learner_model_param"];
    for (what, found, expected) in [
        ("objective", &learner["objective"]["name"], OBJECTIVE),
        ("booster", &booster["name"], BOOSTER),
    ] {
        if found != expected {
            return Err(format!("its {what} is {found}, not \"{expected}\""));
        }
    }
    let columns = number(&parameters["num_feature"], "num_feature")? as usize;
    let base = number(&parameters["base_score"], "base_score")?;
    let mut trees = Trees::new(base as f32);
    let of_trees = booster["model"]["trees"].as_array();
    for (nth, tree) in of_trees.ok_or("it has no trees")?.iter().enumerate() {
        read_tree(tree, columns, &mut trees).map_err(|why| format!("tree {nth}: {why}"))?;
    }
    trees.shrink_to_fit();
    Ok((trees, columns))
}

/// A number that XGBoost writes as text, since 3.1 in brackets where there may be several.
fn number(value: &Value, name: &str) -> Result<f64, String> {
    let text = value.as_str().unwrap_or_default();
    let text = text.trim_start_matches('[').trim_end_matches(']');
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| (*number as f32).is_finite());
    number.ok_or_else(|| format!("{name} is {value}, not a number"))
}

fn read_tree(tree: &Value, columns: usize, trees: &mut Trees) -> Result<(), String> {
    let list = |name: &str| -> Result<Vec<f64>, String> {
        let values = tree[name].as_array().ok_or(format!("{name} is missing"))?;
        let numbers: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
        let finite = |numbers: &Vec<f64>| numbers.iter().all(|number| (*number as f32).is_finite());
        let numbers = numbers.filter(finite);
        numbers.ok_or_else(|| format!("{name} holds something that is no 32-bit number"))
    };
    let (left, right) = (list("left_children")?, list("right_children")?);
    let (indices, values) = (list("split_indices")?, list("split_conditions")?);
    let (gains, covers) = (list("loss_changes")?, list("sum_hessian")?);
    let count = left.len();
    let lengths = [&right, &indices, &values, &gains, &covers].map(Vec::len);
    if count == 0 || lengths.iter().any(|length| *length != count) {
        return Err("its lists have different lengths, or none a node".into());
    }
    if list("split_type").is_ok_and(|types| types.iter().any(|kind| *kind != 0.0)) {
        return Err("it splits on categories".into());
    }
    // Level by level, both children side by side, wherever the file has them.
    trees.begin(covers[0] as f32);
    let mut level = vec![(0, 0)];
    for depth in 0.. {
        let mut next = Vec::new();
        for (at, place) in level {
            if left[at] < 0.0 {
                trees.set_leaf(place, values[at] as f32);
                continue;
            }
            let children = [left[at] as usize, right[at] as usize];
            if children.iter().any(|child| *child >= count) || indices[at] as usize >= columns {
                return Err(format!(
                    "node {at} leads out of the tree or splits on no column"
                ));
            }
            if depth == MOST_LEVELS {
                return Err(format!("it has more than {MOST_LEVELS} levels"));
            }
            if covers[at].is_nan() || covers[at] <= 0.0 {
                return Err(format!("sum_hessian of node {at} is {}", covers[at]));
            }
            let to = trees.split(
                place,
                indices[at] as u32,
                values[at] as f32,
                gains[at] as f32,
                children.map(|child| covers[child] as f32),
            );
            next.extend([(children[0], to), (children[1], to + 1)]);
        }
        if next.is_empty() {
            break;
        }
        if next.len() > count {
            return Err("a node of it has two parents".into());
        }
        level = next;
    }
    Ok(())
}
