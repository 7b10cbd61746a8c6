//! The code lists of SCAIP and what the desk makes of them: type of device (`dty`) and status (`stc`) become a kind of alert, the end of
//! a state, a mark or nothing at all. A status that no list has is an alarm.
//!
//! The standard is sold; the lists are those of an open implementation (caruhome/scaip-gateway, `spec.py`), with its slip: 0049 is
//! missing there and 0050 has two names.

use crate::case::{Kind, Lane};

/// What a message says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Somebody needs help, or something is the matter that no list explains.
    Help(Kind),
    /// Something is the matter with the unit or its link.
    Technical(Kind),
    /// That is over.
    Over(Kind),
    /// The unit takes its call back, or has been put back: a mark, a person closes.
    Cancel,
    /// Staff are there, have taken it or are gone: told beside the case.
    Presence,
    /// A state or a test: heard, no alarm.
    State,
}

/// A status that means "alarm" to a bridge in the field where a unit sends none.
pub const MANUAL_ALARM: u16 = 10;

/// What type of device and status mean together. Without a status it is an alarm.
pub fn means(device: Option<u16>, status: Option<u16>) -> Means {
    use Kind::{DeviceFault, Inactivity, LinkLoss, LowBattery, PowerLoss, Tamper, Unknown};
    use Means::{Cancel, Help, Over, Presence, State, Technical};
    match status.unwrap_or(MANUAL_ALARM) {
        // Automatic and manual alarm, alert, assistance.
        9..=11 | 110 => alarm(of_device(device)),
        // Activated, active, high: of what guards against a danger it is the alarm.
        6 | 7 | 46 if guards(device) => alarm(of_device(device)),
        // Nothing has moved for too long.
        104 if matches!(device, Some(10 | 18)) => Help(Inactivity),
        // Open or closed too long, pill not taken, time-out, trespass, unauthorised: no kind of ours, and no less an alarm.
        22 | 77 | 81 | 104 | 106 | 107 => Help(Unknown),
        2 | 19 | 92 | 93 | 94 | 111 => Cancel,
        3 | 4 | 5 | 87 | 88 | 109 | 121 => Presence,
        14 | 16 => Technical(LowBattery),
        15 | 20 => Over(LowBattery),
        85 => Technical(PowerLoss),
        86 => Over(PowerLoss),
        23..=27 | 31 | 73 => Technical(LinkLoss),
        75 | 112..=116 => Over(LinkLoss),
        125 => Technical(Tamper),
        32..=40 | 42..=45 | 52 | 63 | 65..=68 | 95 | 105 | 122 | 123 => Technical(DeviceFault),
        124 => Over(DeviceFault),
        // Levels, too high, too low, rising fast: of something that measures.
        46 | 53..=61 | 64 | 100 | 101 | 126 => alarm(match of_device(device) {
            Kind::Sos | Kind::Fall | Inactivity => Unknown,
            kind => kind,
        }),
        // States and tests.
        1 | 6 | 7 | 8 | 12 | 13 | 17 | 18 | 21 | 28..=30 | 41 | 47..=51 | 62 | 69..=72 | 74 | 76 | 78..=80 => State,
        82..=84 | 89..=91 | 96..=99 | 102 | 103 | 108 | 117..=120 | 127 => State,
        _ => Help(Unknown),
    }
}

/// An alarm of this kind; what guards the unit itself is technical.
fn alarm(kind: Kind) -> Means {
    match kind.lane() {
        Lane::Technical => Means::Technical(kind),
        Lane::Help | Lane::Service => Means::Help(kind),
    }
}

/// The kind of an alarm by what has sent it.
fn of_device(device: Option<u16>) -> Kind {
    match device {
        Some(5 | 30) => Kind::Fall,
        Some(21) => Kind::Gas,
        Some(23 | 25 | 37 | 47) => Kind::Smoke,
        Some(26) => Kind::CarbonMonoxide,
        Some(33 | 34) => Kind::WaterLeak,
        Some(15 | 29) => Kind::Geofence,
        Some(10 | 18) => Kind::Inactivity,
        Some(19) => Kind::Vital,
        Some(38) => Kind::Tamper,
        // Bed, mat, chair, door, pills, wet bed, climate: something is the matter, and the words beside it say what.
        Some(11..=14 | 16 | 20 | 24 | 36 | 44) => Kind::Unknown,
        // A trigger that somebody has pressed, or whatever else calls.
        _ => Kind::Sos,
    }
}

