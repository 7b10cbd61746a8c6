//! The promises of the main job, with the clock in hand: an alert is in a case before its sender is told; the ladder climbs on
//! time, across restarts; the same alert makes one case; at most one leads, and a restart picks the same.

use eldercare_dispatch::case::{Author, Command, Event, Place, Refusal, State};
use eldercare_dispatch::circle::{Crs, Point};
use eldercare_dispatch::dispatch::{AlertReport, DeskError, Position};
use eldercare_dispatch::ids::{CaseId, OfferId};
use eldercare_dispatch::people::{Duty, Elder, Need, Responder, ResponderKind, Tier};
use eldercare_dispatch::store::Engine;

use sea_orm::ConnectionTrait as _;

use crate::harness::street::{alert, elder, responder, who};
use crate::harness::{TestApp, at, both_stores};

async fn street(db: crate::harness::Database) -> TestApp {
    let app = TestApp::start(db).await;
    let responders = vec![
        responder("G1", ResponderKind::GridWorker, 0.002),
        responder("G2", ResponderKind::GridWorker, 0.006),
        responder("G3", ResponderKind::Volunteer, 0.010),
        responder("S1", ResponderKind::StreetTeam, 0.012),
    ];
    app.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], responders)
        .await;
    app
}

async fn tier(app: &TestApp, case: CaseId) -> Tier {
    app.app.store.case(case).await.unwrap().unwrap().case.tier
}

async fn offer_of(app: &TestApp, case: CaseId, name: &str) -> OfferId {
    let view = app.app.store.case(case).await.unwrap().unwrap();
    view.case
        .offer_to(who(name))
        .unwrap_or_else(|| panic!("no offer to {name}: {:?}", view.case.offers))
        .id
}

async fn accept(app: &TestApp, case: CaseId, name: &str, eta_s: u32) -> Result<Place, DeskError> {
    let offer = offer_of(app, case, name).await;
    let by = Author::Responder(who(name));
    let done = app
        .app
        .desk
        .handle(
            case,
            Command::Accept {
                offer,
                by: who(name),
                eta_s: Some(eta_s),
            },
            by,
        )
        .await?;
    Ok(done.case.assignment(who(name)).unwrap().place)
}

async fn clean(app: &TestApp) {
    let findings = app.app.store.check().await.unwrap();
    assert_eq!(findings.found, vec![]);
    assert!(findings.cases > 0);
}

