//! What is kept for a time only: deleted by a job, in small batches, with proof; and not an hour too early.

use std::collections::BTreeMap;

use eldercare_dispatch::dispatch::retention::BATCH;
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::notify::trial::Trialist;
use eldercare_dispatch::people::Need;
use eldercare_dispatch::store::{WarningCase, WarningRow};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::harness::carrier::Fake;
use crate::harness::street::{alert, elder, who};
use crate::harness::{TestApp, both_stores};
use crate::notify_ways::{offered, run, told_by};
use crate::notify_webhook::rows;

const HOUR: u64 = 3_600;

both_stores! {
    async fn a_repeat_is_known_for_24_hours_and_then_its_answer_is_gone(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::General)], vec![]).await;
        let job = app.app.retention();
        let first = app.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        app.advance(HOUR);
        app.app.desk.report(alert(0, "sos", "2")).await.unwrap();
        app.advance(23 * HOUR);
        assert_eq!(job.run().await.unwrap(), 0, "to the second 24 hours old, and still kept");
        let again = app.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        assert!(again.repeat && again.alert == first.alert);
        app.advance(1);
        assert_eq!(job.run().await.unwrap(), 1, "the younger one stays");
        let new = app.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        assert!(!new.repeat && new.alert != first.alert, "a new request from now on");
        assert!(app.app.desk.report(alert(0, "sos", "2")).await.unwrap().repeat);
        let proof = app.app.store.deleted().await.unwrap();
        assert_eq!(proof.iter().map(|it| (it.job.as_str(), it.count)).collect::<Vec<_>>(), [("answers", 1)]);
        // Another batch of the same day is added to its proof.
        app.advance(HOUR);
        assert_eq!(job.run().await.unwrap(), 1);
        assert_eq!(app.app.store.deleted().await.unwrap()[0].count, 2);
        app.app.stop().await;
    }

    async fn a_batch_is_small_whatever_lies_there(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::General)], vec![]).await;
        let many = BATCH + 7;
        let alerts = (0..many).map(|n| app.app.desk.report(alert(0, "sos", &n.to_string())));
        for it in futures_util::future::join_all(alerts).await {
            it.unwrap();
        }
        app.advance(25 * HOUR);
        let job = app.app.retention();
        assert_eq!(job.step().await.unwrap(), BATCH);
        assert_eq!(job.step().await.unwrap(), 7);
        assert_eq!(job.step().await.unwrap(), 0);
        let proof = app.app.store.deleted().await.unwrap();
        assert_eq!(proof.iter().map(|it| it.count).sum::<u64>(), many);
        app.app.stop().await;
    }

    async fn where_somebody_was_told_goes_after_180_days_and_that_they_were_stays(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let case = offered(&app, 0, "sos").await;
        run(&app).await;
        let letter = voice.heard()[0].clone();
        app.app.outbox.try_ways(Trialist::Responder(who("G1"))).await.unwrap();
        let (store, begun) = (app.app.store.clone(), app.clock.now());
        let message = |n: u128, root: u128, came: u64| WarningRow {
            id: Uuid::from_u128(n),
            root: Uuid::from_u128(root),
            link: "weather".to_owned(),
            area: "120114001".to_owned(),
            crs: "wgs84".to_owned(),
            msg_type: "Alert".to_owned(),
            sent_at: begun,
            received_at: begun + SignedDuration::from_secs(i64::try_from(came).unwrap()),
            content: b"<alert/>".to_vec(),
            result: None,
        };
        // 1 is over; of 2 nothing has been done; the case of 3 goes on, and 4 is the end of another chain; 5 is younger.
        for it in [message(1, 1, 0), message(2, 2, 0), message(3, 3, 0), message(4, 4, 0), message(5, 5, 3_600)] {
            store.put_warning(it).await.unwrap();
        }
        for n in [1, 3, 4, 5] {
            store.finish_warning(Uuid::from_u128(n), "opened", begun).await.unwrap();
        }
        for (root, ended_at) in [(3, None), (4, Some(begun))] {
            let opened = WarningCase {
                case: CaseId::new(Uuid::from_u128(100 + root)),
                root: Uuid::from_u128(root),
                street: "120114001".to_owned(),
                message: Uuid::from_u128(root),
                expires_at: None,
                ended_at,
            };
            store.put_warning_case(opened).await.unwrap();
        }
        let left = || async {
            let mut there = Vec::new();
            for n in 1..=5 {
                if store.warning(Uuid::from_u128(n)).await.unwrap().is_some() {
                    there.push(n);
                }
            }
            let tries = store.channel_tests(None, Timestamp::UNIX_EPOCH).await.unwrap().len();
            (there, store.letters_of(letter.notice).await.unwrap().len(), tries)
        };
        let whole = left().await;
        assert!(whole.1 > 0 && whole.2 > 0, "{whole:?}");
        app.advance(180 * 24 * HOUR);
        app.app.retention().run().await.unwrap();
        assert_eq!(left().await, whole, "to the second 180 days old, and still kept");
        app.advance(1);
        app.app.retention().run().await.unwrap();
        assert_eq!(left().await, (vec![2, 3, 5], 0, 0));
        // Who was told stays in the log of deliveries, and what was deleted is written down.
        let rows = rows(&app, case).await;
        assert!(rows.iter().any(|it| it.id == letter.notice && it.state == "sent"), "{rows:?}");
        let jobs: BTreeMap<String, u64> = store.deleted().await.unwrap().into_iter().map(|it| (it.job, it.count)).collect();
        assert_eq!((jobs["warnings"], jobs["channel_tests"] as usize, jobs["letters"] as usize >= whole.1), (2, whole.2, true), "{jobs:?}");
        assert_eq!(store.check().await.unwrap().found, vec![]);
        app.app.stop().await;
    }
}
