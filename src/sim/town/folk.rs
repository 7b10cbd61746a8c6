//! The people of the town and what they have, written into the sheets that the importer reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use super::TownPlan;
use super::names;
use super::streets::{Door, Estate, Spot, Streets};
use crate::circle::{Crs, Mode};
use crate::people::import::Sheet;
use crate::people::{ContactMode, Hearing, LifeSupport, Need, ResponderKind, Skill, StationKind};
use crate::sim::Dice;

mod devices;
mod duty;

/// Yangcun Street, with its true code (statistical codes of 2023).
pub(super) const STREET_CODE: &str = "120114001";
const COMMUNITIES: usize = names::COMMUNITIES.len();
const GRIDS_A_COMMUNITY: usize = 6;
const GRIDS: usize = COMMUNITIES * GRIDS_A_COMMUNITY;
/// On foot to whoever lives here: buildings of six floors with two dwellings on each.
const FLOORS: usize = 6;

/// The community codes are made up: 9xx is not given out in Wuqing.
fn community_code(community: usize) -> String {
    format!("{STREET_CODE}{:03}", 901 + community)
}

fn grid_code(community: usize, grid: usize) -> String {
    format!("{}{:03}", community_code(community), grid + 1)
}

/// A sheet while it is written: values by column name, blank where nothing is said.
pub(super) struct Lines {
    sheet: Sheet,
    text: String,
    rows: usize,
}

impl Lines {
    fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            text: sheet.template(),
            rows: 0,
        }
    }

    fn row(&mut self, values: &[(&str, &str)]) {
        debug_assert!(
            values
                .iter()
                .all(|(name, _)| self.sheet.columns().iter().any(|it| it.name == *name)),
            "{values:?}"
        );
        let value = |name| values.iter().find(|it| it.0 == name).map_or("", |it| it.1);
        let cells: Vec<String> = self.sheet.columns().iter().map(|it| quoted(value(it.name))).collect();
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
        self.rows += 1;
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn yes(it: bool) -> &'static str {
    if it { "是" } else { "否" }
}

/// Latitude and longitude of a place in a reference system, as a sheet has them.
fn position(at: Spot, crs: Crs) -> (String, String) {
    let Some(point) = at.point() else {
        return Default::default();
    };
    let (lat, lon) = crs.from_wgs84(point);
    (format!("{lat:.7}"), format!("{lon:.7}"))
}

fn list<T: Copy>(words: impl IntoIterator<Item = T>, zh: fn(T) -> &'static str) -> String {
    words.into_iter().map(zh).collect::<Vec<_>>().join(";")
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Walk => "步行",
        Mode::Ebike => "电动车",
        Mode::Car => "汽车",
    }
}

/// A dwelling: its door, and its address to the room.
#[derive(Clone)]
struct Dwelling {
    door: Door,
    address: String,
    community: usize,
    grid: usize,
}

/// An elder as far as others need to know.
pub(super) struct ElderMade {
    pub code: String,
    pub name: String,
    household: String,
    needs: BTreeSet<Need>,
    pub door: Door,
    community: usize,
    grid: usize,
}

impl ElderMade {
    /// Somebody at home, of whom everybody may hear.
    pub fn is_plain(&self) -> bool {
        !self.needs.contains(&Need::MentalSocial) && !self.needs.contains(&Need::Away)
    }
}

/// A responder as far as others need to know.
pub(super) struct ResponderMade {
    pub code: String,
    kind: ResponderKind,
    community: usize,
    /// Of a grid worker: which grid of the community; of a head: which half.
    part: usize,
}

/// A responder to be written.
struct NewResponder<'a> {
    kind: ResponderKind,
    community: usize,
    part: usize,
    base: Spot,
    mode: Mode,
    scope: &'a [String],
    skills: &'a [Skill],
    may_hear: bool,
    on_duty: bool,
    /// `None`: one of chance, or the unit's.
    name: Option<String>,
}

