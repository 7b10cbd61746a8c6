//! A street's own plans: a tightening holds at once, a loosening waits for a second person, and a preview is what would happen.

use std::collections::BTreeSet;

use actix_web::http::Method;
use eldercare_dispatch::app::App;
use eldercare_dispatch::case::plan::StepKind;
use eldercare_dispatch::case::{Author, Command, Event, FalseReason, Plan, Voice};
use eldercare_dispatch::clock::Ids;
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::notify::WebhookConfig;
use eldercare_dispatch::people::{Shift, responder_id};
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, STREET, Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::alert;

const PLANS: &str = "/api/v1/plans";

async fn put(town: &Town, account: &str, version: Option<i64>, body: &Value) -> Answer {
    // Two lines of the log of one instant have no order.
    town.test.advance(1);
    let bearer = format!("Bearer {}", town.token(account).await);
    let version = version.map(|it| format!("\"{it}\""));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(version.as_deref().map(|it| ("if-match", it)));
    town.raw(Method::PUT, &format!("{PLANS}/{STREET}"), &headers, body.to_string())
        .await
}

/// What is in force, as a revision begins with it.
async fn in_force(town: &Town) -> Value {
    town.get("leader", PLANS).await.ok()["in_force"]["plans"].clone()
}

/// The rule for a press of somebody who lives alone: desk 0, home 0, grid 30, street 180.
fn alone(plans: &mut Value) -> &mut Value {
    let rules = plans["rules"].as_array_mut().unwrap();
    let ours = |it: &&mut Value| it["needs"] == json!(["living_alone"]) && it["kinds"].to_string().contains("sos");
    rules.iter_mut().find(ours).unwrap()
}

/// The same with the street at another second.
async fn street_at(town: &Town, at_s: u32) -> Value {
    let mut plans = in_force(town).await;
    alone(&mut plans)["steps"][3]["at_s"] = json!(at_s);
    plans
}

/// When the street owns it by the plan that a press of elder 0 gets now; the case is over afterwards.
async fn pressed(town: &Town) -> u32 {
    let case = town.press().await;
    let at_s = street_of(&plan(town, case).await);
    let voice = format!("/api/v1/cases/{case}/voice-result");
    town.post("desk", &voice, json!({"result": "fine"})).await.ok();
    let over = format!("/api/v1/cases/{case}/false-alarm");
    town.post("desk", &over, json!({"reason": "mis_press"})).await.ok();
    at_s
}

async fn plan(town: &Town, case: CaseId) -> std::sync::Arc<Plan> {
    let view = town.view(case).await;
    town.test.app.store.plan_of(&view.case).await.unwrap()
}

fn street_of(plan: &std::sync::Arc<Plan>) -> u32 {
    plan.steps.iter().find(|it| it.what == StepKind::Street).unwrap().at_s
}

