//! What the people at the desk and at the door do in the simulated day: the part of the table that [`crate::sim::rates`] does
//! not have. All of it is assumed; a street replaces it with its own figures.

use crate::case::{FalseReason, Kind};

/// How the simulated desk works. Times are seconds, before the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeskManner {
    /// From the bell until the case is taken, on average.
    pub takes_mean_s: f64,
    /// From taking until the elder has been spoken with, on average.
    pub speaks_mean_s: f64,
    /// From "fine" until the second tap.
    pub second_tap_s: f64,
    /// Until the elder is called again when there was no clear answer.
    pub again_s: f64,
    /// From contact at the door, or the end of the situation, until the case is closed, on average.
    pub closes_mean_s: f64,
    /// Until a technical or service case is done, on average.
    pub errand_mean_s: f64,
    /// Until another body acknowledges.
    pub acknowledges_s: f64,
    /// The share of calls for help that is left to whoever sits at the console.
    pub left_to_people: f64,
    /// For how long it is left to them.
    pub left_for_s: f64,
}

/// The desk of the demo.
pub const DESK: DeskManner = DeskManner {
    takes_mean_s: 12.0,
    speaks_mean_s: 18.0,
    second_tap_s: 6.0,
    again_s: 120.0,
    closes_mean_s: 60.0,
    errand_mean_s: 600.0,
    acknowledges_s: 25.0,
    left_to_people: 0.3,
    left_for_s: 900.0,
};

/// How things go at the door. Times are seconds, before the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoorManner {
    /// From the offer on the screen until the phone says so.
    pub receives_s: f64,
    /// From the door until somebody is with the elder, on average.
    pub contact_mean_s: f64,
    /// The share of doors that nobody opens.
    pub no_entry: f64,
    /// From "nobody opens" until the door is open all the same, on average.
    pub key_mean_s: f64,
    /// With the elder, on average.
    pub inside_mean_s: f64,
}

/// The doors of the demo.
pub const DOOR: DoorManner = DoorManner {
    receives_s: 1.0,
    contact_mean_s: 25.0,
    no_entry: 0.05,
    key_mean_s: 90.0,
    inside_mean_s: 240.0,
};

/// Seconds of real time between positions of somebody on the way, whatever the pace.
pub const ON_THE_WAY_EVERY_S: f64 = 5.0;
/// Seconds of real time between signs of life on the scene: the service's own clock is never scaled.
pub const CHECK_IN_EVERY_S: f64 = 240.0;
/// Metres around the base within which somebody on duty walks about.
pub const ROUND_M: f64 = 350.0;
/// How much slower than on the way somebody walks about.
pub const ROUND_SLOWNESS: f64 = 2.5;

/// What it mostly was when nothing was wrong.
pub const fn usual_reason(kind: Kind) -> FalseReason {
    match kind {
        Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide => FalseReason::Cooking,
        Kind::Inactivity | Kind::Offline | Kind::Geofence | Kind::MissedVisit => FalseReason::WentOut,
        Kind::WaterLeak => FalseReason::Cleaning,
        Kind::DeviceFault
        | Kind::LowBattery
        | Kind::Tamper
        | Kind::LinkLoss
        | Kind::PowerLoss
        | Kind::Outage
        | Kind::SelfCheck
        | Kind::Vital => FalseReason::DeviceFault,
        Kind::Sos
        | Kind::Fall
        | Kind::Duress
        | Kind::ServiceRequest
        | Kind::AreaAlert
        | Kind::FollowUp
        | Kind::WelfareReview
        | Kind::Unknown => FalseReason::MisPress,
    }
}
