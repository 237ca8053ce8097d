//! Where the files and steps of a chain stand when they are drawn: in columns, what went in on the left.

use super::answer::Graph;

/// Width of a box, in pixels.
pub const WIDTH: i32 = 172;
/// Height of a box, in pixels.
pub const HEIGHT: i32 = 58;
const GAP_X: i32 = 44;
const GAP_Y: i32 = 22;
const MARGIN: i32 = 8;

/// A box: its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// To the right.
    pub x: i32,
    /// Downwards.
    pub y: i32,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// In the order of the graph.
    pub artifacts: Vec<Spot>,
    /// In the order of the graph.
    pub steps: Vec<Spot>,
    /// For each edge that is drawn, the path of its line, from left to right.
    pub lines: Vec<String>,
    /// Of the whole.
    pub width: i32,
    /// Of the whole.
    pub height: i32,
}

/// A box of either kind.
#[derive(Clone, Copy, PartialEq)]
enum Node {
    Artifact(usize),
    Step(usize),
}

/// Lays out a graph. Columns in their order, and in each column the boxes near those that they are connected with.
pub fn layout(graph: &Graph) -> Layout {
    let nodes = (0..graph.artifacts.len()).map(Node::Artifact).chain((0..graph.steps.len()).map(Node::Step));
    let mut columns: Vec<(i32, Vec<Node>)> = Vec::new();
    for node in nodes {
        let column = column_of(graph, node);
        match columns.binary_search_by_key(&column, |(known, _)| *known) {
            Ok(at) => columns[at].1.push(node),
            Err(at) => columns.insert(at, (column, vec![node])),
        }
    }
    let tallest = columns.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or_default() as i32;
    let height = 2 * MARGIN + tallest * (HEIGHT + GAP_Y) - GAP_Y;
    let mut layout = Layout {
        artifacts: vec![Spot::default(); graph.artifacts.len()],
        steps: vec![Spot::default(); graph.steps.len()],
        lines: Vec::new(),
        width: 2 * MARGIN + columns.len() as i32 * (WIDTH + GAP_X) - GAP_X,
        height,
    };
    for (number, (_, nodes)) in columns.into_iter().enumerate() {
        let pulled = nodes.iter().map(|node| if number > 0 { pull(graph, &layout, *node) } else { 0 });
        let order = in_order(pulled);
        let used = nodes.len() as i32 * (HEIGHT + GAP_Y) - GAP_Y;
        let top = (height - used) / 2;
        for (row, node) in order.into_iter().map(|i| nodes[i]).enumerate() {
            let x = MARGIN + number as i32 * (WIDTH + GAP_X);
            let spot = Spot { x, y: top + row as i32 * (HEIGHT + GAP_Y) };
            match node {
                Node::Artifact(at) => layout.artifacts[at] = spot,
                Node::Step(at) => layout.steps[at] = spot,
            }
        }
    }
    layout.lines =
        graph.edges.iter().filter_map(|edge| line(graph, &layout, edge.step, edge.artifact, edge.made)).collect();
    layout
}

fn column_of(graph: &Graph, node: Node) -> i32 {
    match node {
        Node::Artifact(at) => graph.artifacts.get(at).map_or(0, |artifact| artifact.column),
        Node::Step(at) => graph.steps.get(at).map_or(0, |step| step.column),
    }
}

/// The positions of keys in the order of the keys; equal ones stay as they are. A graph is small.
pub fn in_order(keys: impl Iterator<Item = i32>) -> Vec<usize> {
    let mut order: Vec<(i32, usize)> = Vec::new();
    for (i, key) in keys.enumerate() {
        let at = order.partition_point(|(before, _)| *before <= key);
        order.insert(at, (key, i));
    }
    order.into_iter().map(|(_, i)| i).collect()
}

/// The middle of what a box is connected with, to its left.
fn pull(graph: &Graph, layout: &Layout, node: Node) -> i32 {
    let column = column_of(graph, node);
    let neighbours = graph.edges.iter().filter_map(|edge| match node {
        Node::Artifact(at) if edge.artifact == at => Some(Node::Step(edge.step)),
        Node::Step(at) if edge.step == at => Some(Node::Artifact(edge.artifact)),
        _ => None,
    });
    let left: Vec<i32> =
        neighbours.filter(|other| column_of(graph, *other) < column).map(|other| spot(layout, other).y).collect();
    match left.len() {
        0 => 0,
        count => left.iter().sum::<i32>() / count as i32,
    }
}

fn spot(layout: &Layout, node: Node) -> Spot {
    let found = match node {
        Node::Artifact(at) => layout.artifacts.get(at),
        Node::Step(at) => layout.steps.get(at),
    };
    found.copied().unwrap_or_default()
}

/// The line of an edge. One that would run against time is that of a file which a step hands on unchanged: it is said
/// in words.
fn line(graph: &Graph, layout: &Layout, step: usize, artifact: usize, made: bool) -> Option<String> {
    let (step, artifact) = (Node::Step(step), Node::Artifact(artifact));
    let (from, to) = if made { (step, artifact) } else { (artifact, step) };
    if column_of(graph, from) >= column_of(graph, to) {
        return None;
    }
    let (from, to) = (spot(layout, from), spot(layout, to));
    let (x1, y1, x2, y2) = (from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2);
    let bend = (x2 - x1) / 2;
    Some(format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::answer::{Artifact, Edge, Step};
    use crate::report::Outcome;

    fn artifact(column: i32) -> Artifact {
        Artifact { sha256: "ab".repeat(32), names: Vec::new(), column, followed: true }
    }

    fn step(column: i32) -> Step {
        let (uuid, name, keys) = (String::new(), String::new(), Vec::new());
        Step { uuid, name, column, outcome: Outcome::Passed, keys, materials: 1, products: 1 }
    }

    fn edge(step: usize, artifact: usize, made: bool) -> Edge {
        Edge { step, artifact, made }
    }

    #[test]
    fn columns_stand_in_the_order_of_time_and_boxes_apart() {
        let graph = Graph {
            artifacts: vec![artifact(0), artifact(-2), artifact(-2)],
            steps: vec![step(-1)],
            edges: vec![edge(0, 0, true), edge(0, 1, false), edge(0, 2, false), edge(0, 0, false)],
            cut: false,
        };
        let layout = layout(&graph);
        assert!(layout.artifacts[1].x < layout.steps[0].x && layout.steps[0].x < layout.artifacts[0].x);
        assert!((layout.artifacts[1].y - layout.artifacts[2].y).abs() >= HEIGHT);
        assert_eq!(layout.lines.len(), 3, "what runs against time has no line");
        let spots = layout.artifacts.iter().chain(&layout.steps);
        assert!(
            spots
                .into_iter()
                .all(|spot| spot.x >= 0 && spot.x + WIDTH <= layout.width && spot.y + HEIGHT <= layout.height)
        );
    }
}
