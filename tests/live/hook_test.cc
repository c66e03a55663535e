// A libvirtd with hooks of its operator, which hold up what it does, or have it refuse: so a domain takes long to start
// when all else is answered, and one of two networks cannot be started.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <utility>

using nlohmann::json;

namespace {

using namespace std::chrono_literals;

// libvirtd looks for them when it begins.
class Hook {
public:
    Hook(const std::string& driver, const std::string& script) : path_("/etc/libvirt/hooks/" + driver) {
        std::filesystem::create_directories(path_.parent_path());
        std::ofstream(path_) << "#!/bin/sh\n" << script;
        std::filesystem::permissions(path_, std::filesystem::perms(0755));
        begin_anew();
    }
    ~Hook() {
        std::filesystem::remove(path_);
        begin_anew();
    }
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;

private:
    static void begin_anew() {
        live::kill_libvirtd();
        live::start_libvirtd();
    }
    std::filesystem::path path_;
};

// A file that is there for as long as something is held up.
struct Held {
    support::TempFolder folder;
    const std::string flag = folder.path() / "held", begun = folder.path() / "begun";
    void hold() const { std::ofstream(flag) << "held"; }
    void let_go() const { std::filesystem::remove(flag); }
    bool is_held() const { return std::filesystem::exists(begun); }
};

struct SlowStarts : Held {
    const Hook hook{"qemu", "[ \"$1 $2\" = 'slow prepare' ] || exit 0\n: >'" + begun + "'\nwhile [ -e '" +
                                flag + "' ]; do sleep 0.1; done\n"};
};
struct BusyFixture : SlowStarts, live::Fixture {};

struct Refusing {
    const Hook hook{"network", "[ \"$2\" = start ] || exit 0\n! grep -q 10.207.2.1\n"};
};
struct RefusingFixture : Refusing, live::Fixture {};

std::string network_at(const std::string& address) {
    return R"({"kind":"http://schemas.ogf.org/occi/infrastructure#network","attributes":{"occi.network.address":")" +
           address + R"("},"mixins":["http://schemas.ogf.org/occi/infrastructure/network#ipnetwork"]})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_hook)

BOOST_FIXTURE_TEST_CASE(a_disk_waits_for_a_libvirtd_that_is_busy_with_the_start_of_another_domain,
                        BusyFixture) {
    const auto original = image("micro.raw"), storage = image("micro.qcow2");
    const auto guest = compute("<DISKS>" + live::disk(original) + "</DISKS><NICS/>");
    BOOST_REQUIRE(becomes(guest, "ACTIVE"));
    node.define(
        "<domain type='qemu'><name>slow</name><memory>16384</memory><os><type arch='i686'>hvm</type></os>"
        "</domain>");
    hold();
    auto started = std::async(std::launch::async, [] { live::Node().start("slow"); });
    BOOST_REQUIRE(support::eventually([&] { return is_held(); }));
    auto linked = std::async(std::launch::async, [&] {
        return post_text("/storagelink/",
                         "Category: storagelink; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; "
                         "class=\"kind\"\nX-OCCI-Attribute: occi.core.source=\"/compute/" +
                             guest + "\"\nX-OCCI-Attribute: occi.core.target=\"/storage/" + storage + "\"\n");
    });
    // For longer than it waits for a libvirtd that says nothing at all.
    const bool waits = linked.wait_for(7s) == std::future_status::timeout;
    BOOST_TEST(client.get("/compute/" + guest).status == 200);
    let_go();
    const auto answer = linked.get();
    BOOST_TEST(waits);
    BOOST_TEST(answer.status == 201, answer.body);
    started.get();
    node.destroy("slow");
    node.undefine("slow");
    live::row("a disk while a domain of others takes 7 s to start", "waits for it, and is there");
    remove("/compute/" + guest);
    remove("/storage/" + original);
    remove("/storage/" + storage);
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(of_several_networks_none_is_left_when_libvirt_refuses_the_second, RefusingFixture) {
    const auto refused =
        client.send("POST", "/network/",
                    R"({"resources":[)" + network_at("10.207.1.0/24") + "," + network_at("10.207.2.0/24") +
                        "," + network_at("10.207.3.0/24") + "]}",
                    {{"Content-Type", "application/json"}, {"Accept", "application/json"}});
    BOOST_TEST(refused.status == 409, refused.body);
    BOOST_TEST(support::has(refused.body, "none of the collection was made"), refused.body);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(ids("/network/").size() == 1U); // the default one
    BOOST_TEST(nothing_is_left());
    live::row("the second of three networks refused by libvirt",
              std::to_string(refused.status) + ", and none of them is left");
}

BOOST_AUTO_TEST_SUITE_END()
