//! The map of a street's areas: what holds on a day, a new version of it, a line that cuts one in two, and the homes that lie in another
//! grid than the one in which they are filed.
//!
//! Maps come and go as GeoJSON. A version is refused as long as anything is wrong with it, and everything that is wrong is told with its
//! place. No elder's grid follows a map by itself: see `docs/areas.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem, ProblemDto};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, PageDto, Query, content_type, parse, read_body_within};
use crate::circle::shape::{BadShape, NoCut, Place, read_line};
use crate::circle::{Crs, Shape};
use crate::ids::{ElderId, HouseholdId, UserId};
use crate::people::area_map::{AREAS_MAX, CORNERS_MAX, Drawn, FINDINGS_MAX, Finding, Grids};
use crate::people::{Area, AreaCode, AreaLevel, AreaMap, area_id, listed_codes};
use crate::store::{AreaBook, MapVersion, RegisterEvent, Regridded, StreetMap};

/// 200,000 corners as text.
const FILE_MAX_BYTES: usize = 8 * 1024 * 1024;
const FILE_WITHIN: Duration = Duration::from_secs(60);
/// A map is drawn for so many days ahead at most.
const AHEAD_MAX_DAYS: i32 = 731;
/// Versions that are told with a map.
const VERSIONS_TOLD: u64 = 50;
/// Homes that are named in one answer; the rest is counted.
const NAMED_MAX: usize = 500;
/// Homes that go to another grid in one request.
const MOVED_MAX: usize = 2_000;
/// Wrong fields that are named at once.
const ERRORS_MAX: usize = 100;
/// Letters of why.
const NOTE_MAX: usize = 200;

/// A polygon: rings of longitude and latitude, the outer one first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolygonDto {
    /// `Polygon`.
    pub r#type: String,
    #[schema(value_type = Vec<Vec<Vec<f64>>>)]
    pub coordinates: Vec<Vec<[f64; 2]>>,
}

impl PolygonDto {
    fn of(shape: &Shape, crs: Crs) -> Self {
        Self {
            r#type: "Polygon".to_owned(),
            coordinates: match crs {
                Crs::Wgs84 => shape.rings().to_vec(),
                Crs::Gcj02 | Crs::Bd09 => shape.rings_in(crs),
            },
        }
    }
}

/// What an outline is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AreaPropertiesDto {
    /// 9, 12 or 15 digits.
    pub code: String,
    /// As the register calls it.
    pub name: String,
    /// `street`, `community`, `grid`.
    pub level: String,
    /// The 20 digits of CJ/T 349.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    pub area_m2: f64,
}

/// One outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AreaFeatureDto {
    /// `Feature`.
    pub r#type: String,
    pub properties: AreaPropertiesDto,
    pub geometry: PolygonDto,
}

/// A version of a street's map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MapVersionDto {
    pub version: i64,
    /// The day from which it holds, until another does.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many outlines it has.
    pub areas: u32,
    /// It holds today.
    pub in_force: bool,
}

/// A street's map: a GeoJSON FeatureCollection, with what is said of the version beside it. The `ETag` of the answer is what a new version
/// names in `If-Match`: the number of the last one, whichever is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AreaMapDto {
    /// `FeatureCollection`.
    pub r#type: String,
    pub street: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which version is shown; 0: none holds on that day.
    pub version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
    /// The system of the numbers.
    #[schema(value_type = String)]
    pub coordinates_in: Crs,
    /// The last one made comes first; 50 at most.
    pub versions: Vec<MapVersionDto>,
    pub features: Vec<AreaFeatureDto>,
}

/// Something that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingDto {
    /// `self_crossing`, `rings_touch`, `hole_outside`, `too_small`, `overlap`, `outside`, `gap`; of a line also `line_crosses_itself`,
    /// `part_too_small`.
    pub kind: String,
    /// The areas it is about.
    pub codes: Vec<String>,
    /// A point of it, in the system of what was sent.
    pub lat: f64,
    pub lon: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<f64>,
    /// What of it can be shown on a map: GeoJSON, in the system of what was sent.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
}

impl FindingDto {
    fn new(kind: &str, codes: &[AreaCode], place: &Place, crs: Crs) -> Self {
        let (lat, lon) = crs.from_wgs84(place.at);
        let mut geometry = serde_json::to_value(&place.drawn).unwrap_or_default();
        if crs != Crs::Wgs84
            && let Some(numbers) = geometry.get_mut("coordinates")
        {
            turn(numbers, crs);
        }
        Self {
            kind: kind.to_owned(),
            codes: codes.iter().map(AreaCode::to_string).collect(),
            lat,
            lon,
            area_m2: place.area_m2.map(|it| (it * 10.0).round() / 10.0),
            geometry,
        }
    }
}

