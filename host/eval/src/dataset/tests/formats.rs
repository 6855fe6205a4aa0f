use scorebox_metrics::{Message, Role, ToolCall};
use serde_json::{Value, json};

use super::super::{Partition, open, open_raw};
use super::{file, line, one, read};

#[test]
fn json_lines_hold_every_field() {
    let entry = line(
        r#"{"id": "g-1", "partition": "golden", "input": "Hi?", "expected_output": "Hello.", "output": "Hey.",
            "context": ["a", "b"], "metadata": {"reviewers": ["ana", "ben"]}, "created_at": "2026-11-24",
            "tags": ["greeting", "short"], "team": "support"}"#
            .replace('\n', " ")
            .as_str(),
    );
    assert_eq!(entry.sample.id, "g-1");
    assert_eq!(entry.partition, Partition::Golden);
    assert_eq!(entry.sample.input, "Hi?");
    assert_eq!(entry.sample.expected.as_deref(), Some("Hello."));
    assert_eq!((entry.recorded.as_deref(), entry.sample.output.as_str()), (Some("Hey."), ""));
    assert_eq!(entry.sample.context, ["a", "b"]);
    assert_eq!(entry.created_at.as_deref(), Some("2026-11-24"));
    assert_eq!(entry.tags, ["greeting", "short"]);
    assert_eq!(entry.sample.metadata, r#"{"reviewers":["ana","ben"],"team":"support"}"#);
    assert_eq!(entry.line, 1);
}

#[test]
fn what_is_left_out_has_a_default() {
    let entries =
        read("d.jsonl", "{\"input\": \"a\"}\n{\"input\": \"b\", \"id\": 7, \"output\": null}\n").unwrap();
    assert_eq!(entries[0].sample.id, "sample-1");
    assert_eq!(entries[0].partition, Partition::Distribution);
    assert_eq!((entries[0].sample.metadata.as_str(), &entries[0].recorded), ("{}", &None));
    assert_eq!((entries[1].sample.id.as_str(), entries[1].line, &entries[1].recorded), ("7", 2, &None));
}

#[test]
fn byte_order_marks_line_ends_and_blank_lines_do_not_matter() {
    for text in [
        "{\"input\": \"a\"}\n{\"input\": \"b\"}",
        "\u{feff}{\"input\": \"a\"}\r\n\r\n  \r\n{\"input\": \"b\"}\r\n\r\n",
    ] {
        let inputs: Vec<String> =
            read("d.jsonl", text).unwrap().into_iter().map(|entry| entry.sample.input).collect();
        assert_eq!(inputs, ["a", "b"]);
    }
    let entries = read("d.csv", "\u{feff}id,input\r\n\r\n1,a\r\n\r\n2,\"b\r\nc\"\r\n,,\r\n").unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.line, entry.sample.input.as_str())).collect();
    assert_eq!(seen, [(3, "a"), (5, "b\r\nc")]);
    assert!(read("d.jsonl", "\n\n").unwrap().is_empty());
    assert!(read("d.json", "[]").unwrap().is_empty());
}

