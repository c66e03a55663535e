#pragma once
// The configuration: typed, checked, complete. One table holds every key with its section, default and meaning; the
// parser, the shipped file and the documentation come from it.
//
// Threads: values. load_config() reads files, nothing else.

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

struct Config {
    std::filesystem::path state = "/var/lib/occi-agent";
    std::vector<std::string> listen{"127.0.0.1:4567"};
    std::vector<std::string> listen_origin; // "FILE:LINE" of each of `listen`; empty when that is the default
    std::string libvirt_uri = "qemu:///system";
    std::string compute_type = "auto";           // auto, kvm, qemu
    std::string arch = "host";                   // host, x86_64, i686, aarch64
    std::chrono::milliseconds stop_time{60'000}; // a graceful stop becomes a forced one after this
    std::filesystem::path storage_path = "/var/lib/occi-agent/volumes";
    std::vector<std::filesystem::path> import_from{"/var/lib/occi-agent/images"};
    std::uint64_t largest_gib = 65'536;   // that a disk may have
    std::string network_default = "auto"; // auto, none, or a network's name
    mode_t socket_mode = 0660;            // of unix sockets that are listened on
    std::string socket_owner, socket_group;
    logging::Level log_level = logging::Level::info;

    bool access_log = true; // a line for each request

    // What peers are held to; agent/http/limits.hh says what each means.
    struct Http {
        std::size_t connections = 16'384;
        std::size_t connections_per_address = 256;
        std::size_t requests_per_connection = 100'000;
        std::size_t header_bytes = 16'384;
        std::size_t header_count = 100;
        std::size_t target_bytes = 8192;
        std::size_t body_bytes = 1'048'576;
        std::size_t body_rate = 1024;
        std::chrono::seconds header_time{10}, body_time{10}, idle_time{60}, write_time{30};
        unsigned workers = 8, stream_workers = 4;
        std::size_t queued = 1024;
        std::size_t streams = 1024;
        bool operator==(const Http&) const = default;
    };
    Http http;

    // Files; empty: none.
    struct Tls {
        std::filesystem::path certificate, key, client_ca;
        bool operator==(const Tls&) const = default;
    };
    Tls tls;

    struct InstanceType {
        std::string name;
        unsigned cpu = 1;
        std::uint64_t memory_mib = 1024;
        std::uint64_t disk_gib = 0; // of the disk that boots, at least; 0: as large as its image
        bool operator==(const InstanceType&) const = default;
    };
    std::vector<InstanceType> instance_types{
        {"small", 1, 1024, 10}, {"medium", 2, 2048, 20}, {"large", 4, 4096, 40}, {"custom", 1, 1024}};

    // What stood in the files, by "[section] key"; what did not has its default.
    struct Given {
        std::vector<std::string> values;
        std::string origin; // "FILE:LINE" of the last of them
    };
    std::map<std::string, Given, std::less<>> given;
    // Where the key was set; "default" when it was not.
    std::string origin_of(std::string_view key) const;
};

// Every fault of every file, each as "FILE:LINE: sentence".
class ConfigError : public Error {
public:
    explicit ConfigError(std::vector<std::string> found);
    std::vector<std::string> problems;
};

// Where a value stood and what it belongs to. `name` is the second word of the heading: NAME of [instance_type NAME].
struct Setting {
    std::string_view name, value, origin;
};

// When a changed value holds: from the next start, or as soon as the agent reads it again.
enum class Applies { at_start, at_once };

struct ConfigKey {
    std::string_view section, key, preset, meaning;
    // Takes in a value; the answer says what it must be instead, or nothing when it is good.
    std::optional<std::string> (*put)(Config&, const Setting&);
    // Only of keys that may stand more than once: forgets the values so far.
    void (*clear)(Config&) = nullptr;
    Applies applies = Applies::at_start;
};

std::span<const ConfigKey> config_keys() noexcept;

struct ConfigChange {
    std::string key; // "[section] key"
    Applies applies;
};
// In the order of the table. What only follows another key (the folders that follow `state`) is not named apart.
std::vector<ConfigChange> changes_between(const Config& before, const Config& after);

// Reads `file`, then the files STEM.conf.d/*.conf beside it in the order of their names (hidden ones are left out). A
// key in a later file wins. A missing `file` is a fault only when it `must_exist`. Throws ConfigError.
//
// `more_faults` judges what only other parts can (is this an address to listen on?); what it says is reported with the
// rest.
using MoreFaults = std::function<std::vector<std::string>(const Config&)>;
Config load_config(const std::filesystem::path& file, bool must_exist, const MoreFaults& more_faults = {});