/// Turns every pair of numbers of a GeoJSON geometry into another system.
fn turn(numbers: &mut serde_json::Value, crs: Crs) {
    let Some(list) = numbers.as_array_mut() else { return };
    if let [lon, lat] = list.as_mut_slice()
        && let (Some(x), Some(y)) = (lon.as_f64(), lat.as_f64())
        && let Ok(point) = crate::circle::Point::new(y, x)
    {
        let (y, x) = crs.from_wgs84(point);
        (*lon, *lat) = (x.into(), y.into());
        return;
    }
    list.iter_mut().for_each(|it| turn(it, crs));
}

/// Somebody of a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HomeElderDto {
    #[schema(value_type = String)]
    pub id: ElderId,
    pub name: String,
}

/// A home that lies elsewhere than where it is filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HomeMoveDto {
    #[schema(value_type = String)]
    pub household_id: HouseholdId,
    pub address: String,
    /// The grid in which it is filed.
    pub from: String,
    /// The grid in which it lies; absent: in none that is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    pub elders: Vec<HomeElderDto>,
}

/// How many go from one grid to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoveCountDto {
    pub from: String,
    pub to: String,
    pub households: usize,
    pub elders: usize,
}

/// The homes of a street against its map.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct HomesOnMapDto {
    /// Homes that lie in another grid than the one where they are filed.
    pub moving: usize,
    /// Elders in them.
    pub moving_elders: usize,
    /// From where to where.
    pub ways: Vec<MoveCountDto>,
    /// By grid and address; 500 are named at most.
    pub homes: Vec<HomeMoveDto>,
    /// Homes in no grid that is drawn.
    pub outside: usize,
    /// 500 are named at most.
    pub outside_homes: Vec<HomeMoveDto>,
    /// Homes whose place nobody knows: they stay where they are filed.
    pub without_position: usize,
}

/// What was looked at, and saved when it was to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckedMapDto {
    /// It is a version now; else it was only looked at.
    pub saved: bool,
    /// Its number, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The day from which it holds.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// What is wrong, 500 at most: it cannot be saved while there is anything.
    pub findings: Vec<FindingDto>,
    /// How many more there are.
    pub findings_left_out: usize,
    /// Areas that come on file with it.
    pub new_areas: Vec<String>,
    pub homes: HomesOnMapDto,
}

/// A map that was refused: a problem with the places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapProblemDto {
    #[serde(flatten)]
    pub problem: ProblemDto,
    pub findings: Vec<FindingDto>,
    pub findings_left_out: usize,
}

/// Which map.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichMap {
    /// The day on which it holds; today when left out.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    at: Option<Date>,
    /// A version, whether it holds or not.
    #[serde(default)]
    version: Option<i64>,
    /// `wgs84` when left out, `gcj02`, `bd09`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    crs: Option<Crs>,
}

/// How a map comes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HowMap {
    /// The system of its numbers: `wgs84`, `gcj02`, `bd09`. It is asked for, because a file does not say.
    #[serde(default)]
    #[param(value_type = String)]
    crs: Option<Crs>,
    /// The day from which it is to hold; today when left out, two years ahead at most.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// `true`: look at it and save nothing.
    #[serde(default)]
    dry_run: Option<bool>,
    /// Why, in words.
    #[serde(default)]
    note: Option<String>,
}

/// A FeatureCollection as it comes: what GeoJSON allows beside it is passed over.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AreaMapIn {
    /// `FeatureCollection`.
    pub r#type: String,
    pub features: Vec<AreaFeatureIn>,
}

/// An outline as it comes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AreaFeatureIn {
    pub properties: AreaPropertiesIn,
    pub geometry: GeometryIn,
}

/// What an outline is of, as it comes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AreaPropertiesIn {
    /// 9, 12 or 15 digits, as text or number.
    #[schema(value_type = String)]
    pub code: serde_json::Value,
    /// Needed for an area that is not on file yet; of others the register's name holds.
    #[serde(default)]
    pub name: Option<String>,
    /// The 20 digits of CJ/T 349, of a grid.
    #[serde(default)]
    pub alias: Option<String>,
}

/// A Polygon, or a MultiPolygon of one.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GeometryIn {
    pub r#type: String,
    #[schema(value_type = Vec<Vec<Vec<f64>>>)]
    pub coordinates: serde_json::Value,
}

/// The wrong fields of a request, as many as are told.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, field: String, code: &str, why: impl Into<String>) {
        if self.0.len() < ERRORS_MAX {
            self.0.push(FieldError::new(field, code, why));
        }
    }

    fn done(self) -> Result<(), Problem> {
        let code = match self.0.first().map(|it| it.code.as_str()) {
            None => return Ok(()),
            Some("missing_field") => "missing_field",
            Some("out_of_range") => "out_of_range",
            Some("too_long") => "too_long",
            Some(_) => "invalid_value",
        };
        Err(Problem::fields(code, self.0))
    }
}

fn shape_error(field: &str, error: &BadShape) -> FieldError {
    let part = |it: Option<usize>| it.map(|it| format!(".{it}")).unwrap_or_default();
    let (ring, corner) = error.at();
    let code = match error {
        BadShape::Nowhere { .. } | BadShape::Abroad { .. } => "out_of_range",
        BadShape::Long => "too_long",
        BadShape::Empty | BadShape::Open { .. } | BadShape::Short { .. } | BadShape::Pair { .. } => "invalid_value",
    };
    FieldError::new(
        format!("{field}{}{}", part(ring), part(corner)),
        code,
        error.to_string(),
    )
}

