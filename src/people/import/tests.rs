use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::circle::{Crs, Mode, Point};
use crate::people::samples::{NOON, code};
use crate::people::*;

const SAMPLES: [(Sheet, &str); 8] = [
    (Sheet::Areas, include_str!("../../../deploy/samples/areas.csv")),
    (Sheet::Elders, include_str!("../../../deploy/samples/elders.csv")),
    (Sheet::Contacts, include_str!("../../../deploy/samples/contacts.csv")),
    (
        Sheet::Responders,
        include_str!("../../../deploy/samples/responders.csv"),
    ),
    (Sheet::Chains, include_str!("../../../deploy/samples/chains.csv")),
    (Sheet::Duty, include_str!("../../../deploy/samples/duty.csv")),
    (Sheet::Devices, include_str!("../../../deploy/samples/devices.csv")),
    (Sheet::Stations, include_str!("../../../deploy/samples/stations.csv")),
];

fn setting() -> Setting {
    Setting {
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        as_of: NOON,
        known: Known::default(),
    }
}

/// The WGS-84 position of what stands in a sheet.
fn converted(lat: f64, lon: f64, crs: Crs) -> Option<Point> {
    Some(crs.to_wgs84(lat, lon).unwrap())
}

/// Line, column and value of each error; and the message of the first.
fn complaints<T>(parsed: &Parsed<T>) -> Vec<(u64, &str, Option<&str>)> {
    parsed
        .errors
        .iter()
        .map(|it| (it.line, it.column.as_str(), it.value.as_deref()))
        .collect()
}

fn read_any(sheet: Sheet, bytes: &[u8], setting: &Setting) -> (usize, Vec<RowError>, Vec<RowError>) {
    fn parts<T>(it: Parsed<T>) -> (usize, Vec<RowError>, Vec<RowError>) {
        (it.rows.len(), it.errors, it.warnings)
    }
    match sheet {
        Sheet::Areas => parts(areas(bytes, setting)),
        Sheet::Elders => parts(elders(bytes, setting)),
        Sheet::Contacts => parts(contacts(bytes, setting)),
        Sheet::Responders => parts(responders(bytes, setting)),
        Sheet::Chains => parts(chains(bytes, setting)),
        Sheet::Duty => parts(duty(bytes, setting)),
        Sheet::Devices => parts(devices(bytes, setting)),
        Sheet::Stations => parts(stations(bytes, setting)),
    }
}

const SHORT: &str = "elder_code,name,grid_code,address,needs";

#[test]
fn the_shipped_samples_read_without_an_error_and_are_recognised() {
    let mut setting = setting();
    let sample = |sheet| SAMPLES.iter().find(|it| it.0 == sheet).unwrap().1.as_bytes();
    for (sheet, text) in SAMPLES {
        let (rows, errors, _) = read_any(sheet, text.as_bytes(), &setting);
        assert_eq!((rows, errors), (text.lines().count() - 1, vec![]), "{sheet}");
        assert_eq!(Sheet::recognise(text.as_bytes()), Some(sheet));
        assert_eq!(
            Sheet::recognise(sheet.template().as_bytes()),
            Some(sheet),
            "the template"
        );
        let chinese: Vec<&str> = sheet.columns().iter().map(|it| it.zh).collect();
        assert_eq!(
            Sheet::recognise(chinese.join(",").as_bytes()),
            Some(sheet),
            "in Chinese"
        );
    }
    assert_eq!(Sheet::recognise(b"a,b,c"), None);
    assert_eq!(Sheet::recognise(b""), None);

    // And one after another, each sheet knowing what the ones before it brought.
    setting.known.areas = Some(Default::default());
    setting.known.areas = Some(
        areas(sample(Sheet::Areas), &setting)
            .rows
            .iter()
            .map(|it| it.1.code)
            .collect(),
    );
    let found = responders(sample(Sheet::Responders), &setting);
    setting.known.responders = Some(found.rows.iter().map(|it| it.1.responder.id).collect());
    let found = elders(sample(Sheet::Elders), &setting);
    setting.known.elders = Some(found.rows.iter().map(|it| it.1.elder.id).collect());
    setting.known.households = Some(found.rows.iter().map(|it| it.1.household.id).collect());
    for (sheet, text) in SAMPLES {
        assert_eq!(read_any(sheet, text.as_bytes(), &setting).1, vec![], "{sheet}");
    }
}

#[test]
fn what_is_signed_for_comes_whole_or_not_at_all() {
    let head = "elder_code,name,grid_code,address,needs,ability_level,ability_instrument,assessed_on,consents,consent_version,consents_on";
    for (cells, wrong) in [
        (",,,,,", None),
        ("3,MZ/T 039,2025-12-01,keys;recording,2,2025-12-01", None),
        ("5,MZ/T 039,2025-12-01,,,", Some("ability_level")),
        (",MZ/T 039,2025-12-01,,,", Some("ability_level")),
        ("3,,2025-12-01,,,", Some("ability_instrument")),
        ("3,MZ/T 039,,,,", Some("assessed_on")),
        ("3,MZ/T 039,2099-12-01,,,", Some("assessed_on")),
        (",,,keys,,2025-12-01", Some("consent_version")),
        (",,,keys,2,", Some("consents_on")),
        (",,,,2,2025-12-01", Some("consents")),
        (",,,sleeping,2,2025-12-01", Some("consents")),
        (",,,keys,2,2099-01-01", Some("consents_on")),
    ] {
        let text = format!("{head}\nE9,甲,120114001901001,街1号,普通,{cells}\n");
        let found = elders(text.as_bytes(), &setting());
        let columns: Vec<&str> = found.errors.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(columns, wrong.into_iter().collect::<Vec<_>>(), "{cells}");
    }
}

