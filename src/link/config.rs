//! `[link]`: to which district this street reports, as which, and what.

use std::path::PathBuf;

use serde::Deserialize;

use crate::case::Lane;
use crate::ids::NodeId;
use crate::people::words::words;

words! {
    /// What a district is told of.
    Told ("what a district is told of") {
        /// Calls for help.
        Help = "help",
        /// Requests for service and technical signals too.
        All = "all",
    }
}

impl Told {
    /// Whether cases of a lane are told.
    pub fn includes(self, lane: Lane) -> bool {
        self == Self::All || lane == Lane::Help
    }
}

/// `[link]`. Without a district nothing of it runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// `wss://HOST[:PORT]` of the district's service; `ws://` only to this machine. None: there is no district.
    pub district: Option<String>,
    /// As which the district has let us in.
    pub node: Option<NodeId>,
    /// The file that holds the key that the district has made for us.
    pub key_file: Option<PathBuf>,
    /// By which telephone the district is reached when the line is cut.
    pub phone: Option<String>,
    /// What the district is told of.
    pub cases: Told,
    /// How often it gets the figures, seconds.
    pub figures_every_s: u32,
    /// The longest pause between two tries to reach it, seconds.
    pub retry_max_s: u32,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            district: None,
            node: None,
            key_file: None,
            phone: None,
            cases: Told::Help,
            figures_every_s: 60,
            retry_max_s: 60,
        }
    }
}

/// What stands after the address of the service.
const PATH: &str = "/api/v1/link";

/// Scheme, host and port, and nothing else.
fn is_address(url: &str) -> bool {
    let (host, bare) = match (url.strip_prefix("wss://"), url.strip_prefix("ws://")) {
        (Some(host), _) => (host, false),
        (None, Some(host)) => (host, true),
        (None, None) => return false,
    };
    let sound = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) && !host.contains(char::is_control);
    let name = host.rsplit_once(':').map_or(host, |it| it.0);
    // The key of the street goes over the line: bare it goes to this machine only, where a tunnel or a proxy begins.
    sound && (!bare || matches!(name, "127.0.0.1" | "[::1]" | "localhost"))
}

impl LinkConfig {
    /// The address of the socket; none: there is no district.
    pub fn address(&self) -> Option<String> {
        self.district.as_ref().map(|it| format!("{it}{PATH}"))
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(url) = &self.district {
            if !is_address(url) {
                let must = "must be wss://HOST[:PORT], without a path; ws:// to 127.0.0.1 only";
                found.push(format!("link.district: {must}"));
            }
            if self.node.is_none() {
                found.push("link.node: is missing; the district tells it when it lets a street in".to_owned());
            }
            if self.key_file.is_none() {
                found.push("link.key_file: is missing; it holds the key that the district has made".to_owned());
            }
        } else if self.node.is_some() || self.key_file.is_some() {
            found.push("link.district: is missing; without it node and key_file are of nobody".to_owned());
        }
        if let Some(phone) = &self.phone
            && phone.parse::<crate::people::Phone>().is_err()
        {
            found.push("link.phone: must be a telephone number of 3 to 15 digits".to_owned());
        }
        if !(10..=3_600).contains(&self.figures_every_s) {
            found.push("link.figures_every_s: must be 10 to 3600".to_owned());
        }
        if !(1..=600).contains(&self.retry_max_s) {
            found.push("link.retry_max_s: must be 1 to 600".to_owned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_line_goes_to_this_machine_only() {
        for (url, sound) in [
            ("wss://district.example", true),
            ("wss://10.0.0.1:8443", true),
            ("ws://127.0.0.1:9000", true),
            ("ws://[::1]:9000", true),
            ("ws://localhost", true),
            ("ws://district.example", false),
            ("ws://10.0.0.1:9000", false),
            ("https://district.example", false),
            ("wss://district.example/link", false),
            ("wss://user@district.example", false),
            ("wss://", false),
        ] {
            assert_eq!(is_address(url), sound, "{url}");
        }
    }

    #[test]
    fn what_belongs_together_is_named() {
        assert!(LinkConfig::default().mistakes().is_empty());
        let half = LinkConfig {
            district: Some("wss://district.example".to_owned()),
            phone: Some("call me".to_owned()),
            figures_every_s: 5,
            retry_max_s: 0,
            ..LinkConfig::default()
        };
        let keys: Vec<String> = half
            .mistakes()
            .iter()
            .filter_map(|it| it.split(':').next().map(str::to_owned))
            .collect();
        assert_eq!(
            keys,
            [
                "link.node",
                "link.key_file",
                "link.phone",
                "link.figures_every_s",
                "link.retry_max_s"
            ]
        );
        let lost = LinkConfig {
            key_file: Some("key".into()),
            ..LinkConfig::default()
        };
        assert!(lost.mistakes()[0].starts_with("link.district"), "{:?}", lost.mistakes());
    }
}