/// Writes the sheets, one after another.
pub(super) struct Folk<'a> {
    plan: &'a TownPlan,
    streets: &'a Streets,
    dice: Dice,
    phones: u32,
    taken: BTreeSet<String>,
    pub elders: Vec<ElderMade>,
    pub responders: Vec<ResponderMade>,
    /// Fire posts, by community.
    fire_posts: Vec<Door>,
    /// The responder for whom the canal is wide: base beside a street across from a home.
    pub canal_base: Option<Door>,
    pub sheets: BTreeMap<Sheet, Lines>,
}

impl Lines {
    pub fn into_text(self) -> String {
        self.text
    }
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl<'a> Folk<'a> {
    pub fn new(plan: &'a TownPlan, streets: &'a Streets) -> Self {
        Self {
            plan,
            streets,
            dice: Dice::new(plan.seed, "folk"),
            phones: 0,
            taken: BTreeSet::new(),
            elders: vec![],
            responders: vec![],
            fire_posts: vec![],
            canal_base: None,
            sheets: Sheet::ALL.iter().map(|it| (*it, Lines::new(*it))).collect(),
        }
    }

    fn row(&mut self, sheet: Sheet, values: &[(&str, &str)]) {
        self.sheets
            .entry(sheet)
            .or_insert_with(|| Lines::new(sheet))
            .row(values);
    }

    /// A telephone number that cannot be anybody's: 11 digits beginning with 100, where no subscriber's number begins.
    fn phone(&mut self) -> String {
        self.phones += 1;
        format!("100{:08}", self.phones)
    }

    fn day(&self, days: i64) -> Option<Date> {
        self.plan.from.checked_add(Span::new().try_days(days).ok()?).ok()
    }

    /// A day as text; blank where the calendar ends.
    fn day_text(&self, days: i64) -> String {
        self.day(days).map_or_else(String::new, |it| it.to_string())
    }

    pub fn areas(&mut self) {
        let from = "2026-01-01";
        self.row(
            Sheet::Areas,
            &[("area_code", "120114"), ("name", "武清区"), ("valid_from", from)],
        );
        self.row(
            Sheet::Areas,
            &[
                ("area_code", STREET_CODE),
                ("name", "杨村街道（演示）"),
                ("valid_from", from),
            ],
        );
        for (community, name) in names::COMMUNITIES.iter().enumerate() {
            let code = community_code(community);
            self.row(
                Sheet::Areas,
                &[("area_code", &code), ("name", name), ("valid_from", from)],
            );
            for grid in 0..GRIDS_A_COMMUNITY {
                let name = format!("{name}第{}网格", ["一", "二", "三", "四", "五", "六"][grid]);
                let code = grid_code(community, grid);
                self.row(
                    Sheet::Areas,
                    &[("area_code", &code), ("name", &name), ("valid_from", from)],
                );
            }
        }
    }

    pub fn stations(&mut self) {
        use StationKind::*;
        let everywhere = [
            HealthStation,
            Canteen,
            DayCare,
            PolicePost,
            FirePost,
            Aed,
            Aed,
            Pharmacy,
        ];
        let once = [
            (Hospital, 3),
            (CommandCentre, 0),
            (CareHome, 0),
            (CareHome, 2),
            (CareHome, 4),
            (HomeService, 1),
            (HomeService, 3),
        ];
        let in_communities = (0..COMMUNITIES).flat_map(|community| everywhere.map(|kind| (kind, community)));
        for (number, (kind, community)) in in_communities.chain(once).enumerate() {
            let Some(gate) = self.estate(community, None).map(|it| it.gate) else {
                continue;
            };
            // Beside a street near one of the community's gates, not all on one corner.
            let mut near: Vec<Door> = self
                .streets
                .kerbs
                .iter()
                .copied()
                .filter(|it| it.at.distance(gate.at) < 350.0)
                .collect();
            near.push(gate);
            let door = near[self.dice.below(near.len())];
            if kind == FirePost {
                self.fire_posts.push(door);
            }
            let (lat, lon) = position(door.at, Crs::Gcj02);
            let code = format!("YCS{:03}", number + 1);
            let place = names::COMMUNITIES[community];
            let name = format!("{}{}（演示）", place.trim_end_matches("社区"), kind.zh());
            let beds = match kind {
                CareHome => Some((80, self.dice.below(12))),
                DayCare => Some((10, self.dice.below(6))),
                Hospital => Some((300, self.dice.below(30))),
                _ => None,
            };
            let (total, free) =
                beds.map_or_else(Default::default, |(total, free)| (total.to_string(), free.to_string()));
            let area = match kind {
                CommandCentre | Hospital => STREET_CODE.to_owned(),
                _ => community_code(community),
            };
            let hours = match kind {
                HealthStation | DayCare | HomeService => "08:00-18:00",
                Canteen => "06:30-18:30",
                Pharmacy => "08:00-21:00",
                Hospital | CareHome | PolicePost | FirePost | Aed | CommandCentre => "00:00-24:00",
            };
            let phone = self.phone();
            self.row(
                Sheet::Stations,
                &[
                    ("station_code", &code),
                    ("kind", kind.zh()),
                    ("name", &name),
                    ("address", &format!("杨村街道{place}底商{}号", number + 1)),
                    ("area_code", &area),
                    ("lat", &lat),
                    ("lon", &lon),
                    ("crs", "gcj02"),
                    ("hours", hours),
                    ("beds", &total),
                    ("free_beds", &free),
                    ("phone", if kind == Aed { "" } else { &phone }),
                ],
            );
        }
    }

    /// An estate of a community, of one of its grids when given.
    fn estate(&mut self, community: usize, grid: Option<usize>) -> Option<&'a Estate> {
        let fits = |it: &&Estate| it.community == community && grid.is_none_or(|grid| it.grid == grid);
        let all: Vec<&Estate> = self.streets.estates.iter().filter(fits).collect();
        self.dice.pick(&all).copied()
    }

