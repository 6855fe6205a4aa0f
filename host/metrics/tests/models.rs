//! Models behind an API, asked as metrics ask them: what they send, what they make of every kind of reply, and what it
//! costs.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[allow(missing_docs, unreachable_pub, dead_code)]
#[path = "../../../tests/model_server.rs"]
mod model_server;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use model_server::{Does, ModelServer, said};
use scorebox_metrics::{
    Access, Answer, Api, ApiKey, Cancel, Ceiling, ChatModel, Exchange, ExchangeOptions, Fault, FaultKind,
    ModelConfig, Price, Question, Speaker, Turn,
};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "sk-live-4f9Z-secret";

fn config(base_url: &str) -> ModelConfig {
    let mut config = ModelConfig::new(Api::OpenAi, base_url.parse().unwrap(), "judge-1");
    config.pause = Duration::from_millis(2);
    config.timeout = Duration::from_secs(5);
    config.retries = 3;
    config
}

fn with_key(mut config: ModelConfig) -> ModelConfig {
    let key = ApiKey::new(KEY).unwrap();
    config.access = Access::Key { key, place: "$JUDGE_KEY".to_owned(), header: None };
    config
}

fn exchange(options: &ExchangeOptions<'_>) -> Exchange {
    Exchange::open(options).unwrap()
}

fn chat(config: ModelConfig) -> Arc<dyn ChatModel> {
    exchange(&ExchangeOptions::default()).chat(config).unwrap()
}

fn question(text: &str) -> Question {
    let turn = Turn { speaker: Speaker::User, text: text.to_owned() };
    Question { turns: vec![turn], max_tokens: 50, ..Question::default() }
}

fn structured(text: &str) -> Question {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["score"],
                        "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 5}}});
    Question { schema: Some(schema), ..question(text) }
}

fn ask(model: &Arc<dyn ChatModel>, question: &Question) -> Result<Answer, Fault> {
    block_on(model.ask(question, &Cancel::default()))
}

/// The message of the fault that one question to `server` ends with.
fn unavailable(server: &ModelServer, question: &Question) -> String {
    let fault = ask(&chat(config(&server.base_url())), question).unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelUnavailable, "{fault}");
    fault.message
}

/// A server of wiremock, which has its own thread.
fn mock(mocks: Vec<Mock>) -> MockServer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = MockServer::start().await;
        for mock in mocks {
            mock.mount(&server).await;
        }
        server
    })
}

fn requests(server: &MockServer) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(server.received_requests()).unwrap().len()
}

#[test]
fn a_question_is_asked_as_openai_wants_it() {
    let expected = json!({
        "model": "judge-1",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Yes?"}],
        "max_tokens": 50, "temperature": 0.0, "logprobs": true, "top_logprobs": 5,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true}},
    });
    let server = mock(vec![
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", format!("Bearer {KEY}")))
            .and(body_partial_json(expected))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "choices": [{"finish_reason": "stop", "message": {"content": "{\"score\": 4}"}, "logprobs": {"content": [
                    {"top_logprobs": [{"token": "No", "logprob": -2.0}, {"token": "Yes", "logprob": -0.1}]}]}}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 7},
            }))),
    ]);
    let mut config = with_key(config(&format!("{}/v1/", server.uri())));
    config.price = Some(Price { input: 1.0, output: 10.0 });
    let question = Question { system: Some("Be short.".to_owned()), alternatives: 5, ..structured("Yes?") };
    let answer = ask(&chat(config), &question).unwrap();
    assert_eq!(answer.text, r#"{"score":4}"#);
    assert_eq!(answer.alternatives, [("Yes".to_owned(), -0.1), ("No".to_owned(), -2.0)]);
    assert_eq!((answer.usage.calls, answer.usage.input_tokens, answer.usage.output_tokens), (1, 100, 7));
    assert!((answer.usage.cost.unwrap() - 170e-6).abs() < 1e-12);
}

