//! What real units send around their requests and the SIP stack does not expect, put right on the way in and back on the way out.
//!
//! - A From without a tag: the stack finds no transaction for it. It gets one.
//! - A branch that is the same in every request: the stack takes the second alarm for the first one again. Each branch is made longer
//!   by a digest of where it came from and of its body.
//! - Letters that are no UTF-8 in a header: the stack reads no header behind it. They become question marks.
//! - A datagram without the length of its body, or with one counted in letters: the datagram itself says how long it is.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rsipstack::sip::prelude::{HeadersExt as _, ToTypedHeader as _};
use rsipstack::sip::{Header, Param, Request, SipMessage, Transport, Uri};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transport::{SipAddr, SipConnection};
use sha2::{Digest as _, Sha256};

/// Behind this a branch or a tag is ours.
const MARK: &str = "-ecd";

/// The end of the headers.
const END: &[u8] = b"\r\n\r\n";

/// Bytes of the headers of a message.
pub const HEADERS_MAX_BYTES: usize = 16 * 1024;

/// Reads a datagram; none: it is no SIP.
pub fn of_datagram(bytes: &[u8]) -> Option<SipMessage> {
    let mut message = read(bytes)?;
    if let SipMessage::Request(request) = &mut message {
        let body = position(bytes, END)
            .map(|it| &bytes[it + END.len()..])
            .unwrap_or_default();
        request.body = body.to_vec();
    }
    Some(message)
}

/// The answer to a datagram that there is no room to read: 503, and when to say it again, with those of its headers that an answer must
/// have. None: it is no request, or asks for no answer. No larger than the datagram, but for its first line and the new header.
pub fn not_now(bytes: &[u8], retry_after_s: u32) -> Option<Vec<u8>> {
    let head = &bytes[..position(bytes, END).filter(|it| *it <= HEADERS_MAX_BYTES)?];
    let mut lines = head
        .split(|it| *it == b'\n')
        .map(|it| it.strip_suffix(b"\r").unwrap_or(it));
    let first = lines.next()?;
    if !first.ends_with(b" SIP/2.0") || first.starts_with(b"ACK ") {
        return None;
    }
    let mut answer = b"SIP/2.0 503 Service Unavailable\r\n".to_vec();
    let (mut copies, mut via) = (false, false);
    for line in lines {
        // A line that begins with a blank goes on with the one before it.
        if !line.first().is_some_and(|it| matches!(it, b' ' | b'\t')) {
            let name = line.split(|it| *it == b':').next().unwrap_or_default().trim_ascii();
            let is = |names: &[&str]| names.iter().any(|it| name.eq_ignore_ascii_case(it.as_bytes()));
            copies = is(&["via", "v", "from", "f", "to", "t", "call-id", "i", "cseq"]);
            via |= is(&["via", "v"]);
        }
        if copies {
            answer.extend_from_slice(line);
            answer.extend_from_slice(b"\r\n");
        }
    }
    answer.extend_from_slice(format!("Retry-After: {retry_after_s}\r\nContent-Length: 0\r\n\r\n").as_bytes());
    via.then_some(answer)
}

/// Reads a message whose end is known; none: it is no SIP.
pub fn read(bytes: &[u8]) -> Option<SipMessage> {
    let end = position(bytes, END)?;
    if end > HEADERS_MAX_BYTES {
        return None;
    }
    let mut bytes = bytes.to_vec();
    if std::str::from_utf8(&bytes[..end]).is_err() {
        for it in bytes[..end].iter_mut().filter(|it| !it.is_ascii()) {
            *it = b'?';
        }
    }
    // Whatever a stranger sends may end the reading of it, and not the listener for everybody.
    catch_unwind(AssertUnwindSafe(|| SipMessage::try_from(&bytes[..]).ok()))
        .ok()
        .flatten()
}

/// How many bytes the first message of a stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// More must come.
    Wait,
    /// So many.
    Message(usize),
    /// None begins here: where the next does nobody can say.
    Lost,
}

/// Looks at the beginning of a stream.
pub fn cut(bytes: &[u8], body_max: usize) -> Cut {
    let Some(end) = position(&bytes[..bytes.len().min(HEADERS_MAX_BYTES + END.len())], END) else {
        return if bytes.len() > HEADERS_MAX_BYTES {
            Cut::Lost
        } else {
            Cut::Wait
        };
    };
    let length = bytes[..end].split(|it| *it == b'\n').find_map(|line| {
        let at = line.iter().position(|it| *it == b':')?;
        let name = line[..at].trim_ascii();
        let is_it = name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
        is_it.then(|| {
            std::str::from_utf8(line[at + 1..].trim_ascii())
                .ok()?
                .parse::<u32>()
                .ok()
        })
    });
    match length {
        // On a line a body without its length is none.
        None => Cut::Message(end + END.len()),
        Some(Some(length)) if (length as usize) <= body_max => {
            let whole = end + END.len() + length as usize;
            if bytes.len() >= whole {
                Cut::Message(whole)
            } else {
                Cut::Wait
            }
        }
        Some(_) => Cut::Lost,
    }
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|it| it == what)
}

