//! The dead man's address: somebody outside is told while the service is well. When they hear nothing they ring a phone that does not
//! depend on the service, its machine or its network.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, redirect};
use serde::Deserialize;

/// How long one word to the outside may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Where the outside is told. The address is a secret: whoever knows it can say that we are well.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DeadManUrl(String);

impl fmt::Debug for DeadManUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl DeadManUrl {
    /// Whether it can be used: https, or a relay on this machine.
    pub fn is_sound(&self) -> bool {
        reqwest::Url::parse(&self.0).is_ok_and(|it| match it.scheme() {
            "https" => it.has_host(),
            "http" => matches!(it.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
            _ => false,
        })
    }
}

impl From<String> for DeadManUrl {
    fn from(it: String) -> Self {
        Self(it)
    }
}

/// Tells the outside.
#[derive(Clone)]
pub struct DeadMan {
    url: DeadManUrl,
    client: Client,
}

impl DeadMan {
    /// To `url`. Nothing is said yet.
    ///
    /// # Errors
    /// When no TLS provider is installed in this process, or the client cannot be built; without the address.
    pub fn new(url: DeadManUrl) -> Result<Self, String> {
        let client = client(WITHIN)?;
        Ok(Self { url, client })
    }

    /// Says that the service is well; whether somebody took it.
    pub async fn say_well(&self) -> bool {
        let why = match self.client.get(&self.url.0).send().await {
            Ok(answer) if answer.status().is_success() => {
                metrics::counter!("ecd_dead_man_total", "outcome" => "taken").increment(1);
                return true;
            }
            Ok(answer) => answer.status().to_string(),
            // An error of the client names the address, unless told not to.
            Err(error) => error.without_url().to_string(),
        };
        tracing::warn!(why, "the outside could not be told that the service is well");
        metrics::counter!("ecd_dead_man_total", "outcome" => "failed").increment(1);
        false
    }
}

/// A client that goes where it is sent and nowhere else.
///
/// # Errors
/// When no TLS provider is installed in this process, or the client cannot be built.
pub fn client(within: Duration) -> Result<Client, String> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // The HTTP client would panic; main installs it first of all.
        return Err("no TLS provider is installed".to_owned());
    }
    Client::builder()
        .timeout(within)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("eldercare-dispatch/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_https_and_printed_nowhere() {
        for (url, sound) in [
            ("https://hc.example.org/ping/0b1d", true),
            ("http://127.0.0.1:9/ping", true),
            ("http://hc.example.org/ping/0b1d", false),
            ("ftp://x", false),
            ("https://", false),
            ("secret", false),
        ] {
            let it = DeadManUrl::from(url.to_owned());
            assert_eq!(it.is_sound(), sound, "{url}");
            assert_eq!(format!("{it:?}"), "***");
        }
    }
}
