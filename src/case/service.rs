//! A request for service: what is wished, in which station's hands it is, when it is to be done, and how it was.
//!
//! ```text
//!           ask a station            confirm                       done
//!   wished ---------------> asked -----------> agreed ------------------> done, then rated
//!     ^  ^------- decline ----'  '-propose-> proposed --agree--^
//!     '---------- another wish, another station --------------'
//!
//! from each of these: cancel -> cancelled
//! ```
//!
//! It runs in its own lane by its own clocks: a station that does not answer and an agreed time that has passed are shown on the
//! desk's list. It makes no sound, asks no responder by itself and takes nobody from who calls for help.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Draft, Refusal, seconds_after, whole_micros};
use super::record::{ClockSet, Event, maybe_micros};
use super::state::{Case, Clock, ClockKind};
use super::words::{Kind, Lane, Outcome, State};
use crate::circle::{Mode, Reach};
use crate::ids::{CaseId, StationId};
use crate::people::words::words;
use crate::people::{ServiceKind, ServiceWay};

/// The worst and the best that somebody says of a service.
pub const RATINGS: std::ops::RangeInclusive<u8> = 1..=5;

/// A station answers within this where its plan does not say otherwise, seconds.
pub const STATION_S: u32 = 1_800;

/// Stations that have declined one request and are remembered.
const DECLINED_MAX: usize = 64;

words! {
    /// How far a request for service has come.
    ServiceStage ("stage of a service") {
        /// In no station's hands.
        Wished = "wished",
        /// A station was asked.
        Asked = "asked",
        /// It has proposed a time.
        Proposed = "proposed",
        /// There is a time.
        Agreed = "agreed",
        /// It was done.
        Done = "done",
        /// It will not be done.
        Cancelled = "cancelled",
    }
}

words! {
    /// Why a request comes to nothing. Fixed words, as those of a station.
    CancelReason ("reason of a cancellation") {
        /// The elder does not want it any more.
        NotWanted = "not_wanted",
        /// They have it from somebody else.
        Otherwise = "otherwise",
        /// No station can.
        NoStation = "no_station",
        /// It was opened by mistake.
        Mistake = "mistake",
    }
}

words! {
    /// Why a station cannot. Fixed words: free text would be personal data in the log.
    StationReason ("reason of a station") {
        Closed = "closed",
        Full = "full",
        NoStaff = "no_staff",
        TooFar = "too_far",
        NotGiven = "not_given",
    }
}

/// What is wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Which service.
    pub service: ServiceKind,
    /// Who goes to whom.
    pub way: ServiceWay,
    /// Not before; none: as soon as it can be.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Not after.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A station as the routing saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationAsk {
    /// Which.
    pub station: StationId,
    /// Travel time in the direction of the wish, whole seconds; none: nobody knows one of the two places.
    pub seconds: Option<u32>,
    /// Travel distance, whole metres.
    pub meters: Option<u32>,
    /// How whoever travels does.
    pub mode: Mode,
    /// From a straight line, not from roads.
    pub estimated: bool,
    /// `inside`, `edge` or `outside` of the circle.
    pub reach: Reach,
}

/// What a request begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishing {
    /// What is wished.
    pub wish: Wish,
    /// The station that is asked at once.
    pub asked: Option<StationAsk>,
    /// Where none is asked: the nearest outside the circle.
    pub nearest: Option<StationAsk>,
}

/// What a station says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum StationAnswer {
    /// Yes, at this time.
    Confirm {
        #[serde(with = "super::record::micros")]
        at: Timestamp,
    },
    /// No.
    Decline { reason: StationReason },
    /// Yes, but at another time: somebody asks the elder.
    Propose {
        #[serde(with = "super::record::micros")]
        at: Timestamp,
    },
}

/// A request as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// What is wished.
    pub wish: Wish,
    /// How far it has come.
    pub stage: ServiceStage,
    /// In whose hands it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationAsk>,
    /// It did not answer in time; its answer still counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// The time that is proposed or agreed.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The agreed time has passed and nobody said that it was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// No station of the circle fits; the nearest outside of it, where there is one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside_circle: bool,
    /// As above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<StationAsk>,
    /// Those that have said no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<StationId>,
    /// How the elder found it, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// The call for help that it was turned into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<CaseId>,
}

impl Service {
    /// It was taken back.
    pub fn is_cancelled(&self) -> bool {
        self.stage == ServiceStage::Cancelled
    }

    pub(super) const fn of(wish: Wish) -> Self {
        Self {
            wish,
            stage: ServiceStage::Wished,
            station: None,
            silent: false,
            at: None,
            overdue: false,
            outside_circle: false,
            nearest: None,
            declined: Vec::new(),
            rating: None,
            help: None,
        }
    }
}