/// Whether an active state of this device is a danger by itself.
const fn guards(device: Option<u16>) -> bool {
    matches!(
        device,
        Some(3 | 4 | 5 | 6 | 7 | 17 | 21 | 23 | 25 | 26 | 27 | 30 | 33 | 34 | 37 | 46 | 47)
    )
}

/// What happened, in the words of the lists: `fall detector: automatic alarm`.
pub fn said(device: Option<u16>, status: Option<u16>) -> String {
    let word = |list: &[(u16, &'static str)], code: u16| list.iter().find(|it| it.0 == code).map(|it| it.1);
    let name = |list, code: Option<u16>, none: &str| match code {
        Some(code) => word(list, code).map_or_else(|| format!("{code:04}"), str::to_owned),
        None => none.to_owned(),
    };
    format!(
        "{}: {}",
        name(DEVICES, device, "unnamed device"),
        name(STATUSES, status, "alarm")
    )
}

/// The code of a word that a dialect writes in place of it.
pub fn code_of(field: &str, word: &str) -> Option<u16> {
    let bare: String = word
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect();
    let list = match field {
        "dty" => DEVICES,
        "stc" if bare == "alarm" => return Some(MANUAL_ALARM),
        "stc" => STATUSES,
        _ => return None,
    };
    let same = |name: &str| name.bytes().filter(u8::is_ascii_alphanumeric).eq(bare.bytes());
    list.iter().find(|it| same(it.1)).map(|it| it.0)
}

const DEVICES: &[(u16, &str)] = &[
    (0, "unknown"),
    (1, "undefined"),
    (2, "home unit"),
    (3, "personal trigger"),
    (4, "fixed trigger"),
    (5, "fall detector"),
    (6, "personal attack"),
    (7, "panic button"),
    (8, "remote duty switch"),
    (9, "local duty switch"),
    (10, "activity"),
    (11, "pill dispenser"),
    (12, "bed"),
    (13, "mat"),
    (14, "door"),
    (15, "wandering"),
    (16, "enuresis"),
    (17, "epilepsy"),
    (18, "occupancy"),
    (19, "heart rate"),
    (20, "environment"),
    (21, "gas"),
    (22, "lighting circuit"),
    (23, "smoke"),
    (24, "heating"),
    (25, "heat"),
    (26, "carbon monoxide"),
    (27, "bogus caller"),
    (28, "intruder"),
    (29, "boundary"),
    (30, "man down"),
    (31, "system monitor"),
    (32, "link monitor"),
    (33, "flood"),
    (34, "bath"),
    (35, "latch key"),
    (36, "perimeter"),
    (37, "sprinkler"),
    (38, "tamper"),
    (39, "printer"),
    (40, "router"),
    (41, "dc supply"),
    (43, "access control"),
    (44, "chair"),
    (45, "controller"),
    (46, "lift alarm"),
    (47, "fire alarm"),
    (48, "local unit"),
    (49, "monitoring device"),
    (50, "radio unit"),
    (51, "tracker"),
];

const STATUSES: &[(u16, &str)] = &[
    (2, "abort"),
    (3, "absent"),
    (4, "accepted"),
    (5, "acknowledge"),
    (6, "activated"),
    (7, "active"),
    (9, "automatic alarm"),
    (10, "manual alarm"),
    (11, "alert"),
    (12, "armed"),
    (13, "assigned"),
    (14, "battery failure"),
    (15, "battery ok"),
    (16, "low battery"),
    (17, "busy"),
    (18, "bypass on"),
    (19, "cancel"),
    (20, "charged"),
    (21, "closed"),
    (22, "closed too long"),
    (23, "ip lost"),
    (24, "mobile network lost"),
    (25, "phone line lost"),
    (26, "primary link lost"),
    (27, "second link lost"),
    (30, "disarmed"),
    (31, "disconnected"),
    (42, "failure"),
    (46, "high"),
    (52, "jammed"),
    (63, "loss"),
    (64, "low"),
    (65, "maintenance"),
    (66, "urgent maintenance"),
    (67, "malfunction"),
    (68, "memory full"),
    (69, "not active"),
    (70, "normal"),
    (71, "occupied"),
    (72, "off"),
    (73, "offline"),
    (74, "on"),
    (75, "online"),
    (76, "open"),
    (77, "open too long"),
    (81, "pill not taken"),
    (82, "pill reminder"),
    (83, "pill taken"),
    (85, "power failure"),
    (86, "power restored"),
    (87, "planned presence"),
    (88, "presence after alarm"),
    (89, "privacy"),
    (92, "automatic reset"),
    (93, "manual reset"),
    (94, "restoral"),
    (95, "radio interference"),
    (100, "temperature high"),
    (101, "temperature low"),
    (102, "test on the first channel"),
    (103, "test on the second channel"),
    (104, "time-out"),
    (105, "trouble"),
    (106, "trespass"),
    (107, "unauthorised access"),
    (109, "verified"),
    (110, "assistance"),
    (111, "intervention complete"),
    (112, "ip back"),
    (113, "mobile network back"),
    (114, "phone line back"),
    (115, "primary link back"),
    (116, "second link back"),
    (117, "lying in bed"),
    (119, "movement"),
    (120, "occupancy"),
    (121, "present"),
    (122, "interference"),
    (123, "radio test missing"),
    (124, "radio test back"),
    (125, "tamper"),
    (126, "rate of rise"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_the_list_is_what_the_desk_makes_of_it() {
        use Means::{Cancel, Help, Over, Presence, State, Technical};
        for (device, status, wanted) in [
            (Some(3), Some(10), Help(Kind::Sos)),
            (Some(3), None, Help(Kind::Sos)),
            (None, None, Help(Kind::Sos)),
            (Some(5), Some(9), Help(Kind::Fall)),
            (Some(10), Some(9), Help(Kind::Inactivity)),
            (Some(10), Some(104), Help(Kind::Inactivity)),
            (Some(21), Some(7), Help(Kind::Gas)),
            (Some(23), Some(6), Help(Kind::Smoke)),
            (Some(23), Some(100), Help(Kind::Smoke)),
            (Some(2), Some(7), State),
            (Some(2), Some(100), Help(Kind::Unknown)),
            (Some(11), Some(81), Help(Kind::Unknown)),
            (Some(26), Some(9), Help(Kind::CarbonMonoxide)),
            (Some(33), Some(9), Help(Kind::WaterLeak)),
            (Some(15), Some(10), Help(Kind::Geofence)),
            (Some(3), Some(16), Technical(Kind::LowBattery)),
            (Some(3), Some(15), Over(Kind::LowBattery)),
            (Some(2), Some(85), Technical(Kind::PowerLoss)),
            (Some(2), Some(113), Over(Kind::LinkLoss)),
            (Some(2), Some(125), Technical(Kind::Tamper)),
            (Some(38), Some(9), Technical(Kind::Tamper)),
            (Some(50), Some(52), Technical(Kind::DeviceFault)),
            (Some(5), Some(93), Cancel),
            (Some(5), Some(19), Cancel),
            (Some(2), Some(88), Presence),
            (Some(2), Some(70), State),
            (Some(2), Some(102), State),
            // In no list: an alarm.
            (Some(3), Some(128), Help(Kind::Unknown)),
            (Some(3), Some(9_999), Help(Kind::Unknown)),
            (Some(999), Some(10), Help(Kind::Sos)),
        ] {
            assert_eq!(means(device, status), wanted, "dty {device:?} stc {status:?}");
        }
    }

    #[test]
    fn what_calls_for_help_is_of_the_lane_of_help_and_what_is_technical_never() {
        for device in (0..60).map(Some).chain([None]) {
            for status in (0..140).map(Some).chain([None]) {
                match means(device, status) {
                    Means::Help(kind) => assert_eq!(kind.lane(), Lane::Help, "{device:?} {status:?}"),
                    Means::Technical(kind) | Means::Over(kind) => {
                        assert_eq!(kind.lane(), Lane::Technical, "{device:?} {status:?}");
                    }
                    Means::Cancel | Means::Presence | Means::State => {}
                }
            }
        }
    }

    #[test]
    fn codes_have_their_words_and_words_their_codes() {
        assert_eq!(said(Some(5), Some(9)), "fall detector: automatic alarm");
        assert_eq!(said(Some(77), Some(128)), "0077: 0128");
        assert_eq!(said(None, None), "unnamed device: alarm");
        for (field, word, code) in [
            ("dty", "fixedTrigger", Some(4)),
            ("dty", "Panic-Button", Some(7)),
            ("stc", "alarm", Some(10)),
            ("stc", "lowBattery", Some(16)),
            ("stc", "restoral", Some(94)),
            ("stc", "", None),
            ("lco", "kitchen", None),
        ] {
            assert_eq!(code_of(field, word), code, "{word}");
        }
    }
}
