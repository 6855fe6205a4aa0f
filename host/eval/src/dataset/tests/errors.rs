use super::super::{UniqueIds, open, open_raw};
use super::{file, read};

/// What is said of `text`, as a file of this name.
fn error(name: &str, text: impl Into<Vec<u8>>) -> String {
    read(name, text).unwrap_err().to_string()
}

fn wrong(cases: &[(&str, &str)], name: &str) {
    for (text, message) in cases {
        assert_eq!(error(name, *text), format!("{name}:{message}"), "{text}");
    }
}

#[test]
fn broken_lines_say_where() {
    wrong(
        &[
            ("{\"input\": \"a\"}\n{\"input\": }\n", "2: not JSON: expected value at column 11"),
            (
                "{\n\"input\": \"a\"}",
                "1: not JSON: EOF while parsing an object at column 1; the whole sample has to stand in one line",
            ),
            ("{\"input\": \"a\"} {}", "1: not JSON: trailing characters at column 16"),
            (
                "[{\"input\": \"a\"}]",
                "1: a sample is a JSON object, this is a list: write {\"input\": …}; a file that is one JSON list is called *.json",
            ),
            (
                "{\"input\": \"a\"}\n\"x\"",
                "2: a sample is a JSON object, this is a text: write {\"input\": …}",
            ),
            ("17", "1: a sample is a JSON object, this is something else: write {\"input\": …}"),
        ],
        "d.jsonl",
    );
    let deep = format!("{{\"input\": \"a\", \"x\": {}{}}}", "[".repeat(500), "]".repeat(500));
    assert!(error("d.jsonl", deep).starts_with("d.jsonl:1: not JSON: recursion limit exceeded at column"));
    assert_eq!(
        error("d.jsonl", b"\n{\"input\": \"\xff\"}".as_slice()),
        "d.jsonl:2: not UTF-8: save the file as UTF-8"
    );
    assert_eq!(
        error("d.jsonl", b"\xff\xfe{\0".as_slice()),
        "d.jsonl:1: the file is UTF-16: save it as UTF-8"
    );
    assert_eq!(
        error("d.json", "[\n{\"input\":\n \"a\",\n oops}]"),
        "d.json:4: not JSON: key must be a string at column 2"
    );
}

