//! Practice: it goes the ordinary way among those who joined, reaches no channel, takes nobody from who calls in earnest, and ends.
//! And what was can be played back.

use eldercare_dispatch::api::practice::PRACTICE_FOR;
use eldercare_dispatch::case::{Agency, Author, Command, Kind, OfferState, Outcome, Proof, State, Voice};
use eldercare_dispatch::dispatch::{AlertReport, Sender};
use eldercare_dispatch::ids::{CaseId, ReferralId};
use eldercare_dispatch::notify::Injected;
use eldercare_dispatch::people::{ContactSecrets, contact_id};
use eldercare_dispatch::store::{ContactFile, Practitioner};
use serde_json::json;
use uuid::Uuid;

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::carrier::Fake;
use crate::harness::endpoint::Endpoint;
use crate::harness::street::{alert, who};
use crate::notify_outbox::DESK;
use crate::notify_webhook::{contact, report, rows, street};

async fn practise(town: &Town, account: &str, on: bool) -> Answer {
    town.put(account, "/api/v1/practice", json!({"on": on})).await
}

/// The desk begins a practice case about elder 0, and the field is asked.
async fn begin(town: &Town) -> CaseId {
    let asked = json!({"kind": "sos", "elder_id": elder_0(), "drill": true});
    let begun = town.post("desk", "/api/v1/alerts", asked).await.ok();
    town.test.advance(40);
    town.test.app.desk.run_due().await.unwrap();
    town.test.app.field.run_seeking().await.unwrap();
    begun["case_id"].as_str().unwrap().parse().unwrap()
}

