#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/diagnosis.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <libvirt/libvirt.h>
#include <ostream>

namespace bdata = boost::unit_test::data;
using namespace hv::libvirt;
using namespace std::chrono_literals;

namespace {

constexpr auto ten_o_clock = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1) + 10h;

Control control(unsigned state, std::chrono::milliseconds held, unsigned details = 0) {
    return {state, details, held};
}
Control occupied(std::chrono::milliseconds held) { return control(VIR_DOMAIN_CONTROL_OCCUPIED, held); }
const Control well = control(VIR_DOMAIN_CONTROL_OK, 0ms);

// Rounds two seconds apart over one guest, from ten o'clock on.
struct Ward {
    Diagnosis diagnosis;
    std::chrono::seconds age{0};

    std::chrono::steady_clock::time_point steady() const {
        return std::chrono::steady_clock::time_point(1h) + age;
    }
    // The news of the round, as one line: "-" for none.
    std::string round(std::vector<Observation> guests) {
        age += 2s;
        std::string line;
        for (const auto& news : diagnosis.round(guests, steady() - 1ms, {steady(), ten_o_clock + age}))
            line +=
                (line.empty() ? "" : "; ") + news.id + ": " + (news.stuck.empty() ? "reacts" : news.stuck);
        return line.empty() ? "-" : line;
    }
    std::string round(std::optional<Control> seen, std::optional<char> process = 'S') {
        return round({{"a", seen, process}});
    }
    // The first round, of `most`, that brings news, counted from 1; 0: none does.
    int rounds_to_news(int most, std::optional<Control> seen, std::optional<char> process = 'S') {
        for (int i = 1; i <= most; ++i)
            if (round(seen, process) != "-") return i;
        return 0;
    }
    std::string said() const {
        const auto verdict = diagnosis.verdict("a");
        return verdict ? verdict->sentence : "";
    }
};

struct Stat {
    std::string text;
    std::optional<char> state;
};
std::ostream& operator<<(std::ostream& out, const Stat& s) { return out << s.text; }
const std::vector<Stat> stats{{"42 (qemu-system-x86) S 1 42 42", 'S'},
                              {"42 (a) T ) R (b) D 1", 'D'}, // its name is what it likes
                              {"42 (x) t", 't'},
                              {"42 (x) ", std::nullopt},
                              {"42 (x)", std::nullopt},
                              {"42 x S 1", std::nullopt},
                              {"", std::nullopt}};

struct Pid {
    std::string text;
    std::optional<std::uint64_t> pid;
};
std::ostream& operator<<(std::ostream& out, const Pid& p) { return out << p.text; }
const std::vector<Pid> pids{{"4242", 4242U},          {"4242\n", 4242U},  {"0", std::nullopt},
                            {"-1", std::nullopt},     {"", std::nullopt}, {"../1", std::nullopt},
                            {"4194305", std::nullopt}};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_diagnosis)

BOOST_AUTO_TEST_CASE(has_nothing_to_say_of_a_guest_that_reacts) {
    Ward ward;
    BOOST_TEST(ward.rounds_to_news(20, well) == 0);
    BOOST_TEST(ward.rounds_to_news(20, occupied(8s)) == 0);
    BOOST_TEST(ward.said() == "");
}

BOOST_AUTO_TEST_CASE(finds_a_monitor_that_is_silent) {
    Ward ward;
    BOOST_TEST(ward.round(occupied(9s)) == "a: monitor silent since 2030-01-01T09:59:53Z");
    BOOST_TEST(ward.said() == "monitor silent since 2030-01-01T09:59:53Z");
}

BOOST_AUTO_TEST_CASE(says_the_same_for_as_long_as_it_lasts) {
    Ward ward;
    ward.round(occupied(9s));
    for (int i = 1; i < 10; ++i) BOOST_TEST(ward.round(occupied(9s + i * 2s + 600ms)) == "-");
    BOOST_TEST(ward.said() == "monitor silent since 2030-01-01T09:59:53Z");
}

BOOST_AUTO_TEST_CASE(tells_when_it_reacts_again) {
    Ward ward;
    ward.round(occupied(9s));
    BOOST_TEST(ward.round(occupied(1s)) == "a: reacts");
    BOOST_TEST(ward.round(well) == "-");
    BOOST_TEST(ward.said() == "");
}

BOOST_AUTO_TEST_CASE(takes_a_long_job_for_no_illness_unless_it_always_meets_it_at_a_command) {
    Ward saving;
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(saving.round(control(VIR_DOMAIN_CONTROL_JOB, 30s)) == "-");
        BOOST_TEST(saving.round(control(VIR_DOMAIN_CONTROL_JOB, 30s)) == "-");
        BOOST_TEST(saving.round(well) == "-");
    }
    Ward frozen;
    BOOST_TEST(frozen.rounds_to_news(10, control(VIR_DOMAIN_CONTROL_JOB, 9s)) == 3);
    BOOST_TEST(frozen.said().starts_with("monitor silent since "));
}

