//! Devices on lines of their own, on a real socket against the running service.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Kind, Subject};
use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::intake::tcp::{self, Listening};
use eldercare_dispatch::intake::terminal::{language, languages};
use eldercare_dispatch::people::{Device, DeviceBinding, DeviceKind, Need, Protocol, Terminal, Tier, device_id};
use eldercare_dispatch::store::cases::{AlertView, CaseFilter, CaseView};
use jiff::{Timestamp, ToSpan as _};
use sea_orm::ConnectionTrait as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::drills::{Ears, test_device};
use crate::harness::street::{elder, elder_of};
use crate::harness::{Database, TestApp, both_stores};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number of the watch of elder 0 on the line.
const NUMBER: &str = "1451316451";

/// A street whose watches have lines of their own.
struct Lines {
    test: TestApp,
    at: Listening,
}

impl Lines {
    async fn start(db: Database) -> Self {
        Self::start_with(db, |_| {}).await
    }

    async fn start_with(db: Database, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let test = TestApp::start_with(db, move |config| {
            for (protocol, _) in languages() {
                config.intake.line_mut(protocol).unwrap().listen = Some("127.0.0.1:0".parse().unwrap());
            }
            adjust(config);
        })
        .await;
        test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], vec![])
            .await;
        let lines = Self {
            at: tcp::listen(&test.app).await.unwrap(),
            test,
        };
        lines.file(0, Protocol::Watch, NUMBER).await;
        lines
    }

    /// Files a terminal of elder `n`.
    async fn file(&self, n: u32, protocol: Protocol, number: &str) {
        let code = format!("{protocol}-{number}");
        let device = Device {
            id: device_id(&code),
            code,
            kind: DeviceKind::Watch,
            binding: Some(DeviceBinding::Elder(elder_of(n))),
            model: None,
            crs: Some(Crs::Wgs84),
            voice_path: true,
            place: None,
            terminal: Some(Terminal {
                protocol,
                number: number.to_owned(),
            }),
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        self.test
            .app
            .store
            .put_devices(vec![device], self.test.clock.now())
            .await
            .unwrap();
        self.test.app.refresh_picture(true).await.unwrap();
    }

    async fn dial(&self, protocol: Protocol) -> Wire {
        Wire(TcpStream::connect(self.at.address(protocol).unwrap()).await.unwrap())
    }

    async fn watch(&self) -> Wire {
        self.dial(Protocol::Watch).await
    }

    /// Waits until so many lines are open.
    async fn open(&self, count: usize) {
        let wait = async {
            while self.at.lines() != count {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(waited.is_ok(), "{} lines are open, not {count}", self.at.lines());
    }

    async fn cases(&self) -> Vec<CaseView> {
        let page = self
            .test
            .app
            .store
            .list_cases(&CaseFilter::default(), None, 100)
            .await
            .unwrap();
        page.items
    }

    async fn alerts(&self, case: &CaseView) -> Vec<AlertView> {
        self.test.app.store.alerts_of(case.case.id).await.unwrap()
    }

    /// What was sealed of an alert.
    fn content(&self, alert: &AlertView) -> Value {
        let ring = self.test.app.store.keys().unwrap();
        let text = ring
            .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
            .unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    async fn quarantined(&self) -> Vec<(String, String, i64)> {
        let rows = self.test.app.store.quarantined(None, 100).await.unwrap();
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|it| (it.claimed_device, it.reason, it.count))
            .collect();
        rows.sort();
        rows
    }

    /// An alarm of the watch at an instant of its clock, with a status.
    fn alarm(&self, command: &str, number: &str, at: Timestamp, fixed: bool, status: &str) -> String {
        let at = at.strftime("%d%m%y,%H%M%S");
        let fixed = if fixed { "A" } else { "V" };
        let content = format!(
            "{command},{at},{fixed},39.381000,N,117.062000,E,0.00,0.0,0.0,9,90,41,120,0,{status},1,1,460,0,9360,4082,131,0,"
        );
        format!("[3G*{number}*{:04X}*{content}]", content.len())
    }

    fn sos(&self) -> String {
        self.alarm("AL", NUMBER, self.test.clock.now(), true, "00010000")
    }
}

/// The service of these lines as it serves, on a port of its own.
fn api(lines: &Lines) -> eldercare_dispatch::app::App {
    let mut config = Config::clone(&lines.test.app.config);
    config.http.listen = "127.0.0.1:0".parse().unwrap();
    config.http.workers = Some(1);
    let mut app = lines.test.app.clone();
    app.config = std::sync::Arc::new(config);
    app
}

/// The other end of a line.
struct Wire(TcpStream);

impl Wire {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Hears exactly this next.
    async fn hears(&mut self, wanted: impl AsRef<[u8]>) {
        let wanted = wanted.as_ref();
        let mut got = vec![0; wanted.len()];
        let read = tokio::time::timeout(PATIENCE, self.0.read_exact(&mut got)).await;
        let shown = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
        match read {
            Ok(Ok(_)) => assert_eq!(shown(&got), shown(wanted)),
            Ok(Err(error)) => panic!("{error} instead of {}", shown(wanted)),
            Err(_) => panic!("nothing instead of {}", shown(wanted)),
        }
    }

    async fn says(&mut self, bytes: impl AsRef<[u8]>, wanted: impl AsRef<[u8]>) {
        self.send(bytes).await;
        self.hears(wanted).await;
    }

    /// The line ends, and exactly this is heard before.
    async fn ends_after(&mut self, wanted: impl AsRef<[u8]>) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "the line goes on");
        assert_eq!(rest, wanted.as_ref());
    }

    /// The line ends, and nothing more is heard before.
    async fn ends(&mut self) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        // A line that is ended with bytes unread is reset.
        assert!(read.is_ok(), "the line goes on");
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}