both_stores! {
    async fn a_practice_case_sends_nothing_by_any_channel_from_its_first_second_to_its_last(db: Database) {
        let sink = Endpoint::start("sink").await;
        let app = street(db, &[&sink], None).await;
        app.fill_contacts(vec![contact(0, "C1", 1, false)]).await;
        let until = app.clock.now() + PRACTICE_FOR;
        let g1 = Practitioner { user: user("g1"), responder: Some(who("G1")), desk: false, until };
        app.app.store.join_practice(g1, app.clock.now()).await.unwrap();
        app.app.picture.practise(g1);
        for (kind, nth) in [("sos", 0), ("smoke", 1)] {
            let case = report(&app, AlertReport { drill: true, ..alert(nth, kind, kind) }).await;
            // Offers, the street's rings, the duty leader, the neighbour; then a yes, an arrival, a hand-over, the end.
            for _ in 0..12 {
                app.advance(60);
                app.app.desk.run_due().await.unwrap();
                while app.app.field.run_seeking().await.unwrap() > 0 {}
                app.app.outbox.run_due().await.unwrap();
            }
            let view = app.app.store.case(case).await.unwrap().unwrap();
            assert!(view.case.rounds > 0, "the street was rung");
            if kind == "sos" {
                let offer = view.case.offer_to(who("G1")).expect("G1 takes part").id;
                let g1 = Author::Responder(who("G1"));
                app.app.desk.handle(case, Command::Accept { offer, by: who("G1"), eta_s: Some(60) }, g1).await.unwrap();
                app.advance(9);
                app.app.desk.run_due().await.unwrap();
                app.app.desk.handle(case, Command::Arrive { by: who("G1") }, g1).await.unwrap();
            }
            app.app.desk.handle(case, Command::VoiceResult { result: Voice::Fine }, DESK).await.unwrap();
            app.app.outbox.run_due().await.unwrap();
            assert_eq!(rows(&app, case).await, vec![], "{kind}: not even a row");
        }
        assert_eq!(sink.heard().len(), 0, "{:?}", sink.heard());
        // The sink is a real one: in earnest it hears.
        report(&app, alert(2, "sos", "1")).await;
        app.advance(2);
        app.app.outbox.run_due().await.unwrap();
        assert!(!sink.heard().is_empty());
        app.app.stop().await;
    }

    async fn whatever_way_an_exercise_comes_in_no_family_and_no_other_body_hears_of_it(db: Database) {
        let sink = Endpoint::start("sink").await;
        let fakes = [Fake::new("voice"), Fake::new("sms"), Fake::new("wecom_robot")];
        let (webhook, carriers) = (sink.config(), fakes.iter().map(Fake::carrier).collect::<Vec<_>>());
        let town = Town::start_with(db, move |config| {
            config.notify.webhooks = vec![webhook.clone()];
            config.notify.injected = Injected(carriers.clone());
        })
        .await;
        let son = ContactFile {
            contact: contact(0, "SON", 1, false),
            secrets: Some(ContactSecrets { phones: vec!["13900000077".parse().unwrap()] }),
        };
        town.test.app.store.put_contacts(vec![son], town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        for account in ["desk", "g1"] {
            practise(&town, account, true).await.ok();
        }
        town.test.advance(3);
        let heard = || fakes.iter().map(|it| it.heard().len()).sum::<usize>() + sink.heard().len();
        let device = town.device;
        let report = async |report: AlertReport| town.test.app.desk.report(report).await.unwrap().case;
        let drilled = |kind: &str, sender, tested: bool| AlertReport {
            sender,
            elder: (!tested).then(elder_0),
            drill: !tested,
            ..alert(0, kind, kind)
        };
        for way in ["the desk's key", "an account by the program", "a watch in a test", "a watch in a test, by another road"] {
            if way.contains("watch") {
                let begin = town.post("desk", &format!("/api/v1/devices/{device}/test"), json!({"minutes": 30})).await;
                assert!([200, 201, 409].contains(&begin.status), "{way}: {}", begin.text);
            }
            let case = match way {
                "the desk's key" => begin(&town).await,
                "an account by the program" => report(drilled("smoke", Sender::User(user("desk")), false)).await,
                "a watch in a test" => {
                    let said = town.device_sends(json!({"kind": "sos"}).to_string()).await.ok();
                    said["case_id"].as_str().unwrap().parse().unwrap()
                }
                _ => report(drilled("fall", Sender::Device(device), true)).await,
            };
            let view = town.view(case).await;
            assert!(view.case.drill, "{way}");
            for _ in 0..12 {
                town.test.advance(60);
                town.test.app.desk.run_due().await.unwrap();
                while town.test.app.field.run_seeking().await.unwrap() > 0 {}
                town.test.app.outbox.run_due().await.unwrap();
            }
            for command in [
                Command::Escalate { to: None },
                Command::VoiceResult { result: Voice::NeedsHelp },
                Command::Refer { referral: ReferralId::new(Uuid::from_u128(7)), to: Agency::Ambulance },
                Command::Close { outcome: Some(Outcome::Helped), proof: Proof::VoiceContact },
            ] {
                // Some of it is refused; nothing of it may be heard.
                let _ = town.test.app.desk.handle(case, command, Author::User(user("desk"))).await;
                town.test.app.outbox.run_due().await.unwrap();
            }
            let view = town.view(case).await;
            assert_eq!((view.case.referrals.len(), view.case.follow_up), (0, None), "{way}: no other body, and nobody is asked how it was");
            assert_eq!(rows(&town.test, case).await, vec![], "{way}: not even a row");
            assert_eq!(heard(), 0, "{way}");
            if way.contains("watch") {
                town.post("desk", &format!("/api/v1/devices/{device}/test/end"), json!({})).await;
            }
        }
        // In earnest the same family hears it, and the same sink.
        town.press().await;
        town.test.app.outbox.run_due().await.unwrap();
        let son = contact_id("SON").to_string();
        assert!(fakes.iter().any(|it| !it.to(&son).is_empty()) && !sink.heard().is_empty());
        town.test.app.stop().await;
    }

    async fn only_who_joined_is_asked_and_sees_it(db: Database) {
        let town = Town::start(db).await;
        let asked = json!({"kind": "sos", "elder_id": elder_0(), "drill": true});
        assert_eq!(town.post("desk", "/api/v1/alerts", asked).await.problem(), (403, "not_in_practice"));
        for account in ["desk", "g1"] {
            assert_eq!(practise(&town, account, true).await.ok()["joined"], true);
        }
        town.test.advance(3); // what is known of an account is two seconds old at most
        let shown = town.get("desk", "/api/v1/practice").await.ok();
        assert_eq!((&shown["desks"], &shown["responders"][0]["name"]), (&json!(1), &json!("人G1")));
        assert_eq!(town.get("g1", "/api/v1/practice").await.ok()["responders"], json!([]), "for desks");
        let case = begin(&town).await;
        let view = town.view(case).await;
        assert!(view.case.drill, "a fact of the record");
        let asked: Vec<_> = view.case.offers.iter().map(|it| it.candidate.responder).collect();
        assert_eq!(asked, [who("G1")], "and nobody else");
        let path = format!("/api/v1/cases/{case}");
        for (account, status) in [("desk", 200), ("g1", 200), ("desk2", 404), ("leader", 404), ("auditor", 404), ("g2", 404), ("far_desk", 404)] {
            assert_eq!(town.get(account, &path).await.status, status, "{account}");
            let list = town.get(account, "/api/v1/cases?open=true").await.ok();
            assert_eq!(list["items"].as_array().unwrap().len(), usize::from(status == 200), "{account}");
        }
        let offered = town.get("g1", &path).await.ok();
        assert_eq!((&offered["drill"], offered.get("elder")), (&json!(true), None), "marked, and as bare as any offer");
        assert_eq!(town.say_yes(case, "g1", "G1").await.status, 200);
        // Nothing sealed is shown, at the door neither.
        town.stand("g1", 10.0).await;
        town.post("g1", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.ok();
        for field in ["phones", "access"] {
            let look = format!("/api/v1/elders/{}/access?reason=x&case_id={case}&fields={field}", elder_0());
            assert_eq!(town.get("g1", &look).await.problem(), (403, "practice_only"));
        }
        let send = json!({"responder_id": who("G2")});
        assert_eq!(town.post("desk", &format!("{path}/assign"), send).await.problem(), (403, "not_in_practice"));
        // 120 is never called, by nobody.
        assert_eq!(town.post("desk", &format!("{path}/refer"), json!({"to": "120"})).await.problem().1, "drill");
    }

    async fn practice_takes_nobody_from_who_calls_in_earnest(db: Database) {
        let town = Town::start(db).await;
        practise(&town, "desk", true).await.ok();
        practise(&town, "g1", true).await.ok();
        town.test.advance(3);
        let drill = begin(&town).await;
        assert_eq!(town.say_yes(drill, "g1", "G1").await.status, 200);
        town.test.advance(9);
        town.test.app.desk.run_due().await.unwrap();
        assert_eq!(town.view(drill).await.case.lead().map(|it| it.responder), Some(who("G1")));
        // The same elder presses: another case, offered to who leads the exercise as to anybody, and led by them as well.
        let real = town.press_and_offer().await;
        assert_ne!(real, drill);
        let view = town.view(real).await;
        assert!(!view.case.drill);
        let offer = view.case.offer_to(who("G1")).expect("asked");
        assert_eq!(offer.state, OfferState::Open);
        assert!(!offer.candidate.reasons.iter().any(|it| it.starts_with("holds_cases")), "{:?}", offer.candidate.reasons);
        assert!(view.case.offer_to(who("G2")).is_some(), "and who is not in the practice");
        assert_eq!(town.say_yes(real, "g1", "G1").await.status, 200);
        town.test.advance(9);
        town.test.app.desk.run_due().await.unwrap();
        assert_eq!(town.view(real).await.case.lead().map(|it| it.responder), Some(who("G1")));
        // What is found in an exercise is true of nobody.
        let dead = Command::Resolve { outcome: Outcome::SuspectedDeath };
        town.test.app.desk.handle(drill, dead, DESK).await.unwrap();
        assert!(!town.test.app.picture.is_frozen(elder_0()));
        let (from, now) = (town.test.clock.now() - PRACTICE_FOR, town.test.clock.now());
        assert_eq!(town.test.app.store.suspected_deaths(from, now).await.unwrap(), vec![]);
    }

    async fn a_practice_that_everybody_has_left_is_over(db: Database) {
        let town = Town::start(db).await;
        for account in ["desk", "desk2"] {
            practise(&town, account, true).await.ok();
        }
        town.test.advance(3);
        let drill = begin(&town).await;
        let real = town.press().await;
        practise(&town, "desk", false).await.ok();
        assert_ne!(town.view(drill).await.case.state, State::Closed, "another desk goes on");
        practise(&town, "desk2", false).await.ok();
        let view = town.view(drill).await;
        assert_eq!((view.case.state, view.case.due_at()), (State::Closed, None));
        assert_eq!(view.case.follow_up, None);
        assert_eq!(town.view(real).await.case.state, State::Ringing, "nobody's end of practice ends a call");
        // One that nobody leaves runs out.
        practise(&town, "desk", true).await.ok();
        town.test.advance(3);
        let drill = begin(&town).await;
        town.test.advance(PRACTICE_FOR.as_secs().unsigned_abs());
        town.test.app.desk.end_practice().await.unwrap();
        assert_eq!(town.view(drill).await.case.state, State::Closed);
    }

    async fn a_past_case_is_shown_as_it_stood_after_each_record(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(9);
        town.test.app.desk.run_due().await.unwrap();
        let over = Command::VoiceResult { result: Voice::Fine };
        town.test.app.desk.handle(case, over, DESK).await.unwrap();
        let last = town.view(case).await.case.version;
        let at = async |account: &str, version: u32| town.get(account, &format!("/api/v1/cases/{case}/at/{version}")).await;
        let mut states = vec![];
        for version in 1..=last {
            let it = at("desk", version).await.ok();
            assert_eq!(it["version"], version);
            states.push(it["state"].as_str().unwrap().to_owned());
        }
        states.dedup();
        assert_eq!(states, ["ringing", "engaged", "resolved"]);
        let (first, now) = (at("desk", 1).await.ok(), town.get("desk", &format!("/api/v1/cases/{case}")).await.ok());
        assert_eq!((&first["kind"], &first["offers"], &first["assignments"]), (&json!(Kind::Sos.as_str()), &json!([]), &json!([])));
        assert_eq!(at("desk", last).await.ok(), now, "the last is how it stands");
        for version in [0, last + 1] {
            assert_eq!(at("desk", version).await.problem(), (404, "version_not_found"));
        }
        assert_eq!(at("g1", 1).await.problem(), (403, "role_not_allowed"));
        let cut = at("auditor", last).await.ok();
        assert!(cut.get("elder").is_none() && cut["state"] == "resolved", "as much as they may see of it now");
    }
}
