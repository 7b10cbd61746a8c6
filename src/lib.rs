//! eldercare-dispatch.
