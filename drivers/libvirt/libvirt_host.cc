#include "drivers/libvirt/libvirt_host.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/machine_type.hh"
#include "drivers/libvirt/network.hh"
#include "drivers/libvirt/prober.hh"
#include "drivers/libvirt/routes.hh"
#include "drivers/libvirt/storage.hh"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fstream>
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

    MachineType choose(virConnectPtr connect) {
        if (auto made = made_.with([](const auto& choice) { return choice; })) return *made;
        auto choice = choose_type(wanted_, {[this] {
                                                std::ifstream cpuinfo("/proc/cpuinfo");
                                                return cpu_obstacle(cpuinfo, host_arch_);
                                            },
                                            [] { return device_obstacle(); },
                                            [&] { return obstacle_in_libvirt(connect, host_arch_); }});
        made_.with([&](auto& known) { known = choice; });
        return choice;
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
};

// libvirt's log daemon writes there as root; what guests say is nobody else's business.
void make_console_folder(const std::filesystem::path& path) {
    std::error_code failure;
    std::filesystem::create_directories(path, failure);
    if (!failure) std::filesystem::permissions(path, std::filesystem::perms::owner_all, failure);
    if (failure)
        throw Error(Fault::unavailable, "cannot make the folder " + path.string() + ": " + failure.message());
}

// Of a libvirtd elsewhere, or of a user's own, those processes are none that the folder knows.
std::filesystem::path pid_folder_for(const Options& options) {
    const std::string_view uri = options.uri;
    const auto address = uri.substr(0, uri.find('?'));
    const bool is_here = address == "qemu:///system" || address == "qemu+unix:///system";
    return is_here ? options.pid_folder : std::filesystem::path();
}

// So many processors may be plugged into a guest, whatever it began with: no more than the host has, where they would only wait for
// each other; and a guest keeps tables for each that may come.
unsigned spare_cores() {
    constexpr unsigned most = 64;
    return std::min(most, std::thread::hardware_concurrency());
}

class LibvirtHost : public Host {
public:
    explicit LibvirtHost(const Options& options);
    ~LibvirtHost() override;
    LibvirtHost(const LibvirtHost&) = delete;
    LibvirtHost& operator=(const LibvirtHost&) = delete;

    Compute& compute() override { return domains_; }
    Storage& storage() override { return storage_; }
    Network& network() override { return networks_; }
    void watch(Listener& listener) override { events_->set_listener(&listener); }
    void unwatch() override { events_->set_listener(nullptr); }
    std::string propose_mac() override;
    std::vector<Route> routes() override { return routes_of_host(); }
    bool has_bridge(const std::string& device) override { return is_bridge(device); }
    std::string describe() override;

private:
    const std::string uri_;
    // Shared with calls that may outlive us.
    const std::shared_ptr<TypeChoice> choice_;
    const std::shared_ptr<Diagnoses> diagnoses_ = std::make_shared<Diagnoses>();
    const std::shared_ptr<Events> events_;
    Connection connection_;
    Domains domains_;
    LibvirtStorage storage_;
    Networks networks_;
    std::optional<Prober> prober_;
};

void forget(Diagnoses& diagnoses, const Uuid& id) {
    diagnoses.with([&](auto& known) { known.forget(id, std::chrono::steady_clock::now()); });
}

LibvirtHost::LibvirtHost(const Options& options)
    : uri_(options.uri), choice_(std::make_shared<TypeChoice>(options.machine_type, host_arch())),
      events_(std::make_shared<Events>(options.pool_path,
                                       [diagnoses = diagnoses_](const Uuid& id) { forget(*diagnoses, id); })),
      connection_(options.uri),
      domains_(connection_, *events_, diagnoses_,
               {[choice = choice_](virConnectPtr connect, const std::string& arch) {
                    return choice->type_for(connect, arch);
                },
                options.arch == "host" ? host_arch() : options.arch, options.console_path, spare_cores()}),
      storage_(connection_, options.pool_path), networks_(connection_) {
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

} // namespace

std::unique_ptr<Host> make_host(const Options& options) {
    make_console_folder(options.console_path);
    return std::make_unique<LibvirtHost>(options);
}

} // namespace hv::libvirt
