//! SCAIP on the wire: log-in, limits, lines of TCP and TLS, and SIPp as the unit.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use eldercare_dispatch::case::{Kind, Subject};
use eldercare_dispatch::intake::push::config::Secret;
use eldercare_dispatch::intake::scaip::config::AccountConfig;
use eldercare_dispatch::people::Tier;
use md5::{Digest as _, Md5};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::harness::street::elder_of;
use crate::harness::{Database, both_stores};
use crate::scaip::{
    CONTROLLER, PRESS, Unit, Units, body_of, envelope, fresh, header, mrq, mrs, taken, while_time_passes,
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Without a blank: SIPp ends it there.
const PASSWORD: &str = "correct-horse";

fn account(controllers: &str) -> AccountConfig {
    AccountConfig {
        username: "yangcun".into(),
        password: Some(Secret::new(PASSWORD)),
        password_file: None,
        controllers: controllers.into(),
    }
}

/// The answer to a challenge.
fn authorization(challenge: &str, password: &str) -> String {
    let of = |name: &str| {
        let rest = challenge.split_once(&format!("{name}=\"")).unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    };
    let sum = |text: String| -> String { Md5::digest(text).iter().map(|it| format!("{it:02x}")).collect() };
    let (realm, nonce) = (of("realm"), of("nonce"));
    let (who, what) = (
        sum(format!("yangcun:{realm}:{password}")),
        sum("MESSAGE:sip:arc@127.0.0.1".into()),
    );
    let response = sum(format!("{who}:{nonce}:00000001:abc:auth:{what}"));
    format!(
        "Authorization: Digest username=\"yangcun\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"sip:arc@127.0.0.1\",response=\"{response}\",algorithm=MD5,qop=auth,nc=00000001,cnonce=\"abc\"\r\n"
    )
}

async fn wrapped(unit: &Unit, body: &str) -> String {
    let from = format!("<sip:{CONTROLLER}@unit.invalid>;tag={}", fresh());
    let port = unit.socket.local_addr().unwrap().port();
    envelope("UDP", port, &format!("z9hG4bK{}", fresh()), &from, &unit.extra, body)
}

both_stores! {
    async fn who_logs_in_is_who_they_say(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.accounts = vec![account("120114")]).await;
        let mut unit = units.unit().await;
        unit.send(wrapped(&unit, &mrq("R1", PRESS)).await).await;
        let asked = unit.hears("401").await;
        unit.extra = authorization(header(&asked, "WWW-Authenticate"), PASSWORD);
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        let cases = units.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject), (1, Subject::Elder(elder_of(0))));
        // Nobody waits for it any more.
        units.test.advance(11);
        unit.hears_nothing().await;
        assert_eq!(units.cases().await.len(), 1);
        // For a controller that is not the account's it is a stranger.
        units.file(1, "77", None).await;
        unit.says(&format!("<mrq><ref>R2</ref><cid>77</cid>{PRESS}</mrq>"), &mrs("R2", 0, "")).await;
        let cases = units.cases().await;
        assert_eq!(cases.iter().filter(|it| matches!(it.case.subject, Subject::Unknown(_))).count(), 1);
        assert_eq!(units.quarantined().await, [("scaip 77".to_owned(), "login_failed".to_owned(), 1)]);
    }

    async fn who_cannot_log_in_and_calls_rings_the_street(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.accounts = vec![account("")]).await;
        let mut unit = units.unit().await;
        unit.send(wrapped(&unit, &mrq("HB1", "<mty>PI</mty><dty>0002</dty>")).await).await;
        let asked = unit.hears("401").await;
        unit.extra = authorization(header(&asked, "WWW-Authenticate"), "wrong horse");
        // A heartbeat is nobody's, and a call is somebody's.
        unit.says(&mrq("HB1", "<mty>PI</mty><dty>0002</dty>"), &mrs("HB1", 5, "not treated")).await;
        assert_eq!(units.cases().await.len(), 0);
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        let cases = units.cases().await;
        assert!(matches!(cases[0].case.subject, Subject::Unknown(_)));
        assert_eq!((cases.len(), cases[0].case.kind, cases[0].case.tier), (1, Kind::Sos, Tier::Street));
        let content = units.content(&units.alerts(&cases[0]).await[0]);
        assert_eq!(content["warnings"][0], "login_failed");
        assert_eq!(content["reading"]["terminal"], CONTROLLER);
    }

    async fn who_never_answers_the_question_rings_after_ten_seconds_or_when_they_say_it_again(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.accounts = vec![account("")]).await;
        let unit = units.unit().await;
        unit.send(wrapped(&unit, &mrq("R1", PRESS)).await).await;
        unit.hears("401").await;
        units.test.advance(9);
        unit.hears_nothing().await;
        assert_eq!(units.cases().await.len(), 0);
        units.test.advance(1);
        assert_eq!(unit.is_told().await, mrs("R1", 0, ""));
        assert_eq!((units.cases().await.len(), units.cases().await[0].case.tier), (1, Tier::Street));
        // The same call without a password for the second time is not asked again.
        unit.send(wrapped(&unit, &mrq("R2", PRESS)).await).await;
        unit.hears("401").await;
        unit.says(&mrq("R2", PRESS), &mrs("R2", 0, "")).await;
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 2);
    }

    async fn who_sends_too_fast_is_told_when_to_say_it_again(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.messages_per_second_max = 1).await;
        let unit = units.unit().await;
        // Five messages and what the unit says to their five answers are ten datagrams.
        for n in 0..5 {
            unit.says(&mrq(&format!("HB{n}"), "<mty>PI</mty><dty>2</dty>"), &mrs(&format!("HB{n}"), 0, "")).await;
        }
        let press = wrapped(&unit, &mrq("R1", PRESS)).await;
        unit.send(&press).await;
        let heard = unit.hears("503").await;
        assert_eq!((header(&heard, "Retry-After"), header(&heard, "Call-ID")), ("5", header(&press, "Call-ID")));
        unit.hears_nothing().await;
        assert_eq!(units.cases().await.len(), 0);
        units.test.advance(10);
        unit.send(&press).await;
        unit.hears("200").await;
        assert_eq!(unit.is_told().await, mrs("R1", 0, ""));
    }

    async fn transactions_have_their_number(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.transactions_max = 3).await;
        let unit = units.unit().await;
        for _ in 0..3 {
            unit.send(wrapped(&unit, "").await.replace("MESSAGE", "OPTIONS")).await;
            unit.hears("200").await;
        }
        unit.send(wrapped(&unit, &mrq("R1", PRESS)).await).await;
        unit.hears("503").await;
        unit.hears_nothing().await;
        assert_eq!(units.cases().await.len(), 0);
    }

    async fn who_calls_for_no_help_waits_while_the_hands_are_full(db: Database) {
        let mut db = db;
        (db.config.lock_within_ms, db.config.acquire_within_ms) = (60_000, 60_000);
        let units = Units::start_with(db, |config| config.scaip.in_hand_max = 1).await;
        let unit = units.unit().await;
        let held = crate::scaip::hold(&units).await;
        // The first call is worked on.
        unit.send(wrapped(&unit, &mrq("R1", PRESS)).await).await;
        unit.hears("200").await;
        // A heartbeat is told that we are busy. Then a second call is taken, and with two in hand nothing more is read.
        unit.says(&mrq("HB1", "<mty>PI</mty><dty>0002</dty>"), &mrs("HB1", 6, "busy")).await;
        unit.send(wrapped(&unit, &mrq("R2", PRESS)).await).await;
        unit.hears("200").await;
        unit.send(wrapped(&unit, &mrq("R3", PRESS)).await).await;
        unit.hears("503").await;
        held.let_go().await;
        let mut told = [unit.is_told().await, unit.is_told().await];
        told.sort();
        assert_eq!(told, [mrs("R1", 0, ""), mrs("R2", 0, "")]);
        unit.says(&mrq("R3", PRESS), &mrs("R3", 0, "")).await;
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 3);
    }

    async fn a_unit_that_takes_no_answer_keeps_nobody_from_theirs(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.in_hand_max = 1).await;
        let deaf = units.unit().await;
        for n in 0..3 {
            deaf.send(wrapped(&deaf, &mrq(&format!("D{n}"), PRESS)).await).await;
            // It hears each answer, also those that are said again, and takes none.
            while body_of(&deaf.hear().await) != mrs(&format!("D{n}"), 0, "") {}
        }
        let unit = units.unit().await;
        unit.says(&mrq("R1", PRESS), &mrs("R1", 0, "")).await;
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 4);
    }

    async fn a_call_by_tcp_is_cut_out_of_the_stream_and_answered_on_it(db: Database) {
        let units = Units::start_with(db, |config| config.scaip.tcp = Some("127.0.0.1:0".parse().unwrap())).await;
        let at = units.at.address("tcp").unwrap();
        let mut line = Line::over(TcpStream::connect(at).await.unwrap());
        // In pieces, and two in one piece.
        let first = line.wrapped("TCP", &mrq("R1", PRESS));
        for piece in first.as_bytes().chunks(100) {
            line.send(piece).await;
        }
        line.hears_both(&mrs("R1", 0, "")).await;
        let two = [line.wrapped("TCP", &mrq("R2", PRESS)), "\r\n\r\n".into(), line.wrapped("TCP", &mrq("HB", "<mty>PI</mty><dty>2</dty>"))];
        line.send(two.concat().as_bytes()).await;
        let mut said = Vec::new();
        for _ in 0..5 {
            said.push(line.hear().await);
        }
        let bodies = said.iter().filter(|it| it.starts_with("MESSAGE")).map(|it| body_of(it).to_owned());
        let mut bodies: Vec<String> = bodies.collect();
        bodies.sort();
        assert_eq!(bodies, [mrs("HB", 0, ""), mrs("R2", 0, "")]);
        assert!(said.iter().any(|it| it == "\r\n"), "{said:?}");
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 2);
        // Half a call counts, on a line that ends there.
        let mut half = Line::over(TcpStream::connect(at).await.unwrap());
        let call = half.wrapped("TCP", &mrq("R3", PRESS));
        half.send(&call.as_bytes()[..call.len() - 6]).await;
        half.stream.shutdown().await.unwrap();
        half.ends().await;
        let rings = async { while units.alerts(&units.cases().await[0]).await.len() < 3 { tokio::task::yield_now().await } };
        tokio::time::timeout(PATIENCE, rings).await.expect("half a call rings");
        // What has no length that can be is the end of the line.
        line.send(first.replace("Content-Length: ", "Content-Length: 9999999999").as_bytes()).await;
        line.ends().await;
    }

    async fn on_a_line_too_sip_is_answered_at_once_whatever_is_read(db: Database) {
        let units = Units::start_with(db, |config| {
            config.scaip.tcp = Some("127.0.0.1:0".parse().unwrap());
            config.scaip.messages_per_second_max = 1;
        }).await;
        let mut line = Line::over(TcpStream::connect(units.at.address("tcp").unwrap()).await.unwrap());
        let beats: Vec<String> = (0..30).map(|n| line.wrapped("TCP", &mrq(&format!("HB{n}"), "<mty>PI</mty><dty>2</dty>"))).collect();
        line.send(beats.concat().as_bytes()).await;
        // The clock stands: nobody waits for an allowance. What a unit is told of the first ten comes in between.
        let mut said: Vec<(String, String)> = Vec::new();
        while said.len() < 30 {
            let it = line.hear().await;
            if let Some(status) = it.strip_prefix("SIP/2.0 ") {
                if status.starts_with("503") {
                    assert_eq!(header(&it, "Retry-After"), "5");
                }
                said.push((header(&it, "Call-ID").to_owned(), status[..3].to_owned()));
            }
        }
        for beat in &beats {
            let of_this = said.iter().filter(|it| it.0 == header(beat, "Call-ID")).count();
            assert_eq!(of_this, 1, "{beat}");
        }
        let count = |status: &str| said.iter().filter(|it| it.1 == status).count();
        assert_eq!((count("200"), count("503")), (10, 20));
        // A call for help is told so as well, and rings when it is said again.
        let press = line.wrapped("TCP", &mrq("R1", PRESS));
        line.send(press.as_bytes()).await;
        while !line.hear().await.starts_with("SIP/2.0 503") {}
        assert_eq!(units.cases().await.len(), 0);
        units.test.advance(10);
        line.send(press.as_bytes()).await;
        let told = mrs("R1", 0, "");
        while !line.hear().await.ends_with(&told) {}
        assert_eq!(units.cases().await.len(), 1);
    }

    async fn a_call_on_a_line_waits_a_moment_for_room(db: Database) {
        let mut db = db;
        (db.config.lock_within_ms, db.config.acquire_within_ms) = (60_000, 60_000);
        let units = Units::start_with(db, |config| {
            config.scaip.tcp = Some("127.0.0.1:0".parse().unwrap());
            config.scaip.in_hand_max = 1;
        }).await;
        let mut line = Line::over(TcpStream::connect(units.at.address("tcp").unwrap()).await.unwrap());
        let held = crate::scaip::hold(&units).await;
        // Two calls are worked on, and nothing more is read.
        for reference in ["R1", "R2"] {
            line.send(line.wrapped("TCP", &mrq(reference, PRESS)).as_bytes()).await;
            assert!(line.hear().await.starts_with("SIP/2.0 200"));
        }
        let beat = line.wrapped("TCP", &mrq("HB", "<mty>PI</mty><dty>2</dty>"));
        line.send(beat.as_bytes()).await;
        assert!(line.hear().await.starts_with("SIP/2.0 503"), "a heartbeat is told so while the clock stands");
        // A third call waits, and has its answer before half a second is over.
        line.send(line.wrapped("TCP", &mrq("R3", PRESS)).as_bytes()).await;
        let told = while_time_passes(&units, line.hear()).await;
        assert!(told.starts_with("SIP/2.0 503"), "{told}");
        held.let_go().await;
        let mut both = Vec::new();
        while both.len() < 2 {
            let it = line.hear().await;
            if it.starts_with("MESSAGE") {
                both.push(body_of(&it).to_owned());
            }
        }
        both.sort();
        assert_eq!(both, [mrs("R1", 0, ""), mrs("R2", 0, "")]);
    }

    async fn lines_have_their_number_and_one_that_says_nothing_ends(db: Database) {
        let units = Units::start_with(db, |config| {
            config.scaip.tcp = Some("127.0.0.1:0".parse().unwrap());
            (config.scaip.lines_max, config.scaip.lines_per_address_max) = (2, 2);
            config.scaip.beat_s = 60;
        }).await;
        let at = units.at.address("tcp").unwrap();
        let open = async |count: usize| {
            let wait = async { while units.at.lines() != count { tokio::task::yield_now().await } };
            tokio::time::timeout(PATIENCE, wait).await.expect("the lines are counted");
        };
        let mut first = Line::over(TcpStream::connect(at).await.unwrap());
        let mut second = Line::over(TcpStream::connect(at).await.unwrap());
        open(2).await;
        let mut third = Line::over(TcpStream::connect(at).await.unwrap());
        third.ends().await;
        while_time_passes(&units, async { tokio::join!(first.ends(), second.ends()) }).await;
        open(0).await;
        let mut again = Line::over(TcpStream::connect(at).await.unwrap());
        again.send(again.wrapped("TCP", &mrq("R1", PRESS)).as_bytes()).await;
        again.hears_both(&mrs("R1", 0, "")).await;
    }

    async fn a_call_by_tls_is_encrypted_and_answered_on_its_line(db: Database) {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let (certificate, key) = (folder.path().join("own.pem"), folder.path().join("own.key"));
        let root = CertificateDer::from_pem_file(&certificate).unwrap();
        let units = Units::start_with(db, move |config| {
            config.scaip.tls = Some("127.0.0.1:0".parse().unwrap());
            config.scaip.certificate_file = Some(certificate.clone());
            config.scaip.key_file = Some(key.clone());
        }).await;
        let at = units.at.address("tls").unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root).unwrap();
        let client = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
        let stream = TcpStream::connect(at).await.unwrap();
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let mut line = Line::over(stream);
        line.send(line.wrapped("TLS", &mrq("R1", PRESS)).as_bytes()).await;
        line.hears_both(&mrs("R1", 0, "")).await;
        assert_eq!(units.cases().await[0].case.subject, Subject::Elder(elder_of(0)));
        // Whoever does not encrypt is not heard.
        let mut plain = Line::over(TcpStream::connect(at).await.unwrap());
        plain.send(plain.wrapped("TCP", &mrq("R2", PRESS)).as_bytes()).await;
        plain.falls_silent().await;
        assert_eq!(units.alerts(&units.cases().await[0]).await.len(), 1);
    }

    async fn sipp_as_the_unit_is_answered(db: Database) {
        let Some(sipp) = sipp() else { return };
        let units = Units::start_with(db, |config| {
            config.scaip.tcp = Some("127.0.0.1:0".parse().unwrap());
            config.scaip.accounts = vec![account("120114")];
        }).await;
        for (way, transport) in [("udp", "u1"), ("tcp", "t1")] {
            let folder = tempfile::tempdir().unwrap();
            let reference = format!("SIPP{}", way.to_uppercase());
            let unit = Sipp::start(&sipp, folder.path(), &units.at.address(way).unwrap().to_string(), transport, &mrq(&reference, PRESS));
            // It has logged in, has heard that its call is kept, and has said that it has heard so.
            let told = format!("<ref>{reference}</ref><snu>0</snu>");
            unit.until(|log| log.contains(&told) && log.split(&told).nth(1).is_some_and(|it| it.contains("SIP/2.0 200"))).await;
            assert!(unit.log().contains("401 Unauthorized"), "{}", unit.log());
        }
        let cases = units.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject), (1, Subject::Elder(elder_of(0))));
        assert_eq!(units.alerts(&cases[0]).await.len(), 2);
    }
}

