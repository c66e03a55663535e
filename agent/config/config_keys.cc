// The table of every configuration key, and how each value is read.
#include "agent/base/text.hh"
#include "agent/config/config.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace {

using Fault = std::optional<std::string>;

constexpr std::uint64_t most_cpus = 1024;
constexpr std::uint64_t least_memory_mib = 16;
constexpr std::uint64_t most_memory_mib = 16'777'216; // 16 TiB
constexpr std::uint64_t most_disk_gib = 65'536;       // 64 TiB
constexpr std::uint64_t longest_stop_seconds = 3600;

template <class T> struct Word {
    std::string_view text;
    T value;
};
constexpr std::array<Word<logging::Level>, 4> levels{{{"error", logging::Level::error},
                                                      {"warning", logging::Level::warning},
                                                      {"info", logging::Level::info},
                                                      {"debug", logging::Level::debug}}};
constexpr std::array<Word<bool>, 2> answers{{{"yes", true}, {"no", false}}};
constexpr std::array<Word<std::string_view>, 3> types{{{"auto", "auto"}, {"kvm", "kvm"}, {"qemu", "qemu"}}};
constexpr std::array<Word<std::string_view>, 4> arches{
    {{"host", "host"}, {"x86_64", "x86_64"}, {"i686", "i686"}, {"aarch64", "aarch64"}}};

template <class T, std::size_t n, class Target>
Fault put_word(std::string_view value, const std::array<Word<T>, n>& words, Target& target) {
    std::string allowed;
    for (const auto& word : words) {
        if (word.text == value) {
            target = word.value;
            return std::nullopt;
        }
        allowed += (allowed.empty() ? "" : ", ") + std::string(word.text);
    }
    return "must be one of " + allowed;
}

template <class Target>
Fault put_number(std::string_view value, std::uint64_t least, std::uint64_t most, Target& target) {
    const auto number = text::to_number(value, most);
    if (!number || *number < least) return fmt::format("must be a whole number from {} to {}", least, most);
    target = static_cast<Target>(*number);
    return std::nullopt;
}

Fault put_path(std::string_view value, std::filesystem::path& target) {
    if (!value.starts_with('/')) return "must be an absolute path";
    target = value;
    return std::nullopt;
}

// A heading [instance_type NAME] has made it already.
Config::InstanceType& type_of(Config& config, const Setting& setting) {
    const auto found = std::find_if(config.instance_types.begin(), config.instance_types.end(),
                                    [&](const auto& type) { return type.name == setting.name; });
    return found == config.instance_types.end()
               ? config.instance_types.emplace_back(Config::InstanceType{std::string(setting.name)})
               : *found;
}

Fault put_state(Config& config, const Setting& setting) { return put_path(setting.value, config.state); }

Fault put_log_level(Config& config, const Setting& setting) {
    return put_word(setting.value, levels, config.log_level);
}

// What an address must look like is for the HTTP part to say.
Fault put_listen(Config& config, const Setting& setting) {
    if (setting.value.empty()) return "must be an address with a port, or unix:/PATH";
    config.listen.emplace_back(setting.value);
    config.listen_origin.emplace_back(setting.origin);
    return std::nullopt;
}

void clear_listen(Config& config) {
    config.listen.clear();
    config.listen_origin.clear();
}

Fault put_socket_mode(Config& config, const Setting& setting) {
    constexpr std::size_t most_digits = 4;
    constexpr mode_t read_and_write = 0666;
    mode_t mode = 0;
    bool good = !setting.value.empty() && setting.value.size() <= most_digits;
    for (const char digit : setting.value) {
        good = good && digit >= '0' && digit <= '7';
        mode = mode * 8 + static_cast<mode_t>(digit - '0');
    }
    if (!good || (mode & ~read_and_write) != 0)
        return "must be an octal mode of reading and writing, such as 0660";
    config.socket_mode = mode;
    return std::nullopt;
}

// Whether the host has such a user or group is for the HTTP part to say.
Fault put_socket_owner(Config& config, const Setting& setting) {
    config.socket_owner = setting.value;
    return std::nullopt;
}

