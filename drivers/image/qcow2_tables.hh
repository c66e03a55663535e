#pragma once
// Goes through the tables of a qcow2 image as `qemu-img check` does: everything that is named lies within the file, at
// a place that it may be at, and is named no more often than it is counted.
//
// Threads: any. Needs 8 MiB, whatever the size of the image.

#include "drivers/image/effort.hh"
#include "drivers/image/qcow2_check.hh"

namespace image {

// Whether all of it was examined. Throws Error{invalid}: what is wrong with it.
bool check_qcow2_tables(const File&, const CheckedQcow2&, const Effort&);

} // namespace image
