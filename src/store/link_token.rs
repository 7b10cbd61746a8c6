//! What stands in a link that opens something once, and in the cookie for which it is exchanged. Kept as a hash only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::seal::{SealError, random};

/// What stands in a link or a cookie: 256 random bits, 43 letters of URL-safe base64.
#[derive(Clone)]
pub struct LinkToken([u8; 32]);

impl LinkToken {
    /// A new one.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn make() -> Result<Self, SealError> {
        Ok(Self(random()?))
    }

    /// From what a browser sent; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text for the link or the cookie.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(***)")
    }
}
