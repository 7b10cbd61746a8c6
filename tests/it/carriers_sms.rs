//! Short messages by Alibaba Cloud and Tencent Cloud, against providers on a socket that check what they are sent.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Language, Letter, Report, ReportOf, ReportWord,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Digest as _;

use crate::harness::provider::{Asked, Provider, Says, carrier, letter, now, ok, status, told};

pub const TOKEN: &str = "a-long-word-of-ones-own";

const TEMPLATES: &str = "templates = [\n\
    { id = \"SMS_1\", language = \"zh-CN\", kinds = [\"offer\", \"support\"], params = [\"case_number\", \"key_yes\", \"key_no\"] },\n\
    { id = \"SMS_2\", language = \"en\", kinds = [\"offer\"], params = [\"line\", \"link\"] },\n]\n";

fn aliyun(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"sms_aliyun\"\nurl = \"{}\"\naccess_key_id = \"testId\"\naccess_key_secret = \"testSecret\"\n\
         sign_name = \"杨村街道\"\ncallback_token = \"{TOKEN}\"\ntimeout_ms = 1500\n{TEMPLATES}",
        provider.url()
    ))
}

fn tencent(provider: &Provider) -> std::sync::Arc<dyn Carrier> {
    carrier(&format!(
        "[[carriers]]\ntype = \"sms_tencent\"\nname = \"sms:second\"\nurl = \"{}\"\nsecret_id = \"AKIDtest\"\nsecret_key = \"test-key\"\n\
         app_id = \"1400000001\"\nsign_name = \"杨村街道\"\ncallback_token = \"{TOKEN}\"\ntimeout_ms = 1500\n{TEMPLATES}",
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

fn refused(why: &str) -> Handed {
    Handed::Refused { why: why.to_owned() }
}

fn gone(why: &str) -> Handed {
    Handed::Gone { why: why.to_owned() }
}

pub fn callback<'a>(query: &'a str, body: &'a str) -> Callback<'a> {
    Callback {
        headers: &[],
        query,
        body: body.as_bytes(),
        now: now(),
    }
}

/// The parameters of a signed form, the signature checked; reckoned here and not by the code under test.
pub fn signed_form(asked: &Asked, secret: &str) -> BTreeMap<String, String> {
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.query.as_str()),
        ("POST", "/", "")
    );
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    let pairs = Asked::form(&asked.body);
    let mut all: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(pairs.len(), all.len(), "a parameter twice");
    let signature = all.remove("Signature").expect("a signature");
    let encode = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        text.bytes()
            .map(|it| {
                if plain(it) {
                    char::from(it).to_string()
                } else {
                    format!("%{it:02X}")
                }
            })
            .collect()
    };
    let query: Vec<String> = all
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(format!("{secret}&").as_bytes()).unwrap();
    mac.update(format!("POST&%2F&{}", encode(&query.join("&"))).as_bytes());
    assert_eq!(signature, STANDARD.encode(mac.finalize().into_bytes()));
    all
}

const TAKEN: &str = r#"{"Message":"OK","RequestId":"F655A8D5","Code":"OK","BizId":"9006197469364984^0"}"#;

