//! The service's own alarm: through the adapter, the committer and the hub; seen by nobody, and heard of when it fails.

use std::net::SocketAddr;
use std::sync::Arc;

use eldercare_dispatch::api::serve;
use eldercare_dispatch::app::App;
use eldercare_dispatch::app::self_check::SelfCheck;
use eldercare_dispatch::case::{Kind, Lane, Severity, State, Subject};
use eldercare_dispatch::dispatch::report::own_device;
use eldercare_dispatch::live::ServerFrame;
use eldercare_dispatch::people::Need;
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::api_town::{Town, user};
use crate::harness::endpoint::{Endpoint, Play};
use crate::harness::street::{alert, elder};
use crate::harness::{Database, TestApp, both_stores};

async fn get(at: SocketAddr, path: &str) -> String {
    let mut line = tokio::net::TcpStream::connect(at).await.unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    line.write_all(ask.as_bytes()).await.unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).await.unwrap();
    text
}

/// The service as it serves, on a port of its own; `outside`: where it says that it is well.
async fn serving(app: &App, outside: Option<String>) -> (App, eldercare_dispatch::api::Serving) {
    let mut config = eldercare_dispatch::app::Config::clone(&app.config);
    config.http.listen = "127.0.0.1:0".parse().unwrap();
    config.http.workers = Some(1);
    config.self_check.dead_man_url = outside.map(Into::into);
    let mut app = app.clone();
    app.config = Arc::new(config);
    let serving = serve(app.clone()).await.unwrap();
    (app, serving)
}

async fn cases(test: &TestApp) -> Vec<CaseView> {
    test.app
        .store
        .list_cases(&CaseFilter::default(), None, 100)
        .await
        .unwrap()
        .items
}

