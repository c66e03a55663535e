#pragma once
// What drivers/contract promises, as checks over any hv::Host: the fake passes them in memory, a real driver on a real
// hypervisor. Each function makes what it needs, and leaves nothing behind when it passes. Guests are never asked to do
// anything: a machine with an empty disk will do.
//
// Threads: one; the host tells its changes on another.

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/contract/host.hh"
#include "tests/unit/image_folder.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <unistd.h>
#include <utility>

namespace contract {

constexpr std::uint64_t mebibyte = 1 << 20;

// Stub of a listener: remembers who changed.
class Witness : public hv::Listener {
public:
    explicit Witness(hv::Host& host) : host_(host) { host.hypervisor().watch(*this); }
    ~Witness() override { host_.hypervisor().unwatch(); }

    void changed(const hv::Change& change) noexcept override {
        note([&] { changes_.push_back(change); });
    }
    void found() noexcept override {
        note([&] { ++found_; });
    }
    void lost(const std::string& why) noexcept override {
        note([&] { why_lost_ = why; });
    }

    bool sees(hv::Change::Subject subject, const Uuid& id) {
        return wait([&] {
            return std::ranges::any_of(
                changes_, [&](const auto& each) { return each.subject == subject && each.id == id; });
        });
    }
    // Whether it is told so, with what a client would be shown of it.
    bool hears(const Uuid& id, std::string_view what, hv::MachineState state, std::string_view detail = {}) {
        return wait([&] {
            return std::ranges::any_of(changes_, [&](const auto& each) {
                return each.id == id && each.what == what && each.state == state &&
                       (detail.empty() || each.detail == detail);
            });
        });
    }
    bool finds_it(unsigned times = 1) {
        return wait([&] { return found_ >= times; });
    }
    bool loses_it(const std::string& why) {
        return wait([&] { return why_lost_ == why; });
    }
    void forget() {
        std::lock_guard hold(mutex_);
        changes_.clear();
    }
    std::vector<hv::Change> changes() {
        std::lock_guard hold(mutex_);
        return changes_;
    }

private:
    template <class F> void note(F&& what) {
        std::lock_guard hold(mutex_);
        what();
        noted_.notify_all();
    }
    template <class F> bool wait(F&& holds) {
        std::unique_lock hold(mutex_);
        return noted_.wait_for(hold, std::chrono::seconds(20), holds);
    }