    /// A dwelling that nobody has yet.
    fn dwelling(&mut self, community: usize, grid: usize) -> Option<Dwelling> {
        for _ in 0..200 {
            let estate = self.estate(community, Some(grid))?;
            let (building, entrance, door) = *self.dice.pick(&estate.doors)?;
            let floor = self.dice.below(FLOORS) + 1;
            let side = self.dice.below(2) + 1;
            let address = format!("杨村街道{}{building}号楼{entrance}门{floor}0{side}室", estate.name);
            if self.taken.insert(address.clone()) {
                return Some(Dwelling {
                    door,
                    address,
                    community,
                    grid,
                });
            }
        }
        None
    }

    pub fn elders(&mut self) {
        let mut household = 0_usize;
        while self.elders.len() < self.plan.elders {
            let (community, grid) = (household % GRIDS / GRIDS_A_COMMUNITY, household % GRIDS_A_COMMUNITY);
            // No dwelling left: the town is full, and smaller than was asked for.
            let Some(home) = self.dwelling(community, grid) else {
                break;
            };
            household += 1;
            let code = format!("YCH{household:05}");
            let both = self.dice.chance(0.42) && self.elders.len() + 1 < self.plan.elders;
            let alone = !both && self.dice.chance(0.42);
            let first_is_woman = both || self.dice.chance(0.62);
            let age = self.age();
            self.elder(&code, &home, first_is_woman, age, alone);
            if both {
                let other = age + self.dice.below(7) as i64 - 2;
                self.elder(&code, &home, false, other.max(60), false);
            }
        }
    }

    /// 60 to 99, the younger the more.
    fn age(&mut self) -> i64 {
        let decade = self.dice.weighted(&[0.48, 0.33, 0.16, 0.03]);
        60 + decade as i64 * 10 + self.dice.below(10) as i64
    }

    fn needs(&mut self, age: i64, alone: bool) -> BTreeSet<Need> {
        let mut needs = BTreeSet::new();
        let mut maybe = |share: f64, need| {
            if self.dice.chance(share) {
                needs.insert(need);
            }
        };
        maybe(if alone { 1.0 } else { 0.0 }, Need::LivingAlone);
        maybe(if alone && age >= 80 { 0.6 } else { 0.025 }, Need::HighRisk);
        maybe(if age >= 80 { 0.16 } else { 0.05 }, Need::Disabled);
        maybe(if age >= 70 { 0.2 } else { 0.1 }, Need::Medical);
        maybe(0.025, Need::MentalSocial);
        if needs.is_empty() {
            needs.insert(Need::General);
        }
        if self.dice.chance(0.015) {
            needs.insert(Need::Away);
        }
        needs
    }

