//! The sheets of elders and of their contacts.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::cells::{Cells, sheet};
use super::{Column, Parsed, Setting, Sheet, may, must, secret};
use crate::people::{
    Ability, AreaCode, Consent, ConsentPurpose, Contact, ContactLevel, ContactMode, ContactSecrets, DoorAccess, Elder,
    ElderSecrets, ElderStatus, Health, Hearing, Household, IdentityNumber, KeyHolder, KeyOwner, LifeSupport, Need,
    PresentAddress, QuietHours, Relation, contact_id, elder_id, household_id, responder_id,
};

pub(super) const ELDERS: &[Column] = &[
    must("elder_code", "老人编号"),
    must("name", "姓名"),
    may("household_code", "户编号"),
    must("grid_code", "网格编码"),
    must("address", "地址"),
    may("lat", "纬度"),
    may("lon", "经度"),
    may("crs", "坐标系"),
    must("needs", "需求类别"),
    may("contact_mode", "联系方式"),
    may("dialect", "方言"),
    may("hearing", "听力"),
    may("born", "出生日期"),
    secret("identity", "身份证号"),
    secret("phones", "电话"),
    secret("door_code", "门禁密码"),
    secret("key_box", "钥匙盒"),
    secret("access_remarks", "入户说明"),
    secret("health", "健康摘要"),
    secret("medication", "用药"),
    may("life_support", "生命支持"),
    may("lift_helpers", "搀扶人数"),
    may("key_responders", "持钥响应人"),
    may("present_address", "现住址"),
    may("present_lat", "现住纬度"),
    may("present_lon", "现住经度"),
    may("present_crs", "现住坐标系"),
    may("present_until", "返回日期"),
    may("ability_level", "能力等级"),
    may("ability_instrument", "评估标准"),
    may("assessed_on", "评估日期"),
    may("consents", "同意事项"),
    may("consent_version", "同意书版本"),
    may("consents_on", "同意日期"),
];

pub(super) const CONTACTS: &[Column] = &[
    must("contact_code", "联系人编号"),
    must("elder_code", "老人编号"),
    must("name", "姓名"),
    must("relation", "关系"),
    must("call_order", "呼叫顺序"),
    secret("phones", "电话"),
    may("level", "告知级别"),
    may("restricted", "限制"),
    may("may_authorise_entry", "可授权入户"),
    may("holds_key", "持有钥匙"),
    may("key_tested_on", "试开日期"),
    may("responder_code", "响应人编号"),
    may("hours", "可联系时段"),
];

/// One row of the elders' sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct ElderRow {
    /// The file.
    pub elder: Elder,
    /// The home; several rows may share one.
    pub household: Household,
    /// What the store seals.
    pub secrets: ElderSecrets,
    /// Keys in the keeping of responders.
    pub keys: Vec<KeyHolder>,
}

/// Reads the elders' sheet. Rows of one household must agree on its grid and address.
pub fn elders(bytes: &[u8], setting: &Setting) -> Parsed<ElderRow> {
    let mut homes: HashMap<String, (AreaCode, String)> = HashMap::new();
    let mut parsed = sheet(
        Sheet::Elders,
        bytes,
        setting,
        |row: &ElderRow| ("elder_code", row.elder.code.clone()),
        |cells| {
            let row = elder(cells)?;
            let home = (row.household.grid, row.household.address.clone());
            let first = homes.entry(row.household.code.clone()).or_insert_with(|| home.clone());
            if first.0 != home.0 {
                cells.wrong("grid_code", "another row puts this household into another grid");
            }
            if first.1 != home.1 {
                cells.wrong("address", "another row gives this household another address");
            }
            Some(row)
        },
    );
    super::far::warn(&mut parsed, setting);
    super::uncalled::of_elders(&mut parsed, setting);
    parsed
}