    hv::Host& host_;
    std::mutex mutex_;
    std::condition_variable noted_;
    std::vector<hv::Change> changes_;
    unsigned found_ = 0;
    std::string why_lost_;
};

// Checks that `act` throws an Error of that fault with a sentence in our manner.
template <class F> void fails(Fault fault, F&& act) {
    BOOST_CHECK_EXCEPTION(act(), Error, [&](const Error& error) {
        const std::string sentence = error.what();
        BOOST_TEST(!sentence.empty());
        BOOST_TEST(!sentence.ends_with('.'));
        BOOST_TEST_MESSAGE(sentence);
        return error.fault() == fault;
    });
}

template <class T> bool lists(const std::vector<T>& things, const Uuid& id) {
    return std::ranges::any_of(things, [&](const auto& thing) { return thing.id == id; });
}

inline bool is_in(hv::Compute& compute, const Uuid& id, hv::MachineState state) {
    const auto machine = compute.find(id);
    return machine && machine->state == state;
}

// What a look at all machines tells of this one.
inline std::optional<hv::Sight> sight_of(hv::Compute& compute, const Uuid& id) {
    const auto sights = compute.glance();
    const auto seen = std::ranges::find(sights, id, &hv::Sight::id);
    return seen == sights.end() ? std::nullopt : std::optional(*seen);
}

// Listed, looked at and found, it is the same.
inline bool looks_the_same(hv::Compute& compute, const Uuid& id) {
    const auto found = compute.find(id).value();
    const auto all = compute.list();
    const auto listed = std::ranges::find(all, id, &hv::Machine::id);
    const hv::Sight sight{id, found.state, found.reason, found.stuck};
    return listed != all.end() && listed->spec == found.spec && listed->state == found.state &&
           listed->reason == found.reason && listed->stuck == found.stuck && sight_of(compute, id) == sight;
}

// ---- storage -------------------------------------------------------------------------------------------------------

inline void check_volumes(hv::Host& host) {
    auto& storage = host.storage();
    const auto blank = new_uuid(), copy = new_uuid();

    const auto made = storage.create(blank, 3 * mebibyte);
    BOOST_TEST(made.id == blank);
    BOOST_TEST(made.bytes == 3 * mebibyte);
    BOOST_TEST((made.format == hv::Format::raw));
    BOOST_TEST(made.backing == "");
    BOOST_TEST(made.allocated < mebibyte);
    BOOST_TEST(lists(storage.list(), blank));
    fails(Fault::conflict, [&] { storage.create(blank, mebibyte); });

    const auto cloned = storage.clone(copy, made);
    BOOST_TEST((cloned.format == hv::Format::qcow2));
    BOOST_TEST(cloned.bytes == made.bytes);
    BOOST_TEST(cloned.backing == blank);
    BOOST_TEST(storage.find(copy).value().backing == blank);
    BOOST_TEST(cloned.path != made.path);

    for (const auto& id : {copy, blank, blank}) storage.remove(id); // the second time changes nothing
    BOOST_TEST(!storage.find(blank).has_value());
    BOOST_TEST(!lists(storage.list(), copy));
    fails(Fault::not_found, [&] { storage.clone(new_uuid(), made); });
    BOOST_TEST(storage.available() > 0U);
}

inline void check_import(hv::Host& host) {
    auto& storage = host.storage();
    const ImageFolder folder;
    const auto path = folder.file("original", std::string(2 * mebibyte, 'x'));
    const Descriptor original(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    BOOST_REQUIRE(static_cast<bool>(original));
    const auto id = new_uuid();

    std::stop_source stopped;
    stopped.request_stop();
    fails(Fault::conflict, [&] {
        storage.import(
            id, hv::Format::raw, original.get(), 4 * mebibyte, [](std::uint64_t) {}, stopped.get_token());
    });
    BOOST_TEST(!storage.find(id).has_value());

    std::uint64_t last = 0;
    bool rises = true, hidden = true;
    const auto progress = [&](std::uint64_t bytes) {
        rises = rises && bytes >= last;
        hidden = hidden && (bytes == 2 * mebibyte || !storage.find(id));
        last = bytes;
    };
    const auto volume = storage.import(id, hv::Format::raw, original.get(), 4 * mebibyte, progress, {});
    BOOST_TEST(rises);
    BOOST_TEST(hidden, "it was listed before it was whole");
    BOOST_TEST(last == 2 * mebibyte);
    BOOST_TEST(volume.bytes == 4 * mebibyte);
    BOOST_TEST(storage.find(id).value().bytes == 4 * mebibyte);
    fails(Fault::conflict,
          [&] { storage.import(id, hv::Format::raw, original.get(), 4 * mebibyte, progress, {}); });
    storage.remove(id);
}

inline void check_receive(hv::Host& host) {
    auto& storage = host.storage();
    const auto id = new_uuid();
    const std::string data(mebibyte, 'x'), zeros(mebibyte, '\0');
    {
        const auto given_up = storage.receive(id);
        given_up->write(data);
    }
    BOOST_TEST(!storage.find(id).has_value());

    const auto incoming = storage.receive(id);
    fails(Fault::conflict, [&] { storage.receive(id); });
    for (const auto& piece : {data, zeros, data, zeros}) incoming->write(piece);
    BOOST_TEST(!storage.find(id).has_value(), "it was listed before it was whole");
    std::string begin(4, '\0');
    BOOST_TEST(::pread(incoming->descriptor(), begin.data(), begin.size(), 0) == 4);
    BOOST_TEST(begin == "xxxx");
    BOOST_TEST(::lseek(incoming->descriptor(), 0, SEEK_END) == static_cast<off_t>(4 * mebibyte));
    const auto volume = incoming->keep(hv::Format::raw, 6 * mebibyte);
    BOOST_TEST(volume.bytes == 6 * mebibyte);
    BOOST_TEST(storage.find(id).value().bytes == 6 * mebibyte);
    fails(Fault::conflict, [&] { storage.receive(id); });
    storage.remove(id);
    BOOST_TEST(!storage.find(id).has_value());
}

inline void check_growth(hv::Host& host) {
    auto& storage = host.storage();
    const auto blank = new_uuid(), cloned = new_uuid();
    const auto clone = storage.clone(cloned, storage.create(blank, mebibyte));
    for (const auto& id : {blank, cloned}) {
        for (int time = 0; time < 2; ++time) storage.resize(id, 3 * mebibyte);
        BOOST_TEST(storage.find(id).value().bytes == 3 * mebibyte);
        fails(Fault::conflict, [&] { storage.resize(id, 2 * mebibyte); });
        BOOST_TEST(storage.find(id).value().bytes == 3 * mebibyte);
    }
    BOOST_TEST(storage.find(cloned).value().backing == blank);
    for (const auto& id : {cloned, blank}) storage.remove(id);
    fails(Fault::not_found, [&] { storage.resize(blank, 4 * mebibyte); });
}

// Whatever is behind it, a copy stands alone.
inline void check_copy(hv::Host& host) {
    auto& storage = host.storage();
    const auto blank = new_uuid(), cloned = new_uuid(), copy = new_uuid();
    const auto original = storage.create(blank, 3 * mebibyte);
    const auto clone = storage.clone(cloned, original);
    const auto ignore = [](std::uint64_t) {};
    for (const auto& from : {original, clone}) {
        std::stop_source stopped;
        stopped.request_stop();
        fails(Fault::conflict, [&] { storage.copy(copy, from, ignore, stopped.get_token()); });
        BOOST_TEST(!storage.find(copy).has_value());
        const auto made = storage.copy(copy, from, ignore, {});
        BOOST_TEST(made.id == copy);
        BOOST_TEST(made.bytes == from.bytes);
        BOOST_TEST(storage.find(copy).value().backing == "");
        fails(Fault::conflict, [&] { storage.copy(copy, from, ignore, {}); });
        storage.remove(copy);
    }
    for (const auto& id : {cloned, blank}) storage.remove(id);
    fails(Fault::not_found, [&] { storage.copy(copy, original, ignore, {}); });
}

// ---- networks ------------------------------------------------------------------------------------------------------

// `block`: addresses that nothing on the node has.
inline hv::NetworkInfo network_on(const Ipv4Block& block) {
    hv::NetworkInfo wanted;
    wanted.id = new_uuid();
    wanted.name = "occi-" + wanted.id;
    wanted.mode = hv::NetworkMode::isolated;
    wanted.block = block;
    return wanted;
}

inline void check_network(hv::Host& host, const Ipv4Block& block) {
    auto& networks = host.network();
    const auto wanted = network_on(block);

    const auto made = networks.create(wanted);
    BOOST_TEST(made.ours);
    BOOST_TEST(made.active);
    BOOST_TEST(made.name == wanted.name);
    BOOST_TEST((made.block == wanted.block));
    BOOST_TEST(!made.bridge.empty());
    BOOST_TEST(lists(networks.list(), wanted.id));
    fails(Fault::conflict, [&] { networks.create(wanted); });

    const hv::Reservation first{"52:54:00:aa:00:01", block.nth(2)};
    const hv::Reservation thief{"52:54:00:aa:00:02", block.nth(2)};
    const hv::Reservation second{"52:54:00:aa:00:02", block.nth(3)};
    for (const auto& each : {first, first, second}) networks.reserve(wanted.id, each);
    fails(Fault::conflict, [&] { networks.reserve(wanted.id, thief); });
    BOOST_TEST(networks.find(wanted.id).value().reservations.size() == 2U);
    for (const auto& each : {first, first}) networks.release(wanted.id, each);
    BOOST_TEST((networks.find(wanted.id).value().reservations == std::vector{second}));
    networks.reserve(wanted.id,
                     hv::Reservation{thief.mac.substr(0, 16) + "3", thief.address}); // it is free again

    for (int time = 0; time < 2; ++time) networks.remove(wanted.id);
    BOOST_TEST(!networks.find(wanted.id).has_value());
    fails(Fault::not_found, [&] { networks.reserve(wanted.id, first); });
}

inline void check_network_state(hv::Host& host, const Ipv4Block& block) {
    auto& networks = host.network();
    const auto id = networks.create(network_on(block)).id;
    const hv::Reservation reservation{"52:54:00:aa:00:01", block.nth(2)};
    const auto is_active = [&] { return networks.find(id).value().active; };
    Witness witness(host);
    networks.stop(id, true);
    BOOST_TEST(is_active(), "it went away under its users");
    for (int time = 0; time < 2; ++time) networks.stop(id, false);
    BOOST_TEST(!is_active());
    BOOST_TEST(witness.sees(hv::Change::Subject::network, id));
    networks.reserve(id, reservation); // also while it rests
    witness.forget();
    for (int time = 0; time < 2; ++time) networks.start(id);
    BOOST_TEST(is_active());
    BOOST_TEST(witness.sees(hv::Change::Subject::network, id));
    BOOST_TEST((networks.find(id).value().reservations == std::vector{reservation}));
    networks.stop(id, false);
    networks.remove(id);
    fails(Fault::not_found, [&] { networks.start(id); });
    fails(Fault::not_found, [&] { networks.stop(id, false); });
}

// ---- machines ------------------------------------------------------------------------------------------------------

inline hv::MachineSpec spec_with(const hv::Volume& volume) {
    hv::MachineSpec spec;
    spec.title = "a <title> & \"more\"";
    spec.owner = "alice";
    spec.memory = 64 * mebibyte;
    spec.notes["type"] = "small";
    hv::Disk disk;
    disk.volume = disk.origin = volume.id;
    disk.bytes = volume.bytes;
    disk.layers.push_back({volume.path, volume.format});
    spec.disks.push_back(disk);
    return spec;
}

// A disk for the verbs that never look for its file.
inline hv::Disk some_disk() {
    hv::Disk disk;
    disk.volume = new_uuid();
    disk.target = "vdz";
    disk.layers.push_back({"/nonexistent/" + disk.volume + ".raw", hv::Format::raw});
    return disk;
}

// A NIC for the verbs that never look for its network.
inline hv::Nic some_nic() { return {new_uuid(), "52:54:00:aa:00:09", {}, ""}; }

inline void check_life(hv::Host& host, const Uuid& id) {
    using enum hv::MachineState;
    auto& compute = host.compute();
    fails(Fault::conflict, [&] { compute.press_power_button(id); });
    fails(Fault::conflict, [&] { compute.suspend(id, hv::Suspend::pause); });
    fails(Fault::conflict, [&] { compute.restart(id, hv::Restart::reset); });
    for (int time = 0; time < 2; ++time) compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    fails(Fault::conflict, [&] { compute.remove(id); });
    fails(Fault::conflict, [&] { compute.discard(id); });
    compute.press_power_button(id);
    compute.restart(id, hv::Restart::reset);
    compute.suspend(id, hv::Suspend::pause);
    BOOST_TEST(is_in(compute, id, paused));
    compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    compute.suspend(id, hv::Suspend::save);
    BOOST_TEST(is_in(compute, id, saved));
    compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    compute.suspend(id, hv::Suspend::save);
    for (int time = 0; time < 2; ++time) compute.discard(id);
    BOOST_TEST(is_in(compute, id, off));
    compute.start(id);
    for (int time = 0; time < 2; ++time) compute.power_off(id);
    BOOST_TEST(is_in(compute, id, off));
}

// What the verbs do is told in words that say what a machine is in since then.
inline void check_told_life(hv::Compute& compute, Witness& witness, const Uuid& id) {
    using enum hv::MachineState;
    compute.start(id);
    BOOST_TEST(witness.hears(id, "started", running));
    compute.suspend(id, hv::Suspend::pause);
    BOOST_TEST(witness.hears(id, "suspended", paused));
    BOOST_TEST(looks_the_same(compute, id));
    compute.start(id);
    BOOST_TEST(witness.hears(id, "resumed", running));
    compute.power_off(id);
    BOOST_TEST(witness.hears(id, "stopped", off, "destroyed"));
    BOOST_TEST(looks_the_same(compute, id));
}

// Off, it becomes what it is asked to be. While it runs, what it cannot have at once waits for its next start, and both
// are told.
inline void check_revision(hv::Compute& compute, const Uuid& id) {
    auto wanted = compute.find(id).value().spec;
    wanted.title = "another";
    wanted.notes = {{"type", "large"}, {"summary", "two <lines>"}};
    wanted.cores = 2;
    wanted.memory = 128 * mebibyte;
    for (int time = 0; time < 2; ++time) compute.revise(id, wanted);
    BOOST_TEST((compute.find(id).value().spec == wanted));

    compute.start(id);
    BOOST_TEST(!compute.find(id).value().now.has_value());
    wanted.memory = 192 * mebibyte;
    compute.revise(id, wanted);
    const auto waiting = compute.find(id).value();
    BOOST_TEST(waiting.spec.memory == wanted.memory);
    BOOST_REQUIRE(waiting.now.has_value());
    BOOST_TEST((*waiting.now == hv::Sizes{2, 128 * mebibyte}));
    auto of_another_kind = wanted;
    of_another_kind.arch = wanted.arch == "i686" ? "x86_64" : "i686";
    fails(Fault::conflict, [&] { compute.revise(id, of_another_kind); });

    compute.suspend(id, hv::Suspend::save);
    auto larger = wanted;
    larger.memory *= 2;
    fails(Fault::conflict, [&] { compute.revise(id, larger); });
    fails(Fault::conflict, [&] { compute.grow(id, wanted.disks.front().volume, 4 * mebibyte); });
    compute.start(id);
    compute.power_off(id);
    BOOST_TEST(!compute.find(id).value().now.has_value());
    BOOST_TEST((compute.find(id).value().spec == wanted));
}

inline void check_growth(hv::Host& host, const Uuid& id, const Uuid& volume) {
    auto& compute = host.compute();
    for (int time = 0; time < 2; ++time) compute.grow(id, volume, 2 * mebibyte);
    compute.grow(id, volume, mebibyte); // never smaller
    BOOST_TEST(host.storage().find(volume).value().bytes == 2 * mebibyte);
    BOOST_TEST(compute.find(id).value().spec.disks.front().bytes == 2 * mebibyte);
    fails(Fault::not_found, [&] { compute.grow(id, new_uuid(), mebibyte); });
    compute.start(id);
    compute.grow(id, volume, 3 * mebibyte);
    BOOST_TEST(host.storage().find(volume).value().bytes == 3 * mebibyte);
    compute.power_off(id);
}

// The guest must not obey the power button.
inline void check_machine(hv::Host& host) {
    auto& compute = host.compute();
    Witness witness(host);
    BOOST_TEST(witness.finds_it());
    const auto disk = new_uuid(), id = new_uuid();
    const auto spec = spec_with(host.storage().create(disk, mebibyte));

    compute.define(id, spec);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, id));
    fails(Fault::conflict, [&] { compute.define(id, spec); });
    auto seen = compute.find(id).value();
    BOOST_TEST(seen.ours);
    BOOST_TEST(!seen.driver.empty());
    BOOST_TEST((seen.state == hv::MachineState::off));
    BOOST_TEST(seen.spec.disks.at(0).target == "vda");
    seen.spec.disks.at(0).target.clear();
    seen.spec.arch = spec.arch; // the driver's default, when none was wanted
    BOOST_TEST((seen.spec == spec));

