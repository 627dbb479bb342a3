//! Finds packages in a tree of files: one file per ecosystem, one list that registers them.
//!
//! A [`Cataloger`] says which files it wants; while the layers pass, [`Examination`] keeps those, and what
//! can be told of programs and archives without holding them. Then each cataloger makes [`Findings`] of
//! its files. What could not be read is among them.

mod alpm;
mod apk;
mod apple;
mod binary;
mod deb822;
mod dependency;
mod dotnet;
mod dpkg;
mod elf_note;
mod embedded;
mod examine;
mod executable;
mod files;
mod findings;
mod gguf;
mod go;
mod graalvm;
mod headers;
mod installed;
mod java;
mod layered;
mod links;
mod linux_kernel;
mod lock;
mod nix;
mod npm;
mod ownership;
mod part;
mod path;
mod pattern;
mod pe;
mod portage;
mod python;
mod release;
mod rpm;
mod rust;
mod safetensors;
mod selection;
mod snap;
mod sqlite;
#[cfg(test)]
mod testing;
mod text;
mod view;
mod yaml;

pub use examine::Content;
pub use examine::Examination;
pub use executable::Architecture;
pub use executable::Executable;
pub use executable::Format;
pub use executable::GoBuild;
pub use executable::VersionInfo;
pub use findings::Findings;
pub use findings::Found;
pub use layered::Layered;
pub use part::Part;
pub use selection::Selection;
pub use selection::SelectionError;
pub use view::File;
pub use view::Kept;
pub use view::View;

use crate::image::Tree;
use crate::package::FileDetail;
use crate::package::Inventory;

/// Finds the packages of one ecosystem.
pub trait Cataloger: Sync {
    /// Its name, which is syft's where syft has the like: `dpkg-db-cataloger`.
    fn name(&self) -> &'static str;

    /// Words that select it, after syft's: `image`, `directory`, `os`, `language`, `installed`,
    /// `declared`, `python`.
    fn tags(&self) -> &'static [&'static str];

    /// The files that it wants to see.
    fn wants(&self) -> &'static [Want];

    /// Reads them.
    fn catalog(&self, view: &View<'_>, findings: &mut Findings);
}

/// A kind of file that a cataloger wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Want {
    /// The bytes of files at these paths: a glob as syft writes it, `**/lib/apk/db/installed`.
    Bytes(&'static str),
    /// Programs and shared libraries, by their first bytes: ELF, Mach-O, PE.
    Executables,
    /// Java archives by name, looked into while they pass.
    JavaArchives,
    /// Boot images and modules of Linux by name, looked into while they pass.
    KernelFiles,
    /// Of files of a format that is known by name, what tells of them.
    Part(Part),
    /// Files by name in which a known program is looked for.
    Programs,
}

/// Every cataloger.
#[must_use]
pub fn all() -> &'static [&'static dyn Cataloger] {
    &[
        &alpm::Alpm, //
        &apk::Apk,
        &apple::AppBundles,
        &binary::Binaries,
        &binary::PhpInterpreters,
        &dotnet::Dotnet,
        &dpkg::Dpkg,
        &dpkg::archive::DebArchives,
        &elf_note::ElfNotes,
        &embedded::Bitnami,
        &embedded::SbomFiles,
        &gguf::GgufModels,
        &go::GoBinary,
        &graalvm::NativeImages,
        &installed::CONAN_INFO,
        &installed::CONDA,
        &installed::GEMS,
        &installed::GEMSPECS,
        &installed::KEGS,
        &installed::OTP,
        &installed::PACKS,
        &installed::PEAR,
        &installed::PLUGINS,
        &installed::R,
        &installed::ROCKS,
        &java::GradleLockfiles,
        &java::JavaArchives,
        &java::JavaRuntimes,
        &java::MavenProjects,
        &linux_kernel::LinuxKernel,
        &lock::COCOAPODS,
        &lock::COMPOSER,
        &lock::COMPOSER_INSTALLED,
        &lock::CONAN,
        &lock::CargoLock,
        &lock::GEMFILE,
        &lock::GITHUB_ACTIONS,
        &lock::GITHUB_WORKFLOWS,
        &lock::GO_MOD,
        &lock::HASKELL,
        &lock::MIX,
        &lock::NUGET,
        &lock::NpmLock,
        &lock::OPAM,
        &lock::PUBSPEC,
        &lock::PUBSPEC_LOCK,
        &lock::PythonLock,
        &lock::REBAR,
        &lock::SWIFT,
        &lock::TERRAFORM,
        &lock::VCPKG,
        &nix::Store,
        &npm::Installed,
        &pe::PeResources,
        &portage::Portage,
        &python::Installed,
        &rpm::Rpm,
        &rpm::archive::RpmArchives,
        &rust::Auditable,
        &safetensors::SafeTensors,
        &snap::Snaps,
    ]
}

/// Runs the selected catalogers over what was kept of a tree, and lists files where that is wanted: then the
/// [`Examination`] must have been [listing](Examination::listing) them.
#[must_use]
pub fn catalog(tree: &Tree<Content>, selection: &Selection, files: FileDetail) -> Inventory {
    let release = release::find(tree);
    let kept = Kept::new(tree, &links::Wanted::of(selection));
    let mut collected = findings::Collected::default();
    for cataloger in selection.catalogers() {
        let view = View::new(tree, &kept, release.as_ref(), *cataloger);
        let mut findings = Findings::new(cataloger.name());
        cataloger.catalog(&view, &mut findings);
        collected.add(findings);
    }
    let catalogers = selection.catalogers().iter().map(|cataloger| cataloger.name()).collect();
    let inventory = collected.finish(tree, release, catalogers);
    let files = files::list(tree, &inventory.packages, files);
    Inventory { files, ..inventory }
}
