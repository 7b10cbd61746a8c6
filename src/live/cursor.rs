//! Where a client stands: an opaque text that says of which history, for which audience, and the last number of each stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::sight::Audience;

/// The numbers of the streams, in code order.
pub type Heads = BTreeMap<Arc<str>, i64>;

/// The first mark of a cursor: other shapes may come.
const SHAPE: &str = "1";

/// The streams as the text that goes into a cursor.
pub fn heads_text(heads: &Heads) -> Arc<str> {
    let mut text = String::with_capacity(heads.len() * 16);
    for (stream, number) in heads {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(stream);
        text.push('=');
        text.push_str(&number.to_string());
    }
    text.into()
}

/// A cursor for `audience` of the history `epoch` at `heads` (see [`heads_text`]).
pub fn write(epoch: Uuid, audience: &Audience, heads: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{SHAPE};{};{};{heads}", epoch.simple(), mark(audience)))
}

/// The numbers that a cursor holds; none when it is unreadable, of another history, or of somebody who sees other things.
pub fn read(cursor: &str, epoch: Uuid, audience: &Audience) -> Option<Heads> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let mut parts = text.splitn(4, ';');
    if parts.next()? != SHAPE || parts.next()?.parse::<Uuid>().ok()? != epoch || parts.next()? != mark(audience) {
        return None;
    }
    let list = parts.next()?;
    let mut heads = Heads::new();
    for one in list.split(',').filter(|it| !it.is_empty()) {
        let (stream, number) = one.split_once('=')?;
        let number: i64 = number.parse().ok()?;
        if number < 0 || heads.insert(stream.into(), number).is_some() {
            return None;
        }
    }
    Some(heads)
}

/// A short digest: whoever comes back with other rights is told apart without saying what the rights were.
fn mark(audience: &Audience) -> String {
    let digest = Sha256::digest(audience.as_str());
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Viewer;
    use crate::people::{PrefixSet, Role};
    use jiff::Timestamp;

    fn audience(role: Role) -> Audience {
        Viewer {
            user: crate::ids::UserId::new(Uuid::nil()),
            role,
            scope: PrefixSet::from_iter(["120114001".parse().unwrap()]),
            responder: None,
            rights: 1,
            expires_at: Timestamp::UNIX_EPOCH,
            practice: false,
        }
        .audience()
    }

    #[test]
    fn a_cursor_reads_back_for_the_same_history_and_audience_only() {
        let epoch = Uuid::from_u128(7);
        let heads = Heads::from([("120114001".into(), 12), ("000000000".into(), 3)]);
        let desk = audience(Role::Dispatcher);
        let text = write(epoch, &desk, &heads_text(&heads));
        assert_eq!(read(&text, epoch, &desk), Some(heads));
        assert_eq!(read(&text, Uuid::from_u128(8), &desk), None, "another history");
        assert_eq!(read(&text, epoch, &audience(Role::Auditor)), None, "other rights");
        let empty = write(epoch, &desk, "");
        assert_eq!(read(&empty, epoch, &desk), Some(Heads::new()));
    }

    #[test]
    fn what_is_no_cursor_is_none() {
        let (epoch, desk) = (Uuid::from_u128(7), audience(Role::Dispatcher));
        let bad = [
            "",
            "{}",
            "////",
            "AAAA",
            &URL_SAFE_NO_PAD.encode("1;x;y;z"),
            &write(epoch, &desk, "1=a"),
            &write(epoch, &desk, "1=-4"),
            &write(epoch, &desk, "1=1,1=2"),
            &write(epoch, &desk, "1"),
        ];
        for it in bad {
            assert_eq!(read(it, epoch, &desk), None, "{it}");
        }
    }
}