fn elder(cells: &mut Cells<'_>) -> Option<ElderRow> {
    let code = cells.needed("elder_code");
    let name = cells.needed("name");
    let household_code = cells.text("household_code");
    let grid = cells.area("grid_code");
    let address = cells.needed("address");
    let home = cells.point("lat", "lon", "crs");
    let needs = cells.words("needs", Need::from_sheet);
    let contact_mode = cells.word_or("contact_mode", ContactMode::Voice, ContactMode::from_sheet);
    let dialect = cells.text("dialect");
    let hearing = cells.word_or("hearing", Hearing::Good, Hearing::from_sheet);
    let born = cells.day("born");
    let written = born.flatten().is_some();
    let identity = cells.parsed::<IdentityNumber>("identity");
    let phones = cells.phones("phones");
    let access = DoorAccess {
        door_code: cells.private("door_code"),
        key_box: cells.private("key_box"),
        remarks: cells.private("access_remarks"),
    };
    let health = Health {
        summary: cells.private("health"),
        medication: cells.private("medication"),
    };
    let life_support = cells.words("life_support", LifeSupport::from_sheet);
    let lift_helpers = cells.number("lift_helpers", 1);
    let keys = cells.texts("key_responders");
    let present = present(cells);
    let ability = ability(cells);
    let consents = consents(cells);

    let born = born.and_then(|written| match (&written, identity.as_ref()?) {
        (Some(day), Some(number)) if born_by(number).is_some_and(|it| it != *day) => {
            cells.wrong("born", "differs from the day in the identity number");
            None
        }
        (Some(day), _) => Some(Some(*day)),
        (None, Some(number)) => Some(born_by(number)),
        (None, None) => Some(None),
    });
    let today = cells.setting.as_of.to_zoned(cells.setting.zone.clone()).date();
    let born = born.filter(|it| {
        let to_come = it.is_some_and(|it| it > today);
        if to_come {
            // The day that an identity number holds is not repeated.
            let column = if written { "born" } else { "identity" };
            cells.wrong(column, "nobody is born after today");
        }
        !to_come
    });
    if home == Some(None) {
        cells.warn("lat", "without a position nobody can say who is near");
    }
    let code = code?;
    // Somebody without a household of their own number lives alone in one that is named after them.
    let household_code = household_code.unwrap_or_else(|| format!("of-{code}"));
    let elder = Elder {
        id: elder_id(&code),
        name: name?,
        household: household_id(&household_code),
        grid: grid?,
        address: address?,
        home: home?,
        needs: needs?,
        contact_mode: contact_mode?,
        dialect,
        hearing: hearing?,
        born: born?,
        present: present?,
        life_support: life_support?,
        lift_helpers: lift_helpers?,
        ability: ability?,
        consents: consents?,
        status: ElderStatus::Active,
        code,
    };
    let secrets = ElderSecrets {
        identity: identity?,
        phones: phones?,
        access,
        health,
    };
    let holder = |it: &String| KeyHolder {
        elder: elder.id,
        owner: KeyOwner::Responder(responder_id(it)),
        tested_on: None,
    };
    let keys: Vec<KeyHolder> = keys?.iter().map(holder).collect();
    let household = Household {
        id: elder.household,
        code: household_code,
        grid: elder.grid,
        address: elder.address.clone(),
        home: elder.home,
    };
    cells.adopt(
        elder.check(),
        &[
            ("code", "elder_code"),
            ("grid", "grid_code"),
            ("home", "lat"),
            ("present", "present_address"),
        ],
    );
    cells.adopt(secrets.check(), &[]);
    cells.adopt(
        household.check(),
        &[("code", "household_code"), ("grid", "grid_code"), ("home", "lat")],
    );
    if let Some(responders) = &cells.setting.known.responders {
        let strangers = keys
            .iter()
            .any(|it| matches!(it.owner, KeyOwner::Responder(id) if !responders.contains(&id)));
        if strangers {
            cells.wrong(
                "key_responders",
                "one of these responders is not on file: import the responders first",
            );
        }
    }
    Some(ElderRow {
        elder,
        household,
        secrets,
        keys,
    })
}