impl GeometryIn {
    fn read(self, field: &str, crs: Crs) -> Result<Shape, FieldError> {
        let bad = |why: &str| FieldError::new(field, "invalid_value", why);
        let numbers = "rings of pairs of longitude and latitude";
        let rings: Vec<Vec<Vec<f64>>> = match self.r#type.as_str() {
            "Polygon" => serde_json::from_value(self.coordinates).map_err(|_| bad(numbers))?,
            "MultiPolygon" => {
                let mut parts: Vec<Vec<Vec<Vec<f64>>>> =
                    serde_json::from_value(self.coordinates).map_err(|_| bad(numbers))?;
                match parts.len() {
                    1 => parts.remove(0),
                    n => return Err(bad(&format!("is of {n} pieces: an area is of one"))),
                }
            }
            _ => return Err(bad("must be a Polygon")),
        };
        Shape::read(&rings, crs).map_err(|it| shape_error(field, &it))
    }
}

impl AreaMapIn {
    fn read(self, crs: Crs) -> Result<AreaMap, Problem> {
        let mut wrong = Wrong::default();
        if self.r#type != "FeatureCollection" {
            wrong.add("type".to_owned(), "invalid_value", "must be FeatureCollection");
        }
        if self.features.is_empty() {
            wrong.add("features".to_owned(), "missing_field", "a map has one outline at least");
        }
        if self.features.len() > AREAS_MAX {
            let why = format!("a street has {AREAS_MAX} outlines at most");
            wrong.add("features".to_owned(), "too_long", why);
        }
        let mut areas = Vec::with_capacity(self.features.len());
        for (n, it) in self.features.into_iter().enumerate() {
            let code = match &it.properties.code {
                serde_json::Value::String(text) => text.trim().parse::<AreaCode>(),
                other => other.to_string().parse(),
            };
            let code = code.map_err(|it| {
                let field = format!("features.{n}.properties.code");
                wrong.add(field, "invalid_value", it.to_string());
            });
            let shape = it.geometry.read(&format!("features.{n}.geometry.coordinates"), crs);
            let shape = shape.map_err(|it| wrong.add(it.field, &it.code, it.message));
            let text = |it: Option<String>| it.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
            if let (Ok(code), Ok(shape)) = (code, shape) {
                areas.push(Drawn {
                    code,
                    name: text(it.properties.name),
                    alias: text(it.properties.alias),
                    shape,
                });
            }
        }
        if areas.iter().map(|it| it.shape.corners()).sum::<usize>() > CORNERS_MAX {
            let why = format!("a map has {CORNERS_MAX} corners at most");
            wrong.add("features".to_owned(), "too_long", why);
        }
        wrong.done()?;
        // As they came: what is wrong is named by its place.
        Ok(AreaMap { areas })
    }
}

/// What the register knows of codes on one day.
struct OnFile {
    day: Date,
    /// Every row of a code.
    by_code: BTreeMap<AreaCode, Vec<Area>>,
    ids: BTreeMap<crate::ids::AreaId, AreaCode>,
}

impl OnFile {
    fn new(areas: Vec<Area>, day: Date) -> Self {
        let ids = areas.iter().map(|it| (it.id, it.code)).collect();
        let mut by_code: BTreeMap<AreaCode, Vec<Area>> = BTreeMap::new();
        for it in areas {
            by_code.entry(it.code).or_default().push(it);
        }
        Self { day, by_code, ids }
    }

    fn on_the_day(&self, code: AreaCode) -> Option<&Area> {
        self.by_code.get(&code)?.iter().find(|it| it.in_force(self.day))
    }

    /// What is to be filed with an outline: an area that is not on file on the day, or another alias of one that is.
    fn to_file(&self, it: &Drawn) -> Option<Area> {
        if let Some(known) = self.on_the_day(it.code) {
            let alias = it.alias.clone().filter(|alias| known.alias.as_ref() != Some(alias))?;
            return Some(Area {
                alias: Some(alias),
                ..known.clone()
            });
        }
        // One that a waiting version has filed for a later day: that one goes on from there.
        let rows = self.by_code.get(&it.code).into_iter().flatten();
        let later = rows
            .filter(|it| it.valid_from > self.day)
            .min_by_key(|it| it.valid_from);
        Some(Area {
            id: later.map_or_else(|| area_id(&it.code.to_string()), |it| it.id),
            code: it.code,
            name: it.name.clone()?,
            valid_from: self.day,
            valid_until: later.map(|it| it.valid_from),
            alias: it.alias.clone(),
        })
    }

    /// The id that a new code would get is another area's by now.
    fn is_taken(&self, code: AreaCode) -> bool {
        let bearer = self.ids.get(&area_id(&code.to_string()));
        bearer.is_some_and(|it| *it != code) && !self.by_code.contains_key(&code)
    }
}