impl Case {
    /// Puts one of the events of a request into effect.
    pub(super) fn evolve_service(&mut self, event: &Event) {
        if let Event::ServiceWished { wish } = event {
            // Whoever wishes for something else may ask those again that could not do the first.
            let help = self.service.as_ref().and_then(|it| it.help);
            self.service = Some(Service {
                help,
                ..Service::of(*wish)
            });
            return;
        }
        let Some(it) = &mut self.service else { return };
        match event {
            Event::StationAsked { ask } => {
                it.stage = ServiceStage::Asked;
                it.station = Some(*ask);
                it.silent = false;
                it.at = None;
                it.overdue = false;
                it.outside_circle = false;
                it.nearest = None;
            }
            Event::NoStation { nearest } => {
                it.stage = ServiceStage::Wished;
                it.station = None;
                it.outside_circle = true;
                it.nearest = *nearest;
            }
            Event::StationSaid { station, said } => {
                it.silent = false;
                match said {
                    StationAnswer::Confirm { at } => {
                        it.stage = ServiceStage::Agreed;
                        it.at = Some(*at);
                        it.overdue = false;
                    }
                    StationAnswer::Propose { at } => {
                        it.stage = ServiceStage::Proposed;
                        it.at = Some(*at);
                    }
                    StationAnswer::Decline { .. } => {
                        it.stage = ServiceStage::Wished;
                        it.station = None;
                        it.at = None;
                        it.overdue = false;
                        if it.declined.len() < DECLINED_MAX && !it.declined.contains(station) {
                            it.declined.push(*station);
                        }
                    }
                }
            }
            Event::TimeAgreed { at } => {
                it.stage = ServiceStage::Agreed;
                it.at = Some(*at);
            }
            Event::StationSilent { .. } => it.silent = true,
            Event::ServiceOverdue => it.overdue = true,
            Event::ServiceDone { .. } => {
                it.stage = ServiceStage::Done;
                it.overdue = false;
            }
            Event::ServiceCancelled { .. } => {
                it.stage = ServiceStage::Cancelled;
                it.silent = false;
                it.overdue = false;
            }
            Event::ServiceRated { rating } => it.rating = Some(*rating),
            Event::TurnedToHelp { case } => it.help = Some(*case),
            Event::Reopened { .. } => {
                *it = Service {
                    help: it.help,
                    ..Service::of(it.wish)
                }
            }
            _ => {}
        }
    }
}

