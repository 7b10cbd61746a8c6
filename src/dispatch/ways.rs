//! By which ways a person is told, and in which order: waves, of which the first starts at once with all its ways together and a
//! later one when those before it came to nothing.
//!
//! The rules are no part of a plan: a street that gets a new carrier tells its people better from then on, in cases that run too.
//! The first rule that fits counts; those of the configuration stand before [`Ways::shipped`].

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::case::{NoticeKind, Severity};
use crate::people::words::words;
use crate::people::{FamilyChoices, Outline, QuietHours, ToldBy, Way};
use crate::store::cases::Wave;

/// Waves of one rule at most.
pub const WAVES_MAX: usize = 6;
/// Rules at most.
pub const RULES_MAX: usize = 100;

words! {
    /// What sort of party is told.
    Party ("party") {
        /// A responder by name.
        Responder = "responder",
        /// A contact of the elder.
        Family = "family",
        /// The elder, by their own telephones.
        Elder = "elder",
        /// The street's desk.
        Desk = "desk",
        /// The duty leader.
        DutyLeader = "duty_leader",
        /// The neighbouring seat and the district.
        NextSeat = "next_seat",
        /// The civil-affairs office.
        CivilAffairs = "civil_affairs",
        /// A station.
        Station = "station",
        /// Another body.
        Agency = "agency",
    }
}

impl Party {
    /// Of a target, as the outbox names it.
    pub fn of(target: &str) -> Option<Self> {
        let word = target.split([':', '_']).next().unwrap_or_default();
        match word {
            "resp" => Some(Self::Responder),
            "contact" => Some(Self::Family),
            "elder" => Some(Self::Elder),
            "station" => Some(Self::Station),
            "agency" => Some(Self::Agency),
            _ => target.parse().ok(),
        }
    }
}

/// Some ways together, and how long they are waited for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveRule {
    /// Ways (`voice`), or carriers by name (`voice:second`).
    pub by: Vec<String>,
    /// Without a receipt for so long the next wave starts, seconds from the beginning of this one; 0: only when it has failed.
    #[serde(default = "wait_s")]
    pub wait_s: u32,
}

const fn wait_s() -> u32 {
    30
}

/// When a rule fits, and what follows from it. What is left out fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayRule {
    /// What is told.
    #[serde(default)]
    pub kinds: Option<BTreeSet<NoticeKind>>,
    /// How severe the case is.
    #[serde(default)]
    pub severities: Option<BTreeSet<Severity>>,
    /// Who is told.
    #[serde(default)]
    pub to: Option<BTreeSet<Party>>,
    /// At which hours of the street's day; `from` 22, `to` 6 is the night.
    #[serde(default)]
    pub hours: Option<QuietHours>,
    /// In this order.
    pub waves: Vec<WaveRule>,
}

/// `[notify.ways]`: by which ways who is told of what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ways {
    /// They stand before those that are shipped.
    pub rules: Vec<WayRule>,
}

/// Whether an hour lies in these hours, also over midnight.
pub const fn within(hours: QuietHours, hour: u8) -> bool {
    if hours.from <= hours.to {
        hours.from <= hour && hour < hours.to
    } else {
        hours.from <= hour || hour < hours.to
    }
}

impl WayRule {
    fn fits(&self, it: &Telling<'_>) -> bool {
        self.kinds.as_ref().is_none_or(|all| all.contains(&it.kind))
            && self.severities.as_ref().is_none_or(|all| all.contains(&it.severity))
            && self.to.as_ref().is_none_or(|all| all.contains(&it.party))
            && self.hours.is_none_or(|all| within(all, it.hour))
    }
}

/// A carrier that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// As the rows name it.
    pub name: String,
    /// Which way it is.
    pub way: Way,
}

/// What is asked of the rules.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// What is told.
    pub kind: NoticeKind,
    /// How severe the case is.
    pub severity: Severity,
    /// Who is told.
    pub party: Party,
    /// The hour of the street's day, 0 to 23.
    pub hour: u8,
    /// What is known of their reach.
    pub outline: Option<&'a Outline>,
    /// How a contact wishes to be told.
    pub choices: Option<FamilyChoices>,
}