BOOST_AUTO_TEST_CASE(finds_a_broken_monitor_in_the_second_round) {
    Ward ward;
    const auto broken = control(VIR_DOMAIN_CONTROL_ERROR, 0ms, VIR_DOMAIN_CONTROL_ERROR_REASON_MONITOR);
    BOOST_TEST(ward.round(broken) == "-");
    BOOST_TEST(ward.round(broken) == "a: monitor connection broken since 2030-01-01T10:00:02Z");
}

BOOST_AUTO_TEST_CASE(is_patient_with_an_error_that_may_pass) {
    Ward ward;
    const auto error = control(VIR_DOMAIN_CONTROL_ERROR, 0ms, VIR_DOMAIN_CONTROL_ERROR_REASON_INTERNAL);
    BOOST_TEST(ward.rounds_to_news(10, error) == 5);
    BOOST_TEST(ward.said() == "libvirt cannot control it since 2030-01-01T10:00:02Z");
}

BOOST_DATA_TEST_CASE(finds_a_stopped_process_in_the_second_round, bdata::make({'T', 't'}), state) {
    Ward ward;
    BOOST_TEST(ward.round(well, state) == "-");
    BOOST_TEST(ward.round(well, state) == "a: its process is stopped since 2030-01-01T10:00:02Z");
    BOOST_TEST(ward.round(well, 'R') == "a: reacts");
}

BOOST_AUTO_TEST_CASE(finds_a_process_that_has_been_blocked_for_ten_seconds) {
    Ward ward;
    BOOST_TEST(ward.rounds_to_news(10, well, 'D') == 6);
    BOOST_TEST(ward.said() == "its process is blocked in the kernel (disk?) since 2030-01-01T10:00:02Z");
}

BOOST_AUTO_TEST_CASE(forgives_a_process_that_waits_for_its_disk_now_and_then) {
    Ward ward;
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(ward.rounds_to_news(5, well, 'D') == 0);
        BOOST_TEST(ward.round(well, 'S') == "-");
    }
}

BOOST_AUTO_TEST_CASE(draws_nothing_from_what_it_did_not_see) {
    Ward ward;
    BOOST_TEST(ward.rounds_to_news(10, std::nullopt, std::nullopt) == 0);
    ward.round(occupied(9s), std::nullopt);
    BOOST_TEST(ward.rounds_to_news(10, std::nullopt, std::nullopt) == 0);
    BOOST_TEST(ward.said().starts_with("monitor silent since "));
}

BOOST_AUTO_TEST_CASE(changes_its_reason_when_the_first_is_gone) {
    Ward ward;
    ward.round(well, 'T');
    ward.round(occupied(9s), 'T');
    BOOST_TEST(ward.said() == "its process is stopped since 2030-01-01T10:00:02Z");
    BOOST_TEST(ward.round(occupied(11s), 'S') == "a: monitor silent since 2030-01-01T09:59:55Z");
}

BOOST_AUTO_TEST_CASE(finds_all_of_many_at_once) {
    Ward ward;
    std::vector<Observation> guests;
    for (const char* id : {"a", "b", "c"}) guests.push_back({id, well, 'T'});
    ward.round(guests);
    BOOST_TEST(ward.round(guests) == "a: its process is stopped since 2030-01-01T10:00:02Z; "
                                     "b: its process is stopped since 2030-01-01T10:00:02Z; "
                                     "c: its process is stopped since 2030-01-01T10:00:02Z");
}

BOOST_AUTO_TEST_CASE(forgets_one_that_runs_no_more) {
    Ward ward;
    ward.round(occupied(9s));
    BOOST_TEST(ward.round(std::vector<Observation>{}) == "-");
    BOOST_TEST(ward.said() == "");
    BOOST_TEST(ward.round(well) == "-");
}

BOOST_AUTO_TEST_CASE(drops_what_was_seen_before_it_was_told_to_forget) {
    Ward ward;
    ward.round(occupied(9s));
    ward.diagnosis.forget("a", ward.steady() + 2s); // after the next round has begun to ask
    BOOST_TEST(ward.said() == "");
    BOOST_TEST(ward.round(occupied(11s)) == "-");
    BOOST_TEST(ward.said() == "");
    BOOST_TEST(ward.round(occupied(13s)) != "-");
}

BOOST_AUTO_TEST_CASE(forgets_all_of_them_when_libvirt_is_lost) {
    Ward ward;
    ward.round(occupied(9s));
    ward.diagnosis.forget_all(ward.steady() + 2s);
    BOOST_TEST(ward.said() == "");
    BOOST_TEST(ward.round(occupied(11s)) == "-");
    BOOST_TEST(ward.said() == "");
}

BOOST_DATA_TEST_CASE(reads_the_state_behind_a_name_of_any_kind, bdata::make(stats), stat) {
    BOOST_TEST((state_in_stat(stat.text) == stat.state));
}

BOOST_DATA_TEST_CASE(reads_a_pid_and_nothing_else, bdata::make(pids), example) {
    BOOST_TEST((pid_in(example.text) == example.pid));
}

BOOST_AUTO_TEST_SUITE_END()
