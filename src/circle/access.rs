//! Tags become rules: which class a way is, who may use it in which direction, what stands in the way at a node.
//!
//! For every mode the most specific key that is present decides: a car asks `motorcar`, `motor_vehicle`, `vehicle`,
//! `access`; an e-bike `electric_bicycle`, `bicycle`, `vehicle`, `access`; a walker `foot`, `access`. A value may be
//! given for one direction (`bicycle:backward`).
//!
//! Two choices that an ordinary route planner makes otherwise:
//! - **private is open** (`private`, `residents`, `customers`, `permit`, `destination`, `delivery`): most elders of a
//!   Chinese street live in gated compounds whose roads are tagged so, and whoever comes to help is let in;
//! - **a gate is open** unless its tags say `no` or `locked=yes`.
//!
//! Conditional restrictions (`…:conditional`) are not read.

use roads::Tags;

use super::speeds::{Class, Mode};

/// What a way means for travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WayRules {
    pub class: Class,
    /// Modes that may go in the direction of the way.
    pub forward: u8,
    /// Modes that may go against it.
    pub backward: u8,
    /// Posted limit for cars, km/h; 0 = none.
    pub cap_kmh: u8,
}

/// The rules of a way; `None` if nobody of ours travels on it.
pub(crate) fn way_rules(tags: Tags<'_>) -> Option<WayRules> {
    let (class, by_default) = class_of(tags)?;
    let mut rules = WayRules {
        class,
        forward: 0,
        backward: 0,
        cap_kmh: cap_kmh(tags),
    };
    for mode in Mode::ALL {
        let (along, against) = directions(tags, class, mode);
        let default = by_default & mode.bit() != 0;
        if along && allowed(tags, mode, "forward").unwrap_or(default) {
            rules.forward |= mode.bit();
        }
        if against && allowed(tags, mode, "backward").unwrap_or(default) {
            rules.backward |= mode.bit();
        }
    }
    (rules.forward | rules.backward != 0).then_some(rules)
}

/// Class and the modes that may use it when no tag says otherwise.
fn class_of(tags: Tags<'_>) -> Option<(Class, u8)> {
    const CAR: u8 = Mode::Car.bit();
    const RIDE: u8 = Mode::Ebike.bit();
    const FOOT: u8 = Mode::Walk.bit();
    if tags.get("area") == Some("yes") && tags.get("highway") != Some("pedestrian") {
        return None;
    }
    let rides = ["bicycle", "electric_bicycle"]
        .iter()
        .any(|key| matches!(tags.get(key), Some("yes" | "designated" | "permissive" | "official")));
    Some(match tags.get("highway")? {
        "motorway" => (Class::Motorway, CAR),
        "motorway_link" => (Class::MotorwayLink, CAR),
        "trunk" => (Class::Trunk, CAR),
        "trunk_link" => (Class::TrunkLink, CAR),
        "primary" => (Class::Primary, CAR | RIDE | FOOT),
        "primary_link" => (Class::PrimaryLink, CAR | RIDE | FOOT),
        "secondary" => (Class::Secondary, CAR | RIDE | FOOT),
        "secondary_link" => (Class::SecondaryLink, CAR | RIDE | FOOT),
        "tertiary" => (Class::Tertiary, CAR | RIDE | FOOT),
        "tertiary_link" => (Class::TertiaryLink, CAR | RIDE | FOOT),
        "unclassified" | "road" => (Class::Unclassified, CAR | RIDE | FOOT),
        "residential" => (Class::Residential, CAR | RIDE | FOOT),
        "living_street" => (Class::LivingStreet, CAR | RIDE | FOOT),
        "service" => (Class::Service, CAR | RIDE | FOOT),
        "track" => (Class::Track, RIDE | FOOT),
        "cycleway" => (Class::Cycleway, RIDE | FOOT),
        "path" | "footway" | "bridleway" | "pedestrian" if rides => (Class::SharedPath, RIDE | FOOT),
        "path" => (Class::Path, RIDE | FOOT),
        "footway" | "corridor" | "platform" | "elevator" => (Class::Footway, RIDE | FOOT),
        "bridleway" => (Class::Path, FOOT),
        "pedestrian" => (Class::Pedestrian, RIDE | FOOT),
        // Nobody rides or drives on steps, whatever else the tags say.
        "steps" => (Class::Steps, FOOT),
        _ => return None,
    })
}

