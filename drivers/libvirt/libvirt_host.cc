#include "drivers/libvirt/libvirt_host.hh"

#include "agent/base/log.hh"
#include "drivers/host/routes.hh"
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/console_folder.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/machine_type.hh"
#include "drivers/libvirt/network.hh"
#include "drivers/libvirt/pool.hh"
#include "drivers/libvirt/prober.hh"
#include "drivers/libvirt/xml_pool.hh"
#include "drivers/patient_storage.hh"
#include "drivers/pool/notes.hh"
#include "drivers/pool/owned_storage.hh"
#include "drivers/pool/storage.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fstream>
#include <future>
#include <random>
#include <thread>

namespace hv::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_at_start = 5s; // for a libvirt that neither answers nor refuses

std::optional<std::string> obstacle_in_libvirt(virConnectPtr connect, const std::string& arch) {
    const Text capabilities(
        virConnectGetDomainCapabilities(connect, nullptr, arch.c_str(), nullptr, "kvm", 0));
    if (capabilities) return std::nullopt;
    const auto failure = last_error("libvirt offers no kvm");
    if (failure.fault() == Fault::unavailable) throw failure;
    return failure.what();
}

// Asked once, when libvirt answers for the first time.
class TypeChoice {
public:
    TypeChoice(std::string wanted, std::string host_arch)
        : wanted_(std::move(wanted)), host_arch_(std::move(host_arch)) {}

    // Why there is none; empty: there is one, or nobody has asked yet.
    std::string complaint() const {
        return complaint_.with([](const auto& sentence) { return sentence; });
    }

    MachineType choose(virConnectPtr connect) try {
        if (auto made = made_.with([](const auto& choice) { return choice; })) return *made;
        auto choice = choose_type(wanted_, {[this] {
                                                std::ifstream cpuinfo("/proc/cpuinfo");
                                                return cpu_obstacle(cpuinfo, host_arch_);
                                            },
                                            [] { return device_obstacle(); },
                                            [&] { return obstacle_in_libvirt(connect, host_arch_); }});
        made_.with([&](auto& known) { known = choice; });
        complaint_.with([](auto& sentence) { sentence.clear(); });
        return choice;
    } catch (const Error& failure) {
        if (failure.fault() == Fault::invalid)
            complaint_.with([&](auto& sentence) { sentence = failure.what(); });
        throw;
    }

    std::string type_for(virConnectPtr connect, const std::string& arch) {
        const auto choice = choose(connect);
        if (choice.name != "kvm" || runs_natively(arch, host_arch_)) return choice.name;
        if (wanted_ == "kvm")
            throw Error(Fault::unsupported,
                        "kvm on this " + host_arch_ + " host runs no machine of type " + arch);
        return "qemu";
    }

private:
    const std::string wanted_;
    const std::string host_arch_;
    Guarded<std::optional<MachineType>> made_;
    Guarded<std::string> complaint_;
};

// Of a libvirtd elsewhere, or of a user's own, those processes are none that the folder knows.
std::filesystem::path pid_folder_for(const Options& options) {
    const std::string_view uri = options.uri;
    const auto address = uri.substr(0, uri.find('?'));
    const bool is_here = address == "qemu:///system" || address == "qemu+unix:///system";
    return is_here ? options.pid_folder : std::filesystem::path();
}

// So many processors may be plugged into a guest, whatever it began with: no more than the host has, where they would
// only wait for each other; and a guest keeps tables for each that may come.
unsigned spare_cores() {
    constexpr unsigned most = 64;
    return std::min(most, std::thread::hardware_concurrency());
}

// It may be called by a thread that is left behind, so it has a pool of its own.
std::function<void(const Uuid&, std::uint64_t)> growth_in(const std::filesystem::path& pool_path) {
    return [storage = std::make_shared<pool::Storage>(pool_path)](const Uuid& volume, std::uint64_t bytes) {
        const auto there = storage->find(volume);
        if (!there || there->bytes < bytes) storage->resize(volume, bytes); // never smaller
    };
}

class LibvirtHost : public Host {
public:
    explicit LibvirtHost(const Options& options);
    ~LibvirtHost() override;
    LibvirtHost(const LibvirtHost&) = delete;
    LibvirtHost& operator=(const LibvirtHost&) = delete;

    Compute& compute() override { return domains_; }
    Storage& storage() override { return *storage_; }
    Network& network() override { return networks_; }
    Notes& notes() override { return notes_; }
    void be(const Uuid& agent) override {
        agent_->with([&](Uuid& own) { own = agent; });
    }
    void watch(Listener& listener) override { events_->set_listener(&listener); }
    void unwatch() override { events_->set_listener(nullptr); }
    std::string propose_mac() override;
    std::vector<Route> routes() override { return host::routes_of_host(); }
    bool has_bridge(const std::string& device) override { return host::is_bridge(device); }
    std::string describe() override;
    std::vector<std::string> complaints() override;

private:
    std::function<Uuid()> agent() const {
        return [agent = agent_] { return agent->with([](const Uuid& own) { return own; }); };
    }

