//! The whole way on real roads: Porto's extract where the folder is there (`ECD_TEST_DATA`), and the same with no roads.

use std::path::PathBuf;

use eldercare_dispatch::case::{Author, Command, Outcome, Proof, State};
use eldercare_dispatch::circle::{Point, Roads};
use eldercare_dispatch::people::{Elder, Need, Responder, ResponderKind};

use crate::harness::street::{alert, elder, responder, who};
use crate::harness::{Database, TestApp, both_stores};

/// The folder of real data, or a word that it is not there.
fn extract() -> Option<PathBuf> {
    match std::env::var_os("ECD_TEST_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join("osm/porto.osm.pbf")),
        None => {
            println!("ECD_TEST_DATA is not set: the way on Porto's real roads was not tried");
            None
        }
    }
}

fn at_home(n: u32, lat: f64, lon: f64) -> Elder {
    Elder {
        home: Some(Point::new(lat, lon).unwrap()),
        ..elder(n, Need::General)
    }
}

fn based(name: &str, kind: ResponderKind, lat: f64, lon: f64) -> Responder {
    Responder {
        base: Some(Point::new(lat, lon).unwrap()),
        ..responder(name, kind, 0.0)
    }
}

/// From the SOS to the closed case; `on_roads`: whether times must come from roads.
async fn the_whole_way(db: Database, roads: Option<PathBuf>) {
    let on_roads = roads.is_some();
    let app = TestApp::start_with(db, move |config| config.roads.file.clone_from(&roads)).await;
    // Ribeira; Gaia across the Douro 500 m south; Boavista 3 km west; Matosinhos far away.
    let responders = vec![
        based("G1", ResponderKind::GridWorker, 41.1450, -8.6110),
        based("G2", ResponderKind::GridWorker, 41.1375, -8.6110),
        based("G3", ResponderKind::GridWorker, 41.1579, -8.6442),
        based("S1", ResponderKind::StreetTeam, 41.1820, -8.6890),
    ];
    app.fill(vec![at_home(0, 41.1411, -8.6132)], responders).await;
    let desk = &app.app.desk;
    let case = desk.report(alert(0, "sos", "1")).await.unwrap().case;
    while app.app.field.run_seeking().await.unwrap() > 0 {}
    let view = app.app.store.case(case).await.unwrap().unwrap();
    let offers = &view.case.offers;
    assert!(offers.len() >= 3, "{offers:?}");
    assert!(offers.iter().all(|it| it.candidate.estimated != on_roads), "{offers:?}");
    let seconds = |name: &str| view.case.offer_to(who(name)).unwrap().candidate.seconds.unwrap();
    // By road the own bank is sooner; a straight line does not see the Douro and says the opposite.
    assert_eq!(
        seconds("G1") < seconds("G2"),
        on_roads,
        "{} against {}",
        seconds("G1"),
        seconds("G2")
    );
    if on_roads {
        let way = view.case.offer_to(who("G2")).unwrap().candidate.meters.unwrap();
        assert!(way > 800, "across the river the way leads over a bridge: {way} m");
    }
    assert!(
        view.case
            .offer_to(who("G1"))
            .unwrap()
            .candidate
            .reasons
            .iter()
            .any(|it| it.starts_with("arrives_in_s:"))
    );

    let by = Author::Responder(who("G1"));
    let offer = view.case.offer_to(who("G1")).unwrap().id;
    desk.handle(
        case,
        Command::Accept {
            offer,
            by: who("G1"),
            eta_s: None,
        },
        by,
    )
    .await
    .unwrap();
    app.advance(8);
    desk.run_due().await.unwrap();
    desk.handle(
        case,
        Command::Depart {
            by: who("G1"),
            eta_s: None,
        },
        by,
    )
    .await
    .unwrap();
    desk.handle(case, Command::Arrive { by: who("G1") }, by).await.unwrap();
    desk.handle(
        case,
        Command::ContactMade {
            by: who("G1"),
            near: true,
        },
        by,
    )
    .await
    .unwrap();
    let close = Command::Close {
        outcome: Some(Outcome::Helped),
        proof: Proof::OnScene,
    };
    let done = desk.handle(case, close, by).await.unwrap();
    assert_eq!(done.case.state, State::Closed);
    let findings = app.app.store.check().await.unwrap();
    assert_eq!(findings.found, vec![]);
    app.app.stop().await;
}

both_stores! {
    async fn from_the_press_to_the_closed_case_on_porto(db: Database) {
        let Some(extract) = extract() else { return };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("porto.roads");
        let (roads, _) = Roads::import(&*roads::open(&extract).unwrap()).unwrap();
        roads.write_to(std::fs::File::create(&file).unwrap()).unwrap();
        the_whole_way(db, Some(file)).await;
    }

    async fn from_the_press_to_the_closed_case_without_roads(db: Database) {
        the_whole_way(db, None).await;
    }
}
