//! At least once, in order of urgency, to whom it concerns, and never after the case has moved on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eldercare_dispatch::app::App;
use eldercare_dispatch::case::{Author, Command, NoticeKind, Outcome, Severity, Voice};
use eldercare_dispatch::clock::Ids;
use eldercare_dispatch::dispatch::{Desk, DeskConfig, tell};
use eldercare_dispatch::ids::{CaseId, NoticeId, UserId};
use eldercare_dispatch::notify::{Channel, Outbox, OutboxConfig, Webhook};
use eldercare_dispatch::people::contact_id;
use eldercare_dispatch::store::cases::{OutboxRow, Sent};
use uuid::Uuid;

use crate::harness::endpoint::{Endpoint, Play};
use crate::harness::street::{GRID, alert, who};
use crate::harness::{TestApp, both_stores};
use crate::notify_webhook::{contact, report, row, rows, street};

pub const DESK: Author = Author::User(UserId::new(Uuid::from_u128(1)));
const RING: &[NoticeKind] = &[NoticeKind::RingDesk];

/// Another worker on the same store, as a second process would be.
pub fn another_worker(app: &App, endpoint: &Endpoint, seed: u64) -> Outbox {
    let channel: Arc<dyn Channel> = Arc::new(Webhook::new(endpoint.config()).unwrap());
    Outbox::new(
        app.store.clone(),
        app.clock.clone(),
        Ids::seeded(seed),
        OutboxConfig::default(),
        vec![channel],
        Arc::new(|_: &str| true),
        Arc::new(|_, _, _| Box::pin(async {})),
    )
}

/// Turns the clock in small steps until something holds.
async fn until(app: &TestApp, mut holds: impl FnMut() -> bool) {
    for _ in 0..4_000 {
        if holds() {
            return;
        }
        app.clock.advance(Duration::from_millis(5));
        // The workers and the endpoint run on threads of their own.
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
            .await
            .unwrap();
    }
    panic!("it never held");
}

