//! Devices behind a broker: a real Mosquitto, killed and started again, against the running service.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Kind, Lane, Subject};
use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::intake::mqtt::config::{BrokerConfig, MqttConfig, TopicConfig, Version};
use eldercare_dispatch::intake::mqtt::profile::{ProfileConfig, RuleConfig};
use eldercare_dispatch::intake::mqtt::{self, Link, State};
use eldercare_dispatch::people::{Device, DeviceBinding, DeviceKind, Need, Protocol, Terminal, Tier, device_id};
use eldercare_dispatch::store::cases::{AlertView, CaseFilter, CaseView};
use jiff::ToSpan as _;
use serde_json::Value;

use crate::drills::{Ears, test_device};
use crate::harness::broker::Mosquitto;
use crate::harness::street::{elder, elder_of};
use crate::harness::{Database, TestApp, both_stores};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A street whose sensors publish to a broker.
pub struct Street {
    pub test: TestApp,
    pub link: Arc<Link>,
}

/// How the tests' broker is written into the configuration.
pub fn broker(url: String) -> BrokerConfig {
    let topic = |topic: &str, profile: &str| TopicConfig {
        topic: topic.to_owned(),
        profile: profile.to_owned(),
    };
    BrokerConfig {
        name: "home".to_owned(),
        url,
        topics: vec![
            topic("zigbee2mqtt/{device}", "zigbee2mqtt"),
            topic("ha/binary_sensor/{device}/{class}", "home-assistant"),
            topic("buttons/{device}/alarm", "plain"),
        ],
        ..BrokerConfig::default()
    }
}

impl Street {
    pub async fn start(db: Database, url: String) -> Self {
        Self::start_with(db, url, |_| {}).await
    }

    pub async fn start_with(
        db: Database,
        url: String,
        adjust: impl Fn(&mut MqttConfig) + Send + Sync + 'static,
    ) -> Self {
        Self::start_as(db, url, move |config| adjust(&mut config.mqtt)).await
    }