/// Where a request of SCAIP begins in bytes that are no message of SIP, or hardly one; none: there is none in them.
pub fn request_within(bytes: &[u8]) -> Option<&[u8]> {
    let begins = |it: &[u8]| {
        [&b"<mrq"[..], b"<scaip"]
            .iter()
            .any(|root| it.len() >= root.len() && it[..root.len()].eq_ignore_ascii_case(root))
    };
    let at = (0..bytes.len()).find(|at| bytes[*at] == b'<' && begins(&bytes[*at..]))?;
    Some(&bytes[at..])
}

/// Puts an arriving request right; none: it has no envelope that an answer could go back in.
pub fn mark(request: Request, peer: SocketAddr, transport: Transport) -> Option<Request> {
    catch_unwind(AssertUnwindSafe(|| marked(request, peer, transport)))
        .ok()
        .flatten()
}

fn marked(mut request: Request, peer: SocketAddr, transport: Transport) -> Option<Request> {
    let digest = digest(&request, peer);
    let tagged = request.from_header().ok()?.tag().ok()?.is_some();
    if !tagged {
        let from = request.from_header_mut().ok()?;
        let value = format!("{};tag={MARK}{digest}", from.value());
        from.replace(value);
    }
    let via = request.top_via_header().ok()?.typed().ok()?;
    // RFC 3581: an answer goes back to where the request came from if the unit asks for it, and always where a router stands between.
    // A unit that says another port of its own address listens there.
    let asks = via.params.iter().any(|it| matches!(it, Param::Rport(_)));
    let source = SipAddr::new(transport, peer.into());
    let is_itself = via.uri.host_with_port.host == source.addr.host;
    if transport != Transport::Udp || asks || !is_itself {
        let with = SipConnection::update_msg_received(request.into(), peer, transport).ok()?;
        request = Request::try_from(with).ok()?;
    }
    let via = request.via_header_mut().ok()?;
    via.update_first_value(|first| {
        let mut typed = first.typed()?;
        for param in &mut typed.params {
            if let Param::Branch(branch) = param {
                *branch = format!("{}{MARK}{digest}", branch.value()).into();
            }
        }
        Ok(typed.into())
    })
    .ok()?;
    // Without a Call-ID or a number the stack finds no transaction for it.
    TransactionKey::from_request(&request, TransactionRole::Server).ok()?;
    Some(request)
}

fn digest(request: &Request, peer: SocketAddr) -> String {
    let mut digest = Sha256::new();
    digest.update(peer.ip().to_string());
    digest.update(&request.body);
    digest.finalize()[..8].iter().map(|it| format!("{it:02x}")).collect()
}

/// Takes our marks off what goes out.
pub struct Unmark;

impl MessageInspector for Unmark {
    fn before_send(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        let SipMessage::Response(mut response) = message else {
            return message;
        };
        for header in response.headers.iter_mut() {
            match header {
                Header::Via(via) => {
                    let value = without_mark(via.value());
                    via.replace(value);
                }
                Header::From(from) => {
                    // A tag that is nothing but our mark was none.
                    let value = without_mark(from.value());
                    from.replace(value.strip_suffix(";tag=").unwrap_or(&value).to_owned());
                }
                _ => {}
            }
        }
        response.into()
    }

    fn after_received(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        message
    }
}

/// Without the mark and the sixteen digits behind it.
fn without_mark(value: &str) -> String {
    let mut rest = value;
    let mut found = String::with_capacity(value.len());
    while let Some(at) = rest.find(MARK) {
        let (before, behind) = rest.split_at(at);
        let behind = &behind[MARK.len()..];
        let digits = behind.bytes().take(16).take_while(u8::is_ascii_hexdigit).count();
        found.push_str(before);
        if digits < 16 {
            found.push_str(MARK); // somebody else's
            rest = behind;
        } else {
            rest = &behind[16..];
        }
    }
    found.push_str(rest);
    found
}

/// The user in the From of a request; none: it says none.
pub fn user_of(request: &Request) -> Option<String> {
    let from = request.from_header().ok()?.typed().ok()?;
    let user = from.uri.user()?.to_owned();
    (!user.is_empty()).then_some(user)
}

