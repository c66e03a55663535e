#pragma once
// Who may pass the folder of the pool: root, and the user that guests run as. A stranger then opens nothing in it,
// whatever the mode of a file is.
//
// Threads: any.

#include <filesystem>
#include <sys/types.h>

namespace hv::pool {

// By an access list, for which the agent needs none of root's powers. False, and nothing is changed, when the file
// system has no such lists, or the folder is not ours: it has another owner, or somebody lets others list it.
bool let_only_pass(const std::filesystem::path& folder, uid_t user) noexcept;

} // namespace hv::pool