    const std::string uri_;
    const std::shared_ptr<Guarded<Uuid>> agent_ = std::make_shared<Guarded<Uuid>>();
    // Shared with calls that may outlive us.
    const std::shared_ptr<TypeChoice> choice_;
    const std::shared_ptr<Diagnoses> diagnoses_ = std::make_shared<Diagnoses>();
    const std::shared_ptr<Events> events_;
    const std::shared_ptr<Connection> connected_; // shared with calls of the pool that may outlive us
    Connection& connection_ = *connected_;
    Domains domains_;
    std::unique_ptr<Storage> storage_;
    Networks networks_;
    pool::Notes notes_;
    std::optional<Prober> prober_;
};

// Its disk may hang.
std::unique_ptr<Storage> patient_pool(const std::shared_ptr<Connection>& connection,
                                      const std::filesystem::path& path,
                                      const std::shared_ptr<Events>& events) {
    struct Pool {
        Pool(std::shared_ptr<Connection> opened, const std::filesystem::path& folder)
            : connection(std::move(opened)),
              storage(folder, [this, folder] { see_pool(*connection, folder); }), owned(storage, folder) {}
        std::shared_ptr<Connection> connection;
        pool::Storage storage;
        pool::OwnedStorage owned;
    };
    const auto pool = std::make_shared<Pool>(connection, path);
    return std::make_unique<PatientStorage>(std::shared_ptr<Storage>(pool, &pool->owned), [events] {
        events->tell({Change::Subject::volume, "", "pool", "", std::nullopt});
    });
}

void forget(Diagnoses& diagnoses, const Uuid& id) {
    diagnoses.with([&](auto& known) { known.forget(id, std::chrono::steady_clock::now()); });
}

LibvirtHost::LibvirtHost(const Options& options)
    : uri_(options.uri), choice_(std::make_shared<TypeChoice>(options.machine_type, host_arch())),
      events_(std::make_shared<Events>(options.pool_path,
                                       [diagnoses = diagnoses_](const Uuid& id) { forget(*diagnoses, id); })),
      connected_(std::make_shared<Connection>(options.uri)),
      domains_(connection_, *events_, diagnoses_,
               {[choice = choice_](virConnectPtr connect, const std::string& arch) {
                    return choice->type_for(connect, arch);
                },
                options.arch == "host" ? host_arch() : options.arch, options.console_path, agent(),
                spare_cores(), pid_folder_for(options), growth_in(options.pool_path)}),
      storage_(patient_pool(connected_, options.pool_path, events_)),
      networks_(connection_, agent(), !pid_folder_for(options).empty()), notes_(options.pool_path) {
    connection_.start({[events = events_](virConnectPtr connect) { return events->subscribe(connect); },
                       [events = events_] { events->found(); },
                       [events = events_, diagnoses = diagnoses_](const std::string& why) {
                           diagnoses->with(
                               [](auto& known) { known.forget_all(std::chrono::steady_clock::now()); });
                           events->lost(why);
                       }});
    if (connection_.try_wait(patience_at_start))
        connection_.with(Lane::work, [this](virConnectPtr connect) { choice_->choose(connect); });
    prober_.emplace(
        connection_, diagnoses_, pid_folder_for(options),
        [events = events_](const Uuid& id, const std::string& stuck) {
            events->tell(
                {Change::Subject::machine, id, stuck.empty() ? "reacting" : "stuck", stuck, std::nullopt});
        },
        Prober::Pace{});
}

LibvirtHost::~LibvirtHost() {
    prober_.reset();
    connection_.stop();
}

// 52:54:00 is the prefix that QEMU and libvirt use for their guests.
std::string LibvirtHost::propose_mac() {
    std::random_device random;
    const auto tail = random();
    return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", tail & 0xff, tail >> 8 & 0xff, tail >> 16 & 0xff);
}

std::vector<std::string> LibvirtHost::complaints() {
    auto complaint = choice_->complaint();
    return complaint.empty() ? std::vector<std::string>() : std::vector{std::move(complaint)};
}

std::string LibvirtHost::describe() try {
    return connection_.with(Lane::work, [this](virConnectPtr connect) {
        unsigned long version = 0;
        if (virConnectGetLibVersion(connect, &version) < 0)
            throw last_error("ask for the version of libvirt");
        const auto choice = choice_->choose(connect);
        return fmt::format("libvirt {}.{}.{} at {}, machines of type {}, because {}", version / 1'000'000,
                           version / 1'000 % 1'000, version % 1'000, uri_, choice.name, choice.why);
    });
} catch (const Error& failure) {
    return fmt::format("libvirt at {}: {}", uri_, failure.what());
}

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

std::unique_ptr<Host> make_host(const Options& options) {
    make_console_folder(options.console_path);
    return std::make_unique<LibvirtHost>(options);
}

} // namespace hv::libvirt
