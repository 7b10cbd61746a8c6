//! Calls over a SIP trunk against real telephones: two SIPp processes, one at the desk and one at the elder's, with no media of ours between
//! them. Without `sipp` on the path these fail, unless
//! `ECD_TEST_NO_SIPP` is set.

use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use eldercare_dispatch::ids::CaseId;
use serde_json::{Value, json};

use crate::api_town::Town;
use crate::harness::Database;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<!DOCTYPE scenario SYSTEM \"sipp.dtd\">\n<scenario name=\"phone\">\n";

/// A SIPp that plays one telephone.
struct Phone {
    child: Child,
    port: u16,
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Phone {
    /// Plays the parts, in order, for one call.
    fn start(folder: &Path, name: &str, media: u16, parts: &[&str]) -> Self {
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.join(format!("{name}.xml"));
        let text: String = parts.iter().map(|it| it.replace("MEDIA", &media.to_string())).collect();
        std::fs::write(&file, format!("{HEAD}{text}</scenario>\n")).unwrap();
        let child = Command::new("sipp")
            .args([
                "-i",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-m",
                "1",
                "-nostdin",
                "-timeout",
                "40s",
                "-trace_err",
                "-sf",
            ])
            .arg(&file)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    /// Waits until it has played its parts; whether all went as written.
    async fn done(&mut self) -> bool {
        for _ in 0..8_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            breathe().await;
        }
        panic!("a telephone does not come to its end");
    }
}

async fn breathe() {
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5)))
        .await
        .unwrap();
}

fn answer(status: &str, sdp: Option<&str>) -> String {
    let head = format!(
        "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]p[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n\
         Contact: <sip:phone@[local_ip]:[local_port]>\n"
    );
    let retransmits = if status.starts_with("200") && sdp.is_some() {
        " retrans=\"500\""
    } else {
        ""
    };
    let body = match sdp {
        Some(direction) => format!(
            "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=phone 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n\
             m=audio MEDIA RTP/AVP 8\na=rtpmap:8 PCMA/8000\na={direction}\n"
        ),
        None => "Content-Length: 0\n\n".to_owned(),
    };
    format!("<send{retransmits}><![CDATA[\n{head}{body}]]></send>\n")
}

/// As [`answer`], where the other side has named our tag already.
fn answer_within(sdp: Option<&str>) -> String {
    answer("200 OK", sdp).replace(";tag=[pid]p[call_number]", "")
}

/// Waits for a request whose body says each of these.
fn hears(request: &str, says: &[&str]) -> String {
    let checks: String = says
        .iter()
        .map(|it| format!("<ereg regexp=\"{it}\" search_in=\"body\" check_it=\"true\" assign_to=\"seen\"/>"))
        .collect();
    let known = if says.is_empty() {
        String::new()
    } else {
        "<Reference variables=\"seen\"/>\n".to_owned()
    };
    let rrs = if request == "INVITE" { " rrs=\"true\"" } else { "" };
    let keeps = if request == "INVITE" {
        "<ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"they\"/>"
    } else if request == "ACK" {
        "<ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"we\"/>"
    } else {
        ""
    };
    let action = if checks.is_empty() && keeps.is_empty() {
        String::new()
    } else {
        format!("<action>{keeps}{checks}</action>")
    };
    format!("<recv request=\"{request}\"{rrs}>{action}</recv>\n{known}")
}

/// Asks something of us within the call.
fn asks(method: &str, number: u8, sdp: Option<&str>) -> String {
    let body = match sdp {
        Some(direction) => format!(
            "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=phone 1 2 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n\
             m=audio MEDIA RTP/AVP 8\na=rtpmap:8 PCMA/8000\na={direction}\n"
        ),
        None => "Content-Length: 0\n\n".to_owned(),
    };
    format!(
        "<send retrans=\"500\"><![CDATA[\n{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
         From:[$we]\nTo:[$they]\n[last_Call-ID:]\nCSeq: {number} {method}\nContact: <sip:phone@[local_ip]:[local_port]>\nMax-Forwards: 70\n{body}]]></send>\n"
    )
}

