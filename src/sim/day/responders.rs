//! Responders: they notice offers, say yes, no or nothing, set out, move along the road, arrive, help, and are done.

use std::sync::Arc;

use super::Stage;
use super::table::{CHECK_IN_EVERY_S, DOOR, ON_THE_WAY_EVERY_S};
use crate::case::{Assignment, Author, Command, DeclineReason, OfferState, Stage as Progress, State};
use crate::circle::{Point, Reach};
use crate::ids::{CaseId, OfferId, ResponderId};
use crate::people::{Fix, Tier};
use crate::sim::rates::{Answer, Journey, Manner};
use crate::store::cases::CaseView;

/// A phone outdoors: the radius of its fixes, metres.
const ACCURACY_M: f32 = 8.0;

impl Stage {
    /// Somebody has an offer before them.
    pub(super) async fn answer(self: Arc<Self>, case: CaseId, number: Arc<str>, offer: OfferId, who: ResponderId) {
        let Some(person) = self.app.picture.responder(who) else {
            return;
        };
        let manner = Manner::of(person.kind);
        let mut dice = self.dice(&format!("offer {number} {}", person.code));
        let by = Author::Responder(who);
        if !self.wait(DOOR.receives_s).await {
            return;
        }
        self.ask(case, Command::Received { offer, by_call: false }, by).await;
        // In the opening nobody below the street answers, and the street does: the case is to be seen climbing.
        let answer = match (self.known().unanswered.contains(&case), person.tier) {
            (false, _) => manner.answer(&mut dice),
            (true, Tier::Home | Tier::Grid) => Answer::Silent,
            (true, Tier::Street) => Answer::Accepts {
                after_s: manner.answer_median_s,
            },
        };
        let (after_s, yes) = match answer {
            Answer::Accepts { after_s } => (after_s, true),
            Answer::Declines { after_s } => (after_s, false),
            Answer::Silent => return,
        };
        if !self.wait(after_s).await {
            return;
        }
        let Some(view) = self.case(case).await else { return };
        let Some(made) = view.case.offers.iter().find(|it| it.id == offer) else {
            return;
        };
        let late_and_wanted = made.state == OfferState::Ended && view.case.lead().is_none();
        if !view.case.state.may_be_joined() || !(made.state == OfferState::Open || late_and_wanted) {
            return;
        }
        let command = if yes {
            let eta_s = self.app.field.eta_s(case, who).await;
            Command::Accept { offer, by: who, eta_s }
        } else {
            let far = made.candidate.reach == Reach::Outside;
            let reason = if far {
                DeclineReason::TooFar
            } else {
                DeclineReason::Busy
            };
            Command::Decline { offer, by: who, reason }
        };
        self.ask(case, command, by).await;
    }

    /// Somebody who said yes, or was sent.
    pub(super) async fn go(self: Arc<Self>, case: CaseId, number: Arc<str>, who: ResponderId) {
        self.travel_and_help(case, &number, who).await;
    }

    async fn travel_and_help(&self, case: CaseId, number: &str, who: ResponderId) -> Option<()> {
        let person = self.app.picture.responder(who)?;
        let mut dice = self.dice(&format!("journey {number} {}", person.code));
        let by = Author::Responder(who);
        let (stage, _) = self.still_coming(case, who).await?;
        if stage < Progress::Arrived {
            let (depart_s, slowness, share, says_so) = match Manner::of(person.kind).journey(&mut dice) {
                Journey::WalksOff => return None,
                Journey::GivesUp { depart_s, share } => (depart_s, 1.0, share, false),
                Journey::Arrives {
                    depart_s,
                    slowness,
                    says_so,
                } => (depart_s, slowness, 1.0, says_so),
            };
            if stage < Progress::EnRoute && !self.wait(depart_s).await {
                return None;
            }
            self.travel(case, who, slowness, share).await?;
            if share < 1.0 {
                return None;
            }
            if says_so {
                self.ask(case, Command::Arrive { by: who }, by).await;
            }
        }
        let (stage, _) = self.still_coming(case, who).await?;
        if stage < Progress::Inside {
            if !self.wait(5.0 + dice.exponential(DOOR.contact_mean_s)).await {
                return None;
            }
            self.still_coming(case, who).await?;
            if dice.chance(DOOR.no_entry) {
                self.ask(case, Command::NoEntry { by: who }, by).await;
                if !self.wait(dice.exponential(DOOR.key_mean_s)).await {
                    return None;
                }
                self.still_coming(case, who).await?;
            }
            self.ask(case, Command::ContactMade { by: who, near: true }, by).await;
        }
        // The sign of life is due by the service's clock, which knows no pace.
        let mut left_s = (20.0 + dice.exponential(DOOR.inside_mean_s)) / self.plan.pace;
        while left_s > 0.0 {
            let step = left_s.min(CHECK_IN_EVERY_S);
            if !self.wait_real(step).await {
                return None;
            }
            left_s -= step;
            self.still_coming(case, who).await?;
            if left_s > 0.0 {
                self.ask(case, Command::CheckIn { by: who }, by).await;
            }
        }
        self.ask(case, Command::Done { by: who }, by).await;
        Some(())
    }