#[tokio::test]
async fn aliyun_is_asked_signed_for_a_template_and_its_values() {
    let provider = Provider::start(ok(TAKEN)).await;
    let carrier = aliyun(&provider);
    let letter = to("+86 138-0013-8000");
    let taken = Handed::Taken {
        proof: Some("9006197469364984^0".to_owned()),
    };
    assert_eq!(carrier.hand_over(&letter).await, taken);
    let form = signed_form(&provider.last(), "testSecret");
    let wanted = [
        ("AccessKeyId", "testId"),
        ("Action", "SendSms"),
        ("Format", "JSON"),
        ("OutId", &letter.id.to_string()),
        ("PhoneNumbers", "13800138000"),
        ("RegionId", "cn-hangzhou"),
        ("SignName", "杨村街道"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("TemplateCode", "SMS_1"),
        (
            "TemplateParam",
            r#"{"case_number":"20261127-120114001-0042","key_no":"2","key_yes":"1"}"#,
        ),
        ("Timestamp", "2026-11-27T02:00:00Z"),
        ("Version", "2017-05-25"),
    ];
    for (name, value) in wanted {
        let said = form[name].as_str();
        match name {
            "TemplateParam" => {
                let (said, value): (serde_json::Value, serde_json::Value) = (
                    serde_json::from_str(said).unwrap(),
                    serde_json::from_str(value).unwrap(),
                );
                assert_eq!(said, value);
            }
            _ => assert_eq!(said, value, "{name}"),
        }
    }
    assert_eq!(form.len(), wanted.len() + 1, "{form:?}");
    // The same letter again has the same number of ours, and a nonce of its own.
    carrier
        .hand_over(&Letter {
            attempt: 2,
            now: now() + SignedDuration::from_secs(5),
            ..letter.clone()
        })
        .await;
    carrier
        .hand_over(&Letter {
            now: now() + SignedDuration::from_secs(9),
            ..letter.clone()
        })
        .await;
    let forms: Vec<_> = provider
        .asked()
        .iter()
        .map(|it| signed_form(it, "testSecret"))
        .collect();
    let of = |name: &str| forms.iter().map(|it| it[name].clone()).collect::<HashSet<_>>().len();
    assert_eq!((of("OutId"), of("SignatureNonce"), of("TemplateParam")), (1, 3, 1));
    // In English the template of English; what is not known is a dash.
    carrier
        .hand_over(&Letter {
            language: Language::En,
            ..letter.clone()
        })
        .await;
    let form = signed_form(&provider.last(), "testSecret");
    let params: serde_json::Value = serde_json::from_str(&form["TemplateParam"]).unwrap();
    assert_eq!(params["link"], "-");
    assert!(
        params["line"]
            .as_str()
            .unwrap()
            .starts_with("Call for help near you (20261127-120114001-0042)"),
        "{params}"
    );
    // A kind that only Chinese has a template for.
    carrier
        .hand_over(&Letter {
            language: Language::En,
            kind: NoticeKind::Support,
            ..letter.clone()
        })
        .await;
    assert_eq!(signed_form(&provider.last(), "testSecret")["TemplateCode"], "SMS_1");
    // Nothing is asked where nothing can be sent.
    let count = provider.asked().len();
    let none = carrier
        .hand_over(&Letter {
            kind: NoticeKind::Lead,
            ..letter
        })
        .await;
    assert_eq!(none, refused("no template for this kind of notice"));
    for landline in ["022-82123456", "95598", "120"] {
        assert_eq!(
            carrier.hand_over(&to(landline)).await,
            refused("the number takes no short messages"),
            "{landline}"
        );
    }
    assert_eq!(provider.asked().len(), count);
    carrier.hand_over(&to("+85223456789")).await;
    assert_eq!(
        signed_form(&provider.last(), "testSecret")["PhoneNumbers"],
        "85223456789"
    );
}

#[tokio::test]
async fn each_answer_of_aliyun_means_what_it_says() {
    let provider = Provider::start(ok(TAKEN)).await;
    let carrier = aliyun(&provider);
    let code = |status: u16, code: &str, message: &str| {
        Says::Answer(
            status,
            vec![],
            format!(r#"{{"Code":"{code}","Message":"{message}","RequestId":"1"}}"#),
        )
    };
    let limit = "isv.BUSINESS_LIMIT_CONTROL";
    let table = [
        (code(200, limit, "触发分钟级流控Permits:1"), put_off(Some(60), limit)),
        (code(200, limit, "触发小时级流控Permits:5"), put_off(Some(3_600), limit)),
        (code(200, limit, "触发天级流控Permits:40"), put_off(Some(86_400), limit)),
        (
            code(400, "Throttling.User", "Request was denied due to user flow control."),
            put_off(None, "Throttling.User"),
        ),
        (
            code(200, "isv.MOBILE_NUMBER_ILLEGAL", "13800138000非法"),
            gone("isv.MOBILE_NUMBER_ILLEGAL"),
        ),
        (
            code(200, "isv.AMOUNT_NOT_ENOUGH", "账户余额不足"),
            refused("isv.AMOUNT_NOT_ENOUGH"),
        ),
        (
            code(404, "InvalidAccessKeyId.NotFound", ""),
            refused("InvalidAccessKeyId.NotFound"),
        ),
        (code(503, "ServiceUnavailable", ""), later(None, "answered 503")),
        (code(200, "号码13800138000错误", ""), refused("an unknown code")),
        (status(500), later(None, "answered 500")),
        (
            Says::Answer(429, vec![("retry-after", "9")], String::new()),
            put_off(Some(9), "answered 429"),
        ),
        (ok("<html>"), later(None, "the answer cannot be read")),
        (ok("{}"), later(None, "the answer cannot be read")),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::HalfHead, later(None, "the line broke")),
        (Says::Reset, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ];
    for (says, wanted) in table {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&to("13800138000")).await, wanted, "{says:?}");
    }
    drop(provider);
    assert_eq!(
        carrier.hand_over(&to("13800138000")).await,
        put_off(None, "cannot be reached")
    );
}

