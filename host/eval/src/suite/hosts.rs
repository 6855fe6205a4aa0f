//! Hosts, as suites and policies write them: `api.example.com`, `api.example.com:8443`, `http://localhost:8080`.

use std::net::{Ipv4Addr, Ipv6Addr};

use scorebox_sandbox::HostGrant;

/// What is wrong with the text of a host, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoHost {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// A host, its port, and whether it is spoken to without encryption. There are no patterns, and each address has one
/// spelling, so that a person who reads the file sees where requests go.
pub(crate) fn parse(text: &str) -> Result<HostGrant, NoHost> {
    let wrong = |message: String, help: &str| Err(NoHost { message, help: help.to_owned() });
    let (plain, authority) = match text.split_once("://") {
        Some(("https", rest)) => (false, rest),
        Some(("http", rest)) => (true, rest),
        Some((scheme, rest)) => {
            return wrong(
                format!("`{scheme}` is no scheme of a granted host"),
                &format!("write `https://{rest}`, or `http://{rest}` for requests without encryption"),
            );
        }
        None => (false, text),
    };
    if let Some((_, host)) = authority.rsplit_once('@') {
        let help = format!("write `{host}`, and what proves who you are as a header");
        return wrong(format!("`{text}` names a user: a grant is for a host"), &help);
    }
    if let Some(end) = authority.find(['/', '?', '#', '\\']) {
        let help = format!("write `{}`", &text[..text.len() - authority.len() + end]);
        return wrong(format!("`{text}` names a path: a grant is for all of a host"), &help);
    }
    if authority.contains('*') {
        return wrong(
            format!("`{text}` is a pattern: each host is granted by its name"),
            "write out each host",
        );
    }
    let (host, port) = split(authority);
    let port = match port {
        None => Some(if plain { 80 } else { 443 }),
        Some(port) => port.parse().ok().filter(|port| *port != 0 && authority.ends_with(&format!(":{port}"))),
    };
    let Some(port) = port else {
        return wrong(
            format!("`{text}` has no port from 1 to 65535"),
            &format!("write for example `{host}:8443`"),
        );
    };
    Ok(HostGrant { host: name(host)?, port, plain, private: false, headers: Vec::new() })
}

/// How [`parse`] would read it again.
pub(crate) fn written(host: &HostGrant) -> String {
    let scheme = if host.plain { "http://" } else { "" };
    let usual = if host.plain { 80 } else { 443 };
    let port = if host.port == usual { String::new() } else { format!(":{}", host.port) };
    format!("{scheme}{}{port}", host.host)
}

/// Whether two grants are for the same host, port and scheme.
pub(crate) fn same(one: &HostGrant, other: &HostGrant) -> bool {
    (&one.host, one.port, one.plain) == (&other.host, other.port, other.plain)
}

fn split(authority: &str) -> (&str, Option<&str>) {
    if authority.starts_with('[')
        && let Some((address, rest)) = authority.split_once(']')
    {
        return (&authority[..=address.len()], rest.strip_prefix(':').or((!rest.is_empty()).then_some(rest)));
    }
    match authority.split_once(':') {
        // More than one colon is an address without its brackets, which `name` refuses.
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The host in lower case; an IPv6 address with its brackets, as in a URL.
fn name(host: &str) -> Result<String, NoHost> {
    let wrong = |message: String, help: String| Err(NoHost { message, help });
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.parse::<Ipv6Addr>() {
            Ok(parsed) if parsed.to_ipv4_mapped().is_some() => wrong(
                format!("`{host}` is an IPv4 address in disguise"),
                format!("write `{}`", parsed.to_ipv4_mapped().map_or_else(String::new, |v4| v4.to_string())),
            ),
            Ok(parsed) if parsed.to_string() == address => Ok(host.to_owned()),
            Ok(parsed) => wrong(
                format!("`{host}` is not how this address is usually written"),
                format!("write `[{parsed}]`"),
            ),
            Err(_) => {
                wrong(format!("`{host}` is no address"), "write for example `[2001:db8::1]`".to_owned())
            }
        };
    }
    if let Ok(parsed) = host.parse::<Ipv6Addr>() {
        return wrong(format!("`{host}` is an address without brackets"), format!("write `[{parsed}]`"));
    }
    if let Ok(parsed) = host.parse::<Ipv4Addr>() {
        return Ok(parsed.to_string());
    }
    let lower = host.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or_default();
    // `0x7f.1`, `2130706433` and `127.1` are addresses to some, and names to others.
    if last.starts_with(|c: char| c.is_ascii_digit())
        && last.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'x')
    {
        let help = "write four numbers from 0 to 255, each without leading zeros".to_owned();
        return wrong(format!("`{host}` is no address in its usual form"), help);
    }
    if !lower.is_ascii() {
        let help = "write it as it stands in the DNS: `xn--…`".to_owned();
        return wrong(format!("`{host}` is not in ASCII"), help);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if lower.len() > 253 || !lower.split('.').all(label) {
        let help = match lower.strip_suffix('.') {
            Some(name) => format!("write `{name}`"),
            None => "write for example `api.example.com`".to_owned(),
        };
        return wrong(format!("`{host:.300}` is no name of a host"), help);
    }
    Ok(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_ports_and_schemes() {
        for (text, host, port, plain) in [
            ("api.example.com", "api.example.com", 443, false),
            ("API.Example.com:8443", "api.example.com", 8443, false),
            ("https://api.example.com", "api.example.com", 443, false),
            ("https://api.example.com:80", "api.example.com", 80, false),
            ("http://localhost:8080", "localhost", 8080, true),
            ("http://my_service", "my_service", 80, true),
            ("192.0.2.7:443", "192.0.2.7", 443, false),
            ("[2001:db8::1]", "[2001:db8::1]", 443, false),
            ("http://[::1]:8080", "[::1]", 8080, true),
            ("1password.example", "1password.example", 443, false),
        ] {
            let read = parse(text).unwrap_or_else(|wrong| panic!("{text}: {}", wrong.message));
            assert_eq!((read.host.as_str(), read.port, read.plain), (host, port, plain), "{text}");
            assert!(same(&parse(&written(&read)).unwrap(), &read), "{text}");
        }
    }

    #[test]
    fn refuses_whatever_has_two_readings() {
        for text in [
            "",
            "https://",
            ":443",
            "ftp://example.com",
            "HTTP://example.com",
            "//example.com",
            "user@example.com",
            "user:password@example.com",
            "https://example.com/",
            "example.com/path",
            "example.com?x",
            "example.com#x",
            "example.com\\@other.com",
            "*.example.com",
            "*",
            "example.com:0",
            "example.com:65536",
            "example.com:",
            "example.com:+443",
            "example.com:0443",
            "example.com:443:443",
            "example.com.",
            "example..com",
            ".example.com",
            "-example.com",
            "exam ple.com",
            "exam%70le.com",
            "münchen.example",
            "127.1",
            "127.0.0.01",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "1.2.3.4.5",
            "256.1.1.1",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]8080",
            "[0:0:0:0:0:0:0:1]",
            "[::FFFF]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1%eth0]",
            "a\nb",
        ] {
            assert!(parse(text).is_err(), "{text:?} is {:?}", parse(text));
        }
        assert!(parse(&"a".repeat(64)).is_err());
        assert!(parse(&"a.".repeat(130)).is_err());
    }
}
