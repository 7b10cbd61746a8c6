use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;
use crate::circle::Point;

/// A message as a weather service sends one, with what may stand around it.
const HEAT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2" xmlns:x="urn:other">
 <identifier>12011441600000_20260705093000</identifier><sender>met@wuqing.example</sender>
 <sent>2026-07-05T09:30:00+08:00</sent><status>Actual</status><msgType>Update</msgType><source>台</source><scope>Private</scope>
 <addresses>"street office" desk@yangcun.example</addresses><code>x</code>
 <references>met@wuqing.example,a-1,2026-07-05T08:00:00+08:00 broken met@wuqing.example,a-2,2026-07-05T00:30:00Z</references>
 <info><language>zh-CN</language><category>Met</category><category>Health</category><event>高温 &amp; <![CDATA[<旱>]]></event>
  <responseType>Prepare</responseType><urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
  <eventCode><valueName>GB/T 27962</valueName><value>11B09</value></eventCode>
  <effective>2026-07-05T09:30:00+08:00</effective><expires>2026-07-05T21:00:00.5+08:00</expires><senderName>武清区气象台</senderName>
  <headline> 高温橙色预警 </headline><resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType></resource>
  <x:other><x:deep>not ours</x:deep></x:other>
  <area><areaDesc>杨村街道</areaDesc><polygon>39.3,117.0 39.3,117.1 39.4,117.1</polygon><circle>39.35,117.05 2.5</circle>
   <geocode><valueName>area_code</valueName><value>120114001</value></geocode></area>
 </info>
</alert>"#;

#[test]
fn a_message_is_read_with_all_that_may_stand_around_it() {
    let alert = read(HEAT.as_bytes()).unwrap();
    assert_eq!(alert.sent, "2026-07-05T01:30:00Z".parse().unwrap());
    assert_eq!(
        (alert.status, alert.msg_type, alert.scope),
        (Status::Actual, MsgType::Update, Scope::Private)
    );
    assert_eq!(alert.addresses, ["street office", "desk@yangcun.example"]);
    let referred: Vec<&str> = alert.references.iter().map(|it| it.identifier.as_str()).collect();
    assert_eq!(referred, ["a-1", "a-2"], "one that cannot be read costs no other");
    let info = &alert.infos[0];
    assert_eq!(info.event, "高温 & <旱>");
    assert_eq!(info.headline.as_deref(), Some("高温橙色预警"));
    assert_eq!(info.categories, [Category::Met, Category::Health]);
    assert_eq!(alert.expires(), Some("2026-07-05T13:00:00Z".parse().unwrap()));
    let area = &info.areas[0];
    assert_eq!(area.polygons[0].len(), 4, "an open ring is closed");
    assert_eq!(area.circles[0].radius_km, 2.5);
    assert_eq!(area.geocodes, [("area_code".to_owned(), "120114001".to_owned())]);
}