/// Waits for what the service does, and lets a second pass whenever it has done nothing for a moment: a line sets its clock when
/// its task comes to its turn, which on a busy machine may be after ours.
async fn while_time_passes<T>(lines: &Lines, what: impl Future<Output = T>) -> T {
    tokio::pin!(what);
    let waited = async {
        loop {
            match tokio::time::timeout(Duration::from_millis(20), &mut what).await {
                Ok(done) => return done,
                Err(_) => lines.test.advance(1),
            }
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("nothing happened")
}

const LK: &str = "[3G*1451316451*0002*LK]";
const AL: &str = "[3G*1451316451*0002*AL]";

/// What a device was told, the newest first: kind and state.
async fn told(lines: &Lines, code: &str) -> Vec<(String, String)> {
    let now = lines.test.clock.now();
    let rows = lines.test.app.orders.of(device_id(code), 50).await.unwrap();
    rows.iter()
        .map(|it| (it.order.kind().to_string(), it.state_at(now).to_string()))
        .collect()
}

/// Waits until what a device was told stands so.
async fn stands(lines: &Lines, code: &str, wanted: &[(&str, &str)]) {
    let wanted: Vec<(String, String)> = wanted.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
    let wait = async {
        while told(lines, code).await != wanted {
            tokio::task::yield_now().await;
        }
    };
    if tokio::time::timeout(PATIENCE, wait).await.is_err() {
        panic!("{:?} and not {wanted:?}", told(lines, code).await);
    }
}

both_stores! {
    async fn who_speaks_costs_no_question_of_what_waits_and_what_another_node_was_given_is_said_soon(db: Database) {
        use eldercare_dispatch::dispatch::Orders;
        use eldercare_dispatch::people::DeviceOrder;
        let lines = Lines::start(db).await;
        let app = &lines.test.app;
        let code = format!("watch-{NUMBER}");
        let minutes = |n| jiff::SignedDuration::from_mins(n);
        let mut wire = lines.watch().await;
        let lk = format!("[3G*{NUMBER}*0002*LK]");
        wire.says(&lk, &lk).await;
        // Asked a moment ago: of whoever speaks now nothing is asked, also when the table is gone.
        let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
        let sql = async |it: String| app.store.writer().execute_unprepared(&it).await.unwrap();
        app.orders.next(device_id(&code)).await.unwrap();
        sql(rename("device_order", "device_order_away")).await;
        for _ in 0..100 {
            assert_eq!(app.orders.next(device_id(&code)).await.unwrap(), None);
        }
        lines.test.advance(5);
        assert!(app.orders.next(device_id(&code)).await.is_err(), "it is asked again after a few seconds");
        sql(rename("device_order_away", "device_order")).await;
        app.orders.next(device_id(&code)).await.unwrap();
        // Another node is given a command: the line here says it when anybody speaks after that time, without a word of this device.
        let other = Orders::new(app.store.clone(), lines.test.clock.clock(), app.ids.clone());
        other.give(device_id(&code), DeviceOrder::Find, None, minutes(10)).await.unwrap();
        assert_eq!(app.orders.next(device_id(&code)).await.unwrap(), None, "not known yet");
        lines.test.advance(5);
        app.orders.next(device_id("somebody-else")).await.unwrap();
        wire.hears(format!("[3G*{NUMBER}*0004*FIND]")).await;
        // What this one is given is said at once, also between two looks.
        wire.send(format!("[3G*{NUMBER}*0004*FIND]")).await;
        stands(&lines, &code, &[("find", "done")]).await;
        lines.test.advance(1);
        app.orders.give(device_id(&code), DeviceOrder::Locate, None, minutes(10)).await.unwrap();
        wire.hears(format!("[3G*{NUMBER}*0002*CR]")).await;
    }

    async fn a_device_is_told_on_its_own_line_and_says_that_it_did_it(db: Database) {
        use eldercare_dispatch::people::DeviceOrder;
        let lines = Lines::start(db).await;
        let orders = lines.test.app.orders.clone();
        let code = format!("watch-{NUMBER}");
        let minutes = |n| jiff::SignedDuration::from_mins(n);
        // Not on its line: it waits, over a restart of the line, and what is of no worth any more is not said.
        orders.give(device_id(&code), DeviceOrder::Find, None, minutes(1)).await.unwrap();
        lines.test.advance(61);
        orders.give(device_id(&code), DeviceOrder::Locate, None, minutes(10)).await.unwrap();
        let mut wire = lines.watch().await;
        let lk = format!("[3G*{NUMBER}*0002*LK]");
        wire.says(&lk, &lk).await;
        wire.hears(format!("[3G*{NUMBER}*0002*CR]")).await;
        stands(&lines, &code, &[("locate", "sent"), ("find", "expired")]).await;
        wire.send(format!("[3G*{NUMBER}*0002*CR]")).await;
        stands(&lines, &code, &[("locate", "done"), ("find", "expired")]).await;
        // On its line: at once, one after another.
        lines.test.advance(1);
        let numbers = DeviceOrder::SosNumbers { numbers: vec!["13900000001".to_owned(), "110".to_owned()] };
        orders.give(device_id(&code), numbers, None, minutes(10)).await.unwrap();
        wire.hears(format!("[3G*{NUMBER}*0010*SOS1,13900000001][3G*{NUMBER}*0008*SOS2,110]")).await;
        lines.test.advance(1);
        let text = DeviceOrder::Message { text: "好".to_owned() };
        orders.give(device_id(&code), text, None, minutes(10)).await.unwrap();
        wire.send(format!("[3G*{NUMBER}*0004*SOS1]")).await;
        wire.send(format!("[3G*{NUMBER}*0004*SOS2]")).await;
        wire.hears(format!("[3G*{NUMBER}*000c*MESSAGE,597D")).await;
        // Without an answer it is said again when the watch speaks after a minute.
        wire.hears("]").await;
        lines.test.advance(61);
        wire.says(&lk, &lk).await;
        wire.hears(format!("[3G*{NUMBER}*000c*MESSAGE,597D]")).await;
        wire.send(format!("[3G*{NUMBER}*0007*MESSAGE]")).await;
        stands(&lines, &code, &[("message", "done"), ("sos_numbers", "done"), ("locate", "done"), ("find", "expired")]).await;
        // A number that only another device has is nothing to this one.
        lines.file(1, Protocol::Gt06, "123456789012345").await;
        orders.give(device_id("gt06-123456789012345"), DeviceOrder::Locate, None, minutes(10)).await.unwrap();
        wire.says(&lk, &lk).await;
        stands(&lines, "gt06-123456789012345", &[("locate", "queued")]).await;
    }

    async fn whoever_calls_for_help_without_a_place_is_asked_where_they_are(db: Database) {
        let lines = Lines::start(db).await;
        let code = format!("watch-{NUMBER}");
        let mut wire = lines.watch().await;
        let sos = |fixed| lines.alarm("AL", NUMBER, lines.test.clock.now(), fixed, "00010000");
        let al = format!("[3G*{NUMBER}*0002*AL]");
        wire.says(sos(true), &al).await;
        lines.test.advance(30);
        let lk = format!("[3G*{NUMBER}*0002*LK]");
        wire.says(&lk, &lk).await;
        stands(&lines, &code, &[]).await;
        wire.says(sos(false), &al).await;
        wire.hears(format!("[3G*{NUMBER}*0002*CR]")).await;
        // One that has said nothing else on its line is asked as well.
        lines.file(1, Protocol::Watch, "2222222222").await;
        let mut first = lines.watch().await;
        let call = lines.alarm("AL", "2222222222", lines.test.clock.now(), false, "00010000");
        first.says(call, "[3G*2222222222*0002*AL]").await;
        first.hears("[3G*2222222222*0002*CR]").await;
        // Pressed again and again: asked once.
        lines.test.advance(5);
        wire.says(sos(false), &al).await;
        wire.send(format!("[3G*{NUMBER}*0002*CR]")).await;
        stands(&lines, &code, &[("locate", "done")]).await;
        wire.says(&lk, &lk).await;
        assert_eq!(lines.cases().await.len(), 2);
    }

    async fn an_sos_of_a_watch_is_in_a_case_when_the_watch_is_answered(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.says("[3G*1451316451*0009*LK,0,0,53]", LK).await;
        let sos = lines.sos();
        watch.says(&sos, AL).await;
        let cases = lines.cases().await;
        assert_eq!(cases.len(), 1);
        assert_eq!((cases[0].case.subject, cases[0].case.kind), (Subject::Elder(elder_of(0)), Kind::Sos));
        let alerts = lines.alerts(&cases[0]).await;
        let content = lines.content(&alerts[0]);
        assert_eq!(alerts[0].occurred_at, Some(lines.test.clock.now()));
        assert_eq!((content["position"]["lat"].as_f64(), content["position"]["crs"].as_str()), (Some(39.381), Some("wgs84")));
        assert_eq!((content["reading"]["said"].as_str(), content["reading"]["battery_percent"].as_u64()), (Some("sos"), Some(41)));
        assert_eq!(content["warnings"], Value::Null);
        // As it came, and read again: what another version makes of it is what counts then.
        let raw = STANDARD.decode(content["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw, sos.as_bytes());
        let protocol: Protocol = content["reading"]["protocol"].as_str().unwrap().parse().unwrap();
        let mut again = Vec::new();
        language(protocol).unwrap().read(&raw, &mut |it| again.extend(it.alarms));
        assert_eq!(again[0].kind, Kind::Sos);
    }

    async fn an_exercise_of_a_watch_on_its_own_line_reaches_nobody_outside(db: Database) {
        let ears = Ears::start().await;
        let lines = Lines::start_with(db, ears.wire()).await;
        ears.beside(&lines.test, 0).await;
        let device = device_id(&format!("{}-{NUMBER}", Protocol::Watch));
        test_device(&lines.test, device, 60).await;
        // A line of its own for each press: the first has been silent for twelve minutes by the second.
        lines.watch().await.says(&lines.sos(), AL).await;
        ears.hear_nothing_of_the_exercise(&lines.test, "tcp").await;
        test_device(&lines.test, device, 0).await;
        lines.watch().await.says(&lines.sos(), AL).await;
        ears.hear_it_in_earnest(&lines.test, "tcp").await;
    }

    async fn every_reason_in_one_frame_is_reported_before_the_answer(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let at = lines.test.clock.now();
        watch.says(lines.alarm("AL_LTE", NUMBER, at, true, "00310001"), AL).await;
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for it in lines.cases().await {
            kinds.push((format!("{:?} {:?}", it.case.lane, it.case.kind), lines.alerts(&it).await.len()));
        }
        kinds.sort();
        // SOS and fall are one call for help; the battery and the bracelet are technical cases, each of its own.
        let kinds: Vec<(&str, usize)> = kinds.iter().map(|it| (it.0.as_str(), it.1)).collect();
        assert_eq!(kinds, [("Help Sos", 2), ("Technical LowBattery", 1), ("Technical Tamper", 1)]);
    }

    async fn whose_call_cannot_be_kept_gets_no_good_answer(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.says("[3G*1451316451*0002*LK]", LK).await;
        lines.test.app.store.close().await;
        watch.send([lines.sos(), "[3G*1451316451*0002*LK]".to_owned()].concat()).await;
        // It is tried again while the line stands; then the next frame gets its turn, and the alarm has had no answer.
        let mut got = vec![0; LK.len()];
        while_time_passes(&lines, watch.0.read_exact(&mut got)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&got), LK);
    }

    async fn what_is_said_again_is_one_alert(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let sos = lines.sos();
        for _ in 0..3 {
            watch.says(&sos, AL).await;
        }
        lines.test.advance(20);
        // The whole store of the watch once more, on a new line.
        let mut again = lines.watch().await;
        again.says(&sos, AL).await;
        let cases = lines.cases().await;
        assert_eq!((cases.len(), lines.alerts(&cases[0]).await.len()), (1, 1));
        // A press a minute later is another.
        lines.test.advance(40);
        again.says(lines.sos(), AL).await;
        assert_eq!(lines.alerts(&lines.cases().await[0]).await.len(), 2);
        // A clock that was never set says nothing: what comes within a minute is the watch saying it again, later it is a press.
        let mut asked = false;
        let lost = lines.alarm("AL", NUMBER, "2000-01-01T00:00:00Z".parse().unwrap(), false, "00010000");
        for wanted in [3, 3] {
            again.says(&lost, AL).await;
            if lines.alerts(&lines.cases().await[0]).await.len() == 3 && !asked {
                // Without a fix: where are you?
                again.says("", "[3G*1451316451*0002*CR]").await;
                again.send("[3G*1451316451*0002*CR]").await;
                asked = true;
            }
            assert_eq!(lines.alerts(&lines.cases().await[0]).await.len(), wanted);
        }
        lines.test.advance(61);
        again.says(&lost, AL).await;
        let alerts = lines.alerts(&lines.cases().await[0]).await;
        assert_eq!(alerts.len(), 4);
        // Indoors the time of the last fix stands, and it may have been a moment ago.
        let indoors = lines.alarm("AL", NUMBER, lines.test.clock.now(), false, "00010000");
        for (after, wanted) in [(5, 5), (5, 5), (61, 6)] {
            lines.test.advance(after);
            again.says(&indoors, AL).await;
            assert_eq!(lines.alerts(&lines.cases().await[0]).await.len(), wanted, "{after}");
        }
        let last = lines.content(&alerts[3]);
        assert_eq!(alerts[3].occurred_at, None);
        assert_eq!(last["warnings"], serde_json::json!(["device_clock_wrong", "position_last_known"]));
    }

    async fn a_press_that_repeats_its_fix_is_another_when_the_case_is_over_or_ten_minutes_are(db: Database) {
        use eldercare_dispatch::case::{Author, Command, Outcome, Proof, Voice};
        let lines = Lines::start(db).await;
        let counts = async || {
            let mut counts = Vec::new();
            for it in lines.cases().await {
                counts.push(lines.alerts(&it).await.len());
            }
            counts.sort_unstable();
            counts
        };
        let sos = lines.sos();
        lines.watch().await.says(&sos, AL).await;
        // No answer has come: it says it again, also on another line.
        lines.test.advance(50);
        lines.watch().await.says(&sos, AL).await;
        assert_eq!(counts().await, [1]);
        // The case is closed, and a quarter of an hour later somebody presses at the same place.
        let close = async |lines: &Lines, case| {
            let (outcome, proof) = (Some(Outcome::FalseAlarm), Proof::VoiceContact);
            for command in [Command::VoiceResult { result: Voice::NeedsHelp }, Command::Close { outcome, proof }] {
                let by = Author::User(eldercare_dispatch::ids::UserId::new(uuid::Uuid::from_u128(1)));
                lines.test.app.desk.handle(case, command, by).await.unwrap();
            }
        };
        let case = lines.cases().await[0].case.id;
        close(&lines, case).await;
        lines.test.advance(900);
        lines.watch().await.says(&sos, AL).await;
        assert_eq!(counts().await, [1, 1]);
        let second = lines.cases().await.into_iter().find(|it| it.case.id != case).unwrap();
        assert_eq!(second.case.subject, Subject::Elder(elder_of(0)));
        let alert = lines.alerts(&second).await.remove(0);
        assert_eq!((alert.occurred_at, alert.late), (None, false), "it is pressed now");
        assert_eq!(lines.content(&alert)["warnings"], serde_json::json!(["device_time_old", "position_last_known"]));
        // Said again within ten minutes it is this one, on whichever line and after a restart.
        lines.test.advance(30);
        lines.watch().await.says(&sos, AL).await;
        let test = lines.test.restart().await;
        let lines = Lines { at: tcp::listen(&test.app).await.unwrap(), test };
        lines.watch().await.says(&sos, AL).await;
        assert_eq!(lines.alerts(&second).await.len(), 1);
        // Ten minutes after it nobody knows: it joins the open case and rings.
        lines.test.advance(571);
        lines.watch().await.says(&sos, AL).await;
        lines.watch().await.says(&sos, AL).await;
        assert_eq!((lines.cases().await.len(), lines.alerts(&second).await.len()), (2, 2));
        // And as soon as its case is over.
        close(&lines, second.case.id).await;
        lines.watch().await.says(&sos, AL).await;
        assert_eq!((lines.cases().await.len(), lines.alerts(&second).await.len()), (3, 2));
        // What was stored is the same for a day, however often the store is sent.
        let old = lines.alarm("UD2", NUMBER, lines.test.clock.now() - 2.hours(), true, "00010000");
        for _ in 0..2 {
            let mut watch = lines.watch().await;
            watch.send(&old).await;
            watch.says(LK, LK).await;
            lines.test.advance(700);
        }
        let mut all = 0;
        for it in lines.cases().await {
            all += lines.alerts(&it).await.len();
        }
        assert_eq!(all, 5);
    }

    async fn what_was_stored_is_shown_as_late_and_a_clock_alone_makes_nothing_late(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let old = lines.test.clock.now() - 2.hours();
        // Stored by the watch; then one whose clock repeats the time of the last fix indoors.
        watch.send(lines.alarm("UD2", NUMBER, old, false, "00010000")).await;
        watch.says(LK, LK).await;
        let cases = lines.cases().await;
        let alerts = lines.alerts(&cases[0]).await;
        assert_eq!((alerts[0].late, alerts[0].occurred_at), (true, Some(old)));
        lines.test.advance(1);
        watch.says(lines.alarm("AL", NUMBER, old, false, "00010000"), AL).await;
        watch.hears("[3G*1451316451*0002*CR]").await; // without a fix: where are you?
        let alerts = lines.alerts(&cases[0]).await;
        assert_eq!((alerts.len(), alerts[1].late, alerts[1].occurred_at), (2, false, None));
        // Of satellites the time is right: it is old.
        lines.test.advance(1);
        watch.says(lines.alarm("AL", NUMBER, old, true, "00010000"), AL).await;
        assert!(lines.alerts(&cases[0]).await[2].late);
    }

    async fn a_frame_may_come_byte_by_byte(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.0.set_nodelay(true).unwrap();
        for byte in [lines.sos().as_bytes(), b"[3G*1451316451*0002*LK]"].concat() {
            watch.send([byte]).await;
        }
        watch.hears([AL, LK].concat()).await;
        assert_eq!(lines.cases().await.len(), 1);
    }

    async fn half_a_call_for_help_counts_and_half_a_beat_does_not(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let sos = lines.sos();
        watch.send(&sos[..sos.len() - 20]).await;
        watch.0.shutdown().await.unwrap();
        watch.ends().await;
        lines.open(0).await;
        assert_eq!(lines.cases().await.len(), 1);
        let mut watch = lines.watch().await;
        watch.send("[3G*1451316451*0002*L").await;
        watch.0.shutdown().await.unwrap();
        watch.ends().await;
        lines.open(0).await;
        assert_eq!(lines.cases().await.len(), 1);
    }

    async fn a_call_of_somebody_unknown_is_a_case_at_the_street_and_its_battery_is_not(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let now = lines.test.clock.now();
        watch.says("[3G*9999999999*0002*LK]", "[3G*9999999999*0002*LK]").await;
        watch.send(lines.alarm("UD", "9999999999", now, true, "00020000")).await;
        watch.says("[3G*9999999999*0002*LK]", "[3G*9999999999*0002*LK]").await;
        assert_eq!(lines.cases().await.len(), 0);
        assert_eq!(lines.quarantined().await, [("watch 9999999999".to_owned(), "unknown_device".to_owned(), 1)]);
        watch.says(lines.alarm("AL", "9999999999", now, true, "00010000"), "[3G*9999999999*0002*AL]").await;
        let cases = lines.cases().await;
        assert!(matches!(cases[0].case.subject, Subject::Unknown(_)), "{:?}", cases[0].case.subject);
        assert_eq!((cases.len(), cases[0].case.tier, cases[0].case.kind), (1, Tier::Street, Kind::Sos));
        let first = lines.content(&lines.alerts(&cases[0]).await[0]);
        assert_eq!(first["reading"]["terminal"], "9999999999");
        // Somebody files it; the line stands, and the next call is the elder's.
        lines.file(1, Protocol::Watch, "9999999999").await;
        lines.test.advance(15);
        watch.says(lines.alarm("AL", "9999999999", lines.test.clock.now(), true, "00010000"), "[3G*9999999999*0002*AL]").await;
        let subjects: Vec<Subject> = lines.cases().await.iter().map(|it| it.case.subject).collect();
        assert!(subjects.contains(&Subject::Elder(elder_of(1))), "{subjects:?}");
    }

    async fn made_up_numbers_fill_no_desk_and_nobody_is_refused(db: Database) {
        use eldercare_dispatch::dispatch::strangers::OWN_CASES_MAX;
        let lines = Lines::start_with(db, |it| it.intake.tcp.frames_per_second_max = 100).await;
        let mut watch = lines.watch().await;
        for n in 0..OWN_CASES_MAX + 3 {
            let number = format!("77{n:08}");
            let call = lines.alarm("AL", &number, lines.test.clock.now(), true, "00010000");
            watch.says(call, format!("[3G*{number}*0002*AL]")).await;
        }
        let store = &lines.test.app.store;
        let page = store.list_cases(&CaseFilter::default(), None, 500).await.unwrap();
        assert_eq!(page.items.len(), OWN_CASES_MAX + 1);
        let mut counts = Vec::new();
        for it in &page.items {
            counts.push(lines.alerts(it).await.len());
        }
        counts.sort_unstable();
        assert_eq!(counts.last(), Some(&3), "those beyond call in one case");
    }

    async fn a_state_is_news_when_it_begins(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let mut count = 0;
        for (status, wanted) in [("00000001", 1), ("00000001", 1), ("00000000", 1), ("00000001", 2)] {
            lines.test.advance(10);
            watch.send(lines.alarm("UD", NUMBER, lines.test.clock.now(), true, status)).await;
            watch.says(LK, LK).await;
            count = 0;
            for it in lines.cases().await {
                count += lines.alerts(&it).await.len();
            }
            assert_eq!(count, wanted, "{status}");
        }
        assert_eq!(count, 2);
        assert_eq!(lines.cases().await[0].case.kind, Kind::LowBattery);
    }

    async fn a_state_is_known_on_the_next_line_and_after_a_restart(db: Database) {
        // Out of the fence, and the battery.
        const BOTH: &str = "00000003";
        let lines = Lines::start(db).await;
        let says = async |lines: &Lines, watch: &mut Wire, status: &str| {
            watch.send(lines.alarm("UD", NUMBER, lines.test.clock.now(), true, status)).await;
            watch.says(LK, LK).await;
            let mut counts = (0, 0);
            for it in lines.cases().await {
                let count = lines.alerts(&it).await.len();
                match it.case.kind {
                    Kind::Geofence => counts.0 += count,
                    Kind::LowBattery => counts.1 += count,
                    other => panic!("{other:?}"),
                }
            }
            counts
        };
        let restart = async |lines: Lines| {
            let test = lines.test.restart().await;
            Lines { at: tcp::listen(&test.app).await.unwrap(), test }
        };
        let mut watch = lines.watch().await;
        assert_eq!(says(&lines, &mut watch, BOTH).await, (1, 1));
        // On a new line nothing of it is news, nor after a restart.
        lines.test.advance(60);
        let mut again = lines.watch().await;
        assert_eq!(says(&lines, &mut again, BOTH).await, (1, 1));
        drop((watch, again));
        let lines = restart(lines).await;
        lines.test.advance(60);
        let mut watch = lines.watch().await;
        assert_eq!(says(&lines, &mut watch, BOTH).await, (1, 1));
        let id = device_id("watch-1451316451");
        assert!(lines.test.app.signs.lasts(id, Kind::LowBattery));
        // Ten minutes after it was said somebody is still out there: whoever closed the case was wrong. A battery waits.
        lines.test.advance(480);
        assert_eq!(says(&lines, &mut watch, BOTH).await, (2, 1));
        // What began before our start is over by a frame that does not name it.
        drop(watch);
        let lines = restart(lines).await;
        let mut watch = lines.watch().await;
        assert_eq!(says(&lines, &mut watch, "00000000").await, (2, 1));
        assert!(lines.test.app.signs.over_since(id, Kind::LowBattery).is_some());
        lines.test.advance(10);
        assert_eq!(says(&lines, &mut watch, BOTH).await, (3, 2));
    }

    async fn what_was_stored_says_nothing_of_the_charge_of_now(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.says("[3G*1451316451*000A*LK,0,0,100]", LK).await;
        let charge = || lines.test.app.signs.of(device_id("watch-1451316451")).unwrap().told.battery_percent;
        assert_eq!(charge(), Some(100));
        watch.send(lines.alarm("UD2", NUMBER, lines.test.clock.now() - 2.hours(), true, "00000000")).await;
        watch.says(LK, LK).await;
        assert_eq!(charge(), Some(100), "41 was two hours ago");
    }

    async fn each_reason_is_kept_aside_and_what_cannot_be_is_not_answered(db: Database) {
        let lines = Lines::start(db).await;
        let mut card = lines.dial(Protocol::Jt808).await;
        // A stranger's battery is a case of nobody's; and a frame of which nobody knows what it says.
        let mut body = vec![0, 0, 0, 0x80, 0, 0, 0, 2];
        body.extend_from_slice(&[0; 20]);
        card.says(jt808(0x0200, &body, 1), jt808(0x8001, &[0, 1, 2, 0, 0], 1)).await;
        card.says(jt808(0x0200, &[0, 0], 2), jt808(0x8001, &[0, 2, 2, 0, 0], 2)).await;
        let name = "jt808 13900000017".to_owned();
        let row = |reason: &str| (name.clone(), reason.to_owned(), 1);
        assert_eq!(lines.quarantined().await, [row("undecodable_frame"), row("unknown_device")]);
        // Within the minute they are counted, and shown as such.
        card.says(jt808(0x0200, &body, 3), jt808(0x8001, &[0, 3, 2, 0, 0], 3)).await;
        assert_eq!((lines.quarantined().await.len(), lines.test.app.unproved.not_kept().count), (2, 1));
        // Many of one carrier's address: each has a row of its own.
        for n in 0..9 {
            let number = format!("66666666{n:02}");
            lines.watch().await.says(format!("[3G*{number}*0002*LK]"), format!("[3G*{number}*0002*LK]")).await;
            lines.test.advance(1);
        }
        let rows = lines.quarantined().await;
        assert!(rows.len() == 11 && rows.iter().all(|it| it.0 != "*"), "{rows:?}");
        // What asserts something and cannot be kept aside either has no good answer.
        lines.test.advance(61);
        lines.test.app.store.close().await;
        card.send(jt808(0x0200, &body, 4)).await;
        let wanted = jt808(0x8001, &[0, 4, 2, 0, 1], 4);
        let mut got = vec![0; wanted.len()];
        while_time_passes(&lines, card.0.read_exact(&mut got)).await.unwrap();
        assert_eq!(got, wanted);
    }

    async fn what_is_no_frame_is_kept_aside_and_the_line_goes_on(db: Database) {
        let lines = Lines::start_with(db, |it| it.intake.tcp.frame_max_bytes = 1_024).await;
        let mut watch = lines.watch().await;
        watch.send([b'x'; 5_000]).await;
        watch.says("\r\n[3G*1451316451*0002*LK]\r\n", LK).await;
        assert_eq!(lines.quarantined().await, [("watch".to_owned(), "undecodable_frame".to_owned(), 1)]);
        // A frame without an end: the limit is reached, and the next frame is read.
        lines.test.advance(61);
        watch.send(format!("[3G*1451316451*FFFF*TK,{}", "y".repeat(3_000))).await;
        watch.says("[3G*1451316451*0002*LK]", LK).await;
        let rows = lines.quarantined().await;
        assert!(rows.contains(&("watch 1451316451".to_owned(), "undecodable_frame".to_owned(), 1)), "{rows:?}");
    }

    async fn lines_have_their_number_for_each_address_and_for_all(db: Database) {
        let lines = Lines::start_with(db, |it| {
            it.intake.tcp.lines_max = 3;
            it.intake.tcp.lines_per_address_max = Some(2);
        })
        .await;
        let beat = |n: u32| format!("[3G*777777777{n}*0002*LK]");
        let mut first = lines.watch().await;
        first.says(beat(1), beat(1)).await;
        let mut second = lines.watch().await;
        second.says(beat(2), beat(2)).await;
        lines.watch().await.ends().await;
        // From another address there is one more place, and no more.
        let from_elsewhere = |last: u8| {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(format!("127.0.0.{last}:0").parse().unwrap()).unwrap();
            socket.connect(lines.at.address(Protocol::Watch).unwrap())
        };
        let mut third = Wire(from_elsewhere(2).await.unwrap());
        third.says(LK, LK).await;
        Wire(from_elsewhere(3).await.unwrap()).ends().await;
        drop(first);
        lines.open(2).await;
        let mut again = lines.watch().await;
        again.says(LK, LK).await;
    }

    async fn whoever_comes_on_a_new_line_ends_the_one_before_and_finds_room(db: Database) {
        let lines = Lines::start_with(db, |it| it.intake.tcp.lines_per_address_max = Some(2)).await;
        // A watch that has lost its network says nothing to its old line: three, one after another, none of them closed.
        let mut first = lines.watch().await;
        first.says(LK, LK).await;
        let mut second = lines.watch().await;
        second.says(LK, LK).await;
        let mut third = lines.watch().await;
        third.says(lines.sos(), AL).await;
        first.ends().await;
        second.ends().await;
        assert_eq!((lines.cases().await.len(), lines.at.lines()), (1, 1));
        assert!(lines.test.app.seats.refused(lines.test.clock.now()).is_empty());
        // What it is told goes to the line where it is now.
        let app = &lines.test.app;
        let code = format!("watch-{NUMBER}");
        app.orders.give(device_id(&code), eldercare_dispatch::people::DeviceOrder::Find, None, jiff::SignedDuration::from_mins(9)).await.unwrap();
        third.hears(format!("[3G*{NUMBER}*0004*FIND]")).await;
        // Strangers too.
        drop(third);
        lines.open(0).await;
        let stranger = "[3G*9999999999*0002*LK]";
        let mut before = lines.watch().await;
        before.says(stranger, stranger).await;
        let mut after = lines.watch().await;
        after.says(stranger, stranger).await;
        before.ends().await;
        assert_eq!(lines.at.lines(), 1);
    }

    async fn a_line_of_many_devices_ends_when_the_last_of_them_is_elsewhere(db: Database) {
        let lines = Lines::start(db).await;
        let beat = |n: u32| format!("[3G*777777777{n}*0002*LK]");
        let mut gateway = lines.watch().await;
        for n in [1, 2] {
            gateway.says(beat(n), beat(n)).await;
        }
        let mut own = lines.watch().await;
        own.says(beat(2), beat(2)).await;
        gateway.says(beat(1), beat(1)).await;
        // It brings the other as well: then that is its own again, and nobody else is on the new line.
        gateway.says(beat(2), beat(2)).await;
        own.ends().await;
        let mut both = lines.watch().await;
        both.says(beat(1), beat(1)).await;
        gateway.says(beat(2), beat(2)).await;
        both.says(beat(2), beat(2)).await;
        gateway.ends().await;
        assert_eq!(lines.at.lines(), 1);
    }

    async fn where_there_is_no_room_the_line_that_has_been_silent_longest_gives_way(db: Database) {
        let lines = Lines::start_with(db, |it| it.intake.tcp.lines_per_address_max = Some(2)).await;
        let beat = |n: u32| format!("[3G*777777777{n}*0002*LK]");
        let mut old = lines.watch().await;
        old.says(beat(1), beat(1)).await;
        lines.test.advance(60);
        let mut other = lines.watch().await;
        other.says(beat(2), beat(2)).await;
        let serving = eldercare_dispatch::api::serve(api(&lines)).await.unwrap();
        // Nobody within a beat: who comes is turned away, and every place says so.
        lines.test.advance(420);
        lines.watch().await.ends().await;
        let since = lines.test.clock.now();
        let ask = async |path: &str| reqwest::get(format!("http://{}{path}", serving.addresses[0])).await.unwrap().text().await.unwrap();
        let ready = ask("/readyz").await;
        assert!(ready.contains(&format!("device_lines_refused: 127.0.0.1 since {since}")), "{ready}");
        assert!(ask("/metrics").await.contains("ecd_device_lines_refused_total{why=\"full_for_address\"}"));
        lines.test.advance(1);
        let mut new = lines.watch().await;
        let call = lines.alarm("AL", "7777777773", lines.test.clock.now(), true, "00010000");
        new.says(call, "[3G*7777777773*0002*AL]").await;
        old.ends().await;
        other.says(beat(2), beat(2)).await;
        assert_eq!((lines.at.lines(), lines.cases().await.len()), (2, 1));
        // Who was turned away is named for ten minutes.
        lines.test.advance(600);
        assert!(!ask("/readyz").await.contains("device_lines_refused"));
        lines.test.app.stopping().cancel();
        serving.finished().await.unwrap();
    }

    async fn what_was_held_when_the_network_broke_is_taken_in(db: Database) {
        let lines = Lines::start_with(db, |it| it.intake.tcp.frames_per_second_max = 1).await;
        let mut watch = lines.watch().await;
        // Ten at once; what comes behind them waits, a call among it, and half of another.
        let other = lines.alarm("AL", "2222222222", lines.test.clock.now(), true, "00010000");
        watch.send([LK.repeat(14), lines.sos(), other[..other.len() - 20].to_owned()].concat()).await;
        watch.hears(LK.repeat(10)).await;
        watch.0.set_zero_linger().unwrap();
        drop(watch);
        let both = async { while lines.cases().await.len() < 2 { tokio::task::yield_now().await } };
        while_time_passes(&lines, both).await;
        assert!(lines.cases().await.iter().any(|it| it.case.subject == Subject::Elder(elder_of(0))));
        lines.open(0).await;
    }

    async fn a_line_that_floods_waits_and_nobody_waits_for_it(db: Database) {
        let lines = Lines::start_with(db, |it| it.intake.tcp.frames_per_second_max = 1).await;
        lines.file(1, Protocol::Watch, "2222222222").await;
        let (mut heard, mut flood) = lines.watch().await.0.into_split();
        // Far more than any buffer between us holds: the writing stops where the reading has.
        let writing = tokio::spawn(async move { flood.write_all(LK.repeat(2_000_000).as_bytes()).await });
        let mut answers = vec![0; LK.len() * 10];
        heard.read_exact(&mut answers).await.unwrap();
        let mut other = lines.watch().await;
        let call = lines.alarm("AL", "2222222222", lines.test.clock.now(), true, "00010000");
        other.says(call, "[3G*2222222222*0002*AL]").await;
        assert!(!writing.is_finished(), "everything was taken off the line");
        // Ten at once and one a second: the next when a second has passed, and no more than that.
        let mut one = vec![0; LK.len()];
        lines.test.advance(1);
        heard.read_exact(&mut one).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&one), LK);
        assert_eq!(heard.try_read(&mut one).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        writing.abort();
    }

    async fn a_line_that_says_nothing_is_ended(db: Database) {
        let lines = Lines::start(db).await;
        let mut nameless = lines.watch().await;
        lines.open(1).await;
        lines.test.advance(60);
        while_time_passes(&lines, nameless.ends()).await;
        let mut silent = lines.watch().await;
        silent.says(LK, LK).await;
        lines.test.advance(2 * 480 + 59);
        silent.says(LK, LK).await;
        lines.test.advance(2 * 480 + 59);
        // Bytes that are no frame are no sign of life.
        silent.send("xxxx").await;
        lines.test.advance(1);
        while_time_passes(&lines, silent.ends()).await;
        lines.open(0).await;
    }

    async fn a_service_that_stops_ends_its_lines(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.says(LK, LK).await;
        lines.test.app.stop().await;
        watch.ends().await;
    }
}

/// What a pendant says that was pressed, at 39.381 north and 117.062 east.
fn gt06_call() -> Vec<u8> {
    let mut call = vec![26, 2, 25, 6, 13, 20, 0xC8];
    for degrees in [39.381, 117.062] {
        call.extend_from_slice(&((degrees * 1_800_000.0_f64).round() as u32).to_be_bytes());
    }
    call.extend_from_slice(&[0, 0x14, 0, 9, 1, 0xCC, 0, 0x28, 0x7D, 0, 0x1F, 0x71, 0x20, 4, 3, 1, 2]);
    call
}

/// A GT06 frame with its sum, reckoned here and not by the code under test.
fn gt06(kind: u8, content: &[u8], serial: u8) -> Vec<u8> {
    let mut inner = vec![u8::try_from(content.len() + 5).unwrap(), kind];
    inner.extend_from_slice(content);
    inner.extend_from_slice(&[0, serial]);
    let mut sum = 0xFFFF_u16;
    for byte in &inner {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0x8408 } else { sum >> 1 };
        }
    }
    [&[0x78, 0x78][..], &inner, &(!sum).to_be_bytes(), b"\r\n"].concat()
}