    fn elder(&mut self, household: &str, home: &Dwelling, woman: bool, age: i64, alone: bool) {
        let code = format!("YC{:05}", self.elders.len() + 1);
        let name = if woman {
            names::old_woman(&mut self.dice)
        } else {
            names::old_man(&mut self.dice)
        };
        let needs = self.needs(age, alone);
        let days_old = age * 365 + self.dice.below(365) as i64;
        let born = self.day_text(-days_old);
        let hearing = [Hearing::Good, Hearing::Hard, Hearing::Deaf][self.dice.weighted(&[0.86, 0.13, 0.01])];
        let asked_by = match hearing {
            Hearing::Deaf => [ContactMode::Text, ContactMode::DeviceKeys, ContactMode::DoorOnly][self.dice.below(3)],
            Hearing::Good | Hearing::Hard if self.dice.chance(0.01) => ContactMode::DoorOnly,
            Hearing::Good | Hearing::Hard => ContactMode::Voice,
        };
        let dialect = if self.dice.chance(0.55) { "天津话" } else { "" };
        let lift = if needs.contains(&Need::Disabled) && self.dice.chance(0.4) {
            "2"
        } else {
            ""
        };
        let life_support = if needs.contains(&Need::Medical) && self.dice.chance(0.05) {
            if self.dice.chance(0.8) {
                LifeSupport::Oxygen.zh()
            } else {
                LifeSupport::Ventilator.zh()
            }
        } else {
            ""
        };
        let health = ["高血压", "2型糖尿病", "冠心病", "脑卒中恢复期", "慢性阻塞性肺病"][self.dice.below(5)];
        let medication = ["氨氯地平", "二甲双胍", "阿司匹林", "阿托伐他汀", "布地奈德吸入"][self.dice.below(5)];
        let ill = needs.contains(&Need::Medical);
        let phone = if self.dice.chance(0.88) {
            self.phone()
        } else {
            String::new()
        };
        let door_code = if self.dice.chance(0.35) {
            format!("{:04}#", self.dice.below(10_000))
        } else {
            String::new()
        };
        let key_box = if self.dice.chance(0.04) {
            "门左侧钥匙盒"
        } else {
            ""
        };
        let remarks = if self.dice.chance(0.05) {
            "家中有狗，进门请先招呼"
        } else {
            ""
        };
        let (lat, lon) = position(home.door.at, Crs::Wgs84);

        let elsewhere = if needs.contains(&Need::Away) {
            // With a daughter in the next community.
            let grid = self.dice.below(GRIDS_A_COMMUNITY);
            self.dwelling((home.community + 1) % COMMUNITIES, grid)
        } else {
            None
        };
        let needs: BTreeSet<Need> = needs
            .into_iter()
            .filter(|it| *it != Need::Away || elsewhere.is_some())
            .collect();
        let back = self.dice.below(50) as i64 + 10;
        let (away_address, away_at, until) = match &elsewhere {
            Some(it) => (
                it.address.clone(),
                position(it.door.at, Crs::Wgs84),
                self.day_text(back),
            ),
            None => Default::default(),
        };
        let needs = if needs.is_empty() {
            BTreeSet::from([Need::General])
        } else {
            needs
        };
        self.row(
            Sheet::Elders,
            &[
                ("elder_code", &code),
                ("name", &name),
                ("household_code", household),
                ("grid_code", &grid_code(home.community, home.grid)),
                ("address", &home.address),
                ("lat", &lat),
                ("lon", &lon),
                ("crs", "wgs84"),
                ("needs", &list(needs.iter().copied(), Need::zh)),
                ("contact_mode", asked_by.zh()),
                ("dialect", dialect),
                ("hearing", hearing.zh()),
                ("born", &born),
                ("phones", &phone),
                ("door_code", &door_code),
                ("key_box", key_box),
                ("access_remarks", remarks),
                ("health", if ill { health } else { "" }),
                ("medication", if ill { medication } else { "" }),
                ("life_support", life_support),
                ("lift_helpers", lift),
                ("present_address", &away_address),
                ("present_lat", &away_at.0),
                ("present_lon", &away_at.1),
                ("present_crs", if elsewhere.is_some() { "wgs84" } else { "" }),
                ("present_until", &until),
            ],
        );
        self.elders.push(ElderMade {
            code,
            name,
            household: household.to_owned(),
            needs,
            door: home.door,
            community: home.community,
            grid: home.grid,
        });
    }