#[test]
fn a_question_is_asked_as_anthropic_wants_it() {
    let expected = json!({
        "model": "judge-1", "max_tokens": 50, "system": "Be short.", "messages": [{"role": "user", "content": "Yes?"}],
        "tools": [{"name": "answer"}], "tool_choice": {"type": "tool", "name": "answer"},
    });
    let server = mock(vec![
        Mock::given(method("POST"))
            .and(path("/v1/messages"))
            .and(header("x-api-key", KEY))
            .and(header("anthropic-version", "2023-06-01"))
            .and(body_partial_json(expected))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({
                "content": [{"type": "text", "text": "Here."}, {"type": "tool_use", "name": "answer", "input": {"score": 2}}],
                "stop_reason": "tool_use",
                "usage": {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 7},
            }))),
    ]);
    let mut config = with_key(config(&format!("{}/v1", server.uri())));
    config.api = Api::Anthropic;
    let question = Question { system: Some("Be short.".to_owned()), alternatives: 5, ..structured("Yes?") };
    let answer = ask(&chat(config), &question).unwrap();
    assert_eq!(answer.text, r#"{"score":2}"#);
    assert_eq!(answer.alternatives, []);
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cost), (100, 7, None));
}

#[test]
fn a_server_that_is_asked_too_much_is_asked_again_when_it_wants() {
    let server = mock(vec![
        Mock::given(method("POST"))
            .respond_with(
                ResponseTemplate::new(429).insert_header("retry-after", "1").set_body_string("slow down"),
            )
            .up_to_n_times(1),
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).up_to_n_times(1),
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_body_json(said("Yes", "stop"))),
    ]);
    let start = Instant::now();
    assert_eq!(ask(&chat(config(&server.uri())), &question("?")).unwrap().text, "Yes");
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(requests(&server), 3);
}

#[test]
fn a_server_that_stays_down_is_a_fault_with_its_words() {
    let server = mock(vec![
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(503).set_body_json(json!({"error": "overloaded"}))),
    ]);
    let fault = ask(&chat(config(&server.uri())), &question("?")).unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelUnavailable);
    assert!(
        fault.message.ends_with("has an error of its own (503): overloaded (after 4 attempts)"),
        "{fault}"
    );
    assert_eq!(requests(&server), 4);
    let nobody = config("http://127.0.0.1:1/v1");
    let fault = ask(&chat(nobody), &question("?")).unwrap_err();
    assert!(fault.message.contains("cannot connect to http://127.0.0.1:1/v1: "), "{fault}");
    assert!(fault.message.contains("is the server running"), "{fault}");
}

/// What a server does, how often it is asked, and what the fault says.
type Case = (Box<dyn Fn() -> Does + Send + Sync>, usize, &'static [&'static str]);

fn case(
    does: impl Fn() -> Does + Send + Sync + 'static,
    asked: usize,
    parts: &'static [&'static str],
) -> Case {
    (Box::new(does), asked, parts)
}

#[test]
fn every_kind_of_bad_reply_is_a_fault_that_says_what_to_do() {
    let json = |status: u16, body: Value| move || Does::Replies(status, Vec::new(), body.to_string());
    let html = "<!doctype html><html><body>Sign in</body></html>";
    let redirect = vec![("location", "https://login.example/".to_owned())];
    let cases = [
        case(
            || Does::BreaksOff(said("Yes", "stop").to_string()),
            4,
            &["broke off in the middle of its reply", "after 4"],
        ),
        case(|| Does::HangsUp, 4, &["gave no reply"]),
        case(
            || Does::Replies(200, vec![], "rubbish".into()),
            4,
            &["replied with what is not JSON", "rubbish"],
        ),
        case(json(200, json!({"choices": []})), 4, &["the reply holds no answer"]),
        case(|| Does::Floods(50 << 20), 1, &["more than 8 MiB"]),
        case(move || Does::Replies(200, vec![], html.into()), 1, &["a web page", "it usually ends in /v1"]),
        case(
            move || Does::Replies(404, vec![], html.into()),
            1,
            &["(404): a web page", "is `judge-1` a model there"],
        ),
        case(
            move || Does::Replies(302, redirect.clone(), String::new()),
            1,
            &["redirects to https://login.example/ (302), which is not followed"],
        ),
        case(|| Does::fails(401, "bad key"), 1, &["refuses access (401): bad key", "the model has no `key`"]),
        case(|| Does::fails(404, "no model x"), 1, &["no model x", "is `judge-1` a model there"]),
        case(
            || Does::fails(400, "the context is too long"),
            1,
            &["refuses the request (400): the context is too long"],
        ),
        case(
            json(429, json!({"error": {"message": "pay", "code": "insufficient_quota"}})),
            1,
            &["the account has no credit (429): pay"],
        ),
        case(
            json(200, json!({"choices": [{"message": {"refusal": "I cannot judge that."}}]})),
            1,
            &["refuses to answer: I cannot judge that."],
        ),
        case(json(200, said("", "content_filter")), 1, &["refuses to answer: the provider's content filter"]),
        case(json(200, said("Once upon", "length")), 1, &["was cut at 50 tokens", "Once upon"]),
        case(json(200, said(" ", "stop")), 1, &["answered with an empty text"]),
    ];
    for (does, asked, parts) in cases {
        let server = ModelServer::start(move |_, _| does());
        let message = unavailable(&server, &question("?"));
        for part in parts {
            assert!(message.contains(part), "{message}\n  lacks\n{part}");
        }
        assert_eq!(server.received().len(), asked, "{message}");
    }
}

