//! Whom an X.509 certificate names as the holder of its key, as Sigstore's authority writes it: a subject alternative name
//! (RFC 5280 §4.2.1.6), and who vouched for it (Fulcio, `docs/oid-info.md`). Nothing of the certificate is checked here:
//! anyone can write one.

use super::pem;
use crate::bytes::der::tag::OBJECT_IDENTIFIER;
use crate::bytes::der::{Element, elements, sequence};
use serde::Serialize;

const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// 1.3.6.1.4.1.57264.1.1, whose value is the text itself, and 1.3.6.1.4.1.57264.1.8, which holds a UTF8String.
const ISSUER: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x01];
const ISSUER_V2: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x08];

/// The explicit tag of the extensions, `[3]`.
const EXTENSIONS: u8 = 0xa3;
const RFC822_NAME: u8 = 0x81;
const URI: u8 = 0x86;

/// Whom a certificate names, unchecked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// An e-mail address, or the URI of a workflow.
    pub identity: String,
    /// Who vouched for it to the authority.
    pub issuer: Option<String>,
}

impl Holder {
    /// Whom the certificate names that `bytes` are, in PEM or DER; `None` where they are none, or it names nobody.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let pem = std::str::from_utf8(bytes).ok().and_then(|text| pem::decode(text.trim()));
        let der = pem.map_or_else(|| bytes.to_vec(), |(_, der)| der);
        let to_be_signed = sequence(sequence(&der)?.first()?.whole)?;
        let extensions = sequence(to_be_signed.iter().find_map(|element| element.expect(EXTENSIONS))?)?;
        let value = |oid| extensions.iter().find_map(|extension| value(extension, oid));
        let names = sequence(value(SUBJECT_ALT_NAME)?)?;
        let name = names.iter().find(|name| matches!(name.tag, RFC822_NAME | URI))?;
        let issuer = match value(ISSUER_V2) {
            Some(text) => elements(text)?.first().map(|text| text.body),
            None => value(ISSUER),
        };
        Some(Self { identity: text(name.body)?, issuer: issuer.and_then(text) })
    }
}

/// What the extension with this identifier holds: the last of its elements, behind whether it is critical.
fn value<'a>(extension: &Element<'a>, oid: &[u8]) -> Option<&'a [u8]> {
    let parts = sequence(extension.whole)?;
    (parts.first()?.expect(OBJECT_IDENTIFIER)? == oid).then_some(())?;
    parts.last().map(|value| value.body)
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;
    use crate::bytes::base64_encode;
    use crate::bytes::der::encode;

    /// A certificate with these extensions behind a serial number, and nothing else.
    fn certificate(extensions: &[Vec<u8>]) -> Vec<u8> {
        let extensions = encode(EXTENSIONS, &[&encode(0x30, &[&extensions.concat()])]);
        encode(0x30, &[&encode(0x30, &[&encode(2, &[&[7]]), &extensions])])
    }

    fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
        let critical = if critical { encode(1, &[&[0xff]]) } else { Vec::new() };
        encode(0x30, &[&encode(OBJECT_IDENTIFIER, &[oid]), &critical, &encode(4, &[value])])
    }

    fn named(tag: u8, name: &str) -> Vec<u8> {
        extension(SUBJECT_ALT_NAME, true, &encode(0x30, &[&encode(tag, &[name.as_bytes()])]))
    }

    fn holder(identity: &str, issuer: Option<&str>) -> Option<Holder> {
        Some(Holder { identity: identity.into(), issuer: issuer.map(Into::into) })
    }

    #[test]
    fn the_name_and_who_vouched_for_it() {
        let old = extension(ISSUER, false, b"https://old.example");
        let new = extension(ISSUER_V2, false, &encode(0x0c, &[b"https://new.example"]));
        let mail = named(RFC822_NAME, "a@b.example");
        assert_eq!(Holder::of(&certificate(std::slice::from_ref(&mail))), holder("a@b.example", None));
        assert_eq!(
            Holder::of(&certificate(&[mail.clone(), old.clone()])),
            holder("a@b.example", Some("https://old.example"))
        );
        let both = certificate(&[old, named(URI, "https://flow.example"), new]);
        assert_eq!(Holder::of(&both), holder("https://flow.example", Some("https://new.example")));
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", base64_encode(&both));
        assert_eq!(Holder::of(pem.as_bytes()), Holder::of(&both));

        let nobody = [vec![], vec![named(0x82, "host.example")], vec![extension(SUBJECT_ALT_NAME, true, b"?")]];
        assert!(nobody.iter().all(|extensions| Holder::of(&certificate(extensions)).is_none()));
        assert_eq!(Holder::of(b"-----BEGIN PUBLIC KEY-----"), None);
        assert!((0..both.len()).all(|end| Holder::of(&both[..end]).is_none()));
    }
}
