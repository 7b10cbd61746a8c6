//! Calls by Alibaba Cloud and by a dialler that speaks HTTP, against providers on a socket.

use std::time::Duration;

use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Language, Letter, Report, ReportOf, ReportWord, Values,
};
use jiff::SignedDuration;

use crate::carriers_sms::{TOKEN, callback, signed_form};
use crate::harness::endpoint::{SECRET, sign};
use crate::harness::provider::{Provider, Says, carrier, letter, now, ok, status, told};

fn aliyun(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"voice_aliyun\"\nurl = \"{}\"\naccess_key_id = \"testId\"\naccess_key_secret = \"testSecret\"\n\
         show_number = \"02282123456\"\ncallback_token = \"{TOKEN}\"\ntimeout_ms = 1500\n\
         templates = [{{ id = \"TTS_1\", kinds = [\"offer\"], params = [\"spoken\", \"key_yes\"] }}]\n",
        provider.url()
    ))
}

fn dialler(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"voice_http\"\nname = \"voice:gateway\"\nurl = \"{}/calls\"\nsecret = \"{SECRET}\"\ntimeout_ms = 1500\n",
        provider.url()
    ))
}

fn to(phone: &str) -> Letter {
    letter(NoticeKind::Offer, Address::Phone(phone.parse().unwrap()))
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

#[tokio::test]
async fn aliyun_is_asked_to_call_and_read_a_text() {
    let provider = Provider::start(ok(
        r#"{"Code":"OK","Message":"OK","RequestId":"1","CallId":"116012354148^102281"}"#,
    ))
    .await;
    let carrier = aliyun(&provider);
    let letter = to("022-82123456");
    let taken = Handed::Taken {
        proof: Some("116012354148^102281".to_owned()),
    };
    assert_eq!(carrier.hand_over(&letter).await, taken);
    let form = signed_form(&provider.last(), "testSecret");
    for (name, value) in [
        ("Action", "SingleCallByTts"),
        ("Version", "2017-05-25"),
        ("CalledNumber", "02282123456"),
        ("CalledShowNumber", "02282123456"),
        ("TtsCode", "TTS_1"),
        ("PlayTimes", "2"),
        ("OutId", &letter.id.to_string()),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    let params: serde_json::Value = serde_json::from_str(&form["TtsParam"]).unwrap();
    let spoken = "您好，这里是应急调度中心。附近有一件求助，想请您前往。能去请按1，不能去请按2。";
    assert_eq!(params, serde_json::json!({ "spoken": spoken, "key_yes": "1" }));
    // 1 a minute, 5 an hour, 20 a day to one number: the limit says which.
    let limit = "isv.BUSINESS_LIMIT_CONTROL";
    for (says, wanted) in [
        (
            ok(format!(r#"{{"Code":"{limit}","Message":"触发小时级流控Permits:5"}}"#)),
            put_off(Some(3_600), limit),
        ),
        (
            ok(r#"{"Code":"isv.CALLED_NUMBER_ILLEGAL"}"#),
            Handed::Gone {
                why: "isv.CALLED_NUMBER_ILLEGAL".to_owned(),
            },
        ),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ] {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&letter).await, wanted, "{says:?}");
    }
}

#[tokio::test]
async fn what_aliyun_says_of_a_call_is_understood() {
    let provider = Provider::start(status(500)).await;
    let carrier = aliyun(&provider);
    let id = to("13800138000").id;
    let query = format!("token={TOKEN}");
    let of = |words: &str| {
        let body = format!(r#"[{{"call_id":"1^2","out_id":"{id}",{words}}}]"#);
        let understood = carrier.understand(&callback(&query, &body)).unwrap();
        assert_eq!(understood.answer.1, r#"{"code":0,"msg":"成功"}"#);
        assert!(understood.reports.iter().all(|it| it.of == ReportOf::Letter(id)));
        understood.reports.into_iter().map(|it| it.word).collect::<Vec<_>>()
    };
    let failed = |why: &str| vec![ReportWord::Failed { why: why.to_owned() }];
    let key = |key| vec![ReportWord::Delivered, ReportWord::Key(key)];
    // At its end (VoiceReport).
    assert_eq!(
        of(r#""status_code":"200000","start_time":"2026-11-27 10:00:05","dtmf":"1","duration":"12""#),
        key('1')
    );
    assert_eq!(
        of(r#""status_code":"200000","start_time":"2026-11-27 10:00:05","dtmf":"32""#),
        key('2')
    );
    assert_eq!(
        of(r#""status_code":"200000","start_time":"2026-11-27 10:00:05","dtmf":"""#),
        [ReportWord::Delivered]
    );
    assert_eq!(
        of(r#""status_code":"200003","start_time":"","end_time":"2026-11-27 10:00:30""#),
        failed("call 200003")
    );
    assert_eq!(of(r#""status_code":"用户忙""#), failed("an unknown code"));
    // On the way (VoiceCallReport).
    assert_eq!(
        of(r#""status_code":"300000","status_time":"2026-11-27 10:00:09","dtmf":"1""#),
        key('1')
    );
    assert_eq!(of(r#""status_code":"200100","status_time":"2026-11-27 10:00:03""#), []);
    let body = r#"[{"call_id":"1^2","status_code":"200000","end_time":"2026-11-27 10:00:30"}]"#;
    let report = carrier.understand(&callback(&query, body)).unwrap().reports.remove(0);
    let at = Some("2026-11-27T02:00:30Z".parse().unwrap());
    assert_eq!(
        report,
        Report {
            of: ReportOf::Proof("1^2".to_owned()),
            word: ReportWord::Delivered,
            at
        }
    );
    assert_eq!(
        carrier.understand(&callback("token=wrong", body)),
        Err(CallbackError::Signature)
    );
}

#[tokio::test]
async fn a_dialler_is_asked_signed_as_its_page_says() {
    let provider = Provider::start(ok(r#"{"id":"sip-77"}"#)).await;
    let carrier = dialler(&provider);
    assert_eq!(carrier.name(), "voice:gateway");
    let letter = Letter {
        language: Language::En,
        drill: true,
        ..to("+8613800138000")
    };
    assert_eq!(
        carrier.hand_over(&letter).await,
        Handed::Taken {
            proof: Some("sip-77".to_owned())
        }
    );
    let asked = provider.last();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/calls"));
    assert_eq!(asked.header("webhook-id"), letter.id.to_string());
    assert_eq!(asked.header("webhook-timestamp"), now().as_second().to_string());
    let text = format!(
        "{}.{}.{}",
        letter.id,
        now().as_second(),
        String::from_utf8(asked.body.clone()).unwrap()
    );
    assert_eq!(asked.header("webhook-signature"), sign(&text));
    assert_eq!(
        asked.json(),
        serde_json::json!({
            "type": "call.requested",
            "timestamp": "2026-11-27T02:00:00Z",
            "data": {
                "call_id": letter.id,
                "to": "+8613800138000",
                "language": "en",
                "text": "This is an exercise. Hello, this is the emergency dispatch centre. There is a call for help near you. Can you go? \
                         Press 1 if you can go, 2 if you cannot.",
                "keys": ["1", "2"],
                "play_times": 2,
                "ring_s": 30,
                "useful_until": "2026-11-27T02:05:00Z",
                "drill": true,
            },
        })
    );
    // Again, later: the same bytes under the same id, signed anew; a dialler that has it says so.
    provider.next(Says::Answer(409, vec![], r#"{"id":"sip-77"}"#.to_owned()));
    let again = Letter {
        attempt: 2,
        now: now() + SignedDuration::from_secs(9),
        ..letter.clone()
    };
    assert_eq!(
        carrier.hand_over(&again).await,
        Handed::Taken {
            proof: Some("sip-77".to_owned())
        }
    );
    let second = provider.last();
    assert_eq!(
        (&second.body, second.header("webhook-id")),
        (&asked.body, asked.header("webhook-id"))
    );
    assert_ne!(second.header("webhook-signature"), asked.header("webhook-signature"));
    let keyless = Letter {
        values: Values::default(),
        ..letter.clone()
    };
    carrier.hand_over(&keyless).await;
    assert_eq!(provider.last().json()["data"]["keys"], serde_json::json!([]));
    let refused = |why: &str| Handed::Refused { why: why.to_owned() };
    for (says, wanted) in [
        (status(204), Handed::Taken { proof: None }),
        (ok("fine"), Handed::Taken { proof: None }),
        (
            Says::Answer(422, vec![], r#"{"error":"bad_number"}"#.to_owned()),
            Handed::Gone {
                why: "bad_number".to_owned(),
            },
        ),
        (
            Says::Answer(422, vec![], r#"{"error":"no_trunk"}"#.to_owned()),
            refused("no_trunk"),
        ),
        (
            Says::Answer(422, vec![], r#"{"error":"call 13800138000"}"#.to_owned()),
            refused("an unknown code"),
        ),
        (status(401), refused("answered 401")),
        (
            Says::Answer(503, vec![("retry-after", "5")], String::new()),
            later(Some(5), "answered 503"),
        ),
        (Says::Reset, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ] {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&letter).await, wanted, "{says:?}");
    }
}

#[tokio::test]
async fn what_a_dialler_tells_counts_when_it_is_signed_and_fresh() {
    let provider = Provider::start(status(500)).await;
    let carrier = dialler(&provider);
    let id = to("13800138000").id;
    let tell = |body: &str, at_s: i64, forge: bool| {
        let mut signature = sign(&format!("msg_1.{at_s}.{body}"));
        if forge {
            signature = signature.replace("v1,", "v1,A");
        }
        let headers = [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", at_s.to_string()),
            ("webhook-signature", signature),
        ];
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        carrier.understand(&Callback {
            headers: &headers,
            query: "",
            body: body.as_bytes(),
            now: now(),
        })
    };
    let status = |words: &str| {
        format!(r#"{{"type":"call.status","data":{{"call_id":"{id}","at":"2026-11-27T01:59:58Z",{words}}}}}"#)
    };
    let at_s = now().as_second();
    let at = Some("2026-11-27T01:59:58Z".parse().unwrap());
    for (words, wanted) in [
        (r#""status":"ringing""#, None),
        (r#""status":"answered""#, Some(ReportWord::Delivered)),
        (r#""status":"key","digit":"1""#, Some(ReportWord::Key('1'))),
        (r#""status":"completed""#, Some(ReportWord::Delivered)),
        (
            r#""status":"failed","reason":"busy""#,
            Some(ReportWord::Failed { why: "busy".to_owned() }),
        ),
        (
            r#""status":"failed","reason":"打不通""#,
            Some(ReportWord::Failed {
                why: "an unknown code".to_owned(),
            }),
        ),
        (
            r#""status":"failed""#,
            Some(ReportWord::Failed {
                why: "failed".to_owned(),
            }),
        ),
    ] {
        let understood = tell(&status(words), at_s, false).unwrap();
        let wanted: Vec<Report> = wanted
            .into_iter()
            .map(|word| Report {
                of: ReportOf::Letter(id),
                word,
                at,
            })
            .collect();
        assert_eq!(understood.reports, wanted, "{words}");
        assert_eq!(
            tell(&status(words), at_s, false).unwrap(),
            understood,
            "twice reads the same"
        );
    }
    let key = status(r#""status":"key","digit":"1""#);
    assert_eq!(tell(&key, at_s, true), Err(CallbackError::Signature));
    assert_eq!(
        tell(&key, at_s - 301, false),
        Err(CallbackError::Signature),
        "an old one may be somebody's copy"
    );
    assert_eq!(tell(&key, at_s + 301, false), Err(CallbackError::Signature));
    assert!(tell(&key, at_s - 300, false).is_ok());
    assert_eq!(carrier.understand(&callback("", &key)), Err(CallbackError::Signature));
    let unreadable = |body: &str| matches!(tell(body, at_s, false), Err(CallbackError::Unreadable(_)));
    assert!(
        unreadable("nonsense")
            && unreadable(&status(r#""status":"asleep""#))
            && unreadable(&status(r#""status":"key""#))
    );
    assert!(
        unreadable(&key.replace("call.status", "call.requested")),
        "our own request, sent back, is no report"
    );
}

#[test]
fn every_mistake_names_its_key_and_no_secret_shows() {
    let found = told(
        "[[carriers]]\ntype = \"voice_http\"\nsecret = \"hunter2\"\nring_s = 5\nplay_times = 9\n\
         [[carriers]]\ntype = \"voice_aliyun\"\nname = \"voice:b\"\naccess_key_id = \"a\"\naccess_key_secret = \"hunter2\"\nplay_times = 4\n",
    );
    for wanted in [
        "notify.carriers[0].url: is missing",
        "notify.carriers[0].secret: must be `whsec_`",
        "notify.carriers[0].ring_s: must be a whole number from 10 to 120",
        "notify.carriers[0].play_times: must be a whole number from 1 to 5",
        "notify.carriers[1].play_times: must be a whole number from 1 to 3",
        "notify.carriers[1].templates: has none",
    ] {
        assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
    }
    assert!(!format!("{found:?}").contains("hunter2"));
}
