//! A Guardrails validator as a check: the answer links to known hosts only.

use std::ops::Range;

use scorebox_sdk::prelude::*;

/// Which links are fine.
#[settings]
struct Settings {
    /// Hosts that an answer may link to; their subdomains as well.
    hosts: Vec<String>,
}

struct KnownLinks(Vec<String>);

impl Plugin for KnownLinks {
    type Settings = Settings;

    fn about() -> About {
        About::constraint("The answer links to known hosts only.")
    }

    fn configure(settings: Settings) -> Result<Self, Failure> {
        for (index, host) in settings.hosts.iter().enumerate() {
            if host.is_empty() || host.contains(['/', ':', '*', ' ']) {
                let message =
                    format!("hosts[{index}]: {host:?} is no host; write for example \"example.com\"");
                return Err(Failure::settings(message));
            }
        }
        Ok(Self(settings.hosts.iter().map(|host| host.to_lowercase()).collect()))
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let links = links(&sample.output);
        let unknown = links.iter().filter(|link| !self.knows(host(&sample.output[(*link).clone()])));
        let finding = |link: &Range<usize>| {
            let message = format!("links to {}, which is not known", host(&sample.output[link.clone()]));
            Finding::new("unknown-host", message).in_output(link.clone())
        };
        let findings = unknown.take(100).map(finding).collect();
        Ok(Score::from_findings(findings).measure("links", links.len() as f64))
    }
}

impl KnownLinks {
    fn knows(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        self.0
            .iter()
            .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    }
}

/// The links in a text, without the punctuation behind them.
fn links(text: &str) -> Vec<Range<usize>> {
    let starts = text.match_indices("://").filter_map(|(at, _)| {
        let scheme = ["https", "http"].into_iter().find(|scheme| text[..at].ends_with(scheme))?;
        Some((at - scheme.len(), at + 3))
    });
    starts
        .filter_map(|(start, host)| {
            let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']' | '`');
            let length = text[host..].find(ends).unwrap_or(text.len() - host);
            let link = text[start..host + length].trim_end_matches(['.', ',', ';', '!', '?', '\'']);
            (link.len() > host - start).then_some(start..start + link.len())
        })
        .collect()
}

/// The host of a link: what stands before a path and a port, and behind a user.
fn host(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

export!(KnownLinks);
