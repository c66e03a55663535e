#pragma once
// A pool with images that lead to others, as qemu-img makes them.
//
// Threads: one.

#include "agent/base/process.hh"
#include "drivers/pool/storage.hh"
#include "tests/support/qemu_img.hh"
#include "tests/unit/pool_folder.hh"

#include <unistd.h>

namespace pool_folder {

// qemu-img, past the agent.
using support::qemu_img;
inline boost::test_tools::assertion_result has_qemu_img(boost::unit_test::test_unit_id) {
    return process::find("qemu-img").has_value();
}

struct Chains : Folder {
    hv::pool::Storage storage{temp.path()};

    fs::path path(const std::string& name) const { return temp.path() / name; }
    std::string overlay_on(const std::string& base, const std::string& name,
                           const std::string& format = "raw") const {
        qemu_img({"create", "-q", "-u", "-f", "qcow2", "-b", base, "-F", format, path(name).string(), "1M"});
        return name;
    }
    // A raw volume that its guest has made look like an image that leads to `target`.
    hv::Volume pretending(const Uuid& id, const std::string& target, bool as_data_file) {
        const auto volume = storage.create(id, mebibyte);
        const auto disguise = path("disguise").string();
        if (as_data_file)
            qemu_img({"create", "-q", "-f", "qcow2", "-o", "data_file=" + target + ",data_file_raw=on",
                      disguise, "1M"});
        else
            qemu_img({"create", "-q", "-u", "-f", "qcow2", "-b", target, "-F", "raw", disguise, "1M"});
        const auto bytes = content_of(disguise);
        fs::remove(disguise);
        const auto file = open_file(volume.path);
        BOOST_TEST(::pwrite(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        return volume;
    }
};

inline const auto nobody_asks = std::stop_token{};

} // namespace pool_folder
