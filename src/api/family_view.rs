//! What somebody of the family may see of a case: what happened, who is coming, how it ended. Built from the case and its log,
//! so that what is not theirs is not in the answer.
//!
//! | shown | not shown |
//! |---|---|
//! | of those who come: what they are, their family name, when they will be there | their names, positions, telephones; who was asked and did not come |
//! | what the elder said by telephone, 120, 110 and 119 | notes, readings, the plan, who at the desk did what |
//! | their own words; that they were asked | what others of the family said, but that the centre was reminded: one family has one limit |
//! | a guardian: what of the file was opened, and to whom by role | the same to others of the family |
//!
//! Health is for a contact at that level: to the others an odd reading is a look that is due.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto;
use super::family_session::FamilyMember;
use crate::app::App;
use crate::case::{
    Agency, Case, Event, FamilyWord, FilePart, Kind, Outcome, Place, Record, Stage, State, Subject, Voice, family_hears,
};
use crate::ids::{CaseId, ElderId, HouseholdId, ResponderId};
use crate::people::{ContactLevel, Role, Tier, family_name};
use crate::store::cases::CaseView;

/// Somebody who is coming, or came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoDto {
    /// What they are: `family`, `caregiver`, `grid_worker`, `volunteer`, `community_doctor`, ….
    pub role: String,
    /// Their family name; absent of a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// It is whoever looks.
    #[serde(default)]
    pub you: bool,
}

/// Somebody who is on the way or there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ComingDto {
    #[serde(flatten)]
    pub who: WhoDto,
    /// They lead; the others stand by.
    pub lead: bool,
    /// `accepted`, `en_route`, `arrived`, `inside`, `done`.
    #[schema(value_type = String)]
    pub stage: Stage,
    /// When they will be at the door, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub eta_at: Option<Timestamp>,
}

/// One line of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `opened`, `again`, `asking`, `coming`, `left`, `at_door`, `not_there_yet`, `with_elder`, `no_entry`, `replaced`,
    /// `street`, `voice`, `referred`, `over`, `reopened`, `you_said`, `urged` (somebody else of the family did), `you_asked` (whether they
    /// know), `you_cannot`, `unconfirmed` (nobody of the family has confirmed), `file_opened` (of a guardian alone).
    pub what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<WhoDto>,
    /// Of `voice`: what the elder said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub voice: Option<Voice>,
    /// Of `referred`: 120, 110 or 119.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub agency: Option<Agency>,
    /// Of `over`: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    /// Of `you_said`: what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub said: Option<FamilyWord>,
    /// Of `file_opened`: what, as `door`, `health`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub parts: Vec<FilePart>,
    /// Of `file_opened`: to whom, by role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub role: Option<Role>,
}

/// A case as the family sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyCaseDto {
    #[schema(value_type = String)]
    pub id: CaseId,
    /// `sos`, `fall`, …; `check` where the kind itself would tell of health.
    pub kind: String,
    #[schema(value_type = dto::StateWord)]
    pub state: State,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    /// What the elder said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub voice: Option<Voice>,
    /// Somebody was with the elder.
    pub contact: bool,
    /// Nobody opened.
    pub no_entry: bool,
    /// Who leads first.
    pub coming: Vec<ComingDto>,
    /// Oldest first.
    pub lines: Vec<LineDto>,
    /// What whoever looks has said: `seen`, `going`, `false_alarm`, `urge`.
    #[schema(value_type = Vec<String>)]
    pub said: Vec<FamilyWord>,
    /// Whether the centre can be reminded; absent: there is nothing to remind it of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urge: Option<UrgeDto>,
}

/// Reminding the centre: the limits are of the whole family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UrgeDto {
    /// When anybody of the family did, oldest first.
    #[schema(value_type = Vec<String>)]
    pub at: Vec<Timestamp>,
    /// How often it can still be done.
    pub left: u32,
    /// Not before.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
}

/// Whether a case is about this elder or home, and of those that families hear of.
pub(super) fn is_theirs(case: &Case, elder: ElderId, household: HouseholdId) -> bool {
    let about = match case.subject {
        Subject::Elder(id) => id == elder,
        Subject::Household(id) => id == household,
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
    };
    about && family_hears(case)
}