/// A JT/T 808 message of the terminal 13900000017.
fn jt808(id: u16, body: &[u8], serial: u8) -> Vec<u8> {
    let mut inner = id.to_be_bytes().to_vec();
    inner.extend_from_slice(&[
        0,
        u8::try_from(body.len()).unwrap(),
        0x01,
        0x39,
        0,
        0,
        0,
        0x17,
        0,
        serial,
    ]);
    inner.extend_from_slice(body);
    inner.push(inner.iter().fold(0, |sum, it| sum ^ it));
    assert!(!inner.iter().any(|it| matches!(it, 0x7D | 0x7E)), "nothing to escape");
    [&[0x7E][..], &inner, &[0x7E]].concat()
}

both_stores! {
    async fn a_pendant_by_concox_signs_in_once_and_calls(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Gt06, "869000000000017").await;
        let mut pendant = lines.dial(Protocol::Gt06).await;
        let login = gt06(0x01, &[0x08, 0x69, 0, 0, 0, 0, 0, 0x17], 1);
        pendant.says(login, gt06(0x01, &[], 1)).await;
        pendant.says(gt06(0x13, &[0, 4, 3, 0, 1], 2), gt06(0x13, &[], 2)).await;
        let call = gt06_call();
        pendant.says(gt06(0x26, &call, 3), gt06(0x26, &[], 3)).await;
        let cases = lines.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject, cases[0].case.kind), (1, Subject::Elder(elder_of(1)), Kind::Sos));
        let content = lines.content(&lines.alerts(&cases[0]).await[0]);
        assert_eq!((content["position"]["lat"].as_f64(), content["reading"]["battery_percent"].as_u64()), (Some(39.381), Some(66)));
        // Before it has said who it is, a call is somebody's all the same.
        let mut nameless = lines.dial(Protocol::Gt06).await;
        nameless.says(gt06(0x26, &call, 9), gt06(0x26, &[], 9)).await;
        assert_eq!(lines.cases().await.iter().filter(|it| matches!(it.case.subject, Subject::Unknown(_))).count(), 1);
    }

    async fn a_pendant_whose_length_is_too_large_rings_within_three_seconds(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Gt06, "869000000000017").await;
        let mut pendant = lines.dial(Protocol::Gt06).await;
        let login = gt06(0x01, &[0x08, 0x69, 0, 0, 0, 0, 0, 0x17], 1);
        pendant.says(login, gt06(0x01, &[], 1)).await;
        let mut call = gt06(0x26, &gt06_call(), 3);
        call[2] = 0xFF;
        // With a beat before it, so that it is known when the call has been looked at.
        let beat = gt06(0x13, &[0, 4, 3, 0, 1], 2);
        pendant.says([beat, call.clone()].concat(), gt06(0x13, &[], 2)).await;
        assert_eq!(lines.cases().await.len(), 0);
        lines.test.advance(3);
        pendant.hears(gt06(0x26, &[], 3)).await;
        let cases = lines.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject), (1, Subject::Elder(elder_of(1))));
        // More behind it does not lengthen it, and the line goes on.
        let serial = call.len() - 5;
        call[serial] = 4;
        let beat = gt06(0x13, &[0, 4, 3, 0, 1], 5);
        pendant.send([call, beat].concat()).await;
        while_time_passes(&lines, pendant.hears([gt06(0x26, &[], 4), gt06(0x13, &[], 5)].concat())).await;
    }

    async fn a_terminal_of_the_standard_registers_and_calls(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Jt808, "13900000017").await;
        let mut card = lines.dial(Protocol::Jt808).await;
        let granted = [&[0, 1, 0][..], b"13900000017"].concat();
        card.says(jt808(0x0100, &[0; 37], 1), jt808(0x8100, &granted, 1)).await;
        card.says(jt808(0x0102, b"13900000017", 2), jt808(0x8001, &[0, 2, 1, 2, 0], 2)).await;
        card.says(jt808(0x0002, &[], 3), jt808(0x8001, &[0, 3, 0, 2, 0], 3)).await;
        let location = |alarm: u8| {
            let mut body = vec![0, 0, 0, alarm, 0, 0, 0, 2];
            body.extend_from_slice(&39_381_000_u32.to_be_bytes());
            body.extend_from_slice(&117_062_000_u32.to_be_bytes());
            body.extend_from_slice(&[0, 5, 0, 0, 0, 0, 0x26, 0x02, 0x25, 0x14, 0x13, 0x20]);
            body
        };
        card.says(jt808(0x0200, &location(0), 4), jt808(0x8001, &[0, 4, 2, 0, 0], 4)).await;
        assert_eq!(lines.cases().await.len(), 0);
        card.says(jt808(0x0200, &location(1), 5), jt808(0x8001, &[0, 5, 2, 0, 0], 5)).await;
        let cases = lines.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject, cases[0].case.kind), (1, Subject::Elder(elder_of(1)), Kind::Sos));
        // China's time: now.
        assert_eq!(lines.alerts(&cases[0]).await[0].occurred_at, Some(lines.test.clock.now()));
        // What cannot be kept is told so, in its own words.
        lines.test.app.store.close().await;
        card.send(jt808(0x0200, &location(1), 6)).await;
        let wanted = jt808(0x8001, &[0, 6, 2, 0, 1], 6);
        let mut got = vec![0; wanted.len()];
        while_time_passes(&lines, card.0.read_exact(&mut got)).await.unwrap();
        assert_eq!(got, wanted);
    }
}

