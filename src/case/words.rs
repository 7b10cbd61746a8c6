//! The words of a case: kinds, lanes, severities, states, and who may be its subject.

use serde::{Deserialize, Serialize};

use crate::ids::{AreaId, CallId, ContactId, DeviceId, ElderId, HouseholdId, ResponderId, UserId};

use crate::people::Carrier;
pub use crate::people::UnknownWord;
use crate::people::words::words;

words! {
    /// What an alert says has happened. A word that we do not know is kept beside the alert and counts as [`Kind::Unknown`].
    Kind ("kind of alert") {
        Sos = "sos",
        Fall = "fall",
        Smoke = "smoke",
        Gas = "gas",
        CarbonMonoxide = "co",
        /// A responder pressed the silent key.
        Duress = "duress",
        Inactivity = "inactivity",
        Offline = "offline",
        Vital = "vital",
        /// A person with dementia left the fence.
        Geofence = "geofence",
        WaterLeak = "water_leak",
        /// A planned visit that did not take place.
        MissedVisit = "missed_visit",
        DeviceFault = "device_fault",
        LowBattery = "low_battery",
        Tamper = "tamper",
        LinkLoss = "link_loss",
        PowerLoss = "power_loss",
        /// Many devices of one area or carrier are dark at once. No alert says so; the supervision opens it.
        Outage = "outage",
        /// A town, a weather or a fire service warns of something in an area. No device says so; the warning opens it.
        AreaAlert = "area_alert",
        /// The service's own alarm, by which it knows that alarms come through. About nobody, seen by nobody.
        SelfCheck = "self_check",
        ServiceRequest = "service_request",
        /// A look after a real case that is closed (回访). No alert says so; the closing opens it.
        FollowUp = "follow_up",
        /// A look after somebody who called three times within a day. No alert says so.
        WelfareReview = "welfare_review",
        Unknown = "unknown",
    }
}

impl Kind {
    /// The lane a case of this kind runs in: calls for help are never mixed with technical signals.
    pub const fn lane(self) -> Lane {
        match self {
            Kind::DeviceFault
            | Kind::LowBattery
            | Kind::Tamper
            | Kind::LinkLoss
            | Kind::PowerLoss
            | Kind::Outage
            | Kind::SelfCheck => Lane::Technical,
            Kind::ServiceRequest | Kind::FollowUp | Kind::WelfareReview | Kind::AreaAlert => Lane::Service,
            Kind::Sos
            | Kind::Fall
            | Kind::Smoke
            | Kind::Gas
            | Kind::CarbonMonoxide
            | Kind::Duress
            | Kind::Inactivity
            | Kind::Offline
            | Kind::Vital
            | Kind::Geofence
            | Kind::WaterLeak
            | Kind::MissedVisit
            | Kind::Unknown => Lane::Help,
        }
    }

    /// How serious an alert of this kind is until something says otherwise. Unknown is alarm.
    pub const fn severity(self) -> Severity {
        match self {
            Kind::Sos | Kind::Fall | Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide | Kind::Duress => {
                Severity::Critical
            }
            Kind::Inactivity
            | Kind::Offline
            | Kind::Vital
            | Kind::Geofence
            | Kind::WaterLeak
            | Kind::MissedVisit
            | Kind::Unknown => Severity::Urgent,
            Kind::ServiceRequest | Kind::FollowUp | Kind::WelfareReview | Kind::AreaAlert => Severity::Routine,
            Kind::DeviceFault
            | Kind::LowBattery
            | Kind::Tamper
            | Kind::LinkLoss
            | Kind::PowerLoss
            | Kind::Outage
            | Kind::SelfCheck => Severity::Technical,
        }
    }

    /// Opened by ourselves after a case or a run of cases, never by an alert: ends with a result, and no alert joins it.
    pub const fn is_aftercare(self) -> bool {
        matches!(self, Kind::FollowUp | Kind::WelfareReview)
    }

    /// Opened by ourselves and never by an alert, whoever says the word.
    pub const fn is_own(self) -> bool {
        self.is_aftercare() || matches!(self, Kind::Outage | Kind::AreaAlert)
    }

    /// Smoke, gas and carbon monoxide endanger everybody in the home: one case for the household.
    pub const fn concerns_household(self) -> bool {
        matches!(self, Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide)
    }

    /// May be closed only with proof of contact or a second person's look.
    pub const fn needs_proof(self) -> bool {
        matches!(
            self,
            Kind::Sos | Kind::Fall | Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide | Kind::Duress | Kind::Unknown
        )
    }

    /// A sensor's inference about a person: may wait resolved, "review due", until the morning.
    pub const fn may_wait_for_review(self) -> bool {
        matches!(
            self,
            Kind::Inactivity | Kind::Offline | Kind::Vital | Kind::Geofence | Kind::WaterLeak | Kind::MissedVisit
        )
    }
}

