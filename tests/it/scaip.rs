//! Home alarm units that speak SCAIP, on real sockets against the running service.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Author, Command, Kind, Lane, Outcome, Proof, State, Subject, Voice};
use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::intake::scaip::{self, Listening};
use eldercare_dispatch::people::{Device, DeviceBinding, DeviceKind, Need, Protocol, Terminal, Tier, device_id};
use eldercare_dispatch::store::cases::{AlertView, CaseFilter, CaseView};
use eldercare_dispatch::store::{Store, write_lock_first};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, TransactionTrait as _};
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::drills::{Ears, test_device};
use crate::harness::street::{elder, elder_of};
use crate::harness::{Database, TestApp, both_stores};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nothing comes: waited for in earnest only as long as a machine needs to do what it should not.
const QUIET: Duration = Duration::from_millis(300);

/// The controller of elder 0.
pub const CONTROLLER: &str = "12011400001";

/// A street whose homes have alarm units.
pub struct Units {
    pub test: TestApp,
    pub at: Listening,
}

impl Units {
    pub async fn start(db: Database) -> Self {
        Self::start_with(db, |_| {}).await
    }

    pub async fn start_with(db: Database, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let test = TestApp::start_with(db, move |config| {
            config.scaip.udp = Some("127.0.0.1:0".parse().unwrap());
            adjust(config);
        })
        .await;
        test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], vec![])
            .await;
        let units = Self {
            at: scaip::listen(&test.app).await.unwrap(),
            test,
        };
        units.file(0, CONTROLLER, None).await;
        units
    }

    pub async fn restart(self) -> Self {
        let test = self.test.restart().await;
        Self {
            at: scaip::listen(&test.app).await.unwrap(),
            test,
        }
    }

    /// Files a unit of elder `n`.
    pub async fn file(&self, n: u32, controller: &str, model: Option<&str>) {
        let device = Device {
            id: device_id(controller),
            code: controller.to_owned(),
            kind: DeviceKind::Pendant,
            binding: Some(DeviceBinding::Elder(elder_of(n))),
            model: model.map(str::to_owned),
            crs: None,
            voice_path: true,
            place: None,
            terminal: Some(Terminal {
                protocol: Protocol::Scaip,
                number: controller.to_owned(),
            }),
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        let store = &self.test.app.store;
        store.put_devices(vec![device], self.test.clock.now()).await.unwrap();
        self.test.app.refresh_picture(true).await.unwrap();
    }

    pub async fn unit(&self) -> Unit {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(self.at.address("udp").unwrap()).await.unwrap();
        Unit {
            socket,
            extra: String::new(),
        }
    }

    pub async fn cases(&self) -> Vec<CaseView> {
        let store = &self.test.app.store;
        let page = store.list_cases(&CaseFilter::default(), None, 100).await.unwrap();
        page.items
    }

    pub async fn alerts(&self, case: &CaseView) -> Vec<AlertView> {
        self.test.app.store.alerts_of(case.case.id).await.unwrap()
    }

    /// What was sealed of an alert.
    pub fn content(&self, alert: &AlertView) -> Value {
        let ring = self.test.app.store.keys().unwrap();
        let text = ring
            .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
            .unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    pub async fn quarantined(&self) -> Vec<(String, String, i64)> {
        let rows = self.test.app.store.quarantined(None, 100).await.unwrap();
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|it| (it.claimed_device, it.reason, it.count))
            .collect();
        rows.sort();
        rows
    }

    async fn handle(&self, case: &CaseView, command: Command) {
        let by = Author::User(UserId::new(uuid::Uuid::from_u128(1)));
        self.test.app.desk.handle(case.case.id, command, by).await.unwrap();
    }

    /// Somebody begins to test the unit of elder 0, or ends it.
    async fn test(&self, begins: bool) {
        let minutes = if begins { 60 } else { 0 };
        test_device(&self.test, device_id(CONTROLLER), minutes).await;
    }

    /// Closed as a false alarm.
    async fn close(&self, case: &CaseView) {
        let result = Voice::NeedsHelp;
        self.handle(case, Command::VoiceResult { result }).await;
        let (outcome, proof) = (Some(Outcome::FalseAlarm), Proof::VoiceContact);
        self.handle(case, Command::Close { outcome, proof }).await;
        assert_eq!(self.cases().await[0].case.state, State::Closed);
    }
}