Fault put_socket_group(Config& config, const Setting& setting) {
    config.socket_group = setting.value;
    return std::nullopt;
}

Fault put_access_log(Config& config, const Setting& setting) {
    return put_word(setting.value, answers, config.access_log);
}

// The limits of [http]: a number, or a time in seconds.
template <auto member, std::uint64_t least, std::uint64_t most>
Fault put_limit(Config& config, const Setting& setting) {
    return put_number(setting.value, least, most, config.http.*member);
}

constexpr std::uint64_t million = 1'000'000;
constexpr std::uint64_t gibibyte = 1 << 30;
constexpr std::uint64_t hour = 3600;

template <auto member> Fault put_tls_file(Config& config, const Setting& setting) {
    if (setting.value.empty()) return std::nullopt;
    return put_path(setting.value, config.tls.*member);
}

Fault put_uri(Config& config, const Setting& setting) {
    const auto colon = setting.value.find("://");
    if (colon == setting.value.npos || colon == 0) return "must be a libvirt URI, such as qemu:///system";
    config.libvirt_uri = setting.value;
    return std::nullopt;
}

Fault put_type(Config& config, const Setting& setting) {
    return put_word(setting.value, types, config.compute_type);
}

Fault put_arch(Config& config, const Setting& setting) {
    return put_word(setting.value, arches, config.arch);
}

Fault put_stop_time(Config& config, const Setting& setting) {
    std::uint64_t seconds = 0;
    auto fault = put_number(setting.value, 1, longest_stop_seconds, seconds);
    if (!fault) config.stop_time = std::chrono::seconds(seconds);
    return fault;
}

Fault put_storage_path(Config& config, const Setting& setting) {
    return put_path(setting.value, config.storage_path);
}

Fault put_import_from(Config& config, const Setting& setting) {
    if (setting.value.empty()) return std::nullopt; // "no folder": what stood before is forgotten already
    std::filesystem::path folder;
    auto fault = put_path(setting.value, folder);
    if (!fault) config.import_from.push_back(std::move(folder));
    return fault;
}

Fault put_largest(Config& config, const Setting& setting) {
    return put_number(setting.value, 1, most_disk_gib, config.largest_gib);
}

void clear_import_from(Config& config) { config.import_from.clear(); }

Fault put_network(Config& config, const Setting& setting) {
    if (setting.value.empty() || text::fault_of_name(setting.value))
        return "must be auto, none, or the name of a network";
    config.network_default = setting.value;
    return std::nullopt;
}

Fault put_cpu(Config& config, const Setting& setting) {
    return put_number(setting.value, 1, most_cpus, type_of(config, setting).cpu);
}

Fault put_memory(Config& config, const Setting& setting) {
    return put_number(setting.value, least_memory_mib, most_memory_mib, type_of(config, setting).memory_mib);
}

Fault put_disk(Config& config, const Setting& setting) {
    return put_number(setting.value, 0, most_disk_gib, type_of(config, setting).disk_gib);
}

constexpr auto now = Applies::at_once;

