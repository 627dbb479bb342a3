//! Who distributes a package, where its own database does not say.
//!
//! In this order, each of which is true of what it is said of:
//! 1. the supplier that the package's database names;
//! 2. for packages of an operating system, the distribution;
//! 3. for others, who made them, if they name anybody;
//! 4. the owner of the package's namespace, where the ecosystem gives namespaces to owners: the group in
//!    Maven, the host and first directory in Go, the vendor in Composer, the owner in GitHub, the scope in npm;
//! 5. the registry that the package URL stands for;
//! 6. who supplies the image: the package is in it.

use super::DocumentOptions;
use super::Inventory;
use super::Package;
use super::Party;
use super::Release;
use super::Root;

/// Who distributes a package of an inventory. `None` where nobody can be named.
#[must_use]
pub fn of_package(package: &Package, release: Option<&Release>, root: &Root) -> Option<Party> {
    let distribution = || release.filter(|_| package.kind.is_of_system()).and_then(distribution);
    package
        .supplier
        .clone()
        .or_else(distribution)
        .or_else(|| package.originator.clone())
        .or_else(|| namespace(package))
        .or_else(|| registry(package))
        .or_else(|| root.supplier.clone())
}

/// Who supplies the image or directory: as given, as its labels or its place in a registry say, the
/// author of the document, or the distribution whose root filesystem it is.
pub(super) fn of_root(root: &Root, inventory: &Inventory, options: &DocumentOptions) -> Option<Party> {
    let given = options.supplier.clone().or_else(|| root.supplier.clone());
    given
        .or_else(|| options.authors.first().cloned())
        .or_else(|| inventory.release.as_ref().and_then(distribution))
}

/// Who publishes a distribution.
fn distribution(release: &Release) -> Option<Party> {
    let name = match release.id.as_str() {
        "almalinux" => "AlmaLinux OS Foundation",
        "alpine" => "Alpine Linux",
        "amzn" => "Amazon Web Services",
        "arch" => "Arch Linux",
        "azurelinux" | "mariner" => "Microsoft",
        "centos" => "CentOS Project",
        "chainguard" | "wolfi" => "Chainguard",
        "debian" => "Debian",
        "fedora" => "Fedora Project",
        "ol" => "Oracle",
        "photon" => "VMware",
        "rhel" => "Red Hat",
        "rocky" => "Rocky Enterprise Software Foundation",
        "sled" | "sles" | "sles_sap" => "SUSE",
        "ubuntu" => "Canonical",
        id if id.starts_with("opensuse") => "openSUSE",
        id => release.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(id),
    };
    Some(name).filter(|name| !name.is_empty()).map(Party::organization)
}

fn namespace(package: &Package) -> Option<Party> {
    let purl = package.purl.as_ref()?;
    let namespace = purl.namespace()?;
    let owner = match purl.kind() {
        "composer" | "github" | "maven" => namespace.to_owned(),
        "golang" => namespace.split('/').take(2).collect::<Vec<_>>().join("/"),
        "npm" if namespace.starts_with('@') => namespace.to_owned(),
        _ => return None,
    };
    Some(Party::organization(owner))
}

fn registry(package: &Package) -> Option<Party> {
    let purl = package.purl.as_ref()?;
    let name = match purl.kind() {
        "cargo" => "crates.io",
        "cocoapods" => "CocoaPods",
        "conan" => "ConanCenter",
        "conda" => "Anaconda",
        "cran" => "CRAN",
        "gem" => "RubyGems.org",
        "hackage" => "Hackage",
        "hex" => "Hex",
        "luarocks" => "LuaRocks",
        "npm" => "npm",
        "nuget" => "NuGet Gallery",
        "opam" => "opam",
        "pub" => "pub.dev",
        "pypi" => "Python Package Index",
        "wordpress-plugin" => "WordPress.org",
        // Modules of the standard library have neither host nor directory.
        "golang" if matches!(purl.name(), "std" | "stdlib") => "Go",
        "golang" => return Some(Party::organization(purl.name())),
        _ => return None,
    };
    Some(Party::organization(name))
}
