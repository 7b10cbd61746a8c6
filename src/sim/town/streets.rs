//! The streets of the town: a canal with few bridges, a net of streets, estates with gates and footpaths.
//!
//! ```text
//!   x  -2400 ........... -200 │ canal │ 200 ........... 2400    metres east of the origin
//!   streets every 200 m; riverside roads at ±200; rows cross the canal at three bridges and one footbridge
//! ```
//!
//! An estate fills the block between four streets: a gate on the south, a service road up the middle, four footpaths to
//! either side with three doors each, and often a back gate, which may be locked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fmt::Write;

use super::names;
use crate::circle::Point;
use crate::sim::Dice;

/// The middle of the town, WGS-84 degrees: by the canal in Wuqing.
const ORIGIN: (f64, f64) = (39.38, 117.06);
/// Metres of a degree of latitude on a sphere of the mean radius.
const METRES_PER_DEGREE: f64 = 111_195.08;
/// Metres between streets.
const BLOCK: f64 = 200.0;
/// Rows (west to east) of streets.
const ROWS: usize = 21;
/// Columns of streets on each bank.
const COLUMNS_A_BANK: usize = 12;
/// Rows, counted from the south, that cross the canal on a road bridge: y = -1200, 0 and 1400 m.
const BRIDGE_ROWS: [usize; 3] = [4, 10, 17];
/// The row that crosses on a footbridge with steps: y = 1800 m.
const FOOTBRIDGE_ROW: usize = 19;
/// On foot, metres a second: 5 km/h.
pub(super) const WALK_M_S: f64 = 5.0 / 3.6;
/// On steps, metres a second: 3 km/h.
const STEPS_M_S: f64 = 3.0 / 3.6;
/// Between a door and the path, metres a second: 4 km/h.
const OFF_ROAD_M_S: f64 = 4.0 / 3.6;

/// How far up an estate its footpaths leave the middle road, as shares of its depth. No door is nearly as close to a
/// street as to its own path: nobody walks through the wall.
const LEVELS: [f64; 4] = [0.16, 0.34, 0.52, 0.70];

const EAST: usize = 0;
const NORTH: usize = 1;
const WEST: usize = 2;
const SOUTH: usize = 3;

/// A place in metres east and north of the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub x: f64,
    pub y: f64,
}

impl Spot {
    pub fn point(self) -> Option<Point> {
        let lat = ORIGIN.0 + self.y / METRES_PER_DEGREE;
        let lon = ORIGIN.1 + self.x / (METRES_PER_DEGREE * ORIGIN.0.to_radians().cos());
        Point::new(lat, lon).ok()
    }

    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    fn shifted(self, x: f64, y: f64) -> Self {
        Self {
            x: self.x + x,
            y: self.y + y,
        }
    }

    fn toward(self, other: Self, share: f64) -> Self {
        Self {
            x: self.x + (other.x - self.x) * share,
            y: self.y + (other.y - self.y) * share,
        }
    }
}

type Tags = Vec<(&'static str, String)>;

struct Node {
    at: Spot,
    tags: Tags,
}

struct Way {
    nodes: Vec<usize>,
    tags: Tags,
}

impl Way {
    fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|it| it.0 == key).map(|it| it.1.as_str())
    }
}

/// A forbidden or compulsory turn.
struct Turn {
    kind: &'static str,
    from: usize,
    via: usize,
    to: usize,
    except: Option<&'static str>,
}

/// A door, or another place beside a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    /// Where it is.
    pub at: Spot,
    /// The node of the network before it.
    node: usize,
}

/// One block of houses behind a gate.
pub(super) struct Estate {
    pub name: String,
    /// The grid in which it lies: community and number in it, from 0.
    pub community: usize,
    pub grid: usize,
    /// Doors by building (from 1) and entrance (from 1).
    pub doors: Vec<(usize, usize, Door)>,
    /// Beside the gate, on the street.
    pub gate: Door,
}

/// The network and what stands beside it.
pub(super) struct Streets {
    nodes: Vec<Node>,
    ways: Vec<Way>,
    turns: Vec<Turn>,
    pub estates: Vec<Estate>,
    /// Beside streets, for stations and offices.
    pub kerbs: Vec<Door>,
}

