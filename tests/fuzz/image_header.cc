// An image file that somebody brings.
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/image/probe.hh"
#include "tests/fuzz/target.hh"

#include <sys/mman.h>
#include <unistd.h>

#include <optional>

namespace fuzz {
namespace {

// nullopt: it was refused.
std::optional<image::Found> seen(int file, const image::Effort& effort) {
    try {
        return image::probe(file, "an image", effort);
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid, "what is refused is the image's fault");
        return std::nullopt;
    }
}

} // namespace

void image_header(std::string_view bytes) {
    const Descriptor file(::memfd_create("image", MFD_CLOEXEC));
    require(file && ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "there is memory for a file");
    image::Effort effort{1 << 20, false};
    const auto found = seen(file.get(), effort);
    effort.clusters_at_once = 3;
    const auto in_parts = seen(file.get(), effort);
    // In parts the tables are read again and again, so the effort is spent earlier.
    if (in_parts && in_parts->examined)
        require(found && found->examined, "in parts no more is taken than as a whole");
    if (!found) return;
    require(in_parts || !found->examined, "in parts no more is refused than as a whole");
    require(found->file_bytes == bytes.size(), "its size is that of the file");
    require(found->virtual_bytes > 0 && found->virtual_bytes <= image::max_virtual_bytes,
            "what a guest sees has a bound");
    require(found->kind == image::Kind::qcow2 || !bytes.starts_with("QFI\xfb"),
            "what QEMU could take for a qcow2 is none by another name");
}

} // namespace fuzz
