#define BOOST_TEST_DYN_LINK
#include "tests/unit/pool_chains.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace bdata = boost::unit_test::data;
using namespace pool_folder;
using hv::Format;

BOOST_FIXTURE_TEST_SUITE(pool_storage, pool_folder::Chains,
                         *boost::unit_test::precondition(pool_folder::has_qemu_img))

BOOST_AUTO_TEST_CASE(a_pool_needs_an_absolute_path) {
    BOOST_CHECK_EXCEPTION(hv::pool::Storage("pool"), Error, fault_is(Fault::invalid));
}

BOOST_AUTO_TEST_CASE(what_prepares_the_folder_is_called_until_it_succeeds) {
    int calls = 0;
    hv::pool::Storage prepared(temp.path(), [&] {
        if (++calls == 1) throw Error(Fault::unavailable, "nobody answers");
    });
    BOOST_CHECK_EXCEPTION(prepared.list(), Error, fault_is(Fault::unavailable));
    for (int time = 0; time < 2; ++time) BOOST_TEST(prepared.list().empty());
    BOOST_TEST(calls == 2);
}

BOOST_DATA_TEST_CASE(an_overlay_is_sound_and_as_large_as_it_was_asked_for,
                     bdata::make({std::uint64_t{512}, mebibyte, std::uint64_t{5} << 30,
                                  std::uint64_t{64} << 40}),
                     bytes) {
    const auto base = storage.create(first_id, 512);
    const auto clone = storage.clone(second_id, base, bytes);
    BOOST_TEST(clone.bytes == bytes);
    BOOST_TEST(clone.backing == first_id);
    BOOST_TEST(clone.allocated < mebibyte);
    qemu_img({"check", "-q", "-f", "qcow2", clone.path});
    const auto info = qemu_img({"info", "--output=json", "-f", "qcow2", clone.path});
    BOOST_TEST(info.find("\"virtual-size\": " + std::to_string(bytes)) != info.npos);
    BOOST_TEST(info.find("\"backing-filename-format\": \"raw\"") != info.npos);
    BOOST_TEST(info.find("\"lazy-refcounts\": true") != info.npos);
    BOOST_TEST(names().size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_that_is_made_is_readable_by_its_owner_alone) {
    const auto base = storage.create(first_id, mebibyte);
    for (const auto& made :
         {base, storage.clone(second_id, base),
          storage.copy(new_uuid(), storage.find(second_id).value(), nobody_looks, nobody_asks)})
        BOOST_TEST(mode_of(made.path) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_raw_volume_grows_as_raw_whatever_a_guest_wrote_on_it) {
    for (const bool as_data_file : {false, true}) {
        const auto volume = pretending(first_id, path("victim"), as_data_file);
        const auto victim = file("victim", std::string(32, 'v')); // qemu-img has made it for itself
        storage.resize(first_id, 256 * mebibyte);
        BOOST_TEST(storage.find(first_id).value().bytes == 256 * mebibyte);
        BOOST_TEST(fs::file_size(volume.path) == 256 * mebibyte);
        const auto copied = storage.copy(second_id, volume, nobody_looks, nobody_asks);
        BOOST_TEST((copied.format == Format::raw));
        BOOST_TEST((content_of(copied.path) == content_of(volume.path)));
        BOOST_TEST(fs::file_size(victim) == 32U);
        BOOST_TEST((content_of(victim) == std::string(32, 'v')));
        for (const auto& id : {first_id, second_id}) storage.remove(id);
    }
}

BOOST_AUTO_TEST_CASE(a_clone_shows_the_bytes_of_its_base_whatever_they_look_like) {
    const auto victim = file("victim", std::string(mebibyte, 'v'));
    const auto base = pretending(first_id, victim, false);
    const auto clone = storage.clone(second_id, base);
    storage.resize(second_id, 3 * mebibyte);
    BOOST_TEST(storage.find(second_id).value().bytes == 3 * mebibyte);
    const auto copied = storage.copy(new_uuid(), clone, nobody_looks, nobody_asks);
    const auto seen = path("seen").string();
    qemu_img({"convert", "-q", "-f", "qcow2", "-O", "raw", copied.path, seen});
    BOOST_TEST((content_of(seen).substr(0, mebibyte) == content_of(base.path)));
}

BOOST_AUTO_TEST_CASE(a_volume_that_leads_elsewhere_is_left_alone) {
    const auto outside = support::TempFolder();
    const auto victim = outside.path() / "victim";
    std::ofstream(victim) << std::string(32, 'v');
    storage.create(first_id, mebibyte);
    for (const auto& target : {victim.string(), std::string("nbd://127.0.0.1:1/x"),
                               "json:{\"driver\":\"file\",\"filename\":\"" + victim.string() + "\"}",
                               path(first_id + ".qcow2").string()}) {
        overlay_on(target, second_id + ".qcow2");
        const auto volume = storage.find(second_id).value();
        BOOST_CHECK_EXCEPTION(storage.resize(second_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
        BOOST_CHECK_EXCEPTION(storage.copy(new_uuid(), volume, nobody_looks, nobody_asks), Error,
                              fault_is(Fault::conflict));
        fs::remove(path(second_id + ".qcow2"));
    }
    // A format that is guessed, or another than the name says.
    overlay_on(path(first_id + ".raw").string(), second_id + ".qcow2", "qcow2");
    BOOST_CHECK_EXCEPTION(storage.resize(second_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(an_image_with_a_data_file_is_neither_grown_nor_copied) {
    qemu_img({"create", "-q", "-f", "qcow2", "-o", "data_file=" + path("data").string(),
              path(first_id + ".qcow2").string(), "1M"});
    BOOST_CHECK_EXCEPTION(storage.resize(first_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(storage.copy(second_id, storage.find(first_id).value(), nobody_looks, nobody_asks),
                          Error, fault_is(Fault::conflict));
    BOOST_TEST(fs::file_size(path("data")) == mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()
