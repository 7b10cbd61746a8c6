//! What was kept aside: it is decoded again, and the device that sent it is bound to an elder, by the desk over HTTP.

use actix_web::http::Method;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Kind, Subject};
use eldercare_dispatch::intake::mqtt;
use eldercare_dispatch::intake::mqtt::config::{BrokerConfig, TopicConfig};
use eldercare_dispatch::intake::tcp::{self, Listening};
use eldercare_dispatch::people::{DeviceBinding, Protocol, Tier, device_id};
use eldercare_dispatch::store::Unproved;
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::api_town::Town;
use crate::harness::street::{elder, elder_of};
use crate::harness::{Database, both_stores};
use eldercare_dispatch::people::Need;

const STRANGER: &str = "9999999999";

/// A town whose watches have a line, and whose sensors a broker that is not there.
struct Street {
    town: Town,
    at: Listening,
}

impl Street {
    async fn start(db: Database) -> Self {
        let town = Town::start_with(db, |config: &mut Config| {
            let line = config.intake.line_mut(Protocol::Watch).unwrap();
            line.listen = Some("127.0.0.1:0".parse().unwrap());
            config.mqtt.brokers = vec![BrokerConfig {
                name: "home".to_owned(),
                url: "mqtt://127.0.0.1:1".to_owned(),
                topics: vec![TopicConfig {
                    topic: "zigbee2mqtt/{device}".to_owned(),
                    profile: "zigbee2mqtt".to_owned(),
                }],
                ..BrokerConfig::default()
            }];
        })
        .await;
        mqtt::start(&town.test.app);
        Self {
            at: tcp::listen(&town.test.app).await.unwrap(),
            town,
        }
    }

    /// A watch says one frame and is answered.
    async fn says(&self, frame: &str) {
        let mut line = TcpStream::connect(self.at.address(Protocol::Watch).unwrap())
            .await
            .unwrap();
        line.write_all(frame.as_bytes()).await.unwrap();
        let mut answer = [0; 4];
        line.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"[3G*");
    }

    /// Bytes as an adapter keeps them; the row.
    async fn keep(&self, claimed: &str, reason: &'static str, body: &[u8]) -> Uuid {
        let app = &self.town.test.app;
        let it = Unproved {
            id: app.ids.make(),
            address: "10.9.8.7",
            claimed_device: claimed,
            reason,
            body,
        };
        app.store.quarantine(it, app.clock.now()).await.unwrap()
    }

    async fn rows(&self) -> Vec<Value> {
        let page = self.town.get("desk", "/api/v1/quarantine").await.ok();
        page["items"].as_array().unwrap().clone()
    }

    async fn decode(&self, row: &str, report: bool) -> Value {
        let path = format!("/api/v1/quarantine/{row}/decode");
        self.town.post("desk", &path, json!({"report": report})).await.ok()
    }

    async fn cases(&self) -> Vec<CaseView> {
        let store = &self.town.test.app.store;
        store.list_cases(&CaseFilter::default(), None, 100).await.unwrap().items
    }
}

/// A frame of a watch, by its own clock.
fn frame(command: &str, number: &str, at: Timestamp, status: &str) -> String {
    let at = at.strftime("%d%m%y,%H%M%S");
    let content = format!(
        "{command},{at},A,39.381000,N,117.062000,E,0.00,0.0,0.0,9,90,41,120,0,{status},1,1,460,0,9360,4082,131,0,"
    );
    format!("[3G*{number}*{:04X}*{content}]", content.len())
}

