//! Mail, against a mail server on a socket.

use std::path::Path;
use std::process::{Command, Stdio};

use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::notify::letter::{Address, Carrier, Handed, Language, Letter};

use crate::harness::mail::{MailServer, Reply};
use crate::harness::provider::{carrier, letter, told};

fn to(mailbox: &str) -> Letter {
    letter(NoticeKind::Offer, Address::Mailbox(mailbox.to_owned()))
}

fn config(server: &MailServer, more: &str) -> String {
    let port = server.address.port();
    format!(
        "[[carriers]]\ntype = \"smtp\"\nhost = \"localhost\"\nport = {port}\nfrom = \"杨村街道 <dispatch@street.example>\"\n\
         timeout_ms = 2000\nconnections = 2\n{more}"
    )
}

fn plain(server: &MailServer) -> std::sync::Arc<dyn Carrier> {
    carrier(&config(server, "encryption = \"none\"\n"))
}

/// A certificate of `localhost` that is its own authority.
fn certificate(folder: &Path) {
    let done = Command::new("openssl")
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(' '),
        )
        .args("-addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE".split(' '))
        .args(["-keyout", "own.key", "-out", "own.pem"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status()
        .expect("openssl is there");
    assert!(done.success());
}

#[tokio::test]
async fn a_mail_says_what_its_letter_says_and_asks_nobody_for_anything() {
    let server = MailServer::plain().await;
    let carrier = plain(&server);
    assert_eq!((carrier.name(), carrier.slots()), ("email", 2));
    let letter = to("wang@family.example");
    let id = format!("<{}@street.example>", letter.id);
    assert_eq!(
        carrier.hand_over(&letter).await,
        Handed::Taken {
            proof: Some(id.clone())
        }
    );
    let mail = server.takes(1).await.remove(0);
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("dispatch@street.example", ["wang@family.example".to_owned()].as_slice())
    );
    assert_eq!(mail.header("Message-ID").as_deref(), Some(id.as_str()));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("X-Auto-Response-Suppress").as_deref(), Some("All"));
    assert_eq!(mail.header("Importance").as_deref(), Some("high"));
    assert_eq!(mail.header("Date").as_deref(), Some("Fri, 27 Nov 2026 02:00:00 +0000"));
    assert_eq!(
        mail.header("Content-Type").as_deref(),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(
        mail.header("To").as_deref(),
        Some("wang@family.example"),
        "no name leaves the house"
    );
    assert_eq!(mail.subject(), "有一件求助，请您答复");
    assert_eq!(
        mail.body(),
        "您好！附近有一件求助，想请您前往，请尽快答复是否能去。编号：20261127-120114001-0042。所在网格：泉州里第三网格。\
         级别：特急（红色）。能去请回复1，不能去请回复2。"
    );
    // Again, as after a crash: the same mail to whoever sorts by its id.
    carrier
        .hand_over(&Letter {
            attempt: 2,
            ..letter.clone()
        })
        .await;
    let mails = server.takes(2).await;
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    let english = Letter {
        language: Language::En,
        drill: true,
        ..letter
    };
    carrier.hand_over(&english).await;
    assert_eq!(
        server.takes(3).await[2].subject(),
        "[EXERCISE] A call for help: can you go?"
    );
}

#[tokio::test]
async fn the_line_is_encrypted_and_logged_in_as_configured_and_never_less() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let login = "username = \"dispatch\"\npassword = \"secret-1\"\n";
    let ca = format!("ca_file = \"{}\"\n", folder.path().join("own.pem").display());
    let letter = to("wang@family.example");
    for (encryption, server) in [
        ("starttls", MailServer::starttls(folder.path()).await),
        ("tls", MailServer::tls(folder.path()).await),
    ] {
        let more = format!("encryption = \"{encryption}\"\n{login}{ca}");
        let handed = carrier(&config(&server, &more)).hand_over(&letter).await;
        assert!(matches!(handed, Handed::Taken { .. }), "{encryption}: {handed:?}");
        let mail = server.takes(1).await.remove(0);
        assert!(mail.encrypted);
        assert_eq!(mail.login, Some(("dispatch".to_owned(), "secret-1".to_owned())));
        // Without our authority its certificate is a stranger's.
        let more = format!("encryption = \"{encryption}\"\n{login}");
        let handed = carrier(&config(&server, &more)).hand_over(&letter).await;
        let Handed::Later { why, .. } = &handed else {
            panic!("{handed:?}")
        };
        assert!(!why.contains("localhost"), "{why}");
        assert_eq!(server.mails().len(), 1);
    }
    // A server that offers no STARTTLS is sent no password and no mail.
    let server = MailServer::plain().await;
    let more = format!("encryption = \"starttls\"\n{login}{ca}");
    let handed = carrier(&config(&server, &more)).hand_over(&letter).await;
    assert_eq!(
        handed,
        Handed::Refused {
            why: "the server does not offer what is configured".to_owned()
        }
    );
    assert!(server.mails().is_empty());
    // A wrong password is ours to mend, not the mailbox's fault.
    let server = MailServer::starttls(folder.path()).await;
    server.next("AUTH", Reply::Say("535 5.7.8 no"));
    let handed = carrier(&config(&server, &more)).hand_over(&letter).await;
    assert_eq!(
        handed,
        Handed::Refused {
            why: "answered 535 5.7.8: the log-in is refused".to_owned()
        }
    );
}

