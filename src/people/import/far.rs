//! Homes that lie where they can hardly be: a digit that slipped, two columns exchanged. They are warned of and not refused:
//! the office knows its street better than we do.

use std::collections::BTreeMap;

use super::{ERRORS_MAX, ElderRow, Parsed, RowError, Setting};
use crate::circle::Point;
use crate::people::{AreaCode, AreaLevel};

/// A home is far outside the roads from this distance on, metres: the last house of a lane may lie behind the extract's edge.
const ROADS_FAR_M: f64 = 1_000.0;

/// A home is far from its street from this distance to the middle of the street's homes on, metres: a street (乡镇, 街道) is
/// seldom 20 km across.
const STREET_FAR_M: f64 = 20_000.0;

/// Below so many homes a street has no middle worth the name.
const HOMES_MIN: usize = 5;

/// Warns of each home that lies far outside the roads, or far from the other homes of its street, and says how far.
pub(super) fn warn(parsed: &mut Parsed<ElderRow>, setting: &Setting) {
    let middles = middles(parsed, &setting.known.homes);
    let mut found = Vec::new();
    for (line, row) in &parsed.rows {
        let Some(home) = row.elder.home else { continue };
        let from_roads = setting
            .known
            .roads
            .map(|it| outside_m(home, it))
            .filter(|it| *it > ROADS_FAR_M);
        let street = row.elder.grid.at(AreaLevel::Street);
        let from_street = street
            .and_then(|it| Some((it, middles.get(&it)?.distance_m(home))))
            .filter(|it| it.1 > STREET_FAR_M);
        let message = match (from_roads, from_street) {
            (Some(far), _) => format!(
                "the home lies {} outside the roads that are loaded: no way there can be reckoned",
                kilometres(far)
            ),
            (None, Some((street, far))) => {
                format!(
                    "the home lies {} from the middle of the homes of {street}",
                    kilometres(far)
                )
            }
            (None, None) => continue,
        };
        found.push(RowError {
            line: *line,
            column: "lat".to_owned(),
            value: None,
            message,
        });
    }
    parsed.warnings.extend(found);
    parsed.warnings.sort_by_key(|it| it.line);
    parsed.warnings.truncate(ERRORS_MAX);
}

/// The middle of each street's homes, those on file and those of the sheet: of each coordinate the middle value, which a few
/// wrong ones do not move.
fn middles(parsed: &Parsed<ElderRow>, on_file: &[(AreaCode, Point)]) -> BTreeMap<AreaCode, Point> {
    let of_sheet = parsed
        .rows
        .iter()
        .filter_map(|it| Some((it.1.elder.grid, it.1.elder.home?)));
    let mut homes: BTreeMap<AreaCode, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (grid, home) in on_file.iter().copied().chain(of_sheet) {
        let Some(street) = grid.at(AreaLevel::Street) else {
            continue;
        };
        let (lats, lons) = homes.entry(street).or_default();
        lats.push(home.lat());
        lons.push(home.lon());
    }
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    homes
        .into_iter()
        .filter(|it| it.1.0.len() >= HOMES_MIN)
        .filter_map(|(street, (lats, lons))| Some((street, Point::new(middle(lats)?, middle(lons)?).ok()?)))
        .collect()
}

/// How far a point lies outside the box between two corners, the south-western and the north-eastern one; 0 inside.
fn outside_m(point: Point, (low, high): (Point, Point)) -> f64 {
    let nearest = Point::new(
        point.lat().clamp(low.lat(), high.lat()),
        point.lon().clamp(low.lon(), high.lon()),
    );
    nearest.map_or(0.0, |it| it.distance_m(point))
}

fn kilometres(metres: f64) -> String {
    if metres < 10_000.0 {
        format!("{:.1} km", metres / 1_000.0)
    } else {
        format!("{:.0} km", metres / 1_000.0)
    }
}
