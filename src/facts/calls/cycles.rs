//! Rings of calls: the strongly connected components of a graph.

use crate::facts::scopes::Lists;

const UNSEEN: u32 = u32::MAX;

/// The component of each node of a graph: Tarjan's algorithm on its own stack.
pub(super) fn components(count: usize, edges: &[(usize, usize)]) -> Vec<u32> {
    let next = Lists::group(count, edges.iter().copied());
    let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let (mut component, mut on_stack) = (vec![UNSEEN; count], vec![false; count]);
    let (mut stack, mut work, mut time, mut found) = (Vec::new(), Vec::new(), 0, 0);
    // A node from which nothing leads on is alone.
    for node in 0..count {
        if next.of(node).is_empty() {
            (index[node], component[node]) = (0, found);
            found += 1;
        }
    }
    for root in 0..count {
        if index[root] != UNSEEN {
            continue;
        }
        work.push((root, 0));
        while let Some((node, at)) = work.pop() {
            if at == 0 {
                (index[node], low[node]) = (time, time);
                time += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&target) = next.of(node).get(at) {
                work.push((node, at + 1));
                if index[target] == UNSEEN {
                    work.push((target, 0));
                } else if on_stack[target] {
                    low[node] = low[node].min(index[target]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
        }
    }
    component
}
