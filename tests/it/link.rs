//! A street and its district, two services on two databases, over a socket and a line that is cut, stalled and refused.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eldercare_dispatch::api::{Serving, serve};
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Author, Command, Outcome, Proof, State};
use eldercare_dispatch::ids::{CaseId, NodeId};
use eldercare_dispatch::link::gate::BURST;
use eldercare_dispatch::link::wire::FRAME_MAX;
use eldercare_dispatch::people::{Need, ResponderKind};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::api_town::{STREET, Town};
use crate::harness::street::{alert, elder, responder};
use crate::harness::{Database, both_stores};

/// However slow the machine is, by then it is an error.
const PATIENCE: Duration = Duration::from_secs(120);
const PHONE: &str = "02212345678";

/// What the line does with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Refuse,
    Stall,
}

/// A line between the two that does what a test says.
struct Proxy {
    at: SocketAddr,
    way: Arc<watch::Sender<Way>>,
    to: Arc<watch::Sender<SocketAddr>>,
    cut: Arc<watch::Sender<u64>>,
    /// Bytes of the street that still go through; below 0: all.
    budget: Arc<AtomicI64>,
}

impl Proxy {
    async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let it = Self {
            at: listener.local_addr().unwrap(),
            way: Arc::new(watch::Sender::new(Way::Open)),
            to: Arc::new(watch::Sender::new(to)),
            cut: Arc::default(),
            budget: Arc::new(AtomicI64::new(-1)),
        };
        let (way, to, cut, budget) = (it.way.clone(), it.to.clone(), it.cut.clone(), it.budget.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let target = *to.borrow();
                if *way.borrow() == Way::Refuse {
                    continue;
                }
                let Ok(far) = TcpStream::connect(target).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(carry(near_in, far_out, way.clone(), cut.clone(), Some(budget.clone())));
                tokio::spawn(carry(far_in, near_out, way.clone(), cut.clone(), None));
            }
        });
        it
    }

    fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Every line that stands is cut, and none comes up until the way is open again.
    fn cut(&self) {
        self.set(Way::Refuse);
        self.cut.send_modify(|it| *it += 1);
    }
}

