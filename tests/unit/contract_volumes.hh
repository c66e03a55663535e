#pragma once
// What drivers/contract/storage.hh promises, as checks.
//
// Threads: one; the host tells its changes on another.

#include "agent/base/handle.hh"
#include "tests/unit/contract_checks.hh"
#include "tests/unit/image_folder.hh"

#include <fcntl.h>
#include <unistd.h>

namespace contract {

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

} // namespace contract
