//! Where distributions lie, which of them see one another, and what markers are compared with there.
//!
//! <https://docs.python.org/3/library/site.html>; Debian's `dist-packages`: <https://wiki.debian.org/Python>.

use std::collections::BTreeMap;

use pep508_rs::MarkerEnvironment;
use pep508_rs::MarkerEnvironmentBuilder;

use super::super::path;
use super::super::text;
use super::super::view::View;

/// A directory that is on the path of modules: `site-packages`.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Its path.
    pub(super) directory: String,
    /// Where its interpreter is installed; `None` for a directory outside of any.
    home: Option<Home>,
    /// The environment of markers.
    pub(super) environment: Option<MarkerEnvironment>,
}

/// An installed interpreter, as the path of a site tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Home {
    /// `usr`, `usr/local`, `opt/venv`.
    prefix: String,
    implementation: &'static str,
    /// `3.11`; Debian's `lib/python3` serves every one.
    version: Option<String>,
    /// For a virtual environment with the system's packages, the prefix that it was made from.
    base: Option<String>,
    is_virtual: bool,
    /// The whole version, where `pyvenv.cfg` says it.
    full_version: Option<String>,
}

impl Site {
    /// The site at `directory`.
    pub(super) fn find(directory: &str, view: &View<'_>, platform: &Platform) -> Self {
        let home = Home::find(directory, view);
        let (implementation, version) = match &home {
            Some(home) => (home.implementation, home.full_version(view)),
            None => ("CPython", full_version(&default_version(view), view)),
        };
        let environment = platform.environment(&version, implementation);
        Self { directory: directory.to_owned(), home, environment }
    }

    /// Whether what lies in `other` can be imported by what lies here.
    fn sees(&self, other: &Self) -> bool {
        if self.directory == other.directory {
            return true;
        }
        let (Some(home), Some(other)) = (&self.home, &other.home) else { return false };
        let same_version = home.version.is_none() || other.version.is_none() || home.version == other.version;
        let reaches =
            home.prefix == other.prefix || home.base.as_ref() == Some(&other.prefix) && !other.is_virtual;
        home.implementation == other.implementation && same_version && reaches
    }

    /// The places of those of `sites` that this one sees, itself first.
    pub(super) fn visible(&self, sites: &[Self]) -> Vec<usize> {
        let mut seen: Vec<usize> = Vec::new();
        for (place, site) in sites.iter().enumerate() {
            if self.directory == site.directory {
                seen.insert(0, place);
            } else if self.sees(site) {
                seen.push(place);
            }
        }
        seen
    }
}

impl Home {
    fn find(directory: &str, view: &View<'_>) -> Option<Self> {
        if let Some(prefix) = strip_suffix_path(directory, "Lib/site-packages") {
            return Some(Self::at(prefix, "CPython", None, view));
        }
        let library =
            directory.strip_suffix("/site-packages").or_else(|| directory.strip_suffix("/dist-packages"))?;
        let (implementation, version) = match path::name(library) {
            name if name.starts_with("pypy") => ("PyPy", name.strip_prefix("pypy")?),
            name => ("CPython", name.strip_prefix("python")?),
        };
        let version = Some(version.trim_end_matches('t')).filter(|version| version.contains('.'));
        let above = path::parent(library);
        let prefix = ["lib", "lib64"].iter().find_map(|name| strip_suffix_path(above, name))?;
        Some(Self::at(prefix, implementation, version, view))
    }

    fn at(prefix: &str, implementation: &'static str, version: Option<&str>, view: &View<'_>) -> Self {
        let mut home = Self {
            prefix: prefix.to_owned(),
            implementation,
            version: version.map(str::to_owned),
            base: None,
            is_virtual: false,
            full_version: None,
        };
        let configuration = view.read(&format!("{prefix}/pyvenv.cfg"));
        if let Some(configuration) = configuration {
            home.read_configuration(&text::decode(configuration), view);
        } else if let Some(user) = strip_suffix_path(prefix, ".local").filter(|user| !user.is_empty()) {
            // `pip install --user`: the packages of one user, over those of the system.
            home.prefix = format!("{user}/.local");
            home.base = Some(system_prefix("usr/local", version, view));
        } else {
            home.prefix = system_prefix(prefix, version, view);
        }
        home
    }