#[test]
fn a_reply_that_drips_ends_with_the_timeout() {
    let server = ModelServer::start(|_, _| Does::Drips);
    let mut config = config(&server.base_url());
    (config.timeout, config.retries) = (Duration::from_millis(300), 1);
    let start = Instant::now();
    let fault = ask(&chat(config), &question("?")).unwrap_err();
    assert!(fault.message.contains("gave no whole reply within 0.3 s"), "{fault}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn a_wrong_form_is_repaired_once() {
    let server = ModelServer::start(|number, _| {
        Does::says(if number == 0 { "The score is 4." } else { "```json\n{\"score\": 4}\n```" })
    });
    let answer = ask(&chat(config(&server.base_url())), &structured("?")).unwrap();
    assert_eq!(answer.text, r#"{"score":4}"#);
    assert_eq!((answer.usage.calls, answer.usage.input_tokens), (1, 40), "both attempts were paid for");
    let received = server.received();
    let messages = received[1].body["messages"].as_array().unwrap();
    assert_eq!(messages[1], json!({"role": "assistant", "content": "The score is 4."}));
    assert!(received[1].asked().contains("the answer is not JSON"), "{}", received[1].asked());

    let server = ModelServer::saying(r#"{"score": 9}"#);
    let message = unavailable(&server, &structured("?"));
    assert!(message.contains("answered twice in another form"), "{message}");
    assert!(message.contains("at `/score`: 9 is greater than the maximum of 5"), "{message}");
    assert_eq!(server.received().len(), 2);
}

#[test]
fn what_an_api_does_not_take_is_asked_for_in_another_way() {
    let server = ModelServer::start(|_, request| {
        if request.body.get("response_format").is_some() {
            Does::fails(400, "Unknown parameter: 'response_format'.")
        } else if request.body.get("max_tokens").is_some() {
            Does::fails(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        } else {
            Does::says(r#"{"score": 3}"#)
        }
    });
    let model = chat(config(&server.base_url()));
    assert_eq!(ask(&model, &structured("?")).unwrap().text, r#"{"score":3}"#);
    let received = server.received();
    assert_eq!(received.len(), 3);
    let system = received[2].body["messages"][0]["content"].as_str().unwrap();
    assert!(system.contains("satisfy this JSON Schema") && system.contains("\"minimum\":1"), "{system}");
    ask(&model, &structured("again?")).unwrap();
    assert_eq!(server.received().len(), 4, "what was learned is not forgotten");
}

#[test]
fn a_key_is_shown_to_nobody_but_the_server() {
    let key = |request: &model_server::Received| {
        request.header("authorization").unwrap()["Bearer ".len()..].to_owned()
    };
    for echo in ["text", "json", "token", "refusal", "401", "500", "200"] {
        let server = ModelServer::start(move |_, request| {
            let key = key(request);
            let escaped: String = key.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
            match echo {
                "text" => Does::says(&format!("Your key is {key}.")),
                // Escaped within JSON that is text within JSON.
                "json" => Does::says(&format!(r#"{{"score": 3, "{key}": "{escaped}"}}"#)),
                "token" => {
                    Does::replies(&json!({"choices": [{"message": {"content": "x"}, "logprobs": {"content": [
                    {"top_logprobs": [{"token": key, "logprob": -0.5}]}]}}]}))
                }
                "refusal" => Does::replies(&json!({"choices": [{"message": {"refusal": key}}]})),
                "200" => Does::Replies(200, Vec::new(), format!("rubbish {key}")),
                status => Does::fails(status.parse().unwrap(), &format!("wrong key: {key}")),
            }
        });
        let directory = tempfile::tempdir().unwrap();
        let record = [directory.path().join("transcript.jsonl")];
        let options =
            ExchangeOptions { cache: Some(directory.path()), records: &record, ..ExchangeOptions::default() };
        let mut config = with_key(config(&server.base_url()));
        config.retries = 1;
        let model = exchange(&options).chat(config).unwrap();
        let schema = json!({"type": "object", "required": ["score"]});
        let schema = (echo == "json").then_some(schema);
        let shown = format!("{:?}", ask(&model, &Question { schema, alternatives: 3, ..question("?") }));
        assert!(shown.contains("[redacted]"), "{echo}: {shown}");
        assert!(!format!("{model:?}").contains(KEY), "{model:?}");
        for file in std::fs::read_dir(directory.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{echo}");
        }
        assert!(!shown.contains("4f9Z"), "{echo}: {shown}");
    }
}

#[test]
fn a_wrong_key_is_named_by_its_place() {
    let server = ModelServer::start(|_, _| Does::fails(401, "Incorrect API key provided"));
    let fault = ask(&chat(with_key(config(&server.base_url()))), &question("?")).unwrap_err();
    assert!(fault.message.contains("is the key in $JUDGE_KEY the right one?"), "{fault}");
}

#[test]
fn an_answer_is_paid_for_once() {
    let server = ModelServer::start(|number, _| Does::says(&format!("answer {number}")));
    let directory = tempfile::tempdir().unwrap();
    let options = ExchangeOptions { cache: Some(directory.path()), ..ExchangeOptions::default() };
    let mut config = config(&server.base_url());
    config.price = Some(Price { input: 1.0, output: 1.0 });
    let first = exchange(&options);
    let model = first.chat(config.clone()).unwrap();
    let answer = ask(&model, &question("?")).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.cached), ("answer 0", 0));
    let again = exchange(&options);
    let known = ask(&again.chat(config.clone()).unwrap(), &question("?")).unwrap();
    assert_eq!((known.text.as_str(), known.usage.cached), ("answer 0", 1));
    assert_eq!(known.usage.cost, answer.usage.cost, "what it took when it was asked");
    assert_eq!(again.spent().usage.cost, None, "and nothing of it now");
    let other_draw = Question { draw: 1, ..question("?") };
    assert_eq!(ask(&model, &other_draw).unwrap().text, "answer 1");
    // Nobody's cache: asked anew.
    assert_eq!(ask(&chat(config), &question("?")).unwrap().text, "answer 2");
}

#[test]
fn who_asks_the_same_at_the_same_time_shares_the_answer() {
    let server = ModelServer::start(|_, _| {
        std::thread::sleep(Duration::from_millis(100));
        Does::says("Yes")
    });
    let directory = tempfile::tempdir().unwrap();
    let options = ExchangeOptions { cache: Some(directory.path()), ..ExchangeOptions::default() };
    let model = exchange(&options).chat(config(&server.base_url())).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask(&model, &question("?")).unwrap().text, "Yes"));
        }
    });
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_transcript_answers_where_nobody_can_be_asked() {
    let server = ModelServer::start(|_, request| Does::says(&format!("“{}” indeed", request.asked())));
    let directory = tempfile::tempdir().unwrap();
    let transcript = [directory.path().join("judge.jsonl")];
    let options = ExchangeOptions { records: &transcript, ..ExchangeOptions::default() };
    let recording = exchange(&options);
    let model = recording.chat(config(&server.base_url())).unwrap();
    for text in ["one", "two", "three", "one"] {
        ask(&model, &question(text)).unwrap();
    }
    recording.finish().unwrap();
    let lines = std::fs::read_to_string(&transcript[0]).unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.lines().is_sorted() && lines.contains(r#""asked":"two""#), "{lines}");
    assert!(
        lines.contains(r#""answer":"“two” indeed""#) && lines.contains("judge-1 at http://127.0.0.1"),
        "{lines}"
    );

    let offline = ExchangeOptions { transcripts: &transcript, offline: true, ..ExchangeOptions::default() };
    let model = exchange(&offline).chat(config(&server.base_url())).unwrap();
    let answer = ask(&model, &question("two")).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.cached), ("“two” indeed", 1));
    let fault = ask(&model, &question("four")).unwrap_err();
    assert_eq!(fault.kind, FaultKind::ModelUnavailable);
    for part in ["this is offline", "“four”", "--record FILE", "judge-1 at http://127.0.0.1"] {
        assert!(fault.message.contains(part), "{fault}\n  lacks\n{part}");
    }
    let asked = server.received().len();
    let mut keyless = config(&server.base_url());
    keyless.access = Access::Missing("the variable `JUDGE_KEY` is not set".to_owned());
    let options = ExchangeOptions { transcripts: &transcript, ..ExchangeOptions::default() };
    let model = exchange(&options).chat(keyless).unwrap();
    assert!(ask(&model, &question("one")).is_ok());
    assert!(
        ask(&model, &question("five"))
            .unwrap_err()
            .message
            .starts_with("the variable `JUDGE_KEY` is not set")
    );
    assert_eq!(server.received().len(), asked, "nobody was asked");
}

#[test]
fn a_broken_transcript_is_named_by_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let transcript = [directory.path().join("judge.jsonl")];
    std::fs::write(&transcript[0], "\n{\"question\": \"x\"}\n").unwrap();
    let options = ExchangeOptions { transcripts: &transcript, ..ExchangeOptions::default() };
    let error = Exchange::open(&options).unwrap_err().to_string();
    assert!(error.contains("judge.jsonl:2: this is no line of a transcript"), "{error}");
    let none = [directory.path().join("none.jsonl")];
    let options = ExchangeOptions { transcripts: &none, ..ExchangeOptions::default() };
    assert!(Exchange::open(&options).unwrap_err().to_string().contains("cannot use the transcript"));
}

#[test]
fn no_more_is_spent_than_allowed() {
    let server = ModelServer::start(|_, _| Does::says("Yes"));
    let spending = |ceiling| {
        let exchange = exchange(&ExchangeOptions { ceiling, ..ExchangeOptions::default() });
        let mut config = config(&server.base_url());
        config.price = Some(Price { input: 10.0, output: 10.0 });
        let model = exchange.chat(config).unwrap();
        let faults = (0..200)
            .filter_map(|index| ask(&model, &question(&format!("{index}?"))).err())
            .collect::<Vec<_>>();
        (exchange.spent(), faults)
    };
    let (spent, faults) = spending(Ceiling { cost: Some(0.02), tokens: None });
    let cost = spent.usage.cost.unwrap();
    assert!((0.015..=0.02).contains(&cost), "{cost}");
    assert!(faults.iter().all(|fault| fault.kind == FaultKind::OverBudget), "{faults:?}");
    assert_eq!(faults.len() as u64 + spent.usage.calls, 200);
    let (spent, faults) = spending(Ceiling { cost: None, tokens: Some(1000) });
    assert!(spent.usage.input_tokens + spent.usage.output_tokens <= 1000 && !faults.is_empty(), "{spent:?}");
    assert!(faults[0].message.contains("`spend.tokens`"), "{}", faults[0]);
}

#[test]
fn a_ceiling_on_cost_needs_a_price() {
    let ceiling = Ceiling { cost: Some(1.0), tokens: None };
    let exchange = exchange(&ExchangeOptions { ceiling, ..ExchangeOptions::default() });
    let error = exchange.chat(config("http://localhost:8080/v1")).unwrap_err().to_string();
    assert!(error.contains("no price is known of `judge-1`") && error.contains("price: {input"), "{error}");
    let known = ModelConfig::new(Api::OpenAi, "https://api.openai.com/v1".parse().unwrap(), "gpt-4o-mini");
    assert!(exchange.chat(known).is_ok());
}

#[test]
fn somebody_who_asks_to_stop_is_heard_while_a_server_is_silent() {
    let server = ModelServer::start(|_, _| Does::Drips);
    let model = chat(config(&server.base_url()));
    let cancel = Cancel::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            cancel.cancel();
        });
        let start = Instant::now();
        let fault = block_on(model.ask(&question("?"), &cancel)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Cancelled);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    });
    let start = Instant::now();
    assert!(model.ask_until(&question("?"), start + Duration::from_millis(200)).is_none());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn rates_by_the_minute_are_kept() {
    let server = ModelServer::saying("Yes");
    let mut config = config(&server.base_url());
    config.requests_per_minute = Some(600);
    let model = chat(config);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let model = &model;
            scope.spawn(move || {
                (0..18).for_each(|index| drop(ask(model, &question(&format!("{thread} {index}")))));
            });
        }
    });
    // 60 at once, and 12 more at 10 a second.
    assert!(start.elapsed() >= Duration::from_millis(1000), "{:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn vectors_come_in_order_at_length_one_and_are_kept() {
    let server = ModelServer::start(|_, request| {
        let texts = request.body["input"].as_array().unwrap();
        let entry = |(index, text): (usize, &Value)| {
            let text = text.as_str().unwrap();
            json!({"index": index, "embedding": [text.len() as f64, 1.0, 0.0]})
        };
        let data: Vec<Value> = texts.iter().enumerate().map(entry).rev().collect();
        Does::replies(&json!({"data": data, "usage": {"prompt_tokens": 10}}))
    });
    let directory = tempfile::tempdir().unwrap();
    let options = ExchangeOptions { cache: Some(directory.path()), ..ExchangeOptions::default() };
    let model = exchange(&options).embedding(config(&server.base_url())).unwrap();
    let texts = ["one".to_owned(), "three".to_owned(), String::new(), "one".to_owned(), "word ".repeat(4000)];
    let embedded = block_on(model.embed(&texts, &Cancel::default())).unwrap();
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, "/v1/embeddings");
    let sent = received[0].body["input"].as_array().unwrap();
    assert_eq!(sent.len(), 3 + 3, "each text once, and the long one in pieces");
    assert!(sent.iter().all(|text| (1..=8000).contains(&text.as_str().unwrap().len())));
    assert_eq!(embedded.vectors[0], embedded.vectors[3]);
    for (vector, length) in embedded.vectors.iter().zip([3.0_f64, 5.0, 1.0]) {
        let norm = (length * length + 1.0).sqrt();
        assert!((f64::from(vector[0]) - length / norm).abs() < 1e-6, "{vector:?}");
    }
    assert!(
        embedded.vectors.iter().all(|vector| (vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5)
    );
    let again = block_on(model.embed(&texts, &Cancel::default())).unwrap();
    assert_eq!((again.vectors, server.received().len()), (embedded.vectors, 1));
}