/// The middle of the canal at `y`, metres east.
fn canal_x(y: f64) -> f64 {
    60.0 * (y / 700.0).sin()
}

/// Whether a place lies on the western bank.
pub(super) fn is_west(at: Spot) -> bool {
    at.x < canal_x(at.y)
}

fn row_y(row: usize) -> f64 {
    (row as f64 - 10.0) * BLOCK
}

/// Metres east of a column, before the streets are bent: 12 on each bank, none in the canal.
fn column_x(column: usize) -> f64 {
    let steps = if column < COLUMNS_A_BANK {
        column as f64 - 12.0
    } else {
        column as f64 - 11.0
    };
    steps * BLOCK
}

/// What class a street is, its limit in km/h, and whether it is one-way: +1 along (east or north), -1 against.
fn street(metres: f64, across: bool) -> (&'static str, u8, i8) {
    let metres = metres as i32;
    match (across, metres) {
        (true, 0) | (false, -1200 | 1200) => ("primary", 60, 0),
        (true, -1200 | 1400) | (false, -600 | 600 | -2000 | 2000) => ("secondary", 50, 0),
        (true, -2000 | -600 | 800 | 2000) | (false, -200 | 200 | -2400 | 2400) => ("tertiary", 40, 0),
        (false, -1000 | 800) => ("residential", 30, 1),
        (false, -800 | 1000) => ("residential", 30, -1),
        (true, 400) => ("residential", 30, 1),
        (true, 600) => ("residential", 30, -1),
        _ => ("residential", 30, 0),
    }
}

/// A piece of street between two crossings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    column: usize,
    row: usize,
    /// West to east; else south to north.
    across: bool,
}

/// The four pieces around the block whose south-west crossing is given: south, north, west, east.
fn around(column: usize, row: usize) -> [Piece; 4] {
    [
        Piece {
            column,
            row,
            across: true,
        },
        Piece {
            column,
            row: row + 1,
            across: true,
        },
        Piece {
            column,
            row,
            across: false,
        },
        Piece {
            column: column + 1,
            row,
            across: false,
        },
    ]
}

/// The grid (community, number in it) of a block: two communities on the western bank, three on the eastern, six grids each.
fn grid_of(column: usize, row: usize) -> (usize, usize) {
    let (across, (community, first, rows)) = if column < COLUMNS_A_BANK {
        (column, if row >= 10 { (0, 10, 10) } else { (1, 0, 10) })
    } else {
        let part = match row {
            0..7 => (2, 0, 7),
            7..14 => (3, 7, 7),
            _ => (4, 14, 6),
        };
        (column - COLUMNS_A_BANK, part)
    };
    let upper = usize::from((row - first) * 2 >= rows);
    (community, upper * 3 + (across / 4).min(2))
}

struct Builder {
    dice: Dice,
    streets: Streets,
    crossings: BTreeMap<(usize, usize), usize>,
    /// Gates and kerbs on a piece of street, by their share of its length in thousandths.
    beside: BTreeMap<Piece, BTreeMap<u32, usize>>,
    pieces: BTreeMap<Piece, Vec<usize>>,
}

impl Streets {
    /// The streets of `seed`, with `estates_a_grid` estates in each of the 30 grids (at most 5 can be named).
    pub fn generate(seed: u64, estates_a_grid: usize) -> Self {
        let streets = Self {
            nodes: vec![],
            ways: vec![],
            turns: vec![],
            estates: vec![],
            kerbs: vec![],
        };
        let mut builder = Builder {
            dice: Dice::new(seed, "streets"),
            streets,
            crossings: BTreeMap::new(),
            beside: BTreeMap::new(),
            pieces: BTreeMap::new(),
        };
        builder.lay_crossings();
        let blocks = builder.choose_blocks(estates_a_grid.min(names::ESTATES_MAX / 30));
        let gone = builder.leave_out(&blocks);
        for (number, (column, row)) in blocks.iter().enumerate() {
            builder.build_estate(number, *column, *row);
        }
        builder.lay_streets(&gone);
        builder.lay_bridges();
        builder.lay_greenway();
        builder.lay_canal();
        builder.forbid_turns();
        builder.streets
    }
}

