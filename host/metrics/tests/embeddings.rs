//! Local embedding models against the reference implementations, and folders that are no models.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod tiny_model;

use std::fs;
use std::path::Path;

use futures::executor::block_on;
use futures::future::join_all;
use scorebox_metrics::{Cancel, Embedded, EmbeddingModel, FaultKind, LocalEmbedding, ModelStore};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Row {
    model: String,
    text: String,
    parts: u32,
    first: Vec<f64>,
    sum: f64,
}

/// The bound; what is measured is below 1e-6.
const NEAR: f64 = 1e-4;

fn rows(model: &str) -> Vec<Row> {
    let lines = include_str!("reference/embeddings.jsonl").lines();
    let rows: Vec<Row> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.model == model).collect();
    assert!(rows.len() >= 7, "{model}");
    rows
}

fn embed(model: &LocalEmbedding, texts: &[String]) -> Embedded {
    block_on(model.embed(texts, &Cancel::default())).unwrap()
}

fn holds(model: &LocalEmbedding, rows: &[Row]) {
    let texts: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
    let embedded = embed(model, &texts);
    for ((row, vector), parts) in rows.iter().zip(&embedded.vectors).zip(&embedded.parts) {
        assert_eq!(*parts, row.parts, "{:?}", row.text);
        let sum: f64 = vector.iter().copied().map(f64::from).sum();
        assert!((sum - row.sum).abs() < 10.0 * NEAR, "{:?}: {sum} instead of {}", row.text, row.sum);
        for (value, expected) in vector.iter().zip(&row.first) {
            assert!(
                (f64::from(*value) - expected).abs() < NEAR,
                "{:?}: {value} instead of {expected}",
                row.text
            );
        }
        let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let is_blank = row.first.iter().all(|value| *value == 0.0);
        assert!(
            is_blank && length == 0.0 || (length - 1.0).abs() < 1e-6,
            "{:?} is of length {length}",
            row.text
        );
    }
}

#[test]
fn small_models_give_the_reference_vectors() {
    for (kind, pooling, mode) in [
        ("bert", "mean", "mean_tokens"),
        ("bert", "first", "cls_token"),
        ("bert", "largest", "max_tokens"),
        ("roberta", "mean", "mean_tokens"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        tiny_model::write_encoder(folder.path(), kind, mode);
        let model = LocalEmbedding::open(folder.path(), "tiny", 2).unwrap();
        assert_eq!(model.dimension(), tiny_model::HIDDEN);
        holds(&model, &rows(&format!("{kind}-{pooling}")));
    }
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write_static(folder.path());
    holds(&LocalEmbedding::open(folder.path(), "tiny", 2).unwrap(), &rows("model2vec"));
}

/// Where `scorebox models pull` has put the model; CI has no 90 MB for it.
#[test]
fn minilm_gives_the_reference_vectors() {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/scorebox"));
    let Some(directory) = ModelStore::default_directory(home.as_deref()) else { return };
    let Ok(model) = ModelStore::new(directory).open(scorebox_metrics::DEFAULT_MODEL, 2) else {
        println!("skipped: run `scorebox models pull` first");
        return;
    };
    holds(&model, &rows(scorebox_metrics::DEFAULT_MODEL));
}

fn tiny() -> (tempfile::TempDir, LocalEmbedding) {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write_encoder(folder.path(), "bert", "mean_tokens");
    let model = LocalEmbedding::open(folder.path(), "tiny", 2).unwrap();
    (folder, model)
}

#[test]
fn a_vector_does_not_depend_on_the_texts_beside_it() {
    let (folder, model) = tiny();
    let texts: Vec<String> =
        (0..200).map(|count| "the plan costs a month . ".repeat(count % 23) + &count.to_string()).collect();
    let together = embed(&model, &texts).vectors;
    let alone = LocalEmbedding::open(folder.path(), "tiny", 1).unwrap();
    for (text, expected) in texts.iter().zip(&together) {
        assert_eq!(&embed(&alone, std::slice::from_ref(text)).vectors[0], expected, "{text:?}");
    }
    // Many calls at once, as from many samples; in pairs, with one text twice.
    let other = LocalEmbedding::open(folder.path(), "tiny", 2).unwrap();
    let pairs: Vec<[String; 3]> =
        texts.chunks(2).map(|pair| [pair[0].clone(), pair[1].clone(), pair[0].clone()]).collect();
    let cancel = Cancel::default();
    let all = block_on(join_all(pairs.iter().map(|pair| other.embed(pair, &cancel))));
    for (index, embedded) in all.into_iter().enumerate() {
        let [one, two, three] = &embedded.unwrap().vectors[..] else { panic!("three texts") };
        assert_eq!((one, two, three), (&together[2 * index], &together[2 * index + 1], &together[2 * index]));
    }
}

#[test]
fn usage_is_the_same_whether_a_text_was_seen_before_or_not() {
    let (_folder, model) = tiny();
    let texts = ["the plan".to_owned(), "the plan".to_owned(), "a refund".to_owned()];
    let first = embed(&model, &texts);
    assert_eq!((first.usage.calls, first.usage.input_tokens, first.usage.cost), (3, 6, Some(0.0)));
    assert_eq!(embed(&model, &texts), first);
}

#[test]
fn a_stopped_run_and_texts_without_end_get_faults() {
    let (_folder, model) = tiny();
    let cancel = Cancel::default();
    cancel.cancel();
    let texts = ["the plan".to_owned()];
    let fault = block_on(model.embed(&texts, &cancel)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Cancelled);

    let book = ["the ".repeat(300_000)];
    let fault = block_on(model.embed(&book, &Cancel::default())).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.message.contains("1200000 bytes is too long"), "{}", fault.message);
    let letters = ["a ".repeat(200_000)];
    let fault = block_on(model.embed(&letters, &Cancel::default())).unwrap_err();
    assert!(fault.message.contains("200000 tokens is too long"), "{}", fault.message);
    // The threads go on.
    assert_eq!(embed(&model, &texts).vectors.len(), 1);
}

