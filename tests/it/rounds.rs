//! The rounds: who is to be looked in on by when, what proves a visit, what it opens, and who was missed.

use actix_web::http::Method;
use eldercare_dispatch::case::Kind;
use eldercare_dispatch::dispatch::{Rounds, RoundsConfig};
use eldercare_dispatch::ids::ElderId;
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use eldercare_dispatch::store::{ElderFile, ResponderFile, VisitDue};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::street::{GRID, OTHER_GRID, elder, elder_of, responder, who};
use crate::harness::{Database, both_stores};

/// From the beginning of the tests' time (14:13:20 of 25 February, local) to 18:00 of the next day.
const TO_NEXT_EVENING: u64 = 100_000;
const DAY: u64 = 86_400;

async fn start(db: Database) -> Town {
    let town = Town::start_with(db, |config| config.rounds.on = true).await;
    // Elder 2 is at high risk.
    put_elder(&town, elder(2, Need::HighRisk)).await;
    town.test.app.rounds.settle().await.unwrap();
    town
}

async fn put_elder(town: &Town, it: Elder) {
    let store = &town.test.app.store;
    let now = town.test.clock.now();
    let book = store.area_book(date(2026, 6, 1)).await.unwrap();
    let home = Household {
        id: it.household,
        code: it.code.replace('E', "H"),
        grid: it.grid,
        address: it.address.clone(),
        home: it.home,
    };
    store.put_households(vec![home], &book, now).await.unwrap();
    let file = ElderFile {
        elder: it,
        secrets: None,
    };
    store.put_elders(vec![file], &book, now).await.unwrap();
    town.test.app.refresh_picture(true).await.unwrap();
}

async fn put_responder(town: &Town, it: Responder) {
    let store = &town.test.app.store;
    let file = ResponderFile {
        responder: it,
        secrets: None,
    };
    store.put_responders(vec![file], town.test.clock.now()).await.unwrap();
    town.test.app.refresh_picture(true).await.unwrap();
    town.test.app.field.settle();
}

async fn put(town: &Town, account: &str, path: &str, version: i64, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let version = format!("\"{version}\"");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("if-match", version.as_str()),
    ];
    town.raw(Method::PUT, path, &headers, body.to_string()).await
}

/// G1 answers for the grid, G2 leads it.
async fn chain(town: &Town) {
    let links = json!({"links": [{"post": "grid_worker", "responder_id": who("G1")}, {"post": "grid_head", "responder_id": who("G2")}]});
    put(town, "leader", &format!("/api/v1/chains/{GRID}"), 0, &links)
        .await
        .ok();
}

async fn cases(town: &Town, elder: ElderId, kind: Kind) -> Vec<CaseView> {
    let filter = CaseFilter {
        elder: Some(elder),
        kind: Some(kind.as_str().to_owned()),
        ..CaseFilter::default()
    };
    town.test.app.store.list_cases(&filter, None, 50).await.unwrap().items
}

/// A place so many metres north of the door of elder `n`.
fn place(n: u32, metres: f64, accuracy_m: Option<f64>) -> Value {
    let lat = 39.38 + f64::from(n) * 0.0005 + metres / 111_195.0;
    json!({"lat": lat, "lon": 117.06, "crs": "wgs84", "accuracy_m": accuracy_m})
}

fn visits(n: u32) -> String {
    format!("/api/v1/elders/{}/visits", elder_of(n))
}

fn well(position: Value) -> Value {
    json!({"way": "door", "result": "well", "position": position})
}

async fn missed(town: &Town) -> Vec<(ElderId, Date, bool)> {
    let found = town
        .test
        .app
        .store
        .missed_visits(date(2026, 1, 1), date(2027, 1, 1), None)
        .await;
    found
        .unwrap()
        .into_iter()
        .map(|it| (it.elder, it.due_on, it.case.is_some()))
        .collect()
}

async fn due(town: &Town, n: u32) -> Option<VisitDue> {
    let found = town.test.app.store.visit_due_of(&[elder_of(n)]).await.unwrap();
    found.get(&elder_of(n)).copied()
}

