use super::*;

const ALL: [Embedded; 3] = [Embedded::Github, Embedded::Production, Embedded::Staging];

/// The digests that `roots/README.md` records, each of a root that is signed by itself.
#[test]
fn anchors() {
    let readme = include_str!("roots/README.md");
    for which in ALL {
        let anchor = Anchor::embedded(which);
        assert_eq!(Anchor::from_slice(anchor.as_bytes()).unwrap(), anchor);
        assert!(readme.contains(&hex::encode(anchor.digest().as_bytes())), "{which:?}");
    }
    let mut changed = Anchor::embedded(Embedded::Production).as_bytes().to_vec();
    let position = changed.windows(4).position(|window| window == b"2027").unwrap();
    changed[position + 3] = b'8';
    assert_eq!(Anchor::from_slice(&changed).unwrap_err().rule(), "threshold");
    for other in [b"".as_slice(), b"{}", b"[]", include_bytes!("../../../testdata/interop/trusted_root.json")]
    {
        assert_eq!(Anchor::from_slice(other).unwrap_err().rule(), "malformed");
    }
}

#[test]
fn kept_states_are_read_strictly() {
    let kept = |version: u32, more: &str| {
        format!(
            r#"{{"schemaVersion":{version},"mirror":"m","fetched":"2030-01-01T00:00:00Z","files":{{{more}}}}}"#
        )
    };
    let read = |text: String| {
        let anchor = Anchor::embedded(Embedded::Production);
        TufState::from_slice(text.as_bytes(), &anchor).unwrap_err()
    };
    assert_eq!(read(kept(2, "")).rule(), "malformed");
    assert_eq!(read(kept(1, r#""timestamp.json":"!""#)).rule(), "malformed");
    assert_eq!(read(kept(1, r#""a":"","a":"""#)).rule(), "malformed", "a key twice");
    assert_eq!(read(kept(1, "").replace("\"mirror\"", "\"other\"")).rule(), "malformed");
    // All that is there is looked at, and what is not there is missed.
    assert_eq!(read(kept(1, "")).rule(), "missing");
    assert!(!read(kept(1, "")).is_refusal());
    let long = STANDARD.encode(vec![b' '; 20_000]);
    assert_eq!(read(kept(1, &format!(r#""timestamp.json":"{long}""#))).rule(), "integrity");
}

#[test]
fn outcomes() {
    let unreachable =
        TufError::Mirror(MirrorFault::Unreachable { url: String::new(), reason: String::new() });
    assert!(!unreachable.is_refusal());
    assert!(!TufError::NoTarget { target: String::new() }.is_refusal());
    assert!(TufError::Expired { role: String::new(), expires: Timestamp::MIN }.is_refusal());
    assert!(TufError::Mirror(MirrorFault::Long { name: String::new(), ceiling: 1 }).is_refusal());
    // A fault of ours comes back as what it was.
    let fault = MirrorFault::Name { name: "../x".to_owned() };
    assert_eq!(TufError::from(sigstore_tuf::Error::from(fault)).rule(), "name");
    assert_eq!(TufError::from(sigstore_tuf::Error::transport("gone")).rule(), "missing");
}