const PAUSE: &str = "<pause milliseconds=\"300\"/>\n";
const OK: &str = "<recv response=\"200\" rtd=\"true\"/>\n";
const USED: &str = "<Reference variables=\"we,they\"/>\n";

struct Scene {
    town: Town,
    case: CaseId,
    folder: tempfile::TempDir,
}

/// A town whose line is a trunk with these two telephones; none: it was told to do without SIPp.
async fn scene(desk: &[&str], elder: &[&str]) -> Option<(Scene, Phone, Phone)> {
    if Command::new("sipp")
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        let told = std::env::var_os("ECD_TEST_NO_SIPP").is_some();
        assert!(
            told,
            "there is no `sipp` on the path (Debian: sip-tester); ECD_TEST_NO_SIPP=1 leaves these out"
        );
        eprintln!("not run: ECD_TEST_NO_SIPP is set");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let desk = Phone::start(folder.path(), "desk", 7_000, desk);
    let elder = Phone::start(folder.path(), "elder", 7_002, elder);
    let (at_desk, trunk) = (desk.port, elder.port);
    let town = Town::start_with(Database::sqlite().await, move |config| {
        let it = &mut config.telephony;
        it.desks = vec!["8001=1号席".to_owned()];
        it.sip.listen = "127.0.0.1:0".parse().unwrap();
        it.sip.trunk = Some(([127, 0, 0, 1], trunk).into());
        it.sip.desks = Some(([127, 0, 0, 1], at_desk).into());
    })
    .await;
    let case = town.press().await;
    let scene = Scene { town, case, folder };
    Some((scene, desk, elder))
}

impl Scene {
    async fn call(&self) -> String {
        let path = format!("/api/v1/cases/{}/calls", self.case);
        let made = self.town.post("desk", &path, json!({"desk": "8001"})).await.ok();
        made["id"].as_str().unwrap().to_owned()
    }

    async fn last(&self) -> Value {
        let list = self
            .town
            .get("desk", &format!("/api/v1/cases/{}/calls", self.case))
            .await
            .ok();
        list["items"].as_array().unwrap().last().unwrap().clone()
    }

    /// Waits until the call is so far.
    async fn until(&self, state: &str) -> Value {
        for _ in 0..4_000 {
            let it = self.last().await;
            if it["state"] == state {
                return it;
            }
            breathe().await;
        }
        panic!("the call is not {state}: {} {}", self.last().await, self.errors());
    }

    fn errors(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap().filter_map(Result::ok);
        let logs = files.filter(|it| it.file_name().to_string_lossy().contains("errors"));
        logs.map(|it| std::fs::read_to_string(it.path()).unwrap_or_default())
            .collect()
    }

    async fn all_done(self, phones: [&mut Phone; 2]) {
        for phone in phones {
            assert!(phone.done().await, "{}", self.errors());
        }
        self.town.test.app.stop().await;
    }
}

/// The desk's telephone up to where both speak; then what follows.
fn desk_until_joined() -> Vec<String> {
    vec![
        hears("INVITE", &["a=inactive"]),
        answer("180 Ringing", None),
        answer("200 OK", Some("inactive")),
        hears("ACK", &[]),
        // Where the elder listens, and no address of ours.
        hears("INVITE", &["m=audio 7002", "a=sendrecv"]),
        answer_within(Some("sendrecv")),
        hears("ACK", &[]),
        USED.to_owned(),
    ]
}

fn elder_until_joined() -> Vec<String> {
    vec![
        hears("INVITE", &["m=audio 7000", "a=sendrecv"]),
        answer("180 Ringing", None),
        PAUSE.to_owned(),
        answer("200 OK", Some("sendrecv")),
        hears("ACK", &[]),
        USED.to_owned(),
    ]
}