#[tokio::test]
async fn reports_and_replies_of_aliyun_are_understood_where_the_token_is_right() {
    let provider = Provider::start(ok(TAKEN)).await;
    let carrier = aliyun(&provider);
    let id = to("13800138000").id;
    let body = format!(
        r#"[{{"phone_number":"13800138000","send_time":"2026-11-27 10:00:00","report_time":"2026-11-27 10:00:05","success":true,
            "err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"9006197469364984^0","out_id":"{id}"}},
           {{"success":false,"err_code":"MOBILE_NOT_ON_SERVICE","err_msg":"停机","biz_id":"77^0","report_time":"soon"}},
           {{"success":false,"err_code":"停机13800138000"}}]"#
    );
    let query = format!("x=1&token={TOKEN}");
    let understood = carrier.understand(&callback(&query, &body)).unwrap();
    let delivered = Report {
        of: ReportOf::Letter(id),
        word: ReportWord::Delivered,
        at: Some("2026-11-27T02:00:05Z".parse().unwrap()),
    };
    let failed = Report {
        of: ReportOf::Proof("77^0".to_owned()),
        word: ReportWord::Failed {
            why: "MOBILE_NOT_ON_SERVICE".to_owned(),
        },
        at: None,
    };
    assert_eq!(understood.reports, [delivered, failed]);
    assert_eq!(
        understood.answer,
        ("application/json", r#"{"code":0,"msg":"成功"}"#.to_owned())
    );
    assert_eq!(
        carrier.understand(&callback(&query, &body)).unwrap(),
        understood,
        "what comes twice reads the same twice"
    );
    let reply = |content: &str| {
        let body = format!(
            r#"[{{"phone_number":"13800138000","content":"{content}","send_time":"2026-11-27 10:01:00","sign_name":"杨村街道","dest_code":"1","sequence_id":9}}]"#
        );
        carrier.understand(&callback(&query, &body)).unwrap().reports.remove(0)
    };
    let yes = reply(" １。");
    assert_eq!(
        (yes.of, yes.word),
        (ReportOf::Phone("13800138000".parse().unwrap()), ReportWord::Key('1'))
    );
    assert_eq!(yes.at, Some("2026-11-27T02:01:00Z".parse().unwrap()));
    assert_eq!(reply("马上去").word, ReportWord::Reply("马上去".to_owned()));
    for query in [
        "",
        "token=",
        "token=a-long-word-of-ones-ow",
        "token=a-long-word-of-ones-own2",
        "xtoken=a-long-word-of-ones-own",
    ] {
        assert_eq!(
            carrier.understand(&callback(query, &body)),
            Err(CallbackError::Signature),
            "{query}"
        );
    }
    for body in ["", "nonsense", "{}", "[1]", "[{\"success\":\"yes\"}]"] {
        assert!(
            matches!(
                carrier.understand(&callback(&query, body)),
                Err(CallbackError::Unreadable(_))
            ),
            "{body}"
        );
    }
}

