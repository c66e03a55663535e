#pragma once
// An entity as lines of text, for expected answers: everything that it has, nothing that a rendering adds.
//
// Threads: any.

#include "agent/occi/model.hh"
#include "agent/render/sent.hh"

#include <string>

namespace golden {

// With its links, each as a block of its own.
std::string dump(const occi::Resource&);
// Of what was sent, with its links below it.
std::string dump(const render::Sent&);

} // namespace golden
