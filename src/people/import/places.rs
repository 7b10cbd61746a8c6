//! The sheets of areas and stations.

use std::collections::BTreeSet;

use super::cells::{Cells, sheet};
use super::{Column, Parsed, RowError, Setting, Sheet, may, must, secret};
use crate::people::{Area, AreaCode, Beds, Station, StationKind, StationSecrets, area_id, station_id};

pub(super) const AREAS: &[Column] = &[
    must("area_code", "区划编码"),
    must("name", "名称"),
    may("valid_from", "生效日期"),
    may("alias", "别名编码"),
];

pub(super) const STATIONS: &[Column] = &[
    must("station_code", "站点编号"),
    must("kind", "站点类型"),
    must("name", "名称"),
    must("address", "地址"),
    must("area_code", "区划编码"),
    may("lat", "纬度"),
    may("lon", "经度"),
    may("crs", "坐标系"),
    may("hours", "开放时间"),
    may("beds", "床位数"),
    may("free_beds", "空床位数"),
    secret("phone", "电话"),
];

/// Reads the areas' sheet, in any order. When areas on file are known, a parent must be there or in the sheet.
pub fn areas(bytes: &[u8], setting: &Setting) -> Parsed<Area> {
    let mut parsed = sheet(
        Sheet::Areas,
        bytes,
        setting,
        |it: &Area| ("area_code", it.code.to_string()),
        area,
    );
    if let Some(known) = &setting.known.areas {
        let here: BTreeSet<AreaCode> = parsed.rows.iter().map(|(_, it)| it.code).collect();
        let orphan = |it: &Area| {
            it.code
                .parent()
                .filter(|parent| !here.contains(parent) && !known.contains(parent))
        };
        let orphans: Vec<RowError> = parsed
            .rows
            .iter()
            .filter_map(|(line, it)| Some((line, it, orphan(it)?)))
            .map(|(line, it, parent)| RowError {
                line: *line,
                column: "area_code".to_owned(),
                value: Some(it.code.to_string()),
                message: format!("the area above it, {parent}, is neither in the sheet nor on file"),
            })
            .collect();
        let lines: BTreeSet<u64> = orphans.iter().map(|it| it.line).collect();
        parsed.rows.retain(|(line, _)| !lines.contains(line));
        let room = super::ERRORS_MAX.saturating_sub(parsed.errors.len());
        parsed.errors_left_out += orphans.len().saturating_sub(room);
        parsed.errors.extend(orphans.into_iter().take(room));
        parsed.errors.sort_by_key(|it| it.line);
    }
    parsed
}

fn area(cells: &mut Cells<'_>) -> Option<Area> {
    let code = cells.new_area("area_code");
    let name = cells.needed("name");
    let valid_from = cells.day("valid_from");
    let alias = cells.text("alias");
    let code = code?;
    let today = cells.setting.as_of.to_zoned(cells.setting.zone.clone()).date();
    let area = Area {
        id: area_id(&code.to_string()),
        code,
        name: name?,
        valid_from: valid_from?.unwrap_or(today),
        valid_until: None,
        alias,
    };
    cells.adopt(area.check(), &[]);
    Some(area)
}

/// One row of the stations' sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct StationRow {
    /// The station.
    pub station: Station,
    /// What the store seals.
    pub secrets: StationSecrets,
}

/// Reads the stations' sheet.
pub fn stations(bytes: &[u8], setting: &Setting) -> Parsed<StationRow> {
    sheet(
        Sheet::Stations,
        bytes,
        setting,
        |it: &StationRow| ("station_code", it.station.code.clone()),
        station,
    )
}

fn station(cells: &mut Cells<'_>) -> Option<StationRow> {
    let code = cells.needed("station_code");
    let kind = cells.word("kind", StationKind::from_sheet);
    let name = cells.needed("name");
    let address = cells.needed("address");
    let area = cells.area("area_code");
    let point = cells.point("lat", "lon", "crs");
    let hours = cells.text("hours");
    let total = cells.count("beds");
    let free = cells.count("free_beds");
    let phone = cells.parsed("phone");
    let beds = match (total?, free?) {
        (None, None) => None,
        (Some(total), free) => Some(Beds {
            total,
            free: free.unwrap_or(0),
        }),
        (None, Some(_)) => {
            cells.wrong("beds", "free beds need the number of all beds");
            return None;
        }
    };
    if point == Some(None) {
        cells.warn("lat", "without a position the station is in no circle");
    }
    let code = code?;
    let station = Station {
        id: station_id(&code),
        kind: kind?,
        name: name?,
        address: address?,
        point: point?,
        area: area?,
        hours,
        beds,
        service: Default::default(),
        code,
    };
    cells.adopt(station.check(), &[("code", "station_code"), ("point", "lat")]);
    Some(StationRow {
        station,
        secrets: StationSecrets { phone: phone? },
    })
}