#[tokio::test]
async fn tencent_is_asked_signed_for_a_template_and_its_values() {
    let body = r#"{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045710669157053657849499619","PhoneNumber":"+8613800138000","Fee":1,
        "SessionContext":"x","Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"a"}}"#;
    let provider = Provider::start(ok(body)).await;
    let carrier = tencent(&provider);
    assert_eq!(carrier.name(), "sms:second");
    let letter = to("13800138000");
    let proof = Some("5000:1045710669157053657849499619".to_owned());
    assert_eq!(carrier.hand_over(&letter).await, Handed::Taken { proof });
    let asked = provider.last();
    assert_eq!(
        asked.json(),
        serde_json::json!({
            "PhoneNumberSet": ["+8613800138000"],
            "SmsSdkAppId": "1400000001",
            "SignName": "杨村街道",
            "TemplateId": "SMS_1",
            "TemplateParamSet": ["20261127-120114001-0042", "1", "2"],
            "SessionContext": letter.id,
        })
    );
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("x-tc-action", "SendSms"),
        ("x-tc-version", "2021-01-11"),
        ("x-tc-region", "ap-guangzhou"),
        ("x-tc-timestamp", &now().as_second().to_string()),
    ] {
        assert_eq!(asked.header(name), value);
    }
    // The signature, reckoned here.
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let mac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let (host, hash) = (asked.header("host"), hex(&sha2::Sha256::digest(&asked.body)));
    let request = format!(
        "POST\n/\n\ncontent-type:application/json; charset=utf-8\nhost:{host}\nx-tc-action:sendsms\n\ncontent-type;host;x-tc-action\n{hash}"
    );
    let text = format!(
        "TC3-HMAC-SHA256\n{}\n2026-11-27/sms/tc3_request\n{}",
        now().as_second(),
        hex(&sha2::Sha256::digest(request.as_bytes()))
    );
    let key = mac(&mac(&mac(b"TC3test-key", "2026-11-27"), "sms"), "tc3_request");
    assert_eq!(
        asked.header("authorization"),
        format!(
            "TC3-HMAC-SHA256 Credential=AKIDtest/2026-11-27/sms/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature={}",
            hex(&mac(&key, &text))
        )
    );
    carrier
        .hand_over(&Letter {
            attempt: 2,
            ..letter.clone()
        })
        .await;
    assert_eq!(provider.last().body, asked.body, "the same letter is the same request");
    assert_eq!(
        carrier.hand_over(&to("022-82123456")).await,
        refused("the number takes no short messages")
    );
    assert_eq!(
        carrier
            .hand_over(&Letter {
                kind: NoticeKind::Lead,
                ..letter
            })
            .await,
        refused("no template for this kind of notice")
    );
    assert_eq!(provider.asked().len(), 2);
}

#[tokio::test]
async fn each_answer_of_tencent_means_what_it_says() {
    let provider = Provider::start(status(500)).await;
    let carrier = tencent(&provider);
    let one = |code: &str| {
        ok(format!(
            r#"{{"Response":{{"SendStatusSet":[{{"SerialNo":"","Code":"{code}","Message":"+8613800138000"}}],"RequestId":"1"}}}}"#
        ))
    };
    let all = |code: &str| {
        ok(format!(
            r#"{{"Response":{{"Error":{{"Code":"{code}","Message":"x"}},"RequestId":"1"}}}}"#
        ))
    };
    let thirty = "LimitExceeded.PhoneNumberThirtySecondLimit";
    let day = "LimitExceeded.PhoneNumberDailyLimit";
    let bad = "InvalidParameterValue.IncorrectPhoneNumber";
    let table = [
        (one("Ok"), Handed::Taken { proof: None }),
        (one(thirty), put_off(Some(30), thirty)),
        (one(day), put_off(Some(86_400), day)),
        (one(bad), gone(bad)),
        (
            one("FailedOperation.PhoneNumberInBlacklist"),
            gone("FailedOperation.PhoneNumberInBlacklist"),
        ),
        (
            one("FailedOperation.InsufficientBalanceInSmsPackage"),
            refused("FailedOperation.InsufficientBalanceInSmsPackage"),
        ),
        (all("RequestLimitExceeded"), put_off(None, "RequestLimitExceeded")),
        (all("InternalError"), later(None, "InternalError")),
        (
            all("AuthFailure.SignatureFailure"),
            refused("AuthFailure.SignatureFailure"),
        ),
        (status(502), later(None, "answered 502")),
        (ok("{\"Response\":{}}"), later(None, "the answer cannot be read")),
        (ok("nonsense"), later(None, "the answer cannot be read")),
        (Says::HalfBody, later(None, "the line broke")),
        (Says::Reset, later(None, "the line broke")),
        (Says::Silence, later(None, "no answer in time")),
    ];
    for (says, wanted) in table {
        provider.next(says.clone());
        assert_eq!(carrier.hand_over(&to("13800138000")).await, wanted, "{says:?}");
    }
}

