//! Words of the trade with one stable text each: in code, in the store, on the wire.

use std::fmt;

/// A text that is none of the known words of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownWord {
    /// What was asked for, as in "need".
    pub what: &'static str,
    /// The text that came, cut to 40 characters.
    pub got: String,
    /// What would have been understood.
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a known {}; known are {}",
            self.got,
            self.what,
            self.known.join(", ")
        )
    }
}

impl UnknownWord {
    /// For the word lists below.
    pub(super) fn new(what: &'static str, got: &str, known: Vec<&'static str>) -> Self {
        Self {
            what,
            got: got.chars().take(40).collect(),
            known,
        }
    }
}

/// Declares an enum of words: its text (`as_str`, `FromStr`, serde), and the Chinese word that people write in a sheet.
macro_rules! words {
    ($(#[$about:meta])* $name:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $text:literal, $zh:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every word of this kind, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable text: in the store, on the wire, in a sheet.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The Chinese word, as a street office writes it in a sheet.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// Reads the stable text or the Chinese word: sheets may hold either.
            ///
            /// # Errors
            /// [`UnknownWord`] with the list of what is known.
            pub fn from_sheet(text: &str) -> Result<Self, $crate::people::UnknownWord> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text || it.zh() == text).ok_or_else(|| {
                    $crate::people::UnknownWord::new($what, text, Self::ALL.iter().map(|it| it.as_str()).collect())
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::people::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text).ok_or_else(|| {
                    $crate::people::UnknownWord::new($what, text, Self::ALL.iter().map(|it| it.as_str()).collect())
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use words;
