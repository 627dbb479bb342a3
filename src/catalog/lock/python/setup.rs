//! Pins in `setup.py`, which is a program: strings that look like `name==version` are taken for requirements.
//!
//! Unlike syft, names with hyphens and dots are read whole, and so are extras; wildcards pin nothing.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Lock;
use super::Entry;

static PIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)";
    let pattern =
        format!(r#"['"]\s*{name}\s*(?:\[[^\]'"]*\])?\s*===?\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)\s*[;,'"]"#);
    Regex::new(&pattern).ok()
});

pub(super) fn read(lock: &mut Lock<'_, '_>) -> Result<(), String> {
    let text = lock.text()?;
    let pin = PIN.as_ref().ok_or("no pattern")?;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        for found in pin.captures_iter(line) {
            let (_, [name, version]) = found.extract();
            super::add(lock, Entry { name, version, ..Entry::default() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::super::testing;
    use super::super::PythonLock;

    #[test]
    fn finds_pins() {
        let text = br#"
setup(name='x', version='1.0', install_requires=[
    'pathlib3==2.2.0;python_version<"3.6"', "mypy==v0.770",
    " mypy2 == v0.770", ' mypy3== v0.770', "some-name[extra]==1.0",
    # "commented==1",
    "wild==1.*", "dynamic==%s" % v, f"other=={v}", "range>=1",
])"#;
        let found = testing::find(&PythonLock, &[("setup.py", text)]);
        let expected = [
            "pathlib3 2.2.0 pkg:pypi/pathlib3@2.2.0",
            "mypy v0.770 pkg:pypi/mypy@v0.770",
            "mypy2 v0.770 pkg:pypi/mypy2@v0.770",
            "mypy3 v0.770 pkg:pypi/mypy3@v0.770",
            "some-name 1.0 pkg:pypi/some-name@1.0",
        ];
        assert_eq!(testing::list(&found), expected);
    }
}