#[test]
fn every_value_of_a_row_arrives() {
    let setting = setting();
    let rows = elders(SAMPLES[1].1.as_bytes(), &setting).rows;
    let (first, second, third) = (&rows[0].1, &rows[1].1, &rows[2].1);
    assert_eq!((rows[0].0, rows[2].0), (2, 4), "lines of the file");
    assert_eq!(first.elder.id, elder_id("E0001"));
    assert_eq!(first.elder.household, second.elder.household);
    assert_eq!(first.elder.needs, [Need::HighRisk, Need::LivingAlone].into());
    assert_eq!(first.elder.hearing, Hearing::Hard);
    assert_eq!(first.elder.born, Some(date(1941, 3, 8)));
    assert_eq!(first.elder.grid, code("120114001901001"));
    assert_eq!(first.secrets.phones[0].reveal(), "10000000001");
    assert_eq!(first.secrets.access.door_code.as_ref().unwrap().reveal(), "1234#");
    assert_eq!(first.secrets.health.medication.as_ref().unwrap().reveal(), "降压药");
    let ability = first.elder.ability.as_ref().unwrap();
    assert_eq!((ability.level, ability.instrument.as_str()), (2, "GB/T 42195-2022"));
    let agreed: Vec<ConsentPurpose> = first.elder.consents.keys().copied().collect();
    assert_eq!(
        agreed,
        [
            ConsentPurpose::Health,
            ConsentPurpose::Keys,
            ConsentPurpose::ForcedEntry
        ]
    );
    assert_eq!(first.elder.consents[&ConsentPurpose::Keys].given_on, date(2025, 11, 3));
    assert_eq!((&second.elder.ability, second.elder.consents.len()), (&None, 0));
    assert_eq!(first.keys[0].owner, KeyOwner::Responder(responder_id("R0001")));
    assert_eq!((second.elder.lift_helpers, second.elder.needs_current()), (2, true));
    assert_eq!(third.household.code, "of-E0003");
    assert_eq!(third.elder.home, converted(39.38192, 117.06811, Crs::Gcj02));
    let present = third.elder.present.as_ref().unwrap();
    assert_eq!(present.until, date(2026, 3, 1));
    assert_eq!(present.point, converted(39.39011, 117.07211, Crs::Gcj02));

    let rows = contacts(SAMPLES[2].1.as_bytes(), &setting).rows;
    let first = &rows[0].1;
    assert_eq!(
        (
            first.contact.relation,
            first.contact.call_order,
            first.contact.level,
            first.contact.may_authorise_entry
        ),
        (Relation::Child, 1, ContactLevel::Health, true)
    );
    assert_eq!(first.contact.responder, Some(responder_id("R0003")));
    assert_eq!(first.key.as_ref().unwrap().tested_on, Some(date(2026, 1, 5)));
    assert_eq!(rows[1].1.key.as_ref().unwrap().tested_on, None);
    assert_eq!(rows[2].1.key, None);

    let rows = responders(SAMPLES[3].1.as_bytes(), &setting).rows;
    let worker = &rows[0].1;
    assert_eq!(
        (worker.responder.tier, worker.responder.mode),
        (Tier::Grid, Mode::Ebike)
    );
    assert_eq!(worker.responder.scope.len(), 2);
    assert!(worker.responder.may_hear(Sensitivity::MentalSocial) && worker.responder.duty.on);
    assert_eq!(
        (rows[2].1.on_duty, rows[2].1.responder.duty.on),
        (None, false),
        "the sheet is silent about duty"
    );
    assert_eq!(
        (rows[3].1.responder.party_size, rows[3].1.responder.mode),
        (2, Mode::Car)
    );

    let rows = chains(SAMPLES[4].1.as_bytes(), &setting).rows;
    assert_eq!(rows[0].1.subject, ChainSubject::Grid(code("120114001901001")));
    assert_eq!(rows[0].1.vacant(), [ChainPost::CommunitySecretary]);
    assert_eq!(rows[2].1.subject, ChainSubject::Household(household_id("H0001")));

    let rows = duty(SAMPLES[5].1.as_bytes(), &setting).rows;
    let night = &rows[1].1;
    assert_eq!(night.from.to_string(), "2026-01-05T10:00:00Z", "18:00 in Tianjin");
    assert_eq!(night.until.to_string(), "2026-01-06T00:00:00Z", "on the next day");
    assert_eq!(rows[2].1.stands_in_for, Some(responder_id("R0001")));

    let rows = devices(SAMPLES[6].1.as_bytes(), &setting).rows;
    assert_eq!(rows[1].1.crs, Some(Crs::Gcj02));
    assert!(rows[0].1.voice_path && !rows[2].1.voice_path);
    assert_eq!(rows[2].1.binding, Some(DeviceBinding::Household(household_id("H0001"))));

    let rows = stations(SAMPLES[7].1.as_bytes(), &setting).rows;
    assert_eq!(rows[2].1.station.beds, Some(Beds { total: 40, free: 3 }));
    assert_eq!(rows[2].1.station.point, converted(39.38701, 117.06901, Crs::Bd09));
    assert_eq!(rows[0].1.secrets.phone.as_ref().unwrap().reveal(), "10000000010");
}