    check_life(host, id);
    witness.forget();
    check_told_life(compute, witness, id);
    check_revision(compute, id);
    check_growth(host, id, disk);
    for (int time = 0; time < 2; ++time) compute.remove(id);
    BOOST_TEST(!compute.find(id).has_value());
    BOOST_TEST(!lists(compute.list(), id));
    BOOST_TEST(host.storage().find(disk).has_value());
    host.storage().remove(disk);
}

inline void check_unknown_machine(hv::Host& host) {
    auto& compute = host.compute();
    const auto id = new_uuid();
    BOOST_TEST(!compute.find(id).has_value());
    fails(Fault::not_found, [&] { compute.start(id); });
    fails(Fault::not_found, [&] { compute.press_power_button(id); });
    fails(Fault::not_found, [&] { compute.power_off(id); });
    fails(Fault::not_found, [&] { compute.discard(id); });
    fails(Fault::not_found, [&] { compute.suspend(id, hv::Suspend::pause); });
    fails(Fault::not_found, [&] { compute.restart(id, hv::Restart::acpi); });
    fails(Fault::not_found, [&] { compute.revise(id, {}); });
    fails(Fault::not_found, [&] { compute.grow(id, new_uuid(), mebibyte); });
    fails(Fault::not_found, [&] { compute.attach(id, some_disk()); });
    fails(Fault::not_found, [&] { compute.detach(id, new_uuid(), std::chrono::seconds(1)); });
    fails(Fault::not_found, [&] { compute.attach(id, some_nic()); });
    fails(Fault::not_found, [&] { compute.detach(id, some_nic(), std::chrono::seconds(1)); });
    fails(Fault::not_found, [&] { compute.set_link(id, new_uuid(), false); });
    BOOST_TEST(!sight_of(compute, id).has_value());
    compute.remove(id);
}

