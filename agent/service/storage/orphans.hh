#pragma once
// Files of the pool that are neither volumes nor in use: what others have put there, or left behind (a snapshot by
// hand).
//
// Threads: values.

#include "agent/base/uuid.hh"

#include <cstdint>
#include <string>

namespace service {

struct Orphan {
    Uuid id; // made of its name
    std::string name;
    std::uint64_t bytes = 0;     // what a guest would see, of an overlay; else as long as the file
    std::uint64_t allocated = 0; // that its removal frees
    std::string format; // as its name says: "qcow2" or "raw"; it is adopted as that and as nothing else
    std::string reason; // why it is one
};

} // namespace service
