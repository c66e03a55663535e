#pragma once
// An entity as lines of text, for expected answers: everything that it has, nothing that a rendering adds.
//
// Threads: any.

#include "agent/occi/model.hh"

#include <string>

namespace golden {

// With its links, each as a block of its own.
std::string dump(const occi::Resource&);

} // namespace golden
