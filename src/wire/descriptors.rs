use std::sync::OnceLock;

use prost_reflect::DescriptorPool;

use crate::proto;

/// Returns the descriptors of the public messages.
pub fn descriptors() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        DescriptorPool::decode(proto::DESCRIPTORS).expect("the build compiled these descriptors")
    })
}