pub(super) fn kind_for(kind: Kind, level: ContactLevel) -> String {
    match kind {
        Kind::Vital if level < ContactLevel::Health => "check".to_owned(),
        kind => kind.as_str().to_owned(),
    }
}

fn who(app: &App, id: ResponderId, me: Option<ResponderId>) -> WhoDto {
    let found = app.picture.responder(id);
    let unit = found.as_ref().is_some_and(|it| it.party_size > 1);
    WhoDto {
        role: found.as_ref().map_or("helper", |it| it.kind.as_str()).to_owned(),
        family_name: found
            .filter(|_| !unit)
            .map(|it| family_name(&it.name).to_owned())
            .filter(|it| !it.is_empty()),
        you: me == Some(id),
    }
}

/// Who is on the way or there, whoever leads first.
pub(super) fn coming(app: &App, case: &Case, me: Option<ResponderId>) -> Vec<ComingDto> {
    if !matches!(case.state, State::Ringing | State::Engaged | State::OnScene) {
        return vec![];
    }
    let mut all: Vec<ComingDto> = case
        .assignments
        .iter()
        .filter(|it| matches!(it.place, Place::Lead | Place::Backup))
        .map(|it| ComingDto {
            who: who(app, it.responder, me),
            lead: it.place == Place::Lead,
            stage: it.stage,
            eta_at: it.eta_at,
        })
        .collect();
    all.sort_by_key(|it| !it.lead);
    all
}

/// A case for one of the family, with its log.
pub(super) fn family_case(app: &App, me: &FamilyMember, view: &CaseView, log: &[Record]) -> FamilyCaseDto {
    let case = &*view.case;
    FamilyCaseDto {
        id: case.id,
        kind: kind_for(case.kind, me.level),
        state: case.state,
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        outcome: case.outcome,
        voice: case.voice,
        contact: case.contact,
        no_entry: case.no_entry,
        coming: coming(app, case, me.responder),
        lines: lines(log, |id| who(app, id, me.responder), me),
        said: case
            .family
            .iter()
            .filter(|it| it.contact == me.contact)
            .map(|it| it.said)
            .collect(),
        urge: case.urging().map(|it| UrgeDto {
            at: case.urges().map(|it| it.at).collect(),
            left: u32::try_from(it.left).unwrap_or(u32::MAX),
            from: it.from,
        }),
    }
}

