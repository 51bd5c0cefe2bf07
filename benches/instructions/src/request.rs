//! What a process under callgrind tells it: when to count.

/// Client requests, as numbered in valgrind's `callgrind.h`: 'C' and 'T', then their order.
const START_INSTRUMENTATION: usize = 0x4354_0004;
const STOP_INSTRUMENTATION: usize = 0x4354_0005;

/// Why nothing can be compared here, if so. Other processors have other instructions, and without
/// AVX2 the C library and others take other ways; with it, callgrind shows programs the same
/// processor everywhere.
pub fn obstacle() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let comparable = is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let comparable = false;
    (!comparable).then_some("the baselines are of x86-64 with AVX2")
}

/// Has counted what all threads do meanwhile. Outside of callgrind it changes nothing.
pub fn counted<T>(path: impl FnOnce() -> T) -> T {
    request(START_INSTRUMENTATION);
    let result = path();
    request(STOP_INSTRUMENTATION);
    result
}

/// Asks valgrind for something, if it is there.
#[cfg(target_arch = "x86_64")]
fn request(code: usize) {
    let arguments = [code, 0, 0, 0, 0, 0];
    // SAFETY: valgrind knows these instructions by their order, and reads the array then. To a
    // processor they do nothing: they rotate a register by 128 bits and exchange one with itself.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0_usize => _,
            options(nostack),
        );
    }
}

/// Nothing is counted here, see [`obstacle`].
#[cfg(not(target_arch = "x86_64"))]
fn request(_: usize) {}