fn tags(pairs: &[(&'static str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

impl Builder {
    fn node(&mut self, at: Spot, pairs: &[(&'static str, &str)]) -> usize {
        self.streets.nodes.push(Node { at, tags: tags(pairs) });
        self.streets.nodes.len() - 1
    }

    fn way(&mut self, nodes: Vec<usize>, pairs: &[(&'static str, &str)]) -> usize {
        self.streets.ways.push(Way {
            nodes,
            tags: tags(pairs),
        });
        self.streets.ways.len() - 1
    }

    /// A closed line around something that nobody walks on.
    fn area(&mut self, corners: &[Spot], pairs: &[(&'static str, &str)]) {
        let mut nodes: Vec<usize> = corners.iter().map(|at| self.node(*at, &[])).collect();
        nodes.extend(nodes.first().copied());
        self.way(nodes, pairs);
    }

    fn at(&self, node: usize) -> Spot {
        self.streets.nodes[node].at
    }

    fn crossing(&self, column: usize, row: usize) -> usize {
        self.crossings[&(column, row)]
    }

    /// Crossings a little off the raster; riverside roads follow the canal.
    fn lay_crossings(&mut self) {
        for row in 0..ROWS {
            for column in 0..COLUMNS_A_BANK * 2 {
                let (x, y) = (column_x(column), row_y(row));
                let bend = if x.abs() <= BLOCK {
                    canal_x(y)
                } else {
                    self.dice.between(-18.0, 18.0)
                };
                let at = Spot {
                    x: x + bend,
                    y: y + self.dice.between(-10.0, 10.0),
                };
                let node = self.node(at, &[]);
                self.crossings.insert((column, row), node);
            }
        }
    }

    /// Blocks for estates, grid by grid, each by its south-west crossing.
    fn choose_blocks(&mut self, a_grid: usize) -> Vec<(usize, usize)> {
        let mut by_grid: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
        for row in 0..ROWS - 1 {
            for column in 0..COLUMNS_A_BANK * 2 - 1 {
                if column + 1 != COLUMNS_A_BANK {
                    by_grid.entry(grid_of(column, row)).or_default().push((column, row));
                }
            }
        }
        let mut chosen = vec![];
        for blocks in by_grid.values_mut() {
            self.dice.shuffle(blocks);
            chosen.extend(blocks.iter().take(a_grid));
        }
        chosen
    }

    /// Residential pieces that were never built, so that the net is not a chess board. A piece goes only if the three
    /// others around one of its blocks stay for good, so the town stays in one piece.
    fn leave_out(&mut self, estates: &[(usize, usize)]) -> BTreeSet<Piece> {
        let mut kept: BTreeSet<Piece> = estates.iter().flat_map(|(column, row)| around(*column, *row)).collect();
        let mut gone = BTreeSet::new();
        for row in 0..ROWS - 1 {
            for column in 0..COLUMNS_A_BANK * 2 - 1 {
                if column + 1 == COLUMNS_A_BANK || !self.dice.chance(0.25) {
                    continue;
                }
                let pieces = around(column, row);
                let candidate = pieces[self.dice.below(4)];
                let metres = if candidate.across {
                    row_y(candidate.row)
                } else {
                    column_x(candidate.column)
                };
                // One-way streets stay whole: a gap would leave no way back.
                let plain = street(metres, candidate.across) == ("residential", 30, 0);
                let others = pieces.iter().filter(|it| **it != candidate);
                if plain && !kept.contains(&candidate) && others.clone().all(|it| !gone.contains(it)) {
                    kept.extend(others);
                    gone.insert(candidate);
                }
            }
        }
        gone
    }

    /// A node on a piece of street, made when it is first asked for.
    fn on_piece(&mut self, piece: Piece, thousandths: u32) -> usize {
        if let Some(node) = self.beside.get(&piece).and_then(|it| it.get(&thousandths)) {
            return *node;
        }
        let (from, to) = self.ends(piece);
        let at = self.at(from).toward(self.at(to), f64::from(thousandths) / 1_000.0);
        let node = self.node(at, &[]);
        self.beside.entry(piece).or_default().insert(thousandths, node);
        node
    }

    fn ends(&self, piece: Piece) -> (usize, usize) {
        let Piece { column, row, across } = piece;
        let to = if across { (column + 1, row) } else { (column, row + 1) };
        (self.crossing(column, row), self.crossing(to.0, to.1))
    }

    fn build_estate(&mut self, number: usize, column: usize, row: usize) {
        let name = names::estate(number);
        let (community, grid) = grid_of(column, row);
        let [south, north, ..] = around(column, row);
        let corners = [
            (column, row),
            (column + 1, row),
            (column, row + 1),
            (column + 1, row + 1),
        ];
        let [sw, se, nw, ne] = corners.map(|(column, row)| self.at(self.crossing(column, row)));
        let inside = |u: f64, v: f64| sw.toward(se, u).toward(nw.toward(ne, u), v);

        let street_gate = self.on_piece(south, 500);
        let open = [
            ("barrier", "gate"),
            ("access", "private"),
            ("foot", "yes"),
            ("bicycle", "yes"),
        ];
        let post = self.node(inside(0.5, 0.06), &open);
        let spine: Vec<usize> = LEVELS.map(|v| self.node(inside(0.5, v), &[])).to_vec();
        let road: Vec<usize> = [street_gate, post].into_iter().chain(spine.iter().copied()).collect();
        self.way(
            road,
            &[
                ("highway", "service"),
                ("access", "private"),
                ("name", &format!("{name}内部路")),
            ],
        );

        let mut doors = vec![];
        for ((level, from), v) in spine.iter().enumerate().zip(LEVELS) {
            for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
                let building = level * 2 + side + 1;
                let mut path = vec![*from];
                for (entrance, reach) in [0.13, 0.25, 0.37].into_iter().enumerate() {
                    let node = self.node(inside(0.5 + sign * reach, v), &[]);
                    path.push(node);
                    let at = self.at(node).shifted(0.0, 7.0);
                    doors.push((building, entrance + 1, Door { at, node }));
                }
                let mut about = vec![("highway", "footway")];
                if self.dice.chance(0.5) {
                    about.push(("bicycle", "yes"));
                }
                self.way(path, &about);
                // The house stands behind its doors, for whoever looks at the map.
                let [near, far] = [0.09, 0.42].map(|reach| inside(0.5 + sign * reach, v));
                let house = [
                    near.shifted(0.0, 7.0),
                    far.shifted(0.0, 7.0),
                    far.shifted(0.0, 19.0),
                    near.shifted(0.0, 19.0),
                ];
                self.area(
                    &house,
                    &[
                        ("building", "apartments"),
                        ("addr:housenumber", &format!("{building}号楼")),
                    ],
                );
            }
        }
        let land = [(0.07, 0.07), (0.93, 0.07), (0.93, 0.93), (0.07, 0.93)].map(|(u, v)| inside(u, v));
        self.area(&land, &[("landuse", "residential")]);
        self.node(inside(0.5, 0.5), &[("place", "neighbourhood"), ("name", &name)]);
        let back: Option<&[(&'static str, &str)]> = match self.dice.weighted(&[0.4, 0.3, 0.3]) {
            0 => None,
            1 => Some(&[("barrier", "bollard")]),
            _ => Some(&[("barrier", "gate"), ("locked", "yes")]),
        };
        if let Some(about) = back {
            let post = self.node(inside(0.46, 0.93), about);
            let street_end = self.on_piece(north, 450);
            let top = spine[spine.len() - 1];
            self.way(
                vec![top, post, street_end],
                &[("highway", "footway"), ("name", &format!("{name}后门"))],
            );
        }
        let gate = Door {
            at: self.at(street_gate).shifted(8.0, 8.0),
            node: street_gate,
        };
        self.streets.estates.push(Estate {
            name,
            community,
            grid,
            doors,
            gate,
        });
    }

    fn lay_streets(&mut self, gone: &BTreeSet<Piece>) {
        let columns = COLUMNS_A_BANK * 2;
        for row in 0..ROWS {
            for column in 0..columns {
                for across in [true, false] {
                    let piece = Piece { column, row, across };
                    let over_canal = across && column + 1 == COLUMNS_A_BANK;
                    let past_the_end = if across { column + 1 == columns } else { row + 1 == ROWS };
                    if over_canal || past_the_end || gone.contains(&piece) {
                        continue;
                    }
                    let kerb = self.on_piece(piece, 700);
                    let side = if across { (0.0, 9.0) } else { (9.0, 0.0) };
                    let door = Door {
                        at: self.at(kerb).shifted(side.0, side.1),
                        node: kerb,
                    };
                    self.streets.kerbs.push(door);
                    self.lay_piece(piece);
                }
            }
        }
    }

    fn lay_piece(&mut self, piece: Piece) {
        let (from, to) = self.ends(piece);
        let between = self
            .beside
            .get(&piece)
            .map(|it| it.values().copied().collect::<Vec<_>>())
            .unwrap_or_default();
        let nodes: Vec<usize> = [from].into_iter().chain(between).chain([to]).collect();
        let metres = if piece.across {
            row_y(piece.row)
        } else {
            column_x(piece.column)
        };
        let (class, limit, oneway) = street(metres, piece.across);
        let name = if piece.across {
            names::ACROSS[piece.row]
        } else {
            names::ALONG[piece.column]
        };
        let limit = limit.to_string();
        let mut about = vec![("highway", class), ("name", name), ("maxspeed", &limit)];
        match oneway {
            1 => about.push(("oneway", "yes")),
            -1 => about.push(("oneway", "-1")),
            _ => {}
        }
        let way = self.way(nodes, &about);
        self.pieces.insert(piece, vec![way]);
    }

    /// The four crossings of the canal. A bridge shares no node with the canal.
    fn lay_bridges(&mut self) {
        let west = COLUMNS_A_BANK - 1;
        for (row, name) in BRIDGE_ROWS.into_iter().zip(["安澜桥", "运河大桥", "望河桥"]) {
            let piece = Piece {
                column: west,
                row,
                across: true,
            };
            let (from, to) = self.ends(piece);
            let bank = [0.35, 0.65].map(|share| self.node(self.at(from).toward(self.at(to), share), &[]));
            let (class, limit, _) = street(row_y(row), true);
            let (limit, street) = (limit.to_string(), names::ACROSS[row]);
            let first = self.way(
                vec![from, bank[0]],
                &[("highway", class), ("name", street), ("maxspeed", &limit)],
            );
            let bridge = [
                ("highway", class),
                ("name", name),
                ("maxspeed", &limit),
                ("bridge", "yes"),
                ("layer", "1"),
            ];
            self.way(vec![bank[0], bank[1]], &bridge);
            let last = self.way(
                vec![bank[1], to],
                &[("highway", class), ("name", street), ("maxspeed", &limit)],
            );
            self.pieces.insert(piece, vec![first, last]);
        }
        let piece = Piece {
            column: west,
            row: FOOTBRIDGE_ROW,
            across: true,
        };
        let (from, to) = self.ends(piece);
        let deck = [0.3, 0.7].map(|share| self.node(self.at(from).toward(self.at(to), share), &[]));
        self.way(vec![from, deck[0]], &[("highway", "steps"), ("name", "人行桥西梯道")]);
        let bridge = [
            ("highway", "footway"),
            ("name", "人行桥"),
            ("bridge", "yes"),
            ("layer", "1"),
        ];
        self.way(vec![deck[0], deck[1]], &bridge);
        self.way(vec![deck[1], to], &[("highway", "steps"), ("name", "人行桥东梯道")]);
    }

    /// A path on either bank between the two southern bridges: under the bridges, up to them by steps.
    fn lay_greenway(&mut self) {
        for (sign, column) in [(-1.0, COLUMNS_A_BANK - 1), (1.0, COLUMNS_A_BANK)] {
            let mut path = vec![];
            for row in BRIDGE_ROWS[0]..=BRIDGE_ROWS[1] {
                for half in 0..2 {
                    let y = row_y(row) + 30.0 + f64::from(half) * BLOCK / 2.0;
                    let node = self.node(
                        Spot {
                            x: canal_x(y) + sign * 90.0,
                            y,
                        },
                        &[],
                    );
                    path.push(node);
                    let crossing = self.crossing(column, row);
                    if half == 0 && BRIDGE_ROWS.contains(&row) {
                        self.way(vec![node, crossing], &[("highway", "steps"), ("name", "河岸梯道")]);
                    } else if half == 0 && row % 2 == 0 {
                        self.way(vec![node, crossing], &[("highway", "footway")]);
                    }
                }
            }
            self.way(
                path,
                &[("highway", "path"), ("name", "运河绿道"), ("motor_vehicle", "no")],
            );
        }
    }

    fn lay_canal(&mut self) {
        let nodes: Vec<usize> = (-22..=22)
            .map(|it| {
                let y = f64::from(it) * 100.0;
                self.node(Spot { x: canal_x(y), y }, &[])
            })
            .collect();
        self.way(
            nodes,
            &[("waterway", "canal"), ("name", "北运河（演示）"), ("width", "60")],
        );
        // The water from bank to bank, and the town's name beside it.
        let bank = |side: f64| {
            (-22..=22).map(move |it| f64::from(it) * 100.0).map(move |y| Spot {
                x: canal_x(y) + side,
                y,
            })
        };
        let water: Vec<Spot> = bank(-30.0).chain(bank(30.0).rev()).collect();
        self.area(&water, &[("natural", "water"), ("water", "canal")]);
        self.node(
            Spot {
                x: canal_x(0.0) - 300.0,
                y: 150.0,
            },
            &[("place", "town"), ("name", "杨村街道（演示）")],
        );
    }

    /// The way that leaves a crossing in a direction.
    fn leaving(&self, column: usize, row: usize, direction: usize) -> Option<usize> {
        let piece = match direction {
            EAST => Piece {
                column,
                row,
                across: true,
            },
            NORTH => Piece {
                column,
                row,
                across: false,
            },
            WEST => Piece {
                column: column.checked_sub(1)?,
                row,
                across: true,
            },
            _ => Piece {
                column,
                row: row.checked_sub(1)?,
                across: false,
            },
        };
        let ways = self.pieces.get(&piece)?;
        if matches!(direction, EAST | NORTH) {
            ways.first().copied()
        } else {
            ways.last().copied()
        }
    }

    /// Rules at the crossings of large streets: no left turn, no turning round, a few that only go straight on.
    fn forbid_turns(&mut self) {
        let large = |metres: f64, across| matches!(street(metres, across).0, "primary" | "secondary");
        for row in 0..ROWS {
            for column in 0..COLUMNS_A_BANK * 2 {
                if !large(row_y(row), true) || !large(column_x(column), false) {
                    continue;
                }
                let via = self.crossing(column, row);
                for heading in [EAST, NORTH, WEST, SOUTH] {
                    let choice = self.dice.weighted(&[0.5, 0.3, 0.12, 0.08]);
                    let (from, left, ahead) = (
                        self.leaving(column, row, (heading + 2) % 4),
                        self.leaving(column, row, (heading + 1) % 4),
                        self.leaving(column, row, heading),
                    );
                    let rule = match (choice, from, left, ahead) {
                        (1, Some(from), Some(to), _) => Some(("no_left_turn", from, to)),
                        (2, Some(from), _, _) => Some(("no_u_turn", from, from)),
                        (3, Some(from), _, Some(to)) => Some(("only_straight_on", from, to)),
                        _ => None,
                    };
                    if let Some((kind, from, to)) = rule {
                        let except = self.dice.chance(0.3).then_some("bicycle");
                        self.streets.turns.push(Turn {
                            kind,
                            from,
                            via,
                            to,
                            except,
                        });
                    }
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

impl Streets {
    const NODE_IDS: usize = 1;
    const WAY_IDS: usize = 1_000_001;
    const RELATION_IDS: usize = 2_000_001;

    /// The town as OSM XML: nodes, then ways, then turn restrictions; no id is used twice, whatever it is of.
    pub fn osm(&self) -> String {
        let mut xml = String::with_capacity(self.nodes.len() * 90);
        xml.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"eldercare-dispatch\">\n",
        );
        let tag_lines = |xml: &mut String, tags: &Tags| {
            for (key, value) in tags {
                // Writing to a String cannot fail.
                let _ = writeln!(xml, "    <tag k=\"{key}\" v=\"{}\"/>", escaped(value));
            }
        };
        for (at, node) in self.nodes.iter().enumerate() {
            let Some(point) = node.at.point() else { continue };
            let id = Self::NODE_IDS + at;
            let end = if node.tags.is_empty() { "/>" } else { ">" };
            let _ = writeln!(
                xml,
                "  <node id=\"{id}\" version=\"1\" lat=\"{:.7}\" lon=\"{:.7}\"{end}",
                point.lat(),
                point.lon()
            );
            if !node.tags.is_empty() {
                tag_lines(&mut xml, &node.tags);
                xml.push_str("  </node>\n");
            }
        }
        for (at, way) in self.ways.iter().enumerate() {
            let _ = writeln!(xml, "  <way id=\"{}\" version=\"1\">", Self::WAY_IDS + at);
            for node in &way.nodes {
                let _ = writeln!(xml, "    <nd ref=\"{}\"/>", Self::NODE_IDS + node);
            }
            tag_lines(&mut xml, &way.tags);
            xml.push_str("  </way>\n");
        }
        for (at, turn) in self.turns.iter().enumerate() {
            let _ = writeln!(xml, "  <relation id=\"{}\" version=\"1\">", Self::RELATION_IDS + at);
            for (kind, id, role) in [
                ("way", Self::WAY_IDS + turn.from, "from"),
                ("node", Self::NODE_IDS + turn.via, "via"),
                ("way", Self::WAY_IDS + turn.to, "to"),
            ] {
                let _ = writeln!(xml, "    <member type=\"{kind}\" ref=\"{id}\" role=\"{role}\"/>");
            }
            let mut about = tags(&[("type", "restriction"), ("restriction", turn.kind)]);
            about.extend(turn.except.map(|it| ("except", it.to_owned())));
            tag_lines(&mut xml, &about);
            xml.push_str("  </relation>\n");
        }
        xml.push_str("</osm>\n");
        xml
    }

    /// The ways for people on foot.
    pub fn footpaths(&self) -> Footpaths<'_> {
        let mut next: Vec<Vec<(usize, f64)>> = vec![vec![]; self.nodes.len()];
        for way in &self.ways {
            let pace = match way.tag("highway") {
                None => continue,
                Some("steps") => STEPS_M_S,
                Some(_) => WALK_M_S,
            };
            for pair in way.nodes.windows(2) {
                if let [a, b] = *pair {
                    let seconds = self.nodes[a].at.distance(self.nodes[b].at) / pace;
                    next[a].push((b, seconds));
                    next[b].push((a, seconds));
                }
            }
        }
        for (node, leaving) in self.nodes.iter().zip(&mut next) {
            if node.tags.iter().any(|it| it.0 == "locked") {
                leaving.clear();
            }
        }
        Footpaths { streets: self, next }
    }
}

/// The ways for people on foot: from each node to its neighbours, with the seconds.
pub(super) struct Footpaths<'a> {
    streets: &'a Streets,
    next: Vec<Vec<(usize, f64)>>,
}

impl Footpaths<'_> {
    /// Seconds between a door and the path before it.
    fn to_path(&self, door: Door) -> f64 {
        door.at.distance(self.streets.nodes[door.node].at) / OFF_ROAD_M_S
    }

    /// Everything that can be walked to from `door` within `limit_s` seconds.
    pub fn from(&self, door: Door, limit_s: f64) -> Walks {
        let mut seconds = vec![f64::INFINITY; self.next.len()];
        // Milliseconds, for an order that whole numbers have; the smallest first.
        let mut queue: BinaryHeap<(Reverse<u64>, usize)> = BinaryHeap::new();
        seconds[door.node] = self.to_path(door);
        queue.push((Reverse(0), door.node));
        while let Some((_, node)) = queue.pop() {
            for (other, cost) in &self.next[node] {
                let arrival = seconds[node] + cost;
                if arrival < limit_s && arrival + 1e-9 < seconds[*other] {
                    seconds[*other] = arrival;
                    queue.push((Reverse((arrival * 1_000.0) as u64), *other));
                }
            }
        }
        Walks(seconds)
    }

    /// Seconds to `door` in a set of walks; `None` where no path leads within its limit.
    pub fn to(&self, walks: &Walks, door: Door) -> Option<f64> {
        let seconds = walks.0[door.node] + self.to_path(door);
        seconds.is_finite().then_some(seconds)
    }
}

/// Seconds on foot to each node.
pub(super) struct Walks(Vec<f64>);
