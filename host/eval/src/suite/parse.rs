//! From YAML to a [`Suite`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scorebox_sandbox::Limits;

use crate::calibrate::{Calibration, CalibrationError};
use crate::dataset::Partition;
use crate::packages::is_reference;
use crate::suite::grants;
use crate::suite::limits::{self, SetLimit};
use crate::suite::model::{
    CalibrationUse, Evidence, Gate, Isolation, MAX_METRICS, MetricPlaces, MetricSource, MetricUse, Missing,
    Subject, Suite, SuitePlaces, Threshold, Tier,
};
use crate::suite::models::{self, ModelPlaces, ModelUse};
use crate::yaml::{self, Fields, FileError, Key, Kind, Mistake, Node, Reader, Source, place, suggest};

pub(crate) const SUITE: &[&str] =
    &["name", "dataset", "subject", "metrics", "models", "spend", "limits", "gates", "budget", "isolation"];
pub(crate) const SUBJECT: &[&str] = &["recorded", "command", "timeout", "concurrency"];
pub(crate) const METRIC: &[&str] =
    &["plugin", "builtin", "settings", "partitions", "threshold", "missing", "limits", "grants"];
pub(crate) const GATE: &[&str] = &["pass_rate", "max_faults", "min_samples", "evidence"];
pub(crate) const TIERS: &[&str] = &["golden", "regression", "adversarial", "distribution", "all"];
const THRESHOLDS: &[&str] =
    &["min", "max", "calibrated", "golden", "regression", "adversarial", "distribution", "default"];
pub(crate) const THRESHOLD: &[&str] = &["min", "max", "calibrated"];

const MAX_CONCURRENCY: u64 = 256;
const METRIC_EXAMPLE: &str = "{plugin: checks/competitor-mention.wasm}";

/// Reads a suite and everything that it names by path, but runs nothing.
///
/// # Errors
///
/// All mistakes at once, each with its place.
pub fn load(path: &Path) -> Result<Suite, FileError> {
    let text = yaml::read(path, "suite", "; `scorebox init` writes one that runs")?;
    parse(path, &text)
}

/// Reads the text of the suite at `path`.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Suite, FileError> {
    let source = Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    let root = yaml::tree(text, "suite").map_err(|mistake| FileError::of(source.clone(), vec![mistake]))?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut parser = Parser { reader: Reader::new("suite"), directory };
    let suite = parser.suite(&source, &root);
    match suite {
        Some(suite) if parser.reader.mistakes.is_empty() => Ok(suite),
        _ => Err(FileError::of(source, parser.reader.mistakes)),
    }
}

/// A threshold as a suite says it.
struct SetThreshold {
    threshold: Threshold,
    /// The file that it comes from, where the suite names one.
    calibration: Option<CalibrationUse>,
}

impl From<Threshold> for SetThreshold {
    fn from(threshold: Threshold) -> Self {
        Self { threshold, calibration: None }
    }
}

struct Parser<'a> {
    reader: Reader,
    directory: &'a Path,
}