both_stores! {
    async fn its_own_alarm_comes_through_and_nobody_sees_or_hears_it(db: Database) {
        let town = Town::start(db).await;
        let (app, serving) = serving(&town.test.app, None).await;
        let check = SelfCheck::begin(app.clone(), serving.hub.clone(), serving.addresses[0]).await.unwrap();
        assert!(check.once().await);
        town.test.advance(60);
        // The same key wherever it begins: another node, or the next start.
        let again = SelfCheck::begin(app.clone(), serving.hub.clone(), serving.addresses[0]).await.unwrap();
        assert!(again.once().await && check.once().await);
        let found = cases(&town.test).await;
        assert_eq!(found.len(), 1, "one case a day");
        let case = &found[0].case;
        assert_eq!((case.kind, case.lane, case.severity, case.alerts), (Kind::SelfCheck, Lane::Technical, Severity::Technical, 3));
        assert_eq!(case.subject, Subject::Unknown(own_device()));
        // Nobody is asked, and no account finds it: not in a list, not by its id.
        assert!(case.seek.is_none() && case.offers.is_empty());
        for name in ["admin", "leader", "desk", "auditor", "g1"] {
            assert_eq!(town.get(name, "/api/v1/cases").await.ok()["items"], serde_json::json!([]), "{name}");
            assert_eq!(town.get(name, &format!("/api/v1/cases/{}", case.id)).await.status, 404, "{name}");
        }
        let ready = get(serving.addresses[0], "/readyz").await;
        assert!(ready.contains("\"ready\":true") && ready.contains("\"dead_man_missing\""), "nobody outside is told: {ready}");
        // After a day the next one opens another.
        town.test.advance(25 * 3_600);
        assert!(check.once().await);
        assert!(check.once().await);
        let found = cases(&town.test).await;
        assert_eq!((found.len(), found[1].case.state, found[0].case.alerts), (2, State::Closed, 1));
        // Whoever else says the word is heard as anybody is.
        let test = &town.test;
        let said = test.app.desk.report(alert(0, "self_check", "r1")).await.unwrap();
        let view = test.app.store.case(said.case).await.unwrap().unwrap();
        assert_eq!((view.case.kind, view.case.lane), (Kind::Unknown, Lane::Help));
        app.stopping().cancel();
        serving.finished().await.unwrap();
    }

    async fn when_it_does_not_come_through_every_place_says_so_and_the_outside_hears_nothing(db: Database) {
        let town = Town::start(db).await;
        let endpoint = Endpoint::start("outside").await;
        let (app, serving) = serving(&town.test.app, Some(endpoint.config().url)).await;
        let at = serving.addresses[0];
        let good = SelfCheck::begin(app.clone(), serving.hub.clone(), at).await.unwrap();
        let nowhere = SelfCheck::begin(app.clone(), serving.hub.clone(), "127.0.0.1:1".parse().unwrap()).await.unwrap();
        let token = town.token("desk").await;
        let viewer = serving.hub.sight().verify(&token).await.unwrap();
        assert_eq!(viewer.user, user("desk"));
        let ping = || {
            let text = serving.hub.ping(&viewer.audience(), "");
            let frame: ServerFrame<Value> = serde_json::from_str(&text).unwrap();
            let ServerFrame::Ping { alarms_fail_since, .. } = frame else { panic!("{text}") };
            alarms_fail_since
        };
        assert!(good.once().await);
        endpoint.hears(1).await;
        assert_eq!(ping(), None);
        let since = town.test.clock.now();
        assert!(!nowhere.once().await);
        town.test.advance(60);
        assert!(!nowhere.once().await);
        assert_eq!(ping(), Some(since), "since the first that failed");
        let ready = get(at, "/readyz").await;
        assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("alarms_fail: since "), "{ready}");
        let metrics = get(at, "/metrics").await;
        // The gauge beside it is the whole process's, and other tests run in it.
        assert!(metrics.contains("ecd_self_checks_total{outcome=\"failed\"}"), "{metrics}");
        assert_eq!(endpoint.heard().len(), 1, "the outside hears nothing and rings its phone");
        // It comes through again: everything is well at once.
        assert!(good.once().await);
        endpoint.hears(2).await;
        assert_eq!(ping(), None);
        assert!(get(at, "/readyz").await.contains("\"ready\":true"));
        // The outside does not answer: that is no failure of ours, and somebody is to look at it.
        let mended = get(at, "/readyz").await;
        assert!(!mended.contains("dead_man"), "{mended}");
        for _ in 0..2 {
            endpoint.next(Play::Answer(500, vec![], String::new()));
        }
        let unheard = town.test.clock.now();
        assert!(good.once().await);
        town.test.advance(60);
        assert!(good.once().await);
        let ready = get(at, "/readyz").await;
        let wanted = format!("dead_man_unheard: since {unheard}");
        assert!(ready.contains("\"ready\":true") && ready.contains(&wanted), "{ready}");
        assert!(good.once().await);
        assert!(!get(at, "/readyz").await.contains("dead_man"));
        endpoint.hears(5).await;
        // A store that cannot commit is a failure like any other.
        town.test.app.store.close().await;
        assert!(!good.once().await);
        assert!(ping().is_some());
        assert_eq!(endpoint.heard().len(), 5);
        app.stopping().cancel();
        serving.finished().await.unwrap();
    }
}

/// Checks that have stopped by themselves are a failure: nobody would say so otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_that_have_stopped_are_a_failure() {
    let test = TestApp::start(Database::sqlite().await).await;
    test.fill(vec![elder(0, Need::General)], vec![]).await;
    let (app, serving) = serving(&test.app, None).await;
    let check = SelfCheck::begin(app.clone(), serving.hub.clone(), serving.addresses[0])
        .await
        .unwrap();
    assert!(app.self_check.failing().is_none(), "nobody checks");
    let stop = tokio_util::sync::CancellationToken::new();
    let work = tokio::spawn(check.work(stop.clone()));
    let came = async {
        while cases(&test).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), came)
        .await
        .unwrap();
    stop.cancel();
    work.await.unwrap();
    test.advance(149);
    assert!(app.self_check.failing().is_none());
    test.advance(2);
    assert_eq!(app.self_check.failing().unwrap().1, "no check");
    app.stopping().cancel();
    serving.finished().await.unwrap();
}
