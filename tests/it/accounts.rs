//! Accounts by the API: made and changed by somebody else than oneself, within one's own areas, each change with its line.

use actix_web::http::Method;
use eldercare_dispatch::api::auth::LOCKOUT;
use eldercare_dispatch::people::{Area, PrefixSet, Role, area_id};
use eldercare_dispatch::store::NewAccount;
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, PASSWORD, STREET, Town, user};
use crate::harness::both_stores;
use crate::harness::street::who;

const ACCOUNTS: &str = "/api/v1/accounts";

fn account(name: &str) -> String {
    format!("{ACCOUNTS}/{}", user(name))
}

async fn put(town: &Town, by: &str, id: &str, version: i64, rights: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(by).await);
    let version = format!("\"{version}\"");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("if-match", &version),
    ];
    town.raw(Method::PUT, &format!("{ACCOUNTS}/{id}"), &headers, rights.to_string())
        .await
}

async fn me(town: &Town, token: &Value) -> Answer {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    town.raw(Method::GET, "/api/v1/auth/me", &[("authorization", &bearer)], "")
        .await
}

/// An administrator of the machine: without areas.
async fn with_root(town: &Town) {
    let root = NewAccount {
        id: user("root"),
        username: "root".to_owned(),
        password_hash: eldercare_dispatch::api::auth::hash_password(PASSWORD).unwrap(),
        role: Role::Admin,
        scope: PrefixSet::nothing(),
        responder: None,
    };
    let (store, now) = (&town.test.app.store, town.test.clock.now());
    store.add_account(root, now).await.unwrap();
    // The next street is on file, too.
    let next = Area {
        id: area_id(NEXT_STREET),
        code: NEXT_STREET.parse().unwrap(),
        name: "下一街道".to_owned(),
        valid_from: jiff::civil::date(2020, 1, 1),
        valid_until: None,
        alias: None,
    };
    store.put_areas(vec![next], now).await.unwrap();
    town.test.app.refresh_picture(false).await.unwrap();
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|it| it["username"].as_str().unwrap()).collect()
}

fn field(answer: &Answer) -> (u16, &str, &str) {
    let error = &answer.body["errors"][0];
    (
        answer.status,
        error["field"].as_str().unwrap_or(""),
        error["code"].as_str().unwrap_or(""),
    )
}

