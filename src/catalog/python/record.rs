//! The files of a distribution: `RECORD`, and `installed-files.txt` of eggs.
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file>

use super::super::path;
use crate::package::OwnedFile;

/// The paths of a `RECORD`, which is CSV, relative to the directory that holds `dist-info`.
pub(super) fn from_record(text: &str, site: &str) -> Vec<OwnedFile> {
    owned(text.lines().filter_map(first_field), site)
}

/// The lines of an `installed-files.txt`, relative to the directory that holds it.
pub(super) fn from_installed_files(text: &str, directory: &str) -> Vec<OwnedFile> {
    owned(text.lines().map(|line| line.trim().to_owned()), directory)
}

fn owned(paths: impl Iterator<Item = String>, base: &str) -> Vec<OwnedFile> {
    let paths = paths.filter(|path| !path.is_empty()).filter_map(|path| path::join(base, &path));
    let mut files: Vec<OwnedFile> = paths.map(|path| OwnedFile { path: format!("/{path}") }).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// The first field of a line of CSV, in quotes if it has a comma or a quote, which is then doubled.
fn first_field(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(',').next().map(|path| path.trim().to_owned());
    };
    let mut field = String::new();
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' if rest.as_str().starts_with('"') => {
                rest.next();
                field.push('"');
            }
            '"' => return Some(field),
            c => field.push(c),
        }
    }
    // A name with a line break in it: the rest is on the next line, and names nothing.
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_of_all_kinds() {
        let text = "six.py,sha256=abc,10\r\n../../../bin/six,,\n\"a,\"\"b\".py,,\n\"open,\n/abs/x.py,,\n\n../../../../../../../etc/x,,\n";
        let files = from_record(text, "usr/lib/python3/site-packages");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let site = "/usr/lib/python3/site-packages";
        assert_eq!(paths, ["/abs/x.py", "/usr/bin/six", &format!("{site}/a,\"b"), &format!("{site}/six.py")]);
    }

    #[test]
    fn reads_the_files_of_an_egg() {
        let files = from_installed_files("../six.py\nPKG-INFO\n", "s/six-1.egg-info");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["/s/six-1.egg-info/PKG-INFO", "/s/six.py"]);
    }
}
