//! A row and its addresses: each telephone, browser and leader has a letter of its own, with an id of its own; what is reported is of
//! that letter, of that try and of that offer; what is of nobody's costs nothing; and what waits is looked at again when the case has
//! become critical or its way is gone.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::http::Method;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Author, Command, Event, NoticeKind, OfferState, Severity, Voice};
use eldercare_dispatch::dispatch::tell;
use eldercare_dispatch::ids::{CaseId, NoticeId, UserId};
use eldercare_dispatch::notify::letter::{Handed, Letter};
use eldercare_dispatch::notify::replies::EARLY_MAX;
use eldercare_dispatch::notify::{Injected, NotifyConfig};
use eldercare_dispatch::people::{
    AreaCode, ContactSecrets, FamilyChoices, Need, QuietHours, Reach, Reached, ResponderSecrets, Role, ToldBy,
    contact_id,
};
use eldercare_dispatch::store::cases::outbox::LOST;
use eldercare_dispatch::store::{Booking, ContactFile, Engine, Limit, NewAccount, ResponderFile};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use sha1::Digest as _;
use uuid::Uuid;

use crate::harness::carrier::{Fake, Part, address, proof, taken};
use crate::harness::street::{GRID, alert, elder, responder, who};
use crate::harness::{TestApp, both_stores};
use crate::notify_outbox::DESK;
use crate::notify_ways::{events, offer_rows, offered, reach, run, states, told_by, told_by_with, worker_with};
use crate::notify_webhook::{contact, report, rows};

fn later(why: &str) -> Part {
    Part::Says(Handed::Later {
        after: None,
        why: why.to_owned(),
    })
}

/// A provider's reports of one channel, as the callback brings them.
async fn back(app: &TestApp, channel: &str, reports: Value) {
    let headers = [("x-sign".to_owned(), "good".to_owned())];
    let body = reports.to_string();
    let taken = app
        .app
        .replies
        .take(&app.app.outbox, channel, &headers, "", body.as_bytes())
        .await;
    taken.unwrap();
}

/// Gives a grid worker these telephones, in this order.
async fn phones(app: &TestApp, name: &str, north: f64, phones: &[&str]) {
    let kind = eldercare_dispatch::people::ResponderKind::GridWorker;
    let file = ResponderFile {
        responder: responder(name, kind, north),
        secrets: Some(ResponderSecrets {
            phones: phones.iter().map(|it| it.parse().unwrap()).collect(),
        }),
    };
    app.app.store.put_responders(vec![file], app.clock.now()).await.unwrap();
    app.app.refresh_picture(true).await.unwrap();
}

/// Two duty leaders of the street, each with a telephone of their own.
async fn two_leaders(app: &TestApp) -> [Reached; 2] {
    let users = [1_u128, 2].map(|n| UserId::new(Uuid::from_u128(0xa0 + n)));
    for (n, id) in users.iter().enumerate() {
        let account = NewAccount {
            id: *id,
            username: format!("leader{n}"),
            password_hash: "none".to_owned(),
            role: Role::DutyLeader,
            scope: [GRID[..9].parse::<AreaCode>().unwrap()].into_iter().collect(),
            responder: None,
        };
        app.app.store.add_account(account, app.clock.now()).await.unwrap();
    }
    app.app.refresh_picture(true).await.unwrap();
    for (n, id) in users.iter().enumerate() {
        let phones = vec![format!("1100000000{n}").parse().unwrap()];
        let theirs = Reach {
            phones,
            ..Reach::default()
        };
        reach(app, Reached::Account(*id), theirs).await;
    }
    users.map(Reached::Account)
}

/// Another call to this telephone has used up its minute.
async fn minute_used_up(app: &TestApp, phone: &str) {
    let store = &app.app.store;
    let booking = Booking {
        id: Uuid::from_u128(0xb0),
        channel: "voice".to_owned(),
        callee: store.keys().unwrap().phone_hash(phone),
    };
    let limit = Limit {
        callee: true,
        within_s: 60,
        most: 1,
    };
    let booked = store
        .book_quota(Some(booking), vec![limit], None, app.clock.now())
        .await;
    assert_eq!(booked.unwrap(), None);
}

/// How often a case says that somebody could not be called because of a quota.
async fn refusals(app: &TestApp, case: CaseId, whom: &str) -> usize {
    let all = events(app, case).await.into_iter();
    let theirs =
        |it: &Event| matches!(it, Event::QuotaRefused { target, channel, .. } if target == whom && channel == "voice");
    all.filter(theirs).count()
}

/// Messages before calls, whatever the hour.
fn sms_first(config: &mut Config) {
    let text = "[[rules]]\nto = [\"responder\"]\nwaves = [{ by = [\"sms\"], wait_s = 60 }, { by = [\"voice\"] }]";
    config.notify.ways = toml::from_str(text).unwrap();
}

