//! Which vertices belong together, and which lie near one another.

use super::super::graph::NONE;

/// Tarjan's strongly connected components over a compressed graph, without recursion: the component of each vertex.
pub(super) fn components(first: &[u32], heads: &[u32]) -> Vec<u32> {
    let vertices = first.len() - 1;
    let (mut index, mut low) = (vec![NONE; vertices], vec![0_u32; vertices]);
    let mut component = vec![NONE; vertices];
    let (mut stack, mut calls): (Vec<u32>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
    let (mut counter, mut found) = (0_u32, 0_u32);
    for root in 0..vertices as u32 {
        if index[root as usize] != NONE {
            continue;
        }
        calls.push((root, first[root as usize]));
        while let Some((vertex, arc)) = calls.pop() {
            let v = vertex as usize;
            if index[v] == NONE {
                index[v] = counter;
                low[v] = counter;
                counter += 1;
                stack.push(vertex);
            }
            if arc < first[v + 1] {
                calls.push((vertex, arc + 1));
                let w = heads[arc as usize] as usize;
                if index[w] == NONE {
                    calls.push((w as u32, first[w]));
                } else if component[w] == NONE {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            if low[v] == index[v] {
                while let Some(member) = stack.pop() {
                    component[member as usize] = found;
                    if member == vertex {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((parent, _)) = calls.last() {
                let p = *parent as usize;
                low[p] = low[p].min(low[v]);
            }
        }
    }
    component
}

/// How far along a Hilbert curve through a square of 65,536 × 65,536 cells a cell lies.
pub(super) fn hilbert(mut x: u32, mut y: u32) -> u32 {
    let mut distance = 0;
    let mut side = 1_u32 << 15;
    while side > 0 {
        let (right, upper) = (u32::from(x & side != 0), u32::from(y & side != 0));
        distance += side * side * ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                (x, y) = (65_535 - x, 65_535 - y);
            }
            (x, y) = (y, x);
        }
        side /= 2;
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_every_cell_next_to_the_last() {
        // The first 4,096 cells of the curve, found by their distance.
        let mut cells: Vec<(u32, u32, u32)> = Vec::new();
        for x in 0..64 {
            for y in 0..64 {
                cells.push((hilbert(x, y), x, y));
            }
        }
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let ((a, ax, ay), (b, bx, by)) = (pair[0], pair[1]);
            assert_eq!(b, a + 1);
            assert_eq!(ax.abs_diff(bx) + ay.abs_diff(by), 1);
        }
    }

    #[test]
    fn a_component_is_what_can_be_left_and_reached() {
        // 0 -> 1 -> 2 -> 0, 2 -> 3, 4 -> 0
        let first = [0, 1, 2, 4, 4, 5];
        let heads = [1, 2, 0, 3, 0];
        let its = components(&first, &heads);
        assert!(its[0] == its[1] && its[1] == its[2]);
        assert!(its[3] != its[0] && its[4] != its[0] && its[3] != its[4]);
    }
}
