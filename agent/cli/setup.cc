#include "agent/cli/setup.hh"

#include "agent/auth/host_names.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/text.hh"
#include "agent/cli/accounts.hh"
#include "agent/cli/self_signed.hh"
#include "agent/http/listener.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <ifaddrs.h>
#include <iterator>
#include <net/if.h>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned usual_days = 3650, most_days = 36500;
constexpr auto socket_unit = "/etc/systemd/system/sockets.target.wants/occi-agent.socket";

// What has been written so far, to be taken back.
class Made {
public:
    ~Made() {
        for (auto each = files_.rbegin(); each != files_.rend(); ++each) std::remove(each->c_str());
    }
    void folder(const fs::path& path, mode_t mode) {
        if (::mkdir(path.c_str(), mode) == 0)
            files_.push_back(path);
        else if (errno != EEXIST)
            fail("make", path);
    }
    void file(const fs::path& path, const std::string& content, mode_t mode) {
        const Descriptor file(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (!file) fail("write", path);
        files_.push_back(path);
        if (::fchmod(file.get(), mode) != 0) fail("write", path);
        for (std::size_t done = 0; done < content.size();) {
            const auto more = ::write(file.get(), content.data() + done, content.size() - done);
            if (more < 0 && errno != EINTR) fail("write", path);
            if (more > 0) done += static_cast<std::size_t>(more);
        }
        if (::fsync(file.get()) != 0) fail("write", path);
    }
    void keep() noexcept { files_.clear(); }

private:
    [[noreturn]] static void fail(const char* doing, const fs::path& path) {
        throw Error(Fault::unavailable, fmt::format("cannot {} {}: {}", doing, path.string(),
                                                    std::generic_category().message(errno)));
    }
    std::vector<fs::path> files_;
};

std::string address_text(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes =
        address->sa_family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
            : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    ::inet_ntop(address->sa_family, bytes, text.data(), text.size());
    return text.data();
}

// A certificate cannot say on which cable an address of the link is.
bool is_useful(const ifaddrs& each) {
    if (!each.ifa_addr || (each.ifa_flags & IFF_LOOPBACK) != 0) return false;
    if (each.ifa_addr->sa_family == AF_INET) return true;
    return each.ifa_addr->sa_family == AF_INET6 &&
           !IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(each.ifa_addr)->sin6_addr);
}

std::vector<std::string> addresses_of_node() {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return {};
    const Defer release([&] { ::freeifaddrs(all); });
    std::vector<std::string> addresses;
    for (const auto* each = all; each; each = each->ifa_next)
        if (is_useful(*each)) addresses.push_back(address_text(each->ifa_addr));
    return addresses;
}

void check_name(const std::string& name) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == ':' || c == '*';
    };
    if (name.empty() || name.size() > 253 || !std::ranges::all_of(name, is_good))
        throw UsageError("--name " + text::printable(name) + ": it is a host name or an address");
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

struct Plan {
    http::Endpoint endpoint;
    fs::path drop_in, certificate, key, passwords, tokens;
    bool makes_certificate = false;
    std::vector<std::string> names;
    unsigned days = usual_days;
};

std::string drop_in_text(const Plan& plan, const Config& config) {
    std::string text =
        "# Written by occi-agent setup. Other machines may drive this host from here on: by TLS, and\n"
        "# when they prove who they are. On this host itself its unix socket is open to root.\n\n[http]\n";
    text += "listen = " + plan.endpoint.text() + "\nlisten = unix:/run/occi-agent/socket\n\n";
    if (plan.makes_certificate)
        text += "[tls]\ncertificate = " + plan.certificate.string() + "\nkey = " + plan.key.string() + "\n\n";
    text += "[auth]\n";
    if (config.auth.passwords.empty()) text += "passwords = " + plan.passwords.string() + "\n";
    if (config.auth.tokens.empty()) text += "tokens = " + plan.tokens.string() + "\n";
    return text;
}

