// Disks that come and go by PUT, as libvirt has them: in the domain that runs and in the definition that later starts
// use.
#define BOOST_TEST_DYN_LINK
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using live::to_text;

struct Fixture : live::Fixture {
    std::string original, guest;

    // A guest that boots from a disk of that image, and is up when it returns.
    void boot(const std::string& image_file) {
        original = image(image_file);
        guest = compute("<DISKS>" + live::disk(original) + "</DISKS><NICS/>");
        BOOST_REQUIRE(becomes(guest, "ACTIVE"));
        BOOST_REQUIRE(says(guest, "MICRO: UP"));
    }
    std::string name() const { return "occi-" + guest; }

    // Beside the first one; the operation that it makes, once that has ended.
    std::string change_disks(const std::string& more) {
        const auto answer = client.put("/compute/" + guest, "<COMPUTE><DISKS>" + live::disk(original) + more +
                                                                "</DISKS></COMPUTE>");
        BOOST_TEST_REQUIRE(answer.status == 202);
        BOOST_TEST(all_has_ended());
        return client.get("/-/operations/" + answer.id()).body;
    }
    static bool is_done(const std::string& operation) {
        return operation.find("\"state\":\"done\"") != operation.npos;
    }

    // Whether libvirt has that disk: as it runs, and for later starts. With its file.
    bool runs_with(const std::string& target) const { return has(node.xml_of(name()), target); }
    bool is_defined_with(const std::string& target) const { return has(node.definition_of(name()), target); }
    static bool has(const std::string& document, const std::string& target) {
        const auto at = document.find("<target dev='" + target + "'");
        if (at == document.npos) return false;
        const auto disk = document.substr(document.rfind("<disk ", at), at);
        const auto begin = disk.find("<source file='") + 14;
        return std::filesystem::exists(disk.substr(begin, disk.find('\'', begin) - begin));
    }
    std::size_t volumes() const {
        std::size_t count = 0;
        for (const auto& trace : node.traces(agent.state() / "console"))
            count += trace.starts_with("volume ");
        return count;
    }
    bool shows(const std::string& disk) const {
        return client.get("/compute/" + guest).body.find(disk) != std::string::npos;
    }

    void leave_nothing() {
        remove("/compute/" + guest);
        remove("/storage/" + original);
        BOOST_TEST(nothing_is_left());
    }
};

const std::string swap_disk = "<SWAP size=\"8\"/>", shown_swap = "<SWAP size=\"8\" dev=\"vdb\"/>";

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_disk_change, Fixture)

BOOST_AUTO_TEST_CASE(a_running_guest_gets_disks_and_lets_them_go) {
    boot("micro.raw");
    const auto at_first = volumes();
    const live::Stopwatch attaching;
    BOOST_TEST(is_done(change_disks(swap_disk + live::disk(original))));
    const auto attached_after = attaching.time();
    BOOST_TEST(shows(shown_swap));
    BOOST_TEST(shows("dev=\"vdc\""));
    for (const auto* target : {"vdb", "vdc"}) {
        BOOST_TEST(runs_with(target));
        BOOST_TEST(is_defined_with(target));
    }
    BOOST_TEST(volumes() == at_first + 2);
    BOOST_TEST(was_told(guest, "device added"));

    const live::Stopwatch detaching;
    BOOST_TEST(is_done(change_disks("")));
    const auto detached_after = detaching.time();
    BOOST_TEST(!shows("dev=\"vdb\""));
    for (const auto* target : {"vdb", "vdc"}) {
        BOOST_TEST(!runs_with(target));
        BOOST_TEST(!is_defined_with(target));
    }
    BOOST_TEST(volumes() == at_first);
    BOOST_TEST(was_told(guest, "device removed"));
    BOOST_TEST(state_of(guest) == "ACTIVE");
    live::row("two disks attached to a running guest, and detached",
              "attached after " + to_text(attached_after) + ", let go after " + to_text(detached_after) +
                  "; domain, definition and entry agree");
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(a_deaf_guest_keeps_the_disk_until_it_is_off) {
    boot("deaf.raw");
    BOOST_TEST(is_done(change_disks(swap_disk)));
    const auto with_it = volumes();
    const live::Stopwatch asking;
    const auto operation = change_disks("");
    const auto refused_after = asking.time();
    BOOST_TEST(operation.find("\"state\":\"failed\"") != operation.npos);
    BOOST_TEST(operation.find("the guest does not release vdb") != operation.npos);
    BOOST_TEST(shows(shown_swap));
    BOOST_TEST(runs_with("vdb"));
    BOOST_TEST(is_defined_with("vdb"));
    BOOST_TEST(volumes() == with_it);

    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(is_done(change_disks("")));
    BOOST_TEST(!shows("dev=\"vdb\""));
    BOOST_TEST(!is_defined_with("vdb"));
    BOOST_TEST(volumes() == with_it - 1);
    live::row("a disk detached from a deaf guest",
              "refused after " + to_text(refused_after) +
                  ", domain, definition and entry keep it; gone once it is off");
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(a_stopped_guest_boots_with_what_it_got_meanwhile) {
    boot("micro.raw");
    const auto at_first = volumes();
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(is_done(change_disks(swap_disk)));
    BOOST_TEST(shows(shown_swap));
    BOOST_TEST(is_defined_with("vdb"));
    BOOST_TEST(put(guest, "RESUME").status == 202);
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(runs_with("vdb"));
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(is_done(change_disks("")));
    BOOST_TEST(!shows("dev=\"vdb\""));
    BOOST_TEST(!is_defined_with("vdb"));
    BOOST_TEST(volumes() == at_first);
    live::row("a disk attached to a stopped guest, and detached",
              "in the definition, in the next run, and gone");
    leave_nothing();
}

BOOST_AUTO_TEST_CASE(a_guest_with_saved_memory_keeps_the_disks_that_it_was_saved_with) {
    boot("micro.raw");
    BOOST_TEST(is_done(change_disks(swap_disk)));
    const auto with_it = volumes();
    BOOST_TEST(put(guest, "STOPPED").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    for (const std::string& wish : {std::string(), swap_disk + "<SWAP size=\"9\"/>"}) {
        const auto operation = change_disks(wish);
        BOOST_TEST(operation.find("\"state\":\"failed\"") != operation.npos);
        BOOST_TEST(operation.find("it is saved; start it first") != operation.npos);
        BOOST_TEST(shows(shown_swap));
        BOOST_TEST(is_defined_with("vdb"));
        BOOST_TEST(volumes() == with_it);
    }
    BOOST_TEST(put(guest, "RESUME").status == 202);
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(runs_with("vdb"));
    live::row("disks of a guest with saved memory changed",
              "refused; it goes on with those it was saved with");
    leave_nothing();
}

BOOST_AUTO_TEST_SUITE_END()
