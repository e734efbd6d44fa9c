//! The DNSSEC state as a trusted resolver's AD flag gives it (RFC 4035 §3.2.3).

use super::message::Message;
use super::names;
use crate::facts::dns::{Dnssec, DnssecState};
use crate::facts::timestamp::Timestamp;
use crate::net::dnssec::assess::mnemonic;
use crate::net::dnssec::verify::signature;
use hickory_proto::rr::{Name, RecordType};

/// The state of an answer by its flag, with what the signature over the records of this name and type
/// says where one came along.
pub(super) fn state(message: &Message, owner: &Name, rtype: RecordType) -> Dnssec {
    if !message.authentic {
        return Dnssec::new(DnssecState::Insecure, "the resolver does not vouch for it");
    }
    let mut dnssec = Dnssec::new(DnssecState::Secure, "the resolver vouches for it");
    let evidence = &message.evidence;
    let own = evidence
        .answers
        .iter()
        .filter(|record| record.name == *owner)
        .filter_map(signature)
        .find(|signature| signature.input().type_covered == rtype);
    let denial = || evidence.authorities.iter().find_map(signature);
    if let Some(signature) = own.or_else(denial) {
        let input = signature.input();
        dnssec.zone = Some(names::text(&input.signer_name));
        dnssec.algorithm = Some(mnemonic(input.algorithm));
        dnssec.key_tag = Some(input.key_tag);
        let begins = Timestamp::from_unix(i64::from(input.sig_inception.get()));
        let expires = Timestamp::from_unix(i64::from(input.sig_expiration.get()));
        dnssec.signature_begins = Some(begins);
        dnssec.signature_expires = Some(expires);
        dnssec.wildcard = own.is_some() && input.num_labels < owner.num_labels();
    }
    dnssec
}
