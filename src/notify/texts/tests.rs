//! Each text of each kind, form and language is looked at; a folder's mistakes are named.

use super::*;

fn texts() -> Texts {
    Texts::read(None).unwrap()
}

fn every(values: &Values, mut look: impl FnMut(Language, NoticeKind, Form, String)) {
    let texts = texts();
    for language in Language::ALL {
        for kind in NoticeKind::ALL.iter().filter(|it| !it.is_for_partners()) {
            for form in Form::ALL {
                for drill in [false, true] {
                    let text = texts.say(*language, *kind, *form, values, drill);
                    look(*language, *kind, *form, text);
                }
            }
        }
    }
}

#[test]
fn no_text_has_a_name_an_address_or_a_word_about_health() {
    for values in [full(), Values::default()] {
        every(&values, |language, kind, form, text| {
            let here = format!("{kind}.{form} {language}: {text}");
            assert!(!text.is_empty(), "{here}");
            for word in NEVER_ZH {
                assert!(!text.contains(word), "{word} in {here}");
            }
            let small = text.to_lowercase();
            let said: Vec<&str> = small.split(|it: char| !it.is_ascii_alphabetic()).collect();
            for word in NEVER_EN {
                assert!(!said.contains(word), "{word} in {here}");
            }
            assert!(
                !text.chars().any(|it| ('\u{2066}'..='\u{2069}').contains(&it)),
                "{here}"
            );
            assert!(
                !text.contains("  ") && !text.contains("。。") && !text.contains(" ."),
                "{here}"
            );
        });
    }
}

#[test]
fn lock_screens_groups_and_calls_hear_no_place() {
    let values = Values {
        area_name: Some("QUANZHOU".to_owned()),
        ..full()
    };
    let mut bodies = 0;
    every(&values, |language, kind, form, text| {
        let here = format!("{kind}.{form} {language}: {text}");
        // A test of one's ways is of no case, and so of no place.
        let of_a_case = !matches!(kind, NoticeKind::ChannelTest | NoticeKind::FamilySheet);
        assert_eq!(text.contains("QUANZHOU"), of_a_case && form == Form::Body, "{here}");
        bodies += usize::from(form == Form::Body);
        if matches!(form, Form::Title | Form::Spoken) {
            assert!(!text.contains("https://"), "{here}");
        }
    });
    assert_eq!(bodies, (NoticeKind::ALL.len() - 3) * 4, "all but those for partners");
}

#[test]
fn each_line_holds_the_number_so_that_no_two_cases_read_the_same() {
    every(&full(), |language, kind, form, text| {
        let of_a_case = !matches!(kind, NoticeKind::ChannelTest | NoticeKind::FamilySheet);
        if matches!(form, Form::Line | Form::Body) && of_a_case {
            assert!(
                text.contains("20261127-120114001-0042"),
                "{kind}.{form} {language}: {text}"
            );
        }
    });
}

#[test]
fn an_exercise_says_so_first() {
    let texts = texts();
    for (language, form, first) in [
        (Language::ZhCn, Form::Title, "【演练】"),
        (Language::ZhCn, Form::Line, "【演练】"),
        (Language::ZhCn, Form::Body, "【演练】"),
        (Language::ZhCn, Form::Spoken, "这是一次演练。"),
        (Language::En, Form::Title, "[EXERCISE] "),
        (Language::En, Form::Line, "[EXERCISE] "),
        (Language::En, Form::Body, "[EXERCISE] "),
        (Language::En, Form::Spoken, "This is an exercise. "),
    ] {
        for kind in NoticeKind::ALL.iter().filter(|it| !it.is_for_partners()) {
            let drill = texts.say(language, *kind, form, &full(), true);
            assert!(drill.starts_with(first), "{drill}");
            let real = texts.say(language, *kind, form, &full(), false);
            assert!(drill.ends_with(&real) && !real.contains(first.trim()), "{real}");
        }
    }
}

#[test]
fn the_values_come_through() {
    let texts = texts();
    let none = Values::default();
    let say = |language, kind, form, values: &Values| texts.say(language, kind, form, values, false);
    let table = [
        (
            say(Language::ZhCn, NoticeKind::Offer, Form::Line, &full()),
            "有一件求助请您前往（编号20261127-120114001-0042），请尽快答复。能去请回复1，不能去请回复2。查看：https://s.example.org/n/7Kq2mX9bT4",
        ),
        (
            say(Language::ZhCn, NoticeKind::Offer, Form::Line, &none),
            "有一件求助请您前往，请尽快答复。",
        ),
        (
            say(Language::ZhCn, NoticeKind::Offer, Form::Spoken, &full()),
            "您好，这里是应急调度中心。附近有一件求助，想请您前往。能去请按1，不能去请按2。",
        ),
        (
            say(Language::ZhCn, NoticeKind::FamilyAccepted, Form::Body, &full()),
            "您好！已有人前往看望您的家人，预计12分钟内到达。编号：20261127-120114001-0042。所在网格：A1。级别：特急（红色）。\
             查看：https://s.example.org/n/7Kq2mX9bT4",
        ),
        (
            say(Language::En, NoticeKind::Offer, Form::Line, &full()),
            "Call for help near you (20261127-120114001-0042): can you go? Reply 1 if you can go, 2 if you cannot. See \
             https://s.example.org/n/7Kq2mX9bT4",
        ),
        (
            say(
                Language::En,
                NoticeKind::FamilyAccepted,
                Form::Spoken,
                &Values {
                    minutes: Some(1),
                    ..full()
                },
            ),
            "Hello, this is the emergency dispatch centre. Somebody is on the way to your relative and will be there in 1 minute.",
        ),
        (
            say(Language::En, NoticeKind::FamilyAccepted, Form::Line, &full()),
            "Somebody is on the way to your relative (20261127-120114001-0042), there in 12 minutes. See \
             https://s.example.org/n/7Kq2mX9bT4",
        ),
        (
            say(Language::En, NoticeKind::FamilyAccepted, Form::Line, &none),
            "Somebody is on the way to your relative.",
        ),
    ];
    for (said, wanted) in table {
        assert_eq!(said, wanted);
    }
}

