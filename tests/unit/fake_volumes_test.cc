#define BOOST_TEST_DYN_LINK
#include "tests/support/temp_folder.hh"
#include "tests/unit/contract_volumes.hh"
#include "tests/unit/fake_scene.hh"

#include <boost/test/unit_test.hpp>

using contract::fails;
using contract::mebibyte;
using hv::fake::FakeHost;

BOOST_FIXTURE_TEST_SUITE(fake_volumes, fake_scene::Scene)

BOOST_AUTO_TEST_CASE(an_import_takes_room_and_its_removal_gives_it_back) {
    const ImageFolder folder;
    const Descriptor original(::open(folder.file("image", "x", 6 * mebibyte).c_str(), O_RDONLY | O_CLOEXEC));
    host.set_available(10 * mebibyte);
    const auto import = [&](const Uuid& id) {
        host.storage().import(id, hv::Format::raw, original.get(), 6 * mebibyte, {}, {});
    };
    const auto first = new_uuid(), second = new_uuid();
    import(first);
    BOOST_TEST(host.storage().available() == 4 * mebibyte);
    fails(Fault::unavailable, [&] { import(second); });
    host.storage().remove(first);
    BOOST_TEST(host.storage().available() == 10 * mebibyte);
    import(second);
}

BOOST_AUTO_TEST_CASE(an_import_can_be_stopped_half_way_and_leaves_nothing) {
    const ImageFolder folder;
    const Descriptor original(::open(folder.file("image", "x", 6 * mebibyte).c_str(), O_RDONLY | O_CLOEXEC));
    std::stop_source stop;
    unsigned steps = 0;
    const auto id = new_uuid();
    const auto progress = [&](std::uint64_t) {
        if (++steps == 2) stop.request_stop();
    };
    fails(Fault::conflict, [&] {
        host.storage().import(id, hv::Format::raw, original.get(), 6 * mebibyte, progress, stop.get_token());
    });
    BOOST_TEST(steps == 2U);
    BOOST_TEST(!host.storage().find(id).has_value());
    host.storage().create(id, mebibyte);
}

BOOST_AUTO_TEST_CASE(blank_volumes_are_real_files_where_that_is_wanted) {
    const support::TempFolder folder;
    hv::fake::Options options;
    options.real_files = folder.path();
    FakeHost with_files(options);
    const auto volume = with_files.storage().create(new_uuid(), 3 * mebibyte);
    BOOST_TEST(std::filesystem::file_size(volume.path) == 3 * mebibyte);
    with_files.storage().remove(volume.id);
    BOOST_TEST(!std::filesystem::exists(volume.path));
}

BOOST_AUTO_TEST_CASE(a_host_may_have_the_volumes_of_another_driver_than_its_machines) {
    FakeHost other;
    auto mixed = host.with(other.storage());
    const auto volume = mixed.storage().create(new_uuid(), mebibyte).id;
    BOOST_TEST(other.storage().find(volume).has_value());
    BOOST_TEST(!host.storage().find(volume).has_value());
    const auto machine = new_uuid();
    mixed.compute().define(machine, {});
    BOOST_TEST(host.compute().find(machine).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
