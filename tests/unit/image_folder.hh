#pragma once
// A temp folder for images that a test makes by hand.

#include "tests/support/temp_folder.hh"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

class ImageFolder {
public:
    // Where the temporary directory is a symbolic link, a test about links would mean another one.
    std::filesystem::path path() const { return std::filesystem::canonical(folder_.path()); }

    // A file of that content, followed by a hole up to `bytes`.
    std::filesystem::path file(const std::string& name, std::string_view content,
                               std::uint64_t bytes = 0) const {
        const auto file = path() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary)
            .write(content.data(), static_cast<std::streamsize>(content.size()));
        if (bytes > content.size()) std::filesystem::resize_file(file, bytes);
        return file;
    }

private:
    support::TempFolder folder_;
};
