//! Which partners are told of a case, and of what in it: a beginning, something more, or that it was nothing.
//!
//! Whether a partner was told before follows from the case alone ([`PartnerRule::wants`] of the case before): tiers only rise, kinds
//! and referrals only grow.

use std::collections::BTreeSet;

use crate::case::{Case, Event, Kind, Lane, NoticeKind, Outcome, Record, State};
use crate::people::Tier;
use crate::people::words::words;

words! {
    /// From when a partner is told of a case.
    PartnerFrom ("partner's beginning") {
        /// From its opening.
        Opened = "opened",
        /// When the street owns it.
        Street = "street",
        /// When it was referred to another body.
        Referred = "referred",
    }
}

/// Of which cases a partner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRule {
    /// From when.
    pub from: PartnerFrom,
    /// Of which kinds; none: of every call for help.
    pub kinds: Option<BTreeSet<Kind>>,
}

impl PartnerRule {
    /// Whether the partner knows, or should know, of a case that stands so.
    pub fn wants(&self, case: &Case) -> bool {
        let of_kind = match &self.kinds {
            Some(kinds) => case.kinds.iter().any(|it| kinds.contains(it)),
            None => case.lane == Lane::Help,
        };
        let far_enough = match self.from {
            PartnerFrom::Opened => true,
            PartnerFrom::Street => case.tier == Tier::Street,
            PartnerFrom::Referred => !case.referrals.is_empty(),
        };
        of_kind && far_enough && !case.drill && !case.is_test() && case.kind != Kind::SelfCheck
    }

    /// What the partner is told of a decision; none: nothing. After a suspected death nobody is told anything by itself.
    pub fn notice(&self, before: Option<&Case>, after: &Case, records: &[Record]) -> Option<NoticeKind> {
        if !self.wants(after) || after.outcome == Some(Outcome::SuspectedDeath) {
            return None;
        }
        let Some(before) = before.filter(|it| self.wants(it)) else {
            return Some(NoticeKind::PartnerAlert);
        };
        let runs = |it: &Case| !matches!(it.state, State::Resolved | State::Closed);
        match (runs(before), runs(after)) {
            (true, false) if after.outcome.is_some_and(was_nothing) => Some(NoticeKind::PartnerCancel),
            (true, false) => Some(NoticeKind::PartnerUpdate),
            // What was taken back begins anew.
            (false, true) if before.outcome.is_some_and(was_nothing) => Some(NoticeKind::PartnerAlert),
            (false, true) => Some(NoticeKind::PartnerUpdate),
            (true, true) => records
                .iter()
                .any(|it| is_news(&it.event))
                .then_some(NoticeKind::PartnerUpdate),
            (false, false) => None,
        }
    }
}

/// Nothing had happened.
pub const fn was_nothing(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::FalseAlarm | Outcome::FineByVoice | Outcome::DeviceFault | Outcome::WarningOver
    )
}

