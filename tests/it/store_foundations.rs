//! Opening, migrating, sealing: what every other room stands on.

use eldercare_dispatch::store::{MasterKey, SealError, StoreError};

use crate::harness::{at, both_stores, master};

both_stores! {
    async fn migrations_apply_once_and_are_found_done(db: Database) {
        let store = db.open().await;
        assert!(store.require_migrated().await.unwrap_err().to_string().contains("eldercare-dispatch migrate"));
        let applied = store.migrate().await.unwrap();
        assert_eq!(applied[0], "m0001_setting");
        assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
        store.require_migrated().await.unwrap();
    }

    async fn another_master_key_is_refused(db: Database) {
        let store = db.store().await;
        store.close().await;
        let other = MasterKey::from_base64("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=").unwrap();
        let error = db.open().await.unlock(other, at(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed(SealError::WrongMaster)), "{error}");
        db.open().await.unlock(master(), at(1)).await.unwrap();
    }
}
