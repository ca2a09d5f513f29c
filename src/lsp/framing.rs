//! Messages on a byte stream: headers, a body of JSON, and what to do with either when it is odd.
//!
//! Nothing that a client sends ends the stream but its end: headers without a length are passed
//! over, and a body that is no message is answered or logged.

use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, RequestId, Response};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// The connection over standard input and output, with the thread that writes. It ends when the
/// last sender is gone.
pub fn stdio() -> io::Result<(Connection, thread::JoinHandle<io::Result<()>>)> {
    let (to_client, outgoing) = unbounded();
    let (incoming, from_client) = unbounded();
    let replies = to_client.clone();
    thread::Builder::new()
        .name("heaplint-reader".to_owned())
        .spawn(move || read_all(&mut BufReader::new(io::stdin().lock()), &incoming, &replies))?;
    let writer = thread::Builder::new()
        .name("heaplint-writer".to_owned())
        .spawn(move || write_all(&mut BufWriter::new(io::stdout().lock()), &outgoing))?;
    Ok((Connection { sender: to_client, receiver: from_client }, writer))
}

/// Reads messages until the stream ends or nobody listens.
fn read_all(input: &mut impl BufRead, incoming: &Sender<Message>, replies: &Sender<Message>) {
    while let Ok(Some(body)) = frame(input) {
        let (channel, message) = match message(&body) {
            Ok(message) => (incoming, message),
            Err(reply) => (replies, reply),
        };
        // After it nothing comes, and the writer can end with its last sender.
        let last = matches!(&message, Message::Notification(it) if it.method == "exit");
        if channel.send(message).is_err() || last {
            return;
        }
    }
}

fn write_all(output: &mut impl Write, outgoing: &Receiver<Message>) -> io::Result<()> {
    while let Ok(first) = outgoing.recv() {
        first.write(output)?;
        while let Ok(next) = outgoing.try_recv() {
            next.write(output)?;
        }
        output.flush()?;
    }
    Ok(())
}

/// The body of the next message. `None` at the end of the stream.
fn frame(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length: Option<u64> = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if let Some((name, value)) = text.split_once(':') {
            if name.trim().eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok().or(length);
            }
        } else if let (true, Some(length)) = (text.is_empty(), length) {
            let mut body = Vec::new();
            // Grows with what arrives, whatever length is claimed.
            input.by_ref().take(length).read_to_end(&mut body)?;
            let whole = body.len() as u64 == length;
            return Ok(whole.then_some(body));
        }
    }
}

/// The message of a body, or what to tell the client about it.
fn message(body: &[u8]) -> Result<Message, Message> {
    let text = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_str(&text)
        .or_else(|error| serde_json::from_str(&paired(&text)).map_err(|_| error))
        .map_err(|error| passed_over(&error.to_string()))?;
    let id = value.get("id").and_then(|id| RequestId::deserialize(id).ok());
    Message::deserialize(value).map_err(|error| match id {
        Some(id) => {
            let code = ErrorCode::InvalidRequest as i32;
            Response::new_err(id, code, format!("not a message: {error}")).into()
        }
        None => passed_over(&error.to_string()),
    })
}

/// A response would need the request's id, which nobody knows.
fn passed_over(error: &str) -> Message {
    let text = format!("a message that could not be read was passed over: {error}");
    let params = json!({ "type": 2, "message": text });
    Notification::new("window/logMessage".to_owned(), params).into()
}

/// JSON without surrogate escapes that have no partner, which JavaScript writes and UTF-8 cannot
/// hold. Each becomes U+FFFD: one code unit of UTF-16 as before, so that positions stay.
fn paired(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        output.push_str(&rest[..at]);
        rest = &rest[at..];
        let width = match unit(rest) {
            Some(0xd800..=0xdbff)
                if rest.get(6..).and_then(unit).is_some_and(|it| (0xdc00..=0xdfff).contains(&it)) =>
            {
                12
            }
            Some(0xd800..=0xdfff) => {
                output.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            // The escaped character may be a backslash.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        output.push_str(&rest[..width]);
        rest = &rest[width..];
    }
    output.push_str(rest);
    output
}

/// The code unit of an escape `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{frame, message, paired};
    use lsp_server::Message;

    fn frames(mut bytes: &[u8]) -> Vec<String> {
        std::iter::from_fn(|| frame(&mut bytes).unwrap())
            .map(|body| String::from_utf8(body).unwrap())
            .collect()
    }

    #[test]
    fn headers_are_read_as_they_come() {
        assert_eq!(frames(b"Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n1"), ["{}", "1"]);
        assert_eq!(
            frames(b"content-type: x; charset=utf-8\r\nCONTENT-LENGTH:2\r\n\r\n{}"),
            ["{}"]
        );
        assert_eq!(frames(b"Content-Length: 2\n\n{}"), ["{}"]);
        // What has no length is passed over.
        assert_eq!(frames(b"garbage\r\n\r\nContent-Length: x\r\n\r\nContent-Length: 1\r\n\r\n1"), ["1"]);
        assert_eq!(frames(b"Content-Length: 99999999999999\r\n\r\n{}"), Vec::<String>::new());
    }

    #[test]
    fn lone_surrogates_become_one_unit() {
        assert_eq!(paired(r#""a\ud800b""#), "\"a\u{fffd}b\"");
        assert_eq!(paired(r#""\udc00\ud83d""#), "\"\u{fffd}\u{fffd}\"");
        assert_eq!(paired(r#""\ud83d\ude00 \\ud800 \n""#), r#""\ud83d\ude00 \\ud800 \n""#);
        let read = message(br#"{"jsonrpc":"2.0","method":"x","params":"\ud800"}"#);
        assert!(matches!(read, Ok(Message::Notification(it)) if it.params == "\u{fffd}"));
    }

    #[test]
    fn what_is_no_message_is_answered_where_it_has_an_id() {
        assert!(matches!(message(b"{\"id\":1"), Err(Message::Notification(_))));
        assert!(matches!(message(b"[]"), Err(Message::Notification(_))));
        assert!(matches!(message(br#"{"id":"a"}"#), Err(Message::Response(_))));
        assert!(matches!(message(b"\xff\xfe"), Err(Message::Notification(_))));
    }
}
