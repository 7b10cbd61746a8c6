//! Accounts, lockout and sessions.

use eldercare_dispatch::ids::{ResponderId, UserId};
use eldercare_dispatch::people::Role;
use eldercare_dispatch::store::{
    Account, Conflict, Lockout, NewAccount, RefreshToken, Rights, Rotation, Store, StoreError,
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::harness::{Database, at, both_stores};

const WHO: UserId = UserId::new(Uuid::from_u128(1));
const SECOND: i64 = 1_000_000;
const LOCKOUT: Lockout = Lockout {
    attempts_max: 5,
    lock_for: SignedDuration::from_mins(15),
};

fn new(id: UserId, username: &str) -> NewAccount {
    NewAccount {
        id,
        username: username.to_owned(),
        password_hash: "$argon2id$hash".to_owned(),
        role: Role::Dispatcher,
        scope: ["120114001".parse().unwrap()].into_iter().collect(),
        responder: None,
    }
}

async fn with_account(db: &Database) -> Store {
    let store = db.store().await;
    assert_eq!(store.account_count().await.unwrap(), 0);
    store.add_account(new(WHO, "Zhang.San "), at(0)).await.unwrap();
    store
}

async fn account(store: &Store) -> Account {
    store.account(WHO).await.unwrap().unwrap()
}

fn token() -> RefreshToken {
    RefreshToken::make().unwrap()
}

fn rotated(rotation: &Rotation) -> bool {
    matches!(rotation, Rotation::Rotated(_))
}

both_stores! {
    async fn an_account_is_found_by_its_name_however_typed(db: Database) {
        let store = with_account(&db).await;
        let (found, hash) = store.account_to_sign_in(" zhang.SAN").await.unwrap().unwrap();
        assert_eq!((found.id, found.username.as_str(), hash.as_str()), (WHO, "zhang.san", "$argon2id$hash"));
        assert!(found.may_try(at(0)));
        assert_eq!(found.scope.iter().map(|it| it.to_string()).collect::<Vec<_>>(), ["120114001"]);
        let twin = store.add_account(new(UserId::new(Uuid::from_u128(2)), "ZHANG.san"), at(0)).await.unwrap_err();
        assert!(twin.is_unique("account_username"), "{twin:?}");
        assert!(store.account_to_sign_in("nobody").await.unwrap().is_none());
        assert_eq!(store.accounts(None, 10).await.unwrap().items.len(), 1);
    }

    async fn wrong_passwords_at_the_same_time_all_count(db: Database) {
        let store = with_account(&db).await;
        let mut at_once = Vec::new();
        for _ in 0..4 {
            let store = store.clone();
            at_once.push(tokio::spawn(async move { store.record_wrong_password(WHO, LOCKOUT, at(0)).await.unwrap() }));
        }
        for one in at_once {
            assert_eq!(one.await.unwrap(), None);
        }
        assert_eq!(account(&store).await.failed_attempts, 4);
        let until = at(0) + LOCKOUT.lock_for;
        assert_eq!(store.record_wrong_password(WHO, LOCKOUT, at(0)).await.unwrap(), Some(until));
        let locked = account(&store).await;
        assert!(!locked.may_try(at(SECOND)) && locked.may_try(until));
        // After the lock there are as many tries again.
        assert_eq!(store.record_wrong_password(WHO, LOCKOUT, until).await.unwrap(), None);
        store.record_right_password(WHO).await.unwrap();
        let free = account(&store).await;
        assert_eq!((free.failed_attempts, free.locked_until), (0, None));
    }

    async fn a_refresh_token_is_good_once_and_a_copy_ends_the_family(db: Database) {
        let store = with_account(&db).await;
        let (first, second, third) = (token(), token(), token());
        let end = at(3_600 * SECOND);
        store.begin_session(WHO, Uuid::from_u128(9), &first, at(0), end).await.unwrap();
        let other = token();
        store.begin_session(WHO, Uuid::from_u128(10), &other, at(0), end).await.unwrap();
        assert!(rotated(&store.rotate(&first, &second, at(SECOND), end).await.unwrap()));
        // The answer was lost on the way: the phone asks once more.
        let lost = token();
        assert!(rotated(&store.rotate(&first, &lost, at(5 * SECOND), end).await.unwrap()));
        assert!(rotated(&store.rotate(&second, &third, at(6 * SECOND), end).await.unwrap()));
        // Much later, the first token turns up again.
        assert_eq!(store.rotate(&first, &token(), at(60 * SECOND), end).await.unwrap(), Rotation::Reused(WHO));
        for mut of_family in [lost, third] {
            of_family = RefreshToken::parse(&of_family.reveal()).unwrap();
            assert_eq!(store.rotate(&of_family, &token(), at(61 * SECOND), end).await.unwrap(), Rotation::Revoked);
        }
        assert!(rotated(&store.rotate(&other, &token(), at(61 * SECOND), end).await.unwrap()), "another session goes on");
        assert_eq!(store.rotate(&token(), &token(), at(0), end).await.unwrap(), Rotation::Unknown);
    }

    async fn a_lost_answer_ends_no_session_and_a_thief_of_what_was_lost_does(db: Database) {
        let store = with_account(&db).await;
        let end = at(3_600 * SECOND);
        let (first, lost, heard) = (token(), token(), token());
        store.begin_session(WHO, Uuid::from_u128(9), &first, at(0), end).await.unwrap();
        assert!(rotated(&store.rotate(&first, &lost, at(SECOND), end).await.unwrap()));
        // The lift door closed on the answer; the phone has a network again a quarter of an hour later.
        assert!(rotated(&store.rotate(&first, &heard, at(900 * SECOND), end).await.unwrap()));
        let next = token();
        assert!(rotated(&store.rotate(&heard, &next, at(1_800 * SECOND), end).await.unwrap()));
        // Who had caught the lost answer shows it: one of the two is not who they say.
        assert_eq!(store.rotate(&lost, &token(), at(1_801 * SECOND), end).await.unwrap(), Rotation::Reused(WHO));
        assert_eq!(store.rotate(&next, &token(), at(1_802 * SECOND), end).await.unwrap(), Rotation::Revoked);
    }

    async fn a_session_ends_with_time_by_hand_and_with_rights(db: Database) {
        let store = with_account(&db).await;
        let end = at(100 * SECOND);
        let begin = async |family: u128| {
            let token = token();
            store.begin_session(WHO, Uuid::from_u128(family), &token, at(0), end).await.unwrap();
            token
        };
        let old = begin(1).await;
        assert_eq!(store.rotate(&old, &token(), end, end).await.unwrap(), Rotation::Expired);
        let left = begin(2).await;
        assert!(store.end_session(&left, at(1)).await.unwrap());
        assert!(!store.end_session(&left, at(1)).await.unwrap());
        assert_eq!(store.rotate(&left, &token(), at(2), end).await.unwrap(), Rotation::Revoked);

        let before = begin(3).await;
        let was = account(&store).await;
        let rights = Rights { role: Role::Auditor, scope: was.scope.clone(), responder: None, disabled: false };
        store.set_rights(WHO, rights.clone(), was.version, at(3)).await.unwrap();
        let stale = store.set_rights(WHO, rights.clone(), was.version, at(3)).await.unwrap_err();
        assert!(matches!(stale, StoreError::Conflict(Conflict::Version { .. })));
        let is = account(&store).await;
        assert_eq!((is.role, is.token_epoch), (Role::Auditor, was.token_epoch + 1));
        assert_eq!(store.rotate(&before, &token(), at(4), end).await.unwrap(), Rotation::Revoked);

        let before = begin(4).await;
        store.set_password(WHO, "$argon2id$other".to_owned(), at(5)).await.unwrap();
        assert_eq!(store.account_to_sign_in("zhang.san").await.unwrap().unwrap().1, "$argon2id$other");
        assert_eq!(store.rotate(&before, &token(), at(6), end).await.unwrap(), Rotation::Revoked);
        assert_eq!(store.revoke_sessions(WHO, at(7)).await.unwrap(), was.token_epoch + 3);

        let version = account(&store).await.version;
        store.set_rights(WHO, Rights { disabled: true, ..rights }, version, at(8)).await.unwrap();
        assert!(!account(&store).await.may_try(at(9)));
        let late = begin(5).await;
        assert_eq!(store.rotate(&late, &token(), at(9), end).await.unwrap(), Rotation::Disabled);
        assert!(store.begin_session(UserId::new(Uuid::from_u128(77)), Uuid::from_u128(6), &token(), at(0), end).await.is_err());
        assert_eq!(store.sweep_refresh_tokens(at(200 * SECOND)).await.unwrap(), 5);
    }

    async fn who_is_signed_in_as_a_responder_is_known_until_they_sign_out(db: Database) {
        let store = with_account(&db).await;
        let (carer, me) = (UserId::new(Uuid::from_u128(3)), ResponderId::new(Uuid::from_u128(33)));
        store.add_account(NewAccount { responder: Some(me), ..new(carer, "carer") }, at(0)).await.unwrap();
        let end = at(1_000 * SECOND);
        assert!(store.responders_signed_in(at(0)).await.unwrap().is_empty());
        store.begin_session(WHO, Uuid::from_u128(1), &token(), at(5 * SECOND), end).await.unwrap();
        let first = token();
        store.begin_session(carer, Uuid::from_u128(2), &first, at(10 * SECOND), end).await.unwrap();
        assert_eq!(store.responders_signed_in(at(0)).await.unwrap(), [me].into(), "and nobody who is no responder");
        assert!(store.responders_signed_in(at(10 * SECOND)).await.unwrap().is_empty(), "too long ago");
        let second = token();
        assert!(rotated(&store.rotate(&first, &second, at(60 * SECOND), end).await.unwrap()));
        assert_eq!(store.responders_signed_in(at(10 * SECOND)).await.unwrap(), [me].into(), "a session that goes on counts from there");
        store.end_session(&second, at(70 * SECOND)).await.unwrap();
        assert!(store.responders_signed_in(at(0)).await.unwrap().is_empty(), "signed out");
    }

    async fn an_unknown_role_locks_out_that_account_alone(db: Database) {
        let store = with_account(&db).await;
        store.add_account(new(UserId::new(Uuid::from_u128(2)), "li.si"), at(0)).await.unwrap();
        store
            .write(|tx| {
                Box::pin(async move {
                    use sea_orm::ConnectionTrait as _;
                    tx.execute_unprepared("UPDATE account SET role = 'emperor' WHERE username = 'li.si'").await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        let page = store.accounts(None, 10).await.unwrap();
        assert_eq!((page.items.len(), page.aside.len()), (1, 1));
        assert!(store.account_to_sign_in("li.si").await.is_err());
    }
}
