//! A server's certificate, and whether it authenticates the server.

use super::text::{Draft, list, words};
use crate::facts::certificate::{Certificate, Chain};
use crate::facts::defect::Defect;
use crate::results::exhibit::ExhibitLine;

/// The most names that are shown.
const NAMES: usize = 6;

/// The part of a certificate that a fault is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Names,
    Issuer,
    Validity,
    Key,
    Signature,
    Chain,
}

/// The server's own certificate line by line, what is wrong marked in the line that it is about.
pub(super) fn lines(chain: &Chain) -> Vec<ExhibitLine> {
    let Some(own) = chain.certificates.first() else {
        return vec![summary(chain)];
    };
    let names = if own.dns_names.is_empty() {
        "none".to_owned()
    } else {
        list(&own.dns_names, NAMES)
    };
    let key = if own.key_type.contains("RSA") {
        format!("{}, {} bits", own.key_type, own.key_bits)
    } else {
        own.key_type.clone()
    };
    vec![
        words(["subject: ", &own.subject].concat()),
        line(chain, Part::Names, "names: ", &names),
        line(chain, Part::Issuer, "issuer: ", &own.issuer),
        validity(chain, own),
        line(chain, Part::Key, "key: ", &key),
        line(
            chain,
            Part::Signature,
            "signature: ",
            &own.signature_algorithm,
        ),
        words(["SHA-256: ", &own.sha256].concat()),
        summary(chain),
    ]
}

fn line(chain: &Chain, part: Part, label: &str, value: &str) -> ExhibitLine {
    let text = [label, value].concat();
    let mut draft = Draft::of(&text);
    for defect in about(chain, part) {
        draft.mark([label.len(), text.len()], told(defect), defect.fatal);
    }
    draft.line()
}

fn validity(chain: &Chain, own: &Certificate) -> ExhibitLine {
    let begin = own.not_before.to_string();
    let end = own.not_after.to_string();
    let text = format!("valid: {begin} to {end} ({} days left)", own.days_left);
    let mut draft = Draft::of(&text);
    for defect in about(chain, Part::Validity) {
        let date = if defect.code == "certificate-not-yet-valid" {
            &begin
        } else {
            &end
        };
        draft.part(date, told(defect), defect.fatal);
    }
    draft.line()
}

/// How many certificates were sent, and whether a path leads to a trusted authority.
fn summary(chain: &Chain) -> ExhibitLine {
    let trusted = if chain.trusted { "" } else { "no " };
    let text = format!(
        "chain: {} certificates, {trusted}path to an authority of {}",
        chain.certificates.len(),
        if chain.store.is_empty() {
            "the store"
        } else {
            &chain.store
        }
    );
    let mut draft = Draft::of(&text);
    for defect in about(chain, Part::Chain) {
        draft.whole(told(defect), defect.fatal);
    }
    draft.line()
}

fn told(defect: &Defect) -> String {
    [&defect.text, " (", &defect.reference, ")"].concat()
}

fn about(chain: &Chain, part: Part) -> impl Iterator<Item = &Defect> {
    let empty = chain.certificates.is_empty();
    chain.defects.iter().filter(move |defect| {
        let place = if empty { Part::Chain } else { place(defect) };
        place == part
    })
}

/// The part that a defect is about; one of another certificate is about the chain.
fn place(defect: &Defect) -> Part {
    let own = !defect.text.starts_with("certificate ") || defect.text.starts_with("certificate 1 ");
    match defect.code.as_str() {
        "certificate-name-mismatch" | "certificate-common-name-only" => Part::Names,
        "certificate-untrusted-root"
        | "certificate-incomplete-chain"
        | "certificate-self-signed"
        | "certificate-bad-signature"
            if own =>
        {
            Part::Issuer
        }
        "certificate-expired" | "certificate-not-yet-valid" if own => Part::Validity,
        "certificate-weak-key" | "certificate-key-usage" | "certificate-extended-key-usage"
            if own =>
        {
            Part::Key
        }
        "certificate-weak-signature" if own => Part::Signature,
        _ => Part::Chain,
    }
}