fn fields(answer: &Answer) -> Vec<String> {
    let all = answer.body["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|it| it["field"].as_str().unwrap().to_owned()).collect()
}

async fn words_of_the_log(town: &Town) -> Vec<String> {
    let log = town.get("auditor", &format!("{PLANS}/{STREET}/log")).await.ok();
    let all = log["items"].as_array().unwrap();
    all.iter().map(|it| it["what"].as_str().unwrap().to_owned()).collect()
}

fn proposal(answer: &Value) -> String {
    let id = answer["plans"]["proposals"].as_array().unwrap().last().unwrap()["id"].as_str();
    format!("{PLANS}/{STREET}/proposals/{}", id.unwrap())
}

both_stores! {
    async fn a_tightening_holds_at_once_and_a_loosening_waits_for_a_second_person(db: Database) {
        let town = Town::start(db).await;
        let shown = town.get("desk", PLANS).await.ok();
        assert_eq!((&shown["version"], &shown["in_force"]["version"], &shown["set"]), (&json!(0), &json!(0), &json!("yangcun-7")));
        let of_sos = |it: &&Value| it["kind"] == "sos" && it["needs"].to_string().contains("living_alone");
        let row = shown["rows"].as_array().unwrap().iter().find(of_sos).unwrap().clone();
        assert_eq!(row["stages"][2], json!({"at_s": 30, "what": "grid", "tier": "grid", "asks": 3, "rings_desk": false}));
        assert_eq!((&row["stages"][0]["rings_desk"], &row["limits"]["door_s"], &row["severity"]), (&json!(true), &json!(900), &json!("critical")));

        let open = town.press().await;
        assert_eq!(street_of(&plan(&town, open).await), 180);
        let made = put(&town, "leader", Some(0), &street_at(&town, 120).await).await;
        assert_eq!((made.status, &made.body["state"], made.headers.get("etag").unwrap().to_str().unwrap()), (200, &json!("in_force"), "\"1\""), "{}", made.text);
        let change = json!([{"figure": "street", "before": 180, "after": 120, "looser": false, "places": [
            {"kind": "sos", "needs": ["living_alone"], "hours": []}, {"kind": "fall", "needs": ["living_alone"], "hours": []}]}]);
        assert_eq!(made.body["changes"], change);
        assert_eq!(street_of(&plan(&town, open).await), 180, "a case that is open keeps its plan");
        town.post("desk", &format!("/api/v1/cases/{open}/voice-result"), json!({"result": "fine"})).await.ok();
        town.post("desk", &format!("/api/v1/cases/{open}/false-alarm"), json!({"reason": "mis_press"})).await.ok();
        let case = town.press().await;
        let found = plan(&town, case).await;
        assert_eq!((street_of(&found), found.name.as_str()), (120, "yangcun-7/120114001.1/sos/living_alone"));
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        town.post("desk", &format!("/api/v1/cases/{case}/false-alarm"), json!({"reason": "mis_press"})).await.ok();

        let loose = street_at(&town, 200).await;
        let asked = put(&town, "leader", Some(1), &loose).await;
        assert_eq!((asked.status, &asked.body["state"]), (202, &json!("proposed")), "{}", asked.text);
        let waits = &asked.body["plans"]["proposals"][0];
        assert_eq!((&waits["by"], &waits["own"], &waits["stale"], &waits["changes"][0]["looser"]), (&json!(user("leader")), &json!(true), &json!(false), &json!(true)));
        assert_eq!(pressed(&town).await, 120, "nothing has changed yet");
        let (yes, no) = (format!("{}/approve", proposal(&asked.body)), format!("{}/reject", proposal(&asked.body)));
        assert_eq!(town.post("leader", &yes, json!({})).await.problem(), (403, "second_person_needed"));
        assert_eq!(town.post("desk", &yes, json!({})).await.problem(), (403, "role_not_allowed"));
        assert_eq!(town.post("far_leader", &yes, json!({})).await.problem(), (404, "area_not_found"));
        assert_eq!(pressed(&town).await, 120);
        town.test.advance(1);
        let done = town.post("admin", &yes, json!({})).await.ok();
        assert_eq!((&done["version"], &done["in_force"]["by"], &done["in_force"]["approved_by"]), (&json!(2), &json!(user("leader")), &json!(user("admin"))));
        assert_eq!(done["proposals"], json!([]));
        assert_eq!(pressed(&town).await, 200);
        assert_eq!(town.post("admin", &yes, json!({})).await.problem(), (409, "proposal_decided"));
        assert_eq!(town.post("admin", &no, json!({})).await.problem(), (409, "proposal_decided"));

        // A proposal is about what it was made over. A tightening meanwhile is not undone by a yes that did not know of it.
        let asked = put(&town, "leader", Some(2), &street_at(&town, 240).await).await.ok();
        put(&town, "admin", Some(2), &street_at(&town, 90).await).await.ok();
        let late = proposal(&asked);
        assert_eq!(town.post("admin", &format!("{late}/approve"), json!({})).await.problem(), (409, "proposal_stale"));
        assert_eq!(pressed(&town).await, 90);
        let shown = town.get("admin", PLANS).await.ok();
        assert_eq!((&shown["proposals"][0]["stale"], &shown["proposals"][0]["own"]), (&json!(true), &json!(false)));
        town.test.advance(1);
        town.post("admin", &format!("{late}/reject"), json!({})).await.ok();
        let asked = put(&town, "leader", Some(3), &street_at(&town, 240).await).await.ok();
        town.test.advance(1);
        town.post("leader", &format!("{}/reject", proposal(&asked)), json!({})).await.ok();
        let words = words_of_the_log(&town).await;
        assert_eq!(words, ["taken_back", "proposed", "rejected", "tightened", "proposed", "approved", "proposed", "tightened"]);
        let log = town.get("auditor", &format!("{PLANS}/{STREET}/log")).await.ok();
        let first = &log["items"][7];
        let at = |side: &str| alone(&mut first[side]["plans"].clone())["steps"][3]["at_s"].clone();
        assert_eq!((at("before"), at("after"), &first["before"]["version"]), (json!(180), json!(120), &json!(0)));
        assert_eq!((&log["items"][5]["by"], &log["items"][5]["after"]["proposed_by"]), (&json!(user("admin")), &json!(user("leader"))));
    }

    async fn a_plan_with_a_mistake_is_refused_whole_and_every_mistake_is_named(db: Database) {
        let town = Town::start(db).await;
        let good = in_force(&town).await;
        let mut bad = good.clone();
        bad["common"]["ask_wide"] = json!(1);
        alone(&mut bad)["limits"] = json!({"door_s": 901, "look_s": 181});
        bad["rules"][0]["steps"] = json!([]);
        bad["rules"][2]["steps"][0]["what"] = json!("home");
        bad["rules"][2]["steps"][1]["at_s"] = json!(700_000);
        for path in [format!("{PLANS}/{STREET}/compare"), format!("{PLANS}/{STREET}/preview")] {
            let preview = path.ends_with("preview");
            let body = if preview { json!({"elder_id": elder_0(), "kind": "sos", "draft": bad}) } else { bad.clone() };
            let answer = town.post("leader", &path, body).await;
            assert_eq!(answer.problem(), (422, "plan_flawed"), "{}", answer.text);
            let start = if preview { "draft.rules[" } else { "rules[" };
            assert!(fields(&answer).iter().any(|it| it.starts_with(start)), "{}", answer.text);
        }
        let refused = put(&town, "leader", Some(0), &bad).await;
        assert_eq!(refused.problem(), (422, "plan_flawed"), "{}", refused.text);
        let named: BTreeSet<String> = fields(&refused).into_iter().collect();
        for wanted in ["common.ask_wide", "rules[0].steps", "rules[1].limits.door_s", "rules[1].limits.look_s", "rules[2].steps",
            "rules[2].steps[1].what", "rules[2].steps[1].at_s", "rules[2].steps[2].at_s"] {
            assert!(named.contains(wanted), "{wanted}: {named:?}");
        }
        let mut odd = good.clone();
        odd["rules"][0]["kinds"] = json!(["sneeze"]);
        assert_eq!(put(&town, "leader", Some(0), &odd).await.status, 422);
        odd["rules"] = json!([]);
        assert_eq!(fields(&put(&town, "leader", Some(0), &odd).await), ["rules"]);
        assert_eq!(put(&town, "leader", Some(0), &good).await.problem(), (422, "nothing_changes"));
        let tight = street_at(&town, 120).await;
        let with_from = |from: jiff::Timestamp| {
            let mut it = tight.clone();
            it["from"] = json!(from.to_string());
            it
        };
        let now = town.test.app.clock.now();
        for from in [now - 2.hours(), now + SignedDuration::from_hours(24 * 367)] {
            let answer = put(&town, "leader", Some(0), &with_from(from)).await;
            assert_eq!((answer.problem(), fields(&answer)), ((422, "out_of_range"), vec!["from".to_owned()]));
        }
        assert_eq!(put(&town, "leader", None, &tight).await.problem(), (428, "if_match_missing"));
        assert_eq!(put(&town, "leader", Some(1), &tight).await.problem(), (412, "changed_meanwhile"));
        assert_eq!(put(&town, "desk", Some(0), &tight).await.problem(), (403, "role_not_allowed"));
        assert_eq!(put(&town, "far_leader", Some(0), &tight).await.problem(), (404, "area_not_found"));
        assert_eq!(town.get("leader", &format!("{PLANS}?area={NEXT_STREET}")).await.problem(), (404, "area_not_found"));
        assert_eq!(town.get("leader", &format!("{PLANS}?area=120114")).await.problem(), (422, "invalid_value"));
        let shown = town.get("leader", PLANS).await.ok();
        assert_eq!((&shown["version"], &shown["proposals"]), (&json!(0), &json!([])));
        assert!(words_of_the_log(&town).await.is_empty(), "nothing of it was kept");
        assert_eq!(pressed(&town).await, 180);
        // Of two who looked at the same version one is told to look again.
        let other = street_at(&town, 100).await;
        let (one, two) = tokio::join!(put(&town, "leader", Some(0), &tight), put(&town, "admin", Some(0), &other));
        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [200, 412], "{} {}", one.text, two.text);
    }

    async fn a_revision_holds_from_its_date_and_a_date_is_no_way_around_the_second_person(db: Database) {
        let town = Town::start(db).await;
        let mut tight = street_at(&town, 120).await;
        let begins = town.test.app.clock.now() + 24.hours();
        tight["from"] = json!(begins.to_string());
        let made = put(&town, "leader", Some(0), &tight).await.ok();
        assert_eq!((&made["state"], &made["plans"]["version"], &made["plans"]["in_force"]["version"]), (&json!("coming"), &json!(1), &json!(0)));
        assert_eq!(made["plans"]["coming"][0]["version"], json!(1));
        assert_eq!(pressed(&town).await, 180);
        // What holds today, filed again before that date, would undo what is to come.
        let back = put(&town, "leader", Some(1), &in_force(&town).await).await;
        assert_eq!((back.status, &back.body["changes"][0]["before"]), (202, &json!(120)), "{}", back.text);
        let town = town.restart().await;
        let left = begins.duration_since(town.test.app.clock.now()).as_secs();
        town.test.advance(u64::try_from(left).unwrap() - 1);
        assert_eq!(pressed(&town).await, 180);
        town.test.advance(1);
        assert_eq!(pressed(&town).await, 120, "it begins on its second, and nobody has to look");
        let shown = town.get("leader", PLANS).await.ok();
        assert_eq!((&shown["in_force"]["version"], &shown["coming"]), (&json!(1), &json!([])));
    }

    async fn every_node_goes_by_what_one_has_filed_and_a_new_start_by_it_from_its_first_alert(db: Database) {
        let town = Town::start(db).await;
        let other = App::begin((*town.test.app.config).clone(), town.test.clock.clock(), Ids::seeded(77)).await.unwrap();
        other.read_register().await.unwrap();
        put(&town, "leader", Some(0), &street_at(&town, 120).await).await.ok();
        const { assert!(eldercare_dispatch::dispatch::plan_book::LOOK_EVERY.as_secs() <= 5) };
        other.read_plans().await.unwrap();
        let opened = other.desk.report(alert(0, "sos", "1")).await.unwrap();
        let view = other.store.case(opened.case).await.unwrap().unwrap();
        assert_eq!(street_of(&other.store.plan_of(&view.case).await.unwrap()), 120);
        other.stop().await;
        let town = town.restart_unread().await;
        let opened = town.test.app.desk.report(alert(1, "fall", "2")).await.unwrap();
        assert!(plan(&town, opened.case).await.name.starts_with("yangcun-7/120114001.1/"));
    }

    async fn a_preview_is_what_happens_and_leaves_no_trace(db: Database) {
        let town = Town::start_with(db, |config| {
            let hook = json!({"name": "out", "url": "http://127.0.0.1:9/", "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="});
            let hook: WebhookConfig = serde_json::from_value(hook).unwrap();
            config.notify.webhooks = vec![hook];
        }).await;
        const SECONDS: u32 = 200;
        let store = &town.test.app.store;
        let before = store.stream_heads().await.unwrap();
        let body = json!({"elder_id": elder_0(), "kind": "sos", "voice_path": true, "horizon_s": SECONDS});
        let preview = format!("{PLANS}/{STREET}/preview");
        let shown = town.post("leader", &preview, body.clone()).await.ok();
        assert_eq!((&shown["duty"], &shown["severity"], &shown["cut"]), (&json!("now"), &json!("critical"), &json!(false)));
        assert_eq!(store.stream_heads().await.unwrap(), before, "nothing was written");
        assert!(store.snapshot().await.unwrap().cases.is_empty());
        // The same in earnest, second by second, with nobody who answers.
        let case = town.press().await;
        for second in 0..=SECONDS {
            if second > 0 {
                town.test.advance(1);
            }
            // As long as one brings the other on.
            loop {
                let due = town.test.app.desk.run_due().await.unwrap();
                let sought = town.test.app.field.run_seeking().await.unwrap();
                if due + sought == 0 {
                    break;
                }
            }
        }
        let mut happened: Vec<(i64, String)> = Vec::new();
        let opened = town.view(case).await.case.opened_at;
        for row in store.events(case, 0, 500).await.unwrap() {
            let at_s = row.record.at.duration_since(opened).as_secs();
            match &row.record.event {
                Event::StepFired { step } => happened.push((at_s, json!(step).as_str().unwrap().to_owned())),
                Event::Rang { whom, .. } => happened.push((at_s, format!("rings {}", json!(whom).as_str().unwrap()))),
                Event::Offered { offers, .. } => happened.extend(offers.iter().map(|it| {
                    (at_s, format!("asks {} {:?} {:?}", it.candidate.responder, it.candidate.seconds, it.candidate.reasons))
                })),
                _ => {}
            }
        }
        let mut said: Vec<(i64, String)> = Vec::new();
        let mut told: BTreeSet<(String, String, String)> = BTreeSet::new();
        for it in shown["moments"].as_array().unwrap() {
            let at_s = it["at_s"].as_i64().unwrap();
            let list = |field: &str| it[field].as_array().unwrap().clone();
            said.extend(list("steps").iter().map(|it| (at_s, it.as_str().unwrap().to_owned())));
            said.extend(list("rings").iter().map(|it| (at_s, format!("rings {}", it.as_str().unwrap()))));
            said.extend(list("asked").iter().map(|it| {
                let reasons: Vec<String> = serde_json::from_value(it["reasons"].clone()).unwrap();
                let eta = it["eta_s"].as_u64().map(|it| u32::try_from(it).unwrap());
                (at_s, format!("asks {} {eta:?} {reasons:?}", it["responder_id"].as_str().unwrap()))
            }));
            for it in list("told") {
                for channel in it["channels"].as_array().unwrap() {
                    let text = |it: &Value| it.as_str().unwrap().to_owned();
                    told.insert((text(&it["kind"]), text(&it["target"]), text(channel)));
                }
            }
        }
        happened.sort();
        said.sort();
        assert_eq!(said, happened);
        let asks = said.iter().filter(|it| it.1.starts_with("asks")).count();
        let street = said.iter().any(|it| it.1 == "street") && said.iter().any(|it| it.1 == "rings duty_leader");
        assert!(asks >= 3 && street, "something has happened: {said:?}");
        let rows = store.outbox_of(case).await.unwrap();
        let rows: BTreeSet<(String, String, String)> = rows.into_iter().map(|it| (it.kind, it.target, it.channel)).collect();
        assert_eq!(told, rows);
        assert!(rows.len() >= 5, "{rows:?}");
        // Who is named and why is said of whoever is left out.
        let left: Vec<&Value> = shown["moments"].as_array().unwrap().iter().flat_map(|it| it["left_out"].as_array().unwrap()).collect();
        assert!(left.iter().any(|it| it["reasons"].to_string().contains("out_of_scope") && it["name"] == "人S9"), "{left:?}");

        // By a draft: the street ten seconds after the press, before the silence of those who were asked brings it in.
        assert!(!said.contains(&(10, "street".to_owned())), "{said:?}");
        let mut draft = street_at(&town, 10).await;
        alone(&mut draft)["steps"][2]["at_s"] = json!(5);
        let mut by_draft = body.clone();
        by_draft["draft"] = draft;
        let shown = town.post("leader", &preview, by_draft).await.ok();
        let of_street = |it: &&Value| it["steps"].to_string().contains("street");
        let at_s = shown["moments"].as_array().unwrap().iter().find(of_street).unwrap()["at_s"].clone();
        assert_eq!(at_s, json!(10));
        assert_eq!(town.get("leader", PLANS).await.ok()["version"], json!(0), "a draft is no version");
        for (field, value, code) in [
            ("kind", json!("follow_up"), "invalid_value"),
            ("horizon_s", json!(0), "out_of_range"),
            ("horizon_s", json!(3_601), "out_of_range"),
            ("at", json!("2036-01-01T00:00:00Z"), "out_of_range"),
        ] {
            let mut odd = body.clone();
            odd[field] = value;
            let answer = town.post("leader", &preview, odd).await;
            assert_eq!((answer.problem(), fields(&answer)), ((422, code), vec![field.to_owned()]), "{}", answer.text);
        }
        let nobody = json!({"elder_id": "elder_00000000000000000000000000000000", "kind": "sos"});
        assert_eq!(town.post("leader", &preview, nobody).await.problem(), (404, "elder_not_found"));
        assert_eq!(town.post("desk", &preview, body).await.problem(), (403, "role_not_allowed"));
    }

    async fn a_preview_of_another_hour_asks_whoever_is_at_work_then(db: Database) {
        let town = Town::start(db).await;
        let at = town.test.app.clock.now() + 30.hours();
        let shift = |who: &str, from: jiff::Timestamp| Shift {
            responder: responder_id(who),
            from,
            until: from + 8.hours(),
            stands_in_for: None,
        };
        let shifts = vec![shift("G1", at - 1.hours()), shift("G2", at + 1.hours())];
        town.test.app.store.put_shifts(shifts).await.unwrap();
        let ask = async |at: Option<jiff::Timestamp>| {
            let body = json!({"elder_id": elder_0(), "kind": "sos", "at": at.map(|it| it.to_string()), "horizon_s": 60});
            let shown = town.post("leader", &format!("{PLANS}/{STREET}/preview"), body).await.ok();
            let moments = shown["moments"].as_array().unwrap().clone();
            let names = |list: &str| -> BTreeSet<String> {
                let all = moments.iter().flat_map(|it| it[list].as_array().unwrap().clone());
                all.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
            };
            (shown["duty"].clone(), names("asked"), names("left_out"))
        };
        let (duty, asked, _) = ask(None).await;
        assert!(duty == "now" && asked.contains("人G1") && asked.contains("人G2"), "{duty} {asked:?}");
        let (duty, asked, left_out) = ask(Some(at)).await;
        assert!(duty == "rota" && asked.contains("人G1") && !asked.contains("人G2") && left_out.contains("人G2"), "{duty} {asked:?} {left_out:?}");
    }

    async fn a_draft_is_held_against_what_happened_a_page_at_a_time(db: Database) {
        let town = Town::start(db).await;
        // Seen at 40 s by the grid, which had been asked at 30; over at 50 s.
        let case = town.press_and_offer().await;
        assert_eq!(town.say_yes(case, "g1", "G1").await.status, 200);
        town.test.advance(10);
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        town.post("desk", &format!("/api/v1/cases/{case}/false-alarm"), json!({"reason": "mis_press"})).await.ok();
        let ask = async |draft: &Value, days: u8, cursor: Option<&Value>| {
            let body = json!({"draft": draft, "days": days, "cursor": cursor});
            town.post("leader", &format!("{PLANS}/{STREET}/check"), body).await
        };
        let same = in_force(&town).await;
        let found = ask(&same, 30, None).await.ok();
        let once = json!({"grid": 1, "street": 0, "door_late": 0});
        assert_eq!((&found["cases"], &found["left_out"], found.get("next")), (&json!(1), &json!(0), None));
        assert_eq!((&found["recorded"], &found["in_force"], &found["draft"], &found["otherwise"]), (&once, &once, &once, &json!([])));
        let sooner = ask(&street_at(&town, 35).await, 30, None).await.ok();
        assert_eq!((&sooner["in_force"], &sooner["draft"]["street"]), (&once, &json!(1)));
        let other = &sooner["otherwise"][0];
        assert_eq!((&other["case_id"], &other["more"], &other["less"]), (&json!(case), &json!(["street"]), &json!([])));
        let mut later = same.clone();
        alone(&mut later)["steps"][2]["at_s"] = json!(60);
        let later = ask(&later, 30, None).await.ok();
        assert_eq!((&later["draft"]["grid"], &later["otherwise"][0]["less"]), (&json!(0), &json!(["grid"])));
        assert_eq!(town.get("leader", PLANS).await.ok()["version"], json!(0), "nothing is filed");
        // Many, and some that are no calls for help: two pages, none twice and none left behind.
        let desk = &town.test.app.desk;
        let by = Author::User(user("desk"));
        for n in 0..105 {
            town.test.advance(1);
            let kind = if n % 21 == 0 { "low_battery" } else { "sos" };
            let opened = desk.report(alert(1, kind, &format!("{n}"))).await.unwrap();
            if kind == "sos" {
                let fine = Command::VoiceResult { result: Voice::Fine };
                desk.handle(opened.case, fine, by).await.unwrap();
                desk.handle(opened.case, Command::FalseAlarm { reason: FalseReason::Test }, by).await.unwrap();
            }
        }
        let first = ask(&same, 30, None).await.ok();
        let second = ask(&same, 30, Some(&first["next"])).await.ok();
        assert_eq!((&first["cases"], &second["cases"], second.get("next")), (&json!(100), &json!(1), None));
        // Older than what is looked back on.
        town.test.advance(25 * 3_600);
        town.forget_tokens();
        assert_eq!(ask(&same, 1, None).await.ok()["cases"], json!(0));
        for (days, cursor, code) in [(0, None, (422, "out_of_range")), (31, None, (422, "out_of_range")), (30, Some(json!("no")), (400, "bad_cursor"))] {
            assert_eq!(ask(&same, days, cursor.as_ref()).await.problem(), code);
        }
        let mut bad = same.clone();
        bad["rules"] = json!([]);
        assert_eq!(fields(&ask(&bad, 30, None).await), ["draft.rules"]);
    }
}
