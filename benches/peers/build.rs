//! Compiles the clients of entente's API and of etcd's, without a system protoc.

use std::error::Error;

use protox::Compiler;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../../proto");
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = Compiler::new(["../../proto", "proto"])?;
    compiler.include_imports(true).open_files([
        "entente/v1/event_service.proto",
        "entente/v1/publisher_service.proto",
        "etcd/rpc.proto",
    ])?;
    // As the product has them: ordered maps.
    tonic_prost_build::configure()
        .build_server(false)
        .btree_map(".")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
