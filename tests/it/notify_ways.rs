//! One person is told by one way after the other: at once together what is critical, never twice, within their quotas, and on to
//! the next when a way comes to nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eldercare_dispatch::app::{App, Config};
use eldercare_dispatch::case::{
    Agency, Author, Case, Command, Decision, DeclineReason, Event, NoticeKind, OfferState, Voice,
};
use eldercare_dispatch::clock::Ids;
use eldercare_dispatch::dispatch::{Desk, DeskConfig};
use eldercare_dispatch::ids::{CaseId, ReferralId, UserId};
use eldercare_dispatch::notify::letter::{Address, Handed};
use eldercare_dispatch::notify::{Carrier, Injected, Limits, Outbox, OutboxConfig, Post, Replies, carriers};
use eldercare_dispatch::people::{
    ContactSecrets, FamilyChoices, Language, Need, PushAddress, QuietHours, Reach, Reached, ResponderKind,
    ResponderSecrets, ToldBy, Way, contact_id,
};
use eldercare_dispatch::store::cases::{OutboxRow, OutboxView};
use eldercare_dispatch::store::{AgreedOn, Booking, ContactFile, Limit, Owner, ResponderFile};
use sea_orm::ConnectionTrait as _;

use crate::harness::carrier::{Fake, Part, refused, taken};
use crate::harness::street::{alert, elder, responder, who};
use crate::harness::{Database, TestApp, both_stores};
use crate::notify_outbox::DESK;
use crate::notify_webhook::{contact, report, rows};

/// A street of a few elders and three grid workers with telephones, told by these carriers.
pub async fn told_by(db: Database, fakes: &[&Fake]) -> TestApp {
    told_by_with(db, fakes, |_| {}).await
}

pub async fn told_by_with(
    db: Database,
    fakes: &[&Fake],
    adjust: impl Fn(&mut Config) + Send + Sync + 'static,
) -> TestApp {
    let all: Vec<_> = fakes.iter().map(|it| it.carrier()).collect();
    let app = TestApp::start_with(db, move |config| {
        config.notify.injected = Injected(all.clone());
        adjust(config);
    })
    .await;
    let responders: Vec<_> = [("G1", 0.002), ("G2", 0.006), ("G3", 0.010)]
        .into_iter()
        .map(|(name, north)| responder(name, ResponderKind::GridWorker, north))
        .collect();
    app.fill((0..4).map(|n| elder(n, Need::General)).collect(), responders.clone())
        .await;
    let files = responders.into_iter().zip(1..).map(|(responder, n)| ResponderFile {
        responder,
        secrets: Some(ResponderSecrets {
            phones: vec![format!("1000000000{n}").parse().unwrap()],
        }),
    });
    let now = app.clock.now();
    app.app.store.put_responders(files.collect(), now).await.unwrap();
    app.app.refresh_picture(true).await.unwrap();
    app
}

/// Somebody agrees to be pushed to in a browser.
pub async fn push(app: &TestApp, who: Reached, name: &str) {
    let address = PushAddress {
        endpoint: format!("https://push.example.org/{name}"),
        p256dh: format!("B{}", "a".repeat(86)),
        auth: "c".repeat(22),
    };
    let owner = Owner { who, elder: None };
    let (_, changed) = app
        .app
        .store
        .add_push(
            owner,
            AgreedOn::Account(UserId::new(uuid::Uuid::nil())),
            name.to_owned(),
            address,
            app.clock.now(),
        )
        .await
        .unwrap();
    for (who, outline) in changed {
        app.app.picture.put_outline(who, outline);
    }
}

pub async fn reach(app: &TestApp, who: Reached, reach: Reach) {
    let owner = Owner { who, elder: None };
    let outline = app.app.store.put_reach(owner, reach, app.clock.now()).await.unwrap();
    app.app.picture.put_outline(who, outline);
}

/// A call for help that has been put to the grid workers.
pub async fn offered(app: &TestApp, n: u32, kind: &str) -> CaseId {
    let case = report(app, alert(n, kind, "1")).await;
    while app.app.field.run_seeking().await.unwrap() > 0 {}
    case
}

pub async fn run(app: &TestApp) {
    app.app.outbox.run_due().await.unwrap();
}

/// The rows of one responder's offer, by carrier.
pub async fn offer_rows(app: &TestApp, case: CaseId, name: &str) -> BTreeMap<String, OutboxView> {
    let target = who(name).to_string();
    let all = rows(app, case).await.into_iter();
    let theirs = all.filter(|it| it.target == target && it.kind == "offer");
    theirs.map(|it| (it.channel.clone(), it)).collect()
}

pub fn states(rows: &BTreeMap<String, OutboxView>) -> Vec<(&str, &str)> {
    rows.iter()
        .map(|(name, it)| (name.as_str(), it.state.as_str()))
        .collect()
}

/// Another process on the same store, with the same carriers.
fn another_worker(app: &App, seed: u64) -> Outbox {
    worker_with(app, seed, carriers(&app.config.notify).unwrap())
}

/// Another process on the same store, with these carriers.
pub fn worker_with(app: &App, seed: u64, list: Vec<Arc<dyn Carrier>>) -> Outbox {
    let post = Post {
        carriers: list.clone(),
        desk: app.desk.clone(),
        limits: Limits::default(),
        civil_affairs: Default::default(),
        public_url: None,
        replies: Replies::new(app.desk.clone(), list),
    };
    Outbox::with_post(
        app.store.clone(),
        app.clock.clone(),
        Ids::seeded(seed),
        OutboxConfig::default(),
        vec![],
        Some(post),
        Arc::new(|_: &str| true),
        Arc::new(|_, _, _| Box::pin(async {})),
    )
}

/// The telephone of the contact of [`one_contact`].
const CONTACT: &str = "10000000101";