/// One of three parts of a message of the same terminal.
fn jt808_part(id: u16, body: &[u8], serial: u8, which: u8) -> Vec<u8> {
    let mut inner = id.to_be_bytes().to_vec();
    inner.extend_from_slice(&[1 << 5, u8::try_from(body.len()).unwrap(), 0x01, 0x39, 0, 0, 0, 0x17]);
    inner.extend_from_slice(&[0, serial, 0, 3, 0, which]);
    inner.extend_from_slice(body);
    inner.push(inner.iter().fold(0, |sum, it| sum ^ it));
    assert!(!inner.iter().any(|it| matches!(it, 0x7D | 0x7E)), "nothing to escape");
    [&[0x7E][..], &inner, &[0x7E]].concat()
}

/// A call from 39.381, 117.062 with vibration behind it, in three parts with the numbers from `serial` on: the first ends before the time.
fn jt808_call(serial: u8, second: u8) -> [Vec<u8>; 3] {
    let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2];
    body.extend_from_slice(&39_381_000_u32.to_be_bytes());
    body.extend_from_slice(&117_062_000_u32.to_be_bytes());
    body.extend_from_slice(&[0, 5, 0, 0, 0, 0, 0x26, 0x02, 0x25, 0x14, 0x13, second]);
    body.extend_from_slice(&[0xE8, 2, 0x04, 0x06]);
    let cut = [&body[..20], &body[20..30], &body[30..]];
    std::array::from_fn(|at| jt808_part(0x0200, cut[at], serial + at as u8, at as u8 + 1))
}