#[test]
fn what_is_no_message_is_told_by_what_is_wrong() {
    let without = |name: &str| {
        let from = HEAT.find(&format!("<{name}>")).unwrap();
        let end = format!("</{name}>");
        let to = HEAT.find(&end).unwrap() + end.len();
        format!("{}{}", &HEAT[..from], &HEAT[to..])
    };
    for name in [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "event",
        "urgency",
        "severity",
        "certainty",
        "areaDesc",
    ] {
        let told = read(without(name).as_bytes()).unwrap_err();
        assert_eq!(told.field(), Some(name), "{told}");
        assert!(matches!(told, Unreadable::Missing(_)));
    }
    for (from, to, field) in [
        ("<status>Actual", "<status>actual", "status"),
        ("<msgType>Update", "<msgType>Alarm", "msgType"),
        ("<scope>Private", "<scope>Secret", "scope"),
        ("<severity>Severe", "<severity>Red", "severity"),
        ("<category>Met", "<category>Weather", "category"),
        ("<sent>2026-07-05T09:30:00+08:00", "<sent>2026-07-05T09:30:00", "sent"),
        ("<sender>met@wuqing.example", "<sender>met, wuqing", "sender"),
        ("39.3,117.0 39.3,117.1", "39.3,517.0 39.3,117.1", "polygon"),
        ("39.3,117.0 39.3,117.1 39.4,117.1", "39.3,117.0 39.3,117.1", "polygon"),
        ("39.35,117.05 2.5", "39.35,117.05", "circle"),
        ("39.35,117.05 2.5", "39.35,117.05 -1", "circle"),
        ("39.35,117.05 2.5", "39.35,117.05 NaN", "circle"),
    ] {
        assert!(HEAT.contains(from));
        assert_eq!(
            read(HEAT.replace(from, to).as_bytes()),
            Err(Unreadable::Wrong(field)),
            "{to}"
        );
    }
    let bomb = r#"<!DOCTYPE alert [<!ENTITY a "aaaa">]>"#;
    let with_type = HEAT.replace("<!-- a comment -->", bomb);
    assert_eq!(read(with_type.as_bytes()), Err(Unreadable::Entities));
    assert_eq!(read(HEAT.replace("&amp;", "&a;").as_bytes()), Err(Unreadable::Entities));
    assert_eq!(
        read(HEAT.replace("cap:1.2", "cap:1.1").as_bytes()),
        Err(Unreadable::NotCap)
    );
    assert_eq!(read(b""), Err(Unreadable::NotCap));
    assert_eq!(read(b"{}"), Err(Unreadable::NotCap));
    assert_eq!(read(&HEAT.as_bytes()[..700]), Err(Unreadable::NotXml));
    assert_eq!(read(&[0xff, b'<']), Err(Unreadable::NotXml));
    let deep = HEAT
        .replace("<x:deep>", &"<x:deep>".repeat(20))
        .replace("</x:deep>", &"</x:deep>".repeat(20));
    assert_eq!(read(deep.as_bytes()), Err(Unreadable::TooMuch));
    let many = HEAT.replace("<code>x</code>", &"<code/>".repeat(20_001));
    assert_eq!(read(many.as_bytes()), Err(Unreadable::TooMuch));
}

