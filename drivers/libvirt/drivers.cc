#include "drivers/libvirt/drivers.hh"

#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/console_folder.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/network.hh"
#include "drivers/libvirt/pool.hh"
#include "drivers/libvirt/prober.hh"
#include "drivers/libvirt/type_choice.hh"
#include "drivers/patient_storage.hh"
#include "drivers/pool/owned_storage.hh"
#include "drivers/pool/storage.hh"

#include <algorithm>
#include <fmt/core.h>
#include <thread>

namespace hv::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_at_start = 5s; // for a libvirt that neither answers nor refuses

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

class LibvirtDrivers : public Drivers {
public:
    explicit LibvirtDrivers(const Options& options);
    ~LibvirtDrivers() override;
    LibvirtDrivers(const LibvirtDrivers&) = delete;
    LibvirtDrivers& operator=(const LibvirtDrivers&) = delete;

    Compute& compute() override { return domains_; }
    Storage& storage() override { return *storage_; }
    Network& network() override { return networks_; }
    void be(const Uuid& agent) override {
        agent_->with([&](Uuid& own) { own = agent; });
    }
    void watch(Listener& listener) override { events_->set_listener(&listener); }
    void unwatch() override { events_->set_listener(nullptr); }
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

LibvirtDrivers::LibvirtDrivers(const Options& options)
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
      networks_(connection_, agent(), !pid_folder_for(options).empty()) {
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
        Prober::Timing{});
}

LibvirtDrivers::~LibvirtDrivers() {
    prober_.reset();
    connection_.stop();
}

std::vector<std::string> LibvirtDrivers::complaints() {
    auto complaint = choice_->complaint();
    return complaint.empty() ? std::vector<std::string>() : std::vector{std::move(complaint)};
}

std::string LibvirtDrivers::describe() try {
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

std::unique_ptr<Drivers> make_drivers(const Options& options) {
    make_console_folder(options.console_path);
    return std::make_unique<LibvirtDrivers>(options);
}

} // namespace hv::libvirt
