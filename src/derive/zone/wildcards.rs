//! For which of the names that mail looks at a wildcard answers (RFC 4592).

use crate::facts::zone::wildcards::Wildcards;

/// The names for which the wildcard answers: their signature says so, or they have the very texts that a label
/// has which nobody published.
pub fn answers_at(wildcards: &Wildcards) -> Vec<String> {
    let Some(texts) = wildcards.txt.value() else {
        return Vec::new();
    };
    wildcards
        .looked_at
        .iter()
        .filter(|answer| answer.dnssec.wildcard || answer.value() == Some(texts))
        .map(|answer| answer.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts;
    use super::*;
    use crate::facts::dns::Answer;
    use crate::facts::observed::{Cause, Observed, Proof};

    fn text(name: &str, texts: &[&str], signed: bool) -> Answer<Vec<String>> {
        let mut answer = Answer::unasked(name, "TXT", Cause::NotAttempted, "");
        answer.dnssec.wildcard = signed;
        answer.observed = match texts {
            [] => Observed::absent(Proof::NoData),
            texts => Observed::present(texts.iter().map(|&text| text.to_owned()).collect()),
        };
        answer
    }

    #[test]
    fn a_wildcard_is_known_by_its_signature_or_by_its_texts() {
        let mut wildcards = facts().zone.wildcards;
        wildcards.looked_at = vec![
            text("_dmarc.d", &["v=spf1 -all"], false),
            text("_mta-sts.d", &["v=STSv1; id=1"], false),
            text("_smtp._tls.d", &["v=spf1 -all", "more"], true),
            text("_domainkey.d", &[], false),
        ];
        wildcards.txt = text("x.d", &[], false);
        assert!(answers_at(&wildcards).is_empty(), "there is no wildcard");
        wildcards.txt = text("x.d", &["v=spf1 -all"], true);
        assert_eq!(answers_at(&wildcards), ["_dmarc.d", "_smtp._tls.d"]);
    }
}