// ---- disks that come and go ----------------------------------------------------------------------------------------

// A machine, its own disk, and two volumes that it may have. All gone at the end, if the machine is off then.
struct MachineAndVolumes {
    hv::Host& host;
    Uuid id = new_uuid();
    hv::Volume own = host.storage().create(new_uuid(), mebibyte);
    hv::Volume first = host.storage().create(new_uuid(), 2 * mebibyte);
    hv::Volume second = host.storage().create(new_uuid(), 3 * mebibyte);

    explicit MachineAndVolumes(hv::Host& hypervisor) : host(hypervisor) {
        host.compute().define(id, spec_with(own));
    }
    MachineAndVolumes(const MachineAndVolumes&) = delete;
    MachineAndVolumes& operator=(const MachineAndVolumes&) = delete;
    ~MachineAndVolumes() {
        try {
            host.compute().remove(id);
            for (const auto& volume : {own, first, second}) host.storage().remove(volume.id);
        } catch (const Error& failure) {
            BOOST_ERROR(failure.what());
        }
    }

    std::vector<hv::Disk> disks() { return host.compute().find(id).value().spec.disks; }
    void attach(const hv::Disk& disk) { host.compute().attach(id, disk); }
    void detach(const hv::Volume& volume) { host.compute().detach(id, volume.id, std::chrono::seconds(20)); }
};

