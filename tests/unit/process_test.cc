#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/process.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/syscall.h>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr auto patient = 60s; // never reached by a test that passes

process::Result shell(const std::string& script, std::chrono::milliseconds deadline = patient,
                      std::stop_token stop = {}) {
    return process::run("/bin/sh", {"-c", script}, deadline, stop);
}

// Gone, or dead and only waiting for whoever adopted it.
bool is_dead(const std::string& pid) {
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string number, name, state;
    return !(stat >> number >> name >> state) || state == "Z" || state == "X";
}

std::string first_line(const std::string& output) { return output.substr(0, output.find('\n')); }

} // namespace

BOOST_AUTO_TEST_SUITE(process_run)

BOOST_AUTO_TEST_CASE(gives_the_exit_code_and_both_outputs) {
    const auto result = shell("echo out; echo err >&2; exit 7");
    BOOST_TEST(result.status == 7);
    BOOST_TEST(result.output == "out\nerr\n");
    BOOST_TEST(!result.timed_out);
    BOOST_TEST(!result.stopped);
}

BOOST_AUTO_TEST_CASE(hands_over_arguments_as_they_are) {
    const auto result = process::run("/usr/bin/printf", {"[%s]", "a b", "$(id)", "'\"", "", "*"}, patient);
    BOOST_TEST(result.output == "[a b][$(id)]['\"][][*]");
}

BOOST_AUTO_TEST_CASE(tells_a_death_by_signal) { BOOST_TEST(shell("kill -TERM $$").status == 128 + SIGTERM); }

