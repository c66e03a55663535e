#include "tests/private-host/cgroups.hh"

#include "agent/base/text.hh"
#include "tests/private-host/system_call.hh"

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <sys/mount.h>
#include <unistd.h>

namespace private_host {
namespace {

namespace fs = std::filesystem;

const fs::path cgroup_folder = "/sys/fs/cgroup";

// The controllers among the options of a mounted hierarchy: "rw,xattr,name=systemd" -> "name=systemd".
std::string controllers(const std::string& options) {
    static const std::set<std::string, std::less<>> others{"rw", "ro", "xattr", "noprefix", "clone_children"};
    std::string found;
    std::istringstream words(options);
    for (std::string word; std::getline(words, word, ',');)
        if (!others.contains(word) && !word.starts_with("release_agent="))
            found += (found.empty() ? "" : ",") + word;
    return found;
}

std::string content(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool write(const fs::path& file, const std::string& value) {
    std::ofstream stream(file);
    return stream << value << std::flush ? true : false;
}

// Children first, and only folders: the files of a group cannot be removed.
void remove_group(const fs::path& group) noexcept {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(group, ignored))
        if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) remove_group(entry.path());
    ::rmdir(group.c_str());
}

constexpr std::string_view prefix = "private-host-";

// Groups of private hosts whose outer process was killed before it could remove them.
void remove_stale(const fs::path& hierarchy) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(hierarchy, ignored)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        const auto process = text::to_number(std::string_view(name).substr(prefix.size()), INT_MAX);
        if (process && ::kill(static_cast<pid_t>(*process), 0) == -1 && errno == ESRCH)
            remove_group(entry.path());
    }
}

} // namespace

// proc_pid_mountinfo(5): id, parent, device, root, mount point, options, fields of any number, "-", type, source,
// options.
std::vector<Cgroups::Hierarchy> Cgroups::all() {
    std::vector<Hierarchy> first;
    std::vector<Hierarchy> second;
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        const std::vector<std::string> fields(std::istream_iterator<std::string>{words},
                                              std::istream_iterator<std::string>{});
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (std::distance(dash, fields.end()) < 4) continue;
        const auto &type = dash[1], &options = dash[3];
        if (type == "cgroup2") second.push_back({fields[4], "", true});
        if (type != "cgroup") continue;
        const auto wanted = controllers(options);
        if (std::none_of(first.begin(), first.end(),
                         [&](const auto& known) { return known.options == wanted; }))
            first.push_back({fields[4], wanted, false});
    }
    if (first.empty() && !second.empty()) return {second.front()};
    return first;
}

Cgroups::Cgroups() : name_(std::string(prefix) + std::to_string(::getpid())), hierarchies_(all()) {
    try {
        make_groups();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "private-host: guests run without control groups: %s\n", failure.what());
        remove_groups();
        hierarchies_.clear();
    }
}

void Cgroups::make_groups() {
    for (const auto& hierarchy : hierarchies_) {
        remove_stale(hierarchy.mounted);
        const auto group = hierarchy.mounted / name_;
        fs::create_directory(group);
        // A new cpuset of version 1 is empty, and admits nobody until it is filled.
        if (hierarchy.unified || !fs::exists(group / "cpuset.cpus")) continue;
        for (const auto* file : {"cpuset.cpus", "cpuset.mems"})
            write(group / file, content(hierarchy.mounted / file));
    }
}

Cgroups::~Cgroups() { remove_groups(); }

void Cgroups::remove_groups() const noexcept {
    for (const auto& hierarchy : hierarchies_) remove_group(hierarchy.mounted / name_);
}

void Cgroups::enter(pid_t process) const {
    for (const auto& hierarchy : hierarchies_) {
        const auto file = hierarchy.mounted / name_ / "cgroup.procs";
        if (!write(file, std::to_string(process)))
            throw Error(Fault::unavailable, "cannot enter the control group " + file.string());
    }
}

void Cgroups::mount() const {
    if (hierarchies_.empty()) return;
    if (!hierarchies_.front().unified) {
        checked(::mount("cgroup", cgroup_folder.c_str(), "tmpfs", 0, "mode=755"),
                "cannot mount " + cgroup_folder.string());
        for (const auto& hierarchy : hierarchies_) {
            const auto target = cgroup_folder / hierarchy.mounted.filename();
            fs::create_directory(target);
            checked(::mount("cgroup", target.c_str(), "cgroup", 0, hierarchy.options.c_str()),
                    "cannot mount " + target.string());
        }
        return;
    }
    checked(::mount("cgroup2", cgroup_folder.c_str(), "cgroup2", 0, nullptr),
            "cannot mount " + cgroup_folder.string());
    // Version 2 gives controllers to the children of a group only while it has no process of its own: we move to a
    // leaf.
    fs::create_directory(cgroup_folder / "init");
    write(cgroup_folder / "init/cgroup.procs", "0");
    std::istringstream offered(content(cgroup_folder / "cgroup.controllers"));
    for (std::string controller; offered >> controller;)
        write(cgroup_folder / "cgroup.subtree_control", "+" + controller);
}

} // namespace private_host