    async fn start_as(db: Database, url: String, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let test = TestApp::start_with(db, move |config: &mut Config| {
            config.mqtt.brokers = vec![broker(url.clone())];
            adjust(config);
        })
        .await;
        test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], vec![])
            .await;
        let street = Self::on(test).await;
        for (n, kind, name) in [
            (0, DeviceKind::Smoke, "S0"),
            (1, DeviceKind::SosButton, "B1"),
            (0, DeviceKind::SosButton, "B0"),
        ] {
            street.file(n, kind, name).await;
        }
        street
    }

    /// The links of a service that is there.
    pub async fn on(test: TestApp) -> Self {
        let link = mqtt::start(&test.app).remove(0);
        let street = Self { test, link };
        street.up().await;
        street
    }

    /// Files a sensor of elder `n`.
    pub async fn file(&self, n: u32, kind: DeviceKind, name: &str) {
        let device = Device {
            id: device_id(name),
            code: name.to_owned(),
            kind,
            binding: Some(DeviceBinding::Elder(elder_of(n))),
            model: None,
            crs: Some(Crs::Wgs84),
            voice_path: false,
            place: None,
            terminal: Some(Terminal {
                protocol: Protocol::Mqtt,
                number: name.to_owned(),
            }),
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        let (store, now) = (&self.test.app.store, self.test.clock.now());
        store.put_devices(vec![device], now).await.unwrap();
        self.test.app.refresh_picture(true).await.unwrap();
    }

    /// Ends the service and starts it again.
    pub async fn restart(self) -> Self {
        let Self { test, link } = self;
        drop(link);
        Self::on(test.restart().await).await
    }

    /// Waits for a state; a second passes whenever it is not there yet, so that what waits for the clock goes on.
    pub async fn until_turning(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        self.wait(what, is_so, 1).await;
    }

    /// Waits for a state; time stands still.
    pub async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        self.wait(what, is_so, 0).await;
    }

    async fn wait(&self, what: &str, is_so: impl AsyncFn() -> bool, seconds: u64) {
        let waited = async {
            while !is_so().await {
                // A moment for the others; nothing that ends it.
                let _ = tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await;
                self.test.advance(seconds);
            }
        };
        let done = tokio::time::timeout(PATIENCE, waited).await;
        assert!(
            done.is_ok(),
            "not so: {what}; {:?}, {} in hand",
            self.link.state(),
            self.link.in_hand()
        );
    }

    pub async fn up(&self) {
        self.until_turning("the link is up", async || self.link.state().0 == State::Up)
            .await;
    }

    /// Everything that was published is worked off: a message of the sensor that comes last says so.
    pub async fn after_all(&self, broker: &Mosquitto, topic: &str, name: &str, mark: u8) {
        broker.publish(topic, format!("{{\"battery\":{mark}}}")).await;
        self.until("the mark", async || {
            let sign = self.test.app.signs.of(device_id(name));
            sign.is_some_and(|it| it.told.battery_percent == Some(mark)) && self.link.in_hand() == 0
        })
        .await;
    }

    pub async fn cases(&self) -> Vec<CaseView> {
        let store = &self.test.app.store;
        store.list_cases(&CaseFilter::default(), None, 500).await.unwrap().items
    }

    pub async fn alerts(&self) -> Vec<AlertView> {
        let mut all = Vec::new();
        for case in self.cases().await {
            all.extend(self.test.app.store.alerts_of(case.case.id).await.unwrap());
        }
        all
    }

    pub async fn alerts_are(&self, count: usize) {
        self.until(&format!("{count} alerts"), async || self.alerts().await.len() >= count)
            .await;
        assert_eq!(self.alerts().await.len(), count);
    }

    /// What was sealed of an alert.
    pub fn content(&self, alert: &AlertView) -> Value {
        let ring = self.test.app.store.keys().unwrap();
        let text = ring
            .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
            .unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// The references that the payloads of the alerts have, sorted.
    pub async fn references(&self) -> Vec<String> {
        let alerts = self.alerts().await;
        let of = |it: &AlertView| {
            self.content(it)["reading"]["payload"]["source_ref"]
                .as_str()
                .map(str::to_owned)
        };
        let mut all: Vec<String> = alerts.iter().filter_map(of).collect();
        all.sort();
        all
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

    /// Each case as its lane and kind, sorted.
    pub async fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> = self
            .cases()
            .await
            .iter()
            .map(|it| format!("{:?} {}", it.case.lane, it.case.kind.as_str()))
            .collect();
        kinds.sort();
        kinds
    }
}