/// What such a part is told.
fn jt808_told(serial: u8, result: u8) -> Vec<u8> {
    jt808(0x8001, &[0, serial, 2, 0, result], serial)
}

both_stores! {
    async fn a_message_in_parts_is_read_as_one_in_whatever_order_they_come(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Jt808, "13900000017").await;
        let mut card = lines.dial(Protocol::Jt808).await;
        card.says(jt808(0x0002, &[], 3), jt808(0x8001, &[0, 3, 0, 2, 0], 3)).await;
        let counts = async || {
            let mut counts = Vec::new();
            for case in lines.cases().await {
                counts.push((case.case.kind, lines.alerts(&case).await.len()));
            }
            counts.sort_by_key(|it| it.0 != Kind::Sos);
            counts
        };
        // The last two first and each twice, byte by byte; none of them is answered before the whole is committed.
        let [first, second, third] = jt808_call(10, 0x20);
        for byte in [&third[..], &second, &second, &third, &first].concat() {
            card.send([byte]).await;
        }
        card.hears([jt808_told(10, 0), jt808_told(11, 0), jt808_told(12, 0)].concat()).await;
        assert_eq!(counts().await, [(Kind::Sos, 1), (Kind::Tamper, 1)]);
        let cases = lines.cases().await;
        let call = cases.iter().find(|it| it.case.kind == Kind::Sos).unwrap();
        assert_eq!(call.case.subject, Subject::Elder(elder_of(1)));
        let alert = &lines.alerts(call).await[0];
        assert_eq!(alert.occurred_at, Some(lines.test.clock.now()), "the time stands in the second part");
        let content = lines.content(alert);
        assert_eq!((content["position"]["lat"].as_f64(), content["warnings"].clone()), (Some(39.381), Value::Null));
        // A call for help does not wait for the rest of its message, and is one call when that has come.
        lines.test.advance(5);
        let [first, second, third] = jt808_call(20, 0x25);
        card.send(&first).await;
        let called = async {
            while counts().await[0] != (Kind::Sos, 2) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, called).await.expect("the call waits for its parts");
        card.send([&third[..], &second].concat()).await;
        card.hears([jt808_told(20, 0), jt808_told(21, 0), jt808_told(22, 0)].concat()).await;
        assert_eq!(counts().await, [(Kind::Sos, 2), (Kind::Tamper, 2)]);
        assert_eq!(lines.quarantined().await, []);
    }

    async fn a_part_that_is_missing_is_asked_for_and_at_last_nothing_of_the_others_is_lost(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Jt808, "13900000017").await;
        let mut card = lines.dial(Protocol::Jt808).await;
        let beat = |serial| (jt808(0x0002, &[], serial), jt808(0x8001, &[0, serial, 0, 2, 0], serial));
        let (said, told) = beat(3);
        card.says(said, told).await;
        let [first, _, third] = jt808_call(20, 0x20);
        card.send([&first[..], &third].concat()).await;
        // Both are there when a beat behind them is answered.
        let (said, told) = beat(4);
        card.says(said, told).await;
        lines.test.advance(5);
        card.hears(jt808(0x8003, &[0, 20, 1, 0, 2], 1)).await;
        // It comes under a number of its own.
        let [_, again, _] = jt808_call(29, 0x20);
        card.says(again, [jt808_told(20, 0), jt808_told(30, 0), jt808_told(22, 0)].concat()).await;
        // One that never comes: asked for twice, then the others are told as not kept; the call has rung, and what came is kept aside.
        let [first, _, third] = jt808_call(40, 0x25);
        card.send([&third[..], &first].concat()).await;
        let (said, told) = beat(5);
        card.says(said, told).await;
        for serial in [2, 3] {
            lines.test.advance(5);
            card.hears(jt808(0x8003, &[0, 40, 1, 0, 2], serial)).await;
        }
        lines.test.advance(50);
        card.hears([jt808_told(40, 1), jt808_told(42, 1)].concat()).await;
        let name = "jt808 13900000017".to_owned();
        assert_eq!(lines.quarantined().await, [(name.clone(), "undecodable_frame".to_owned(), 1)]);
        let calls = lines.cases().await.into_iter().find(|it| it.case.kind == Kind::Sos).unwrap();
        assert_eq!(lines.alerts(&calls).await.len(), 2);
        // A line that is cut between two parts.
        lines.test.advance(61);
        let [_, second, third] = jt808_call(60, 0x26);
        let mut other = lines.dial(Protocol::Jt808).await;
        other.send([&second[..], &third[..10]].concat()).await;
        other.0.shutdown().await.unwrap();
        other.ends_after([jt808_told(61, 1)].concat()).await;
        let rows = lines.quarantined().await;
        assert_eq!(rows.iter().map(|it| it.2).sum::<i64>(), 3, "{rows:?}");
    }

    async fn the_same_words_within_a_minute_on_one_line_are_one_call(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Trv, "869000000000017").await;
        let call = "TRVAP10000101V0000.0000N00000.0000E000.0000000000.0006000908000502,460,0,9520,3671,01,zh-cn,00,#";
        let mut pendant = lines.dial(Protocol::Trv).await;
        pendant.says("TRVAP00869000000000017#", "TRVBP00#").await;
        let alerts = async || lines.alerts(&lines.cases().await[0]).await.len();
        // Its clock was never set. Said again after 1 and 59 seconds it is the same; after a minute it is another press.
        for (after, wanted) in [(0, 1), (1, 1), (58, 1), (1, 2), (59, 2)] {
            lines.test.advance(after);
            pendant.says(call, "TRVBP10#").await;
            assert_eq!(alerts().await, wanted, "{after}");
        }
        // Other words are another call at once.
        pendant.says(call.replace("9520", "9521"), "TRVBP10#").await;
        assert_eq!(alerts().await, 3);
    }
}

