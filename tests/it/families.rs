//! The family of an elder: asked one after the other until one of them knows of it, told what they do not know yet, and told afterwards
//! what was opened of the file.

use actix_web::http::Method;
use eldercare_dispatch::case::{Author, Command, Event, FamilyWord, Outcome, Proof, Severity};
use eldercare_dispatch::ids::{CaseId, ContactId, UserId};
use eldercare_dispatch::notify::Injected;
use eldercare_dispatch::notify::letter::Letter;
use eldercare_dispatch::people::{
    Contact, ContactSecrets, DoorAccess, ElderSecrets, FamilyChoices, Health, Need, Private, QuietHours, Relation,
    ToldBy, contact_id,
};
use eldercare_dispatch::store::{ContactFile, ElderFile};
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0};
use crate::harness::carrier::{Fake, refused};
use crate::harness::street::elder;
use crate::harness::{Database, both_stores};
use crate::notify_ways::worker_with;
use crate::notify_webhook::contact;

const TRY_S: u64 = 75;

/// Elder 0 is one of those whose family is asked; each contact has a telephone, `1380000000n` by the place in the list.
async fn town(db: Database, fakes: &[&Fake], contacts: Vec<Contact>) -> Town {
    let all: Vec<_> = fakes.iter().map(|it| it.carrier()).collect();
    let town = Town::start_with(db, move |config| {
        config.notify.injected = Injected(all.clone());
        config.family.public_url = Some("https://dispatch.example.org".to_owned());
    })
    .await;
    let app = &town.test.app;
    let now = app.clock.now();
    let book = app.store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
    let secrets = ElderSecrets {
        identity: None,
        phones: vec!["13900000001".parse().unwrap()],
        access: DoorAccess {
            door_code: Some(Private::new("4711#")),
            ..DoorAccess::default()
        },
        health: Health {
            summary: Some(Private::new("高血压")),
            medication: None,
        },
    };
    let file = ElderFile {
        elder: elder(0, Need::HighRisk),
        secrets: Some(secrets),
    };
    app.store.put_elders(vec![file], &book, now).await.unwrap();
    let files = contacts.into_iter().zip(1..).map(|(contact, n)| ContactFile {
        contact,
        secrets: Some(ContactSecrets {
            phones: vec![phone(n).parse().unwrap()],
        }),
    });
    app.store.put_contacts(files.collect(), now).await.unwrap();
    app.refresh_picture(true).await.unwrap();
    town
}

fn phone(n: u32) -> String {
    format!("1380000000{n}")
}

/// A daughter who is called first, a guardian who is called second, a son, and somebody who may hear nothing.
fn four() -> Vec<Contact> {
    let guardian = Contact {
        relation: Relation::Guardian,
        ..contact(0, "KG", 2, false)
    };
    vec![
        contact(0, "K1", 1, false),
        guardian,
        contact(0, "K2", 3, false),
        contact(0, "KX", 1, true),
    ]
}

fn id(code: &str) -> ContactId {
    contact_id(code)
}

async fn run(town: &Town) {
    town.test.app.outbox.run_due().await.unwrap();
}

/// Time passes; what is due happens, and is told.
async fn pass(town: &Town, seconds: u64) {
    town.test.advance(seconds);
    town.test.app.desk.run_due().await.unwrap();
    run(town).await;
}

async fn events(town: &Town, case: CaseId) -> Vec<Event> {
    let all = town.test.app.store.events(case, 0, 500).await.unwrap();
    all.into_iter().map(|it| it.record.event).collect()
}

async fn asked(town: &Town, case: CaseId) -> Vec<(ContactId, u8)> {
    let all = events(town, case).await.into_iter();
    all.filter_map(|it| match it {
        Event::FamilyAsked { contact, round } => Some((contact, round)),
        _ => None,
    })
    .collect()
}

async fn unconfirmed(town: &Town, case: CaseId) -> Option<Vec<ContactId>> {
    events(town, case).await.into_iter().find_map(|it| match it {
        Event::FamilyUnconfirmed { tried } => Some(tried),
        _ => None,
    })
}