/// The shipped plans, with the legs of the duty leader and of the civil-affairs office at second 0; answers where they are.
fn plan_with_legs(folder: &std::path::Path) -> String {
    let mut set: toml::Table = include_str!("../../src/case/plans/yangcun-7.toml").parse().unwrap();
    for rule in set["rules"].as_array_mut().unwrap() {
        let steps = rule["steps"].as_array_mut().unwrap();
        for what in ["duty_leader", "civil_affairs"] {
            steps.push(toml::from_str(&format!("at_s = 0\nwhat = \"{what}\"")).unwrap());
        }
    }
    let path = folder.join("plans.toml");
    std::fs::write(&path, set.to_string()).unwrap();
    path.display().to_string()
}

/// A case that the duty leader is rung for.
async fn leader_rung(app: &TestApp) -> CaseId {
    leader_rung_of(app, 0).await
}

/// As [`leader_rung`], of this elder.
async fn leader_rung_of(app: &TestApp, n: u32) -> CaseId {
    let case = report(app, alert(n, "sos", "1")).await;
    for _ in 0..60 {
        if rows(app, case).await.iter().any(|it| it.target == "duty_leader") {
            return case;
        }
        app.advance(10);
        app.app.desk.run_due().await.unwrap();
        while app.app.field.run_seeking().await.unwrap() > 0 {}
    }
    panic!("nobody has rung the duty leader");
}

fn ids(letters: &[Letter]) -> BTreeSet<NoticeId> {
    letters.iter().map(|it| it.id).collect()
}

