//! Web Push: a sealed word to a browser that a person agreed in (RFC 8030, 8291, 8292).
//!
//! The push services that browsers use are abroad, and the browser chooses which: so nothing is sent to any that is not on the
//! list, the list is empty unless somebody fills it, and what is sealed is the case's id and the kind of notice alone; the client
//! fetches the rest from us. An address comes from a browser: it is never followed to another, nor into our own network.
//!
//! What a push service answers: 2xx = taken; 404, 410 = the subscription is no more; 429, 5xx = later; anything else = refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use serde::Serialize;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
use web_push_native::p256::pkcs8::EncodePrivateKey as _;
use web_push_native::p256::{PublicKey, SecretKey};
use web_push_native::{Auth, encrypt};

use super::config::{CarrierConfig, Hidden, Keys};
use super::http;
use crate::case::{NoticeKind, Severity};
use crate::notify::letter::{Address, Carrier, Handed, Letter, PushAddress, Way};

/// How long a signature holds, seconds; RFC 8292 allows a day.
const SIGNED_FOR_S: i64 = 12 * 3_600;

/// The keys of type `web_push`.
#[derive(Debug, Clone)]
pub struct WebPushConfig {
    /// Our private key (P-256, 32 bytes, base64url).
    pub vapid_key: Hidden,
    /// Whom a push service may write to: `mailto:` or https.
    pub subject: String,
    /// The push services that may be used.
    pub hosts: Vec<Host>,
}

/// A push service that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// https at port 443 of this name, at a public address.
    Named(String),
    /// The same for every name that ends so (`*.notify.windows.com`).
    Under(String),
    /// This origin and no other, wherever it is: also in our own network.
    Origin(String),
}

impl Host {
    /// Reads a name, `*.name`, or a whole origin with its scheme.
    fn read(text: &str) -> Option<Self> {
        if text.contains("://") {
            let url = Url::parse(text).ok()?;
            let bare =
                url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
            let sound = bare && url.password().is_none() && matches!(url.scheme(), "http" | "https");
            return sound.then(|| Self::Origin(url.origin().ascii_serialization()));
        }
        let name = text.strip_prefix("*.").unwrap_or(text);
        let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '-' | '.');
        // Digits and dots alone would be an address, which only a whole origin may name.
        let sound = name.contains('.')
            && name.chars().all(plain)
            && name.split('.').all(|it| !it.is_empty())
            && name
                .rsplit('.')
                .next()
                .is_some_and(|it| it.chars().any(|it| it.is_ascii_lowercase()));
        sound.then(|| match text.starts_with("*.") {
            true => Self::Under(format!(".{name}")),
            false => Self::Named(name.to_owned()),
        })
    }
}

impl WebPushConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        let what = "a P-256 key, 32 bytes in base64url: `eldercare-dispatch push-key` makes one";
        let vapid_key = keys.secret("vapid_key", what);
        if !vapid_key.reveal().is_empty() && Vapid::read(vapid_key.reveal()).is_none() {
            keys.mistake("vapid_key", format_args!("must be {what}"));
        }
        let subject = keys.text("subject", "mailto:somebody@street.example, or an https address");
        let sound =
            |it: &str| it.strip_prefix("mailto:").is_some_and(|it| it.contains('@')) || it.starts_with("https://");
        if !subject.is_empty() && !sound(&subject) {
            keys.mistake("subject", "must be mailto:somebody@street.example, or an https address");
        }
        let mut hosts = Vec::new();
        for text in keys.texts("hosts", "names of push services") {
            match Host::read(&text) {
                Some(host) => hosts.push(host),
                None => keys.mistake(
                    "hosts",
                    format_args!("`{text}` must be a name in small letters, `*.` and a name, or a whole origin with http:// or https://"),
                ),
            }
        }
        if hosts.is_empty() {
            keys.mistake("hosts", "names no push service: without one nothing can be sent");
        }
        Self {
            vapid_key,
            subject,
            hosts,
        }
    }

    /// Our public key, as a browser wants it (`applicationServerKey`, base64url); none: the key is none.
    pub fn public_key(&self) -> Option<String> {
        Vapid::read(self.vapid_key.reveal()).map(|it| it.public)
    }
}

/// A new pair: the private key for the configuration, and the public one.
///
/// # Errors
/// When the machine gives no randomness.
pub fn new_key() -> Result<(String, String), String> {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        // One in 2^32 is no key of this curve.
        if let Some(vapid) = Vapid::read(&URL_SAFE_NO_PAD.encode(bytes)) {
            return Ok((URL_SAFE_NO_PAD.encode(bytes), vapid.public));
        }
    }
}

