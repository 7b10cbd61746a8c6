//! Warnings of an area by CAP, over the whole HTTP face: one case with a round by need, more, over, and never for an exercise.

use actix_web::http::Method;
use eldercare_dispatch::case::{Event, Kind, Lane, Outcome, Severity, State, Subject};
use eldercare_dispatch::dispatch::warnings::Source;
use eldercare_dispatch::people::{LifeSupport, Need, area_id};
use eldercare_dispatch::signature::Secret;
use eldercare_dispatch::store::ElderFile;
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use jiff::{SignedDuration, Timestamp};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town};
use crate::harness::street::{OTHER_GRID, elder, elder_of};
use crate::harness::{Database, both_stores};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SENDER: &str = "met@wuqing.example";
/// Round elders 0 to 3, at 117.06 east and 39.38 to 39.3815 north; not 4 and 5.
const BOX: &str = "<polygon>39.37,117.05 39.37,117.07 39.3817,117.07 39.3817,117.05 39.37,117.05</polygon>";

/// A street that the weather service may warn.
struct Warned {
    town: Town,
}

/// What a message says.
#[derive(Clone)]
struct Says<'a> {
    id: &'a str,
    kind: &'a str,
    status: &'a str,
    severity: &'a str,
    references: Vec<(&'a str, i64)>,
    area: &'a str,
    /// Seconds from when it is sent; none: no end.
    lasts_s: Option<i64>,
    more: &'a str,
}

fn says<'a>(id: &'a str, kind: &'a str) -> Says<'a> {
    Says {
        id,
        kind,
        status: "Actual",
        severity: "Severe",
        references: vec![],
        area: BOX,
        lasts_s: Some(36_000),
        more: "",
    }
}

