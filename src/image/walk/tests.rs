use super::super::testing::Builder;
use super::super::testing::list;
use super::super::testing::read;
use super::*;

fn layers(layers: impl IntoIterator<Item = Builder>) -> Vec<String> {
    let layers: Vec<_> = layers.into_iter().map(Builder::done).collect();
    list(&read(&layers).unwrap())
}

fn new() -> Builder {
    Builder::new()
}

#[test]
fn paths_stay_within_the_root() {
    let found = layers([new()
        .file("./a/./b", "1")
        .file("/c", "2")
        .file("../../d", "3")
        .file("x/../../e", "4")
        .directory("./")]);
    assert_eq!(found, ["a/", "a/b 1", "c 2", "d 3", "e 4"]);
}

#[test]
fn names_that_are_no_utf_8_stay_apart() {
    let found = layers([new().member(b"caf\xe9", tar::EntryType::Regular, "", b"1").member(
        b"caf\xe8",
        tar::EntryType::Regular,
        "",
        b"2",
    )]);
    assert_eq!(found, ["caf\\xe8 2", "caf\\xe9 1"]);
}

#[test]
fn last_member_of_a_name_wins() {
    let found = layers([new().file("a", "1").file("a", "2").file("b/c", "1").file("b", "2")]);
    assert_eq!(found, ["a 2", "b 2"]);
    let found = layers([new().file("a", "1").file("a/b", "2")]);
    assert_eq!(found, ["a/", "a/b 2"]);
}

#[test]
fn whiteouts_remove_from_lower_layers_only() {
    let lower = || new().file("d/a", "1").file("d/b", "1").file("d/c/x", "1").file("da", "1");
    assert_eq!(
        layers([lower(), new().file("d/a", "2").file("d/.wh.a", "")]),
        ["d/", "d/a 2", "d/b 1", "d/c/", "d/c/x 1", "da 1"]
    );
    assert_eq!(layers([lower(), new().file("d/.wh.c", "").file(".wh.da", "")]), ["d/", "d/a 1", "d/b 1"]);
    assert_eq!(layers([lower(), new().file(".wh.d", "").file("d/e", "2")]), ["d/", "d/e 2", "da 1"]);
    assert_eq!(layers([lower(), new().file("d/n", "2").file("d/.wh..wh..opq", "")]), ["d/", "d/n 2", "da 1"]);
    assert_eq!(layers([lower(), new().file(".wh..wh..opq", "").file("n", "2")]), ["n 2"]);
    assert_eq!(layers([new().file("a", "1").file(".wh.a", "")]), ["a 1"]);
}

#[test]
fn whiteouts_that_name_nothing_hide_nothing() {
    let lower = || new().file("d/a", "1");
    for name in ["d/.wh.", "d/.wh..", "d/.wh...", "d/.wh..wh.aufs", ".wh..wh.aufs"] {
        assert_eq!(layers([lower(), new().file(name, "")]), ["d/", "d/a 1"], "{name}");
    }
}

#[test]
fn what_aufs_left_is_no_part() {
    let found = layers([new()
        .directory(".wh..wh.plnk")
        .file(".wh..wh.plnk/1.2", "1")
        .hard("a", ".wh..wh.plnk/1.2")
        .directory(".wh..wh.orph")]);
    assert_eq!(found, ["a 1"]);
}

#[test]
fn hard_links_share() {
    let found = layers([new().file("a", "1").hard("b", "a").file("a", "2")]);
    assert_eq!(found, ["a 2", "b 1"]);
    let found = layers([new().file("a", "1"), new().hard("b", "/a").hard("c", "b").file(".wh.a", "")]);
    assert_eq!(found, ["b 1", "c 1"]);
    let found = layers([new().file("a", "1"), new().hard("b", "a").file("b", "2")]);
    assert_eq!(found, ["a 1", "b 2"]);
    let tree = read(&[new().file("a", "1").hard("b", "a").done()]).unwrap();
    let (a, b) = (tree.get("a").unwrap(), tree.get("b").unwrap());
    assert!(Arc::ptr_eq(a.kept.as_ref().unwrap(), b.kept.as_ref().unwrap()) && a.size == b.size);
}

#[test]
fn hard_link_to_nothing_is_a_problem() {
    let tree = read(&[new().hard("b", "a").done()]).unwrap();
    assert_eq!(list(&tree), ["b -"]);
    assert_eq!(tree.problems()[0].path, "b".into());
    let tree = read(&[new().hard("b", "a").done(), new().file(".wh.b", "").done()]).unwrap();
    assert!(tree.problems().is_empty());
}

#[test]
fn kinds_replace_one_another() {
    let directory = || new().file("x/a", "1");
    assert_eq!(layers([directory(), new().file("x", "2")]), ["x 2"]);
    assert_eq!(layers([directory(), new().symbolic("x", "y")]), ["x -> y"]);
    assert_eq!(layers([new().file("x", "2"), directory()]), ["x/", "x/a 1"]);
    assert_eq!(layers([directory(), new().directory("x")]), ["x/", "x/a 1"]);
    assert_eq!(layers([new().member(b"p", tar::EntryType::Fifo, "", b"")]), ["p other"]);
}

#[test]
fn symbolic_links_of_a_lower_layer_are_hidden_by_directories() {
    let lower = || new().file("usr/lib/a", "1").symbolic("lib", "usr/lib");
    assert_eq!(
        layers([lower(), new().file("lib/b", "2")]),
        ["lib/", "lib/b 2", "usr/", "usr/lib/", "usr/lib/a 1"]
    );
}

#[test]
fn symbolic_links_of_the_same_archive_are_followed() {
    let found = layers([new().symbolic("lib", "../usr/lib").file("lib/a", "1")]);
    assert_eq!(found, ["lib -> ../usr/lib", "usr/", "usr/lib/", "usr/lib/a 1"]);
    let found = layers([new().symbolic("l", "/t").file("l/a", "1").symbolic("l", "u").file("l/a", "2")]);
    assert_eq!(found, ["l -> u", "t/", "t/a 1", "u/", "u/a 2"]);
    let looped = new().symbolic("a", "b").symbolic("b", "a").file("a/x", "1").done();
    assert!(read(&[looped]).unwrap_err().to_string().contains("too many symbolic links"));
}