both_stores! {
    async fn an_account_is_made_changed_and_ended_with_a_line_for_each(db: Database) {
        let town = Town::start(db).await;
        let asked = json!({"username": " Li.Na ", "rights": {"role": "dispatcher", "areas": [STREET]}});
        let made = town.post("admin", ACCOUNTS, asked.clone()).await;
        assert_eq!((made.status, made.headers.get("cache-control").unwrap().to_str().unwrap()), (201, "no-store"));
        let (id, password) = (made.body["account"]["id"].as_str().unwrap(), made.body["password"].as_str().unwrap());
        assert_eq!((made.body["account"]["username"].as_str(), made.body["account"]["state"].as_str(), password.len()), (Some("li.na"), Some("active"), 20));
        assert_eq!(town.post("admin", ACCOUNTS, asked).await.problem(), (409, "username_taken"));
        let session = town.sign_in("li.na", password).await.ok();
        assert_eq!(me(&town, &session["access_token"]).await.ok()["areas"], json!([STREET]));

        // Other rights: over the version that was seen, and every session ends.
        let auditor = json!({"role": "auditor", "areas": [STREET]});
        let edited = put(&town, "admin", id, 1, &auditor).await;
        assert_eq!((edited.status, edited.body["role"].as_str(), edited.body["version"].as_i64()), (200, Some("auditor"), Some(2)), "{}", edited.text);
        assert_eq!(put(&town, "admin", id, 1, &auditor).await.problem(), (412, "changed_meanwhile"));
        assert_eq!(me(&town, &session["access_token"]).await.problem(), (401, "token_revoked"));
        let session = town.sign_in("li.na", password).await.ok();

        // A lost password, a lost telephone.
        let renewed = town.post("admin", &format!("{ACCOUNTS}/{id}/password"), json!({})).await.ok();
        let other = renewed["password"].as_str().unwrap();
        assert_ne!(other, password);
        assert_eq!(me(&town, &session["access_token"]).await.problem(), (401, "token_revoked"));
        assert_eq!(town.sign_in("li.na", password).await.problem(), (401, "wrong_credentials"));
        let session = town.sign_in("li.na", other).await.ok();
        town.post("admin", &format!("{ACCOUNTS}/{id}/end-sessions"), json!({})).await.ok();
        assert_eq!(me(&town, &session["access_token"]).await.problem(), (401, "token_revoked"));

        // Locked, and let in again before the time is over.
        for _ in 0..LOCKOUT.attempts_max {
            town.sign_in("li.na", "wrong").await;
        }
        let locked = town.get("admin", &format!("{ACCOUNTS}/{id}")).await.ok();
        assert_eq!(locked["state"], "locked");
        assert_eq!(town.sign_in("li.na", other).await.status, 401);
        town.post("admin", &format!("{ACCOUNTS}/{id}/unlock"), json!({})).await.ok();
        assert_eq!(town.sign_in("li.na", other).await.status, 200);

        // Nobody is deleted: they may not sign in.
        let version = town.get("admin", &format!("{ACCOUNTS}/{id}")).await.ok()["version"].as_i64().unwrap();
        let ended = put(&town, "admin", id, version, &json!({"role": "auditor", "areas": [STREET], "disabled": true})).await.ok();
        assert_eq!(ended["state"], "disabled");
        assert_eq!(town.sign_in("li.na", other).await.problem(), (401, "wrong_credentials"));

        let log = town.get("admin", &format!("{ACCOUNTS}/{id}/log")).await.ok();
        // The clock of the test stands still: of lines of one instant none is the last.
        let items = log["items"].as_array().unwrap();
        let mut lines: Vec<&str> = items.iter().map(|it| it["what"].as_str().unwrap()).collect();
        lines.sort_unstable();
        assert_eq!(lines, ["edited", "edited", "filed", "password_renewed", "sessions_ended", "unlocked"]);
        let first = items.iter().find(|it| it["before"]["role"] == "dispatcher").unwrap();
        assert_eq!((&first["after"]["role"], &first["by"]), (&json!("auditor"), &json!(user("admin"))));
        assert!(!log.to_string().contains(other) && !log.to_string().contains("argon2"), "{log}");
    }

    async fn nobody_gives_a_right_that_they_do_not_have(db: Database) {
        let town = Town::start(db).await;
        with_root(&town).await;
        // Whose accounts: those of one's own areas, and the machine's own administrator keeps all.
        let near = town.get("admin", ACCOUNTS).await.ok();
        assert!(names(&near).contains(&"desk") && names(&near).iter().all(|it| !it.starts_with("far_") && *it != "root"), "{near}");
        let all = town.get("root", ACCOUNTS).await.ok();
        assert!(names(&all).contains(&"far_desk") && names(&all).contains(&"root") && names(&all).is_sorted(), "{all}");
        let found = town.get("root", &format!("{ACCOUNTS}?q=FAR_&role=dispatcher")).await.ok();
        assert_eq!(names(&found), ["far_desk"]);
        // Page by page, none twice and none left out.
        let (mut seen, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let page = town.get("root", &format!("{ACCOUNTS}?limit=3{cursor}")).await.ok();
            assert!(page["items"].as_array().unwrap().len() <= 3);
            seen.extend(names(&page).into_iter().map(str::to_owned));
            next = page["next"].as_str().map(|it| format!("&cursor={it}"));
        }
        assert_eq!(seen, names(&all));

        // One's own account is somebody else's to change.
        let own = town.get("admin", &account("admin")).await.ok();
        assert_eq!(own["own"], true);
        let id = user("admin").to_string();
        assert_eq!(put(&town, "admin", &id, 1, &json!({"role": "admin"})).await.problem(), (409, "own_account"));
        assert_eq!(town.post("admin", &format!("{}/password", account("admin")), json!({})).await.problem(), (409, "own_account"));

        // Beyond one's areas: neither an account there, nor one of the machine, nor a responder who works there.
        for name in ["far_desk", "root"] {
            assert_eq!(town.get("admin", &account(name)).await.problem(), (404, "account_not_found"), "{name}");
            assert_eq!(town.post("admin", &format!("{}/password", account(name)), json!({})).await.problem(), (404, "account_not_found"), "{name}");
        }
        let desk = user("desk").to_string();
        for (rights, field_of, code) in [
            (json!({"role": "dispatcher", "areas": [NEXT_STREET]}), "areas", "outside_scope"),
            (json!({"role": "dispatcher", "areas": ["120114"]}), "areas", "outside_scope"),
            (json!({"role": "admin", "areas": []}), "areas", "outside_scope"),
            (json!({"role": "dispatcher", "areas": []}), "areas", "area_needed"),
            (json!({"role": "dispatcher", "areas": ["12011"]}), "areas", "invalid_value"),
            (json!({"role": "dispatcher", "areas": ["120114001777"]}), "areas", "unknown_area"),
            (json!({"role": "grid_worker", "areas": [STREET]}), "responder_id", "responder_needed"),
            (json!({"role": "grid_worker", "areas": [STREET], "responder_id": who("S9")}), "areas", "outside_scope"),
            (json!({"role": "grid_worker", "areas": [STREET], "responder_id": who("nobody")}), "responder_id", "unknown_responder"),
        ] {
            let answer = put(&town, "admin", &desk, 1, &rights).await;
            assert_eq!(field(&answer), (422, field_of, code), "{rights} {}", answer.text);
        }
        assert_eq!(town.get("admin", &account("desk")).await.ok()["version"], 1, "none of these was written");
        for name in ["", "a b"] {
            let asked = json!({"username": name, "rights": {"role": "auditor", "areas": [STREET]}});
            assert_eq!(field(&town.post("admin", ACCOUNTS, asked).await), (422, "username", "bad_username"));
        }
        // The machine's own does all of that.
        put(&town, "root", &desk, 1, &json!({"role": "dispatcher", "areas": [NEXT_STREET]})).await.ok();
        assert_eq!(town.get("admin", &account("desk")).await.problem(), (404, "account_not_found"));
    }

    async fn ones_own_password_is_changed_by_who_knows_it(db: Database) {
        let town = Town::start(db).await;
        let path = "/api/v1/auth/password";
        let asked = |now: &str, new: &str| json!({"current_password": now, "new_password": new});
        for (body, at, code) in [
            (asked(PASSWORD, "short"), "new_password", "bad_password"),
            (asked(PASSWORD, PASSWORD), "new_password", "same_password"),
            (asked("not the one", "another good one"), "current_password", "wrong_password"),
        ] {
            assert_eq!(field(&town.post("desk", path, body).await), (422, at, code));
        }
        let old = json!(town.token("desk").await);
        let other = json!(town.sign_in("desk", PASSWORD).await.ok()["access_token"]);
        let pair = town.post("desk", path, asked(PASSWORD, "another good one")).await.ok();
        for ended in [old, other] {
            assert_eq!(me(&town, &ended).await.problem(), (401, "token_revoked"));
        }
        assert_eq!(me(&town, &pair["access_token"]).await.status, 200, "whoever has changed it goes on");
        assert_eq!(town.sign_in("desk", PASSWORD).await.status, 401);
        assert_eq!(town.sign_in("desk", "another good one").await.status, 200);
        // Guessed with somebody's open telephone: it locks like a sign-in.
        for _ in 0..LOCKOUT.attempts_max {
            town.post("desk2", path, asked("a guess of it", "another good one")).await;
        }
        assert_eq!(field(&town.post("desk2", path, asked(PASSWORD, "another good one")).await), (422, "current_password", "wrong_password"));
        assert_eq!(town.sign_in("desk2", PASSWORD).await.status, 401);
        let log = town.get("admin", &format!("{}/log", account("desk"))).await.ok();
        assert_eq!((&log["items"][0]["what"], &log["items"][0]["by"]), (&json!("password_changed"), &json!(user("desk"))));
    }

    async fn what_was_changed_is_found_by_time_and_by_who(db: Database) {
        let town = Town::start(db).await;
        with_root(&town).await;
        let began = town.test.clock.now();
        for (by, name, street) in [("admin", "a1", STREET), ("far_admin", "b1", NEXT_STREET), ("root", "c1", STREET), ("admin", "a2", STREET)] {
            town.test.advance(60);
            let asked = json!({"username": name, "rights": {"role": "auditor", "areas": [street]}});
            town.post(by, ACCOUNTS, asked).await.ok();
        }
        let log = async |by: &str, filter: &str| town.get(by, &format!("/api/v1/register-log{filter}")).await.ok();
        let made = |it: &Value| -> Vec<String> {
            it["items"].as_array().unwrap().iter().map(|it| format!("{} {}", it["by_name"].as_str().unwrap(), it["after"]["username"].as_str().unwrap())).collect()
        };
        assert_eq!(made(&log("root", "").await), ["admin a2", "root c1", "far_admin b1", "admin a1"]);
        // What was done by whom one does not keep stands with the thing itself, not here.
        assert_eq!(made(&log("admin", "").await), ["admin a2", "admin a1"]);
        assert_eq!(made(&log("auditor", "").await), ["admin a2", "admin a1"]);
        assert_eq!(made(&log("far_auditor", "").await), ["far_admin b1"]);
        let until = began + jiff::SignedDuration::from_secs(150);
        assert_eq!(made(&log("root", &format!("?until={until}")).await), ["far_admin b1", "admin a1"]);
        assert_eq!(made(&log("root", &format!("?from={until}&what=filed")).await), ["admin a2", "root c1"]);
        assert_eq!(made(&log("root", &format!("?by={}", user("far_admin"))).await), ["far_admin b1"]);
        assert_eq!(made(&log("admin", &format!("?by={}", user("far_admin"))).await), Vec::<String>::new());
        let first = log("root", "?limit=3").await;
        let rest = log("root", &format!("?limit=3&cursor={}", first["next"].as_str().unwrap())).await;
        assert_eq!((made(&first).len(), made(&rest)), (3, vec!["admin a1".to_owned()]));
        assert_eq!(town.get("desk", "/api/v1/register-log").await.problem(), (403, "role_not_allowed"));
    }
}
