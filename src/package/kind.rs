//! The kinds of packages.

use super::Purl;

/// What kind of package it is: which ecosystem names its versions.
///
/// The names are syft's, which its users filter by; the package URL's type is another word for most of
/// them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// Arch Linux.
    Alpm,
    /// Alpine, Wolfi.
    Apk,
    /// macOS applications.
    AppleApp,
    /// a program without package, known by its content.
    Binary,
    /// Bitnami components.
    Bitnami,
    /// CocoaPods.
    Cocoapods,
    /// Conan.
    Conan,
    /// Conda.
    Conda,
    /// Dart and Flutter.
    Dart,
    /// Debian, Ubuntu.
    Deb,
    /// NuGet.
    Dotnet,
    /// OTP applications.
    Erlang,
    /// RubyGems.
    Gem,
    /// GitHub actions.
    GithubAction,
    /// GitHub reusable workflows.
    GithubWorkflow,
    /// Go modules.
    Go,
    /// GraalVM native images.
    Graalvm,
    /// Haskell.
    Hackage,
    /// Elixir, Erlang.
    Hex,
    /// Homebrew.
    Homebrew,
    /// Maven and other Java archives.
    Java,
    /// Jenkins plugins.
    Jenkins,
    /// the kernel.
    Linux,
    /// kernel modules.
    LinuxModule,
    /// LuaRocks.
    Lua,
    /// models of machine learning.
    Model,
    /// Nix store.
    Nix,
    /// npm.
    Npm,
    /// OCaml.
    Opam,
    /// OpenWrt.
    Opkg,
    /// PEAR.
    Pear,
    /// PECL.
    Pecl,
    /// Composer.
    Php,
    /// Gentoo.
    Portage,
    /// PyPI.
    Python,
    /// CRAN.
    R,
    /// RPM distributions.
    Rpm,
    /// crates.
    Rust,
    /// snaps.
    Snap,
    /// Swift packages.
    Swift,
    /// SWI-Prolog packs.
    SwiPlPack,
    /// Terraform providers.
    Terraform,
    /// vcpkg ports.
    Vcpkg,
    /// WordPress plugins.
    Wordpress,
    /// Of no kind that is known here.
    #[default]
    Unknown,
}

impl Kind {
    /// Every kind that is known.
    const ALL: [Self; 45] = [
        Self::Alpm,
        Self::Apk,
        Self::AppleApp,
        Self::Binary,
        Self::Bitnami,
        Self::Cocoapods,
        Self::Conan,
        Self::Conda,
        Self::Dart,
        Self::Deb,
        Self::Dotnet,
        Self::Erlang,
        Self::Gem,
        Self::GithubAction,
        Self::GithubWorkflow,
        Self::Go,
        Self::Graalvm,
        Self::Hackage,
        Self::Hex,
        Self::Homebrew,
        Self::Java,
        Self::Jenkins,
        Self::Linux,
        Self::LinuxModule,
        Self::Lua,
        Self::Model,
        Self::Nix,
        Self::Npm,
        Self::Opam,
        Self::Opkg,
        Self::Pear,
        Self::Pecl,
        Self::Php,
        Self::Portage,
        Self::Python,
        Self::R,
        Self::Rpm,
        Self::Rust,
        Self::Snap,
        Self::Swift,
        Self::SwiPlPack,
        Self::Terraform,
        Self::Vcpkg,
        Self::Wordpress,
        Self::Unknown,
    ];

    /// The kind of a name that [`Self::name`] gives.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that a package URL's type stands for, where it stands for one only.
    #[must_use]
    pub fn of_purl(purl: &Purl) -> Self {
        match purl.kind() {
            "alpm" => Self::Alpm,
            "apk" => Self::Apk,
            "bitnami" => Self::Bitnami,
            "brew" => Self::Homebrew,
            "cargo" => Self::Rust,
            "cocoapods" => Self::Cocoapods,
            "composer" => Self::Php,
            "conan" => Self::Conan,
            "conda" => Self::Conda,
            "cran" => Self::R,
            "deb" => Self::Deb,
            "gem" => Self::Gem,
            "github" => Self::GithubAction,
            "golang" => Self::Go,
            "hackage" => Self::Hackage,
            "hex" => Self::Hex,
            "luarocks" => Self::Lua,
            "maven" => Self::Java,
            "nix" => Self::Nix,
            "npm" => Self::Npm,
            "nuget" => Self::Dotnet,
            "opam" => Self::Opam,
            "opkg" => Self::Opkg,
            "otp" => Self::Erlang,
            "pub" => Self::Dart,
            "pypi" => Self::Python,
            "rpm" => Self::Rpm,
            "swift" => Self::Swift,
            "terraform" => Self::Terraform,
            "vcpkg" => Self::Vcpkg,
            "wordpress-plugin" => Self::Wordpress,
            _ => Self::Unknown,
        }
    }

    /// Whether distributions are made of them.
    #[must_use]
    pub fn is_of_system(self) -> bool {
        matches!(self, Self::Alpm | Self::Apk | Self::Deb | Self::Opkg | Self::Portage | Self::Rpm)
    }

    /// syft's name of it: `deb`, `java-archive`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alpm => "alpm",
            Self::Apk => "apk",
            Self::AppleApp => "apple-app-bundle",
            Self::Binary => "binary",
            Self::Bitnami => "bitnami",
            Self::Cocoapods => "pod",
            Self::Conan => "conan",
            Self::Conda => "conda",
            Self::Dart => "dart-pub",
            Self::Deb => "deb",
            Self::Dotnet => "dotnet",
            Self::Erlang => "erlang-otp",
            Self::Gem => "gem",
            Self::GithubAction => "github-action",
            Self::GithubWorkflow => "github-action-workflow",
            Self::Go => "go-module",
            Self::Graalvm => "graalvm-native-image",
            Self::Hackage => "hackage",
            Self::Hex => "hex",
            Self::Homebrew => "homebrew",
            Self::Java => "java-archive",
            Self::Jenkins => "jenkins-plugin",
            Self::Linux => "linux-kernel",
            Self::LinuxModule => "linux-kernel-module",
            Self::Lua => "lua-rocks",
            Self::Model => "model",
            Self::Nix => "nix",
            Self::Npm => "npm",
            Self::Opam => "opam",
            Self::Opkg => "opkg",
            Self::Pear => "php-pear",
            Self::Pecl => "php-pecl",
            Self::Php => "php-composer",
            Self::Portage => "portage",
            Self::Python => "python",
            Self::R => "R-package",
            Self::Rpm => "rpm",
            Self::Rust => "rust-crate",
            Self::Snap => "snap",
            Self::Swift => "swift",
            Self::SwiPlPack => "swiplpack",
            Self::Terraform => "terraform",
            Self::Vcpkg => "vcpkg",
            Self::Wordpress => "wordpress-plugin",
            Self::Unknown => "UnknownPackage",
        }
    }
}
