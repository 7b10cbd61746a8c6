//! `GET /api/v1/roads/lines`: the roads that the service stands on, as lines for a map without tiles.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Api;
use crate::api::problem::{FieldError, Problem};
use crate::api::wire::Query;
use crate::circle::{Class, Ground, Point, Roads};

/// Numbers in a degree: about a metre.
const SCALE: f64 = 1e5;
/// Lines that one answer holds; beyond it the least roads are left out.
pub const LINES_MAX: usize = 60_000;

/// The lines of canals and rivers; `<roads file>` with the ending `.water.json` beside the roads, where there is one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Waters {
    /// Each from its first to its last point.
    pub lines: Vec<Vec<Point>>,
}

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `west,south,east,north` in WGS-84 degrees; all when left out.
    bbox: Option<String>,
}

/// Lines for a map. Each is a row of whole numbers: longitude, latitude, then the differences from point to point.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct LinesDto {
    /// Numbers in a degree.
    pub scale: f64,
    /// `[west, south, east, north]` of all roads; null without roads.
    pub bounds: Option<[f64; 4]>,
    /// Roads from tertiary upwards.
    pub major: Vec<Vec<i64>>,
    /// Streets.
    pub minor: Vec<Vec<i64>>,
    /// Service ways, paths and steps.
    pub paths: Vec<Vec<i64>>,
    /// Canals and rivers.
    pub water: Vec<Vec<i64>>,
    /// More than the limit: the least roads were left out.
    pub cut: bool,
}

/// West, south, east, north.
type Box4 = [f64; 4];

fn read_box(text: &str) -> Result<Box4, Problem> {
    let bad = |why: &str| {
        let wrong = FieldError::new("bbox", "bad_query", why);
        Problem {
            errors: vec![wrong],
            ..Problem::bad_request("bad_query", format!("bbox: {why}"))
        }
    };
    let parts: Vec<f64> = text.split(',').filter_map(|it| it.trim().parse().ok()).collect();
    let [west, south, east, north] = parts[..] else {
        return Err(bad("four numbers: west,south,east,north"));
    };
    let sound = Point::new(south, west).is_ok() && Point::new(north, east).is_ok() && west < east && south < north;
    if sound {
        Ok([west, south, east, north])
    } else {
        Err(bad("degrees, west before east and south before north"))
    }
}

/// The roads as lines for a map; the same answer for everybody who is signed in.
#[utoipa::path(get, path = "/api/v1/roads/lines", tag = "circles", params(Which), responses((status = 200, body = LinesDto)))]
pub async fn lines(api: web::Data<Api>, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let bbox = asked.0.bbox.as_deref().map(read_box).transpose()?;
    let ground = api.app.ground.load_full();
    let file = api.app.config.roads.file.clone();
    let text = api
        .compute(move || whole_or_part(&ground, file.as_deref(), bbox))
        .await?;
    let text = text.map_err(|error| {
        tracing::error!(%error, "the lines of the roads could not be written");
        Problem::internal()
    })?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "private, max-age=600"))
        .body(text))
}

/// The whole answer is kept until other roads are in use: every console asks for it.
static WHOLE: OnceLock<Mutex<Option<Whole>>> = OnceLock::new();

/// The roads, and their lines as they are sent.
type Whole = (Arc<Ground>, web::Bytes);

fn whole_or_part(
    ground: &Arc<Ground>,
    file: Option<&std::path::Path>,
    bbox: Option<Box4>,
) -> Result<web::Bytes, serde_json::Error> {
    let kept = WHOLE.get_or_init(Mutex::default);
    if bbox.is_none() {
        let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = kept.as_ref().filter(|it| Arc::ptr_eq(&it.0, ground)) {
            return Ok(text.clone());
        }
    }
    let waters = file.map_or_else(Waters::default, read_waters);
    let dto = drawn(ground.roads(), &waters, bbox, LINES_MAX);
    let text = web::Bytes::from(serde_json::to_vec(&dto)?);
    if bbox.is_none() {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((ground.clone(), text.clone()));
    }
    Ok(text)
}

fn read_waters(roads: &std::path::Path) -> Waters {
    let Ok(text) = std::fs::read(roads.with_extension("water.json")) else {
        return Waters::default(); // most streets have none
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "the water beside the roads does not read");
        Waters::default()
    })
}