words! {
    /// Lanes never mix.
    Lane ("lane") {
        Help = "help",
        Service = "service",
        Technical = "technical",
    }
}

words! {
    /// How serious, in rising order.
    Severity ("severity") {
        Technical = "technical",
        Routine = "routine",
        Urgent = "urgent",
        Critical = "critical",
    }
}

words! {
    /// The life of a case.
    State ("case state") {
        /// Nobody leads yet.
        Ringing = "ringing",
        /// Somebody leads and is not there yet.
        Engaged = "engaged",
        /// Somebody has arrived.
        OnScene = "on_scene",
        /// The situation is over, the paperwork is not.
        Resolved = "resolved",
        /// Done; nothing is due any more.
        Closed = "closed",
    }
}

impl State {
    /// Whether something may still be due.
    pub const fn is_open(self) -> bool {
        !matches!(self, State::Closed)
    }
    /// Whether a new alert of the same subject joins this case instead of opening a linked one.
    pub const fn may_be_joined(self) -> bool {
        matches!(self, State::Ringing | State::Engaged)
    }
}

words! {
    /// What the elder said, or did not say.
    Voice ("voice result") {
        Fine = "fine",
        NeedsHelp = "needs_help",
        NoAnswer = "no_answer",
        Unclear = "unclear",
        NotTheElder = "not_the_elder",
    }
}

impl Voice {
    /// The elder was heard.
    pub const fn is_contact(self) -> bool {
        matches!(self, Voice::Fine | Voice::NeedsHelp)
    }
}

words! {
    /// Who else was asked to take part.
    Agency ("agency") {
        Ambulance = "120",
        Police = "110",
        Fire = "119",
        PoliceGrid = "police_grid",
        /// The level above the street; the owning tier stays `street`.
        District = "district",
    }
}

words! {
    /// How the sheet of a case went over to another body.
    SheetWay ("way of a sheet") {
        /// By voice.
        ReadOut = "read_out",
        /// On paper.
        Printed = "printed",
        /// By a way of the desk's own.
        Sent = "sent",
        /// By the line to the district, which has acknowledged it. The line says so, and nobody else.
        Line = "line",
    }
}

words! {
    /// What another body answers to a hand-over.
    ReferralAnswer ("answer to a hand-over") {
        /// They have it, and nothing more yet.
        Acknowledged = "acknowledged",
        /// What they advise; the street goes on with it.
        Advice = "advice",
        /// They do what was asked for. The tier stays `street`: the case is closed where it was opened.
        Taken = "taken",
        /// They do not, and say why.
        Declined = "declined",
    }
}

words! {
    /// How a case ended.
    Outcome ("outcome") {
        /// Somebody was helped at the door or inside.
        Helped = "helped",
        /// Handed over to 120, 110, 119 or another body.
        HandedOver = "handed_over",
        /// Nothing was wrong.
        FalseAlarm = "false_alarm",
        /// The elder was reached by voice and needs nothing.
        FineByVoice = "fine_by_voice",
        /// The device was the matter.
        DeviceFault = "device_fault",
        /// A request for service was done.
        ServiceDone = "service_done",
        /// A request for service was taken back.
        ServiceCancelled = "service_cancelled",
        /// The person is believed dead: every automatic message is frozen, the duty leader phones.
        SuspectedDeath = "suspected_death",
        /// A follow-up or a welfare review has a result.
        FollowedUp = "followed_up",
        /// A follow-up had three tries and reached nobody.
        NotReached = "not_reached",
        /// A warning was taken back, or has run out.
        WarningOver = "warning_over",
    }
}

impl Outcome {
    /// Something had happened: whoever it happened to is looked after within 24 hours. After a suspected death nobody is asked
    /// how it was.
    pub const fn is_real(self) -> bool {
        match self {
            Outcome::Helped | Outcome::HandedOver | Outcome::ServiceDone => true,
            Outcome::FalseAlarm
            | Outcome::FineByVoice
            | Outcome::DeviceFault
            | Outcome::ServiceCancelled
            | Outcome::SuspectedDeath
            | Outcome::FollowedUp
            | Outcome::NotReached
            | Outcome::WarningOver => false,
        }
    }
}

words! {
    /// What a follow-up or a welfare review has found.
    Aftercare ("result of a follow-up") {
        /// They are well and need nothing.
        Well = "well",
        /// They need a service: a request of its own.
        NeedsService = "needs_service",
        /// They need help now: an alert of its own.
        NeedsHelp = "needs_help",
        /// They do not want to be asked.
        Declined = "declined",
        /// Nobody was reached: a try.
        NotReached = "not_reached",
    }
}

words! {
    /// How somebody was asked in a follow-up, or was tried to be.
    AskedBy ("way of asking") {
        Phone = "phone",
        Visit = "visit",
        Message = "message",
    }
}

words! {
    /// Who answered a follow-up.
    AskedWhom ("who answered") {
        Elder = "elder",
        Family = "family",
    }
}

