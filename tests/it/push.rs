//! What clouds push, over the whole HTTP face: proved, committed, answered; sent again, one alert.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::{App as Web, test};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::api::configure;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Kind, Severity, Subject};
use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::intake::push::config::PushConfig;
use eldercare_dispatch::intake::push::{LATE_AT_ONCE, Platform};
use eldercare_dispatch::people::{Device, DeviceBinding, DeviceKind, Need, Responder, ResponderKind, Tier, device_id};
use eldercare_dispatch::store::cases::{AlertView, CaseFilter, CaseView};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::api_town::{Answer, Town};
use crate::drills::{Ears, test_device};
use crate::harness::street::{elder, elder_of, responder};
use crate::harness::{Database, both_stores};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const TOKEN: &str = "0123456789abcdef";

/// The device of elder 1, as every cloud knows it.
const IMEI: &str = "860803030676429";

const LINKS: &str = r#"
[[links]]
platform = "onenet"
name = "yc"
token = "0123456789abcdef"
[[links.rules]]
at = "/data/params/sos/value"
kinds = { "1" = "sos", "2" = "fall", "3" = "geofence", "0" = "none" }
[[links.rules]]
at = "/data/params/bat/value"
lasting = true
kinds = { "1" = "low_battery", "0" = "none" }
[[links.rules]]
at = "/data/params/gas/value"
lasting = true
kinds = { "1" = "gas", "0" = "none" }
[links.fields]
battery_percent = "/data/params/charge/value"
lat = "/data/params/place/value/lat"
lon = "/data/params/place/value/lon"
open = "/data/params/contact/value"
water_m3 = "/data/params/water/value"

[[links]]
platform = "onenet"
name = "secure"
token = "0123456789abcdef"
aes_key = "0123456789abcdef"

[[links]]
platform = "ctwing"
name = "yc"
token = "0123456789abcdef"
[[links.rules]]
at = "/eventContent/sos"
kinds = { "1" = "sos", "2" = "fall", "3" = "geofence", "0" = "none" }

[[links]]
platform = "huawei"
name = "yc"
token = "0123456789abcdef"
[[links.rules]]
at = "/properties/sos"
kinds = { "1" = "sos", "2" = "fall", "3" = "geofence", "0" = "none" }

[[links]]
platform = "tencent"
name = "yc"
token = "0123456789abcdef"
[[links.rules]]
at = "/payload/params/sos"
kinds = { "1" = "sos", "2" = "fall", "3" = "geofence", "0" = "none" }
"#;

/// A request as a cloud sends it.
#[derive(Clone)]
struct Sent {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A message of a device in the words of a cloud: the value of its button at an instant.
fn message(platform: Platform, device: &str, value: u8, at: Timestamp) -> Value {
    let millis = at.as_millisecond();
    match platform {
        Platform::Onenet => json!({
            "productId": "C6z4Zk012B", "deviceId": 1343759, "deviceName": device, "messageType": "notify", "notifyType": "event",
            "data": {"id": "1", "version": "1.0", "params": {"sos": {"eventType": "alert", "time": millis, "value": value}}},
        }),
        Platform::Ctwing => json!({
            "timestamp": millis, "tenantId": "2000033827", "serviceId": 1002, "protocol": "lwm2m", "productId": "15045240",
            "messageType": "eventReport", "eventType": 2, "eventContent": {"sos": value}, "deviceId": "d01308047f", "IMEI": device,
        }),
        Platform::Huawei => json!({
            "resource": "device.property", "event": "report", "event_time_ms": at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            "request_id": "3fe58d5e", "notify_data": {
                "header": {"device_id": "5cdc", "node_id": device, "product_id": "ABC"},
                "body": {"services": [{"service_id": "Alarm", "properties": {"sos": value}}]},
            },
        }),
        Platform::Tencent => json!({
            "devicename": device, "productid": "AD4GVS5549", "seq": 2, "timestamp": at.as_second(),
            "payload": {"method": "event_post", "eventId": "button", "type": "alert", "params": {"sos": value}},
        }),
    }
}

fn onenet_signature(nonce: &str, text: &str) -> String {
    STANDARD.encode(Md5::digest(format!("{TOKEN}{nonce}{text}")))
}

/// Signs as the cloud does, at an instant, with a nonce; reckoned here and not by the code under test.
fn signed(platform: Platform, link: &str, text: &str, nonce: &str, id: &str, now: Timestamp) -> Sent {
    let path = |end: &str| format!("/api/v1/push/{platform}/{link}{end}");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let stamp = now.as_second().to_string();
    let mut parts = [TOKEN, &stamp, nonce];
    parts.sort_unstable();
    let hex = |it: &[u8]| it.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let by_headers = |signature: String| {
        vec![
            header("Signature", &signature),
            header("Timestamp", &stamp),
            header("Nonce", nonce),
        ]
    };
    match platform {
        Platform::Onenet => {
            let signature = onenet_signature(nonce, text);
            let body =
                json!({"msg": text, "nonce": nonce, "signature": signature, "time": now.as_millisecond(), "id": id});
            Sent {
                path: path(""),
                headers: vec![],
                body: body.to_string().into_bytes(),
            }
        }
        Platform::Ctwing => Sent {
            path: path(&format!(".{TOKEN}")),
            headers: vec![],
            body: text.as_bytes().to_vec(),
        },
        Platform::Huawei => Sent {
            path: path(""),
            headers: by_headers(hex(&Sha256::digest(parts.concat()))),
            body: text.as_bytes().to_vec(),
        },
        Platform::Tencent => Sent {
            path: path(""),
            headers: by_headers(hex(&Sha1::digest(parts.concat()))),
            body: text.as_bytes().to_vec(),
        },
    }
}

/// A device of elder `n`.
fn pendant(code: &str, n: u32) -> Device {
    Device {
        id: device_id(code),
        code: code.to_owned(),
        kind: DeviceKind::Pendant,
        binding: Some(DeviceBinding::Elder(elder_of(n))),
        model: None,
        crs: Some(Crs::Wgs84),
        voice_path: false,
        place: None,
        terminal: None,
        beat_s: None,
        carrier: None,
        in_service: true,
    }
}

/// The street's own people.
fn street_team() -> Vec<Responder> {
    let one = |n: i32| responder(&format!("T{n}"), ResponderKind::StreetTeam, 0.001 * f64::from(n));
    (1..=8).map(one).collect()
}

/// A street to which the clouds push.
struct Clouds {
    town: Town,
}

impl Clouds {
    async fn start(db: Database) -> Self {
        Self::start_with(db, |_| {}).await
    }