/// What the service writes into its log on this thread.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn hear(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// Waits until a sentence stands there so often.
    async fn says(&self, sentence: &str, times: usize) {
        let wait = async {
            while String::from_utf8_lossy(&self.0.lock().unwrap())
                .matches(sentence)
                .count()
                < times
            {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(waited.is_ok(), "the log does not say {times} times: {sentence}");
    }
}

/// By itself and not by the macro of the others: the log is heard on one thread only, so all of the service runs on it.
mod a_call_that_the_store_refuses_is_tried_again_and_answered_when_it_is_kept {
    use super::*;

    async fn promise(db: Database) {
        use sea_orm::ConnectionTrait as _;
        let log = Log::default();
        let _heard = log.hear();
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        watch.says(LK, LK).await;
        let writer = lines.test.app.store.writer();
        writer
            .execute_unprepared("ALTER TABLE alert RENAME TO alert_gone")
            .await
            .unwrap();
        watch.send(lines.sos()).await;
        // Twice it is refused; then somebody mends the table.
        for tries in [1, 2] {
            log.says("an alarm of a device could not be kept", tries).await;
            if tries == 2 {
                writer
                    .execute_unprepared("ALTER TABLE alert_gone RENAME TO alert")
                    .await
                    .unwrap();
            }
            lines.test.advance(2);
        }
        watch.hears(AL).await;
        let cases = lines.cases().await;
        assert_eq!((cases.len(), lines.alerts(&cases[0]).await.len()), (1, 1));
    }

    #[tokio::test]
    async fn sqlite() {
        promise(Database::sqlite().await).await;
    }

    #[tokio::test]
    async fn postgres() {
        promise(Database::postgres().await).await;
    }
}

/// Eview's checksum (CRC-16/XMODEM), reckoned here and not by the code under test.
fn eview(properties: u8, content: &[u8], sequence: u8) -> Vec<u8> {
    let mut sum = 0_u16;
    for byte in content {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            sum = if sum >> 15 == 1 { (sum << 1) ^ 0x1021 } else { sum << 1 };
        }
    }
    let length = u16::try_from(content.len()).unwrap().to_le_bytes();
    [
        &[0xAB, properties][..],
        &length,
        &sum.to_le_bytes(),
        &[sequence, 0],
        content,
    ]
    .concat()
}