fn log_key(street: AreaCode) -> String {
    format!("area_map {street}")
}

/// A street of the caller, by the name in the path.
fn street_of(api: &Api, who: &SignedIn, request: &HttpRequest) -> Result<AreaCode, Problem> {
    let text = request.match_info().get("street").unwrap_or_default();
    let street = text.parse::<AreaCode>().ok();
    let street = street.filter(|it| it.level() == AreaLevel::Street && api.app.picture.area_id(*it).is_some());
    let seen = street.filter(|it| who.scope.touches(*it));
    seen.ok_or_else(|| Problem::not_found("area_not_found", "there is no such street"))
}

/// As [`street_of`], for whoever may draw there.
fn own_street(api: &Api, who: &SignedIn, request: &HttpRequest) -> Result<AreaCode, Problem> {
    let street = street_of(api, who, request)?;
    if who.scope.contains(street) {
        return Ok(street);
    }
    Err(Problem::forbidden(
        "not_your_street",
        "only who has the whole street draws its areas",
    ))
}

/// A map that was looked at.
struct Checked {
    map: AreaMap,
    to_file: Vec<Area>,
    dto: CheckedMapDto,
}

impl Api {
    fn today(&self) -> Date {
        self.app.desk.local(self.app.clock.now()).0
    }

    fn map_dto(
        &self,
        street: AreaCode,
        book: &AreaBook,
        shown: Option<StreetMap>,
        versions: Vec<MapVersionDto>,
        crs: Crs,
    ) -> AreaMapDto {
        let on_file = |code| book.id(code).and_then(|it| book.area(it));
        let (head, map) = shown.map(|it| (it.version, it.map)).unzip();
        let feature = |it: &Drawn| AreaFeatureDto {
            r#type: "Feature".to_owned(),
            properties: AreaPropertiesDto {
                code: it.code.to_string(),
                name: on_file(it.code)
                    .map(|it| it.name.clone())
                    .or_else(|| it.name.clone())
                    .unwrap_or_default(),
                level: it.code.level().as_str().to_owned(),
                alias: on_file(it.code)
                    .and_then(|it| it.alias.clone())
                    .or_else(|| it.alias.clone()),
                area_m2: it.shape.area_m2().round(),
            },
            geometry: PolygonDto::of(&it.shape, crs),
        };
        AreaMapDto {
            r#type: "FeatureCollection".to_owned(),
            street: street.to_string(),
            name: on_file(street).map(|it| it.name.clone()),
            version: head.as_ref().map_or(0, |it: &MapVersion| it.version),
            valid_from: head.map(|it| it.valid_from),
            coordinates_in: crs,
            versions,
            features: map.unwrap_or_default().areas.iter().map(feature).collect(),
        }
    }

    async fn area_map(&self, street: AreaCode, which: WhichMap) -> Result<(i64, AreaMapDto), Problem> {
        let store = &self.app.store;
        let today = self.today();
        let shown = match which.version {
            Some(version) => {
                let found = store.area_map(street, version).await?;
                let none = || Problem::not_found("map_not_found", "the street's map has no such version");
                Some(found.ok_or_else(none)?)
            }
            None => store.area_map_on(street, which.at.unwrap_or(today)).await?,
        };
        let versions = store.area_map_versions(street, VERSIONS_TOLD).await?;
        let latest = versions.first().map_or(0, |it| it.version);
        let begun = versions.iter().filter(|it| it.valid_from <= today);
        let now = begun.max_by_key(|it| (it.valid_from, it.version)).map(|it| it.version);
        let told = |it: MapVersion| MapVersionDto {
            in_force: Some(it.version) == now,
            version: it.version,
            valid_from: it.valid_from,
            made_at: it.made_at,
            by: it.by,
            note: it.note,
            areas: it.areas,
        };
        let versions = versions.into_iter().map(told).collect();
        // Areas are called as on the day of the map.
        let day = shown.as_ref().map_or(today, |it| it.version.valid_from).max(today);
        let book = store.area_book(day).await?;
        let crs = which.crs.unwrap_or(Crs::Wgs84);
        let it = self.clone();
        let dto = self
            .compute(move || it.map_dto(street, &book, shown, versions, crs))
            .await?;
        Ok((latest, dto))
    }