#[test]
fn all_bad_cells_are_reported_at_once() {
    let text = "elder_code,name,grid_code,address,lat,lon,crs,needs,hearing,born,lift_helpers,present_address,phones\n\
        ,,12011400190100,,117.06,39.38,wgs84,red;独居;blue,loud,2026-13-01,many,女儿家,abc\n\
        E2,张三,120114001901001,1号,39.38,,wgs84,general,,,,,\n\
        E3,李四,120114001901001,1号,39.38,117.06,,general,,,,,\n";
    let parsed = elders(text.as_bytes(), &setting());
    assert_eq!(parsed.rows, []);
    assert_eq!(
        complaints(&parsed),
        [
            (2, "elder_code", None),
            (2, "name", None),
            (2, "grid_code", Some("12011400190100")),
            (2, "address", None),
            (2, "lat", Some("117.06")),
            (2, "needs", Some("red;独居;blue")),
            (2, "needs", Some("red;独居;blue")),
            (2, "hearing", Some("loud")),
            (2, "born", Some("2026-13-01")),
            (2, "phones", None),
            (2, "lift_helpers", Some("many")),
            (2, "present_until", None),
            (3, "lon", None),
            (4, "crs", None),
        ]
    );
    let message = |column: &str| &parsed.errors.iter().find(|it| it.column == column).unwrap().message;
    assert!(message("lat").contains("swapped"));
    assert!(message("needs").contains("high_risk, living_alone"));
    assert!(message("crs").contains("gcj02"));
    assert!(message("present_until").contains("day of return"));
}

#[test]
fn what_a_type_refuses_is_said_of_its_cell() {
    type Read = fn(&str) -> Vec<(u64, String)>;
    let elders: Read = |text| found(super::elders(text.as_bytes(), &setting()));
    let contacts: Read = |text| found(super::contacts(text.as_bytes(), &setting()));
    let responders: Read = |text| found(super::responders(text.as_bytes(), &setting()));
    let devices: Read = |text| found(super::devices(text.as_bytes(), &setting()));
    let stations: Read = |text| found(super::stations(text.as_bytes(), &setting()));
    let chains: Read = |text| found(super::chains(text.as_bytes(), &setting()));
    let duty: Read = |text| found(super::duty(text.as_bytes(), &setting()));
    fn found<T>(parsed: Parsed<T>) -> Vec<(u64, String)> {
        assert!(parsed.rows.is_empty());
        parsed.errors.into_iter().map(|it| (it.line, it.column)).collect()
    }
    let cases: &[(Read, &str, &str, &str)] = &[
        (
            elders,
            "elder_code,name,grid_code,address,needs",
            "E1,张三,120114001901,1号,general",
            "grid_code",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs",
            "E1,张三,120114001901001,1号,away",
            "present_address",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs",
            "E1,张三,120114001901001,1号,、",
            "needs",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,hearing",
            "E1,张三,120114001901001,1号,general,失聪",
            "contact_mode",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,lift_helpers",
            "E1,张三,120114001901001,1号,general,9",
            "lift_helpers",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,phones",
            "E1,张三,120114001901001,1号,general,100;101;102;103;104",
            "phones",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,identity",
            "E1,张三,120114001901001,1号,general,11010519491231003X",
            "identity",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,identity,born",
            "E1,张三,120114001901001,1号,general,11010519491231002X,1949-12-30",
            "born",
        ),
        (
            elders,
            "elder_code,name,grid_code,address,needs,lat,lon,crs",
            "E1,张三,120114001901001,1号,general,0,0,wgs84",
            "lat",
        ),
        (
            contacts,
            "contact_code,elder_code,name,relation,call_order",
            "C1,E1,张三,子女,0",
            "call_order",
        ),
        (
            contacts,
            "contact_code,elder_code,name,relation,call_order,restricted,may_authorise_entry",
            "C1,E1,张三,子女,1,是,是",
            "may_authorise_entry",
        ),
        (
            contacts,
            "contact_code,elder_code,name,relation,call_order,key_tested_on",
            "C1,E1,张三,子女,1,2026-01-01",
            "key_tested_on",
        ),
        (
            responders,
            "responder_code,name,kind,mode",
            "R1,张三,网格员,步行",
            "area_codes",
        ),
        (
            responders,
            "responder_code,name,kind,mode,area_codes",
            "R1,张三,网格员,飞,120114001",
            "mode",
        ),
        (
            responders,
            "responder_code,name,kind,mode,area_codes,allowances",
            "R1,张三,志愿者,步行,120114001,精神关爱",
            "allowances",
        ),
        (
            responders,
            "responder_code,name,kind,mode,area_codes,tier",
            "R1,张三,街道应急队,步行,120114001,家庭",
            "tier",
        ),
        (
            devices,
            "device_code,kind,voice_path,elder_code,household_code",
            "D1,烟感,否,E1,H1",
            "household_code",
        ),
        (
            devices,
            "device_code,kind,voice_path,household_code",
            "D1,智能手表,否,H1",
            "household_code",
        ),
        (devices, "device_code,kind,voice_path", "D1,烟感,也许", "voice_path"),
        (devices, "device_code,kind,voice_path", "D1,烟感,", "voice_path"),
        (
            devices,
            "device_code,kind,voice_path,crs",
            "D1,智能手表,是,北京54",
            "crs",
        ),
        (
            stations,
            "station_code,kind,name,address,area_code,beds,free_beds",
            "S1,养老院,A,1号,120114001,4,5",
            "beds",
        ),
        (
            stations,
            "station_code,kind,name,address,area_code,free_beds",
            "S1,养老院,A,1号,120114001,5",
            "beds",
        ),
        (
            stations,
            "station_code,kind,name,address,area_code,phone",
            "S1,养老院,A,1号,120114001,x",
            "phone",
        ),
        (
            chains,
            "grid_code,household_code,grid_worker",
            "120114001901001,H1,R1",
            "household_code",
        ),
        (chains, "grid_code,household_code,grid_worker", ",,R1", "grid_code"),
        (chains, "grid_code,grid_worker", "120114001901,R1", "grid_code"),
        (chains, "grid_code,grid_worker", "120114001901001,", "grid_worker"),
        (
            duty,
            "responder_code,date,from,until",
            "R1,2026-02-29,08:00,18:00",
            "date",
        ),
        (duty, "responder_code,date,from,until", "R1,2026-02-28,8,18:00", "from"),
        (
            duty,
            "responder_code,date,from,until",
            "R1,2026-02-28,08:00,24:00",
            "until",
        ),
        (
            duty,
            "responder_code,date,from,until",
            ",2026-02-28,08:00,18:00",
            "responder_code",
        ),
        (
            duty,
            "responder_code,date,from,until,stands_in_for",
            "R1,2026-02-28,08:00,18:00,R1",
            "stands_in_for",
        ),
    ];
    for (read, header, row, column) in cases {
        assert_eq!(
            read(&format!("{header}\n{row}\n")),
            [(2, (*column).to_owned())],
            "{row}"
        );
    }
}