/// What the tags say about `mode`; `None` if nothing.
fn allowed(tags: Tags<'_>, mode: Mode, direction: &str) -> Option<bool> {
    if tags.get("highway") == Some("steps") && mode != Mode::Walk {
        return Some(false);
    }
    let keys: &[&str] = match mode {
        Mode::Car => &["motorcar", "motor_vehicle", "vehicle", "access"],
        Mode::Ebike => &["electric_bicycle", "bicycle", "vehicle", "access"],
        Mode::Walk => &["foot", "access"],
    };
    for key in keys {
        let value = match tags.get(&format!("{key}:{direction}")) {
            Some(value) => value,
            None => match tags.get(key) {
                Some(value) => value,
                None => continue,
            },
        };
        if let Some(open) = opens(value) {
            return Some(open);
        }
    }
    None
}

/// Whether an access value lets one through; `None` for a value that says nothing about it.
fn opens(value: &str) -> Option<bool> {
    match value {
        "yes" | "designated" | "official" | "permissive" | "public" => Some(true),
        "private" | "residents" | "customers" | "permit" | "destination" | "delivery" | "dismount" => Some(true),
        "no" | "use_sidepath" | "agricultural" | "forestry" | "emergency" | "military" | "bus" | "psv" => Some(false),
        _ => None,
    }
}

/// Whether `mode` may go along and against the way, as far as one-way rules are concerned.
fn directions(tags: Tags<'_>, class: Class, mode: Mode) -> (bool, bool) {
    let own_key = match mode {
        Mode::Walk => "oneway:foot",
        Mode::Ebike => "oneway:bicycle",
        Mode::Car => "oneway:motor_vehicle",
    };
    let value = match (mode, tags.get(own_key)) {
        (_, Some(value)) => value,
        // A one-way street is one for vehicles.
        (Mode::Walk, None) => return (true, true),
        (Mode::Ebike, None) if rides_against(tags) => return (true, true),
        (Mode::Car | Mode::Ebike, None) => match tags.get("oneway") {
            Some(value) => value,
            None if implied_oneway(tags, class) => "yes",
            None => "no",
        },
    };
    match value {
        "yes" | "true" | "1" => (true, false),
        "-1" | "reverse" => (false, true),
        // It changes with the hour: nobody may count on either direction.
        "reversible" => (false, false),
        _ => (true, true),
    }
}

fn rides_against(tags: Tags<'_>) -> bool {
    ["cycleway", "cycleway:left", "cycleway:right", "cycleway:both"]
        .iter()
        .any(|key| tags.get(key).is_some_and(|value| value.starts_with("opposite")))
}

fn implied_oneway(tags: Tags<'_>, class: Class) -> bool {
    matches!(class, Class::Motorway | Class::MotorwayLink)
        || matches!(tags.get("junction"), Some("roundabout" | "circular"))
}

/// The posted limit; values that are no plain speed (`none`, `CN:urban`) say nothing.
fn cap_kmh(tags: Tags<'_>) -> u8 {
    let Some(text) = tags.get("maxspeed") else { return 0 };
    let (digits, factor) = match text.strip_suffix("mph") {
        Some(miles) => (miles.trim(), 1.609_344),
        None => (text.strip_suffix("km/h").unwrap_or(text).trim(), 1.0),
    };
    match digits.parse::<f32>() {
        Ok(value) if value >= 5.0 => (value * factor).min(150.0) as u8,
        _ => 0,
    }
}

