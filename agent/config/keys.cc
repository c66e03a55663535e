#include "agent/config/keys.hh"

#include "agent/auth/principal.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <array>

namespace settings {
namespace {

using enum Applies;
using occi::Model;
using Libvirt = hv::libvirt::Options;

constexpr std::uint64_t million = 1'000'000;
constexpr std::uint64_t gibibyte = 1 << 30;
constexpr std::uint64_t hour = 3600;            // in seconds
constexpr std::uint64_t most_disk = 64 << 10;   // in GiB
constexpr std::uint64_t most_memory = 16 << 20; // in MiB

constexpr std::array<Word<logging::Level>, 4> levels{{{"error", logging::Level::error},
                                                      {"warning", logging::Level::warning},
                                                      {"info", logging::Level::info},
                                                      {"debug", logging::Level::debug}}};

// Whether this host has such a user or group is for the HTTP part to say.
bool is_anything(std::string_view) { return true; }

bool is_uri(std::string_view text) {
    const auto colon = text.find("://");
    return colon != text.npos && colon != 0;
}

bool is_something(std::string_view text) { return !text.empty(); }

bool is_place(std::string_view text) {
    return text.empty() || text.starts_with('/') || text.starts_with("https://");
}

bool is_role_or_none(std::string_view text) { return text.empty() || auth::role_named(text); }

bool is_network(std::string_view text) { return !text.empty() && !text::fault_of_name(text); }

Value networks(std::vector<http::Network> http::Proxies::*member) {
    return list(member, "an address, a network such as 10.0.0.0/8, or unix", true, http::Network::parse,
                [](const http::Network& is) { return is.text(); });
}

const std::vector<Section> all_sections{
    {"agent", ""},
    {"http", "Where the agent listens, and the limits that keep one client from taking what others need. A "
             "request that meets a limit gets the status that is named with it, and the log names the limit, "
             "at most once in ten seconds for each."},
    {"tls", "TLS 1.2 and 1.3, on the sockets that `listen` has with `https://` and on those that systemd "
            "hands over with `FileDescriptorName=https`. The files are read again on `SIGHUP`: connections "
            "go on with the old ones, new connections get the new ones."},
    {"auth",
     "Who may come in, and how it is proven. Without any of `passwords`, `tokens`, `issuer`, `introspect` "
     "and `[tls] client_ca` "
     "nobody has to prove anything: everybody who reaches a loopback or unix socket is `local`, an "
     "administrator, and other addresses are not listened on. With any of them every request over TCP has to "
     "prove who makes it, on loopback too. A file is read again by itself within a second of its change."},
    {"libvirt", ""},
    {"compute", ""},
    {"storage", ""},
    {"network", ""},
    {"instance_type NAME",
     "Sizes that a client may name. `small`, `medium`, `large` and `custom` are there from the beginning; a "
     "section changes the one of its name, or adds one. With `small`, `medium` and `large` as they are "
     "shipped the agent says in every answer that it has the templates of OCCI (GFD.222, `OCCI-CRTP/1.1`). "
     "One that is changed is a type of this agent's own, and that is not said any more. The size of a "
     "`custom` machine is named by the client (`CPU`, and `MEMORY` in MB of 2^20 bytes); the values of that "
     "type stand for "
     "what the client leaves out.",
     named<Model::Template>("an instance type")},
};

const std::vector<Key> all_keys{
    {"agent", "state", path(&Config::state), at_start,
     "Folder of what the agent itself remembers: operations under way, owners, names. Only root needs to "
     "read it. The folders of volumes and images are in it, unless they are set."},
    {"agent", "log_level", word_for(&Config::log_level, levels), at_once,
     "The least grave records that are logged. They go to standard error, which is the journal under "
     "systemd."},

    {"http", "listen", texts(&Config::listen, "an address with a port, or unix:/PATH"), at_start,
     "Where to listen: `ADDRESS:PORT`, `[IPV6]:PORT` or `unix:/PATH`, and `https://` before an address for "
     "TLS. An address that is not loopback needs `https://`, and authentication (`occi-agent setup` "
     "writes all of that). Sockets that systemd hands over take the place of all of these."},
    {"http", "socket_mode", mode(&http::SocketAccess::mode), at_start,
     "Mode of the unix sockets. Whoever may connect rules the host, so it is a question of the group: `0666` "
     "would let every local user in."},
    {"http", "socket_owner", text(&http::SocketAccess::owner, "a user of this host", is_anything), at_start,
     "User that owns the unix sockets, by name or number; empty for the one that the agent runs as. Only "
     "root can give a file to another user."},
    {"http", "socket_group", text(&http::SocketAccess::group, "a group of this host", is_anything), at_start,
     "Group that owns the unix sockets, by name or number; empty for the agent's own. Its members may use "
     "the agent as long as `socket_mode` has `0060`."},
    {"http", "access_log", yes_or_no(&Config::access_log), at_once,
     "Whether each request has a line in the log: what was asked, status, bytes, time, user, peer, id. It is "
     "at level `info`. In the journal each of them is a field, too: `journalctl -u occi-agent "
     "OCCI_STATUS=503`."},
    {"http", "trusted_proxy", networks(&http::Proxies::trusted), at_once,
     "Address or network of a proxy in front of the agent, or `unix` for whoever comes through a unix "
     "socket; empty for "
     "none. What it says of its clients in `Forwarded`, or else in `X-Forwarded-For`, `X-Forwarded-Proto` "
     "and "
     "`X-Forwarded-Host`, counts: the address is the nearest one that is no such proxy. It must set what it "
     "sends of "
     "these, and take away what its clients send of them. Of all others nothing of that counts. The proxy's "
     "own "
     "certificate or process proves nothing."},
    {"http", "public_url",
     text(&http::Proxies::public_url, "https:// or http://, a name, a port if need be, and no path, or empty",
          [](std::string_view url) { return url.empty() || http::is_public_url(url); }),
     at_once,
     "By which address clients know the agent, such as `https://cloud.example`: what links in answers begin "
     "with. "
     "Empty: as each request says. A path is not possible."},
    {"http", "connections", number(&http::Limits::connections, 1, million), at_once,
     "Most connections at a time. One more gets 503. Each needs a file descriptor: when `LimitNOFILE` of the "
     "unit is less, the agent takes fewer and says so."},
    {"http", "connections_per_address", number(&http::Limits::connections_per_address, 1, million), at_once,
     "Most connections at a time from one IPv4 address, or from one /64 of IPv6. One more gets 503. Those "
     "over loopback and unix sockets do not count."},
    {"http", "requests_per_connection", number(&http::Limits::requests_per_connection, 1, 1000 * million),
     at_once, "Most requests on one connection. The answer to the last one says that the connection closes."},
    {"http", "header_bytes", number(&http::Limits::header_bytes, 1024, million), at_once,
     "Most bytes of the request line and all headers. A request with more gets 431, or 414 when its first "
     "line alone is longer."},
    {"http", "header_count", number(&http::Limits::header_count, 8, 10'000), at_once,
     "Most headers of one request. A request with more gets 431."},
    {"http", "target_bytes", number(&http::Limits::target_bytes, 256, million), at_once,
     "Most bytes of path and query together. A request with more gets 414."},
    {"http", "body_bytes", number(&http::Limits::body_bytes, 1024, gibibyte), at_once,
     "Most bytes of a document that a client sends. A longer one gets 413. A route may take less: no "
     "document of OCCI or OpenNebula needs more than 1048576."},
    {"http", "body_rate", number(&http::Limits::body_rate, 1, gibibyte), at_once,
     "Least bytes a second of a document that comes, on the average of each `body_time`. A slower one gets "
     "408."},
    {"http", "header_time", seconds(&http::Limits::header_time, 1, hour), at_once,
     "Seconds for the headers of a request, from its first byte on. A slower one gets 408."},
    {"http", "body_time", seconds(&http::Limits::body_time, 1, hour), at_once,
     "Seconds after which the rate of a document is looked at. So it is also the longest time in which "
     "nothing may come."},
    {"http", "idle_time", seconds(&http::Limits::idle_time, 1, hour), at_once,
     "Seconds that a connection may wait for its next request. Then it is closed without a word."},
    {"http", "write_time", seconds(&http::Limits::write_time, 1, hour), at_once,
     "Seconds that a client may take nothing of an answer. Then it is disconnected."},
    {"http", "workers", number(&http::Limits::workers, 1, 256), at_start,
     "Threads that answer requests. Idle, slow and waiting connections hold none of them."},
    {"http", "stream_workers", number(&http::Limits::stream_workers, 1, 64), at_start,
     "Threads that take uploads into the pool. An upload of which nothing comes for a while holds none of "
     "them."},
    {"http", "queued", number(&http::Limits::queued, 1, million), at_start,
     "Most requests that wait for one of these threads. One more gets 503."},
    {"http", "streams", number(&http::Limits::streams, 1, million), at_once,
     "Most requests that wait to be told who asks, or whose answer comes later (operations, events) or in "
     "pieces "
     "(event streams). They hold none of the threads. One more gets 503."},

    {"tls", "certificate", path_or_none(&http::TlsFiles::certificate), at_once,
     "PEM file of the server's certificate, followed by those that lead to its authority; empty for none."},
    {"tls", "key", path_or_none(&http::TlsFiles::key), at_once,
     "PEM file of its private key, without a password. The agent does not start when everybody may read it."},
    {"tls", "client_ca", path_or_none(&http::TlsFiles::client_ca), at_once,
     "PEM file of the authorities whose client certificates count; empty: no client is asked for a "
     "certificate. A good "
     "certificate proves who asks (`[auth] client_map`); a client that shows none has to prove it otherwise, "
     "and one that "
     "shows a bad one is not served."},
    {"tls", "crl", paths_or_none(&http::TlsFiles::crl), at_once,
     "PEM file of lists of what those authorities have revoked; empty for none. With one, each authority "
     "that signs "
     "clients needs a list that is valid, or its clients are not served: renew it in time, and send "
     "`SIGHUP`."},

    {"auth", "passwords", path_or_none(&auth::Options::passwords), at_once,
     "File of the passwords of people (Basic), which `occi-agent passwd` changes; empty for none. Only its "
     "owner may "
     "read it."},
    {"auth", "tokens", path_or_none(&auth::Options::tokens), at_once,
     "File of the tokens of programs (`Authorization: Bearer` or `X-Auth-Token`), which `occi-agent token` "
     "changes; "
     "empty for none. It has no secret, only hashes; even so only its owner may read it."},
    {"auth", "issuer", text(&auth::Options::issuer, "the issuer's URL to the letter, or empty", is_anything),
     at_once,
     "Who issues the tokens (JWT) of people and programs: what `iss` must be. Its keys are found by OpenID "
     "Connect "
     "discovery, unless `jwks` says where; with `introspect` and no `jwks` the issuer is asked about every "
     "token instead. "
     "Empty: such tokens are not taken."},
    {"auth", "audience", texts_or_none(&auth::Options::audience, "a name"), at_once,
     "For whom a token must be: one of these in `aud`. An `issuer` needs at least one."},
    {"auth", "jwks", text(&auth::Options::jwks, "an absolute path, an https:// URL, or empty", is_place),
     at_once,
     "Where the issuer's public keys are: a file, which is read again when it changes, or a URL; empty: what "
     "discovery "
     "says. While the issuer is away, the last good keys count."},
    {"auth", "introspect", text(&auth::Options::introspect, "an https:// URL, or empty", is_place), at_once,
     "Where the issuer is asked about tokens that say nothing by themselves (RFC 7662); empty: nowhere. An "
     "answer holds "
     "for a minute at most."},
    {"auth", "client_id", text(&auth::Options::client_id, "a name", is_anything), at_once,
     "As whom the agent asks there."},
    {"auth", "client_secret", path_or_none(&auth::Options::client_secret), at_once,
     "File whose first line is the secret for that. Only its owner may read it."},
    {"auth", "name_claim", text(&auth::Options::name_claim, "the name of a claim", is_something), at_once,
     "The claim that names the principal. One that is within others has dots: `realm_access.name`."},
    {"auth", "roles_claim", text(&auth::Options::roles_claim, "the name of a claim", is_something), at_once,
     "The claim whose values give roles and groups, by `grant`."},
    {"auth", "grant",
     texts_or_none(&auth::Options::grants, "a value of the claim, a role, and a group if need be"), at_once,
     "What one value of that claim gives, such as `occi-admins administrator` or `lab-ops operator lab`. The "
     "highest "
     "role of all that fit counts, and the first group."},
    {"auth", "other_role", text(&auth::Options::other_role, "a role, or empty", is_role_or_none), at_once,
     "Role of a token that no `grant` fits; empty: it is refused."},
    {"auth", "issuer_network", texts_or_none(&auth::Options::issuer_networks, "a network such as 10.0.0.0/8"),
     at_once,
     "Networks that are not public and in which the issuer may be all the same. Without any the agent "
     "connects to "
     "public addresses only."},
    {"auth", "issuer_ca", path_or_none(&auth::Options::issuer_ca), at_once,
     "PEM file of the authorities that sign the issuer's certificate; empty: those of this host."},
    {"auth", "issuer_proxy", text(&auth::Options::issuer_proxy, "a URL, or empty", is_anything), at_once,
     "Proxy by which the issuer is asked. None is taken from the environment."},
    {"auth", "client_map", path_or_none(&auth::Options::client_map), at_once,
     "File that says whose which client certificate is: lines of a name, `role=...,group=...`, and "
     "`subject`, `name`, "
     "`fingerprint` or `any`. Empty: the CN of the subject is the name of a user."},
    {"auth", "socket_map",
     texts_or_none(&auth::Options::socket_map, "user:NAME or group:NAME, a role, and a group if need be"),
     at_once,
     "What a user or group of this host may do over a unix socket, such as `group:lab operator lab`. Without "
     "any line "
     "everybody who may open the socket is an administrator."},

    {"libvirt", "uri", text(&Libvirt::uri, "a libvirt URI, such as qemu:///system", is_uri), at_start,
     "The libvirt that is shown. The agent must run on the same machine. While libvirt is away the agent "
     "goes on, and answers reads from what it last saw."},

    {"compute", "type", word(&Libvirt::machine_type, {"auto", "kvm", "qemu"}), at_start,
     "How machines run: `kvm`, `qemu` (emulated, much slower), or `auto`: kvm when libvirt offers it and "
     "`/dev/kvm` opens, on x86 only if the processor also shows vmx or svm. The log says at start what was "
     "chosen and why. With `kvm` the agent refuses to start on a host without it."},
    {"compute", "arch", word(&Libvirt::arch, {"host", "x86_64", "i686", "aarch64"}), at_start,
     "The processor architecture of new machines, `host` for that of this machine. One that differs from the "
     "host's is emulated."},
    {"compute", "stop_time", seconds(&service::Settings::stop_time, 1, hour), at_start,
     "Seconds that a guest has to shut down after the power button is pressed. After that a stop turns it "
     "off, and a restart that was not seen has failed."},

    {"storage", "path", path(&Libvirt::pool_path), at_start,
     "Folder of the volumes: the libvirt storage pool `occi`. It should be on the disk that has room for "
     "them. The default is the folder `volumes` of the state folder."},
    {"storage", "import_from", paths_or_none(&service::Settings::import_from), at_start,
     "Folder below which an image may be that a client names by a file:// URL; empty for none. Neither "
     "symbolic links nor `..` lead out of it. The default is the folder `images` of the state folder."},
    {"storage", "largest_gib", gibibytes(&service::Settings::largest_bytes, 1, most_disk), at_start,
     "Most GiB that a disk may have, however little of it is written. What is not written takes no room, so "
     "disks may have more than the pool: a request is refused for want of room by what it writes at once, "
     "and for its size by this alone."},

    {"network", "default",
     text(&service::Settings::default_network, "auto, none, or the name of a network", is_network), at_start,
     "The network of a machine that names none: libvirt's name of one, `none` for no network at all, or "
     "`auto`: the agent makes a network `occi-default` on the first free /24 of 10.112.0.0/12, which reaches "
     "the world by address translation."},

    {"instance_type NAME", "cpu", number(&Model::Template::cores, 1, 1024), at_start, "Virtual processors."},
    {"instance_type NAME", "memory_mib", mebibytes(&Model::Template::memory, 16, most_memory), at_start,
     "Memory in MiB."},
    {"instance_type NAME", "disk_gib", gibibytes(&Model::Template::disk, 0, most_disk), at_start,
     "Least size in GiB of the disk that boots; with 0 it is as large as its image."},
};

} // namespace

std::span<const Section> sections() { return all_sections; }
std::span<const Key> keys() { return all_keys; }

std::vector<const Key*> keys_of(const Section& section) {
    std::vector<const Key*> found;
    for (const auto& key : all_keys)
        if (key.section == section.heading) found.push_back(&key);
    return found;
}

std::string title_of(const Key& key, std::string_view name) {
    const auto blank = name.empty() ? "" : " ";
    return fmt::format("[{}{}{}] {}", name.empty() ? key.section : first_word(key.section), blank, name,
                       key.name);
}

} // namespace settings