/// A unit on a line.
struct Line<S> {
    stream: S,
    heard: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    fn over(stream: S) -> Self {
        Self {
            stream,
            heard: Vec::new(),
        }
    }

    fn wrapped(&self, transport: &str, body: &str) -> String {
        let from = format!("<sip:{CONTROLLER}@unit.invalid>;tag={}", fresh());
        envelope(transport, 5060, &format!("z9hG4bK{}", fresh()), &from, "", body)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next message, or line end.
    async fn hear(&mut self) -> String {
        let read = async {
            loop {
                if self.heard.starts_with(b"\r\n") {
                    return self.heard.drain(..2).collect::<Vec<u8>>();
                }
                let text = String::from_utf8_lossy(&self.heard).into_owned();
                if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                    let length: usize = header(head, "Content-Length").parse().unwrap();
                    if rest.len() >= length {
                        return self.heard.drain(..head.len() + 4 + length).collect();
                    }
                }
                let mut bytes = [0; 4_096];
                let count = self.stream.read(&mut bytes).await.unwrap();
                assert!(count > 0, "the line has ended");
                self.heard.extend_from_slice(&bytes[..count]);
            }
        };
        let heard = tokio::time::timeout(PATIENCE, read).await.expect("nothing was said");
        let text = String::from_utf8(heard).unwrap();
        if text.starts_with("MESSAGE") {
            self.send(taken(&text).as_bytes()).await;
        }
        text
    }