BOOST_AUTO_TEST_CASE(gives_an_empty_environment) {
    ::setenv("OCCI_AGENT_TEST_SECRET", "1", 1);
    BOOST_TEST(process::run("/usr/bin/env", {}, patient).output ==
               "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
    ::unsetenv("OCCI_AGENT_TEST_SECRET");
}

BOOST_AUTO_TEST_CASE(gives_nothing_to_read) {
    BOOST_TEST(process::run("/bin/cat", {}, patient).output == "");
}

BOOST_AUTO_TEST_CASE(hands_over_no_descriptor) {
    const Descriptor open(::fcntl(STDERR_FILENO, F_DUPFD, 500));
    BOOST_REQUIRE(open.get() >= 500);
    const auto path = "/proc/self/fd/" + std::to_string(open.get());
    BOOST_TEST(process::run("/usr/bin/test", {"-e", path}, patient).status == 1);
}

BOOST_AUTO_TEST_CASE(hands_over_no_blocked_nor_ignored_signal) {
    sigset_t term, before;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &term, &before);
    const auto ignored_before = std::signal(SIGPIPE, SIG_IGN);
    const auto result = shell("kill -PIPE $$; exit 1");
    const auto blocked = shell("kill -TERM $$; exit 1");
    std::signal(SIGPIPE, ignored_before);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    BOOST_TEST(result.status == 128 + SIGPIPE);
    BOOST_TEST(blocked.status == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(keeps_four_kibibytes_of_output_and_lets_the_child_go_on) {
    const auto result = shell("head -c 1000000 /dev/zero; exit 3");
    BOOST_TEST(result.output.size() == 4096u);
    BOOST_TEST(result.status == 3);
}

BOOST_AUTO_TEST_CASE(waits_for_a_child_that_closed_its_output) {
    BOOST_TEST(shell("exec >&- 2>&-; head -c 100 /dev/zero | tail -c 1 > /dev/null; exit 5").status == 5);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_what_the_child_left_behind_but_ends_it) {
    const auto result = shell("sleep 1000 & echo $!; exit 3");
    BOOST_TEST(result.status == 3);
    BOOST_TEST(!result.timed_out);
    BOOST_TEST(support::eventually([&] { return is_dead(first_line(result.output)); }));
}

BOOST_AUTO_TEST_CASE(ends_the_whole_group_at_the_deadline) {
    const auto result = shell("sleep 1000 & echo $!; wait", 300ms);
    BOOST_TEST(result.timed_out);
    BOOST_TEST(!result.stopped);
    BOOST_TEST(result.status == 128 + SIGKILL);
    if (!result.output.empty())
        BOOST_TEST(support::eventually([&] { return is_dead(first_line(result.output)); }));
}

BOOST_AUTO_TEST_CASE(ends_a_child_that_ignores_signals) {
    const auto result = shell("trap '' TERM INT HUP; while :; do sleep 1000; done", 100ms);
    BOOST_TEST(result.timed_out);
    BOOST_TEST(result.status == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(ends_when_a_stop_is_asked_for) {
    const support::TempFolder folder;
    const auto started = folder.path() / "started";
    std::stop_source stop;
    process::Result result;
    std::jthread worker(
        [&] { result = shell("touch " + started.string() + "; sleep 1000", patient, stop.get_token()); });
    BOOST_TEST(support::eventually([&] { return std::filesystem::exists(started); }));
    stop.request_stop();
    worker.join();
    BOOST_TEST(result.stopped);
    BOOST_TEST(!result.timed_out);
    BOOST_TEST(result.status == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(does_not_start_when_it_is_stopped_already) {
    const support::TempFolder folder;
    std::stop_source stop;
    stop.request_stop();
    const auto marker = folder.path() / "marker";
    const auto result = process::run("/usr/bin/touch", {marker.string()}, patient, stop.get_token());
    BOOST_TEST(result.stopped);
    BOOST_TEST(!std::filesystem::exists(marker));
}

BOOST_AUTO_TEST_CASE(throws_unavailable_for_what_cannot_start) {
    for (const char* program : {"/nowhere/mkfs", "/etc/passwd", "/"}) {
        BOOST_CHECK_EXCEPTION(process::run(program, {}, patient), Error, [&](const Error& failure) {
            return failure.fault() == Fault::unavailable &&
                   std::string(failure.what()).starts_with(std::string("cannot start ") + program);
        });
    }
}

BOOST_AUTO_TEST_CASE(leaks_no_descriptor) {
    const auto count = [] {
        const std::filesystem::directory_iterator open("/proc/self/fd");
        return std::distance(begin(open), end(open));
    };
    const auto before = count();
    for (int i = 0; i < 20; ++i) shell("exit 0");
    BOOST_CHECK_THROW(process::run("/nowhere", {}, patient), Error);
    BOOST_TEST(count() == before);
}

BOOST_AUTO_TEST_CASE(runs_beside_itself) {
    std::vector<std::jthread> threads;
    std::array<int, 8> statuses{};
    for (std::size_t i = 0; i < statuses.size(); ++i)
        threads.emplace_back([&statuses, i] { statuses[i] = shell("exit " + std::to_string(i)).status; });
    threads.clear();
    for (std::size_t i = 0; i < statuses.size(); ++i) BOOST_TEST(statuses[i] == static_cast<int>(i));
}

BOOST_AUTO_TEST_SUITE_END()

// ---- caged

namespace {

struct CagedFolder {
    support::TempFolder inside, outside;

    process::Result shell(const std::string& script, std::uint64_t most_memory = 0) const {
        process::Cage cage;
        cage.folder = inside.path();
        cage.most_memory = most_memory;
        return process::run("/bin/sh", {"-c", script}, patient, {}, cage);
    }
    static bool has_landlock() {
        constexpr unsigned version = 1; // LANDLOCK_CREATE_RULESET_VERSION
        return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, version) > 0;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_cage, CagedFolder)

BOOST_AUTO_TEST_CASE(runs_as_any_other) {
    const auto result = shell("echo out; echo err >&2; exit 7");
    BOOST_TEST(result.status == 7);
    BOOST_TEST(result.output == "out\nerr\n");
}

BOOST_AUTO_TEST_CASE(hands_over_no_descriptor_and_no_powers) {
    const Descriptor open(::fcntl(STDERR_FILENO, F_DUPFD, 500));
    BOOST_TEST(shell("test -e /proc/self/fd/" + std::to_string(open.get())).status == 1);
    BOOST_TEST(shell("grep NoNewPrivs: /proc/self/status").output == "NoNewPrivs:\t1\n");
    BOOST_TEST(shell("ulimit -c").output == "0\n");
}

BOOST_AUTO_TEST_CASE(has_a_bounded_memory) {
    constexpr std::uint64_t bytes = 64 << 20;
    BOOST_TEST(shell("ulimit -v", bytes).output == std::to_string(bytes / 1024) + "\n");
}

BOOST_AUTO_TEST_CASE(works_on_what_is_in_its_folder_and_sees_nothing_outside) {
    if (!has_landlock()) return;
    const auto in = (inside.path() / "file").string(), out = (outside.path() / "file").string();
    for (const auto& path : {in, out}) std::ofstream(path) << "before\n";
    BOOST_TEST(shell("cat " + in + " && echo after > " + in).output == "before\n");
    BOOST_TEST(shell("cat " + in).output == "after\n");
    BOOST_TEST(shell("cat " + out).status != 0);
    BOOST_TEST(shell("echo after > " + out).status != 0);
    BOOST_TEST(shell("echo new > " + in + ".new").status != 0, "it makes new files");
}

BOOST_AUTO_TEST_CASE(has_no_network) {
    if (::geteuid() != 0) return;                                      // which only root can take away
    BOOST_TEST(shell("grep -c : /proc/self/net/dev").output == "1\n"); // its own loopback
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_ends_at_once) {
    process::Cage cage;
    cage.folder = inside.path();
    BOOST_TEST(process::run("/nowhere", {}, patient, {}, cage).status == 127);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(process_find)

BOOST_AUTO_TEST_CASE(finds_an_installed_program) {
    const auto found = process::find("sh");
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->is_absolute());
}

BOOST_AUTO_TEST_CASE(finds_no_program_that_is_none) {
    for (const char* name : {"", "no-such-program", "../bin/sh", "/bin/sh", ".", ".."})
        BOOST_TEST(!process::find(name).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
