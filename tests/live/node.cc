#include "tests/live/node.hh"

#include "agent/base/process.hh"
#include "agent/base/text.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/eventually.hh"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <libvirt/virterror.h>
#include <netinet/ip_icmp.h>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>

namespace live {
namespace {

using Domain = Handle<virDomain, virDomainFree>;

void quiet(void*, virErrorPtr) {}

[[noreturn]] void fail(const std::string& doing) {
    throw std::runtime_error(doing + ": " + virGetLastErrorMessage());
}

Domain domain_of(virConnectPtr connection, const std::string& name) {
    Domain domain(virDomainLookupByName(connection, name.c_str()));
    if (!domain) fail("find " + name);
    return domain;
}

std::string document_of(virConnectPtr connection, const std::string& name, unsigned flags) {
    char* xml = virDomainGetXMLDesc(domain_of(connection, name).get(), flags);
    std::string copy = xml ? xml : "";
    std::free(xml);
    return copy;
}

std::string content_of(const std::filesystem::path& path) {
    std::stringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

void add_files(Traces& traces, const std::filesystem::path& folder, const std::string& word) {
    std::error_code none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none))
        if (!entry.is_directory()) traces.insert(word + " " + entry.path().string());
}

void add_domains(Traces& traces, virConnectPtr connection) {
    virDomainPtr* all = nullptr;
    const int count = virConnectListAllDomains(connection, &all, 0);
    for (int index = 0; index < count; ++index) {
        const Domain domain(all[index]);
        traces.insert(std::string("domain ") + virDomainGetName(domain.get()));
    }
    std::free(all);
}

// With its host entries, so that a reservation that stays is seen.
void add_networks(Traces& traces, virConnectPtr connection) {
    virNetworkPtr* all = nullptr;
    const int count = virConnectListAllNetworks(connection, &all, 0);
    for (int index = 0; index < count; ++index) {
        const Handle<virNetwork, virNetworkFree> network(all[index]);
        const std::string name = virNetworkGetName(network.get());
        traces.insert("network " + name);
        char* xml = virNetworkGetXMLDesc(network.get(), 0);
        for (const auto& line : text::split(xml ? xml : "", '\n'))
            if (line.find("<host mac") != std::string::npos)
                traces.insert("host entry of " + name + std::string(text::trim(line)));
        std::free(xml);
    }
    std::free(all);
}

// Whose the pool is stays written there. A note beside the volumes follows what it is about, on a thread of the
// agent's own: it is a trace only when it stays alone.
void leave_out_notes(Traces& traces, virConnectPtr connection) {
    const auto is_about_something = [&](const std::filesystem::path& note) {
        const auto id = note.stem().string();
        const auto beside = [&](const char* extension) {
            return std::filesystem::exists(note.parent_path() / (id + extension));
        };
        return beside(".raw") || beside(".qcow2") ||
               Handle<virNetwork, virNetworkFree>(virNetworkLookupByUUIDString(connection, id.c_str()));
    };
    std::erase_if(traces, [&](const std::string& trace) {
        return trace.find("/.occi-agent/") != trace.npos ||
               (trace.ends_with(".note") && is_about_something(trace.substr(trace.find(' ') + 1)));
    });
}

} // namespace

Node::Node() {
    virSetErrorFunc(nullptr, quiet);
    connection_.reset(virConnectOpen("qemu:///system"));
    if (!connection_) fail("open the private libvirt");
}

Traces Node::traces(const std::string& files) const {
    Traces traces;
    add_domains(traces, connection_.get());
    add_networks(traces, connection_.get());
    add_files(traces, support::AgentProcess::pool, "volume");
    leave_out_notes(traces, connection_.get());
    add_files(traces, "/var/lib/libvirt/qemu/save", "saved memory");
    add_files(traces, files, "file");
    for (const int pid : processes("qemu-system")) traces.insert("process " + std::to_string(pid));
    return traces;
}

void Node::define(const std::string& domain_xml) const {
    if (!Domain(virDomainDefineXML(connection_.get(), domain_xml.c_str()))) fail("define");
}
void Node::start(const std::string& name) const {
    const auto domain = domain_of(connection_.get(), name);
    if (virDomainCreate(domain.get()) != 0) fail("start " + name);
}
void Node::destroy(const std::string& name) const {
    const auto domain = domain_of(connection_.get(), name);
    // A libvirtd that is still taking the machine up again says "not running" to what succeeded.
    if (virDomainDestroy(domain.get()) != 0 && is_running(name)) fail("destroy " + name);
}
void Node::undefine(const std::string& name) const {
    const auto domain = domain_of(connection_.get(), name);
    if (virDomainUndefine(domain.get()) != 0) fail("undefine " + name);
}
std::string Node::xml_of(const std::string& name) const { return document_of(connection_.get(), name, 0); }
std::string Node::definition_of(const std::string& name) const {
    return document_of(connection_.get(), name, VIR_DOMAIN_XML_INACTIVE);
}
bool Node::is_running(const std::string& name) const {
    int state = 0;
    virDomainGetState(domain_of(connection_.get(), name).get(), &state, nullptr, 0);
    return state == VIR_DOMAIN_RUNNING;
}

bool Node::is_active_network(const std::string& name) const {
    const Handle<virNetwork, virNetworkFree> network(virNetworkLookupByName(connection_.get(), name.c_str()));
    return network && virNetworkIsActive(network.get()) == 1;
}
bool Node::starts_with_the_host(const std::string& name) const {
    const Handle<virNetwork, virNetworkFree> network(virNetworkLookupByName(connection_.get(), name.c_str()));
    int on = 0;
    if (!network || virNetworkGetAutostart(network.get(), &on) != 0) fail("look at network " + name);
    return on == 1;
}

