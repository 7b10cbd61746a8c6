//! Web Push, against a push service on a socket that opens what it is sent.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eldercare_dispatch::case::{NoticeKind, Severity};
use eldercare_dispatch::notify::carriers::{push_key, web_push::new_key};
use eldercare_dispatch::notify::letter::{Address, Handed, Letter, PushAddress};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
use web_push_native::{Auth, decrypt};

use crate::cli_commands::program;
use crate::harness::provider::{Asked, Provider, Says, carrier, letter, now, status, told};

/// A browser that has agreed.
struct Browser {
    key: SecretKey,
    auth: [u8; 16],
}

impl Browser {
    fn new() -> Self {
        let bytes = URL_SAFE_NO_PAD
            .decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
            .unwrap();
        Self {
            key: SecretKey::from_slice(&bytes).unwrap(),
            auth: *b"sixteen bytes, y",
        }
    }

    fn address(&self, endpoint: String) -> PushAddress {
        PushAddress {
            endpoint,
            p256dh: URL_SAFE_NO_PAD.encode(self.key.public_key().to_encoded_point(false).as_bytes()),
            auth: URL_SAFE_NO_PAD.encode(self.auth),
        }
    }

    fn opens(&self, asked: &Asked) -> serde_json::Value {
        let opened = decrypt(asked.body.clone(), &self.key, &Auth::from(self.auth)).expect("it opens");
        serde_json::from_slice(&opened).expect("JSON")
    }
}

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn config(hosts: &str) -> String {
    format!(
        "[[carriers]]\ntype = \"web_push\"\nvapid_key = \"{KEY}\"\nsubject = \"mailto:office@street.example\"\nhosts = [{hosts}]\n\
         timeout_ms = 1500\n"
    )
}

fn to(browser: &Browser, endpoint: String) -> Letter {
    letter(NoticeKind::Offer, Address::Push(browser.address(endpoint)))
}

#[tokio::test]
async fn a_push_is_sealed_signed_and_says_a_case_and_a_kind_only() {
    let service = Provider::start(status(201)).await;
    let browser = Browser::new();
    let text = config(&format!("\"{}\"", service.url()));
    let carrier = carrier(&text);
    let letter = to(&browser, format!("{}/send/abc?x=1", service.url()));
    assert_eq!(carrier.hand_over(&letter).await, Handed::Taken { proof: None });
    let asked = service.last();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.query.as_str()),
        ("POST", "/send/abc", "x=1")
    );
    assert_eq!(
        browser.opens(&asked),
        serde_json::json!({ "case_id": letter.case, "kind": "offer" })
    );
    assert_eq!(asked.header("content-encoding"), "aes128gcm");
    assert_eq!(asked.header("ttl"), "300");
    assert_eq!(asked.header("urgency"), "high");
    assert_eq!(asked.header("topic"), letter.case.as_uuid().simple().to_string());

    // RFC 8292: signed for this service, by the key that the browser was given.
    let config: eldercare_dispatch::notify::NotifyConfig = toml::from_str(&text).unwrap();
    let public = push_key(&config).unwrap();
    let header = asked
        .header("authorization")
        .strip_prefix("vapid t=")
        .unwrap()
        .to_owned();
    let (token, key) = header.split_once(", k=").unwrap();
    assert_eq!(key, public);
    let point = URL_SAFE_NO_PAD.decode(key).unwrap();
    let decoding = DecodingKey::from_ec_components(
        &URL_SAFE_NO_PAD.encode(&point[1..33]),
        &URL_SAFE_NO_PAD.encode(&point[33..]),
    )
    .unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.set_audience(&[service.url()]);
    let claims = jsonwebtoken::decode::<serde_json::Value>(token, &decoding, &validation)
        .unwrap()
        .claims;
    assert_eq!(claims["sub"], "mailto:office@street.example");
    assert_eq!(claims["exp"], now().as_second() + 12 * 3_600);
    assert!(!format!("{config:?}").contains(KEY), "the key prints");

    // Again: the same topic, and sealed anew.
    carrier
        .hand_over(&Letter {
            attempt: 2,
            ..letter.clone()
        })
        .await;
    let again = service.last();
    assert_eq!(again.header("topic"), asked.header("topic"));
    assert_ne!(again.body, asked.body);
    assert_eq!(browser.opens(&again), browser.opens(&asked));
}

