//! The promises of the live face, on real sockets: a client gets what it missed and may see, in order, or a fresh snapshot;
//! what a person may not see never leaves the server; a slow client is cut and delays nobody.

use std::collections::HashSet;

use eldercare_dispatch::case::{Author, Command, DeclineReason, OfferState};
use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::dispatch::{AlertReport, Position};
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::live::{Ended, HubConfig};
use eldercare_dispatch::people::{Area, Elder, Need, ResponderKind, Role, area_id};
use serde_json::{Value, json};

use crate::harness::street::{GRID, OTHER_GRID, alert, elder, responder, who};
use crate::harness::{Database, TestApp, both_stores};
use crate::live_kit::{Came, Live};

const STREET: &str = "120114001";
const NEXT_STREET: &str = "120114002";
const NEXT_GRID: &str = "120114002001001";

async fn street(db: Database, elders: u32) -> TestApp {
    let app = TestApp::start(db).await;
    let people = vec![
        responder("G1", ResponderKind::GridWorker, 0.002),
        responder("G2", ResponderKind::GridWorker, 0.006),
    ];
    app.fill((0..elders).map(|it| elder(it, Need::LivingAlone)).collect(), people)
        .await;
    app
}

async fn sos(live: &Live, n: u32, reference: &str) -> CaseId {
    live.app.app.desk.report(alert(n, "sos", reference)).await.unwrap().case
}

async fn ask_people(live: &Live) {
    while live.app.app.field.run_seeking().await.unwrap() > 0 {}
}

async fn handle(live: &Live, case: CaseId, command: Command, by: Author) {
    live.app.app.desk.handle(case, command, by).await.unwrap();
}

fn id(frame: &Value) -> String {
    let id = frame["case"]["id"].as_str().or(frame["id"].as_str());
    id.unwrap_or_else(|| panic!("no case in {frame}")).to_owned()
}

/// Reads changes until one shows `case` at `version` or later.
async fn see(client: &mut crate::live_kit::Client, case: CaseId, version: u64) -> Value {
    loop {
        let frame = client.news().await;
        if frame["type"] == "changed"
            && id(&frame) == case.to_string()
            && frame["case"]["version"].as_u64() >= Some(version)
        {
            return frame;
        }
    }
}