fn refs(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_telephones_are_joined_and_the_elder_hangs_up() {
    let mut desk = desk_until_joined();
    desk.extend([hears("BYE", &[]), answer_within(None)]);
    let mut elder = elder_until_joined();
    elder.extend([PAUSE.to_owned(), asks("BYE", 2, None), OK.to_owned()]);
    let Some((scene, mut desk, mut elder)) = scene(&refs(&desk), &refs(&elder)).await else {
        return;
    };
    scene.call().await;
    scene.until("ringing").await;
    scene.until("answered").await;
    let over = scene.until("ended").await;
    assert_eq!(over["over"], "completed");
    scene.all_done([&mut desk, &mut elder]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_puts_the_elder_on_hold_and_its_key_hangs_up_on_both() {
    let mut desk = desk_until_joined();
    desk.extend([
        PAUSE.to_owned(),
        asks("INVITE", 2, Some("sendonly")),
        OK.to_owned(),
        asks("ACK", 2, None).replace(" retrans=\"500\"", ""),
        hears("BYE", &[]),
        answer_within(None),
    ]);
    let mut elder = elder_until_joined();
    elder.extend([
        // What the one changes is put to the other.
        hears("INVITE", &["m=audio 7000", "a=sendonly"]),
        answer_within(Some("recvonly")),
        hears("ACK", &[]),
        hears("BYE", &[]),
        answer_within(None),
    ]);
    let Some((scene, mut desk, mut elder)) = scene(&refs(&desk), &refs(&elder)).await else {
        return;
    };
    let id = scene.call().await;
    scene.until("held").await;
    let path = format!("/api/v1/cases/{}/calls/{id}/hang-up", scene.case);
    let ended = scene.town.post("desk", &path, json!({})).await.ok();
    assert_eq!(
        (ended["state"].as_str(), ended["over"].as_str()),
        (Some("ended"), Some("hung_up"))
    );
    scene.town.test.app.phone.run_due().await.unwrap();
    scene.all_done([&mut desk, &mut elder]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_engaged_is_left_and_so_is_the_desk() {
    let desk = vec![
        hears("INVITE", &[]),
        answer("200 OK", Some("inactive")),
        hears("ACK", &[]),
        USED.to_owned(),
        hears("BYE", &[]),
        answer_within(None),
    ];
    let elder = vec![
        hears("INVITE", &[]),
        answer("486 Busy Here", None),
        hears("ACK", &[]),
        USED.to_owned(),
    ];
    let Some((scene, mut desk, mut elder)) = scene(&refs(&desk), &refs(&elder)).await else {
        return;
    };
    scene.call().await;
    let over = scene.until("failed").await;
    assert_eq!(over["over"], "busy");
    scene.all_done([&mut desk, &mut elder]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_process_is_gone_is_lost_and_never_open_for_ever() {
    let desk = vec![hears("INVITE", &[]), answer("180 Ringing", None), PAUSE.repeat(60)];
    let elder = vec![hears("INVITE", &[]), PAUSE.to_owned()];
    let Some((scene, desk, elder)) = scene(&refs(&desk), &refs(&elder)).await else {
        return;
    };
    scene.call().await;
    // The stack rings the desk, and then the process ends.
    let Scene { town, case, folder } = scene;
    let town = town.restart().await;
    let scene = Scene { town, case, folder };
    scene.town.test.advance(45);
    scene.town.test.app.phone.run_due().await.unwrap();
    let over = scene.last().await;
    assert_eq!(
        (over["state"].as_str(), over["over"].as_str()),
        (Some("failed"), Some("lost"))
    );
    let (due, _) = scene
        .town
        .test
        .app
        .store
        .due_calls(jiff::Timestamp::MAX, 10)
        .await
        .unwrap();
    assert_eq!(due, []);
    scene.town.test.app.stop().await;
    drop((desk, elder));
}