#[test]
fn hours_of_a_contact_are_two_hours_of_a_day() {
    let read = |hours: &str| {
        let text = format!("contact_code,elder_code,name,relation,call_order,hours\nC1,E1,张三,子女,1,{hours}\n");
        let parsed = contacts(text.as_bytes(), &setting());
        let hours = parsed
            .rows
            .first()
            .map(|it| it.1.contact.hours.map(|it| (it.from, it.to)));
        hours.ok_or_else(|| (parsed.errors[0].line, parsed.errors[0].column.clone()))
    };
    for (text, wanted) in [("", None), ("8-20", Some((8, 20))), ("22 至 6", Some((22, 6)))] {
        assert_eq!(read(text), Ok(wanted), "{text}");
    }
    for text in ["8", "8-24", "8-8", "早-晚"] {
        assert_eq!(read(text), Err((2, "hours".to_owned())), "{text}");
    }
}

#[test]
fn a_family_of_whom_nobody_could_be_called_is_warned_of_with_its_row_and_cell() {
    let [a, b] = ["E1", "E2"].map(elder_id);
    let known = |reached: &[(ElderId, &str)]| Known {
        high_risk: Some([a, b].into()),
        reached: Some(reached.iter().map(|it| (it.0, contact_id(it.1))).collect()),
        ..Known::default()
    };
    let warned = |text: &str, known: Known| {
        let parsed = contacts(text.as_bytes(), &Setting { known, ..setting() });
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let of_this = parsed
            .warnings
            .into_iter()
            .filter(|it| it.message.starts_with("nobody of the family"));
        of_this.map(|it| (it.line, it.column)).collect::<Vec<_>>()
    };
    let phones = |line| (line, "phones".to_owned());
    let sheet = "contact_code,elder_code,name,relation,call_order,phones,restricted\n\
        C1,E1,张三,子女,1,,\nC2,E1,张四,子女,2,,\nC3,E2,李四,子女,1,10000000001,\nC4,E3,王五,子女,1,,\n";
    assert_eq!(
        warned(sheet, known(&[])),
        [phones(2)],
        "once a family, and of those at high risk alone"
    );
    assert_eq!(
        warned(sheet, known(&[(a, "C9")])),
        [],
        "somebody else on file has a telephone"
    );
    assert_eq!(
        warned(sheet, known(&[(a, "C2")])),
        [phones(2)],
        "the sheet takes it away"
    );
    let barred = sheet.replace("10000000001,", "10000000001,是");
    assert_eq!(
        warned(&barred, known(&[])),
        [phones(2), phones(4)],
        "a restricted one is none"
    );
    let without = "contact_code,elder_code,name,relation,call_order\nC1,E1,张三,子女,1\n";
    assert_eq!(
        warned(without, known(&[])),
        [],
        "a sheet that says nothing of telephones"
    );
    let elders = format!("{SHORT}\nE1,张三,120114001001001,1号,high_risk\nE2,李四,120114001001001,2号,高风险\n");
    let setting = Setting {
        known: known(&[(b, "C3")]),
        ..setting()
    };
    let parsed = super::elders(elders.as_bytes(), &setting);
    let found: Vec<u64> = parsed
        .warnings
        .iter()
        .filter(|it| it.column == "needs")
        .map(|it| it.line)
        .collect();
    assert_eq!(found, [2]);
}

