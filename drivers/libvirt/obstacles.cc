#include "drivers/libvirt/obstacles.hh"

#include "agent/base/handle.hh"
#include "drivers/libvirt/connection.hh"
#include "drivers/libvirt/error.hh"
#include "drivers/libvirt/type_choice.hh"
#include "drivers/libvirt/xml_pool.hh"

#include <future>
#include <thread>

namespace hv::libvirt {
namespace {

std::string pool_elsewhere(const char* xml, const std::filesystem::path& wanted) {
    const auto there = directory_of_pool(xml);
    std::error_code ignored;
    if (there.lexically_normal() == wanted.lexically_normal() ||
        std::filesystem::equivalent(there, wanted, ignored))
        return {};
    return "the storage pool \"occi\" of libvirt is in \"" + there.string() +
           "\": make that the path, or let libvirt forget "
           "that pool (virsh pool-destroy occi; virsh pool-undefine occi)";
}

// Of the pool only what libvirt says of it: it is made when it is missing.
std::vector<Obstacle> obstacles_at(virConnectPtr connect, const Options& options) {
    std::vector<Obstacle> found;
    if (const Pool pool(virStoragePoolLookupByName(connect, "occi")); pool) {
        const Text xml(virStoragePoolGetXMLDesc(pool.get(), 0));
        if (auto elsewhere = xml ? pool_elsewhere(xml.get(), options.pool_path) : ""; !elsewhere.empty())
            found.push_back({Obstacle::About::pool, std::move(elsewhere)});
    }
    try {
        if (options.machine_type == "kvm") TypeChoice("kvm", host_arch()).choose(connect);
    } catch (const Error& failure) {
        found.push_back({Obstacle::About::machine_type, failure.what()});
    }
    return found;
}

} // namespace

// On a thread that is left behind when libvirt does not come back.
std::vector<Obstacle> obstacles(const Options& options, std::chrono::milliseconds patience) {
    auto answer = std::make_shared<std::promise<std::vector<Obstacle>>>();
    auto found = answer->get_future();
    std::thread([options, answer] {
        virSetErrorFunc(nullptr, [](void*, virErrorPtr) {}); // it is told below
        const Handle<virConnect, virConnectClose> connect(virConnectOpen(options.uri.c_str()));
        answer->set_value(connect ? obstacles_at(connect.get(), options)
                                  : std::vector{Obstacle{Obstacle::About::connection,
                                                         last_error("open " + options.uri).what()}});
    }).detach();
    if (found.wait_for(patience) == std::future_status::ready) return found.get();
    return {{Obstacle::About::connection, "libvirt at " + options.uri + " does not answer"}};
}

} // namespace hv::libvirt
