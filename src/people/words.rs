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
    pub(crate) fn new(what: &'static str, got: &str, known: Vec<&'static str>) -> Self {
        Self {
            what,
            got: got.chars().take(40).collect(),
            known,
        }
    }
}

/// The text of an enum of words: `as_str`, `FromStr`, `Display`, serde, and the list of all.
macro_rules! texts {
    ($name:ident ($what:literal) { $($variant:ident = $text:literal),+ }) => {
        impl $name {
            /// Every word of this kind, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable text: in the store, on the wire, in a sheet.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
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
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::people::UnknownWord::new($what, text, vec![$($text,)+])),
                }
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

/// Declares an enum of words: `Word = "text"`, or `Word = "text", "中文";` where people write the word in a sheet as well.
macro_rules! words {
    ($(#[$about:meta])* $name:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $text:literal, $zh:literal;)+ }) => {
        $crate::people::words::words! { $(#[$about])* $name ($what) { $($(#[$doc])* $variant = $text),+ } }

        impl $name {
            /// The Chinese word, as a street office writes it in a sheet.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)+ }
            }

            /// Reads the stable text or the Chinese word: sheets may hold either.
            ///
            /// # Errors
            /// [`UnknownWord`](crate::people::UnknownWord) with the list of what is known.
            pub fn from_sheet(text: &str) -> Result<Self, $crate::people::UnknownWord> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text || it.zh() == text).ok_or_else(|| {
                    $crate::people::UnknownWord::new($what, text, Self::ALL.iter().map(|it| it.as_str()).collect())
                })
            }
        }
    };
    ($(#[$about:meta])* $name:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        $crate::people::words::texts! { $name ($what) { $($variant = $text),+ } }
    };
}

pub(crate) use {texts, words};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use crate::people::*;

    /// Every text reads back three ways, no two words of a kind share one, and the error lists them all.
    fn round<T>(
        all: &[T],
        as_str: fn(T) -> &'static str,
        zh: fn(T) -> &'static str,
        sheet: fn(&str) -> Result<T, UnknownWord>,
    ) where
        T: Copy
            + Debug
            + PartialEq
            + Display
            + FromStr<Err = UnknownWord>
            + serde::Serialize
            + serde::de::DeserializeOwned,
    {
        for it in all {
            assert_eq!(as_str(*it).parse::<T>(), Ok(*it));
            assert_eq!(sheet(as_str(*it)), Ok(*it));
            assert_eq!(sheet(zh(*it)), Ok(*it));
            assert_eq!(it.to_string(), as_str(*it));
            let json = serde_json::to_string(it).unwrap();
            assert_eq!(json, format!("\"{}\"", as_str(*it)));
            assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), it);
            assert!(
                as_str(*it)
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{it:?}"
            );
        }
        let texts: BTreeSet<&str> = all.iter().flat_map(|it| [as_str(*it), zh(*it)]).collect();
        assert_eq!(texts.len(), all.len() * 2, "{all:?}");
        let refused = "红".parse::<T>().unwrap_err();
        assert_eq!(refused.known, all.iter().map(|it| as_str(*it)).collect::<Vec<_>>());
        assert!(serde_json::from_str::<T>("\"红\"").is_err());
    }

    macro_rules! round_all {
        ($($name:ident)+) => { $(round($name::ALL, $name::as_str, $name::zh, $name::from_sheet);)+ };
    }

    #[test]
    fn every_word_reads_back_from_wire_and_sheet() {
        round_all!(Need Tier Skill ResponderKind ContactMode Hearing LifeSupport ElderStatus ConsentPurpose Relation);
        round_all!(ContactLevel Role Sensitivity AreaLevel ChainPost DeviceKind Protocol StationKind ServiceCircle Barrier);
        round_all!(VisitWay VisitResult VisitProof ProofSays);
    }

    #[test]
    fn an_unknown_word_is_named_with_what_is_known() {
        let refused = "orange".parse::<Tier>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`orange` is not a known tier; known are home, grid, street"
        );
        assert_eq!(Need::from_sheet("独居"), Ok(Need::LivingAlone));
        assert!("独居".parse::<Need>().is_err(), "the wire speaks one language");
        assert_eq!("x".repeat(500).parse::<Need>().unwrap_err().got.len(), 40);
    }

    #[test]
    fn tiers_only_climb() {
        assert!(Tier::Home < Tier::Grid && Tier::Grid < Tier::Street);
        assert_eq!(
            Tier::ALL.iter().map(|it| it.next()).collect::<Vec<_>>(),
            [Some(Tier::Grid), Some(Tier::Street), None]
        );
    }
}