    /// SIP takes it, and then comes this.
    async fn hears_both(&mut self, wanted: &str) {
        let heard = self.hear().await;
        assert!(heard.starts_with("SIP/2.0 200"), "{heard}");
        let heard = self.hear().await;
        assert_eq!(body_of(&heard), wanted);
    }

    async fn ends(&mut self) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        // A line that is ended with bytes unread is reset.
        assert!(read.is_ok(), "the line goes on");
    }

    /// The line ends, and no SIP was on it.
    async fn falls_silent(&mut self) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "the line goes on");
        assert!(!String::from_utf8_lossy(&rest).contains("SIP/2.0"));
    }
}

/// A certificate of our own for `localhost`.
fn certificate(folder: &Path) {
    let done = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(["-keyout", "own.key", "-out", "own.pem"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status()
        .expect("openssl is there");
    assert!(done.success());
}

/// Where SIPp is; without it (an archive may not have it) the plain sockets above are the units.
fn sipp() -> Option<String> {
    let found = ["sipp", "/usr/bin/sipp"].into_iter().find(|it| {
        Command::new(it)
            .arg("-v")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    });
    if found.is_none() {
        eprintln!("sipp is not installed (scripts/needs does it): this test has done nothing");
    }
    found.map(str::to_owned)
}

/// A SIPp that plays a unit with a log-in: it calls, is asked who it is, and waits for its answer.
struct Sipp {
    child: Child,
    log: std::path::PathBuf,
}

impl Sipp {
    fn start(sipp: &str, folder: &Path, at: &str, transport: &str, body: &str) -> Self {
        let message = |seq: u32, more: &str| {
            format!(
                "<send retrans=\"500\"><![CDATA[\n\n\
                MESSAGE sip:arc@[remote_ip] SIP/2.0\n\
                Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
                Max-Forwards: 70\n\
                From: <sip:{CONTROLLER}@[local_ip]:[local_port]>;tag=[call_number]\n\
                To: <sip:arc@[remote_ip]>\n\
                Call-ID: [call_id]\n\
                CSeq: {seq} MESSAGE\n\
                Contact: <sip:{CONTROLLER}@[local_ip]:[local_port];transport=[transport]>\n\
                {more}Content-Type: application/scaip+xml\n\
                Content-Length: [len]\n\n\
                {body}\n\n]]></send>\n"
            )
        };
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n";
        let unit = format!(
            "{head}<scenario name=\"unit\">\n{}<recv response=\"401\" auth=\"true\"/>\n{}<recv response=\"200\"/>\n<pause milliseconds=\"60000\"/>\n</scenario>\n",
            message(1, ""),
            message(2, &format!("[authentication username=yangcun password={}]\n", PASSWORD)),
        );
        let told = format!(
            "{head}<scenario name=\"told\">\n<recv request=\"MESSAGE\"/>\n<send><![CDATA[\n\n\
            SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n</scenario>\n"
        );
        std::fs::write(folder.join("unit.xml"), unit).unwrap();
        std::fs::write(folder.join("told.xml"), told).unwrap();
        let log = folder.join("messages.log");
        let child = Command::new(sipp)
            .args([
                at,
                "-sf",
                "unit.xml",
                "-oocsf",
                "told.xml",
                "-t",
                transport,
                "-i",
                "127.0.0.1",
                "-m",
                "1",
                "-nostdin",
            ])
            .args([
                "-trace_msg",
                "-message_file",
                "messages.log",
                "-trace_err",
                "-error_file",
                "errors.log",
            ])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp starts");
        Self { child, log }
    }

    fn log(&self) -> String {
        let errors = self.log.with_file_name("errors.log");
        [&self.log, &errors]
            .map(|it| String::from_utf8_lossy(&std::fs::read(it).unwrap_or_default()).into_owned())
            .concat()
    }

    /// Waits until its log says so.
    async fn until(&self, what: impl Fn(&str) -> bool) {
        let wait = async {
            while !what(&self.log()) {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "{}", self.log());
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        // It waits for nothing more, and is nobody else's.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two addresses that share nothing: a second one on this machine.
#[tokio::test]
async fn another_address_is_another_allowance() {
    let units = Units::start_with(Database::sqlite().await, |config| {
        config.scaip.messages_per_second_max = 1
    })
    .await;
    let unit = units.unit().await;
    for _ in 0..20 {
        unit.send("\r\n\r\n").await;
    }
    let other = UdpSocket::bind("127.0.0.2:0").await.unwrap();
    other.connect(units.at.address("udp").unwrap()).await.unwrap();
    let other = Unit {
        socket: other,
        extra: String::new(),
    };
    let body = mrq("R1", PRESS);
    let port = other.socket.local_addr().unwrap().port();
    let message = envelope(
        "UDP",
        port,
        "z9hG4bKother",
        &format!("<sip:{CONTROLLER}@unit>;tag=1"),
        "",
        &body,
    );
    other.send(message.replace("127.0.0.1:", "127.0.0.2:")).await;
    other.hears("200").await;
    assert_eq!(other.is_told().await, mrs("R1", 0, ""));
}