impl Telling<'_> {
    /// Whether there is an address at the end of a way, as far as anybody knows without opening a file: responders and contacts
    /// have a telephone until the file says otherwise.
    fn leads_somewhere(&self, way: Way) -> bool {
        if way.is_fixed() {
            return true;
        }
        match self.party {
            Party::Responder | Party::Family => {
                way.is_telephone() || self.outline.is_some_and(|it| it.has.contains(&way))
            }
            Party::Desk | Party::DutyLeader | Party::NextSeat => self.outline.is_some_and(|it| it.has.contains(&way)),
            Party::Elder => way.is_telephone(),
            // Whether an area has an office the configuration says, when it is told.
            Party::CivilAffairs => way.is_telephone(),
            Party::Station | Party::Agency => false,
        }
    }

    /// Whether they wish to be told by this way. What is critical counts by its own choices.
    fn wished(&self, way: Way) -> bool {
        let off = self.outline.is_some_and(|it| it.off.contains(&way));
        !off && self.choices.is_none_or(|it| by(told_by(&it, self.severity), way))
    }
}

/// What of somebody's choices counts at this severity.
pub const fn told_by(choices: &FamilyChoices, severity: Severity) -> ToldBy {
    match severity {
        Severity::Critical => choices.critical,
        Severity::Urgent | Severity::Routine | Severity::Technical => choices.urgent,
    }
}

const fn by(told: ToldBy, way: Way) -> bool {
    match way {
        Way::Voice => told.voice,
        _ => told.message,
    }
}

/// Why there is no way to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWay {
    /// No rule has a wave for it, or no carrier of it is there.
    NoCarrier,
    /// There is no address at the end of any.
    NoAddress,
    /// They do not wish to be told of it.
    SwitchedOff,
}

impl NoWay {
    /// In stable words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCarrier => "no carrier for it",
            Self::NoAddress => "no address on file",
            Self::SwitchedOff => "switched off by themselves",
        }
    }
}