#[test]
fn a_document_is_a_list_or_an_object_with_a_list() {
    let samples = r#"[
        {"id": "a", "input": "one ] } \" two"},
        {"id": "b", "input": {"deep": [[{}]]}}
    ]"#;
    let object = format!(
        r#"{{"name": "Support", "task_type": {{"a": [1, "]"]}}, "examples": {samples}, "version": 3, "note": "]"}}"#
    );
    for text in [samples.to_owned(), object] {
        let entries = read("d.json", text).unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (entry.line, entry.sample.id.as_str(), entry.sample.input.as_str()))
            .collect();
        assert_eq!(seen, [(2, "a", "one ] } \" two"), (3, "b", r#"{"deep":[[{}]]}"#)]);
    }
}

#[test]
fn csv_cells_hold_lists_objects_and_line_ends() {
    let text = "id,input,Expected Output,context,tags,metadata,conversation,team,\n\
        1,\"say \"\"hi\"\", please\",hi,\"[\"\"a\"\", \"\"b\"\"]\",x; y,\"{\"\"k\"\": 1}\",\
        \"[{\"\"role\"\": \"\"user\"\", \"\"content\"\": \"\"q\"\"}]\",support,\n\
        2,5\" disk,,[see page 3],\"x,y\",,,,\n";
    let entries = read("d.csv", text).unwrap();
    let first = &entries[0].sample;
    assert_eq!(first.input, "say \"hi\", please");
    assert_eq!(first.expected.as_deref(), Some("hi"));
    assert_eq!(first.context, ["a", "b"]);
    assert_eq!(first.conversation[0].content, "q");
    assert_eq!(first.metadata, r#"{"k":1,"team":"support"}"#);
    assert_eq!(entries[0].tags, ["x", "y"]);
    let second = &entries[1];
    assert_eq!((second.sample.input.as_str(), &second.sample.expected), ("5\" disk", &None));
    assert_eq!(second.sample.context, ["[see page 3]"], "brackets alone make no list");
    assert_eq!(
        (second.tags.as_slice(), second.sample.metadata.as_str()),
        (&["x".to_owned(), "y".into()][..], "{}")
    );
}

#[test]
fn other_tools_names_are_understood() {
    for name in ["input", "user_input", "question", "query", "prompt", "userInput", "Question"] {
        assert_eq!(line(&json!({name: "q"}).to_string()).sample.input, "q", "{name}");
        assert_eq!(one("d.csv", &format!("{name}\nq\n")).sample.input, "q", "{name}");
    }
    for name in [
        "expected_output",
        "expected",
        "ideal",
        "reference",
        "ground_truth",
        "ground_truths",
        "target",
        "expectedOutput",
    ] {
        assert_eq!(
            line(&json!({"input": "q", name: "e"}).to_string()).sample.expected.as_deref(),
            Some("e"),
            "{name}"
        );
    }
    for name in ["output", "actual_output", "answer", "response", "completion", "actualOutput"] {
        assert_eq!(
            line(&json!({"input": "q", name: "o"}).to_string()).recorded.as_deref(),
            Some("o"),
            "{name}"
        );
    }
    for name in ["context", "contexts", "retrieved_contexts", "retrieval_context", "retrievalContext"] {
        assert_eq!(line(&json!({"input": "q", name: ["c"]}).to_string()).sample.context, ["c"], "{name}");
        assert_eq!(line(&json!({"input": "q", name: "c"}).to_string()).sample.context, ["c"], "{name}");
    }
    for name in ["conversation", "messages", "turns"] {
        let entry = line(&json!({name: [{"role": "user", "content": "q"}]}).to_string());
        assert_eq!((entry.sample.input.as_str(), entry.sample.conversation.len()), ("q", 1), "{name}");
    }
    for name in ["metadata", "additional_metadata", "meta"] {
        assert_eq!(
            line(&json!({"input": "q", name: {"k": 1}}).to_string()).sample.metadata,
            r#"{"k":1}"#,
            "{name}"
        );
    }
}

#[test]
fn whole_records_of_other_tools_are_read() {
    let deepeval = line(
        r#"{"input": "q", "actualOutput": "a", "expectedOutput": "e", "context": null, "retrievalContext": ["r"],
            "toolsCalled": [{"name": "search"}], "additionalMetadata": {"k": 1}}"#
            .replace('\n', " ")
            .as_str(),
    );
    assert_eq!((deepeval.recorded.as_deref(), deepeval.sample.expected.as_deref()), (Some("a"), Some("e")));
    assert_eq!(deepeval.sample.context, ["r"]);
    assert_eq!(deepeval.sample.metadata, r#"{"k":1,"toolsCalled":[{"name":"search"}]}"#);

    let both = line(r#"{"input": "q", "retrieval_context": ["r"], "context": ["ideal"]}"#);
    assert_eq!(both.sample.context, ["ideal"]);
    assert_eq!(both.sample.metadata, r#"{"retrieval_context":["r"]}"#);

    let ragas =
        line(r#"{"user_input": "q", "retrieved_contexts": ["c"], "response": "a", "reference": "e"}"#);
    assert_eq!((ragas.sample.input.as_str(), ragas.sample.context.len()), ("q", 1));

    let openai = line(
        r#"{"input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "q"}], "ideal": ["e"]}"#,
    );
    assert_eq!((openai.sample.input.as_str(), openai.sample.expected.as_deref()), ("q", Some("e")));
    assert_eq!(openai.sample.conversation[0].role, Role::System);
}

#[test]
fn messages_call_tools_in_every_dialect() {
    let entry = line(
        r#"{"input": "q", "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "1", "name": "find", "arguments": {"x": 1}},
                {"id": "2", "type": "function", "function": {"name": "get", "arguments": "{\"y\": 2}"}},
                {"name": "list", "args": {}}]},
            {"type": "human", "content": "c"}, {"type": "ai", "content": "d"}, {"role": "function", "content": "e"}]}"#
            .replace('\n', " ")
            .as_str(),
    );
    let conversation = entry.sample.conversation;
    assert_eq!(conversation[0], Message { role: Role::System, content: "a\nb".into(), tool_calls: vec![] });
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    assert_eq!(
        conversation[1].tool_calls,
        [call("1", "find", r#"{"x":1}"#), call("2", "get", "{\"y\": 2}"), call("", "list", "{}")]
    );
    let roles: Vec<Role> = conversation[2..].iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool]);
}

#[test]
fn answers_that_are_no_text_become_json() {
    let entry = line(r#"{"input": {"b": 1, "a": 2}, "expected_output": ["x"], "output": 42.50}"#);
    assert_eq!(entry.sample.input, r#"{"b":1,"a":2}"#, "keys keep their order");
    assert_eq!(entry.sample.expected.as_deref(), Some(r#"["x"]"#));
    assert_eq!(entry.recorded.as_deref(), Some("42.5"));
}

#[test]
fn files_are_opened_by_their_name_and_counted() {
    let text = "{\"id\": \"a\", \"input\": \"1\"}\n{\"id\": \"b\", \"input\": \"2\"}\n";
    let (_directory, path) = file("data.JSONL", text);
    let mut records = open_raw(&path).unwrap();
    assert_eq!((records.total_bytes(), records.bytes_read()), (text.len() as u64, 0));
    let first = records.next().unwrap().unwrap();
    assert_eq!((first.line(), first.size(), records.bytes_read()), (1, 25, 25));
    assert_eq!(records.by_ref().count(), 1);
    assert_eq!(records.bytes_read(), text.len() as u64);
    let entries: Vec<_> = open(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries.len(), 2);
}

#[test]
fn the_digest_is_of_what_was_reviewed() {
    let digest = |text: &str| line(text).digest();
    let base = digest(
        r#"{"id": "a", "input": "q", "expected": "e", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}}"#,
    );
    let same = r#"{"metadata": {"y": 2, "x": 1}, "id": "b", "question": "q", "expected": "e", "context": ["c", "d"], "output": "o", "tags": ["t"]}"#;
    assert_eq!(base, digest(same));
    for other in [
        r#"{"input": "Q", "expected": "e", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}}"#,
        r#"{"input": "q", "expected": "E", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}}"#,
        r#"{"input": "q", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}}"#,
        r#"{"input": "q", "expected": "e", "context": ["cd"], "metadata": {"x": 1, "y": 2}}"#,
        r#"{"input": "q", "expected": "e", "context": ["c", "d"], "metadata": {"x": 1, "y": 3}}"#,
        r#"{"input": "q", "expected": "e", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}, "partition": "golden"}"#,
        r#"{"input": "q", "expected": "e", "context": ["c", "d"], "metadata": {"x": 1, "y": 2}, "turns": [{"role": "user", "content": "q"}]}"#,
    ] {
        assert_ne!(base, digest(other), "{other}");
    }
    assert_ne!(digest(r#"{"input": "q", "expected": ""}"#), digest(r#"{"input": "q"}"#));
    let metadata: Value = serde_json::from_str(&line(same).sample.metadata).unwrap();
    assert_eq!(metadata, json!({"x": 1, "y": 2}));
}
