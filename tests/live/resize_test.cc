// What a client changes of a machine, all the way to libvirt, QEMU and the guest: by the services, in this process,
// since they are the same behind every rendering.
#define BOOST_TEST_DYN_LINK
#include "agent/agent.hh"
#include "agent/config/config.hh"
#include "agent/occi/names.hh"
#include "agent/this_host.hh"
#include "drivers/libvirt/xml_domain.hh"
#include "tests/live/node.hh"
#include "tests/live/row.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace name = occi::name;

namespace {

constexpr std::uint64_t gibibyte = 1 << 30;
constexpr auto patience = std::chrono::seconds(60);

service::Settings settings_with(const std::filesystem::path& images) {
    service::Settings settings;
    settings.default_network = "none";
    settings.import_from = {images};
    return settings;
}

// The agent without its HTTP, with the instance types as they are shipped.
struct Fixture {
    support::TempFolder folder;
    std::filesystem::path consoles = folder.path() / "console", images = folder.path() / "images";
    std::unique_ptr<hv::Host> host = make_host();
    live::Node node;
    live::Traces before = node.traces(consoles);
    Agent agent{*host, folder.path() / "state", settings_with(images), Config{}.instance_types};
    service::Networks networks{agent.context()};
    service::Storages storages{agent.context()};
    service::Computes computes{agent.context(), networks, storages};
    const occi::Model& model = agent.context().model;
    const service::Terms terms{{"local", auth::Role::administrator}};

    Fixture() {
        BOOST_REQUIRE(agent.inventory().wait([](const auto& seen) { return seen.complete; }, patience));
    }

    std::unique_ptr<hv::Host> make_host() {
        std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
        for (const auto& each : {consoles, images, folder.path() / "state"})
            std::filesystem::create_directory(each);
        hv::libvirt::Options options;
        options.machine_type = "qemu";
        options.arch = "x86_64";
        options.pool_path = support::AgentProcess::pool;
        options.console_path = consoles;
        return ::make_host(options);
    }

    bool ends_well(const state::Operation& operation) {
        std::optional<state::Operation> now;
        support::eventually(
            [&] {
                now = agent.operations().find(operation.id);
                return !now || state::has_ended(now->stage);
            },
            patience);
        if (now && !now->message.empty()) BOOST_TEST_MESSAGE(now->message);
        return now && now->stage == state::Stage::done;
    }

    Uuid image(const std::string& guest) {
        const auto file = images / guest;
        std::filesystem::copy_file(support::environment("OCCI_AGENT_GUESTS") + "/" + guest, file);
        occi::Resource wanted;
        wanted.kind = model.known().storage;
        wanted.attributes[name::image_url] = "file://" + file.string();
        const auto made = storages.create(wanted, terms);
        BOOST_REQUIRE(ends_well(made.operation));
        return made.id;
    }
    occi::Resource wanting(occi::Attributes attributes, const char* type = nullptr) const {
        occi::Resource wanted;
        wanted.kind = model.known().compute;
        wanted.attributes = std::move(attributes);
        if (type) wanted.mixins.push_back(model.resource_template(type));
        return wanted;
    }
    Uuid compute(occi::Resource wanted, const Uuid& image) {
        auto& disk = wanted.links.emplace_back();
        disk.kind = model.known().storagelink;
        disk.mixins.push_back(model.known().clone);
        disk.target = "/storage/" + image;
        const auto made = computes.create(wanted, false, terms);
        BOOST_REQUIRE(ends_well(made.operation));
        return made.id;
    }
    bool update(const Uuid& id, const occi::Resource& wanted) {
        const auto operation = computes.update(id, wanted, terms);
        return operation && ends_well(*operation);
    }
    void act(const Uuid& id, const char* term, const char* method) {
        occi::Invocation invocation;
        invocation.action = model.action({occi::scheme::compute_action, term});
        if (*method) invocation.attributes[name::method] = std::string(method);
        if (const auto begun = computes.invoke(id, invocation, terms)) BOOST_REQUIRE(ends_well(*begun));
    }
    void stop(const Uuid& id) { act(id, "stop", "poweroff"); }
    void start(const Uuid& id) { act(id, "start", ""); }