inline hv::Disk disk_on(const hv::Volume& volume, const std::string& target) {
    auto disk = spec_with(volume).disks.front();
    disk.target = target;
    return disk;
}

// Guests are not asked for anything: the machine is off when it gives a disk back.
inline void check_disks(hv::Host& host) {
    MachineAndVolumes it(host);
    const auto before = it.disks();
    const auto first = disk_on(it.first, "vdb"), second = disk_on(it.second, "vdc");
    Witness witness(host);

    it.attach(first);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, it.id));
    BOOST_TEST((it.disks() == std::vector{before.at(0), first}));
    it.attach(first);
    BOOST_TEST(it.disks().size() == 2U, "the second time changed something");
    fails(Fault::conflict, [&] { it.attach(disk_on(it.second, "vdb")); });
    BOOST_TEST(it.disks().size() == 2U, "what was refused is there");

    host.compute().start(it.id);
    for (int time = 0; time < 2; ++time) it.attach(second);
    BOOST_TEST((it.disks() == std::vector{before.at(0), first, second}));
    BOOST_TEST(looks_the_same(host.compute(), it.id));
    host.compute().suspend(it.id, hv::Suspend::save);
    fails(Fault::conflict, [&] { it.detach(it.first); }); // its memory knows the disk
    host.compute().start(it.id);
    BOOST_TEST(it.disks().size() == 3U);
    host.compute().power_off(it.id);
    BOOST_TEST((it.disks() == std::vector{before.at(0), first, second}));

    witness.forget();
    for (int time = 0; time < 2; ++time) it.detach(it.first);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, it.id));
    BOOST_TEST((it.disks() == std::vector{before.at(0), second}));
    BOOST_TEST(host.storage().find(it.first.id).has_value());
    it.attach(disk_on(it.first, "vdb"));
    it.detach(it.second);
    it.detach(it.first);
    BOOST_TEST((it.disks() == before));
}