fn id_of(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

both_stores! {
    async fn a_strangers_watch_is_read_bound_and_speaks_for_its_elder(db: Database) {
        let street = Street::start(db).await;
        let now = street.town.test.clock.now();
        street.says(&frame("AL", STRANGER, now, "00010000")).await;
        let cases = street.cases().await;
        assert!(matches!(cases[0].case.subject, Subject::Unknown(_)));
        assert_eq!(cases[0].case.tier, Tier::Street);
        let rows = street.rows().await;
        let id = id_of(&rows[0]);
        let decoded = street.decode(&id, false).await;
        assert_eq!((&decoded["readable"], &decoded["protocol"], &decoded["number"]), (&json!(true), &json!("watch"), &json!(STRANGER)));
        assert_eq!(decoded["frames"][0]["alarms"][0]["kind"], "sos");
        assert_eq!(decoded["frames"][0]["battery_percent"], 41);
        assert!(decoded["text"].as_str().unwrap().contains("*AL,"), "{decoded}");
        assert_eq!(decoded.get("device"), None);
        let bind = format!("/api/v1/quarantine/{id}/bind");
        let whose = json!({"elder_id": elder_of(1), "kind": "watch", "crs": "wgs84", "voice_path": true, "code": "W-17"});
        let filed = street.town.post("desk", &bind, whose.clone()).await;
        assert_eq!(filed.status, 201, "{}", filed.text);
        assert_eq!((&filed.body["code"], &filed.body["elder_id"]), (&json!("W-17"), &json!(elder_of(1))));
        // Whoever does the same once more is told.
        assert_eq!(street.town.post("desk", &bind, whose).await.problem(), (409, "terminal_filed"));
        assert_eq!(street.rows().await[0]["seen_by"], crate::api_town::user("desk").to_string());
        assert_eq!(street.decode(&id, false).await["device"]["code"], "W-17");
        street.town.test.advance(15);
        street.says(&frame("AL", STRANGER, street.town.test.clock.now(), "00010000")).await;
        let subjects: Vec<Subject> = street.cases().await.iter().map(|it| it.case.subject).collect();
        assert!(subjects.contains(&Subject::Elder(elder_of(1))), "{subjects:?}");
    }

    async fn what_was_kept_aside_rings_once_however_often_it_is_reported(db: Database) {
        let street = Street::start(db).await;
        let begun = street.town.test.clock.now();
        // Two frames and noise, of a watch that somebody files afterwards.
        let bytes = [b"\x00\x01", frame("UD", STRANGER, begun, "00000001").as_bytes(), frame("AL", STRANGER, begun, "00010000").as_bytes()].concat();
        let id = street.keep(&format!("watch {STRANGER}"), "undecodable_frame", &bytes).await.to_string();
        let bind = format!("/api/v1/quarantine/{id}/bind");
        let filed = street.town.post("desk", &bind, json!({"elder_id": elder_of(1), "kind": "watch", "crs": "wgs84"})).await;
        assert_eq!((filed.status, &filed.body["code"]), (201, &json!(STRANGER)), "{}", filed.text);
        street.town.test.advance(3_600);
        street.town.forget_tokens();
        let shown = street.decode(&id, false).await;
        let kinds: Vec<&Value> = shown["frames"].as_array().unwrap().iter().flat_map(|it| it["alarms"].as_array().unwrap()).map(|it| &it["kind"]).collect();
        assert_eq!(kinds, ["low_battery", "sos"]);
        assert_eq!(street.cases().await.len(), 0, "reading rings nobody");
        let first = street.decode(&id, true).await;
        let again = street.decode(&id, true).await;
        let alerts = |of: &Value| of["frames"].as_array().unwrap().iter().flat_map(|it| it["alarms"].as_array().unwrap().clone()).map(|it| it["reported"]["alert_id"].clone()).collect::<Vec<_>>();
        assert_eq!(alerts(&first), alerts(&again));
        assert_eq!(alerts(&first).len(), 2);
        let cases = street.cases().await;
        let help: Vec<&CaseView> = cases.iter().filter(|it| it.case.kind == Kind::Sos).collect();
        assert_eq!((help.len(), help[0].case.subject), (1, Subject::Elder(elder_of(1))));
        let told = street.town.test.app.store.alerts_of(help[0].case.id).await.unwrap();
        // It happened when the watch said, and not when somebody pressed a key an hour later.
        let to_the_second = Timestamp::from_second(begun.as_second()).unwrap();
        assert_eq!((told.len(), told[0].occurred_at), (1, Some(to_the_second)));
        let sos = &first["frames"][1]["alarms"][0]["reported"];
        assert!(sos["warnings"].as_array().unwrap().contains(&json!("decoded_again")), "{sos}");
    }

    async fn a_message_of_a_broker_is_read_by_its_profile(db: Database) {
        let street = Street::start(db).await;
        let id = street.keep("mqtt kitchen", "unknown_device", b"zigbee2mqtt/kitchen\n{\"smoke\":true,\"battery\":55}").await.to_string();
        let shown = street.decode(&id, false).await;
        assert_eq!((&shown["protocol"], &shown["number"]), (&json!("mqtt"), &json!("kitchen")));
        assert_eq!(shown["frames"][0]["alarms"][0]["kind"], "smoke");
        // Smoke is the home's: whoever lives there is looked after.
        let filed = street.town.post("leader", &format!("/api/v1/quarantine/{id}/bind"), json!({"elder_id": elder_of(0), "kind": "smoke"})).await;
        assert_eq!(filed.status, 201, "{}", filed.text);
        let device = street.town.test.app.store.device(device_id("kitchen")).await.unwrap().unwrap();
        assert_eq!(device.device.value.binding, Some(DeviceBinding::Household(elder(0, Need::General).household)));
        let reported = street.decode(&id, true).await;
        assert_eq!(reported["frames"][0]["alarms"][0]["reported"]["joined"], false);
        assert_eq!(street.cases().await[0].case.kind, Kind::Smoke);
        // Nothing of ours is published there.
        let other = street.keep("mqtt x", "undecodable_frame", b"elsewhere/x\n{}").await.to_string();
        assert_eq!(street.decode(&other, true).await["frames"], json!([]));
    }

    async fn every_odd_question_has_its_answer_and_looks_are_recorded(db: Database) {
        let street = Street::start(db).await;
        let town = &street.town;
        let watch = street.keep("watch 77", "unknown_device", b"[3G*77*0002*LK]").await;
        let key = street.keep("device_1", "bad_key", b"{\"kind\":\"sos\"}").await;
        let nobody = Uuid::from_u128(7);
        let body = json!({"elder_id": elder_of(1), "kind": "watch"});
        let bind = |id: Uuid| format!("/api/v1/quarantine/{id}/bind");
        for (who, id, body, is) in [
            ("desk", nobody, body.clone(), (404, "quarantine_not_found")),
            ("desk", key, body.clone(), (409, "no_terminal")),
            ("far_desk", watch, body.clone(), (404, "elder_not_found")),
            ("desk", watch, json!({"elder_id": elder_of(99), "kind": "watch"}), (404, "elder_not_found")),
            ("desk", watch, json!({"elder_id": elder_of(1), "kind": "toaster"}), (422, "invalid_value")),
            ("desk", watch, json!({"kind": "watch"}), (422, "missing_field")),
            ("desk", watch, json!({"elder_id": elder_of(1), "kind": "watch", "colour": 1}), (422, "unknown_field")),
            ("desk", watch, json!({"elder_id": elder_of(1), "kind": "watch", "code": "D0"}), (422, "device_code_taken")),
            ("auditor", watch, body.clone(), (403, "role_not_allowed")),
        ] {
            let answer = town.post(who, &bind(id), body.clone()).await;
            assert_eq!(answer.problem(), is, "{who} {body} {}", answer.text);
        }
        assert_eq!(town.test.app.store.device(device_id("77")).await.unwrap(), None);
        // Over HTTP anybody may say that they are a watch.
        let posing = street.keep("watch 78", "bad_key", frame("AL", "78", town.test.clock.now(), "00010000").as_bytes()).await;
        let decoded = street.decode(&posing.to_string(), true).await;
        assert_eq!((&decoded["readable"], &decoded["frames"]), (&json!(false), &json!([])));
        assert_eq!(town.post("desk", &bind(posing), body.clone()).await.problem(), (409, "no_terminal"));
        // A home alarm unit: a stranger's battery rings nobody; and it can be bound.
        let low = "<mrq><ref>1</ref><cid>0001</cid><dty>3</dty><stc>16</stc></mrq>";
        let unit = street.keep("scaip 0001", "unknown_device", low.as_bytes()).await;
        let decoded = street.decode(&unit.to_string(), true).await;
        assert_eq!((&decoded["readable"], &decoded["protocol"], &decoded["text"]), (&json!(true), &json!("scaip"), &json!(low)));
        let alarm = &decoded["frames"][0]["alarms"][0];
        assert_eq!((&alarm["kind"], alarm.get("reported")), (&json!("low_battery"), None));
        assert!(decoded["number"].as_str().is_some_and(|it| it.ends_with('1')), "{decoded}");
        let bound = json!({"elder_id": elder_of(1), "kind": "sos_button", "code": "UNIT-1"});
        assert_eq!(town.post("desk", &bind(unit), bound).await.status, 201);
        // Bound, it is the elder's, also what it says in a message of which only the end came.
        let decoded = street.decode(&unit.to_string(), true).await;
        assert_eq!(decoded["frames"][0]["alarms"][0]["reported"]["joined"], false, "{decoded}");
        let cut = b"MESSAGE sip:arc@x SIP/2.0\r\n\r\n<mrq><cid>0001</cid><dty>3</dty><stc>10</stc><ref>2";
        let cut = street.keep("scaip 0001", "undecodable_frame", cut).await.to_string();
        let decoded = street.decode(&cut, true).await;
        assert_eq!(decoded["frames"][0]["alarms"][0]["kind"], "sos");
        assert!(street.cases().await.iter().any(|it| it.case.kind == Kind::Sos && it.case.subject == Subject::Elder(elder_of(1))));
        let decoded = street.decode(&key.to_string(), true).await;
        assert_eq!((&decoded["readable"], &decoded["text"]), (&json!(false), &json!("{\"kind\":\"sos\"}")));
        let decode = format!("/api/v1/quarantine/{nobody}/decode");
        assert_eq!(town.post("desk", &decode, json!({})).await.problem(), (404, "quarantine_not_found"));
        assert_eq!(town.any(&Method::POST, "auditor", &decode, "{}").await.problem(), (403, "role_not_allowed"));
        let looks = town.test.app.store.views_of(key, None, 10).await.unwrap();
        assert_eq!((looks.len(), looks[0].field.as_str(), looks[0].by), (1, "body", crate::api_town::user("desk")));
        assert!(town.test.clock.now() - 1.minute() < looks[0].at);
    }
}
