//! Huawei IoTDA: data forwarded by HTTP, signed by a token if the rule says so (here it must).
//!
//! Huawei throws away a message that is not answered with 200 within 15 seconds, and after ten failures keeps back what comes, up to a
//! day, and sends all of it at 800 a second afterwards: so a request is worked on for most of that time.
//!
//! Sources: Huawei Cloud, "使用HTTP/HTTPS转发" (mechanism, 800 TPS), API reference "设备属性上报通知" (fields), "HttpForwarding" (the
//! signature: token, timestamp and nonce in the order of their letters, SHA-256; the headers `signature`, `timestamp`, `nonce`).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value};
use sha2::Sha256;

use super::message::{Message, Sort, moment, names, parts, written};
use super::{Asked, Cloud, Denied, Keys, Opened, proved_by_headers};

pub(super) struct Huawei;

impl Cloud for Huawei {
    fn patience(&self) -> Duration {
        Duration::from_secs(12)
    }

    fn greet(&self, keys: &Keys, asked: &Asked<'_>, now: Timestamp) -> Result<Vec<u8>, Denied> {
        proved_by_headers::<Sha256>(keys, asked, now).map(|()| b"ok".to_vec())
    }

    fn open(&self, keys: &Keys, asked: &Asked<'_>, body: &[u8], now: Timestamp) -> Result<Opened, Denied> {
        proved_by_headers::<Sha256>(keys, asked, now)?;
        Ok(Opened {
            id: None,
            text: body.to_vec(),
        })
    }

    fn read(&self, opened: &Opened) -> Option<Vec<Message>> {
        let mut found = Vec::new();
        for (body, text) in parts(&opened.text)? {
            let Value::Object(body) = body else { return None };
            messages(body, &text, &mut found);
        }
        Some(found)
    }
}

/// One message for each service of the device; rules point into `/service_id`, `/properties`, `/content`, `/status`, `/resource`,
/// `/event` and `/header`.
fn messages(mut body: Map<String, Value>, text: &std::sync::Arc<[u8]>, found: &mut Vec<Message>) {
    let mut told = body.remove("notify_data").unwrap_or_default();
    let header = told.get_mut("header").map(Value::take).unwrap_or_default();
    let mut inner = told.get_mut("body").map(Value::take).unwrap_or_default();
    let of = |it: &str| header.get(it);
    let names = names([of("node_id"), of("device_id")]);
    let product = of("product_id").and_then(written);
    let id = body.get("request_id").and_then(written);
    let at = body
        .get("event_time_ms")
        .and_then(instant)
        .or_else(|| body.get("event_time").and_then(instant));
    let resource = body.get("resource").and_then(Value::as_str).unwrap_or_default();
    let status = inner.get("status").and_then(Value::as_str).unwrap_or_default();
    let sort = match (resource, status) {
        ("device.status", "ONLINE") => Sort::Online,
        ("device.status", "OFFLINE" | "ABNORMAL" | "FROZEN") => Sort::Offline,
        ("device.property" | "device.message" | "device.data", _) => Sort::Data,
        // The cloud's own records: products, rules, upgrades, commands.
        ("product" | "batchtask", _) => Sort::Other,
        _ if resource.ends_with(".status") => Sort::Other,
        _ => Sort::Data,
    };
    let services = match inner.get_mut("services").map(Value::take) {
        Some(Value::Array(services)) => services,
        _ => vec![inner],
    };
    for service in services {
        let mut body = body.clone();
        body.insert("header".to_owned(), header.clone());
        let at = service.get("event_time").and_then(instant).or(at);
        if let Value::Object(service) = service {
            body.extend(service);
        }
        found.push(Message {
            names: names.clone(),
            product: product.clone(),
            id: id.clone(),
            at,
            sort: sort.clone(),
            time_beside: false,
            text: text.clone(),
            body: Value::Object(body),
        });
    }
}

/// `20151212T121212Z`, `2015-12-12T12:12:12.000Z`, or a number.
fn instant(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let short = || {
        DateTime::strptime("%Y%m%dT%H%M%SZ", text)
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
    };
    text.parse()
        .ok()
        .or_else(|| Some(short()?.timestamp()))
        .or_else(|| moment(value))
}