#[test]
fn a_sheet_may_only_refer_to_what_is_known() {
    let none = Known {
        areas: Some(Default::default()),
        elders: Some(Default::default()),
        households: Some(Default::default()),
        responders: Some(Default::default()),
        ..Known::default()
    };
    let setting = Setting {
        known: none,
        ..setting()
    };
    for (sheet, text, column) in [
        (Sheet::Areas, "area_code,name\n120114001,杨村街道\n", "area_code"),
        (
            Sheet::Elders,
            "elder_code,name,grid_code,address,needs\nE1,张三,120114001901001,1号,general\n",
            "grid_code",
        ),
        (
            Sheet::Contacts,
            "contact_code,elder_code,name,relation,call_order\nC1,E1,张三,子女,1\n",
            "elder_code",
        ),
        (
            Sheet::Responders,
            "responder_code,name,kind,mode,area_codes\nR1,张三,网格员,步行,120114001\n",
            "area_codes",
        ),
        (
            Sheet::Chains,
            "grid_code,grid_worker,household_code\n,,H1\n",
            "household_code",
        ),
        (Sheet::Chains, "household_code,grid_head,grid_code\n,R1,\n", "grid_head"),
        (
            Sheet::Devices,
            "device_code,kind,voice_path,elder_code\nD1,烟感,否,E1\n",
            "elder_code",
        ),
        (
            Sheet::Devices,
            "device_code,kind,voice_path,household_code\nD1,烟感,否,H1\n",
            "household_code",
        ),
        (
            Sheet::Duty,
            "responder_code,date,from,until\nR1,2026-02-28,08:00,18:00\n",
            "responder_code",
        ),
        (
            Sheet::Stations,
            "station_code,kind,name,address,area_code\nS1,药店,A,1号,120114001\n",
            "area_code",
        ),
    ] {
        let (rows, errors, _) = read_any(sheet, text.as_bytes(), &setting);
        assert_eq!(rows, 0, "{sheet}");
        assert_eq!((errors[0].line, errors[0].column.as_str()), (2, column), "{sheet}");
    }
    let district = areas(
        "area_code,name\n120114001,杨村街道\n120114,武清区\n".as_bytes(),
        &setting,
    );
    assert!(
        district.is_clean(),
        "a parent may come later in the sheet: {:?}",
        district.errors
    );
}

#[test]
fn doubles_are_reported_with_the_line_of_the_first() {
    let text = format!("{SHORT}\nE1,张三,120114001901001,1号,general\n\nE1,张三,120114001901001,1号,general\n");
    let parsed = elders(text.as_bytes(), &setting());
    assert_eq!(complaints(&parsed), [(4, "elder_code", Some("E1"))]);
    assert_eq!(parsed.errors[0].message, "is on line 2 already");
    assert_eq!(parsed.rows.len(), 1);

    let rota = "responder_code,date,from,until\nR1,2026-01-05,08:00,18:00\nR1,2026-01-05,8:00,18:00\nR1,2026-01-05,17:59,20:00\nR1,2026-01-05,20:00,02:00\n";
    let parsed = duty(rota.as_bytes(), &setting());
    assert_eq!(
        complaints(&parsed),
        [(3, "responder_code", Some("R1")), (4, "from", Some("17:59"))]
    );

    let home = "elder_code,name,household_code,grid_code,address,needs\nE1,张三,H1,120114001901001,1号,general\n\
        E2,李四,H1,120114001901002,2号,general\n";
    assert_eq!(
        complaints(&elders(home.as_bytes(), &setting())),
        [(3, "grid_code", Some("120114001901002")), (3, "address", Some("2号"))]
    );
}

#[test]
fn a_wrong_file_is_refused_with_what_to_do() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(SHORT.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let mut gbk = format!("{SHORT}\nE1,").into_bytes();
    gbk.extend([0xd5, 0xc5, 0xc8, 0xfd]); // 张三 in GBK
    let zeros = format!("{SHORT}\nE1,\0").into_bytes();
    let many: String = (0..=COLUMNS_MAX).map(|it| format!("c{it},")).collect();
    for (bytes, line, part) in [
        (&b""[..], 0, "empty"),
        (b"\n\n,,\n", 0, "empty"),
        (&utf16, 0, "UTF-16"),
        (&gbk, 2, "GBK"),
        (&zeros, 0, "zero bytes"),
        (b"PK\x03\x04....", 0, "workbook"),
        (b"elder_code;name;grid_code\n", 1, "commas"),
        (b"elder_code\tname\tgrid_code\n", 1, "commas"),
        (many.as_bytes(), 1, "more than 64 columns"),
    ] {
        let parsed = elders(bytes, &setting());
        assert_eq!(parsed.rows, []);
        assert_eq!((parsed.errors.len(), parsed.errors[0].line), (1, line), "{part}");
        assert!(
            parsed.errors[0].message.contains(part),
            "{part}: {}",
            parsed.errors[0].message
        );
    }
    // A marked file is as good as an unmarked one, and line ends of any kind count once.
    let row = "E1,张三,120114001901001,1号,general";
    let marked = format!("\u{feff}{SHORT}\r\n{row}\r\n\r\nE2,,120114001901001,1号,general\r\n");
    let parsed = elders(marked.as_bytes(), &setting());
    assert_eq!((parsed.rows.len(), complaints(&parsed)), (1, vec![(4, "name", None)]));
}

