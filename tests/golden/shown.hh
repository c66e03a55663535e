#pragma once
// What a node adds to what a request says, so that it can be written, and what of it a document tells again.
//
// Threads: any; values.

#include "agent/occi/model.hh"

namespace golden {

// As the node shows a new machine: with a type, and with names for its devices.
occi::Resource as_shown(occi::Resource compute, const occi::Model&);

// What a document says of a machine again: its sizes are those of its type, which is always there.
occi::Resource told_part(occi::Resource compute, const occi::Model&);

// A network that is there has a mode, and a bridge of the host's only in the mode of that name.
occi::Resource as_shown_network(occi::Resource network, const occi::Model&);

// A storage that is there has a size.
occi::Resource as_shown_storage(occi::Resource storage);

} // namespace golden