// `it` runs, and its guest lets go of what it is asked for.
inline void check_release(MachineAndVolumes& it) {
    const auto before = it.disks();
    for (int round = 0; round < 2; ++round) { // its place is free again
        it.attach(disk_on(it.first, "vdb"));
        BOOST_TEST(it.disks().size() == before.size() + 1);
        for (int time = 0; time < 2; ++time) it.detach(it.first);
        BOOST_TEST((it.disks() == before));
    }
}

// `it` runs, on whatever its guest does.
inline void check_disks_in_use(MachineAndVolumes& it) {
    auto& compute = it.host.compute();
    auto& storage = it.host.storage();
    const auto progress = [](unsigned percent) { BOOST_TEST(percent <= 100U); };
    it.attach(disk_on(it.first, "vdb"));
    for (int time = 0; time < 2; ++time) compute.grow(it.id, it.first.id, 3 * mebibyte);
    compute.grow(it.id, it.first.id, 2 * mebibyte); // never smaller
    BOOST_TEST(storage.find(it.first.id).value().bytes == 3 * mebibyte);
    BOOST_TEST(it.disks().back().bytes == 3 * mebibyte);
    fails(Fault::not_found, [&] { compute.grow(it.id, it.second.id, 9 * mebibyte); });

    std::stop_source stopped;
    stopped.request_stop();
    fails(Fault::conflict,
          [&] { compute.copy_disk(it.id, it.first.id, it.second, progress, stopped.get_token()); });
    compute.copy_disk(it.id, it.first.id, it.second, progress, {});
    fails(Fault::not_found, [&] { compute.copy_disk(it.id, new_uuid(), it.second, progress, {}); });
    compute.power_off(it.id);
    compute.grow(it.id, it.first.id, 4 * mebibyte);
    BOOST_TEST(storage.find(it.first.id).value().bytes == 4 * mebibyte);
    fails(Fault::conflict, [&] { compute.copy_disk(it.id, it.first.id, it.second, progress, {}); });
    it.detach(it.first);
}

inline void check_cables(hv::Host& host, const Ipv4Block& block) {
    auto& compute = host.compute();
    const auto network = host.network().create(network_on(block)).id, disk = new_uuid(), id = new_uuid();
    auto spec = spec_with(host.storage().create(disk, mebibyte));
    spec.nics.push_back({network, host.facts().propose_mac(), std::nullopt, ""});
    compute.define(id, spec);
    const auto before = compute.find(id).value().spec;
    compute.set_link(id, network, false); // nothing is plugged in yet
    compute.start(id);
    for (const bool plugged_in : {false, false, true, true}) compute.set_link(id, network, plugged_in);
    BOOST_TEST(is_in(compute, id, hv::MachineState::running));
    compute.power_off(id);
    BOOST_TEST((compute.find(id).value().spec == before));
    compute.remove(id);
    host.storage().remove(disk);
    host.network().remove(network);
}

// `it` runs, and its guest never lets go. It is off at the end.
inline void check_refusal(MachineAndVolumes& it) {
    auto& compute = it.host.compute();
    it.attach(disk_on(it.first, "vdb"));
    const auto with_it = it.disks();
    for (int time = 0; time < 2; ++time)
        fails(Fault::conflict, [&] { compute.detach(it.id, it.first.id, std::chrono::milliseconds(300)); });
    BOOST_TEST((it.disks() == with_it));
    compute.power_off(it.id);
    BOOST_TEST((it.disks() == with_it), "it was taken away for later starts");
    it.detach(it.first);
    BOOST_TEST(it.disks().size() == with_it.size() - 1);
}