/// The modes that cannot pass a node.
pub(crate) fn blocked_at_node(tags: Tags<'_>) -> u8 {
    const CAR: u8 = Mode::Car.bit();
    const RIDE: u8 = Mode::Ebike.bit();
    const FOOT: u8 = Mode::Walk.bit();
    if tags.is_empty() {
        return 0;
    }
    let barrier = tags.get("barrier");
    let by_default = match barrier {
        None => 0,
        Some("bollard" | "block" | "jersey_barrier" | "chain" | "log" | "planter" | "debris" | "cycle_barrier") => CAR,
        Some("motorcycle_barrier" | "bus_trap" | "sump_buster" | "rope") => CAR,
        Some("stile" | "turnstile" | "full-height_turnstile" | "kissing_gate" | "horse_stile") => CAR | RIDE,
        Some("wall" | "fence" | "hedge" | "ditch" | "guard_rail" | "retaining_wall" | "city_wall") => CAR | RIDE | FOOT,
        Some(_) if tags.get("locked") == Some("yes") => CAR | RIDE | FOOT,
        // Gates, lift gates, kerbs, entrances, toll booths: somebody opens, or one rolls over them.
        Some(_) => 0,
    };
    // Access on a node without a barrier is about something else (a fuel station, an entrance).
    if barrier.is_none() {
        return 0;
    }
    let mut blocked = 0;
    for mode in Mode::ALL {
        let default = by_default & mode.bit() == 0;
        if !allowed(tags, mode, "both").unwrap_or(default) {
            blocked |= mode.bit();
        }
    }
    blocked
}