struct Vapid {
    signing: EncodingKey,
    public: String,
}

impl Vapid {
    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
        let key = SecretKey::from_slice(&bytes).ok().filter(|_| bytes.len() == 32)?;
        Some(Self {
            signing: EncodingKey::from_ec_der(key.to_pkcs8_der().ok()?.as_bytes()),
            public: URL_SAFE_NO_PAD.encode(key.public_key().to_encoded_point(false).as_bytes()),
        })
    }
}

/// What a push service is told of us (RFC 8292).
#[derive(Debug, Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

/// What is sealed for the browser, and all of it.
#[derive(Debug, Serialize)]
struct Sealed {
    case_id: String,
    kind: &'static str,
}

/// Every push service of the list.
pub struct WebPush {
    name: String,
    slots: usize,
    vapid: Vapid,
    subject: String,
    hosts: Vec<Host>,
    /// Goes to public addresses only.
    public: Client,
    /// Goes to the origins of the list, wherever they are.
    anywhere: Client,
}

impl WebPush {
    /// As it is configured; nothing is sent yet.
    ///
    /// # Errors
    /// A key that is none, or a client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &WebPushConfig) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            vapid: Vapid::read(setup.vapid_key.reveal()).ok_or("vapid_key: is no key")?,
            subject: setup.subject.clone(),
            hosts: setup.hosts.clone(),
            public: http::client(
                http::builder(config)
                    .https_only(true)
                    .dns_resolver(Arc::new(PublicOnly)),
            )?,
            anywhere: http::client(http::builder(config))?,
        })
    }

    /// The client that may go there; none: it is not on the list.
    fn client(&self, url: &Url) -> Option<&Client> {
        let origin = url.origin().ascii_serialization();
        if self
            .hosts
            .iter()
            .any(|it| matches!(it, Host::Origin(it) if *it == origin))
        {
            return Some(&self.anywhere);
        }
        let name = url.domain()?; // none: an address, which only an origin may name
        let listed = self.hosts.iter().any(|it| match it {
            Host::Named(host) => host == name,
            Host::Under(end) => name.ends_with(end.as_str()),
            Host::Origin(_) => false,
        });
        (listed && url.scheme() == "https" && url.port_or_known_default() == Some(443)).then_some(&self.public)
    }

    fn authorization(&self, url: &Url, letter: &Letter) -> Option<String> {
        let claims = Claims {
            aud: &url.origin().ascii_serialization(),
            exp: letter.now.as_second() + SIGNED_FOR_S,
            sub: &self.subject,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.vapid.signing).ok()?;
        Some(format!("vapid t={token}, k={}", self.vapid.public))
    }
}

/// The sealed body; none: the browser's keys are none.
fn seal(letter: &Letter, to: &PushAddress) -> Option<Vec<u8>> {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let public = PublicKey::from_sec1_bytes(&bytes(&to.p256dh)?).ok()?;
    let auth: [u8; 16] = bytes(&to.auth)?.try_into().ok()?;
    let sealed = Sealed {
        case_id: letter.case.to_string(),
        kind: letter.kind.as_str(),
    };
    encrypt(serde_json::to_vec(&sealed).ok()?, &public, &Auth::from(auth)).ok()
}

/// How soon a sleeping telephone is woken for it (RFC 8030 §5.3).
fn urgency(letter: &Letter) -> &'static str {
    use NoticeKind as N;
    match letter.kind {
        N::FollowUpLate | N::FamilySheet => "low",
        N::ChannelTest => "high",
        N::FamilyClosed | N::FamilyFalseAlarm | N::Provisional | N::Backup => "normal",
        _ if matches!(letter.values.severity, Some(Severity::Routine | Severity::Technical)) => "normal",
        _ => "high",
    }
}

