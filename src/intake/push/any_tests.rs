//! What holds for every cloud: any bytes are taken without a panic, and nothing is read that is not proved.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::config::{Platform, Secret};
use super::mapping::{Fields, Mapping, Rule};
use super::message::believed;
use super::samples::{asked, keys, pairs};
use super::{Asked, Keys, Opened, ctwing, huawei, onenet, tencent};

fn samples(platform: Platform) -> &'static [&'static [u8]] {
    match platform {
        Platform::Onenet => onenet::SAMPLES,
        Platform::Ctwing => ctwing::SAMPLES,
        Platform::Huawei => huawei::SAMPLES,
        Platform::Tencent => tencent::SAMPLES,
    }
}

/// Whole bodies, bodies with a byte changed or an end cut off, and noise of the letters of JSON.
fn body(platform: Platform) -> impl Strategy<Value = Vec<u8>> {
    let sample = prop::sample::select(samples(platform)).prop_map(|it| it.to_vec());
    let hurt = (sample.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut it, at, byte)| {
        let at = at.index(it.len());
        it[at] = byte;
        it
    });
    let short = (sample.clone(), any::<prop::sample::Index>()).prop_map(|(mut it, at)| {
        it.truncate(at.index(it.len()));
        it
    });
    let noise = prop::collection::vec(
        prop::sample::select(&b"{}[]\",:0123456789eE+-.\\u truefalsn\xff\x00"[..]),
        0..200,
    );
    let deep = (1_usize..400).prop_map(|it| [b"[".repeat(it), b"]".repeat(it)].concat());
    prop_oneof![3 => sample, 4 => hurt, 2 => short, 2 => noise, 1 => deep]
}

fn mapping() -> Mapping {
    let rule = |at: &str, bytes| Rule {
        at: at.to_owned(),
        when: Default::default(),
        product: None,
        kinds: [("1".to_owned(), "sos".to_owned())].into(),
        other: None,
        bytes,
        lasting: true,
    };
    let at = |it: &str| Some(it.to_owned());
    Mapping {
        rules: vec![
            rule("", None),
            rule("/payload/APPdata", Some((0, 2))),
            rule("/data/params/enum/value", None),
            rule("/properties/sos", None),
            rule("/payload/params", None),
        ],
        fields: Fields {
            battery_percent: at("/properties/batteryLevel"),
            lat: at("/payload/latitude"),
            lon: at("/payload/longitude"),
            steps: at("/timestamp"),
            ..Fields::default()
        },
    }
}

fn platform() -> impl Strategy<Value = Platform> {
    prop::sample::select(Platform::ALL)
}

fn with_aes(key: &str) -> Keys {
    Keys {
        aes: Some(Secret::new(key)),
        ..keys("0123456789abcdef")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_proved_bytes_are_read_without_a_panic((platform, text) in platform().prop_flat_map(|it| (Just(it), body(it)))) {
        let cloud = platform.cloud();
        let opened = Opened { id: None, text: text.clone() };
        let mapping = mapping();
        let now = Timestamp::from_second(1_772_000_000).unwrap();
        for message in cloud.read(&opened).unwrap_or_default() {
            prop_assert!(message.text.len() <= text.len(), "no message is longer than what came");
            let said = mapping.read(&message);
            for it in &said.alarms {
                prop_assert!(it.alarm.said.chars().count() < 200);
                let _ = believed(it.at, now, jiff::SignedDuration::from_mins(10));
            }
            prop_assert!(said.states.len() <= mapping.rules.len());
        }
    }

    #[test]
    fn unproved_bytes_are_never_opened(
        (platform, text) in platform().prop_flat_map(|it| (Just(it), prop_oneof![body(it), prop::collection::vec(any::<u8>(), 0..300)])),
        signature in "[0-9a-f]{0,64}|[A-Za-z0-9+/=]{0,30}",
        nonce in "[a-zA-Z0-9]{0,10}",
        stamp in "[0-9]{0,14}",
    ) {
        let headers = pairs(&[("signature", &signature), ("nonce", &nonce), ("timestamp", &stamp), ("echostr", "x")]);
        let query = pairs(&[("msg", &stamp), ("nonce", &nonce), ("signature", &signature)]);
        let asked = Asked { secret: &signature, ..asked(&query, &headers) };
        let now = Timestamp::from_second(1_604_458_421).unwrap();
        for keys in [keys("0123456789abcdef0123"), with_aes("0123456789abcdef"), with_aes("whBx2ZwAU5LOHVimPj1MPx56QRe3OsGGWRe4dr17crV")] {
            prop_assert!(platform.cloud().open(&keys, &asked, &text, now).is_err());
            prop_assert!(platform.cloud().greet(&keys, &asked, now).is_err());
        }
    }

    /// The key fits, the bytes do not: whatever stands there is opened or not, and nothing more.
    #[test]
    fn proved_bytes_that_are_not_encrypted_do_not_panic(text in "[A-Za-z0-9+/]{0,80}={0,2}", old in any::<bool>()) {
        use base64::Engine as _;
        use md5::Digest as _;
        let token = "0123456789abcdef";
        let digest = md5::Md5::digest(format!("{token}abcdefgh{text}"));
        let signature = base64::engine::general_purpose::STANDARD.encode(digest);
        let name = if old { "enc_msg" } else { "msg" };
        let body = json!({name: text, "nonce": "abcdefgh", "signature": signature}).to_string();
        let now = Timestamp::from_second(1_604_458_421).unwrap();
        for key in ["0123456789abcdef", "whBx2ZwAU5LOHVimPj1MPx56QRe3OsGGWRe4dr17crV"] {
            let opened = Platform::Onenet.cloud().open(&with_aes(key), &asked(&[], &[]), body.as_bytes(), now);
            prop_assert_ne!(opened, Err(super::Denied::BadSignature));
        }
    }
}

#[test]
fn a_whole_sample_is_read_by_its_cloud() {
    for platform in Platform::ALL {
        for sample in samples(*platform) {
            let opened = Opened {
                id: None,
                text: sample.to_vec(),
            };
            let read = platform.cloud().read(&opened).unwrap();
            assert!(
                read.iter().all(|it| !it.names.is_empty() && it.body.is_object()),
                "{platform}"
            );
            let _: Vec<Value> = read.into_iter().map(|it| it.body).collect();
        }
    }
}
