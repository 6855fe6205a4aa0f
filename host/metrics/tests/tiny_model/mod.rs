//! Small embedding models with weights from a fixed seed, written as a folder. `reference/embeddings.py` makes the same
//! ones, and says what the reference implementations make of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const WORDS: [&str; 17] = [
    "the", "plan", "costs", "a", "month", "refund", "takes", "three", "days", "we", "not", "ship", "ärger",
    "返", "金", ".", ",",
];
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// Numbers in a vector.
pub const HIDDEN: usize = 32;
const LAYERS: usize = 2;
const WIDE: usize = 64;
const POSITIONS: usize = 24;
/// Tokens that the model is given at once.
pub const WINDOW: usize = 16;

fn vocabulary() -> Vec<String> {
    let letters = || LETTERS.chars().map(String::from);
    let mut all: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned).to_vec();
    all.extend(WORDS.map(str::to_owned));
    all.extend(letters().filter(|letter| !WORDS.contains(&letter.as_str())));
    all.extend(letters().map(|letter| format!("##{letter}")));
    all
}

/// splitmix64, as numbers of 24 bits from 0 to 1.
struct Numbers(u64);

impl Numbers {
    fn take(&mut self, count: usize, start: f64, scale: f64) -> Vec<f32> {
        let one = |_| {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (start + scale * ((z ^ (z >> 31)) >> 40) as f64 / f64::from(1 << 24)) as f32
        };
        (0..count).map(one).collect()
    }
}

pub type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn tokenizer() -> Value {
    let vocabulary = vocabulary();
    let special = |id: usize| {
        json!({
            "id": id, "content": vocabulary[id], "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let ids: serde_json::Map<String, Value> =
        vocabulary.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect();
    json!({
        "version": "1.0",
        // As all-MiniLM-L6-v2 has them, though nobody may be cut or padded by them.
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": (0..4).map(special).collect::<Vec<_>>(),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {
                "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]},
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": ids,
        },
    })
}

pub fn write_json(path: &Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, serde_json::to_vec(value).unwrap()).unwrap();
}

/// A safetensors file.
pub fn write_tensors(path: &Path, tensors: &Tensors) {
    let mut header = serde_json::Map::new();
    let mut values: Vec<u8> = Vec::new();
    for (name, (shape, numbers)) in tensors {
        let start = values.len();
        values.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        header.insert(
            name.clone(),
            json!({"dtype": "F32", "shape": shape, "data_offsets": [start, values.len()]}),
        );
    }
    let header = serde_json::to_vec(&header).unwrap();
    let bytes = [&(header.len() as u64).to_le_bytes(), header.as_slice(), &values].concat();
    fs::write(path, bytes).unwrap();
}

/// The tensors of an encoder, in the order in which their numbers are drawn.
pub fn encoder_tensors(kind: &str) -> Tensors {
    let mut numbers = Numbers(42);
    let mut tensors = Tensors::new();
    let mut take = |name: String, shape: &[usize], start: f64, scale: f64| {
        let values = numbers.take(shape.iter().product(), start, scale);
        tensors.insert(name, (shape.to_vec(), values));
    };
    let plain = (-0.5, 1.0);
    let kinds = if kind == "bert" { 2 } else { 1 };
    for (name, rows) in [("word", vocabulary().len()), ("position", POSITIONS), ("token_type", kinds)] {
        take(format!("embeddings.{name}_embeddings.weight"), &[rows, HIDDEN], plain.0, plain.1);
    }
    let mut parts = vec![("embeddings.LayerNorm".to_owned(), 0, HIDDEN)];
    for layer in 0..LAYERS {
        let mut part = |name: &str, outputs, inputs| {
            parts.push((format!("encoder.layer.{layer}.{name}"), outputs, inputs));
        };
        for name in ["query", "key", "value"] {
            part(&format!("attention.self.{name}"), HIDDEN, HIDDEN);
        }
        part("attention.output.dense", HIDDEN, HIDDEN);
        part("attention.output.LayerNorm", 0, HIDDEN);
        part("intermediate.dense", WIDE, HIDDEN);
        part("output.dense", HIDDEN, WIDE);
        part("output.LayerNorm", 0, HIDDEN);
    }
    for (name, outputs, inputs) in parts {
        if outputs == 0 {
            take(format!("{name}.weight"), &[inputs], 0.75, 0.5);
            take(format!("{name}.bias"), &[inputs], plain.0, plain.1);
        } else {
            take(format!("{name}.weight"), &[outputs, inputs], plain.0, plain.1);
            take(format!("{name}.bias"), &[outputs], plain.0, plain.1);
        }
    }
    tensors
}

pub fn encoder_config(kind: &str) -> Value {
    json!({
        "model_type": kind, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": 4,
        "intermediate_size": WIDE, "max_position_embeddings": POSITIONS, "vocab_size": vocabulary().len(),
        "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0,
    })
}

/// A sentence-transformers folder; `pooling` is `cls_token`, `mean_tokens` or `max_tokens`.
pub fn write_encoder(folder: &Path, kind: &str, pooling: &str) {
    write_json(&folder.join("config.json"), &encoder_config(kind));
    write_json(&folder.join("tokenizer.json"), &tokenizer());
    write_tensors(&folder.join("model.safetensors"), &encoder_tensors(kind));
    write_json(
        &folder.join("sentence_bert_config.json"),
        &json!({"max_seq_length": WINDOW, "do_lower_case": false}),
    );
    write_json(
        &folder.join("modules.json"),
        &json!([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ]),
    );
    let mut modes = serde_json::Map::new();
    for mode in ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"] {
        modes.insert(format!("pooling_mode_{mode}"), json!(mode == pooling));
    }
    write_json(&folder.join("1_Pooling/config.json"), &Value::Object(modes));
}

/// A model2vec folder.
pub fn write_static(folder: &Path) {
    let config = json!({"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": true, "hidden_dim": HIDDEN});
    write_json(&folder.join("config.json"), &config);
    write_json(&folder.join("tokenizer.json"), &tokenizer());
    let rows = vocabulary().len();
    let values = Numbers(42).take(rows * HIDDEN, -0.5, 1.0);
    let tensors = Tensors::from([("embeddings".to_owned(), (vec![rows, HIDDEN], values))]);
    write_tensors(&folder.join("model.safetensors"), &tensors);
}
