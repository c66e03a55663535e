#define BOOST_TEST_DYN_LINK
#include "tests/unit/pool_chains.hh"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>

using namespace pool_folder;
using hv::Format;

BOOST_FIXTURE_TEST_SUITE(pool_strays, pool_folder::Chains,
                         *boost::unit_test::precondition(pool_folder::has_qemu_img))

BOOST_AUTO_TEST_CASE(what_is_no_volume_is_a_stray) {
    storage.create(first_id, mebibyte);
    file("debian.iso", "12345");
    file(second_id + ".qcow2", "no image");
    file(first_id + ".note");
    fs::create_symlink("/etc/passwd", path("link"));
    fs::create_directory(path(".occi-agent"));
    fs::create_directory(path("lost+found"));
    std::vector<std::string> found;
    for (const auto& stray : storage.strays()) {
        found.push_back(stray.name);
        BOOST_TEST(stray.chain.empty());
    }
    std::ranges::sort(found);
    const std::vector<std::string> expected{second_id + ".qcow2", "debian.iso", "link"};
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_snapshot_made_by_hand_is_a_stray_with_all_that_is_behind_it) {
    const auto base = storage.create(first_id, mebibyte);
    const auto clone = storage.clone(second_id, base, 2 * mebibyte);
    overlay_on(clone.path, second_id + ".snap", "qcow2");
    const auto strays = storage.strays();
    BOOST_TEST_REQUIRE(strays.size() == 1U);
    const std::vector<hv::Layer> expected{
        {path(second_id + ".snap"), Format::qcow2}, {clone.path, Format::qcow2}, {base.path, Format::raw}};
    BOOST_TEST((strays.front().chain == expected));
    BOOST_TEST(strays.front().bytes == mebibyte);
    fs::rename(path(second_id + ".snap"), path("guests.raw")); // what is raw leads nowhere
    BOOST_TEST(storage.strays().front().chain.empty());
}

BOOST_AUTO_TEST_CASE(what_is_seen_through_a_snapshot_becomes_a_volume_that_stands_alone) {
    const auto base = storage.create(first_id, mebibyte);
    overlay_on(base.path, "snap");
    const auto written =
        process::run("/usr/bin/qemu-io", {"-f", "qcow2", "-c", "write -P 0x41 0 4096", path("snap").string()},
                     std::chrono::seconds(60));
    BOOST_TEST(written.status == 0, written.output);
    const std::vector<hv::Layer> chain{{path("snap"), Format::qcow2}, {base.path, Format::raw}};
    const auto made = storage.flatten(second_id, chain, nobody_looks, nobody_asks);
    BOOST_TEST(made.backing == "");
    BOOST_TEST(mode_of(made.path) == 0600U);
    const auto seen = path("seen").string();
    qemu_img({"convert", "-q", "-f", "qcow2", "-O", "raw", made.path, seen});
    BOOST_TEST((content_of(seen) == std::string(4096, 'A') + std::string(mebibyte - 4096, '\0')));
}

BOOST_AUTO_TEST_CASE(a_chain_is_what_its_headers_say_or_is_refused) {
    const auto base = storage.create(first_id, mebibyte);
    overlay_on(base.path, "snap");
    const support::TempFolder elsewhere;
    std::ofstream(elsewhere.path() / "x") << "x";
    const hv::Layer top{path("snap"), Format::qcow2}, bottom{base.path, Format::raw};
    for (const auto& chain : std::vector<std::vector<hv::Layer>>{{},
                                                                 {top},
                                                                 {top, {elsewhere.path() / "x", Format::raw}},
                                                                 {top, {base.path, Format::qcow2}},
                                                                 {{path("snap"), Format::raw}, bottom},
                                                                 {{elsewhere.path() / "x", Format::raw}},
                                                                 {{path("..").string(), Format::raw}}})
        BOOST_CHECK_EXCEPTION(storage.flatten(second_id, chain, nobody_looks, nobody_asks), Error,
                              fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(a_stray_is_opened_and_discarded_by_its_name_and_a_volume_is_not) {
    storage.create(first_id, mebibyte);
    file("stray", "12345");
    fs::create_symlink(path("stray"), path("link"));
    BOOST_TEST(fs::file_size("/proc/self/fd/" + std::to_string(storage.open("stray").get())) == 5U);
    for (const auto* name : {"", ".", "..", "gone", "../x", "/etc/passwd"})
        BOOST_CHECK_EXCEPTION(storage.open(name), Error, fault_is(Fault::not_found));
    BOOST_CHECK_EXCEPTION(storage.open("link"), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(storage.discard(first_id + ".raw"), Error, fault_is(Fault::conflict));
    for (const auto* name : {"link", "stray", "stray", "../"}) storage.discard(name);
    BOOST_TEST(names() == std::vector{first_id + ".raw"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stray_that_has_no_bytes_is_no_file_to_be_opened) {
    BOOST_REQUIRE_EQUAL(::mkfifo(path("pipe").c_str(), 0600), 0);
    BOOST_REQUIRE_EQUAL(::mknod(path("socket").c_str(), S_IFSOCK | 0600, 0), 0);
    BOOST_REQUIRE_EQUAL(::mknod(path("device").c_str(), S_IFCHR | 0600, ::makedev(1, 3)), 0);
    for (const auto* name : {"pipe", "socket", "device"})
        BOOST_CHECK_EXCEPTION(storage.open(name), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(names_a_volume_that_pretends_to_lead_elsewhere) {
    storage.create(second_id, mebibyte);
    BOOST_TEST(!files.pretender().has_value());
    pretending(first_id, "/etc/shadow", false);
    BOOST_TEST(files.pretender().value() == first_id + ".raw");
}

BOOST_AUTO_TEST_SUITE_END()
