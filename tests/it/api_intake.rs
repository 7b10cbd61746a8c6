//! Alerts over HTTP: from a device whatever it sends is kept; from a person every mistake is named.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::intake::http::KEPT_MAX_BYTES;
use eldercare_dispatch::people::{Device, DeviceKind, device_id};
use serde_json::json;

use crate::api_town::{Town, elder_0};
use crate::harness::both_stores;

both_stores! {
    async fn an_alert_is_answered_once_it_is_in_a_case_and_its_repeat_with_the_same_body(db: Database) {
        let town = Town::start(db).await;
        let body = json!({"kind": "sos", "source_ref": 17, "occurred_at": "2026-02-25T06:13:20Z"}).to_string();
        let first = town.device_sends(body.clone()).await;
        assert_eq!(first.status, 201, "{}", first.text);
        assert_eq!((first.body["joined"].as_bool(), &first.body["warnings"]), (Some(false), &json!([])));
        let number = first.body["case_number"].as_str().unwrap();
        assert!(number.ends_with("-120114001-0001"), "{number}");
        let again = town.device_sends(body).await;
        assert_eq!((again.status, &again.text), (200, &first.text));
        let other = town.device_sends(json!({"kind": "fall", "source_ref": 17}).to_string()).await;
        assert_eq!((other.status, other.body["joined"].as_bool()), (201, Some(true)));
        assert_eq!(other.body["case_id"], first.body["case_id"]);
    }

    async fn a_device_is_acknowledged_whatever_it_sends(db: Database) {
        let town = Town::start(db).await;
        let huge = format!("{{\"kind\":\"sos\",\"note\":\"{}\"}}", "x".repeat(KEPT_MAX_BYTES));
        for (body, warning) in [
            (r#"{"kind":"so"#.as_bytes().to_vec(), "malformed_json"),
            (vec![0xff, 0xfe, 0], "malformed_json"),
            (vec![], "malformed_json"),
            (br#"{"kind":"sos","battery":3}"#.to_vec(), "unknown_fields"),
            (br#"{"kind":"meteor"}"#.to_vec(), "unknown_kind"),
            // Of two kinds the graver counts: not a technical matter beside the call for help.
            (br#"{"kind":"low_battery","kind":"sos"}"#.to_vec(), "repeated_fields"),
            (br#"[{"kind":"sos"}]"#.to_vec(), "kind_found_within"),
            (br#"{"kind":"sos","position":{"lat":1e9,"lon":5,"crs":"wgs84"}}"#.to_vec(), "bad_position"),
            (br#"{"kind":"sos","position":{"lat":39.38,"lon":117.06}}"#.to_vec(), "position_without_reference_system"),
            (huge.into_bytes(), "too_large"),
        ] {
            let answer = town.device_sends(body).await;
            assert_eq!(answer.status, 201, "{warning}: {}", answer.text);
            let warnings = answer.body["warnings"].as_array().unwrap();
            assert!(warnings.iter().any(|it| it == warning), "{warning} in {warnings:?}");
            assert!(answer.body["case_id"].is_string());
        }
        // All of it is one visible case, and each body is kept.
        let cases = town.get("desk", "/api/v1/cases?open=true").await.ok();
        let case = cases["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!((cases["items"].as_array().unwrap().len(), cases["items"][0]["alerts"].as_u64()), (1, Some(10)));
        let alerts = town.get("desk", &format!("/api/v1/cases/{case}/alerts")).await.ok();
        assert_eq!(alerts["items"].as_array().unwrap().len(), 10);
        let store = &town.test.app.store;
        let (ring, rows) = (store.keys().unwrap(), store.alerts_of(case.parse().unwrap()).await.unwrap());
        let kept = rows.iter().any(|it| {
            let text = ring.open_field(&it.content, "alert", "content", it.id.as_uuid()).unwrap();
            let content: serde_json::Value = serde_json::from_slice(&text).unwrap();
            content["raw"] == STANDARD.encode(r#"{"kind":"low_battery","kind":"sos"}"#)
        });
        assert!(kept, "with both kinds, as it came");
        assert!(alerts["items"].as_array().unwrap().iter().any(|it| it["position"]["lat"] == 39.38), "{alerts}");
    }

    /// PostgreSQL keeps no zero byte in a text: where one comes in, nothing of the store's is told to anybody.
    async fn a_zero_byte_costs_nobody_their_alert(db: Database) {
        let town = Town::start(db).await;
        for body in [r#"{"kind":"sos\u0000"}"#, r#"{"kind":"\u0000"}"#, r#"{"kind":"qu\u0000ake"}"#, r#"{"kind":"sos","source_ref":"\u0000","note":"\u0000","elder_id":"\u0000","reading":"\u0000"}"#] {
            let answer = town.device_sends(body).await;
            assert_eq!(answer.status, 201, "{body}: {}", answer.text);
        }
        let elder = elder_0();
        let said = town.post("desk", "/api/v1/alerts", json!({"kind": "sos\u{0}", "elder_id": elder, "note": "\u{0}"})).await;
        assert_eq!(said.status, 201, "{}", said.text);
        let bad = json!({"kind": "sos", "elder_id": elder, "source_ref": "a\u{0}"});
        assert_eq!(town.post("desk", "/api/v1/alerts", bad).await.problem(), (422, "invalid_value"));
        assert_eq!(town.sign_in("de\u{0}sk", "x").await.problem(), (401, "wrong_credentials"));
        let case = said.body["case_id"].as_str().unwrap();
        let note = town.post("desk", &format!("/api/v1/cases/{case}/note"), json!({"text": "a\u{0}b"})).await;
        assert_eq!(note.status, 200, "{}", note.text);
        for path in ["/api/v1/cases?kind=%00", "/api/v1/cases?area=%00", "/api/v1/elders?need=%00", "/api/v1/cases?cursor=%00", "/api/v1/responders?tier=%00"] {
            assert_eq!(town.get("desk", path).await.status, 400, "{path}");
        }
    }

    async fn a_device_that_is_nobodys_makes_a_case_that_every_desk_sees(db: Database) {
        let town = Town::start(db).await;
        let id = device_id("LOOSE");
        let loose = Device {
            id,
            code: "LOOSE".into(),
            kind: DeviceKind::Pendant,
            binding: None,
            model: None,
            crs: None,
            voice_path: false,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: false,
        };
        town.test.app.store.put_devices(vec![loose], town.test.clock.now()).await.unwrap();
        // Filed and given its key by another process: this one has not seen it.
        let key = eldercare_dispatch::store::DeviceKey::make().unwrap();
        let text = key.reveal().to_string();
        town.test.app.store.set_device_keys(vec![(id, key)], town.test.clock.now()).await.unwrap();
        let auth = format!("Device {id}:{text}");
        let answer = town.raw(Method::POST, "/api/v1/alerts", &[("authorization", &auth)], r#"{"kind":"sos"}"#).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.body["warnings"], json!(["device_out_of_service", "subject_unknown"]));
        for desk in ["desk", "far_desk"] {
            let cases = town.get(desk, "/api/v1/cases").await.ok();
            assert_eq!(cases["items"][0]["subject"]["type"], "unknown", "{desk}");
            assert_eq!(cases["items"][0]["tier"], "street");
        }
        let cases = town.get("g1", "/api/v1/cases").await.ok();
        assert_eq!(cases["items"], json!([]));
    }

    async fn a_persons_mistakes_are_named(db: Database) {
        let town = Town::start(db).await;
        let elder = elder_0().to_string();
        let bearer = format!("Bearer {}", town.token("desk").await);
        let json_body = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let good = |more: &str| format!(r#"{{"kind":"sos","elder_id":"{elder}"{more}}}"#);
        for (body, status, code, field) in [
            ("{\"kind\":".to_owned(), 400, "malformed_json", ""),
            (good(",\"colour\":1"), 422, "unknown_field", "colour"),
            (format!("{{\"elder_id\":\"{elder}\"}}"), 422, "missing_field", "kind"),
            ("{\"kind\":\"sos\"}".to_owned(), 422, "missing_field", "elder_id"),
            ("{\"kind\":\"sos\",\"elder_id\":\"E0\"}".to_owned(), 422, "invalid_value", "elder_id"),
            (good(",\"position\":{\"lat\":91,\"lon\":0,\"crs\":\"wgs84\"}"), 422, "out_of_range", "position.lat"),
            (good(",\"position\":{\"lat\":1,\"lon\":1e4}"), 422, "out_of_range", "position.lon"),
            (good(",\"position\":{\"lat\":1,\"lon\":1,\"crs\":\"mars\"}"), 422, "invalid_value", "crs"),
            (good(",\"occurred_at\":\"noon\""), 422, "invalid_value", "occurred_at"),
            (good(&format!(",\"note\":\"{}\"", "x".repeat(4_001))), 422, "too_long", "note"),
            (good(&format!(",\"note\":\"{}\"", "x".repeat(70_000))), 413, "too_large", ""),
        ] {
            let answer = town.raw(Method::POST, "/api/v1/alerts", &json_body, body.clone()).await;
            assert_eq!(answer.problem(), (status, code), "{} for {}", answer.text, &body[..body.len().min(90)]);
            assert_eq!(answer.body["errors"][0]["field"].as_str().unwrap_or(""), field, "{}", answer.text);
        }
        let plain = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
        let answer = town.raw(Method::POST, "/api/v1/alerts", &plain, good("")).await;
        assert_eq!(answer.problem(), (415, "wrong_content_type"));
        let foreign = town.post("far_desk", "/api/v1/alerts", json!({"kind": "sos", "elder_id": elder})).await;
        assert_eq!(foreign.problem(), (404, "elder_not_found"));
        let drill = town.post("g1", "/api/v1/alerts", json!({"kind": "sos", "elder_id": elder, "drill": true})).await;
        assert_eq!(drill.problem(), (403, "drill_not_allowed"));
        let long = "k".repeat(256);
        for key in ["", "a b", long.as_str()] {
            let answer = town.post_once("desk", "/api/v1/alerts", key, json!({"kind": "sos", "elder_id": elder})).await;
            assert_eq!(answer.problem(), (400, "bad_idempotency_key"), "{key}");
        }
        let cases = town.get("desk", "/api/v1/cases").await.ok();
        assert_eq!(cases["items"], json!([]), "nothing of it was kept");
    }

    async fn a_persons_key_means_one_alert(db: Database) {
        let town = Town::start(db).await;
        let elder = elder_0();
        let body = json!({"kind": "fall", "elder_id": elder, "note": "在厨房"});
        let first = town.post_once("g1", "/api/v1/alerts", "tap-1", body.clone()).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let again = town.post_once("g1", "/api/v1/alerts", "tap-1", body.clone()).await;
        assert_eq!((again.status, &again.text), (200, &first.text));
        let other = town.post_once("g1", "/api/v1/alerts", "tap-1", json!({"kind": "sos", "elder_id": elder})).await;
        assert_eq!(other.problem(), (422, "key_reused"));
        // Another person's same key is another key.
        let theirs = town.post_once("desk", "/api/v1/alerts", "tap-1", body).await;
        assert_eq!((theirs.status, theirs.body["joined"].as_bool()), (201, Some(true)));
    }
}