#[test]
fn wrong_vectors_are_a_fault() {
    for data in [
        json!([]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 9, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]),
        json!([{"index": 0, "embedding": [0.0]}, {"index": 1, "embedding": [1.0]}]),
        json!([{"index": 0, "embedding": ["1"]}, {"index": 1, "embedding": [1.0]}]),
    ] {
        let server = ModelServer::start(move |_, _| Does::replies(&json!({"data": data})));
        let model = exchange(&ExchangeOptions::default()).embedding(config(&server.base_url())).unwrap();
        let texts = ["a".to_owned(), "b".to_owned()];
        let fault = block_on(model.embed(&texts, &Cancel::default())).unwrap_err();
        assert!(fault.message.contains("vectors is wrong"), "{fault}");
    }
}

/// A question for each number, of which a fifth meet one failure each on their first attempt.
fn flaky(number: usize, request: &model_server::Received, seen: &std::sync::Mutex<Vec<u32>>) -> Does {
    let index: usize = request.body["messages"][0]["content"].as_str().unwrap().parse().unwrap();
    let attempt = {
        let mut seen = seen.lock().unwrap();
        seen[index] += 1;
        seen[index]
    };
    // One in fifty of all meets its failure each time.
    let fails = index.is_multiple_of(5) && (attempt == 1 || index.is_multiple_of(50));
    if !fails {
        return Does::says(&json!({"score": 1 + index % 5}).to_string());
    }
    match index / 5 % 11 {
        0 => Does::Replies(429, vec![("retry-after", "0".to_owned())], "slow down".to_owned()),
        1 => Does::fails(500, "out of order"),
        2 => Does::BreaksOff(said("{\"score\": 5}", "stop").to_string()),
        3 => Does::Replies(200, Vec::new(), "rubbish".to_owned()),
        4 => Does::Drips,
        5 => Does::says("{\"score\": 7}"),
        6 => Does::replies(&json!({"choices": [{"message": {"refusal": "no"}}]})),
        7 => Does::replies(&said("{\"sco", "length")),
        8 => Does::Floods(50 << 20),
        9 => Does::HangsUp,
        _ => Does::says(if number.is_multiple_of(2) { "The score is 5." } else { "" }),
    }
}