    occi::Resource shown(const Uuid& id) { return computes.show(id, terms.who); }
    std::string message(const Uuid& id) { return shown(id).string(name::compute_message).value_or(""); }
    bool comes_to_say(const Uuid& id, const std::string& words) {
        return support::eventually([&] { return message(id) == words; }, patience);
    }
    std::string console(const Uuid& id) {
        std::stringstream said;
        said << std::ifstream(consoles / (id + ".log")).rdbuf();
        return said.str();
    }
    bool says(const Uuid& id, const std::string& words) {
        return support::eventually([&] { return console(id).find(words) != std::string::npos; }, patience);
    }
    bool has(const std::string& document, const std::string& piece) const {
        if (document.find(piece) != std::string::npos) return true;
        BOOST_TEST_MESSAGE(document);
        return false;
    }
    bool runs_with(const Uuid& id, const std::string& piece) { return has(node.xml_of("occi-" + id), piece); }
    bool is_defined_with(const Uuid& id, const std::string& piece) {
        return has(node.definition_of("occi-" + id), piece);
    }

    void clean_up(const Uuid& id, const Uuid& image) {
        BOOST_TEST(ends_well(computes.remove(id, terms)));
        BOOST_TEST(ends_well(storages.remove(image, terms)));
        BOOST_TEST(support::eventually([&] { return node.traces(consoles) == before; }));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_resize, Fixture)

BOOST_AUTO_TEST_CASE(a_machine_that_is_off_is_resized_and_its_guest_sees_that) {
    const auto image = this->image("linux.qcow2");
    const auto id = compute(wanting({{name::cores, std::int64_t{1}}, {name::memory, 0.25}}), image);
    BOOST_TEST(says(id, "GUEST: x86_64, 1 processors"));
    stop(id);
    BOOST_TEST(update(id, wanting({{name::cores, std::int64_t{2}}, {name::memory, 0.5}})));
    BOOST_TEST(is_defined_with(id, "<memory unit='KiB'>524288</memory>"));
    BOOST_TEST(is_defined_with(id, "<currentMemory unit='KiB'>524288</currentMemory>"));
    BOOST_TEST(message(id) == "destroyed");
    start(id);
    BOOST_TEST(says(id, "GUEST: x86_64, 2 processors"));
    clean_up(id, image);
}

// No more are plugged in than the host has.
boost::test_tools::assertion_result two_processors(boost::unit_test::test_unit_id) {
    return std::thread::hardware_concurrency() > 1;
}

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(two_processors))
BOOST_AUTO_TEST_CASE(a_guest_that_runs_gets_processors_and_gives_memory_back) {
    const auto image = this->image("linux.qcow2");
    const auto id = compute(wanting({{name::cores, std::int64_t{1}}, {name::memory, 0.5}}), image);
    BOOST_TEST(says(id, "GUEST: ready"));
    BOOST_TEST(update(id, wanting({{name::cores, std::int64_t{2}}, {name::memory, 0.25}})));
    BOOST_TEST(hv::libvirt::tuning_in(node.xml_of("occi-" + id)).sizes.cores == 2U);
    BOOST_TEST(is_defined_with(id, "<memory unit='KiB'>262144</memory>"));
    // Its balloon has a driver, so it comes to have what it was asked to have.
    BOOST_TEST(support::eventually(
        [&] {
            return node.xml_of("occi-" + id).find("<currentMemory unit='KiB'>262144</currentMemory>") !=
                   std::string::npos;
        },
        patience));
    BOOST_TEST(comes_to_say(id, "booted"));
    live::row("2 cores for 1, 256 MiB for 512, while a Linux runs", message(id));

    // More than it began with: that needs a start.
    BOOST_TEST(update(id, wanting({{name::memory, 1.0}})));
    BOOST_TEST(shown(id).number(name::memory).value() == 1.0);
    BOOST_TEST(comes_to_say(id, "booted; it has 2 cores and 0.25 GiB until it is stopped and started"));
    // Whether a guest lets a processor go is its own business; what is shown is what libvirt has then.
    BOOST_TEST(update(id, wanting({{name::cores, std::int64_t{1}}})));
    BOOST_TEST(shown(id).integer(name::cores).value() == 1);
    const auto kept = hv::libvirt::tuning_in(node.xml_of("occi-" + id)).sizes.cores;
    BOOST_TEST(
        comes_to_say(id, fmt::format("booted; it has {} core{} and 0.25 GiB until it is stopped and started",
                                     kept, kept == 1 ? "" : "s")));
    live::row("1 core for 2, while a Linux runs", message(id));
    stop(id);
    start(id);
    BOOST_TEST(comes_to_say(id, "booted"));
    BOOST_TEST(runs_with(id, "<currentMemory unit='KiB'>1048576</currentMemory>"));
    clean_up(id, image);
}

BOOST_AUTO_TEST_CASE(a_guest_that_keeps_what_it_has_is_shown_with_that) {
    const auto image = this->image("micro.raw");
    const auto id = compute(wanting({{name::cores, std::int64_t{2}}, {name::memory, 0.125}}), image);
    BOOST_TEST(says(id, "MICRO: UP"));
    // It began with both processors, and has no driver for its balloon.
    BOOST_TEST(update(id, wanting({{name::cores, std::int64_t{1}}, {name::memory, 0.0625}})));
    BOOST_TEST(shown(id).integer(name::cores).value() == 1);
    BOOST_TEST(comes_to_say(id, "booted; it has 2 cores and 0.125 GiB until it is stopped and started"));
    live::row("1 core for 2, 64 MiB for 128, while a guest without drivers runs", message(id));
    stop(id);
    BOOST_TEST(message(id) == "destroyed");
    start(id);
    BOOST_TEST(comes_to_say(id, "booted"));
    BOOST_TEST(runs_with(id, "<memory unit='KiB'>65536</memory>"));
    clean_up(id, image);
}

BOOST_AUTO_TEST_CASE(the_root_disk_is_as_large_as_the_template_says_and_grows_with_it) {
    const auto image = this->image("linux.qcow2");
    auto wanted = wanting({}, "small");
    const auto id = compute(wanted, image);
    BOOST_TEST(says(id, fmt::format("GUEST: disk vda {} boot", 10 * gibibyte)));
    BOOST_TEST(shown(id).number(name::ephemeral_size).value() == 10.0);
    BOOST_TEST(shown(id).string(name::ephemeral_device).value() == "/dev/vda");
    const auto volume = host->compute().find(id).value().spec.disks.front().volume;
    BOOST_TEST(host->storage().find(volume).value().allocated < gibibyte);

    BOOST_TEST(update(id, wanting({}, "medium")));
    BOOST_TEST(host->storage().find(volume).value().bytes == 20 * gibibyte);
    BOOST_TEST(shown(id).number(name::ephemeral_size).value() == 20.0);
    stop(id);
    BOOST_TEST(update(id, wanting({}, "large")));
    BOOST_TEST(host->storage().find(volume).value().bytes == 40 * gibibyte);
    BOOST_TEST(update(id, wanting({}, "small"))); // never smaller
    BOOST_TEST(shown(id).number(name::ephemeral_size).value() == 40.0);
    start(id);
    BOOST_TEST(says(id, fmt::format("GUEST: disk vda {} boot", 40 * gibibyte)));
    clean_up(id, image);
}

BOOST_AUTO_TEST_CASE(the_architecture_changes_while_it_is_off) {
    const auto image = this->image("micro.raw");
    const auto id = compute(wanting({{name::memory, 0.0625}}), image);
    BOOST_TEST(says(id, "MICRO: UP"));
    BOOST_TEST(shown(id).string(name::architecture).value() == "x64");
    stop(id);
    BOOST_TEST(update(id, wanting({{name::architecture, std::string("x86")}})));
    BOOST_TEST(is_defined_with(id, "arch='i686'"));
    start(id);
    BOOST_TEST(runs_with(id, "arch='i686'"));
    BOOST_TEST(shown(id).string(name::architecture).value() == "x86");
    stop(id);
    BOOST_TEST(update(id, wanting({{name::architecture, std::string("x64")}})));
    BOOST_TEST(is_defined_with(id, "mode='maximum'"));
    start(id);
    BOOST_TEST(runs_with(id, "arch='x86_64'"));
    clean_up(id, image);
}

BOOST_AUTO_TEST_CASE(a_share_reaches_libvirt_when_it_is_made_and_while_it_runs) {
    const auto image = this->image("micro.raw");
    const auto id = compute(wanting({{name::memory, 0.0625}, {name::share, std::int64_t{300}}}), image);
    BOOST_TEST(says(id, "MICRO: UP"));
    BOOST_TEST(runs_with(id, "<shares>300</shares>"));
    BOOST_TEST(update(id, wanting({{name::share, std::int64_t{700}}})));
    BOOST_TEST(runs_with(id, "<shares>700</shares>"));
    BOOST_TEST(is_defined_with(id, "<shares>700</shares>"));
    BOOST_TEST(shown(id).integer(name::share).value() == 700);
    clean_up(id, image);
}

BOOST_AUTO_TEST_SUITE_END()
