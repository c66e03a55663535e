#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/compute.hh"
#include "drivers/libvirt/events.hh"
#include "drivers/libvirt/prober.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sys/wait.h>
#include <unistd.h>

// libvirt's own "test" driver, and a process of ours in the place of its guest's.
using namespace hv;
using namespace hv::libvirt;
using namespace std::chrono_literals;

namespace {

constexpr auto bound = 10s;
const Uuid test_domain =
    "6695eb01-f6a4-8304-79aa-97f2502e193f"; // every libvirt's test:///default has it, "test"

// A process that does nothing, and ends with this.
class Sleeper {
public:
    Sleeper() : pid_(::fork()) {
        BOOST_REQUIRE(pid_ >= 0);
        if (pid_ == 0)
            for (;;) ::pause();
    }
    ~Sleeper() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    void stop() const { ::kill(pid_, SIGSTOP); }
    void go_on() const { ::kill(pid_, SIGCONT); }
    pid_t pid() const noexcept { return pid_; }

private:
    pid_t pid_;
};

struct Bench {
    Bench() {
        std::ofstream(folder.path() / "test.pid") << sleeper.pid();
        connection.start({});
        BOOST_REQUIRE(connection.wait(bound));
        prober.emplace(
            connection, diagnoses, folder.path(),
            [this](const Uuid& id, const std::string& stuck) {
                std::lock_guard hold(mutex);
                told.push_back(id + ": " + stuck);
                spoken.notify_all();
            },
            Prober::Timing{5ms, 10ms});
    }
    // Waits for the news with that number, counted from 1.
    std::string news(std::size_t number) {
        std::unique_lock hold(mutex);
        BOOST_REQUIRE(spoken.wait_for(hold, bound, [&] { return told.size() >= number; }));
        return told[number - 1];
    }

    support::TempFolder folder;
    Sleeper sleeper;
    std::mutex mutex;
    std::condition_variable spoken;
    std::vector<std::string> told;
    std::shared_ptr<Diagnoses> diagnoses = std::make_shared<Diagnoses>();
    Connection connection{"test:///default"};
    Events events;
    Domains domains{connection,
                    events,
                    diagnoses,
                    {[](virConnectPtr, const std::string&) { return "qemu"; }, "x86_64", "/nonexistent"}};
    std::optional<Prober> prober;
};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_prober)

BOOST_AUTO_TEST_CASE(finds_a_guest_whose_process_is_stopped_and_sees_it_go_on) {
    Bench bench;
    bench.sleeper.stop();
    BOOST_TEST(bench.news(1).starts_with(test_domain + ": its process is stopped since 2"));
    bench.sleeper.go_on();
    BOOST_TEST(bench.news(2) == test_domain + ": ");
    BOOST_TEST(
        !bench.diagnoses->with([](const auto& known) { return known.verdict(test_domain).has_value(); }));
}

BOOST_AUTO_TEST_CASE(shows_it_in_every_kind_of_look) {
    Bench bench;
    bench.sleeper.stop();
    bench.news(1);
    const auto found = bench.domains.find(test_domain).value();
    BOOST_TEST(found.stuck.starts_with("its process is stopped since "));
    BOOST_TEST((found.state == MachineState::running));
    BOOST_TEST(bench.domains.list().at(0).stuck == found.stuck);
    BOOST_TEST(bench.domains.glance().at(0).stuck == found.stuck);
}

BOOST_AUTO_TEST_CASE(has_verbs_refuse_it_at_once_but_not_the_power_off) {
    Bench bench;
    bench.sleeper.stop();
    bench.news(1);
    BOOST_CHECK_EXCEPTION(bench.domains.restart(test_domain, Restart::reset), Error, [](const Error& e) {
        const std::string sentence = e.what();
        return e.fault() == Fault::busy &&
               sentence.starts_with("compute " + test_domain +
                                    " does not react: its process is stopped since ") &&
               sentence.ends_with(" s); force it off or try again later");
    });
    // It comes as far as libvirt, where the domain is none of ours.
    for (const auto& verb : {&Domains::power_off, &Domains::remove})
        BOOST_CHECK_EXCEPTION((bench.domains.*verb)(test_domain), Error,
                              [](const Error& e) { return e.fault() == Fault::forbidden; });
}

BOOST_AUTO_TEST_CASE(has_no_verdict_on_one_that_is_off) {
    Bench bench;
    bench.sleeper.stop();
    bench.news(1);
    bench.connection.with(Lane::work, [](virConnectPtr connect) {
        const auto domain = look_up(connect, test_domain, "");
        BOOST_REQUIRE(domain != nullptr);
        BOOST_REQUIRE(virDomainDestroy(domain.get()) == 0);
    });
    BOOST_TEST(bench.domains.find(test_domain).value().stuck == "");
    BOOST_TEST(support::eventually([&] {
        return !bench.diagnoses->with(
            [](const auto& known) { return known.verdict(test_domain).has_value(); });
    }));
}

BOOST_AUTO_TEST_SUITE_END()
