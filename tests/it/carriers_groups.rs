//! Robots in groups, messages of a WeCom application, and lines on paper.

use std::time::Duration;

use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Language, Letter, Report, ReportOf, ReportWord,
};
use jiff::SignedDuration;
use sha1::Digest as _;

use crate::harness::provider::{Asked, Provider, Says, carrier, letter, now, ok, status, told};

fn fixed() -> Letter {
    letter(NoticeKind::RingDesk, Address::Fixed)
}

fn later(seconds: Option<u64>, why: &str) -> Handed {
    Handed::Later {
        after: seconds.map(Duration::from_secs),
        why: why.to_owned(),
    }
}

fn put_off(seconds: Option<u64>, why: &str) -> Handed {
    Handed::PutOff {
        after: seconds.map(Duration::from_secs),
        why: why.to_owned(),
    }
}

fn refused(why: &str) -> Handed {
    Handed::Refused { why: why.to_owned() }
}

const LINE: &str = "有求助等待接手（编号20261127-120114001-0042），请调度席尽快处理。";

fn robot(provider: &Provider, kind: &str, more: &str) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"{kind}\"\nurl = \"{}\"\nkey = \"key-1\"\ntimeout_ms = 1500\n{more}",
        provider.url()
    ))
}

#[tokio::test]
async fn each_robot_says_one_line_without_a_place() {
    let provider = Provider::start(ok(r#"{"errcode":0,"errmsg":"ok"}"#)).await;
    let taken = Handed::Taken { proof: None };
    let text = serde_json::json!({ "msgtype": "text", "text": { "content": LINE } });

    let wecom = robot(&provider, "wecom_robot", "");
    assert_eq!(wecom.hand_over(&fixed()).await, taken);
    let asked = provider.last();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.query.as_str()),
        ("POST", "/cgi-bin/webhook/send", "key=key-1")
    );
    assert_eq!(
        (asked.json(), asked.header("content-type")),
        (text.clone(), "application/json")
    );

    // The published signature: 1577262236757 and `this is secret`.
    let dingtalk = robot(&provider, "dingtalk_robot", "secret = \"this is secret\"\n");
    let at = jiff::Timestamp::from_millisecond(1_577_262_236_757).unwrap();
    assert_eq!(dingtalk.hand_over(&Letter { now: at, ..fixed() }).await, taken);
    let asked = provider.last();
    assert_eq!(asked.path, "/robot/send");
    assert_eq!(
        asked.query,
        "access_token=key-1&timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
    );
    assert_eq!(asked.json(), text);
    robot(&provider, "dingtalk_robot", "").hand_over(&fixed()).await;
    assert_eq!(
        provider.last().query,
        "access_token=key-1",
        "without a secret it is switched off there"
    );

    provider.next(ok(r#"{"code":0,"msg":"success","data":{}}"#));
    let feishu = robot(&provider, "feishu_robot", "secret = \"demo\"\n");
    let at = jiff::Timestamp::from_second(1_599_360_473).unwrap();
    assert_eq!(feishu.hand_over(&Letter { now: at, ..fixed() }).await, taken);
    let asked = provider.last();
    assert_eq!(asked.path, "/open-apis/bot/v2/hook/key-1");
    let sign = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";
    let wanted =
        serde_json::json!({ "timestamp": "1599360473", "sign": sign, "msg_type": "text", "content": { "text": LINE } });
    assert_eq!(asked.json(), wanted);
    let english = Letter {
        language: Language::En,
        drill: true,
        ..fixed()
    };
    robot(&provider, "feishu_robot", "").hand_over(&english).await;
    let line = "[EXERCISE] A call for help waits at the desk (20261127-120114001-0042).";
    assert_eq!(
        provider.last().json(),
        serde_json::json!({ "msg_type": "text", "content": { "text": line } })
    );
    for asked in provider.asked() {
        assert!(
            !String::from_utf8(asked.body).unwrap().contains("泉州里"),
            "a place left the house"
        );
    }

    let member = letter(NoticeKind::RingDesk, Address::Member("li".to_owned()));
    assert_eq!(
        wecom.hand_over(&member).await,
        refused("a robot speaks to its group only")
    );
    let nobody = Callback {
        headers: &[],
        query: "",
        body: b"{}",
        now: now(),
    };
    assert_eq!(wecom.understand(&nobody), Err(CallbackError::None));
}

#[tokio::test]
async fn each_answer_of_a_robot_means_what_its_provider_says() {
    let provider = Provider::start(status(500)).await;
    let code = |code: i64| ok(format!(r#"{{"errcode":{code},"errmsg":"x"}}"#));
    let feishu = |code: i64, status: u16| Says::Answer(status, vec![], format!(r#"{{"code":{code},"msg":"x"}}"#));
    let table = [
        ("wecom_robot", code(45009), later(Some(60), "code 45009")),
        ("wecom_robot", code(-1), later(None, "code -1")),
        ("wecom_robot", code(93000), refused("code 93000")),
        ("dingtalk_robot", code(130_101), later(Some(600), "code 130101")),
        ("dingtalk_robot", code(410_100), later(Some(600), "code 410100")),
        ("dingtalk_robot", code(310_000), refused("code 310000")),
        ("feishu_robot", feishu(11232, 400), later(Some(60), "code 11232")),
        ("feishu_robot", feishu(9499, 200), later(Some(60), "code 9499")),
        ("feishu_robot", feishu(19021, 200), refused("code 19021")),
        (
            "feishu_robot",
            ok(r#"{"StatusCode":0,"StatusMessage":"success"}"#),
            Handed::Taken { proof: None },
        ),
    ];
    for (kind, says, wanted) in table {
        provider.next(says.clone());
        assert_eq!(
            robot(&provider, kind, "").hand_over(&fixed()).await,
            wanted,
            "{kind} {says:?}"
        );
    }
    for kind in ["wecom_robot", "dingtalk_robot", "feishu_robot"] {
        for (says, wanted) in [
            (
                Says::Answer(429, vec![("retry-after", "9")], String::new()),
                put_off(Some(9), "answered 429"),
            ),
            (status(502), later(None, "answered 502")),
            (status(404), refused("answered 404")),
            (ok("<html>"), later(None, "the answer cannot be read")),
            (Says::HalfBody, later(None, "the line broke")),
            (Says::HalfHead, later(None, "the line broke")),
            (Says::Reset, later(None, "the line broke")),
            (Says::Silence, later(None, "no answer in time")),
        ] {
            provider.next(says.clone());
            assert_eq!(
                robot(&provider, kind, "").hand_over(&fixed()).await,
                wanted,
                "{kind} {says:?}"
            );
        }
    }
}

fn app(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"wecom_app\"\nurl = \"{}\"\ncorp_id = \"ww1\"\nsecret = \"secret&1\"\nagent_id = 1000002\ntimeout_ms = 1500\n",
        provider.url()
    ))
}

fn to(member: &str) -> Letter {
    letter(NoticeKind::Offer, Address::Member(member.to_owned()))
}

fn token(token: &str) -> Says {
    ok(format!(
        r#"{{"errcode":0,"errmsg":"ok","access_token":"{token}","expires_in":7200}}"#
    ))
}

fn sent() -> Says {
    ok(r#"{"errcode":0,"errmsg":"ok","invaliduser":"","msgid":"msg-1"}"#)
}

/// The paths that were asked for, and with which token.
fn paths(asked: &[Asked]) -> Vec<String> {
    asked
        .iter()
        .map(|it| format!("{} {}?{}", it.method, it.path, it.query))
        .collect()
}

#[tokio::test]
async fn an_application_fetches_its_token_once_and_anew_when_it_runs_out() {
    let provider = Provider::start(sent()).await;
    let carrier = app(&provider);
    provider.next(token("A"));
    let taken = Handed::Taken {
        proof: Some("msg-1".to_owned()),
    };
    assert_eq!(carrier.hand_over(&to("li")).await, taken);
    assert_eq!(
        provider.last().json(),
        serde_json::json!({
            "touser": "li",
            "msgtype": "text",
            "agentid": 1_000_002,
            "text": { "content": "有一件求助请您前往（编号20261127-120114001-0042），请尽快答复。能去请回复1，不能去请回复2。" },
            "safe": 0,
            "enable_duplicate_check": 0,
        })
    );
    let at = |seconds| Letter {
        now: now() + SignedDuration::from_secs(seconds),
        ..to("li")
    };
    carrier.hand_over(&at(6_899)).await;
    provider.next(token("B"));
    carrier.hand_over(&at(6_900)).await;
    let get = "GET /cgi-bin/gettoken?corpid=ww1&corpsecret=secret%261";
    let post = |token: &str| format!("POST /cgi-bin/message/send?access_token={token}");
    assert_eq!(
        paths(&provider.asked()),
        [get.to_owned(), post("A"), post("A"), get.to_owned(), post("B")]
    );
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_fetched_once_more_and_not_again() {
    for code in [42001, 40014, 40001] {
        let provider = Provider::start(sent()).await;
        let carrier = app(&provider);
        let stale = || ok(format!(r#"{{"errcode":{code},"errmsg":"x"}}"#));
        for says in [token("A"), stale(), token("B")] {
            provider.next(says);
        }
        assert!(matches!(carrier.hand_over(&to("li")).await, Handed::Taken { .. }));
        for says in [stale(), token("C"), stale()] {
            provider.next(says);
        }
        assert_eq!(carrier.hand_over(&to("li")).await, later(None, &format!("code {code}")));
        let tokens: Vec<String> = paths(&provider.asked())
            .into_iter()
            .map(|it| it.replace("POST /cgi-bin/message/send?access_token=", ""))
            .collect();
        let get = "GET /cgi-bin/gettoken?corpid=ww1&corpsecret=secret%261";
        assert_eq!(tokens, [get, "A", get, "B", "B", get, "C"]);
    }
}

#[tokio::test]
async fn letters_that_come_at_once_fetch_one_token() {
    let provider = Provider::start(sent()).await;
    let carrier = app(&provider);
    provider.next(token("A"));
    let (a, b, c) = (to("a"), to("b"), to("c"));
    tokio::join!(carrier.hand_over(&a), carrier.hand_over(&b), carrier.hand_over(&c));
    let fetched = paths(&provider.asked())
        .iter()
        .filter(|it| it.contains("gettoken"))
        .count();
    assert_eq!((fetched, provider.asked().len()), (1, 4));
}

#[tokio::test]
async fn each_answer_to_an_application_means_what_it_says() {
    let provider = Provider::start(status(500)).await;
    let carrier = app(&provider);
    let gone = Handed::Gone {
        why: "no such member".to_owned(),
    };
    // Without a token nothing is sent.
    for (says, wanted) in [
        (
            ok(r#"{"errcode":40013,"errmsg":"invalid corpid"}"#),
            refused("token: code 40013"),
        ),
        (ok(r#"{"errcode":45009}"#), later(Some(60), "token: code 45009")),
        (ok(r#"{"errcode":-1}"#), later(None, "token: code -1")),
        (ok("{}"), later(None, "the answer to the token cannot be read")),
        (status(503), later(None, "answered 503")),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ] {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&to("li")).await, wanted, "{says:?}");
    }
    assert!(provider.asked().iter().all(|it| it.path == "/cgi-bin/gettoken"));
    provider.next(token("A"));
    for (says, wanted) in [
        (ok(r#"{"errcode":0,"invaliduser":"li|wang"}"#), gone.clone()),
        (
            ok(r#"{"errcode":0,"unlicenseduser":"li"}"#),
            refused("the member has no licence"),
        ),
        (
            ok(r#"{"errcode":0,"invaliduser":"lili"}"#),
            Handed::Taken { proof: None },
        ),
        (
            ok(r#"{"errcode":81013,"errmsg":"user & party & tag all invalid"}"#),
            gone,
        ),
        (ok(r#"{"errcode":45009}"#), later(Some(60), "code 45009")),
        (ok(r#"{"errcode":60020}"#), refused("code 60020")),
        (ok("{}"), later(None, "the answer cannot be read")),
        (
            Says::Answer(429, vec![("retry-after", "9")], String::new()),
            put_off(Some(9), "answered 429"),
        ),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Reset, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ] {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&to("li")).await, wanted, "{says:?}");
    }
    let count = provider.asked().len();
    for everybody in ["@all", "li|wang", ""] {
        assert_eq!(
            carrier.hand_over(&to(everybody)).await,
            refused("no single member"),
            "{everybody}"
        );
    }
    assert_eq!(provider.asked().len(), count);
}

fn account(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    account_by(provider, "")
}

/// As [`account`], with these further keys.
fn account_by(provider: &Provider, keys: &str) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\n{keys}type = \"wechat_template\"\nurl = \"{}\"\napp_id = \"wx1\"\nsecret = \"secret-1\"\ntoken = \"weixin\"\ntimeout_ms = 1500\n\
         templates = [{{ id = \"TM1\", kinds = [\"offer\"], params = [\"thing1=title\", \"character_string2=case_number\", \"minutes\"] }}]\n",
        provider.url()
    ))
}

#[tokio::test]
async fn a_follower_who_has_agreed_gets_a_subscription_message() {
    let provider = Provider::start(ok(r#"{"errcode":0,"errmsg":"ok"}"#)).await;
    let carrier = account_by(&provider, "api = \"subscription\"\n");
    provider.next(ok(r#"{"access_token":"A","expires_in":7200}"#));
    let mut letter = to("openid-1");
    letter.values.link = Some("https://s.example/n/1".to_owned());
    assert_eq!(carrier.hand_over(&letter).await, Handed::Taken { proof: None });
    let asked = provider.asked();
    assert_eq!(
        paths(&asked),
        [
            "POST /cgi-bin/stable_token?",
            "POST /cgi-bin/message/subscribe/bizsend?access_token=A"
        ]
    );
    assert_eq!(
        asked[1].json(),
        serde_json::json!({
            "touser": "openid-1",
            "template_id": "TM1",
            "page": "https://s.example/n/1",
            "data": {
                "thing1": { "value": "有一件求助，请您答复" },
                "character_string2": { "value": "20261127-120114001-0042" },
                "minutes": { "value": "12" },
            },
        })
    );
    // Who has not agreed, or only to one that was sent already, is told by another way; their address stays.
    provider.next(ok(r#"{"errcode":43101}"#));
    assert_eq!(carrier.hand_over(&letter).await, refused("code 43101"));
}

#[tokio::test]
async fn a_follower_gets_a_template_under_one_id() {
    let provider = Provider::start(ok(r#"{"errcode":0,"errmsg":"ok","msgid":200228332}"#)).await;
    let carrier = account(&provider);
    provider.next(ok(r#"{"access_token":"A","expires_in":7200}"#));
    let mut letter = to("openid-1");
    letter.values.link = Some("https://s.example/n/1".to_owned());
    let taken = Handed::Taken {
        proof: Some("200228332".to_owned()),
    };
    assert_eq!(carrier.hand_over(&letter).await, taken);
    assert_eq!(
        carrier
            .hand_over(&Letter {
                attempt: 2,
                ..letter.clone()
            })
            .await,
        taken
    );
    let asked = provider.asked();
    assert_eq!(
        paths(&asked),
        [
            "POST /cgi-bin/stable_token?",
            "POST /cgi-bin/message/template/send?access_token=A",
            "POST /cgi-bin/message/template/send?access_token=A"
        ]
    );
    let wanted = serde_json::json!({ "grant_type": "client_credential", "appid": "wx1", "secret": "secret-1" });
    assert_eq!(asked[0].json(), wanted);
    assert_eq!(
        asked[1].json(),
        serde_json::json!({
            "touser": "openid-1",
            "template_id": "TM1",
            "url": "https://s.example/n/1",
            "client_msg_id": letter.id.as_uuid().simple().to_string(),
            "data": {
                "thing1": { "value": "有一件求助，请您答复" },
                "character_string2": { "value": "20261127-120114001-0042" },
                "minutes": { "value": "12" },
            },
        })
    );
    assert_eq!(asked[1].body, asked[2].body, "the same letter is the same request");
    for (says, wanted) in [
        (
            ok(r#"{"errcode":43004}"#),
            Handed::Gone {
                why: "code 43004".to_owned(),
            },
        ),
        (
            ok(r#"{"errcode":40003}"#),
            Handed::Gone {
                why: "code 40003".to_owned(),
            },
        ),
        (ok(r#"{"errcode":45009}"#), later(Some(86_400), "code 45009")),
        (ok(r#"{"errcode":47003}"#), refused("code 47003")),
        (status(502), later(None, "answered 502")),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ] {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&letter).await, wanted, "{says:?}");
    }
    let lead = Letter {
        kind: NoticeKind::Lead,
        ..letter
    };
    assert_eq!(
        carrier.hand_over(&lead).await,
        refused("no template for this kind of notice")
    );
}

#[tokio::test]
async fn an_event_of_an_account_counts_when_it_is_signed_and_fresh() {
    let provider = Provider::start(status(500)).await;
    let carrier = account(&provider);
    let event = |status: &str| {
        format!(
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><CreateTime>1795744800</CreateTime><MsgType><![CDATA[event]]></MsgType>\
             <Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>200228332</MsgID><Status><![CDATA[{status}]]></Status></xml>"
        )
    };
    let query = |at_s: i64| {
        let mut parts = ["weixin".to_owned(), at_s.to_string(), "n1".to_owned()];
        parts.sort();
        let sum: String = sha1::Sha1::digest(parts.concat().as_bytes())
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        format!("signature={sum}&timestamp={at_s}&nonce=n1")
    };
    let tell = |query: &str, body: &str| {
        carrier.understand(&Callback {
            headers: &[],
            query,
            body: body.as_bytes(),
            now: now(),
        })
    };
    let at_s = now().as_second();
    let fresh = query(at_s);
    let report = |word| Report {
        of: ReportOf::Proof("200228332".to_owned()),
        word,
        at: Some(jiff::Timestamp::from_second(1_795_744_800).unwrap()),
    };
    let understood = tell(&fresh, &event("success")).unwrap();
    assert_eq!(understood.reports, [report(ReportWord::Delivered)]);
    assert_eq!(understood.answer, ("text/plain", "success".to_owned()));
    assert_eq!(
        tell(&fresh, &event("success")).unwrap(),
        understood,
        "twice reads the same"
    );
    let blocked = ReportWord::Failed {
        why: "blocked by the follower".to_owned(),
    };
    assert_eq!(
        tell(&fresh, &event("failed:user block")).unwrap().reports,
        [report(blocked)]
    );
    let other = event("success").replace("TEMPLATESENDJOBFINISH", "subscribe");
    assert!(tell(&fresh, &other).unwrap().reports.is_empty());
    // The address is being entered: its word is read back, and nothing else is.
    let entered = |query: &str| {
        carrier.verify(&Callback {
            headers: &[],
            query,
            body: &[],
            now: now(),
        })
    };
    assert_eq!(entered(&format!("{fresh}&echostr=5836")).unwrap(), "5836");
    for wrong in [
        fresh.clone(),
        format!("{fresh}&echostr="),
        format!("{fresh}&echostr=%3Cb%3E"),
    ] {
        assert!(matches!(entered(&wrong), Err(CallbackError::Unreadable(_))), "{wrong}");
    }
    for wrong in [query(at_s - 301), fresh.replace("nonce=n1", "nonce=n2"), String::new()] {
        let wrong = format!("{wrong}&echostr=5836");
        assert_eq!(entered(&wrong), Err(CallbackError::Signature), "{wrong}");
    }
    for (query, body) in [
        (query(at_s - 301), event("success")),
        (fresh.replace("nonce=n1", "nonce=n2"), event("success")),
        (String::new(), event("success")),
        ("echostr=5836".to_owned(), String::new()),
    ] {
        assert_eq!(tell(&query, &body), Err(CallbackError::Signature), "{query}");
    }
    assert!(matches!(
        tell(&fresh, "<xml><a></b></xml>"),
        Err(CallbackError::Unreadable(_))
    ));
}

#[tokio::test]
async fn paper_has_a_file_a_day_and_a_line_a_letter() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[carriers]]\ntype = \"print\"\nfolder = \"{}\"\n",
        folder.path().display()
    );
    let paper = carrier(&text);
    assert_eq!(paper.slots(), 1);
    let taken = Handed::Taken { proof: None };
    assert_eq!(paper.hand_over(&fixed()).await, taken);
    assert_eq!(
        paper
            .hand_over(&Letter {
                attempt: 2,
                drill: true,
                ..fixed()
            })
            .await,
        taken
    );
    let night = Letter {
        now: "2026-11-27T16:00:00Z".parse().unwrap(),
        ..fixed()
    };
    assert_eq!(paper.hand_over(&night).await, taken);
    let read = |day: &str| std::fs::read_to_string(folder.path().join(format!("{day}.txt"))).unwrap();
    assert_eq!(
        read("2026-11-27"),
        format!("10:00:00\tresp_1\t{LINE}\n10:00:00\tresp_1\t【演练】{LINE} (2)\n")
    );
    assert_eq!(
        read("2026-11-28"),
        format!("00:00:00\tresp_1\t{LINE}\n"),
        "a day is the street's"
    );
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(
        paper.hand_over(&fixed()).await,
        later(None, "the file cannot be written")
    );
}

#[test]
fn every_mistake_names_its_key_and_no_secret_shows() {
    let found = told(
        "[[carriers]]\ntype = \"wecom_robot\"\nkey = \"https://x/?key=hunter2\"\nsecret = \"hunter2\"\n\
         [[carriers]]\ntype = \"dingtalk_robot\"\nname = \"wecom_robot:b\"\n\
         [[carriers]]\ntype = \"wecom_app\"\nagent_id = \"one\"\n\
         [[carriers]]\ntype = \"print\"\nfolder = \"/nowhere\"\n[[carriers]]\ntype = \"print\"\nname = \"print:Two\"\n",
    );
    for wanted in [
        "notify.carriers[0].key: must be what follows key=",
        "notify.carriers[0].secret: there is no such key",
        "notify.carriers[1].name: must be `dingtalk_robot`",
        "notify.carriers[1].key: is missing",
        "notify.carriers[2].corp_id: is missing",
        "notify.carriers[2].secret: is missing",
        "notify.carriers[2].agent_id: must be a whole number",
        "notify.carriers[3].folder: there is no folder /nowhere",
        "notify.carriers[4].name: must be `print`",
        "notify.carriers[4].folder: is missing",
    ] {
        assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
    }
    assert!(!format!("{found:?}").contains("hunter2"));
}
