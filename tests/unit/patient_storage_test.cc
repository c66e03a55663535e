#define BOOST_TEST_DYN_LINK
#include "drivers/patient_storage.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/fake/fake_host.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>

using namespace hv;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

// A pool whose disk hangs for as long as its verbs are held.
struct Fixture {
    std::shared_ptr<fake::FakeHost> host = std::make_shared<fake::FakeHost>();
    std::atomic<int> told = 0;
    PatientStorage storage{std::shared_ptr<Storage>(host, &host->storage()), [this] { ++told; }, timing()};
    const Uuid id = new_uuid();

    // For disks that answer: a busy machine is not taken for one that hangs.
    PatientStorage calm{std::shared_ptr<Storage>(host, &host->storage()), [this] { ++told; }, timing(1min)};

    static PatientStorage::Timing timing(std::chrono::milliseconds silent = 1ms) {
        PatientStorage::Timing quick;
        quick.sampling = silent;
        quick.usual = 1ms;
        quick.silent = silent;
        return quick;
    }
    void hang(std::initializer_list<const char*> verbs) {
        for (const auto* verb : verbs) host->hold(verb);
    }
    void go_on(std::initializer_list<const char*> verbs) {
        for (const auto* verb : verbs) host->release(verb);
        BOOST_TEST(support::eventually([&] { return storage.silence().empty(); }));
    }
    template <class F> static std::optional<Fault> fault_of(F&& call) {
        try {
            call();
            return std::nullopt;
        } catch (const Error& failure) {
            return failure.fault();
        }
    }
    template <class F> void fails(Fault fault, F&& call) {
        BOOST_CHECK_EXCEPTION(call(), Error, [&](const Error& failure) {
            BOOST_TEST_MESSAGE(failure.what());
            return failure.fault() == fault;
        });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(patient_storage, Fixture)

BOOST_AUTO_TEST_CASE(is_the_storage_behind_it_while_that_answers) {
    calm.create(id, mebibyte);
    BOOST_TEST(calm.find(id)->bytes == mebibyte);
    calm.resize(id, 2 * mebibyte);
    BOOST_TEST(calm.list().size() == 1U);
    BOOST_TEST(calm.available() > 0U);
    calm.remove(id);
    BOOST_TEST(!calm.find(id));
    BOOST_TEST(calm.silence() == "");
    BOOST_TEST(told == 0);
}

BOOST_AUTO_TEST_CASE(lets_go_who_waits_for_a_disk_that_hangs_and_says_since_when) {
    hang({"storage.create", "storage.available"});
    fails(Fault::timeout, [&] { storage.create(id, mebibyte); });
    BOOST_TEST(storage.silence().starts_with("the storage pool does not answer since "));
    BOOST_TEST(told == 1);
    // All others are refused at once, and nothing more hangs for it.
    const auto calls = host->calls("storage.list");
    fails(Fault::unavailable, [&] { storage.list(); });
    fails(Fault::unavailable, [&] { storage.available(); });
    fails(Fault::unavailable, [&] { storage.remove(id); });
    fails(Fault::unavailable, [&] { storage.receive(new_uuid()); });
    BOOST_TEST(host->calls("storage.list") == calls);
    go_on({"storage.create", "storage.available"});
    BOOST_TEST(support::eventually([&] { return told >= 2; })); // a busy machine may be silent again
    BOOST_TEST(support::eventually([&] { return calm.find(id).has_value(); })); // it happened after all
}

BOOST_AUTO_TEST_CASE(waits_on_for_a_call_that_takes_long_while_the_disk_answers) {
    host->hold("storage.create");
    std::jthread helper([&] {
        host->wait_until_held("storage.create");
        const auto before = host->calls("storage.available");
        support::eventually([&] { return host->calls("storage.available") > before + 1; });
        host->release("storage.create");
    });
    BOOST_TEST(calm.create(id, mebibyte).bytes == mebibyte);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_the_free_space_of_a_disk_that_hangs) {
    host->hold("storage.available");
    BOOST_REQUIRE(support::eventually([&] { return !storage.silence().empty(); }));
    host->wait_until_held("storage.available"); // its thread may be later than our patience ends
    for (int i = 0; i < 100; ++i) fails(Fault::unavailable, [&] { storage.available(); });
    BOOST_TEST(host->calls("storage.available") == 1U);
    go_on({"storage.available"});
}

BOOST_AUTO_TEST_CASE(refuses_a_second_change_of_what_has_not_come_back) {
    hang({"storage.create", "storage.available"});
    fails(Fault::timeout, [&] { storage.create(id, mebibyte); });
    host->release("storage.available");
    BOOST_REQUIRE(support::eventually([&] { return storage.silence().empty(); }));
    const auto remove = [&] { storage.remove(id); };
    // On a busy machine the disk may seem to hang once more in between.
    BOOST_TEST(support::eventually([&] { return fault_of(remove) == Fault::busy; }));
    host->release("storage.create");
    BOOST_TEST(support::eventually([&] { return !fault_of(remove); }));
}

BOOST_AUTO_TEST_CASE(does_not_hang_with_bytes_that_arrive) {
    auto arriving = storage.receive(id);
    arriving->write("first");
    hang({"storage.write", "storage.available"});
    fails(Fault::timeout, [&] { arriving->write("second"); });
    fails(Fault::unavailable, [&] { arriving->keep(Format::raw, mebibyte); });
    arriving.reset();
    go_on({"storage.write", "storage.available"});
    BOOST_TEST(!calm.find(id));
}

BOOST_AUTO_TEST_CASE(outlives_itself_in_what_hangs) {
    hang({"storage.create", "storage.available"});
    {
        PatientStorage other(std::shared_ptr<Storage>(host, &host->storage()), {}, timing());
        fails(Fault::timeout, [&] { other.create(id, mebibyte); });
    }
    host->release("storage.available");
    host->release("storage.create");
    BOOST_TEST(support::eventually([&] { return calm.find(id).has_value(); }));
}

BOOST_AUTO_TEST_SUITE_END()
