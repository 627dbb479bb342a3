//! Java: archives, runtimes, and the files of build tools.

mod archive;
mod cataloger;
mod classes;
mod gradle;
mod groups;
mod identity;
mod jvm;
mod license;
mod manifest;
mod pom;
mod poms;
mod properties;
mod repository;
#[cfg(test)]
mod testing;
mod zip;

pub(super) use archive::JavaArchive;
pub(super) use archive::examine;
pub(super) use archive::is_wanted;
pub(super) use cataloger::JavaArchives;
pub(super) use gradle::GradleLockfiles;
pub(super) use jvm::JavaRuntimes;
pub(super) use poms::MavenProjects;