// ---- NICs that come and go -----------------------------------------------------------------------------------------

// A network and NICs on it for `machine`. All gone at the end; the machine has let go of them before.
struct MachineAndNetwork {
    MachineAndVolumes& it;
    hv::NetworkInfo network;

    // As the agent does it: the address is reserved before its NIC comes.
    MachineAndNetwork(MachineAndVolumes& machine, const Ipv4Block& block)
        : it(machine), network(machine.host.network().create(network_on(block))) {
        it.host.network().reserve(network.id, {nic(2).mac, *nic(2).address});
    }
    MachineAndNetwork(const MachineAndNetwork&) = delete;
    MachineAndNetwork& operator=(const MachineAndNetwork&) = delete;
    ~MachineAndNetwork() {
        try {
            it.host.network().remove(network.id);
        } catch (const Error& failure) {
            BOOST_ERROR(failure.what());
        }
    }

    hv::Nic nic(unsigned number) const {
        return {network.id, "52:54:00:aa:00:0" + std::to_string(number), network.block->nth(number), ""};
    }
    // Those that it is shown with, and whether each has its end on the host.
    std::vector<hv::Nic> nics() { return it.host.compute().find(it.id).value().spec.nics; }
    std::vector<std::string> macs() {
        std::vector<std::string> all;
        for (const auto& each : nics()) all.push_back(each.mac);
        return all;
    }
    bool all_have_devices() {
        return std::ranges::none_of(nics(), [](const hv::Nic& each) { return each.device.empty(); });
    }
    void attach(unsigned number) { it.host.compute().attach(it.id, nic(number)); }
    void detach(unsigned number) { it.host.compute().detach(it.id, nic(number), std::chrono::seconds(20)); }
};

// Guests are not asked for anything: the machine is off when it gives a NIC back.
inline void check_nics(hv::Host& host, const Ipv4Block& block) {
    using Macs = std::vector<std::string>;
    MachineAndVolumes machine(host);
    MachineAndNetwork it(machine, block);
    const auto first = it.nic(2).mac, second = it.nic(3).mac;
    Witness witness(host);

    it.attach(2);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, machine.id));
    BOOST_TEST((it.nics() == std::vector{it.nic(2)}));
    it.attach(2);
    BOOST_TEST(it.macs() == Macs{first}, "the second time changed something");
    fails(Fault::not_found, [&] { host.compute().attach(machine.id, some_nic()); });
    BOOST_TEST(it.macs() == Macs{first}, "what was refused is there");

    host.compute().start(machine.id);
    for (int time = 0; time < 2; ++time) it.attach(3);
    BOOST_TEST(it.macs() == (Macs{first, second}));
    BOOST_TEST(it.all_have_devices());
    BOOST_TEST(looks_the_same(host.compute(), machine.id));
    host.compute().suspend(machine.id, hv::Suspend::save);
    fails(Fault::conflict, [&] { it.detach(2); }); // its memory knows the NIC
    fails(Fault::conflict, [&] { it.attach(4); });
    host.compute().start(machine.id);
    host.compute().power_off(machine.id);
    BOOST_TEST(it.macs() == (Macs{first, second}));

    witness.forget();
    for (int time = 0; time < 2; ++time) it.detach(2);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, machine.id));
    BOOST_TEST(it.macs() == Macs{second});
    it.detach(3);
    BOOST_TEST(it.macs() == Macs{});
}

// `it` runs, and its guest lets go of what it is asked for.
inline void check_release(MachineAndNetwork& it) {
    for (int round = 0; round < 2; ++round) {
        it.attach(2);
        BOOST_TEST(it.macs() == std::vector{it.nic(2).mac});
        BOOST_TEST(it.all_have_devices());
        for (int time = 0; time < 2; ++time) it.detach(2);
        BOOST_TEST(it.macs() == std::vector<std::string>{});
    }
}

// `it` runs, and its guest never lets go. It is off at the end.
inline void check_refusal(MachineAndNetwork& it) {
    auto& compute = it.it.host.compute();
    it.attach(2);
    for (int time = 0; time < 2; ++time)
        fails(Fault::conflict, [&] { compute.detach(it.it.id, it.nic(2), std::chrono::milliseconds(300)); });
    BOOST_TEST(it.macs() == std::vector{it.nic(2).mac});
    BOOST_TEST(it.all_have_devices());
    compute.power_off(it.it.id);
    BOOST_TEST(it.macs() == std::vector{it.nic(2).mac}, "it was taken away for later starts");
    it.detach(2);
    BOOST_TEST(it.macs() == std::vector<std::string>{});
}

