//! The family's page: a link opens one device once, a session sees one elder, and what the family says is a mark for the desk.

use actix_web::http::Method;
use eldercare_dispatch::api::family_invites::INVITE_FOR;
use eldercare_dispatch::api::family_session::{COOKIE, SESSION_FOR, TRIES_MAX};
use eldercare_dispatch::dispatch::retention::LINKS_KEPT;
use eldercare_dispatch::ids::{CaseId, ContactId, ElderId};
use eldercare_dispatch::people::{Contact, ContactLevel, ContactSecrets, Relation, contact_id, elder_id};
use eldercare_dispatch::store::ContactFile;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::who;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Code, elder, name, level, telephone, restricted.
const CONTACTS: &[(&str, &str, &str, ContactLevel, &str, bool)] = &[
    ("K1", "E0", "王小红", ContactLevel::Health, "10000001234", false),
    ("K2", "E0", "欧阳建国", ContactLevel::Status, "10000005678", false),
    ("K3", "E0", "赵禁言", ContactLevel::Health, "10000009999", true),
    ("K4", "E1", "李外人", ContactLevel::Health, "10000004321", false),
];

fn contact(code: &str) -> ContactId {
    contact_id(code)
}

async fn town(db: crate::harness::Database) -> Town {
    let town = Town::start(db).await;
    file(&town, CONTACTS).await;
    town
}

async fn file(town: &Town, contacts: &[(&str, &str, &str, ContactLevel, &str, bool)]) {
    let files = contacts
        .iter()
        .zip(1..)
        .map(|((code, elder, name, level, phone, restricted), order)| ContactFile {
            contact: Contact {
                id: contact(code),
                code: (*code).to_owned(),
                elder: elder_id(elder),
                name: (*name).to_owned(),
                relation: Relation::Child,
                call_order: order,
                level: *level,
                restricted: *restricted,
                may_authorise_entry: false,
                responder: (*code == "K1").then(|| who("F1")),
                hours: None,
            },
            secrets: Some(ContactSecrets {
                phones: vec![phone.parse().unwrap()],
            }),
        });
    let app = &town.test.app;
    app.store.put_contacts(files.collect(), app.clock.now()).await.unwrap();
    app.refresh_picture(true).await.unwrap();
}

async fn invite_of(town: &Town, account: &str, elder: ElderId, code: &str) -> Answer {
    let path = format!("/api/v1/elders/{elder}/family-invites");
    town.post(account, &path, json!({"contact_id": contact(code)})).await
}

/// The token of a new link for a contact of elder 0.
async fn link(town: &Town, code: &str) -> String {
    let made = invite_of(town, "desk", elder_0(), code).await.ok();
    let link = made["link"].as_str().unwrap();
    let (page, token) = link.split_once('#').unwrap();
    assert!(
        page.ends_with("/family") && made["qr_svg"].as_str().unwrap().contains("<svg"),
        "{link}"
    );
    token.to_owned()
}

async fn open(town: &Town, token: &str, digits: &str) -> Answer {
    let asked = json!({"token": token, "phone_last4": digits}).to_string();
    town.raw(Method::POST, "/api/v1/family/session", &[JSON], asked).await
}

/// The cookie of an opened session.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/family"] {
        assert!(set.contains(part), "{part} in {set}");
    }
    assert!(set.starts_with(&format!("{COOKIE}=")));
    set.split(';').next().unwrap().to_owned()
}

async fn session(town: &Town, code: &str, digits: &str) -> String {
    let answer = open(town, &link(town, code).await, digits).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    cookie(&answer)
}

async fn family(town: &Town, cookie: &str, method: Method, path: &str, body: Value) -> Answer {
    let text = if method == Method::GET {
        String::new()
    } else {
        body.to_string()
    };
    let path = format!("/api/v1/family/{path}");
    town.raw(method, &path, &[JSON, ("cookie", cookie)], text).await
}

async fn look(town: &Town, cookie: &str, path: &str) -> Answer {
    family(town, cookie, Method::GET, path, json!(null)).await
}

async fn say(town: &Town, cookie: &str, case: CaseId, word: &str) -> Answer {
    family(
        town,
        cookie,
        Method::POST,
        &format!("cases/{case}/said"),
        json!({"said": word}),
    )
    .await
}