#[test]
fn short_messages_are_counted_as_the_networks_count() {
    let of = |letters: usize| segments(&"求".repeat(letters));
    assert_eq!(
        [of(0), of(1), of(70), of(71), of(134), of(135), of(201), of(202)],
        [1, 1, 1, 2, 2, 3, 3, 4]
    );
    assert_eq!(
        segments(&"🆘".repeat(35)),
        1,
        "a letter outside the first plane is two units"
    );
    assert_eq!(segments(&"🆘".repeat(36)), 2);
}

#[test]
fn a_line_is_short() {
    let values = Values { link: None, ..full() };
    every(&values, |language, kind, form, text| {
        if form == Form::Line {
            // A provider puts the street's signature in front.
            let sent = format!("【杨村街道】{text}");
            let most = if language == Language::ZhCn && !text.starts_with('【') {
                2
            } else {
                3
            };
            let parts = segments(&sent);
            assert!(parts <= most, "{kind} {language} goes in {parts}: {sent}");
        }
    });
    let texts = texts();
    let one = |kind| {
        segments(&format!(
            "【杨村街道】{}",
            texts.say(Language::ZhCn, kind, Form::Line, &values, false)
        ))
    };
    assert_eq!(
        [
            one(NoticeKind::StandDown),
            one(NoticeKind::FamilyClosed),
            one(NoticeKind::FamilyOpened)
        ],
        [1, 1, 1]
    );
}

fn folder(zh: &str, en: Option<&str>) -> Result<Texts, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zh-CN.ftl"), zh).unwrap();
    if let Some(en) = en {
        std::fs::write(folder.path().join("en.ftl"), en).unwrap();
    }
    Texts::read(Some(folder.path()))
}

const ZH: &str = include_str!("zh-CN.ftl");
const EN: &str = include_str!("en.ftl");

#[test]
fn a_folder_may_have_others_in_their_place() {
    let ours = EN.replace("You need not go\n", "Stay where you are\n");
    let texts = folder(ZH, Some(&ours)).unwrap();
    let said = texts.say(Language::En, NoticeKind::OfferEnded, Form::Title, &full(), false);
    assert_eq!(said, "Stay where you are");
}

#[test]
fn every_mistake_of_a_folder_is_named() {
    let table = [
        (
            EN.replace(
                "{ $minutes } minutes\n     }.{ detail }",
                "{ $mintes } minutes\n     }.{ detail }",
            ),
            "family_accepted.body: `mintes` is no value",
        ),
        (
            EN.replace(".title = Please stand by", ".titel = Please stand by"),
            "backup.titel: there is no such form",
        ),
        (
            EN.replace("    .title = Please stand by\n", ""),
            "backup.title: is missing",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by in { $area_name }"),
            "backup.title: `area_name` may not be said",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by, see { $link }"),
            "backup.title: `link` may not be said",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by{ detail }{ open }"),
            "",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by { $case_number }"),
            "backup.title: says a value that may not be known",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by { nothing }"),
            "backup.title: ",
        ),
        (
            EN.replace(".title = Please stand by", ".title = {\"\"}"),
            "backup.title: says nothing",
        ),
        (
            EN.replace(".title = Please stand by", ".title = Please stand by at the Road"),
            "backup.title: `road` may not be said in any text",
        ),
        (EN.replace("backup =\n", "backup\n"), "line "),
        (
            EN.replace("\noffer_ended =", "\noffer_endet ="),
            "offer_ended.title: is missing",
        ),
    ];
    for (text, wanted) in table {
        assert_ne!(text, EN, "{wanted}");
        let found = folder(ZH, Some(&text)).err().unwrap_or_default();
        if wanted.is_empty() {
            assert!(found.is_empty(), "what is shared keeps to the form: {found:?}");
            continue;
        }
        assert!(
            found.iter().any(|it| it.contains("en.ftl: ") && it.contains(wanted)),
            "{wanted} in {found:?}"
        );
    }
    let found = folder(ZH, None).err().unwrap();
    assert!(
        found.len() == 1 && found[0].contains("en.ftl: cannot be read"),
        "{found:?}"
    );
    assert!(Texts::read(Some(Path::new("/nowhere"))).is_err());
}