fn of_kind(fake: &Fake, code: &str, kind: &str) -> Vec<Letter> {
    let all = fake.to(&id(code).to_string()).into_iter();
    all.filter(|it| it.kind.as_str() == kind).collect()
}

async fn back(town: &Town, carrier: &str, reports: Value) -> Answer {
    let path = format!("/api/v1/notify/callbacks/{carrier}");
    town.raw(Method::POST, &path, &[("x-sign", "good")], reports.to_string())
        .await
}

async fn key(town: &Town, letter: &Letter, key: &str) {
    let report = json!([{"letter": letter.id.to_string(), "word": "key", "says": key}]);
    assert_eq!(back(town, "voice", report).await.status, 200);
}

async fn close(town: &Town, case: CaseId, outcome: Outcome) {
    let desk = &town.test.app.desk;
    let by = Author::User(UserId::new(uuid::Uuid::from_u128(1)));
    desk.handle(case, Command::Resolve { outcome }, by).await.unwrap();
    let proof = Proof::SecondLook {
        by: UserId::new(uuid::Uuid::from_u128(2)),
    };
    desk.handle(case, Command::Close { outcome: None, proof }, by)
        .await
        .unwrap();
}

both_stores! {
    async fn the_family_is_called_one_after_the_other_through_two_rounds_the_guardian_first(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], four()).await;
        let case = town.press().await;
        run(&town).await;
        assert_eq!(of_kind(&voice, "KG", "family_ask").len(), 1, "the guardian first");
        assert!(of_kind(&voice, "K1", "family_ask").is_empty() && of_kind(&voice, "K1", "family_opened").is_empty(), "nobody else is called beside it");
        assert_eq!(of_kind(&sms, "K1", "family_opened").len(), 1, "they are told all the same, by a message");
        let letter = &of_kind(&voice, "KG", "family_ask")[0];
        assert_eq!(letter.values.keys, Some(('1', '2')));
        // A machine answers: that the call was taken is no word of the family.
        assert_eq!(back(&town, "voice", json!([{"letter": letter.id.to_string(), "word": "delivered"}])).await.status, 200);
        for _ in 0..6 {
            pass(&town, TRY_S).await;
        }
        let order = [("KG", 1), ("K1", 1), ("K2", 1), ("KG", 2), ("K1", 2), ("K2", 2)];
        assert_eq!(asked(&town, case).await, order.map(|(code, round)| (id(code), round)));
        assert_eq!(unconfirmed(&town, case).await, Some(vec![id("KG"), id("K1"), id("K2")]), "and who was tried");
        for code in ["KG", "K1", "K2"] {
            assert_eq!(of_kind(&voice, code, "family_ask").len(), 2, "{code}: once in each round");
        }
        assert!(voice.to(&id("KX").to_string()).is_empty() && sms.to(&id("KX").to_string()).is_empty(), "whoever may hear nothing hears nothing");
        // Beside all else: the grid after 20 s, the street after 60 s, as the plan says.
        let view = town.view(case).await;
        let steps = events(&town, case).await.into_iter().filter(|it| matches!(it, Event::StepFired { .. })).count();
        assert!(steps >= 5 && view.case.tier == eldercare_dispatch::people::Tier::Street, "{steps}");
        town.test.app.stop().await;
    }

    async fn a_plan_says_whether_the_family_hears_of_the_beginning_and_a_case_keeps_its_plan(db: Database) {
        let sms = Fake::new("sms");
        let folder = tempfile::tempdir().unwrap();
        let plans = folder.path().join("plans.toml");
        let shipped = include_str!("../../src/case/plans/yangcun-7.toml");
        let rule = "needs = [\"living_alone\"]\nkinds = [\"sos\", \"fall\"]";
        let later = shipped.replace(rule, &format!("{rule}\nlimits = {{ family_at_opening = false }}"));
        assert_ne!(shipped, later);
        std::fs::write(&plans, &later).unwrap();
        let (set, carrier) = (plans.display().to_string(), sms.carrier());
        let town = Town::start_with(db, move |config| {
            config.plans.set = set.clone();
            config.notify.injected = Injected(vec![carrier.clone()]);
        })
        .await;
        let contacts = [contact(0, "K1", 1, false), contact(1, "K9", 1, false)];
        let files = contacts.into_iter().zip(1..).map(|(contact, n)| ContactFile {
            contact,
            secrets: Some(ContactSecrets { phones: vec![phone(n).parse().unwrap()] }),
        });
        town.test.app.store.put_contacts(files.collect(), town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let kinds = |code: &str| -> Vec<String> { sms.to(&id(code).to_string()).iter().map(|it| it.kind.to_string()).collect() };

        // Elder 0 lives alone; elder 1 is of another need, whose rule says nothing of it.
        let case = town.press_and_offer().await;
        let beside = town.test.app.desk.report(crate::harness::street::alert(1, "sos", "1")).await.unwrap().case;
        run(&town).await;
        assert_eq!(kinds("K1"), [""; 0]);
        assert_eq!(kinds("K9"), ["family_opened"], "as ever");
        assert!(town.view(case).await.case.family_later && !town.view(beside).await.case.family_later);

        // The street thinks better of it: the case that runs keeps its plan.
        std::fs::write(&plans, shipped).unwrap();
        let town = town.restart().await;
        assert_eq!(town.say_yes(case, "g1", "G1").await.status, 200);
        pass(&town, 9).await;
        assert_eq!(kinds("K1"), ["family_accepted"], "from the first yes on they hear all");
        close(&town, case, Outcome::Helped).await;
        run(&town).await;
        assert_eq!(kinds("K1"), ["family_accepted", "family_closed"]);
        town.press().await;
        run(&town).await;
        assert_eq!(kinds("K1"), ["family_accepted", "family_closed", "family_opened"], "the next has the plan of now");
        town.test.app.stop().await;
    }

    async fn a_key_of_whoever_is_asked_stops_the_rest_and_a_no_goes_on_at_once(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], four()).await;
        let case = town.press().await;
        run(&town).await;
        key(&town, &of_kind(&voice, "KG", "family_ask")[0], "2").await;
        run(&town).await;
        assert_eq!(asked(&town, case).await, [(id("KG"), 1), (id("K1"), 1)], "the next at once");
        key(&town, &of_kind(&voice, "K1", "family_ask")[0], "1").await;
        let view = town.view(case).await;
        assert_eq!(view.case.family_ask.as_ref().unwrap().confirmed, Some(id("K1")));
        assert!(view.case.family.iter().any(|it| it.contact == id("K1") && it.said == FamilyWord::Seen), "the desk sees it as a word of theirs");
        pass(&town, 600).await;
        assert_eq!(asked(&town, case).await.len(), 2);
        assert_eq!(unconfirmed(&town, case).await, None);
        // Said again by the provider: it is one.
        let version = town.view(case).await.case.version;
        key(&town, &of_kind(&voice, "K1", "family_ask")[0], "1").await;
        assert_eq!(town.view(case).await.case.version, version);
        town.test.app.stop().await;
    }

    async fn a_link_answers_for_the_contact_and_a_look_at_it_does_not(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], four()).await;
        voice.always(refused());
        let case = town.press().await;
        run(&town).await;
        let letter = of_kind(&sms, "KG", "family_ask")[0].clone();
        let link = letter.values.link.clone().unwrap();
        let path = link.strip_prefix("https://dispatch.example.org").unwrap().to_owned();
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(town.raw(method, &path, &[], "").await.status, 200);
        }
        assert_eq!(town.view(case).await.case.family_ask.as_ref().unwrap().confirmed, None);
        let page = town.raw(Method::GET, &path, &[], "").await.text;
        assert!(page.contains("您的家人发出了求助") && !page.contains("老人0"), "{page}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let said = town.raw(Method::POST, &path, &form, "answer=accept").await;
        assert!(said.status == 200 && said.text.contains("您已知晓"), "{}", said.text);
        assert_eq!(town.view(case).await.case.family_ask.as_ref().unwrap().confirmed, Some(id("KG")));
        let again = town.raw(Method::POST, &path, &form, "answer=decline").await;
        assert!(again.text.contains("您已知晓"), "it stands as it was answered first: {}", again.text);
        town.test.app.stop().await;
    }

    async fn a_digit_by_short_message_answers_the_question(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], four()).await;
        voice.always(refused());
        let case = town.press().await;
        run(&town).await;
        town.test.advance(5);
        assert_eq!(back(&town, "sms", json!([{"phone": phone(2), "word": "key", "says": "1"}])).await.status, 200);
        assert_eq!(town.view(case).await.case.family_ask.as_ref().unwrap().confirmed, Some(id("KG")));
        town.test.app.stop().await;
    }

    async fn who_is_reached_by_no_way_is_passed_over_and_the_case_says_so(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], four()).await;
        voice.at(&phone(2), refused());
        sms.at(&phone(2), refused());
        let case = town.press().await;
        run(&town).await;
        assert_eq!(asked(&town, case).await, [(id("KG"), 1), (id("K1"), 1)], "without waiting for the guardian's time");
        let missed = events(&town, case).await.into_iter().any(|it| matches!(it, Event::NotTold { target, .. } if target == id("KG").to_string()));
        assert!(missed);
        town.test.app.stop().await;
    }

    async fn one_position_for_all_workers_and_across_a_restart(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], four()).await;
        let case = town.press().await;
        let workers: Vec<_> = (20..23).map(|seed| worker_with(&town.test.app, seed, vec![voice.carrier()])).collect();
        futures_util::future::try_join_all(workers.iter().map(|it| it.run_due())).await.unwrap();
        town.test.advance(TRY_S);
        let desk = &town.test.app.desk;
        futures_util::future::try_join_all((0..3).map(|_| desk.run_due())).await.unwrap();
        futures_util::future::try_join_all(workers.iter().map(|it| it.run_due())).await.unwrap();
        drop(workers);
        let town = town.restart().await;
        town.test.advance(TRY_S);
        town.test.app.desk.run_due().await.unwrap();
        run(&town).await;
        assert_eq!(asked(&town, case).await, [(id("KG"), 1), (id("K1"), 1), (id("K2"), 1)]);
        for code in ["KG", "K1", "K2"] {
            assert_eq!(of_kind(&voice, code, "family_ask").len(), 1, "{code}");
        }
        town.test.app.stop().await;
    }

    async fn order_hours_and_wishes_count_and_what_is_critical_passes_the_night(db: Database) {
        let voice = Fake::new("voice");
        let mut contacts = four();
        // It is some hour of the day; these two are to be reached at others.
        let town = {
            contacts.remove(1);
            town(db, &[&voice], contacts).await
        };
        let app = &town.test.app;
        let (_, hour) = app.desk.local(app.clock.now());
        let other = QuietHours { from: (hour + 2) % 24, to: (hour + 4) % 24 };
        let late = Contact { hours: Some(other), ..contact(0, "K1", 1, false) };
        app.store.put_contacts(vec![ContactFile { contact: late, secrets: None }], app.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        app.picture.put_choices(id("K2"), FamilyChoices::default());
        let case = town.press().await;
        pass(&town, TRY_S).await;
        assert_eq!(asked(&town, case).await, [(id("K2"), 1), (id("K1"), 1)], "who can be reached now first, and of what is critical the other too");
        close(&town, case, Outcome::FalseAlarm).await;
        // Of what is not critical nobody is asked out of their hours.
        let quiet = town.device_sends(json!({"kind": "inactivity"}).to_string()).await.ok();
        let quiet: CaseId = quiet["case_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(town.view(quiet).await.case.severity, Severity::Urgent);
        for _ in 0..3 {
            pass(&town, TRY_S).await;
        }
        assert_eq!(asked(&town, quiet).await, [(id("K2"), 1), (id("K2"), 2)]);
        town.test.app.stop().await;
    }

    async fn a_case_that_turns_critical_tells_nobody_again_who_is_known_to_know(db: Database) {
        let (pushed, sms, voice) = (Fake::new("web_push"), Fake::new("sms"), Fake::new("voice"));
        let contacts = vec![contact(0, "K1", 1, false), contact(0, "K2", 2, false), contact(0, "K3", 3, false)];
        let town = town(db, &[&pushed, &sms, &voice], contacts).await;
        let app = &town.test.app;
        // K3 is told of what is critical alone.
        let none = ToldBy { voice: false, message: false };
        app.picture.put_choices(id("K3"), FamilyChoices { urgent: none, ..FamilyChoices::default() });
        let case = town.device_sends(json!({"kind": "vital"}).to_string()).await.ok();
        let case: CaseId = case["case_id"].as_str().unwrap().parse().unwrap();
        run(&town).await;
        let first: Vec<usize> = ["K1", "K2", "K3"].iter().map(|it| of_kind(&sms, it, "family_opened").len()).collect();
        assert_eq!(first, [1, 1, 0]);
        // K1's telephone has it; of K2's nobody knows.
        let letter = of_kind(&sms, "K1", "family_opened")[0].id.to_string();
        assert_eq!(back(&town, "sms", json!([{"letter": letter, "word": "delivered"}])).await.status, 200);
        let by = Author::User(UserId::new(uuid::Uuid::from_u128(1)));
        app.desk.handle(case, Command::Raise { to: Severity::Critical }, by).await.unwrap();
        run(&town).await;
        let again: Vec<usize> = ["K1", "K2", "K3"].iter().map(|it| of_kind(&voice, it, "family_raised").len()).collect();
        assert_eq!(again, [0, 1, 1], "who has it is not frightened twice; who may not have it is called");
        let opened: usize = ["K1", "K2", "K3"].iter().map(|it| of_kind(&voice, it, "family_opened").len()).sum();
        assert_eq!(opened, 0, "and nobody is told anew that it begins");
        town.test.app.stop().await;
    }

    async fn each_family_hears_how_it_goes_on_by_every_kind_of_way(db: Database) {
        let ways = ["sms", "voice", "email", "wechat_template", "web_push"];
        for way in ways {
            let fake = Fake::new(way);
            let own = if db.folder().is_some() { Database::sqlite().await } else { Database::postgres().await };
            let town = town(own, &[&fake], vec![contact(0, "K1", 1, false)]).await;
            let app = &town.test.app;
            let who = eldercare_dispatch::people::Reached::Contact(id("K1"));
            crate::notify_ways::push(&town.test, who, "a").await;
            let reach = eldercare_dispatch::people::Reach {
                mailbox: Some("k1@example.org".parse().unwrap()),
                wechat_follower: Some("follower_1".parse().unwrap()),
                ..Default::default()
            };
            crate::notify_ways::reach(&town.test, who, reach).await;
            let case = town.press().await;
            run(&town).await;
            town.test.advance(40);
            app.desk.run_due().await.unwrap();
            app.field.run_seeking().await.unwrap();
            town.say_yes(case, "g1", "G1").await.ok();
            pass(&town, 10).await;
            let g1 = crate::harness::street::who("G1");
            let by = Author::Responder(g1);
            app.desk.handle(case, Command::Arrive { by: g1 }, by).await.unwrap();
            run(&town).await;
            app.desk.handle(case, Command::ContactMade { by: g1, near: true }, by).await.unwrap();
            close(&town, case, Outcome::Helped).await;
            run(&town).await;
            let told: Vec<String> = fake.to(&id("K1").to_string()).iter().map(|it| it.kind.to_string()).collect();
            let wanted: &[&str] = match way {
                // A call asks; how it goes on is read.
                "voice" => &["family_ask"],
                _ => &["family_ask", "family_accepted", "family_arrived", "family_closed"],
            };
            assert_eq!(told.iter().map(String::as_str).filter(|it| *it != "family_ask").collect::<Vec<_>>(), wanted[1..], "{way}");
            assert!(told.iter().any(|it| it == "family_ask"), "{way}");
            app.stop().await;
        }
    }

    async fn what_was_opened_in_an_emergency_is_told_afterwards_to_whoever_answers_for_the_elder_and_once(db: Database) {
        let (sms, print) = (Fake::new("sms"), Fake::new("print"));
        let town = town(db, &[&sms, &print], four()).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let path = format!("/api/v1/elders/{}/access?fields=access&reason=door&case_id={case}", elder_0());
        assert_eq!(town.get("desk", &path).await.status, 200);
        assert_eq!(town.get("desk", &path).await.status, 200);
        let opened = events(&town, case).await.into_iter().filter(|it| matches!(it, Event::FileOpened { .. })).count();
        assert_eq!(opened, 1, "one mark, however often they look; each look stands in the log of views");
        close(&town, case, Outcome::Helped).await;
        run(&town).await;
        let told = of_kind(&sms, "KG", "file_opened");
        assert_eq!(told.len(), 1);
        let said = told[0].values.opened.clone().unwrap();
        assert_eq!((said.what.as_str(), said.by.as_str()), ("door", "dispatcher"));
        for other in ["K1", "K2", "KX"] {
            assert!(of_kind(&sms, other, "file_opened").is_empty(), "{other}: the guardian answers for the elder");
        }
        let notices = town.get("desk", &format!("/api/v1/cases/{case}/notices")).await.ok();
        let proof = notices["items"].as_array().unwrap().iter().find(|it| it["kind"] == "file_opened").unwrap().clone();
        assert_eq!((proof["target"].as_str(), proof["state"].as_str()), (Some(id("KG").to_string().as_str()), Some("sent")), "{proof}");
        town.test.app.stop().await;
    }

    async fn an_elder_without_a_guardian_is_told_by_their_own_telephone(db: Database) {
        let (sms, print) = (Fake::new("sms"), Fake::new("print"));
        let town = town(db, &[&sms, &print], vec![contact(0, "K1", 1, false)]).await;
        let case = town.press_and_offer().await;
        let path = format!("/api/v1/elders/{}/access?fields=access&reason=door&case_id={case}", elder_0());
        assert_eq!(town.get("desk", &path).await.status, 200);
        close(&town, case, Outcome::Helped).await;
        run(&town).await;
        let own = sms.to(&elder_0().to_string());
        assert_eq!(own.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>(), ["file_opened"]);
        assert!(of_kind(&sms, "K1", "file_opened").is_empty());
        town.test.app.stop().await;
    }

    async fn the_office_mends_whom_to_call_when_and_who_answers_and_the_question_follows(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], four()).await;
        let path = format!("/api/v1/elders/{}/file", elder_0());
        let contacts = async |who: &str| -> Vec<Value> { town.get(who, &path).await.ok()["contacts"].as_array().unwrap().clone() };
        let read = contacts("desk").await;
        let shown: Vec<(&str, bool, bool)> = read.iter().map(|it| (it["id"].as_str().unwrap(), it["guardian"] == true, it["restricted"] == true)).collect();
        let ids = ["KG", "K1", "K2", "KX"].map(|it| id(it).to_string());
        assert_eq!(shown, [(ids[0].as_str(), true, false), (ids[1].as_str(), false, false), (ids[2].as_str(), false, false), (ids[3].as_str(), false, true)]);
        assert!(read.iter().all(|it| it["telephone"] == true) && !json!(read).to_string().contains("1380000000"), "and no digit of one");
        // The guardian gives it up to the son, who is not to be reached at this hour (00:00 in UTC+8 is within 20 to 8).
        let of = |contact: &str| format!("/api/v1/elders/{}/contacts/{}", elder_0(), id(contact));
        let put = async |who: &str, contact: &str, version: i64, body: Value| {
            let token = town.token(who).await;
            let (bearer, tag) = (format!("Bearer {token}"), format!("\"{version}\""));
            let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str()), ("content-type", "application/json")];
            town.raw(Method::PUT, &of(contact), &headers, body.to_string()).await
        };
        let son = json!({"relation": "guardian", "call_order": 1, "level": "history", "hours": {"from": 8, "to": 20}});
        for (body, field) in [
            (json!({"relation": "child", "call_order": 0, "level": "status"}), "call_order"),
            (json!({"relation": "child", "call_order": 1, "level": "status", "hours": {"from": 8, "to": 8}}), "hours.to"),
            (json!({"relation": "child", "call_order": 1, "level": "status", "hours": {"from": 24, "to": 8}}), "hours.from"),
        ] {
            let refused = put("leader", "K2", 1, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some(field)), "{}", refused.text);
        }
        assert_eq!(put("leader", "K2", 7, son.clone()).await.problem(), (412, "changed_meanwhile"));
        assert_eq!(put("leader", "K9", 1, son.clone()).await.problem(), (404, "contact_not_found"));
        assert_eq!(put("desk", "K2", 1, son.clone()).await.problem(), (403, "role_not_allowed"));
        let done = put("leader", "K2", 1, son.clone()).await.ok();
        assert_eq!((&done["version"], &done["guardian"], &done["contact"]), (&json!(2), &json!(true), &son));
        assert_eq!(put("leader", "K2", 1, son.clone()).await.problem(), (412, "changed_meanwhile"), "the same version twice");
        put("leader", "KG", 1, json!({"relation": "child", "call_order": 2, "level": "status"})).await.ok();
        let secrets = town.test.app.store.contact_secrets(id("K2")).await.unwrap().unwrap();
        assert_eq!(secrets.phones.len(), 1, "telephones stay");
        let log = town.get("leader", &format!("{path}/log")).await.ok();
        assert_eq!(log["items"][0]["what"], "contact", "{log}");
        assert!(!log.to_string().contains("王强"), "no name in the log");
        // Asked at once, in the new order: the guardian by day.
        let offset = jiff::tz::Offset::from_hours(8).unwrap();
        let hour = offset.to_datetime(town.test.clock.now()).hour();
        let by_day = (8..20).contains(&hour);
        let case = town.press().await;
        run(&town).await;
        let first = asked(&town, case).await[0].0;
        assert_eq!(first, if by_day { id("K2") } else { id("K1") }, "{hour}: who is not to be reached comes last");
        town.test.app.stop().await;
    }

    async fn of_somebody_who_has_died_no_family_is_asked_and_the_desk_still_rings(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], vec![contact(0, "K1", 1, false)]).await;
        let path = format!("/api/v1/elders/{}", elder_0());
        let version = town.get("leader", &format!("{path}/file")).await.ok()["version"].as_i64().unwrap();
        let day = town.test.app.desk.local(town.test.clock.now()).0;
        let rest = async |version: i64, body: Value| {
            let (bearer, tag) = (format!("Bearer {}", town.token("leader").await), format!("\"{version}\""));
            let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str()), ("content-type", "application/json")];
            town.raw(Method::PUT, &format!("{path}/rest"), &headers, body.to_string()).await
        };
        rest(version, json!({"status": "deceased", "on": day})).await.ok();
        let case = town.press().await;
        pass(&town, 1).await;
        assert!(town.view(case).await.case.state.is_open(), "whoever lives there may have pressed");
        assert_eq!((asked(&town, case).await, voice.to(&id("K1").to_string()).len()), (vec![], 0));
        let visit = town.get("desk", &format!("/api/v1/visits?state=all&area={}", crate::harness::street::GRID)).await.ok();
        assert!(!visit.to_string().contains(&elder_0().to_string()), "{visit}");
        // It was a mistake: from then on they are told as everybody is.
        close(&town, case, Outcome::FalseAlarm).await;
        rest(version + 1, json!({"status": "active", "on": day, "reason": "another of this name"})).await.ok();
        let case = town.press().await;
        pass(&town, 1).await;
        assert_eq!(asked(&town, case).await, [(id("K1"), 1)]);
        town.test.app.stop().await;
    }

    async fn somebody_of_the_family_of_an_elder_at_high_risk_can_always_be_called(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], vec![contact(0, "K1", 1, false), contact(0, "K2", 2, false)]).await;
        let reach = |code: &str| format!("/api/v1/elders/{}/contacts/{}/reach", elder_0(), id(code));
        let off = json!({"off": ["voice"]});
        town.put("desk", &reach("K1"), off.clone()).await.ok();
        assert_eq!(town.put("desk", &reach("K2"), off.clone()).await.problem(), (409, "last_call"), "the last one");
        town.put("desk", &reach("K2"), json!({"off": ["sms"]})).await.ok();
        let file = format!("/api/v1/elders/{}/file", elder_0());
        assert!(town.get("desk", &file).await.ok().get("uncalled").is_none());
        // Of an elder who is not at high risk nobody is held to it.
        let beside = ContactFile { contact: contact(1, "K9", 1, false), secrets: Some(ContactSecrets { phones: vec![phone(9).parse().unwrap()] }) };
        town.test.app.store.put_contacts(vec![beside], town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let elder_1 = crate::harness::street::elder_of(1);
        town.put("desk", &format!("/api/v1/elders/{elder_1}/contacts/{}/reach", id("K9")), off).await.ok();
        // Whoever is found to be at high risk is written down so; that nobody can be called is said with it.
        let path = format!("/api/v1/elders/{elder_1}/file");
        let record = town.get("leader", &path).await.ok();
        let mut edit = record["file"].clone();
        edit["needs"] = json!(["high_risk"]);
        let token = town.token("leader").await;
        let (bearer, tag) = (format!("Bearer {token}"), format!("\"{}\"", record["version"]));
        let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str()), ("content-type", "application/json")];
        let said = town.raw(Method::PUT, &path, &headers, edit.to_string()).await.ok();
        assert_eq!((&said["file"]["needs"], &said["uncalled"]), (&json!(["high_risk"]), &json!("switched_off")));
        town.test.app.stop().await;
    }

    async fn the_office_sees_at_high_risk_of_whose_family_nobody_could_be_called(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice], vec![contact(0, "K1", 1, false), contact(0, "KX", 2, true)]).await;
        let path = "/api/v1/uncalled";
        let listed = async |who: &str| {
            let page = town.get(who, path).await.ok();
            let items = page["items"].as_array().unwrap().clone();
            items.iter().map(|it| format!("{} {}", it["code"].as_str().unwrap(), it["why"].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert!(listed("admin").await.is_empty(), "a daughter has a telephone");
        let app = &town.test.app;
        let off = ToldBy { voice: false, message: true };
        app.picture.put_choices(id("K1"), FamilyChoices { critical: off, ..FamilyChoices::default() });
        assert_eq!(listed("desk").await, ["E0 switched_off"]);
        let bare = ContactFile { contact: contact(0, "K1", 1, false), secrets: Some(ContactSecrets { phones: vec![] }) };
        app.store.put_contacts(vec![bare], app.clock.now()).await.unwrap();
        assert_eq!(listed("auditor").await, ["E0 no_telephone"], "and of no elder at less risk");
        let barred = ContactFile { contact: contact(0, "K1", 1, true), secrets: None };
        app.store.put_contacts(vec![barred], app.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        assert_eq!(listed("leader").await, ["E0 no_contact"]);
        assert!(listed("far_admin").await.is_empty(), "of another street");
        assert_eq!(town.get("g1", path).await.problem(), (403, "role_not_allowed"));
        town.test.app.stop().await;
    }
}
