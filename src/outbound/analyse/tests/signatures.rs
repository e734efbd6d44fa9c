//! DKIM signatures, sound and not, each with its reason.

use super::*;
use crate::facts::outbound::signature::DkimResult;

#[test]
fn sound_signatures_pass_in_every_form() {
    use Canonicalization::{Relaxed, Simple};
    for forms in [
        (Relaxed, Relaxed),
        (Relaxed, Simple),
        (Simple, Relaxed),
        (Simple, Simple),
    ] {
        for (pair, selector) in [(rsa(), "s1"), (ed25519(), "s2")] {
            let how = How {
                pair,
                selector,
                forms,
                ..how()
            };
            let found = seen(default_keys(), &signed(&how, MESSAGE));
            let signature = &found.signatures[0];
            assert_eq!(signature.result, DkimResult::Pass, "{}", signature.reason);
            assert_eq!(signature.verifies, Observed::present(true));
            assert_eq!(signature.oversigned, ["from"]);
            assert_eq!(found.dkim, Observed::present(true));
            assert_eq!(
                found.dmarc.rfc9989.result,
                DmarcResult::Pass,
                "{}",
                found.dmarc.rfc9989.reason
            );
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn every_failure_is_told_in_words() {
    let sound = signed(&how(), MESSAGE);
    let footed = format!("{sound}-- \r\nlist\r\n");
    let listed = sound.replace("To: bob", "List-Id: <l.example.org>\r\nTo: bob");
    for (raw, result, words) in [
        (
            sound.replace("lunch?", "dinner?"),
            DkimResult::Fail,
            "the body was changed after it was signed",
        ),
        (footed, DkimResult::Fail, "without the last"),
        (
            listed.replace("lunch?", "dinner?"),
            DkimResult::Fail,
            "over a mailing list",
        ),
        (
            sound.replace("Subject: [list]", "Subject:"),
            DkimResult::Fail,
            "does not fit the signed fields (date:subject:to:from:from)",
        ),
        (
            sound
                .replacen("From: Ann", "From: x@evil.test\r\nX-From: Ann", 1)
                .replace("evil.test", "example.org"),
            DkimResult::Fail,
            "does not fit",
        ),
        (
            sound.replace("v=1;", "v=2;"),
            DkimResult::Permerror,
            "the version is `2`",
        ),
        (
            sound.replace("rsa-sha256", "rsa-sha1"),
            DkimResult::Permerror,
            "RFC 8301",
        ),
        (
            sound.replace("rsa-sha256", "ed25519-sha256"),
            DkimResult::Permerror,
            "is of the type rsa",
        ),
        (
            sound.replace("s=s1;", "s=gone;"),
            DkimResult::Temperror,
            "do not hold the key of gone",
        ),
        (
            sound.replace("c=relaxed", "c=other"),
            DkimResult::Permerror,
            "is no canonicalization",
        ),
        (
            sound.replace("v=1;", "v=1; oops;"),
            DkimResult::Neutral,
            "no `tag=value` pair",
        ),
        (
            signed(
                &How {
                    headers: &["To", "Subject"],
                    ..how()
                },
                MESSAGE,
            ),
            DkimResult::Permerror,
            "From is not signed",
        ),
        (
            signed(
                &How {
                    expiration: 60,
                    ..how()
                },
                MESSAGE,
            ),
            DkimResult::Fail,
            "it expired at",
        ),
    ] {
        let found = seen(default_keys(), &raw);
        let signature = &found.signatures[0];
        assert_eq!(signature.result, result, "{words}: {}", signature.reason);
        assert!(
            signature.reason.contains(words),
            "{words}: {}",
            signature.reason
        );
        let unknown = result == DkimResult::Temperror;
        assert_eq!(signature.verifies.is_unknown(), unknown);
        // SPF is not known, for nobody vouches for a connection: so DMARC is open, and never a failure.
        assert_eq!(found.dmarc.rfc9989.result, DmarcResult::Temperror);
    }
}

#[test]
fn the_key_decides_for_whom_and_for_what_it_is() {
    let record = &rsa().record;
    let tagged =
        |tags: &str| published("s1", &record.replace("k=rsa;", &format!("k=rsa; {tags};")));
    let absent = |proof| with("s1", Observed::absent(proof));
    let short = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANmBe10IgY+u7h3enWTukkqtUD5PR52Tb/mPfjC0QJTocVBq6Za/PlzfV+Py92VaCak19F4WrbVTK5Gg5tW220MCAwEAAQ==";
    let sound = signed(&how(), MESSAGE);
    for (key, result, words) in [
        (tagged("t=y"), DkimResult::Pass, "`t=y`"),
        (tagged("t=s"), DkimResult::Pass, "2048 bits"),
        (tagged("h=sha256"), DkimResult::Pass, "2048 bits"),
        (
            tagged("h=sha1"),
            DkimResult::Permerror,
            "limited to hash algorithms other than SHA-256",
        ),
        (
            tagged("s=tlsrpt"),
            DkimResult::Permerror,
            "for services other than e-mail",
        ),
        (
            published("s1", "v=DKIM1; p="),
            DkimResult::Permerror,
            "was revoked",
        ),
        (
            published("s1", short),
            DkimResult::Permerror,
            "can't be used",
        ),
        (
            published("s1", &ed25519().record),
            DkimResult::Permerror,
            "of the type ed25519",
        ),
        (
            absent(Proof::Nxdomain),
            DkimResult::Permerror,
            "there is no key at s1._domainkey.example.org",
        ),
        (
            with("s1", Observed::unknown(Cause::Servfail, "")),
            DkimResult::Temperror,
            "servfail",
        ),
    ] {
        let signature = seen(vec![key], &sound).signatures.remove(0);
        assert_eq!(signature.result, result, "{words}: {}", signature.reason);
        assert!(
            signature.reason.contains(words),
            "{words}: {}",
            signature.reason
        );
    }
    let below = sound.replace("v=1;", "v=1; i=ann@mail.example.org;");
    let signature = seen(vec![tagged("t=s")], &below).signatures.remove(0);
    assert!(signature.reason.contains("`t=s`"), "{}", signature.reason);
}

#[test]
fn a_body_that_goes_on_behind_its_signed_part_passes_and_is_told() {
    let how = How {
        length: true,
        forms: (Canonicalization::Relaxed, Canonicalization::Simple),
        ..how()
    };
    // mail-auth counts the body as it stands, so it stands in its canonical form.
    let message = MESSAGE.replace("lunch?\r\n\r\n", "lunch?\r\n");
    let sound = signed(&how, &message);
    let found = seen(default_keys(), &sound).signatures.remove(0);
    assert_eq!(found.result, DkimResult::Pass, "{}", found.reason);
    assert_eq!(found.unsigned_octets, 0);
    let found = seen(default_keys(), &format!("{sound}buy\r\n"))
        .signatures
        .remove(0);
    assert_eq!(found.result, DkimResult::Pass, "{}", found.reason);
    assert_eq!(found.unsigned_octets, 5);
    assert!(
        found.reason.contains("5 octets of the body stand behind"),
        "{}",
        found.reason
    );
    let cut = sound.replace("lunch?\r\n", "");
    let found = seen(default_keys(), &cut).signatures.remove(0);
    assert!(
        found.reason.contains("something is missing"),
        "{}",
        found.reason
    );
}

#[test]
fn many_signatures_on_top_do_not_keep_the_own_one_from_being_verified() {
    let junk = "DKIM-Signature: v=1; a=rsa-sha256; d=junk.test; s=x; h=from; bh=AAAA; b=AAAA\r\n";
    let raw = format!("{}{}", junk.repeat(120), signed(&how(), MESSAGE));
    let found = seen(default_keys(), &raw);
    assert_eq!(found.signatures.len(), MOST_SIGNATURES);
    assert!(
        found
            .header
            .defects
            .iter()
            .any(|it| it.code == "dkim-too-many-signatures")
    );
    let raw = format!("{}{}", junk.repeat(50), signed(&how(), MESSAGE));
    let found = seen(default_keys(), &raw);
    assert_eq!(found.dkim, Observed::present(true));
    let left = found
        .signatures
        .iter()
        .filter(|it| it.reason.contains("left out"));
    assert_eq!(left.count(), 51 - MOST_VERIFIED);
}
