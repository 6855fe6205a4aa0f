//! Granted directories: `wasi:filesystem`, where nothing can be opened that a host would wait for.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, DescriptorFlags, DescriptorType, ErrorCode, Host, HostDescriptor, OpenFlags, PathFlags,
};

use crate::store::State;

/// The interface as this version of the engine's WASI calls it.
const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// Links the interfaces.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    preopens::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    types::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    linker.allow_shadowing(true);
    linker.instance(TYPES)?.func_wrap("[method]descriptor.open-at", open_at)?;
    linker.allow_shadowing(false);
    Ok(())
}

type Opened = (Result<Resource<Descriptor>, ErrorCode>,);

/// Opens files and directories, and nothing else: a pipe without a writer would hold the thread for ever, and neither fuel
/// nor deadline count there.
fn open_at(
    mut store: StoreContextMut<'_, State>,
    (directory, path_flags, path, open_flags, flags): (
        Resource<Descriptor>,
        PathFlags,
        String,
        OpenFlags,
        DescriptorFlags,
    ),
) -> wasmtime::Result<Opened> {
    let mut files = store.data_mut().filesystem();
    let open = || -> FsResult<Resource<Descriptor>> {
        let again = Resource::new_borrow(directory.rep());
        // What is not there may be made, where that is granted; whatever else is wrong is found by opening it.
        if let Ok(found) = files.stat_at(again, path_flags, path.clone())
            && !matches!(
                found.type_,
                DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink
            )
        {
            return Err(wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode::NotPermitted.into());
        }
        files.open_at(directory, path_flags, path, open_flags, flags)
    };
    let opened = open();
    Ok((match opened {
        Ok(descriptor) => Ok(descriptor),
        Err(error) => Err(files.convert_error_code(error)?),
    },))
}
