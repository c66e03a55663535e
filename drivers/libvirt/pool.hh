#pragma once
// libvirt's storage pool "occi": there and active, so that people see our volumes by virsh, and for no other purpose.
// Volumes are made, grown, copied and removed past it (drivers/pool). libvirt guesses the format of each file when it
// looks at a pool, from bytes that a guest may have written, and then touches what they lead to: so nothing here makes
// it look.
//
// Threads: any.

#include "drivers/libvirt/connection.hh"

#include <filesystem>

namespace hv::libvirt {

// Makes the pool and its directory when they are missing, and starts it when no file in it pretends to lead elsewhere.
// Lets nobody but root and the user of guests pass the directory, when that is ours and libvirt tells who that is.
// Throws Error{unavailable} when libvirt does not answer, or a pool of that name has another directory.
void see_pool(Connection&, const std::filesystem::path& directory);

} // namespace hv::libvirt