    pub fn responders(&mut self) {
        use ResponderKind::*;
        for community in 0..COMMUNITIES {
            self.official(CommunitySecretary, community, 0);
            (0..2).for_each(|half| self.official(GridHead, community, half));
            (0..GRIDS_A_COMMUNITY).for_each(|grid| self.official(GridWorker, community, grid));
            for kind in [PoliceGrid, CommunityDoctor, FirePost, PropertyGuard, Caregiver] {
                self.official(kind, community, 0);
            }
            (0..4).for_each(|part| self.official(Volunteer, community, part));
        }
        for (kind, community) in [
            (CommunityDoctor, 0),
            (CommunityDoctor, 2),
            (CommunityDoctor, 3),
            (PropertyGuard, 3),
            (Caregiver, 1),
            (Volunteer, 4),
        ] {
            self.official(kind, community, 1);
        }
        for (kind, part) in [
            (StreetTeam, 0),
            (StreetTeam, 1),
            (StreetTeam, 2),
            (DutyLeader, 0),
            (DutyLeader, 1),
        ] {
            self.official(kind, 0, part);
        }
        if let Some(base) = self.canal_base {
            self.responder(NewResponder {
                kind: Volunteer,
                community: 3,
                part: 9,
                base: base.at,
                mode: Mode::Walk,
                scope: &[STREET_CODE.to_owned()],
                skills: &[Skill::Lift, Skill::FirstAid],
                may_hear: false,
                on_duty: true,
                name: None,
            });
        }
    }

    /// How somebody of this kind usually travels: shares of walking, e-bike and car.
    fn mode(&mut self, kind: ResponderKind) -> Mode {
        use ResponderKind::*;
        let shares = match kind {
            GridWorker => [0.3, 0.7, 0.0],
            Volunteer => [0.7, 0.3, 0.0],
            PropertyGuard => [1.0, 0.0, 0.0],
            CommunityDoctor | CommunitySecretary => [0.0, 0.6, 0.4],
            PoliceGrid => [0.0, 0.4, 0.6],
            GridHead | Caregiver | FirePost => [0.0, 1.0, 0.0],
            Family => [0.3, 0.4, 0.3],
            StreetTeam | DutyLeader => [0.0, 0.0, 1.0],
        };
        [Mode::Walk, Mode::Ebike, Mode::Car][self.dice.weighted(&shares)]
    }