words! {
    /// How satisfied they are with the help that came (满意率): asked once.
    Satisfaction ("satisfaction") {
        /// 满意.
        Satisfied = "satisfied",
        /// 基本满意.
        Mostly = "mostly_satisfied",
        /// 不满意.
        Dissatisfied = "dissatisfied",
    }
}

words! {
    /// Why an alarm was false.
    FalseReason ("reason of a false alarm") {
        MisPress = "mis_press",
        WentOut = "went_out",
        Cleaning = "cleaning",
        Cooking = "cooking",
        Test = "test",
        DeviceFault = "device_fault",
    }
}

words! {
    /// By what right a photo was taken in somebody's home. Without one none is kept.
    PhotoConsent ("consent to a photo") {
        /// The elder agreed.
        Agreed = "agreed",
        /// A door was forced, which wants evidence of how things were found.
        ForcedEntry = "forced_entry",
    }
}

words! {
    /// What of an elder may be opened in an emergency and is shut otherwise.
    FilePart ("part of a file") {
        /// How one gets in: door code, key box, keys.
        Door = "door",
        /// Illnesses, allergies, medication.
        Health = "health",
        /// A photo that was taken in the home without a yes.
        Photo = "photo",
    }
}

words! {
    /// What somebody of the family says on their own page. Each is a mark for the desk: none stops or resets a clock, none closes.
    FamilyWord ("word of the family") {
        /// "I know."
        Seen = "seen",
        /// "I am going there too."
        Going = "going",
        /// "I spoke with them: it is a false alarm."
        FalseAlarm = "false_alarm",
        /// "How is it getting on?" (催办): rings the desk once more, within the limits of [`super::urge`].
        Urge = "urge",
    }
}

words! {
    /// Why a responder cannot come. Fixed words: free text would be personal data in the log.
    DeclineReason ("reason to decline") {
        Busy = "busy",
        TooFar = "too_far",
        NotAble = "not_able",
        OffDuty = "off_duty",
    }
}

/// Whom or what a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// A person.
    Elder(ElderId),
    /// The people of one home.
    Household(HouseholdId),
    /// A device without a person.
    Device(DeviceId),
    /// An area: many at once.
    Area(AreaId),
    /// A responder: the silent duress key.
    Responder(ResponderId),
    /// A valid signal of nobody we know, told apart by its sender.
    Unknown(DeviceId),
}

impl Subject {
    /// The elder, where the subject is one.
    pub const fn elder(self) -> Option<ElderId> {
        match self {
            Subject::Elder(id) => Some(id),
            _ => None,
        }
    }
    /// A text that is the same for the same subject and different for every other: part of the join key.
    pub fn key(self) -> String {
        match self {
            Subject::Elder(id) => id.to_string(),
            Subject::Household(id) => id.to_string(),
            Subject::Device(id) => id.to_string(),
            Subject::Area(id) => id.to_string(),
            Subject::Responder(id) => id.to_string(),
            Subject::Unknown(id) => format!("unknown_{id}"),
        }
    }
}

/// Which part of its subject a technical case is about, where it is about one: each part and fault has a case of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Part {
    /// One device of theirs.
    Device(DeviceId),
    /// The devices of an area that use one network.
    Carrier(Carrier),
    /// A device that somebody is testing: what it says is meant for whoever tests it.
    Test(DeviceId),
}

impl Part {
    /// A text that is the same for the same part and different for every other: part of the join key.
    pub fn key(self) -> String {
        match self {
            Part::Device(id) => id.to_string(),
            Part::Carrier(it) => it.to_string(),
            Part::Test(id) => format!("test {id}"),
        }
    }
    /// The device, where the part is one.
    pub const fn device(self) -> Option<DeviceId> {
        match self {
            Part::Device(id) | Part::Test(id) => Some(id),
            Part::Carrier(_) => None,
        }
    }
}

/// Who caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Author {
    /// A deadline of the case, or a worker of ours.
    System,
    /// A terminal or sensor.
    Device(DeviceId),
    /// Somebody signed in at a desk.
    User(UserId),
    /// Somebody who was asked to come.
    Responder(ResponderId),
    /// Somebody of the elder's family, on the page that they were invited to.
    Family(ContactId),
    /// An automatic call: what somebody has pressed, or that nobody did. The call's own record is the proof.
    Call(CallId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse::<Kind>(), Ok(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{kind}\""));
        }
        let wrong = "SOS!".parse::<Kind>().unwrap_err();
        assert!(wrong.to_string().contains("known are sos, fall"), "{wrong}");
    }

    #[test]
    fn technical_signals_never_share_a_lane_with_calls_for_help() {
        for kind in Kind::ALL {
            assert_eq!(
                kind.lane() == Lane::Technical,
                kind.severity() == Severity::Technical,
                "{kind}"
            );
        }
        assert!(Severity::Critical > Severity::Urgent && Severity::Urgent > Severity::Routine);
    }
}