#[test]
fn a_wrong_header_is_reported_whole_and_data_in_its_place_is_not_repeated() {
    let parsed = elders(
        "elder_code,name,name,colour,address\nE1,张三,,red,1号\n".as_bytes(),
        &setting(),
    );
    assert_eq!(
        complaints(&parsed),
        [
            (1, "name", Some("name")),
            (1, "", Some("colour")),
            (1, "grid_code", None),
            (1, "needs", None)
        ]
    );
    let bare = elders("E1,张三,11010519491231002X\n".as_bytes(), &setting());
    assert_eq!(complaints(&bare), [(1, "", None)]);
    assert!(bare.errors[0].message.contains("elder_code") && !bare.errors[0].message.contains("1101"));
    // An unknown column alone does not hide the bad cells below it.
    let both = elders(
        format!("{SHORT},colour,\n,张三,120114001901001,1号,general,red,\n").as_bytes(),
        &setting(),
    );
    assert_eq!(complaints(&both), [(1, "", Some("colour")), (2, "elder_code", None)]);
    let astray = elders(
        format!("{SHORT},\nE1,张三,120114001901001,1号,general,x\n").as_bytes(),
        &setting(),
    );
    assert_eq!(complaints(&astray), [(2, "", None)]);
}

#[test]
fn numbers_that_a_spreadsheet_shortened_are_recognised() {
    let text = format!("{SHORT},phones,identity\nE1,张三,1.20114E+14,1号,general,1.00E+10,1.10105E+17\n");
    let parsed = elders(text.as_bytes(), &setting());
    let columns: Vec<&str> = parsed.errors.iter().map(|it| it.column.as_str()).collect();
    assert_eq!(columns, ["grid_code", "identity", "phones"]);
    assert!(
        parsed
            .errors
            .iter()
            .all(|it| it.message.contains("shortened") && (it.value.is_none() || it.column == "grid_code"))
    );
}

#[test]
fn each_limit_is_reached() {
    let base = |rows: &str| format!("{SHORT},health,needs_more\n").replace(",needs_more", "") + rows;
    let at = |text: String| {
        let parsed = elders(text.as_bytes(), &setting());
        (parsed.rows.len(), parsed.errors)
    };
    let row = |health: String| base(&format!("E1,张三,120114001901001,1号,general,{health}\n"));
    assert_eq!(at(row("病".repeat(CELL_MAX_CHARS))).0, 1);
    let (rows, errors) = at(row("病".repeat(CELL_MAX_CHARS + 1)));
    assert_eq!(
        (rows, errors[0].column.as_str(), errors[0].value.as_deref()),
        (0, "health", None)
    );
    assert!(errors[0].message.contains("2000 characters"));

    let list = |entries: usize| {
        base(&format!(
            "E1,张三,120114001901001,1号,{},\n",
            vec!["general"; entries].join(";")
        ))
    };
    assert_eq!(at(list(LIST_MAX)).0, 1);
    assert!(at(list(LIST_MAX + 1)).1[0].message.contains("32 entries"));

    let bad: String = (0..ERRORS_MAX + 7)
        .map(|it| format!("E{it},,120114001901001,1号,general,\n"))
        .collect();
    let parsed = elders(base(&bad).as_bytes(), &setting());
    assert_eq!((parsed.errors.len(), parsed.errors_left_out), (ERRORS_MAX, 7));
    assert_eq!(parsed.warnings.len(), ERRORS_MAX);

    let large = vec![b' '; FILE_MAX_BYTES + 1];
    assert!(elders(&large, &setting()).errors[0].message.contains("64 MiB"));
}

#[test]
fn the_row_after_the_last_is_refused() {
    let mut text = String::from("device_code,kind,voice_path,elder_code\n");
    for it in 0..=ROWS_MAX {
        text.push_str(&format!("D{it},烟感,否,E1\n"));
    }
    let parsed = devices(text.as_bytes(), &setting());
    assert_eq!(parsed.rows.len(), ROWS_MAX);
    assert_eq!(complaints(&parsed), [(ROWS_MAX as u64 + 2, "", None)]);
    assert!(parsed.errors[0].message.contains("250000 rows"));
}

#[test]
fn a_missing_quotation_mark_swallows_no_row_in_silence() {
    let text = format!("{SHORT}\nE1,\"张三,120114001901001,1号,general\nE2,李四,120114001901001,1号,general\n");
    let parsed = elders(text.as_bytes(), &setting());
    assert_eq!(parsed.rows, []);
    assert!(!parsed.is_clean());
    // In the last cell of the file nothing stands astray, and the row would look whole.
    let sound = "E1,张三,120114001901001,1号,general";
    for (row, ending) in [
        ("E2,李四,120114001901001,1号,\"general", ""),
        ("E2,李四,120114001901001,1号,\"general", "\n\n"),
        ("E2,李四,120114001901001,1号,\"", "\n"),
    ] {
        let parsed = elders(format!("{SHORT}\n{sound}\n{row}{ending}").as_bytes(), &setting());
        assert!(
            parsed
                .errors
                .iter()
                .any(|it| it.line == 3 && it.message.contains("never closed")),
            "{row:?}{ending:?}: {:?}",
            parsed.errors
        );
    }
    for whole in [
        format!("{SHORT}\n{sound}"),
        format!("{SHORT}\n{sound}\r\n"),
        format!("{SHORT}\nE1,张三,120114001901001,\"1号\"\"\",\"general\""),
    ] {
        assert_eq!(elders(whole.as_bytes(), &setting()).errors, [], "{whole}");
    }
    let quoted = format!("{SHORT}\nE1,张三,120114001901001,\"1号,后门\",\"general,medical\"\n");
    let parsed = elders(quoted.as_bytes(), &setting());
    assert_eq!(parsed.rows[0].1.elder.address, "1号,后门");
    assert_eq!(parsed.rows[0].1.elder.needs.len(), 2);
}