    /// <https://docs.python.org/3/library/venv.html>
    fn read_configuration(&mut self, configuration: &str, view: &View<'_>) {
        self.is_virtual = true;
        let mut home = None;
        for (key, value) in configuration.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "home" => home = path::join("", path::parent(value.trim_end_matches('/'))),
                "include-system-site-packages" if value.eq_ignore_ascii_case("true") => {
                    self.base = Some(String::new());
                }
                // uv and virtualenv write the second.
                "version" | "version_info" => self.full_version = Some(release(value)),
                _ => {}
            }
        }
        if self.base.is_some() {
            let home = home.unwrap_or_else(|| "usr".to_owned());
            self.base = Some(system_prefix(&home, self.version.as_deref(), view));
        }
    }

    fn full_version(&self, view: &View<'_>) -> String {
        let version = self.version.clone().unwrap_or_else(|| default_version(view));
        match &self.full_version {
            Some(full) if full.starts_with(&version) || self.version.is_none() => full.clone(),
            _ => full_version(&version, view),
        }
    }
}

/// Distributions install for `/usr` in `/usr/local` as well, unless that has an interpreter of its own, as
/// the images of Docker's `python` have. And `/lib` is `/usr/lib`.
fn system_prefix(prefix: &str, version: Option<&str>, view: &View<'_>) -> String {
    let interpreter = format!("usr/local/bin/python{}", version.unwrap_or("3"));
    match prefix {
        "" => "usr".to_owned(),
        "usr/local" if !view.exists(&interpreter) => "usr".to_owned(),
        _ => prefix.to_owned(),
    }
}

/// `directory` without the path `suffix` at its end.
fn strip_suffix_path<'a>(directory: &'a str, suffix: &str) -> Option<&'a str> {
    let rest = directory.strip_suffix(suffix)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_suffix('/') }
}

/// The version that `python3` means.
fn default_version(view: &View<'_>) -> String {
    let linked = ["usr/bin/python3", "usr/local/bin/python3", "bin/python3"]
        .iter()
        .filter_map(|path| view.tree().resolve(path))
        .find_map(|(path, _)| {
            path::name(path).strip_prefix("python").filter(|version| version.contains('.'))
        });
    let libraries = || {
        let below = view.tree().below("usr/lib").map(|(path, _)| path);
        let names = below.filter_map(|path| path.strip_prefix("usr/lib/python3.")?.split('/').next());
        names.filter_map(|minor| minor.parse::<u32>().ok()).max().map(|minor| format!("3.{minor}"))
    };
    linked.map(str::to_owned).or_else(libraries).unwrap_or_else(|| "3.13".to_owned())
}

/// `3.11` to `3.11.2`, as far as anything in the image says so. Else the last of its line is assumed: what
/// asks for it asks whether a backport is needed.
fn full_version(version: &str, view: &View<'_>) -> String {
    let header = ["usr/local/include", "usr/include"].iter().find_map(|directory| {
        let header = view.read(&format!("{directory}/python{version}/patchlevel.h"))?;
        let text = text::decode(header);
        let define = text.lines().find_map(|line| line.trim().strip_prefix("#define PY_VERSION "))?;
        Some(define.trim().trim_matches('"').to_owned())
    });
    let found = header.or_else(|| packaged_version(version, view)).map(|found| release(&found));
    let ours = format!("{version}.");
    found.filter(|found| found.starts_with(&ours)).unwrap_or_else(|| format!("{version}.99"))
}

/// What the database of the distribution's package manager says.
fn packaged_version(version: &str, view: &View<'_>) -> Option<String> {
    let debian = [format!("libpython{version}-minimal"), format!("python{version}-minimal")];
    let stanzas = [
        (DPKG_STATUS, "Package: ", "Version: ", debian.as_slice()),
        (APK_INSTALLED, "P:", "V:", &["python3".to_owned()]),
    ];
    for (database, name_field, version_field, names) in stanzas {
        let Some(bytes) = view.read(database) else { continue };
        let text = text::decode(bytes);
        let mut current = "";
        for line in text.lines() {
            if let Some(name) = line.strip_prefix(name_field) {
                current = name.trim();
            } else if let Some(found) = line.strip_prefix(version_field)
                && names.iter().any(|name| name == current)
            {
                return Some(found.trim().to_owned());
            }
        }
    }
    None
}

/// Debian's and Alpine's databases, in which the version of the interpreter is looked up.
pub(super) const DPKG_STATUS: &str = "var/lib/dpkg/status";
/// See [`DPKG_STATUS`].
pub(super) const APK_INSTALLED: &str = "lib/apk/db/installed";

