"""Reference values for the embedding models, one JSON object a line.

    python embeddings.py FOLDER-OF-ALL-MINILM-L6-V2    with transformers 4.44.2, flax 0.8.5, jax 0.4.30
    python embeddings.py model2vec                     with model2vec 0.10.0, which needs newer tokenizers
 The small models are those that tests/tiny_model
makes, from the same numbers. Long texts are cut as docs/evaluators.md says; each window is the reference implementation's.
"""
import json, os, sys, tempfile
import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer

WORDS = ["the", "plan", "costs", "a", "month", "refund", "takes", "three", "days", "we", "not", "ship", "ärger", "返", "金", ".", ","]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + WORDS + [c for c in LETTERS if c not in WORDS] + ["##" + c for c in LETTERS]
HIDDEN, LAYERS, HEADS, WIDE, POSITIONS, WINDOW = 32, 2, 4, 64, 24, 16


class Numbers:
    """splitmix64, as numbers of 24 bits from 0 to 1."""

    def __init__(self):
        self.state = 42

    def take(self, shape, start, scale):
        values = np.empty(int(np.prod(shape)))
        for index in range(len(values)):
            self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
            z = self.state
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
            values[index] = start + scale * ((z ^ (z >> 31)) >> 40) / 2**24
        return values.astype(np.float32).reshape(shape)


def tokenizer():
    return {
        "version": "1.0",
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": [
            {"id": id, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for id, token in enumerate(VOCABULARY[:4])
        ],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": {token: id for id, token in enumerate(VOCABULARY)}},
    }


def write(folder, config, tensors):
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(folder + "/config.json", "w"))
    json.dump(tokenizer(), open(folder + "/tokenizer.json", "w"))
    save_file(tensors, folder + "/model.safetensors", metadata={"format": "pt"})


def encoder(folder, kind):
    numbers, tensors = Numbers(), {}
    take = lambda name, shape, start=-0.5, scale=1.0: tensors.__setitem__(name, numbers.take(shape, start, scale))
    linear = lambda name, out, into: (take(name + ".weight", (out, into)), take(name + ".bias", (out,)))
    norm = lambda name: (take(name + ".weight", (HIDDEN,), 0.75, 0.5), take(name + ".bias", (HIDDEN,)))
    take("embeddings.word_embeddings.weight", (len(VOCABULARY), HIDDEN))
    take("embeddings.position_embeddings.weight", (POSITIONS, HIDDEN))
    take("embeddings.token_type_embeddings.weight", (2 if kind == "bert" else 1, HIDDEN))
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        for part in ["query", "key", "value"]:
            linear(name + "attention.self." + part, HIDDEN, HIDDEN)
        linear(name + "attention.output.dense", HIDDEN, HIDDEN)
        norm(name + "attention.output.LayerNorm")
        linear(name + "intermediate.dense", WIDE, HIDDEN)
        linear(name + "output.dense", HIDDEN, WIDE)
        norm(name + "output.LayerNorm")
    config = {"model_type": kind, "architectures": ["Model"], "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
              "intermediate_size": WIDE, "max_position_embeddings": POSITIONS, "vocab_size": len(VOCABULARY), "hidden_act": "gelu",
              "layer_norm_eps": 1e-12, "pad_token_id": 0, "type_vocab_size": 2 if kind == "bert" else 1}
    write(folder, config, tensors)


def static(folder):
    numbers = Numbers()
    tensors = {"embeddings": numbers.take((len(VOCABULARY), HIDDEN), -0.5, 1.0)}
    write(folder, {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True, "hidden_dim": HIDDEN}, tensors)


def unit(vector):
    return vector / max(np.linalg.norm(vector), 1e-12)


def rows(model, folder, texts, window, network, special, pooling="mean"):
    t = Tokenizer.from_file(folder + "/tokenizer.json")
    t.no_truncation(), t.no_padding()
    for text in texts:
        ids = t.encode(text, add_special_tokens=False).ids
        parts = max(1, -(-len(ids) // (window - 2)))
        cuts = [len(ids) * index // parts for index in range(parts + 1)]
        total = 0
        for a, b in zip(cuts, cuts[1:]):
            tokens = np.array([[special[0]] + ids[a:b] + [special[1]]])
            last = np.asarray(network(input_ids=tokens, attention_mask=np.ones_like(tokens)).last_hidden_state)[0].astype(np.float64)
            pooled = {"mean": last.mean(0), "first": last[0], "largest": last.max(0)}[pooling]
            total = total + unit(pooled) * max(b - a, 1)
        row(model, text, unit(total), parts)


def row(model, text, vector, parts):
    first = [round(float(value), 7) for value in vector[:12]]
    print(json.dumps({"model": model, "text": text, "parts": parts, "first": first, "sum": round(float(vector.sum()), 6)}, ensure_ascii=False))


def texts():
    words = "refund customer invoice delivery warranty account support payment schedule cancel upgrade storage region manager contract renew sensor battery garden river mountain".split()
    state, long = 7, []
    while len(long) < 600:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        long.append(words[(state >> 33) % len(words)])
    base = "The refund policy covers purchases made within thirty days. Customers who return the item unopened receive the full price, and those who opened it receive a voucher instead. Shipping is free above fifty dollars. "
    return ["This is an example sentence", "Each sentence is converted", "", "   \n\t ", "The plan costs $49 a month.", "The plan costs $94 a month.",
            "Der Tarif kostet 49 Euro im Monat.", "返金は3日以内に処理されます。", "استرداد الأموال يستغرق ثلاثة أيام", "🎉🚀 great job 👍🏽", "naïve café résumé Ångström", "A",
            "[CLS] [SEP] [MASK] is text here", "line one\nline two\r\nline three", "ＦＵＬＬ ｗｉｄｔｈ １２３", "SELECT * FROM users WHERE id = 42; -- drop",
            "e\u0301 versus é", "Pneumonoultramicroscopicsilicovolcanoconiosis " * 3, "x" * 150, "नमस्ते दुनिया", "한국어 문장입니다.", base * 4, " ".join(long)]


SMALL = ["The plan costs 49 a month.", "", "refund takes three days", "We do not ship the plan , we refund", "ÄRGER 返金 🎉 ö", "the " * 40, "refund takes nine days. " * 9]

if __name__ == "__main__":
    work = tempfile.mkdtemp()
    if sys.argv[1] == "model2vec":
        from model2vec import StaticModel

        static(work)
        model = StaticModel.from_pretrained(work)
        for text in SMALL:
            row("model2vec", text, model.encode([text], max_length=None)[0].astype(np.float64), 1)
        sys.exit()
    from transformers import FlaxBertModel, FlaxRobertaModel

    for kind, loader, pooling in [("bert", FlaxBertModel, "mean"), ("bert", FlaxBertModel, "first"), ("bert", FlaxBertModel, "largest"), ("roberta", FlaxRobertaModel, "mean")]:
        folder = f"{work}/{kind}"
        encoder(folder, kind)
        rows(f"{kind}-{pooling}", folder, SMALL, WINDOW, loader.from_pretrained(folder), (2, 3), pooling)
    minilm = sys.argv[1]
    rows("all-MiniLM-L6-v2", minilm, texts(), 256, FlaxBertModel.from_pretrained(minilm), (101, 102))
