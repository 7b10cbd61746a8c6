//! The demonstration town: streets as OpenStreetMap XML, and people in the sheets that the importer reads.
//!
//! Nothing here exists. The shape is that of Yangcun in Wuqing: a canal through the middle with few bridges, streets
//! around it, estates behind gates. Names are common ones put together at random, no identity numbers are made up, and
//! every telephone number begins with 100, where no subscriber's number begins.
//!
//! Holds always:
//! - the same plan gives the same bytes;
//! - the town comes through the ordinary importers, without an error;
//! - some home lies about 700 m from a walking responder's base across the canal, and about 20 minutes by the bridge:
//!   [`TownSummary::across_the_canal`] says which.

mod folk;
mod names;
mod streets;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::circle::Point;
use crate::ids::{ElderId, ResponderId};
use crate::people::import::Sheet;
use crate::people::{elder_id, responder_id};
use folk::{ElderMade, Folk};
use streets::{Door, Streets};

/// What town to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownPlan {
    /// Another seed, another town.
    pub seed: u64,
    /// The first day of the rota; dates of birth and of return are counted from it.
    pub from: Date,
    /// How many days of rota.
    pub days: u8,
    /// How many elders; a grid has 1,440 dwellings, and the town stops growing when one is full.
    pub elders: usize,
}

impl TownPlan {
    /// The town of `demo`: 3,000 elders, two weeks of rota.
    pub const fn demo(seed: u64, from: Date) -> Self {
        Self {
            seed,
            from,
            days: 14,
            elders: 3_000,
        }
    }
}

/// Estates in each of the 30 grids.
const ESTATES_A_GRID: usize = 5;
/// Family members who use the app.
const FAMILY_WITH_APP: usize = 18;

/// A home near a base as the crow flies and far on foot, because the canal lies between.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcrossTheCanal {
    /// Who lives there.
    pub elder: ElderId,
    /// The elder's code in the sheet.
    pub elder_code: String,
    /// The home's door.
    pub home: Point,
    /// A volunteer on foot, on duty, whose scope is the whole street: nothing but the way is in the way.
    pub responder: ResponderId,
    /// The responder's code in the sheet.
    pub responder_code: String,
    /// The responder's base.
    pub base: Point,
    /// Metres as the crow flies.
    pub straight_m: f64,
    /// Seconds on foot by the streets: 5 km/h on paths, 3 km/h on steps, 4 km/h from the door to the path.
    pub walk_s: f64,
}

/// What the town holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TownSummary {
    /// The seed it was made from.
    pub seed: u64,
    /// Rows of each sheet.
    pub rows: BTreeMap<Sheet, usize>,
    /// `None` only in towns too small to have such a pair.
    pub across_the_canal: Option<AcrossTheCanal>,
}

/// A town, ready for the importers.
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    /// The streets as OSM XML.
    pub osm: String,
    /// The sheets as CSV; import them in the order of [`Sheet::IMPORT_ORDER`].
    pub sheets: BTreeMap<Sheet, String>,
    /// What it holds.
    pub summary: TownSummary,
}

impl Town {
    /// Makes the town of `plan`.
    pub fn generate(plan: &TownPlan) -> Self {
        let streets = Streets::generate(plan.seed, ESTATES_A_GRID);
        let mut folk = Folk::new(plan, &streets);
        folk.areas();
        folk.stations();
        folk.elders();
        let pair = across_the_canal(&streets, &folk.elders);
        folk.canal_base = pair.as_ref().map(|it| it.base);
        folk.responders();
        let across_the_canal = pair.and_then(|it| it.named(&folk));
        folk.contacts(FAMILY_WITH_APP);
        folk.chains();
        folk.devices();
        folk.duty();
        let rows = folk
            .sheets
            .iter()
            .map(|(sheet, lines)| (*sheet, lines.rows()))
            .collect();
        let sheets = folk
            .sheets
            .into_iter()
            .map(|(sheet, lines)| (sheet, lines.into_text()))
            .collect();
        let summary = TownSummary {
            seed: plan.seed,
            rows,
            across_the_canal,
        };
        Self {
            osm: streets.osm(),
            sheets,
            summary,
        }
    }
}

/// A pair before its people have codes.
struct Pair {
    base: Door,
    elder: usize,
    straight_m: f64,
    walk_s: f64,
}

impl Pair {
    fn named(self, folk: &Folk<'_>) -> Option<AcrossTheCanal> {
        let elder = folk.elders.get(self.elder)?;
        // The last responder so far is the one who was made for this base.
        let responder = folk.responders.last()?;
        Some(AcrossTheCanal {
            elder: elder_id(&elder.code),
            elder_code: elder.code.clone(),
            home: elder.door.at.point()?,
            responder: responder_id(&responder.code),
            responder_code: responder.code.clone(),
            base: self.base.at.point()?,
            straight_m: self.straight_m,
            walk_s: self.walk_s,
        })
    }
}

/// The wanted distance as the crow flies, metres, and the wanted walk, seconds.
const STRAIGHT_M: f64 = 700.0;
const WALK_S: f64 = 20.0 * 60.0;

/// The place beside a street and the elder's home on the other bank that come nearest to 700 m and 20 minutes.
fn across_the_canal(streets: &Streets, elders: &[ElderMade]) -> Option<Pair> {
    let near_canal = |at: streets::Spot| at.x.abs() < STRAIGHT_M;
    let homes: Vec<(usize, Door)> = elders
        .iter()
        .enumerate()
        .filter(|(_, it)| it.is_plain() && near_canal(it.door.at))
        .map(|(at, it)| (at, it.door))
        .collect();
    let paths = streets.footpaths();
    let mut best: Option<(f64, Pair)> = None;
    for base in streets.kerbs.iter().copied().filter(|it| near_canal(it.at)) {
        let across = |home: &&(usize, Door)| {
            let straight_m = base.at.distance(home.1.at);
            (straight_m - STRAIGHT_M).abs() < 50.0 && streets::is_west(base.at) != streets::is_west(home.1.at)
        };
        let mut candidates = homes.iter().filter(across).peekable();
        if candidates.peek().is_none() {
            continue;
        }
        let walks = paths.from(base, WALK_S * 1.25);
        for (elder, home) in candidates {
            let Some(walk_s) = paths.to(&walks, *home) else {
                continue;
            };
            let straight_m = base.at.distance(home.at);
            let miss = (straight_m / STRAIGHT_M - 1.0).abs() + (walk_s / WALK_S - 1.0).abs();
            if best.as_ref().is_none_or(|it| miss < it.0) {
                best = Some((
                    miss,
                    Pair {
                        base,
                        elder: *elder,
                        straight_m,
                        walk_s,
                    },
                ));
            }
        }
    }
    best.map(|it| it.1)
}

#[cfg(test)]
mod tests;
