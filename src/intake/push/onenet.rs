//! China Mobile's OneNET: the pushes of its present platform (Studio, 物联网平台) and of its first generation (多协议, NB-IoT套件).
//!
//! Sources: OneNET, "数据推送" and "消息源格式" of its documentation (handshake, signature, fields, AES-CBC with PKCS7, an answer within
//! 5 seconds, 16 repeats in 2 hours 45 minutes); its receiver samples cm-heclouds/data-push (the plus that became a blank, the
//! first generation's `enc_msg`); vectors of the signature from ricnsmart/util `sign`.

use std::time::Duration;

use aes::{Aes128, Aes256};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::{Block, BlockModeDecrypt, KeyIvInit};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::message::{Happened, Level, Message, Sort, moment, names, parts, written};
use super::{Asked, Cloud, Denied, Keys, Opened, same};

/// Its samples take signatures with and without the signs that fill up, and its keys have bits left over at their end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// In the first generation so many random bytes and a length stand before the text.
const OLD_HEAD_BYTES: usize = 20;

pub(super) struct Onenet;

/// The body of a push.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    msg: Option<&'a RawValue>,
    #[serde(default)]
    enc_msg: Option<String>,
    nonce: String,
    #[serde(alias = "msg_signature")]
    signature: String,
    #[serde(default)]
    id: Option<Value>,
}

fn is_signed(token: &str, nonce: &str, signed: &[u8], signature: &str) -> bool {
    let digest = Md5::new()
        .chain_update(token)
        .chain_update(nonce)
        .chain_update(signed)
        .finalize();
    // A plus in an address is read as a blank.
    let signature = LENIENT.decode(signature.trim_end().replace(' ', "+"));
    signature.is_ok_and(|it| same(&it, &digest))
}

/// Of the present platform: 16 letters, which are key and initial vector. Of the first generation: 43, which are base64 of 32 bytes,
/// the first half of which is the initial vector.
fn decrypt(key: &str, encrypted: &str) -> Option<Vec<u8>> {
    let bytes = LENIENT.decode(encrypted.trim()).ok()?;
    if key.len() == 16 {
        return unpadded::<cbc::Decryptor<Aes128>>(key.as_bytes(), key.as_bytes(), bytes);
    }
    let key = LENIENT.decode(key).ok()?;
    let text = unpadded::<cbc::Decryptor<Aes256>>(&key, key.get(..16)?, bytes)?;
    Some(text.get(OLD_HEAD_BYTES..)?.to_vec())
}

/// Decrypts whole blocks, and takes off what fills up the last one (PKCS7: so many bytes of that value). Only what is signed comes
/// here, so nobody can ask by trial what the filling was.
fn unpadded<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], vector: &[u8], mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut cipher = C::new_from_slices(key, vector).ok()?;
    let (blocks, rest) = Block::<C>::slice_as_chunks_mut(&mut bytes);
    if !rest.is_empty() {
        return None;
    }
    cipher.decrypt_blocks(blocks);
    let fill = usize::from(*bytes.last()?);
    let length = bytes.len().checked_sub(fill)?;
    let sound = (1..=16).contains(&fill) && bytes[length..].iter().all(|it| usize::from(*it) == fill);
    bytes.truncate(length);
    sound.then_some(bytes)
}

impl Cloud for Onenet {
    fn patience(&self) -> Duration {
        // It gives up after five seconds.
        Duration::from_secs(3)
    }

    fn greet(&self, keys: &Keys, asked: &Asked<'_>, _: Timestamp) -> Result<Vec<u8>, Denied> {
        let [Some(msg), Some(nonce), Some(signature)] = ["msg", "nonce", "signature"].map(|it| asked.parameter(it))
        else {
            return Err(Denied::BadSignature);
        };
        if is_signed(keys.token.reveal(), nonce, msg.as_bytes(), signature) {
            Ok(msg.as_bytes().to_vec())
        } else {
            Err(Denied::BadSignature)
        }
    }