#[test]
fn what_is_written_keeps_the_rules_of_the_standard() {
    let text = write(&read(HEAT.as_bytes()).unwrap(), Offset::from_hours(8).unwrap());
    assert!(text.contains("<sent>2026-07-05T09:30:00+08:00</sent>"), "{text}");
    assert!(
        text.contains("met@wuqing.example,a-2,2026-07-05T08:30:00+08:00"),
        "{text}"
    );
    assert!(text.contains("高温 &amp; &lt;旱&gt;"), "{text}");
    let times: Vec<&str> = text
        .lines()
        .filter(|it| it.contains("T09:30") || it.contains("T21:00"))
        .collect();
    assert!(
        times.len() >= 2 && times.iter().all(|it| !it.contains('Z')),
        "{times:?}"
    );
    // The order of the schema.
    let order = [
        "<identifier>",
        "<sender>",
        "<sent>",
        "<status>",
        "<msgType>",
        "<scope>",
        "<addresses>",
        "<references>",
        "<info>",
        "<language>",
        "<category>",
        "<event>",
        "<responseType>",
        "<urgency>",
        "<severity>",
        "<certainty>",
        "<eventCode>",
        "<expires>",
        "<senderName>",
        "<headline>",
        "<area>",
        "<areaDesc>",
        "<polygon>",
        "<circle>",
        "<geocode>",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|it| text.find(it).unwrap_or_else(|| panic!("{it}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    let utc = write(&read(HEAT.as_bytes()).unwrap(), Offset::UTC);
    assert!(utc.contains("<sent>2026-07-05T01:30:00-00:00</sent>"), "{utc}");
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (200_000_i64..4_000_000_000).prop_map(|it| Timestamp::from_second(it).unwrap())
}

/// A text without blanks at its ends, of letters that XML can hold.
fn texts() -> impl Strategy<Value = String> {
    "[a-z<>&'\"\u{4e00}-\u{4fff}]([ -~\u{4e00}-\u{4fff}]{0,20}[a-z<>&'\"\u{4e00}-\u{4fff}])?"
}

fn points() -> impl Strategy<Value = Point> {
    (-90.0..90.0, -180.0..180.0).prop_map(|(lat, lon)| Point::new(lat, lon).unwrap())
}

prop_compose! {
    fn areas()(description in texts(), ring in prop::collection::vec(points(), 3..9), middle in points(), radius_km in 0.0..500.0,
        round in any::<bool>(), codes in prop::collection::vec((texts(), texts()), 0..3)) -> Area {
        let mut ring = ring;
        ring.push(ring[0]);
        Area {
            description,
            polygons: if round { vec![] } else { vec![ring] },
            circles: if round { vec![Circle { middle, radius_km }] } else { vec![] },
            geocodes: codes,
        }
    }
}

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn infos()(language in prop::option::of(Just("zh-CN".to_owned())), categories in prop::collection::vec(any_of(Category::ALL), 1..3),
        event in texts(), response_types in prop::collection::vec(any_of(ResponseType::ALL), 0..3),
        urgency in any_of(Urgency::ALL), severity in any_of(Severity::ALL), certainty in any_of(Certainty::ALL),
        (onset, expires) in (prop::option::of(instants()), prop::option::of(instants())),
        (sender_name, headline, description, instruction) in
            (prop::option::of(texts()), prop::option::of(texts()), prop::option::of(texts()), prop::option::of(texts())),
        event_codes in prop::collection::vec((texts(), texts()), 0..2), parameters in prop::collection::vec((texts(), texts()), 0..2),
        areas in prop::collection::vec(areas(), 0..3)) -> Info {
        Info { language, categories, event, response_types, urgency, severity, certainty, event_codes, onset, expires, sender_name,
            headline, description, instruction, parameters, areas }
    }
}

fn references() -> impl Strategy<Value = Reference> {
    ("[!-+.-;=-~]{1,20}", "[a-zA-Z0-9._:@-]{1,20}", instants()).prop_map(|(sender, identifier, sent)| Reference {
        sender: sender.replace('&', "+"),
        identifier,
        sent,
    })
}

prop_compose! {
    fn alerts()(me in references(), status in any_of(Status::ALL), msg_type in any_of(MsgType::ALL), scope in any_of(Scope::ALL),
        addresses in prop::collection::vec("[a-z\u{4e00}-\u{4fff}][a-z @]{0,9}[a-z]", 0..3), note in prop::option::of(texts()),
        references in prop::collection::vec(references(), 0..3), infos in prop::collection::vec(infos(), 0..3)) -> Alert {
        Alert { identifier: me.identifier, sender: me.sender, sent: me.sent, status, msg_type, scope, addresses, note, references, infos }
    }
}

/// With `ECD_TEST_DATA`: the messages that were made for tests read as what they are. The one that has its times in Greenwich's letter
/// breaks the standard, and a sender that writes so is understood all the same.
#[test]
fn the_messages_of_the_field_read_as_they_are_named() {
    let Some(folder) = std::env::var_os("ECD_TEST_DATA") else {
        println!("ECD_TEST_DATA is not set: the messages of CAP were not read");
        return;
    };
    let folder = std::path::Path::new(&folder).join("frames");
    for (name, msg_type) in [
        ("fall-alert", MsgType::Alert),
        ("fall-update", MsgType::Update),
        ("fall-cancel", MsgType::Cancel),
        ("fall-ack", MsgType::Ack),
        ("bad-zulu-time", MsgType::Alert),
    ] {
        let bytes = std::fs::read(folder.join(format!("cap-own-{name}-1.2.xml"))).unwrap();
        let alert = read(&bytes).unwrap();
        assert_eq!((alert.msg_type, alert.status), (msg_type, Status::Exercise), "{name}");
        let referred: Vec<&str> = alert.references.iter().map(|it| it.identifier.as_str()).collect();
        let refers = matches!(msg_type, MsgType::Update | MsgType::Cancel | MsgType::Ack);
        assert_eq!(referred.first() == Some(&"YC-2026-0301-0001"), refers, "{name}");
        // And goes out again as it came.
        let text = write(&alert, Offset::constant(8));
        assert_eq!(read(text.as_bytes()), Ok(alert), "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(alert in alerts(), hours in -11_i8..=12) {
        let text = write(&alert, Offset::from_hours(hours).unwrap());
        prop_assert_eq!(read(text.as_bytes()), Ok(alert), "{}", text);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0_usize..HEAT.len()) {
        let _ = read(&bytes);
        let mut changed = HEAT.as_bytes().to_vec();
        changed.splice(at..at, bytes);
        let _ = read(&changed);
    }
}