#[test]
fn a_thousand_questions_to_a_server_that_fails_a_fifth_of_the_time() {
    const COUNT: usize = 1000;
    let seen = Arc::new(std::sync::Mutex::new(vec![0; COUNT]));
    let counted = Arc::clone(&seen);
    let server = ModelServer::start(move |number, request| flaky(number, request, &counted));
    let directory = tempfile::tempdir().unwrap();
    let ceiling = Ceiling { cost: Some(2.0), tokens: None };
    let all = |cache: &Path| {
        let exchange =
            exchange(&ExchangeOptions { ceiling, cache: Some(cache), ..ExchangeOptions::default() });
        let mut config = config(&server.base_url());
        config.price = Some(Price { input: 3.0, output: 15.0 });
        config.timeout = Duration::from_millis(500);
        config.concurrency = 32;
        let model = exchange.chat(config).unwrap();
        let answers = std::sync::Mutex::new(vec![None; COUNT]);
        let next = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if index >= COUNT {
                            return;
                        }
                        let answer = ask(&model, &structured(&index.to_string()));
                        answers.lock().unwrap()[index] = Some(answer);
                    }
                });
            }
        });
        let answers: Vec<_> = answers.into_inner().unwrap().into_iter().map(Option::unwrap).collect();
        (answers, exchange.spent())
    };
    let (answers, spent) = all(directory.path());
    let mut faults = 0;
    for (index, answer) in answers.iter().enumerate() {
        match answer {
            Ok(answer) => {
                let value: Value = serde_json::from_str(&answer.text).unwrap();
                assert_eq!(value, json!({"score": 1 + index % 5}), "question {index}");
            }
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::ModelUnavailable, "{fault}");
                assert!(fault.message.len() > 20, "{fault}");
                assert_eq!(index % 5, 0, "question {index} met no failure: {fault}");
                faults += 1;
            }
        }
    }
    assert!((20..=100).contains(&faults), "{faults} faults");
    let cost = spent.usage.cost.unwrap() + spent.unanswered_cost.unwrap_or(0.0);
    assert!(cost <= 2.0, "{cost}");
    let before = seen.lock().unwrap().clone();
    let (again, spent) = all(directory.path());
    for (index, (answer, before)) in answers.iter().zip(&before).enumerate() {
        if answer.is_ok() {
            assert_eq!(
                again[index].as_ref().map(|answer| &answer.text),
                answer.as_ref().map(|answer| &answer.text)
            );
            assert_eq!(seen.lock().unwrap()[index], *before, "question {index} was repeated");
        }
    }
    assert_eq!(spent.usage.cached, (COUNT - faults) as u64);
}