    /// The homes of a street that the caller sees, against the grids of a map.
    fn homes_on(&self, who: &SignedIn, street: AreaCode, grids: &Grids) -> (HomesOnMapDto, Vec<Regridded>) {
        let picture = &self.app.picture;
        let mut dto = HomesOnMapDto::default();
        let mut moves = Vec::new();
        let mut ways: BTreeMap<(AreaCode, AreaCode), (usize, usize)> = BTreeMap::new();
        let (mut moving, mut outside) = (Vec::new(), Vec::new());
        if grids.is_empty() {
            return (dto, moves);
        }
        picture.each_household(|home, members| {
            if members == 0 || !street.contains(home.grid) || !who.scope.contains(home.grid) {
                return;
            }
            let Some(at) = home.home else {
                dto.without_position += 1;
                return;
            };
            let lies = grids.of(at, home.grid);
            let told = |to: Option<AreaCode>| HomeMoveDto {
                household_id: home.id,
                address: home.address.clone(),
                from: home.grid.to_string(),
                to: to.map(|it| it.to_string()),
                elders: Vec::new(),
            };
            match lies {
                None => outside.push(told(None)),
                Some(to) if to != home.grid => {
                    let way = ways.entry((home.grid, to)).or_default();
                    *way = (way.0 + 1, way.1 + members);
                    moving.push(told(Some(to)));
                    moves.push(Regridded {
                        household: home.id,
                        from: home.grid,
                        to,
                    });
                }
                Some(_) => {}
            }
        });
        dto.moving = moving.len();
        dto.outside = outside.len();
        dto.moving_elders = ways.values().map(|it| it.1).sum();
        let way = |((from, to), (households, elders)): ((AreaCode, AreaCode), (usize, usize))| MoveCountDto {
            from: from.to_string(),
            to: to.to_string(),
            households,
            elders,
        };
        dto.ways = ways.into_iter().map(way).collect();
        (dto.homes, dto.outside_homes) = (self.named_homes(moving), self.named_homes(outside));
        moves.sort_by_key(|it| it.household);
        (dto, moves)
    }

    /// The first of some homes, with who lives there.
    fn named_homes(&self, mut homes: Vec<HomeMoveDto>) -> Vec<HomeMoveDto> {
        homes.sort_by(|a, b| {
            (&a.from, &a.to, &a.address, a.household_id).cmp(&(&b.from, &b.to, &b.address, b.household_id))
        });
        homes.truncate(NAMED_MAX);
        for it in &mut homes {
            let members = self.app.picture.household(it.household_id).map(|it| it.1);
            let elder = |it: std::sync::Arc<crate::people::Elder>| HomeElderDto {
                id: it.id,
                name: it.name.clone(),
            };
            it.elders = members.unwrap_or_default().into_iter().map(elder).collect();
        }
        homes
    }

    /// Looks at a map for a street from a day on; what is wrong with codes is a problem, what is wrong with outlines a finding.
    async fn check_map(
        &self,
        who: &SignedIn,
        street: AreaCode,
        map: AreaMap,
        from: Date,
        crs: Crs,
    ) -> Result<Checked, Problem> {
        let on_file = OnFile::new(self.app.store.areas().await?.items, from);
        let mut wrong = Wrong::default();
        for it in map.flaws(street, |code| on_file.on_the_day(code).is_some()) {
            let code = match it.field {
                "name" if map.areas[it.place].name.is_none() => "name_needed",
                "alias" => "bad_alias",
                _ => "invalid_value",
            };
            wrong.add(format!("features.{}.properties.{}", it.place, it.field), code, it.why);
        }
        for (n, it) in map.areas.iter().enumerate().filter(|it| on_file.is_taken(it.1.code)) {
            let why = format!("{} was another area before: bring it in with the areas' sheet", it.code);
            wrong.add(format!("features.{n}.properties.code"), "invalid_value", why);
        }
        wrong.done()?;
        let to_file: Vec<Area> = map.areas.iter().filter_map(|it| on_file.to_file(it)).collect();
        let new_areas = to_file.iter().filter(|it| on_file.on_the_day(it.code).is_none());
        let new_areas = new_areas.map(|it| it.code.to_string()).collect();
        let (it, who) = (self.clone(), who.clone());
        // A street's outlines are a second's work on a slow machine: not on a thread that answers.
        let checked = self.compute(move || {
            let map = AreaMap::new(map.areas);
            let found = map.findings();
            let left_out = found.len().saturating_sub(FINDINGS_MAX);
            let told = |it: &Finding| FindingDto::new(it.kind.as_str(), &it.codes, &it.place, crs);
            let (homes, _) = it.homes_on(&who, street, &map.grids());
            let dto = CheckedMapDto {
                saved: false,
                version: None,
                valid_from: from,
                findings: found.iter().take(FINDINGS_MAX).map(told).collect(),
                findings_left_out: left_out,
                new_areas,
                homes,
            };
            Checked { map, to_file, dto }
        });
        checked.await
    }