#[test]
fn one_person_may_have_a_long_rota() {
    // Comparing each span with each would take minutes here.
    let day = |it: i64| date(2020, 1, 1) + jiff::Span::new().days(it);
    let rows: String = (0..20_000).map(|it| format!("R1,{},08:00,18:00\n", day(it))).collect();
    let parsed = duty(format!("responder_code,date,from,until\n{rows}").as_bytes(), &setting());
    assert_eq!((parsed.rows.len(), parsed.errors), (20_000, vec![]));
}

#[test]
fn clocks_that_are_changed_are_not_guessed() {
    // China last changed its clocks in 1991; another zone stands for whoever does it again.
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let setting = Setting { zone, ..setting() };
    let rota = "responder_code,date,from,until\nR1,2026-03-29,02:30,08:00\nR1,2026-10-25,02:30,08:00\nR1,2026-10-25,09:00,08:00\n";
    let parsed = duty(rota.as_bytes(), &setting);
    assert_eq!(
        complaints(&parsed),
        [(2, "from", Some("02:30")), (3, "from", Some("02:30"))]
    );
    assert_eq!(parsed.rows.len(), 1);
}

#[test]
fn what_is_missing_is_a_warning() {
    let text = format!("{SHORT}\nE1,张三,120114001901001,1号,general\n");
    let (rows, errors, warnings) = read_any(Sheet::Elders, text.as_bytes(), &setting());
    assert_eq!((rows, errors.len(), warnings[0].column.as_str()), (1, 0, "lat"));
    for (sheet, text, column) in [
        (
            Sheet::Contacts,
            "contact_code,elder_code,name,relation,call_order\nC1,E1,张三,子女,1\n",
            "phones",
        ),
        (
            Sheet::Responders,
            "responder_code,name,kind,mode,area_codes\nR1,张三,网格员,步行,120114001\n",
            "base_lat",
        ),
        (
            Sheet::Devices,
            "device_code,kind,voice_path\nD1,烟感,否\n",
            "elder_code",
        ),
        (
            Sheet::Devices,
            "device_code,kind,voice_path,elder_code\nD1,智能手表,否,E1\n",
            "crs",
        ),
        (
            Sheet::Stations,
            "station_code,kind,name,address,area_code\nS1,药店,A,1号,120114001\n",
            "lat",
        ),
    ] {
        let (rows, errors, warnings) = read_any(sheet, text.as_bytes(), &setting());
        assert_eq!((rows, errors.len(), warnings.len()), (1, 0, 1), "{sheet}");
        assert_eq!(warnings[0].column, column, "{sheet}");
    }
}

#[test]
fn the_page_for_the_office_names_every_column_and_limit() {
    let page = include_str!("../../../docs/import.md");
    for sheet in Sheet::ALL {
        let start = page
            .find(&format!("## {sheet} "))
            .unwrap_or_else(|| panic!("no section for {sheet}"));
        let section = &page[start + 3..];
        let section = &section[..section.find("\n## ").unwrap_or(section.len())];
        for column in sheet.columns() {
            let cells = format!("| `{}` | {} |", column.name, column.zh);
            let line = section
                .lines()
                .find(|it| it.starts_with(&cells))
                .unwrap_or_else(|| panic!("{sheet}: no line {cells}"));
            assert_eq!(line.contains("| yes |"), column.required, "{sheet}: {}", column.name);
            assert_eq!(line.contains("sealed"), column.sensitive, "{sheet}: {}", column.name);
        }
        let rows = section.lines().filter(|it| it.starts_with("| `")).count();
        assert_eq!(
            rows,
            sheet.columns().len(),
            "{sheet}: a column that is not there any more"
        );
    }
    for limit in [
        "64 MiB",
        "250,000 rows",
        "2,000 characters",
        "64 columns",
        "32 entries",
        "5,000",
    ] {
        assert!(page.contains(limit), "{limit}");
    }
}