#[async_trait]
impl Carrier for WebPush {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::WebPush
    }

    fn slots(&self) -> usize {
        self.slots
    }

    fn browser_key(&self) -> Option<&str> {
        Some(&self.vapid.public)
    }

    fn reaches(&self, endpoint: &str) -> bool {
        Url::parse(endpoint).is_ok_and(|it| self.client(&it).is_some())
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Push(to) = &letter.address else {
            return http::refused("no push address");
        };
        let Ok(url) = Url::parse(&to.endpoint) else {
            return http::gone("no push address");
        };
        let Some(client) = self.client(&url) else {
            return http::refused("the push service is not on the list");
        };
        let Some(body) = seal(letter, to) else {
            return http::gone("the browser's keys are none");
        };
        let Some(authorization) = self.authorization(&url, letter) else {
            return http::refused("the request could not be signed");
        };
        let useful_s = letter.useful_until.duration_since(letter.now).as_secs().max(0);
        let request = client
            .post(url)
            .header("TTL", useful_s)
            .header("Urgency", urgency(letter))
            // Of what waits for a telephone that is off, only the last word on a case is worth having. 32 letters, as RFC 8030 allows.
            .header("Topic", letter.case.as_uuid().simple().to_string())
            .header("Authorization", authorization)
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .body(body);
        let answer = match http::send(request, letter.now).await {
            Ok(answer) => answer,
            Err(handed) => return handed,
        };
        match answer.status.as_u16() {
            404 | 410 => http::gone(format!(
                "answered {}: the subscription is no more",
                answer.status.as_u16()
            )),
            _ => answer.told().unwrap_or(Handed::Taken { proof: None }),
        }
    }
}

/// Finds names, and of their addresses gives the public ones only.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|it| is_public(it.ip())).collect();
            if public.is_empty() {
                return Err("no public address".into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is somebody's on the internet (IANA's registries of special addresses), and none of a network like ours.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => is_public_v4(it),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

fn is_public_v4(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    !(it.is_private()
        || it.is_loopback()
        || it.is_link_local()
        || it.is_multicast()
        || it.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // RFC 6598: a carrier's own
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && matches!(b, 18 | 19)))
}

fn is_public_v6(it: Ipv6Addr) -> bool {
    let parts = it.segments();
    // 2000::/3 is all that is given out; of that, not what has an IPv4 address in it (6to4, Teredo), nor documentation.
    (parts[0] & 0xe000) == 0x2000
        && parts[0] != 0x2002
        && !(parts[0] == 0x2001 && (parts[1] == 0 || parts[1] == 0x0db8))
        && !(parts[0] == 0x3fff && parts[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 8291, section 5 and appendix A.
    const UA_PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const UA_PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const UA_AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const MESSAGE: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    #[test]
    fn the_published_message_opens() {
        let bytes = |it: &str| URL_SAFE_NO_PAD.decode(it).unwrap();
        let key = SecretKey::from_slice(&bytes(UA_PRIVATE)).unwrap();
        let auth: [u8; 16] = bytes(UA_AUTH).try_into().unwrap();
        let opened = web_push_native::decrypt(bytes(MESSAGE), &key, &Auth::from(auth)).unwrap();
        assert_eq!(opened, b"When I grow up, I want to be a watermelon");
        assert_eq!(
            Vapid::read(UA_PRIVATE).unwrap().public,
            UA_PUBLIC,
            "a public key follows from its private one"
        );
    }

    #[test]
    fn a_new_key_is_a_key() {
        let (private, public) = new_key().unwrap();
        assert_eq!(Vapid::read(&private).unwrap().public, public);
        assert_eq!((private.len(), public.len()), (43, 87));
        assert_ne!(new_key().unwrap().0, private);
        for bad in ["", "x", &public, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(Vapid::read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_list_has_names_and_origins() {
        let named = |it: &str| Some(Host::Named(it.to_owned()));
        for (text, wanted) in [
            ("fcm.googleapis.com", named("fcm.googleapis.com")),
            (
                "*.notify.windows.com",
                Some(Host::Under(".notify.windows.com".to_owned())),
            ),
            (
                "http://127.0.0.1:8123",
                Some(Host::Origin("http://127.0.0.1:8123".to_owned())),
            ),
            (
                "https://push.street.example:443/",
                Some(Host::Origin("https://push.street.example".to_owned())),
            ),
            ("127.0.0.1", None),
            ("localhost", None),
            ("*", None),
            ("*.", None),
            ("FCM.example", None),
            ("a..example", None),
            ("https://push.example/path", None),
            ("https://u:p@push.example", None),
            ("ftp://push.example", None),
            ("", None),
        ] {
            assert_eq!(Host::read(text), wanted, "{text}");
        }
    }

    #[test]
    fn addresses_of_networks_like_ours_are_not_public() {
        for (address, wanted) in [
            ("8.8.8.8", true),
            ("223.5.5.5", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("224.0.0.1", false),
            ("198.18.0.1", false),
            ("192.0.0.1", false),
            ("2606:4700::1", true),
            ("240e::1", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), wanted, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_of_our_own_network_is_found_nowhere() {
        let found = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert_eq!(found.err().unwrap().to_string(), "no public address");
    }
}