    async fn save_map(
        &self,
        who: &SignedIn,
        street: AreaCode,
        checked: Checked,
        note: Option<String>,
        seen: i64,
    ) -> Result<CheckedMapDto, Problem> {
        let app = &self.app;
        let now = app.clock.now();
        let Checked { map, to_file, mut dto } = checked;
        let before = app.store.area_map(street, seen).await?;
        let head = MapVersion {
            version: seen + 1,
            valid_from: dto.valid_from,
            made_at: now,
            by: who.user,
            note,
            areas: u32::try_from(map.areas.len()).unwrap_or(u32::MAX),
        };
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: log_key(street),
            at: now,
            by: who.user,
            what: "drawn".to_owned(),
            before: before.as_ref().map(|it| head_json(&it.version)),
            after: Some(changes(before.as_ref().map(|it| &it.map), &map, &head)),
        };
        let version = head.version;
        let it = StreetMap { version: head, map };
        app.store
            .put_area_map(street, it, to_file, event)
            .await
            .map_err(stale)?;
        app.refresh_picture(false).await?;
        tracing::info!(street = %street, version, user.id = %who.user, "the areas of a street were drawn");
        (dto.saved, dto.version) = (true, Some(version));
        Ok(dto)
    }

    /// The grids of the map that holds today, and the number of the last version.
    async fn grids_today(&self, street: AreaCode, which: &WhichMap) -> Result<(i64, Grids), Problem> {
        let store = &self.app.store;
        let shown = match which.version {
            Some(version) => store.area_map(street, version).await?,
            None => {
                store
                    .area_map_on(street, which.at.unwrap_or_else(|| self.today()))
                    .await?
            }
        };
        let latest = store.area_map_versions(street, 1).await?;
        let grids = shown.map(|it| it.map).unwrap_or_default();
        let grids = self.compute(move || grids.grids()).await?;
        Ok((latest.first().map_or(0, |it| it.version), grids))
    }

    async fn move_homes(
        &self,
        who: &SignedIn,
        street: AreaCode,
        asked: MovesIn,
        seen: i64,
    ) -> Result<(i64, MovedHomesDto), Problem> {
        let app = &self.app;
        let today = WhichMap {
            at: None,
            version: None,
            crs: None,
        };
        let (latest, grids) = self.grids_today(street, &today).await?;
        if latest != seen {
            return Err(stale(crate::store::StoreError::stale("area_map", street)));
        }
        let (it, them, kept) = (self.clone(), who.clone(), grids.clone());
        let (_, moves) = self.compute(move || it.homes_on(&them, street, &kept)).await?;
        let mut moves = match asked.chosen()? {
            None => moves,
            Some(chosen) => {
                let found: BTreeSet<HouseholdId> = moves.iter().map(|it| it.household).collect();
                if let Some(other) = chosen.iter().find(|it| !found.contains(it)) {
                    let why = format!("{other} lies in no other grid than the one where it is filed");
                    let wrong = FieldError::new("households", "invalid_value", why);
                    return Err(Problem::fields("invalid_value", vec![wrong]));
                }
                moves.into_iter().filter(|it| chosen.contains(&it.household)).collect()
            }
        };
        moves.truncate(MOVED_MAX);
        let now = app.clock.now();
        let mut events = BTreeMap::new();
        for it in &moves {
            let members = app.picture.household(it.household).map(|it| it.1).unwrap_or_default();
            for elder in members {
                let event = RegisterEvent {
                    id: app.ids.make(),
                    subject: elder.id.to_string(),
                    at: now,
                    by: who.user,
                    what: "other_grid".to_owned(),
                    before: Some(serde_json::json!({"area_code": it.from})),
                    after: Some(serde_json::json!({"area_code": it.to})),
                };
                events.insert(elder.id, event);
            }
        }
        let households = moves.len();
        let book = app.store.area_book(self.today()).await?;
        let moved = app.store.regrid(moves, events, &book, now).await?;
        if households > 0 {
            let event = RegisterEvent {
                id: app.ids.make(),
                subject: log_key(street),
                at: now,
                by: who.user,
                what: "homes_moved".to_owned(),
                before: None,
                after: Some(serde_json::json!({"version": latest, "households": households, "elders": moved.len()})),
            };
            app.store.record(event).await?;
        }
        app.refresh_picture(false).await?;
        tracing::info!(street = %street, households, elders = moved.len(), user.id = %who.user, "homes went to other grids");
        let (it, them) = (self.clone(), who.clone());
        let (homes, _) = self.compute(move || it.homes_on(&them, street, &grids)).await?;
        let dto = MovedHomesDto {
            moved: households,
            moved_elders: moved.len(),
            homes,
        };
        Ok((latest, dto))
    }
}

fn head_json(it: &MapVersion) -> serde_json::Value {
    serde_json::json!({"version": it.version, "valid_from": it.valid_from, "areas": it.areas, "note": it.note})
}

/// What a version changes of the one before it, by codes: what is drawn is kept with the versions themselves.
fn changes(before: Option<&AreaMap>, after: &AreaMap, head: &MapVersion) -> serde_json::Value {
    let by_code =
        |it: &AreaMap| -> BTreeMap<AreaCode, Shape> { it.areas.iter().map(|it| (it.code, it.shape.clone())).collect() };
    let (old, new) = (before.map(by_code).unwrap_or_default(), by_code(after));
    let added: Vec<&AreaCode> = new.keys().filter(|it| !old.contains_key(it)).collect();
    let left_out: Vec<&AreaCode> = old.keys().filter(|it| !new.contains_key(it)).collect();
    let redrawn: Vec<&AreaCode> = new
        .iter()
        .filter(|it| old.get(it.0).is_some_and(|old| old != it.1))
        .map(|it| it.0)
        .collect();
    let mut told = head_json(head);
    if let Some(map) = told.as_object_mut() {
        map.insert("added".to_owned(), serde_json::json!(added));
        map.insert("left_out".to_owned(), serde_json::json!(left_out));
        map.insert("redrawn".to_owned(), serde_json::json!(redrawn));
    }
    told
}

