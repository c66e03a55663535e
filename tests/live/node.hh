#pragma once
// The node as libvirt itself and the kernel see it, past the agent: to prove what is there, and that nothing is left.

#include "agent/base/handle.hh"

#include <libvirt/libvirt.h>
#include <set>
#include <string>
#include <string_view>

namespace live {

// Everything that could be left behind: domains, networks, volumes, leases, host entries, QEMU processes, files of the
// agent.
using Traces = std::set<std::string>;

class Node {
public:
    Node(); // opens a connection of its own to the private host's libvirt

    // `files`: a folder whose files are traces too.
    Traces traces(const std::string& files) const;

    virConnectPtr connection() const { return connection_.get(); }

    void define(const std::string& domain_xml) const;
    void start(const std::string& name) const;
    void destroy(const std::string& name) const;
    void undefine(const std::string& name) const;
    std::string xml_of(const std::string& name) const;        // as it is now
    std::string definition_of(const std::string& name) const; // what later starts use
    bool is_running(const std::string& name) const;
    bool is_active_network(const std::string& name) const;
    bool starts_with_the_host(const std::string& network) const;
    std::string
    state_of(const std::string& name) const; // "none", "off", "saved", "running", "paused" or "other"

private:
    Handle<virConnect, virConnectClose> connection_;
};

// Kills the private host's libvirtd with SIGKILL / starts one.
void kill_libvirtd();
void start_libvirtd();

// Process ids by the name of the program.
std::set<int> processes(std::string_view program);
// The process of a domain that runs, by libvirt's own pid file / of the private host's libvirtd. Throw
// std::runtime_error when there is none.
int qemu_of(const std::string& domain);
int libvirtd();
unsigned threads_of(int pid); // 0: there is no such process

// So many calls are inside of libvirtd now, whoever made them, as its own administration interface says.
unsigned calls_inside_libvirtd();

// A bridge of the host that somebody made by hand, for as long as this lives.
class HostBridge {
public:
    explicit HostBridge(std::string device);
    ~HostBridge();
    HostBridge(const HostBridge&) = delete;
    HostBridge& operator=(const HostBridge&) = delete;

private:
    std::string device_;
};

// Whether `address` answers an echo request: one of many, or the one that is sent.
bool answers_ping(const std::string& address);
bool answers_one_ping(const std::string& address); // within a second

} // namespace live