both_stores! {
    async fn a_crash_between_sending_and_writing_sends_the_same_id_again(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::Silence);
        let case = report(&app, alert(0, "sos", "1")).await;
        let outbox = app.app.outbox.clone();
        let work = tokio::spawn(async move { outbox.run_due().await });
        desk.hears(1).await;
        work.abort(); // it was sent, and nothing of it is written
        assert!(work.await.unwrap_err().is_cancelled());
        assert_eq!(row(&app, case, "ring_desk").await.state, "sending");
        let app = app.restart().await;
        app.advance(29);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 0, "somebody may still have it");
        app.advance(1);
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1);
        let heard = desk.hears(2).await;
        assert_eq!(heard[0].id(), heard[1].id(), "the receiver knows the repeat by its id");
        assert_eq!(heard[0].body, heard[1].body);
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.attempts), ("sent", 2));
        app.app.stop().await;
    }

    async fn a_late_worker_changes_nothing(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::Hold(404));
        let case = report(&app, alert(0, "sos", "1")).await;
        let outbox = app.app.outbox.clone();
        let late = tokio::spawn(async move { outbox.run_due().await });
        desk.hears(1).await;
        app.advance(30);
        assert_eq!(another_worker(&app.app, &desk, 9).run_due().await.unwrap(), 1, "its lease is over");
        let sent = row(&app, case, "ring_desk").await;
        assert_eq!(sent.state, "sent");
        desk.let_go();
        assert_eq!(late.await.unwrap().unwrap(), 1);
        assert_eq!(row(&app, case, "ring_desk").await, sent, "the 404 of the late one is nobody's");
        // And the same of a claim alone.
        let other = report(&app, alert(1, "sos", "1")).await;
        let now = app.clock.now();
        let [mine] = &app.app.store.claim_outbox(&desk.channel(), Uuid::from_u128(5), now, now, 9).await.unwrap()[..] else { panic!() };
        let [theirs] = &app.app.store.claim_outbox(&desk.channel(), Uuid::from_u128(6), now, now, 9).await.unwrap()[..] else { panic!() };
        assert_eq!(mine.id, theirs.id);
        assert!(!app.app.store.finish_outbox(mine.id, mine.claim, Sent::Failed("late".to_owned()), now).await.unwrap());
        assert!(app.app.store.finish_outbox(theirs.id, theirs.claim, Sent::Taken, now).await.unwrap());
        assert_eq!(row(&app, other, "ring_desk").await.state, "sent");
        app.app.stop().await;
    }

    async fn a_dead_endpoint_delays_no_other_and_holds_only_its_slots(db: Database) {
        let (dead, alive) = (Endpoint::start("dead").await, Endpoint::start("alive").await);
        let app = street(db, &[&dead, &alive], None).await;
        dead.always(Play::Silence);
        app.app.start_workers();
        for n in 0..12 {
            report(&app, alert(n, "sos", "1")).await;
        }
        until(&app, || alive.heard().len() >= 12).await;
        let slots = dead.config().connections;
        until(&app, || dead.open_most() >= slots).await;
        let mut more = 0;
        until(&app, || { more += 1; more > 100 }).await; // time enough for the others to come too, if they could
        assert_eq!(dead.open_most(), slots);
        let ids: BTreeSet<String> = alive.heard().iter().map(|it| it.id().to_owned()).collect();
        assert_eq!(ids.len(), alive.heard().len(), "nobody is told twice");
        app.app.stop().await;
    }

    async fn a_commit_wakes_the_outbox_without_a_turn_of_the_clock(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        app.app.start_workers();
        report(&app, alert(0, "sos", "1")).await;
        desk.hears(1).await;
        app.app.stop().await;
    }

    async fn stopping_waits_for_nobody_and_loses_nothing(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        desk.next(Play::Silence);
        app.app.start_workers();
        let case = report(&app, alert(0, "sos", "1")).await;
        desk.hears(1).await;
        let app = app.restart().await;
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.attempts), ("waiting", 1), "{told:?}");
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1);
        let heard = desk.hears(2).await;
        assert_eq!(heard[0].id(), heard[1].id());
        app.app.stop().await;
    }

    async fn two_workers_share_the_rows(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        for n in 0..12 {
            report(&app, alert(n, "sos", "1")).await;
        }
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let waiting = app.app.store.outbox_waiting().await.unwrap().0;
        assert!(waiting >= 24, "{waiting}");
        let workers: Vec<Outbox> = (20..24).map(|seed| another_worker(&app.app, &desk, seed)).collect();
        let tried = futures_util::future::try_join_all(workers.iter().map(Outbox::run_due)).await.unwrap();
        let tried: usize = tried.into_iter().sum();
        assert_eq!(tried as u64, waiting);
        let ids: BTreeSet<String> = desk.heard().iter().map(|it| it.id().to_owned()).collect();
        assert_eq!(ids.len(), desk.heard().len(), "nobody is told twice by two workers");
        assert_eq!(app.app.store.outbox_waiting().await.unwrap().0, 0);
        app.app.stop().await;
    }

    async fn what_frees_somebody_overtakes_and_then_the_most_urgent_goes(db: Database) {
        let desk = Endpoint::start("desk").await;
        let mut one_by_one = desk.config();
        one_by_one.connections = 1;
        let app = TestApp::start_with(db, move |config| config.notify.webhooks = vec![one_by_one.clone()]).await;
        let elders = (0..4).map(|n| crate::harness::street::elder(n, eldercare_dispatch::people::Need::General));
        app.fill(elders.collect(), vec![]).await;
        app.fill_contacts((0..4).map(|n| contact(n, &format!("C{n}"), 1, false)).collect()).await;
        let quiet = report(&app, alert(2, "inactivity", "1")).await;
        let over = report(&app, alert(0, "sos", "1")).await;
        let rings = report(&app, alert(1, "sos", "1")).await;
        app.app.desk.handle(over, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        app.app.outbox.run_due().await.unwrap();
        let told: Vec<(CaseId, String)> = desk
            .heard()
            .iter()
            .map(|it| (it.data("case_id").parse().unwrap(), it.data("kind")))
            .collect();
        let wanted = [
            (over, "family_false_alarm"),
            (rings, "ring_desk"),
            (rings, "family_opened"),
            (quiet, "family_opened"),
        ];
        assert_eq!(told, wanted.map(|(case, kind)| (case, kind.to_owned())));
        // Nothing was wrong: neither the ring nor the beginning is sent after that.
        for kind in ["ring_desk", "family_opened"] {
            assert_eq!(row(&app, over, kind).await.state, "stale", "{kind}");
        }
        app.app.stop().await;
    }

    async fn an_offer_that_has_ended_is_not_sent(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        // The endpoint is away while G1 says yes and is chosen.
        let view = app.app.store.case(case).await.unwrap().unwrap();
        let offer = view.case.offer_to(who("G1")).unwrap().id;
        let accept = Command::Accept { offer, by: who("G1"), eta_s: Some(60) };
        app.app.desk.handle(case, accept, Author::Responder(who("G1"))).await.unwrap();
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        app.app.outbox.run_due().await.unwrap();
        let told: BTreeSet<(String, String)> = desk.heard().iter().map(|it| (it.data("kind"), it.data("target"))).collect();
        assert!(told.contains(&("lead".to_owned(), who("G1").to_string())), "{told:?}");
        assert!(told.iter().all(|it| it.0 != "offer" && it.0 != "provisional"), "{told:?}");
        let all = rows(&app, case).await;
        assert!(all.iter().filter(|it| it.kind == "offer").count() >= 2);
        assert!(all.iter().filter(|it| it.kind == "offer").all(|it| it.state == "stale"), "{all:?}");
        app.app.stop().await;
    }

    async fn a_suspected_death_freezes_what_waits_for_the_family(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        app.fill_contacts(vec![contact(0, "C1", 1, false)]).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        app.app.desk.handle(case, Command::Resolve { outcome: Outcome::SuspectedDeath }, DESK).await.unwrap();
        app.app.outbox.run_due().await.unwrap();
        assert_eq!(row(&app, case, "family_opened").await.state, "stale");
        let told: Vec<(String, String)> = desk.heard().iter().map(|it| (it.data("kind"), it.data("target"))).collect();
        assert_eq!(told, [("ring_duty_leader".to_owned(), "duty_leader".to_owned())], "the duty leader phones");
        app.app.stop().await;
    }

    async fn a_contact_restricted_after_the_step_hears_nothing(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(&[NoticeKind::FamilyOpened])).await;
        app.fill_contacts(vec![contact(0, "C1", 1, false), contact(0, "C2", 2, false)]).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        app.fill_contacts(vec![contact(0, "C1", 1, true)]).await;
        app.app.outbox.run_due().await.unwrap();
        assert_eq!(desk.heard().iter().map(|it| it.data("target")).collect::<Vec<_>>(), [contact_id("C2").to_string()]);
        let all = rows(&app, case).await;
        let held = all.iter().find(|it| it.target == contact_id("C1").to_string()).unwrap();
        assert_eq!((held.state.as_str(), held.last_error.as_deref()), ("failed", Some("may not be told any more")));
        app.app.stop().await;
    }

    async fn a_family_of_any_size_costs_an_alert_no_more_than_the_limit(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(&[NoticeKind::FamilyOpened])).await;
        let many = tell::CONTACTS_MAX + 4;
        let contacts = (0..many).map(|n| contact(0, &format!("C{n:02}"), u8::try_from(n + 1).unwrap(), false));
        app.fill_contacts(contacts.collect()).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        let told: BTreeSet<String> = rows(&app, case).await.into_iter().map(|it| it.target).collect();
        let wanted = (0..tell::CONTACTS_MAX).map(|n| contact_id(&format!("C{n:02}")).to_string());
        assert_eq!(told, wanted.collect(), "the first in the order of calls");
        app.app.stop().await;
    }

    async fn a_hundred_identical_steps_make_one_row(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        let copies = (0..100).map(|_| app.app.desk.report(alert(0, "sos", "1")));
        let case = futures_util::future::join_all(copies).await.into_iter().map(Result::unwrap).next().unwrap().case;
        assert_eq!(rows(&app, case).await.len(), 1, "{:?}", rows(&app, case).await);
        app.advance(61);
        let looks = (0..100).map(|_| app.app.desk.handle(case, Command::LookAgain, Author::System));
        futures_util::future::join_all(looks).await.into_iter().for_each(|it| drop(it.unwrap()));
        let all = rows(&app, case).await;
        let once: BTreeSet<(String, String, String)> = all.iter().map(|it| (it.id.to_string(), it.kind.clone(), it.target.clone())).collect();
        assert_eq!(once.len(), all.len());
        app.app.stop().await;
    }

    async fn a_row_said_a_hundred_times_costs_nobody_their_alert(db: Database) {
        let app = street(db, &[], None).await;
        let told = |before: Option<&_>, decision: &eldercare_dispatch::case::Decision, area: &str| {
            let _: Option<&eldercare_dispatch::case::Case> = before;
            let row = OutboxRow {
                id: NoticeId::derive(decision.case.id.as_uuid(), "same"),
                case: decision.case.id,
                case_version: 1,
                area_code: area.to_owned(),
                kind: "ring_desk".to_owned(),
                step: "1:ring_desk".to_owned(),
                target: "desk".to_owned(),
                channel: "webhook:desk".to_owned(),
                urgency: tell::urgency(Severity::Critical, NoticeKind::RingDesk),
                going: Default::default(),
            };
            vec![row; 100]
        };
        let other = Desk::start(
            app.app.store.clone(),
            app.app.clock.clone(),
            Ids::seeded(77),
            app.app.picture.clone(),
            app.app.desk.plans().clone(),
            DeskConfig::default(),
            Box::new(told),
        );
        let case = other.report(alert(0, "sos", "1")).await.unwrap().case;
        other.handle(case, Command::Take, DESK).await.unwrap();
        assert_eq!(rows(&app, case).await.len(), 1);
        drop(other);
        app.app.stop().await;
    }

    async fn a_row_of_a_command_lies_in_the_area_of_its_case(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], None).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let now = app.clock.now();
        let claimed = app.app.store.claim_outbox(&desk.channel(), Uuid::from_u128(5), now, now, 99).await.unwrap();
        assert!(claimed.iter().any(|it| it.kind == "offer" && it.case == case));
        assert!(claimed.iter().all(|it| it.area_code == GRID), "{claimed:?}");
        app.app.stop().await;
    }

    async fn without_a_channel_there_are_no_rows(db: Database) {
        let app = street(db, &[], None).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        assert!(rows(&app, case).await.is_empty());
        app.app.stop().await;
    }
}