#[tokio::test]
async fn reports_and_replies_of_tencent_are_understood_where_the_token_is_right() {
    let provider = Provider::start(status(500)).await;
    let carrier = tencent(&provider);
    let query = format!("token={TOKEN}");
    let body = r#"[{"user_receive_time":"2026-11-27 10:00:05","nationcode":"86","mobile":"13800138000","report_status":"SUCCESS","errmsg":"DELIVRD",
        "description":"用户短信送达成功","sid":"5000:1"},
        {"user_receive_time":"","nationcode":"86","mobile":"13800138001","report_status":"FAIL","errmsg":"MK:0001","description":"空号","sid":"5000:2"}]"#;
    let understood = carrier.understand(&callback(&query, body)).unwrap();
    let report = |sid: &str, word, at: Option<&str>| Report {
        of: ReportOf::Proof(sid.to_owned()),
        word,
        at: at.map(|it| it.parse().unwrap()),
    };
    let failed = ReportWord::Failed {
        why: "an unknown code".to_owned(),
    };
    assert_eq!(
        understood.reports,
        [
            report("5000:1", ReportWord::Delivered, Some("2026-11-27T02:00:05Z")),
            report("5000:2", failed, None)
        ]
    );
    assert_eq!(
        understood.answer,
        ("application/json", r#"{"result":0,"errmsg":"OK"}"#.to_owned())
    );
    let body = r#"{"extend":"1","mobile":"13800138000","nationcode":"86","sign":"","text":"2","time":1795744861}"#;
    let reply = carrier.understand(&callback(&query, body)).unwrap().reports.remove(0);
    assert_eq!(
        (reply.of, reply.word),
        (ReportOf::Phone("13800138000".parse().unwrap()), ReportWord::Key('2'))
    );
    assert_eq!(reply.at.unwrap().as_second(), 1_795_744_861);
    assert_eq!(carrier.understand(&callback("", body)), Err(CallbackError::Signature));
}

#[tokio::test]
async fn without_a_token_nobody_is_believed() {
    let provider = Provider::start(status(500)).await;
    let text = format!(
        "[[carriers]]\ntype = \"sms_aliyun\"\nurl = \"{}\"\naccess_key_id = \"testId\"\naccess_key_secret = \"testSecret\"\n\
         sign_name = \"杨村街道\"\n{TEMPLATES}",
        provider.url()
    );
    for query in ["", "token=", "token=x"] {
        assert_eq!(
            carrier(&text).understand(&callback(query, "[]")),
            Err(CallbackError::None),
            "{query}"
        );
    }
}

#[test]
fn every_mistake_names_its_key_and_no_secret_shows() {
    let found = told(
        "[[carriers]]\ntype = \"sms_aliyun\"\nurl = \"https://u:hunter2@x/\"\naccess_key_secret = \"hunter2\"\ncallback_token = \"hunter2\"\n\
         templates = [{ id = \"1\", kinds = [\"ofer\"], params = [\"name\"] }, { kinds = [\"offer\"], language = \"fr\", colour = 1 }]\n\
         [[carriers]]\ntype = \"sms_tencent\"\nname = \"sms:b\"\nurl = \"https://x/?key=1\"\nsecret_id = \"a\"\nsecret_key = \"hunter2\"\n\
         app_id = \"1\"\nsign_name = \"s\"\ntemplates = [{ id = \"1\", kinds = [\"offer\"] }, { id = \"2\", kinds = [\"offer\"] }]\n",
    );
    for wanted in [
        "notify.carriers[0].url: must hold no user name",
        "notify.carriers[0].access_key_id: is missing",
        "notify.carriers[0].sign_name: is missing",
        "notify.carriers[0].callback_token: must be 16 letters",
        "notify.carriers[0].templates[0].kinds: `ofer` is not a known kind of notice",
        "notify.carriers[0].templates[0].kinds: names no kind",
        "notify.carriers[0].templates[0].params: `name` is no value",
        "notify.carriers[0].templates[1].id: is missing",
        "notify.carriers[0].templates[1].language: `fr` is not a known language",
        "notify.carriers[0].templates[1].colour: there is no such key",
        "notify.carriers[1].url: must end before `?`",
        "notify.carriers[1].templates: offer has two in zh-CN",
    ] {
        assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
    }
    assert!(!format!("{found:?}").contains("hunter2"));
}
