//! Somebody is told: what the service does with each answer of an endpoint, and what it takes for a receipt.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::test as http;
use eldercare_dispatch::api::Api;
use eldercare_dispatch::case::{Command, NoticeKind};
use eldercare_dispatch::dispatch::AlertReport;
use eldercare_dispatch::ids::{CaseId, NoticeId};
use eldercare_dispatch::notify::webhook::ANSWER_MAX;
use eldercare_dispatch::people::{Contact, ContactLevel, Need, Relation, ResponderKind, contact_id};
use eldercare_dispatch::store::cases::OutboxView;

use crate::harness::endpoint::{Endpoint, Play, sign};
use crate::harness::street::{GRID, alert, elder, elder_of, responder, who};
use crate::harness::{Database, TestApp, both_stores};

/// A contact of elder `n`.
pub fn contact(n: u32, code: &str, call_order: u8, restricted: bool) -> Contact {
    Contact {
        id: contact_id(code),
        code: code.to_owned(),
        elder: elder_of(n),
        name: "王强".to_owned(),
        relation: Relation::Child,
        call_order,
        level: ContactLevel::Status,
        restricted,
        may_authorise_entry: false,
        responder: None,
        hours: None,
    }
}

/// A street of twelve elders and three grid workers that tells these endpoints; the tries are short.
pub async fn street(db: Database, endpoints: &[&Endpoint], kinds: Option<&[NoticeKind]>) -> TestApp {
    let kinds: Option<BTreeSet<NoticeKind>> = kinds.map(|it| it.iter().copied().collect());
    let webhooks: Vec<_> = endpoints
        .iter()
        .map(|it| {
            let mut config = it.config();
            config.kinds.clone_from(&kinds);
            config.timeout_ms = 2_000;
            config
        })
        .collect();
    let app = TestApp::start_with(db, move |config| config.notify.webhooks.clone_from(&webhooks)).await;
    let responders = vec![
        responder("G1", ResponderKind::GridWorker, 0.002),
        responder("G2", ResponderKind::GridWorker, 0.006),
        responder("G3", ResponderKind::GridWorker, 0.010),
    ];
    let elders = (0..12).map(|n| elder(n, Need::General)).collect();
    app.fill(elders, responders).await;
    app
}

/// The rows of a case, by channel, kind and target.
pub async fn rows(app: &TestApp, case: CaseId) -> Vec<OutboxView> {
    app.app.store.outbox_of(case).await.unwrap()
}

/// The one row of a kind.
pub async fn row(app: &TestApp, case: CaseId, kind: &str) -> OutboxView {
    let all = rows(app, case).await;
    let mut found = all.iter().filter(|it| it.kind == kind);
    let (one, more) = (found.next(), found.next());
    assert!(more.is_none(), "{all:?}");
    one.unwrap_or_else(|| panic!("no {kind} in {all:?}")).clone()
}

pub async fn report(app: &TestApp, report: AlertReport) -> CaseId {
    app.app.desk.report(report).await.unwrap().case
}

fn plain(status: u16) -> Play {
    Play::Answer(status, vec![], String::new())
}

const RING: &[NoticeKind] = &[NoticeKind::RingDesk];

