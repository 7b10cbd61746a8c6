//! What a console asks by the clock is sent in full only when it has changed.

use actix_web::http::Method;

use crate::api_town::Town;
use crate::harness::both_stores;

const PATH: &str = "/api/v1/responders?limit=500&on_duty=true";

both_stores! {
    async fn who_has_the_answer_is_told_so_and_nobody_is_told_it_of_an_answer_that_is_not_theirs(db: Database) {
        let town = Town::start(db).await;
        let ask = async |account: &str, tag: &str| {
            let token = format!("Bearer {}", town.token(account).await);
            town.raw(Method::GET, PATH, &[("authorization", &token), ("if-none-match", tag)], vec![]).await
        };
        let tag_of = |answer: &crate::api_town::Answer| answer.headers.get("etag").unwrap().to_str().unwrap().to_owned();
        let first = ask("desk", "\"x\"").await;
        let tag = tag_of(&first);
        assert_eq!((first.status, first.body["items"].as_array().unwrap().len()), (200, 5), "{}", first.text);
        assert!(first.headers.get("cache-control").unwrap().to_str().unwrap().contains("no-store"), "names are in no browser's store");
        for shown in [tag.clone(), format!("W/{tag}"), format!("\"y\", {tag}")] {
            let again = ask("desk", &shown).await;
            assert_eq!((again.status, again.text.as_str(), tag_of(&again)), (304, "", tag.clone()), "{shown}");
        }
        // A token that is not good is no way to learn what somebody else has.
        let nobody = town.raw(Method::GET, PATH, &[("if-none-match", &tag)], vec![]).await;
        assert_eq!(nobody.status, 401);
        assert_eq!(ask("g1", &tag).await.problem(), (403, "role_not_allowed"));
        assert_eq!(ask("far_desk", &tag).await.status, 200, "another area, another answer");
        // Somebody moves, somebody goes home: the next answer is whole.
        town.stand("g1", 40.0).await;
        let moved = ask("desk", &tag).await;
        assert_eq!(moved.status, 200);
        town.put("g1", "/api/v1/responders/me/duty", serde_json::json!({"on": false})).await.ok();
        let gone = ask("desk", &tag_of(&moved)).await;
        assert_eq!((gone.status, gone.body["items"].as_array().unwrap().len()), (200, 4));
        // What nobody asks by the clock has none, and an answer that is no answer has none.
        let token = format!("Bearer {}", town.token("desk").await);
        for path in ["/api/v1/auth/me", "/api/v1/responders?limit=0"] {
            let other = town.raw(Method::GET, path, &[("authorization", &token)], vec![]).await;
            assert!(other.headers.get("etag").is_none(), "{path}");
        }
    }
}
