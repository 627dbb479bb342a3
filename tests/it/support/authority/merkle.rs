//! Merkle trees (RFC 6962, section 2.1), by the recursive definition of the standard.

use sha2::Digest as _;
use sha2::Sha256;

/// A node of the tree.
pub type Node = [u8; 32];

/// `MTH(D[n])`.
pub fn root(leaves: &[Vec<u8>]) -> Node {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            parent(root(left), root(right))
        }
    }
}

/// `PATH(m, D[n])`: the proof that leaf `index` is in the tree.
pub fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Node> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut nodes, sibling) =
        if index < at { (path(index, left), root(right)) } else { (path(index - at, right), root(left)) };
    nodes.push(sibling);
    nodes
}

fn parent(left: Node, right: Node) -> Node {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}