/// What of a log is told, oldest first.
fn lines(log: &[Record], who: impl Fn(ResponderId) -> WhoDto, me: &FamilyMember) -> Vec<LineDto> {
    let mut told = Vec::new();
    let (mut asked, mut lead, mut ended) = (false, None, None);
    for record in log {
        let line = |what: &str| LineDto {
            at: record.at,
            what: what.to_owned(),
            who: None,
            voice: None,
            agency: None,
            outcome: None,
            said: None,
            parts: vec![],
            role: None,
        };
        let of = |what: &str, id: ResponderId| LineDto {
            who: Some(who(id)),
            ..line(what)
        };
        let is_lead = |id: &ResponderId| lead == Some(*id);
        let next = match &record.event {
            Event::Opened { .. } => Some(line("opened")),
            Event::Joined { .. } => Some(line("again")),
            Event::Offered { .. } if !asked => {
                asked = true;
                Some(line("asking"))
            }
            Event::LeadChosen { responder, .. } => {
                lead = Some(*responder);
                Some(of("coming", *responder))
            }
            Event::LeadLost { .. } => {
                lead = None;
                Some(line("replaced"))
            }
            Event::Departed { responder, .. } if is_lead(responder) => Some(of("left", *responder)),
            Event::Arrived { responder } => Some(of("at_door", *responder)),
            Event::ArrivalUndone { responder } => Some(of("not_there_yet", *responder)),
            Event::ContactMade { responder, near: true } => Some(of("with_elder", *responder)),
            Event::NoEntry { .. } => Some(line("no_entry")),
            Event::TierRaised { tier: Tier::Street } => Some(line("street")),
            Event::VoiceResult { result } => Some(LineDto {
                voice: Some(*result),
                ..line("voice")
            }),
            Event::Referred { to, .. } if matches!(to, Agency::Ambulance | Agency::Police | Agency::Fire) => {
                Some(LineDto {
                    agency: Some(*to),
                    ..line("referred")
                })
            }
            Event::Resolved { outcome, .. } | Event::Closed { outcome, .. } => {
                // Resolved and closed alike is one end.
                let news = ended != Some(*outcome);
                ended = Some(*outcome);
                news.then(|| LineDto {
                    outcome: Some(*outcome),
                    ..line("over")
                })
            }
            Event::Reopened { .. } => {
                (asked, lead, ended) = (false, None, None);
                Some(line("reopened"))
            }
            Event::FamilySaid { contact, said } if *contact == me.contact => Some(LineDto {
                said: Some(*said),
                ..line("you_said")
            }),
            Event::FamilySaid {
                said: FamilyWord::Urge, ..
            } => Some(line("urged")),
            Event::FamilyAsked { contact, .. } if *contact == me.contact => Some(line("you_asked")),
            Event::FamilyCannot { contact } if *contact == me.contact => Some(line("you_cannot")),
            Event::FamilyUnconfirmed { .. } => Some(line("unconfirmed")),
            Event::FileOpened { elder, parts, role, .. } if me.guardian && *elder == me.elder => Some(LineDto {
                parts: parts.clone(),
                role: Some(*role),
                ..line("file_opened")
            }),
            _ => None,
        };
        told.extend(next);
    }
    told
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::case::Author;
    use crate::ids::{ContactId, FamilyDeviceId, OfferId};
    use crate::store::FamilyDevice;

    fn me() -> FamilyMember {
        let (elder, contact) = (ElderId::new(Uuid::from_u128(1)), ContactId::new(Uuid::from_u128(2)));
        let at = Timestamp::UNIX_EPOCH;
        FamilyMember {
            device: FamilyDevice {
                id: FamilyDeviceId::new(Uuid::from_u128(3)),
                elder,
                contact,
                about: String::new(),
                made_at: at,
                seen_at: at,
                expires_at: at,
                revoked_at: None,
            },
            elder,
            household: HouseholdId::new(Uuid::from_u128(4)),
            contact,
            level: ContactLevel::Status,
            guardian: false,
            responder: None,
        }
    }

    #[test]
    fn of_a_log_the_family_reads_what_is_theirs_in_order_and_each_end_once() {
        let (a, b) = (
            ResponderId::new(Uuid::from_u128(10)),
            ResponderId::new(Uuid::from_u128(11)),
        );
        let said = |contact| Event::FamilySaid {
            contact,
            said: FamilyWord::Seen,
        };
        let eta_s = None;
        let log: Vec<Record> = [
            Event::Taken,
            Event::Accepted {
                offer: OfferId::new(Uuid::from_u128(5)),
                responder: b,
                eta_s,
                backup: false,
            },
            Event::LeadChosen {
                responder: a,
                backups: vec![b],
                stood_down: vec![],
                why: vec![],
            },
            Event::Departed { responder: b, eta_s },
            Event::Departed { responder: a, eta_s },
            said(ContactId::new(Uuid::from_u128(99))),
            said(me().contact),
            Event::Referred {
                referral: crate::ids::ReferralId::new(Uuid::from_u128(6)),
                to: Agency::PoliceGrid,
                reason: None,
            },
            Event::ContactMade {
                responder: a,
                near: false,
            },
            Event::ContactMade {
                responder: a,
                near: true,
            },
            Event::Resolved {
                outcome: Outcome::Helped,
                reason: None,
            },
            Event::Closed {
                outcome: Outcome::Helped,
                proof: crate::case::Proof::OnScene,
                follow_up: None,
            },
        ]
        .into_iter()
        .zip(0..)
        .map(|(event, second)| Record {
            at: Timestamp::from_second(second).unwrap(),
            by: Author::System,
            done_at: None,
            event,
            clocks: vec![],
        })
        .collect();
        let who = |_| WhoDto {
            role: "volunteer".to_owned(),
            family_name: None,
            you: false,
        };
        let told = lines(&log, who, &me());
        let words: Vec<&str> = told.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(words, ["coming", "left", "you_said", "with_elder", "over"]);
        assert!(told.is_sorted_by_key(|it| it.at));
    }

    #[test]
    fn a_reading_is_for_who_may_know_of_health() {
        assert_eq!(kind_for(Kind::Vital, ContactLevel::History), "check");
        assert_eq!(kind_for(Kind::Vital, ContactLevel::Health), "vital");
        assert_eq!(kind_for(Kind::Fall, ContactLevel::Status), "fall");
    }
}