/// What another body wants to know of: how serious it is, who owns it, who is there, who else was asked.
const fn is_news(event: &Event) -> bool {
    matches!(
        event,
        Event::Joined { .. }
            | Event::SeverityChanged { .. }
            | Event::TierRaised { .. }
            | Event::LeadChosen { .. }
            | Event::Arrived { .. }
            | Event::ContactMade { .. }
            | Event::NoEntry { .. }
            | Event::DoorLate
            | Event::Referred { .. }
            | Event::ReferralAcknowledged { .. }
            | Event::Warned { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::case::{self, Alert, Author, Command, Context, Decision, Opening, PlanSet, Severity, Subject};
    use crate::ids::{AlertId, CaseId, ElderId, ReferralId};

    struct Run {
        case: Case,
        plan: Arc<case::Plan>,
        s: i64,
    }

    impl Run {
        fn open(kind: Kind) -> (Self, Decision) {
            let set: PlanSet = toml::from_str(include_str!("../case/plans/yangcun-7.toml")).unwrap();
            let plan = Arc::new(set.plan_for(kind, &[crate::people::Need::General].into(), 12));
            let alert = Alert {
                id: AlertId::new(Uuid::from_u128(1)),
                kind,
                severity: kind.severity(),
                late: false,
                voice_path: false,
            };
            let opening = Opening {
                case: CaseId::new(Uuid::from_u128(2)),
                alert,
                subject: Subject::Elder(ElderId::new(Uuid::from_u128(3))),
                lane: kind.lane(),
                part: None,
                linked: None,
                inside: vec![],
                drill: false,
                wishing: None,
                turn_at: None,
            };
            let it = case::open(&opening, &plan, Author::System, Timestamp::UNIX_EPOCH);
            let case = it.case.clone();
            (Self { case, plan, s: 0 }, it)
        }

        fn tells(&mut self, rule: &PartnerRule, s: i64, command: &Command) -> Option<&'static str> {
            self.s += s;
            let context = Context {
                now: Timestamp::from_second(self.s).unwrap(),
                by: Author::System,
                plan: &self.plan,
                alert_plan: None,
                busy: &|_| false,
                family: &|_, _| vec![],
            };
            let done = case::decide(&self.case, command, &context).unwrap();
            let told = rule.notice(Some(&self.case), &done.case, &done.records);
            self.case = done.case;
            told.map(NoticeKind::as_str)
        }
    }

    fn rule(from: PartnerFrom) -> PartnerRule {
        PartnerRule { from, kinds: None }
    }

    #[test]
    fn a_partner_hears_of_a_beginning_of_more_and_of_the_end() {
        let street = rule(PartnerFrom::Street);
        let (mut it, opened) = Run::open(Kind::Smoke);
        assert_eq!(
            street.notice(None, &opened.case, &opened.records),
            None,
            "not the street's yet"
        );
        let early = rule(PartnerFrom::Opened).notice(None, &opened.case, &opened.records);
        assert_eq!(early, Some(NoticeKind::PartnerAlert));
        assert_eq!(
            it.tells(&street, 60, &Command::LookAgain),
            Some("partner_alert"),
            "the street owns it"
        );
        assert_eq!(it.tells(&street, 1, &Command::LookAgain), None, "said twice");
        let note = Command::Note {
            note: crate::ids::NoteId::new(Uuid::from_u128(4)),
        };
        assert_eq!(it.tells(&street, 1, &note), None, "a note is nobody else's");
        let referral = ReferralId::new(Uuid::from_u128(5));
        let to = case::words::Agency::Fire;
        let referred = rule(PartnerFrom::Referred);
        assert!(!referred.wants(&it.case));
        assert_eq!(
            it.tells(&street, 1, &Command::Refer { referral, to }),
            Some("partner_update")
        );
        assert!(referred.wants(&it.case));
        it.tells(&street, 1, &Command::AcknowledgeReferral { referral, note: None });
        let nothing = Command::Resolve {
            outcome: Outcome::FalseAlarm,
        };
        assert_eq!(it.tells(&street, 1, &nothing), Some("partner_cancel"));
        let reason = crate::ids::NoteId::new(Uuid::from_u128(6));
        assert_eq!(
            it.tells(&street, 1, &Command::Reopen { reason }),
            Some("partner_alert"),
            "what was taken back"
        );
        let helped = Command::Resolve {
            outcome: Outcome::Helped,
        };
        assert_eq!(it.tells(&street, 1, &helped), Some("partner_update"));
        let reason = crate::ids::NoteId::new(Uuid::from_u128(7));
        assert_eq!(
            it.tells(&street, 1, &Command::Reopen { reason }),
            Some("partner_update")
        );
        let death = Command::Resolve {
            outcome: Outcome::SuspectedDeath,
        };
        assert_eq!(it.tells(&street, 1, &death), None, "frozen");
    }

    #[test]
    fn only_the_kinds_that_were_asked_for_and_nothing_in_practice() {
        let fire = PartnerRule {
            from: PartnerFrom::Opened,
            kinds: Some([Kind::Smoke].into()),
        };
        let (_, sos) = Run::open(Kind::Sos);
        assert!(!fire.wants(&sos.case) && rule(PartnerFrom::Opened).wants(&sos.case));
        let (_, smoke) = Run::open(Kind::Smoke);
        assert!(fire.wants(&smoke.case));
        let practice = Case {
            drill: true,
            ..smoke.case.clone()
        };
        assert!(!fire.wants(&practice));
        let (_, low) = Run::open(Kind::LowBattery);
        assert_eq!(low.case.severity, Severity::Technical);
        assert!(!rule(PartnerFrom::Opened).wants(&low.case), "no call for help");
    }
}
