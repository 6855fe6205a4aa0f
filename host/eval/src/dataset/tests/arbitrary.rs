use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::Partition;
use super::read;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", "\\PC{0,20}", Just("a\r\nb,\"c\"\n".to_owned())]
}

/// Fields as somebody may write them.
fn fields() -> impl Strategy<Value = Map<String, Value>> {
    (
        text(),
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::collection::vec(text(), 0..3),
        0..4_usize,
        proptest::collection::btree_map("[a-z]{1,3}", text(), 0..3),
    )
        .prop_map(|(input, expected, output, context, partition, metadata)| {
            let mut map = Map::new();
            map.insert("input".into(), input.into());
            map.insert("expected".into(), expected.into());
            map.insert("output".into(), output.into());
            map.insert("context".into(), context.into());
            map.insert("partition".into(), Partition::ALL[partition].name().into());
            map.insert("metadata".into(), json!(metadata));
            map
        })
}

/// Pieces that make up files which are nearly right.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\",
        "\n",
        "\r",
        " ",
        "input",
        "\"input\"",
        "\"examples\"",
        "id",
        "null",
        "1e9",
        "\u{feff}",
        "é",
        "\\ud800",
        "messages",
        "{\"input\": \"a\"}",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_is_read_in_every_format(samples in proptest::collection::vec(fields(), 0..5)) {
        let lines: String = samples.iter().map(|map| format!("{}\n", Value::Object(map.clone()))).collect();
        let document = serde_json::to_string_pretty(&json!({"name": "n", "examples": samples})).unwrap();
        let mut table = csv::Writer::from_writer(Vec::new());
        let names = ["input", "expected", "output", "context", "partition", "metadata"];
        table.write_record(names).unwrap();
        for map in &samples {
            table.write_record(names.map(|name| match &map[name] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                value => value.to_string(),
            })).unwrap();
        }
        let table = table.into_inner().unwrap();

        let from_lines = read("d.jsonl", lines).unwrap();
        prop_assert_eq!(from_lines.len(), samples.len());
        for (entry, map) in from_lines.iter().zip(&samples) {
            prop_assert_eq!(&entry.sample.input, map["input"].as_str().unwrap());
            prop_assert_eq!(entry.sample.expected.as_deref(), map["expected"].as_str());
            prop_assert_eq!(entry.recorded.as_deref(), map["output"].as_str());
            prop_assert_eq!(&json!(entry.sample.context), &map["context"]);
            let metadata: Value = serde_json::from_str(&entry.sample.metadata).unwrap();
            prop_assert_eq!(&metadata, &map["metadata"]);
        }
        let plain = |mut entries: Vec<super::Entry>| {
            entries.iter_mut().for_each(|entry| entry.line = 0);
            entries
        };
        let from_document = plain(read("d.json", document).unwrap());
        prop_assert_eq!(&from_document, &plain(from_lines.clone()));
        // A cell cannot tell an empty text from none.
        if samples.iter().all(|map| map.values().all(|value| value != "")) {
            prop_assert_eq!(&plain(read("d.csv", table).unwrap()), &from_document);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), nearly()]) {
        for name in ["d.jsonl", "d.json", "d.csv"] {
            if let Err(error) = read(name, bytes.clone()) {
                prop_assert!(error.to_string().starts_with(name));
            }
        }
    }

    #[test]
    fn a_small_buffer_reads_the_same(bytes in nearly()) {
        struct Slow(std::io::Cursor<Vec<u8>>);
        impl std::io::Read for Slow {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        prop_assume!(!bytes.starts_with("\u{feff}".as_bytes()));
        for name in ["d.jsonl", "d.json", "d.csv"] {
            let slow = super::from_reader(Box::new(Slow(std::io::Cursor::new(bytes.clone()))), name.as_ref());
            let slow: Result<Vec<_>, _> = slow.and_then(|records| records.map(|raw| super::parse(&raw?)).collect());
            prop_assert_eq!(format!("{slow:?}"), format!("{:?}", read(name, bytes.clone())));
        }
    }
}
