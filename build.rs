//! How the program is linked.

/// Addresses that are to be moved when the program is loaded are written down in 80 KB instead of 7 MB, all of which are
/// read at each start. The C library must know the form: glibc does since 2.36.
#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by its environment what is built")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu")
        && std::env::var_os("CARGO_CFG_UNIX").is_some()
    {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
