//! China Telecom's CTWing (AEP): one message a push, unsigned.
//!
//! Its documentation describes neither handshake nor signature: the end of the address is the secret, TLS keeps it, and a proxy or
//! firewall lets only its addresses in. It wants 200; it sends again three times, and rests a minute when a tenth of ten seconds'
//! pushes fail, in which its messages are lost: so it is answered as soon as anything can be.
//!
//! Sources: notes on CTWing's subscription pages (messages and retries), messages published in open repositories
//! (`dataReport`, `eventReport`, `deviceOnlineOfflineReport`, `commandResponse`).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::message::{Happened, Level, Message, Sort, moment, names, parts, written};
use super::{Asked, Cloud, Denied, Keys, Opened, same_secret};

pub(super) struct Ctwing;

impl Cloud for Ctwing {
    fn patience(&self) -> Duration {
        Duration::from_secs(3)
    }

    fn greet(&self, keys: &Keys, asked: &Asked<'_>, _: Timestamp) -> Result<Vec<u8>, Denied> {
        proved(keys, asked).map(|()| b"ok".to_vec())
    }

    fn open(&self, keys: &Keys, asked: &Asked<'_>, body: &[u8], _: Timestamp) -> Result<Opened, Denied> {
        proved(keys, asked)?;
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

fn proved(keys: &Keys, asked: &Asked<'_>) -> Result<(), Denied> {
    if same_secret(keys.token.reveal(), asked.secret) {
        Ok(())
    } else {
        Err(Denied::BadSignature)
    }
}

fn message(body: Value, text: std::sync::Arc<[u8]>) -> Message {
    let of = |it: &str| body.get(it);
    let at = of("timestamp").and_then(moment);
    let number = |it: &str| of(it).and_then(written).unwrap_or_default();
    let sort = match of("messageType").and_then(Value::as_str).unwrap_or_default() {
        "eventReport" => Sort::Event(vec![Happened {
            what: number("serviceId"),
            // 1 information, 2 warning, 3 fault.
            level: if number("eventType") == "1" {
                Level::Info
            } else {
                Level::Grave
            },
            at,
            pointer: String::new(),
        }]),
        "deviceOnlineOfflineReport" => match number("eventType").as_str() {
            "1" => Sort::Online,
            "0" => Sort::Offline,
            _ => Sort::Other,
        },
        "commandResponse" => Sort::Other,
        // `dataReport`, `dataReportTupUnion` and whatever comes after them: rules look into it.
        _ => Sort::Data,
    };
    Message {
        names: names([of("IMEI"), of("imei"), of("deviceSn"), of("deviceId")]),
        product: of("productId").and_then(written),
        id: None,
        at,
        sort,
        time_beside: false,
        text,
        body,
    }
}

/// For the properties over all clouds; as published.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    br#"{"timestamp":1619523036482,"tenantId":"2000033827","protocol":"lwm2m","productId":"15045240","messageType":"deviceOnlineOfflineReport","iccid":"undefined","eventType":1,"deviceId":"d01308047f864601a821e02dc328eab4"}"#,
    br#"{"timestamp":1619523767263,"tenantId":"2000033827","serviceId":1002,"protocol":"lwm2m","productId":"15045240","messageType":"eventReport","eventType":2,"eventContent":{"battery_voltage":1,"battery_state":1},"deviceSn":"","deviceId":"d01308047f864601a821e02dc328eab4","IMSI":"undefined","IMEI":"161941770261953"}"#,
    br#"{"upPacketSN":-1,"upDataSN":-1,"topic":"v1/up/ad19","timestamp":1619524024049,"tenantId":"2000033827","serviceId":10,"protocol":"lwm2m","productId":"15045240","payload":{"time":1619524019000,"longitude":-174,"latitude":-86},"messageType":"dataReport","deviceType":"","deviceId":"d01308047f864601a821e02dc328eab4","assocAssetId":"","IMSI":"undefined","IMEI":"161941770261953"}"#,
    br#"{"upPacketSN":"","upDataSN":"","topic":"v1/up/ad","timestamp":1589444235861,"tenantId":"10461180","serviceId":"","protocol":"lwm2m","productId":"10053421","payload":{"APPdata":"UFUAPBAAAAYBAAMAJwMnuwpogDAwYGckCQYAAQAADjxkZAJVcVCnAAAAAAAAAEYAAAAAAAAAAAEDJ7sKAAAAAA=="},"messageType":"dataReport","deviceType":"","deviceId":"44d0b9e48d404094bbbcf889e4e64ece","assocAssetId":"","IMSI":"undefined","IMEI":"860803030676429"}"#,
    br#"{"timestamp":1589444233258,"tenantId":"10461180","taskId":1,"result":{"resultDetail":"","resultCode":"DELIVERED"},"protocol":"lwm2m","productId":"10053421","messageType":"commandResponse","deviceId":"44d0b9e48d404094bbbcf889e4e64ece"}"#,
];

#[cfg(test)]
mod tests {
    use super::super::samples::{asked, keys};
    use super::*;

    #[test]
    fn the_end_of_the_address_is_the_proof() {
        let keys = keys("0123456789abcdef");
        for (secret, wanted) in [
            ("0123456789abcdef", true),
            ("0123456789abcdeF", false),
            ("", false),
            ("0123456789abcdef0", false),
        ] {
            let asked = Asked {
                secret,
                ..asked(&[], &[])
            };
            assert_eq!(
                Ctwing.open(&keys, &asked, b"{}", Timestamp::UNIX_EPOCH).is_ok(),
                wanted,
                "{secret}"
            );
            assert_eq!(
                Ctwing.greet(&keys, &asked, Timestamp::UNIX_EPOCH).is_ok(),
                wanted,
                "{secret}"
            );
        }
    }

    /// The published messages.
    #[test]
    fn its_messages_are_read() {
        let read = |of: usize| {
            let text = SAMPLES[of].to_vec();
            Ctwing.read(&Opened { id: None, text }).unwrap().remove(0)
        };
        let it = read(0);
        assert_eq!(
            (it.sort, it.names),
            (Sort::Online, vec!["d01308047f864601a821e02dc328eab4".to_owned()])
        );
        let it = read(1);
        let at = Timestamp::from_millisecond(1_619_523_767_263).ok();
        let happened = Happened {
            what: "1002".into(),
            level: Level::Grave,
            at,
            pointer: String::new(),
        };
        assert_eq!((it.sort, it.at), (Sort::Event(vec![happened]), at));
        assert_eq!(it.names, ["161941770261953", "d01308047f864601a821e02dc328eab4"]);
        let it = read(2);
        // The device's own clock within the payload is not the cloud's time.
        assert_eq!(
            it.time_of("/payload/latitude"),
            Timestamp::from_millisecond(1_619_524_024_049).ok()
        );
        assert_eq!((read(3).sort, read(4).sort), (Sort::Data, Sort::Other));
        assert_eq!(read(3).product.as_deref(), Some("10053421"));
    }
}