both_stores! {
    async fn two_telephones_of_one_person_are_two_letters_and_a_further_try_is_the_same(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        phones(&app, "G1", 0.002, &["10000000001", "10000000009"]).await;
        voice.always(later("away"));
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let target = who("G1").to_string();
        let first = voice.to(&target);
        assert_eq!(first.iter().map(address).collect::<Vec<_>>(), ["10000000001", "10000000009"]);
        assert_eq!(ids(&first).len(), 2, "a dialler that knows repeats takes the second telephone for none");
        assert!(first.iter().all(|it| it.notice == offer_rows_id(&first)), "and both are of one row");
        app.advance(61); // a telephone rings once a minute
        run(&app).await;
        let all = voice.to(&target);
        assert!(all.len() >= 4 && ids(&all) == ids(&first), "the same ids at every try");
        // The second telephone answers: it is found by its own id.
        voice.always(later("away"));
        let second = first[1].id.to_string();
        back(&app, "voice", json!([{"letter": second, "word": "delivered"}])).await;
        assert_eq!(offer_rows(&app, case, "G1").await["voice"].state, "received");
        app.app.stop().await;
    }

    async fn a_busy_telephone_brings_the_second_one_and_the_last_one_the_next_way(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        phones(&app, "G1", 0.002, &["10000000001", "10000000009"]).await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let target = who("G1").to_string();
        let rung = voice.to(&target);
        assert_eq!(rung.iter().map(address).collect::<Vec<_>>(), ["10000000001"], "one telephone rings, and not all of them");
        let busy = |it: &Letter| json!([{"letter": it.id.to_string(), "word": "failed", "says": "busy"}]);
        back(&app, "voice", busy(&rung[0])).await;
        run(&app).await;
        let rung = voice.to(&target);
        assert_eq!(rung.iter().map(address).collect::<Vec<_>>(), ["10000000001", "10000000009"]);
        assert_eq!(offer_rows(&app, case, "G1").await["voice"].state, "sent");
        // Said twice, the first telephone's word changes nothing of the second one.
        back(&app, "voice", busy(&rung[0])).await;
        assert_eq!(offer_rows(&app, case, "G1").await["voice"].state, "sent");
        back(&app, "voice", busy(&rung[1])).await;
        let told = offer_rows(&app, case, "G1").await;
        assert_eq!((told["voice"].state.as_str(), told["voice"].last_error.as_deref()), ("failed", Some("busy")));
        run(&app).await;
        assert_eq!(sms.to(&target).len(), 1);
        assert_eq!(voice.to(&target).len(), 2, "and nobody is rung once more");
        app.app.stop().await;
    }

    async fn four_legs_start_together_and_the_first_who_accepts_stops_the_others(db: Database) {
        let voice = Fake::new("voice");
        let folder = tempfile::tempdir().unwrap();
        let set = plan_with_legs(folder.path());
        let app = told_by_with(db, &[&voice], move |config| {
            config.plans.set.clone_from(&set);
            config.notify.civil_affairs = toml::from_str("\"120114001\" = [\"02282000001\"]").unwrap();
        })
        .await;
        two_leaders(&app).await;
        let files = [0, 1].map(|n| ContactFile {
            contact: contact(n, &format!("C{n}"), 1, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{n}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.to_vec(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let rung: BTreeSet<String> = voice.heard().iter().map(address).collect();
        for phone in ["10000000100", "10000000001", "02282000001", "11000000000", "11000000001"] {
            assert!(rung.contains(phone), "{phone} in {rung:?}");
        }
        let (leader, office) = (voice.to("duty_leader")[0].clone(), voice.to("civil_affairs")[0].clone());
        assert_eq!((leader.kind, office.kind), (NoticeKind::CallLeg, NoticeKind::CallLeg));
        assert_eq!((leader.values.keys, office.values.keys), (Some(('1', '2')), None), "an office has no account");
        assert!(voice.heard().iter().all(|it| it.now == leader.now), "all at once");
        back(&app, "voice", json!([{"letter": leader.id.to_string(), "word": "key", "says": "1"}])).await;
        assert!(app.app.store.case(case).await.unwrap().unwrap().case.taken_by.is_some(), "and one of them takes it by a key");
        // Their telephones are busy, and somebody of the grid says yes meanwhile.
        app.advance(61);
        let busy = || Part::Says(Handed::PutOff { after: Some(std::time::Duration::from_secs(20)), why: "answered 429".to_owned() });
        for phone in ["02282000001", "11000000000", "11000000001"] {
            voice.at(phone, busy());
        }
        let second = offered(&app, 1, "sos").await;
        run(&app).await;
        let many = |target: &str| voice.to(target).iter().filter(|it| it.case == second).count();
        assert_eq!((many("duty_leader"), many("civil_affairs")), (2, 1));
        let offer = app.app.store.case(second).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        app.app.desk.handle(second, Command::Accept { offer, by: who("G1"), eta_s: Some(60) }, Author::Responder(who("G1"))).await.unwrap();
        for phone in ["02282000001", "11000000000", "11000000001"] {
            voice.at(phone, taken());
        }
        app.advance(20);
        run(&app).await;
        assert_eq!((many("duty_leader"), many("civil_affairs")), (2, 1), "nobody else is called any more");
        let legs: Vec<String> = rows(&app, second).await.into_iter().filter(|it| it.kind == "call_leg").map(|it| it.state).collect();
        assert_eq!(legs, ["stale", "stale"]);
        app.app.stop().await;
    }

    async fn the_shipped_legs_ring_together_and_what_the_first_yes_makes_needless_is_left_out(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by_with(db, &[&voice], |config| {
            "yangcun-1-4".clone_into(&mut config.plans.set);
            config.notify.civil_affairs = toml::from_str("\"120114001\" = [\"02282000001\"]").unwrap();
        })
        .await;
        app.fill((0..2).map(|n| elder(n, Need::HighRisk)).collect(), vec![]).await;
        two_leaders(&app).await;
        let files = [0, 1].map(|n| ContactFile {
            contact: contact(n, &format!("C{n}"), 1, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{n}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.to_vec(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let busy = || Part::Says(Handed::PutOff { after: Some(Duration::from_secs(20)), why: "answered 429".to_owned() });
        let others = ["02282000001", "11000000000", "11000000001"];
        let legs = async |case: CaseId, kind: &str| {
            let all = rows(&app, case).await.into_iter().filter(|it| it.kind == kind);
            all.map(|it| it.state).collect::<Vec<_>>()
        };
        // The relative is the first: who was to take it in hand is not called any more, and the grid is asked on.
        for phone in others {
            voice.at(phone, busy());
        }
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let rung: BTreeSet<String> = voice.heard().iter().map(address).collect();
        for phone in others.iter().chain(&["10000000100", "10000000001"]) {
            assert!(rung.contains(*phone), "{phone} in {rung:?}");
        }
        let asked = voice.to(&contact_id("C0").to_string())[0].clone();
        assert_eq!(asked.kind, NoticeKind::FamilyAsk);
        back(&app, "voice", json!([{"letter": asked.id.to_string(), "word": "key", "says": "1"}])).await;
        app.advance(20);
        run(&app).await;
        assert_eq!(legs(case, "call_leg").await, ["stale", "stale"]);
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(view.case.offer_to(who("G1")).unwrap().state, OfferState::Open, "to know is not to go");
        // The grid is the first: the relative whose telephone is busy just now is not asked any more either.
        app.advance(61);
        voice.at("10000000101", busy());
        let second = offered(&app, 1, "sos").await;
        run(&app).await;
        let offer = app.app.store.case(second).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        app.app.desk.handle(second, Command::Accept { offer, by: who("G1"), eta_s: Some(60) }, Author::Responder(who("G1"))).await.unwrap();
        for phone in others {
            voice.at(phone, taken());
        }
        voice.at("10000000101", taken());
        app.advance(20);
        run(&app).await;
        assert_eq!((legs(second, "call_leg").await, legs(second, "family_ask").await), (vec!["stale".to_owned(); 2], vec!["stale".to_owned()]));
        assert_eq!(voice.to(&contact_id("C1").to_string()).len(), 1, "the line was busy, and nobody has rung since");
        app.app.stop().await;
    }

    async fn a_call_of_the_beginning_that_was_picked_up_is_settled_by_a_key_alone(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let files = [0, 1].map(|n| ContactFile {
            contact: contact(n, &format!("C{n}"), 1, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{n}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.to_vec(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let cases = [offered(&app, 0, "sos").await, offered(&app, 1, "sos").await];
        run(&app).await;
        let calls = [0, 1].map(|n| voice.to(&contact_id(&format!("C{n}")).to_string())[0].clone());
        assert!(calls.iter().all(|it| it.kind == NoticeKind::FamilyOpened && it.values.keys == Some(('1', '2'))));
        for it in &calls {
            back(&app, "voice", json!([{"letter": it.id.to_string(), "word": "delivered"}])).await;
        }
        back(&app, "voice", json!([{"letter": calls[1].id.to_string(), "word": "key", "says": "1"}])).await;
        let mut states = Vec::new();
        for case in cases {
            let row = rows(&app, case).await.into_iter().find(|it| it.kind == "family_opened" && it.channel == "voice");
            states.push(row.unwrap().state);
        }
        assert_eq!(states, ["sent", "received"], "a machine picks up too");
        let known = &app.app.store.case(cases[1]).await.unwrap().unwrap().case.family;
        assert_eq!(known.iter().map(|it| it.contact).collect::<Vec<_>>(), [contact_id("C1")]);
        app.advance(30);
        run(&app).await;
        let written = [0, 1].map(|n| sms.to(&contact_id(&format!("C{n}")).to_string()).len());
        assert_eq!(written, [1, 0]);
        assert_eq!(voice.to(&contact_id("C0").to_string()).len(), 1, "and nobody is rung twice");
        app.app.stop().await;
    }

    async fn who_was_not_told_is_found_the_oldest_first_and_each_once(db: Database) {
        let pushed = Fake::new("web_push");
        let app = told_by(db, &[&pushed]).await;
        for n in 0..3 {
            offered(&app, n, "sos").await;
            app.advance(1);
        }
        let store = &app.app.store;
        let all = store.untold(None, 99).await.unwrap();
        assert!(all.len() >= 6, "{}", all.len());
        assert!(all.is_sorted_by_key(|it| (it.made_at, it.telling)));
        let (mut one_by_one, mut from) = (Vec::new(), None);
        while let [one] = &store.untold(from, 1).await.unwrap()[..] {
            from = Some((one.made_at, one.telling));
            one_by_one.push(one.clone());
        }
        assert_eq!(one_by_one, all, "those before do not hide those after");
        app.app.stop().await;
    }

    async fn cases_that_cannot_be_told_hide_nobody_who_was_not_told(db: Database) {
        let pushed = Fake::new("web_push");
        let app = told_by(db, &[&pushed]).await;
        let torn = offered(&app, 0, "sos").await;
        app.advance(1);
        let whole = offered(&app, 1, "sos").await;
        let store = &app.app.store;
        // A case that does not read back, and more persons of it than one look takes.
        let (id, make, many) = match store.engine() {
            Engine::Sqlite => (
                format!("x'{}'", torn.as_uuid().simple()),
                "randomblob(16)",
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300) SELECT n FROM s) AS s",
            ),
            Engine::Postgres => (format!("'{}'", torn.as_uuid()), "gen_random_uuid()", "generate_series(1, 300) AS s(n)"),
        };
        let columns = "case_version, area_code, kind, step, target, urgency, eager, made_at, wave, \"by\", later, state, untaken";
        let copy = format!(
            "INSERT INTO telling (id, case_id, {columns}) SELECT {make}, t.case_id, {columns} \
             FROM (SELECT * FROM telling WHERE case_id = {id} AND state = 'exhausted' LIMIT 1) AS t CROSS JOIN {many}"
        );
        assert_eq!(store.writer().execute_unprepared(&copy).await.unwrap().rows_affected(), 300);
        let tear = format!("UPDATE cases SET body = '{{}}' WHERE id = {id}");
        assert_eq!(store.writer().execute_unprepared(&tear).await.unwrap().rows_affected(), 1);
        for _ in 0..2 {
            run(&app).await;
        }
        let left = store.untold(None, 999).await.unwrap();
        assert!(left.len() >= 300 && left.iter().all(|it| it.case == torn), "{}", left.len());
        let view = store.case(whole).await.unwrap().unwrap();
        assert!(view.case.offers.iter().all(|it| it.silent), "each of them was passed over");
        app.app.stop().await;
    }

    async fn a_figure_that_cannot_be_read_keeps_no_alarm_back(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        voice.always(later("away"));
        offered(&app, 0, "sos").await;
        run(&app).await;
        app.advance(11);
        let writer = app.app.store.writer().clone();
        writer.execute_unprepared("ALTER TABLE quota_use RENAME TO quota_used").await.unwrap();
        assert!(app.app.outbox.count_once().await.is_err());
        assert!(app.app.outbox.late_since().is_some(), "it has waited for more than ten seconds");
        writer.execute_unprepared("ALTER TABLE quota_used RENAME TO quota_use").await.unwrap();
        app.app.stop().await;
    }

    async fn who_of_two_leaders_is_over_their_quota_is_told_by_the_next_way_at_once(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let folder = tempfile::tempdir().unwrap();
        let set = plan_with_legs(folder.path());
        let app = told_by_with(db, &[&voice, &sms], move |config| config.plans.set.clone_from(&set)).await;
        two_leaders(&app).await;
        minute_used_up(&app, "11000000001").await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        assert_eq!(voice.to("duty_leader").iter().map(address).collect::<Vec<_>>(), ["11000000000"]);
        let row = rows(&app, case).await.into_iter().find(|it| it.target == "duty_leader" && it.channel == "voice").unwrap();
        assert_eq!(row.state, "sent", "for the other it is");
        let written: BTreeSet<String> = sms.to("duty_leader").iter().map(address).collect();
        assert!(written.contains("11000000001"), "{written:?}");
        assert_eq!(refusals(&app, case, "duty_leader").await, 1, "and the case says so");
        // Beside the others, nothing more follows from it.
        app.advance(29);
        run(&app).await;
        assert_eq!(sms.to("duty_leader").len(), 2);
        assert_eq!(refusals(&app, case, "duty_leader").await, 1);
        app.app.stop().await;
    }

    async fn with_workers_running_the_next_way_is_tried_within_two_seconds_of_a_refused_booking(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let folder = tempfile::tempdir().unwrap();
        let set = plan_with_legs(folder.path());
        let app = told_by_with(db, &[&voice, &sms], move |config| config.plans.set.clone_from(&set)).await;
        two_leaders(&app).await;
        minute_used_up(&app, "11000000001").await;
        app.app.start_workers();
        let begun = app.clock.now();
        let case = report(&app, alert(0, "sos", "1")).await;
        let told = || sms.to("duty_leader").into_iter().find(|it| address(it) == "11000000001");
        for _ in 0..4_000 {
            if told().is_some() {
                break;
            }
            app.clock.advance(Duration::from_millis(1)); // no faster than the machine
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        }
        let letter = told().expect("the second leader is written to");
        assert_eq!(letter.case, case);
        assert!(letter.now.duration_since(begun).as_secs_f64() <= 2.0, "{:#}", letter.now.duration_since(begun));
        app.app.stop().await;
    }

    async fn a_first_telephone_over_its_quota_is_said_although_the_second_one_rings(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        phones(&app, "G1", 0.002, &["10000000001", "10000000009"]).await;
        minute_used_up(&app, "10000000001").await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let target = who("G1").to_string();
        assert_eq!(voice.to(&target).iter().map(address).collect::<Vec<_>>(), ["10000000009"]);
        assert_eq!((refusals(&app, case, &target).await, sms.to(&target).len()), (1, 0), "they have been rung");
        app.app.stop().await;
    }

    async fn a_second_telephone_is_not_rung_for_what_is_over_meanwhile(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        phones(&app, "G1", 0.002, &["10000000001", "10000000009"]).await;
        let go = std::sync::Arc::new(tokio::sync::Notify::new());
        let busy = Handed::PutOff { after: None, why: "answered 429".to_owned() };
        voice.at("10000000001", Part::Held(go.clone(), busy));
        let case = offered(&app, 0, "sos").await;
        let outbox = app.app.outbox.clone();
        let work = tokio::spawn(async move { outbox.run_due().await });
        while voice.to(&who("G1").to_string()).is_empty() {
            tokio::task::yield_now().await;
        }
        app.app.desk.handle(case, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        go.notify_one();
        work.await.unwrap().unwrap();
        let rung: Vec<_> = voice.to(&who("G1").to_string()).iter().map(address).collect();
        assert_eq!(rung, ["10000000001"]);
        assert_eq!(offer_rows(&app, case, "G1").await["voice"].state, "stale");
        app.app.stop().await;
    }

    async fn a_role_is_told_at_the_telephone_of_each_of_its_people(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let leaders = two_leaders(&app).await;
        let case = leader_rung(&app).await;
        voice.at("11000000001", later("away"));
        run(&app).await;
        let told = voice.to("duty_leader");
        assert_eq!(told.iter().map(address).collect::<BTreeSet<_>>().len(), 2, "{told:?}");
        assert_eq!(ids(&told).len(), 2);
        let rung_of = |all: &[Letter], phone: &str| all.iter().filter(|it| address(it) == phone).count();
        let missed = told.iter().find(|it| address(it) == "11000000001").unwrap().clone();
        // Who has been told is not told again, and the other is.
        app.advance(61);
        voice.at("11000000001", taken());
        run(&app).await;
        let all = voice.to("duty_leader");
        assert_eq!((rung_of(&all, "11000000000"), rung_of(&all, "11000000001")), (1, 2));
        let notices = app.app.store.notices_of(case).await.unwrap();
        let it = notices.iter().find(|it| it.row.target == "duty_leader" && it.row.channel == "voice").unwrap();
        assert_eq!(it.row.state, "sent");
        let both: BTreeSet<String> = leaders.iter().map(ToString::to_string).collect();
        assert_eq!(it.whom.as_deref().unwrap().split(',').map(str::to_owned).collect::<BTreeSet<_>>(), both);
        // The second one's receipt is found by the provider's number of it, as the first one's is.
        back(&app, "voice", json!([{"proof": proof(missed.notice, &address(&missed)), "word": "delivered"}])).await;
        let notices = app.app.store.notices_of(case).await.unwrap();
        let it = notices.iter().find(|it| it.row.target == "duty_leader" && it.row.channel == "voice").unwrap();
        assert_eq!(it.row.state, "received");
        app.app.stop().await;
    }

    async fn each_leader_takes_the_case_by_the_key_of_their_own_telephone(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let leaders = two_leaders(&app).await;
        let case = leader_rung(&app).await;
        // The first one's provider does not answer: of that row nothing is written yet.
        voice.at("11000000000", Part::Silence);
        let outbox = app.app.outbox.clone();
        let work = tokio::spawn(async move { outbox.run_due().await });
        let second = loop {
            let heard = voice.hears(1).await;
            match heard.into_iter().find(|it| address(it) == "11000000001") {
                Some(letter) => break letter,
                None => tokio::task::yield_now().await,
            }
        };
        back(&app, "voice", json!([{"letter": second.id.to_string(), "word": "key", "says": "1"}])).await;
        let Reached::Account(leader) = leaders[1] else { panic!() };
        assert_eq!(app.app.store.case(case).await.unwrap().unwrap().case.taken_by, Some(leader), "whose telephone it was");
        work.abort();
        let _ = work.await;
        app.app.stop().await;
    }

    async fn nobody_hears_that_nobody_has_taken_a_case_which_somebody_has(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        two_leaders(&app).await;
        let case = leader_rung(&app).await;
        app.app.desk.handle(case, Command::Take, DESK).await.unwrap();
        run(&app).await;
        assert!(voice.to("duty_leader").is_empty());
        let row = rows(&app, case).await.into_iter().find(|it| it.kind == "ring_duty_leader").unwrap();
        assert_eq!(row.state, "stale");
        app.app.stop().await;
    }

    async fn a_digit_by_message_takes_the_one_case_that_was_asked_of_that_telephone(db: Database) {
        let sms = Fake::new("sms");
        let app = told_by_with(db, &[&sms], |config| {
            let text = "[[rules]]\nto = [\"duty_leader\"]\nwaves = [{ by = [\"sms\"] }]";
            config.notify.ways = toml::from_str(text).unwrap();
        })
        .await;
        let leaders = two_leaders(&app).await;
        let Reached::Account(leader) = leaders[1] else { panic!() };
        let taken_by = async |case: CaseId| app.app.store.case(case).await.unwrap().unwrap().case.taken_by;
        let says = async |key: &str| {
            app.advance(1);
            back(&app, "sms", json!([{"phone": "11000000001", "word": "key", "says": key}])).await;
        };
        let first = leader_rung_of(&app, 0).await;
        run(&app).await;
        says("1").await;
        assert_eq!(taken_by(first).await, Some(leader));
        app.app.desk.handle(first, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        // Of two that wait, nobody can say which one is meant.
        let (second, third) = (leader_rung_of(&app, 1).await, leader_rung_of(&app, 2).await);
        run(&app).await;
        says("1").await;
        assert_eq!((taken_by(second).await, taken_by(third).await), (None, None));
        app.app.desk.handle(second, Command::Take, DESK).await.unwrap();
        says("1").await;
        assert_eq!(taken_by(third).await, Some(leader), "now there is one");
        for over in [second, third] {
            app.app.desk.handle(over, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        }
        // What is said long after the question answers nothing.
        let fourth = leader_rung_of(&app, 3).await;
        run(&app).await;
        app.advance(601);
        says("1").await;
        assert_eq!(taken_by(fourth).await, None);
        app.app.stop().await;
    }

    async fn a_case_that_becomes_critical_wakes_whoever_sleeps(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let file = ContactFile {
            contact: contact(0, "C1", 1, false),
            secrets: Some(ContactSecrets { phones: vec!["10000000101".parse().unwrap()] }),
        };
        app.app.store.put_contacts(vec![file], app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let c1 = contact_id("C1");
        let asleep = FamilyChoices {
            critical: ToldBy { voice: true, message: true },
            urgent: ToldBy { voice: false, message: true },
            quiet: Some(QuietHours { from: 0, to: 23 }),
        };
        app.app.store.put_family_choices(crate::harness::street::elder_of(0), c1, asleep, |_| true, app.clock.now()).await.unwrap();
        app.app.refresh_picture(false).await.unwrap();
        let case = report(&app, alert(0, "inactivity", "1")).await;
        run(&app).await;
        let target = c1.to_string();
        assert!(sms.to(&target).is_empty() && voice.to(&target).is_empty());
        let held = |all: &[eldercare_dispatch::store::cases::OutboxView]| all.iter().filter(|it| it.target == target && it.state == "waiting").count();
        assert_eq!(held(&rows(&app, case).await), 1, "it waits for the morning");
        assert_eq!(app.app.store.case(case).await.unwrap().unwrap().case.severity, Severity::Urgent);
        // The button is pressed in the same case.
        let joined = report(&app, alert(0, "sos", "2")).await;
        assert_eq!(joined, case);
        assert_eq!(app.app.store.case(case).await.unwrap().unwrap().case.severity, Severity::Critical);
        run(&app).await;
        assert_eq!(voice.to(&target).len(), 1, "what is critical rings, as they have chosen for it");
        assert_eq!(held(&rows(&app, case).await), 0, "and nothing waits for the morning any more");
        // They have it: nothing of it comes once more in the morning.
        for (fake, channel) in [(&voice, "voice"), (&sms, "sms")] {
            for letter in fake.to(&target) {
                back(&app, channel, json!([{"letter": letter.id.to_string(), "word": "delivered"}])).await;
            }
        }
        let before = (voice.to(&target).len(), sms.to(&target).len());
        app.advance(9 * 3_600);
        run(&app).await;
        assert_eq!((voice.to(&target).len(), sms.to(&target).len()), before);
        app.app.stop().await;
    }

    async fn what_waits_for_a_way_that_is_gone_goes_on_to_the_next_or_says_so(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let case = offered(&app, 0, "sos").await;
        assert_eq!(states(&offer_rows(&app, case, "G1").await), [("voice", "waiting")]);
        // The service starts anew, and its dialler has another name.
        let other = worker_with(&app.app, 31, vec![sms.carrier()]);
        other.run_due().await.unwrap();
        assert_eq!(states(&offer_rows(&app, case, "G1").await), [("voice", "waiting")], "a newer node may have it");
        app.advance(19);
        other.run_due().await.unwrap();
        assert_eq!(states(&offer_rows(&app, case, "G1").await), [("voice", "waiting")], "or have much to do");
        app.advance(101);
        other.run_due().await.unwrap();
        let told = offer_rows(&app, case, "G1").await;
        assert_eq!((states(&told), told["voice"].last_error.as_deref()), (vec![("sms", "sent"), ("voice", "failed")], Some(LOST)));
        assert_eq!(sms.to(&who("G1").to_string()).len(), 1);
        // Where no way is left, the case is told, and asks the next.
        let second = offered(&app, 1, "sos").await;
        let nothing = worker_with(&app.app, 32, vec![]);
        for _ in 0..3 {
            app.advance(121);
            nothing.run_due().await.unwrap();
        }
        let told = offer_rows(&app, second, "G1").await;
        assert_eq!(states(&told), [("sms", "failed"), ("voice", "failed")]);
        let events = app.app.store.events(second, 0, 500).await.unwrap();
        assert!(events.iter().any(|it| it.record.event.name() == "silent"), "the case has passed them over");
        app.app.stop().await;
    }

    async fn what_is_said_late_of_an_old_offer_says_nothing_of_the_new_one(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let target = who("G1").to_string();
        let version = offer_rows(&app, case, "G1").await["voice"].case_version;
        let has_it = || async { app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().received };
        // A receipt of a letter that another record of the case had asked for: an offer that has ended since.
        for other in [version - 1, version + 1] {
            tell::received(&app.app.desk, (case, other), NoticeKind::Offer, &target).await.unwrap();
        }
        assert!(!has_it().await, "nobody has this one yet");
        tell::received(&app.app.desk, (case, version), NoticeKind::Offer, &target).await.unwrap();
        assert!(has_it().await, "its own receipt counts");
        app.app.stop().await;
    }

    async fn a_failure_of_a_try_that_nobody_knew_of_stops_the_next_one(db: Database) {
        let (sms, voice) = (Fake::new("sms"), Fake::new("voice"));
        let app = told_by_with(db, &[&sms, &voice], sms_first).await;
        // Nobody knows whether it left, and it did.
        sms.at("10000000001", later("no answer in time"));
        offered(&app, 0, "sos").await;
        run(&app).await;
        let letter = sms.to(&who("G1").to_string())[0].clone();
        let failed = json!([{"letter": letter.id.to_string(), "word": "failed", "says": "MK:0001"}]);
        let row = || async { app.app.store.outbox_row(letter.notice).await.unwrap().unwrap().1 };
        assert_eq!(row().await.state, "waiting");
        sms.at("10000000001", taken());
        for _ in 0..2 {
            back(&app, "sms", failed.clone()).await; // said twice, it is one word
            run(&app).await;
            assert_eq!((row().await.state.as_str(), row().await.last_error.as_deref()), ("failed", Some("MK:0001")));
        }
        let target = who("G1").to_string();
        assert_eq!((sms.to(&target).len(), voice.to(&target).len()), (1, 1), "no further try of it, and the next way");
        app.app.stop().await;
    }

    async fn what_is_reported_of_letters_that_are_not_ours_is_looked_at_and_not_written(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        offered(&app, 0, "sos").await;
        run(&app).await;
        let open = || async { app.app.store.open_reports(jiff::Timestamp::UNIX_EPOCH, 10_000).await.unwrap().len() };
        let by_number = |from: usize, many: usize| -> Value {
            (from..from + many).map(|n| json!({"proof": format!("theirs-{n}"), "word": "delivered"})).collect()
        };
        let by_id = || -> Value { (0..300_u128).map(|n| json!({"letter": NoticeId::new(Uuid::from_u128(n)).to_string(), "word": "failed", "says": "x"})).collect() };
        let by_phone = || -> Value { (0..300).map(|n| json!({"phone": format!("139{n:08}"), "word": "key", "says": "1"})).collect() };
        // While somebody else writes, and writes, and writes.
        let store = app.app.store.clone();
        let (begun, has_begun) = tokio::sync::oneshot::channel::<()>();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let busy = tokio::spawn(async move {
            store
                .write(move |_| {
                    Box::pin(async move {
                        begun.send(()).unwrap();
                        released.await.unwrap();
                        Ok(())
                    })
                })
                .await
        });
        has_begun.await.unwrap();
        for reports in [by_number(0, 1_000), by_id(), by_phone()] {
            back(&app, "voice", reports).await;
        }
        release.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert_eq!(open().await, 0);
        // Something of ours is on its way, and its number is not known yet. Who names a letter or a telephone names none of ours all the same:
        // both are written down before they go.
        voice.always(later("away"));
        offered(&app, 1, "sos").await;
        for reports in [by_id(), by_phone()] {
            back(&app, "voice", reports).await;
            assert_eq!(open().await, 0);
        }
        // Who names a number may know it before we do: theirs are kept beside it, but not without end.
        for from in [0, 1_000, 2_000] {
            back(&app, "voice", by_number(from, 1_000)).await;
        }
        assert_eq!(open().await, EARLY_MAX);
        app.app.stop().await;
    }

    async fn an_account_asks_whether_our_address_is_ours(db: Database) {
        let text = "[[carriers]]\ntype = \"wechat_template\"\napp_id = \"wx1\"\nsecret = \"s\"\ntoken = \"weixin\"\n\
                    templates = [{ id = \"T1\", kinds = [\"offer\"], params = [\"thing1=title\"] }]\n";
        let carriers = toml::from_str::<NotifyConfig>(text).unwrap().carriers;
        let town = crate::api_town::Town::start_with(db, move |config| {
            config.notify.carriers.clone_from(&carriers);
            config.notify.injected = Injected::default();
        })
        .await;
        let at_s = town.test.clock.now().as_second().to_string();
        let signed = |token: &str, nonce: &str| {
            let mut parts = [token, &at_s, nonce];
            parts.sort_unstable();
            let sum: String = sha1::Sha1::digest(parts.concat().as_bytes()).iter().map(|it| format!("{it:02x}")).collect();
            format!("/api/v1/notify/callbacks/wechat_template?signature={sum}&timestamp={at_s}&nonce={nonce}&echostr=5836")
        };
        let asked = town.raw(Method::GET, &signed("weixin", "n1"), &[], "").await;
        assert_eq!((asked.status, asked.text.as_str()), (200, "5836"));
        assert_eq!(town.raw(Method::GET, &signed("other", "n1"), &[], "").await.problem(), (401, "callback_unsigned"));
        let unknown = signed("weixin", "n1").replace("wechat_template", "pigeon");
        assert_eq!(town.raw(Method::GET, &unknown, &[], "").await.problem(), (404, "carrier_not_found"));
        town.test.app.stop().await;
    }

    async fn one_tries_ones_own_ways_and_sees_what_came_of_it(db: Database) {
        let (voice, sms, email) = (Fake::new("voice"), Fake::new("sms"), Fake::new("email"));
        let fakes: Vec<_> = [&voice, &sms, &email].iter().map(|it| it.carrier()).collect();
        let town = crate::api_town::Town::start_with(db, move |config| config.notify.injected = Injected(fakes.clone())).await;
        phones(&town.test, "G1", 0.002, &["10000000001", "10000000009"]).await;
        let file = ContactFile {
            contact: contact(0, "C1", 1, false),
            secrets: Some(ContactSecrets { phones: vec!["10000000101".parse().unwrap()] }),
        };
        town.test.app.store.put_contacts(vec![file], town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        sms.next(Part::Says(Handed::Refused { why: "no template".to_owned() }));
        let path = "/api/v1/me/channel-tests";
        let sent = town.post("g1", path, json!({})).await.ok();
        let of = |all: &Value| {
            let items = all["items"].as_array().unwrap().iter();
            let mut all: Vec<(String, String)> = items.map(|it| (it["channel"].as_str().unwrap().to_owned(), it["state"].as_str().unwrap().to_owned())).collect();
            all.sort();
            all
        };
        let words = |all: &[(&str, &str)]| all.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect::<Vec<_>>();
        assert_eq!(of(&sent), words(&[("sms", "failed"), ("sms", "taken"), ("voice", "taken"), ("voice", "taken")]), "each telephone by each way");
        let heard: Vec<Letter> = voice.heard().into_iter().chain(sms.heard()).collect();
        assert!(heard.iter().all(|it| it.drill && it.kind == NoticeKind::ChannelTest && it.values.case_number.is_none()), "{heard:?}");
        assert!(heard.iter().all(|it| address(it) != "10000000101" && it.target == who("G1").to_string()), "nobody of a family, and nobody else");
        assert!(email.heard().is_empty(), "no mailbox on file");
        // A receipt by our id, and one by the provider's number.
        back(&town.test, "voice", json!([{"letter": voice.heard()[0].id.to_string(), "word": "delivered"}])).await;
        back(&town.test, "sms", json!([{"proof": proof(sms.heard()[1].notice, &address(&sms.heard()[1])), "word": "delivered"}])).await;
        let seen = town.get("g1", path).await.ok();
        assert_eq!(of(&seen), words(&[("sms", "failed"), ("sms", "received"), ("voice", "received"), ("voice", "taken")]));
        assert!(town.get("desk", path).await.ok()["items"].as_array().unwrap().is_empty(), "everybody sees their own");
        // Once a minute, and not more often.
        let again = town.post("g1", path, json!({})).await;
        assert_eq!(again.problem(), (429, "try_too_soon"));
        town.test.advance(61);
        assert_eq!(town.post("g1", path, json!({})).await.status, 200);
        assert_eq!(town.test.app.store.outbox_waiting().await.unwrap().0, 0, "it is of no case");
        town.test.app.stop().await;
    }
}

/// The row that letters are of.
fn offer_rows_id(letters: &[Letter]) -> NoticeId {
    letters[0].notice
}
