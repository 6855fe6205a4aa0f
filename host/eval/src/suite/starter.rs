//! What `scorebox init` writes.

/// Files of a suite that runs as it is: names and contents.
pub fn starter() -> Vec<(&'static str, &'static str)> {
    vec![
        ("scorebox.yaml", include_str!("starter/scorebox.yaml")),
        ("dataset.jsonl", include_str!("starter/dataset.jsonl")),
        ("answers.jsonl", include_str!("starter/answers.jsonl")),
    ]
}
