//! Stations on the map, and the AED nearest to a case by the walk.

use eldercare_dispatch::circle::Point;
use eldercare_dispatch::people::{Station, StationKind, StationService, station_id};
use eldercare_dispatch::store::StationFile;
use serde_json::json;

use crate::api_town::Town;
use crate::harness::both_stores;
use crate::harness::street::GRID;

/// Code, kind, metres north of elder 0's door; none: not on the map.
const STATIONS: &[(&str, StationKind, Option<f64>)] = &[
    ("A1", StationKind::Aed, Some(800.0)),
    ("A2", StationKind::Aed, Some(150.0)),
    ("A3", StationKind::Aed, None),
    ("H1", StationKind::HealthStation, Some(50.0)),
];

async fn file(town: &Town) {
    let store = &town.test.app.store;
    let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
    let files = STATIONS.iter().map(|(code, kind, north)| StationFile {
        station: Station {
            id: station_id(code),
            code: (*code).to_owned(),
            kind: *kind,
            name: format!("站{code}"),
            address: "光明道1号".to_owned(),
            point: north.map(|it| Point::new(39.38 + it / 111_195.0, 117.06).unwrap()),
            area: GRID.parse().unwrap(),
            hours: Some("全天".to_owned()),
            beds: None,
            service: StationService::default(),
        },
        secrets: None,
    });
    store
        .put_stations(files.collect(), &book, town.test.clock.now())
        .await
        .unwrap();
    town.test.app.refresh_picture(true).await.unwrap();
}

both_stores! {
    async fn whoever_is_coming_is_told_of_the_aed_that_is_nearest_on_foot(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        let path = format!("/api/v1/cases/{case}/aed");
        assert_eq!(town.get("desk", &path).await.ok(), json!({}), "none is on file: none is invented");
        file(&town).await;
        let names = async |account: &str| {
            let found = town.get(account, "/api/v1/stations").await.ok();
            found["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("desk").await.len(), STATIONS.len());
        assert_eq!(names("g1").await.len(), STATIONS.len());
        assert!(names("far_desk").await.is_empty(), "another street's");
        assert_eq!(town.get("g1", &path).await.problem(), (403, "not_at_this_stage"), "an offer shows no place");
        town.say_yes(case, "g1", "G1").await.ok();
        let found = town.get("g1", &path).await.ok();
        assert_eq!(found["aed"]["station"]["name"], "站A2");
        let (meters, seconds) = (found["aed"]["meters"].as_u64().unwrap(), found["aed"]["seconds"].as_u64().unwrap());
        assert!((150..=250).contains(&meters) && (60..=300).contains(&seconds), "{found}");
        assert_eq!(town.get("g2", &path).await.problem().0, 403);
    }
}