both_stores! {
    async fn a_desk_gets_a_snapshot_then_changes_then_pings(db: Database) {
        let live = Live::start(street(db, 2).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let first = sos(&live, 0, "1").await;
        live.told(1).await;
        let (mut desk, snapshot) = live.look("desk").await;
        assert_eq!(snapshot["cases"].as_array().unwrap().len(), 1);
        assert_eq!(snapshot["cases"][0]["id"], first.to_string());
        assert_eq!(snapshot["cases"][0]["tier"], "home");
        let second = sos(&live, 1, "1").await;
        let frame = see(&mut desk, second, 1).await;
        assert_eq!((frame["case"]["state"].as_str(), frame["case"]["severity"].as_str()), (Some("ringing"), Some("critical")));
        live.app.advance(2);
        loop {
            let frame = desk.frame().await;
            if frame["type"] == "ping" {
                assert!(frame["cursor"].is_string() && frame["now"] == live.app.clock.now().to_string(), "{frame}");
                break;
            }
        }
        // What comes after the snapshot is told as it is committed: the same case, one tier up.
        live.app.advance(28);
        live.app.app.desk.run_due().await.unwrap();
        loop {
            let frame = desk.news().await;
            if id(&frame) == first.to_string() && frame["case"]["tier"] == "grid" { break; }
        }
        live.stop().await;
    }

    async fn where_somebody_is_stands_in_the_first_frame_and_in_each_after_it(db: Database) {
        let live = Live::start(street(db, 2).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        live.person("g1", Role::GridWorker, &[], Some("G1"));
        let (mut desk, _) = live.look("desk").await;
        // Six hundred metres from home.
        let away = Position { lat: 39.3854, lon: 117.06, crs: Some(Crs::Wgs84), accuracy_m: Some(10.0) };
        let report = AlertReport { position: Some(away), ..alert(0, "sos", "1") };
        let case = live.app.app.desk.report(report).await.unwrap().case;
        let at = |it: &Value| (it["place"]["lat"].as_f64(), it["other_places"].as_array().map_or(0, Vec::len));
        let opened = see(&mut desk, case, 1).await;
        assert_eq!(at(&opened["case"]), (Some(away.lat), 0), "the first frame");
        ask_people(&live).await;
        let offered = see(&mut desk, case, 2).await;
        assert_eq!(at(&offered["case"]), (Some(away.lat), 0));
        // Who has said nothing yet is shown no place; who is coming is sent there and not to the empty home.
        let (_, asked) = live.look("g1").await;
        assert_eq!(at(&asked["cases"][0]), (None, 0));
        let offer = live.app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        let accept = Command::Accept { offer, by: who("G1"), eta_s: Some(60) };
        handle(&live, case, accept, Author::Responder(who("G1"))).await;
        let (_, coming) = live.look("g1").await;
        assert_eq!(at(&coming["cases"][0]), (Some(away.lat), 0));
        // An older word that comes later changes nothing; a service that has just started has read it again.
        live.app.app.desk.places().forget(case);
        live.app.advance(30); // a snapshot is kept for a storm of clients
        let (_, forgotten) = live.look("desk").await;
        assert_eq!(at(&forgotten["cases"][0]), (Some(39.38), 0), "only the door is in memory");
        live.app.app.field.count_load().await.unwrap();
        live.app.advance(30);
        let (_, read) = live.look("desk").await;
        assert_eq!(at(&read["cases"][0]), (Some(away.lat), 0));
        // Grown stale: both places count.
        live.app.advance(600);
        let (_, stale) = live.look("desk").await;
        assert_eq!(stale["cases"][0]["other_places"].as_array().map(Vec::len), Some(1));
        live.stop().await;
    }

    async fn fifty_cases_changed_while_away_arrive_once_and_in_order(db: Database) {
        let live = Live::start(street(db, 50).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (desk, snapshot) = live.look("desk").await;
        assert_eq!(snapshot["cases"], json!([]));
        let cursor = desk.cursor();
        drop(desk);
        let reports = (0..50).map(|n| live.app.app.desk.report(alert(n, "sos", "1")));
        for it in futures_util::future::join_all(reports).await { it.unwrap(); }
        // Some of them twice: told once, in the place of their last event.
        for n in [3, 17, 3] { sos(&live, n, &format!("again-{n}-{}", live.app.app.ids.make())).await; }
        let mut order: Vec<String> = vec![];
        let events = live.app.app.store.live_events(STREET, 0, 10_000).await.unwrap();
        for it in &events {
            let case = it.case.to_string();
            order.retain(|earlier| *earlier != case);
            order.push(case);
        }
        assert_eq!(order.len(), 50);
        live.hub.look().await.unwrap();
        let mut desk = live.connect("desk", Some(&cursor)).await;
        let mut got = vec![];
        while got.len() < 50 {
            let frame = desk.news().await;
            assert_eq!(frame["type"], "changed", "{frame}");
            got.push(id(&frame));
        }
        assert_eq!(got, order);
        // Nothing is left over: the next thing that comes is new.
        let cursor = desk.cursor();
        let next = sos(&live, 9, "new").await;
        assert_eq!(id(&desk.news().await), next.to_string());
        // In the middle of it the cursor is good too.
        let mut desk = live.connect("desk", Some(&cursor)).await;
        assert_eq!(id(&desk.news().await), next.to_string());
        live.stop().await;
    }

    async fn what_a_hint_leaves_out_or_tells_too_early_is_read_from_the_store(db: Database) {
        // Of three hints one says nothing, one names a number that is not next, one is right. No clock is turned: the sweep
        // helps nobody here.
        let heard = std::sync::atomic::AtomicUsize::new(0);
        let news = move |it: &std::sync::Arc<eldercare_dispatch::dispatch::Changed>| {
            let mut news = it.news()?;
            match heard.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 3 {
                0 => return None,
                1 => (news.first, news.last) = (news.first + 1, news.last + 1),
                _ => {}
            }
            Some(news)
        };
        let live = Live::start_hearing(street(db, 30).await, HubConfig::default(), news).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (mut desk, _) = live.look("desk").await;
        for n in 0..30 {
            let case = sos(&live, n, "1").await;
            assert_eq!(id(&desk.news().await), case.to_string(), "in order, each once");
        }
        live.stop().await;
    }

    async fn what_changed_in_two_streets_while_away_arrives_once_and_in_order(db: Database) {
        let app = TestApp::start(db).await;
        let codes = [NEXT_STREET, "120114002001", NEXT_GRID];
        let areas = codes.iter().map(|code| Area {
            id: area_id(code), code: code.parse().unwrap(), name: format!("区{code}"),
            valid_from: jiff::civil::date(2020, 1, 1), valid_until: None, alias: None,
        });
        app.app.store.put_areas(areas.collect(), app.clock.now()).await.unwrap();
        // Even ones live in the one street, odd ones in the other: each street is a stream of its own.
        let people = (0..12).map(|n| Elder {
            grid: if n % 2 == 0 { GRID } else { NEXT_GRID }.parse().unwrap(),
            ..elder(n, Need::LivingAlone)
        });
        app.fill(people.collect(), vec![responder("G1", ResponderKind::GridWorker, 0.002)]).await;
        let live = Live::start(app).await;
        live.person("district", Role::Dispatcher, &["120114"], None);
        let known = sos(&live, 0, "1").await;
        let (mut away, snapshot) = live.look("district").await;
        if snapshot["cases"] == json!([]) { see(&mut away, known, 1).await; }
        let cursor = away.cursor();
        drop(away);
        // The hub looks after each of them, so the ring holds them in the order in which they were committed.
        let mut order = vec![];
        for n in 1..12 {
            order.push(sos(&live, n, "1").await.to_string());
            live.hub.look().await.unwrap();
        }
        for stream in [STREET, NEXT_STREET] {
            assert!(!live.app.app.store.live_events(stream, 0, 10).await.unwrap().is_empty(), "{stream} has a stream");
        }
        // Whoever stayed away through all of it, and whoever came back in the middle of it and went again.
        let mut cursors = vec![(cursor, 0)];
        for had in 0..order.len() {
            let mut desk = live.connect("district", Some(&cursors[0].0)).await;
            for case in &order[..=had] { assert_eq!(id(&desk.news().await), *case, "{had}"); }
            cursors.push((desk.cursor(), had + 1));
        }
        let mut clients = vec![];
        for (cursor, had) in &cursors {
            let mut desk = live.connect("district", Some(cursor)).await;
            for case in &order[*had..] {
                let frame = desk.news().await;
                assert_eq!((frame["type"].as_str(), id(&frame)), (Some("changed"), case.clone()), "after {had}");
            }
            clients.push(desk);
        }
        // Nothing twice and nothing left over: the next thing that comes is new, in the one street and in the other.
        for n in [4, 5] {
            let again = sos(&live, n, "again").await;
            for desk in &mut clients { assert_eq!(id(&desk.news().await), again.to_string()); }
        }
        live.stop().await;
    }

    async fn a_cursor_of_elsewhere_gets_a_snapshot(db: Database) {
        let config = HubConfig { ring_max: 4, ..HubConfig::default() };
        let live = Live::start_with(street(db, 6).await, config).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        live.person("other", Role::Dispatcher, &[GRID], None);
        let (desk, _) = live.look("desk").await;
        let old = desk.cursor();
        let (other, _) = live.look("other").await;
        let foreign = other.cursor();
        for n in 0..6 { sos(&live, n, "1").await; live.hub.look().await.unwrap(); }
        // Out of the ring; of somebody with other rights; unreadable.
        for cursor in [old.as_str(), foreign.as_str(), "garbage", ""] {
            let mut desk = live.connect("desk", Some(cursor)).await;
            let frame = desk.frame().await;
            assert_eq!((frame["type"].as_str(), frame["cases"].as_array().map(Vec::len)), (Some("snapshot"), Some(6)), "{cursor}");
        }
        // Of this history it resumes; of another it does not, neither a new client nor one that is there.
        let (mut desk, _) = live.look("desk").await;
        let cursor = desk.cursor();
        live.app.app.store.renew_epoch(live.app.app.ids.make(), live.app.clock.now()).await.unwrap();
        live.app.advance(1);
        assert_eq!(desk.news().await["type"], "snapshot");
        let mut desk = live.connect("desk", Some(&cursor)).await;
        assert_eq!(desk.frame().await["type"], "snapshot");
        live.stop().await;
    }

    async fn a_foreign_area_never_gets_a_byte_of_the_case(db: Database) {
        let app = TestApp::start(db).await;
        let there = Elder { grid: OTHER_GRID.parse().unwrap(), ..elder(1, Need::General) };
        app.fill(vec![elder(0, Need::LivingAlone), there], vec![responder("G1", ResponderKind::GridWorker, 0.002)]).await;
        let live = Live::start(app).await;
        live.person("here", Role::Dispatcher, &[GRID], None);
        live.person("there", Role::Dispatcher, &[OTHER_GRID], None);
        live.person("nobody", Role::Caregiver, &[STREET], Some("C9"));
        let (mut here, _) = live.look("here").await;
        let (mut there, _) = live.look("there").await;
        let (mut nobody, _) = live.look("nobody").await;
        let case = sos(&live, 0, "1").await;
        ask_people(&live).await;
        let seen = see(&mut here, case, 2).await;
        assert!(seen["case"]["elder"]["name"].is_string(), "{seen}");
        // A snapshot taken now and a resume from the beginning hold nothing of it either.
        let (again, snapshot) = live.look("there").await;
        assert_eq!(snapshot["cases"], json!([]));
        let back = live.connect("there", Some(&there.cursor())).await;
        // Their own case comes, and before it nothing.
        let own = sos(&live, 1, "1").await;
        let mut clients = vec![again, back];
        assert_eq!(id(&there.news().await), own.to_string());
        for it in &mut clients { assert_eq!(id(&it.news().await), own.to_string()); }
        clients.push(there);
        let number = seen["case"]["number"].as_str().unwrap();
        for it in &clients {
            for raw in &it.raw {
                for word in [case.to_string().as_str(), number, "老人0", "泉州路0号"] {
                    assert!(!raw.contains(word), "{word} in {raw}");
                }
            }
        }
        live.stop.cancel();
        let (frames, code) = nobody.until_closed().await;
        assert!(frames.iter().all(|it| it["type"] == "ping"), "{frames:?}");
        assert_eq!(code, 1001);
        live.stop().await;
    }

    async fn what_leaves_sight_is_gone_also_for_those_who_were_away(db: Database) {
        let live = Live::start(street(db, 1).await).await;
        live.person("g1", Role::GridWorker, &[], Some("G1"));
        live.person("g2", Role::GridWorker, &[], Some("G2"));
        let (mut g1, _) = live.look("g1").await;
        let (mut g2, _) = live.look("g2").await;
        let case = sos(&live, 0, "1").await;
        ask_people(&live).await;
        live.app.advance(30);
        live.app.app.desk.run_due().await.unwrap();
        ask_people(&live).await;
        let offered = g1.news().await;
        assert_eq!((offered["type"].as_str(), id(&offered)), (Some("changed"), case.to_string()));
        assert!(offered["case"]["elder"].is_null(), "no name before a yes: {offered}");
        let offered = g2.news().await;
        assert_eq!(id(&offered), case.to_string());
        let away = g2.cursor();
        drop(g2);
        let view = live.app.app.store.case(case).await.unwrap().unwrap();
        let offer = |name| view.case.offers.iter().find(|it| it.candidate.responder == who(name) && it.state == OfferState::Open).unwrap().id;
        // G2, away, says yes on another phone (name and address are theirs now) and then no again.
        let by = Author::Responder(who("G2"));
        handle(&live, case, Command::Accept { offer: offer("G2"), by: who("G2"), eta_s: Some(60) }, by).await;
        live.hub.look().await.unwrap();
        handle(&live, case, Command::Decline { offer: offer("G2"), by: who("G2"), reason: DeclineReason::Busy }, by).await;
        let by = Author::Responder(who("G1"));
        handle(&live, case, Command::Decline { offer: offer("G1"), by: who("G1"), reason: DeclineReason::Busy }, by).await;
        live.hub.look().await.unwrap();
        loop {
            let frame = g1.news().await;
            assert_eq!(id(&frame), case.to_string());
            if frame["type"] == "gone" { break; }
        }
        let mut g2 = live.connect("g2", Some(&away)).await;
        let frame = g2.news().await;
        assert_eq!((frame["type"].as_str(), id(&frame)), (Some("gone"), case.to_string()), "{frame}");
        assert!(g2.raw.iter().all(|it| !it.contains("老人0") && !it.contains("泉州路")), "{:?}", g2.raw);
        live.stop().await;
    }

    async fn a_slow_reader_is_cut_and_delays_nobody(db: Database) {
        let live = Live::start(street(db, 60).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (mut slow, _) = live.look("desk").await;
        let (mut quick, _) = live.look("desk").await;
        // `slow` reads nothing, so it answers nothing: twenty frames are on the way, then it is stuck.
        let mut seen = HashSet::new();
        for n in 0..60 {
            sos(&live, n, "1").await;
            seen.insert(id(&quick.news().await));
        }
        assert_eq!(seen.len(), 60, "the quick one has everything while the slow one lies");
        live.app.advance(1);
        live.told(60).await;
        // Only those who answer are waited for: stepwise, so that the quick one answers its pings.
        for _ in 0..4 {
            live.app.advance(2);
            while quick.frame().await["type"] != "ping" {}
        }
        let (frames, code) = slow.until_closed().await;
        assert_eq!(code, 4429);
        let told = frames.iter().filter(|it| it["type"] == "changed").count();
        assert!(told <= 20, "a window of 20 frames: {told}");
        // It comes back where it stopped.
        let mut slow = live.connect("desk", Some(&slow.cursor())).await;
        let mut rest = HashSet::new();
        while rest.len() < 60 - told { rest.insert(id(&slow.news().await)); }
        live.stop().await;
    }

    async fn who_falls_out_of_the_ring_is_cut(db: Database) {
        let config = HubConfig { ring_max: 8, ..HubConfig::default() };
        let live = Live::start_with(street(db, 60).await, config).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (mut slow, _) = live.look("desk").await;
        for n in 0..60 { sos(&live, n, "1").await; }
        live.told(60).await;
        let (frames, code) = slow.until_closed().await;
        assert!(frames.len() < 60);
        assert_eq!(code, 4429, "no clock was turned: it was the ring");
        live.stop().await;
    }

    async fn a_socket_without_a_good_hello_is_closed(db: Database) {
        let live = Live::start(street(db, 1).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        live.person("late", Role::Dispatcher, &[STREET], None);
        live.change("late", |it| it.expires_at = live.app.clock.now());
        let hello = |token: &str| json!({"type": "hello", "token": token}).to_string();
        let long = format!("{{\"type\":\"hello\",\"token\":\"{}\"}}", "x".repeat(17 * 1024));
        let cases = [
            ("garbage".to_owned(), 4400),
            ("{\"type\":\"hello\"}".to_owned(), 4400),
            ("{\"type\":\"ping\"}".to_owned(), 4400),
            ("{\"type\":\"hello\",\"token\":\"desk\",\"more\":1}".to_owned(), 4400),
            (hello("stranger"), 4401),
            (hello("late"), 4401),
            (long, 1009),
        ];
        for (text, code) in cases {
            let mut client = live.open().await;
            client.say(&text).await;
            let (frames, got) = client.until_closed().await;
            assert_eq!((frames, got), (vec![], code), "{}", &text[..text.len().min(60)]);
        }
        let mut silent = live.open().await;
        live.app.advance(4);
        // Whoever speaks in time is let in while the silent one waits.
        live.look("desk").await;
        live.app.advance(1);
        let (frames, code) = silent.until_closed().await;
        assert_eq!((frames, code), (vec![], 4408));
        // Something after the hello.
        let (mut desk, _) = live.look("desk").await;
        desk.say(&hello("desk")).await;
        assert_eq!(desk.until_closed().await.1, 4400);
        live.stop().await;
    }

    async fn a_token_that_ends_ends_the_socket_and_other_rights_force_a_snapshot(db: Database) {
        let live = Live::start(street(db, 2).await).await;
        live.person("short", Role::Dispatcher, &[STREET], None);
        live.change("short", |it| it.expires_at = live.app.clock.now() + jiff::SignedDuration::from_secs(60));
        let user = live.person("desk", Role::Dispatcher, &[STREET], None);
        let case = sos(&live, 0, "1").await;
        live.told(1).await;
        let (mut short, _) = live.look("short").await;
        let (mut desk, snapshot) = live.look("desk").await;
        assert_eq!(snapshot["cases"][0]["id"], case.to_string());
        for _ in 0..29 {
            live.app.advance(2);
            while short.frame().await["type"] != "ping" {}
            while desk.frame().await["type"] != "ping" {}
        }
        live.app.advance(2);
        let (frames, code) = short.until_closed().await;
        assert!(frames.iter().all(|it| it["type"] == "ping"));
        assert_eq!(code, 4401);
        // Other rights: noticed within two seconds, the old cursor is worth nothing, the old case is out of sight.
        live.end(user, Ended::RightsChanged);
        live.change("desk", |it| (it.scope, it.rights) = ([OTHER_GRID.parse().unwrap()].into_iter().collect(), 2));
        live.app.advance(2);
        assert_eq!(desk.until_closed().await.1, 4403);
        live.allow(user);
        let mut desk = live.connect("desk", Some(&desk.cursor())).await;
        let frame = desk.frame().await;
        assert_eq!((&frame["type"], &frame["cases"]), (&json!("snapshot"), &json!([])));
        live.stop().await;
    }

    async fn a_service_that_cannot_read_its_store_does_not_say_that_all_is_well(db: Database) {
        let live = Live::start(street(db, 1).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        live.change("desk", |it| it.expires_at = live.app.clock.now() + jiff::SignedDuration::from_secs(13));
        let (mut desk, _) = live.look("desk").await;
        live.app.advance(2);
        assert_eq!(desk.frame().await["type"], "ping");
        live.app.app.store.close().await;
        live.app.advance(4);
        live.app.advance(7);
        let (frames, code) = desk.until_closed().await;
        assert_eq!((frames, code), (vec![], 4401), "no ping after the store was gone");
        live.stop().await;
    }

    async fn a_service_that_stops_says_so(db: Database) {
        let config = HubConfig { sockets_max: 2, ..HubConfig::default() };
        let live = Live::start_with(street(db, 1).await, config).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (mut desk, _) = live.look("desk").await;
        let mut silent = live.open().await;
        // There are as many as may be.
        assert_eq!(live.hub.sockets(), 2);
        let refused = tokio_tungstenite::connect_async(&live.address).await.unwrap_err();
        assert!(refused.to_string().contains("503"), "{refused}");
        live.stop.cancel();
        for it in [&mut desk, &mut silent] {
            assert!(matches!(it.came().await, Came::Closed(1001)));
        }
        live.stop().await;
    }

    async fn a_change_reaches_a_hundred_sockets_at_once(db: Database) {
        let live = Live::start(street(db, 20).await).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let mut desks = vec![];
        for _ in 0..100 { desks.push(live.look("desk").await.0); }
        let mut readers = vec![];
        let (tell, _) = tokio::sync::broadcast::channel::<(String, std::time::Instant)>(64);
        for mut desk in desks {
            let mut hear = tell.subscribe();
            readers.push(tokio::spawn(async move {
                let mut spans = vec![];
                for _ in 0..20 {
                    let got = id(&desk.news().await);
                    #[allow(clippy::disallowed_methods)] // a figure, not a rule
                    let now = std::time::Instant::now();
                    let (case, at) = hear.recv().await.unwrap();
                    assert_eq!(case, got);
                    spans.push(now.saturating_duration_since(at));
                }
                spans
            }));
        }
        for n in 0..20 {
            let case = sos(&live, n, "1").await;
            #[allow(clippy::disallowed_methods)]
            let at = std::time::Instant::now();
            tell.send((case.to_string(), at)).unwrap();
            live.told(u64::from(n) + 1).await;
        }
        let mut spans = vec![];
        for it in readers { spans.extend(it.await.unwrap()); }
        spans.sort_unstable();
        println!("acknowledged → socket, 100 sockets: p50 {:?}, p99 {:?}, max {:?}", spans[spans.len() / 2], spans[spans.len() * 99 / 100], spans[spans.len() - 1]);
        live.stop().await;
    }
}