Plan plan_of(const Arguments& given, const Config& config, const fs::path& file) {
    Plan plan;
    const auto listen = given.value("listen");
    if (!listen) throw UsageError("where to listen is missing: --listen https://0.0.0.0:4567");
    constexpr std::string_view secure = "https://";
    if (listen->starts_with(secure)) plan.endpoint = http::parse_endpoint(*listen);
    if (plan.endpoint.secure && plan.endpoint.port == 0)
        throw UsageError("--listen " + text::printable(*listen) + ": other machines need to know the port");
    if (!plan.endpoint.secure)
        throw UsageError("--listen " + text::printable(*listen) +
                         ": secrets would be read on their way: write https:// before the address");
    const auto folder = file.parent_path();
    plan.drop_in = folder / (file.stem().string() + ".conf.d") / "50-setup.conf";
    plan.makes_certificate = config.tls.certificate.empty();
    plan.certificate = plan.makes_certificate ? folder / "tls" / "certificate.pem" : config.tls.certificate;
    plan.key = folder / "tls" / "key.pem";
    plan.passwords = folder / "passwords";
    plan.tokens = folder / "tokens";
    plan.names = given.values("name");
    for (const auto& name : plan.names) check_name(name);
    std::ranges::copy(names_of_node(), std::back_inserter(plan.names));
    plan.days = given.number("days", most_days).value_or(usual_days);
    for (const auto& there : {plan.drop_in, plan.makes_certificate ? plan.certificate : fs::path(),
                              plan.makes_certificate ? plan.key : fs::path()})
        if (std::error_code none; !there.empty() && fs::exists(there, none))
            throw Error(Fault::conflict, there.string() +
                                             " is there already, and nothing is overwritten: remove it "
                                             "to begin anew, or change it by hand");
    return plan;
}

void say(const Plan& plan, const std::string& pem) {
    const auto port = plan.endpoint.port;
    const auto& host = plan.names.front();
    std::printf("written: %s\n", plan.drop_in.c_str());
    if (plan.makes_certificate) {
        std::string names;
        for (const auto& name : plan.names) names += (names.empty() ? "" : ", ") + name;
        std::printf("made:    %s and its key, for %s, %u days\n", plan.certificate.c_str(), names.c_str(),
                    plan.days);
    }
    std::printf("SHA-256 fingerprint of the certificate: %s\n\nOn this machine, next:\n",
                fingerprint_of(pem).c_str());
    std::error_code none;
    if (fs::exists(socket_unit, none))
        std::printf(
            "  systemctl disable --now occi-agent.socket    # its addresses would stand before this one\n");
    std::printf(
        "  systemctl restart occi-agent\n"
        "  occi-agent token add orchestrator --role operator    # a secret for the other machine\n\n"
        "On the other machine, with %s copied there as node.pem:\n"
        "  curl --cacert node.pem -H \"Authorization: Bearer $TOKEN\" https://%s:%u/compute\n"
        "or without it, by its key:\n"
        "  curl --insecure --pinnedpubkey '%s' -H \"Authorization: Bearer $TOKEN\" https://%s:%u/compute\n",
        plan.certificate.c_str(), host.c_str(), port, pinned_key_of(pem).c_str(), host.c_str(), port);
}

} // namespace

std::vector<std::string> names_of_node() {
    auto names = auth::names_of_this_host();
    std::ranges::copy(addresses_of_node(), std::back_inserter(names));
    for (const auto* each : {"localhost", "127.0.0.1", "::1"}) names.emplace_back(each);
    std::vector<std::string> once;
    for (auto& name : names)
        if (std::ranges::find(once, name) == once.end()) once.push_back(std::move(name));
    return once;
}

void setup(const Arguments& given, const Config& config, const fs::path& file) {
    const auto plan = plan_of(given, config, file);
    Made made;
    made.folder(file.parent_path(), 0755);
    made.folder(plan.drop_in.parent_path(), 0755);
    if (plan.makes_certificate) {
        const auto pair = make_self_signed(plan.names, plan.days);
        made.folder(plan.key.parent_path(), 0755);
        made.file(plan.key, pair.key.reveal(), 0600);
        made.file(plan.certificate, pair.certificate, 0644);
    }
    made.file(plan.drop_in, drop_in_text(plan, config), 0644);
    const auto pem = content_of(plan.certificate);
    const auto fingerprint = fingerprint_of(pem); // throws before it is too late
    made.keep();
    say(plan, pem);
}

} // namespace cli
