//! Duty by the hour, and the rounds of those at work: their phones tell where they are.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Stage;
use super::responders::along;
use super::table::{ROUND_M, ROUND_SLOWNESS};
use crate::circle::Point;
use crate::ids::ResponderId;
use crate::people::{Responder, ResponderKind, on_duty_by_rota};
use crate::sim::Dice;
use crate::sim::rates::Manner;

/// Seconds between looks at the rota.
const ROTA_EVERY_S: f64 = 60.0;
/// No shift is longer than this.
const SHIFT_MAX: SignedDuration = SignedDuration::from_hours(36);
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// Somebody's round.
struct Round {
    line: Vec<Point>,
    /// Of the whole round, real time.
    seconds: f64,
    since: Timestamp,
    next: Timestamp,
    dice: Dice,
}

impl Stage {
    /// Puts people on and off duty as the rota says.
    pub(super) async fn keep_duty(self: Arc<Self>) {
        loop {
            let now = self.app.clock.now();
            let second = SignedDuration::from_secs(1);
            match self.app.store.shifts(now - SHIFT_MAX, now + second).await {
                Ok(rota) => self.set_duty(&rota.items, now).await,
                Err(error) => tracing::warn!(%error, "the simulator could not read the rota"),
            }
            if !self.wait_real(ROTA_EVERY_S).await {
                return;
            }
        }
    }

    async fn set_duty(&self, rota: &[crate::people::Shift], now: Timestamp) {
        if rota.is_empty() {
            return; // no rota: everybody stays as they are
        }
        for who in self.app.picture.responders() {
            let waits = self.plan.across_the_canal.is_some_and(|it| it.1 == who.id);
            let on = waits || on_duty_by_rota(rota, who.id, now);
            // Family has no shifts; whoever a person plays is at work for them.
            let fixed = who.kind == ResponderKind::Family
                || self.plan.played_by_people.contains(&who.id)
                || self.is_held(who.id);
            if fixed || on == who.duty.on {
                continue;
            }
            match self.app.store.set_duty(who.id, on, None, now).await {
                Ok(duty) => self.app.field.moved(Responder { duty, ..(*who).clone() }),
                Err(error) => tracing::warn!(responder.id = %who.id, %error, "duty was not written"),
            }
        }
    }

    /// Moves those at work about near their bases; not those whose phone is in somebody's hand.
    pub(super) async fn walk_about(self: Arc<Self>) {
        let mut rounds: HashMap<ResponderId, Round> = HashMap::new();
        while self.wait_real(1.0).await {
            let now = self.app.clock.now();
            let busy: Vec<ResponderId> = self.known().journeys.iter().map(|it| it.1).collect();
            for who in self.app.picture.responders() {
                let outdoors = !matches!(
                    who.kind,
                    ResponderKind::Family
                        | ResponderKind::CommunityDoctor
                        | ResponderKind::FirePost
                        | ResponderKind::CommunitySecretary
                        | ResponderKind::DutyLeader
                );
                let waits = self.plan.across_the_canal.is_some_and(|it| it.1 == who.id);
                if !who.duty.on || !outdoors || waits || busy.contains(&who.id) || self.is_held(who.id) {
                    rounds.remove(&who.id);
                    continue;
                }
                if let Some(point) = self.step(&mut rounds, &who, now) {
                    self.stand_at(who.id, Some(point)).await;
                }
            }
        }
    }

    /// Where somebody is now, when their phone is to say so.
    fn step(&self, rounds: &mut HashMap<ResponderId, Round>, who: &Responder, now: Timestamp) -> Option<Point> {
        let every = Manner::of(who.kind).position_every_s;
        let round = match rounds.entry(who.id) {
            std::collections::hash_map::Entry::Occupied(it) => it.into_mut(),
            std::collections::hash_map::Entry::Vacant(it) => {
                let mut dice = self.dice(&format!("round {} {}", who.code, self.started));
                // Not all phones speak in the same second.
                let next = now + SignedDuration::from_secs_f64(dice.between(0.0, every));
                it.insert(Round {
                    line: vec![],
                    seconds: 0.0,
                    since: now,
                    next,
                    dice,
                })
            }
        };
        if now < round.next {
            return None;
        }
        round.next = now + SignedDuration::from_secs_f64(every);
        let gone = now.duration_since(round.since).as_secs_f64();
        if round.line.is_empty() || gone >= round.seconds {
            let from = self
                .app
                .field
                .with_live(|live| live.get(who.id))
                .map(|it| it.1)
                .or(who.base)?;
            let to = near(who.base?, &mut round.dice)?;
            let trip = self.app.ground.load().travel(from, to, who.mode)?;
            round.seconds = f64::from(trip.seconds.max(1)) * ROUND_SLOWNESS;
            round.line = trip.line;
            round.since = now;
            return Some(from);
        }
        along(&round.line, gone / round.seconds)
    }
}

/// Some place within a round's reach of a base.
fn near(base: Point, dice: &mut Dice) -> Option<Point> {
    let (angle, far) = (
        dice.between(0.0, std::f64::consts::TAU),
        dice.between(0.2, 1.0) * ROUND_M,
    );
    let lat = base.lat() + far * angle.sin() / METRES_PER_DEGREE;
    let lon = base.lon() + far * angle.cos() / (METRES_PER_DEGREE * base.lat().to_radians().cos().max(0.01));
    Point::new(lat, lon).ok()
}
