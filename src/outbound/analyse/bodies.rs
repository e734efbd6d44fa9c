//! A message's body in the forms that signatures take, and its hashes.

use crate::records::message::canonical::{self, Form};
use sha2::{Digest as _, Sha256};
use std::cell::OnceCell;

/// How many lines at the end are tried as something that was put there afterwards.
const MOST_APPENDED: usize = 200;

/// A body, each of its forms made once.
#[derive(Debug)]
pub(super) struct Bodies<'a> {
    raw: &'a [u8],
    simple: OnceCell<Vec<u8>>,
    relaxed: OnceCell<Vec<u8>>,
}

impl<'a> Bodies<'a> {
    pub(super) const fn new(raw: &'a [u8]) -> Self {
        Self {
            raw,
            simple: OnceCell::new(),
            relaxed: OnceCell::new(),
        }
    }

    /// The body in this form.
    pub(super) fn canonical(&self, form: Form) -> &[u8] {
        let made = match form {
            Form::Simple => &self.simple,
            Form::Relaxed => &self.relaxed,
        };
        made.get_or_init(|| canonical::body(form, self.raw))
    }

    /// How many octets at the end were put there after the hash was made; none where that does not explain the hash.
    pub(super) fn appended(&self, form: Form, hash: &[u8]) -> Option<usize> {
        let body = self.canonical(form);
        let ends: Vec<usize> = body
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| *pair == b"\r\n")
            .map(|(at, _)| at + 2)
            .rev()
            .skip(1)
            .take(MOST_APPENDED)
            .collect();
        let empty: &[u8] = if form == Form::Simple { b"\r\n" } else { b"" };
        if Sha256::digest(empty).as_slice() == hash {
            return Some(body.len());
        }
        let mut hasher = Sha256::new();
        let mut done = 0;
        for end in ends.into_iter().rev() {
            let before = body.get(..end)?;
            hasher.update(before.get(done..)?);
            done = end;
            // What ends with an empty line is no canonical body.
            if !before.ends_with(b"\r\n\r\n") && hasher.clone().finalize().as_slice() == hash {
                return Some(body.len() - end);
            }
        }
        None
    }
}

/// SHA-256 of the first octets.
pub(super) fn hash(body: &[u8], length: Option<usize>) -> Vec<u8> {
    let part = body.get(..length.unwrap_or(body.len())).unwrap_or(body);
    Sha256::digest(part).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_found() {
        for (raw, signed, expected) in [
            ("a\r\nb\r\n-- \r\nlist\r\n", "a\r\nb\r\n", Some(10)),
            ("a\r\n\r\n\r\nfooter\r\n", "a\r\n", Some(12)),
            ("footer\r\n", "", Some(8)),
            ("x\r\nb\r\nfooter\r\n", "a\r\nb\r\n", None),
            ("a\r\n", "a\r\n", None),
        ] {
            let bodies = Bodies::new(raw.as_bytes());
            for form in [Form::Relaxed, Form::Simple] {
                let hash = hash(&canonical::body(form, signed.as_bytes()), None);
                let found = bodies.appended(form, &hash);
                let expected = expected.map(|_| {
                    let length = canonical::body(form, signed.as_bytes()).len();
                    let whole = bodies.canonical(form).len();
                    if signed.is_empty() {
                        whole
                    } else {
                        whole - length
                    }
                });
                assert_eq!(found, expected, "{raw:?} {form:?}");
            }
        }
    }
}