/// A 422 with every place.
fn refused(findings: Vec<FindingDto>, findings_left_out: usize) -> HttpResponse {
    let detail = "the map is not whole: see the findings, each with its place";
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "map_not_whole", detail).dto();
    HttpResponse::UnprocessableEntity()
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(MapProblemDto {
            problem,
            findings,
            findings_left_out,
        })
}

/// The map of a street's areas, as GeoJSON, on a day or of a version.
#[utoipa::path(get, path = "/api/v1/areas/{street}/map", tag = "people", params(("street" = String, Path), WhichMap),
    responses((status = 200, body = AreaMapDto)))]
pub async fn show(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<WhichMap>,
) -> Result<HttpResponse, Problem> {
    let street = street_of(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let (latest, dto) = api.run(async move { it.area_map(street, asked.0).await }).await?;
    Ok(with_etag(StatusCode::OK, latest, &dto))
}

/// A new version of a street's map, over the last one that was seen: a GeoJSON FeatureCollection of Polygons with `code` among their
/// properties. 422 with every finding as long as anything is wrong; with `dry_run` the findings are told with 200 and nothing is saved. It
/// holds from its day on by itself.
#[utoipa::path(put, path = "/api/v1/areas/{street}/map", tag = "people", params(("street" = String, Path), ("If-Match" = Option<String>, Header), HowMap),
    request_body = AreaMapIn,
    responses((status = 200, body = CheckedMapDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = MapProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<HowMap>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let street = own_street(&api, &who, &request)?;
    let HowMap {
        crs,
        from,
        dry_run,
        note,
    } = asked.0;
    let dry_run = dry_run.unwrap_or(false);
    let today = api.today();
    let mut wrong = Wrong::default();
    if crs.is_none() {
        let why = "say the system of the numbers: wgs84, gcj02 or bd09";
        wrong.add("crs".to_owned(), "missing_field", why);
    }
    let from = from.unwrap_or(today);
    let last = today.checked_add(AHEAD_MAX_DAYS.days()).unwrap_or(Date::MAX);
    if from < today || from > last {
        let why = format!("must lie between today and {AHEAD_MAX_DAYS} days on: what has held is not changed");
        wrong.add("from".to_owned(), "out_of_range", why);
    }
    let note = note.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    if note.as_ref().is_some_and(|it| it.chars().count() > NOTE_MAX) {
        wrong.add("note".to_owned(), "too_long", format!("at most {NOTE_MAX} characters"));
    }
    wrong.done()?;
    let seen = if dry_run { 0 } else { if_match(&request)? };
    let raw = read_body_within(&mut payload.into_inner(), FILE_MAX_BYTES, FILE_WITHIN).await?;
    let map: AreaMapIn = parse(content_type(&request).as_deref(), &raw)?;
    let crs = crs.unwrap_or(Crs::Wgs84);
    let map = map.read(crs)?;
    let it = api.get_ref().clone();
    let them = who.clone();
    let checked = api
        .run(async move { it.check_map(&them, street, map, from, crs).await })
        .await?;
    if dry_run {
        return Ok(HttpResponse::Ok().json(checked.dto));
    }
    if !checked.dto.findings.is_empty() {
        let CheckedMapDto {
            findings,
            findings_left_out,
            ..
        } = checked.dto;
        return Ok(refused(findings, findings_left_out));
    }
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.save_map(&who, street, checked, note, seen).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version.unwrap_or(0), &dto))
}

/// A line through an outline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CutIn {
    /// The rings of the polygon.
    pub coordinates: Vec<Vec<Vec<f64>>>,
    /// The corners of the line: from edge to edge, it may begin and end outside.
    pub line: Vec<Vec<f64>>,
    /// `wgs84`, `gcj02`, `bd09`.
    #[schema(value_type = String)]
    pub crs: Crs,
}

/// A part of what was cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CutPartDto {
    pub geometry: PolygonDto,
    pub area_m2: f64,
}

/// What was cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CutDto {
    /// The largest first; together they are the whole.
    pub parts: Vec<CutPartDto>,
}

/// Cuts an outline by a line. Nothing is saved: the parts go into a map that is.
#[utoipa::path(post, path = "/api/v1/areas/{street}/map/split", tag = "people", params(("street" = String, Path)), request_body = CutIn,
    responses((status = 200, body = CutDto), (status = 422, body = MapProblemDto, content_type = "application/problem+json")))]