both_stores! {
    async fn a_desk_reads_whom_to_call_and_each_look_is_recorded(db: Database) {
        let town = town(db).await;
        let elder = elder_0();
        let path = |fields: &str| format!("/api/v1/elders/{elder}/access?reason=call&fields={fields}");
        let shown = town.get("desk", &path("contacts")).await.ok();
        let read: Vec<(&str, &str)> = shown["contacts"].as_array().unwrap().iter()
            .map(|it| (it["name"].as_str().unwrap(), it["phones"][0].as_str().unwrap())).collect();
        assert_eq!(read, [("王小红", "10000001234"), ("欧阳建国", "10000005678")], "in order, and not whom nobody may tell");
        assert_eq!((&shown["phones"], &shown["access"]), (&Value::Null, &Value::Null), "what was not asked for");
        assert_eq!(town.get("desk", &path("phones,access")).await.ok()["contacts"], Value::Null);
        assert_eq!(town.get("far_desk", &path("contacts")).await.problem(), (404, "elder_not_found"));
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        let by_helper = format!("{}&case_id={case}", path("contacts"));
        assert_eq!(town.get("g1", &by_helper).await.problem(), (403, "desk_only"));
        let views = town.get("auditor", &format!("/api/v1/elders/{elder}/views")).await.ok();
        let looks: Vec<_> = views["items"].as_array().unwrap().iter().filter(|it| it["field"] == "contacts").map(|it| it["by"].as_str().unwrap()).collect();
        assert_eq!(looks, [user("desk").to_string()]);
    }

    async fn a_link_opens_one_device_once_and_only_with_the_digits(db: Database) {
        let town = town(db).await;
        let token = link(&town, "K1").await;
        assert_eq!(open(&town, "short", "1234").await.problem(), (401, "invite_unknown"));
        assert_eq!(open(&town, &"A".repeat(43), "1234").await.problem(), (401, "invite_unknown"));
        assert_eq!(open(&town, &token, "12a4").await.problem(), (422, "invalid_value"));
        let wrong = open(&town, &token, "0000").await;
        assert_eq!(wrong.problem(), (401, "wrong_digits"));
        assert!(wrong.body["detail"].as_str().unwrap().contains("4 more"), "{}", wrong.text);
        let first = open(&town, &token, "1234").await;
        let cookie = cookie(&first);
        let again = open(&town, &token, "1234").await;
        assert_eq!(again.problem(), (401, "invite_used"), "a second use is refused");
        assert!(again.headers.get("set-cookie").is_none());
        let me = look(&town, &cookie, "me").await.ok();
        assert_eq!((me["elder"].as_str(), me["name"].as_str(), me["level"].as_str()), (Some("老人0"), Some("王小红"), Some("health")));
        assert_eq!(me["devices"].as_array().unwrap().len(), 1);
        assert_eq!(me["elder_phone"], "13900000001");
        let views = town.get("leader", &format!("/api/v1/elders/{}/views", elder_0())).await.ok();
        assert!(views["items"][0]["reason"].as_str().unwrap().contains(&contact("K1").to_string()), "{views}");
    }

    async fn two_who_show_a_link_at_once_open_one_device(db: Database) {
        let town = town(db).await;
        let token = link(&town, "K1").await;
        let (a, b) = tokio::join!(open(&town, &token, "1234"), open(&town, &token, "1234"));
        let mut came = [a.status, b.status];
        came.sort_unstable();
        assert_eq!(came, [200, 401], "{} {}", a.text, b.text);
    }

    async fn wrong_digits_lock_a_link_for_good_and_a_new_one_takes_its_place(db: Database) {
        let town = town(db).await;
        let token = link(&town, "K1").await;
        for n in 1..TRIES_MAX {
            assert_eq!(open(&town, &token, "0000").await.problem(), (401, "wrong_digits"), "{n}");
        }
        assert_eq!(open(&town, &token, "0000").await.problem(), (401, "invite_locked"));
        assert_eq!(open(&town, &token, "1234").await.problem(), (401, "invite_locked"), "the right ones come too late");
        let listed = town.get("desk", &format!("/api/v1/elders/{}/family", elder_0())).await.ok();
        assert_eq!((listed["contacts"][0]["name"].as_str(), listed["contacts"][0]["invite"]["locked"].as_bool()), (Some("王小红"), Some(true)));
        let newer = link(&town, "K1").await;
        let newest = link(&town, "K1").await;
        assert_eq!(open(&town, &newer, "1234").await.problem(), (401, "invite_revoked"));
        assert_eq!(open(&town, &newest, "1234").await.status, 200);
        let old = link(&town, "K2").await;
        town.test.advance(INVITE_FOR.as_secs() as u64);
        town.forget_tokens();
        assert_eq!(open(&town, &old, "5678").await.problem(), (401, "invite_expired"));
    }

    async fn a_link_is_made_by_those_who_answer_for_the_area_and_never_for_a_restricted_contact(db: Database) {
        let town = town(db).await;
        for account in ["admin", "leader", "desk", "g1"] {
            assert_eq!(invite_of(&town, account, elder_0(), "K1").await.status, 201, "{account}");
        }
        for account in ["far_desk", "far_g"] {
            assert_eq!(invite_of(&town, account, elder_0(), "K1").await.problem(), (404, "elder_not_found"), "{account}");
        }
        assert_eq!(invite_of(&town, "auditor", elder_0(), "K1").await.problem(), (403, "role_not_allowed"));
        assert_eq!(invite_of(&town, "desk", elder_0(), "K3").await.problem(), (409, "contact_restricted"));
        assert_eq!(invite_of(&town, "desk", elder_0(), "K4").await.problem(), (404, "contact_not_found"), "of another elder");
    }

    async fn a_device_that_was_shut_out_sees_nothing_more(db: Database) {
        let town = town(db).await;
        let (mine, other) = (session(&town, "K1", "1234").await, session(&town, "K1", "1234").await);
        let strange = session(&town, "K2", "5678").await;
        let me = look(&town, &mine, "me").await.ok();
        let devices = me["devices"].as_array().unwrap();
        assert_eq!(devices.len(), 2, "their own, and not the other contact's");
        let old = devices.iter().find(|it| it["this"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("devices/{old}/revoke");
        assert_eq!(family(&town, &strange, Method::POST, &path, json!({})).await.problem(), (404, "device_not_found"));
        assert_eq!(family(&town, &mine, Method::POST, &path, json!({})).await.status, 204);
        assert_eq!(look(&town, &other, "view").await.problem(), (401, "session_ended"));
        assert_eq!(look(&town, &mine, "view").await.status, 200);
        // The desk shuts out the rest.
        let listed = town.get("desk", &format!("/api/v1/elders/{}/family", elder_0())).await.ok();
        let left = listed["contacts"][0]["devices"][0]["id"].as_str().unwrap().to_owned();
        let out = format!("/api/v1/elders/{}/family/devices/{left}/revoke", elder_0());
        assert_eq!(town.post("far_desk", &out, json!({})).await.status, 404);
        assert_eq!(town.post("desk", &out, json!({})).await.status, 204);
        assert_eq!(look(&town, &mine, "view").await.problem(), (401, "session_ended"));
        // Whoever may hear nothing any more has no session either.
        assert_eq!(look(&town, &strange, "view").await.status, 200);
        file(&town, &[("K2", "E0", "欧阳建国", ContactLevel::Status, "10000005678", true)]).await;
        assert_eq!(look(&town, &strange, "view").await.problem(), (401, "session_ended"));
    }

    async fn links_and_sessions_are_swept_half_a_year_after_they_ran_out(db: Database) {
        let town = town(db).await;
        let mine = session(&town, "K1", "1234").await;
        let unused = link(&town, "K1").await;
        let store = &town.test.app.store;
        let swept = async || {
            town.test.app.retention().run().await.unwrap();
            let proof = store.deleted().await.unwrap();
            let of = |job: &str| proof.iter().filter(|it| it.job == job).map(|it| it.count).sum::<u64>();
            (of("family_links"), of("family_sessions"))
        };
        assert_eq!(swept().await, (0, 0));
        assert_eq!(look(&town, &mine, "view").await.status, 200);
        town.test.advance((SESSION_FOR + LINKS_KEPT).as_secs().unsigned_abs());
        assert_eq!(swept().await, (2, 0), "both links ran out months before the session");
        assert_eq!(look(&town, &mine, "view").await.problem(), (401, "session_ended"));
        town.test.advance(1);
        assert_eq!(swept().await, (2, 1));
        assert_eq!(open(&town, &unused, "1234").await.problem(), (401, "invite_unknown"));
        assert_eq!(look(&town, &mine, "view").await.problem(), (401, "session_ended"));
    }

    async fn the_family_sees_its_own_elder_and_of_those_who_come_what_they_need(db: Database) {
        let town = town(db).await;
        let stranger = {
            let made = invite_of(&town, "desk", elder_id("E1"), "K4").await.ok();
            let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
            cookie(&open(&town, &token, "4321").await)
        };
        let (child, other) = (session(&town, "K1", "1234").await, session(&town, "K2", "5678").await);
        let quiet = look(&town, &child, "view").await.ok();
        assert_eq!(quiet["view"]["cases"], json!([]));
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        town.post("desk", &format!("/api/v1/cases/{case}/note"), json!({"text": "邻居说的秘密"})).await.ok();

        let seen = look(&town, &child, "view").await.ok();
        let it = &seen["view"]["cases"][0];
        assert_eq!((it["id"].as_str(), it["kind"].as_str(), it["state"].as_str()), (Some(case.to_string().as_str()), Some("sos"), Some("engaged")));
        let comes = &it["coming"][0];
        assert_eq!((comes["role"].as_str(), comes["family_name"].as_str(), comes["lead"].as_bool()), (Some("grid_worker"), Some("人"), Some(true)));
        assert!(comes["eta_at"].is_string());
        let words: Vec<&str> = it["lines"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert_eq!((words.first(), words.last()), (Some(&"opened"), Some(&"coming")), "{words:?}");
        for secret in ["人G1", "resp_", "39.3", "秘密", "泉州路", "user_", "offers", "4711", "李外人", "欧阳"] {
            assert!(!seen.to_string().contains(secret), "{secret} in {seen}");
        }
        assert_eq!(look(&town, &stranger, "view").await.ok()["view"]["cases"], json!([]));
        assert_eq!(say(&town, &stranger, case, "seen").await.problem(), (404, "case_not_found"));
        // Asked with its tag, the answer is short; a change brings it again.
        let tag = seen["tag"].as_str().unwrap().to_owned();
        assert!(look(&town, &child, &format!("view?tag={tag}")).await.ok()["view"].is_null());
        assert_eq!(look(&town, &child, "view?wait=60").await.problem(), (400, "bad_query"));
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "needs_help"})).await.ok();
        assert!(look(&town, &child, &format!("view?tag={tag}")).await.ok()["view"].is_object());
        // What was before is for those whom the elder lets know.
        let past = look(&town, &child, "history").await.ok();
        assert_eq!(past["cases"].as_array().unwrap().len(), 1);
        let month = past["month"].as_str().unwrap();
        assert_eq!(look(&town, &child, &format!("history?month={month}")).await.ok()["cases"][0]["id"], case.to_string());
        assert_eq!(look(&town, &child, "history?month=2020-01").await.ok()["cases"], json!([]));
        assert_eq!(look(&town, &child, "history?month=yesterday").await.problem(), (400, "bad_query"));
        assert_eq!(look(&town, &other, "history").await.problem(), (403, "level_too_low"));
    }

    async fn what_the_family_says_is_a_mark_that_survives_and_touches_no_clock(db: Database) {
        let town = town(db).await;
        let (child, other) = (session(&town, "K1", "1234").await, session(&town, "K2", "5678").await);
        let case = town.press_and_offer().await;
        let before = town.view(case).await;
        for word in ["seen", "going", "false_alarm", "seen"] {
            let it = say(&town, &child, case, word).await.ok();
            assert!(it["said"].as_array().unwrap().iter().any(|it| it == word), "{it}");
        }
        assert_eq!(say(&town, &child, case, "close").await.problem(), (422, "invalid_value"));
        let form = town.raw(Method::POST, &format!("/api/v1/family/cases/{case}/said"), &[("cookie", &child), ("content-type", "text/plain")], "{\"said\":\"going\"}").await;
        assert_eq!(form.problem(), (415, "wrong_content_type"));
        let after = town.view(case).await;
        assert_eq!((&after.case.clocks, after.case.state, after.case.tone), (&before.case.clocks, before.case.state, before.case.tone));
        assert_eq!(after.case.version, before.case.version + 3, "said twice, it is one");
        let desk = town.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        let marks: Vec<(&str, &str)> = desk["family"].as_array().unwrap().iter().map(|it| (it["name"].as_str().unwrap(), it["said"].as_str().unwrap())).collect();
        assert_eq!(marks, [("王小红", "seen"), ("王小红", "going"), ("王小红", "false_alarm")]);
        // Nothing of one contact is the other's.
        let theirs = look(&town, &other, "view").await.ok();
        assert_eq!(theirs["view"]["cases"][0]["said"], json!([]));
        assert!(!theirs.to_string().contains("you_said"));
        // The log keeps it, and rebuilds the case.
        let log = town.get("desk", &format!("/api/v1/cases/{case}/events?limit=500")).await.ok();
        let said: Vec<&Value> = log["items"].as_array().unwrap().iter().filter(|it| it["type"] == "family_said").collect();
        assert_eq!((said.len(), said[0]["by"]["type"].as_str()), (3, Some("family")));
        let Town { test, .. } = town;
        let test = test.restart().await;
        let kept = test.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(kept.case.family.len(), 3);
        assert!(test.app.store.check().await.unwrap().found.is_empty());
    }

    async fn somebody_is_called_for_what_is_critical_whatever_the_family_chooses(db: Database) {
        let town = town(db).await;
        let (child, other) = (session(&town, "K1", "1234").await, session(&town, "K2", "5678").await);
        let wish = |voice: bool| json!({"critical": {"voice": voice, "message": true}, "urgent": {"voice": false, "message": true}, "quiet": {"from": 22, "to": 7}});
        let off = family(&town, &child, Method::PUT, "choices", wish(false)).await.ok();
        assert_eq!((off["choices"]["critical"]["voice"].as_bool(), off["another_is_called"].as_bool()), (Some(false), Some(true)));
        assert_eq!(family(&town, &other, Method::PUT, "choices", wish(false)).await.problem(), (409, "last_call"));
        let me = look(&town, &other, "me").await.ok();
        assert_eq!((me["wishes"]["choices"]["critical"]["voice"].as_bool(), me["wishes"]["another_is_called"].as_bool()), (Some(true), Some(false)));
        family(&town, &child, Method::PUT, "choices", wish(true)).await.ok();
        family(&town, &other, Method::PUT, "choices", wish(false)).await.ok();
        let hours = json!({"critical": {"voice": true, "message": true}, "urgent": {"voice": true, "message": true}, "quiet": {"from": 25, "to": 7}});
        assert_eq!(family(&town, &child, Method::PUT, "choices", hours).await.problem(), (422, "out_of_range"));
    }

    async fn the_language_that_was_chosen_on_the_page_is_that_of_the_letters(db: Database) {
        let sms = crate::harness::carrier::Fake::new("sms");
        let carrier = sms.carrier();
        let town = Town::start_with(db, move |config| config.notify.injected.0 = vec![carrier.clone()]).await;
        file(&town, CONTACTS).await;
        let cookie = session(&town, "K2", "5678").await;
        let me = async || family(&town, &cookie, Method::GET, "me", json!({})).await.ok();
        assert!(me().await.get("language").is_none());
        // What else is filed of them stays.
        family(&town, &cookie, Method::PUT, "reach", json!({"mailbox": "o@example.org", "off": ["web_push"]})).await.ok();
        for (body, wanted) in [(json!({"language": "fr"}), 422), (json!({}), 422)] {
            let refused = family(&town, &cookie, Method::PUT, "language", body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (wanted, Some("language")), "{}", refused.text);
        }
        family(&town, &cookie, Method::PUT, "language", json!({"language": "en"})).await.ok();
        assert_eq!(me().await["language"], "en");
        let reach = family(&town, &cookie, Method::GET, "reach", json!({})).await.ok();
        assert_eq!((&reach["mailbox"], &reach["off"]), (&json!("o@example.org"), &json!(["web_push"])));
        let town = town.restart().await;
        town.press().await;
        town.test.app.outbox.run_due().await.unwrap();
        let letters = sms.to(&contact("K2").to_string());
        assert_eq!(letters[0].language.as_str(), "en");
        town.test.app.stop().await;
    }

    async fn the_sheet_of_each_month_comes_by_mail_to_whoever_wants_it_and_once(db: Database) {
        use crate::harness::carrier::{Fake, Part, refused, taken};
        use eldercare_dispatch::notify::letter::Handed;
        let mail = Fake::new("email");
        let carrier = mail.carrier();
        let town = Town::start_with(db, move |config| {
            config.notify.injected.0 = vec![carrier.clone()];
            config.family.public_url = Some("https://dispatch.example.org".to_owned());
        })
        .await;
        file(&town, CONTACTS).await;
        let (one, two) = (session(&town, "K1", "1234").await, session(&town, "K2", "5678").await);
        let wish = async |cookie: &str, body: Value| family(&town, cookie, Method::PUT, "sheet-mail", body).await;
        let off = look(&town, &one, "sheet-mail").await.ok();
        assert_eq!((&off["on"], &off["mails"]), (&json!(false), &json!(true)), "nobody who has not asked for it");
        assert_eq!(wish(&two, json!({"on": true, "mailbox": "o@example.org"})).await.problem(), (403, "level_too_low"));
        for body in [json!({"on": true}), json!({"on": true, "mailbox": "a@b\r\nBcc: c@d"})] {
            let refused = wish(&one, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some("mailbox")), "{}", refused.text);
        }
        let on = wish(&one, json!({"on": true, "mailbox": "w@example.org"})).await.ok();
        assert_eq!((&on["on"], &on["mailbox"]), (&json!(true), &json!("w@example.org")));
        let due: jiff::Timestamp = on["due_at"].as_str().unwrap().parse().unwrap();
        town.press().await;
        let sheets = || mail.heard().into_iter().filter(|it| it.kind.as_str() == "family_sheet").collect::<Vec<_>>();
        let to = |at: jiff::Timestamp| town.test.clock.advance(std::time::Duration::try_from(at.duration_since(town.test.clock.now())).unwrap());
        to(due - jiff::SignedDuration::from_secs(1));
        assert_eq!(town.api.mail_sheets().await.unwrap(), 0);
        to(due);
        // Two nodes look at once.
        let (a, b) = tokio::join!(town.api.mail_sheets(), town.api.mail_sheets());
        assert_eq!(a.unwrap() + b.unwrap(), 1);
        let sent = sheets();
        assert_eq!(sent.len(), 1);
        let sheet = sent[0].values.sheet.clone().unwrap();
        let offset = jiff::tz::Offset::from_hours(8).unwrap();
        let month = offset.to_datetime(due).date().yesterday().unwrap().strftime("%Y-%m").to_string();
        assert_eq!((sheet.month.as_str(), sheet.calls), (month.as_str(), 1));
        assert_eq!((sent[0].target.clone(), sent[0].values.link.as_deref()), (contact("K1").to_string(), Some("https://dispatch.example.org/family")));
        assert_eq!(town.api.mail_sheets().await.unwrap(), 0, "once");

        // The next month the provider is away for an hour, and a process dies between two tries.
        let wishes = look(&town, &one, "sheet-mail").await.ok();
        assert_eq!(wishes["sent_month"], json!(month));
        let due: jiff::Timestamp = wishes["due_at"].as_str().unwrap().parse().unwrap();
        to(due);
        mail.next(Part::Says(Handed::Later { after: None, why: "away".to_owned() }));
        assert_eq!(town.api.mail_sheets().await.unwrap(), 0);
        let town = town.restart().await;
        assert_eq!(town.api.mail_sheets().await.unwrap(), 0, "not before the hour is over");
        town.test.clock.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(town.api.mail_sheets().await.unwrap(), 1);
        let sent = sheets();
        assert_eq!((sent.len(), sent[1].id == sent[2].id, sent[0].id == sent[1].id), (3, true, false), "the same letter at each try");

        // A provider that refuses, and a contact who may know less by now: said, and not sent.
        mail.always(refused());
        let due = |wishes: &Value| wishes["due_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let next = async || {
            let at = due(&look(&town, &one, "sheet-mail").await.ok());
            town.test.clock.advance(std::time::Duration::try_from(at.duration_since(town.test.clock.now())).unwrap());
            let sent = town.api.mail_sheets().await.unwrap();
            (sent, look(&town, &one, "sheet-mail").await.ok()["why"].clone())
        };
        assert_eq!(next().await, (0, json!("no")));
        mail.always(taken());
        file(&town, &[("K1", "E0", "王小红", ContactLevel::Status, "10000001234", false)]).await;
        let before = sheets().len();
        assert_eq!(next().await, (0, json!("they may not be told")));
        assert_eq!(sheets().len(), before);
        family(&town, &one, Method::PUT, "sheet-mail", json!({"on": false})).await.ok();
        assert!(look(&town, &one, "sheet-mail").await.ok().get("due_at").is_none());
        town.test.app.stop().await;
    }

    async fn the_screen_on_the_night_table_shows_who_comes_and_takes_back_only_its_own_press(db: Database) {
        let town = town(db).await;
        let key = format!("Device {}:{}", town.device, town.key);
        let screen = async |method: Method, path: &str, body: Value| {
            let path = format!("/api/v1/elder-screen{path}");
            town.raw(method, &path, &[JSON, ("authorization", &key)], body.to_string()).await
        };
        assert_eq!(screen(Method::GET, "", json!({})).await.ok()["cases"], json!([]));
        let pressed = json!({"kind": "sos", "source_ref": "press-1"}).to_string();
        let first = town.device_sends(pressed.clone()).await.ok();
        let again = town.device_sends(pressed).await;
        assert_eq!((again.status, &again.body["alert_id"]), (200, &first["alert_id"]), "sent again after a cut, it is one press");
        let case: CaseId = first["case_id"].as_str().unwrap().parse().unwrap();
        town.test.advance(40);
        town.test.app.desk.run_due().await.unwrap();
        town.test.app.field.run_seeking().await.unwrap();
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let shown = screen(Method::GET, "", json!({})).await.ok();
        assert_eq!((shown["name"].as_str(), shown["cases"][0]["coming"][0]["role"].as_str()), (Some("老人0"), Some("grid_worker")));
        assert!(!shown.to_string().contains("人G1"), "{shown}");
        let before = town.view(case).await;
        let path = format!("/cases/{case}/withdraw");
        let strange = format!("alert_{}", "0".repeat(32));
        assert_eq!(screen(Method::POST, &path, json!({"alert_id": strange})).await.problem(), (404, "alert_not_found"));
        let back = screen(Method::POST, &path, json!({"alert_id": first["alert_id"]})).await.ok();
        assert_eq!(back["cases"][0]["withdrawn"], true);
        let after = town.view(case).await;
        assert_eq!((after.case.state, &after.case.clocks, &after.case.assignments), (before.case.state, &before.case.clocks, &before.case.assignments));
        let (other, other_key) = town.test.device_key("D1").await;
        let foreign = town.raw(Method::POST, &format!("/api/v1/elder-screen{path}"), &[JSON, ("authorization", &format!("Device {other}:{other_key}"))], json!({"alert_id": first["alert_id"]}).to_string()).await;
        assert_eq!(foreign.problem(), (404, "case_not_found"));
    }

    async fn a_device_that_was_shut_out_is_pushed_to_no_more(db: Database) {
        let town = Town::start_with(db, crate::reach::pushes).await;
        file(&town, CONTACTS).await;
        let (one, two) = (session(&town, "K2", "5678").await, session(&town, "K2", "5678").await);
        assert!(look(&town, &one, "push-key").await.ok()["key"].is_string());
        let agree = |cookie: String, name: &'static str| {
            let town = &town;
            async move { family(town, &cookie, Method::POST, "push-subscriptions", crate::reach::browser(name, name)).await.ok() }
        };
        agree(one.clone(), "a").await;
        agree(two.clone(), "b").await;
        let devices = look(&town, &one, "me").await.ok()["devices"].clone();
        let mine = devices.as_array().unwrap().iter().find(|it| it["this"] == true).unwrap()["id"].as_str().unwrap().to_owned();
        family(&town, &two, Method::POST, &format!("devices/{mine}/revoke"), json!({})).await.ok();
        let left = look(&town, &two, "reach").await.ok();
        let names: Vec<&str> = left["push"].as_array().unwrap().iter().map(|it| it["device"].as_str().unwrap()).collect();
        assert_eq!(names, ["b"]);
        // The office shuts the other out: nothing is left, and the picture knows at once.
        let other = devices.as_array().unwrap().iter().find(|it| it["this"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/elders/{}/family/devices/{other}/revoke", elder_0());
        town.post("desk", &path, json!({})).await.ok();
        let outline = town.test.app.picture.outline(eldercare_dispatch::people::Reached::Contact(contact("K2"))).unwrap();
        assert!(outline.has.is_empty(), "{outline:?}");
        town.test.app.stop().await;
    }

    async fn the_family_urges_within_its_limits_and_reads_when_the_centre_was_reminded(db: Database) {
        let town = town(db).await;
        let (one, two) = (session(&town, "K1", "1234").await, session(&town, "K2", "5678").await);
        let case = town.press().await;
        let urge = |view: &Value| view["view"]["cases"][0]["urge"].clone();
        let before = urge(&look(&town, &one, "view").await.ok());
        assert_eq!((before["left"].as_u64(), before["at"].as_array().map(Vec::len)), (Some(3), Some(0)));
        assert_eq!(say(&town, &one, case, "urge").await.problem(), (409, "urged_lately"), "at once");
        town.test.advance(180);
        let due = town.view(case).await.case.due_at();
        let said = say(&town, &one, case, "urge").await.ok();
        assert_eq!(said["urge"]["left"], 2);
        assert_eq!(town.view(case).await.case.due_at(), due, "no clock is moved");
        assert_eq!(say(&town, &two, case, "urge").await.problem(), (409, "urged_lately"), "the limit is of the family");
        // Another of the family reads that it was done, and not by whom.
        let seen = look(&town, &two, "view").await.ok();
        let lines: Vec<&str> = seen["view"]["cases"][0]["lines"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert!(lines.contains(&"urged") && !seen.to_string().contains("王小红"), "{seen}");
        assert_eq!(urge(&seen)["at"].as_array().map(Vec::len), Some(1));
        // The desk reads who it was, and its notice goes to the desk.
        let at_desk = town.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        let marks: Vec<(&str, &str)> = at_desk["family"].as_array().unwrap().iter().map(|it| (it["name"].as_str().unwrap(), it["said"].as_str().unwrap())).collect();
        assert_eq!(marks, [("王小红", "urge")]);
        for wait in [180, 180] {
            town.test.advance(wait);
            say(&town, &two, case, "urge").await.ok();
        }
        town.test.advance(3_600);
        assert_eq!(say(&town, &one, case, "urge").await.problem(), (409, "urged_enough"));
        town.test.app.stop().await;
    }

    async fn the_family_reads_who_of_it_was_told_and_of_nobody_else(db: Database) {
        let sms = crate::harness::carrier::Fake::new("sms");
        let carrier = sms.carrier();
        let town = Town::start_with(db, move |it| it.notify.injected.0 = vec![carrier.clone()]).await;
        file(&town, CONTACTS).await;
        let one = session(&town, "K2", "5678").await;
        let made = invite_of(&town, "desk", elder_id("E1"), "K4").await.ok();
        let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let other = cookie(&open(&town, &token, "4321").await);
        let case = town.press().await;
        for _ in 0..3 {
            town.test.app.outbox.run_due().await.unwrap();
        }
        let told = look(&town, &one, &format!("cases/{case}/told")).await.ok();
        let items: Vec<(bool, &str, &str)> = told["items"].as_array().unwrap().iter()
            .filter(|it| it["kind"] == "family_opened")
            .map(|it| (it["you"].as_bool().unwrap(), it["relation"].as_str().unwrap(), it["state"].as_str().unwrap())).collect();
        assert!(items.iter().any(|it| it.0 && it.1 == "child" && it.2 == "sent"), "{told}");
        assert_eq!(items.iter().filter(|it| it.0).count(), 1, "{told}");
        // The provider's number of one's own message is shown, and of nobody else's: this provider writes the telephone into it.
        let proofs: Vec<(bool, &str)> = told["items"].as_array().unwrap().iter()
            .filter_map(|it| Some((it["you"].as_bool().unwrap(), it["proof"].as_str()?))).collect();
        assert!(matches!(proofs[..], [(true, it)] if it.ends_with("10000005678")), "{told}");
        for secret in ["王小红", "欧阳建国", "赵禁言", "1000000"] {
            assert!(!told.to_string().replace(proofs[0].1, "").contains(secret), "{secret}: {told}");
        }
        assert_eq!(look(&town, &other, &format!("cases/{case}/told")).await.problem(), (404, "case_not_found"), "another family's");
        town.test.app.stop().await;
    }

    async fn the_family_asks_for_a_service_agrees_and_says_how_it_was(db: Database) {
        let town = town(db).await;
        let place = json!({"kind": "canteen", "name": "食堂", "address": "光明道1号", "area_code": "120114001001", "lat": 39.383, "lon": 117.06, "crs": "wgs84"});
        let station = town.post("leader", "/api/v1/stations", json!({"code": "C1", "station": place})).await.ok();
        let mine = session(&town, "K2", "5678").await;
        let strange = session_of_other(&town).await;
        let asked = json!({"wish": {"service": "meal"}, "note": "少盐"});
        let made = family(&town, &mine, Method::POST, "service-requests", asked).await;
        assert_eq!((made.status, &made.body["service"]["station"]["station_id"]), (201, &station["id"]), "{}", made.text);
        let case = made.body["case_id"].as_str().unwrap().to_owned();
        let listed = look(&town, &mine, "service-requests").await.ok();
        assert_eq!((&listed["items"][0]["case_id"], &listed["items"][0]["over"]), (&json!(case), &json!(false)));
        assert_eq!(look(&town, &strange, "service-requests").await.ok()["items"], json!([]));
        let at = (town.test.clock.now() + jiff::SignedDuration::from_hours(2)).to_string();
        town.post("desk", &format!("/api/v1/cases/{case}/service/answer"), json!({"answer": "propose", "at": at})).await.ok();
        let agree = format!("service-requests/{case}/agree");
        assert_eq!(family(&town, &strange, Method::POST, &agree, json!({})).await.problem(), (404, "case_not_found"));
        assert_eq!(family(&town, &mine, Method::POST, &agree, json!({})).await.ok()["service"]["stage"], "agreed");
        let rating = format!("service-requests/{case}/rating");
        assert_eq!(family(&town, &mine, Method::POST, &rating, json!({"rating": 5})).await.problem(), (409, "not_now"));
        town.post("desk", &format!("/api/v1/cases/{case}/service/done"), json!({})).await.ok();
        assert_eq!(family(&town, &mine, Method::POST, &rating, json!({"rating": 5})).await.ok()["service"]["rating"], 5);
        assert_eq!(look(&town, &mine, "view").await.ok()["view"]["cases"], json!([]), "a lunch is no alarm");
    }
}

/// A session of somebody of another home.
async fn session_of_other(town: &Town) -> String {
    let made = invite_of(town, "desk", elder_id("E1"), "K4").await.ok();
    let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    cookie(&open(town, &token, "4321").await)
}