/// Somebody else who holds the store.
pub struct Held {
    transaction: DatabaseTransaction,
    _store: Store,
}

impl Held {
    pub async fn let_go(self) {
        self.transaction.rollback().await.unwrap();
    }
}

/// Somebody else holds the store, and nothing can be written.
pub async fn hold(units: &Units) -> Held {
    let other = units.test.db.open().await;
    let held = other.writer().begin_with_options(write_lock_first()).await.unwrap();
    if units.test.db.folder().is_none() {
        let lock = "LOCK TABLE alert IN ACCESS EXCLUSIVE MODE";
        held.execute_unprepared(lock).await.unwrap();
    }
    Held {
        transaction: held,
        _store: other,
    }
}

/// Lets time pass while the service works.
pub async fn while_time_passes<T>(units: &Units, what: impl Future<Output = T>) -> T {
    tokio::pin!(what);
    let waited = async {
        loop {
            match tokio::time::timeout(Duration::from_millis(20), &mut what).await {
                Ok(done) => return done,
                Err(_) => units.test.advance(1),
            }
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("nothing happened")
}

/// A number that no other message of this process has.
pub fn fresh() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A request of SIP around a body.
pub fn envelope(transport: &str, port: u16, branch: &str, from: &str, extra: &str, body: &str) -> String {
    format!(
        "MESSAGE sip:arc@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:{port};branch={branch}\r\nMax-Forwards: 70\r\n\
        From: {from}\r\nTo: <sip:arc@127.0.0.1>\r\nCall-ID: {branch}@unit\r\nCSeq: 1 MESSAGE\r\nContact: <sip:unit@127.0.0.1:{port}>\r\n\
        {extra}Content-Type: application/scaip+xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The value of a header.
pub fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {message}"))
}

/// What a unit says to a message that it has taken.
pub fn taken(message: &str) -> String {
    let kept = ["Via", "From", "To", "Call-ID", "CSeq"].map(|it| format!("{it}: {}\r\n", header(message, it)));
    format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", kept.concat())
}

pub fn body_of(message: &str) -> &str {
    message.split_once("\r\n\r\n").unwrap().1
}

/// An alarm unit that speaks by datagrams.
pub struct Unit {
    pub socket: UdpSocket,
    /// Headers that it adds.
    pub extra: String,
}

impl Unit {
    fn wrapped(&self, body: &str) -> String {
        let from = format!("<sip:{CONTROLLER}@unit.invalid>;tag={}", fresh());
        let port = self.socket.local_addr().unwrap().port();
        envelope("UDP", port, &format!("z9hG4bK{}", fresh()), &from, &self.extra, body)
    }

    pub async fn send(&self, datagram: impl AsRef<[u8]>) {
        self.socket.send(datagram.as_ref()).await.unwrap();
    }

    /// The next datagram.
    pub async fn hear(&self) -> String {
        let mut bytes = vec![0; 65_536];
        let count = tokio::time::timeout(PATIENCE, self.socket.recv(&mut bytes)).await;
        let count = count.expect("nothing was said").unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    /// Nothing is said.
    pub async fn hears_nothing(&self) {
        let mut bytes = vec![0; 65_536];
        if let Ok(count) = tokio::time::timeout(QUIET, self.socket.recv(&mut bytes)).await {
            panic!("{}", String::from_utf8_lossy(&bytes[..count.unwrap()]));
        }
    }

    /// The next datagram is an answer of SIP.
    pub async fn hears(&self, status: &str) -> String {
        let heard = self.hear().await;
        assert!(heard.starts_with(&format!("SIP/2.0 {status} ")), "{heard}");
        heard
    }

    /// The next datagram is a message with an answer; it is taken.
    pub async fn is_told(&self) -> String {
        let heard = self.hear().await;
        assert!(heard.starts_with("MESSAGE "), "{heard}");
        assert_eq!(header(&heard, "Content-Type"), "application/scaip+xml");
        self.send(taken(&heard)).await;
        body_of(&heard).to_owned()
    }

    /// Says something; SIP takes it at once, and then comes this.
    pub async fn says(&self, body: &str, wanted: &str) {
        self.send(self.wrapped(body)).await;
        self.hears("200").await;
        assert_eq!(self.is_told().await, wanted, "{body}");
    }
}

/// A request of the unit of elder 0.
pub fn mrq(reference: &str, inner: &str) -> String {
    format!("<mrq><ref>{reference}</ref><cid>{CONTROLLER}</cid>{inner}</mrq>")
}

pub fn mrs(reference: &str, code: u8, text: &str) -> String {
    let text = if text.is_empty() {
        String::new()
    } else {
        format!("<ste>{text}</ste>")
    };
    format!("<mrs><ref>{reference}</ref><snu>{code}</snu>{text}</mrs>")
}

/// A press of the pendant.
pub const PRESS: &str = "<dty>0003</dty><stc>0010</stc>";

both_stores! {
    async fn a_call_is_in_a_case_when_the_unit_is_told_so(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let body = "<mrq>\n  <ref>WQYC20260001</ref><ver>01.00</ver><mty>ME</mty><cid>12011400001</cid><dty>0005</dty>\
            <did>PENDANT-7</did><stc>0009</stc><pri>9</pri><lge><geo>39.380000,117.060000</geo></lge><lte>卫生间</lte></mrq>";
        unit.says(body, &mrs("WQYC20260001", 0, "")).await;
        let cases = units.cases().await;
        assert_eq!(cases.len(), 1);
        assert_eq!((cases[0].case.subject, cases[0].case.kind), (Subject::Elder(elder_of(0)), Kind::Fall));
        let alerts = units.alerts(&cases[0]).await;
        let content = units.content(&alerts[0]);
        assert_eq!(content["reading"]["said"], "fall detector: automatic alarm");
        assert_eq!((&content["reading"]["protocol"], &content["reading"]["terminal"]), (&json!("scaip"), &json!(CONTROLLER)));
        assert_eq!(content["reading"]["scaip"]["lte"], "卫生间");
        assert_eq!((content["position"]["lat"].as_f64(), content["position"]["crs"].as_str()), (Some(39.38), Some("wgs84")));
        assert_eq!((content["warnings"].clone(), alerts[0].occurred_at), (Value::Null, None));
        // As it came: it can be read again.
        let raw = STANDARD.decode(content["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw, body.as_bytes());
        assert!(scaip::body::read(&raw, 16_384).request.calls());
    }

    async fn sip_is_answered_at_once_and_the_unit_when_it_is_durable(db: Database) {
        let mut db = db;
        (db.config.lock_within_ms, db.config.acquire_within_ms) = (60_000, 60_000);
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let held = hold(&units).await;
        #[allow(clippy::disallowed_methods)]
        let began = std::time::Instant::now();
        unit.send(unit.wrapped(&mrq("R1", PRESS))).await;
        unit.hears("200").await;
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
        unit.hears_nothing().await;
        held.let_go().await;
        assert_eq!(unit.is_told().await, mrs("R1", 0, ""));
        assert_eq!(units.cases().await.len(), 1);
    }

    async fn what_cannot_be_kept_is_not_treated(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        units.test.app.store.close().await;
        unit.send(unit.wrapped(&mrq("R1", PRESS))).await;
        unit.hears("200").await;
        assert_eq!(while_time_passes(&units, unit.is_told()).await, mrs("R1", 5, "not treated"));
    }

    async fn what_is_said_again_is_one_alert(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        // The same datagram three times: the stack answers it by itself.
        let first = unit.wrapped(&mrq("R1", PRESS));
        unit.send(&first).await;
        unit.hears("200").await;
        assert_eq!(unit.is_told().await, mrs("R1", 0, ""));
        for _ in 0..2 {
            unit.send(&first).await;
            unit.hears("200").await;
            unit.hears_nothing().await;
        }
        // A new transaction: the unit has had no answer, and says it again.
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        let count = async || units.alerts(&units.cases().await[0]).await.len();
        assert_eq!(count().await, 1);
        // Another reference is another press; so are other words.
        unit.says(&mrq("R2", PRESS), &mrs("R2", 0, "")).await;
        unit.says(&mrq("R1", &format!("{PRESS}<ver>01.00</ver>")), &mrs("R1", 0, "")).await;
        assert_eq!(count().await, 3);
        // Also across a restart.
        let units = units.restart().await;
        let unit = units.unit().await;
        unit.says(&mrq("R2", PRESS), &mrs("R2", 0, "")).await;
        let count = async || units.alerts(&units.cases().await[0]).await.len();
        assert_eq!(count().await, 3);
        // Ten minutes after the first time it is another alarm of a unit that was off, and counts from 1 again.
        units.test.advance(540);
        unit.says(&mrq("R2", PRESS), &mrs("R2", 0, "")).await;
        assert_eq!(count().await, 3);
        units.test.advance(61);
        unit.says(&mrq("R2", PRESS), &mrs("R2", 0, "")).await;
        assert_eq!((count().await, units.cases().await.len()), (4, 1));
    }

    async fn a_unit_that_counts_from_1_again_is_heard_whatever_became_of_its_first_call(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        unit.says(&mrq("1", PRESS), &mrs("1", 0, "")).await;
        units.test.advance(120);
        units.close(&units.cases().await[0]).await;
        // It was without current, and somebody presses.
        units.test.advance(180);
        unit.says(&mrq("1", PRESS), &mrs("1", 0, "")).await;
        // All of them, and those that ring.
        let calls = async |units: &Units| {
            let cases = units.cases().await;
            let ring = cases.iter().filter(|it| it.case.kind == Kind::Sos && it.case.state == State::Ringing).count();
            (cases.iter().filter(|it| it.case.kind == Kind::Sos).count(), ring)
        };
        assert_eq!(calls(&units).await, (2, 1));
        for it in units.cases().await.iter().filter(|it| it.case.state == State::Ringing) {
            units.close(it).await;
        }
        // So it is when we have been started anew meanwhile: the store still has the answer of the first time.
        let units = units.restart().await;
        units.test.advance(3 * 3_600);
        let unit = units.unit().await;
        unit.says(&mrq("1", PRESS), &mrs("1", 0, "")).await;
        assert_eq!(calls(&units).await, (3, 1));
        unit.says(&mrq("1", PRESS), &mrs("1", 0, "")).await;
        assert_eq!(calls(&units).await, (3, 1));
    }

    async fn a_constant_branch_and_a_missing_tag_hide_no_alarm(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let port = unit.socket.local_addr().unwrap().port();
        for (n, reference) in ["R1", "R2"].into_iter().enumerate() {
            let body = mrq(reference, PRESS);
            unit.send(envelope("UDP", port, "z9hG4bK-same", &format!("<sip:{CONTROLLER}@unit>"), "", &body)).await;
            let heard = unit.hears("200").await;
            assert_eq!(header(&heard, "From"), format!("<sip:{CONTROLLER}@unit>"));
            assert_eq!(header(&heard, "Via"), format!("SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-same"));
            assert_eq!(unit.is_told().await, mrs(reference, 0, ""));
            assert_eq!(units.alerts(&units.cases().await[0]).await.len(), n + 1);
        }
    }

    async fn more_about_a_call_joins_it_and_calls_nobody_anew_afterwards(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        unit.says(&mrq("R1", "<dty>0005</dty><stc>0009</stc><ame>1</ame>"), &mrs("R1", 0, "")).await;
        // The next part of a message that was split, and a place.
        units.test.advance(1);
        unit.says(&mrq("R1", "<dty>0005</dty><stc>0009</stc><ite>second part</ite><ame>0</ame>"), &mrs("R1", 0, "")).await;
        units.test.advance(1);
        let more = "<mty>IN</mty><dty>0005</dty><lge><geo>39.3805,117.0607</geo></lge>";
        unit.says(&mrq("R1", more), &mrs("R1", 0, "")).await;
        let cases = units.cases().await;
        let alerts = units.alerts(&cases[0]).await;
        assert_eq!((cases.len(), alerts.len()), (1, 3));
        assert!(alerts.iter().all(|it| it.kind == "fall"), "{alerts:?}");
        assert_eq!(units.content(&alerts[1])["reading"]["scaip"]["ite"], "second part");
        assert_eq!(units.content(&alerts[2])["position"]["lat"].as_f64(), Some(39.3805));
        // After a restart it is found in the store.
        let units = units.restart().await;
        let unit = units.unit().await;
        unit.says(&mrq("R1", "<mty>IN</mty><dty>0051</dty><ite>third</ite>"), &mrs("R1", 0, "")).await;
        let alerts = units.alerts(&units.cases().await[0]).await;
        assert_eq!(alerts.len(), 4);
        assert!(alerts.iter().all(|it| it.kind == "fall"), "it is about the fall, whatever has sent it: {alerts:?}");
        units.close(&cases[0]).await;
        // What still comes stands beside the case, once.
        for _ in 0..2 {
            unit.says(&mrq("R1", "<mty>IN</mty><dty>0005</dty><ite>late</ite>"), &mrs("R1", 0, "")).await;
        }
        let notes = units.test.app.store.notes_of(cases[0].case.id).await.unwrap();
        assert_eq!((units.cases().await.len(), notes.len()), (1, 1));
        // More about what nobody has heard of is a call.
        unit.says(&mrq("R9", "<mty>IN</mty><dty>0003</dty><stc>0010</stc>"), &mrs("R9", 0, "")).await;
        assert_eq!(units.cases().await.len(), 2);
    }

    async fn a_reset_marks_and_closes_nothing(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        unit.says(&mrq("R1", "<mty>RE</mty><dty>0003</dty><stc>0093</stc>"), &mrs("R1", 0, "")).await;
        let case = &units.cases().await[0];
        assert_eq!((case.case.state, case.case.withdrawn), (State::Ringing, true));
        assert_eq!(units.alerts(case).await.len(), 1);
        // A reset of nothing is nothing.
        unit.says(&mrq("R7", "<mty>RE</mty><dty>0003</dty>"), &mrs("R7", 0, "")).await;
        assert_eq!(units.cases().await.len(), 1);
    }

    async fn a_heartbeat_is_heard_and_its_interval_set(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let heard = || units.test.app.signs.of(device_id(CONTROLLER)).map(|it| it.heard_at);
        assert_eq!(heard(), None);
        // Whatever status it carries.
        let beat = "<mty>PI</mty><hbo>001</hbo><dty>0002</dty><stc>0009</stc>";
        unit.says(&mrq("HB1", beat), "<mrs><ref>HB1</ref><snu>0</snu><hbi>60</hbi></mrs>").await;
        assert_eq!(heard(), Some(units.test.clock.now()));
        // One whose interval is fixed is told none.
        unit.says(&mrq("HB2", "<mty>PI</mty><dty>0002</dty>"), &mrs("HB2", 0, "")).await;
        assert_eq!(units.cases().await.len(), 0);
        let device = units.test.app.picture.device(device_id(CONTROLLER)).unwrap();
        let awaited = units.test.app.supervision.beat(&device).unwrap();
        assert_eq!(awaited.as_secs(), 3_600, "what it is told is what it is awaited by");
    }

    async fn what_is_the_matter_with_the_unit_is_no_call_for_help(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        unit.says(&mrq("T1", "<dty>0003</dty><stc>0016</stc>"), &mrs("T1", 0, "")).await;
        // Each heartbeat says so for as long as it lasts.
        unit.says(&mrq("T2", "<mty>PI</mty><dty>0002</dty><stc>0016</stc>"), &mrs("T2", 0, "")).await;
        let cases = units.cases().await;
        assert_eq!((cases.len(), cases[0].case.kind, cases[0].case.lane), (1, Kind::LowBattery, Lane::Technical));
        assert_eq!(units.alerts(&cases[0]).await.len(), 1);
        let (signs, id) = (&units.test.app.signs, device_id(CONTROLLER));
        assert!(signs.lasts(id, Kind::LowBattery));
        unit.says(&mrq("T3", "<dty>0003</dty><stc>0015</stc>"), &mrs("T3", 0, "")).await;
        assert!(!signs.lasts(id, Kind::LowBattery) && signs.over_since(id, Kind::LowBattery).is_some());
        // States and tests are heard, and no case.
        unit.says(&mrq("T4", "<dty>0002</dty><stc>0102</stc>"), &mrs("T4", 0, "")).await;
        assert_eq!(units.cases().await.len(), 1);
    }

    async fn what_a_unit_says_of_itself_ends_by_its_word_and_not_by_a_cancelled_press(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let open = async |units: &Units, kind: Kind| {
            let cases = units.cases().await;
            cases.iter().filter(|it| it.case.state.is_open() && it.case.kind == kind && !it.case.is_test()).count()
        };
        unit.says(&mrq("T1", "<dty>0002</dty><stc>0016</stc>"), &mrs("T1", 0, "")).await;
        unit.says(&mrq("T2", "<dty>0002</dty><stc>0023</stc>"), &mrs("T2", 0, "")).await;
        // A press that is taken back: of the battery it says nothing.
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        unit.says(&mrq("R1", "<dty>0003</dty><stc>0019</stc>"), &mrs("R1", 0, "")).await;
        let beat = async |n: u32| unit.says(&mrq(&format!("B{n}"), "<mty>PI</mty><dty>0002</dty>"), &mrs(&format!("B{n}"), 0, "")).await;
        for n in 0..3 {
            units.test.advance(10);
            beat(n).await;
            crate::supervision::pass(&units.test, 320).await;
        }
        let all = [open(&units, Kind::LowBattery).await, open(&units, Kind::LinkLoss).await];
        assert_eq!(all, [1, 1], "a link that is lost by its own word is lost, however often it is heard");
        // Started anew, we do not remember what lasts, and take its word that it is over.
        let units = units.restart().await;
        let unit = units.unit().await;
        unit.says(&mrq("T3", "<dty>0002</dty><stc>0015</stc>"), &mrs("T3", 0, "")).await;
        unit.says(&mrq("T4", "<dty>0002</dty><stc>0075</stc>"), &mrs("T4", 0, "")).await;
        crate::supervision::pass(&units.test, 320).await;
        unit.says(&mrq("T5", "<mty>PI</mty><dty>0002</dty>"), &mrs("T5", 0, "")).await;
        crate::supervision::pass(&units.test, 320).await;
        assert_eq!(open(&units, Kind::LowBattery).await, 0);
        unit.says(&mrq("T6", "<mty>PI</mty><dty>0002</dty>"), &mrs("T6", 0, "")).await;
        crate::supervision::pass(&units.test, 20).await;
        assert_eq!(open(&units, Kind::LinkLoss).await, 0);
    }

    async fn an_exercise_of_a_home_unit_reaches_nobody_outside(db: Database) {
        let ears = Ears::start().await;
        let units = Units::start_with(db, ears.wire()).await;
        ears.beside(&units.test, 0).await;
        let unit = units.unit().await;
        units.test(true).await;
        unit.says(&mrq("EX1", PRESS), &mrs("EX1", 0, "")).await;
        ears.hear_nothing_of_the_exercise(&units.test, "scaip").await;
        units.test(false).await;
        unit.says(&mrq("EX2", PRESS), &mrs("EX2", 0, "")).await;
        ears.hear_it_in_earnest(&units.test, "scaip").await;
    }

    async fn what_began_while_a_unit_was_tested_is_a_case_when_the_test_is_over(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        units.test(true).await;
        let beat = |n: u32| mrq(&format!("HB{n}"), "<mty>PI</mty><dty>0002</dty><stc>0016</stc>");
        let real = async || units.cases().await.iter().filter(|it| !it.case.is_test()).count();
        unit.says(&beat(1), &mrs("HB1", 0, "")).await;
        assert_eq!(real().await, 0);
        units.test(false).await;
        unit.says(&beat(2), &mrs("HB2", 0, "")).await;
        assert_eq!(real().await, 1);
        unit.says(&beat(3), &mrs("HB3", 0, "")).await;
        let case = units.cases().await.into_iter().find(|it| !it.case.is_test()).unwrap();
        assert_eq!(case.case.alerts, 1, "each heartbeat says so");
    }

    async fn a_stranger_that_calls_rings_the_street_and_the_rest_is_kept_aside(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let of = |number: &str, reference: &str, inner: &str| format!("<mrq><ref>{reference}</ref><cid>{number}</cid>{inner}</mrq>");
        unit.says(&of("77", "R1", PRESS), &mrs("R1", 0, "")).await;
        let cases = units.cases().await;
        assert!(matches!(cases[0].case.subject, Subject::Unknown(_)));
        assert_eq!((cases.len(), cases[0].case.tier), (1, Tier::Street));
        // A heartbeat is kept for nobody: the installer hears of it.
        unit.says(&of("78", "HB1", "<mty>PI</mty><dty>0002</dty>"), &mrs("HB1", 5, "not treated")).await;
        let aside = units.quarantined().await;
        let row = |number: &str| (format!("scaip {number}"), "unknown_device".to_owned(), 1);
        assert_eq!(aside, [row("77"), row("78")]);
        // Filed, the next one is the elder's. The number may have a plus and blanks.
        units.file(1, "77", None).await;
        unit.says(&of("+ 77", "R2", PRESS), &mrs("R2", 0, "")).await;
        let cases = units.cases().await;
        assert!(cases.iter().any(|it| it.case.subject == Subject::Elder(elder_of(1))));
    }

    async fn what_is_wrong_has_its_code_and_is_a_case_where_its_sender_is_known(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let long = mrq("L1", &format!("{PRESS}<ite>{}</ite>", "x".repeat(16_384)));
        let bomb = "<!DOCTYPE mrq [<!ENTITY x SYSTEM \"file:///dev/null\">]><mrq><ref>BAD3</ref><cid>&x;</cid><dty>0003</dty></mrq>";
        let told = |code, text| format!("<mrs><snu>{code}</snu><ste>{text}</ste></mrs>");
        for (body, answer, kind) in [
            // Without the type of the device, and cut off: half a call is a call.
            (&*mrq("B1", "<stc>0010</stc>"), mrs("B1", 7, "mandatory tag missing"), "sos"),
            (&*mrq("B2", PRESS).replace("</mrq>", ""), mrs("B2", 2, "wrong format"), "sos"),
            // Its sender is told by its SIP address.
            (bomb, told(2, "wrong format"), "unknown"),
            ("gibberish", told(2, "wrong format"), "unknown"),
            (&*mrq("B4", "<dty>0003</dty><mty>XX</mty>"), mrs("B4", 3, "wrong data"), "sos"),
            (&*long, mrs("L1", 1, "message too long"), "sos"),
        ] {
            units.test.advance(1);
            unit.says(body, &answer).await;
            let alerts = units.alerts(&units.cases().await[0]).await;
            assert_eq!(alerts.last().unwrap().kind, kind, "{answer}");
        }
        assert_eq!(units.cases().await.len(), 1);
        let reasons: Vec<_> = units.quarantined().await.into_iter().map(|it| (it.1, it.2)).collect();
        assert_eq!(reasons, [("undecodable_frame".to_owned(), 4)]);
        // What is no SIP at all is kept aside, and nobody can be told.
        unit.send("SOS SOS SOS").await;
        unit.hears_nothing().await;
        let aside = async { while units.quarantined().await.len() < 2 { tokio::task::yield_now().await } };
        tokio::time::timeout(PATIENCE, aside).await.unwrap();
    }

    async fn a_call_that_nobody_can_answer_is_a_case_all_the_same(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let wrapped = |n: u32| unit.wrapped(&format!("<mrq><ref>R{n}</ref><cid>77{n}</cid>{PRESS}</mrq>"));
        // Without a Via; without a Call-ID; and what is hardly SIP.
        let no_via: String = wrapped(1).split_inclusive("\r\n").filter(|it| !it.starts_with("Via")).collect();
        let no_call: String = wrapped(2).split_inclusive("\r\n").filter(|it| !it.starts_with("Call-ID")).collect();
        let hardly = format!("HELLO\r\n\r\n{}", body_of(&wrapped(3)));
        for (n, datagram) in [no_via, no_call, hardly].into_iter().enumerate() {
            unit.send(datagram).await;
            let rings = async { while units.cases().await.len() < n + 1 { tokio::task::yield_now().await } };
            tokio::time::timeout(PATIENCE, rings).await.expect("it rings at the street");
            let case = &units.cases().await[0];
            assert_eq!((case.case.tier, case.case.kind), (Tier::Street, Kind::Sos));
        }
        // What calls for no help is only kept aside.
        let beat = "HELLO <mrq><ref>R9</ref><cid>779</cid><mty>PI</mty><dty>0002</dty></mrq>";
        unit.send(beat).await;
        let aside = async { while units.quarantined().await.len() < 4 { tokio::task::yield_now().await } };
        tokio::time::timeout(PATIENCE, aside).await.unwrap();
        assert_eq!(units.cases().await.len(), 3);
    }

    async fn the_dialect_is_answered_in_the_body_of_the_200(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.inside_models = vec!["HUB-1".into()]).await;
        let unit = units.unit().await;
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scaip><ver>01.00</ver><cid>+12011400001</cid><dty>0004</dty><stc>0010</stc>\
            <lco>021</lco><lte>厨房</lte><ref>a1b2c3d4e5f60718</ref></scaip>";
        unit.send(unit.wrapped(body)).await;
        let heard = unit.hears("200").await;
        assert_eq!(header(&heard, "Content-Type"), "application/xml");
        assert!(body_of(&heard).contains("<snu>0</snu><result>ACK</result>"), "{heard}");
        unit.hears_nothing().await;
        assert_eq!(units.cases().await[0].case.kind, Kind::Sos);
        // By the model of the unit, in the standard's words.
        units.file(1, "88", Some("HUB-1")).await;
        unit.send(unit.wrapped("<mrq><ref>R1</ref><cid>88</cid><dty>3</dty></mrq>")).await;
        let heard = unit.hears("200").await;
        assert_eq!(body_of(&heard), mrs("R1", 0, ""));
        assert_eq!(units.cases().await.len(), 2);
    }

    async fn a_slow_store_makes_the_dialect_hold_and_say_it_again(db: Database) {
        let mut db = db;
        (db.config.lock_within_ms, db.config.acquire_within_ms) = (60_000, 60_000);
        let units = Units::start(db).await;
        let unit = units.unit().await;
        let body = format!("<scaip><cid>{CONTROLLER}</cid><dty>0004</dty><stc>0010</stc><ref>R1</ref></scaip>");
        let held = hold(&units).await;
        unit.send(unit.wrapped(&body)).await;
        let heard = while_time_passes(&units, unit.hears("200")).await;
        assert!(body_of(&heard).contains("<snu>4</snu><ste>in progress</ste>"), "{heard}");
        held.let_go().await;
        // It says it again until it hears something else.
        let settled = async {
            loop {
                unit.send(unit.wrapped(&body)).await;
                let heard = unit.hears("200").await;
                if body_of(&heard).contains("<snu>0</snu>") {
                    return;
                }
            }
        };
        while_time_passes(&units, settled).await;
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 1);
    }

    async fn whoever_is_there_says_so(db: Database) {
        let units = Units::start(db).await;
        let unit = units.unit().await;
        unit.send("\r\n\r\n").await;
        assert_eq!(unit.hear().await, "\r\n");
        unit.send(unit.wrapped("").replace("MESSAGE", "OPTIONS")).await;
        assert_eq!(header(&unit.hears("200").await, "Allow"), "MESSAGE, OPTIONS");
        unit.send(unit.wrapped("").replace("MESSAGE", "SUBSCRIBE")).await;
        unit.hears("405").await;
    }
}