/// The day of birth in an identity number; `None` when those digits are no day.
fn born_by(number: &IdentityNumber) -> Option<Date> {
    let digits = |range: std::ops::Range<usize>| number.reveal().get(range)?.parse::<i16>().ok();
    let (year, month, day) = (digits(6..10)?, digits(10..12)?, digits(12..14)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The outer `None`: wrong. The inner: not away.
fn present(cells: &mut Cells<'_>) -> Option<Option<PresentAddress>> {
    let address = cells.text("present_address");
    let point = cells.point("present_lat", "present_lon", "present_crs");
    let until = cells.day("present_until");
    match (address, point?, until?) {
        (None, None, None) => Some(None),
        (Some(address), point, Some(until)) => Some(Some(PresentAddress { address, point, until })),
        (Some(_), _, None) => {
            cells.wrong(
                "present_until",
                "whoever is away needs a day of return, so that silence alarms again",
            );
            None
        }
        (None, _, _) => {
            cells.wrong("present_address", "whoever is away needs a present address");
            None
        }
    }
}

/// A day that has been; what has not yet happened was not signed. The outer `None`: wrong.
fn day_past(cells: &mut Cells<'_>, column: &'static str) -> Option<Option<Date>> {
    let day = cells.day(column)?;
    let today = cells.setting.as_of.to_zoned(cells.setting.zone.clone()).date();
    if day.is_some_and(|it| it > today) {
        cells.wrong(column, "must not be after today");
        return None;
    }
    Some(day)
}

/// How able somebody was found: three cells that belong together. The outer `None`: wrong.
fn ability(cells: &mut Cells<'_>) -> Option<Option<Ability>> {
    let level = cells.count("ability_level");
    let instrument = cells.text("ability_instrument");
    let day = day_past(cells, "assessed_on");
    let missing = match (level?, instrument, day?) {
        (None, None, None) => return Some(None),
        (Some(level), Some(instrument), Some(assessed_on)) => {
            let level = u8::try_from(level).ok().filter(|it| *it <= 4);
            if level.is_none() {
                cells.wrong("ability_level", "levels are 0 to 4");
            }
            return level.map(|level| {
                Some(Ability {
                    level,
                    instrument,
                    assessed_on,
                })
            });
        }
        (None, _, _) => "ability_level",
        (_, None, _) => "ability_instrument",
        (_, _, None) => "assessed_on",
    };
    cells.wrong(missing, "level, instrument and day of an assessment belong together");
    None
}

/// What somebody agreed to on one form: its purposes, the wording and the day. The outer `None`: wrong.
fn consents(cells: &mut Cells<'_>) -> Option<BTreeMap<ConsentPurpose, Consent>> {
    let purposes = cells.words("consents", ConsentPurpose::from_sheet);
    let version = cells.text("consent_version");
    let day = day_past(cells, "consents_on");
    let (purposes, day) = (purposes?, day?);
    let missing = match (purposes.is_empty(), version, day) {
        (true, None, None) => return Some(BTreeMap::new()),
        (false, Some(version), Some(given_on)) => {
            let one = Consent {
                version,
                given_on,
                withdrawn_on: None,
            };
            return Some(purposes.into_iter().map(|it| (it, one.clone())).collect());
        }
        (true, _, _) => "consents",
        (_, None, _) => "consent_version",
        (_, _, None) => "consents_on",
    };
    cells.wrong(missing, "purposes, wording and day of a consent belong together");
    None
}

/// `8-20`: from eight in the morning to eight in the evening; over midnight, too. The outer `None`: wrong. The inner: at any hour.
fn hours(cells: &mut Cells<'_>) -> Option<Option<QuietHours>> {
    let Some(text) = cells.text("hours") else {
        return Some(None);
    };
    let read = text.split_once(['-', '–', '至']).and_then(|(from, to)| {
        let hour = |it: &str| it.trim().parse::<u8>().ok().filter(|it| *it < 24);
        let (from, to) = (hour(from)?, hour(to)?);
        (from != to).then_some(QuietHours { from, to })
    });
    if read.is_none() {
        cells.wrong("hours", "must be two different hours, 0 to 23, as 8-20");
        return None;
    }
    Some(read)
}

/// One row of the contacts' sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactRow {
    /// The contact.
    pub contact: Contact,
    /// What the store seals.
    pub secrets: ContactSecrets,
    /// The key that the contact keeps.
    pub key: Option<KeyHolder>,
}

/// Reads the contacts' sheet.
pub fn contacts(bytes: &[u8], setting: &Setting) -> Parsed<ContactRow> {
    let mut parsed = sheet(
        Sheet::Contacts,
        bytes,
        setting,
        |row: &ContactRow| ("contact_code", row.contact.code.clone()),
        contact,
    );
    let has_phones = Sheet::Contacts.columns_in(bytes).contains("phones");
    super::uncalled::of_contacts(&mut parsed, setting, has_phones);
    parsed
}

fn contact(cells: &mut Cells<'_>) -> Option<ContactRow> {
    let code = cells.needed("contact_code");
    let elder_code = cells.needed("elder_code");
    let name = cells.needed("name");
    let relation = cells.word("relation", Relation::from_sheet);
    let call_order = if cells.needed("call_order").is_some() {
        cells.number("call_order", 0)
    } else {
        None
    };
    let phones = cells.phones("phones");
    let level = cells.word_or("level", ContactLevel::Status, ContactLevel::from_sheet);
    let restricted = cells.yes("restricted");
    let may_authorise_entry = cells.yes("may_authorise_entry");
    let holds_key = cells.yes("holds_key");
    let tested_on = cells.day("key_tested_on");
    let responder_code = cells.text("responder_code");
    let hours = hours(cells);

    let elder = elder_id(&elder_code?);
    if cells
        .setting
        .known
        .elders
        .as_ref()
        .is_some_and(|it| !it.contains(&elder))
    {
        cells.wrong("elder_code", "no such elder is on file: import the elders first");
    }
    let responder = responder_code.as_deref().map(responder_id);
    let stranger = |id| {
        cells
            .setting
            .known
            .responders
            .as_ref()
            .is_some_and(|it| !it.contains(&id))
    };
    if responder.is_some_and(stranger) {
        cells.wrong(
            "responder_code",
            "no such responder is on file: import the responders first",
        );
    }
    let (holds_key, tested_on) = (holds_key?, tested_on?);
    if tested_on.is_some() && holds_key != Some(true) {
        cells.wrong(
            "key_tested_on",
            "a key that nobody holds cannot have been tested: write yes in holds_key",
        );
    }
    let code = code?;
    let contact = Contact {
        id: contact_id(&code),
        elder,
        name: name?,
        relation: relation?,
        call_order: call_order?,
        level: level?,
        restricted: restricted?.unwrap_or(false),
        may_authorise_entry: may_authorise_entry?.unwrap_or(false),
        responder,
        hours: hours?,
        code,
    };
    let secrets = ContactSecrets { phones: phones? };
    cells.adopt(contact.check(), &[("code", "contact_code")]);
    cells.adopt(secrets.check(), &[]);
    if secrets.phones.is_empty() && contact.responder.is_none() && !contact.restricted {
        cells.warn("phones", "without a telephone nobody can reach this contact");
    }
    let key = (holds_key == Some(true)).then_some(KeyHolder {
        elder,
        owner: KeyOwner::Contact(contact.id),
        tested_on,
    });
    Some(ContactRow { contact, secrets, key })
}
