//! An exercise that comes in by an adapter: what leaves the house is listened to at every way, and nothing may be heard.
//!
//! A device cannot call its own alarm an exercise: whoever tests it says so (decision 47). The adapters' own tests bring the bytes.

use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Agency, Author, Command, Outcome, Proof, Voice};
use eldercare_dispatch::ids::{DeviceId, ReferralId, UserId};
use eldercare_dispatch::notify::Injected;
use eldercare_dispatch::people::{ContactSecrets, DeviceDeed, contact_id};
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use eldercare_dispatch::store::{ContactFile, DeviceEvent, DeviceTest};
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::carrier::Fake;
use crate::harness::endpoint::Endpoint;
use crate::notify_webhook::{contact, rows};

/// Every way out of the house, and the son of an elder who would be told.
pub struct Ears {
    fakes: Vec<Fake>,
    sink: Endpoint,
}

impl Ears {
    pub async fn start() -> Self {
        let ways = ["voice", "sms", "wecom_robot", "print"];
        Self {
            fakes: ways.iter().map(|it| Fake::new(it)).collect(),
            sink: Endpoint::start("sink").await,
        }
    }

    /// To be configured before the street is laid.
    pub fn wire(&self) -> impl Fn(&mut Config) + Send + Sync + 'static + use<> {
        let carriers: Vec<_> = self.fakes.iter().map(Fake::carrier).collect();
        let webhook = self.sink.config();
        move |config| {
            config.notify.webhooks = vec![webhook.clone()];
            config.notify.injected = Injected(carriers.clone());
        }
    }

    /// Elder `n` has a son with a telephone.
    pub async fn beside(&self, test: &TestApp, n: u32) {
        let son = ContactFile {
            contact: contact(n, "SON", 1, false),
            secrets: Some(ContactSecrets {
                phones: vec!["13900000077".parse().unwrap()],
            }),
        };
        test.app.store.put_contacts(vec![son], test.clock.now()).await.unwrap();
        test.app.refresh_picture(true).await.unwrap();
    }

    fn heard(&self) -> usize {
        self.fakes.iter().map(|it| it.heard().len()).sum::<usize>() + self.sink.heard().len()
    }

    /// Twelve minutes of the one case there is, and whatever a desk might do with it: nobody hears of it and nobody is asked.
    pub async fn hear_nothing_of_the_exercise(&self, test: &TestApp, way: &str) {
        let mut cases = all(test).await;
        assert_eq!(cases.len(), 1, "{way}");
        let view = cases.remove(0);
        let case = view.case.id;
        assert!(view.case.drill && view.case.is_test(), "{way}: {:?}", view.case);
        for _ in 0..12 {
            test.advance(60);
            test.app.desk.run_due().await.unwrap();
            while test.app.field.run_seeking().await.unwrap() > 0 {}
            test.app.outbox.run_due().await.unwrap();
        }
        for command in [
            Command::Escalate { to: None },
            Command::VoiceResult {
                result: Voice::NeedsHelp,
            },
            refer(Agency::Ambulance),
            refer(Agency::Police),
            refer(Agency::Fire),
            Command::Close {
                outcome: Some(Outcome::SuspectedDeath),
                proof: Proof::VoiceContact,
            },
        ] {
            // Some of it is refused; nothing of it may be heard.
            let by = Author::User(UserId::new(Uuid::from_u128(1)));
            let _ = test.app.desk.handle(case, command, by).await;
            test.app.outbox.run_due().await.unwrap();
        }
        let view = test.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(rows(test, case).await, vec![], "{way}: not even a row");
        assert_eq!(self.heard(), 0, "{way}");
        assert_eq!((view.case.referrals.len(), view.case.offers.len()), (0, 0), "{way}");
        assert_eq!(view.case.follow_up, None, "{way}: nobody is asked how it was");
        // What is found in it is true of nobody. Figures leave out whatever is an exercise, wherever it came from.
        let (from, now) = (
            view.case.opened_at - jiff::SignedDuration::from_hours(1),
            test.clock.now(),
        );
        assert_eq!(
            test.app.store.suspected_deaths(from, now).await.unwrap(),
            vec![],
            "{way}"
        );
    }

    /// In earnest the same press is heard by the son, and by all that listen.
    pub async fn hear_it_in_earnest(&self, test: &TestApp, way: &str) {
        let real = all(test).await.into_iter().filter(|it| !it.case.drill).count();
        assert_eq!(real, 1, "{way}: the same press, and another case");
        test.advance(2);
        test.app.outbox.run_due().await.unwrap();
        let son = contact_id("SON").to_string();
        assert!(self.fakes.iter().any(|it| !it.to(&son).is_empty()), "{way}");
        assert!(!self.sink.heard().is_empty(), "{way}");
    }
}

fn refer(to: Agency) -> Command {
    let referral = ReferralId::new(Uuid::from_u128(7 + to as u128));
    Command::Refer { referral, to }
}

async fn all(test: &TestApp) -> Vec<CaseView> {
    let store = &test.app.store;
    store.list_cases(&CaseFilter::default(), None, 100).await.unwrap().items
}

/// Somebody begins to test a device (`minutes` of it), or ends it (none).
pub async fn test_device(test: &TestApp, device: DeviceId, minutes: u32) {
    let now = test.clock.now();
    let by = UserId::new(Uuid::from_u128(1));
    let until = now + jiff::SignedDuration::from_mins(minutes.into());
    let began = DeviceTest {
        device,
        by,
        began_at: now,
        until,
    };
    let event = DeviceEvent {
        id: test.app.ids.make(),
        device,
        at: now,
        by,
        what: DeviceDeed::TestBegun,
        binding: None,
        other: None,
        reason: None,
        until: Some(until),
    };
    test.app.store.put_device_test(began, event).await.unwrap();
    test.app.picture.put_test(began);
}