#[tokio::test]
async fn each_answer_means_what_it_says() {
    let later = |why: &str| Handed::Later {
        after: None,
        why: why.to_owned(),
    };
    let refused = |why: &str| Handed::Refused { why: why.to_owned() };
    let gone = |why: &str| Handed::Gone { why: why.to_owned() };
    let broken = "cannot be reached, or the line broke";
    let table = [
        (
            "RCPT",
            Reply::Say("450 4.2.0 <wang@family.example> greylisted"),
            later("answered 450 4.2.0"),
        ),
        ("MAIL", Reply::Say("452 4.3.1 full"), later("answered 452 4.3.1")),
        ("BANNER", Reply::Say("421 4.3.2 down"), later("answered 421 4.3.2")),
        ("BODY", Reply::Say("451 4.3.0 try again"), later("answered 451 4.3.0")),
        (
            "RCPT",
            Reply::Say("550 5.1.1 <wang@family.example> no such user"),
            gone("answered 550 5.1.1"),
        ),
        ("RCPT", Reply::Say("550 no such user"), gone("answered 550")),
        ("RCPT", Reply::Say("550 5.7.1 policy"), refused("answered 550 5.7.1")),
        ("BODY", Reply::Say("554 5.6.0 spam"), refused("answered 554 5.6.0")),
        ("RCPT", Reply::Leave, later(broken)),
        ("BODY", Reply::Leave, later(broken)),
        ("BANNER", Reply::Leave, later(broken)),
    ];
    for (verb, reply, wanted) in table {
        let server = MailServer::plain().await;
        let carrier = plain(&server);
        server.next(verb, reply.clone());
        assert_eq!(
            carrier.hand_over(&to("wang@family.example")).await,
            wanted,
            "{verb} {reply:?}"
        );
        assert!(server.mails().is_empty());
        // What comes later goes through on a line that works.
        let handed = carrier.hand_over(&to("li@family.example")).await;
        assert!(matches!(handed, Handed::Taken { .. }), "{verb} {reply:?}: {handed:?}");
    }
    let server = MailServer::plain().await;
    for bad in ["", "wang", "wang@", "a@b@c", "wang@family.example\r\nBcc: x@y.example"] {
        assert_eq!(plain(&server).hand_over(&to(bad)).await, gone("no mailbox"), "{bad}");
    }
    let fixed = letter(NoticeKind::Offer, Address::Fixed);
    assert_eq!(plain(&server).hand_over(&fixed).await, refused("no mailbox"));
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_holds_a_letter_no_longer_than_its_time() {
    let server = MailServer::plain().await;
    let text = config(&server, "encryption = \"none\"\n").replace("timeout_ms = 2000", "timeout_ms = 300");
    let carrier = carrier(&text);
    for verb in ["BANNER", "RCPT", "BODY"] {
        server.next(verb, Reply::Silence);
        let wanted = Handed::Later {
            after: None,
            why: "no answer in time".to_owned(),
        };
        assert_eq!(carrier.hand_over(&to("wang@family.example")).await, wanted, "{verb}");
    }
    let address = server.address;
    drop(server);
    let Handed::Later { why, .. } = carrier.hand_over(&to("wang@family.example")).await else {
        panic!("{address}")
    };
    assert!(!why.contains("127.0.0.1"), "{why}");
}

#[test]
fn every_mistake_names_its_key_and_no_secret_shows() {
    let found = told(
        "[[carriers]]\ntype = \"smtp\"\nname = \"mail\"\nfrom = \"nobody\"\nreply_to = \"x\"\nport = 0\nencryption = \"ssl\"\n\
         username = \"u\"\ntimeout_ms = 1\nconnections = 50\ncolour = 1\n\
         [[carriers]]\ntype = \"smtp\"\nhost = \"h\"\nfrom = \"a@b.example\"\nusername = \"u\"\npassword = \"hunter2\"\nencryption = \"none\"\n\
         [[carriers]]\ntype = \"smtp\"\nhost = \"h\"\nfrom = \"a@b.example\"\npassword = \"hunter2\"\npassword_file = \"/x\"\n\
         [[carriers]]\ntype = \"pigeon\"\n[[carriers]]\nname = \"email:two\"\n",
    );
    for wanted in [
        "notify.carriers[0].name: must be `email`, or `email:`",
        "notify.carriers[0].host: is missing",
        "notify.carriers[0].from: must be a mailbox",
        "notify.carriers[0].reply_to: must be a mailbox",
        "notify.carriers[0].port: must be a whole number from 1 to 65535",
        "notify.carriers[0].encryption: `ssl` is not a known encryption",
        "notify.carriers[0].password: is missing",
        "notify.carriers[0].timeout_ms: must be",
        "notify.carriers[0].connections: must be a whole number from 1 to 49",
        "notify.carriers[0].colour: there is no such key",
        "notify.carriers[1].encryption: must not be `none`",
        "notify.carriers[2].password: is there, and password_file too",
        "notify.carriers[2].name: `email` is there twice",
        "notify.carriers[3].type: `pigeon` is not a known type",
        "notify.carriers[4].type: is missing",
    ] {
        assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
    }
    assert!(!format!("{found:?}").contains("hunter2"));
}
