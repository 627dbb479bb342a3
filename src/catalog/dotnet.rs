//! .NET: the lists of dependencies that applications bring, and the assemblies that no list names.

mod assembly;
mod cataloger;
mod deps;

pub(super) use cataloger::Dotnet;