async fn photo(town: &Town, account: &str, n: u32, visit: &str, query: &str) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let headers = [("authorization", bearer.as_str()), ("content-type", "image/jpeg")];
    let path = format!("{}/{visit}/photo{query}", visits(n));
    town.raw(Method::POST, &path, &headers, jpeg()).await
}

/// A JPEG as a phone takes it: it says where.
fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, b"Exif\0\0MM\0*GPSLatitude 39.38"),
        segment(0xc0, &[8, 0, 100, 0, 100, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        b"the door".to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

fn elders(it: &Value) -> Vec<String> {
    let items = it["items"].as_array().unwrap().iter();
    items.map(|it| it["elder_id"].as_str().unwrap().to_owned()).collect()
}

both_stores! {
    async fn a_missed_visit_of_whoever_is_at_risk_opens_one_case_and_outlives_the_process(db: Database) {
        let town = start(db).await;
        let first = due(&town, 2).await.unwrap();
        assert_eq!(first.due_at, town.test.clock.now() + jiff::SignedDuration::from_secs(TO_NEXT_EVENING as i64));
        town.test.advance(TO_NEXT_EVENING - 1);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 0);
        assert_eq!(cases(&town, elder_of(2), Kind::MissedVisit).await.len(), 0);
        let town = town.restart().await;
        town.test.advance(1);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 1);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 0);
        let opened = cases(&town, elder_of(2), Kind::MissedVisit).await;
        assert_eq!(opened.iter().map(|it| (it.case.severity.as_str(), it.case.lane.as_str(), it.case.alerts)).collect::<Vec<_>>(), [("urgent", "help", 1)]);
        assert_eq!(missed(&town).await, [(elder_of(2), date(2026, 2, 26), true)]);
        // The process dies after the alert and before the row is moved: said again it is the same alert of the same case.
        town.test.app.store.put_visit_due(vec![first], false).await.unwrap();
        let town = town.restart().await;
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 1);
        let opened = cases(&town, elder_of(2), Kind::MissedVisit).await;
        assert_eq!(opened.iter().map(|it| it.case.alerts).collect::<Vec<_>>(), [1]);
        assert_eq!(missed(&town).await.len(), 1);
        // Nobody has come by the next evening either: it is said in the same case, while that is open.
        town.test.advance(DAY);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 1);
        let opened = cases(&town, elder_of(2), Kind::MissedVisit).await;
        assert_eq!(opened.iter().map(|it| it.case.alerts).collect::<Vec<_>>(), [2]);
        // Whoever is visited each week is missed after a week, and that opens no case.
        town.test.advance(5 * DAY);
        town.test.app.rounds.run_due().await.unwrap();
        let weekly: Vec<_> = missed(&town).await.into_iter().filter(|it| it.0 == elder_0()).collect();
        assert_eq!(weekly, [(elder_0(), date(2026, 3, 4), false)]);
        assert_eq!(cases(&town, elder_0(), Kind::MissedVisit).await.len(), 0);
        // Of the five days in which nobody looked each is written, and the last is said.
        let daily: Vec<_> = missed(&town).await.into_iter().filter(|it| it.0 == elder_of(2)).collect();
        let days: Vec<(i8, bool)> = daily.iter().map(|it| (it.1.day(), it.2)).collect();
        assert_eq!(days, [(26, true), (27, true), (28, false), (1, false), (2, false), (3, false), (4, true)]);
    }

    async fn a_visit_in_time_is_not_missed_and_nobody_is_by_a_rule_that_did_not_hold(db: Database) {
        let town = start(db).await;
        town.test.advance(DAY);
        let made = town.post("g1", &visits(2), well(place(2, 20.0, Some(10.0)))).await;
        assert_eq!((made.status, &made.body["visit"]["counts"], &made.body["next_due_on"]), (201, &json!(true), &json!("2026-02-27")), "{}", made.text);
        town.test.advance(TO_NEXT_EVENING - DAY);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 0);
        assert_eq!(missed(&town).await, []);
        // The street looks in on everybody each day from now on: nobody is overdue since weeks for that.
        let path = "/api/v1/need-labels";
        let mut labels = town.get("leader", path).await.ok()["labels"].clone();
        for row in labels.as_array_mut().unwrap() {
            row["visit_days"] = json!(1);
        }
        town.test.advance(3 * DAY);
        town.post("g1", &visits(2), well(place(2, 20.0, Some(10.0)))).await.ok();
        put(&town, "leader", "/api/v1/need-labels/120114001", 0, &json!({"labels": labels})).await.ok();
        town.test.app.rounds.settle().await.unwrap();
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 0);
        assert_eq!(missed(&town).await, []);
        town.test.advance(DAY);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 3);
        // Where nobody looks after missed visits, what is due passes, and turning it on misses nobody for what was.
        let off = Rounds::begin(town.test.app.desk.clone(), RoundsConfig::default()).await.unwrap();
        let before = missed(&town).await.len();
        town.test.advance(4 * DAY);
        assert_eq!(off.run_due().await.unwrap(), 0);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 0);
        assert_eq!(missed(&town).await.len(), before);
        // Of the dead nobody asks: the file is closed, and the deadline with it.
        put_elder(&town, Elder { status: ElderStatus::Deceased, ..elder(2, Need::HighRisk) }).await;
        town.test.app.rounds.settle().await.unwrap();
        assert_eq!(due(&town, 2).await, None);
    }

    async fn who_is_away_is_phoned_and_missed_again_from_the_day_of_return(db: Database) {
        let town = start(db).await;
        let mut away = elder(2, Need::HighRisk);
        away.needs.insert(Need::Away);
        away.present = Some(PresentAddress { address: "儿子家".to_owned(), point: None, until: date(2026, 3, 10) });
        put_elder(&town, away).await;
        town.test.app.rounds.settle().await.unwrap();
        town.test.advance(10 * DAY);
        assert_eq!(town.test.app.rounds.run_due().await.unwrap(), 1, "elder 0, each week");
        assert_eq!(cases(&town, elder_of(2), Kind::MissedVisit).await.len(), 0);
        let phoned = town.post("desk", &visits(2), json!({"way": "phone", "result": "well"})).await.ok();
        assert_eq!((&phoned["visit"]["counts"], phoned.get("why_not")), (&json!(true), None), "{phoned}");
        let other = town.post("desk", &visits(0), json!({"way": "phone", "result": "well"})).await.ok();
        assert_eq!((&other["visit"]["counts"], &other["why_not"]), (&json!(false), &json!("by_phone")));
        // 10 March, 18:00: back since the morning, and nobody has looked in.
        town.test.advance(2 * DAY + TO_NEXT_EVENING - 1);
        town.test.app.refresh_picture(true).await.unwrap();
        town.test.app.rounds.settle().await.unwrap();
        town.test.app.rounds.run_due().await.unwrap();
        assert_eq!(cases(&town, elder_of(2), Kind::MissedVisit).await.len(), 0);
        town.test.advance(1);
        town.test.app.rounds.run_due().await.unwrap();
        let back: Vec<_> = missed(&town).await.into_iter().filter(|it| it.0 == elder_of(2)).collect();
        assert_eq!(back, [(elder_of(2), date(2026, 3, 10), true)]);
    }

    async fn what_is_not_proved_is_kept_and_puts_nothing_off(db: Database) {
        let town = start(db).await;
        let before = due(&town, 2).await;
        town.test.advance(60);
        for (position, says, why) in [
            (json!(null), "unsure", "proof_unsure"),
            (place(2, 20.0, None), "unsure", "proof_unsure"),
            (place(2, 20.0, Some(500.0)), "unsure", "proof_unsure"),
            (place(2, 3_000.0, Some(20.0)), "fails", "proof_fails"),
        ] {
            let made = town.post("g1", &visits(2), well(position)).await.ok();
            assert_eq!((&made["visit"]["proof_says"], &made["why_not"], &made["visit"]["counts"]), (&json!(says), &json!(why), &json!(false)), "{made}");
        }
        let no_answer = json!({"way": "door", "result": "no_answer", "position": place(2, 5.0, Some(5.0))});
        assert_eq!(town.post("g1", &visits(2), no_answer).await.ok()["why_not"], json!("not_met"));
        assert_eq!(due(&town, 2).await, before, "the deadline stands");
        // The code at the door: made once, shown once, kept as a hash; a newer one takes its place.
        let code = |town: Town| async move {
            let made = town.post("leader", &format!("/api/v1/elders/{}/visit-code", elder_of(2)), json!({})).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let code = made.body["code"].as_str().unwrap().to_owned();
            assert!(made.body["qr_svg"].as_str().unwrap().contains("<svg") && code.len() > 40, "{code}");
            (town, code)
        };
        let (town, old) = code(town).await;
        let (town, new) = code(town).await;
        let with = |code: &str, position: Value| json!({"way": "door", "result": "well", "code": code, "position": position});
        for wrong in [old.as_str(), "ecd-visit:AAAA", ""] {
            let answer = town.post("g1", &visits(2), with(wrong, json!(null))).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!("code")), "{}", answer.text);
        }
        // A picture of the code, shown from home, proves nothing.
        let home = town.post("g1", &visits(2), with(&new, place(2, 3_000.0, Some(20.0)))).await.ok();
        assert_eq!((&home["visit"]["counts"], &home["why_not"]), (&json!(false), &json!("proof_fails")));
        assert_eq!(due(&town, 2).await, before);
        let scanned = town.post("g1", &visits(2), with(&new, place(2, 20.0, Some(400.0)))).await.ok();
        assert_eq!((&scanned["visit"]["counts"], &scanned["visit"]["proof"]), (&json!(true), &json!("code")), "{scanned}");
        assert_ne!(due(&town, 2).await, before);
        let plan = town.get("desk", &format!("/api/v1/elders/{}/visit-plan", elder_of(2))).await.ok();
        assert_eq!((&plan["code"]["by"], &plan["every_days"], &plan["due_on"]), (&json!(user("leader")), &json!(1), &json!("2026-02-26")));
        // A photo proves what the position left open, and not what it denies.
        let vague = town.post("g1", &visits(0), well(place(0, 20.0, None))).await.ok();
        town.test.advance(1);
        let far = town.post("g1", &visits(0), well(place(0, 3_000.0, Some(20.0)))).await.ok();
        let id = |it: &Value| it["visit"]["id"].as_str().unwrap().to_owned();
        for (query, account, problem) in [("", "g1", (422, "missing_field")), ("?consent=none", "g1", (422, "invalid_value")), ("?consent=door", "g2", (404, "visit_not_found"))] {
            assert_eq!(photo(&town, account, 0, &id(&vague), query).await.problem(), problem, "{query} {account}");
        }
        let shown = photo(&town, "g1", 0, &id(&vague), "?consent=door").await.ok();
        assert_eq!((&shown["visit"]["counts"], &shown["visit"]["proof"], &shown["next_due_on"]), (&json!(true), &json!("photo"), &json!("2026-03-04")), "{shown}");
        assert_eq!(photo(&town, "g1", 0, &id(&vague), "?consent=door").await.problem(), (409, "photo_there"));
        assert_eq!(photo(&town, "g1", 0, &id(&far), "?consent=door").await.ok()["visit"]["counts"], json!(false));
        let seen = town.get("desk", &format!("{}/{}/photo", visits(0), id(&vague))).await;
        let holds = |what: &[u8]| seen.bytes.windows(what.len()).any(|it| it == what);
        assert!(seen.status == 200 && holds(b"the door") && !holds(b"GPS"), "{}", seen.status);
        // What is kept of the place are metres.
        let listed = town.get("desk", &visits(0)).await.ok();
        assert!(!listed.to_string().contains("39.3"), "{listed}");
        assert_eq!(listed["items"][0]["metres"], json!(3000));
    }

    async fn a_visit_filed_twice_is_one_and_one_without_a_network_was_when_it_was(db: Database) {
        let town = start(db).await;
        let path = visits(2);
        let at = town.test.clock.now() + jiff::SignedDuration::from_hours(20);
        town.test.advance(22 * 3_600);
        let bearer = format!("Bearer {}", town.token("g1").await);
        let at = at.to_string();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", "v1"), ("done-at", at.as_str())];
        let body = well(place(2, 20.0, Some(10.0)));
        let first = town.raw(Method::POST, &path, &headers, body.to_string()).await;
        assert_eq!((first.status, &first.body["visit"]["at"]), (201, &json!(at)), "{}", first.text);
        let again = town.raw(Method::POST, &path, &headers, body.to_string()).await;
        assert_eq!((again.status, &again.body["visit"]["id"]), (200, &first.body["visit"]["id"]));
        let other = town.raw(Method::POST, &path, &headers, well(json!(null)).to_string()).await;
        assert_eq!(other.problem().0, 422, "{}", other.text);
        assert_eq!(elders(&town.get("desk", &path).await.ok()).len(), 1);
        // An older one, told later, puts nothing back.
        let after = due(&town, 2).await;
        let earlier = (town.test.clock.now() - jiff::SignedDuration::from_hours(10)).to_string();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("done-at", earlier.as_str())];
        town.raw(Method::POST, &path, &headers, body.to_string()).await.ok();
        assert_eq!(due(&town, 2).await, after);
    }

    async fn what_a_visit_has_found_opens_a_review_or_a_call_once(db: Database) {
        let town = start(db).await;
        let said = |result: &str, words: Option<&str>| json!({"way": "door", "result": result, "words": words, "position": place(2, 10.0, Some(5.0))});
        let none = town.post("g1", &visits(2), said("needs_attention", None)).await;
        assert_eq!((none.status, &none.body["errors"][0]["field"]), (422, &json!("words")));
        let key = async |key: &str, body: Value| town.post_once("g1", &visits(2), key, body).await.ok();
        let made = key("a", said("needs_attention", Some("冰箱空了"))).await;
        let again = key("a", said("needs_attention", Some("冰箱空了"))).await;
        assert_eq!((&made["visit"]["case_id"], &made["visit"]["counts"]), (&again["visit"]["case_id"], &json!(true)));
        let reviews = cases(&town, elder_of(2), Kind::WelfareReview).await;
        assert_eq!(reviews.iter().map(|it| it.case.lane.as_str()).collect::<Vec<_>>(), ["service"]);
        assert_eq!(made["visit"]["case_id"], json!(reviews[0].case.id));
        let notes = town.get("desk", &format!("/api/v1/cases/{}/notes", reviews[0].case.id)).await.ok();
        assert!(notes.to_string().contains("冰箱空了"), "{notes}");
        // Another finding goes to the review that is open.
        town.test.advance(60);
        let more = key("b", said("needs_attention", Some("药没有了"))).await;
        assert_eq!(more["visit"]["case_id"], made["visit"]["case_id"]);
        let help = key("c", said("needs_help", Some("跌倒在地"))).await;
        let again = key("c", said("needs_help", Some("跌倒在地"))).await;
        assert_eq!(help["visit"]["case_id"], again["visit"]["case_id"]);
        let calls = cases(&town, elder_of(2), Kind::Sos).await;
        assert_eq!(calls.iter().map(|it| (it.case.severity.as_str(), it.case.alerts)).collect::<Vec<_>>(), [("critical", 1)]);
        // The process dies between the visit and its case.
        let store = &town.test.app.store;
        let mut left = store.visits_of(elder_of(2), None, 10).await.unwrap().remove(0);
        (left.id, left.case, left.elder, left.result) = (uuid::Uuid::from_u128(7), None, elder_of(1), VisitResult::NeedsHelp);
        left.words = Some(store.seal_visit_words(left.elder, left.id, "不应答").unwrap());
        store.put_visit(left, None).await.unwrap();
        let town = town.restart().await;
        assert_eq!(town.test.app.rounds.open_missing().await.unwrap(), 1);
        assert_eq!(town.test.app.rounds.open_missing().await.unwrap(), 0);
        assert_eq!(cases(&town, elder_of(1), Kind::Sos).await.len(), 1);
    }

    async fn the_stand_in_holds_the_visits_and_who_may_not_hear_sees_none(db: Database) {
        let town = start(db).await;
        chain(&town).await;
        let ahead = "/api/v1/responders/me/visits?ahead_days=31";
        let mine = async |account: &str| elders(&town.get(account, ahead).await.ok());
        assert_eq!((mine("g1").await.len(), mine("g2").await.len()), (3, 0));
        assert_eq!(town.get("g1", "/api/v1/responders/me/visits").await.ok()["items"], json!([]), "nothing is due today");
        // Off duty: the next of the chain who is at work.
        town.put("g1", "/api/v1/responders/me/duty", json!({"on": false})).await;
        assert_eq!((mine("g1").await.len(), mine("g2").await.len()), (0, 3));
        let item = town.get("g2", ahead).await.ok()["items"][0].clone();
        assert_eq!((&item["goer"]["in_place_of"], &item["goer"]["on_duty"]), (&json!(who("G1")), &json!(true)), "{item}");
        town.put("g2", "/api/v1/responders/me/duty", json!({"on": false})).await;
        assert_eq!((mine("g1").await.len(), mine("g2").await.len()), (3, 0), "nobody is at work: they stay theirs");
        town.put("g1", "/api/v1/responders/me/duty", json!({"on": true})).await;
        town.put("g2", "/api/v1/responders/me/duty", json!({"on": true})).await;
        // Sick: the stand-in, who works elsewhere, and files a visit there.
        let absence = format!("/api/v1/responders/{}/absence", who("G1"));
        assert_eq!(town.post("leader", &absence, json!({"by": who("DOC")})).await.status, 201);
        assert_eq!((mine("g1").await.len(), mine("doctor").await.len()), (0, 3));
        town.post("doctor", &visits(2), well(place(2, 10.0, Some(5.0)))).await.ok();
        assert_eq!(town.post("far_g", &visits(2), well(json!(null))).await.problem(), (404, "elder_not_found"));
        assert_eq!(town.post("leader", &format!("{absence}/end"), json!({})).await.status, 204);
        // Whoever is not for everybody's ears: only who may hear of them, and nobody alone.
        put_elder(&town, elder(3, Need::MentalSocial)).await;
        town.test.app.rounds.settle().await.unwrap();
        let id = elder_of(3).to_string();
        for account in ["g1", "g2", "doctor"] {
            assert!(!mine(account).await.contains(&id), "{account}");
            assert_eq!(town.get(account, &visits(3)).await.problem(), (404, "elder_not_found"), "{account}");
            assert_eq!(town.post(account, &visits(3), well(json!(null))).await.problem(), (404, "elder_not_found"), "{account}");
        }
        let may = |name: &str, kind| Responder { allowances: [Sensitivity::MentalSocial].into(), ..responder(name, kind, 0.002) };
        put_responder(&town, may("G1", ResponderKind::GridWorker)).await;
        // A volunteer never: no form of theirs may say so.
        put_responder(&town, Responder { allowances: [].into(), ..may("G2", ResponderKind::Volunteer) }).await;
        assert!(mine("g1").await.contains(&id) && !mine("g2").await.contains(&id));
        assert_eq!(town.get("g2", &visits(3)).await.problem(), (404, "elder_not_found"));
        let alone = town.post("g1", &visits(3), well(place(3, 10.0, Some(5.0)))).await;
        assert_eq!((alone.status, &alone.body["errors"][0]["field"]), (422, &json!("companion_id")), "{}", alone.text);
        let with = |name: &str| { let mut it = well(place(3, 10.0, Some(5.0))); it["companion_id"] = json!(who(name)); it };
        for nobody in ["G1", "G2", "NOBODY"] {
            let answer = town.post("g1", &visits(3), with(nobody)).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!("companion_id")), "{nobody}");
        }
        put_responder(&town, may("PG", ResponderKind::PoliceGrid)).await;
        // A telephone names who was there too from what the visit says, and knows nobody else.
        let all = town.get("g1", ahead).await.ok();
        let mine = all["items"].as_array().unwrap().iter().find(|it| it["elder_id"] == json!(id)).cloned().unwrap();
        assert_eq!(mine["companions"], json!([{"responder_id": who("G1"), "name": "人G1"}, {"responder_id": who("PG"), "name": "人PG"}]));
        assert!(all["items"].as_array().unwrap().iter().all(|it| it["elder_id"] == json!(id) || it.get("companions").is_none()));
        assert_eq!(town.post("g1", &visits(3), with("PG")).await.ok()["visit"]["counts"], json!(true));
    }

    async fn the_desk_sees_what_is_overdue_by_grid_and_by_worker(db: Database) {
        let town = start(db).await;
        chain(&town).await;
        let medical = Elder { grid: OTHER_GRID.parse().unwrap(), ..elder(4, Need::Medical) };
        put_elder(&town, medical).await;
        town.test.app.rounds.settle().await.unwrap();
        town.test.advance(TO_NEXT_EVENING);
        let all = town.get("desk", "/api/v1/visits").await.ok();
        assert_eq!((elders(&all), &all["count"], &all["on"]), (vec![elder_of(2).to_string()], &json!(1), &json!(true)));
        assert_eq!((&all["items"][0]["state"], &all["items"][0]["due_on"], &all["items"][0]["goer"]["name"]), (&json!("overdue"), &json!("2026-02-26"), &json!("人G1")));
        let grid = |it: &Value, code: &str| it["grids"].as_array().unwrap().iter().find(|it| it["id"] == code).cloned().unwrap();
        let first = grid(&all, GRID);
        assert_eq!((&first["overdue"], &first["later"], &first["unheld"], &first["without_rhythm"]), (&json!(1), &json!(2), &json!(0), &json!(0)));
        assert_eq!(grid(&all, OTHER_GRID)["without_rhythm"], json!(1), "nobody has said how often");
        assert_eq!((&all["workers"][0]["id"], &all["workers"][0]["overdue"]), (&json!(who("G1")), &json!(1)));
        assert_eq!(elders(&town.get("desk", "/api/v1/visits?state=all").await.ok()).len(), 3);
        assert_eq!(elders(&town.get("desk", &format!("/api/v1/visits?state=all&area={OTHER_GRID}")).await.ok()).len(), 0);
        assert_eq!(elders(&town.get("desk", &format!("/api/v1/visits?state=all&responder={}", who("G2"))).await.ok()).len(), 0);
        assert_eq!(elders(&town.get("far_desk", "/api/v1/visits?state=all").await.ok()).len(), 0);
        for (query, field) in [("state=none", "state"), ("area=12", "area"), ("responder=x", "responder")] {
            let answer = town.get("desk", &format!("/api/v1/visits?{query}")).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{}", answer.text);
        }
        // A plan of care of their own: audited, over the version that was seen.
        let path = format!("/api/v1/elders/{}/visit-plan", elder_of(4));
        let made = put(&town, "desk", &path, 0, &json!({"days": 3, "from": "09:00", "until": "11:30"})).await;
        assert_eq!((made.status, &made.body["every_days"], &made.body["due_on"], &made.body["from"]), (200, &json!(3), &json!("2026-03-01"), &json!("09:00")), "{}", made.text);
        assert_eq!(put(&town, "desk", &path, 0, &json!({})).await.problem(), (412, "changed_meanwhile"));
        assert_eq!(put(&town, "desk", &path, 1, &json!({"days": 0})).await.problem().0, 422);
        assert_eq!(put(&town, "far_desk", &path, 1, &json!({"days": 2})).await.problem(), (404, "elder_not_found"));
        assert_eq!(grid(&town.get("desk", "/api/v1/visits").await.ok(), OTHER_GRID)["without_rhythm"], json!(0));
    }

    async fn a_round_goes_by_the_nearest_door_within_the_circle_and_the_hours(db: Database) {
        let town = start(db).await;
        chain(&town).await;
        // 5 km on: beyond a quarter of an hour on an e-bike at 15 km/h. Elder 6 has no door on file.
        let far = Elder { home: Some(eldercare_dispatch::circle::Point::new(39.425, 117.06).unwrap()), ..elder(5, Need::General) };
        put_elder(&town, far).await;
        put_elder(&town, Elder { home: None, ..elder(6, Need::General) }).await;
        town.test.app.rounds.settle().await.unwrap();
        let ids = |it: &Value, of: &str| it[of].as_array().unwrap().iter().map(|it| it["elder_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let path = "/api/v1/responders/me/visits/route";
        assert_eq!(town.post("g1", path, json!({})).await.ok()["stops"], json!([]), "nothing is due today");
        // The doors lie at 0, 56, 111 and 167 m north of elder 0; whoever stands at elder 2 goes to the nearer end first.
        town.stand("g1", 111.0).await;
        let found = town.post("g1", path, json!({"ahead_days": 31})).await.ok();
        assert_eq!(ids(&found, "stops"), [2, 1, 0].map(|it| elder_of(it).to_string()), "{found}");
        let why: Vec<(String, String)> = found["left_out"].as_array().unwrap().iter().map(|it| (it["elder_id"].as_str().unwrap().to_owned(), it["reason"].as_str().unwrap().to_owned())).collect();
        assert_eq!(why.len(), 2);
        assert!(why.contains(&(elder_of(5).to_string(), "outside_circle".to_owned())) && why.contains(&(elder_of(6).to_string(), "no_door".to_owned())), "{why:?}");
        assert_eq!((&found["stops"][0]["estimated"], &found["mode"]), (&json!(true), &json!("ebike")));
        // 14:13 now. Elder 2 is at home for visits from 15:00, elder 0 until 14:20.
        let plan = |n: u32| format!("/api/v1/elders/{}/visit-plan", elder_of(n));
        put(&town, "desk", &plan(2), 0, &json!({"from": "15:00", "until": "16:00"})).await.ok();
        put(&town, "desk", &plan(0), 0, &json!({"until": "14:20"})).await.ok();
        let found = town.post("g1", path, json!({"ahead_days": 31})).await.ok();
        assert_eq!(ids(&found, "stops"), [0, 1, 2].map(|it| elder_of(it).to_string()), "{found}");
        assert_eq!(found["stops"][2]["begins_at"], json!("2026-02-25T07:00:00Z"));
        let late = town.post("g1", path, json!({"ahead_days": 31, "start_at": "2026-02-25T06:30:00Z"})).await.ok();
        assert!(late["left_out"].to_string().contains("hours"), "{late}");
        let only = town.post("g1", path, json!({"ahead_days": 31, "elder_ids": [elder_of(1)], "minutes": 60, "mode": "walk"})).await.ok();
        assert_eq!((ids(&only, "stops"), &only["mode"]), (vec![elder_of(1).to_string()], &json!("walk")));
        for (body, field) in [
            (json!({"minutes": 0}), "minutes"),
            (json!({"ahead_days": 40}), "ahead_days"),
            (json!({"start_at": "2027-01-01T00:00:00Z"}), "start_at"),
            (json!({"from": {"lat": 95.0, "lon": 117.0, "crs": "wgs84"}}), "from.lat"),
        ] {
            let answer = town.post("g1", path, body).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{}", answer.text);
        }
        assert_eq!(town.post("desk", path, json!({})).await.problem(), (403, "not_a_responder"));
    }

    async fn the_months_coverage_counts_visits_one_by_one(db: Database) {
        let town = start(db).await;
        chain(&town).await;
        town.test.advance(60);
        town.post("g1", &visits(2), well(place(2, 10.0, Some(5.0)))).await.ok();
        town.post("g1", &visits(2), well(place(2, 9_000.0, Some(5.0)))).await.ok();
        town.post("g1", &visits(1), json!({"way": "door", "result": "not_home"})).await.ok();
        town.test.advance(TO_NEXT_EVENING - 60);
        town.test.app.rounds.run_due().await.unwrap();
        town.test.advance(3_600);
        // Too late: missed at 18:00, visited at 19:00 of the day it was due.
        town.post("g1", &visits(2), well(place(2, 10.0, Some(5.0)))).await.ok();
        let sum = town.get("auditor", "/api/v1/visits/coverage").await.ok();
        let grid = &sum["grids"][0];
        assert_eq!((&sum["month"], &sum["open"], &grid["area_code"]), (&json!("2026-02"), &json!(true), &json!(GRID)));
        for (figure, wanted) in [("elders", 3), ("visited", 1), ("rate_bp", 3_333), ("visits", 2), ("on_time", 2), ("late", 0), ("missed", 1), ("tries", 2), ("by_position", 2), ("by_code", 0), ("proof_fails", 1)] {
            assert_eq!((&grid[figure], &sum["all"][figure]), (&json!(wanted), &json!(wanted)), "{figure} {sum}");
        }
        let march = town.get("auditor", "/api/v1/visits/coverage?month=2026-03").await.ok();
        assert_eq!((&march["all"]["visits"], &march["all"]["elders"], &march["all"]["rate_bp"]), (&json!(0), &json!(3), &json!(0)));
        assert_eq!(town.get("auditor", "/api/v1/visits/coverage?month=2026").await.problem().0, 400);
        assert_eq!(town.get("far_desk", "/api/v1/visits/coverage").await.ok()["grids"], json!([]));
    }
}
