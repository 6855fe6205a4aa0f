//! Every way to write every competitor.

use scorebox_sdk::Failure;

use crate::settings::Competitor;

/// One way to write one competitor.
#[derive(Debug)]
pub(crate) struct Name {
    /// What is looked for.
    pub(crate) spelling: String,
    /// What the competitor is called in findings.
    competitor: String,
    is_alias: bool,
}

impl Name {
    /// What a finding says where the answer has `written`.
    pub(crate) fn message(&self, written: &str) -> String {
        if self.is_alias {
            format!("names {} as “{written}”", self.competitor)
        } else {
            format!("names {}", self.competitor)
        }
    }
}

/// All spellings of all competitors, names before their aliases.
pub(crate) fn collect(competitors: Vec<Competitor>) -> Result<Vec<Name>, Failure> {
    if competitors.is_empty() {
        return Err(Failure::settings("competitors: the list is empty; write at least one name"));
    }
    let mut names = Vec::new();
    for (index, competitor) in competitors.into_iter().enumerate() {
        let (name, aliases) = match competitor {
            Competitor::Name(name) => (name, Vec::new()),
            Competitor::Named { name, aliases } => (name, aliases),
        };
        let field = format!("competitors[{index}]");
        names.push(Name { spelling: checked(&name, &field)?, competitor: name.clone(), is_alias: false });
        for (position, alias) in aliases.into_iter().enumerate() {
            let spelling = checked(&alias, &format!("{field}.aliases[{position}]"))?;
            names.push(Name { spelling, competitor: name.clone(), is_alias: true });
        }
    }
    Ok(names)
}

fn checked(name: &str, field: &str) -> Result<String, Failure> {
    if !name.chars().any(char::is_alphanumeric) {
        return Err(Failure::settings(format!(
            "{field}: the name is empty; write at least one letter or digit"
        )));
    }
    Ok(name.to_owned())
}
