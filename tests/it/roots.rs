//! The daily roots, put by the service itself.

use std::time::Duration;

use eldercare_dispatch::clock::Clock;
use eldercare_dispatch::people::Need;

use crate::harness::street::{alert, elder};
use crate::harness::{TestApp, both_stores};

/// Waits until the newest root on file is `seconds` of the tests' clock old, or younger.
async fn root_within(app: &TestApp, seconds: i64) {
    let patience = Clock::system();
    for _ in 0..2_000 {
        let newest = app.app.store.roots_put_at().await.unwrap();
        if newest.is_some_and(|it| app.clock.now().duration_since(it).as_secs() <= seconds) {
            return;
        }
        patience.sleep(Duration::from_millis(10)).await;
    }
    panic!("no root was put");
}

both_stores! {
    async fn a_serving_process_puts_the_root_of_each_day_at_midnight(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::General)], vec![]).await;
        app.app.desk.report(alert(0, "smoke", "1")).await.unwrap();
        // At the start, for the day that has begun.
        app.app.start_workers();
        root_within(&app, 0).await;
        app.app.desk.report(alert(0, "smoke", "2")).await.unwrap();
        let begun = app.clock.now();
        let (_, hour) = app.app.desk.local(begun);
        // Over the street's midnight, and not a whole day on.
        app.advance((25 - u64::from(hour)) * 3_600);
        root_within(&app, 3_600).await;
        let roots = app.app.store.check().await.unwrap();
        assert_eq!((roots.found, roots.roots.len()), (vec![], 1));
        app.app.stop().await;
    }
}
