//! Cases over HTTP: who sees what at which stage, every command, proofs, and what is sealed.

use eldercare_dispatch::api::commands::SECOND_LOOK_WITHIN;
use eldercare_dispatch::case::Place;
use eldercare_dispatch::people::{Contact, PrefixSet, Responder, ResponderKind, responder_id};
use eldercare_dispatch::store::ResponderFile;
use serde_json::{Value, json};

use crate::api_town::{Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::{GRID, responder, who};
use crate::notify_webhook::contact;

fn has_no_person(answer: &Value) {
    let text = answer.to_string();
    for secret in ["老人0", "泉州路", "39.38", "4711", "1390", &elder_0().to_string()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

both_stores! {
    async fn what_is_shown_follows_the_stage(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        let path = format!("/api/v1/cases/{case}");

        let desk = town.get("desk", &path).await.ok();
        assert_eq!((desk["elder"]["name"].as_str(), desk["elder"]["address"].as_str()), (Some("老人0"), Some("泉州路0号")));
        assert!(desk["offers"].as_array().unwrap().len() >= 3 && desk["plan"]["steps"].is_array(), "{desk}");
        assert_eq!(desk["state"], "ringing");
        assert!(desk["next_due_at"].is_string() && desk["place"]["lat"].is_number());

        let auditor = town.get("auditor", &path).await.ok();
        assert!(auditor["elder"].is_null() && auditor["place"].is_null() && auditor["offers"][0]["responder_name"].is_null());

        let offered = town.get("g1", &path).await.ok();
        has_no_person(&offered);
        assert_eq!(offered["area_name"], "泉州社区");
        assert_eq!(offered["offers"].as_array().unwrap().len(), 1);
        assert!(offered["offers"][0]["seconds"].is_number() && offered["assignments"] == json!([]));
        let mine = town.get("g1", "/api/v1/offers").await.ok();
        assert_eq!(mine["items"][0]["id"], case.to_string());
        has_no_person(&town.get("g1", &format!("{path}/events")).await.ok());
        assert_eq!(town.get("far_desk", &path).await.problem(), (404, "case_not_found"));
        assert_eq!(town.get("family", &path).await.problem(), (404, "case_not_found"));

        let yes = town.say_yes(case, "g1", "G1").await.ok();
        assert_eq!(yes["role"], "provisional");
        assert!(yes["decided_at"].as_str().unwrap() > desk["opened_at"].as_str().unwrap());
        assert_eq!(yes["case"]["elder"]["name"], "老人0");
        let coming = town.get("g1", &path).await.ok();
        assert!(coming["place"]["lat"].is_number() && coming["plan"].is_null());
        assert!(!coming.to_string().contains("4711"));
        has_no_person(&town.get("g2", &path).await.ok());

        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let lead = town.get("g1", &path).await.ok();
        assert_eq!((lead["state"].as_str(), lead["assignments"][0]["place"].as_str()), (Some("engaged"), Some("lead")));
        let stood = town.post("desk", &format!("{path}/stand-down"), json!({"responder_id": who("G1")})).await.ok();
        assert_eq!(stood["case"]["state"], "ringing");
        assert_eq!(town.get("g1", &path).await.problem(), (404, "case_not_found"), "revoked with the stand-down");
        let events = town.get("desk", &format!("{path}/events?limit=5")).await.ok();
        assert_eq!((events["items"][0]["type"].as_str(), events["next"].as_i64()), (Some("opened"), Some(5)));
        assert!(events["items"][0]["hash"].is_string() && events["items"][0]["clocks"].is_array());
    }

    async fn a_case_runs_from_yes_to_close_and_nothing_closes_without_proof(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        let path = format!("/api/v1/cases/{case}");
        let go = format!("/api/v1/assignments/{case}");
        assert_eq!(town.post("desk", &format!("{path}/take"), json!({})).await.ok()["case"]["taken_by"], user("desk").to_string());
        assert_eq!(town.post("g1", &format!("{go}/depart"), json!({})).await.problem(), (409, "not_assigned"));
        town.say_yes(case, "g1", "G1").await.ok();
        let twice = town.say_yes(case, "g1", "G1").await.ok();
        assert_eq!(twice["role"], "provisional");
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let late = town.say_yes(case, "g2", "G2").await;
        match late.status {
            200 => assert_eq!(late.body["role"], "backup"),
            _ => assert_eq!((late.problem(), late.body["taken_by"].as_str()), ((409, "taken"), Some(who("G1").to_string().as_str()))),
        }
        let offer = town.offer_to(case, "DOC").await;
        town.post("doctor", &format!("/api/v1/offers/{offer}/received"), json!({})).await.ok();
        town.post("doctor", &format!("/api/v1/offers/{offer}/decline"), json!({"reason": "busy"})).await.ok();
        let reason = town.post("doctor", &format!("/api/v1/offers/{offer}/decline"), json!({"reason": "tired"})).await;
        assert_eq!((reason.problem(), reason.body["errors"][0]["field"].as_str()), ((422, "invalid_value"), Some("reason")));
        let theirs = town.post("g2", &format!("/api/v1/offers/{offer}/accept"), json!({})).await;
        assert_eq!(theirs.problem(), (404, "offer_not_found"));

        let gone = town.post("g1", &format!("{go}/depart"), json!({})).await.ok();
        assert_eq!(gone["case"]["assignments"][0]["stage"], "en_route");
        let absurd = town.post("g1", &format!("{go}/progress"), json!({"eta_s": 999_999})).await;
        assert_eq!(absurd.problem(), (422, "out_of_range"));
        town.stand("g1", 40.0).await;
        town.post("g1", &format!("{go}/progress"), json!({"eta_s": 30})).await.ok();
        assert_eq!(town.post("g1", &format!("{go}/arrive"), json!({})).await.ok()["case"]["state"], "on_scene");
        let close = |proof: Value| json!({"outcome": "helped", "proof": proof});
        let path_close = format!("{path}/close");
        let early = town.post("desk", &path_close, close(json!({"type": "on_scene"}))).await;
        assert_eq!(early.problem(), (409, "proof_missing"));
        town.post("g1", &format!("{go}/contact-made"), json!({})).await.ok();
        town.post("g1", &format!("{go}/check-in"), json!({})).await.ok();
        town.post("g1", &format!("{path}/note"), json!({"text": "坐在地上，清醒"})).await.ok();
        let referred = town.post("desk", &format!("{path}/refer"), json!({"to": "120"})).await.ok();
        let referral = referred["case"]["referrals"][0]["id"].as_str().unwrap().to_owned();
        let open = town.post("desk", &path_close, close(json!({"type": "on_scene"}))).await;
        assert_eq!(open.problem(), (409, "referral_open"));
        town.post("desk", &format!("{path}/referrals/{referral}/acknowledge"), json!({})).await.ok();
        town.post("g1", &format!("{go}/done"), json!({})).await.ok();
        for (proof, status, code) in [
            (json!({"type": "hearsay"}), 422, "invalid_value"),
            (json!({"type": "second_look"}), 422, "missing_field"),
            (json!({"type": "none", "by": user("desk2")}), 422, "unknown_field"),
            (json!({"type": "none"}), 409, "proof_missing"),
        ] {
            assert_eq!(town.post("desk", &path_close, close(proof.clone())).await.problem(), (status, code), "{proof}");
        }
        let closed = town.post("desk", &path_close, close(json!({"type": "on_scene"}))).await.ok();
        assert_eq!((closed["case"]["state"].as_str(), closed["case"]["outcome"].as_str()), (Some("closed"), Some("helped")));
        assert!(closed["case"]["next_due_at"].is_null());
        assert_eq!(town.get("g1", &path).await.problem(), (404, "case_not_found"));
        assert_eq!(town.say_yes(case, "g2", "G2").await.status, 409);
        let notes = town.get("desk", &format!("{path}/notes")).await.ok();
        assert_eq!(notes["items"][0]["text"], "坐在地上，清醒");
        let again = town.post("desk", &format!("{path}/reopen"), json!({"reason": "又打来"})).await.ok();
        assert_eq!(again["case"]["state"], "ringing");
        assert!(town.test.app.store.check().await.unwrap().found.is_empty());
    }

    async fn a_second_look_is_another_persons_and_counts_for_ten_minutes(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let path = format!("/api/v1/cases/{case}");
        let close = |by: &str| json!({"outcome": "false_alarm", "proof": {"type": "second_look", "by": user(by)}});
        let none = town.post("desk", &format!("{path}/close"), close("desk2")).await;
        assert_eq!(none.problem(), (409, "second_look_missing"));
        assert_eq!(town.post("desk2", &format!("{path}/second-look"), json!({})).await.status, 204);
        let looks = format!("{path}/second-looks");
        let seen = town.get("desk", &looks).await.ok();
        assert_eq!((seen["items"][0]["username"].as_str(), seen["items"].as_array().unwrap().len()), (Some("desk2"), 1));
        assert!(town.get("desk2", &looks).await.ok()["items"].as_array().unwrap().is_empty(), "one's own does not count");
        assert_eq!(town.get("far_desk", &looks).await.problem(), (404, "case_not_found"));
        let own = town.post("desk2", &format!("{path}/close"), close("desk2")).await;
        assert_eq!(own.problem(), (409, "proof_missing"), "nobody closes on their own look");
        town.test.advance(SECOND_LOOK_WITHIN.as_secs().unsigned_abs() + 1);
        assert!(town.get("desk", &looks).await.ok()["items"].as_array().unwrap().is_empty(), "it counts for ten minutes");
        let old = town.post("desk", &format!("{path}/close"), close("desk2")).await;
        assert_eq!(old.problem(), (409, "second_look_missing"));
        town.post("desk2", &format!("{path}/second-look"), json!({})).await;
        let closed = town.post("desk", &format!("{path}/close"), close("desk2")).await.ok();
        assert_eq!(closed["case"]["state"], "closed");
    }

    async fn the_desks_other_words_reach_the_case(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let path = format!("/api/v1/cases/{case}");
        let say = async |what: &str, body: Value| town.post("desk", &format!("{path}/{what}"), body).await;
        assert_eq!(say("escalate", json!({"to": "street"})).await.ok()["case"]["tier"], "street");
        assert_eq!(say("escalate", json!({})).await.problem(), (409, "top_tier"));
        assert_eq!(say("raise", json!({"to": "critical"})).await.problem(), (409, "same_severity"));
        assert_eq!(say("lower", json!({"to": "urgent", "reason": " "})).await.problem(), (422, "missing_field"));
        for (eta_s, code) in [(json!(21_601), "out_of_range"), (json!(u32::MAX), "out_of_range"), (json!(-1), "invalid_value"), (json!(1e300), "invalid_value")] {
            let absurd = say("assign", json!({"responder_id": who("G1"), "eta_s": eta_s})).await;
            assert_eq!(absurd.problem(), (422, code), "{eta_s}: {}", absurd.text);
        }
        assert!(town.view(case).await.case.assignments.is_empty());
        let assigned = say("assign", json!({"responder_id": who("G1")})).await.ok();
        assert_eq!(assigned["case"]["assignments"][0]["responder_id"], who("G1").to_string());
        assert!(assigned["case"]["assignments"][0]["eta_at"].is_string(), "reckoned from where they are");
        let stranger = say("assign", json!({"responder_id": responder_id("X")})).await;
        assert_eq!(stranger.problem(), (404, "responder_not_found"));
        let elsewhere = say("assign", json!({"responder_id": who("S9")})).await;
        assert_eq!(elsewhere.problem(), (404, "responder_not_found"), "who works in another street does not exist here");
        assert!(town.view(case).await.case.assignment(who("S9")).is_none());
        let mine = town.get("g1", "/api/v1/offers").await.ok();
        assert_eq!(mine["items"][0]["elder"]["name"], "老人0", "sent by the desk, without an offer");
        assert_eq!(say("await-review", json!({"until": "2026-03-02T00:00:00Z"})).await.problem(), (409, "not_now"));
        assert_eq!(say("voice-result", json!({"result": "needs_help"})).await.ok()["case"]["voice"], "needs_help");
        assert_eq!(say("voice-result", json!({"result": "shouting"})).await.problem(), (422, "invalid_value"));
        assert_eq!(say("false-alarm", json!({"reason": "mis_press"})).await.ok()["case"]["state"], "closed");
        assert_eq!(say("resolve", json!({"outcome": "helped"})).await.problem(), (409, "case_over"));
        assert_eq!(say("note", json!({"text": "x".repeat(4_001)})).await.problem(), (422, "too_long"));
        let bad = town.post("desk", "/api/v1/cases/case_1/take", json!({})).await;
        assert_eq!(bad.problem(), (400, "bad_id"));
        let none = town.post("desk", &format!("/api/v1/cases/case_{}/take", "0".repeat(32)), json!({})).await;
        assert_eq!(none.problem(), (404, "case_not_found"));
        let noref = say(&format!("referrals/ref_{}/acknowledge", "0".repeat(32)), json!({})).await;
        assert_eq!(noref.problem(), (404, "no_such_referral"));
    }

    /// Family works in no area: the desk may send the elder's own, and nobody else's.
    async fn the_desk_may_send_the_elders_own_family(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let family = |code: &str| Responder { scope: PrefixSet::default(), ..responder(code, ResponderKind::Family, 0.001) };
        let files = ["F2", "F3"].map(|it| ResponderFile { responder: family(it), secrets: None });
        town.test.app.store.put_responders(files.to_vec(), town.test.clock.now()).await.unwrap();
        let of_0 = Contact { responder: Some(who("F2")), ..contact(0, "C2", 1, false) };
        let of_1 = Contact { responder: Some(who("F3")), ..contact(1, "C3", 1, false) };
        town.test.fill_contacts(vec![of_0, of_1]).await;
        let send = async |name| town.post("desk", &format!("/api/v1/cases/{case}/assign"), json!({"responder_id": who(name)})).await;
        assert_eq!(send("F3").await.problem(), (404, "responder_not_found"));
        let sent = send("F2").await.ok();
        assert_eq!(sent["case"]["assignments"][0]["responder_id"], who("F2").to_string());
    }

    /// A second one, whom nobody offered it: their telephone lists the case all the same.
    async fn who_is_sent_beside_the_lead_finds_the_case_in_their_list(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let send = async |name| town.post("desk", &format!("/api/v1/cases/{case}/assign"), json!({"responder_id": who(name)})).await;
        send("G1").await.ok();
        town.test.advance(30);
        town.test.app.desk.run_due().await.unwrap();
        assert_eq!(town.view(case).await.case.lead().map(|it| it.responder), Some(who("G1")));
        send("G2").await.ok();
        assert_eq!(town.view(case).await.case.assignment(who("G2")).unwrap().place, Place::Backup);
        for path in ["/api/v1/cases?open=true", "/api/v1/offers"] {
            for (account, listed) in [("g2", 1), ("g1", 1), ("far_g", 0)] {
                let list = town.get(account, path).await.ok();
                assert_eq!(list["items"].as_array().unwrap().len(), listed, "{account} {path}");
            }
        }
    }

    async fn a_key_makes_a_repeat_harmless(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let path = format!("/api/v1/cases/{case}/refer");
        let first = town.post_once("desk", &path, "k1", json!({"to": "110"})).await.ok();
        let again = town.post_once("desk", &path, "k1", json!({"to": "110"})).await.ok();
        assert_eq!(first["case"]["referrals"], again["case"]["referrals"]);
        assert_eq!(again["case"]["referrals"].as_array().unwrap().len(), 1);
        let other = town.post_once("desk", &path, "k1", json!({"to": "119"})).await;
        assert_eq!(other.problem(), (422, "key_reused"));
        let elsewhere = town.post_once("desk", &format!("/api/v1/cases/{case}/take"), "k1", json!({})).await;
        assert_eq!(elsewhere.problem(), (422, "key_reused"));
    }

    async fn the_door_is_shown_at_the_door_health_to_a_doctor_and_each_look_is_recorded(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        let elder = elder_0();
        let look = |fields: &str| format!("/api/v1/elders/{elder}/access?reason=visit&case_id={case}&fields={fields}");
        assert_eq!(town.get("g1", &look("phones")).await.problem(), (404, "elder_not_found"), "only offered");
        town.say_yes(case, "g1", "G1").await.ok();
        assert_eq!(town.get("g1", &look("phones")).await.ok()["phones"][0], "13900000001");
        assert_eq!(town.get("g1", &look("access")).await.problem(), (403, "not_at_the_door"));
        assert_eq!(town.get("g1", &look("health")).await.problem(), (403, "medical_skill_needed"));
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        town.post("g1", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.ok();
        assert_eq!(town.get("g1", &look("access")).await.problem(), (403, "not_at_the_door"), "says so, and nothing bears it out");
        town.stand("g1", 151.0).await;
        assert_eq!(town.get("g1", &look("access")).await.problem(), (403, "not_at_the_door"));
        town.stand("g1", 149.0).await;
        let shown = town.get("g1", &look("access")).await;
        assert_eq!(shown.headers.get("cache-control").unwrap(), "no-store");
        assert_eq!(shown.ok()["access"]["door_code"], "4711#");
        let grant = format!("/api/v1/cases/{case}/grant-access");
        let nobody = town.post("desk", &grant, json!({"responder_id": who("DOC")})).await;
        assert_eq!(nobody.problem(), (409, "not_assigned"));
        town.post("desk", &format!("/api/v1/cases/{case}/assign"), json!({"responder_id": who("DOC")})).await.ok();
        assert_eq!(town.get("doctor", &look("health")).await.ok()["health"]["summary"], "高血压");
        assert_eq!(town.get("doctor", &look("access")).await.problem(), (403, "not_at_the_door"));
        assert_eq!(town.post("desk", &grant, json!({"responder_id": who("DOC")})).await.status, 204);
        town.get("doctor", &look("access")).await.ok();

        let by_desk = format!("/api/v1/elders/{elder}/access?reason=call");
        assert_eq!(town.get("desk", &by_desk).await.ok()["access"]["door_code"], "4711#");
        assert_eq!(town.get("desk", &format!("/api/v1/elders/{elder}/access")).await.problem(), (422, "missing_field"));
        assert_eq!(town.get("far_desk", &by_desk).await.problem(), (404, "elder_not_found"));
        assert_eq!(town.get("g2", &by_desk).await.problem(), (422, "missing_field"), "a responder says for which case");
        assert_eq!(town.get("admin", &by_desk).await.problem(), (403, "role_not_allowed"));
        let views = town.get("auditor", &format!("/api/v1/elders/{elder}/views")).await.ok();
        let lines: Vec<(&str, &str)> = views["items"].as_array().unwrap().iter()
            .map(|it| (it["by"].as_str().unwrap(), it["field"].as_str().unwrap())).collect();
        let [desk, g1, doctor] = ["desk", "g1", "doctor"].map(|it| user(it).to_string());
        for line in [(desk.as_str(), "access"), (&desk, "phones"), (&g1, "access"), (&g1, "phones"), (&doctor, "health")] {
            assert!(lines.contains(&line), "{line:?} in {lines:?}");
        }
        assert!(!lines.contains(&(&g1, "health")), "a refused look shows nothing");
        town.post("desk", &format!("/api/v1/cases/{case}/stand-down"), json!({"responder_id": who("DOC")})).await.ok();
        assert_eq!(town.get("doctor", &look("access")).await.problem(), (404, "elder_not_found"));
    }

    async fn lists_are_pages_of_what_one_may_see(db: Database) {
        let town = Town::start(db).await;
        for kind in ["sos", "smoke", "device_fault"] {
            town.test.advance(1);
            town.post("desk", "/api/v1/alerts", json!({"kind": kind, "elder_id": elder_0()})).await.ok();
        }
        let mut seen = Vec::new();
        let mut path = "/api/v1/cases?limit=2".to_owned();
        loop {
            let page = town.get("desk", &path).await.ok();
            seen.extend(page["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else {
                // The last page says so.
                assert_eq!(page.get("next"), Some(&Value::Null));
                break;
            };
            path = format!("/api/v1/cases?limit=2&cursor={next}");
        }
        assert_eq!(seen, ["device_fault", "smoke", "sos"]);
        for (filter, count) in [
            ("open=true", 3), ("state=ringing,engaged", 3), ("state=closed", 0), ("severity=critical", 2), ("kind=sos", 1),
            ("lane=technical", 1), ("tier=grid", 2), ("tier=street", 0), (&format!("elder={}", elder_0()), 2),
        ] {
            let page = town.get("desk", &format!("/api/v1/cases?{filter}")).await.ok();
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{filter}");
        }
        for bad in ["limit=0", "limit=501", "limit=x", "state=asleep", "kind=x", "sort=up", "elder=7"] {
            assert_eq!(town.get("desk", &format!("/api/v1/cases?{bad}")).await.problem(), (400, "bad_query"), "{bad}");
        }
        assert_eq!(town.get("desk", "/api/v1/cases?cursor=abc").await.problem(), (400, "bad_cursor"));
        let of_cases = town.get("desk", "/api/v1/cases?limit=2").await.ok()["next"].as_str().unwrap().to_owned();
        for list in ["elders", "responders", "quarantine", &format!("elders/{}/views", elder_0())] {
            let who = if list.ends_with("views") { "auditor" } else { "desk" };
            let answer = town.get(who, &format!("/api/v1/{list}?cursor={of_cases}")).await;
            assert_eq!((answer.problem(), answer.body["errors"][0]["field"].as_str()), ((400, "bad_cursor"), Some("cursor")), "{list}");
        }

        let elders = town.get("desk", "/api/v1/elders?need=living_alone&limit=1").await.ok();
        assert_eq!(elders["items"][0]["code"], "E0");
        assert_eq!(town.get("desk", "/api/v1/elders?need=rich").await.problem(), (400, "bad_query"));
        assert!(town.get("desk", &format!("/api/v1/elders/{}", elder_0())).await.ok()["contacts"].is_array());
        assert_eq!(town.get("far_desk", "/api/v1/elders").await.ok()["items"], json!([]));
        let first = town.get("desk", "/api/v1/responders?tier=grid&limit=2").await.ok();
        let next = first["next"].as_str().unwrap();
        let second = town.get("desk", &format!("/api/v1/responders?tier=grid&limit=2&cursor={next}")).await.ok();
        let codes = |page: &Value| page["items"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut all = [codes(&first), codes(&second)].concat();
        all.sort();
        assert_eq!(all, ["DOC", "G1", "G2"]);
        assert_eq!(town.get("g1", &format!("/api/v1/responders/{}", who("G1"))).await.ok()["on_duty"], true);
        assert_eq!(town.get("g1", &format!("/api/v1/responders/{}", who("G2"))).await.problem(), (404, "responder_not_found"));
    }

    async fn who_is_near_is_answered_with_its_doubt(db: Database) {
        let town = Town::start(db).await;
        let ask = json!({"lat": 39.38, "lon": 117.06, "crs": "wgs84", "minutes": 15, "tier": "grid"});
        let near = town.post("desk", "/api/v1/reach", ask.clone()).await.ok();
        let ids: Vec<&str> = near["reached"].as_array().unwrap().iter().map(|it| it["responder_id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["G1", "G2", "DOC"].map(|it| who(it).to_string()));
        assert_eq!((near["roads"].as_bool(), near["reached"][0]["estimated"].as_bool()), (Some(false), Some(true)));
        let off = town.put("g1", "/api/v1/responders/me/duty", json!({"on": false})).await.ok();
        assert_eq!(off["on"], false);
        town.stand("g2", 4_000.0).await;
        let near = town.post("desk", "/api/v1/reach", ask).await.ok();
        assert_eq!(near["reached"][0]["responder_id"], who("DOC").to_string());
        for (change, field) in [("minutes", json!(0)), ("minutes", json!(61)), ("lat", json!(99)), ("lon", json!(-999))] {
            let mut bad = json!({"lat": 39.38, "lon": 117.06, "crs": "gcj02", "minutes": 15});
            bad[change] = field;
            let answer = town.post("desk", "/api/v1/reach", bad).await;
            assert_eq!((answer.problem(), answer.body["errors"][0]["field"].as_str()), ((422, "out_of_range"), Some(change)));
        }
        let circle = town.get("desk", "/api/v1/circles?lat=39.38&lon=117.06&crs=wgs84&mode=walk&minutes=15").await;
        assert_eq!(circle.headers.get("content-type").unwrap(), "application/geo+json");
        let circle = circle.ok();
        let minutes: Vec<_> = circle["features"].as_array().unwrap().iter().map(|it| it["properties"]["minutes"].as_u64().unwrap()).collect();
        assert_eq!(minutes, [15, 10, 5]);
        assert_eq!(town.get("desk", "/api/v1/circles?lat=39.38&lon=117.06").await.problem(), (400, "bad_query"));
        let none = town.post("desk", "/api/v1/responders/me/position", json!({"lat": 1, "lon": 1, "crs": "wgs84"})).await;
        assert_eq!(none.problem(), (403, "not_a_responder"));
    }

    async fn a_grid_with_nobody_at_work_and_homes_out_of_reach_are_told(db: Database) {
        let town = Town::start(db).await;
        assert_eq!(town.get("desk", "/api/v1/coverage?minutes=20").await.problem(), (400, "bad_query"));
        let covered = town.get("desk", "/api/v1/coverage").await.ok();
        assert_eq!((covered["homes"].as_u64(), covered["uncovered"].as_u64(), covered["minutes"].as_u64()), (Some(2), Some(0), Some(15)));
        assert_eq!((covered["grids"][0]["area_code"].as_str(), covered["grids"][0]["on_duty"].as_u64()), (Some(GRID), Some(3)));
        assert_eq!(covered["cells"]["features"].as_array().unwrap().len(), 0);
        for name in ["g1", "g2", "doctor"] {
            town.put(name, "/api/v1/responders/me/duty", json!({"on": false})).await.ok();
        }
        // The family at home stays on duty and covers nobody else's elder.
        let bare = town.get("desk", "/api/v1/coverage").await.ok();
        assert_eq!((bare["uncovered"].as_u64(), bare["grids"][0]["on_duty"].as_u64()), (Some(2), Some(0)));
        let cells = bare["cells"]["features"].as_array().unwrap();
        assert_eq!(cells.iter().map(|it| it["properties"]["homes"].as_u64().unwrap()).sum::<u64>(), 2);
        assert_eq!(town.get("far_desk", "/api/v1/coverage").await.ok()["homes"], 0);
        assert_eq!(town.get("g1", "/api/v1/coverage").await.problem(), (403, "role_not_allowed"));
    }

    async fn the_map_is_for_whoever_is_signed_in(db: Database) {
        let town = Town::start(db).await;
        // No roads were imported: there is a map, and nothing on it.
        let map = town.get("g1", "/api/v1/map").await.ok();
        assert_eq!((map["bounds"].is_null(), map["zoom_max"].as_u64()), (true, Some(16)));
        assert_eq!(town.get("g1", "/api/v1/tiles/12/3379/1559").await.status, 204);
        for none in ["12/4096/0", "99/0/0", "a/0/0"] {
            assert_eq!(town.get("g1", &format!("/api/v1/tiles/{none}")).await.problem(), (404, "tile_not_found"), "{none}");
        }
    }
}
