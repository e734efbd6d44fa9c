//! Responses that hold, and each way in which one does not.

use super::super::test_authority::{Authority, Plan, now};
use super::super::{TrustStore, judge};
use super::*;
use crate::facts::observed::Observed;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::ExtendedKeyUsagePurpose;
use rustls_pki_types::CertificateDer;

const MX: &str = "mx.example.org";

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

/// A response in the making.
struct Plea<'a> {
    about: &'a CertificateDer<'a>,
    issuer: &'a Authority,
    signer: &'a Authority,
    along: Option<&'a CertificateDer<'a>>,
    status: &'a [u8],
    times: (&'a str, &'a str),
}

impl<'a> Plea<'a> {
    fn good(about: &'a CertificateDer<'a>, issuer: &'a Authority) -> Self {
        Self {
            about,
            issuer,
            signer: issuer,
            along: None,
            status: &[0x80, 0],
            times: ("20260530000000Z", "20260605000000Z"),
        }
    }

    fn single(&self) -> Vec<u8> {
        let (_, about) = X509Certificate::from_der(self.about).unwrap();
        let (_, issuer) = X509Certificate::from_der(&self.issuer.der).unwrap();
        let sha1 = |bytes: &[u8]| {
            digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
                .as_ref()
                .to_vec()
        };
        let subject = [
            tlv(0x30, &tlv(0x06, &[0x2b, 0x0e, 0x03, 0x02, 0x1a])),
            tlv(0x04, &sha1(issuer.subject().as_raw())),
            tlv(0x04, &sha1(&issuer.public_key().subject_public_key.data)),
            tlv(0x02, about.raw_serial()),
        ]
        .concat();
        let parts = [
            tlv(0x30, &subject),
            self.status.to_vec(),
            tlv(0x18, self.times.0.as_bytes()),
            tlv(0xa0, &tlv(0x18, self.times.1.as_bytes())),
        ]
        .concat();
        tlv(0x30, &parts)
    }

    fn der(&self) -> Vec<u8> {
        let data = [
            tlv(0xa2, &tlv(0x04, &[9; 20])),
            tlv(0x18, self.times.0.as_bytes()),
            tlv(0x30, &self.single()),
        ]
        .concat();
        let data = tlv(0x30, &data);
        let pkcs8 = self.signer.key.serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
        let signature = key.sign(&SystemRandom::new(), &data).unwrap();
        let ecdsa_with_sha256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
        let along = self
            .along
            .map_or_else(Vec::new, |der| tlv(0xa0, &tlv(0x30, der)));
        let basic = [
            data,
            tlv(0x30, &ecdsa_with_sha256),
            tlv(0x03, &[&[0], signature.as_ref()].concat()),
            along,
        ]
        .concat();
        let kind = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
        let bytes = [tlv(0x06, &kind), tlv(0x04, &tlv(0x30, &basic))].concat();
        let whole = [tlv(0x0a, &[0]), tlv(0xa0, &tlv(0x30, &bytes))].concat();
        tlv(0x30, &whole)
    }
}

fn chain_of(sent: &[CertificateDer<'_>]) -> Chain {
    judge(sent, MX, &TrustStore::mozilla(), now())
}

fn judged(ocsp: &[u8], chain: &Chain) -> OcspStaple {
    let seen = staple(ocsp, chain, now());
    seen.value().cloned().unwrap_or_else(|| panic!("{seen:?}"))
}

#[test]
fn a_response_of_the_issuer_is_valid() {
    let issuer = Authority::root("Lab Root");
    let leaf = issuer.issue(&Plan::server(&[MX])).der;
    let chain = chain_of(&[leaf.clone(), issuer.der.clone()]);
    let good = judged(&Plea::good(&leaf, &issuer).der(), &chain);
    assert_eq!(
        (good.status, good.valid),
        (OcspStatus::Good, true),
        "{good:?}"
    );
    let date = tlv(0x18, b"20260501000000Z");
    let revoked = Plea {
        status: &tlv(0xa1, &date),
        ..Plea::good(&leaf, &issuer)
    };
    let revoked = judged(&revoked.der(), &chain);
    assert_eq!((revoked.status, revoked.valid), (OcspStatus::Revoked, true));
}

#[test]
fn a_response_of_a_named_responder_is_valid_and_of_another_is_not() {
    let issuer = Authority::root("Lab Root");
    let leaf = issuer.issue(&Plan::server(&[MX])).der;
    let chain = chain_of(&[leaf.clone(), issuer.der.clone()]);
    let mut params = issuer.issue(&Plan::server(&[])).params;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    let named = issuer.issue_params(params.clone());
    let server = issuer.issue(&Plan::server(&[]));
    let foreign = Authority::root("Evil Root").issue_params(params);
    for (responder, expected) in [(&named, true), (&server, false), (&foreign, false)] {
        let plea = Plea {
            signer: responder,
            along: Some(&responder.der),
            ..Plea::good(&leaf, &issuer)
        };
        let seen = judged(&plea.der(), &chain);
        assert_eq!(seen.valid, expected, "{seen:?}");
    }
}

#[test]
fn what_does_not_hold_is_named() {
    let issuer = Authority::root("Lab Root");
    let twin = Authority::root("Lab Root");
    let leaf = issuer.issue(&Plan::server(&[MX])).der;
    let other = issuer.issue(&Plan::server(&[MX])).der;
    let chain = chain_of(&[leaf.clone(), issuer.der.clone()]);
    let base = || Plea::good(&leaf, &issuer);
    let cases = [
        (
            Plea {
                times: ("20260520000000Z", "20260525000000Z"),
                ..base()
            },
            "it is out of date",
        ),
        (
            Plea {
                times: ("20260701000000Z", "20260705000000Z"),
                ..base()
            },
            "it is not yet valid",
        ),
        (
            Plea {
                about: &other,
                ..base()
            },
            "it is about another certificate",
        ),
        (
            Plea {
                signer: &twin,
                ..base()
            },
            "it is not signed by the issuer or a responder that it names",
        ),
        (
            Plea {
                issuer: &twin,
                signer: &issuer,
                ..base()
            },
            "it is about a certificate of another issuer",
        ),
    ];
    for (plea, reason) in cases {
        let seen = judged(&plea.der(), &chain);
        assert_eq!((seen.valid, seen.reason.as_str()), (false, reason));
    }
    let alone = chain_of(std::slice::from_ref(&leaf));
    let seen = judged(&base().der(), &alone);
    assert_eq!(seen.reason, "the issuer's certificate was not sent");
}

#[test]
fn nothing_rubbish_and_refusals_are_told_apart() {
    let issuer = Authority::root("Lab Root");
    let chain = chain_of(std::slice::from_ref(&issuer.der));
    for (bytes, expected) in [
        (&b""[..], Proof::NotOffered),
        (b"rubbish", Proof::Malformed),
    ] {
        let seen = staple(bytes, &chain, now());
        assert!(
            matches!(seen, Observed::Absent { proof, .. } if proof == expected),
            "{seen:?}"
        );
    }
    let refused = judged(&[0x30, 0x03, 0x0a, 0x01, 0x03], &chain);
    assert_eq!(refused.reason, "the responder answered tryLater");
}