impl Parser<'_> {
    fn suite(&mut self, source: &Arc<Source>, root: &Node) -> Option<Suite> {
        let Source { path, text } = source.as_ref();
        let top = 0..text.lines().next().unwrap_or_default().len();
        if root.kind == Kind::Null {
            let help = "write a dataset and metrics; `scorebox init` writes a suite that runs";
            self.reader.say(Mistake::at(top, "the suite is empty").help(help));
            return None;
        }
        let fields = self.reader.fields(root, &top, "", SUITE, "dataset: dataset.jsonl")?;
        let name = match fields.get("name") {
            Some(node) => self.name(node, &fields, "name"),
            None => Some(default_name(path)),
        };
        let dataset = self.required(&fields, &top, "dataset", "dataset: dataset.jsonl").and_then(|node| {
            let place = place(&fields, "dataset");
            self.existing_file(node, &place, "dataset", "dataset", "dataset: dataset.jsonl")
        });
        let subject = match fields.get("subject") {
            Some(node) => self.subject(node, &place(&fields, "subject")),
            None => Some(Subject::Dataset),
        };
        let set = self.limits(&fields);
        let limits = applied(Limits::default(), &set);
        let (metrics, places) = match self.required(&fields, &top, "metrics", "metrics: {exact-match: {}}") {
            Some(node) => self.metrics(node, &place(&fields, "metrics"), limits),
            None => (Vec::new(), Vec::new()),
        };
        let (mut models, model_places) = match fields.get("models") {
            Some(node) => self.models(node, &place(&fields, "models")),
            None => (Vec::new(), Vec::new()),
        };
        let (spend, spend_places) = match fields.get("spend") {
            Some(node) => {
                let at = place(&fields, "spend");
                models::spend(&mut self.reader, node, &at, self.directory, &mut models)
            }
            None => Default::default(),
        };
        let gates = match fields.get("gates") {
            Some(node) => self.gates(node, &place(&fields, "gates")),
            None => BTreeMap::new(),
        };
        let budgets = match fields.get("budget") {
            Some(node) => self.budgets(node, &place(&fields, "budget")),
            None => BTreeMap::new(),
        };
        let isolation = match fields.get("isolation") {
            Some(node) => {
                let words = [Isolation::Instance, Isolation::Process].map(|word| (word.name(), word));
                self.reader.word(node, &place(&fields, "isolation"), "isolation", &words).unwrap_or_default()
            }
            None => Isolation::default(),
        };
        Some(Suite {
            path: path.to_owned(),
            digest: crate::digest::bytes(text.as_bytes()),
            name: name?,
            dataset: dataset?,
            subject: subject?,
            metrics,
            models,
            spend,
            gates,
            budgets,
            isolation,
            source: source.clone(),
            places: SuitePlaces {
                dataset: fields.get("dataset")?.place(&place(&fields, "dataset")),
                subject: fields.key("subject").or(fields.key("dataset"))?.span.clone(),
                limits: set,
                isolation: fields.get("isolation").map(|node| node.place(&place(&fields, "isolation"))),
                metrics: places,
                models: model_places,
                spend: spend_places,
            },
        })
    }

    fn required<'n>(
        &mut self,
        fields: &Fields<'n>,
        top: &Range<usize>,
        field: &str,
        instead: &str,
    ) -> Option<&'n Node> {
        let node = fields.get(field);
        if node.is_none() {
            let message = format!("the suite has no `{field}`");
            self.reader.say(Mistake::at(top.clone(), message).help(format!("write for example `{instead}`")));
        }
        node
    }

    fn name(&mut self, node: &Node, fields: &Fields<'_>, field: &str) -> Option<String> {
        let text = self.reader.text(node, &place(fields, field), field, "name: support-assistant")?;
        self.check_name(text, &node.span).then(|| text.to_owned())
    }

    fn check_name(&mut self, name: &str, span: &Range<usize>) -> bool {
        let sound = name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !sound {
            let message = format!("{name:?} is no name");
            let help = format!("use at most 64 letters, digits, `-`, `_` and `.`: `{}`", kebab(name));
            self.reader.say(Mistake::at(span.clone(), message).help(help));
        }
        sound
    }

    /// A path in the suite's directory, or an absolute one.
    fn file(&mut self, node: &Node, place: &Range<usize>, field: &str, instead: &str) -> Option<PathBuf> {
        let text = self.reader.text(node, place, field, instead)?;
        Some(self.directory.join(text))
    }

    fn existing_file(
        &mut self,
        node: &Node,
        place: &Range<usize>,
        field: &str,
        what: &str,
        instead: &str,
    ) -> Option<PathBuf> {
        let path = self.file(node, place, field, instead)?;
        let trouble = match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Some("it is a directory".to_owned()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        if let Some(trouble) = trouble {
            let message = format!("cannot read the {what} {}: {trouble}", path.display());
            self.reader
                .say(Mistake::at(node.span.clone(), message).help("paths start at the suite's directory"));
        }
        Some(path)
    }

    fn subject(&mut self, node: &Node, at: &Range<usize>) -> Option<Subject> {
        let instead = "subject: {recorded: answers.jsonl}";
        let fields = self.reader.fields(node, at, "subject", SUBJECT, instead)?;
        match (fields.get("recorded"), fields.get("command")) {
            (Some(recorded), None) => {
                for field in ["timeout", "concurrency"] {
                    if let Some(key) = fields.key(field) {
                        let message = format!("`{field}` says nothing about recorded answers");
                        self.reader.say(
                            Mistake::at(key.span.clone(), message)
                                .help("it belongs to a `command`; remove it"),
                        );
                    }
                }
                if recorded.kind == Kind::Text("dataset".to_owned()) {
                    return Some(Subject::Dataset);
                }
                let instead = "recorded: answers.jsonl";
                self.existing_file(recorded, &place(&fields, "recorded"), "recorded", "answers", instead)
                    .map(Subject::Recorded)
            }
            (None, Some(command)) => {
                let command = self.command(command, &place(&fields, "command"));
                let timeout = match fields.get("timeout") {
                    Some(node) => self.reader.duration(node, &place(&fields, "timeout"), "timeout"),
                    None => Some(Duration::from_secs(60)),
                };
                let concurrency = match fields.get("concurrency") {
                    Some(node) => {
                        let place = place(&fields, "concurrency");
                        self.reader.count(node, &place, "concurrency", 1..MAX_CONCURRENCY + 1)
                    }
                    None => Some(1),
                };
                let concurrency = usize::try_from(concurrency?).ok()?;
                Some(Subject::Command { command: command?, timeout: timeout?, concurrency })
            }
            (Some(_), Some(_)) => {
                let message = "a subject is either `recorded` or a `command`";
                self.reader
                    .say(Mistake::at(place(&fields, "command"), message).help("remove one of the two"));
                None
            }
            (None, None) => {
                let help = "write `recorded: answers.jsonl`, `recorded: dataset`, or `command: [python3, assistant.py]`";
                self.reader.say(
                    Mistake::at(at.clone(), "the subject says neither `recorded` nor `command`").help(help),
                );
                None
            }
        }
    }

    fn command(&mut self, node: &Node, at: &Range<usize>) -> Option<Vec<String>> {
        let instead = "command: [python3, assistant.py]";
        let Kind::List(items) = &node.kind else {
            self.reader.wrong(node, at, "command", "a list of the program and its arguments", instead);
            return None;
        };
        if items.is_empty() {
            self.reader.say(
                Mistake::at(at.clone(), "the command is empty")
                    .help(format!("write for example `{instead}`")),
            );
            return None;
        }
        let mut words = Vec::new();
        for item in items {
            match &item.kind {
                Kind::Text(text) => words.push(text.clone()),
                Kind::Number(number) => words.push(number.to_string()),
                _ => self.reader.wrong(item, at, "command", "a list of texts", instead),
            }
        }
        (words.len() == items.len()).then_some(words)
    }

    fn metrics(
        &mut self,
        node: &Node,
        at: &Range<usize>,
        limits: Limits,
    ) -> (Vec<MetricUse>, Vec<MetricPlaces>) {
        let instead = format!("metrics: {{competitor-mention: {METRIC_EXAMPLE}}}");
        let Some(entries) = self.reader.map(node, at, "metrics", &instead) else {
            return (Vec::new(), Vec::new());
        };
        if entries.is_empty() {
            let mistake = Mistake::at(at.clone(), "the suite has no metric");
            self.reader.say(mistake.help(format!("write for example `{instead}`")));
        }
        if let Some((key, _)) = entries.get(MAX_METRICS) {
            let message = format!("the suite has {} metrics, more than {MAX_METRICS}", entries.len());
            let help = "give the metrics from here on a suite of their own, with the same dataset";
            self.reader.say(Mistake::at(key.span.clone(), message).help(help));
            return (Vec::new(), Vec::new());
        }
        entries.iter().filter_map(|(key, node)| self.metric(key, node, limits)).unzip()
    }

    fn metric(&mut self, key: &Key, node: &Node, limits: Limits) -> Option<(MetricUse, MetricPlaces)> {
        let sound = self.check_name(&key.text, &key.span);
        let nothing = Node { kind: Kind::Map(Vec::new()), span: node.span.clone() };
        let node = if node.kind == Kind::Null { &nothing } else { node };
        let fields = self.reader.fields(
            node,
            &key.span,
            &key.text,
            METRIC,
            &format!("{}: {METRIC_EXAMPLE}", key.text),
        )?;
        let (source, source_place) = match (fields.get("plugin"), fields.get("builtin")) {
            (Some(plugin), None) => {
                let at = place(&fields, "plugin");
                let text =
                    self.reader.text(plugin, &at, "plugin", "plugin: checks/competitor-mention.wasm")?;
                let source = if is_reference(text) {
                    MetricSource::Reference(text.to_owned())
                } else {
                    MetricSource::Plugin(self.directory.join(text))
                };
                (source, plugin.span.clone())
            }
            (None, Some(builtin)) => {
                let at = place(&fields, "builtin");
                let name = self.reader.text(builtin, &at, "builtin", "builtin: exact-match")?;
                (MetricSource::Builtin(name.to_owned()), builtin.span.clone())
            }
            // A metric that is named like a built-in one is that one.
            (None, None) => (MetricSource::Builtin(key.text.clone()), key.span.clone()),
            (Some(_), Some(_)) => {
                let message = format!("`{}` is either a `plugin` or a `builtin`", key.text);
                self.reader
                    .say(Mistake::at(place(&fields, "builtin"), message).help("remove one of the two"));
                return None;
            }
        };
        for field in ["limits", "grants"] {
            if let (MetricSource::Builtin(_), Some(key)) = (&source, fields.key(field)) {
                let message = format!("a built-in metric has no `{field}`: it does not run in the sandbox");
                self.reader.say(Mistake::at(key.span.clone(), message).help("remove them"));
            }
        }
        let settings_node = match fields.get("settings") {
            Some(node) => {
                self.reader.map(
                    node,
                    &place(&fields, "settings"),
                    "settings",
                    "settings: {ignore_case: true}",
                )?;
                Some(node.clone())
            }
            None => None,
        };
        let empty = || serde_json::Value::Object(serde_json::Map::new());
        let partitions = match fields.get("partitions") {
            Some(node) => self.partitions(node, &place(&fields, "partitions")),
            None => Vec::new(),
        };
        let bounds = match fields.get("threshold") {
            Some(node) => self.thresholds(node, &place(&fields, "threshold")),
            None => BTreeMap::new(),
        };
        let calibrations = bounds
            .iter()
            .filter_map(|(partition, bound)| Some((*partition, bound.calibration.clone()?)))
            .collect();
        let thresholds: BTreeMap<_, _> =
            bounds.into_iter().map(|(partition, bound)| (partition, bound.threshold)).collect();
        for partition in thresholds.keys().flatten() {
            if !partitions.is_empty() && !partitions.contains(partition) {
                let message =
                    format!("`{}` has a threshold for {partition}, where it does not run", key.text);
                let help = "add the partition to `partitions`, or remove the threshold";
                self.reader.say(Mistake::at(place(&fields, "threshold"), message).help(help));
            }
        }
        let missing = match fields.get("missing") {
            Some(node) => {
                let words = [("fault", Missing::Fault), ("skip", Missing::Skip)];
                self.reader.word(node, &place(&fields, "missing"), "missing", &words)?
            }
            None => Missing::default(),
        };
        let set = self.limits(&fields);
        let limits = applied(limits, &set);
        let (grants, grant_places) = match fields.get("grants") {
            Some(node) => grants::read(&mut self.reader, node, &place(&fields, "grants"), self.directory),
            None => Default::default(),
        };
        let places = MetricPlaces {
            name: key.span.clone(),
            source: source_place,
            settings: fields.key("settings").map(|key| key.span.clone()),
            settings_node,
            limits: set,
            grants: grant_places,
        };
        let settings = places.settings_node.as_ref().map_or_else(empty, Node::to_json);
        let name = key.text.clone();
        let used = MetricUse {
            name,
            source,
            package: None,
            settings,
            partitions,
            thresholds,
            calibrations,
            missing,
            limits,
            grants,
        };
        sound.then_some((used, places))
    }

    fn models(&mut self, node: &Node, at: &Range<usize>) -> (Vec<ModelUse>, Vec<ModelPlaces>) {
        let instead = "models: {judge: {api: openai, model: gpt-4o-mini, key: {env: OPENAI_API_KEY}}}";
        let Some(entries) = self.reader.map(node, at, "models", instead) else {
            return (Vec::new(), Vec::new());
        };
        let model = |(key, node): &(Key, Node)| {
            let sound = self.check_name(&key.text, &key.span);
            models::read(&mut self.reader, key, node, self.directory).filter(|_| sound)
        };
        entries.iter().filter_map(model).unzip()
    }

    fn partitions(&mut self, node: &Node, at: &Range<usize>) -> Vec<Partition> {
        let Kind::List(items) = &node.kind else {
            self.reader.wrong(node, at, "partitions", "a list", "partitions: [golden, regression]");
            return Vec::new();
        };
        if items.is_empty() {
            let mistake = Mistake::at(at.clone(), "`partitions` is empty, so the metric would never run");
            self.reader.say(mistake.help("name a partition, or remove the line to run on all"));
        }
        let words: Vec<(&str, Partition)> = Partition::ALL.iter().map(|p| (p.name(), *p)).collect();
        items.iter().filter_map(|item| self.reader.word(item, at, "partition", &words)).collect()
    }

    fn thresholds(&mut self, node: &Node, at: &Range<usize>) -> BTreeMap<Option<Partition>, SetThreshold> {
        let mut thresholds = BTreeMap::new();
        let instead = "threshold: {golden: 0.8, default: 0.6}";
        if matches!(node.kind, Kind::Number(_)) {
            thresholds.extend(self.threshold(node, at).map(|threshold| (None, threshold)));
            return thresholds;
        }
        let Some(fields) = self.reader.fields(node, at, "threshold", THRESHOLDS, instead) else {
            return thresholds;
        };
        let bounds = THRESHOLD.iter().any(|field| fields.get(field).is_some());
        let Kind::Map(entries) = &node.kind else { return thresholds };
        if bounds {
            if let Some((key, _)) = entries.iter().find(|(key, _)| !THRESHOLD.contains(&key.text.as_str())) {
                let message = "a threshold is either one for all partitions (`min`, `max`, `calibrated`) or one for each";
                let help = format!("write `default: {{min: …}}` beside `{}`", key.text);
                self.reader.say(Mistake::at(key.span.clone(), message).help(help));
            }
            let alone = !entries.iter().any(|(key, _)| !THRESHOLD.contains(&key.text.as_str()));
            let threshold = if alone { self.threshold(node, at) } else { None };
            thresholds.extend(threshold.map(|threshold| (None, threshold)));
            return thresholds;
        }
        for (key, node) in entries {
            let partition = Partition::ALL.into_iter().find(|partition| partition.name() == key.text);
            if partition.is_some() || key.text == "default" {
                thresholds.extend(self.threshold(node, &key.span).map(|threshold| (partition, threshold)));
            }
        }
        if entries.is_empty() {
            self.reader.wrong(node, at, "threshold", "a number or a mapping with an entry", instead);
        }
        thresholds
    }

    fn threshold(&mut self, node: &Node, at: &Range<usize>) -> Option<SetThreshold> {
        if matches!(node.kind, Kind::Number(_)) {
            let bound = self.reader.number(node, at, "threshold", "threshold: 0.8")?;
            return Some(Threshold { min: Some(bound), max: None, directed: false }.into());
        }
        let fields = self.reader.fields(node, at, "threshold", THRESHOLD, "threshold: 0.8")?;
        if let Some(file) = fields.get("calibrated") {
            let other = ["min", "max"].into_iter().find_map(|field| fields.key(field));
            if let Some(key) = other {
                let message = format!("`calibrated` says the bound already, and so does `{}`", key.text);
                self.reader.say(Mistake::at(key.span.clone(), message).help("remove one of the two"));
                return None;
            }
            return self.calibrated(file, &place(&fields, "calibrated"));
        }
        let mut bound = |field: &str| {
            let node = fields.get(field)?;
            self.reader.number(node, &place(&fields, field), field, &format!("{field}: 0.8"))
        };
        let (min, max) = (bound("min"), bound("max"));
        match (min, max) {
            (None, None) => return None,
            (Some(min), Some(max)) if min > max => {
                let message = format!("no value is at least {min} and at most {max}");
                self.reader.say(Mistake::at(place(&fields, "min"), message).help("swap `min` and `max`"));
                return None;
            }
            _ => {}
        }
        Some(Threshold { min, max, directed: true }.into())
    }

    /// The threshold that a calibration file proposes.
    fn calibrated(&mut self, node: &Node, at: &Range<usize>) -> Option<SetThreshold> {
        let path = self.file(node, at, "calibrated", "calibrated: calibration.json")?;
        let read = Calibration::read(&path).and_then(|(calibration, digest)| {
            let bound = calibration.bound()?;
            let threshold = Threshold { min: bound.min, max: bound.max, directed: true };
            let calibration = CalibrationUse { path, digest, calibration: Arc::new(calibration) };
            Ok(SetThreshold { threshold, calibration: Some(calibration) })
        });
        let help = "`scorebox calibrate --out FILE` writes one; paths start at the suite's directory";
        let say = |error: CalibrationError| Mistake::at(node.span.clone(), error.to_string()).help(help);
        read.map_err(|error| self.reader.say(say(error))).ok()
    }

    fn limits(&mut self, fields: &Fields<'_>) -> Vec<SetLimit> {
        let Some(node) = fields.get("limits") else { return Vec::new() };
        let instead = "limits: {memory: 64MiB, deadline: 10s}";
        limits::read(&mut self.reader, node, &place(fields, "limits"), "limits", &limits::known(), instead)
    }

    fn gates(&mut self, node: &Node, at: &Range<usize>) -> BTreeMap<Tier, Gate> {
        let mut gates = BTreeMap::new();
        let instead = "gates: {golden: 100%, all: {pass_rate: 90%, max_faults: 1%}}";
        let Some(entries) = self.reader.map(node, at, "gates", instead) else { return gates };
        for (key, node) in entries {
            let Some(tier) = Tier::named(&key.text) else {
                let message = format!("`{}` is no partition", key.text);
                self.reader.say(Mistake::at(key.span.clone(), message).help(suggest(&key.text, TIERS)));
                continue;
            };
            gates.extend(self.gate(tier, key, node).map(|gate| (tier, gate)));
        }
        gates
    }

    fn gate(&mut self, tier: Tier, key: &Key, node: &Node) -> Option<Gate> {
        let golden = tier == Tier::Partition(Partition::Golden);
        let mut gate = Gate { pass_rate: 1.0, max_faults: 0.0, min_samples: 1, evidence: Evidence::Point };
        if matches!(node.kind, Kind::Number(_) | Kind::Text(_)) {
            gate.pass_rate = self.reader.share(node, &key.span, &key.text)?;
            return Some(gate);
        }
        let instead = format!("{}: {{pass_rate: 90%}}", key.text);
        let fields = self.reader.fields(node, &key.span, &key.text, GATE, &instead)?;
        match fields.get("pass_rate") {
            Some(node) => {
                gate.pass_rate = self.reader.share(node, &place(&fields, "pass_rate"), "pass_rate")?;
            }
            None if golden => {}
            None => {
                let message = format!("the gate `{}` has no `pass_rate`", key.text);
                self.reader.say(
                    Mistake::at(key.span.clone(), message).help(format!("write for example `{instead}`")),
                );
            }
        }
        if let Some(node) = fields.get("max_faults") {
            gate.max_faults = self.reader.share(node, &place(&fields, "max_faults"), "max_faults")?;
        }
        if let Some(node) = fields.get("min_samples") {
            gate.min_samples =
                self.reader.count(node, &place(&fields, "min_samples"), "min_samples", 0..1_000_000_001)?;
        }
        if let Some(node) = fields.get("evidence") {
            let words = [("point", Evidence::Point), ("interval", Evidence::Interval)];
            gate.evidence = self.reader.word(node, &place(&fields, "evidence"), "evidence", &words)?;
        }
        Some(gate)
    }

    fn budgets(&mut self, node: &Node, at: &Range<usize>) -> BTreeMap<Tier, Duration> {
        let mut budgets = BTreeMap::new();
        let Kind::Map(entries) = &node.kind else {
            budgets.extend(self.reader.duration(node, at, "budget").map(|budget| (Tier::All, budget)));
            return budgets;
        };
        for (key, node) in entries {
            let Some(tier) = Tier::named(&key.text) else {
                let message = format!("`{}` is no partition", key.text);
                self.reader.say(Mistake::at(key.span.clone(), message).help(suggest(&key.text, TIERS)));
                continue;
            };
            budgets.extend(self.reader.duration(node, &key.span, &key.text).map(|budget| (tier, budget)));
        }
        budgets
    }
}

fn applied(mut limits: Limits, set: &[SetLimit]) -> Limits {
    for limit in set {
        limits.set(limit.name, limit.value);
    }
    limits
}

/// The suite's file name, or its directory's where the file has the usual name.
fn default_name(path: &Path) -> String {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| kebab(&part.to_string_lossy())).filter(|name| !name.is_empty())
    };
    let stem = text(path.file_stem()).filter(|stem| stem != "scorebox");
    let directory = || {
        let absolute = std::path::absolute(path).ok()?;
        text(absolute.parent()?.file_name())
    };
    stem.or_else(directory).unwrap_or_else(|| "suite".to_owned())
}

fn kebab(name: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let parts = name.split(|c| !word(c)).filter(|part| !part.is_empty());
    let text: String = parts.collect::<Vec<_>>().join("-");
    text.trim_start_matches(['_', '.']).chars().take(64).collect()
}
