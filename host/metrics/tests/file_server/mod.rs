//! A web server for tests: files by path, one connection at a time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// What a path answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200, and these bytes.
    File(Vec<u8>),
    /// 302 to this place.
    Elsewhere(String),
    /// 200 and the length of all, but only half of the bytes.
    Half(Vec<u8>),
    /// This status.
    Status(u16),
}

/// The server, which ends with the test's process.
#[derive(Debug)]
pub struct FileServer {
    pub url: String,
    /// Paths that were asked for.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl FileServer {
    /// `make` is told the server's URL.
    pub fn start(make: impl FnOnce(&str) -> HashMap<String, Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (replies, seen) = (make(&url), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let Some(Ok(first)) = lines.next() else { continue };
                // The client closes too soon where its headers are left unread.
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let reply = replies.get(&path).cloned().unwrap_or(Reply::Status(404));
                seen.lock().unwrap().push(path);
                let (status, headers, body) = match reply {
                    Reply::File(body) => (200, format!("content-length: {}\r\n", body.len()), body),
                    Reply::Half(body) => {
                        let headers = format!("content-length: {}\r\n", body.len());
                        (200, headers, body[..body.len() / 2].to_vec())
                    }
                    Reply::Elsewhere(to) => {
                        (302, format!("location: {to}\r\ncontent-length: 0\r\n"), Vec::new())
                    }
                    Reply::Status(status) => (status, "content-length: 0\r\n".to_owned(), Vec::new()),
                };
                let head = format!(
                    "HTTP/1.1 {status} Status\r\nconnection: close\r\nx-repo-commit: 0123abcd\r\n{headers}\r\n"
                );
                // A client that has heard enough is no error.
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            }
        });
        Self { url, asked }
    }
}
