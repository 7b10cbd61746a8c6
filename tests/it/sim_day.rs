//! The simulated day and the people: whoever holds a responder's phone is not played.

use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::sim::day::{Day, DayPlan};
use serde_json::json;
use uuid::Uuid;

use crate::api_town::Town;
use crate::harness::both_stores;
use crate::harness::street::who;

/// Where a responder was last seen: latitude and when.
fn seen(town: &Town, name: &str) -> Option<(f64, jiff::Timestamp)> {
    let fix = town.test.app.picture.responder(who(name))?.position?;
    Some((fix.point.lat(), fix.at))
}

/// Turns the clock second by second until `there` holds.
async fn until(town: &Town, what: &str, there: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if there() {
            return;
        }
        town.test.advance(1);
        // The players' turn: each look of theirs reads the store, which answers in its own time.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        let _ = town.test.app.store.account_count().await;
    }
    panic!("{what}: not within 2,000 s");
}

both_stores! {
    async fn whoever_is_signed_in_is_moved_by_their_phone_and_by_nobody_else(db: Database) {
        let town = Town::start(db).await;
        let plan = DayPlan {
            seed: 7,
            pace: 1.0,
            desk: UserId::new(Uuid::from_u128(0xDE5C)),
            played_by_people: [who("G1"), who("G2")].into(),
            across_the_canal: None,
        };
        let day = Day::begin(town.test.app.clone(), plan);
        until(&town, "both walk about while nobody is signed in", || seen(&town, "G1").is_some() && seen(&town, "G2").is_some()).await;

        // Somebody signs in; by the time that the other one has walked on, the simulator has seen it.
        let walks_on = async |times| {
            for _ in 0..times {
                let last = seen(&town, "G2").unwrap().1;
                until(&town, "the other one walks on", || seen(&town, "G2").unwrap().1 > last).await;
            }
        };
        town.stand("g1", 400.0).await;
        walks_on(2).await;
        town.stand("g1", 40.0).await;
        let stood = seen(&town, "G1").unwrap();
        walks_on(4).await;
        assert_eq!(seen(&town, "G1"), Some(stood), "moved with a person behind the phone");

        town.post("g1", "/api/v1/auth/logout", json!({})).await;
        town.test.app.store.revoke_sessions(crate::api_town::user("g1"), town.test.app.clock.now()).await.unwrap();
        until(&town, "signed out, they are played again", || seen(&town, "G1").unwrap().1 > stood.1).await;
        day.stop().await;
    }
}