impl Ways {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.rules.len() > RULES_MAX {
            found.push(format!("notify.ways.rules: at most {RULES_MAX}"));
        }
        for (at, it) in self.rules.iter().enumerate() {
            let here = format!("notify.ways.rules[{at}]");
            if it
                .hours
                .is_some_and(|it| it.from > 23 || it.to > 23 || it.from == it.to)
            {
                found.push(format!("{here}.hours: must be two different hours, 0 to 23"));
            }
            if it.waves.len() > WAVES_MAX {
                found.push(format!("{here}.waves: at most {WAVES_MAX}"));
            }
            for (n, wave) in it.waves.iter().enumerate() {
                if wave.by.is_empty() {
                    found.push(format!("{here}.waves[{n}].by: names no way"));
                }
                for word in &wave.by {
                    let way = word.split(':').next().unwrap_or_default();
                    if let Err(error) = way.parse::<Way>() {
                        found.push(format!("{here}.waves[{n}].by: {error}"));
                    }
                }
                if wave.wait_s > 3_600 {
                    found.push(format!("{here}.waves[{n}].wait_s: must be 0 to 3600"));
                }
            }
        }
        found
    }

    /// Those of the configuration, and then those that are shipped.
    pub fn with_shipped(mut self) -> Self {
        self.rules.extend(Self::shipped().rules);
        self
    }

    /// The waves for one person, as far as they lead somewhere: each carrier once.
    ///
    /// # Errors
    /// Why there are none.
    pub fn waves(&self, exits: &[Exit], telling: &Telling<'_>) -> Result<Vec<Wave>, NoWay> {
        let Some(rule) = self.rules.iter().find(|it| it.fits(telling)) else {
            return Err(NoWay::NoCarrier);
        };
        let mut why = NoWay::NoCarrier;
        let mut picked = |wishes: bool| {
            let mut used: BTreeSet<&str> = BTreeSet::new();
            let mut waves: Vec<Wave> = Vec::new();
            for wave in &rule.waves {
                let mut by: Vec<String> = Vec::new();
                for exit in wave.by.iter().filter_map(|word| exit_of(exits, word)) {
                    if !telling.leads_somewhere(exit.way) {
                        why = if why == NoWay::NoCarrier { NoWay::NoAddress } else { why };
                    } else if wishes && !telling.wished(exit.way) {
                        why = NoWay::SwitchedOff;
                    } else if used.insert(&exit.name) {
                        by.push(exit.name.clone());
                    }
                }
                if !by.is_empty() {
                    let wait_s = wave.wait_s;
                    waves.push(Wave { by, wait_s });
                }
            }
            waves
        };
        let mut waves = picked(true);
        // Nobody is left untold of what is critical because they had switched off what they have.
        if waves.is_empty() && telling.severity == Severity::Critical && telling.choices.is_none() {
            waves = picked(false);
        }
        if waves.is_empty() { Err(why) } else { Ok(waves) }
    }

    /// The rules where the configuration has none. What is critical rings beside the push, and not after it.
    pub fn shipped() -> Self {
        use NoticeKind as N;
        use Party as P;
        let asks = [N::Offer, N::CallInside, N::CallLate];
        let begins = [N::FamilyOpened, N::FamilyRaised, N::KeyHolders];
        let asks_family = [N::FamilyAsk];
        let wave = |by: &[&str], wait_s| WaveRule {
            by: by.iter().map(|it| (*it).to_owned()).collect(),
            wait_s,
        };
        let rule = |kinds: &[NoticeKind], severities: &[Severity], to: &[Party], waves: Vec<WaveRule>| WayRule {
            kinds: (!kinds.is_empty()).then(|| kinds.iter().copied().collect()),
            severities: (!severities.is_empty()).then(|| severities.iter().copied().collect()),
            to: (!to.is_empty()).then(|| to.iter().copied().collect()),
            hours: None,
            waves,
        };
        let robots = ["wecom_robot", "dingtalk_robot", "feishu_robot"];
        let rules = vec![
            rule(
                &asks,
                &[Severity::Critical],
                &[P::Responder],
                vec![
                    wave(&["web_push", "voice"], 20),
                    wave(&["sms", "wecom_app"], 30),
                    wave(&["email"], 60),
                ],
            ),
            rule(
                &asks,
                &[],
                &[P::Responder],
                vec![
                    wave(&["web_push", "wecom_app"], 20),
                    wave(&["sms"], 40),
                    wave(&["voice"], 60),
                ],
            ),
            rule(
                &[N::Lead, N::LeadRevoked, N::StandDown],
                &[],
                &[P::Responder],
                vec![
                    wave(&["web_push", "wecom_app"], 20),
                    wave(&["sms"], 60),
                    wave(&["email"], 0),
                ],
            ),
            // A push has no receipt: what is merely good to know is not sent twice for that. A short message has one.
            rule(
                &[],
                &[],
                &[P::Responder],
                vec![
                    wave(&["web_push", "wecom_app"], 0),
                    wave(&["sms"], 120),
                    wave(&["email"], 0),
                ],
            ),
            // Well inside the time that one contact has: 30 s until somebody has gone to the telephone, 30 s for a message.
            rule(
                &asks_family,
                &[],
                &[P::Family],
                vec![
                    wave(&["web_push", "voice"], 30),
                    wave(&["sms", "wechat_template"], 30),
                    wave(&["email"], 60),
                ],
            ),
            // Afterwards, and to be kept: what can be read again, and no call. An elder without a telephone gets paper.
            rule(
                &[N::FileOpened],
                &[],
                &[P::Family],
                vec![
                    wave(&["email", "wechat_template", "web_push"], 0),
                    wave(&["sms"], 120),
                    wave(&["print"], 0),
                ],
            ),
            rule(&[], &[], &[P::Elder], vec![wave(&["sms"], 600), wave(&["print"], 0)]),
            rule(
                &begins,
                &[Severity::Critical],
                &[P::Family],
                vec![
                    wave(&["web_push", "voice"], 30),
                    wave(&["sms", "wechat_template"], 60),
                    wave(&["email"], 60),
                ],
            ),
            rule(
                &begins,
                &[],
                &[P::Family],
                vec![
                    wave(&["web_push", "wechat_template"], 60),
                    wave(&["sms"], 60),
                    wave(&["email"], 0),
                ],
            ),
            rule(
                &[],
                &[],
                &[P::Family],
                vec![
                    wave(&["web_push", "wechat_template"], 0),
                    wave(&["sms"], 120),
                    wave(&["email"], 0),
                ],
            ),
            rule(
                &[],
                &[],
                &[P::DutyLeader, P::NextSeat, P::CivilAffairs],
                vec![
                    wave(&["web_push", "voice"], 30),
                    wave(&["sms", "wecom_app"], 60),
                    wave(&["email"], 60),
                ],
            ),
            rule(
                &[],
                &[],
                &[P::Desk],
                vec![
                    wave(&["web_push", robots[0], robots[1], robots[2]], 30),
                    wave(&["print"], 60),
                ],
            ),
            rule(
                &[],
                &[],
                &[P::Station, P::Agency],
                vec![wave(&robots, 30), wave(&["print"], 60)],
            ),
        ];
        Self { rules }
    }
}

