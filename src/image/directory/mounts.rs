//! Where the kernel shows itself as files: reading there blocks, never ends or means nothing.
//! <https://www.kernel.org/doc/html/latest/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts>

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Mount points of such file systems.
#[derive(Debug, Default)]
pub(super) struct Mounts(HashSet<PathBuf>);

impl Mounts {
    /// Those of this machine; none where the system does not say.
    pub(super) fn read() -> Self {
        fs::read_to_string("/proc/self/mountinfo").map_or_else(|_| Self::default(), |text| Self::parse(&text))
    }

    pub(super) fn contains(&self, path: &Path) -> bool {
        self.0.contains(path)
    }

    fn parse(text: &str) -> Self {
        let point = |line: &str| {
            let (before, after) = line.split_once(" - ")?;
            let kind = after.split(' ').next()?;
            let point = before.split(' ').nth(4)?;
            KERNEL.contains(&kind).then(|| PathBuf::from(unescape(point)))
        };
        Self(text.lines().filter_map(point).collect())
    }
}

/// Blanks and the like are written as `\040`.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain += before;
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain + rest
}

const KERNEL: [&str; 20] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "sysfs",
    "tracefs",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_kernel_shows() {
        let mounts = Mounts::parse(
            "22 27 0:21 / /sys rw,nosuid - sysfs sysfs rw\n\
             23 27 0:22 / /a\\040b rw shared:3 master:1 - proc proc rw\n\
             27 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
             24 27 0:5 / /run rw - tmpfs tmpfs rw\nbroken\n",
        );
        assert!(mounts.contains(Path::new("/sys")) && mounts.contains(Path::new("/a b")));
        assert!(!mounts.contains(Path::new("/")) && !mounts.contains(Path::new("/run")));
    }
}
