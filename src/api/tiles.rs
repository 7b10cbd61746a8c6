//! `GET /api/v1/map` and `GET /api/v1/tiles/{z}/{x}/{y}`: the map that needs no internet, out of the extract that was imported.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::problem::Problem;
use crate::app::MapConfig;
use crate::chart::{Chart, Tile, ZOOM_MAX};
use crate::circle::{Crs, Ground};

/// Tiles that are kept as they were sent. A street looked at from afar and near has a few hundred.
pub const KEPT_MAX: usize = 4_096;
/// The ending of the chart's file, beside the roads' file.
pub const CHART_EXTENSION: &str = "chart";

/// The chart in use, and the tiles that were cut out of it.
#[derive(Debug)]
pub struct Map {
    chart: Chart,
    kept: Mutex<HashMap<Tile, web::Bytes>>,
}

impl Map {
    /// The map of a chart.
    pub fn new(chart: Chart) -> Self {
        Self {
            chart,
            kept: Mutex::default(),
        }
    }

    /// The chart beside the roads' file; without one, the bare lines of the roads. A map is a help: what is wrong with it is
    /// said in the log and keeps no service from starting.
    pub fn beside(roads: Option<&Path>, ground: &Ground) -> Self {
        let bare = || ground.roads().map_or_else(|| Chart::new(vec![]), Chart::of_roads);
        let Some(path) = roads.map(|it| it.with_extension(CHART_EXTENSION)) else {
            return Self::new(bare());
        };
        let chart = match std::fs::read(&path) {
            Ok(bytes) => Chart::read(&bytes).unwrap_or_else(|error| {
                tracing::error!(path = %path.display(), %error, "the map is drawn from the roads alone");
                bare()
            }),
            Err(error) => {
                tracing::info!(path = %path.display(), %error, "there is no chart: the map is drawn from the roads alone");
                bare()
            }
        };
        Self::new(chart)
    }

    /// The tile's bytes, cut once.
    ///
    /// # Errors
    /// The encoder's.
    pub fn tile(&self, tile: Tile) -> Result<web::Bytes, mvt::Error> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = kept().get(&tile) {
            return Ok(bytes.clone());
        }
        // Not under the lock: two who ask at once cut it twice, and nobody waits for a stranger's tile.
        let bytes = web::Bytes::from(self.chart.tile(tile)?);
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear(); // somebody has looked at everything; what is looked at now comes back in a moment
        }
        kept.insert(tile, bytes.clone());
        Ok(bytes)
    }
}

/// What a client has to know before it draws.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MapDto {
    /// `[west, south, east, north]` of the roads, WGS-84; null: nothing was imported.
    pub bounds: Option<[f64; 4]>,
    /// The last zoom with tiles of its own.
    pub zoom_max: u8,
    /// To be shown with the map.
    pub attribution: String,
    /// An approved base map to be drawn in place of the tiles; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseMapDto>,
}

/// A base map of somebody else, as the configuration names it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BaseMapDto {
    /// Where its pictures are: `{z}`, `{x}` and `{y}` stand for zoom, column and row.
    pub tiles_url: String,
    /// `wgs84`, `gcj02`, `bd09`: what is drawn on it is converted to this first.
    #[schema(value_type = String)]
    pub crs: Crs,
    /// The review number of an approved map, to be shown with it.
    pub review_number: String,
    /// Whose map it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    pub zoom_max: u8,
}

/// What the map is made of.
#[utoipa::path(get, path = "/api/v1/map", tag = "circles", responses((status = 200, body = MapDto)))]
pub async fn map(api: web::Data<Api>) -> HttpResponse {
    HttpResponse::Ok().json(map_dto(&api))
}

pub(super) fn map_dto(api: &Api) -> MapDto {
    MapDto {
        bounds: api.map.chart.bounds(),
        zoom_max: ZOOM_MAX,
        attribution: "© OpenStreetMap contributors".to_owned(),
        base: base_of(&api.app.config.map),
    }
}

