use super::super::{Lengths, Partition, stats};
use super::file;

const DATA: &str = r#"{"id": "a", "input": "Grüße", "partition": "golden", "expected": "ja", "tags": ["de", "short"]}
{"id": "b", "input": "abc", "tags": ["short"], "output": "x", "context": ["12", "345"]}
{"id": "c", "messages": [{"role": "user", "content": "1"}], "tags": ["evil\u001b"]}
"#;

#[test]
fn counts_partitions_tags_and_lengths() {
    let (_directory, path) = file("d.jsonl", DATA);
    let stats = stats(&path).unwrap();
    assert_eq!(stats.samples, 3);
    assert_eq!(stats.partitions.get(&Partition::Distribution), Some(&2));
    assert_eq!(stats.tags["short"], 2);
    assert_eq!(
        (stats.with_expected, stats.with_output, stats.with_context, stats.with_conversation),
        (1, 1, 1, 1)
    );
    assert_eq!(stats.input, Some(Lengths { min: 1, mean: 3.0, max: 5 }));
    assert_eq!(stats.context, Some(Lengths { min: 5, mean: 5.0, max: 5 }));
    insta::assert_snapshot!(stats.render(), @"
    3 samples
      golden             1
      distribution       2
    with
      input              3  length 1 to 5, 3 on average
      expected           1  length 2
      output             1  length 1
      context            1  length 5
      conversation       1
    tags
      short              2
      de                 1
      evil�              1
    ");
    let json = serde_json::to_value(&stats).unwrap();
    assert_eq!(json["partitions"]["golden"], 1);
}

#[test]
fn an_empty_dataset_is_counted_too() {
    let (_directory, path) = file("d.json", "[]");
    assert_eq!(stats(&path).unwrap().render(), "0 samples\n");
}
