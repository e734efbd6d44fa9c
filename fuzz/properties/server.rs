//! What clients send to the server for test messages.

use waxseal::outbound::server::Limits;
use waxseal::outbound::server::command::{Command, Path, parse};
use waxseal::outbound::server::data::{self, Fault};

/// Every line is some command, and what it gives stands in it.
pub fn smtp_command(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let command = parse(line);
        assert_eq!(
            command,
            parse(&[line, b" "].concat()),
            "with a space behind it"
        );
        match &command {
            Command::Ehlo(name) | Command::Helo(name) => {
                assert!((1..=255).contains(&name.len()) && !name.contains([' ', '\t']));
                within(line, name);
            }
            Command::Mail(path, _) => sound(line, path),
            Command::Rcpt(path) => {
                assert!(path.mailbox.is_some());
                sound(line, path);
            }
            Command::Data
            | Command::Rset
            | Command::Noop
            | Command::Help
            | Command::Vrfy
            | Command::Quit
            | Command::StartTls
            | Command::NotImplemented(_)
            | Command::Unknown
            | Command::Faulty(_) => (),
        }
    }
}

fn sound(line: &[u8], path: &Path) {
    let Some(mailbox) = &path.mailbox else {
        assert!(!path.routed);
        return;
    };
    within(line, &mailbox.text);
    assert!(!mailbox.text.contains(char::is_control) || mailbox.text.contains('\t'));
    match &mailbox.domain {
        None => assert!(mailbox.local.eq_ignore_ascii_case("postmaster")),
        Some(domain) => {
            // What is compared with the server's own domain has no second reading.
            assert!(!domain.is_empty() && *domain == domain.to_lowercase());
            assert!(!domain.contains(['@', '<', '>', '"', ' ', ',']));
            let behind = mailbox
                .text
                .rsplit_once('@')
                .map(|(_, domain)| domain.to_lowercase());
            assert_eq!(behind.as_ref(), Some(domain));
        }
    }
}

fn within(line: &[u8], part: &str) {
    assert!(
        line.windows(part.len())
            .any(|window| window == part.as_bytes())
    );
}

/// A message is the same however its bytes are cut, has no line end but CRLF, and ends at `CRLF . CRLF` alone.
pub fn smtp_data(bytes: &[u8]) {
    let limits = Limits {
        message: 2000,
        text_line: 100,
        ..Limits::default()
    };
    let (message, end) = data::read([bytes], &limits);
    for size in [1, 7] {
        assert_eq!(
            data::read(bytes.chunks(size), &limits),
            (message.clone(), end),
            "in portions of {size}"
        );
    }
    if let Some(end) = end {
        let read = &bytes[..end];
        assert!(read == b".\r\n" || read.ends_with(b"\r\n.\r\n"));
        let earlier = read.windows(5).position(|window| window == b"\r\n.\r\n");
        assert!(earlier.is_none_or(|at| at + 5 == end), "it ended before");
    }
    match message {
        Ok(message) => {
            assert!(message.len() <= limits.message && message.len() <= bytes.len());
            let text = message.strip_suffix(b"\r").unwrap_or(&message);
            for (at, byte) in text.iter().enumerate() {
                let before = at.checked_sub(1).map(|before| text[before]);
                assert!(*byte != b'\n' || before == Some(b'\r'));
                assert!(*byte != b'\r' || text.get(at + 1).is_none_or(|next| *next == b'\n'));
            }
        }
        Err(Fault::BareLf | Fault::BareCr) => assert!(end.is_none()),
        Err(Fault::Line | Fault::Size) => (),
    }
}