    fn open(&self, keys: &Keys, _: &Asked<'_>, body: &[u8], _: Timestamp) -> Result<Opened, Denied> {
        let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|_| Denied::BadSignature)?;
        let text = match (&envelope.msg, envelope.enc_msg) {
            // A text is signed as it reads; an object (first generation) as it is written.
            (Some(msg), _) => serde_json::from_str::<String>(msg.get()).unwrap_or_else(|_| msg.get().to_owned()),
            (None, Some(encrypted)) => encrypted,
            (None, None) => return Err(Denied::BadSignature),
        };
        if !is_signed(
            keys.token.reveal(),
            &envelope.nonce,
            text.as_bytes(),
            &envelope.signature,
        ) {
            return Err(Denied::BadSignature);
        }
        let plain = text.trim_start().starts_with(['{', '[']);
        let text = match &keys.aes {
            // A cloud that was put back to plain text is understood too.
            _ if plain => text.into_bytes(),
            Some(key) => decrypt(key.reveal(), &text).ok_or(Denied::NotDecryptable)?,
            // Without a key what is base64 is most likely encrypted: it can be read when the key is there.
            None if STANDARD.decode(text.trim()).is_ok_and(|it| !it.is_empty()) => return Err(Denied::NotDecryptable),
            None => text.into_bytes(),
        };
        Ok(Opened {
            id: envelope.id.as_ref().and_then(written),
            text,
        })
    }

    fn read(&self, opened: &Opened) -> Option<Vec<Message>> {
        let parts = parts(&opened.text)?;
        if !parts.iter().all(|it| it.0.is_object()) {
            return None;
        }
        Some(
            parts
                .into_iter()
                .map(|(body, text)| message(body, text, opened.id.clone()))
                .collect(),
        )
    }
}

fn message(body: Value, text: std::sync::Arc<[u8]>, id: Option<String>) -> Message {
    let word = |it: &str| {
        body.get(it)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let time = |pointer: &str| body.pointer(pointer).and_then(moment);
    let status = |it: Option<&Value>| match it.and_then(written).unwrap_or_default().as_str() {
        "online" | "1" => Sort::Online,
        "offline" | "0" => Sort::Offline,
        _ => Sort::Data,
    };
    let params = body.pointer("/data/params").and_then(Value::as_object);
    let newest = || {
        params
            .into_iter()
            .flat_map(|it| it.values())
            .filter_map(|it| it.get("time").and_then(moment))
            .max()
    };
    let first_generation = body
        .get("type")
        .and_then(Value::as_i64)
        .filter(|_| body.get("dev_id").is_some());
    let (sort, at) = match (
        word("messageType").as_str(),
        word("notifyType").as_str(),
        first_generation,
    ) {
        ("lifecycle", ..) => (status(body.pointer("/data/status")), time("/data/time")),
        ("notify", "event", _) => {
            let happened = params.into_iter().flatten().map(|(what, it)| Happened {
                what: what.clone(),
                level: level(it.get("eventType")),
                at: it.get("time").and_then(moment),
                pointer: format!("/data/params/{}", what.replace('~', "~0").replace('/', "~1")),
            });
            (Sort::Event(happened.collect()), newest())
        }
        ("notify", ..) => (Sort::Data, newest()),
        ("lbsandwifi", ..) => (Sort::Data, time("/timestamp")),
        ("reply" | "scenelog", ..) => (Sort::Other, None),
        (.., Some(2)) => (status(body.get("status")), time("/at")),
        (.., Some(7)) => (Sort::Other, time("/at")),
        _ => (
            Sort::Data,
            newest().or_else(|| time("/at")).or_else(|| time("/timestamp")),
        ),
    };
    let of = |it: &str| body.get(it);
    Message {
        names: names([
            of("imei"),
            of("deviceName"),
            of("deviceId"),
            of("dev_name"),
            of("dev_id"),
        ]),
        product: of("productId").and_then(written),
        id,
        at,
        sort,
        time_beside: true,
        text,
        body,
    }
}

/// `info`, `alert` (or `warn`), `error`; one that says nothing may be grave.
fn level(said: Option<&Value>) -> Level {
    match said.and_then(Value::as_str) {
        Some("info") => Level::Info,
        _ => Level::Grave,
    }
}

/// For the properties over all clouds.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    br#"{"productId":"C6z4Zk012B","deviceId":1343759,"deviceName":"test01","messageType":"lifeCycle","data":{"status":"online","time":1631521919234}}"#,
    br#"{"productId":"C6z4Zk012B","deviceId":1343759,"deviceName":"test01","messageType":"notify","notifyType":"property","data":{"id":"1631522002438","version":"1.0","params":{"boolean":{"time":1631522002499,"value":true},"enum":{"time":1631522002527,"value":2}}}}"#,
    br#"{"productId":"C6z4Zk012B","deviceId":1343759,"deviceName":"test01","messageType":"notify","notifyType":"event","data":{"id":"1631522157984","version":"1.0","params":{"event1":{"eventType":"info","time":1631522158068,"value":{"response":12}}}}}"#,
    br#"[{"type":1,"dev_id":2016617,"ds_id":"sos","at":1466133706841,"value":42},{"type":2,"dev_id":2016617,"status":0,"login_type":10,"at":1466133706841}]"#,
];

