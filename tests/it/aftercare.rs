//! What comes after: follow-ups, welfare reviews, the silence after a suspected death; and a second alert while somebody is
//! with the elder.

use eldercare_dispatch::case::{
    Aftercare as Found, Author, Command, Event, Kind, Lane, NoticeKind, OfferState, Outcome, Proof, State, Subject,
    Voice,
};
use eldercare_dispatch::circle::Point;
use eldercare_dispatch::dispatch::{Aftercare, AlertReport};
use eldercare_dispatch::ids::{CaseId, UserId};
use eldercare_dispatch::people::{ContactLevel, Fix, Need, ResponderKind};
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api_town::{Town, elder_0, user};
use crate::harness::endpoint::Endpoint;
use crate::harness::street::{alert, elder, elder_of, responder, who};
use crate::harness::{TestApp, both_stores};
use crate::notify_webhook::{contact, rows};

const HOUR: u64 = 3_600;
const DESK: Author = Author::User(UserId::new(Uuid::from_u128(1)));

async fn street(db: crate::harness::Database) -> TestApp {
    let app = TestApp::start(db).await;
    let responders = vec![
        responder("G1", ResponderKind::GridWorker, 0.002),
        responder("G2", ResponderKind::GridWorker, 0.006),
        responder("G3", ResponderKind::GridWorker, 0.008),
    ];
    app.fill(vec![elder(0, Need::General), elder(1, Need::General)], responders)
        .await;
    app
}

async fn view(app: &TestApp, case: CaseId) -> CaseView {
    app.app.store.case(case).await.unwrap().unwrap()
}

async fn of_elder(app: &TestApp, kind: Kind) -> Vec<CaseView> {
    let filter = CaseFilter {
        elder: Some(elder_of(0)),
        kind: Some(kind.as_str().to_owned()),
        ..CaseFilter::default()
    };
    app.app.store.list_cases(&filter, None, 100).await.unwrap().items
}

/// A call of elder 0 that ended: the elder was heard, and it was closed as `outcome`.
async fn ended(app: &TestApp, report: AlertReport, outcome: Outcome) -> CaseId {
    let desk = &app.app.desk;
    let case = desk.report(report).await.unwrap().case;
    let result = Voice::NeedsHelp;
    desk.handle(case, Command::VoiceResult { result }, DESK).await.unwrap();
    let (outcome, proof) = (Some(outcome), Proof::VoiceContact);
    desk.handle(case, Command::Close { outcome, proof }, DESK)
        .await
        .unwrap();
    case
}

async fn clean(app: &TestApp) {
    assert_eq!(app.app.store.check().await.unwrap().found, vec![]);
}

async fn accept(app: &TestApp, case: CaseId, name: &str, eta_s: u32) {
    let offer = view(app, case).await.case.offer_to(who(name)).unwrap().id;
    let (by, eta_s) = (who(name), Some(eta_s));
    app.app
        .desk
        .handle(case, Command::Accept { offer, by, eta_s }, Author::Responder(by))
        .await
        .unwrap();
}

/// Two are with elder 0: G2, who was first at the door and leads, and G1 as back-up.
async fn two_inside(app: &TestApp) -> CaseId {
    let desk = &app.app.desk;
    let case = desk.report(alert(0, "sos", "1")).await.unwrap().case;
    while app.app.field.run_seeking().await.unwrap() > 0 {}
    accept(app, case, "G1", 60).await;
    accept(app, case, "G2", 90).await;
    app.advance(8);
    desk.run_due().await.unwrap();
    for name in ["G2", "G1"] {
        let by = who(name);
        desk.handle(case, Command::Arrive { by }, Author::Responder(by))
            .await
            .unwrap();
    }
    for name in ["G1", "G2"] {
        let (by, near) = (who(name), true);
        desk.handle(case, Command::ContactMade { by, near }, Author::Responder(by))
            .await
            .unwrap();
    }
    case
}

