//! Signatures as in Standard Webhooks (www.standardwebhooks.com): HMAC-SHA256 in base64 over `id.timestamp.body`.
//!
//! A secret is written `whsec_` and 24 to 64 bytes in base64. It never prints.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer};
use sha2::Sha256;

/// The names of the headers.
pub const HEADER_ID: &str = "webhook-id";
/// Seconds since 1970 of the try.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// Signatures, separated by spaces, each `v1,` and base64.
pub const HEADER_SIGNATURE: &str = "webhook-signature";

/// How far a signed message may be from the present, seconds, either way.
pub const TOLERANCE_S: i64 = 300;

/// Signatures that are looked at in one header.
const SIGNATURES_MAX: usize = 8;

/// What is shared with one endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A text that is no secret. It does not say the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `whsec_` and 24 to 64 bytes in base64")]
pub struct SecretError;

impl Secret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// [`SecretError`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let digits = text.strip_prefix("whsec_").ok_or(SecretError)?;
        let bytes = STANDARD.decode(digits).map_err(|_| SecretError)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SecretError);
        }
        Ok(Self(bytes))
    }

    fn mac(&self, id: &str, timestamp_s: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?; // HMAC takes a key of any length
        mac.update(id.as_bytes());
        mac.update(b".");
        mac.update(timestamp_s.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        Some(mac)
    }

    /// `v1,` and the signature.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let sum = self.mac(id, timestamp_s, body).map(|it| it.finalize().into_bytes());
        format!("v1,{}", STANDARD.encode(sum.unwrap_or_default()))
    }

    /// Whether one of the header's signatures is ours; in constant time for each.
    pub fn verify(&self, id: &str, timestamp_s: i64, body: &[u8], header: &str) -> bool {
        header
            .split(' ')
            .take(SIGNATURES_MAX)
            .filter_map(|it| STANDARD.decode(it.strip_prefix("v1,")?).ok())
            .any(|sum| {
                self.mac(id, timestamp_s, body)
                    .is_some_and(|it| it.verify_slice(&sum).is_ok())
            })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example that the libraries of Standard Webhooks share.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_published_vector_holds() {
        let secret = Secret::parse(SECRET).unwrap();
        let signature = secret.sign(ID, 1_614_265_330, BODY);
        assert_eq!(signature, SIGNATURE);
        assert!(secret.verify(ID, 1_614_265_330, BODY, &format!("v2,x v1,AAAA {signature}")));
    }

    #[test]
    fn a_changed_part_breaks_it() {
        let secret = Secret::parse(SECRET).unwrap();
        let good = secret.sign(ID, 7, BODY);
        assert!(secret.verify(ID, 7, BODY, &good));
        assert!(!secret.verify("msg_other", 7, BODY, &good));
        assert!(!secret.verify(ID, 8, BODY, &good));
        assert!(!secret.verify(ID, 7, b"{}", &good));
        assert!(!secret.verify(ID, 7, BODY, "v1,"));
        assert!(!secret.verify(ID, 7, BODY, ""));
        let other = Secret::parse("whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
        assert!(!other.verify(ID, 7, BODY, &good));
        let crowd = format!("{}{good}", "v1,AAAA ".repeat(SIGNATURES_MAX));
        assert!(
            !secret.verify(ID, 7, BODY, &crowd),
            "a header of any length is not work for us"
        );
    }

    #[test]
    fn a_secret_is_checked_and_never_prints() {
        for bad in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_short",
            "whsec_!!",
            "whsec_AAAA",
        ] {
            assert_eq!(Secret::parse(bad), Err(SecretError), "{bad}");
        }
        assert_eq!(format!("{:?}", Secret::parse(SECRET).unwrap()), "***");
    }
}