/// Under which address a unit is written to: its Contact, else its From.
pub fn address_of(request: &Request) -> Option<Uri> {
    let contact = request
        .contact_header()
        .ok()
        .and_then(|it| it.typed().ok())
        .map(|it| it.uri);
    contact.or_else(|| Some(request.from_header().ok()?.typed().ok()?.uri))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rsipstack::sip::StatusCode;

    const BODY: &str = "<mrq><ref>A</ref><cid>1</cid><dty>3</dty></mrq>";

    fn peer() -> SocketAddr {
        "192.0.2.7:5060".parse().unwrap()
    }

    fn text(via: &str, from: &str, body: &str) -> String {
        format!(
            "MESSAGE sip:arc@example SIP/2.0\r\nVia: {via}\r\nFrom: {from}\r\nTo: <sip:arc@example>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n\
            Content-Type: application/scaip+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    #[test]
    fn what_there_is_no_room_for_is_told_so_with_its_own_headers() {
        let datagram = text("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1", "<sip:1@x>;tag=a", BODY);
        let answer = String::from_utf8(not_now(datagram.as_bytes(), 5).unwrap()).unwrap();
        let SipMessage::Response(read) = read(answer.as_bytes()).unwrap() else {
            panic!("a response: {answer}");
        };
        assert_eq!(read.status_code, StatusCode::ServiceUnavailable);
        assert_eq!(read.from_header().unwrap().value(), "<sip:1@x>;tag=a");
        assert_eq!(read.call_id_header().unwrap().value(), "c1");
        assert!(
            answer.contains("Retry-After: 5\r\n") && !answer.contains("<mrq>"),
            "{answer}"
        );
        for other in [
            "SIP/2.0 200 OK\r\nVia: a\r\n\r\n",
            "ACK sip:a SIP/2.0\r\nVia: a\r\n\r\n",
            "noise\r\n\r\n",
            "MESSAGE sip:a SIP/2.0",
        ] {
            assert_eq!(not_now(other.as_bytes(), 5), None, "{other}");
        }
    }

    fn request(via: &str, from: &str, body: &str) -> Request {
        let SipMessage::Request(it) = of_datagram(text(via, from, body).as_bytes()).unwrap() else {
            panic!("a request");
        };
        mark(it, peer(), Transport::Udp).unwrap()
    }

    fn key(request: &Request) -> String {
        TransactionKey::from_request(request, TransactionRole::Server)
            .unwrap()
            .to_string()
    }

    /// What goes back for a request: its Via and its From.
    fn back(request: &Request) -> (String, String) {
        let headers = request
            .headers
            .iter()
            .filter(|it| matches!(it, Header::Via(_) | Header::From(_)))
            .cloned();
        let response = rsipstack::sip::Response {
            status_code: StatusCode::OK,
            headers: headers.collect::<Vec<_>>().into(),
            ..Default::default()
        };
        let SipMessage::Response(it) = Unmark.before_send(response.into(), None) else {
            panic!("a response");
        };
        (
            it.via_header().unwrap().value().to_owned(),
            it.from_header().unwrap().value().to_owned(),
        )
    }

    const VIA: &str = "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKsame";

    #[test]
    fn a_branch_that_stays_the_same_hides_no_second_alarm() {
        let first = request(VIA, "<sip:1@unit>;tag=1", BODY);
        let second = request(VIA, "<sip:1@unit>;tag=1", &BODY.replace("<ref>A", "<ref>B"));
        assert_ne!(key(&first), key(&second));
        assert_eq!(
            key(&first),
            key(&request(VIA, "<sip:1@unit>;tag=1", BODY)),
            "a repetition is one"
        );
        assert_eq!(back(&first), (VIA.to_owned(), "<sip:1@unit>;tag=1".to_owned()));
    }

    #[test]
    fn who_has_no_tag_is_answered_without_one() {
        for from in ["<sip:1@unit>", "sip:1@unit", "\"Unit; 1\" <sip:1@unit>"] {
            let it = request(VIA, from, BODY);
            assert!(!key(&it).is_empty());
            assert_eq!(back(&it).1, from);
            assert_eq!(user_of(&it).as_deref(), Some("1"));
        }
    }

    #[test]
    fn an_answer_goes_to_where_the_unit_is() {
        let target = |via: &str| {
            let it = request(via, "<sip:1@unit>;tag=1", BODY);
            SipConnection::parse_target_from_via(it.via_header().unwrap())
                .unwrap()
                .1
                .to_string()
        };
        for (via, wanted) in [
            ("SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1", "192.0.2.7:5060"),
            // It listens on another port of its own address, unless it asks for the one that it spoke from.
            ("SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1", "192.0.2.7:5070"),
            ("SIP/2.0/UDP 192.0.2.7:5070;rport;branch=z9hG4bK1", "192.0.2.7:5060"),
            // A router stands between, or the name is nobody's.
            ("SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bK1", "192.0.2.7:5060"),
            ("SIP/2.0/UDP unit.invalid;branch=z9hG4bK1", "192.0.2.7:5060"),
            ("SIP/2.0/UDP unit.invalid", "192.0.2.7:5060"),
        ] {
            assert_eq!(target(via), wanted, "{via}");
        }
    }

    #[test]
    fn a_datagram_says_how_long_it_is_and_a_header_in_other_letters_hides_nothing() {
        let of = |text: Vec<u8>| match of_datagram(&text) {
            Some(SipMessage::Request(it)) => it,
            other => panic!("{other:?}"),
        };
        let good = text(VIA, "<sip:1@unit>;tag=1", BODY);
        for length in [
            "Content-Length: 3\r\n",
            "",
            "Content-Length: 99999\r\n",
            "Content-Length: -1\r\n",
        ] {
            let changed = good.replace(&format!("Content-Length: {}\r\n", BODY.len()), length);
            assert_eq!(of(changed.into_bytes()).body, BODY.as_bytes(), "{length:?}");
        }
        let mut other = b"MESSAGE sip:arc@example SIP/2.0\r\nUser-Agent: \xce\xc0\xc9\xfa\r\n".to_vec();
        other.extend_from_slice(good.split_once("\r\n").unwrap().1.as_bytes());
        let it = of(other);
        assert_eq!(
            (it.body.as_slice(), user_of(&it).as_deref()),
            (BODY.as_bytes(), Some("1"))
        );
        assert!(
            of_datagram(b"").is_none()
                && of_datagram(b"SOS\r\n\r\n").is_none()
                && of_datagram(BODY.as_bytes()).is_none()
        );
    }

    #[test]
    fn a_stream_is_cut_where_the_length_says() {
        let one = text(VIA, "<sip:1@unit>;tag=1", BODY);
        let both = format!("{one}{one}");
        for at in 0..one.len() {
            assert_eq!(cut(&one.as_bytes()[..at], 1_000), Cut::Wait, "{at}");
        }
        assert_eq!(cut(both.as_bytes(), 1_000), Cut::Message(one.len()));
        assert_eq!(cut(both.as_bytes(), BODY.len() - 1), Cut::Lost);
        for length in ["x", "-1", "4294967296", "18446744073709551615"] {
            let changed = one.replace(&format!("Content-Length: {}", BODY.len()), &format!("l : {length}"));
            assert_eq!(cut(changed.as_bytes(), 1_000), Cut::Lost, "{length}");
        }
        assert_eq!(cut(&vec![b'x'; HEADERS_MAX_BYTES + 1], 1_000), Cut::Lost);
    }

    fn noise() -> impl Strategy<Value = Vec<u8>> {
        let good = text(VIA, "<sip:1@unit>;tag=1", BODY).into_bytes();
        let part = prop_oneof![
            Just(good.clone()),
            (Just(good), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut it, at, byte)| {
                let at = at.index(it.len());
                it[at] = byte;
                it
            }),
            prop::sample::select(vec![
                "Via:", "From: <", ">;tag=", "\r\n", "\r\n\r\n", ";branch=", "SIP/2.0", "MESSAGE ", "[::", ",", "l: 9"
            ])
            .prop_map(|it| it.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..20),
        ];
        prop::collection::vec(part, 0..12).prop_map(|it| it.concat())
    }

    proptest! {
        /// Whatever a stranger sends: read or not, marked or not, and never the end of a listener.
        #[test]
        fn any_bytes_are_read_or_are_not(bytes in noise()) {
            let _ = cut(&bytes, 1_000);
            if let Some(SipMessage::Request(it)) = of_datagram(&bytes) {
                let body = it.body.clone();
                if let Some(it) = mark(it, peer(), Transport::Udp) {
                    prop_assert_eq!(&it.body, &body);
                    prop_assert!(TransactionKey::from_request(&it, TransactionRole::Server).is_ok());
                    let _ = (user_of(&it), address_of(&it));
                }
            }
        }

        #[test]
        fn what_is_marked_goes_back_as_it_came(branch in "z9hG4bK[a-zA-Z0-9.-]{0,20}", tag in "[a-z0-9.-]{1,12}") {
            let via = format!("SIP/2.0/UDP 192.0.2.7:5060;branch={branch}");
            let from = format!("<sip:1@unit>;tag={tag}");
            let it = request(&via, &from, BODY);
            prop_assert_eq!(back(&it), (via, from));
        }
    }
}