fn stamp(at: Timestamp) -> String {
    let offset = jiff::tz::Offset::constant(8);
    format!("{}+08:00", offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S"))
}

impl Warned {
    async fn start(db: Database) -> Self {
        let town = Town::start_with(db, |config| {
            config.cap = toml::from_str(&format!(
                "[[senders]]\nname = \"weather\"\nsecret = \"{SECRET}\"\nsenders = [\"{SENDER}\"]\narea = \"120114001\"\n"
            ))
            .unwrap();
        })
        .await;
        let it = Self { town };
        for (n, need, support) in [
            (2, Need::General, Some(LifeSupport::Oxygen)),
            (3, Need::HighRisk, None),
            (4, Need::HighRisk, None),
        ] {
            it.file(n, |elder| {
                elder.needs = [need].into();
                elder.life_support = support.into_iter().collect();
            })
            .await;
        }
        it.file(5, |elder| elder.grid = OTHER_GRID.parse().unwrap()).await;
        it
    }

    async fn file(&self, n: u32, change: impl FnOnce(&mut eldercare_dispatch::people::Elder)) {
        let app = &self.town.test.app;
        let known = app.picture.elder(elder_of(n)).map(|it| (*it).clone());
        let mut file = known.unwrap_or_else(|| elder(n, Need::General));
        change(&mut file);
        let book = app.store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let houses = eldercare_dispatch::people::Household {
            id: file.household,
            code: format!("H{n}"),
            grid: file.grid,
            address: file.address.clone(),
            home: file.home,
        };
        app.store.put_households(vec![houses], &book, self.now()).await.unwrap();
        let file = ElderFile {
            elder: file,
            secrets: None,
        };
        app.store.put_elders(vec![file], &book, self.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.town.test.clock.now().as_second()).unwrap()
    }

    /// The bytes of a message that was sent at an instant.
    fn message(&self, it: &Says<'_>, sent: Timestamp) -> String {
        let references = it
            .references
            .iter()
            .map(|(id, at)| format!("{SENDER},{id},{}", stamp(Timestamp::from_second(*at).unwrap())));
        let references = references.collect::<Vec<_>>().join(" ");
        let expires = it
            .lasts_s
            .map(|s| format!("<expires>{}</expires>", stamp(sent + SignedDuration::from_secs(s))));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>{}</identifier>\
             <sender>{SENDER}</sender><sent>{}</sent><status>{}</status><msgType>{}</msgType><scope>Public</scope>\
             <references>{references}</references><info><language>zh-CN</language><category>Met</category><event>高温</event>{}\
             <urgency>Expected</urgency><severity>{}</severity><certainty>Likely</certainty>{}<headline>高温预警</headline>\
             <area><areaDesc>杨村街道</areaDesc>{}</area></info></alert>",
            it.id,
            stamp(sent),
            it.status,
            it.kind,
            it.more,
            it.severity,
            expires.unwrap_or_default(),
            it.area,
        )
    }

    async fn post(&self, body: &str) -> Answer {
        let secret = Secret::parse(SECRET).unwrap();
        let now = self.now().as_second();
        let signature = secret.sign("msg_1", now, body.as_bytes());
        let stamp = now.to_string();
        let headers = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", stamp.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        self.town.raw(Method::POST, "/api/v1/cap", &headers, body).await
    }

    /// Sends it now, and answers when that was and what came of it.
    async fn warn(&self, it: &Says<'_>) -> (i64, String) {
        let sent = self.now();
        let answer = self.post(&self.message(it, sent)).await.ok();
        (sent.as_second(), answer["result"].as_str().unwrap().to_owned())
    }

    async fn cases(&self) -> Vec<CaseView> {
        let store = &self.town.test.app.store;
        let mut all = store.list_cases(&CaseFilter::default(), None, 500).await.unwrap().items;
        all.sort_by_key(|it| it.case.opened_at);
        all
    }

    async fn events(&self, it: &CaseView) -> Vec<Event> {
        let rows = self.town.test.app.store.events(it.case.id, 0, 1_000).await.unwrap();
        rows.into_iter().map(|it| it.record.event).collect()
    }

    /// Who is on the round of a case, in its order, as the desk reads it.
    async fn round(&self, it: &CaseView) -> Vec<String> {
        let path = format!("/api/v1/cases/{}/round", it.case.id);
        let round = self.town.get("desk", &path).await.ok();
        let items = round["items"].as_array().unwrap().iter();
        items.map(|it| it["elder"]["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn ids(of: &[u32]) -> Vec<String> {
    of.iter().map(|it| elder_of(*it).to_string()).collect()
}

both_stores! {
    async fn a_warning_is_one_case_with_those_inside_by_need_and_an_update_changes_the_list(db: Database) {
        let it = Warned::start(db).await;
        let (first, result) = it.warn(&says("a-1", "Alert")).await;
        assert_eq!(result, "warned");
        let cases = it.cases().await;
        assert_eq!(cases.len(), 1);
        let case = &cases[0].case;
        assert_eq!((case.kind, case.lane, case.severity), (Kind::AreaAlert, Lane::Service, Severity::Urgent));
        assert_eq!((case.subject, &*cases[0].area_code), (Subject::Area(area_id("120114001")), "120114001"));
        assert!(it.events(&cases[0]).await.iter().any(|it| matches!(it, Event::Rang { .. })), "the desk hears of it");
        // Oxygen before high risk, that before living alone; who is outside is not there.
        assert_eq!(it.round(&cases[0]).await, ids(&[2, 3, 0, 1]));
        let notes = it.town.get("desk", &format!("/api/v1/cases/{}/notes", case.id)).await.ok();
        assert!(notes.to_string().contains("高温预警"), "{notes}");
        // It comes again, and again after a restart: nothing happens.
        let again = it.message(&says("a-1", "Alert"), Timestamp::from_second(first).unwrap());
        let version = case.version;
        assert_eq!(it.post(&again).await.ok()["result"], "warned");
        let it = Warned { town: it.town.restart().await };
        assert_eq!(it.post(&again).await.ok()["result"], "warned");
        assert_eq!(it.cases().await[0].case.version, version);
        // More serious, and of another place: the same case, another list.
        it.town.test.advance(60);
        let update = Says {
            severity: "Extreme",
            references: vec![("a-1", first)],
            area: "<circle>39.3825,117.06 0.03</circle><geocode><valueName>Area_Code</valueName><value>120114001001002</value></geocode>",
            ..says("a-2", "Update")
        };
        let (second, result) = it.warn(&update).await;
        assert_eq!(result, "warned");
        let cases = it.cases().await;
        assert_eq!((cases.len(), cases[0].case.severity), (1, Severity::Critical));
        assert_eq!(it.round(&cases[0]).await, ids(&[5]), "the circle and the grid");
        let rings = |all: &[Event]| all.iter().filter(|it| matches!(it, Event::Rang { .. })).count();
        assert!(rings(&it.events(&cases[0]).await) >= 2, "it rings again");
        // What was sent before and comes after changes nothing.
        let late = Says { references: vec![("a-1", first)], ..says("a-0", "Update") };
        let late = it.message(&late, Timestamp::from_second(second - 30).unwrap());
        assert_eq!(it.post(&late).await.ok()["result"], "older");
        assert_eq!(it.round(&cases[0]).await, ids(&[5]));
        // Of whom nobody knows where the door is, the neighbours tell.
        it.file(1, |elder| elder.home = None).await;
        it.town.test.advance(60);
        let back = Says { severity: "Extreme", references: vec![("a-1", first), ("a-2", second)], ..says("a-3", "Update") };
        assert_eq!(it.warn(&back).await.1, "warned");
        assert_eq!(it.round(&cases[0]).await, ids(&[2, 3, 0, 1]));
        // Another warning of the same street is another case.
        it.town.test.advance(60);
        assert_eq!(it.warn(&Says { severity: "Minor", area: "", ..says("b-1", "Alert") }).await.1, "warned");
        let cases = it.cases().await;
        assert_eq!((cases.len(), cases[1].case.severity), (2, Severity::Routine));
        assert_eq!(it.round(&cases[1]).await.len(), 6, "no area that can be read: all for whom the sender speaks");
        assert_eq!(it.town.get("far_desk", &format!("/api/v1/cases/{}/round", cases[1].case.id)).await.status, 404);
    }

    async fn a_warning_of_the_first_moment_is_kept_and_done_when_the_register_is_read(db: Database) {
        let it = Warned::start(db).await;
        let it = Warned { town: it.town.restart_unread().await };
        let (sent, result) = it.warn(&says("a-1", "Alert")).await;
        assert_eq!((result.as_str(), it.cases().await.len()), ("kept", 0));
        let again = it.message(&says("a-1", "Alert"), Timestamp::from_second(sent).unwrap());
        assert_eq!(it.post(&again).await.ok()["result"], "kept");
        it.town.test.app.read_register().await.unwrap();
        it.town.test.app.warnings.look().await.unwrap();
        let cases = it.cases().await;
        assert_eq!((cases.len(), cases[0].case.kind), (1, Kind::AreaAlert));
        assert_eq!(it.round(&cases[0]).await, ids(&[2, 3, 0, 1]));
        assert_eq!(it.post(&again).await.ok()["result"], "warned");
        it.town.test.app.stop().await;
    }

    async fn whoever_of_a_round_was_looked_after_is_ticked_off_and_who_needs_help_calls(db: Database) {
        let it = Warned::start(db).await;
        it.warn(&says("a-1", "Alert")).await;
        let warning = it.cases().await.remove(0);
        let look = |n: u32| format!("/api/v1/cases/{}/round/{}", warning.case.id, elder_of(n));
        let say = |result: &str| json!({ "result": result });
        // Nobody has said anything yet.
        let path = format!("/api/v1/cases/{}/round", warning.case.id);
        let round = it.town.get("desk", &path).await.ok();
        assert!(round["items"].as_array().unwrap().iter().all(|it| it.get("checked").is_none()), "{round}");
        // Not reached, then well by a colleague: the last word counts, both are kept.
        it.town.post("desk", &look(2), say("not_reached")).await.ok();
        it.town.test.advance(60);
        let kept = it.town.post("leader", &look(2), say("well")).await.ok();
        assert_eq!(kept["checked"]["at"], json!(it.town.test.clock.now()));
        assert!(kept.get("reported").is_none());
        assert_eq!(it.town.test.app.store.round_checks(warning.case.id).await.unwrap().items.len(), 2);
        // Who is well stands behind whoever nobody has reached, also after a restart.
        let it = Warned { town: it.town.restart().await };
        assert_eq!(it.round(&warning).await, ids(&[3, 0, 1, 2]));
        let round = it.town.get("desk", &path).await.ok();
        let last = &round["items"][3]["checked"];
        assert_eq!((&last["result"], &last["username"], &last["tries"]), (&json!("well"), &json!("leader"), &json!(2)));
        assert_eq!(it.cases().await.len(), 1, "and nobody was called for");
        // Who needs help calls, once however many say so; the case is theirs and a call for help.
        let first = it.town.post("desk", &look(0), say("needs_help")).await.ok();
        let second = it.town.post("leader", &look(0), say("needs_help")).await.ok();
        assert_eq!(first["reported"]["case_id"], second["reported"]["case_id"]);
        let cases = it.cases().await;
        let own: Vec<_> = cases.iter().filter(|it| it.case.subject == Subject::Elder(elder_of(0))).collect();
        assert_eq!((cases.len(), own.len()), (2, 1));
        assert_eq!((own[0].case.kind, own[0].case.lane, own[0].case.alerts), (Kind::Sos, Lane::Help, 2));
        assert_eq!(it.round(&warning).await, ids(&[3, 0, 1, 2]), "who needs help stays where they are");
        // Not in this round; no such word; another street's desk, and nobody's case of a round.
        assert_eq!(it.town.post("desk", &look(4), say("well")).await.problem(), (404, "not_in_round"));
        assert_eq!(it.town.post("desk", &look(3), say("fine")).await.status, 422);
        assert_eq!(it.town.post("far_desk", &look(3), say("well")).await.status, 404);
        let other = format!("/api/v1/cases/{}/round/{}", own[0].case.id, elder_of(0));
        assert_eq!(it.town.post("desk", &other, say("well")).await.problem(), (404, "not_in_round"));
    }

    async fn what_is_over_is_closed_or_waits_for_a_persons_look(db: Database) {
        let it = Warned::start(db).await;
        let minor = |id| Says { severity: "Minor", ..says(id, "Alert") };
        let (first, _) = it.warn(&minor("a-1")).await;
        it.town.test.advance(1);
        assert_eq!(it.warn(&Says { references: vec![("a-1", first)], ..says("a-2", "Cancel") }).await.1, "ended");
        let case = it.cases().await[0].case.clone();
        assert_eq!((case.state, case.outcome), (State::Closed, Some(Outcome::WarningOver)));
        // A warning that was cancelled before it came opens nothing.
        let unknown = Says { references: vec![("late", first)], ..says("c-2", "Cancel") };
        assert_eq!(it.warn(&unknown).await.1, "nothing_open");
        let late = it.message(&minor("late"), Timestamp::from_second(first).unwrap());
        assert_eq!(it.post(&late).await.ok()["result"], "cancelled_before");
        // By its time.
        it.town.test.advance(1);
        it.warn(&Says { lasts_s: Some(600), ..minor("d-1") }).await;
        it.town.test.advance(599);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 0);
        assert_eq!(it.cases().await[1].case.state, State::Ringing);
        it.town.test.advance(1);
        let it = Warned { town: it.town.restart().await };
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 1);
        assert_eq!(it.cases().await[1].case.state, State::Closed);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 0, "once");
        // What was urgent is marked, and closed by a person.
        let (urgent, _) = it.warn(&says("e-1", "Alert")).await;
        it.town.test.advance(1);
        let clear = Says { references: vec![("e-1", urgent)], more: "<responseType>AllClear</responseType>", ..says("e-2", "Update") };
        assert_eq!(it.warn(&clear).await.1, "ended");
        let view = it.cases().await[2].clone();
        assert!(view.case.recovered && view.case.state != State::Closed);
        let path = format!("/api/v1/cases/{}/close", view.case.id);
        let proof = json!({"type": "none"});
        it.town.post("desk", &path, json!({"outcome": "warning_over", "proof": proof})).await.ok();
        assert_eq!(it.cases().await[2].case.outcome, Some(Outcome::WarningOver));
        // It comes back: whoever closed it is called again only by what is worse, or because it had ended.
        it.town.test.advance(1);
        let (_, result) = it.warn(&Says { references: vec![("e-1", urgent)], ..says("e-3", "Update") }).await;
        assert_eq!((result.as_str(), it.cases().await.len()), ("warned", 4));
        let path = format!("/api/v1/cases/{}/close", it.cases().await[3].case.id);
        it.town.post("desk", &path, json!({"outcome": "helped", "proof": proof})).await.ok();
        it.town.test.advance(1);
        it.warn(&Says { references: vec![("e-1", urgent)], ..says("e-4", "Update") }).await;
        assert_eq!(it.cases().await.len(), 4, "closed by hand: seen");
        it.town.test.advance(1);
        it.warn(&Says { severity: "Extreme", references: vec![("e-1", urgent)], ..says("e-5", "Update") }).await;
        assert_eq!(it.cases().await.len(), 5, "worse");
        // A backlog rings nobody.
        let old = it.message(&says("f-1", "Alert"), Timestamp::from_second(urgent - 40_000).unwrap());
        assert_eq!(it.post(&old).await.ok()["result"], "expired");
        assert_eq!(it.cases().await.len(), 5);
    }

    async fn an_update_after_the_expiry_goes_on_with_the_case_that_nobody_has_closed(db: Database) {
        let it = Warned::start(db).await;
        let (first, _) = it.warn(&Says { lasts_s: Some(600), ..says("a-1", "Alert") }).await;
        it.town.test.advance(601);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 1);
        let marked = it.cases().await[0].clone();
        assert!(marked.case.recovered && marked.case.state.is_open());
        let update = Says { lasts_s: Some(600), references: vec![("a-1", first)], ..says("a-2", "Update") };
        assert_eq!(it.warn(&update).await.1, "warned");
        let cases = it.cases().await;
        assert_eq!((cases.len(), cases[0].case.recovered), (1, false));
        // And it has its end as before.
        it.town.test.advance(601);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 1);
        assert!(it.cases().await[0].case.recovered);
    }

    async fn one_message_that_does_not_open_keeps_no_other_from_its_end(db: Database) {
        let it = Warned::start(db).await;
        it.warn(&Says { severity: "Minor", lasts_s: Some(600), ..says("a-1", "Alert") }).await;
        it.warn(&Says { lasts_s: None, ..says("b-1", "Alert") }).await;
        let store = it.town.test.db.open().await;
        // Nothing has been done of it yet, and it does not open.
        let change = match it.town.test.db.folder().is_none() {
            true => "UPDATE warning SET done_at = NULL, content = '\\x00' WHERE id = (SELECT message FROM warning_case WHERE expires_at IS NULL)",
            false => "UPDATE warning SET done_at = NULL, content = x'00' WHERE id = (SELECT message FROM warning_case WHERE expires_at IS NULL)",
        };
        assert_eq!(store.writer().execute_unprepared(change).await.unwrap().rows_affected(), 1);
        it.town.test.advance(601);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 1);
        let states: Vec<State> = it.cases().await.iter().map(|it| it.case.state).collect();
        assert!(states.contains(&State::Closed), "{states:?}");
    }

    async fn an_exercise_an_answer_and_a_strange_area_open_nothing(db: Database) {
        let it = Warned::start(db).await;
        for (n, (status, kind, area, result)) in [
            ("Exercise", "Alert", BOX, "not_real"),
            ("Test", "Alert", BOX, "not_real"),
            ("System", "Alert", BOX, "not_real"),
            ("Draft", "Alert", BOX, "not_real"),
            ("Actual", "Ack", BOX, "no_warning"),
            ("Actual", "Error", BOX, "no_warning"),
            ("Actual", "Alert", "<circle>31.2,121.5 10</circle>", "nobody_inside"),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("m-{n}");
            let got = it.warn(&Says { status, area, ..says(&id, kind) }).await.1;
            assert_eq!(got, result, "{status} {kind}");
        }
        assert_eq!(it.cases().await.len(), 0);
        // The cancelling of an exercise ends nothing in earnest.
        let (real, _) = it.warn(&says("r-1", "Alert")).await;
        it.town.test.advance(1);
        it.warn(&Says { status: "Exercise", references: vec![("r-1", real)], ..says("r-2", "Cancel") }).await;
        assert!(!it.cases().await[0].case.recovered);
    }

    async fn a_geocode_that_is_called_otherwise_is_no_area(db: Database) {
        let it = Warned::start(db).await;
        let geocode = |name: &str, value: &str| format!("<geocode><valueName>{name}</valueName><value>{value}</value></geocode>");
        let grid = "120114001001002"; // elder 5 alone
        for (n, (area, inside)) in [
            (geocode("area_code", grid), 1),
            (geocode("GB/T  2260", "120114000000"), 6),
            // A postcode has the digits of another county: it says nothing of who is inside, so everybody is.
            (geocode("postcode", "301700"), 6),
            (geocode("postcode", "301700") + &geocode("area_code", grid), 1),
            // A shape says it all the same.
            (BOX.to_owned() + &geocode("postcode", "301700"), 4),
            // An area that is not theirs.
            (geocode("adcode", "310115"), 0),
        ]
        .iter()
        .enumerate()
        {
            it.town.test.advance(1);
            let result = it.warn(&Says { area, ..says(&format!("m-{n}"), "Alert") }).await.1;
            assert_eq!(result, if *inside == 0 { "nobody_inside" } else { "warned" }, "{area}");
            if *inside > 0 {
                let newest = it.cases().await.into_iter().max_by_key(|it| it.case.opened_at).unwrap();
                assert_eq!(it.round(&newest).await.len(), *inside, "{area}");
            }
        }
    }

    async fn what_says_that_it_was_sent_later_than_now_holds_against_nothing(db: Database) {
        let it = Warned::start(db).await;
        let ahead = |s: i64| it.message(&says("a-1", "Alert"), it.now() + SignedDuration::from_secs(s));
        let refused = it.post(&ahead(601)).await;
        assert_eq!(refused.problem(), (422, "cap_sent_ahead"), "{}", refused.text);
        assert_eq!(refused.body["errors"][0]["field"], "sent");
        let kept = it.town.test.app.store.quarantined(None, 100).await.unwrap();
        assert_eq!((kept.len(), kept[0].reason.as_str(), it.cases().await.len()), (1, "cap_sent_ahead", 0));
        // A clock that is a little wrong is nobody's fault.
        assert_eq!(it.post(&ahead(600)).await.ok()["result"], "warned");
    }

    async fn what_is_not_proved_or_not_read_is_kept_aside_and_nothing_else(db: Database) {
        let it = Warned::start(db).await;
        let sound = it.message(&says("a-1", "Alert"), it.now());
        let headers = |signature: &str, at: i64| {
            vec![("webhook-id".to_owned(), "msg_1".to_owned()), ("webhook-timestamp".to_owned(), at.to_string()),
                ("webhook-signature".to_owned(), signature.to_owned())]
        };
        let secret = Secret::parse(SECRET).unwrap();
        let now = it.now().as_second();
        let right = secret.sign("msg_1", now, sound.as_bytes());
        let old = secret.sign("msg_1", now - 301, sound.as_bytes());
        let others = sound.replace(SENDER, "fire@wuqing.example");
        let bomb = sound.replace("<alert", "<!DOCTYPE a [<!ENTITY b \"c\">]><alert");
        let wrong = sound.replace("<severity>Severe", "<severity>Red");
        let signed = |body: &str| secret.sign("msg_1", now, body.as_bytes());
        for (body, signature, at, problem, sentence) in [
            (&sound, String::new(), now, (401, "cap_unsigned"), ""),
            (&sound, right.replace("v1,", "v1,A"), now, (401, "cap_unsigned"), ""),
            (&sound, right.clone(), now + 1, (401, "cap_unsigned"), ""),
            (&sound, old, now - 301, (401, "cap_signature_old"), ""),
            (&others, signed(&others), now, (403, "cap_sender_not_allowed"), "sender"),
            (&bomb, signed(&bomb), now, (422, "cap_unreadable"), "entity"),
            (&wrong, signed(&wrong), now, (422, "cap_unreadable"), "`severity`"),
        ] {
            let headers = headers(&signature, at);
            let headers: Vec<(&str, &str)> = headers.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
            let answer = it.town.raw(Method::POST, "/api/v1/cap", &headers, body.as_str()).await;
            assert_eq!(answer.problem(), problem, "{}", answer.text);
            assert!(answer.text.contains(sentence), "{}", answer.text);
            it.town.test.advance(2);
        }
        let big = format!("{sound}{}", " ".repeat(1024 * 1024));
        assert_eq!(it.post(&big).await.status, 413);
        assert_eq!(it.cases().await.len(), 0);
        let kept = it.town.test.app.store.quarantined(None, 100).await.unwrap();
        let mut reasons: Vec<(String, i64)> = kept.into_iter().map(|it| (it.reason, it.count)).collect();
        reasons.sort();
        let wanted = [("bad_signature", 3), ("cap_sender_not_allowed", 1), ("stale_signature", 1), ("too_large", 1), ("undecodable_cap", 2)];
        assert_eq!(reasons, wanted.map(|it| (it.0.to_owned(), it.1)));
    }

    async fn what_a_crash_has_left_is_done_once(db: Database) {
        let it = Warned::start(db).await;
        // The message is kept, and then the process dies: by hand, as a row of which nothing has been done.
        let alert = eldercare_dispatch::cap::read(it.message(&says("a-1", "Alert"), it.now()).as_bytes()).unwrap();
        let id = eldercare_dispatch::dispatch::warnings::message_id(&alert.reference());
        let row = eldercare_dispatch::store::WarningRow {
            id,
            root: id,
            link: "weather".to_owned(),
            area: "120114001".to_owned(),
            crs: "wgs84".to_owned(),
            msg_type: "Alert".to_owned(),
            sent_at: alert.sent,
            received_at: it.now(),
            content: it.message(&says("a-1", "Alert"), it.now()).into_bytes(),
            result: None,
        };
        it.town.test.app.store.put_warning(row).await.unwrap();
        let it = Warned { town: it.town.restart().await };
        assert_eq!(it.cases().await.len(), 0);
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 1);
        assert_eq!(it.cases().await.len(), 1);
        let before = it.cases().await[0].case.version;
        assert_eq!(it.town.test.app.warnings.look().await.unwrap(), 0);
        let source = Source {
            link: "weather".to_owned(),
            senders: vec![SENDER.to_owned()],
            area: "120114001".parse().unwrap(),
            crs: eldercare_dispatch::circle::Crs::Wgs84,
        };
        let text = it.message(&says("a-1", "Alert"), alert.sent);
        it.town.test.app.warnings.take(&source, &alert, text.as_bytes()).await.unwrap();
        assert_eq!(it.cases().await[0].case.version, before);
        let notes: Value = it.town.get("desk", &format!("/api/v1/cases/{}/notes", it.cases().await[0].case.id)).await.ok();
        assert_eq!(notes.to_string().matches("高温预警").count(), 1, "{notes}");
    }
}
