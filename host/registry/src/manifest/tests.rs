//! What a manifest may say, and how each mistake is told.

use std::path::Path;

use scorebox_sandbox::{Descriptor, Kind};

use super::*;

const SOUND: &str = "\
name: competitor-mention
version: 1.2.0
summary: Finds names of competitors in answers.
licence: MIT OR Apache-2.0
authors: [Jo Doe <jo@example.org>]
source: https://example.org/repo
language: rust
grants: {model: true}
cases:
  - name: names a competitor
    settings: {competitors: [Acme]}
    sample: {output: Try Acme., input: What?, expected: Ours., context: [Ours.], metadata: {a: 1}}
    expect:
      verdict: fail
      value: {min: 0, max: 0.5}
      findings:
        - {rule: competitor, quote: Acme}
  - name: settings that are wrong
    settings: {}
    sample: {output: ''}
    expect: {failure: invalid-settings}
";

fn parse(text: &str) -> Result<Manifest, String> {
    Manifest::parse(text, Path::new("plugin.yaml")).map_err(|error| error.to_string())
}

#[test]
fn a_sound_manifest_is_read_whole() {
    let manifest = parse(SOUND).unwrap();
    assert_eq!(manifest.language, Some(Language::Rust));
    assert!(manifest.grants.model);
    let asking = parse(&SOUND.replace("language: rust", "limits: {fuel_per_byte: 50000}")).unwrap();
    assert_eq!(asking.limits.limits().fuel_per_byte, 50_000);
    assert_eq!(asking.limits.limits().fuel, manifest.limits.limits().fuel);
    assert_eq!(asking.limits.limits().deadline, 5 * manifest.limits.limits().deadline);
    assert_eq!(asking.limits.to_string(), "{fuel_per_byte: 50000}");
    assert_eq!(manifest.cases.iter().map(|case| case.line).collect::<Vec<_>>(), [10, 18]);
    let case = &manifest.cases[0];
    assert_eq!(case.sample.to_sample().metadata, r#"{"a":1}"#);
    assert!(case.expect.value.unwrap().holds(0.5) && !case.expect.value.unwrap().holds(0.51));
    assert_eq!(manifest.cases[1].expect.failure.unwrap().name(), "invalid-settings");
}

/// Each line is a text of the sound manifest, what stands there instead, and what is said of it.
#[test]
fn every_field_that_is_wrong_is_said_with_its_line_and_what_to_write() {
    let mut said = String::new();
    for (from, to) in [
        ("name: competitor-mention", "name: Vendor/Check"),
        ("name: competitor-mention", "name: 🎄"),
        ("name: competitor-mention", "name: [a]"),
        ("name: competitor-mention", "nam: a"),
        ("name: competitor-mention\n", ""),
        ("version: 1.2.0", "version: 1.2"),
        ("version: 1.2.0", "version: {}"),
        ("summary: Finds names of competitors in answers.", "summary: ''"),
        ("summary: Finds names of competitors in answers.", "summary: \"a\\nb\""),
        ("licence: MIT OR Apache-2.0", "license: MIT"),
        ("licence: MIT OR Apache-2.0", "licence: do what you like"),
        ("licence: MIT OR Apache-2.0", "licence: MIT/Apache"),
        ("authors: [Jo Doe <jo@example.org>]", "authors: Jo"),
        ("authors: [Jo Doe <jo@example.org>]", "authors: ['']"),
        ("source: https://example.org/repo", "source: here"),
        ("language: rust", "language: Rust"),
        ("language: rust", "language: cobol"),
        ("grants: {model: true}", "grants: model"),
        ("grants: {model: true}", "grants: {model: 1}"),
        ("grants: {model: true}", "grants: {network: true}"),
        ("grants: {model: true}", "grants: {http: ['*.example.com']}"),
        ("grants: {model: true}", "grants: {files: [{dir: a, as: /a}]}"),
        ("grants: {model: true}", "grants: {files: [{as: ../a}]}"),
        ("grants: {model: true}", "limits: 5"),
        ("grants: {model: true}", "limits: {time: 5}"),
        ("grants: {model: true}", "limits: {fuel: lots}"),
        ("grants: {model: true}", "limits: {fuel: 5}"),
        ("grants: {model: true}", "limits: {memory: 99000000000}"),
        ("name: settings that are wrong", "name: names a competitor"),
        ("name: settings that are wrong", "name: ''"),
        ("settings: {competitors: [Acme]}", "settings: [Acme]"),
        ("sample: {output: ''}", "sample: {input: ''}"),
        ("sample: {output: ''}", "sample: {output: '', contxt: []}"),
        ("sample: {output: ''}", "sample: {output: '', context: one}"),
        ("sample: {output: ''}", "sample: {output: '', metadata: 5}"),
        ("sample: {output: ''}", "sample: {output: '', conversation: [{role: bot, content: a}]}"),
        ("verdict: fail", "verdict: maybe"),
        ("value: {min: 0, max: 0.5}", "value: {min: 1, max: 0.5}"),
        ("value: {min: 0, max: 0.5}", "value: {}"),
        ("value: {min: 0, max: 0.5}", "value: low"),
        ("value: {min: 0, max: 0.5}", "value: .nan"),
        ("value: {min: 0, max: 0.5}", "value: {least: 0}"),
        ("{rule: competitor, quote: Acme}", "{quote: Acme}"),
        ("{rule: competitor, quote: Acme}", "{rule: ''}"),
        ("{rule: competitor, quote: Acme}", "competitor"),
        ("expect: {failure: invalid-settings}", "expect: {failure: broken}"),
        ("expect: {failure: invalid-settings}", "expect: {failure: failed, verdict: pass}"),
        ("expect: {failure: invalid-settings}", "expect: {}"),
        ("expect: {failure: invalid-settings}", "expected: {}"),
        ("language: rust", "language: rust\nlanguage: c"),
        ("language: rust", "\tlanguage: rust"),
        ("language: rust", "language: 'rust"),
        ("grants: {model: true}", "grants: *asked"),
        ("language: rust", "---\nlanguage: rust"),
    ] {
        assert!(SOUND.contains(from), "{from}");
        let error = parse(&SOUND.replacen(from, to, 1)).expect_err(to);
        said.push_str(&format!("{to:?}\n  {}\n", error.replace('\n', "\n  ")));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn cases_that_contradict_each_other_are_named_both() {
    let contradicting = format!(
        "{SOUND}  - name: again
    sample: {{output: ''}}
    expect: {{verdict: pass}}
"
    );
    assert_eq!(
        parse(&contradicting).unwrap_err(),
        "plugin.yaml:22: case \"again\" contradicts case \"settings that are wrong\" in line 18: settings and sample are the \
         same, and what is expected is not: keep one of the two"
    );
}

fn component() -> Vec<u8> {
    wat::parse_str("(component)").unwrap()
}

#[test]
fn a_manifest_goes_through_a_component() {
    let manifest = parse(SOUND).unwrap();
    let embedded = embed_manifest(component(), &manifest).unwrap();
    let mut read = read_manifest(&embedded).unwrap().unwrap();
    for (case, original) in read.cases.iter_mut().zip(&manifest.cases) {
        case.line = original.line;
    }
    assert_eq!(read, manifest);
    assert_eq!(read_manifest(&component()).unwrap(), None);
    // Inside of another component it is that one's.
    let nested = wat::parse_str("(component (component (@custom \"scorebox:manifest\" \"{}\")))").unwrap();
    assert_eq!(read_manifest(&nested).unwrap(), None);
}

#[test]
fn a_section_of_a_stranger_is_checked() {
    let manifest = parse(SOUND).unwrap();
    let said = |component: Vec<u8>| read_manifest(&component).unwrap_err().to_string();
    let twice = embed_manifest(embed_manifest(component(), &manifest).unwrap(), &manifest).unwrap();
    assert!(said(twice).contains("there are two of them"));
    let lying = Manifest { name: "../../etc".to_owned(), ..manifest.clone() };
    let error = said(embed_manifest(component(), &lying).unwrap());
    assert!(error.contains("`name` is \"../../etc\""), "{error}");
    let custom = |data: &str| {
        wat::parse_str(format!("(component (@custom \"scorebox:manifest\" \"{data}\"))")).unwrap()
    };
    assert!(said(custom("{}")).contains("missing field `name`"));
    assert!(said(custom(&" ".repeat(MAX_MANIFEST_BYTES + 1))).contains("more than 262144"));
    let mut cut = embed_manifest(component(), &manifest).unwrap();
    cut.truncate(cut.len() - 1);
    assert!(said(cut).contains("broken"));
}

#[test]
fn cases_that_are_too_many_bytes_are_counted_instead() {
    let mut manifest = parse(SOUND).unwrap();
    let case = manifest.cases[0].clone();
    manifest.cases = (0..600)
        .map(|index| {
            let mut case = case.clone();
            case.name = format!("case {index}");
            case.sample.output = format!("{index} {}", "a".repeat(1000));
            case
        })
        .collect();
    let read = read_manifest(&embed_manifest(component(), &manifest).unwrap()).unwrap().unwrap();
    assert_eq!(read.cases.len() + read.cases_left_out, 600);
    assert!(!read.cases.is_empty() && read.cases_left_out > 0);
}

#[test]
fn a_manifest_and_its_component_have_to_agree() {
    let manifest = parse(SOUND).unwrap();
    let descriptor = Descriptor {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        summary: manifest.summary.clone(),
        kind: Kind::Constraint,
        settings_schema: serde_json::json!({}),
        range: None,
        higher_is_better: true,
        needs: vec![],
    };
    let model = ["scorebox:plugin/model@0.1.0".to_owned()];
    assert_eq!(manifest.agree(&descriptor, &model), Ok(()));
    let said = |manifest: &Manifest, descriptor: &Descriptor, imports: &[String]| {
        manifest.agree(descriptor, imports).unwrap_err().to_string()
    };
    let other = Descriptor { version: "1.3.0".to_owned(), ..descriptor.clone() };
    assert_eq!(
        said(&manifest, &other, &model),
        "`version` is \"1.2.0\" in the manifest, and \"1.3.0\" is what `describe` says: write the same in both"
    );
    assert!(said(&manifest, &descriptor, &[]).contains("asks for `model: true`"));
    let modest = Manifest { grants: AskedGrants::default(), ..manifest.clone() };
    assert!(said(&modest, &descriptor, &model).ends_with("add `grants: {model: true}`"));
    let http = ["wasi:http/outgoing-handler@0.2.3".to_owned()];
    assert!(said(&modest, &descriptor, &http).ends_with("add `grants: {http: [HOST]}`"));
    let files = ["wasi:filesystem/types@0.2.3".to_owned()];
    assert_eq!(modest.agree(&descriptor, &files), Ok(()));
}
