//! A broker by hand, byte by byte: what Mosquitto does only when something breaks between two bytes. MQTT 3.1.1.

use std::time::Duration;

use eldercare_dispatch::dispatch::deliveries::digest;
use eldercare_dispatch::intake::mqtt;
use eldercare_dispatch::intake::mqtt::config::{BrokerConfig, Version};
use jiff::SignedDuration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::street::elder;
use crate::harness::{Database, TestApp, both_stores};
use crate::mqtt::{PATIENCE, Street, broker};
use eldercare_dispatch::people::{DeviceKind, Need};

const PRESS: &str = r#"{"action":"emergency"}"#;
const TOPIC: &str = "zigbee2mqtt/B1";
/// A topic that nobody reads: its messages are acknowledged at once, behind those before.
const NOWHERE: &str = "nowhere";

/// The broker's end of a line.
struct Wire(TcpStream);

impl Wire {
    /// Takes up a line, lets the service in and gives it what it asks for.
    async fn take_up(listener: &TcpListener, resumed: bool) -> Self {
        let (stream, _) = tokio::time::timeout(PATIENCE, listener.accept())
            .await
            .expect("nobody calls")
            .unwrap();
        let mut wire = Self(stream);
        assert_eq!(wire.packet().await.0, 0x10, "CONNECT");
        wire.send(&[0x20, 2, u8::from(resumed), 0]).await;
        let (kind, body) = wire.packet().await;
        assert_eq!(kind, 0x82, "SUBSCRIBE");
        wire.send(&[0x90, 5, body[0], body[1], 1, 1, 1]).await;
        wire
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next packet: its first byte and what follows its length.
    async fn packet(&mut self) -> (u8, Vec<u8>) {
        let read = async {
            let kind = self.0.read_u8().await.unwrap();
            let (mut length, mut shift) = (0_usize, 0);
            loop {
                let byte = self.0.read_u8().await.unwrap();
                length |= usize::from(byte & 0x7F) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            (kind, body)
        };
        tokio::time::timeout(PATIENCE, read).await.expect("nothing is said")
    }

    async fn publish(&mut self, number: u16, topic: &str, payload: &str, again: bool, retained: bool) {
        let mut body = u16::try_from(topic.len()).unwrap().to_be_bytes().to_vec();
        body.extend_from_slice(topic.as_bytes());
        body.extend_from_slice(&number.to_be_bytes());
        body.extend_from_slice(payload.as_bytes());
        let kind = 0x32 | u8::from(again) << 3 | u8::from(retained);
        let head = [kind, u8::try_from(body.len()).unwrap()];
        assert!(body.len() < 128, "one byte of length");
        self.send(&[&head, &body[..]].concat()).await;
    }

    /// The number of the next acknowledgement; questions whether we are there are answered on the way.
    async fn acknowledged(&mut self) -> u16 {
        loop {
            let (kind, body) = self.packet().await;
            match kind {
                0x40 => return u16::from_be_bytes([body[0], body[1]]),
                0xC0 => self.send(&[0xD0, 0]).await,
                other => panic!("{other:#x} was not expected"),
            }
        }
    }
}

struct Table {
    listener: TcpListener,
    street: Street,
    wire: Wire,
}

impl Table {
    async fn lay(db: Database) -> Self {
        Self::lay_with(db, |_| {}).await
    }

    async fn lay_with(db: Database, adjust: impl Fn(&mut BrokerConfig) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("mqtt://{}", listener.local_addr().unwrap());
        let test = TestApp::start_with(db, move |config| {
            let mut it = broker(url.clone());
            it.version = Version::V311;
            adjust(&mut it);
            config.mqtt.brokers = vec![it];
        })
        .await;
        test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], vec![])
            .await;
        let link = mqtt::start(&test.app).remove(0);
        let street = Street { test, link };
        street.file(1, DeviceKind::SosButton, "B1").await;
        let wire = Wire::take_up(&listener, false).await;
        street.up().await;
        Self { listener, street, wire }
    }

    /// The line breaks, and the service calls again.
    async fn break_the_line(self) -> Self {
        let Self { listener, street, wire } = self;
        drop(wire);
        let turning = street.until_turning("the link is up again", async || {
            street.link.state().0 == mqtt::State::Up && street.link.lines() > 1
        });
        let (wire, ()) = tokio::join!(Wire::take_up(&listener, true), turning);
        Self { listener, street, wire }
    }