/// The first elder has one contact, with a telephone.
async fn one_contact(app: &TestApp) {
    let file = ContactFile {
        contact: contact(0, "C1", 1, false),
        secrets: Some(ContactSecrets {
            phones: vec![CONTACT.parse().unwrap()],
        }),
    };
    app.app.store.put_contacts(vec![file], app.clock.now()).await.unwrap();
    app.app.refresh_picture(true).await.unwrap();
}

/// G1 says yes, and leads eight seconds later.
async fn led_by_g1(app: &TestApp, case: CaseId) {
    let view = app.app.store.case(case).await.unwrap().unwrap();
    let offer = view.case.offer_to(who("G1")).unwrap().id;
    let accept = Command::Accept {
        offer,
        by: who("G1"),
        eta_s: Some(60),
    };
    app.app
        .desk
        .handle(case, accept, Author::Responder(who("G1")))
        .await
        .unwrap();
    app.advance(8);
    app.app.desk.run_due().await.unwrap();
}

/// Time of the machine in which workers would do what they have to do, if there were anything.
async fn settled() {
    for _ in 0..200 {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
            .await
            .unwrap();
    }
}

pub async fn events(app: &TestApp, case: CaseId) -> Vec<Event> {
    let all = app.app.store.events(case, 0, 500).await.unwrap();
    all.into_iter().map(|it| it.record.event).collect()
}

