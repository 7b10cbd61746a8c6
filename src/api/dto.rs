//! The words of the wire for the contract: each stands for a word list of the trade in `openapi.json`.

macro_rules! wire_words {
    ($($(#[$about:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(utoipa::ToSchema)]
        #[allow(dead_code)] // only its schema is used; a test holds it against the list of the trade
        pub enum $name { $(#[schema(rename = $word)] $variant),+ }

        #[cfg(test)]
        impl $name {
            const WORDS: &'static [&'static str] = &[$($word),+];
        }
    )+};
}

wire_words! {
    /// The life of a case.
    StateWord { Ringing = "ringing", Engaged = "engaged", OnScene = "on_scene", Resolved = "resolved", Closed = "closed" }
    /// Who owns it.
    TierWord { Home = "home", Grid = "grid", Street = "street" }
    /// How serious.
    SeverityWord { Technical = "technical", Routine = "routine", Urgent = "urgent", Critical = "critical" }
    /// Lanes never mix.
    LaneWord { Help = "help", Service = "service", Technical = "technical" }
}

/// How a contact wishes to be told: the schema of [`crate::people::FamilyChoices`].
#[derive(utoipa::ToSchema, serde::Deserialize, serde::Serialize)]
pub struct FamilyChoicesDto {
    /// Of what is critical; quiet hours do not count.
    pub critical: ToldByDto,
    /// Of what is urgent.
    pub urgent: ToldByDto,
    /// Hours of the street's day in which what is not critical waits.
    #[serde(default)]
    pub quiet: Option<QuietHoursDto>,
}

/// By which ways one level is told.
#[derive(utoipa::ToSchema, serde::Deserialize, serde::Serialize)]
pub struct ToldByDto {
    /// A telephone call.
    pub voice: bool,
    pub message: bool,
}

/// Hours, 0 to 23.
#[derive(utoipa::ToSchema, serde::Deserialize, serde::Serialize)]
pub struct QuietHoursDto {
    pub from: u8,
    /// The first that is not quiet any more.
    pub to: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Lane, Severity, State};
    use crate::people::Tier;

    #[test]
    fn the_choices_of_the_contract_are_those_of_the_trade() {
        let all = crate::people::FamilyChoices {
            quiet: Some(crate::people::QuietHours { from: 22, to: 7 }),
            ..Default::default()
        };
        let told = serde_json::to_value(all).unwrap();
        let read: FamilyChoicesDto = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), told);
    }

    #[test]
    fn the_contract_has_the_words_of_the_trade() {
        assert!(
            State::ALL
                .iter()
                .map(|it| it.as_str())
                .eq(StateWord::WORDS.iter().copied())
        );
        assert!(
            Tier::ALL
                .iter()
                .map(|it| it.as_str())
                .eq(TierWord::WORDS.iter().copied())
        );
        assert!(
            Severity::ALL
                .iter()
                .map(|it| it.as_str())
                .eq(SeverityWord::WORDS.iter().copied())
        );
        assert!(
            Lane::ALL
                .iter()
                .map(|it| it.as_str())
                .eq(LaneWord::WORDS.iter().copied())
        );
    }
}
