#pragma once
// A folder that plays the pool, and files in it that a test makes by hand.
//
// Threads: one.

#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/pool/volume_files.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace hv {
inline std::ostream& operator<<(std::ostream& out, Format format) {
    return out << (format == Format::raw ? "raw" : "qcow2");
}
} // namespace hv

namespace pool_folder {

namespace fs = std::filesystem;
using namespace hv::pool;

inline const Uuid first_id = "11111111-2222-4333-8444-555555555555";
inline const Uuid second_id = "66666666-7777-4888-9999-aaaaaaaaaaaa";
constexpr std::uint64_t mebibyte = 1 << 20;

// A folder that plays the pool.
struct Folder {
    support::TempFolder temp;
    VolumeFiles files{temp.path()};

    fs::path file(const std::string& name, const std::string& content = "") const {
        const auto path = temp.path() / name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(temp.path()))
            found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }
};

// The header of a qcow2 file by its specification, with the name of its base behind it.
inline std::string qcow2(std::uint64_t bytes, const std::string& backing = "", unsigned version = 3,
                         std::uint64_t incompatible = 0) {
    const std::size_t length = version == 2 ? 72 : 104;
    std::string header = "QFI\xfb" + to_big_endian(version, 4) +
                         to_big_endian(backing.empty() ? 0 : length, 8) + to_big_endian(backing.size(), 4) +
                         to_big_endian(16, 4) + to_big_endian(bytes, 8);
    header.resize(72);
    if (version > 2) {
        header += to_big_endian(incompatible, 8);
        header.resize(100);
        header += to_big_endian(length, 4);
    }
    return header + backing;
}

inline auto fault_is(Fault fault) {
    return [fault](const Error& error) {
        BOOST_TEST_MESSAGE(error.what());
        return error.fault() == fault;
    };
}

inline Descriptor open_file(const fs::path& path, int flags = O_RDWR) {
    return Descriptor(::open(path.c_str(), flags | O_CLOEXEC));
}

inline std::string content_of(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

inline unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions() & fs::perms::mask);
}

inline const std::function<void(std::uint64_t)> nobody_looks = [](std::uint64_t) {};

} // namespace pool_folder