/// A turn restriction as its tags say it: whether it forbids (`no_*`) or is the only way (`only_*`), and for which
/// modes. `None` if it concerns nobody of ours.
pub(crate) fn restriction(tags: Tags<'_>) -> Option<(bool, u8)> {
    const CAR: u8 = Mode::Car.bit();
    const RIDE: u8 = Mode::Ebike.bit();
    let kind = tags.get("type")?;
    if kind != "restriction" && !kind.starts_with("restriction:") {
        return None;
    }
    let (value, mut modes) = [
        ("restriction", CAR | RIDE),
        ("restriction:motor_vehicle", CAR),
        ("restriction:motorcar", CAR),
        ("restriction:bicycle", RIDE),
    ]
    .into_iter()
    .find_map(|(key, modes)| tags.get(key).map(|value| (value, modes)))?;
    for exempt in tags.get("except").unwrap_or_default().split(';') {
        match exempt.trim() {
            "bicycle" | "electric_bicycle" => modes &= !RIDE,
            "motorcar" | "motor_vehicle" => modes &= !CAR,
            _ => {}
        }
    }
    let only = if value.starts_with("only_") {
        true
    } else if value.starts_with("no_") {
        false
    } else {
        return None;
    };
    (modes != 0).then_some((only, modes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"f"` for walking, `"b"` for the e-bike, `"c"` for the car.
    fn letters(modes: u8) -> String {
        let all = [(Mode::Walk, 'f'), (Mode::Ebike, 'b'), (Mode::Car, 'c')];
        all.iter()
            .filter(|(mode, _)| modes & mode.bit() != 0)
            .map(|(_, letter)| *letter)
            .collect()
    }

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        text.split_whitespace()
            .map(|pair| pair.split_once('=').unwrap())
            .collect()
    }

    #[test]
    fn ways_are_open_to_whom_their_tags_say() {
        // tags, along the way, against it
        let rows = [
            ("highway=residential", "fbc", "fbc"),
            ("highway=residential oneway=yes", "fbc", "f"),
            ("highway=residential oneway=-1", "f", "fbc"),
            ("highway=residential oneway=yes oneway:bicycle=no", "fbc", "fb"),
            (
                "highway=residential oneway=yes cycleway:left=opposite_lane",
                "fbc",
                "fb",
            ),
            ("highway=tertiary junction=roundabout", "fbc", "f"),
            ("highway=tertiary junction=roundabout oneway=no", "fbc", "fbc"),
            ("highway=motorway", "c", ""),
            ("highway=motorway oneway=no", "c", "c"),
            ("highway=trunk", "c", "c"),
            ("highway=trunk foot=yes bicycle=yes", "fbc", "fbc"),
            ("highway=residential oneway=reversible", "f", "f"),
            ("highway=steps", "f", "f"),
            ("highway=steps bicycle=yes motor_vehicle=yes", "f", "f"),
            ("highway=footway", "fb", "fb"),
            ("highway=footway bicycle=no", "f", "f"),
            ("highway=footway oneway:foot=yes oneway=yes bicycle=no", "f", ""),
            ("highway=track", "fb", "fb"),
            ("highway=track motor_vehicle=yes", "fbc", "fbc"),
            ("highway=service access=private", "fbc", "fbc"),
            ("highway=service access=no", "", ""),
            ("highway=service access=no foot=yes", "f", "f"),
            ("highway=residential vehicle=no", "f", "f"),
            ("highway=residential vehicle=no bicycle=yes", "fb", "fb"),
            ("highway=residential motor_vehicle=no", "fb", "fb"),
            ("highway=residential motor_vehicle=no motorcar=yes", "fbc", "fbc"),
            ("highway=residential access=no motor_vehicle=destination", "c", "c"),
            ("highway=residential bicycle:backward=no", "fbc", "fc"),
            ("highway=residential access=unheard_of", "fbc", "fbc"),
            ("highway=construction", "", ""),
            ("highway=service area=yes", "", ""),
            ("railway=rail", "", ""),
        ];
        for (text, along, against) in rows {
            let pairs = pairs(text);
            let rules = way_rules(Tags::new(&pairs));
            let got = rules.map_or((0, 0), |it| (it.forward, it.backward));
            assert_eq!(
                (letters(got.0).as_str(), letters(got.1).as_str()),
                (along, against),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_for_bicycles_is_ridden_and_a_footway_is_walked() {
        for (text, class) in [
            ("highway=footway", Class::Footway),
            ("highway=footway bicycle=designated", Class::SharedPath),
            ("highway=path", Class::Path),
            ("highway=pedestrian", Class::Pedestrian),
        ] {
            assert_eq!(way_rules(Tags::new(&pairs(text))).unwrap().class, class, "{text}");
        }
    }

    #[test]
    fn posted_limits_are_read_when_they_are_speeds() {
        for (text, cap) in [
            ("50", 50),
            ("50 km/h", 50),
            ("30 mph", 48),
            ("none", 0),
            ("CN:urban", 0),
            ("999", 150),
        ] {
            let pairs = [("highway", "primary"), ("maxspeed", text)];
            assert_eq!(way_rules(Tags::new(&pairs)).unwrap().cap_kmh, cap, "{text}");
        }
    }

    #[test]
    fn barriers_stop_those_who_cannot_pass() {
        for (text, blocked) in [
            ("barrier=bollard", "c"),
            ("barrier=bollard motor_vehicle=yes", ""),
            ("barrier=gate", ""),
            ("barrier=gate access=private", ""),
            ("barrier=gate access=no", "fbc"),
            ("barrier=gate access=no foot=yes", "bc"),
            ("barrier=gate locked=yes", "fbc"),
            ("barrier=lift_gate", ""),
            ("barrier=stile", "bc"),
            ("barrier=cycle_barrier", "c"),
            ("barrier=wall", "fbc"),
            ("barrier=kerb", ""),
            ("highway=crossing", ""),
            ("amenity=fuel access=no", ""),
        ] {
            assert_eq!(letters(blocked_at_node(Tags::new(&pairs(text)))), blocked, "{text}");
        }
    }

    #[test]
    fn restrictions_name_their_modes() {
        for (text, want) in [
            ("type=restriction restriction=no_left_turn", Some((false, "bc"))),
            ("type=restriction restriction=only_straight_on", Some((true, "bc"))),
            (
                "type=restriction restriction=no_left_turn except=bicycle;psv",
                Some((false, "c")),
            ),
            (
                "type=restriction restriction=no_left_turn except=motorcar;bicycle",
                None,
            ),
            ("type=restriction restriction:hgv=no_left_turn", None),
            ("type=restriction restriction:bicycle=no_left_turn", Some((false, "b"))),
            ("type=restriction restriction=give_way", None),
            ("type=multipolygon", None),
        ] {
            let got = restriction(Tags::new(&pairs(text)));
            assert_eq!(
                got.map(|(only, modes)| (only, letters(modes))),
                want.map(|(o, m)| (o, m.to_owned())),
                "{text}"
            );
        }
    }
}
