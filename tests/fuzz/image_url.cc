// A URL of an original: what lies behind the folder that images may be imported from. Nothing outside of it may be
// opened.
#include "agent/base/error.hh"
#include "drivers/image/source.hh"
#include "tests/fuzz/target.hh"
#include "tests/support/temp_folder.hh"

#include <filesystem>
#include <fstream>
#include <string>

namespace fuzz {
namespace {

namespace fs = std::filesystem;

// allowed/in.raw, allowed/folder/in.raw, and ways out: allowed/file -> out.raw, allowed/up -> .., allowed/root -> /
struct Folders {
    support::TempFolder all;
    fs::path allowed = all.path() / "allowed";

    Folders() {
        fs::create_directories(allowed / "folder");
        for (const auto& file : {all.path() / "out.raw", allowed / "in.raw", allowed / "folder" / "in.raw"})
            std::ofstream(file) << "an image";
        fs::create_symlink(all.path() / "out.raw", allowed / "file");
        fs::create_symlink("..", allowed / "up");
        fs::create_symlink("/", allowed / "root");
        fs::create_symlink("in.raw", allowed / "inside");
    }
};

void check(const std::string& url, const fs::path& allowed) {
    try {
        const auto file = image::open(url, {allowed});
        const auto opened = fs::read_symlink("/proc/self/fd/" + std::to_string(file.get()));
        require(opened.string().starts_with(allowed.string() + "/"),
                "what is opened lies in the folder that is allowed");
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::forbidden,
                "what cannot be opened is the client's fault");
    }
}

} // namespace

void image_url(std::string_view bytes) {
    static const Folders folders;
    check(std::string(bytes), folders.allowed);
    check("file://" + folders.allowed.string() + "/" + std::string(bytes), folders.allowed);
}

} // namespace fuzz