std::string Node::state_of(const std::string& name) const {
    const Domain domain(virDomainLookupByName(connection_.get(), name.c_str()));
    if (!domain) return "none";
    int state = 0;
    virDomainGetState(domain.get(), &state, nullptr, 0);
    if (state == VIR_DOMAIN_SHUTOFF)
        return virDomainHasManagedSaveImage(domain.get(), 0) == 1 ? "saved" : "off";
    return state == VIR_DOMAIN_RUNNING ? "running" : state == VIR_DOMAIN_PAUSED ? "paused" : "other";
}

std::set<int> processes(std::string_view program) {
    std::set<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto pid = text::to_number(entry.path().filename().string());
        // A zombie waits for its parent only; it runs nothing.
        if (!pid || content_of(entry.path() / "stat").find(") Z ") != std::string::npos) continue;
        const auto command = content_of(entry.path() / "comm");
        if (std::string_view(command).starts_with(program.substr(0, 15)))
            found.insert(static_cast<int>(*pid));
    }
    return found;
}

int qemu_of(const std::string& domain) {
    const auto pid = text::to_number(text::trim(content_of("/run/libvirt/qemu/" + domain + ".pid")));
    if (!pid) throw std::runtime_error(domain + " does not run");
    return static_cast<int>(*pid);
}

int libvirtd() {
    const auto found = processes("libvirtd");
    if (found.size() != 1)
        throw std::runtime_error(std::to_string(found.size()) + " processes are libvirtd, not 1");
    return *found.begin();
}

namespace {

// The number behind `name` and whatever stands between the two.
std::optional<unsigned> number_after(const std::string& text, const std::string& name) {
    const auto at = text.find(name);
    if (at == std::string::npos) return std::nullopt;
    const auto digits = text.find_first_of("0123456789", at);
    return digits == std::string::npos ? 0U : static_cast<unsigned>(std::stoul(text.substr(digits)));
}

} // namespace

unsigned threads_of(int pid) {
    return number_after(content_of("/proc/" + std::to_string(pid) + "/status"), "\nThreads:").value_or(0);
}

unsigned calls_inside_libvirtd() {
    const auto program = process::find("virt-admin");
    if (!program) throw std::runtime_error("virt-admin is not installed");
    const auto said =
        process::run(*program, {"server-threadpool-info", "libvirtd"}, std::chrono::seconds(20)).output;
    const auto all = number_after(said, "\nnWorkers"), free = number_after(said, "freeWorkers");
    if (!all || !free) throw std::runtime_error("virt-admin: " + said);
    return *all - *free;
}

void kill_libvirtd() {
    for (const int pid : processes("libvirtd")) ::kill(pid, SIGKILL);
    if (!support::eventually([] { return processes("libvirtd").empty(); }))
        throw std::runtime_error("libvirtd does not die");
}

void start_libvirtd() {
    const auto program = process::find("libvirtd");
    if (!program) throw std::runtime_error("libvirtd is not installed");
    std::string said;
    // One that was killed may hold its pid file a moment longer than it is seen.
    const bool started = support::eventually([&] {
        const auto result = process::run(*program, {"-d"}, std::chrono::seconds(20));
        said = result.output;
        return result.status == 0;
    });
    if (!started) throw std::runtime_error("libvirtd cannot be started: " + said);
}

namespace {

int run_ip(const std::vector<std::string>& arguments) {
    const auto program = process::find("ip");
    if (!program) throw std::runtime_error("ip is not installed");
    return process::run(*program, arguments, std::chrono::seconds(10)).status;
}

} // namespace

HostBridge::HostBridge(std::string device) : device_(std::move(device)) {
    if (run_ip({"link", "add", device_, "type", "bridge"}) != 0 ||
        run_ip({"link", "set", device_, "up"}) != 0)
        throw std::runtime_error("cannot make the bridge " + device_);
}

HostBridge::~HostBridge() { run_ip({"link", "del", device_}); }

namespace {

// RFC 1071, over a whole number of 16-bit words.
std::uint16_t checksum(const std::array<std::uint16_t, 4>& words) {
    std::uint32_t sum = 0;
    for (const auto word : words) sum += word;
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
}

// One echo request, and whether a reply of that host comes within a second.
bool echo(int socket, const sockaddr_in& to) {
    std::array<std::uint16_t, 4> request{htons(ICMP_ECHO << 8), 0, htons(0x0cc1), htons(1)};
    request[1] = checksum(request);
    ::sendto(socket, request.data(), sizeof request, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < until) {
        std::array<std::uint8_t, 1500> packet{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const auto got =
            ::recvfrom(socket, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        // The ICMP header stands behind an IP header of 20 bytes.
        if (got >= 28 && from.sin_addr.s_addr == to.sin_addr.s_addr && packet[20] == ICMP_ECHOREPLY)
            return true;
    }
    return false;
}

} // namespace

bool answers_one_ping(const std::string& address) {
    const Descriptor socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
    const timeval second{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    if (!socket || ::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1)
        throw std::runtime_error("cannot ping " + address);
    return echo(socket.get(), to);
}

bool answers_ping(const std::string& address) {
    return support::eventually([&] { return answers_one_ping(address); });
}

} // namespace live