    fn official(&mut self, kind: ResponderKind, community: usize, part: usize) {
        use ResponderKind::*;
        let mode = self.mode(kind);
        let near = match kind {
            GridWorker => self.estate(community, Some(part)),
            _ => self.estate(community, None),
        };
        let gate = near.map(|it| it.gate);
        let base = match kind {
            FirePost => self.fire_posts.get(community).copied().or(gate),
            StreetTeam | DutyLeader => self.streets.kerbs.get(self.streets.kerbs.len() / 2).copied().or(gate),
            _ => gate,
        };
        let Some(base) = base else { return };
        let mut skills = vec![];
        let mut maybe = |share: f64, skill| {
            if self.dice.chance(share) {
                skills.push(skill);
            }
        };
        match kind {
            CommunityDoctor => [Skill::Medical, Skill::FirstAid]
                .into_iter()
                .for_each(|it| maybe(1.0, it)),
            PoliceGrid => [Skill::Police, Skill::FirstAid, Skill::MentalHealth]
                .into_iter()
                .for_each(|it| maybe(1.0, it)),
            FirePost => [Skill::Fire, Skill::Lift, Skill::FirstAid]
                .into_iter()
                .for_each(|it| maybe(1.0, it)),
            StreetTeam => [Skill::Lift, Skill::FirstAid, Skill::Locksmith]
                .into_iter()
                .for_each(|it| maybe(1.0, it)),
            Caregiver => [Skill::Lift, Skill::FirstAid].into_iter().for_each(|it| maybe(1.0, it)),
            GridWorker | Volunteer | GridHead | PropertyGuard | CommunitySecretary => {
                maybe(0.7, Skill::Lift);
                maybe(0.5, Skill::FirstAid);
                maybe(if kind == CommunitySecretary { 0.5 } else { 0.05 }, Skill::MentalHealth);
                maybe(if kind == Volunteer { 0.1 } else { 0.0 }, Skill::SignLanguage);
                maybe(if kind == PropertyGuard { 0.5 } else { 0.0 }, Skill::Repair);
            }
            Family | DutyLeader => {}
        }
        let scope = match kind {
            StreetTeam | DutyLeader | FirePost | PoliceGrid => vec![STREET_CODE.to_owned()],
            // Some help in the next community too.
            Volunteer if part == 0 => vec![community_code(community), community_code((community + 1) % COMMUNITIES)],
            _ => vec![community_code(community)],
        };
        let may_hear = match kind {
            GridWorker => self.dice.chance(0.8),
            GridHead | CommunitySecretary | CommunityDoctor | PoliceGrid | StreetTeam | DutyLeader => true,
            Family | Caregiver | Volunteer | PropertyGuard | FirePost => false,
        };
        let on_duty = kind == DutyLeader || self.dice.chance(0.85);
        self.responder(NewResponder {
            kind,
            community,
            part,
            base: base.at,
            mode,
            scope: &scope,
            skills: &skills,
            may_hear,
            on_duty,
            name: None,
        });
    }

    /// Writes a responder and answers the code.
    fn responder(&mut self, new: NewResponder<'_>) -> String {
        use ResponderKind::*;
        let NewResponder {
            kind,
            community,
            part,
            base,
            mode,
            scope,
            skills,
            may_hear,
            on_duty,
            name,
        } = new;
        let code = format!("YCR{:03}", self.responders.len() + 1);
        let name = match (name, kind) {
            (Some(name), _) => name,
            (None, FirePost) => format!("{}微型消防站", names::COMMUNITIES[community]),
            (None, StreetTeam) => format!("街道应急{}队", ["一", "二", "三"][part % 3]),
            (None, _) => names::younger(&mut self.dice),
        };
        let party = match kind {
            FirePost => "3",
            StreetTeam | PoliceGrid => "2",
            _ => "",
        };
        let (lat, lon) = position(base, Crs::Wgs84);
        let phone = self.phone();
        self.row(
            Sheet::Responders,
            &[
                ("responder_code", &code),
                ("name", &name),
                ("kind", kind.zh()),
                ("skills", &list(skills.iter().copied(), Skill::zh)),
                ("mode", mode_word(mode)),
                ("party_size", party),
                ("capacity", if kind == DutyLeader { "5" } else { "" }),
                ("area_codes", &scope.join(";")),
                ("base_lat", &lat),
                ("base_lon", &lon),
                ("base_crs", "wgs84"),
                ("phones", &phone),
                ("allowances", if may_hear { "精神关爱" } else { "" }),
                ("on_duty", yes(on_duty)),
            ],
        );
        self.responders.push(ResponderMade {
            code: code.clone(),
            kind,
            community,
            part,
        });
        code
    }