async fn a_sensor_calls(db: Database, version: Version) {
    let broker = Mosquitto::start();
    let street = Street::start_with(db, broker.url(), move |it| it.brokers[0].version = version).await;
    broker
        .publish("zigbee2mqtt/S0", r#"{"smoke":true,"battery":87,"linkquality":102}"#)
        .await;
    street.alerts_are(1).await;
    let case = &street.cases().await[0].case;
    assert_eq!(
        (case.kind, case.subject),
        (Kind::Smoke, Subject::Household(elder(0, Need::General).household))
    );
    let alert = &street.alerts().await[0];
    let content = street.content(alert);
    let reading = &content["reading"];
    assert_eq!(
        (reading["protocol"].as_str(), reading["topic"].as_str()),
        (Some("mqtt"), Some("zigbee2mqtt/S0"))
    );
    assert_eq!(
        (reading["terminal"].as_str(), reading["profile"].as_str()),
        (Some("S0"), Some("zigbee2mqtt"))
    );
    assert_eq!(content["warnings"], Value::Null);
    street
        .until("the sensor was heard", async || {
            street.test.app.signs.of(device_id("S0")).is_some()
        })
        .await;
    let told = street.test.app.signs.of(device_id("S0")).unwrap().told;
    assert_eq!((told.battery_percent, told.signal_percent), (Some(87), Some(40)));
    // Acknowledged: the broker has nothing more for us.
    street
        .until("nothing is in hand", async || street.link.in_hand() == 0)
        .await;
    let street = street.restart().await;
    street.after_all(&broker, "zigbee2mqtt/S0", "S0", 86).await;
    assert_eq!(street.alerts().await.len(), 1);
}

both_stores! {
    async fn smoke_is_in_a_case_by_mqtt_5(db: Database) {
        a_sensor_calls(db, Version::V5).await;
    }

    async fn smoke_is_in_a_case_by_mqtt_3(db: Database) {
        a_sensor_calls(db, Version::V311).await;
    }

    async fn what_a_sensor_says_is_over_closes_its_technical_case(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        let says = async |street: &Street, tampered: bool, mark: u8| {
            broker.publish("zigbee2mqtt/S0", format!("{{\"tamper\":{tampered}}}")).await;
            street.after_all(&broker, "zigbee2mqtt/S0", "S0", mark).await;
        };
        let open = async |street: &Street| street.cases().await.iter().filter(|it| it.case.state.is_open()).count();
        says(&street, true, 50).await;
        crate::supervision::pass(&street.test, 320).await;
        assert_eq!((street.kinds().await, open(&street).await), (vec!["Technical tamper".to_owned()], 1));
        says(&street, false, 51).await;
        crate::supervision::pass(&street.test, 320).await;
        assert_eq!(open(&street).await, 0);
        // Also where we were started anew while it lasted.
        says(&street, true, 52).await;
        let street = street.restart().await;
        says(&street, false, 53).await;
        assert_eq!(open(&street).await, 1);
        crate::supervision::pass(&street.test, 320).await;
        assert_eq!(open(&street).await, 0);
    }

    async fn each_class_of_home_assistant_is_what_it_is(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        for (class, payload) in [
            ("smoke", "ON"), ("gas", "ON"), ("moisture", "on"), ("fall", r#"{"state":"ON"}"#), ("battery", "ON"),
            // Signs of life, and no alarms.
            ("door", "ON"), ("occupancy", "OFF"), ("motion", "ON"),
        ] {
            broker.publish(&format!("ha/binary_sensor/S0/{class}"), payload).await;
        }
        street.alerts_are(5).await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 50).await;
        let alerts = street.alerts().await;
        let mut kinds: Vec<&str> = alerts.iter().map(|it| it.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["fall", "gas", "low_battery", "smoke", "water_leak"]);
    }

    async fn a_makers_messages_are_read_as_the_configuration_says(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start_with(db, broker.url(), |config| {
            config.profiles = vec![ProfileConfig {
                name: "acme".to_owned(),
                device: Some("/dev".to_owned()),
                kind: Some("/evt".to_owned()),
                words: BTreeMap::from([("1".to_owned(), "sos".to_owned()), ("0".to_owned(), "none".to_owned())]),
                rules: vec![RuleConfig { when: "/volt < 2.5".to_owned(), kind: "low_battery".to_owned(), event: false }],
                source_ref: Some("/seq".to_owned()),
                time: Some("/ts".to_owned()),
                lat: Some("/gps/lat".to_owned()),
                lon: Some("/gps/lon".to_owned()),
                ..ProfileConfig::default()
            }];
            config.brokers[0].topics.push(TopicConfig { topic: "acme/#".to_owned(), profile: "acme".to_owned() });
        }).await;
        let at = street.test.clock.now() - 5.seconds();
        let call = format!(r#"{{"dev":"B1","evt":1,"seq":17,"volt":"2.9","ts":{},"gps":{{"lat":39.381,"lon":117.062}}}}"#, at.as_millisecond());
        for _ in 0..2 {
            broker.publish("acme/up/x", &call).await;
        }
        broker.publish("acme/up/x", r#"{"dev":"B1","evt":0,"volt":2.4}"#).await;
        broker.publish("acme/up/x", r#"{"dev":"B1","evt":7}"#).await;
        street.alerts_are(3).await;
        assert_eq!(street.kinds().await, ["Help sos", "Technical low_battery"]);
        let alerts = street.alerts().await;
        let sos = alerts.iter().find(|it| it.kind == "sos").unwrap();
        assert_eq!(sos.occurred_at, Some(at));
        let content = street.content(sos);
        assert_eq!((content["position"]["lat"].as_f64(), content["position"]["crs"].as_str()), (Some(39.381), Some("wgs84")));
        // A word that nobody has a kind for is an alarm, with the maker's word.
        assert!(alerts.iter().any(|it| it.kind == "unknown" && it.word.as_deref() == Some("7")));
    }

    async fn what_cannot_be_kept_stays_with_the_broker_and_comes_again(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        street.test.app.store.close().await;
        broker.publish("zigbee2mqtt/B1", r#"{"action":"emergency"}"#).await;
        street.until("it is in hand", async || street.link.in_hand() == 1).await;
        // Tried again and again, and not acknowledged.
        for _ in 0..5 {
            street.test.advance(30);
            tokio::task::yield_now().await;
        }
        assert_eq!(street.link.in_hand(), 1);
        let street = street.restart().await;
        street.alerts_are(1).await;
        street.after_all(&broker, "zigbee2mqtt/B1", "B1", 44).await;
        assert_eq!(street.kinds().await, ["Help sos"]);
    }

    async fn an_exercise_of_a_sensor_behind_a_broker_reaches_nobody_outside(db: Database) {
        let (broker, ears) = (Mosquitto::start(), Ears::start().await);
        let street = Street::start_as(db, broker.url(), ears.wire()).await;
        ears.beside(&street.test, 1).await;
        test_device(&street.test, device_id("B1"), 60).await;
        let press = async |reference: &str| {
            broker.publish("buttons/B1/alarm", format!(r#"{{"kind":"sos","source_ref":"{reference}"}}"#)).await;
        };
        press("e1").await;
        street.alerts_are(1).await;
        ears.hear_nothing_of_the_exercise(&street.test, "mqtt").await;
        test_device(&street.test, device_id("B1"), 0).await;
        press("e2").await;
        street.alerts_are(2).await;
        ears.hear_it_in_earnest(&street.test, "mqtt").await;
    }

    async fn a_second_press_is_a_second_press_and_a_bridge_that_repeats_is_none(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        let press = r#"{"action":"emergency"}"#;
        for _ in 0..3 {
            broker.publish("zigbee2mqtt/B1", press).await;
        }
        street.after_all(&broker, "zigbee2mqtt/B1", "B1", 41).await;
        assert_eq!(street.alerts().await.len(), 1, "within ten seconds it is the bridge");
        street.test.advance(11);
        broker.publish("zigbee2mqtt/B1", press).await;
        street.alerts_are(2).await;
        // With a reference of its own a message is the same one whenever it comes, and another one at once.
        for reference in ["r1", "r1", "r2"] {
            broker.publish("buttons/B1/alarm", format!(r#"{{"kind":"sos","source_ref":"{reference}"}}"#)).await;
        }
        street.alerts_are(4).await;
        street.test.advance(3_600);
        broker.publish("buttons/B1/alarm", r#"{"kind":"sos","source_ref":"r1"}"#).await;
        street.after_all(&broker, "buttons/B1/alarm", "B1", 40).await;
        // The mark names no kind: on a topic for alarms that is an alarm.
        assert_eq!(street.alerts().await.len(), 5);
    }

    async fn a_state_is_news_when_it_begins_and_when_it_still_lasts(db: Database) {
        let broker = Mosquitto::start();
        let mut street = Street::start(db, broker.url()).await;
        let mut mark = 0;
        for (seconds, payload, wanted) in [
            (0, r#"{"smoke":true,"linkquality":1}"#, 1),
            (30, r#"{"smoke":true,"linkquality":2}"#, 1),
            (30, r#"{"smoke":false}"#, 1),
            (1, r#"{"smoke":true,"linkquality":1}"#, 2),
            (600, r#"{"smoke":true,"linkquality":1}"#, 3),
            (1, r#"{"smoke":true,"battery_low":true}"#, 4),
            // A battery is low for months.
            (601, r#"{"smoke":false,"battery_low":true}"#, 4),
        ] {
            street.test.advance(seconds);
            broker.publish("zigbee2mqtt/S0", payload).await;
            mark += 1;
            street.after_all(&broker, "zigbee2mqtt/S0", "S0", mark).await;
            assert_eq!(street.alerts().await.len(), wanted, "{payload}");
            if mark == 2 || mark == 6 {
                // Known across a restart.
                street = street.restart().await;
            }
        }
        assert_eq!(street.kinds().await, ["Help smoke", "Technical low_battery"]);
    }

    async fn what_is_retained_rings_once_however_often_it_is_sent(db: Database) {
        let mut broker = Mosquitto::start();
        // 3.1.1: there every new subscription brings it again.
        let mut street = Street::start_with(db, broker.url(), |it| it.brokers[0].version = Version::V311).await;
        // While nobody listens, something happens and stays there.
        street.test.app.stop().await;
        broker.retain("zigbee2mqtt/B1", r#"{"action":"emergency"}"#).await;
        broker.retain("zigbee2mqtt/S0", r#"{"smoke":true,"battery":9}"#).await;
        street = street.restart().await;
        street.alerts_are(2).await;
        street.until("it was kept for us as it came", async || street.test.app.signs.of(device_id("B1")).is_some()).await;
        for _ in 0..2 {
            street.test.advance(3_600);
            street = street.restart().await;
            street.after_all(&broker, "ha/binary_sensor/S0/x", "S0", 12).await;
            street.until("it was worked off", async || street.link.in_hand() == 0).await;
            assert_eq!(street.alerts().await.len(), 2);
        }
        // Subscribed to anew because the broker has lost the session: the same.
        broker.retain("zigbee2mqtt/B0", r#"{"action":"emergency"}"#).await;
        street.alerts_are(3).await;
        street.until("it was heard", async || street.test.app.signs.of(device_id("B0")).is_some()).await;
        let before = street.test.app.signs.of(device_id("B0")).unwrap().heard_at;
        street.test.advance(60);
        broker.kill();
        street.until("the link is down", async || matches!(street.link.state().0, State::Down(_))).await;
        broker.forget();
        broker.start_again();
        broker.retain("zigbee2mqtt/B0", r#"{"action":"emergency"}"#).await;
        street.up().await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 13).await;
        assert_eq!(street.alerts().await.len(), 3);
        assert_eq!(street.test.app.signs.of(device_id("B0")).unwrap().heard_at, before, "what is retained is no sign of life");
    }

    async fn a_call_of_somebody_unknown_is_a_case_at_the_street_and_its_battery_is_not(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        broker.publish("zigbee2mqtt/0x00158d0001a2b3c4", r#"{"battery_low":true,"battery":3}"#).await;
        street.until("it is kept aside", async || !street.quarantined().await.is_empty()).await;
        assert_eq!(street.quarantined().await, [("mqtt 0x00158d0001a2b3c4".to_owned(), "unknown_device".to_owned(), 1)]);
        assert_eq!(street.cases().await.len(), 0);
        broker.publish("zigbee2mqtt/0x00158d0001a2b3c4", r#"{"action":"emergency"}"#).await;
        street.alerts_are(1).await;
        let case = &street.cases().await[0].case;
        assert!(matches!(case.subject, Subject::Unknown(_)), "{:?}", case.subject);
        assert_eq!((case.tier, case.kind), (Tier::Street, Kind::Sos));
        // Somebody files it, and the next call is the elder's.
        street.file(1, DeviceKind::SosButton, "0x00158d0001a2b3c4").await;
        street.test.advance(60);
        broker.publish("zigbee2mqtt/0x00158d0001a2b3c4", r#"{"action":"emergency"}"#).await;
        street.alerts_are(2).await;
        let subjects: Vec<Subject> = street.cases().await.iter().map(|it| it.case.subject).collect();
        assert!(subjects.contains(&Subject::Elder(elder_of(1))), "{subjects:?}");
    }

    async fn what_cannot_be_read_is_kept_aside_and_the_link_goes_on(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start_with(db, broker.url(), |it| it.brokers[0].payload_max_bytes = 1_024).await;
        broker.publish("zigbee2mqtt/S0", b"\xff\xfe smoke").await;
        street.until("it is kept aside", async || !street.quarantined().await.is_empty()).await;
        broker.publish("zigbee2mqtt/nobody", b"\xff\xfe smoke").await;
        street.until("both are", async || street.quarantined().await.len() == 2).await;
        // Longer than is read: on a topic for alarms the beginning is an alarm all the same, of a kind that nobody can tell.
        let long = format!(r#"{{"kind":"sos","note":"{}"}}"#, "x".repeat(2_000));
        broker.publish("buttons/B1/alarm", &long).await;
        street.alerts_are(1).await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 33).await;
        let reasons: Vec<(String, String, i64)> = ["B1", "S0", "nobody"]
            .iter().map(|it| (format!("mqtt {it}"), "undecodable_frame".to_owned(), 1)).collect();
        assert_eq!(street.quarantined().await, reasons);
        let content = street.content(&street.alerts().await[0]);
        assert_eq!(content["warnings"], serde_json::json!(["too_large", "malformed_json", "kind_missing"]));
        let raw = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, content["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw, &long.as_bytes()[..1_024]);
        assert_eq!(street.cases().await[0].case.lane, Lane::Help);
    }

    async fn nothing_is_lost_or_doubled_while_the_broker_is_killed(db: Database) {
        let mut broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        let mut published = Vec::new();
        for round in 0..3 {
            for n in 0..20 {
                let reference = format!("{round}-{n}");
                let topic = format!("buttons/B{}/alarm", n % 2);
                broker.publish(&topic, format!(r#"{{"kind":"sos","source_ref":"{reference}"}}"#)).await;
                published.push((topic, reference));
            }
            // In the middle of them.
            broker.kill();
            broker.start_again();
            // What the broker acknowledged last its disk may not have had: that is the broker's, and the senders say it again.
            for (topic, reference) in &published[published.len() - 20..] {
                broker.publish(topic, format!(r#"{{"kind":"sos","source_ref":"{reference}"}}"#)).await;
            }
            let wanted = published.len();
            street.until_turning("all of them", async || street.alerts().await.len() >= wanted).await;
        }
        street.up().await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 61).await;
        let mut wanted: Vec<String> = published.into_iter().map(|it| it.1).collect();
        wanted.sort();
        assert_eq!(street.references().await, wanted);
        assert_eq!(street.cases().await.len(), 2);
    }

    async fn what_came_while_we_were_away_is_there_when_we_are_back(db: Database) {
        let mut broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        street.test.app.stop().await;
        for n in 0..30 {
            broker.publish("buttons/B1/alarm", format!(r#"{{"kind":"sos","source_ref":"{n}"}}"#)).await;
        }
        // Also where the broker is killed meanwhile.
        broker.save().await;
        broker.kill();
        broker.start_again();
        let street = street.restart().await;
        street.alerts_are(30).await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 62).await;
        assert_eq!(street.alerts().await.len(), 30);
    }

    async fn a_subscription_that_the_broker_has_lost_is_made_anew(db: Database) {
        let mut broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        street.after_all(&broker, "zigbee2mqtt/S0", "S0", 20).await;
        broker.kill();
        street.until("the link is down", async || matches!(street.link.state().0, State::Down(_))).await;
        broker.forget();
        broker.start_again();
        street.up().await;
        broker.publish("zigbee2mqtt/B1", r#"{"action":"emergency"}"#).await;
        street.alerts_are(1).await;
    }

    async fn of_two_nodes_in_a_group_one_gets_each_message(db: Database) {
        let broker = Mosquitto::start();
        let grouped = |client: &'static str| move |config: &mut MqttConfig| {
            config.brokers[0].group = Some("ecd".to_owned());
            config.brokers[0].client_id = Some(client.to_owned());
        };
        let one = Street::start_with(db, broker.url(), grouped("one")).await;
        let other = Street::start_with(Database::sqlite().await, broker.url(), grouped("other")).await;
        for n in 0..20 {
            broker.publish("buttons/B1/alarm", format!(r#"{{"kind":"sos","source_ref":"{n}"}}"#)).await;
        }
        one.until("all of them", async || one.alerts().await.len() + other.alerts().await.len() >= 20).await;
        let (one, other) = (one.references().await, other.references().await);
        assert!(!one.is_empty() && !other.is_empty(), "{} and {}", one.len(), other.len());
        let mut all: Vec<String> = one.into_iter().chain(other).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20, "each at one of them");
    }

    async fn who_we_are_and_who_the_broker_is_are_proved(db: Database) {
        let broker = Mosquitto::start_with(
            "allow_anonymous false\npassword_file FOLDER/passwords\ncafile FOLDER/ca.pem\ncertfile FOLDER/own.pem\nkeyfile FOLDER/own.key\n",
            |folder| {
                let run = |program: &str, of: &str| {
                    let of = of.replace("FOLDER", &folder.display().to_string());
                    let done = std::process::Command::new(program).args(of.split(' ')).output().unwrap();
                    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
                };
                run("openssl", "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca -keyout FOLDER/ca.key -out FOLDER/ca.pem");
                run("openssl", "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout FOLDER/own.key -out FOLDER/own.csr");
                std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
                run("openssl", "x509 -req -in FOLDER/own.csr -CA FOLDER/ca.pem -CAkey FOLDER/ca.key -CAcreateserial -days 2 -extfile FOLDER/names -out FOLDER/own.pem");
                run("mosquitto_passwd", "-b -c FOLDER/passwords ecd secret-word");
                Mosquitto::secret(&folder.join("word"), "secret-word\n");
                Mosquitto::secret(&folder.join("wrong"), "another\n");
            },
        );
        let (port, folder) = (broker.port, broker.folder());
        let of = |word: &'static str, ca: bool| {
            let folder = folder.clone();
            move |config: &mut MqttConfig| {
                let it = &mut config.brokers[0];
                it.url = format!("mqtts://localhost:{port}");
                it.username = Some("ecd".to_owned());
                it.password_file = Some(folder.join(word));
                it.ca_file = ca.then(|| folder.join("ca.pem"));
            }
        };
        let street = Street::start_with(db, String::new(), of("word", true)).await;
        let ca = folder.join("ca.pem");
        let more = ["--cafile", ca.to_str().unwrap(), "-u", "ecd", "-P", "secret-word", "-h", "localhost"];
        assert!(broker.publish_with("zigbee2mqtt/B1", br#"{"action":"emergency"}"#, &more).await, "{}", broker.log());
        street.alerts_are(1).await;
        // A wrong word, and a certificate that nobody vouches for: no link, and it is told.
        for adjust in [of("wrong", true), of("word", false)] {
            let test = TestApp::start_with(Database::sqlite().await, move |config: &mut Config| {
                config.mqtt.brokers = vec![crate::mqtt::broker(String::new())];
                adjust(&mut config.mqtt);
            }).await;
            let link = mqtt::start(&test.app).remove(0);
            let street = Street { test, link };
            street.until("the link is down", async || matches!(street.link.state().0, State::Down(_))).await;
        }
    }

    async fn hands_are_full_at_their_limit_and_nothing_is_lost(db: Database) {
        let broker = Mosquitto::start();
        let street = Street::start_with(db, broker.url(), |it| {
            // 3.1.1 has no word for how much we want at once: here it is our own limit that holds.
            it.brokers[0].version = Version::V311;
            it.brokers[0].in_flight_max = 2;
        }).await;
        street.test.app.store.close().await;
        for n in 0..10 {
            broker.publish(&format!("buttons/X{n}/alarm"), r#"{"kind":"sos","source_ref":"1"}"#).await;
        }
        street.until("hands are full", async || street.link.in_hand() == 4).await;
        for _ in 0..50 {
            tokio::task::yield_now().await;
            assert_eq!(street.link.in_hand(), 4);
        }
        let street = street.restart().await;
        street.alerts_are(10).await;
    }

    async fn a_topic_that_cannot_go_on_holds_up_no_other(db: Database) {
        use sea_orm::ConnectionTrait as _;
        let broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        broker.publish("buttons/B0/alarm", r#"{"kind":"sos","source_ref":"1"}"#).await;
        street.alerts_are(1).await;
        // What is kept aside for the desk cannot be written until somebody mends it.
        let writer = street.test.app.store.writer();
        writer.execute_unprepared("ALTER TABLE quarantine RENAME TO quarantine_gone").await.unwrap();
        for n in 0..3 {
            broker.publish("zigbee2mqtt/nobody", format!(r#"{{"battery":{n}}}"#)).await;
        }
        street.until("they are in hand", async || street.link.in_hand() == 3).await;
        broker.publish("buttons/B1/alarm", r#"{"kind":"sos","source_ref":"1"}"#).await;
        street.alerts_are(2).await;
        // It is acknowledged a moment after it stands in the store.
        street.until("the call is done with", async || street.link.in_hand() == 3).await;
        writer.execute_unprepared("ALTER TABLE quarantine_gone RENAME TO quarantine").await.unwrap();
        street.until_turning("all of them", async || street.link.in_hand() == 0).await;
        assert_eq!(street.quarantined().await.len(), 1);
    }

    async fn a_link_that_is_down_is_told_and_the_service_is_ready_all_the_same(db: Database) {
        let mut broker = Mosquitto::start();
        let street = Street::start(db, broker.url()).await;
        let api = |street: &Street| {
            let mut app = street.test.app.clone();
            let mut config = Config::clone(&app.config);
            config.http.listen = "127.0.0.1:0".parse().unwrap();
            config.http.workers = Some(1);
            app.config = Arc::new(config);
            app
        };
        let serving = eldercare_dispatch::api::serve(api(&street)).await.unwrap();
        let ready = async || {
            let client = reqwest::Client::new();
            let answer = client.get(format!("http://{}/readyz", serving.addresses[0])).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let (status, said) = ready().await;
        assert_eq!((status, &said["warnings"]), (200, &serde_json::json!(["dead_man_missing"])));
        broker.kill();
        street.until("the link is down", async || matches!(street.link.state().0, State::Down(_))).await;
        let (status, said) = ready().await;
        assert_eq!((status, said["ready"].as_bool()), (200, Some(true)));
        let warning = said["warnings"][0].as_str().unwrap();
        assert!(warning.starts_with("mqtt_link_down: home since "), "{warning}");
        let client = reqwest::Client::new();
        let answer = client.get(format!("http://{}/metrics", serving.addresses[0])).send().await.unwrap();
        assert!(answer.text().await.unwrap().contains("ecd_mqtt_up{broker=\"home\"}"));
        broker.start_again();
        street.up().await;
        assert_eq!(ready().await.1["warnings"], serde_json::json!(["dead_man_missing"]));
    }
}
