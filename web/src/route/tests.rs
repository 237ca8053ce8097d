//! Addresses, by everybody.

#![allow(clippy::unwrap_used)] // a test fails by panicking
use super::*;
use crate::model::Identity;

fn full() -> Brought {
    Brought {
        files: vec![
            BroughtFile { name: "a b, c&d=#.link".to_owned(), bytes: (0..=255).collect() },
            BroughtFile { name: "é/漢.pub".to_owned(), bytes: b"key\n".to_vec() },
            BroughtFile { name: "empty".to_owned(), bytes: Vec::new() },
        ],
        artifacts: vec![Claim { sha256: "ab".repeat(32), name: "foo, bar.tar.gz".to_owned() }],
        identity: Some(Identity {
            identity: "a+b@example.org".to_owned(),
            issuer: "https://issuer.example?x".to_owned(),
        }),
    }
}

#[test]
fn every_route_is_read_as_it_is_written() {
    let log = || Some("log.example/one two".to_owned());
    for route in [
        Route::default(),
        Route::Verify(full()),
        Route::LookUp { query: String::new(), log: None },
        Route::LookUp { query: "carl & bob=? #+%".to_owned(), log: log() },
        Route::Entry { entry: EntryName::Index(0), log: None },
        Route::Entry { entry: EntryName::Index(u64::MAX), log: log() },
        Route::Entry { entry: EntryName::Uuid("0a".repeat(40)), log: None },
        Route::Log { log: None },
        Route::Log { log: log() },
        Route::Graph { digest: format!("sha512:{}", "0c".repeat(64)), log: None },
        Route::CheckPage,
    ] {
        let fragment = route.fragment();
        assert!(fragment.is_ascii() && !fragment[1..].contains(['#', ' ', '"', '<', '+']), "{fragment}");
        assert_eq!(Route::parse(&fragment), Ok(Some(route)), "{fragment}");
    }
    assert_eq!(Route::parse(""), Ok(Some(Route::default())));
    assert_eq!(Route::parse("#signer"), Ok(None), "a part of the page");
}

#[test]
fn what_is_not_understood_is_said() {
    let value = |name| Err(AddressError::Value(name));
    let long = format!("#lookup?q={}", "a".repeat(LONGEST));
    let many = format!("#verify?v=1{}", "&file=a,".repeat(33));
    for (fragment, error) in [
        (long.as_str(), Err(AddressError::TooLong(long.len() - 1))),
        ("#nowhere", Err(AddressError::NoPlace("nowhere".to_owned()))),
        ("#entry", Err(AddressError::NoPlace("entry".to_owned()))),
        ("#entry/", value("entry")),
        ("#entry/-1", value("entry")),
        ("#entry/007", value("entry")),
        ("#entry/99999999999999999999", value("entry")),
        ("#entry/abc", value("entry")),
        ("#graph/sha1:00", value("digest")),
        ("#graph/00", value("digest")),
        ("#lookup?q=%", Err(AddressError::Escape)),
        ("#lookup?q=%ff", Err(AddressError::Escape)),
        ("#lookup?q=a%00", value("q")),
        ("#lookup?q=a&q=b", Err(AddressError::Parameter("q".to_owned()))),
        ("#log?trust=me", Err(AddressError::Parameter("trust".to_owned()))),
        ("#verify?signer=carl", Err(AddressError::Parameter("signer".to_owned()))),
        ("#verify?v=2", Err(AddressError::Version("2".to_owned()))),
        ("#verify?file=a,", Err(AddressError::Parameter("file".to_owned()))),
        ("#verify?v=1&file=a", value("file")),
        ("#verify?v=1&file=,AA", value("file")),
        ("#verify?v=1&file=a,AB", value("file")),
        ("#verify?v=1&file=a,A", value("file")),
        ("#verify?v=1&file=a,A%3D%3D%3D", value("file")),
        ("#verify?v=1&artifact=00,a", value("artifact")),
        ("#verify?v=1&identity=a", value("issuer")),
        (&many, Err(AddressError::Parameter("file".to_owned()))),
    ] {
        let read = Route::parse(fragment);
        assert_eq!(read, error, "{}", shortened(fragment));
        assert!(!read.unwrap_err().sentence().contains('{'), "a placeholder was left over");
    }
}

#[test]
fn no_fragment_makes_the_parser_panic() {
    let whole = Route::Verify(full()).fragment();
    for end in 0..whole.len() {
        let _ = Route::parse(&whole[..end]);
        let mut bytes = whole.clone().into_bytes();
        bytes[end] = b"%&=,#?\x01z"[end % 8];
        let _ = Route::parse(&String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn addresses_of_the_search_page_are_understood() {
    let hash = format!("sha256:{}", "0a".repeat(32));
    let look_up = |query: &str| Some(Ok(Route::LookUp { query: query.to_owned(), log: None }));
    assert_eq!(Route::of_search_page(&format!("?hash={}", hash.replace(':', "%3A"))), look_up(&hash));
    assert_eq!(Route::of_search_page("?email=a%2Bb%40example.org"), look_up("a+b@example.org"));
    assert_eq!(Route::of_search_page("?utm=x&commitSha=abc"), look_up("abc"));
    let entry = |entry| Some(Ok(Route::Entry { entry, log: None }));
    assert_eq!(Route::of_search_page("?logIndex=17"), entry(EntryName::Index(17)));
    let uuid = "0A".repeat(40);
    assert_eq!(Route::of_search_page(&format!("?uuid={uuid}")), entry(EntryName::Uuid(uuid.to_lowercase())));
    assert_eq!(Route::of_search_page("?logIndex=-1"), Some(Err(AddressError::Value("entry"))));
    assert_eq!(Route::of_search_page("?x=y"), None);
    assert_eq!(Route::of_search_page(""), None);
}
