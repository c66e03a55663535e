#include "drivers/host/block_device.hh"

#include <fstream>
#include <string>
#include <sys/sysmacros.h>
#include <system_error>

namespace hv::host {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 16; // mappings on mappings

void add_files(std::vector<fs::path>& files, const fs::path& device, int depth) {
    // A partition lies in the folder of its device.
    for (const auto* place : {"loop/backing_file", "../loop/backing_file"}) {
        std::ifstream told(device / place);
        std::string file;
        if (!std::getline(told, file) || file.empty()) continue;
        constexpr std::string_view gone = " (deleted)";
        if (file.ends_with(gone)) file.resize(file.size() - gone.size());
        files.emplace_back(file);
    }
    if (depth == deepest) return;
    std::error_code failure;
    for (const auto& below : fs::directory_iterator(device / "slaves", failure))
        add_files(files, below.path(), depth + 1);
}

} // namespace

std::vector<fs::path> files_of_device(dev_t device, const fs::path& sys) {
    std::vector<fs::path> files;
    const auto name = std::to_string(gnu_dev_major(device)) + ":" + std::to_string(gnu_dev_minor(device));
    add_files(files, sys / "dev/block" / name, 0);
    return files;
}

} // namespace hv::host
