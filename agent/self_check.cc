#include "agent/self_check.hh"

#include "agent/base/process.hh"
#include "agent/http/listener.hh"
#include "drivers/libvirt/obstacles.hh"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace {

namespace fs = std::filesystem;

constexpr auto patience_for_libvirt = std::chrono::seconds(5);

// Whom it is that may not: the check is not always made by the user who runs the agent.
std::string refused_to_me(const fs::path& path) {
    return path.string() + " cannot be written to by uid " + std::to_string(::geteuid()) + ": " +
           std::strerror(errno);
}

// nullopt: the agent has the folder, or can make it.
std::optional<std::string> obstacle_to_folder(const fs::path& path) {
    if (!path.is_absolute()) return path.string() + " is not absolute: write the whole path";
    std::error_code failure;
    for (auto here = path.lexically_normal(); !here.empty(); here = here.parent_path()) {
        const auto status = fs::status(here, failure);
        if (status.type() == fs::file_type::not_found) continue;
        if (status.type() == fs::file_type::none)
            return here.string() + " cannot be looked at: " + failure.message();
        if (!fs::is_directory(status)) return here.string() + " is no folder: name another, or move it away";
        if (::access(here.c_str(), W_OK | X_OK) != 0) return refused_to_me(here);
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::string> obstacle_to_originals(const fs::path& path) {
    std::error_code failure;
    const auto status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found)
        return path.string() + " is not there: make it, or images cannot be named below it";
    if (!fs::is_directory(status)) return path.string() + " is no folder, so no image is below it";
    if (::access(path.c_str(), R_OK | X_OK) != 0)
        return path.string() + " cannot be read by uid " + std::to_string(::geteuid()) + ": " +
               std::strerror(errno);
    return std::nullopt;
}

// What is in use already is so most likely by the agent that this configuration is for.
std::optional<std::string> obstacle_to_listening(const std::string& text) {
    try {
        const auto endpoint = http::parse_endpoint(text);
        if (endpoint.family == http::Endpoint::Family::unix_path) {
            const auto folder = fs::path(endpoint.host).parent_path();
            std::error_code failure;
            if (!fs::is_directory(folder, failure))
                return "the folder " + folder.string() + " of that socket is not there: make it";
            if (::access(folder.c_str(), W_OK | X_OK) != 0) return refused_to_me(folder);
            return std::nullopt;
        }
        http::listen(endpoint);
        return std::nullopt;
    } catch (const Error& failure) {
        const std::string sentence = failure.what();
        return sentence.find(std::strerror(EADDRINUSE)) == sentence.npos ? std::optional(sentence)
                                                                         : std::nullopt;
    }
}

struct Program {
    std::string_view name, package, used_for;
};
constexpr std::array programs{
    Program{"qemu-img", "qemu-utils", "disks cannot be made, copied or grown"},
    Program{"mkfs.ext4", "e2fsprogs", "disks of format ext4 cannot be made"},
    Program{"mkswap", "util-linux", "swap disks cannot be made"},
};

void check_libvirt(const Config& config, Findings& found) {
    using About = hv::libvirt::Obstacle::About;
    for (const auto& [about, sentence] : hv::libvirt::obstacles(config.libvirt, patience_for_libvirt)) {
        if (about == About::connection)
            found.notes.push_back(config.origin_of("[libvirt] uri") + ": " + sentence);
        else
            found.faults.push_back(
                config.origin_of(about == About::pool ? "[storage] path" : "[compute] type") + ": " +
                sentence);
    }
}

} // namespace

Findings check_surroundings(const Config& config) {
    Findings found;
    // Of what nobody has set only notes: the check may be made on another machine, or by another user.
    const auto report = [&](std::string_view key, const std::optional<std::string>& sentence) {
        if (!sentence) return;
        auto& list = config.given.contains(key) ? found.faults : found.notes;
        list.push_back(config.origin_of(key) + ": " + *sentence);
    };
    report("[agent] state", obstacle_to_folder(config.state));
    report("[storage] path", obstacle_to_folder(config.libvirt.pool_path));
    for (const auto& folder : config.services.import_from)
        report("[storage] import_from", obstacle_to_originals(folder));
    for (std::size_t index = 0; index < config.listen.size(); ++index)
        if (const auto sentence = obstacle_to_listening(config.listen[index]))
            found.faults.push_back(config.origin_of("[http] listen", index) +
                                   ": listen = " + config.listen[index] + ": " + *sentence);
    for (const auto& [name, package, used_for] : programs)
        if (!process::find(std::string(name)))
            found.notes.push_back(std::string(name) + " is not installed (apt-get install " +
                                  std::string(package) + "): " + std::string(used_for));
    check_libvirt(config, found);
    return found;
}