proptest! {
    /// Whatever comes, each row is either read or complained about, and no sensitive cell is repeated.
    #[test]
    fn nothing_is_dropped_in_silence(rows in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9一-三;:/. -]{0,12}", 28), 1..6)) {
        let header: Vec<&str> = Sheet::Elders.columns().iter().map(|it| it.name).collect();
        let body: Vec<String> = rows.iter().map(|it| it.join(",")).collect();
        let text = format!("{}\n{}\n", header.join(","), body.join("\n"));
        let parsed = elders(text.as_bytes(), &setting());
        let filled = rows.iter().filter(|it| it.iter().any(|cell| !cell.trim().is_empty())).count();
        let bad: std::collections::BTreeSet<u64> = parsed.errors.iter().map(|it| it.line).collect();
        prop_assert_eq!(parsed.rows.len() + bad.len(), filled);
        let sensitive = |name: &str| Sheet::Elders.columns().iter().any(|it| it.name == name && it.sensitive);
        prop_assert!(parsed.errors.iter().all(|it| !sensitive(&it.column) || it.value.is_none()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0_usize..8) {
        for sheet in Sheet::ALL {
            let mut file = if head % 2 == 0 { sheet.template().into_bytes() } else { vec![] };
            file.extend(&bytes);
            let (_, errors, _) = read_any(*sheet, &file, &setting());
            prop_assert!(errors.len() <= ERRORS_MAX);
        }
    }
}

#[test]
fn a_birth_that_is_to_come_is_an_error_of_its_row() {
    // Noon of the setting is that of Shanghai's calendar: the street's own day counts, not Greenwich's.
    let today = NOON.to_zoned(setting().zone).date();
    let row =
        |n: u8, born: &str, identity: &str| format!("E{n},张三,120114001001001,{n}号,general,{born},{identity}\n");
    let text = [
        "elder_code,name,grid_code,address,needs,born,identity\n".to_owned(),
        row(1, &today.to_string(), ""),
        row(2, &today.tomorrow().unwrap().to_string(), ""),
        row(3, "2140-01-01", ""),
        row(4, "", &with_check_digit("11010521400101002")),
        row(5, "1941-03-08", ""),
    ]
    .concat();
    let parsed = elders(text.as_bytes(), &setting());
    let tomorrow = today.tomorrow().unwrap().to_string();
    assert_eq!(
        complaints(&parsed),
        [
            (3, "born", Some(tomorrow.as_str())),
            (4, "born", Some("2140-01-01")),
            (5, "identity", None)
        ]
    );
    assert!(
        parsed
            .errors
            .iter()
            .all(|it| it.message == "nobody is born after today"),
        "{:?}",
        parsed.errors
    );
    assert_eq!(parsed.rows.iter().map(|it| it.0).collect::<Vec<_>>(), [2, 6]);
}

/// 17 digits and the check character of GB 11643.
fn with_check_digit(digits: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(it, weight)| u32::from(it - b'0') * weight)
        .sum();
    let check = "10X98765432".as_bytes()[sum as usize % 11];
    format!("{digits}{}", char::from(check))
}

#[test]
fn a_home_that_lies_far_away_is_warned_of_with_its_distance_and_still_taken() {
    let corner = |lat, lon| Point::new(lat, lon).unwrap();
    let head = "elder_code,name,grid_code,address,needs,lat,lon,crs\n".to_owned();
    let row = |n: u8, grid: &str, lat: f64, lon: f64| format!("E{n},张三,{grid},{n}号,general,{lat},{lon},wgs84\n");
    let grid = "120114001001001";
    let near: String = (1..=5)
        .map(|n| row(n, grid, 39.38 + f64::from(n) * 0.001, 117.06))
        .collect();
    let warned = |text: &str, known: Known| {
        let parsed = elders(text.as_bytes(), &Setting { known, ..setting() });
        assert!(parsed.is_clean(), "{:?}", parsed.errors);
        assert_eq!(parsed.rows.len(), text.lines().count() - 1, "still taken");
        let told: Vec<(u64, String)> = parsed.warnings.iter().map(|it| (it.line, it.message.clone())).collect();
        told
    };
    let of_street = "from the middle of the homes of 120114001";
    let of_roads = "outside the roads that are loaded: no way there can be reckoned";
    // Latitude and a slipped digit, by the homes of the sheet itself; a neighbour 15 km off is no wonder.
    let text = [
        head.clone(),
        near.clone(),
        row(6, grid, 39.52, 117.06),
        row(7, grid, 38.38, 117.06),
    ]
    .concat();
    assert_eq!(
        warned(&text, Known::default()),
        [(8, format!("the home lies 112 km {of_street}"))]
    );
    // Another street is measured by its own homes, and has too few; those on file count as well.
    let other = [head.clone(), near, row(6, "120114002001001", 31.2, 121.5)].concat();
    assert_eq!(warned(&other, Known::default()), []);
    let homes = vec![("120114002001001".parse().unwrap(), corner(39.4, 117.1)); 5];
    let known = Known {
        homes,
        ..Known::default()
    };
    assert_eq!(
        warned(&other, known),
        [(
            7,
            "the home lies 995 km from the middle of the homes of 120114002".to_owned()
        )]
    );
    // With roads loaded: beyond their corners, in each direction, and by how much.
    let roads = Some((corner(39.36, 117.04), corner(39.41, 117.09)));
    let text = [
        head,
        row(1, grid, 39.38, 117.06),
        row(2, grid, 39.4182, 117.06),
        row(3, grid, 39.43, 117.06),
        row(4, grid, 39.38, 116.5),
    ]
    .concat();
    let known = Known {
        roads,
        ..Known::default()
    };
    assert_eq!(
        warned(&text, known),
        [
            (4, format!("the home lies 2.2 km {of_roads}")),
            (5, format!("the home lies 46 km {of_roads}"))
        ]
    );
}