#[cfg(test)]
mod tests {
    use super::super::samples::{asked, keys, pairs};
    use super::*;
    use crate::intake::push::config::Secret;
    use serde_json::json;

    fn opened(text: &str) -> Opened {
        Opened {
            id: None,
            text: text.as_bytes().to_vec(),
        }
    }

    /// Token, nonce, message, signature: published in the tests of ricnsmart/util; in the first a plus has become a blank, as it does
    /// in an address.
    #[test]
    fn published_signatures_hold() {
        for (token, nonce, msg, signature) in [
            ("ricnsmart", "5xp7vzm3fN", "hello", "d/ncDg jrcW259dHOZByyw=="),
            ("ricnsmart", "5xp7vzm3fN", "hello", "d/ncDg+jrcW259dHOZByyw"),
            ("ricn", "rp/BxZWCeOic", "world", "vikQgk0OCjj6RIiIIbLtxA=="),
        ] {
            let query = pairs(&[("msg", msg), ("nonce", nonce), ("signature", signature)]);
            let greeted = Onenet.greet(&keys(token), &asked(&query, &[]), Timestamp::UNIX_EPOCH);
            assert_eq!(greeted, Ok(msg.as_bytes().to_vec()), "{signature}");
            for (wrong_token, wrong_nonce, wrong_msg) in
                [("other", nonce, msg), (token, "other", msg), (token, nonce, "other")]
            {
                let query = pairs(&[("msg", wrong_msg), ("nonce", wrong_nonce), ("signature", signature)]);
                let greeted = Onenet.greet(&keys(wrong_token), &asked(&query, &[]), Timestamp::UNIX_EPOCH);
                assert_eq!(greeted, Err(Denied::BadSignature));
            }
        }
        for query in [
            &[][..],
            &[("msg", "a"), ("nonce", "b")],
            &[("msg", "a"), ("nonce", "b"), ("signature", "")],
        ] {
            let query = pairs(query);
            let greeted = Onenet.greet(&keys("ricn"), &asked(&query, &[]), Timestamp::UNIX_EPOCH);
            assert_eq!(greeted, Err(Denied::BadSignature));
        }
    }

    fn open(token: &str, aes: Option<&str>, body: &Value) -> Result<Opened, Denied> {
        let keys = Keys {
            aes: aes.map(Secret::new),
            ..keys(token)
        };
        Onenet.open(
            &keys,
            &asked(&[], &[]),
            body.to_string().as_bytes(),
            Timestamp::UNIX_EPOCH,
        )
    }