/// For the properties over all clouds; the fields of the API reference.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    br#"{"resource":"device.property","event":"report","event_time":"20151212T121212Z","event_time_ms":"2015-12-12T12:12:12.500Z","request_id":"3fe58d5e","notify_data":{"header":{"app_id":"a","device_id":"5cdc_imei","node_id":"860803030676429","product_id":"ABC123456789","gateway_id":"g"},"body":{"services":[{"service_id":"Battery","properties":{"batteryLevel":41},"event_time":"20151212T121213Z"},{"service_id":"Alarm","properties":{"sos":1}}]}}}"#,
    br#"{"resource":"device.message","event":"report","event_time":"20151212T121212Z","notify_data":{"header":{"device_id":"d"},"body":{"topic":"$oc/x","content":{"sos":true}}}}"#,
    br#"{"resource":"device.status","event":"update","event_time":"20151212T121212Z","notify_data":{"header":{"device_id":"d"},"body":{"status":"OFFLINE","last_online_time":"20151212T121212Z"}}}"#,
];

#[cfg(test)]
mod tests {
    use super::super::samples::{asked, keys, pairs};
    use super::*;
    use serde_json::json;

    /// Reckoned with `openssl dgst -sha256` from the rule of the API reference; Huawei has published no vector.
    #[test]
    fn signatures_hold_within_their_time() {
        let now = Timestamp::from_second(1_604_458_421).unwrap();
        let good = "bb612d261d52dbe02e5e09aa377691db393c8fe75e7d8f9c5833cd6e56caee38";
        for (signature, timestamp, nonce, wanted) in [
            (good, "1604458421", "IkOaKMDalrAzUTxC", Ok(())),
            (good.to_uppercase().as_str(), "1604458421", "IkOaKMDalrAzUTxC", Ok(())),
            (good, "1604458422", "IkOaKMDalrAzUTxC", Err(Denied::BadSignature)),
            (good, "1604458421", "IkOaKMDalrAzUTxc", Err(Denied::BadSignature)),
            ("", "1604458421", "IkOaKMDalrAzUTxC", Err(Denied::BadSignature)),
        ] {
            let headers = pairs(&[("signature", signature), ("timestamp", timestamp), ("nonce", nonce)]);
            let got = Huawei.open(&keys("aaa"), &asked(&[], &headers), b"{}", now).map(|_| ());
            assert_eq!(got, wanted, "{signature} {timestamp} {nonce}");
        }
        let headers = pairs(&[
            ("signature", good),
            ("timestamp", "1604458421"),
            ("nonce", "IkOaKMDalrAzUTxC"),
        ]);
        for (seconds, wanted) in [
            (299, Ok(())),
            (301, Err(Denied::StaleSignature)),
            (-301, Err(Denied::StaleSignature)),
        ] {
            let now = now + jiff::SignedDuration::from_secs(seconds);
            let got = Huawei.greet(&keys("aaa"), &asked(&[], &headers), now).map(|_| ());
            assert_eq!(got, wanted, "{seconds}");
        }
    }

    #[test]
    fn each_service_is_a_message() {
        let read = |of: usize| {
            let text = SAMPLES[of].to_vec();
            Huawei.read(&Opened { id: None, text }).unwrap()
        };
        let them = read(0);
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(them.len(), 2);
        assert_eq!(them[0].names, ["860803030676429", "5cdc_imei"]);
        assert_eq!(
            (them[0].at, them[1].at),
            (at("2015-12-12T12:12:13Z"), at("2015-12-12T12:12:12.5Z"))
        );
        assert_eq!(them[1].body.pointer("/properties/sos"), Some(&json!(1)));
        assert_eq!(them[1].body.pointer("/service_id"), Some(&json!("Alarm")));
        assert_eq!(
            (them[1].id.as_deref(), them[1].product.as_deref()),
            (Some("3fe58d5e"), Some("ABC123456789"))
        );
        assert_eq!(read(1)[0].body.pointer("/content/sos"), Some(&json!(true)));
        assert_eq!((&read(1)[0].sort, &read(2)[0].sort), (&Sort::Data, &Sort::Offline));
    }
}