both_stores! {
    async fn what_is_critical_is_pushed_and_rung_at_once_and_a_way_that_fails_goes_on_to_the_next(db: Database) {
        let (pushed, voice, sms, email) = (Fake::new("web_push"), Fake::new("voice"), Fake::new("sms"), Fake::new("email"));
        let app = told_by(db, &[&pushed, &voice, &sms, &email]).await;
        push(&app, Reached::Responder(who("G1")), "a").await;
        reach(&app, Reached::Responder(who("G1")), Reach { mailbox: Some("g1@example.org".parse().unwrap()), language: Some(Language::En), ..Reach::default() }).await;
        let case = offered(&app, 0, "sos").await;
        assert_eq!(states(&offer_rows(&app, case, "G1").await), [("voice", "waiting"), ("web_push", "waiting")], "written with the case");
        voice.always(refused());
        run(&app).await;
        let told = offer_rows(&app, case, "G1").await;
        assert_eq!(states(&told), [("sms", "sent"), ("voice", "failed"), ("web_push", "sent")], "one that fails is enough");
        assert_eq!(told["voice"].last_error.as_deref(), Some("no"));
        let letter = &sms.to(&who("G1").to_string())[0];
        assert_eq!((letter.language, letter.values.keys, letter.values.area_name.as_deref()), (Language::En, Some(('1', '2')), Some("泉州社区")));
        assert!(matches!(&letter.address, Address::Phone(it) if it.reveal() == "10000000001"));
        // Nothing is received in the time of the second wave: the third.
        app.advance(29);
        run(&app).await;
        assert!(email.heard().is_empty());
        app.advance(1);
        run(&app).await;
        assert_eq!(email.to(&who("G1").to_string()).len(), 1);
        let all: Vec<_> = [&pushed, &voice, &sms, &email].iter().flat_map(|it| it.to(&who("G1").to_string())).map(|it| it.id).collect();
        let once: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len(), "nobody is told twice by one way");
        app.app.stop().await;
    }

    async fn a_later_wave_waits_for_its_time_and_a_receipt_ends_the_climb(db: Database) {
        let (pushed, sms, voice) = (Fake::new("web_push"), Fake::new("sms"), Fake::new("voice"));
        let app = told_by(db, &[&pushed, &sms, &voice]).await;
        for name in ["G1", "G2"] {
            push(&app, Reached::Responder(who(name)), name).await;
        }
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let (one, two) = (offer_rows(&app, case, "G1").await, offer_rows(&app, case, "G2").await);
        assert_eq!((states(&one), states(&two)), (vec![("voice", "sent"), ("web_push", "sent")], vec![("voice", "sent"), ("web_push", "sent")]));
        // G1's telephone shows the offer by itself, and says so to the case; G2's is silent.
        let offer = app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        app.app.desk.handle(case, Command::Received { offer, by_call: false }, Author::Responder(who("G1"))).await.unwrap();
        app.advance(20);
        run(&app).await;
        assert_eq!(sms.to(&who("G1").to_string()).len(), 0, "who has it is told no more");
        assert_eq!(sms.to(&who("G2").to_string()).len(), 1);
        app.app.stop().await;
    }

    async fn who_cannot_be_told_by_any_way_is_passed_over_at_once(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let case = offered(&app, 0, "sos").await;
        let asked = app.app.store.case(case).await.unwrap().unwrap().case.offers.len();
        voice.always(refused());
        sms.always(refused());
        run(&app).await;
        let told = offer_rows(&app, case, "G1").await;
        assert_eq!(states(&told), [("sms", "failed"), ("voice", "failed")]);
        let silent = events(&app, case).await.into_iter().filter(|it| matches!(it, Event::Silent { .. })).count();
        assert_eq!(silent, asked, "the case has passed each of them over, without waiting for their silence");
        app.app.stop().await;
    }

    async fn a_quota_that_is_used_up_moves_on_at_once_and_says_so(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let first = offered(&app, 0, "sos").await;
        run(&app).await;
        assert_eq!(states(&offer_rows(&app, first, "G1").await), [("voice", "sent")]);
        app.advance(10);
        let second = offered(&app, 1, "sos").await;
        run(&app).await;
        let told = offer_rows(&app, second, "G1").await;
        assert_eq!(states(&told), [("sms", "sent"), ("voice", "failed")], "a telephone rings once a minute");
        assert_eq!(told["voice"].last_error.as_deref(), Some("quota: 1 a minute to one"));
        let said: Vec<String> = events(&app, second)
            .await
            .into_iter()
            .filter_map(|it| match it {
                Event::QuotaRefused { notice: NoticeKind::Offer, target, channel, .. } if channel == "voice" => Some(target),
                _ => None,
            })
            .collect();
        assert_eq!(said.iter().filter(|it| **it == who("G1").to_string()).count(), 1, "and the case says so, once");
        // A minute after the first call it may ring again; what was refused has not counted.
        app.advance(50);
        let third = offered(&app, 2, "sos").await;
        run(&app).await;
        assert_eq!(states(&offer_rows(&app, third, "G1").await), [("voice", "sent")]);
        // A call that the provider did not want has not used the quota up.
        app.advance(61);
        voice.next(refused());
        let fourth = offered(&app, 3, "sos").await;
        run(&app).await;
        let refused_one = voice.heard().iter().rev().find(|it| it.case == fourth).cloned();
        assert!(refused_one.is_some());
        app.app.stop().await;
    }

    async fn a_refused_call_gives_its_booking_back(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        voice.always(refused());
        offered(&app, 0, "sos").await;
        run(&app).await;
        voice.always(taken());
        let second = offered(&app, 1, "sos").await;
        run(&app).await;
        assert_eq!(states(&offer_rows(&app, second, "G1").await), [("voice", "sent")]);
        app.app.stop().await;
    }

    async fn a_call_whose_answer_was_lost_stands_in_the_quota_and_the_next_way_starts(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let target = who("G1").to_string();
        // It was put off with an answer: nobody's telephone has rung, and it is asked once more.
        voice.at("10000000001", Part::Says(Handed::PutOff { after: None, why: "answered 429".to_owned() }));
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        app.advance(2);
        // The provider takes it, and its answer breaks off.
        voice.at("10000000001", Part::Says(Handed::Later { after: None, why: "the line broke".to_owned() }));
        run(&app).await;
        assert_eq!((voice.to(&target).len(), sms.to(&target).len()), (2, 0));
        for _ in 0..8 {
            app.advance(4);
            run(&app).await;
        }
        assert_eq!(voice.to(&target).len(), 2, "a telephone rings once a minute, whoever may have rung it");
        let told = offer_rows(&app, case, "G1").await;
        assert_eq!((told["voice"].state.as_str(), told["voice"].last_error.as_deref()), ("failed", Some("quota: 1 a minute to one")));
        assert_eq!(sms.to(&target).len(), 1, "and the next way has started");
        app.app.stop().await;
    }

    async fn a_refusal_of_a_quota_takes_no_earlier_booking_back(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let store = &app.app.store;
        let limits = || vec![Limit { callee: true, within_s: 60, most: 1 }, Limit { callee: true, within_s: 3_600, most: 2 }];
        let book = async |id: u128| {
            let booking = Booking { id: uuid::Uuid::from_u128(id), channel: "robot".to_owned(), callee: vec![7] };
            store.book_quota(Some(booking), limits(), None, app.clock.now()).await.unwrap()
        };
        assert_eq!(book(1).await, None);
        assert_eq!(book(1).await, None, "its own booking does not stand in its way");
        app.advance(61);
        assert_eq!(book(2).await, None);
        app.advance(1);
        assert_eq!(book(1).await.map(|it| it.within_s), Some(60), "another letter has used the minute up");
        assert_eq!(store.quota_used("robot", 3_600, app.clock.now()).await.unwrap(), 2);
        app.advance(61);
        assert_eq!(book(3).await.map(|it| it.within_s), Some(3_600), "and the hour is used up by both");
        app.app.stop().await;
    }

    async fn a_crash_in_the_middle_rings_the_same_letter_and_books_it_once(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        voice.once(); // of a dialler that knows a repeat
        let app = told_by(db, &[&voice, &sms]).await;
        voice.always(Part::Silence);
        let case = offered(&app, 0, "sos").await;
        let outbox = app.app.outbox.clone();
        let work = tokio::spawn(async move { outbox.run_due().await });
        let first = voice.hears(1).await;
        work.abort(); // it may ring, and nothing of it is written
        assert!(work.await.unwrap_err().is_cancelled());
        let app = app.restart().await;
        app.advance(30);
        voice.always(taken());
        run(&app).await;
        let again: Vec<_> = voice.to(&first[0].target);
        assert!(again.len() >= 2 && again.iter().all(|it| it.id == again[0].id), "under the same key");
        assert_eq!(again.last().unwrap().attempt, 2);
        let name = ["G1", "G2", "G3"].into_iter().find(|it| who(it).to_string() == first[0].target).unwrap();
        assert_eq!(offer_rows(&app, case, name).await["voice"].state, "sent", "its own booking does not stand in its way");
        app.app.stop().await;
    }

    async fn two_workers_start_one_wave_and_ring_nobody_twice(db: Database) {
        let (voice, sms, email) = (Fake::new("voice"), Fake::new("sms"), Fake::new("email"));
        let app = told_by(db, &[&voice, &sms, &email]).await;
        voice.always(refused());
        for n in 0..4 {
            offered(&app, n, "sos").await;
        }
        let workers: Vec<Outbox> = (20..24).map(|seed| another_worker(&app.app, seed)).collect();
        futures_util::future::try_join_all(workers.iter().map(Outbox::run_due)).await.unwrap();
        app.advance(30);
        futures_util::future::try_join_all(workers.iter().map(Outbox::run_due)).await.unwrap();
        run(&app).await;
        for fake in [&voice, &sms, &email] {
            let heard = fake.heard();
            let ids: std::collections::BTreeSet<_> = heard.iter().map(|it| it.id).collect();
            assert_eq!(ids.len(), heard.len());
        }
        assert!(sms.heard().len() >= 4, "{}", sms.heard().len());
        app.app.stop().await;
    }

    async fn a_dead_carrier_delays_no_other(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        voice.always(Part::Silence);
        app.app.start_workers();
        let case = offered(&app, 0, "sos").await;
        voice.hears(1).await;
        // The push of time brings the next wave although the first never ended.
        for _ in 0..60 {
            app.clock.advance(Duration::from_millis(500));
            tokio::task::yield_now().await;
        }
        for _ in 0..2_000 {
            if !sms.heard().is_empty() {
                break;
            }
            app.clock.advance(Duration::from_millis(10));
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        }
        assert!(sms.heard().iter().any(|it| it.case == case));
        app.app.stop().await;
    }

    async fn a_push_service_that_does_not_answer_holds_nobody(db: Database) {
        let (pushed, sms) = (Fake::new("web_push"), Fake::new("sms"));
        let app = told_by(db, &[&pushed, &sms]).await;
        let files = [0, 1].map(|n| ContactFile {
            contact: contact(n, &format!("C{n}"), 1, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{n}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.to_vec(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        for n in 0..2 {
            push(&app, Reached::Contact(contact_id(&format!("C{n}"))), &format!("c{n}")).await;
        }
        let over = async |n: u32| {
            let case = report(&app, alert(n, "sos", "1")).await;
            run(&app).await;
            app.app.desk.handle(case, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
            run(&app).await;
        };
        let ends = |fake: &Fake, n: u32| {
            let all = fake.to(&contact_id(&format!("C{n}")).to_string());
            all.into_iter().filter(|it| it.kind == NoticeKind::FamilyFalseAlarm).count()
        };
        // It takes the news: what is merely good to know is not sent twice.
        over(0).await;
        for _ in 0..6 {
            app.advance(60);
            run(&app).await;
        }
        assert_eq!((ends(&pushed, 0), ends(&sms, 0)), (1, 0));
        // It does not: half a minute later a message goes, and not when the push's time is over in six hours.
        pushed.always(Part::Says(Handed::Later { after: None, why: "answered 503".to_owned() }));
        over(1).await;
        app.advance(29);
        run(&app).await;
        assert_eq!(ends(&sms, 1), 0);
        app.advance(1);
        run(&app).await;
        assert_eq!(ends(&sms, 1), 1);
        app.app.stop().await;
    }

    async fn a_later_wave_is_worth_no_longer_than_the_first(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let begun = app.clock.now();
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        app.advance(20);
        let began = app.app.store.tellings_due(app.clock.now(), 99).await.unwrap().into_iter().map(|it| it.id);
        app.app.store.next_waves(began.collect(), vec![], app.clock.now()).await.unwrap();
        let now = app.clock.now();
        let rows = app.app.store.claim_letters("sms", uuid::Uuid::from_u128(5), now, now, 99).await.unwrap();
        let row = rows.iter().find(|it| it.case == case && it.target == who("G1").to_string()).unwrap();
        assert_eq!((row.begun_at, row.made_at), (begun, now), "its useful time runs since the first wave, its wait since now");
        app.app.stop().await;
    }

    async fn who_has_no_way_at_all_is_passed_over_and_the_case_says_so(db: Database) {
        let (pushed, email) = (Fake::new("web_push"), Fake::new("email"));
        let app = told_by(db, &[&pushed, &email]).await;
        push(&app, Reached::Responder(who("G1")), "a").await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let view = app.app.store.case(case).await.unwrap().unwrap();
        let silent = |name: &str| view.case.offer_to(who(name)).is_some_and(|it| it.silent);
        let asked: Vec<&str> = ["G1", "G2", "G3"].into_iter().filter(|it| view.case.offer_to(who(it)).is_some()).collect();
        assert!(asked.len() > 1 && asked.iter().all(|it| silent(it) == (*it != "G1")), "{asked:?}");
        assert!(pushed.to(&who("G1").to_string()).len() == 1);
        // Another body without a carrier, and a neighbouring seat without an address: no row is missing, and the case says it.
        let referral = ReferralId::new(uuid::Uuid::from_u128(9));
        app.app.desk.handle(case, Command::Refer { referral, to: Agency::Police }, DESK).await.unwrap();
        run(&app).await;
        let untold: Vec<(NoticeKind, String)> = events(&app, case)
            .await
            .into_iter()
            .filter_map(|it| match it {
                Event::NotTold { notice, target } => Some((notice, target)),
                _ => None,
            })
            .collect();
        let agency = untold.iter().find(|it| it.0 == NoticeKind::Referral).expect("the referral");
        let row = rows(&app, case).await.into_iter().find(|it| it.target == agency.1 && it.kind == "referral").unwrap();
        assert_eq!((row.channel.as_str(), row.state.as_str(), row.last_error.as_deref()), ("none", "failed", Some("no carrier for it")));
        run(&app).await;
        let again = events(&app, case).await.into_iter().filter(|it| matches!(it, Event::NotTold { notice: NoticeKind::Referral, .. })).count();
        assert_eq!(again, 1, "once");
        app.app.stop().await;
    }

    async fn who_is_told_by_a_push_alone_after_all_calls_have_failed_is_not_told_for_sure(db: Database) {
        let (pushed, voice, sms) = (Fake::new("web_push"), Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&pushed, &voice, &sms]).await;
        push(&app, Reached::Responder(who("G1")), "a").await;
        push(&app, Reached::Responder(who("G2")), "b").await;
        for (name, phone) in [("G1", "10000000001"), ("G2", "10000000002")] {
            voice.at(phone, refused());
            sms.at(phone, if name == "G1" { refused() } else { taken() });
        }
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let state = async |name: &str| {
            let target = who(name).to_string();
            let all = app.app.store.tellings_of(case).await.unwrap();
            all.into_iter().find(|it| it.target == target && it.kind == "offer").unwrap().state
        };
        assert_eq!(state("G1").await, "open", "they may look at it yet");
        app.advance(30);
        run(&app).await;
        assert_eq!((state("G1").await.as_str(), state("G2").await.as_str()), ("exhausted", "open"), "a message that was taken may have a receipt");
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert!(view.case.offer_to(who("G1")).unwrap().silent);
        app.app.stop().await;
    }

    async fn a_way_that_asks_us_to_wait_too_long_has_refused(db: Database) {
        let (robot, print) = (Fake::new("dingtalk_robot"), Fake::new("print"));
        let app = told_by(db, &[&robot, &print]).await;
        let wait = |seconds| Part::Says(Handed::Later { after: Some(Duration::from_secs(seconds)), why: "code 130101".to_owned() });
        robot.always(wait(60));
        report(&app, alert(0, "sos", "1")).await;
        for _ in 0..12 {
            run(&app).await;
            app.advance(1);
        }
        assert_eq!((robot.heard().len(), print.heard().len()), (1, 0), "a minute is waited for");
        robot.always(wait(600));
        report(&app, alert(1, "sos", "1")).await;
        run(&app).await;
        assert_eq!(print.heard().len(), 1, "ten are not, and the paper is there at once");
        app.advance(61);
        run(&app).await;
        assert!(robot.heard().len() <= 3, "nobody knocks at it each minute");
        app.app.stop().await;
    }

    async fn one_result_that_cannot_be_written_costs_no_other_and_rings_nobody_twice(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let writer = app.app.store.writer().clone();
        let postgres = writer.get_database_backend() == sea_orm::DatabaseBackend::Postgres;
        let target = who("G1").to_string();
        let make = if postgres {
            format!(
                "CREATE FUNCTION no_sent() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no'; END $$ LANGUAGE plpgsql; \
                 CREATE TRIGGER no_sent BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'sent' AND NEW.target = '{target}') EXECUTE FUNCTION no_sent()"
            )
        } else {
            format!(
                "CREATE TRIGGER no_sent BEFORE UPDATE ON outbox WHEN NEW.state = 'sent' AND NEW.target = '{target}' \
                 BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        };
        writer.execute_unprepared(&make).await.unwrap();
        app.app.start_workers();
        let case = offered(&app, 0, "sos").await;
        let state = async |name: &str| offer_rows(&app, case, name).await.get("voice").map(|it| it.state.clone());
        for _ in 0..2_000 {
            if state("G2").await.as_deref() == Some("sent") && !voice.to(&target).is_empty() {
                break;
            }
            app.clock.advance(Duration::from_millis(5));
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        }
        assert_eq!((state("G1").await.as_deref(), state("G2").await.as_deref()), (Some("sending"), Some("sent")));
        writer.execute_unprepared(if postgres { "DROP TRIGGER no_sent ON outbox" } else { "DROP TRIGGER no_sent" }).await.unwrap();
        for _ in 0..2_000 {
            if state("G1").await.as_deref() == Some("sent") {
                break;
            }
            app.clock.advance(Duration::from_millis(5));
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        }
        assert_eq!((state("G1").await.as_deref(), voice.to(&target).len()), (Some("sent"), 1), "kept until it could be written");
        app.app.stop().await;
    }

    async fn later_ways_that_do_not_read_back_cost_no_other_and_the_case_hears_of_it(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let case = offered(&app, 0, "sos").await;
        let torn = format!("UPDATE telling SET later = '{{' WHERE target = '{}'", who("G1"));
        app.app.store.writer().execute_unprepared(&torn).await.unwrap();
        voice.always(refused());
        run(&app).await;
        assert_eq!(states(&offer_rows(&app, case, "G1").await), [("voice", "failed")]);
        assert_eq!(states(&offer_rows(&app, case, "G2").await), [("sms", "sent"), ("voice", "failed")]);
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert!(view.case.offer_to(who("G1")).unwrap().silent);
        app.app.stop().await;
    }

    async fn a_stop_leaves_a_telephone_that_may_be_ringing_to_its_lease(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        voice.always(Part::Silence);
        app.app.start_workers();
        let case = offered(&app, 0, "sos").await;
        let rung = voice.hears(1).await[0].target.clone();
        let app = app.restart().await;
        voice.always(taken());
        run(&app).await;
        assert_eq!(voice.to(&rung).len(), 1, "another node would ring it at once");
        let name = ["G1", "G2", "G3"].into_iter().find(|it| who(it).to_string() == rung).unwrap();
        assert_eq!(offer_rows(&app, case, name).await["voice"].state, "sending");
        app.advance(30);
        run(&app).await;
        assert_eq!((voice.to(&rung).len(), sms.to(&rung).len()), (1, 1), "it may have rung: the next way");
        app.app.stop().await;
    }

    async fn a_family_hears_no_older_news_after_newer_ones(db: Database) {
        let sms = Fake::new("sms");
        let app = told_by(db, &[&sms]).await;
        let file = ContactFile {
            contact: contact(0, "C1", 1, false),
            secrets: Some(ContactSecrets { phones: vec!["10000000101".parse().unwrap()] }),
        };
        app.app.store.put_contacts(vec![file], app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        sms.at("10000000101", Part::Says(Handed::PutOff { after: Some(Duration::from_secs(50)), why: "answered 429".to_owned() }));
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let offer = app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        let accept = Command::Accept { offer, by: who("G1"), eta_s: Some(60) };
        app.app.desk.handle(case, accept, Author::Responder(who("G1"))).await.unwrap();
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        sms.at("10000000101", taken());
        for _ in 0..3 {
            run(&app).await;
            app.advance(50);
        }
        let heard: Vec<_> = sms.to(&contact_id("C1").to_string()).into_iter().map(|it| it.kind).collect();
        assert_eq!(heard, [NoticeKind::FamilyOpened, NoticeKind::FamilyAccepted], "the beginning was put off, and is no news any more");
        let opened = rows(&app, case).await.into_iter().find(|it| it.kind == "family_opened").unwrap();
        assert_eq!(opened.state, "merged");
        app.app.stop().await;
    }

    async fn a_push_that_somebody_is_coming_stops_no_call_of_the_beginning(db: Database) {
        let (pushed, voice, sms) = (Fake::new("web_push"), Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&pushed, &voice, &sms]).await;
        one_contact(&app).await;
        push(&app, Reached::Contact(contact_id("C1")), "c1").await;
        let put_off = |seconds| Part::Says(Handed::PutOff { after: Some(Duration::from_secs(seconds)), why: "answered 429".to_owned() });
        voice.at(CONTACT, put_off(15));
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        led_by_g1(&app, case).await;
        run(&app).await;
        let target = contact_id("C1").to_string();
        let many = |fake: &Fake, kind| fake.to(&target).into_iter().filter(|it| it.kind == kind).count();
        assert_eq!(many(&pushed, NoticeKind::FamilyAccepted), 1, "a push has gone, and nobody knows whether anybody looks at it");
        // The line is free again, and nobody answers: the next way, and in the end the case.
        voice.at(CONTACT, refused());
        sms.at(CONTACT, refused());
        app.advance(10);
        run(&app).await;
        assert_eq!((many(&voice, NoticeKind::FamilyOpened), many(&sms, NoticeKind::FamilyOpened)), (2, 1));
        app.advance(60);
        run(&app).await;
        let said = events(&app, case).await.into_iter().filter(|it| match it {
            Event::NotTold { notice, target: whom } => (*notice, whom) == (NoticeKind::FamilyOpened, &target),
            _ => false,
        });
        assert_eq!(said.count(), 1, "no way has led to them for sure, and the case says so");
        app.app.stop().await;
    }

    async fn a_beginning_is_told_when_what_should_have_said_more_is_taken_back(db: Database) {
        let sms = Fake::new("sms");
        let app = told_by(db, &[&sms]).await;
        one_contact(&app).await;
        let put_off = Part::Says(Handed::PutOff { after: Some(Duration::from_secs(20)), why: "answered 429".to_owned() });
        sms.at(CONTACT, put_off);
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        led_by_g1(&app, case).await;
        app.advance(13);
        run(&app).await; // both are due, and the line is still busy
        let offer = app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        let declined = Command::Decline { offer, by: who("G1"), reason: DeclineReason::Busy };
        app.app.desk.handle(case, declined, Author::Responder(who("G1"))).await.unwrap();
        sms.at(CONTACT, taken());
        app.advance(21);
        run(&app).await;
        let told = rows(&app, case).await;
        let state = |kind: &str| told.iter().find(|it| it.kind == kind).unwrap().state.clone();
        assert_eq!((state("family_opened").as_str(), state("family_accepted").as_str()), ("sent", "stale"));
        app.app.stop().await;
    }

    async fn a_push_of_the_beginning_that_comes_late_is_left_out_and_the_call_is_not(db: Database) {
        let (pushed, voice) = (Fake::new("web_push"), Fake::new("voice"));
        let app = told_by(db, &[&pushed, &voice]).await;
        one_contact(&app).await;
        push(&app, Reached::Contact(contact_id("C1")), "c1").await;
        let put_off = Part::Says(Handed::PutOff { after: Some(Duration::from_secs(20)), why: "answered 429".to_owned() });
        pushed.always(put_off.clone());
        voice.at(CONTACT, put_off);
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        pushed.always(taken());
        led_by_g1(&app, case).await;
        run(&app).await;
        voice.at(CONTACT, taken());
        app.advance(13);
        run(&app).await;
        let told = rows(&app, case).await;
        let target = contact_id("C1").to_string();
        let mut of: Vec<(&str, &str)> = told.iter()
            .filter(|it| it.kind == "family_opened" && it.target == target)
            .map(|it| (it.channel.as_str(), it.state.as_str()))
            .collect();
        of.sort_unstable();
        assert_eq!(of, [("voice", "sent"), ("web_push", "merged")], "by one way no older news after newer, and by another the call");
        app.app.stop().await;
    }

    async fn who_is_asked_again_hears_no_late_stand_down(db: Database) {
        let sms = Fake::new("sms");
        let app = told_by(db, &[&sms]).await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        sms.at("10000000003", Part::Says(Handed::PutOff { after: Some(Duration::from_secs(15)), why: "answered 429".to_owned() }));
        let say = async |name: &str, yes: bool, eta: u32| {
            let offer = app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who(name)).unwrap().id;
            let command = match yes {
                true => Command::Accept { offer, by: who(name), eta_s: Some(eta) },
                false => Command::Decline { offer, by: who(name), reason: DeclineReason::Busy },
            };
            app.app.desk.handle(case, command, Author::Responder(who(name))).await.unwrap();
        };
        for (name, eta) in [("G1", 60), ("G2", 120), ("G3", 600)] {
            say(name, true, eta).await;
        }
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        run(&app).await;
        let target = who("G3").to_string();
        let many = |kind| sms.to(&target).into_iter().filter(|it| it.kind == kind).count();
        assert_eq!((many(NoticeKind::Offer), many(NoticeKind::StandDown)), (1, 1), "put off, and not sent");
        // Both who were coming cannot after all, and the third is asked again.
        say("G1", false, 0).await;
        say("G2", false, 0).await;
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let view = app.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(view.case.offer_to(who("G3")).unwrap().state, OfferState::Open);
        sms.at("10000000003", taken());
        app.advance(20);
        run(&app).await;
        assert_eq!((many(NoticeKind::Offer), many(NoticeKind::StandDown)), (2, 1), "nobody is called off from what they are asked");
        let row = rows(&app, case).await.into_iter().find(|it| it.kind == "stand_down" && it.target == target).unwrap();
        assert_eq!(row.state, "stale");
        app.app.stop().await;
    }

    async fn a_line_whose_provider_refuses_at_once_claims_no_faster_than_any_other(db: Database) {
        let sms = Fake::with_slots("sms", 1);
        let app = told_by(db, &[&sms]).await;
        sms.always(refused());
        for n in 0..4 {
            offered(&app, n, "sos").await;
        }
        app.app.start_workers();
        sms.hears(1).await;
        // The clock stands still: whatever the machine does, no further claim is due.
        settled().await;
        assert_eq!(sms.heard().len(), 1, "a refusal frees the slot, and not the writer");
        for step in 1..=6 {
            app.clock.advance(Duration::from_millis(20));
            sms.hears(step + 1).await;
            settled().await;
            assert_eq!(sms.heard().len(), step + 1, "one claim each 20 ms");
        }
        app.app.stop().await;
    }

    async fn what_frees_somebody_overtakes_what_waits_for_its_next_try(db: Database) {
        let sms = Fake::with_slots("sms", 1);
        let app = told_by(db, &[&sms]).await;
        let files = [0, 1, 2].map(|n| ContactFile {
            contact: contact(n, &format!("C{n}"), 1, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{n}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.to_vec(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        sms.always(Part::Says(Handed::PutOff { after: None, why: "answered 429".to_owned() }));
        for n in 0..2 {
            report(&app, alert(n, "sos", "1")).await;
        }
        let over = report(&app, alert(2, "inactivity", "1")).await;
        run(&app).await;
        let before = sms.heard().len();
        sms.always(taken());
        app.advance(2); // all of them are due for their next try
        app.app.desk.handle(over, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
        run(&app).await;
        let heard: Vec<_> = sms.heard()[before..].iter().map(|it| (it.target.clone(), it.kind)).collect();
        let told = |n: u32, kind| (contact_id(&format!("C{n}")).to_string(), kind);
        assert_eq!(heard.first(), Some(&told(2, NoticeKind::FamilyFalseAlarm)), "{heard:?}");
        for n in 0..2 {
            assert!(heard.contains(&told(n, NoticeKind::FamilyOpened)), "{heard:?}");
        }
        assert!(!heard.contains(&told(2, NoticeKind::FamilyOpened)));
        app.app.stop().await;
    }

    async fn a_browser_that_is_gone_is_pushed_to_no_more(db: Database) {
        let (pushed, sms) = (Fake::new("web_push"), Fake::new("sms"));
        let app = told_by(db, &[&pushed, &sms]).await;
        let g1 = Reached::Responder(who("G1"));
        push(&app, g1, "old").await;
        app.advance(1);
        push(&app, g1, "new").await;
        pushed.next(Part::Says(Handed::Gone { why: "410".to_owned() }));
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        assert_eq!(pushed.to(&who("G1").to_string()).len(), 2, "each browser is pushed to");
        assert_eq!(offer_rows(&app, case, "G1").await["web_push"].state, "sent");
        let left = app.app.store.push_subscriptions(g1).await.unwrap();
        assert_eq!(left.iter().map(|it| it.device.as_str()).collect::<Vec<_>>(), ["new"]);
        pushed.always(Part::Says(Handed::Gone { why: "410".to_owned() }));
        offered(&app, 1, "sos").await;
        run(&app).await;
        assert!(!app.app.picture.outline(g1).unwrap().has.contains(&Way::WebPush));
        assert_eq!(sms.to(&who("G1").to_string()).len(), 1, "the next way at once");
        app.app.stop().await;
    }

    async fn a_family_is_told_as_it_wishes_and_at_night_of_what_is_critical_alone(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let app = told_by(db, &[&voice, &sms]).await;
        let files = ["C1", "C2"].into_iter().zip(1..).map(|(code, order)| ContactFile {
            contact: contact(0, code, order, false),
            secrets: Some(ContactSecrets { phones: vec![format!("1000000010{order}").parse().unwrap()] }),
        });
        app.app.store.put_contacts(files.collect(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let (c1, c2) = (contact_id("C1"), contact_id("C2"));
        let no_call = FamilyChoices {
            critical: ToldBy { voice: false, message: true },
            urgent: ToldBy { voice: false, message: true },
            quiet: Some(QuietHours { from: 0, to: 23 }),
        };
        app.app.store.put_family_choices(crate::harness::street::elder_of(0), c1, no_call, |_| true, app.clock.now()).await.unwrap();
        app.app.refresh_picture(false).await.unwrap();
        offered(&app, 0, "sos").await;
        run(&app).await;
        let (one, two) = (c1.to_string(), c2.to_string());
        assert_eq!((voice.to(&one).len(), sms.to(&one).len()), (0, 1), "no call, and a message at once: it is critical");
        assert_eq!((voice.to(&two).len(), sms.to(&two).len()), (1, 0));
        // What is urgent waits for the morning; by then it is over and not told.
        let files = vec![ContactFile { contact: contact(1, "C3", 1, false), secrets: Some(ContactSecrets { phones: vec!["10000000103".parse().unwrap()] }) }];
        app.app.store.put_contacts(files, app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let c3 = contact_id("C3");
        app.app.picture.put_choices(c3, no_call);
        let case = report(&app, alert(1, "inactivity", "1")).await;
        run(&app).await;
        assert!(sms.to(&c3.to_string()).is_empty(), "asleep");
        let held = rows(&app, case).await.into_iter().find(|it| it.target == c3.to_string());
        if let Some(held) = held {
            assert_eq!(held.state, "waiting");
            app.app.desk.handle(case, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
            app.advance(9 * 3_600);
            run(&app).await;
            let row = rows(&app, case).await.into_iter().find(|it| it.id == held.id).unwrap();
            assert_eq!(row.state, "merged", "its end has taken its place, and nobody is frightened by its beginning");
        } else {
            panic!("an inactivity is told to a family");
        }
        app.app.stop().await;
    }

    async fn what_is_not_critical_waits_until_all_ways_of_a_wave_have_come_to_nothing(db: Database) {
        let (pushed, follower, sms) = (Fake::new("web_push"), Fake::new("wechat_template"), Fake::new("sms"));
        let app = told_by(db, &[&pushed, &follower, &sms]).await;
        let file = ContactFile {
            contact: contact(0, "C1", 1, false),
            secrets: Some(ContactSecrets { phones: vec!["10000000101".parse().unwrap()] }),
        };
        app.app.store.put_contacts(vec![file], app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let c1 = Reached::Contact(contact_id("C1"));
        reach(&app, c1, Reach { wechat_follower: Some("o1".parse().unwrap()), ..Reach::default() }).await;
        push(&app, c1, "a").await;
        pushed.always(refused());
        let case = report(&app, alert(0, "inactivity", "1")).await;
        run(&app).await;
        assert_eq!((pushed.heard().len(), follower.heard().len(), sms.heard().len()), (1, 1, 0), "the other way may do yet");
        app.advance(59);
        run(&app).await;
        assert!(sms.heard().is_empty());
        app.advance(1);
        run(&app).await;
        assert_eq!(sms.heard().len(), 1);
        // What fails of a wave that is over brings nothing more.
        let rows = rows(&app, case).await;
        assert_eq!(rows.len(), 3, "{rows:?}");
        app.app.stop().await;
    }

    async fn what_is_said_anew_before_it_was_sent_goes_once(db: Database) {
        let sms = Fake::new("sms");
        let app = told_by(db, &[&sms]).await;
        let told = |_: Option<&Case>, decision: &Decision, area: &str| {
            let (case, target) = (&decision.case, who("G1").to_string());
            let step = format!("{}:ring_duty_leader", case.version);
            vec![OutboxRow {
                id: OutboxRow::id_of(case.id, &step, &target, "sms"),
                case: case.id,
                case_version: case.version,
                area_code: area.to_owned(),
                kind: "ring_duty_leader".to_owned(),
                step,
                target,
                channel: "sms".to_owned(),
                urgency: 350,
                going: Default::default(),
            }]
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
        other.report(alert(0, "sos", "2")).await.unwrap(); // joins it
        run(&app).await;
        let heard = sms.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        let all = rows(&app, case).await;
        let mut states: Vec<&str> = all.iter().map(|it| it.state.as_str()).collect();
        states.sort_unstable();
        assert_eq!(states, ["merged", "sent"]);
        let sent = all.iter().find(|it| it.state == "sent").unwrap();
        assert_eq!(sent.id, heard[0].notice, "and the newest");
        drop(other);
        app.app.stop().await;
    }

    async fn an_offer_that_is_over_is_not_sent_and_brings_no_later_wave(db: Database) {
        let (sms, voice) = (Fake::new("sms"), Fake::new("voice"));
        let app = told_by(db, &[&sms, &voice]).await;
        let case = offered(&app, 0, "sos").await;
        let offer = app.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().id;
        let accept = Command::Accept { offer, by: who("G1"), eta_s: Some(60) };
        app.app.desk.handle(case, accept, Author::Responder(who("G1"))).await.unwrap();
        app.advance(8);
        app.app.desk.run_due().await.unwrap();
        run(&app).await;
        app.advance(120);
        run(&app).await;
        let told = offer_rows(&app, case, "G2").await;
        assert_eq!(states(&told), [("voice", "stale")]);
        assert!(voice.heard().iter().chain(&sms.heard()).all(|it| it.kind != NoticeKind::Offer));
        app.app.stop().await;
    }

    async fn whatever_the_providers_do_everybody_is_told_or_it_is_said_why_not(db: Database) {
        let fakes = [Fake::new("web_push"), Fake::new("voice"), Fake::new("sms"), Fake::new("email")];
        let app = told_by(db, &fakes.each_ref()).await;
        push(&app, Reached::Responder(who("G1")), "a").await;
        reach(&app, Reached::Responder(who("G2")), Reach { mailbox: Some("g2@example.org".parse().unwrap()), ..Reach::default() }).await;
        let mut dice = Dice(17);
        let mut cases = Vec::new();
        let later = Part::Says(Handed::Later { after: None, why: "away".to_owned() });
        for round in 0..24 {
            for fake in &fakes {
                fake.always(match dice.throw(4) {
                    0 => taken(),
                    1 => refused(),
                    2 => later.clone(),
                    _ => Part::Silence,
                });
            }
            if round % 6 == 0 {
                cases.push(offered(&app, round / 6, "sos").await);
            }
            let outbox = app.app.outbox.clone();
            let work = tokio::spawn(async move { outbox.run_due().await });
            for _ in 0..40 {
                if work.is_finished() {
                    break;
                }
                tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
            }
            work.abort(); // whatever it was at
            let _ = work.await;
            app.advance(u64::from(dice.throw(12)));
        }
        for fake in &fakes {
            fake.always(taken());
        }
        for _ in 0..12 {
            app.advance(31);
            run(&app).await;
        }
        for case in cases {
            let all = app.app.store.notices_of(case).await.unwrap();
            for it in app.app.store.tellings_of(case).await.unwrap() {
                let theirs: Vec<_> = all.iter().filter(|row| row.step == it.step && row.row.target == it.target).collect();
                let told = theirs.iter().any(|row| matches!(row.row.state.as_str(), "sent" | "received"));
                let over = theirs.iter().any(|row| matches!(row.row.state.as_str(), "stale" | "merged"));
                let why = theirs.iter().all(|row| row.row.state == "failed" && row.row.last_error.is_some());
                assert!(told || over || (why && it.state == "exhausted"), "{it:?} {theirs:?}");
            }
        }
        app.app.stop().await;
    }
}

/// The same throws each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap_or_default() % sides
    }
}