// ---- whose it is ----------------------------------------------------------------------------------------------------

// `agent`: who the host is told to be for.
inline void check_ownership(hv::Host& host, const Ipv4Block& block, const Uuid& agent) {
    MachineAndVolumes it(host);
    const auto network = host.network().create(network_on(block)).id;
    it.attach(disk_on(it.first, "vdb"));
    BOOST_TEST(host.compute().find(it.id)->ours);
    BOOST_TEST(host.network().find(network)->ours);

    host.hypervisor().be("b0000000-0000-4000-8000-00000000000b"); // another agent beside it
    BOOST_TEST(!host.compute().find(it.id)->ours);
    BOOST_TEST(!host.network().find(network)->ours);
    fails(Fault::forbidden, [&] { host.compute().remove(it.id); });
    fails(Fault::forbidden, [&] { host.compute().power_off(it.id); });
    fails(Fault::forbidden, [&] { host.network().remove(network); });
    host.hypervisor().be(agent);
    BOOST_TEST(host.compute().find(it.id)->ours);
    host.network().remove(network);

    const auto holdings = host.compute().holdings();
    const auto own = std::ranges::find(holdings, it.id, &hv::Holding::id);
    BOOST_REQUIRE(own != holdings.end());
    BOOST_TEST(!own->in_memory);
    std::set<Uuid> held;
    for (const auto& medium : own->media)
        for (const auto& [file, volumes] : host.storage().behind(medium.files))
            held.insert(volumes.begin(), volumes.end());
    held.erase(""); // what is named beside disks, such as the file of its console, is no volume
    BOOST_TEST((held == std::set{it.own.id, it.first.id}));
    it.detach(it.first);
}

// ---- what others made ----------------------------------------------------------------------------------------------

// `id`: a running machine that somebody else made. It is as it was afterwards.
inline void check_foreign_machine(hv::Host& host, const Uuid& id) {
    auto& compute = host.compute();
    const auto before = compute.find(id).value();
    BOOST_TEST(!before.ours);
    fails(Fault::forbidden, [&] { compute.start(id); });
    fails(Fault::forbidden, [&] { compute.press_power_button(id); });
    fails(Fault::forbidden, [&] { compute.power_off(id); });
    fails(Fault::forbidden, [&] { compute.discard(id); });
    fails(Fault::forbidden, [&] { compute.suspend(id, hv::Suspend::save); });
    fails(Fault::forbidden, [&] { compute.restart(id, hv::Restart::reset); });
    fails(Fault::forbidden, [&] { compute.revise(id, {}); });
    fails(Fault::forbidden, [&] { compute.grow(id, new_uuid(), mebibyte); });
    fails(Fault::forbidden, [&] { compute.attach(id, some_disk()); });
    fails(Fault::forbidden, [&] { compute.detach(id, new_uuid(), std::chrono::seconds(1)); });
    fails(Fault::forbidden, [&] { compute.attach(id, some_nic()); });
    fails(Fault::forbidden, [&] { compute.detach(id, some_nic(), std::chrono::seconds(1)); });
    fails(Fault::forbidden, [&] { compute.set_link(id, new_uuid(), false); });
    BOOST_TEST(looks_the_same(compute, id));
    fails(Fault::forbidden, [&] { compute.remove(id); });
    const auto after = compute.find(id).value();
    BOOST_TEST((after.state == before.state));
    BOOST_TEST((after.spec == before.spec));
}

inline void check_foreign_network(hv::Host& host, const Uuid& id) {
    auto& networks = host.network();
    const auto before = networks.find(id).value();
    BOOST_TEST(!before.ours);
    const hv::Reservation wanted{"52:54:00:aa:00:01", before.block ? before.block->nth(2) : Ipv4{}};
    fails(Fault::forbidden, [&] { networks.reserve(id, wanted); });
    fails(Fault::forbidden, [&] { networks.release(id, wanted); });
    fails(Fault::forbidden, [&] { networks.start(id); });
    fails(Fault::forbidden, [&] { networks.stop(id, false); });
    fails(Fault::forbidden, [&] { networks.remove(id); });
    BOOST_TEST(networks.find(id).has_value());
}

// QEMU's prefix is what tools take for a virtual machine's.
inline void check_macs(hv::Host& host) {
    std::set<std::string> proposed;
    for (int time = 0; time < 8; ++time) proposed.insert(host.facts().propose_mac());
    BOOST_TEST(proposed.size() == 8U);
    for (const auto& mac : proposed) {
        BOOST_TEST(mac.size() == 17U);
        BOOST_TEST(mac.starts_with("52:54:00:"));
        BOOST_TEST(mac.find_first_not_of("0123456789abcdef:") == std::string::npos);
    }
}

} // namespace contract
