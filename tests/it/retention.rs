//! What is kept for a time only: deleted by a job, in small batches, with proof; and not an hour too early.

use eldercare_dispatch::dispatch::retention::BATCH;
use eldercare_dispatch::people::Need;

use crate::harness::street::{alert, elder};
use crate::harness::{TestApp, both_stores};

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

    async fn who_could_not_prove_who_they_are_is_kept_for_90_days_after_they_came_last(db: Database) {
        let app = TestApp::start(db).await;
        let (it, job) = (&app.app, app.app.retention());
        it.strangers.keep("10.0.0.1", "watch 1", "unknown_device", b"a").await.unwrap();
        app.advance(24 * HOUR);
        it.strangers.keep("10.0.0.1", "watch 2", "unknown_device", b"b").await.unwrap();
        app.advance(89 * 24 * HOUR);
        assert_eq!(job.run().await.unwrap(), 0, "to the second 90 days");
        app.advance(1);
        assert_eq!(job.run().await.unwrap(), 1);
        let left: Vec<String> = it.store.quarantined(None, 10).await.unwrap().into_iter().map(|it| it.claimed_device).collect();
        assert_eq!(left, ["watch 2"]);
        assert_eq!(it.store.deleted().await.unwrap()[0].job, "quarantine");
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
}