/// The carrier of this name, or the first of this way.
fn exit_of<'a>(exits: &'a [Exit], word: &str) -> Option<&'a Exit> {
    let named = exits.iter().find(|it| it.name == word);
    named.or_else(|| exits.iter().find(|it| it.way.as_str() == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exits(words: &[&str]) -> Vec<Exit> {
        let exit = |it: &&str| Exit {
            name: (*it).to_owned(),
            way: it.split(':').next().unwrap().parse().unwrap(),
        };
        words.iter().map(exit).collect()
    }

    fn telling(kind: NoticeKind, severity: Severity, party: Party) -> Telling<'static> {
        Telling {
            kind,
            severity,
            party,
            hour: 3,
            outline: None,
            choices: None,
        }
    }

    fn names(waves: Result<Vec<Wave>, NoWay>) -> String {
        match waves {
            Ok(waves) => waves.iter().map(|it| it.by.join("+")).collect::<Vec<_>>().join(" "),
            Err(why) => why.as_str().to_owned(),
        }
    }

    #[test]
    fn what_is_critical_rings_beside_the_push_and_not_after_it() {
        let ways = Ways::shipped();
        let all = exits(&["web_push", "voice", "sms", "email", "wecom_app"]);
        let has = Outline {
            has: [Way::WebPush, Way::Email].into(),
            ..Outline::default()
        };
        let mut it = telling(NoticeKind::Offer, Severity::Critical, Party::Responder);
        assert_eq!(names(ways.waves(&all, &it)), "voice sms", "nothing else on file");
        it.outline = Some(&has);
        assert_eq!(names(ways.waves(&all, &it)), "web_push+voice sms email");
        it.severity = Severity::Urgent;
        assert_eq!(names(ways.waves(&all, &it)), "web_push sms voice");
        assert_eq!(
            names(ways.waves(&exits(&["email"]), &telling(it.kind, it.severity, it.party))),
            "no carrier for it"
        );
        let station = telling(NoticeKind::Support, Severity::Critical, Party::Station);
        assert_eq!(names(ways.waves(&all, &station)), "no carrier for it");
    }

    #[test]
    fn what_is_switched_off_is_left_out_unless_nobody_would_hear_of_what_is_critical() {
        let ways = Ways::shipped();
        let all = exits(&["web_push", "voice", "sms"]);
        let off = Outline {
            has: [Way::WebPush].into(),
            off: [Way::Voice].into(),
            language: None,
        };
        let mut it = telling(NoticeKind::Offer, Severity::Critical, Party::Responder);
        it.outline = Some(&off);
        assert_eq!(names(ways.waves(&all, &it)), "web_push sms");
        let deaf = Outline {
            off: [Way::Voice, Way::Sms].into(),
            ..Outline::default()
        };
        it.outline = Some(&deaf);
        assert_eq!(names(ways.waves(&all, &it)), "voice sms");
        it.severity = Severity::Urgent;
        assert_eq!(names(ways.waves(&all, &it)), "switched off by themselves");
        // A family's choices are its own, by level: somebody of it is always called (the page sees to that).
        let quiet = FamilyChoices {
            critical: ToldBy {
                voice: false,
                message: true,
            },
            urgent: ToldBy {
                voice: false,
                message: false,
            },
            quiet: None,
        };
        let mut it = telling(NoticeKind::FamilyOpened, Severity::Critical, Party::Family);
        it.choices = Some(quiet);
        assert_eq!(names(ways.waves(&all, &it)), "sms");
        it.severity = Severity::Urgent;
        assert_eq!(names(ways.waves(&all, &it)), "switched off by themselves");
    }

    #[test]
    fn the_first_rule_that_fits_counts_and_those_of_the_configuration_stand_first() {
        let text = "[[rules]]\nto = [\"responder\"]\nhours = { from = 22, to = 6 }\nwaves = [{ by = [\"voice:second\", \"voice\"] }, { by = [\"voice\"], wait_s = 5 }]";
        let ways = toml::from_str::<Ways>(text).unwrap().with_shipped();
        let all = exits(&["voice", "voice:second", "web_push"]);
        let mut it = telling(NoticeKind::Offer, Severity::Urgent, Party::Responder);
        assert_eq!(names(ways.waves(&all, &it)), "voice:second+voice", "each once");
        it.hour = 6;
        assert_eq!(names(ways.waves(&all, &it)), "voice");
        let wrong =
            "[[rules]]\nhours = { from = 24, to = 6 }\nwaves = [{ by = [] }, { by = [\"pigeon\"], wait_s = 3601 }]";
        let found = toml::from_str::<Ways>(wrong).unwrap().mistakes();
        for field in [
            "rules[0].hours",
            "waves[0].by",
            "waves[1].by: `pigeon`",
            "waves[1].wait_s",
        ] {
            assert!(found.iter().any(|it| it.contains(field)), "{field} in {found:?}");
        }
        assert_eq!(found.len(), 4);
        assert!(Ways::shipped().mistakes().is_empty());
    }

    /// Whatever follows a short message starts when its receipt does not come: a wave without a time would wait for ever for a message
    /// that the network has lost.
    #[test]
    fn no_shipped_wave_of_short_messages_waits_for_ever() {
        for rule in Ways::shipped().rules {
            let waves = &rule.waves;
            for (at, wave) in waves.iter().enumerate().filter(|it| it.0 + 1 < waves.len()) {
                let has_receipt = wave.by.iter().any(|it| it == "sms" || it == "voice");
                assert!(!has_receipt || wave.wait_s > 0, "{:?} at {at}", rule.kinds);
            }
        }
    }

    #[test]
    fn hours_go_over_midnight_and_targets_have_their_party() {
        let night = QuietHours { from: 22, to: 7 };
        assert!(within(night, 22) && within(night, 6) && !within(night, 7) && !within(night, 21));
        let day = QuietHours { from: 7, to: 22 };
        assert!(within(day, 7) && !within(day, 22));
        for (target, party) in [
            ("resp_00000000000000000000000000000001", Some(Party::Responder)),
            ("contact_1", Some(Party::Family)),
            ("elder_1", Some(Party::Elder)),
            ("desk", Some(Party::Desk)),
            ("duty_leader", Some(Party::DutyLeader)),
            ("next_seat", Some(Party::NextSeat)),
            ("civil_affairs", Some(Party::CivilAffairs)),
            ("station:fire_post", Some(Party::Station)),
            ("agency:110", Some(Party::Agency)),
            ("nobody", None),
        ] {
            assert_eq!(Party::of(target), party, "{target}");
        }
    }
}