fn base_of(config: &MapConfig) -> Option<BaseMapDto> {
    Some(BaseMapDto {
        tiles_url: config.tiles_url.clone()?,
        crs: config.tiles_crs,
        // The configuration was refused without.
        review_number: config.review_number.clone()?,
        attribution: config.attribution.clone(),
        zoom_max: config.tiles_zoom_max,
    })
}

/// One tile, Mapbox vector tiles 2.1; layers `ground`, `water`, `building`, `road`, `place`, each feature with its `class` and,
/// where it has one, its `name`. 204: there is nothing in it.
#[utoipa::path(get, path = "/api/v1/tiles/{z}/{x}/{y}", tag = "circles",
    params(("z" = u8, Path), ("x" = u32, Path), ("y" = u32, Path)),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"), (status = 204),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn tile(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    tile_answer(&api, &request).await
}

pub(super) async fn tile_answer(api: &Api, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let number = |name: &str| request.match_info().get(name).and_then(|it| it.parse::<u32>().ok());
    let zoom = number("z").and_then(|it| u8::try_from(it).ok());
    let tile = zoom
        .zip(number("x"))
        .zip(number("y"))
        .and_then(|((z, x), y)| Tile::new(z, x, y));
    let tile = tile.ok_or_else(|| Problem::not_found("tile_not_found", "there is no such tile"))?;
    let map = Arc::clone(&api.map);
    let bytes = api.compute(move || map.tile(tile)).await?.map_err(|error| {
        tracing::error!(%error, "a tile could not be cut");
        Problem::internal()
    })?;
    let mut answer = if bytes.is_empty() {
        HttpResponse::NoContent()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .insert_header((header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile"));
    Ok(if bytes.is_empty() {
        answer.finish()
    } else {
        answer.body(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Feature, Kind, spot};
    use crate::circle::Roads;

    fn of(map: &Map, zoom: u8) -> web::Bytes {
        let at = spot(39.005, 117.0);
        let side = 30 - u32::from(zoom);
        map.tile(Tile::new(zoom, (at[0] >> side) as u32, (at[1] >> side) as u32).unwrap())
            .unwrap()
    }

    #[test]
    fn without_a_chart_the_roads_are_drawn_and_without_roads_nothing_is() {
        let xml = r#"<osm version="0.6"><node id="1" lat="39.0" lon="117.0"/><node id="2" lat="39.01" lon="117.0"/>
            <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>"#;
        let extract = roads::from_bytes("test.osm", xml.as_bytes().to_vec()).unwrap();
        let (network, _) = Roads::import(extract.as_ref()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roads.ecd");
        let ground = Ground::from(network);
        let drawn = |map: &Map| of(map, 12).windows(4).any(|it| it == b"main");
        assert!(drawn(&Map::beside(Some(&file), &ground)));
        assert!(of(&Map::beside(None, &Ground::Straight), 12).is_empty());
        std::fs::write(file.with_extension(CHART_EXTENSION), b"no chart").unwrap();
        assert!(
            drawn(&Map::beside(Some(&file), &ground)),
            "a broken chart keeps nobody from the roads"
        );
        let mut chart = Vec::new();
        let canal = Feature {
            kind: Kind::Waterway,
            name: None,
            parts: vec![vec![spot(39.0, 117.0), spot(39.01, 117.0)]],
        };
        Chart::new(vec![canal]).write_to(&mut chart).unwrap();
        std::fs::write(file.with_extension(CHART_EXTENSION), chart).unwrap();
        assert!(!drawn(&Map::beside(Some(&file), &ground)));
    }

    #[test]
    fn kept_tiles_have_a_limit() {
        let map = Map::new(Chart::new(vec![]));
        for number in 0..=KEPT_MAX as u32 {
            map.tile(Tile::new(16, number % 65_536, number / 65_536).unwrap())
                .unwrap();
        }
        assert_eq!(map.kept.lock().unwrap().len(), 1);
    }
}