both_stores! {
    async fn an_eelink_card_an_eview_pendant_and_an_old_minifinder_call(db: Database) {
        let lines = Lines::start(db).await;
        lines.test.fill(vec![elder(2, Need::General), elder(3, Need::General)], vec![]).await;
        let seconds = u32::try_from(lines.test.clock.now().as_second()).unwrap();
        let lat_lon = |factor: f64| [39.381, 117.062].map(|it: f64| (it * factor).round() as i32);

        lines.file(1, Protocol::Eelink, "869000000000017").await;
        let mut card = lines.dial(Protocol::Eelink).await;
        let login = [0x67, 0x67, 1, 0, 11, 0, 1, 0x08, 0x69, 0, 0, 0, 0, 0, 0x17, 1];
        let welcome = [&[0x67, 0x67, 1, 0, 9, 0, 1][..], &seconds.to_be_bytes(), &[0, 1, 0]].concat();
        card.says(login, welcome).await;
        let mut call = vec![0x67, 0x67, 0x14, 0, 25, 0, 2];
        call.extend_from_slice(&seconds.to_be_bytes());
        call.push(1);
        lat_lon(1_800_000.0).iter().for_each(|it| call.extend_from_slice(&it.to_be_bytes()));
        call.extend_from_slice(&[0, 5, 0, 0, 0, 0, 7, 2, 0, 1]);
        card.says(call, [0x67, 0x67, 0x14, 0, 2, 0, 2]).await;

        lines.file(2, Protocol::Eview, "869000000000025").await;
        let mut pendant = lines.dial(Protocol::Eview).await;
        let number = [&[16, 1][..], b"869000000000025"].concat();
        let beat = [&[3][..], &number, &[2, 0x10, 84]].concat();
        pendant.says(eview(0x10, &beat, 1), eview(0, &[3], 1)).await;
        let mut call = [&[1][..], &number, &[9, 2, 0, 0x10, 0, 0]].concat();
        call.extend_from_slice(&seconds.to_le_bytes());
        call.extend_from_slice(&[17, 0x20]);
        lat_lon(10_000_000.0).iter().for_each(|it| call.extend_from_slice(&it.to_le_bytes()));
        call.extend_from_slice(&[0, 0, 0, 0, 0, 0, 9, 0]);
        pendant.says(eview(0x10, &call, 2), eview(0, &[0x7F, 1, 0], 2)).await;
        let cases = lines.cases().await;
        assert_eq!(cases.len(), 2);

        // Its language has no answers: seen only by what becomes of it.
        lines.file(3, Protocol::MiniFinder, "869000000000033").await;
        let mut old = lines.dial(Protocol::MiniFinder).await;
        let at = lines.test.clock.now().strftime("%d/%m/%y,%H:%M:%S").to_string();
        old.send(format!("!1,869000000000033,V07S,84;!D,{at},39.381000,117.062000,0,0,140041,12.5,84,7,14,1.2;")).await;
        let arrived = async {
            while lines.cases().await.len() < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, arrived).await.expect("the third call opens a case");
        for case in lines.cases().await {
            let n = [1, 2, 3].into_iter().find(|it| case.case.subject == Subject::Elder(elder_of(*it)));
            assert!(n.is_some() && case.case.kind == Kind::Sos, "{:?}", case.case.subject);
            let alerts = lines.alerts(&case).await;
            assert_eq!(alerts[0].occurred_at, Some(lines.test.clock.now()), "{n:?}");
            let place = lines.content(&alerts[0])["position"].clone();
            assert_eq!((place["lat"].as_f64(), place["lon"].as_f64()), (Some(39.381), Some(117.062)), "{n:?}");
        }
    }
}