#[tokio::test]
async fn how_soon_and_how_long_follow_from_the_letter() {
    let service = Provider::start(status(201)).await;
    let browser = Browser::new();
    let carrier = carrier(&config(&format!("\"{}\"", service.url())));
    let base = to(&browser, format!("{}/1", service.url()));
    let mut routine = base.clone();
    routine.values.severity = Some(Severity::Routine);
    for (letter, wanted) in [
        (
            Letter {
                useful_until: now() + SignedDuration::from_secs(7),
                ..base.clone()
            },
            ("7", "high"),
        ),
        (
            Letter {
                useful_until: now() - SignedDuration::from_secs(7),
                ..base.clone()
            },
            ("0", "high"),
        ),
        (
            Letter {
                kind: NoticeKind::FollowUpLate,
                ..base.clone()
            },
            ("300", "low"),
        ),
        (
            Letter {
                kind: NoticeKind::StandDown,
                ..base.clone()
            },
            ("300", "high"),
        ),
        (
            Letter {
                kind: NoticeKind::FamilyClosed,
                ..base.clone()
            },
            ("300", "normal"),
        ),
        (routine, ("300", "normal")),
    ] {
        carrier.hand_over(&letter).await;
        let asked = service.last();
        assert_eq!((asked.header("ttl"), asked.header("urgency")), wanted, "{letter:?}");
    }
}

#[tokio::test]
async fn each_answer_means_what_it_says() {
    let service = Provider::start(status(201)).await;
    let elsewhere = Provider::start(status(201)).await;
    let browser = Browser::new();
    let carrier = carrier(&config(&format!("\"{}\"", service.url())));
    let letter = to(&browser, format!("{}/1", service.url()));
    let put_off = |after, why: &str| Handed::PutOff {
        after,
        why: why.to_owned(),
    };
    let later = |after, why: &str| Handed::Later {
        after,
        why: why.to_owned(),
    };
    let refused = |why: &str| Handed::Refused { why: why.to_owned() };
    let gone = |code| Handed::Gone {
        why: format!("answered {code}: the subscription is no more"),
    };
    let location: &'static str = Box::leak(elsewhere.url().into_boxed_str());
    let table = [
        (status(200), Handed::Taken { proof: None }),
        (status(404), gone(404)),
        (status(410), gone(410)),
        (status(413), refused("answered 413")),
        (status(403), refused("answered 403")),
        (status(400), refused("answered 400")),
        (
            Says::Answer(429, vec![("retry-after", "17")], String::new()),
            put_off(Some(Duration::from_secs(17)), "answered 429"),
        ),
        (status(503), later(None, "answered 503")),
        (
            Says::Answer(307, vec![("location", location)], String::new()),
            refused("answered 307"),
        ),
        (Says::Silence, later(None, "no answer in time")),
        (Says::HalfHead, later(None, "the line broke")),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Reset, later(None, "the line broke")),
    ];
    for (says, wanted) in table {
        service.next(says.clone());
        assert_eq!(carrier.hand_over(&letter).await, wanted, "{says:?}");
    }
    assert!(elsewhere.asked().is_empty(), "a redirect is not followed");
}

