//! A sum of trees, eight bytes a node.

use super::weeks::Columns;

/// A leaf with its value, or a split with its threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    /// Where in the tree the smaller values go, the others right after; 0 in a leaf.
    left: u16,
    column: u16,
    value: f32,
}

impl Node {
    fn leaf(value: f32) -> Self {
        Node {
            left: 0,
            column: 0,
            value,
        }
    }

    pub(super) fn is_leaf(self) -> bool {
        self.left == 0
    }

    pub(super) fn column(self) -> usize {
        usize::from(self.column)
    }

    /// The value of a leaf, the threshold of a split.
    pub(super) fn value(self) -> f32 {
        self.value
    }

    pub(super) fn left(self) -> usize {
        usize::from(self.left)
    }

    /// Where in the tree a week with this value goes.
    #[inline(always)]
    pub(super) fn child(self, value: f32) -> usize {
        usize::from(self.left) + usize::from(value >= self.value)
    }
}

/// A base value and trees that are added to it in order. Nodes stand level by level, both children of a
/// split side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trees {
    pub(super) base: f32,
    nodes: Vec<Node>,
    /// The weight of the weeks in each node, which prediction does not need.
    covers: Vec<f32>,
    /// What each split takes off twice the loss, in the order of splits.
    gains: Vec<f32>,
    /// Where in the nodes each tree begins.
    begins: Vec<u32>,
}

impl Trees {
    pub(super) fn new(base: f32) -> Self {
        Trees {
            base,
            nodes: Vec::new(),
            covers: Vec::new(),
            gains: Vec::new(),
            begins: Vec::new(),
        }
    }

    /// Another tree: a leaf over weeks of this weight.
    pub(super) fn begin(&mut self, cover: f32) {
        self.begins.push(self.nodes.len() as u32);
        self.nodes.push(Node::leaf(0.0));
        self.covers.push(cover);
    }

    /// Splits a leaf of the last tree; answers the place of its left child. Leaves are split in the order
    /// of their places.
    pub(super) fn split(
        &mut self,
        place: usize,
        column: u32,
        threshold: f32,
        gain: f32,
        covers: [f32; 2],
    ) -> usize {
        let from = self.last_begin();
        let left = self.nodes.len() - from;
        self.nodes[from + place] = Node {
            left: u16::try_from(left).expect("a tree has fewer than 2^16 nodes"),
            column: u16::try_from(column).expect("a design has fewer than 2^16 columns"),
            value: threshold,
        };
        self.gains.push(gain);
        self.nodes.extend([Node::leaf(0.0); 2]);
        self.covers.extend(covers);
        left
    }

    /// Gives a node of the last tree its value, if it is a leaf.
    pub(super) fn set_leaf(&mut self, place: usize, value: f32) {
        let from = self.last_begin();
        let node = &mut self.nodes[from + place];
        if node.is_leaf() {
            node.value = value;
        }
    }

    fn last_begin(&self) -> usize {
        *self.begins.last().expect("a tree was begun") as usize
    }

    /// The nodes of the last tree.
    pub(super) fn last(&self) -> &[Node] {
        &self.nodes[self.last_begin()..]
    }

    /// Lets go of all but the first trees.
    pub(super) fn truncate(&mut self, trees: usize) {
        if let Some(&end) = self.begins.get(trees) {
            self.nodes.truncate(end as usize);
            self.covers.truncate(end as usize);
            let splits = self.nodes.iter().filter(|node| !node.is_leaf()).count();
            self.gains.truncate(splits);
            self.begins.truncate(trees);
        }
        self.shrink_to_fit();
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
        self.covers.shrink_to_fit();
        self.gains.shrink_to_fit();
        self.begins.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.begins.len()
    }

    /// The trees in order: nodes with their covers, and the gains of the splits among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = Tree<'_>> {
        let mut splits = 0;
        (0..self.len()).map(move |tree| {
            let end = self.begins.get(tree + 1);
            let nodes =
                self.begins[tree] as usize..end.map_or(self.nodes.len(), |&end| end as usize);
            let of_tree = &self.nodes[nodes.clone()];
            let from = splits;
            splits += of_tree.iter().filter(|node| !node.is_leaf()).count();
            Tree {
                nodes: of_tree,
                covers: &self.covers[nodes],
                gains: &self.gains[from..splits],
            }
        })
    }

    /// The sum of all trees, for every week.
    pub(super) fn predict(&self, columns: &Columns) -> Vec<f32> {
        let mut sums = vec![self.base; columns.weeks];
        let mut passage = Passage::of(columns.weeks);
        for tree in self.iter() {
            passage.add(tree.nodes, columns, &mut sums);
        }
        sums
    }

    /// Adds the last tree to the sums of the weeks of `passage`.
    pub(super) fn add_last_to(&self, columns: &Columns, passage: &mut Passage, sums: &mut [f32]) {
        passage.add(self.last(), columns, sums);
    }
}

/// One tree.
pub(super) struct Tree<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) covers: &'a [f32],
    pub(super) gains: &'a [f32],
}

impl Tree<'_> {
    /// Every split with its gain and the weight of its weeks.
    pub(super) fn splits(&self) -> impl Iterator<Item = (Node, f32, f32)> {
        let nodes = self.nodes.iter().zip(self.covers);
        nodes
            .filter(|(node, _)| !node.is_leaf())
            .zip(self.gains)
            .map(|((node, cover), gain)| (*node, *gain, *cover))
    }
}

/// Weeks on their way down trees, those of a node together: what a week of its own would wait for at every
/// step, the others of its node need as well.
pub(super) struct Passage {
    /// In the order of the leaves of the last tree.
    weeks: Vec<u32>,
    /// Those that go where the larger values go.
    larger: Vec<u32>,
    /// By place in the tree: where its weeks begin and end.
    parts: Vec<(usize, usize)>,
}

impl Passage {
    pub(super) fn of(weeks: usize) -> Self {
        Passage {
            weeks: (0..weeks as u32).collect(),
            larger: vec![0; weeks],
            parts: Vec::new(),
        }
    }

    /// Adds to each week its leaf.
    fn add(&mut self, nodes: &[Node], columns: &Columns, sums: &mut [f32]) {
        self.parts.clear();
        self.parts.resize(nodes.len(), (0, 0));
        self.parts[0] = (0, self.weeks.len());
        for (place, node) in nodes.iter().enumerate() {
            let (begin, end) = self.parts[place];
            let weeks = &mut self.weeks[begin..end];
            if node.is_leaf() {
                for &week in &*weeks {
                    sums[week as usize] += node.value();
                }
                continue;
            }
            let column = columns.column(node.column());
            let larger = &mut self.larger[..weeks.len()];
            // Written to both sides and kept on one: no processor guesses which.
            let (mut fewer, mut more) = (0, 0);
            for at in 0..weeks.len() {
                let week = weeks[at];
                let is_larger = column[week as usize] >= node.value();
                weeks[fewer] = week;
                larger[more] = week;
                fewer += usize::from(!is_larger);
                more += usize::from(is_larger);
            }
            weeks[fewer..].copy_from_slice(&larger[..more]);
            self.parts[node.left()] = (begin, begin + fewer);
            self.parts[node.left() + 1] = (begin + fewer, end);
        }
    }
}