    async fn start_with(db: Database, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let town = Town::start_with(db, move |config| {
            let links: PushConfig = toml::from_str(LINKS).unwrap();
            config.push = links;
            adjust(config);
        })
        .await;
        let clouds = Self { town };
        clouds.file(IMEI, 1).await;
        clouds
    }

    fn now(&self) -> Timestamp {
        self.town.test.clock.now()
    }

    /// Files a device of elder `n`.
    async fn file(&self, code: &str, n: u32) {
        let app = &self.town.test.app;
        app.store.put_devices(vec![pendant(code, n)], self.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
    }

    /// The button of a device, pushed now.
    fn press(&self, platform: Platform, device: &str, value: u8, at: Timestamp, id: &str) -> Sent {
        let text = message(platform, device, value, at).to_string();
        signed(platform, "yc", &text, "abcdefgh", id, self.now())
    }

    async fn send(&self, it: &Sent) -> Answer {
        let headers: Vec<(&str, &str)> = it.headers.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        self.town.raw(Method::POST, &it.path, &headers, it.body.clone()).await
    }

    async fn taken(&self, it: &Sent) {
        let answer = self.send(it).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "ok"), "{}", it.path);
    }

    async fn cases(&self) -> Vec<CaseView> {
        let store = &self.town.test.app.store;
        store.list_cases(&CaseFilter::default(), None, 500).await.unwrap().items
    }

    async fn alerts(&self, case: &CaseView) -> Vec<AlertView> {
        self.town.test.app.store.alerts_of(case.case.id).await.unwrap()
    }

    async fn alerts_of_all(&self) -> Vec<AlertView> {
        let mut all = Vec::new();
        for it in self.cases().await {
            all.extend(self.alerts(&it).await);
        }
        all
    }

    /// What was sealed of an alert.
    fn content(&self, alert: &AlertView) -> Value {
        let ring = self.town.test.app.store.keys().unwrap();
        let text = ring
            .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
            .unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    async fn quarantined(&self) -> Vec<(String, String, i64)> {
        let rows = self.town.test.app.store.quarantined(None, 100).await.unwrap();
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|it| (it.claimed_device, it.reason, it.count))
            .collect();
        rows.sort();
        rows
    }