impl Draft<'_> {
    /// The wish with which a request was opened, and the station that is asked with it.
    pub(super) fn begin_request(&mut self, wishing: &Wishing) {
        let done = self.wish(&wishing.wish).and_then(|()| match wishing.asked {
            Some(ask) => self.ask_station(&ask),
            None => self.no_station(wishing.nearest),
        });
        debug_assert!(done.is_ok(), "a request that was just opened takes its wish: {done:?}");
    }

    fn want_request(&self) -> Result<(), Refusal> {
        if self.case.lane == Lane::Service && self.case.kind == Kind::ServiceRequest {
            Ok(())
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// The request, open, with a wish.
    fn want_wished(&self) -> Result<Service, Refusal> {
        self.want_request()?;
        self.want_open()?;
        self.case.service.clone().ok_or(Refusal::NotNow)
    }

    /// What the elder wishes. Another wish begins anew; the same said twice is one.
    pub(super) fn wish(&mut self, wish: &Wish) -> Result<(), Refusal> {
        self.want_request()?;
        self.want_open()?;
        if self.case.service.as_ref().is_some_and(|it| it.wish == *wish) {
            return Ok(());
        }
        // A station is looked for from here on: nobody else is asked by the ladder.
        let mut clocks = self.asking_steps_stop();
        clocks.extend(self.stops(&[ClockKind::Station, ClockKind::Appointment]));
        clocks.push(self.look_later());
        self.put(Event::ServiceWished { wish: *wish }, clocks);
        Ok(())
    }

    /// A station is asked. It takes the request out of the hands of another that was asked before.
    pub(super) fn ask_station(&mut self, ask: &StationAsk) -> Result<(), Refusal> {
        let service = self.want_wished()?;
        let same = service.station.is_some_and(|it| it.station == ask.station);
        if same && service.stage != ServiceStage::Wished {
            return Ok(());
        }
        let mut clocks = self.stops(&[ClockKind::Appointment]);
        clocks.push(self.until(ClockKind::Station, self.plan.limits.station_s.unwrap_or(STATION_S)));
        clocks.push(self.look_later());
        self.put(Event::StationAsked { ask: *ask }, clocks);
        Ok(())
    }

    /// No station of the circle fits.
    pub(super) fn no_station(&mut self, nearest: Option<StationAsk>) -> Result<(), Refusal> {
        let service = self.want_wished()?;
        if service.outside_circle && service.nearest == nearest {
            return Ok(());
        }
        let clocks = self.stops(&[ClockKind::Station, ClockKind::Appointment]);
        self.put(Event::NoStation { nearest }, clocks);
        self.ring_desk();
        Ok(())
    }

    /// The station in whose hands it is says something. Late is better than never.
    pub(super) fn station_says(&mut self, station: StationId, said: StationAnswer) -> Result<(), Refusal> {
        let service = self.want_wished()?;
        if service.station.is_none_or(|it| it.station != station) {
            return Err(Refusal::NotTheStation);
        }
        match said {
            StationAnswer::Confirm { at } => {
                let at = whole_micros(at);
                if service.stage == ServiceStage::Agreed && service.at == Some(at) {
                    return Ok(());
                }
                let clocks = self.appointment(at);
                let said = StationAnswer::Confirm { at };
                self.put(Event::StationSaid { station, said }, clocks);
            }
            StationAnswer::Propose { at } => {
                let at = whole_micros(at);
                if service.stage == ServiceStage::Proposed && service.at == Some(at) {
                    return Ok(());
                }
                let mut clocks = self.stops(&[ClockKind::Station, ClockKind::Appointment]);
                clocks.push(self.look_later());
                let said = StationAnswer::Propose { at };
                self.put(Event::StationSaid { station, said }, clocks);
                self.ring_desk();
            }
            StationAnswer::Decline { .. } => {
                let mut clocks = self.stops(&[ClockKind::Station, ClockKind::Appointment]);
                clocks.push(self.look_later());
                self.put(Event::StationSaid { station, said }, clocks);
                self.ring_desk();
            }
        }
        Ok(())
    }

    /// The elder agrees to the time that the station has proposed.
    pub(super) fn agree_time(&mut self) -> Result<(), Refusal> {
        let service = self.want_wished()?;
        match (service.stage, service.at) {
            (ServiceStage::Proposed, Some(at)) => {
                let clocks = self.appointment(at);
                self.put(Event::TimeAgreed { at }, clocks);
                Ok(())
            }
            (ServiceStage::Agreed, _) => Ok(()),
            _ => Err(Refusal::NotNow),
        }
    }

    /// The clocks of an agreed time: some while after it somebody must have said that it was done. Until then nobody is reminded.
    fn appointment(&self, at: Timestamp) -> Vec<ClockSet> {
        let latest = seconds_after(at.max(self.now), self.plan.limits.door_s);
        let mut clocks = self.stops(&[ClockKind::Station]);
        clocks.push(ClockSet::until(Clock::case(ClockKind::Appointment), latest));
        clocks.push(ClockSet::until(Clock::case(ClockKind::Look), latest));
        clocks
    }

    /// It was done: the request is over, and whoever wished for it may say how it was.
    pub(super) fn service_done(&mut self) -> Result<(), Refusal> {
        self.want_request()?;
        let Some(service) = self.case.service.clone() else {
            return Err(Refusal::NotNow);
        };
        if service.stage == ServiceStage::Done {
            return Ok(());
        }
        self.want_open()?;
        let Some(by) = service.station else {
            return Err(Refusal::NotNow); // nobody had it in hand: the desk closes it in its own words
        };
        self.put(Event::ServiceDone { station: by.station }, vec![]);
        self.finish_with(Outcome::ServiceDone);
        Ok(())
    }

    /// It will not be given: nobody waits for it any more.
    pub(super) fn cancel_service(&mut self, reason: CancelReason) -> Result<(), Refusal> {
        self.want_request()?;
        if self.case.service.as_ref().is_some_and(Service::is_cancelled) {
            return Ok(());
        }
        self.want_open()?;
        if self.case.service.is_none() {
            return Err(Refusal::NotNow); // the green key said nothing: the desk closes it in its own words
        }
        self.put(Event::ServiceCancelled { reason }, vec![]);
        self.finish_with(Outcome::ServiceCancelled);
        Ok(())
    }

    /// How the elder found it. The last word counts.
    pub(super) fn rate(&mut self, rating: u8) -> Result<(), Refusal> {
        self.want_request()?;
        let done = self.case.service.as_ref().filter(|it| it.stage == ServiceStage::Done);
        let Some(done) = done.filter(|_| matches!(self.case.state, State::Resolved | State::Closed)) else {
            return Err(Refusal::NotNow);
        };
        if !RATINGS.contains(&rating) {
            return Err(Refusal::NotNow);
        }
        if done.rating != Some(rating) {
            self.put(Event::ServiceRated { rating }, vec![]);
        }
        Ok(())
    }

    /// Somebody has read in it a call for help, which is a case of its own. The request goes on: they still have to eat.
    pub(super) fn turned_to_help(&mut self, help: CaseId) -> Result<(), Refusal> {
        self.want_request()?;
        if self.case.service.as_ref().is_some_and(|it| it.help == Some(help)) {
            return Ok(());
        }
        self.put(Event::TurnedToHelp { case: help }, vec![]);
        Ok(())
    }

    /// The station has not answered in its time.
    pub(super) fn station_silent(&mut self, clock: Clock) {
        match self.case.service.as_ref().and_then(|it| it.station) {
            Some(it) => {
                let station = it.station;
                self.put(Event::StationSilent { station }, vec![ClockSet::stop(clock)]);
                self.ring_desk();
            }
            None => self.stop(clock),
        }
    }

    /// The agreed time is long over.
    pub(super) fn service_overdue(&mut self, clock: Clock) {
        let again = ClockSet::until(clock, self.after(self.plan.limits.door_s));
        self.put(Event::ServiceOverdue, vec![again]);
        self.ring_desk();
    }
}