/// One direction, until it is cut.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    way: Arc<watch::Sender<Way>>,
    cut: Arc<watch::Sender<u64>>,
    budget: Option<Arc<AtomicI64>>,
) {
    let (mut way, mut cuts) = (way.subscribe(), cut.subscribe());
    cuts.mark_unchanged();
    let mut buffer = vec![0; 4_096];
    let work = async {
        loop {
            let n = from.read(&mut buffer).await.unwrap_or(0);
            if n == 0 {
                return;
            }
            if way.wait_for(|it| *it != Way::Stall).await.is_err() {
                return;
            }
            let left = budget.as_ref().map_or(-1, |it| it.load(Ordering::SeqCst));
            let through = if left < 0 {
                n
            } else {
                n.min(usize::try_from(left).unwrap())
            };
            if to.write_all(&buffer[..through]).await.is_err() {
                return;
            }
            if let (Some(budget), true) = (&budget, left >= 0) {
                budget.fetch_sub(i64::try_from(through).unwrap(), Ordering::SeqCst);
                if through < n {
                    cut.send_modify(|it| *it += 1);
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        _ = cuts.changed() => {}
    }
}

/// Serves a town on a port of its own.
async fn served(town: &Town) -> Serving {
    let mut app = town.test.app.clone();
    let mut config = Config::clone(&app.config);
    config.http.listen = "127.0.0.1:0".parse().unwrap();
    config.http.workers = Some(1);
    app.config = Arc::new(config);
    serve(app).await.unwrap()
}

/// Another database on the same kind of store.
async fn another(db: &Database) -> Database {
    if db.folder().is_some() {
        Database::sqlite().await
    } else {
        Database::postgres().await
    }
}

/// A street is let in: its id and its key.
async fn let_in(district: &Town, label: &str) -> (NodeId, String) {
    let asked = json!({"label": label, "areas": [STREET]});
    let made = district.post("admin", "/api/v1/district/streets", asked).await.ok();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    (id, made["key"].as_str().unwrap().to_owned())
}

/// A street of a town's size that reports through a proxy.
async fn street(db: Database, keys: &tempfile::TempDir, at: SocketAddr, node: NodeId, key: &str) -> Town {
    let file: PathBuf = keys.path().join(format!("{node}.key"));
    std::fs::write(&file, format!("{key}\n")).unwrap();
    let town = Town::start_with(db, move |config| {
        config.link.district = Some(format!("ws://{at}"));
        config.link.node = Some(node);
        config.link.key_file = Some(file.clone());
        config.link.phone = Some(PHONE.to_owned());
    })
    .await;
    report(&town);
    town
}

/// The line begins to work.
fn report(street: &Town) {
    let app = &street.test.app;
    let uplink = app.uplink.clone().expect("there is a district");
    app.workers().spawn(uplink.run(app.stopping().clone()));
}

/// A district with one street.
struct Pair {
    district: Town,
    serving: Serving,
    street: Town,
    proxy: Proxy,
    node: NodeId,
    keys: tempfile::TempDir,
}

impl Pair {
    async fn start(db: Database) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let other = another(&db).await;
        let district = Town::start(db).await;
        let serving = served(&district).await;
        let proxy = Proxy::start(serving.addresses[0]).await;
        let (node, key) = let_in(&district, "杨村街道").await;
        let street = street(other, &keys, proxy.at, node, &key).await;
        Self {
            district,
            serving,
            street,
            proxy,
            node,
            keys,
        }
    }

    async fn board(&self) -> Value {
        self.district.get("desk", "/api/v1/district/board").await.ok()
    }

    async fn row(&self) -> Value {
        self.board().await["streets"][0].clone()
    }

    /// Time passes on both ends.
    fn advance(&self, seconds: u64) {
        self.district.test.advance(seconds);
        self.street.test.advance(seconds);
    }

    /// Waits for a state; `seconds` pass on both ends whenever it is not there yet.
    async fn wait(&self, what: &str, seconds: u64, is_so: impl AsyncFn(&Self) -> bool) {
        let waited = async {
            while !is_so(self).await {
                self.advance(seconds);
                // Long beside a second of the clock: what the network brings comes before what the clock ends.
                let moment = Duration::from_millis(if seconds > 0 { 200 } else { 20 });
                let _ = tokio::time::timeout(moment, std::future::pending::<()>()).await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, waited).await;
        let standing = self.street.test.app.uplink.as_ref().unwrap().standing();
        assert!(done.is_ok(), "not so: {what}; {standing:?}; {}", self.board().await);
    }

    async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        self.wait(what, 0, is_so).await;
    }

    async fn until_turning(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        self.wait(what, 1, is_so).await;
    }

    /// The district has everything that the street has.
    async fn level(&self) {
        self.until_turning("the district is level with the street", async |it| {
            let standing = it.street.test.app.uplink.as_ref().unwrap().standing();
            let row = it.row().await;
            standing.down.is_none() && standing.behind == 0 && row["link"] == "up" && row["figures"].is_object()
        })
        .await;
    }

    /// What is open in the street, as each end knows it: id, version, state.
    async fn same(&self) -> bool {
        let ours = self.street.test.app.store.snapshot().await.unwrap().cases;
        let mut ours: Vec<(CaseId, u32, State)> = ours
            .iter()
            .filter(|it| it.case.state != State::Resolved)
            .map(|it| (it.case.id, it.case.version, it.case.state))
            .collect();
        let theirs = self.district.test.app.store.street_cases(self.node).await.unwrap();
        let mut theirs: Vec<(CaseId, u32, State)> = theirs.iter().map(|it| (it.case, it.version, it.state)).collect();
        ours.sort();
        theirs.sort();
        ours == theirs
    }

    async fn refer(&self, case: CaseId, reason: &str) -> String {
        let made = post(&self.street, case, "refer", json!({"to": "district", "reason": reason})).await;
        let all = made["case"]["referrals"].as_array().unwrap();
        all.last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn answer(&self, handup: &str, key: &str, body: Value) -> Value {
        let path = format!("/api/v1/district/streets/{}/handups/{handup}/answers", self.node);
        self.district.post_once("desk", &path, key, body).await.ok()
    }

    async fn referral(&self, case: CaseId) -> Value {
        let seen = self.street.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        seen["referrals"][0].clone()
    }

    /// The street dies and comes back on the same database; nothing but rows goes with it.
    async fn restart_street(mut self) -> Self {
        self.street = self.street.restart().await;
        self.street.forget_tokens();
        report(&self.street);
        self
    }

    async fn restart_district(mut self) -> Self {
        self.proxy.cut();
        self.district.test.app.stopping().cancel();
        self.serving.finished().await.unwrap();
        self.district = self.district.restart().await;
        self.district.forget_tokens();
        self.serving = served(&self.district).await;
        self.proxy.to.send_replace(self.serving.addresses[0]);
        self
    }

    async fn stop(self) {
        self.street.test.app.stop().await;
        self.district.test.app.stopping().cancel();
        self.serving.finished().await.unwrap();
        self.district.test.app.stop().await;
        drop(self.keys);
    }
}

async fn post(town: &Town, case: CaseId, what: &str, body: Value) -> Value {
    town.post("desk", &format!("/api/v1/cases/{case}/{what}"), body)
        .await
        .ok()
}

/// How often each kind of event stands in the log of a case.
async fn events(town: &Town, case: CaseId, kind: &str) -> usize {
    let log = town
        .get("desk", &format!("/api/v1/cases/{case}/events?limit=500"))
        .await
        .ok();
    let all = log["items"].as_array().unwrap();
    all.iter().filter(|it| it["type"] == kind).count()
}

/// A line that says what a test says.
struct Raw(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Raw {
    async fn open(at: SocketAddr) -> Self {
        Self(connect_async(format!("ws://{at}/api/v1/link")).await.unwrap().0)
    }

    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or the number of the close.
    async fn next(&mut self) -> Result<Value, u16> {
        let heard = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(why))) => return Err(why.map_or(1005, |it| u16::from(it.code))),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(1006),
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("something is said")
    }

    async fn taken(&mut self) -> u64 {
        let frame = self.next().await.unwrap();
        assert_eq!(frame["type"], "taken", "{frame}");
        frame["seq"].as_u64().unwrap()
    }

    /// Says hello as a street whose log goes up to `head`; the welcome.
    async fn hello(at: SocketAddr, node: NodeId, key: &str, epoch: u128, head: i64) -> (Self, Value) {
        let mut line = Self::open(at).await;
        line.say(hello(node, key, epoch, head)).await;
        let welcome = line.next().await.unwrap();
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        (line, welcome)
    }
}

fn hello(node: NodeId, key: &str, epoch: u128, head: i64) -> Value {
    json!({"type": "hello", "version": 1, "node": node, "key": key, "epoch": Uuid::from_u128(epoch), "heads": {STREET: head}})
}

/// A case as a street tells it.
fn told(n: u128, version: u32, state: &str) -> Value {
    json!({
        "case": CaseId::new(Uuid::from_u128(n)), "version": version, "number": format!("20260225-120114001-{n:04}"),
        "kind": "sos", "severity": "critical", "state": state, "tier": "home", "area": "120114001001001",
        "opened_at": "2026-02-25T06:13:20Z", "unanswered": state == "ringing",
    })
}

fn part(seq: u64, after: i64, upto: i64, cases: Value) -> Value {
    json!({"type": "cases", "seq": seq, "of": {"stream": STREET, "after": after, "upto": upto}, "cases": cases})
}

both_stores! {
    async fn a_district_follows_its_street_and_learns_nothing_of_anybody(db: Database) {
        let pair = Pair::start(db).await;
        pair.level().await;
        let row = pair.row().await;
        assert_eq!((&row["critical"], &row["unanswered"], &row["rings"]), (&json!(0), &json!(0), &json!(false)), "{row}");
        assert_eq!(row["figures"]["on_duty"], 4, "families are not counted: {row}");
        let case = pair.street.press().await;
        pair.until("a call is on the board without the clock", async |it| it.row().await["unanswered"] == 1).await;
        let row = pair.row().await;
        assert_eq!(row["oldest_at"], json!(pair.street.view(case).await.case.opened_at.to_string()));
        pair.street.post("desk", &format!("/api/v1/cases/{case}/take"), json!({})).await.ok();
        pair.until("somebody has it in hand", async |it| it.row().await["unanswered"] == 0).await;
        assert_eq!(pair.row().await["critical"], 1);
        // Figures come with the minute.
        pair.until_turning("the figures of the next minute", async |it| it.row().await["figures"]["calls_today"] == 1).await;
        let listed = pair.district.get("auditor", &format!("/api/v1/district/streets/{}/cases", pair.node)).await.ok();
        let seen = &listed["items"][0];
        assert_eq!((&seen["kind"], &seen["area"]["area_name"], &seen["tier"]), (&json!("sos"), &json!("第一网格"), &json!("home")), "{seen}");
        assert_eq!(seen["number"], json!(&*pair.street.view(case).await.number));
        let kept = serde_json::to_string(&pair.district.test.app.store.street_cases(pair.node).await.unwrap()).unwrap();
        for text in [&listed.to_string(), &pair.board().await.to_string(), &kept] {
            for secret in ["老人0", "泉州路", "13900000001", "4711", "高血压", "elder_"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        // Practice stays in the street.
        let mut drill = alert(1, "sos", "practice");
        drill.drill = true;
        let drill = pair.street.test.app.desk.report(drill).await.unwrap().case;
        post(&pair.street, case, "voice-result", json!({"result": "fine"})).await;
        pair.until_turning("it is over", async |it| it.row().await["critical"] == 0).await;
        pair.level().await;
        assert!(!pair.district.test.app.store.street_cases(pair.node).await.unwrap().iter().any(|it| it.case == drill));
        // Of another street's desk there is nothing to see.
        assert_eq!(pair.district.get("far_desk", "/api/v1/district/board").await.ok()["streets"], json!([]));
        assert_eq!(pair.district.get("far_desk", &format!("/api/v1/district/streets/{}/cases", pair.node)).await.problem(), (404, "street_not_found"));
        let up = pair.street.get("desk", "/api/v1/district/uplink").await.ok();
        assert_eq!((&up["configured"], &up["up"], &up["behind"]), (&json!(true), &json!(true), &json!(0)), "{up}");
        pair.stop().await;
    }

    async fn a_hand_up_is_answered_and_the_answer_is_an_event_of_its_case(db: Database) {
        let pair = Pair::start(db).await;
        pair.level().await;
        let case = pair.street.press().await;
        post(&pair.street, case, "voice-result", json!({"result": "needs_help"})).await;
        let refer = format!("/api/v1/cases/{case}/refer");
        for body in [json!({"to": "district"}), json!({"to": "district", "reason": "  "})] {
            let refused = pair.street.post("desk", &refer, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some("reason")), "{}", refused.text);
        }
        let handup = pair.refer(case, "三人被困，请求调集专业队").await;
        pair.until("it is known to have arrived", async |it| it.referral(case).await["handed"] == json!(["line"])).await;
        assert_eq!(pair.referral(case).await.get("call_instead"), None, "nobody need be called");
        let board = pair.board().await;
        let seen = &board["handups"][0];
        assert_eq!((&seen["id"], &seen["rings"], &seen["standing"]), (&json!(handup), &json!(true), &json!("waiting")), "{seen}");
        assert!(!board.to_string().contains("专业队"), "words are on no board: {board}");
        let path = format!("/api/v1/district/streets/{}/handups/{handup}", pair.node);
        assert_eq!(pair.district.get("desk", &path).await.ok()["reason"], "三人被困，请求调集专业队");
        assert_eq!(pair.district.get("auditor", &path).await.problem(), (403, "role_not_allowed"));
        let close = json!({"outcome": "handed_over", "proof": {"type": "voice_contact"}});
        let closing = format!("/api/v1/cases/{case}/close");
        assert_eq!(pair.street.post("desk", &closing, close.clone()).await.problem(), (409, "referral_open"));
        let answers = format!("{path}/answers");
        for (body, field) in [(json!({"answer": "advice"}), "text"), (json!({"answer": "maybe", "text": "x"}), "answer"), (json!({"answer": "taken", "text": "x", "by": "长".repeat(61)}), "by")] {
            let refused = pair.district.post("desk", &answers, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some(field)), "{}", refused.text);
        }
        let advice = json!({"answer": "advice", "text": "先转移到社区卫生站", "by": "区指挥中心 李"});
        let said = pair.answer(&handup, "one", advice.clone()).await;
        assert_eq!((&said["handup"]["rings"], &said["texts"][0]), (&json!(false), &json!("区指挥中心 李: 先转移到社区卫生站")));
        pair.answer(&handup, "one", advice).await;
        let other = pair.district.post_once("desk", &answers, "one", json!({"answer": "taken", "text": "我们来"})).await;
        assert_eq!(other.problem(), (422, "key_reused"));
        pair.until("the street has it", async |it| it.board().await["handups"][0]["answers"][0]["landed_at"].is_string()).await;
        pair.answer(&handup, "two", json!({"answer": "taken", "text": "消防支队已出发"})).await;
        pair.until("and the second", async |it| it.referral(case).await["answers"].as_array().is_some_and(|it| it.len() == 2)).await;
        let referral = pair.referral(case).await;
        assert!(referral["acknowledged_at"].is_string(), "{referral}");
        assert_eq!((&referral["answers"][0]["answer"], &referral["answers"][1]["answer"]), (&json!("advice"), &json!("taken")));
        assert_eq!(events(&pair.street, case, "referral_answered").await, 2, "each once");
        let log = pair.street.get("desk", &format!("/api/v1/cases/{case}/events?limit=500")).await.ok();
        let notes = pair.street.get("desk", &format!("/api/v1/cases/{case}/notes")).await.ok();
        assert!(!log.to_string().contains("消防支队") && notes.to_string().contains("消防支队已出发"), "{notes}");
        post(&pair.street, case, "close", close).await;
        pair.until("the district knows that it is over", async |it| it.board().await["handups"][0]["standing"] == "over").await;
        let late = pair.district.post("desk", &answers, json!({"answer": "advice", "text": "x"})).await;
        assert_eq!(late.problem(), (409, "handup_over"));
        let findings = pair.street.test.app.store.check().await.unwrap().found;
        assert!(findings.is_empty(), "{findings:?}");
        pair.stop().await;
    }

    async fn with_a_cut_line_it_waits_and_the_desk_sees_whom_to_call(db: Database) {
        let pair = Pair::start(db).await;
        pair.level().await;
        let case = pair.street.press().await;
        pair.until("the call is over there", async |it| it.same().await).await;
        pair.proxy.cut();
        pair.until("both ends know it", async |it| {
            it.row().await["link"] == "cut_off" && it.street.test.app.uplink.as_ref().unwrap().standing().down.is_some()
        }).await;
        assert_eq!(pair.row().await["critical"], 1, "what was known stays, and is not calm");
        let handup = pair.refer(case, "道路塌方").await;
        assert_eq!(pair.referral(case).await["call_instead"], PHONE);
        pair.until_turning("how far it is behind shows", async |it| {
            it.street.get("desk", "/api/v1/district/uplink").await.ok()["behind"].as_u64().unwrap() > 0
        }).await;
        let ready = pair.street.raw(actix_web::http::Method::GET, "/readyz", &[], "").await.ok();
        assert!(ready["warnings"].to_string().contains("district_link_down: since"), "{ready}");
        // The street dies, and what waits is in its log.
        let pair = pair.restart_street().await;
        pair.advance(1);
        assert_eq!(pair.board().await["handups"], json!([]));
        pair.proxy.set(Way::Open);
        pair.until_turning("it arrives", async |it| it.referral(case).await["handed"] == json!(["line"])).await;
        pair.level().await;
        assert!(pair.same().await);
        // Now the district answers into a cut line, and dies.
        pair.proxy.cut();
        pair.until("it is cut", async |it| it.row().await["link"] == "cut_off").await;
        pair.answer(&handup, "key", json!({"answer": "taken", "text": "区抢险队已派"})).await;
        let pair = pair.restart_district().await;
        assert_eq!(pair.referral(case).await.get("answers"), None);
        pair.proxy.set(Way::Open);
        pair.until_turning("the answer lands", async |it| it.board().await["handups"][0]["answers"][0]["landed_at"].is_string()).await;
        pair.level().await;
        assert_eq!(events(&pair.street, case, "referral_answered").await, 1, "once");
        assert_eq!(events(&pair.street, case, "referral_handed").await, 1, "once");
        assert_eq!(pair.board().await["handups"].as_array().unwrap().len(), 1);
        assert!(pair.same().await);
        pair.stop().await;
    }

    async fn a_line_that_breaks_in_the_middle_of_a_frame_loses_and_doubles_nothing(db: Database) {
        let pair = Pair::start(db).await;
        let app = &pair.street.test.app;
        pair.street.test.fill((0..6).map(|n| elder(n, Need::General)).collect(), vec![responder("G1", ResponderKind::GridWorker, 0.002)]).await;
        pair.level().await;
        let mut cases = Vec::new();
        for n in 0..6_u32 {
            // A little more gets through each time: within the hello, the first part, the second.
            pair.proxy.budget.store(i64::from(n) * 350 + 200, Ordering::SeqCst);
            let case = app.desk.report(alert(n, "sos", "x")).await.unwrap().case;
            if n % 2 == 0 {
                let referral = eldercare_dispatch::ids::ReferralId::new(app.ids.make());
                let to = eldercare_dispatch::case::Agency::District;
                app.desk.handle(case, Command::Refer { referral, to }, Author::System).await.unwrap();
            }
            cases.push(case);
            pair.until_turning("the line has broken", async |it| it.proxy.budget.load(Ordering::SeqCst) == 0).await;
        }
        let over = Command::Resolve { outcome: Outcome::HandedOver };
        app.desk.handle(cases[1], over, Author::System).await.unwrap();
        let _ = app.desk.handle(cases[1], Command::Close { outcome: None, proof: Proof::VoiceContact }, Author::System).await;
        pair.proxy.budget.store(-1, Ordering::SeqCst);
        pair.level().await;
        pair.until_turning("the same on both ends", async |it| it.same().await).await;
        let board = pair.board().await;
        assert_eq!(board["handups"].as_array().unwrap().len(), 3, "{board}");
        for case in [cases[0], cases[2], cases[4]] {
            pair.until("each is known to have arrived", async |it| events(&it.street, case, "referral_handed").await == 1).await;
        }
        pair.stop().await;
    }

    async fn a_line_that_stalls_is_cut_on_both_ends_and_shows_so(db: Database) {
        let pair = Pair::start(db).await;
        pair.level().await;
        pair.street.press().await;
        pair.until("the call is over there", async |it| it.row().await["critical"] == 1).await;
        pair.proxy.set(Way::Stall);
        pair.until_turning("nobody takes it for calm", async |it| it.row().await["link"] == "cut_off").await;
        let row = pair.row().await;
        assert!(row["since"].is_string() && row["critical"] == 1, "{row}");
        pair.until_turning("the street knows", async |it| it.street.test.app.uplink.as_ref().unwrap().standing().down.is_some()).await;
        pair.proxy.set(Way::Open);
        pair.level().await;
        assert!(pair.same().await);
        pair.stop().await;
    }

    async fn the_board_follows_two_streets_and_one_cut_line(db: Database) {
        let second_db = another(&db).await;
        let pair = Pair::start(db).await;
        let (node, key) = let_in(&pair.district, "徐官屯街道").await;
        let second = street(second_db, &pair.keys, pair.serving.addresses[0], node, &key).await;
        pair.level().await;
        let named = async |it: &Pair, label: &str| {
            let board = it.board().await;
            let all = board["streets"].as_array().unwrap();
            all.iter().find(|it| it["label"] == label).cloned().unwrap()
        };
        pair.until_turning("both are there", async |it| named(it, "徐官屯街道").await["link"] == "up").await;
        pair.proxy.cut();
        pair.until("one is cut off", async |it| named(it, "杨村街道").await["link"] == "cut_off").await;
        second.press().await;
        pair.street.press().await;
        pair.until("the other goes on", async |it| named(it, "徐官屯街道").await["critical"] == 1).await;
        assert_eq!(named(&pair, "杨村街道").await["critical"], 0);
        pair.proxy.set(Way::Open);
        pair.until_turning("and the first comes after", async |it| {
            let row = named(it, "杨村街道").await;
            row["link"] == "up" && row["critical"] == 1
        }).await;
        second.test.app.stop().await;
        pair.stop().await;
    }

    async fn what_a_line_brings_twice_too_early_or_as_another_is_not_taken(db: Database) {
        let district = Town::start(db).await;
        let serving = served(&district).await;
        let at = serving.addresses[0];
        let (node, key) = let_in(&district, "杨村街道").await;
        let ended = async |frames: Vec<Value>| {
            let mut line = Raw::open(at).await;
            for frame in frames {
                line.say(frame).await;
            }
            line.next().await.unwrap_err()
        };
        // Who it is comes first, by its key.
        assert_eq!(ended(vec![json!({"type": "ping"})]).await, 4400);
        assert_eq!(ended(vec![json!("what")]).await, 4400);
        assert_eq!(ended(vec![hello(node, "no key", 1, 0)]).await, 4401);
        assert_eq!(ended(vec![hello(node, &"A".repeat(43), 1, 0)]).await, 4401);
        let stranger = NodeId::new(Uuid::nil());
        assert_eq!(ended(vec![hello(stranger, &key, 1, 0)]).await, 4401);
        let mut other = hello(node, &key, 1, 0);
        other["version"] = json!(2);
        assert_eq!(ended(vec![other]).await, 4426);
        let mut silent = Raw::open(at).await;
        let mut huge = Raw::open(at).await;
        huge.say(json!({"type": "hello", "more": "x".repeat(FRAME_MAX)})).await;
        assert_eq!(huge.next().await.unwrap_err(), 1009);
        district.test.advance(5);
        assert_eq!(silent.next().await.unwrap_err(), 4408);
        // A beginning: before it is whole no part of the log counts, and the board says so.
        let (mut line, welcome) = Raw::hello(at, node, &key, 1, 9).await;
        assert_eq!((&welcome["heads"], &welcome["whole"]), (&json!({}), &json!(false)));
        line.say(json!({"type": "cases", "seq": 1, "cases": [told(1, 3, "ringing"), told(2, 1, "ringing")]})).await;
        assert_eq!(line.taken().await, 1);
        let row = async || district.get("desk", "/api/v1/district/board").await.ok()["streets"][0].clone();
        assert_eq!(row().await["link"], "beginning");
        line.say(json!({"type": "whole", "seq": 2, "heads": {STREET: 9}})).await;
        assert_eq!(line.taken().await, 2);
        assert_eq!((&row().await["link"], &row().await["critical"]), (&json!("up"), &json!(2)));
        // What comes next, the same again, and a late copy of what was before it.
        line.say(part(3, 9, 12, json!([told(1, 5, "closed"), told(3, 1, "ringing")]))).await;
        assert_eq!(line.taken().await, 3);
        for (seq, after, upto, cases) in [(3, 9, 12, json!([told(1, 5, "closed")])), (4, 9, 12, json!([told(1, 4, "ringing")])), (5, 3, 9, json!([told(1, 3, "ringing")]))] {
            line.say(part(seq, after, upto, cases)).await;
            assert_eq!(line.taken().await, seq);
        }
        assert_eq!(row().await["critical"], 2, "what is over does not come back");
        // Another place than its own is no place.
        let mut abroad = told(4, 1, "ringing");
        abroad["area"] = json!("110101001001001");
        line.say(part(6, 12, 13, json!([abroad]))).await;
        line.taken().await;
        let kept = district.test.app.store.street_cases(node).await.unwrap();
        assert!(kept.iter().filter(|it| it.number.ends_with("0004")).all(|it| it.area.is_none()), "{kept:?}");
        // Something is missing before this.
        line.say(part(7, 14, 15, json!([told(5, 1, "ringing")]))).await;
        assert_eq!(line.next().await.unwrap_err(), 4412);
        assert!(!district.test.app.store.street_cases(node).await.unwrap().iter().any(|it| it.number.ends_with("0005")));
        // The newest line counts, and an older one is told so before it is heard.
        let (mut older, welcome) = Raw::hello(at, node, &key, 1, 13).await;
        assert_eq!((&welcome["heads"][STREET], &welcome["whole"]), (&json!(13), &json!(true)));
        let (mut newer, _) = Raw::hello(at, node, &key, 1, 13).await;
        assert_eq!(older.next().await.unwrap_err(), 4409);
        newer.say(part(1, 13, 14, json!([]))).await;
        newer.taken().await;
        // Another history begins anew; what was known stays until the new is whole.
        let (mut anew, welcome) = Raw::hello(at, node, &key, 2, 3).await;
        assert_eq!((&welcome["heads"], &welcome["whole"]), (&json!({}), &json!(false)));
        assert_eq!((&row().await["link"], &row().await["critical"]), (&json!("beginning"), &json!(3)));
        anew.say(part(1, 3, 4, json!([]))).await;
        assert_eq!(anew.next().await.unwrap_err(), 4412, "it says first what is open");
        let (mut anew, _) = Raw::hello(at, node, &key, 2, 3).await;
        anew.say(json!({"type": "cases", "seq": 1, "cases": [told(3, 1, "ringing")]})).await;
        anew.taken().await;
        anew.say(json!({"type": "whole", "seq": 2, "heads": {STREET: 3}})).await;
        anew.taken().await;
        assert_eq!(row().await["critical"], 1);
        // The same history with a shorter log was put back, whatever it says.
        let (_, welcome) = Raw::hello(at, node, &key, 2, 2).await;
        assert_eq!((&welcome["heads"], &welcome["whole"]), (&json!({}), &json!(false)));
        // Shut out, its line ends and its key is good no more, until there is another.
        let (mut line, _) = Raw::hello(at, node, &key, 2, 3).await;
        assert_eq!(district.post("admin", &format!("/api/v1/district/streets/{node}/revoke"), json!({})).await.status, 204);
        assert_eq!(line.next().await.unwrap_err(), 4401);
        assert_eq!(ended(vec![hello(node, &key, 2, 3)]).await, 4401);
        let renewed = district.post("admin", &format!("/api/v1/district/streets/{node}/key"), json!({})).await.ok();
        assert_eq!(ended(vec![hello(node, &key, 2, 3)]).await, 4401, "the key before");
        let (mut line, _) = Raw::hello(at, node, renewed["key"].as_str().unwrap(), 2, 3).await;
        // A flood is read at its pace, and the line stands.
        for _ in 0..BURST + 36 {
            line.say(json!({"type": "ping"})).await;
        }
        for _ in 0..BURST {
            assert_eq!(line.next().await.unwrap()["type"], "pong");
        }
        assert_eq!(line.next().await.unwrap()["type"], "pong", "the one that was read when the pace was even");
        assert!(tokio::time::timeout(Duration::from_millis(300), line.next()).await.is_err(), "the rest waits");
        district.test.advance(2);
        for _ in 0..35 {
            assert_eq!(line.next().await.unwrap()["type"], "pong");
        }
        // Nobody hears it any more.
        district.test.advance(30);
        assert_eq!(line.next().await.unwrap_err(), 4408);
        district.test.app.stopping().cancel();
        serving.finished().await.unwrap();
        district.test.app.stop().await;
    }
}