    /// Waits for an answer, and lets a second pass whenever nothing happens for a moment.
    async fn while_time_passes<T>(&self, what: impl Future<Output = T>) -> T {
        tokio::pin!(what);
        let waited = async {
            loop {
                match tokio::time::timeout(Duration::from_millis(20), &mut what).await {
                    Ok(done) => return done,
                    Err(_) => self.town.test.advance(1),
                }
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.expect("nothing happened")
    }
}

both_stores! {
    async fn the_handshake_is_answered_to_the_cloud_and_to_nobody_else(db: Database) {
        let clouds = Clouds::start(db).await;
        let signature = onenet_signature("abcdefgh", "h3llo").replace('+', "%2B").replace('=', "%3D");
        let onenet = |msg: &str| format!("/api/v1/push/onenet/yc?msg={msg}&nonce=abcdefgh&signature={signature}");
        let answer = clouds.town.raw(Method::GET, &onenet("h3llo"), &[], "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "h3llo"));
        // A plus that was not written as %2B comes as a blank: tried with a message whose signature has one.
        let with_plus = (0..).map(|it| format!("m{it}")).find(|it| onenet_signature("abcdefgh", it).contains('+')).unwrap();
        let path = format!("/api/v1/push/onenet/yc?msg={with_plus}&nonce=abcdefgh&signature={}", onenet_signature("abcdefgh", &with_plus));
        assert_eq!(clouds.town.raw(Method::GET, &path, &[], "").await.text, with_plus);
        let tencent = signed(Platform::Tencent, "yc", "", "testrance", "", clouds.now());
        let mut headers: Vec<(&str, &str)> = tencent.headers.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        headers.push(("Echostr", "UPWIAFASvDUFcTEE"));
        let answer = clouds.town.raw(Method::GET, "/api/v1/push/tencent/yc", &headers, "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "UPWIAFASvDUFcTEE"));
        let ctwing = format!("/api/v1/push/ctwing/yc.{TOKEN}");
        assert_eq!(clouds.town.raw(Method::GET, &ctwing, &[], "").await.status, 200);
        for path in [
            onenet("hallo").as_str(), "/api/v1/push/onenet/yc", "/api/v1/push/tencent/yc", "/api/v1/push/huawei/yc", "/api/v1/push/ctwing/yc",
            "/api/v1/push/ctwing/yc.0123456789abcdeF",
        ] {
            let answer = clouds.town.raw(Method::GET, path, &[], "").await;
            assert_eq!(answer.problem(), (401, "bad_push_signature"), "{path}");
        }
        assert_eq!(clouds.town.raw(Method::GET, "/api/v1/push/onenet/other", &[], "").await.problem(), (404, "push_link_not_found"));
    }

    async fn a_signed_push_is_in_a_case_when_the_cloud_is_answered(db: Database) {
        let clouds = Clouds::start(db).await;
        for (count, platform) in (1..).zip(Platform::ALL) {
            clouds.town.test.advance(5);
            let at = Timestamp::from_second(clouds.now().as_second()).unwrap();
            let press = clouds.press(*platform, IMEI, 1, at, "7");
            clouds.taken(&press).await;
            let cases = clouds.cases().await;
            assert_eq!(cases.len(), 1, "{platform}: all of one elder");
            assert_eq!((cases[0].case.subject, cases[0].case.kind), (Subject::Elder(elder_of(1)), Kind::Sos), "{platform}");
            let alerts = clouds.alerts(&cases[0]).await;
            assert_eq!(alerts.len(), count, "{platform}");
            let last = alerts.iter().max_by_key(|it| it.received_at).unwrap();
            assert_eq!((last.occurred_at, last.late), (Some(at), false), "{platform}");
            let content = clouds.content(last);
            assert_eq!((content["reading"]["push"].as_str(), content["reading"]["device"].as_str()), (Some(platform.as_str()), Some(IMEI)));
            assert_eq!(content["warnings"], Value::Null, "{platform}");
            // As it was signed: it can be read again.
            let raw = STANDARD.decode(content["raw"].as_str().unwrap()).unwrap();
            let text = message(*platform, IMEI, 1, at);
            assert_eq!(serde_json::from_slice::<Value>(&raw).unwrap(), text, "{platform}");
            assert_eq!(clouds.town.test.app.signs.of(device_id(IMEI)).unwrap().heard_at, at, "{platform}");
        }
    }

    async fn an_exercise_of_a_device_behind_a_cloud_reaches_nobody_outside(db: Database) {
        let ears = Ears::start().await;
        let clouds = Clouds::start_with(db, ears.wire()).await;
        ears.beside(&clouds.town.test, 1).await;
        test_device(&clouds.town.test, device_id(IMEI), 60).await;
        // By each of the clouds: one case of the device that is tested.
        for platform in Platform::ALL {
            clouds.town.test.advance(5);
            let at = Timestamp::from_second(clouds.now().as_second()).unwrap();
            clouds.taken(&clouds.press(*platform, IMEI, 1, at, "7")).await;
        }
        ears.hear_nothing_of_the_exercise(&clouds.town.test, "push").await;
        test_device(&clouds.town.test, device_id(IMEI), 0).await;
        let at = Timestamp::from_second(clouds.now().as_second()).unwrap();
        clouds.taken(&clouds.press(Platform::Ctwing, IMEI, 1, at, "8")).await;
        ears.hear_it_in_earnest(&clouds.town.test, "push").await;
    }

    async fn what_is_pushed_again_is_one_alert_and_another_press_is_another(db: Database) {
        let clouds = Clouds::start(db).await;
        let mut wanted = 0;
        for platform in Platform::ALL {
            clouds.town.test.advance(5);
            let text = message(*platform, IMEI, 1, clouds.now()).to_string();
            wanted += 1;
            // Signed anew for each try.
            for (nonce, seconds) in [("abcdefgh", 0), ("abcdefgh", 3), ("ijklmnop", 60)] {
                clouds.town.test.advance(seconds);
                clouds.taken(&signed(*platform, "yc", &text, nonce, "3799902", clouds.now())).await;
                assert_eq!(clouds.alerts_of_all().await.len(), wanted, "{platform}");
            }
            clouds.taken(&clouds.press(*platform, IMEI, 1, clouds.now(), "3799903")).await;
            wanted += 1;
            assert_eq!(clouds.alerts_of_all().await.len(), wanted, "{platform}");
        }
        // A clock that stands still, with another number of the cloud's: another press.
        let stuck = clouds.press(Platform::Onenet, IMEI, 1, clouds.now(), "1");
        clouds.taken(&stuck).await;
        let text = message(Platform::Onenet, IMEI, 1, clouds.now()).to_string();
        clouds.taken(&signed(Platform::Onenet, "yc", &text, "abcdefgh", "2", clouds.now())).await;
        assert_eq!(clouds.alerts_of_all().await.len(), wanted + 2);
        assert_eq!(clouds.cases().await.len(), 1);
    }

    async fn what_is_not_signed_is_kept_aside_and_never_read(db: Database) {
        let clouds = Clouds::start(db).await;
        for platform in Platform::ALL {
            clouds.town.test.advance(2);
            let good = clouds.press(*platform, IMEI, 1, clouds.now(), "7");
            let mut bad = good.clone();
            match platform {
                Platform::Onenet => bad.body = String::from_utf8(good.body.clone()).unwrap().replace("\\\"value\\\":1", "\\\"value\\\":2").into_bytes(),
                Platform::Ctwing => bad.path = bad.path.replace("abcdef", "abcdeF"),
                Platform::Huawei | Platform::Tencent => bad.headers[2].1 = "other".to_owned(),
            }
            assert!(bad.body != good.body || bad.path != good.path || bad.headers != good.headers);
            let answer = clouds.send(&bad).await;
            assert_eq!(answer.problem(), (401, "bad_push_signature"), "{platform}");
            let rows = clouds.quarantined().await;
            assert!(rows.contains(&(format!("{platform} yc"), "bad_signature".to_owned(), 1)), "{platform}: {rows:?}");
        }
        // The body is there for who looks.
        let store = &clouds.town.test.app.store;
        let row = store.quarantined(None, 100).await.unwrap().into_iter().find(|it| it.claimed_device == "tencent yc").unwrap();
        let body = store.quarantined_body(row.id).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&body).contains(IMEI));
        assert_eq!(clouds.cases().await.len(), 0);
        // A flood is answered and counted, and hardly written.
        clouds.town.test.advance(2);
        let bad = Sent { headers: vec![], ..clouds.press(Platform::Huawei, IMEI, 1, clouds.now(), "7") };
        for _ in 0..40 {
            assert_eq!(clouds.send(&bad).await.status, 401);
        }
        let rows = clouds.quarantined().await;
        let of_huawei = rows.iter().find(|it| it.0 == "huawei yc").unwrap();
        assert_eq!(of_huawei.2, 1 + 5, "{rows:?}");
        assert!(clouds.town.test.app.unproved.not_kept().count >= 35);
        // And the cloud is not shut out by it.
        clouds.taken(&clouds.press(Platform::Huawei, IMEI, 1, clouds.now(), "7")).await;
        let answer = clouds.send(&Sent { path: "/api/v1/push/huawei/other".to_owned(), ..bad }).await;
        assert_eq!(answer.problem(), (404, "push_link_not_found"));
    }

    async fn a_signature_holds_for_a_time(db: Database) {
        let clouds = Clouds::start_with(db, |it| it.push.signature_within_s = 60).await;
        for platform in [Platform::Huawei, Platform::Tencent] {
            let press = clouds.press(platform, IMEI, 1, clouds.now(), "7");
            clouds.taken(&press).await;
            clouds.town.test.advance(59);
            clouds.taken(&press).await;
            clouds.town.test.advance(2);
            let answer = clouds.send(&press).await;
            assert_eq!(answer.problem(), (401, "stale_push_signature"), "{platform}");
            let rows = clouds.quarantined().await;
            assert!(rows.contains(&(format!("{platform} yc"), "stale_signature".to_owned(), 1)), "{rows:?}");
        }
        assert_eq!(clouds.alerts_of_all().await.len(), 2);
    }

    async fn a_call_of_a_device_that_nobody_has_filed_rings_the_street(db: Database) {
        let clouds = Clouds::start(db).await;
        for platform in Platform::ALL {
            clouds.town.test.advance(2);
            let stranger = format!("99{platform}");
            clouds.taken(&clouds.press(*platform, &stranger, 0, clouds.now(), "1")).await;
            let before = clouds.cases().await.len();
            let rows = clouds.quarantined().await;
            assert!(rows.contains(&(format!("{platform} yc {stranger}"), "unknown_device".to_owned(), 1)), "{rows:?}");
            clouds.taken(&clouds.press(*platform, &stranger, 1, clouds.now(), "2")).await;
            let cases = clouds.cases().await;
            assert_eq!(cases.len(), before + 1, "{platform}");
            let case = cases.iter().find(|it| matches!(it.case.subject, Subject::Unknown(_)) && it.case.opened_at == clouds.now()).unwrap();
            assert_eq!((case.case.tier, case.case.kind), (Tier::Street, Kind::Sos), "{platform}");
            let content = clouds.content(&clouds.alerts(case).await[0]);
            assert_eq!(content["reading"]["device"], stranger.as_str());
        }
        // Its battery is nobody's case.
        let low = json!({"deviceName": "99x", "messageType": "notify", "notifyType": "property", "data": {"params": {"bat": {"value": 1, "time": clouds.now().as_millisecond()}}}});
        let before = clouds.cases().await.len();
        clouds.taken(&signed(Platform::Onenet, "yc", &low.to_string(), "abcdefgh", "9", clouds.now())).await;
        assert_eq!(clouds.cases().await.len(), before);
        // Somebody files it in another program; the next call is the elder's.
        clouds.town.test.advance(2);
        clouds.file("99onenet", 0).await;
        clouds.taken(&clouds.press(Platform::Onenet, "99onenet", 1, clouds.now(), "3")).await;
        assert!(clouds.cases().await.iter().any(|it| it.case.subject == Subject::Elder(elder_of(0))));
    }

    async fn what_a_device_behind_a_cloud_had_said_is_read_again_when_somebody_has_filed_it(db: Database) {
        let clouds = Clouds::start(db).await;
        let town = &clouds.town;
        for platform in Platform::ALL {
            town.test.advance(2);
            let came_at = clouds.now();
            let name = format!("98{platform}");
            // A fence: three in the cloud's table.
            clouds.taken(&clouds.press(*platform, &name, 3, came_at, "1")).await;
            let before = clouds.alerts_of_all().await.len();
            let rows = town.get("desk", "/api/v1/quarantine").await.ok();
            let claimed = format!("{platform} yc {name}");
            let row = rows["items"].as_array().unwrap().iter().find(|it| it["claimed_device"] == claimed.as_str()).unwrap();
            let of_row = |what: &str| format!("/api/v1/quarantine/{}/{what}", row["id"].as_str().unwrap());
            let read = town.post("desk", &of_row("decode"), json!({"report": false})).await.ok();
            assert_eq!((&read["readable"], &read["protocol"], &read["number"]), (&json!(true), &json!(platform.as_str()), &json!(name)));
            assert_eq!((&read["frames"][0]["alarms"][0]["kind"], read.get("device")), (&json!("geofence"), None), "{read}");
            // A code of its own would not be found by the next push.
            let mut whose = json!({"elder_id": elder_of(0), "kind": "pendant", "crs": "wgs84", "code": "X-1"});
            assert_eq!(town.post("desk", &of_row("bind"), whose.clone()).await.problem(), (422, "invalid_value"));
            whose.as_object_mut().unwrap().remove("code");
            let filed = town.post("desk", &of_row("bind"), whose).await;
            assert_eq!((filed.status, &filed.body["code"]), (201, &json!(name)), "{}", filed.text);
            // Two hours later two people report it, and it is one alert of then.
            town.test.advance(7_200);
            for _ in 0..2 {
                let read = town.post("desk", &of_row("decode"), json!({"report": true})).await.ok();
                assert_eq!(read["device"]["code"], name.as_str());
            }
            let alerts = clouds.alerts_of_all().await;
            assert_eq!(alerts.len(), before + 1, "{platform}");
            let new = alerts.iter().find(|it| it.received_at == clouds.now()).unwrap();
            assert_eq!((new.occurred_at.map(|it| it.as_second()), new.late), (Some(came_at.as_second()), true));
            assert!(clouds.content(new)["warnings"].to_string().contains("decoded_again"));
            // What it pushes from now on is the elder's.
            clouds.taken(&clouds.press(*platform, &name, 1, clouds.now(), "2")).await;
            let of_elder = |it: &&CaseView| it.case.subject == Subject::Elder(elder_of(0));
            let mut theirs = 0;
            for it in clouds.cases().await.iter().filter(of_elder) {
                theirs += clouds.alerts(it).await.iter().filter(|it| it.received_at == clouds.now()).count();
            }
            assert_eq!((theirs, clouds.alerts_of_all().await.len()), (2, before + 2), "{platform}");
        }
    }

    async fn what_no_cloud_has_proved_is_read_by_nobody_and_what_could_not_be_read_may_be_later(db: Database) {
        let clouds = Clouds::start(db).await;
        let town = &clouds.town;
        let mut forged = clouds.press(Platform::Huawei, IMEI, 1, clouds.now(), "1");
        forged.headers[0].1 = "00".repeat(32);
        assert_eq!(clouds.send(&forged).await.status, 401);
        town.test.advance(2);
        let odd = signed(Platform::Huawei, "yc", "{\"half\": ", "abcdefgh", "2", clouds.now());
        clouds.taken(&odd).await;
        let rows = town.get("desk", "/api/v1/quarantine").await.ok();
        let mut seen = 0;
        for row in rows["items"].as_array().unwrap() {
            let path = |what: &str| format!("/api/v1/quarantine/{}/{what}", row["id"].as_str().unwrap());
            let read = town.post("desk", &path("decode"), json!({"report": true})).await.ok();
            let proved = row["reason"] == "undecodable_push";
            assert_eq!((&read["readable"], &read["frames"]), (&json!(proved), &json!([])), "{row}");
            let body = json!({"elder_id": elder_of(0), "kind": "pendant"});
            assert_eq!(town.post("desk", &path("bind"), body).await.problem(), (409, "no_terminal"));
            seen += 1;
        }
        assert_eq!((seen, clouds.cases().await.len()), (2, 0));
    }

    async fn what_cannot_be_kept_is_told_so_and_is_one_alert_when_it_comes_again(db: Database) {
        let clouds = Clouds::start(db).await;
        let at = clouds.now();
        let texts: Vec<(Platform, String)> = Platform::ALL.iter().map(|it| (*it, message(*it, IMEI, 1, at).to_string())).collect();
        clouds.town.test.app.store.close().await;
        for (platform, text) in &texts {
            let press = signed(*platform, "yc", text, "abcdefgh", "7", clouds.now());
            let before = clouds.now();
            let answer = clouds.while_time_passes(clouds.send(&press)).await;
            assert_eq!(answer.problem(), (503, "push_not_kept"), "{platform}");
            assert!(answer.headers.get("retry-after").is_some());
            // It was tried again while the cloud waits.
            assert!(clouds.now().duration_since(before) >= SignedDuration::from_secs(1), "{platform}");
        }
        let clouds = Clouds { town: clouds.town.restart().await };
        assert_eq!(clouds.cases().await.len(), 0);
        for _ in 0..2 {
            for (platform, text) in &texts {
                clouds.taken(&signed(*platform, "yc", text, "abcdefgh", "7", clouds.now())).await;
            }
            assert_eq!((clouds.cases().await.len(), clouds.alerts_of_all().await.len()), (1, 4));
        }
    }

    async fn of_a_batch_all_is_kept_and_nothing_twice(db: Database) {
        // Orders beyond the first are refused again and again, and tried again while the cloud waits.
        let clouds = Clouds::start_with(db, |it| it.desk.queue_max = 1).await;
        let base = clouds.now();
        let press = |n: i64| message(Platform::Ctwing, IMEI, 1, base - SignedDuration::from_secs(n)).to_string();
        let batch = |of: std::ops::Range<i64>| {
            let text = format!("[{}]", of.map(press).collect::<Vec<_>>().join(","));
            signed(Platform::Ctwing, "yc", &text, "", "", clouds.now())
        };
        clouds.while_time_passes(clouds.taken(&batch(0..2))).await;
        let first = clouds.alerts_of_all().await.len();
        assert_eq!(first, 2);
        // The rest of what it asserts is new, what was kept before is known.
        clouds.while_time_passes(clouds.taken(&batch(0..3))).await;
        assert_eq!(clouds.alerts_of_all().await.len(), 3);
        let text = message(Platform::Huawei, IMEI, 1, clouds.now());
        let mut both = text.clone();
        both["notify_data"]["body"]["services"] = json!([
            {"service_id": "Alarm", "properties": {"sos": 2}}, {"service_id": "Button", "properties": {"sos": 1}},
        ]);
        let both = signed(Platform::Huawei, "yc", &both.to_string(), "n", "", clouds.now());
        clouds.while_time_passes(clouds.taken(&both)).await;
        assert_eq!(clouds.alerts_of_all().await.len(), 5, "two services of one message");
    }

    async fn a_backlog_is_late_and_stands_before_no_living_call(db: Database) {
        let clouds = Clouds::start(db).await;
        // As many as one look at the alerts of a case shows.
        let (old, count) = (clouds.now() - SignedDuration::from_hours(3), 500_i64);
        let living = "860000000000009";
        clouds.file(living, 0).await;
        // Its charge of a minute ago is known; what the backlog says of three hours ago changes nothing.
        let charge = |percent: u8, at: Timestamp| {
            let params = json!({"charge": {"value": percent, "time": at.as_millisecond()}});
            json!({"deviceName": IMEI, "messageType": "notify", "notifyType": "property", "data": {"params": params}}).to_string()
        };
        clouds.taken(&signed(Platform::Onenet, "yc", &charge(80, clouds.now()), "abcdefgh", "c1", clouds.now())).await;
        let heard_at = clouds.town.test.app.signs.of(device_id(IMEI)).unwrap().heard_at;
        clouds.town.test.advance(60);
        clouds.taken(&signed(Platform::Onenet, "yc", &charge(10, old), "abcdefgh", "c2", clouds.now())).await;
        let backlog: Vec<Sent> = (0..count)
            .map(|n| {
                let platform = Platform::ALL[usize::try_from(n).unwrap() % Platform::ALL.len()];
                let value = if n % 3 == 0 { 1 } else { 3 };
                clouds.press(platform, IMEI, value, old + SignedDuration::from_secs(n), &n.to_string())
            })
            .collect();
        // One service for all of them: they are in flight together.
        let service = test::init_service(Web::new().configure(configure(clouds.town.api.clone()))).await;
        let post = async |it: &Sent| {
            let mut request = test::TestRequest::post().uri(&it.path).set_payload(it.body.clone());
            for (name, value) in &it.headers {
                request = request.insert_header((name.as_str(), value.as_str()));
            }
            let answer = test::call_service(&service, request.to_request()).await;
            assert_eq!(answer.status(), 200, "{}", it.path);
        };
        let (most, done, called) = (std::cell::Cell::new(0), std::cell::Cell::new(0_i64), std::cell::Cell::new(false));
        let replay = join_all(backlog.iter().map(|it| async {
            post(it).await;
            done.set(done.get() + 1);
        }));
        // In the midst of it somebody presses.
        let call = async {
            while done.get() < 50 {
                tokio::task::yield_now().await;
            }
            post(&clouds.press(Platform::Onenet, living, 1, clouds.now(), "now")).await;
            called.set(true);
        };
        let look = async {
            while done.get() < count || !called.get() {
                most.set(clouds.town.test.app.desk.waiting().max(most.get()));
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(replay, call, look);
        assert!(most.get() <= LATE_AT_ONCE + 1, "{} orders waited at the desk", most.get());
        let cases = clouds.cases().await;
        let own = cases.iter().find(|it| it.case.subject == Subject::Elder(elder_of(0))).unwrap();
        let alerts = clouds.alerts(own).await;
        assert_eq!((alerts.len(), alerts[0].late, own.case.tier), (1, false, Tier::Home));
        let backlog_of = |it: &&CaseView| it.case.subject == Subject::Elder(elder_of(1));
        let theirs: Vec<&CaseView> = cases.iter().filter(backlog_of).collect();
        assert_eq!(theirs.len(), 1, "one case, not one for each");
        let alerts = clouds.alerts(theirs[0]).await;
        assert_eq!(i64::try_from(alerts.len()).unwrap(), count);
        assert!(alerts.iter().all(|it| it.late), "none rings as new");
        // By the rule for what is stored: an old call for help begins at the street; nobody has ranked its people here.
        assert_eq!((theirs[0].case.tier, theirs[0].case.offers.len()), (Tier::Street, 0));
        let sign = clouds.town.test.app.signs.of(device_id(IMEI)).unwrap();
        assert_eq!((sign.heard_at, sign.told.battery_percent), (heard_at, Some(80)), "old words are no sign of life");
    }

    async fn a_flood_of_late_calls_is_seen_whole_and_asks_the_streets_people_in_turn(db: Database) {
        let clouds = Clouds::start(db).await;
        let count = 200_u32;
        let code = |n: u32| format!("86{n:013}");
        let elders = (0..count).map(|n| elder(10 + n, Need::General)).collect();
        clouds.town.test.fill(elders, street_team()).await;
        let devices = (0..count).map(|n| pendant(&code(n), 10 + n)).collect();
        let app = &clouds.town.test.app;
        app.store.put_devices(devices, clouds.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        let old = clouds.now() - SignedDuration::from_hours(3);
        let send = async |n: u32, again: u32| {
            let id = format!("{n}-{again}");
            clouds.taken(&clouds.press(Platform::ALL[(n % 4) as usize], &code(n), 1, old + SignedDuration::from_secs(again.into()), &id)).await;
        };
        // Each watch has stored three presses; all of them come now.
        for n in 0..count {
            send(n, 0).await;
        }
        for n in 0..count {
            send(n, 1).await;
            send(n, 2).await;
        }
        let late = clouds.town.get("desk", "/api/v1/cases?late=true&open=true&limit=500").await.ok();
        let late = late["items"].as_array().unwrap().clone();
        assert_eq!(late.len(), count as usize, "one case an elder, none lost, all in the list");
        assert!(late.iter().all(|it| it["tier"] == "street" && it["severity"] == "critical" && it["next_due_at"].is_string()));
        for it in &clouds.cases().await {
            assert_eq!(clouds.alerts(it).await.len(), 3);
            assert!(it.case.tone, "each rings its desk");
        }
        let waits = |it: &&Value| it["turn_at"].is_string();
        assert_eq!(late.iter().filter(waits).count(), count as usize - 3);
        let rank = async || while app.field.run_seeking().await.unwrap() > 0 {};
        let asked = async || {
            let cases = clouds.cases().await;
            let asked = cases.iter().filter(|it| !it.case.offers.is_empty()).count();
            (asked, cases.iter().map(|it| it.case.offers.len()).sum::<usize>())
        };
        rank().await;
        let (cases, offers) = asked().await;
        assert_eq!(cases, 3, "three are asked at once");
        assert!((3..=3 * 3).contains(&offers), "{offers} offers");
        // After a minute three more have had their turn; and somebody who presses now waits for nobody.
        clouds.town.test.advance(60);
        app.desk.run_due().await.unwrap();
        rank().await;
        assert_eq!(asked().await.0, 6);
        let last = code(count - 1);
        clouds.taken(&clouds.press(Platform::Onenet, &last, 1, clouds.now(), "now")).await;
        rank().await;
        let of_now = clouds.cases().await.into_iter().find(|it| it.case.subject == Subject::Elder(elder_of(10 + count - 1))).unwrap();
        assert!(!of_now.case.offers.is_empty() && !of_now.case.waits_its_turn());
        assert_eq!(asked().await.0, 7);
        // A restart forgets no turn.
        let due = clouds.cases().await.iter().filter(|it| it.case.waits_its_turn()).count();
        assert_eq!(due, count as usize - 7);
        let clouds = Clouds { town: clouds.town.restart().await };
        assert_eq!(clouds.cases().await.iter().filter(|it| it.case.waits_its_turn()).count(), due);
    }

    async fn one_late_call_rings_the_street_and_its_people(db: Database) {
        let clouds = Clouds::start(db).await;
        clouds.town.test.fill(vec![], street_team()).await;
        let old = clouds.now() - SignedDuration::from_hours(3);
        clouds.taken(&clouds.press(Platform::Onenet, IMEI, 1, old, "1")).await;
        clouds.town.test.app.field.run_seeking().await.unwrap();
        let cases = clouds.cases().await;
        assert_eq!((cases.len(), cases[0].case.tier, cases[0].case.tone, cases[0].case.late), (1, Tier::Street, true, true));
        assert!(!cases[0].case.offers.is_empty() && !cases[0].case.waits_its_turn());
    }

    async fn an_old_signal_that_is_no_call_rings_nobody(db: Database) {
        let clouds = Clouds::start(db).await;
        let old = clouds.now() - SignedDuration::from_hours(3);
        clouds.taken(&clouds.press(Platform::Onenet, IMEI, 3, old, "1")).await;
        let cases = clouds.cases().await;
        assert_eq!((cases[0].case.kind, cases[0].case.severity), (Kind::Geofence, Severity::Routine));
        assert!(clouds.alerts(&cases[0]).await[0].late);
        // A clock ahead of ours, or years behind, is never set: it happens now.
        for (n, at) in [(2, clouds.now() + SignedDuration::from_hours(5)), (3, clouds.now() - SignedDuration::from_hours(24 * 500))] {
            clouds.taken(&clouds.press(Platform::Onenet, IMEI, 1, at, &n.to_string())).await;
        }
        let alerts = clouds.alerts_of_all().await;
        let of_now: Vec<_> = alerts.iter().filter(|it| it.occurred_at.is_none()).collect();
        assert_eq!((of_now.len(), of_now.iter().filter(|it| it.late).count()), (2, 0));
        assert_eq!(clouds.content(of_now[0])["warnings"], json!(["device_clock_wrong"]));
    }

    async fn bodies_and_links_have_their_limits(db: Database) {
        let clouds = Clouds::start_with(db, |it| {
            it.push.body_max_bytes = 2_048;
            it.push.per_second_max = 1;
        })
        .await;
        let mut long = message(Platform::Ctwing, IMEI, 1, clouds.now());
        long["filler"] = "x".repeat(3_000).into();
        let answer = clouds.send(&signed(Platform::Ctwing, "yc", &long.to_string(), "", "", clouds.now())).await;
        assert_eq!(answer.problem(), (413, "too_large"));
        assert!(clouds.quarantined().await.contains(&("ctwing yc".to_owned(), "too_large".to_owned(), 1)));
        // Who cannot prove to be the cloud takes nothing from its allowance.
        let bad = Sent { path: "/api/v1/push/ctwing/yc.0".to_owned(), ..clouds.press(Platform::Ctwing, IMEI, 0, clouds.now(), "") };
        for _ in 0..20 {
            assert_eq!(clouds.send(&bad).await.status, 401);
        }
        for n in 0..10 {
            clouds.taken(&clouds.press(Platform::Ctwing, IMEI, 0, clouds.now() + SignedDuration::from_millis(n), "")).await;
        }
        let press = clouds.press(Platform::Ctwing, IMEI, 1, clouds.now(), "");
        let answer = clouds.send(&press).await;
        assert_eq!(answer.problem(), (503, "push_too_fast"));
        assert!(answer.headers.get("retry-after").is_some());
        assert_eq!(clouds.cases().await.len(), 0);
        // Another link has its own.
        clouds.taken(&clouds.press(Platform::Huawei, IMEI, 0, clouds.now(), "")).await;
        clouds.town.test.advance(1);
        clouds.taken(&press).await;
        assert_eq!(clouds.send(&press).await.status, 503);
        assert_eq!(clouds.alerts_of_all().await.len(), 1);
    }

    async fn what_is_proved_and_cannot_be_read_is_kept_and_taken(db: Database) {
        let clouds = Clouds::start(db).await;
        for platform in Platform::ALL {
            clouds.town.test.advance(2);
            clouds.taken(&signed(*platform, "yc", "{\"deviceName\":", "abcdefgh", "1", clouds.now())).await;
            let rows = clouds.quarantined().await;
            assert!(rows.contains(&(format!("{platform} yc"), "undecodable_push".to_owned(), 1)), "{platform}: {rows:?}");
            // A test button of a console sends next to nothing.
            clouds.taken(&signed(*platform, "yc", "{}", "abcdefgh", "1", clouds.now())).await;
        }
        assert_eq!(clouds.cases().await.len(), 0);
        // A key that does not fit: nothing is taken, the cloud sends it again when the key is mended.
        let wrong = signed(Platform::Onenet, "secure", "idSQ9qzgmvykKAwdbA15oFqTDQMDRH0KvEqGvqx5H8o=", "abcdefgh", "1", clouds.now());
        assert_eq!(clouds.send(&wrong).await.problem(), (503, "push_not_decryptable"));
        assert!(clouds.quarantined().await.contains(&("onenet secure".to_owned(), "not_decryptable".to_owned(), 1)));
        // One that fits: the text of src/intake/push/onenet.rs, reckoned with openssl.
        let secret = "idSQ9qzgmvykKAwdbA15oFqTDQMDRH0KvEqGvqx5H8qknI1sPDLidWFgZd+EBasG";
        clouds.taken(&signed(Platform::Onenet, "secure", secret, "abcdefgh", "1", clouds.now())).await;
        assert!(clouds.quarantined().await.contains(&("onenet secure d1".to_owned(), "unknown_device".to_owned(), 1)));
    }

    async fn a_sensor_behind_a_cloud_is_a_sign_of_life_and_its_row_is_there_when_the_cloud_is_answered(db: Database) {
        let clouds = Clouds::start(db).await;
        let app = &clouds.town.test.app;
        for (code, kind) in [("DOOR", DeviceKind::Door), ("METER", DeviceKind::WaterMeter)] {
            clouds.file(code, 1).await;
            let mut sensor = app.store.device(device_id(code)).await.unwrap().unwrap().device.value;
            sensor.kind = kind;
            app.store.put_devices(vec![sensor], clouds.now()).await.unwrap();
        }
        app.refresh_picture(true).await.unwrap();
        let push = async |code: &str, name: &str, value: Value| {
            clouds.town.test.advance(10);
            let time = clouds.now().as_millisecond();
            let params = json!({name: {"value": value, "time": time}});
            let body = json!({"deviceName": code, "messageType": "notify", "notifyType": "property", "data": {"params": params}});
            clouds.taken(&signed(Platform::Onenet, "yc", &body.to_string(), "abcdefgh", &time.to_string(), clouds.now())).await;
        };
        push("DOOR", "contact", json!(false)).await;
        assert_eq!(app.store.activity_due_of(elder_of(1)).await.unwrap().len(), 1);
        push("DOOR", "contact", json!(false)).await;
        let doing = |code| app.signs.of(device_id(code)).unwrap().doing;
        assert_eq!(doing("DOOR").active_at, Some(clouds.now() - SignedDuration::from_secs(10)), "it stays shut");
        push("DOOR", "contact", json!("true")).await;
        assert_eq!(doing("DOOR").active_at, Some(clouds.now()));
        push("METER", "water", json!(1.0)).await;
        push("METER", "water", json!(1.25)).await;
        assert_eq!(doing("METER").drawn_l(clouds.now(), SignedDuration::from_hours(1)), 250.0);
        // What is no word of a sensor says nothing.
        let before = doing("DOOR");
        push("DOOR", "contact", json!({"a": [1]})).await;
        assert_eq!(doing("DOOR"), before);
    }

    async fn a_state_that_began_in_a_test_is_news_when_the_test_is_over(db: Database) {
        let clouds = Clouds::start(db).await;
        let path = format!("/api/v1/devices/{}/test", device_id(IMEI));
        clouds.town.post("desk", &path, json!({"minutes": 60})).await.ok();
        let push = async |low: u8| {
            clouds.town.test.advance(10);
            let time = clouds.now().as_millisecond();
            let body = json!({"deviceName": IMEI, "messageType": "notify", "notifyType": "property", "data": {"params": {"bat": {"value": low, "time": time}}}});
            clouds.taken(&signed(Platform::Onenet, "yc", &body.to_string(), "abcdefgh", &time.to_string(), clouds.now())).await;
        };
        push(1).await;
        let real = async || clouds.cases().await.into_iter().filter(|it| !it.case.is_test()).map(|it| it.case.kind).collect::<Vec<_>>();
        assert!(real().await.is_empty());
        clouds.town.post("desk", &format!("{path}/end"), json!({})).await.ok();
        push(1).await;
        assert_eq!(real().await, vec![Kind::LowBattery]);
        push(1).await;
        let case = clouds.cases().await.into_iter().find(|it| !it.case.is_test()).unwrap();
        assert_eq!(case.case.alerts, 1, "once");
    }

    async fn gas_that_still_flows_after_ten_minutes_rings_again_and_a_battery_that_is_full_closes_its_case(db: Database) {
        let clouds = Clouds::start(db).await;
        let push = async |clouds: &Clouds, what: &str, value: u8| {
            let time = clouds.now().as_millisecond();
            let body = json!({"deviceName": IMEI, "messageType": "notify", "notifyType": "property", "data": {"params": {what: {"value": value, "time": time}}}});
            clouds.taken(&signed(Platform::Onenet, "yc", &body.to_string(), "abcdefgh", &format!("{what}{time}"), clouds.now())).await;
        };
        for (after, wanted) in [(0, 1), (300, 1), (299, 1), (1, 2), (300, 2), (300, 3)] {
            clouds.town.test.advance(after);
            push(&clouds, "gas", 1).await;
            assert_eq!(clouds.alerts_of_all().await.len(), wanted, "{after}");
        }
        push(&clouds, "bat", 1).await;
        let low = async |clouds: &Clouds| clouds.cases().await.into_iter().find(|it| it.case.kind == Kind::LowBattery).unwrap();
        assert!(low(&clouds).await.case.state.is_open());
        // It is said to be over by another process than the one that heard it begin.
        let clouds = Clouds { town: clouds.town.restart().await };
        crate::supervision::pass(&clouds.town.test, 320).await;
        assert!(low(&clouds).await.case.state.is_open());
        push(&clouds, "bat", 0).await;
        crate::supervision::pass(&clouds.town.test, 320).await;
        assert!(!low(&clouds).await.case.state.is_open());
    }

    async fn a_state_is_news_when_it_begins_and_figures_are_kept(db: Database) {
        let clouds = Clouds::start(db).await;
        for (low, wanted) in [(1, 1), (1, 1), (0, 1), (1, 2)] {
            clouds.town.test.advance(10);
            let time = clouds.now().as_millisecond();
            let params = json!({
                "bat": {"value": low, "time": time}, "charge": {"value": 12, "time": time},
                "place": {"value": {"lat": 39.381, "lon": 117.062}, "time": time},
            });
            let body = json!({"deviceName": IMEI, "messageType": "notify", "notifyType": "property", "data": {"params": params}});
            clouds.taken(&signed(Platform::Onenet, "yc", &body.to_string(), "abcdefgh", &time.to_string(), clouds.now())).await;
            assert_eq!(clouds.alerts_of_all().await.len(), wanted);
        }
        assert_eq!(clouds.cases().await[0].case.kind, Kind::LowBattery);
        let signs = &clouds.town.test.app.signs;
        let sign = signs.of(device_id(IMEI)).unwrap();
        assert_eq!((sign.told.battery_percent, sign.heard_at), (Some(12), clouds.now()));
        assert_eq!(signs.fix_of(elder_of(1)).unwrap().point.lat(), 39.381);
        assert_eq!(signs.write().await.unwrap(), 1);
        // Gone from the cloud is no sign of life, and no alarm unless a rule says so.
        clouds.town.test.advance(10);
        for (status, heard) in [("offline", false), ("online", true)] {
            let body = json!({"deviceName": IMEI, "messageType": "lifeCycle", "data": {"status": status, "time": clouds.now().as_millisecond()}});
            clouds.taken(&signed(Platform::Onenet, "yc", &body.to_string(), "abcdefgh", status, clouds.now())).await;
            assert_eq!(signs.of(device_id(IMEI)).unwrap().heard_at == clouds.now(), heard, "{status}");
        }
        assert_eq!(clouds.alerts_of_all().await.len(), 2);
    }
}