    /// Reckoned with `openssl dgst -md5` and `openssl enc -aes-128-cbc`, `-aes-256-cbc`.
    #[test]
    fn bodies_are_proved_and_decrypted() {
        let plain = r#"{"messageType":"notify","deviceName":"d1"}"#;
        let body = |msg: &str, signature: &str| json!({"msg": msg, "nonce": "abcdefgh", "signature": signature, "time": 1, "id": "3799902"});
        let good = open("tok3ntok3n", None, &body(plain, "85xtCU62imxF4rT68RdcGQ==")).unwrap();
        assert_eq!(
            (good.id.as_deref(), good.text.as_slice()),
            (Some("3799902"), plain.as_bytes())
        );
        assert_eq!(
            open(
                "tok3ntok3n",
                None,
                &body(&plain.replace("d1", "d2"), "85xtCU62imxF4rT68RdcGQ==")
            ),
            Err(Denied::BadSignature)
        );
        let secret = body(
            "idSQ9qzgmvykKAwdbA15oFqTDQMDRH0KvEqGvqx5H8qknI1sPDLidWFgZd+EBasG",
            "WoQVK33aoiZsSBWtqKIBUQ==",
        );
        assert_eq!(
            open("tok3ntok3n", Some("0123456789abcdef"), &secret).unwrap().text,
            plain.as_bytes()
        );
        assert_eq!(
            open("tok3ntok3n", Some("0123456789abcdeF"), &secret),
            Err(Denied::NotDecryptable)
        );
        assert_eq!(open("tok3ntok3n", None, &secret), Err(Denied::NotDecryptable));
        let old = json!({"enc_msg": "0sLrbaN7QBKbTx+t1RYbC1s/NOk/Lv0/bmwvCPYMk/LsbqQ2wnuURzKwafkP0gu+wYVBPG2RG+0RHVjIodDF0Q==", "nonce": "abcdefgh", "msg_signature": "qXTDQoTulLwpIbRMq6QfCA=="});
        let key = "whBx2ZwAU5LOHVimPj1MPx56QRe3OsGGWRe4dr17crV";
        assert_eq!(open("tok3ntok3n", Some(key), &old).unwrap().text, plain.as_bytes());
        // The first generation signs an object as it is written.
        let text = format!("{{\"msg\":{plain},\"nonce\":\"abcdefgh\",\"msg_signature\":\"85xtCU62imxF4rT68RdcGQ==\"}}");
        let asked = asked(&[], &[]);
        let open = Onenet.open(&keys("tok3ntok3n"), &asked, text.as_bytes(), Timestamp::UNIX_EPOCH);
        assert_eq!(open.unwrap().text, plain.as_bytes());
        for none in [
            "",
            "{}",
            "[]",
            "{\"msg\":\"\"}",
            "{\"nonce\":\"a\",\"signature\":\"b\"}",
        ] {
            assert_eq!(
                Onenet.open(&keys("t"), &asked, none.as_bytes(), Timestamp::UNIX_EPOCH),
                Err(Denied::BadSignature)
            );
        }
    }

    /// The messages of OneNET's documentation.
    #[test]
    fn its_messages_are_read() {
        let at = |millis: i64| Timestamp::from_millisecond(millis).ok();
        let read = |of: usize| Onenet.read(&opened(std::str::from_utf8(SAMPLES[of]).unwrap())).unwrap();
        let it = &read(0)[0];
        assert_eq!(
            (it.names.as_slice(), &it.sort, it.at),
            (
                &["test01".to_owned(), "1343759".to_owned()][..],
                &Sort::Online,
                at(1_631_521_919_234)
            )
        );
        assert_eq!(it.product.as_deref(), Some("C6z4Zk012B"));
        let it = &read(1)[0];
        assert_eq!((&it.sort, it.at), (&Sort::Data, at(1_631_522_002_527)));
        assert_eq!(it.time_of("/data/params/boolean/value"), at(1_631_522_002_499));
        let it = &read(2)[0];
        let happened = Happened {
            what: "event1".into(),
            level: Level::Info,
            at: at(1_631_522_158_068),
            pointer: "/data/params/event1".into(),
        };
        assert_eq!(it.sort, Sort::Event(vec![happened]));
        assert_eq!(it.time_of("/data/params/event1/value/response"), at(1_631_522_158_068));
        let them = read(3);
        assert_eq!(
            (&them[0].sort, &them[1].sort, them[0].at),
            (&Sort::Data, &Sort::Offline, at(1_466_133_706_841))
        );
        for none in ["", "x", "[1]", "\"a\"", "{\"a\":1}x"] {
            assert_eq!(Onenet.read(&opened(none)), None, "{none}");
        }
    }
}