#[tokio::test]
async fn nothing_goes_where_the_list_does_not_lead() {
    let listed = Provider::start(status(201)).await;
    let other = Provider::start(status(201)).await;
    let browser = Browser::new();
    let carrier = carrier(&config(&format!(
        "\"{}\", \"push.example.org\", \"*.push.example\"",
        listed.url()
    )));
    let port = other.address.port();
    let not_listed = Handed::Refused {
        why: "the push service is not on the list".to_owned(),
    };
    let mut seen = HashSet::new();
    for endpoint in [
        other.url(),
        format!("http://localhost:{port}/"),
        format!("http://push.example.org:{port}/"),
        "http://push.example.org/".to_owned(),
        "https://push.example.org:8443/".to_owned(),
        "https://push.example.org.evil.example/".to_owned(),
        "https://push.example/".to_owned(),
        "https://evilpush.example/".to_owned(),
        "https://127.0.0.1/".to_owned(),
        "https://[::1]/".to_owned(),
        "https://2130706433/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("https://push.example.org@127.0.0.1:{port}/"),
    ] {
        assert!(seen.insert(endpoint.clone()));
        assert_eq!(
            carrier.hand_over(&to(&browser, endpoint.clone())).await,
            not_listed,
            "{endpoint}"
        );
    }
    assert!(other.asked().is_empty() && listed.asked().is_empty());
    // What is no address, or has no keys, is no more.
    let gone = |why: &str| Handed::Gone { why: why.to_owned() };
    assert_eq!(
        carrier.hand_over(&to(&browser, "nonsense".to_owned())).await,
        gone("no push address")
    );
    for (p256dh, auth) in [
        ("", "c2l4dGVlbiBieXRlcywgeQ"),
        ("BBBB", "c2l4dGVlbiBieXRlcywgeQ"),
        (&browser.address(String::new()).p256dh, "c2hvcnQ"),
    ] {
        let address = PushAddress {
            endpoint: listed.url(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        };
        let handed = carrier
            .hand_over(&letter(NoticeKind::Offer, Address::Push(address)))
            .await;
        assert_eq!(handed, gone("the browser's keys are none"));
    }
    assert!(listed.asked().is_empty());
}

#[test]
fn every_mistake_names_its_key_and_no_secret_shows() {
    let (private, _) = new_key().unwrap();
    let found = told(&format!(
        "[[carriers]]\ntype = \"web_push\"\nvapid_key = \"hunter2\"\nsubject = \"me\"\nhosts = [\"127.0.0.1\"]\n\
         [[carriers]]\ntype = \"web_push\"\nname = \"web_push:b\"\nvapid_key = \"{private}\"\nsubject = \"mailto:a@b.example\"\n\
         [[carriers]]\ntype = \"web_push\"\nname = \"web_push:c\"\nvapid_key_file = \"/nowhere\"\nsubject = \"https://b.example\"\nhosts = [\"a.example\"]\n",
    ));
    for wanted in [
        "notify.carriers[0].vapid_key: must be a P-256 key",
        "notify.carriers[0].subject: must be mailto:",
        "notify.carriers[0].hosts: `127.0.0.1` must be a name",
        "notify.carriers[1].hosts: names no push service",
        "notify.carriers[2].vapid_key_file: /nowhere cannot be read",
    ] {
        assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
    }
    assert!(!format!("{found:?}").contains("hunter2") && !format!("{found:?}").contains(&private));
}

#[tokio::test]
async fn a_key_that_the_program_makes_is_one_that_the_configuration_takes() {
    let folder = tempfile::tempdir().unwrap();
    let made = program(folder.path()).arg("push-key").output().expect("the program");
    assert!(made.status.success(), "{made:?}");
    let made = String::from_utf8(made.stdout).unwrap();
    let (line, public) = made.split_once("\n# public: ").expect("two lines");
    let text = config("\"push.example.org\"").replace(&format!("vapid_key = \"{KEY}\""), line);
    let read: eldercare_dispatch::notify::NotifyConfig = toml::from_str(&text).unwrap();
    assert_eq!(push_key(&read).as_deref(), Some(public.trim_end()));
    // And the program's own configuration tells what is wrong in a carrier, by its place.
    let wrong = text
        .replace("[[carriers]]", "[[notify.carriers]]")
        .replace("timeout_ms = 1500", "timeout_ms = \"soon\"\ncolour = 1");
    std::fs::write(folder.path().join("ecd.toml"), wrong).unwrap();
    let told = program(folder.path())
        .args(["check", "--config", "ecd.toml"])
        .output()
        .expect("the program");
    let told = String::from_utf8(told.stderr).unwrap();
    for wanted in [
        "notify.carriers[0].timeout_ms: must be a whole number",
        "notify.carriers[0].colour: there is no such key",
    ] {
        assert!(told.contains(wanted), "{told}");
    }
    assert!(!told.contains(line), "{told}");
}
