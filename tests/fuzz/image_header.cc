// An image file that somebody brings.
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/image/probe.hh"
#include "tests/fuzz/target.hh"

#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {

void image_header(std::string_view bytes) {
    const Descriptor file(::memfd_create("image", MFD_CLOEXEC));
    require(file && ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "there is memory for a file");
    try {
        const auto found = image::probe(file.get(), "an image");
        require(found.file_bytes == bytes.size(), "its size is that of the file");
        require(found.virtual_bytes > 0 && found.virtual_bytes <= image::max_virtual_bytes,
                "what a guest sees has a bound");
        require(found.kind == image::Kind::qcow2 || !bytes.starts_with("QFI\xfb"),
                "what QEMU could take for a qcow2 is none by another name");
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid, "what is refused is the image's fault");
    }
}

} // namespace fuzz