#[test]
fn broken_documents_say_what_to_write() {
    wrong(
        &[
            ("", r#"1: the file is empty: write [ … ] or {"name": …, "examples": [ … ]}"#),
            ("hello", r#"1: not a JSON list or object: write [ … ] or {"name": …, "examples": [ … ]}"#),
            (
                "{\"name\": \"x\",\n\"rows\": []}",
                r#"2: the document has no list of samples, its keys are `name`, `rows`: write [ … ] or {"name": …, "examples": [ … ]}"#,
            ),
            (
                "{}",
                r#"1: the document has no list of samples, it is empty: write [ … ] or {"name": …, "examples": [ … ]}"#,
            ),
            (
                "{\"input\": \"a\"}\n{\"input\": \"b\"}",
                "1: the document is one sample, not a list: put it in [ … ], or call a file with one object a line *.jsonl",
            ),
            (
                "[]\n[]",
                "2: text after the end of the document: a file with one object a line is called *.jsonl",
            ),
            ("[{\"input\": \"a\"}\n{}]", "2: a comma is missing between two samples"),
            ("[{\"input\": \"a\"},\n]", "2: a comma before the end of the list: leave it out"),
            ("[,]", "1: a value is missing here"),
            ("[{\"input\": \"a\"}\n", "2: the list of samples does not end: close it with `]`"),
            ("[\n{\"input\": \"a\"", "2: the value that begins here does not end"),
            ("{\"examples\": []", "1: the document does not end: close it with `}`"),
            ("{\"examples\": [], \"data\": []}", "1: `data` is a second list of samples: put all into one"),
            ("{\"a\" 1}", "1: a colon has to follow the key `a`"),
            ("{a: 1}", "1: a key in double quotes has to stand here"),
            ("{\"a\": 1 \"b\": 2}", "1: a comma is missing between two keys of the document"),
            (
                "{\"a\": x, \"examples\": []}",
                "1: the value of `a` is not JSON: expected value at line 1 column 1",
            ),
            ("[1]", "1: a sample is a JSON object, this is something else: write {\"input\": …}"),
        ],
        "d.json",
    );
}

#[test]
fn broken_tables_say_what_to_write() {
    wrong(
        &[
            (
                "",
                "1: the file is empty: the first line has to name the columns, such as `id,input,expected_output`",
            ),
            ("id;input\n1;a\n", "1: the columns are separated by semicolons: save the file with commas"),
            ("id\tinput\n1\ta\n", "1: the columns are separated by tabs: save the file with commas"),
            ("input,a,a\n", "1: two columns are called `a`: rename one"),
            (
                "id,text\n",
                "1: no column holds the input, there are `id`, `text`: call one `input`, `question`, `query`, `prompt` or `user_input`",
            ),
            (
                "id,input\n1,a\n2,b,c\n",
                "3: 3 cells under 2 columns: put cells that hold commas or line ends in double quotes",
            ),
            (
                "id,input\n1\n",
                "2: 1 cells under 2 columns: put cells that hold commas or line ends in double quotes",
            ),
            (
                "id,input\n1,a\n2,\"b\n3,c\n",
                "3: a double quote is opened in the record that begins here and never closed",
            ),
            (
                "id,input\n1,\n",
                "2: `input`: is missing: every sample needs one of `input`, `question`, `query`, `prompt` or `user_input`, or messages",
            ),
            ("input,metadata\na,k=v\n", "2: `metadata`: the cell is no JSON: write a JSON object"),
            (
                "input,messages\na,hello\n",
                "2: `messages`: the cell is no JSON: write a JSON list of messages",
            ),
        ],
        "d.csv",
    );
    assert_eq!(
        error("d.csv", b"input\n\xe9t\xe9\n".as_slice()),
        "d.csv:2: not UTF-8: save the file as UTF-8"
    );
}

#[test]
fn wrong_fields_say_what_to_write() {
    let long = format!("{{\"input\": \"a\", \"id\": \"{}\"}}", "x".repeat(300));
    let long_message = format!("1: `id`: `{}…` is longer than 256 bytes: shorten it", "x".repeat(60));
    wrong(
        &[
            (
                r#"{"id": "a"}"#,
                "1: `input`: is missing: every sample needs one of `input`, `question`, `query`, `prompt` or `user_input`, or messages",
            ),
            (
                r#"{"input": null}"#,
                "1: `input`: is missing: every sample needs one of `input`, `question`, `query`, `prompt` or `user_input`, or messages",
            ),
            (r#"{"prompt": 5}"#, "1: `prompt`: is a number: write a text, an object, or a list of messages"),
            (
                r#"{"input": "a", "partition": "gold"}"#,
                "1: `partition`: unknown partition `gold`: write golden, regression, adversarial or distribution",
            ),
            (
                r#"{"input": "a", "partition": 1}"#,
                "1: `partition`: is a number: write golden, regression, adversarial or distribution",
            ),
            (
                r#"{"input": "a", "id": ""}"#,
                "1: `id`: is empty: give the sample an id, or leave the field out",
            ),
            (r#"{"input": "a", "id": []}"#, "1: `id`: is a list: write a text or a number"),
            (
                r#"{"input": "a", "id": "a\u001b[1m"}"#,
                "1: `id`: `a\u{fffd}[1m` holds a line end or control character: leave it out",
            ),
            (&long, &long_message),
            (
                r#"{"input": "a", "context": {"text": "c"}}"#,
                "1: `context`: is an object: write a text or a list of texts",
            ),
            (r#"{"input": "a", "contexts": ["c", 3]}"#, "1: `contexts[1]`: is a number: write a text"),
            (r#"{"input": "a", "tags": {}}"#, "1: `tags`: is an object: write a list of texts"),
            (r#"{"input": "a", "tags": ["x", 1]}"#, "1: `tags`: is a list: write a list of texts"),
            (r#"{"input": "a", "metadata": []}"#, "1: `metadata`: is a list: write an object"),
            (
                r#"{"input": "a", "metadata": {"k": 1}, "k": 2}"#,
                "1: `k`: stands beside `metadata` and in it: keep one",
            ),
            (
                r#"{"input": "a", "created_at": {}}"#,
                "1: `created_at`: is an object: write a text such as \"2026-11-24T16:00:00Z\"",
            ),
            (
                r#"{"input": "a", "question": "b"}"#,
                "1: `question`: means the same as `input`: keep one, and put the other into `metadata`",
            ),
            (r#"{"input": "a", "input": "b"}"#, "1: `input`: stands twice: keep one"),
            (r#"{"input": "a", "k": 1, "k": 2}"#, "1: `k`: stands twice: keep one"),
            (
                r#"{"input": "a", "ideal": ["x", "y"]}"#,
                "1: `ideal`: holds 2 answers: write the best one, and put the others into `metadata`",
            ),
        ],
        "d.jsonl",
    );
}

#[test]
fn wrong_messages_say_which() {
    wrong(
        &[
            (
                r#"{"messages": "hi"}"#,
                "1: `messages`: is a text: write a list of messages, {\"role\": …, \"content\": …}",
            ),
            (r#"{"messages": ["hi"]}"#, "1: `messages[0]`: is a text: write {\"role\": …, \"content\": …}"),
            (
                r#"{"messages": [{"content": "hi"}]}"#,
                "1: `messages[0]`: has no `role`: write user, assistant, system or tool",
            ),
            (
                r#"{"messages": [{"role": 1, "content": "hi"}]}"#,
                "1: `messages[0]`: the role is a number: write user, assistant, system or tool",
            ),
            (
                r#"{"messages": [{"role": "bot", "content": "hi"}]}"#,
                "1: `messages[0]`: unknown role `bot`: write user, assistant, system or tool",
            ),
            (r#"{"messages": [{"role": "user"}]}"#, "1: `messages[0]`: has no `content`: write a text"),
            (
                r#"{"messages": [{"role": "user", "content": 1}]}"#,
                "1: `messages[0]`: `content` is a number: write a text",
            ),
            (
                r#"{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}"#,
                "1: `messages[0]`: `content` has a part without text: images and sounds cannot be evaluated",
            ),
            (
                r#"{"messages": [{"role": "user", "content": [1]}]}"#,
                "1: `messages[0]`: a part of `content` is a number: write {\"type\": \"text\", \"text\": …}",
            ),
            (
                r#"{"messages": [{"role": "user", "content": "a", "tool_calls": 1}]}"#,
                "1: `messages[0]`: `tool_calls` is a number: write a list",
            ),
            (
                r#"{"messages": [{"role": "user", "content": "a", "tool_calls": [1]}]}"#,
                "1: `messages[0]`: a tool call is a number: write {\"id\": …, \"name\": …, \"arguments\": {…}}",
            ),
            (
                r#"{"messages": [{"role": "user", "content": "a", "tool_calls": [{}]}]}"#,
                "1: `messages[0]`: a tool call has no `name`: write the tool's name",
            ),
            (
                r#"{"messages": [{"role": "system", "content": "a"}]}"#,
                "1: `input`: is missing: every sample needs one of `input`, `question`, `query`, `prompt` or `user_input`, or messages",
            ),
            (
                r#"{"input": [{"role": "system", "content": "a"}]}"#,
                "1: `input`: no message has the role `user`: add what was asked",
            ),
            (
                r#"{"input": [{"role": "user", "content": "a"}], "messages": [{"role": "user", "content": "a"}]}"#,
                "1: `input`: holds messages, and so does the conversation: keep one",
            ),
        ],
        "d.jsonl",
    );
}

#[test]
fn a_record_without_end_is_refused_before_it_fills_the_memory() {
    struct Endless(&'static [u8], usize);
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'x');
            let count = buffer.len().min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            self.1 += buffer.len();
            assert!(self.1 < 64 << 20, "reads on and on");
            Ok(buffer.len())
        }
    }
    for (name, start) in [
        ("d.jsonl", &b"{\"input\": \""[..]),
        ("d.json", b"[{\"input\": \""),
        ("d.json", b"{\""),
        ("d.csv", b"input\n\""),
    ] {
        let path = std::path::Path::new(name);
        let mut records = super::from_reader(Box::new(Endless(start, 0)), path).unwrap();
        let error = records.next().unwrap().unwrap_err().to_string();
        assert!(
            error.ends_with(
                "the record that begins here is larger than 32 MiB: split it, or close its quotes"
            ),
            "{error}"
        );
        assert!(records.next().is_none(), "the stream ends after an error");
    }
}

#[test]
fn an_id_stands_once() {
    let (_directory, path) =
        file("d.jsonl", "{\"id\": \"a\", \"input\": \"1\"}\n\n{\"id\": \"a\", \"input\": \"2\"}\n{}\n");
    let results: Vec<_> = open(&path).unwrap().collect();
    assert_eq!(results.len(), 2, "the samples end after the first error");
    let message = results[1].as_ref().unwrap_err().to_string();
    assert!(
        message.ends_with("d.jsonl:3: `id`: `a` stands already in line 1: give each sample an id of its own"),
        "{message}"
    );

    let mut ids = UniqueIds::new(&path);
    ids.insert("sample-2", 9).unwrap();
    ids.insert("sample-3", 10).unwrap();
    assert!(ids.insert("sample-2", 11).is_err());
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let (directory, path) = file("data.parquet", "");
    let message = open_raw(&path).unwrap_err().to_string();
    assert!(message.ends_with(
        "data.parquet: the format of a dataset is told by its name: call it *.jsonl, *.json or *.csv"
    ));
    let message = open_raw(&directory.path().join("none.csv")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read the dataset") && message.contains("none.csv"), "{message}");
    let folder = directory.path().join("folder.json");
    std::fs::create_dir(&folder).unwrap();
    assert!(open_raw(&folder).unwrap_err().to_string().contains("directory"));
}
