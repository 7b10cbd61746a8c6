//! The simulated desk: takes, speaks with the elder, dismisses false alarms with two taps, closes with proof. It leaves a
//! share of the calls to whoever sits at the console, and keeps its hands off whatever they have touched.

use std::sync::Arc;

use super::Stage;
use super::table::{DESK, usual_reason};
use crate::case::{Aftercare, Author, Case, Command, Lane, Outcome, Proof, Stage as Progress, State, Voice};
use crate::ids::CaseId;
use crate::sim::Dice;
use crate::sim::rates;

/// Seconds between looks at a case, before the pace.
const LOOK_S: f64 = 5.0;

impl Stage {
    pub(super) async fn sit_at_desk(self: Arc<Self>, case: CaseId, number: Arc<str>) {
        let mut dice = self.dice(&format!("desk {number}"));
        // The case is seen before its sender has heard that it was opened, and only the sender knows what is behind it.
        if self.wait_real(1.0).await {
            self.work_on(case, &mut dice).await;
        }
    }

    /// The case as long as it is open and nobody else's.
    async fn mine(&self, id: CaseId) -> Option<Arc<Case>> {
        if self.stop.is_cancelled() || self.known().touched.contains(&id) {
            return None;
        }
        let case = self.case(id).await?.case;
        let ours = case.taken_by.is_none_or(|it| it == self.plan.desk);
        (ours && case.state != State::Closed).then_some(case)
    }

    async fn work_on(&self, id: CaseId, dice: &mut Dice) -> Option<()> {
        let by = Author::User(self.plan.desk);
        let first = self.mine(id).await?;
        let left = dice.chance(DESK.left_to_people) || self.known().unanswered.contains(&id);
        let first_wait = match first.lane {
            Lane::Technical | Lane::Service => dice.exponential(DESK.errand_mean_s),
            Lane::Help if left => DESK.left_for_s,
            Lane::Help => 3.0 + dice.exponential(DESK.takes_mean_s),
        };
        if !self.wait(first_wait).await {
            return None;
        }
        // What was behind a case of before a restart is forgotten: the table says how likely it was.
        let known = self.known().real.get(&id).copied();
        let share = rates::ALERTS
            .iter()
            .find(|it| it.kind == first.kind)
            .map_or(0.5, |it| it.real_share);
        let real = known.unwrap_or_else(|| dice.chance(share));
        loop {
            let case = self.mine(id).await?;
            for it in case.referrals.iter().filter(|it| it.waits()) {
                let referral = it.id;
                if !self.wait(DESK.acknowledges_s).await {
                    return None;
                }
                self.ask(id, Command::AcknowledgeReferral { referral, note: None }, by)
                    .await;
            }
            if case.kind.is_aftercare() {
                let result = Aftercare::Well;
                self.ask(id, Command::FollowUp { result }, by).await;
            } else if case.lane != Lane::Help {
                let outcome = match case.lane {
                    Lane::Service => Outcome::ServiceDone,
                    Lane::Technical | Lane::Help => Outcome::DeviceFault,
                };
                let proof = Proof::None;
                let outcome = Some(outcome);
                self.ask(id, Command::Close { outcome, proof }, by).await;
            } else if case.state == State::Resolved {
                if !self.wait(dice.exponential(DESK.closes_mean_s)).await {
                    return None;
                }
                self.mine(id).await?;
                let proof = standing_proof(&case);
                self.ask(id, Command::Close { outcome: None, proof }, by).await;
            } else if case.contact {
                let working = |it: &crate::case::Assignment| it.is_active() && it.stage < Progress::Done;
                if !case.assignments.iter().any(working) {
                    if !self.wait(dice.exponential(DESK.closes_mean_s)).await {
                        return None;
                    }
                    self.mine(id).await?;
                    let outcome = Some(if real { Outcome::Helped } else { Outcome::FalseAlarm });
                    let proof = Proof::OnScene;
                    self.ask(id, Command::Close { outcome, proof }, by).await;
                }
            } else {
                if case.taken_by.is_none() {
                    self.ask(id, Command::Take, by).await;
                }
                // With help on the way and a clear word from the elder there is nothing more to ask.
                let settled = case.voice == Some(Voice::NeedsHelp) && case.lead().is_some();
                if !settled {
                    let until = if case.voice.is_none() {
                        3.0 + dice.exponential(DESK.speaks_mean_s)
                    } else {
                        DESK.again_s
                    };
                    if !self.wait(until).await {
                        return None;
                    }
                    let now = self.mine(id).await?;
                    if !now.contact && matches!(now.state, State::Ringing | State::Engaged) {
                        self.speak(id, &now, real, dice).await?;
                    }
                }
            }
            if !self.wait(LOOK_S).await {
                return None;
            }
        }
    }

    /// Speaks with the elder; "fine" takes a second tap to close.
    async fn speak(&self, id: CaseId, case: &Case, real: bool, dice: &mut Dice) -> Option<()> {
        let by = Author::User(self.plan.desk);
        let result = rates::voice(real, dice);
        self.ask(id, Command::VoiceResult { result }, by).await;
        if result == Voice::Fine {
            if !self.wait(DESK.second_tap_s).await {
                return None;
            }
            self.mine(id).await?;
            let reason = usual_reason(case.kind);
            self.ask(id, Command::FalseAlarm { reason }, by).await;
        }
        Some(())
    }
}

/// The proof that a case holds itself.
fn standing_proof(case: &Case) -> Proof {
    if case.contact {
        Proof::OnScene
    } else if case.voice.is_some_and(Voice::is_contact) {
        Proof::VoiceContact
    } else {
        Proof::None
    }
}
