//! People for tests: sound, and with nothing special about them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::circle::{Mode, Point};

pub(crate) const NOON: Timestamp = Timestamp::constant(1_767_240_000, 0);
pub(crate) const GRID: &str = "120114001003002";

pub(crate) fn code(text: &str) -> AreaCode {
    text.parse().unwrap()
}

pub(crate) fn elder() -> Elder {
    Elder {
        id: elder_id("E1"),
        code: "E1".into(),
        name: "王秀英".into(),
        household: household_id("H1"),
        grid: code(GRID),
        address: "杨村街道泉州路1号楼1门101室".into(),
        home: Some(Point::new(39.38, 117.06).unwrap()),
        needs: BTreeSet::from([Need::LivingAlone]),
        contact_mode: ContactMode::Voice,
        dialect: Some("天津话".into()),
        hearing: Hearing::Good,
        born: Some(date(1941, 3, 8)),
        present: None,
        life_support: BTreeSet::new(),
        lift_helpers: 1,
        ability: None,
        consents: Default::default(),
        status: ElderStatus::Active,
    }
}

pub(crate) fn responder(kind: ResponderKind) -> Responder {
    Responder {
        id: responder_id(kind.as_str()),
        code: kind.as_str().into(),
        name: "李建国".into(),
        kind,
        tier: kind.tier(),
        skills: BTreeSet::from([Skill::FirstAid, Skill::Lift]),
        mode: Mode::Ebike,
        party_size: 1,
        duty: Duty { on: true, since: NOON },
        position: None,
        base: Some(Point::new(39.381, 117.061).unwrap()),
        scope: PrefixSet::from_iter([code("120114001")]),
        capacity: 1,
        allowances: BTreeSet::new(),
    }
}

pub(crate) fn contact(code: &str, call_order: u8) -> Contact {
    Contact {
        id: contact_id(code),
        code: code.into(),
        elder: elder_id("E1"),
        name: "王强".into(),
        relation: Relation::Child,
        call_order,
        level: ContactLevel::Status,
        restricted: false,
        may_authorise_entry: false,
        responder: None,
        hours: None,
    }
}

/// The fields that a check named.
pub(crate) fn fields(result: Result<(), Flaws>) -> Vec<&'static str> {
    result
        .err()
        .map(|it| it.0.iter().map(|flaw| flaw.field).collect())
        .unwrap_or_default()
}