    /// How far they have come, while they are wanted and nobody has taken their phone in hand.
    async fn still_coming(&self, case: CaseId, who: ResponderId) -> Option<(Progress, CaseView)> {
        if self.is_held(who) {
            return None;
        }
        let view = self.case(case).await?;
        let wanted = matches!(view.case.state, State::Ringing | State::Engaged | State::OnScene);
        let stage = view
            .case
            .assignment(who)
            .filter(|it| Assignment::is_active(it))
            .map(|it| it.stage)?;
        (wanted && stage < Progress::Done).then_some((stage, view))
    }

    /// Along the road to the door, a position every few seconds. `None`: not wanted any more, or no way.
    async fn travel(&self, case: CaseId, who: ResponderId, slowness: f64, share: f64) -> Option<()> {
        let (_, view) = self.still_coming(case, who).await?;
        let to = *self.app.field.destinations(&view).await.first()?;
        let (mode, from) = self.app.field.with_live(|live| live.get(who))?;
        let trip = self.app.ground.load().travel(from, to, mode)?;
        let all_s = f64::from(trip.seconds.max(5)) * slowness / self.plan.pace;
        let eta_s = Some((f64::from(trip.seconds) * slowness).round() as u32);
        self.ask(case, Command::Depart { by: who, eta_s }, Author::Responder(who))
            .await;
        let mut gone_s = 0.0;
        while gone_s < all_s * share {
            let step = ON_THE_WAY_EVERY_S.min(all_s * share - gone_s);
            if !self.wait_real(step.max(0.2)).await {
                return None;
            }
            gone_s += step.max(0.2);
            self.stand_at(who, along(&trip.line, gone_s / all_s)).await;
            self.still_coming(case, who).await?;
        }
        Some(())
    }

    /// The phone tells where it is.
    pub(super) async fn stand_at(&self, who: ResponderId, point: Option<Point>) {
        let Some(point) = point.filter(|_| !self.is_held(who)) else {
            return;
        };
        let fix = Fix {
            point,
            at: self.app.clock.now(),
            accuracy_m: Some(ACCURACY_M),
        };
        if let Err(error) = self.app.field.position(who, fix).await {
            tracing::debug!(responder.id = %who, %error, "a position was not taken");
        }
    }
}

/// The point at a share of a line's length; the end from 1 on.
pub(super) fn along(line: &[Point], share: f64) -> Option<Point> {
    let length: f64 = line.windows(2).map(|it| it[0].distance_m(it[1])).sum();
    let mut left = length * share.clamp(0.0, 1.0);
    for pair in line.windows(2) {
        let piece = pair[0].distance_m(pair[1]);
        if left <= piece && piece > 0.0 {
            let part = left / piece;
            let between = |a: f64, b: f64| a + (b - a) * part;
            return Point::new(
                between(pair[0].lat(), pair[1].lat()),
                between(pair[0].lon(), pair[1].lon()),
            )
            .ok();
        }
        left -= piece;
    }
    line.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_half_way_along_a_line_has_half_its_length_behind() {
        let at = |lat, lon| Point::new(lat, lon).unwrap();
        let line = [at(39.38, 117.06), at(39.38, 117.07), at(39.39, 117.07)];
        let length = line[0].distance_m(line[1]) + line[1].distance_m(line[2]);
        let half = along(&line, 0.5).unwrap();
        let behind = line[0].distance_m(line[1]) + line[1].distance_m(half);
        assert!((behind - length / 2.0).abs() < 1.0, "{behind} of {length}");
        assert_eq!(along(&line, 0.0), Some(line[0]));
        assert_eq!(along(&line, 7.0), Some(line[2]));
        assert_eq!(along(&line[..1], 0.3), Some(line[0]));
        assert_eq!(along(&[], 0.3), None);
    }
}