both_stores! {
    async fn a_real_case_opens_one_follow_up_in_its_own_transaction(db: Database) {
        let app = street(db).await;
        let case = ended(&app, alert(0, "sos", "1"), Outcome::Helped).await;
        // Whoever reads the closed case reads the follow-up: no worker stands between, and no crash.
        let app = app.restart().await;
        let closed = view(&app, case).await;
        let next = view(&app, closed.case.follow_up.unwrap()).await;
        assert_eq!((next.case.kind, next.case.lane, next.case.state), (Kind::FollowUp, Lane::Service, State::Ringing));
        assert_eq!((next.case.linked, next.case.subject), (Some(case), Subject::Elder(elder_of(0))));
        assert_eq!((&next.stream, &next.area_code), (&closed.stream, &closed.area_code));
        assert!(next.number.ends_with("-0002"), "{}", next.number);
        assert_eq!(next.case.due_at(), Some(app.clock.now() + jiff::SignedDuration::from_hours(24)));
        // A new press is a call for help of its own, whatever waits in the other lane.
        let again = app.app.desk.report(alert(0, "sos", "2")).await.unwrap();
        assert!(!again.joined && view(&app, again.case).await.case.linked.is_none());
        // Closed, opened again, closed again: still the one.
        let desk = &app.app.desk;
        let proof = Proof::VoiceContact;
        desk.handle(again.case, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        desk.handle(again.case, Command::Close { outcome: None, proof }, DESK).await.unwrap();
        let reason = desk.note(Subject::Elder(elder_of(0)), "再看").unwrap();
        desk.handle_with(case, Command::Reopen { reason: reason.id }, DESK, Some(reason), None).await.unwrap();
        desk.handle(case, Command::VoiceResult { result: Voice::NeedsHelp }, DESK).await.unwrap();
        desk.handle(case, Command::Close { outcome: Some(Outcome::Helped), proof }, DESK).await.unwrap();
        assert_eq!(of_elder(&app, Kind::FollowUp).await.len(), 1);
        for outcome in [Outcome::FalseAlarm, Outcome::FineByVoice] {
            app.advance(1);
            ended(&app, alert(0, "sos", outcome.as_str()), outcome).await;
        }
        assert_eq!(of_elder(&app, Kind::FollowUp).await.len(), 1, "nothing had happened");
        clean(&app).await;
        app.app.stop().await;
    }

    async fn a_follow_up_without_a_result_sends_somebody_after_a_day(db: Database) {
        let app = street(db).await;
        let case = ended(&app, alert(0, "sos", "1"), Outcome::Helped).await;
        let next = view(&app, case).await.case.follow_up.unwrap();
        let result = Found::NotReached;
        for _ in 0..2 {
            app.app.desk.handle(next, Command::FollowUp { result, how: None }, DESK).await.unwrap();
            app.advance(HOUR);
        }
        let app = app.restart().await;
        app.advance(22 * HOUR - 1);
        assert_eq!(app.app.desk.run_due().await.unwrap(), 0);
        app.advance(1);
        app.app.desk.run_due().await.unwrap();
        let now = view(&app, next).await;
        assert!(now.case.seek.is_some() && !now.case.tone && now.case.tries == 2);
        let done = app.app.desk.handle(next, Command::FollowUp { result, how: None }, DESK).await.unwrap();
        assert_eq!((done.case.state, done.case.outcome), (State::Closed, Some(Outcome::NotReached)));
        clean(&app).await;
        app.app.stop().await;
    }

    async fn three_calls_in_a_day_open_one_welfare_review_wherever_the_process_dies(db: Database) {
        let app = street(db).await;
        let after = Aftercare::new(app.app.desk.clone());
        for n in 0..2 {
            // Presses of one situation are one call.
            app.app.desk.report(alert(0, "sos", &format!("{n} again"))).await.unwrap();
            ended(&app, alert(0, "sos", &n.to_string()), Outcome::FalseAlarm).await;
            app.advance(HOUR);
        }
        let drill = AlertReport { drill: true, ..alert(0, "sos", "drill") };
        ended(&app, drill, Outcome::FalseAlarm).await;
        ended(&app, alert(0, "fall", "fall"), Outcome::FalseAlarm).await;
        assert_eq!(after.catch_up().await.unwrap(), 0, "two calls, a drill and a fall");
        app.advance(1);
        let mut changes = app.app.desk.changes();
        let third = app.app.desk.report(alert(0, "sos", "3")).await.unwrap();
        assert!(third.warnings.is_empty(), "never a mute: {third:?}");
        let change = changes.recv().await.unwrap();
        // Killed before the worker heard of it.
        let app = app.restart().await;
        let after = Aftercare::new(app.app.desk.clone());
        assert_eq!(of_elder(&app, Kind::WelfareReview).await.len(), 0);
        assert_eq!(after.catch_up().await.unwrap(), 1);
        let other = Aftercare::new(app.app.desk.clone());
        assert_eq!(other.catch_up().await.unwrap() + after.follow(&change.done).await.unwrap(), 0, "worked out again");
        let reviews = of_elder(&app, Kind::WelfareReview).await;
        assert_eq!(reviews.len(), 1);
        assert_eq!((reviews[0].case.linked, reviews[0].case.lane), (Some(third.case), Lane::Service));
        assert_eq!(view(&app, third.case).await.case.state, State::Ringing, "the call itself rings on");
        clean(&app).await;
        app.app.stop().await;
    }

    async fn a_review_comes_from_the_third_call_at_once_and_not_from_calls_far_apart(db: Database) {
        let app = street(db).await;
        let after = Aftercare::new(app.app.desk.clone());
        after.catch_up().await.unwrap();
        let mut changes = app.app.desk.changes();
        let mut opened = vec![];
        for (n, hours) in [0, 13, 13, 5, 5].into_iter().enumerate() {
            app.advance(hours * HOUR);
            ended(&app, alert(0, "sos", &n.to_string()), Outcome::FalseAlarm).await;
            let mut done = 0;
            while let Ok(change) = changes.try_recv() {
                done += after.follow(&change.done).await.unwrap();
            }
            opened.push(done);
        }
        // 0, 13, 26 h: never three in a day; 13, 26, 31 h: the third; one review is enough for a day.
        assert_eq!(opened, [0, 0, 0, 1, 0]);
        app.app.stop().await;
    }

    async fn after_a_suspected_death_nobody_is_visited_asked_or_told(db: Database) {
        let desk = Endpoint::start("desk").await;
        let webhook = desk.config();
        let app = TestApp::start_with(db, move |config| config.notify.webhooks = vec![webhook.clone()]).await;
        app.fill(vec![elder(0, Need::General)], vec![]).await;
        app.fill_contacts(vec![contact(0, "C1", 1, false)]).await;
        assert_eq!(contact(0, "C1", 1, false).level, ContactLevel::Status);
        let after = Aftercare::new(app.app.desk.clone());
        let case = ended(&app, alert(0, "sos", "1"), Outcome::Helped).await;
        let next = view(&app, case).await.case.follow_up.unwrap();
        let dead = app.app.desk.report(alert(0, "inactivity", "2")).await.unwrap().case;
        let outcome = Outcome::SuspectedDeath;
        app.app.desk.handle(dead, Command::Resolve { outcome }, DESK).await.unwrap();
        // Another alert of the same elder is looked after, and tells no family.
        let later = app.app.desk.report(alert(0, "smoke", "3")).await.unwrap().case;
        let families = |all: Vec<eldercare_dispatch::store::cases::OutboxView>| all.iter().filter(|it| it.kind.starts_with("family")).count();
        let sos = app.app.desk.report(alert(0, "sos", "4")).await.unwrap().case;
        assert_eq!(families(rows(&app, sos).await), 0);
        assert_eq!(view(&app, sos).await.case.state, State::Ringing);
        assert_eq!(families(rows(&app, later).await), 0, "the household's case as well");
        // Also after a restart, which has only the rows.
        let app = app.restart().await;
        let after = { drop(after); Aftercare::new(app.app.desk.clone()) };
        assert_eq!(after.catch_up().await.unwrap(), 1);
        let ended = view(&app, next).await;
        assert_eq!((ended.case.state, ended.case.outcome), (State::Closed, Some(Outcome::SuspectedDeath)));
        assert_eq!(after.catch_up().await.unwrap(), 0);
        let done = app.app.desk.handle(sos, Command::Escalate { to: None }, DESK).await.unwrap();
        assert_eq!(done.case.state, State::Ringing);
        assert!(app.app.picture.is_frozen(elder_of(0)));
        app.app.outbox.run_due().await.unwrap();
        assert!(desk.heard().iter().all(|it| !it.data("kind").starts_with("family")), "what waited is not sent either");
        clean(&app).await;
        app.app.stop().await;
    }

    async fn whoever_is_inside_is_called_to_the_next_alert_and_asked_first(db: Database) {
        let hook = Endpoint::start("hook").await;
        let webhook = hook.config();
        let app = TestApp::start_with(db, move |config| config.notify.webhooks = vec![webhook.clone()]).await;
        let responders = vec![
            responder("G1", ResponderKind::GridWorker, 0.002),
            responder("G2", ResponderKind::GridWorker, 0.006),
            responder("G3", ResponderKind::GridWorker, 0.0001),
        ];
        app.fill(vec![elder(0, Need::General)], responders).await;
        let first = two_inside(&app).await;
        let next = app.app.desk.report(alert(0, "fall", "2")).await.unwrap();
        assert!(!next.joined);
        let linked = view(&app, next.case).await;
        assert_eq!(linked.case.linked, Some(first));
        assert_eq!(linked.case.inside.len(), 2);
        let told = rows(&app, next.case).await;
        let mut called: Vec<&str> = told.iter().filter(|it| it.kind == NoticeKind::CallInside.as_str()).map(|it| it.target.as_str()).collect();
        called.sort_unstable();
        let mut both = [who("G1").to_string(), who("G2").to_string()];
        both.sort();
        assert_eq!(called, both);
        // A carer of the home's own tier stands at the door and carries nothing else; she is asked after them.
        app.app.field.moved(responder("C1", ResponderKind::Caregiver, 0.0));
        app.app.field.count_load().await.unwrap();
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let linked = view(&app, next.case).await;
        let offers: Vec<_> = linked.case.offers.iter().map(|it| it.candidate.responder).collect();
        assert_eq!(offers[..2], [who("G1"), who("C1")]);
        assert!(linked.case.offers[0].candidate.reasons.contains(&"with_them_already".to_owned()));
        assert!(!offers.contains(&who("G2")), "who leads one case does not lead another");
        let log = app.app.store.events(next.case, 0, 100).await.unwrap();
        let said = log.iter().any(|it| match &it.record.event {
            Event::Offered { excluded, .. } => excluded.iter().any(|it| it.responder == who("G2") && it.reason == "busy"),
            _ => false,
        });
        assert!(said, "and the log says why");
        assert!(linked.case.offers.iter().all(|it| it.state == OfferState::Open));
        clean(&app).await;
        app.app.stop().await;
    }

    async fn an_old_call_rings_the_street_unless_the_elder_was_heard_since(db: Database) {
        let app = street(db).await;
        let at = app.clock.now();
        let stored = |reference: &str| AlertReport { occurred_at: Some(at), ..alert(0, "sos", reference) };
        app.advance(HOUR);
        let late = app.app.desk.report(stored("1")).await.unwrap();
        assert_eq!(late.warnings, ["late"]);
        assert!(view(&app, late.case).await.case.tone, "it rings, marked late");
        let result = Voice::Fine;
        app.app.desk.handle(late.case, Command::VoiceResult { result }, DESK).await.unwrap();
        app.advance(60);
        let again = app.app.desk.report(stored("2")).await.unwrap();
        assert_eq!(again.warnings, ["late", "contradicted"]);
        let kept = view(&app, again.case).await;
        assert!(!kept.case.tone && kept.case.late && kept.case.state.is_open(), "kept and shown; it rings nobody");
        // A press after they were heard is a call like any other.
        let new = AlertReport { occurred_at: Some(app.clock.now()), ..alert(0, "sos", "3") };
        let new = app.app.desk.report(new).await.unwrap();
        assert!(new.warnings.is_empty() && view(&app, new.case).await.case.tone);
        app.app.stop().await;
    }

    async fn the_api_records_tries_and_results_and_brings_help_at_once(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let path = |case: &str, what: &str| format!("/api/v1/cases/{case}/{what}");
        let id = case.to_string();
        town.post("desk", &path(&id, "voice-result"), json!({"result": "needs_help"})).await.ok();
        let wrong = town.post("desk", &path(&id, "follow-up"), json!({"result": "well"})).await;
        assert_eq!(wrong.problem(), (409, "not_now"), "a call for help has no such result");
        let closed = town.post("desk", &path(&id, "close"), json!({"outcome": "helped", "proof": {"type": "voice_contact"}})).await.ok();
        let next = closed["case"]["follow_up"].as_str().unwrap().to_owned();
        let list = town.get("desk", "/api/v1/cases?lane=service&open=true").await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!((list["items"][0]["id"].as_str(), list["items"][0]["kind"].as_str()), (Some(next.as_str()), Some("follow_up")));
        let help = town.get("desk", "/api/v1/cases?lane=help&open=true").await.ok();
        assert_eq!(help["items"], json!([]), "never among calls for help");
        for name in ["g1", "family", "far_desk"] {
            let answer = town.post(name, &path(&next, "follow-up"), json!({"result": "well"})).await;
            assert_eq!(answer.problem(), (404, "case_not_found"), "{name}");
        }
        assert_eq!(town.post("auditor", &path(&next, "follow-up"), json!({"result": "well"})).await.problem(), (403, "role_not_allowed"));
        assert_eq!(town.post("desk", &path(&next, "follow-up"), json!({"result": "fine"})).await.problem(), (422, "invalid_value"));
        let closing = json!({"outcome": "helped", "proof": {"type": "none"}});
        assert_eq!(town.post("desk", &path(&next, "close"), closing).await.problem(), (409, "wrong_outcome"));
        let tried = town.post("desk", &path(&next, "follow-up"), json!({"result": "not_reached"})).await.ok();
        assert_eq!((&tried["case"]["tries"], &tried["case"]["state"]), (&json!(1), &json!("ringing")));
        let found = town.post("desk", &path(&next, "follow-up"), json!({"result": "needs_help"})).await.ok();
        assert_eq!((&found["case"]["state"], &found["case"]["outcome"], &found["case"]["found"]), (&json!("closed"), &json!("followed_up"), &json!("needs_help")));
        let help = town.get("desk", "/api/v1/cases?lane=help&open=true").await.ok();
        assert_eq!((&help["items"][0]["kind"], &help["items"][0]["elder"]["id"]), (&json!("sos"), &json!(elder_0().to_string())));
        assert_eq!(help["items"].as_array().unwrap().len(), 1);
        // A device that says our own word says an unknown one.
        let sent = town.device_sends(json!({"kind": "welfare_review"}).to_string()).await.ok();
        assert!(sent["warnings"].as_array().unwrap().contains(&json!("unknown_kind")));
    }

    async fn tries_satisfaction_and_what_is_overdue_are_counted_from_the_follow_ups(db: Database) {
        let town = Town::start(db).await;
        let desk = |case: &str, what: &str| format!("/api/v1/cases/{case}/{what}");
        let spoken = json!({"outcome": "helped", "proof": {"type": "voice_contact"}});
        let mut errands = Vec::new();
        for _ in 0..4 {
            let case = town.press().await.to_string();
            town.post("desk", &desk(&case, "voice-result"), json!({"result": "needs_help"})).await.ok();
            let closed = town.post("desk", &desk(&case, "close"), spoken.clone()).await.ok();
            errands.push(closed["case"]["follow_up"].as_str().unwrap().to_owned());
            town.test.advance(60);
        }
        let says = async |at: usize, body: Value| town.post("desk", &desk(&errands[at], "follow-up"), body).await;
        // What does not fit is named by its field.
        for (body, code, field) in [
            (json!({"result": "well", "satisfaction": "satisfied"}), "missing_field", "said_by"),
            (json!({"result": "well", "said_by": "elder"}), "missing_field", "satisfaction"),
            (json!({"result": "not_reached", "satisfaction": "satisfied", "said_by": "elder"}), "invalid_value", "satisfaction"),
            (json!({"result": "well", "satisfaction": "great", "said_by": "elder"}), "invalid_value", "satisfaction"),
            (json!({"result": "well", "how": "pigeon"}), "invalid_value", "how"),
        ] {
            let answer = says(0, body.clone()).await;
            assert_eq!(answer.problem(), (422, code), "{body}");
            assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
        }
        assert!(town.view(errands[0].parse().unwrap()).await.case.state.is_open(), "nothing of it was done");
        let first = json!({"result": "well", "how": "phone", "satisfaction": "satisfied", "said_by": "elder"});
        let rated = says(0, first.clone()).await.ok();
        assert_eq!((&rated["case"]["satisfaction"], &rated["case"]["state"]), (&json!("satisfied"), &json!("closed")));
        assert_eq!(says(0, first).await.status, 200, "said twice");
        let other = json!({"result": "well", "satisfaction": "dissatisfied", "said_by": "family"});
        assert_eq!(says(0, other).await.problem(), (409, "not_now"), "it is written once");
        says(1, json!({"result": "needs_service", "how": "visit", "satisfaction": "dissatisfied", "said_by": "family"})).await.ok();
        for how in ["phone", "message"] {
            says(2, json!({"result": "not_reached", "how": how})).await.ok();
            town.test.advance(HOUR);
            town.forget_tokens();
        }
        let overdue = "/api/v1/follow-ups/overdue";
        assert_eq!(town.get("desk", overdue).await.ok()["items"], json!([]), "within 24 hours none is");
        // Two hours and some have gone by; the last was opened three minutes after the first.
        town.test.advance(24 * HOUR);
        town.forget_tokens();
        let list = town.get("desk", overdue).await.ok();
        let ids: Vec<&str> = list["items"].as_array().unwrap().iter().map(|it| it["case"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [errands[3].as_str(), errands[2].as_str()], "the newest first, and nothing that has a result");
        let tries: Vec<(&str, &str)> = list["items"][1]["tries"].as_array().unwrap().iter().map(|it| (it["how"].as_str().unwrap(), it["result"].as_str().unwrap())).collect();
        assert_eq!(tries, [("phone", "not_reached"), ("message", "not_reached")]);
        assert_eq!(list["items"][1]["tries"][0]["by"], json!({"type": "user", "id": user("desk").to_string()}));
        let page = town.get("desk", &format!("{overdue}?limit=1")).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        let rest = town.get("desk", &format!("{overdue}?limit=1&cursor={}", page["next"].as_str().unwrap())).await.ok();
        assert_eq!(rest["items"][0]["case"]["id"], errands[2].as_str());
        assert_eq!(town.get("far_desk", overdue).await.ok()["items"], json!([]), "not their street");
        assert_eq!(town.get("g1", overdue).await.problem(), (403, "role_not_allowed"));
        // The third try comes too late; the month counts each follow-up once.
        says(2, json!({"result": "not_reached", "how": "visit"})).await.ok();
        let month = town.get("desk", "/api/v1/follow-ups/month?month=2026-02").await.ok();
        let want = json!({"due": 4, "reached": 2, "not_reached": 1, "late": 1, "overdue": 1, "satisfied": 1, "mostly_satisfied": 0, "dissatisfied": 1});
        assert_eq!(month["total"], want);
        let areas = month["areas"].as_array().unwrap();
        assert_eq!((areas.len(), areas[0]["area_code"].as_str()), (1, Some("120114001001")));
        for (name, value) in want.as_object().unwrap() {
            assert_eq!(&areas[0][name], value, "{name}");
        }
        // Counted anew by hand, of the cases themselves.
        let all = town.get("desk", "/api/v1/cases?kind=follow_up").await.ok();
        let all = all["items"].as_array().unwrap();
        let dissatisfied = all.iter().filter(|it| it["satisfaction"] == "dissatisfied").count();
        assert_eq!((all.len(), dissatisfied), (4, 1));
        assert_eq!(town.get("desk", "/api/v1/follow-ups/month?month=2025-01").await.ok()["areas"], json!([]));
        assert_eq!(town.get("desk", "/api/v1/follow-ups/month?month=March").await.problem(), (400, "bad_query"));
        assert_eq!(town.get("far_desk", "/api/v1/follow-ups/month?month=2026-02").await.ok()["areas"], json!([]));
        clean(&town.test).await;
    }

    async fn help_that_is_needed_again_after_a_reopening_is_called_again(db: Database) {
        let town = Town::start(db).await;
        let path = |case: &str, what: &str| format!("/api/v1/cases/{case}/{what}");
        let spoken = json!({"outcome": "helped", "proof": {"type": "voice_contact"}});
        let help = "/api/v1/cases?lane=help&open=true";
        let first = town.press().await.to_string();
        town.post("desk", &path(&first, "voice-result"), json!({"result": "needs_help"})).await.ok();
        let closed = town.post("desk", &path(&first, "close"), spoken).await.ok();
        let next = closed["case"]["follow_up"].as_str().unwrap().to_owned();
        let mut calls = vec![];
        for _ in 0..2 {
            let asked = json!({"result": "needs_help"});
            town.post_once("desk", &path(&next, "follow-up"), &format!("k{}", calls.len()), asked.clone()).await.ok();
            let open = town.get("desk", help).await.ok();
            let call = open["items"].as_array().unwrap().last().expect("a call for help").clone();
            assert_eq!((open["items"].as_array().unwrap().len(), &call["kind"]), (1, &json!("sos")));
            let call = call["id"].as_str().unwrap().to_owned();
            assert_eq!(town.view(call.parse().unwrap()).await.case.alerts, 1);
            // Said twice by an impatient finger: one alert, whether the follow-up is still open or not.
            town.post_once("desk", &path(&next, "follow-up"), &format!("k{}", calls.len()), asked).await.ok();
            assert_eq!(town.view(call.parse().unwrap()).await.case.alerts, 1);
            town.post("desk", &path(&call, "voice-result"), json!({"result": "fine"})).await.ok();
            town.post("desk", &path(&call, "close"), json!({"proof": {"type": "voice_contact"}})).await.ok();
            assert_eq!(town.get("desk", help).await.ok()["items"], json!([]));
            town.test.advance(60);
            town.post("desk", &path(&next, "reopen"), json!({"reason": "家属又来电话"})).await.ok();
            calls.push(call);
        }
        assert_ne!(calls[0], calls[1], "the second finding is a call of its own");
        clean(&town.test).await;
    }

    async fn who_is_called_inside_sees_the_case_and_the_silent_key_is_about_its_bearer(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(8);
        town.test.app.desk.run_due().await.unwrap();
        town.stand("g1", 5.0).await;
        town.post("g1", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.ok();
        let next = town.device_sends(json!({"kind": "sos", "source_ref": "2"}).to_string()).await.ok();
        let next = next["case_id"].as_str().unwrap().to_owned();
        assert_ne!(next, case.to_string());
        let seen = town.get("g1", &format!("/api/v1/cases/{next}")).await.ok();
        assert_eq!((&seen["linked"], &seen["inside"]), (&json!(case.to_string()), &json!([who("G1").to_string()])));
        assert!(seen.get("elder").is_none(), "no more of it than of an offer");
        let listed = town.get("g1", "/api/v1/cases?open=true").await.ok();
        assert!(listed["items"].as_array().unwrap().iter().any(|it| it["id"] == next.as_str()), "{listed}");
        assert_eq!(town.get("g2", &format!("/api/v1/cases/{next}")).await.status, 404);

        let pressed = town.post("g1", "/api/v1/alerts", json!({"kind": "duress"})).await.ok();
        let duress = town.view(pressed["case_id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(duress.case.subject, Subject::Responder(who("G1")));
        assert_eq!((duress.case.severity.as_str(), duress.case.tier.as_str(), duress.case.tone), ("critical", "street", true));
        assert_ne!(duress.case.id, case, "the elder's case goes on beside it");
        town.test.app.field.run_seeking().await.unwrap();
        let duress = town.view(duress.case.id).await;
        assert!(duress.case.offer_to(who("G1")).is_none(), "nobody is sent to help themselves");
        assert_eq!(town.post("desk", "/api/v1/alerts", json!({"kind": "duress"})).await.problem(), (422, "missing_field"));
        // Where they were last stays the place when it grows old, and their base is the other one.
        let last = Point::new(39.39, 117.05).unwrap();
        let fix = Fix { point: last, at: town.test.clock.now(), accuracy_m: Some(5.0) };
        town.test.app.field.position(who("G1"), fix).await.unwrap();
        let field = &town.test.app.field;
        assert_eq!(field.destinations_now(&duress), [last]);
        town.test.advance(600);
        let base = town.test.app.picture.responder(who("G1")).unwrap().base.unwrap();
        assert_eq!(field.destinations_now(&duress), [last, base]);
    }

    async fn a_new_fix_of_somebody_who_wanders_gives_a_new_time_of_arrival(db: Database) {
        let app = street(db).await;
        let desk = &app.app.desk;
        let case = desk.report(alert(0, "geofence", "1")).await.unwrap().case;
        app.advance(120);
        desk.run_due().await.unwrap();
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        accept(&app, case, "G1", 60).await;
        app.advance(8);
        desk.run_due().await.unwrap();
        let by = who("G1");
        desk.handle(case, Command::Depart { by, eta_s: Some(60) }, Author::Responder(by)).await.unwrap();
        let before = view(&app, case).await.case.lead().unwrap().eta_at.unwrap();
        let far = eldercare_dispatch::dispatch::Position { lat: 39.42, lon: 117.06, crs: Some(eldercare_dispatch::circle::Crs::Wgs84), accuracy_m: Some(10.0) };
        let mut changes = desk.changes();
        desk.report(AlertReport { position: Some(far), ..alert(0, "geofence", "2") }).await.unwrap();
        let change = changes.recv().await.unwrap();
        app.app.field.reckon_again(&change.done.case).await;
        let after = view(&app, case).await.case.lead().unwrap().eta_at.unwrap();
        assert!(after.duration_since(before).as_secs() > 60, "{before} {after}");
        app.app.stop().await;
    }
}
