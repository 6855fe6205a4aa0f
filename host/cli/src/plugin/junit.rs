//! The result of `scorebox plugin test` as JUnit XML.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use scorebox_eval::report::{escape, escape_line};
use scorebox_registry::{CaseReport, PropertyState};

use super::test::Tested;

/// What a test case came to.
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// Writes the file, so that a reader sees the old one or the new one.
pub(super) fn write(path: &Path, tested: &Tested<'_>) -> Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(directory)?;
    file.write_all(&xml(tested)?)?;
    file.persist(path)?;
    Ok(())
}

fn xml(tested: &Tested<'_>) -> Result<Vec<u8>> {
    let name = tested.name.unwrap_or("plugin");
    let cases = tested
        .cases
        .iter()
        .map(|report| (report.name.as_str(), "cases", report.elapsed.as_secs_f64(), of_case(report)));
    let properties = tested.properties.iter().map(|property| {
        let result = match &property.state {
            PropertyState::Holds => Outcome::Passed,
            PropertyState::Broken(examples) => Outcome::Failed(examples.join("\n")),
            PropertyState::Skipped(reason) => Outcome::Skipped(reason.clone()),
        };
        (property.name, "properties", 0.0, result)
    });
    let all: Vec<_> = cases.chain(properties).collect();
    let count =
        |wanted: fn(&Outcome) -> bool| all.iter().filter(|(.., result)| wanted(result)).count().to_string();
    let failures = count(|result| matches!(result, Outcome::Failed(_)));
    let skipped = count(|result| matches!(result, Outcome::Skipped(_)));

    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    for element in ["testsuites", "testsuite"] {
        let mut start = BytesStart::new(element);
        start.push_attribute(("name", escape_line(name).as_str()));
        start.push_attribute(("tests", all.len().to_string().as_str()));
        start.push_attribute(("failures", failures.as_str()));
        start.push_attribute(("errors", "0"));
        if element == "testsuite" {
            start.push_attribute(("skipped", skipped.as_str()));
        }
        xml.write_event(Event::Start(start))?;
    }
    for (test, class, seconds, result) in &all {
        let mut case = BytesStart::new("testcase");
        case.push_attribute(("name", escape_line(test).as_str()));
        case.push_attribute(("classname", escape_line(&format!("{name}.{class}")).as_str()));
        case.push_attribute(("time", format!("{seconds:.6}").as_str()));
        match result {
            Outcome::Passed => xml.write_event(Event::Empty(case))?,
            Outcome::Skipped(reason) => {
                xml.write_event(Event::Start(case))?;
                let mut skipped = BytesStart::new("skipped");
                skipped.push_attribute(("message", escape_line(reason).as_str()));
                xml.write_event(Event::Empty(skipped))?;
                xml.write_event(Event::End(BytesEnd::new("testcase")))?;
            }
            Outcome::Failed(text) => {
                xml.write_event(Event::Start(case))?;
                let mut failure = BytesStart::new("failure");
                let first = text.lines().next().unwrap_or_default();
                failure.push_attribute(("message", escape_line(first).as_str()));
                failure.push_attribute(("type", "failure"));
                xml.write_event(Event::Start(failure))?;
                xml.write_event(Event::Text(BytesText::new(&escape(text))))?;
                xml.write_event(Event::End(BytesEnd::new("failure")))?;
                xml.write_event(Event::End(BytesEnd::new("testcase")))?;
            }
        }
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn of_case(report: &CaseReport) -> Outcome {
    if report.passed() {
        return Outcome::Passed;
    }
    let lines = report.differences.iter().map(|difference| {
        let [expected, got] = [&difference.expected, &difference.got].map(|lines| match lines.as_slice() {
            [] => "nothing more".to_owned(),
            lines => lines.join("; "),
        });
        format!("{}: expected {expected}, got {got}", difference.field)
    });
    Outcome::Failed(lines.collect::<Vec<_>>().join("\n"))
}
