//! Tencent IoT (物联网开发平台, 物联网通信): what its rule engine forwards to an address, signed by a token.
//!
//! Sources: Tencent Cloud, "数据转发到第三方服务" (handshake by `Echostr`; `Signature` = SHA-1 of token, timestamp and nonce in the order
//! of their letters; both published vectors) and "数据处理" (fields). Its other way, "自定义推送" with `x-tc-…` headers, is not spoken.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sha1::Sha1;

use super::message::{Happened, Level, Message, Sort, moment, names, parts, written};
use super::{Asked, Cloud, Denied, Keys, Opened, proved_by_headers};

pub(super) struct Tencent;

impl Cloud for Tencent {
    fn patience(&self) -> Duration {
        Duration::from_secs(3)
    }

    fn greet(&self, keys: &Keys, asked: &Asked<'_>, now: Timestamp) -> Result<Vec<u8>, Denied> {
        proved_by_headers::<Sha1>(keys, asked, now)?;
        Ok(asked.header("echostr").unwrap_or_default().as_bytes().to_vec())
    }

    fn open(&self, keys: &Keys, asked: &Asked<'_>, body: &[u8], now: Timestamp) -> Result<Opened, Denied> {
        proved_by_headers::<Sha1>(keys, asked, now)?;
        Ok(Opened {
            id: None,
            text: body.to_vec(),
        })
    }

    fn read(&self, opened: &Opened) -> Option<Vec<Message>> {
        let parts = parts(&opened.text)?;
        if !parts.iter().all(|it| it.0.is_object()) {
            return None;
        }
        Some(parts.into_iter().map(|(body, text)| message(body, text)).collect())
    }
}

fn message(body: Value, text: std::sync::Arc<[u8]>) -> Message {
    let of = |it: &str| body.get(it);
    let within = |it: &str| body.pointer(it).and_then(Value::as_str).unwrap_or_default();
    let at = of("timestamp").and_then(moment);
    let sort = match within("/payload/method") {
        "event_post" => Sort::Event(vec![Happened {
            what: within("/payload/eventId").to_owned(),
            level: if within("/payload/type") == "info" {
                Level::Info
            } else {
                Level::Grave
            },
            at,
            pointer: String::new(),
        }]),
        method if method.ends_with("_reply") => Sort::Other,
        _ => Sort::Data,
    };
    Message {
        names: names([of("devicename"), of("deviceName")]),
        product: of("productid").and_then(written),
        id: of("seq").and_then(written),
        at,
        sort,
        time_beside: false,
        text,
        body,
    }
}

/// For the properties over all clouds; the first as published.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    br#"{"devicename":"device","payload":{"params":{"power_switch":1,"color":1,"brightness":32}},"productid":"AD4GVS5549","seq":2,"timestamp":1587109346,"topic":"AD4GVS5549/device/data"}"#,
    br#"{"devicename":"device","payload":{"method":"event_post","eventId":"sos","type":"alert","params":{"key":1}},"productid":"AD4GVS5549","seq":3,"timestamp":1587109346,"topic":"$thing/up/event/AD4GVS5549/device"}"#,
];

#[cfg(test)]
mod tests {
    use super::super::samples::{asked, keys, pairs};
    use super::*;

    /// The vector of Tencent's documentation: token, timestamp, nonce.
    #[test]
    fn the_published_signature_holds() {
        let now = Timestamp::from_second(1_604_458_421).unwrap();
        let headers = |signature: &str, nonce: &str| {
            pairs(&[
                ("signature", signature),
                ("timestamp", "1604458421"),
                ("nonce", nonce),
                ("echostr", "UPWIAFASvDUFcTEE"),
            ])
        };
        let good = "c259ed29ec13ba7c649fe0893007401a36e70453";
        let signed = headers(good, "IkOaKMDalrAzUTxC");
        let greeted = Tencent.greet(&keys("aaa"), &asked(&[], &signed), now);
        assert_eq!(greeted, Ok(b"UPWIAFASvDUFcTEE".to_vec()));
        assert_eq!(
            Tencent.greet(&keys("aab"), &asked(&[], &signed), now),
            Err(Denied::BadSignature)
        );
        let wrong = headers(good, "x");
        assert_eq!(
            Tencent.greet(&keys("aaa"), &asked(&[], &wrong), now),
            Err(Denied::BadSignature)
        );
        let later = now + jiff::SignedDuration::from_secs(301);
        assert_eq!(
            Tencent.open(&keys("aaa"), &asked(&[], &signed), b"", later),
            Err(Denied::StaleSignature)
        );
    }

    #[test]
    fn its_messages_are_read() {
        let read = |of: usize| {
            let text = SAMPLES[of].to_vec();
            Tencent.read(&Opened { id: None, text }).unwrap().remove(0)
        };
        let it = read(0);
        assert_eq!(
            (it.sort, it.names, it.id.as_deref()),
            (Sort::Data, vec!["device".to_owned()], Some("2"))
        );
        assert_eq!(it.at, Timestamp::from_second(1_587_109_346).ok());
        let Sort::Event(happened) = read(1).sort else {
            panic!("no event")
        };
        assert_eq!((happened[0].what.as_str(), happened[0].level), ("sos", Level::Grave));
    }
}