both_stores! {
    async fn an_sos_is_told_signed_and_with_ids_only(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        app.fill_contacts(vec![contact(0, "C2", 3, false), contact(0, "C1", 2, false), contact(0, "C0", 1, true)]).await;
        let opened = app.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        assert_eq!(rows(&app, opened.case).await.len(), 3, "the desk and two contacts: an opening stays cheap");
        app.advance(2);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 3);
        let heard = desk.hears(3).await;
        let told: BTreeSet<String> = heard.iter().map(|it| it.data("target")).collect();
        let wanted = ["desk".to_owned(), contact_id("C1").to_string(), contact_id("C2").to_string()];
        assert_eq!(told, BTreeSet::from(wanted), "a restricted contact hears nothing");

        let ring = row(&app, opened.case, "ring_desk").await;
        assert_eq!((ring.state.as_str(), ring.attempts, ring.sent_at, ring.receipt_at), ("sent", 1, Some(app.clock.now()), None));
        let first = heard.iter().find(|it| it.data("kind") == "ring_desk").unwrap(); // three at once arrive in any order
        assert_eq!(first.line, "POST /told?x=1 HTTP/1.1");
        assert_eq!(first.id(), ring.id.to_string());
        assert_eq!(first.header("webhook-timestamp"), app.clock.now().as_second().to_string());
        assert_eq!(first.header("content-type"), "application/json");
        assert!(first.header("user-agent").starts_with("eldercare-dispatch/"));
        assert!(heard.iter().all(|it| it.is_signed()));
        let case = app.app.store.case(opened.case).await.unwrap().unwrap();
        assert_eq!(first.json(), serde_json::json!({
            "type": "notice.ring_desk",
            "timestamp": ring.made_at.to_string(),
            "data": {
                "notice_id": ring.id,
                "case_id": opened.case,
                "case_version": first.json()["data"]["case_version"],
                "case_number": opened.number,
                "kind": "ring_desk",
                "step": first.data("step"),
                "target": "desk",
                "area_code": GRID,
                "drill": false,
            }
        }));
        assert_eq!(&*case.area_code, GRID);
        let version = first.json()["data"]["case_version"].as_u64().unwrap();
        assert!(version >= 1 && version <= case.case.version.into() && first.data("step") == format!("{version}:ring_desk"));
        let text = format!("{heard:?}");
        for name in ["老人", "王强", "泉州路", "人G1"] {
            assert!(!text.contains(name), "{name} left the house");
        }
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 0, "what was taken is not sent again");
        app.app.stop().await;
    }

    async fn each_answer_means_what_the_page_says(db: Database) {
        let desk = Endpoint::start("desk").await;
        let elsewhere = Endpoint::start("elsewhere").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let url = elsewhere.config().url;
        let received = |body: &str| Play::Answer(200, vec![], body.to_owned());
        let long = format!("{{\"received\": true, \"filler\": \"{}\"}}", "x".repeat(ANSWER_MAX));
        let table = [
            (plain(202), "sent", None),
            (received("{\"received\": true, \"more\": 1}"), "received", None),
            (received("{\"received\": false}"), "sent", None),
            (received("thanks"), "sent", None),
            (received(&long), "sent", None),
            (Play::HalfBody, "sent", None),
            (plain(404), "failed", Some("answered 404")),
            (Play::Answer(302, vec![("location", url)], String::new()), "failed", Some("answered 302")),
            (plain(500), "waiting", Some("answered 500")),
            (plain(408), "waiting", Some("answered 408")),
            (Play::HalfHead, "waiting", Some("the line broke")),
            (Play::Reset, "waiting", Some("the line broke")),
        ];
        for (n, (play, state, why)) in (0..).zip(table) {
            desk.next(play.clone());
            let case = report(&app, alert(n, "sos", "1")).await;
            assert_eq!(app.app.outbox.run_due().await.unwrap(), 1, "{play:?}");
            let row = row(&app, case, "ring_desk").await;
            assert_eq!((row.state.as_str(), row.last_error.as_deref()), (state, why), "{play:?}");
            assert_eq!(row.sent_at.is_some(), matches!(state, "sent" | "received"), "{play:?}");
            assert_eq!(row.receipt_at.is_some(), state == "received", "{play:?}");
        }
        assert!(elsewhere.heard().is_empty(), "a redirect is not followed");
        // What waits comes again by itself, and this time it is taken.
        app.advance(2);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 4);
        assert_eq!(app.app.store.outbox_waiting().await.unwrap(), (0, None));
        app.app.stop().await;
    }

    async fn no_answer_in_time_and_nobody_there_come_again(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::Silence);
        let case = report(&app, alert(0, "sos", "1")).await;
        app.app.outbox.run_due().await.unwrap();
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.last_error.as_deref()), ("waiting", Some("no answer in time")));
        drop(desk); // nobody listens any more
        app.advance(1);
        app.app.outbox.run_due().await.unwrap();
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.attempts), ("waiting", 2));
        assert_eq!(told.last_error.as_deref(), Some("cannot be reached"));
        app.app.stop().await;
    }

    async fn retry_after_is_kept_up_to_a_bound(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::Answer(429, vec![("retry-after", "17".to_owned())], String::new()));
        desk.next(Play::Answer(503, vec![("retry-after", "86400".to_owned())], String::new()));
        report(&app, alert(0, "sos", "1")).await;
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1);
        app.advance(16);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 0, "the other side asked for 17 s");
        app.advance(1);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1);
        app.advance(59);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 0);
        app.advance(1);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1, "nobody makes us wait a day");
        let heard = desk.hears(3).await;
        assert!(heard.iter().all(|it| it.id() == heard[0].id() && it.body == heard[0].body && it.is_signed()));
        assert_ne!(heard[0].header("webhook-timestamp"), heard[2].header("webhook-timestamp"), "each try is signed anew");
        app.app.stop().await;
    }

    async fn an_endpoint_that_is_gone_is_left_alone_and_says_why(db: Database) {
        let (gone, there) = (Endpoint::start("gone").await, Endpoint::start("there").await);
        let app = street(db, &[&gone, &there], Some(RING)).await;
        gone.next(plain(410));
        let first = report(&app, alert(0, "sos", "1")).await;
        app.app.outbox.run_due().await.unwrap();
        let second = report(&app, alert(1, "sos", "1")).await;
        app.app.outbox.run_due().await.unwrap();
        assert_eq!((gone.heard().len(), there.heard().len()), (1, 2));
        let why = "answered 410: wants no more".to_owned();
        assert_eq!(app.app.outbox.disabled(), [(gone.channel(), why.clone())]);
        for case in [first, second] {
            for it in rows(&app, case).await {
                let wanted = if it.channel == gone.channel() { ("failed", Some(&why)) } else { ("sent", None) };
                assert_eq!((it.state.as_str(), it.last_error.as_ref()), wanted);
            }
        }
        // A new start tries again: by then somebody has looked.
        let app = app.restart().await;
        assert!(app.app.outbox.disabled().is_empty());
        app.app.stop().await;
    }

    async fn tries_end_with_the_time_of_the_notice_and_stay_visible(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.always(plain(500));
        let case = report(&app, alert(0, "sos", "1")).await;
        let mut tries = Vec::new();
        for second in 0..400_u64 {
            if app.app.outbox.run_due().await.unwrap() > 0 {
                tries.push(second);
            }
            app.advance(1);
        }
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.last_error.as_deref()), ("failed", Some("out of time: answered 500")));
        assert!(tries.last().is_some_and(|it| *it < 300), "a ring of five minutes ago is none: {tries:?}");
        assert!((8..=16).contains(&tries.len()), "less and less often: {tries:?}");
        let waits: Vec<u64> = tries.windows(2).map(|it| it[1] - it[0]).collect();
        assert!(waits[0] <= 1 && waits.iter().all(|it| *it <= 60) && waits[waits.len() - 1] >= 30, "{waits:?}");
        app.app.stop().await;
    }

    async fn a_receipt_counts_when_it_is_signed_for_its_notice(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        app.app.outbox.run_due().await.unwrap();
        let offer = rows(&app, case).await.into_iter().find(|it| it.kind == "offer" && it.target == who("G1").to_string()).unwrap();
        assert_eq!(offer.state, "sent");
        let other = row(&app, case, "ring_desk").await;
        let mounted = eldercare_dispatch::api::configure(Api::open(app.app.clone()).unwrap());
        let service = http::init_service(actix_web::App::new().configure(mounted)).await;
        let now = app.clock.now().as_second();
        let yes = "{\"received\": true}";
        let post = async |path: NoticeId, id: &str, at: i64, body: &str, signature: Option<&str>| {
            let signed = sign(&format!("{id}.{at}.{body}"));
            let request = http::TestRequest::post()
                .uri(&format!("/api/v1/receipts/{path}"))
                .insert_header(("webhook-id", id))
                .insert_header(("webhook-timestamp", at.to_string()))
                .insert_header(("webhook-signature", signature.unwrap_or(&signed)))
                .set_payload(body.to_owned())
                .to_request();
            let answer = http::call_service(&service, request).await;
            let status = answer.status();
            let body: serde_json::Value = serde_json::from_slice(&http::read_body(answer).await).unwrap_or_default();
            (status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
        };
        let id = offer.id.to_string();
        let told = desk.heard().into_iter().find(|it| it.id() == id).unwrap();
        let unknown: NoticeId = "notice_00000000000000000000000000000001".parse().unwrap();
        let waiting = report(&app, alert(1, "sos", "1")).await;
        let waiting = row(&app, waiting, "ring_desk").await.id;
        let table = [
            (post(offer.id, &id, now, yes, Some("v1,AAAA")).await, (401, "receipt_unsigned"), "not signed"),
            (post(other.id, &id, now, yes, None).await, (401, "receipt_unsigned"), "of another notice"),
            (post(unknown, &unknown.to_string(), now, yes, None).await, (401, "receipt_unsigned"), "of no notice"),
            (post(offer.id, &id, now - 301, yes, None).await, (401, "receipt_old"), "too old"),
            (post(offer.id, &id, now + 301, yes, None).await, (401, "receipt_old"), "from the future"),
            (post(offer.id, &id, now, &told.body, None).await, (422, "not_a_receipt"), "our own message, sent back"),
            (post(offer.id, &id, now, "{\"received\": 1}", None).await, (422, "not_a_receipt"), "says something else"),
            (post(waiting, &waiting.to_string(), now, yes, None).await, (409, "notice_not_sent"), "never sent"),
            (post(offer.id, &id, now, &" ".repeat(4_097), None).await, (413, "too_large"), "too long"),
        ];
        for (got, (status, code), what) in table {
            assert_eq!((got.0, got.1.as_str()), (status, code), "{what}");
        }
        assert_eq!(app.app.store.outbox_row(offer.id).await.unwrap().unwrap().1, offer, "nothing of this has changed anything");
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert!(!view.case.offer_to(who("G1")).unwrap().received);

        assert_eq!(post(offer.id, &id, now - 299, yes, None).await.0, StatusCode::NO_CONTENT.as_u16());
        assert_eq!(post(offer.id, &id, now, yes, None).await.0, 204, "said twice is said");
        let row = app.app.store.outbox_row(offer.id).await.unwrap().unwrap().1;
        assert_eq!((row.state.as_str(), row.receipt_at), ("received", Some(app.clock.now())));
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert!(view.case.offer_to(who("G1")).unwrap().received, "the case counts the silence from here");
        assert!(!view.case.offer_to(who("G2")).unwrap().received);
        app.app.stop().await;
    }

    async fn a_receipt_ends_the_tries_of_what_seemed_lost(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::HalfHead);
        let case = report(&app, alert(0, "sos", "1")).await;
        app.app.outbox.run_due().await.unwrap();
        let told = row(&app, case, "ring_desk").await;
        assert_eq!(told.state, "waiting");
        assert!(app.app.store.receive_outbox(told.id, app.clock.now()).await.unwrap());
        app.advance(120);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 0);
        assert_eq!((desk.heard().len(), row(&app, case, "ring_desk").await.state.as_str()), (1, "received"));
        app.app.stop().await;
    }

    async fn the_answer_itself_may_be_the_receipt_of_an_offer(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(&[NoticeKind::Offer])).await;
        desk.always(Play::Answer(200, vec![], "{\"received\":true}".to_owned()));
        let case = report(&app, alert(0, "sos", "1")).await;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let asked = rows(&app, case).await.len();
        assert!(asked > 0);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), asked);
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert!(view.case.offers.iter().all(|it| it.received), "{:?}", view.case.offers);
        assert!(rows(&app, case).await.iter().all(|it| it.state == "received"));
        app.app.desk.handle(case, Command::Take, eldercare_dispatch::case::Author::System).await.unwrap();
        app.app.stop().await;
    }
}