fn drawn(roads: Option<&Roads>, waters: &Waters, bbox: Option<Box4>, most: usize) -> LinesDto {
    let mut dto = LinesDto {
        scale: SCALE,
        ..LinesDto::default()
    };
    dto.water = waters
        .lines
        .iter()
        .filter(|it| touches(it, bbox))
        .map(|it| row(it))
        .collect();
    let Some(roads) = roads else { return dto };
    dto.bounds = roads
        .bounds()
        .map(|(low, high)| [low.lon(), low.lat(), high.lon(), high.lat()]);
    let count = u32::try_from(roads.segment_count()).unwrap_or(u32::MAX);
    for segment in (0..count).filter_map(|it| roads.segment(it)) {
        if !touches(&segment.line, bbox) {
            continue;
        }
        let list = match segment.class {
            Class::Motorway
            | Class::MotorwayLink
            | Class::Trunk
            | Class::TrunkLink
            | Class::Primary
            | Class::PrimaryLink
            | Class::Secondary
            | Class::SecondaryLink
            | Class::Tertiary
            | Class::TertiaryLink => &mut dto.major,
            Class::Unclassified | Class::Residential | Class::LivingStreet => &mut dto.minor,
            Class::Service
            | Class::Track
            | Class::Cycleway
            | Class::SharedPath
            | Class::Path
            | Class::Footway
            | Class::Pedestrian
            | Class::Steps => &mut dto.paths,
        };
        list.push(row(&segment.line));
    }
    let mut left = most;
    for list in [&mut dto.major, &mut dto.minor, &mut dto.paths] {
        if list.len() > left {
            list.truncate(left);
            dto.cut = true;
        }
        left -= list.len();
    }
    dto
}

fn touches(line: &[Point], bbox: Option<Box4>) -> bool {
    let Some([west, south, east, north]) = bbox else {
        return true;
    };
    let within = |low: f64, high: f64, value: fn(&Point) -> f64| {
        line.iter().any(|it| value(it) >= low) && line.iter().any(|it| value(it) <= high)
    };
    within(west, east, |it| it.lon()) && within(south, north, |it| it.lat())
}

fn row(line: &[Point]) -> Vec<i64> {
    let mut numbers = Vec::with_capacity(line.len() * 2);
    let mut before = [0, 0];
    for point in line {
        let here = [
            (point.lon() * SCALE).round() as i64,
            (point.lat() * SCALE).round() as i64,
        ];
        if numbers.len() >= 4 && here == before {
            continue; // nearer than a metre
        }
        numbers.extend([here[0] - before[0], here[1] - before[1]]);
        before = here;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Point {
        Point::new(lat, lon).unwrap()
    }

    #[test]
    fn a_line_is_its_first_point_and_the_steps_from_there() {
        assert_eq!(
            row(&[at(39.38, 117.06), at(39.3801, 117.06), at(39.3801, 117.0599)]),
            [11_706_000, 3_938_000, 0, 10, -10, 0]
        );
    }

    #[test]
    fn only_what_touches_the_box_is_drawn() {
        let waters = Waters {
            lines: vec![
                vec![at(39.0, 117.0), at(39.2, 117.0)],
                vec![at(41.0, 117.0), at(41.2, 117.0)],
            ],
        };
        let one = drawn(None, &waters, Some([116.9, 39.05, 117.1, 39.1]), LINES_MAX);
        assert_eq!((one.water.len(), one.bounds), (1, None));
        assert_eq!(drawn(None, &waters, None, LINES_MAX).water.len(), 2);
    }

    #[test]
    fn a_box_is_four_sound_numbers() {
        assert_eq!(read_box("117,39,117.5,39.5").unwrap(), [117.0, 39.0, 117.5, 39.5]);
        for wrong in ["", "1,2,3", "117.5,39,117,39.5", "117,99,118,100", "a,b,c,d"] {
            assert!(read_box(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn beyond_the_limit_the_least_roads_are_left_out() {
        let xml = r#"<osm version="0.6">
            <node id="1" lat="39.0" lon="117.0"/><node id="2" lat="39.01" lon="117.0"/><node id="3" lat="39.01" lon="117.01"/>
            <node id="4" lat="39.0" lon="117.01"/>
            <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way>
            <way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
            <way id="3"><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="highway" v="residential"/></way></osm>"#;
        let extract = roads::from_bytes("test.osm", xml.as_bytes().to_vec()).unwrap();
        let (roads, _) = Roads::import(extract.as_ref()).unwrap();
        let all = drawn(Some(&roads), &Waters::default(), None, LINES_MAX);
        assert_eq!(
            (all.major.len(), all.minor.len(), all.paths.len(), all.cut),
            (1, 1, 1, false)
        );
        assert!(all.bounds.is_some());
        let few = drawn(Some(&roads), &Waters::default(), None, 2);
        assert_eq!(
            (few.major.len(), few.minor.len(), few.paths.len(), few.cut),
            (1, 1, 0, true)
        );
    }
}
