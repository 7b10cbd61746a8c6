//! Who is there: sign-in, refresh, lockout, revocation, device keys.

use actix_web::http::Method;
use eldercare_dispatch::api::auth::{ACCESS_FOR, LOCKOUT};
use eldercare_dispatch::people::Role;
use eldercare_dispatch::store::Rights;
use serde_json::json;

use crate::api_town::{PASSWORD, Town, user};
use crate::harness::both_stores;

both_stores! {
    async fn a_sign_in_gives_tokens_that_end_by_our_clock(db: Database) {
        let town = Town::start(db).await;
        let pair = town.sign_in(" Desk ", PASSWORD).await.ok();
        assert_eq!(pair["expires_in"], 900);
        let me = town.get("desk", "/api/v1/auth/me").await.ok();
        assert_eq!((me["role"].as_str(), me["areas"][0].as_str()), (Some("dispatcher"), Some("120114001")));
        let bearer = format!("Bearer {}", town.token("desk").await);
        town.test.advance(ACCESS_FOR.as_secs().unsigned_abs());
        let old = town.raw(Method::GET, "/api/v1/auth/me", &[("authorization", bearer.as_str())], "").await;
        assert_eq!(old.problem(), (401, "token_expired"));

        let refresh = json!({"refresh_token": pair["refresh_token"]});
        let json = [("content-type", "application/json")];
        let fresh = town.raw(Method::POST, "/api/v1/auth/refresh", &json, refresh.to_string()).await.ok();
        let bearer = format!("Bearer {}", fresh["access_token"].as_str().unwrap());
        let me = town.raw(Method::GET, "/api/v1/auth/me", &[("authorization", &bearer)], "").await;
        assert_eq!(me.status, 200);
        // An answer that was lost is asked for again, and the one that was lost is good for nobody.
        town.test.advance(60);
        let heard = town.raw(Method::POST, "/api/v1/auth/refresh", &json, refresh.to_string()).await.ok();
        let fresh = json!({"refresh_token": heard["refresh_token"]}).to_string();
        let fresh = town.raw(Method::POST, "/api/v1/auth/refresh", &json, fresh).await.ok();
        // Shown again after its successor was, somebody has copied it: the session ends.
        let again = town.raw(Method::POST, "/api/v1/auth/refresh", &json, refresh.to_string()).await;
        assert_eq!(again.problem(), (401, "bad_refresh_token"));
        let newer = json!({"refresh_token": fresh["refresh_token"]}).to_string();
        let ended = town.raw(Method::POST, "/api/v1/auth/refresh", &json, newer).await;
        assert_eq!(ended.problem(), (401, "bad_refresh_token"));
        let none = town.raw(Method::POST, "/api/v1/auth/refresh", &json, r#"{"refresh_token":"x"}"#).await;
        assert_eq!(none.problem(), (401, "bad_refresh_token"));
    }

    async fn a_wrong_name_a_wrong_password_and_a_lock_look_alike(db: Database) {
        let town = Town::start(db).await;
        let unknown = town.sign_in("nobody", PASSWORD).await;
        let wrong = town.sign_in("desk", "wrong").await;
        assert_eq!(unknown.problem(), (401, "wrong_credentials"));
        assert_eq!(unknown.text, wrong.text);
        for _ in 1..LOCKOUT.attempts_max {
            town.sign_in("desk", "wrong").await;
        }
        let locked = town.sign_in("desk", PASSWORD).await;
        assert_eq!(locked.text, wrong.text, "the right password is refused while the account is locked");
        town.test.advance(LOCKOUT.lock_for.as_secs().unsigned_abs() + 1);
        assert_eq!(town.sign_in("desk", PASSWORD).await.status, 200);
        let long = town.sign_in("desk", &"x".repeat(2_000)).await;
        assert_eq!(long.problem(), (401, "wrong_credentials"));
    }

    async fn a_right_that_is_taken_away_is_gone_within_seconds(db: Database) {
        let town = Town::start(db).await;
        town.get("desk", "/api/v1/cases").await.ok();
        let store = &town.test.app.store;
        let account = store.account(user("desk")).await.unwrap().unwrap();
        let rights = Rights { role: Role::Auditor, scope: account.scope, responder: None, disabled: false };
        store.set_rights(account.id, rights, account.version, town.test.clock.now()).await.unwrap();
        town.test.advance(3);
        assert_eq!(town.get("desk", "/api/v1/cases").await.problem(), (401, "token_revoked"));
        town.forget_tokens();
        assert_eq!(town.post("desk", "/api/v1/reach", json!({})).await.problem(), (403, "role_not_allowed"));
        // One's own sessions end at once.
        town.get("desk2", "/api/v1/auth/me").await.ok();
        assert_eq!(town.post("desk2", "/api/v1/auth/logout", json!({"everywhere": true})).await.status, 204);
        assert_eq!(town.get("desk2", "/api/v1/auth/me").await.problem(), (401, "token_revoked"));
    }

    async fn what_is_no_token_is_named(db: Database) {
        let town = Town::start(db).await;
        let path = "/api/v1/cases";
        let no = town.raw(Method::GET, path, &[], "").await;
        assert_eq!(no.problem(), (401, "no_token"));
        assert!(no.headers.contains_key("www-authenticate"));
        assert_eq!(no.headers.get("content-type").unwrap(), "application/problem+json");
        let mut forged = town.token("desk").await;
        forged.replace_range(forged.len() - 8.., "AAAAAAAA");
        for bad in ["Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer", &format!("Bearer {forged}")] {
            assert_eq!(town.raw(Method::GET, path, &[("authorization", bad)], "").await.problem(), (401, "bad_token"), "{bad}");
        }
        // A key of another installation.
        let other = Town::start(crate::harness::Database::sqlite().await).await;
        let foreign = format!("Bearer {}", other.token("desk").await);
        assert_eq!(town.raw(Method::GET, path, &[("authorization", &foreign)], "").await.problem(), (401, "bad_token"));
        let device = format!("Device {}:{}", town.device, town.key);
        assert_eq!(town.raw(Method::GET, path, &[("authorization", &device)], "").await.problem(), (403, "role_not_allowed"));
    }

    async fn a_wrong_device_key_is_refused_and_seen_by_the_desk(db: Database) {
        let town = Town::start(db).await;
        let wrong = format!("Device {}:{}", town.device, "A".repeat(43));
        let headers = [("authorization", wrong.as_str()), ("content-type", "application/json")];
        for _ in 0..3 {
            let answer = town.raw(Method::POST, "/api/v1/alerts", &headers, r#"{"kind":"sos"}"#).await;
            assert_eq!(answer.problem(), (401, "bad_device_key"));
        }
        let rows = town.get("desk", "/api/v1/quarantine").await.ok();
        assert_eq!(rows["items"].as_array().unwrap().len(), 1, "{rows}");
        assert_eq!(rows["items"][0]["count"], 3);
        assert_eq!(rows["items"][0]["claimed_device"], town.device.to_string());
        let seen = format!("/api/v1/quarantine/{}/seen", rows["items"][0]["id"].as_str().unwrap());
        assert_eq!(town.post("desk", &seen, json!({})).await.status, 204);
        let rows = town.get("desk", "/api/v1/quarantine").await.ok();
        assert_eq!(rows["items"][0]["seen_by"], user("desk").to_string());
        let cases = town.get("desk", "/api/v1/cases").await.ok();
        assert_eq!(cases["items"], json!([]));
    }

    async fn a_flood_of_wrong_keys_is_counted_and_makes_few_commits(db: Database) {
        let town = Town::start(db).await;
        let wrong = format!("Device {}:{}", town.device, "A".repeat(43));
        let headers = [("authorization", wrong.as_str()), ("content-type", "application/json")];
        // One address, one second: five are written down, the others are told that they are not.
        let flood = async || {
            let mut not_kept = 0;
            for _ in 0..40 {
                let answer = town.raw(Method::POST, "/api/v1/alerts", &headers, r#"{"kind":"sos"}"#).await;
                assert_eq!(answer.problem(), (401, "bad_device_key"));
                let told = answer.headers.contains_key("retry-after");
                assert_eq!(told, answer.text.contains("counted and not kept"), "{}", answer.text);
                not_kept += u32::from(told);
            }
            not_kept
        };
        assert_eq!(flood().await, 35);
        let shown = async || {
            let page = town.get("desk", "/api/v1/quarantine").await.ok();
            (page["items"][0]["count"].as_i64(), page["not_kept"]["count"].as_i64(), page["not_kept"]["last_at"].clone())
        };
        let first = json!(town.test.clock.now().to_string());
        assert_eq!(shown().await, (Some(5), Some(35), first));
        // A good key is heard in the middle of it.
        let good = format!("Device {}:{}", town.device, town.key);
        let heard = town.raw(Method::POST, "/api/v1/alerts", &[("authorization", &good), ("content-type", "application/json")], r#"{"kind":"sos"}"#).await;
        assert_eq!(heard.status, 201, "{}", heard.text);
        // The next second has its own.
        town.test.advance(1);
        assert_eq!(flood().await, 35);
        assert_eq!(shown().await, (Some(10), Some(70), json!(town.test.clock.now().to_string())));
    }
}