#[test]
fn the_identity_is_that_of_everything_a_vector_depends_on() {
    let (folder, model) = tiny();
    let identity = model.identity().clone();
    assert_eq!(identity.place, "local");
    assert!(identity.model.starts_with("tiny sha256:"), "{identity}");
    let again = || LocalEmbedding::open(folder.path(), "tiny", 1).unwrap().identity().clone();
    assert_eq!(again(), identity);
    tiny_model::write_json(&folder.path().join("sentence_bert_config.json"), &json!({"max_seq_length": 12}));
    let other = again();
    assert_ne!(other, identity);
    let mut tensors = tiny_model::encoder_tensors("bert");
    tensors.get_mut("embeddings.LayerNorm.bias").unwrap().1[0] += 0.5;
    tiny_model::write_tensors(&folder.path().join("model.safetensors"), &tensors);
    assert_ne!(again(), other);
}

/// What `break_it` makes of a sound folder is refused with these words.
fn refuses(break_it: impl FnOnce(&Path), words: &str) {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write_encoder(folder.path(), "bert", "mean_tokens");
    break_it(folder.path());
    let error = LocalEmbedding::open(folder.path(), "tiny", 1).unwrap_err().to_string();
    assert!(error.contains(words), "{error}\n  lacks\n{words}");
}

fn config(change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>)) -> impl FnOnce(&Path) {
    move |folder| {
        let mut config = tiny_model::encoder_config("bert");
        change(config.as_object_mut().unwrap());
        tiny_model::write_json(&folder.join("config.json"), &config);
    }
}

fn set(name: &'static str, value: serde_json::Value) -> impl FnOnce(&Path) {
    config(move |config| {
        config.insert(name.to_owned(), value);
    })
}

fn weights(bytes: impl FnOnce(Vec<u8>) -> Vec<u8>) -> impl FnOnce(&Path) {
    move |folder| {
        let path = folder.join("model.safetensors");
        fs::write(&path, bytes(fs::read(&path).unwrap())).unwrap();
    }
}