    /// Contacts of every elder; some of them are family with the app, and become responders.
    pub fn contacts(&mut self, family_with_app: usize) {
        let elders = std::mem::take(&mut self.elders);
        let mut number = 0;
        let mut with_app = 0;
        // Spread over the town, and never with somebody of whom not everybody may hear.
        let every = (elders.len() / family_with_app.max(1)).max(1);
        for (at, elder) in elders.iter().enumerate() {
            let children = if self.dice.chance(0.9) {
                1 + self.dice.below(2)
            } else {
                0
            };
            let neighbour = self.dice.chance(0.35) || children == 0;
            for order in 0..children + usize::from(neighbour) {
                number += 1;
                let is_child = order < children;
                let app =
                    is_child && order == 0 && with_app < family_with_app && at / every >= with_app && elder.is_plain();
                let name = if is_child {
                    names::child_of(&mut self.dice, &elder.name)
                } else {
                    names::younger(&mut self.dice)
                };
                let responder = if app {
                    with_app += 1;
                    self.family(elder, &name)
                } else {
                    None
                };
                let restricted = responder.is_none() && self.dice.chance(0.004);
                let level = ["健康", "历史", "状态"][if is_child {
                    self.dice.weighted(&[0.5, 0.3, 0.2])
                } else {
                    2
                }];
                let has_key = !restricted && self.dice.chance(if is_child { 0.45 } else { 0.3 });
                let tested = if has_key && self.dice.chance(0.7) {
                    let ago = self.dice.below(200) as i64;
                    self.day_text(-ago)
                } else {
                    String::new()
                };
                let phone = self.phone();
                let code = format!("YCC{number:05}");
                self.row(
                    Sheet::Contacts,
                    &[
                        ("contact_code", &code),
                        ("elder_code", &elder.code),
                        ("name", &name),
                        ("relation", if is_child { "子女" } else { "邻居" }),
                        ("call_order", &(order + 1).to_string()),
                        ("phones", &phone),
                        ("level", level),
                        ("restricted", yes(restricted)),
                        ("may_authorise_entry", yes(is_child && !restricted)),
                        ("holds_key", yes(has_key)),
                        ("key_tested_on", &tested),
                        ("responder_code", responder.as_deref().unwrap_or_default()),
                    ],
                );
            }
        }
        self.elders = elders;
    }

    /// A relative with the app, who lives in the same community or the next; the code.
    fn family(&mut self, elder: &ElderMade, name: &str) -> Option<String> {
        let community = (elder.community + self.dice.below(2)) % COMMUNITIES;
        let base = self.estate(community, None).map(|it| it.gate.at)?;
        let mode = self.mode(ResponderKind::Family);
        Some(self.responder(NewResponder {
            kind: ResponderKind::Family,
            community,
            part: 0,
            base,
            mode,
            scope: &[],
            skills: &[],
            may_hear: false,
            on_duty: true,
            name: Some(name.to_owned()),
        }))
    }

    pub fn chains(&mut self) {
        use ResponderKind::*;
        let who = |folk: &Self, kind, community, part| {
            let found = folk
                .responders
                .iter()
                .find(|it| (it.kind, it.community, it.part) == (kind, community, part));
            found.map_or_else(String::new, |it| it.code.clone())
        };
        for community in 0..COMMUNITIES {
            for grid in 0..GRIDS_A_COMMUNITY {
                let (worker, head) = (
                    who(self, GridWorker, community, grid),
                    who(self, GridHead, community, grid / 3),
                );
                let secretary = who(self, CommunitySecretary, community, 0);
                self.row(
                    Sheet::Chains,
                    &[
                        ("grid_code", &grid_code(community, grid)),
                        ("grid_worker", &worker),
                        ("grid_head", &head),
                        ("community_secretary", &secretary),
                    ],
                );
            }
        }
        // A few households are the care of another grid worker than their grid's.
        let own: BTreeMap<String, (usize, usize)> = self
            .elders
            .iter()
            .step_by(211)
            .map(|it| (it.household.clone(), (it.community, it.grid)))
            .collect();
        for (household, (community, grid)) in own {
            let worker = who(self, GridWorker, community, (grid + 1) % GRIDS_A_COMMUNITY);
            self.row(
                Sheet::Chains,
                &[("household_code", &household), ("grid_worker", &worker)],
            );
        }
    }
}