/// The digits and dots that a version begins with: `3.11.2-6+deb12u6` is of 3.11.2, `3.13.0rc1` of 3.13.0.
fn release(version: &str) -> String {
    let digits = version.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    digits.split('.').take(3).collect::<Vec<_>>().join(".")
}

/// The operating system and processor that distributions were installed for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Platform {
    os_name: &'static str,
    sys_platform: &'static str,
    system: &'static str,
    machine: String,
}

impl Default for Platform {
    fn default() -> Self {
        Self { os_name: "posix", sys_platform: "linux", system: "Linux", machine: "x86_64".to_owned() }
    }
}

impl Platform {
    /// From the tags in wheels' `WHEEL`, of which those with compiled code name a platform; of a directory
    /// with several, the most frequent. <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>
    pub(super) fn from_wheels<'a>(wheels: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for wheel in wheels {
            let text = text::decode(wheel);
            let tag = text.lines().filter_map(|line| line.strip_prefix("Tag: ")).next();
            if let Some(platform) = tag.and_then(|tag| tag.trim().splitn(3, '-').nth(2)) {
                *counts.entry(platform.to_owned()).or_default() += 1;
            }
        }
        let known = counts.into_iter().filter_map(|(tag, count)| Some((count, Self::from_tag(&tag)?)));
        known.max_by_key(|(count, _)| *count).map(|(_, platform)| platform)
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let machine = MACHINES.iter().find(|machine| tag.ends_with(**machine))?;
        let (os_name, sys_platform, system) = match tag {
            _ if tag.starts_with("macosx") => ("posix", "darwin", "Darwin"),
            _ if tag.starts_with("win") => ("nt", "win32", "Windows"),
            _ if tag.contains("linux") => ("posix", "linux", "Linux"),
            _ => return None,
        };
        // What `platform.machine()` says there.
        let machine = match (*machine, sys_platform) {
            ("amd64", _) => "AMD64",
            ("win32", _) => "x86",
            ("universal2", _) => "arm64",
            (machine, _) => machine,
        };
        Some(Self { os_name, sys_platform, system, machine: machine.to_owned() })
    }

    /// From the name of the dynamic loader.
    pub(super) fn from_tree(view: &View<'_>) -> Self {
        let loaders = [
            ("aarch64", ["lib/ld-linux-aarch64.so.1", "lib/ld-musl-aarch64.so.1"]),
            ("armv7l", ["lib/ld-linux-armhf.so.3", "lib/ld-musl-armhf.so.1"]),
            ("i686", ["lib/ld-linux.so.2", "lib/ld-musl-i386.so.1"]),
            ("ppc64le", ["lib64/ld64.so.2", "lib/ld-musl-powerpc64le.so.1"]),
            ("riscv64", ["lib/ld-linux-riscv64-lp64d.so.1", "lib/ld-musl-riscv64.so.1"]),
            ("s390x", ["lib/ld64.so.1", "lib/ld-musl-s390x.so.1"]),
        ];
        let amd64 = ["lib64/ld-linux-x86-64.so.2", "lib/ld-musl-x86_64.so.1"];
        if amd64.iter().any(|path| view.exists(path)) {
            return Self::default();
        }
        let found = loaders.iter().find(|(_, paths)| paths.iter().any(|path| view.exists(path)));
        found.map_or_else(Self::default, |(machine, _)| Self {
            machine: (*machine).to_owned(),
            ..Self::default()
        })
    }

    /// The environment of markers of an interpreter.
    pub(super) fn environment(&self, version: &str, implementation: &str) -> Option<MarkerEnvironment> {
        let short = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let name = implementation.to_ascii_lowercase();
        let builder = MarkerEnvironmentBuilder {
            implementation_name: &name,
            implementation_version: version,
            os_name: self.os_name,
            platform_machine: &self.machine,
            platform_python_implementation: implementation,
            platform_release: "",
            platform_system: self.system,
            platform_version: "",
            python_full_version: version,
            python_version: &short,
            sys_platform: self.sys_platform,
        };
        builder.try_into().ok()
    }
}

/// How the tags of platforms end.
const MACHINES: [&str; 12] = [
    "aarch64",
    "amd64",
    "arm64",
    "armv7l",
    "i686",
    "ppc64le",
    "riscv64",
    "s390x",
    "universal2",
    "win32",
    "x86_64",
    "armv6l",
];