pub async fn split(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<CutIn>,
) -> Result<HttpResponse, Problem> {
    own_street(&api, &who, &request)?;
    let CutIn { coordinates, line, crs } = body.value;
    let bad = |error: FieldError| Problem::fields("invalid_value", vec![error]);
    let shape = Shape::read(&coordinates, crs).map_err(|it| bad(shape_error("coordinates", &it)))?;
    let line = read_line(&line, crs).map_err(|it| {
        let corner = it.at().1.map(|it| format!(".{it}")).unwrap_or_default();
        bad(FieldError::new(
            format!("line{corner}"),
            "invalid_value",
            it.to_string(),
        ))
    })?;
    let done = api.compute(move || shape.split(&line)).await?;
    let place = |kind: &str, place: &Place| Ok(refused(vec![FindingDto::new(kind, &[], place, crs)], 0));
    match done {
        Ok(parts) => {
            let part = |it: &Shape| CutPartDto {
                geometry: PolygonDto::of(it, crs),
                area_m2: it.area_m2().round(),
            };
            Ok(HttpResponse::Ok().json(CutDto {
                parts: parts.iter().map(part).collect(),
            }))
        }
        Err(NoCut::LineCrosses(it)) => place("line_crosses_itself", &it),
        Err(NoCut::TooSmall(it)) => place("part_too_small", &it),
        Err(NoCut::Unsound(_, it)) => place("self_crossing", &it),
        Err(error @ (NoCut::NoLine | NoCut::NotThrough)) => {
            Err(bad(FieldError::new("line", "not_through", error.to_string())))
        }
    }
}

/// The homes of a street against the map of a day or version: which lie in another grid than the one where they are filed, and which in
/// none.
#[utoipa::path(get, path = "/api/v1/areas/{street}/map/homes", tag = "people", params(("street" = String, Path), WhichMap),
    responses((status = 200, body = HomesOnMapDto)))]
pub async fn homes(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<WhichMap>,
) -> Result<HttpResponse, Problem> {
    let street = street_of(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let (latest, grids) = api.run(async move { it.grids_today(street, &asked.0).await }).await?;
    let it = api.get_ref().clone();
    let (dto, _) = api.compute(move || it.homes_on(&who, street, &grids)).await?;
    Ok(with_etag(StatusCode::OK, latest, &dto))
}

/// Which homes are filed anew: the named ones, or all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovesIn {
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub households: Option<BTreeSet<HouseholdId>>,
    #[serde(default)]
    pub all: bool,
}

impl MovesIn {
    fn chosen(self) -> Result<Option<BTreeSet<HouseholdId>>, Problem> {
        match (self.households, self.all) {
            (Some(some), false) if !some.is_empty() => Ok(Some(some)),
            (None, true) => Ok(None),
            _ => {
                let wrong = FieldError::new("households", "invalid_value", "name some homes, or say all");
                Err(Problem::fields("invalid_value", vec![wrong]))
            }
        }
    }
}

/// Who was filed anew, and what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedHomesDto {
    pub moved: usize,
    pub moved_elders: usize,
    /// What is left; at most 2,000 homes go at once.
    pub homes: HomesOnMapDto,
}

/// Files homes in the grids where they lie by the map that holds today, over the version that was seen. Chains, rights and who is asked
/// follow from the grid, at once.
#[utoipa::path(post, path = "/api/v1/areas/{street}/map/homes", tag = "people", params(("street" = String, Path), ("If-Match" = String, Header)),
    request_body = MovesIn,
    responses((status = 200, body = MovedHomesDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn move_homes(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<MovesIn>,
) -> Result<HttpResponse, Problem> {
    let street = own_street(&api, &who, &request)?;
    let seen = if_match(&request)?;
    let it = api.get_ref().clone();
    let (latest, dto) = api
        .run(async move { it.move_homes(&who, street, body.value, seen).await })
        .await?;
    Ok(with_etag(StatusCode::OK, latest, &dto))
}

/// Who has drawn what, the last first.
#[utoipa::path(get, path = "/api/v1/areas/{street}/map/log", tag = "people", params(("street" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let street = street_of(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&log_key(street), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A published code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedCodeDto {
    pub code: String,
    pub name: String,
}

/// The published codes of a district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedCodesDto {
    pub district: String,
    /// Who has published them, and where they were taken from.
    pub source: String,
    /// Of which year.
    pub edition: String,
    #[schema(value_type = String, format = Date)]
    pub taken_on: String,
    pub items: Vec<ListedCodeDto>,
}

/// Everything that is shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllListedCodesDto {
    pub districts: Vec<ListedCodesDto>,
}

/// Codes of streets and towns as they are published, with their source, to begin with.
#[utoipa::path(get, path = "/api/v1/area-codes", tag = "people", responses((status = 200, body = AllListedCodesDto)))]
pub async fn codes() -> HttpResponse {
    let district = |it: crate::people::ListedCodes| ListedCodesDto {
        district: it.district.to_string(),
        source: it.source,
        edition: it.edition,
        taken_on: it.taken_on,
        items: it
            .items
            .into_iter()
            .map(|(code, name)| ListedCodeDto {
                code: code.to_string(),
                name,
            })
            .collect(),
    };
    HttpResponse::Ok().json(AllListedCodesDto {
        districts: listed_codes().into_iter().map(district).collect(),
    })
}