both_stores! {
    async fn an_unanswered_fall_climbs_on_time_even_across_restarts(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::LivingAlone)], vec![]).await;
        let opened = app.app.desk.report(alert(0, "fall", "1")).await.unwrap();
        assert!(!opened.joined && !opened.repeat);
        assert!(opened.number.ends_with("-120114001-0001"), "{}", opened.number);
        assert_eq!(tier(&app, opened.case).await, Tier::Home);
        app.advance(29);
        assert_eq!(app.app.desk.run_due().await.unwrap(), 1, "only the voice clock at second 20");
        assert_eq!(tier(&app, opened.case).await, Tier::Home);
        let app = app.restart().await;
        app.advance(1);
        assert_eq!(app.app.desk.run_due().await.unwrap(), 1);
        assert_eq!(tier(&app, opened.case).await, Tier::Grid);
        let app = app.restart().await;
        app.advance(60);
        app.app.desk.run_due().await.unwrap();
        assert_eq!(tier(&app, opened.case).await, Tier::Street);
        assert_eq!(app.app.desk.run_due().await.unwrap(), 0, "what has fired does not fire again");
        clean(&app).await;
        app.app.stop().await;
    }

    async fn a_hundred_copies_of_one_alert_make_one_case(db: Database) {
        let app = street(db).await;
        let copies = (0..100).map(|_| app.app.desk.report(alert(0, "sos", "77")));
        let answers: Vec<_> = futures_util::future::join_all(copies).await.into_iter().map(Result::unwrap).collect();
        let first = &answers[0];
        assert!(answers.iter().all(|it| it.case == first.case && it.alert == first.alert && it.number == first.number));
        assert_eq!(answers.iter().filter(|it| !it.repeat).count(), 1);
        let view = app.app.store.case(first.case).await.unwrap().unwrap();
        assert_eq!(view.case.alerts, 1);
        // Another reference of the same person joins.
        let other = app.app.desk.report(alert(0, "sos", "78")).await.unwrap();
        assert!(other.joined && other.case == first.case);
        // A rebooted watch counts from 1 again: the same reference with another content is another alert.
        let rebooted = app.app.desk.report(alert(0, "fall", "77")).await.unwrap();
        assert!(!rebooted.repeat && rebooted.joined);
        clean(&app).await;
        app.app.stop().await;
    }

    async fn an_alert_waits_for_a_short_batch_of_our_own_orders_and_not_for_all_of_them(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::LivingAlone)], vec![]).await;
        let desk = &app.app.desk;
        let busy = desk.report(alert(0, "sos", "1")).await.unwrap().case;
        let own = (0..600).map(|_| {
            let note = eldercare_dispatch::ids::NoteId::new(app.app.ids.make());
            desk.handle(busy, Command::Note { note }, Author::System)
        });
        // All of them are in the queue before the alert is.
        let own = futures_util::future::join_all(own);
        let (own, opened) = futures_util::future::join(own, desk.report(alert(1, "sos", "1"))).await;
        assert!(own.iter().all(Result::is_ok));
        let case = opened.unwrap().case;
        let events = app.app.store.live_events("120114001", 0, 10_000).await.unwrap();
        let place = events.iter().position(|it| it.case == case).unwrap();
        assert!(events.len() > 600 && place < 300, "event {place} of {}", events.len());
        app.app.stop().await;
    }

    async fn the_best_of_the_window_leads_and_a_restart_picks_the_same(db: Database) {
        let app = street(db).await;
        let case = app.app.desk.report(alert(1, "sos", "1")).await.unwrap().case;
        // Nobody of the family is known: the home tier is skipped at once, the grid is asked in the order of arrival.
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        assert_eq!(tier(&app, case).await, Tier::Grid);
        assert_eq!(accept(&app, case, "G2", 300).await.unwrap(), Place::Provisional);
        app.advance(4);
        assert_eq!(accept(&app, case, "G1", 100).await.unwrap(), Place::Provisional);
        let app = app.restart().await;
        assert_eq!(app.app.desk.run_due().await.unwrap(), 0, "the window is not over");
        app.advance(4);
        app.app.desk.run_due().await.unwrap();
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(view.case.lead().map(|it| it.responder), Some(who("G1")));
        assert_eq!(view.case.assignment(who("G2")).unwrap().place, Place::Backup);
        assert_eq!(view.case.state, State::Engaged);
        // A third is not wanted any more.
        let refused = accept(&app, case, "G3", 200).await.unwrap_err();
        assert!(matches!(refused, DeskError::Refused(Refusal::TakenBy(lead), Some(_)) if lead == who("G1")), "{refused:?}");
        clean(&app).await;
        app.app.stop().await;
    }

    /// Near by the eye and too far by the way: the log says why they were not asked.
    async fn who_could_help_and_is_outside_the_circle_is_named_with_the_reason(db: Database) {
        let app = TestApp::start(db).await;
        let near = ["G1", "G2", "G3"].map(|it| responder(it, ResponderKind::GridWorker, 0.002));
        let far = (0..7).map(|n| responder(&format!("V{n}"), ResponderKind::Volunteer, 0.1 + 0.01 * f64::from(n)));
        app.fill(vec![elder(0, Need::General)], near.into_iter().chain(far).collect()).await;
        let case = app.app.desk.report(alert(0, "sos", "1")).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let log = app.app.store.events(case, 0, 100).await.unwrap();
        let asked = log.iter().find_map(|it| match &it.record.event {
            Event::Offered { excluded, excluded_count, .. } if *excluded_count > 0 => Some((excluded.clone(), *excluded_count)),
            _ => None,
        });
        let (named, count) = asked.expect("who was left out is said");
        let named: Vec<_> = named.iter().map(|it| (it.responder, it.reason.as_str())).collect();
        let nearest = ["V0", "V1", "V2", "V3", "V4"].map(|it| (who(it), "outside_circle"));
        assert_eq!((named.as_slice(), count), (nearest.as_slice(), 7));
        app.app.stop().await;
    }

    async fn two_accepts_at_once_leave_one_lead(db: Database) {
        let app = street(db).await;
        let case = app.app.desk.report(alert(1, "sos", "1")).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let (one, two) = tokio::join!(accept(&app, case, "G1", 100), accept(&app, case, "G2", 100));
        assert_eq!((one.unwrap(), two.unwrap()), (Place::Provisional, Place::Provisional));
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(view.case.assignments.iter().filter(|it| it.place == Place::Lead).count(), 1);
        clean(&app).await;
        app.app.stop().await;
    }

    /// The chain proves the log; what stands in other tables is held against it.
    async fn rows_beside_the_log_that_were_changed_are_found(db: Database) {
        let app = street(db).await;
        let first = app.app.desk.report(alert(1, "sos", "1")).await.unwrap();
        let other = app.app.desk.report(alert(2, "sos", "2")).await.unwrap();
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        accept(&app, first.case, "G1", 100).await.unwrap();
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        clean(&app).await;
        let store = &app.app.store;
        let id = |it: uuid::Uuid| match store.engine() {
            Engine::Sqlite => format!("x'{}'", it.simple()),
            Engine::Postgres => format!("'{it}'"),
        };
        let view = store.case(first.case).await.unwrap().unwrap();
        let (offer, lead) = (id(view.case.offers[0].id.as_uuid()), id(who("G1").as_uuid()));
        let (this, that, alert) = (id(first.case.as_uuid()), id(other.case.as_uuid()), id(first.alert.as_uuid()));
        // What is done, how it is undone, and in how many places it shows.
        let table = [
            (format!("UPDATE alert SET case_id = {that} WHERE id = {alert}"), format!("UPDATE alert SET case_id = {this} WHERE id = {alert}"), 2),
            (format!("UPDATE offer SET case_id = {that} WHERE id = {offer}"), format!("UPDATE offer SET case_id = {this} WHERE id = {offer}"), 2),
            (format!("UPDATE cases SET lead_id = NULL WHERE id = {this}"), format!("UPDATE cases SET lead_id = {lead} WHERE id = {this}"), 1),
            (format!("UPDATE cases SET kind = 'fall' WHERE id = {this}"), format!("UPDATE cases SET kind = 'sos' WHERE id = {this}"), 1),
            (format!("DELETE FROM offer WHERE id = {offer}"), String::new(), 1),
            (format!("DELETE FROM alert WHERE id = {alert}"), String::new(), 2),
        ];
        for (change, back, places) in table {
            assert_eq!(store.writer().execute_unprepared(&change).await.unwrap().rows_affected(), 1, "{change}");
            let found = store.check().await.unwrap().found;
            assert_eq!(found.len(), places, "{change}: {found:?}");
            store.writer().execute_unprepared(&back).await.unwrap();
        }
        app.app.stop().await;
    }

    async fn nobody_leads_two_cases(db: Database) {
        let app = street(db).await;
        let first = app.app.desk.report(alert(0, "sos", "1")).await.unwrap().case;
        let second = app.app.desk.report(alert(1, "sos", "1")).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        accept(&app, first, "G1", 60).await.unwrap();
        accept(&app, second, "G1", 60).await.unwrap();
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        let lead = |view: &eldercare_dispatch::store::cases::CaseView| view.case.lead().map(|it| it.responder);
        let one = app.app.store.case(first).await.unwrap().unwrap();
        let two = app.app.store.case(second).await.unwrap().unwrap();
        assert_eq!([lead(&one), lead(&two)].iter().flatten().count(), 1, "{:?} {:?}", lead(&one), lead(&two));
        clean(&app).await;
        app.app.stop().await;
    }

    async fn the_whole_way_to_a_closed_case(db: Database) {
        let app = street(db).await;
        let desk = &app.app.desk;
        let case = desk.report(alert(1, "sos", "1")).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        accept(&app, case, "G1", 120).await.unwrap();
        app.advance(8);
        desk.run_due().await.unwrap();
        let by = Author::Responder(who("G1"));
        desk.handle(case, Command::Depart { by: who("G1"), eta_s: Some(100) }, by).await.unwrap();
        desk.handle(case, Command::Arrive { by: who("G1") }, by).await.unwrap();
        let early = Command::Close { outcome: Some(eldercare_dispatch::case::Outcome::Helped), proof: eldercare_dispatch::case::Proof::OnScene };
        let refused = desk.handle(case, early.clone(), by).await.unwrap_err();
        assert!(matches!(refused, DeskError::Refused(Refusal::ProofMissing, _)), "arrived is not inside: {refused:?}");
        desk.handle(case, Command::ContactMade { by: who("G1"), near: true }, by).await.unwrap();
        let done = desk.handle(case, early, by).await.unwrap();
        assert_eq!(done.case.state, State::Closed);
        assert_eq!(done.case.due_at(), None);
        let log = app.app.store.events(case, 0, 500).await.unwrap();
        assert!(matches!(log.last().unwrap().record.event, Event::Closed { .. }));
        clean(&app).await;
        app.app.stop().await;
    }

    /// A home that was filed wrongly, a fix in the sea: no road leads there, and somebody is asked all the same.
    async fn where_nobody_reaches_the_place_people_are_asked_by_duty(db: Database) {
        let app = TestApp::start(db).await;
        let far = Point::new(10.0, 150.0).unwrap();
        let wrong = Elder { home: Some(far), ..elder(0, Need::General) };
        let off = Responder { duty: Duty { on: false, since: at(0) }, ..responder("G3", ResponderKind::GridWorker, 0.001) };
        let responders = vec![
            responder("G1", ResponderKind::GridWorker, 0.002),
            responder("G2", ResponderKind::GridWorker, 0.006),
            off,
        ];
        app.fill(vec![wrong, elder(1, Need::General)], responders).await;
        let desk = &app.app.desk;
        let filed = desk.report(alert(0, "sos", "1")).await.unwrap().case;
        let sea = Position { lat: 10.0, lon: 150.0, crs: Some(Crs::Wgs84), accuracy_m: Some(5.0) };
        let fixed = desk.report(AlertReport { position: Some(sea), ..alert(1, "sos", "1") }).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        for case in [filed, fixed] {
            let view = app.app.store.case(case).await.unwrap().unwrap();
            assert_eq!(view.case.tier, Tier::Street, "nobody is inside the circle: the next tier is asked at once");
            let mut asked: Vec<_> = view.case.offers.iter().map(|it| (it.candidate.responder, it.candidate.seconds)).collect();
            asked.sort();
            let mut both = [(who("G1"), None), (who("G2"), None)];
            both.sort();
            assert_eq!(asked, both, "whoever is on duty, and nobody claims to know when they arrive");
            assert_eq!(accept(&app, case, "G1", 900).await.unwrap(), Place::Provisional);
        }
        clean(&app).await;
        app.app.stop().await;
    }

    async fn after_arrival_a_new_alert_opens_a_linked_case(db: Database) {
        let app = street(db).await;
        let desk = &app.app.desk;
        let case = desk.report(alert(1, "sos", "1")).await.unwrap().case;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        accept(&app, case, "G1", 120).await.unwrap();
        desk.handle(case, Command::Arrive { by: who("G1") }, Author::Responder(who("G1"))).await.unwrap();
        let next = desk.report(alert(1, "sos", "2")).await.unwrap();
        assert!(!next.joined && next.case != case);
        let view = app.app.store.case(next.case).await.unwrap().unwrap();
        assert_eq!(view.case.linked, Some(case));
        clean(&app).await;
        app.app.stop().await;
    }
}