    /// The service ends, and another one calls.
    async fn start_again(self) -> Self {
        let Self { listener, street, wire } = self;
        drop(wire);
        let (street, wire) = tokio::join!(street.restart(), Wire::take_up(&listener, true));
        Self { listener, street, wire }
    }

    async fn count(&self) -> usize {
        self.street.alerts().await.len()
    }
}

both_stores! {
    async fn a_sign_of_life_behind_a_broker_begins_a_watch_before_it_is_acknowledged(db: Database) {
        let mut table = Table::lay(db).await;
        table.street.file(1, DeviceKind::Infrared, "P1").await;
        table.wire.publish(1, "zigbee2mqtt/P1", r#"{"occupancy":true}"#, false, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        let store = &table.street.test.app.store;
        let due = store.activity_due_of(elder(1, Need::General).id).await.unwrap();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].due_at.duration_since(due[0].since), SignedDuration::from_hours(24));
        assert_eq!(table.count().await, 0, "no alarm");
    }

    async fn a_message_is_acknowledged_when_it_is_committed_and_not_before(db: Database) {
        let mut table = Table::lay(db).await;
        table.wire.publish(1, TOPIC, PRESS, false, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        assert_eq!(table.count().await, 1);
        // What cannot be kept is not; what comes behind it is.
        table.street.test.app.store.close().await;
        table.street.test.advance(20);
        table.wire.publish(2, TOPIC, PRESS, false, false).await;
        table.street.until("it is in hand", async || table.street.link.in_hand() == 1).await;
        for number in 3..6 {
            table.wire.publish(number, NOWHERE, "x", false, false).await;
            table.street.test.advance(40);
            assert_eq!(table.wire.acknowledged().await, number);
        }
        // Brought again to the next service, it is kept.
        let mut table = table.start_again().await;
        assert_eq!(table.count().await, 1);
        table.wire.publish(2, TOPIC, PRESS, true, false).await;
        assert_eq!(table.wire.acknowledged().await, 2);
        assert_eq!(table.count().await, 2);
    }

    async fn what_is_brought_again_rings_once_across_a_broken_line_and_a_restart(db: Database) {
        let mut table = Table::lay(db).await;
        table.wire.publish(1, TOPIC, PRESS, false, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        // The acknowledgement was lost on the way; long after any repeating of a bridge.
        table.street.test.advance(120);
        let mut table = table.break_the_line().await;
        table.wire.publish(1, TOPIC, PRESS, true, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        assert_eq!(table.count().await, 1);
        table.street.test.advance(120);
        let mut table = table.start_again().await;
        table.wire.publish(1, TOPIC, PRESS, true, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        assert_eq!(table.count().await, 1);
        // The same bytes, and not brought again: somebody has pressed once more.
        table.wire.publish(2, TOPIC, PRESS, false, false).await;
        assert_eq!(table.wire.acknowledged().await, 2);
        assert_eq!(table.count().await, 2);
    }

    async fn what_is_brought_again_and_was_never_seen_rings(db: Database) {
        let mut table = Table::lay(db).await;
        table.wire.publish(1, TOPIC, PRESS, true, false).await;
        assert_eq!(table.wire.acknowledged().await, 1);
        assert_eq!(table.count().await, 1);
        table.wire.publish(2, TOPIC, PRESS, false, true).await;
        assert_eq!(table.wire.acknowledged().await, 2);
        assert_eq!(table.count().await, 1, "what is retained was heard before");
    }

    async fn what_the_broker_has_had_is_forgotten_and_a_press_brought_again_after_that_is_a_press(db: Database) {
        let test = TestApp::start(db).await;
        let deliveries = &test.app.deliveries;
        let it = digest(TOPIC, PRESS.as_bytes());
        let within = SignedDuration::from_secs(10);
        let name = async |again| deliveries.name("home", it, 7, again, within).await.unwrap();
        let first = name(false).await;
        assert_eq!(name(false).await, first, "the bridge repeats itself");
        test.advance(11);
        assert_eq!(name(true).await, first, "the broker does");
        let second = name(false).await;
        assert_ne!(second, first);
        test.advance(11);
        deliveries.settle(&[first, second]).await.unwrap();
        assert!(deliveries.open_of("home").is_empty());
        // Under another number it is another one, though the first is in doubt.
        let third = name(true).await;
        assert!(third != second && third != first, "that one was pressed later, and the broker brings it the second time");
        assert_eq!(deliveries.open_of("home"), [third]);
        assert!(deliveries.open_of("other").is_empty());
        // The next service knows what is in doubt, and nothing else.
        let test = test.restart().await;
        assert_eq!(test.app.deliveries.open_of("home"), [third]);
        assert_eq!(test.app.deliveries.name("home", it, 7, true, within).await.unwrap(), third);
        assert_ne!(test.app.deliveries.name("other", it, 7, true, within).await.unwrap(), third);
    }

    async fn a_message_of_a_line_that_is_over_is_left_to_the_broker(db: Database) {
        let mut table = Table::lay(db).await;
        table.street.test.app.store.close().await;
        table.wire.publish(1, TOPIC, PRESS, false, false).await;
        table.street.until("it is in hand", async || table.street.link.in_hand() == 1).await;
        let mut table = table.break_the_line().await;
        table.street.until_turning("it is out of our hands", async || table.street.link.in_hand() == 0).await;
        table.wire.publish(1, TOPIC, PRESS, true, false).await;
        table.street.until("it is in hand again", async || table.street.link.in_hand() == 1).await;
        table.wire.publish(2, NOWHERE, "x", false, false).await;
        assert_eq!(table.wire.acknowledged().await, 2);
    }
}

/// On the real clock of the line: it is asked again when the broker has answered that it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_is_refused_costs_no_other_and_is_asked_for_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mqtt://{}", listener.local_addr().unwrap());
    let test = TestApp::start_with(Database::sqlite().await, move |config| {
        let mut it = broker(url.clone());
        it.version = Version::V311;
        it.keep_alive_s = 5;
        config.mqtt.brokers = vec![it];
    })
    .await;
    test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], vec![])
        .await;
    let link = mqtt::start(&test.app).remove(0);
    let street = Street { test, link };
    street.file(1, DeviceKind::SosButton, "B1").await;
    let (stream, _) = listener.accept().await.unwrap();
    let mut wire = Wire(stream);
    assert_eq!(wire.packet().await.0, 0x10);
    wire.send(&[0x20, 2, 0, 0]).await;
    let (_, body) = wire.packet().await;
    wire.send(&[0x90, 5, body[0], body[1], 1, 0x80, 1]).await;
    street
        .until("one is refused", async || {
            street.link.state().0 == mqtt::State::Lacking(1)
        })
        .await;
    wire.publish(1, TOPIC, PRESS, false, false).await;
    assert_eq!(wire.acknowledged().await, 1);
    assert_eq!(street.alerts().await.len(), 1);
    assert_eq!(wire.packet().await.0, 0xC0);
    wire.send(&[0xD0, 0]).await;
    let (kind, body) = wire.packet().await;
    assert_eq!(kind, 0x82);
    wire.send(&[0x90, 5, body[0], body[1], 1, 1, 1]).await;
    street
        .until("all are granted", async || street.link.state().0 == mqtt::State::Up)
        .await;
}

/// The broker's answers to whether it is there, on the real clock of the line: two of them, five seconds apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_answers_of_the_broker_settle_what_was_acknowledged_before() {
    let mut table = Table::lay_with(Database::sqlite().await, |it| it.keep_alive_s = 5).await;
    table.wire.publish(1, TOPIC, PRESS, false, false).await;
    assert_eq!(table.wire.acknowledged().await, 1);
    assert_eq!(table.street.test.app.deliveries.open_of("home").len(), 1);
    let answer = async {
        loop {
            let (kind, _) = table.wire.packet().await;
            assert_eq!(kind, 0xC0);
            table.wire.send(&[0xD0, 0]).await;
        }
    };
    let settled = table.street.until("it is settled", async || {
        table.street.test.app.deliveries.open_of("home").is_empty()
    });
    tokio::select! {
        () = answer => {}
        () = settled => {}
    }
    let written = table.street.test.app.store.mqtt_deliveries();
    let wait = tokio::time::timeout(Duration::from_secs(10), written).await;
    assert!(wait.is_ok());
}