#[test]
fn folders_that_are_no_models_are_refused_by_name() {
    let error = LocalEmbedding::open(Path::new("/nowhere/at/all"), "tiny", 1).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/at/all is no folder: name one that holds config.json"), "{error}");
    let remove = |name: &'static str| move |folder: &Path| fs::remove_file(folder.join(name)).unwrap();
    refuses(remove("config.json"), "config.json is missing: a model's folder holds");
    refuses(remove("tokenizer.json"), "tokenizer.json is missing");
    refuses(remove("model.safetensors"), "cannot read ");
    refuses(remove("1_Pooling/config.json"), "1_Pooling/config.json is missing");
    refuses(|folder| fs::write(folder.join("config.json"), "{").unwrap(), "config.json is not understood");
    refuses(
        |folder| fs::write(folder.join("tokenizer.json"), "{\"model\": {}}").unwrap(),
        "tokenizer.json: ",
    );
    refuses(set("model_type", json!("gpt2")), "is of the model type `gpt2`; bert, roberta");
    refuses(set("hidden_act", json!("swish")), "`hidden_act` that is not known; gelu and relu are");
    refuses(set("num_attention_heads", json!(5)), "a multiple of `num_attention_heads`");
    refuses(set("num_attention_heads", json!(0)), "a multiple of `num_attention_heads`");
    refuses(set("num_hidden_layers", json!(1_000_000_000)), "more than a thousand layers");
    refuses(
        set("num_hidden_layers", json!(3)),
        "it has no tensor `encoder.layer.2.attention.self.query.weight`",
    );
    refuses(set("hidden_size", json!(64)), "config.json makes it [92, 64]");
    refuses(set("position_embedding_type", json!("relative_key")), "absolute is");
    refuses(
        set("max_position_embeddings", json!(u64::MAX)),
        "config.json makes it [18446744073709551615, 32]",
    );
    let modules = |modules: serde_json::Value| {
        move |folder: &Path| tiny_model::write_json(&folder.join("modules.json"), &modules)
    };
    let module = |path: &str, kind: &str| json!({"path": path, "type": format!("sentence_transformers.models.{kind}")});
    refuses(modules(json!([module("../../etc", "Transformer")])), "which leads out of the folder");
    refuses(modules(json!([module("/etc", "Transformer")])), "which leads out of the folder");
    refuses(
        modules(json!([module("", "Transformer"), module("2_Dense", "Dense")])),
        "has the module `sentence_transformers.models.Dense`",
    );
    let pooling = |mode: &'static str| {
        move |folder: &Path| {
            tiny_model::write_json(&folder.join("1_Pooling/config.json"), &json!({mode: true}));
        }
    };
    refuses(pooling("pooling_mode_lasttoken"), "asks for a pooling that is not known");
    refuses(
        |folder| {
            tiny_model::write_json(&folder.join("sentence_bert_config.json"), &json!({"max_seq_length": 2}));
        },
        "which the special ones fill",
    );
    let pipe = |folder: &Path| {
        let path = folder.join("config.json");
        fs::remove_file(&path).unwrap();
        fs::create_dir(path).unwrap();
    };
    refuses(pipe, "config.json is no file");
}

#[test]
fn weights_that_do_not_hold_what_they_say_are_refused() {
    refuses(weights(|_| Vec::new()), "shorter than the length of its header");
    refuses(
        weights(|_| b"version https://git-lfs.github.com/spec/v1\noid sha256:53aa".to_vec()),
        "pointer of Git LFS?",
    );
    refuses(weights(|bytes| bytes[..bytes.len() - 1].to_vec()), "the file is not whole");
    refuses(weights(|bytes| [bytes, vec![0]].concat()), "the file is not whole");
    refuses(weights(|bytes| [&u64::MAX.to_le_bytes()[..], &bytes[8..]].concat()), "no safetensors file");
    refuses(weights(|bytes| [&7_u64.to_le_bytes()[..], &bytes[8..]].concat()), "model.safetensors: ");
    let not_a_number = |mut bytes: Vec<u8>| {
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        bytes
    };
    refuses(weights(not_a_number), "holds what is no number");
    refuses(
        |folder| {
            let mut tensors = tiny_model::encoder_tensors("bert");
            tensors.remove("encoder.layer.1.output.dense.bias");
            tiny_model::write_tensors(&folder.join("model.safetensors"), &tensors);
        },
        "it has no tensor `encoder.layer.1.output.dense.bias`",
    );
    // Any byte of the header may be another one: it is refused or read, and nothing else.
    let folder = tempfile::tempdir().unwrap();
    tiny_model::write_static(folder.path());
    let path = folder.path().join("model.safetensors");
    let sound = fs::read(&path).unwrap();
    let header = 8 + usize::try_from(u64::from_le_bytes(sound[..8].try_into().unwrap())).unwrap();
    for at in 0..header {
        let mut bytes = sound.clone();
        bytes[at] = bytes[at].wrapping_add(1);
        fs::write(&path, bytes).unwrap();
        if let Ok(model) = LocalEmbedding::open(folder.path(), "tiny", 1) {
            embed(&model, &["the plan".to_owned()]);
        }
    }
}