constexpr auto keys = std::to_array<ConfigKey>({
    {"agent", "state", "/var/lib/occi-agent", "folder of what the agent itself remembers", put_state},
    {"agent", "log_level", "info", "the least grave records that are logged: error, warning, info, debug",
     put_log_level, nullptr, now},
    {"http", "listen", "127.0.0.1:4567",
     "ADDRESS:PORT or unix:/PATH to listen on, https://ADDRESS:PORT through TLS; may be repeated", put_listen,
     clear_listen},
    {"http", "socket_mode", "0660", "mode of the unix sockets", put_socket_mode},
    {"http", "socket_owner", "", "user that owns them; empty: the agent's own", put_socket_owner},
    {"http", "socket_group", "", "group that owns them; empty: the agent's own", put_socket_group},
    {"http", "access_log", "yes", "whether each request has a line in the log, at level info: yes, no",
     put_access_log, nullptr, now},
    {"http", "connections", "16384", "most connections at a time",
     put_limit<&Config::Http::connections, 1, million>, nullptr, now},
    {"http", "connections_per_address", "256", "most of them from one address that is not loopback",
     put_limit<&Config::Http::connections_per_address, 1, million>, nullptr, now},
    {"http", "requests_per_connection", "100000", "requests after which a connection is closed",
     put_limit<&Config::Http::requests_per_connection, 1, 1000 * million>, nullptr, now},
    {"http", "header_bytes", "16384", "longest headers, with the request line",
     put_limit<&Config::Http::header_bytes, 1024, million>, nullptr, now},
    {"http", "header_count", "100", "most headers", put_limit<&Config::Http::header_count, 8, 10'000>,
     nullptr, now},
    {"http", "target_bytes", "8192", "longest path and query",
     put_limit<&Config::Http::target_bytes, 256, million>, nullptr, now},
    {"http", "body_bytes", "1048576", "longest document; what a route allows may be less",
     put_limit<&Config::Http::body_bytes, 1024, gibibyte>, nullptr, now},
    {"http", "body_rate", "1024", "least bytes a second of a document, on the average of body_time",
     put_limit<&Config::Http::body_rate, 1, gibibyte>, nullptr, now},
    {"http", "header_time", "10", "seconds from the first byte of a request to the end of its headers",
     put_limit<&Config::Http::header_time, 1, hour>, nullptr, now},
    {"http", "body_time", "10", "seconds after which the rate of a document is looked at",
     put_limit<&Config::Http::body_time, 1, hour>, nullptr, now},
    {"http", "idle_time", "60", "seconds that a connection may wait for its next request",
     put_limit<&Config::Http::idle_time, 1, hour>, nullptr, now},
    {"http", "write_time", "30", "seconds that a reader may take nothing",
     put_limit<&Config::Http::write_time, 1, hour>, nullptr, now},
    {"http", "workers", "8", "threads that answer requests", put_limit<&Config::Http::workers, 1, 256>},
    {"http", "stream_workers", "4", "threads that take uploads into the pool",
     put_limit<&Config::Http::stream_workers, 1, 64>},
    {"http", "queued", "1024", "most requests that wait for such a thread",
     put_limit<&Config::Http::queued, 1, million>},
    {"http", "streams", "1024", "most requests whose answer comes later or in pieces",
     put_limit<&Config::Http::streams, 1, million>, nullptr, now},
    {"tls", "certificate", "", "PEM file of the server's certificate, then those that lead to its authority",
     put_tls_file<&Config::Tls::certificate>, nullptr, now},
    {"tls", "key", "", "PEM file of its key, which not everybody may read", put_tls_file<&Config::Tls::key>,
     nullptr, now},
    {"tls", "client_ca", "",
     "PEM file of authorities whose client certificates count; empty: none is asked for",
     put_tls_file<&Config::Tls::client_ca>, nullptr, now},
    {"libvirt", "uri", "qemu:///system", "the libvirt that is shown", put_uri},
    {"compute", "type", "auto", "how machines run: kvm, qemu (emulated), or auto: kvm where the host has it",
     put_type},
    {"compute", "arch", "host", "architecture of new machines: host, x86_64, i686, aarch64", put_arch},
    {"compute", "stop_time", "60", "seconds until a graceful stop becomes a forced one", put_stop_time},
    {"storage", "path", "/var/lib/occi-agent/volumes", "folder of the volumes; follows state",
     put_storage_path},
    {"storage", "import_from", "/var/lib/occi-agent/images",
     "folder that images may be imported from; may be repeated; follows state", put_import_from,
     clear_import_from},
    {"storage", "largest_gib", "65536", "most that a disk may have, in GiB, whatever of it is written",
     put_largest},
    {"network", "default", "auto", "network of machines that name none: auto, none, or a name", put_network},
    {"instance_type NAME", "cpu", "1", "virtual processors", put_cpu},
    {"instance_type NAME", "memory_mib", "1024", "memory in MiB", put_memory},
    {"instance_type NAME", "disk_gib", "0",
     "least size of the disk that boots, in GiB; 0: as large as its image", put_disk},
});

} // namespace

std::span<const ConfigKey> config_keys() noexcept { return keys; }