both_stores! {
    async fn what_a_device_says_of_itself_is_written_in_one_go_and_is_there_after_a_restart(db: Database) {
        let lines = Lines::start(db).await;
        lines.file(1, Protocol::Watch, "2222222222").await;
        let at = lines.test.clock.now();
        let mut watch = lines.watch().await;
        watch.send(lines.alarm("UD", NUMBER, at, true, "00000000")).await;
        watch.send("[3G*1451316451*0008*PULSE,72]").await;
        for n in 0..20 {
            watch.says(format!("[3G*1451316451*000B*LK,1,0,{}]", 60 - n), LK).await;
        }
        let mut other = lines.watch().await;
        other.says("[3G*2222222222*0002*LK]", "[3G*2222222222*0002*LK]").await;
        let signs = &lines.test.app.signs;
        // A heartbeat is a line in memory; both devices are one statement, and then there is nothing more to write.
        assert_eq!(lines.test.app.store.device_states().await.unwrap().items.len(), 0);
        assert_eq!((signs.write().await.unwrap(), signs.write().await.unwrap()), (2, 0));
        let id = device_id("watch-1451316451");
        let before = signs.of(id).unwrap();
        assert_eq!((before.heard_at, before.told.battery_percent, before.told.signal_percent), (at, Some(41), Some(90)));
        let (reading, _) = before.told.reading.clone().unwrap();
        assert_eq!(reading["pulse"], 72);
        drop((watch, other));
        let Lines { test, .. } = lines;
        let test = test.restart().await;
        assert_eq!(test.app.signs.of(id), Some(before));
        let fix = test.app.signs.fix_of(elder_of(0)).unwrap();
        assert_eq!((fix.at, fix.point.lat()), (at, 39.381));
        // Sealed: nobody reads a place in the table.
        let rows = test.app.store.device_states().await.unwrap().items;
        let sealed = rows.iter().find(|it| it.device == id).unwrap().content.clone().unwrap();
        assert!(!String::from_utf8_lossy(&sealed.0).contains("39.381"));
    }

    async fn the_later_word_of_a_device_counts_whoever_writes_last(db: Database) {
        use eldercare_dispatch::store::device_states::DeviceState;
        let test = TestApp::start(db).await;
        let state = |seconds: i64, battery| DeviceState {
            device: device_id("D0"),
            heard_at: test.clock.now() + seconds.seconds(),
            battery_percent: Some(battery),
            signal_percent: None,
            place_at: None,
            reading_at: None,
            content: None,
        };
        for (seconds, battery, wanted) in [(10, 50, 50), (5, 80, 50), (10, 49, 49), (11, 48, 48)] {
            test.app.store.put_device_states(vec![state(seconds, battery)]).await.unwrap();
            let kept = test.app.store.device_states().await.unwrap().items;
            assert_eq!((kept.len(), kept[0].battery_percent), (1, Some(wanted)), "{seconds} {battery}");
        }
    }

    async fn who_is_filed_without_a_reference_system_is_looked_for_where_they_are(db: Database) {
        let lines = Lines::start_with(db, |config| {
            config.intake.tcp.crs_usual = toml::from_str::<tcp::limits::TcpConfig>("crs_usual = [\"gt06=gcj02\", \"h02=none\"]").unwrap().crs_usual;
        }).await;
        for (n, protocol, number) in [(0, Protocol::Watch, NUMBER), (1, Protocol::Gt06, "869000000000017")] {
            lines.file(n, protocol, number).await;
            let id = device_id(&format!("{protocol}-{number}"));
            let known = Device::clone(&lines.test.app.picture.device(id).unwrap());
            let bare = Device { crs: None, ..known };
            lines.test.app.store.put_devices(vec![bare], lines.test.clock.now()).await.unwrap();
        }
        lines.test.app.refresh_picture(true).await.unwrap();
        let sought = async |n: u32| {
            let of = |it: &CaseView| it.case.subject == Subject::Elder(elder_of(n));
            let view = lines.cases().await.into_iter().find(of).unwrap();
            let reading = lines.content(&lines.alerts(&view).await[0])["reading"].clone();
            let assumed = reading["crs_assumed"].as_str().unwrap().to_owned();
            (lines.test.app.field.destinations(&view).await, assumed)
        };
        let near = |one: &eldercare_dispatch::circle::Point, other: &eldercare_dispatch::circle::Point| {
            (one.lat() - other.lat()).abs() < 1e-5 && (one.lon() - other.lon()).abs() < 1e-5
        };
        // Nine hundred metres from home.
        let home = lines.test.app.picture.elder(elder_of(0)).unwrap().home.unwrap();
        let fix = eldercare_dispatch::circle::Point::new(home.lat() + 0.0081, home.lon()).unwrap();
        let content = format!(
            "AL,{},A,{:.6},N,{:.6},E,0,0,0,9,90,41,0,0,00010000,0,0",
            lines.test.clock.now().strftime("%d%m%y,%H%M%S"), fix.lat(), fix.lon()
        );
        lines.watch().await.says(format!("[3G*{NUMBER}*{:04X}*{content}]", content.len()), AL).await;
        let (places, assumed) = sought(0).await;
        assert!(places.len() == 1 && near(&places[0], &fix), "{places:?} and not {fix:?}");
        assert_eq!(assumed, "wgs84");
        // A language whose devices send another.
        let mut pendant = lines.dial(Protocol::Gt06).await;
        let login = gt06(0x01, &[0x08, 0x69, 0, 0, 0, 0, 0, 0x17], 1);
        pendant.says(login, gt06(0x01, &[], 1)).await;
        pendant.says(gt06(0x26, &gt06_call(), 3), gt06(0x26, &[], 3)).await;
        let (places, assumed) = sought(1).await;
        let fix = Crs::Gcj02.to_wgs84(39.381, 117.062).unwrap();
        assert!(places.iter().any(|it| near(it, &fix)), "{places:?} and not {fix:?}");
        assert_eq!(assumed, "gcj02");
        // And where it is said without an alarm.
        lines.test.advance(61);
        let mut watch = lines.watch().await;
        watch.send(lines.alarm("UD", NUMBER, lines.test.clock.now(), true, "00000000")).await;
        watch.says(LK, LK).await;
        let told = lines.test.app.signs.of(device_id(&format!("watch-{NUMBER}"))).unwrap().told;
        assert_eq!(told.place.map(|it| it.0.crs), Some(Some(Crs::Wgs84)));
    }

    async fn where_the_watch_is_the_elder_is_looked_for(db: Database) {
        let lines = Lines::start(db).await;
        let mut watch = lines.watch().await;
        let home = lines.test.app.picture.elder(elder_of(0)).unwrap().home.unwrap();
        // The button by the bed knows no place; the watch says that its elder is a kilometre from home.
        let call = crate::harness::street::alert(0, "sos", "r1");
        let opened = lines.test.app.desk.report(call).await.unwrap();
        let view = lines.test.app.store.case(opened.case).await.unwrap().unwrap();
        let field = &lines.test.app.field;
        assert_eq!(field.destinations(&view).await, [home]);
        let content = format!(
            "UD,{},A,{:.6},N,{:.6},E,0,0,0,9,90,41,0,0,00000000,0,0",
            lines.test.clock.now().strftime("%d%m%y,%H%M%S"),
            home.lat() + 0.009,
            home.lon()
        );
        watch.send(format!("[3G*{NUMBER}*{:04X}*{content}]", content.len())).await;
        watch.says(LK, LK).await;
        let places = field.destinations(&view).await;
        assert_eq!(places.len(), 1);
        assert!((places[0].lat() - home.lat() - 0.009).abs() < 1e-6, "{places:?}");
        // Ten minutes later nobody knows: both.
        lines.test.advance(600);
        assert_eq!(field.destinations(&view).await.len(), 2);
    }
}

/// What lines cost that say a beat and no more. A figure for whoever asks:
/// `ECD_FIGURES=1 cargo test --release --test it devices::idle_lines -- --exact --nocapture`. Both ends are in this process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_lines() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let many: usize = if std::env::var_os("ECD_FIGURES").is_some() {
        10_000
    } else {
        200
    };
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let lines = Lines::start_with(Database::sqlite().await, move |config| {
        config.intake.tcp.lines_max = many + 1;
        config.intake.tcp.lines_per_address_max = Some(many + 1);
    })
    .await;
    let number = |n: usize| format!("{:010}", 2_000_000_000 + n);
    let model = lines
        .test
        .app
        .picture
        .device(device_id(&format!("watch-{NUMBER}")))
        .unwrap();
    for part in (0..many).collect::<Vec<_>>().chunks(5_000) {
        let devices = part.iter().map(|n| Device {
            id: device_id(&number(*n)),
            code: number(*n),
            terminal: Some(Terminal {
                protocol: Protocol::Watch,
                number: number(*n),
            }),
            ..(*model).clone()
        });
        let store = &lines.test.app.store;
        store
            .put_devices(devices.collect(), lines.test.clock.now())
            .await
            .unwrap();
    }
    lines.test.app.refresh_picture(true).await.unwrap();
    let before = resident_kib();
    let mut wires = Vec::with_capacity(many);
    for n in 0..many {
        let mut wire = lines.watch().await;
        let lk = format!("[3G*{}*0002*LK]", number(n));
        wire.says(&lk, &lk).await;
        wires.push(wire);
    }
    lines.open(many).await;
    let took = resident_kib().saturating_sub(before);
    println!(
        "{many} idle lines: {took} KiB, {} bytes a line with both ends",
        took * 1_024 / many as u64
    );
    // Whoever was first is still answered.
    let lk = format!("[3G*{}*0002*LK]", number(0));
    wires[0].says(&lk, &lk).await;
}

/// What of this process is in memory.
fn resident_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
